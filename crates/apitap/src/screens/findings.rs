//! The list of findings.

use model::finding::{FindingState, Subject};
use model::record::Trailer;
use model::{Finding, IdentityKind, PacketTime};

use super::Screen;
use super::coverage::Coverage;
use super::groups::{Group, GroupBy, with_headings};
use super::ids::{Ids, brief};
use super::look::{Look, Tone};
use super::table::{Cell, Column, Fit, markdown, render};
use super::text;

/// Findings to list, and what they are part of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List<'a> {
    /// In the order to show.
    pub findings: &'a [&'a Finding],
    /// Groups that they stand in, one after the other; none when they are not grouped.
    pub groups: &'a [Group],
    /// What they are grouped by.
    pub by: GroupBy,
    /// Findings in all.
    pub of: usize,
    /// Left out because they were acknowledged, and shown although they once were.
    pub acked: (usize, usize),
    /// Totals, as far as they go.
    pub trailer: &'a Trailer,
    /// Whether the run did not come to its end, or is still going on.
    pub cut: bool,
    /// Short ids.
    pub ids: Ids,
}

const COLUMNS: [Column; 6] = [
    Column::text("ID", Fit::Whole),
    Column::text("SEV", Fit::Whole),
    Column::text("WHEN", Fit::Whole),
    Column::text("DETECTOR", Fit::End),
    Column::text("SUBJECT", Fit::Middle),
    Column::text("WHAT", Fit::End),
];

/// Place of the detector.
const DETECTOR: usize = 3;
/// Width from which endpoints are shown by name and not by id.
const NAMES_WIDTH_MIN: usize = 110;

/// The list as a table, with its base.
pub(crate) fn screen(list: &List<'_>, look: &Look) -> Screen {
    let named = look.width.is_none_or(|width| width >= NAMES_WIDTH_MIN);
    let mut rows = rows(list, named);
    let mut columns = COLUMNS.to_vec();
    if !named {
        // Subjects are ids then, which are not cut; the title says what the detector saw.
        columns.remove(DETECTOR);
        for row in &mut rows {
            row.remove(DETECTOR);
        }
        columns.iter_mut().filter(|column| column.fit == Fit::Middle).for_each(|column| column.fit = Fit::Whole);
    }
    let data = if look.width.is_none() {
        grouped_columns(list, columns, &mut rows, |columns, rows| render(columns, rows, look))
    } else if list.groups.is_empty() || rows.is_empty() {
        render(&columns, &rows, look)
    } else {
        with_headings(&render(&columns, &rows, look), list.groups, look)
    };
    Screen { data, remarks: look.wrapped(&remarks(list)) }
}

/// The list in Markdown.
pub(crate) fn as_markdown(list: &List<'_>) -> String {
    grouped_columns(list, COLUMNS.to_vec(), &mut rows(list, true), markdown)
}

/// Where no line may stand between rows, the group of each is its last column.
fn grouped_columns(
    list: &List<'_>,
    mut columns: Vec<Column>,
    rows: &mut [Vec<Cell>],
    made: impl FnOnce(&[Column], &[Vec<Cell>]) -> String,
) -> String {
    let title = match list.by {
        GroupBy::Actor => "ACTOR",
        GroupBy::Endpoint => "ENDPOINT",
        GroupBy::None => return made(&columns, rows),
    };
    columns.push(Column::text(title, Fit::End));
    let names = list.groups.iter().flat_map(|group| std::iter::repeat_n(&group.name, group.findings));
    for (row, name) in rows.iter_mut().zip(names) {
        row.push(Cell::text(name));
    }
    made(&columns, rows)
}

fn rows(list: &List<'_>, named: bool) -> Vec<Vec<Cell>> {
    let day = one_day(list.findings);
    let beneath = list.groups.iter().flat_map(|group| std::iter::repeat_n(group.findings > 1, group.findings));
    let row = |(finding, beneath): (&&Finding, bool)| {
        let id = list.ids.finding(finding.id);
        vec![
            Cell::forms(&format!("{}{id}", if beneath { "  " } else { "" }), &id),
            Cell::text(finding.severity.as_str()).toned(Tone::Severity(finding.severity)),
            Cell::forms(&when(finding, day.is_some()), &format!("{}/{}", finding.first_at, finding.last_at)),
            Cell::text(&finding.detector),
            Cell::forms(&subject(&finding.subject, &list.ids, named), &subject_in_words(&finding.subject)),
            Cell::text(&finding.title),
        ]
    };
    list.findings.iter().zip(beneath.chain(std::iter::repeat(false))).map(row).collect()
}

/// The day, when all findings are of one.
fn one_day(findings: &[&Finding]) -> Option<String> {
    let day = text::date(findings.first()?.first_at);
    findings.iter().all(|f| [f.first_at, f.last_at].map(text::date).iter().all(|d| *d == day)).then_some(day)
}

/// `08:41–08:55`, `since 08:03`; with the day when there are several.
fn when(finding: &Finding, of_one_day: bool) -> String {
    let shown =
        |at: PacketTime| if of_one_day { text::clock(at) } else { format!("{} {}", text::date(at), text::clock(at)) };
    let same_minute = shown(finding.first_at) == shown(finding.last_at);
    match finding.state {
        FindingState::Open | FindingState::Update if !same_minute => format!("since {}", shown(finding.first_at)),
        _ if same_minute => shown(finding.first_at),
        _ if text::date(finding.first_at) == text::date(finding.last_at) => {
            format!("{}–{}", shown(finding.first_at), text::clock(finding.last_at))
        }
        _ => format!("{}–{}", shown(finding.first_at), shown(finding.last_at)),
    }
}

/// `token 5E1C4A → E-3F9A0K`.
fn subject(subject: &Subject, ids: &Ids, named: bool) -> String {
    let endpoint = match subject.endpoint {
        Some(id) if !named || subject.endpoint_name.is_empty() => Some(ids.endpoint(id)),
        _ => place(subject),
    };
    parts(subject, endpoint)
}

/// `token 5E1C4A → GET api.example/v1/orders/{int}`.
pub(crate) fn subject_in_words(subject: &Subject) -> String {
    parts(subject, place(subject).or_else(|| subject.endpoint.map(super::ids::long_endpoint)))
}

/// Its endpoint in words; of one that is on no single endpoint the first, and how many more.
fn place(subject: &Subject) -> Option<String> {
    let mut names = std::iter::once(&subject.endpoint_name).chain(&subject.endpoints).filter(|name| !name.is_empty());
    let first = names.next()?.clone();
    let more = names.count();
    Some(if more == 0 { first } else { format!("{first} (+{more})") })
}

fn parts(subject: &Subject, endpoint: Option<String>) -> String {
    let network = || subject.kind.starts_with("network").then(|| subject.addresses.join(","));
    match (identity(subject).or_else(network).filter(|who| !who.is_empty()), endpoint) {
        (Some(who), Some(what)) => format!("{who} → {what}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) if subject.addresses.is_empty() => subject.kind.replace('_', " "),
        (None, None) => subject.addresses.join(","),
    }
}

/// `token 5E1C4A`, or the address itself; `night batch (API key 5E1C4A)` where the operator's book has a label.
pub(crate) fn identity(subject: &Subject) -> Option<String> {
    let id = subject.identity?;
    let kind = subject.identity_kind.unwrap_or_default();
    let who = match (kind, subject.addresses.as_slice()) {
        (IdentityKind::Address, [address]) => address.clone(),
        _ => format!("{} {}", identity_word(kind), brief(id)),
    };
    Some(if subject.label.is_empty() { who } else { format!("{} ({who})", subject.label) })
}

/// The word for a kind of identity.
pub(crate) const fn identity_word(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::TokenClaim => "token subject",
        IdentityKind::Token => "token",
        IdentityKind::ApiKey => "API key",
        IdentityKind::User => "user",
        IdentityKind::Session => "session",
        IdentityKind::Certificate => "client certificate",
        IdentityKind::Address => "address",
    }
}

fn remarks(list: &List<'_>) -> String {
    let mut out = format!(
        "{} of {}.",
        text::grouped(list.findings.len() as u64),
        text::counted(list.of as u64, "finding", "findings")
    );
    if let Some(day) = one_day(list.findings) {
        out.extend([format!(" Times are UTC, {day}.")]);
    } else if !list.findings.is_empty() {
        out.push_str(" Times are UTC.");
    }
    out.extend([format!(" Coverage {}.", Coverage::of(list.trailer).share())]);
    if list.cut {
        out.push_str(" The run has not come to its end.");
    }
    if list.of == 0 {
        let totals = list.trailer.totals;
        let judged = text::counted(totals.transactions, "transaction", "transactions");
        let endpoints = text::counted(totals.endpoints, "endpoint", "endpoints");
        out.extend([format!("\nNothing to list: {judged} at {endpoints} were judged and none stood out.")]);
    }
    let (hidden, again) = list.acked;
    if list.findings.is_empty() && list.of > 0 && hidden == 0 {
        out.push_str("\nNo finding matches the filters of the command line.");
    }
    if hidden > 0 {
        let hidden = text::counted(hidden as u64, "acknowledged finding is", "acknowledged findings are");
        out.extend([format!("\n{hidden} left out (--acked shows all; apitap findings acks says why).")]);
    }
    if again > 0 {
        let again = text::counted(again as u64, "finding was", "findings were");
        out.extend([format!("\n{again} acknowledged, which has ended or no longer covers how grave it is.")]);
    }
    out.push('\n');
    out
}
