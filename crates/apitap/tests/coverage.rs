//! What of each service is read, hour by hour; a service that can no longer be read is told, and one that never could is not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use make_fixtures::conversation::{Conversation, Cut, merge};
use make_fixtures::pcap::{Format, write_pcap};
use make_fixtures::{Packet, http, tls};
use serde_json::Value;
use support::Installation;

const HOUR: u64 = 3_600_000_000_000;

/// How a service is spoken to in an hour.
#[derive(Clone, Copy)]
enum Way {
    /// In clear, with answers of so many bytes.
    Clear(usize),
    /// Over TLS.
    Tls(usize),
    /// Something else on its port.
    Other(usize),
}
use Way::{Clear, Other, Tls};

/// A connection for each hour and service.
fn capture(hours: &[&[(&str, Way)]]) -> Vec<u8> {
    let mut talks: Vec<Vec<Packet>> = Vec::new();
    for (hour, services) in (0_u64..).zip(hours) {
        for (n, (name, way)) in (0_u8..).zip(*services) {
            let (client, server) = ([10, 0, 0, 1], [10, 0, 1, n]);
            let port = 40_000 + hour as u16;
            let mut talk = match *way {
                Clear(bytes) => Conversation::new((client, port), (server, 80))
                    .client(http::request("GET", "/v1/orders", name, &[], b""))
                    .server(http::response(200, &[("Content-Type", "application/json")], &vec![b'7'; bytes])),
                Tls(bytes) => Conversation::new((client, port), (server, 443))
                    .client(tls::client_hello(name))
                    .server([tls::server_hello(), tls::application_data(bytes)].concat()),
                Other(bytes) => Conversation::new((client, port), (server, 9_000))
                    .client(b"\x00\x01hello".to_vec())
                    .server((0..bytes).map(|at| (at % 251) as u8 | 0x80).collect::<Vec<u8>>()),
            };
            talk.start_ns += hour * HOUR + u64::from(n) * 1_000_000_000;
            talks.push(talk.packets(&Cut::default()));
        }
    }
    write_pcap(&Format::default(), &merge(talks))
}

/// Replays it into a findings file `x.findings`.
fn replayed(capture: &[u8], options: &[&str]) -> Installation {
    let installation = Installation::new();
    std::fs::write(installation.path().join("in.pcap"), capture).unwrap();
    installation.run(&[&["replay", "-q", "--allow-blind", "-o", "x.findings", "in.pcap"], options].concat());
    installation
}

fn records(installation: &Installation) -> Vec<Value> {
    let text = installation.run(&["-q", "findings", "convert", "x.findings", "--to", "jsonl", "--all"]);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const SIZE: usize = 90_000;

fn moving() -> Vec<u8> {
    let before: &[(&str, Way)] = &[("pay.example", Clear(SIZE)), ("b.example", Tls(SIZE)), ("c.example", Clear(SIZE))];
    let after: &[(&str, Way)] = &[("pay.example", Tls(SIZE)), ("b.example", Tls(SIZE)), ("c.example", Other(SIZE))];
    capture(&[before, before, before, before, after, after])
}

#[test]
fn a_service_that_moves_to_tls_is_one_finding_and_what_always_was_so_is_none() {
    let installation = replayed(&moving(), &[]);
    let records = records(&installation);
    let opened: Vec<&Value> = records.iter().filter(|r| r["kind"] == "finding" && r["state"] == "open").collect();
    let told: Vec<_> = opened.iter().map(|f| (&f["detector"], &f["subject"]["endpoint"])).collect();
    assert_eq!(told, [(&Value::from("sensor-coverage"), &Value::from("pay.example"))], "{opened:?}");
    let title = opened[0]["title"].as_str().unwrap();
    assert!(title.contains("pay.example") && title.contains("encrypted (TLS 1.2)"), "{title}");
}

#[test]
fn quiet_hours_and_other_protocols_are_no_fall() {
    let loud: &[(&str, Way)] = &[("a.example", Clear(SIZE)), ("c.example", Clear(SIZE))];
    let quiet: &[(&str, Way)] = &[("a.example", Tls(3_000)), ("c.example", Clear(100))];
    let installation = replayed(&capture(&[loud, loud, loud, loud, quiet, loud]), &[]);
    let told = records(&installation);
    assert!(told.iter().all(|record| record["kind"] != "finding"), "{told:?}");
}

/// A day of twenty services, none of which has enough in an hour to be judged by itself; then `hidden` of them move to TLS.
fn small_services(hidden: usize) -> Vec<u8> {
    const SMALL: usize = 14_000;
    let names: Vec<String> = (0..20).map(|n| format!("s{n}.example")).collect();
    let hour = |hidden: usize| -> Vec<(&str, Way)> {
        let way = |n: usize| if n < hidden { Tls(SMALL) } else { Clear(SMALL) };
        names.iter().enumerate().map(|(n, name)| (name.as_str(), way(n))).collect()
    };
    let hours: Vec<_> = (0..28).map(|n| hour(if n < 24 { 0 } else { hidden })).collect();
    capture(&hours.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[test]
fn many_small_services_that_move_to_tls_leave_the_sensor_blind_and_a_few_do_not() {
    for (hidden, expected) in [(12, &["sensor-blind"][..]), (4, &[])] {
        let records = records(&replayed(&small_services(hidden), &[]));
        let opened = records.iter().filter(|record| record["kind"] == "finding" && record["state"] == "open");
        let told: Vec<_> = opened.map(|finding| finding["detector"].as_str().unwrap()).collect();
        assert_eq!(told, expected, "{hidden} services");
    }
}

#[test]
fn coverage_shows_every_service_and_its_hours_from_a_file_and_from_a_state() {
    let installation = replayed(&moving(), &[]);
    let of = |arguments: &[&str]| installation.run(&[&["-q", "coverage"], arguments].concat());
    let table = of(&["x.findings"]);
    let line = |name: &str| table.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(line("pay.example\t80,443\t0.6").ends_with("\tTLS 1.2"), "{table}");
    assert!(line("b.example\t443\t0.0").contains("\t0\t54"), "{table}");
    assert!(line("10.0.1.2:9000\t9000\t\t0").contains("begins 000168656c6c6f"), "{table}");
    let hours = of(&["x.findings", "--hours", "--service", "pay.*", "--format", "jsonl"]);
    let value: Value = serde_json::from_str(hours.trim()).unwrap();
    assert_eq!(value["hours"].as_array().unwrap().len(), 6, "{value}");
    installation.run(&["replay", "-q", "--allow-blind", "--state", "st", "in.pcap"]);
    assert_eq!(of(&["--state", "st", "--json"]), of(&["x.findings", "--json"]));
}

#[test]
fn coverage_is_the_same_for_any_number_of_threads() {
    let capture = moving();
    let one = records(&replayed(&capture, &["--shards", "1", "--workers", "1"]));
    for (shards, workers) in [("3", "2"), ("8", "1")] {
        assert_eq!(records(&replayed(&capture, &["--shards", shards, "--workers", workers])), one);
    }
    assert_eq!(one.iter().filter(|record| record["kind"] == "coverage").count(), 4);
}
