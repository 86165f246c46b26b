//! Values that live and die in any order, side by side in memory: no allocation for each, and no pointer to follow.
//!
//! In: values. Out: the same, by number. Kept: as many places as were in use at once; the one freed last is used first,
//! while it is still in the cache.

use prefetch_index::prefetch_index;

/// Numbered places.
#[derive(Debug)]
pub(super) struct Slab<T> {
    places: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Puts a value in a free place and says where.
    pub(super) fn insert(&mut self, value: T) -> u32 {
        if let Some(at) = self.free.pop()
            && let Some(place) = self.places.get_mut(at as usize)
        {
            *place = Some(value);
            return at;
        }
        self.places.push(Some(value));
        (self.places.len() - 1) as u32
    }

    /// Takes a value out.
    pub(super) fn take(&mut self, at: u32) -> Option<T> {
        let value = self.places.get_mut(at as usize)?.take()?;
        self.free.push(at);
        Some(value)
    }

    pub(super) fn get(&self, at: u32) -> Option<&T> {
        self.places.get(at as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        self.places.get_mut(at as usize)?.as_mut()
    }

    /// Asks for the memory of a place.
    #[inline]
    pub(super) fn touch(&self, at: u32) {
        prefetch_index(&self.places, at as usize);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Odd numbers put a value in, even ones take one of those that are there.
        #[test]
        fn agrees_with_a_sorted_map(steps in proptest::collection::vec(any::<usize>(), 0..200)) {
            let (mut slab, mut model, mut most) = (Slab::default(), BTreeMap::new(), 0);
            for step in steps {
                if step % 2 == 1 {
                    let at = slab.insert(step);
                    prop_assert!(model.insert(at, step).is_none());
                    most = most.max(model.len());
                } else if let Some(&at) = model.keys().nth(step % model.len().max(1)) {
                    prop_assert_eq!(slab.take(at), model.remove(&at));
                    prop_assert_eq!(slab.take(at), None);
                }
                for (&at, value) in &mut model {
                    prop_assert_eq!(slab.get(at), Some(&*value));
                    prop_assert_eq!(slab.get_mut(at), Some(value));
                }
            }
            prop_assert_eq!(slab.places.len(), most);
        }
    }
}
