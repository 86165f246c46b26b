//! HAR files through the program: the same story told in packets and as an export, and what HAR does not go with.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::process::Output;

use make_fixtures::cases::har::visits;
use make_fixtures::conversation::{Cut, merge};
use make_fixtures::har::of_conversations;
use make_fixtures::pcap::{Format, write_pcap};
use serde_json::Value;
use support::Installation;

/// A folder with the visits in packets and as HAR.
fn shop() -> Installation {
    let installation = Installation::new();
    let packets = merge(visits().iter().map(|talk| talk.packets(&Cut::default())));
    fs::write(installation.path().join("shop.pcap"), write_pcap(&Format::default(), &packets)).unwrap();
    fs::write(installation.path().join("shop.har"), of_conversations(&visits())).unwrap();
    installation
}

fn output(installation: &Installation, arguments: &[&str]) -> Output {
    installation.command(env!("CARGO_BIN_EXE_apitap")).args(arguments).output().unwrap()
}

/// The inventory of a capture, without what only the wire can tell.
fn inventory(installation: &Installation, input: &str) -> Vec<Value> {
    installation.run(&["-q", "replay", "-o", "x.findings", input]);
    let lines = installation.run(&["-q", "inventory", "x.findings", "--format", "jsonl"]);
    let endpoints = lines.lines().map(|line| {
        let mut endpoint: Value = serde_json::from_str(line).unwrap();
        let fields = endpoint.as_object_mut().unwrap();
        // Packets take their time; and whose calls are without credentials, and whence, HAR does not say.
        let known = !fields["zones"]["unknown"].is_u64();
        assert_eq!(known, input.ends_with("pcap"), "{:?}", fields["zones"]);
        for unlike in ["first_seen", "last_seen", "latency", "zones"] {
            assert!(fields.remove(unlike).is_some(), "{unlike}");
        }
        if fields["auth"]["none"].is_u64() {
            fields.remove("callers");
        }
        endpoint
    });
    endpoints.collect()
}

#[test]
fn packets_and_har_of_the_same_calls_give_the_same_inventory() {
    let installation = shop();
    let (packets, har) = (inventory(&installation, "shop.pcap"), inventory(&installation, "shop.har"));
    assert_eq!(packets.len(), 6);
    for (packets, har) in packets.iter().zip(&har) {
        assert_eq!(packets, har);
    }
    assert_eq!(packets.len(), har.len());
    assert!(har.iter().any(|endpoint| !endpoint["params"].as_array().unwrap().is_empty()));
    assert!(har.iter().all(|endpoint| !endpoint["responses"][0]["fields"].as_array().unwrap().is_empty()));
}

#[test]
fn a_file_is_known_by_what_it_holds_however_it_comes() {
    let installation = shop();
    let plain = installation.run(&["decode", "-q", "shop.har"]);
    assert_eq!(plain.lines().count(), 72);
    let bytes = fs::read(installation.path().join("shop.har")).unwrap();
    let folder = installation.path().join("folder");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("b.json"), &bytes).unwrap();
    fs::write(folder.join("openapi.json"), "{\"openapi\":\"3.1.0\"}").unwrap();
    assert_eq!(installation.run(&["decode", "-q", "folder"]), plain);
    let piped = installation
        .command(env!("CARGO_BIN_EXE_apitap"))
        .args(["decode", "-q", "-"])
        .stdin(fs::File::open(installation.path().join("shop.har")).unwrap())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(piped.stdout).unwrap(), plain);
    for (program, name) in [("gzip", "x.gz"), ("zstd", "x.zst")] {
        let Ok(coded) = installation.command(program).args(["-c", "shop.har"]).output() else { continue };
        fs::write(installation.path().join(name), coded.stdout).unwrap();
        assert_eq!(installation.run(&["decode", "-q", name]), plain, "{program}");
    }
}

#[test]
fn files_are_merged_by_time_and_each_har_has_its_own_caller() {
    let installation = shop();
    fs::copy(installation.path().join("shop.har"), installation.path().join("two.har")).unwrap();
    let lines = installation.run(&["decode", "-q", "shop.har", "shop.pcap", "two.har"]);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3 * 72);
    let of = |source: &str| lines.iter().filter(|line| line["src"] == source).count();
    assert_eq!((of("0.0.0.1"), of("0.0.0.3")), (72, 72));
    let frames: Vec<u64> = lines.iter().map(|line| line["last_frame"].as_u64().unwrap()).collect();
    assert!(frames.is_sorted());
}

#[test]
fn what_needs_packets_is_refused_with_the_reason() {
    let installation = shop();
    for arguments in [
        &["replay", "shop.har", "-f", "tcp port 80"][..],
        &["replay", "shop.pcap", "shop.har", "-f", "tcp"],
        &["replay", "shop.har", "--repeat", "2", "-f", "tcp"],
        &["replay", "shop.har", "--reader", "libpcap"],
    ] {
        let output = output(&installation, arguments);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains("shop.har is a HAR file, which holds no packets") && told.contains("[E214]"), "{told}");
    }
}

#[test]
fn entries_are_chosen_by_time() {
    let installation = shop();
    let told = installation.run(&[
        "replay",
        "-o",
        "x.findings",
        "--no-progress",
        "shop.har",
        "--since",
        "2026-01-01T00:00:20Z",
    ]);
    assert!(told.contains("72 frames, 2026-01-01 00:00:2"), "{told}");
}

#[test]
fn a_har_file_is_audited_as_captures_are() {
    let installation = shop();
    installation.run(&["-q", "replay", "-o", "x.findings", "shop.pcap"]);
    let document = installation.run(&["-q", "inventory", "export", "x.findings"]);
    fs::write(installation.path().join("openapi.json"), &document).unwrap();
    let told = installation.run(&["audit", "shop.har", "--spec", "openapi.json", "--fail-on", "info"]);
    assert_eq!(told.lines().count(), 1, "no issue: {told}");
    let document = document.replace("/v1/account", "/v1/other");
    fs::write(installation.path().join("openapi.json"), document).unwrap();
    let output = output(&installation, &["audit", "shop.har", "--spec", "openapi.json", "--fail-on", "info"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_file_that_is_cut_is_used_and_said_to_be() {
    let installation = shop();
    let bytes = fs::read(installation.path().join("shop.har")).unwrap();
    fs::write(installation.path().join("cut.har"), &bytes[..bytes.len() / 2]).unwrap();
    let told = output(&installation, &["replay", "cut.har"]);
    assert!(told.status.success());
    let warned = String::from_utf8(told.stderr).unwrap();
    let place = "cut.har, after frame 35, at byte 41,882: the file ends inside its text";
    assert!(warned.contains(place) && warned.contains("[W202]"), "{warned}");
    assert_eq!(output(&installation, &["replay", "-q", "cut.har", "--strict"]).status.code(), Some(3));
    fs::write(installation.path().join("none.har"), "{\"log\":{\"entries\":[]}}").unwrap();
    assert_eq!(output(&installation, &["replay", "-q", "none.har"]).status.code(), Some(3));
}

#[test]
fn the_summary_says_what_became_of_entries_and_what_har_does_not_know() {
    let installation = Installation::new();
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/har-oddities/input.har");
    let told = installation.run(&["replay", "-o", "x.findings", "--no-progress", fixture]);
    assert!(told.contains("of 2.8 KB of HAR content understood"), "{told}");
    let line =
        "20 entries, 3 not HTTP, 2 answered from a cache, 1 without an answer, 6 malformed; HAR names no clients";
    assert!(told.contains(line), "{told}");
}
