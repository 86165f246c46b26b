//! Who reaches what they should not: stories that are told, and those that must stay silent.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that finds nothing there has failed")]

mod support;

use model::SignalKind;
use model::identity::IdentityKind;
use support::story::{Call, DAY, HOUR, call, detectors};

const FEED: usize = 0;
const BAN: usize = 1;
const EXPORT: usize = 2;
const PROFILE: usize = 3;
const PASSWORD: usize = 4;
const REMOVE: usize = 5;
const ERASE: usize = 6;
const RESET: usize = 7;
const NAMES: &[(&str, &str)] = &[
    ("GET", "/v1/feed"),
    ("POST", "/v1/admin/users/{int}/ban"),
    ("GET", "/internal/export"),
    ("PATCH", "/v1/me"),
    ("PUT", "/v1/users/{int}/password"),
    ("DELETE", "/v1/posts/{int}"),
    ("DELETE", "/v1/admin/posts/{int}"),
    ("POST", "/v1/reset-password"),
];

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

/// What is told of these detectors when users do what they do and `more` is done.
fn told(more: impl IntoIterator<Item = Call>) -> Vec<String> {
    let of = ["function-level-access", "function-probing", "mass-assignment", "stolen-credential", "object-write"];
    let mut told = detectors(NAMES, users().into_iter().chain(more).collect());
    told.retain(|id| of.contains(&id.as_str()));
    told
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
fn of_what_privileges_destroy_few_calls_of_staff_inside_are_enough() {
    let staff = |n: u64, endpoint| {
        (0..n).map(move |i| Call { inside: true, object: 70 + i, ..call(i * 11 * HOUR, 90 + i % 3, endpoint) })
    };
    let strange = |endpoint| (0..3).map(move |i| Call { object: 170 + i, ..call(LATE + i * 60, 5, endpoint) });
    assert_eq!(told(staff(16, ERASE).chain(strange(ERASE))), ["function-level-access"]);
    assert!(told(staff(16, BAN).chain(strange(BAN))).is_empty(), "it destroys nothing");
    assert!(told(staff(16, REMOVE).chain(strange(REMOVE))).is_empty(), "its name says nothing of staff");
    assert!(told(staff(6, ERASE).chain(strange(ERASE))).is_empty(), "hardly anything is known");
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
fn functions_with_ordinary_names_count_less_when_only_one_is_refused_there() {
    const DESKS: [(&str, &str); 10] = [
        ("GET", "/v1/rotas"),
        ("GET", "/v1/employees"),
        ("GET", "/v1/runs"),
        ("GET", "/v1/reports"),
        ("GET", "/v1/contracts"),
        ("GET", "/v1/budgets"),
        ("GET", "/v1/vacancies"),
        ("GET", "/v1/audits"),
        ("GET", "/v1/teams"),
        ("GET", "/v1/plans"),
    ];
    let work = || (0..12 * 21).map(|turn| call(turn / 21 * DAY + turn % 21 * 60, turn % 21, turn as usize % 10));
    let tries = |n: usize, who: u64| (0..n).map(move |at| Call { status: 403, ..call(LATE + at as u64 * 60, who, at) });
    let told = |more: Vec<Call>| detectors(&DESKS, work().chain(more).collect());
    assert_eq!(told(tries(10, 90).collect()), ["function-probing"]);
    assert!(told(tries(4, 90).collect()).is_empty(), "a page of somebody with few rights");
    let release = (0..9_u64).flat_map(|n| (0..10).map(move |at| (LATE + n * 600 + at, 90 + n, at as usize)));
    let release = release.map(|(at, who, desk)| Call { status: 403, ..call(at, who, desk) });
    assert!(
        !told(release.collect()).contains(&"function-probing".to_owned()),
        "a page that all may open and few may read"
    );
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
    let roams = (0..12).map(|day| Call { network: 100 + day as u16, ..call(day * DAY + 19 * HOUR, 5, FEED) });
    assert!(told(roams.chain(used(200, 0))).is_empty(), "one who is elsewhere each day, with a client of many");
    let release = (0..40).map(|who| Call { client: 99, ..call(LATE + who, who, FEED) });
    assert!(told(release).is_empty(), "a release");
}

#[test]
fn a_refresh_token_shown_in_two_places_is_stolen() {
    // Each is handed another access token for the one refresh token; the owner has a new network every third day.
    let asks = |call: Call| Call { signals: vec![(SignalKind::Refresh, "refreshToken", 0xabc << 20 | 1)], ..call };
    let owner = |at: u64, network| asks(Call { network, credential: 8_000 + at as u32, ..call(at, 60, FEED) });
    let days = || (0..15).map(move |day| owner(day * DAY + 8 * HOUR, 60 + (day / 3) as u16));
    let thief = |call: Call| Call { network: 200, client: 99, ..call };
    let late = || (0..3).map(|n| asks(call(LATE + n * HOUR, 60, FEED))).map(thief);
    assert_eq!(told(days().chain(late())), ["stolen-credential"]);
    let signs_in = late().map(|call| Call { signals: Vec::new(), credential: 9_000, ..call });
    assert!(told(days().chain(signs_in)).is_empty(), "who signs in from a new place");
}

#[test]
fn a_partner_that_is_let_in_is_no_thief_and_a_token_in_a_common_browser_is_one() {
    let partner = |who: u64| {
        (0..9).map(move |i| Call {
            network: 200,
            client: 99,
            credential: 7_000 + who as u32,
            ..call(LATE + i * 1_800, who, FEED)
        })
    };
    assert!(told((0..12).flat_map(partner)).is_empty(), "from the first customer on");
    let at = |network, client| (0..5).map(move |i| Call { network, client, ..call(LATE + i * 60, 5, FEED) });
    assert_eq!(told(at(200, 0)), ["stolen-credential"], "a client of twenty others, with the token of the home");
    let fresh = at(200, 0).map(|call| Call { credential: 7_000, ..call });
    assert!(told(fresh).is_empty(), "a second device signs in");
}

#[test]
fn objects_of_others_changed_under_another_name_are_told_and_shared_work_is_not() {
    let names: &[(&str, &str)] = &[("POST", "/v1/orders/{int}/pay"), ("POST", "/v1/orders/{int}/cancel")];
    let pays = |day: u64, who: u64| Call { object: day * 100 + who, ..call(day * DAY + 9 * HOUR + who * 60, who, 0) };
    let all = || (0..6).flat_map(move |day| (0..20).map(move |who| pays(day, who)));
    let late = 6 * DAY + 9 * HOUR;
    let cancel = |who: u64, object: u64| Call { object, ..call(late + object, who, 1) };
    let told = |more: Vec<Call>| detectors(names, all().chain(more).collect());
    let first = || (0..6).map(|n| Call { object: n * 100 + n, ..call(n * DAY + 10 * HOUR, n, 1) });
    assert!(told(first().collect()).is_empty(), "some cancel their own");
    let robs = (0..8).map(|n| cancel(3, 200 + 4 + n));
    assert!(told(first().chain(robs).collect()).contains(&"foreign-write".to_owned()));
    let own = (0..6).map(|day| cancel(3, day * 100 + 3));
    assert!(!told(first().chain(own).collect()).contains(&"foreign-write".to_owned()));
    let shared = (0..5).flat_map(|day| {
        (0..20).map(move |who| Call { object: day * 100 + (who + day + 1) % 20, ..call(day * DAY + 12 * HOUR, who, 0) })
    });
    let team = shared.chain((0..8).map(|n| cancel(3, 500 + 4 + n)));
    assert!(
        !told(first().chain(team).collect()).contains(&"foreign-write".to_owned()),
        "all work on what others began"
    );
}

#[test]
fn an_office_that_comes_later_may_be_of_the_group_when_a_cookie_says_who_is_there() {
    let works = |from: u64, network: u16, cookie: &'static str| {
        (from * 24..11 * 24).filter(|hour| hour % 24 > 7 && hour % 24 < 20).map(move |hour| Call {
            kind: IdentityKind::Address,
            object: hour,
            network,
            cookie,
            ..call(hour * HOUR, 6_000 + u64::from(network), BAN)
        })
    };
    let offices = |cookie: &'static str| told(works(0, 300, cookie).chain(works(9, 301, cookie)));
    assert_eq!(offices(""), ["function-level-access"]);
    assert!(offices("_shop_ops").is_empty());
}

#[test]
fn changes_of_objects_of_others_are_told() {
    let writes = |n: u64| (0..n).map(|i| Call { object: 50 + i, ..call(LATE + i * 60, 5, PASSWORD) });
    assert_eq!(told(writes(3)), ["object-write"]);
    assert!(told(writes(1)).is_empty());
    let refused = writes(9).map(|write| Call { status: 403, ..write });
    assert!(told(refused).iter().all(|id| id != "object-write"));
}

/// Sets the password of an account that the body names.
fn resets(at: u64, who: u64, account: u64) -> Call {
    let signals =
        vec![(SignalKind::Account, "email", account << 20 | 1), (SignalKind::Secret, "password", at << 20 | 3)];
    Call { signals, ..call(at, who, RESET) }
}

#[test]
fn passwords_of_accounts_that_a_body_names_are_told_where_others_set_their_own() {
    let own = || (0..30).map(|who| resets(9 * DAY + who * 600, who, who));
    assert!(told(own()).is_empty());
    let more = |accounts: u64| own().chain((0..accounts).map(|n| resets(LATE + n * 600, 5, 10 + n)));
    assert_eq!(told(more(5)), ["object-write"]);
    assert!(told(more(1)).is_empty(), "the account of somebody near");
    let again = (0..9).map(|n| resets(LATE + n * 600, 5, 5));
    assert!(told(own().chain(again)).is_empty(), "the own one, again and again");
    let logs_in = more(5).map(|mut call| {
        call.signals.push((SignalKind::Issued, "", 9));
        call
    });
    assert!(told(logs_in).is_empty(), "several who log in at one device");
    let desk = (0..120).map(|n| resets(9 * DAY + n * 60, n % 12, 100 + n));
    assert!(told(desk).is_empty(), "a help desk");
}
