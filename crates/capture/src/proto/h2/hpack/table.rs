//! The two tables of HPACK (RFC 7541 §2.3): the static one, and the dynamic one of one direction of a connection.
//!
//! Kept: at most [`limits::H2_TABLE_BYTES_MAX`] bytes of entries, counted as the RFC counts. Indices count from the newest
//! entry, so what is inserted after a gap, or after a start half-way, resolves correctly whatever was lost before.

use std::collections::VecDeque;

use model::limits;
use model::message::FieldName;

/// Name and value of a static entry.
pub(super) type Static = (FieldName, &'static [u8], &'static [u8]);

/// What the RFC adds to the length of name and value (§4.1).
const ENTRY_OVERHEAD: usize = 32;
/// Size of a table before anybody says otherwise (RFC 9113 §6.5.2).
const SIZE_AT_FIRST: usize = 4_096;

/// One entry: what is known of it.
#[derive(Debug)]
pub(super) struct Entry {
    /// Name and value, one after the other.
    bytes: Box<[u8]>,
    /// Length of the name; `None` when it was a reference to an entry that is not known.
    name_len: Option<u32>,
    /// Whether the value is known.
    pub(super) valued: bool,
    pub(super) id: FieldName,
    /// RFC 9113 §8.2.1 forbids its name or value.
    pub(super) odd: bool,
    /// How many were inserted before it.
    number: u64,
}

impl Entry {
    /// The name; `None` when it is not known.
    pub(super) fn name(&self) -> Option<&[u8]> {
        self.bytes.get(..self.name_len? as usize)
    }

    /// The value; empty when it is not known.
    pub(super) fn value(&self) -> &[u8] {
        self.bytes.get(self.name_len.unwrap_or(0) as usize..).unwrap_or_default()
    }

    const fn size(&self) -> usize {
        self.bytes.len() + ENTRY_OVERHEAD
    }
}

/// The dynamic table.
#[derive(Debug)]
pub(super) struct Table {
    /// Newest first.
    entries: VecDeque<Entry>,
    size: usize,
    /// As the encoder set it.
    capacity: usize,
    inserted: u64,
    /// Entries with a lower number were there before bytes were lost.
    certain_from: u64,
    /// Entries may have been there before the first one that was seen, or were given up: what is beyond the last is unknown,
    /// not wrong.
    open_ended: bool,
}

impl Table {
    /// `whole`: nothing was sent before.
    pub(super) const fn new(whole: bool) -> Self {
        Self {
            entries: VecDeque::new(),
            size: 0,
            capacity: SIZE_AT_FIRST,
            inserted: 0,
            certain_from: 0,
            open_ended: !whole,
        }
    }

    /// The entry of a dynamic index, from 0.
    pub(super) fn get(&self, at: usize) -> Option<&Entry> {
        self.entries.get(at)
    }

    /// Whether it may have moved since it was inserted.
    pub(super) const fn is_uncertain(&self, entry: &Entry) -> bool {
        entry.number < self.certain_from
    }

    /// Whether an index without an entry is unknown rather than wrong.
    pub(super) const fn is_open_ended(&self) -> bool {
        self.open_ended
    }

    /// Inserts an entry (§4.4); `name` is `None` when it is not known. The oldest make room.
    pub(super) fn insert(&mut self, id: FieldName, name: Option<&[u8]>, value: Option<&[u8]>, odd: bool) {
        let number = self.inserted;
        self.inserted += 1;
        let known = [name.unwrap_or_default(), value.unwrap_or_default()];
        let size = known.iter().map(|part| part.len()).sum::<usize>() + ENTRY_OVERHEAD;
        self.shrink(self.capacity.saturating_sub(size));
        if size > self.capacity {
            return;
        }
        if self.size + size > limits::H2_TABLE_BYTES_MAX {
            self.shrink(limits::H2_TABLE_BYTES_MAX.saturating_sub(size));
            self.open_ended = true;
            if size > limits::H2_TABLE_BYTES_MAX {
                return;
            }
        }
        self.size += size;
        let name_len = name.map(|name| name.len() as u32);
        let entry = Entry { bytes: known.concat().into(), name_len, valued: value.is_some(), id, odd, number };
        self.entries.push_front(entry);
    }

    /// The encoder changes the size (§6.3).
    pub(super) fn resize(&mut self, capacity: usize) {
        self.capacity = capacity;
        self.shrink(capacity);
        if capacity == 0 {
            // Whatever was not seen is gone too.
            (self.open_ended, self.certain_from) = (false, 0);
        }
    }

    /// Bytes were lost in which entries may have been inserted.
    pub(super) fn doubt(&mut self) {
        (self.certain_from, self.open_ended) = (self.inserted, true);
    }

    /// Bytes kept.
    pub(super) const fn buffered(&self) -> usize {
        self.size
    }

    fn shrink(&mut self, to: usize) {
        while self.size > to {
            let Some(entry) = self.entries.pop_back() else { break };
            self.size -= entry.size();
        }
    }
}

/// Entry of a static index, from 1 (Appendix A).
pub(super) fn fixed(index: usize) -> Option<&'static Static> {
    STATIC.get(index.checked_sub(1)?)
}

/// Entries of the static table.
pub(super) const STATIC_LEN: usize = STATIC.len();

macro_rules! entries {
    ($($id:ident $name:literal $value:literal,)*) => {
        static STATIC: [Static; 61] = [$((FieldName::$id, $name, $value),)*];
    };
}

entries! {
    Other b":authority" b"",
    Other b":method" b"GET",
    Other b":method" b"POST",
    Other b":path" b"/",
    Other b":path" b"/index.html",
    Other b":scheme" b"http",
    Other b":scheme" b"https",
    Other b":status" b"200",
    Other b":status" b"204",
    Other b":status" b"206",
    Other b":status" b"304",
    Other b":status" b"400",
    Other b":status" b"404",
    Other b":status" b"500",
    Other b"accept-charset" b"",
    Other b"accept-encoding" b"gzip, deflate",
    Other b"accept-language" b"",
    Other b"accept-ranges" b"",
    Accept b"accept" b"",
    Other b"access-control-allow-origin" b"",
    Other b"age" b"",
    Other b"allow" b"",
    Authorization b"authorization" b"",
    Other b"cache-control" b"",
    Other b"content-disposition" b"",
    ContentEncoding b"content-encoding" b"",
    Other b"content-language" b"",
    ContentLength b"content-length" b"",
    Other b"content-location" b"",
    ContentRange b"content-range" b"",
    ContentType b"content-type" b"",
    Cookie b"cookie" b"",
    Other b"date" b"",
    Other b"etag" b"",
    Expect b"expect" b"",
    Other b"expires" b"",
    Other b"from" b"",
    Host b"host" b"",
    Other b"if-match" b"",
    Other b"if-modified-since" b"",
    Other b"if-none-match" b"",
    Other b"if-range" b"",
    Other b"if-unmodified-since" b"",
    Other b"last-modified" b"",
    Other b"link" b"",
    Location b"location" b"",
    Other b"max-forwards" b"",
    Other b"proxy-authenticate" b"",
    ProxyAuthorization b"proxy-authorization" b"",
    Other b"range" b"",
    Other b"referer" b"",
    Other b"refresh" b"",
    Other b"retry-after" b"",
    Server b"server" b"",
    SetCookie b"set-cookie" b"",
    Other b"strict-transport-security" b"",
    TransferEncoding b"transfer-encoding" b"",
    UserAgent b"user-agent" b"",
    Other b"vary" b"",
    Other b"via" b"",
    WwwAuthenticate b"www-authenticate" b"",
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(table: &Table) -> Vec<String> {
        table.entries.iter().map(|e| String::from_utf8_lossy(e.name().unwrap_or(b"?")).into_owned()).collect()
    }

    #[test]
    fn static_entries_know_their_names() {
        assert_eq!(STATIC_LEN, 61);
        for (id, name, _) in &STATIC {
            assert_eq!(*id, FieldName::of(name));
        }
        assert!(fixed(0).is_none() && fixed(62).is_none());
    }

    #[test]
    fn the_oldest_make_room_and_an_entry_that_is_too_large_empties_the_table() {
        let mut table = Table::new(true);
        table.resize(2 * 34 + 1);
        for name in [b"a", b"b", b"c"] {
            table.insert(FieldName::Other, Some(name), Some(b"1"), false);
        }
        assert_eq!(names(&table), ["c", "b"]);
        table.insert(FieldName::Other, Some(&[b'x'; 99]), Some(b""), false);
        assert_eq!((names(&table).len(), table.buffered()), (0, 0));
    }

    #[test]
    fn no_more_than_the_limit_is_kept_whatever_the_encoder_asks_for() {
        let mut table = Table::new(true);
        table.resize(usize::MAX);
        for _ in 0..10 * limits::H2_TABLE_BYTES_MAX / 132 {
            table.insert(FieldName::Other, Some(&[b'n'; 50]), Some(&[b'v'; 50]), false);
        }
        assert!(table.buffered() <= limits::H2_TABLE_BYTES_MAX && table.is_open_ended());
    }

    #[test]
    fn what_was_there_before_a_loss_is_in_doubt_and_what_comes_after_is_not() {
        let mut table = Table::new(true);
        table.insert(FieldName::Other, Some(b"old"), Some(b"1"), false);
        table.doubt();
        table.insert(FieldName::Other, Some(b"new"), Some(b"2"), false);
        let doubts: Vec<bool> = table.entries.iter().map(|entry| table.is_uncertain(entry)).collect();
        assert_eq!(doubts, [false, true]);
        table.resize(0);
        assert!(!table.is_open_ended());
    }
}
