//! Hostile bytes in memory: any cut, any byte. Files and formats are tested in `tests/source_files.rs`.

use std::io::{self, Cursor, Read, Write};
use std::path::PathBuf;

use model::limits;
use proptest::prelude::*;

use super::error::{DamageKind, SourceError};
use super::input::Stream;
use super::merge::Merge;
use super::reader::{AnyReader, Findings};
use super::{Damage, FrameSource};

/// Everything one frame says, owned.
type Seen = (u64, u64, u32, u32, Vec<u8>);

/// Reads a stream to its end.
fn read(bytes: impl Read + Send + 'static) -> Result<(Vec<Seen>, Vec<Damage>), SourceError> {
    let stream = Stream::new(bytes, None).unwrap();
    let reader = AnyReader::open(stream, PathBuf::from("test"), (0, 1))?;
    let mut source = Merge::new(vec![reader], Findings::default(), None);
    let mut seen = Vec::new();
    while let Some(frame) = source.next_frame()? {
        seen.push((frame.number, frame.at.nanos(), frame.link_type, frame.wire_len, frame.data.to_vec()));
    }
    Ok((seen, source.damage().to_vec()))
}

/// A pcap file of the frames, little endian, microseconds.
fn pcap(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut out = [&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0][..], &[0; 8], &[0, 0, 4, 0], &[1, 0, 0, 0]].concat();
    for (place, frame) in frames.iter().enumerate() {
        for word in [1_700_000_000 + place as u32, 5, frame.len() as u32, frame.len() as u32] {
            out.extend(word.to_le_bytes());
        }
        out.extend(frame);
    }
    out
}

/// A pcapng block with both its lengths.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let total = (padded + 12) as u32;
    let mut out = [kind.to_le_bytes(), total.to_le_bytes()].concat();
    out.extend(body);
    out.resize(8 + padded, 0);
    out.extend(total.to_le_bytes());
    out
}

/// A pcapng file of the frames with one interface.
fn pcapng(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut out = block(0x0a0d_0d0a, &[&[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0][..], &[0xff; 8]].concat());
    out.extend(block(1, &[1, 0, 0, 0, 0, 0, 4, 0]));
    for (place, frame) in frames.iter().enumerate() {
        let words = [0, 1, place as u32, frame.len() as u32, frame.len() as u32];
        let mut body: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
        body.extend(frame);
        out.extend(block(6, &body));
    }
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A cut file yields the first of the whole file's frames, and every byte is a frame's or told as lost.
fn check_cut(whole: &[u8], cut: usize, compressed: bool) {
    let (all, damage) = read(Cursor::new(whole.to_vec())).unwrap();
    assert_eq!(damage, []);
    match read(Cursor::new(whole[..cut].to_vec())) {
        Ok((some, damage)) => {
            assert!(all.starts_with(&some), "cut at {cut}");
            assert!(some.len() == all.len() || !damage.is_empty() || !compressed, "cut at {cut} unnoticed");
            assert!(compressed || damage.iter().all(|one| one.offset + one.bytes_lost == cut as u64));
        }
        Err(SourceError::Empty { .. }) => assert_eq!(cut, 0),
        Err(SourceError::HeaderCut { bytes, .. }) => assert_eq!(bytes, cut as u64),
        Err(SourceError::NotACapture { .. }) => assert!(cut < 4),
        Err(SourceError::Compression { .. }) => assert!(compressed),
        Err(other) => panic!("cut at {cut}: {other:?}"),
    }
}

/// Gives one byte at a time, and an error of the device at the end.
struct Trickle(Vec<u8>, usize);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(&byte) = self.0.get(self.1) else { return Err(io::Error::other("the disk is gone")) };
        self.1 += 1;
        buffer[0] = byte;
        Ok(1)
    }
}

#[test]
fn every_cut_of_every_format_yields_a_prefix() {
    let frames = [vec![1; 60], vec![], vec![2; 61], vec![3; 300]];
    for whole in [pcap(&frames), pcapng(&frames)] {
        for cut in 0..=whole.len() {
            check_cut(&whole, cut, false);
        }
        let compressed = gzip(&whole);
        for cut in 0..compressed.len() {
            check_cut(&compressed, cut, true);
        }
        let compressed = zstd::encode_all(&whole[..], 1).unwrap();
        for cut in 0..compressed.len() {
            check_cut(&compressed, cut, true);
        }
    }
}

#[test]
fn a_failing_device_is_an_error_after_the_frames_before_it() {
    let whole = pcap(&[vec![1; 60]]);
    let stream = Stream::new(Trickle(whole, 0), None).unwrap();
    let mut reader =
        Merge::new(vec![AnyReader::open(stream, PathBuf::from("x"), (0, 1)).unwrap()], Findings::default(), None);
    assert_eq!(reader.next_frame().unwrap().unwrap().data, [1; 60]);
    assert!(matches!(reader.next_frame(), Err(SourceError::Read { .. })));
    assert!(matches!(reader.next_frame(), Ok(None)));
}

#[test]
fn a_lying_block_length_does_not_grow_the_buffer() {
    let mut whole = pcapng(&[vec![1; 60]]);
    whole.extend([6_u32.to_le_bytes(), (limits::PCAPNG_BLOCK_BYTES_MAX as u32).to_le_bytes()].concat());
    whole.extend([0; 50]);
    let (frames, damage) = read(Cursor::new(whole)).unwrap();
    assert_eq!(frames.len(), 1);
    assert_eq!((&damage[0].kind, damage[0].bytes_lost), (&DamageKind::CutInsideFrame, 58));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(head in 0..8_usize, tail in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let start = match head {
            0 => vec![],
            1 => pcap(&[]),
            2 => pcapng(&[]),
            3 => vec![0xa1, 0xb2, 0xcd, 0x34, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
            4 => vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0],
            5 => vec![0x28, 0xb5, 0x2f, 0xfd],
            6 => vec![0x0a, 0x0d, 0x0d, 0x0a],
            _ => pcapng(&[vec![7; 40]]),
        };
        if let Ok((_, damage)) = read(Cursor::new([start, tail].concat())) {
            prop_assert!(damage.len() <= limits::DAMAGE_ENTRIES_MAX + 1);
        }
    }

    #[test]
    fn overwritten_bytes_never_panic_and_lose_no_more_than_is_told(
        at in 24..1_000_usize,
        junk in prop::collection::vec(any::<u8>(), 1..40),
        ng in any::<bool>(),
    ) {
        let frames: Vec<Vec<u8>> = (0..20).map(|place| vec![place; 60]).collect();
        let mut whole = if ng { pcapng(&frames) } else { pcap(&frames) };
        for (to, from) in whole.iter_mut().skip(at).zip(junk) {
            *to = from;
        }
        let length = whole.len() as u64;
        let (_, damage) = match read(Cursor::new(whole)) {
            Ok(read) => read,
            Err(SourceError::NotACapture { .. } | SourceError::HeaderCut { .. }) if ng => return Ok(()),
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        prop_assert!(damage.iter().map(|one| one.bytes_lost).sum::<u64>() <= length);
    }

    #[test]
    fn pieces_of_any_size_yield_the_same_frames(sizes in prop::collection::vec(0..3_000_usize, 1..20)) {
        let frames: Vec<Vec<u8>> = sizes.iter().map(|&size| vec![size as u8; size]).collect();
        for whole in [pcap(&frames), pcapng(&frames)] {
            let (expected, _) = read(Cursor::new(whole.clone())).unwrap();
            prop_assert_eq!(expected.len(), frames.len());
            let stream = Stream::new(Trickle(whole, 0), None).unwrap();
            let reader = AnyReader::open(stream, PathBuf::from("x"), (0, 1)).unwrap();
            let mut source = Merge::new(vec![reader], Findings::default(), None);
            for (.., data) in &expected {
                prop_assert_eq!(source.next_frame().unwrap().unwrap().data, &data[..]);
            }
        }
    }
}
