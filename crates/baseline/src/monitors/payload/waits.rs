//! How long the server waits before it answers, and whether a payload made it wait.
//!
//! Learned of an endpoint: how many of its calls without payloads waited how long. Every slow call is looked at, and of the
//! quick ones one in eight, which stands for all of them.

use model::SignalKind;
use model::observation::Observation;
use serde::{Deserialize, Serialize};

use crate::models::mix;
use crate::monitors::{Call, Model};

/// A call from this on is slow, in microseconds.
const SLOW_MICROS: u32 = 500_000;
/// Quick calls that one of them stands for.
const QUICK_ONE_IN: u32 = 8;
/// Bounds of the classes: half a second, doubled again and again.
const CLASSES: usize = 8;

/// Waits of an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waits {
    calls: u32,
    /// Calls that waited as long as the bound of each class, or longer.
    slow: [u32; CLASSES],
}

/// A wait that a payload asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Wait {
    /// What it asked for, and what it got, in milliseconds.
    pub(super) asked: u64,
    pub(super) took: u64,
    /// Other calls that took as long, of so many.
    pub(super) slow: u32,
    pub(super) calls: u32,
}

impl Model for Waits {
    fn merge(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        for (mine, theirs) in self.slow.iter_mut().zip(&other.slow) {
            *mine = mine.saturating_add(*theirs);
        }
    }
}

impl Waits {
    /// Takes a call that stands for so many.
    pub(super) fn add(&mut self, micros: u32, calls: u32) {
        self.calls = self.calls.saturating_add(calls);
        for (class, slow) in self.slow.iter_mut().enumerate() {
            *slow = slow.saturating_add(if u64::from(micros) >= bound(class) { calls } else { 0 });
        }
    }

    /// Calls that waited so many milliseconds, or a little less.
    fn slow(&self, millis: u64) -> u32 {
        let class = (0..CLASSES).rev().find(|class| bound(*class) <= millis * 1_000);
        class.and_then(|class| self.slow.get(class)).copied().unwrap_or(self.calls)
    }

    /// A wait beside those of other calls.
    pub(super) fn beside(&self, asked: u64, took: u64) -> Wait {
        Wait { asked, took, slow: self.slow(asked), calls: self.calls }
    }
}

impl Wait {
    /// `-ln` of the share of calls that wait so long by themselves, in thousandths (rule of succession).
    pub(super) fn surprise(&self) -> u32 {
        let share = (f64::from(self.slow) + 1.0) / (f64::from(self.calls) + 2.0);
        (-share.min(1.0).ln() * 1_000.0) as u32
    }
}

fn bound(class: usize) -> u64 {
    u64::from(SLOW_MICROS) << class
}

/// Whether what is usual is learned from the call.
pub(super) fn looks_at(row: &Observation) -> bool {
    row.wait_micros >= SLOW_MICROS
        || row.wait_micros > 0 && mix(row.first_at.nanos()).is_multiple_of(u64::from(QUICK_ONE_IN))
}

/// How many calls it stands for.
pub(super) fn stands_for(row: &Observation) -> u32 {
    if row.wait_micros >= SLOW_MICROS { 1 } else { QUICK_ONE_IN }
}

/// The delay that the call asked for and got, in milliseconds; a tenth less is a matter of clocks.
pub(super) fn asked(call: &Call<'_>) -> Option<u64> {
    let signals = call.seen.signals();
    let asked = signals.iter().find(|signal| signal.kind == SignalKind::Delay)?.value;
    (u64::from(call.row().wait_micros) * 10 >= asked * 9_000).then_some(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_surprises_as_far_as_other_calls_do_not_wait() {
        let mut waits = Waits::default();
        assert!(waits.beside(5_000, 5_100).surprise() < 1_000, "nothing is known");
        (0..100).for_each(|_| waits.add(20_000, QUICK_ONE_IN));
        assert!(waits.beside(5_000, 5_100).surprise() > 6_000);
        (0..40).for_each(|_| waits.add(9_000_000, 1));
        let wait = waits.beside(5_000, 5_100);
        assert_eq!((wait.slow, wait.calls), (40, 840));
        assert!(wait.surprise() < 4_000, "a slow endpoint");
        assert!(waits.beside(30_000, 31_000).surprise() > 6_000, "but not that slow");
    }
}
