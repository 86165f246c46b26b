//! Any bytes of a client and a server through the whole path: the account balances, and however the streams are cut into
//! segments, the transactions are the same, if all of it is HTTP. Where it is not, message boundaries are looked for
//! where segments start, so cuts matter.
#![no_main]

use arbitrary::Arbitrary;
use fuzz::told::transactions;
use fuzz::wire::SEGMENT_BYTES_MAX;
use libfuzzer_sys::fuzz_target;
use model::ledger::Counter;

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
