//! Inventories compared: what came, went and changed.

use std::collections::BTreeSet;
use std::time::Duration;

use model::endpoint::{ParamRecord, Quantiles};
use model::{EndpointRecord, Id, PacketTime, ParamPlace, ValueClass};

use super::*;
use crate::openapi;

fn at(seconds: u64) -> PacketTime {
    PacketTime::from_parts(1_772_438_400 + seconds, 0)
}

fn record(method: &str, template: &str, count: u64) -> EndpointRecord {
    EndpointRecord {
        id: Id::of("endpoint", &[b"api.example", method.as_bytes(), template.as_bytes()]),
        service: "api.example".into(),
        method: method.into(),
        template: template.into(),
        count,
        statuses: [(200, count)].into(),
        auth: [("bearer".to_owned(), count)].into(),
        callers: 3,
        first_at: at(0),
        last_at: at(count),
        ..EndpointRecord::default()
    }
}

fn param(place: ParamPlace, name: &str, count: u64, required: bool, class: ValueClass) -> ParamRecord {
    ParamRecord {
        name: name.into(),
        place,
        count,
        required,
        classes: [(class, count)].into(),
        ..ParamRecord::default()
    }
}

fn views(records: &[EndpointRecord]) -> Vec<View> {
    records.iter().map(View::from).collect()
}

fn of(before: &[EndpointRecord], after: &[EndpointRecord]) -> Vec<Change> {
    diff(&views(before), &views(after))
}

fn told(changes: &[Change]) -> Vec<String> {
    let detail = |d: &Detail| format!("{} {:?} {}", d.aspect.as_str(), d.how, d.name);
    changes.iter().flat_map(|c| c.details.iter().map(detail)).collect()
}

#[test]
fn like_inventories_do_not_differ() {
    let all = [record("GET", "/a", 50), record("GET", "/orders/{int}", 500)];
    assert_eq!(of(&all, &all), []);
}

#[test]
fn endpoints_come_and_go_and_rare_ones_are_only_unseen() {
    let before = [record("GET", "/a", 5_000), record("GET", "/old", 500), record("GET", "/rare", 3)];
    let after = [record("GET", "/a", 5_000), record("POST", "/new", 41)];
    let changes = of(&before, &after);
    let kinds: Vec<_> = changes.iter().map(|c| (c.kind, c.before, c.after)).collect();
    assert_eq!(kinds, [(Kind::Added, None, Some(1)), (Kind::Removed, Some(1), None), (Kind::Unseen, Some(2), None)]);
    // A service that was not seen at all proves nothing.
    assert!(of(&before, &[]).iter().all(|c| c.kind == Kind::Unseen));
}

#[test]
fn another_class_of_values_or_a_fold_is_no_other_endpoint() {
    let changes = of(&[record("GET", "/orders/{int}", 50)], &[record("GET", "/orders/{str}", 50)]);
    assert_eq!(changes, []);
    let words = [record("GET", "/users/ann", 40), record("GET", "/users/bob", 40)];
    let mut folded = record("GET", "/users/{str}", 90);
    folded.supersedes = words.iter().map(|r| r.id).collect();
    let changes = of(&words, &[folded]);
    assert_eq!((changes.len(), changes[0].kind), (1, Kind::Changed));
    assert_eq!(told(&changes), ["template Changed ", "template Changed "]);
}

#[test]
fn what_changes_inside_is_told() {
    let mut old = record("GET", "/orders/{int}", 1_000);
    old.params = vec![
        param(ParamPlace::Query, "page", 500, false, ValueClass::Int),
        param(ParamPlace::Query, "gone", 500, false, ValueClass::Int),
        param(ParamPlace::Query, "rare", 2, false, ValueClass::Int),
        param(ParamPlace::Query, "must", 1_000, true, ValueClass::Int),
    ];
    old.latency = Some(Quantiles { count: 1_000, p50: 1, p90: 41_000_000, p99: 1 });
    let mut new = record("GET", "/orders/{int}", 1_000);
    new.params = vec![
        param(ParamPlace::Body, "/billing/phone", 7, false, ValueClass::Phone),
        param(ParamPlace::Query, "page", 500, false, ValueClass::Word),
        param(ParamPlace::Query, "must", 900, false, ValueClass::Int),
    ];
    new.latency = Some(Quantiles { count: 1_000, p50: 1, p90: 390_000_000, p99: 1 });
    new.statuses.insert(500, 3);
    new.auth.insert("none".into(), 20);
    new.unauthenticated_successes = 20;
    let seen = told(&of(&[old], &[new]));
    assert_eq!(
        seen,
        [
            "parameter Removed query gone",
            "presence Changed query must",
            "values Changed query page",
            "field Added body /billing/phone",
            "auth Added none",
            "unauthenticated Changed ",
            "status Added 500",
            "latency Changed p90",
        ]
    );
}

#[test]
fn an_export_does_not_differ_from_what_it_was_made_of() {
    let mut get = record("GET", "/a b/orders/{int}.json", 1_000);
    get.params = vec![
        param(ParamPlace::Path, "segment-2", 1_000, true, ValueClass::Int),
        param(ParamPlace::Query, "page", 500, false, ValueClass::Int),
    ];
    get.response_types = [("application/json".to_owned(), 1_000)].into();
    let mut post = record("POST", "/orders", 100);
    post.request_types = [("application/json".to_owned(), 100)].into();
    post.params = vec![
        param(ParamPlace::Body, "/lines", 100, true, ValueClass::Array),
        param(ParamPlace::Body, "/lines/*", 100, true, ValueClass::Object),
        param(ParamPlace::Body, "/lines/*/sku", 100, true, ValueClass::Token),
        param(ParamPlace::Body, "/a~1b", 90, false, ValueClass::Null),
        param(ParamPlace::Body, "", 4, false, ValueClass::Null),
        param(ParamPlace::Body, "/only/leaves/*/here", 90, false, ValueClass::Int),
    ];
    let mut failing = record("DELETE", "/orders/{int}", 100);
    failing.statuses = [(404, 100)].into();
    failing.response_types = [("application/json".to_owned(), 100)].into();
    let records = [get, post, failing];
    let document = openapi::export(&records, &openapi::Options::default());
    let described = document::views(&document).unwrap();
    assert_eq!(diff(&described, &views(&records)), []);
    assert_eq!(diff(&views(&records), &described), []);
    let params: BTreeSet<_> = described.iter().flat_map(|v| v.params.keys()).collect();
    assert!(params.contains(&(ParamPlace::Body, "/lines/*/sku".to_owned())), "{params:?}");
    // A foreign document tells no calls.
    assert_eq!(document::views(&serde_json::json!({"openapi": "3.1.0", "paths": {"/a": {"get": {}}}})), None);
}

#[test]
fn moments_tell_first_and_last_calls() {
    let one = |template: &str, first, last, count| {
        let mut one = record("GET", template, count);
        (one.first_at, one.last_at) = (at(first), at(last));
        one
    };
    let all = [
        one("/always", 0, 1_000, 1_000),
        one("/new", 600, 900, 5),
        one("/gone", 0, 450, 400),
        one("/rare", 0, 450, 2),
        one("/long-gone", 0, 10, 400),
        one("/later", 950, 960, 10),
    ];
    let moments = Moments { from: at(500), to: at(900) };
    let changes = between(&views(&all), moments);
    let kinds: Vec<_> = changes.iter().map(|c| (c.kind, c.before.or(c.after))).collect();
    assert_eq!(
        kinds,
        [(Kind::Added, Some(1)), (Kind::Removed, Some(2)), (Kind::Unseen, Some(3))],
        "of {:?}",
        Duration::from_secs(400)
    );
}

/// Two inventories of one structure, in which no template is the other's: each finds its like, however many there are.
#[test]
fn as_many_of_one_structure_as_an_inventory_holds_are_put_together() {
    const MANY: usize = model::limits::ENDPOINTS_MAX;
    let side = |class: &str| -> Vec<View> {
        let view =
            |n| View { calls: 5, template: format!("/a/{{{class}{n}}}"), structure: "/a/{}".into(), ..View::default() };
        (0..MANY).map(view).collect()
    };
    let changes = diff(&side("int"), &side("str"));
    assert!(changes.iter().all(|change| change.kind == Kind::Changed), "{:?}", changes.first());
}

#[test]
fn hostile_exports_are_read_within_bounds() {
    let operation = |parameters: serde_json::Value, schema: serde_json::Value| {
        serde_json::json!({
            "x-apitap-calls": 1,
            "parameters": parameters,
            "requestBody": { "content": { "application/json": { "schema": schema } } },
        })
    };
    // As many values in one path as a file holds, each told once: to look each up in the path would be quadratic.
    let names: Vec<String> = (0..20_000).map(|n| format!("v{n}")).collect();
    let path = names.iter().map(|name| format!("/{{{name}}}")).collect::<Vec<_>>().concat();
    let parameters: Vec<_> = names.iter().map(|name| serde_json::json!({ "name": name, "in": "path" })).collect();
    // Names that each level below repeats.
    let long = "x".repeat(4_096);
    let mut schema = serde_json::json!({ "type": "string" });
    for _ in 0..50 {
        schema = serde_json::json!({ "type": "object", "properties": { long.as_str(): schema, "short": {} } });
    }
    let document = serde_json::json!({
        "openapi": "3.1.0",
        "paths": { path: { "get": operation(parameters.into(), serde_json::Value::Null) }, "/": { "post": operation(serde_json::json!([]), schema) } },
    });
    let views = document::views(&document).unwrap();
    let [post, get] = &views[..] else { panic!("{}", views.len()) };
    assert_eq!(get.params.len(), 20_000);
    assert!(get.params.contains_key(&(ParamPlace::Path, "segment-19999".to_owned())));
    assert_eq!(post.params.keys().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["/short"]);

    let mut paths = serde_json::Map::new();
    for n in 0..=model::limits::ENDPOINTS_MAX {
        paths.insert(format!("/{n}"), serde_json::json!({ "get": { "x-apitap-calls": 1 } }));
    }
    assert_eq!(document::views(&serde_json::json!({ "openapi": "3.1.0", "paths": paths })), None);
    for no_export in ["[]", "{}", r#"{"openapi":3}"#, r#"{"openapi":"3.1.0","paths":{"/":{"get":{}}}}"#] {
        assert_eq!(document::views(&serde_json::from_str(no_export).unwrap()), None, "{no_export}");
    }
}
