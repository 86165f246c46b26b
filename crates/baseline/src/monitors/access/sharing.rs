//! Who touches what is another's, of all that touch things under one path: how rare it is that one does so with several.

use model::IdentityKind;
use model::finding::Severity;
use model::observation::Observation;
use serde::{Deserialize, Serialize};

use super::super::monitor::hashed;
use super::{Key, Model, Verdict, object_write};
use crate::models::distinct::Distinct;
use crate::models::mix;

/// Others whose calls tell whether objects are shared.
pub(super) const CALLERS_MIN: u32 = 8;
/// Objects of others before it is told: two may be a household's.
const OBJECTS_MIN: u32 = 3;
/// Calls with objects beyond the first that the prior is worth.
const PRIOR: f64 = 0.5;

/// Whom a call under `stem` is judged by, and what all callers there do: keys of programs are nobody, since the next key of a
/// partner is another identity.
pub(super) fn keys(stem: u64, row: &Observation) -> (Option<Key>, Key) {
    let person = row.identity.kind != IdentityKind::ApiKey;
    let subject = person.then(|| Key::of(hashed(mix(stem ^ row.identity.id.prefix()))));
    (subject, Key::of(hashed(mix(stem))))
}

/// Who touches objects under one path.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sharing {
    callers: Distinct,
    /// Those who touched objects of others.
    sharers: Distinct,
    /// Such calls beyond the first of each.
    further: u32,
}

/// Objects of others that one identity touched under one path.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Mine {
    objects: Distinct,
    /// Calls about objects of others, counted as [`Sharing::further`] counts them.
    shared: u32,
    /// As told.
    callers: u32,
    sharers: u32,
}

impl Model for Sharing {
    fn merge(&mut self, other: &Self) {
        self.callers.merge(&other.callers);
        self.sharers.merge(&other.sharers);
        self.further = self.further.saturating_add(other.further);
    }
}

impl Model for Mine {
    fn merge(&mut self, other: &Self) {
        self.objects.merge(&other.objects);
        self.shared = self.shared.saturating_add(other.shared);
    }
}

impl Sharing {
    /// A call of `me`; whether it is about an object of another.
    pub(super) fn learn(&mut self, me: u64, shares: bool) {
        self.callers.insert(me);
        if shares && !self.sharers.insert(me) {
            self.further = self.further.saturating_add(1);
        }
    }
}

impl Mine {
    /// Judges a call of `me` about what is not its own: `object` when that counts. Two things must happen to an honest caller:
    /// that it shares at all, and then one object more each time: a beta-geometric law, since people differ in it.
    pub(super) fn judge(&mut self, common: Option<&Sharing>, me: u64, object: Option<u64>, open: bool) -> Verdict {
        let (before, first) = (self.shared, self.shared == 0);
        self.shared = self.shared.saturating_add(1);
        let new = object.is_some_and(|object| self.objects.insert(object));
        if open {
            return if new { Verdict::Cause(Severity::High) } else { Verdict::Quiet };
        }
        let Some(common) = common.filter(|_| new) else { return Verdict::Quiet };
        let callers = common.callers.len().saturating_sub(u32::from(common.callers.contains(me)));
        let sharers = common.sharers.len().saturating_sub(u32::from(!first));
        let further = common.further.saturating_sub(before.saturating_sub(1));
        (self.callers, self.sharers) = (callers, sharers);
        let first_one = (f64::from(sharers) + PRIOR) / f64::from(callers + 1);
        let more = (f64::from(further) + PRIOR) / (f64::from(sharers + further) + 2.0 * PRIOR);
        let objects = self.objects.len();
        // Where nobody did, nothing tells that people differ in it.
        let alike = if further == 0 { f64::from(u32::MAX) } else { object_write::alike(further) };
        let further = object_write::further(objects.saturating_sub(1), more, alike);
        let weight = further.last().unwrap_or(0.0) - first_one.ln();
        if callers >= CALLERS_MIN && objects >= OBJECTS_MIN && weight >= object_write::enough(sharers) {
            return Verdict::Cause(Severity::High);
        }
        Verdict::Note
    }

    /// Objects, others on the path, and those of them that touch what is not theirs.
    pub(super) fn told(&self) -> [u32; 3] {
        [self.objects.len(), self.callers, self.sharers]
    }
}
