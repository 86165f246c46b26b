//! Judging TCP checksums, for those who ask for it.
//!
//! In: whole TCP segments with their addresses. Out: whether the segment is to be believed. Kept: for 256 slots of
//! sender addresses, how many of its sums were right and wrong. Can go wrong: captures on the sending host see sums
//! that the card fills in later; [`Checksums::Auto`] therefore only judges senders whose sums are mostly right.

use super::path::Path;

/// Whether segments with a wrong TCP checksum are dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checksums {
    /// Judge the senders whose checksums are mostly right.
    Auto,
    /// Judge everybody.
    On,
    /// Judge nobody.
    #[default]
    Off,
}

/// What became of a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Right, or not looked at.
    Fine,
    /// Wrong, and believed to be the capture's fault.
    Suspect,
    /// Wrong.
    Bad,
}

/// Slots for senders. Two that share a slot are judged together.
const SLOTS: usize = 256;
/// Right sums a sender must have shown before it is judged.
const GOOD_MIN: u16 = 16;
/// How many right sums must stand beside each wrong one.
const GOOD_PER_BAD_MIN: u16 = 16;

/// Counts of right and wrong sums by sender.
#[derive(Clone, Debug)]
pub(super) struct Judge {
    mode: Checksums,
    senders: Vec<(u16, u16)>,
}

impl Judge {
    /// A judge of the given strictness.
    pub(super) fn new(mode: Checksums) -> Self {
        let slots = if mode == Checksums::Auto { SLOTS } else { 0 };
        Self { mode, senders: vec![(0, 0); slots] }
    }

    /// Judges the segment `data` (header and payload) between the ends of `path`.
    #[inline]
    pub(super) fn verdict(&mut self, data: &[u8], path: &Path) -> Verdict {
        // A sum over a cut segment says nothing.
        if self.mode == Checksums::Off || path.missing != 0 {
            return Verdict::Fine;
        }
        self.judge(is_right(data, path), path)
    }

    fn judge(&mut self, right: bool, path: &Path) -> Verdict {
        if self.mode == Checksums::On {
            return if right { Verdict::Fine } else { Verdict::Bad };
        }
        let sender = u128::from_ne_bytes(path.src);
        let slot = ((sender as u64 ^ (sender >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize;
        let Some((good, bad)) = self.senders.get_mut(slot) else { return Verdict::Fine };
        if right {
            *good = good.saturating_add(1);
            return Verdict::Fine;
        }
        *bad = bad.saturating_add(1);
        let trusted = *good >= GOOD_MIN && *good / GOOD_PER_BAD_MIN >= *bad;
        if trusted { Verdict::Bad } else { Verdict::Suspect }
    }
}

/// Whether the sum over pseudo-header and segment is all ones (RFC 9293 §3.1, RFC 8200 §8.1).
pub(super) fn is_right(data: &[u8], path: &Path) -> bool {
    // Mapped IPv4 addresses add 0xffff each, which is zero in one's complement.
    let bare = u64::from(u16::from_ne_bytes(6u16.to_be_bytes())) + swapped(data.len() as u64);
    let mut total = sum(&path.src) + sum(&path.dst) + bare + sum(data);
    while total > 0xffff {
        total = (total & 0xffff) + (total >> 16);
    }
    total == 0xffff
}

/// A number as two 16-bit words in the order of the wire, added.
fn swapped(number: u64) -> u64 {
    let [_, _, _, _, a, b, c, d] = number.to_be_bytes();
    u64::from(u16::from_ne_bytes([a, b])) + u64::from(u16::from_ne_bytes([c, d]))
}

/// One's complement sum of the 16-bit words, not yet folded, each read as this machine does: the order of bytes does not
/// matter to the sum (RFC 1071 §2). At most 2^18 bytes, so it cannot overflow.
#[inline]
fn sum(data: &[u8]) -> u64 {
    let (words, rest) = data.as_chunks::<8>();
    let mut total = 0;
    for word in words {
        let word = u64::from_ne_bytes(*word);
        total += (word & 0xffff_ffff) + (word >> 32);
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    let last = u64::from_ne_bytes(last);
    total + (last & 0xffff_ffff) + (last >> 32)
}
