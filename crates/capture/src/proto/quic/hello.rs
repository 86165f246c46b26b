//! The first message of a client, out of pieces in any order.
//!
//! In: bytes with their offset in the stream of CRYPTO frames (RFC 9000 §19.6). Out: the `ClientHello` once it is whole.
//! Kept: at most [`limits::QUIC_HELLO_BYTES_MAX`] bytes and [`limits::QUIC_PIECES_MAX`] ranges. Of a byte that comes
//! twice the first counts.

use model::limits;

const CLIENT_HELLO: u8 = 1;
const HEAD: usize = 4;

/// Pieces so far.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    bytes: Vec<u8>,
    /// Ranges that are there, sorted, apart from one another.
    ranges: Vec<(usize, usize)>,
}

impl Pieces {
    /// Takes a piece. False when it does not fit within the bounds, and once there were too many ranges: each piece costs
    /// as much as there are, and one datagram has room for thousands.
    pub(super) fn add(&mut self, offset: u64, piece: &[u8]) -> bool {
        if self.ranges.len() > limits::QUIC_PIECES_MAX {
            return false;
        }
        let Some(from) = usize::try_from(offset).ok() else { return false };
        let Some(to) = from.checked_add(piece.len()).filter(|to| *to <= limits::QUIC_HELLO_BYTES_MAX) else {
            return false;
        };
        if piece.is_empty() {
            return true;
        }
        if self.bytes.len() < to {
            self.bytes.resize(to, 0);
        }
        let (mut start, mut end, mut at) = (from, to, from);
        for &(known, until) in &self.ranges {
            put(&mut self.bytes, at, known.min(to), from, piece);
            at = at.max(until);
            if known <= to && until >= from {
                (start, end) = (start.min(known), end.max(until));
            }
        }
        put(&mut self.bytes, at, to, from, piece);
        self.ranges.retain(|(known, until)| *until < start || *known > end);
        let place = self.ranges.partition_point(|(known, _)| *known < start);
        self.ranges.insert(place, (start, end));
        self.ranges.len() <= limits::QUIC_PIECES_MAX
    }

    /// The body of the message, once it is whole; an error when it is no hello.
    pub(super) fn body(&self) -> Result<Option<&[u8]>, ()> {
        let there = match self.ranges.first() {
            Some((0, end)) => self.bytes.get(..*end).unwrap_or_default(),
            _ => return Ok(None),
        };
        let Some(&[kind, high, mid, low]) = there.first_chunk::<HEAD>() else { return Ok(None) };
        let len = u32::from_be_bytes([0, high, mid, low]) as usize;
        if kind != CLIENT_HELLO || HEAD + len > limits::QUIC_HELLO_BYTES_MAX {
            return Err(());
        }
        Ok(there.get(HEAD..HEAD + len))
    }

    /// Bytes kept.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.bytes.len()
    }
}

/// Writes what `piece`, which begins at `from`, holds of `at..to`; nothing when `at` is behind `to`.
fn put(bytes: &mut [u8], at: usize, to: usize, from: usize, piece: &[u8]) {
    let part = at.checked_sub(from).zip(to.checked_sub(from)).and_then(|(start, end)| piece.get(start..end));
    if let (Some(room), Some(part)) = (bytes.get_mut(at..to), part) {
        room.copy_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(len: usize) -> Vec<u8> {
        let body = (0..len).map(|at| (at % 251) as u8);
        [&[CLIENT_HELLO, 0, (len >> 8) as u8, len as u8][..], &body.collect::<Vec<_>>()].concat()
    }

    proptest! {
        #[test]
        fn any_order_of_any_pieces_gives_the_message(
            len in 1usize..600,
            cuts in proptest::collection::vec((0usize..600, 1usize..200), 0..20),
            swap in any::<proptest::sample::Index>(),
        ) {
            let whole = message(len);
            let mut pieces: Vec<(usize, usize)> = cuts.into_iter().map(|(at, n)| (at.min(whole.len()), (at + n).min(whole.len()))).collect();
            let last = (0, whole.len());
            pieces.insert(swap.index(pieces.len() + 1), last);
            let mut model = vec![None; whole.len()];
            let mut all = Pieces::default();
            for (from, to) in pieces {
                prop_assert!(all.add(from as u64, &whole[from..to]));
                model[from..to].iter_mut().zip(&whole[from..to]).for_each(|(slot, byte)| *slot = Some(*byte));
                let complete = model.iter().all(Option::is_some);
                let body = all.body().unwrap();
                prop_assert_eq!(body.is_some(), complete);
                if let Some(body) = body {
                    prop_assert_eq!(body, &whole[HEAD..]);
                }
            }
        }
    }

    #[test]
    fn bounds_hold_whatever_is_sent() {
        let mut pieces = Pieces::default();
        assert!(!pieces.add(u64::MAX, b"x"));
        assert!(!pieces.add(limits::QUIC_HELLO_BYTES_MAX as u64, b"x"));
        let mut fits = true;
        for n in 0..=limits::QUIC_PIECES_MAX as u64 {
            fits = pieces.add(2 * n, b"x");
        }
        assert!(!fits && pieces.kept() <= limits::QUIC_HELLO_BYTES_MAX);
        for n in 0..limits::QUIC_HELLO_BYTES_MAX as u64 / 2 {
            pieces.add(2 * n, b"x");
        }
        assert!(pieces.ranges.len() <= limits::QUIC_PIECES_MAX + 1);
        let mut other = Pieces::default();
        other.add(0, &[2, 0, 0, 1, 0]);
        assert_eq!(other.body(), Err(()));
        let mut long = Pieces::default();
        long.add(0, &[1, 0xff, 0, 0]);
        assert_eq!(long.body(), Err(()));
    }
}
