//! The list of endpoints.

use std::collections::BTreeSet;

use model::EndpointRecord;
use model::limits::CALLERS_EXACT_MAX;
use model::record::Trailer;

use super::Screen;
use super::coverage::{Coverage, why_no_endpoints};
use super::ids::Ids;
use super::look::{Look, Tone};
use super::table::{Cell, Column, Fit, markdown, render};
use super::text;

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
}

const COLUMNS: [Column; 9] = [
    Column::text("ID", Fit::Whole),
    Column::text("METHOD", Fit::Whole),
    Column::text("ENDPOINT", Fit::Middle),
    Column::number("CALLS", "CALLS"),
    Column::number("CALLERS", "CALLERS"),
    Column::text("AUTH", Fit::End),
    Column::text("DATA", Fit::End),
    Column::number("P90", "P90_NS"),
    Column { title: "SEEN", exact: "LAST_SEEN", right: false, fit: Fit::Whole },
];

/// Marks endpoints where calls without credentials succeeded beside calls that carry some.
const MIXED: char = '!';
/// Width from which the last call is shown: paths matter more.
const SEEN_WIDTH_MIN: usize = 100;

/// The list as a table, with its base.
pub(crate) fn screen(list: &List<'_>, look: &Look) -> Screen {
    let mut rows = rows(list);
    let shown = if look.width.is_some_and(|width| width < SEEN_WIDTH_MIN) { COLUMNS.len() - 1 } else { COLUMNS.len() };
    for row in &mut rows {
        row.truncate(shown);
    }
    let columns: Vec<Column> = COLUMNS.into_iter().take(shown).collect();
    Screen { data: render(&columns, &rows, look), remarks: look.wrapped(&remarks(list)) }
}

/// The list in Markdown.
pub(crate) fn as_markdown(list: &List<'_>) -> String {
    markdown(&COLUMNS, &rows(list))
}

fn rows(list: &List<'_>) -> Vec<Vec<Cell>> {
    list.endpoints.iter().map(|endpoint| row(endpoint, &list.ids)).collect()
}

fn row(endpoint: &EndpointRecord, ids: &Ids) -> Vec<Cell> {
    let p90 = endpoint.latency.map(|latency| latency.p90);
    let open = endpoint.unauthenticated_successes > 0 && endpoint.auth.keys().any(|kind| kind != "none");
    let auth = Cell::text(&auth(endpoint));
    vec![
        Cell::text(&ids.endpoint(endpoint.id)),
        Cell::text(&endpoint.method),
        Cell::text(&format!("{}{}", endpoint.service, endpoint.template)),
        Cell::count(endpoint.count),
        callers(endpoint.callers),
        if open { auth.toned(Tone::Warning) } else { auth },
        data(endpoint),
        Cell::forms(
            &p90.map_or_else(|| "–".to_owned(), text::nanos),
            &p90.map_or_else(String::new, |p90| p90.to_string()),
        ),
        Cell::forms(
            &format!("{} {}", text::date(endpoint.last_at), text::clock(endpoint.last_at)),
            &endpoint.last_at.to_string(),
        ),
    ]
}

/// Short words of the data classes, the grave ones first and toned.
fn data(endpoint: &EndpointRecord) -> Cell {
    let classes: BTreeSet<_> = endpoint.data.received.keys().chain(endpoint.data.returned.keys()).collect();
    let mut words: Vec<(bool, &str)> = classes.iter().map(|class| (!class.is_grave(), class.word())).collect();
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
    let mixed = endpoint.unauthenticated_successes > 0 && names.iter().any(|kind| *kind != "none");
    if names.is_empty() {
        "–".to_owned()
    } else {
        names.join(",") + &if mixed { format!(" {MIXED}") } else { String::new() }
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
    if list.endpoints.iter().any(|endpoint| auth(endpoint).ends_with(MIXED)) {
        out.extend([format!("\n{MIXED} in AUTH: calls without credentials succeeded too.")]);
    }
    if list.endpoints.is_empty() && list.of > 0 {
        out.push_str("\nNo endpoint matches the filters of the command line.");
    }
    out.push('\n');
    out
}
