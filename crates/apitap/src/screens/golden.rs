//! Golden screens at 80 and 120 columns and in a pipe; `APITAP_BLESS=1` writes what is seen as expected.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use capture::source::{Damage, DamageKind};
use model::endpoint::{ParamRecord, Quantiles};
use model::finding::{FindingState, Subject};
use model::record::{Totals, Trailer};
use model::{
    EndpointRecord, Evidence, Fact, Finding, Id, IdentityKind, PacketTime, ParamPlace, Severity, ValueClass, Zone,
};

use super::groups::{GroupBy, grouped};
use super::ids::Ids;
use super::look::Look;
use super::tags::Age;
use super::{Screen, diff, endpoint, explain, findings, inventory, summary};
use crate::actors::Actors;

const START: u64 = 1_772_438_400;

fn at(seconds: u64) -> PacketTime {
    PacketTime::from_parts(START + seconds, 0)
}

fn counts<const N: usize>(pairs: [(&str, u64); N]) -> BTreeMap<String, u64> {
    pairs.map(|(name, n)| (name.to_owned(), n)).into()
}

fn trailer() -> Trailer {
    Trailer {
        counters: counts([
            ("frames.seen", 5_120_334),
            ("payload.accepted", 3_600_000_000),
            ("payload.duplicate", 40_000_000),
            ("payload.delivered.http1", 3_200_000_000),
            ("payload.unparsed.tls", 350_000_000),
            ("payload.missing", 9_000_000),
        ]),
        first_at: at(0),
        last_at: at(4_330),
        totals: Totals {
            transactions: 612_480,
            whole: 612_000,
            noise: 480,
            services: 3,
            endpoints: 47,
            identities: 1_204,
            findings: 2,
        },
        anomalies: Vec::new(),
    }
}

fn orders() -> EndpointRecord {
    EndpointRecord {
        id: Id::of("endpoint", &[b"orders"]),
        service: "api.shop.example".into(),
        method: "GET".into(),
        template: "/v1/warehouses/{int}/orders/{int}/positions/{int}/labels".into(),
        confidence: 0.98,
        evidence: vec!["1912 distinct values".into(), "numbers only".into()],
        first_at: at(1),
        last_at: at(4_300),
        count: 212_345,
        statuses: [(200, 206_100), (404, 6_145), (0, 100)].into(),
        auth: counts([("bearer", 212_300), ("none", 45)]),
        unauthenticated_successes: 18,
        callers: 980,
        request_bytes: 0,
        response_bytes: 233_000_000,
        response_types: counts([("application/json", 206_100)]),
        params: vec![
            ParamRecord {
                name: "segment-2".into(),
                place: ParamPlace::Path,
                count: 212_345,
                required: true,
                classes: [(ValueClass::Int, 212_345)].into(),
                range: Some((1, 998_021)),
                stray: false,
                data: None,
            },
            ParamRecord {
                name: "\u{1b}[31mq".into(),
                count: 7,
                classes: [(ValueClass::Word, 4), (ValueClass::Int, 3)].into(),
                ..ParamRecord::default()
            },
        ],
        anomalies: counts([("http.path_trick", 3)]),
        zones: [(Zone::Internal, 200_000), (Zone::External, 12_345)].into(),
        clients: counts([("okhttp", 200_000), ("curl", 12_345)]),
        hours: [(8, 100_000), (9, 112_000), (33, 345)].into(),
        latency: Some(Quantiles { count: 206_100, p50: 12_000_000, p90: 41_000_000, p99: 390_000_000 }),
        size: Some(Quantiles { count: 206_100, p50: 1_000, p90: 1_100, p99: 4_000 }),
        ..EndpointRecord::default()
    }
}

fn hostile() -> EndpointRecord {
    EndpointRecord {
        id: Id::of("endpoint", &[b"hostile"]),
        service: "10.0.0.7:8080".into(),
        method: "GET".into(),
        template: "/\u{1b}[2J\u{202e}<script>/{str}".into(),
        count: 41,
        callers: 1,
        auth: counts([("none", 41)]),
        unauthenticated_successes: 41,
        last_at: at(60),
        ..EndpointRecord::default()
    }
}

fn enumeration() -> Finding {
    let evidence = |n: u64| Evidence {
        tx: Id::of("tx", &[&[n as u8]]),
        at: at(2_463 + n),
        frame: 1_204_110 + 56 * n,
        last_frame: 1_204_112 + 56 * n,
        note: String::new(),
        excerpt: format!("GET /v1/orders/{} → 200, 1.1 KB", 880_021 + n),
    };
    let fact = |name: &'static str, value: f64, text: &str| Fact { name: name.into(), value, text: text.into() };
    Finding {
        id: Id::of("finding", &[b"enumeration"]),
        detector: "object-enumeration".into(),
        detector_version: 1,
        state: FindingState::Closed,
        subject: Subject {
            kind: "identity_endpoint".into(),
            identity: Some(Id::of("token", &[b"t"])),
            identity_kind: Some(IdentityKind::Token),
            endpoint: Some(orders().id),
            endpoint_name: "GET api.shop.example/v1/orders/{int}".into(),
            addresses: vec!["203.0.113.7".into(), "203.0.113.9".into()],
            ..Subject::default()
        },
        severity: Severity::High,
        confidence: 0.94,
        title: "1,912 order numbers in sequence; this token's usual: 4 a day".into(),
        first_at: at(2_463),
        last_at: at(3_310),
        count: 1_912,
        expected: vec![fact(
            "objects_an_hour",
            9.0,
            "at most 9 distinct objects an hour, learned from 26 days, 1,840 calls of this token",
        )],
        observed: vec![
            fact("objects", 1_912.0, "1,912 distinct objects in 14 min"),
            fact("ascending", 0.999, "99.9 % ascending by 1"),
        ],
        peers: vec![fact("peers_above", 0.0, "0 of 979 other callers above 31")],
        ruled_out: vec!["a deploy: the template is unchanged for 40 days".into()],
        evidence: (0..6).map(evidence).collect(),
        coverage: 0.992,
        owasp: vec!["API1:2023".into()],
        cwe: vec!["CWE-639".into()],
        attack: vec!["T1190".into()],
        next: "check that the handler compares the order's owner with the token".into(),
        doc: "detectors/object-enumeration.md".into(),
    }
}

fn flood() -> Finding {
    Finding {
        id: Id::of("finding", &[b"flood"]),
        detector: "request-flood".into(),
        state: FindingState::Open,
        subject: Subject {
            kind: "identity".into(),
            identity: Some(Id::of("address", &[b"a"])),
            identity_kind: Some(IdentityKind::Address),
            addresses: vec!["198.51.100.23".into()],
            ..Subject::default()
        },
        severity: Severity::Medium,
        confidence: 0.8,
        title: "12,000 requests a minute; usual for an address: 30".into(),
        first_at: at(180),
        last_at: at(900),
        ..Finding::default()
    }
}

fn looks() -> [(&'static str, Look); 4] {
    let colour = Look { colour: true, ..Look::terminal(120) };
    [("80", Look::terminal(80)), ("120", Look::terminal(120)), ("120-colour", colour), ("pipe", Look::pipe())]
}

/// Compares with the file of that name, or writes it.
fn compare(name: &str, seen: &str) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens").join(format!("{name}.txt"));
    if std::env::var_os("APITAP_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, seen).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if expected == seen { Ok(()) } else { Err(format!("{} differs; seen:\n{seen}", path.display())) }
}

fn check(name: &str, screen: impl Fn(&Look) -> String) {
    let mut wrong = Vec::new();
    for (width, look) in looks() {
        let seen = screen(&look);
        let steering = seen
            .chars()
            .any(|c| super::text::steers(c) && !matches!(c, '\n' | '\t') && !(look.colour && c == '\u{1b}'));
        assert!(!steering, "{name} at {width} steers the terminal:\n{seen}");
        if let (Some(columns), false) = (look.width, look.colour) {
            assert!(seen.lines().all(|line| line.chars().count() <= columns), "{name} at {width} is too wide:\n{seen}");
        }
        wrong.extend(compare(&format!("{name}-{width}"), &seen).err());
    }
    assert!(wrong.is_empty(), "APITAP_BLESS=1 accepts:\n{}", wrong.join("\n"));
}

#[test]
fn the_summary_of_a_run() {
    let (trailer, top) = (trailer(), [enumeration(), flood()]);
    let damage = [Damage {
        path: PathBuf::from("shop.pcapng"),
        offset: 4_000_000_000,
        frame: 5_120_334,
        kind: DamageKind::CutInsideFrame,
        bytes_lost: 812,
    }];
    let run = summary::Run {
        trailer: &trailer,
        severities: &[(Severity::Medium, 1), (Severity::High, 1)],
        top: &top,
        damage: &damage,
        bytes: 4_000_000_000,
        elapsed: Duration::from_millis(9_800),
        wrote: Some(Path::new("shop.findings")),
        wrote_bytes: Some(38_400),
        is_state: false,
        has_baseline: false,
        stopped: false,
    };
    check("summary", |look| summary::text(&run, look));
    let warnings: Vec<String> = summary::warnings(&run).iter().map(ToString::to_string).collect();
    compare("summary-warnings", &warnings.join("\n")).unwrap();
}

#[test]
fn a_run_that_found_nothing_says_why() {
    let mut trailer = Trailer { first_at: at(0), last_at: at(0), ..Trailer::default() };
    trailer.counters =
        counts([("frames.seen", 40), ("payload.accepted", 41_200_000), ("payload.unparsed.tls", 41_200_000)]);
    let run = summary::Run {
        trailer: &trailer,
        severities: &[],
        top: &[],
        damage: &[],
        bytes: 42_000_000,
        elapsed: Duration::from_millis(90),
        wrote: Some(Path::new("x.findings")),
        wrote_bytes: None,
        is_state: false,
        has_baseline: false,
        stopped: false,
    };
    check("summary-blind", |look| summary::text(&run, look));
    assert_eq!(summary::verdict(&run, false, false).unwrap_err().code, "E210");
    assert!(summary::verdict(&run, false, true).is_ok());
}

#[test]
fn the_list_of_endpoints() {
    let (orders, hostile, trailer) = (orders(), hostile(), trailer());
    let endpoints = [&orders, &hostile];
    let list = inventory::List {
        endpoints: &endpoints,
        of: 47,
        trailer: &trailer,
        cut: false,
        ids: Ids::default(),
        age: Age::default(),
        wide: false,
    };
    check("inventory", |look| joined(&inventory::screen(&list, look)));
    compare("inventory-markdown", &inventory::as_markdown(&list)).unwrap();
    let wide = inventory::List { wide: true, ..list };
    compare("inventory-wide", &joined(&inventory::screen(&wide, &Look::terminal(80)))).unwrap();
}

#[test]
fn the_differences_of_two_inventories() {
    let mut later = orders();
    later.params.truncate(1);
    later.params.push(ParamRecord {
        name: "/billing/\u{202e}phone".into(),
        place: ParamPlace::Body,
        count: 9,
        classes: [(ValueClass::Phone, 9)].into(),
        ..ParamRecord::default()
    });
    later.latency = Some(Quantiles { count: 206_100, p50: 12_000_000, p90: 390_000_000, p99: 800_000_000 });
    later.unauthenticated_successes = 20_000;
    let ping = EndpointRecord { template: "/v1/legacy/ping".into(), count: 41_000, last_at: at(172_800), ..orders() };
    let ping = EndpointRecord { id: Id::of("endpoint", &[b"ping"]), ..ping };
    let rare =
        EndpointRecord { service: "pay.shop.example".into(), id: Id::of("endpoint", &[b"pay"]), count: 3, ..orders() };
    let side = |name: &str, records: &[EndpointRecord]| diff::Side {
        name: name.into(),
        views: records.iter().map(discovery::diff::View::from).collect(),
        ids: Ids::default(),
        coverage: Some(super::coverage::Coverage::of(&trailer())),
        cut: false,
    };
    let (before, after) = (side("a.findings", &[orders(), ping, rare]), side("b.findings", &[later, hostile()]));
    let changes = discovery::diff::diff(&before.views, &after.views);
    let comparison = diff::Comparison { before, after, changes, moments: None };
    check("diff", |look| joined(&diff::screen(&comparison, look)));
    compare("diff-markdown", &diff::as_markdown(&comparison)).unwrap();
    compare("diff-csv", &diff::as_csv(&comparison)).unwrap();
}

#[test]
fn one_endpoint() {
    let (orders, finding) = (orders(), enumeration());
    check("endpoint", |look| endpoint::screen(&orders, Age::default(), &[&finding], &Ids::default(), look));
}

#[test]
fn the_list_of_findings() {
    let (enumeration, flood, trailer) = (enumeration(), flood(), trailer());
    let probe = Finding {
        id: Id::of("finding", &[b"probe"]),
        detector: "function-probing".into(),
        severity: Severity::Low,
        title: "4 calls to functions of others were refused".into(),
        ..enumeration.clone()
    };
    let all = [enumeration, flood, probe];
    let by = |by: GroupBy, name: &str| {
        let (shown, groups) = grouped(&all.iter().collect::<Vec<_>>(), by, &Actors::of(&all));
        let (findings, groups) = (shown.as_slice(), groups.as_slice());
        let ids = Ids::default();
        let list = findings::List { findings, groups, by, of: 3, acked: (0, 0), trailer: &trailer, cut: true, ids };
        check(name, |look| joined(&findings::screen(&list, look)));
        compare(&format!("{name}-markdown"), &findings::as_markdown(&list)).unwrap();
    };
    by(GroupBy::Actor, "findings");
    by(GroupBy::None, "findings-ungrouped");
}

#[test]
fn empty_lists_say_why() {
    let mut trailer = trailer();
    trailer.totals = Totals { transactions: 9, noise: 9, ..Totals::default() };
    let endpoints = inventory::List {
        endpoints: &[],
        of: 0,
        trailer: &trailer,
        cut: false,
        ids: Ids::default(),
        age: Age::default(),
        wide: false,
    };
    let seen = inventory::screen(&endpoints, &Look::terminal(80));
    assert_eq!(seen.data, "");
    assert!(seen.remarks.contains("Nothing to list: the 9 transactions name no endpoint"), "{}", seen.remarks);
    let findings = findings::List {
        findings: &[],
        groups: &[],
        by: GroupBy::Actor,
        of: 0,
        acked: (0, 0),
        trailer: &trailer,
        cut: false,
        ids: Ids::default(),
    };
    let seen = findings::screen(&findings, &Look::terminal(80));
    assert!(seen.remarks.contains("9 transactions at 0 endpoints were judged and none stood out"), "{}", seen.remarks);
}

#[test]
fn one_finding_with_its_reasons() {
    let (finding, other) = (enumeration(), flood());
    check("explain", |look| explain::screen(&finding, None, &[&other], &Ids::default(), look));
}

fn joined(screen: &Screen) -> String {
    format!("{}---\n{}", screen.data, screen.remarks)
}
