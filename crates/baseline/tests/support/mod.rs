//! Builds resolved epochs from short stories and runs them through workers.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "each test file uses its part"
)]

pub mod story;

use std::sync::Arc;
use std::time::Duration;

use baseline::Baseline;
use model::endpoint::{EndpointIndex, EndpointName};
use model::finding::{FindingEvent, FindingState};
use model::flow::{FlowEnds, HostPort, Tenant, mapped};
use model::identity::{Identity, IdentityKind};
use model::observation::{Observation, ObservationBatch, Param, ParamPlace, PathSegment, Rows, Side, ValueClass};
use model::resolved::{Coverage, Naming, Step};
use model::{
    Caller, Id, Ledger, PacketTime, ResolvedEpoch, SavedState, Share, Stamp, StateDelta, Worker, WorkerOutput,
};

/// 2026-03-02 00:00 UTC.
pub const START: u64 = 1_772_409_600;
pub const DAY: u64 = 86_400;

pub const ORDERS: u32 = 0;
pub const PRODUCTS: u32 = 1;
pub const FILES: u32 = 2;
pub const LIST: u32 = 3;
const NAMES: [&str; 4] = ["/v1/orders/{int}", "/v1/products/{int}", "/v1/files/{uuid}", "/v1/orders"];

#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Milliseconds since [`START`].
    pub at: u64,
    pub who: u64,
    pub kind: IdentityKind,
    pub endpoint: u32,
    pub object: u64,
    pub status: u16,
}

/// A token's call.
pub fn call(seconds: u64, who: u64, endpoint: u32, object: u64, status: u16) -> Call {
    Call { at: seconds * 1000, who, kind: IdentityKind::Token, endpoint, object, status }
}

pub fn identity(who: u64) -> Id {
    Id::of("test", &[&who.to_be_bytes()])
}

/// Repeatable noise.
pub fn noise(seed: u64) -> u64 {
    Id::of("noise", &[&seed.to_be_bytes()]).prefix() >> 1
}

/// Twenty users, each with three to nine own orders in a shuffled id space, read over `seconds`.
pub fn normal_users(from: u64, seconds: u64) -> Vec<Call> {
    let mut calls = Vec::new();
    for who in 0..20 {
        let own = 3 + noise(who) % 7;
        for turn in 0..own * 2 {
            let object = own_order(who, turn % own);
            calls.push(call(from + noise(who * 1000 + turn) % seconds, who, ORDERS, object, 200));
        }
    }
    calls
}

/// The `n`th order of `who`: ids of one user lie apart.
pub fn own_order(who: u64, n: u64) -> u64 {
    1001 + (n * 20 + who * 7) % 200
}

pub fn epochs(mut calls: Vec<Call>) -> Vec<ResolvedEpoch> {
    calls.sort_by_key(|call| call.at);
    let names: Vec<_> = NAMES
        .iter()
        .zip(0..)
        .map(|(template, at)| (EndpointIndex(at), Arc::new(EndpointName::new("api.example", "GET", template))))
        .collect();
    let mut out: Vec<ResolvedEpoch> = Vec::new();
    let mut frame = 0;
    for (chunk, number) in calls.chunks(16).zip(1..) {
        let mut epoch = ResolvedEpoch {
            epoch: number,
            coverage: Coverage { payload: 100, understood: 99 },
            batches: vec![ObservationBatch::default(); 2],
            names: if number == 1 { names.clone() } else { Vec::new() },
            ..ResolvedEpoch::default()
        };
        for call in chunk {
            frame += 2;
            let batch = (call.who % 2) as usize;
            let row = push(&mut epoch.batches[batch], call, frame);
            let naming = Naming::Endpoint(EndpointIndex(call.endpoint));
            epoch.steps.push(Step::Seen { batch: batch as u32, row, naming });
            epoch.now = time(call.at);
        }
        out.push(epoch);
    }
    out
}

/// Marks the last epoch as the last.
pub fn ended(mut epochs: Vec<ResolvedEpoch>) -> Vec<ResolvedEpoch> {
    epochs.last_mut().unwrap().last = true;
    epochs
}

fn time(millis: u64) -> PacketTime {
    PacketTime(START * 1_000_000_000 + millis * 1_000_000)
}

fn push(batch: &mut ObservationBatch, call: &Call, frame: u64) -> u32 {
    let number = matches!(call.endpoint, ORDERS | PRODUCTS).then_some(call.object);
    let value = noise(call.object) | 1;
    let sought = (value >> 32) as u32;
    let addr = mapped([10, 0, 0, call.who as u8]);
    let mut row = Observation {
        caller: Caller { addr, ..Caller::default() },
        stamp: Stamp { frame, flow: call.who, ..Stamp::default() },
        first_at: time(call.at),
        last_at: time(call.at),
        first_frame: frame - 1,
        last_frame: frame,
        flow: FlowEnds {
            orig: HostPort { addr, port: 4000 },
            resp: HostPort { addr: mapped([10, 1, 0, 1]), port: 80 },
            tenant: Tenant::NONE,
        },
        flow_at: time(call.at),
        status: call.status,
        identity: Identity { id: identity(call.who), kind: call.kind },
        duration: (call.status != 0).then_some(Duration::from_micros(900 + call.object)),
        response: Side { bytes: 1024, complete: true, seen: true, ..Side::default() },
        ..Observation::default()
    };
    row.method = batch.push_text(b"GET");
    if call.endpoint == LIST {
        let name = batch.push_text(b"offset");
        row.params = Rows { at: batch.params.len() as u32, len: 1 };
        let class = ValueClass::Int;
        batch.params.push(Param {
            name,
            place: ParamPlace::Query,
            class,
            value,
            number: Some(call.object),
            ..Param::default()
        });
        // The page that begins with an object has it.
        row.disclosed = Rows { at: batch.disclosed.len() as u32, len: 1 };
        batch.disclosed.push(sought);
    } else {
        row.segments = Rows { at: batch.segments.len() as u32, len: 3 };
        for word in [&b"v1"[..], b"orders"] {
            let text = batch.push_text(word);
            batch.segments.push(PathSegment { text, ..PathSegment::default() });
        }
        let class = if number.is_some() { ValueClass::Int } else { ValueClass::Uuid };
        batch.segments.push(PathSegment { class, value, sought, number, ..PathSegment::default() });
    }
    batch.rows.push(row);
    batch.rows.len() as u32 - 1
}

/// Everything that `of` workers say, in order, and their counters.
pub fn run_on(epochs: &[ResolvedEpoch], of: usize, make: impl Fn(Share) -> Baseline) -> (Vec<FindingEvent>, Ledger) {
    let mut workers: Vec<_> = (0..of).map(|index| make(Share::new(index, of))).collect();
    run(&mut workers, epochs)
}

pub fn run(workers: &mut [Baseline], epochs: &[ResolvedEpoch]) -> (Vec<FindingEvent>, Ledger) {
    let (mut events, mut ledger) = (Vec::new(), Ledger::default());
    for worker in workers {
        for epoch in epochs {
            let mut out = WorkerOutput::default();
            worker.apply(epoch, &mut out);
            events.append(&mut out.findings);
            ledger.merge(&out.ledger);
        }
    }
    events.sort_by(|a, b| a.order().cmp(&b.order()));
    (events, ledger)
}

/// Events of one story, told by one worker.
pub fn tell(calls: Vec<Call>) -> Vec<FindingEvent> {
    run_on(&ended(epochs(calls)), 1, Baseline::new).0
}

/// Identities a story accuses.
pub fn accused(events: &[FindingEvent]) -> Vec<Id> {
    let opened = events.iter().filter(|event| event.finding.state == FindingState::Open);
    opened.filter_map(|event| event.finding.subject.identity).collect()
}

/// The state that the deltas of all workers make: rows replaced by kind and key, empty ones deleted.
pub fn state(deltas: impl IntoIterator<Item = StateDelta>) -> SavedState {
    let mut rows = std::collections::BTreeMap::new();
    for row in deltas.into_iter().flat_map(|delta| delta.rows) {
        if row.model.is_empty() {
            rows.remove(&(row.kind, row.key));
        } else {
            rows.insert((row.kind, row.key), row);
        }
    }
    SavedState { rows: rows.into_values().collect(), ..SavedState::default() }
}
