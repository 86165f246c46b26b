//! OCSF 1.6.0 (Open Cybersecurity Schema Framework), class Detection Finding (2004): one event for each record of a finding.
//!
//! | of a finding | in OCSF |
//! |---|---|
//! | opened, told again, closed | `activity_id` 1, 2, 3; `is_alert` when opened |
//! | accepted by the operator | `status_id` 3 (Suppressed), with the reason as `comment` |
//! | what was expected, observed, what peers do | `anomaly_analyses`: `baselines` and `anomalies` |
//! | transactions to look at | `evidences`, with frame numbers in `data` |
//! | whom it is about | `evidences[].actor.user` (a pseudonym, never a credential), `observables`, `resources` |
//! | ATT&CK | `finding_info.attacks` |
//! | OWASP, CWE, coverage, what was ruled out | `finding_info.types`, `finding_info.tags`, `unmapped` |
//!
//! A finding that is over was not therefore looked at by anyone: its status is 99 with the word `Closed`, not `Resolved`.

use model::finding::{Evidence, FindingState};
use model::{Fact, Finding, PacketTime, Record, Severity};
use serde_json::{Map, Value, json};

use crate::screens::findings::{identity_word, subject_in_words};

/// The version of the schema that events are written for.
pub(crate) const VERSION: &str = "1.6.0";
const CLASS: u64 = 2_004;

/// One record of a finding, first told at `first`, as an event. `accepted` is the reason why it is not to be looked at.
pub(crate) fn event(record: &Record, finding: &Finding, first: PacketTime, accepted: Option<&str>) -> Value {
    let (activity_id, activity) = activity(finding.state);
    let (severity_id, severity) = severity(finding.severity);
    let (confidence_id, confidence) = confidence(finding.confidence);
    let mut event = json!({
        "activity_id": activity_id,
        "activity_name": activity,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "type_uid": CLASS * 100 + activity_id,
        "type_name": format!("Detection Finding: {activity}"),
        "time": millis(record.at),
        "start_time": millis(finding.first_at),
        "end_time": millis(finding.last_at),
        "severity_id": severity_id,
        "severity": severity,
        "confidence_id": confidence_id,
        "confidence": confidence,
        "confidence_score": percent(finding.confidence),
        "is_alert": finding.state == FindingState::Open && accepted.is_none(),
        "message": finding.title,
        "count": finding.count,
        "metadata": {
            "version": VERSION,
            "event_code": finding.detector,
            "original_time": record.at.to_string(),
            "product": { "name": "apitap", "vendor_name": "apitap", "version": env!("CARGO_PKG_VERSION") },
        },
        "finding_info": info(record, finding, first),
        "unmapped": { "coverage": shortest(finding.coverage), "ruled_out": finding.ruled_out, "doc": finding.doc },
    });
    let status = match (accepted, finding.state) {
        (Some(_), _) => (3, "Suppressed"),
        (None, FindingState::Closed) => (99, "Closed"),
        (None, _) => (1, "New"),
    };
    let mut put = |name: &str, value: Value| drop(event.as_object_mut().map(|event| event.insert(name.into(), value)));
    put("status_id", status.0.into());
    put("status", status.1.into());
    if let Some(reason) = accepted {
        put("comment", reason.into());
    }
    if !finding.next.is_empty() {
        put("remediation", json!({ "desc": finding.next }));
    }
    if !finding.subject.endpoint_name.is_empty() || finding.subject.endpoint.is_some() {
        put("resources", json!([resource(finding)]));
    }
    // An analysis without an anomaly is none.
    if !finding.observed.is_empty() {
        put("anomaly_analyses", json!([analysis(finding)]));
    }
    let evidences: Vec<Value> = finding.evidence.iter().map(|one| evidence(finding, one)).collect();
    if !evidences.is_empty() {
        put("evidences", evidences.into());
    }
    let observables: Vec<Value> = finding.subject.addresses.iter().map(|address| observable(address)).collect();
    if !observables.is_empty() {
        put("observables", observables.into());
    }
    event
}

fn info(record: &Record, finding: &Finding, first: PacketTime) -> Value {
    let mut info = json!({
        "uid": finding.id.to_string(),
        "title": finding.title,
        "desc": format!("{}: {}", subject_in_words(&finding.subject), finding.title),
        "analytic": {
            "type_id": 2,
            "type": "Behavioral",
            "uid": finding.detector,
            "name": finding.detector,
            "version": finding.detector_version.to_string(),
        },
        "created_time": millis(first),
        "modified_time": millis(record.at),
        "first_seen_time": millis(finding.first_at),
        "last_seen_time": millis(finding.last_at),
    });
    let Some(fields) = info.as_object_mut() else { return info };
    if !finding.owasp.is_empty() {
        let types = finding.owasp.iter().map(|id| format!("OWASP {id}"));
        fields.insert("types".into(), types.collect::<Vec<_>>().into());
    }
    if !finding.cwe.is_empty() {
        fields.insert("tags".into(), json!([{ "name": "cwe", "values": finding.cwe }]));
    }
    if !finding.attack.is_empty() {
        let attacks = finding.attack.iter().map(|id| attack(id));
        fields.insert("attacks".into(), attacks.collect::<Vec<_>>().into());
    }
    info
}

/// `T1110.003` is sub-technique `T1110.003` of technique `T1110`.
fn attack(id: &str) -> Value {
    match id.split_once('.') {
        Some((technique, _)) => json!({ "technique": { "uid": technique }, "sub_technique": { "uid": id } }),
        None => json!({ "technique": { "uid": id } }),
    }
}

fn resource(finding: &Finding) -> Value {
    let subject = &finding.subject;
    let mut resource = Map::new();
    resource.insert("type".into(), "API Endpoint".into());
    resource.insert("role_id".into(), 1.into());
    resource.insert("role".into(), "Target".into());
    if let Some(id) = subject.endpoint {
        resource.insert("uid".into(), id.to_string().into());
    }
    if !subject.endpoint_name.is_empty() {
        resource.insert("name".into(), subject.endpoint_name.clone().into());
    }
    Value::Object(resource)
}

fn analysis(finding: &Finding) -> Value {
    let facts = |facts: &[Fact], kind: &str| -> Vec<Value> {
        let fact = |fact: &Fact| {
            let value = if fact.text.is_empty() { fact.value.to_string() } else { fact.text.clone() };
            json!({
                "observation_parameter": if fact.name.is_empty() { "finding" } else { &fact.name },
                "observation_type": kind,
                "observations": [{ "value": value }],
            })
        };
        facts.iter().map(fact).collect()
    };
    let mut baselines = facts(&finding.expected, "Own past and facts");
    baselines.extend(facts(&finding.peers, "Peers"));
    let name = subject_in_words(&finding.subject);
    let mut analysis = json!({
        "analysis_targets": [{ "name": name, "type": finding.subject.kind }],
        "anomalies": facts(&finding.observed, "Observed"),
    });
    if !baselines.is_empty()
        && let Some(fields) = analysis.as_object_mut()
    {
        fields.insert("baselines".into(), baselines.into());
    }
    analysis
}

fn evidence(finding: &Finding, one: &Evidence) -> Value {
    let subject = &finding.subject;
    let mut out = json!({
        "uid": one.tx.to_string(),
        "name": one.excerpt,
        "data": {
            "timestamp": one.at.to_string(),
            "frame": one.frame,
            "last_frame": one.last_frame,
            "note": one.note,
            "excerpt": one.excerpt,
        },
    });
    let Some(fields) = out.as_object_mut() else { return out };
    if !subject.endpoint_name.is_empty() {
        fields.insert("api".into(), json!({ "operation": subject.endpoint_name }));
    }
    if let Some(identity) = subject.identity {
        let kind = identity_word(subject.identity_kind.unwrap_or_default());
        let mut user = json!({ "uid": identity.to_string(), "type_id": 99, "type": kind });
        if !subject.label.is_empty()
            && let Some(user) = user.as_object_mut()
        {
            user.insert("name".into(), subject.label.clone().into());
        }
        fields.insert("actor".into(), json!({ "user": user }));
    }
    // Which of several addresses a transaction came from is not told.
    if let [address] = subject.addresses.as_slice() {
        fields.insert("src_endpoint".into(), endpoint(address));
    }
    out
}

/// A client network is told with its length: that is no address.
fn endpoint(address: &str) -> Value {
    if address.contains('/') { json!({ "name": address }) } else { json!({ "ip": address }) }
}

fn observable(address: &str) -> Value {
    let (type_id, kind) = if address.contains('/') { (12, "Subnet") } else { (2, "IP Address") };
    json!({ "name": "evidences.src_endpoint", "type_id": type_id, "type": kind, "value": address })
}

const fn activity(state: FindingState) -> (u64, &'static str) {
    match state {
        FindingState::Open => (1, "Create"),
        FindingState::Update => (2, "Update"),
        FindingState::Closed => (3, "Close"),
    }
}

const fn severity(severity: Severity) -> (u64, &'static str) {
    match severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

/// In thirds, as the schema has three words.
fn confidence(confidence: f32) -> (u64, &'static str) {
    match percent(confidence) {
        0..34 => (1, "Low"),
        34..67 => (2, "Medium"),
        _ => (3, "High"),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped; NaN becomes 0")]
fn percent(share: f32) -> u64 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u64
}

/// The shortest decimal that is this `f32`, and not the `f64` it becomes.
fn shortest(share: f32) -> f64 {
    share.to_string().parse().unwrap_or_default()
}

/// `timestamp_t`: milliseconds since 1970.
const fn millis(at: PacketTime) -> u64 {
    at.nanos() / 1_000_000
}
