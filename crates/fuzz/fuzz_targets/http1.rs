//! Any bytes of a client and a server through the whole path: the account balances, and however the streams are cut into
//! segments, the transactions are the same, if all of it is HTTP. Where it is not, message boundaries are looked for
//! where segments start, so cuts matter.
#![no_main]

use arbitrary::Arbitrary;
use capture::inline::Inline;
use capture::link::DecapSettings;
use fuzz::wire::{SEGMENT_BYTES_MAX, Wire};
use libfuzzer_sys::fuzz_target;
use model::ledger::Counter;
use model::message::TransactionSink;
use model::{AnomalySet, Ledger, Transaction};

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
    let (whole, ledger) = transactions(client, server, &[SEGMENT_BYTES_MAX]);
    let cuts = case.cuts.map(|cut| usize::from(cut) + 1);
    let (cut, _) = transactions(client, server, &cuts);
    if ledger.sum("payload.unparsed.") == ledger.get(Counter::PayloadUpgraded) {
        assert_eq!(whole, cut, "whole on the left, cut on the right");
    }
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

fn transactions(client: &[u8], server: &[u8], cuts: &[usize]) -> (Vec<Seen>, Ledger) {
    let (mut inline, mut seen) = (Inline::new(DecapSettings::default()), Collect::default());
    Wire::default().conversation(client, server, cuts, |frame| inline.frame(frame, &mut seen));
    let ledger = inline.finish(&mut seen);
    ledger.check().expect("the account balances");
    (seen.0, ledger)
}
