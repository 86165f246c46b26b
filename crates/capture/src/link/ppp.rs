//! PPP, its framing, and `PPPoE`.
//!
//! In: bytes from the address, protocol or `PPPoE` version field on. Out: IP or MPLS. Kept: the `PPPoE` session, as the
//! path's tag. Can go wrong: control protocols (no IP), compressed or encrypted payload (opaque), short headers.

use model::flow::TenantKind;
use model::ledger::Counter;

use super::bytes::{be16, byte};
use super::path::{Layer, Path, Step, after_link};

/// PPP (RFC 1661 §2), with or without address and control (RFC 1662 §3.1), protocol of one or two bytes (§6.5).
pub(super) fn ppp(data: &[u8]) -> Step<'_> {
    let framed = data.first_chunk::<2>() == Some(&[0xff, 0x03]);
    let rest = if framed { after_link(data, 2)? } else { data };
    let first = byte(rest, 0).ok_or(Counter::FramesShortLink)?;
    let (protocol, rest) = if first & 1 == 1 {
        (u16::from(first), after_link(rest, 1)?)
    } else {
        (be16(rest, 0).ok_or(Counter::FramesShortLink)?, after_link(rest, 2)?)
    };
    match protocol {
        0x0021 => Ok((Layer::Ipv4, rest)),
        0x0057 => Ok((Layer::Ipv6, rest)),
        0x0281 | 0x0283 => Ok((Layer::Mpls, rest)),
        // Van Jacobson headers, multilink parts, encrypted and compressed datagrams.
        0x002d | 0x002f | 0x003d | 0x0053 | 0x0055 | 0x00fb | 0x00fd => Err(Counter::FramesOpaque),
        _ => Err(Counter::FramesNotIp),
    }
}

/// PPP in HDLC-like framing or Cisco HDLC (`LINKTYPE_PPP_HDLC`): the address byte tells.
pub(super) fn hdlc(data: &[u8]) -> Step<'_> {
    match byte(data, 0) {
        Some(0x0f | 0x8f) => super::cooked::chdlc(data),
        Some(_) => Ok((Layer::Ppp, data)),
        None => Err(Counter::FramesShortLink),
    }
}

/// `PPPoE` session stage (RFC 2516 §4): version and type 1, code 0.
pub(super) fn pppoe<'a>(data: &'a [u8], path: &mut Path) -> Step<'a> {
    path.enter()?;
    let (Some(start), Some(session)) = (be16(data, 0), be16(data, 2)) else {
        return Err(Counter::FramesShortLink);
    };
    if start >> 8 != 0x11 {
        return Err(Counter::FramesBadTunnel);
    }
    if start & 0xff != 0 {
        return Err(Counter::FramesNotIp);
    }
    path.tag(TenantKind::Session, u32::from(session));
    Ok((Layer::Ppp, after_link(data, 6)?))
}
