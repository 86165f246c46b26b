//! The life of a finding: opened, told again, closed. By the rules that all detectors share (`docs/detectors/README.md`).
//!
//! Each key partition has its share of `INVENTORY_FINDINGS_OPEN_MAX`, so nothing depends on how subjects are shared.

use std::collections::BTreeMap;
use std::time::Duration;

use model::finding::{Evidence, Finding, FindingEvent, FindingState, Severity, Subject};
use model::limits::{EVIDENCE_MAX, INVENTORY_FINDINGS_OPEN_MAX, KEY_PARTITIONS};
use model::{Id, Observed, PacketTime, Stamp};
use serde::{Deserialize, Serialize};

use super::{Cause, Info, Report};

/// Packet time between two events of one finding.
const TELL_SPAN: Duration = Duration::from_mins(10);
const OPEN_PER_PARTITION_MAX: usize = INVENTORY_FINDINGS_OPEN_MAX.div_ceil(KEY_PARTITIONS);

/// Key of an open finding: subject, place of the detector in the table.
pub(crate) type Key = (Id, u8);

/// An open finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Open {
    /// As it is now; texts as last told.
    pub(crate) finding: Finding,
    pub(crate) detector: u8,
    /// Service or client it belongs to: whose worker keeps it.
    pub(crate) owner: Id,
    quiet: Duration,
    told_at: PacketTime,
    told_count: u64,
    told_severity: Severity,
    /// Whether it changed since it was last shown, and since it was last saved.
    #[serde(skip)]
    changed: bool,
    #[serde(skip)]
    unsaved: bool,
    #[serde(skip)]
    saved: bool,
}

/// All open findings of a share, and those closed since the last save.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    open: BTreeMap<Key, Open>,
    counts: BTreeMap<usize, usize>,
    closed: BTreeMap<usize, Vec<Finding>>,
    forgotten: Vec<Id>,
}

/// A transaction as it is shown.
pub(crate) fn evidence(seen: &Observed<'_>, method: &str, template: &str, note: &str) -> Evidence {
    let row = seen.row;
    let excerpt = match row.status {
        0 => format!("{method} {template} → no answer seen"),
        status => format!("{method} {template} → {status}, {} bytes", row.response.bytes),
    };
    Evidence {
        tx: row.tx_id(),
        at: row.first_at,
        frame: row.first_frame,
        last_frame: row.last_frame,
        note: note.into(),
        excerpt,
    }
}

impl Findings {
    /// The open finding of that key, opened when there is none; `None` when there is no room for it.
    pub(crate) fn open(
        &mut self,
        key: Key,
        owner: Id,
        info: &Info,
        cause: &Cause,
        subject: impl FnOnce() -> Subject,
        now: PacketTime,
    ) -> Option<&mut Open> {
        if !self.open.contains_key(&key) {
            let count = self.counts.entry(owner.key_partition()).or_default();
            if *count >= OPEN_PER_PARTITION_MAX {
                return None;
            }
            *count += 1;
            let first_at = if cause.first_at == PacketTime::ZERO { now } else { cause.first_at };
            self.open.insert(key, Open::new(key.1, owner, info, subject(), first_at, cause.before));
        }
        self.open.get_mut(&key)
    }

    /// The open finding of that key.
    pub(crate) fn get_mut(&mut self, key: &Key) -> Option<&mut Open> {
        self.open.get_mut(key)
    }

    /// Keys of the findings that are over at `now`, or of all when `last`.
    pub(crate) fn due(&self, now: PacketTime, last: bool) -> Vec<Key> {
        let over = |open: &Open| last || open.finding.last_at.plus(open.quiet) < now;
        self.open.iter().filter(|(_, open)| over(open)).map(|(key, _)| *key).collect()
    }

    /// Closes a finding.
    pub(crate) fn close(&mut self, key: &Key, stamp: Stamp, out: &mut Vec<FindingEvent>) {
        let Some(open) = self.open.remove(key) else { return };
        let partition = open.owner.key_partition();
        if let Some(count) = self.counts.get_mut(&partition) {
            *count = count.saturating_sub(1);
        }
        let mut finding = open.finding;
        finding.state = FindingState::Closed;
        if open.saved {
            self.forgotten.push(finding.id);
        }
        // Findings stand in the log; between two saves a bounded number waits to be shown from the state too.
        let closed = self.closed.entry(partition).or_default();
        if closed.len() < OPEN_PER_PARTITION_MAX {
            closed.push(finding.clone());
        }
        out.push(FindingEvent { stamp, finding });
    }

    /// Findings changed since the last call, by id.
    pub(crate) fn take_changed(&mut self) -> Vec<Finding> {
        let mut out: Vec<Finding> = std::mem::take(&mut self.closed).into_values().flatten().collect();
        let open = self.open.values_mut();
        out.extend(open.filter_map(|open| std::mem::take(&mut open.changed).then(|| open.finding.clone())));
        out.sort_by_key(|finding| finding.id);
        out
    }

    /// Open findings changed since the last call, and the ids of saved ones that are closed.
    pub(crate) fn take_rows(&mut self) -> (Vec<&Open>, Vec<Id>) {
        let gone = std::mem::take(&mut self.forgotten);
        let mut rows = Vec::new();
        for open in self.open.values_mut().filter(|open| open.unsaved) {
            (open.unsaved, open.saved) = (false, true);
            rows.push(&*open);
        }
        (rows, gone)
    }

    /// Puts back a saved one.
    pub(crate) fn restore(&mut self, mut open: Open) {
        open.saved = true;
        let key = (open.finding.subject.id, open.detector);
        *self.counts.entry(open.owner.key_partition()).or_default() += 1;
        self.open.insert(key, open);
    }
}

impl Open {
    fn new(detector: u8, owner: Id, info: &Info, subject: Subject, first_at: PacketTime, count: u64) -> Self {
        Self {
            finding: Finding::opened(info, subject, first_at, count),
            detector,
            owner,
            quiet: info.quiet,
            told_at: PacketTime::ZERO,
            told_count: 0,
            told_severity: Severity::Info,
            changed: true,
            unsaved: true,
            saved: false,
        }
    }

    /// Adds a transaction to show: the first half and the latest half are kept.
    pub(crate) fn show(&mut self, evidence: Evidence) {
        let shown = &mut self.finding.evidence;
        if shown.iter().any(|known| known.tx == evidence.tx) {
            return;
        }
        if shown.len() >= EVIDENCE_MAX {
            shown.remove(EVIDENCE_MAX / 2);
        }
        shown.push(evidence);
    }

    /// Counts a transaction of the cause; whether the finding should be told now.
    pub(crate) fn count(&mut self, severity: Severity, now: PacketTime) -> bool {
        (self.changed, self.unsaved) = (true, true);
        let finding = &mut self.finding;
        finding.count += 1;
        finding.last_at = finding.last_at.max(now);
        finding.severity = finding.severity.max(severity);
        let worth = finding.count >= self.told_count.saturating_mul(2) || severity > self.told_severity;
        self.told_count == 0 || (worth && now.since(self.told_at) >= TELL_SPAN)
    }

    /// Fills in the texts.
    pub(crate) fn fill(&mut self, report: Report, coverage: f32) {
        (self.changed, self.unsaved) = (true, true);
        let finding = &mut self.finding;
        finding.confidence = report.confidence;
        finding.title = report.title;
        finding.expected = report.expected;
        finding.observed = report.observed;
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
