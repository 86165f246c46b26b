//! Datagrams of QUIC with any heads, frames sealed with the client's own keys among them: the account balances, and each
//! connection that was begun is told once.
#![no_main]

use arbitrary::Arbitrary;
use capture::Frame;
use capture::inline::Inline;
use capture::link::DecapSettings;
use libfuzzer_sys::fuzz_target;
use model::ledger::Counter;
use model::message::TransactionSink;
use model::{PacketTime, TlsSeen, Transaction};

#[derive(Arbitrary, Debug)]
struct Datagram<'a> {
    port: u8,
    from_client: bool,
    version: u8,
    later: u8,
    bytes: &'a [u8],
}

fuzz_target!(|datagrams: Vec<Datagram>| {
    let mut inline = Inline::new(DecapSettings::default());
    let (mut seen, mut at) = (Seen::default(), 1_000_000_000);
    for (number, datagram) in (1..).zip(&datagrams) {
        at += u64::from(datagram.later) * 500_000_000;
        let version = [1, 0x6b33_43cf, 0xff00_001d, 7][usize::from(datagram.version % 4)];
        let head = [&[0xc0 | datagram.version][..], &u32::to_be_bytes(version)].concat();
        let mut payload = if datagram.version & 0x80 != 0 { head } else { Vec::new() };
        payload.extend_from_slice(datagram.bytes);
        if datagram.version & 0x40 != 0 {
            payload.resize(payload.len().max(1_200), 0);
        }
        let (client, server) = (50_000 + u16::from(datagram.port), 443_u16);
        let (from, to) = if datagram.from_client { (client, server) } else { (server, client) };
        let (a, b) = if datagram.from_client { (1, 2) } else { (2, 1) };
        let len = payload.len().min(60_000) as u16 + 8;
        let udp = [&from.to_be_bytes()[..], &to.to_be_bytes(), &len.to_be_bytes(), &[0, 0], &payload].concat();
        let total = (len + 20).to_be_bytes();
        let ip = [&[0x45, 0][..], &total, &[0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, a, 10, 0, 0, b], &udp].concat();
        let wire_len = ip.len() as u32;
        inline.frame(&Frame { number, at: PacketTime(at), link_type: 101, data: &ip, wire_len }, &mut seen);
    }
    let ledger = inline.finish(&mut seen);
    ledger.check().expect("the account balances");
    assert_eq!(ledger.get(Counter::ProtocolsQuic), seen.0, "told once each");
});

#[derive(Default)]
struct Seen(u64);

impl TransactionSink for Seen {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, _: &Transaction<'_>) {}

    fn tls(&mut self, _: &TlsSeen<'_>) {
        self.0 += 1;
    }
}
