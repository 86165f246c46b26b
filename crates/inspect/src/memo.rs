//! What was made lately, by a keyed hash of what it was made from.
//!
//! In: 128-bit keyed tags. Out: the value that was put under that tag, unless another took its place. It holds nothing of
//! what the tags are hashes of, and changes no result: what it holds is what would be made again.

/// A direct-mapped table of what short names say, by the names themselves: names that anybody may see.
#[derive(Debug)]
pub(crate) struct Names<T> {
    slots: Vec<(u128, T)>,
}

/// Odd, with bits all over: 2⁶⁴ by the golden ratio.
pub(crate) const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// Slots of such a table: more than the names of one API's fields.
const NAMES: usize = 1_024;

impl<T: Copy + Default> Default for Names<T> {
    fn default() -> Self {
        Self { slots: vec![(0, T::default()); NAMES] }
    }
}

impl<T: Copy> Names<T> {
    /// What `tell` tells of `name`, which it is asked when that is not remembered. It must depend on the name only.
    #[inline]
    pub(crate) fn tell(&mut self, name: &[u8], tell: impl FnOnce() -> T) -> T {
        let Some(packed) = packed(name) else { return tell() };
        let mixed = (packed as u64 ^ ((packed >> 64) as u64).rotate_left(32)).wrapping_mul(SPREAD);
        let Some(slot) = self.slots.get_mut((mixed >> 54) as usize % NAMES) else { return tell() };
        if slot.0 != packed {
            *slot = (packed, tell());
        }
        slot.1
    }
}

/// A name of 1 to 15 bytes and its length in one number, which is never 0.
#[inline]
fn packed(name: &[u8]) -> Option<u128> {
    let len = name.len();
    let bytes = if len > 15 {
        return None;
    } else if let (Some(first), Some(last)) = (name.first_chunk::<8>(), name.last_chunk::<8>()) {
        // The last eight bytes overlap the first, unless there are sixteen.
        let high = u64::from_le_bytes(*last).unbounded_shr((16 - len as u32) * 8);
        u128::from(u64::from_le_bytes(*first)) | u128::from(high) << 64
    } else if let (Some(first), Some(last)) = (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        let high = u32::from_le_bytes(*last).unbounded_shr((8 - len as u32) * 8);
        u128::from(u32::from_le_bytes(*first)) | u128::from(high) << 32
    } else {
        name.iter().rev().fold(0, |all, byte| all << 8 | u128::from(*byte))
    };
    (len > 0).then_some(bytes | (len as u128) << 120)
}

/// A table in which each tag has two places: what is asked for again and again is not displaced by one other tag.
#[derive(Debug)]
pub(crate) struct Memo<T> {
    slots: Vec<(u128, T)>,
}

impl<T: Copy + Default> Memo<T> {
    /// With room for `size` values, an even number.
    pub(crate) fn new(size: usize) -> Self {
        Self { slots: vec![(0, T::default()); size] }
    }

    /// The value put under `tag`, if it is still there.
    #[inline]
    pub(crate) fn get(&self, tag: u128) -> Option<T> {
        let (place, wanted) = (self.place(tag), some(tag));
        [place, place ^ 1]
            .iter()
            .filter_map(|place| self.slots.get(*place))
            .find_map(|(known, value)| (*known == wanted).then_some(*value))
    }

    /// Remembers `value`; what had its first place moves to the second.
    pub(crate) fn put(&mut self, tag: u128, value: T) {
        let place = self.place(tag);
        if let Some(before) = self.slots.get_mut(place).map(|slot| std::mem::replace(slot, (some(tag), value)))
            && before.0 != 0
            && let Some(second) = self.slots.get_mut(place ^ 1)
        {
            *second = before;
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
    fn names_are_told_apart() {
        let mut seen = std::collections::HashSet::new();
        let name = b"\0\x01abcdefghijklmn";
        for from in 0..name.len() {
            for to in from + 1..=name.len().min(from + 15) {
                assert!(seen.insert(packed(&name[from..to]).unwrap()));
            }
        }
        for zeros in 2..=15 {
            assert!(seen.insert(packed(&[0; 15][..zeros]).unwrap()));
        }
        assert_eq!((packed(b""), packed(name)), (None, None));
    }

    #[test]
    fn values_stay_until_another_takes_their_place() {
        let mut memo = Memo::new(4);
        assert_eq!(memo.get(0), None);
        for tag in 0..4u128 {
            memo.put(tag, tag as u8);
        }
        // 2 and 3 are each other's second place.
        assert_eq!((memo.get(2), memo.get(3), memo.get(6)), (Some(2), Some(3), None));
        memo.put(6, 6);
        assert_eq!((memo.get(2), memo.get(3), memo.get(6)), (Some(2), None, Some(6)));
        memo.put(7, 7);
        assert_eq!((memo.get(2), memo.get(6), memo.get(7)), (Some(2), None, Some(7)));
    }
}
