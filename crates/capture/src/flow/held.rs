//! What waits in a flow: bytes that came before those in front of them, and since when something is missing.
//!
//! In: early pieces of either direction. Out: the same, in order, each byte once. Kept: bounded by
//! [`limits::REASSEMBLY_BYTES_MAX`] and [`limits::REASSEMBLY_SEGMENTS_MAX`] for each direction. First bytes win. Few
//! flows have a hole at any time, so a conversation holds this behind a pointer, while it has one.

use std::collections::BTreeMap;

use model::ledger::Counter;
use model::{Ledger, PacketTime, limits};

use super::Dir;

/// What waits in both directions of one flow.
#[derive(Debug, Default)]
pub(super) struct Holes {
    orig: Hole,
    resp: Hole,
}

/// What waits in one direction.
#[derive(Debug, Default)]
pub(super) struct Hole {
    pub held: Held,
    /// Since when the next byte is missing.
    pub since: Option<PacketTime>,
}

impl Holes {
    pub(super) const fn of(&self, dir: Dir) -> &Hole {
        match dir {
            Dir::Orig => &self.orig,
            Dir::Resp => &self.resp,
        }
    }

    pub(super) const fn of_mut(&mut self, dir: Dir) -> &mut Hole {
        match dir {
            Dir::Orig => &mut self.orig,
            Dir::Resp => &mut self.resp,
        }
    }

    /// Whether some byte is waited for.
    pub(super) const fn any(&self) -> bool {
        self.orig.since.is_some() || self.resp.since.is_some()
    }

    /// Whether bytes are held in either direction.
    pub(super) fn has_held(&self) -> bool {
        self.orig.held.has_any() || self.resp.held.has_any()
    }

    /// Bytes held in both directions.
    pub(super) const fn bytes(&self) -> usize {
        self.orig.held.bytes + self.resp.held.bytes
    }
}

/// Early bytes of one direction.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Keyed by position on a 64-bit axis that does not wrap and starts where the first hole did.
    pieces: BTreeMap<u64, Piece>,
    bytes: usize,
    /// Position of the next byte expected.
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

impl Held {
    /// The next `len` bytes were delivered, or given up.
    pub(super) const fn advance(&mut self, len: u64) {
        self.position += len;
    }

    /// Keeps an early piece; bytes already held win. Counts repeats and conflicts. Returns whether bytes conflicted.
    pub(super) fn hold(&mut self, ahead: u32, piece: &Piece, ledger: &mut Ledger) -> bool {
        let mut at = self.position + u64::from(ahead);
        let end = at + piece.len();
        self.uncut(at, at + piece.data.len() as u64);
        let mut conflict = false;
        let mut rest: &[u8] = &piece.data;
        let mut fresh: Vec<(u64, usize, usize)> = Vec::new();
        let base = at;
        let before = self.pieces.range(..at).next_back().map(|(&k, p)| (k, k + p.len()));
        let mut cursor = before.filter(|&(_, stop)| stop > at).map_or(at, |(start, _)| start);
        while at < end && !rest.is_empty() {
            let next = self.pieces.range(cursor..).next().map(|(&k, p)| (k, p));
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
        let first = self.pieces.range(..=from).next_back().map_or(from, |(&start, _)| start);
        for (&start, piece) in self.pieces.range_mut(first..to) {
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
            let free = self.pieces.range(end..).next().map_or(u64::MAX, |(&next, _)| next - end);
            let cut = if last { u64::from(piece.cut).min(free) as u32 } else { 0 };
            self.bytes += data.len();
            let kept = Piece { data: data.to_vec(), cut, ack: piece.ack, frame: piece.frame, at: piece.at };
            self.pieces.insert(key, kept);
        }
    }

    /// The next piece in order, if it is held.
    pub(super) fn take_next(&mut self) -> Option<Piece> {
        let (&key, _) = self.pieces.first_key_value()?;
        if key > self.position {
            return None;
        }
        let mut piece = self.pieces.remove(&key)?;
        self.bytes -= piece.data.len();
        let old = usize::try_from(self.position - key).unwrap_or(usize::MAX).min(piece.data.len());
        piece.data.drain(..old);
        Some(piece)
    }

    /// The acknowledgement carried by the next piece in order, when it is held.
    #[allow(clippy::option_option, reason = "no next piece, and a next piece without acknowledgement, are two things")]
    pub(super) fn next_ack(&self) -> Option<Option<u32>> {
        let (&key, piece) = self.pieces.first_key_value()?;
        (key <= self.position).then_some(piece.ack)
    }

    /// Frame of the first held piece; the largest number when nothing is held.
    pub(super) fn first_held_frame(&self) -> u64 {
        self.pieces.first_key_value().map_or(u64::MAX, |(_, piece)| piece.frame)
    }

    /// Frame of the next piece in order; the largest number when it is not held.
    pub(super) fn next_frame(&self) -> u64 {
        self.next_ack().map_or(u64::MAX, |_| self.first_held_frame())
    }

    /// Distance to the first held piece.
    pub(super) fn hole_before_held(&self) -> Option<u64> {
        self.pieces.first_key_value().map(|(&key, _)| key.saturating_sub(self.position))
    }

    /// Whether so much waits that the hole must be given up.
    pub(super) fn over_limit(&self) -> bool {
        self.bytes > limits::REASSEMBLY_BYTES_MAX || self.pieces.len() > limits::REASSEMBLY_SEGMENTS_MAX
    }

    /// Whether anything waits.
    pub(super) fn has_any(&self) -> bool {
        !self.pieces.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(data: &[u8]) -> Piece {
        Piece { data: data.to_vec(), cut: 0, ack: None, frame: 1, at: PacketTime::ZERO }
    }

    fn drain(held: &mut Held) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some(piece) = held.take_next() {
            held.advance(piece.data.len() as u64);
            out.extend(piece.data);
        }
        out
    }

    #[test]
    fn first_bytes_win_and_conflicts_are_counted_once() {
        let (mut held, mut ledger) = (Held::default(), Ledger::default());
        assert!(!held.hold(2, &piece(b"cd"), &mut ledger));
        assert!(held.hold(1, &piece(b"bXde"), &mut ledger));
        assert!(!held.hold(0, &piece(b"abc"), &mut ledger));
        assert_eq!(drain(&mut held), b"abcde");
        assert_eq!(ledger.get(Counter::PayloadConflict), 2);
        assert_eq!(ledger.get(Counter::PayloadDuplicate), 2);
    }

    #[test]
    fn bytes_that_another_frame_was_cut_off_are_used() {
        let (mut held, mut ledger) = (Held::default(), Ledger::default());
        assert!(!held.hold(4, &piece(b"ef"), &mut ledger));
        assert!(!held.hold(0, &Piece { cut: 9, ..piece(b"ab") }, &mut ledger));
        assert!(!held.hold(2, &piece(b"cd"), &mut ledger));
        assert_eq!(drain(&mut held), b"abcdef");
        assert_eq!(ledger.get(Counter::PayloadDuplicate), 0);
    }

    proptest::proptest! {
        /// Whatever overlaps whatever: each byte comes out, or is counted as seen before, once.
        #[test]
        fn every_byte_held_comes_out_or_is_counted(
            pieces in proptest::collection::vec((0..64u32, 0..24usize, 0..24u32, 0..2u8), 1..12)
        ) {
            let (mut held, mut ledger) = (Held::default(), Ledger::default());
            let mut given = 0;
            for (ahead, len, cut, byte) in pieces {
                given += len;
                held.hold(ahead, &Piece { cut, ..piece(&vec![byte; len]) }, &mut ledger);
            }
            let mut out = 0;
            while let Some(hole) = held.hole_before_held() {
                held.advance(hole);
                while let Some(piece) = held.take_next() {
                    out += piece.data.len();
                    held.advance(piece.data.len() as u64 + u64::from(piece.cut));
                }
            }
            let seen = ledger.get(Counter::PayloadDuplicate) + ledger.get(Counter::PayloadConflict);
            proptest::prop_assert_eq!(out as u64 + seen, given as u64);
        }
    }
}
