//! Parts of streams of messages: WebSockets, server-sent events, answers that go on.
//!
//! In: a part with the heads of the transaction that opened the stream. Out: a row with the counts of the part, and one for each
//! kind of message among those kept: what the client sent is read as the body of a request is, what the server sent as the
//! body of an answer. Messages of one shape that show nothing else share a row.

use model::limits::METHOD_BYTES_MAX;
use model::message::{FieldName, Request, Response};
use model::stream::KeptMessage;
use model::{AnomalySet, Observation, ObservationBatch, ParamPlace, Stamp, StreamPart, StreamRow, Streamed};

use crate::auth::{self, Credentials};
use crate::content::Content;
use crate::json::{outer_members, outer_structure};
use crate::operations::Reader;
use crate::row::Row;
use crate::{Buffers, Inspector, answer_fields, body, fields, name_hash, path, query, service, side, text};

/// The method of a request, or the one it stands for: on a stream of HTTP/2 a WebSocket is asked for by CONNECT, where
/// HTTP/1.1 has GET (RFC 8441 §5).
pub(crate) fn method<'a>(request: &Request<'a>) -> &'a [u8] {
    let extended = request.method == b"CONNECT" && request.fields.iter().any(|(_, name, _)| name == b":protocol");
    if extended { b"GET" } else { request.method }
}

impl Inspector {
    /// Appends what `part` tells, whose flow is in that partition, to `batch`; how many rows it made.
    pub fn streamed(&mut self, part: &StreamPart<'_>, batch: &mut ObservationBatch) -> usize {
        let before = batch.rows.len();
        let mut row = Row::with(&mut self.names, &mut self.said, batch, &outline(part));
        let head = part.request.as_ref().map(|request| &request.fields);
        row.seen.caller = self.whence.caller(&part.flow.orig.addr, head);
        self.buffers.opening(part, &mut row);
        row.seen.streamed = push(row.batch, part, StreamRow::Part { sent: part.sent, received: part.received });
        let seen = row.seen;
        row.finish();
        let mut shapes = Vec::new();
        for (number, (message, content)) in (1..).zip(part.messages.iter()) {
            let row = Row::with(&mut self.names, &mut self.said, batch, &of_message(&seen, number, message));
            self.buffers.message(message, content, part, row, &mut shapes);
        }
        batch.rows.len() - before
    }
}

impl Buffers {
    /// Who opened the stream, and where.
    fn opening(&mut self, part: &StreamPart<'_>, row: &mut Row<'_>) {
        let Some(request) = &part.request else {
            row.seen.service = row.text(|out| service::push(out, None, &part.flow.resp));
            row.seen.name_hash = name_hash(row);
            return;
        };
        let method = method(request);
        let target = path::Target::of(method, request.target);
        let authority = target.authority.or_else(|| request.fields.first(FieldName::Host));
        row.seen.service = row.text(|out| service::push(out, authority, &part.flow.resp));
        row.seen.method = row.text(|out| text::push_printable(out, method, METHOD_BYTES_MAX));
        path::write(row, target.path, &[], &mut self.segment);
        row.seen.name_hash = name_hash(row);
        // Parameters were told with the request itself; here they only say who it is.
        let (text_at, marks) = (row.batch.text.len(), row.seen.anomalies);
        let mut credentials = Credentials::default();
        self.operations.begin();
        query::read(row, target.query, ParamPlace::Query, &mut credentials, &mut self.pairs, &mut self.operations);
        fields(row, &request.fields, &mut credentials, &mut self.lately);
        row.seen.identity = credentials
            .identity(row.names, row.seen.auth, &mut self.tokens)
            .unwrap_or_else(|| auth::address(row.names, &row.seen.caller.addr));
        row.forget(text_at);
        row.seen.anomalies = marks;
        row.seen.request = side(row, &request.fields, &request.body);
        if let Some(Response { fields, body, .. }) = &part.response {
            row.seen.response = side(row, fields, body);
        }
    }

    fn message(
        &mut self,
        message: &KeptMessage,
        bytes: &[u8],
        part: &StreamPart<'_>,
        mut row: Row<'_>,
        shapes: &mut Vec<(bool, u64, usize)>,
    ) {
        let text_at = row.batch.text.len();
        let content = Content { bytes: Some(document(bytes)), whole: message.whole, odd: AnomalySet::EMPTY };
        if message.sent {
            self.sent(message, &content, &mut row);
        } else {
            answer_fields::read(&mut row, &content, &mut self.walker);
        }
        if !row.tells() && row.seen.operations.len == 0 {
            return row.forget(text_at);
        }
        let shape = row.shape();
        let like = |(sent, known, _): &&(bool, u64, usize)| *sent == message.sent && Some(*known) == shape;
        if let Some((_, _, at)) = shapes.iter().find(like) {
            if let Some(streamed) = row.batch.streams.get_mut(*at) {
                streamed.what.again();
            }
            return row.forget(text_at);
        }
        if let Some(shape) = shape {
            shapes.push((message.sent, shape, row.batch.streams.len()));
        }
        let what = if message.sent { StreamRow::Sent { times: 1 } } else { StreamRow::Received { times: 1 } };
        row.seen.streamed = push(row.batch, part, what);
        row.finish();
    }

    /// What a client sent, as the body of a request.
    fn sent(&mut self, message: &KeptMessage, content: &Content<'_>, row: &mut Row<'_>) {
        let Self { operations, walker, pairs, .. } = self;
        operations.begin();
        let bytes = content.bytes.unwrap_or_default();
        let kind = if message.text { body::Kind::Unknown } else { body::Kind::Other };
        let content = Content { bytes: Some(graphql(bytes).unwrap_or(bytes)), ..*content };
        body::read(row, kind, &content, walker, pairs, operations);
        if message.text && !matches!(bytes.first(), Some(b'{' | b'[')) {
            row.suspect_document(bytes);
        }
        finish(operations, row);
    }
}

fn finish(operations: &mut Reader, row: &mut Row<'_>) {
    operations.finish_message(row);
    operations.read_literals(row);
    // Whether they were carried out is not known: answers come as messages of their own.
    operations.settle(row, None);
}

/// The document in a message: some protocols put the number of its kind before it (`42["event",{}]`).
fn document(bytes: &[u8]) -> &[u8] {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = bytes.get(digits..).unwrap_or_default().trim_ascii_start();
    if matches!(rest.first(), Some(b'{' | b'[')) { rest } else { bytes }
}

/// The request inside a message of GraphQL over WebSocket: `subscribe` of `graphql-transport-ws`, `start` of the protocol
/// before it.
fn graphql(document: &[u8]) -> Option<&[u8]> {
    let mut asks = false;
    outer_members(document, |name, value| asks |= name == b"type" && matches!(value, b"subscribe" | b"start"));
    outer_structure(document, b"payload").filter(|payload| asks && payload.first() == Some(&b'{'))
}

fn push(batch: &mut ObservationBatch, part: &StreamPart<'_>, what: StreamRow) -> Option<std::num::NonZeroU32> {
    batch.streams.push(Streamed { kind: part.kind, what });
    std::num::NonZeroU32::new(batch.streams.len() as u32)
}

/// All that needs no reading of texts.
fn outline(part: &StreamPart<'_>) -> Observation {
    Observation {
        stamp: part.stamp,
        first_at: part.span.first_at,
        last_at: part.span.last_at.max(part.span.first_at),
        first_frame: part.span.first_frame,
        last_frame: part.span.last_frame,
        flow: part.flow,
        flow_at: part.flow_at,
        ordinal: part.ordinal,
        version: part.request.as_ref().map(|request| request.version).unwrap_or_default(),
        status: part.response.as_ref().map_or(0, |response| response.status),
        anomalies: part.anomalies,
        missing: part.missing,
        ..Observation::default()
    }
}

/// A message of the part that `seen` is of.
fn of_message(seen: &Observation, number: u32, message: &KeptMessage) -> Observation {
    let ordinal = seen.ordinal.saturating_add(number);
    Observation {
        stamp: Stamp { sub: seen.stamp.sub.saturating_add(number), ..seen.stamp },
        ordinal,
        first_at: message.span.first_at,
        last_at: message.span.last_at.max(message.span.first_at),
        first_frame: message.span.first_frame,
        last_frame: message.span.last_frame,
        anomalies: AnomalySet::EMPTY,
        missing: 0,
        streamed: None,
        ..*seen
    }
}
