//! A findings file without a state: same run, same bytes; what it holds is what a snapshot shows.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use common::{checkpoint, endpoint, finding, findings, header, last, records, row, times};
use model::record::Body;
use model::{RowKind, StateDelta, StateStore as _};
use store::{FileStore, Snapshot};

fn write(path: &Path, end: bool) {
    let mut store = FileStore::create(path).unwrap();
    assert!(!store.keeps_models());
    assert!(store.begin(&header("a")).unwrap().rows.is_empty());
    store.append(&findings(1)).unwrap();
    store.append(&findings(2)).unwrap();
    let delta = StateDelta {
        rows: vec![row(RowKind::Stage, 1, b"x")],
        endpoints: vec![endpoint(5, 1), endpoint(4, 2), endpoint(3, 3)],
        times: vec![times(4, 9)],
        ..StateDelta::default()
    };
    let checkpoint = checkpoint(3, delta);
    store.commit(if end { last(checkpoint) } else { checkpoint }).unwrap();
}

#[test]
fn a_run_gives_one_sequence_of_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    write(&a, true);
    write(&b, true);
    write(&b, true);
    assert_eq!(fs::read(&a).unwrap(), fs::read(&b).unwrap(), "an older findings file is replaced");
    assert_eq!(fs::metadata(&a).unwrap().mode() & 0o777, 0o600);
    let kinds: Vec<_> = records(&a).iter().map(|r| serde_name(&r.body)).collect();
    assert_eq!(
        kinds,
        ["header", "finding", "finding", "finding", "finding", "endpoint", "endpoint", "endpoint", "loss", "trailer"]
    );
}

fn serde_name(body: &Body) -> &'static str {
    match body {
        Body::Header(_) => "header",
        Body::Finding(_) => "finding",
        Body::Endpoint(_) => "endpoint",
        Body::Coverage(_) => "coverage",
        Body::Attempt(_) => "attempt",
        Body::Loss(_) => "loss",
        Body::Trailer(_) => "trailer",
        Body::Unknown => "unknown",
    }
}

#[test]
fn a_snapshot_shows_what_the_file_holds() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    write(&path, true);
    let s = Snapshot::open(&path).unwrap();
    assert!(!s.is_cut() && s.damage().is_none());
    assert_eq!(s.header(), Some(&header("a")));
    assert_eq!(s.findings(), [finding(1, 2), finding(21, 1), finding(22, 1)]);
    let mut joined = endpoint(4, 2);
    (joined.latency, joined.size) = (times(4, 9).latency, times(4, 9).size);
    assert_eq!(s.endpoints(), [endpoint(3, 3), joined, endpoint(5, 1)], "by service");
    assert_eq!(s.ledger(), &common::ledger(30));
    assert_eq!(s.totals().transactions, 15);
    let typed = common::id(4).base32()[..8].to_lowercase();
    assert_eq!(s.find_endpoint(&format!("e-{typed}")).unwrap().id, common::id(4));
    assert!(s.find_finding(&typed).is_err());
}

#[test]
fn a_file_cut_short_shows_what_it_had() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    write(&path, false);
    let s = Snapshot::open(&path).unwrap();
    assert!(s.is_cut() && s.damage().is_none() && s.endpoints().is_empty());
    assert_eq!(s.findings().len(), 3);
    write(&path, true);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    let s = Snapshot::open(&path).unwrap();
    assert!(s.is_cut() && s.damage().unwrap().cut);
    assert_eq!((s.endpoints().len(), s.ledger()), (3, &common::ledger(30)));
}

#[test]
fn no_other_file_is_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shop.pcap");
    fs::write(&path, b"\xd4\xc3\xb2\xa1 and frames").unwrap();
    let error = FileStore::create(&path).unwrap_err();
    assert_eq!(store::code(&error), Some("E405"));
    assert!(fs::read(&path).unwrap().starts_with(b"\xd4\xc3\xb2\xa1"));
    fs::write(&path, b"").unwrap();
    write(&path, true);
    assert!(FileStore::create(dir.path()).is_err());
    assert!(FileStore::create(Path::new("/dev/full")).unwrap().begin(&header("a")).is_err());
}
