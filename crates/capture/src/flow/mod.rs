//! Flows: a table of 64-byte entries for half-open ones, conversations for those that carry payload.
//!
//! In: [`Segment`]s and ticks. Out: transactions, to the sink. Kept: 64 partitions, each with its own table, budget and
//! eviction order, so that results do not depend on how many threads run them.

mod ahead;
mod conversation;
mod direction;
mod entry;
mod held;
mod holders;
mod index;
mod partition;
mod poison;
pub(crate) mod services;
mod slab;
#[cfg(test)]
mod wire;

pub use conversation::Dir;

use model::ledger::Counter;
use model::limits::PARTITIONS;
use model::message::TransactionSink;
use model::segment::Carries;
use model::{Cell, FlowKey, Ledger, PacketTime, Segment, limits};

use crate::exchange;
#[cfg(feature = "tls")]
use crate::proto::quic;
#[cfg(feature = "tls")]
use crate::proto::tls::KeyRing;
use crate::proto::{Output, Spare};
use ahead::Waiting;
use partition::Partition;
#[cfg(feature = "tls")]
use services::Services;

/// All partitions of one thread (or of the whole program).
#[derive(Debug)]
pub struct Flows {
    partitions: Vec<(Partition, Spare)>,
    /// Payload bytes taken.
    taken: u64,
    /// Segments taken that wait for more, to be read ahead together.
    waiting: Waiting,
    /// Whether there are so many flows that reading ahead pays. Looked at with every tick; results do not depend on it.
    crowded: bool,
    scratch: exchange::Scratch,
    /// Connections of QUIC of each partition.
    #[cfg(feature = "tls")]
    quic: Vec<(quic::Table, Services)>,
    #[cfg(feature = "tls")]
    keys: Option<KeyRing>,
}

/// An [`Output`] of one partition.
macro_rules! output {
    ($flows:ident, $ledger:ident, $sink:ident, $spare:ident) => {
        &mut Output {
            ledger: $ledger,
            sink: $sink,
            spare: $spare,
            certificate: None,
            #[cfg(feature = "tls")]
            keys: $flows.keys.as_ref(),
            #[cfg(feature = "tls")]
            depth: 0,
        }
    };
}

impl Flows {
    /// Empty tables for all 64 partitions; `seed` is the one segment hashes are made with.
    pub fn new(seed: u64) -> Self {
        let partitions = (0..PARTITIONS).map(|_| (Partition::new(seed), Spare::default())).collect();
        Self {
            partitions,
            taken: 0,
            waiting: Waiting::default(),
            crowded: false,
            scratch: Default::default(),
            #[cfg(feature = "tls")]
            quic: (0..PARTITIONS).map(|_| Default::default()).collect(),
            #[cfg(feature = "tls")]
            keys: None,
        }
    }

    /// Opens TLS with these secrets.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_keys(mut self, keys: Option<KeyRing>) -> Self {
        self.keys = keys;
        self
    }

    /// Takes one segment. With many flows its effects may wait for the next segments, at longest until a tick.
    #[inline]
    pub fn push(&mut self, segment: &Segment<'_>, ledger: &mut Ledger, sink: &mut dyn TransactionSink) {
        if !self.crowded {
            self.push_now(segment, ledger, sink);
        } else if self.waiting.push(segment) {
            self.flush(ledger, sink);
        }
    }

    /// Takes segments whose payload stays where it is, as [`push`](Self::push) does one by one, without a copy.
    pub fn push_all<'a>(
        &mut self,
        segments: impl Iterator<Item = Segment<'a>>,
        ledger: &mut Ledger,
        sink: &mut dyn TransactionSink,
    ) {
        self.flush(ledger, sink);
        if !self.crowded {
            segments.for_each(|segment| self.push_now(&segment, ledger, sink));
            return;
        }
        let mut run = Vec::with_capacity(limits::READ_AHEAD_SEGMENTS);
        let mut segments = segments.peekable();
        while segments.peek().is_some() {
            run.extend(segments.by_ref().take(limits::READ_AHEAD_SEGMENTS));
            ahead::touch(&self.partitions, &run);
            for segment in run.drain(..) {
                self.push_now(&segment, ledger, sink);
            }
        }
    }

    fn push_now(&mut self, segment: &Segment<'_>, ledger: &mut Ledger, sink: &mut dyn TransactionSink) {
        let partition = usize::from(FlowKey::partition_of(segment.hash));
        self.taken += segment.payload.len() as u64;
        match segment.carries {
            Carries::Stream => {}
            Carries::Exchange => return self.exchange(segment, ledger, sink),
            #[cfg(feature = "tls")]
            Carries::Quic => return self.quic(partition, segment, ledger, sink),
            // Without TLS none is told from other datagrams.
            #[cfg(not(feature = "tls"))]
            Carries::Quic => return,
        }
        if let Some((partition, spare)) = self.partitions.get_mut(partition) {
            partition.push(segment, output!(self, ledger, sink, spare));
        }
    }

    /// Hands on an exchange, which has no flow. A fault of ours on it is told as that of a flow of its own.
    #[cold]
    fn exchange(&mut self, segment: &Segment<'_>, ledger: &mut Ledger, sink: &mut dyn TransactionSink) {
        if !poison::survives(|| exchange::emit(segment, &mut self.scratch, ledger, sink)) {
            ledger.add(Counter::FlowsOpened, 1);
            ledger.add(Counter::FlowsPoisoned, 1);
        }
    }

    /// Takes a datagram of QUIC. A fault of ours on it ends no flow.
    #[cfg(feature = "tls")]
    #[cold]
    fn quic(&mut self, partition: usize, segment: &Segment<'_>, ledger: &mut Ledger, sink: &mut dyn TransactionSink) {
        if let Some((table, services)) = self.quic.get_mut(partition)
            && !poison::survives(|| table.datagram(segment, services, ledger, sink))
        {
            *table = quic::Table::default();
            ledger.add(Counter::FlowsOpened, 1);
            ledger.add(Counter::FlowsPoisoned, 1);
        }
        ledger.add(Counter::PayloadQuic, segment.payload.len() as u64);
    }

    /// Takes the segments that wait.
    fn flush(&mut self, ledger: &mut Ledger, sink: &mut dyn TransactionSink) {
        if self.waiting.is_empty() {
            return;
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        ahead::touch(&self.partitions, waiting.bare());
        for segment in waiting.segments() {
            self.push_now(&segment, ledger, sink);
        }
        waiting.clear();
        self.waiting = waiting;
    }

    /// Fires the timers of every partition.
    pub fn tick(&mut self, frame: u64, now: PacketTime, ledger: &mut Ledger, sink: &mut dyn TransactionSink) {
        self.flush(ledger, sink);
        let flows: usize = self.partitions.iter().map(|(partition, _)| partition.len()).sum();
        self.crowded = flows >= limits::READ_AHEAD_FLOWS_MIN;
        if self.crowded {
            self.partitions.iter().for_each(|(partition, _)| partition.touch_timers());
        }
        for (partition, spare) in &mut self.partitions {
            partition.tick(frame, now, output!(self, ledger, sink, spare));
        }
        #[cfg(feature = "tls")]
        self.quic.iter_mut().for_each(|(table, services)| table.tick(now, services, sink));
    }

    /// A span of the account ends: gives what became of the payload of each service in it.
    pub fn take_coverage(&mut self, give: &mut dyn FnMut(&Cell)) {
        for (partition, _) in &mut self.partitions {
            partition.take_coverage(give);
        }
        #[cfg(feature = "tls")]
        self.quic.iter_mut().for_each(|(_, services)| services.take(give));
    }

    /// Ends every flow: the input is over; `frame` is its last one.
    pub fn finish(&mut self, frame: u64, now: PacketTime, ledger: &mut Ledger, sink: &mut dyn TransactionSink) {
        self.flush(ledger, sink);
        #[cfg(feature = "tls")]
        if let Some(keys) = &mut self.keys {
            keys.end();
        }
        for (partition, spare) in &mut self.partitions {
            partition.finish(Counter::FlowsUnfinished, frame, now, output!(self, ledger, sink, spare));
        }
        #[cfg(feature = "tls")]
        self.quic.iter_mut().for_each(|(table, services)| table.finish(now, services, sink));
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
        self.flush(ledger, sink);
        for (bit, (partition, spare)) in self.partitions.iter_mut().enumerate() {
            if mask & (1 << bit) != 0 {
                partition.finish(Counter::FlowsShed, frame, now, output!(self, ledger, sink, spare));
            }
        }
    }
}
