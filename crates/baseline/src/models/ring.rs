//! Sums over the latest `N` equal spans of packet time: hours of a day, days of a month.

use serde::{Deserialize, Serialize};

/// Something that adds up.
pub(crate) trait Tally: Clone + Default + PartialEq {
    /// Takes all of `other`, saturating.
    fn merge(&mut self, other: &Self);
}

impl Tally for u32 {
    fn merge(&mut self, other: &Self) {
        *self = self.saturating_add(*other);
    }
}

/// Buckets of the latest spans. `at` numbers spans from 1970; a bucket older than `N` spans is forgotten.
///
/// Merging is exact, commutative and associative: both rings are brought to the later span first. The latest bucket
/// stands apart, since most rings have no other: such a one has nothing on the heap, and can be kept as its [`Latest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    from = "Saved<T>",
    into = "Saved<T>",
    bound(serialize = "T: Tally + Serialize", deserialize = "T: Tally + Deserialize<'de>")
)]
pub(crate) struct Ring<T> {
    head: Latest<T>,
    /// The spans before it, oldest first; with the latest never more than the capacity given to [`Ring::bucket`].
    older: Box<[T]>,
}

/// The latest bucket of a ring; an empty one of the first span there is stands for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Latest<T> {
    /// Number of its span.
    at: u32,
    bucket: T,
}

impl<T: Tally> Latest<T> {
    fn is_none(&self) -> bool {
        self.at == 0 && self.bucket == T::default()
    }
}

/// The stored form: latest span last.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Saved<T> {
    at: u32,
    buckets: Vec<T>,
}

impl<T: Tally> From<Saved<T>> for Ring<T> {
    fn from(saved: Saved<T>) -> Self {
        Self::of(saved.at, saved.buckets)
    }
}

impl<T: Tally> From<Ring<T>> for Saved<T> {
    fn from(ring: Ring<T>) -> Self {
        let latest = (!ring.head.is_none()).then_some(ring.head.bucket);
        Self { at: ring.head.at, buckets: ring.older.into_iter().chain(latest).collect() }
    }
}

impl<T: Tally> Default for Ring<T> {
    fn default() -> Self {
        Self::of(0, Vec::new())
    }
}

impl<T: Tally> Ring<T> {
    /// Of buckets, latest last.
    fn of(at: u32, mut buckets: Vec<T>) -> Self {
        let bucket = buckets.pop().unwrap_or_default();
        Self { head: Latest { at, bucket }, older: buckets.into_boxed_slice() }
    }

    /// Puts together what [`Ring::into_parts`] took apart.
    pub(crate) const fn from_parts(head: Latest<T>, older: Box<[T]>) -> Self {
        Self { head, older }
    }

    /// The latest bucket and those before it.
    pub(crate) fn into_parts(self) -> (Latest<T>, Box<[T]>) {
        (self.head, self.older)
    }
}

impl<T: Tally> Ring<T> {
    /// The bucket of span `at` with at most `capacity` spans kept; a span before the latest counts as the latest.
    pub(crate) fn bucket(&mut self, at: u32, capacity: usize) -> &mut T {
        self.advance(at, capacity);
        &mut self.head.bucket
    }

    fn advance(&mut self, at: u32, capacity: usize) {
        if self.head.is_none() {
            self.head.at = at;
            return;
        }
        let ahead = at.saturating_sub(self.head.at) as usize;
        if ahead == 0 {
            return;
        }
        self.head.at = at;
        let latest = std::mem::take(&mut self.head.bucket);
        if ahead >= capacity {
            self.older = Box::default();
            return;
        }
        let mut older = std::mem::take(&mut self.older).into_vec();
        older.push(latest);
        older.resize_with(older.len() + ahead - 1, T::default);
        let excess = (older.len() + 1).saturating_sub(capacity);
        older.drain(..excess);
        self.older = older.into_boxed_slice();
    }

    /// The sum of the spans after `at - spans`, up to `at`.
    pub(crate) fn sum(&self, at: u32, spans: u32) -> T {
        let mut out = T::default();
        for (span, bucket) in self.iter() {
            if at.checked_sub(span).is_some_and(|back| back < spans) {
                out.merge(bucket);
            }
        }
        out
    }

    /// Spans with their buckets, earliest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let first = self.head.at.saturating_sub(self.older.len() as u32);
        (0_u32..)
            .zip(self.older.iter().chain((!self.head.is_none()).then_some(&self.head.bucket)))
            .map(move |(at, bucket)| (first.saturating_add(at), bucket))
    }

    /// Takes all of `other`.
    pub(crate) fn merge(&mut self, other: &Self, capacity: usize) {
        if other.head.is_none() {
            return;
        }
        if self.head.is_none() {
            self.clone_from(other);
            return;
        }
        let at = self.head.at.max(other.head.at);
        let oldest = at.saturating_sub((capacity as u32).saturating_sub(1));
        let first = |ring: &Self| ring.iter().next().map_or(at, |(span, _)| span).max(oldest);
        let start = first(self).min(first(other));
        let mut buckets = vec![T::default(); (at - start) as usize + 1];
        for (span, bucket) in self.iter().chain(other.iter()) {
            if let Some(sum) = span.checked_sub(start).and_then(|i| buckets.get_mut(i as usize)) {
                sum.merge(bucket);
            }
        }
        *self = Self::of(at, buckets);
    }

    /// Bytes on the heap.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.older.len() * size_of::<T>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn ring(spans: &[u32]) -> Ring<u32> {
        let mut out = Ring::default();
        for &span in spans {
            *out.bucket(span, 8) += 1;
        }
        out
    }

    #[test]
    fn a_ring_of_one_span_has_nothing_on_the_heap_and_is_stored_as_a_list() {
        let mut one = ring(&[100, 100]);
        assert_eq!(one.bytes(), 0);
        let stored = rmp_serde::to_vec(&one).unwrap();
        assert_eq!(stored, rmp_serde::to_vec(&(100u32, vec![2u32])).unwrap());
        assert_eq!(rmp_serde::from_slice::<Ring<u32>>(&stored).unwrap(), one);
        *one.bucket(103, 8) += 1;
        assert_eq!(rmp_serde::to_vec(&one).unwrap(), rmp_serde::to_vec(&(103u32, vec![2u32, 0, 0, 1])).unwrap());
    }

    #[test]
    fn the_last_span_there_is_can_be_counted_and_read() {
        let mut last = ring(&[u32::MAX - 1, u32::MAX]);
        assert_eq!(last.sum(u32::MAX, 8), 2);
        last.merge(&ring(&[u32::MAX]), 8);
        assert_eq!(last.iter().last(), Some((u32::MAX, &2)));
    }

    proptest! {
        #[test]
        fn sums_are_those_of_a_plain_list(mut spans in prop::collection::vec(100u32..140, 1..60), back in 1u32..8) {
            spans.sort_unstable();
            let now = *spans.last().unwrap();
            let expected = spans.iter().filter(|&&s| s + back > now).count() as u32;
            prop_assert_eq!(ring(&spans).sum(now, back), expected);
        }

        #[test]
        fn merging_commutes_and_split_is_whole(mut spans in prop::collection::vec((100u32..140, any::<bool>()), 0..60)) {
            spans.sort_unstable();
            let part = |mine: bool| spans.iter().filter(|(_, m)| *m == mine).map(|(s, _)| *s).collect::<Vec<_>>();
            let (mut ab, mut ba) = (ring(&part(true)), ring(&part(false)));
            let (a, b) = (ab.clone(), ba.clone());
            ab.merge(&b, 8);
            ba.merge(&a, 8);
            let plain = |ring: &Ring<u32>| ring.iter().filter(|(_, n)| **n > 0).map(|(s, n)| (s, *n)).collect::<BTreeMap<_, _>>();
            let whole = ring(&spans.iter().map(|(s, _)| *s).collect::<Vec<_>>());
            prop_assert_eq!(plain(&ab), plain(&ba));
            prop_assert_eq!(plain(&ab), plain(&whole));
        }
    }
}
