//! Capture files as `capture::source::open` reads them: formats, inputs, damage, merging.
#![allow(clippy::unwrap_used, reason = "the helpers of tests may panic as the tests do")]

use std::fs;
use std::io::Write;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use capture::source::{DamageKind, FrameSource, Input, SourceError, open, open_libpcap, open_repeated};
use tempfile::TempDir;

/// Byte order of a file to build.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}
use Order::{Big, Little};

impl Order {
    fn words(self, words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| self.bytes(word.to_be_bytes())).collect()
    }

    fn bytes<const N: usize>(self, mut bytes: [u8; N]) -> Vec<u8> {
        if matches!(self, Little) {
            bytes.reverse();
        }
        bytes.to_vec()
    }
}

fn pcap_header(order: Order, magic: u32, link: u32) -> Vec<u8> {
    let version = [order.bytes(2_u16.to_be_bytes()), order.bytes(4_u16.to_be_bytes())].concat();
    [order.words(&[magic]), version, order.words(&[0, 0, 65_535, link])].concat()
}

fn record(order: Order, seconds: u32, fraction: u32, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u32;
    [&order.words(&[seconds, fraction, length, length]), data].concat()
}

fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let total = padded as u32 + 12;
    let padding = vec![0; padded - body.len()];
    [&order.words(&[kind, total]), body, &padding, &order.words(&[total])].concat()
}

fn section(order: Order) -> Vec<u8> {
    let version = [order.bytes(1_u16.to_be_bytes()), order.bytes(0_u16.to_be_bytes())].concat();
    block(order, 0x0a0d_0d0a, &[&order.words(&[0x1a2b_3c4d]), &version, &[0xff; 8][..]].concat())
}

fn interface(order: Order, link: u16, options: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = [order.bytes(link.to_be_bytes()), vec![0; 2], order.words(&[262_144])].concat();
    for (code, value) in options {
        body.extend(order.bytes(code.to_be_bytes()));
        body.extend(order.bytes((value.len() as u16).to_be_bytes()));
        body.extend(*value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    block(order, 1, &body)
}

fn enhanced(order: Order, id: u32, ticks: u64, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u32;
    let head = order.words(&[id, (ticks >> 32) as u32, ticks as u32, length, length]);
    let padding = vec![0; data.len().next_multiple_of(4) - data.len()];
    let comment = [order.bytes(1_u16.to_be_bytes()), order.bytes(2_u16.to_be_bytes()), b"hi\0\0".to_vec()].concat();
    block(order, 6, &[&head, data, &padding, &comment].concat())
}

/// Files in a directory of their own.
struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let directory = TempDir::new().unwrap();
        for (name, bytes) in files {
            fs::write(directory.path().join(name), bytes).unwrap();
        }
        Self(directory)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn open(&self, names: &[&str]) -> Result<Box<dyn FrameSource + Send>, SourceError> {
        let inputs: Vec<Input> = names.iter().map(|name| Input::Path(self.path(name))).collect();
        open(&inputs)
    }
}

/// Frames as `(nanoseconds, link type, first byte)`.
fn frames(source: &mut dyn FrameSource) -> Vec<(u64, u32, u8)> {
    let mut out = Vec::new();
    while let Some(frame) = source.next_frame().unwrap() {
        assert_eq!(frame.number, out.len() as u64 + 1, "frames are numbered from 1");
        out.push((frame.at.nanos(), frame.link_type, frame.data.first().copied().unwrap_or(0)));
    }
    out
}

#[track_caller]
fn check(file: &[u8], expected: &[(u64, u32, u8)]) {
    let files = Files::new(&[("x", file)]);
    let mut source = files.open(&["x"]).unwrap();
    assert_eq!(frames(&mut *source), expected);
    assert_eq!(source.damage(), []);
    assert_eq!(source.progress().read, file.len() as u64);
    assert_eq!(source.progress().total, Some(file.len() as u64));
}

/// Checks the damages as `(kind, offset, frames before, bytes lost)` and the frames' first bytes.
#[track_caller]
fn check_damage(file: &[u8], first_bytes: &[u8], expected: &[(DamageKind, u64, u64, u64)]) {
    let files = Files::new(&[("x", file)]);
    let mut source = files.open(&["x"]).unwrap();
    let seen: Vec<u8> = frames(&mut *source).iter().map(|frame| frame.2).collect();
    assert_eq!(seen, first_bytes);
    let damage: Vec<_> =
        source.damage().iter().map(|one| (one.kind.clone(), one.offset, one.frame, one.bytes_lost)).collect();
    assert_eq!(damage, expected);
    assert!(source.damage().iter().all(|one| one.path == files.path("x")));
}

#[test]
fn every_pcap_variant_is_read() {
    for order in [Little, Big] {
        let micro = [pcap_header(order, 0xa1b2_c3d4, 1), record(order, 2, 3, &[7])].concat();
        check(&micro, &[(2_000_003_000, 1, 7)]);
        let nano = [pcap_header(order, 0xa1b2_3c4d, 113), record(order, 2, 3, &[7])].concat();
        check(&nano, &[(2_000_000_003, 113, 7)]);
        let modified = [pcap_header(order, 0xa1b2_cd34, 1), order.words(&[2, 3, 1, 1, 9, 9]), vec![7]].concat();
        check(&modified, &[(2_000_003_000, 1, 7)]);
        check(&pcap_header(order, 0xa1b2_c3d4, 1), &[]);
    }
}

#[test]
fn frame_check_sequence_bits_are_no_part_of_the_link_type() {
    for (field, expected) in [(0x2400_0001, 1), (0xf000_0069, 105), (0x0001_0001, 0x0001_0001), (0x1234, 0x1234)] {
        let file = [pcap_header(Little, 0xa1b2_c3d4, field), record(Little, 1, 0, &[7])].concat();
        check(&file, &[(1_000_000_000, expected, 7)]);
    }
}

#[test]
fn a_frame_longer_than_on_the_wire_is_tolerated() {
    let file = [pcap_header(Little, 0xa1b2_c3d4, 1), Little.words(&[1, 0, 3, 2]), vec![7, 7, 7]].concat();
    let files = Files::new(&[("x", &file)]);
    let mut source = files.open(&["x"]).unwrap();
    let frame = source.next_frame().unwrap().unwrap();
    assert_eq!((frame.data.len(), frame.wire_len), (3, 3));
}

#[test]
fn pcapng_sections_have_their_own_order_interfaces_and_clocks() {
    let mut file = Vec::new();
    let mut expected = Vec::new();
    for order in [Little, Big] {
        file.extend(section(order));
        file.extend(interface(order, 1, &[]));
        file.extend(interface(order, 113, &[(2, b"eth0"), (9, &[9])]));
        file.extend(interface(order, 101, &[(9, &[0x8a]), (14, &order.bytes(1_i64.to_be_bytes()))]));
        file.extend(block(order, 0x0bad, &[1, 2, 3, 4]));
        file.extend(enhanced(order, 0, 5, &[1, 0, 0]));
        file.extend(enhanced(order, 1, 5, &[2]));
        file.extend(enhanced(order, 2, 512, &[3]));
        file.extend(block(order, 3, &[&order.words(&[2]), &[4, 4][..]].concat()));
        let old = [order.bytes(1_u16.to_be_bytes()), vec![0; 2], order.words(&[0, 6, 1, 1]), vec![5]].concat();
        file.extend(block(order, 2, &old));
        expected.extend([(5_000, 1, 1), (5, 113, 2), (1_500_000_000, 101, 3), (1_500_000_000, 1, 4), (6, 113, 5)]);
    }
    check(&file, &expected);
}

#[test]
fn key_logs_are_handed_on_once() {
    let secrets =
        |kind: u32, text: &[u8]| block(Little, 0x0a, &[&Little.words(&[kind, text.len() as u32]), text].concat());
    let file = [section(Little), secrets(0x544c_534b, b"CLIENT_RANDOM a b"), secrets(1, b"other")].concat();
    let files = Files::new(&[("x", &file)]);
    let mut source = files.open(&["x"]).unwrap();
    assert_eq!(frames(&mut *source), []);
    assert_eq!(source.take_secrets(), [b"CLIENT_RANDOM a b".to_vec()]);
    assert!(source.take_secrets().is_empty());
}

#[test]
fn compressed_files_are_recognised_by_their_bytes() {
    let whole = [pcap_header(Little, 0xa1b2_c3d4, 1), record(Little, 1, 0, &[7]), record(Little, 2, 0, &[8])].concat();
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let expected = [(1_000_000_000, 1, 7), (2_000_000_000, 1, 8)];
    check(&gzip(&whole), &expected);
    check(&[gzip(&whole[..30]), gzip(&whole[30..])].concat(), &expected);
    check(&zstd::encode_all(&whole[..], 3).unwrap(), &expected);
}

#[test]
fn the_reader_goes_on_behind_a_length_that_cannot_be() {
    let start = [pcap_header(Little, 0xa1b2_c3d4, 1), record(Little, 1_700_000_000, 0, &[1; 40])].concat();
    let bad = [Little.words(&[1_700_000_001, 0, 0x7fff_ffff, 60]), vec![0xee; 60]].concat();
    let end = [record(Little, 1_700_000_002, 0, &[2; 40]), record(Little, 1_700_000_003, 0, &[3; 40])].concat();
    let damage = (DamageKind::BadLength(0x7fff_ffff), 80, 1, 76);
    check_damage(&[&start[..], &bad, &end].concat(), &[1, 2, 3], std::slice::from_ref(&damage));
    check_damage(&[start, bad].concat(), &[1], &[damage]);
}

#[test]
fn the_reader_goes_on_behind_a_damaged_block() {
    let start = [section(Little), interface(Little, 1, &[]), enhanced(Little, 0, 1, &[1])].concat();
    let at = start.len() as u64;
    let end = [enhanced(Little, 0, 2, &[2]), enhanced(Little, 0, 3, &[3])].concat();
    let check = |bad: &[u8], kind: DamageKind| {
        check_damage(&[&start, bad, &end].concat(), &[1, 2, 3], &[(kind, at, 1, bad.len() as u64)]);
    };
    let mut torn = enhanced(Little, 0, 9, &[9]);
    *torn.last_mut().unwrap() = 9;
    check(&torn, DamageKind::BadBlock(6));
    check(&enhanced(Little, 5, 9, &[9]), DamageKind::UnknownInterface(5));
    check(&block(Little, 6, &Little.words(&[0, 0, 9, 99, 99])), DamageKind::BadBlock(6));
    check(&Little.words(&[6, 7, 0, 0]), DamageKind::BadBlock(6));
}

#[test]
fn files_that_are_no_captures_are_told_apart() {
    let gzip_of_text = zstd::encode_all(&b"not a capture"[..], 1).unwrap();
    let files = Files::new(&[
        ("empty", b""),
        ("text", b"# a list of things"),
        ("zip", b"PK\x03\x04\0\0\0\0"),
        ("short", &[0xd4, 0xc3, 0xb2, 0xa1, 2, 0]),
        ("packed", &gzip_of_text),
        ("torn.gz", &[0x1f, 0x8b, 8, 0, 0]),
    ]);
    let refusal = |name: &str| files.open(&[name]).map(|_| ()).unwrap_err();
    assert!(matches!(refusal("empty"), SourceError::Empty { .. }));
    assert!(matches!(refusal("text"), SourceError::NotACapture { found, .. } if found.contains("# a list")));
    assert!(matches!(refusal("zip"), SourceError::NotACapture { found, .. } if found.contains("50 4b 03 04")));
    assert!(matches!(refusal("short"), SourceError::HeaderCut { bytes: 6, .. }));
    assert!(matches!(refusal("packed"), SourceError::NotACapture { found, .. } if found.contains("not a capture")));
    assert!(matches!(refusal("torn.gz"), SourceError::Compression { .. }));
    assert!(matches!(refusal("absent"), SourceError::Open { .. }));
    assert!(matches!(open(&[]).map(|_| ()).unwrap_err(), SourceError::NoInput));
}

fn one(seconds: u32, byte: u8) -> Vec<u8> {
    [pcap_header(Little, 0xa1b2_c3d4, 1), record(Little, seconds, 0, &[byte; 4])].concat()
}

#[test]
fn several_files_are_merged_by_time_and_ties_by_order() {
    let mut long = one(1, 1);
    long.extend(record(Little, 5, 0, &[2]));
    long.extend(record(Little, 4, 0, &[3]));
    let files = Files::new(&[("a", &long), ("b", &one(3, 4)), ("c", &one(1, 5))]);
    let merged =
        |names: &[&str]| -> Vec<u8> { frames(&mut *files.open(names).unwrap()).iter().map(|frame| frame.2).collect() };
    assert_eq!(merged(&["a", "b", "c"]), [1, 5, 4, 2, 3]);
    assert_eq!(merged(&["c", "b", "a"]), [5, 1, 4, 2, 3]);
}

#[test]
fn a_directory_stands_for_its_capture_files_by_name() {
    let files = Files::new(&[
        ("b.pcap", &one(1, 2)),
        ("a.pcap1", &one(1, 1)),
        ("c.pcap.zst", &zstd::encode_all(&one(1, 3)[..], 1).unwrap()),
        ("README", b"not one"),
        ("d.pcap", b""),
    ]);
    let mut source = open(&[Input::Path(files.0.path().to_path_buf())]).unwrap();
    let seen: Vec<u8> = frames(&mut *source).iter().map(|frame| frame.2).collect();
    assert_eq!(seen, [1, 2, 3]);
    assert_eq!(source.damage().len(), 1);
    assert_eq!(
        (source.damage()[0].path.as_path(), &source.damage()[0].kind),
        (&*files.path("d.pcap"), &DamageKind::LeftOut)
    );
    let empty = TempDir::new().unwrap();
    let refusal = open(&[Input::Path(empty.path().to_path_buf())]).map(|_| ()).unwrap_err();
    assert!(matches!(refusal, SourceError::NoCaptureFiles { .. }));
}

#[test]
fn damage_without_an_end_gives_the_file_up_and_tells_all_bytes_as_lost() {
    let mut file = one(1_700_000_000, 1);
    let start = file.len() as u64;
    file.resize(file.len() + (18 << 20), 0xff);
    file.extend(record(Little, 1_700_000_001, 0, &[2; 4]));
    let lost = file.len() as u64 - start;
    check_damage(&file, &[1], &[(DamageKind::BadLength(u32::MAX), start, 1, lost)]);
}

#[test]
fn more_files_than_can_be_merged_are_refused() {
    let inputs = vec![Input::Path(PathBuf::from("absent")); 513];
    let refusal = open(&inputs).map(|_| ()).unwrap_err();
    assert!(matches!(refusal, SourceError::TooManyFiles { count: 513, max: 512 }));
}

#[test]
fn libpcap_reads_the_same_frames() {
    let mut pcap = pcap_header(Big, 0xa1b2_3c4d, 1);
    let mut pcapng = [section(Little), interface(Little, 101, &[(9, &[9])])].concat();
    for place in 0..200_u32 {
        let data = vec![place as u8; 1 + place as usize * 9];
        pcap.extend(record(Big, 1_700_000_000 + place, place, &data));
        pcapng.extend(enhanced(Little, 0, 1_700_000_000_000_000_000 + u64::from(place), &data));
    }
    let files = Files::new(&[("a", &pcap), ("b", &pcapng)]);
    let both = |path: &Path| {
        let inputs = [Input::Path(path.to_path_buf())];
        (frames(&mut *open(&inputs).unwrap()), frames(&mut *open_libpcap(&inputs).unwrap()))
    };
    for name in ["a", "b"] {
        let (own, libpcap) = both(&files.path(name));
        assert_eq!(own.len(), 200);
        assert_eq!(own, libpcap);
    }
}

#[test]
fn a_repeated_input_is_numbered_on_and_each_pass_begins_a_second_after_the_last() {
    let header = pcap_header(Little, 0xa1b2_3c4d, 1);
    let a = [header.clone(), record(Little, 10, 0, &[1]), record(Little, 14, 5, &[3])].concat();
    let b = [header, record(Little, 12, 0, &[2]), vec![9, 9]].concat();
    let files = Files::new(&[("a", &a), ("b", &b)]);
    let inputs = [files.path("a"), files.path("b")].map(Input::Path);
    let mut source = open_repeated(&inputs, NonZeroU32::new(3).unwrap()).unwrap();
    let times: Vec<(u64, u8)> = frames(&mut *source).iter().map(|frame| (frame.0, frame.2)).collect();
    let second = 1_000_000_000_u64;
    let one = [(10 * second, 1), (12 * second, 2), (14 * second + 5, 3)];
    let span = 5 * second + 5;
    let expected: Vec<_> = (0..3).flat_map(|pass| one.map(|(at, byte)| (at + pass * span, byte))).collect();
    assert_eq!(times, expected);
    let bytes = (a.len() + b.len()) as u64;
    assert_eq!((source.progress().read, source.progress().total), (3 * bytes, Some(3 * bytes)));
    assert_eq!(source.damage().iter().map(|one| one.bytes_lost).sum::<u64>(), 6, "the damage of every pass");
    assert!(source.next_frame().unwrap().is_none(), "the end stays the end");
}

#[test]
fn what_cannot_be_read_twice_is_refused_and_a_file_that_goes_away_ends_the_input() {
    let twice = NonZeroU32::new(2).unwrap();
    for pipe in [Input::Stdin, Input::Path(PathBuf::from("/dev/null"))] {
        assert!(matches!(open_repeated(&[pipe], twice), Err(SourceError::NotRepeatable { .. })));
    }
    assert!(matches!(open_repeated(&[Input::Path("/nowhere".into())], twice), Err(SourceError::Open { .. })));
    let file = [pcap_header(Little, 0xa1b2_c3d4, 1), record(Little, 2, 3, &[7])].concat();
    let files = Files::new(&[("x", &file)]);
    let mut source = open_repeated(&[Input::Path(files.path("x"))], twice).unwrap();
    fs::remove_file(files.path("x")).unwrap();
    assert_eq!(source.next_frame().unwrap().unwrap().number, 1);
    assert!(matches!(source.next_frame(), Err(SourceError::Open { .. })));
    assert!(source.next_frame().unwrap().is_none());
}
