//! The shape of a value.
//!
//! In: the bytes of a path segment, of a parameter's value or of a name. Out: a [`ValueClass`]. Nothing is kept.
//!
//! The kinds of characters alone tell most short values ([`quick`]). For the others one pass counts kinds of characters ([`Shape`]); the decision looks at the counts and re-reads only what they leave
//! open. Web tokens and prose, the longest values there are, are told beforehand. A wrong "value" is worse than a missed one: it merges operations that differ, while the
//! router still finds missed values by their siblings. So words with digits (`oauth2`, `x509`, `base64url`) stay words.

mod quick;
mod shape;
mod text;

use memchr::memchr_iter;
use model::ValueClass;

pub(crate) use quick::quick;
use shape::{Shape, hex_groups, is_hex};

/// The shape of a value in a query, a body, a header field or a cookie.
pub(crate) fn classify(value: &[u8]) -> ValueClass {
    if value.is_empty() {
        return ValueClass::Null;
    }
    if let Some(class) = quick(value) {
        return class;
    }
    if value.starts_with(b"eyJ") && text::jwt(value) {
        return ValueClass::Jwt;
    }
    if text::prose(value) {
        return ValueClass::Word;
    }
    by_counts(value)
}

/// The general rule, right for every value that is not empty.
fn by_counts(value: &[u8]) -> ValueClass {
    let shape = Shape::of(value);
    if shape.digits == value.len() {
        return ValueClass::Int;
    }
    if shape.plain() {
        return letters_and_digits(value, &shape);
    }
    if let Some(class) = with_marks(value, &shape) {
        return class;
    }
    let alphabet = shape.foreign() == 0 || shape.foreign() == memchr_iter(b'@', value).count();
    if alphabet && machine_made(value, &shape) { ValueClass::Token } else { ValueClass::Word }
}

/// The shape of a path segment: what looks like a version there is one, since `/api/2.0/` and `/admin/api/2023-10/` name
/// versions far more often than numbers. Names with the form of a host's are parts of an API as often as values
/// (`/apis/storage.example.io/`): their siblings tell.
pub(crate) fn classify_segment(segment: &[u8]) -> ValueClass {
    match classify(segment) {
        ValueClass::Decimal if short_decimal(segment) => ValueClass::Version,
        ValueClass::Host => ValueClass::Word,
        class => class,
    }
}

/// The number, for [`ValueClass::Int`] without sign below 2⁶⁴.
pub(crate) fn number(value: &[u8]) -> Option<u64> {
    value.iter().try_fold(0u64, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then_some(())?;
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// Whether it is a JSON web token, as [`classify`] says.
pub(crate) fn is_jwt(value: &[u8]) -> bool {
    text::jwt(value)
}

/// Whether the class says that a machine drew the value, as credentials are.
pub(crate) const fn is_opaque(class: ValueClass) -> bool {
    matches!(class, ValueClass::Token | ValueClass::Jwt | ValueClass::Hex | ValueClass::Uuid)
}

/// ASCII letters and digits only.
fn letters_and_digits(value: &[u8], shape: &Shape) -> ValueClass {
    match value {
        b"true" | b"false" | b"True" | b"False" => return ValueClass::Bool,
        b"null" => return ValueClass::Null,
        _ if shape.digits == 0 && value.len() < shape::LETTERS_TOKEN_MIN => return ValueClass::Word,
        _ if text::version(value) => return ValueClass::Version,
        _ => {}
    }
    if value.len() == 16 && text::compact_date_time(value) {
        return ValueClass::DateTime;
    }
    let digits_and_letters = shape.digits > 0 && shape.digits < value.len();
    if digits_and_letters && is_hex(value, shape) {
        return ValueClass::Hex;
    }
    if machine_made(value, shape) { ValueClass::Token } else { ValueClass::Word }
}

/// What punctuation tells.
fn with_marks(value: &[u8], shape: &Shape) -> Option<ValueClass> {
    let found = |yes: bool, class| yes.then_some(class);
    if text::starts_numeric(value)
        && let Some(class) = text::numeric(value, shape)
    {
        return Some(class);
    }
    found(shape.dashes == 4 && text::uuid(value), ValueClass::Uuid)
        .or_else(|| found(shape.dots == 2 && text::jwt(value), ValueClass::Jwt))
        .or_else(|| found(shape.foreign() > 0 && text::email(value), ValueClass::Email))
        .or_else(|| found(shape.colons >= 2 && text::ipv6(value), ValueClass::Ip))
        .or_else(|| found(shape.colons + shape.dashes >= 5 && hex_groups(value), ValueClass::Hex))
        .or_else(|| found(shape.colons > 0 && text::url(value), ValueClass::Url))
        .or_else(|| found(shape.marks() == 1 && text::locale(value), ValueClass::Locale))
        .or_else(|| found(text::version(value), ValueClass::Version))
        .or_else(|| if shape.dots > 0 { text::dotted(value, shape) } else { None })
}

/// Whether a machine drew some piece of it.
fn machine_made(value: &[u8], shape: &Shape) -> bool {
    shape::prefixed_key(value)
        || shape::padded_base64(value, shape)
        || if shape.plain() {
            shape::random(value, shape)
        } else {
            shape::random_piece(value, shape) || shape::random_whole(value, shape)
        }
}

/// One or two digits on each side of the point.
fn short_decimal(value: &[u8]) -> bool {
    let mut parts = value.split(|b| *b == b'.');
    let short =
        |part: Option<&[u8]>| part.is_some_and(|p| matches!(p.len(), 1 | 2) && p.iter().all(u8::is_ascii_digit));
    short(parts.next()) && short(parts.next()) && parts.next().is_none()
}

#[cfg(test)]
mod tests;
