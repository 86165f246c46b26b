//! Each monitor tells its story, and is silent about the innocent ones beside it.
//!
//! One table for each: what everybody does, what is done besides, and whether it is told. Monitors of access have stories of
//! their own in `access.rs`.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that finds nothing there has failed")]

mod support;

use model::finding::Severity;
use model::identity::IdentityKind;
use model::{ParamPlace, SignalKind};
use support::story::{Call, DAY, HOUR, call, detectors, ended, findings, findings_over_time};

const FEED: usize = 0;
const ORDER: usize = 1;
const LOGIN: usize = 2;
const COUPON: usize = 3;
const GRAPH: usize = 4;
const CART: usize = 5;
const PAY: usize = 6;
const BUY: usize = 7;
const NAMES: &[(&str, &str)] = &[
    ("GET", "/v1/feed"),
    ("GET", "/v1/orders/{int}"),
    ("POST", "/v1/login"),
    ("POST", "/v1/coupons"),
    ("POST", "/graphql"),
    ("POST", "/v1/cart"),
    ("POST", "/v1/payments"),
    ("POST", "/v1/purchases"),
];
const USERS: u64 = 16;
const DAYS: u64 = 8;
/// After everything that users do.
const LATE: u64 = DAYS * DAY;

/// Sixteen users for eight days: each logs in, reads the feed and two own orders, and asks a query.
fn users() -> Vec<Call> {
    let mut calls = Vec::new();
    for turn in 0..DAYS * USERS {
        let (day, who) = (turn / USERS, turn % USERS);
        let at = day * DAY + 8 * HOUR + who * 900;
        calls.push(logs_in(call(at, who, LOGIN), who, who, true));
        calls.extend((0..3).map(|n| call(at + 10 + n, who, FEED)));
        calls.extend((0..2).map(|n| Call { object: 1_000 + who * 7 + n, ..call(at + 20 + n, who, ORDER) }));
        calls.push(Call { query: Some([3, 1, 1]), ..call(at + 30, who, GRAPH) });
    }
    calls
}

/// An attempt on `account` with `secret`; one that succeeds is handed a token.
fn logs_in(mut call: Call, account: u64, secret: u64, succeeds: bool) -> Call {
    let hash = |kind: u64, value: u64| kind << 56 | value << 20 | 0xabcd;
    let mut signals =
        vec![(SignalKind::Account, "email", hash(1, account)), (SignalKind::Secret, "password", hash(2, secret))];
    if succeeds {
        signals.push((SignalKind::Issued, "", hash(3, account)));
    }
    (call.signals, call.status) = (signals, if succeeds { 200 } else { 401 });
    (call.kind, call.who) = (IdentityKind::Address, 5_000 + u64::from(call.network));
    call
}

/// From another network.
fn from(network: u16, call: Call) -> Call {
    Call { network, ..call }
}

/// Everybody buys every day: something into the cart, a payment, the purchase, after two looks at an order.
fn buyers() -> Vec<Call> {
    (0..DAYS * USERS)
        .flat_map(|turn| buys(turn / USERS * DAY + 10 * HOUR + turn % USERS * 900, turn % USERS, true))
        .collect()
}

/// One purchase, with the payment or without.
fn buys(at: u64, who: u64, pays: bool) -> Vec<Call> {
    let cart = Call { numbers: &[("/quantity", 3), ("/price", 5), ("/to/lon", 4)], ..call(at + 5, who, CART) };
    let looks = (0..2).map(|n| Call { object: 1_000 + who * 7 + n, ..call(at + n, who, ORDER) });
    let pay = pays.then(|| call(at + 20, who, PAY));
    looks.chain([call(at + 3, who, FEED), cart]).chain(pay).chain([call(at + 30, who, BUY)]).collect()
}

fn stories(detector: &str, stories: Vec<(&str, bool, Vec<Call>)>) {
    for (what, told, more) in stories {
        let ids = detectors(NAMES, users().into_iter().chain(more).collect());
        let expected: &[&str] = if told { &[detector] } else { &[] };
        assert_eq!(ids, expected, "{what}");
    }
}

#[test]
fn ordinary_users_are_not_told_of() {
    stories("", vec![("nothing besides", false, vec![])]);
}

#[test]
fn application_dos() {
    let dear = |at, who| Call { wait_micros: 900_000, ..call(at, who, FEED) };
    let slow_server = (0..USERS).flat_map(|who| (0..2).map(move |n| (LATE + who + n * 40, who)));
    stories(
        "application-dos",
        vec![
            ("dear calls of one caller", true, (0..8).map(|n| dear(LATE + n * 5, 3)).collect()),
            ("a server that is slow for all", false, slow_server.map(|(at, who)| dear(at, who)).collect()),
            ("one call that met a cold cache", false, vec![dear(LATE, 3)]),
        ],
    );
}

#[test]
fn whoever_asks_again_while_a_service_is_down_is_no_attacker() {
    let slow = |at, who, endpoint, status| {
        let query = (endpoint == GRAPH).then_some([3, 1, 1]);
        Call { wait_micros: 1_500_000, status, object: 1_000 + who * 7, query, ..call(at, who, endpoint) }
    };
    // The first ones that come while everything fails ask for other things, and then again and again for one.
    let tries = |at, who| {
        let before = [slow(at, who, ORDER, 500), slow(at + 2, who, GRAPH, 500)];
        before.into_iter().chain((0..7).map(move |n| slow(at + 5 + n * 9, who, FEED, 500)))
    };
    let outage: Vec<Call> = tries(LATE, 3).chain(tries(LATE + 30, 4)).collect();
    // Nobody else is there, and all that the one caller asks for fails.
    let alone = (0..8).map(|n| slow(LATE + n * 9, 3, FEED, 502)).collect();
    let works = |at| call(at, 7, ORDER);
    let answered = (0..8).flat_map(|n| [slow(LATE + n * 9, 3, FEED, 502), works(LATE + n * 9 + 4)]).collect();
    let after = |who| [slow(LATE + 30, who, ORDER, 200), slow(LATE + 32, who, GRAPH, 200)];
    let all_wait = (0..8).map(|n| slow(LATE + n * 9, 3, FEED, 200)).chain([4, 5].into_iter().flat_map(after));
    stories(
        "application-dos",
        vec![
            ("an outage, and callers that try again", false, outage),
            ("a service that fails, and one caller that tries again", false, alone),
            ("one caller for whom alone it fails", true, answered),
            ("one caller that all others come to wait for", true, all_wait.collect()),
        ],
    );
}

#[test]
fn over_consumption() {
    let heavy = |day: u64, who: u64, calls: u64| {
        (0..calls).map(move |n| call(day * DAY + 12 * HOUR + n * 20 + who, who, FEED)).collect::<Vec<_>>()
    };
    let large = |at, who| Call { bytes: 3 << 20, ..call(at, who, FEED) };
    stories(
        "over-consumption",
        vec![
            ("far more calls than others", true, heavy(DAYS, 3, 90)),
            ("far more bytes than others", true, (0..4).map(|n| large(LATE + n * 60, 3)).collect()),
            ("a job that always took so much", false, (0..=DAYS).flat_map(|day| heavy(day, 40, 90)).collect()),
            ("a sale: all take as much", false, (0..USERS).flat_map(|who| heavy(DAYS, who, 60)).collect()),
        ],
    );
}

#[test]
fn scraping() {
    let reads = |at: u64, who: u64, first: u64, n: u64| {
        (0..n).map(move |k| Call { object: first + k, ..call(at + k * 9, who, ORDER) }).collect::<Vec<_>>()
    };
    let made = (0..14).flat_map(|n| reads(LATE + n * 600, 300 + n, 9_000 + n * 8, 8)).collect();
    let new_day = (0..14).flat_map(|n| reads(LATE + n * 600, 300 + n, 9_000 + n * 90, 1)).collect();
    stories(
        "scraping",
        vec![
            ("new callers divide the objects", true, made),
            ("a busy day of callers that are known", false, {
                (0..14).flat_map(|n| reads(LATE + n * 600, n, 9_000 + n * 90, 8)).collect()
            }),
            ("a day of many new callers, each with one", false, new_day),
        ],
    );
}

#[test]
fn query_cost() {
    let deep = |at, who| Call { query: Some([19, 1, 1]), ..call(at, who, GRAPH) };
    stories(
        "query-cost",
        vec![
            ("deep nesting, again and again", true, (0..4).map(|n| deep(LATE + n * 60, 3)).collect()),
            ("aliases", true, {
                (0..4).map(|n| Call { query: Some([3, 90, 1]), ..call(LATE + n, 3, GRAPH) }).collect()
            }),
            ("a developer's trial", false, (0..2).map(|n| deep(LATE + n * 60, 3)).collect()),
            ("a release, from many networks", false, {
                (0..USERS).flat_map(|who| (0..2).map(move |n| deep(LATE + who * 60 + n * 2_000, who))).collect()
            }),
        ],
    );
}

const SHAPES: [&[&str]; 8] = [&["a"], &["b"], &["c"], &["a", "b"], &["a", "c"], &["b", "c"], &[], &["d"]];

/// Kinds of malformed calls that are one too few to be told.
const KINDS_NEARLY_MANY: u64 = 26;

#[test]
fn api_fuzzing() {
    let broken = |at, who, kind: u64| Call {
        status: [400, 422, 500][kind as usize % 3],
        fields: SHAPES[kind as usize / 3 % 8],
        ..call(at, who, [FEED, ORDER][kind as usize / 24 % 2])
    };
    let no_such_method = |n: u64, method| {
        let unnamed = Call { unnamed: true, object: n, status: 405, ..call(LATE + n * 7, 3, method) };
        Call { fields: &[], ..unnamed }
    };
    let few = || (0..KINDS_NEARLY_MANY).map(|n| broken(LATE + n * 5, 3, n));
    stories(
        "api-fuzzing",
        vec![
            ("a few less kinds", false, few().collect()),
            ("as few, and methods that paths do not have", true, {
                [FEED, ORDER, LOGIN].into_iter().zip(0..).map(|(at, n)| no_such_method(n, at)).chain(few()).collect()
            }),
            ("one method that no path has", false, (0..48).map(|n| no_such_method(n, ORDER)).collect()),
            ("one malformed call after another", true, (0..48).map(|n| broken(LATE + n * 5, 3, n)).collect()),
            ("a bug that repeats one kind", false, (0..48).map(|n| broken(LATE + n * 5, 3, 7)).collect()),
            ("people behind one address, each with a slip", false, {
                (0..12).map(|n| from(77, broken(LATE + n * 60, n, n))).collect()
            }),
        ],
    );
}

#[test]
fn token_forging() {
    let refused = |at, who, token: u64| Call {
        status: 401,
        signals: vec![(SignalKind::Refused, "authorization", token << 20)],
        ..from(77, call(at, who, FEED))
    };
    let unsigned = Call { signals: vec![(SignalKind::TokenFlaw, "authorization", 1)], ..call(LATE, 3, FEED) };
    let office = (0..12).flat_map(|n| [from(77, call(LATE + n, n, FEED)), refused(LATE + 3_600 + n, 40 + n, 90 + n)]);
    stories(
        "token-forging",
        vec![
            ("many tokens are refused", true, (0..20).map(|n| refused(LATE + n * 9, 40 + n, n)).collect()),
            ("a token without a signature", true, vec![Call { status: 401, ..unsigned }]),
            ("one expired token, again and again", false, (0..60).map(|n| refused(LATE + n, 40, 7)).collect()),
            ("an office whose tokens all expired", false, office.collect()),
        ],
    );
}

#[test]
fn credential_attack() {
    let attempt =
        |at, account, secret, succeeds| from(77, logs_in(from(77, call(at, 0, LOGIN)), account, secret, succeeds));
    let office = (0..30).flat_map(|n| {
        let at = LATE + n * 60;
        let slip = (n % 3 == 0).then(|| attempt(at, 400 + n, 900 + n, false));
        slip.into_iter().chain([attempt(at + 9, n, n, true)])
    });
    stories(
        "credential-attack",
        vec![
            ("a list of accounts", true, (0..16).map(|n| attempt(LATE + n * 9, 400 + n, 900 + n, false)).collect()),
            ("a dictionary", true, (0..60).map(|n| attempt(LATE + n * 9, 5, 900 + n, false)).collect()),
            ("a forgetful person", false, {
                let slips = (0..6).map(|n| attempt(LATE + n * 20, 5, 900 + n, false));
                slips.chain([attempt(LATE + 300, 5, 5, true)]).collect()
            }),
            ("an office behind one address", false, office.collect()),
        ],
    );
}

#[test]
fn password_spraying() {
    let attempt = |n: u64, network: u16| {
        let at = LATE + n * 1_800;
        from(network, logs_in(from(network, call(at, 0, LOGIN)), n % USERS, 4_242, false))
    };
    stories(
        "password-spraying",
        vec![
            ("one secret on many accounts, slowly", true, (0..16).map(|n| attempt(n, 70 + n as u16 % 2)).collect()),
            ("people with the same wrong password", false, (0..16).map(|n| attempt(n, n as u16)).collect()),
        ],
    );
}

/// A log-in at any time.
fn attempt_at(at: u64, account: u64, network: u16, ok: bool) -> Call {
    from(network, logs_in(from(network, call(at, 0, LOGIN)), account, account, ok))
}

#[test]
fn credential_stuffing() {
    let attempt = |n: u64, account, network| {
        from(network, logs_in(from(network, call(LATE + n * 300, 0, LOGIN)), account, 900 + n, false))
    };
    stories(
        "credential-stuffing",
        vec![
            ("strange accounts from many networks", true, {
                (0..60).map(|n| attempt(n, 700 + n, 300 + n as u16 / 2)).collect()
            }),
            ("codes from many networks", true, {
                let valid = (0..DAYS).map(|day| coupon_code(day * DAY + 9 * HOUR, day, 5_000 + day, 200));
                let tried = (0..60).map(|n| from(300 + n as u16 / 2, coupon_code(LATE + n * 300, 400 + n, n, 404)));
                let tried = tried.map(|call| Call { kind: IdentityKind::Address, ..call });
                valid.chain(tried).collect()
            }),
            ("names in vain on the third day", true, {
                let names = |day: u64, n: u64, vain: bool| {
                    let (at, network) = (day * DAY + 10 * HOUR + n * 300, 300 + (day * 100 + n) as u16);
                    let wrong = attempt_at(at, 700 + day * 100 + n, network, false);
                    let right = (!vain).then(|| attempt_at(at + 60, 700 + day * 100 + n, network, true));
                    [Some(wrong), right].into_iter().flatten()
                };
                let honest = (0..2).flat_map(|day| (0..9).flat_map(move |n| names(day, n, false)));
                honest.chain((0..60).flat_map(|n| names(2, n, true))).collect()
            }),
            ("many newcomers who mistype on the third day", false, {
                let names = |day: u64, n: u64| {
                    let (at, network) = (day * DAY + 10 * HOUR + n * 300, 300 + (day * 100 + n) as u16);
                    [false, true]
                        .map(|right| attempt_at(at + 60 * u64::from(right), 700 + day * 100 + n, network, right))
                };
                let honest = (0..2).flat_map(|day| (0..9).flat_map(move |n| names(day, n)));
                honest.chain((0..25).flat_map(|n| names(2, n))).collect()
            }),
            ("one wrong code of a letter to all", false, {
                (0..60).map(|n| from(300 + n as u16, coupon_code(LATE + n * 300, 400 + n, 7, 404))).collect()
            }),
            ("a day when all must change the password", false, {
                (0..60).map(|n| attempt(n, n % USERS, (n % USERS) as u16)).collect()
            }),
            ("some people who mistype their name", false, { (0..9).map(|n| attempt(n, 700 + n, n as u16)).collect() }),
        ],
    );
}

#[test]
fn credential_stuffing_is_counted_over_midnight() {
    let evening = LATE + 20 * HOUR;
    let attempt = |n: u64| {
        let (at, network) = (evening + n * 300, 300 + n as u16 / 2);
        from(network, logs_in(from(network, call(at, 0, LOGIN)), 700 + n, 900 + n, false))
    };
    let told = ended(NAMES, users().into_iter().chain((0..60).map(attempt)).collect());
    let stuffing = told.iter().find(|finding| finding.detector == "credential-stuffing").unwrap();
    assert!(evening + 59 * 300 > LATE + DAY, "it goes on after midnight");
    let strange = stuffing.observed.iter().find(|fact| fact.name == "strange_accounts").unwrap();
    assert!(strange.value >= 55.0, "{strange:?}");
    assert!(strange.text.ends_with("accounts that never succeeded here failed"), "{strange:?}");
}

#[test]
fn credential_stuffing_spread_over_days_is_told_after_another_one() {
    let attempt =
        |at, account, network| from(network, logs_in(from(network, call(at, 0, LOGIN)), account, account, false));
    let later = |call: Call| Call { at: call.at + LATE, ..call };
    // Sixteen days with up to three names mistyped, one with nine, and one with a list tried from eight addresses.
    let mut past: Vec<Call> = users().into_iter().chain(users().into_iter().map(later)).collect();
    past.extend((0..48).filter(|n| n % 3 <= n / 3 % 4).map(|n| attempt(n / 3 * DAY + 9 * HOUR + n, 700 + n, n as u16)));
    past.extend((0..8).map(|n| attempt(2 * DAY + 11 * HOUR + n, 800 + n, n as u16)));
    past.extend((0..240).map(|n| attempt(5 * DAY + 10 * HOUR + n * 20, 1_000 + n, 400 + n as u16 / 30)));
    past.sort_by_key(|call| call.at);
    let told = |a_day: u64| {
        let list = (0..2 * a_day).map(|n| attempt(2 * LATE + n * (DAY / a_day), 2_000 + n, 600 + n as u16));
        let told = findings_over_time(NAMES, past.iter().cloned().chain(list).collect(), 30);
        let told = told.iter().filter(|told| told.detector == "credential-stuffing").map(|told| told.id);
        told.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(told(80), 2, "eighty names a day for two days");
    assert_eq!(told(12), 1, "some more mistyped names than usual");
}

/// An account is made, by that client on that network; with a password, or as a guest.
fn signs_up(at: u64, network: u16, account: u64, password: bool) -> Call {
    let mut signals = vec![(SignalKind::Account, "email", account << 20 | 5)];
    signals.extend(password.then_some((SignalKind::Secret, "password", account << 20 | 7)));
    let call = from(network, call(at, 7_000 + u64::from(network), CART));
    Call { signals, status: 201, kind: IdentityKind::Address, ..call }
}

#[test]
fn account_creation() {
    // So many people a day sign up, each on an own network.
    let people = |a_day: u64, password| {
        let one = move |n: u64| signs_up(n * DAY / a_day + 60, 1_000 + n as u16, 10_000 + n, password);
        (0..a_day * DAYS).map(one)
    };
    let farm = |clients: u64, each: u64, password| {
        let one = move |n: u64| signs_up(LATE + n * 400, 500 + (n % clients) as u16, 90_000 + n, password);
        (0..clients * each).map(one)
    };
    let again = (0..15).map(|n| signs_up(LATE - HOUR + n, 480, 80_000, true));
    stories(
        "account-creation",
        vec![
            ("three clients with eight accounts each", true, people(4, true).chain(farm(3, 8, true)).collect()),
            ("on a busy site", true, people(90, true).chain(farm(4, 30, true)).collect()),
            (
                "after one that was sent again and again",
                true,
                people(4, true).chain(again).chain(farm(3, 8, true)).collect(),
            ),
            ("guests who order", false, people(4, false).chain(farm(3, 8, false)).collect()),
            ("two at home", false, people(4, true).chain(farm(9, 2, true)).collect()),
            ("a site of few days", false, farm(3, 8, true).collect()),
        ],
    );
}

fn coupon_code(at: u64, who: u64, secret: u64, status: u16) -> Call {
    Call { status, signals: vec![(SignalKind::Secret, "coupon", secret << 20 | 1)], ..call(at, who, COUPON) }
}

#[test]
fn secret_guessing() {
    let code = coupon_code;
    stories(
        "secret-guessing",
        vec![
            ("one code after another", true, (0..40).map(|n| code(LATE + n * 9, 3, n, 404)).collect()),
            ("eight codes an evening for a week", true, {
                let evening = |day: u64| (0..8).map(move |n| code(LATE + day * DAY + n * 60, 3, day * 8 + n, 404));
                (0..6).flat_map(evening).collect()
            }),
            ("three wrong codes on some evenings", false, {
                let evening = |day: u64| (0..3).map(move |n| code(LATE + day * DAY + n * 60, 3, day * 8 + n, 404));
                [0, 1, 4].into_iter().flat_map(evening).collect()
            }),
            ("one code, again and again", false, (0..40).map(|n| code(LATE + n * 9, 3, 7, 404)).collect()),
            ("many people with a wrong one", false, (0..40).map(|n| code(LATE + n * 9, n % 14, n, 404)).collect()),
            ("one after another, where 500 refuses", true, (0..60).map(|n| code(LATE + n * 9, 3, n, 500)).collect()),
            ("an outage", false, (0..60).map(|n| code(LATE + n * 9, n % 16, n % 32, 500)).collect()),
            (
                "a partner's program in an outage",
                false,
                (0..60).map(|n| Call { kind: IdentityKind::ApiKey, ..code(LATE + n * 9, 900, n, 500) }).collect(),
            ),
        ],
    );
}

/// A code for an account without a credential: of a forgotten password, of a second factor.
fn resets(at: u64, network: u16, account: u64, secret: u64, status: u16) -> Call {
    let signals =
        vec![(SignalKind::Account, "email", account << 20 | 1), (SignalKind::Secret, "otp", secret << 20 | 3)];
    let call = from(network, call(at, 6_000 + u64::from(network), COUPON));
    Call { status, signals, kind: IdentityKind::Address, ..call }
}

#[test]
fn codes_of_one_account_are_guessed_where_500_refuses_and_an_outage_guesses_none() {
    stories(
        "secret-guessing",
        vec![
            ("a forgotten password", true, (0..80).map(|n| resets(LATE + n * 9, 90, 7, n, 500)).collect()),
            ("an owner who mistypes", false, (0..6).map(|n| resets(LATE + n * 9, 90, 7, n, 500)).collect()),
            // Each of forty people behind one address asks for three codes.
            ("an outage", false, (0..120).map(|n| resets(LATE + n * 9, 90, n % 40, n, 500)).collect()),
        ],
    );
}

#[test]
fn objects_in_a_path_are_codes_only_when_they_are_refused() {
    let read = |at, n: u64, status| Call { object: n, secrets_in: ParamPlace::Path, ..coupon_code(at, 3, n, status) };
    stories(
        "secret-guessing",
        vec![
            ("staff that reads all coupons", false, (0..60).map(|n| read(LATE + n * 9, n, 200)).collect()),
            ("codes that nobody has", true, (0..60).map(|n| read(LATE + n * 9, n, 404)).collect()),
        ],
    );
}

/// The number of a rule.
fn rule(name: &str) -> u64 {
    model::payload::rules().iter().position(|rule| rule.name == name).unwrap() as u64
}

fn payload(at: u64, who: u64, field: &'static str, name: &str) -> Call {
    Call { signals: vec![(SignalKind::Payload, field, rule(name))], ..call(at, who, ORDER) }
}

#[test]
fn payloads_of_every_family() {
    for (detector, certain, strong) in [
        ("injection", "sql-union", "script-tag"),
        ("path-traversal", "path-climb", "path-file"),
        ("jndi-lookup", "jndi-lookup", "jndi-lookup"),
        ("server-side-request-forgery", "ssrf-metadata", "ssrf-internal"),
    ] {
        // Three others send the like under that name, day after day.
        let usual =
            || (0..4).flat_map(move |day| (0..4).map(move |who| payload(day * DAY + who * 60, who, "text", strong)));
        let told = |calls: Vec<Call>| {
            let told = findings(NAMES, users().into_iter().chain(calls).collect());
            told.into_iter().filter(|told| told.subject.addresses == ["203.0.9.7"]).collect::<Vec<_>>()
        };
        let first = told(vec![payload(LATE, 9, "q", certain)]);
        assert_eq!(first.len(), 1, "{detector}: {first:?}");
        // A path may climb by mistake.
        let alone = if detector == "path-traversal" { Severity::Low } else { Severity::Medium };
        assert_eq!((first[0].detector.as_ref(), first[0].severity), (detector, alone));
        let at_work = |call: Call| Call { inside: true, ..call };
        let inside = told(vec![at_work(payload(LATE, 9, "q", certain))]);
        assert_eq!(inside[0].severity, Severity::Low, "{detector}: a scanner of one's own");
        if strong != certain {
            let one = told(vec![payload(LATE, 9, "q", strong)]);
            assert_eq!((one.len(), one[0].severity), (1, Severity::Low), "{detector}: not usual under that name");
            let some = (0..3).map(|n| payload(LATE + n * HOUR, 9, "q", strong));
            let some = ended(NAMES, users().into_iter().chain(some).collect());
            assert!(some.iter().any(|told| told.severity == Severity::Medium), "{detector}: no mistake");
            let calls = usual().chain([payload(LATE, 9, "text", strong)]).collect();
            assert!(told(calls).is_empty(), "{detector}: usual under that name");
        }
    }
}

#[test]
fn weak_payloads_are_told_together_and_proofs_at_once() {
    let weak = |n: u64, field| payload(LATE + n, 3, field, "sql-open-quote");
    let fields = ["a", "b", "c", "d"];
    let some = |n: usize| (0..).zip(fields).take(n).map(|(at, field)| weak(at, field)).collect();
    stories(
        "injection",
        vec![
            ("quotes in four places", true, some(4)),
            ("quotes in two places", false, some(2)),
            ("a name with a quote, again and again", false, (0..30).map(|n| weak(n, "a")).collect()),
        ],
    );
    let mut proved = payload(LATE, 3, "q", "sql-tautology");
    proved.signals.push((SignalKind::Proof, "", rule("sql-error")));
    let told = findings(NAMES, users().into_iter().chain([proved]).collect());
    assert_eq!(told.iter().map(|told| told.severity).collect::<Vec<_>>(), [Severity::High]);
}

#[test]
fn value_range() {
    let sends = |at, who, numbers| Call { numbers, ..call(at, who, CART) };
    let told = |numbers| [buyers(), vec![sends(LATE, 3, numbers)]].concat();
    let refused = |at, who| Call { status: 422, ..sends(at, who, &[("/quantity", -3)]) };
    let new_rule = (0..6).map(|who| sends(LATE + who * 9, who, &[("/quantity", -3)]));
    let events = detectors(NAMES, [users(), buyers(), new_rule.collect()].concat());
    assert_eq!(events, ["value-range"], "what several send is usual from the third on, and the first were told");
    stories(
        "value-range",
        vec![
            ("a negative quantity", true, told(&[("/quantity", -3), ("/price", 5)])),
            ("nothing for it: few callers for so little", false, told(&[("/quantity", 3), ("/price", 1)])),
            ("a refused attempt", false, [buyers(), vec![refused(LATE, 3)]].concat()),
            ("a new field", false, told(&[("/refund", -5)])),
            ("a place in the other half of the world", false, told(&[("/to/lon", -5)])),
            ("a negative id", false, told(&[("/item_id", -3)])),
        ],
    );
}

#[test]
fn skipped_step() {
    let skips =
        |times: u64, who: u64| (0..times).flat_map(move |n| buys(LATE + n * HOUR, who, false)).collect::<Vec<_>>();
    let released = (0..USERS).flat_map(|who| buys(LATE + who * 600, who, false)).collect();
    let late =
        (0..3).flat_map(|n| {
            let at = LATE + n * 9 * HOUR;
            [call(at, 3, PAY), Call { query: Some([3, 1, 1]), ..call(at + 4 * HOUR, 3, GRAPH) }]
                .into_iter()
                .chain(buys(at + 5 * HOUR, 3, false))
        });
    let late = late.collect();
    let elsewhere = (0..3).map(|n| call(LATE + n * 60, 90, BUY)).collect();
    stories(
        "skipped-step",
        vec![
            ("purchases that are never paid", true, [buyers(), skips(3, 3)].concat()),
            ("one of them", false, [buyers(), skips(1, 3)].concat()),
            ("a payment that waits for its purchase", false, [buyers(), late].concat()),
            ("a release without that step", false, [buyers(), released].concat()),
            ("a caller whose past is not known", false, [buyers(), elsewhere].concat()),
        ],
    );
}
