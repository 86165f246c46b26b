//! Operations on one path: endpoints of their own, bounded, and the same however they were spread or stored.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod support;

use discovery::{Catalog, Router, audit, openapi, spec};
use model::limits::OPERATIONS_PER_PATH_MAX;
use model::observation::Rows;
use model::{
    EndpointRecord, ObservationBatch, Operation, OperationKind, SavedState, Share, StateDelta, Worker, WorkerOutput,
};
use support::{Story, call, epoch, push};

/// One call: operations, and whether each failed.
type Asked<'a> = &'a [(OperationKind, &'a str, bool)];

/// Appends a POST of operations.
fn ask(batch: &mut ObservationBatch, path: &str, asked: Asked<'_>, frame: u64) {
    push(batch, &call("POST", path, 200, 7), frame);
    let at = batch.operations.len() as u32;
    for (n, (kind, name, failed)) in asked.iter().enumerate() {
        let text = batch.push_text(name.as_bytes());
        let hash = model::Id::of("test", &[path.as_bytes(), name.as_bytes(), &[*kind as u8]]).prefix();
        let params = Rows { at: batch.params.len() as u32, len: 0 };
        let operation =
            Operation { kind: *kind, name: text, hash, failed: *failed, times: 1, params, ..Operation::default() };
        batch.operations.push(operation);
        if n == 0 {
            batch.rows.last_mut().unwrap().name_hash = hash;
        }
    }
    let row = batch.rows.last_mut().unwrap();
    row.operations = Rows { at, len: asked.len() as u32 };
    row.failed = !asked.is_empty() && asked.iter().all(|(.., failed)| *failed);
}

fn batch_of(calls: &[(&str, Asked<'_>)], first: u64) -> ObservationBatch {
    let mut batch = ObservationBatch::default();
    for (n, (path, asked)) in calls.iter().enumerate() {
        ask(&mut batch, path, asked, first + n as u64);
    }
    batch
}

/// Endpoints and their calls, in words.
fn told(endpoints: &[EndpointRecord]) -> Vec<String> {
    let mut told: Vec<_> = endpoints.iter().map(|e| format!("{} {}", e.place(), e.count)).collect();
    told.sort();
    told
}

fn inventory(router: &mut Router, batches: Vec<ObservationBatch>) -> Vec<EndpointRecord> {
    let mut catalog = Catalog::new(Share::ALL);
    catalog.apply(&epoch(router, 1, batches), &mut WorkerOutput::default());
    catalog.save(false).endpoints
}

use OperationKind::{JsonRpc, Mutation, Persisted, Query, QueryField};

#[test]
fn each_operation_is_an_endpoint_and_failures_are_none() {
    let calls: Vec<(&str, Asked<'_>)> = vec![
        ("/graphql", &[(Query, "GetUser", false)]),
        ("/graphql", &[(Query, "GetUser", false)]),
        ("/graphql", &[(Mutation, "GetUser", false)]),
        ("/graphql", &[(QueryField, "me", false), (QueryField, "posts", false)]),
        ("/graphql", &[(Query, "Cart", false), (Query, "GetUser", false), (Query, "Nope", true)]),
        ("/graphql", &[(Query, "Gone", true)]),
        ("/graphql", &[(Query, "Cart", true)]),
        ("/graphql", &[]),
    ];
    assert_eq!(
        told(&inventory(&mut Router::default(), vec![batch_of(&calls, 1)])),
        [
            "/graphql 1",
            "/graphql · mutation GetUser 1",
            "/graphql · query Cart 2",
            "/graphql · query GetUser 3",
            "/graphql · query { me } 1",
            "/graphql · query { posts } 1",
        ]
    );
}

#[test]
fn bytes_of_a_batch_are_counted_once() {
    let calls: Vec<(&str, Asked<'_>)> = vec![("/graphql", &[(Query, "A", false), (Query, "B", false)])];
    let endpoints = inventory(&mut Router::default(), vec![batch_of(&calls, 1)]);
    assert_eq!((endpoints.len(), endpoints.iter().map(|e| e.response_bytes).sum::<u64>()), (2, 100));
    assert!(endpoints.iter().all(|e| e.count == 1 && e.statuses[&200] == 1));
}

#[test]
fn a_document_known_by_its_name_gets_its_type() {
    let calls: Vec<(&str, Asked<'_>)> = vec![
        ("/graphql", &[(Persisted, "Feed", false)]),
        ("/graphql", &[(Query, "Feed", false)]),
        ("/graphql", &[(Persisted, "Feed", false)]),
        ("/graphql", &[(Persisted, "Other", false)]),
    ];
    let mut router = Router::default();
    let mut catalog = Catalog::new(Share::ALL);
    let resolved = epoch(&mut router, 1, vec![batch_of(&calls, 1)]);
    let mut story = Story::default();
    story.read(&resolved);
    assert!(story.lines.iter().any(|line| line.contains(" -> ")), "{:?}", story.lines);
    catalog.apply(&resolved, &mut WorkerOutput::default());
    let endpoints = catalog.save(false).endpoints;
    assert_eq!(told(&endpoints), ["/graphql · persisted Other 1", "/graphql · query Feed 3"]);
    assert_eq!(endpoints.iter().find(|e| e.count == 3).unwrap().supersedes.len(), 1);
}

#[test]
fn names_beyond_the_bound_are_one_endpoint_and_other_paths_stay() {
    let names: Vec<String> = (0..OPERATIONS_PER_PATH_MAX + 500).map(|n| format!("op{n}")).collect();
    let mut batch = ObservationBatch::default();
    for (n, name) in names.iter().enumerate() {
        ask(&mut batch, "/rpc", &[(JsonRpc, name, false)], n as u64 + 1);
    }
    ask(&mut batch, "/v1/orders", &[], names.len() as u64 + 1);
    let endpoints = inventory(&mut Router::default(), vec![batch]);
    let other = endpoints.iter().find(|e| e.operation == "{operation}").unwrap();
    assert!((499..=502).contains(&other.count), "{}", other.count);
    assert!(endpoints.len() <= OPERATIONS_PER_PATH_MAX + 3);
    assert!(endpoints.iter().any(|e| e.template == "/v1/orders"));
    assert_eq!(endpoints.iter().map(|e| e.count).sum::<u64>(), names.len() as u64 + 1);
}

#[test]
fn operations_are_the_same_spread_stored_and_loaded() {
    let all: Vec<(&str, Asked<'_>)> = vec![
        ("/a/graphql", &[(Query, "A", false), (Query, "B", false)]),
        ("/a/graphql", &[(Persisted, "C", false)]),
        ("/rpc", &[(JsonRpc, "x/y", false)]),
        ("/a/graphql", &[(Query, "A", false)]),
        ("/rpc", &[(JsonRpc, "x/y", false), (JsonRpc, "z", true)]),
        ("/a/graphql", &[(Query, "C", false)]),
    ];
    let whole = told(&inventory(&mut Router::default(), vec![batch_of(&all, 1)]));
    let mut shards = vec![ObservationBatch::default(), ObservationBatch::default()];
    for (n, (path, asked)) in all.iter().enumerate() {
        ask(&mut shards[n % 2], path, asked, n as u64 + 1);
    }
    assert_eq!(told(&inventory(&mut Router::default(), shards)), whole);
    for cut in 1..all.len() {
        let (mut router, mut catalog) = (Router::default(), Catalog::new(Share::ALL));
        catalog.apply(&epoch(&mut router, 1, vec![batch_of(&all[..cut], 1)]), &mut WorkerOutput::default());
        let StateDelta { rows, .. } = catalog.save(true);
        let rows = rows.into_iter().chain(router.save().rows).collect();
        let saved = SavedState { rows, ..SavedState::default() };
        let (mut router, mut catalog) = (Router::default(), Catalog::new(Share::ALL));
        router.load(&saved);
        catalog.load(&saved);
        catalog.apply(&epoch(&mut router, 2, vec![batch_of(&all[cut..], 100)]), &mut WorkerOutput::default());
        // What the second part does not touch is no change: one more empty run tells all.
        let mut seen = told(&catalog.save(false).endpoints);
        seen.retain(|line| !whole.contains(line));
        assert!(seen.is_empty(), "cut at {cut}: {seen:?} of {whole:?}");
    }
}

#[test]
fn one_hundred_and_fifty_look_alike_methods_are_operations_in_paths_too() {
    let families = ["chat", "users", "files", "team", "conversations"];
    let verbs = [
        "get",
        "list",
        "set",
        "postMessage",
        "update",
        "delete",
        "info",
        "open",
        "close",
        "kick",
        "invite",
        "join",
        "leave",
        "mark",
        "rename",
    ];
    for (style, separator) in [("dotted", "."), ("camel", "")] {
        let mut batch = ObservationBatch::default();
        let mut frame = 0;
        for family in families {
            for verb in verbs {
                for more in ["", "All"] {
                    frame += 1;
                    let verb = if separator.is_empty() { verb[..1].to_uppercase() + &verb[1..] } else { verb.into() };
                    push(&mut batch, &call("POST", &format!("/api/{family}{separator}{verb}{more}"), 200, 3), frame);
                }
            }
        }
        let endpoints = inventory(&mut Router::default(), vec![batch]);
        assert_eq!(endpoints.len(), 150, "{style}: {:?}", told(&endpoints).iter().take(5).collect::<Vec<_>>());
        assert!(endpoints.iter().all(|e| !e.template.contains('{')), "{style}");
    }
}

#[test]
fn documents_have_one_operation_for_a_path_and_list_the_others() {
    let calls: Vec<(&str, Asked<'_>)> = vec![
        ("/graphql", &[(Query, "A", false)]),
        ("/graphql", &[(Mutation, "B", false)]),
        ("/rpc", &[(JsonRpc, "c", false)]),
    ];
    let endpoints = inventory(&mut Router::default(), vec![batch_of(&calls, 1)]);
    let document = openapi::export(&endpoints, &openapi::Options::default());
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.keys().collect::<Vec<_>>(), ["/graphql", "/rpc"]);
    let listed = paths["/graphql"]["post"]["x-apitap-operations"].as_array().unwrap();
    assert_eq!(listed.iter().map(|o| o["name"].as_str().unwrap()).collect::<Vec<_>>(), ["mutation B", "query A"]);
    let text = document.to_string();
    let spec = spec::read(&text).unwrap();
    let put_together = discovery::operations::by_path(&endpoints);
    let documents = [audit::Document { name: "x", spec: &spec }];
    assert!(audit::audit(&put_together, &documents).issues.is_empty());
    let empty = spec::read(r#"{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{}}"#).unwrap();
    let documents = [audit::Document { name: "x", spec: &empty }];
    assert_eq!(audit::audit(&put_together, &documents).issues.len(), 2);
}
