//! Where calls differ from what the document says of their operation.

use std::collections::{BTreeMap, BTreeSet};

use model::endpoint::ParamRecord;
use model::{EndpointRecord, ParamPlace, ValueClass};

use super::{About, Issue, IssueKind, answers, body};
use crate::spec::{Content, Operation, Place};

/// Header fields that a description need not name: OpenAPI describes them elsewhere.
const DESCRIBED_ELSEWHERE: [&str; 3] = ["accept", "content-type", "authorization"];
/// Statuses that any server may give and documents seldom list.
const USUAL_STATUSES: [u16; 12] = [0, 100, 304, 400, 401, 403, 404, 405, 408, 413, 415, 429];
/// Share of a parameter's calls, in percent, below which another type is one caller's mistake.
const TYPE_SHARE_PERCENT: u64 = 5;

/// All differences of one operation.
pub(super) fn of(about: &About<'_>, out: &mut Vec<Issue>) {
    authentication(about, out);
    parameters(about, out);
    body::of(about, out);
    answers::of(about, out);
    statuses(about, out);
    content_types(about, out);
}

fn authentication(about: &About<'_>, out: &mut Vec<Issue>) {
    let Operation { security, security_at, .. } = about.operation;
    // No alternatives: the document says nothing. An empty one: credentials are optional.
    if security.is_empty() {
        return;
    }
    let optional = security.iter().any(BTreeSet::is_empty);
    let open: u64 = about.records.iter().map(|record| record.unauthenticated_successes).sum();
    // Only an alternative that the wire does not show at all explains a call without visible credentials.
    let explained = security.iter().any(|kinds| kinds.iter().all(|kind| kind == crate::spec::UNSEEN));
    if open > 0 && !optional && !explained {
        let text = "succeeds without credentials, which the description asks for".to_owned();
        out.push(about.issue(IssueKind::DriftAuthentication, *security_at, "none", text, (open, about.calls())));
    }
    let undeclared = security.iter().flatten().any(|kind| kind == crate::spec::UNDECLARED);
    let asked: BTreeSet<&str> = security.iter().flatten().map(String::as_str).collect();
    for (kind, calls) in sum(about.records.iter().map(|record| &record.auth)) {
        if kind != "none" && !undeclared && !asked.is_empty() && !asked.contains(kind.as_str()) {
            let text = format!("called with {kind}, which the description does not name");
            out.push(about.issue(IssueKind::DriftAuthentication, *security_at, &kind, text, (calls, about.calls())));
        }
    }
}

fn parameters(about: &About<'_>, out: &mut Vec<Issue>) {
    let calls = about.calls();
    let mut seen: BTreeMap<(ParamPlace, String), Vec<&ParamRecord>> = BTreeMap::new();
    for param in about.records.iter().flat_map(|record| &record.params) {
        if matches!(param.place, ParamPlace::Query | ParamPlace::Header | ParamPlace::Cookie) {
            seen.entry((param.place, folded(param.place, &param.name))).or_default().push(param);
        }
    }
    path_types(about, out);
    for param in about.operation.params.iter().filter(|param| param.place != ParamPlace::Path) {
        let Some(found) = seen.remove(&(param.place, folded(param.place, &param.name))) else {
            if param.required && param.place == ParamPlace::Query {
                let text = format!("required query parameter \"{}\" was in no call", param.name);
                out.push(about.issue(IssueKind::DriftParameter, param.at, &param.name, text, (calls, calls)));
            }
            continue;
        };
        let what = format!("{} parameter \"{}\"", param.place.as_str(), param.name);
        // Of headers never seen nothing is said: credentials and those of the way are not in the inventory.
        if param.required && param.place != ParamPlace::Cookie && found.iter().any(|seen| !seen.required) {
            let carried = found.iter().map(|seen| seen.count).sum::<u64>();
            let text = format!("required {what} was not in every successful call");
            let lacking = (calls.saturating_sub(carried).max(1), calls);
            out.push(about.issue(IssueKind::DriftParameter, param.at, &what, text, lacking));
        }
        typed_params(about, &what, &param.types, param.at, &found, out);
    }
    for ((place, name), found) in seen {
        let ours = place == ParamPlace::Header && DESCRIBED_ELSEWHERE.contains(&name.as_str());
        if ours || place == ParamPlace::Cookie || found.iter().all(|param| param.stray) {
            continue; // cookies are seldom described one by one
        }
        let count = found.iter().map(|param| param.count).sum();
        let text = format!("{} parameter \"{name}\" is not in the description", place.as_str());
        out.push(about.issue(
            IssueKind::DriftParameter,
            about.operation.at,
            &format!("{} {name}", place.as_str()),
            text,
            (count, calls),
        ));
    }
}

/// Types of the variables that are a whole segment. The inventory names them by position from the root of the service.
fn path_types(about: &About<'_>, out: &mut Vec<Issue>) {
    let described: Vec<&str> = about.operation.path.trim_matches('/').split('/').collect();
    for param in about.operation.params.iter().filter(|param| param.place == ParamPlace::Path) {
        let whole = |segment: &&str| segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) == Some(&param.name);
        let Some(behind) = described.iter().rev().position(whole) else { continue };
        let found: Vec<&ParamRecord> = about
            .records
            .iter()
            .filter_map(|record| {
                let segments = record.template.split('/').skip(1).count();
                let name = format!("segment-{}", segments.checked_sub(behind + 1)?);
                record.params.iter().find(|seen| seen.place == ParamPlace::Path && seen.name == name)
            })
            .collect();
        typed_params(about, &format!("path parameter \"{}\"", param.name), &param.types, param.at, &found, out);
    }
}

/// Names of header fields have no case (RFC 9110 §5.1).
fn folded(place: ParamPlace, name: &str) -> String {
    if place == ParamPlace::Header { name.to_ascii_lowercase() } else { name.to_owned() }
}

/// The uppermost part of a pointer that the description does not know; none when anything may stand there. Whoever lacks a
/// place lacks all below it, and that is one difference.
pub(super) fn unknown_part<'p>(body: &Content, pointer: &'p str) -> Option<&'p str> {
    if pointer.is_empty() || is_open(body, pointer) {
        return None;
    }
    let ends = pointer.match_indices('/').map(|(at, _)| at).skip(1).chain([pointer.len()]);
    ends.filter_map(|end| pointer.get(..end)).find(|part| !body.fields.contains_key(*part))
}

/// Whether anything may stand at this pointer.
fn is_open(body: &Content, pointer: &str) -> bool {
    body.open.contains("")
        || pointer.match_indices('/').any(|(at, _)| body.open.contains(&pointer[..at]))
        || body.open.contains(pointer)
}

/// Values of parameters that have another type than described.
pub(super) fn typed_params(
    about: &About<'_>,
    what: &str,
    types: &BTreeSet<String>,
    at: Place,
    found: &[&ParamRecord],
    out: &mut Vec<Issue>,
) {
    let in_body = found.iter().all(|param| param.place == ParamPlace::Body);
    typed(about, what, types, at, found.iter().map(|param| &param.classes), in_body, out);
}

/// Values of another type than described; `in_body` when JSON tells numbers from text.
pub(super) fn typed<'c>(
    about: &About<'_>,
    what: &str,
    types: &BTreeSet<String>,
    at: Place,
    classes: impl Iterator<Item = &'c BTreeMap<ValueClass, u64>>,
    in_body: bool,
    out: &mut Vec<Issue>,
) {
    let (mut total, mut odd) = (0u64, BTreeMap::<&str, u64>::new());
    for (class, count) in classes.flatten() {
        total += count;
        if !allowed(*class, types, in_body) {
            *odd.entry(class.as_str()).or_default() += count;
        }
    }
    let sum: u64 = odd.values().sum();
    if sum == 0 || sum.saturating_mul(100) < total.saturating_mul(TYPE_SHARE_PERCENT) {
        return;
    }
    let names = odd.into_keys().collect::<Vec<_>>().join(", ");
    let asked = types.iter().map(String::as_str).collect::<Vec<_>>().join(" or ");
    let text = format!("{what} is {names}, described as {asked}");
    out.push(about.issue(IssueKind::DriftType, at, what, text, (sum, total)));
}

/// Whether a value of this class may be of one of the types. Outside JSON every value is text, so only what cannot be read
/// as the type counts.
fn allowed(class: ValueClass, types: &BTreeSet<String>, in_body: bool) -> bool {
    let has = |name: &str| types.contains(name);
    if types.is_empty() {
        return true;
    }
    match class {
        ValueClass::Int => has("integer") || has("number") || has("string") || has("array") && !in_body,
        ValueClass::Decimal => has("number") || has("string") || has("array") && !in_body,
        ValueClass::Bool => has("boolean") || !in_body && (has("string") || has("array")),
        ValueClass::Null => true, // empty outside JSON; in it `null` is told apart by few documents
        ValueClass::Object => has("object"),
        ValueClass::Array => has("array"),
        _ => has("string") || !in_body && (has("array") || has("object")),
    }
}

fn statuses(about: &About<'_>, out: &mut Vec<Issue>) {
    let described = &about.operation.responses;
    if described.is_empty() || described.contains_key("default") {
        return;
    }
    for (status, count) in sum(about.records.iter().map(|record| &record.statuses)) {
        let known =
            described.contains_key(&status.to_string()) || described.contains_key(&format!("{}XX", status / 100));
        if known || status >= 500 || USUAL_STATUSES.contains(&status) {
            continue;
        }
        let text = format!("status {status} is not in the description");
        out.push(about.issue(
            IssueKind::DriftStatus,
            about.operation.at,
            &status.to_string(),
            text,
            (count, about.calls()),
        ));
    }
}

fn content_types(about: &About<'_>, out: &mut Vec<Issue>) {
    let types: BTreeSet<&str> =
        about.operation.responses.values().flat_map(|answer| &answer.media_types).map(String::as_str).collect();
    if !types.is_empty() {
        media(
            about,
            "response",
            &types,
            sum(about.records.iter().map(|record: &&EndpointRecord| &record.response_types)),
            out,
        );
    }
    if let Some(body) = &about.operation.request {
        let types: BTreeSet<&str> = body.media_types.iter().map(String::as_str).collect();
        media(about, "request", &types, sum(about.records.iter().map(|record| &record.request_types)), out);
    }
}

fn media(about: &About<'_>, side: &str, described: &BTreeSet<&str>, seen: BTreeMap<String, u64>, out: &mut Vec<Issue>) {
    for (name, count) in seen {
        let known = described.iter().any(|range| covers(range, &name));
        // An answer that tells of an error has a form of its own, which documents seldom give.
        if known
            || name.is_empty()
            || name == "other"
            || name.contains("problem+")
            || side == "response" && name.starts_with("text/")
        {
            continue;
        }
        let text = format!("{side} media type {name} is not in the description");
        out.push(about.issue(
            IssueKind::DriftContentType,
            about.operation.at,
            &format!("{side} {name}"),
            text,
            (count, about.calls()),
        ));
    }
}

/// Whether a media range (RFC 9110 §12.5.1) covers a type.
fn covers(range: &str, name: &str) -> bool {
    range == name || range == "*/*" || range.strip_suffix('*').is_some_and(|prefix| name.starts_with(prefix))
}

fn sum<'r, K: Ord + Clone + 'r>(maps: impl Iterator<Item = &'r BTreeMap<K, u64>>) -> BTreeMap<K, u64> {
    let mut out = BTreeMap::new();
    for (key, n) in maps.flatten() {
        *out.entry(key.clone()).or_default() += n;
    }
    out
}
