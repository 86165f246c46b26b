//! One access to an object, with the facts that need no training, and sums of such facts.

use model::PacketTime;
use model::observation::Observation;
use serde::{Deserialize, Serialize};

use crate::disclosed::Told;
use crate::models::ring::Tally;
use crate::owners::{Owner, Tag};
use crate::reference::Reference;

/// One access.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Access {
    /// Hash of the object, unique over endpoints; methods of one path share it.
    pub(crate) object: u64,
    /// Its number, when it is one.
    pub(crate) number: Option<u64>,
    /// Hours since 1970.
    pub(crate) hour: u32,
    /// What it adds to the sums if the object is new to the caller. `steps` is left 0: it depends on the call before.
    pub(crate) facts: Facts,
    /// Status of the answer.
    pub(crate) status: u16,
    /// Whether the caller alone changed it before, or an answer told it of the object: what somebody made or was shown one
    /// after the other is no walk.
    pub(crate) given: bool,
}

/// Sums over objects new to a caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// Objects.
    pub(crate) new: u16,
    /// Of them answered with success.
    pub(crate) ok: u16,
    /// Refused: 403 or 404, by status or in the content, or 401 to a caller that was let in before.
    pub(crate) refused: u16,
    /// Known as another identity's, and nobody else's.
    pub(crate) foreign: u16,
    /// A step further in the direction of the numbers before: see [`Walk`].
    pub(crate) steps: u16,
    /// In no answer that the caller got.
    #[serde(default)]
    pub(crate) undisclosed: u16,
}

impl Facts {
    /// Adds `other`, saturating.
    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.new, other.new),
            (&mut self.ok, other.ok),
            (&mut self.refused, other.refused),
            (&mut self.foreign, other.foreign),
            (&mut self.steps, other.steps),
            (&mut self.undisclosed, other.undisclosed),
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}

impl Facts {
    /// Whether anything but their number speaks against the caller.
    pub(crate) const fn is_odd(&self) -> bool {
        self.refused > 0 || self.foreign > 0 || self.steps > 0 || self.undisclosed > 0
    }
}

impl Tally for Facts {
    fn merge(&mut self, other: &Self) {
        self.add(other);
    }
}

impl Access {
    /// Of `row`, which refers to `object`, whose owner so far is `owner`; `own` when the caller alone changed it before.
    pub(crate) fn new(row: &Observation, object: Reference, owner: Owner, own: bool, told: Told) -> Self {
        let me = Tag::of(&row.identity.id);
        let ok = ((200..300).contains(&row.status) || row.status == 304) && !row.failed;
        let refused = matches!(row.outcome(), 403 | 404 | 410);
        let facts = Facts {
            new: 1,
            ok: u16::from(ok),
            refused: u16::from(refused),
            foreign: u16::from(!own && matches!(owner, Owner::One(tag) if tag != me)),
            steps: 0,
            // A server that fails, or a credential that ran out, is met by whoever goes on with what was known before.
            undisclosed: u16::from(!own && told == Told::No && (ok || refused)),
        };
        Self {
            object: object.object,
            number: object.number,
            hour: hour(row.last_at),
            facts,
            status: row.outcome(),
            given: own || told == Told::Yes,
        }
    }
}

/// Where a caller stands among numbered objects: numbers walked one after the other are seen though some are left out.
/// There is one for each pair and peer, so it is four bytes: the lower 24 bits of the latest new object's number (0: none),
/// and above them how far it lay from the one before (0: further than [`STRIDE_MAX`]). What is near in them is near but for
/// one time in millions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Walk(u32);

/// Bits of a number that are kept.
const NUMBER_BITS: u32 = 24;
const NUMBER: u32 = (1 << NUMBER_BITS) - 1;
/// A number so near to the one before, and in the same direction, is a step.
const NEAR: u8 = 2;
/// A number as far from the one before as that was from its own is one too, up to so far: databases that share the making
/// of numbers count by the number of their machines.
const STRIDE_MAX: u32 = 16;

impl Walk {
    /// Whether the access is a step further.
    pub(crate) fn goes_on(self, access: &Access) -> bool {
        !access.given && self.is_step(access.number)
    }

    fn is_step(self, number: Option<u64>) -> bool {
        let (by, before) = (number.map_or(0, |number| self.distance(number)), self.by());
        let same_way = before == 0 || (before > 0) == (by > 0);
        by != 0 && (by == before || by.unsigned_abs() <= NEAR && same_way)
    }

    /// Goes to `number`.
    pub(crate) fn stand(&mut self, number: Option<u64>) {
        let by = number.map_or(0, |number| self.distance(number));
        *self = Self(u32::from(by as u8) << NUMBER_BITS | low(number.unwrap_or(0)));
    }

    /// The latest number.
    pub(crate) const fn last(self) -> u32 {
        self.0 & NUMBER
    }

    const fn by(self) -> i8 {
        (self.0 >> NUMBER_BITS) as i8
    }

    /// How far `number` lies from the latest; 0 when further than any stride.
    fn distance(self, number: u64) -> i8 {
        let (last, number) = (self.last(), low(number));
        let far = number.abs_diff(last);
        let far = if last == 0 || far > STRIDE_MAX { 0 } else { far as i8 };
        if number < last { -far } else { far }
    }
}

const fn low(number: u64) -> u32 {
    number as u32 & NUMBER
}

/// Hours since 1970.
pub(crate) const fn hour(at: PacketTime) -> u32 {
    (at.seconds() / 3600) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the numbers are steps.
    fn steps(numbers: &[u64]) -> Vec<bool> {
        let mut walk = Walk::default();
        let go = |number: &u64| {
            let step = walk.is_step(Some(*number));
            walk.stand(Some(*number));
            step
        };
        numbers.iter().map(go).collect()
    }

    #[test]
    fn numbers_in_one_direction_are_steps_though_some_are_left_out() {
        assert_eq!(steps(&[10, 11, 12, 14, 15]), [false, true, true, true, true]);
        assert_eq!(steps(&[(1 << 60) + 9, (1 << 60) + 7, (1 << 60) + 6]), [false, true, true]);
        assert_eq!(steps(&[100, 110, 120, 130]), [false, false, true, true], "a stride is known by its second time");
    }

    #[test]
    fn numbers_here_and_there_are_none() {
        assert_eq!(steps(&[10, 300, 7, 5_000]), [false; 4]);
        assert_eq!(steps(&[10, 11, 9, 12, 10]), [false, true, false, false, false], "to and fro");
        assert_eq!(steps(&[10, 10, 1_000, 2_000, 3_000]), [false; 5], "further than a stride");
    }
}
