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
    Frame { kind: u8, flags: u8, stream: u8, payload: &'a [u8] },
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
    let client = [PREFACE, SETTINGS, &written(&case.client)].concat();
    let server = [SETTINGS, &written(&case.server)].concat();
    let (whole, ledger) = transactions(&client, &server, &[SEGMENT_BYTES_MAX]);
    let (cut, _) = transactions(&client, &server, &case.cuts.map(|cut| usize::from(cut) + 1));
    if ledger.sum("payload.unparsed.") == 0 {
        assert_eq!(whole, cut, "whole on the left, cut on the right");
    }
});

fn written(pieces: &[Piece<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Frame { kind, flags, stream, payload } => {
                out.extend_from_slice(&(payload.len() as u32).to_be_bytes()[1..]);
                out.extend_from_slice(&[kind % 11, *flags, 0, 0, 0, stream % 8]);
                out.extend_from_slice(payload);
            }
            Piece::Bytes(bytes) => out.extend_from_slice(bytes),
        }
    }
    out
}
