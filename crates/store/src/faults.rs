//! Tests with a disk that fails: nothing is lost that was taken, nothing is written twice.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use model::limits::{LOG_PENDING_BYTES_MAX, LOG_SEGMENT_BYTES_MAX, RECORD_BYTES_MAX};
use model::record::{Body, Header, InputRecord, RECORD_VERSION};
use model::{
    Checkpoint, EndpointRecord, Finding, Id, PacketTime, Record, RowKind, StateDelta, StateRow, StateStore as _,
};

use crate::log::{Disk, LogFile, LogWriter, Position, RealDisk};
use crate::reader::LogReader;
use crate::sqlite::{Settings, SqliteStore};
use crate::{Snapshot, code};

const OPEN: u32 = 1;
const WRITE: u32 = 2;
const SYNC: u32 = 4;

/// Fails the calls whose bits are set; a failing write writes half.
#[derive(Clone, Default)]
struct Faulty(Arc<AtomicU32>);

/// With the bytes written and the bytes made durable.
struct FaultyFile(Box<dyn LogFile>, Faulty, AtomicU64, AtomicU64);

impl Faulty {
    fn fail(&self, calls: u32) {
        self.0.store(calls, Ordering::Relaxed);
    }

    fn check(&self, call: u32) -> io::Result<()> {
        if self.0.load(Ordering::Relaxed) & call == 0 { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }
}

impl Disk for Faulty {
    fn open(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        self.check(OPEN)?;
        Ok(Box::new(FaultyFile(RealDisk.open(path)?, self.clone(), AtomicU64::new(0), AtomicU64::new(0))))
    }
}

impl LogFile for FaultyFile {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if let Err(e) = self.1.check(WRITE) {
            self.0.write_all_at(&bytes[..bytes.len() / 2], offset)?;
            return Err(e);
        }
        self.2.store(offset + bytes.len() as u64, Ordering::Relaxed);
        self.0.write_all_at(bytes, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.3.store(len, Ordering::Relaxed);
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        if let Err(e) = self.1.check(SYNC) {
            self.0.set_len(self.3.load(Ordering::Relaxed))?; // The worst a file system may do after a failed sync: the pages are gone.
            return Err(e);
        }
        self.3.store(self.2.load(Ordering::Relaxed), Ordering::Relaxed);
        self.0.sync_data()
    }
}

fn header() -> Header {
    let inputs = vec![InputRecord { name: "a".into(), digest: Id([1; 16]), bytes: 1 }];
    Header { run_id: Id([2; 16]), inputs, ..Header::default() }
}

fn finding(n: u8, text: usize) -> Record {
    let finding = Finding { id: Id([n; 16]), next: "x".repeat(text), ..Finding::default() };
    Record { v: RECORD_VERSION, at: PacketTime(u64::from(n)), body: Body::Finding(Box::new(finding)) }
}

fn checkpoint(n: u8) -> Checkpoint {
    let row = |key, model: &[u8]| StateRow { kind: RowKind::Stage, key: Id([key; 16]), model: model.to_vec() };
    let delta = StateDelta {
        rows: vec![row(0, &[n]), row(n, &[n])],
        endpoints: vec![EndpointRecord { id: Id([n; 16]), ..EndpointRecord::default() }],
        removed_endpoints: vec![Id([n - 1; 16])],
        ..StateDelta::default()
    };
    Checkpoint { epoch: u64::from(n), delta, ..Checkpoint::default() }
}

fn logged(dir: &Path) -> Vec<Record> {
    LogReader::open(dir).unwrap().map(Result::unwrap).filter(|r| matches!(r.body, Body::Finding(_))).collect()
}

#[test]
fn a_log_that_cannot_be_written_is_caught_up_later() {
    for calls in [WRITE, SYNC, OPEN | WRITE, OPEN | SYNC, WRITE | SYNC] {
        for text in [10, 100_000] {
            let dir = tempfile::tempdir().unwrap();
            let disk = Faulty::default();
            let mut store = SqliteStore::open_on(dir.path(), Settings::default(), Box::new(disk.clone())).unwrap();
            store.begin(&header()).unwrap();
            store.append(&[finding(1, text)]).unwrap();
            store.commit(checkpoint(1)).unwrap();
            disk.fail(calls);
            store.append(&[finding(2, text)]).unwrap();
            let error = store.commit(checkpoint(2)).unwrap_err();
            assert_eq!(code(&error), Some("E406"));
            assert!(error.message.contains("Free space"), "{error}");
            store.append(&[finding(3, text)]).unwrap();
            assert!(store.commit(checkpoint(3)).is_err());
            let seen = Snapshot::open(dir.path()).unwrap();
            assert_eq!(
                seen.endpoints().iter().map(|e| e.id.0[0]).collect::<Vec<_>>(),
                [1],
                "the last whole checkpoint"
            );
            disk.fail(0);
            store.append(&[finding(4, text)]).unwrap();
            store.commit(checkpoint(4)).unwrap();
            drop(store);
            assert_eq!(logged(dir.path()), [1, 2, 3, 4].map(|n| finding(n, text)), "{calls}");
            let seen = Snapshot::open(dir.path()).unwrap();
            assert_eq!(seen.endpoints().iter().map(|e| e.id.0[0]).collect::<Vec<_>>(), [4]);
            let saved = SqliteStore::open(dir.path(), Settings::default()).unwrap().begin(&header()).unwrap();
            assert_eq!(
                saved.rows.iter().map(|r| (r.key.0[0], r.model[0])).collect::<Vec<_>>(),
                [(0, 4), (1, 1), (2, 2), (3, 3), (4, 4)]
            );
        }
    }
}

#[test]
fn a_full_database_keeps_its_last_checkpoint_and_is_caught_up_later() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(dir.path(), Settings::default()).unwrap();
    store.begin(&header()).unwrap();
    store.commit(checkpoint(1)).unwrap();
    let pages: i64 = store.db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    store.db.pragma_update(None, "max_page_count", pages).unwrap();
    store.append(&[finding(2, 10)]).unwrap();
    let mut large = checkpoint(2);
    large.delta.rows.extend((10..200).map(|n| StateRow {
        kind: RowKind::PairModel,
        key: Id([n; 16]),
        model: vec![n; 2_000],
    }));
    let error = store.commit(large).unwrap_err();
    assert!(error.message.contains("Free space"), "{error}");
    assert_eq!(Snapshot::open(dir.path()).unwrap().endpoints()[0].id, Id([1; 16]));
    store.db.pragma_update(None, "max_page_count", 1_000_000).unwrap();
    store.commit(checkpoint(3)).unwrap();
    drop(store);
    assert_eq!(logged(dir.path()), [finding(2, 10)]);
    let saved = SqliteStore::open(dir.path(), Settings::default()).unwrap().begin(&header()).unwrap();
    assert_eq!(saved.rows.len(), 190 + 4);
}

#[test]
fn waiting_records_are_bounded_and_refused_whole() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Faulty::default();
    let mut log = LogWriter::open(dir.path(), Box::new(disk.clone()), None, &mut Vec::new()).unwrap();
    disk.fail(OPEN | WRITE | SYNC);
    let part = finding(1, RECORD_BYTES_MAX / 2).to_bytes().unwrap();
    let taken = std::iter::repeat_with(|| log.append(&part)).take_while(Result::is_ok).count();
    assert_eq!(taken, LOG_PENDING_BYTES_MAX / part.len());
    assert!(log.sync().is_err());
    disk.fail(0);
    assert_eq!(log.sync().unwrap(), Position { rotated: 0, offset: (taken * part.len()) as u64 });
    assert_eq!(logged(dir.path()).len(), taken);
}

#[test]
fn a_record_that_readers_would_refuse_is_not_written() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(dir.path(), Settings::default()).unwrap();
    assert!(store.append(&[finding(1, 1)]).is_err(), "before the run began");
    store.begin(&header()).unwrap();
    assert!(store.append(&[finding(1, 1), finding(2, RECORD_BYTES_MAX)]).is_err());
    store.append(&[finding(3, RECORD_BYTES_MAX - 1_000)]).unwrap();
    store.commit(checkpoint(1)).unwrap();
    assert_eq!(logged(dir.path()).len(), 1);
}

#[test]
fn a_long_log_goes_on_in_a_new_part_wherever_it_is_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let open = |committed| {
        let mut warnings = Vec::new();
        let log = LogWriter::open(dir.path(), Box::new(RealDisk), committed, &mut warnings).unwrap();
        assert_eq!(warnings, [] as [&str; 0]);
        log
    };
    let mut log = open(None);
    log.append(&finding(1, 10).to_bytes().unwrap()).unwrap();
    let short = log.sync().unwrap();
    log.rotate_when_long().unwrap();
    assert!(!dir.path().join("findings.000001.mp").exists());
    // A sparse file stands for 256 MiB of records.
    std::fs::OpenOptions::new()
        .write(true)
        .open(dir.path().join("findings.mp"))
        .unwrap()
        .set_len(LOG_SEGMENT_BYTES_MAX)
        .unwrap();
    let full = Position { rotated: 0, offset: LOG_SEGMENT_BYTES_MAX };
    let mut log = open(Some(full));
    log.rotate_when_long().unwrap();
    log.append(&finding(2, 10).to_bytes().unwrap()).unwrap();
    let next = log.sync().unwrap();
    assert_eq!(next.rotated, 1);

    // Stopped before the next commit: the new part is taken back.
    let mut log = open(Some(full));
    assert!(!dir.path().join("findings.000001.mp").exists());
    log.rotate_when_long().unwrap();
    log.append(&finding(3, 10).to_bytes().unwrap()).unwrap();
    let next = log.sync().unwrap();
    drop(open(Some(next)));
    std::fs::OpenOptions::new()
        .write(true)
        .open(dir.path().join("findings.000001.mp"))
        .unwrap()
        .set_len(short.offset)
        .unwrap();
    assert_eq!(logged(dir.path()), [finding(1, 10), finding(3, 10)], "readers take all parts in order");
}
