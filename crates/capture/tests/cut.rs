//! Transactions cut out of captures are read back as they were, and alone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::PathBuf;

use capture::link::DecapSettings;
use capture::source::{self, FrameSource, Input, Wanted};
use make_fixtures::{Conversation, Packet, http, pcap};
use tempfile::TempDir;

/// A frame: time and bytes.
type Seen = (u64, Vec<u8>);

fn talk(port: u16) -> Vec<Packet> {
    let answer = http::response(200, &[("Content-Type", "application/json")], br#"{"id":7}"#);
    let target = format!("/v1/orders/{port}");
    Conversation::new(([10, 0, 0, 1], port), ([10, 0, 0, 2], 80))
        .client(http::request("GET", &target, "api.example", &[], b""))
        .server(answer)
        .packets(&make_fixtures::Cut::Mss(1_000))
}

/// Two conversations, packet by packet in turn.
fn capture() -> Vec<Packet> {
    let (one, two) = (talk(40_001), talk(40_002));
    let mut both: Vec<Packet> = one.into_iter().zip(two).flat_map(|(one, two)| [one, two]).collect();
    for (at, packet) in both.iter_mut().enumerate() {
        packet.at_ns = 1_000_000_000_000 + at as u64 * 1_500;
    }
    both
}

fn open(folder: &TempDir, name: &str, bytes: &[u8]) -> Box<dyn FrameSource + Send> {
    let path: PathBuf = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    source::open(&[Input::from(path)]).unwrap()
}

fn frames(source: &mut dyn FrameSource) -> Vec<Seen> {
    let mut seen = Vec::new();
    while let Some(frame) = source.next_frame().unwrap() {
        seen.push((frame.at.nanos(), frame.data.to_vec()));
    }
    seen
}

fn wanted(first: u64, last: u64) -> Wanted {
    Wanted { first, last, comment: format!("from {first}") }
}

#[test]
fn only_frames_of_the_flow_between_first_and_last_are_cut_out() {
    let folder = TempDir::new().unwrap();
    let whole = pcap::write_pcap(&pcap::Format::default(), &capture());
    let all = frames(open(&folder, "in.pcap", &whole).as_mut());
    let mut out = Vec::new();
    let mut source = open(&folder, "in.pcap", &whole);
    // Frames 3, 5, 7 … are of the first conversation, told here from its third one on.
    let cut = source::cut(source.as_mut(), &[wanted(5, 10)], DecapSettings::default(), &mut out).unwrap();
    assert_eq!((cut.frames, cut.missing), (3, vec![]));
    assert!(out.windows(6).any(|window| window == b"from 5"), "the first frame has the comment");
    let read = frames(open(&folder, "out.pcapng", &out).as_mut());
    assert_eq!(read, [all[4].clone(), all[6].clone(), all[8].clone()]);
}

#[test]
fn transactions_that_overlap_are_written_once_and_what_is_not_there_is_told() {
    let folder = TempDir::new().unwrap();
    let whole = pcap::write_pcap(&pcap::Format::default(), &capture());
    let all = frames(open(&folder, "in.pcap", &whole).as_mut());
    let mut source = open(&folder, "in.pcap", &whole);
    let mut out = Vec::new();
    let asked = [wanted(4, 6), wanted(99_999, 99_999), wanted(1, 4), wanted(4, 4), wanted(0, 3)];
    let cut = source::cut(source.as_mut(), &asked, DecapSettings::default(), &mut out).unwrap();
    assert_eq!(cut.missing, [0, 99_999]);
    assert_eq!(cut.frames, 4, "1 and 3 of one flow, 4 and 6 of the other");
    let read = frames(open(&folder, "out.pcapng", &out).as_mut());
    assert_eq!(read, [0_usize, 2, 3, 5].map(|at| all[at].clone()));
}

#[test]
fn nothing_wanted_is_a_valid_file_without_frames() {
    let folder = TempDir::new().unwrap();
    let whole = pcap::write_pcap(&pcap::Format::default(), &capture());
    let mut out = Vec::new();
    source::cut(open(&folder, "in.pcap", &whole).as_mut(), &[], DecapSettings::default(), &mut out).unwrap();
    assert_eq!(frames(open(&folder, "out.pcapng", &out).as_mut()), Vec::<Seen>::new());
}
