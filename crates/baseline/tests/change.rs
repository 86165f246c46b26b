//! Endpoints that change for good are told of, those that only have a bad hour, a heavy caller or a new client are not; and
//! machines among people are told of, those that always were there are not.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that finds nothing there has failed")]

mod support;

use model::finding::{Finding, Severity};
use model::identity::IdentityKind;
use support::story::{Call, DAY, HOUR, call, findings, findings_over_time};

const FEED: usize = 0;
const PAY: usize = 1;
const BUY: usize = 2;
const NAMES: &[(&str, &str)] = &[("GET", "/v1/feed"), ("POST", "/v1/payments"), ("POST", "/v1/purchases")];
const USERS: u64 = 16;
const DAYS: u64 = 8;

/// Days of the feed: each user reads it in the morning and in the evening, as `change` has it.
fn feed(days: std::ops::Range<u64>, change: impl Fn(Call) -> Call) -> Vec<Call> {
    let mut calls = Vec::new();
    for turn in days.start * USERS..days.end * USERS {
        let (day, who) = (turn / USERS, turn % USERS);
        for hour in [8, 18] {
            let at = day * DAY + hour * HOUR + who * 420;
            calls.extend((0..3).map(|n| {
                let own = Call {
                    wait_micros: 4_000 + (turn % 7) as u32 * 100,
                    bytes: 400 + turn % 50,
                    ..call(at + n, who, FEED)
                };
                change(own)
            }));
        }
    }
    calls
}

fn told(detector: &str, more: Vec<Call>) -> Vec<Finding> {
    let calls = feed(0..DAYS, |call| call).into_iter().chain(more).collect();
    findings(NAMES, calls).into_iter().filter(|told| told.detector == detector).collect()
}

fn severities(detector: &str, more: Vec<Call>) -> Vec<Severity> {
    told(detector, more).iter().map(|told| told.severity).collect()
}

const LATER: std::ops::Range<u64> = DAYS..DAYS + 3;

#[test]
fn a_server_that_gets_slow_for_all_and_for_good() {
    let slow = |call: Call| Call { wait_micros: 30_000, ..call };
    let evening = |call: Call| if call.at % DAY > 12 * HOUR { slow(call) } else { call };
    let of = |more| severities("endpoint-latency-change", more);
    assert_eq!(of(feed(LATER, slow)), [Severity::Low]);
    assert_eq!(of(feed(LATER, |call| call)), []);
    assert_eq!(
        of(feed(DAYS..DAYS + 1, |call| if call.at % DAY < 12 * HOUR { slow(call) } else { call })),
        [],
        "one bad morning"
    );
    assert_eq!(of(feed(LATER, |call| if call.who == 3 { slow(call) } else { call })), [], "one caller");
    assert_eq!(of(feed(LATER, |call| slow(Call { client: 9, ..call }))), [], "a new client, that may ask for more");
    assert_eq!(of(feed(LATER, |call| Call { wait_micros: 9_000, ..call })), [], "milliseconds");
    let calls = feed(0..DAYS, evening).into_iter().chain(feed(LATER, evening)).collect();
    assert!(findings(NAMES, calls).iter().all(|told| told.detector != "endpoint-latency-change"), "every evening");
}

#[test]
fn an_endpoint_that_gives_errors_to_all() {
    let status = |status| move |call: Call| Call { status, ..call };
    let of = |more| severities("endpoint-error-change", more);
    assert_eq!(of(feed(LATER, status(500))), [Severity::Low], "an outage of all");
    let breaks = |call: Call| {
        let more = if call.who == 3 { 40 } else { 1 };
        (0..more).map(move |n| status(500)(Call { at: call.at + n, ..call.clone() })).collect::<Vec<_>>()
    };
    let broken = feed(LATER, |call| call).into_iter().flat_map(breaks).collect();
    assert_eq!(of(broken).last(), Some(&Severity::Medium), "one caller makes most of the calls that fail");
    let busy = |call: Call| {
        let more = if call.who == 3 { 40 } else { 1 };
        (0..more).map(move |n| Call { at: call.at + n, ..call.clone() }).collect::<Vec<_>>()
    };
    let days = feed(0..DAYS, |call| call).into_iter().chain(feed(LATER, status(500)));
    let told = findings(NAMES, days.flat_map(busy).collect());
    let told = told.iter().filter(|told| told.detector == "endpoint-error-change").map(|told| told.severity);
    assert_eq!(told.collect::<Vec<_>>(), [Severity::Low], "who makes most of all calls anyway");
    assert_eq!(of(feed(LATER, status(422))), [Severity::Low], "clients that do not know a new rule");
    assert_eq!(of(feed(LATER, status(403))), [], "refusals are another matter");
    assert_eq!(
        of(feed(LATER, |call| if call.who == 3 { status(500)(call) } else { call })),
        [],
        "one caller that breaks it"
    );
    let outage = |call: Call| if call.at % DAY < 8 * HOUR + 1_800 { status(503)(call) } else { call };
    assert_eq!(of(feed(DAYS..DAYS + 1, outage)), [], "half an hour");
    let guests = |call: Call| Call { kind: IdentityKind::Address, ..status(404)(call) };
    assert_eq!(of(feed(LATER, guests)), [], "what strangers do not find");
}

#[test]
fn answers_that_grow_or_shrink_for_all() {
    let bytes = |bytes| move |call: Call| Call { bytes, ..call };
    let of = |more| severities("endpoint-size-change", more);
    assert_eq!(of(feed(LATER, bytes(900))), [Severity::Low]);
    assert_eq!(of(feed(LATER, bytes(90))), [Severity::Info]);
    assert_eq!(of(feed(LATER, bytes(500))), []);
    assert_eq!(
        of(feed(LATER, |call| if call.who % 4 == 3 { bytes(90_000)(call) } else { call })),
        [],
        "some with more to show"
    );
    let newcomers = |call: Call| Call { who: call.who + 100, ..bytes(60)(call) };
    assert_eq!(of(feed(LATER, newcomers)), [], "new accounts have nothing to show yet");
    let drift =
        (0..30).flat_map(|day| feed(DAYS + day..DAYS + day + 1, move |call| Call { bytes: 400 + day * 20, ..call }));
    assert_eq!(of(drift.collect()), [], "a list that grows by and by");
}

#[test]
fn a_level_that_lasts_becomes_the_rule() {
    let slow = |call: Call| Call { wait_micros: 30_000, ..call };
    let slower = |call: Call| Call { wait_micros: 90_000, ..call };
    let more = [feed(DAYS..DAYS + 20, slow), feed(DAYS + 20..DAYS + 23, slower)].concat();
    let calls = feed(0..DAYS, |call| call).into_iter().chain(more).collect();
    let told = findings_over_time(NAMES, calls, 48);
    let titles: Vec<_> = told.into_iter().map(|told| told.title).filter(|title| title.contains(" ms ")).collect();
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(
        titles[0].contains("30 ms for its answers instead of 4 ms")
            && titles[1].contains("90 ms for its answers instead of 30 ms"),
        "{titles:?}"
    );
}

/// People who buy: they look, pay after twenty seconds or more, and buy half a minute later.
fn buyers(days: std::ops::Range<u64>) -> Vec<Call> {
    let turns = days.start * USERS..days.end * USERS;
    turns
        .flat_map(|turn| buys(turn / USERS * DAY + 10 * HOUR + turn % USERS * 900, turn % USERS, 20 + turn % 13))
        .collect()
}

/// One purchase, with so many seconds before each step.
fn buys(at: u64, who: u64, pause: u64) -> Vec<Call> {
    vec![call(at, who, FEED), call(at + pause, who, PAY), call(at + 2 * pause, who, BUY)]
}

/// A program that buys `times` times, about every five minutes.
fn bot(from: u64, who: u64, times: u64) -> Vec<Call> {
    (0..times).flat_map(|n| buys(from + n * 300 + n * n * 37 % 200, who, 0)).collect()
}

fn automated(more: Vec<Call>) -> Vec<Severity> {
    severities("automated-flow", [buyers(0..DAYS + 1), more].concat())
}

#[test]
fn a_machine_among_people_is_told() {
    let late = DAYS * DAY + 20 * HOUR;
    assert_eq!(automated(bot(late, 70, 15)), [Severity::Medium; 2], "payments and purchases");
    let accounts =
        (0..15).flat_map(|n| buys(late + n * 300, 100 + n, 0).into_iter().map(|call| Call { network: 70, ..call }));
    assert_eq!(automated(accounts.collect()), [Severity::Medium; 2], "many accounts of one network");
    let even = (0..25).map(|n| Call { network: 71, ..call(late + n * 60, 71, BUY) }).collect();
    assert_eq!(automated(even), [Severity::Medium], "every minute");
    let partner = bot(late, 70, 15).into_iter().map(|call| Call { kind: IdentityKind::ApiKey, ..call }).collect();
    assert_eq!(automated(partner), [Severity::Low; 2], "a key that is made for programs");
}

#[test]
fn machines_that_always_were_there_and_hurried_people_are_not() {
    let late = DAYS * DAY + 20 * HOUR;
    assert_eq!(automated(vec![]), []);
    assert_eq!(automated(bot(late, 3, 4)), [], "a few quick ones");
    let batch = (0..=DAYS).flat_map(|day| bot(day * DAY + HOUR, 70, 15)).collect();
    assert_eq!(automated(batch), [], "a batch of every night");
    let sale = (0..15).flat_map(|n| (0..USERS).flat_map(move |who| buys(late + n * 120 + who * 5, who, 2))).collect();
    assert_eq!(automated(sale), [], "a sale");
    let offices = (0..30).flat_map(|n| {
        buys(late + n * 90 + n * n % 50, 200 + n % 9, 25).into_iter().map(|call| Call { network: 9, ..call })
    });
    assert_eq!(automated(offices.collect()), [], "people behind one address");
    let keep = |who: u64, from: u64| (0..25).map(move |n| call(from + n * 60, who, BUY));
    let saving = (0..DAYS).flat_map(|day| (0..USERS).flat_map(move |who| keep(who, day * DAY + 14 * HOUR + who * 7)));
    assert_eq!(automated(saving.chain(keep(71, late)).collect()), [], "clients that keep every minute");
    let sign_ups = (0..20).flat_map(|n| buys(late + n * 700, 300 + n, 0)).collect();
    assert_eq!(automated(sign_ups), [], "each from a network of its own");
}
