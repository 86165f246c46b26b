//! Header sections of the plainest form, read in one pass.
//!
//! In: bytes from behind the start line on. Out: the fields, just as `httparse` reads them, and the length; or nothing on
//! the least doubt: a bare LF, a blank before the colon, a fold, a control byte, an empty name, a cut. Then `httparse`
//! reads the head, and what that refuses is read tolerantly. Kept: nothing.
//!
//! Eight bytes are looked at together, which no short value makes as costly as a call for each of its parts.

use model::message::{Field, FieldName};

use crate::proto::message::Head;

/// One byte, eight times.
const fn every(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// High bits of the bytes of `word` that are `byte`; what stands above the first one (in order of bytes) is not exact.
#[inline]
const fn equal(word: u64, byte: u8) -> u64 {
    let odd = word ^ every(byte);
    odd.wrapping_sub(every(1)) & !odd & every(0x80)
}

/// High bits of the bytes of `word` that are smaller than a blank, or DEL; above the first one not exact.
#[inline]
const fn control(word: u64) -> u64 {
    (word.wrapping_sub(every(b' ')) & !word & every(0x80)) | equal(word, 0x7f)
}

/// Which of the eight bytes the lowest high bit stands for.
#[inline]
const fn first(bits: u64) -> usize {
    (bits.trailing_zeros() / 8) as usize
}

/// Length of `bytes` before the first colon.
#[inline]
fn colon(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    while let Some((word, tail)) = rest.split_first_chunk::<8>() {
        let bits = equal(u64::from_le_bytes(*word), b':');
        if bits != 0 {
            return Some(offset(bytes, rest) + first(bits));
        }
        rest = tail;
    }
    let at = rest.iter().position(|&byte| byte == b':')?;
    Some(offset(bytes, rest) + at)
}

/// Length of `bytes` before the first control byte, tabs included.
#[inline]
fn text_end(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    // Without early exit the compiler compares sixteen bytes at once.
    while let Some((block, tail)) = rest.split_first_chunk::<16>()
        && !block.iter().fold(false, |any, &byte| any | is_control(byte))
    {
        rest = tail;
    }
    while let Some((word, tail)) = rest.split_first_chunk::<8>() {
        let bits = control(u64::from_le_bytes(*word));
        if bits != 0 {
            return Some(offset(bytes, rest) + first(bits));
        }
        rest = tail;
    }
    let at = rest.iter().position(|&byte| is_control(byte))?;
    Some(offset(bytes, rest) + at)
}

#[inline]
const fn is_control(byte: u8) -> bool {
    byte < b' ' || byte == 0x7f
}

/// Where `rest`, the end of `whole`, begins in it.
#[inline]
const fn offset(whole: &[u8], rest: &[u8]) -> usize {
    whole.len().wrapping_sub(rest.len())
}

/// Reads fields up to the empty line into the empty `head`; `start` is where they begin. Returns the length of the whole
/// head, or `None` when there are more than `most` fields or any doubt.
#[inline]
pub(super) fn plain(bytes: &[u8], start: usize, most: usize, head: &mut Head) -> Option<usize> {
    let mut rest = bytes.get(start..)?;
    // All places and lengths fit then.
    u32::try_from(bytes.len()).ok()?;
    loop {
        if let Some((b"\r\n", tail)) = rest.split_first_chunk() {
            return Some(offset(bytes, tail));
        }
        if head.fields.len() >= most {
            return None;
        }
        let name_at = offset(bytes, rest);
        let colon = colon(rest)?;
        let (name, tail) = rest.split_at_checked(colon)?;
        let id = FieldName::of(name);
        // A listed name is a token; any other must be seen to be one.
        if id == FieldName::Other && !is_token(name) {
            return None;
        }
        // Nearly always one blank follows the colon, and none the value.
        let value = match tail {
            [_, b' ', value @ ..] if value.first().is_some_and(|&byte| byte > b' ') => value,
            [_, value @ ..] => without_blanks(value),
            [] => return None,
        };
        let value_at = offset(bytes, value);
        let end = line_end(value)?;
        let (text, tail) = value.split_at_checked(end)?;
        let text = if text.last().is_some_and(|&byte| byte <= b' ') { without_blanks_behind(text) } else { text };
        let Some((b"\r\n", tail)) = tail.split_first_chunk() else { return None };
        rest = tail;
        head.push(Field {
            id,
            name_at: name_at as u32,
            name_len: u16::try_from(colon).ok()?,
            value_at: value_at as u32,
            value_len: text.len() as u32,
        });
    }
}

#[cold]
fn without_blanks(mut value: &[u8]) -> &[u8] {
    while let Some((b' ' | b'\t', tail)) = value.split_first() {
        value = tail;
    }
    value
}

#[cold]
fn without_blanks_behind(mut text: &[u8]) -> &[u8] {
    while let Some((b' ' | b'\t', shorter)) = text.split_last() {
        text = shorter;
    }
    text
}

/// Where the text of a value ends: at its first control byte that is no tab.
#[inline]
fn line_end(value: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = value.get(at..)?;
        at += text_end(rest)?;
        if value.get(at) != Some(&b'\t') {
            return Some(at);
        }
        at += 1;
    }
}

/// Whether `name` is a token (RFC 9110 §5.6.2).
#[inline]
fn is_token(name: &[u8]) -> bool {
    if let (Some(head), Some(tail)) = (name.first_chunk::<8>(), name.last_chunk::<8>())
        && name.len() <= 16
        && is_plain(u64::from_le_bytes(*head))
        && is_plain(u64::from_le_bytes(*tail))
    {
        return true;
    }
    !name.is_empty() && name.iter().all(|&byte| TOKEN.get(usize::from(byte)).copied().unwrap_or_default())
}

/// Whether eight bytes are letters and hyphens, as those of most names.
#[inline]
const fn is_plain(word: u64) -> bool {
    // No carry leaves its byte: the high bit of each is clear, and so it stays in the sums where it tells more or less.
    let ascii = word & every(0x7f);
    let small = ascii | every(0x20);
    let letter = (small + every(0x80 - b'a')) & !(small + every(0x7f - b'z'));
    let hyphen = !((ascii ^ every(b'-')) + every(0x7f));
    (letter | hyphen) & !word & every(0x80) == every(0x80)
}

static TOKEN: [bool; 256] = tokens();

#[allow(clippy::indexing_slicing, reason = "runs in the compiler only")]
const fn tokens() -> [bool; 256] {
    let mut map = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        map[byte] = matches!(byte as u8, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'!' | b'#' | b'$' | b'%' | b'&'
            | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~');
        byte += 1;
    }
    map
}

#[cfg(test)]
mod tests {
    use super::super::head;
    use super::*;
    use proptest::prelude::*;

    /// What is read plainly must be what `httparse` reads; true when it was read plainly.
    fn agrees(is_request: bool, bytes: &[u8]) -> bool {
        let (mut ours, mut theirs) = (Head::default(), Head::default());
        let Some(len) = head::plain(is_request, bytes, &mut ours) else { return false };
        assert_eq!(
            head::any_valid(is_request, bytes, &mut theirs),
            Some(len),
            "{:?}",
            bytes.escape_ascii().to_string()
        );
        assert_eq!(ours, theirs, "{:?}", bytes.escape_ascii().to_string());
        true
    }

    fn line() -> impl Strategy<Value = Vec<u8>> {
        let names = prop::sample::select(vec![
            "Host",
            "content-LENGTH",
            "X-Http-Method-Override",
            "ETag",
            "x_y.z!",
            "X-Request-Identification",
            "",
            "A",
        ]);
        let blanks = prop::sample::select(vec!["", " ", "\t ", "   "]);
        let values = prop_oneof!["[ -~]{0,40}", "[ -~\t]{0,40}", "[\\x80-\\xff a-z]{0,20}"];
        (names, blanks.clone(), values, blanks).prop_map(|(name, before, value, after)| {
            [name.as_bytes(), b":", before.as_bytes(), value.as_bytes(), after.as_bytes(), b"\r\n"].concat()
        })
    }

    fn wild() -> impl Strategy<Value = (bool, Vec<u8>)> {
        let start = prop::sample::select(vec![
            "GET / HTTP/1.1\r\n",
            "POST  /a?b=\u{e9} HTTP/1.0\r\n",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1  404\r\n",
            "HTTP/1.0 200 \u{e9}\n",
        ]);
        let hurt = (any::<prop::sample::Index>(), prop::sample::select(b"\r\n\t :\0\x7f\x80aHP/1".to_vec()), 0..3u8);
        let all = (start, prop::collection::vec(line(), 0..6), prop::collection::vec(hurt, 0..4), "[ -~]{0,20}");
        all.prop_map(|(start, lines, hurts, rest)| {
            let mut bytes = [start.as_bytes(), &lines.concat(), b"\r\n", rest.as_bytes()].concat();
            for (at, byte, how) in hurts {
                let at = at.index(bytes.len());
                match how {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    _ => bytes.truncate(at + 1),
                }
            }
            (!start.starts_with("HTTP"), bytes)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn whatever_is_read_plainly_is_read_as_httparse_reads_it((is_request, bytes) in wild()) {
            agrees(is_request, &bytes);
        }
    }

    #[test]
    fn any_byte_anywhere_in_a_head_is_read_as_httparse_reads_it() {
        for (is_request, head) in [
            (
                true,
                &b"GET /a/b?c HTTP/1.1\r\nHost: a.example\r\nX-Long-Name-Of-A-Field: one, two \r\nA:\r\n\r\nrest"[..],
            ),
            (false, b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\nETag: \"0123456789abcdef-0123\"\r\n\r\n{\"a\":1}"),
        ] {
            assert!(agrees(is_request, head));
            for at in 0..head.len() {
                for byte in 0..=u8::MAX {
                    let mut other = head.to_vec();
                    other[at] = byte;
                    agrees(is_request, &other);
                    other.insert(at, head[at]);
                    agrees(is_request, &other);
                }
                agrees(is_request, &head[..at]);
            }
        }
    }

    #[test]
    fn words_of_letters_and_hyphens_are_told_from_all_others() {
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                let mut word = *b"Ab-zZ-aB";
                word[at] = byte;
                let expected = byte.is_ascii_alphabetic() || byte == b'-';
                assert_eq!(is_plain(u64::from_le_bytes(word)), expected, "{word:?}");
            }
        }
    }
}
