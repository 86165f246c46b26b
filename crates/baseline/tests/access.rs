//! Who reaches what they should not: stories that are told, and those that must stay silent.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that finds nothing there has failed")]

use std::sync::Arc;

use baseline::Baseline;
use model::endpoint::{EndpointIndex, EndpointName};
use model::finding::FindingState;
use model::flow::mapped;
use model::identity::{Identity, IdentityKind};
use model::observation::{Observation, ObservationBatch, Param, ParamPlace, PathSegment, Rows, ValueClass};
use model::resolved::{Coverage, Naming, Noise, Step};
use model::{Caller, Id, PacketTime, ResolvedEpoch, Share, Stamp, Worker, WorkerOutput, Zone};

const START: u64 = 1_772_409_600;
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

const FEED: usize = 0;
const BAN: usize = 1;
const EXPORT: usize = 2;
const PROFILE: usize = 3;
const PASSWORD: usize = 4;
const REMOVE: usize = 5;
const NAMES: [(&str, &str); 6] = [
    ("GET", "/v1/feed"),
    ("POST", "/v1/admin/users/{int}/ban"),
    ("GET", "/internal/export"),
    ("PATCH", "/v1/me"),
    ("PUT", "/v1/users/{int}/password"),
    ("DELETE", "/v1/posts/{int}"),
];

#[derive(Clone, Copy)]
struct Call {
    at: u64,
    who: u64,
    endpoint: usize,
    /// A path of its own that never answered anybody.
    unnamed: bool,
    object: u64,
    status: u16,
    kind: IdentityKind,
    network: u8,
    client: u64,
    inside: bool,
    fields: &'static [&'static str],
}

fn call(at: u64, who: u64, endpoint: usize) -> Call {
    let (kind, network) = (IdentityKind::TokenClaim, who as u8);
    let (object, status, client) = (who, 200, who % 2);
    Call { at, who, endpoint, unnamed: false, object, status, kind, network, client, inside: false, fields: &["city"] }
}

/// Forty users for twelve days: each reads the feed, and changes the own profile and password now and then.
fn users() -> Vec<Call> {
    let mut calls = Vec::new();
    for turn in 0..12 * 40 {
        let (day, who) = (turn / 40, turn % 40);
        let at = day * DAY + 8 * HOUR + who * 300;
        calls.push(call(at, who, FEED));
        if day % 4 == who % 4 {
            calls.extend([call(at + 60, who, PROFILE), call(at + 90, who, PASSWORD)]);
        }
    }
    calls
}

/// What is opened, with whom, by a number of workers.
fn told_by(calls: &[Call], of: usize) -> Vec<(String, u64)> {
    let mut calls = calls.to_vec();
    calls.sort_by_key(|call| call.at);
    let mut epoch = ResolvedEpoch {
        epoch: 1,
        coverage: Coverage { payload: 100, understood: 99 },
        batches: vec![ObservationBatch::default()],
        names: (0..)
            .map(EndpointIndex)
            .zip(NAMES.map(|(method, path)| Arc::new(EndpointName::new("api.example", method, path))))
            .collect(),
        last: true,
        ..ResolvedEpoch::default()
    };
    for (call, row) in calls.iter().zip(0..) {
        push(&mut epoch.batches[0], call, u64::from(row));
        let named = Naming::Endpoint(EndpointIndex(call.endpoint as u32));
        let naming = if call.unnamed { Naming::Noise(Noise::NeverAnswered) } else { named };
        epoch.steps.push(Step::Seen { batch: 0, row, naming });
        epoch.now = time(call.at);
    }
    let mut told = Vec::new();
    for index in 0..of {
        let mut out = WorkerOutput::default();
        Baseline::new(Share::new(index, of)).apply(&epoch, &mut out);
        told.extend(out.findings);
    }
    told.sort_by(|a, b| a.order().cmp(&b.order()));
    let opened = told.into_iter().filter(|event| event.finding.state == FindingState::Open);
    let of = |detector: &str| {
        ["function-level-access", "function-probing", "mass-assignment", "stolen-credential", "object-write"]
            .contains(&detector)
    };
    let mut opened: Vec<_> = opened
        .map(|event| (event.finding.detector.into_owned(), event.finding.count))
        .filter(|(id, _)| of(id))
        .collect();
    opened.dedup_by(|a, b| a.0 == b.0);
    opened
}

fn time(seconds: u64) -> PacketTime {
    PacketTime((START + seconds) * 1_000_000_000)
}

fn push(batch: &mut ObservationBatch, call: &Call, frame: u64) {
    let at = time(call.at);
    let zone = if call.inside { Zone::Internal } else { Zone::External };
    let (method, path) = NAMES[call.endpoint];
    let path = if call.unnamed { format!("{path}/{}", call.object) } else { path.to_owned() };
    let mut row = Observation {
        stamp: Stamp { frame, ..Stamp::default() },
        first_at: at,
        last_at: at,
        flow_at: at,
        status: call.status,
        caller: Caller { addr: mapped([203, 0, call.network, 7]), zone },
        identity: Identity { id: Id::of("test", &[&call.who.to_be_bytes()]), kind: call.kind },
        client: call.client,
        name_hash: Id::of("name", &[path.as_bytes(), method.as_bytes()]).prefix(),
        ..Observation::default()
    };
    row.method = batch.push_text(method.as_bytes());
    row.template = batch.push_text(path.as_bytes());
    row.segments = Rows { at: batch.segments.len() as u32, len: 0 };
    for word in path.split('/').skip(1) {
        let text = batch.push_text(word.as_bytes());
        let (class, value, number) = if word == "{int}" {
            (ValueClass::Int, Id::of("value", &[&call.object.to_be_bytes()]).prefix() | 1, Some(call.object))
        } else {
            (ValueClass::Word, 0, None)
        };
        batch.segments.push(PathSegment { text, class, value, number, data: None });
        row.segments.len += 1;
    }
    row.params = Rows { at: batch.params.len() as u32, len: call.fields.len() as u32 };
    for field in call.fields {
        let name = batch.push_text(field.as_bytes());
        batch.params.push(Param { name, place: ParamPlace::Body, ..Param::default() });
    }
    batch.rows.push(row);
}

/// Told of what users do and of `more`; the same by any number of workers.
fn told(more: impl IntoIterator<Item = Call>) -> Vec<String> {
    let calls: Vec<_> = users().into_iter().chain(more).collect();
    let one = told_by(&calls, 1);
    assert_eq!(told_by(&calls, 3), one, "by three workers");
    one.into_iter().map(|(detector, _)| detector).collect()
}

const LATE: u64 = 11 * DAY + 20 * HOUR;

#[test]
fn ordinary_users_are_not_told() {
    assert!(told([]).is_empty());
}

#[test]
fn a_privileged_function_is_told_when_it_answers_whom_it_never_did() {
    let bans = |who, n: u64| (0..n).map(move |i| Call { object: 70 + i, ..call(LATE + i * 60, who, BAN) });
    assert_eq!(told(bans(5, 3)), ["function-level-access"]);
    let removes = (0..5).map(|i| Call { object: 70 + i, ..call(LATE + i * 60, 5, REMOVE) });
    assert_eq!(told(removes), ["function-level-access"]);
    let export = |at, who| Call { kind: IdentityKind::Address, ..call(at, who, EXPORT) };
    let nightly = || (0..40).map(move |i| Call { inside: true, ..export(i * 6 * HOUR, 90) });
    assert_eq!(told(nightly().chain([export(LATE, 91)])), ["function-level-access"]);
    assert!(told(nightly()).is_empty());
}

#[test]
fn a_privileged_function_is_not_told_of_its_own_callers() {
    let ban = |at, object| Call { object, ..call(at, 80, BAN) };
    assert!(told((0..40).map(|i| ban(i * 6 * HOUR, i))).is_empty(), "an administrator since the first day");
    let inside = (0..2).map(|i| Call { inside: true, ..ban(LATE + i, i) });
    assert!(told(inside).is_empty(), "one inside, for the first time");
    assert!(told([ban(LATE, 1)]).is_empty(), "once is little, of one who shows who it is");
    let release = (0..30).map(|who| call(10 * DAY + who * 600, who, REMOVE));
    assert!(told(release).is_empty(), "a release that all use at once");
    assert!(told((0..5).map(|i| Call { status: 404, ..ban(LATE + i, i) })).is_empty(), "nothing answered");
}

#[test]
fn refused_functions_are_told_and_an_expired_token_is_not() {
    let tries = |n: u64, status| {
        (0..n).map(move |i| Call { unnamed: true, object: i, status, ..call(LATE + i * 60, 5, REMOVE) })
    };
    assert_eq!(told(tries(4, 403)), ["function-probing"]);
    assert!(told(tries(3, 403)).is_empty());
    assert!(told(tries(9, 404)).is_empty());
    let again = (0..9).map(|i| Call { unnamed: true, object: 1, status: 401, ..call(LATE + i, 5, REMOVE) });
    assert!(told(again).is_empty(), "one path again and again");
    let expired = (0..9).map(|i| Call { object: i, status: 401, ..call(LATE + i, 5, PASSWORD) });
    assert!(told(expired).is_empty(), "functions that others are let in");
}

#[test]
fn fields_of_privileges_are_told_of_the_only_one_who_sends_them() {
    let sends = |at, who, fields| Call { fields, ..call(at, who, PROFILE) };
    assert_eq!(told([sends(LATE, 5, &["city", "role"])]), ["mass-assignment"]);
    assert_eq!(told([sends(LATE, 5, &["/user/isAdmin"])]), ["mass-assignment"]);
    assert!(told([sends(LATE, 5, &["city", "nickname"])]).is_empty(), "a new field like any other");
    assert!(told([sends(HOUR, 9, &["role"]), sends(LATE, 5, &["role"])]).is_empty(), "others send it");
    assert!(told([Call { status: 422, ..sends(LATE, 5, &["role"]) }]).is_empty(), "it was refused");
}

#[test]
fn a_credential_away_from_home_is_told_and_a_traveller_is_not() {
    let used = |network, client| (0..5).map(move |i| Call { network, client, ..call(LATE + i * 60, 5, FEED) });
    assert_eq!(told(used(200, 99)), ["stolen-credential"]);
    assert!(told(used(200, 1)).is_empty(), "the same client elsewhere");
    assert!(told(used(5, 99)).is_empty(), "another client at home");
    let roams = (0..12).map(|day| Call { network: 100 + day as u8, ..call(day * DAY + 19 * HOUR, 5, FEED) });
    assert!(told(roams.chain(used(200, 0))).is_empty(), "one who is elsewhere each day, with a client of many");
    let release = (0..40).map(|who| Call { client: 99, ..call(LATE + who, who, FEED) });
    assert!(told(release).is_empty(), "a release");
}

#[test]
fn changes_of_objects_of_others_are_told() {
    let writes = |n: u64| (0..n).map(|i| Call { object: 50 + i, ..call(LATE + i * 60, 5, PASSWORD) });
    assert_eq!(told(writes(3)), ["object-write"]);
    assert!(told(writes(1)).is_empty());
    let refused = writes(9).map(|write| Call { status: 403, ..write });
    assert!(told(refused).iter().all(|id| id != "object-write"));
}
