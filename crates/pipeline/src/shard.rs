//! A flow shard: segments in, one batch of observations for each epoch out. Bytes live and die here.

use std::sync::Arc;

use capture::flow::Flows;
use inspect::{Descriptors, Inspector, OwnRules};
use model::ledger::Counter;
use model::message::TransactionSink;
use model::{
    Callers, Cell, Contact, DeploymentKey, FlowEnds, FlowKey, Ledger, ObservationBatch, SavedState, Segment, StateRow,
    StreamPart, Transaction, limits,
};

use crate::feed::Tick;

/// What a shard made of one epoch.
#[derive(Debug, Default)]
pub(crate) struct EpochBatch {
    pub tick: Tick,
    /// Observations in stamp order.
    pub batch: ObservationBatch,
    /// Payload bytes understood, and bytes missing, since the beginning.
    pub understood: u64,
    pub missing: u64,
    /// Observations that hold no message, and are no transactions.
    pub bare: u64,
    /// What became of the payload of each service, when a span of the account ends.
    pub cells: Vec<Cell>,
    /// What the shard keeps for the next run, at the end of a run. Not before: a run that was cut short begins again.
    pub rows: Vec<StateRow>,
    /// The shard's ledger, when the tick asks for ledgers.
    pub ledger: Option<Box<Ledger>>,
}

/// Flows and the inspection of what they say.
#[derive(Debug)]
pub(crate) struct Shard {
    flows: Flows,
    ledger: Ledger,
    /// Counters of payload understood.
    delivered: Box<[Counter]>,
    sink: Sink,
}

#[derive(Debug)]
struct Sink {
    inspector: Inspector,
    seed: u64,
    batch: ObservationBatch,
    /// Bytes of observations made in this epoch, by partition.
    made: [u32; limits::PARTITIONS],
    observations: u64,
    refused: u64,
    /// Observations of this epoch that hold no message.
    bare: u64,
}

impl Shard {
    pub(crate) fn new(seed: u64, key: DeploymentKey, callers: &Arc<Callers>, classes: &OwnRules) -> Self {
        let sink = Sink {
            inspector: Inspector::with(key, Arc::clone(callers), classes.clone()),
            seed,
            batch: ObservationBatch::default(),
            made: [0; limits::PARTITIONS],
            observations: 0,
            refused: 0,
            bare: 0,
        };
        let delivered = Counter::ALL.iter().copied().filter(|c| c.as_str().starts_with("payload.delivered.")).collect();
        Self { flows: Flows::new(seed), ledger: Ledger::default(), delivered, sink }
    }

    /// Names fields and methods of gRPC.
    pub(crate) fn with_descriptors(mut self, descriptors: &Arc<Descriptors>) -> Self {
        self.sink.inspector = self.sink.inspector.with_descriptors(Arc::clone(descriptors));
        self
    }

    /// Goes on from `saved` as shard number `index` of so many.
    pub(crate) fn loaded(mut self, saved: &SavedState, (index, shards): (usize, usize)) -> Self {
        self.sink.inspector.load(saved, |partition| partition % shards.max(1) == index);
        self
    }

    /// Opens TLS with the secrets of the settings.
    #[cfg(feature = "tls")]
    pub(crate) fn with_keys(mut self, keys: Option<capture::proto::tls::KeyRing>) -> Self {
        self.flows = self.flows.with_keys(keys);
        self
    }

    #[inline]
    pub(crate) fn segment(&mut self, segment: &Segment<'_>) {
        self.flows.push(segment, &mut self.ledger, &mut self.sink);
    }

    /// Takes segments of a batch: as [`segment`](Self::segment) one by one, but read ahead where they lie.
    pub(crate) fn segments<'a>(&mut self, segments: impl Iterator<Item = Segment<'a>>) {
        self.flows.push_all(segments, &mut self.ledger, &mut self.sink);
    }

    /// Ends the flows of the partitions in `mask`: their frames are no longer seen.
    pub(crate) fn shed(&mut self, mask: u64, tick: &Tick) {
        self.flows.shed(mask, tick.frame, tick.now, &mut self.ledger, &mut self.sink);
    }

    /// Gives it the buffers of an empty batch, when it has begun none.
    pub(crate) fn refill(&mut self, batch: ObservationBatch) {
        if self.sink.batch.rows.is_empty() && self.sink.batch.contacts.is_empty() {
            self.sink.batch = batch;
        }
    }

    /// Ends an epoch; `spare` is an empty batch whose buffers are used for the next one.
    pub(crate) fn tick(&mut self, tick: Tick, spare: ObservationBatch) -> EpochBatch {
        if tick.last {
            self.flows.finish(tick.frame, tick.now, &mut self.ledger, &mut self.sink);
        } else {
            self.flows.tick(tick.frame, tick.now, &mut self.ledger, &mut self.sink);
        }
        let mut batch = std::mem::replace(&mut self.sink.batch, spare);
        // Frame work comes in order; the timers of several partitions do not.
        if !batch.rows.is_sorted_by_key(|row| row.stamp) {
            batch.rows.sort_by_key(|row| row.stamp);
        }
        self.sink.made = [0; limits::PARTITIONS];
        self.ledger.add(Counter::ObservationsMade, std::mem::take(&mut self.sink.observations));
        self.ledger.add(Counter::ObservationsRefusedEpoch, std::mem::take(&mut self.sink.refused));
        let mut cells = Vec::new();
        if tick.span.is_some() {
            self.flows.take_coverage(&mut |cell| cells.push(cell.clone()));
        }
        let ledger = tick.ledger.is_some().then(|| Box::new(self.ledger.clone()));
        let rows = if tick.last { self.sink.inspector.save() } else { Vec::new() };
        EpochBatch {
            batch,
            understood: self.delivered.iter().map(|counter| self.ledger.get(*counter)).sum(),
            missing: self.ledger.get(Counter::PayloadMissing),
            bare: std::mem::take(&mut self.sink.bare),
            cells,
            rows,
            ledger,
            tick,
        }
    }
}

impl TransactionSink for Sink {
    fn opened(&mut self, contact: &Contact) {
        self.batch.contacts.push(*contact);
    }

    fn wants_bodies(&self) -> bool {
        true
    }

    fn abused(&mut self, connection: &Transaction<'_>) {
        self.bare += u64::from(self.observe(connection));
    }

    fn transaction(&mut self, transaction: &Transaction<'_>) {
        let observed = self.observe(transaction);
        self.observations += 1; // not before: a fault in there makes none
        self.refused += u64::from(!observed);
    }

    fn streamed(&mut self, part: &StreamPart<'_>) {
        let Some(made) = self.made.get_mut(partition_of(&part.flow, self.seed)) else { return };
        if *made as usize >= limits::OBSERVATION_BYTES_PER_EPOCH_MAX {
            self.observations += 1;
            self.refused += 1;
            return;
        }
        let before = self.batch.bytes();
        self.observations += self.inspector.streamed(part, &mut self.batch) as u64;
        *made = made.saturating_add((self.batch.bytes() - before) as u32);
    }
}

impl Sink {
    /// Makes the observation; returns whether there was room for it.
    fn observe(&mut self, transaction: &Transaction<'_>) -> bool {
        let partition = partition_of(&transaction.flow, self.seed);
        let Some(made) = self.made.get_mut(partition) else { return false };
        if *made as usize >= limits::OBSERVATION_BYTES_PER_EPOCH_MAX {
            return false;
        }
        let before = self.batch.bytes();
        self.inspector.inspect(transaction, partition, &mut self.batch);
        *made = made.saturating_add((self.batch.bytes() - before) as u32);
        true
    }
}

/// The partition of a flow.
fn partition_of(flow: &FlowEnds, seed: u64) -> usize {
    let (orig, resp) = (&flow.orig, &flow.resp);
    let (key, _) = FlowKey::new(orig.addr, orig.port, resp.addr, resp.port, flow.tenant);
    usize::from(FlowKey::partition_of(key.hash(seed)))
}
