//! One direction of a TCP flow: sequence numbers, and a copy of what was delivered and not yet acknowledged, to tell a
//! faithful retransmission from a conflicting one. What waits behind a hole is kept elsewhere, see [`super::held`].
//!
//! The fields are those that nearly every segment looks at, in as few cache lines as they fit: with many flows, each
//! line is fetched from memory.

use model::limits;
use prefetch_index::prefetch_index;

use crate::proto::Spare;

/// State of one direction. Sequence numbers wrap at 2³².
#[derive(Debug, Default)]
#[repr(C)]
pub(super) struct Direction {
    /// Sequence number expected next; before the first segment, what the other side acknowledged first.
    pub next: u32,
    acked: u32,
    fin: u32,
    flags: u8,
    unacked: Vec<u8>,
}

/// A segment of this direction was seen.
const STARTED: u8 = 1;
/// Its SYN was seen.
const SYN: u8 = 2;
/// `acked` holds the highest acknowledgement by the other side.
const ACKED: u8 = 4;
/// `fin` holds the sequence number just after the last byte.
const FIN: u8 = 8;
/// FIN was delivered to the parser.
const ENDED: u8 = 16;

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
    pub(super) const fn start(&mut self, seq: u32) {
        self.flags |= STARTED;
        self.next = seq;
    }

    /// Starts with a segment at `seq` that is no SYN. Of a peer whose own SYN was seen, the first acknowledgement says where
    /// this direction began: what lies before `seq` is missing.
    pub(super) const fn join(&mut self, seq: u32, peer_opened: bool) {
        let missing = distance(seq, self.next);
        let known = peer_opened && self.flags & ACKED != 0;
        let is_behind = known && missing > 0 && missing.unsigned_abs() <= limits::WINDOW_BYTES_MAX;
        self.start(if is_behind { self.next } else { seq });
    }

    /// Starts with a SYN that carried `isn`.
    pub(super) const fn open(&mut self, isn: u32) {
        self.flags |= SYN;
        self.start(isn.wrapping_add(1));
    }

    /// Whether a segment of this direction was seen.
    pub(super) const fn started(&self) -> bool {
        self.flags & STARTED != 0
    }

    /// Whether its SYN was seen.
    pub(super) const fn syn_seen(&self) -> bool {
        self.flags & SYN != 0
    }

    /// Whether its end was delivered to the parser.
    pub(super) const fn ended(&self) -> bool {
        self.flags & ENDED != 0
    }

    /// Notes that its end was delivered.
    pub(super) const fn end(&mut self) {
        self.flags |= ENDED;
    }

    /// Sequence number just after the last byte, once FIN was seen.
    pub(super) const fn fin(&self) -> Option<u32> {
        if self.flags & FIN == 0 { None } else { Some(self.fin) }
    }

    /// FIN was seen: nothing follows `end`. The first one counts.
    pub(super) const fn note_fin(&mut self, end: u32) {
        if self.flags & FIN == 0 && distance(end, self.next) >= 0 {
            (self.fin, self.flags) = (end, self.flags | FIN);
        }
    }

    /// Whether the last byte was delivered, and the end was not.
    pub(super) fn reached_fin(&self) -> bool {
        !self.ended() && self.fin().is_some_and(|fin| distance(self.next, fin) >= 0)
    }

    /// Whether its end is not waited for.
    pub(super) const fn is_quiet(&self) -> bool {
        self.flags & FIN == 0 || self.flags & ENDED != 0
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
        if data.is_empty() {
            return;
        }
        if self.flags & ACKED != 0 && distance(self.acked, self.next) >= 0 {
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
        self.unacked.clear();
    }

    /// Takes note of an acknowledgement by the other side, and frees what it covers.
    pub(super) fn acknowledge(&mut self, ack: u32, spare: &mut Spare) {
        if self.flags & (STARTED | ACKED) == 0 {
            self.next = ack;
        }
        if self.flags & ACKED == 0 || distance(ack, self.acked) > 0 {
            (self.acked, self.flags) = (ack, self.flags | ACKED);
        }
        if !self.unacked.is_empty() && distance(ack, self.next) >= 0 {
            spare.strip(&mut self.unacked);
        }
    }

    /// Forgets what was delivered: retransmissions of it cannot be compared.
    pub(super) fn forget_delivered(&mut self, spare: &mut Spare) {
        spare.strip(&mut self.unacked);
    }

    /// How many bytes past the next expected one the other side has acknowledged: they exist and were not captured. Of a
    /// direction of which nothing was seen it is not known how many there are. A FIN is acknowledged like a byte and is none.
    pub(super) fn acked_ahead(&self) -> u32 {
        let known = self.flags & (STARTED | ACKED) == STARTED | ACKED;
        let ahead = if known { distance(self.acked, self.next) } else { 0 };
        let ahead = self.fin().map_or(ahead, |fin| ahead.min(distance(fin, self.next)));
        let ahead = u32::try_from(ahead).unwrap_or(0);
        if ahead > limits::WINDOW_BYTES_MAX { 0 } else { ahead }
    }

    /// Bytes kept.
    pub(super) const fn kept(&self) -> usize {
        self.unacked.capacity()
    }

    /// Asks for the memory that the next bytes are copied to.
    pub(super) fn touch(&self) {
        prefetch_index(&self.unacked, self.unacked.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledgement_says_nothing_of_a_direction_never_seen() {
        let (mut direction, mut spare) = (Direction::default(), Spare::default());
        direction.acknowledge(5_000, &mut spare);
        assert_eq!(direction.acked_ahead(), 0);
        direction.start(4_000);
        assert_eq!(direction.acked_ahead(), 1_000);
        direction.note_fin(4_999);
        assert_eq!(direction.acked_ahead(), 999, "a FIN is no byte");
    }

    #[test]
    fn what_lies_between_the_first_acknowledgement_and_the_first_segment_is_missing_once_the_peer_opened() {
        let first_expected = |peer_opened, acks: &[u32], seq| {
            let (mut direction, mut spare) = (Direction::default(), Spare::default());
            for ack in acks {
                direction.acknowledge(*ack, &mut spare);
            }
            direction.join(seq, peer_opened);
            direction.next
        };
        assert_eq!(first_expected(true, &[u32::MAX - 9, 100], 100), u32::MAX - 9);
        assert_eq!(first_expected(false, &[u32::MAX - 9, 100], 100), 100);
        assert_eq!(first_expected(true, &[], 100), 100);
        assert_eq!(first_expected(true, &[500], 100), 100, "sent before");
        assert_eq!(first_expected(true, &[500], 500 + limits::WINDOW_BYTES_MAX + 1), 501 + limits::WINDOW_BYTES_MAX);
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
