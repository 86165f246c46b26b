//! Header compression of HTTP/2 (RFC 7541), read as far as it can be.
//!
//! In: whole header blocks of one direction, in order. Out: fields, one by one, to a callback. Kept: the dynamic table.
//!
//! A strict decoder ends the connection at the first fault; a sensor that did so would be blind where the server carries
//! on. So what is not known (an entry from before the capture, a value whose coding is broken) is told as unknown, and a
//! literal with an unknown name still takes its place in the table. After lost bytes, entries are in doubt until they are
//! replaced: no later block can show that none was inserted meanwhile, for the lost one may have been like those before.

mod huffman;
mod table;
#[cfg(test)]
mod tests;

use model::message::FieldName;

use table::{Entry, STATIC_LEN, Table};

/// One field as it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub id: FieldName,
    /// `None` when it is not known.
    pub name: Option<&'a [u8]>,
    /// `None` when it is not known.
    pub value: Option<&'a [u8]>,
    /// From an entry that may have moved: name and value may be another field's.
    pub doubtful: bool,
    /// RFC 9113 §8.2.1 forbids it: letters in upper case, control characters, an empty name.
    pub odd: bool,
}

/// The rest of a block cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

/// Decoder of one direction.
#[derive(Debug)]
pub(super) struct Decoder {
    table: Table,
    name: Vec<u8>,
    value: Vec<u8>,
}

/// Largest integer believed (§5.1): a length or an index beyond is none.
const INTEGER_MAX: u64 = u32::MAX as u64;

impl Decoder {
    /// `whole`: nothing was sent before what it will be given.
    pub(super) const fn new(whole: bool) -> Self {
        Self { table: Table::new(whole), name: Vec::new(), value: Vec::new() }
    }

    /// Bytes were lost: entries may be missing.
    pub(super) fn doubt(&mut self) {
        self.table.doubt();
    }

    /// Bytes kept.
    pub(super) fn buffered(&self) -> usize {
        self.table.buffered() + self.name.capacity() + self.value.capacity()
    }

    /// Reads a block. Work is in proportion to its bytes, and to what `take` does with each field.
    pub(super) fn block(&mut self, bytes: &[u8], take: &mut dyn FnMut(Seen<'_>)) -> Result<(), Broken> {
        let mut rest = Reader(bytes);
        while let Some(first) = rest.0.first().copied() {
            match first {
                0x80.. => {
                    let index = rest.integer(7)?;
                    self.indexed(index, take);
                }
                0x40.. => self.literal(&mut rest, 6, true, take)?,
                0x20.. => self.table.resize(usize::try_from(rest.integer(5)?).unwrap_or(usize::MAX)),
                _ => self.literal(&mut rest, 4, false, take)?,
            }
        }
        Ok(())
    }

    fn indexed(&mut self, index: u64, take: &mut dyn FnMut(Seen<'_>)) {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        if let Some((id, name, value)) = table::fixed(index) {
            take(Seen { id: *id, name: Some(name), value: Some(value), doubtful: false, odd: false });
            return;
        }
        let Some(entry) = index.checked_sub(STATIC_LEN + 1).and_then(|at| self.table.get(at)) else {
            // A decoder that saw everything would call this an error.
            take(unknown(!self.table.is_open_ended()));
            return;
        };
        let doubtful = self.table.is_uncertain(entry);
        take(seen(entry, doubtful));
    }

    fn literal(
        &mut self,
        rest: &mut Reader<'_>,
        prefix: u32,
        insert: bool,
        take: &mut dyn FnMut(Seen<'_>),
    ) -> Result<(), Broken> {
        let index = usize::try_from(rest.integer(prefix)?).unwrap_or(usize::MAX);
        let mut named = std::mem::take(&mut self.name);
        let mut valued = std::mem::take(&mut self.value);
        let done = self.literal_in(index, rest, insert, &mut named, &mut valued, take);
        (self.name, self.value) = (named, valued);
        done
    }

    fn literal_in(
        &mut self,
        index: usize,
        rest: &mut Reader<'_>,
        insert: bool,
        named: &mut Vec<u8>,
        valued: &mut Vec<u8>,
        take: &mut dyn FnMut(Seen<'_>),
    ) -> Result<(), Broken> {
        let (mut doubtful, mut odd) = (false, false);
        let (id, name) = if index == 0 {
            let name = rest.string(named)?;
            odd = name.is_none_or(is_odd_name);
            (name.map_or(FieldName::Other, FieldName::of), name)
        } else if let Some((id, name, _)) = table::fixed(index) {
            (*id, Some(*name))
        } else if let Some(entry) = self.table.get(index - STATIC_LEN - 1) {
            doubtful = self.table.is_uncertain(entry);
            // Its entry may be evicted by what is inserted.
            named.clear();
            let name = entry.name().map(|name| {
                named.extend_from_slice(name);
                named.as_slice()
            });
            odd = name.is_some_and(is_odd_name);
            (entry.id, name)
        } else {
            odd = !self.table.is_open_ended();
            (FieldName::Other, None)
        };
        let value = rest.string(valued)?;
        odd |= value.is_none_or(is_odd_value);
        if insert {
            let certain = if doubtful { (FieldName::Other, None) } else { (id, name) };
            self.table.insert(certain.0, certain.1, value, odd);
        }
        take(Seen { id, name, value, doubtful, odd });
        Ok(())
    }
}

fn seen(entry: &Entry, doubtful: bool) -> Seen<'_> {
    let (name, value) = (entry.name(), entry.valued.then(|| entry.value()));
    Seen { id: entry.id, name, value, doubtful, odd: entry.odd }
}

const fn unknown(odd: bool) -> Seen<'static> {
    Seen { id: FieldName::Other, name: None, value: None, doubtful: false, odd }
}

/// Bytes not yet read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// An integer with a prefix of so many bits (§5.1).
    fn integer(&mut self, prefix: u32) -> Result<u64, Broken> {
        let (first, mut rest) = self.0.split_first().ok_or(Broken)?;
        let most = (1_u64 << prefix) - 1;
        let mut value = u64::from(*first) & most;
        if value == most {
            let mut shift = 0;
            loop {
                let (byte, more) = rest.split_first().ok_or(Broken)?;
                rest = more;
                value = value.checked_add(u64::from(byte & 0x7f) << shift).ok_or(Broken)?;
                shift += 7;
                if value > INTEGER_MAX || shift > 35 {
                    return Err(Broken);
                }
                if byte & 0x80 == 0 {
                    break;
                }
            }
        }
        self.0 = rest;
        Ok(value)
    }

    /// A string (§5.2): where it lies, or in `scratch` when it is coded. `Ok(None)`: its coding is broken.
    fn string<'s>(&mut self, scratch: &'s mut Vec<u8>) -> Result<Option<&'s [u8]>, Broken>
    where
        'a: 's,
    {
        let coded = self.0.first().is_some_and(|first| first & 0x80 != 0);
        let len = usize::try_from(self.integer(7)?).map_err(|_| Broken)?;
        let (text, rest) = self.0.split_at_checked(len).ok_or(Broken)?;
        self.0 = rest;
        if !coded {
            return Ok(Some(text));
        }
        scratch.clear();
        Ok(huffman::decode(text, scratch).is_ok().then_some(scratch.as_slice()))
    }
}

/// Bytes of a name: small letters, digits and the other characters of a token (RFC 9113 §8.2.1).
fn is_odd_name(name: &[u8]) -> bool {
    let name = name.strip_prefix(b":").unwrap_or(name);
    name.is_empty() || !name.iter().all(|byte| BYTES.get(usize::from(*byte)).is_some_and(|kind| kind & NAME != 0))
}

fn is_odd_value(value: &[u8]) -> bool {
    value.iter().any(|byte| BYTES.get(usize::from(*byte)).is_none_or(|kind| kind & VALUE == 0))
}

const NAME: u8 = 1;
const VALUE: u8 = 2;

static BYTES: [u8; 256] = bytes();

#[allow(clippy::indexing_slicing, reason = "runs in the compiler only")]
const fn bytes() -> [u8; 256] {
    let mut map = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let token = byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let mark = matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        );
        let text = byte == b'\t' || byte >= b' ' && byte != 0x7f;
        map[at] = (token || mark) as u8 * NAME + text as u8 * VALUE;
        at += 1;
    }
    map
}
