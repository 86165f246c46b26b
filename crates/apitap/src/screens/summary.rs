//! What a run read, understood and found.
//!
//! Every number stands with its base. Where something is nothing, the reason stands in its place.

use std::path::Path;
use std::time::Duration;

use capture::source::Damage;
use model::record::Trailer;
use model::{Finding, PacketTime, Severity};

use super::blind::Blindness;
use super::coverage::{Coverage, why_no_endpoints};
use super::ids::Ids;
use super::look::{Look, Tone};
use super::text;
use crate::exit::Exit;
use crate::fault::Fault;

/// A run that came to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    /// Its totals.
    pub trailer: &'a Trailer,
    /// Findings by severity.
    pub severities: &'a [(Severity, u64)],
    /// The gravest findings, gravest first.
    pub top: &'a [Finding],
    /// Damage of the inputs.
    pub damage: &'a [Damage],
    /// Bytes of input read.
    pub bytes: u64,
    /// Time it took.
    pub elapsed: Duration,
    /// Where the records went; none when to standard output.
    pub wrote: Option<&'a Path>,
    /// Bytes written there, when known.
    pub wrote_bytes: Option<u64>,
    /// Whether `wrote` is the directory of a state.
    pub is_state: bool,
    /// Whether it began with what a state has learned that it does not change.
    pub has_baseline: bool,
    /// Whether it was stopped before the end of its input.
    pub stopped: bool,
}

/// Findings shown below the summary.
const TOP_SHOWN_MAX: usize = 5;
/// Width of the labels at the left.
const LABEL_WIDTH: usize = 10;
/// Share of transactions, in percent, without the other side from which the mirror is called one-sided.
const ONE_SIDED_PERCENT: u64 = 95;
/// Transactions below which nothing is said about sides.
const ONE_SIDED_TRANSACTIONS_MIN: u64 = 20;

/// The summary, ending in a line feed.
pub(crate) fn text(run: &Run<'_>, look: &Look) -> String {
    let mut out = Lines { out: String::new(), look: *look };
    read(&mut out, run);
    let coverage = Coverage::of(run.trailer);
    if coverage.whole > 0 {
        covered(&mut out, &coverage);
    }
    exported(&mut out, run.trailer);
    found(&mut out, run);
    findings(&mut out, run);
    if let Some(path) = run.wrote {
        let size = run.wrote_bytes.map_or_else(String::new, |n| format!(", {}", text::bytes(n)));
        let kind = if run.is_state { "state" } else { "MessagePack" };
        let read = if run.is_state { "--state " } else { "" };
        let path = path.display();
        out.line("Wrote", &format!("{path} ({kind}{size})    apitap inventory {read}{path}"));
    }
    out.out
}

/// What should be told apart from the summary, on standard error.
pub(crate) fn warnings(run: &Run<'_>) -> Vec<Fault> {
    let mut out: Vec<Fault> = run.damage.iter().map(damage).collect();
    let counter = |name: &str| run.trailer.counters.get(name).copied().unwrap_or(0);
    // Of this run, judged or not: the totals of a state are those of all its runs.
    let all = counter("observations.made");
    let refused = all.saturating_sub(counter("observations.judged"));
    if refused > 0 {
        let what = format!(
            "{} of {} transactions were not judged ({})",
            text::grouped(refused),
            text::grouped(all),
            text::percent(refused, all)
        );
        out.push(
            Fault::new("W111", what)
                .why("too many came at one moment over few flows; endpoints and findings rest on the others")
                .cure("apitap decode FILE   (lists all of them)"),
        );
    }
    for (name, seen) in [("transactions.request_only", "requests"), ("transactions.response_only", "responses")] {
        if all >= ONE_SIDED_TRANSACTIONS_MIN
            && counter(name).saturating_mul(100) >= all.saturating_mul(ONE_SIDED_PERCENT)
        {
            let share = text::percent(counter(name), all);
            out.push(
                Fault::new("W110", format!("only {seen} seen in {share} of {} transactions", text::grouped(all)))
                    .why("the mirror seems to send one direction; judgements of the other one rest")
                    .cure("apitap run -i PORT1 -i PORT2   (both ports of a tap)"),
            );
        }
    }
    out
}

/// What is told of flows that a fault of ours ended: an error of a replay, a warning of a live run, which went on.
pub(crate) fn poisoned(run: &Run<'_>, code: &'static str) -> Option<Fault> {
    let flows = run.trailer.counters.get("flows.poisoned").copied().filter(|&flows| flows > 0)?;
    let what = format!("{} given up because of a fault of apitap", text::counted(flows, "flow was", "flows were"));
    Some(Fault::new(code, what).why("everything else was judged; please report it with the capture"))
}

/// How the run ends: an error with its code, or done.
pub(crate) fn verdict(run: &Run<'_>, strict: bool, allow_blind: bool) -> Result<Exit, Fault> {
    if strict && let Some(first) = run.damage.first() {
        let more = run.damage.len().saturating_sub(1);
        let more = if more > 0 { format!(" ({more} more)") } else { String::new() };
        return Err(Fault::new("E202", format!("{} is cut or damaged{more}", first.path.display()))
            .why("--strict asks for whole captures"));
    }
    match Blindness::of(run.trailer) {
        Some(blind) if !allow_blind && !run.stopped => Err(blind.fault()),
        _ => Ok(Exit::Done),
    }
}

/// One damage as a warning.
fn damage(damage: &Damage) -> Fault {
    let lost = text::bytes(damage.bytes_lost);
    let place = format!("after frame {}, at byte {}", text::grouped(damage.frame), text::grouped(damage.offset));
    Fault::new("W202", format!("{}, {place}: {}; {lost} lost", damage.path.display(), damage.kind))
        .why("everything that could be read was used")
}

struct Lines {
    out: String,
    look: Look,
}

impl Lines {
    fn line(&mut self, label: &str, rest: &str) {
        let padding = " ".repeat(LABEL_WIDTH.saturating_sub(label.chars().count()));
        let label = self.look.toned(label, Tone::Heading);
        let room = self.look.width.map_or(usize::MAX, |width| width.saturating_sub(LABEL_WIDTH));
        for (at, line) in text::wrapped(&text::inert(rest), room).iter().enumerate() {
            if at == 0 {
                self.out.extend([label.as_str(), &padding]);
            } else {
                self.out.push_str(&" ".repeat(LABEL_WIDTH));
            }
            self.out.push_str(line);
            self.out.push('\n');
        }
    }
}

fn read(out: &mut Lines, run: &Run<'_>) {
    let trailer = run.trailer;
    let frames = trailer.counters.get("frames.seen").copied().unwrap_or(0);
    let mut line = format!("{}, {}", text::bytes(run.bytes), text::counted(frames, "frame", "frames"));
    if frames > 0 && trailer.first_at != PacketTime::ZERO {
        line.extend([format!(", {}", text::between(trailer.first_at, trailer.last_at))]);
        let span = trailer.last_at.since(trailer.first_at);
        if !span.is_zero() {
            line.extend([format!(" ({})", text::span(span))]);
        }
    }
    line.extend([format!(" in {}", text::span(run.elapsed))]);
    if !run.damage.is_empty() {
        let lost = run.damage.iter().map(|d| d.bytes_lost).fold(0, u64::saturating_add);
        line.extend([format!("; cut or damaged: {} lost", text::bytes(lost))]);
    }
    if run.stopped {
        line.push_str("; stopped before the end");
    }
    out.line("Read", &line);
}

fn covered(out: &mut Lines, coverage: &Coverage) {
    let whole = text::bytes(coverage.whole);
    let parts = coverage.protocols.iter().map(|(name, n)| format!("{name} {}", text::percent(*n, coverage.whole)));
    let parts = parts.collect::<Vec<_>>().join(", ");
    let parts = if parts.is_empty() { String::new() } else { format!(": {parts}") };
    out.line("Coverage", &format!("{} of {whole} of {} understood{parts}", coverage.share(), coverage.of_what()));
    if !coverage.unseen.is_empty() {
        out.line("", &format!("not seen inside: {}", coverage.rest()));
    }
}

/// What became of the entries of HAR files, and what such files cannot say.
fn exported(out: &mut Lines, trailer: &Trailer) {
    let counter = |name: &str| trailer.counters.get(name).copied().unwrap_or(0);
    let entries = counter("capture.har_entries");
    if entries == 0 {
        return;
    }
    let left_out = [
        ("frames.ignored.har_scheme", "not HTTP"),
        ("frames.ignored.har_cached", "answered from a cache"),
        ("frames.ignored.har_failed", "without an answer"),
        ("frames.malformed.har", "malformed"),
    ];
    let mut line = text::counted(entries, "entry", "entries");
    for (name, words) in left_out.into_iter().filter(|(name, _)| counter(name) > 0) {
        line.extend([format!(", {} {words}", text::grouped(counter(name)))]);
    }
    line.push_str("; HAR names no clients: calls of one file without credentials count as one caller");
    out.line("HAR", &line);
}

fn found(out: &mut Lines, run: &Run<'_>) {
    let trailer = run.trailer;
    let totals = trailer.totals;
    let parts = [
        text::counted(totals.services, "service", "services"),
        text::counted(totals.endpoints, "endpoint", "endpoints"),
        text::counted(totals.identities, "identity", "identities"),
        text::counted(totals.transactions, "transaction", "transactions"),
    ];
    let mut line = parts.join(", ");
    if totals.noise > 0 && totals.endpoints > 0 {
        line.extend([format!(" ({} no endpoint)", text::counted(totals.noise, "of them names", "of them name"))]);
    }
    if run.is_state {
        line.push_str("; all runs of the state together");
    } else if run.has_baseline {
        line.push_str("; services, endpoints and identities with those of the baseline");
    }
    out.line("Found", &line);
    if let Some(why) = why_no_endpoints(trailer) {
        out.line("", &why);
    }
}

fn findings(out: &mut Lines, run: &Run<'_>) {
    let mut severities: Vec<_> = run.severities.iter().filter(|(_, n)| *n > 0).collect();
    severities.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    let all = run.trailer.totals.findings;
    let of_state = format!(" in this run, {} in the state", text::grouped(all));
    if severities.is_empty() {
        let judged = run.trailer.totals.transactions;
        let base = format!(" in {}", text::counted(judged, "transaction", "transactions"));
        out.line("Findings", &format!("none{}", if run.is_state && all > 0 { of_state } else { base }));
        return;
    }
    let mut parts: Vec<_> =
        severities.iter().map(|(severity, n)| format!("{} {}", text::grouped(*n), severity.as_str())).collect();
    if run.is_state
        && let Some(last) = parts.last_mut()
    {
        last.push_str(&of_state);
    }
    let next = match run.wrote {
        Some(path) if run.is_state => format!("      apitap findings --state {}", path.display()),
        Some(path) => format!("      apitap findings {}", path.display()),
        None => String::new(),
    };
    out.line("Findings", &format!("{}{next}", parts.join(", ")));
    let ids = Ids::of(&[], run.top);
    for finding in run.top.iter().take(TOP_SHOWN_MAX) {
        top(out, finding, &ids);
    }
}

/// One finding in one line, cut to the width.
fn top(out: &mut Lines, finding: &Finding, ids: &Ids) {
    let severity = finding.severity.as_str();
    let label = out.look.toned(severity, Tone::Severity(finding.severity));
    let padding = " ".repeat(LABEL_WIDTH.saturating_sub(severity.len()));
    let subject = super::findings::subject_in_words(&finding.subject);
    let rest = text::inert(&format!("{}  {}: {}", ids.finding(finding.id), subject, finding.title));
    let room = out.look.width.map_or(usize::MAX, |width| width.saturating_sub(LABEL_WIDTH));
    out.out.extend([label.as_str(), &padding, &text::cut_end(&rest, room), "\n"]);
}
