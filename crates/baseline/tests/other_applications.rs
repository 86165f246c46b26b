//! Stories that applications unlike those the detectors were made with taught: what must be told, and ordinary business that
//! must not.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that finds nothing there has failed")]

mod support;

use model::SignalKind;
use model::identity::IdentityKind;
use support::story::{Call, DAY, HOUR, call, detectors};

const HOME: usize = 0;
const ORDERS: usize = 1;
const PAY: usize = 2;
const SHIP: usize = 3;
const TOKEN: usize = 4;
const CODE: usize = 5;
const STAFF: usize = 6;
const READ: usize = 7;
const ADDRESS: usize = 8;
const BLOCK: usize = 9;
const NAMES: &[(&str, &str)] = &[
    ("GET", "/v3/me"),
    ("POST", "/v3/orders"),
    ("POST", "/v3/orders/{int}/pay"),
    ("POST", "/v3/orders/{int}/ship"),
    ("POST", "/oauth/token"),
    ("POST", "/auth/otp/request"),
    ("GET", "/backoffice/customers/{int}"),
    ("GET", "/v3/receipts/{int}"),
    ("PUT", "/v3/addresses/{int}"),
    ("POST", "/backoffice/accounts/{int}/block"),
];
const USERS: u64 = 30;
const DAYS: u64 = 8;
const LATE: u64 = DAYS * DAY;

/// One order: made, paid, sent.
fn orders(at: u64, who: u64, object: u64, pays: bool) -> Vec<Call> {
    let step = |after, endpoint| Call { object, ..call(at + after, who, endpoint) };
    let pay = pays.then(|| step(9, PAY));
    [step(0, ORDERS)].into_iter().chain(pay).chain([step(20, SHIP)]).collect()
}

/// Thirty users log in at a token endpoint, look around, order one thing a day and read its receipt.
fn users() -> Vec<Call> {
    let mut calls = Vec::new();
    for turn in 0..DAYS * USERS {
        let (day, who) = (turn / USERS, turn % USERS);
        let at = day * DAY + 8 * HOUR + who * 600;
        calls.push(asks_token(at, who, who, who as u16, 200));
        calls.extend([call(at + 5, who, HOME), Call { object: turn * 97, ..call(at + 90, who, READ) }]);
        calls.extend(orders(at + 20, who, turn, true));
        let staff = 800 + turn % 9;
        calls.push(call(at + 95, who, ADDRESS));
        calls.extend([STAFF, BLOCK].map(|desk| Call { inside: true, object: who, ..call(at + 99, staff, desk) }));
    }
    calls
}

/// A request for a token; 400 is how it is refused (RFC 6749).
fn asks_token(at: u64, account: u64, secret: u64, network: u16, status: u16) -> Call {
    let hash = |kind: u64, value: u64| kind << 56 | value << 20 | 0xabcd;
    let mut signals =
        vec![(SignalKind::Account, "username", hash(1, account)), (SignalKind::Secret, "password", hash(2, secret))];
    if status == 200 {
        signals.push((SignalKind::Issued, "", hash(3, account)));
    }
    let from = Call { network, kind: IdentityKind::Address, ..call(at, 5_000 + u64::from(network), TOKEN) };
    Call { status, signals, ..from }
}

fn told(more: impl IntoIterator<Item = Call>) -> Vec<String> {
    detectors(NAMES, users().into_iter().chain(more).collect())
}

#[test]
fn ordinary_users_are_not_told_of() {
    assert!(told([]).is_empty());
}

#[test]
fn who_makes_many_objects_may_change_them_and_no_others() {
    let business = (0..40).flat_map(|n| orders(LATE + n * 60 + n * n % 47, 3, 5_000 + n, true));
    // Many they are all the same, which is said with little gravity.
    assert_eq!(told(business), ["over-consumption"], "forty orders of one day, of its own making");
    let others = (0..9).map(|n| Call { object: 10 + n, ..call(LATE + n * 60, 3, ADDRESS) });
    assert!(told(others).contains(&"object-write".to_owned()));
}

#[test]
fn the_same_thing_done_many_times_skips_nothing_but_an_order_without_payment_does() {
    let unpaid = (0..7).flat_map(|n| orders(LATE + n * 600, 3, 5_000 + n, false));
    let unpaid = [call(LATE - 60, 3, HOME), Call { object: 4, ..call(LATE - 50, 3, READ) }].into_iter().chain(unpaid);
    assert_eq!(told(unpaid), ["skipped-step"]);
}

#[test]
fn refusals_of_a_token_endpoint_are_refusals() {
    let list = (0..16).map(|n| asks_token(LATE + n * 9, 400 + n, 900 + n, 77, 400));
    assert_eq!(told(list), ["credential-attack"]);
    let spread = (0..60).map(|n| asks_token(LATE + n * 300, 700 + n, 900 + n, 300 + n as u16 / 2, 400));
    assert_eq!(told(spread), ["credential-stuffing"]);
    let slips = (0..4).map(|n| asks_token(LATE + n * 20, 5, 900 + n, 5, 400));
    assert!(told(slips.chain([asks_token(LATE + 300, 5, 5, 5, 200)])).is_empty(), "a forgetful person");
}

#[test]
fn one_account_tried_from_many_networks_is_told_and_its_forgetful_owner_is_not() {
    let guess = |n: u64, networks: u64| asks_token(LATE + n * 60, 5, 900 + n, 200 + (n % networks) as u16, 400);
    assert_eq!(told((0..120).map(|n| guess(n, 30))), ["account-guessing"]);
    let old = (0..120).map(|n| asks_token(LATE + n * 60, 5, 900, 200 + (n % 30) as u16, 400));
    assert!(told(old).is_empty(), "devices with the same old secret");
    assert!(told((0..12).map(|n| guess(n, 4))).is_empty(), "a dozen tries here and there");
}

#[test]
fn accounts_asked_for_one_after_the_other_are_told() {
    let asks = |n: u64, account: u64, network: u16, status: u16| Call {
        signals: vec![(SignalKind::Account, "phone", account << 20 | 1)],
        status,
        kind: IdentityKind::Address,
        network,
        ..call(LATE + n * 30, 9_000 + u64::from(network), CODE)
    };
    assert_eq!(told((0..30).map(|n| asks(n, 700 + n, 77, 404))), ["account-probing"]);
    let office = (0..40).map(|n| asks(n, 700 + n, 77, if n % 9 == 0 { 404 } else { 200 }));
    assert!(told(office).is_empty(), "an office whose people mistype");
    assert!(told((0..30).map(|n| asks(n, 7, 77, 404))).is_empty(), "one number again and again");
}

#[test]
fn functions_of_many_staff_are_probed_too() {
    let tries = |n: u64, who: u64, desk: usize, status: u16| Call { status, ..call(LATE + n * 60, who, desk) };
    assert_eq!(told([tries(0, 3, STAFF, 403), tries(1, 3, BLOCK, 403)]), ["function-probing"]);
    assert!(told([tries(0, 3, STAFF, 401), tries(1, 3, BLOCK, 401)]).is_empty(), "an expired token");
    assert!(told((0..12).map(|n| tries(n, n, STAFF, 403))).is_empty(), "a button that all see and staff may use");
}

#[test]
fn a_credential_that_only_moved_inside_is_strange_outside() {
    let nurse =
        |day: u64| Call { inside: true, network: 60 + (day % 5) as u16, client: 1, ..call(day * DAY, 77, HOME) };
    let ward = || (0..DAYS).flat_map(move |day| [nurse(day), Call { at: nurse(day).at + 600, ..nurse(day) }]);
    let thief = (0..5).map(|n| Call { network: 200, client: 99, ..call((DAYS - 1) * DAY + HOUR + n * 60, 77, HOME) });
    assert_eq!(told(ward().chain(thief)), ["stolen-credential"]);
    assert!(told(ward()).is_empty(), "one who works all over the house");
}

#[test]
fn objects_of_nobody_known_are_walked_by_counting() {
    let walk = |step: u64| (0..90).map(move |n| Call { object: 700_000 + n * step, ..call(LATE + n * 3, 3, READ) });
    assert!(told(walk(1)).contains(&"object-enumeration".to_owned()));
    assert!(!told(walk(37)).contains(&"object-enumeration".to_owned()), "a long list of one's own");
}

#[test]
fn a_new_program_takes_what_it_takes() {
    let key = (0..400).map(|n| Call { kind: IdentityKind::ApiKey, ..call(LATE + n * 60, 600, HOME) });
    assert!(told(key).is_empty());
    let person = (0..400).map(|n| call(LATE + n * 60, 3, HOME));
    assert_eq!(told(person), ["over-consumption"]);
}

#[test]
fn a_function_of_many_staff_that_answers_a_customer_is_told_and_new_staff_is_not() {
    let block = |n: u64, who: u64| Call { object: n, ..call(LATE + n * 60, who, BLOCK) };
    assert!(told([block(0, 3)]).contains(&"function-level-access".to_owned()));
    let starts = [Call { object: 3, ..call(LATE + 9, 950, STAFF) }, block(1, 950), block(2, 950)];
    assert!(!told(starts).contains(&"function-level-access".to_owned()), "nobody knew it before");
}

#[test]
fn a_program_that_checks_codes_of_others_is_compared_with_its_own_days() {
    let checks = |day: u64, n: u64| Call {
        signals: vec![(SignalKind::Secret, "pin", day << 40 | n << 20 | 1)],
        kind: IdentityKind::ApiKey,
        ..call(day * DAY + HOUR + n * 90, 990, ADDRESS)
    };
    let days = |last: u64| {
        (0..DAYS).flat_map(move |day| (0..if day + 1 == DAYS { last } else { 40 }).map(move |n| checks(day, n)))
    };
    let guesses = |last| told(days(last)).contains(&"secret-guessing".to_owned());
    assert!(!guesses(44), "a busy day");
    assert!(guesses(800), "far more than ever");
}

#[test]
fn a_partner_that_leaves_its_habit_is_told_where_it_has_few_peers() {
    let pulls = |who: u64, calls: u64| {
        (0..=DAYS).flat_map(move |day| {
            let today = if day == DAYS { calls } else { 12 };
            (0..today).map(move |n| Call {
                kind: IdentityKind::ApiKey,
                object: n,
                ..call(day * DAY + n * 97, 970 + who, HOME)
            })
        })
    };
    let names: &[(&str, &str)] = &[("GET", "/partner/v1/manifests")];
    let partners = |calls| (0..6).flat_map(|who| pulls(who, if who == 5 { calls } else { 12 + who * 20 })).collect();
    assert_eq!(detectors(names, partners(800)), ["over-consumption"]);
    assert!(detectors(names, partners(60)).is_empty());
}

const SHOP: &[(&str, &str)] = &[
    ("GET", "/v3/me"),
    ("POST", "/v3/baskets"),
    ("POST", "/v3/baskets/{int}/items"),
    ("PATCH", "/v3/baskets/{int}/items/{int}"),
    ("GET", "/v3/slots"),
];
const BASKET: usize = 1;
const ITEM: usize = 2;
const AMOUNT: usize = 3;
const SLOTS: usize = 4;

/// Somebody puts so many things into a basket and changes how many, of the first or of each.
fn fills(at: u64, who: u64, things: u64, amounts: u64) -> impl Iterator<Item = Call> {
    let thing = move |n: u64, endpoint| Call { object: at * 64 + n, ..call(at + n * 20, who, endpoint) };
    let looks = [HOME, SLOTS].map(|endpoint| call(at, who, endpoint));
    looks
        .into_iter()
        .chain((1..=things).map(move |n| thing(n, ITEM)))
        .chain((1..=amounts).map(move |n| thing(n, AMOUNT)))
}

/// What is told when thirty people make and fill a basket a day, and `more` is done.
fn told_by_the_shop(more: impl IntoIterator<Item = Call>) -> Vec<String> {
    let visit = |turn: u64| {
        let (at, who) = (turn / USERS * DAY + 8 * HOUR + turn % USERS * 600, turn % USERS);
        [call(at - 30, who, BASKET)].into_iter().chain(fills(at, who, 3, u64::from(turn / USERS == who % DAYS)))
    };
    detectors(SHOP, (0..DAYS * USERS).flat_map(visit).chain(more).collect())
}

#[test]
fn a_basket_that_is_filled_on_the_next_day_skips_nothing_but_one_that_was_never_made_does() {
    assert!(told_by_the_shop((0..3).flat_map(|n| fills(LATE + n * 9 * HOUR, 3, 4, 0))).is_empty());
    let strange = (0..3).map(|n| call(LATE + n * 60, 90, AMOUNT)).chain(fills(LATE + HOUR, 90, 5, 0));
    assert_eq!(told_by_the_shop(strange), ["skipped-step"]);
}

#[test]
fn things_that_somebody_put_into_objects_are_its_own_to_change() {
    let shopper = |things| [call(LATE - 30, 90, BASKET)].into_iter().chain(fills(LATE, 90, things, 9));
    assert!(!told_by_the_shop(shopper(9)).contains(&"object-write".to_owned()));
    assert!(told_by_the_shop(shopper(1)).contains(&"object-write".to_owned()));
}

const CUSTOMERS: &[(&str, &str)] = &[
    ("GET", "/v3/customers/{int}/orders/{int}"),
    ("GET", "/v3/customers/{int}/orders/{int}/tracking"),
    ("GET", "/v3/customers/{int}/favourites/{int}"),
];

/// What is told when thirty people look at an order of theirs each day, and at things that many like, and `more` is done.
fn told_by_customers(more: impl IntoIterator<Item = Call>) -> Vec<String> {
    let looks = |turn: u64| {
        let (at, who) = (turn / USERS * DAY + 8 * HOUR + turn % USERS * 600, turn % USERS);
        let own = |after: u64, endpoint| Call { object: 900 + turn * 7, ..own_path(at + after, who, endpoint) };
        [own(0, 0), own(60, 1), own(90, 1), Call { object: turn % 40, ..own_path(at + 99, who, 2) }]
    };
    detectors(CUSTOMERS, (0..DAYS * USERS).flat_map(looks).chain(more).collect())
}

/// A call under the path that is the caller's.
fn own_path(at: u64, who: u64, endpoint: usize) -> Call {
    Call { under: Some(10_000 + who), ..call(at, who, endpoint) }
}

#[test]
fn orders_of_others_under_the_own_path_are_told() {
    let seen =
        |n: u64, who: u64, endpoint: usize| Call { object: 900 + n * 7, ..own_path(LATE + n * HOUR, who, endpoint) };
    // Two out of three were looked at by those who ordered them; numbers far apart, an hour between them.
    assert_eq!(told_by_customers((4..13).map(|n| seen(n * 11, 3, 0))), ["misplaced-object"]);
    assert!(told_by_customers((4..6).map(|n| seen(n * 11, 3, 0))).is_empty(), "two links of a friend");
    assert!(told_by_customers((0..9).map(|n| Call { object: n * 4, ..own_path(LATE + n * 60, 3, 2) })).is_empty());
    let desk = (4..13).map(|n: u64| Call { under: Some(10_000 + n * 11 % USERS), ..seen(n * 11, 700, 0) });
    assert!(!told_by_customers(desk).contains(&"misplaced-object".to_owned()), "a desk that knows whose they are");
}
