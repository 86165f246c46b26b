//! Methods of gRPC: names stay apart however many and alike they are, and kinds are those of what was seen.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use discovery::{Catalog, Router};
use model::{EndpointRecord, ObservationBatch, Rpc, RpcKind, RpcSide, Share, ValueClass, Worker, WorkerOutput};
use support::{call, epoch, push};

/// Appends a call of a method that sent so many messages each way.
fn rpc(batch: &mut ObservationBatch, path: &str, status: u16, (asked, answered): (u64, u64), frame: u64) {
    let from = batch.segments.len();
    push(batch, &call("POST", path, status, 7), frame);
    batch.segments[from..].iter_mut().for_each(|segment| segment.class = ValueClass::Version);
    let side = |messages| RpcSide { messages, exact: true, ..RpcSide::default() };
    let code = Some(if status == 200 { 0 } else { 12 });
    batch.rpcs.push(Rpc { code, asked: side(asked), answered: side(answered), ..Rpc::default() });
    batch.rows.last_mut().unwrap().rpc = batch.rpcs.len() as u32;
}

fn inventory(batches: Vec<ObservationBatch>) -> Vec<EndpointRecord> {
    let mut catalog = Catalog::new(Share::ALL);
    catalog.apply(&epoch(&mut Router::default(), 1, batches), &mut WorkerOutput::default());
    catalog.save(false).endpoints
}

#[test]
fn methods_are_no_values_of_a_parameter() {
    let mut batch = ObservationBatch::default();
    let mut frame = 0;
    for round in 0..3 {
        for service in ["shop.v1.Orders", "shop.v1.Users", "shop.v1.Things"] {
            for method in 0..120 {
                frame += 1;
                rpc(&mut batch, &format!("/{service}/Get{method:04x}ab"), 200, (1, 1 + round), frame);
            }
        }
    }
    let endpoints = inventory(vec![batch]);
    assert_eq!(endpoints.len(), 360);
    assert!(endpoints.iter().all(|e| !e.template.contains('{') && e.count == 3));
    assert!(endpoints.iter().all(|e| e.grpc.as_ref().unwrap().kind == Some(RpcKind::ServerStream)));
}

#[test]
fn methods_that_are_not_there_are_no_endpoints() {
    let mut batch = ObservationBatch::default();
    rpc(&mut batch, "/shop.v1.Orders/Get", 200, (1, 1), 1);
    for n in 0..50 {
        rpc(&mut batch, &format!("/shop.v1.Orders/Guess{n}"), 404, (1, 0), 2 + n);
    }
    let endpoints = inventory(vec![batch]);
    assert_eq!(endpoints.iter().map(|e| &*e.template).collect::<Vec<_>>(), ["/shop.v1.Orders/Get"]);
}
