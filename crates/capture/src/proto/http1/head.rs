//! Heads: start line and header section, and what they say about the length of the message.
//!
//! `httparse` reads what is valid: of a head whose fields have the plainest form (`fields`) the start line, of any other
//! the whole. What it refuses and servers accept (bare LF, obs-fold, blanks before the colon, stray bytes) is read line
//! by line and marked `http.malformed`.

use std::mem::MaybeUninit;

use httparse::{EMPTY_HEADER, Header, ParserConfig};
use model::message::{Field, FieldName, Version};
use model::{Anomaly, limits};

use super::fields;
use crate::proto::message::Head;

/// How the end of a message is found (RFC 9112 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Empty,
    Length(u64),
    Chunked,
    UntilClose,
}

/// Offset just after the empty line that ends a header section, searched from `from`.
pub(super) fn end_of_head(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let newline = at + memchr::memchr(b'\n', bytes.get(at..)?)?;
        match (bytes.get(newline + 1), bytes.get(newline + 2)) {
            (Some(b'\n'), _) => return Some(newline + 2),
            (Some(b'\r'), Some(b'\n')) => return Some(newline + 3),
            _ => at = newline + 1,
        }
    }
}

const FEW: usize = 48;

fn config() -> ParserConfig {
    let mut config = ParserConfig::default();
    config.allow_multiple_spaces_in_request_line_delimiters(true);
    config.allow_multiple_spaces_in_response_status_delimiters(true);
    config.allow_spaces_after_header_name_in_responses(false);
    config
}

/// Reads a valid head with few fields at the start of `bytes` into the empty `head`; returns its length, or `None` when
/// it is not whole, not valid, or long.
#[inline]
pub(super) fn valid(is_request: bool, bytes: &[u8], head: &mut Head) -> Option<usize> {
    plain(is_request, bytes, head).or_else(|| {
        head.reset();
        any_valid(is_request, bytes, head)
    })
}

/// A head whose fields have the plainest form, as most have: `httparse` reads its start line.
#[inline]
pub(super) fn plain(is_request: bool, bytes: &[u8], head: &mut Head) -> Option<usize> {
    let line = memchr::memchr(b'\n', bytes)? + 1;
    let start = bytes.get(..line)?;
    // What is partial is the header section, once there is all that a start line holds: a line end ends nothing else.
    if is_request {
        let mut parsed = httparse::Request::new(&mut []);
        let status = config().parse_request(&mut parsed, start);
        if status != Ok(httparse::Status::Partial) || parsed.version.is_none() {
            return None;
        }
        take_request(bytes, &parsed, head);
    } else {
        let mut parsed = httparse::Response::new(&mut []);
        let status = config().parse_response(&mut parsed, start);
        if status != Ok(httparse::Status::Partial) || parsed.reason.is_none() {
            return None;
        }
        take_response(bytes, &parsed, head);
    }
    fields::plain(bytes, line, FEW, head)
}

#[cold]
pub(super) fn any_valid(is_request: bool, bytes: &[u8], head: &mut Head) -> Option<usize> {
    let mut few = [const { MaybeUninit::<Header<'_>>::uninit() }; FEW];
    if is_request {
        let mut parsed = httparse::Request::new(&mut []);
        let status = config().parse_request_with_uninit_headers(&mut parsed, bytes, &mut few);
        let Ok(httparse::Status::Complete(len)) = status else { return None };
        take_request(bytes, &parsed, head);
        Some(len)
    } else {
        let mut parsed = httparse::Response::new(&mut []);
        let status = config().parse_response_with_uninit_headers(&mut parsed, bytes, &mut few);
        let Ok(httparse::Status::Complete(len)) = status else { return None };
        take_response(bytes, &parsed, head);
        Some(len)
    }
}

/// Reads the whole head `bytes` into the empty `head`, valid or not; false when the first line is no start line.
pub(super) fn read(is_request: bool, bytes: &[u8], head: &mut Head) -> bool {
    if valid(is_request, bytes, head).is_some() || many(is_request, bytes, head) {
        return true;
    }
    let read = if is_request { tolerant_request(bytes, head) } else { tolerant_response(bytes, head) };
    read.is_some()
}

/// A valid head with more than a few fields.
#[cold]
fn many(is_request: bool, bytes: &[u8], head: &mut Head) -> bool {
    let lines = memchr::memchr_iter(b'\n', bytes).take(limits::FIELDS_MAX + 2).count();
    if !(FEW..=limits::FIELDS_MAX + 1).contains(&lines) {
        return false;
    }
    let mut many = vec![EMPTY_HEADER; lines];
    if is_request {
        let mut parsed = httparse::Request::new(&mut many);
        let whole = matches!(config().parse_request(&mut parsed, bytes), Ok(httparse::Status::Complete(_)));
        if whole {
            take_request(bytes, &parsed, head);
        }
        return whole;
    }
    let mut parsed = httparse::Response::new(&mut many);
    let whole = matches!(config().parse_response(&mut parsed, bytes), Ok(httparse::Status::Complete(_)));
    if whole {
        take_response(bytes, &parsed, head);
    }
    whole
}

fn take_request(bytes: &[u8], parsed: &httparse::Request<'_, '_>, head: &mut Head) {
    head.method = span(bytes, parsed.method.unwrap_or_default().as_bytes());
    head.target = span(bytes, parsed.path.unwrap_or_default().as_bytes());
    head.version = if parsed.version == Some(0) { Version::Http10 } else { Version::Http11 };
    take_fields(bytes, parsed.headers, head);
}

fn take_response(bytes: &[u8], parsed: &httparse::Response<'_, '_>, head: &mut Head) {
    head.status = parsed.code.unwrap_or_default();
    head.version = if parsed.version == Some(0) { Version::Http10 } else { Version::Http11 };
    take_fields(bytes, parsed.headers, head);
}

fn take_fields(bytes: &[u8], headers: &[Header<'_>], head: &mut Head) {
    for header in headers {
        head.push(field(bytes, header.name.as_bytes(), header.value));
    }
}

fn span(whole: &[u8], part: &[u8]) -> (u32, u32) {
    ((part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize) as u32, part.len() as u32)
}

fn field(whole: &[u8], name: &[u8], value: &[u8]) -> Field {
    let (name_at, name_len) = span(whole, name);
    let (value_at, value_len) = span(whole, value);
    let name_len = u16::try_from(name_len).unwrap_or(u16::MAX);
    Field { id: FieldName::of(name), name_at, name_len, value_at, value_len }
}

fn tolerant_request(bytes: &[u8], head: &mut Head) -> Option<()> {
    let (line, rest) = first_line(bytes);
    let method_len = line.iter().position(|b| matches!(b, b' ' | b'\t'))?;
    let (method, after) = line.split_at_checked(method_len)?;
    let after = after.trim_ascii();
    let cut = after.iter().rposition(|b| matches!(b, b' ' | b'\t'));
    let (target, version) = match cut.and_then(|at| after.split_at_checked(at)) {
        Some((target, version)) if version.trim_ascii().get(..5).is_some_and(|v| v.eq_ignore_ascii_case(b"HTTP/")) => {
            (target.trim_ascii(), version_of(version.trim_ascii()))
        }
        _ => (after, Version::Http09),
    };
    (head.method, head.target, head.version) = (span(bytes, method), span(bytes, target), version);
    if version != Version::Http09 {
        head.anomalies.insert(Anomaly::HttpMalformed);
    }
    tolerant_fields(bytes, rest, head);
    Some(())
}

fn version_of(token: &[u8]) -> Version {
    if token.ends_with(b"1.0") || token.ends_with(b"/0.9") { Version::Http10 } else { Version::Http11 }
}

fn tolerant_response(bytes: &[u8], head: &mut Head) -> Option<()> {
    let (line, rest) = first_line(bytes);
    if !line.starts_with(b"HTTP/") {
        return None;
    }
    let mut words = line.split(|b| matches!(b, b' ' | b'\t')).filter(|w| !w.is_empty());
    let version = version_of(words.next()?);
    let code = words.next().unwrap_or_default();
    let digits = code.get(..3).filter(|d| d.iter().all(u8::is_ascii_digit))?;
    let status = digits.iter().fold(0u16, |n, d| n * 10 + u16::from(d - b'0'));
    (head.status, head.version) = (status, version);
    head.anomalies.insert(Anomaly::HttpMalformed);
    tolerant_fields(bytes, rest, head);
    Some(())
}

fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
    let line = bytes.get(..end).unwrap_or_default();
    (line.trim_ascii(), bytes.get(end + 1..).unwrap_or_default())
}

fn tolerant_fields(whole: &[u8], mut rest: &[u8], head: &mut Head) {
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..end).unwrap_or_default();
        rest = rest.get(end + 1..).unwrap_or_default();
        if line.trim_ascii().is_empty() {
            continue;
        }
        if matches!(line.first(), Some(b' ' | b'\t')) && !head.fields.is_empty() {
            fold(whole, line, head);
            continue;
        }
        if head.fields.len() >= limits::FIELDS_MAX {
            head.anomalies.insert(Anomaly::HttpLimit);
            return;
        }
        if let Some(colon) = memchr::memchr(b':', line) {
            let (name, value) = line.split_at(colon);
            head.push(field(whole, name.trim_ascii(), value.get(1..).unwrap_or_default().trim_ascii()));
        }
    }
}

/// Adds an obs-fold line to the value before it (RFC 9112 §5.2); the value keeps the line end inside.
fn fold(whole: &[u8], line: &[u8], head: &mut Head) {
    let (at, len) = span(whole, line.trim_ascii_end());
    if let Some(last) = head.fields.last_mut() {
        last.value_len = (at + len).saturating_sub(last.value_at);
    }
}

/// What the header section says about the length of the content.
#[derive(Clone, Copy, Debug, Default)]
struct Lengths {
    chunked: bool,
    coded: bool,
    length: Option<u64>,
    ambiguous: bool,
}

fn lengths(bytes: &[u8], head: &Head) -> Lengths {
    let mut seen = Lengths::default();
    if !head.has_any(FieldName::TransferEncoding.bit() | FieldName::ContentLength.bit()) {
        return seen;
    }
    for field in &head.fields {
        let value = field.value_in(bytes);
        match field.id {
            FieldName::TransferEncoding => {
                let last = value.rsplit(|&b| b == b',').next().unwrap_or_default().trim_ascii();
                seen.ambiguous |= seen.coded;
                seen.coded = true;
                seen.chunked |= last.eq_ignore_ascii_case(b"chunked");
            }
            FieldName::ContentLength => match decimal(value) {
                Some(n) if seen.length.is_none_or(|m| m == n) => seen.length = Some(n),
                _ => seen.ambiguous = true,
            },
            _ => {}
        }
    }
    seen.ambiguous |= seen.coded && seen.length.is_some();
    seen
}

/// A `Content-Length` value: digits only; a list of equal values counts as one (RFC 9110 §8.6).
fn decimal(value: &[u8]) -> Option<u64> {
    let mut parts = value.split(|&b| b == b',').map(<[u8]>::trim_ascii);
    let first = parts.next()?;
    if first.is_empty() || !parts.all(|p| p == first) || !first.iter().all(u8::is_ascii_digit) {
        return None;
    }
    first.iter().try_fold(0u64, |n, d| n.checked_mul(10)?.checked_add(u64::from(d - b'0')))
}

/// Framing of a request (RFC 9112 §6.3).
pub(super) fn request_framing(bytes: &[u8], head: &mut Head) -> Framing {
    let seen = lengths(bytes, head);
    if seen.ambiguous || (seen.coded && !seen.chunked) {
        head.anomalies.insert(Anomaly::HttpAmbiguousFraming);
    }
    match seen.length {
        _ if seen.chunked => Framing::Chunked,
        Some(0) | None => Framing::Empty,
        Some(n) => Framing::Length(n),
    }
}

/// Framing of a response to `method` (RFC 9112 §6.3); an unknown method is taken as one whose answers have content.
pub(super) fn response_framing(bytes: &[u8], head: &mut Head, method: Option<&[u8]>) -> Framing {
    let seen = lengths(bytes, head);
    if seen.ambiguous {
        head.anomalies.insert(Anomaly::HttpAmbiguousFraming);
    }
    let tunnel = method == Some(b"CONNECT") && (200..300).contains(&head.status);
    if method == Some(b"HEAD") || tunnel || matches!(head.status, 100..=199 | 204 | 304) {
        return Framing::Empty;
    }
    match seen.length {
        _ if seen.chunked => Framing::Chunked,
        Some(0) => Framing::Empty,
        Some(n) => Framing::Length(n),
        None => Framing::UntilClose,
    }
}
