//! Whether one caller makes most of something: a majority vote (Boyer, Moore 1981) that keeps one name.

use serde::{Deserialize, Serialize};

/// Calls from which on a majority says something.
const CALLS_MIN: u32 = 12;

/// Votes of calls for their callers. More than three quarters are found whatever the order, since each call of another
/// hides one at most; whom it names has more than half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Votes {
    who: u32,
    lead: u32,
    /// Calls of that caller since it has the lead: at most as many as it made.
    own: u32,
    all: u32,
}

impl Votes {
    /// A call of `who`.
    pub(super) const fn count(&mut self, who: u32) {
        if self.all == u32::MAX {
            // Both shares stay.
            (self.lead, self.own, self.all) = (self.lead / 2, self.own / 2, self.all / 2);
        }
        self.all += 1;
        if self.lead == 0 && self.who != who {
            (self.who, self.own) = (who, 0);
        }
        if self.who == who {
            self.lead += 1;
            self.own += 1;
        } else {
            self.lead -= 1;
        }
    }

    /// Who makes more than half of the calls, if anybody does.
    pub(super) const fn most(&self) -> Option<u32> {
        if self.all >= CALLS_MIN && self.own > self.all / 2 { Some(self.who) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::mix;

    #[test]
    fn who_makes_most_is_named_in_any_order_and_who_makes_less_than_half_never() {
        for seed in 0..200_u64 {
            for (hundredths, named) in [(75, true), (45, false)] {
                let mut votes = Votes::default();
                for n in 0..600_u64 {
                    let luck = mix(mix(seed) ^ n);
                    votes.count(if luck % 100 < hundredths { 7 } else { 8 + (luck >> 32) as u32 % 9 });
                }
                assert_eq!(votes.most(), named.then_some(7), "seed {seed}");
            }
        }
    }

    #[test]
    fn more_than_three_quarters_are_named_though_all_others_came_first() {
        let mut votes = Votes::default();
        (0..24).for_each(|_| votes.count(9));
        (0..76).for_each(|_| votes.count(7));
        assert_eq!(votes.most(), Some(7));
    }

    #[test]
    fn a_few_calls_are_no_majority_and_a_full_count_goes_on() {
        let mut votes = Votes::default();
        (1..CALLS_MIN).for_each(|_| votes.count(3));
        assert_eq!(votes.most(), None);
        votes.count(3);
        assert_eq!(votes.most(), Some(3));
        let mut full = Votes { who: 3, lead: u32::MAX, own: u32::MAX, all: u32::MAX };
        (0..9).for_each(|_| full.count(4));
        assert_eq!(full.most(), Some(3));
    }
}
