//! Stopping at any time leaves one whole checkpoint, and a run that goes on ends as if it had never stopped.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;
use std::path::Path;

use common::{checkpoint, copy_dir, delta, findings, header, open, record, records, write_run};
use model::{SavedState, StateStore as _};
use store::{LogReader, Snapshot};

const CHECKPOINTS: u64 = 4;

/// Goes on with what a killed process left in `dir` and gives what a reader sees at the end.
fn go_on(dir: &Path, committed: u64, expected: &SavedState) -> (Vec<model::Record>, String) {
    let mut store = open(dir);
    let saved = store.begin(&header("a")).unwrap();
    assert_eq!(store.warnings(), [] as [&str; 0]);
    assert_eq!(saved.unfinished.as_ref().map_or(0, |u| u.epoch), committed);
    assert_eq!(saved.rows, expected.rows);
    assert_eq!(saved.totals, expected.totals);
    if let Some(unfinished) = &saved.unfinished {
        assert_eq!(unfinished.ledger, common::ledger(committed * 10));
    }
    write_run(&mut store, committed + 1, CHECKPOINTS);
    drop(store);
    (records(dir), shown(dir))
}

fn shown(dir: &Path) -> String {
    let s = Snapshot::open(dir).unwrap();
    assert!(!s.is_cut());
    format!("{:?} {:?} {:?} {:?} {:?}", s.headers(), s.endpoints(), s.findings(), s.ledger(), s.trailer())
}

#[test]
fn a_kill_at_any_point_leaves_a_whole_checkpoint() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    let mut whole = open(&at("whole"));
    whole.begin(&header("a")).unwrap();
    write_run(&mut whole, 1, CHECKPOINTS);
    drop(whole);
    let wanted = (records(&at("whole")), shown(&at("whole")));

    let live = at("live");
    let mut store = open(&live);
    let mut expected = store.begin(&header("a")).unwrap();
    let mut tried = 0;
    let mut kill = |committed, expected: &SavedState| {
        tried += 1;
        let copy = at(&format!("killed-{tried}"));
        copy_dir(&live, &copy);
        assert_eq!(go_on(&copy, committed, expected), wanted, "killed at point {tried}");
    };
    kill(0, &expected);
    for n in 1..CHECKPOINTS {
        for finding in findings(n) {
            store.append(&[finding]).unwrap();
            kill(n - 1, &expected);
        }
        // Enough to be written before the commit: these must not be seen again.
        let big = record(1, model::Finding { next: "x".repeat(70_000), ..common::finding(9, 9) });
        let mut killed_with_tail = at(&format!("tail-{n}"));
        copy_dir(&live, &killed_with_tail);
        let mut log = fs::read(killed_with_tail.join("findings.mp")).unwrap();
        log.extend_from_slice(&big.to_bytes().unwrap());
        fs::write(killed_with_tail.join("findings.mp"), log).unwrap();
        assert_eq!(go_on(&killed_with_tail, n - 1, &expected), wanted);
        killed_with_tail.clear();
        store.commit(checkpoint(n, delta(n))).unwrap();
        let copy = at(&format!("rows-{n}"));
        copy_dir(&live, &copy);
        expected = open(&copy).begin(&header("a")).unwrap();
        assert!(!expected.rows.is_empty());
        kill(n, &expected);
    }
}

#[test]
fn a_log_torn_at_any_byte_is_cut_or_told() {
    let home = tempfile::tempdir().unwrap();
    let live = home.path().join("live");
    let mut store = open(&live);
    store.begin(&header("a")).unwrap();
    store.append(&findings(1)[..1]).unwrap();
    store.commit(checkpoint(1, delta(1))).unwrap();
    drop(store);
    let committed = fs::read(live.join("findings.mp")).unwrap();
    let whole = records(&live);
    let mut longer = committed.clone();
    longer.extend_from_slice(&findings(2)[0].to_bytes().unwrap());
    for length in (0..longer.len()).step_by(7).chain([committed.len() - 1, committed.len(), committed.len() + 1]) {
        let copy = home.path().join(format!("torn-{length}"));
        copy_dir(&live, &copy);
        fs::write(copy.join("findings.mp"), &longer[..length]).unwrap();
        let mut store = open(&copy);
        store.begin(&header("a")).unwrap();
        assert_eq!(store.warnings().len(), usize::from(length < committed.len()), "{length}");
        store.commit(checkpoint(2, delta(2))).unwrap();
        drop(store);
        let now = records(&copy);
        let kept = now.iter().zip(&whole).take_while(|(a, b)| a == b).count();
        assert!(kept + 1 >= now.len(), "{length}: {now:?}");
        assert!(length < committed.len() || kept == whole.len());
        fs::remove_dir_all(copy).unwrap();
    }
}

#[test]
fn a_reader_gives_what_is_whole_and_says_where_it_stopped() {
    let home = tempfile::tempdir().unwrap();
    let mut store = open(home.path());
    store.begin(&header("a")).unwrap();
    write_run(&mut store, 1, 2);
    drop(store);
    let bytes = fs::read(home.path().join("findings.mp")).unwrap();
    let all = records(home.path());
    let mut ends = vec![0];
    for record in &all {
        ends.push(ends.last().unwrap() + record.to_bytes().unwrap().len());
    }
    assert_eq!(*ends.last().unwrap(), bytes.len());
    for length in 0..bytes.len() {
        let mut reader = LogReader::new("x.findings", std::io::Cursor::new(bytes[..length].to_vec()));
        let got: Vec<_> = reader.by_ref().filter_map(Result::ok).collect();
        let whole = ends.iter().filter(|end| **end <= length).count() - 1;
        assert_eq!(got, all[..whole], "{length}");
        assert_eq!(reader.offset(), ends[whole] as u64);
        let stop = reader.damage();
        assert_eq!(stop.map(|d| (d.offset, d.cut)), (length != ends[whole]).then_some((ends[whole] as u64, true)));
        assert!(reader.next().is_none());
    }
    for at in ends[..all.len()].iter().copied() {
        let mut damaged = bytes.clone();
        damaged[at] = 0xc1;
        let mut reader = LogReader::new("x.findings", std::io::Cursor::new(damaged));
        let error = reader.by_ref().find_map(Result::err).unwrap();
        assert!(error.message.contains(&format!("x.findings holds no record at byte {at} ")), "{error}");
        assert!(!reader.damage().unwrap().cut);
    }
}
