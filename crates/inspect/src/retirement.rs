//! What an answer says about the end of what answered: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).
//!
//! In: the fields of a response. Out: seconds since 1970. What cannot be read says nothing.

use std::num::NonZeroU32;

use model::message::{FieldName, Fields};
use model::observation::Retirement;

const DAY: i64 = 86_400;
const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// Reads both fields; nearly every answer has neither.
pub(crate) fn read(fields: &Fields<'_>) -> Retirement {
    let deprecated = fields.first(FieldName::Deprecation).and_then(|value| deprecation(value.trim_ascii()));
    let sunset = fields.first(FieldName::Sunset).and_then(|value| date(value.trim_ascii()));
    Retirement { deprecated, sunset }
}

/// `@1688169599`; earlier drafts had a date, or `true` without any.
fn deprecation(value: &[u8]) -> Option<NonZeroU32> {
    match value {
        [b'@', digits @ ..] => bounded(i64::from(number(digits)?)),
        b"true" | b"?1" => Some(Retirement::UNDATED),
        _ => date(value),
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7), or a date of RFC 3339, which some servers send.
fn date(value: &[u8]) -> Option<NonZeroU32> {
    if value.first().is_some_and(u8::is_ascii_digit) {
        let mut parts = value.get(..10)?.split(|b| *b == b'-');
        let (year, month, day) = (number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?);
        return seconds(year, month, day, 0);
    }
    let mut parts = value.split(|b| *b == b' ').filter(|part| !part.is_empty()).skip(1);
    let (day, month, year) = (number(parts.next()?)?, parts.next()?, number(parts.next()?)?);
    let month = MONTHS.iter().position(|known| known.eq_ignore_ascii_case(month))?;
    let mut clock = parts.next()?.split(|b| *b == b':').map(number);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let in_day = hour < 24 && minute < 60 && second <= 60;
    in_day.then(|| seconds(year, u32::try_from(month).ok()? + 1, day, hour * 3_600 + minute * 60 + second))?
}

fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    digits.iter().try_fold(0u32, |sum, digit| sum.checked_mul(10)?.checked_add(u32::from(digit - b'0')))
}

/// Days of the proleptic Gregorian calendar, counted from March on so that the leap day comes last.
fn seconds(year: u32, month: u32, day: u32, of_day: u32) -> Option<NonZeroU32> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (year, month) = (i64::from(year) - i64::from(month <= 2), i64::from((month + 9) % 12));
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + i64::from(day) - 1 - 719_468;
    bounded(days * DAY + i64::from(of_day))
}

/// A moment later than can be written is one that has not come.
fn bounded(seconds: i64) -> Option<NonZeroU32> {
    NonZeroU32::new(u32::try_from(seconds.max(0)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_both_fields_are_read() {
        for (value, expected) in [
            (&b"Sun, 06 Nov 1994 08:49:37 GMT"[..], Some(784_111_777)),
            (b"Sat, 31 Dec 2018 23:59:59 GMT", Some(1_546_300_799)),
            (b"Thu, 29 Feb 2024 00:00:00 GMT", Some(1_709_164_800)),
            (b"2025-12-31", Some(1_767_139_200)),
            (b"2025-12-31T10:00:00Z", Some(1_767_139_200)),
            (b"Fri, 31 Dec 9999 23:59:59 GMT", Some(u32::MAX)),
            (b"soon", None),
            (b"Sun, 06 Foo 1994 08:49:37 GMT", None),
            (b"Sun, 06 Nov 1994 25:49:37 GMT", None),
            (b"Sun, 99999999999 Nov 1994", None),
            (b"2025-13-31", None),
            (b"1", None),
            (b"", None),
        ] {
            assert_eq!(date(value).map(NonZeroU32::get), expected, "{}", String::from_utf8_lossy(value));
        }
        for (value, expected) in [
            (&b"@1688169599"[..], Some(1_688_169_599)),
            (b"true", Some(Retirement::UNDATED.get())),
            (b"Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            (b"@", None),
            (b"@-5", None),
            (b"false", None),
        ] {
            assert_eq!(deprecation(value).map(NonZeroU32::get), expected, "{}", String::from_utf8_lossy(value));
        }
    }
}
