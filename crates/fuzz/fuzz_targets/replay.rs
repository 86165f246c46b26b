//! A capture of any frames through all stages: the account balances, several threads leave what one thread leaves, a run
//! cut short and resumed leaves what an uncut one leaves, and the findings log and the inventory can be read.
#![no_main]

use discovery::openapi;
use fuzz::frames::of_pcap;
use fuzz::memory::{Memory, run};
use libfuzzer_sys::fuzz_target;
use model::EndpointRecord;
use pipeline::Parallelism;
use store::LogReader;

const THREADS: Parallelism = Parallelism::Threads { shards: 2, discovery: 1, baseline: 2 };

fuzz_target!(|data: &[u8]| {
    let frames = of_pcap(data);
    if frames.is_empty() {
        return;
    }
    let single = run(&frames, Parallelism::Single, Memory::default());
    if let Err(imbalance) = single.now.ledger().check() {
        panic!("{imbalance}: {:?}", single.now.ledger());
    }
    readable(&single.now);
    // Threads and a second run cost as much as all the rest: a part of the inputs has to do, the same part every time.
    match data.iter().fold(data.len() as u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(*byte)) % 4 {
        0 => assert_eq!(single.now, run(&frames, THREADS, Memory::default()).now, "one thread left, several right"),
        1 => {
            let cut = single.checkpoints.len() / 2;
            if let Some(before) = single.checkpoints.get(cut).filter(|before| before.trailer.is_none()) {
                let resumed = run(&frames, Parallelism::Single, before.clone());
                assert_eq!(single.now, resumed.now, "uncut left, resumed after checkpoint {cut} right");
            }
        }
        _ => {}
    }
});

fn readable(state: &Memory) {
    let log = std::io::Cursor::new(state.log.clone());
    for record in LogReader::new("log", log) {
        record.expect("our own log can be read");
    }
    let endpoints: Vec<EndpointRecord> = state.endpoints.values().cloned().collect();
    openapi::export(&endpoints, &openapi::Options::default());
}
