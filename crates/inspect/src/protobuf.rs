//! Protocol Buffers (encoding of protobuf.dev) without a schema, or with one.
//!
//! In: the bytes of one message, perhaps cut. Out: one call for each value with its pointer: numbers of fields (`/1/3`), or
//! their names where descriptors tell them (`/order/items/*/sku`). The walk is a loop with a bounded stack.
//!
//! Without a schema the wire does not tell what a length-delimited value is. It is, by the first that fits:
//!
//! 1. text, when it is UTF-8 without control characters. One that begins with a tab or an end of line and is a whole
//!    message, too, is a message: these are the tags of the first field, and texts seldom begin so.
//! 2. a message, when it consists of whole fields with numbers below 2¹⁸, and shortest forms of numbers. One of
//!    varints alone, none of them with a number below 64, that fits the next rule, too, is none: pairs of packed numbers
//!    look so.
//! 3. packed numbers (`/4/*`), when it is two or more varints of at most five bytes whose lengths differ by one at most.
//! 4. bytes.
//!
//! A varint is a whole number, negative from 2⁶³ on. Eight bytes are a whole number below 2⁵³, else a `double` when its
//! size is between 10⁻⁹ and 10¹⁸; four bytes a `float` between 10⁻⁴ and 10⁹, else a whole number.

use std::io::Write as _;

use model::limits::{JSON_DEPTH_MAX, JSON_VALUES_MAX, PROTOBUF_STEPS_MAX};

use crate::descriptors::{Descriptors, Field, Kind};
use crate::json::{End, Leaf};
use crate::pointer::Pointer;

/// Numbers of fields that a guess believes in, and one that most messages have a smaller one than.
const GUESSED_NUMBER_MAX: u64 = 1 << 18;
const USUAL_NUMBER_MAX: u64 = 64;
/// The largest number of a field.
const NUMBER_MAX: u64 = (1 << 29) - 1;
/// Bytes of a varint, and of one that is guessed in a packed field.
const VARINT_BYTES_MAX: usize = 10;
const PACKED_BYTES_MAX: usize = 5;

/// Kinds of encoding.
pub(crate) mod wire {
    pub(crate) const VARINT: u64 = 0;
    pub(crate) const EIGHT: u64 = 1;
    pub(crate) const BYTES: u64 = 2;
    pub(crate) const GROUP: u64 = 3;
    pub(crate) const GROUP_END: u64 = 4;
    pub(crate) const FOUR: u64 = 5;
}

/// One field as it is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Raw<'a> {
    pub(crate) number: u64,
    pub(crate) wire: u64,
    /// Of a varint and of fixed sizes.
    pub(crate) value: u64,
    /// Of a length-delimited one.
    pub(crate) bytes: &'a [u8],
}

/// Reads fields one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raws<'a> {
    pub(crate) rest: &'a [u8],
}

impl<'a> Raws<'a> {
    pub(crate) fn varint(&mut self) -> Result<u64, End> {
        let mut value = 0u64;
        for (at, byte) in self.rest.iter().take(VARINT_BYTES_MAX).enumerate() {
            value |= u64::from(byte & 0x7f).checked_shl(7 * at as u32).unwrap_or(0);
            if byte & 0x80 == 0 {
                self.rest = self.rest.get(at + 1..).unwrap_or_default();
                return Ok(value);
            }
        }
        Err(if self.rest.len() < VARINT_BYTES_MAX { End::Cut } else { End::Malformed })
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], End> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(End::Cut)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next field; of a group only its begin or end.
    pub(crate) fn field(&mut self) -> Result<Raw<'a>, End> {
        let tag = self.varint()?;
        let (number, wire) = (tag >> 3, tag & 7);
        if number == 0 || number > NUMBER_MAX {
            return Err(End::Malformed);
        }
        let mut raw = Raw { number, wire, value: 0, bytes: &[] };
        match wire {
            wire::VARINT => raw.value = self.varint()?,
            wire::EIGHT => raw.value = self.take(8)?.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes)),
            wire::FOUR => {
                raw.value = self.take(4)?.first_chunk().map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)));
            }
            wire::BYTES => {
                let len = self.varint()?;
                raw.bytes = self.take(usize::try_from(len).unwrap_or(usize::MAX))?;
            }
            wire::GROUP | wire::GROUP_END => {}
            _ => return Err(End::Malformed),
        }
        Ok(raw)
    }
}

/// Walks messages; keeps the buffers between them.
#[derive(Debug, Default)]
pub(crate) struct Walker {
    pointer: Pointer,
    number: Vec<u8>,
    steps: usize,
    stack: Vec<Level>,
}

/// A message being read.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// Where the next field begins, and where the message ends.
    at: usize,
    end: usize,
    /// Length of the pointer to it.
    pointer_len: u32,
    /// Number of the group that it is, else 0.
    group: u64,
    /// What it is by the descriptors.
    message: Option<u32>,
}

type Take<'t> = dyn FnMut(&[u8], Leaf<'_>) -> bool + 't;

impl Walker {
    /// Calls `leaf` with each value of `document`, a message of type `message` when that is known, until it returns `false`
    /// ([`End::Limit`]).
    pub(crate) fn walk(&mut self, document: &[u8], message: Option<(&Descriptors, u32)>, leaf: &mut Take<'_>) -> End {
        self.steps(document, message, leaf).err().unwrap_or(End::Whole)
    }

    fn steps(&mut self, document: &[u8], message: Option<(&Descriptors, u32)>, leaf: &mut Take<'_>) -> Result<(), End> {
        self.pointer.clear();
        self.steps = 0;
        let known = message.map(|(known, _)| known);
        let message = message.map(|(_, message)| message);
        self.stack.clear();
        self.stack.push(Level { at: 0, end: document.len(), pointer_len: 0, group: 0, message });
        let mut values = 0;
        while let Some(level) = self.stack.last_mut() {
            self.pointer.truncate(level.pointer_len);
            if level.at >= level.end {
                // Of a group that has no end.
                if level.group != 0 {
                    return Err(End::Cut);
                }
                self.stack.pop();
                continue;
            }
            values += 1;
            if values > JSON_VALUES_MAX {
                return Err(End::Limit);
            }
            let mut raws = Raws { rest: document.get(level.at..level.end).unwrap_or_default() };
            let raw = raws.field()?;
            level.at = level.end - raws.rest.len();
            let Level { at, end, group, message, .. } = *level;
            if raw.wire == wire::GROUP_END {
                self.stack.pop();
                // What follows the group belongs to what it stands in.
                let outer = self.stack.last_mut().filter(|_| group == raw.number).ok_or(End::Malformed)?;
                outer.at = at;
                continue;
            }
            let field = known.zip(message).and_then(|(known, message)| known.field(message, raw.number));
            let (from, message) = match self.value(&raw, known, field, leaf)? {
                Below::Nothing => continue,
                Below::Message(message) => (at - raw.bytes.len(), message),
                Below::Group(message) => (at, message),
            };
            if self.stack.len() > JSON_DEPTH_MAX {
                return Err(End::Limit);
            }
            let is_group = raw.wire == wire::GROUP;
            let (end, group) = if is_group { (end, raw.number) } else { (at, 0) };
            self.stack.push(Level { at: from, end, pointer_len: self.pointer.len(), group, message });
        }
        Ok(())
    }

    /// Tells a value, or what is to be read as a message.
    fn value(
        &mut self,
        raw: &Raw<'_>,
        known: Option<&Descriptors>,
        field: Option<&Field>,
        leaf: &mut Take<'_>,
    ) -> Result<Below, End> {
        match field {
            Some(field) if field.kind.fits(raw.wire, field.repeated) => {
                self.pointer.key(&field.name);
                if field.repeated {
                    self.pointer.star();
                }
                match field.kind {
                    Kind::Message(of) if raw.wire == wire::GROUP => return Ok(Below::Group(Some(of))),
                    Kind::Message(of) if raw.bytes.is_empty() => self.tell(Leaf::Object, leaf).map(|()| of),
                    Kind::Message(of) => return Ok(Below::Message(Some(of))),
                    Kind::Text => self.tell(Leaf::Text(raw.bytes), leaf).map(|()| 0),
                    Kind::Bytes => self.tell(Leaf::Bytes(raw.bytes), leaf).map(|()| 0),
                    kind if raw.wire == wire::BYTES => self.packed(raw.bytes, kind, known, leaf).map(|()| 0),
                    kind => self.scalar(raw.value, kind, known, leaf).map(|()| 0),
                }?;
                Ok(Below::Nothing)
            }
            _ => {
                self.pointer.number(raw.number);
                self.guessed(raw, leaf)
            }
        }
    }

    /// A value that nothing is known of.
    fn guessed(&mut self, raw: &Raw<'_>, leaf: &mut Take<'_>) -> Result<Below, End> {
        match raw.wire {
            wire::GROUP => return Ok(Below::Group(None)),
            wire::VARINT => self.scalar(raw.value, Kind::Int, None, leaf)?,
            wire::EIGHT => {
                let double = f64::from_bits(raw.value);
                let is_double = raw.value >= 1 << 53 && (1e-9..1e18).contains(&double.abs());
                self.scalar(raw.value, if is_double { Kind::Double } else { Kind::Int }, None, leaf)?;
            }
            wire::FOUR => {
                let float = f32::from_bits(raw.value as u32);
                let kind = if (1e-4..1e9).contains(&float.abs()) { Kind::Float } else { Kind::Int };
                self.scalar(raw.value, kind, None, leaf)?;
            }
            _ => match guess(raw.bytes, &mut self.steps) {
                Guess::Text => self.tell(Leaf::Text(raw.bytes), leaf)?,
                Guess::Message => return Ok(Below::Message(None)),
                Guess::Packed => {
                    self.pointer.star();
                    self.packed(raw.bytes, Kind::Int, None, leaf)?;
                }
                Guess::Bytes => self.tell(Leaf::Bytes(raw.bytes), leaf)?,
            },
        }
        if self.steps > PROTOBUF_STEPS_MAX { Err(End::Limit) } else { Ok(Below::Nothing) }
    }

    fn packed(
        &mut self,
        bytes: &[u8],
        kind: Kind,
        known: Option<&Descriptors>,
        leaf: &mut Take<'_>,
    ) -> Result<(), End> {
        let mut raws = Raws { rest: bytes };
        while !raws.rest.is_empty() {
            self.steps += 1;
            if self.steps > PROTOBUF_STEPS_MAX {
                return Err(End::Limit);
            }
            let value = match kind.size() {
                None => raws.varint()?,
                Some(8) => raws.take(8)?.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes)),
                Some(_) => raws.take(4)?.first_chunk().map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes))),
            };
            self.scalar(value, kind, known, leaf)?;
        }
        Ok(())
    }

    fn scalar(&mut self, value: u64, kind: Kind, known: Option<&Descriptors>, leaf: &mut Take<'_>) -> Result<(), End> {
        let signed = value.cast_signed();
        self.number.clear();
        // A vector takes whatever is written.
        let _infallible = match kind {
            Kind::Bool => return self.tell(Leaf::Bool, leaf),
            Kind::Enum(of) => {
                if let Some(name) = known.and_then(|known| known.value(of, signed)) {
                    return self.tell(Leaf::Text(name), leaf);
                }
                write!(self.number, "{signed}")
            }
            Kind::Zigzag => write!(self.number, "{}", (value >> 1).cast_signed() ^ -((value & 1).cast_signed())),
            Kind::Unsigned => write!(self.number, "{value}"),
            Kind::Signed32 => write!(self.number, "{}", (value as u32).cast_signed()),
            Kind::Double => write!(self.number, "{:?}", f64::from_bits(value)),
            Kind::Float => write!(self.number, "{:?}", f32::from_bits(value as u32)),
            _ => write!(self.number, "{signed}"),
        };
        let goes_on = leaf(self.pointer.bytes(), Leaf::Number(&self.number));
        if goes_on { Ok(()) } else { Err(End::Limit) }
    }

    fn tell(&self, value: Leaf<'_>, leaf: &mut Take<'_>) -> Result<(), End> {
        if leaf(self.pointer.bytes(), value) { Ok(()) } else { Err(End::Limit) }
    }
}

/// What is to be read below a field, and what it is by the descriptors.
enum Below {
    Nothing,
    Message(Option<u32>),
    /// What follows, up to the end of the group.
    Group(Option<u32>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guess {
    Text,
    Message,
    Packed,
    Bytes,
}

/// What a length-delimited value is, as the module says; `steps` counts the work.
fn guess(bytes: &[u8], steps: &mut usize) -> Guess {
    if is_text(bytes) {
        let may_be_message = matches!(bytes.first(), Some(b'\t' | b'\n' | b'\r'));
        return if may_be_message && least_number(bytes, steps).is_some() { Guess::Message } else { Guess::Text };
    }
    match least_number(bytes, steps) {
        Some(least) if least < USUAL_NUMBER_MAX || !is_packed(bytes) => Guess::Message,
        _ if is_packed(bytes) => Guess::Packed,
        _ => Guess::Bytes,
    }
}

pub(crate) fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        !text.bytes().any(|byte| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0x7f)
    })
}

/// The least number of a field, when the bytes are a message; 0 when not all of it are varints.
fn least_number(bytes: &[u8], steps: &mut usize) -> Option<u64> {
    let mut least = GUESSED_NUMBER_MAX;
    let mut raws = Raws { rest: bytes };
    while !raws.rest.is_empty() && *steps <= PROTOBUF_STEPS_MAX {
        *steps += 1;
        let before = raws.rest;
        let raw = raws.field().ok()?;
        let fits = matches!(raw.wire, wire::VARINT | wire::EIGHT | wire::BYTES | wire::FOUR);
        if !fits || raw.number >= GUESSED_NUMBER_MAX || !is_shortest(before) {
            return None;
        }
        least = least.min(if raw.wire == wire::VARINT { raw.number } else { 0 });
        let tag = before.iter().position(|byte| byte & 0x80 == 0).map_or(0, |at| at + 1);
        if matches!(raw.wire, wire::VARINT | wire::BYTES) && !is_shortest(before.get(tag..).unwrap_or_default()) {
            return None;
        }
    }
    raws.rest.is_empty().then_some(least)
}

/// Whether the varint that `bytes` begin with has no empty last byte.
fn is_shortest(bytes: &[u8]) -> bool {
    let last = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap_or(0);
    last == 0 || bytes.get(last) != Some(&0)
}

fn is_packed(bytes: &[u8]) -> bool {
    let (mut len, mut count, mut least, mut most) = (0, 0, usize::MAX, 0);
    for byte in bytes {
        len += 1;
        if byte & 0x80 == 0 {
            if len > 1 && *byte == 0 {
                return false;
            }
            (least, most, count) = (least.min(len), most.max(len), count + 1);
            len = 0;
        }
        if len >= PACKED_BYTES_MAX {
            return false;
        }
    }
    len == 0 && count >= 2 && most - least <= 1
}

#[cfg(test)]
pub(crate) mod tests;
