//! Calls of one endpoint by hour of the week, in UTC.
//!
//! The hour that calls come in now is counted by itself; a table of all hours is made when a second one comes, so that a
//! short capture costs nothing.

use std::collections::BTreeMap;

use model::PacketTime;
use serde::{Deserialize, Serialize};

/// Hours of a week.
const HOURS: u64 = 168;
const HOUR_NANOS: u64 = 3_600 * 1_000_000_000;
/// Hours from the last Monday before 1970 to its beginning, a Thursday.
const THURSDAY: u64 = 3 * 24;

/// Counts by hour; they saturate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hours {
    /// Hours since 1970 of the last call, and calls since that hour began that are not in the table yet.
    hour: u64,
    calls: u32,
    /// Empty, or one count for each hour of the week.
    table: Vec<u32>,
}

impl Hours {
    /// Counts a call.
    #[inline]
    pub(crate) fn see(&mut self, at: PacketTime) {
        let hour = at.nanos() / HOUR_NANOS;
        if hour != self.hour {
            self.turn(hour);
        }
        self.calls = self.calls.saturating_add(1);
    }

    #[cold]
    fn turn(&mut self, hour: u64) {
        if self.calls > 0 {
            self.add(of_week(self.hour), self.calls);
        }
        (self.hour, self.calls) = (hour, 0);
    }

    fn add(&mut self, hour: usize, calls: u32) {
        if self.table.is_empty() {
            self.table = vec![0; HOURS as usize];
        }
        if let Some(count) = self.table.get_mut(hour) {
            *count = count.saturating_add(calls);
        }
    }

    /// Takes over the counts of an endpoint that is called as this one from now on.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (hour, calls) in (0..).zip(&other.table).filter(|(_, calls)| **calls > 0) {
            self.add(hour, *calls);
        }
        if self.hour == other.hour {
            self.calls = self.calls.saturating_add(other.calls);
        } else if other.calls > 0 {
            self.add(of_week(other.hour), other.calls);
        }
    }

    /// Calls by hour of the week, 0 being Monday 00:00–01:00 UTC; hours without calls are left out.
    pub(crate) fn record(&self) -> BTreeMap<u8, u64> {
        let table = (0u8..).zip(&self.table).filter(|(_, calls)| **calls > 0);
        let mut out: BTreeMap<u8, u64> = table.map(|(hour, calls)| (hour, u64::from(*calls))).collect();
        if self.calls > 0 {
            *out.entry(of_week(self.hour) as u8).or_default() += u64::from(self.calls);
        }
        out
    }
}

/// The hour of the week of an hour since 1970.
const fn of_week(hour: u64) -> usize {
    ((hour + THURSDAY) % HOURS) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(n: u64) -> PacketTime {
        PacketTime(n * HOUR_NANOS + 7)
    }

    fn of(hours: &[u64]) -> Hours {
        let mut out = Hours::default();
        for n in hours {
            out.see(hour(*n));
        }
        out
    }

    #[test]
    fn hours_of_the_week_begin_on_monday() {
        // 2026-03-02 was a Monday.
        let monday = PacketTime::from_parts(1_772_409_600, 0).nanos() / HOUR_NANOS;
        let counted = of(&[monday, monday, monday + 25, monday + 167, monday + 168]);
        assert_eq!(counted.record(), [(0, 3), (25, 1), (167, 1)].into());
        let short = of(&[monday + 3; 9]);
        assert!(short.table.is_empty(), "one hour needs no table");
        assert_eq!(short.record(), [(3, 9)].into());
    }

    #[test]
    fn a_merge_is_the_sum() {
        let (a, b) = ([5, 5, 6, 400], [6, 7, 400, 400]);
        let mut merged = of(&a);
        merged.merge(&of(&b));
        assert_eq!(merged.record(), of(&[5, 5, 6, 6, 7, 400, 400, 400]).record());
        let mut later = of(&[1]);
        later.merge(&of(&[2]));
        later.see(hour(1));
        assert_eq!(later.record(), of(&[1, 1, 2]).record());
    }
}
