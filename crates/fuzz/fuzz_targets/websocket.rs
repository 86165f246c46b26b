//! Any frames of a client and a server of WebSocket, compressed or not, any lines of events, and any bytes between them: the
//! account balances, no more is kept than the limits say, and however the streams are cut into segments the messages are the
//! same, as long as frames follow each other.
#![no_main]

use arbitrary::Arbitrary;
use fuzz::told::messages;
use fuzz::wire::SEGMENT_BYTES_MAX;
use libfuzzer_sys::fuzz_target;

const ASK: &str = "GET /live HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const AGREE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
const DEFLATE: &str = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
const ALONE: &str =
    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n";
const EVENTS: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

#[derive(Arbitrary, Debug)]
enum Piece<'a> {
    /// A frame as it should be: masked by a client.
    Frame {
        first: u8,
        payload: &'a [u8],
    },
    /// A frame with any second byte.
    Odd {
        first: u8,
        second: u8,
        payload: &'a [u8],
    },
    Bytes(&'a [u8]),
}

#[derive(Arbitrary, Debug)]
enum Kind {
    Plain,
    Deflate,
    Alone,
    Events,
}

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    kind: Kind,
    /// Lengths of the pieces, used over and over.
    cuts: [u8; 8],
    client: Vec<Piece<'a>>,
    server: Vec<Piece<'a>>,
}

fuzz_target!(|case: Case| {
    let (ask, agree) = match case.kind {
        Kind::Plain => (ASK, [AGREE, "", "\r\n"]),
        Kind::Deflate => (ASK, [AGREE, DEFLATE, "\r\n"]),
        Kind::Alone => (ASK, [AGREE, ALONE, "\r\n"]),
        Kind::Events => ("GET /events HTTP/1.1\r\nHost: h\r\n\r\n", [EVENTS, "", ""]),
    };
    let client = [ask.as_bytes(), &written(&case.client, true)].concat();
    let server = [agree.concat().as_bytes(), &written(&case.server, false)].concat();
    let (whole, ledger) = messages(&client, &server, &[SEGMENT_BYTES_MAX]);
    let (cut, again) = messages(&client, &server, &case.cuts.map(|cut| usize::from(cut) + 1));
    if ledger.sum("payload.unparsed.") + again.sum("payload.unparsed.") == 0 {
        assert_eq!(whole, cut, "whole on the left, cut on the right");
    }
});

fn written(pieces: &[Piece<'_>], client: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Frame { first, payload } => {
                let payload = &payload[..payload.len().min(125)];
                out.extend([*first, payload.len() as u8 | if client { 0x80 } else { 0 }]);
                if client {
                    // Masked with nothing.
                    out.extend([0; 4]);
                }
                out.extend_from_slice(payload);
            }
            Piece::Odd { first, second, payload } => {
                out.extend([*first, *second]);
                out.extend_from_slice(payload);
            }
            Piece::Bytes(bytes) => out.extend_from_slice(bytes),
        }
    }
    out
}
