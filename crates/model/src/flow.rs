//! Who talks to whom: tenants, 5-tuples, partitions.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::limits::PARTITIONS;

/// The virtual network a packet was tagged with: 4 bits of kind, 28 bits of id. Zero is "none".
///
/// Part of the flow key only when the setting `capture.key_by_tenant` says so, since a mirror may tag the two
/// directions of one flow differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tenant(pub u32);

impl Tenant {
    /// No tag was seen, or tags are not part of the key.
    pub const NONE: Self = Self(0);

    /// A tag of the given kind; `id` above 28 bits is cut.
    pub const fn new(kind: TenantKind, id: u32) -> Self {
        Self(((kind as u32) << 28) | (id & 0x0fff_ffff))
    }

    /// The id without its kind.
    pub const fn id(self) -> u32 {
        self.0 & 0x0fff_ffff
    }

    /// The kind, if there is a tag.
    pub const fn kind(self) -> Option<TenantKind> {
        match self.0 >> 28 {
            1 => Some(TenantKind::Vlan),
            2 => Some(TenantKind::QinQ),
            3 => Some(TenantKind::Vni),
            4 => Some(TenantKind::Session),
            5 => Some(TenantKind::Teid),
            6 => Some(TenantKind::GreKey),
            7 => Some(TenantKind::Mpls),
            _ => None,
        }
    }
}

/// What a [`Tenant`] id means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum TenantKind {
    /// 802.1Q VLAN id, 12 bits.
    Vlan = 1,
    /// Two stacked VLAN ids: outer × 4096 + inner.
    QinQ = 2,
    /// VXLAN or Geneve network id, 24 bits.
    Vni = 3,
    /// ERSPAN or `PPPoE` session id.
    Session = 4,
    /// GTP-U tunnel endpoint id, low 28 bits.
    Teid = 5,
    /// GRE key, low 28 bits.
    GreKey = 6,
    /// MPLS label, 20 bits.
    Mpls = 7,
}

/// The symmetric key of one TCP flow: both directions map to the same value.
///
/// IPv4 addresses are stored as by [`mapped`]. `low` is the smaller (address, port) pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowKey {
    /// Address of the smaller end.
    pub low: [u8; 16],
    /// Address of the larger end.
    pub high: [u8; 16],
    /// Port of the smaller end.
    pub low_port: u16,
    /// Port of the larger end.
    pub high_port: u16,
    /// Tenant, or [`Tenant::NONE`].
    pub tenant: Tenant,
}

impl FlowKey {
    /// Key of a packet from `src` to `dst`, and whether the sender is the `low` end.
    #[inline]
    pub fn new(src: [u8; 16], src_port: u16, dst: [u8; 16], dst_port: u16, tenant: Tenant) -> (Self, bool) {
        // The order of the bytes, compared as numbers.
        if (u128::from_be_bytes(src), src_port) <= (u128::from_be_bytes(dst), dst_port) {
            (Self { low: src, high: dst, low_port: src_port, high_port: dst_port, tenant }, true)
        } else {
            (Self { low: dst, high: src, low_port: dst_port, high_port: src_port, tenant }, false)
        }
    }

    /// A 64-bit hash keyed with `seed`: fixed in replay, random live. Mixes every byte of the key.
    #[inline]
    pub fn hash(&self, seed: u64) -> u64 {
        let word = |bytes: &[u8; 16]| u128::from_ne_bytes(*bytes);
        let (low, high) = (word(&self.low), word(&self.high));
        let ports = (u64::from(self.low_port) << 48) | (u64::from(self.high_port) << 32) | u64::from(self.tenant.0);
        let mut hash = fold(low as u64 ^ seed ^ 0xa076_1d64_78bd_642f, 0x9e37_79b9_7f4a_7c15 ^ (low >> 64) as u64);
        hash = fold(hash ^ high as u64, 0xbf58_476d_1ce4_e5b9 ^ (high >> 64) as u64 ^ seed.rotate_left(32));
        fold(hash ^ ports, 0x94d0_49bb_1331_11eb ^ seed)
    }

    /// The partition that owns this flow: `0..PARTITIONS`.
    #[inline]
    pub const fn partition_of(hash: u64) -> u8 {
        (hash >> 58) as u8 % PARTITIONS as u8
    }

    /// The two ends, sender first when `from_low`.
    #[inline]
    pub const fn ends(&self, from_low: bool) -> FlowEnds {
        let low = HostPort { addr: self.low, port: self.low_port };
        let high = HostPort { addr: self.high, port: self.high_port };
        if from_low {
            FlowEnds { orig: low, resp: high, tenant: self.tenant }
        } else {
            FlowEnds { orig: high, resp: low, tenant: self.tenant }
        }
    }
}

/// Mixes two words. They are added again to the folded product, which does not depend on one of them when the other is
/// zero or all ones, as the first half of a [`mapped`] address is.
const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    (product as u64) ^ ((product >> 64) as u64) ^ a ^ b
}

/// An address (IPv4 as by [`mapped`]) and a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HostPort {
    /// Address bytes.
    pub addr: [u8; 16],
    /// TCP port.
    pub port: u16,
}

impl HostPort {
    /// The address in its own family.
    pub fn ip(&self) -> IpAddr {
        ip_of(&self.addr)
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip() {
            IpAddr::V4(v4) => write!(f, "{v4}:{}", self.port),
            IpAddr::V6(v6) => write!(f, "[{v6}]:{}", self.port),
        }
    }
}

/// Originator and responder of a flow, in that order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FlowEnds {
    /// Who sent the first SYN, or is judged to be the client.
    pub orig: HostPort,
    /// The other side.
    pub resp: HostPort,
    /// Tenant, when it is part of the key.
    pub tenant: Tenant,
}

/// IPv4 octets in 16 bytes, under a prefix of all ones, which no IPv6 packet can come from or go to. The IPv4-mapped
/// form (RFC 4291 §2.5.5.2) does stand in real IPv6 packets, and must not be mistaken for IPv4.
pub const fn mapped(v4: [u8; 4]) -> [u8; 16] {
    let f = 0xff;
    [f, f, f, f, f, f, f, f, f, f, f, f, v4[0], v4[1], v4[2], v4[3]]
}

/// The address in its own family; the opposite of [`mapped`].
pub fn ip_of(addr: &[u8; 16]) -> IpAddr {
    match addr {
        [prefix @ .., a, b, c, d] if *prefix == [0xff; 12] => IpAddr::V4(Ipv4Addr::new(*a, *b, *c, *d)),
        _ => IpAddr::V6(Ipv6Addr::from(*addr)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_share_one_key() {
        let (a, b) = (mapped([10, 0, 0, 1]), mapped([10, 0, 0, 2]));
        let (there, from_low) = FlowKey::new(a, 5000, b, 80, Tenant::NONE);
        let (back, back_from_low) = FlowKey::new(b, 80, a, 5000, Tenant::NONE);
        assert_eq!(there, back);
        assert_ne!(from_low, back_from_low);
        assert_eq!(there.ends(from_low).orig.to_string(), "10.0.0.1:5000");
    }

    #[test]
    fn every_part_of_a_key_tells_flows_apart_with_any_seed() {
        for seed in [0, 7, u64::MAX] {
            let mut low_bits = std::collections::BTreeSet::new();
            for n in 0..=255 {
                for (a, b, port) in [([n, 0, 0, 1], [255, 0, 0, 1], 9), ([1; 4], [2, 3, n, 4], 9), ([9; 4], [9; 4], n)]
                {
                    let (key, _) = FlowKey::new(mapped(a), 80, mapped(b), u16::from(port), Tenant::NONE);
                    low_bits.insert(key.hash(seed) as u32);
                }
                let mut v6 = [n; 16];
                v6[0] = 0x20;
                let (key, _) = FlowKey::new(v6, 80, [0xfd; 16], 9, Tenant::NONE);
                low_bits.insert(key.hash(seed) as u32);
            }
            assert!(low_bits.len() > 4 * 256 - 4, "{} of {}", low_bits.len(), 4 * 256);
        }
    }

    #[test]
    fn every_partition_is_reachable() {
        let mut seen = [false; PARTITIONS];
        for port in 0..4096 {
            let (key, _) = FlowKey::new(mapped([10, 0, 0, 1]), port, mapped([10, 0, 0, 2]), 80, Tenant::NONE);
            seen[FlowKey::partition_of(key.hash(7)) as usize] = true;
        }
        assert!(seen.iter().all(|&s| s));
    }
}
