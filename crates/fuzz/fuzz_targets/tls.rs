//! Records of TLS with any types, versions and bytes, with a key log that names a connection: the account balances, each
//! connection has one outcome, and nothing is shown that no key opened.
#![no_main]

use std::sync::Arc;

use arbitrary::Arbitrary;
use capture::inline::Inline;
use capture::link::DecapSettings;
use capture::proto::tls::{KeyRing, Keys};
use fuzz::wire::Wire;
use libfuzzer_sys::fuzz_target;
use model::ledger::Counter;
use model::message::TransactionSink;
use model::{TlsSeen, Transaction};

#[derive(Arbitrary, Debug)]
struct Record<'a> {
    client: bool,
    kind: u8,
    version: u8,
    body: &'a [u8],
}

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    cuts: [u8; 8],
    /// Whether secrets may still come, so that bytes wait.
    followed: bool,
    /// Random value that the key log names.
    random: u8,
    records: Vec<Record<'a>>,
}

fuzz_target!(|case: Case| {
    let keys = Keys::default();
    let hex = |byte: u8, n: usize| format!("{byte:02x}").repeat(n);
    for label in ["CLIENT_RANDOM", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET"] {
        keys.add(format!("{label} {} {}\n", hex(case.random, 32), hex(7, 48)).as_bytes());
    }
    if case.followed {
        keys.follow();
    }
    let (mut client, mut server) = (Vec::new(), Vec::new());
    for record in &case.records {
        let stream = if record.client { &mut client } else { &mut server };
        stream.extend_from_slice(&[20 + record.kind % 5, 3, record.version % 5]);
        stream.extend_from_slice(&(record.body.len() as u16).to_be_bytes());
        stream.extend_from_slice(record.body);
    }
    let mut inline = Inline::new(DecapSettings::default()).with_keys(Some(KeyRing::new(Arc::new(keys))));
    let (mut seen, cuts) = (Seen::default(), case.cuts.map(|cut| usize::from(cut) + 1));
    Wire::default().conversation(&client, &server, &cuts, |frame| inline.frame(frame, &mut seen));
    let ledger = inline.finish(&mut seen);
    ledger.check().expect("the account balances");
    assert_eq!(ledger.sum("tls.flows."), ledger.get(Counter::FlowsTls), "one outcome each");
    assert_eq!(ledger.get(Counter::TlsPlainBytes), seen.plain);
});

#[derive(Default)]
struct Seen {
    plain: u64,
}

impl TransactionSink for Seen {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, _: &Transaction<'_>) {}

    fn tls(&mut self, seen: &TlsSeen<'_>) {
        self.plain += seen.plain.iter().sum::<u64>();
    }
}
