//! What was made lately, by a keyed hash of what it was made from.
//!
//! In: 128-bit keyed tags. Out: the value that was put under that tag, unless another took its place. It holds nothing of
//! what the tags are hashes of, and changes no result: what it holds is what would be made again.

/// A direct-mapped table.
#[derive(Debug)]
pub(crate) struct Memo<T> {
    slots: Vec<(u128, T)>,
}

impl<T: Copy + Default> Memo<T> {
    /// With room for `size` values.
    pub(crate) fn new(size: usize) -> Self {
        Self { slots: vec![(0, T::default()); size] }
    }

    /// The value put under `tag`, if it is still there.
    pub(crate) fn get(&self, tag: u128) -> Option<T> {
        let (known, value) = self.slots.get(self.place(tag))?;
        (*known == some(tag)).then_some(*value)
    }

    /// Remembers `value` instead of what had its place.
    pub(crate) fn put(&mut self, tag: u128, value: T) {
        let place = self.place(tag);
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = (some(tag), value);
        }
    }

    fn place(&self, tag: u128) -> usize {
        tag as usize % self.slots.len().max(1)
    }
}

/// Zero is the empty slot's tag.
fn some(tag: u128) -> u128 {
    tag.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_until_another_takes_their_place() {
        let mut memo = Memo::new(4);
        assert_eq!(memo.get(0), None);
        for tag in 0..4u128 {
            memo.put(tag, tag as u8);
        }
        assert_eq!((memo.get(2), memo.get(3), memo.get(6)), (Some(2), Some(3), None));
        memo.put(6, 6);
        assert_eq!((memo.get(2), memo.get(6)), (None, Some(6)));
    }
}
