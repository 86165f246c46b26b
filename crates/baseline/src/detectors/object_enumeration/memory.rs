//! What is remembered of the objects that one identity touched on one endpoint.

use model::PacketTime;
use model::observation::Observation;
use serde::{Deserialize, Serialize};

use crate::access::{Access, Facts, Walk, hour};
use crate::models::distinct::Distinct;
use crate::models::mix;
use crate::models::ring::{Latest, Ring};
use crate::trace::Trace;

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

/// At most about 1.7 KiB: two sets of 512 bytes, one of them only while a finding is open. There are many of these and
/// most see one object on one day, so what few have stands apart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub(crate) struct Objects {
    known: Distinct,
    /// The running hour.
    hour: Latest<Facts>,
    /// The running day; the days before it are in `rare`.
    day: Latest<Facts>,
    walk: Walk,
    /// Since when new objects have come without a day's break, and the hour of the latest.
    story_since: PacketTime,
    story_hour: u32,
    /// New objects until the next look.
    due: u16,
    /// Whether a call was ever answered with success.
    accepted: bool,
    rare: Option<Box<Rare>>,
}

/// What most have none of.
#[derive(Clone, Debug, Default, PartialEq)]
struct Rare {
    days_before: Box<[Facts]>,
    traces: Vec<Trace>,
    inside: Option<Box<Inside>>,
}

/// The stored form.
#[derive(Serialize, Deserialize)]
struct Saved {
    known: Distinct,
    hours: Ring<Facts>,
    days: Ring<Facts>,
    walk: Walk,
    due: u16,
    accepted: bool,
    story_since: PacketTime,
    story_hour: u32,
    traces: Vec<Trace>,
    inside: Option<Box<Inside>>,
}

impl From<Saved> for Objects {
    fn from(saved: Saved) -> Self {
        let Saved { known, hours, days, walk, due, accepted, story_since, story_hour, traces, inside } = saved;
        let ((hour, _), (day, days_before)) = (hours.into_parts(), days.into_parts());
        let any = !days_before.is_empty() || !traces.is_empty() || inside.is_some();
        let rare = any.then(|| Box::new(Rare { days_before, traces, inside }));
        Self { known, hour, day, walk, story_since, story_hour, due, accepted, rare }
    }
}

impl From<Objects> for Saved {
    fn from(objects: Objects) -> Self {
        let (hours, days) = (objects.hours(), objects.days());
        let Objects { known, walk, story_since, story_hour, due, accepted, rare, .. } = objects;
        let Rare { traces, inside, .. } = rare.map_or_else(Rare::default, |rare| *rare);
        Self { known, hours, days, walk, due, accepted, story_since, story_hour, traces, inside }
    }
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
        !self.known.contains(hash) && !self.inside().is_some_and(|inside| inside.objects.contains(hash))
    }

    /// Whether enough new objects came since the last look. Looks are spaced by a share of what is there, so that a
    /// story of any length is looked at about ten times for each tenfold.
    pub(super) const fn look_is_due(&self) -> bool {
        self.due <= 1 && self.story_hour != 0
    }

    /// Sums of the window that ends now, this access included.
    pub(super) fn window(&self, window: Window, access: &Access) -> Facts {
        self.sum(window, access.hour).with(access, self)
    }

    fn sum(&self, window: Window, hour: u32) -> Facts {
        match window {
            Window::Hour => self.hours().sum(hour, 1),
            Window::Day => self.days().sum(hour / 24, 1),
            Window::Weeks => self.days().sum(hour / 24, DAYS as u32),
        }
    }

    fn hours(&self) -> Ring<Facts> {
        Ring::from_parts(self.hour, Box::default())
    }

    fn days(&self) -> Ring<Facts> {
        let before = self.rare.as_ref().map(|rare| rare.days_before.clone());
        Ring::from_parts(self.day, before.unwrap_or_default())
    }

    fn set_days(&mut self, days: Ring<Facts>) {
        let (day, before) = days.into_parts();
        self.day = day;
        if self.rare.is_some() || !before.is_empty() {
            self.rare_mut().days_before = before;
        }
    }

    fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    fn inside(&self) -> Option<&Inside> {
        self.rare.as_ref()?.inside.as_deref()
    }

    /// What is known of each earlier day since the first, days without any included.
    pub(super) fn past_days(&self, access: &Access) -> Vec<Facts> {
        let today = access.hour / 24;
        self.days().iter().filter(|(day, _)| *day < today).map(|(_, facts)| *facts).collect()
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
        self.rare_mut().inside = Some(Box::new(Inside { window, first_at, ..Inside::default() }));
    }

    pub(super) fn closed(&mut self) {
        (self.due, self.story_hour) = (NEW_MIN, 0);
        if let Some(rare) = &mut self.rare {
            rare.inside = None;
            rare.traces.clear();
        }
    }

    /// All of the open finding: the window it was opened for and what came since.
    pub(super) fn finding_facts(&self) -> Facts {
        self.inside().map_or_else(Facts::default, |inside| inside.facts)
    }

    /// Window, first and latest access of the open finding.
    pub(super) fn finding_span(&self) -> (Window, PacketTime, PacketTime) {
        self.inside().map_or_else(Default::default, |i| (i.window, i.first_at, i.last_at))
    }

    pub(super) fn traces(&self) -> &[Trace] {
        self.rare.as_ref().map_or(&[], |rare| &rare.traces)
    }

    pub(crate) const fn last_number(&self) -> u32 {
        self.walk.last()
    }

    pub(super) const fn accepted(&self) -> bool {
        self.accepted
    }

    pub(super) fn train(&mut self, access: &Access, row: &Observation, open: bool) {
        if self.is_new(access) {
            let facts = Facts::default().with(access, self);
            if open && self.inside().is_some() {
                self.go_on(access, row, &facts);
            } else {
                self.learn(access, row, &facts);
            }
            self.walk.stand(access.number);
        }
        self.accepted |= access.facts.ok > 0;
    }

    fn go_on(&mut self, access: &Access, row: &Observation, facts: &Facts) {
        // The window that opened it; this access comes on top.
        let opening = self.inside().filter(|inside| inside.facts.new == 0).map(|inside| inside.window);
        let before = opening.map(|window| self.sum(window, access.hour));
        let Some(inside) = self.rare.as_mut().and_then(|rare| rare.inside.as_mut()) else { return };
        if let Some(before) = before {
            inside.facts = before;
        }
        inside.objects.insert(mix(access.object));
        inside.facts.add(facts);
        inside.last_at = row.last_at;
    }

    fn learn(&mut self, access: &Access, row: &Observation, facts: &Facts) {
        if self.story_hour == 0 || access.hour > self.story_hour + STORY_HOURS {
            self.story_since = row.first_at;
            if let Some(rare) = &mut self.rare {
                rare.traces.clear();
            }
            self.due = self.due.max(NEW_MIN);
        }
        self.story_hour = access.hour;
        self.known.insert(mix(access.object));
        let (mut hours, mut days) = (self.hours(), self.days());
        for (ring, at, kept) in [(&mut hours, access.hour, 1), (&mut days, access.hour / 24, DAYS)] {
            ring.bucket(at, kept).add(facts);
        }
        self.due = match self.due {
            // The look waits for something to look at.
            0 | 1 if !facts.is_odd() => 1,
            0 | 1 => (days.sum(access.hour / 24, 1).new / 4).clamp(2, 64),
            due => due - 1,
        };
        (self.hour, _) = hours.into_parts();
        self.set_days(days);
        if facts.refused + facts.foreign > 0 && self.traces().len() < TRACES_MAX {
            let traces = &mut self.rare_mut().traces;
            traces.reserve_exact(1);
            traces.push(Trace::of(row, access.number));
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.known.merge(&other.known);
        let (mut hours, mut days) = (self.hours(), self.days());
        hours.merge(&other.hours(), 1);
        days.merge(&other.days(), DAYS);
        (self.hour, _) = hours.into_parts();
        self.set_days(days);
        self.due = self.due.max(other.due);
        self.accepted |= other.accepted;
        if self.story_hour <= other.story_hour {
            (self.story_since, self.story_hour) = (other.story_since, other.story_hour);
            self.walk = other.walk;
            if self.rare.is_some() || other.rare.is_some() {
                self.rare_mut().traces = other.traces().to_vec();
            }
        }
        if self.inside().is_none()
            && let Some(inside) = other.inside()
        {
            self.rare_mut().inside = Some(Box::new(inside.clone()));
        }
    }

    #[cfg(test)]
    fn bytes(&self) -> usize {
        let inside = self.inside().map_or(0, |i| size_of::<Inside>() + i.objects.bytes());
        let rare = self.rare.as_ref().map_or(0, |rare| size_of::<Rare>() + rare.traces.capacity() * size_of::<Trace>());
        self.known.bytes() + self.days().bytes() + rare + inside
    }
}

impl Facts {
    /// These and one new object more.
    pub(super) fn with(mut self, access: &Access, objects: &Objects) -> Self {
        let mut facts = access.facts;
        facts.steps = u16::from(objects.walk.goes_on(access));
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
            let access = Access {
                object: mix(i),
                number: Some(i),
                hour: 500_000 + i as u32 / 10,
                facts,
                status: 404,
                given: false,
            };
            objects.train(&access, &Observation::default(), i >= 9_000);
        }
        let bytes = objects.bytes() + size_of::<crate::subject::PairModel>();
        assert!(bytes <= MODEL_BYTES_MAX, "{bytes}");
    }
}
