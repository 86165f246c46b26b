//! Bodies that have a tree and are no JSON: protobuf and gRPC, CBOR, MessagePack, XML, lines of JSON; and bodies of parts.
//!
//! In: decoded content. Out: the same as of JSON: parameters of a request, fields of an answer, payloads in texts. What
//! cannot be read is marked as JSON is. Kept: the walkers and their buffers.

use std::sync::Arc;

use model::limits::{DECODED_BYTES_MAX, GRPC_MESSAGES_READ_MAX, JSON_VALUES_MAX};
use model::message::{Body, FieldName, Fields, Request, Response};
use model::{Anomaly, ParamPlace, Rpc, RpcSide, ValueClass};

use crate::answer_fields::Reading;
use crate::body::{self, Kind, Slots};
use crate::content::{Content, Decoders};
use crate::descriptors::Descriptors;
use crate::json::{self, End, Leaf};
use crate::operations::Reader;
use crate::row::Row;
use crate::{archive, binary, grpc, multipart, protobuf, xml};

/// Reads documents.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    walkers: Walkers,
    /// Base64 undone.
    text: Vec<u8>,
    /// Codings of single messages.
    decoders: Decoders,
    pub(crate) descriptors: Arc<Descriptors>,
}

#[derive(Debug, Default)]
struct Walkers {
    protobuf: protobuf::Walker,
    binary: binary::Walker,
    xml: xml::Walker,
}

type Take<'t> = dyn FnMut(&[u8], Leaf<'_>) -> bool + 't;

impl Documents {
    /// The request's body, of that kind.
    pub(crate) fn request(
        &mut self,
        row: &mut Row<'_>,
        kind: Kind,
        request: &Request<'_>,
        content: &Content<'_>,
        json: &mut json::Walker,
        operations: &mut Reader,
    ) {
        if kind.is_grpc() {
            self.count(row, kind, &request.body, content.bytes, true);
        }
        let Some(bytes) = content.bytes.filter(|bytes| !bytes.is_empty()) else { return };
        if kind == Kind::Multipart {
            let content_type = request.fields.first(FieldName::ContentType).unwrap_or_default();
            return parts(row, content_type, bytes, content.whole, json, operations);
        }
        let message = self.descriptors.method(path_of(request.target)).map(|method| method.input);
        let mut slots = Slots::default();
        let from = row.param_count();
        let (body, fields) = (&request.body, &request.fields);
        let end = self.walk(row, kind, (body, fields), bytes, message, json, &mut |row, pointer, value| {
            match value {
                Leaf::Text(text) => row.suspect(ParamPlace::Body, pointer, text),
                Leaf::Number(_) | Leaf::Bool | Leaf::Null if pointer.contains(&b'$') => {
                    row.suspect(ParamPlace::Body, pointer, b"");
                }
                _ => {}
            }
            slots.take(row, pointer, value, || false)
        });
        if end == End::Malformed && content.whole {
            // Half of something else is no parameters.
            row.forget_params(from);
        }
        body::mark(row, end, content.whole);
    }

    /// The answer's content, of that kind.
    pub(crate) fn answer(
        &mut self,
        row: &mut Row<'_>,
        kind: Kind,
        response: &Response<'_>,
        target: &[u8],
        content: &Content<'_>,
        json: &mut json::Walker,
    ) {
        let Some(bytes) = content.bytes else { return };
        let message = self.descriptors.method(path_of(target)).map(|method| method.output);
        let mut reading = Reading::new(row);
        let (body, fields) = (&response.body, &response.fields);
        let end = self.walk(row, kind, (body, fields), bytes, message, json, &mut |row, pointer, value| {
            reading.take(row, pointer, value)
        });
        reading.finish(row, end);
    }

    /// Notes how a call of gRPC ended, and its messages.
    pub(crate) fn settle(&mut self, row: &mut Row<'_>, kind: Kind, target: &[u8], response: &Response<'_>) {
        let content =
            if response.fields.first(FieldName::ContentEncoding).is_none() { Some(response.body.kept) } else { None };
        if kind.is_grpc() {
            self.count(row, kind, &response.body, content, false);
        }
        let declared = self.descriptors.method(path_of(target)).map(|method| method.kind);
        if let Some(rpc) = row.rpc() {
            rpc.code = grpc::code(response).map(model::rpc::code);
            rpc.declared = declared;
        }
    }

    fn count(&mut self, row: &mut Row<'_>, kind: Kind, body: &Body<'_>, content: Option<&[u8]>, asked: bool) {
        let side: RpcSide = grpc::counted(body, kind, content, &mut self.text);
        if row.seen.rpc == 0 {
            row.batch.rpcs.push(Rpc::default());
            row.seen.rpc = row.batch.rpcs.len() as u32;
        }
        if let Some(rpc) = row.rpc() {
            *(if asked { &mut rpc.asked } else { &mut rpc.answered }) = side;
        }
    }

    /// Calls `leaf` with each value.
    #[expect(clippy::too_many_arguments, reason = "what is read, and what it is read with")]
    fn walk(
        &mut self,
        row: &mut Row<'_>,
        kind: Kind,
        (body, fields): (&Body<'_>, &Fields<'_>),
        bytes: &[u8],
        message: Option<u32>,
        json: &mut json::Walker,
        leaf: &mut dyn FnMut(&mut Row<'_>, &[u8], Leaf<'_>) -> bool,
    ) -> End {
        let Self { walkers, text, decoders, descriptors } = self;
        let message = message.map(|message| (&**descriptors, message));
        if !kind.is_grpc() {
            return walkers.walk(kind, bytes, message, json, &mut |pointer, value| leaf(row, pointer, value));
        }
        let media_type = fields.first(FieldName::ContentType).unwrap_or_default();
        let is_json =
            media_type.split(|byte| *byte == b';').next().is_some_and(|name| name.trim_ascii().ends_with(b"+json"));
        let inner = if is_json { Kind::Json } else { Kind::Protobuf };
        let coding = fields.first(FieldName::GrpcEncoding).unwrap_or_default();
        let (mut worst, mut left) = (End::Whole, DECODED_BYTES_MAX);
        for message_at in grpc::Messages::of(kind, body, bytes, text).take(GRPC_MESSAGES_READ_MAX) {
            let coding = if message_at.compressed { coding } else { b"" };
            let content = decoders.decode_one(coding, message_at.bytes, message_at.whole);
            row.seen.anomalies.extend(content.odd);
            let Some(bytes) = content.bytes else {
                if let Some(rpc) = row.rpc() {
                    rpc.unread = true;
                }
                continue;
            };
            let Some(rest) = left.checked_sub(bytes.len()) else { return End::Limit };
            left = rest;
            let end = walkers.walk(inner, bytes, message, json, &mut |pointer, value| leaf(row, pointer, value));
            match end {
                End::Limit => return End::Limit,
                End::Malformed if content.whole => return End::Malformed,
                // Only what is there was read.
                End::Malformed | End::Cut => worst = if content.whole { End::Malformed } else { End::Cut },
                End::Whole => {}
            }
        }
        worst
    }
}

impl Walkers {
    fn walk(
        &mut self,
        kind: Kind,
        bytes: &[u8],
        message: Option<(&Descriptors, u32)>,
        json: &mut json::Walker,
        leaf: &mut Take<'_>,
    ) -> End {
        use binary::Format;
        match kind {
            Kind::Protobuf => self.protobuf.walk(bytes, message, leaf),
            Kind::Cbor => self.binary.walk(bytes, Format::Cbor, false, leaf),
            Kind::CborSequence => self.binary.walk(bytes, Format::Cbor, true, leaf),
            Kind::MessagePack => self.binary.walk(bytes, Format::MessagePack, false, leaf),
            Kind::Xml => self.xml.walk(bytes, leaf),
            Kind::JsonLines => lines(bytes, json, leaf),
            _ => json.walk(bytes, leaf),
        }
    }
}

/// Documents of JSON, one in each line, or one after each record separator (RFC 7464 §2).
fn lines(bytes: &[u8], json: &mut json::Walker, leaf: &mut Take<'_>) -> End {
    let mut values = 0;
    let mut end = End::Whole;
    for line in bytes.split(|byte| matches!(byte, b'\n' | 0x1e)) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        // Only the last can be cut.
        if end != End::Whole {
            return End::Malformed;
        }
        end = json.walk_element(line, |pointer, value| {
            values += 1;
            values <= JSON_VALUES_MAX && leaf(pointer, value)
        });
        if matches!(end, End::Limit | End::Malformed) {
            return end;
        }
    }
    end
}

/// Parts of a request's body: those of a form are its parameters. Of files the name is looked at, and what tells whoever opens
/// them to read or write elsewhere: see [`opened`].
fn parts(
    row: &mut Row<'_>,
    content_type: &[u8],
    bytes: &[u8],
    whole: bool,
    json: &mut json::Walker,
    operations: &mut Reader,
) {
    let end = multipart::read(content_type, bytes, |part| {
        let is_json = matches!(part.content.trim_ascii_start().first(), Some(b'{' | b'['));
        if let Some(file) = part.file {
            row.suspect(ParamPlace::Form, part.name, file);
            row.param_of_size(ParamPlace::Form, part.name, ValueClass::File, part.content.len());
            opened(row, part.name, part.content);
        } else if part.name == b"operations" && is_json {
            // GraphQL multipart requests.
            body::json(row, part.content, false, json, operations);
        } else {
            operations.pair(part.name, part.content);
            row.param(ParamPlace::Form, part.name, part.content);
        }
        !row.seen.anomalies.contains(Anomaly::ContentLimit)
    });
    body::mark(row, end, whole);
}

/// What a file does when it is opened: entities of a document, and names of an archive's files. All else of it is content.
fn opened(row: &mut Row<'_>, name: &[u8], content: &[u8]) {
    let text = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content).trim_ascii_start();
    if text.starts_with(b"<?xml") || text.starts_with(b"<!DOCTYPE") {
        row.suspect_document(content);
    }
    for file in archive::names(content) {
        row.suspect(ParamPlace::Form, name, file);
    }
}

/// The path of a target as gRPC has it: without a query.
fn path_of(target: &[u8]) -> &[u8] {
    target.split(|byte| *byte == b'?').next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
