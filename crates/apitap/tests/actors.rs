//! Who is behind findings, and what is refused because half an answer would mislead.
//!
//! The binary itself, over committed fixtures, with a known key.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
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

/// Exit code and standard error of a command with something on standard input.
fn asked(place: &Installation, arguments: &[&str], input: &[u8]) -> (i32, String) {
    let mut command = place.command(env!("CARGO_BIN_EXE_apitap"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Whoever is refused before it reads has closed the pipe.
    let _is_closed = child.stdin.take().unwrap().write_all(input).is_err();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// The findings of a file, as they stood last.
fn findings(place: &Installation, source: &[&str]) -> Vec<Value> {
    let list = place.run(&[&["-q", "findings", "--format", "json"], source].concat());
    let document: Value = serde_json::from_str(&list).unwrap();
    document["findings"].as_array().unwrap().clone()
}

#[test]
fn what_would_be_answered_by_half_or_count_twice_is_refused() {
    let place = with_fixture("object-enumeration");
    support::key(&place.path().join("s"));
    place.run(&["-q", "replay", "input.pcap", "--no-progress", "--state", "s"]);
    place.run(&["-q", "replay", "input.pcap", "--no-progress", "-o", "x.findings"]);

    place.run(&["-q", "state", "export", "--state", "s", "-o", "s.baseline"]);
    let (code, told) = asked(&place, &["state", "merge", "s", "s.baseline", "-o", "both"], b"");
    assert!(code == 2 && told.contains("hold the same baseline") && told.contains("count twice"), "{code}: {told}");

    let (code, told) = asked(&place, &["identity", "--find", "--state", "s"], b"one\ntwo\n");
    assert!(code == 2 && told.contains("more than one line"), "{code}: {told}");
    let (code, told) = asked(&place, &["-q", "identity", "--find", "--state", "s"], b"one\n\n");
    assert_eq!(code, 0, "an empty line behind it does no harm: {told}");

    for form in ["csv", "ocsf"] {
        let (code, told) = asked(&place, &["findings", "convert", "x.findings", "--to", form, "--no-attempts"], b"");
        assert!(code == 2 && told.contains("--to jsonl"), "{code}: {told}");
    }

    let (_, told) = asked(&place, &["findings", "input.pcap"], b"");
    assert_eq!(told.matches("E405").count(), 1, "{told}");
}

#[test]
fn json_tells_who_is_behind_a_finding_and_that_the_header_has_no_time() {
    let place = with_fixture("login-attacks");
    place.run(&["-q", "replay", "input.pcap", "--no-progress", "-o", "x.findings"]);
    let listed: BTreeMap<String, Value> = findings(&place, &["x.findings"])
        .into_iter()
        .map(|f| (f["detector"].as_str().unwrap().to_owned(), f))
        .collect();
    let kind = |detector: &str| listed[detector]["actor"]["kind"].as_str().unwrap();
    assert_eq!(kind("credential-attack"), "network");
    assert_eq!(kind("credential-stuffing"), "campaign");
    assert_eq!(kind("secret-guessing"), "identity");
    assert_eq!(listed["secret-guessing"]["actor"]["id"], listed["secret-guessing"]["subject"]["identity"]);
    let lines = place.run(&["-q", "findings", "convert", "x.findings", "--to", "jsonl"]);
    for line in lines.lines().filter(|line| line.contains("\"kind\":\"finding\"")) {
        let finding: Value = serde_json::from_str(line).unwrap();
        assert_eq!(finding["actor"], listed[finding["detector"].as_str().unwrap()]["actor"]);
    }
    let all = place.run(&["-q", "findings", "convert", "x.findings", "--to", "jsonl", "--all"]);
    let header: Value = serde_json::from_str(all.lines().next().unwrap()).unwrap();
    assert_eq!((&header["kind"], &header["timestamp"]), (&Value::from("header"), &Value::Null));
}
