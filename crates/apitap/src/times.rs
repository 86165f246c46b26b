//! Times and spans as people type them.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use model::PacketTime;

/// `2026-03-02T08:41:03Z`, `2026-03-02 08:41`, `2026-03-02`, all UTC, or seconds since 1970.
pub(crate) fn parse(text: &str) -> Result<PacketTime, String> {
    let text = text.trim();
    let seconds = || text.parse::<u64>().ok().map(|seconds| PacketTime::from_parts(seconds, 0));
    instant(text).or_else(seconds).ok_or_else(|| {
        "expected a time such as 2026-03-02T08:41:03Z or \"2026-03-02 08:41\" (UTC), or seconds since 1970".to_owned()
    })
}

/// How long the process has worked, as a run asks for it. Never earlier than the answer before.
pub(crate) fn worked() -> Duration {
    static SINCE: LazyLock<Instant> = LazyLock::new(Instant::now);
    SINCE.elapsed()
}

/// The date of today in UTC, `2026-03-02`.
pub(crate) fn today() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    PacketTime::from_parts(since.as_secs(), 0).to_string().chars().take(10).collect()
}

/// A date, `2026-06-30`.
pub(crate) fn parse_date(text: &str) -> Result<toml::value::Date, String> {
    let text = text.trim();
    let date = text.parse::<toml::value::Datetime>().ok().filter(|at| at.time.is_none()).and_then(|at| at.date);
    date.ok_or_else(|| "expected a date such as 2026-06-30".to_owned())
}

/// `90s`, `10m`, `1h`.
pub(crate) fn parse_span(text: &str) -> Result<Duration, String> {
    let span = crate::config::keys::span(text).filter(|span| !span.is_zero());
    span.ok_or_else(|| "expected a span such as 90s, 10m or 1h".to_owned())
}

fn instant(text: &str) -> Option<PacketTime> {
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let (date, clock) = text.split_once(['T', 't', ' ']).unwrap_or((text, "00:00"));
    let [year, month, day] = numbers(date, '-')?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let clock = if clock.matches(':').count() == 1 { format!("{clock}:00") } else { clock.to_owned() };
    let [hour, minute, second] = numbers(&clock, ':')?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let longest = match month {
        2 => 28 + u64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let valid =
        (1970..=2500).contains(&year) && (1..=longest).contains(&day) && hour < 24 && minute < 60 && second < 60;
    if !valid || fraction.is_empty() || fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nanos = format!("{fraction:0<9}").parse().ok()?;
    let of_day = hour * 3_600 + minute * 60 + second;
    Some(PacketTime::from_parts(days(year, month, day) * 86_400 + of_day, nanos))
}

/// Three numbers of digits only.
fn numbers(text: &str, separator: char) -> Option<[u64; 3]> {
    let digits = |part: &str| (!part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok());
    let parts: Option<Vec<u64>> = text.split(separator).map(|part| digits(part).flatten()).collect();
    parts?.try_into().ok()
}

/// Days from 1970-01-01 (Howard Hinnant's era method), for years from 1970 on.
const fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, of_era) = (year / 400, year % 400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_printed() {
        for seconds in [0, 951_782_400, 1_772_440_863, 4_102_444_800, 68_169_600] {
            let at = PacketTime::from_parts(seconds, 250_000_000);
            assert_eq!(parse(&at.to_string()), Ok(at));
        }
        let at = PacketTime::from_parts(1_772_440_860, 0);
        for text in ["2026-03-02 08:41", "2026-03-02T08:41:00Z", "1772440860"] {
            assert_eq!(parse(text), Ok(at), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-02-30",
            "2026-13-01",
            "2026-03-02T25:00",
            "2026-03-02T08:41:03+01:00",
            "1969-01-01",
            "-1",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
