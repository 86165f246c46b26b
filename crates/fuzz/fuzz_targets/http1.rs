//! Any bytes of a client and a server through the whole path: however the streams are cut into segments, the transactions
//! are the same, and the account balances.
#![no_main]

use std::time::Duration;

use arbitrary::Arbitrary;
use capture::Frame;
use capture::inline::Inline;
use capture::link::DecapSettings;
use libfuzzer_sys::fuzz_target;
use model::message::TransactionSink;
use model::{AnomalySet, PacketTime, Transaction};

const CLIENT: ([u8; 4], u16) = ([192, 0, 2, 2], 40_000);
const SERVER: ([u8; 4], u16) = ([192, 0, 2, 1], 80);
const LINKTYPE_IPV4: u32 = 228;
const SEGMENT_BYTES_MAX: usize = 16 << 10;
const SYN: u8 = 0x02;
const SYN_ACK: u8 = 0x12;
const ACK: u8 = 0x10;
const FIN_ACK: u8 = 0x11;

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    /// Lengths of the pieces, used over and over.
    cuts: [u8; 8],
    /// Where the client's bytes end and the server's begin.
    split: u16,
    bytes: &'a [u8],
}

fuzz_target!(|case: Case| {
    let (client, server) = case.bytes.split_at(usize::from(case.split).min(case.bytes.len()));
    let whole = transactions(client, server, &[SEGMENT_BYTES_MAX]);
    let cuts = case.cuts.map(|cut| usize::from(cut) + 1);
    let cut = transactions(client, server, &cuts);
    assert_eq!(whole, cut, "whole on the left, cut on the right");
});

/// What must not depend on cuts. Frames and times do, and are left out.
#[derive(Debug, PartialEq)]
struct Seen {
    ordinal: u32,
    request: Option<(Vec<u8>, Vec<u8>, u64, bool)>,
    response: Option<(u16, u64, bool)>,
    interim: Vec<u16>,
    anomalies: AnomalySet,
    missing: u64,
}

#[derive(Default)]
struct Collect(Vec<Seen>);

impl TransactionSink for Collect {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, transaction: &Transaction<'_>) {
        self.0.push(Seen {
            ordinal: transaction.ordinal,
            request: transaction.request.map(|r| (r.method.to_vec(), r.target.to_vec(), r.body.len, r.body.complete)),
            response: transaction.response.map(|r| (r.status, r.body.len, r.body.complete)),
            interim: transaction.interim.to_vec(),
            anomalies: transaction.anomalies,
            missing: transaction.missing,
        });
    }
}

fn transactions(client: &[u8], server: &[u8], cuts: &[usize]) -> Vec<Seen> {
    let (mut wire, mut seen) = (Wire::default(), Collect::default());
    wire.send(true, SYN, &[], &mut seen);
    wire.send(false, SYN_ACK, &[], &mut seen);
    for (from_client, mut bytes) in [(true, client), (false, server)] {
        for cut in cuts.iter().cycle() {
            let (piece, rest) = bytes.split_at(bytes.len().min(*cut));
            if piece.is_empty() {
                break;
            }
            wire.send(from_client, ACK, piece, &mut seen);
            bytes = rest;
        }
    }
    wire.send(true, FIN_ACK, &[], &mut seen);
    wire.send(false, FIN_ACK, &[], &mut seen);
    wire.inline.finish(&mut seen).check().expect("the account balances");
    seen.0
}

/// A conversation written as IPv4 packets, all at one time, so that no timer fires.
struct Wire {
    inline: Inline,
    number: u64,
    next: [u32; 2],
}

impl Default for Wire {
    fn default() -> Self {
        Self { inline: Inline::new(DecapSettings::default()), number: 0, next: [u32::MAX - 100, 5_000] }
    }
}

impl Wire {
    fn send(&mut self, from_client: bool, flags: u8, payload: &[u8], sink: &mut Collect) {
        let ((src, src_port), (dst, dst_port)) = if from_client { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
        let (own, peer) = if from_client { (0, 1) } else { (1, 0) };
        let mut packet = vec![0x45, 0];
        packet.extend((40 + payload.len() as u16).to_be_bytes());
        self.number += 1;
        packet.extend((self.number as u16).to_be_bytes());
        packet.extend([0x40, 0, 64, 6, 0, 0]);
        packet.extend(src.into_iter().chain(dst));
        packet.extend(src_port.to_be_bytes().into_iter().chain(dst_port.to_be_bytes()));
        let acknowledged = if flags & ACK == 0 { 0 } else { self.next[peer] };
        packet.extend(self.next[own].to_be_bytes().into_iter().chain(acknowledged.to_be_bytes()));
        packet.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        packet.extend(payload);
        let length = payload.len() as u32 + u32::from(flags & (SYN | 1) != 0);
        self.next[own] = self.next[own].wrapping_add(length);
        let at = PacketTime::ZERO.plus(Duration::from_secs(1));
        let wire_len = packet.len() as u32;
        let frame = Frame { number: self.number, at, link_type: LINKTYPE_IPV4, data: &packet, wire_len };
        self.inline.frame(&frame, sink);
    }
}
