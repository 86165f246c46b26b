//! An even sample of callers: those with the smallest hashes, each with what it did.
//!
//! Every worker keeps the same sample from the same calls. A busy caller counts once, and one once left out stays out, so
//! that each one kept was followed from its first call.

use std::hint::black_box;

use serde::{Deserialize, Serialize};

use super::mix;

/// At most `max` callers, as given to [`Sample::of`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sample<T> {
    /// Sorted by hash.
    list: Vec<(u64, T)>,
}

impl<T: Default + Clone> Sample<T> {
    /// What is kept of the caller with that number, if it is in the sample of at most `max`.
    pub(crate) fn of(&mut self, caller: u64, max: usize) -> Option<&mut T> {
        let hash = mix(caller);
        // Most callers of a busy endpoint are none of the sample.
        if self.list.len() >= max && self.list.last().is_some_and(|(last, _)| hash > *last) {
            return None;
        }
        let at = match self.list.binary_search_by_key(&hash, |(hash, _)| *hash) {
            Ok(at) => at,
            Err(at) if at >= max => return None,
            Err(at) => {
                self.list.insert(at, (hash, T::default()));
                self.list.truncate(max);
                at
            }
        };
        self.list.get_mut(at).map(|(_, kept)| kept)
    }

    /// Reads what [`Sample::of`] looks at first.
    pub(crate) fn glance(&self) {
        black_box(self.list.last().map(|(hash, _)| *hash));
    }

    /// Callers other than that one.
    pub(crate) fn others(&self, caller: u64) -> impl Iterator<Item = &T> {
        let hash = mix(caller);
        self.list.iter().filter(move |(other, _)| *other != hash).map(|(_, kept)| kept)
    }

    /// Takes the callers of `other`; of those in both `merge` makes one.
    pub(crate) fn merge(&mut self, other: &Self, max: usize, merge: impl Fn(&mut T, &T)) {
        for (hash, theirs) in &other.list {
            match self.list.binary_search_by_key(hash, |(hash, _)| *hash) {
                Ok(at) => {
                    if let Some((_, mine)) = self.list.get_mut(at) {
                        merge(mine, theirs);
                    }
                }
                Err(at) => self.list.insert(at, (*hash, theirs.clone())),
            }
        }
        self.list.truncate(max);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample(callers: &[u64]) -> Sample<u32> {
        let mut sample = Sample::default();
        for caller in callers {
            if let Some(count) = sample.of(*caller, 8) {
                *count += 1;
            }
        }
        sample
    }

    proptest! {
        #[test]
        fn it_does_not_depend_on_the_order_of_callers(mut callers in prop::collection::vec(0u64..40, 0..200)) {
            let forth = sample(&callers);
            callers.reverse();
            prop_assert_eq!(&forth, &sample(&callers));
            prop_assert!(forth.others(999).count() <= 8);
        }

        #[test]
        fn every_caller_kept_was_counted_from_its_first_call(callers in prop::collection::vec(0u64..40, 0..200)) {
            let kept = sample(&callers);
            for (hash, count) in &kept.list {
                prop_assert_eq!(*count as usize, callers.iter().filter(|caller| mix(**caller) == *hash).count());
            }
        }
    }
}
