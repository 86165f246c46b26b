//! One HTTP transaction, borrowed from the flow shard that saw it.
//!
//! Nothing here is owned: the bytes live in the frame or in the flow's budgeted buffers and die when the sink returns.
//! `inspect` turns a [`Transaction`] into an owned, redacted observation.

use crate::anomaly::AnomalySet;
use crate::contact::Contact;
use crate::flow::FlowEnds;
use crate::stamp::Stamp;
use crate::stream::StreamPart;
use crate::time::PacketTime;
use crate::tls::TlsSeen;

/// A request and its final response, or the part of the pair that was seen.
#[derive(Clone, Copy, Debug)]
pub struct Transaction<'a> {
    /// When it was complete, in the total order.
    pub stamp: Stamp,
    /// Packet time of the frame or tick that completed it.
    pub at: PacketTime,
    /// Client and server.
    pub flow: FlowEnds,
    /// Packet time of the flow's first frame.
    pub flow_at: PacketTime,
    /// Ordinal of the transaction in its flow, from 0.
    pub ordinal: u32,
    /// The request, unless only its response was seen.
    pub request: Option<Request<'a>>,
    /// The final response, if it was seen.
    pub response: Option<Response<'a>>,
    /// Status codes of interim responses (1xx other than 101), in order.
    pub interim: &'a [u16],
    /// The name in the certificate that the client showed on this connection ([`crate::certificate::of_client`]).
    pub certificate: Option<&'a [u8]>,
    /// Oddities of the wire that touch this transaction.
    pub anomalies: AnomalySet,
    /// Bytes of it that are not in the capture.
    pub missing: u64,
}

/// A request as sent.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Method token as sent (RFC 9110 §9).
    pub method: &'a [u8],
    /// Request target as sent (RFC 9112 §3.2).
    pub target: &'a [u8],
    /// Protocol version.
    pub version: Version,
    /// Header section.
    pub fields: Fields<'a>,
    /// Content.
    pub body: Body<'a>,
    /// Where and when it was seen.
    pub span: Span,
}

/// A final response as sent.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    /// Status code, 100–999.
    pub status: u16,
    /// Protocol version.
    pub version: Version,
    /// Header section.
    pub fields: Fields<'a>,
    /// Content.
    pub body: Body<'a>,
    /// Where and when it was seen.
    pub span: Span,
}

/// First and last frame of a message, and their packet times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Packet time of the first byte.
    pub first_at: PacketTime,
    /// Packet time of the last byte; [`PacketTime::ZERO`] when it is not known.
    pub last_at: PacketTime,
    /// Frame of the first byte.
    pub first_frame: u64,
    /// Frame of the last byte.
    pub last_frame: u64,
}

/// Protocol version of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// A simple request or answer without head (RFC 1945 §4.1).
    Http09,
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    #[default]
    Http11,
    /// HTTP/2.
    Http2,
    /// HTTP/3.
    Http3,
}

impl Version {
    /// `0.9`, `1.0`, `1.1`, `2` or `3`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http09 => "0.9",
            Self::Http10 => "1.0",
            Self::Http11 => "1.1",
            Self::Http2 => "2",
            Self::Http3 => "3",
        }
    }
}

/// Content of a message after removing chunked framing, before any content decoding.
#[derive(Clone, Copy, Debug, Default)]
pub struct Body<'a> {
    /// The first bytes, at most [`crate::limits::BODY_BYTES_MAX`]; empty when the sink wants no bodies.
    pub kept: &'a [u8],
    /// Bytes seen.
    pub len: u64,
    /// Whether the whole body was seen.
    pub complete: bool,
    /// Whether it had chunked framing.
    pub chunked: bool,
    /// Messages of gRPC in it, when its media type is one of gRPC's.
    pub messages: Option<&'a Messages>,
}

/// Length-prefixed messages in the content of one message of HTTP (gRPC over HTTP/2, and gRPC-Web).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "five things that happen each for itself")]
pub struct Messages {
    /// Messages that ended; those of which bytes are missing, too, as long as their length is known.
    pub count: u64,
    /// Bytes of them, without prefixes, as sent.
    pub bytes: u64,
    /// Bytes of the largest.
    pub largest: u32,
    /// Those that are compressed.
    pub compressed: u64,
    /// Bytes of content before the first that is missing.
    pub intact: u64,
    /// Whether bytes are missing within messages: all were counted, not all were seen.
    pub holes: bool,
    /// Whether bytes are missing such that there may be more messages.
    pub lost: bool,
    /// Whether something else stood where a message had to begin: there may be more messages.
    pub malformed: bool,
    /// Whether the content ends within a message, which is not counted.
    pub open: bool,
    /// Whether the trailers of gRPC-Web were read to their end.
    pub ended: bool,
    /// Trailers of gRPC-Web: `name: value` in lines, at most [`crate::limits::TRAILER_BYTES_MAX`].
    pub trailers: Vec<u8>,
}

impl Messages {
    /// Whether the count is that of all messages sent so far.
    pub const fn is_exact(&self) -> bool {
        !self.lost && !self.malformed
    }
}

/// How a call of gRPC ended: the code that its fields, trailers among them, name. `None`: they name none.
pub fn grpc_status(fields: &Fields<'_>, body: &Body<'_>) -> Option<u32> {
    // Trailers stand behind the fields of the head.
    match fields.all(FieldName::GrpcStatus).last() {
        Some(value) => code(value),
        None => grpc_status_in(&body.messages?.trailers),
    }
}

/// The same of trailers of gRPC-Web.
pub fn grpc_status_in(trailers: &[u8]) -> Option<u32> {
    trailers.split(|byte| *byte == b'\n').find_map(|line| {
        let (name, value) = line.split_at_checked(line.iter().position(|byte| *byte == b':')?)?;
        name.trim_ascii().eq_ignore_ascii_case(b"grpc-status").then(|| code(value.get(1..)?))?
    })
}

fn code(value: &[u8]) -> Option<u32> {
    std::str::from_utf8(value.trim_ascii()).ok()?.parse().ok()
}

/// A header section: raw bytes, and where each field lies in them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    fields: &'a [Field],
}

impl<'a> Fields<'a> {
    /// A view of `fields`, whose offsets point into `bytes`.
    pub const fn new(bytes: &'a [u8], fields: &'a [Field]) -> Self {
        Self { bytes, fields }
    }

    /// Name and value of each field as sent, in order; values without surrounding blanks.
    pub fn iter(&self) -> impl Iterator<Item = (FieldName, &'a [u8], &'a [u8])> + use<'a> {
        let bytes = self.bytes;
        self.fields.iter().map(move |field| (field.id, field.name_in(bytes), field.value_in(bytes)))
    }

    /// All bytes from the first name to the last value, with whatever stands between.
    pub fn section(&self) -> &'a [u8] {
        let from = self.fields.iter().map(|field| field.name_at.min(field.value_at)).min().unwrap_or(0);
        let ends = |field: &Field| {
            let name = field.name_at.saturating_add(u32::from(field.name_len));
            name.max(field.value_at.saturating_add(field.value_len))
        };
        let to = self.fields.iter().map(ends).max().unwrap_or(0);
        slice(self.bytes, from, to.saturating_sub(from))
    }

    /// Value of the first field of that name.
    pub fn first(&self, name: FieldName) -> Option<&'a [u8]> {
        self.fields.iter().find(|field| field.id == name).map(|field| field.value_in(self.bytes))
    }

    /// Values of all fields of that name, in order.
    pub fn all(&self, name: FieldName) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let bytes = self.bytes;
        self.fields.iter().filter(move |field| field.id == name).map(move |field| field.value_in(bytes))
    }

    /// Number of fields.
    pub const fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are no fields.
    pub const fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

/// Where one field lies in the bytes of its head, and which known name it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Known name, or [`FieldName::Other`].
    pub id: FieldName,
    /// Offset of the name.
    pub name_at: u32,
    /// Length of the name.
    pub name_len: u16,
    /// Offset of the value.
    pub value_at: u32,
    /// Length of the value.
    pub value_len: u32,
}

impl Field {
    /// The name within `bytes`; empty when out of range.
    pub fn name_in<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        slice(bytes, self.name_at, u32::from(self.name_len))
    }

    /// The value within `bytes`; empty when out of range.
    pub fn value_in<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        slice(bytes, self.value_at, self.value_len)
    }
}

fn slice(bytes: &[u8], at: u32, len: u32) -> &[u8] {
    let at = at as usize;
    bytes.get(at..at.saturating_add(len as usize)).unwrap_or_default()
}

macro_rules! field_names {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Field names that some stage looks for; all others are [`FieldName::Other`].
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum FieldName {
            /// Any name not listed.
            #[default]
            Other,
            $($(#[$doc])* $variant,)*
        }

        /// The names as they stand in [`PLACES`], in declaration order after [`FieldName::Other`].
        const NAMES: &[(FieldName, &[u8])] = &[(FieldName::Other, b""), $((FieldName::$variant, $name),)*];
    };
}

impl FieldName {
    /// The known name equal to `name` without regard to case.
    #[inline]
    pub fn of(name: &[u8]) -> Self {
        let place = PLACES.get(place_of(name)).copied().unwrap_or_default();
        match NAMES.get(usize::from(place)) {
            Some((id, known)) if is_known(name, known) => *id,
            _ => Self::Other,
        }
    }

    /// The bit that stands for this name in a set of names.
    #[inline]
    pub const fn bit(self) -> u64 {
        1 << self as u8
    }
}

const _: () = assert!(NAMES.len() <= 64, "a set of names no longer fits in 64 bits");

/// Whether `name` is the listed name `known` without regard to case: first and last words, and the middle of long ones.
///
/// Listed names hold small letters, digits and hyphens only, and at least four of them; the compiler checks that.
#[inline]
fn is_known(name: &[u8], known: &[u8]) -> bool {
    if name.len() != known.len() {
        return false;
    }
    if let (Some(a), Some(b)) = (name.first_chunk::<8>(), known.first_chunk::<8>()) {
        let (last_a, last_b) = (name.last_chunk().unwrap_or(a), known.last_chunk().unwrap_or(b));
        let middle = || name.len() <= 16 || name.eq_ignore_ascii_case(known);
        return is_word(u64::from_le_bytes(*a), u64::from_le_bytes(*b))
            && is_word(u64::from_le_bytes(*last_a), u64::from_le_bytes(*last_b))
            && middle();
    }
    let half = |bytes: Option<&[u8; 4]>| bytes.map_or(0, |four| u64::from(u32::from_le_bytes(*four)));
    let both = |bytes: &[u8]| half(bytes.first_chunk()) << 32 | half(bytes.last_chunk());
    is_word(both(name), both(known))
}

/// Whether eight bytes are those of `known`, whose letters (the bytes with 0x40) are small, without regard to case.
#[inline]
const fn is_word(word: u64, known: u64) -> bool {
    word | (known >> 1 & 0x2020_2020_2020_2020) == known
}

/// Length, first and last letter and one in the middle tell all known names apart; the compiler checks that.
#[inline]
const fn place_of(name: &[u8]) -> usize {
    let (Some(first), Some(last)) = (name.first(), name.last()) else { return 0 };
    let (_, half) = name.split_at(name.len() / 2);
    let middle = match half.first() {
        Some(byte) => *byte,
        None => 0,
    };
    (name.len() + letter(*first) + letter(middle) * 2 + letter(*last) * 7) % PLACES_LEN
}

#[inline]
const fn letter(byte: u8) -> usize {
    (byte | 0x20) as usize
}

const PLACES_LEN: usize = 256;

/// For each value of [`place_of`], the only name it can be, by its index in [`NAMES`].
static PLACES: [u8; PLACES_LEN] = places();

#[allow(clippy::indexing_slicing, reason = "runs in the compiler only")]
const fn places() -> [u8; PLACES_LEN] {
    let mut places = [0; PLACES_LEN];
    let mut at = 1;
    while at < NAMES.len() {
        let place = place_of(NAMES[at].1);
        assert!(
            is_listable(NAMES[at].1),
            "is_known relies on names of at least four small letters, digits and hyphens"
        );
        assert!(places[place] == 0, "two names share a place: change place_of");
        places[place] = at as u8;
        at += 1;
    }
    places
}

#[allow(clippy::indexing_slicing, reason = "runs in the compiler only")]
const fn is_listable(name: &[u8]) -> bool {
    let mut at = 0;
    while at < name.len() {
        if !matches!(name[at], b'a'..=b'z' | b'0'..=b'9' | b'-') {
            return false;
        }
        at += 1;
    }
    name.len() >= 4
}

field_names! {
    /// RFC 9110 §7.2.
    Host = b"host",
    /// RFC 9110 §8.6.
    ContentLength = b"content-length",
    /// RFC 9112 §6.1.
    TransferEncoding = b"transfer-encoding",
    /// RFC 9110 §7.6.1.
    Connection = b"connection",
    /// RFC 9110 §7.8.
    Upgrade = b"upgrade",
    /// RFC 9110 §8.3.
    ContentType = b"content-type",
    /// RFC 9110 §8.4.
    ContentEncoding = b"content-encoding",
    /// RFC 9110 §14.4.
    ContentRange = b"content-range",
    /// RFC 9110 §10.1.1.
    Expect = b"expect",
    /// RFC 9110 §11.6.2.
    Authorization = b"authorization",
    /// RFC 9110 §11.7.2.
    ProxyAuthorization = b"proxy-authorization",
    /// RFC 9110 §11.6.1.
    WwwAuthenticate = b"www-authenticate",
    /// RFC 6265 §4.2.
    Cookie = b"cookie",
    /// RFC 6265 §4.1.
    SetCookie = b"set-cookie",
    /// RFC 9110 §10.1.5.
    UserAgent = b"user-agent",
    /// RFC 9110 §12.5.1.
    Accept = b"accept",
    /// RFC 9110 §10.2.2.
    Location = b"location",
    /// De facto API key.
    XApiKey = b"x-api-key",
    /// De facto API key.
    ApiKey = b"api-key",
    /// De facto token.
    XAuthToken = b"x-auth-token",
    /// De facto token.
    XAccessToken = b"x-access-token",
    /// De facto method override.
    XHttpMethodOverride = b"x-http-method-override",
    /// De facto method override.
    XMethodOverride = b"x-method-override",
    /// De facto method override.
    XHttpMethod = b"x-http-method",
    /// De facto path override.
    XOriginalUrl = b"x-original-url",
    /// De facto path override.
    XRewriteUrl = b"x-rewrite-url",
    /// De facto client address.
    XForwardedFor = b"x-forwarded-for",
    /// RFC 7239 §4.
    Forwarded = b"forwarded",
    /// SOAP 1.1 §6.1.1.
    SoapAction = b"soapaction",
    /// RFC 9110 §10.2.4.
    Server = b"server",
    /// RFC 9110 §6.6.2.
    Trailer = b"trailer",
    /// RFC 9745.
    Deprecation = b"deprecation",
    /// RFC 8594.
    Sunset = b"sunset",
    /// How a call of gRPC ended (gRPC over HTTP/2, "Responses").
    GrpcStatus = b"grpc-status",
    /// Coding of the messages of gRPC.
    GrpcEncoding = b"grpc-encoding",
    /// RFC 9113 §3.1 (h2c).
    Http2Settings = b"http2-settings",
}

/// Takes the transactions of a flow shard, one at a time, in the order they were completed.
pub trait TransactionSink {
    /// Whether the first bytes of message bodies should be kept for this sink.
    fn wants_bodies(&self) -> bool;

    /// One transaction; borrowed bytes are valid until it returns.
    fn transaction(&mut self, transaction: &Transaction<'_>);

    /// A connection that is abused, told at once because it may never carry a message again: its ends and marks, and neither
    /// request nor response.
    fn abused(&mut self, _connection: &Transaction<'_>) {}

    /// A part of a stream of messages that a transaction opened; borrowed bytes are valid until it returns.
    fn streamed(&mut self, _part: &StreamPart<'_>) {}

    /// A flow whose opening was seen, at that time.
    fn opened(&mut self, _contact: &Contact) {}

    /// Whether digests of decrypted content are wanted.
    fn wants_digests(&self) -> bool {
        false
    }

    /// One TLS connection, as it ended; borrowed bytes are valid until it returns.
    fn tls(&mut self, _seen: &TlsSeen<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_without_regard_to_case() {
        assert_eq!(FieldName::of(b"Content-Length"), FieldName::ContentLength);
        assert_eq!(FieldName::of(b"X-API-KEY"), FieldName::XApiKey);
        assert_eq!(FieldName::of(b"x-custom"), FieldName::Other);
        assert_eq!(FieldName::of(b""), FieldName::Other);
        for (id, name) in NAMES {
            assert_eq!(FieldName::of(name), *id);
            assert_eq!(FieldName::of(&name.to_ascii_uppercase()), *id);
        }
    }

    #[test]
    fn a_name_with_any_other_byte_is_not_known() {
        for (_, name) in NAMES {
            for at in 0..name.len() {
                for byte in 0..=u8::MAX {
                    let mut other = name.to_vec();
                    other[at] = byte;
                    let expected = NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(&other));
                    assert_eq!(FieldName::of(&other), expected.map_or(FieldName::Other, |(id, _)| *id), "{other:?}");
                }
            }
        }
    }

    #[test]
    fn a_field_out_of_range_reads_as_empty() {
        let field = Field { id: FieldName::Host, name_at: 90, name_len: 4, value_at: u32::MAX, value_len: 9 };
        assert_eq!((field.name_in(b"x"), field.value_in(b"x")), (&b""[..], &b""[..]));
    }
}
