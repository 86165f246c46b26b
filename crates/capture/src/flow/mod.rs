//! Flows: a table of 64-byte entries for half-open ones, conversations for those that carry payload.
//!
//! In: [`Segment`]s and ticks. Out: transactions, to the sink. Kept: 64 partitions, each with its own table, budget and
//! eviction order, so that results do not depend on how many threads run them.

mod conversation;
mod direction;
mod partition;

pub use conversation::Dir;

use model::limits::PARTITIONS;
use model::message::TransactionSink;
use model::{FlowKey, Ledger, PacketTime, Segment};

use crate::proto::Output;
use partition::Partition;

/// All partitions of one thread (or of the whole program).
#[derive(Debug)]
pub struct Flows {
    partitions: Vec<Partition>,
    /// Frame number of the last segment.
    frame: u64,
}

impl Flows {
    /// Empty tables for all 64 partitions; `seed` is the one segment hashes are made with.
    pub fn new(seed: u64) -> Self {
        Self { partitions: (0..PARTITIONS).map(|_| Partition::new(seed)).collect(), frame: 0 }
    }

    /// Takes one segment.
    pub fn push(&mut self, segment: &Segment<'_>, ledger: &mut Ledger, sink: &mut dyn TransactionSink) {
        self.frame = segment.frame;
        let partition = usize::from(FlowKey::partition_of(segment.hash));
        if let Some(partition) = self.partitions.get_mut(partition) {
            partition.push(segment, &mut Output { ledger, sink });
        }
    }

    /// Fires the timers of every partition.
    pub fn tick(&mut self, frame: u64, now: PacketTime, ledger: &mut Ledger, sink: &mut dyn TransactionSink) {
        for partition in &mut self.partitions {
            partition.tick(frame, now, &mut Output { ledger, sink });
        }
    }

    /// Ends every flow: the input is over.
    pub fn finish(&mut self, now: PacketTime, ledger: &mut Ledger, sink: &mut dyn TransactionSink) {
        for partition in &mut self.partitions {
            partition.finish(self.frame, now, &mut Output { ledger, sink });
        }
    }
}
