//! JSON Lines of transactions, written without intermediate values.
//!
//! Bytes of the wire are not always text: each byte becomes the character of that code (Latin-1), and everything that
//! is not printable ASCII is escaped, so that no output can steer a terminal.

use std::io::Write;
use std::net::IpAddr;

use model::flow::HostPort;
use model::message::{FieldName, Request, Response, TransactionSink, grpc_status};
use model::{FlowEnds, PacketTime, StreamPart, TlsSeen, Transaction};

use crate::tls_lines::{self, Names};

/// Bytes of lines written at a time.
const WRITE_BYTES: usize = 1 << 16;

/// Writes each transaction, and each part of a stream, as one line.
pub(crate) struct Lines<W> {
    to: W,
    /// Lines not yet written.
    pending: Vec<u8>,
    clock: Clock,
    /// Transactions written.
    pub count: u64,
    /// The first write error; later transactions are not written.
    pub failed: Option<std::io::Error>,
    /// Connections of TLS, by name.
    pub names: Names,
    /// Whether connections of TLS are written instead of transactions.
    tls: bool,
    /// Whether parts of streams are written too.
    streams: bool,
}

impl<W: Write> Lines<W> {
    /// `tls`: connections of TLS are written instead of transactions; `streams`: parts of streams between them.
    pub(crate) fn new(to: W, tls: bool, streams: bool) -> Self {
        Self {
            to,
            pending: Vec::with_capacity(WRITE_BYTES + 1024),
            clock: Clock::default(),
            count: 0,
            failed: None,
            names: Names::default(),
            tls,
            streams,
        }
    }

    /// Writes what is buffered, if it is much.
    fn written(&mut self) {
        if self.pending.len() >= WRITE_BYTES {
            self.failed = self.to.write_all(&self.pending).err();
            self.pending.clear();
        }
    }

    /// Writes what is buffered.
    pub(crate) fn flush(&mut self) -> std::io::Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.to.write_all(&self.pending)?;
        self.pending.clear();
        self.to.flush()
    }
}

impl<W: Write> TransactionSink for Lines<W> {
    fn wants_bodies(&self) -> bool {
        false
    }

    fn transaction(&mut self, transaction: &Transaction<'_>) {
        if self.failed.is_some() {
            return;
        }
        self.count += 1;
        if !self.tls {
            row(&mut self.pending, transaction, &mut self.clock);
            self.written();
        }
    }

    fn streamed(&mut self, part: &StreamPart<'_>) {
        if self.failed.is_none() && self.streams {
            stream_row(&mut self.pending, part, &mut self.clock);
            self.written();
        }
    }

    fn wants_digests(&self) -> bool {
        self.tls
    }

    fn tls(&mut self, seen: &TlsSeen<'_>) {
        self.names.add(seen);
        if self.tls && self.failed.is_none() {
            tls_lines::row(&mut self.pending, seen, &mut self.clock);
            self.written();
        }
    }
}

fn row(line: &mut Vec<u8>, transaction: &Transaction<'_>, clock: &mut Clock) {
    ends(line, &transaction.flow);
    let version = transaction.request.map(|r| r.version).or(transaction.response.map(|r| r.version));
    string(line, b",\"version\":", version.map(|v| v.as_str().as_bytes()));
    request(line, transaction.request.as_ref());
    response(line, transaction.response.as_ref());
    line.extend_from_slice(b",\"interim\":[");
    list(line, transaction.interim.iter(), |line, &status| digits(line, u64::from(status)));
    let spans = (transaction.request.map(|r| r.span), transaction.response.map(|r| r.span));
    let first = spans.0.or(spans.1).unwrap_or_default();
    let last = spans.1.or(spans.0).unwrap_or_default();
    number(line, b"],\"frame\":", Some(first.first_frame));
    number(line, b",\"last_frame\":", Some(last.last_frame.max(first.last_frame)));
    line.extend_from_slice(b",\"at\":\"");
    clock.write(line, first.first_at);
    let answered = spans.1.filter(|response| response.last_at != PacketTime::ZERO);
    let duration = answered.map(|response| response.last_at.since(first.first_at).as_nanos() as u64);
    number(line, b"\",\"duration_ns\":", spans.0.and(duration));
    number(line, b",\"missing_bytes\":", Some(transaction.missing));
    line.extend_from_slice(b",\"anomalies\":[");
    if !transaction.anomalies.is_empty() {
        list(line, transaction.anomalies.iter(), |line, anomaly| quoted(line, anomaly.as_str().as_bytes()));
    }
    line.push(b']');
    grpc(line, transaction);
    line.extend_from_slice(b"}\n");
}

/// What is told of calls of gRPC only.
fn grpc(line: &mut Vec<u8>, transaction: &Transaction<'_>) {
    let asked = transaction.request.and_then(|request| request.body.messages);
    let answered = transaction.response.and_then(|response| response.body.messages);
    let status = transaction.response.and_then(|response| grpc_status(&response.fields, &response.body));
    if asked.is_none() && answered.is_none() && status.is_none() {
        return;
    }
    number(line, b",\"grpc\":{\"status\":", status.map(u64::from));
    let sides: [(&[u8], _); 2] = [(b",\"request\":", asked), (b",\"response\":", answered)];
    for (name, side) in sides {
        line.extend_from_slice(name);
        let Some(messages) = side else {
            line.extend_from_slice(b"null");
            continue;
        };
        number(line, b"{\"messages\":", Some(messages.count));
        number(line, b",\"bytes\":", Some(messages.bytes));
        number(line, b",\"largest\":", Some(u64::from(messages.largest)));
        line.extend_from_slice(b",\"exact\":");
        line.extend_from_slice(if messages.is_exact() { b"true}" } else { b"false}" });
    }
    line.push(b'}');
}

/// A part of a stream: what was counted in each direction.
fn stream_row(line: &mut Vec<u8>, part: &StreamPart<'_>, clock: &mut Clock) {
    ends(line, &part.flow);
    string(line, b",\"stream\":", Some(part.kind.as_str().as_bytes()));
    string(line, b",\"host\":", part.request.and_then(|r| r.fields.first(FieldName::Host)));
    string(line, b",\"target\":", part.request.map(|r| r.target));
    for (name, counts) in [(&b",\"sent\":{"[..], &part.sent), (b",\"received\":{", &part.received)] {
        line.extend_from_slice(name);
        number(line, b"\"messages\":", Some(counts.messages));
        number(line, b",\"text\":", Some(counts.text));
        number(line, b",\"unread\":", Some(counts.unread));
        number(line, b",\"control\":", Some(counts.control));
        number(line, b",\"bytes\":", Some(counts.bytes));
        number(line, b",\"content_bytes\":", Some(counts.content));
        number(line, b",\"largest\":", Some(counts.largest));
        line.push(b'}');
    }
    number(line, b",\"frame\":", Some(part.span.first_frame));
    number(line, b",\"last_frame\":", Some(part.span.last_frame));
    line.extend_from_slice(b",\"at\":\"");
    clock.write(line, part.span.first_at);
    number(line, b"\",\"duration_ns\":", Some(part.span.last_at.since(part.span.first_at).as_nanos() as u64));
    line.extend_from_slice(if part.last { b",\"last\":true" } else { b",\"last\":false" });
    number(line, b",\"missing_bytes\":", Some(part.missing));
    line.extend_from_slice(b",\"anomalies\":[");
    list(line, part.anomalies.iter(), |line, anomaly| quoted(line, anomaly.as_str().as_bytes()));
    line.extend_from_slice(b"]}\n");
}

pub(crate) fn ends(line: &mut Vec<u8>, flow: &FlowEnds) {
    line.extend_from_slice(b"{\"src\":\"");
    address(line, &flow.orig);
    number(line, b"\",\"sport\":", Some(u64::from(flow.orig.port)));
    line.extend_from_slice(b",\"dst\":\"");
    address(line, &flow.resp);
    number(line, b"\",\"dport\":", Some(u64::from(flow.resp.port)));
}

fn request(line: &mut Vec<u8>, request: Option<&Request<'_>>) {
    string(line, b",\"method\":", request.map(|r| r.method));
    string(line, b",\"host\":", request.and_then(|r| r.fields.first(FieldName::Host)));
    string(line, b",\"target\":", request.map(|r| r.target));
    number(line, b",\"req_body_len\":", request.filter(|r| r.body.complete).map(|r| r.body.len));
}

fn response(line: &mut Vec<u8>, response: Option<&Response<'_>>) {
    let status = response.map(|r| u64::from(r.status)).filter(|&status| status > 0);
    number(line, b",\"status\":", status);
    number(line, b",\"resp_body_len\":", response.filter(|r| r.body.complete).map(|r| r.body.len));
    let content_type = response.and_then(|r| r.fields.first(FieldName::ContentType));
    let media_type = content_type.and_then(|t| t.split(|&b| b == b';').next()).map(<[u8]>::trim_ascii);
    string(line, b",\"content_type\":", media_type);
}

/// An address as [`std::net::IpAddr`] prints it.
fn address(line: &mut Vec<u8>, end: &HostPort) {
    match end.ip() {
        IpAddr::V4(v4) => {
            for (i, octet) in v4.octets().into_iter().enumerate() {
                if i > 0 {
                    line.push(b'.');
                }
                digits(line, u64::from(octet));
            }
        }
        IpAddr::V6(v6) => line.extend_from_slice(v6.to_string().as_bytes()),
    }
}

/// The text of the last whole second written: the next instant is most often within it.
#[derive(Default)]
pub(crate) struct Clock {
    second: Option<u64>,
    text: String,
}

impl Clock {
    /// Writes the instant as [`PacketTime`] prints it.
    pub(crate) fn write(&mut self, line: &mut Vec<u8>, at: PacketTime) {
        if self.second != Some(at.seconds()) {
            self.second = Some(at.seconds());
            self.text = PacketTime::from_parts(at.seconds(), 0).to_string();
        }
        line.extend_from_slice(self.text.trim_end_matches('Z').as_bytes());
        let mut nanos = at.nanos() % 1_000_000_000;
        if nanos > 0 {
            let mut width = 9;
            while nanos.is_multiple_of(10) {
                nanos /= 10;
                width -= 1;
            }
            line.push(b'.');
            let from = line.len();
            digits(line, nanos);
            let zeros = width - (line.len() - from);
            line.splice(from..from, std::iter::repeat_n(b'0', zeros));
        }
        line.push(b'Z');
    }
}

/// `name` with what stands before it, then the value.
pub(crate) fn string(line: &mut Vec<u8>, name: &[u8], value: Option<&[u8]>) {
    line.extend_from_slice(name);
    match value {
        Some(value) => quoted(line, value),
        None => line.extend_from_slice(b"null"),
    }
}

/// `name` with what stands before it, then the value.
pub(crate) fn number(line: &mut Vec<u8>, name: &[u8], value: Option<u64>) {
    line.extend_from_slice(name);
    match value {
        Some(value) => digits(line, value),
        None => line.extend_from_slice(b"null"),
    }
}

pub(crate) fn list<T>(line: &mut Vec<u8>, items: impl Iterator<Item = T>, mut write: impl FnMut(&mut Vec<u8>, T)) {
    for (i, item) in items.enumerate() {
        if i > 0 {
            line.push(b',');
        }
        write(line, item);
    }
}

fn digits(line: &mut Vec<u8>, mut value: u64) {
    const MAX: usize = 20;
    let mut text = [0; MAX];
    let mut len = 0;
    for slot in text.iter_mut().rev() {
        *slot = b'0' + (value % 10) as u8;
        value /= 10;
        len += 1;
        if value == 0 {
            break;
        }
    }
    line.extend_from_slice(text.get(MAX - len..).unwrap_or_default());
}

/// A JSON string (RFC 8259 §7) in which each byte is one character.
pub(crate) fn quoted(line: &mut Vec<u8>, value: &[u8]) {
    line.push(b'"');
    // Without early exit from a block the compiler looks at all its bytes at once.
    let (blocks, rest) = value.as_chunks::<16>();
    let plain = blocks.iter().all(|block| block.iter().fold(true, |plain, &byte| plain & is_plain(byte)));
    if plain && rest.iter().all(|&byte| is_plain(byte)) {
        line.extend_from_slice(value);
    } else {
        escaped(line, value);
    }
    line.push(b'"');
}

#[allow(clippy::needless_bitwise_bool, reason = "without branches the compiler looks at sixteen bytes at once")]
const fn is_plain(byte: u8) -> bool {
    (byte >= b' ') & (byte <= b'~') & (byte != b'"') & (byte != b'\\')
}

#[cold]
fn escaped(line: &mut Vec<u8>, value: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for &byte in value {
        match byte {
            b'"' | b'\\' => line.extend_from_slice(&[b'\\', byte]),
            0x20..0x7f => line.push(byte),
            _ => {
                let hex = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
                line.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte & 15)]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_inert_json() {
        let mut line = Vec::new();
        quoted(&mut line, b"a\"\\\x1b[2J\xff\n");
        assert_eq!(line, br#""a\"\\\u001b[2J\u00ff\u000a""#);
        let text: String = serde_json::from_slice(&line).unwrap();
        assert_eq!(text, "a\"\\\u{1b}[2J\u{ff}\n");
    }

    #[test]
    fn numbers_are_decimal() {
        for value in [0, 7, 10, 65_535, u64::MAX] {
            let mut line = Vec::new();
            digits(&mut line, value);
            assert_eq!(line, value.to_string().as_bytes());
        }
    }
    #[test]
    fn instants_are_written_as_packet_time_prints_them() {
        let mut clock = Clock::default();
        for nanos in [0, 1, 10, 500_000_000, 999_999_999, 1_000_000_000, 1_000_000_120, 951_782_400_000_000_007] {
            let (mut line, at) = (Vec::new(), PacketTime(nanos));
            clock.write(&mut line, at);
            assert_eq!(String::from_utf8(line).unwrap(), at.to_string());
        }
    }

    #[test]
    fn addresses_are_written_as_the_standard_library_prints_them() {
        for text in ["10.0.0.255", "0.0.0.0", "2001:db8::1", "::ffff:10.0.0.1"] {
            let addr = match text.parse().unwrap() {
                IpAddr::V4(v4) => model::flow::mapped(v4.octets()),
                IpAddr::V6(v6) => v6.octets(),
            };
            let mut line = Vec::new();
            address(&mut line, &HostPort { addr, port: 1 });
            assert_eq!(String::from_utf8(line).unwrap(), text);
        }
    }
}
