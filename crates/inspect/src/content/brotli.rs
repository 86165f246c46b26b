//! Brotli (RFC 7932). The decoder has no reset, so its tables are made anew for each message.

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use model::limits::DECODED_BYTES_MAX;

use super::Outcome;

/// Room made at once for output.
const STEP_BYTES: usize = 16 << 10;

pub(super) fn decode(input: &[u8], out: &mut Vec<u8>) -> Outcome {
    let alloc = StandardAlloc::default;
    // Strict: the "large window" extension, with windows of up to a gigabyte, is an error.
    let mut state = BrotliState::new_strict(alloc(), alloc(), alloc());
    let (mut left, mut read, mut written) = (input.len(), 0, 0);
    loop {
        if out.len() > DECODED_BYTES_MAX {
            return Outcome::Limit { read };
        }
        let mut at = out.len();
        let mut room = STEP_BYTES;
        out.resize(at + room, 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut read,
            input,
            &mut room,
            &mut at,
            out.as_mut_slice(),
            &mut written,
            &mut state,
        );
        out.truncate(at);
        match result {
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::ResultSuccess if out.len() > DECODED_BYTES_MAX => return Outcome::Limit { read },
            BrotliResult::ResultSuccess => return Outcome::Whole,
            BrotliResult::NeedsMoreInput => return Outcome::Cut,
            BrotliResult::ResultFailure => return Outcome::Malformed,
        }
    }
}
