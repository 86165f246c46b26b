//! CSV (RFC 4180), safe to open in a spreadsheet: a cell that would start a formula gets an apostrophe before it.

use discovery::about::function;
use model::finding::FindingState;
use model::{EndpointRecord, Finding};

use crate::actors::Actor;
use crate::screens::text::inert;

/// Heading of [`finding`].
pub(crate) const FINDING_FIELDS: [&str; 22] = [
    "id",
    "detector",
    "detector_version",
    "state",
    "severity",
    "confidence",
    "title",
    "first_seen",
    "last_seen",
    "count",
    "subject",
    "identity",
    "identity_kind",
    "endpoint_id",
    "endpoint",
    "addresses",
    "coverage",
    "owasp",
    "cwe",
    "label",
    "actor",
    "actor_kind",
];

/// Heading of [`endpoint`].
pub(crate) const ENDPOINT_FIELDS: [&str; 22] = [
    "id",
    "service",
    "method",
    "template",
    "confidence",
    "first_seen",
    "last_seen",
    "count",
    "callers",
    "auth",
    "statuses",
    "unauthenticated_successes",
    "request_bytes",
    "response_bytes",
    "latency_p90_ns",
    "size_p90_bytes",
    "zones",
    "clients",
    "function",
    "product",
    "product_version",
    "operation",
];

/// The heading line.
pub(crate) fn heading(fields: &[&str]) -> String {
    line(fields.iter().map(|field| (*field).to_owned()))
}

/// A finding as a line.
pub(crate) fn finding(finding: &Finding, actor: &Actor) -> String {
    let subject = &finding.subject;
    let id = |id: Option<model::Id>| id.map(|id| id.to_string()).unwrap_or_default();
    let state = match finding.state {
        FindingState::Open => "open",
        FindingState::Update => "update",
        FindingState::Closed => "closed",
    };
    let cells = [
        finding.id.to_string(),
        finding.detector.to_string(),
        finding.detector_version.to_string(),
        state.to_owned(),
        finding.severity.as_str().to_owned(),
        finding.confidence.to_string(),
        finding.title.clone(),
        finding.first_at.to_string(),
        finding.last_at.to_string(),
        finding.count.to_string(),
        subject.kind.to_string(),
        id(subject.identity),
        subject.identity_kind.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        id(subject.endpoint),
        subject.endpoint_name.clone(),
        subject.addresses.join(" "),
        finding.coverage.to_string(),
        finding.owasp.join(" "),
        finding.cwe.join(" "),
        subject.label.clone(),
        actor.name.clone(),
        actor.kind.as_str().to_owned(),
    ];
    line(cells.into_iter())
}

/// An endpoint as a line.
pub(crate) fn endpoint(endpoint: &EndpointRecord) -> String {
    let auth = endpoint.auth.iter().map(|(kind, n)| format!("{kind}:{n}")).collect::<Vec<_>>().join(" ");
    let statuses = endpoint.statuses.iter().map(|(status, n)| format!("{status}:{n}")).collect::<Vec<_>>().join(" ");
    let p90 = |q: Option<model::endpoint::Quantiles>| q.map(|q| q.p90.to_string()).unwrap_or_default();
    let cells = [
        endpoint.id.to_string(),
        endpoint.service.clone(),
        endpoint.method.clone(),
        endpoint.template.clone(),
        endpoint.confidence.to_string(),
        endpoint.first_at.to_string(),
        endpoint.last_at.to_string(),
        endpoint.count.to_string(),
        endpoint.callers.to_string(),
        auth,
        statuses,
        endpoint.unauthenticated_successes.to_string(),
        endpoint.request_bytes.to_string(),
        endpoint.response_bytes.to_string(),
        p90(endpoint.latency),
        p90(endpoint.size),
        pairs(endpoint.zones.iter().map(|(zone, n)| (zone.as_str(), *n))),
        pairs(endpoint.clients.iter().map(|(family, n)| (family.as_str(), *n))),
        function::of(endpoint).map(|function| function.name.to_owned()).unwrap_or_default(),
        endpoint.product.as_ref().map(|product| product.name.clone()).unwrap_or_default(),
        endpoint.product.as_ref().and_then(|product| product.version.clone()).unwrap_or_default(),
        endpoint.operation.clone(),
    ];
    line(cells.into_iter())
}

/// `internal:9 external:1`.
fn pairs<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> String {
    counts.map(|(name, n)| format!("{name}:{n}")).collect::<Vec<_>>().join(" ")
}

/// A line of these cells.
pub(crate) fn line(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|cell| quoted(&cell)).collect();
    format!("{}\r\n", cells.join(","))
}

fn quoted(cell: &str) -> String {
    let starts_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mut cell = inert(cell);
    if starts_formula {
        cell.insert(0, '\'');
    }
    if cell.contains(['"', ',']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_safe_and_quoted() {
        for (cell, expected) in [
            ("plain", "plain"),
            ("=1+1", "'=1+1"),
            ("@x", "'@x"),
            ("-1", "'-1"),
            ("+1", "'+1"),
            ("\tx", r"'\u{9}x"),
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
            ("a\r\nb", r"a\u{d}\u{a}b"),
        ] {
            assert_eq!(quoted(cell), expected);
        }
    }

    #[test]
    fn each_field_has_its_cell() {
        let cells = |line: &str| line.trim_end().split(',').count();
        let (nothing, nobody) = (Finding::default(), crate::actors::Actors::default());
        assert_eq!(cells(&finding(&nothing, &nobody.get(&nothing))), FINDING_FIELDS.len());
        assert_eq!(cells(&endpoint(&EndpointRecord::default())), ENDPOINT_FIELDS.len());
    }
}
