//! Segments: rows of one key partition put together, so that the database keeps a few large values instead of millions of
//! small ones.
//!
//! A segment is rows end to end: kind (1 byte), key (16), length of the model (4, little-endian), model. An empty model says
//! that the row is gone. Of one key, the last row holds. Stored, a checksum of [`SUM`] bytes stands before it: SQLite tells of
//! damage to its pages, not to what stands in them.

use std::collections::BTreeMap;

use model::{Id, StateRow};

const HEAD: usize = 1 + 16 + 4;
/// Bytes of the checksum.
pub(crate) const SUM: usize = 16;

/// A segment as it is stored.
pub(crate) fn sealed(segment: &[u8]) -> Vec<u8> {
    let mut stored = Vec::with_capacity(SUM + segment.len());
    stored.extend_from_slice(&sum(segment));
    stored.extend_from_slice(segment);
    stored
}

/// The segment that is stored so.
pub(crate) fn opened(stored: &[u8]) -> Result<&[u8], Damaged> {
    let (said, segment) = stored.split_first_chunk::<SUM>().ok_or(Damaged)?;
    if *said == sum(segment) { Ok(segment) } else { Err(Damaged) }
}

fn sum(segment: &[u8]) -> [u8; SUM] {
    Id::of("segment", &[segment]).0
}

/// A row of another version of this program may have a kind that is not known here; it is kept as it is.
pub(crate) type Key = (u8, [u8; 16]);

/// Appends a row. A model of 4 GiB or more is not written; none comes near.
pub(crate) fn push(segment: &mut Vec<u8>, row: &StateRow) {
    push_raw(segment, (row.kind as u8, row.key.0), &row.model);
}

pub(crate) fn push_raw(segment: &mut Vec<u8>, (kind, key): Key, model: &[u8]) {
    let Ok(length) = u32::try_from(model.len()) else { return };
    segment.reserve(HEAD + model.len());
    segment.push(kind);
    segment.extend_from_slice(&key);
    segment.extend_from_slice(&length.to_le_bytes());
    segment.extend_from_slice(model);
}

/// A row: kind, key, model.
type Row<'a> = (u8, Id, &'a [u8]);

/// The rows of a segment; the error says that it is damaged.
pub(crate) fn rows(segment: &[u8]) -> impl Iterator<Item = Result<Row<'_>, Damaged>> {
    let mut rest = segment;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let row = split(rest);
        rest = row.map_or(&[], |(_, rest)| rest);
        Some(row.map(|(row, _)| row).ok_or(Damaged))
    })
}

fn split(bytes: &[u8]) -> Option<(Row<'_>, &[u8])> {
    let (kind, rest) = bytes.split_first()?;
    let (key, rest) = rest.split_first_chunk::<16>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (model, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    Some(((*kind, Id(*key), model), rest))
}

/// One segment that says what these say, oldest first. With `whole` there is none before them, and what is gone is left
/// out.
pub(crate) fn merged<'a>(segments: impl IntoIterator<Item = &'a [u8]>, whole: bool) -> Result<Vec<u8>, Damaged> {
    let mut last: BTreeMap<Key, &[u8]> = BTreeMap::new();
    for segment in segments {
        for row in rows(segment) {
            let (kind, key, model) = row?;
            last.insert((kind, key.0), model);
        }
    }
    let mut out = Vec::new();
    for (key, model) in last {
        if !(whole && model.is_empty()) {
            push_raw(&mut out, key, model);
        }
    }
    Ok(out)
}

/// How many of the latest segments, given by their bytes from the latest one on, a new one of `new` bytes is put together
/// with. What is left is more than twice as large, one after another: so there are few segments, a row is written again a
/// few times at most, and what later ones replace takes less room than what holds.
pub(crate) fn absorbed(new: usize, latest: impl IntoIterator<Item = usize>) -> usize {
    let mut size = new;
    let taken = latest.into_iter().take_while(|bytes| {
        let takes = *bytes <= size.saturating_mul(2);
        size = if takes { size.saturating_add(*bytes) } else { size };
        takes
    });
    taken.count()
}

/// A segment that is not what was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Damaged;

impl From<Damaged> for rusqlite::Error {
    fn from(_: Damaged) -> Self {
        let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        Self::SqliteFailure(corrupt, Some("a segment of what was learned is not what was stored".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use model::RowKind;
    use proptest::prelude::*;

    use super::*;

    fn segment(rows: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let mut out = Vec::new();
        for (key, model) in rows {
            push(&mut out, &StateRow { kind: RowKind::Stage, key: Id([*key; 16]), model: model.clone() });
        }
        out
    }

    fn read(segment: &[u8]) -> Vec<(u8, Vec<u8>)> {
        rows(segment).map(|row| row.map(|(_, key, model)| (key.0[0], model.to_vec())).unwrap()).collect()
    }

    #[test]
    fn every_change_to_a_stored_segment_is_damage() {
        let whole = segment(&[(1, vec![7; 5]), (2, vec![])]);
        let stored = sealed(&whole);
        assert_eq!(opened(&stored), Ok(&whole[..]));
        for at in 0..stored.len() {
            let mut changed = stored.clone();
            changed[at] ^= 1;
            assert_eq!(opened(&changed), Err(Damaged), "byte {at}");
            assert_eq!(opened(&stored[..at]), Err(Damaged), "cut at {at}");
        }
    }

    #[test]
    fn what_is_cut_off_is_damage() {
        let whole = segment(&[(1, vec![7; 5]), (2, vec![])]);
        assert_eq!(read(&whole), [(1, vec![7; 5]), (2, vec![])]);
        for cut in 1..whole.len() {
            let told: Vec<_> = rows(&whole[..cut]).collect();
            let expected = usize::from(cut != HEAD + 5);
            assert_eq!(told.iter().filter(|row| row.is_err()).count(), expected, "cut at {cut}");
        }
    }

    proptest! {
        #[test]
        fn segments_put_together_as_they_come_say_what_a_map_would(
            writes in prop::collection::vec(prop::collection::vec((0_u8..20, prop::collection::vec(any::<u8>(), 0..40)), 1..12), 1..40),
        ) {
            let (mut kept, mut map): (Vec<Vec<u8>>, BTreeMap<u8, Vec<u8>>) = Default::default();
            for write in &writes {
                map.extend(write.iter().cloned());
                map.retain(|_, model| !model.is_empty());
                let new = segment(write);
                let left = kept.len() - absorbed(new.len(), kept.iter().rev().map(Vec::len));
                let old = kept.split_off(left);
                let body = merged(old.iter().chain([&new]).map(Vec::as_slice), left == 0).unwrap();
                if !body.is_empty() {
                    kept.push(body);
                }
                let all = merged(kept.iter().map(Vec::as_slice), true).unwrap();
                prop_assert_eq!(read(&all), map.clone().into_iter().collect::<Vec<_>>());
                for pair in kept.windows(2) {
                    prop_assert!(pair[0].len() > pair[1].len(), "{:?}", kept.iter().map(Vec::len).collect::<Vec<_>>());
                }
            }
        }
    }
}
