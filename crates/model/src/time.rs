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

    /// From a time of RFC 3339 with its offset, `2026-03-02T09:41:03.250+01:00`; without an offset it is UTC.
    ///
    /// Any number of digits of a second, of which nine count; a leap second is the second after. `None` before 1970 and
    /// for what is no time.
    pub fn from_rfc3339(text: &[u8]) -> Option<Self> {
        rfc3339(text)
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

fn rfc3339(text: &[u8]) -> Option<PacketTime> {
    let (date, rest) = text.split_at_checked(10)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else { return None };
    let (separator, rest) = rest.split_first()?;
    let (clock, mut rest) = rest.split_at_checked(8)?;
    let [h1, h2, b':', n1, n2, b':', s1, s2] = *clock else { return None };
    let year = digits(&[y1, y2, y3, y4])?;
    let (month, day) = (digits(&[m1, m2])?, digits(&[d1, d2])?);
    let (hour, minute, second) = (digits(&[h1, h2])?, digits(&[n1, n2])?, digits(&[s1, s2])?);
    if !matches!(separator, b'T' | b't' | b' ') || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_from_civil(year, month, day)?;
    let mut nanos = 0;
    if let Some((b'.' | b',', fraction)) = rest.split_first() {
        let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (fraction, after) = fraction.split_at_checked(length)?;
        let kept = fraction.get(..length.min(9))?;
        nanos = digits(kept)? * 10_u64.pow(9 - kept.len() as u32);
        rest = after;
    }
    let east = offset(rest)?;
    let seconds = i64::try_from(days * 86_400 + hour * 3_600 + minute * 60 + second).ok()? - east;
    let nanos = u64::try_from(seconds).ok()?.checked_mul(1_000_000_000)?.checked_add(nanos)?;
    Some(PacketTime(nanos))
}

/// Seconds east of UTC: of `Z`, `+01:00`, `+0100`, `+01`, or nothing.
fn offset(text: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match *text {
        [] | [b'Z' | b'z'] => return Some(0),
        [sign @ (b'+' | b'-'), h1, h2] => (sign, digits(&[h1, h2])?, 0),
        [sign @ (b'+' | b'-'), h1, h2, m1, m2] | [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            (sign, digits(&[h1, h2])?, digits(&[m1, m2])?)
        }
        _ => return None,
    };
    let east = i64::try_from(hours * 3_600 + minutes * 60).ok().filter(|_| hours < 24 && minutes < 60)?;
    Some(if sign == b'-' { -east } else { east })
}

/// The number that a few digits write.
fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u64::from(byte - b'0')))
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar (Howard Hinnant's era method).
fn days_from_civil(year: u64, month: u64, day: u64) -> Option<u64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let longest = match month {
        2 => 28 + u64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    // One day before 1970 may be a later instant in UTC; of more there is none.
    if year < 1969 || !(1..=longest).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year % 400;
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + day_of_year;
    (year / 400 * 146_097 + day_of_era).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_times_are_read_with_their_offsets() {
        for (text, seconds, nanos) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2000-02-29t00:00:00.000z", 951_782_400, 0),
            ("2026-03-02T08:41:03.25Z", 1_772_440_863, 250_000_000),
            ("2026-03-02T09:41:03.250000000000+01:00", 1_772_440_863, 250_000_000),
            ("2026-03-02 03:11:03-0530", 1_772_440_863, 0),
            ("2026-03-02T08:41:03", 1_772_440_863, 0),
            ("1970-01-01T01:00:00+01", 0, 0),
            ("2016-12-31T23:59:60Z", 1_483_228_800, 0),
        ] {
            let want = Some(PacketTime::from_parts(seconds, nanos));
            assert_eq!(PacketTime::from_rfc3339(text.as_bytes()), want, "{text}");
        }
        for text in [
            "",
            "2026",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+1:00",
            "2026-01-01T00:00:00+99:00",
            "1969-12-31T00:00:00Z",
            "1970-01-01T00:00:00+01:00",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "-026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Zx",
            "2026-01-01T00:00:\u{663}0Z",
        ] {
            assert_eq!(PacketTime::from_rfc3339(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_is_printed_is_read_again() {
        for days in 0..80_000_u64 {
            let time = PacketTime::from_parts(days * 86_400 + days % 86_400, (days * 7_919 % 1_000_000_000) as u32);
            assert_eq!(PacketTime::from_rfc3339(time.to_string().as_bytes()), Some(time), "{time}");
        }
    }

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
