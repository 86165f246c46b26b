//! zstd (RFC 8878): frames one after another, block by block.

use std::io::{self, Write};

use model::limits::DECODED_BYTES_MAX;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::Outcome;

/// An empty last block and a checksum that nobody compares: makes the decoder hand out what it holds back.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];
/// Magic numbers of frames to be skipped, without their lowest four bits.
const SKIPPABLE: u32 = 0x184d_2a50;

pub(super) fn decode(decoder: &mut FrameDecoder, input: &[u8], out: &mut Vec<u8>) -> Outcome {
    let mut rest = input;
    while !rest.is_empty() {
        if let Some(length) = skippable(rest) {
            let Some(after) = rest.get(length..) else { return Outcome::Cut };
            rest = after;
            continue;
        }
        let begins = rest.len();
        if decoder.reset(&mut rest).is_err() {
            // Shorter than the longest header: cut, as far as one can tell.
            return if begins < 18 && begins < input.len().max(18) { Outcome::Cut } else { Outcome::Malformed };
        }
        let outcome = frame(decoder, input.len(), &mut rest, out);
        if outcome != Outcome::Whole {
            return outcome;
        }
    }
    Outcome::Whole
}

/// One frame after its header.
fn frame(decoder: &mut FrameDecoder, input_len: usize, rest: &mut &[u8], out: &mut Vec<u8>) -> Outcome {
    let mut bounded = Bounded(out);
    loop {
        let before = rest.len();
        let result = decoder.decode_blocks(&mut *rest, BlockDecodingStrategy::UptoBlocks(1));
        let ended_early = result.is_err();
        let cut = ended_early && rest.is_empty();
        if ended_early && decoder.decode_blocks(&LAST_BLOCK[..], BlockDecodingStrategy::All).is_err() {
            return if cut { Outcome::Cut } else { Outcome::Malformed };
        }
        if decoder.collect_to_writer(&mut bounded).is_err() {
            return Outcome::Malformed;
        }
        if bounded.0.len() > DECODED_BYTES_MAX {
            return Outcome::Limit { read: input_len - rest.len() };
        }
        match result {
            Ok(true) => return Outcome::Whole,
            Ok(false) if before == rest.len() => return Outcome::Malformed,
            Ok(false) => {}
            Err(_) => return if cut { Outcome::Cut } else { Outcome::Malformed },
        }
    }
}

/// Length of the skippable frame that `input` begins with.
fn skippable(input: &[u8]) -> Option<usize> {
    let (magic, after) = input.split_first_chunk::<4>()?;
    let length = after.first_chunk::<4>()?;
    (u32::from_le_bytes(*magic) & !0xf == SKIPPABLE).then(|| u32::from_le_bytes(*length) as usize + 8)
}

/// Takes everything and keeps one byte more than is looked at, so that the limit shows.
struct Bounded<'a>(&'a mut Vec<u8>);

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = (DECODED_BYTES_MAX + 1).saturating_sub(self.0.len());
        self.0.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
