//! The two things that travel against the stream: a wish to stop, and how far a run has come.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Shared between a run and whoever watches it.
#[derive(Debug, Default)]
pub struct Control {
    stop: AtomicBool,
    aborted: AtomicBool,
    read: AtomicU64,
    total: AtomicU64,
    frames: AtomicU64,
    transactions: AtomicU64,
    findings: AtomicU64,
    shed: AtomicU64,
    packet_time: AtomicU64,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Bytes of input read.
    pub read: u64,
    /// Bytes of input in all; 0 when not known.
    pub total: u64,
    /// Frames read.
    pub frames: u64,
    /// Transactions judged.
    pub transactions: u64,
    /// Findings opened.
    pub findings: u64,
    /// Frames shed.
    pub shed: u64,
    /// Packet time reached, nanoseconds since 1970.
    pub packet_time: u64,
}

impl Control {
    /// Asks the run to end in order.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to end.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The store failed: a replay must not go on.
    pub(crate) fn abort(&self) {
        self.aborted.store(true, Ordering::Relaxed);
    }

    pub(crate) fn aborted(&self) -> bool {
        self.aborted.load(Ordering::Relaxed)
    }

    /// How far the run has come.
    pub fn snapshot(&self) -> Snapshot {
        let get = |value: &AtomicU64| value.load(Ordering::Relaxed);
        Snapshot {
            read: get(&self.read),
            total: get(&self.total),
            frames: get(&self.frames),
            transactions: get(&self.transactions),
            findings: get(&self.findings),
            shed: get(&self.shed),
            packet_time: get(&self.packet_time),
        }
    }

    pub(crate) fn fed(&self, read: u64, total: Option<u64>, frames: u64, packet_time: u64) {
        self.read.store(read, Ordering::Relaxed);
        self.total.store(total.unwrap_or(0), Ordering::Relaxed);
        self.frames.store(frames, Ordering::Relaxed);
        self.packet_time.store(packet_time, Ordering::Relaxed);
    }

    pub(crate) fn shed(&self, frames: u64) {
        self.shed.store(frames, Ordering::Relaxed);
    }

    pub(crate) fn judged(&self, transactions: u64, findings: u64) {
        self.transactions.fetch_add(transactions, Ordering::Relaxed);
        self.findings.fetch_add(findings, Ordering::Relaxed);
    }
}
