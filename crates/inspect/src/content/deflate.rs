//! gzip (RFC 1952) and deflate (RFC 1950, RFC 1951) through one inflater that is reset, never rebuilt.

use flate2::{Decompress, FlushDecompress, Status};
use model::limits::DECODED_BYTES_MAX;

use super::Outcome;

/// Room made at once for output.
const STEP_BYTES: usize = 16 << 10;

/// All members of a gzip file.
pub(super) fn gzip(inflate: &mut Decompress, input: &[u8], out: &mut Vec<u8>) -> Outcome {
    let mut rest = input;
    while !rest.is_empty() {
        let Some(header) = header_len(rest) else {
            // Zeros after the last member are padding; so says gzip(1).
            let padding = rest.len() < input.len() && rest.iter().all(|b| *b == 0);
            let magic = b"\x1f\x8b\x08";
            let begins = rest.get(..3.min(rest.len())).is_some_and(|head| magic.starts_with(head));
            return match (padding, begins) {
                (true, _) => Outcome::Whole,
                (_, true) => Outcome::Cut,
                _ => Outcome::Malformed,
            };
        };
        let member = rest.get(header..).unwrap_or_default();
        let before = out.len();
        let (outcome, read) = raw(inflate, false, member, out);
        if outcome != Outcome::Whole {
            let offset = input.len() - member.len();
            return if matches!(outcome, Outcome::Limit { .. }) {
                Outcome::Limit { read: offset + read }
            } else {
                outcome
            };
        }
        let Some((trailer, next)) = member.get(read..).and_then(|tail| tail.split_first_chunk::<8>()) else {
            return Outcome::Cut;
        };
        let [.., a, b, c, d] = *trailer;
        if u32::from_le_bytes([a, b, c, d]) != (out.len() - before) as u32 {
            return Outcome::Malformed;
        }
        rest = next;
    }
    Outcome::Whole
}

/// zlib, or bare deflate, which some servers send under that name.
pub(super) fn deflate(inflate: &mut Decompress, input: &[u8], out: &mut Vec<u8>) -> Outcome {
    let zlib = match input {
        [method, flags, ..] => method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0,
        _ => false,
    };
    raw(inflate, zlib, input, out).0
}

/// One stream, and how many bytes of input it took.
fn raw(inflate: &mut Decompress, zlib: bool, input: &[u8], out: &mut Vec<u8>) -> (Outcome, usize) {
    inflate.reset(zlib);
    loop {
        let read = inflate.total_in() as usize;
        if out.len() > DECODED_BYTES_MAX {
            return (Outcome::Limit { read }, read);
        }
        let (rest, before) = (input.get(read..).unwrap_or_default(), out.len());
        out.reserve(STEP_BYTES);
        let status = inflate.decompress_vec(rest, out, FlushDecompress::None);
        let after = inflate.total_in() as usize;
        match status {
            Ok(Status::StreamEnd) => {
                let over = out.len() > DECODED_BYTES_MAX;
                return (if over { Outcome::Limit { read: after } } else { Outcome::Whole }, after);
            }
            Ok(_) if after == read && out.len() == before => return (Outcome::Cut, after),
            Ok(_) => {}
            Err(_) => return (Outcome::Malformed, after),
        }
    }
}

/// Length of the header of a member; `None` when it is none or does not end.
fn header_len(member: &[u8]) -> Option<usize> {
    const HCRC: u8 = 2;
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    let (head, _) = member.split_first_chunk::<10>()?;
    let [0x1f, 0x8b, 8, flags, ..] = *head else { return None };
    let mut at = 10;
    if flags & EXTRA != 0 {
        let [low, high] = *member.get(at..)?.first_chunk::<2>()?;
        at += 2 + usize::from(u16::from_le_bytes([low, high]));
    }
    for flag in [NAME, COMMENT] {
        if flags & flag != 0 {
            at += memchr::memchr(0, member.get(at..)?)? + 1;
        }
    }
    at += if flags & HCRC != 0 { 2 } else { 0 };
    (at <= member.len()).then_some(at)
}
