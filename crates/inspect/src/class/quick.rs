//! Classes that the kinds of bytes alone tell: of most names, segments and small values.

use model::ValueClass;

use super::shape::LETTERS_TOKEN_MIN;

const LOWER: u8 = 1;
const UPPER: u8 = 2;
const DIGIT: u8 = 4;
/// `-` and `_`.
const JOINT: u8 = 8;
const OTHER: u8 = 16;

/// Values longer than this are left to the general rule.
const QUICK_MAX: usize = 32;
/// Words with joints longer than this may be hexadecimal groups: six of two digits have 17 bytes.
const JOINED_MAX: usize = 16;
/// Letters with digits up to this length are a word: values have eight, or six digits and a letter.
const MIXED_MAX: usize = 6;

static KINDS: [u8; 256] = kinds();

#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, over the whole range of a byte")]
const fn kinds() -> [u8; 256] {
    let (mut table, mut at) = ([OTHER; 256], 0);
    while at < table.len() {
        table[at] = match at as u8 {
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            b'0'..=b'9' => DIGIT,
            b'-' | b'_' => JOINT,
            _ => OTHER,
        };
        at += 1;
    }
    table
}

/// What the general rule would say; `None` when the kinds do not tell. What is told is of ASCII letters, digits, `-`
/// and `_` only, so it may be shown as it is.
pub(crate) fn quick(value: &[u8]) -> Option<ValueClass> {
    if value.is_empty() || value.len() > QUICK_MAX {
        return None;
    }
    let kinds = value.iter().fold(0, |all, byte| all | KINDS.get(usize::from(*byte)).copied().unwrap_or(OTHER));
    match kinds {
        DIGIT => Some(ValueClass::Int),
        LOWER => Some(literal(value)),
        UPPER => (value.len() < LETTERS_TOKEN_MIN).then_some(ValueClass::Word),
        _ if kinds == LOWER | UPPER => (value.len() < LETTERS_TOKEN_MIN).then(|| literal(value)),
        _ if kinds & !(LOWER | JOINT) == 0 => (value.len() <= JOINED_MAX).then_some(ValueClass::Word),
        _ if kinds & !(LOWER | UPPER | DIGIT) == 0 => mixed(value),
        _ => None,
    }
}

/// Letters only.
fn literal(value: &[u8]) -> ValueClass {
    match value {
        b"true" | b"false" | b"True" | b"False" => ValueClass::Bool,
        b"null" => ValueClass::Null,
        _ => ValueClass::Word,
    }
}

/// Letters and digits.
fn mixed(value: &[u8]) -> Option<ValueClass> {
    match value {
        // As a rule a path begins with it.
        [b'v', b'0'..=b'9'] => Some(ValueClass::Version),
        [b'v' | b'V', ..] => None,
        _ => (value.len() <= MIXED_MAX).then_some(ValueClass::Word),
    }
}
