//! IPv4, IPv6, their extension headers, and the table of IP protocols.
//!
//! In: bytes from the version field on. Out: the transport, a tunnel, or a fragment. Kept: addresses, identification,
//! and how many bytes the capture lacks. Can go wrong: bad header lengths (malformed), too many extensions, cut
//! headers. Lengths of zero, as segmentation offload leaves them, mean the rest of the frame.

use model::flow::mapped;
use model::ledger::Counter;

use super::bytes::{array, be16, be32, byte};
use super::path::{FragmentHeader, Layer, Path, Step, after_tunnel};

/// IP of either version (raw link types).
pub(super) fn ip(data: &[u8]) -> Step<'_> {
    match byte(data, 0).map(|first| first >> 4) {
        Some(4) => Ok((Layer::Ipv4, data)),
        Some(6) => Ok((Layer::Ipv6, data)),
        Some(_) => Err(Counter::FramesNotIp),
        None => Err(Counter::FramesShortLink),
    }
}

/// IPv4 header (RFC 791 §3.1).
#[inline]
pub(super) fn ipv4<'a>(data: &'a [u8], path: &mut Path) -> Step<'a> {
    let header: &[u8; 20] = data.first_chunk().ok_or(Counter::FramesBadIp)?;
    let [first, _, l0, l1, i0, i1, f0, f1, _, protocol, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = *header;
    let header_len = usize::from(first & 0x0f) * 4;
    let total = usize::from(u16::from_be_bytes([l0, l1]));
    if first >> 4 != 4 || header_len < 20 || (total != 0 && total < header_len) {
        return Err(Counter::FramesBadIp);
    }
    let id = u16::from_be_bytes([i0, i1]);
    path.ip_header(false, mapped([s0, s1, s2, s3]), mapped([d0, d1, d2, d3]), id);
    let packet = if total == 0 { data } else { path.cut(data, total) };
    let rest = packet.get(header_len..).ok_or(Counter::FramesBadIp)?;
    let fragment = u16::from_be_bytes([f0, f1]);
    let (offset, more) = (u32::from(fragment & 0x1fff) * 8, fragment & 0x2000 != 0);
    if offset == 0 && !more {
        return Ok((if protocol == 6 { Layer::Tcp } else { Layer::Transport(protocol) }, rest));
    }
    Ok((Layer::Fragment(FragmentHeader { id: u32::from(id), offset, more, protocol }), rest))
}

/// IPv6 header (RFC 8200 §3).
pub(super) fn ipv6<'a>(data: &'a [u8], path: &mut Path) -> Step<'a> {
    let (Some(src), Some(dst)) = (array(data, 8), array(data, 24)) else {
        return Err(Counter::FramesBadIp);
    };
    let (Some(first), Some(len), Some(next)) = (byte(data, 0), be16(data, 4), byte(data, 6)) else {
        return Err(Counter::FramesBadIp);
    };
    if first >> 4 != 6 {
        return Err(Counter::FramesBadIp);
    }
    path.ip_header(true, src, dst, 0);
    // A length of zero is a jumbogram (RFC 2675) or an offloaded packet.
    let packet = if len == 0 { data } else { path.cut(data, 40 + usize::from(len)) };
    let rest = packet.get(40..).ok_or(Counter::FramesBadIp)?;
    Ok((Layer::Transport(next), rest))
}

/// What an IP protocol number leads to (IANA "Assigned Internet Protocol Numbers").
pub(super) fn transport<'a>(protocol: u8, data: &'a [u8], path: &mut Path) -> Step<'a> {
    match protocol {
        6 => Ok((Layer::Tcp, data)),
        17 => Ok((Layer::Udp, data)),
        // Hop-by-hop, routing, destination options, mobility, HIP, shim6 (RFC 8200 §4; RFC 6564 §4).
        0 | 43 | 60 | 135 | 139 | 140 if path.v6 => extension(data, path),
        44 if path.v6 => fragment(data, path),
        51 => authentication(data, path),
        4 => inside(Layer::Ipv4, data, path),
        41 => inside(Layer::Ipv6, data, path),
        47 => Ok((Layer::Gre, data)),
        // Ethernet in IP (RFC 3378 §3): two bytes, version 3.
        97 if byte(data, 0) == Some(0x30) => inside(Layer::Ethernet, after_tunnel(data, 2)?, path),
        115 => {
            path.enter()?;
            super::udp_tunnels::l2tp_v3(data, path).ok_or(Counter::FramesNotTcp)
        }
        137 => Ok((Layer::Mpls, data)),
        // Ethernet behind IPv6 segment routing (RFC 8986 §10.1).
        143 => inside(Layer::Ethernet, data, path),
        _ => Err(Counter::FramesNotTcp),
    }
}

fn inside<'a>(layer: Layer, data: &'a [u8], path: &mut Path) -> Step<'a> {
    path.enter()?;
    Ok((layer, data))
}

/// An extension header of the common form: next header, length in eight-byte units without the first.
fn extension<'a>(data: &'a [u8], path: &mut Path) -> Step<'a> {
    path.extend()?;
    let (Some(next), Some(len)) = (byte(data, 0), byte(data, 1)) else {
        return Err(Counter::FramesBadIp);
    };
    let rest = data.get(8 + usize::from(len) * 8..).ok_or(Counter::FramesBadIp)?;
    Ok((Layer::Transport(next), rest))
}

/// The IPv6 fragment header (RFC 8200 §4.5). An atomic fragment (RFC 6946) is a whole datagram.
fn fragment<'a>(data: &'a [u8], path: &mut Path) -> Step<'a> {
    path.extend()?;
    let (Some(protocol), Some(bits), Some(id)) = (byte(data, 0), be16(data, 2), be32(data, 4)) else {
        return Err(Counter::FramesBadIp);
    };
    let rest = data.get(8..).ok_or(Counter::FramesBadIp)?;
    let (offset, more) = (u32::from(bits & 0xfff8), bits & 1 != 0);
    if offset == 0 && !more {
        return Ok((Layer::Transport(protocol), rest));
    }
    Ok((Layer::Fragment(FragmentHeader { id, offset, more, protocol }), rest))
}

/// The authentication header (RFC 4302 §2): length in words minus two.
fn authentication<'a>(data: &'a [u8], path: &mut Path) -> Step<'a> {
    path.extend()?;
    let (Some(next), Some(len)) = (byte(data, 0), byte(data, 1)) else {
        return Err(Counter::FramesBadIp);
    };
    let rest = data.get((usize::from(len) + 2) * 4..).ok_or(Counter::FramesBadIp)?;
    Ok((Layer::Transport(next), rest))
}
