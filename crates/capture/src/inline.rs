//! Frames to transactions in one thread: what `decode`, tests and fuzzing use.
//!
//! In: frames, in order. Out: transactions, to the sink, and the ledger. Ticks are made as the pipeline makes them, so
//! that results agree.

use model::message::TransactionSink;
use model::{Ledger, PacketTime};

use crate::flow::Flows;
use crate::link::{DecapSettings, Decapsulator};
use crate::{Frame, Pace};

/// Decapsulation, flows and ticks, run in place.
#[derive(Debug)]
pub struct Inline {
    decapsulator: Decapsulator,
    flows: Flows,
    ledger: Ledger,
    ticked_at: PacketTime,
    pace: Pace,
    frame: u64,
}

impl Inline {
    /// A fresh one.
    pub fn new(settings: DecapSettings) -> Self {
        let seed = settings.hash_seed;
        Self {
            decapsulator: Decapsulator::new(settings),
            flows: Flows::new(seed),
            ledger: Ledger::default(),
            ticked_at: PacketTime::ZERO,
            pace: Pace::default(),
            frame: 0,
        }
    }

    /// Opens TLS with these secrets.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_keys(mut self, keys: Option<crate::proto::tls::KeyRing>) -> Self {
        self.flows = self.flows.with_keys(keys);
        self
    }

    /// Takes the next frame.
    pub fn frame(&mut self, frame: &Frame<'_>, sink: &mut dyn TransactionSink) {
        let segment = self.decapsulator.decapsulate(frame, &mut self.ledger);
        let now = segment.as_ref().map_or(self.ticked_at, |segment| segment.at);
        let due = self.pace.is_due(now.since(self.ticked_at));
        if due {
            self.flows.tick(self.frame, now.max(self.ticked_at), &mut self.ledger, sink);
            self.ticked_at = now.max(self.ticked_at);
            // Nobody asks what became of whose bytes.
            self.flows.take_coverage(&mut |_| {});
            self.pace = Pace::default();
        }
        self.pace.count(segment.as_ref().map_or(0, |segment| segment.payload.len() as u64));
        self.frame = frame.number;
        if let Some(segment) = segment {
            self.flows.push(&segment, &mut self.ledger, sink);
        }
        if due {
            self.decapsulator.tick(self.ticked_at, &mut self.ledger);
        }
    }

    /// The input is over: ends every flow and returns the account.
    pub fn finish(mut self, sink: &mut dyn TransactionSink) -> Ledger {
        let now = self.decapsulator.now();
        self.flows.finish(self.frame, now, &mut self.ledger, sink);
        self.decapsulator.tick(PacketTime(u64::MAX), &mut self.ledger);
        debug_assert_eq!(self.ledger.check(), Ok(()));
        self.ledger
    }

    /// The account so far.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}
