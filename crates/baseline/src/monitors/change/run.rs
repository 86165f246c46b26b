//! A sequence of calls that lie beyond what is usual or do not: when is it another share of them than before.
//!
//! Page's cumulative sum of log likelihood ratios. It is never below 0, where it forgets all before. A threshold of `h` nats
//! is crossed by chance once in at least `eʰ` calls on average (Lorden 1971), whatever the usual share is.

use serde::{Deserialize, Serialize};

/// `-ln` of the rate of false alarms for one call that counts: 1e-6.
const RARE: f32 = 13.8;
/// From here on it is in doubt: nothing is learned, and calls are remembered.
const DOUBT: f32 = RARE / 2.0;
/// What one call weighs at most: six of them, or more.
const WEIGHT_MAX: f32 = 2.3;
/// Callers whose calls lie beyond, before it is a change.
const CALLERS_MIN: usize = 5;
/// Of them remembered.
const CALLERS_MAX: usize = 12;

/// The sequence since it was last usual.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Run {
    score: f32,
    since: u32,
    calls: u32,
    beyond: u32,
    sum: f32,
    callers: Vec<u32>,
    periods: u16,
    period: u32,
}

/// What one call says for a share of `changed` beyond and against one of `usual`.
pub(super) fn weight(beyond: bool, usual: f32, changed: f32) -> f32 {
    if usual >= changed {
        return 0.0;
    }
    let ratio = if beyond { changed / usual } else { (1.0 - changed) / (1.0 - usual) };
    ratio.ln().min(WEIGHT_MAX)
}

impl Run {
    /// Takes a call of `who`: the value that lies beyond, or none.
    pub(super) fn step(&mut self, beyond: Option<f32>, usual: f32, changed: f32, who: u32, now: u32, period: u32) {
        let score = self.score + weight(beyond.is_some(), usual, changed);
        if score <= 0.0 {
            *self = Self::default();
            return;
        }
        if self.calls == 0 {
            self.since = now;
        }
        self.score = score.min(2.0 * RARE);
        self.calls = self.calls.saturating_add(1);
        let Some(value) = beyond else { return };
        self.beyond = self.beyond.saturating_add(1);
        self.sum += value;
        if !self.callers.contains(&who) && self.callers.len() < CALLERS_MAX {
            self.callers.push(who);
        }
        if self.periods == 0 || self.period != now / period {
            (self.period, self.periods) = (now / period, self.periods.saturating_add(1));
        }
    }

    /// Whether chance hardly explains it, and it lasts, over several callers and times.
    pub(super) fn is_change(&self, now: u32, lasting: u32, periods: u16) -> bool {
        self.score >= RARE && self.lasts(now) >= lasting && self.periods >= periods && self.callers.len() >= CALLERS_MIN
    }

    pub(super) fn is_calm(&self) -> bool {
        self.score < DOUBT
    }

    /// Whether nothing speaks for a change.
    pub(super) const fn is_usual(&self) -> bool {
        self.calls == 0
    }

    pub(super) fn is_doubtful(&self) -> bool {
        !self.is_calm()
    }

    /// Seconds since it was last usual.
    pub(super) fn lasts(&self, now: u32) -> u32 {
        if self.calls == 0 { 0 } else { now.saturating_sub(self.since) }
    }

    /// Share of its calls that lie beyond.
    pub(super) fn share(&self) -> f32 {
        self.beyond as f32 / self.calls.max(1) as f32
    }

    /// Mean of what lies beyond.
    pub(super) fn mean(&self) -> f32 {
        self.sum / self.beyond.max(1) as f32
    }

    pub(super) fn callers(&self) -> usize {
        self.callers.len()
    }

    pub(super) const fn periods(&self) -> u16 {
        self.periods
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::mix;

    /// Calls until it is a change, when one in `one_in` lies beyond; `None` within a million.
    fn alarm(one_in: u64, seed: u64) -> Option<u32> {
        let mut run = Run::default();
        (0..1_000_000).find(|n| {
            let beyond = mix(mix(seed) ^ u64::from(*n)).is_multiple_of(one_in);
            run.step(beyond.then_some(1.0), 0.1, 0.7, *n, *n * 600, 3_600);
            run.is_change(*n * 600, 3_600, 2)
        })
    }

    #[test]
    fn chance_alone_is_told_less_than_once_in_a_million_calls_and_a_change_soon() {
        let false_alarms = (0..4).filter(|seed| alarm(10, *seed).is_some()).count();
        assert!(false_alarms <= 2, "{false_alarms} of four runs of a million calls");
        assert!(alarm(1, 1).is_some_and(|calls| calls < 12));
    }

    #[test]
    fn few_callers_are_no_change_however_often_they_call() {
        let mut run = Run::default();
        for n in 0..1_000 {
            run.step(Some(1.0), 0.02, 0.7, n % 4, n * 600, 3_600);
            assert!(!run.is_change(n * 600, 3_600, 2));
        }
    }
}
