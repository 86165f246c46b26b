//! Ethernet, VLAN tags, LLC/SNAP, `MACsec` in the clear, and the `EtherType` table.
//!
//! In: bytes from the destination address on, or from behind an `EtherType`. Out: the layer the type names. Kept: the
//! VLAN ids, as the path's tag. Can go wrong: headers cut short, types that carry no IP, encrypted payload.

use model::flow::TenantKind;
use model::ledger::Counter;

use super::bytes::{be16, be32, byte};
use super::path::{Layer, Path, Step, after_link};

/// Largest value of the type field that is a length instead (IEEE 802.3 §3.2.6).
const LENGTH_MAX: u16 = 1_500;
/// Transparent Ethernet bridging (RFC 1701; used by GRE, Geneve and others).
pub(super) const BRIDGED: u16 = 0x6558;

/// Ethernet II or 802.3 (IEEE 802.3 §3.1.1).
#[inline]
pub(super) fn ethernet(data: &[u8]) -> Step<'_> {
    let kind = be16(data, 12).ok_or(Counter::FramesShortLink)?;
    let rest = after_link(data, 14)?;
    Ok((typed(kind), rest))
}

/// The layer of a type field: a length means LLC.
#[inline]
pub(super) const fn typed(kind: u16) -> Layer {
    match kind {
        0x0800 => Layer::Ipv4,
        0x86dd => Layer::Ipv6,
        0x8100 | 0x88a8 | 0x9100 | 0x9200 | 0x9300 => Layer::Vlan,
        0..=LENGTH_MAX => Layer::Llc,
        other => Layer::EtherType(other),
    }
}

/// A VLAN tag behind its type: priority and id, then the next type (IEEE 802.1Q §9.6).
#[inline]
pub(super) fn vlan<'a>(data: &'a [u8], path: &mut Path) -> Step<'a> {
    path.enter()?;
    let (Some(tag), Some(kind)) = (be16(data, 0), be16(data, 2)) else {
        return Err(Counter::FramesShortLink);
    };
    path.vlan(tag);
    Ok((typed(kind), after_link(data, 4)?))
}

/// What lies behind the remaining types; everything else carries no IP.
pub(super) fn ether_type<'a>(kind: u16, data: &'a [u8], path: &mut Path) -> Step<'a> {
    match kind {
        0x8847 | 0x8848 => Ok((Layer::Mpls, data)),
        0x8864 => Ok((Layer::Pppoe, data)),
        0x880b => Ok((Layer::Ppp, data)),
        0x894f => Ok((Layer::Nsh, data)),
        BRIDGED => {
            path.enter()?;
            Ok((Layer::Ethernet, data))
        }
        // VN-Tag: four bytes and a type.
        0x8926 => tag_of(data, 4, path),
        // E-Tag (IEEE 802.1BR §8): six bytes and a type.
        0x893f => tag_of(data, 6, path),
        // Provider backbone bridging (IEEE 802.1Q §9.7): a service id and the customer's frame.
        0x88e7 => {
            path.enter()?;
            let service = be32(data, 0).ok_or(Counter::FramesShortLink)?;
            path.tag(TenantKind::Vni, service & 0x00ff_ffff);
            Ok((Layer::Ethernet, after_link(data, 4)?))
        }
        0x88e5 => macsec(data, path),
        _ => Err(Counter::FramesNotIp),
    }
}

/// A tag of `len` bytes that is of no interest, then a type.
fn tag_of<'a>(data: &'a [u8], len: usize, path: &mut Path) -> Step<'a> {
    path.enter()?;
    let kind = be16(data, len).ok_or(Counter::FramesShortLink)?;
    Ok((typed(kind), after_link(data, len + 2)?))
}

/// `MACsec` (IEEE 802.1AE §9.3): readable when only integrity is protected.
fn macsec<'a>(data: &'a [u8], path: &mut Path) -> Step<'a> {
    let control = byte(data, 0).ok_or(Counter::FramesShortLink)?;
    if control & 0x0c != 0 {
        return Err(Counter::FramesOpaque);
    }
    tag_of(data, if control & 0x20 == 0 { 6 } else { 14 }, path)
}

/// 802.2 LLC (ISO 8802-2) with SNAP (RFC 1042), or the IP service access point.
pub(super) fn llc(data: &[u8]) -> Step<'_> {
    match data.first_chunk::<3>() {
        // A SNAP header names an EtherType whatever its organisation code; ones that do not will not be IP.
        Some([0xaa, 0xaa, 0x03]) => {
            let kind = be16(data, 6).ok_or(Counter::FramesShortLink)?;
            if kind <= LENGTH_MAX {
                return Err(Counter::FramesNotIp);
            }
            Ok((typed(kind), after_link(data, 8)?))
        }
        Some([0x06, 0x06, 0x03]) => Ok((Layer::Ip, after_link(data, 3)?)),
        // ISO network layer protocols: an NLPID follows (RFC 1490 §4).
        Some([0xfe, 0xfe, 0x03]) => match byte(data, 3) {
            Some(0xcc) => Ok((Layer::Ipv4, after_link(data, 4)?)),
            Some(0x8e) => Ok((Layer::Ipv6, after_link(data, 4)?)),
            _ => Err(Counter::FramesNotIp),
        },
        Some(_) => Err(Counter::FramesNotIp),
        None => Err(Counter::FramesShortLink),
    }
}
