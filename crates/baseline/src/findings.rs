//! The life of a finding: opened, told again, closed. The same for every detector.
//!
//! In: "this observation is part of that cause" and the texts of the detector. Out: events in the total order.
//!
//! * One finding is open for each subject and detector.
//! * It is told again when its transactions doubled or its severity rose, at most once in [`TELL_SPAN`].
//! * It is closed at the first tick after the detector's quiet time, or at the end of the input.
//! * Each key partition has its share of `FINDINGS_OPEN_MAX`; above it a cause is counted and not told.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use model::finding::{Evidence, Fact, Finding, FindingEvent, FindingState, Severity, Subject};
use model::limits::{EVIDENCE_MAX, FINDINGS_OPEN_MAX, KEY_PARTITIONS};
use model::observation::Observation;
use model::{Id, PacketTime, Stamp};
use serde::{Deserialize, Serialize};

use crate::detectors::Info;

/// Packet time between two events of one finding.
pub(crate) const TELL_SPAN: Duration = Duration::from_mins(10);
const OPEN_PER_PARTITION_MAX: usize = FINDINGS_OPEN_MAX / KEY_PARTITIONS;

/// A transaction worth showing, before it is written out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trace {
    tx: Id,
    at: PacketTime,
    frame: u64,
    last_frame: u64,
    status: u16,
    bytes: u64,
    number: Option<u64>,
}

impl Trace {
    /// Of one observation; `number` is shown in the place of the last `{int}`.
    pub(crate) fn of(row: &Observation, number: Option<u64>) -> Self {
        Self {
            tx: row.tx_id(),
            at: row.first_at,
            frame: row.first_frame,
            last_frame: row.last_frame,
            status: row.status,
            bytes: row.response.bytes,
            number,
        }
    }

    fn evidence(&self, method: &str, template: &str, note: &str) -> Evidence {
        let path = match (self.number, template.rsplit_once("{int}")) {
            (Some(number), Some((head, tail))) if number <= NUMBER_SHOWN_MAX => format!("{head}{number}{tail}"),
            _ => template.to_owned(),
        };
        let excerpt = match self.status {
            0 => format!("{method} {path} → no answer seen"),
            status => format!("{method} {path} → {status}, {} bytes", self.bytes),
        };
        Evidence {
            tx: self.tx,
            at: self.at,
            frame: self.frame,
            last_frame: self.last_frame,
            note: note.into(),
            excerpt,
        }
    }
}

/// Numbers of more than eight digits may be a phone, a card or a birth date.
const NUMBER_SHOWN_MAX: u64 = 99_999_999;

/// What a detector says of an open finding.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    /// See [`Finding`].
    pub(crate) severity: Severity,
    /// See [`Finding`].
    pub(crate) confidence: f32,
    /// See [`Finding`].
    pub(crate) title: String,
    /// See [`Finding`].
    pub(crate) expected: Vec<Fact>,
    /// See [`Finding`].
    pub(crate) observed: Vec<Fact>,
    /// See [`Finding`].
    pub(crate) peers: Vec<Fact>,
    /// See [`Finding`].
    pub(crate) ruled_out: Vec<String>,
}

/// Key of an open finding: subject, place of the detector in the table.
pub(crate) type Key = (Id, u8);

/// An open finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Open {
    /// As it is now; texts as last told.
    pub(crate) finding: Finding,
    /// Place of its detector in the table.
    pub(crate) detector: u8,
    quiet: Duration,
    told_at: PacketTime,
    told_count: u64,
    told_severity: Severity,
    #[serde(skip)]
    dirty: bool,
    #[serde(skip)]
    saved: bool,
}

/// All open findings of a share, and those closed since the last save.
#[derive(Debug)]
pub(crate) struct Findings {
    open: BTreeMap<Key, Open>,
    counts: [usize; KEY_PARTITIONS],
    /// No finding falls quiet before this.
    earliest: PacketTime,
    closed: BTreeMap<u8, VecDeque<Finding>>,
    forgotten: Vec<Id>,
}

impl Default for Findings {
    fn default() -> Self {
        Self {
            open: BTreeMap::new(),
            counts: [0; KEY_PARTITIONS],
            earliest: PacketTime(u64::MAX),
            closed: BTreeMap::new(),
            forgotten: Vec::new(),
        }
    }
}

impl Findings {
    /// Whether one more finding about `subject` has room.
    pub(crate) fn has_room(&self, subject: &Id) -> bool {
        self.counts.get(subject.key_partition()).is_some_and(|n| *n < OPEN_PER_PARTITION_MAX)
    }

    /// Opens a finding; `count` transactions of its cause were seen so far, the first at `first_at`.
    pub(crate) fn open(&mut self, key: Key, info: &Info, subject: Subject, first_at: PacketTime, count: u64) {
        let open = Open {
            finding: Finding::opened(info, subject, first_at, count),
            detector: key.1,
            quiet: info.quiet,
            told_at: PacketTime::ZERO,
            told_count: 0,
            told_severity: Severity::Info,
            dirty: true,
            saved: false,
        };
        if let Some(n) = self.counts.get_mut(key.0.key_partition()) {
            *n += 1;
        }
        self.open.insert(key, open);
    }

    /// The open finding of that key.
    pub(crate) fn get(&self, key: &Key) -> Option<&Open> {
        self.open.get(key)
    }

    /// The open finding of that key, to change.
    pub(crate) fn get_mut(&mut self, key: &Key) -> Option<&mut Open> {
        let open = self.open.get_mut(key)?;
        open.dirty = true;
        Some(open)
    }

    /// Lets the clock know that `key` was seen at its `last_at`.
    pub(crate) fn seen(&mut self, key: &Key) {
        if let Some(open) = self.open.get(key) {
            self.earliest = self.earliest.min(open.finding.last_at.plus(open.quiet));
        }
    }

    /// Keys of the findings that are over at `now`, or of all when `last`.
    pub(crate) fn due(&mut self, now: PacketTime, last: bool) -> Vec<Key> {
        if !last && now <= self.earliest {
            return Vec::new();
        }
        let end = |open: &Open| open.finding.last_at.plus(open.quiet);
        let over = |open: &Open| last || end(open) < now;
        self.earliest = self.open.values().filter(|open| !over(open)).map(end).min().unwrap_or(PacketTime(u64::MAX));
        self.open.iter().filter(|(_, open)| over(open)).map(|(key, _)| *key).collect()
    }

    /// Closes a finding.
    pub(crate) fn close(&mut self, key: &Key, stamp: Stamp, out: &mut Vec<FindingEvent>) {
        let Some(open) = self.open.remove(key) else { return };
        if let Some(n) = self.counts.get_mut(key.0.key_partition()) {
            *n = n.saturating_sub(1);
        }
        let mut finding = open.finding;
        finding.state = FindingState::Closed;
        if open.saved {
            self.forgotten.push(finding.id);
        }
        // Findings stand in the log; between two saves a bounded number waits to be shown from the state too.
        let closed = self.closed.entry(key.0.key_partition() as u8).or_default();
        if closed.len() >= OPEN_PER_PARTITION_MAX {
            closed.pop_front();
        }
        closed.push_back(finding.clone());
        out.push(FindingEvent { stamp, finding });
    }

    /// Findings changed since the last call, by id.
    pub(crate) fn take_changed(&mut self) -> Vec<Finding> {
        let mut out: Vec<Finding> = std::mem::take(&mut self.closed).into_values().flatten().collect();
        out.extend(self.open.values().filter(|open| open.dirty).map(|open| open.finding.clone()));
        out.sort_by_key(|finding| finding.id);
        out
    }

    /// Open findings changed since the last call, and the ids of saved ones that are closed.
    pub(crate) fn take_rows(&mut self) -> (Vec<Open>, Vec<Id>) {
        let mut rows = Vec::new();
        for open in self.open.values_mut().filter(|open| open.dirty || !open.saved) {
            open.saved = true;
            rows.push(open.clone());
        }
        (rows, std::mem::take(&mut self.forgotten))
    }

    /// After both kinds of save.
    pub(crate) fn mark_clean(&mut self) {
        self.open.values_mut().for_each(|open| open.dirty = false);
    }

    /// Puts back a saved one.
    pub(crate) fn restore(&mut self, mut open: Open) {
        (open.saved, open.dirty) = (true, false);
        let key = (open.finding.subject.id, open.detector);
        if let Some(n) = self.counts.get_mut(key.0.key_partition()) {
            *n += 1;
        }
        self.open.insert(key, open);
        self.seen(&key);
    }
}

impl Open {
    /// Adds a transaction to show: the first eight and the latest eight are kept.
    pub(crate) fn show(&mut self, trace: &Trace, method: &str, template: &str, note: &str) {
        let shown = &mut self.finding.evidence;
        if shown.iter().any(|evidence| evidence.tx == trace.tx) {
            return;
        }
        if shown.len() >= EVIDENCE_MAX {
            shown.remove(EVIDENCE_MAX / 2);
        }
        shown.push(trace.evidence(method, template, note));
    }

    /// Whether it should be told now.
    pub(crate) fn is_due(&self, now: PacketTime, severity: Severity) -> bool {
        if self.told_count == 0 {
            return true;
        }
        let worth = self.finding.count >= self.told_count.saturating_mul(2) || severity > self.told_severity;
        worth && now.since(self.told_at) >= TELL_SPAN
    }

    /// Fills in the texts.
    pub(crate) fn fill(&mut self, report: Report, coverage: f32) {
        let finding = &mut self.finding;
        finding.severity = finding.severity.max(report.severity);
        finding.confidence = report.confidence;
        finding.title = report.title;
        finding.expected = report.expected;
        finding.observed = report.observed;
        finding.peers = report.peers;
        finding.ruled_out = report.ruled_out;
        finding.coverage = coverage;
    }

    /// Tells it: the event of its state now.
    pub(crate) fn tell(&mut self, stamp: Stamp, now: PacketTime) -> FindingEvent {
        self.finding.state = if self.told_count == 0 { FindingState::Open } else { FindingState::Update };
        (self.told_at, self.told_count, self.told_severity) = (now, self.finding.count, self.finding.severity);
        FindingEvent { stamp, finding: self.finding.clone() }
    }
}
