//! Packet time: the only clock below the edge.
//!
//! A capture says when a frame was seen; sources make that monotone. Everything that waits, expires, ages or is
//! summed over a window uses it, so a replay judges exactly as the live sensor did.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An instant of packet time: nanoseconds since 1970-01-01 00:00 UTC, without leap seconds.
///
/// Bounds: `0..=u64::MAX` (the year 2554). Arithmetic saturates.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PacketTime(pub u64);

impl PacketTime {
    /// The earliest instant; also "not known yet".
    pub const ZERO: Self = Self(0);

    /// From whole seconds and nanoseconds, as capture files hold them.
    pub const fn from_parts(seconds: u64, nanos: u32) -> Self {
        Self(seconds.saturating_mul(1_000_000_000).saturating_add(nanos as u64))
    }

    /// Nanoseconds since 1970.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Whole seconds since 1970.
    pub const fn seconds(self) -> u64 {
        self.0 / 1_000_000_000
    }

    /// Time from `earlier` to `self`; zero when `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// This instant plus `span`, saturating.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for PacketTime {
    /// RFC 3339 in UTC with nanoseconds cut of trailing zeros: `2026-03-02T08:41:03.25Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        let (days, of_day) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = civil_from_days(days);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if nanos > 0 {
            let digits = format!("{nanos:09}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl fmt::Debug for PacketTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Proleptic Gregorian date of `days` after 1970-01-01 (Howard Hinnant's era method).
const fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_print_as_rfc3339() {
        for (seconds, nanos, expected) in [
            (0, 0, "1970-01-01T00:00:00Z"),
            (951_782_400, 0, "2000-02-29T00:00:00Z"),
            (1_772_440_863, 250_000_000, "2026-03-02T08:41:03.25Z"),
            (4_102_444_800, 1, "2100-01-01T00:00:00.000000001Z"),
        ] {
            assert_eq!(PacketTime::from_parts(seconds, nanos).to_string(), expected);
        }
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(PacketTime(u64::MAX).plus(Duration::from_secs(1)), PacketTime(u64::MAX));
        assert_eq!(PacketTime(5).since(PacketTime(9)), Duration::ZERO);
    }
}
