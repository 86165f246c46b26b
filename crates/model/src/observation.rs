//! Observations: what leaves a flow shard. Small, redacted, owned by one batch for each shard and epoch.
//!
//! A batch keeps all texts in one arena and all lists in flat vectors; a row holds ranges into them, so an observation
//! costs no allocation of its own. [`Observed`] is the view that readers use.
//!
//! **Invariant:** no credential, token, cookie or body value stands in a batch. Values are classes, lengths and keyed
//! hashes; the only texts of the wire kept are method, authority, literal path segments and names of parameters.

mod batch;

use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::anomaly::AnomalySet;
use crate::client::ClientFamily;
use crate::data::Mark;
use crate::flow::FlowEnds;
use crate::id::Id;
use crate::identity::{AuthSet, Identity};
use crate::message::Version;
use crate::stamp::Stamp;
use crate::time::PacketTime;
use crate::zone::Caller;

pub use batch::{ObservationBatch, Observed};

/// A range of a batch's text arena.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Offset.
    pub at: u32,
    /// Length in bytes.
    pub len: u32,
}

/// A range of one of a batch's lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Index of the first.
    pub at: u32,
    /// How many.
    pub len: u32,
}

/// One transaction, digested.
#[derive(Clone, Copy, Debug, Default)]
pub struct Observation {
    /// When it was complete, in the total order.
    pub stamp: Stamp,
    /// Packet time of the first byte of the request (or of the response when it came alone).
    pub first_at: PacketTime,
    /// Packet time of the last byte.
    pub last_at: PacketTime,
    /// First frame.
    pub first_frame: u64,
    /// Last frame.
    pub last_frame: u64,
    /// Client and server.
    pub flow: FlowEnds,
    /// Who called: behind trusted proxies, whom they name.
    pub caller: Caller,
    /// Packet time of the flow's first frame.
    pub flow_at: PacketTime,
    /// Ordinal of the transaction in its flow, from 0.
    pub ordinal: u32,
    /// What it is of a stream of messages, when it is no transaction: one more than its place in
    /// [`ObservationBatch::streams`].
    pub streamed: Option<NonZeroU32>,
    /// Protocol version.
    pub version: Version,
    /// Method as sent, cut to 32 bytes; empty when the request was not seen.
    pub method: Text,
    /// Service: the authority in lower case without a default port, else the server's address and port.
    pub service: Text,
    /// Lexical template: the normalised path, machine-made segments replaced by `{class}`.
    pub template: Text,
    /// Hash of service, method and template for table look-up; equality is still checked.
    pub name_hash: u64,
    /// Path segments ([`ObservationBatch::segments`]).
    pub segments: Rows,
    /// Parameters ([`ObservationBatch::params`]).
    pub params: Rows,
    /// Operations its content names ([`ObservationBatch::operations`]): none for most, several for a batch.
    pub operations: Rows,
    /// What it shows beside them ([`ObservationBatch::signals`]); nothing for most.
    pub signals: Rows,
    /// Whether the answer's content says that no operation was carried out.
    pub failed: bool,
    /// The status that stands for why, when the content says it: 400, 401, 403 or 404; else 0.
    pub failure: u16,
    /// Fields of the answer's JSON ([`ObservationBatch::answers`]); none when the answer was not read.
    pub answers: Rows,
    /// Whether the answer held more than is kept of one: what is not among its fields may still have been there.
    pub answers_cut: bool,
    /// Values that the answer discloses ([`ObservationBatch::disclosed`]).
    pub disclosed: Rows,
    /// Whether it disclosed more than is told: values that were not seen may have been among them.
    pub disclosed_cut: bool,
    /// Notes of the answer ([`ObservationBatch::notes`]); none of most answers.
    pub notes: Rows,
    /// Status of the final response; 0 when it was not seen.
    pub status: u16,
    /// Whom it acts for.
    pub identity: Identity,
    /// Credentials it carried.
    pub auth: AuthSet,
    /// Keyed hash of the credential that the identity was read from: one account may show several. 0 without one.
    pub credential: u32,
    /// The request's content.
    pub request: Side,
    /// The response's content.
    pub response: Side,
    /// From the first byte of the request to the last byte of the response; `None` unless both were seen whole.
    pub duration: Option<Duration>,
    /// Microseconds from the last byte of the request to the first byte of the answer: what the server needed. 0 when the
    /// answer began before the request's end, or one of them was not seen.
    pub wait_micros: u32,
    /// Hash of the client software's name without version digits; 0 when none was sent.
    pub client: u64,
    /// Family of the client software.
    pub client_family: ClientFamily,
    /// What the answer looks like; 0 when not looked at. A hash of the media type (upper 16 bits), and below it bits that
    /// stand for the names of its outermost JSON keys: answers of one kind have most of them in common.
    pub answer_shape: u64,
    /// What the answer says about the end of what answered.
    pub retirement: Retirement,
    /// Of a call of gRPC, one more than its place among [`ObservationBatch::rpcs`]; else 0.
    pub rpc: u32,
    /// Oddities of the wire and of the content.
    pub anomalies: AnomalySet,
    /// Bytes of it that are not in the capture.
    pub missing: u64,
}

impl Observation {
    /// Stable id of the transaction: flow, first packet time, ordinal. A hash: made only when it is written.
    pub fn tx_id(&self) -> Id {
        let flow = &self.flow;
        Id::of(
            "tx",
            &[
                &flow.orig.addr,
                &flow.orig.port.to_be_bytes(),
                &flow.resp.addr,
                &flow.resp.port.to_be_bytes(),
                &flow.tenant.0.to_be_bytes(),
                &self.flow_at.nanos().to_be_bytes(),
                &self.ordinal.to_be_bytes(),
            ],
        )
    }

    /// Whether it holds no message: it tells only how a connection is marked.
    pub const fn is_bare(&self) -> bool {
        !self.request.seen && !self.response.seen
    }

    /// Whether the answer says that the call was carried out: 2xx, 3xx or an upgrade, and no errors instead of what was
    /// asked for.
    pub const fn succeeded(&self) -> bool {
        (self.status >= 200 && self.status < 400 || self.status == 101) && !self.failed
    }

    /// The status that says how it ended: where everything is answered 200, the one that the content stands for.
    pub const fn outcome(&self) -> u16 {
        if self.failed && self.failure != 0 { self.failure } else { self.status }
    }

    /// Whether the server refused: 401, 403 or 404.
    pub const fn refused(&self) -> bool {
        matches!(self.outcome(), 401 | 403 | 404)
    }
}

/// What an answer says about the end of what answered, in seconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retirement {
    /// Since when it is deprecated (RFC 9745), or will be; [`Retirement::UNDATED`] when no date was given.
    pub deprecated: Option<NonZeroU32>,
    /// When it will be gone (RFC 8594).
    pub sunset: Option<NonZeroU32>,
}

impl Retirement {
    /// Stands for a deprecation without a date: the first second of 1970.
    pub const UNDATED: NonZeroU32 = NonZeroU32::MIN;
}

/// One message's content, without the content.
#[derive(Clone, Copy, Debug, Default)]
pub struct Side {
    /// Bytes of content seen, before any content decoding.
    pub bytes: u64,
    /// Media type in lower case without parameters; empty when none was sent.
    pub content_type: Text,
    /// Whether the message was seen whole.
    pub complete: bool,
    /// Whether the message was seen at all.
    pub seen: bool,
}

/// Shape of a path segment or of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum ValueClass {
    /// Text without a recognised shape: in a path, a literal until siblings show otherwise.
    #[default]
    Word,
    /// `v1`, `v2.1`: always a literal. Of a path also what a protocol says is a name: service and method of gRPC.
    Version,
    /// Decimal digits only.
    Int,
    /// A decimal number with a point or exponent.
    Decimal,
    /// RFC 9562 text form, with or without hyphens in braces.
    Uuid,
    /// Eight or more hexadecimal digits, a digit and a letter among them.
    Hex,
    /// Machine-made: base62, base64url, prefixed ids, ULIDs, snowflakes in text.
    Token,
    /// A JSON web token.
    Jwt,
    /// A calendar date.
    Date,
    /// A date with time.
    DateTime,
    /// An e-mail address.
    Email,
    /// A phone number in international form.
    Phone,
    /// An IP address.
    Ip,
    /// `en`, `pt-BR`.
    Locale,
    /// `true` or `false`.
    Bool,
    /// Empty or null.
    Null,
    /// A URL.
    Url,
    /// A file name with a known extension.
    File,
    /// A host name.
    Host,
    /// A JSON object.
    Object,
    /// A JSON array.
    Array,
    /// Bytes that are no text, where the form has such.
    Bytes,
}

impl ValueClass {
    /// Every class, in declaration order.
    pub const ALL: [Self; 22] = [
        Self::Word,
        Self::Version,
        Self::Int,
        Self::Decimal,
        Self::Uuid,
        Self::Hex,
        Self::Token,
        Self::Jwt,
        Self::Date,
        Self::DateTime,
        Self::Email,
        Self::Phone,
        Self::Ip,
        Self::Locale,
        Self::Bool,
        Self::Null,
        Self::Url,
        Self::File,
        Self::Host,
        Self::Object,
        Self::Array,
        Self::Bytes,
    ];

    /// The word inside the braces of a template, and the class in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Word => "str",
            Self::Version => "version",
            Self::Int => "int",
            Self::Decimal => "decimal",
            Self::Uuid => "uuid",
            Self::Hex => "hex",
            Self::Token => "token",
            Self::Jwt => "jwt",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Ip => "ip",
            Self::Locale => "locale",
            Self::Bool => "bool",
            Self::Null => "null",
            Self::Url => "url",
            Self::File => "file",
            Self::Host => "host",
            Self::Object => "object",
            Self::Array => "array",
            Self::Bytes => "bytes",
        }
    }

    /// Whether a path segment of this shape is a value rather than a word of the API.
    pub const fn is_value(self) -> bool {
        !matches!(self, Self::Word | Self::Version | Self::Locale | Self::Bool | Self::Null | Self::File)
    }
}

/// One segment of a path.
#[derive(Clone, Copy, Debug, Default)]
pub struct PathSegment {
    /// Its shape.
    pub class: ValueClass,
    /// The literal text when `!class.is_value()`, cut to 128 bytes; else the placeholder `{class}`.
    pub text: Text,
    /// Keyed hash of the value as sent; 0 when the class is not a value and the text is short enough to stand for it.
    pub value: u64,
    /// Short keyed tag of what stands there, words too: what [`ObservationBatch::disclosed`] is compared with.
    pub sought: u32,
    /// The number, for [`ValueClass::Int`] below 2⁶⁴.
    pub number: Option<u64>,
    /// The class of the configuration that the value is of.
    pub data: Option<Mark>,
}

/// Where a parameter was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum ParamPlace {
    /// In the path.
    Path,
    /// In the query.
    #[default]
    Query,
    /// In a header field of the API's own.
    Header,
    /// In a cookie.
    Cookie,
    /// In a form body.
    Form,
    /// In a JSON body, or another that has a tree; the name is a JSON pointer of keys, `*` for any array element. Keys of
    /// protobuf are numbers of fields, unless descriptors name them.
    Body,
    /// An argument of an operation (a GraphQL variable, a JSON-RPC parameter, a tool's argument); the name is a pointer
    /// as in a body.
    Argument,
}

impl ParamPlace {
    /// The word for it in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Form => "form",
            Self::Body => "body",
            Self::Argument => "argument",
        }
    }
}

/// One parameter of a request, without its value.
#[derive(Clone, Copy, Debug, Default)]
pub struct Param {
    /// Name as sent, cut to 128 bytes.
    pub name: Text,
    /// Where.
    pub place: ParamPlace,
    /// Shape of the value.
    pub class: ValueClass,
    /// Keyed hash of the value; 0 for structures.
    pub value: u64,
    /// Short keyed tag of a value that has a hash: what [`ObservationBatch::disclosed`] is compared with.
    pub sought: u32,
    /// The number, for [`ValueClass::Int`] below 2⁶⁴.
    pub number: Option<u64>,
    /// Sign and size of a number, see [`crate::magnitude()`]; 0 for everything else.
    pub magnitude: i8,
    /// What the value is about.
    pub data: Option<Mark>,
}

/// One field of an answer, over all its values in that answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnswerField {
    /// JSON pointer of keys, `*` for any array element, cut to 128 bytes.
    pub name: Text,
    /// Shapes of its values.
    pub classes: ClassSet,
    /// What most of its values are about.
    pub data: Option<Mark>,
    /// Half of the keyed hash of a value that shows it, else 0.
    pub value: u32,
}

/// What a field of an answer tells of the software that answered. Both texts are in lower case.
#[derive(Clone, Copy, Debug, Default)]
pub struct Note {
    /// Name of the field, cut to 128 bytes; `set-cookie` for a cookie.
    pub name: Text,
    /// A product and its version, or the name of the cookie; mostly empty. Never a value that may be drawn.
    pub value: Text,
}

/// A set of [`ValueClass`]es.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassSet(pub u32);

impl ClassSet {
    /// Adds one.
    pub const fn insert(&mut self, class: ValueClass) {
        self.0 |= 1 << class as u8;
    }

    /// Whether `class` is in it.
    pub const fn contains(self, class: ValueClass) -> bool {
        self.0 & (1 << class as u8) != 0
    }

    /// Its members, in declaration order.
    pub fn iter(self) -> impl Iterator<Item = ValueClass> {
        ValueClass::ALL.into_iter().filter(move |class| self.contains(*class))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_finds_its_texts_and_lists() {
        let mut batch = ObservationBatch::default();
        let method = batch.push_text(b"GET");
        let text = batch.push_text(b"orders");
        batch.segments.push(PathSegment { text, ..PathSegment::default() });
        let segments = Rows { at: 0, len: 1 };
        batch.rows.push(Observation { method, segments, ..Observation::default() });
        let seen = batch.get(0).unwrap();
        assert_eq!((seen.method(), seen.text(seen.segments()[0].text)), (&b"GET"[..], &b"orders"[..]));
        assert!(batch.get(1).is_none() && seen.params().is_empty());
    }

    #[test]
    fn transactions_of_one_flow_have_their_own_ids() {
        let first = Observation::default();
        let second = Observation { ordinal: 1, ..first };
        assert_ne!(first.tx_id(), second.tx_id());
    }
}
