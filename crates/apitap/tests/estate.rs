//! A service as large as any: each of its endpoints is named once, with its parameters and answers, and every form lists all.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufWriter;

use make_fixtures::estate;
use support::Installation;

#[test]
fn every_endpoint_of_two_large_services_is_listed_in_every_form() {
    const SERVICES: usize = 2;
    let place = Installation::new();
    estate::write(&mut BufWriter::new(File::create(place.path().join("estate.pcap")).unwrap()), SERVICES).unwrap();
    place.run(&["replay", "-q", "--no-progress", "estate.pcap", "--state", "state"]);
    let list = |format: &str| place.run(&["inventory", "list", "-q", "--state", "state", "--format", format]);

    let table = list("table");
    let named: BTreeSet<(&str, &str)> = table
        .lines()
        .skip(1)
        .map(|line| {
            let mut cells = line.split('\t').skip(1);
            (cells.next().unwrap(), cells.next().unwrap())
        })
        .collect();
    assert_eq!(named.len(), SERVICES * estate::ENDPOINTS, "each is named apart from all others");
    let calls = format!("\t{}\t{}\t", estate::CALLERS, estate::CALLERS);
    assert!(table.lines().skip(1).all(|line| line.contains(&calls)), "each was called by every caller once");

    let document: serde_json::Value = serde_json::from_str(&list("json")).unwrap();
    let rows = document["endpoints"].as_array().unwrap();
    assert_eq!(rows.len(), named.len());
    let lines: Vec<serde_json::Value> = list("jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines == *rows, "a document holds the rows that stand on lines of their own");
    let described = rows.iter().filter(|row| !row["params"].as_array().unwrap().is_empty()).count();
    assert!(described * 10 >= rows.len() * 8, "{described} have parameters");
    assert_eq!(list("csv").lines().count(), named.len() + 1);
    assert_eq!(list("md").lines().count(), named.len() + 2);
}
