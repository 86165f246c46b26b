//! MPLS label stacks, what lies below them, and network service headers.
//!
//! In: bytes from the first label on. Out: IP, or the Ethernet frame of a pseudo-wire. Kept: the last label, as the
//! path's tag. Can go wrong: stacks without a bottom, payload that is neither IP nor Ethernet.

use model::flow::TenantKind;
use model::ledger::Counter;

use super::bytes::{be16, be32, byte};
use super::path::{Layer, Path, Step, after_link, after_tunnel};

/// Label stack (RFC 3032 §2.1). One encapsulation, however many labels: each takes four bytes of a bounded frame.
pub(super) fn mpls<'a>(data: &'a [u8], path: &mut Path) -> Step<'a> {
    path.enter()?;
    let mut rest = data;
    loop {
        let entry = be32(rest, 0).ok_or(Counter::FramesShortLink)?;
        rest = after_link(rest, 4)?;
        if entry & 0x100 != 0 {
            // Labels below 16 are reserved (RFC 7274): null labels and alerts say nothing about a network.
            let label = entry >> 12;
            if label > 15 {
                path.tag(TenantKind::Mpls, label);
            }
            return Ok((Layer::PseudoWire, rest));
        }
    }
}

/// Below the bottom label: IP by its version, otherwise Ethernet with or without a control word (RFC 4448 §4.6).
pub(super) fn pseudo_wire(data: &[u8]) -> Step<'_> {
    let first = byte(data, 0).ok_or(Counter::FramesShortLink)?;
    // A destination address may begin with 4 or 6 too: then an EtherType stands where it would in a frame.
    match first >> 4 {
        4 if ipv4_shaped(data) || !ethernet_shaped(data) => Ok((Layer::Ipv4, data)),
        6 if ipv6_shaped(data) || !ethernet_shaped(data) => Ok((Layer::Ipv6, data)),
        0 if ethernet_shaped(data.get(4..).unwrap_or_default()) => Ok((Layer::Ethernet, after_link(data, 4)?)),
        // Control word of an associated channel (RFC 5586): management, not traffic.
        1 if !ethernet_shaped(data) => Err(Counter::FramesNotIp),
        _ => Ok((Layer::Ethernet, data)),
    }
}

fn ipv4_shaped(data: &[u8]) -> bool {
    byte(data, 0).is_some_and(|first| first & 0x0f >= 5)
        && be16(data, 2).is_some_and(|total| total == 0 || (total >= 20 && usize::from(total) <= data.len() + 2_048))
}

fn ipv6_shaped(data: &[u8]) -> bool {
    be16(data, 4).is_some_and(|len| usize::from(len) <= data.len() + 2_048)
}

/// Whether an `EtherType` that leads on stands at its place.
pub(super) fn ethernet_shaped(data: &[u8]) -> bool {
    match be16(data, 12) {
        Some(0x0800) => byte(data, 14).is_some_and(|first| first >> 4 == 4),
        Some(0x86dd) => byte(data, 14).is_some_and(|first| first >> 4 == 6),
        Some(kind) => matches!(kind, 0x0806 | 0x8100 | 0x88a8 | 0x9100 | 0x8847 | 0x8848 | 0x8864 | 0x88cc),
        None => false,
    }
}

/// Network service header (RFC 8300 §2.2): length in words, then the kind of the packet inside.
pub(super) fn nsh<'a>(data: &'a [u8], path: &mut Path) -> Step<'a> {
    path.enter()?;
    let (Some(base), Some(next)) = (be16(data, 0), byte(data, 3)) else {
        return Err(Counter::FramesBadTunnel);
    };
    let len = usize::from(base & 0x3f) * 4;
    if base >> 14 != 0 || len < 8 {
        return Err(Counter::FramesBadTunnel);
    }
    let rest = after_tunnel(data, len)?;
    match next {
        1 => Ok((Layer::Ipv4, rest)),
        2 => Ok((Layer::Ipv6, rest)),
        3 => Ok((Layer::Ethernet, rest)),
        4 => Ok((Layer::Nsh, rest)),
        5 => Ok((Layer::Mpls, rest)),
        _ => Err(Counter::FramesNotIp),
    }
}
