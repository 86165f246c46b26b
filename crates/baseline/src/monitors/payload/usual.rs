//! Which payloads are usual on an endpoint: code in a paste service, addresses of own hosts in the settings of a webhook.

use std::collections::BTreeMap;

use model::{Id, PacketTime, Signal};
use serde::{Deserialize, Serialize};

use super::waits::Waits;
use crate::models::mix;
use crate::monitors::Model;

/// Pairs of rule and name that are known of an endpoint, and networks of each.
const PAIRS_MAX: usize = 32;
const SENDERS_MAX: usize = 4;
/// So many other networks on so many days make it usual: attackers come with many addresses, seldom day after day with the
/// same rule under the same name.
const SENDERS_MIN: usize = 3;
const DAYS_MIN: u32 = 3;

/// What everybody's calls of one endpoint hold.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Usual {
    pairs: BTreeMap<u64, Pair>,
    /// How long its calls without payloads wait.
    #[serde(default)]
    waits: Waits,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Pair {
    senders: Vec<u64>,
    days: u32,
    day: u32,
}

impl Model for Usual {
    fn merge(&mut self, other: &Self) {
        for (key, theirs) in &other.pairs {
            let mine = self.pairs.entry(*key).or_default();
            mine.senders.extend(&theirs.senders);
            mine.senders.sort_unstable();
            mine.senders.dedup();
            mine.senders.truncate(SENDERS_MAX);
            (mine.days, mine.day) = (mine.days.max(theirs.days), mine.day.max(theirs.day));
        }
        self.waits.merge(&other.waits);
        while self.pairs.len() > PAIRS_MAX {
            self.pairs.pop_last();
        }
    }
}

impl Usual {
    /// How long other calls wait.
    pub(super) const fn waits(&self) -> &Waits {
        &self.waits
    }

    /// Learns from a call without payloads that stands for so many.
    pub(super) fn waited(&mut self, micros: u32, calls: u32) {
        self.waits.add(micros, calls);
    }

    /// Whether others than `me` send what matches that rule under that name.
    pub(super) fn has(&self, signal: &Signal, name: &[u8], me: Id) -> bool {
        self.pairs.get(&key(signal, name)).is_some_and(|pair| {
            let others = pair.senders.iter().filter(|sender| **sender != me.prefix()).count();
            pair.days >= DAYS_MIN && others >= SENDERS_MIN
        })
    }

    /// Learns from one payload.
    pub(super) fn add(&mut self, signal: &Signal, name: &[u8], me: Id, now: PacketTime) {
        let key = key(signal, name);
        if self.pairs.len() >= PAIRS_MAX && !self.pairs.contains_key(&key) {
            return;
        }
        let pair = self.pairs.entry(key).or_default();
        let day = (now.seconds() / 86_400) as u32;
        if day != pair.day {
            (pair.day, pair.days) = (day, pair.days.saturating_add(1));
        }
        if pair.senders.len() < SENDERS_MAX && !pair.senders.contains(&me.prefix()) {
            pair.senders.push(me.prefix());
        }
    }
}

fn key(signal: &Signal, name: &[u8]) -> u64 {
    let start = mix(signal.value << 8 | signal.place as u64);
    name.iter().fold(start, |hash, byte| mix(hash ^ u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(value: u64) -> Signal {
        Signal { value, ..Signal::default() }
    }

    #[test]
    fn three_others_on_three_days_make_a_rule_usual_under_that_name_only() {
        let who = |of: u8| Id::of("network", &[&[of]]);
        let mut usual = Usual::default();
        for of in 0..3u8 {
            assert!(!usual.has(&signal(7), b"text", who(9)));
            usual.add(&signal(7), b"text", who(of), PacketTime::from_parts(86_400 * (u64::from(of) + 1), 0));
        }
        assert!(usual.has(&signal(7), b"text", who(9)));
        assert!(!usual.has(&signal(7), b"text", who(0)), "its own calls do not vouch for it");
        assert!(!usual.has(&signal(7), b"id", who(9)) && !usual.has(&signal(8), b"text", who(9)));
    }

    #[test]
    fn many_networks_on_one_day_make_nothing_usual() {
        let mut usual = Usual::default();
        for of in 0..100u8 {
            usual.add(&signal(7), b"text", Id::of("network", &[&[of]]), PacketTime::from_parts(86_400, 0));
        }
        assert!(!usual.has(&signal(7), b"text", Id::of("network", &[&[200]])));
        assert!(usual.pairs.values().all(|pair| pair.senders.len() <= SENDERS_MAX));
    }
}
