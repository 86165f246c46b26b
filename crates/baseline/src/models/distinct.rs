//! A set of hashes that is exact while small and a bitmap after: was this one seen before.
//!
//! Kept: at most [`EXACT_MAX`] hashes, or [`BITS`] bits (512 bytes); up to [`FEW_MAX`] stand in the set itself, since most
//! sets never hold more. A bitmap may take a new thing for a known one, never the reverse, so what is built on novelty
//! errs on the silent side.

use serde::{Deserialize, Serialize};

/// Hashes kept as they are.
pub(crate) const EXACT_MAX: usize = 48;
/// Of them without anything on the heap.
const FEW_MAX: usize = 3;
/// Bits of the map that replaces them.
const BITS: usize = 4096;
const WORDS: usize = BITS / 64;

/// The set. Merging is union: commutative, associative, and split = whole.
///
/// **Invariant:** the first variant with room for what it holds is the one in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub(crate) enum Distinct {
    /// The first `len` are sorted hashes, the others 0.
    Few { len: u8, hashes: [u32; FEW_MAX] },
    /// Sorted hashes.
    Exact(Box<Sorted>),
    /// One bit for each value of the hash modulo [`BITS`].
    Bits(Box<[u64; WORDS]>),
}

/// A list behind one thin pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sorted(Vec<u32>);

/// The stored form.
#[derive(Serialize, Deserialize)]
enum Saved {
    Exact(Vec<u32>),
    Bits(Vec<u64>),
}

impl From<Saved> for Distinct {
    fn from(saved: Saved) -> Self {
        match saved {
            Saved::Exact(list) => Self::of(list),
            Saved::Bits(words) => {
                let mut bits = Box::new([0; WORDS]);
                bits.iter_mut().zip(words).for_each(|(word, saved)| *word = saved);
                Self::Bits(bits)
            }
        }
    }
}

impl From<Distinct> for Saved {
    fn from(set: Distinct) -> Self {
        match set {
            Distinct::Bits(words) => Self::Bits(words.to_vec()),
            exact => Self::Exact(exact.list().to_vec()),
        }
    }
}

impl Default for Distinct {
    fn default() -> Self {
        Self::Few { len: 0, hashes: [0; FEW_MAX] }
    }
}

impl Distinct {
    /// Of a sorted list.
    fn of(list: Vec<u32>) -> Self {
        if list.len() > EXACT_MAX {
            return Self::Bits(bits(&list));
        }
        if list.len() > FEW_MAX {
            return Self::Exact(Box::new(Sorted(list)));
        }
        let mut hashes = [0; FEW_MAX];
        hashes.iter_mut().zip(&list).for_each(|(place, hash)| *place = *hash);
        Self::Few { len: list.len() as u8, hashes }
    }

    /// The hashes of an exact set.
    fn list(&self) -> &[u32] {
        match self {
            Self::Few { len, hashes } => hashes.get(..usize::from(*len)).unwrap_or_default(),
            Self::Exact(list) => &list.0,
            Self::Bits(_) => &[],
        }
    }

    /// Whether it (perhaps) holds `hash`.
    pub(crate) fn contains(&self, hash: u64) -> bool {
        let hash = hash as u32;
        match self {
            Self::Few { .. } => self.list().contains(&hash),
            Self::Exact(list) => list.0.binary_search(&hash).is_ok(),
            Self::Bits(words) => words.get(word(hash)).is_some_and(|w| w & bit(hash) != 0),
        }
    }

    /// Whether it holds at least `count` things; cheaper than counting them.
    pub(crate) fn reaches(&self, count: u32) -> bool {
        match self {
            Self::Bits(_) if count as usize <= EXACT_MAX => true,
            Self::Bits(_) => self.len() >= count,
            exact => exact.list().len() >= count as usize,
        }
    }

    /// Adds `hash` (well mixed); whether it was new.
    pub(crate) fn insert(&mut self, hash: u64) -> bool {
        self.insert32(hash as u32)
    }

    fn insert32(&mut self, hash: u32) -> bool {
        if let Self::Bits(words) = self {
            return words.get_mut(word(hash)).is_some_and(|w| {
                let new = *w & bit(hash) == 0;
                *w |= bit(hash);
                new
            });
        }
        let Err(at) = self.list().binary_search(&hash) else { return false };
        match self {
            Self::Few { len, hashes } if usize::from(*len) < FEW_MAX => {
                *len += 1;
                if let Some(tail) = hashes.get_mut(at..usize::from(*len)) {
                    tail.rotate_right(1);
                    tail.iter_mut().take(1).for_each(|place| *place = hash);
                }
            }
            Self::Exact(list) if list.0.len() < EXACT_MAX => list.0.insert(at, hash),
            full => {
                let mut list = full.list().to_vec();
                list.insert(at, hash);
                *full = Self::of(list);
            }
        }
        true
    }

    /// How many it holds; of a map an estimate (linear counting), at most about 34,000.
    pub(crate) fn len(&self) -> u32 {
        let Self::Bits(words) = self else { return self.list().len() as u32 };
        let free = words.iter().map(|word| word.count_zeros()).sum::<u32>().max(1);
        (-(BITS as f64) * (f64::from(free) / BITS as f64).ln()) as u32
    }

    /// Takes all of `other`.
    pub(crate) fn merge(&mut self, other: &Self) {
        let Self::Bits(theirs) = other else {
            return other.list().iter().for_each(|&hash| {
                self.insert32(hash);
            });
        };
        if !matches!(self, Self::Bits(_)) {
            *self = Self::Bits(bits(self.list()));
        }
        if let Self::Bits(mine) = self {
            mine.iter_mut().zip(theirs.iter()).for_each(|(a, b)| *a |= b);
        }
    }

    /// Bytes on the heap.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Few { .. } => 0,
            Self::Exact(list) => size_of::<Sorted>() + list.0.capacity() * size_of::<u32>(),
            Self::Bits(words) => size_of_val(&**words),
        }
    }
}

const fn word(hash: u32) -> usize {
    hash as usize % BITS / 64
}

const fn bit(hash: u32) -> u64 {
    1 << (hash % 64)
}

fn bits(list: &[u32]) -> Box<[u64; WORDS]> {
    let mut words = Box::new([0; WORDS]);
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

    #[test]
    fn a_set_is_stored_as_a_list_or_as_words_whatever_it_is_in_memory() {
        for n in [0, 2, 3, 4, 48, 49] {
            let sketch = set(&(0..n).collect::<Vec<_>>());
            let stored = rmp_serde::to_vec(&sketch).unwrap();
            let list: std::collections::BTreeMap<&str, Vec<u64>> = rmp_serde::from_slice(&stored).unwrap();
            let kind = if n > 48 { "Bits" } else { "Exact" };
            assert_eq!(list.get(kind).map(Vec::len), Some(if n > 48 { WORDS } else { n as usize }), "{n}");
            assert_eq!(rmp_serde::from_slice::<Distinct>(&stored).unwrap(), sketch);
        }
        assert_eq!(set(&[1, 2, 3]).bytes(), 0);
        assert_eq!(size_of::<Distinct>(), 16);
    }

    #[test]
    fn its_length_is_exact_while_small_and_near_after() {
        for n in [0u64, 3, 48, 100, 1_000, 4_000] {
            let told = f64::from(set(&(0..n).collect::<Vec<_>>()).len());
            let n = n as f64;
            assert!((told - n).abs() <= if n <= 48.0 { 0.0 } else { n * 0.08 }, "{told} for {n}");
        }
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
