//! A bounded table of subjects: the one used longest ago makes room for a new one.
//!
//! One table serves one key partition, so who is forgotten depends on the partition's own subjects and not on how many
//! workers share the work. Order of use is a number that counts up; it is saved, so a resumed run forgets the same ones.

use hashbrown::HashTable;

use crate::slots::Slots;

/// What a table is keyed by.
pub(crate) trait Key: Copy + Ord {
    /// A well-mixed hash.
    fn hash(&self) -> u64;
}

/// One subject. It begins with a line of the processor's cache, so that it touches no more of them than it must.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Slot<K, V> {
    /// Whose it is.
    pub(crate) key: K,
    /// Its model.
    pub(crate) value: V,
    /// When it was last used, in the table's own count.
    pub(crate) used: u64,
    /// Whether it changed since it was last saved.
    pub(crate) dirty: bool,
    /// Whether a row of the state holds it.
    pub(crate) saved: bool,
}

/// Neighbours of a slot in order of use. They stand apart from the models, small enough to stay in the processor's
/// cache: a use changes four of them, and only one model.
#[derive(Clone, Copy, Debug)]
struct Link {
    older: u32,
    newer: u32,
}

/// **Invariant:** `links` has one item for each slot, and the list `oldest → newest` holds every slot once, in order of
/// `used`; or there are no links, since the table is less than half full and nobody is forgotten soon.
#[derive(Debug)]
pub(crate) struct Table<K, V> {
    index: HashTable<u32>,
    slots: Slots<Slot<K, V>>,
    links: Vec<Link>,
    linked: bool,
    oldest: u32,
    newest: u32,
    uses: u64,
    capacity: usize,
    /// Saved subjects that are gone since the last save.
    forgotten: Vec<K>,
}

/// No slot.
pub(crate) const NONE: u32 = u32::MAX;

impl<K: Key, V: Default> Table<K, V> {
    /// An empty table for at most `capacity` subjects.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            index: HashTable::new(),
            slots: Slots::default(),
            links: Vec::new(),
            linked: false,
            oldest: NONE,
            newest: NONE,
            uses: 0,
            capacity: capacity.max(1),
            forgotten: Vec::new(),
        }
    }

    /// The model of `key`, made when missing, as the one used last; and whether another was forgotten for it.
    pub(crate) fn touch(&mut self, key: K) -> (Option<&mut V>, bool) {
        self.touch_at(NONE, key)
    }

    /// The same when the slot is probably `hint`, as [`Table::look`] told it.
    pub(crate) fn touch_at(&mut self, hint: u32, key: K) -> (Option<&mut V>, bool) {
        let hinted = self.slots.get(hint).is_some_and(|slot| slot.key == key);
        let (at, evicted) = if let Some(at) = if hinted { Some(hint) } else { self.find(&key) } {
            (at, false)
        } else {
            let (at, evicted) = self.place(key);
            if self.linked {
                self.link(at);
            }
            (at, evicted)
        };
        if self.linked && at != self.newest {
            self.unlink(at);
            self.link(at);
        }
        self.uses += 1;
        let used = self.uses;
        let slot = self.slots.get_mut(at);
        (
            slot.map(|slot| {
                (slot.used, slot.dirty) = (used, true);
                &mut slot.value
            }),
            evicted,
        )
    }

    /// Where the model of `key` is now, or [`NONE`]; `glance` reads of it what will be used.
    pub(crate) fn look(&self, key: &K, glance: impl FnOnce(&V)) -> u32 {
        let Some(at) = self.find(key) else { return NONE };
        if let Some(slot) = self.slots.get(at) {
            glance(&slot.value);
        }
        at
    }

    /// Puts back a saved subject. Callers bring them in order of `used`.
    pub(crate) fn restore(&mut self, key: K, value: V, used: u64) {
        let _ = self.touch(key);
        self.uses = self.uses.max(used);
        if let Some(slot) = self.find(&key).and_then(|at| self.slots.get_mut(at)) {
            (slot.value, slot.used, slot.dirty, slot.saved) = (value, used, false, true);
        }
    }

    /// The model of `key`, without using it.
    pub(crate) fn peek(&self, key: &K) -> Option<&V> {
        self.find(key).and_then(|at| self.slots.get(at)).map(|slot| &slot.value)
    }

    /// The same when the slot is probably `hint`.
    pub(crate) fn peek_at(&self, hint: u32, key: &K) -> Option<&V> {
        match self.slots.get(hint) {
            Some(slot) if slot.key == *key => Some(&slot.value),
            _ => self.peek(key),
        }
    }

    /// The model of `key`, to change, without using it.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.find(key)?;
        self.slots.get_mut(at).map(|slot| {
            slot.dirty = true;
            &mut slot.value
        })
    }

    /// Gives `from`'s model the key `to`, or merges it into the model there. The later use of the two counts.
    pub(crate) fn rename(&mut self, from: K, to: K, merge: impl FnOnce(&mut V, &V)) {
        let Some((value, used)) = self.remove(from) else { return };
        let at = if let Some(at) = self.find(&to) {
            self.unlink(at);
            if let Some(slot) = self.slots.get_mut(at) {
                merge(&mut slot.value, &value);
                slot.used = slot.used.max(used);
            }
            at
        } else {
            let (at, _) = self.place(to);
            if let Some(slot) = self.slots.get_mut(at) {
                (slot.value, slot.used) = (value, used);
            }
            at
        };
        if let Some(slot) = self.slots.get_mut(at) {
            slot.dirty = true;
        }
        if self.linked {
            self.link_by_use(at);
        }
    }

    /// Drops the model of `key`.
    pub(crate) fn forget(&mut self, key: K) {
        self.remove(key);
    }

    /// Slots in no particular but repeatable order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &Slot<K, V>> {
        self.slots.iter()
    }

    /// Slots to mark as saved.
    pub(crate) fn slots_mut(&mut self) -> impl Iterator<Item = &mut Slot<K, V>> {
        self.slots.iter_mut()
    }

    /// Saved subjects gone since the last call.
    pub(crate) fn take_forgotten(&mut self) -> Vec<K> {
        let mut gone = std::mem::take(&mut self.forgotten);
        gone.retain(|key| self.find(key).is_none());
        gone
    }

    fn find(&self, key: &K) -> Option<u32> {
        let same = |at: &u32| self.slots.get(*at).is_some_and(|slot| slot.key == *key);
        self.index.find(key.hash(), same).copied()
    }

    /// A slot for `key`, unlinked; and whether the oldest had to go.
    fn place(&mut self, key: K) -> (u32, bool) {
        if !self.linked && self.slots.len() as usize >= self.capacity / 2 {
            self.link_all();
        }
        let evicted = self.slots.len() as usize >= self.capacity;
        if evicted && let Some(oldest) = self.slots.get(self.oldest).map(|slot| slot.key) {
            self.remove(oldest);
        }
        let at = self.slots.len();
        self.slots.push(Slot { key, value: V::default(), used: 0, dirty: true, saved: false });
        if self.linked {
            self.links.push(Link { older: NONE, newer: NONE });
        }
        let slots = &self.slots;
        self.index.insert_unique(key.hash(), at, |at| slots.get(*at).map_or(0, |slot| slot.key.hash()));
        (at, evicted)
    }

    fn remove(&mut self, key: K) -> Option<(V, u64)> {
        let at = self.find(&key)?;
        self.unlink(at);
        self.index.find_entry(key.hash(), |a| *a == at).ok()?.remove();
        let slot = self.slots.swap_remove(at)?;
        if self.linked {
            self.links.swap_remove(at as usize);
        }
        if slot.saved {
            self.forgotten.push(key);
        }
        self.moved(self.slots.len(), at);
        Some((slot.value, slot.used))
    }

    /// The slot at `from` now stands at `to`: mend what points at it.
    fn moved(&mut self, from: u32, to: u32) {
        let Some(key) = self.slots.get(to).map(|slot| slot.key) else { return };
        if let Some(at) = self.index.find_mut(key.hash(), |at| *at == from) {
            *at = to;
        }
        let Some(Link { older, newer }) = self.link_of(to) else { return };
        self.set_newer(older, to);
        self.set_older(newer, to);
    }

    fn link_of(&self, at: u32) -> Option<Link> {
        self.links.get(at as usize).copied()
    }

    /// `newer` comes after `at`, or first when there is no `at`.
    fn set_newer(&mut self, at: u32, newer: u32) {
        match self.links.get_mut(at as usize) {
            Some(link) => link.newer = newer,
            None => self.oldest = newer,
        }
    }

    /// `older` comes before `at`, or last when there is no `at`.
    fn set_older(&mut self, at: u32, older: u32) {
        match self.links.get_mut(at as usize) {
            Some(link) => link.older = older,
            None => self.newest = older,
        }
    }

    fn unlink(&mut self, at: u32) {
        let Some(Link { older, newer }) = self.link_of(at) else { return };
        self.set_newer(older, newer);
        self.set_older(newer, older);
    }

    /// Links all slots by `used`, from when on every use is kept in order.
    fn link_all(&mut self) {
        self.linked = true;
        self.links = (0..self.slots.len()).map(|_| Link { older: NONE, newer: NONE }).collect();
        let mut order: Vec<(u64, u32)> = self.slots.iter().map(|slot| slot.used).zip(0..).collect();
        order.sort_unstable();
        for (_, at) in order {
            self.link(at);
        }
    }

    fn link(&mut self, at: u32) {
        self.link_after(at, self.newest);
    }

    /// Links by `used`, walking from the newest. Only renames need it, and what is renamed was used lately.
    fn link_by_use(&mut self, at: u32) {
        let used = self.slots.get(at).map_or(0, |slot| slot.used);
        let mut after = self.newest;
        while self.slots.get(after).is_some_and(|slot| slot.used > used) {
            after = self.link_of(after).map_or(NONE, |link| link.older);
        }
        self.link_after(at, after);
    }

    fn link_after(&mut self, at: u32, older: u32) {
        let newer = self.link_of(older).map_or(self.oldest, |link| link.newer);
        self.set_newer(older, at);
        self.set_older(newer, at);
        if let Some(link) = self.links.get_mut(at as usize) {
            *link = Link { older, newer };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    impl Key for u16 {
        fn hash(&self) -> u64 {
            crate::models::mix(u64::from(*self))
        }
    }

    fn order(table: &Table<u16, u32>) -> Vec<u16> {
        if !table.linked {
            let mut out: Vec<_> = table.slots().map(|slot| (slot.used, slot.key)).collect();
            out.sort_unstable();
            return out.into_iter().map(|(_, key)| key).collect();
        }
        let (mut out, mut at) = (Vec::new(), table.oldest);
        while let Some(slot) = table.slots.get(at) {
            out.push(slot.key);
            at = table.links[at as usize].newer;
        }
        out
    }

    #[derive(Clone, Debug)]
    enum Act {
        Touch(u16),
        Rename(u16, u16),
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let act = prop_oneof![4 => (0u16..12).prop_map(Act::Touch), 1 => (0u16..12, 0u16..12).prop_map(|(a, b)| Act::Rename(a, b))];
        prop::collection::vec(act, 0..200)
    }

    proptest! {
        /// The stupid model: a list of (key, use, value), oldest first.
        #[test]
        fn it_forgets_what_a_plain_list_forgets(acts in acts()) {
            let mut table = Table::<u16, u32>::new(5);
            let mut list: Vec<(u64, u16, u32)> = Vec::new();
            let mut uses = 0;
            for act in acts {
                match act {
                    Act::Touch(key) => {
                        let (value, evicted) = table.touch(key);
                        *value.unwrap() += 1;
                        uses += 1;
                        let before = list.iter().position(|e| e.1 == key).map(|i| list.remove(i).2);
                        prop_assert_eq!(evicted, before.is_none() && list.len() == 5);
                        if evicted { list.remove(0); }
                        list.push((uses, key, before.unwrap_or(0) + 1));
                    }
                    Act::Rename(from, to) if from != to => {
                        table.rename(from, to, |a, b| *a += b);
                        if let Some(i) = list.iter().position(|e| e.1 == from) {
                            let (used, _, value) = list.remove(i);
                            let other = list.iter().position(|e| e.1 == to).map(|i| list.remove(i));
                            let (u, v) = other.map_or((0, 0), |e| (e.0, e.2));
                            list.push((used.max(u), to, value + v));
                            list.sort_unstable();
                        }
                    }
                    Act::Rename(..) => {}
                }
                prop_assert_eq!(order(&table), list.iter().map(|e| e.1).collect::<Vec<_>>());
                for (_, key, value) in &list {
                    prop_assert_eq!(table.peek(key), Some(value));
                }
            }
        }
    }
}
