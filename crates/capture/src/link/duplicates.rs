//! Recognising the second copy of a frame, as a mirror of two ports delivers it.
//!
//! In: the innermost IP addresses and TCP segment of each frame. Out: whether the same was seen at most
//! [`limits::DUPLICATE_WINDOW_FRAMES`] frames and [`limits::DUPLICATE_WINDOW_SPAN`] ago. Kept: one hash for each of 256
//! slots. Can go wrong: two hashes may share a slot, and a copy is missed; a copy that differs by more than link
//! headers, TTL and checksums is none. Nothing depends on it but a counter and a mark.

use model::{FlowKey, PacketTime, limits};

use super::path::Path;
use super::tcp::TcpView;

/// Slots: four times the window, so that few copies are missed.
const SLOTS: usize = 256;

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    digest: u64,
    frame: u64,
    at: PacketTime,
}

/// The frames of the window.
#[derive(Clone, Debug)]
pub(super) struct Window {
    slots: Box<[Seen; SLOTS]>,
    frames: u64,
}

impl Default for Window {
    fn default() -> Self {
        Self { slots: Box::new([Seen::default(); SLOTS]), frames: limits::DUPLICATE_WINDOW_FRAMES as u64 }
    }
}

impl Window {
    /// Notes a segment; true when it is the second copy of one in the window.
    ///
    /// Without an IPv4 identification and without payload nothing tells a copy from a repeated acknowledgement.
    #[inline]
    pub(super) fn is_copy(
        &mut self,
        flow: u64,
        from_low: bool,
        tcp: &TcpView<'_>,
        path: &Path,
        at: PacketTime,
    ) -> bool {
        self.frames += 1;
        if path.ip_id == 0 && tcp.payload.is_empty() {
            return false;
        }
        let digest = digest(flow, from_low, tcp);
        let Some(slot) = self.slots.get_mut((digest >> 56) as usize) else { return false };
        let copy = slot.digest == digest
            && self.frames - slot.frame <= limits::DUPLICATE_WINDOW_FRAMES as u64
            && at.since(slot.at) <= limits::DUPLICATE_WINDOW_SPAN;
        *slot = Seen { digest, frame: self.frames, at };
        copy
    }
}

/// Addresses and ports (through the flow's hash), identification, sequence numbers, flags, options, a sample of payload.
#[inline]
fn digest(flow: u64, from_low: bool, tcp: &TcpView<'_>) -> u64 {
    let fields = &tcp.fields;
    let numbers = u64::from(fields.seq) << 32 | u64::from(fields.ack);
    let rest = u64::from(fields.ip_id) << 48
        | u64::from(fields.flags.0) << 40
        | u64::from(from_low) << 32
        | u64::from(fields.wire_len);
    let options = sample(tcp.options);
    let payload = sample(tcp.payload);
    let mut hash = fold(flow ^ numbers, 0x9e37_79b9_7f4a_7c15 ^ rest);
    hash = fold(hash ^ options, 0xbf58_476d_1ce4_e5b9 ^ payload);
    hash ^ u64::from(fields.window)
}

/// The first, middle and last eight bytes.
#[inline]
fn sample(data: &[u8]) -> u64 {
    let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |b| u64::from_ne_bytes(*b));
    if data.len() < 8 {
        return data.iter().fold(0, |hash, b| hash << 8 | u64::from(*b));
    }
    let middle = data.get(data.len() / 2..).unwrap_or_default();
    word(data.first_chunk()) ^ word(middle.first_chunk()).rotate_left(21) ^ word(data.last_chunk()).rotate_left(42)
}

#[inline]
const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

/// The hash a window uses for its flow when the key holds a tenant: copies may carry other tags.
#[inline]
pub(super) fn untagged(key: &FlowKey, hash: u64, seed: u64) -> u64 {
    if key.tenant == model::Tenant::NONE { hash } else { FlowKey { tenant: model::Tenant::NONE, ..*key }.hash(seed) }
}
