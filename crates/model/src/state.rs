//! What outlives a process: rows of the state, and the traits that keep them.
//!
//! Each stage hands over only what changed since the last checkpoint. One commit holds the rows of all stages, the epoch
//! and the offset of the findings log, so that a crash at any time leaves a whole checkpoint.

use std::fmt;

use crate::endpoint::{EndpointRecord, Quantiles};
use crate::finding::Finding;
use crate::id::Id;
use crate::ledger::Ledger;
use crate::record::{Header, Totals, Trailer};
use crate::time::PacketTime;

/// A changed row of one stage. `key` is unique within `kind`.
#[derive(Clone, Debug, PartialEq)]
pub struct StateRow {
    /// Which stage and table it belongs to.
    pub kind: RowKind,
    /// Its key.
    pub key: Id,
    /// The model: versioned MessagePack, read only by its stage. Empty deletes the row.
    pub model: Vec<u8>,
}

/// Kinds of [`StateRow`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RowKind {
    /// The router's knowledge of one service (key: service id).
    RouterService = 1,
    /// The catalog's knowledge of one endpoint (key: endpoint id).
    CatalogEndpoint = 2,
    /// Learned behaviour of one endpoint (key: endpoint id).
    EndpointModel = 3,
    /// Learned behaviour of one identity (key: identity id).
    IdentityModel = 4,
    /// Learned behaviour of one pair (key: hash of both).
    PairModel = 5,
    /// An open finding and its detector's memory of it (key: finding id).
    OpenFinding = 6,
    /// Whatever a stage keeps beside its subjects (key: chosen by the stage).
    Stage = 7,
    /// The bus's knowledge of a service (key: service id).
    Service = 8,
    /// An open finding of the discovery workers (key: finding id).
    DiscoveryFinding = 9,
    /// What a monitor of the baseline workers learned (key: hash of monitor and subject).
    MonitorModel = 10,
    /// A token and the account it was handed out to (key: hash of the token's pseudonym).
    TokenLink = 11,
    /// What the sensor knows of itself, with its open findings (one key). About this sensor: it is not carried.
    Sensor = 12,
    /// Whom a server opens connections to, and what payloads lately told it to (key: hash of its address); the
    /// latest connections of addresses that answered no call (one key).
    ServerCalls = 13,
    /// What became of the payload of a service, by hour (key: service); where counting stands (one key).
    Coverage = 14,
    /// Which answers the flow shards have read (key: partition of flows). What two sensors read is not put together.
    Reading = 15,
}

impl RowKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::RouterService,
        Self::CatalogEndpoint,
        Self::EndpointModel,
        Self::IdentityModel,
        Self::PairModel,
        Self::OpenFinding,
        Self::Stage,
        Self::Service,
        Self::DiscoveryFinding,
        Self::MonitorModel,
        Self::TokenLink,
        Self::Sensor,
        Self::ServerCalls,
        Self::Coverage,
        Self::Reading,
    ];
}

/// What changed since the last checkpoint.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateDelta {
    /// Models.
    pub rows: Vec<StateRow>,
    /// Endpoints to show: inserted or replaced by id.
    pub endpoints: Vec<EndpointRecord>,
    /// Latency and sizes of endpoints, from their models; joined into `endpoints` before they are kept.
    pub times: Vec<EndpointTimes>,
    /// Endpoints folded away.
    pub removed_endpoints: Vec<Id>,
    /// Findings to show: inserted or replaced by id.
    pub findings: Vec<Finding>,
}

/// Quantiles of one endpoint's model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndpointTimes {
    /// The endpoint.
    pub id: Id,
    /// Time from request to response, nanoseconds.
    pub latency: Option<Quantiles>,
    /// Bytes of the response's content.
    pub size: Option<Quantiles>,
}

impl StateDelta {
    /// Takes all of `other`.
    pub fn append(&mut self, mut other: Self) {
        self.rows.append(&mut other.rows);
        self.endpoints.append(&mut other.endpoints);
        self.times.append(&mut other.times);
        self.removed_endpoints.append(&mut other.removed_endpoints);
        self.findings.append(&mut other.findings);
    }
}

/// One consistent cut through all stages.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint {
    /// Last epoch it holds.
    pub epoch: u64,
    /// Packet time of that epoch.
    pub at: PacketTime,
    /// What changed since the last one.
    pub delta: StateDelta,
    /// Totals of the whole run so far.
    pub ledger: Ledger,
    /// Totals of the whole state.
    pub totals: Totals,
    /// Set by the last checkpoint of a run that came to its end.
    pub trailer: Option<Trailer>,
}

/// What a state holds when it is opened.
#[derive(Clone, Debug, Default)]
pub struct SavedState {
    /// Every row, by kind and key.
    pub rows: Vec<StateRow>,
    /// Totals of all runs.
    pub totals: Totals,
    /// The run that was not finished, if its inputs and configuration are those of this run.
    pub unfinished: Option<Unfinished>,
}

/// A run that was cut short and can go on.
#[derive(Clone, Debug, Default)]
pub struct Unfinished {
    /// Last epoch of its last checkpoint: earlier ones must not be counted again.
    pub epoch: u64,
    /// Its ledger then.
    pub ledger: Ledger,
}

/// Keeps checkpoints and the findings log. One writer; implemented by `store`, and by [`NoStore`].
pub trait StateStore: Send {
    /// Whether models and checkpoints during the run are kept. When false there is one commit, at the end, without rows.
    fn keeps_models(&self) -> bool;

    /// Starts a run: writes its header to the log, or finds out that it goes on with one cut short. Asked once.
    fn begin(&mut self, header: &Header) -> Result<SavedState, StateError>;

    /// Appends to the findings log; durable with the next checkpoint at the latest.
    fn append(&mut self, records: &[crate::record::Record]) -> Result<(), StateError>;

    /// Makes a checkpoint durable together with all that was appended before it.
    fn commit(&mut self, checkpoint: Checkpoint) -> Result<(), StateError>;
}

/// What goes wrong with a state. The text says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct StateError {
    /// What, why and the cure.
    pub message: String,
    /// The cause below.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StateError {
    /// With a message alone.
    pub fn new(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), source: None }
    }
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoStore;

impl StateStore for NoStore {
    fn keeps_models(&self) -> bool {
        false
    }

    fn begin(&mut self, _: &Header) -> Result<SavedState, StateError> {
        Ok(SavedState::default())
    }

    fn append(&mut self, _: &[crate::record::Record]) -> Result<(), StateError> {
        Ok(())
    }

    fn commit(&mut self, _: Checkpoint) -> Result<(), StateError> {
        Ok(())
    }
}
