//! Content codings undone, within bounds.
//!
//! In: the `Content-Encoding` fields and the kept bytes of a body. Out: the decoded bytes, borrowed from the body when
//! nothing had to be undone, and what was odd. Kept between messages: one inflater, one zstd decoder, two buffers.
//!
//! A body of which only the beginning was kept decodes as far as it goes, without complaint. Windows are checked before
//! they are allocated: deflate's is 32 KiB, zstd above [`ZSTD_WINDOW_BYTES_MAX`] and brotli's "large window" are refused.

mod brotli;
mod deflate;
mod zstd;

use std::fmt;

use flate2::Decompress;
use model::limits::{BOMB_BYTES_MIN, CODINGS_MAX, DECODED_BYTES_MAX, DECODED_RATIO_MAX, ZSTD_WINDOW_BYTES_MAX};
use model::message::{Body, FieldName, Fields};
use model::{Anomaly, AnomalySet};
use ruzstd::decoding::FrameDecoder;

/// Decoders and their buffers.
pub(crate) struct Decoders {
    inflate: Decompress,
    zstd: FrameDecoder,
    decoded: Vec<u8>,
    previous: Vec<u8>,
}

/// How one coding ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// All of it was decoded.
    Whole,
    /// The input ended before the content did.
    Cut,
    /// Not what the coding says, from some byte on.
    Malformed,
    /// More than [`DECODED_BYTES_MAX`], after reading so many bytes of input.
    Limit { read: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// Content as far as it could be decoded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content<'a> {
    /// The decoded bytes, or their beginning; `None` when the coding is unknown.
    pub(crate) bytes: Option<&'a [u8]>,
    /// Whether these are all bytes of the content.
    pub(crate) whole: bool,
    /// What was odd.
    pub(crate) odd: AnomalySet,
}

impl Default for Decoders {
    fn default() -> Self {
        let mut zstd = FrameDecoder::new();
        zstd.set_max_window_size(ZSTD_WINDOW_BYTES_MAX);
        Self { inflate: Decompress::new(false), zstd, decoded: Vec::new(), previous: Vec::new() }
    }
}

impl fmt::Debug for Decoders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoders").finish_non_exhaustive()
    }
}

impl Decoders {
    /// Undoes the codings that `fields` declare.
    pub(crate) fn decode<'a>(&'a mut self, fields: &Fields<'_>, body: &Body<'a>) -> Content<'a> {
        let whole = is_whole(body);
        let plain = Content { bytes: Some(body.kept), whole, odd: AnomalySet::EMPTY };
        if body.kept.is_empty() || fields.first(FieldName::ContentEncoding).is_none() {
            return plain;
        }
        let mut codings = [Coding::Gzip; CODINGS_MAX];
        let mut count = 0;
        for name in fields.all(FieldName::ContentEncoding).flat_map(|value| value.split(|b| *b == b',')) {
            let name = name.trim_ascii();
            if name.is_empty() || name.eq_ignore_ascii_case(b"identity") {
                continue;
            }
            let Some(coding) = coding(name) else { return Content { bytes: None, ..plain } };
            let Some(slot) = codings.get_mut(count) else {
                return Content { bytes: None, whole, odd: one(Anomaly::ContentLimit) };
            };
            *slot = coding;
            count += 1;
        }
        let codings = codings.get_mut(..count).unwrap_or_default();
        // The last applied is the first to be undone.
        codings.reverse();
        if codings.is_empty() { plain } else { self.undo(codings, body.kept, whole) }
    }

    /// Undoes one coding by its name; `whole`: `coded` is all of it.
    pub(crate) fn decode_one<'a>(&'a mut self, name: &[u8], coded: &'a [u8], whole: bool) -> Content<'a> {
        let plain = Content { bytes: Some(coded), whole, odd: AnomalySet::EMPTY };
        match coding(name) {
            Some(coding) => self.undo(&[coding], coded, whole),
            None if name.is_empty() || name.eq_ignore_ascii_case(b"identity") => plain,
            None => Content { bytes: None, ..plain },
        }
    }

    /// Undoes `codings`, the outermost first.
    fn undo<'a>(&'a mut self, codings: &[Coding], kept: &[u8], whole: bool) -> Content<'a> {
        let (mut odd, mut complete) = (AnomalySet::EMPTY, whole);
        let mut stopped_in = None;
        for (layer, coding) in codings.iter().enumerate() {
            std::mem::swap(&mut self.decoded, &mut self.previous);
            self.decoded.clear();
            let input = if layer == 0 { kept } else { &self.previous };
            let out = &mut self.decoded;
            let outcome = match coding {
                Coding::Gzip => deflate::gzip(&mut self.inflate, input, out),
                Coding::Deflate => deflate::deflate(&mut self.inflate, input, out),
                Coding::Brotli => brotli::decode(input, out),
                Coding::Zstd => zstd::decode(&mut self.zstd, input, out),
            };
            let coded = match outcome {
                Outcome::Limit { read } if layer == 0 => read,
                _ => kept.len(),
            };
            let bomb = out.len() > BOMB_BYTES_MIN && out.len() / DECODED_RATIO_MAX > coded;
            match outcome {
                _ if bomb => odd.insert(Anomaly::ContentBomb),
                Outcome::Limit { .. } => odd.insert(Anomaly::ContentLimit),
                Outcome::Malformed | Outcome::Cut if complete => odd.insert(Anomaly::ContentMalformed),
                _ => {}
            }
            out.truncate(DECODED_BYTES_MAX);
            complete = complete && outcome == Outcome::Whole;
            if bomb || matches!(outcome, Outcome::Limit { .. }) {
                stopped_in = Some(layer + 1);
                break;
            }
        }
        // After a stop in an outer layer what was decoded is still coded, and is not looked at.
        let bytes = stopped_in.is_none_or(|layers| layers == codings.len()).then_some(self.decoded.as_slice());
        Content { bytes, whole: complete, odd }
    }
}

/// Whether all of a body was kept.
pub(crate) const fn is_whole(body: &Body<'_>) -> bool {
    body.complete && body.kept.len() as u64 == body.len
}

fn one(anomaly: Anomaly) -> AnomalySet {
    let mut set = AnomalySet::EMPTY;
    set.insert(anomaly);
    set
}

/// RFC 9110 §8.4.1, RFC 7932, RFC 8878.
fn coding(name: &[u8]) -> Option<Coding> {
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    if is(b"gzip") || is(b"x-gzip") {
        Some(Coding::Gzip)
    } else if is(b"deflate") {
        Some(Coding::Deflate)
    } else if is(b"br") {
        Some(Coding::Brotli)
    } else if is(b"zstd") {
        Some(Coding::Zstd)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
