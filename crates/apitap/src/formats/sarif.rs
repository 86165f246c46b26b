//! SARIF 2.1.0 (OASIS Standard), as code scanners of forges read it: one run, one result for each issue.
//!
//! Every result has a physical location, the line of the description it is about, and a partial fingerprint that stays the
//! same while the issue does.

use discovery::audit::{Issue, IssueKind};
use model::Severity;
use serde_json::{Value, json};

use crate::screens::audit::Report;

/// The report as a SARIF log.
pub(crate) fn log(report: &Report<'_>) -> Value {
    let kept = report.audit.issues.iter().map(|issue| result(report, issue, false));
    let ignored = report.ignored.iter().map(|issue| result(report, issue, true));
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "apitap",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": IssueKind::ALL.iter().map(|kind| rule(*kind)).collect::<Vec<_>>(),
                },
            },
            // Whether the traffic was seen whole: scanners keep the results of a run that failed apart.
            "invocations": [{
                "executionSuccessful": !report.basis.stopped,
                "toolExecutionNotifications": report.basis.partial.iter().map(|why| json!({ "level": "warning", "message": { "text": why } })).collect::<Vec<_>>(),
            }],
            "columnKind": "unicodeCodePoints",
            "artifacts": names(report).iter().map(|name| json!({ "location": { "uri": uri(name) } })).collect::<Vec<_>>(),
            "results": kept.chain(ignored).collect::<Vec<_>>(),
        }],
    })
}

fn rule(kind: IssueKind) -> Value {
    json!({
        "id": kind.as_str(),
        "shortDescription": { "text": kind.meaning() },
        "defaultConfiguration": { "level": level(kind.severity()) },
        "properties": { "security-severity": score(kind.severity()), "tags": ["security", "api"] },
    })
}

fn result(report: &Report<'_>, issue: &Issue, ignored: bool) -> Value {
    let name = report.documents.get(issue.document).map_or("", |document| document.name);
    let artifact = names(report).iter().position(|known| *known == name);
    let index = IssueKind::ALL.iter().position(|kind| *kind == issue.kind);
    let mut result = json!({
        "ruleId": issue.kind.as_str(),
        "ruleIndex": index,
        "level": level(issue.kind.severity()),
        "message": { "text": format!("{} {}: {} ({} of {} calls)", issue.method, issue.path, issue.text, issue.seen, issue.of) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(name), "index": artifact },
                "region": { "startLine": issue.at.line.max(1), "startColumn": issue.at.column.max(1) },
            },
            "logicalLocations": [{ "fullyQualifiedName": format!("{} {}", issue.method, issue.path), "kind": "resource" }],
        }],
        "partialFingerprints": { "apitapIssue/v1": issue.id.to_string() },
    });
    if ignored && let Some(result) = result.as_object_mut() {
        result.insert("suppressions".into(), json!([{ "kind": "external" }]));
    }
    result
}

/// The descriptions, each once: artifacts must be unlike (SARIF §3.14.15), and one may be named twice.
fn names<'a>(report: &Report<'a>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for document in report.documents {
        if !names.contains(&document.name) {
            names.push(document.name);
        }
    }
    names
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The scale on which forges sort results, 0–10.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}

/// A path as a relative reference (RFC 3986).
fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _infallible = write!(out, "%{byte:02X}");
        }
    }
    out
}
