//! Rows of the detectors: services, clients, open findings, and what all workers keep alike.

use model::{Id, PacketTime, RowKind, StateRow};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// First byte of every row here; other stages keep rows of the same kind behind other ones.
const VERSION: u8 = 102;

/// What every worker keeps alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Common {
    /// Frame of the last observation.
    pub(crate) last_frame: u64,
    /// Packet time of it.
    pub(crate) last_at: PacketTime,
}

/// Key of [`Common`].
pub(crate) fn common_key() -> Id {
    Id::of("catalog-common", &[])
}

/// Key of the row of a service.
pub(crate) fn service_key(id: &Id) -> Id {
    Id::of("catalog-service", &[&id.0])
}

/// Key of the row of a client.
pub(crate) fn client_key(id: &Id) -> Id {
    Id::of("catalog-client", &[&id.0])
}

/// A row; `None` when it cannot be written, which none of ours is.
pub(crate) fn row<T: Serialize>(kind: RowKind, key: Id, value: &T) -> Option<StateRow> {
    let mut model = vec![VERSION];
    // With names: a finding leaves out what it does not have, which a list without names cannot.
    rmp_serde::encode::write_named(&mut model, value).ok()?;
    Some(StateRow { kind, key, model })
}

/// A row that is deleted.
pub(crate) fn gone(kind: RowKind, key: Id) -> StateRow {
    StateRow { kind, key, model: Vec::new() }
}

/// What stands in a row.
pub(crate) fn read<T: DeserializeOwned>(row: &StateRow) -> Option<T> {
    let (version, rest) = row.model.split_first()?;
    if *version == VERSION { rmp_serde::from_slice(rest).ok() } else { None }
}
