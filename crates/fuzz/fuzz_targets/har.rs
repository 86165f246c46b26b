//! The entries of a HAR file of any text, through all stages: every entry is counted once, the account balances, and a
//! thread more changes nothing. Records of any bytes, which no source writes, are read with the same distrust.
#![no_main]

use std::path::PathBuf;

use capture::exchange::LINK_TYPE;
use capture::source::{self, Input};
use fuzz::frames::Owned;
use fuzz::memory::{Memory, run};
use libfuzzer_sys::fuzz_target;
use model::PacketTime;
use model::ledger::Counter;
use pipeline::Parallelism;

const THREADS: Parallelism = Parallelism::Threads { shards: 2, discovery: 1, baseline: 1 };

fuzz_target!(|data: &[u8]| {
    let text = [&b"{\"log\":{\"entries\":["[..], data, b"]}}"].concat();
    // Sources open files by path; a file in memory costs little.
    let path = PathBuf::from(format!("/dev/shm/apitap-fuzz-har-{}", std::process::id()));
    std::fs::write(&path, text).expect("/dev/shm is writable");
    let opened = source::open(&[Input::Path(path.clone())]);
    std::fs::remove_file(&path).expect("the file was just written");
    let mut source = opened.expect("it begins as HAR does");
    let mut frames = Vec::new();
    while let Some(frame) = source.next_frame().expect("a file in memory") {
        frames.push(Owned::from(&frame));
    }
    let entries = frames.len() as u64;
    // The bytes as they are, and the records with a byte changed.
    let at = PacketTime::from_parts(1_767_225_600, 0);
    let strange = frames.iter().map(|frame| {
        let mut data = frame.data.clone();
        let place = data.iter().map(|byte| usize::from(*byte)).sum::<usize>() % data.len().max(1);
        data[place] ^= 1 << (place % 8);
        Owned { data, ..frame.clone() }
    });
    let raw = Owned { at, link_type: LINK_TYPE, data: data.to_vec(), wire_len: data.len() as u32 };
    let strange: Vec<Owned> = strange.chain([raw]).collect();
    for (frames, whole) in [(&frames, true), (&strange, false)] {
        let single = run(frames, Parallelism::Single, Memory::default());
        let ledger = single.now.ledger();
        if let Err(imbalance) = ledger.check() {
            panic!("{imbalance}: {ledger:?}");
        }
        assert!(!whole || ledger.get(Counter::HarEntries) == entries && ledger.get(Counter::PayloadNotHttp) == 0);
        if data.len() % 4 == 0 {
            assert_eq!(single.now, run(frames, THREADS, Memory::default()).now, "one thread left, several right");
        }
    }
});
