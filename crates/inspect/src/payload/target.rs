//! Addresses that a server shall not call for others: its own, those beside it, and the metadata of its cloud.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where a value points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The metadata service of a cloud.
    Metadata,
    /// Loopback, link-local or private.
    Internal,
}

/// Names of parameters that hold a host.
const HOST_NAMES: [&[u8]; 12] = [
    b"host",
    b"hostname",
    b"url",
    b"uri",
    b"target",
    b"dest",
    b"server",
    b"domain",
    b"callback",
    b"webhook",
    b"endpoint",
    b"proxy",
];
/// Longest value of this kind that is read.
const HOST_BYTES_MAX: usize = 64;

/// Whether the value by itself may be an address.
pub(crate) fn may_be_host(value: &[u8]) -> bool {
    value.eq_ignore_ascii_case(b"localhost")
        || (7..=HOST_BYTES_MAX).contains(&value.len())
            && value.first().is_some_and(u8::is_ascii_digit)
            && value.split(|byte| *byte == b'.').count() == 4
}

/// Where the value of that name points, when it is a URL or the parameter holds hosts.
pub(crate) fn judge(name: &[u8], value: &[u8]) -> Option<Kind> {
    let value = value.trim_ascii();
    if let Some(host) = url_host(value) {
        return of_host(host);
    }
    let word = name.rsplit(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').next().unwrap_or(name);
    let named = HOST_NAMES.iter().any(|known| word.eq_ignore_ascii_case(known));
    let bare = value.split(|byte| matches!(byte, b':' | b'/')).next().unwrap_or_default();
    let kind = if bare.len() <= HOST_BYTES_MAX { of_host(bare) } else { None };
    kind.filter(|kind| named || *kind == Kind::Metadata)
}

/// The host of a value that is a URL.
fn url_host(value: &[u8]) -> Option<&[u8]> {
    let at = memchr::memmem::find(value, b"//")?;
    let scheme = value.get(..at)?;
    let is_scheme = scheme.is_empty()
        || scheme.len() <= 12
            && scheme.last() == Some(&b':')
            && scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'+' | b'-' | b'.'));
    if !is_scheme {
        return None;
    }
    let rest = value.get(at + 2..)?;
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b'\\')).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let host = authority.rsplit(|byte| *byte == b'@').next().unwrap_or(authority);
    if host.first() == Some(&b'[') {
        return host.get(1..)?.split(|byte| *byte == b']').next();
    }
    host.split(|byte| *byte == b':').next()
}

fn of_host(host: &[u8]) -> Option<Kind> {
    let text = std::str::from_utf8(host).ok()?.trim_end_matches('.').to_ascii_lowercase();
    if matches!(text.as_str(), "metadata.google.internal" | "metadata.goog" | "instance-data") {
        return Some(Kind::Metadata);
    }
    let internal = text == "localhost" || text.ends_with(".localhost") || text.ends_with(".svc.cluster.local");
    if internal {
        return Some(Kind::Internal);
    }
    match v4(&text).map(IpAddr::V4).or_else(|| text.parse::<Ipv6Addr>().ok().map(IpAddr::V6))?.to_canonical() {
        IpAddr::V4(Ipv4Addr { .. }) if v4(&text) == Some(Ipv4Addr::new(169, 254, 169, 254)) => Some(Kind::Metadata),
        IpAddr::V4(addr) => (addr.is_loopback() || addr.is_private() || addr.is_link_local() || addr.octets()[0] == 0)
            .then_some(Kind::Internal),
        IpAddr::V6(addr) if addr.segments()[..2] == [0xfd00, 0x0ec2] => Some(Kind::Metadata),
        IpAddr::V6(addr) => {
            (addr.is_loopback() || addr.is_unspecified() || addr.is_unicast_link_local() || addr.is_unique_local())
                .then_some(Kind::Internal)
        }
    }
}

/// An IPv4 address as the old library function reads it: one to four parts, decimal, octal or hexadecimal.
pub(super) fn v4(text: &str) -> Option<Ipv4Addr> {
    let mut parts = [0u64; 4];
    let mut count = 0;
    for part in text.split('.') {
        *parts.get_mut(count)? = number(part)?;
        count += 1;
    }
    // A number by itself is a port or an id unless it is large enough for an address.
    let last = *parts.get(count.checked_sub(1)?)?;
    if count == 1 && last < 1 << 24 {
        return None;
    }
    let mut addr = 0u64;
    for part in parts.get(..count - 1)? {
        addr = addr << 8 | Some(*part).filter(|part| *part < 256)?;
    }
    let bits = 8 * (5 - count as u32);
    (last < 1 << bits).then(|| Ipv4Addr::from((addr << bits | last) as u32))
}

fn number(part: &str) -> Option<u64> {
    let digits = |text: &str, radix| (text.len() <= 12).then(|| u64::from_str_radix(text, radix).ok()).flatten();
    match part.strip_prefix("0x") {
        Some(hex) => digits(hex, 16),
        None if part.len() > 1 && part.starts_with('0') => digits(part, 8),
        None => digits(part, 10),
    }
}
