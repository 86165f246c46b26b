//! However a conversation is cut into segments, reordered, repeated or overlapped, the transactions are the same.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a test fails by panicking")]

use capture::Frame;
use capture::inline::Inline;
use capture::link::DecapSettings;
use make_fixtures::{Conversation, Cut, Packet, disturb, http};
use model::message::TransactionSink;
use model::{Anomaly, PacketTime, Transaction};
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
    let mut inline = Inline::new(DecapSettings::default());
    let mut seen = Seen::default();
    for (i, packet) in packets.iter().enumerate() {
        let frame = Frame {
            number: i as u64 + 1,
            at: PacketTime(packet.at_ns),
            link_type: 1,
            data: &packet.bytes,
            wire_len: packet.bytes.len() as u32,
        };
        inline.frame(&frame, &mut seen);
    }
    inline.finish(&mut seen).check().unwrap();
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
