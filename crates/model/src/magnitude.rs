//! Sign and size of numbers, for those who look whether an amount is possible and must not know it.

/// The largest size: all that is larger counts as that.
pub const MAGNITUDE_MAX: i8 = 100;

/// Of a number as it is written in JSON (RFC 8259 §6), a sign `+` and leading zeros allowed: 1 for zero, 2 below one, else 2 and the
/// digits before the point; negative for negative numbers. 0 for what is no number.
pub fn magnitude(text: &[u8]) -> i8 {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let end = text.iter().position(|byte| matches!(byte, b'e' | b'E')).unwrap_or(text.len());
    let (digits, power) = text.split_at(end);
    let Some(power) = exponent(power.get(1..)) else { return 0 };
    let point = digits.iter().position(|byte| *byte == b'.').unwrap_or(digits.len());
    let (whole, part) = (digits.get(..point).unwrap_or_default(), digits.get(point + 1..).unwrap_or_default());
    let all_digits = whole.iter().chain(part).all(u8::is_ascii_digit);
    if whole.is_empty() || !all_digits {
        return 0;
    }
    let size = size(whole, part, power);
    if negative && size > 1 { -size } else { size }
}

/// Of the digits before and behind the point, which `power` moves.
fn size(whole: &[u8], part: &[u8], power: i64) -> i8 {
    let Some(first) = whole.iter().chain(part).position(|digit| *digit != b'0') else { return 1 };
    let count = |digits: usize| i64::try_from(digits).unwrap_or(i64::MAX / 2);
    let before = count(whole.len()) - count(first) + power;
    before.clamp(0, i64::from(MAGNITUDE_MAX) - 2) as i8 + 2
}

/// The number behind `e`; zero when there is none, `None` when it is no number. What is out of range is cut.
fn exponent(text: Option<&[u8]>) -> Option<i64> {
    let Some(text) = text else { return Some(0) };
    let (sign, digits) = match text {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] => (1, rest),
        _ => (1, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0_i64, |sum, digit| (sum * 10 + i64::from(digit - b'0')).min(1_000));
    Some(sign * value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_sign_and_size_and_nothing_else_has() {
        for (text, expected) in [
            ("0", 1),
            ("-0", 1),
            ("0.00", 1),
            ("0.5", 2),
            ("1", 3),
            ("-1", -3),
            ("9.99", 3),
            ("10", 4),
            ("007", 3),
            ("-1200.50", -6),
            ("1e3", 6),
            ("2.5E-1", 2),
            ("1e999", MAGNITUDE_MAX),
            ("-1e99999999999999999999", -MAGNITUDE_MAX),
            ("", 0),
            ("-", 0),
            (".5", 0),
            ("1.2.3", 0),
            ("1e", 0),
            ("12a", 0),
            ("true", 0),
        ] {
            assert_eq!(magnitude(text.as_bytes()), expected, "{text}");
        }
    }
}
