//! The OpenAPI document: whole, the same for the same records, and without values.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests that fails has failed the test"
)]

mod support;

use std::collections::BTreeSet;

use discovery::openapi::{Options, export, services};
use discovery::{Catalog, Router};
use model::{EndpointRecord, ParamPlace, Share, ValueClass, Worker, WorkerOutput};
use serde_json::{Value, json};
use support::{Call, batches, epoch, line};

fn records(calls: &[Call]) -> Vec<EndpointRecord> {
    let mut catalog = Catalog::new(Share::ALL);
    catalog.apply(&epoch(&mut Router::default(), 1, batches(calls, 1, 1, |_| 0)), &mut WorkerOutput::default());
    catalog.save(false).endpoints
}

fn order(id: &str) -> Call {
    let mut call = line(&format!("POST /v1/orders/{id}/lines 201 7 auth"));
    let param = |place, name: &str, class, number| (place, name.to_owned(), class, number);
    call.params = vec![
        param(ParamPlace::Query, "dry", ValueClass::Bool, None),
        param(ParamPlace::Header, "Accept", ValueClass::Word, None),
        param(ParamPlace::Header, "X-Trace", ValueClass::Uuid, None),
        param(ParamPlace::Body, "/items/*/sku", ValueClass::Word, None),
        param(ParamPlace::Body, "/items/*/count", ValueClass::Int, Some(77_001)),
        param(ParamPlace::Body, "/note", ValueClass::Null, None),
    ];
    call
}

#[test]
fn an_operation_says_what_was_seen() {
    let mut second = order("43");
    second.params.pop();
    let document = export(&records(&[order("42"), second]), &Options::default());
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"], json!([{ "url": "http://api.example" }]));
    let item = &document["paths"]["/v1/orders/{orderId}/lines"];
    assert_eq!(item["parameters"][0]["name"], "orderId");
    assert_eq!(item["parameters"][0]["schema"], json!({ "type": "integer", "format": "int32" }));
    let post = &item["post"];
    let names: Vec<_> = post["parameters"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["X-Trace", "dry"]);
    assert_eq!(post["parameters"][1]["required"], true);
    let schema = &post["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(schema["required"], Value::Null, "/items was never seen itself and /note was sent once");
    let item = &schema["properties"]["items"]["items"];
    assert_eq!(item["properties"]["sku"]["type"], "string");
    assert_eq!(item["required"], json!(["count", "sku"]));
    assert_eq!(post["responses"]["201"]["content"], json!({ "application/json": {} }));
    assert_eq!(post["security"], json!([{ "bearer": [] }]));
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    assert_eq!((&post["x-apitap-calls"], &post["x-apitap-confidence"]), (&json!(2), &json!(0.6)));
    assert_eq!(post["x-apitap-first-seen"], "1970-01-01T00:00:00.000001Z");
    let text = document.to_string();
    assert!(!text.contains("77001") && !text.contains("/42"), "{text}");
}

#[test]
fn every_document_is_valid_where_validators_are_strict() {
    let calls: Vec<_> = [
        "GET /users/1 200 1",
        "GET /users/1 200 1 service=b.example:8080",
        "PURGE /users/1 200 1",
        "GET /a/1/2 200 1",
        "GET /a/1/0a1b2c3d/x 200 1",
        "POST /a-b 200 1 auth",
        "POST /a_b 200 1",
        "GET / 304 0 auth",
        "HEAD / 200 0",
    ]
    .map(line)
    .into();
    let all = records(&calls);
    assert_eq!(services(&all), ["api.example", "b.example:8080"]);
    let one = Options { service: Some("b.example:8080".into()), ..Options::default() };
    for document in [export(&all, &Options::default()), export(&all, &one)] {
        check(&document);
    }
    let document = export(&all, &Options::default());
    assert!(document["info"]["description"].as_str().unwrap().contains("PURGE /users/{int}"));
    assert_eq!(document["paths"]["/users/{userId}"]["servers"].as_array().unwrap().len(), 2);
    let mut reversed = all;
    reversed.reverse();
    assert_eq!(document.to_string(), export(&reversed, &Options::default()).to_string());
}

/// The rules of OpenAPI 3.1 that documents break most.
fn check(document: &Value) {
    let mut ids = BTreeSet::new();
    let mut structures = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let mut variables: Vec<_> = path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
        let structure = variables.iter().fold(path.clone(), |text, name| text.replace(&format!("{{{name}}}"), "{}"));
        assert!(path.starts_with('/') && structures.insert(structure), "{path}");
        let declared = item["parameters"].as_array().map_or(&[][..], |list| list);
        let mut declared: Vec<_> = declared.iter().map(|p| p["name"].as_str().unwrap()).collect();
        variables.sort_unstable();
        declared.sort_unstable();
        assert_eq!(variables, declared, "{path}");
        assert_eq!(declared.iter().collect::<BTreeSet<_>>().len(), declared.len(), "{path}");
        for (method, operation) in item.as_object().unwrap() {
            if ["parameters", "servers"].contains(&&**method) {
                continue;
            }
            assert!(["get", "put", "post", "delete", "options", "head", "patch", "trace"].contains(&&**method));
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(!responses.is_empty() && responses.values().all(|r| r["description"].is_string()));
        }
    }
}

#[test]
fn what_one_caller_sent_once_is_counted_and_left_out() {
    let mut calls = vec![line("GET /pets 200 7"); 300];
    let stray = (ParamPlace::Header, "X-Probe-Id".to_owned(), ValueClass::Word, None);
    calls[150].params = vec![stray, (ParamPlace::Form, "file".to_owned(), ValueClass::Word, None)];
    for at in [10, 20, 30] {
        calls[at].caller = at as u64;
        calls[at].params = vec![(ParamPlace::Query, "page".to_owned(), ValueClass::Int, Some(2))];
    }
    let records = records(&calls);
    assert_eq!(records[0].params.iter().map(|p| p.stray).collect::<Vec<_>>(), [false, true, true]);
    let document = export(&records, &Options::default());
    let get = &document["paths"]["/pets"]["get"];
    let names: Vec<_> = get["parameters"].as_array().unwrap().iter().map(|p| p["name"].clone()).collect();
    assert_eq!(names, ["page"]);
    assert!(get["requestBody"].is_null());
    assert!(get["description"].as_str().unwrap().contains("Left out: 2 parameters"), "{get}");
}

#[test]
fn there_are_no_more_callers_than_calls() {
    for end in (70..1_500).step_by(97) {
        let records = records(&calls_until(end));
        assert!(records[0].callers <= records[0].count, "{} of {}", records[0].callers, records[0].count);
    }
}

fn calls_until(end: usize) -> Vec<Call> {
    let of = |caller| Call { caller: caller as u64, ..line("GET /pets 200 7") };
    (0..end).map(of).collect()
}
