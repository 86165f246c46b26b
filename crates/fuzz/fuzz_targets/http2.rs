//! Any frames of a client and a server of HTTP/2, and any bytes between them: the account balances, and however the streams
//! are cut into segments, the transactions are the same, as long as frames follow each other.
#![no_main]

use arbitrary::Arbitrary;
use fuzz::told::transactions;
use fuzz::wire::SEGMENT_BYTES_MAX;
use libfuzzer_sys::fuzz_target;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

#[derive(Arbitrary, Debug)]
enum Piece<'a> {
    /// A request, an answer or content as it should be, as far as it goes: a block begins with what its sender must name.
    Message {
        flags: u8,
        stream: u8,
        rest: &'a [u8],
    },
    Content {
        flags: u8,
        stream: u8,
        content: &'a [u8],
    },
    Frame {
        kind: u8,
        flags: u8,
        stream: u8,
        payload: &'a [u8],
    },
    Bytes(&'a [u8]),
}

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    /// Lengths of the pieces, used over and over.
    cuts: [u8; 8],
    client: Vec<Piece<'a>>,
    server: Vec<Piece<'a>>,
}

fuzz_target!(|case: Case| {
    let client = [PREFACE, SETTINGS, &written(&case.client, true)].concat();
    let server = [SETTINGS, &written(&case.server, false)].concat();
    let (whole, ledger) = transactions(&client, &server, &[SEGMENT_BYTES_MAX]);
    let (cut, _) = transactions(&client, &server, &case.cuts.map(|cut| usize::from(cut) + 1));
    if ledger.sum("payload.unparsed.") == 0 {
        assert_eq!(whole, cut, "whole on the left, cut on the right");
    }
});

fn written(pieces: &[Piece<'_>], client: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Message { flags, stream, rest } => {
                // `GET http /`, and `200`.
                let named: &[u8] = if client { &[0x82, 0x86, 0x84] } else { &[0x88] };
                frame(1, flags & 1 | 4, stream % 16, &[named, rest].concat(), &mut out);
            }
            Piece::Content { flags, stream, content } => frame(0, flags & 1, stream % 16, content, &mut out),
            Piece::Frame { kind, flags, stream, payload } => frame(kind % 11, *flags, stream % 16, payload, &mut out),
            Piece::Bytes(bytes) => out.extend_from_slice(bytes),
        }
    }
    out
}

fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(payload.len() as u32).to_be_bytes()[1..]);
    out.extend_from_slice(&[kind, flags, 0, 0, 0, stream]);
    out.extend_from_slice(payload);
}
