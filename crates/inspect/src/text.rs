//! Bytes of the wire to text that is safe to show.
//!
//! In: raw bytes. Out: bytes appended to a buffer: valid UTF-8 without control, direction or zero-width characters, and
//! without the characters that templates and pointers use themselves. What cannot stand is percent-encoded.

use percent_encoding::percent_decode;

/// Appends `bytes` to `out`, at most `max` bytes of output, never half a character.
pub(crate) fn push_printable(out: &mut Vec<u8>, bytes: &[u8], max: usize) {
    if bytes.len() <= max && bytes.iter().all(|b| STANDS.get(usize::from(*b)) == Some(&true)) {
        out.extend_from_slice(bytes);
        return;
    }
    let end = out.len().saturating_add(max);
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            let mut buffer = [0; 4];
            let encoded = character.encode_utf8(&mut buffer).as_bytes();
            let fits = if character.is_ascii() { encoded.iter().all(|b| stands(*b)) } else { visible(character) };
            if !push(out, encoded, !fits, end) {
                return;
            }
        }
        if !push(out, chunk.invalid(), true, end) {
            return;
        }
    }
}

/// For each byte, whether it [`stands`].
static STANDS: [bool; 256] = standing();

#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, over the whole range of a byte")]
const fn standing() -> [bool; 256] {
    let (mut table, mut at) = ([false; 256], 0);
    while at < table.len() {
        table[at] = stands(at as u8);
        at += 1;
    }
    table
}

/// ASCII that is shown as it is.
const fn stands(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e) && !matches!(byte, b'{' | b'}' | b'%' | b'/' | b'?' | b'#')
}

/// Neither a control nor a direction or zero-width character, which could make text look like other text.
fn visible(character: char) -> bool {
    !character.is_control()
        && !character.is_whitespace()
        && !matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn push(out: &mut Vec<u8>, bytes: &[u8], encode: bool, end: usize) -> bool {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |n: u8| DIGITS.get(usize::from(n)).copied().unwrap_or(b'0');
    let size = bytes.len() * if encode { 3 } else { 1 };
    if out.len() + size > end {
        return false;
    }
    if encode {
        out.extend(bytes.iter().flat_map(|byte| [b'%', digit(byte >> 4), digit(byte & 15)]));
    } else {
        out.extend_from_slice(bytes);
    }
    true
}

/// `bytes` percent-decoded once, in `scratch` when anything had to be decoded; `+` is a blank when `form`.
pub(crate) fn decoded<'a>(bytes: &'a [u8], form: bool, scratch: &'a mut Vec<u8>) -> &'a [u8] {
    if !bytes.iter().any(|b| *b == b'%' || (form && *b == b'+')) {
        return bytes;
    }
    scratch.clear();
    if form {
        for (at, piece) in bytes.split(|b| *b == b'+').enumerate() {
            scratch.extend((at > 0).then_some(b' '));
            scratch.extend(percent_decode(piece));
        }
    } else {
        scratch.extend(percent_decode(bytes));
    }
    scratch
}

/// `bytes` without blanks around.
pub(crate) const fn trimmed(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii()
}

/// Whether `name` contains `word` (lower case) without regard to case.
pub(crate) fn contains(name: &[u8], word: &[u8]) -> bool {
    name.len() >= word.len() && name.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_shown_is_encoded() {
        for (raw, max, shown) in [
            (&b"orders"[..], 128, "orders"),
            (b"a b\x00\x7f", 128, "a%20b%00%7F"),
            (b"{int}", 128, "%7Bint%7D"),
            (b"\xff", 128, "%FF"),
            ("é\u{202e}x".as_bytes(), 128, "é%E2%80%AEx"),
            ("aé".as_bytes(), 2, "a"),
            (b"abc def", 5, "abc"),
        ] {
            let mut out = Vec::new();
            push_printable(&mut out, raw, max);
            assert_eq!(String::from_utf8(out).unwrap(), shown);
        }
    }

    #[test]
    fn a_plus_is_a_blank_in_forms_only() {
        let mut scratch = Vec::new();
        assert_eq!(decoded(b"a+%2Bb", true, &mut scratch), b"a +b");
        assert_eq!(decoded(b"a+%2Bb", false, &mut scratch), b"a++b");
        assert_eq!(decoded(b"%zz%4", true, &mut scratch), b"%zz%4");
    }
}
