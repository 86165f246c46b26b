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
        && matches!(kind, Kind::Json | Kind::Unknown | Kind::Plain | Kind::JsonLines)
        && response.body.len > 0
}

/// Reads the answer's fields into the row.
pub(crate) fn read_fields(row: &mut Row<'_>, response: &Response<'_>) {
    if let Some(location) = response.fields.first(FieldName::Location).filter(|_| response.status < 400) {
        address(row, location);
    }
}

/// Reads the content into the row.
pub(crate) fn read(row: &mut Row<'_>, content: &Content<'_>, scratch: &mut Vec<u8>) {
    let Some(bytes) = content.bytes.filter(|bytes| !bytes.is_empty()) else {
        row.seen.disclosed_cut = true;
        return;
    };
    // What may stand before a document: a mark of the encoding, or of a record (RFC 7464).
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace() && **byte != 0x1e);
    if !matches!(first, Some(b'{' | b'[')) {
        return;
    }
    let most = row.batch.disclosed.len() + DISCLOSED_PER_ANSWER_MAX;
    scalars(bytes, scratch, |name, value| {
        take(row, name, value);
        row.batch.disclosed.len() < most
    });
    row.seen.disclosed_cut |= !content.whole || row.batch.disclosed.len() >= most;
}

#[inline]
fn take(row: &mut Row<'_>, name: &[u8], value: &[u8]) {
    let (mut slash, mut digits) = (None, true);
    for (at, byte) in value.iter().take(ADDRESS_BYTES_MAX).enumerate() {
        digits &= byte.is_ascii_digit();
        match byte {
            // No id and no address has a blank.
            ..=b' ' => return,
            b'/' if slash.is_none() => slash = Some(at),
            _ => {}
        }
    }
    match slash {
        Some(at) if at == 0 || value.get(..at).is_some_and(is_scheme) => address(row, value),
        // Counts and amounts are numbers, too: they must not make a caller know the objects of those numbers.
        _ if may_be_id(value) && (!digits || names_an_id(name)) => row.disclose(value),
        _ => {}
    }
}

/// Whether a member of that name may hold a number that names an object.
fn names_an_id(name: &[u8]) -> bool {
    const ENDS: [&[u8]; 12] =
        [b"id", b"ids", b"uuid", b"no", b"nr", b"num", b"number", b"code", b"key", b"ref", b"pk", b"serial"];
    ENDS.iter().any(|end| {
        let at = name.len().checked_sub(end.len());
        at.and_then(|at| name.get(at..)).is_some_and(|last| last.eq_ignore_ascii_case(end))
    })
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
    fn numbers_of_objects_are_told_from_counts_by_their_names() {
        for (name, expected) in [
            ("id", true),
            ("orderId", true),
            ("policy_no", true),
            ("ids", true),
            ("qty", false),
            ("total", false),
            ("", false),
        ] {
            assert_eq!(names_an_id(name.as_bytes()), expected, "{name}");
        }
    }

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
