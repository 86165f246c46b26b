//! The handshake that makes a connection a WebSocket (RFC 6455 §4.2.2, RFC 7692 §7, RFC 8441 §5).
//!
//! In: the heads of request and answer. Out: whether they agree, and how each direction may be compressed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::sha1::sha1;
use crate::proto::message::Message;

/// What the server appends to the key (§1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// How one direction may be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deflate {
    /// Not at all.
    No,
    /// With DEFLATE, `takeover`: each message after those before it.
    Yes { takeover: bool },
    /// The handshake was not seen.
    Unknown,
}

impl Deflate {
    pub(super) fn may_be(self) -> bool {
        self != Self::No
    }
}

/// Whether the answer accepts the request as HTTP/1.1 does it: with the hash of its key. A request that was not seen is
/// taken as one that asked.
pub(in crate::proto) fn is_accepted(request: Option<&Message>, response: &Message) -> bool {
    let Some(accept) = field(response, b"sec-websocket-accept") else { return false };
    let Some(request) = request else { return true };
    let Some(key) = field(request, b"sec-websocket-key") else { return false };
    let hash = sha1(&[key, GUID].concat());
    STANDARD.encode(hash).as_bytes() == accept
}

/// Whether the request asks for a WebSocket on a stream of HTTP/2.
pub(in crate::proto) fn is_extended_connect(request: &Message) -> bool {
    request.method() == b"CONNECT"
        && field(request, b":protocol").is_some_and(|name| name.eq_ignore_ascii_case(b"websocket"))
}

/// How the client's and the server's messages may be compressed, by the answer.
pub(super) fn agreed(response: &Message) -> [Deflate; 2] {
    let mut agreed = [Deflate::No; 2];
    for value in fields(response, b"sec-websocket-extensions") {
        for extension in value.split(|byte| *byte == b',') {
            let mut parts = extension.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
            if !parts.next().is_some_and(|name| name.eq_ignore_ascii_case(b"permessage-deflate")) {
                continue;
            }
            let (mut client, mut server) = (true, true);
            for parameter in parts {
                client &= !parameter.eq_ignore_ascii_case(b"client_no_context_takeover");
                server &= !parameter.eq_ignore_ascii_case(b"server_no_context_takeover");
            }
            agreed = [Deflate::Yes { takeover: client }, Deflate::Yes { takeover: server }];
        }
    }
    agreed
}

fn field<'m>(message: &'m Message, name: &[u8]) -> Option<&'m [u8]> {
    fields(message, name).next()
}

fn fields<'m>(message: &'m Message, name: &[u8]) -> impl Iterator<Item = &'m [u8]> {
    let bytes = &message.bytes;
    let of_name = move |field: &&model::message::Field| field.name_in(bytes).eq_ignore_ascii_case(name);
    message.head.fields.iter().filter(of_name).map(move |field| field.value_in(bytes))
}

#[cfg(test)]
mod tests {
    use model::message::Field;

    use super::*;

    fn message(fields: &[(&str, &str)]) -> Message {
        let mut message = Message::default();
        for (name, value) in fields {
            let name_at = message.bytes.len() as u32;
            message.bytes.extend_from_slice(name.as_bytes());
            let value_at = message.bytes.len() as u32;
            message.bytes.extend_from_slice(value.as_bytes());
            let id = model::message::FieldName::of(name.as_bytes());
            let (name_len, value_len) = (name.len() as u16, value.len() as u32);
            message.head.push(Field { id, name_at, name_len, value_at, value_len });
        }
        message
    }

    #[test]
    fn the_handshake_of_the_rfc_is_accepted_and_no_other() {
        // RFC 6455 §1.3.
        let request = message(&[("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]);
        let response = message(&[("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")]);
        assert!(is_accepted(Some(&request), &response) && is_accepted(None, &response));
        let other = message(&[("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZR==")]);
        assert!(!is_accepted(Some(&other), &response) && !is_accepted(Some(&message(&[])), &response));
        assert!(!is_accepted(Some(&request), &message(&[])));
    }

    #[test]
    fn the_answer_says_how_messages_are_compressed() {
        let yes = |takeover| Deflate::Yes { takeover };
        let cases = [
            ("permessage-deflate", [yes(true); 2]),
            ("permessage-deflate; server_no_context_takeover; client_max_window_bits=10", [yes(true), yes(false)]),
            ("x-other, PerMessage-Deflate ;client_no_context_takeover", [yes(false), yes(true)]),
            ("x-webkit-deflate-frame", [Deflate::No; 2]),
            ("", [Deflate::No; 2]),
        ];
        for (value, expected) in cases {
            assert_eq!(agreed(&message(&[("sec-websocket-extensions", value)])), expected, "{value}");
        }
        assert_eq!(agreed(&message(&[])), [Deflate::No; 2]);
    }
}
