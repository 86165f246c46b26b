//! What is opened, in which versions, and what is not.

use std::sync::Arc;

use make_fixtures::{Cut, disturb};
use model::TlsBlind;
use model::ledger::Counter;
use proptest::prelude::*;

use super::super::{KeyRing, Keys, PrivateKey};
use super::peer::{CLIENT, Peer, SERVER, extension, message, record};
use super::{WHOLE, answer, decode, decode_with, get, ring};

/// A whole connection of TLS 1.3 with two exchanges.
fn of_13(suite: u16) -> Peer {
    let mut peer = Peer::new(0x0304, suite);
    peer.client_hello().handshake_13(false);
    peer.say(CLIENT, &get("/a")).say(SERVER, &answer(&vec![b'x'; 40_000]));
    peer.say(CLIENT, &get("/b")).say(SERVER, &answer(b"{}"));
    peer
}

fn of_12(version: u16, suite: u16, etm: bool) -> Peer {
    let mut peer = Peer::new(version, suite);
    peer.etm = etm;
    peer.handshake_12();
    peer.say(CLIENT, &get("/a")).say(SERVER, &answer(&vec![b'x'; 40_000]));
    peer.say(CLIENT, &get("/b")).say(SERVER, &answer(b"{}"));
    peer
}

const BOTH: [&str; 2] = ["GET /a 0 > 200 40000", "GET /b 0 > 200 2"];

#[test]
fn tls_1_3_opens_with_its_traffic_secrets() {
    for suite in [0x1301, 0x1302, 0x1303] {
        let (seen, ledger) = decode(&of_13(suite), &WHOLE);
        assert_eq!(seen.transactions, BOTH, "{suite:04x}");
        let [connection] = &seen.connections[..] else { panic!("{:?}", seen.connections) };
        assert_eq!((connection.0.as_deref(), connection.2), (Some("shop.com"), None));
        assert_eq!(ledger.get(Counter::PayloadTls), 0);
        assert_eq!(ledger.get(Counter::TlsPlainBytes), ledger.get(Counter::PayloadHttp1));
    }
}

#[test]
fn older_versions_open_with_their_master_secret() {
    for (version, suite, etm) in [
        (0x0303, 0x009c, false),
        (0x0303, 0xc030, false),
        (0x0303, 0xcca8, false),
        (0x0303, 0xc027, false),
        (0x0303, 0xc028, false),
        (0x0303, 0xc027, true),
        (0x0302, 0xc013, false),
        (0x0302, 0xc014, true),
        (0x0301, 0x002f, false),
        (0x0301, 0x0035, true),
    ] {
        let (seen, ledger) = decode(&of_12(version, suite, etm), &WHOLE);
        assert_eq!(seen.transactions, BOTH, "{version:04x} {suite:04x} {etm}");
        assert_eq!(ledger.get(Counter::PayloadTls), 0);
    }
}

#[test]
fn transactions_name_the_holder_of_the_clients_certificate() {
    // SEQUENCE { SEQUENCE { serial, algorithm, issuer, validity, subject { CN=app }, key } }
    let signed = b"\x02\x01\x01\x30\x00\x30\x00\x30\x00\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03app\x30\x00";
    let inner = [&[0x30, signed.len() as u8][..], signed].concat();
    let der = [&[0x30, inner.len() as u8][..], &inner].concat();
    let entry = |tail: &[u8]| [&[0, 0, der.len() as u8][..], &der, tail].concat();
    let list = |context: &[u8], entry: &[u8]| [context, &[0, 0, entry.len() as u8], entry].concat();
    for (version, body) in [(0x0304, list(&[0], &entry(&[0, 0]))), (0x0303, list(&[], &entry(&[])))] {
        for (certificate, expected) in [(Some(body.clone()), Some("CN=app")), (Some(vec![0; 4]), None), (None, None)] {
            let mut peer = Peer::new(version, if version == 0x0304 { 0x1301 } else { 0xc02f });
            peer.certificate = certificate;
            match version {
                0x0304 => peer.client_hello().handshake_13(false),
                _ => peer.handshake_12(),
            };
            peer.say(CLIENT, &get("/a")).say(SERVER, &answer(b"{}"));
            let (seen, _) = decode(&peer, &WHOLE);
            assert_eq!(seen.certificates, [expected.map(str::to_owned)], "{version:04x}");
        }
    }
}

#[test]
fn a_wrong_key_gives_nothing_and_is_said() {
    for peer in [of_13(0x1301), of_12(0x0303, 0xc02f, false), of_12(0x0301, 0x002f, false)] {
        let log = peer.log.replace("0202", "0203").replace("0505", "0506").replace("0404", "0405");
        let packets = peer.conversation().packets(&WHOLE);
        let (seen, ledger) = decode_with(&packets, Some(ring(&log)), |_| ());
        assert!(seen.transactions.is_empty(), "{:?}", seen.transactions);
        assert_eq!(seen.connections[0].2, Some(TlsBlind::BadRecord));
        assert_eq!(ledger.get(Counter::TlsPlainBytes), 0);
    }
}

#[test]
fn without_a_key_the_service_is_named_and_nothing_else() {
    for peer in [of_13(0x1301), of_12(0x0303, 0xc02f, false)] {
        let packets = peer.conversation().packets(&WHOLE);
        for keys in [None, Some(ring(""))] {
            let (seen, ledger) = decode_with(&packets, keys, |_| ());
            assert_eq!(seen.connections, [(Some("shop.com".to_owned()), [0, 0], Some(TlsBlind::NoKey))]);
            assert_eq!(ledger.get(Counter::PayloadTls), ledger.get(Counter::PayloadAccepted));
        }
    }
}

#[test]
fn a_suite_that_is_not_decrypted_is_refused_by_name() {
    let mut peer = Peer::new(0x0303, 0xc072);
    peer.client_hello().server_hello([1; 32]).raw(CLIENT, &record(23, 0x0303, &[0; 99]));
    peer.note("CLIENT_RANDOM", &[5; 48]);
    let (seen, ledger) = decode(&peer, &WHOLE);
    assert_eq!((seen.connections[0].2, ledger.get(Counter::TlsSuite)), (Some(TlsBlind::Suite), 1));
}

#[test]
fn keys_are_updated_in_either_direction() {
    let mut peer = of_13(0x1302);
    peer.key_update(SERVER).key_update(CLIENT).say(CLIENT, &get("/c"));
    peer.key_update(SERVER).say(SERVER, &answer(b"1"));
    assert_eq!(decode(&peer, &WHOLE).0.transactions[2..], ["GET /c 0 > 200 1"]);
}

#[test]
fn a_server_may_ask_for_another_hello() {
    let mut peer = Peer::new(0x0304, 0x1301);
    let retry = hello_retry();
    peer.client_hello().server_hello(retry).raw(CLIENT, &record(20, 0x0303, &[1]));
    peer.client_hello().handshake_13(false).say(CLIENT, &get("/a")).say(SERVER, &answer(b"1"));
    assert_eq!(decode(&peer, &WHOLE).0.transactions, ["GET /a 0 > 200 1"]);
}

fn hello_retry() -> [u8; 32] {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"HelloRetryRequest").as_ref().try_into().unwrap()
}

fn with_early_data(accepted: bool) -> Peer {
    let mut peer = Peer::new(0x0304, 0x1301);
    peer.offered.extend(extension(42, b""));
    peer.client_hello().raw(CLIENT, &record(20, 0x0303, &[1]));
    peer.secret(CLIENT, Some("CLIENT_EARLY_TRAFFIC_SECRET"), &[6; 32]).say(CLIENT, &get("/early"));
    peer.handshake_13(accepted);
    peer
}

#[test]
fn early_data_that_the_server_takes_are_read() {
    let mut peer = with_early_data(true);
    peer.say(SERVER, &answer(b"1")).say(CLIENT, &get("/a")).say(SERVER, &answer(b"22"));
    for cut in [WHOLE, Cut::Mss(100)] {
        assert_eq!(decode(&peer, &cut).0.transactions, ["GET /early 0 > 200 1", "GET /a 0 > 200 2"]);
    }
}

#[test]
fn early_data_that_the_server_refuses_never_happened() {
    let mut peer = with_early_data(false);
    peer.say(CLIENT, &get("/again")).say(SERVER, &answer(b"1"));
    let (seen, _) = decode(&peer, &WHOLE);
    assert_eq!((&seen.transactions[..], seen.connections[0].2), (&["GET /again 0 > 200 1".to_owned()][..], None));
    let mut peer = Peer::new(0x0304, 0x1301);
    peer.offered.extend(extension(42, b""));
    peer.client_hello().secret(CLIENT, Some("CLIENT_EARLY_TRAFFIC_SECRET"), &[6; 32]).say(CLIENT, &get("/early"));
    let mut retried = Peer::new(0x0304, 0x1301);
    retried.client_hello().server_hello(hello_retry());
    peer.raw(SERVER, &retried.turns[1].1).raw(CLIENT, &retried.turns[0].1);
    retried.turns.clear();
    retried.handshake_13(false).say(CLIENT, &get("/again")).say(SERVER, &answer(b"1"));
    peer.turns.extend(retried.turns);
    peer.log.push_str(&retried.log);
    assert_eq!(decode(&peer, &WHOLE).0.transactions, ["GET /again 0 > 200 1"]);
}

#[test]
fn a_session_may_be_negotiated_anew() {
    let mut peer = of_12(0x0303, 0xc02f, false);
    peer.random = [0x43; 32];
    peer.handshake_12().say(CLIENT, &get("/c")).say(SERVER, &answer(b"1"));
    assert_eq!(decode(&peer, &WHOLE).0.transactions[2..], ["GET /c 0 > 200 1"]);
}

#[test]
fn secrets_of_the_traffic_alone_are_enough() {
    let peer = of_13(0x1301);
    let log: String = peer.log.lines().filter(|line| line.contains("TRAFFIC_SECRET_0")).collect::<Vec<_>>().join("\n");
    let (seen, _) = decode_with(&peer.conversation().packets(&WHOLE), Some(ring(&log)), |_| ());
    assert_eq!(seen.transactions, BOTH);
}

#[test]
fn bytes_wait_for_secrets_that_come_late() {
    for peer in [of_13(0x1301), of_12(0x0303, 0xc02f, false), with_early_data(true)] {
        let packets = peer.conversation().packets(&Cut::Mss(1_460));
        let whole = decode(&peer, &WHOLE).0.transactions;
        let whole_len = packets.len() as u64;
        for late in [whole_len / 2, whole_len] {
            let keys = Arc::new(Keys::default());
            keys.follow();
            let come = |number| {
                if number == late {
                    keys.add(peer.log.as_bytes());
                }
            };
            let (seen, ledger) = decode_with(&packets, Some(KeyRing::new(Arc::clone(&keys))), come);
            assert_eq!(seen.transactions, whole);
            assert_eq!(ledger.get(Counter::PayloadTls), 0);
        }
    }
}

#[test]
fn no_more_waits_than_the_limit() {
    let mut peer = of_13(0x1301);
    peer.say(SERVER, &vec![b'x'; 2 * model::limits::TLS_WAITING_BYTES_MAX]);
    let keys = Arc::new(Keys::default());
    keys.follow();
    let (seen, ledger) = decode_with(&peer.conversation().packets(&WHOLE), Some(KeyRing::new(keys)), |_| ());
    assert_eq!((seen.connections[0].2, ledger.get(Counter::TlsOverLimit)), (Some(TlsBlind::OverLimit), 1));
}

#[test]
fn a_private_key_opens_what_was_sent_under_it() {
    use aws_lc_rs::encoding::AsDer as _;
    use aws_lc_rs::rsa::{KeySize, Pkcs1PublicEncryptingKey, PrivateDecryptingKey};
    use base64::Engine as _;
    let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let der = key.as_der().unwrap();
    let pem = base64::engine::general_purpose::STANDARD.encode(der.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----\n");
    let mut peer = Peer::new(0x0303, 0x009c);
    peer.client_hello().server_hello([0x24; 32]).send(SERVER, 22, &message(14, b""));
    let public = Pkcs1PublicEncryptingKey::new(key.public_key()).unwrap();
    let mut room = vec![0; public.ciphertext_size()];
    let premaster = public.encrypt(&[11; 48], &mut room).unwrap();
    let exchange = [&(premaster.len() as u16).to_be_bytes()[..], premaster].concat();
    peer.send(CLIENT, 22, &message(16, &exchange));
    let hash = super::super::derive::Hash::Sha256;
    let randoms: [&[u8]; 2] = [&peer.random, &[0x24; 32]];
    let master = super::super::derive::prf(hash, &[11; 48], b"master secret", &randoms, 48);
    peer.protect_12(&master).say(CLIENT, &get("/a")).say(SERVER, &answer(b"1"));
    let keys = Keys::new(vec![PrivateKey::from_pem(pem.as_bytes()).unwrap()]);
    let packets = peer.conversation().packets(&WHOLE);
    let (seen, _) = decode_with(&packets, Some(KeyRing::new(Arc::new(keys))), |_| ());
    assert_eq!(seen.transactions, ["GET /a 0 > 200 1"]);
}

#[test]
fn after_a_gap_the_number_of_the_next_record_is_found() {
    for mut peer in [of_13(0x1301), of_12(0x0303, 0xc02f, false), of_12(0x0302, 0xc013, false)] {
        for n in 0..20 {
            peer.say(CLIENT, &get(&format!("/{n}"))).say(SERVER, &answer(&[b'y'; 3_000]));
        }
        let packets = peer.conversation().packets(&Cut::Mss(1_460));
        for lost in (20..packets.len() - 20).step_by(7) {
            let rest: Vec<_> = packets.iter().enumerate().filter(|(n, _)| *n != lost).map(|(_, p)| p.clone()).collect();
            let (seen, _) = decode_with(&rest, Some(ring(&peer.log)), |_| ());
            let whole = seen.transactions.iter().filter(|t| t.ends_with("200 3000")).count();
            assert!(whole >= 18, "{lost}: {:#?}", seen.transactions);
            assert!(seen.connections[0].2.is_none(), "{lost}");
        }
    }
}

#[test]
fn after_several_gaps_close_to_each_other_reading_goes_on() {
    let mut peer = of_13(0x1301);
    for n in 0..6 {
        peer.say(CLIENT, &get(&format!("/{n}"))).say(SERVER, &answer(&vec![b'y'; 60_000]));
    }
    peer.say(CLIENT, &get("/last")).say(SERVER, &answer(b"1"));
    let packets = peer.conversation().packets(&Cut::Mss(1_460));
    for lost in (50..100).step_by(3) {
        for apart in [1, 2, 5, 10, 12, 14, 23] {
            let gone = [lost, lost + apart, lost + 2 * apart];
            let rest: Vec<_> =
                packets.iter().enumerate().filter(|(n, _)| !gone.contains(n)).map(|(_, p)| p.clone()).collect();
            let (seen, ledger) = decode_with(&rest, Some(ring(&peer.log)), |_| ());
            assert!(seen.transactions.contains(&"GET /last 0 > 200 1".to_owned()), "{gone:?}");
            assert!(ledger.get(Counter::TlsRecordsLost) <= 7, "{gone:?}");
        }
    }
}

#[test]
fn a_connection_with_a_gap_anywhere_invents_nothing() {
    let peer = of_13(0x1302);
    let packets = peer.conversation().packets(&Cut::Mss(700));
    for lost in 0..packets.len() {
        let rest: Vec<_> = packets.iter().enumerate().filter(|(n, _)| *n != lost).map(|(_, p)| p.clone()).collect();
        let (seen, _) = decode_with(&rest, Some(ring(&peer.log)), |_| ());
        for transaction in &seen.transactions {
            let (request, response) = transaction.split_once(" > ").unwrap();
            let known = ["", "GET /a 0", "GET /b 0"].contains(&request);
            let right = response.is_empty() || response.contains("cut") || BOTH.iter().any(|b| b.ends_with(response));
            assert!(known && right, "{lost}: {transaction}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_is_opened_does_not_depend_on_segments_or_their_order(
        which in 0_usize..4, points in 0_usize..40, seed: u64, window in 1_usize..4,
    ) {
        let peer = match which {
            0 => of_13(0x1301),
            1 => of_12(0x0303, 0xc02f, false),
            2 => of_12(0x0301, 0x002f, false),
            _ => {
                let mut peer = with_early_data(true);
                peer.say(SERVER, &answer(b"1"));
                peer
            }
        };
        let whole = decode(&peer, &WHOLE).0;
        let talk = peer.conversation();
        let packets = disturb::reorder(&talk.packets(&Cut::random(&talk, points, seed)), window, seed);
        let (seen, _) = decode_with(&packets, Some(ring(&peer.log)), |_| ());
        prop_assert_eq!(seen.transactions, whole.transactions);
        prop_assert_eq!(seen.connections, whole.connections);
    }
}
