//! A replay into a state that is killed, or asked to stop, ends as one that was not; and a disk that takes no more, or
//! may not be written to, leaves a whole state.
//!
//! The binary itself, as a process. Compared are the bytes of the findings log and every table of the database.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use make_fixtures::busy;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

/// How often one run is cut short; after that it may come to its end.
const CUTS: u64 = 6;

/// A folder with the capture, and states of one key.
struct Place(TempDir);

/// Describes less than half of what the capture holds, one of it as going away and one as it is not.
const DESCRIPTION: &str = r#"openapi: 3.1.0
info: { title: Shop, version: "1" }
servers: [{ url: "http://shop.example:8080/v1" }]
paths:
  /orders/{id}: { get: { deprecated: true, responses: { "200": { description: order } } } }
  /invoices/{id}: { get: { responses: { "204": { description: nothing } } } }
  /carts/{id}: { get: { responses: { "200": { description: cart } } } }
"#;

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("busy.pcap"), busy::capture()).unwrap();
        fs::write(folder.path().join("shop.yaml"), DESCRIPTION).unwrap();
        Self(folder)
    }

    /// The same, held against a description.
    fn described(&self, state: &str) -> Command {
        let mut command = self.replay(state);
        command.args(["--spec", "shop.yaml"]);
        command
    }

    /// The replay into a state. Checkpoints are as close as they can be.
    fn replay(&self, state: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_apitap"));
        command.args(["replay", "--quiet", "--no-progress", "busy.pcap", "--state", state]);
        command.current_dir(self.0.path()).env("XDG_CONFIG_HOME", self.0.path().join("none"));
        command.env("APITAP_PIPELINE_CHECKPOINT", "2s").env("APITAP_PIPELINE_CHECKPOINT_WORK", "0s");
        command.env_remove("APITAP_CONFIG").env_remove("APITAP_STATE");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// A state that holds nothing but the key of `other`.
    fn twin(&self, state: &str, other: &str) {
        let (state, other) = (self.0.path().join(state), self.0.path().join(other));
        fs::create_dir(&state).unwrap();
        fs::copy(other.join("key"), state.join("key")).unwrap();
        for (path, mode) in [(&state, 0o700), (&state.join("key"), 0o600)] {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
            fs::set_permissions(path, mode).unwrap();
        }
    }

    fn contents(&self, state: &str) -> Contents {
        let dir = self.0.path().join(state);
        let tables = tables(&dir.join("apitap.db"));
        let mut log = Vec::new();
        let mut files: Vec<_> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "mp"));
        files.sort();
        for file in files {
            log.extend(fs::read(file).unwrap());
        }
        Contents { log, tables }
    }

    /// Whether the run has come to its end.
    fn has_finished(&self, state: &str) -> bool {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let Ok(database) = Connection::open_with_flags(self.0.path().join(state).join("apitap.db"), flags) else {
            return false;
        };
        database.query_row("SELECT count(*) FROM runs WHERE status = 'finished'", [], |row| row.get(0)) == Ok(1)
    }

    /// Waits until the state was written to `times` times, or the run ended.
    fn wait_for_writes(&self, state: &str, child: &mut Child, times: u64) {
        let watched = [self.0.path().join(state).join("apitap.db-wal"), self.0.path().join(state).join("findings.mp")];
        let look = || watched.each_ref().map(|path| fs::metadata(path).ok().and_then(|meta| meta.modified().ok()));
        let (mut last, mut writes) = (look(), 0);
        while writes < times && child.try_wait().unwrap().is_none() {
            sleep(Duration::from_micros(300));
            let now = look();
            writes += u64::from(now != last);
            last = now;
        }
    }
}

/// What a state says.
#[derive(PartialEq)]
struct Contents {
    log: Vec<u8>,
    tables: Vec<(String, Vec<Vec<Value>>)>,
}

impl Contents {
    fn assert_same(&self, other: &Self, what: &str) {
        assert!(self.log == other.log, "{what}: logs of {} and {} bytes differ", self.log.len(), other.log.len());
        for ((name, one), (_, two)) in self.tables.iter().zip(&other.tables) {
            let first = one.iter().zip(two).find(|(a, b)| a != b);
            assert_eq!(first, None, "{what}: table {name}");
            assert_eq!(one.len(), two.len(), "{what}: rows of table {name}");
        }
    }
}

/// Every table but SQLite's own, with its rows in order.
fn tables(database: &Path) -> Vec<(String, Vec<Vec<Value>>)> {
    let database = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut names = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").unwrap();
    let names = names.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
    let names: Vec<String> = names.filter(|name| !name.starts_with("sqlite_")).collect();
    assert!(names.len() > 4, "{names:?}");
    let mut all = Vec::new();
    for name in names {
        let mut rows = database.prepare(&format!("SELECT * FROM {name} ORDER BY 1")).unwrap();
        let columns = rows.column_count();
        let read = |row: &rusqlite::Row<'_>| (0..columns).map(|at| row.get::<_, Value>(at)).collect();
        let mut rows: Vec<Vec<Value>> = rows.query_map([], read).unwrap().map(Result::unwrap).collect();
        if name == "segments" {
            rows = learned(rows);
        }
        rows.sort_by_key(|row| format!("{row:?}"));
        all.push((name, rows));
    }
    all
}

/// What segments say, as a row for each subject: how they are cut depends on when the run was.
fn learned(segments: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    let mut last = BTreeMap::new();
    for segment in segments {
        let body =
            segment.last().and_then(|body| if let Value::Blob(body) = body { Some(body) } else { None }).unwrap();
        // Behind the checksum.
        let (_, mut rest) = body.split_at(16);
        while let Some((subject, more)) = rest.split_first_chunk::<17>() {
            let (length, more) = more.split_first_chunk::<4>().unwrap();
            let (model, more) = more.split_at(u32::from_le_bytes(*length) as usize);
            last.insert(*subject, model.to_vec());
            rest = more;
        }
    }
    last.retain(|_, model| !model.is_empty());
    last.into_iter().map(|(subject, model)| vec![Value::Blob(subject.to_vec()), Value::Blob(model)]).collect()
}

fn assert_done(output: &Output, what: &str) {
    assert_eq!(output.status.code(), Some(0), "{what}: {}", String::from_utf8_lossy(&output.stderr));
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    Command::new("sh").args(["-c", "kill -\"$0\" \"$1\"", name, &id]).status().unwrap();
}

#[test]
fn killed_or_stopped_at_any_moment_and_resumed_it_ends_as_if_it_was_not() {
    let place = Place::new();
    cut_and_resumed(&place, &["KILL", "INT", "TERM"], |state| place.replay(state));
}

#[test]
fn what_differs_from_a_description_is_told_the_same_when_the_run_was_killed() {
    let place = Place::new();
    let whole = cut_and_resumed(&place, &["KILL", "TERM"], |state| place.described(state));
    for detector in ["shadow-endpoint", "zombie-endpoint", "drift"] {
        let told = whole.log.windows(detector.len()).any(|bytes| bytes == detector.as_bytes());
        assert!(told, "{detector} is told");
    }
}

#[test]
fn a_run_that_was_cut_short_does_not_go_on_under_another_description() {
    let place = Place::new();
    let mut child = place.described("cut").spawn().unwrap();
    place.wait_for_writes("cut", &mut child, 12);
    signal(&child, "KILL");
    child.wait_with_output().unwrap();
    assert!(!place.has_finished("cut"), "the machine was too fast");
    fs::write(place.0.path().join("shop.yaml"), format!("{DESCRIPTION}# changed\n")).unwrap();
    let output = place.described("cut").output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("other settings") && error.contains("counts twice"), "{error}");
}

/// Cuts runs short by each signal again and again until they end; gives what the state of an uninterrupted one holds.
fn cut_and_resumed(place: &Place, signals: &[&str], replay: impl Fn(&str) -> Command) -> Contents {
    assert_done(&replay("whole").output().unwrap(), "uninterrupted");
    let whole = place.contents("whole");
    assert!(whole.log.len() > 10_000, "there is something to lose: {} bytes of log", whole.log.len());
    for name in signals {
        place.twin(name, "whole");
        let mut cut = 0;
        while cut < CUTS && !place.has_finished(name) {
            let mut child = replay(name).spawn().unwrap();
            // The first moment is before anything was written; the others get further by steps that do not repeat.
            place.wait_for_writes(name, &mut child, cut * (5 + 3 * cut) / 2);
            signal(&child, name);
            let output = child.wait_with_output().unwrap();
            if output.status.code().is_some() {
                assert_done(&output, name);
            }
            cut += 1;
        }
        // How many moments there are depends on how busy the machine is; the first is before anything was written.
        assert!(cut > 0, "{name}: never cut short");
        if !place.has_finished(name) {
            assert_done(&replay(name).output().unwrap(), name);
        }
        place.contents(name).assert_same(&whole, name);
    }
    whole
}

#[test]
fn a_disk_that_takes_no_more_ends_the_run_with_code_4_and_the_state_goes_on_when_there_is_room() {
    let place = Place::new();
    assert_done(&place.replay("whole").output().unwrap(), "uninterrupted");
    let whole = place.contents("whole");
    // The largest file may have so many blocks of 512 bytes (POSIX `ulimit -f`); SIGXFSZ is ignored, writes fail.
    for blocks in [8, 64, 200, 400] {
        let state = format!("full{blocks}");
        place.twin(&state, "whole");
        let replay = place.replay(&state);
        let mut limited = Command::new("sh");
        limited.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\""]).arg(blocks.to_string());
        limited.arg(replay.get_program()).args(replay.get_args()).current_dir(place.0.path());
        for (name, value) in replay.get_envs() {
            match value {
                Some(value) => limited.env(name, value),
                None => limited.env_remove(name),
            };
        }
        let output = limited.output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{blocks} blocks: {error}");
        assert!(error.contains("[E"), "{blocks} blocks: {error}");
        assert_done(&place.replay(&state).output().unwrap(), "with room again");
        place.contents(&state).assert_same(&whole, &state);
    }
}
