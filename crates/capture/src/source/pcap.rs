//! The classic pcap file format.
//!
//! In: a [`Window`] at the start of the file. Out: one [`Record`] at a time, still in the window. Kept: the file header
//! and the last believed time. Both byte orders, micro- and nanoseconds, the "modified" variant with 24-byte record
//! headers, and the swapped lengths of files before version 2.4. A length that cannot be makes the reader search for
//! the next believable record within `limits::RESYNC_BYTES_MAX`.
//! Source: draft-ietf-opsawg-pcap §4 and §5; libpcap `sf-pcap.c` (behaviour) for the variants.

use model::{PacketTime, limits};

use super::bytes::Order;
use super::error::DamageKind;
use super::reader::{FileLog, Record};
use super::window::Window;

/// Bytes of the file header.
const FILE_HEADER_BYTES: usize = 24;
/// Bytes of a record header.
const RECORD_HEADER_BYTES: usize = 16;
/// Bytes of a record header of the "modified" format: interface, protocol and packet type follow.
const MODIFIED_HEADER_BYTES: usize = 24;
/// Frames of at least this length are believed whatever the file header's snap length says.
const BELIEVED_FRAME_BYTES: u32 = 65_536;
/// A believable record follows its predecessor within a month.
const BELIEVED_SECONDS: u32 = 31 * 86_400;
/// Bytes from the start of a record that deciding about it can take: the record and the next one's header.
const DECISION_BYTES: usize = limits::FRAME_BYTES_MAX + 2 * MODIFIED_HEADER_BYTES;
/// Bits of the link-type field that are neither link type nor frame-check-sequence information.
const LINK_RESERVED: u32 = 0x03ff_0000;

/// How the two lengths of a record are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lengths {
    /// Captured, then original: version 2.4.
    InOrder,
    /// Original, then captured: before version 2.3.
    Swapped,
    /// Either, the smaller being the captured one: version 2.3 and one broken writer (543).
    Smaller,
}

/// One record header.
#[derive(Clone, Copy, Debug)]
struct Header {
    seconds: u32,
    fraction: u32,
    captured: u32,
    original: u32,
}

/// Reader state of one pcap file.
#[derive(Debug)]
pub(super) struct Pcap {
    order: Order,
    /// Nanoseconds of one unit of the fraction field.
    fraction_nanos: u32,
    header_bytes: usize,
    lengths: Lengths,
    link_type: u32,
    frame_max: u32,
    last_seconds: Option<u32>,
}

impl Pcap {
    /// Reads the file header and consumes it. `None` when the magic is another one or the header is cut.
    pub(super) fn open(window: &mut Window) -> Option<Self> {
        let head = window.fill(FILE_HEADER_BYTES);
        let (order, fraction_nanos, header_bytes) = match head.first_chunk()? {
            [0xd4, 0xc3, 0xb2, 0xa1] => (Order::Little, 1_000, RECORD_HEADER_BYTES),
            [0xa1, 0xb2, 0xc3, 0xd4] => (Order::Big, 1_000, RECORD_HEADER_BYTES),
            [0x4d, 0x3c, 0xb2, 0xa1] => (Order::Little, 1, RECORD_HEADER_BYTES),
            [0xa1, 0xb2, 0x3c, 0x4d] => (Order::Big, 1, RECORD_HEADER_BYTES),
            [0x34, 0xcd, 0xb2, 0xa1] => (Order::Little, 1_000, MODIFIED_HEADER_BYTES),
            [0xa1, 0xb2, 0xcd, 0x34] => (Order::Big, 1_000, MODIFIED_HEADER_BYTES),
            _ => return None,
        };
        let lengths = match (order.u16(head, 4)?, order.u16(head, 6)?) {
            (2, 0..=2) => Lengths::Swapped,
            (2, 3) | (543, _) => Lengths::Smaller,
            _ => Lengths::InOrder,
        };
        let snap_length = order.u32(head, 16)?;
        let link_type = link_type(order.u32(head, 20)?);
        window.consume(FILE_HEADER_BYTES);
        // Zero and absurd snap lengths say nothing; offloads exceed honest ones, seldom by more than twice.
        let frame_max = match snap_length {
            0 => limits::FRAME_BYTES_MAX as u32,
            some => some.saturating_mul(2).clamp(BELIEVED_FRAME_BYTES, limits::FRAME_BYTES_MAX as u32),
        };
        Some(Self { order, fraction_nanos, header_bytes, lengths, link_type, frame_max, last_seconds: None })
    }

    /// The next record. `None` at the end; bytes left in view then belong to a record that is cut.
    #[inline]
    pub(super) fn next(&mut self, window: &mut Window, log: &mut FileLog<'_>) -> Option<Record> {
        loop {
            let header = self.header(window.fill(self.header_bytes), 0)?;
            if header.captured > self.frame_max {
                self.resync(header.captured, window, log)?;
                continue;
            }
            let total = self.header_bytes.saturating_add(header.captured as usize);
            if window.fill(total).len() < total {
                return None;
            }
            self.last_seconds = Some(header.seconds);
            let nanos = u64::from(header.fraction).saturating_mul(u64::from(self.fraction_nanos));
            return Some(Record {
                at: PacketTime(u64::from(header.seconds).saturating_mul(1_000_000_000).saturating_add(nanos)),
                link_type: self.link_type,
                wire_len: header.original.max(header.captured),
                data_at: self.header_bytes,
                data_bytes: header.captured as usize,
                total,
            });
        }
    }

    #[inline]
    fn header(&self, view: &[u8], at: usize) -> Option<Header> {
        let view = view.get(at..).filter(|view| view.len() >= self.header_bytes)?;
        let (words, _) = view.first_chunk::<RECORD_HEADER_BYTES>()?.as_chunks::<4>();
        let [seconds, fraction, first, second] = *words else { return None };
        let (first, second) = (self.order.of_u32(first), self.order.of_u32(second));
        let (captured, original) = match self.lengths {
            Lengths::InOrder => (first, second),
            Lengths::Swapped => (second, first),
            Lengths::Smaller => (first.min(second), first.max(second)),
        };
        let (seconds, fraction) = (self.order.of_u32(seconds), self.order.of_u32(fraction));
        Some(Header { seconds, fraction, captured, original })
    }

    /// Moves to the next believable record; `None` when there is none and the rest is given up.
    #[cold]
    fn resync(&self, length: u32, window: &mut Window, log: &mut FileLog<'_>) -> Option<()> {
        let damaged_at = window.offset();
        window.consume(1);
        loop {
            let view = window.fill(2 * DECISION_BYTES);
            // Without the end in view, positions too close to its edge wait for the next round.
            let ended = view.len() < 2 * DECISION_BYTES;
            let decidable = if ended { view.len() } else { view.len().saturating_sub(DECISION_BYTES) };
            let found = (0..decidable).find(|&at| self.believable(view, at, ended));
            window.consume(found.unwrap_or(decidable));
            let lost = window.offset().saturating_sub(damaged_at);
            if found.is_some() {
                log.damage(DamageKind::BadLength(length), damaged_at, lost);
                return Some(());
            }
            if ended || lost >= limits::RESYNC_BYTES_MAX {
                let left = window.abandon();
                log.damage(DamageKind::BadLength(length), damaged_at, lost.saturating_add(left));
                return None;
            }
        }
    }

    /// A record at `at` that looks right and is followed by another that does, or by the end.
    fn believable(&self, view: &[u8], at: usize, ended: bool) -> bool {
        let Some(header) = self.header(view, at).filter(|header| self.plausible(header)) else { return false };
        let next = at.saturating_add(self.header_bytes).saturating_add(header.captured as usize);
        match self.header(view, next) {
            Some(next) => self.plausible(&next),
            None => ended && next == view.len(),
        }
    }

    fn plausible(&self, header: &Header) -> bool {
        let second = 1_000_000_000 / self.fraction_nanos.max(1);
        let in_time = self.last_seconds.is_none_or(|last| header.seconds.abs_diff(last) <= BELIEVED_SECONDS);
        (1..=self.frame_max).contains(&header.captured)
            && (header.captured..=header.captured.max(limits::FRAME_BYTES_MAX as u32)).contains(&header.original)
            && header.fraction < second
            && header.seconds != 0
            && in_time
    }
}

/// The link type of a file header's field.
///
/// The upper bits may say how long the frame check sequence is; they are cut off. A field with other upper bits is an
/// unknown link type and kept whole. Source: draft-ietf-opsawg-pcap §4.
fn link_type(field: u32) -> u32 {
    if field & LINK_RESERVED == 0 { field & 0xffff } else { field }
}
