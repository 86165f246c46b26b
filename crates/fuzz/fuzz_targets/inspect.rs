//! Any head and body as a transaction: one row comes out, its texts are printable, its lists in range, and a second reading
//! by the same inspector gives the same row. Operations are few, named, and their arguments are parameters of the row.
#![no_main]

use arbitrary::Arbitrary;
use inspect::Inspector;
use libfuzzer_sys::fuzz_target;
use model::flow::{FlowEnds, HostPort, mapped};
use model::limits::{NAME_BYTES_MAX, OPERATIONS_PER_CALL_MAX, PARAMS_MAX, SEGMENTS_MAX};
use model::message::{Body, Field, FieldName, Fields, Request, Response, Span, Version};
use model::{AnomalySet, DeploymentKey, ObservationBatch, PacketTime, Stamp, Tenant, Transaction};

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    method: &'a [u8],
    target: &'a [u8],
    /// Lines of `name:value`.
    head: &'a [u8],
    answer_head: &'a [u8],
    complete: bool,
    with_request: bool,
    with_answer: bool,
    body: &'a [u8],
    answer: &'a [u8],
}

fuzz_target!(|case: Case| {
    let mut inspector = Inspector::new(DeploymentKey::new([7; 32]));
    let (mut batch, mut again) = (ObservationBatch::default(), ObservationBatch::default());
    read(&case, &mut inspector, &mut batch);
    read(&case, &mut inspector, &mut again);
    assert_eq!((batch.rows.len(), &batch.text), (1, &again.text));
    assert_eq!(format!("{:?}", batch.rows), format!("{:?}", again.rows));
    let text = std::str::from_utf8(&batch.text).expect("texts are UTF-8");
    assert!(!text.chars().any(|c| c.is_control() || c.is_whitespace()));
    let seen = batch.get(0).expect("one row");
    assert_eq!(seen.segments().len(), seen.row.segments.len as usize);
    assert_eq!(seen.params().len(), seen.row.params.len as usize);
    assert!(seen.segments().len() <= SEGMENTS_MAX && seen.params().len() <= PARAMS_MAX);
    assert!(!seen.service().is_empty());
    let operations = seen.operations();
    assert_eq!(format!("{operations:?}"), format!("{:?}", again.get(0).expect("one row").operations()));
    assert!(operations.len() <= OPERATIONS_PER_CALL_MAX);
    let params = seen.row.params;
    for operation in operations {
        let (name, rows) = (seen.text(operation.name), operation.params);
        assert!(!name.is_empty() && name.len() <= NAME_BYTES_MAX && operation.times > 0);
        assert!(rows.len == 0 || rows.at >= params.at && rows.at + rows.len <= params.at + params.len);
    }
    assert!(operations.is_sorted_by_key(|operation| operation.failed));
    assert_eq!(seen.row.failed, !operations.is_empty() && operations.iter().all(|operation| operation.failed));
});

fn read(case: &Case, inspector: &mut Inspector, batch: &mut ObservationBatch) {
    let (fields, answer_fields) = (fields(case.head), fields(case.answer_head));
    let body = |kept| Body { kept, len: kept.len() as u64, complete: case.complete, chunked: false, messages: None };
    let end = |host, port| HostPort { addr: mapped([192, 0, 2, host]), port };
    let request = Request {
        method: case.method,
        target: case.target,
        version: Version::Http11,
        fields: Fields::new(case.head, &fields),
        body: body(case.body),
        span: Span::default(),
    };
    let response = Response {
        status: 200,
        version: Version::Http11,
        fields: Fields::new(case.answer_head, &answer_fields),
        body: body(case.answer),
        span: Span::default(),
    };
    let transaction = Transaction {
        stamp: Stamp::default(),
        at: PacketTime::ZERO,
        flow: FlowEnds { orig: end(2, 40_000), resp: end(1, 80), tenant: Tenant::NONE },
        flow_at: PacketTime::ZERO,
        ordinal: 0,
        request: case.with_request.then_some(request),
        response: case.with_answer.then_some(response),
        interim: &[],
        anomalies: AnomalySet::EMPTY,
        missing: 0,
    };
    inspector.inspect(&transaction, 0, batch);
}

fn fields(head: &[u8]) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut at = 0;
    for line in head.split(|b| *b == b'\n') {
        if let Some(colon) = line.iter().position(|b| *b == b':') {
            fields.push(Field {
                id: FieldName::of(&line[..colon]),
                name_at: at as u32,
                name_len: colon as u16,
                value_at: (at + colon + 1) as u32,
                value_len: (line.len() - colon - 1) as u32,
            });
        }
        at += line.len() + 1;
    }
    fields
}
