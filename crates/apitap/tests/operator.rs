//! What an operator does beside watching: learns without telling, judges without learning, names callers.
//!
//! The binary itself, over committed fixtures, with a known key.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

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
