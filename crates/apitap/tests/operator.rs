//! What an operator does beside watching: learns without telling, judges without learning, names callers.
//!
//! The binary itself, over committed fixtures, with a known key.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use support::Installation;

/// A folder with `input.pcap` of the fixture.
fn with_fixture(name: &str) -> Installation {
    let place = Installation::new();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name).join("input.pcap");
    fs::copy(fixture, place.path().join("input.pcap")).unwrap();
    place
}

/// Exit code and standard error of a command that is refused.
fn refused(place: &Installation, arguments: &[&str]) -> (i32, String) {
    let output = place.command(env!("CARGO_BIN_EXE_apitap")).args(arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// The findings of a file or a state, as they stood last.
fn findings(place: &Installation, source: &[&str]) -> Vec<Value> {
    let list = place.run(&[&["-q", "findings", "--format", "json"], source].concat());
    let document: Value = serde_json::from_str(&list).unwrap();
    document["findings"].as_array().unwrap().clone()
}

/// Every file that holds what a state knows.
fn contents(state: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let names = ["apitap.db", "findings.mp", "key"];
    names.iter().map(|name| (state.join(name), fs::read(state.join(name)).unwrap())).collect()
}

#[test]
fn a_run_that_only_learns_tells_nothing_and_makes_it_usual() {
    let place = with_fixture("object-enumeration");
    let state = place.path().join("s");
    support::key(&state);
    place.run(&["-q", "replay", "input.pcap", "-o", "fresh.findings"]);
    assert!(!findings(&place, &["fresh.findings"]).is_empty(), "the fixture is told without a state");

    let told = place.run(&["replay", "input.pcap", "--learn-only", "--state", "s", "--no-progress"]);
    assert!(told.contains("Findings  none"), "{told}");
    assert_eq!(findings(&place, &["--state", "s"]), Vec::<Value>::new());
    let endpoints = place.run(&["-q", "inventory", "--state", "s"]);
    assert!(endpoints.contains("/v1/orders/{int}"), "{endpoints}");
    let counters = place.run(&["-q", "findings", "convert", "--all", "--to", "jsonl", "--state", "s"]);
    assert!(!counters.contains("findings.folded"), "what is learned is no finding without room");

    // Objects that the caller knows are not counted: what was learned is used.
    place.run(&["-q", "replay", "input.pcap", "--baseline", "s", "-o", "after.findings"]);
    assert_eq!(findings(&place, &["after.findings"]), Vec::<Value>::new());
}

#[test]
fn a_run_against_a_baseline_tells_what_is_unusual_and_leaves_the_state_as_it_is() {
    let place = with_fixture("object-enumeration");
    let decoy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/object-enumeration-decoy/input.pcap");
    fs::copy(decoy, place.path().join("usual.pcap")).unwrap();
    let state = place.path().join("s");
    support::key(&state);
    place.run(&["-q", "replay", "usual.pcap", "--state", "s"]);
    let before = contents(&state);

    for (threads, out) in [("1", "one.findings"), ("3", "three.findings")] {
        let with = ["--baseline", "s", "--shards", threads, "--workers", threads, "-o", out];
        let told = place.run(&[&["replay", "input.pcap", "--no-progress"], &with[..]].concat());
        assert!(told.contains("with those of the baseline"), "{told}");
    }
    let read = |name: &str| fs::read(place.path().join(name)).unwrap();
    assert!(read("one.findings") == read("three.findings"), "the same for any number of threads");
    assert!(contents(&state) == before, "nothing of the state changed");
    let found = findings(&place, &["one.findings"]);
    assert!(found.iter().any(|finding| finding["detector"] == "object-enumeration"), "{found:?}");

    // Another baseline is another run: its records say so.
    place.run(&["-q", "replay", "input.pcap", "-o", "fresh.findings"]);
    assert!(read("fresh.findings") != read("one.findings"));
}

#[test]
fn options_of_a_baseline_that_make_no_sense_are_refused() {
    let place = with_fixture("keep-alive");
    support::key(&place.path().join("s"));
    place.run(&["-q", "replay", "input.pcap", "--state", "s"]);
    for (arguments, code, part) in [
        (&["replay", "input.pcap", "--learn-only"][..], 2, "kept nowhere"),
        (&["replay", "input.pcap", "--baseline", "s", "--state", "s"], 2, "[E001]"),
        (&["replay", "input.pcap", "--baseline", "s", "--learn-only"], 2, "cannot be used with"),
        (&["replay", "input.pcap", "--baseline", "none"], 3, "holds no state"),
        (&["replay", "input.pcap", "--learn-only", "--state", "s"], 2, "[E403]"),
    ] {
        let (seen, told) = refused(&place, arguments);
        assert_eq!(seen, code, "{arguments:?}: {told}");
        assert!(told.contains(part), "{arguments:?}: {told}");
    }
    fs::write(place.path().join("s/key"), [8; 32]).unwrap();
    let (code, told) = refused(&place, &["replay", "input.pcap", "--baseline", "s", "-o", "x.findings"]);
    assert!(code == 2 && told.contains("made with another key"), "{told}");
    assert!(!place.path().join("x.findings").exists(), "what is refused writes nothing");
}

/// Runs apitap with something on standard input; what it printed, and said.
fn typed(place: &Installation, arguments: &[&str], input: &[u8]) -> (String, String) {
    let mut command = place.command(env!("CARGO_BIN_EXE_apitap"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", text(output.stderr));
    (text(output.stdout), text(output.stderr))
}

/// The token of the caller of a finding, as it stands in the capture.
fn token_of(place: &Installation) -> String {
    let capture = fs::read(place.path().join("input.pcap")).unwrap();
    // The caller that enumerates comes last.
    let at = capture.windows(7).rposition(|window| window.eq_ignore_ascii_case(b"bearer ")).unwrap();
    let token = capture[at + 7..].split(|byte| *byte == b'\r').next().unwrap();
    String::from_utf8(token.to_vec()).unwrap()
}

#[test]
fn labels_of_the_book_stand_wherever_a_caller_does_and_credentials_nowhere() {
    let place = with_fixture("object-enumeration");
    let token = token_of(&place);
    let book = format!("# callers\nnight b\u{fc}tch\t{token}\n");
    fs::write(place.path().join("book.tsv"), &book).unwrap();
    place.run(&["-q", "replay", "input.pcap", "--identities", "book.tsv"]);
    let of_file = ["input.findings"];
    assert_eq!(findings(&place, &of_file)[0]["subject"]["label"], "night b\u{fc}tch");
    let id = findings(&place, &of_file)[0]["id"].as_str().unwrap().to_owned();
    for arguments in [
        &["findings", "input.findings"][..],
        &["findings", "input.findings", "--format", "csv"],
        &["findings", "explain", &id, "input.findings"],
        &["replay", "input.pcap", "--identities", "book.tsv", "-o", "again.findings"],
    ] {
        let shown = place.run(arguments);
        assert!(shown.contains("night b\u{fc}tch"), "{arguments:?}: {shown}");
    }
    let (found, _) = typed(&place, &["identity", "--find", "input.findings"], token.as_bytes());
    assert!(found.contains("night b\u{fc}tch") && found.contains("F-"), "{found}");

    // A state keeps the labels, also for what was told before; a new book replaces the old one.
    support::key(&place.path().join("s"));
    place.run(&["-q", "replay", "input.pcap", "--state", "s"]);
    assert_eq!(findings(&place, &["--state", "s"])[0]["subject"].get("label"), None);
    place.run(&["-q", "replay", "input.pcap", "--state", "s", "--again", "--identities", "book.tsv"]);
    assert!(
        findings(&place, &["--state", "s"]).iter().all(|finding| finding["subject"]["label"] == "night b\u{fc}tch")
    );
    place.run(&["-q", "replay", "input.pcap", "--baseline", "s", "-o", "judged.findings"]);
    fs::write(place.path().join("book.tsv"), book.replace("night", "day")).unwrap();
    place.run(&["-q", "replay", "input.pcap", "--state", "s", "--again", "--identities", "book.tsv"]);
    assert!(findings(&place, &["--state", "s"]).iter().all(|finding| finding["subject"]["label"] == "day b\u{fc}tch"));

    let secret = token.rsplit('.').next().unwrap();
    for entry in ["s/apitap.db", "s/findings.mp", "input.findings", "again.findings"] {
        let bytes = fs::read(place.path().join(entry)).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "a credential in {entry}");
    }
}

#[test]
fn a_credential_is_looked_for_by_what_was_typed() {
    let place = with_fixture("object-enumeration");
    support::key(&place.path().join("s"));
    place.run(&["-q", "replay", "input.pcap", "--state", "s"]);
    let list = |arguments: &[&str], input: &str| {
        let (out, err) =
            typed(&place, &[&["identity", "--find", "--format", "json"], arguments].concat(), input.as_bytes());
        let document: Value = serde_json::from_str(&out).unwrap();
        (document["identities"].as_array().unwrap().clone(), err)
    };
    let (found, said) = list(&["--state", "s"], &format!("{}\n", token_of(&place)));
    assert_eq!((found.len(), said.as_str()), (1, ""), "a token whose claims name its owner is one thing");
    assert_eq!(found[0]["findings"][0], findings(&place, &["--state", "s"])[0]["id"]);
    let (found, said) = list(&[], "something");
    assert!(found.len() == 7 && said.contains("any of these"), "{found:?} {said}");
    let kinds: Vec<_> = found.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["token", "api_key", "session", "user", "user", "certificate", "token_claim"]);
    let (code, told) = refused(&place, &["identity", "--find"]);
    assert!(code == 2 && told.contains("[E001]"), "nothing is typed: {told}");
    fs::write(place.path().join("book.tsv"), "fine\tkey\nhunter2\n").unwrap();
    fs::write(place.path().join("a.toml"), "[identities]\nfile = \"book.tsv\"\n").unwrap();
    for arguments in [
        &["replay", "input.pcap", "--identities", "book.tsv", "-o", "x.findings"][..],
        &["--config", "a.toml", "replay", "input.pcap", "-o", "x.findings"],
        &["--config", "a.toml", "config", "check"],
    ] {
        let (code, told) = refused(&place, arguments);
        assert!(code == 2 && told.contains("book.tsv:2: no tab") && !told.contains("hunter2"), "{told}");
    }
}

#[test]
fn what_was_acknowledged_is_left_out_and_counted() {
    let place = with_fixture("object-enumeration");
    place.run(&["-q", "replay", "input.pcap", "-o", "x.findings"]);
    let id = findings(&place, &["x.findings"])[0]["id"].as_str().unwrap().to_owned();
    let ack = ["-q", "findings", "ack", &id, "x.findings", "--reason", "a load test", "--until", "2999-12-31"];
    place.run(&ack);
    assert_eq!(findings(&place, &["x.findings"]), Vec::<Value>::new());
    assert_eq!(findings(&place, &["x.findings", "--acked"]).len(), 1);
    let (_, said) = typed(&place, &["findings", "x.findings"], b"");
    assert!(said.contains("1 acknowledged finding is left out") && !said.contains("No finding matches"), "{said}");
    let explained = place.run(&["findings", "explain", &id, "x.findings"]);
    assert!(explained.contains("ACK    until 2999-12-31: a load test"), "{explained}");
    let listed = place.run(&["findings", "acks", "x.findings", "--format", "json"]);
    assert!(listed.contains("\"state\": \"holds\"") && listed.contains("a load test"), "{listed}");
    assert!(place.run(&["findings", "convert", "x.findings", "--to", "csv"]).contains(&id), "converted are all");
    // A replay writes the same findings: what was said of them still holds.
    place.run(&["-q", "replay", "input.pcap", "-o", "x.findings"]);
    assert_eq!(findings(&place, &["x.findings"]), Vec::<Value>::new());
    place.run(&["findings", "ack", &id, "x.findings", "--undo"]);
    assert_eq!(findings(&place, &["x.findings"]).len(), 1);
    for (arguments, part) in [
        (&["findings", "ack", &id, "x.findings"][..], "--reason"),
        (&["findings", "ack", &id, "x.findings", "--undo"], "is not acknowledged"),
        (&["findings", "ack", &id, "x.findings", "--reason", " "], "says nothing"),
        (&["findings", "ack", &id, "x.findings", "--reason", "a", "--until", "2020-01-01"], "has passed"),
        (&["findings", "ack", &id, "x.findings", "--reason", "a", "--until", "tomorrow"], "expected a date"),
        (&["findings", "ack", "F-ZZZZ", "x.findings", "--reason", "a"], "[E407]"),
    ] {
        let (code, told) = refused(&place, arguments);
        assert!(code == 2 && told.contains(part), "{arguments:?}: {told}");
    }
    fs::write(place.path().join("x.findings.acks.toml"), "[[ack]]\nfinding = 7\n").unwrap();
    let (code, told) = refused(&place, &["findings", "x.findings"]);
    assert!(code == 2 && told.contains("[E307]"), "{told}");
}

#[test]
fn the_frames_of_the_evidence_are_cut_out() {
    let place = with_fixture("object-enumeration");
    place.run(&["-q", "replay", "input.pcap"]);
    let finding = findings(&place, &["input.findings"]).remove(0);
    let id = finding["id"].as_str().unwrap();
    let explain = ["findings", "explain", id, "input.findings"];
    let screen = place.run(&explain);
    assert_eq!(place.run(&[&explain[..], &["--pcap", "cut.pcapng"]].concat()), screen, "the screen is printed too");
    let mode = fs::metadata(place.path().join("cut.pcapng")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // Of each transaction shown there is one in the cut, and nothing else.
    let whole = place.run(&["decode", "-q", "input.pcap"]);
    let cut = place.run(&["decode", "-q", "cut.pcapng"]);
    let targets = |lines: &str, keep: &dyn Fn(&Value) -> bool| {
        let values = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        values.filter(keep).map(|tx| tx["target"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let shown: Vec<_> = finding["evidence"].as_array().unwrap().iter().map(|one| one["frame"].clone()).collect();
    let wanted = targets(&whole, &|tx| shown.contains(&tx["frame"]));
    assert!(!wanted.is_empty() && wanted.len() == shown.len());
    assert_eq!(targets(&cut, &|_| true), wanted);

    // The capture is known by its content, whatever its name and wherever it is.
    fs::create_dir(place.path().join("far")).unwrap();
    fs::rename(place.path().join("input.pcap"), place.path().join("far/other.pcap")).unwrap();
    let from = |from: &str| {
        [&explain[..], &["--pcap", "-", "--from", from]].concat().iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()
    };
    let command = |arguments: &[String]| place.command(env!("CARGO_BIN_EXE_apitap")).args(arguments).output().unwrap();
    for place_of in ["far", "far/other.pcap"] {
        let output = command(&from(place_of));
        assert_eq!(output.stdout, fs::read(place.path().join("cut.pcapng")).unwrap());
    }
    fs::write(place.path().join("far/none.pcap"), &fs::read(place.path().join("far/other.pcap")).unwrap()[..5_000])
        .unwrap();
    for (arguments, code, part) in [
        (&["--pcap", "new.pcapng"][..], 3, "is not here"),
        (&["--pcap", "new.pcapng", "--from", "far/none.pcap"], 3, "none of the files named"),
        (&["--pcap", "cut.pcapng", "--from", "far"], 2, "exists and was left untouched"),
        (&["--from", "far"], 2, "--pcap"),
    ] {
        let (seen, told) = refused(&place, &[&explain[..], arguments].concat());
        assert!(seen == code && told.contains(part), "{arguments:?}: {told}");
    }
    assert!(!place.path().join("new.pcapng").exists());
}

/// A file that holds what the state `s` has learned from the fixture, whose key is the usual one.
fn exported(place: &Installation) {
    support::key(&place.path().join("s"));
    place.run(&["-q", "replay", "input.pcap", "--state", "s"]);
    place.run(&["-q", "state", "export", "--state", "s", "-o", "s.baseline"]);
}

#[test]
fn a_baseline_that_was_carried_judges_as_where_it_was_learned() {
    let place = with_fixture("object-enumeration-decoy");
    exported(&place);
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/object-enumeration/input.pcap");
    fs::copy(fixture, place.path().join("today.pcap")).unwrap();
    support::key(&place.path().join("t"));
    place.run(&["-q", "state", "import", "s.baseline", "--state", "t"]);
    for state in ["s", "t"] {
        place.run(&["-q", "replay", "today.pcap", "--baseline", state, "-o", &format!("{state}.findings")]);
    }
    let read = |name: &str| fs::read(place.path().join(name)).unwrap();
    assert!(read("s.findings") == read("t.findings"));
    let list = |state: &str| place.run(&["inventory", "--state", state, "--format", "jsonl"]);
    assert_eq!(list("s"), list("t"));
    // From here on both go the same way, and what was carried can be carried on.
    for state in ["s", "t"] {
        place.run(&["-q", "replay", "today.pcap", "--state", state]);
        place.run(&["-q", "state", "export", "--state", state, "-o", &format!("{state}2.baseline")]);
    }
    assert!(read("s2.baseline") == read("t2.baseline"));
    let mode = fs::metadata(place.path().join("s2.baseline")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_baseline_is_refused_where_it_would_match_nobody_or_hide_what_was_learned() {
    let place = with_fixture("keep-alive");
    exported(&place);
    support::key(&place.path().join("other"));
    fs::write(place.path().join("other/key"), [8; 32]).unwrap();
    let mut bytes = fs::read(place.path().join("s.baseline")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(place.path().join("bad.baseline"), bytes).unwrap();
    support::key(&place.path().join("t"));
    for (arguments, code, part) in [
        (&["state", "import", "s.baseline", "--state", "none"][..], 2, "none has no key"),
        (&["state", "import", "s.baseline", "--state", "other"], 2, "learned with another key"),
        (&["state", "import", "s.baseline", "--state", "s"], 2, "[E409]"),
        (&["state", "import", "bad.baseline", "--state", "t"], 3, "[E405]"),
        (&["state", "import", "input.pcap", "--state", "t"], 3, "[E405]"),
        (&["state", "import", "none.baseline", "--state", "t"], 3, "[E203]"),
        (&["state", "import", "s.baseline"], 2, "[E007]"),
        (&["state", "export", "--state", "s", "-o", "s.baseline"], 2, "[E006]"),
        (&["state", "export", "--state", "t", "-o", "t.baseline"], 3, "holds no state"),
    ] {
        let (seen, told) = refused(&place, arguments);
        assert_eq!(seen, code, "{arguments:?}: {told}");
        assert!(told.contains(part), "{arguments:?}: {told}");
    }
    assert!(!place.path().join("none").exists() && !place.path().join("t.baseline").exists());
    assert_eq!(fs::read_dir(place.path().join("t")).unwrap().count(), 1, "only the key");
}

#[test]
fn baselines_of_two_sensors_are_one_in_whatever_order_they_are_named() {
    let place = with_fixture("object-enumeration-decoy");
    exported(&place);
    let fixture = |name: &str| format!("{}/../../fixtures/{name}/input.pcap", env!("CARGO_MANIFEST_DIR"));
    // One sensor saw another service, one the same service with other callers.
    for (state, name) in [("a", "sensitive-data-new"), ("b", "object-enumeration")] {
        support::key(&place.path().join(state));
        place.run(&["-q", "replay", &fixture(name), "--learn-only", "--state", state]);
    }
    let merge = |names: &[&str], out: &str| {
        place.run(&[&["-q", "state", "merge"], names, &["-o", out]].concat());
        fs::read(place.path().join(out)).unwrap()
    };
    assert!(merge(&["s", "a", "b"], "one") == merge(&["b", "s.baseline", "a"], "two"), "any order, states or exports");

    support::key(&place.path().join("both"));
    place.run(&["-q", "state", "import", "one", "--state", "both"]);
    let inventory = |state: &str| {
        let lines = place.run(&["inventory", "--state", state, "--format", "jsonl"]);
        let rows = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        rows.map(|row| (row["id"].as_str().unwrap().to_owned(), row)).collect::<BTreeMap<_, _>>()
    };
    let (s, a, b, both) = (inventory("s"), inventory("a"), inventory("b"), inventory("both"));
    let count = |of: &BTreeMap<String, Value>, id: &str| of.get(id).map_or(0, |row| row["count"].as_u64().unwrap());
    let calls = |of: &BTreeMap<String, Value>, id: &str| {
        of.get(id).and_then(|row| row["latency"]["count"].as_u64()).unwrap_or(0)
    };
    assert!(s.keys().any(|id| b.contains_key(id)), "both saw an endpoint");
    for (id, row) in &both {
        assert_eq!(count(&both, id), count(&s, id) + count(&a, id) + count(&b, id), "{row}");
        assert_eq!(calls(&both, id), calls(&s, id) + calls(&a, id) + calls(&b, id), "{row}");
    }
    assert!(a.keys().all(|id| both.contains_key(id)), "what only one of them knows is kept");
    let kept = both.keys().filter(|id| s.contains_key(*id) || b.contains_key(*id)).count();
    assert!(kept >= s.len().min(b.len()), "one of the two names the service");

    // It judges: what one of the sensors saw is usual now, and the state goes on from there.
    place.run(&["-q", "replay", &fixture("object-enumeration"), "--baseline", "both", "-o", "x.findings"]);
    assert_eq!(findings(&place, &["x.findings"]), Vec::<Value>::new());
    place.run(&["-q", "replay", "input.pcap", "--state", "both"]);

    fs::write(place.path().join("a/key"), [8; 32]).unwrap();
    fs::remove_file(place.path().join("a/apitap.db")).unwrap();
    place.run(&["-q", "replay", "input.pcap", "--state", "a"]);
    let (code, told) = refused(&place, &["state", "merge", "s", "a", "-o", "three"]);
    assert!(code == 2 && told.contains("different keys") && !place.path().join("three").exists(), "{told}");
}
