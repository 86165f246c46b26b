//! Small runs to write and compare.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "each test file uses a part")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use model::endpoint::{ParamRecord, Quantiles};
use model::ledger::{Counter, Ledger};
use model::record::{Body, Header, InputRecord, RECORD_VERSION, Totals, Trailer};
use model::state::EndpointTimes;
use model::{
    Checkpoint, EndpointRecord, Finding, Id, PacketTime, Record, RowKind, Severity, StateDelta, StateRow, StateStore,
    Subject, ValueClass,
};
use store::{LogReader, Settings, SqliteStore};

/// The header of a run over one file.
pub(crate) fn header(name: &str) -> Header {
    let digest = Id::of("input", &[name.as_bytes()]);
    Header {
        run_id: Id::of("run", &[name.as_bytes()]),
        schema: "apitap".into(),
        version: "0".into(),
        config_digest: Id::of("config", &[]),
        inputs: vec![InputRecord { name: name.into(), digest, bytes: 1_000 }],
    }
}

pub(crate) fn open(dir: &Path) -> SqliteStore {
    SqliteStore::open(dir, Settings::default()).unwrap()
}

pub(crate) fn id(n: u64) -> Id {
    Id::of("thing", &[&n.to_be_bytes()])
}

pub(crate) fn finding(n: u64, count: u64) -> Finding {
    Finding {
        id: id(n),
        detector: "object-enumeration".into(),
        title: format!("{count} order numbers in sequence"),
        severity: Severity::High,
        confidence: 0.5,
        subject: Subject { kind: "endpoint".into(), endpoint: Some(id(n)), ..Subject::default() },
        first_at: PacketTime(n),
        last_at: PacketTime(n + count),
        count,
        ..Finding::default()
    }
}

pub(crate) fn endpoint(n: u64, count: u64) -> EndpointRecord {
    EndpointRecord {
        id: id(n),
        service: format!("s{}.example", n % 3),
        method: "GET".into(),
        template: format!("/v1/orders/{n}/{{int}}"),
        first_at: PacketTime(1_772_440_863_000_000_000 + n),
        last_at: PacketTime(1_772_440_863_000_000_000 + n + count),
        count,
        statuses: BTreeMap::from([(200, count)]),
        auth: BTreeMap::from([("bearer".to_owned(), count), ("none".to_owned(), 1)]),
        params: (0..2)
            .map(|p| ParamRecord {
                name: format!("p{p}"),
                count,
                classes: BTreeMap::from([(ValueClass::Int, count)]),
                ..ParamRecord::default()
            })
            .collect(),
        ..EndpointRecord::default()
    }
}

pub(crate) fn times(n: u64, p50: u64) -> EndpointTimes {
    let some = Some(Quantiles { count: 9, p50, p90: p50 * 2, p99: p50 * 3 });
    EndpointTimes { id: id(n), latency: some, size: some }
}

pub(crate) fn row(kind: RowKind, n: u64, model: &[u8]) -> StateRow {
    StateRow { kind, key: id(n), model: model.to_vec() }
}

pub(crate) fn record(at: u64, finding: Finding) -> Record {
    Record { v: RECORD_VERSION, at: PacketTime(at), body: Body::Finding(Box::new(finding)) }
}

pub(crate) fn ledger(frames: u64) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.add(Counter::FramesSeen, frames);
    ledger
}

pub(crate) fn checkpoint(epoch: u64, delta: StateDelta) -> Checkpoint {
    Checkpoint {
        epoch,
        at: PacketTime(epoch * 100),
        delta,
        ledger: ledger(epoch * 10),
        totals: Totals { transactions: epoch * 5, ..Totals::default() },
        trailer: None,
    }
}

pub(crate) fn last(mut checkpoint: Checkpoint) -> Checkpoint {
    let counters = checkpoint.ledger.iter().map(|(c, n)| (c.as_str().to_owned(), n)).collect();
    checkpoint.trailer = Some(Trailer { counters, totals: checkpoint.totals, ..Trailer::default() });
    checkpoint
}

/// What checkpoint `n` of the standard run changes: it overwrites, adds and removes.
pub(crate) fn delta(n: u64) -> StateDelta {
    StateDelta {
        rows: vec![
            row(RowKind::EndpointModel, 1, &n.to_be_bytes()),
            row(RowKind::IdentityModel, n, b"new"),
            row(RowKind::IdentityModel, n.wrapping_sub(2), b""),
        ],
        endpoints: vec![endpoint(1, n), endpoint(n + 10, 1)],
        times: vec![times(1, n), times(n + 10, 4)],
        removed_endpoints: vec![id(n + 8)],
        findings: vec![finding(1, n), finding(n + 20, 1)],
    }
}

/// Findings that belong before checkpoint `n`.
pub(crate) fn findings(n: u64) -> [Record; 2] {
    [record(n * 100 - 1, finding(1, n)), record(n * 100, finding(n + 20, 1))]
}

/// Writes checkpoints `from..=to` of the standard run, the last one with a trailer.
pub(crate) fn write_run(store: &mut SqliteStore, from: u64, to: u64) {
    for n in from..=to {
        store.append(&findings(n)).unwrap();
        let checkpoint = checkpoint(n, delta(n));
        store.commit(if n == to { last(checkpoint) } else { checkpoint }).unwrap();
    }
}

pub(crate) fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

pub(crate) fn records(path: &Path) -> Vec<Record> {
    LogReader::open(path).unwrap().map(Result::unwrap).collect()
}
