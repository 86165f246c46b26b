//! One flow in a partition's table, and its place in a queue of time-outs.

use model::{FlowKey, PacketTime, limits};

use super::conversation::Identity;

/// One flow. Everything a half-open flow needs fits here; `talk` points to the rest once payload came. One cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Entry {
    pub key: FlowKey,
    /// Tenths of a second of packet time.
    pub last_seen: u32,
    /// Number of the first frame, in two halves to keep the alignment at four bytes.
    pub first: [u32; 2],
    /// Initial sequence number of the originator, with [`ORIG_SYN`].
    pub isn: u32,
    /// With [`TALKING`], the number of its conversation; before, with [`RESP_SYN`], the responder's initial sequence number.
    pub talk: u32,
    pub flags: u8,
    pub stage: Stage,
    /// With [`PLACED`], where its bytes are counted.
    pub service: u16,
}

const _: () = assert!(size_of::<Entry>() <= limits::HALF_OPEN_FLOW_BYTES_MAX);

/// Which time-out applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Stage {
    HalfOpen,
    Active,
    Closing,
}

/// A place in a time-out queue; stale when the entry was reused or changed its stage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub slot: u32,
    /// Low half of the first frame's number, which names the flow.
    pub first: u32,
    /// [`Index::tag`](super::index::Index::tag) of the flow.
    pub tag: u32,
    /// When it was queued, in tenths of a second.
    pub since: u32,
}

/// The first segment came from the `low` end of the key.
pub(super) const ORIG_IS_LOW: u8 = 1;
/// The originator's SYN was seen.
pub(super) const ORIG_SYN: u8 = 2;
/// Seen over: later segments of it are stragglers.
pub(super) const OVER: u8 = 4;
/// The responder's SYN was seen.
pub(super) const RESP_SYN: u8 = 8;
/// The flow carried payload and has a conversation.
pub(super) const TALKING: u8 = 16;
/// Its service has a name, or will have none.
pub(super) const NAMED: u8 = 32;
/// It has a place among the services.
pub(super) const PLACED: u8 = 64;

impl Entry {
    /// Number of its conversation; none has it when it has none.
    pub(super) const fn talk_at(&self) -> u32 {
        if self.flags & TALKING == 0 { u32::MAX } else { self.talk }
    }

    /// A place that no flow has.
    pub(super) const fn vacate(&mut self) {
        self.first = [u32::MAX; 2];
    }

    /// Whether a flow has this place.
    pub(super) fn is_taken(&self) -> bool {
        self.first != [u32::MAX; 2]
    }

    /// Number of its first frame.
    pub(super) const fn first_frame(&self) -> u64 {
        ((self.first[0] as u64) << 32) | self.first[1] as u64
    }

    /// Whether its first sender is its originator, who is the `low` end of the key.
    pub(super) const fn orig_is_low(&self) -> bool {
        self.flags & ORIG_IS_LOW != 0
    }

    /// What names it in messages.
    pub(super) const fn identity(&self) -> Identity {
        Identity { ends: self.key.ends(self.orig_is_low()), first_frame: self.first_frame() }
    }
}

impl Waiting {
    /// Whether the flow it was made for is still there and at this stage.
    pub(super) fn is_live(&self, entries: &[Entry], stage: Stage) -> bool {
        entries.get(self.slot as usize).is_some_and(|e| e.first[1] == self.first && e.stage == stage)
    }
}

/// Tenths of a second of packet time, modulo 2³² (13 years): only differences are used.
pub(super) fn deciseconds(at: PacketTime) -> u32 {
    (at.nanos() / 100_000_000) as u32
}
