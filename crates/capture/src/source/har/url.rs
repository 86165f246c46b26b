//! A URL to the parts that a request has on the wire.

use model::flow::HostPort;
use model::ledger::Counter;

use super::address;

/// What a URL of HTTP says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Url<'a> {
    /// Host and port as written, without user.
    pub authority: &'a [u8],
    /// Host without brackets and port.
    pub host: &'a [u8],
    /// Port, of the scheme when none is written.
    pub port: u16,
    /// Path and query, without fragment; may be empty or begin with `?`.
    pub rest: &'a [u8],
}

impl<'a> Url<'a> {
    /// Splits `url` (RFC 3986 §3). Errors: the counter of what is no URL of HTTP, or none at all.
    pub(super) fn of(url: &'a [u8]) -> Result<Self, Counter> {
        let malformed = Counter::FramesBadHar;
        let colon = memchr::memchr(b':', url).ok_or(malformed)?;
        let (scheme, after) = url.split_at_checked(colon).ok_or(malformed)?;
        let fits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        if !scheme.first().is_some_and(u8::is_ascii_alphabetic) || !scheme.iter().all(fits) {
            return Err(malformed);
        }
        let port = match () {
            () if scheme.eq_ignore_ascii_case(b"http") => 80,
            () if scheme.eq_ignore_ascii_case(b"https") => 443,
            () => return Err(Counter::FramesHarScheme),
        };
        let after = after.strip_prefix(b"://").ok_or(malformed)?;
        let end = after.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b'\\')).unwrap_or(after.len());
        let (whole, rest) = after.split_at_checked(end).ok_or(malformed)?;
        let authority = whole.rsplit(|byte| *byte == b'@').next().unwrap_or(whole);
        let rest = rest.split(|byte| *byte == b'#').next().unwrap_or_default();
        let (host, port) = split(authority, port).ok_or(malformed)?;
        Ok(Self { authority, host, port, rest })
    }

    /// The server: the address that the entry tells, else the host when it is one, else none that is known.
    pub(super) fn server(&self, told: &[u8]) -> HostPort {
        let addr = address(told).or_else(|| address(self.host)).unwrap_or_else(|| model::flow::mapped([0; 4]));
        HostPort { addr, port: self.port }
    }
}

/// Host and port of an authority; the port given when it has none.
fn split(authority: &[u8], usual: u16) -> Option<(&[u8], u16)> {
    let (host, port) = if let Some(literal) = authority.strip_prefix(b"[") {
        let close = memchr::memchr(b']', literal)?;
        (literal.get(..close)?, literal.get(close + 1..)?)
    } else {
        let colon = memchr::memchr(b':', authority).unwrap_or(authority.len());
        authority.split_at_checked(colon)?
    };
    let port = match port {
        [] | [b':'] => usual,
        [b':', digits @ ..] => str::from_utf8(digits).ok()?.parse().ok()?,
        _ => return None,
    };
    (!host.is_empty()).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_as_requests_are_sent() {
        for (url, authority, host, port, rest) in [
            ("http://a.example/b?c=d#e", "a.example", "a.example", 80, "/b?c=d"),
            ("HTTPS://A.example", "A.example", "A.example", 443, ""),
            ("https://a.example:8443?q", "a.example:8443", "a.example", 8443, "?q"),
            ("http://user:pw@a.example:/x", "a.example:", "a.example", 80, "/x"),
            ("https://[2001:db8::1]:444/", "[2001:db8::1]:444", "2001:db8::1", 444, "/"),
            ("http://a/#http://b/", "a", "a", 80, "/"),
        ] {
            let want = Url { authority: authority.as_bytes(), host: host.as_bytes(), port, rest: rest.as_bytes() };
            assert_eq!(Url::of(url.as_bytes()), Ok(want), "{url}");
        }
    }

    #[test]
    fn what_is_no_url_of_http_has_its_reason() {
        use Counter::{FramesBadHar, FramesHarScheme};
        for (url, reason) in [
            ("data:image/png;base64,AAAA", FramesHarScheme),
            ("blob:https://a.example/1", FramesHarScheme),
            ("wss://a.example/live", FramesHarScheme),
            ("chrome-extension://abc/x.js", FramesHarScheme),
            ("about:blank", FramesHarScheme),
            ("", FramesBadHar),
            ("/v1/orders", FramesBadHar),
            ("//a.example/", FramesBadHar),
            ("1http://a/", FramesBadHar),
            ("http:a.example", FramesBadHar),
            ("http://", FramesBadHar),
            ("http:///path", FramesBadHar),
            ("http://a:99999/", FramesBadHar),
            ("http://[::1/", FramesBadHar),
            ("http://[::1]x/", FramesBadHar),
        ] {
            assert_eq!(Url::of(url.as_bytes()), Err(reason), "{url}");
        }
    }

    #[test]
    fn the_server_is_where_the_entry_says() {
        let url = Url::of(b"http://192.0.2.7:81/").unwrap();
        assert_eq!(url.server(b"198.51.100.1").to_string(), "198.51.100.1:81");
        assert_eq!(url.server(b"").to_string(), "192.0.2.7:81");
        assert_eq!(url.server(b"[2001:db8::5]").to_string(), "[2001:db8::5]:81");
        assert_eq!(Url::of(b"https://a.example/").unwrap().server(b"?").to_string(), "0.0.0.0:443");
    }
}
