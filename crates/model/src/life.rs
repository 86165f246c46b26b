//! The life of a finding: opened, told again, closed. The same for every detector of every worker.
//!
//! In: "this transaction is part of that cause" and the texts of the detector. Out: events, and what is saved.
//!
//! * One finding is open for each subject and detector.
//! * It is told again when its transactions doubled or its severity rose, at most once in [`TELL_SPAN`].
//! * It is closed at the first tick after the detector's quiet time, or at the end of the input.
//! * Each key partition of owners has its share of the bound, so nothing depends on how subjects are shared between
//!   workers; above it a cause is counted by whoever asked, and not told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::finding::{DetectorInfo, Evidence, Fact, Finding, FindingEvent, FindingState, Severity, Subject};
use crate::id::Id;
use crate::limits::{EVIDENCE_MAX, KEY_PARTITIONS};
use crate::stamp::Stamp;
use crate::time::PacketTime;
use crate::wording::agreed;

/// Packet time between two events of one finding.
pub const TELL_SPAN: Duration = Duration::from_mins(10);

/// Key of an open finding: subject, place of the detector in the table of its worker.
pub type FindingKey = (Id, u8);

/// What a detector says of an open finding: see the fields of [`Finding`].
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Of the cause so far; a finding keeps the gravest.
    pub severity: Severity,
    /// 0–1.
    pub confidence: f32,
    /// One line.
    pub title: String,
    /// What was expected.
    pub expected: Vec<Fact>,
    /// What was observed.
    pub observed: Vec<Fact>,
    /// What others do.
    pub peers: Vec<Fact>,
    /// What it is not.
    pub ruled_out: Vec<String>,
}

/// An open finding. Saved with the names of its fields, since a finding leaves out what it does not have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenFinding {
    /// As it is now; texts as last told.
    pub finding: Finding,
    /// Place of its detector in the table.
    pub detector: u8,
    /// Subject, service or client it belongs to: whose worker keeps it.
    pub owner: Id,
    quiet: Duration,
    told_at: PacketTime,
    told_count: u64,
    told_severity: Severity,
    /// Severities up to this one are low: see [`Self::seen_at_work`].
    #[serde(default)]
    at_work: Option<Severity>,
    /// Whether it changed since it was last shown, and since it was last saved.
    #[serde(skip)]
    changed: bool,
    #[serde(skip)]
    unsaved: bool,
    #[serde(skip)]
    saved: bool,
}

/// All open findings of a worker, and those closed since the last save.
#[derive(Debug)]
pub struct OpenFindings {
    open: BTreeMap<FindingKey, OpenFinding>,
    /// For each open finding a time before which it does not fall quiet: it is looked at again then, and not at each
    /// transaction.
    look_at: BTreeSet<(PacketTime, FindingKey)>,
    counts: [usize; KEY_PARTITIONS],
    /// Most that are open in one key partition.
    max: usize,
    closed: BTreeMap<usize, VecDeque<Finding>>,
    forgotten: Vec<Id>,
    /// Whether none is opened.
    learning: bool,
}

impl OpenFindings {
    /// For at most `max` findings over all key partitions.
    pub const fn new(max: usize) -> Self {
        Self {
            open: BTreeMap::new(),
            look_at: BTreeSet::new(),
            counts: [0; KEY_PARTITIONS],
            max: max.div_ceil(KEY_PARTITIONS),
            closed: BTreeMap::new(),
            forgotten: Vec::new(),
            learning: false,
        }
    }

    /// From now on none is opened: what is seen is learned as usual, whatever it is. Those that are open live on.
    pub const fn learn_only(&mut self) {
        self.learning = true;
    }

    /// Whether none is opened.
    pub const fn is_learning(&self) -> bool {
        self.learning
    }

    /// The open finding of that key, opened when there is none; `None` when there is no room for it, or when none is to
    /// be opened ([`Self::learn_only`]). `before` transactions
    /// of its cause were seen so far, the first at `first_at`.
    pub fn open(
        &mut self,
        key: FindingKey,
        owner: Id,
        info: &DetectorInfo,
        subject: impl FnOnce() -> Subject,
        first_at: PacketTime,
        before: u64,
    ) -> Option<&mut OpenFinding> {
        if !self.open.contains_key(&key) {
            if self.learning {
                return None;
            }
            let count = self.counts.get_mut(owner.key_partition()).filter(|n| **n < self.max)?;
            *count += 1;
            let open = OpenFinding::new(key.1, owner, info, subject(), first_at, before);
            self.look_at.insert((open.quiet_at(), key));
            self.open.insert(key, open);
        }
        self.open.get_mut(&key)
    }

    /// The open finding of that key.
    pub fn get(&self, key: &FindingKey) -> Option<&OpenFinding> {
        self.open.get(key)
    }

    /// The open finding of that key, to change.
    pub fn get_mut(&mut self, key: &FindingKey) -> Option<&mut OpenFinding> {
        self.open.get_mut(key)
    }

    /// Keys of the findings that are over at `now`, or of all when `last`, in order. Each is told once: the caller
    /// [closes](Self::close) them all.
    pub fn due(&mut self, now: PacketTime, last: bool) -> Vec<FindingKey> {
        if last {
            return self.open.keys().copied().collect();
        }
        let mut over = Vec::new();
        while let Some((_, key)) = self.look_at.first().copied().filter(|(at, _)| *at < now) {
            self.look_at.pop_first();
            let Some(open) = self.open.get(&key) else { continue };
            let quiet_at = open.quiet_at();
            if quiet_at < now {
                over.push(key);
            } else {
                self.look_at.insert((quiet_at, key));
            }
        }
        over.sort_unstable();
        over
    }

    /// Keys of all open findings, in order.
    pub fn keys(&self) -> Vec<FindingKey> {
        self.open.keys().copied().collect()
    }

    /// Tells the finding of that key as it stands, unless `told` says the same of as many transactions.
    pub fn tell_news(
        &mut self,
        key: &FindingKey,
        told: &Finding,
        stamp: Stamp,
        now: PacketTime,
    ) -> Option<FindingEvent> {
        let open = self.open.get_mut(key)?;
        let news = open.finding.count > open.told_count || !open.finding.says_the_same(told);
        news.then(|| open.tell(stamp, now))
    }

    /// Closes a finding.
    pub fn close(&mut self, key: &FindingKey, stamp: Stamp, out: &mut Vec<FindingEvent>) {
        let Some(open) = self.open.remove(key) else { return };
        let partition = open.owner.key_partition();
        if let Some(count) = self.counts.get_mut(partition) {
            *count = count.saturating_sub(1);
        }
        let finding = Finding { state: FindingState::Closed, ..open.finding };
        if open.saved {
            self.forgotten.push(finding.id);
        }
        // Findings stand in the log; between two saves a bounded number waits to be shown from the state too.
        let closed = self.closed.entry(partition).or_default();
        if closed.len() >= self.max {
            closed.pop_front();
        }
        closed.push_back(finding.clone());
        out.push(FindingEvent { stamp, finding });
    }

    /// Findings changed since the last call, by id.
    pub fn take_changed(&mut self) -> Vec<Finding> {
        let mut out: Vec<Finding> = std::mem::take(&mut self.closed).into_values().flatten().collect();
        let open = self.open.values_mut();
        out.extend(open.filter_map(|open| std::mem::take(&mut open.changed).then(|| open.finding.clone())));
        out.sort_by_key(|finding| finding.id);
        out
    }

    /// Open findings changed since the last call, and the ids of saved ones that are closed.
    pub fn take_rows(&mut self) -> (Vec<&OpenFinding>, Vec<Id>) {
        let gone = std::mem::take(&mut self.forgotten);
        let mut rows = Vec::new();
        for open in self.open.values_mut().filter(|open| open.unsaved) {
            (open.unsaved, open.saved) = (false, true);
            rows.push(&*open);
        }
        (rows, gone)
    }

    /// Puts back a saved one.
    pub fn restore(&mut self, mut open: OpenFinding) {
        open.saved = true;
        let key = (open.finding.subject.id, open.detector);
        if let Some(count) = self.counts.get_mut(open.owner.key_partition()) {
            *count += 1;
        }
        self.look_at.insert((open.quiet_at(), key));
        self.open.insert(key, open);
    }
}

impl OpenFinding {
    fn new(detector: u8, owner: Id, info: &DetectorInfo, subject: Subject, first_at: PacketTime, before: u64) -> Self {
        Self {
            finding: Finding::opened(info, subject, first_at, before),
            detector,
            owner,
            quiet: info.quiet,
            told_at: PacketTime::ZERO,
            told_count: 0,
            told_severity: Severity::Info,
            at_work: None,
            changed: true,
            unsaved: true,
            saved: false,
        }
    }

    /// When it falls quiet, if nothing more is seen of its cause.
    fn quiet_at(&self) -> PacketTime {
        self.finding.last_at.plus(self.quiet)
    }

    /// Says of a transaction of the cause up to which severity it is [`Severity::Low`], since it was done at work: from own
    /// networks, where others call from outside. [`Severity::Info`] says that it was not. What holds for all of them counts;
    /// of those before this was asked nothing is known.
    pub fn seen_at_work(&mut self, up_to: Severity) {
        let before = if self.told_count == 0 { Severity::Critical } else { Severity::Info };
        self.at_work = Some(self.at_work.unwrap_or(before).min(up_to));
    }

    fn weighed(&self, severity: Severity) -> Severity {
        if self.at_work.is_some_and(|up_to| severity <= up_to) { severity.min(Severity::Low) } else { severity }
    }

    /// Counts a transaction of the cause; whether the finding should be told now.
    pub fn count(&mut self, severity: Severity, now: PacketTime) -> bool {
        (self.changed, self.unsaved) = (true, true);
        let severity = self.weighed(severity);
        let finding = &mut self.finding;
        finding.count += 1;
        finding.last_at = finding.last_at.max(now);
        finding.severity = finding.severity.max(severity);
        let worth = finding.count >= self.told_count.saturating_mul(2) || severity > self.told_severity;
        self.told_count == 0 || (worth && now.since(self.told_at) >= TELL_SPAN)
    }

    /// Adds a transaction to show: the first half and the latest half are kept.
    pub fn show(&mut self, evidence: Evidence) {
        let shown = &mut self.finding.evidence;
        if shown.iter().any(|known| known.tx == evidence.tx) {
            return;
        }
        if shown.len() >= EVIDENCE_MAX {
            shown.remove(EVIDENCE_MAX / 2);
        }
        shown.push(evidence);
    }

    /// Fills in the texts.
    pub fn fill(&mut self, report: Report, coverage: f32) {
        (self.changed, self.unsaved) = (true, true);
        let severity = self.weighed(report.severity);
        let finding = &mut self.finding;
        finding.severity = finding.severity.max(severity);
        finding.confidence = report.confidence;
        let facts = |facts: Vec<Fact>| facts.into_iter().map(|fact| Fact { text: agreed(fact.text), ..fact }).collect();
        finding.title = agreed(report.title);
        finding.expected = facts(report.expected);
        finding.observed = facts(report.observed);
        if severity < report.severity {
            let text = "all of it from own networks, while others call from outside".into();
            finding.observed.push(Fact { name: "at_work".into(), value: 1.0, text });
        }
        finding.peers = facts(report.peers);
        finding.ruled_out = report.ruled_out.into_iter().map(agreed).collect();
        finding.coverage = coverage;
    }

    /// Tells it: the event of its state now.
    pub fn tell(&mut self, stamp: Stamp, now: PacketTime) -> FindingEvent {
        self.finding.state = if self.told_count == 0 { FindingState::Open } else { FindingState::Update };
        (self.told_at, self.told_count, self.told_severity) = (now, self.finding.count, self.finding.severity);
        FindingEvent { stamp, finding: self.finding.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: DetectorInfo = DetectorInfo {
        id: "test",
        version: 1,
        subject: "endpoint",
        quiet: Duration::from_mins(30),
        doc: "detectors/test.md",
        owasp: &[],
        cwe: &[],
        attack: &[],
        next: "",
    };

    fn at(minutes: u64) -> PacketTime {
        PacketTime::from_parts(1_000_000 + minutes * 60, 0)
    }

    fn key(n: u64) -> FindingKey {
        (Id::of("subject", &[&n.to_be_bytes()]), 3)
    }

    /// Counts a transaction of `n` at `minutes`; whether it had room, and whether it is told.
    fn count(findings: &mut OpenFindings, n: u64, minutes: u64) -> Option<bool> {
        let (key, now) = (key(n), at(minutes));
        let subject = || Subject { id: key.0, ..Subject::default() };
        let open = findings.open(key, key.0, &INFO, subject, now, 0)?;
        let due = open.count(Severity::Low, now);
        if due {
            open.tell(Stamp::default(), now);
        }
        Some(due)
    }

    #[test]
    fn it_is_told_first_and_when_it_doubled_but_not_within_ten_minutes() {
        let mut findings = OpenFindings::new(KEY_PARTITIONS);
        let told: Vec<_> = [0, 1, 2, 9, 10, 11, 30].map(|minutes| count(&mut findings, 1, minutes)).into();
        assert_eq!(told, [true, false, false, false, true, false, false].map(Some));
        let open = findings.get_mut(&key(1)).unwrap();
        assert!(open.count(Severity::High, at(31)), "graver than it was told");
        assert_eq!((open.finding.count, open.finding.severity), (8, Severity::High));
    }

    #[test]
    fn what_is_due_is_what_a_walk_over_all_would_find() {
        let mut findings = OpenFindings::new(1_000 * KEY_PARTITIONS);
        let (mut last_seen, mut dice) = (BTreeMap::new(), 7_u64);
        for minute in 0..2_000 {
            for _ in 0..3 {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let n = (dice >> 33) % 150;
                count(&mut findings, n, minute).unwrap();
                last_seen.insert(key(n), at(minute));
            }
            let now = at(minute);
            let over: Vec<_> =
                last_seen.iter().filter(|(_, at)| at.plus(INFO.quiet) < now).map(|(key, _)| *key).collect();
            assert_eq!(findings.due(now, false), over, "minute {minute}");
            let mut events = Vec::new();
            for key in over {
                last_seen.remove(&key);
                findings.close(&key, Stamp::default(), &mut events);
            }
            assert!(events.iter().all(|event| event.finding.state == FindingState::Closed));
            assert!(findings.look_at.len() <= findings.open.len(), "nothing is left behind");
        }
        assert_eq!(findings.due(at(2_000), true).len(), last_seen.len());
    }

    #[test]
    fn a_full_partition_refuses_and_has_room_again_after_a_close() {
        let mut findings = OpenFindings::new(2 * KEY_PARTITIONS);
        let same: Vec<u64> = (0..10_000).filter(|n| key(*n).0.key_partition() == 5).take(3).collect();
        let [a, b, c] = same[..] else { panic!("{same:?}") };
        assert_eq!([a, b, c].map(|n| count(&mut findings, n, 0)), [Some(true), Some(true), None]);
        findings.close(&key(a), Stamp::default(), &mut Vec::new());
        assert_eq!(count(&mut findings, c, 1), Some(true));
    }

    #[test]
    fn while_it_only_learns_none_is_opened_and_open_ones_go_on() {
        let mut findings = OpenFindings::new(KEY_PARTITIONS);
        count(&mut findings, 1, 0);
        findings.learn_only();
        assert_eq!((count(&mut findings, 1, 11), count(&mut findings, 2, 11)), (Some(true), None));
        assert_eq!(findings.due(at(11), true), [key(1)]);
    }

    #[test]
    fn saved_with_all_that_may_be_missing_it_goes_on_as_it_was() {
        let mut findings = OpenFindings::new(KEY_PARTITIONS);
        count(&mut findings, 1, 0);
        let (rows, gone) = findings.take_rows();
        assert_eq!((rows.len(), gone.len()), (1, 0));
        let bytes = rmp_serde::to_vec_named(rows[0]).unwrap();
        let mut other = OpenFindings::new(KEY_PARTITIONS);
        other.restore(rmp_serde::from_slice(&bytes).unwrap());
        assert!(other.take_rows().0.is_empty() && other.take_changed().is_empty(), "what was loaded is no news");
        for minutes in [1, 11, 60] {
            assert_eq!(count(&mut other, 1, minutes), count(&mut findings, 1, minutes));
        }
        assert_eq!(other.due(at(91), false), findings.due(at(91), false));
        let mut events = Vec::new();
        other.close(&key(1), Stamp::default(), &mut events);
        assert_eq!(other.take_rows().1, [events[0].finding.id]);
        assert_eq!(other.take_changed(), [events[0].finding.clone()]);
    }
}
