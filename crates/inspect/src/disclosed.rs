//! Values that an answer discloses to its caller, as far as they may be ids of objects.
//!
//! In: decoded content of answers in JSON, and where `Location` points. Out: a short keyed tag of each such value,
//! wherever it stands: clients take the ids they ask for from answers, so an object whose id stood in no answer that its
//! caller got was guessed, or came from elsewhere.
//!
//! Nothing is judged here, not even whether the content is JSON: it is read as far as it looks like it.

use memchr::memchr;
use model::limits::DISCLOSED_PER_ANSWER_MAX;
use model::message::{FieldName, Response};

use crate::body::Kind;
use crate::content::Content;
use crate::json::scalars;
use crate::row::Row;

/// The longest id, and the longest address with ids in it.
const ID_BYTES_MAX: usize = 64;
const ADDRESS_BYTES_MAX: usize = 512;
/// Parts of an address that are told, the last ones.
const PARTS_MAX: usize = 8;

/// Whether the answer discloses what may be read.
pub(crate) fn may(kind: Kind, response: &Response<'_>) -> bool {
    (200..300).contains(&response.status)
        && matches!(kind, Kind::Json | Kind::Unknown | Kind::JsonLines)
        && !response.body.kept.is_empty()
}

/// Reads the answer's fields into the row.
pub(crate) fn read_fields(row: &mut Row<'_>, response: &Response<'_>) {
    if let Some(location) = response.fields.first(FieldName::Location).filter(|_| response.status < 400) {
        address(row, location);
    }
}

/// Reads the content into the row.
pub(crate) fn read(row: &mut Row<'_>, content: &Content<'_>, scratch: &mut Vec<u8>) {
    let Some(bytes) = content.bytes else {
        row.seen.disclosed_cut = true;
        return;
    };
    if !matches!(bytes.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'[')) {
        return;
    }
    scalars(bytes, scratch, |value| {
        take(row, value);
        row.disclosed_count() < DISCLOSED_PER_ANSWER_MAX
    });
    row.seen.disclosed_cut |= !content.whole || row.disclosed_count() >= DISCLOSED_PER_ANSWER_MAX;
}

#[inline]
fn take(row: &mut Row<'_>, value: &[u8]) {
    let mut slash = None;
    for (at, byte) in value.iter().take(ADDRESS_BYTES_MAX).enumerate() {
        match byte {
            // No id and no address has a blank.
            ..=b' ' => return,
            b'/' if slash.is_none() => slash = Some(at),
            _ => {}
        }
    }
    match slash {
        Some(at) if at == 0 || value.get(..at).is_some_and(is_scheme) => address(row, value),
        _ if may_be_id(value) => row.disclose(value),
        _ => {}
    }
}

/// `https:`, before the slashes.
fn is_scheme(text: &[u8]) -> bool {
    text.strip_suffix(b":").is_some_and(|word| word.len() >= 2 && word.iter().all(u8::is_ascii_alphanumeric))
}

/// Parts of a path and its query: each may be an id.
fn address(row: &mut Row<'_>, text: &[u8]) {
    if text.len() > ADDRESS_BYTES_MAX {
        return;
    }
    let parts = text.rsplit(|byte| matches!(byte, b'/' | b'?' | b'&' | b'=' | b'#' | b';'));
    parts.filter(|part| may_be_id(part)).take(PARTS_MAX).for_each(|part| {
        row.disclose(part);
        // `42.json`: what stands before is the id.
        if let Some(stem) = memchr(b'.', part).filter(|at| *at > 0).and_then(|at| part.get(..at)) {
            row.disclose(stem);
        }
    });
}

/// No time, nothing long; not empty.
fn may_be_id(value: &[u8]) -> bool {
    let time = value.len() >= 19 && value.get(4) == Some(&b'-') && value.get(10) == Some(&b'T');
    (1..=ID_BYTES_MAX).contains(&value.len()) && !time
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_an_id_is_told_from_what_may_not() {
        for (value, expected) in [
            (&b"42"[..], true),
            (b"alice", true),
            (b"0192f3aa-7c1e-7000-8000-5d0a4c3b2a19", true),
            (b"DOC-672793", true),
            (b"", false),
            (b"2026-11-30T12:00:00Z", false),
            (&[b'a'; 65], false),
        ] {
            assert_eq!(may_be_id(value), expected, "{}", String::from_utf8_lossy(value));
        }
    }
}
