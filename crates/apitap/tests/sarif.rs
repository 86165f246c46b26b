//! SARIF as the schema of 2.1.0 asks for it: what must be there, what must be unlike, what must be one of a few words.
//!
//! The properties stand here, not the schema; `scripts/check-sarif.sh` holds the output against the schema itself.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use support::Installation;

const LEVELS: [&str; 4] = ["none", "note", "warning", "error"];

/// An audit of the fixture `described`, its description under two names, with what is told of a cut capture.
fn audited(options: &[&str]) -> Value {
    let installation = Installation::new();
    let fixture =
        |file: &str| fs::read(format!("{}/../../fixtures/described/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let capture = fixture("input.pcap");
    fs::write(installation.path().join("shop.pcap"), &capture[..capture.len() - 3]).unwrap();
    fs::create_dir(installation.path().join("sp ace")).unwrap();
    for name in ["openapi.yaml", "sp ace/ö:x.yaml"] {
        fs::write(installation.path().join(name), fixture("openapi.yaml")).unwrap();
    }
    let rule = "[[ignore]]\ndetector = \"shadow-endpoint\"\nendpoint = \"*\"\nreason = \"known\"\nuntil = 2999-01-01\n";
    fs::write(installation.path().join("accepted"), rule).unwrap();
    let arguments = ["-q", "audit", "shop.pcap", "--format", "sarif", "--ignore", "accepted"];
    serde_json::from_str(&installation.run(&[&arguments[..], options].concat())).unwrap()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value
        .pointer(path)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| panic!("no {path}: {value}"))
}

fn unlike(values: &[Value], what: &str) {
    let distinct: BTreeSet<String> = values.iter().map(Value::to_string).collect();
    assert_eq!(distinct.len(), values.len(), "{what} must be unlike");
}

/// A relative reference without what RFC 3986 has other uses for.
fn check_uri(uri: &str) {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/.-_~%".contains(c);
    assert!(!uri.is_empty() && uri.chars().all(plain), "{uri}");
    for escape in uri.split('%').skip(1) {
        assert!(escape.len() >= 2 && escape.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit), "{uri}");
    }
}

fn check_result(run: &Value, result: &Value) {
    text(result, "/message/text");
    assert!(LEVELS.contains(&text(result, "/level")), "{result}");
    let rules = list(&run["tool"]["driver"], "rules");
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(rules[index]["id"], result["ruleId"]);
    assert!(!list(result, "locations").is_empty(), "every result has a location: {result}");
    for location in list(result, "locations") {
        let uri = text(location, "/physicalLocation/artifactLocation/uri");
        check_uri(uri);
        let artifact = location["physicalLocation"]["artifactLocation"]["index"].as_u64().unwrap();
        assert_eq!(list(run, "artifacts")[usize::try_from(artifact).unwrap()]["location"]["uri"], uri);
        for place in ["startLine", "startColumn"] {
            assert!(location["physicalLocation"]["region"][place].as_u64().unwrap() >= 1, "{location}");
        }
        assert!(
            location["logicalLocations"]
                .as_array()
                .unwrap()
                .iter()
                .all(|place| !text(place, "/fullyQualifiedName").is_empty())
        );
    }
    for suppression in list(result, "suppressions") {
        assert!(["inSource", "external"].contains(&text(suppression, "/kind")));
    }
    unlike(list(result, "suppressions"), "suppressions");
    assert!(result["partialFingerprints"].as_object().unwrap().values().all(Value::is_string));
}

fn check(log: &Value) {
    assert_eq!(text(log, "/version"), "2.1.0");
    text(log, "/$schema");
    assert_eq!(list(log, "runs").len(), 1);
    let run = &log["runs"][0];
    text(run, "/tool/driver/name");
    let rules = list(&run["tool"]["driver"], "rules");
    unlike(rules, "rules");
    for rule in rules {
        text(rule, "/id");
        text(rule, "/shortDescription/text");
        assert!(LEVELS.contains(&text(rule, "/defaultConfiguration/level")), "{rule}");
        unlike(list(&rule["properties"], "tags"), "tags");
    }
    assert!(["utf16CodeUnits", "unicodeCodePoints"].contains(&text(run, "/columnKind")));
    for invocation in list(run, "invocations") {
        assert!(invocation["executionSuccessful"].is_boolean());
        for told in list(invocation, "toolExecutionNotifications") {
            text(told, "/message/text");
            assert!(LEVELS.contains(&text(told, "/level")), "{told}");
        }
    }
    unlike(list(run, "artifacts"), "artifacts");
    for artifact in list(run, "artifacts") {
        check_uri(text(artifact, "/location/uri"));
    }
    for result in list(run, "results") {
        check_result(run, result);
    }
}

#[test]
fn a_log_is_what_the_schema_asks_for() {
    for (specs, artifacts) in [
        (&["--spec", "openapi.yaml"][..], 1),
        (&["--spec", "sp ace/ö:x.yaml", "--spec", "openapi.yaml"], 2),
        (&["--spec", "openapi.yaml", "--spec", "openapi.yaml"], 1),
    ] {
        let log = audited(specs);
        check(&log);
        let run = &log["runs"][0];
        assert_eq!(list(run, "artifacts").len(), artifacts, "{specs:?}");
        assert!(list(run, "results").len() >= 3, "{log}");
        assert!(list(run, "results").iter().any(|result| !list(result, "suppressions").is_empty()), "{log}");
        assert!(!list(&run["invocations"][0], "toolExecutionNotifications").is_empty(), "{log}");
    }
}
