//! A request's body: parameters of JSON documents and of forms.

use std::cell::Cell;

use model::message::Body;
use model::observation::Param;
use model::{Anomaly, ParamPlace, ValueClass};

use crate::auth::Credentials;
use crate::class::classify;
use crate::content::Content;
use crate::json::{End, Leaf, Walker};
use crate::operations::Reader;
use crate::query;
use crate::row::Row;

/// Slots of the table that finds a pointer seen before; twice the most parameters of a request.
const SLOTS: usize = 128;
const _: () = assert!(SLOTS >= 2 * model::limits::PARAMS_MAX && SLOTS.is_power_of_two());

/// What a media type says about the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Json,
    Form,
    /// A GraphQL document.
    GraphQl,
    /// Text: what some clients of JSON-RPC call their JSON.
    Plain,
    /// Messages of gRPC or gRPC-Web; the second in base64.
    Grpc,
    GrpcText,
    Protobuf,
    Cbor,
    /// One document after the other (RFC 8742).
    CborSequence,
    MessagePack,
    Xml,
    /// Lines or records of JSON (ndjson; RFC 7464).
    JsonLines,
    Multipart,
    Unknown,
    Other,
}

/// Reads the body into the row.
pub(crate) fn read(
    row: &mut Row<'_>,
    kind: Kind,
    content: &Content<'_>,
    walker: &mut Walker,
    scratch: &mut query::Scratch,
    operations: &mut Reader,
) {
    let Some(bytes) = content.bytes else { return };
    if bytes.is_empty() {
        return;
    }
    let first = bytes.iter().find(|b| !b.is_ascii_whitespace());
    let structure = matches!(first, Some(b'{' | b'['));
    match kind {
        Kind::Json => json(row, bytes, content.whole, walker, operations),
        // Clients that set no media type, or curl's default, and send JSON all the same.
        Kind::Unknown | Kind::Plain | Kind::Form if structure => json(row, bytes, false, walker, operations),
        Kind::Form => query::read(row, bytes, ParamPlace::Form, &mut Credentials::default(), scratch, operations),
        Kind::GraphQl => operations.document(bytes),
        _ => {}
    }
}

impl Kind {
    /// Whether it may be a document that is told of as a whole.
    pub(crate) const fn is_text(self) -> bool {
        matches!(self, Self::Unknown | Self::Plain | Self::Xml | Self::Other)
    }

    /// Whether its values are told by [`documents`](crate::documents).
    pub(crate) const fn is_document(self) -> bool {
        !matches!(self, Self::Json | Self::Form | Self::GraphQl | Self::Plain | Self::Unknown | Self::Other)
    }

    /// Whether it is gRPC's.
    pub(crate) const fn is_grpc(self) -> bool {
        matches!(self, Self::Grpc | Self::GrpcText)
    }

    /// Whether answers of that kind have fields to be told.
    pub(crate) const fn has_fields(self) -> bool {
        matches!(self, Self::Json | Self::Unknown) || self.is_document() && !matches!(self, Self::Multipart)
    }

    /// The same of content in which messages of gRPC were counted although its media type is not known.
    pub(crate) const fn of_body(self, body: &Body<'_>) -> Self {
        if matches!(self, Self::Unknown) && body.messages.is_some() { Self::Grpc } else { self }
    }

    /// Of a media type in lower case, without parameters.
    pub(crate) fn of(media_type: &[u8]) -> Self {
        let json = media_type.ends_with(b"/json")
            || media_type.ends_with(b"+json")
            || media_type.ends_with(b"/x-json")
            || media_type.ends_with(b"json-rpc")
            || media_type.ends_with(b"-jsonrpc");
        if media_type.is_empty() {
            Self::Unknown
        } else if media_type == b"application/x-www-form-urlencoded" {
            Self::Form
        } else if json {
            Self::Json
        } else if media_type == b"application/graphql" {
            Self::GraphQl
        } else if media_type == b"text/plain" {
            Self::Plain
        } else {
            Self::of_document(media_type)
        }
    }

    fn of_document(media_type: &[u8]) -> Self {
        let Some(slash) = memchr::memchr(b'/', media_type) else { return Self::Other };
        let (family, name) = media_type.split_at_checked(slash + 1).unwrap_or_default();
        let name = name.strip_prefix(b"x-").unwrap_or(name);
        let suffix = memchr::memrchr(b'+', name).and_then(|at| name.get(at + 1..)).unwrap_or_default();
        match (family, name) {
            (b"multipart/", b"form-data" | b"mixed") => return Self::Multipart,
            (b"text/", b"xml") => return Self::Xml,
            (b"application/", _) => {}
            _ => return Self::Other,
        }
        match name {
            b"grpc" | b"grpc-web" => Self::Grpc,
            b"grpc-web-text" => Self::GrpcText,
            _ if name.starts_with(b"grpc+") || name.starts_with(b"grpc-web+") => Self::Grpc,
            _ if name.starts_with(b"grpc-web-text+") => Self::GrpcText,
            b"protobuf" | b"proto" | b"google-protobuf" | b"vnd.google.protobuf" => Self::Protobuf,
            b"cbor" => Self::Cbor,
            b"cbor-seq" => Self::CborSequence,
            b"msgpack" | b"vnd.msgpack" => Self::MessagePack,
            b"xml" => Self::Xml,
            b"ndjson" | b"jsonl" | b"jsonlines" | b"json-lines" | b"json-seq" => Self::JsonLines,
            // A page is for people.
            b"xhtml+xml" => Self::Other,
            _ => match suffix {
                b"xml" => Self::Xml,
                b"cbor" => Self::Cbor,
                b"cbor-seq" => Self::CborSequence,
                b"msgpack" => Self::MessagePack,
                b"json-seq" => Self::JsonLines,
                b"protobuf" | b"proto" => Self::Protobuf,
                _ => Self::Other,
            },
        }
    }
}

/// Walks the document; malformed only when `judged`.
pub(crate) fn json(row: &mut Row<'_>, document: &[u8], judged: bool, walker: &mut Walker, operations: &mut Reader) {
    let mut slots = Slots::default();
    let array = document.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
    operations.begin_json(array, row.param_count());
    let (element, mut before) = (Cell::new(0), 0);
    let end = walker.walk_elements(document, &element, |pointer, value| {
        if element.get() != before {
            before = element.get();
            // The arguments of each operation of a batch are its own; elements of other arrays share their fields.
            if operations.next_element(row.param_count()) {
                slots = Slots::default();
            }
        }
        operations.leaf(pointer, value);
        match value {
            // A document of operations is code; its literals are read as arguments.
            Leaf::Text(text) if !(pointer.ends_with(b"/query") && text.contains(&b'{')) => {
                row.suspect(ParamPlace::Body, pointer, text);
            }
            Leaf::Number(_) | Leaf::Bool | Leaf::Null if pointer.contains(&b'$') => {
                row.suspect(ParamPlace::Body, pointer, b"");
            }
            _ => {}
        }
        slots.take(row, pointer, value, || operations.goes_on())
    });
    mark(row, end, judged);
}

/// Marks how reading ended; malformed only when `judged`.
pub(crate) fn mark(row: &mut Row<'_>, end: End, judged: bool) {
    match end {
        End::Limit => row.odd(Anomaly::ContentLimit),
        End::Malformed | End::Cut if judged => row.odd(Anomaly::ContentMalformed),
        _ => {}
    }
}

/// Parameters of one document by their pointers: all values of one pointer are one parameter.
#[derive(Debug)]
pub(crate) struct Slots([(u64, u16); SLOTS]);

impl Default for Slots {
    fn default() -> Self {
        Self([(0, 0); SLOTS])
    }
}

impl Slots {
    /// Adds the leaf to the parameters of the row; whether further ones are wanted. `goes_on`: although there is no room.
    #[inline]
    pub(crate) fn take(
        &mut self,
        row: &mut Row<'_>,
        pointer: &[u8],
        value: Leaf<'_>,
        goes_on: impl FnOnce() -> bool,
    ) -> bool {
        let tag = row.tag(pointer);
        let hash = place(tag);
        let mut at = hash as usize;
        loop {
            let Some(slot) = self.0.get_mut(at % SLOTS) else { return false };
            if slot.0 == hash {
                row.sharpen(usize::from(slot.1), |row| param(row, pointer, tag, value));
                return true;
            }
            if slot.0 == 0 {
                let at = row.param_count() as u16;
                let found = param(row, pointer, tag, value);
                let added = row.param_named(found, pointer);
                // What found no room takes no slot: a full table would be walked without end.
                if added {
                    *slot = (hash, at);
                }
                return added || goes_on();
            }
            at += 1;
        }
    }
}

fn param(row: &mut Row<'_>, pointer: &[u8], tag: Option<u128>, value: Leaf<'_>) -> Param {
    let (class, text) = leaf_class(value);
    row.told(Param { place: ParamPlace::Body, class, ..Param::default() }, pointer, tag, text)
}

/// Where a pointer with that tag is looked for, never 0. Pointers are short enough to have a tag
/// ([`NAME_BYTES_MAX`](model::limits::NAME_BYTES_MAX)).
pub(crate) fn place(tag: Option<u128>) -> u64 {
    tag.unwrap_or_default() as u64 | 1
}

/// The shape of a leaf, and its text when it has one.
pub(crate) fn leaf_class(value: Leaf<'_>) -> (ValueClass, &[u8]) {
    match value {
        Leaf::Text(text) => (classify(text), text),
        Leaf::Number(text) => {
            let whole = text.iter().all(|b| b.is_ascii_digit() || *b == b'-');
            (if whole { ValueClass::Int } else { ValueClass::Decimal }, text)
        }
        Leaf::Bytes(bytes) => (bytes_class(bytes), bytes),
        Leaf::Bool => (ValueClass::Bool, &[]),
        Leaf::Null => (ValueClass::Null, &[]),
        Leaf::Object => (ValueClass::Object, &[]),
        Leaf::Array => (ValueClass::Array, &[]),
    }
}

/// Sixteen bytes with the version and the variant of a UUID are one (RFC 9562 §4).
fn bytes_class(bytes: &[u8]) -> ValueClass {
    let uuid: Option<&[u8; 16]> = bytes.try_into().ok();
    match uuid {
        Some(uuid) if (1..=8).contains(&(uuid[6] >> 4)) && uuid[8] >> 6 == 0b10 => ValueClass::Uuid,
        _ if bytes.is_empty() => ValueClass::Null,
        _ => ValueClass::Bytes,
    }
}
