//! What costs a server more than its sender is told once each, through a whole replay, and ordinary traffic is not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use make_fixtures::cases::CASES;
use make_fixtures::floods::FLOODS;
use serde_json::Value;
use support::Installation;

/// Findings that a capture opens, and the counters of its trailer.
fn told(capture: &[u8]) -> (Vec<Value>, Value) {
    let installation = Installation::new();
    std::fs::write(installation.path().join("in.pcap"), capture).unwrap();
    installation.run(&["replay", "-q", "--allow-blind", "-o", "x.findings", "in.pcap"]);
    let records = installation.run(&["-q", "findings", "convert", "x.findings", "--to", "jsonl", "--all"]);
    let records: Vec<Value> = records.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let trailer = records.iter().find(|record| record["kind"] == "trailer").unwrap()["counters"].clone();
    let opened = |record: &&Value| record["kind"] == "finding" && record["state"] == "open";
    (records.iter().filter(opened).cloned().collect(), trailer)
}

#[test]
fn each_flood_is_told_once_whatever_its_size() {
    for (name, flood) in FLOODS {
        let sizes: &[usize] = match name {
            "header-bomb" | "request-bomb" => &[1, 20],
            "open-streams" => &[100_000],
            _ => &[1_200, 12_000],
        };
        for size in sizes {
            let (findings, counters) = told(&flood(*size));
            let detectors: Vec<&str> = findings.iter().map(|finding| finding["detector"].as_str().unwrap()).collect();
            assert_eq!(detectors, ["protocol-flood"], "{name}, {size}: {findings:?}");
            let lost = ["payload.over_limit", "payload.unparsed.desync"].map(|counter| counters[counter].as_u64());
            assert_eq!(lost, [None; 2], "{name}, {size}: {counters}");
        }
    }
}

#[test]
fn ordinary_traffic_floods_nothing() {
    let quiet: Vec<_> =
        CASES.iter().filter(|case| !(case.name.contains("flood") || case.name.contains("bomb"))).collect();
    let decoy = CASES.iter().find(|case| case.name == "http2-flood-decoy").unwrap();
    let http2 = quiet.into_iter().filter(|case| case.name.starts_with("http2") && case.name != "http2-empty-frames");
    for case in http2.chain([decoy]) {
        let (findings, _) = told(&(case.build)());
        assert!(findings.iter().all(|finding| finding["detector"] != "protocol-flood"), "{}: {findings:?}", case.name);
    }
}
