//! Lines of server-sent events (WHATWG HTML §9.2.6).
//!
//! In: content in pieces, and gaps. Out: the data of each event, lines joined by a line feed. Kept: the data of the event
//! being read, up to [`limits::MESSAGE_BYTES_MAX`]. After a gap nothing is an event before the next blank line.

use model::limits;

/// What a byte completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// An event; its data is in [`Events::data`].
    Event,
    /// An event of which bytes are missing.
    Cut,
    /// A comment, which keeps the connection open.
    Comment,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Field {
    /// At the start of a line, or in its name.
    #[default]
    Name,
    /// After the colon of `data`: a blank may be left out.
    Colon,
    /// In the value of `data`.
    Data,
    /// Anything else of a line.
    Other,
    /// In a comment.
    Comment,
}

/// Where in the lines the reader stands.
#[derive(Debug, Default)]
pub(super) struct Events {
    field: Field,
    /// The bytes of a name so far, and how many there were.
    name: [u8; 4],
    named: usize,
    /// The last byte was a carriage return: a line feed belongs to it.
    after_return: bool,
    /// Whether the event has data, and how much of it.
    has_data: bool,
    len: u64,
    /// Bytes before this place of the stream may be a byte order mark.
    seen: u8,
    /// Bytes are missing since the last blank line.
    cut: bool,
    data: Vec<u8>,
}

const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

impl Events {
    /// Reads on; returns the bytes used and what ended with them. All are used when nothing ended.
    pub(super) fn read(&mut self, bytes: &[u8]) -> (usize, Option<Ended>) {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if self.field == Field::Data && !self.after_return {
                // Most bytes are data: taken in one run.
                let rest = bytes.get(at..).unwrap_or_default();
                let run = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                self.take(rest.get(..run).unwrap_or_default());
                at += run;
                if run > 0 {
                    continue;
                }
            }
            at += 1;
            if let Some(ended) = self.byte(byte) {
                return (at, Some(ended));
            }
        }
        (bytes.len(), None)
    }

    fn byte(&mut self, byte: u8) -> Option<Ended> {
        if usize::from(self.seen) < MARK.len() {
            let mark = MARK.get(usize::from(self.seen)) == Some(&byte);
            self.seen = if mark { self.seen + 1 } else { u8::MAX };
            if mark {
                return None;
            }
        }
        if std::mem::take(&mut self.after_return) && byte == b'\n' {
            return None;
        }
        if matches!(byte, b'\r' | b'\n') {
            self.after_return = byte == b'\r';
            return self.line();
        }
        match self.field {
            Field::Name if byte == b':' => {
                self.field = match (self.named, &self.name) {
                    (0, _) => Field::Comment,
                    (4, b"data") => Field::Colon,
                    _ => Field::Other,
                };
                if self.field == Field::Colon {
                    self.begin_data();
                }
            }
            Field::Name => {
                if let Some(slot) = self.name.get_mut(self.named) {
                    *slot = byte;
                }
                self.named = self.named.saturating_add(1);
            }
            Field::Colon => {
                self.field = Field::Data;
                if byte != b' ' {
                    self.take(&[byte]);
                }
            }
            Field::Data => self.take(&[byte]),
            Field::Other | Field::Comment => {}
        }
        None
    }

    /// A line ended.
    fn line(&mut self) -> Option<Ended> {
        let field = std::mem::take(&mut self.field);
        let named = std::mem::take(&mut self.named);
        match field {
            // A blank line dispatches what has data.
            Field::Name if named == 0 => {
                let (had_data, cut) = (std::mem::take(&mut self.has_data), std::mem::take(&mut self.cut));
                if cut {
                    self.forget();
                    return Some(Ended::Cut);
                }
                had_data.then_some(Ended::Event)
            }
            // `data` without a colon is an empty line of data.
            Field::Name if named == 4 && &self.name == b"data" => {
                self.begin_data();
                None
            }
            Field::Comment => Some(Ended::Comment),
            _ => None,
        }
    }

    fn begin_data(&mut self) {
        if std::mem::replace(&mut self.has_data, true) {
            self.take(b"\n");
        }
    }

    fn take(&mut self, run: &[u8]) {
        self.len += run.len() as u64;
        let room = limits::MESSAGE_BYTES_MAX.saturating_sub(self.data.len());
        self.data.extend_from_slice(run.get(..run.len().min(room)).unwrap_or_default());
    }

    /// Bytes are missing.
    pub(super) fn gap(&mut self) {
        self.forget();
        (self.field, self.named, self.after_return) = (Field::Other, 0, false);
        (self.cut, self.has_data, self.seen) = (true, false, u8::MAX);
    }

    /// The data of the event that ended, as far as it is kept, and its length.
    pub(super) fn data(&self) -> (&[u8], u64) {
        (&self.data, self.len)
    }

    /// Makes room for the next event.
    pub(super) fn forget(&mut self) {
        self.data.clear();
        self.len = 0;
    }

    /// Bytes kept.
    pub(super) fn buffered(&self) -> usize {
        self.data.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> (Vec<String>, usize) {
        let (mut events, mut found, mut comments) = (Events::default(), Vec::new(), 0);
        for piece in pieces {
            let mut rest = *piece;
            while !rest.is_empty() {
                let (used, ended) = events.read(rest);
                rest = &rest[used..];
                match ended {
                    Some(Ended::Event) => {
                        found.push(String::from_utf8_lossy(events.data().0).into_owned());
                        events.forget();
                    }
                    Some(Ended::Comment) => comments += 1,
                    _ => {}
                }
            }
        }
        (found, comments)
    }

    #[test]
    fn events_are_read_as_browsers_read_them_wherever_they_are_cut() {
        let cases: [(&[u8], &[&str], usize); 9] = [
            (b"data: YHOO\ndata: +2\ndata: 10\n\n", &["YHOO\n+2\n10"], 0),
            (
                b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
                &["first event", "second event", " third event"],
                1,
            ),
            (b"data\n\ndata\ndata\n\ndata:", &["", "\n"], 0),
            (b"data:test\n\ndata: test\n\n", &["test", "test"], 0),
            (b"\xef\xbb\xbfdata: a\r\n\r\ndata: b\r\rdata: c\n\n", &["a", "b", "c"], 0),
            (b"event: x\nretry: 5\n\n", &[], 0),
            (b"database: no\ndat: no\n data: no\n\n", &[], 0),
            (b"data: {\"a\":1}\n\n:\n:\n", &["{\"a\":1}"], 2),
            (b"data: never sent", &[], 0),
        ];
        for (wire, expected, comments) in cases {
            let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
            for cut in 0..=wire.len() {
                let (head, tail) = wire.split_at(cut);
                assert_eq!(read(&[head, tail]), (expected.clone(), comments), "cut at {cut}");
            }
            let bytes: Vec<&[u8]> = wire.chunks(1).collect();
            assert_eq!(read(&bytes), (expected, comments));
        }
    }

    #[test]
    fn after_a_gap_nothing_is_an_event_before_a_blank_line() {
        let mut events = Events::default();
        assert_eq!(events.read(b"data: one\ndata: tw").1, None);
        events.gap();
        let wire = b"o\ndata: three\n\ndata: four\n\n";
        let (used, ended) = events.read(wire);
        assert_eq!((&wire[..used], ended), (&b"o\ndata: three\n\n"[..], Some(Ended::Cut)));
        assert_eq!(events.read(&wire[used..]).1, Some(Ended::Event));
        assert_eq!(events.data(), (&b"four"[..], 4));
    }

    #[test]
    fn no_more_of_an_event_is_kept_than_the_limit() {
        let mut events = Events::default();
        events.read(b"data: ");
        for _ in 0..3 {
            events.read(&vec![b'x'; limits::MESSAGE_BYTES_MAX]);
        }
        assert_eq!(events.read(b"\n\n").1, Some(Ended::Event));
        let (kept, len) = events.data();
        assert_eq!((kept.len(), len), (limits::MESSAGE_BYTES_MAX, 3 * limits::MESSAGE_BYTES_MAX as u64));
    }
}
