//! What the first bytes of a segment look like.

/// Verdict on the start of a piece of stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    /// An HTTP/1 request line.
    Request,
    /// An HTTP/1 status line.
    Response,
    /// A TLS record.
    Tls,
    /// The HTTP/2 client preface (RFC 9113 §3.4).
    Http2,
    /// Could become one of the above with more bytes.
    Unfinished,
    /// None of them.
    Other,
}

/// Longest method token believed. IANA's longest is 17 (`UPDATEREDIRECTREF`).
const METHOD_BYTES_MAX: usize = 24;
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Judges `bytes`. With `first` (nothing was sent before in this direction) also an HTTP/0.9 request is believed.
pub(super) fn looks_like(bytes: &[u8], first: bool) -> Looks {
    let Some(&lead) = bytes.first() else { return Looks::Unfinished };
    if (0x14..=0x18).contains(&lead) {
        return tls(bytes);
    }
    if bytes.starts_with(HTTP2_PREFACE.get(..14).unwrap_or_default()) {
        return Looks::Http2;
    }
    if let verdict @ (Looks::Response | Looks::Unfinished) = status_line(bytes) {
        return verdict;
    }
    request_line(trim_blank_lines(bytes), first)
}

fn trim_blank_lines(bytes: &[u8]) -> &[u8] {
    let blanks = bytes.iter().take(8).take_while(|&&b| b == b'\r' || b == b'\n').count();
    bytes.get(blanks..).unwrap_or_default()
}

fn tls(bytes: &[u8]) -> Looks {
    match (bytes.get(1), bytes.get(2), bytes.get(3)) {
        (Some(3), Some(0..=4), Some(0..=0x48)) => Looks::Tls,
        (Some(3) | None, Some(0..=4) | None, None) => Looks::Unfinished,
        _ => Looks::Other,
    }
}

/// A status line, or what may become one: `HTTP/d.d ddd` (RFC 9112 §4).
pub(super) fn status_line(bytes: &[u8]) -> Looks {
    const LEAD: &[u8] = b"HTTP/";
    let n = bytes.len().min(LEAD.len());
    if bytes.get(..n) != LEAD.get(..n) {
        return Looks::Other;
    }
    let digit = |at: usize| bytes.get(at).map(u8::is_ascii_digit);
    match (digit(5), bytes.get(6), digit(7)) {
        (Some(true), Some(b'.'), Some(true)) => match bytes.get(8) {
            Some(b' ' | b'\t') => Looks::Response,
            None => Looks::Unfinished,
            Some(_) => Looks::Other,
        },
        (Some(true) | None, Some(b'.') | None, None) => Looks::Unfinished,
        _ => Looks::Other,
    }
}

/// A request line, or what may become one: `METHOD target HTTP/d.d` (RFC 9112 §3).
pub(super) fn request_line(bytes: &[u8], first: bool) -> Looks {
    let token = bytes.iter().take(METHOD_BYTES_MAX + 1).take_while(|&&byte| is_method_byte(byte));
    let method = token.count();
    if method > METHOD_BYTES_MAX {
        return Looks::Other;
    }
    match bytes.get(method) {
        None => return if method >= 1 || bytes.is_empty() { Looks::Unfinished } else { Looks::Other },
        Some(b' ' | b'\t') if method >= 2 => {}
        Some(_) => return Looks::Other,
    }
    let (method, rest) = bytes.split_at_checked(method).unwrap_or_default();
    let end = memchr::memchr(b'\n', rest);
    let line = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    // Whether the end of the line is there yet must make no difference: cuts of segments are the sender's choice.
    if !is_common_method(method) && !is_text(line) {
        return Looks::Other;
    }
    if end.is_none() {
        return Looks::Unfinished;
    }
    let line = line.trim_ascii();
    let version = line.rsplit(|&b| b == b' ' || b == b'\t').next().unwrap_or_default();
    if version.get(..5).is_some_and(|lead| lead.eq_ignore_ascii_case(b"HTTP/")) && version.len() < line.len() {
        return Looks::Request;
    }
    let simple = first && bytes.starts_with(b"GET ") && line.starts_with(b"/") && !line.contains(&b' ');
    if simple { Looks::Request } else { Looks::Other }
}

/// Whether a token is believed to be a method when a valid request line follows.
pub(super) fn is_method(token: &[u8]) -> bool {
    (2..=METHOD_BYTES_MAX).contains(&token.len()) && token.iter().all(|&byte| is_method_byte(byte))
}

const fn is_method_byte(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_')
}

/// Methods that are believed with any bytes after them: who sends them means HTTP, and stray bytes are worth knowing.
fn is_common_method(method: &[u8]) -> bool {
    matches!(method, b"GET" | b"POST" | b"PUT" | b"DELETE" | b"PATCH" | b"HEAD" | b"OPTIONS" | b"CONNECT" | b"TRACE")
}

fn is_text(line: &[u8]) -> bool {
    line.iter().take(256).all(|&b| b >= 0x20 || b == b'\t' || b == b'\r')
}

/// Whether a start line, finished or not, asks for a path or a URI of HTTP, as lines of other protocols do not.
pub(super) fn asks_for_path(bytes: &[u8]) -> bool {
    let line = trim_blank_lines(bytes);
    let blank = line.iter().position(|b| matches!(b, b' ' | b'\t')).unwrap_or(line.len());
    let target = line.get(blank..).unwrap_or_default().trim_ascii_start();
    let scheme = |lead: &[u8]| target.get(..lead.len()).is_some_and(|start| start.eq_ignore_ascii_case(lead));
    target.starts_with(b"/") || scheme(b"http://") || scheme(b"https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_lines_are_told_apart() {
        for (bytes, expected) in [
            (&b"GET / HTTP/1.1\r\n"[..], Looks::Request),
            (b"\r\nGET / HTTP/1.1\r\n", Looks::Request),
            (b"GET /index.html\r\n", Looks::Request),
            (b"GE", Looks::Unfinished),
            (b"GET /a", Looks::Unfinished),
            (b"GET /a\x01b", Looks::Unfinished),
            (b"GET /a\x01b HTTP/1.1\r\n", Looks::Request),
            (b"LIST \x01b", Looks::Other),
            (b"LIST \x01b HTTP/1.1\r\n", Looks::Other),
            (b"HTTP/1.1 200 OK\r\n", Looks::Response),
            (b"HTT", Looks::Unfinished),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Looks::Http2),
            (b"\x16\x03\x01\x02\x00", Looks::Tls),
            (b"SSH-2.0-OpenSSH\r\n", Looks::Other),
            (b"220 mail ESMTP\r\n", Looks::Other),
            (b"OPTIONS rtsp://h/ RTSP/1.0\r\n", Looks::Other),
            (b"EHLO example.org\r\n", Looks::Other),
            (b"\x00\x01", Looks::Other),
        ] {
            assert_eq!(looks_like(bytes, true), expected, "{}", String::from_utf8_lossy(bytes));
        }
        assert_eq!(looks_like(b"GET /index.html\r\n", false), Looks::Other);
    }
}
