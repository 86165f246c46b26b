//! To whom an object belongs, as far as the traffic shows: the first identity that was given it.
//!
//! In: every successful access to an object. Out: nobody, one identity, or several (then it is public). Every worker
//! keeps the same table from the same observations, so a judgement does not depend on who owns the subject.
//!
//! Kept: `OBJECT_OWNERS_MAX` slots of eight bytes, found by hash. A newer object takes the slot of an older one, which
//! is then simply unknown again: less evidence, never wrong evidence (but for one object in 2³² that share a check).

use model::Id;
use model::limits::OBJECT_OWNERS_MAX;

/// Slots of one block: the unit that is saved.
const BLOCK_SLOTS: usize = 4096;
const BLOCKS: usize = OBJECT_OWNERS_MAX / BLOCK_SLOTS;
const MANY: u32 = u32::MAX;

/// Who touched an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Nobody that is remembered.
    Unknown,
    /// One identity.
    One(Tag),
    /// Several.
    Many,
}

/// 32 bits of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag(u32);

impl Tag {
    /// Of an identity.
    pub(crate) const fn of(id: &Id) -> Self {
        Self::of_hash(id.prefix())
    }

    /// Of what has that hash; never 0 nor all ones.
    pub(crate) const fn of_hash(hash: u64) -> Self {
        let tag = (hash >> 8) as u32;
        Self(if tag == 0 || tag == MANY { 1 } else { tag })
    }
}

/// 4,096 slots: `check`, then owner (0: empty).
#[derive(Clone, Debug, Default)]
struct Block(Vec<(u32, u32)>);

/// The table. A block is made when first needed.
#[derive(Debug)]
pub(crate) struct Owners {
    blocks: Vec<Option<Block>>,
    dirty: u64,
}

const _: () = assert!(BLOCKS <= 64, "one bit of `dirty` for each block");

impl Default for Owners {
    fn default() -> Self {
        Self { blocks: (0..BLOCKS).map(|_| None).collect(), dirty: 0 }
    }
}

impl Owners {
    /// Who touched `object` (a well-mixed hash).
    pub(crate) fn get(&self, object: u64) -> Owner {
        let (block, slot, check) = place(object);
        match self.blocks.get(block).and_then(Option::as_ref).and_then(|b| b.0.get(slot)) {
            Some(&(c, owner)) if c == check && owner != 0 => {
                if owner == MANY {
                    Owner::Many
                } else {
                    Owner::One(Tag(owner))
                }
            }
            _ => Owner::Unknown,
        }
    }

    /// `tag` was given `object`.
    pub(crate) fn claim(&mut self, object: u64, tag: Tag) {
        let (block, slot, check) = place(object);
        let Some(entry) = self.blocks.get_mut(block) else { return };
        let entry = entry.get_or_insert_with(|| Block(vec![(0, 0); BLOCK_SLOTS]));
        let Some(entry) = entry.0.get_mut(slot) else { return };
        let now = if entry.0 != check || entry.1 == 0 || entry.1 == tag.0 { tag.0 } else { MANY };
        if *entry != (check, now) {
            *entry = (check, now);
            self.dirty |= 1 << block;
        }
    }

    /// Numbers and bytes of the blocks changed since the last call.
    pub(crate) fn save(&mut self) -> Vec<(u32, Vec<u8>)> {
        let dirty = std::mem::take(&mut self.dirty);
        let rows = self.blocks.iter().enumerate().filter(|(i, _)| dirty & (1 << i) != 0);
        rows.filter_map(|(i, block)| Some((i as u32, pack(block.as_ref()?)))).collect()
    }

    /// Puts back a saved block.
    pub(crate) fn restore(&mut self, block: u32, bytes: &[u8]) {
        if let Some(entry) = self.blocks.get_mut(block as usize) {
            *entry = Some(unpack(bytes));
        }
    }
}

const fn place(object: u64) -> (usize, usize, u32) {
    let slot = (object >> 32) as usize % OBJECT_OWNERS_MAX;
    (slot / BLOCK_SLOTS, slot % BLOCK_SLOTS, object as u32)
}

/// Ten bytes for each slot in use, little-endian: number, check, owner.
fn pack(block: &Block) -> Vec<u8> {
    let mut out = Vec::new();
    for (&(check, owner), slot) in block.0.iter().zip(0u16..).filter(|((_, owner), _)| *owner != 0) {
        out.extend(slot.to_le_bytes());
        out.extend(check.to_le_bytes());
        out.extend(owner.to_le_bytes());
    }
    out
}

fn unpack(bytes: &[u8]) -> Block {
    let mut slots = vec![(0, 0); BLOCK_SLOTS];
    for &[n0, n1, c0, c1, c2, c3, o0, o1, o2, o3] in bytes.as_chunks::<10>().0 {
        if let Some(slot) = slots.get_mut(usize::from(u16::from_le_bytes([n0, n1]))) {
            *slot = (u32::from_le_bytes([c0, c1, c2, c3]), u32::from_le_bytes([o0, o1, o2, o3]));
        }
    }
    Block(slots)
}

/// Two saved blocks of one number as one. An object with another owner in each is of several; of two objects that share a
/// slot the first block's stays.
pub(crate) fn merged(one: &[u8], other: &[u8]) -> Vec<u8> {
    let mut out = unpack(one);
    for (mine, theirs) in out.0.iter_mut().zip(unpack(other).0) {
        *mine = match (*mine, theirs) {
            ((_, 0), theirs) => theirs,
            (mine, (_, 0)) => mine,
            ((check, owner), (other, also)) if check == other && owner != also => (check, MANY),
            (mine, _) => mine,
        };
    }
    pack(&out)
}

#[cfg(test)]
mod tests {
    use super::super::models::mix;
    use super::*;

    #[test]
    fn an_object_of_two_is_public_and_stays_so_when_restored() {
        let (a, b) = (Tag::of(&Id([1; 16])), Tag::of(&Id([2; 16])));
        let mut owners = Owners::default();
        assert_eq!(owners.get(mix(7)), Owner::Unknown);
        owners.claim(mix(7), a);
        owners.claim(mix(7), a);
        owners.claim(mix(8), b);
        assert_eq!(owners.get(mix(7)), Owner::One(a));
        owners.claim(mix(7), b);
        let mut again = Owners::default();
        owners.save().iter().for_each(|(block, bytes)| again.restore(*block, bytes));
        assert_eq!((again.get(mix(7)), again.get(mix(8))), (Owner::Many, Owner::One(b)));
        assert!(owners.save().is_empty());
    }

    #[test]
    fn an_object_that_two_sensors_saw_with_different_owners_is_public() {
        let saved = |claims: &[(u64, u8)]| {
            let mut owners = Owners::default();
            for (object, owner) in claims {
                owners.claim(*object, Tag::of(&Id([*owner; 16])));
            }
            owners.save().remove(0).1
        };
        let block = merged(&saved(&[(1, 1), (2, 1)]), &saved(&[(1, 2), (2, 1), (1 << 32 | 3, 2)]));
        let mut owners = Owners::default();
        owners.restore(0, &block);
        let one = |owner: u8| Owner::One(Tag::of(&Id([owner; 16])));
        assert_eq!([1, 2, 1 << 32 | 3].map(|object| owners.get(object)), [Owner::Unknown, one(1), one(2)]);
    }
}
