//! Stories of calls, run through workers as one epoch: who is told of what.

use std::sync::Arc;

use baseline::Baseline;
use model::endpoint::{EndpointIndex, EndpointName};
use model::finding::{Finding, FindingEvent, FindingState};
use model::flow::mapped;
use model::identity::{Identity, IdentityKind};
use model::observation::{Observation, ObservationBatch, Param, ParamPlace, PathSegment, Rows, Side, ValueClass};
use model::operation::{Operation, OperationKind};
use model::resolved::{Coverage, Naming, Noise, Step};
use model::{
    AuthKind, CallOut, Caller, Id, PacketTime, ResolvedEpoch, Share, Signal, SignalKind, Stamp, Worker, WorkerOutput,
    Zone,
};

/// 2026-03-02 00:00 UTC.
pub const START: u64 = 1_772_409_600;
pub const HOUR: u64 = 3_600;
pub const DAY: u64 = 24 * HOUR;

/// Method and template of the endpoints of a file's stories.
pub type Names = &'static [(&'static str, &'static str)];

/// One call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Seconds since [`START`].
    pub at: u64,
    pub who: u64,
    /// Place in the names.
    pub endpoint: usize,
    /// A path of its own that never answered anybody.
    pub unnamed: bool,
    pub object: u64,
    /// The value of the path before the last one, when it is another.
    pub under: Option<u64>,
    pub status: u16,
    /// The words of the answer say that it failed.
    pub failed: bool,
    pub kind: IdentityKind,
    /// Two bytes of the address.
    pub network: u16,
    pub client: u64,
    /// Which credential it shows.
    pub credential: u32,
    pub inside: bool,
    /// The name of a cookie with a drawn value; empty for none.
    pub cookie: &'static str,
    /// Names of the body's fields.
    pub fields: &'static [&'static str],
    /// Numeric fields of the body with the magnitudes of their values.
    pub numbers: &'static [(&'static str, i8)],
    /// What it shows: kind, name of the field, value.
    pub signals: Vec<(SignalKind, &'static str, u64)>,
    /// Where its secrets stand.
    pub secrets_in: ParamPlace,
    /// What the server needed.
    pub wait_micros: u32,
    /// Content of the answer.
    pub bytes: u64,
    /// Nesting, aliases and operations of a GraphQL request.
    pub query: Option<[u16; 3]>,
}

/// An ordinary call by a token, from the caller's own network.
pub fn call(at: u64, who: u64, endpoint: usize) -> Call {
    Call {
        at,
        who,
        endpoint,
        unnamed: false,
        object: who,
        under: None,
        status: 200,
        failed: false,
        kind: IdentityKind::TokenClaim,
        network: who as u16,
        client: who % 2,
        credential: who as u32 + 1,
        inside: false,
        cookie: "",
        fields: &["city"],
        numbers: &[],
        signals: Vec::new(),
        secrets_in: ParamPlace::Body,
        wait_micros: 4_000,
        bytes: 400,
        query: None,
    }
}

/// Findings opened, the same by any number of workers.
pub fn findings(names: Names, mut calls: Vec<Call>) -> Vec<Finding> {
    calls.sort_by_key(|call| call.at);
    let one = told_by(names, &calls, 1);
    assert_eq!(told_by(names, &calls, 3), one, "by three workers");
    one
}

/// The last words of each finding, when servers did that of what they were told.
#[allow(dead_code, reason = "not every file of stories has such servers")]
pub fn borne_out(names: Names, mut calls: Vec<Call>, call_outs: &[CallOut]) -> Vec<Finding> {
    calls.sort_by_key(|call| call.at);
    let last = |of| {
        let mut findings = events(names, &calls, call_outs, of);
        findings.retain(|event| event.finding.state == FindingState::Closed);
        findings.into_iter().map(|event| event.finding).collect::<Vec<_>>()
    };
    assert_eq!(last(3), last(1), "by three workers");
    last(1)
}

/// The address that calls of a network come from.
pub const fn address(network: u16) -> [u8; 16] {
    let [high, low] = network.to_be_bytes();
    mapped([203, high, low, 7])
}

/// Ids of the detectors that told something, each once.
pub fn detectors(names: Names, calls: Vec<Call>) -> Vec<String> {
    let mut ids: Vec<String> = findings(names, calls).into_iter().map(|told| told.detector.into_owned()).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Findings as they were told last.
#[allow(dead_code, reason = "not every test that shares this file needs it")]
pub fn ended(names: Names, mut calls: Vec<Call>) -> Vec<Finding> {
    calls.sort_by_key(|call| call.at);
    let told = all_told(names, &calls, 1).into_iter();
    told.filter(|event| event.finding.state == FindingState::Closed).map(|event| event.finding).collect()
}

/// Findings opened, where ticks come after so many calls: those that fall quiet are closed, and told anew.
pub fn findings_over_time(names: Names, mut calls: Vec<Call>, each: usize) -> Vec<Finding> {
    calls.sort_by_key(|call| call.at);
    let mut worker = Baseline::new(Share::ALL);
    let mut told = Vec::new();
    for calls in calls.chunks(each) {
        let mut out = WorkerOutput::default();
        worker.apply(&epoch(names, calls, false), &mut out);
        told.extend(out.findings);
    }
    told.retain(|event| event.finding.state == FindingState::Open);
    told.into_iter().map(|event| event.finding).collect()
}

fn told_by(names: Names, calls: &[Call], of: usize) -> Vec<Finding> {
    let told = all_told(names, calls, of).into_iter();
    told.filter(|event| event.finding.state == FindingState::Open).map(|event| event.finding).collect()
}

fn all_told(names: Names, calls: &[Call], of: usize) -> Vec<FindingEvent> {
    events(names, calls, &[], of)
}

fn events(names: Names, calls: &[Call], call_outs: &[CallOut], of: usize) -> Vec<FindingEvent> {
    let epoch = ResolvedEpoch { call_outs: call_outs.to_vec(), ..epoch(names, calls, true) };
    let mut told = Vec::new();
    for index in 0..of {
        let mut out = WorkerOutput::default();
        Baseline::new(Share::new(index, of)).apply(&epoch, &mut out);
        told.extend(out.findings);
    }
    told.sort_by(|a, b| a.order().cmp(&b.order()));
    told
}

fn epoch(names: Names, calls: &[Call], last: bool) -> ResolvedEpoch {
    let mut epoch = ResolvedEpoch {
        epoch: 1,
        coverage: Coverage { payload: 100, understood: 99 },
        batches: vec![ObservationBatch::default()],
        names: (0..)
            .map(EndpointIndex)
            .zip(names.iter().map(|(method, path)| Arc::new(EndpointName::new("api.example", method, path))))
            .collect(),
        last,
        ..ResolvedEpoch::default()
    };
    for (call, row) in calls.iter().zip(0..) {
        push(&mut epoch.batches[0], names, call, u64::from(row));
        let index = EndpointIndex(call.endpoint as u32);
        let naming = if call.unnamed { Naming::Noise(Noise::NeverAnswered) } else { Naming::Endpoint(index) };
        epoch.steps.push(Step::Seen { batch: 0, row, naming });
        epoch.now = time(call.at);
    }
    epoch
}

pub fn time(seconds: u64) -> PacketTime {
    PacketTime((START + seconds) * 1_000_000_000)
}

fn push(batch: &mut ObservationBatch, names: Names, call: &Call, frame: u64) {
    let at = time(call.at);
    let zone = if call.inside { Zone::Internal } else { Zone::External };
    let (method, path) = names[call.endpoint];
    let path = if call.unnamed { format!("{path}/{}", call.object) } else { path.to_owned() };
    let mut row = Observation {
        stamp: Stamp { frame, ..Stamp::default() },
        first_at: at,
        last_at: at,
        flow_at: at,
        status: call.status,
        failed: call.failed,
        caller: Caller { addr: address(call.network), zone, through: 0 },
        identity: Identity { id: Id::of("test", &[&call.who.to_be_bytes()]), kind: call.kind },
        client: call.client,
        credential: call.credential,
        name_hash: Id::of("name", &[path.as_bytes(), method.as_bytes()]).prefix(),
        wait_micros: call.wait_micros,
        response: Side { bytes: call.bytes, complete: true, seen: true, ..Side::default() },
        ..Observation::default()
    };
    if call.kind != IdentityKind::Address {
        row.auth.insert(AuthKind::Bearer);
    }
    row.service = batch.push_text(b"api.example");
    row.method = batch.push_text(method.as_bytes());
    row.template = batch.push_text(path.as_bytes());
    row.segments = Rows { at: batch.segments.len() as u32, len: 0 };
    let last = path.split('/').skip(1).enumerate().filter(|(_, word)| *word == "{int}").last().map(|(at, _)| at);
    for (at, word) in path.split('/').skip(1).enumerate() {
        let object = call.under.filter(|_| Some(at) != last).unwrap_or(call.object);
        let text = batch.push_text(word.as_bytes());
        let (class, value, number) = if word == "{int}" {
            (ValueClass::Int, Id::of("value", &[&object.to_be_bytes()]).prefix() | 1, Some(object))
        } else {
            (ValueClass::Word, 0, None)
        };
        batch.segments.push(PathSegment { text, class, value, number, ..PathSegment::default() });
        row.segments.len += 1;
    }
    let params = call.fields.len() + call.numbers.len() + usize::from(!call.cookie.is_empty());
    row.params = Rows { at: batch.params.len() as u32, len: params as u32 };
    if !call.cookie.is_empty() {
        let name = batch.push_text(call.cookie.as_bytes());
        batch.params.push(Param { name, place: ParamPlace::Cookie, class: ValueClass::Hex, ..Param::default() });
    }
    for field in call.fields {
        let name = batch.push_text(field.as_bytes());
        batch.params.push(Param { name, place: ParamPlace::Body, ..Param::default() });
    }
    for (field, magnitude) in call.numbers {
        let name = batch.push_text(field.as_bytes());
        let number = Param { name, place: ParamPlace::Body, class: ValueClass::Int, ..Param::default() };
        batch.params.push(Param { magnitude: *magnitude, ..number });
    }
    row.signals = Rows { at: batch.signals.len() as u32, len: call.signals.len() as u32 };
    for (kind, name, value) in &call.signals {
        let name = batch.push_text(name.as_bytes());
        let place = if *kind == SignalKind::Secret { call.secrets_in } else { ParamPlace::Body };
        batch.signals.push(Signal { kind: *kind, place, name, value: *value });
    }
    if let Some([depth, aliases, times]) = call.query {
        row.operations = Rows { at: batch.operations.len() as u32, len: 1 };
        let name = batch.push_text(b"Shop");
        let kind = OperationKind::Query;
        batch.operations.push(Operation { kind, name, depth, aliases, times, ..Operation::default() });
    }
    batch.rows.push(row);
}
