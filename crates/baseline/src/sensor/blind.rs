//! Blind: a smaller share of the payload is understood than ever before (a service moved to TLS, a mirror moved).
//!
//! Judged: share of bytes and of flows that are readable HTTP, in units of enough traffic, against those of the last
//! [`PAST_MAX`] units. Both must fall, so that a bulk transfer of something else is none.

use model::PacketTime;
use model::finding::{DetectorInfo, Severity};
use model::ledger::Counter;
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::span::{REASONS, Span, Unit, ratio};
use super::{Cause, fact, info, percent};

static INFO: DetectorInfo = info(
    "sensor-blind",
    "detectors/sensor-blind.md",
    12,
    "Find the service whose traffic became unreadable, and mirror behind the end of its TLS, or give the sensor a key log.",
);

/// What a unit has at least.
const BYTES_MIN: u64 = 256 << 10;
const FLOWS_MIN: u64 = 20;
/// Units of the past: so many are remembered, and needed.
const PAST_MAX: usize = 64;
const PAST_MIN: usize = 24;
/// Units in a row below all of them. If units came in any order, three would be the lowest of 27 in one of 2,925 cases.
const LOW_MIN: u8 = 3;
/// And at most this share of the middle of the past, by bytes and by flows.
const FALLEN_BYTES: f64 = 0.6;
const FALLEN_FLOWS: f64 = 0.8;
/// Below this share of it nearly all is unreadable.
const GONE: f64 = 0.1;
/// After so long the new share is the rule.
const RELEARN_NANOS: u64 = 7 * 86_400_000_000_000;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Blind {
    unit: Unit,
    /// Shares of bytes and flows, the earliest first.
    past: Vec<(f32, f32)>,
    low: u8,
    since: u64,
}

impl Blind {
    /// Whether the latest units were low.
    pub(super) const fn lasts(&self) -> bool {
        self.low >= LOW_MIN
    }

    /// Takes a span that began at `began` and ended at `at`.
    pub(super) fn judge(&mut self, span: &Span, began: PacketTime, at: PacketTime) -> Option<Cause> {
        let enough =
            |sum: &Span| sum.understood + sum.unseen.iter().sum::<u64>() >= BYTES_MIN && sum.flows >= FLOWS_MIN;
        let (unit, began) = self.unit.add(span, began.nanos(), enough)?;
        let (bytes, flows) = (unit.understood(), ratio(unit.readable, unit.flows, 1.0));
        if self.past.len() < PAST_MIN || !self.is_low(bytes, flows, &unit) {
            self.low = 0;
            self.learn(bytes, flows);
            return None;
        }
        if self.low == 0 {
            self.since = began;
        }
        self.low = self.low.saturating_add(1);
        if at.nanos().saturating_sub(self.since) >= RELEARN_NANOS {
            (self.past, self.low) = (Vec::new(), 0);
            return None;
        }
        (self.low >= LOW_MIN).then(|| self.cause(&unit, bytes, flows))
    }

    fn is_low(&self, bytes: f64, flows: f64, unit: &Span) -> bool {
        let (usual_bytes, usual_flows) = self.usual();
        let least = self.past.iter().map(|(bytes, _)| f64::from(*bytes)).fold(1.0, f64::min);
        // After a gap a flow is still one of HTTP: there bytes alone tell.
        let desync = unit.unseen_as(Counter::PayloadDesync) > unit.unseen.iter().sum::<u64>() / 2;
        bytes < least && bytes <= usual_bytes * FALLEN_BYTES && (desync || flows <= usual_flows * FALLEN_FLOWS)
    }

    /// The middle of the past.
    fn usual(&self) -> (f64, f64) {
        let middle = |of: fn(&(f32, f32)) -> f32| {
            let mut all: Vec<f32> = self.past.iter().map(of).collect();
            all.sort_by(f32::total_cmp);
            f64::from(all.get(all.len() / 2).copied().unwrap_or(1.0))
        };
        (middle(|unit| unit.0), middle(|unit| unit.1))
    }

    fn learn(&mut self, bytes: f64, flows: f64) {
        if self.past.len() >= PAST_MAX {
            self.past.remove(0);
        }
        self.past.push((bytes as f32, flows as f32));
    }

    fn cause(&self, unit: &Span, bytes: f64, flows: f64) -> Cause {
        let (usual_bytes, usual_flows) = self.usual();
        let (most, reason) =
            unit.unseen.iter().zip(REASONS).map(|(n, (_, words))| (*n, words)).max().unwrap_or((0, ""));
        let of = ratio(most, unit.understood + unit.unseen.iter().sum::<u64>(), 0.0);
        let units = self.past.len();
        Cause {
            place: 0,
            info: &INFO,
            about: "",
            first_at: PacketTime(self.since),
            coverage: unit.coverage(),
            report: Report {
                severity: if bytes <= usual_bytes * GONE { Severity::Medium } else { Severity::Low },
                confidence: 0.95 * units as f32 / (units as f32 + 4.0),
                title: format!(
                    "only {} of the payload is understood, where {} were",
                    percent(bytes),
                    percent(usual_bytes)
                ),
                expected: vec![fact(
                    "understood",
                    usual_bytes,
                    format!(
                        "{} of the bytes and {} of the flows, in the middle of {units} units of traffic",
                        percent(usual_bytes),
                        percent(usual_flows)
                    ),
                )],
                observed: vec![
                    fact(
                        "understood",
                        bytes,
                        format!("{} of the bytes, {} of the flows", percent(bytes), percent(flows)),
                    ),
                    fact("unread", of, format!("{} is {reason}", percent(of))),
                ],
                peers: Vec::new(),
                ruled_out: vec![
                    "one large transfer: flows that can be read became fewer too".to_owned(),
                    "lost packets: what is missing from the capture is not counted here".to_owned(),
                ],
            },
        }
    }
}
