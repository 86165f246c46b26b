//! A state in memory that remembers what it was after each checkpoint, and runs into it.

use std::collections::BTreeMap;
use std::time::Duration;

use capture::link::DecapSettings;
use model::ledger::Counter;
use model::record::{Body, Header, RECORD_VERSION, Totals, Trailer};
use model::state::Unfinished;
use model::{
    Checkpoint, DeploymentKey, EndpointRecord, Id, Ledger, PacketTime, Record, RowKind, SavedState, StateError,
    StateRow, StateStore,
};
use pipeline::{Control, Parallelism, Settings};

use crate::frames::{Owned, Source};

/// What a run leaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// The findings log.
    pub log: Vec<u8>,
    /// Models.
    pub rows: BTreeMap<(RowKind, Id), Vec<u8>>,
    /// The inventory.
    pub endpoints: BTreeMap<Id, EndpointRecord>,
    /// Totals of the run, once it is over.
    pub trailer: Option<Trailer>,
    unfinished: Option<(u64, Ledger)>,
    totals: Totals,
}

/// A store, and its state after each checkpoint.
#[derive(Debug, Default)]
pub struct Store {
    /// As it is now.
    pub now: Memory,
    /// As it was.
    pub checkpoints: Vec<Memory>,
}

impl Memory {
    /// The totals of the run as a ledger.
    pub fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::default();
        for (name, n) in &self.trailer.as_ref().expect("the run is over").counters {
            ledger.add(Counter::from_name(name).expect("a known counter"), *n);
        }
        ledger
    }
}

impl StateStore for Store {
    fn keeps_models(&self) -> bool {
        true
    }

    fn begin(&mut self, header: &Header) -> Result<SavedState, StateError> {
        let unfinished = self.now.unfinished.clone().map(|(epoch, ledger)| Unfinished { epoch, ledger });
        if unfinished.is_none() {
            let body = Body::Header(header.clone());
            self.append(&[Record { v: RECORD_VERSION, at: PacketTime::ZERO, body }])?;
        }
        let rows = self.now.rows.iter();
        Ok(SavedState {
            rows: rows.map(|(&(kind, key), model)| StateRow { kind, key, model: model.clone() }).collect(),
            totals: self.now.totals,
            unfinished,
        })
    }

    fn append(&mut self, records: &[Record]) -> Result<(), StateError> {
        for record in records {
            self.now.log.extend(record.to_bytes().expect("a record can be written"));
        }
        Ok(())
    }

    fn commit(&mut self, checkpoint: Checkpoint) -> Result<(), StateError> {
        for row in checkpoint.delta.rows {
            if row.model.is_empty() {
                self.now.rows.remove(&(row.kind, row.key));
            } else {
                self.now.rows.insert((row.kind, row.key), row.model);
            }
        }
        for id in checkpoint.delta.removed_endpoints {
            self.now.endpoints.remove(&id);
        }
        for endpoint in checkpoint.delta.endpoints {
            self.now.endpoints.insert(endpoint.id, endpoint);
        }
        for times in checkpoint.delta.times {
            if let Some(endpoint) = self.now.endpoints.get_mut(&times.id) {
                (endpoint.latency, endpoint.size) = (times.latency, times.size);
            }
        }
        self.now.totals = checkpoint.totals;
        self.now.unfinished = checkpoint.trailer.is_none().then_some((checkpoint.epoch, checkpoint.ledger));
        self.now.trailer = checkpoint.trailer;
        self.checkpoints.push(self.now.clone());
        Ok(())
    }
}

/// Runs `frames` over what `from` holds.
pub fn run(frames: &[Owned], parallelism: Parallelism, from: Memory) -> Store {
    let mut store = Store { now: from, checkpoints: Vec::new() };
    let settings = Settings {
        parallelism,
        decap: DecapSettings::default(),
        key: DeploymentKey::new([7; 32]),
        callers: std::sync::Arc::default(),
        classes: Default::default(),
        descriptors: std::sync::Arc::default(),
        filter: None,
        since: None,
        until: None,
        book: std::sync::Arc::default(),
        learn_only: false,
        keys: None,
        checkpoint_span: Duration::from_millis(300),
        work: pipeline::Work::NONE,
        discovery: Default::default(),
        header: Header { run_id: Id::of("run", &[b"fuzz"]), ..Header::default() },
    };
    pipeline::replay(&mut Source::new(frames), settings, &mut store, &Control::default()).expect("a run in memory");
    store
}
