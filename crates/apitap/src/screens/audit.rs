//! What holding an inventory against API descriptions gave.

use discovery::audit::{Audit, Document, Issue, IssueKind};
use model::Severity;
use serde_json::{Value, json};

use super::Screen;
use super::coverage::Coverage;
use super::look::{Look, Tone};
use super::table::{Cell, Column, Fit, markdown, render};
use super::text;

/// An audit, and what of it counts.
#[derive(Clone, Debug)]
pub(crate) struct Report<'a> {
    /// The documents, in the order they were named.
    pub documents: &'a [Document<'a>],
    /// Issues are those that count.
    pub audit: &'a Audit,
    /// Issues that the ignore file accepts.
    pub ignored: Vec<Issue>,
    /// Rules of it whose day has passed.
    pub expired: &'a [String],
    /// Endpoints of the inventory.
    pub endpoints: usize,
    /// The severity from which the audit fails.
    pub fail_on: Option<Severity>,
    /// What of the traffic it rests on.
    pub basis: &'a Basis,
}

/// What of the traffic an audit rests on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Basis {
    /// How much of it was understood.
    pub coverage: Coverage,
    /// Why there is more traffic than was seen.
    pub partial: Vec<String>,
    /// Whether the run was stopped before the end of its input.
    pub stopped: bool,
}

const COLUMNS: [Column; 6] = [
    Column::text("SEV", Fit::Whole),
    Column::text("WHAT", Fit::Whole),
    Column::text("OPERATION", Fit::Middle),
    Column::text("DIFFERENCE", Fit::End),
    Column::text("CALLS", Fit::Whole),
    Column::text("AT", Fit::Middle),
];

/// The columns of the table and its rows.
pub(crate) fn table(report: &Report<'_>) -> ([Column; 6], Vec<Vec<Cell>>) {
    (COLUMNS, rows(report))
}

/// What the table rests on and what follows from it, a line each.
pub(crate) fn lines(report: &Report<'_>) -> Vec<String> {
    let remarks = report.audit.remarks.iter().map(|remark| format!("Note       {remark}"));
    summary(report).into_iter().chain(remarks).chain(std::iter::once(verdict(report))).collect()
}

/// The table with its base.
pub(crate) fn screen(report: &Report<'_>, look: &Look) -> Screen {
    let mut remarks = summary(report);
    for remark in &report.audit.remarks {
        remarks.push(format!("Note       {remark}"));
    }
    remarks.push(verdict(report));
    let remarks: String = remarks.into_iter().map(|line| text::inert(&line) + "\n").collect();
    Screen { data: render(&COLUMNS, &rows(report), look), remarks: look.wrapped(&remarks) }
}

/// The same in Markdown.
pub(crate) fn as_markdown(report: &Report<'_>) -> String {
    let mut out = markdown(&COLUMNS, &rows(report));
    out.push('\n');
    let remarks = report.audit.remarks.iter().map(|remark| format!("Note {remark}"));
    for line in summary(report).into_iter().chain(remarks).chain(std::iter::once(verdict(report))) {
        out.extend(["- ", &text::inert(&line.split_whitespace().collect::<Vec<_>>().join(" ")), "\n"]);
    }
    out
}

/// The same as one JSON document.
pub(crate) fn as_json(report: &Report<'_>) -> Value {
    let documents = report.documents.iter().enumerate().map(|(at, document)| {
        let counts = counts(report, at);
        json!({
            "name": document.name,
            "title": document.spec.title,
            "version": document.spec.version,
            "operations": counts.operations,
            "seen": counts.seen,
            "remarks": document.spec.remarks.iter().map(|(place, text)| format!("{}: {text}", place.line)).collect::<Vec<_>>(),
        })
    });
    json!({
        "schema": "apitap-audit",
        "version": 1,
        "documents": documents.collect::<Vec<_>>(),
        "endpoints": report.endpoints,
        "issues": report.audit.issues.iter().map(|issue| as_object(report, issue)).collect::<Vec<_>>(),
        "ignored": report.ignored.iter().map(|issue| as_object(report, issue)).collect::<Vec<_>>(),
        "expired_ignores": report.expired,
        "remarks": report.audit.remarks,
        "coverage": {
            "payload_bytes": report.basis.coverage.whole,
            "understood_bytes": report.basis.coverage.understood,
            "not_understood": report.basis.coverage.unseen.iter().map(|(why, bytes)| json!({ "why": why, "bytes": bytes })).collect::<Vec<_>>(),
        },
        "partial": report.basis.partial,
        "stopped": report.basis.stopped,
        "fail_on": report.fail_on.map(Severity::as_str),
        "failing": crate::verbs::audit::failing(&report.audit.issues, report.fail_on).len(),
    })
}

fn as_object(report: &Report<'_>, issue: &Issue) -> Value {
    json!({
        "id": issue.id.to_string(),
        "detector": issue.kind.as_str(),
        "severity": issue.kind.severity().as_str(),
        "document": report.documents.get(issue.document).map(|document| document.name),
        "line": issue.at.line,
        "column": issue.at.column,
        "method": issue.method,
        "path": issue.path,
        "endpoint": issue.endpoint.map(|id| id.to_string()),
        "text": issue.text,
        "seen": issue.seen,
        "of": issue.of,
    })
}

fn rows(report: &Report<'_>) -> Vec<Vec<Cell>> {
    // Gravest first: a long list is read from its top.
    let mut issues: Vec<&Issue> = report.audit.issues.iter().collect();
    issues.sort_by_key(|issue| (std::cmp::Reverse(issue.kind.severity()), issue.kind));
    issues.into_iter().map(|issue| row(report, issue)).collect()
}

fn row(report: &Report<'_>, issue: &Issue) -> Vec<Cell> {
    let severity = issue.kind.severity();
    let calls = if issue.of == 0 {
        "–".to_owned()
    } else if issue.seen == issue.of {
        text::grouped(issue.of)
    } else {
        format!("{} of {}", text::grouped(issue.seen), text::grouped(issue.of))
    };
    let name = report.documents.get(issue.document).map_or("", |document| document.name);
    vec![
        Cell::text(severity.as_str()).toned(Tone::Severity(severity)),
        Cell::text(issue.kind.as_str()),
        Cell::text(&format!("{} {}", issue.method, issue.path)),
        Cell::text(&issue.text),
        Cell::text(&calls),
        Cell::text(&format!("{name}:{}", issue.at.line)),
    ]
}

/// What a document has and how much of it was seen.
struct Counts {
    operations: usize,
    seen: usize,
}

fn counts(report: &Report<'_>, document: usize) -> Counts {
    let own = report.audit.operations.iter().filter(|covered| covered.document == document);
    let (mut operations, mut seen) = (0, 0);
    for covered in own {
        operations += 1;
        seen += usize::from(!covered.endpoints.is_empty());
    }
    Counts { operations, seen }
}

fn summary(report: &Report<'_>) -> Vec<String> {
    let mut out = Vec::new();
    let Basis { coverage, partial, .. } = report.basis;
    if coverage.whole > 0 {
        let rest = if coverage.unseen.is_empty() { String::new() } else { format!("; {}", coverage.rest()) };
        let whole = text::bytes(coverage.whole);
        out.push(format!("Coverage   {} of {whole} of {} understood{rest}", coverage.share(), coverage.of_what()));
    }
    out.extend(partial.iter().map(|why| format!("Part only  {why}")));
    for (at, document) in report.documents.iter().enumerate() {
        let Counts { operations, seen } = counts(report, at);
        let of = |kind: IssueKind| report.audit.issues.iter().filter(|i| i.document == at && i.kind == kind).count();
        out.push(format!(
            "Spec       {}: {}; {} seen ({}), {} orphan, {} shadow, {} zombie",
            document.name,
            text::counted(operations as u64, "operation", "operations"),
            text::grouped(seen as u64),
            text::percent(seen as u64, operations as u64),
            of(IssueKind::Orphan),
            of(IssueKind::Shadow),
            of(IssueKind::Zombie),
        ));
        for (place, remark) in &document.spec.remarks {
            out.push(format!("Note       {}:{}: {remark}", document.name, place.line));
        }
    }
    if !report.ignored.is_empty() || !report.expired.is_empty() {
        out.push(format!("Ignored    {} by the ignore file", report.ignored.len()));
        out.extend(report.expired.iter().map(|rule| format!("           expired, and counts again: {rule}")));
    }
    out
}

fn verdict(report: &Report<'_>) -> String {
    let all = text::counted(report.audit.issues.len() as u64, "difference", "differences");
    let base = text::counted(report.endpoints as u64, "endpoint", "endpoints");
    match report.fail_on {
        None => format!("Verdict    {all} in {base}; none fails the audit (--fail-on SEVERITY makes some)"),
        Some(from) => match crate::verbs::audit::failing(&report.audit.issues, report.fail_on).len() {
            0 if report.basis.stopped => {
                format!(
                    "Verdict    NONE: stopped before the end; {all} in {base} so far, none {} or graver",
                    from.as_str()
                )
            }
            0 if !report.basis.partial.is_empty() => {
                format!("Verdict    PASS for the part that was seen: {all} in {base}, none {} or graver", from.as_str())
            }
            0 => format!("Verdict    PASS: {all} in {base}, none {} or graver", from.as_str()),
            n => format!("Verdict    FAIL: {n} of {all} {} or graver, in {base}", from.as_str()),
        },
    }
}
