//! The list of endpoints.

use std::collections::BTreeSet;

use discovery::about::function;
use model::limits::CALLERS_EXACT_MAX;
use model::record::Trailer;
use model::{EndpointRecord, PacketTime};

use super::coverage::{Coverage, why_no_endpoints};
use super::ids::Ids;
use super::look::{Look, Tone};
use super::table::{Cell, Column, Fit, markdown, render};
use super::tags::{self, Age};
use super::text;
use crate::many;

/// Endpoints to list, and what they are part of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List<'a> {
    /// In the order to show.
    pub endpoints: &'a [&'a EndpointRecord],
    /// Endpoints of the whole inventory.
    pub of: usize,
    /// Totals, as far as they go.
    pub trailer: &'a Trailer,
    /// Whether the run did not come to its end, or is still going on.
    pub cut: bool,
    /// Short ids.
    pub ids: Ids,
    /// The time the inventory spans.
    pub age: Age,
    /// Whether every column is shown and nothing is cut.
    pub wide: bool,
}

/// The last [`WIDE`] ones are shown when asked for.
const COLUMNS: [Column; 18] = [
    Column::text("ID", Fit::Whole),
    Column::text("METHOD", Fit::Whole),
    Column::text("ENDPOINT", Fit::Middle),
    Column::number("CALLS", "CALLS"),
    Column::number("CALLERS", "CALLERS"),
    Column::text("AUTH", Fit::End),
    Column::text("DATA", Fit::End),
    Column::number("P90", "P90_NS"),
    Column { title: "SEEN", exact: "LAST_SEEN", right: false, fit: Fit::Whole },
    Column::text("TAGS", Fit::End),
    Column { title: "FIRST", exact: "FIRST_SEEN", right: false, fit: Fit::Whole },
    Column::number("P99", "P99_NS"),
    Column::number("SIZE", "SIZE_P90_BYTES"),
    Column::text("STATUS", Fit::End),
    Column::number("SURE", "CONFIDENCE"),
    Column::text("FROM", Fit::End),
    Column::text("FUNCTION", Fit::End),
    Column::text("PRODUCT", Fit::End),
];

/// Columns of a wide list only.
const WIDE: usize = 8;

/// Marks endpoints where calls without credentials succeeded beside calls that carry some.
const MIXED: char = '!';
/// Widths from which the last call and tags are shown: paths matter more.
const SEEN_WIDTH_MIN: usize = 120;
const TAGS_WIDTH_MIN: usize = 140;

/// The list as a table.
pub(crate) fn table(list: &List<'_>, look: &Look) -> String {
    let (columns, rows) = shown(list, look.width);
    // A table of a terminal that is as wide as it needs to be.
    let room = if list.wide { look.width.map(|_| usize::MAX) } else { look.width };
    render(&columns, &rows, &Look { width: room, ..*look })
}

/// The same with its base.
#[cfg(test)]
pub(crate) fn screen(list: &List<'_>, look: &Look) -> super::Screen {
    super::Screen { data: table(list, look), remarks: remarks_of(list, look) }
}

/// What a list is based on, without the list.
pub(crate) fn remarks_of(list: &List<'_>, look: &Look) -> String {
    look.wrapped(&remarks(list))
}

/// The columns to show and their cells.
pub(crate) fn shown(list: &List<'_>, width: Option<usize>) -> (Vec<Column>, Vec<Vec<Cell>>) {
    let shown = match width {
        _ if list.wide => COLUMNS.len(),
        Some(..SEEN_WIDTH_MIN) => COLUMNS.len() - WIDE - 2,
        Some(..TAGS_WIDTH_MIN) => COLUMNS.len() - WIDE - 1,
        _ => COLUMNS.len() - WIDE,
    };
    // No cell is made that is not shown: they are many.
    let row = |endpoint: &&EndpointRecord| CELLS.iter().take(shown).map(|cell| cell(endpoint, list)).collect();
    (COLUMNS.into_iter().take(shown).collect(), many::mapped(list.endpoints, row))
}

/// The list in Markdown.
pub(crate) fn as_markdown(list: &List<'_>) -> String {
    let (columns, rows) = shown(list, None);
    markdown(&columns, &rows)
}

/// What makes the cells of each column.
const CELLS: [fn(&EndpointRecord, &List<'_>) -> Cell; COLUMNS.len()] = [
    |endpoint, list| Cell::text(&list.ids.endpoint(endpoint.id)),
    |endpoint, _| Cell::text(&endpoint.method),
    |endpoint, _| Cell::text(&format!("{}{}", endpoint.service, endpoint.place())),
    |endpoint, _| Cell::count(endpoint.count),
    |endpoint, _| callers(endpoint.callers),
    |endpoint, _| {
        let cell = Cell::text(&auth(endpoint));
        if is_mixed(endpoint) { cell.toned(Tone::Warning) } else { cell }
    },
    |endpoint, _| data(endpoint),
    |endpoint, _| measure(endpoint.latency.map(|latency| latency.p90), text::nanos),
    |endpoint, _| moment(endpoint.last_at),
    |endpoint, list| Cell::text(&tags::text(endpoint, list.age)),
    |endpoint, _| moment(endpoint.first_at),
    |endpoint, _| measure(endpoint.latency.map(|latency| latency.p99), text::nanos),
    |endpoint, _| measure(endpoint.size.map(|size| size.p90), text::bytes),
    |endpoint, _| Cell::text(&statuses(endpoint)),
    |endpoint, _| Cell::forms(&text::share(endpoint.confidence), &endpoint.confidence.to_string()),
    |endpoint, _| Cell::text(&endpoint.zones.keys().map(|zone| zone.as_str()).collect::<Vec<_>>().join(" ")),
    |endpoint, _| Cell::text(function::of(endpoint).map_or("–", |function| function.name)),
    |endpoint, _| Cell::text(endpoint.product.as_ref().map_or("–", |product| product.name.as_str())),
];

fn moment(at: PacketTime) -> Cell {
    Cell::forms(&format!("{} {}", text::date(at), text::clock(at)), &at.to_string())
}

fn measure(n: Option<u64>, shown: fn(u64) -> String) -> Cell {
    Cell::forms(&n.map_or_else(|| "–".to_owned(), shown), &n.map_or_else(String::new, |n| n.to_string()))
}

/// Whether calls without credentials succeeded beside calls that carry some.
fn is_mixed(endpoint: &EndpointRecord) -> bool {
    endpoint.unauthenticated_successes > 0 && endpoint.auth.iter().any(|(kind, n)| kind != "none" && *n > 0)
}

/// Calls by status, `0` for no answer seen.
fn statuses(endpoint: &EndpointRecord) -> String {
    let pairs: Vec<String> = endpoint.statuses.iter().map(|(status, n)| format!("{status}:{n}")).collect();
    pairs.join(" ")
}

/// Short words of the data classes, the grave ones first and toned.
fn data(endpoint: &EndpointRecord) -> Cell {
    let data = &endpoint.data;
    let classes: BTreeSet<_> = data.received.keys().chain(data.returned.keys()).collect();
    let mut words: Vec<(bool, &str)> = classes.iter().map(|class| (!data.is_grave(class), data.word(class))).collect();
    words.sort_by_key(|(harmless, _)| *harmless);
    words.dedup();
    let grave = words.iter().any(|(harmless, _)| !harmless);
    let words: Vec<_> = words.into_iter().map(|(_, word)| word).collect();
    let cell = Cell::text(&if words.is_empty() { "–".to_owned() } else { words.join(",") });
    if grave { cell.toned(Tone::Warning) } else { cell }
}

/// Their number; beyond what is counted exactly it is an estimate, and says so.
fn callers(n: u64) -> Cell {
    let about = if n > CALLERS_EXACT_MAX as u64 { "~" } else { "" };
    Cell::forms(&format!("{about}{}", text::count(n)), &n.to_string())
}

/// Kinds of credentials, most used first; `!` marks calls that succeeded without any beside calls that carry some.
pub(crate) fn auth(endpoint: &EndpointRecord) -> String {
    let mut kinds: Vec<(&String, u64)> =
        endpoint.auth.iter().map(|(kind, &n)| (kind, n)).filter(|(_, n)| *n > 0).collect();
    kinds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let names: Vec<&str> = kinds.iter().map(|(kind, _)| kind.as_str()).collect();
    if names.is_empty() {
        "–".to_owned()
    } else {
        names.join(",") + &if is_mixed(endpoint) { format!(" {MIXED}") } else { String::new() }
    }
}

fn remarks(list: &List<'_>) -> String {
    let mut out = format!(
        "{} of {}.",
        text::grouped(list.endpoints.len() as u64),
        text::counted(list.of as u64, "endpoint", "endpoints")
    );
    let coverage = Coverage::of(list.trailer);
    out.extend([format!(" Coverage {}.", coverage.share())]);
    if !coverage.unseen.is_empty() {
        out.extend([format!(" Not visible: {}.", coverage.rest())]);
    }
    if list.cut {
        out.push_str(" The run has not come to its end.");
    }
    if let Some(why) = why_no_endpoints(list.trailer).filter(|_| list.of == 0) {
        let end = if why.ends_with('?') { "" } else { "." };
        out.extend([format!("\nNothing to list: {why}{end}")]);
    }
    if list.endpoints.iter().any(|endpoint| is_mixed(endpoint)) {
        out.extend([format!("\n{MIXED} in AUTH: calls without credentials succeeded too.")]);
    }
    if list.endpoints.is_empty() && list.of > 0 {
        out.push_str("\nNo endpoint matches the filters of the command line.");
    }
    out.push('\n');
    out
}
