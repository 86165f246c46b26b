//! Fixtures through every stage: `replay`, then every record and the inventory, against golden files.
//!
//! `expected.findings.jsonl` is what `findings convert --to jsonl --all` prints, without what a release or a new option would
//! change; `expected.inventory.jsonl` what `inventory --format jsonl` prints. `APITAP_BLESS=1` accepts what is seen.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::Installation;

/// Fixtures with golden files of the whole path, and what each says here.
const CASES: &[(&str, &str)] = &[
    ("object-enumeration", "a finding, and peers"),
    ("object-enumeration-decoy", "no finding"),
    ("function-level-access", "a finding about a member's bans"),
    ("function-level-access-decoy", "no finding"),
    ("mass-assignment", "a finding about a role"),
    ("mass-assignment-decoy", "no finding"),
    ("unauthenticated-success", "a finding: the rule is proven by refusals"),
    ("unauthenticated-success-decoy", "no finding"),
    ("new-endpoint", "a finding after the learning"),
    ("new-endpoint-decoy", "no finding"),
    ("secret-in-url", "three findings by kind"),
    ("secret-in-url-decoy", "no finding"),
    ("internal-exposed", "a finding about a call from outside"),
    ("internal-exposed-decoy", "no finding"),
    ("product-exposed", "one finding, by the endpoint reached first"),
    ("product-exposed-decoy", "no finding"),
    ("zombie-version", "a version that was left, and one past the date its server named"),
    ("zombie-version-decoy", "no finding"),
    ("scan", "one finding for one client"),
    ("scan-decoy", "no finding"),
    ("sensitive-data-new", "a finding with two classes"),
    ("sensitive-data-new-decoy", "no finding"),
    ("sensitive-data-unauthenticated", "a finding with two classes"),
    ("sensitive-data-unauthenticated-decoy", "no finding"),
    ("market-changes", "findings about three pages that changed, and about a machine"),
    ("market-changes-decoy", "no finding"),
    ("market-access", "findings about six ways to reach what is another's"),
    ("market-access-decoy", "no finding"),
    ("sensor-trouble", "four findings about the capture"),
    ("sensor-trouble-decoy", "no finding"),
    ("keep-alive", "a template of three values"),
    ("absolute-form", "services by authority in the target"),
    ("ambiguous-host", "anomalies on endpoints"),
    ("path-tricks", "what tricks do to names"),
    ("client-only", "calls without an answer"),
    ("gap-in-body", "missing bytes in the account"),
    ("operations-graphql", "GraphQL operations, in batches, persisted and without a name"),
    ("operations-json-rpc", "methods, also in a batch"),
    ("operations-mcp", "methods and tools"),
    ("operations-soap", "actions"),
    ("operations-decoy", "no operation"),
    ("har-shop", "a story in HAR"),
    ("har-oddities", "entries that are left out, and content that is not there"),
    ("http2", "endpoints of a connection of HTTP/2, one of gRPC"),
    ("http2-midstream", "no endpoint where fields are unknown"),
    ("http2-gap", "one endpoint, and no caller taken for another"),
    ("http2-forbidden", "anomalies on an endpoint"),
    ("http2-flood", "a finding about a flood"),
    ("http2-continuation-flood", "a finding without a request"),
    ("http2-header-bomb", "a finding about heads, and a call"),
    ("http2-flood-decoy", "no finding"),
    ("request-bomb", "a finding about a body"),
    ("websocket", "an endpoint with messages in both directions, and what they are about"),
    ("websocket-deflate", "the same of compressed ones"),
    ("websocket-h2", "the same on a stream of HTTP/2"),
    ("websocket-midstream", "messages that no endpoint is known of"),
    ("websocket-flood", "findings about injection in a message, and about a flood"),
    ("event-stream", "an endpoint that answers with events"),
    ("grpc", "methods of gRPC with their kinds, codes and messages"),
    ("grpc-enumeration", "a finding: codes are refusals, and a number is an object"),
    ("grpc-enumeration-decoy", "no finding"),
    ("grpc-web", "the same of gRPC-Web"),
    ("bodies", "shapes of bodies that are no JSON"),
    ("mirrored-twice", "duplicates in the account, and not in the counts"),
];

/// The capture of a fixture.
fn input(name: &str) -> Option<PathBuf> {
    ["input.pcap", "input.har"].map(|file| fixture(name).join(file)).into_iter().find(|file| file.is_file())
}

/// Names of all fixtures.
fn fixtures() -> Vec<String> {
    let folders = std::fs::read_dir(fixture("")).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<_> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.retain(|name| input(name).is_some());
    names.sort();
    assert!(names.len() > 50, "fixtures are missing: {}", names.len());
    names
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

/// Replays a fixture; its records and its inventory as JSON Lines.
fn through(installation: &Installation, name: &str, options: &[&str]) -> (String, String) {
    let input = input(name).unwrap();
    let input = input.to_str().unwrap();
    installation.run(&[&["replay", "-q", "--allow-blind", "-o", "x.findings", input], options].concat());
    let records = installation.run(&["-q", "findings", "convert", "x.findings", "--to", "jsonl", "--all"]);
    let inventory = installation.run(&["-q", "inventory", "x.findings", "--format", "jsonl"]);
    (records, inventory)
}

/// Records without what a release or a new option of the configuration changes.
fn stable(records: &str) -> String {
    let mut out = String::new();
    for line in records.lines() {
        let mut record: Value = serde_json::from_str(line).unwrap();
        if record["kind"] == "header" {
            let fields = record.as_object_mut().unwrap();
            for name in ["version", "run_id", "config_digest"] {
                assert!(fields.remove(name).is_some(), "no {name} in the header");
            }
        }
        out.push_str(&record.to_string());
        out.push('\n');
    }
    out
}

#[test]
fn fixtures_replay_as_expected() {
    let bless = std::env::var_os("APITAP_BLESS").is_some();
    let installation = Installation::new();
    let mut wrong = Vec::new();
    for (name, _) in CASES {
        let (records, inventory) = through(&installation, name, &[]);
        for (file, seen) in [("expected.findings.jsonl", stable(&records)), ("expected.inventory.jsonl", inventory)] {
            let path = fixture(name).join(file);
            if bless {
                std::fs::write(&path, seen).unwrap();
            } else if std::fs::read_to_string(&path).ok().as_ref() != Some(&seen) {
                wrong.push(format!("{name}/{file}"));
            }
        }
    }
    assert!(wrong.is_empty(), "differ (APITAP_BLESS=1 accepts): {wrong:?}");
}

#[test]
fn the_enumeration_is_told_and_the_decoy_is_not() {
    let installation = Installation::new();
    for (name, expected) in [("object-enumeration", vec!["open", "closed"]), ("object-enumeration-decoy", vec![])] {
        let (records, _) = through(&installation, name, &[]);
        let findings = of_kind(&records, "finding");
        let mut states: Vec<&str> = findings.iter().map(|finding| finding["state"].as_str().unwrap()).collect();
        states.retain(|state| *state != "update");
        assert_eq!(states, expected, "{name}");
        assert!(findings.iter().all(|finding| finding["subject"]["addresses"][0] == "10.10.0.34"), "{findings:?}");
    }
}

#[test]
fn each_detector_tells_its_fixture_and_no_decoy() {
    let installation = Installation::new();
    for (name, severities) in [
        ("unauthenticated-success", &["high"][..]),
        ("function-level-access", &["medium"]),
        ("mass-assignment", &["high"]),
        ("new-endpoint", &["low"]),
        ("secret-in-url", &["low", "medium", "medium"]),
        ("internal-exposed", &["high"]),
        ("product-exposed", &["high"]),
        ("zombie-version", &["low", "low"]),
        ("scan", &["low"]),
        ("sensitive-data-new", &["medium"]),
        ("sensitive-data-unauthenticated", &["high"]),
    ] {
        let detector = if name == "zombie-version" { "zombie-endpoint" } else { name };
        let (records, _) = through(&installation, name, &[]);
        let mut told = of_kind(&records, "finding");
        told.retain(|finding| finding["state"] == "open");
        assert!(told.iter().all(|finding| finding["detector"] == detector), "{detector}: {told:?}");
        let mut seen: Vec<&str> = told.iter().map(|finding| finding["severity"].as_str().unwrap()).collect();
        seen.sort_unstable();
        assert_eq!(seen, severities, "{name}");
        let (records, _) = through(&installation, &format!("{name}-decoy"), &[]);
        assert_eq!(of_kind(&records, "finding"), Vec::<Value>::new(), "{name}-decoy");
    }
}

/// What fixtures of several detectors tell: each detector with its severity and whom or what it is about.
const SEVERAL: &[(&str, &[[&str; 3]])] = &[
    (
        "market-changes",
        &[
            ["automated-flow", "medium", "POST api.tickets.example/v1/tickets"],
            ["endpoint-error-change", "low", "GET api.tickets.example/v1/messages"],
            ["endpoint-latency-change", "low", "GET api.tickets.example/v1/offers"],
            ["endpoint-size-change", "low", "GET api.tickets.example/v1/seats"],
        ],
    ),
    (
        "market-access",
        &[
            ["account-creation", "medium", "POST api.shop.example/v1/members"],
            ["account-guessing", "medium", "POST api.shop.example/v1/login"],
            ["account-probing", "medium", "198.51.100.60"],
            ["foreign-write", "high", "203.0.113.13"],
            ["function-probing", "medium", "203.0.113.12"],
            ["misplaced-object", "high", "203.0.113.14"],
            ["verb-tampering", "high", "203.0.113.11"],
        ],
    ),
    (
        "sensor-trouble",
        &[
            ["sensor-coverage", "medium", "pay.example"],
            ["sensor-limit", "low", ""],
            ["sensor-lossy", "medium", ""],
            ["sensor-one-sided", "medium", ""],
        ],
    ),
];

#[test]
fn fixtures_of_several_detectors_tell_each_once_and_their_decoys_nothing() {
    let installation = Installation::new();
    for (name, expected) in SEVERAL {
        let (records, _) = through(&installation, name, &[]);
        let opened = of_kind(&records, "finding").into_iter().filter(|finding| finding["state"] == "open");
        let mut seen: Vec<_> =
            opened.map(|finding| [text(&finding["detector"]), text(&finding["severity"]), whom(&finding)]).collect();
        seen.sort();
        assert_eq!(seen, *expected, "{name}");
        let (records, _) = through(&installation, &format!("{name}-decoy"), &[]);
        assert_eq!(of_kind(&records, "finding"), Vec::<Value>::new(), "{name}-decoy");
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Whom a finding is about, or of findings about an endpoint or a service its name.
fn whom(finding: &Value) -> String {
    let subject = &finding["subject"];
    if subject["kind"] == "endpoint" || subject["kind"] == "sensor" {
        return text(&subject["endpoint"]);
    }
    text(&subject["addresses"][0])
}

/// Detectors that no fixture tells, and why none can.
const WITHOUT_FIXTURE: &[(&str, &str)] = &[(
    "sensor-blind",
    "its 27 units of 256 KiB are 7 MiB, and a fixture has 400 KB: `tests/coverage.rs` builds its capture",
)];

#[test]
fn every_detector_is_told_by_a_fixture_and_none_by_a_decoy() {
    let installation = Installation::new();
    let mut told = BTreeSet::new();
    for name in fixtures() {
        let spec = fixture(&name).join("openapi.yaml");
        let options = ["--spec", spec.to_str().unwrap()];
        let (records, _) = through(&installation, &name, if spec.is_file() { &options } else { &[] });
        let findings = of_kind(&records, "finding");
        assert!(!name.ends_with("-decoy") || findings.is_empty(), "{name}: {findings:?}");
        told.extend(findings.iter().map(|finding| text(&finding["detector"])));
    }
    let page = std::fs::read_to_string(fixture("../docs/detectors/README.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| [")?.split_once(']'));
    let mut documented: BTreeSet<String> = rows.map(|(detector, _)| detector.to_owned()).collect();
    for (detector, _) in WITHOUT_FIXTURE {
        assert!(documented.remove(*detector), "{detector} is no detector");
    }
    assert!(documented.len() > 40, "the table was not found");
    assert_eq!(told, documented, "told by a fixture, and in the table of detectors");
}

#[test]
fn traffic_is_held_against_its_description_for_any_number_of_threads() {
    let installation = Installation::new();
    for (name, expected) in
        [("described", &["drift", "drift", "shadow-endpoint", "zombie-endpoint"][..]), ("described-decoy", &[])]
    {
        let spec = fixture(name).join("openapi.yaml");
        let spec = ["--spec", spec.to_str().unwrap()];
        let one = through(&installation, name, &[&spec[..], &["--shards", "1", "--workers", "1"]].concat());
        let mut told = of_kind(&one.0, "finding");
        told.retain(|finding| finding["state"] == "open");
        let mut detectors: Vec<&str> = told.iter().map(|finding| finding["detector"].as_str().unwrap()).collect();
        detectors.sort_unstable();
        assert_eq!(detectors, expected, "{name}: {told:?}");
        let many = through(&installation, name, &[&spec[..], &["--shards", "4", "--workers", "3"]].concat());
        assert_eq!((stable(&many.0), many.1), (stable(&one.0), one.1.clone()), "{name}");
        let tagged = |tag: &str| one.1.lines().filter(|line| line.contains(tag)).count();
        assert_eq!(tagged("\"path\":null"), usize::from(!expected.is_empty()), "{name}: {}", one.1);
    }
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let installation = Installation::new();
    let one = through(&installation, "object-enumeration", &["--shards", "1", "--workers", "1"]);
    for (shards, workers) in [("2", "1"), ("5", "3")] {
        let many = through(&installation, "object-enumeration", &["--shards", shards, "--workers", workers]);
        assert_eq!(stable(&many.0), stable(&one.0), "{shards} shards, {workers} workers");
        assert_eq!(many.1, one.1, "{shards} shards, {workers} workers");
    }
}

#[test]
fn the_account_of_every_fixture_adds_up() {
    let installation = Installation::new();
    for name in fixtures() {
        let (records, _) = through(&installation, &name, &[]);
        let trailers = of_kind(&records, "trailer");
        assert_eq!(trailers.len(), 1, "{name}");
        check_sums(&name, &trailers[0]["counters"]);
        check_coverage(&name, &records, &trailers[0]["counters"]);
        let mut told = BTreeMap::<String, u64>::new();
        for loss in of_kind(&records, "loss") {
            for (counter, change) in loss["counters"].as_object().unwrap() {
                *told.entry(counter.clone()).or_default() += change.as_u64().unwrap();
            }
        }
        assert_eq!(serde_json::to_value(told).unwrap(), trailers[0]["counters"], "{name}: changes and totals");
    }
}

fn of_kind(records: &str, kind: &str) -> Vec<Value> {
    let records = records.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.filter(|record| record["kind"] == kind).collect()
}

/// Every byte of payload is in one class of one service.
fn check_coverage(name: &str, records: &str, counters: &Value) {
    let counter = |name: &str| counters[name].as_u64().unwrap_or(0);
    let payload = |names: &[&str]| names.iter().map(|name| counter(&format!("payload.{name}"))).sum::<u64>();
    let hours =
        of_kind(records, "coverage").into_iter().flat_map(|service| service["hours"].as_array().unwrap().clone());
    let hours: Vec<Value> = hours.collect();
    for (class, counted) in [
        ("decoded", payload(&["delivered.http1", "delivered.http2", "delivered.websocket", "delivered.tls"])),
        ("encrypted", payload(&["unparsed.tls", "unparsed.quic"])),
        ("lost", payload(&["conflict", "outside_window", "unparsed.desync", "missing"])),
        ("over_limit", payload(&["over_limit"])),
        ("not_http", payload(&["unparsed.not_http", "unparsed.upgraded"])),
    ] {
        let told: u64 = hours.iter().map(|hour| hour[class].as_u64().unwrap()).sum();
        // What HAR files lack is missing too, and of no service.
        if counter("capture.har_entries") == 0 {
            assert_eq!(told, counted, "{name}: {class}");
        }
    }
}

/// The sums of `docs/records.md`.
fn check_sums(name: &str, counters: &Value) {
    let counter = |name: &str| counters[name].as_u64().unwrap_or(0);
    let under = |prefixes: &[&str], except: &str| -> u64 {
        let all = counters.as_object().unwrap().iter();
        let of = all.filter(|(n, _)| n.as_str() != except && prefixes.iter().any(|p| n.starts_with(p)));
        of.map(|(_, value)| value.as_u64().unwrap()).sum()
    };
    let payload = ["payload.delivered.", "payload.unparsed.", "payload.duplicate", "payload.conflict"];
    let payload = [&payload[..], &["payload.outside_window", "payload.over_limit"]].concat();
    let frames = ["frames.accepted", "frames.fragment", "frames.ignored.", "frames.malformed.", "frames.shed"];
    let observations = ["observations.judged", "observations.refused."];
    for (whole, parts) in [
        ("frames.seen", under(&frames, "")),
        ("payload.accepted", under(&payload, "")),
        ("flows.opened", under(&["flows."], "flows.opened")),
        ("observations.made", under(&observations, "")),
    ] {
        assert_eq!(counter(whole), parts, "{name}: {whole} of {counters}");
    }
}
