//! What other callers of an endpoint do: an even sample of its identities, each with counts of the objects it touched.
//!
//! In: every access to an object of the endpoint. Out: [`Reference`], the distribution a caller is compared with.
//!
//! Every worker keeps the same sample from the same observations, so that a pair is judged alike whoever owns it. The
//! sample is the `PEERS_PER_ENDPOINT_MAX` identities with the smallest hashes: even over identities (a busy one counts
//! once), and an identity once left out stays out, so that each one kept was followed from its first access.

use model::Id;
use model::limits::PEERS_PER_ENDPOINT_MAX;
use serde::{Deserialize, Serialize};

use crate::access::{Access, Walk};
use crate::models::mix;
use crate::models::spread::Spread;
use crate::models::tail;

/// Bits of a peer's map of objects.
const BITS: u32 = 192;
/// Objects above which the map no longer tells new ones: such a peer is known to be a heavy reader, not how heavy.
const HEAVY: u8 = 140;
/// Peers with an object that make a distribution.
pub(crate) const SUPPORT_MIN: usize = 5;

/// One caller of the sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Peer {
    id: u32,
    walk: Walk,
    objects: [u64; (BITS / 64) as usize],
    hour: u32,
    hour_new: u8,
    hour_max: u8,
    day_new: u8,
    day_max: u8,
    /// Objects: at most [`BITS`] of them.
    new: u8,
    refused: u8,
    foreign: u8,
    steps: u8,
    #[serde(default)]
    undisclosed: u8,
}

/// The sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<Peer>", into = "Vec<Peer>")]
pub(crate) struct Peers {
    /// Sorted by id.
    list: Vec<Peer>,
    /// Callers with a larger id have no place.
    last: u32,
}

impl From<Vec<Peer>> for Peers {
    fn from(list: Vec<Peer>) -> Self {
        Self { last: last_of(&list), list }
    }
}

impl From<Peers> for Vec<Peer> {
    fn from(peers: Peers) -> Self {
        peers.list
    }
}

impl Default for Peers {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

fn last_of(sample: &[Peer]) -> u32 {
    sample.last().filter(|_| sample.len() >= PEERS_PER_ENDPOINT_MAX).map_or(u32::MAX, |peer| peer.id)
}

/// How others behave, without the one that is judged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reference {
    /// Peers with at least one object.
    pub(crate) peers: usize,
    /// New objects in the busiest hour, the busiest day and ever: mean and variance of `ln(1 + n)`, and the largest.
    pub(crate) hour: Spread,
    /// See `hour`.
    pub(crate) day: Spread,
    /// See `hour`.
    pub(crate) all: Spread,
    /// Mean share of refusals, of others' objects and of steps to the next number.
    pub(crate) refused: f64,
    /// See `refused`.
    pub(crate) foreign: f64,
    /// See `refused`.
    pub(crate) steps: f64,
    /// Mean share of objects that were in no answer to the caller.
    pub(crate) undisclosed: f64,
    /// Steps to the next number, ever.
    pub(crate) walked: Spread,
    /// Objects that were in no answer to the caller, ever.
    pub(crate) unknown: Spread,
    /// Whether so many peers read so much that breadth tells nothing.
    pub(crate) heavy: bool,
}

impl Peers {
    /// Counts one access. Callers outside the sample cost one comparison.
    pub(crate) fn count(&mut self, identity: &Id, access: &Access) {
        let id = id_of(identity);
        if self.last < id {
            return;
        }
        let at = match self.list.binary_search_by_key(&id, |peer| peer.id) {
            Ok(at) => at,
            Err(at) => {
                self.list.insert(at, Peer { id, ..Peer::default() });
                self.list.truncate(PEERS_PER_ENDPOINT_MAX);
                self.last = last_of(&self.list);
                at
            }
        };
        if let Some(peer) = self.list.get_mut(at) {
            peer.count(access);
        }
    }

    /// Takes the callers of another sensor's sample; of one in both, what the sensor saw that saw more of it.
    pub(crate) fn merge(&mut self, other: &Self) {
        let mut all: Vec<Peer> = self.list.iter().chain(&other.list).cloned().collect();
        let seen = |peer: &Peer| (peer.new, peer.hour, peer.objects);
        all.sort_by(|a, b| a.id.cmp(&b.id).then(seen(b).cmp(&seen(a))));
        all.dedup_by_key(|peer| peer.id);
        all.truncate(PEERS_PER_ENDPOINT_MAX);
        *self = Self::from(all);
    }

    /// Callers with a larger id have no place.
    pub(crate) const fn last(&self) -> u32 {
        self.last
    }

    /// How callers other than `identity` behave.
    pub(crate) fn reference(&self, identity: &Id) -> Reference {
        let except = id_of(identity);
        let peers: Vec<&Peer> = self.list.iter().filter(|peer| peer.id != except && peer.new > 0).collect();
        let spread = |value: fn(&Peer) -> u8| Spread::of(peers.iter().map(|peer| u32::from(value(peer))).collect());
        let mean = |part: fn(&Peer) -> u8| typical_share(&peers, part, FEW);
        Reference {
            peers: peers.len(),
            hour: spread(|peer| peer.hour_max.max(peer.hour_new)),
            day: spread(|peer| peer.day_max.max(peer.day_new)),
            all: spread(|peer| peer.new),
            refused: typical_share(&peers, |peer| peer.refused, 0),
            foreign: mean(|peer| peer.foreign),
            steps: mean(|peer| peer.steps),
            undisclosed: mean(|peer| peer.undisclosed),
            walked: spread(|peer| peer.steps),
            unknown: spread(|peer| peer.undisclosed),
            heavy: peers.iter().filter(|peer| peer.new >= HEAVY).count() * 8 > peers.len(),
        }
    }
}

/// Mean over peers of a share of their new objects, and a little added for what was not seen yet. Of the largest eighth those
/// count that the others do not make unlikely, as if they had touched `few` objects more: where most touched few, who met one
/// dead link or one object of another is no offender.
fn typical_share(peers: &[&Peer], part: fn(&Peer) -> u8, few: u32) -> f64 {
    let of = |peer: &&Peer| (u32::from(part(peer)), u32::from(peer.new.max(1)));
    let mut counts: Vec<(u32, u32)> = peers.iter().map(of).collect();
    let share = |(hits, tries): (u32, u32)| f64::from(hits) / f64::from(tries);
    counts.sort_unstable_by(|a, b| share(*a).total_cmp(&share(*b)).then(a.cmp(b)));
    let sure = counts.len() - counts.len() / 8;
    let (mut sum, mut kept) = (UNSEEN, 1.0);
    for (at, (hits, tries)) in counts.into_iter().enumerate() {
        if at < sure {
            (sum, kept) = (sum + share((hits, tries)), kept + 1.0);
        } else if tail::share(hits, tries, (sum / kept).clamp(1e-4, 0.99), SHARE_SPREAD) < UNLIKE {
            (sum, kept) = (sum + share((hits, tries + few)), kept + 1.0);
        }
    }
    (sum / kept).clamp(1e-4, 0.99)
}

/// What callers are ordered by: they are told apart well enough by half a prefix.
const fn id_of(identity: &Id) -> u32 {
    (identity.prefix() >> 32) as u32
}

/// Share a caller not seen yet is taken to have.
const UNSEEN: f64 = 0.05;
/// Spread of shares between callers, in pseudo-calls: as heavy as a share can differ.
pub(crate) const SHARE_SPREAD: f64 = 2.0;
/// How rare a share is, in nats, that is not counted among the usual ones: 1e-3.
const UNLIKE: f64 = 6.9;
/// Objects more that such a caller is taken to have touched.
const FEW: u32 = 2;

impl Peer {
    fn count(&mut self, access: &Access) {
        self.turn(access.hour);
        let bit = (mix(access.object) >> 32) as u32 % BITS;
        let Some(word) = self.objects.get_mut((bit / 64) as usize) else { return };
        let new = *word & (1 << (bit % 64)) == 0;
        *word |= 1 << (bit % 64);
        if !new {
            return;
        }
        for (sum, more) in [
            (&mut self.new, true),
            (&mut self.refused, access.facts.refused > 0),
            (&mut self.foreign, access.facts.foreign > 0),
            (&mut self.steps, self.walk.goes_on(access)),
            (&mut self.undisclosed, access.facts.undisclosed > 0),
        ] {
            *sum = sum.saturating_add(u8::from(more));
        }
        self.walk.stand(access.number);
        self.hour_new = self.hour_new.saturating_add(1);
        self.day_new = self.day_new.saturating_add(1);
    }

    /// Closes the hour, and the day with it.
    fn turn(&mut self, hour: u32) {
        if hour <= self.hour {
            return;
        }
        self.hour_max = self.hour_max.max(self.hour_new);
        self.hour_new = 0;
        if hour / 24 > self.hour / 24 {
            self.day_max = self.day_max.max(self.day_new);
            self.day_new = 0;
        }
        self.hour = hour;
    }
}

const _: () = assert!(size_of::<Peer>() * PEERS_PER_ENDPOINT_MAX <= model::limits::MODEL_BYTES_MAX);
const _: () = assert!(BITS <= u8::MAX as u32);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::access::Facts;

    fn access(object: u64) -> Access {
        Access { object, facts: Facts { new: 1, ok: 1, ..Facts::default() }, ..Access::default() }
    }

    proptest! {
        #[test]
        fn the_sample_does_not_depend_on_order_of_callers(mut callers in prop::collection::vec(any::<[u8; 16]>(), 1..60)) {
            let count = |callers: &[[u8; 16]]| {
                let mut peers = Peers::default();
                for id in callers {
                    peers.count(&Id(*id), &access(3));
                }
                peers
            };
            let forth = count(&callers);
            callers.reverse();
            prop_assert_eq!(forth, count(&callers));
        }
    }
}
