//! A capture in two files, read one after the other into one state, tells what it tells in one: baselines and open findings
//! go on where the first file ends.
//!
//! Cut where no connection is open: what a connection still held at the end of a file is not kept.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that finds something else must fail")]

#[allow(dead_code, reason = "the other tests of this crate use the rest")]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use model::{Finding, Id};
use pipeline::Parallelism;
use support::{Memory, fixtures, run_from};

/// Halvings tried of one capture.
const HALVINGS: usize = 4;
/// A silence in which no connection of the fixtures is open.
const SILENCE_US: u64 = 30_000_000;
const SPAN: Duration = Duration::from_hours(24);

#[test]
fn two_files_into_one_state_tell_what_one_file_tells() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let half = folder.path().join("half.pcap");
    let (mut cuts, mut wrong) = (0, Vec::new());
    for (name, input) in fixtures() {
        let Some(capture) = Capture::read(&input) else { continue };
        let mut whole = Memory::durable();
        run_from(&input, Parallelism::Single, SPAN, &mut whole);
        if whole.findings.is_empty() {
            continue;
        }
        let places = capture.silences();
        for at in places.iter().skip(places.len() / HALVINGS / 2).step_by((places.len() / HALVINGS).max(1)) {
            let mut state = Memory::durable();
            for part in capture.halves(*at) {
                std::fs::write(&half, part).expect("written");
                run_from(&half, Parallelism::Single, SPAN, &mut state);
            }
            let (halves, whole) = (told(&state), told(&whole));
            let ids: BTreeSet<&Id> = halves.keys().chain(whole.keys()).collect();
            for id in ids.into_iter().filter(|id| halves.get(*id) != whole.get(*id)) {
                let (one, two) = (halves.get(id), whole.get(id));
                wrong.push(format!("{name}, cut before packet {at}: {one:#?} is not {two:#?}"));
            }
            cuts += 1;
        }
    }
    assert!(wrong.is_empty(), "{} differ: {}", wrong.len(), wrong.join("\n"));
    assert!(cuts > 50, "{cuts}");
}

/// Findings as they stand, without what is of each file: numbers of frames and the share understood so far.
fn told(state: &Memory) -> BTreeMap<Id, Finding> {
    let mut findings = state.findings.clone();
    for finding in findings.values_mut() {
        finding.coverage = 1.0;
    }
    for evidence in findings.values_mut().flat_map(|finding| &mut finding.evidence) {
        (evidence.frame, evidence.last_frame) = (0, 0);
    }
    findings
}

/// A little-endian pcap file with microseconds.
struct Capture {
    head: Vec<u8>,
    /// Time and record of each packet.
    packets: Vec<(u64, Vec<u8>)>,
}

impl Capture {
    /// `None` for other files.
    fn read(path: &Path) -> Option<Self> {
        let bytes = std::fs::read(path).expect("a fixture");
        let (head, mut rest) = bytes.split_at_checked(24).filter(|_| bytes.starts_with(&[0xd4, 0xc3, 0xb2, 0xa1]))?;
        let mut packets = Vec::new();
        while let Some((record, _)) = rest.split_at_checked(16) {
            let word = |at: usize| u32::from_le_bytes(record[at..at + 4].try_into().expect("four bytes"));
            let (packet, after) = rest.split_at_checked(16 + word(8) as usize)?;
            packets.push((u64::from(word(0)) * 1_000_000 + u64::from(word(4)), packet.to_vec()));
            rest = after;
        }
        Some(Self { head: head.to_vec(), packets })
    }

    /// Packets before which nothing was sent for long.
    fn silences(&self) -> Vec<usize> {
        let times = self.packets.windows(2);
        times.zip(1..).filter(|(pair, _)| pair[1].0 > pair[0].0 + SILENCE_US).map(|(_, at)| at).collect()
    }

    fn halves(&self, at: usize) -> [Vec<u8>; 2] {
        let (first, second) = self.packets.split_at(at);
        [first, second].map(|packets| {
            let packets = packets.iter().flat_map(|(_, packet)| packet.iter().copied());
            self.head.iter().copied().chain(packets).collect()
        })
    }
}
