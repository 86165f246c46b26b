//! One-sided: only requests, or only answers, are captured.
//!
//! Judged: the share of transactions that lack the same side, in two units of fifty in a row. A fact: no past is needed.

use model::PacketTime;
use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::span::{Span, Unit, ratio};
use super::{Cause, fact, info, percent};

static INFO: DetectorInfo = info(
    "sensor-one-sided",
    "detectors/sensor-one-sided.md",
    6,
    "Mirror both directions of the port (on many switches: 'both' and not 'rx' or 'tx'), or mirror at both ways of an asymmetric route.",
);

/// Transactions of a unit, and units in a row.
const TRANSACTIONS_MIN: u64 = 50;
const UNITS_MIN: u8 = 2;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct OneSided {
    unit: Unit,
    units: u8,
    since: u64,
}

impl OneSided {
    /// Whether the latest units lacked a side.
    pub(super) const fn lasts(&self) -> bool {
        self.units >= UNITS_MIN
    }

    /// Takes a span that began at `began`.
    pub(super) fn judge(&mut self, span: &Span, began: PacketTime) -> Option<Cause> {
        let (unit, began) = self.unit.add(span, began.nanos(), |sum| sum.transactions() >= TRANSACTIONS_MIN)?;
        let all = unit.transactions();
        let (requests, answers) = (ratio(unit.requests, all, 0.0), ratio(unit.answers, all, 0.0));
        let (share, seen, lacking) =
            if requests >= answers { (requests, "requests", "answers") } else { (answers, "answers", "requests") };
        if !unit.lacks_a_side() {
            self.units = 0;
            return None;
        }
        if self.units == 0 {
            self.since = began;
        }
        self.units = self.units.saturating_add(1);
        (self.units >= UNITS_MIN).then(|| Cause {
            place: 2,
            info: &INFO,
            about: "",
            first_at: PacketTime(self.since),
            coverage: unit.coverage(),
            report: Report {
                severity: Severity::Medium,
                confidence: 0.95,
                title: format!("only {seen} are captured: {} of transactions lack their {lacking}", percent(share)),
                expected: vec![fact("whole", 1.0, "requests with their answers".to_owned())],
                observed: vec![fact(
                    "one_sided",
                    share,
                    format!("{} of {} transactions have no {}", percent(share), all, lacking.trim_end_matches('s')),
                )],
                peers: Vec::new(),
                ruled_out: vec!["servers that did not answer: some would have".to_owned()],
            },
        })
    }
}
