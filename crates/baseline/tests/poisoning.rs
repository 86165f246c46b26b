//! An attacker who is there while everything is learned, or who grows slowly, must not become what is usual.

#![allow(clippy::indexing_slicing, reason = "a test that finds nothing there has failed")]
#![allow(clippy::cast_sign_loss, reason = "counts are positive")]

mod support;

use support::story::{Call, DAY, HOUR, call, findings};
use support::{identity, noise};

const ORDER: usize = 0;
const FEED: usize = 1;
const NAMES: &[(&str, &str)] = &[("GET", "/v1/orders/{int}"), ("GET", "/v1/feed")];
const USERS: u64 = 30;
const OWN: u64 = 8;
const ATTACKER: u64 = 666;

/// Thirty users read the feed and some of their eight own orders each day.
fn users(days: u64) -> Vec<Call> {
    let mut calls = Vec::new();
    for turn in 0..days * USERS {
        let (day, who) = (turn / USERS, turn % USERS);
        let at = day * DAY + 8 * HOUR + who * 600;
        for n in 0..3 {
            calls.push(Call { object: order(noise(turn * 3 + n) % OWN * USERS + who), ..call(at + n, who, ORDER) });
        }
        calls.extend((0..4).map(|n| call(at + 10 + n, who, FEED)));
    }
    calls
}

/// The `n`th order of all: numbers lie apart.
fn order(n: u64) -> u64 {
    10_000 + n * 17
}

/// Numbers one after the other, `of(day)` of them a day: some are given, some refused, some missing.
fn walks(days: u64, of: impl Fn(u64) -> u64) -> Vec<Call> {
    let (mut calls, mut next) = (Vec::new(), 0);
    for day in 0..days {
        for n in 0..of(day) {
            let status = [200, 403, 404][next as usize % 3];
            calls.push(Call { object: 10_000 + next, status, ..call(day * DAY + 10 * HOUR + n * 97, ATTACKER, ORDER) });
            next += 1;
        }
    }
    calls
}

fn ramp(from: f64) -> impl Fn(u64) -> u64 {
    move |day| (from * 1.1f64.powi(day as i32)).round() as u64
}

/// Detectors that accuse the attacker; nobody else is accused.
fn accused(calls: Vec<Call>) -> Vec<String> {
    let told = findings(NAMES, calls);
    assert!(told.iter().all(|told| told.subject.identity == Some(identity(ATTACKER))), "{told:?}");
    told.into_iter().map(|told| told.detector.into_owned()).collect()
}

#[test]
fn objects_of_others_tried_since_the_first_hour_are_told() {
    let calls = users(10).into_iter().chain(walks(10, |_| 20)).collect();
    assert_eq!(accused(calls), ["object-enumeration"]);
}

#[test]
fn objects_of_others_tried_by_a_tenth_more_each_day_are_told() {
    let calls = users(28).into_iter().chain(walks(28, ramp(1.0))).collect();
    assert_eq!(accused(calls), ["object-enumeration"]);
}

#[test]
fn taking_a_tenth_more_each_day_is_told() {
    let feed = |day: u64, n: u64| call(day * DAY + 10 * HOUR + n * 60, ATTACKER, FEED);
    let more = ramp(4.0);
    let takes = (0..44).flat_map(|day| (0..more(day)).map(move |n| feed(day, n)));
    assert_eq!(accused(users(44).into_iter().chain(takes).collect()), ["over-consumption"]);
}

#[test]
fn who_always_took_much_is_no_attacker() {
    let feed = |day: u64, n: u64| call(day * DAY + 10 * HOUR + n * 60, 40, FEED);
    let takes = |grows: f64| {
        (0..44).flat_map(move |day| (0..(60.0 * grows.powi(day as i32)) as u64).map(move |n| feed(day, n)))
    };
    assert_eq!(accused(users(44).into_iter().chain(takes(1.0)).collect()), Vec::<String>::new());
    assert_eq!(accused(users(44).into_iter().chain(takes(1.01)).collect()), Vec::<String>::new());
}
