//! Resolving: all shards' batches of one epoch become one named, ordered epoch.

use std::collections::BTreeMap;

use baseline::coverage::{Coverage as Services, Fall};
use discovery::{Accounts, CallOuts, EpochEnd, Overrides, Router};
use model::ledger::Counter;
use model::record::Totals;
use model::resolved::{Coverage, Naming, Step};
use model::{Ledger, ObservationBatch, ResolvedEpoch, SavedState, ServiceCoverage, StateDelta};

use crate::feed::Tick;
use crate::shard::EpochBatch;

/// What the bus has to know of an epoch beside its findings.
#[derive(Debug, Default)]
pub(crate) struct EpochMeta {
    pub tick: Tick,
    /// Ledger of feeder and shards, when the tick asks for ledgers.
    pub wide: Option<Box<Ledger>>,
    /// Ledger of the router since the beginning, when the tick asks for ledgers.
    pub router: Option<Box<Ledger>>,
    /// Transactions so far, when the tick asks for ledgers.
    pub totals: Totals,
    /// The router's changed rows, at a checkpoint.
    pub delta: StateDelta,
    /// Transactions of this epoch.
    pub transactions: u64,
    /// Services whose coverage fell.
    pub falls: Vec<Fall>,
    /// What is known of the coverage of all services, at the end of a run that keeps no models.
    pub coverage: Vec<ServiceCoverage>,
    /// Whether the epoch was part of an earlier run: nothing of it may be counted again.
    pub suppressed: bool,
}

/// The router and what is counted beside it.
#[derive(Debug)]
pub(crate) struct Resolver {
    router: Router,
    accounts: Accounts,
    call_outs: CallOuts,
    services: Services,
    ledger: Ledger,
    totals: Totals,
    resume_at: u64,
    models: bool,
    /// Empty batches to be filled again, and the empty list of an epoch's batches.
    spare: Vec<ObservationBatch>,
    list: Vec<ObservationBatch>,
}

impl Resolver {
    /// Goes on from `saved`; epochs up to `resume_at` were counted by the run that this one continues.
    pub(crate) fn new(saved: &SavedState, resume_at: u64, models: bool, overrides: Overrides) -> Self {
        let mut router = Router::new(overrides);
        router.load(saved);
        let mut accounts = Accounts::default();
        accounts.load(saved);
        let mut call_outs = CallOuts::default();
        call_outs.load(saved);
        let services = Services::load(saved);
        let totals = Totals {
            transactions: saved.totals.transactions,
            whole: saved.totals.whole,
            noise: saved.totals.noise,
            ..Totals::default()
        };
        let (spare, list) = (Vec::new(), Vec::new());
        Self {
            router,
            accounts,
            call_outs,
            services,
            ledger: Ledger::default(),
            totals,
            resume_at,
            models,
            spare,
            list,
        }
    }

    /// One batch from each shard, in the order of shards. `None` for an epoch that an earlier run has counted.
    pub(crate) fn epoch(&mut self, parts: impl IntoIterator<Item = EpochBatch>) -> (Option<ResolvedEpoch>, EpochMeta) {
        let mut meta = EpochMeta::default();
        let mut coverage = Coverage::default();
        let (mut batches, mut cells, mut bare) = (std::mem::take(&mut self.list), Vec::new(), 0);
        let mut read = Vec::new();
        for part in parts {
            cells.extend(part.cells);
            read.extend(part.rows);
            bare += part.bare;
            coverage.understood += part.understood;
            coverage.payload += part.missing;
            if let Some(ledger) = &part.ledger {
                meta.wide.get_or_insert_default().merge(ledger);
            }
            batches.push(part.batch);
            meta.tick = part.tick;
        }
        coverage.payload += meta.tick.payload;
        if let (Some(feeder), Some(wide)) = (&meta.tick.ledger, &mut meta.wide) {
            wide.merge(feeder);
        }
        meta.suppressed = meta.tick.epoch <= self.resume_at;
        if meta.suppressed {
            self.keep(batches);
            return (None, meta);
        }
        if let Some(at) = meta.tick.span {
            meta.falls = self.services.add(cells, at);
        }
        if meta.tick.last && !self.models {
            meta.falls.extend(self.services.finish());
            meta.coverage = self.services.services().cloned().collect();
        }
        let tick = &meta.tick;
        let end = EpochEnd {
            epoch: tick.epoch,
            now: tick.now,
            coverage,
            checkpoint: tick.checkpoint,
            last: tick.last,
            goes_on: tick.last && self.models,
        };
        let rows: u64 = batches.iter().map(|batch| batch.rows.len() as u64).sum::<u64>().saturating_sub(bare);
        let streamed: u64 = batches.iter().map(|batch| batch.streams.len() as u64).sum();
        meta.transactions = rows.saturating_sub(streamed);
        self.ledger.add(Counter::ObservationsJudged, rows);
        self.ledger.add(Counter::ObservationsStreamed, streamed);
        let mut resolved = self.router.resolve(end, batches, &mut self.ledger);
        self.accounts.resolve(&mut resolved);
        self.call_outs.resolve(&mut resolved, &mut self.ledger);
        resolved.low = self.services.low();
        self.count(&resolved);
        if meta.tick.checkpoint && self.models {
            meta.delta = self.router.save();
            meta.delta.rows.extend(self.accounts.save());
            meta.delta.rows.extend(self.call_outs.save());
            meta.delta.rows.extend(self.services.save());
            meta.delta.rows.extend(read);
        }
        meta.router = meta.tick.ledger.is_some().then(|| Box::new(self.ledger.clone()));
        meta.totals = self.totals;
        (Some(resolved), meta)
    }

    /// Takes back an epoch that every worker is done with.
    pub(crate) fn recycle(&mut self, used: ResolvedEpoch) {
        let batches = self.router.recycle(used);
        self.keep(batches);
    }

    /// An empty batch whose buffers were used before, if there is one.
    pub(crate) fn spare(&mut self) -> Option<ObservationBatch> {
        self.spare.pop()
    }

    fn keep(&mut self, mut batches: Vec<ObservationBatch>) {
        batches.iter_mut().for_each(ObservationBatch::clear);
        self.spare.append(&mut batches);
        self.list = batches;
    }

    fn count(&mut self, resolved: &ResolvedEpoch) {
        for step in &resolved.steps {
            let Step::Seen { batch, row, naming } = *step else { continue };
            let Some(seen) = resolved.observed(batch, row).filter(|seen| !seen.row.is_bare()) else { continue };
            self.totals.transactions += 1;
            self.totals.noise += u64::from(matches!(naming, Naming::Noise(_)));
            self.totals.whole += u64::from(seen.row.request.complete && seen.row.response.complete);
        }
    }
}

/// Batches of epochs that some shard has not finished yet.
#[derive(Debug, Default)]
pub(crate) struct Parking {
    shards: usize,
    next: u64,
    waiting: BTreeMap<u64, Vec<Option<EpochBatch>>>,
}

impl Parking {
    pub(crate) fn new(shards: usize) -> Self {
        Self { shards, next: 1, waiting: BTreeMap::new() }
    }

    /// Takes one shard's batch.
    pub(crate) fn put(&mut self, shard: usize, batch: EpochBatch) {
        let shards = self.shards;
        let places = self.waiting.entry(batch.tick.epoch).or_insert_with(|| (0..shards).map(|_| None).collect());
        if let Some(place) = places.get_mut(shard) {
            *place = Some(batch);
        }
    }

    /// All shards' batches of the next epoch, once they are there.
    pub(crate) fn take(&mut self) -> Option<Vec<EpochBatch>> {
        let places = self.waiting.get(&self.next)?;
        if places.iter().any(Option::is_none) {
            return None;
        }
        let places = self.waiting.remove(&self.next)?;
        self.next += 1;
        Some(places.into_iter().flatten().collect())
    }
}
