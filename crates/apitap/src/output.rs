//! JSON Lines of transactions, written without intermediate values.
//!
//! Bytes of the wire are not always text: each byte becomes the character of that code (Latin-1), and everything that
//! is not printable ASCII is escaped, so that no output can steer a terminal.

use std::io::Write;

use model::message::{FieldName, Request, Response, TransactionSink};
use model::{FlowEnds, Transaction};

/// Writes each transaction as one line.
pub(crate) struct Lines<W> {
    to: W,
    line: Vec<u8>,
    /// Transactions written.
    pub count: u64,
    /// The first write error; later transactions are not written.
    pub failed: Option<std::io::Error>,
}

impl<W: Write> Lines<W> {
    pub(crate) fn new(to: W) -> Self {
        Self { to, line: Vec::with_capacity(1024), count: 0, failed: None }
    }

    /// Writes what is buffered.
    pub(crate) fn flush(&mut self) -> std::io::Result<()> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.to.flush(),
        }
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
        self.line.clear();
        row(&mut self.line, transaction);
        self.count += 1;
        if let Err(error) = self.to.write_all(&self.line) {
            self.failed = Some(error);
        }
    }
}

fn row(line: &mut Vec<u8>, transaction: &Transaction<'_>) {
    line.push(b'{');
    ends(line, &transaction.flow);
    let version = transaction.request.map(|r| r.version).or(transaction.response.map(|r| r.version));
    string(line, "version", version.map(|v| v.as_str().as_bytes()));
    request(line, transaction.request.as_ref());
    response(line, transaction.response.as_ref());
    numbers(line, "interim", transaction.interim);
    let spans = (transaction.request.map(|r| r.span), transaction.response.map(|r| r.span));
    let first = spans.0.or(spans.1).unwrap_or_default();
    let last = spans.1.or(spans.0).unwrap_or_default();
    number(line, "frame", Some(first.first_frame));
    number(line, "last_frame", Some(last.last_frame));
    string(line, "at", Some(first.first_at.to_string().as_bytes()));
    let duration = spans.1.map(|response| response.last_at.since(first.first_at).as_nanos() as u64);
    number(line, "duration_ns", spans.0.and(duration));
    number(line, "missing_bytes", Some(transaction.missing));
    line.extend_from_slice(b"\"anomalies\":[");
    for (i, anomaly) in transaction.anomalies.iter().enumerate() {
        if i > 0 {
            line.push(b',');
        }
        quoted(line, anomaly.as_str().as_bytes());
    }
    line.extend_from_slice(b"]}\n");
}

fn ends(line: &mut Vec<u8>, flow: &FlowEnds) {
    string(line, "src", Some(flow.orig.ip().to_string().as_bytes()));
    number(line, "sport", Some(u64::from(flow.orig.port)));
    string(line, "dst", Some(flow.resp.ip().to_string().as_bytes()));
    number(line, "dport", Some(u64::from(flow.resp.port)));
}

fn request(line: &mut Vec<u8>, request: Option<&Request<'_>>) {
    string(line, "method", request.map(|r| r.method));
    string(line, "host", request.and_then(|r| r.fields.first(FieldName::Host)));
    string(line, "target", request.map(|r| r.target));
    number(line, "req_body_len", request.filter(|r| r.body.complete).map(|r| r.body.len));
}

fn response(line: &mut Vec<u8>, response: Option<&Response<'_>>) {
    let status = response.map(|r| u64::from(r.status)).filter(|&status| status > 0);
    number(line, "status", status);
    number(line, "resp_body_len", response.filter(|r| r.body.complete).map(|r| r.body.len));
    let content_type = response.and_then(|r| r.fields.first(FieldName::ContentType));
    string(line, "content_type", content_type.and_then(|t| t.split(|&b| b == b';').next()).map(<[u8]>::trim_ascii));
}

fn name(line: &mut Vec<u8>, name: &str) {
    line.push(b'"');
    line.extend_from_slice(name.as_bytes());
    line.extend_from_slice(b"\":");
}

fn string(line: &mut Vec<u8>, field: &str, value: Option<&[u8]>) {
    name(line, field);
    match value {
        Some(value) => quoted(line, value),
        None => line.extend_from_slice(b"null"),
    }
    line.push(b',');
}

fn number(line: &mut Vec<u8>, field: &str, value: Option<u64>) {
    name(line, field);
    match value {
        Some(value) => digits(line, value),
        None => line.extend_from_slice(b"null"),
    }
    line.push(b',');
}

fn numbers(line: &mut Vec<u8>, field: &str, values: &[u16]) {
    name(line, field);
    line.push(b'[');
    for (i, &value) in values.iter().enumerate() {
        if i > 0 {
            line.push(b',');
        }
        digits(line, u64::from(value));
    }
    line.extend_from_slice(b"],");
}

fn digits(line: &mut Vec<u8>, mut value: u64) {
    let from = line.len();
    loop {
        line.push(b'0' + (value % 10) as u8);
        value /= 10;
        if value == 0 {
            break;
        }
    }
    if let Some(written) = line.get_mut(from..) {
        written.reverse();
    }
}

/// A JSON string (RFC 8259 §7) in which each byte is one character.
fn quoted(line: &mut Vec<u8>, value: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    line.push(b'"');
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
    line.push(b'"');
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
}
