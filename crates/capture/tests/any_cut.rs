//! However a conversation is cut into segments, reordered, repeated or overlapped, the transactions are the same.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a test fails by panicking")]

mod support;

use capture::Frame;
use capture::inline::Inline;
use capture::link::DecapSettings;
use make_fixtures::{Conversation, Cut, Packet, disturb, http};
use model::ledger::Counter;
use model::message::TransactionSink;
use model::{Anomaly, PacketTime, Stamp, Transaction};
use proptest::prelude::*;

#[derive(Default)]
struct Seen(Vec<String>);

impl TransactionSink for Seen {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, transaction: &Transaction<'_>) {
        let request = transaction.request.map(|r| {
            (r.method.to_vec(), r.target.to_vec(), r.body.len, r.body.complete, r.body.kept.to_vec(), r.fields.len())
        });
        let response =
            transaction.response.map(|r| (r.status, r.body.len, r.body.complete, r.body.kept.to_vec(), r.fields.len()));
        let gap = transaction.anomalies.contains(Anomaly::TcpGap);
        self.0.push(format!("{request:?} {response:?} {:?} gap:{gap}", transaction.interim));
    }
}

fn transactions(packets: &[Packet]) -> Vec<String> {
    let mut seen = Seen::default();
    support::feed(packets, &mut seen);
    seen.0
}

fn conversation(isn: u32) -> Conversation {
    let json = &[("Content-Type", "application/json")][..];
    let chunked = [("Transfer-Encoding", "chunked")];
    let mut chunks = b"HTTP/1.1 200 OK\r\n".to_vec();
    for (name, value) in chunked {
        chunks.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    chunks.extend_from_slice(b"\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n");
    Conversation::new(([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 80))
        .isn(isn, u32::MAX - isn)
        .client(http::request("GET", "/v1/orders/7", "api.example", &[], b""))
        .server(http::response(200, json, b"{\"id\":7}"))
        .client(http::request("POST", "/v1/orders", "api.example", json, &[b'x'; 700]))
        .server(http::response(201, &[], b""))
        .client(http::request("GET", "/v1/feed", "api.example", &[], b""))
        .server(chunks)
}

#[test]
fn what_was_acknowledged_at_last_is_missing_though_the_capture_ends_before_anybody_waits() {
    let body = [b'x'; 5_000];
    let answer = http::response(200, &[], &body);
    let talk = |port| Conversation::new(([10, 0, 0, 1], port), ([10, 0, 0, 2], 80));
    let ask = http::request("GET", "/v1/orders/7", "api.example", &[], b"");
    let mut packets = talk(40_000).client(ask).server(answer.clone()).packets(&Cut::Mss(1_000));
    let mut kept = 0;
    packets.retain(|packet| packet.from_client || !packet.has_data() || std::mem::replace(&mut kept, 1) == 0);
    let missing = |packets: &[Packet]| support::feed(packets, &mut Seen::default()).get(Counter::PayloadMissing);
    assert_eq!(missing(&packets), answer.len() as u64 - 1_000, "and the FIN is no byte");
    let mut later = talk(40_001);
    later.start_ns += 60_000_000_000;
    let waited = [packets, later.packets(&Cut::default())].concat();
    assert_eq!(missing(&waited), answer.len() as u64 - 1_000, "the same when time goes on");
}

#[test]
fn a_flow_that_begins_with_a_long_target_is_read_however_it_is_cut() {
    let target = format!("/search?q={}", "a".repeat(7_000));
    let talk = Conversation::new(([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 80))
        .client(http::request("GET", &target, "api.example", &[], b""))
        .server(http::response(200, &[], b"{}"))
        .client(http::request("GET", "/next", "api.example", &[], b""))
        .server(http::response(200, &[], b"{}"));
    let whole = transactions(&talk.packets(&Cut::Mss(60_000)));
    assert_eq!(whole.len(), 2);
    assert_eq!(transactions(&talk.packets(&Cut::Mss(1_460))), whole);
    assert_eq!(transactions(&talk.packets(&Cut::Mss(1))), whole);
}

#[test]
fn a_request_without_version_behind_another_is_read_however_it_is_cut() {
    let mut talk = http::request("GET", "/first", "api.example", &[], b"");
    talk.extend_from_slice(b"\r\nGET /second\n");
    let talk = Conversation::new(([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 80)).client(talk);
    let whole = transactions(&talk.packets(&Cut::Mss(60_000)));
    assert_eq!(whole.len(), 2);
    for length in 1..20 {
        assert_eq!(transactions(&talk.packets(&Cut::Mss(length))), whole, "{length}");
    }
}

#[derive(Default)]
struct Stamps(Vec<(Stamp, u32)>);

impl TransactionSink for Stamps {
    fn wants_bodies(&self) -> bool {
        false
    }

    fn transaction(&mut self, transaction: &Transaction<'_>) {
        self.0.push((transaction.stamp, transaction.ordinal));
    }
}

#[test]
fn transactions_inside_a_tunnel_are_numbered_on() {
    let talk = Conversation::new(([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 80))
        .client(http::request("CONNECT", "b.example:80", "b.example:80", &[], b""))
        .client(http::request("GET", "/in", "b.example", &[], b""))
        .server(b"HTTP/1.1 200 Connected\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n".to_vec());
    let mut inline = Inline::new(DecapSettings::default());
    let mut stamps = Stamps::default();
    for (number, packet) in (1..).zip(&talk.packets(&Cut::Mss(60_000))) {
        let (at, wire_len) = (PacketTime(packet.at_ns), packet.bytes.len() as u32);
        inline.frame(&Frame { number, at, link_type: 1, data: &packet.bytes, wire_len }, &mut stamps);
    }
    inline.finish(&mut stamps).check().unwrap();
    let ordinals: Vec<_> = stamps.0.iter().map(|(_, ordinal)| *ordinal).collect();
    assert_eq!(ordinals, [0, 1, 2], "the tunnel opened, the request sent too early, the answer inside");
    assert!(stamps.0.is_sorted_by(|a, b| a.0 < b.0), "stamps are unique and in order: {:?}", stamps.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn transactions_do_not_depend_on_segmentation(isn: u32, points in 0usize..40, seed: u64) {
        let talk = conversation(isn);
        let whole = transactions(&talk.packets(&Cut::Mss(60_000)));
        prop_assert_eq!(whole.len(), 3);
        prop_assert_eq!(&transactions(&talk.packets(&Cut::random(&talk, points, seed))), &whole);
    }

    #[test]
    fn transactions_do_not_depend_on_order_repetition_or_overlap(
        isn: u32, points in 0usize..20, seed: u64, window in 1usize..4,
    ) {
        let talk = conversation(isn);
        let whole = transactions(&talk.packets(&Cut::Mss(60_000)));
        let packets = talk.packets(&Cut::random(&talk, points, seed));
        let repeated = disturb::duplicate(&packets, 3, seed);
        let overlapped = disturb::overlap_equal(&repeated, 4, seed);
        let reordered = disturb::reorder(&overlapped, window, seed);
        prop_assert_eq!(&transactions(&repeated), &whole);
        prop_assert_eq!(&transactions(&overlapped), &whole);
        prop_assert_eq!(&transactions(&reordered), &whole);
    }
}
