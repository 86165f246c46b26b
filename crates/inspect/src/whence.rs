//! Where a call comes from: the client's address, or the one that trusted proxies name, and its zone.
//!
//! In: the address of the flow's client, and the request's fields. What they say is read only when that client is a trusted
//! proxy, or inside while no proxy is named, and only from the right: each proxy adds at the end, so that what stands before the first address that is not
//! trusted was written by the caller itself. Bounded in hops and bytes; a name instead of an address (`unknown`, `_hidden`)
//! ends the way back. Kept: zones of addresses looked up lately.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str;
use std::sync::Arc;

use model::flow::mapped;
use model::limits::{ADDRESS_MEMO_MAX, FORWARDED_BYTES_MAX, FORWARDED_HOPS_MAX};
use model::message::{FieldName, Fields};
use model::zone::{ProxyField, sender_mark};
use model::{Caller, Callers, Zone};

use crate::memo::Memo;

/// Reads the address of an element.
type ReadNode = fn(&[u8]) -> Option<[u8; 16]>;

/// Finds callers.
#[derive(Debug)]
pub(crate) struct Whence {
    callers: Arc<Callers>,
    memo: Memo<(Zone, bool)>,
}

impl Whence {
    pub(crate) fn new(callers: Arc<Callers>) -> Self {
        Self { callers, memo: Memo::new(ADDRESS_MEMO_MAX) }
    }

    /// Who called through the client at `addr`; without fields when the request was not seen.
    #[inline]
    pub(crate) fn caller(&mut self, addr: &[u8; 16], fields: Option<&Fields<'_>>) -> Caller {
        let (zone, trusted) = self.look(addr);
        match fields {
            Some(fields) if trusted => {
                let caller = self.behind(Caller { addr: *addr, zone, through: 0 }, fields);
                let named = caller.addr == *addr || self.callers.trusts(addr);
                Caller { through: if named { 0 } else { sender_mark(addr) }, ..caller }
            }
            _ => Caller { addr: *addr, zone, through: 0 },
        }
    }

    /// Whether it is the address of a trusted proxy.
    pub(crate) fn trusts(&self, addr: &[u8; 16]) -> bool {
        self.callers.trusts(addr)
    }

    /// Zone of an address, and whether it is believed about callers.
    #[inline]
    fn look(&mut self, addr: &[u8; 16]) -> (Zone, bool) {
        // The two addresses that the table cannot tell apart are multicast ones, from which nobody calls.
        let tag = !u128::from_be_bytes(*addr);
        self.memo.get(tag).unwrap_or_else(|| {
            let zone = self.callers.zone_of(addr);
            let made = (zone, self.callers.forwards(addr, zone));
            self.memo.put(tag, made);
            made
        })
    }

    /// Goes back from a trusted proxy to the first address that is none, or as far as addresses are told.
    fn behind(&mut self, proxy: Caller, fields: &Fields<'_>) -> Caller {
        let sent = |name| fields.first(name).is_some();
        let (name, read): (FieldName, ReadNode) = match self.callers.proxy_field {
            ProxyField::Auto if sent(FieldName::XForwardedFor) => (FieldName::XForwardedFor, node),
            ProxyField::XForwardedFor => (FieldName::XForwardedFor, node),
            ProxyField::Auto | ProxyField::Forwarded => (FieldName::Forwarded, forwarded),
        };
        let mut caller = proxy;
        let (last, count) = last_fields(fields, name);
        let values = last.iter().take(count).rev();
        for element in values.flat_map(|value| from_right(value)).take(FORWARDED_HOPS_MAX) {
            let Some(addr) = read(element) else { return caller };
            let (zone, trusted) = self.look(&addr);
            caller = Caller { addr, zone, through: 0 };
            if !trusted {
                return caller;
            }
        }
        caller
    }
}

/// The last fields of that name, in order; no more than hops are followed.
fn last_fields<'t>(fields: &Fields<'t>, name: FieldName) -> ([&'t [u8]; FORWARDED_HOPS_MAX], usize) {
    let mut last: [&[u8]; FORWARDED_HOPS_MAX] = [&[]; FORWARDED_HOPS_MAX];
    let mut count = 0;
    for value in fields.all(name) {
        if count == FORWARDED_HOPS_MAX {
            last.rotate_left(1);
            count -= 1;
        }
        if let Some(slot) = last.get_mut(count) {
            *slot = value;
        }
        count += 1;
    }
    (last, count)
}

/// Elements between commas, from the right. One that is too long comes as an empty one, which is no address.
fn from_right(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let all = rest?;
        let tail = all.get(all.len().saturating_sub(FORWARDED_BYTES_MAX)..).unwrap_or_default();
        if let Some(comma) = memchr::memrchr(b',', tail) {
            rest = all.get(..all.len() - tail.len() + comma);
            return tail.get(comma + 1..).map(<[u8]>::trim_ascii);
        }
        rest = None;
        Some(if tail.len() == all.len() { tail.trim_ascii() } else { &[] })
    })
}

/// The `for` parameter of an element of `Forwarded` (RFC 7239 §4, §5.2).
fn forwarded(element: &[u8]) -> Option<[u8; 16]> {
    element.split(|b| *b == b';').find_map(|pair| {
        let at = memchr::memchr(b'=', pair)?;
        let (name, value) = (pair.get(..at)?.trim_ascii(), pair.get(at + 1..)?.trim_ascii());
        let bare = value.strip_prefix(b"\"").map_or(Some(value), |value| value.strip_suffix(b"\""))?;
        name.eq_ignore_ascii_case(b"for").then(|| node(bare)).flatten()
    })
}

/// An address, IPv4 with or without port, IPv6 also in brackets and then with or without port (RFC 7239 §6).
fn node(text: &[u8]) -> Option<[u8; 16]> {
    let text = str::from_utf8(text).ok()?;
    let bare = match text.strip_prefix('[') {
        Some(rest) => {
            let (v6, after) = rest.split_once(']')?;
            Some(v6).filter(|_| after.is_empty() || after.strip_prefix(':').is_some_and(is_port))?
        }
        None => match text.split_once(':') {
            Some((v4, port)) if !port.contains(':') => Some(v4).filter(|_| is_port(port))?,
            _ => text,
        },
    };
    match bare.parse::<IpAddr>().ok()? {
        IpAddr::V4(v4) => usable4(v4).then(|| mapped(v4.octets())),
        IpAddr::V6(v6) => usable6(v6).then(|| v6.octets()),
    }
}

/// Digits, or an obfuscated port.
fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// An address that somebody can call from.
const fn usable4(v4: Ipv4Addr) -> bool {
    !v4.is_unspecified() && !v4.is_multicast() && !v4.is_broadcast()
}

const fn usable6(v6: Ipv6Addr) -> bool {
    !v6.is_unspecified() && !v6.is_multicast()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::flow::ip_of;
    use model::message::Field;
    use model::zone::networks;
    use proptest::prelude::*;

    fn whence(field: ProxyField) -> Whence {
        let mut callers = Callers { proxy_field: field, ..Callers::default() };
        callers.trusted_proxies.add(&networks("10.0.0.0/24 2001:db8:f::/48").unwrap(), ());
        callers.zones.add(&networks("198.51.100.0/24").unwrap(), Zone::Partner);
        Whence::new(Arc::new(callers))
    }

    fn caller_of(whence: &mut Whence, from: [u8; 4], sent: &[(&str, &str)]) -> (String, Zone) {
        let (mut bytes, mut fields) = (Vec::new(), Vec::new());
        for (name, value) in sent {
            let name_at = bytes.len() as u32;
            bytes.extend_from_slice(name.as_bytes());
            fields.push(Field {
                id: FieldName::of(name.as_bytes()),
                name_at,
                name_len: name.len() as u16,
                value_at: bytes.len() as u32,
                value_len: value.len() as u32,
            });
            bytes.extend_from_slice(value.as_bytes());
        }
        let caller = whence.caller(&mapped(from), Some(&Fields::new(&bytes, &fields)));
        (ip_of(&caller.addr).to_string(), caller.zone)
    }

    const PROXY: [u8; 4] = [10, 0, 0, 1];

    #[test]
    fn proxies_are_believed_only_when_they_are_trusted() {
        let (x, f) = ("X-Forwarded-For", "Forwarded");
        for (from, sent, addr, zone) in [
            // Nobody's word but a trusted proxy's counts.
            ([10, 0, 1, 1], &[(x, "203.0.113.9")][..], "10.0.1.1", Zone::Internal),
            ([203, 0, 113, 7], &[(x, "10.0.0.9"), (f, "for=10.0.0.9")], "203.0.113.7", Zone::External),
            (PROXY, &[], "10.0.0.1", Zone::Internal),
            (PROXY, &[(x, "203.0.113.9")], "203.0.113.9", Zone::External),
            // What the caller itself sent stands further left.
            (PROXY, &[(x, "10.9.9.9, 203.0.113.9, 10.0.0.2")], "203.0.113.9", Zone::External),
            (PROXY, &[(x, "10.9.9.9"), (x, "198.51.100.7:4711")], "198.51.100.7", Zone::Partner),
            // Inside to inside through proxies only.
            (PROXY, &[(x, "10.0.0.3, 10.0.0.2")], "10.0.0.3", Zone::Internal),
            (
                PROXY,
                &[(f, "for=192.0.2.43, for=\"[2001:db8:cafe::17]:4711\";proto=https")],
                "2001:db8:cafe::17",
                Zone::External,
            ),
            (PROXY, &[(f, "For=\"[2001:db8:f::1]\", for=10.0.0.2;by=10.0.0.1")], "2001:db8:f::1", Zone::External),
            (PROXY, &[(f, "for=203.0.113.9, for=unknown")], "10.0.0.1", Zone::Internal),
            (PROXY, &[(f, "for=203.0.113.9, for=_hidden, for=10.0.0.2")], "10.0.0.2", Zone::Internal),
            // A quote that the caller left open does not hide what the proxy added.
            (PROXY, &[(f, "for=\"10.9.9.9, for=203.0.113.9")], "203.0.113.9", Zone::External),
            // Most proxies write the older field and pass the other one on.
            (PROXY, &[(f, "for=10.9.9.9"), (x, "203.0.113.9")], "203.0.113.9", Zone::External),
            (PROXY, &[(x, "0.0.0.0")], "10.0.0.1", Zone::Internal),
            (PROXY, &[(x, "")], "10.0.0.1", Zone::Internal),
        ] {
            assert_eq!(caller_of(&mut whence(ProxyField::Auto), from, sent), (addr.to_owned(), zone), "{sent:?}");
        }
        let both = [(f, "for=198.51.100.7"), (x, "203.0.113.9")];
        assert_eq!(caller_of(&mut whence(ProxyField::Forwarded), PROXY, &both).1, Zone::Partner);
        assert_eq!(caller_of(&mut whence(ProxyField::XForwardedFor), PROXY, &both[..1]).1, Zone::Internal);
    }

    #[test]
    fn while_no_proxy_is_named_who_is_inside_is_believed_and_nobody_else() {
        let mut whence = Whence::new(Arc::default());
        let x = "X-Forwarded-For";
        for (from, sent, addr, zone) in [
            (PROXY, &[(x, "203.0.113.9")][..], "203.0.113.9", Zone::External),
            (PROXY, &[(x, "10.9.9.9, 203.0.113.9, 192.168.0.2")], "203.0.113.9", Zone::External),
            (PROXY, &[(x, "10.9.9.9")], "10.9.9.9", Zone::Internal),
            (PROXY, &[], "10.0.0.1", Zone::Internal),
            ([203, 0, 113, 7], &[(x, "10.0.0.9")], "203.0.113.7", Zone::External),
        ] {
            assert_eq!(caller_of(&mut whence, from, sent), (addr.to_owned(), zone), "{sent:?}");
        }
        assert!(!whence.trusts(&mapped(PROXY)), "about certificates only named ones are believed");
    }

    #[test]
    fn hostile_lists_are_followed_a_bounded_way() {
        let mut whence = whence(ProxyField::Auto);
        let long = format!("203.0.113.9, {}", "10.0.0.2,".repeat(9_000) + "10.0.0.2");
        assert_eq!(caller_of(&mut whence, PROXY, &[("X-Forwarded-For", &long)]).0, "10.0.0.2");
        let wide = format!("203.0.113.9,{}", " ".repeat(60_000));
        assert_eq!(caller_of(&mut whence, PROXY, &[("X-Forwarded-For", &wide)]).0, "10.0.0.1");
        let many: Vec<_> = (0..1_024).map(|_| ("X-Forwarded-For", "10.0.0.2")).collect();
        assert_eq!(caller_of(&mut whence, PROXY, &many).0, "10.0.0.2");
    }

    proptest! {
        #[test]
        fn no_text_stops_it(text in "[ -~,;\"=:\\[\\]]{0,80}") {
            for name in ["Forwarded", "X-Forwarded-For"] {
                caller_of(&mut whence(ProxyField::Auto), PROXY, &[(name, &text)]);
            }
        }
    }
}
