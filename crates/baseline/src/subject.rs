//! Models of identities and of pairs of identity and endpoint, and the partition of key space that holds them together.

use model::identity::IdentityKind;
use model::limits::{IDENTITIES_MAX, IDENTITY_ADDRESSES_MAX, IDENTITY_BYTES_MAX, KEY_PARTITIONS, PAIRS_MAX};
use model::{Id, PacketTime};
use serde::{Deserialize, Serialize};

use crate::detectors::object_enumeration::Objects;
use crate::endpoints::Local;
use crate::models::distinct::Distinct;
use crate::models::mix;
use crate::table::{Key, Slot, Table};

/// What is known of one identity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct IdentityModel {
    /// What it was read from.
    pub(crate) kind: IdentityKind,
    /// First call.
    pub(crate) first_at: PacketTime,
    /// Addresses it came from, in order of first sight.
    pub(crate) addresses: Vec<[u8; 16]>,
    /// Clients it came with; kept of addresses only, which may stand for many people.
    #[serde(default)]
    pub(crate) clients: Distinct,
    /// Whether it ever called from outside.
    #[serde(default)]
    pub(crate) outside: bool,
}

impl IdentityModel {
    /// Takes one call into account.
    pub(crate) fn see(&mut self, kind: IdentityKind, at: PacketTime, address: &[u8; 16], client: u64) {
        if kind == IdentityKind::Address {
            self.clients.insert(mix(client));
        }
        if self.addresses.is_empty() {
            (self.kind, self.first_at) = (kind, at);
        }
        if self.addresses.len() < IDENTITY_ADDRESSES_MAX && !self.has(address) {
            if self.addresses.is_empty() {
                self.addresses.reserve_exact(1); // most have no other
            }
            self.addresses.push(*address);
        }
    }

    /// Compared as numbers: the list is read at every call.
    fn has(&self, address: &[u8; 16]) -> bool {
        let address = u128::from_ne_bytes(*address);
        self.addresses.iter().any(|known| u128::from_ne_bytes(*known) == address)
    }
}

/// What is known of one identity on one endpoint: a part for each detector.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PairModel {
    /// What the identity was read from.
    pub(crate) kind: IdentityKind,
    /// First call.
    pub(crate) first_at: PacketTime,
    /// One bit for each detector (by its place in the table) that has a finding open.
    pub(crate) open: u16,
    /// Objects touched.
    pub(crate) objects: Objects,
}

// A slot, the list of addresses, the largest set of clients; places in the index and in the order of use.
const _: () =
    assert!(size_of::<Slot<Id, IdentityModel>>() + IDENTITY_ADDRESSES_MAX * 16 + 512 + 24 <= IDENTITY_BYTES_MAX);

// There are as many slots as pairs, and every call touches one: two lines of the processor's cache.
const _: () = assert!(size_of::<Slot<PairKey, PairModel>>() == 128);

impl PairModel {
    /// Takes all of `other`, the model under a name that is now this one.
    pub(crate) fn merge(&mut self, other: &Self) {
        let known = |at: PacketTime| if at == PacketTime::ZERO { PacketTime(u64::MAX) } else { at };
        self.first_at = known(self.first_at).min(known(other.first_at));
        self.open |= other.open;
        self.objects.merge(&other.objects);
    }
}

/// Names a pair inside one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PairKey {
    /// The identity.
    pub(crate) identity: Id,
    /// The endpoint.
    pub(crate) endpoint: Local,
}

/// The id of a pair, as in findings and in the state.
pub(crate) fn pair_id(identity: &Id, endpoint: &Id) -> Id {
    // The first byte is the identity's, so that a pair's finding belongs to the partition that holds the identity.
    let mut id = Id::of("pair", &[&identity.0, &endpoint.0]);
    id.0[0] = identity.0[0];
    id
}

impl Key for Id {
    fn hash(&self) -> u64 {
        mix(self.prefix())
    }
}

impl Key for PairKey {
    fn hash(&self) -> u64 {
        mix(self.identity.prefix() ^ u64::from(self.endpoint.0).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

/// One key partition: its identities and all their pairs.
#[derive(Debug)]
pub(crate) struct Partition {
    /// Identities.
    pub(crate) identities: Table<Id, IdentityModel>,
    /// Pairs.
    pub(crate) pairs: Table<PairKey, PairModel>,
}

impl Partition {
    /// With its share of the limits.
    pub(crate) fn new(limits: Limits) -> Self {
        Self { identities: Table::new(limits.identities), pairs: Table::new(limits.pairs) }
    }

    /// Merges the pairs of renamed endpoints: `rename` tells the new name of an old one.
    ///
    /// One walk serves all renames that come together; pairs are handled in the order of their last use.
    pub(crate) fn rename(&mut self, rename: impl Fn(Local) -> Option<Local>) {
        let slots = self.pairs.slots();
        let mut moves: Vec<_> =
            slots.filter_map(|slot| Some((slot.used, slot.key, rename(slot.key.endpoint)?))).collect();
        moves.sort_unstable();
        for (_, from, to) in moves {
            self.pairs.rename(from, PairKey { endpoint: to, ..from }, PairModel::merge);
        }
    }
}

/// Subjects of one partition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Identities.
    pub(crate) identities: usize,
    /// Pairs.
    pub(crate) pairs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { identities: IDENTITIES_MAX / KEY_PARTITIONS, pairs: PAIRS_MAX / KEY_PARTITIONS }
    }
}
