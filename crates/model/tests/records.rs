//! Every field of every record has a row in `docs/records.md`, in the section of its kind, and every row a field.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot read the repository has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use model::endpoint::{
    DataRecord, DescriptionRecord, DirectionRecord, FieldRecord, MessagesRecord, ParamRecord, ProductRecord, Quantiles,
    ResponseRecord, RetirementRecord, VersionRecord,
};
use model::finding::{Attempt, Evidence, Fact, Subject};
use model::record::{Body, Header, InputRecord, Loss, RECORD_VERSION, Trailer};
use model::rpc::{GrpcMessages, GrpcRecord, RpcKind};
use model::{DataClass, DataName, EndpointRecord, Finding, Id, IdentityKind, OwnClass, PacketTime, ParamPlace, Record};
use serde_json::Value;

/// A record of each kind in which nothing is left out or empty.
fn full() -> Vec<Body> {
    let facts = vec![Fact::default()];
    let subject = Subject {
        identity: Some(Id::default()),
        identity_kind: Some(IdentityKind::Token),
        label: "x".into(),
        endpoint: Some(Id::default()),
        endpoint_name: "GET x/y".into(),
        route: "GET x/y".into(),
        addresses: vec!["192.0.2.1".into()],
        endpoints: vec!["GET x/z".into()],
        ..Subject::default()
    };
    let finding = Finding {
        subject,
        expected: facts.clone(),
        observed: facts.clone(),
        peers: facts,
        evidence: vec![Evidence::default()],
        ..Finding::default()
    };
    let data = Some(DataName::from(DataClass::Email));
    let param =
        ParamRecord { place: ParamPlace::Path, range: Some((1, 2)), stray: true, data, ..ParamRecord::default() };
    let field = FieldRecord { data: param.data.clone(), ..FieldRecord::default() };
    let data = DataRecord { own: vec![OwnClass::default()], ..DataRecord::default() };
    let direction = DirectionRecord { fields: vec![field.clone()], ..DirectionRecord::default() };
    let endpoint = EndpointRecord {
        messages: Some(MessagesRecord { sent: direction.clone(), received: direction, ..MessagesRecord::default() }),
        data,
        operation: "query X".into(),
        params: vec![param],
        latency: Some(Quantiles::default()),
        size: Some(Quantiles::default()),
        returned_at: Some(PacketTime::ZERO),
        version: Some(VersionRecord::default()),
        retirement: Some(RetirementRecord {
            since: Some(PacketTime::ZERO),
            sunset: Some(PacketTime::ZERO),
            ..RetirementRecord::default()
        }),
        grpc: Some(GrpcRecord {
            kind: Some(RpcKind::Bidi),
            requests: GrpcMessages { incomplete: 1, ..GrpcMessages::default() },
            responses: GrpcMessages { incomplete: 1, ..GrpcMessages::default() },
            unread: 1,
            ..GrpcRecord::default()
        }),
        product: Some(ProductRecord { version: Some("1".into()), ..ProductRecord::default() }),
        responses: vec![ResponseRecord { fields: vec![field], cut: 1, ..ResponseRecord::default() }],
        description: Some(DescriptionRecord { drift: vec![String::new()], ..DescriptionRecord::default() }),
        ..EndpointRecord::default()
    };
    vec![
        Body::Header(Header { inputs: vec![InputRecord::default()], ..Header::default() }),
        Body::Finding(Box::new(finding)),
        Body::Attempt(Box::new(Attempt { route: "route".into(), ..Attempt::default() })),
        Body::Endpoint(Box::new(endpoint)),
        Body::Loss(Loss::default()),
        Body::Trailer(Trailer { anomalies: vec!["tcp.gap".into()], ..Trailer::default() }),
    ]
}

/// Paths of all fields: `inputs[].name`, `subject.kind`. Maps that count by name are empty here and have no fields.
fn fields(prefix: &str, value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                fields(&path, value, out);
                out.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(&format!("{prefix}[]"), item, out)),
        _ => {}
    }
}

/// Names in the first column of a section's table. `….name` stands for that field of each map named before it.
fn documented(section: &str) -> Vec<String> {
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" | ").map(|(cell, _)| cell));
    cells.flat_map(|cell| cell.split('`').step_by(2).map(str::to_owned)).filter(|name| !name.contains(',')).collect()
}

fn is_documented(path: &str, rows: &[String]) -> bool {
    let anywhere = path.rsplit_once('.').map(|(_, last)| format!("….{last}"));
    rows.iter().any(|row| row == path || Some(row) == anywhere.as_ref())
}

#[test]
fn every_field_is_documented_and_every_row_is_a_field() {
    let doc = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/records.md")).unwrap();
    let section = |heading: &str| {
        let after = doc.split_once(&format!("\n### {heading}")).map(|(_, after)| after).unwrap_or_default();
        documented(after.split("\n#").next().unwrap_or_default())
    };
    let every = section("Every record");
    let mut offences = Vec::new();
    for body in full() {
        let record = serde_json::to_value(Record { v: RECORD_VERSION, at: model::PacketTime(1), body }).unwrap();
        let kind = record["kind"].as_str().unwrap().to_owned();
        let mut seen = BTreeSet::new();
        fields("", &record, &mut seen);
        let rows = section(&format!("`{kind}`"));
        for path in &seen {
            if !is_documented(path, &rows) && !every.contains(path) {
                offences.push(format!("{kind}: {path} has no row in docs/records.md"));
            }
        }
        for row in &rows {
            let ends = row.strip_prefix('…').is_some_and(|end| seen.iter().any(|path| path.ends_with(end)));
            if !ends && !seen.contains(row) {
                offences.push(format!("{kind}: docs/records.md has a row for {row}, which is no field"));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}
