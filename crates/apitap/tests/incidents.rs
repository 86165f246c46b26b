//! The incidents of `docs/incidents.md`: each is named, with detector, actor and endpoint, and nothing else is told of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::path::Path;

use serde_json::Value;
use support::Installation;

/// Detector, severity, first address and endpoint of a finding.
type Told = (&'static str, &'static str, &'static str, &'static str);

/// Every finding of medium severity or above, by detector and address.
const INCIDENTS: &[(&str, &[Told])] = &[
    (
        "incident-peloton",
        &[
            ("object-enumeration", "high", "198.51.100.23", "GET api.ride.example/api/users/{int}"),
            ("unauthenticated-success", "high", "198.51.100.23", "GET api.ride.example/api/users/{int}"),
        ],
    ),
    ("incident-parler", &[("scraping", "medium", "198.51.100.48", "GET api.square.example/v1/posts/{int}")]),
    (
        "incident-facebook",
        &[
            ("over-consumption", "medium", "198.51.100.80", "POST api.friends.example/v1/contacts/import"),
            ("over-consumption", "medium", "198.51.100.81", "POST api.friends.example/v1/contacts/import"),
            ("over-consumption", "medium", "198.51.100.82", "POST api.friends.example/v1/contacts/import"),
        ],
    ),
    ("incident-linkedin", &[("scraping", "medium", "198.51.100.29", "GET api.work.example/v1/profiles/{int}")]),
    (
        "incident-experian",
        &[("unauthenticated-success", "medium", "198.51.100.77", "POST partner.score.example/v1/scores/search")],
    ),
    (
        "incident-log4shell",
        &[
            ("jndi-lookup", "critical", "198.51.100.9", "GET search.example/v1/search"),
            ("jndi-lookup", "medium", "198.51.100.31", "GET search.example/v1/search"),
            ("jndi-lookup", "medium", "198.51.100.32", "GET search.example/v1/search"),
            ("jndi-lookup", "medium", "198.51.100.33", "GET search.example/v1/search"),
        ],
    ),
    ("incident-twitter-keys", &[("stolen-credential", "high", "198.51.100.66", "GET api.chirp.example/v2/timeline")]),
];

/// Findings as they were opened, of medium severity or above.
fn told(installation: &Installation, fixture: &str) -> Vec<Value> {
    let input = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(fixture).join("input.pcap");
    installation.run(&["replay", "-q", "--allow-blind", "-o", "x.findings", input.to_str().unwrap()]);
    let findings = installation.run(&["-q", "findings", "convert", "x.findings", "--to", "jsonl", "--no-attempts"]);
    let findings = findings.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    findings.filter(|told| ["medium", "high", "critical"].contains(&told["severity"].as_str().unwrap())).collect()
}

#[test]
fn every_incident_is_named_and_nothing_else_is_told_of_it() {
    let installation = Installation::new();
    for (fixture, expected) in INCIDENTS {
        let findings = told(&installation, fixture);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut seen: Vec<_> = findings
            .iter()
            .map(|told| {
                let subject = &told["subject"];
                let address = text(&subject["addresses"][0]);
                (text(&told["detector"]), text(&told["severity"]), address, text(&subject["endpoint"]))
            })
            .collect();
        seen.sort();
        let expected: Vec<_> = expected
            .iter()
            .map(|(detector, severity, address, endpoint)| {
                ((*detector).to_owned(), (*severity).to_owned(), (*address).to_owned(), (*endpoint).to_owned())
            })
            .collect();
        assert_eq!(seen, expected, "{fixture}");
        let explained = |told: &Value| {
            let said = |part: &str| !told[part].as_array().unwrap().is_empty();
            said("observed") && said("evidence") && said("owasp") && said("cwe") && !text(&told["next"]).is_empty()
        };
        assert!(findings.iter().all(explained), "{fixture}");
    }
}

#[test]
fn attacks_on_a_log_in_are_told_apart_and_innocent_days_are_silent() {
    let installation = Installation::new();
    let login = "POST api.market.example/v1/login";
    let expected = [
        ("credential-attack", "medium", login),
        ("credential-stuffing", "medium", login),
        ("password-spraying", "medium", login),
        ("secret-guessing", "medium", "POST api.market.example/v1/cart/coupon"),
    ];
    let findings = told(&installation, "login-attacks");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut seen: Vec<_> = findings
        .iter()
        .map(|told| (text(&told["detector"]), text(&told["severity"]), text(&told["subject"]["endpoint"])))
        .collect();
    seen.sort();
    let seen: Vec<_> = seen.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
    assert_eq!(seen, expected);
    told(&installation, "innocent-days");
    let all = installation.run(&["-q", "findings", "convert", "x.findings", "--to", "jsonl", "--no-attempts"]);
    assert_eq!(all, "", "no finding of any severity");
}

#[test]
fn probes_of_a_market_are_told_one_by_one_and_what_looks_like_them_is_not() {
    let installation = Installation::new();
    let mut seen: Vec<_> = told(&installation, "market-probes")
        .iter()
        .map(|told| {
            let address = told["subject"]["addresses"][0].as_str().unwrap();
            (told["detector"].as_str().unwrap().to_owned(), address.rsplit('.').next().unwrap().to_owned())
        })
        .collect();
    seen.sort();
    let seen: Vec<_> = seen.iter().map(|(detector, host)| (detector.as_str(), host.as_str())).collect();
    let expected = [
        ("api-fuzzing", "11"),
        ("application-dos", "19"),
        ("object-write", "18"),
        ("path-traversal", "14"),
        ("query-cost", "12"),
        ("schema-introspection", "13"),
        ("server-side-request-forgery", "15"),
        ("skipped-step", "17"),
        ("token-forging", "61"),
        ("value-range", "16"),
    ];
    assert_eq!(seen, expected);
    told(&installation, "market-probes-decoy");
    let all = installation.run(&["-q", "findings", "convert", "x.findings", "--to", "jsonl", "--no-attempts"]);
    assert_eq!(all, "", "no finding of any severity");
}

#[test]
fn every_incident_has_its_story() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/incidents.md")).unwrap();
    for (fixture, expected) in INCIDENTS {
        assert!(page.contains(&format!("fixtures/{fixture}/input.pcap")), "{fixture}");
        assert!(expected.iter().all(|(detector, ..)| page.contains(&format!("detectors/{detector}.md"))), "{fixture}");
    }
}
