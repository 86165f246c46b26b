//! Codings undone, cut, bombs and nonsense.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use model::Anomaly;
use model::message::{Body, Field, FieldName, Fields};
use proptest::prelude::*;

use super::Decoders;

const TEXT: &[u8] = br#"{"id":1,"name":"a name","list":[1,2,3,1,2,3,1,2,3]}"#;
/// `TEXT` as brotli, made once with the reference encoder's "uncompressed" form: header, one stored block, end.
fn brotli(text: &[u8]) -> Vec<u8> {
    // WBITS 16 (one bit), then a meta-block header: not last, four nibbles of length, stored; then the bytes; then "last, empty".
    let mlen = (text.len() - 1) as u32;
    let bits = (u32::from(mlen as u16) << 4) | (1 << 20);
    let mut out = bits.to_le_bytes()[..3].to_vec();
    out.extend_from_slice(text);
    out.push(3);
    out
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn bare(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(text, 3).unwrap()
}

struct Seen {
    bytes: Option<Vec<u8>>,
    whole: bool,
    odd: Vec<Anomaly>,
}

fn decode(decoders: &mut Decoders, coding: &str, kept: &[u8], complete: bool) -> Seen {
    let id = FieldName::ContentEncoding;
    let field = Field { id, name_at: 0, name_len: 0, value_at: 0, value_len: coding.len() as u32 };
    let list = [field];
    let body = Body { kept, len: kept.len() as u64, complete, chunked: false, messages: None };
    let content = decoders.decode(&Fields::new(coding.as_bytes(), &list), &body);
    Seen { bytes: content.bytes.map(<[u8]>::to_vec), whole: content.whole, odd: content.odd.iter().collect() }
}

#[test]
fn every_coding_is_undone_by_one_set_of_decoders() {
    let mut decoders = Decoders::default();
    let two_members = [gzip(&TEXT[..10]), gzip(&TEXT[10..])].concat();
    let two_frames = [zstd(&TEXT[..10]), zstd(&TEXT[10..])].concat();
    for _ in 0..2 {
        for (coding, bytes) in [
            ("gzip", gzip(TEXT)),
            ("X-GZIP", gzip(TEXT)),
            ("gzip", two_members.clone()),
            ("deflate", zlib(TEXT)),
            ("deflate", bare(TEXT)),
            ("br", brotli(TEXT)),
            ("zstd", zstd(TEXT)),
            ("zstd", two_frames.clone()),
            ("deflate, gzip", gzip(&zlib(TEXT))),
            ("identity", TEXT.to_vec()),
            ("", TEXT.to_vec()),
        ] {
            let seen = decode(&mut decoders, coding, &bytes, true);
            assert_eq!((seen.bytes.as_deref(), seen.whole), (Some(TEXT), true), "{coding}");
            assert!(seen.odd.is_empty(), "{coding} {:?}", seen.odd);
        }
    }
}

#[test]
fn cut_content_decodes_as_far_as_it_goes() {
    let mut decoders = Decoders::default();
    let text: Vec<u8> = (0..40_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    for (coding, bytes) in
        [("gzip", gzip(&text)), ("deflate", zlib(&text)), ("br", brotli(&text[..60_000])), ("zstd", zstd(&text))]
    {
        let cut = &bytes[..bytes.len() - 5];
        let seen = decode(&mut decoders, coding, cut, false);
        let decoded = seen.bytes.unwrap();
        assert!(text.starts_with(&decoded) && decoded.len() > 10_000 && !seen.whole, "{coding} {}", decoded.len());
        assert!(seen.odd.is_empty(), "{coding}");
        assert_eq!(decode(&mut decoders, coding, cut, true).odd, [Anomaly::ContentMalformed], "{coding}");
    }
}

#[test]
fn bombs_and_limits_are_told_apart() {
    let mut decoders = Decoders::default();
    let zeros = vec![0; 3 << 20];
    let mut noise = 1u64;
    let mut words = Vec::new();
    while words.len() < 1_200_000 {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        words.extend_from_slice(&[b'a' + (noise >> 60) as u8; 24]);
    }
    for (coding, bytes) in
        [("gzip", gzip(&zeros)), ("deflate", zlib(&zeros)), ("zstd", zstd(&zeros)), ("gzip, gzip", gzip(&gzip(&zeros)))]
    {
        let seen = decode(&mut decoders, coding, &bytes, true);
        assert_eq!(seen.odd, [Anomaly::ContentBomb], "{coding}");
        assert!(seen.bytes.is_none_or(|b| b.len() <= 1 << 20));
    }
    assert_eq!(decode(&mut decoders, "gzip", &gzip(&words), true).odd, [Anomaly::ContentLimit]);
    assert_eq!(decode(&mut decoders, "gzip,gzip,gzip", b"x", true).odd, [Anomaly::ContentLimit]);
    assert!(
        decode(&mut decoders, "gzip", &gzip(&zeros[..60_000]), true).odd.is_empty(),
        "small content is never a bomb"
    );
}

#[test]
fn what_is_not_the_coding_is_malformed() {
    let mut decoders = Decoders::default();
    let mut wrong_size = gzip(TEXT);
    let last = wrong_size.len() - 1;
    wrong_size[last] ^= 1;
    for (coding, bytes) in [
        ("gzip", TEXT.to_vec()),
        ("gzip", wrong_size),
        ("gzip", [gzip(TEXT), b"trailing".to_vec()].concat()),
        ("deflate", vec![0xff; 40]),
        ("br", vec![0xff; 40]),
        ("zstd", TEXT.to_vec()),
        // A window of 256 MiB.
        ("zstd", vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0x90, 1, 0, 0]),
        // The "large window" extension of brotli.
        ("br", vec![0x11, 0x1e, 0, 0]),
    ] {
        assert_eq!(decode(&mut decoders, coding, &bytes, true).odd, [Anomaly::ContentMalformed], "{coding}");
    }
    let unknown = decode(&mut decoders, "aws-chunked", TEXT, true);
    assert!(unknown.bytes.is_none() && unknown.odd.is_empty());
}

proptest! {
    #[test]
    fn any_bytes_decode_to_something_bounded(
        coding in prop::sample::select(vec!["gzip", "deflate", "br", "zstd"]),
        mut bytes in prop::collection::vec(any::<u8>(), 0..400),
        head in prop::sample::select(vec![&b""[..], b"\x1f\x8b\x08\0\0\0\0\0\0\0", b"\x28\xb5\x2f\xfd\x20\x40"]),
    ) {
        bytes.splice(0..0, head.iter().copied());
        let seen = decode(&mut Decoders::default(), coding, &bytes, true);
        prop_assert!(seen.bytes.is_none_or(|b| b.len() <= 1 << 20));
    }
}
