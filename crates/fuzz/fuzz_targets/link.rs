//! Frames of any bytes and link type: each is counted under exactly one reason, and payload is never longer than its frame.
#![no_main]

use arbitrary::Arbitrary;
use capture::Frame;
use capture::link::{Checksums, DecapSettings, Decapsulator};
use libfuzzer_sys::fuzz_target;
use model::{Ledger, PacketTime};

/// Link types that are read, and one that is not.
const LINK_TYPES: [u32; 12] = [0, 1, 9, 12, 101, 104, 105, 108, 113, 127, 228, 276];

#[derive(Arbitrary, Debug)]
struct Case {
    key_by_tenant: bool,
    verify_checksums: u8,
    frames: Vec<(u8, u16, u16, Vec<u8>)>,
}

fuzz_target!(|case: Case| {
    let verify_checksums = [Checksums::Off, Checksums::Auto, Checksums::On][usize::from(case.verify_checksums % 3)];
    let settings = DecapSettings { hash_seed: 7, key_by_tenant: case.key_by_tenant, verify_checksums };
    let (mut decapsulator, mut ledger) = (Decapsulator::new(settings), Ledger::default());
    let (mut now, mut largest) = (PacketTime::ZERO, 0);
    for (number, (link, span_ms, cut, data)) in (1..).zip(&case.frames) {
        now = PacketTime(now.nanos() + u64::from(*span_ms) * 1_000_000);
        largest += data.len();
        let frame = Frame {
            number,
            at: now,
            link_type: LINK_TYPES[usize::from(*link) % LINK_TYPES.len()],
            data,
            wire_len: data.len() as u32 + u32::from(*cut),
        };
        if let Some(segment) = decapsulator.decapsulate(&frame, &mut ledger) {
            // A segment put together from fragments holds bytes of several frames, never more than were given.
            assert!(segment.payload.len() <= largest);
            assert_eq!(segment.at, now);
        }
    }
    decapsulator.finish(&mut ledger);
    if let Err(imbalance) = ledger.check() {
        assert_ne!(imbalance.left, "frames.seen", "{imbalance}: {ledger:?}");
    }
});
