//! How fast, and how evenly, an operation is carried out: by a sample of its callers, and by networks.
//!
//! Kept: [`FLOW_PEERS_MAX`] callers, those with the smallest hashes, so that the sample is even over callers; and
//! [`FLOW_ACTORS_MAX`] networks, of which machines stay longest.

use model::limits::{FLOW_ACTORS_MAX, FLOW_PEERS_MAX};
use serde::{Deserialize, Serialize};

use super::ACCOUNTS_MAX;

/// No person is faster than that, and none slower is taken for a machine; milliseconds.
const MACHINE_MILLIS: f32 = 3_000.0;
/// A machine is so many times as fast as the quickest of the others.
const TIMES: f32 = 2.0;
/// The quickest callers that may be machines themselves, and callers by which the pace is known.
const ODD_PEERS: usize = 2;
const PEERS_MIN: usize = 8;
/// Runs of a caller that its pace remembers.
const PEER_RUNS: u16 = 16;
/// Runs further apart are told apart; milliseconds.
const DAY: u64 = 86_400_000;
const SITTING: u64 = 3_600_000;
/// Even times: so many of them, whose logarithms deviate no more than that. Of twenty times that people need, with a deviation of
/// a half or more, fewer than one set in 10¹² is so even (χ² with 19 degrees of freedom below 0.8).
const TIMES_MIN: u16 = 20;
const EVEN: f32 = 0.1;
/// The same for peers, and what is certainly not even.
const PEER_TIMES_MIN: u16 = 8;
const PEER_EVEN: f32 = 0.2;
const UNEVEN: f32 = 0.4;
/// Times that the deviation remembers.
const TIMES_KEPT: u16 = 64;

/// Times between runs, on a logarithmic scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Times {
    count: u16,
    mean: f32,
    variance: f32,
}

impl Times {
    fn add(&mut self, millis: u64) {
        let off = (millis.max(1) as f32 / 1e3).ln() - self.mean;
        self.count = (self.count + 1).min(TIMES_KEPT);
        let share = 1.0 / f32::from(self.count);
        self.mean += off * share;
        self.variance = ((1.0 - share) * (self.variance + share * off * off)).max(0.0);
    }

    /// Deviation of their logarithms.
    pub(super) fn deviation(&self) -> f32 {
        self.variance.sqrt()
    }

    /// Their middle in seconds.
    pub(super) fn middle(&self) -> f32 {
        self.mean.exp()
    }

    pub(super) fn are_even(&self) -> bool {
        self.count >= TIMES_MIN && self.deviation() <= EVEN
    }

    fn are_even_for_a_peer(&self) -> bool {
        self.count >= PEER_TIMES_MIN && self.deviation() <= PEER_EVEN
    }

    fn are_uneven(&self) -> bool {
        self.count >= PEER_TIMES_MIN && self.deviation() >= UNEVEN
    }
}

/// A caller of the sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Peer {
    who: u32,
    /// Mean logarithm of the milliseconds from the step before, and how many runs had one.
    gap: f32,
    gaps: u16,
    last: u64,
    times: Times,
}

/// A network with the operations of all its accounts within a day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Actor {
    pub(super) network: u32,
    pub(super) runs: u32,
    pub(super) fast: u32,
    /// Sum of the logarithms of the milliseconds of fast runs.
    pub(super) gaps: f32,
    /// Fast runs while the operation was learned, and whether it was seen then.
    pub(super) early: u16,
    pub(super) from_the_first: bool,
    /// Whether its times were uneven once.
    pub(super) was_uneven: bool,
    pub(super) times: Times,
    pub(super) accounts: Vec<u32>,
    pub(super) told: bool,
    last: u64,
}

impl Actor {
    pub(super) fn forget_runs(&mut self) {
        (self.runs, self.fast, self.gaps) = (0, 0, 0.0);
        self.times = Times::default();
        self.accounts.clear();
    }

    /// Who goes first: people, then who is no machine for sure, then who was seen longest ago.
    const fn rank(&self) -> (bool, bool, u64, u32) {
        (self.told || self.early > 0, self.fast > 0, self.last, self.network)
    }
}

/// Callers and networks of one operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Pace {
    peers: Vec<Peer>,
    actors: Vec<Actor>,
    #[serde(skip)]
    cut: u32,
}

impl Pace {
    pub(super) fn merge(&mut self, other: &Self) {
        self.peers.extend(&other.peers);
        // Of one caller twice, the better known stays.
        self.peers.sort_by_key(|peer| (peer.who, std::cmp::Reverse((peer.gaps, peer.last, peer.gap.to_bits()))));
        self.peers.dedup_by_key(|peer| peer.who);
        self.peers.truncate(FLOW_PEERS_MAX);
        self.actors.extend(other.actors.iter().cloned());
        self.actors
            .sort_by_key(|actor| (actor.network, std::cmp::Reverse((actor.early, actor.last, actor.runs, actor.fast))));
        self.actors.dedup_by_key(|actor| actor.network);
        self.actors.sort_by_key(|actor| std::cmp::Reverse(actor.rank()));
        self.actors.truncate(FLOW_ACTORS_MAX);
    }

    pub(super) fn take_cut(&mut self) -> u32 {
        std::mem::take(&mut self.cut)
    }

    pub(super) fn actor(&self, network: u32) -> Option<&Actor> {
        self.actors.iter().find(|actor| actor.network == network)
    }

    pub(super) fn actors_mut(&mut self) -> impl Iterator<Item = &mut Actor> {
        self.actors.iter_mut()
    }

    pub(super) fn peers(&self) -> usize {
        self.peers.iter().filter(|peer| peer.gaps > 0).count()
    }

    /// Whether enough callers are known.
    pub(super) fn is_known(&self) -> bool {
        self.peers() >= PEERS_MIN
    }

    /// Callers with even times.
    pub(super) fn even_peers(&self) -> usize {
        self.peers.iter().filter(|peer| peer.times.are_even_for_a_peer()).count()
    }

    /// Milliseconds from the step before, of the quickest caller that is no odd one.
    pub(super) fn quickest(&self) -> Option<f32> {
        let mut gaps: Vec<f32> = self.peers.iter().filter(|peer| peer.gaps > 0).map(|peer| peer.gap).collect();
        gaps.sort_by(f32::total_cmp);
        gaps.get(ODD_PEERS).map(|gap| gap.exp())
    }

    /// Milliseconds up to which a run is one of a machine.
    pub(super) fn bound(&self) -> f32 {
        let quickest = if self.is_known() { self.quickest() } else { None };
        quickest.map_or(MACHINE_MILLIS, |quickest| (quickest / TIMES).min(MACHINE_MILLIS))
    }

    /// Counts a run of a network; whether it is its first one within a day.
    pub(super) fn count(
        &mut self,
        network: u32,
        account: u32,
        at: u64,
        gap: Option<f32>,
        fast: bool,
        learned: bool,
    ) -> bool {
        let Some(actor) = self.actor_of(network, learned) else { return false };
        let before = std::mem::replace(&mut actor.last, at);
        let since = at.saturating_sub(before);
        if since > DAY && !actor.told {
            actor.forget_runs();
        }
        let first = actor.runs == 0;
        actor.was_uneven |= actor.times.are_uneven();
        if since > SITTING {
            actor.times = Times::default();
        } else if !first {
            actor.times.add(since);
        }
        actor.runs = actor.runs.saturating_add(1);
        if let Some(gap) = gap.filter(|_| fast) {
            actor.fast = actor.fast.saturating_add(1);
            actor.gaps += gap.ln();
            actor.early = actor.early.saturating_add(u16::from(!learned));
        }
        if actor.accounts.len() < ACCOUNTS_MAX && !actor.accounts.contains(&account) {
            actor.accounts.push(account);
        }
        first
    }

    fn actor_of(&mut self, network: u32, learned: bool) -> Option<&mut Actor> {
        if let Some(at) = self.actors.iter().position(|actor| actor.network == network) {
            return self.actors.get_mut(at);
        }
        if self.actors.len() >= FLOW_ACTORS_MAX {
            let last = (0..self.actors.len()).min_by_key(|at| self.actors.get(*at).map(Actor::rank))?;
            let gone = self.actors.swap_remove(last);
            self.cut = self.cut.saturating_add(u32::from(gone.fast > 0 || gone.early > 0));
        }
        self.actors.push(Actor { network, from_the_first: !learned, ..Actor::default() });
        self.actors.last_mut()
    }

    /// Learns from a run of a caller that is no machine.
    pub(super) fn learn(&mut self, who: u32, at: u64, gap: Option<f32>) {
        let place = self.peers.partition_point(|peer| peer.who < who);
        if self.peers.get(place).is_none_or(|peer| peer.who != who) {
            if place >= FLOW_PEERS_MAX {
                return;
            }
            self.peers.insert(place, Peer { who, ..Peer::default() });
            self.peers.truncate(FLOW_PEERS_MAX);
        }
        let Some(peer) = self.peers.get_mut(place) else { return };
        let since = at.saturating_sub(std::mem::replace(&mut peer.last, at));
        if since <= SITTING {
            peer.times.add(since);
        }
        if let Some(gap) = gap {
            peer.gaps = (peer.gaps + 1).min(PEER_RUNS);
            peer.gap += (gap.max(1.0).ln() - peer.gap) / f32::from(peer.gaps);
        }
    }
}
