//! Sums over the latest `N` equal spans of packet time: hours of a day, days of a month.

use serde::{Deserialize, Serialize};

/// Something that adds up.
pub(crate) trait Tally: Clone + Default + PartialEq {
    /// Takes all of `other`, saturating.
    fn merge(&mut self, other: &Self);
}

/// Buckets of the latest spans. `at` numbers spans from 1970; a bucket older than `N` spans is forgotten.
///
/// Merging is exact, commutative and associative: both rings are brought to the later span first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ring<T> {
    /// Number of the latest span.
    at: u32,
    /// Latest span last; never longer than the capacity given to [`Ring::bucket`].
    buckets: Vec<T>,
}

impl<T> Default for Ring<T> {
    fn default() -> Self {
        Self { at: 0, buckets: Vec::new() }
    }
}

impl<T: Tally> Ring<T> {
    /// The bucket of span `at` with at most `capacity` spans kept; a span before the latest counts as the latest.
    pub(crate) fn bucket(&mut self, at: u32, capacity: usize) -> Option<&mut T> {
        self.advance(at, capacity);
        self.buckets.last_mut()
    }

    fn advance(&mut self, at: u32, capacity: usize) {
        if self.buckets.is_empty() {
            self.at = at;
            self.buckets.push(T::default());
        }
        let ahead = at.saturating_sub(self.at) as usize;
        if ahead == 0 {
            return;
        }
        self.at = at;
        if ahead >= capacity {
            self.buckets.clear();
            self.buckets.push(T::default());
            return;
        }
        self.buckets.resize_with(self.buckets.len() + ahead, T::default);
        let excess = self.buckets.len().saturating_sub(capacity);
        self.buckets.drain(..excess);
    }

    /// The sum of the spans after `at - spans`, up to `at`.
    pub(crate) fn sum(&self, at: u32, spans: u32) -> T {
        let mut out = T::default();
        for (span, bucket) in self.iter() {
            if span <= at && span.saturating_add(spans) > at {
                out.merge(bucket);
            }
        }
        out
    }

    /// Spans with their buckets, earliest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let first = self.at.saturating_sub((self.buckets.len() as u32).saturating_sub(1));
        (first..).zip(&self.buckets)
    }

    /// Takes all of `other`.
    pub(crate) fn merge(&mut self, other: &Self, capacity: usize) {
        if other.buckets.is_empty() {
            return;
        }
        if self.buckets.is_empty() {
            self.clone_from(other);
            return;
        }
        let at = self.at.max(other.at);
        let oldest = at.saturating_sub((capacity as u32).saturating_sub(1));
        let first = |ring: &Self| ring.iter().next().map_or(at, |(span, _)| span).max(oldest);
        let start = first(self).min(first(other));
        let mut buckets = vec![T::default(); (at - start) as usize + 1];
        for (span, bucket) in self.iter().chain(other.iter()) {
            if let Some(sum) = span.checked_sub(start).and_then(|i| buckets.get_mut(i as usize)) {
                sum.merge(bucket);
            }
        }
        *self = Self { at, buckets };
    }

    /// Bytes on the heap.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.buckets.capacity() * size_of::<T>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    impl Tally for u32 {
        fn merge(&mut self, other: &Self) {
            *self = self.saturating_add(*other);
        }
    }

    fn ring(spans: &[u32]) -> Ring<u32> {
        let mut out = Ring::default();
        for &span in spans {
            *out.bucket(span, 8).unwrap() += 1;
        }
        out
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
