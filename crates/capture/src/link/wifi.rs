//! 802.11 data frames and the capture headers in front of them.
//!
//! In: a monitor-mode header or an 802.11 MAC header. Out: LLC. Kept: nothing. Can go wrong: protected frames (opaque),
//! management and control frames (no IP), pieces of fragmented MAC frames (opaque), short headers.

use model::ledger::Counter;

use super::bytes::{be32, byte, le16, le32};
use super::path::{Layer, Step, after_link};

/// Monitor-mode headers: radiotap (radiotap.org), Prism, AVS. Radiotap says whether the MAC header is padded.
pub(super) fn monitor(link_type: u32, data: &[u8]) -> Step<'_> {
    if link_type == 127 {
        let len = le16(data, 2).ok_or(Counter::FramesShortLink)?;
        let rest = after_link(data, usize::from(len))?;
        return wifi(rest, radiotap_flags(data) & 0x20 != 0);
    }
    // Prism captures may hold the AVS header, which is known by its cookie.
    let len = match be32(data, 0) {
        Some(0x8021_1001 | 0x8021_1002) => be32(data, 4),
        Some(_) if link_type == 119 => le32(data, 4),
        _ => None,
    };
    let len = len.and_then(|len| usize::try_from(len).ok()).filter(|len| *len >= 8);
    Ok((Layer::Wifi, after_link(data, len.ok_or(Counter::FramesShortLink)?)?))
}

/// The flags field of a radiotap header, or zero.
fn radiotap_flags(data: &[u8]) -> u8 {
    let mut offset = 4;
    let first = le32(data, offset).unwrap_or(0);
    let mut word = first;
    while word & 0x8000_0000 != 0 {
        offset += 4;
        word = le32(data, offset).unwrap_or(0);
    }
    offset += 4;
    if first & 0x01 != 0 {
        offset = offset.next_multiple_of(8) + 8;
    }
    if first & 0x02 == 0 { 0 } else { byte(data, offset).unwrap_or(0) }
}

/// A MAC header (IEEE 802.11 §9.2.3, §9.3.2.1): only data frames in the clear go on.
pub(super) fn wifi(data: &[u8], padded: bool) -> Step<'_> {
    let (Some(kind), Some(flags)) = (byte(data, 0), byte(data, 1)) else {
        return Err(Counter::FramesShortLink);
    };
    // Type 2 is data; subtype bit 2 says that there is none.
    if kind & 0x0f != 0x08 || kind & 0x40 != 0 {
        return Err(Counter::FramesNotIp);
    }
    if flags & 0x40 != 0 {
        return Err(Counter::FramesOpaque);
    }
    let mut len = if flags & 0x03 == 0x03 { 30 } else { 24 };
    let mut aggregated = false;
    if kind & 0x80 != 0 {
        aggregated = byte(data, len).is_some_and(|control| control & 0x80 != 0);
        len += if flags & 0x80 == 0 { 2 } else { 6 };
    }
    let sequence = le16(data, 22).ok_or(Counter::FramesShortLink)?;
    if flags & 0x04 != 0 || sequence & 0x0f != 0 {
        return Err(Counter::FramesOpaque);
    }
    if padded {
        len = len.next_multiple_of(4);
    }
    // Of an aggregate (§9.3.2.2) only the first part is read: two addresses, a length, then LLC.
    let rest = after_link(data, if aggregated { len + 14 } else { len })?;
    Ok((Layer::Llc, rest))
}
