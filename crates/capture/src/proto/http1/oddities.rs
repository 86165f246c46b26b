//! What a request head says that servers read in more than one way: hosts, overrides, paths.
//!
//! In: the bytes of a request head and its fields. Out: marks. Nothing is kept; one pass over fields and path.

use model::message::{Field, FieldName};
use model::{Anomaly, AnomalySet};

/// Marks of one request.
pub(crate) fn of_request(bytes: &[u8], target: &[u8], fields: &[Field]) -> AnomalySet {
    let mut marks = AnomalySet::EMPTY;
    let (authority, path) = split(target);
    let mut host = authority;
    for field in fields {
        match field.id {
            FieldName::Host => {
                let value = without_default_port(field.value_in(bytes));
                let other = host.is_some_and(|host| !host.eq_ignore_ascii_case(value));
                if other || !is_host(value) {
                    marks.insert(Anomaly::HttpAmbiguousHost);
                }
                host = Some(value);
            }
            FieldName::XHttpMethodOverride
            | FieldName::XMethodOverride
            | FieldName::XHttpMethod
            | FieldName::XOriginalUrl
            | FieldName::XRewriteUrl => marks.insert(Anomaly::HttpOverride),
            _ => {}
        }
    }
    if is_trick(path) {
        marks.insert(Anomaly::HttpPathTrick);
    }
    marks
}

/// Authority of a target in absolute form (RFC 9112 §3.2.2), and the path without query.
fn split(target: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let end = memchr::memchr2(b'?', b'#', target).unwrap_or(target.len());
    let target = target.get(..end).unwrap_or_default();
    if target.first() == Some(&b'/') {
        return (None, target);
    }
    let Some(scheme) = memchr::memmem::find(target, b"://") else { return (None, &[]) };
    let rest = target.get(scheme + 3..).unwrap_or_default();
    let slash = memchr::memchr(b'/', rest).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(slash).unwrap_or_default();
    (Some(without_default_port(authority)), path)
}

fn without_default_port(host: &[u8]) -> &[u8] {
    host.strip_suffix(b":80").or_else(|| host.strip_suffix(b":443")).unwrap_or(host)
}

/// Whether a Host value has no other reading: no user, list, path or blank in it (RFC 9110 §7.2, RFC 3986 §3.2.2).
fn is_host(value: &[u8]) -> bool {
    value.iter().all(|&byte| HOST.get(usize::from(byte)).copied().unwrap_or_default())
}

static HOST: [bool; 256] = host_bytes();

#[allow(clippy::indexing_slicing, reason = "runs in the compiler only")]
const fn host_bytes() -> [bool; 256] {
    let mut map = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        map[byte] = (byte as u8).is_ascii_alphanumeric()
            || matches!(byte as u8, b'-' | b'.' | b'_' | b'~' | b':' | b'[' | b']' | b'%');
        byte += 1;
    }
    map
}

/// Whether a path may name another resource to one server than to the next.
fn is_trick(path: &[u8]) -> bool {
    let suspect = path.iter().fold(false, |any, b| any | matches!(b, b'%' | b'.' | b'\\' | 0));
    suspect && path.split(|&b| b == b'/').any(is_trick_segment)
}

/// A dot segment, plain, encoded or before a parameter; an encoded separator or NUL; anything encoded twice or overlong.
fn is_trick_segment(segment: &[u8]) -> bool {
    let (mut dots, mut name, mut in_parameters) = (0, false, false);
    let mut rest = segment;
    while let Some((&byte, tail)) = rest.split_first() {
        let (byte, tail) = match hex(tail).filter(|_| byte == b'%') {
            Some(decoded) => (decoded, tail.get(2..).unwrap_or_default()),
            None => (byte, tail),
        };
        let escaped = tail.len() + 1 < rest.len();
        if matches!(byte, 0 | b'\\' | b'/') || (escaped && (is_escape_again(byte, tail) || is_overlong(byte, tail))) {
            return true;
        }
        in_parameters |= byte == b';';
        dots += usize::from(byte == b'.' && !in_parameters);
        name |= byte != b'.' && !in_parameters;
        rest = tail;
    }
    !name && (1..=2).contains(&dots)
}

/// `%25` and the digits of a dot, a separator, NUL or another percent sign.
fn is_escape_again(byte: u8, tail: &[u8]) -> bool {
    byte == b'%' && matches!(hex(tail), Some(0 | b'.' | b'/' | b'\\' | b'%'))
}

/// The start of a UTF-8 sequence longer than its character needs (RFC 3629 §3), percent-encoded.
fn is_overlong(byte: u8, tail: &[u8]) -> bool {
    let next = tail.strip_prefix(b"%").and_then(hex);
    match byte {
        0xc0 | 0xc1 => matches!(next, Some(0x80..=0xbf)),
        0xe0 => matches!(next, Some(0x80..=0x9f)),
        0xf0 => matches!(next, Some(0x80..=0x8f)),
        _ => false,
    }
}

/// The value of the two hexadecimal digits at the start.
fn hex(text: &[u8]) -> Option<u8> {
    let digit = |at: usize| text.get(at).and_then(|&b| char::from(b).to_digit(16));
    u8::try_from(digit(0)? << 4 | digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::http1::head;

    fn marks(request: &str) -> Vec<Anomaly> {
        let mut head = crate::proto::message::Head::default();
        assert!(head::read(true, request.as_bytes(), &mut head), "{request}");
        let (at, len) = head.target;
        let target = &request.as_bytes()[at as usize..(at + len) as usize];
        of_request(request.as_bytes(), target, &head.fields).iter().collect()
    }

    #[test]
    fn path_tricks_are_told_from_odd_but_plain_paths() {
        let trick =
            |target: &str| marks(&format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n")) == [Anomaly::HttpPathTrick];
        for target in [
            "/a/../b",
            "/a/./b",
            "/..",
            "/a/%2e%2E/b",
            "/a/.%2e/b",
            "/a/..;/b",
            "/a/..;x=1/b",
            "/a%2fb",
            "/a%5Cb",
            "/a\\b",
            "/a%00",
            "/a%252fb",
            "/a%252e%252e/b",
            "/a%25252f",
            "/%c0%ae%c0%ae/",
            "/%e0%80%af",
            "http://h/a/../b",
        ] {
            assert!(trick(target), "{target}");
        }
        for target in [
            "/",
            "/a.b/c",
            "/.well-known/x",
            "/...",
            "/a;v=1/b;w=2.0",
            "/a%20b",
            "/a%25b",
            "/a%252",
            "/caf%c3%a9",
            "/%C0",
            "/file%2ejson",
            "/a?next=../b%2f",
            "*",
            "/a/%",
            "/50%25",
        ] {
            assert!(!trick(target), "{target}");
        }
    }

    #[test]
    fn hosts_that_differ_or_are_none_are_ambiguous() {
        let ambiguous = |rest: &str| marks(&format!("GET {rest}\r\n\r\n")) == [Anomaly::HttpAmbiguousHost];
        for rest in [
            "/ HTTP/1.1\r\nHost: a\r\nHost: b",
            "/ HTTP/1.1\r\nHost: a,b",
            "/ HTTP/1.1\r\nHost: user@a",
            "/ HTTP/1.1\r\nHost: a/b",
            "http://a/ HTTP/1.1\r\nHost: b",
            "http://a:8080/ HTTP/1.1\r\nHost: a",
        ] {
            assert!(ambiguous(rest), "{rest}");
        }
        for rest in [
            "/ HTTP/1.1\r\nHost: a:8080",
            "/ HTTP/1.1\r\nHost: a\r\nHost: A",
            "/ HTTP/1.1\r\nHost: [2001:db8::1]:80",
            "/ HTTP/1.1",
            "http://a/ HTTP/1.1\r\nHost: A:80",
            "https://a:443/ HTTP/1.1\r\nHost: a",
        ] {
            assert!(!ambiguous(rest), "{rest}");
        }
    }

    #[test]
    fn overrides_are_seen_whatever_their_case() {
        for name in ["X-HTTP-Method-Override", "x-http-method", "X-METHOD-OVERRIDE", "X-Original-URL", "X-Rewrite-Url"]
        {
            assert_eq!(marks(&format!("POST / HTTP/1.1\r\n{name}: x\r\n\r\n")), [Anomaly::HttpOverride]);
        }
    }
}
