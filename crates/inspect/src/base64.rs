//! Base64 and base64url (RFC 4648 §4–5), as lenient as servers are: both alphabets, padding or none.

const SKIP: u8 = 0xff;
const VALUES: [u8; 256] = values();

#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, over the whole range of a byte")]
const fn values() -> [u8; 256] {
    let mut table = [SKIP; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        table[at] = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => SKIP,
        };
        at += 1;
    }
    table
}

fn value(byte: u8) -> u8 {
    VALUES.get(usize::from(byte)).copied().unwrap_or(SKIP)
}

/// Replaces `out` by what `text` decodes to, up to the first byte outside the alphabet.
pub(crate) fn decode(text: &[u8], out: &mut Vec<u8>) {
    out.clear();
    out.reserve(text.len() / 4 * 3 + 3);
    let (quads, tail) = text.as_chunks::<4>();
    for quad in quads {
        let [a, b, c, d] = *quad;
        let (a, b, c, d) = (value(a), value(b), value(c), value(d));
        if (a | b | c | d) > 63 {
            return decode_tail(quad, out);
        }
        out.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
    }
    decode_tail(tail, out);
}

/// Appends what `text` decodes to, padded wherever its sender flushed, up to the first byte outside the alphabet.
pub(crate) fn push_runs(text: &[u8], out: &mut Vec<u8>) {
    let (quads, tail) = text.as_chunks::<4>();
    for quad in quads {
        let before = out.len();
        decode_tail(quad, out);
        match quad {
            [_, _, _, b'='] => {}
            [_, _, _, last] if out.len() == before + 2 && value(*last) != SKIP => {
                let third = quad.get(2).map_or(0, |third| value(*third));
                out.push(third << 6 | value(*last));
            }
            _ => return,
        }
    }
    decode_tail(tail, out);
}

/// Fewer than four digits, then padding or anything else.
fn decode_tail(tail: &[u8], out: &mut Vec<u8>) {
    let mut digits = tail.iter().map(|byte| value(*byte)).take_while(|v| *v != SKIP);
    let (a, b, c) = (digits.next(), digits.next(), digits.next());
    if let (Some(a), Some(b)) = (a, b) {
        out.push(a << 2 | b >> 4);
        out.extend(c.map(|c| b << 4 | c >> 2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_are_padded_each_are_joined() {
        for (text, expected) in [
            ("AAAB", &b"\0\0\x01"[..]),
            ("AA==AAE=AAAB", b"\0\0\x01\0\0\x01"),
            ("AAA", b"\0\0"),
            ("AAAB*AAA", b"\0\0\x01"),
        ] {
            let mut out = Vec::new();
            push_runs(text.as_bytes(), &mut out);
            assert_eq!(out, expected, "{text}");
        }
    }

    #[test]
    fn both_alphabets_decode_with_and_without_padding() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg==", b"f"),
            ("Zg", b"f"),
            ("Zm8=", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9vYg==", b"foob"),
            ("-_-_", b"\xfb\xff\xbf"),
            ("+/+/", b"\xfb\xff\xbf"),
            ("Zm9v!!!!Zm9v", b"foo"),
        ] {
            let mut out = Vec::new();
            decode(text.as_bytes(), &mut out);
            assert_eq!(out, bytes, "{text}");
        }
    }
}
