//! What stands around the calls of an endpoint: zones, clients, hours, its life, its product; also when it is folded and resumed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::Arc;

use discovery::Catalog;
use discovery::about::lifecycle::{self, Age, Lifecycle};
use model::observation::{Note, Observation, ObservationBatch, Rows};
use model::zone::Caller;
use model::{
    ClientFamily, EndpointIndex, EndpointName, EndpointRecord, Id, Identity, Naming, PacketTime, ResolvedEpoch,
    SavedState, Share, Step, Worker, WorkerOutput, Zone,
};

/// 2026-03-02 00:00 UTC, a Monday.
const MONDAY: u64 = 1_772_409_600;
const DAY: u64 = 86_400;

struct Call {
    endpoint: u32,
    at: u64,
    zone: Zone,
    client: ClientFamily,
    notes: &'static [(&'static str, &'static str)],
}

fn call(endpoint: u32, at: u64) -> Call {
    Call { endpoint, at, zone: Zone::Internal, client: ClientFamily::Curl, notes: &[] }
}

fn names() -> Vec<(EndpointIndex, Arc<EndpointName>)> {
    let templates = ["/job/{str}/api/json", "/v1/orders", "/job/a/api/json"];
    let name = |template: &str| Arc::new(EndpointName::new("ci.example", "GET", template));
    (0..).map(EndpointIndex).zip(templates.map(name)).collect()
}

fn epoch(number: u64, calls: &[Call]) -> ResolvedEpoch {
    let mut batch = ObservationBatch::default();
    let mut steps = Vec::new();
    for (row, call) in (0..).zip(calls) {
        let notes = Rows { at: batch.notes.len() as u32, len: call.notes.len() as u32 };
        for (name, value) in call.notes {
            let (name, value) = (batch.push_text(name.as_bytes()), batch.push_text(value.as_bytes()));
            batch.notes.push(Note { name, value });
        }
        let at = PacketTime::from_parts(MONDAY + call.at, 0);
        batch.rows.push(Observation {
            first_at: at,
            last_at: at,
            caller: Caller { zone: call.zone, ..Caller::default() },
            client_family: call.client,
            notes,
            status: 200,
            identity: Identity { id: Id::of("who", &[b"x"]), ..Identity::default() },
            ..Observation::default()
        });
        steps.push(Step::Seen { batch: 0, row, naming: Naming::Endpoint(EndpointIndex(call.endpoint)) });
    }
    ResolvedEpoch { epoch: number, batches: vec![batch], names: names(), steps, ..ResolvedEpoch::default() }
}

fn record(catalog: &mut Catalog, template: &str) -> EndpointRecord {
    let all = catalog.save(false).endpoints;
    all.into_iter().find(|endpoint| endpoint.template == template).unwrap()
}

fn story() -> Vec<Call> {
    vec![
        call(0, 8 * 3_600),
        Call { zone: Zone::External, client: ClientFamily::None, ..call(0, 8 * 3_600 + 5) },
        call(1, 9 * 3_600),
        Call { notes: &[("x-jenkins", "2.414.3"), ("set-cookie", "jsessionid.ab")], ..call(2, DAY + 9 * 3_600) },
        // Silent for three weeks, then back.
        call(0, 22 * DAY),
        call(1, 22 * DAY),
    ]
}

#[test]
fn zones_clients_hours_and_life_stand_in_the_record() {
    let mut catalog = Catalog::new(Share::ALL);
    catalog.apply(&epoch(1, &story()), &mut WorkerOutput::default());
    let job = record(&mut catalog, "/job/{str}/api/json");
    assert_eq!(job.zones, [(Zone::Internal, 2), (Zone::External, 1)].into());
    assert_eq!(job.clients, [("curl".to_owned(), 2), ("none".to_owned(), 1)].into());
    assert_eq!(job.hours, [(8, 2), (24, 1)].into());
    assert_eq!(job.returned_at, Some(PacketTime::from_parts(MONDAY + 22 * DAY, 0)));
    let age = Age { first: PacketTime::from_parts(MONDAY, 0), last: PacketTime::from_parts(MONDAY + 23 * DAY, 0) };
    assert_eq!(lifecycle::of(&job, age), Lifecycle::Returned);
}

#[test]
fn a_product_is_told_of_endpoints_that_show_it_and_of_no_others() {
    let mut catalog = Catalog::new(Share::ALL);
    catalog.apply(&epoch(1, &story()[..3]), &mut WorkerOutput::default());
    assert_eq!(record(&mut catalog, "/job/{str}/api/json").product, None, "one path is not enough");
    catalog.apply(&epoch(2, &story()[3..4]), &mut WorkerOutput::default());
    let all = catalog.save(false).endpoints;
    let product = |template: &str| all.iter().find(|e| e.template == template).and_then(|e| e.product.clone());
    // What another endpoint of the service shows makes the record of this one new, though nobody called it.
    let job = product("/job/{str}/api/json").unwrap();
    assert_eq!((job.name.as_str(), job.version.as_deref(), job.administrative), ("Jenkins", Some("2.414.3"), true));
    assert_eq!(job.evidence[0], "path /job/*/api/json");
    assert!(job.evidence.contains(&"header x-jenkins".to_owned()) && product("/job/a/api/json").is_some());
    assert_eq!(product("/v1/orders"), None);
}

#[test]
fn what_is_folded_and_resumed_is_the_same_as_in_one_go() {
    let fold = Step::Rename { from: EndpointIndex(2), to: EndpointIndex(0) };
    let calls = story();
    let (before, after) = calls.split_at(4);
    let mut last = epoch(2, after);
    last.steps.insert(1, fold);
    let out = &mut WorkerOutput::default();
    let (mut straight, mut first, mut second) =
        (Catalog::new(Share::ALL), Catalog::new(Share::ALL), Catalog::new(Share::ALL));
    straight.apply(&epoch(1, before), out);
    first.apply(&epoch(1, before), out);
    let rows = first.save(true).rows;
    second.load(&SavedState { rows, ..SavedState::default() });
    straight.apply(&last, out);
    second.apply(&last, out);
    let job = record(&mut second, "/job/{str}/api/json");
    assert_eq!(record(&mut straight, "/job/{str}/api/json"), job);
    assert_eq!(job.product.map(|product| product.name), Some("Jenkins".to_owned()));
    assert_eq!((job.count, job.hours.values().sum::<u64>()), (4, 4));
}
