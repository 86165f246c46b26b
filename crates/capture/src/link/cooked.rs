//! Link types whose header is not a real one: cooked, loopback, raw, log devices.
//!
//! In: a frame and its `LINKTYPE_*` (registry at tcpdump.org). Out: the layer behind the header. Kept: nothing. Can go
//! wrong: headers cut short, unknown link types, address families that are not IP.

use model::ledger::Counter;

use super::bytes::{be16, be32, byte, le16, le32};
use super::ethernet::typed;
use super::path::{Layer, Step, after_link};

/// ARP hardware type of netlink sockets in cooked captures.
const ARPHRD_NETLINK: u16 = 824;
/// ARP hardware type of 802.11 with radiotap in cooked captures.
const ARPHRD_RADIOTAP: u16 = 803;
/// `LINKTYPE_IEEE802_11_RADIOTAP`.
const RADIOTAP: u32 = 127;
/// Netfilter log attribute that holds the packet.
const NFULA_PAYLOAD: u16 = 9;

/// The outermost header of a frame.
pub(super) fn link(link_type: u32, data: &[u8]) -> Step<'_> {
    match link_type {
        1 => Ok((Layer::Ethernet, data)),
        12 | 14 | 101 => Ok((Layer::Ip, data)),
        228 => Ok((Layer::Ipv4, data)),
        229 => Ok((Layer::Ipv6, data)),
        0 | 108 => loopback(data),
        113 => cooked_v1(data),
        276 => cooked_v2(data),
        9 => Ok((Layer::Ppp, data)),
        50 => Ok((Layer::Hdlc, data)),
        51 => Ok((Layer::Pppoe, data)),
        104 => chdlc(data),
        107 => Ok((Layer::FrameRelay, data)),
        // PPP, Cisco HDLC, frame relay with a direction byte; pppd writes it over the address.
        166 => Ok((Layer::Ppp, after_link(data, 2)?)),
        204 => Ok((Layer::Ppp, after_link(data, 1)?)),
        205 => chdlc(after_link(data, 1)?),
        206 => Ok((Layer::FrameRelay, after_link(data, 1)?)),
        100 | 123 => Ok((Layer::Llc, data)),
        106 => Ok((if data.first() == Some(&0xaa) { Layer::Llc } else { Layer::Ip }, data)),
        105 => Ok((Layer::Wifi, data)),
        119 | 127 | 163 => super::wifi::monitor(link_type, data),
        192 => ppi(data),
        239 => nflog(data),
        117 => pflog(data),
        8 => Ok((Layer::Ip, after_link(data, 16)?)),
        109 => Ok((Layer::Ip, after_link(data, 12)?)),
        138 => Ok((typed(be16(data, 16).ok_or(Counter::FramesShortLink)?), after_link(data, 18)?)),
        226 => Ok((Layer::Ip, after_link(data, 24)?)),
        // Ethernet with its preamble.
        274 => Ok((Layer::Ethernet, after_link(data, 8)?)),
        // Netlink and bluetooth exist in captures and never carry IP.
        253 => Err(Counter::FramesNotIp),
        _ => Err(Counter::FramesLinkType),
    }
}

/// BSD loopback (`LINKTYPE_NULL`, `LINKTYPE_LOOP`): an address family in the writer's byte order.
fn loopback(data: &[u8]) -> Step<'_> {
    let (Some(little), Some(big)) = (le32(data, 0), be32(data, 0)) else {
        return Err(Counter::FramesShortLink);
    };
    let rest = after_link(data, 4)?;
    match if little < 0x1_0000 { little } else { big } {
        2 => Ok((Layer::Ipv4, rest)),
        10 | 24 | 28 | 30 => Ok((Layer::Ipv6, rest)),
        _ => Err(Counter::FramesNotIp),
    }
}

/// Linux cooked capture (`LINKTYPE_LINUX_SLL`).
fn cooked_v1(data: &[u8]) -> Step<'_> {
    let (Some(hardware), Some(protocol)) = (be16(data, 2), be16(data, 14)) else {
        return Err(Counter::FramesShortLink);
    };
    cooked(hardware, protocol, after_link(data, 16)?)
}

/// Linux cooked capture version 2 (`LINKTYPE_LINUX_SLL2`).
fn cooked_v2(data: &[u8]) -> Step<'_> {
    let (Some(protocol), Some(hardware)) = (be16(data, 0), be16(data, 8)) else {
        return Err(Counter::FramesShortLink);
    };
    cooked(hardware, protocol, after_link(data, 20)?)
}

fn cooked(hardware: u16, protocol: u16, rest: &[u8]) -> Step<'_> {
    match (hardware, protocol) {
        (ARPHRD_NETLINK, _) => Err(Counter::FramesNotIp),
        (ARPHRD_RADIOTAP, _) => super::wifi::monitor(RADIOTAP, rest),
        // 802.3 without a length, and LLC.
        (_, 0x0001 | 0x0004) => Ok((Layer::Llc, rest)),
        (_, 0x0007..=0x05dc) => Err(Counter::FramesNotIp),
        (_, protocol) => Ok((typed(protocol), rest)),
    }
}

/// Cisco HDLC (`LINKTYPE_C_HDLC`): address, control, `EtherType`.
pub(super) fn chdlc(data: &[u8]) -> Step<'_> {
    let kind = be16(data, 2).ok_or(Counter::FramesShortLink)?;
    let rest = after_link(data, 4)?;
    // A few routers send LLC for OSI protocols behind a type of 0xfefe.
    if kind == 0xfefe { Err(Counter::FramesNotIp) } else { Ok((typed(kind), rest)) }
}

/// Frame relay (`LINKTYPE_FRELAY`): Q.922 address, then RFC 2427 or Cisco encapsulation.
pub(super) fn frame_relay(data: &[u8]) -> Step<'_> {
    let address = data.iter().take(4).position(|b| b & 1 == 1).ok_or(Counter::FramesShortLink)? + 1;
    let rest = after_link(data, address)?;
    if byte(rest, 0) != Some(0x03) {
        let kind = be16(rest, 0).ok_or(Counter::FramesShortLink)?;
        return if kind <= 1_500 { Err(Counter::FramesNotIp) } else { Ok((typed(kind), after_link(rest, 2)?)) };
    }
    let pad = usize::from(byte(rest, 1) == Some(0));
    let body = after_link(rest, 2 + pad)?;
    match byte(rest, 1 + pad) {
        Some(0xcc) => Ok((Layer::Ipv4, body)),
        Some(0x8e) => Ok((Layer::Ipv6, body)),
        Some(0xcf) => Ok((Layer::Ppp, body)),
        Some(0x80) => {
            let organisation_bridged = body.first_chunk::<3>() == Some(&[0x00, 0x80, 0xc2]);
            let kind = be16(body, 3).ok_or(Counter::FramesShortLink)?;
            match (organisation_bridged, kind) {
                // Bridged 802.3 with and without its checksum (RFC 2427 §4.2).
                (true, 0x0001 | 0x0007) => Ok((Layer::Ethernet, after_link(body, 5)?)),
                (false, 0x0600..) => Ok((typed(kind), after_link(body, 5)?)),
                _ => Err(Counter::FramesNotIp),
            }
        }
        Some(_) => Err(Counter::FramesNotIp),
        None => Err(Counter::FramesShortLink),
    }
}

/// Netfilter log (`LINKTYPE_NFLOG`): attributes in the writer's byte order, one of which is the packet.
fn nflog(data: &[u8]) -> Step<'_> {
    let mut rest = after_link(data, 4)?;
    let little = le16(rest, 0).is_some_and(|len| usize::from(len) <= rest.len());
    let read = if little { le16 } else { be16 };
    while let (Some(len), Some(kind)) = (read(rest, 0), read(rest, 2)) {
        let len = usize::from(len);
        if len < 4 {
            return Err(Counter::FramesShortLink);
        }
        if kind & 0x7fff == NFULA_PAYLOAD {
            // A length beyond the capture means a cut packet.
            let packet = rest.get(4..len).or_else(|| rest.get(4..)).ok_or(Counter::FramesShortLink)?;
            return Ok((Layer::Ip, packet));
        }
        rest = after_link(rest, len.next_multiple_of(4))?;
    }
    Err(Counter::FramesNotIp)
}

/// OpenBSD packet filter log (`LINKTYPE_PFLOG`): its length first, rounded up to four.
fn pflog(data: &[u8]) -> Step<'_> {
    let len = usize::from(byte(data, 0).ok_or(Counter::FramesShortLink)?);
    Ok((Layer::Ip, after_link(data, len.next_multiple_of(4))?))
}

/// Per-packet information (`LINKTYPE_PPI`): a length and the link type inside.
fn ppi(data: &[u8]) -> Step<'_> {
    let (Some(len), Some(inner)) = (le16(data, 2), le32(data, 4)) else {
        return Err(Counter::FramesShortLink);
    };
    let rest = after_link(data, usize::from(len))?;
    match inner {
        192 => Err(Counter::FramesLinkType),
        _ if len < 8 => Err(Counter::FramesShortLink),
        _ => Ok((Layer::Link(inner), rest)),
    }
}
