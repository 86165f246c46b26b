//! The service a request is for: its authority, else the server's address and port.

use std::io::Write as _;

use model::flow::HostPort;
use model::limits::AUTHORITY_BYTES_MAX;

/// Appends the service to `out`: in lower case, without a default port and without the root's dot.
pub(crate) fn push(out: &mut Vec<u8>, authority: Option<&[u8]>, server: &HostPort) {
    if let Some(name) = authority.filter(|name| usual(name)) {
        out.extend_from_slice(name);
    } else if let Some(name) = authority.and_then(host) {
        out.extend(name.iter().map(u8::to_ascii_lowercase));
    } else {
        // Writing to a vector does not fail.
        drop(write!(out, "{server}"));
    }
}

/// Whether the authority is a name in lower case that stands as it is: most are.
fn usual(authority: &[u8]) -> bool {
    let fits = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    matches!(authority.len(), 1..=AUTHORITY_BYTES_MAX)
        && authority.last() != Some(&b'.')
        && authority.iter().fold(true, |all, byte| all & fits(byte))
}

/// The authority without default port; `None` when it is none (RFC 3986 §3.2.2).
fn host(authority: &[u8]) -> Option<&[u8]> {
    let authority = authority.trim_ascii();
    let bare = authority.strip_suffix(b":80").or_else(|| authority.strip_suffix(b":443")).unwrap_or(authority);
    let bare = bare.strip_suffix(b":").or_else(|| bare.strip_suffix(b".")).unwrap_or(bare);
    let literal = |b: &u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.' | b'[' | b']');
    let valid = if bare.first() == Some(&b'[') {
        bare.len() > 2 && bare.iter().all(literal)
    } else {
        let mut parts = bare.split(|b| *b == b':');
        let name = parts.next().unwrap_or_default();
        let port = parts.next().is_none_or(|port| !port.is_empty() && port.iter().all(u8::is_ascii_digit));
        let fits = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        !name.is_empty() && name.iter().all(fits) && port && parts.next().is_none()
    };
    (valid && bare.len() <= AUTHORITY_BYTES_MAX).then_some(bare)
}

#[cfg(test)]
mod tests {
    use model::flow::mapped;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn authorities_are_normalised_or_replaced_by_the_address() {
        let server = HostPort { addr: mapped([192, 0, 2, 1]), port: 8080 };
        for (authority, want) in [
            (Some("API.Example.com"), "api.example.com"),
            (Some("api.example.com:443"), "api.example.com"),
            (Some("api.example.com.:80"), "api.example.com"),
            (Some("api.example.com:8443"), "api.example.com:8443"),
            (Some("[2001:DB8::1]:80"), "[2001:db8::1]"),
            (Some("192.0.2.7:8080"), "192.0.2.7:8080"),
            (Some("a b"), "192.0.2.1:8080"),
            (Some("evil\x07"), "192.0.2.1:8080"),
            (Some("a:b:c"), "192.0.2.1:8080"),
            (Some(""), "192.0.2.1:8080"),
            (None, "192.0.2.1:8080"),
        ] {
            let mut out = Vec::new();
            push(&mut out, authority.map(str::as_bytes), &server);
            assert_eq!(String::from_utf8(out).unwrap(), want, "{authority:?}");
        }
    }

    proptest! {
        #[test]
        fn usual_names_are_what_the_rule_makes_of_them(name in "[a-z0-9.-]{0,12}[A-Za-z0-9.:_-]{0,2}") {
            prop_assert!(!usual(name.as_bytes()) || host(name.as_bytes()) == Some(name.as_bytes()));
        }
    }
}
