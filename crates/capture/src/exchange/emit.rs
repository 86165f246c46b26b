//! From a record to a transaction.

use std::time::Duration;

use model::ledger::Counter;
use model::limits::BODY_BYTES_MAX;
use model::message::{Body, Field, Fields, Request, Response, Span, TransactionSink};
use model::{AnomalySet, FlowEnds, Ledger, PacketTime, Phase, Segment, Stamp, Tenant, Transaction};

use super::record::{Cursor, Draft, Side, UNKNOWN};
use crate::proto::http1;

/// Places of fields, used again.
pub(crate) type Scratch = [Vec<Field>; 2];

/// Hands the exchange in `segment` to the sink.
///
/// Its bytes are counted as delivered once the sink has returned; what cannot be read as a record, as no HTTP.
pub(crate) fn emit(segment: &Segment<'_>, scratch: &mut Scratch, ledger: &mut Ledger, sink: &mut dyn TransactionSink) {
    let bytes = segment.payload.len() as u64;
    let read = segment.payload.split_first().and_then(|(_, rest)| Cursor::new(rest).draft(scratch));
    let Some(draft) = read else {
        ledger.add(Counter::PayloadNotHttp, bytes);
        return;
    };
    ledger.add(Counter::TransactionsComplete, 1);
    // In the measure of what would have been kept, as the bytes that are delivered are.
    let missing = [draft.request.missing, draft.response.missing].map(|missing| missing.min(BODY_BYTES_MAX as u64));
    ledger.add(Counter::PayloadMissing, missing.iter().sum());
    sink.transaction(&transaction(segment, &draft, sink.wants_bodies()));
    ledger.add(Counter::PayloadHar, bytes);
}

fn transaction<'a>(segment: &Segment<'_>, draft: &Draft<'a>, bodies: bool) -> Transaction<'a> {
    let (frame, at) = (segment.frame, segment.at);
    let [sent, all_sent, answered, all_answered] = draft.times.map(|time| after(at, time));
    let span = |first_at, last_at| Span { first_at, last_at, first_frame: frame, last_frame: frame };
    let mut anomalies = segment.tcp.oddities;
    anomalies.extend(AnomalySet(draft.anomalies));
    anomalies.extend(http1::request_oddities(draft.request.bytes, draft.target, draft.request.fields));
    let (request, response) = (&draft.request, &draft.response);
    Transaction {
        stamp: Stamp { frame, phase: Phase::Frame, flow: frame, sub: 0 },
        at,
        flow: FlowEnds { orig: draft.client, resp: draft.server, tenant: Tenant::NONE },
        flow_at: at,
        ordinal: 0,
        request: Some(Request {
            method: draft.method,
            target: draft.target,
            version: request.version,
            fields: Fields::new(request.bytes, request.fields),
            body: body(request, bodies),
            span: span(sent, all_sent),
        }),
        response: Some(Response {
            status: draft.status,
            version: response.version,
            fields: Fields::new(response.bytes, response.fields),
            body: body(response, bodies),
            span: span(answered, all_answered),
        }),
        interim: &[],
        certificate: None,
        anomalies,
        missing: request.missing.saturating_add(response.missing),
    }
}

fn body<'a>(side: &Side<'a>, wanted: bool) -> Body<'a> {
    let kept = if wanted { side.body } else { &[] };
    Body { kept, len: side.len, complete: side.complete, chunked: false, messages: None }
}

fn after(at: PacketTime, nanos: u64) -> PacketTime {
    if nanos == UNKNOWN { PacketTime::ZERO } else { at.plus(Duration::from_nanos(nanos)) }
}
