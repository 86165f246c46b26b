//! Which values were disclosed to whom: the ids that a caller can know from answers it got.
//!
//! In: the values of every answer, by whom it was for. Out: whether a value that a caller asks for was among them. Every
//! worker keeps the same table from the same observations, as with [`Owners`](crate::owners::Owners).
//!
//! Kept: `DISCLOSED_MAX` checks of four bytes in buckets of [`WAYS`], found by hash of caller and value. In its bucket a
//! newer value takes the place of the one that was disclosed longest ago, which is then as if it had never been: callers
//! that others are compared with have lost as many.

use std::hint::black_box;

use model::limits::DISCLOSED_MAX;
use model::observation::Observation;

use crate::models::mix;

/// Checks that one hash may stand in.
const WAYS: usize = 4;
/// Checks of one block: the unit that is saved.
const BLOCK_CHECKS: usize = 8_192;
const BLOCKS: usize = DISCLOSED_MAX / BLOCK_CHECKS;
/// What is noted where more was disclosed than is told. No hash of a value: those are never all ones.
const EVERYTHING: u32 = u32::MAX;
const DAY: u64 = 86_400;

/// Most recent first; 0 is empty.
type Bucket = [u32; WAYS];

/// What answers told a caller of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Told {
    /// It was in one.
    Yes,
    /// It may have been: not all of them are known.
    #[default]
    Perhaps,
    /// It was in none.
    No,
}

/// The table. A block is made when first needed.
#[derive(Debug)]
pub(crate) struct Disclosed {
    blocks: Vec<Option<Vec<Bucket>>>,
    dirty: Vec<bool>,
}

impl Default for Disclosed {
    fn default() -> Self {
        Self { blocks: (0..BLOCKS).map(|_| None).collect(), dirty: vec![false; BLOCKS] }
    }
}

impl Disclosed {
    /// Takes what the answer of `row` discloses.
    pub(crate) fn learn(&mut self, row: &Observation, values: &[u32]) {
        if values.is_empty() && !row.disclosed_cut {
            return;
        }
        let who = caller(row);
        self.glance(who, values);
        for value in values {
            self.note(who, key(who, *value));
        }
        if row.disclosed_cut {
            self.note(who, everything(who, row.last_at.seconds() / DAY));
        }
    }

    /// What the caller of `row`, or somebody without credentials at its address, was told of `value`.
    pub(crate) fn told(&self, row: &Observation, value: u32) -> Told {
        let (who, nobody) = (caller(row), address(row));
        let today = row.last_at.seconds() / DAY;
        let cut = |who| [today, today.saturating_sub(1)].into_iter().any(|day| self.has(who, everything(who, day)));
        if self.has(who, key(who, value)) || who != nobody && self.has(nobody, key(nobody, value)) {
            Told::Yes
        } else if cut(who) {
            Told::Perhaps
        } else {
            Told::No
        }
    }

    /// Brings the buckets of `values` near in a loop with nothing that depends on anything before: the processor waits for
    /// many at once, where [`note`](Self::note) would wait for each.
    fn glance(&self, who: u64, values: &[u32]) {
        let (block, ..) = place(who, 0);
        let Some(Some(block)) = self.blocks.get(block) else { return };
        let near = values.iter().filter_map(|value| block.get(place(who, key(who, *value)).1)?.first());
        black_box(near.fold(0, |all, check| all ^ check));
    }

    fn has(&self, who: u64, key: u64) -> bool {
        let (block, bucket, check) = place(who, key);
        let bucket = self.blocks.get(block).and_then(Option::as_ref).and_then(|block| block.get(bucket));
        bucket.is_some_and(|bucket| bucket.contains(&check))
    }

    fn note(&mut self, who: u64, key: u64) {
        let (block, bucket, check) = place(who, key);
        let (Some(slot), Some(dirty)) = (self.blocks.get_mut(block), self.dirty.get_mut(block)) else { return };
        let made = slot.get_or_insert_with(|| vec![[0; WAYS]; BLOCK_CHECKS / WAYS]);
        let Some(bucket) = made.get_mut(bucket) else { return };
        if bucket.first() != Some(&check) {
            let at = bucket.iter().position(|known| *known == check).unwrap_or(WAYS - 1);
            if let Some(newer) = bucket.get_mut(..=at) {
                newer.rotate_right(1);
            }
            if let Some(first) = bucket.first_mut() {
                *first = check;
            }
            *dirty = true;
        }
    }

    /// Numbers and bytes of the blocks changed since the last call.
    pub(crate) fn save(&mut self) -> Vec<(u32, Vec<u8>)> {
        let changed = self.dirty.iter_mut().zip(&self.blocks).zip(0..);
        changed
            .filter_map(|((dirty, block), at)| {
                std::mem::take(dirty).then(|| Some((at, pack(block.as_ref()?)))).flatten()
            })
            .collect()
    }

    /// Puts back a saved block.
    pub(crate) fn restore(&mut self, block: u32, bytes: &[u8]) {
        if let Some(slot) = self.blocks.get_mut(block as usize) {
            *slot = Some(unpack(bytes));
        }
    }
}

/// Who an answer is for: an identity, or an address.
fn caller(row: &Observation) -> u64 {
    match row.identity.kind {
        model::IdentityKind::Address => address(row),
        _ => row.identity.id.prefix(),
    }
}

fn address(row: &Observation) -> u64 {
    let (high, low) = row.caller.addr.split_at(8);
    let half = |bytes: &[u8]| bytes.iter().fold(0, |all, byte| all << 8 | u64::from(*byte));
    mix(half(high) ^ mix(half(low)))
}

fn key(who: u64, value: u32) -> u64 {
    mix(who ^ mix(u64::from(value.min(EVERYTHING - 1))))
}

fn everything(who: u64, day: u64) -> u64 {
    mix(who ^ mix(u64::from(EVERYTHING) | day << 32))
}

/// Block, bucket and check; the last is never 0. All that one caller knows is in one block: nobody pushes out more than that.
const fn place(who: u64, key: u64) -> (usize, usize, u32) {
    let (block, bucket) = (mix(who) as usize % BLOCKS, (key >> 32) as usize % (BLOCK_CHECKS / WAYS));
    let check = key as u32;
    (block, bucket, if check == 0 { 1 } else { check })
}

/// For each bucket in use its number, how many checks it holds, and these; little-endian.
fn pack(block: &[Bucket]) -> Vec<u8> {
    let mut out = Vec::new();
    for (bucket, number) in block.iter().zip(0u16..) {
        let used = bucket.iter().take_while(|check| **check != 0).count();
        if used > 0 {
            out.extend(number.to_le_bytes());
            out.push(used as u8);
            out.extend(bucket.iter().take(used).flat_map(|check| check.to_le_bytes()));
        }
    }
    out
}

fn unpack(mut bytes: &[u8]) -> Vec<Bucket> {
    let mut block = vec![[0; WAYS]; BLOCK_CHECKS / WAYS];
    while let [n0, n1, used, rest @ ..] = bytes {
        let Some((checks, tail)) = rest.split_at_checked(usize::from(*used) * 4) else { break };
        if let Some(bucket) = block.get_mut(usize::from(u16::from_le_bytes([*n0, *n1]))) {
            for (slot, check) in bucket.iter_mut().zip(checks.as_chunks::<4>().0) {
                *slot = u32::from_le_bytes(*check);
            }
        }
        bytes = tail;
    }
    block
}

/// Two saved blocks of one number as one: of a bucket that has no room for both, the first block's come first.
pub(crate) fn merged(one: &[u8], other: &[u8]) -> Vec<u8> {
    let mut out = unpack(one);
    for (mine, theirs) in out.iter_mut().zip(unpack(other)) {
        for check in theirs {
            if check != 0
                && !mine.contains(&check)
                && let Some(free) = mine.iter_mut().find(|slot| **slot == 0)
            {
                *free = check;
            }
        }
    }
    pack(&out)
}

#[cfg(test)]
mod tests {
    use model::{Id, IdentityKind, PacketTime};

    use super::*;

    fn row(who: u8, day: u64) -> Observation {
        let mut row = Observation::default();
        (row.identity.id, row.identity.kind) = (Id([who; 16]), IdentityKind::TokenClaim);
        row.last_at = PacketTime::from_parts(day * DAY, 0);
        row
    }

    #[test]
    fn a_caller_knows_what_was_disclosed_to_it_and_to_nobody_else() {
        let mut disclosed = Disclosed::default();
        disclosed.learn(&row(1, 1), &[7, 8]);
        assert!(disclosed.told(&row(1, 9), 7) == Told::Yes && disclosed.told(&row(1, 1), 8) == Told::Yes);
        assert!(disclosed.told(&row(1, 1), 9) == Told::No && disclosed.told(&row(2, 1), 7) == Told::No);
        let nobody = Observation { identity: model::Identity::default(), ..row(2, 1) };
        assert_eq!(nobody.identity.kind, IdentityKind::Address);
        disclosed.learn(&nobody, &[7]);
        assert_eq!(disclosed.told(&row(2, 1), 7), Told::Yes, "seen before the log-in");
    }

    #[test]
    fn who_got_more_than_is_told_may_know_everything_for_a_day() {
        let mut disclosed = Disclosed::default();
        disclosed.learn(&Observation { disclosed_cut: true, ..row(1, 5) }, &[]);
        assert_eq!([5, 6, 7].map(|day| disclosed.told(&row(1, day), 3)), [Told::Perhaps, Told::Perhaps, Told::No]);
        assert_eq!(disclosed.told(&row(2, 5), 3), Told::No);
    }

    #[test]
    fn what_is_restored_goes_on_as_before() {
        let (mut one, mut again) = (Disclosed::default(), Disclosed::default());
        let values: Vec<u32> = (0..40_000).collect();
        one.learn(&row(1, 1), &values);
        one.save().iter().for_each(|(block, bytes)| again.restore(*block, bytes));
        assert!(one.save().is_empty());
        one.learn(&row(2, 1), &values);
        again.learn(&row(2, 1), &values);
        assert_eq!(one.blocks, again.blocks);
    }

    #[test]
    fn what_two_sensors_saw_is_put_together() {
        let saved = |who: u8| {
            let mut disclosed = Disclosed::default();
            (disclosed.learn(&row(who, 1), &[7, 8]), disclosed.save()).1
        };
        let (one, other) = (saved(1), saved(2));
        let mut both = Disclosed::default();
        for (block, bytes) in &one {
            both.restore(*block, bytes);
        }
        for (block, bytes) in &other {
            let mine = one.iter().find(|(at, _)| at == block).map(|(_, bytes)| &**bytes).unwrap_or_default();
            both.restore(*block, &merged(mine, bytes));
        }
        assert!((1..3).all(|who| [7, 8].iter().all(|value| both.told(&row(who, 1), *value) == Told::Yes)));
    }
}
