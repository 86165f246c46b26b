//! One direction of a TCP flow: sequence numbers, holes, and the bytes that wait behind a hole.
//!
//! In: segments in any order. Out: an ordered run of pieces (bytes or gaps) that the conversation hands to the parser.
//! Kept: bytes that arrived early (bounded by [`limits::REASSEMBLY_BYTES_MAX`] and
//! [`limits::REASSEMBLY_SEGMENTS_MAX`]), and a copy of what was delivered and not yet acknowledged, to tell a faithful
//! retransmission from a conflicting one. First bytes win.

use std::collections::BTreeMap;

use model::PacketTime;
use model::ledger::Counter;
use model::{Ledger, limits};

use crate::proto::Spare;

/// State of one direction. Sequence numbers wrap at 2³²; `delivered` does not.
#[derive(Debug, Default)]
pub(super) struct Direction {
    /// Whether a segment of this direction was seen.
    pub started: bool,
    /// Whether its SYN was seen.
    pub syn_seen: bool,
    /// Sequence number of the SYN.
    pub isn: u32,
    /// Sequence number expected next.
    pub next: u32,
    /// Highest acknowledgement of this direction by the other side.
    pub acked: Option<u32>,
    /// Sequence number just after the last byte, once FIN was seen.
    pub fin: Option<u32>,
    /// Whether FIN was delivered to the parser.
    pub ended: bool,
    /// Since when the next byte is missing.
    pub hole_since: Option<PacketTime>,
    /// Stream bytes that were never captured.
    pub missing: u64,
    held: Held,
    unacked: Vec<u8>,
}

#[derive(Debug, Default)]
struct Held {
    /// Keyed by distance from the direction's first byte, as a wrapping-free 64-bit position.
    pieces: BTreeMap<u64, Piece>,
    bytes: usize,
    /// Position of `next` on the 64-bit axis.
    position: u64,
}

/// Bytes that wait for their turn.
#[derive(Debug)]
pub(super) struct Piece {
    /// Payload as captured.
    pub data: Vec<u8>,
    /// Bytes after `data` that the snap length cut off.
    pub cut: u32,
    /// Acknowledgement the segment carried.
    pub ack: Option<u32>,
    /// Frame it came in.
    pub frame: u64,
    /// Its packet time.
    pub at: PacketTime,
}

impl Piece {
    fn len(&self) -> u64 {
        self.data.len() as u64 + u64::from(self.cut)
    }
}

/// Where a segment lies against what was delivered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// Nothing new in it.
    Old,
    /// The first `skip` bytes are old, the rest is next in order.
    Next { skip: usize },
    /// It lies `ahead` bytes after the next expected byte.
    Early { ahead: u32 },
    /// Outside any believable window.
    Outside,
}

/// `a − b` on the sequence circle (RFC 9293 §3.4).
pub(super) const fn distance(a: u32, b: u32) -> i32 {
    a.wrapping_sub(b).cast_signed()
}

impl Direction {
    /// Starts at `seq`, the first byte expected.
    pub(super) fn start(&mut self, seq: u32) {
        self.started = true;
        self.next = seq;
    }

    /// Compares a segment of `len` stream bytes at `seq` with what was delivered.
    pub(super) fn fit(&self, seq: u32, len: u32) -> Fit {
        let ahead = distance(seq, self.next);
        if ahead > 0 {
            return if ahead.unsigned_abs() > limits::WINDOW_BYTES_MAX {
                Fit::Outside
            } else {
                Fit::Early { ahead: ahead.unsigned_abs() }
            };
        }
        let behind = ahead.unsigned_abs();
        if behind >= len {
            if behind > limits::WINDOW_BYTES_MAX { Fit::Outside } else { Fit::Old }
        } else {
            Fit::Next { skip: behind as usize }
        }
    }

    /// Whether old bytes at `seq` equal those delivered; `None` when they are no longer kept.
    pub(super) fn same_as_delivered(&self, seq: u32, old: &[u8]) -> Option<bool> {
        let behind = usize::try_from(distance(self.next, seq)).ok()?;
        let forgotten = behind.saturating_sub(self.unacked.len());
        let old = old.get(forgotten..).filter(|old| !old.is_empty())?;
        let kept = self.unacked.get(self.unacked.len().saturating_sub(behind)..)?;
        let n = old.len().min(kept.len());
        Some(kept.get(..n)? == old.get(..n)?)
    }

    /// Notes that `data` was delivered; a copy is kept until acknowledged.
    pub(super) fn advance(&mut self, data: &[u8], spare: &mut Spare) {
        self.next = self.next.wrapping_add(data.len() as u32);
        self.held.position += data.len() as u64;
        if data.is_empty() {
            return;
        }
        if self.acked.is_some_and(|acked| distance(acked, self.next) >= 0) {
            spare.strip(&mut self.unacked);
            return;
        }
        let data = data.get(data.len().saturating_sub(limits::UNACKED_BYTES_MAX)..).unwrap_or_default();
        if self.unacked.len() + data.len() > limits::UNACKED_BYTES_MAX {
            // Half of it goes at once, so that a long unacknowledged run is not moved again with every segment.
            let keep = (limits::UNACKED_BYTES_MAX - data.len()).min(limits::UNACKED_BYTES_MAX / 2);
            self.unacked.drain(..self.unacked.len().saturating_sub(keep));
        }
        spare.furnish(&mut self.unacked);
        self.unacked.extend_from_slice(data);
    }

    /// Skips `len` bytes that are not in the capture.
    pub(super) fn skip(&mut self, len: u64) {
        self.next = self.next.wrapping_add(len as u32);
        self.held.position += len;
        self.missing += len;
        self.unacked.clear();
    }

    /// Takes note of an acknowledgement by the other side, and frees what it covers.
    pub(super) fn acknowledge(&mut self, ack: u32, spare: &mut Spare) {
        if self.acked.is_none_or(|old| distance(ack, old) > 0) {
            self.acked = Some(ack);
        }
        if !self.unacked.is_empty() && distance(ack, self.next) >= 0 {
            spare.strip(&mut self.unacked);
        }
    }

    /// How many bytes past the next expected one the other side has acknowledged: they exist and were not captured.
    pub(super) fn acked_ahead(&self) -> u32 {
        let ahead = self.acked.map_or(0, |acked| distance(acked, self.next));
        let ahead = u32::try_from(ahead).unwrap_or(0);
        if ahead > limits::WINDOW_BYTES_MAX { 0 } else { ahead }
    }

    /// Keeps an early piece; bytes already held win. Counts repeats and conflicts. Returns whether bytes conflicted.
    pub(super) fn hold(&mut self, ahead: u32, piece: &Piece, ledger: &mut Ledger) -> bool {
        let mut at = self.held.position + u64::from(ahead);
        let end = at + piece.len();
        self.uncut(at, at + piece.data.len() as u64);
        let mut conflict = false;
        let mut rest: &[u8] = &piece.data;
        let mut fresh: Vec<(u64, usize, usize)> = Vec::new();
        let base = at;
        let before = self.held.pieces.range(..at).next_back().map(|(&k, p)| (k, k + p.len()));
        let mut cursor = before.filter(|&(_, stop)| stop > at).map_or(at, |(start, _)| start);
        while at < end && !rest.is_empty() {
            let next = self.held.pieces.range(cursor..).next().map(|(&k, p)| (k, p));
            let Some((start, other)) = next.filter(|&(start, _)| start < end) else {
                fresh.push((at, (at - base) as usize, rest.len()));
                break;
            };
            if start > at {
                let free = usize::try_from(start - at).unwrap_or(usize::MAX).min(rest.len());
                fresh.push((at, (at - base) as usize, free));
                rest = rest.get(free..).unwrap_or_default();
                at += free as u64;
                continue;
            }
            let overlap = usize::try_from((start + other.len()).saturating_sub(at)).unwrap_or(0).min(rest.len());
            let theirs = other.data.get((at - start) as usize..).unwrap_or_default();
            let n = overlap.min(theirs.len());
            let same = theirs.get(..n) == rest.get(..n);
            conflict |= !same;
            let counter = if same { Counter::PayloadDuplicate } else { Counter::PayloadConflict };
            ledger.add(counter, overlap as u64);
            rest = rest.get(overlap..).unwrap_or_default();
            at += overlap as u64;
            cursor = start + 1;
        }
        self.insert(piece, &fresh);
        conflict
    }

    /// Bytes `from..to` are here after all: pieces held before are no longer said to have been cut off there.
    fn uncut(&mut self, from: u64, to: u64) {
        let first = self.held.pieces.range(..=from).next_back().map_or(from, |(&start, _)| start);
        for (&start, piece) in self.held.pieces.range_mut(first..to) {
            let end = start + piece.data.len() as u64;
            if end < to {
                piece.cut = piece.cut.min(from.saturating_sub(end) as u32);
            }
        }
    }

    fn insert(&mut self, piece: &Piece, fresh: &[(u64, usize, usize)]) {
        for &(key, from, len) in fresh {
            let Some(data) = piece.data.get(from..from + len) else { continue };
            let last = from + len == piece.data.len();
            let end = key + len as u64;
            // What was cut off here may be held from elsewhere.
            let free = self.held.pieces.range(end..).next().map_or(u64::MAX, |(&next, _)| next - end);
            let cut = if last { u64::from(piece.cut).min(free) as u32 } else { 0 };
            self.held.bytes += data.len();
            let kept = Piece { data: data.to_vec(), cut, ack: piece.ack, frame: piece.frame, at: piece.at };
            self.held.pieces.insert(key, kept);
        }
    }

    /// The next piece in order, if it is held.
    pub(super) fn take_next(&mut self) -> Option<Piece> {
        let (&key, _) = self.held.pieces.first_key_value()?;
        if key > self.held.position {
            return None;
        }
        let mut piece = self.held.pieces.remove(&key)?;
        self.held.bytes -= piece.data.len();
        let old = usize::try_from(self.held.position - key).unwrap_or(usize::MAX).min(piece.data.len());
        piece.data.drain(..old);
        Some(piece)
    }

    /// The acknowledgement carried by the next piece in order, when it is held.
    #[allow(clippy::option_option, reason = "no next piece, and a next piece without acknowledgement, are two things")]
    pub(super) fn next_ack(&self) -> Option<Option<u32>> {
        let (&key, piece) = self.held.pieces.first_key_value()?;
        (key <= self.held.position).then_some(piece.ack)
    }

    /// Frame of the first held piece; the largest number when nothing is held.
    pub(super) fn first_held_frame(&self) -> u64 {
        self.held.pieces.first_key_value().map_or(u64::MAX, |(_, piece)| piece.frame)
    }

    /// Frame of the next piece in order; the largest number when it is not held.
    pub(super) fn next_frame(&self) -> u64 {
        self.next_ack().map_or(u64::MAX, |_| self.first_held_frame())
    }

    /// Distance to the first held piece.
    pub(super) fn hole_before_held(&self) -> Option<u64> {
        self.held.pieces.first_key_value().map(|(&key, _)| key.saturating_sub(self.held.position))
    }

    /// Whether nothing waits in it, neither bytes nor its end.
    pub(super) fn is_quiet(&self) -> bool {
        !self.has_held() && (self.ended || self.fin.is_none())
    }

    /// Bytes held or kept.
    pub(super) fn buffered(&self) -> usize {
        self.held.bytes + self.unacked.capacity()
    }

    /// Whether so much waits that the hole must be given up.
    pub(super) fn over_limit(&self) -> bool {
        self.held.bytes > limits::REASSEMBLY_BYTES_MAX || self.held.pieces.len() > limits::REASSEMBLY_SEGMENTS_MAX
    }

    /// Whether anything waits.
    pub(super) fn has_held(&self) -> bool {
        !self.held.pieces.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(data: &[u8]) -> Piece {
        Piece { data: data.to_vec(), cut: 0, ack: None, frame: 1, at: PacketTime::ZERO }
    }

    fn drain(direction: &mut Direction) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some(piece) = direction.take_next() {
            direction.advance(&piece.data, &mut Spare::default());
            out.extend(piece.data);
        }
        out
    }

    #[test]
    fn first_bytes_win_and_conflicts_are_counted_once() {
        let (mut direction, mut ledger) = (Direction::default(), Ledger::default());
        direction.start(u32::MAX - 1);
        assert!(!direction.hold(2, &piece(b"cd"), &mut ledger));
        assert!(direction.hold(1, &piece(b"bXde"), &mut ledger));
        assert!(!direction.hold(0, &piece(b"abc"), &mut ledger));
        assert_eq!(drain(&mut direction), b"abcde");
        assert_eq!(ledger.get(Counter::PayloadConflict), 2);
        assert_eq!(ledger.get(Counter::PayloadDuplicate), 2);
    }

    #[test]
    fn sequence_numbers_wrap() {
        let mut direction = Direction::default();
        direction.start(u32::MAX - 2);
        assert_eq!(direction.fit(u32::MAX - 2, 5), Fit::Next { skip: 0 });
        direction.advance(b"abcde", &mut Spare::default());
        assert_eq!(direction.next, 2);
        assert_eq!(direction.fit(0, 4), Fit::Next { skip: 2 });
        assert_eq!(direction.same_as_delivered(0, b"de"), Some(true));
        assert_eq!(direction.same_as_delivered(0, b"dX"), Some(false));
        assert_eq!(direction.fit(u32::MAX, 3), Fit::Old);
        assert_eq!(direction.fit(2 + limits::WINDOW_BYTES_MAX + 1, 1), Fit::Outside);
    }

    #[test]
    fn bytes_that_another_frame_was_cut_off_are_used() {
        let (mut direction, mut ledger) = (Direction::default(), Ledger::default());
        direction.start(0);
        assert!(!direction.hold(4, &piece(b"ef"), &mut ledger));
        assert!(!direction.hold(0, &Piece { cut: 9, ..piece(b"ab") }, &mut ledger));
        assert!(!direction.hold(2, &piece(b"cd"), &mut ledger));
        assert_eq!(drain(&mut direction), b"abcdef");
        assert_eq!(ledger.get(Counter::PayloadDuplicate), 0);
    }

    proptest::proptest! {
        /// Whatever overlaps whatever: each byte comes out, or is counted as seen before, once.
        #[test]
        fn every_byte_held_comes_out_or_is_counted(
            pieces in proptest::collection::vec((0..64u32, 0..24usize, 0..24u32, 0..2u8), 1..12)
        ) {
            let (mut direction, mut ledger) = (Direction::default(), Ledger::default());
            direction.start(0);
            let mut given = 0;
            for (ahead, len, cut, byte) in pieces {
                given += len;
                direction.hold(ahead, &Piece { cut, ..piece(&vec![byte; len]) }, &mut ledger);
            }
            let mut out = 0;
            while let Some(hole) = direction.hole_before_held() {
                direction.skip(hole);
                while let Some(piece) = direction.take_next() {
                    out += piece.data.len();
                    direction.advance(&piece.data, &mut Spare::default());
                    direction.skip(u64::from(piece.cut));
                }
            }
            let seen = ledger.get(Counter::PayloadDuplicate) + ledger.get(Counter::PayloadConflict);
            proptest::prop_assert_eq!(out as u64 + seen, given as u64);
        }
    }

    #[test]
    fn what_is_kept_of_a_long_run_is_bounded_and_compared_as_far_as_it_reaches() {
        let (mut direction, mut spare) = (Direction::default(), Spare::default());
        direction.start(0);
        for n in 0..100u8 {
            direction.advance(&[n; 1_460], &mut spare);
            assert!(direction.unacked.len() <= limits::UNACKED_BYTES_MAX);
        }
        let everything: Vec<u8> = (0..100u8).flat_map(|n| [n; 1_460]).collect();
        assert_eq!(direction.same_as_delivered(0, &everything), Some(true));
        let mut forged = everything.clone();
        *forged.last_mut().unwrap() ^= 1;
        assert_eq!(direction.same_as_delivered(0, &forged), Some(false));
        assert_eq!(direction.same_as_delivered(0, &everything[..1_460]), None);
        direction.acknowledge(everything.len() as u32, &mut spare);
        assert_eq!(direction.unacked.capacity(), 0);
    }
}
