//! People: birth dates, positions, names, addresses, phones, passports, health numbers.

use super::digits::{Digits, is_birth_day};

/// A calendar date of somebody's birth: ISO 8601 with or without a time, `31.01.1980`, `31/01/1980`, `01/31/1980`.
pub(super) fn birth_date(value: &[u8]) -> bool {
    let date = value.get(..10).filter(|_| matches!(value.get(10), None | Some(b'T' | b' '))).unwrap_or(value);
    let Some(digits) = Digits::of(date, b"-./").filter(|digits| digits.list().len() == 8) else { return false };
    let (first, second) = (digits.number(0, 2), digits.number(2, 4));
    match date {
        [_, _, _, _, b'-' | b'/' | b'.', _, _, b'-' | b'/' | b'.', _, _] | [_, _, _, _, _, _, _, _] => {
            is_birth_day(digits.number(0, 4), digits.number(4, 6), digits.number(6, 8))
        }
        [_, _, b'-' | b'/' | b'.', _, _, b'-' | b'/' | b'.', ..] => {
            let year = digits.number(4, 8);
            is_birth_day(year, second, first) || is_birth_day(year, first, second)
        }
        _ => false,
    }
}

/// A decimal number in degrees, with a fraction, of at most `limit` either way.
pub(super) fn degrees(value: &[u8], limit: u32) -> bool {
    let unsigned = value.strip_prefix(b"-").or_else(|| value.strip_prefix(b"+")).unwrap_or(value);
    let Some(point) = unsigned.iter().position(|byte| *byte == b'.') else { return false };
    let (whole, fraction) = (unsigned.get(..point).unwrap_or_default(), unsigned.get(point + 1..).unwrap_or_default());
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    if !matches!((whole.len(), fraction.len()), (1..=3, 1..=20)) || !digits(whole) || !digits(fraction) {
        return false;
    }
    let degrees = whole.iter().fold(0u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    degrees < limit || degrees == limit && fraction.iter().all(|digit| *digit == b'0')
}

/// Two such numbers, latitude first or longitude first, with a comma between.
pub(super) fn position(value: &[u8]) -> bool {
    let value = value.strip_prefix(b"geo:").unwrap_or(value);
    let mut parts = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(a), Some(b), None) => degrees(a, 180) && degrees(b, 180) && (degrees(a, 90) || degrees(b, 90)),
        _ => false,
    }
}

/// One to six words of letters.
pub(super) fn name(value: &[u8]) -> bool {
    let letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80;
    matches!(value.len(), 2..=80)
        && value.first().is_some_and(letter)
        && value.iter().all(|byte| letter(byte) || matches!(byte, b' ' | b'-' | b'\'' | b'.' | b','))
        && value.split(|byte| *byte == b' ').count() <= 6
}

/// A line of an address: several words, a letter and a digit among them, or a comma between words.
pub(super) fn address_line(value: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| value.iter().any(test);
    matches!(value.len(), 5..=250)
        && has(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80)
        && has(|byte| matches!(byte, b' ' | b','))
        && has(|byte| byte.is_ascii_digit() || *byte == b',')
        && !has(|byte| matches!(byte, b'@' | b'{' | b'<' | b'=' | b'_' | b'|' | b'\\'))
}

/// A street without its number, too.
pub(super) fn street(value: &[u8]) -> bool {
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic() || **byte >= 0x80).count();
    matches!(value.len(), 4..=120) && letters >= 3 && (address_line(value) || name(value))
}

/// A postal code: three to ten letters and digits, a digit among them, at most one blank or hyphen (UPU S42).
pub(super) fn postal_code(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let marks = value.iter().filter(|byte| matches!(byte, b' ' | b'-')).count();
    matches!(value.len(), 3..=10)
        && digits >= 2
        && marks <= 1
        && value.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase() || matches!(byte, b' ' | b'-'))
        && value.iter().filter(|byte| byte.is_ascii_uppercase()).count() <= 4
}

/// Six to nine capitals and digits, more digits than letters (ICAO Doc 9303 part 3 allows nine).
pub(super) fn passport(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    matches!(value.len(), 6..=9)
        && digits * 2 > value.len()
        && value.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// An NHS number (ten digits, modulo 11; NHS data dictionary) or a Medicare beneficiary identifier (CMS form).
pub(super) fn health_id(value: &[u8]) -> bool {
    nhs(value) || mbi(value)
}

fn nhs(value: &[u8]) -> bool {
    let Some(digits) = Digits::of(value, b" -") else { return false };
    let check = 11 - digits.weighted(&[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    digits.list().len() == 10
        && !digits.all_one()
        && check != 10
        && digits.list().last().is_some_and(|last| u32::from(*last) == check % 11)
}

fn mbi(value: &[u8]) -> bool {
    // C a digit from 1, A a letter, N a digit, B either.
    const FORM: &[u8; 11] = b"CABNABNAANN";
    let mut bare = value.iter().filter(|byte| **byte != b'-');
    let letter = |byte: &u8| byte.is_ascii_uppercase() && !b"SLOIBZ".contains(byte);
    let fits = FORM.iter().all(|kind| {
        bare.next().is_some_and(|byte| match kind {
            b'C' => matches!(byte, b'1'..=b'9'),
            b'A' => letter(byte),
            b'N' => byte.is_ascii_digit(),
            _ => letter(byte) || byte.is_ascii_digit(),
        })
    });
    fits && bare.next().is_none() && value.len() <= 13
}
