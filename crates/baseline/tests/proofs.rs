//! What shows that an attack succeeded: the server's own connection, its delay, its answer; tokens that it never made; verbs
//! that got what was refused.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that finds nothing there has failed")]

mod support;

use model::contact::{CallOut, Contact, Target, tag};
use model::finding::{Finding, Severity};
use model::flow::{HostPort, mapped};
use model::identity::IdentityKind;
use model::payload::rules;
use model::{SignalKind, Stamp};
use support::story::{Call, DAY, HOUR, address, borne_out, call, findings, time};

const FEED: usize = 0;
const ORDER: usize = 1;
const GRAPH: usize = 2;
const DELETE: usize = 3;
const POST: usize = 4;
const MADE_UP: usize = 5;
const HEAD: usize = 6;
const TRACE: usize = 7;
const PUT: usize = 8;
const NAMES: &[(&str, &str)] = &[
    ("GET", "/v1/feed"),
    ("GET", "/v1/orders/{int}"),
    ("POST", "/graphql"),
    ("DELETE", "/v1/orders/{int}"),
    ("POST", "/v1/orders/{int}"),
    ("JEFF", "/v1/orders/{int}"),
    ("HEAD", "/v1/orders/{int}"),
    ("TRACE", "/v1/feed"),
    ("PUT", "/v1/orders/{int}"),
];
const USERS: u64 = 24;
const DAYS: u64 = 4;
const LATE: u64 = DAYS * DAY;

/// Everybody reads the feed and an order of their own, every day.
fn users() -> Vec<Call> {
    (0..DAYS * USERS)
        .flat_map(|turn| {
            let (at, who) = (turn / USERS * DAY + 9 * HOUR + turn % USERS * 600, turn % USERS);
            [call(at, who, FEED), call(at + 5, who, FEED), call(at + 9, who, ORDER)]
        })
        .collect()
}

fn told(more: Vec<Call>) -> Vec<(String, Severity)> {
    let told = findings(NAMES, users().into_iter().chain(more).collect());
    told.into_iter().map(|told| (told.detector.into_owned(), told.severity)).collect()
}

fn expect(stories: Vec<(&str, &str, Option<Severity>, Vec<Call>)>) {
    for (what, detector, severity, calls) in stories {
        let expected: Vec<_> = severity.map(|severity| (detector.to_owned(), severity)).into_iter().collect();
        assert_eq!(told(calls), expected, "{what}");
    }
}

fn rule(name: &str) -> u64 {
    rules().iter().position(|rule| rule.name == name).unwrap() as u64
}

fn payload(at: u64, who: u64, name: &str) -> Call {
    let call = call(at, who, FEED);
    Call { signals: vec![(SignalKind::Payload, "q", rule(name))], kind: IdentityKind::Address, ..call }
}

/// The server connects to a target of that rule, which `network` named so many seconds before.
fn connects(network: u16, name: &str, later: u64) -> CallOut {
    let evil = mapped([198, 51, 100, 9]);
    let to = HostPort { addr: evil, port: 1389 };
    let stamp = Stamp { frame: 1 << 40, ..Stamp::default() };
    CallOut {
        stamp,
        target: Target { rule: rule(name) as u8, addr: Some(tag(&evil)), port: 1389 },
        caller: address(network),
        contact: Contact { from: mapped([10, 0, 0, 5]), to, at: time(LATE + later), frame: 812 },
        asked_at: time(LATE),
    }
}

#[test]
fn a_connection_that_the_server_opens_makes_an_attempt_a_success() {
    let bears_out = |name, network, out: CallOut| {
        let calls = users().into_iter().chain([payload(LATE, network, name)]).collect();
        borne_out(NAMES, calls, &[out])
    };
    for name in ["jndi-lookup", "ssrf-internal", "xml-entity", "command-chain"] {
        let told: Vec<Finding> = bears_out(name, 9, connects(9, name, 2));
        assert_eq!((told.len(), told[0].severity), (1, Severity::Critical), "{name}");
        let words = "succeeded: the server 10.0.0.5 opened a connection to 198.51.100.9:1389 2.0 s later";
        assert!(told[0].title.ends_with(words), "{}", told[0].title);
        assert!(told[0].confidence > 0.98);
        assert!(told[0].evidence.iter().any(|shown| shown.frame == 812 && shown.excerpt.contains("198.51.100.9:1389")));
    }
    let inside = Call { inside: true, ..payload(LATE, 9, "jndi-lookup") };
    let told = borne_out(NAMES, users().into_iter().chain([inside]).collect(), &[connects(9, "jndi-lookup", 2)]);
    assert_eq!(told[0].severity, Severity::Critical, "success is no part of anybody's work");
    let of_another = bears_out("jndi-lookup", 9, connects(8, "jndi-lookup", 2));
    assert_eq!(of_another[0].severity, Severity::Medium, "the payload of another network");
    let of_another = bears_out("jndi-lookup", 9, connects(9, "ssrf-internal", 2));
    assert_eq!(of_another[0].severity, Severity::Medium, "a payload of another family");
    assert!(borne_out(NAMES, users(), &[connects(9, "jndi-lookup", 2)]).is_empty(), "no payload that was told");
}

#[test]
fn a_delay_that_was_asked_for_proves_it_where_others_do_not_wait() {
    let asks = |at: u64, wait: u32| {
        let mut call = payload(at, 9, "sql-delay");
        call.signals.push((SignalKind::Delay, "", 5_000));
        Call { wait_micros: wait, ..call }
    };
    let busy = || (0..4_000u64).map(|n| call(LATE + HOUR + n * 7, n % USERS, FEED));
    let slow =
        || (0..400u64).map(|n| Call { wait_micros: 6_000_000, ..call(LATE + 9 * HOUR + n * 60, n % USERS, FEED) });
    let last = |calls: Vec<Call>| borne_out(NAMES, users().into_iter().chain(calls).collect(), &[]);
    let injection = |told: Vec<Finding>| told.into_iter().find(|told| told.detector == "injection").unwrap();
    let late = LATE + 20 * HOUR;
    let told = injection(last(busy().chain([asks(late, 5_100_000)]).collect()));
    assert_eq!(told.severity, Severity::High);
    assert!(told.observed.iter().any(|fact| fact.name == "delays" && fact.text.contains("5.1 s for 5.0 s")));
    assert_eq!(injection(last(busy().chain([asks(late, 90_000)]).collect())).severity, Severity::Medium, "no delay");
    let all: Vec<Call> = busy().chain(slow()).chain([asks(late, 5_100_000)]).collect();
    assert_eq!(injection(last(all)).severity, Severity::Medium, "others wait as well");
}

#[test]
fn a_web_token_unlike_those_that_the_service_makes_is_told_where_it_is_shown() {
    const MADE: u64 = 0xaaaa << 20;
    const FORGED: u64 = 0xbbbb << 20;
    let makes = |at, who| Call { signals: vec![(SignalKind::TokenMade, "", MADE)], ..call(at, who, GRAPH) };
    let shows = |at, who, shape| Call { signals: vec![(SignalKind::TokenShown, "t", shape)], ..call(at, who, GRAPH) };
    let service = |made: u64, shown: u64, shape: u64| {
        let made = (0..made).map(move |n| makes(HOUR + n * 60, n % USERS));
        made.chain((0..shown).map(move |n| shows(DAY + n * 60, n % USERS, shape))).collect::<Vec<_>>()
    };
    let with = |base: Vec<Call>, more: Call| base.into_iter().chain([more]).collect::<Vec<_>>();
    let forged = || shows(LATE, 90, FORGED);
    expect(vec![
        ("answered", "token-forging", Some(Severity::High), with(service(40, 90, MADE), forged())),
        ("refused", "token-forging", Some(Severity::Medium), {
            with(service(40, 90, MADE), Call { status: 400, ..forged() })
        }),
        ("as it makes them", "", None, with(service(40, 90, MADE), shows(LATE, 90, MADE))),
        ("a service that makes none", "", None, with(service(0, 90, MADE), forged())),
        ("a service that seldom makes any", "", None, with(service(9, 90, MADE), forged())),
        ("tokens made elsewhere are usual there", "", None, with(service(40, 90, 0xcccc << 20), forged())),
        ("seldom shown", "", None, with(service(40, 9, MADE), forged())),
    ]);
}

#[test]
fn a_verb_that_gets_what_was_refused_is_told() {
    let anonymous = |call: Call| Call { kind: IdentityKind::Address, who: 700, network: 77, ..call };
    let at = |n: u64, who: u64, endpoint| Call { object: 5, ..call(LATE + n, who, endpoint) };
    let refused = |n, endpoint| Call { status: 403, ..at(n, 30, endpoint) };
    let instead = |call: Call| Call { signals: vec![(SignalKind::Override, "DELETE", 1)], ..call };
    // Somebody else may do each of it, so that no endpoint is new.
    let usual = || [DELETE, POST, MADE_UP, HEAD].map(|endpoint| call(HOUR, 1, endpoint));
    let with = |more: Vec<Call>| usual().into_iter().chain(more).collect::<Vec<_>>();
    let always = || (0..4).map(move |n| instead(call(HOUR + n, n, POST)));
    let tampering = "verb-tampering";
    expect(vec![
        ("an override", tampering, Some(Severity::High), with(vec![refused(0, DELETE), instead(at(9, 30, POST))])),
        ("a made-up verb", tampering, Some(Severity::High), with(vec![refused(0, ORDER), at(9, 30, MADE_UP)])),
        ("HEAD for GET", tampering, Some(Severity::Medium), with(vec![refused(0, ORDER), at(9, 30, HEAD)])),
        ("a verb the path never had", tampering, Some(Severity::Medium), with(vec![refused(0, ORDER), at(9, 30, PUT)])),
        ("without credentials", tampering, Some(Severity::High), {
            let denied = Call { status: 401, ..at(0, 30, DELETE) };
            with(vec![anonymous(denied), anonymous(instead(at(9, 30, POST)))])
        }),
        ("TRACE", tampering, Some(Severity::Low), vec![at(0, 30, TRACE)]),
        ("an override out of the blue", tampering, Some(Severity::Low), with(vec![instead(at(9, 30, POST))])),
        ("may read, and not delete", "", None, with(vec![refused(0, DELETE), at(9, 30, ORDER)])),
        ("another object", "", None, { with(vec![refused(0, ORDER), Call { object: 6, ..at(9, 30, MADE_UP) }]) }),
        ("another identity", "", None, with(vec![refused(0, ORDER), Call { network: 30, ..at(9, 31, MADE_UP) }])),
        ("after a log-in", "", None, with(vec![Call { status: 401, ..at(0, 30, ORDER) }, at(9, 30, MADE_UP)])),
        ("the next day", "", None, with(vec![refused(0, ORDER), at(DAY, 30, MADE_UP)])),
        ("a proxy that lets no DELETE pass", "", None, {
            let denied = Call { status: 405, ..at(0, 30, DELETE) };
            with(always().chain([denied, instead(at(9, 30, POST))]).collect())
        }),
    ]);
}
