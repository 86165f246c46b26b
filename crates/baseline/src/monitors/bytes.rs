//! What one subject costs: the bytes of its row, and of memory. A measurement: `docs/benchmarks.md` has its figures.
//!
//!     cargo test --release -p baseline --lib bytes -- --ignored --nocapture

use std::collections::BTreeMap;
use std::sync::Arc;

use model::endpoint::{EndpointIndex, EndpointName};
use model::identity::{Identity, IdentityKind};
use model::life::OpenFindings;
use model::limits::{FINDINGS_OPEN_MAX, MODEL_BYTES_MAX};
use model::observation::{Observation, ObservationBatch, Observed, Param, ParamPlace, PathSegment, Rows, ValueClass};
use model::operation::{Operation, OperationKind};
use model::{Caller, Id, PacketTime, Share, Signal, SignalKind, Stamp, WorkerOutput};

use super::rows::MonitorRow;
use super::{Call, Monitors, all};
use crate::endpoints::{Endpoints, Local};
use crate::models::mix;
use crate::saved;

/// Identities, each with an address of its own; endpoints; and calls of each identity, over twenty days.
const IDENTITIES: u64 = 6_000;
const ENDPOINTS: u64 = 48;
const CALLS: u64 = 60;
const DAY_NS: u64 = 86_400_000_000_000;

/// Models of one monitor from which on the memory of one can be read off that of the process.
const MANY: usize = 1_000;

#[test]
#[ignore = "a measurement of some seconds"]
#[expect(clippy::print_stdout, reason = "a measurement is read")]
fn a_subject_of_every_monitor_stays_small() {
    let mut endpoints = endpoints();
    let (mut kept, mut too_large) = (Vec::new(), Vec::new());
    println!("| monitor | models | row, mean | row, largest | in memory, mean |\n|---|---|---|---|---|");
    for (lane, fresh) in all().into_iter().zip(all()) {
        let id = lane.info().id;
        let mut monitors = Monitors { share: Share::ALL, lanes: vec![lane], plans: Vec::new() };
        let findings = feed(&mut monitors, &endpoints);
        let mut rows = Vec::new();
        monitors.save(&endpoints, &mut rows);
        // What the rows are read into holds nothing but models.
        let before = resident();
        let mut read = Monitors { share: Share::ALL, lanes: vec![fresh], plans: Vec::new() };
        let mut sizes: BTreeMap<bool, Vec<usize>> = BTreeMap::new();
        for row in rows.iter().filter_map(saved::read::<MonitorRow>) {
            sizes.entry(row.common).or_default().push(row.model.0.len());
            read.lanes.iter_mut().for_each(|lane| lane.restore(Share::ALL, &row, &mut endpoints));
        }
        let models: usize = sizes.values().map(Vec::len).sum();
        let each = resident().saturating_sub(before) / models.max(1);
        for (common, sizes) in &sizes {
            let (mean, largest) = (sizes.iter().sum::<usize>() / sizes.len(), sizes.iter().max().copied().unwrap_or(0));
            let what = if *common { format!("{id}, common") } else { id.to_owned() };
            let memory = if sizes.len() >= MANY { each.to_string() } else { "–".to_owned() };
            println!("| {what} | {} | {mean} | {largest} | {memory} |", sizes.len());
            if largest > MODEL_BYTES_MAX || sizes.len() >= MANY && each > MODEL_BYTES_MAX {
                too_large.push((what, largest, each));
            }
        }
        // What was freed must not be used again by the next one.
        kept.push((monitors, read, rows, findings));
    }
    assert!(too_large.is_empty(), "{too_large:?}");
}

/// Bytes of memory that this process holds (`proc_pid_statm(5)`).
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

fn endpoints() -> Endpoints {
    let mut endpoints = Endpoints::new(Share::ALL);
    for at in 0..ENDPOINTS {
        let template = format!("/v{at}/admin/orders/{{int}}");
        let name = EndpointName::new("api.example", ["GET", "POST"][at as usize % 2], &template);
        endpoints.announce(EndpointIndex(at as u32), &Arc::new(name));
    }
    endpoints
}

/// Calls that show every monitor what it looks at, as much of it and as differing as they can.
fn feed(monitors: &mut Monitors, endpoints: &Endpoints) -> OpenFindings {
    let mut findings = OpenFindings::new(FINDINGS_OPEN_MAX);
    for turn in 0..IDENTITIES * CALLS {
        let (who, nth) = (turn % IDENTITIES, turn / IDENTITIES);
        let at = PacketTime((20_000 + nth / 3) * DAY_NS + mix(turn) % DAY_NS / CALLS + nth % 3 * DAY_NS / 4);
        let mut batch = ObservationBatch::default();
        let row = row(&mut batch, who, nth, at);
        batch.rows.push(row);
        let seen = Observed { batch: &batch, row: &batch.rows[0] };
        // Half of the calls of an identity are of one endpoint, so that pairs grow too.
        let local = Local((if nth.is_multiple_of(2) { who } else { turn } % ENDPOINTS) as u32);
        let endpoint = endpoints.get(local).map(|endpoint| (local, endpoint));
        let call = Call {
            seen,
            endpoint,
            part: None,
            others: crate::monitors::Others::Nobody,
            place: crate::places::Place::None,
            started_at: PacketTime(DAY_NS),
            coverage: 1.0,
            obscured: false,
            at_work: false,
        };
        monitors.calls(&[call], &mut findings, &mut WorkerOutput::default());
    }
    findings
}

fn row(batch: &mut ObservationBatch, who: u64, nth: u64, at: PacketTime) -> Observation {
    let drawn = mix(who << 16 | nth);
    let [_, b, c, d] = (who as u32).to_be_bytes();
    let kinds = [IdentityKind::TokenClaim, IdentityKind::ApiKey, IdentityKind::Token, IdentityKind::Address];
    let mut row = Observation {
        stamp: Stamp { frame: who << 16 | nth, ..Stamp::default() },
        first_at: at,
        last_at: at,
        status: [200, 401, 200, 422, 200, 404][nth as usize / 2 % 6],
        identity: Identity { id: Id::of("who", &[&who.to_be_bytes()]), kind: kinds[who as usize % 4] },
        caller: Caller { addr: model::flow::mapped([11 + (nth % 9 / 8) as u8, b, c, d]), ..Caller::default() },
        client: drawn % 5,
        wait_micros: if nth < 20 { 3_000 } else { 900_000 },
        name_hash: drawn % ENDPOINTS,
        ..Observation::default()
    };
    row.response.bytes = 400_000;
    row.method = batch.push_text([&b"GET"[..], b"POST"][nth as usize % 2]);
    row.template = batch.push_text(b"/v1/admin/orders/{int}");
    row.segments = Rows { at: 0, len: 4 };
    for word in ["v1", "admin", "orders"] {
        let text = batch.push_text(word.as_bytes());
        batch.segments.push(PathSegment { text, ..PathSegment::default() });
    }
    batch.segments.push(PathSegment {
        class: ValueClass::Int,
        value: drawn,
        number: Some(drawn),
        ..PathSegment::default()
    });
    row.params = Rows { at: 0, len: 2 };
    for name in [format!("role{}", nth % 40), format!("field{}", drawn % 400)] {
        let name = batch.push_text(name.as_bytes());
        batch.params.push(Param { name, place: ParamPlace::Body, value: drawn, ..Param::default() });
    }
    let rule = drawn % model::payload::rules().len() as u64;
    let signals = [
        (SignalKind::Account, drawn),
        (SignalKind::Secret, if nth.is_multiple_of(2) { mix(who) } else { drawn }),
        (SignalKind::Refused, drawn),
        (SignalKind::Payload, rule),
    ];
    row.signals = Rows { at: 0, len: signals.len() as u32 };
    for (kind, value) in signals {
        let name = batch.push_text(b"name_of_a_parameter");
        batch.signals.push(Signal { kind, place: ParamPlace::Body, name, value });
    }
    row.operations = Rows { at: 0, len: 1 };
    let (depth, times) = (if nth < 20 { 3 } else { 40 }, 1);
    batch.operations.push(Operation { kind: OperationKind::Query, depth, times, hash: drawn, ..Operation::default() });
    row
}
