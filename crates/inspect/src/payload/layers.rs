//! What hides a value, undone layer by layer: percent-escapes, character references, escapes of JSON and JavaScript,
//! comments of SQL, `+` for blanks.

use crate::base64;
use crate::text::decoded;

/// Layers undone: what is hidden deeper no server undoes either.
const LAYERS_MAX: usize = 3;

/// Buffers.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    now: Vec<u8>,
    next: Vec<u8>,
}

impl Layers {
    /// Calls `look` with the value as it is, and with what each layer hides.
    pub(crate) fn each(&mut self, value: &[u8], mut look: impl FnMut(&[u8])) {
        look(value);
        for text in serialised(value) {
            base64::decode(text, &mut self.now);
            look(&self.now);
        }
        self.now.clear();
        self.now.extend_from_slice(value);
        for _ in 0..LAYERS_MAX {
            self.undo();
            if self.next == self.now {
                break;
            }
            look(&self.next);
            std::mem::swap(&mut self.now, &mut self.next);
        }
        self.blank();
        if self.next != self.now {
            look(&self.next);
        }
    }

    /// One layer of `now` into `next`.
    fn undo(&mut self) {
        let mut room = std::mem::take(&mut self.next);
        let plain = decoded(&self.now, false, &mut room);
        let plain: Vec<u8> = plain.to_vec();
        room.clear();
        let mut rest = plain.as_slice();
        while let Some((byte, tail)) = rest.split_first() {
            if let Some((byte, len)) = reference(rest) {
                room.push(byte);
                rest = rest.get(len..).unwrap_or_default();
            } else {
                room.push(*byte);
                rest = tail;
            }
        }
        self.next = room;
    }

    /// `now` with comments and `+` as blanks into `next`.
    fn blank(&mut self) {
        self.next.clear();
        let plus = !self.now.contains(&b' ');
        let mut rest = self.now.as_slice();
        let mut open = true;
        while let Some((byte, tail)) = rest.split_first() {
            if rest.starts_with(b"/*!") {
                // What stands in such a comment is run.
                self.next.push(b' ');
                rest = rest.get(3..).unwrap_or_default().trim_ascii_start();
                while rest.first().is_some_and(u8::is_ascii_digit) {
                    rest = rest.get(1..).unwrap_or_default();
                }
            } else if open && rest.starts_with(b"/*") {
                match memchr::memmem::find(rest, b"*/") {
                    Some(end) => {
                        self.next.push(b' ');
                        rest = rest.get(end + 2..).unwrap_or_default();
                    }
                    None => open = false,
                }
            } else if rest.starts_with(b"*/") {
                self.next.push(b' ');
                rest = rest.get(2..).unwrap_or_default();
            } else {
                self.next.push(if plus && *byte == b'+' { b' ' } else { *byte });
                rest = tail;
            }
        }
    }
}

/// Objects that Python serialised, in base64, somewhere in `value`, the first ones: pickles of protocols 2 to 5 begin with the
/// bytes 128 and the number of the protocol. The first alone would let a harmless one hide those behind it.
fn serialised(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = |at: usize| value.get(at..).unwrap_or_default();
    let alone = move |at: usize| {
        let before = at.checked_sub(1).and_then(|before| value.get(before));
        before.is_none_or(|byte| !is_base64(*byte) || *byte == b'=') && matches!(ends(at).get(2), Some(b'I'..=b'X'))
    };
    memchr::memmem::find_iter(value, PICKLE).filter(move |at| alone(*at)).take(PICKLES_MAX).filter_map(move |at| {
        let text = ends(at);
        text.get(..text.iter().position(|byte| !is_base64(*byte)).unwrap_or(text.len()))
    })
}

/// Such objects of one value that are looked at.
const PICKLES_MAX: usize = 16;

/// What the base64 of such an object begins with.
pub(super) const PICKLE: &[u8] = b"gA";

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

/// A character written as a reference at the head of `text`, with the length of the reference. Only ASCII matters.
fn reference(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'\\', b'u', digits @ ..] => fixed(digits, 4, 2),
        [b'\\', b'x', digits @ ..] => fixed(digits, 2, 2),
        [b'&', b'#', b'x' | b'X', digits @ ..] => open(digits, 16, 3),
        [b'&', b'#', digits @ ..] => open(digits, 10, 2),
        [b'&', ..] => [(&b"&lt;"[..], b'<'), (b"&gt;", b'>'), (b"&quot;", b'"'), (b"&apos;", b'\''), (b"&amp;", b'&')]
            .into_iter()
            .find_map(|(word, byte)| text.starts_with(word).then_some((byte, word.len()))),
        _ => None,
    }
}

fn fixed(digits: &[u8], len: usize, head: usize) -> Option<(u8, usize)> {
    let text = std::str::from_utf8(digits.get(..len)?).ok()?;
    u8::try_from(u32::from_str_radix(text, 16).ok()?).ok().filter(u8::is_ascii).map(|byte| (byte, head + len))
}

fn open(digits: &[u8], radix: u32, head: usize) -> Option<(u8, usize)> {
    let len = digits.iter().take(7).take_while(|byte| char::from(**byte).is_digit(radix)).count();
    let text = std::str::from_utf8(digits.get(..len)?).ok()?;
    let byte = u8::try_from(u32::from_str_radix(text, radix).ok()?).ok().filter(u8::is_ascii)?;
    Some((byte, head + len + usize::from(digits.get(len) == Some(&b';'))))
}
