//! What was learned of one quantity of an endpoint: its level for each kind of call, and how often calls lie beyond it.
//!
//! Kept: at most [`CHANGE_KINDS_MAX`] kinds, [`PARTS_MAX`] parts of days, a set of callers. A level moves by one
//! part in 120 with each call that counts, so what is old weighs less.

use model::limits::CHANGE_KINDS_MAX;
use serde::{Deserialize, Serialize};

use super::DAY;
use crate::models::distinct::Distinct;
use crate::models::mix;

/// Calls that count, callers and time that an endpoint is known by.
pub(super) const UNITS_MIN: u32 = 60;
const CALLERS_MIN: u32 = 8;
const LEARNED: u32 = 3 * DAY;
/// Calls that count by which a kind of call is known.
const KIND_UNITS_MIN: u16 = 12;
/// A kind that was not seen for so long makes room.
const KIND_IDLE: u32 = 7 * DAY;
/// What a level remembers, in calls that count: a week or less, so that it follows what grows by and by.
const MEMORY: u16 = 120;
/// A call lies beyond when it is farther from the level than 95 of 100 of a normal distribution are.
const DEVIATIONS: f32 = 1.65;
const DEVIATION_MIN: f32 = 0.1;
/// Parts of days whose shares are remembered, their length in seconds, and the calls that make one.
const PARTS_MAX: usize = 28;
const PART: u32 = 6 * 3_600;
const PART_UNITS_MIN: u16 = 8;
/// Parts by which the share is known, and the least it is taken for.
const PARTS_MIN: usize = 4;
const SHARE_MIN: f32 = 0.02;

/// What a call gave, and what was expected of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Reading {
    /// The kind of call; 0 when kinds do not matter.
    pub(super) kind: u32,
    /// The value on the scale it is learned on, and of its kind so far.
    pub(super) value: f32,
    pub(super) usual: f32,
    /// Whether calls of its kind are known.
    pub(super) known: bool,
    /// Whether it lies beyond, one way or the other.
    pub(super) beyond: [bool; 2],
}

/// One kind of call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Kind {
    hash: u32,
    units: u16,
    last: u32,
    mean: f32,
    deviation: f32,
}

/// What was learned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Level {
    units: u32,
    since: u32,
    callers: Distinct,
    kinds: Vec<Kind>,
    /// Of past parts of days, the share of calls beyond, each way; and counts of the present one.
    parts: Vec<[f32; 2]>,
    part_at: u32,
    part_units: u16,
    part_beyond: [u16; 2],
    #[serde(skip)]
    cut: u32,
}

impl Level {
    pub(super) const fn units(&self) -> u32 {
        self.units
    }

    pub(super) const fn since(&self) -> u32 {
        self.since
    }

    pub(super) fn callers(&self) -> u32 {
        self.callers.len()
    }

    /// Tells levels apart that are known equally well.
    pub(super) fn digest(&self) -> u64 {
        let parts = self.parts.iter().flatten().map(|share| share.to_bits());
        let kinds = self.kinds.iter().flat_map(|kind| [kind.hash, kind.mean.to_bits(), kind.deviation.to_bits()]);
        parts.chain(kinds).fold(u64::from(self.part_at), |hash, bits| mix(hash ^ u64::from(bits)))
    }

    pub(super) fn take_cut(&mut self) -> u32 {
        std::mem::take(&mut self.cut)
    }

    pub(super) fn knows(&self, caller: u64) -> bool {
        self.callers.contains(caller)
    }

    pub(super) fn is_learned(&self, now: u32) -> bool {
        self.units >= UNITS_MIN
            && now.saturating_sub(self.since) >= LEARNED
            && self.callers.reaches(CALLERS_MIN)
            && self.parts.len() >= PARTS_MIN
    }

    /// The largest share of calls beyond in any part of the days before.
    pub(super) fn share(&self, way: usize) -> f32 {
        let shares = self.parts.iter().filter_map(|part| part.get(way));
        shares.fold(SHARE_MIN, |most, share| most.max(*share))
    }

    /// Measures `value` (a natural logarithm) of a call of that kind: beyond from `ratio` and from `least` units on.
    pub(super) fn read(&self, kind: u32, value: f32, ratio: f32, least: f32) -> Reading {
        let mut reading = Reading { kind, value, usual: value, ..Reading::default() };
        let Some(known) = self.kinds.iter().find(|known| known.hash == kind) else { return reading };
        (reading.usual, reading.known) = (known.mean, known.units >= KIND_UNITS_MIN);
        let bound = ratio.max(DEVIATIONS * known.deviation.max(DEVIATION_MIN));
        let (far, much) = (value - known.mean, value.exp() - known.mean.exp());
        reading.beyond = [far > bound && much >= least, -far > bound && -much >= least];
        reading
    }

    /// Learns from a call that counts.
    pub(super) fn learn(&mut self, reading: &Reading, caller: u64, now: u32) {
        if self.units == 0 {
            (self.since, self.part_at) = (now, now / PART);
        }
        self.units = self.units.saturating_add(1);
        self.callers.insert(caller);
        if reading.known {
            self.end_part(now);
            self.part_units = self.part_units.saturating_add(1);
            for (count, beyond) in self.part_beyond.iter_mut().zip(reading.beyond) {
                *count = count.saturating_add(u16::from(beyond));
            }
        }
        if reading.kind != 0 {
            self.learn_kind(reading, now);
        }
    }

    fn end_part(&mut self, now: u32) {
        if now / PART == self.part_at {
            return;
        }
        self.part_at = now / PART;
        // Parts with few calls are put together: a share of few says little.
        if self.part_units < PART_UNITS_MIN {
            return;
        }
        let all = f32::from(self.part_units) + 1.0;
        if self.parts.len() >= PARTS_MAX {
            self.parts.remove(0);
        }
        self.parts.push(self.part_beyond.map(|beyond| (f32::from(beyond) + 0.5) / all));
        (self.part_units, self.part_beyond) = (0, [0; 2]);
    }

    fn learn_kind(&mut self, reading: &Reading, now: u32) {
        let Some(kind) = self.kind_of(reading.kind, now) else { return };
        kind.last = now;
        let known = kind.units >= KIND_UNITS_MIN;
        let most = 3.0 * kind.deviation.max(DEVIATION_MIN);
        let off = reading.value - kind.mean;
        // One odd value must not move what is usual.
        let off = if known { off.clamp(-most, most) } else { off };
        kind.units = (kind.units + 1).min(MEMORY);
        let share = 1.0 / f32::from(kind.units);
        let before = if kind.units == 1 { 0.0 } else { kind.deviation * kind.deviation };
        kind.mean += off * share;
        kind.deviation = ((1.0 - share) * (before + share * off * off)).max(0.0).sqrt();
    }

    fn kind_of(&mut self, hash: u32, now: u32) -> Option<&mut Kind> {
        if let Some(at) = self.kinds.iter().position(|kind| kind.hash == hash) {
            return self.kinds.get_mut(at);
        }
        let new = Kind { hash, ..Kind::default() };
        if self.kinds.len() < CHANGE_KINDS_MAX {
            self.kinds.push(new);
            return self.kinds.last_mut();
        }
        let stale = self.kinds.iter_mut().filter(|kind| now.saturating_sub(kind.last) >= KIND_IDLE);
        let Some(place) = stale.min_by_key(|kind| (kind.last, kind.hash)) else {
            self.cut = self.cut.saturating_add(1);
            return None;
        };
        *place = new;
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_follows_its_values_and_one_odd_one_hardly_moves_it() {
        let mut level = Level::default();
        for n in 0..200u32 {
            let value = 4.0 + (n % 5) as f32 / 10.0;
            let reading = level.read(7, value, 0.4, 1.0);
            level.learn(&reading, u64::from(n % 20), n * 3_600);
        }
        let before = level.read(7, 4.2, 0.4, 1.0);
        assert!(before.known && before.beyond == [false; 2] && (before.usual - 4.2).abs() < 0.05, "{before:?}");
        assert_eq!(level.read(7, 6.0, 0.4, 1.0).beyond, [true, false]);
        assert_eq!(level.read(7, 2.0, 0.4, 1.0).beyond, [false, true]);
        assert!(!level.read(8, 6.0, 0.4, 1.0).known, "another kind of call");
        level.learn(&level.clone().read(7, 30.0, 0.4, 1.0), 3, 900_000);
        assert!((level.read(7, 4.2, 0.4, 1.0).usual - 4.2).abs() < 0.06);
        assert!(level.is_learned(900_000) && level.share(0) < 0.2);
    }
}
