//! Stories that the detectors of the discovery workers must tell, and those in which they must stay silent.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use discovery::{Catalog, Options};
use model::finding::{FindingEvent, FindingState, Severity};
use model::flow::{FlowEnds, HostPort, Tenant, mapped};
use model::identity::AuthSet;
use model::observation::{Observation, ObservationBatch, Param, Rows, Side};
use model::state::Unfinished;
use model::{
    AuthKind, Caller, Callers, EndpointIndex, EndpointName, Id, Identity, Naming, Noise, PacketTime, ParamPlace,
    ResolvedEpoch, SavedState, Share, Stamp, StateDelta, Step, ValueClass, Worker, WorkerOutput,
};

const START: u64 = 1_772_409_600;
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
const INSIDE: [u8; 4] = [10, 0, 0, 9];
const OUTSIDE: [u8; 4] = [203, 0, 113, 9];

const NAMES: [(&str, &str, &str); 11] = [
    ("api.example", "GET", "/v1/orders"),
    ("api.example", "GET", "/v1/refunds"),
    ("api.example", "GET", "/v1/users/verify"),
    ("other.example", "GET", "/admin/report"),
    ("other.example", "GET", "/healthz"),
    ("ci.example", "GET", "/crumbIssuer/api/json"),
    ("ci.example", "GET", "/job/{str}/api/json"),
    ("ci.example", "GET", "/v1/orders"),
    ("blog.example", "GET", "/wp-json/wp/v2/posts"),
    ("feed.example", "GET", "/v1/feed"),
    ("feed.example", "GET", "/v2/feed"),
];

#[derive(Clone, Debug)]
struct Call {
    at: u64,
    /// `None` is noise.
    endpoint: Option<u32>,
    who: u64,
    auth: AuthSet,
    status: u16,
    shape: u64,
    from: [u8; 4],
    param: Option<(&'static str, ParamPlace, ValueClass)>,
    name: u64,
    whole: bool,
}

fn set(kind: AuthKind) -> AuthSet {
    let mut set = AuthSet::NONE;
    set.insert(kind);
    set
}

fn call(at: u64, endpoint: u32) -> Call {
    Call {
        at,
        endpoint: Some(endpoint),
        who: (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) % 30,
        auth: set(AuthKind::BearerJwt),
        status: 200,
        shape: 7,
        from: INSIDE,
        param: None,
        name: 1,
        whole: true,
    }
}

fn bare(at: u64, endpoint: u32, status: u16) -> Call {
    let shape = if status == 200 { 7 } else { 3 };
    Call { auth: AuthSet::NONE, status, shape, ..call(at, endpoint) }
}

fn keyed(call: &Call) -> Call {
    Call { who: 1, auth: set(AuthKind::ApiKeyHeader), ..call.clone() }
}

fn noise(at: u64, from: [u8; 4], name: u64) -> Call {
    Call { endpoint: None, from, name, status: 404, auth: AuthSet::NONE, ..call(at, 0) }
}

fn many(n: u64, from: u64, span: u64, endpoint: u32) -> Vec<Call> {
    (0..n).map(|i| call(from + i * span / n, endpoint)).collect()
}

fn epochs(mut calls: Vec<Call>) -> Vec<ResolvedEpoch> {
    calls.sort_by_key(|call| call.at);
    let name = |(service, method, template): (&str, &str, &str)| Arc::new(EndpointName::new(service, method, template));
    let names: Vec<_> = (0..).map(EndpointIndex).zip(NAMES.map(name)).collect();
    let (mut out, mut frame) = (Vec::<ResolvedEpoch>::new(), 0);
    for (chunk, number) in calls.chunks(16).zip(1..) {
        let mut epoch =
            ResolvedEpoch { epoch: number, batches: vec![ObservationBatch::default()], ..ResolvedEpoch::default() };
        if number == 1 {
            epoch.names.clone_from(&names);
        }
        for call in chunk {
            frame += 2;
            let row = push(&mut epoch.batches[0], call, frame);
            let naming =
                call.endpoint.map_or(Naming::Noise(Noise::NeverAnswered), |at| Naming::Endpoint(EndpointIndex(at)));
            epoch.steps.push(Step::Seen { batch: 0, row, naming });
            epoch.now = time(call.at);
        }
        out.push(epoch);
    }
    out.last_mut().unwrap().last = true;
    out
}

fn time(seconds: u64) -> PacketTime {
    PacketTime((START + seconds) * 1_000_000_000)
}

fn push(batch: &mut ObservationBatch, call: &Call, frame: u64) -> u32 {
    let mut row = Observation {
        stamp: Stamp { frame, flow: call.who, ..Stamp::default() },
        first_at: time(call.at),
        last_at: time(call.at),
        first_frame: frame - 1,
        last_frame: frame,
        flow: FlowEnds {
            orig: HostPort { addr: mapped(call.from), port: 4000 },
            resp: HostPort { addr: mapped([10, 1, 0, 1]), port: 80 },
            tenant: Tenant::NONE,
        },
        caller: Caller { addr: mapped(call.from), zone: Callers::default().zone_of(&mapped(call.from)), through: 0 },
        flow_at: time(call.at),
        status: call.status,
        identity: Identity { id: Id::of("who", &[&call.who.to_be_bytes()]), ..Identity::default() },
        auth: call.auth,
        request: Side { complete: true, seen: true, ..Side::default() },
        response: Side { bytes: 90, complete: call.whole, seen: true, ..Side::default() },
        answer_shape: call.shape,
        name_hash: call.name.wrapping_mul(0xd1b5_4a32_d192_ed03),
        ..Observation::default()
    };
    row.method = batch.push_text(b"GET");
    row.template = batch.push_text(b"/tried");
    if let Some((name, place, class)) = call.param {
        let name = batch.push_text(name.as_bytes());
        row.params = Rows { at: batch.params.len() as u32, len: 1 };
        batch.params.push(Param { name, place, class, ..Param::default() });
    }
    batch.rows.push(row);
    batch.rows.len() as u32 - 1
}

fn run(workers: &mut [Catalog], epochs: &[ResolvedEpoch]) -> Vec<FindingEvent> {
    let mut events = Vec::new();
    for epoch in epochs {
        let mut now = Vec::new();
        for worker in &mut *workers {
            let mut out = WorkerOutput::default();
            worker.apply(epoch, &mut out);
            now.extend(out.findings);
        }
        now.sort_by(|a, b| a.order().cmp(&b.order()));
        events.extend(now);
    }
    events
}

fn shares(of: usize) -> Vec<Catalog> {
    (0..of).map(|i| Catalog::new(Share::new(i, of))).collect()
}

/// What is opened: detector, severity, endpoint's name or address.
fn told(calls: Vec<Call>) -> Vec<(String, Severity, String)> {
    let events = run(&mut shares(1), &epochs(calls));
    let opened = events.into_iter().filter(|event| event.finding.state == FindingState::Open);
    opened
        .map(|FindingEvent { finding, .. }| {
            let subject = finding.subject;
            let whom = if subject.endpoint.is_some() { subject.endpoint_name } else { subject.addresses.join(",") };
            (finding.detector.into_owned(), finding.severity, whom)
        })
        .collect()
}

fn one(detector: &str, severity: Severity, whom: &str) -> Vec<(String, Severity, String)> {
    vec![(detector.into(), severity, whom.into())]
}

fn with(mut calls: Vec<Call>, more: impl IntoIterator<Item = Call>) -> Vec<Call> {
    calls.extend(more);
    calls
}

/// An endpoint that always wanted credentials, and refused a call without.
fn guarded() -> Vec<Call> {
    with(many(40, 0, HOUR, 0), [bare(1_800, 0, 401)])
}

#[test]
fn success_without_credentials_is_told_where_it_was_refused_before() {
    let calls = with(guarded(), [bare(HOUR + 9, 0, 200), bare(HOUR + 99, 0, 200)]);
    assert_eq!(told(calls), one("unauthenticated-success", Severity::High, "GET api.example/v1/orders"));
    let often = many(120, 0, 4 * DAY, 0).iter().map(keyed).collect();
    let often = with(often, [bare(4 * DAY + 9, 0, 200)]);
    assert_eq!(told(often), one("unauthenticated-success", Severity::Medium, "GET api.example/v1/orders"));
    let seldom = |calls, days| many(calls, 0, days * DAY, 0).iter().map(keyed).collect();
    let opened = Call { param: Some(("/postcode", ParamPlace::Body, ValueClass::Int)), ..bare(9 * DAY, 0, 200) };
    let weeks = with(seldom(60, 8), [opened.clone()]);
    assert_eq!(told(weeks), one("unauthenticated-success", Severity::Medium, "GET api.example/v1/orders"));
    assert_eq!(told(with(seldom(30, 8), [opened])), [], "too seldom");
    let learned = with(many(600, 0, 2 * DAY, 0), [bare(2 * DAY + 9, 0, 200)]);
    assert_eq!(told(learned), one("unauthenticated-success", Severity::Medium, "GET api.example/v1/orders"));
}

#[test]
fn success_without_credentials_is_not_told_when_it_is_explained() {
    let late = || bare(HOUR + 9, 0, 200);
    let odd = |param| Call { param: Some(param), ..late() };
    for (why, calls) in [
        ("few calls make no rule", with(many(12, 0, HOUR, 0), [bare(60, 0, 401), late()])),
        ("nobody was refused, and a day is not over", with(many(600, 0, HOUR, 0), [late()])),
        (
            "few of its callers have a key",
            with(with(many(120, 0, 4 * DAY, 0), [keyed(&call(70, 0))]), [bare(4 * DAY + 9, 0, 200)]),
        ),
        ("it was always open", with(guarded(), [bare(5, 0, 200), late()])),
        ("a polite refusal with status 200", with(guarded(), [Call { shape: 99, ..late() }])),
        ("a redirect to the log-in", with(guarded(), [Call { status: 302, ..late() }])),
        ("not modified", with(guarded(), [Call { status: 304, ..late() }])),
        ("half of the answer was not captured", with(guarded(), [Call { whole: false, ..late() }])),
        ("a secret in the body", with(guarded(), [odd(("client_secret", ParamPlace::Form, ValueClass::Word))])),
        ("a code that was sent", with(guarded(), [odd(("/device_code", ParamPlace::Body, ValueClass::Int))])),
        ("a token in a field of its own", with(guarded(), [odd(("x-actor", ParamPlace::Header, ValueClass::Token))])),
        (
            "the connection is authenticated",
            with(guarded(), [Call { auth: set(AuthKind::OtherScheme), ..call(70, 0) }, late()]),
        ),
    ] {
        assert_eq!(told(calls), [], "{why}");
    }
}

/// A service that was learned for eight days.
fn settled() -> Vec<Call> {
    many(1_200, 0, 8 * DAY, 0)
}

#[test]
fn an_endpoint_that_comes_after_the_learning_is_told_once_it_is_used() {
    let calls = with(settled(), many(30, 8 * DAY, 3 * HOUR, 1));
    assert_eq!(told(calls), one("new-endpoint", Severity::Low, "GET api.example/v1/refunds"));
    let open = (0..30).map(|i| bare(8 * DAY + i * 400, 1, 200));
    assert_eq!(told(with(settled(), open)), one("new-endpoint", Severity::Medium, "GET api.example/v1/refunds"));
}

#[test]
fn the_learning_is_as_long_as_configured() {
    for (days, expected) in [(1, 1), (9, 0)] {
        let options = Arc::new(Options { learning: Duration::from_hours(24 * days), ..Options::default() });
        let mut worker = [Catalog::with(Share::ALL, options)];
        let events = run(&mut worker, &epochs(with(settled(), many(30, 8 * DAY, 3 * HOUR, 1))));
        let opened = events.iter().filter(|event| event.finding.state == FindingState::Open).count();
        assert_eq!(opened, expected, "{days} days");
    }
}

#[test]
fn a_new_endpoint_is_not_told_when_it_is_none() {
    let alone = many(30, 8 * DAY, 3 * HOUR, 1).into_iter().map(|call| Call { who: 4, ..call });
    for (why, calls) in [
        ("the service is new itself", with(many(1_200, 0, DAY, 0), many(30, DAY, 3 * HOUR, 1))),
        ("the service is hardly known", with(many(300, 0, 8 * DAY, 0), many(30, 8 * DAY, 3 * HOUR, 1))),
        ("one caller alone", with(settled(), alone)),
        ("a few calls", with(settled(), many(5, 8 * DAY, 3 * HOUR, 1))),
        ("it was there from the beginning", with(settled(), with(many(3, 0, DAY, 1), many(30, 8 * DAY, 3 * HOUR, 1)))),
    ] {
        assert_eq!(told(calls), [], "{why}");
    }
}

#[test]
fn what_is_folded_from_known_names_is_no_new_endpoint() {
    let mut epochs = epochs(with(settled(), many(30, 8 * DAY, 3 * HOUR, 1)));
    let first = |epoch: &ResolvedEpoch| {
        epoch
            .steps
            .iter()
            .position(|step| matches!(step, Step::Seen { naming: Naming::Endpoint(EndpointIndex(1)), .. }))
    };
    let (epoch, at) = epochs.iter().enumerate().find_map(|(i, epoch)| Some((i, first(epoch)?))).unwrap();
    epochs[epoch].steps.insert(at, Step::Rename { from: EndpointIndex(0), to: EndpointIndex(1) });
    assert_eq!(run(&mut shares(1), &epochs), []);
}

fn secret(name: &'static str, class: ValueClass, endpoint: u32, auth: AuthSet) -> Vec<Call> {
    let call = |call| Call { param: Some((name, ParamPlace::Query, class)), auth, ..call };
    many(20, 0, HOUR, endpoint).into_iter().map(call).collect()
}

#[test]
fn secrets_in_a_query_are_told_by_name_and_shape() {
    let (query, none) = (set(AuthKind::ApiKeyQuery), AuthSet::NONE);
    let orders = "GET api.example/v1/orders";
    for (name, class, auth, severity) in [
        ("access_token", ValueClass::Token, query, Severity::Medium),
        ("session", ValueClass::Jwt, none, Severity::Medium),
        ("password", ValueClass::Word, none, Severity::Medium),
        ("api_key", ValueClass::Hex, query, Severity::Low),
    ] {
        assert_eq!(told(secret(name, class, 0, auth)), one("secret-in-url", severity, orders), "{name}");
    }
}

#[test]
fn what_only_looks_like_a_secret_in_a_query_is_not_told() {
    let query = set(AuthKind::ApiKeyQuery);
    for (name, class, endpoint, auth) in [
        ("X-Amz-Signature", ValueClass::Hex, 0, query),
        ("sig", ValueClass::Token, 0, query),
        ("token", ValueClass::Token, 2, query),
        ("state", ValueClass::Jwt, 0, AuthSet::NONE),
        ("id_token_hint", ValueClass::Jwt, 0, AuthSet::NONE),
        ("client_assertion", ValueClass::Jwt, 0, AuthSet::NONE),
        ("page_token", ValueClass::Token, 0, AuthSet::NONE),
        ("token", ValueClass::Word, 0, AuthSet::NONE),
        ("key", ValueClass::Token, 0, query),
        ("password", ValueClass::Null, 0, AuthSet::NONE),
    ] {
        assert_eq!(told(secret(name, class, endpoint, auth)), [], "{name}");
    }
    let refused = |call| Call { status: 401, ..call };
    assert_eq!(told(secret("access_token", ValueClass::Jwt, 0, query).into_iter().map(refused).collect()), []);
    let once = secret("access_token", ValueClass::Jwt, 0, query).into_iter().take(4);
    assert_eq!(told(with(many(40, 0, HOUR, 0), once)), []);
}

#[allow(clippy::needless_pass_by_value, reason = "one call is made from another")]
fn outside(call: Call) -> Call {
    Call { from: OUTSIDE, ..call }
}

#[test]
fn an_internal_endpoint_called_from_outside_is_told() {
    let report = "GET other.example/admin/report";
    let calls = with(many(300, 0, 4 * DAY, 3), [outside(call(4 * DAY + 9, 3)), outside(call(4 * DAY + 99, 3))]);
    assert_eq!(told(calls), one("internal-exposed", Severity::Medium, report));
    let calls = with(many(300, 0, 4 * DAY, 3), [outside(bare(4 * DAY + 9, 3, 200))]);
    assert!(told(calls).contains(&one("internal-exposed", Severity::High, report)[0]));
    // The service is used from outside as well: some of 80 calls were to be expected from there.
    let public = many(300, 0, 4 * DAY, 4).into_iter().map(outside);
    let calls = with(with(many(80, 0, 4 * DAY, 3), public), [outside(call(4 * DAY + 9, 3))]);
    assert_eq!(told(calls), one("internal-exposed", Severity::Medium, report));
    // And of 300 calls a half.
    let public = many(300, 0, 4 * DAY, 4).into_iter().map(outside);
    let calls = with(with(many(300, 0, 4 * DAY, 3), public), [outside(call(4 * DAY + 9, 3))]);
    assert_eq!(told(calls), one("internal-exposed", Severity::Medium, report));
}

#[test]
fn a_call_from_outside_is_not_told_when_it_is_usual_or_refused() {
    let late = outside(call(4 * DAY + 9, 3));
    let seldom = many(3, 0, 4 * DAY, 4).into_iter().map(outside);
    for (why, calls) in [
        ("it was called from outside before", with(many(300, 0, 4 * DAY, 3), [outside(call(77, 3)), late.clone()])),
        ("two days are no rule", with(many(300, 0, 2 * DAY, 3), [outside(call(2 * DAY + 9, 3))])),
        ("few calls are no rule", with(many(90, 0, 4 * DAY, 3), [late.clone()])),
        ("it was refused", with(many(300, 0, 4 * DAY, 3), [Call { status: 403, ..late.clone() }])),
        ("the service is seldom called from outside", with(with(many(300, 0, 4 * DAY, 3), seldom), [late])),
        ("whether a service lives is no secret", with(many(300, 0, 4 * DAY, 4), [outside(call(4 * DAY + 9, 4))])),
    ] {
        assert_eq!(told(calls), [], "{why}");
    }
}

#[test]
fn an_administrative_product_reached_from_outside_is_told_once_for_its_service() {
    let from_outside = |n: u64, endpoint| (0..n).map(move |i| outside(bare(10 + i * 60, endpoint, 200)));
    let calls = with(with(many(5, 0, HOUR, 5), from_outside(3, 5)), from_outside(3, 6));
    assert_eq!(told(calls), one("product-exposed", Severity::High, "GET ci.example/crumbIssuer/api/json"));
    let known = outside(call(99, 5));
    assert_eq!(told(vec![known]), one("product-exposed", Severity::Medium, "GET ci.example/crumbIssuer/api/json"));
}

#[test]
fn a_product_is_not_told_when_it_is_none_or_not_reached() {
    for (why, calls) in [
        ("from inside only", many(50, 0, HOUR, 5)),
        ("it was refused", (0..9).map(|i| outside(bare(i, 5, 403))).collect()),
        ("half of the answer was not captured", vec![Call { whole: false, ..outside(bare(9, 5, 200)) }]),
        ("an API of one's own beside it", with(many(5, 0, HOUR, 5), [outside(bare(9, 7, 200))])),
        ("meant to be public", (0..9).map(|i| outside(bare(i, 8, 200))).collect()),
    ] {
        assert_eq!(told(calls), [], "{why}");
    }
}

#[test]
fn a_version_that_was_left_is_told() {
    let old = with(many(200, 0, 10 * DAY, 9), many(5, 30 * DAY, 5 * DAY, 9));
    let new = many(640, 8 * DAY, 32 * DAY, 10);
    assert_eq!(told(with(old, new)), one("zombie-endpoint", Severity::Low, "GET feed.example/v1/feed"));
}

#[test]
fn a_version_that_few_called_all_along_is_not_told() {
    for (old, new) in [(112, 1_680), (300, 3_200)] {
        let calls = with(many(old, 0, 28 * DAY, 9), many(new, 0, 28 * DAY, 10));
        assert_eq!(told(calls), [], "{old} beside {new}");
    }
}

#[test]
fn a_scan_is_one_finding_for_one_client() {
    let calls = (0..200).map(|i| noise(i, OUTSIDE, i)).chain((0..100).map(|i| noise(i, [203, 0, 113, 10], i)));
    let told = told(calls.collect());
    let mut clients: Vec<_> = told.iter().map(|(detector, _, whom)| (detector.as_str(), whom.as_str())).collect();
    clients.sort_unstable();
    assert_eq!(clients, [("scan", "203.0.113.10"), ("scan", "203.0.113.9")]);
}

#[test]
fn dead_links_and_busy_users_are_no_scan() {
    let user = (0..60).map(|i| noise(i * 5, OUTSIDE, i)).chain((0..300).map(|i| outside(call(i, 0))));
    for (why, calls) in [
        ("one dead link, often", (0..500).map(|i| noise(i, OUTSIDE, 3)).collect()),
        ("a browser's files", (0..200).map(|i| noise(i, OUTSIDE, i % 12)).collect()),
        ("spread over a day", (0..40).map(|i| noise(i * 600, OUTSIDE, i)).collect()),
        ("a user with old bookmarks", user.collect::<Vec<_>>()),
        ("servers that are out of order", (0..200).map(|i| Call { status: 0, ..noise(i, OUTSIDE, i) }).collect()),
    ] {
        assert_eq!(told(calls), [], "{why}");
    }
}

/// Something of everything.
fn story() -> Vec<ResolvedEpoch> {
    let mut calls = with(settled(), [bare(1_800, 0, 401), bare(8 * DAY + 9, 0, 200), bare(8 * DAY + 30_000, 0, 200)]);
    calls.extend(many(30, 8 * DAY, 9 * HOUR, 1));
    calls.extend(secret("access_token", ValueClass::Jwt, 2, AuthSet::NONE));
    calls.extend(many(300, 0, 8 * DAY, 3).into_iter().chain([outside(bare(8 * DAY + 99, 3, 200))]));
    calls.extend((0..9).map(|i| outside(bare(i * 9_000, 5, 200))));
    calls.extend((0..200).flat_map(|i| (0..9).map(move |n| noise(7 * DAY + i * 9, [203, 0, 113, n], i))));
    epochs(calls)
}

#[test]
fn findings_do_not_depend_on_the_number_of_workers() {
    let epochs = story();
    let straight = run(&mut shares(1), &epochs);
    let detectors: BTreeSet<_> = straight.iter().map(|event| event.finding.detector.as_ref()).collect();
    assert!(detectors.len() >= 4, "{detectors:?}");
    for of in [2, 3, 8] {
        assert_eq!(run(&mut shares(of), &epochs), straight, "{of} workers");
    }
}

#[test]
fn saved_and_restored_is_straight_through_for_any_cut_and_any_workers() {
    let epochs = story();
    let straight = run(&mut shares(1), &epochs);
    let n = epochs.len();
    for (cut, before, after) in [(n / 9, 1, 1), (n / 2, 1, 3), (n - 25, 3, 2), (n - 3, 2, 1), (n - 1, 1, 1)] {
        let (head, tail) = epochs.split_at(cut);
        let mut first = shares(before);
        let mut events = run(&mut first, &head[..cut / 2]);
        let mut rows = BTreeMap::new();
        let mut keep = |delta: StateDelta| {
            for row in delta.rows {
                rows.insert((row.kind, row.key), row);
            }
        };
        for worker in &mut first {
            keep(worker.save(true));
        }
        events.extend(run(&mut first, &head[cut / 2..]));
        for worker in &mut first {
            keep(worker.save(true));
        }
        let rows = rows.into_values().filter(|row| !row.model.is_empty()).collect();
        let saved = SavedState { rows, unfinished: Some(Unfinished::default()), ..SavedState::default() };
        let mut second = shares(after);
        for worker in &mut second {
            worker.load(&saved);
        }
        let mut tail = tail.to_vec();
        tail[0].names.clone_from(&epochs[0].names);
        events.extend(run(&mut second, &tail));
        let differ = events.iter().zip(&straight).find(|(a, b)| a != b);
        assert!(differ.is_none() && events.len() == straight.len(), "cut at {cut}: {differ:#?}");
    }
}

#[test]
fn what_did_not_change_is_not_saved_again() {
    let mut worker = Catalog::new(Share::ALL);
    let epochs = story();
    run(std::slice::from_mut(&mut worker), &epochs[..epochs.len() - 1]);
    let first = worker.save(true);
    assert!(!first.findings.is_empty() && !first.rows.is_empty());
    assert_eq!(worker.save(true), StateDelta::default());
}

#[test]
fn clients_without_number_leave_memory_bounded_and_the_scan_is_still_told() {
    let crowd = (0..20_000).map(|i: u64| noise(i / 20, [100, 65, (i >> 8) as u8, i as u8], i));
    let calls = crowd.chain((0..200).map(|i| noise(900 + i, OUTSIDE, i))).collect();
    assert_eq!(told(calls), one("scan", Severity::Low, "203.0.113.9"));
}
