//! What differs between two inventories (F).

use discovery::diff::{Aspect, Change, Detail, How, Kind, Measure, Moments, View};
use model::PacketTime;
use serde_json::{Value, json};

use super::Screen;
use super::coverage::Coverage;
use super::ids::Ids;
use super::look::{Look, Tone};
use super::table::{Cell, Column, Fit, markdown, render};
use super::text;
use crate::formats::csv;

/// One inventory of the two.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    /// What the user called it.
    pub name: String,
    /// Its endpoints.
    pub views: Vec<View>,
    /// Short ids of them.
    pub ids: Ids,
    /// How much of its traffic was understood; an export does not tell.
    pub coverage: Option<Coverage>,
    /// Whether its run did not come to its end.
    pub cut: bool,
}

/// Two inventories and what differs.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    /// Earlier.
    pub before: Side,
    /// Later.
    pub after: Side,
    /// Differences to show.
    pub changes: Vec<Change>,
    /// The moments compared and the end of the record, when both sides are one record.
    pub moments: Option<(Moments, PacketTime)>,
}

const COLUMNS: [Column; 7] = [
    Column { title: "", exact: "KIND", right: false, fit: Fit::Whole },
    Column::text("ID", Fit::Whole),
    Column::text("METHOD", Fit::Whole),
    Column::text("ENDPOINT", Fit::Middle),
    Column::number("BEFORE", "CALLS_BEFORE"),
    Column::number("AFTER", "CALLS_AFTER"),
    Column::text("WHAT", Fit::End),
];

/// Columns of calls, shown from this width on.
const CALLS: std::ops::Range<usize> = 4..6;
const CALLS_WIDTH_MIN: usize = 100;
/// Details of one endpoint that a terminal shows.
const DETAILS_SHOWN_MAX: usize = 12;

impl Comparison {
    fn sides(&self, change: &Change) -> (Option<&View>, Option<&View>) {
        let of = |side: &'_ Side, at: Option<usize>| at.filter(|at| *at < side.views.len());
        (
            of(&self.before, change.before).and_then(|at| self.before.views.get(at)),
            of(&self.after, change.after).and_then(|at| self.after.views.get(at)),
        )
    }

    fn count(&self, kind: Kind) -> usize {
        self.changes.iter().filter(|change| change.kind == kind).count()
    }

    fn id(&self, change: &Change) -> String {
        match self.sides(change) {
            (_, Some(View { id: Some(id), .. })) => self.after.ids.endpoint(*id),
            (Some(View { id: Some(id), .. }), _) => self.before.ids.endpoint(*id),
            _ => "–".to_owned(),
        }
    }

    /// The moment a record cannot tell changes between.
    fn is_moments(&self) -> bool {
        self.moments.is_some()
    }
}

/// The table with its base.
pub(crate) fn screen(comparison: &Comparison, look: &Look) -> Screen {
    let mut columns = COLUMNS.to_vec();
    let mut rows = rows(comparison, look.width.is_some());
    if look.width.is_some_and(|width| width < CALLS_WIDTH_MIN) {
        // What differs matters more than how often it was called.
        columns.retain(|column| !column.right);
        for row in &mut rows {
            row.drain(CALLS.start.min(row.len())..CALLS.end.min(row.len()));
        }
    }
    Screen { data: render(&columns, &rows, look), remarks: look.wrapped(&remarks(comparison)) }
}

/// The same in Markdown.
pub(crate) fn as_markdown(comparison: &Comparison) -> String {
    let mut out = markdown(&COLUMNS, &rows(comparison, false));
    out.push('\n');
    for line in remarks(comparison).lines() {
        out.extend(["- ", line, "\n"]);
    }
    out
}

/// The same as CSV: a line for each detail.
pub(crate) fn as_csv(comparison: &Comparison) -> String {
    let heading = [
        "change",
        "id",
        "service",
        "method",
        "template",
        "calls_before",
        "calls_after",
        "aspect",
        "how",
        "name",
        "before",
        "after",
    ];
    let mut out = csv::heading(&heading);
    for change in &comparison.changes {
        let (before, after) = comparison.sides(change);
        let Some(view) = after.or(before) else { continue };
        let common = [
            change.kind.as_str().to_owned(),
            view.id.map(|id| id.to_string()).unwrap_or_default(),
            view.service.clone(),
            view.method.clone(),
            view.template.clone(),
            before.map(|view| view.calls.to_string()).unwrap_or_default(),
            after.map(|view| view.calls.to_string()).unwrap_or_default(),
        ];
        let own = |detail: &Detail| {
            let how = how(detail.how).to_owned();
            [detail.aspect.as_str().to_owned(), how, detail.name.clone(), exact(&detail.before), exact(&detail.after)]
        };
        let mut details: Vec<_> = change.details.iter().map(own).collect();
        if details.is_empty() {
            details.push(Default::default());
        }
        for detail in details {
            out.push_str(&csv::line(common.iter().cloned().chain(detail)));
        }
    }
    out
}

/// The same as one JSON document.
pub(crate) fn as_json(comparison: &Comparison) -> Value {
    let side = |side: &Side| {
        json!({
            "name": side.name,
            "endpoints": side.views.len(),
            "coverage": side.coverage.as_ref().map(|coverage| json!({
                "payload_bytes": coverage.whole,
                "understood_bytes": coverage.understood,
            })),
            "cut": side.cut,
        })
    };
    json!({
        "schema": "apitap-inventory-diff",
        "version": 1,
        "before": side(&comparison.before),
        "after": side(&comparison.after),
        "from": comparison.moments.map(|(moments, _)| moments.from.to_string()),
        "to": comparison.moments.map(|(moments, _)| moments.to.to_string()),
        "changes": comparison.changes.iter().map(|change| object(comparison, change)).collect::<Vec<_>>(),
    })
}

/// One difference as a JSON object.
pub(crate) fn object(comparison: &Comparison, change: &Change) -> Value {
    let (before, after) = comparison.sides(change);
    let view = after.or(before);
    json!({
        "change": change.kind.as_str(),
        "id": view.and_then(|view| view.id).map(|id| id.to_string()),
        "service": view.map(|view| &view.service),
        "method": view.map(|view| &view.method),
        "template": view.map(|view| &view.template),
        "calls_before": before.map(|view| view.calls),
        "calls_after": after.map(|view| view.calls),
        "first_seen": view.and_then(|view| view.seen).map(|(first, _)| first.to_string()),
        "last_seen": view.and_then(|view| view.seen).map(|(_, last)| last.to_string()),
        "details": change.details.iter().map(|detail| json!({
            "aspect": detail.aspect.as_str(),
            "how": how(detail.how),
            "name": detail.name,
            "before": value(&detail.before),
            "after": value(&detail.after),
        })).collect::<Vec<_>>(),
    })
}

fn value(measure: &Measure) -> Value {
    match measure {
        Measure::None => Value::Null,
        Measure::Text(text) => json!(text),
        Measure::Count(n) | Measure::Nanos(n) | Measure::Bytes(n) => json!(n),
        Measure::Share(part, of) => json!({ "part": part, "of": of }),
    }
}

const fn how(how: How) -> &'static str {
    match how {
        How::Added => "added",
        How::Removed => "removed",
        How::Changed => "changed",
    }
}

const fn mark(kind: Kind) -> &'static str {
    match kind {
        Kind::Added => "+",
        Kind::Changed => "~",
        Kind::Removed => "-",
        Kind::Unseen => "?",
    }
}

/// A row for each detail; a terminal shows the endpoint in the first only.
fn rows(comparison: &Comparison, terminal: bool) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for change in &comparison.changes {
        let mut told = words(comparison, change);
        let more = told.len().saturating_sub(DETAILS_SHOWN_MAX);
        if terminal && more > 0 {
            told.truncate(DETAILS_SHOWN_MAX);
            told.push(format!("and {more} more (--format json)"));
        }
        for (at, what) in told.iter().enumerate() {
            rows.push(row(comparison, change, what, terminal && at > 0));
        }
    }
    rows
}

fn row(comparison: &Comparison, change: &Change, what: &str, goes_on: bool) -> Vec<Cell> {
    let (before, after) = comparison.sides(change);
    let view = after.or(before);
    let calls = |view: Option<&View>| view.map_or_else(|| Cell::forms("–", ""), |view| Cell::count(view.calls));
    let name = view.map_or_else(String::new, |view| format!("{}{}", view.service, view.template));
    let tone = if change.kind == Kind::Removed { Tone::Warning } else { Tone::Plain };
    let mut row = vec![
        Cell::forms(mark(change.kind), change.kind.as_str()).toned(tone),
        Cell::text(&comparison.id(change)),
        Cell::text(view.map_or("", |view| &view.method)),
        Cell::text(&name),
        calls(before),
        calls(after),
    ];
    if goes_on {
        row = vec![Cell::text(""); row.len()];
    }
    row.push(Cell::text(what));
    row
}

/// What differs, each in a few words; never nothing.
fn words(comparison: &Comparison, change: &Change) -> Vec<String> {
    let (before, after) = comparison.sides(change);
    match change.kind {
        Kind::Added => {
            let callers =
                after.and_then(|view| view.callers).map(|n| format!(", {}", text::counted(n, "caller", "callers")));
            let open = after.and_then(|view| view.open).filter(|(open, _)| *open > 0);
            let open =
                open.map(|(open, _)| format!(", {} without credentials", text::counted(open, "success", "successes")));
            vec![format!("new{}{}", callers.unwrap_or_default(), open.unwrap_or_default())]
        }
        Kind::Removed => vec![format!("not seen{}", before.map(usual).unwrap_or_default())],
        Kind::Unseen => {
            let why = if comparison.is_moments() { "too rarely called" } else { "too little later traffic" };
            vec![format!("not seen; {why} to say more")]
        }
        Kind::Changed => change.details.iter().map(detail).collect(),
    }
}

/// How often it was called.
fn usual(view: &View) -> String {
    const DAY: u64 = 86_400;
    let Some((first, last)) = view.seen else { return String::new() };
    let seconds = last.since(first).as_secs();
    if seconds < DAY {
        return format!("; last call {} {}", text::date(last), text::clock(last));
    }
    let daily = u128::from(view.calls) * u128::from(DAY) / u128::from(seconds);
    format!("; was {} a day, last call {}", text::grouped(u64::try_from(daily).unwrap_or(u64::MAX)), text::date(last))
}

fn detail(detail: &Detail) -> String {
    let what = match detail.aspect {
        Aspect::Parameter | Aspect::Values | Aspect::Presence => detail.name.clone(),
        Aspect::Field => format!("field {}", detail.name),
        Aspect::Auth if detail.name == "none" => "calls without credentials".to_owned(),
        Aspect::Unauthenticated => "unauthenticated share".to_owned(),
        Aspect::Template => "path".to_owned(),
        aspect => [aspect.as_str(), detail.name.as_str()].join(" ").trim_end().to_owned(),
    };
    let counted = |measure: &Measure| match measure {
        Measure::Count(n) => format!(" ({})", text::counted(*n, "call", "calls")),
        _ => String::new(),
    };
    match detail.how {
        How::Added => format!("+{what}{}", counted(&detail.after)),
        How::Removed => format!("-{what}{}", counted(&detail.before)),
        How::Changed => format!("{what}: {} → {}", shown(&detail.before), shown(&detail.after)),
    }
}

fn shown(measure: &Measure) -> String {
    match measure {
        Measure::None => "–".to_owned(),
        Measure::Text(text) => text.clone(),
        Measure::Count(n) => text::count(*n),
        Measure::Share(part, of) => text::percent(*part, *of),
        Measure::Nanos(n) => text::nanos(*n),
        Measure::Bytes(n) => text::bytes(*n),
    }
}

fn exact(measure: &Measure) -> String {
    match measure {
        Measure::None => String::new(),
        Measure::Text(text) => text.clone(),
        Measure::Count(n) | Measure::Nanos(n) | Measure::Bytes(n) => n.to_string(),
        Measure::Share(part, of) => format!("{part}/{of}"),
    }
}

fn remarks(comparison: &Comparison) -> String {
    let mut lines = match comparison.moments {
        Some((moments, end)) => remarks_of_moments(comparison, moments, end),
        None => remarks_of_sides(comparison),
    };
    if comparison.count(Kind::Unseen) > 0 {
        lines.push("? absence proves nothing: too few calls were to be expected.".to_owned());
    }
    lines.into_iter().map(|line| text::inert(&line) + "\n").collect()
}

fn remarks_of_moments(comparison: &Comparison, Moments { from, to }: Moments, end: PacketTime) -> Vec<String> {
    let [added, removed, unseen] =
        [Kind::Added, Kind::Removed, Kind::Unseen].map(|kind| text::grouped(comparison.count(kind) as u64));
    let until = if to > end { "its end".to_owned() } else { to.to_string() };
    let mut lines = vec![
        format!("{added} added, {removed} removed, {unseen} unseen from {from} to {until}. The record ends {end}."),
        "A record keeps first and last calls: what changed inside an endpoint is told by two exports or states."
            .to_owned(),
    ];
    let spans = |view: &&View| view.seen.is_some_and(|(first, last)| first < from && last >= to);
    let open = comparison.before.views.iter().filter(spans).count() as u64;
    if open > 0 && to <= end {
        let n = text::counted(open, "endpoint was", "endpoints were");
        lines.push(format!("{n} called before and after: whether also between, the record does not tell."));
    }
    lines
}

fn remarks_of_sides(comparison: &Comparison) -> Vec<String> {
    let [added, removed, changed, unseen] = [Kind::Added, Kind::Removed, Kind::Changed, Kind::Unseen]
        .map(|kind| text::grouped(comparison.count(kind) as u64));
    let of = text::counted(comparison.before.views.len() as u64, "endpoint", "endpoints");
    let after = text::grouped(comparison.after.views.len() as u64);
    let mut lines = vec![format!(
        "{added} added, {removed} removed, {changed} changed, {unseen} unseen, of {of} before and {after} after."
    )];
    for side in [&comparison.before, &comparison.after] {
        let Side { name, coverage, cut, .. } = side;
        match coverage {
            Some(coverage) if coverage.whole > 0 && coverage.unseen.is_empty() => {
                lines.push(format!("{name}: coverage {}.", coverage.share()));
            }
            Some(coverage) if coverage.whole > 0 => {
                lines.push(format!("{name}: coverage {}; not visible: {}.", coverage.share(), coverage.rest()));
            }
            Some(_) => {}
            None if side.views.iter().any(|view| view.id.is_some()) => {
                lines.push(format!("{name}: a list that was written; its coverage is not known."));
            }
            None => lines.push(format!("{name}: an export; its coverage, latencies and callers are not known.")),
        }
        if *cut {
            lines.push(format!("{name}: the run has not come to its end."));
        }
    }
    lines
}
