//! From the fields of a header block to the head of a message (RFC 9113 §8).
//!
//! In: fields as they are decoded. Out: a message's head; which of the three kinds of block it was, and what was odd about
//! it. Pseudo-fields take the places that a start line has; `:authority` stands among the fields under the known name of
//! `Host`, which it replaces. What is forbidden is kept and marked, because servers carry on.

use model::message::{Field, FieldName, Version};
use model::{Anomaly, limits};

use super::hpack::Seen;
use crate::proto::message::Message;

/// What a block begins, or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Response,
    Trailers,
    /// Fields that tell have a place in the table that is not known.
    Unknown,
}

/// What was read of one block so far.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "four things that happen each for itself")]
pub(super) struct Section {
    pseudo: u8,
    regular: bool,
    malformed: bool,
    /// A field was not known.
    lost: bool,
    /// There was more than is kept.
    over: bool,
    kept: usize,
    /// Bytes of all names and values, kept or not.
    stands_for: usize,
    /// Indices of fields that may be others.
    doubted: Vec<u16>,
    doubted_pseudo: u8,
    authority: (u32, u32),
}

const METHOD: u8 = 1;
const PATH: u8 = 2;
const SCHEME: u8 = 4;
const AUTHORITY: u8 = 8;
const STATUS: u8 = 16;
const PROTOCOL: u8 = 32;

impl Section {
    /// Takes one field.
    pub(super) fn take(&mut self, seen: Seen<'_>, message: &mut Message) {
        self.malformed |= seen.odd;
        let (Some(name), Some(value)) = (seen.name, seen.value) else {
            self.lost = true;
            return;
        };
        let size = name.len() + value.len();
        self.stands_for = self.stands_for.saturating_add(size);
        if self.kept + size > limits::H2_LIST_BYTES_MAX || message.head.fields.len() >= limits::FIELDS_MAX {
            self.over = true;
            return;
        }
        self.kept += size;
        if name.first() == Some(&b':') {
            self.pseudo(name, value, seen.doubtful, message);
        } else {
            self.regular = true;
            self.malformed |= is_of_the_connection(seen.id, name, value);
            self.field(seen.id, name, value, seen.doubtful, message);
        }
    }

    fn pseudo(&mut self, name: &[u8], value: &[u8], doubtful: bool, message: &mut Message) {
        let bit = match name {
            b":method" => METHOD,
            b":path" => PATH,
            b":scheme" => SCHEME,
            b":authority" => AUTHORITY,
            b":status" => STATUS,
            b":protocol" => PROTOCOL,
            _ => 0,
        };
        self.malformed |= self.regular || bit == 0 || self.pseudo & bit != 0;
        if self.pseudo & bit != 0 {
            // Both values are kept: the first as what it is, the second as a field.
            return self.field(FieldName::Other, name, value, doubtful, message);
        }
        self.pseudo |= bit;
        if doubtful {
            self.doubted_pseudo |= bit;
        }
        match bit {
            METHOD => message.head.method = append(&mut message.bytes, value),
            PATH => message.head.target = append(&mut message.bytes, value),
            STATUS => match status(value) {
                Some(status) => message.head.status = status,
                None => self.malformed = true,
            },
            AUTHORITY => {
                self.field(FieldName::Host, name, value, doubtful, message);
                if let Some(field) = message.head.fields.last() {
                    self.authority = (field.value_at, field.value_len);
                }
            }
            SCHEME => {}
            _ => self.field(FieldName::Other, name, value, doubtful, message),
        }
    }

    fn field(&mut self, id: FieldName, name: &[u8], value: &[u8], doubtful: bool, message: &mut Message) {
        if doubtful {
            self.doubted.push(message.head.fields.len() as u16);
        }
        let (name_at, _) = append(&mut message.bytes, name);
        let (value_at, value_len) = append(&mut message.bytes, value);
        let name_len = u16::try_from(name.len()).unwrap_or(u16::MAX);
        message.head.push(Field { id, name_at, name_len, value_at, value_len });
    }

    /// Whether a block of so many bytes stands for far more than is kept of any. Cookies that are sent again do so by less:
    /// no server takes so many.
    pub(super) fn is_bomb(&self, coded: usize) -> bool {
        self.stands_for > limits::H2_LIST_BYTES_MAX && self.stands_for / limits::H2_BOMB_RATIO_MIN > coded
    }

    /// Whether anything in it is in doubt.
    fn is_doubtful(&self) -> bool {
        self.doubted_pseudo != 0 || !self.doubted.is_empty()
    }

    /// The block was read; `broken` when not to its end. What is still in doubt is not told, for it may be
    /// another field's.
    pub(super) fn finish(mut self, broken: bool, message: &mut Message) -> Kind {
        let head = &mut message.head;
        head.version = Version::Http2;
        if !self.doubted.is_empty() {
            let mut at = 0..;
            head.fields.retain(|_| at.next().is_some_and(|at| self.doubted.binary_search(&at).is_err()));
            head.names = head.fields.iter().fold(0, |names, field| names | field.id.bit());
        }
        for (bit, place) in [(METHOD, &mut head.method), (PATH, &mut head.target)] {
            if self.doubted_pseudo & bit != 0 {
                *place = (0, 0);
            }
        }
        if self.doubted_pseudo & STATUS != 0 {
            head.status = 0;
        }
        let known = self.pseudo & !self.doubted_pseudo;
        // A request with a status is no less a request.
        self.malformed |= known & STATUS != 0 && known & (METHOD | PATH) != 0;
        let kind = if known & STATUS != 0 && known & (METHOD | PATH) == 0 {
            Kind::Response
        } else if known & (METHOD | PATH | AUTHORITY | SCHEME) != 0 {
            Kind::Request
        } else if self.lost || broken || self.doubted_pseudo != 0 {
            Kind::Unknown
        } else {
            Kind::Trailers
        };
        if kind == Kind::Request {
            self.judge_request(broken, message);
        }
        self.mark(kind, broken, message);
        kind
    }

    /// What a request must name (RFC 9113 §8.3.1, §8.5).
    fn judge_request(&mut self, broken: bool, message: &mut Message) {
        let connect = message.method() == b"CONNECT" && self.pseudo & PROTOCOL == 0;
        let must = if connect { METHOD | AUTHORITY } else { METHOD | PATH | SCHEME };
        let missing = self.pseudo & must != must;
        if missing && !self.lost && !broken {
            self.malformed = true;
        }
        if connect && self.pseudo & PATH == 0 && self.doubted_pseudo & AUTHORITY == 0 {
            message.head.target = self.authority;
        }
    }

    fn mark(&self, kind: Kind, broken: bool, message: &mut Message) {
        let marks = &mut message.head.anomalies;
        if self.malformed {
            marks.insert(Anomaly::H2Malformed);
        }
        if self.lost || broken || self.is_doubtful() {
            // Of a block that tells nothing it is not known which it is of: the graver is taken.
            let answer = kind == Kind::Response;
            marks.insert(if answer { Anomaly::H2ResponseDesync } else { Anomaly::H2Desync });
        }
        if self.over {
            marks.insert(Anomaly::HttpLimit);
        }
    }
}

/// Fields that belong to one connection of HTTP/1 (RFC 9113 §8.2.2): a gateway that passes them on can be led astray.
fn is_of_the_connection(id: FieldName, name: &[u8], value: &[u8]) -> bool {
    match id {
        FieldName::Connection | FieldName::TransferEncoding | FieldName::Upgrade => true,
        FieldName::Other => match name {
            b"keep-alive" | b"proxy-connection" => true,
            b"te" => !value.eq_ignore_ascii_case(b"trailers"),
            _ => false,
        },
        _ => false,
    }
}

fn append(bytes: &mut Vec<u8>, text: &[u8]) -> (u32, u32) {
    let at = bytes.len() as u32;
    bytes.extend_from_slice(text);
    (at, text.len() as u32)
}

fn status(value: &[u8]) -> Option<u16> {
    let digits: &[u8; 3] = value.try_into().ok()?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let status = digits.iter().fold(0, |n, digit| n * 10 + u16::from(digit - b'0'));
    (status >= 100).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> (Kind, Message) {
        let (mut section, mut message) = (Section::default(), Message::default());
        for (name, value) in fields {
            let id = FieldName::of(name.as_bytes());
            let (name, value) = (Some(name.as_bytes()), Some(value.as_bytes()));
            section.take(Seen { id, name, value, doubtful: false, odd: false }, &mut message);
        }
        let kind = section.finish(false, &mut message);
        (kind, message)
    }

    #[test]
    fn blocks_are_told_apart_by_their_pseudo_fields() {
        let request = [(":method", "GET"), (":scheme", "http"), (":path", "/a"), (":authority", "h"), ("cookie", "c")];
        let (kind, message) = read(&request);
        assert_eq!((kind, message.head.anomalies.is_empty()), (Kind::Request, true));
        let view = message.request();
        assert_eq!((view.method, view.target, view.version), (&b"GET"[..], &b"/a"[..], Version::Http2));
        assert_eq!(view.fields.first(FieldName::Host), Some(&b"h"[..]));
        let (kind, message) = read(&[(":status", "200"), ("server", "x")]);
        assert_eq!((kind, message.head.status), (Kind::Response, 200));
        assert_eq!(read(&[("grpc-status", "0")]).0, Kind::Trailers);
    }

    #[test]
    fn connect_names_its_target_by_the_authority() {
        let (_, message) = read(&[(":method", "CONNECT"), (":authority", "h:443")]);
        assert_eq!((message.request().target, message.head.anomalies.is_empty()), (&b"h:443"[..], true));
        // RFC 8441 §4.
        let extended = [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "https"),
            (":path", "/chat"),
            (":authority", "h"),
        ];
        let (_, message) = read(&extended);
        assert_eq!((message.request().target, message.head.anomalies.is_empty()), (&b"/chat"[..], true));
    }

    #[test]
    fn what_is_forbidden_is_kept_and_marked() {
        let whole = [(":method", "GET"), (":scheme", "http"), (":path", "/a")];
        for more in
            [("transfer-encoding", "chunked"), ("connection", "x"), ("te", "gzip"), (":path", "/b"), (":unheard", "x")]
        {
            let (_, message) = read(&[&whole[..], &[more]].concat());
            assert!(message.head.anomalies.contains(Anomaly::H2Malformed), "{more:?}");
            assert_eq!(message.request().target, b"/a");
            assert!(
                message
                    .request()
                    .fields
                    .iter()
                    .any(|(_, name, value)| (name, value) == (more.0.as_bytes(), more.1.as_bytes()))
            );
        }
        for fields in [&whole[..2], &[("a", "b"), whole[0], whole[1], whole[2]], &[(":status", "2x0")]] {
            assert!(read(fields).1.head.anomalies.contains(Anomaly::H2Malformed), "{fields:?}");
        }
        assert!(!read(&[&whole[..], &[("te", "trailers")]].concat()).1.head.anomalies.contains(Anomaly::H2Malformed));
    }
}
