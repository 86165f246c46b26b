//! The sensor about itself: when it sees less than it did, or less than there is.
//!
//! In: what the account of the whole run grew by, span by span of packet time. Out: findings about the sensor, with their life,
//! and one row of the state. There is one of it, where the findings of all workers come together, and it sees the sums over
//! all threads: what it says depends on neither their number nor on where a run was cut. Kept: counts of the present span and
//! a short past. A span with little traffic says little: each judge waits for its own support ([`span::Unit`]).

mod blind;
mod limit;
mod lossy;
mod one_sided;
mod service;
mod span;

use model::finding::{DetectorInfo, FindingEvent, Severity, Subject};
use model::life::{OpenFinding, OpenFindings, Report};
use model::limits::{ACCOUNT_SPAN, KEY_PARTITIONS};
use model::state::{RowKind, StateRow};
use model::{Id, Ledger, PacketTime, SavedState, Stamp};
use serde::{Deserialize, Serialize};

use crate::saved;
use span::Span;

/// Findings that there can be: three, and one for each limit.
const FINDINGS_MAX: usize = 3 + limit::LIMITS.len();

/// A cause that was seen, to be told.
struct Cause {
    place: u8,
    info: &'static DetectorInfo,
    /// What it is about beside the sensor: a limit.
    about: &'static str,
    first_at: PacketTime,
    report: Report,
    coverage: f32,
}

/// What is known between two spans.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Memory {
    /// Number of the present span, and its counts.
    number: u64,
    span: Span,
    blind: blind::Blind,
    lossy: lossy::Lossy,
    one_sided: one_sided::OneSided,
}

/// The stored form.
#[derive(Serialize, Deserialize)]
struct Row {
    memory: Memory,
    open: Vec<OpenFinding>,
}

/// Watches the account of a run.
#[derive(Debug)]
pub struct Sensor {
    memory: Memory,
    findings: OpenFindings,
}

impl Default for Sensor {
    fn default() -> Self {
        Self { memory: Memory::default(), findings: OpenFindings::new(FINDINGS_MAX * KEY_PARTITIONS) }
    }
}

/// Number of the span that a time lies in; 0 is no span.
pub fn span_of(at: PacketTime) -> u64 {
    at.nanos() / u64::try_from(ACCOUNT_SPAN.as_nanos()).unwrap_or(u64::MAX)
}

/// End of the span that a time lies in.
pub fn span_end(at: PacketTime) -> PacketTime {
    let span = u64::try_from(ACCOUNT_SPAN.as_nanos()).unwrap_or(u64::MAX);
    PacketTime((span_of(at) + 1).saturating_mul(span))
}

impl Sensor {
    /// Goes on from what was saved.
    pub fn load(saved: &SavedState) -> Self {
        let mut sensor = Self::default();
        let row = saved.rows.iter().find(|row| row.kind == RowKind::Sensor && row.key == key());
        if let Some(Row { memory, open }) = row.and_then(saved::read) {
            sensor.memory = memory;
            for open in open {
                sensor.findings.restore(open);
            }
        }
        sensor
    }

    /// From now on it opens no finding.
    pub const fn learn_only(&mut self) {
        self.findings.learn_only();
    }

    /// Takes what the account grew by since it was last asked; `from` is the time of the first frame of the run, `now` the end
    /// of what was counted. Spans end where packet time does, whenever it is told.
    pub fn add(
        &mut self,
        grown: &Ledger,
        (from, now): (PacketTime, PacketTime),
        stamp: Stamp,
        out: &mut Vec<FindingEvent>,
    ) {
        if self.memory.number < span_of(from) {
            self.end_span(from, span_of(from), stamp, out);
        }
        self.memory.span.add(grown);
        if self.memory.number < span_of(now) {
            self.end_span(now, span_of(now), stamp, out);
        }
    }

    /// Closes what has fallen quiet; at the end of a run (`last`) everything, or tells it when another may go on.
    pub fn tick(&mut self, now: PacketTime, last: bool, goes_on: bool, stamp: Stamp, out: &mut Vec<FindingEvent>) {
        for key in self.findings.due(now, last && !goes_on) {
            self.findings.close(&key, stamp, out);
        }
        if last && goes_on {
            for key in self.findings.keys() {
                let Some(told) = self.findings.get(&key).map(|open| open.finding.clone()) else { continue };
                out.extend(self.findings.tell_news(&key, &told, stamp, now));
            }
        }
    }

    /// Its row.
    pub fn save(&self) -> Option<StateRow> {
        let open = self.findings.keys().iter().filter_map(|key| self.findings.get(key).cloned()).collect();
        saved::named_row(RowKind::Sensor, key(), &Row { memory: self.memory.clone(), open })
    }

    fn end_span(&mut self, at: PacketTime, number: u64, stamp: Stamp, out: &mut Vec<FindingEvent>) {
        let memory = &mut self.memory;
        let span = std::mem::take(&mut memory.span);
        let began = PacketTime(memory.number.saturating_mul(ACCOUNT_SPAN.as_nanos() as u64));
        memory.number = number;
        if span.is_empty() {
            return;
        }
        let mut causes = limit::judge(&span, began);
        causes.extend(memory.blind.judge(&span, began, at));
        causes.extend(memory.lossy.judge(&span, began));
        causes.extend(memory.one_sided.judge(&span, began));
        for cause in causes {
            self.tell(cause, at, stamp, out);
        }
        self.last(at);
    }

    /// What is still so as far as is known lasts, however long the next unit of traffic takes.
    fn last(&mut self, at: PacketTime) {
        let memory = &self.memory;
        let lasting = [memory.blind.lasts(), memory.lossy.lasts(), memory.one_sided.lasts()];
        for (place, _) in (0u8..).zip(lasting).filter(|(_, lasts)| *lasts) {
            if let Some(open) = self.findings.get_mut(&(about(""), place)) {
                open.finding.last_at = open.finding.last_at.max(at);
            }
        }
    }

    fn tell(&mut self, cause: Cause, at: PacketTime, stamp: Stamp, out: &mut Vec<FindingEvent>) {
        let id = about(cause.about);
        let key = (id, cause.place);
        let subject = || Subject { kind: "sensor".into(), id, ..Subject::default() };
        let Some(open) = self.findings.open(key, id, cause.info, subject, cause.first_at, 0) else { return };
        let due = open.count(cause.report.severity, at);
        open.fill(cause.report, cause.coverage);
        if due {
            out.push(open.tell(stamp, at));
        }
    }
}

/// Id of the sensor, or of one of its limits.
fn about(what: &str) -> Id {
    Id::of("sensor", &[what.as_bytes()])
}

/// Key of its row.
fn key() -> Id {
    Id::of("sensor", &[b"row"])
}

/// A share in percent as people read it.
fn percent(share: f64) -> String {
    if share < 0.1 { format!("{:.1} %", share * 100.0) } else { format!("{:.0} %", share * 100.0) }
}

fn fact(name: &'static str, value: f64, text: String) -> model::finding::Fact {
    model::finding::Fact { name: name.into(), value, text }
}

/// What is the same for all findings about the sensor.
const fn info(id: &'static str, doc: &'static str, quiet_hours: u64, next: &'static str) -> DetectorInfo {
    DetectorInfo {
        id,
        version: 1,
        subject: "sensor",
        quiet: std::time::Duration::from_hours(quiet_hours),
        doc,
        owasp: &["API9:2023"],
        cwe: &["CWE-778"],
        attack: &[],
        next,
    }
}

/// Of a severity that grows with a share.
fn graver_from(share: f64, medium: f64) -> Severity {
    if share >= medium { Severity::Medium } else { Severity::Low }
}

#[cfg(test)]
mod tests;
