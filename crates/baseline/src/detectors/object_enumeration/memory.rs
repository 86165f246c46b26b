//! What is remembered of the objects that one identity touched on one endpoint.

use model::PacketTime;
use model::observation::Observation;
use serde::{Deserialize, Serialize};

use crate::access::{Access, Facts, hour};
use crate::findings::Trace;
use crate::models::distinct::Distinct;
use crate::models::mix;
use crate::models::ring::Ring;

/// Days remembered.
pub(super) const DAYS: usize = 28;
/// New objects before the first look.
pub(super) const NEW_MIN: u16 = 6;
/// Suspicious accesses remembered before a finding is opened.
const TRACES_MAX: usize = 4;
/// Hours without a new object after which what follows is another story.
const STORY_HOURS: u32 = 24;

/// Spans over which new objects are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub(super) enum Window {
    /// The running hour.
    #[default]
    Hour,
    /// The running day.
    Day,
    /// The last four weeks.
    Weeks,
}

impl Window {
    pub(super) const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Weeks];

    pub(super) const fn from_tag(tag: u8) -> Self {
        match tag {
            0 => Self::Hour,
            1 => Self::Day,
            _ => Self::Weeks,
        }
    }
}

/// At most about 1.7 KiB: two sets of 512 bytes, one of them only while a finding is open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Objects {
    known: Distinct,
    hours: Ring<Facts>,
    days: Ring<Facts>,
    last_number: u64,
    /// New objects until the next look.
    due: u16,
    /// Whether a call was ever answered with success.
    accepted: bool,
    /// Since when new objects have come without a day's break, and the hour of the latest.
    story_since: PacketTime,
    story_hour: u32,
    traces: Vec<Trace>,
    inside: Option<Box<Inside>>,
}

/// What happened since a finding was opened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Inside {
    objects: Distinct,
    facts: Facts,
    window: Window,
    first_at: PacketTime,
    last_at: PacketTime,
}

impl Objects {
    /// Whether the object was not touched before.
    pub(super) fn is_new(&self, access: &Access) -> bool {
        let hash = mix(access.object);
        !self.known.contains(hash) && !self.inside.as_ref().is_some_and(|inside| inside.objects.contains(hash))
    }

    /// Whether enough new objects came since the last look. Looks are spaced by a share of what is there, so that a
    /// story of any length is looked at about ten times for each tenfold.
    pub(super) const fn look_is_due(&self) -> bool {
        self.due <= 1 && self.story_hour != 0
    }

    /// Sums of the window that ends now, this access included.
    pub(super) fn window(&self, window: Window, access: &Access) -> Facts {
        let sum = match window {
            Window::Hour => self.hours.sum(access.hour, 1),
            Window::Day => self.days.sum(access.hour / 24, 1),
            Window::Weeks => self.days.sum(access.hour / 24, DAYS as u32),
        };
        sum.with(access, self)
    }

    /// New objects of each earlier day since the first, days without any included.
    pub(super) fn past_days(&self, access: &Access) -> Vec<u32> {
        let today = access.hour / 24;
        self.days.iter().filter(|(day, _)| *day < today).map(|(_, facts)| u32::from(facts.new)).collect()
    }

    /// When the cause began: the story's or the window's first call.
    pub(super) fn since(&self, window: Window, row: &Observation) -> PacketTime {
        let hour = u64::from(hour(row.last_at));
        let start = match window {
            Window::Hour => hour * 3600,
            Window::Day => hour / 24 * 86_400,
            Window::Weeks => 0,
        };
        self.story_since.max(PacketTime::from_parts(start, 0)).min(row.first_at)
    }

    pub(super) fn opened(&mut self, window: Window, first_at: PacketTime) {
        self.inside = Some(Box::new(Inside { window, first_at, ..Inside::default() }));
    }

    pub(super) fn closed(&mut self) {
        self.inside = None;
        (self.due, self.story_hour) = (NEW_MIN, 0);
        self.traces.clear();
    }

    /// All of the open finding: the window it was opened for and what came since.
    pub(super) fn finding_facts(&self) -> Facts {
        self.inside.as_ref().map_or_else(Facts::default, |inside| inside.facts)
    }

    /// Window, first and latest access of the open finding.
    pub(super) fn finding_span(&self) -> (Window, PacketTime, PacketTime) {
        self.inside.as_ref().map_or_else(Default::default, |i| (i.window, i.first_at, i.last_at))
    }

    pub(super) fn traces(&self) -> &[Trace] {
        &self.traces
    }

    pub(super) const fn last_number(&self) -> u64 {
        self.last_number
    }

    pub(super) const fn accepted(&self) -> bool {
        self.accepted
    }

    pub(super) fn train(&mut self, access: &Access, row: &Observation, open: bool) {
        if self.is_new(access) {
            let facts = Facts::default().with(access, self);
            match &mut self.inside {
                Some(inside) if open => {
                    if inside.facts.new == 0 {
                        // The window that opened it; this access comes on top.
                        let day = access.hour / 24;
                        inside.facts = match inside.window {
                            Window::Hour => self.hours.sum(access.hour, 1),
                            Window::Day => self.days.sum(day, 1),
                            Window::Weeks => self.days.sum(day, DAYS as u32),
                        };
                    }
                    inside.objects.insert(mix(access.object));
                    inside.facts.add(&facts);
                    inside.last_at = row.last_at;
                }
                _ => self.learn(access, row, &facts),
            }
            self.last_number = access.number.unwrap_or(0);
        }
        self.accepted |= access.facts.ok > 0;
    }

    fn learn(&mut self, access: &Access, row: &Observation, facts: &Facts) {
        if self.story_hour == 0 || access.hour > self.story_hour + STORY_HOURS {
            self.story_since = row.first_at;
            self.traces.clear();
            self.due = self.due.max(NEW_MIN);
        }
        self.story_hour = access.hour;
        self.known.insert(mix(access.object));
        for (ring, at, kept) in [(&mut self.hours, access.hour, 1), (&mut self.days, access.hour / 24, DAYS)] {
            if let Some(bucket) = ring.bucket(at, kept) {
                bucket.add(facts);
            }
        }
        self.due = match self.due {
            0 | 1 => (self.days.sum(access.hour / 24, 1).new / 4).clamp(2, 64),
            due => due - 1,
        };
        if facts.refused + facts.foreign > 0 && self.traces.len() < TRACES_MAX {
            self.traces.reserve_exact(1);
            self.traces.push(Trace::of(row, access.number));
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.known.merge(&other.known);
        self.hours.merge(&other.hours, 1);
        self.days.merge(&other.days, DAYS);
        self.due = self.due.max(other.due);
        self.accepted |= other.accepted;
        if self.story_hour <= other.story_hour {
            (self.story_since, self.story_hour) = (other.story_since, other.story_hour);
            self.last_number = other.last_number;
            self.traces.clone_from(&other.traces);
        }
        if self.inside.is_none() {
            self.inside.clone_from(&other.inside);
        }
    }

    #[cfg(test)]
    fn bytes(&self) -> usize {
        let inside = self.inside.as_ref().map_or(0, |i| size_of::<Inside>() + i.objects.bytes());
        let rings = self.hours.bytes() + self.days.bytes();
        self.known.bytes() + rings + self.traces.capacity() * size_of::<Trace>() + inside
    }
}

impl Facts {
    /// These and one new object more.
    pub(super) fn with(mut self, access: &Access, objects: &Objects) -> Self {
        let mut facts = access.facts;
        facts.steps = u16::from(access.is_step(objects.last_number()));
        // A caller never let in is not refused an object but entry: an expired token is no attack.
        facts.refused |= u16::from(access.status == 401 && objects.accepted());
        self.add(&facts);
        self
    }
}

#[cfg(test)]
mod tests {
    use model::limits::MODEL_BYTES_MAX;

    use super::*;

    #[test]
    fn the_model_of_a_pair_stays_small_whatever_it_is_fed() {
        let mut objects = Objects::default();
        for i in 0..20_000u64 {
            if i == 9_000 {
                objects.opened(Window::Day, PacketTime(1));
            }
            let facts = Facts { new: 1, refused: 1, ..Facts::default() };
            let access = Access { object: mix(i), number: Some(i), hour: 500_000 + i as u32 / 10, facts, status: 404 };
            objects.train(&access, &Observation::default(), i >= 9_000);
        }
        let bytes = objects.bytes() + size_of::<crate::subject::PairModel>();
        assert!(bytes <= MODEL_BYTES_MAX, "{bytes}");
    }
}
