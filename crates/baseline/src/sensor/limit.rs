//! Limit: the sensor had no room for something, and what it says is less than it could be.
//!
//! Judged: counters of limits that grew within a span. A fact: one is enough, but for bytes, of which one in a thousand is.

use model::PacketTime;
use model::finding::{DetectorInfo, Severity};
use model::ledger::Counter as C;
use model::life::Report;

use super::span::{Span, ratio};
use super::{Cause, fact, info, percent};

static INFO: DetectorInfo = info(
    "sensor-limit",
    "detectors/sensor-limit.md",
    24,
    "Read in docs/limits.md what this limit is for; give the sensor a part of the traffic (a filter, more sensors), or find who fills it.",
);

/// Payload over a limit that is worth a word, as a share.
const BYTES_SHARE: f64 = 0.001;

/// One limit.
pub(super) struct Limit {
    pub(super) counter: C,
    /// What is lost, in the plural.
    words: &'static str,
}

/// All that are told of.
pub(super) static LIMITS: &[Limit] = &[
    Limit { counter: C::PayloadOverLimit, words: "bytes of payload were dropped" },
    Limit { counter: C::FlowsEvicted, words: "flows with payload were forgotten" },
    Limit { counter: C::DatagramsEvicted, words: "datagrams of several fragments were given up" },
    Limit { counter: C::ObservationsRefusedEpoch, words: "transactions were not judged" },
    Limit { counter: C::InventoryFolded, words: "names found no room in the inventory" },
    Limit { counter: C::SubjectsEvicted, words: "learned callers were forgotten" },
    Limit { counter: C::FindingsFolded, words: "causes found no room for a finding" },
];

/// Limits reached in a span that began at `began`.
pub(super) fn judge(span: &Span, began: PacketTime) -> Vec<Cause> {
    let reached = LIMITS.iter().zip(&span.limits).filter(|(limit, n)| {
        let worth = limit.counter != C::PayloadOverLimit || ratio(**n, span.captured, 1.0) >= BYTES_SHARE;
        **n > 0 && worth
    });
    reached.map(|(limit, n)| cause(limit, *n, span, began)).collect()
}

fn cause(limit: &Limit, n: u64, span: &Span, began: PacketTime) -> Cause {
    let name = limit.counter.as_str();
    let mut observed = vec![fact("reached", n as f64, format!("{name} grew by {n} in ten minutes: {}", limit.words))];
    if limit.counter == C::PayloadOverLimit {
        let share = ratio(n, span.captured, 1.0);
        observed.push(fact("share", share, format!("{} of the payload", percent(share))));
    }
    Cause {
        place: 3,
        info: &INFO,
        about: name,
        first_at: began,
        coverage: span.coverage(),
        report: Report {
            severity: Severity::Low,
            confidence: 0.95,
            title: format!("a limit was reached: {} {}", n, limit.words),
            expected: vec![fact("reached", 0.0, "none, in ordinary traffic".to_owned())],
            observed,
            peers: Vec::new(),
            ruled_out: Vec::new(),
        },
    }
}
