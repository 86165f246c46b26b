//! All stages on the calling thread: no queue, no copy of payload, buffers used again.

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
        Self { shard, resolver, stages, bus, control, stop_on_failure }
    }

    /// What the run gave.
    pub(crate) fn finish(self) -> BusEnd {
        self.bus.finish()
    }
}

impl Downstream for Single<'_> {
    #[inline]
    fn segment(&mut self, segment: &Segment<'_>) {
        self.shard.segment(segment);
    }

    fn tick(&mut self, tick: Tick) -> bool {
        let part = self.shard.tick(tick, ObservationBatch::default());
        let (resolved, meta) = self.resolver.epoch([part]);
        let ledgers = meta.tick.ledger.is_some();
        let parts = self.stages.iter_mut().filter_map(|stage| Some(stage.apply(resolved.as_ref()?, ledgers)));
        let transactions = meta.transactions;
        let opened = self.bus.epoch(meta, parts);
        self.control.judged(transactions, opened);
        if let Some(resolved) = resolved {
            self.resolver.recycle(resolved);
        }
        // Nothing was observed meanwhile, so one batch serves all epochs.
        if let Some(batch) = self.resolver.spare() {
            self.shard.refill(batch);
        }
        !(self.stop_on_failure && self.bus.failed())
    }
}
