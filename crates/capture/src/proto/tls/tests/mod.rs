//! Connections made by the test's own peers, through the whole path from frames to transactions.

mod hostile;
mod opened;
mod peer;

use std::sync::Arc;

use make_fixtures::{Cut, Packet, http};
use model::ledger::Counter;
use model::message::TransactionSink;
use model::{Ledger, PacketTime, TlsBlind, TlsSeen, Transaction};

use super::{KeyRing, Keys};
use crate::Frame;
use crate::inline::Inline;
use crate::link::DecapSettings;
use peer::Peer;

/// What came out.
#[derive(Debug, Default)]
struct Seen {
    transactions: Vec<String>,
    certificates: Vec<Option<String>>,
    connections: Vec<(Option<String>, [u64; 2], Option<TlsBlind>)>,
}

impl TransactionSink for Seen {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, transaction: &Transaction<'_>) {
        let request = transaction.request.map(|r| {
            format!("{} {} {}{}", text(r.method), text(r.target), r.body.len, if r.body.complete { "" } else { " cut" })
        });
        self.certificates.push(transaction.certificate.map(text));
        let response = transaction
            .response
            .map(|r| format!("{} {}{}", r.status, r.body.len, if r.body.complete { "" } else { " cut" }));
        self.transactions.push(format!("{} > {}", request.unwrap_or_default(), response.unwrap_or_default()));
    }

    fn tls(&mut self, seen: &TlsSeen<'_>) {
        self.connections.push((seen.sni.map(text), seen.plain, seen.blind));
    }

    fn wants_digests(&self) -> bool {
        true
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Frames through everything; `each` is called before a frame is taken.
fn decode_with(packets: &[Packet], ring: Option<KeyRing>, mut each: impl FnMut(u64)) -> (Seen, Ledger) {
    let mut inline = Inline::new(DecapSettings::default()).with_keys(ring);
    let mut seen = Seen::default();
    for (number, packet) in (1..).zip(packets) {
        each(number);
        let (at, wire_len) = (PacketTime(packet.at_ns), packet.bytes.len() as u32);
        inline.frame(&Frame { number, at, link_type: 1, data: &packet.bytes, wire_len }, &mut seen);
    }
    let ledger = inline.finish(&mut seen);
    ledger.check().unwrap();
    assert_eq!(ledger.sum("tls.flows."), ledger.get(Counter::FlowsTls), "every connection has one outcome");
    (seen, ledger)
}

fn ring(log: &str) -> KeyRing {
    let keys = Keys::default();
    assert_eq!(keys.add(log.as_bytes()).unread, 0);
    KeyRing::new(Arc::new(keys))
}

fn decode(peer: &Peer, cut: &Cut) -> (Seen, Ledger) {
    decode_with(&peer.conversation().packets(cut), Some(ring(&peer.log)), |_| ())
}

fn get(target: &str) -> Vec<u8> {
    http::request("GET", target, "shop.com", &[], b"")
}

fn answer(body: &[u8]) -> Vec<u8> {
    http::response(200, &[], body)
}

const WHOLE: Cut = Cut::Mss(60_000);
