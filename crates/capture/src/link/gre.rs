//! GRE and what it carries: IP, Ethernet, ERSPAN mirrors, PPTP.
//!
//! In: bytes from the GRE flags on. Out: the layer of the protocol field. Kept: the key or the ERSPAN session, as the
//! path's tag. Can go wrong: unknown versions, source routes (obsolete, RFC 2784 §2.3), short headers.

use model::flow::TenantKind;
use model::ledger::Counter;

use super::bytes::{be16, be32, byte};
use super::ethernet::typed;
use super::path::{Layer, Path, Step, after_tunnel};

/// Checksum present.
const CHECKSUM: u16 = 0x8000;
/// Routing present.
const ROUTING: u16 = 0x4000;
/// Key present.
const KEY: u16 = 0x2000;
/// Sequence number present.
const SEQUENCE: u16 = 0x1000;
/// Acknowledgement present, version 1 only.
const ACKNOWLEDGEMENT: u16 = 0x0080;

/// GRE header (RFC 2784 §2, RFC 2890 §2; version 1: RFC 2637 §4.1).
pub(super) fn gre<'a>(data: &'a [u8], path: &mut Path) -> Step<'a> {
    path.enter()?;
    let (Some(flags), Some(protocol)) = (be16(data, 0), be16(data, 2)) else {
        return Err(Counter::FramesBadTunnel);
    };
    let has = |bit: u16| flags & bit != 0;
    let mut len = 4;
    match flags & 7 {
        0 if has(ROUTING) => return Err(Counter::FramesBadTunnel),
        0 => {
            if has(CHECKSUM) {
                len += 4;
            }
            if has(KEY) {
                path.tag(TenantKind::GreKey, be32(data, len).ok_or(Counter::FramesBadTunnel)? & 0x0fff_ffff);
                len += 4;
            }
        }
        1 if has(KEY) => {
            path.tag(TenantKind::GreKey, u32::from(be16(data, 6).ok_or(Counter::FramesBadTunnel)?));
            len += if has(ACKNOWLEDGEMENT) { 8 } else { 4 };
        }
        _ => return Err(Counter::FramesBadTunnel),
    }
    if has(SEQUENCE) {
        len += 4;
    }
    let rest = after_tunnel(data, len)?;
    // An acknowledgement alone carries nothing.
    if flags & 7 == 1 && rest.is_empty() {
        return Err(Counter::FramesNotIp);
    }
    match protocol {
        0x88be if has(SEQUENCE) => erspan_2(rest, path),
        // Type I has no header of its own.
        0x88be => Ok((Layer::Ethernet, rest)),
        0x22eb => erspan_3(rest, path),
        // Cisco WCCP redirects put four bytes before the IP packet unless it begins there.
        0x883e => {
            Ok((Layer::Ipv4, if byte(rest, 0).is_some_and(|b| b >> 4 == 4) { rest } else { after_tunnel(rest, 4)? }))
        }
        0..=1_500 => Err(Counter::FramesNotIp),
        kind => Ok((typed(kind), rest)),
    }
}

/// ERSPAN type II (draft-foschiano-erspan §4.2): eight bytes, session in the low ten bits of the second word.
fn erspan_2<'a>(data: &'a [u8], path: &mut Path) -> Step<'a> {
    let words = be32(data, 0).ok_or(Counter::FramesBadTunnel)?;
    path.tag(TenantKind::Session, words & 0x3ff);
    match words >> 28 {
        1 => Ok((Layer::Ethernet, after_tunnel(data, 8)?)),
        2 => erspan_3(data, path),
        _ => Err(Counter::FramesBadTunnel),
    }
}

/// ERSPAN type III (draft-foschiano-erspan §4.3): twelve bytes, eight more when the O bit is set.
fn erspan_3<'a>(data: &'a [u8], path: &mut Path) -> Step<'a> {
    let (Some(words), Some(last)) = (be32(data, 0), be16(data, 10)) else {
        return Err(Counter::FramesBadTunnel);
    };
    path.tag(TenantKind::Session, words & 0x3ff);
    let rest = after_tunnel(data, if last & 1 == 0 { 12 } else { 20 })?;
    // Frame type: 0 Ethernet, 2 IP.
    match last >> 10 & 0x1f {
        0 => Ok((Layer::Ethernet, rest)),
        2 => Ok((Layer::Ip, rest)),
        _ => Err(Counter::FramesNotIp),
    }
}
