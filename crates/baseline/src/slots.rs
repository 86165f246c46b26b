//! A list that grows without moving what it holds, and without room for twice as much.
//!
//! Chunks of a fixed number of items: a table of many thousand models grows in steps that the allocator serves from
//! what was freed before, where a vector would copy everything into a larger block each time.

/// Items of one chunk.
const CHUNK: u32 = 64;

/// **Invariant:** every chunk but the last is full, and none is empty.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    chunks: Vec<Vec<T>>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T> Slots<T> {
    /// How many.
    pub(crate) fn len(&self) -> u32 {
        let full = self.chunks.len().saturating_sub(1) as u32 * CHUNK;
        full + self.chunks.last().map_or(0, Vec::len) as u32
    }

    /// Item `at`.
    #[inline]
    pub(crate) fn get(&self, at: u32) -> Option<&T> {
        self.chunks.get((at / CHUNK) as usize)?.get((at % CHUNK) as usize)
    }

    /// Item `at`, to change.
    #[inline]
    pub(crate) fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        self.chunks.get_mut((at / CHUNK) as usize)?.get_mut((at % CHUNK) as usize)
    }

    /// Adds an item at the end.
    pub(crate) fn push(&mut self, item: T) {
        if let Some(chunk) = self.chunks.last_mut().filter(|chunk| chunk.len() < CHUNK as usize) {
            chunk.push(item);
        } else {
            // Most tables stay small: the first chunk grows as vectors do.
            let mut chunk = Vec::with_capacity(if self.chunks.is_empty() { 1 } else { CHUNK as usize });
            chunk.push(item);
            self.chunks.push(chunk);
        }
    }

    /// Takes item `at` out; the last one moves into its place.
    pub(crate) fn swap_remove(&mut self, at: u32) -> Option<T> {
        if at >= self.len() {
            return None;
        }
        let last = self.chunks.last_mut()?.pop()?;
        self.chunks.pop_if(|chunk| chunk.is_empty());
        match self.get_mut(at) {
            Some(place) => Some(std::mem::replace(place, last)),
            None => Some(last),
        }
    }

    /// All, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }

    /// All, in order, to change.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.chunks.iter_mut().flatten()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The plain model: a vector.
        #[test]
        fn it_holds_what_a_vector_holds(acts in prop::collection::vec((any::<bool>(), 0u32..300), 0..600)) {
            let (mut slots, mut list) = (Slots::default(), Vec::new());
            for (at, (push, n)) in acts.into_iter().enumerate() {
                if push || at < 150 {
                    slots.push(at);
                    list.push(at);
                } else {
                    let expected = ((n as usize) < list.len()).then(|| list.swap_remove(n as usize));
                    prop_assert_eq!(slots.swap_remove(n), expected);
                }
                prop_assert_eq!(slots.len() as usize, list.len());
                prop_assert_eq!(slots.get(n), list.get(n as usize));
            }
            prop_assert!(slots.iter().eq(&list));
        }
    }
}
