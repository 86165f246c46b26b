//! A set of hashes that is exact while small and a bitmap after: was this one seen before.
//!
//! Kept: at most [`EXACT_MAX`] hashes, or [`BITS`] bits (512 bytes). A bitmap may take a new thing for a known one, never
//! the reverse, so what is built on novelty errs on the silent side.

use serde::{Deserialize, Serialize};

/// Hashes kept as they are.
pub(crate) const EXACT_MAX: usize = 48;
/// Bits of the map that replaces them.
const BITS: usize = 4096;

/// The set. Merging is union: commutative, associative, and split = whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Distinct {
    /// Sorted hashes.
    Exact(Vec<u32>),
    /// One bit for each value of the hash modulo [`BITS`].
    Bits(Vec<u64>),
}

impl Default for Distinct {
    fn default() -> Self {
        Self::Exact(Vec::new())
    }
}

impl Distinct {
    /// Whether it (perhaps) holds `hash`.
    pub(crate) fn contains(&self, hash: u64) -> bool {
        let hash = hash as u32;
        match self {
            Self::Exact(list) => list.binary_search(&hash).is_ok(),
            Self::Bits(words) => words.get(word(hash)).is_some_and(|w| w & bit(hash) != 0),
        }
    }

    /// Adds `hash` (well mixed); whether it was new.
    pub(crate) fn insert(&mut self, hash: u64) -> bool {
        self.insert32(hash as u32)
    }

    fn insert32(&mut self, hash: u32) -> bool {
        match self {
            Self::Exact(list) => {
                let Err(at) = list.binary_search(&hash) else { return false };
                list.insert(at, hash);
                if list.len() > EXACT_MAX {
                    *self = Self::Bits(bits(list));
                }
                true
            }
            Self::Bits(words) => words.get_mut(word(hash)).is_some_and(|w| {
                let new = *w & bit(hash) == 0;
                *w |= bit(hash);
                new
            }),
        }
    }

    /// Takes all of `other`.
    pub(crate) fn merge(&mut self, other: &Self) {
        match other {
            Self::Exact(list) => list.iter().for_each(|&hash| {
                self.insert32(hash);
            }),
            Self::Bits(theirs) => {
                if let Self::Exact(list) = self {
                    *self = Self::Bits(bits(list));
                }
                if let Self::Bits(mine) = self {
                    mine.iter_mut().zip(theirs).for_each(|(a, b)| *a |= b);
                }
            }
        }
    }

    /// Bytes on the heap.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Exact(list) => list.capacity() * size_of::<u32>(),
            Self::Bits(words) => words.capacity() * size_of::<u64>(),
        }
    }
}

const fn word(hash: u32) -> usize {
    hash as usize % BITS / 64
}

const fn bit(hash: u32) -> u64 {
    1 << (hash % 64)
}

fn bits(list: &[u32]) -> Vec<u64> {
    let mut words = vec![0u64; BITS / 64];
    for &hash in list {
        if let Some(w) = words.get_mut(word(hash)) {
            *w |= bit(hash);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::mix;
    use super::*;

    fn set(values: &[u64]) -> Distinct {
        let mut out = Distinct::default();
        for &v in values {
            out.insert(mix(v));
        }
        out
    }

    proptest! {
        #[test]
        fn split_is_whole_in_any_order(values in prop::collection::vec(0u64..400, 0..200), cut in 0usize..200) {
            let (head, tail) = values.split_at(cut.min(values.len()));
            let (mut ab, mut ba) = (set(head), set(tail));
            ba.merge(&set(head));
            ab.merge(&set(tail));
            prop_assert_eq!(&ab, &ba);
            prop_assert_eq!(ab, set(&values));
        }

        #[test]
        fn what_was_put_in_is_found_and_small_sets_hold_nothing_else(values in prop::collection::vec(any::<u64>(), 0..48)) {
            let sketch = set(&values);
            prop_assert!(values.iter().all(|&v| sketch.contains(mix(v))));
            let known = values.iter().map(|&v| mix(v) as u32).collect::<BTreeSet<_>>();
            prop_assert!((0..500).all(|v| sketch.contains(mix(v)) == known.contains(&(mix(v) as u32))));
        }
    }
}
