//! Which flows hold most of a partition's budget, without looking at the others.
//!
//! In: a flow whenever what it holds doubled. Out: flows, those that hold most first, to a factor of two. Kept: one list for
//! each power of two; a place is stale once its flow ended or stands in another list. Every step is paid for by the segment
//! that made its flow grow.

use std::collections::VecDeque;

use model::limits;

use super::entry::Waiting;

/// Lists: the first for what holds [`limits::HELD_LISTED_MIN`] or more, each next one for twice as much.
const CLASSES: usize = 16;

/// Lists of flows by what they hold.
#[derive(Debug, Default)]
pub(super) struct Holders {
    lists: [VecDeque<Waiting>; CLASSES],
}

/// The list of flows that hold so much; 0: none.
pub(super) const fn class(bytes: usize) -> u8 {
    match (bytes / limits::HELD_LISTED_MIN).checked_ilog2() {
        Some(log) if log < CLASSES as u32 => log as u8 + 1,
        Some(_) => CLASSES as u8,
        None => 0,
    }
}

impl Holders {
    /// Puts a flow in the list of its class, if there is one. Stale places go once they are as many as `flows`.
    pub(super) fn list(&mut self, class: u8, holder: Waiting, flows: usize, is_live: impl Fn(&Waiting, u8) -> bool) {
        let Some(list) = usize::from(class).checked_sub(1).and_then(|at| self.lists.get_mut(at)) else { return };
        list.push_back(holder);
        if list.len() > 2 * flows + 64 {
            list.retain(|holder| is_live(holder, class));
        }
    }

    /// Takes the place that stands longest in the list of those that hold most.
    pub(super) fn most(&mut self) -> Option<(u8, Waiting)> {
        (1..=CLASSES as u8).zip(&mut self.lists).rev().find_map(|(class, list)| Some((class, list.pop_front()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_double_and_the_smallest_holders_have_none() {
        let min = limits::HELD_LISTED_MIN;
        assert_eq!([0, min - 1, min, 2 * min - 1, 2 * min, usize::MAX].map(class), [0, 0, 1, 1, 2, CLASSES as u8]);
    }

    #[test]
    fn those_that_hold_most_come_first_and_lists_stay_bounded() {
        let (mut holders, at) = (Holders::default(), |slot| Waiting { slot, first: 0, tag: 0, since: 0 });
        for (class, slot) in [(1, 1), (3, 2), (3, 3), (0, 4)] {
            holders.list(class, at(slot), 4, |_, _| true);
        }
        let order: Vec<_> = std::iter::from_fn(|| holders.most()).map(|(class, holder)| (class, holder.slot)).collect();
        assert_eq!(order, [(3, 2), (3, 3), (1, 1)]);
        for slot in 0..10_000 {
            holders.list(2, at(slot), 4, |holder, _| holder.slot.is_multiple_of(1_000));
        }
        assert!(holders.lists[1].len() <= 2 * 4 + 65);
    }
}
