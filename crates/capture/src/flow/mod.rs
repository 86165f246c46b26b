//! Flows: a table of 64-byte entries for half-open ones, conversations for those that carry payload.
//!
//! In: [`Segment`]s and ticks. Out: transactions, to the sink. Kept: 64 partitions, each with its own table, budget and
//! eviction order, so that results do not depend on how many threads run them.

mod conversation;
mod direction;
mod partition;
mod poison;

pub use conversation::Dir;

use model::ledger::Counter;
use model::limits::PARTITIONS;
use model::message::TransactionSink;
use model::{FlowKey, Ledger, PacketTime, Segment};

use crate::proto::{Output, Spare};
use partition::Partition;

/// All partitions of one thread (or of the whole program).
#[derive(Debug)]
pub struct Flows {
    partitions: Vec<(Partition, Spare)>,
    /// Payload bytes taken.
    taken: u64,
}

impl Flows {
    /// Empty tables for all 64 partitions; `seed` is the one segment hashes are made with.
    pub fn new(seed: u64) -> Self {
        let partitions = (0..PARTITIONS).map(|_| (Partition::new(seed), Spare::default())).collect();
        Self { partitions, taken: 0 }
    }

    /// Takes one segment.
    pub fn push(&mut self, segment: &Segment<'_>, ledger: &mut Ledger, sink: &mut dyn TransactionSink) {
        let partition = usize::from(FlowKey::partition_of(segment.hash));
        self.taken += segment.payload.len() as u64;
        if let Some((partition, spare)) = self.partitions.get_mut(partition) {
            partition.push(segment, &mut Output { ledger, sink, spare });
        }
    }

    /// Fires the timers of every partition.
    pub fn tick(&mut self, frame: u64, now: PacketTime, ledger: &mut Ledger, sink: &mut dyn TransactionSink) {
        for (partition, spare) in &mut self.partitions {
            partition.tick(frame, now, &mut Output { ledger, sink, spare });
        }
    }

    /// Ends every flow: the input is over; `frame` is its last one.
    pub fn finish(&mut self, frame: u64, now: PacketTime, ledger: &mut Ledger, sink: &mut dyn TransactionSink) {
        for (partition, spare) in &mut self.partitions {
            partition.finish(Counter::FlowsUnfinished, frame, now, &mut Output { ledger, sink, spare });
        }
        self.account_poisoned(ledger);
    }

    /// Which bytes of a poisoned flow were counted before its fault is not known. Once no bytes wait anywhere, those
    /// without a counter are its.
    fn account_poisoned(&self, ledger: &mut Ledger) {
        if ledger.get(Counter::FlowsPoisoned) > 0 {
            ledger.add(Counter::PayloadPoisoned, self.taken.saturating_sub(ledger.payload_parts()));
        }
    }

    /// Ends the flows of every partition whose bit is set in `mask`: its frames are shed from here on.
    pub fn shed(
        &mut self,
        mask: u64,
        frame: u64,
        now: PacketTime,
        ledger: &mut Ledger,
        sink: &mut dyn TransactionSink,
    ) {
        for (bit, (partition, spare)) in self.partitions.iter_mut().enumerate() {
            if mask & (1 << bit) != 0 {
                partition.finish(Counter::FlowsShed, frame, now, &mut Output { ledger, sink, spare });
            }
        }
    }
}
