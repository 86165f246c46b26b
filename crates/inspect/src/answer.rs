//! What an answer looks like.
//!
//! Kept: how coded answers looked lately, and what answers disclosed, by a keyed hash of all that this depends on: servers give the same answers again
//! and again, and to undo a coding costs more than all else that is done with a transaction.

use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::FixedState;
use model::AnomalySet;
use model::limits::{ANSWER_MEMO_MAX, DISCLOSED_MEMO_MAX, DISCLOSED_MEMO_VALUES_MAX};
use model::message::{FieldName, Response};

use crate::class::classify;
use crate::content::{self, Decoders};
use crate::json::{Says, outer_names};
use crate::memo::{Memo, Names};
use crate::pseudonym::Pseudonyms;

/// Bytes of an answer that its shape is read from.
const SHAPE_BYTES: usize = 512;
/// Names that make a shape: the first ones tell answers apart, and long values do not push them out.
const SHAPE_NAMES: usize = 8;
/// Bits of a shape that stand for names.
const NAME_BITS: u64 = 48;
/// Bits of a number below [`NAME_BITS`].
const PLACE_BITS: u8 = 63;
/// Separate tables, separate hashes.
const SHAPE_SEED: u64 = 1;

/// How an answer looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// As [`shape`] says.
    pub(crate) shape: u64,
    /// What was odd about its coding.
    pub(crate) odd: AnomalySet,
    /// What its first names say of how it ended.
    pub(crate) says: Says,
}

/// All that is read of an answer without its fields.
#[derive(Debug)]
pub(crate) struct Known {
    tag: u128,
    pub(crate) look: Look,
    /// Values that it discloses, and whether there were more.
    pub(crate) disclosed: Box<[u32]>,
    pub(crate) cut: bool,
}

/// Looks at answers.
#[derive(Debug)]
pub(crate) struct Answers {
    memo: Memo<Look>,
    /// Answers that disclose something, each in the place of its tag.
    known: Vec<Option<Known>>,
    /// Bits of names that stood in answers, and what these say: see [`place`].
    bits: Names<u8>,
}

impl Default for Answers {
    fn default() -> Self {
        let known = (0..DISCLOSED_MEMO_MAX).map(|_| None).collect();
        Self { memo: Memo::new(ANSWER_MEMO_MAX), known, bits: Names::default() }
    }
}

impl Answers {
    /// How `response` looks, which has that media type.
    pub(crate) fn look(
        &mut self,
        names: &Pseudonyms,
        media_type: &[u8],
        response: &Response<'_>,
        decoders: &mut Decoders,
    ) -> Look {
        if response.body.kept.is_empty() || response.fields.first(FieldName::ContentEncoding).is_none() {
            return look(media_type, response, decoders, &mut self.bits);
        }
        let tag = tag(names, media_type, response);
        self.memo.get(tag).unwrap_or_else(|| {
            let made = look(media_type, response, decoders, &mut self.bits);
            self.memo.put(tag, made);
            made
        })
    }

    /// Stands for an answer, and what was remembered of it.
    pub(crate) fn known(
        &self,
        names: &Pseudonyms,
        media_type: &[u8],
        response: &Response<'_>,
    ) -> (u128, Option<&Known>) {
        let tag = tag(names, media_type, response);
        let slot = self.known.get(tag as usize % DISCLOSED_MEMO_MAX);
        (tag, slot.and_then(Option::as_ref).filter(|known| known.tag == tag))
    }

    /// Remembers what was read of the answer with that tag, unless that is much.
    pub(crate) fn remember(&mut self, tag: u128, look: Look, disclosed: &[u32], cut: bool) {
        if disclosed.len() <= DISCLOSED_MEMO_VALUES_MAX
            && let Some(slot) = self.known.get_mut(tag as usize % DISCLOSED_MEMO_MAX)
        {
            *slot = Some(Known { tag, look, disclosed: disclosed.into(), cut });
        }
    }

    /// How decoded content looks.
    pub(crate) fn look_anew(&mut self, media_type: &[u8], content: &content::Content<'_>) -> Look {
        let (shape, says) = shape(media_type, content.bytes, &mut self.bits);
        Look { shape, odd: content.odd, says }
    }
}

/// Stands for all that the look of an answer depends on.
fn tag(names: &Pseudonyms, media_type: &[u8], response: &Response<'_>) -> u128 {
    let (fields, body) = (&response.fields, &response.body);
    let whole = [u8::from(content::is_whole(body))];
    let first = [&whole[..], body.kept, media_type];
    names.answer_tag(first.into_iter().chain(fields.all(FieldName::ContentEncoding)))
}

fn look(media_type: &[u8], response: &Response<'_>, decoders: &mut Decoders, bits: &mut Names<u8>) -> Look {
    let content = decoders.decode(&response.fields, &response.body);
    let (shape, says) = shape(media_type, content.bytes, bits);
    Look { shape, odd: content.odd, says }
}

/// What an answer looks like; never 0. The upper 16 bits are a hash of the media type, each bit below stands for outermost
/// names of the content: answers of one kind whose optional fields differ have most bits in common. Beside it, what these
/// names say.
fn shape(media_type: &[u8], content: Option<&[u8]>, bits: &mut Names<u8>) -> (u64, Says) {
    let mut told = 0;
    let mut shape = (hash(media_type) | 1) << NAME_BITS;
    if let Some(bytes) = content
        && matches!(bytes.first(), Some(b'{' | b'[' | b' ' | b'\n' | b'\r' | b'\t' | 0xef))
    {
        let mut count = 0;
        let head = bytes.get(..SHAPE_BYTES).unwrap_or(bytes);
        outer_names(head, |name| {
            let place = bits.tell(name, || place(name));
            shape |= 1 << (place & PLACE_BITS);
            told |= place;
            count += 1;
            count < SHAPE_NAMES
        });
    }
    (shape, Says::from_bits(told >> PLACE_BITS.count_ones()))
}

/// The bit of a name in a shape, and above it what the name says.
fn place(name: &[u8]) -> u8 {
    let class = classify(name);
    let word: &[u8] = if class.is_value() { class.as_str().as_bytes() } else { name };
    ((hash(word) >> 32) % NAME_BITS) as u8 | Says::of(name).bits() << PLACE_BITS.count_ones()
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FixedState::with_seed(SHAPE_SEED).build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[u8] = b"application/json";

    #[test]
    fn answers_of_one_kind_have_one_shape() {
        let mut bits = Names::default();
        let mut shape_of = |body: &[u8]| shape(JSON, Some(body), &mut bits).0;
        assert_eq!(shape_of(br#"{"id":1,"name":"a"}"#), shape_of(br#"{"id":22,"name":"bcd"}"#));
        assert_eq!(shape_of(br#"[{"id":1},{"id":2}]"#), shape_of(br#"[{"id":1}]"#));
        assert_ne!(shape_of(br#"{"id":1}"#), shape_of(br#"{"error":1}"#));
        let none = &mut Names::default();
        assert_ne!(shape(JSON, None, none).0, shape(b"text/html", None, none).0);
    }
}
