//! The TCP header: the end of every way through a frame.
//!
//! In: bytes from the source port on. Out: ports, the header fields reassembly uses, options and payload. Kept:
//! nothing. Can go wrong: a data offset below five or beyond the packet (malformed).

use model::AnomalySet;
use model::ledger::Counter;
use model::segment::{Tcp, TcpFlags};

use super::path::Path;

/// A TCP header taken apart (RFC 9293 §3.1).
#[derive(Clone, Copy, Debug)]
pub(super) struct TcpView<'a> {
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
    /// Fields for reassembly.
    pub fields: Tcp,
    /// Options as captured.
    pub options: &'a [u8],
    /// Payload as captured.
    pub payload: &'a [u8],
}

/// Reads the header; a packet cut by the snap length inside its options is a segment without captured payload.
#[inline]
pub(super) fn tcp<'a>(data: &'a [u8], path: &Path) -> Result<TcpView<'a>, Counter> {
    let header: &[u8; 20] = data.first_chunk().ok_or(Counter::FramesBadTcp)?;
    let [p0, p1, q0, q1, s0, s1, s2, s3, a0, a1, a2, a3, offset, flags, w0, w1, _, _, u0, u1] = *header;
    let header_len = usize::from(offset >> 4) * 4;
    let wire_len = data.len() + path.missing;
    if header_len < 20 || header_len > wire_len {
        return Err(Counter::FramesBadTcp);
    }
    Ok(TcpView {
        src_port: u16::from_be_bytes([p0, p1]),
        dst_port: u16::from_be_bytes([q0, q1]),
        fields: Tcp {
            seq: u32::from_be_bytes([s0, s1, s2, s3]),
            ack: u32::from_be_bytes([a0, a1, a2, a3]),
            flags: TcpFlags(flags),
            window: u16::from_be_bytes([w0, w1]),
            urgent: u16::from_be_bytes([u0, u1]),
            wire_len: u32::try_from(wire_len - header_len).unwrap_or(u32::MAX),
            ip_id: path.ip_id,
            bad_checksum: false,
            oddities: AnomalySet::EMPTY,
        },
        options: data.get(20..header_len).unwrap_or_default(),
        payload: data.get(header_len..).unwrap_or_default(),
    })
}
