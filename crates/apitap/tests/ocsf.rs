//! Events of OCSF as version 1.6.0 of its schema asks for them.
//!
//! What stands here was read from the schema of that release (github.com/ocsf/ocsf-schema, tag 1.6.0): `events/base_event.json`,
//! `events/findings/finding.json`, `events/findings/detection_finding.json`, the objects they use, and `dictionary.json`.
//! Required attributes, constraints, types and values of enumerations are checked, and that nothing stands in an event that
//! its class or object does not have.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::fs;

use serde_json::{Map, Value};
use support::Installation;

/// What an attribute holds.
#[derive(Clone, Copy, Debug)]
enum Is {
    Text,
    Whole,
    Flag,
    /// Milliseconds since 1970.
    Time,
    /// Anything: `json_t`, or the object without attributes of its own.
    Any,
    One(&'static str),
    Texts,
    Many(&'static str),
}

use Is::{Any, Flag, Many, One, Text, Texts, Time, Whole};

/// Name, required attributes, sets of which one must be there, and the attributes with what they hold (of the optional ones
/// those that events of ours may have).
type Object = (&'static str, &'static [&'static str], &'static [&'static str], &'static [(&'static str, Is)]);

const OBJECTS: &[Object] = &[
    (
        "detection_finding",
        &["activity_id", "category_uid", "class_uid", "finding_info", "metadata", "severity_id", "time", "type_uid"],
        &[],
        &[
            ("activity_id", Whole),
            ("activity_name", Text),
            ("anomaly_analyses", Many("anomaly_analysis")),
            ("category_name", Text),
            ("category_uid", Whole),
            ("class_name", Text),
            ("class_uid", Whole),
            ("comment", Text),
            ("confidence", Text),
            ("confidence_id", Whole),
            ("confidence_score", Whole),
            ("count", Whole),
            ("end_time", Time),
            ("evidences", Many("evidences")),
            ("finding_info", One("finding_info")),
            ("is_alert", Flag),
            ("message", Text),
            ("metadata", One("metadata")),
            ("observables", Many("observable")),
            ("remediation", One("remediation")),
            ("resources", Many("resource_details")),
            ("severity", Text),
            ("severity_id", Whole),
            ("start_time", Time),
            ("status", Text),
            ("status_id", Whole),
            ("time", Time),
            ("type_name", Text),
            ("type_uid", Whole),
            ("unmapped", Any),
        ],
    ),
    (
        "metadata",
        &["product", "version"],
        &[],
        &[("event_code", Text), ("original_time", Text), ("product", One("product")), ("version", Text)],
    ),
    ("product", &[], &["name", "uid"], &[("name", Text), ("vendor_name", Text), ("version", Text)]),
    (
        "finding_info",
        &["uid"],
        &[],
        &[
            ("analytic", One("analytic")),
            ("attacks", Many("attack")),
            ("created_time", Time),
            ("desc", Text),
            ("first_seen_time", Time),
            ("last_seen_time", Time),
            ("modified_time", Time),
            ("tags", Many("key_value_object")),
            ("title", Text),
            ("types", Texts),
            ("uid", Text),
        ],
    ),
    (
        "analytic",
        &["type_id"],
        &["name", "uid"],
        &[("name", Text), ("type", Text), ("type_id", Whole), ("uid", Text), ("version", Text)],
    ),
    (
        "attack",
        &[],
        &["tactic", "technique", "sub_technique"],
        &[("sub_technique", One("technique")), ("technique", One("technique"))],
    ),
    ("technique", &[], &["name", "uid"], &[("uid", Text)]),
    ("key_value_object", &["name"], &["value", "values"], &[("name", Text), ("values", Texts)]),
    (
        "anomaly_analysis",
        &["analysis_targets", "anomalies"],
        &[],
        &[
            ("analysis_targets", Many("analysis_target")),
            ("anomalies", Many("anomaly")),
            ("baselines", Many("anomaly")),
        ],
    ),
    ("analysis_target", &["name"], &[], &[("name", Text), ("type", Text)]),
    // A baseline has the attributes of an anomaly.
    (
        "anomaly",
        &["observation_parameter", "observations"],
        &[],
        &[("observation_parameter", Text), ("observation_type", Text), ("observations", Many("observation"))],
    ),
    ("observation", &["value"], &[], &[("value", Text)]),
    ("remediation", &["desc"], &[], &[("desc", Text)]),
    (
        "resource_details",
        &[],
        &["name", "uid"],
        &[("name", Text), ("role", Text), ("role_id", Whole), ("type", Text), ("uid", Text)],
    ),
    (
        "evidences",
        &[],
        &["actor", "api", "data", "src_endpoint"],
        &[
            ("actor", One("actor")),
            ("api", One("api")),
            ("data", Any),
            ("name", Text),
            ("src_endpoint", One("network_endpoint")),
            ("uid", Text),
        ],
    ),
    ("actor", &[], &["user"], &[("user", One("user"))]),
    ("user", &[], &["account", "name", "uid"], &[("name", Text), ("type", Text), ("type_id", Whole), ("uid", Text)]),
    ("api", &["operation"], &[], &[("operation", Text)]),
    ("network_endpoint", &[], &["ip", "name"], &[("ip", Text), ("name", Text)]),
    ("observable", &["type_id"], &[], &[("name", Text), ("type", Text), ("type_id", Whole), ("value", Text)]),
];

fn check(name: &str, value: &Value, path: &str) {
    let (_, required, one_of, attributes) = OBJECTS.iter().find(|(known, ..)| *known == name).unwrap();
    let object: &Map<String, Value> = value.as_object().unwrap_or_else(|| panic!("{path} is no object: {value}"));
    for needed in *required {
        assert!(object.contains_key(*needed), "{path} has no {needed}: {value}");
    }
    assert!(one_of.is_empty() || one_of.iter().any(|one| object.contains_key(*one)), "{path} has none of {one_of:?}");
    for (key, value) in object {
        let path = format!("{path}.{key}");
        let Some((_, is)) = attributes.iter().find(|(known, _)| known == key) else {
            panic!("{path} is not in {name}")
        };
        let list = || value.as_array().filter(|list| !list.is_empty()).unwrap_or_else(|| panic!("{path}: {value}"));
        let text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        match is {
            Text => assert!(text(value), "{path}: {value}"),
            Whole => assert!(value.is_u64(), "{path}: {value}"),
            Flag => assert!(value.is_boolean(), "{path}: {value}"),
            Time => {
                assert!((1_000_000_000_000..5_000_000_000_000).contains(&value.as_u64().unwrap()), "{path}: {value}");
            }
            Any => assert!(value.is_object(), "{path}: {value}"),
            One(name) => check(name, value, &path),
            Texts => assert!(list().iter().all(text), "{path}: {value}"),
            Many(name) => list().iter().for_each(|value| check(name, value, &path)),
        }
    }
}

/// Attribute of the number, attribute of the word, and which word each number has.
type Words = (&'static str, &'static str, &'static [(u64, &'static str)]);

/// The identifiers and the words that the schema gives them (`dictionary.json`, `finding.json`); 99 may have any word.
const NAMED: &[Words] = &[
    ("activity_id", "activity_name", &[(1, "Create"), (2, "Update"), (3, "Close")]),
    (
        "severity_id",
        "severity",
        &[(1, "Informational"), (2, "Low"), (3, "Medium"), (4, "High"), (5, "Critical"), (6, "Fatal")],
    ),
    ("confidence_id", "confidence", &[(1, "Low"), (2, "Medium"), (3, "High")]),
    (
        "status_id",
        "status",
        &[(1, "New"), (2, "In Progress"), (3, "Suppressed"), (4, "Resolved"), (5, "Archived"), (6, "Deleted")],
    ),
];

fn check_event(event: &Value) {
    check("detection_finding", event, "event");
    assert_eq!((event["category_uid"].as_u64(), event["class_uid"].as_u64()), (Some(2), Some(2_004)));
    // type_uid = class_uid * 100 + activity_id.
    assert_eq!(event["type_uid"].as_u64().unwrap(), 200_400 + event["activity_id"].as_u64().unwrap());
    assert_eq!(event["metadata"]["version"], "1.6.0");
    for (id, name, words) in NAMED {
        let (id, name) = (event[*id].as_u64().unwrap(), event[*name].as_str().unwrap());
        assert!(id == 99 || words.contains(&(id, name)), "{id} {name}");
    }
    assert!(event["confidence_score"].as_u64().unwrap() <= 100);
}

fn replayed(fixture: &str) -> Installation {
    let place = Installation::new();
    let input = format!("{}/../../fixtures/{fixture}/input.pcap", env!("CARGO_MANIFEST_DIR"));
    fs::copy(input, place.path().join("input.pcap")).unwrap();
    place.run(&["-q", "replay", "input.pcap", "-o", "x.findings"]);
    place
}

fn events(place: &Installation, options: &[&str]) -> Vec<Value> {
    let lines = place.run(&[&["-q", "findings", "convert", "x.findings", "--to", "ocsf"], options].concat());
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_event_is_as_the_schema_asks() {
    for fixture in ["object-enumeration", "scan", "product-exposed", "mass-assignment"] {
        let place = replayed(fixture);
        let (last, all) = (events(&place, &[]), events(&place, &["--all"]));
        assert!(!last.is_empty() && all.len() > last.len(), "{fixture}: {} of {}", last.len(), all.len());
        last.iter().chain(&all).for_each(check_event);
        assert!(all.iter().any(|event| event["activity_id"] == 1 && event["is_alert"] == true), "{fixture}");
        assert!(last.iter().all(|event| event["activity_id"] == 3 && event["is_alert"] == false), "{fixture}");
    }
}

#[test]
fn a_finding_keeps_what_it_says() {
    let place = replayed("object-enumeration");
    let event = events(&place, &[]).remove(0);
    let told: Value = serde_json::from_str(
        place.run(&["-q", "findings", "convert", "x.findings", "--to", "jsonl"]).lines().next().unwrap(),
    )
    .unwrap();
    let info = &event["finding_info"];
    assert_eq!(info["uid"], told["id"]);
    assert_eq!(info["attacks"][0]["technique"]["uid"], told["attack"][0]);
    assert_eq!(info["tags"][0]["values"], told["cwe"]);
    assert_eq!(info["analytic"]["uid"], told["detector"]);
    let evidence = &event["evidences"][0];
    assert_eq!(evidence["data"]["frame"], told["evidence"][0]["frame"]);
    assert_eq!(evidence["actor"]["user"]["uid"], told["subject"]["identity"]);
    assert_eq!(evidence["src_endpoint"]["ip"], told["subject"]["addresses"][0]);
    let analysis = &event["anomaly_analyses"][0];
    assert_eq!(analysis["anomalies"].as_array().unwrap().len(), told["observed"].as_array().unwrap().len());
    assert_eq!((&event["status_id"], &event["status"]), (&Value::from(99), &Value::from("Closed")));

    place.run(&["findings", "ack", info["uid"].as_str().unwrap(), "x.findings", "--reason", "a load test"]);
    let accepted = events(&place, &[]).remove(0);
    check_event(&accepted);
    assert_eq!((&accepted["status_id"], &accepted["comment"]), (&Value::from(3), &Value::from("a load test")));
}
