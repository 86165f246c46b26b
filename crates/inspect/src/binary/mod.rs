//! Documents of CBOR (RFC 8949) and MessagePack without a tree: values with their pointers.
//!
//! In: the decoded bytes of a body, perhaps cut. Out: one call for each value, as for JSON. Both formats give the same
//! items; the walk over them is a loop with a bounded stack, and nothing is allocated by a declared length.

mod cbor;
mod msgpack;

use std::io::Write as _;

use model::ValueClass;
use model::limits::{JSON_DEPTH_MAX, JSON_VALUES_MAX};

use crate::json::{End, Leaf};
use crate::pointer::Pointer;

/// Keys that are numbers up to this are names, as COSE has them (RFC 9052 §1.5); larger ones are values.
const NUMBER_KEY_MAX: u64 = 999;

/// One item, as both formats have it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Item<'a> {
    Unsigned(u64),
    Negative(i64),
    Float(f64),
    Bool,
    Null,
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    /// So many elements follow; `None`: up to a break.
    Array(Option<u64>),
    /// So many pairs follow.
    Map(Option<u64>),
    /// A text or byte string in pieces, up to a break.
    Pieces {
        text: bool,
    },
    Break,
    /// Says something of the next item.
    Tag,
}

/// The two formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Cbor,
    MessagePack,
}

/// Bytes not read yet.
#[derive(Clone, Copy, Debug)]
struct Bytes<'a> {
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> Result<u8, End> {
        let (first, rest) = self.rest.split_first().ok_or(End::Cut)?;
        self.rest = rest;
        Ok(*first)
    }

    /// A number of `len` bytes, at most eight, in network order.
    fn number(&mut self, len: usize) -> Result<u64, End> {
        let bytes = self.take(len as u64)?;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8], End> {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(End::Cut)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// A structure being read.
#[derive(Clone, Copy, Debug)]
struct Level {
    pointer_len: u32,
    map: bool,
    /// Items to come; `None`: up to a break.
    left: Option<u64>,
    /// Items so far.
    seen: u64,
}

/// Walks documents; keeps the buffers between them.
#[derive(Debug, Default)]
pub(crate) struct Walker {
    pointer: Pointer,
    stack: Vec<Level>,
    number: Vec<u8>,
    pieces: Vec<u8>,
}

type Take<'t> = dyn FnMut(&[u8], Leaf<'_>) -> bool + 't;

impl Walker {
    /// Calls `leaf` with each value until it returns `false` ([`End::Limit`]). Of several documents one after the other
    /// (RFC 8742) each is an element.
    pub(crate) fn walk(&mut self, document: &[u8], format: Format, sequence: bool, leaf: &mut Take<'_>) -> End {
        self.steps(document, format, sequence, leaf).err().unwrap_or(End::Whole)
    }

    fn steps(&mut self, document: &[u8], format: Format, sequence: bool, leaf: &mut Take<'_>) -> Result<(), End> {
        self.pointer.clear();
        self.stack.clear();
        if sequence {
            self.pointer.star();
        }
        let mut bytes = Bytes { rest: document };
        for _ in 0..JSON_VALUES_MAX {
            let item = match format {
                Format::Cbor => cbor::item(&mut bytes)?,
                Format::MessagePack => msgpack::item(&mut bytes)?,
            };
            match item {
                Item::Tag => continue,
                Item::Break => self.close_open_ended(leaf)?,
                Item::Pieces { text } => {
                    let mut pieces = std::mem::take(&mut self.pieces);
                    let whole = gather(&mut bytes, text, &mut pieces);
                    let item = if text { Item::Text(&pieces) } else { Item::Bytes(&pieces) };
                    let told = whole.and_then(|()| self.item(item, leaf));
                    self.pieces = pieces;
                    told?;
                }
                item => self.item(item, leaf)?,
            }
            self.close_full();
            if self.stack.is_empty() && (!sequence || bytes.rest.is_empty()) {
                return if bytes.rest.is_empty() { Ok(()) } else { Err(End::Malformed) };
            }
        }
        Err(End::Limit)
    }

    /// An item that is a key, a value, or opens a structure.
    fn item(&mut self, item: Item<'_>, leaf: &mut Take<'_>) -> Result<(), End> {
        if let Some(level) = self.stack.last_mut() {
            let is_key = level.map && level.seen.is_multiple_of(2);
            level.seen += 1;
            level.left = level.left.map(|left| left.saturating_sub(1));
            if is_key {
                self.pointer.truncate(level.pointer_len);
                return self.key(item);
            }
        }
        let value = match item {
            Item::Array(left) => return self.open(false, left, leaf),
            // Twice as many items as pairs.
            Item::Map(left) => return self.open(true, left.map(|pairs| pairs.saturating_mul(2)), leaf),
            Item::Text(text) => Leaf::Text(text),
            Item::Bytes(bytes) => Leaf::Bytes(bytes),
            Item::Bool => Leaf::Bool,
            Item::Null => Leaf::Null,
            Item::Unsigned(number) => return self.written(format_args!("{number}"), leaf),
            Item::Negative(number) => return self.written(format_args!("{number}"), leaf),
            Item::Float(number) => return self.written(format_args!("{number:?}"), leaf),
            Item::Pieces { .. } | Item::Break | Item::Tag => return Err(End::Malformed),
        };
        self.tell(value, leaf)
    }

    fn key(&mut self, item: Item<'_>) -> Result<(), End> {
        match item {
            Item::Text(name) => self.pointer.key(name),
            Item::Unsigned(number @ ..=NUMBER_KEY_MAX) => self.pointer.number(number),
            Item::Unsigned(_) | Item::Negative(_) => self.pointer.class(ValueClass::Int),
            Item::Float(_) => self.pointer.class(ValueClass::Decimal),
            Item::Bytes(_) => self.pointer.class(ValueClass::Bytes),
            Item::Bool => self.pointer.class(ValueClass::Bool),
            Item::Null => self.pointer.class(ValueClass::Null),
            // Structures as keys have no pointer.
            _ => return Err(End::Malformed),
        }
        Ok(())
    }

    fn open(&mut self, map: bool, left: Option<u64>, leaf: &mut Take<'_>) -> Result<(), End> {
        if left == Some(0) {
            return self.tell(if map { Leaf::Object } else { Leaf::Array }, leaf);
        }
        if self.stack.len() == JSON_DEPTH_MAX {
            return Err(End::Limit);
        }
        let pointer_len = self.pointer.len();
        if !map {
            self.pointer.star();
        }
        self.stack.push(Level { pointer_len, map, left, seen: 0 });
        Ok(())
    }

    /// Ends the structures that have all their items.
    fn close_full(&mut self) {
        while let Some(level) = self.stack.last() {
            if level.left != Some(0) {
                break;
            }
            self.pointer.truncate(level.pointer_len);
            self.stack.pop();
        }
    }

    fn close_open_ended(&mut self, leaf: &mut Take<'_>) -> Result<(), End> {
        let level = self.stack.pop().filter(|level| level.left.is_none()).ok_or(End::Malformed)?;
        if level.map && !level.seen.is_multiple_of(2) {
            return Err(End::Malformed);
        }
        self.pointer.truncate(level.pointer_len);
        if level.seen > 0 {
            return Ok(());
        }
        self.tell(if level.map { Leaf::Object } else { Leaf::Array }, leaf)
    }

    fn written(&mut self, number: std::fmt::Arguments<'_>, leaf: &mut Take<'_>) -> Result<(), End> {
        self.number.clear();
        // A vector takes whatever is written.
        let _infallible = self.number.write_fmt(number);
        self.tell(Leaf::Number(&self.number), leaf)
    }

    fn tell(&self, value: Leaf<'_>, leaf: &mut Take<'_>) -> Result<(), End> {
        if leaf(self.pointer.bytes(), value) { Ok(()) } else { Err(End::Limit) }
    }
}

/// Puts the pieces of a string together (RFC 8949 §3.2.3).
fn gather(bytes: &mut Bytes<'_>, text: bool, pieces: &mut Vec<u8>) -> Result<(), End> {
    pieces.clear();
    loop {
        match cbor::item(bytes)? {
            Item::Text(piece) if text => pieces.extend_from_slice(piece),
            Item::Bytes(piece) if !text => pieces.extend_from_slice(piece),
            Item::Break => return Ok(()),
            _ => return Err(End::Malformed),
        }
    }
}

#[cfg(test)]
mod tests;
