//! Where in a partition's table a flow lies: open addressing over one array of words, so that a look-up costs one line
//! of memory where it ends at once, as nearly all do.
//!
//! In: 32 bits of the flow's keyed hash, its tag, and its slot. Out: slots. Kept: one word for each flow, at most half of
//! the array; tags are kept in full, so that growing needs no keys. Removal moves later words back: nothing is left
//! behind that would make look-ups longer with time.

use prefetch_index::prefetch_index;

/// Tags and slots.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Tag in the upper half, slot plus one in the lower; zero is an empty cell. As many as a power of two, or none.
    cells: Vec<u64>,
    len: usize,
}

const EMPTY: u64 = 0;
/// Cells of the first array.
const CELLS_MIN: usize = 16;
/// One of so many cells may be in use.
const CELLS_PER_FLOW: usize = 2;

impl Index {
    /// The bits of a flow's hash that it is found by; those that name its partition are not among them.
    pub(super) const fn tag(hash: u64) -> u32 {
        hash as u32
    }

    /// Flows in it.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    const fn mask(&self) -> usize {
        self.cells.len().wrapping_sub(1)
    }

    fn cell(&self, at: usize) -> u64 {
        self.cells.get(at).copied().unwrap_or(EMPTY)
    }

    fn set(&mut self, at: usize, cell: u64) {
        if let Some(place) = self.cells.get_mut(at) {
            *place = cell;
        }
    }

    /// Asks for the memory that looking for `tag` begins at.
    #[inline]
    pub(super) fn touch(&self, tag: u32) {
        prefetch_index(&self.cells, tag as usize & self.mask());
    }

    /// The first slot with this tag that `is` the one looked for.
    #[inline]
    pub(super) fn find(&self, tag: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.mask();
        let mut at = tag as usize & mask;
        loop {
            let cell = self.cell(at);
            if cell == EMPTY {
                return None;
            }
            let slot = slot_of(cell);
            if tag_of(cell) == tag && is(slot) {
                return Some(slot);
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds a slot that is not in it.
    pub(super) fn insert(&mut self, tag: u32, slot: u32) {
        self.len += 1;
        if self.len * CELLS_PER_FLOW > self.cells.len() {
            self.grow();
        }
        self.put((u64::from(tag) << 32) | (u64::from(slot) + 1));
    }

    fn put(&mut self, cell: u64) {
        let mask = self.mask();
        let mut at = tag_of(cell) as usize & mask;
        while self.cell(at) != EMPTY {
            at = (at + 1) & mask;
        }
        self.set(at, cell);
    }

    #[cold]
    fn grow(&mut self) {
        let cells = vec![EMPTY; (self.cells.len() * 2).max(CELLS_MIN)];
        for cell in std::mem::replace(&mut self.cells, cells) {
            if cell != EMPTY {
                self.put(cell);
            }
        }
    }

    /// Takes a slot out; says whether it was there.
    pub(super) fn remove(&mut self, tag: u32, slot: u32) -> bool {
        let mask = self.mask();
        let gone = (u64::from(tag) << 32) | (u64::from(slot) + 1);
        let mut hole = tag as usize & mask;
        while self.cell(hole) != gone {
            if self.cell(hole) == EMPTY {
                return false;
            }
            hole = (hole + 1) & mask;
        }
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let cell = self.cell(at);
            if cell == EMPTY {
                break;
            }
            // It may stand anywhere from its home on; the hole is there when it is no nearer to `at` than the home.
            let from_home = at.wrapping_sub(tag_of(cell) as usize) & mask;
            if from_home >= at.wrapping_sub(hole) & mask {
                self.set(hole, cell);
                hole = at;
            }
        }
        self.set(hole, EMPTY);
        self.len -= 1;
        true
    }
}

const fn tag_of(cell: u64) -> u32 {
    (cell >> 32) as u32
}

const fn slot_of(cell: u64) -> u32 {
    (cell as u32).wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Insert { tag: u32 },
        Remove { nth: usize },
        Find { tag: u32 },
    }

    /// Tags that meet in the same cells, next to each other, and at the end of the array.
    fn tag() -> impl Strategy<Value = u32> {
        prop_oneof![0_u32..6, (0_u32..4).prop_map(|n| u32::MAX - n), (0_u32..8).prop_map(|n| n << 4), any::<u32>()]
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => tag().prop_map(|tag| Step::Insert { tag }),
            3 => any::<usize>().prop_map(|nth| Step::Remove { nth }),
            1 => tag().prop_map(|tag| Step::Find { tag }),
        ]
    }

    proptest! {
        #[test]
        fn agrees_with_a_sorted_map(steps in proptest::collection::vec(step(), 0..300)) {
            let (mut index, mut model, mut next) = (Index::default(), BTreeMap::<u32, u32>::new(), 0);
            for step in steps {
                match step {
                    Step::Insert { tag } => {
                        index.insert(tag, next);
                        model.insert(next, tag);
                        next += 1;
                    }
                    Step::Remove { nth } => {
                        let chosen = model.iter().nth(nth % model.len().max(1)).map(|(&slot, &tag)| (slot, tag));
                        if let Some((slot, tag)) = chosen {
                            prop_assert!(index.remove(tag, slot));
                            prop_assert!(!index.remove(tag, slot));
                            model.remove(&slot);
                        }
                    }
                    Step::Find { tag } => {
                        let known = model.values().any(|&t| t == tag);
                        prop_assert_eq!(index.find(tag, |_| true).is_some(), known);
                    }
                }
                prop_assert_eq!(index.len(), model.len());
                prop_assert_eq!(index.cells.iter().filter(|&&cell| cell != EMPTY).count(), model.len());
                for (&slot, &tag) in &model {
                    prop_assert_eq!(index.find(tag, |s| s == slot), Some(slot));
                }
            }
        }
    }

    #[test]
    fn nothing_is_found_where_nothing_was_ever_put() {
        let mut index = Index::default();
        assert_eq!(index.find(7, |_| true), None);
        assert!(!index.remove(7, 0));
        index.touch(7);
    }
}
