//! Whether an address belongs to the operator's own networks.

use std::net::IpAddr;

use model::flow::ip_of;

/// Whether a client at `addr` is inside: private (RFC 1918, RFC 4193), loopback, link-local (RFC 3927, RFC 4291 §2.5.6) or
/// shared by a carrier (RFC 6598).
pub(crate) fn is_internal(addr: &[u8; 16]) -> bool {
    match ip_of(addr) {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || (a == 100 && b & 0xc0 == 64)
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::flow::mapped;

    #[test]
    fn own_networks_are_told_from_the_world() {
        for (addr, internal) in [
            ([10, 1, 2, 3], true),
            ([172, 31, 0, 1], true),
            ([172, 32, 0, 1], false),
            ([192, 168, 9, 9], true),
            ([100, 64, 0, 1], true),
            ([100, 128, 0, 1], false),
            ([169, 254, 0, 1], true),
            ([127, 0, 0, 1], true),
            ([203, 0, 113, 5], false),
        ] {
            assert_eq!(is_internal(&mapped(addr)), internal, "{addr:?}");
        }
        for (text, internal) in [("fd00::1", true), ("fe80::1", true), ("::1", true), ("2001:db8::1", false)] {
            assert_eq!(is_internal(&text.parse::<std::net::Ipv6Addr>().unwrap().octets()), internal, "{text}");
        }
    }
}
