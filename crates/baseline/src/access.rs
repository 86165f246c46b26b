//! One access to an object, with the facts that need no training, and sums of such facts.

use model::PacketTime;
use model::observation::Observation;
use serde::{Deserialize, Serialize};

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
}

/// Sums over objects new to a caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// Objects.
    pub(crate) new: u16,
    /// Of them answered with success.
    pub(crate) ok: u16,
    /// Refused: 403 or 404, or 401 to a caller that was let in before.
    pub(crate) refused: u16,
    /// Known as another identity's, and nobody else's.
    pub(crate) foreign: u16,
    /// One above or below the number before.
    pub(crate) steps: u16,
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
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}

impl Tally for Facts {
    fn merge(&mut self, other: &Self) {
        self.add(other);
    }
}

impl Access {
    /// Of `row`, which refers to `object`, whose owner so far is `owner`.
    pub(crate) fn new(row: &Observation, object: Reference, owner: Owner) -> Self {
        let me = Tag::of(&row.identity.id);
        let ok = (200..300).contains(&row.status) || row.status == 304;
        let facts = Facts {
            new: 1,
            ok: u16::from(ok),
            refused: u16::from(matches!(row.status, 403 | 404 | 410)),
            foreign: u16::from(matches!(owner, Owner::One(tag) if tag != me)),
            steps: 0,
        };
        Self { object: object.object, number: object.number, hour: hour(row.last_at), facts, status: row.status }
    }

    /// Whether the number follows on `last` (0: none).
    pub(crate) fn is_step(&self, last: u64) -> bool {
        last != 0 && self.number.is_some_and(|number| number.abs_diff(last) == 1)
    }
}

/// Hours since 1970.
pub(crate) const fn hour(at: PacketTime) -> u32 {
    (at.seconds() / 3600) as u32
}
