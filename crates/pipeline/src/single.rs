//! All stages on the calling thread: no queue, no copy of payload, buffers used again.

use model::resolved::ResolvedEpoch;
use model::{ObservationBatch, Segment};

use crate::bus::{Bus, BusEnd};
use crate::control::Control;
use crate::feed::{Downstream, Tick};
use crate::resolve::Resolver;
use crate::shard::Shard;
use crate::stages::Stage;

/// The stages below the feeder.
pub(crate) struct Single<'a> {
    shard: Shard,
    resolver: Resolver,
    stages: Vec<Stage>,
    bus: Bus<'a>,
    spare: ObservationBatch,
    control: &'a Control,
    stop_on_failure: bool,
}

impl<'a> Single<'a> {
    pub(crate) fn new(
        shard: Shard,
        resolver: Resolver,
        stages: Vec<Stage>,
        bus: Bus<'a>,
        control: &'a Control,
        stop_on_failure: bool,
    ) -> Self {
        Self { shard, resolver, stages, bus, spare: ObservationBatch::default(), control, stop_on_failure }
    }

    /// What the run gave.
    pub(crate) fn finish(self) -> BusEnd {
        self.bus.finish()
    }

    fn recycle(&mut self, resolved: ResolvedEpoch) {
        if let Some(mut batch) = resolved.batches.into_iter().next() {
            batch.clear();
            self.spare = batch;
        }
    }
}

impl Downstream for Single<'_> {
    #[inline]
    fn segment(&mut self, segment: &Segment<'_>) {
        self.shard.segment(segment);
    }

    fn tick(&mut self, tick: Tick) -> bool {
        let spare = std::mem::take(&mut self.spare);
        let part = self.shard.tick(tick, spare);
        let (resolved, meta, mut unused) = self.resolver.epoch(vec![part]);
        let ledgers = meta.tick.ledger.is_some();
        let parts = match &resolved {
            Some(epoch) => self.stages.iter_mut().map(|stage| stage.apply(epoch, ledgers)).collect(),
            None => Vec::new(),
        };
        let transactions = meta.transactions;
        let opened = self.bus.epoch(meta, parts);
        self.control.judged(transactions, opened);
        if let Some(resolved) = resolved {
            self.recycle(resolved);
        } else if let Some(mut batch) = unused.pop() {
            batch.clear();
            self.spare = batch;
        }
        !(self.stop_on_failure && self.bus.failed())
    }
}
