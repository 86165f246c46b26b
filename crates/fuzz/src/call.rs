//! Any heads and bodies as one transaction.

use arbitrary::Arbitrary;
use inspect::Inspector;
use model::flow::{FlowEnds, HostPort, mapped};
use model::message::{Body, Field, FieldName, Fields, Request, Response, Span, Version};
use model::{AnomalySet, ObservationBatch, PacketTime, Stamp, Tenant, Transaction};

/// A request and its answer.
#[derive(Arbitrary, Debug, Default)]
pub struct Call<'a> {
    pub method: &'a [u8],
    pub target: &'a [u8],
    /// Lines of `name:value`.
    pub head: &'a [u8],
    pub answer_head: &'a [u8],
    pub complete: bool,
    pub with_request: bool,
    pub with_answer: bool,
    pub body: &'a [u8],
    pub answer: &'a [u8],
}

impl Call<'_> {
    /// Appends its observation to the batch.
    pub fn read(&self, inspector: &mut Inspector, batch: &mut ObservationBatch) {
        let case = self;
        let (fields, answer_fields) = (fields(case.head), fields(case.answer_head));
        let body =
            |kept| Body { kept, len: kept.len() as u64, complete: case.complete, chunked: false, messages: None };
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
            certificate: None,
            anomalies: AnomalySet::EMPTY,
            missing: 0,
        };
        inspector.inspect(&transaction, 0, batch);
    }
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
