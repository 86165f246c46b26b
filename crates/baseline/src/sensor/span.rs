//! Counts of one span of packet time, as far as the sensor judges itself by them.

use model::Ledger;
use model::ledger::Counter as C;
use serde::{Deserialize, Serialize};

/// Why payload was not understood, with the words for it. New ones stand at the end: states hold sums in this order.
pub(super) const REASONS: [(C, &str); 6] = [
    (C::PayloadTls, "TLS"),
    (C::PayloadUpgraded, "upgraded or tunnelled"),
    (C::PayloadNotHttp, "not HTTP"),
    (C::PayloadDesync, "after a gap"),
    (C::PayloadPoisoned, "a fault of apitap"),
    (C::PayloadQuic, "QUIC (HTTP/3)"),
];

/// Share of transactions without the same side that makes a capture one-sided.
const ONE_SIDED: f64 = 0.95;

/// Sums over a span, or over several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Span {
    /// Payload without duplicates, understood, missing; and not understood by reason, as in [`REASONS`].
    pub(super) captured: u64,
    pub(super) understood: u64,
    pub(super) missing: u64,
    pub(super) unseen: Vec<u64>,
    /// Content of HAR files: what is missing of it is no loss.
    pub(super) har: u64,
    /// Frames, and frames lost before or by us.
    pub(super) frames: u64,
    pub(super) lost: u64,
    /// Flows that were readable HTTP, and flows whose protocol was looked at.
    pub(super) readable: u64,
    pub(super) flows: u64,
    /// Transactions: whole, requests alone, answers alone.
    pub(super) whole: u64,
    pub(super) requests: u64,
    pub(super) answers: u64,
    /// Limits reached, as in [`super::limit::LIMITS`].
    pub(super) limits: Vec<u64>,
}

impl Span {
    /// Adds what the account grew by.
    pub(super) fn add(&mut self, grown: &Ledger) {
        let of = |counter| grown.get(counter);
        let har = of(C::PayloadHar);
        self.captured += of(C::PayloadAccepted).saturating_sub(of(C::PayloadDuplicate));
        self.understood += grown.sum("payload.delivered.");
        self.missing += of(C::PayloadMissing);
        self.unseen.resize(REASONS.len(), 0);
        for (sum, (counter, _)) in self.unseen.iter_mut().zip(REASONS) {
            *sum += of(counter);
        }
        self.har += har;
        let before = of(C::KernelDropped) + of(C::InterfaceDropped);
        self.frames += of(C::FramesSeen) + before;
        self.lost += before + of(C::FramesShed);
        self.readable += of(C::FlowsHttp1) + of(C::FlowsHttp2);
        self.flows += grown.sum("protocols.");
        self.whole += of(C::TransactionsComplete);
        self.requests += of(C::TransactionsRequestOnly);
        self.answers += of(C::TransactionsResponseOnly);
        self.limits.resize(super::limit::LIMITS.len(), 0);
        for (sum, limit) in self.limits.iter_mut().zip(super::limit::LIMITS) {
            *sum += of(limit.counter);
        }
    }

    /// Adds another span.
    fn append(&mut self, other: &Self) {
        self.captured += other.captured;
        self.understood += other.understood;
        self.missing += other.missing;
        self.unseen.resize(REASONS.len(), 0);
        self.unseen.iter_mut().zip(&other.unseen).for_each(|(sum, more)| *sum += more);
        self.har += other.har;
        self.frames += other.frames;
        self.lost += other.lost;
        self.readable += other.readable;
        self.flows += other.flows;
        self.whole += other.whole;
        self.requests += other.requests;
        self.answers += other.answers;
    }

    /// Whether nothing at all happened.
    pub(super) fn is_empty(&self) -> bool {
        let lists = (self.unseen.clone(), self.limits.clone());
        let nothing = lists.0.iter().chain(&lists.1).all(|n| *n == 0);
        nothing && *self == Self { unseen: lists.0, limits: lists.1, ..Self::default() }
    }

    /// Transactions, whole or not.
    pub(super) const fn transactions(&self) -> u64 {
        self.whole + self.requests + self.answers
    }

    /// Whether nearly all transactions lack the same side.
    pub(super) fn lacks_a_side(&self) -> bool {
        ratio(self.requests.max(self.answers), self.transactions(), 0.0) >= ONE_SIDED
    }

    /// Bytes that were not understood for the reason that has this counter.
    pub(super) fn unseen_as(&self, counter: C) -> u64 {
        let place = REASONS.iter().position(|(reason, _)| *reason == counter);
        place.and_then(|place| self.unseen.get(place)).copied().unwrap_or(0)
    }

    /// Share of what was captured that was understood; 1 of nothing.
    pub(super) fn understood(&self) -> f64 {
        ratio(self.understood, self.understood + self.unseen.iter().sum::<u64>(), 1.0)
    }

    /// Share of the streams' bytes that are not in the capture.
    pub(super) fn missing(&self) -> f64 {
        if self.har > 0 { 0.0 } else { ratio(self.missing, self.captured + self.missing, 0.0) }
    }

    /// Share of all that the streams had that was understood.
    pub(super) fn coverage(&self) -> f32 {
        ratio(self.understood, self.captured + self.missing, 1.0).min(1.0) as f32
    }
}

/// `part` of `whole`, or `empty` when there is none.
pub(super) fn ratio(part: u64, whole: u64, empty: f64) -> f64 {
    if whole == 0 { empty } else { part as f64 / whole as f64 }
}

/// Spans put together until they say enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unit {
    sum: Span,
    since: u64,
}

impl Unit {
    /// Adds a span that began at `began` (nanoseconds); the sum and its begin, once it has enough.
    pub(super) fn add(&mut self, span: &Span, began: u64, enough: impl Fn(&Span) -> bool) -> Option<(Span, u64)> {
        if self.sum.is_empty() {
            self.since = began;
        }
        self.sum.append(span);
        enough(&self.sum).then(|| (std::mem::take(&mut self.sum), self.since))
    }
}
