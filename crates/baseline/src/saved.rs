//! Rows of the state: what is stored of each subject, as versioned MessagePack.

use std::fmt;

use model::state::{RowKind, StateRow};
use model::zone::Caller;
use model::{Id, PacketTime, Zone};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::endpoints::SavedTimes;
use crate::models::distinct::Distinct;
use crate::models::mix;
use crate::monitors::network;
use crate::peers::Peers;
use crate::subject::{IdentityModel, PairModel};

/// Version of every row; a row of another version is not read, and its subject learns anew.
const VERSION: u8 = 1;

/// Calls of which one is from outside, at least, where zones tell people at work from others.
const OUTSIDE_ONE_IN: u64 = 20;

/// Calls from outside that make this more than a first look, and networks they come from.
const OUTSIDE_MIN: u64 = 50;
const OUTSIDE_NETWORKS_MIN: u32 = 5;

/// An endpoint.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct EndpointRow {
    pub(crate) first_at: PacketTime,
    pub(crate) peers: Option<Peers>,
    pub(crate) times: Option<SavedTimes>,
}

/// An identity.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct IdentityRow {
    pub(crate) used: u64,
    pub(crate) model: IdentityModel,
}

/// A pair.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PairRow {
    pub(crate) used: u64,
    pub(crate) identity: Id,
    pub(crate) endpoint: Id,
    pub(crate) model: PairModel,
}

/// What every worker keeps alike.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CommonRow {
    pub(crate) started_at: PacketTime,
    pub(crate) last_frame: u64,
    /// Calls, and those of them from outside, with their networks. What senders inside say of whom they call for does not
    /// count: anybody may tell them.
    #[serde(default)]
    pub(crate) calls: u64,
    #[serde(default)]
    pub(crate) outside: u64,
    #[serde(default)]
    pub(crate) networks: Distinct,
}

impl CommonRow {
    /// Whether who calls from inside is somebody at work: others call from outside.
    pub(crate) fn has_outside(&self) -> bool {
        let share = self.outside.saturating_mul(OUTSIDE_ONE_IN) >= self.calls;
        share && self.outside >= OUTSIDE_MIN && self.networks.reaches(OUTSIDE_NETWORKS_MIN)
    }

    /// Counts a call.
    pub(crate) fn count(&mut self, caller: &Caller) {
        self.calls += 1;
        if caller.zone == Zone::External && caller.through == 0 {
            self.outside += 1;
            if !self.networks.reaches(OUTSIDE_NETWORKS_MIN) {
                self.networks.insert(mix(network(&caller.addr).prefix()));
            }
        }
    }
}

/// A block of owners of objects.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OwnersRow {
    pub(crate) block: u32,
    pub(crate) bytes: Bytes,
}

/// Bytes that are stored as bytes and not as a list of numbers.
#[derive(Debug)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}

/// Key of [`CommonRow`].
pub(crate) fn common_key() -> Id {
    Id::of("baseline", &[b"common"])
}

/// Key of block `block` of the owners.
pub(crate) fn owners_key(block: u32) -> Id {
    Id::of("baseline", &[b"owners", &block.to_be_bytes()])
}

/// A row; a model that cannot be written is left out.
pub(crate) fn row<T: Serialize>(kind: RowKind, key: Id, model: &T) -> Option<StateRow> {
    let model = rmp_serde::to_vec(&(VERSION, model)).ok()?;
    Some(StateRow { kind, key, model })
}

/// The same with the names of fields, for what leaves out those it does not have: a list without names would be read with
/// what follows in their place.
pub(crate) fn named_row<T: Serialize>(kind: RowKind, key: Id, model: &T) -> Option<StateRow> {
    let model = rmp_serde::to_vec_named(&(VERSION, model)).ok()?;
    Some(StateRow { kind, key, model })
}

/// A row that deletes.
pub(crate) const fn gone(kind: RowKind, key: Id) -> StateRow {
    StateRow { kind, key, model: Vec::new() }
}

/// What a row holds, if it is of this version.
pub(crate) fn read<T: DeserializeOwned>(row: &StateRow) -> Option<T> {
    let (version, model) = rmp_serde::from_slice::<(u8, T)>(&row.model).ok()?;
    (version == VERSION).then_some(model)
}
