//! The findings bus: all workers' findings of an epoch, in one order, into the log; and checkpoints.

use std::collections::BTreeMap;
use std::sync::Arc;

use baseline::coverage::Fall;
use baseline::sensor::Sensor;
use model::finding::Severity;
use model::ledger::Counter;
use model::record::{Body, RECORD_VERSION, Totals, Trailer};
use model::stamp::Phase;
use model::{
    Anomaly, AnomalySet, AttemptEvent, Book, Checkpoint, Finding, FindingEvent, FindingState, Id, Ledger, PacketTime,
    Record, SavedState, Stamp, StateDelta, StateError, StateStore,
};

use crate::feed::Tick;
use crate::resolve::EpochMeta;

/// Findings shown in the outcome.
const TOP_MAX: usize = 32;

/// What one worker made of one epoch.
#[derive(Debug, Default)]
pub(crate) struct WorkerPart {
    pub findings: Vec<FindingEvent>,
    pub attempts: Vec<AttemptEvent>,
    /// The worker's ledger since the beginning, when the tick asks for ledgers.
    pub ledger: Option<Box<Ledger>>,
    /// Changed state, at a checkpoint.
    pub delta: StateDelta,
    /// Totals of its share, at a checkpoint.
    pub totals: Totals,
}

/// Orders, logs, commits.
pub(crate) struct Bus<'a> {
    store: &'a mut dyn StateStore,
    book: Arc<Book>,
    /// Ledger of router and workers in the run that this one goes on with, once it is known.
    base: Ledger,
    unfinished: Option<Ledger>,
    ledger: Ledger,
    /// As it was when the sensor last judged itself by it.
    accounted: Ledger,
    sensor: Sensor,
    totals: Totals,
    opened: u64,
    pending: BTreeMap<Id, Finding>,
    summary: Summary,
    failed: Option<StateError>,
    /// Packet time of the first frame, and of the last checkpoint.
    span: (PacketTime, PacketTime),
    /// Oddities of the capture as a whole.
    anomalies: AnomalySet,
}

/// What is told of the findings at the end.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    open: BTreeMap<Id, Severity>,
    closed: BTreeMap<Severity, u64>,
    top: Vec<Finding>,
}

/// What the bus gives back at the end of a run.
#[derive(Debug, Default)]
pub(crate) struct BusEnd {
    pub trailer: Trailer,
    pub severities: Vec<(Severity, u64)>,
    pub top: Vec<Finding>,
    pub failed: Option<StateError>,
}

impl<'a> Bus<'a> {
    pub(crate) fn new(store: &'a mut dyn StateStore, saved: &SavedState, book: Arc<Book>, learn_only: bool) -> Self {
        let mut sensor = Sensor::load(saved);
        if learn_only {
            sensor.learn_only();
        }
        Self {
            store,
            book,
            base: Ledger::default(),
            unfinished: saved.unfinished.as_ref().map(|unfinished| unfinished.ledger.clone()),
            ledger: Ledger::default(),
            accounted: Ledger::default(),
            sensor,
            totals: Totals::default(),
            opened: saved.totals.findings,
            pending: BTreeMap::new(),
            summary: Summary::default(),
            failed: None,
            span: <(PacketTime, PacketTime)>::default(),
            anomalies: AnomalySet::EMPTY,
        }
    }

    /// Whether the store failed: a replay ends then.
    pub(crate) const fn failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Takes one epoch: its meta and every worker's part. Returns how many findings it opened.
    pub(crate) fn epoch(&mut self, mut meta: EpochMeta, parts: impl IntoIterator<Item = WorkerPart>) -> u64 {
        let mut delta = std::mem::take(&mut meta.delta);
        let (mut events, mut attempts) = (Vec::new(), Vec::new());
        let mut stages = meta.router.take();
        let mut totals = meta.totals;
        for part in parts {
            events.extend(part.findings);
            attempts.extend(part.attempts);
            delta.append(part.delta);
            totals.add(&part.totals);
            if let Some(ledger) = &part.ledger {
                stages.get_or_insert_default().merge(ledger);
            }
        }
        let accounted = meta.wide.take().map(|wide| self.account(*wide, &stages.unwrap_or_default(), meta.suppressed));
        if meta.suppressed {
            return 0;
        }
        self.sensor(&meta.tick, accounted.is_some(), &meta.falls, &mut events);
        let opened = self.findings(events, meta.tick.now);
        self.attempts(attempts, meta.tick.now);
        let services = std::mem::take(&mut meta.coverage).into_iter();
        let records: Vec<Record> = services.map(|one| record(meta.tick.now, Body::Coverage(Box::new(one)))).collect();
        self.append(&records);
        if meta.tick.checkpoint {
            totals.findings = self.opened;
            self.totals = totals;
            self.commit(&meta.tick, delta);
        }
        opened
    }

    /// What the run gave.
    pub(crate) fn finish(self) -> BusEnd {
        let trailer = self.trailer();
        BusEnd { trailer, severities: self.summary.counts(), top: self.summary.top, failed: self.failed }
    }

    fn account(&mut self, wide: Ledger, stages: &Ledger, suppressed: bool) {
        if suppressed {
            // The last suppressed epoch with ledgers is the checkpoint this run goes on from.
            if let Some(unfinished) = &self.unfinished {
                self.base = unfinished.since(&wide);
                self.accounted = unfinished.clone();
            }
            return;
        }
        self.ledger = wide;
        self.ledger.merge(&self.base);
        self.ledger.merge(stages);
    }

    /// Lets the sensor judge itself by what the account grew by.
    fn sensor(&mut self, tick: &Tick, accounted: bool, falls: &[Fall], events: &mut Vec<FindingEvent>) {
        let stamp = Stamp { frame: tick.frame, phase: Phase::Timer, ..Stamp::default() };
        if accounted {
            let grown = self.ledger.since(&self.accounted);
            self.accounted = self.ledger.clone();
            self.sensor.add(&grown, (tick.first_at, tick.now), stamp, events);
        }
        self.sensor.fell(falls, tick.now, stamp, events);
        self.sensor.tick(tick.now, tick.last, self.store.keeps_models(), stamp, events);
    }

    fn findings(&mut self, mut events: Vec<FindingEvent>, now: PacketTime) -> u64 {
        if events.is_empty() {
            return 0;
        }
        events.sort_by(|a, b| a.order().cmp(&b.order()));
        let mut opened = 0;
        let mut records = Vec::with_capacity(events.len());
        for FindingEvent { mut finding, .. } in events {
            if let Some(label) = finding.subject.identity.and_then(|id| self.book.label(&id)) {
                label.clone_into(&mut finding.subject.label);
            }
            opened += u64::from(finding.state == FindingState::Open);
            self.summary.take(&finding);
            if self.store.keeps_models() {
                self.pending.insert(finding.id, finding.clone());
            }
            records.push(record(now, Body::Finding(Box::new(finding))));
        }
        self.opened += opened;
        self.append(&records);
        opened
    }

    fn attempts(&mut self, mut attempts: Vec<AttemptEvent>, now: PacketTime) {
        if attempts.is_empty() {
            return;
        }
        attempts.sort_by(|a, b| a.order().cmp(&b.order()));
        let records = attempts.into_iter().map(|event| record(now, Body::Attempt(Box::new(event.attempt))));
        self.append(&records.collect::<Vec<_>>());
    }

    fn commit(&mut self, tick: &Tick, mut delta: StateDelta) {
        delta.findings = std::mem::take(&mut self.pending).into_values().collect();
        delta.rows.extend(self.sensor.save().filter(|_| self.store.keeps_models()));
        self.span = (tick.first_at, tick.now);
        self.anomalies.extend(tick.anomalies);
        let trailer = tick.last.then(|| self.trailer());
        let checkpoint = Checkpoint {
            epoch: tick.epoch,
            at: tick.now,
            delta,
            ledger: self.ledger.clone(),
            totals: self.totals,
            trailer,
        };
        if let Err(error) = self.store.commit(checkpoint) {
            self.fail(error);
        }
    }

    fn trailer(&self) -> Trailer {
        let (first_at, last_at) = self.span;
        let mut anomalies = self.anomalies;
        for (counter, anomaly) in
            [(Counter::InventoryFolded, Anomaly::InventoryLimit), (Counter::SubjectsEvicted, Anomaly::IdentityLimit)]
        {
            if self.ledger.get(counter) > 0 {
                anomalies.insert(anomaly);
            }
        }
        let anomalies = anomalies.iter().map(|anomaly| anomaly.as_str().to_owned()).collect();
        Trailer { counters: names(&self.ledger), first_at, last_at, totals: self.totals, anomalies }
    }

    fn append(&mut self, records: &[Record]) {
        if let Err(error) = self.store.append(records) {
            self.fail(error);
        }
    }

    fn fail(&mut self, error: StateError) {
        self.failed.get_or_insert(error);
    }
}

impl Summary {
    fn counts(&self) -> Vec<(Severity, u64)> {
        let mut counts = self.closed.clone();
        for severity in self.open.values() {
            *counts.entry(*severity).or_insert(0) += 1;
        }
        counts.into_iter().collect()
    }

    fn take(&mut self, finding: &Finding) {
        if finding.state == FindingState::Closed {
            self.open.remove(&finding.id);
            *self.closed.entry(finding.severity).or_insert(0) += 1;
        } else {
            self.open.insert(finding.id, finding.severity);
        }
        self.top.retain(|known| known.id != finding.id);
        let grave = |f: &Finding| (std::cmp::Reverse(f.severity), f.first_at, f.id);
        let at = self.top.partition_point(|known| grave(known) < grave(finding));
        self.top.insert(at, finding.clone());
        self.top.truncate(TOP_MAX);
    }
}

fn record(at: PacketTime, body: Body) -> Record {
    Record { v: RECORD_VERSION, at, body }
}

/// Counters that are not zero, by name.
pub(crate) fn names(ledger: &Ledger) -> BTreeMap<String, u64> {
    ledger.iter().map(|(counter, n)| (counter.as_str().to_owned(), n)).collect()
}
