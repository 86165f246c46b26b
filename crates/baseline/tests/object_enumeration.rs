//! Stories that object enumeration must tell, and stories in which it must stay silent.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that finds nothing there has failed")]

mod support;

use model::Id;
use model::finding::{FindingState, Severity};
use model::identity::IdentityKind;
use support::*;

const ATTACKER: u64 = 666;

/// Own orders of somebody answered (every third), the rest refused or missing.
fn stepping(from: u64, count: u64, pause: u64) -> impl Iterator<Item = Call> {
    (0..count).map(move |i| call(from + i * pause, ATTACKER, ORDERS, 1001 + i, [200, 403, 404][(i % 3) as usize]))
}

#[test]
fn a_token_stepping_through_orders_is_told_in_a_short_capture() {
    let mut calls = normal_users(0, 90);
    calls.extend(stepping(30, 40, 1));
    let events = tell(calls);
    assert_eq!(accused(&events), [identity(ATTACKER)]);
    let first = &events[0].finding;
    assert_eq!((first.state, first.severity), (FindingState::Open, Severity::High));
    assert!(first.confidence > 0.7 && first.coverage > 0.9, "{first:?}");
    let last = &events.last().unwrap().finding;
    assert_eq!((last.state, last.count), (FindingState::Closed, 40));
    assert_eq!(last.evidence.len(), 16);
    assert!(last.evidence.iter().any(|e| e.excerpt == "GET /v1/orders/1040 → 200, 1024 bytes"), "{:?}", last.evidence);
    assert!(!last.expected.is_empty() && !last.peers.is_empty() && last.ruled_out.len() >= 3);
    assert_eq!(last.subject.addresses, ["10.0.0.154"]);
}

#[test]
fn users_alone_are_silent() {
    assert_eq!(accused(&tell(normal_users(0, 90))), []);
}

#[test]
fn a_slow_one_is_told_too() {
    let mut calls = normal_users(0, 20_000);
    calls.extend(stepping(600, 200, 60));
    assert_eq!(accused(&tell(calls)), [identity(ATTACKER)]);
}

#[test]
fn harvested_uuids_that_are_all_refused_are_a_probe() {
    let mut calls: Vec<_> = (0..20)
        .flat_map(|who| (0..5).map(move |n| call(noise(who * 9 + n) % 90, who, FILES, who * 100 + n, 200)))
        .collect();
    calls.extend((0..40).map(|i| call(90 + i, ATTACKER, FILES, (i % 20) * 100 + i / 20 + 50, 403)));
    let events = tell(calls);
    assert_eq!(accused(&events), [identity(ATTACKER)]);
    assert_eq!(events[0].finding.severity, Severity::Medium);
}

#[test]
fn reading_a_stranger_s_objects_after_learning_is_told_without_any_refusal() {
    let mut calls: Vec<_> = (0..3).flat_map(|day| normal_users(day * DAY, 40_000)).collect();
    let stranger =
        |who, kind| (0..100).map(move |i| Call { kind, ..call(3 * DAY + i * 30, who, ORDERS, 1001 + i, 200) });
    // A token that was there before is told too; a fresh one may be that of somebody who always did so.
    calls.extend(stranger(ATTACKER, IdentityKind::TokenClaim));
    calls.extend(stranger(777, IdentityKind::Token));
    assert_eq!(accused(&tell(calls)), [identity(ATTACKER)]);
    let mut calls: Vec<_> = (0..3).flat_map(|day| normal_users(day * DAY, 40_000)).collect();
    calls.extend((0..4).map(|n| call(DAY + n * 9_000, ATTACKER, ORDERS, own_order(77, n), 200)));
    calls.extend(stranger(ATTACKER, IdentityKind::Token));
    assert_eq!(accused(&tell(calls)), [identity(ATTACKER)]);
}

#[test]
fn own_objects_read_in_order_are_silent() {
    let mut calls: Vec<_> = (0..3).flat_map(|day| normal_users(day * DAY, 40_000)).collect();
    calls.extend((0..40).map(|i| call(3 * DAY + i * 5, ATTACKER, ORDERS, 90_000 + i, 200)));
    assert_eq!(accused(&tell(calls)), []);
}

#[test]
fn browsing_a_public_catalogue_is_silent() {
    let calls = (0..40).flat_map(|who| {
        let reads = if who == 7 { 150 } else { 10 + noise(who) % 20 };
        (0..reads).map(move |n| call(noise(who * 1000 + n) % 3_000, who, PRODUCTS, noise(who * 77 + n) % 300, 200))
    });
    assert_eq!(accused(&tell(calls.collect())), []);
}

#[test]
fn a_flash_sale_is_silent() {
    let mut calls: Vec<_> = (0..2).flat_map(|day| normal_users(day * DAY, 40_000)).collect();
    for who in 100..300 {
        calls.extend(
            (0..12)
                .map(|n| call(2 * DAY + noise(who * 50 + n) % 600, who, PRODUCTS, n, if n == 11 { 404 } else { 200 })),
        );
    }
    assert_eq!(accused(&tell(calls)), []);
}

#[test]
fn a_nightly_batch_since_the_first_day_is_silent() {
    let mut calls: Vec<_> = (0..10).flat_map(|day| normal_users(day * DAY, 40_000)).collect();
    for day in 0..10 {
        calls.extend((0..200).map(|i| call(day * DAY + 80_000 + i, 500, ORDERS, 1001 + i + day * 10, 200)));
    }
    assert_eq!(accused(&tell(calls)), []);
}

#[test]
fn a_new_user_reading_ten_own_orders_is_silent() {
    let mut calls: Vec<_> = (0..3).flat_map(|day| normal_users(day * DAY, 40_000)).collect();
    calls.extend((0..10).map(|i| call(3 * DAY + i * 5, 400, ORDERS, 5_000 + i, 200)));
    assert_eq!(accused(&tell(calls)), []);
}

#[test]
fn an_agent_with_a_stable_neighbourhood_is_silent() {
    let mut calls: Vec<_> = (0..10).flat_map(|day| normal_users(day * DAY, 40_000)).collect();
    for day in 0..10 {
        calls.extend((0..60).map(|i| call(day * DAY + 30_000 + i * 60, 501, ORDERS, 1001 + i * 2 + day / 3, 200)));
    }
    assert_eq!(accused(&tell(calls)), []);
}

#[test]
fn many_people_behind_one_address_are_silent() {
    let mut calls = normal_users(0, 20_000);
    calls.extend((0..300).map(|i| Call {
        kind: IdentityKind::Address,
        ..call(i * 60, 900, ORDERS, 3_000 + noise(i) % 400, if i % 25 == 0 { 404 } else { 200 })
    }));
    assert_eq!(accused(&tell(calls)), []);
}

#[test]
fn turning_pages_is_silent() {
    let mut calls = normal_users(0, 90);
    calls.extend((0..20).map(|who| call(who, who, LIST, 0, 200)));
    calls.extend((0..200).map(|i| call(90 + i, ATTACKER, LIST, i * 20, if i % 2 == 0 { 200 } else { 404 })));
    assert_eq!(accused(&tell(calls)), []);
}

#[test]
fn an_expired_token_is_silent() {
    let mut calls = normal_users(0, 90);
    calls.extend((0..9).map(|n| call(100 + n, 700, ORDERS, own_order(3, n), 401)));
    assert_eq!(accused(&tell(calls)), []);
}

#[test]
fn updates_come_when_the_count_doubled_and_not_within_ten_minutes() {
    let mut calls = normal_users(0, 90);
    calls.extend(stepping(100, 900, 2));
    let events = tell(calls);
    let told: Vec<_> = events.iter().map(|e| (e.finding.state, e.finding.count, e.finding.last_at)).collect();
    assert!((3..=6).contains(&told.len()), "{told:?}");
    for pair in told.windows(2).filter(|pair| pair[1].0 == FindingState::Update) {
        assert!(pair[1].1 >= pair[0].1 * 2 && pair[1].2.since(pair[0].2).as_secs() >= 600, "{told:?}");
    }
}

#[test]
fn a_finding_is_closed_after_quiet_and_a_second_attack_is_another() {
    let mut calls = normal_users(0, 90);
    calls.extend(stepping(100, 40, 1));
    calls.extend(normal_users(DAY + 20_000, 90));
    calls.extend((0..60).map(|i| call(DAY + 30_000 + i, ATTACKER, ORDERS, 1100 + i, 403)));
    let events = tell(calls);
    let states: Vec<_> = events.iter().map(|e| e.finding.state).collect();
    let round = [FindingState::Open, FindingState::Closed];
    assert_eq!(states, [round, round].concat());
    assert_ne!(events[0].finding.id, events[2].finding.id);
}

/// Users whose own orders follow on each other, as where ids are given in blocks.
fn users_with_blocks(users: u64, own: u64) -> Vec<Call> {
    (0..users)
        .flat_map(|who| {
            let reads = 1 + noise(who * 31 + own) % (own * 2);
            (0..reads).map(move |n| call(noise(who * 500 + n) % 90, who, ORDERS, 1001 + who * own + n % own, 200))
        })
        .collect()
}

#[test]
fn stepping_is_told_where_own_orders_follow_on_each_other() {
    let mut calls = users_with_blocks(20, 5);
    calls.extend(stepping(30, 40, 1));
    assert_eq!(accused(&tell(calls)), [identity(ATTACKER)]);
}

#[test]
fn honest_populations_of_any_shape_are_silent() {
    for seed in 0..60u64 {
        let users = 6 + noise(seed) % 60;
        // From even to very uneven numbers of own orders, some dead links, some objects of a friend.
        let shape = 1 + seed % 4;
        let calls = (0..users).flat_map(|who| {
            let own = 1 + (noise(seed * 999 + who) % 6).pow(shape as u32) / 6u64.pow(shape as u32 - 1) * (1 + seed % 5);
            (0..own).map(move |n| {
                let odd = noise(seed * 77 + who * 1000 + n) % 40;
                let owner = if odd == 0 { (who + 1) % users } else { who };
                call(
                    noise(who * 500 + n + seed) % 50_000,
                    who,
                    ORDERS,
                    owner * 1000 + n,
                    if odd == 1 { 404 } else { 200 },
                )
            })
        });
        assert_eq!(accused(&tell(calls.collect())), [], "seed {seed}");
    }
}

/// Thirty users who list their files, a few each day, and then read them.
fn reading_what_is_listed(days: u64) -> Vec<Call> {
    let file = |who: u64, day: u64, n: u64| 10_000 + who * 1_000 + day * 20 + n;
    let mut calls = Vec::new();
    for (who, day) in (0..30).flat_map(|who| (0..days).map(move |day| (who, day))) {
        for n in 0..=noise(who * 31 + day) % 4 {
            let at = day * DAY + noise(who * 97 + day * 7 + n) % 80_000;
            calls.push(call(at, who, LIST, file(who, day, n), 200));
            calls.push(call(at + 5, who, FILES, file(who, day, n), 200));
        }
    }
    calls
}

/// Whom object enumeration accuses; reading much is told elsewhere.
fn enumerating(calls: Vec<Call>) -> Vec<Id> {
    let mut events = tell(calls);
    events.retain(|event| event.finding.detector == "object-enumeration");
    accused(&events)
}

#[test]
fn files_that_no_answer_told_of_are_told_though_nobody_owns_them() {
    // Two an hour, while awake.
    let slow = |who, listed: bool| {
        (0..120).flat_map(move |n| {
            let (at, file) = (2 * DAY + n / 24 * DAY + n % 24 * 1_700, 900_000 + who * 1_000 + n);
            let list = listed.then(|| Call { kind: IdentityKind::TokenClaim, ..call(at, who, LIST, file, 200) });
            list.into_iter().chain([Call { kind: IdentityKind::TokenClaim, ..call(at + 9, who, FILES, file, 200) }])
        })
    };
    let with = |more: Vec<Call>| {
        let mut calls = reading_what_is_listed(8);
        calls.extend(more);
        enumerating(calls)
    };
    assert_eq!(with(slow(ATTACKER, false).collect()), [identity(ATTACKER)]);
    assert_eq!(with(slow(777, true).collect()), [], "somebody busy, who follows lists");
    assert_eq!(with(slow(777, false).take(8).collect()), [], "some links from elsewhere");
    assert_eq!(with(Vec::new()), []);
}

#[test]
fn much_that_lists_of_all_show_is_told_when_it_is_others_and_nobody_reads_so_much() {
    let file = |who: u64| 10_000 + who;
    let own = (0..30).flat_map(|who| {
        (0..4).map(move |day| Call {
            kind: IdentityKind::TokenClaim,
            ..call(day * DAY + who * 900, who, FILES, file(who), 200)
        })
    });
    // Every other file was read by its owner.
    let reads = |many: u64| {
        (0..many).flat_map(move |n| {
            let of = if n % 2 == 0 { file(n / 2 % 30) } else { 90_000 + n };
            [(0, LIST), (1, FILES)].map(|(later, endpoint)| Call {
                kind: IdentityKind::TokenClaim,
                ..call(3 * DAY + 40_000 + n * 20 + later, ATTACKER, endpoint, of, 200)
            })
        })
    };
    let with = |many| {
        let mut calls: Vec<_> = own.clone().collect();
        // Every fourth reads that of a friend.
        calls.extend((0..30).step_by(4).map(|who| Call {
            kind: IdentityKind::TokenClaim,
            ..call(DAY + who * 700, who, FILES, file(who + 1), 200)
        }));
        calls.extend(reads(many));
        enumerating(calls)
    };
    assert_eq!(with(50), [identity(ATTACKER)]);
    assert_eq!(with(5), []);
}

#[test]
fn where_ids_come_from_elsewhere_it_says_nothing_that_no_answer_told_of_them() {
    let mut calls = reading_what_is_listed(8);
    calls.retain(|call| call.endpoint != LIST);
    let many = (0..40).map(|n| call(3 * DAY + n * 700, ATTACKER, FILES, 900_000 + n, 200));
    calls.extend(many.map(|call| Call { kind: IdentityKind::TokenClaim, ..call }));
    assert_eq!(enumerating(calls), []);
}

#[test]
fn somebody_who_counts_alone_through_what_nobody_else_asks_for_is_told_once_the_service_is_known() {
    let counts = |from: u64, step: u64| {
        let calls = (0..50).map(move |n| call(from + n * 20, ATTACKER, PRODUCTS, 7_000 + n * step, 200));
        calls.map(|call| Call { kind: IdentityKind::TokenClaim, ..call })
    };
    let with = |more: Vec<Call>| {
        let mut calls = reading_what_is_listed(3);
        calls.extend(more);
        enumerating(calls)
    };
    assert_eq!(with(counts(2 * DAY, 1).collect()), [identity(ATTACKER)]);
    assert_eq!(with(counts(2 * DAY, 37).collect()), [], "numbers here and there");
    assert_eq!(with(counts(600, 1).collect()), [], "a job that did so from the first day on");
}
