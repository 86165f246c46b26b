//! A store in memory, and runs over fixtures.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use capture::link::DecapSettings;
use capture::source::{self, Input};
use model::ledger::Counter;
use model::record::{Header, Record, Trailer};
use model::state::Unfinished;
use model::{
    Checkpoint, DeploymentKey, EndpointRecord, Finding, Id, Ledger, PacketTime, RowKind, SavedState, StateError,
    StateRow, StateStore,
};
use pipeline::{Control, Parallelism, Settings, Work};
use tempfile::TempDir;

/// Keeps everything, and remembers what it was after each checkpoint.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    models: bool,
    pub log: Vec<u8>,
    /// The same, to show.
    pub records: Vec<Record>,
    pub rows: BTreeMap<(RowKind, Id), Vec<u8>>,
    pub endpoints: BTreeMap<Id, EndpointRecord>,
    pub findings: BTreeMap<Id, Finding>,
    /// Every commit, in order: what the store was after each follows from those up to it.
    pub commits: Vec<Committed>,
    pub trailer: Option<Trailer>,
    pub unfinished: Option<Unfinished>,
    pub totals: model::record::Totals,
}

/// A commit, and how long the log was with it.
#[derive(Clone, Debug)]
pub(crate) struct Committed {
    checkpoint: Checkpoint,
    log: usize,
    records: usize,
}

impl Memory {
    /// Keeps models, as a state directory does.
    pub(crate) fn durable() -> Self {
        Self { models: true, ..Self::default() }
    }

    /// What a process killed after that checkpoint leaves: later appends and commits never happened.
    pub(crate) fn cut_after(&self, checkpoint: usize) -> Self {
        let mut cut = Self { models: self.models, ..Self::default() };
        let kept = &self.commits[..=checkpoint];
        for committed in kept {
            cut.apply(&committed.checkpoint);
        }
        if let Some(last) = kept.last() {
            cut.log = self.log[..last.log].to_vec();
            cut.records = self.records[..last.records].to_vec();
        }
        cut
    }

    fn apply(&mut self, checkpoint: &Checkpoint) {
        for row in &checkpoint.delta.rows {
            if row.model.is_empty() {
                self.rows.remove(&(row.kind, row.key));
            } else {
                self.rows.insert((row.kind, row.key), row.model.clone());
            }
        }
        for id in &checkpoint.delta.removed_endpoints {
            self.endpoints.remove(id);
        }
        for endpoint in &checkpoint.delta.endpoints {
            // As in the database, times stay until others come.
            let before = self.endpoints.insert(endpoint.id, endpoint.clone());
            if let (Some(before), Some(now)) = (before, self.endpoints.get_mut(&endpoint.id)) {
                now.latency = now.latency.or(before.latency);
                now.size = now.size.or(before.size);
            }
        }
        for times in &checkpoint.delta.times {
            if let Some(endpoint) = self.endpoints.get_mut(&times.id) {
                (endpoint.latency, endpoint.size) = (times.latency, times.size);
            }
        }
        for finding in &checkpoint.delta.findings {
            self.findings.insert(finding.id, finding.clone());
        }
        self.totals = checkpoint.totals;
        self.trailer.clone_from(&checkpoint.trailer);
        let unfinished = || Unfinished { epoch: checkpoint.epoch, ledger: checkpoint.ledger.clone() };
        self.unfinished = checkpoint.trailer.is_none().then(unfinished);
    }

    pub(crate) fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::default();
        for (name, n) in &self.trailer.as_ref().expect("finished").counters {
            ledger.add(Counter::from_name(name).expect("a known counter"), *n);
        }
        ledger
    }
}

impl StateStore for Memory {
    fn keeps_models(&self) -> bool {
        self.models
    }

    fn begin(&mut self, header: &Header) -> Result<SavedState, StateError> {
        if self.unfinished.is_none() {
            self.append(&[Record { v: 1, at: PacketTime::ZERO, body: model::record::Body::Header(header.clone()) }])?;
        }
        let rows = self.rows.iter();
        Ok(SavedState {
            rows: rows.map(|(&(kind, key), model)| StateRow { kind, key, model: model.clone() }).collect(),
            totals: self.totals,
            unfinished: self.unfinished.clone(),
        })
    }

    fn append(&mut self, records: &[Record]) -> Result<(), StateError> {
        for record in records {
            self.log.extend(record.to_bytes().expect("a record"));
            self.records.push(record.clone());
        }
        Ok(())
    }

    fn commit(&mut self, checkpoint: Checkpoint) -> Result<(), StateError> {
        self.apply(&checkpoint);
        if self.models {
            self.commits.push(Committed { checkpoint, log: self.log.len(), records: self.records.len() });
        }
        Ok(())
    }
}

/// Every fixture of the repository.
pub(crate) fn fixtures() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let mut found: Vec<_> = std::fs::read_dir(root)
        .expect("the fixtures folder")
        .map(|entry| entry.expect("an entry").path())
        .filter_map(|path| {
            let input =
                ["input.pcap", "input.har"].map(|name| path.join(name)).into_iter().find(|file| file.exists())?;
            Some((path.file_name()?.to_string_lossy().into_owned(), input))
        })
        .collect();
    found.sort();
    assert!(found.len() > 20, "the fixtures are there");
    found
}

/// Every fixture, and a longer capture in which everything happens; its folder lives as long as the first part.
pub(crate) fn captures() -> (TempDir, Vec<(String, PathBuf)>) {
    let folder = TempDir::new().expect("a folder");
    let busy = folder.path().join("busy.pcap");
    std::fs::write(&busy, make_fixtures::busy::capture()).expect("written");
    let mut all = fixtures();
    all.push((BUSY.to_owned(), busy));
    (folder, all)
}

/// The longer capture's name.
pub(crate) const BUSY: &str = "busy";

/// Classes of a configuration: one by form, one that needs several values, one by name, one within texts.
fn own_rules() -> [inspect::OwnRule; 4] {
    let rule = |pattern: Option<&str>, names: &[&str], within| inspect::OwnRule {
        pattern: pattern.map(str::to_owned),
        names: names.iter().map(ToString::to_string).collect(),
        within,
        ..inspect::OwnRule::default()
    };
    [
        rule(Some("[0-9]{5,9}"), &[], false),
        rule(Some("[a-z]{3,12}"), &["state"], false),
        rule(None, &["name"], false),
        rule(Some("-[0-9a-f]{4}-"), &[], true),
    ]
}

fn own_classes() -> model::ClassTable {
    let class =
        |name: &str| model::OwnClass { name: name.into(), category: "own".into(), severity: model::Severity::Medium };
    model::ClassTable::new(["number", "word", "called", "uuid"].map(class).to_vec())
}

/// Runs a fixture into `store` and returns the store.
pub(crate) fn run(input: &Path, parallelism: Parallelism, span: Duration, mut store: Memory) -> Memory {
    run_from(input, parallelism, span, &mut store);
    store
}

/// Runs a fixture into a store that may hold a run cut short; returns the trailer.
pub(crate) fn run_from(input: &Path, parallelism: Parallelism, span: Duration, store: &mut Memory) -> Trailer {
    run_at(input, parallelism, (span, Work::NONE), store)
}

/// The same with checkpoints that depend on work too.
pub(crate) fn run_at(
    input: &Path,
    parallelism: Parallelism,
    (span, work): (Duration, Work),
    store: &mut Memory,
) -> Trailer {
    let mut source = source::open(&[Input::Path(input.to_path_buf())]).expect("a readable fixture");
    let settings = Settings {
        parallelism,
        decap: DecapSettings::default(),
        key: DeploymentKey::new([7; 32]),
        callers: std::sync::Arc::default(),
        classes: inspect::OwnRules::new(&own_rules()).expect("fit rules"),
        descriptors: std::sync::Arc::default(),
        filter: None,
        since: None,
        until: None,
        book: std::sync::Arc::default(),
        learn_only: false,
        checkpoint_span: span,
        work,
        discovery: std::sync::Arc::new(discovery::Options { classes: own_classes(), ..Default::default() }),
        header: Header { run_id: Id::of("run", &[b"test"]), ..Header::default() },
        #[cfg(feature = "tls")]
        keys: None,
    };
    let outcome = pipeline::replay(source.as_mut(), settings, store, &Control::default()).expect("a run");
    outcome.trailer
}
