//! Bytes that no honest peer sends.

use make_fixtures::{Conversation, Cut};
use proptest::prelude::*;

use super::peer::{CLIENT, Peer, SERVER, message, record};
use super::{WHOLE, decode, decode_with, ring};

fn talk(client: &[u8], server: &[u8]) -> Conversation {
    Conversation::new(([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 443)).client(client).server(server)
}

#[test]
fn lengths_that_lie_cost_nothing() {
    let huge = [22, 3, 1, 0xff, 0xff, 1, 0xff, 0xff, 0xff];
    let long_message = record(22, 0x0301, &[&[1, 0xff, 0xff, 0xff][..], &[3; 99]].concat());
    for bytes in [&huge[..], &long_message, &[22, 3, 1, 0, 0], &[20, 3, 3, 0, 1, 1]] {
        for repeats in [1, 500] {
            let bytes = bytes.repeat(repeats);
            decode_with(&talk(&bytes, &bytes).packets(&WHOLE), Some(ring("")), |_| ());
        }
    }
}

#[test]
fn a_message_too_long_is_passed_over() {
    let mut peer = Peer::new(0x0303, 0xc02f);
    peer.client_hello().server_hello([0x24; 32]);
    let long = message(11, &vec![0; model::limits::TLS_HANDSHAKE_BYTES_MAX]);
    for piece in long.chunks(1 << 14) {
        peer.send(SERVER, 22, piece);
    }
    peer.send(SERVER, 22, &message(14, b"")).note("CLIENT_RANDOM", &[5; 48]);
    peer.send(CLIENT, 22, &message(16, b"x")).protect_12(&[5; 48]).say(CLIENT, &super::get("/a"));
    assert_eq!(decode(&peer, &WHOLE).0.transactions, ["GET /a 0 > "]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_balance(
        client in proptest::collection::vec(any::<u8>(), 0..600),
        server in proptest::collection::vec(any::<u8>(), 0..600),
        kinds in proptest::collection::vec(20_u8..25, 2..6),
        mss in 1_usize..200,
    ) {
        let records = |bytes: &[u8]| -> Vec<u8> {
            let pieces = bytes.chunks(bytes.len() / kinds.len() + 1).zip(kinds.iter().cycle());
            pieces.flat_map(|(piece, kind)| record(*kind, 0x0303, piece)).collect()
        };
        decode_with(&talk(&records(&client), &records(&server)).packets(&Cut::Mss(mss)), Some(ring("")), |_| ());
    }

    #[test]
    fn a_connection_with_any_byte_altered_gives_what_was_sent_or_less(at: usize, bit in 0_u8..8, version: bool) {
        let mut peer = if version { Peer::new(0x0304, 0x1301) } else { Peer::new(0x0303, 0xc02f) };
        if version {
            peer.client_hello().handshake_13(false);
        } else {
            peer.handshake_12();
        }
        peer.say(CLIENT, &super::get("/a")).say(SERVER, &super::answer(b"12345")).say(CLIENT, &super::get("/b"));
        let turns = peer.turns.len();
        let (_, bytes) = &mut peer.turns[at % turns];
        let place = at / turns % bytes.len();
        bytes[place] ^= 1 << bit;
        let (seen, _) = decode(&peer, &WHOLE);
        for transaction in seen.transactions {
            prop_assert!(transaction.contains("/a") || transaction.contains("/b") || transaction.contains("200 5"));
        }
    }
}
