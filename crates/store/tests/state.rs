//! What a state refuses, repairs and shows.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use common::{checkpoint, delta, header, last, open, records, row, write_run};
use model::record::Body;
use model::{DeploymentKey, EndpointRecord, PacketTime, RowKind, StateDelta, StateError, StateStore as _};
use rusqlite::Connection;
use store::{Settings, Snapshot, SqliteStore};

fn finished(dir: &Path, name: &str) {
    let mut store = open(dir);
    store.begin(&header(name)).unwrap();
    write_run(&mut store, 1, 2);
}

fn code(error: &StateError) -> &str {
    store::code(error).unwrap_or_default()
}

#[test]
fn every_file_is_private() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let mut store = open(&state);
    store.begin(&header("a")).unwrap();
    write_run(&mut store, 1, 2);
    assert_eq!(fs::metadata(&state).unwrap().mode() & 0o777, 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(&state).unwrap().map(Result::unwrap) {
        assert_eq!(entry.metadata().unwrap().mode() & 0o777, 0o600, "{:?}", entry.path());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["apitap.db", "apitap.db-shm", "apitap.db-wal", "findings.mp", "key", "lock"]);
}

#[test]
fn a_second_writer_is_refused_by_process_id_and_a_reader_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    store.begin(&header("a")).unwrap();
    store.commit(checkpoint(1, delta(1))).unwrap();
    let error = SqliteStore::open(dir.path(), Settings::default()).unwrap_err();
    assert_eq!(code(&error), "E401");
    assert!(error.message.contains(&format!("process {}", std::process::id())), "{error}");
    let before = Snapshot::open(dir.path()).unwrap();
    assert!(before.is_cut());
    store.commit(last(checkpoint(2, delta(2)))).unwrap();
    let after = Snapshot::open(dir.path()).unwrap();
    assert!(!after.is_cut());
    assert_eq!((before.totals().transactions, after.totals().transactions), (5, 10));
    drop(store);
    open(dir.path());
}

#[test]
fn inputs_count_once() {
    let dir = tempfile::tempdir().unwrap();
    finished(dir.path(), "a");
    let written = records(dir.path()).len();
    let error = open(dir.path()).begin(&header("a")).unwrap_err();
    assert_eq!(code(&error), "E403");
    assert!(error.message.contains("1970-01-01T00:00:00.0000002Z"), "{error}");
    let mut other = header("b");
    other.inputs.extend(header("a").inputs);
    let error = open(dir.path()).begin(&other).unwrap_err();
    assert_eq!(code(&error), "E403");
    assert!(error.message.contains("\"a\""), "{error}");
    assert_eq!(records(dir.path()).len(), written, "a refused run leaves the log as it was");

    let mut again = SqliteStore::open(dir.path(), Settings { again: true, ..Settings::default() }).unwrap();
    let saved = again.begin(&header("a")).unwrap();
    assert!(saved.unfinished.is_none() && !saved.rows.is_empty());
    write_run(&mut again, 1, 1);
    drop(again);
    assert_eq!(Snapshot::open(dir.path()).unwrap().headers().len(), 2);
}

#[test]
fn an_interface_is_never_read_twice() {
    let dir = tempfile::tempdir().unwrap();
    let mut live = header("eth1");
    live.inputs[0].digest = model::Id::default();
    for _ in 0..2 {
        let mut store = open(dir.path());
        assert!(store.begin(&live).unwrap().unfinished.is_none());
        store.commit(checkpoint(7, delta(1))).unwrap();
    }
    let mut store = open(dir.path());
    store.begin(&live).unwrap();
    store.commit(last(checkpoint(1, delta(2)))).unwrap();
    drop(store);
    assert!(open(dir.path()).begin(&live).is_ok());
}

#[test]
fn another_run_keeps_what_a_cut_one_committed_and_the_cut_one_can_go_on_later() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    store.begin(&header("a")).unwrap();
    store
        .commit(checkpoint(3, StateDelta { rows: vec![row(RowKind::Stage, 1, b"a")], ..StateDelta::default() }))
        .unwrap();
    drop(store);
    finished(dir.path(), "b");
    let mut store = open(dir.path());
    let saved = store.begin(&header("a")).unwrap();
    assert!(saved.rows.contains(&row(RowKind::Stage, 1, b"a")));
    assert_eq!(saved.unfinished.unwrap().epoch, 3);
    store.commit(last(checkpoint(4, StateDelta::default()))).unwrap();
    drop(store);
    let headers: Vec<_> = records(dir.path())
        .into_iter()
        .filter_map(|r| if let Body::Header(h) = r.body { Some(h.inputs[0].name.clone()) } else { None })
        .collect();
    assert_eq!(headers, ["a", "b", "a"], "the log says whose findings follow");
    let error = open(dir.path()).begin(&header("a")).unwrap_err();
    assert_eq!(code(&error), "E403");
}

#[test]
fn a_partly_read_input_of_another_run_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    store.begin(&header("a")).unwrap();
    store.commit(checkpoint(3, StateDelta::default())).unwrap();
    drop(store);
    let mut other = header("b");
    other.inputs = header("a").inputs;
    let mut store = open(dir.path());
    store.begin(&other).unwrap();
    assert!(store.warnings().iter().any(|w| w.contains("counts twice")), "{:?}", store.warnings());
}

#[test]
fn another_key_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    finished(dir.path(), "a");
    let settings = Settings { key: Some(DeploymentKey::new([7; 32])), ..Settings::default() };
    let error = SqliteStore::open(dir.path(), settings).unwrap_err();
    assert_eq!(code(&error), "E404");
    fs::remove_file(dir.path().join("key")).unwrap();
    let error = SqliteStore::open(dir.path(), Settings::default()).unwrap_err();
    assert!(error.message.contains("another key"), "{error}");
}

#[test]
fn a_damaged_database_is_set_aside_and_the_log_kept() {
    let rewrite = |change: fn(&mut Vec<u8>)| {
        let dir = tempfile::tempdir().unwrap();
        finished(dir.path(), "a");
        let path = dir.path().join("apitap.db");
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        let log = records(dir.path());
        let mut store = open(dir.path());
        assert!(store.warnings()[0].contains("apitap.db.damaged-1"), "{:?}", store.warnings());
        assert_eq!(fs::read(dir.path().join("apitap.db.damaged-1")).unwrap(), bytes);
        assert!(store.begin(&header("b")).unwrap().rows.is_empty());
        store.commit(last(checkpoint(1, delta(1)))).unwrap();
        drop(store);
        assert_eq!(records(dir.path())[..log.len()], log);
        assert_eq!(Snapshot::open(dir.path()).unwrap().headers().len(), 1);
    };
    rewrite(|bytes| bytes[..16].fill(7));
    rewrite(|bytes| bytes.truncate(4_096 * 3));
    rewrite(|bytes| {
        let end = bytes.len();
        bytes[4_096..end].fill(0xa5);
    });
}

#[test]
fn a_damaged_segment_of_what_was_learned_sets_the_database_aside() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    store.begin(&header("a")).unwrap();
    store
        .commit(last(checkpoint(
            3,
            StateDelta { rows: vec![row(RowKind::Stage, 1, b"abcdef")], ..StateDelta::default() },
        )))
        .unwrap();
    drop(store);
    let raw = Connection::open(dir.path().join("apitap.db")).unwrap();
    raw.execute("UPDATE segments SET body = substr(body, 1, length(body) - 3)", []).unwrap();
    drop(raw);
    let store = open(dir.path());
    assert!(store.warnings()[0].contains("apitap.db.damaged-1"), "{:?}", store.warnings());
    drop(store);
    assert!(open(dir.path()).warnings().is_empty(), "the new one is whole");
}

#[test]
fn a_newer_state_is_refused_and_untouched() {
    let dir = tempfile::tempdir().unwrap();
    finished(dir.path(), "a");
    let path = dir.path().join("apitap.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 12).unwrap();
    let before = fs::read(&path).unwrap();
    let error = SqliteStore::open(dir.path(), Settings::default()).unwrap_err();
    assert_eq!(code(&error), "E402");
    assert!(error.message.contains("schema 12") && error.message.contains("up to 2"), "{error}");
    assert_eq!(code(&Snapshot::open(dir.path()).unwrap_err()), "E402");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn people_can_query_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    store.begin(&header("a")).unwrap();
    let delta = StateDelta {
        endpoints: vec![common::endpoint(4, 7)],
        times: vec![common::times(4, 2_000_000)],
        findings: vec![common::finding(4, 3)],
        ..StateDelta::default()
    };
    store.commit(checkpoint(1, delta)).unwrap();
    let later = StateDelta { times: vec![common::times(4, 5_000_000)], ..StateDelta::default() };
    store.commit(checkpoint(2, later)).unwrap();
    let db = Connection::open(dir.path().join("apitap.db")).unwrap();
    let sql = "SELECT ref, calls, auth, latency_p50_ms, first_at FROM v_endpoints WHERE template LIKE '%orders%'";
    let row: (String, i64, String, f64, String) =
        db.query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?))).unwrap();
    let reference = format!("E-{}", common::id(4).base32());
    let first_at = "2026-03-02T08:41:03.000000004Z";
    assert_eq!(row, (reference.clone(), 7, "bearer:7 none:1".into(), 5.0, first_at.into()));
    assert_eq!(PacketTime(1_772_440_863_000_000_004).to_string(), first_at);
    let on: (String, String) =
        db.query_row("SELECT severity, endpoint FROM v_findings", [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    assert_eq!(on, ("high".into(), reference));
    let services: (String, i64) =
        db.query_row("SELECT service, calls FROM v_services", [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    assert_eq!(services, ("s1.example".into(), 7));
    let types: String = db.query_row("SELECT group_concat(types) FROM parameters", [], |r| r.get(0)).unwrap();
    assert_eq!(types, "int,int");
}

#[test]
fn hostile_names_are_kept_as_data() {
    let dir = tempfile::tempdir().unwrap();
    let nasty = format!("/x'); DROP TABLE endpoints; --\0\u{1b}[2J\r\n\u{202e}{}", "é".repeat(4_096));
    let mut endpoint = common::endpoint(1, 1);
    endpoint.template.clone_from(&nasty);
    endpoint.service.clone_from(&nasty);
    endpoint.params[0].name.clone_from(&nasty);
    let mut finding = common::finding(2, 2);
    finding.title.clone_from(&nasty);
    let mut store = open(dir.path());
    let mut hostile = header("a");
    hostile.inputs[0].name.clone_from(&nasty);
    store.begin(&hostile).unwrap();
    store.append(&[common::record(1, finding.clone())]).unwrap();
    let delta =
        StateDelta { endpoints: vec![endpoint.clone()], findings: vec![finding.clone()], ..StateDelta::default() };
    store.commit(last(checkpoint(1, delta))).unwrap();
    drop(store);
    let snapshot = Snapshot::open(dir.path()).unwrap();
    assert_eq!(snapshot.endpoints(), [endpoint]);
    assert_eq!(snapshot.findings(), [finding]);
    assert_eq!(snapshot.header(), Some(&hostile));
    let error = open(dir.path()).begin(&hostile).unwrap_err().message;
    assert!(!error.chars().any(char::is_control), "{error:?}");
    let mut other = header("b");
    other.inputs.clone_from(&hostile.inputs);
    let error = open(dir.path()).begin(&other).unwrap_err().message;
    assert!(!error.chars().any(char::is_control), "{error:?}");
}

#[test]
fn a_directory_without_state_and_a_file_without_header_are_told() {
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in [("empty", &b""[..]), ("text", b"hello"), ("scalar", &[0x05])] {
        let path = dir.path().join(path);
        fs::write(&path, bytes).unwrap();
        assert_eq!(code(&Snapshot::open(&path).unwrap_err()), "E405");
    }
    assert_eq!(code(&Snapshot::open(dir.path()).unwrap_err()), "E405");
    assert_eq!(code(&Snapshot::open(&dir.path().join("none")).unwrap_err()), "E406");
}

#[test]
fn many_endpoints_come_whole_and_in_order_and_briefly_all_that_a_list_shows() {
    let dir = tempfile::tempdir().unwrap();
    let mut wanted: Vec<_> = (0..5_000).map(|n| common::endpoint(n * 7_919 % 5_000, n + 1)).collect();
    for (n, endpoint) in wanted.iter_mut().enumerate() {
        endpoint.template = format!("/v1/things-{:04}/{{int}}", n * 31 % 5_000);
        endpoint.zones.insert(model::Zone::External, 3);
        endpoint.data.returned.insert(model::DataClass::Email.into(), 2);
    }
    let mut store = open(dir.path());
    store.begin(&header("a")).unwrap();
    let delta = StateDelta { endpoints: wanted.clone(), ..StateDelta::default() };
    store.commit(last(checkpoint(1, delta))).unwrap();
    drop(store);
    wanted.sort_by(|a, b| (&a.service, &a.template).cmp(&(&b.service, &b.template)));
    assert!(Snapshot::open(dir.path()).unwrap().endpoints() == wanted);
    let brief = Snapshot::open_to(dir.path(), store::Extent::Brief).unwrap();
    assert_eq!(brief.endpoints().len(), wanted.len());
    for (brief, whole) in brief.endpoints().iter().zip(wanted) {
        let told = EndpointRecord {
            evidence: Vec::new(),
            request_bytes: 0,
            response_bytes: 0,
            request_types: BTreeMap::new(),
            response_types: BTreeMap::new(),
            params: Vec::new(),
            anomalies: BTreeMap::new(),
            supersedes: Vec::new(),
            responses: Vec::new(),
            clients: BTreeMap::new(),
            hours: BTreeMap::new(),
            ..whole
        };
        assert_eq!(*brief, told);
    }
}
