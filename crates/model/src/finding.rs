//! Findings: judgements of behaviour made public, each with what was expected, what was observed and where to look.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::Id;
use crate::stamp::Stamp;
use crate::time::PacketTime;

/// Where a finding stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    /// First told.
    #[default]
    Open,
    /// Told again with more evidence or another severity.
    Update,
    /// Over: its cause was not seen for the detector's quiet time, or the input ended.
    Closed,
}

/// How much it matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    #[default]
    Info,
    /// Look when there is time.
    Low,
    /// Look this week.
    Medium,
    /// Look today.
    High,
    /// Look now.
    Critical,
}

impl Severity {
    /// Every severity, mildest first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What a detector is: the same for every finding it tells.
#[derive(Clone, Copy, Debug)]
pub struct DetectorInfo {
    /// Stable id, as in `docs/detectors/<id>.md`.
    pub id: &'static str,
    /// Version of its judgement.
    pub version: u16,
    /// Kind of its subjects, as in [`Subject::kind`].
    pub subject: &'static str,
    /// How long its cause must be absent before a finding is closed.
    pub quiet: Duration,
    /// Its page, relative to `docs`.
    pub doc: &'static str,
    /// OWASP API Security Top 10 ids.
    pub owasp: &'static [&'static str],
    /// CWE ids.
    pub cwe: &'static [&'static str],
    /// ATT&CK ids.
    pub attack: &'static [&'static str],
    /// What to do next.
    pub next: &'static str,
}

/// Whom or what a finding is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// `identity`, `identity_endpoint`, `endpoint`, `network`, `sensor`.
    pub kind: Cow<'static, str>,
    /// Its id: for a pair the hash of both.
    pub id: Id,
    /// The identity, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Id>,
    /// What the identity was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_kind: Option<crate::identity::IdentityKind>,
    /// What the operator's book calls the identity; empty when it does not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// The endpoint, when there is one.
    #[serde(rename = "endpoint_id", default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Id>,
    /// Its name in words: `GET api.example/v1/orders/{int}`.
    #[serde(rename = "endpoint", default, skip_serializing_if = "String::is_empty")]
    pub endpoint_name: String,
    /// Of an endpoint that is an operation, what it is without: `POST api.example/graphql`, the name it has in a proxy's log. Of
    /// a subject on no single endpoint that of the first such one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub route: String,
    /// Further endpoints in words, of a subject that is on no single one; at most [`FINDING_ENDPOINTS_MAX`].
    ///
    /// [`FINDING_ENDPOINTS_MAX`]: crate::limits::FINDING_ENDPOINTS_MAX
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<String>,
    /// Client addresses it came from, at most eight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
}

/// One statement with its base: `distinct orders`, `≤ 9 in an hour`, `learned from 26 days, 1,840 calls`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// What is counted or measured; a stable word in lower case with underscores.
    pub name: Cow<'static, str>,
    /// The value.
    pub value: f64,
    /// The sentence a person reads.
    pub text: String,
}

/// One transaction to look at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The transaction.
    pub tx: Id,
    /// Packet time of its first byte.
    #[serde(rename = "timestamp")]
    pub at: PacketTime,
    /// First frame in the input.
    pub frame: u64,
    /// Last frame in the input.
    pub last_frame: u64,
    /// Why it is shown.
    pub note: String,
    /// The call in redacted form: method, template with short numbers filled in, status, bytes.
    pub excerpt: String,
}

/// A finding. Written as record kind `finding`; later ones with the same `id` replace earlier ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Hash of detector, subject and window.
    pub id: Id,
    /// The detector's id, as in `docs/detectors/<id>.md`.
    pub detector: Cow<'static, str>,
    /// Version of its judgement.
    pub detector_version: u16,
    /// Where it stands.
    pub state: FindingState,
    /// Whom it is about.
    pub subject: Subject,
    /// How much it matters.
    pub severity: Severity,
    /// How sure it is, 0–1, from support.
    pub confidence: f32,
    /// One line: what happened, with its number.
    pub title: String,
    /// When the cause was first seen.
    #[serde(rename = "first_seen")]
    pub first_at: PacketTime,
    /// When it was last seen.
    #[serde(rename = "last_seen")]
    pub last_at: PacketTime,
    /// Transactions of the cause.
    pub count: u64,
    /// What was expected, and from what it was learned.
    pub expected: Vec<Fact>,
    /// What was observed.
    pub observed: Vec<Fact>,
    /// What others do.
    pub peers: Vec<Fact>,
    /// Innocent explanations ruled out.
    pub ruled_out: Vec<String>,
    /// Transactions to look at, at most `limits::EVIDENCE_MAX`: the first ones and the latest ones.
    pub evidence: Vec<Evidence>,
    /// Share of the traffic understood meanwhile, 0–1.
    pub coverage: f32,
    /// OWASP API Security Top 10 ids, as `API1:2023`.
    pub owasp: Vec<Cow<'static, str>>,
    /// CWE ids, as `CWE-639`.
    pub cwe: Vec<Cow<'static, str>>,
    /// ATT&CK technique ids, as `T1190`.
    pub attack: Vec<Cow<'static, str>>,
    /// What to do next.
    pub next: String,
    /// Page about the detector, relative to `docs`.
    pub doc: Cow<'static, str>,
}

impl Finding {
    /// One that is opened: `count` transactions of its cause were seen so far, the first at `first_at`.
    pub fn opened(info: &DetectorInfo, subject: Subject, first_at: PacketTime, count: u64) -> Self {
        let own = |list: &[&'static str]| list.iter().map(|id| Cow::Borrowed(*id)).collect();
        Self {
            id: Id::of("finding", &[info.id.as_bytes(), &subject.id.0, &first_at.nanos().to_be_bytes()]),
            detector: info.id.into(),
            detector_version: info.version,
            subject,
            first_at,
            count,
            owasp: own(info.owasp),
            cwe: own(info.cwe),
            attack: own(info.attack),
            next: info.next.into(),
            doc: info.doc.into(),
            ..Self::default()
        }
    }

    /// Whether its texts are those of `other`.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.title == other.title
            && self.severity == other.severity
            && self.expected == other.expected
            && self.observed == other.observed
            && self.peers == other.peers
    }
}

/// One call of a finding whose calls are attacks each by itself. Written as record kind `attempt`, the first
/// [`ATTEMPTS_PER_FINDING_MAX`] of each finding; a finding itself shows sixteen.
///
/// [`ATTEMPTS_PER_FINDING_MAX`]: crate::limits::ATTEMPTS_PER_FINDING_MAX
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// The finding.
    pub finding: Id,
    /// Its detector.
    pub detector: Cow<'static, str>,
    /// How much this call matters.
    pub severity: Severity,
    /// Address of the client.
    pub address: String,
    /// Method and template with service.
    #[serde(rename = "endpoint")]
    pub endpoint_name: String,
    /// Of an operation, what its endpoint is without: see [`Subject::route`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub route: String,
    /// Packet time of its last byte.
    pub ended: PacketTime,
    /// The call.
    pub call: Evidence,
}

/// An attempt and where it stands in the total order.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptEvent {
    /// The observation.
    pub stamp: Stamp,
    /// The attempt.
    pub attempt: Attempt,
}

impl AttemptEvent {
    /// Total order of attempts: stamp, detector, finding.
    pub fn order(&self) -> (Stamp, &str, Id) {
        (self.stamp, &self.attempt.detector, self.attempt.finding)
    }
}

/// A finding and where it stands in the total order.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingEvent {
    /// The observation (or tick) that led to it.
    pub stamp: Stamp,
    /// The finding as it is now.
    pub finding: Finding,
}

impl FindingEvent {
    /// Total order of findings: stamp, detector, subject.
    pub fn order(&self) -> (Stamp, &str, Id) {
        (self.stamp, &self.finding.detector, self.finding.subject.id)
    }
}
