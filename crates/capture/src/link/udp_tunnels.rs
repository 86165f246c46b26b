//! Tunnels inside UDP, known by port and believed by shape.
//!
//! In: a UDP header. Out: the layer inside, QUIC, or "no TCP" when nothing fits, since any application may use the port.
//! Kept: network, endpoint or session ids, as the path's tag. Can go wrong: short UDP headers; everything else is
//! taken for plain UDP.

use model::flow::TenantKind;
use model::ledger::Counter;

use super::bytes::{array, be16, be32, byte};
use super::ethernet::typed;
use super::mpls::ethernet_shaped;
use super::path::{Layer, Path, Step};
use crate::proto::looks_like_quic;

/// Ports and payload of a datagram (RFC 768).
pub(super) fn datagram(data: &[u8]) -> Option<([u16; 2], &[u8])> {
    let (from, to, len) = (be16(data, 0)?, be16(data, 2)?, be16(data, 4)?);
    let rest = data.get(8..)?;
    // A length of zero is a jumbogram or an offloaded one.
    let body = rest.get(..usize::from(len).saturating_sub(8)).filter(|body| !body.is_empty()).unwrap_or(rest);
    Some(([from, to], body))
}

/// UDP header, then a tunnel if the port and the first bytes say so.
pub(super) fn udp<'a>(data: &'a [u8], path: &mut Path) -> Step<'a> {
    let ([from, to], body) = datagram(data).ok_or(Counter::FramesNotTcp)?;
    let found = tunnel(to, body, path).or_else(|| tunnel(from, body, path)).or_else(|| teredo_relayed(body));
    let Some(found) = found else {
        return if looks_like_quic([from, to], body) { Ok((Layer::Quic, data)) } else { Err(Counter::FramesNotTcp) };
    };
    path.enter()?;
    Ok(found)
}

fn tunnel<'a>(port: u16, body: &'a [u8], path: &mut Path) -> Option<(Layer, &'a [u8])> {
    match port {
        4789 | 4790 | 8472 | 6081 | 2152 | 3544 | 1701 | 4341 | 6635 | 37_008 => {}
        _ => return None,
    }
    match port {
        4789 | 4790 | 8472 => vxlan(body, port == 4790, path),
        6081 => geneve(body, path),
        2152 => gtp_user(body, path),
        3544 => teredo(body),
        1701 => l2tp(body, path),
        // LISP data (RFC 9300 §5.1): eight bytes, then IP.
        4341 => ip_inside(body.get(8..)?),
        // MPLS in UDP (RFC 7510 §3).
        6635 => Some((Layer::Mpls, body)),
        37_008 => tzsp(body),
        _ => None,
    }
}

/// VXLAN (RFC 7348 §5) and its generic protocol extension (draft-ietf-nvo3-vxlan-gpe §3).
fn vxlan<'a>(body: &'a [u8], generic: bool, path: &mut Path) -> Option<(Layer, &'a [u8])> {
    let (flags, network) = (be32(body, 0)?, be32(body, 4)?);
    if flags & 0x0800_0000 == 0 || network & 0xff != 0 {
        return None;
    }
    let rest = body.get(8..)?;
    let layer = if generic && flags & 0x0400_0000 != 0 {
        match flags & 0xff {
            1 => Layer::Ipv4,
            2 => Layer::Ipv6,
            3 => Layer::Ethernet,
            4 => Layer::Nsh,
            5 => Layer::Mpls,
            _ => return None,
        }
    } else {
        Layer::Ethernet
    };
    path.tag(TenantKind::Vni, network >> 8);
    Some((layer, rest))
}

/// Geneve (RFC 8926 §3.4): version 0, options in words, an `EtherType`.
fn geneve<'a>(body: &'a [u8], path: &mut Path) -> Option<(Layer, &'a [u8])> {
    let (first, kind, network) = (byte(body, 0)?, be16(body, 2)?, be32(body, 4)?);
    if first >> 6 != 0 || network & 0xff != 0 || kind <= 1_500 {
        return None;
    }
    let rest = body.get(8 + usize::from(first & 0x3f) * 4..)?;
    path.tag(TenantKind::Vni, network >> 8);
    Some((typed(kind), rest))
}

/// GTP-U user data (3GPP TS 29.281 §5.1, §5.2): version 1, message type 255, any extension headers.
fn gtp_user<'a>(body: &'a [u8], path: &mut Path) -> Option<(Layer, &'a [u8])> {
    let (flags, kind, endpoint) = (byte(body, 0)?, byte(body, 1)?, be32(body, 4)?);
    if flags & 0xf0 != 0x30 || kind != 0xff {
        return None;
    }
    let mut rest = body.get(8..)?;
    if flags & 0x07 != 0 {
        let mut next = if flags & 0x04 == 0 { 0 } else { byte(rest, 3)? };
        rest = rest.get(4..)?;
        while next != 0 {
            let len = usize::from(byte(rest, 0)?) * 4;
            next = byte(rest, len.checked_sub(1)?)?;
            rest = rest.get(len..)?;
        }
    }
    path.tag(TenantKind::Teid, endpoint & 0x0fff_ffff);
    ip_inside(rest).or_else(|| ethernet_shaped(rest).then_some((Layer::Ethernet, rest)))
}

/// Teredo (RFC 4380 §5.1.1): an authentication and an origin header may stand before the IPv6 packet.
fn teredo(body: &[u8]) -> Option<(Layer, &[u8])> {
    let mut rest = body;
    if be16(rest, 0)? == 0x0001 {
        let len = 4 + usize::from(byte(rest, 2)?) + usize::from(byte(rest, 3)?) + 9;
        rest = rest.get(len..)?;
    }
    if be16(rest, 0)? == 0x0000 {
        rest = rest.get(8..)?;
    }
    (byte(rest, 0)? >> 4 == 6 && rest.len() >= 40).then_some((Layer::Ipv6, rest))
}

/// Teredo between a client and a relay, which may use any port (RFC 4380 §5.4): an IPv6 packet of exactly this length
/// with a Teredo address at one end.
fn teredo_relayed(body: &[u8]) -> Option<(Layer, &[u8])> {
    const PREFIX: [u8; 4] = [0x20, 0x01, 0, 0];
    let shaped = byte(body, 0)? >> 4 == 6 && body.len() == 40 + usize::from(be16(body, 4)?);
    let ends = [array(body, 8), array(body, 24)];
    (shaped && ends.contains(&Some(PREFIX))).then_some((Layer::Ipv6, body))
}

/// L2TP data messages, version 2 (RFC 2661 §3.1) with PPP inside, version 3 (RFC 3931 §4.1.2.1) with Ethernet.
fn l2tp<'a>(body: &'a [u8], path: &mut Path) -> Option<(Layer, &'a [u8])> {
    let flags = be16(body, 0)?;
    if flags & 0x8000 != 0 {
        return None;
    }
    match flags & 0x0f {
        2 => {
            let mut len = if flags & 0x4000 == 0 { 2 } else { 4 };
            path.tag(TenantKind::Session, u32::from(be16(body, len + 2)?));
            len += 4;
            if flags & 0x0800 != 0 {
                len += 4;
            }
            if flags & 0x0200 != 0 {
                len += 2 + usize::from(be16(body, len)?);
            }
            Some((Layer::Ppp, body.get(len..)?))
        }
        3 => l2tp_v3(body.get(4..)?, path),
        _ => None,
    }
}

/// L2TP version 3 from the session id on (RFC 3931 §4.1): the sizes of cookie and sublayer are agreed elsewhere, so the
/// first place where an Ethernet frame fits is taken.
pub(super) fn l2tp_v3<'a>(data: &'a [u8], path: &mut Path) -> Option<(Layer, &'a [u8])> {
    let session = be32(data, 0)?;
    if session == 0 {
        return None;
    }
    let frame = [4, 8, 12, 16].into_iter().filter_map(|at| data.get(at..)).find(|rest| ethernet_shaped(rest))?;
    path.tag(TenantKind::Session, session & 0x0fff_ffff);
    Some((Layer::Ethernet, frame))
}

/// `TaZmen` sniffer protocol: version 1, tags, then Ethernet.
fn tzsp(body: &[u8]) -> Option<(Layer, &[u8])> {
    if byte(body, 0)? != 1 || byte(body, 1)? > 1 || be16(body, 2)? != 1 {
        return None;
    }
    let mut rest = body.get(4..)?;
    loop {
        match byte(rest, 0)? {
            0 => rest = rest.get(1..)?,
            1 => return Some((Layer::Ethernet, rest.get(1..)?)),
            _ => rest = rest.get(2 + usize::from(byte(rest, 1)?)..)?,
        }
    }
}

/// IP of either version, if there is any.
fn ip_inside(rest: &[u8]) -> Option<(Layer, &[u8])> {
    match byte(rest, 0)? >> 4 {
        4 => Some((Layer::Ipv4, rest)),
        6 => Some((Layer::Ipv6, rest)),
        _ => None,
    }
}
