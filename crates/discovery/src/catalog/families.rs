//! Families of endpoints that differ only in their version.
//!
//! In: endpoints as they come and go, and the calls of each. Out: for a call, the newer versions of what it called; for a
//! record, the newest version of its family. Kept: the members of each family; it is made of the entries again when they are
//! loaded. Only versions that were called with success count.

use std::collections::BTreeMap;

use model::endpoint::VersionRecord;
use model::{Id, PacketTime};
use serde::{Deserialize, Serialize};

use super::endpoint::Entry;
use crate::about::version::Version;

/// Members of one family that are compared; further ones are in none.
const MEMBERS_MAX: usize = 16;
/// Seconds of a week.
const WEEK: u64 = 7 * 86_400;

/// Families by id, each with the places of its members among the entries.
#[derive(Debug, Default)]
pub(crate) struct Families {
    by_id: BTreeMap<Id, Family>,
}

#[derive(Debug, Default)]
struct Family {
    members: Vec<usize>,
    /// The newest one that records were made with.
    shown: Option<Id>,
}

/// Successful calls by week: this one, the one before, and all before these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Weeks {
    week: u64,
    now: u64,
    last: u64,
    before: u64,
}

/// The newer versions of what was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Newer {
    /// The newest of them.
    pub(crate) version: Box<str>,
    /// First call of any.
    pub(crate) since: PacketTime,
    /// Successful calls of all of them in the last one to two weeks.
    pub(crate) recent: u64,
    /// Whether the newest answers no call without credentials.
    pub(crate) guarded: bool,
}

impl Weeks {
    /// As it is in the week of `at`.
    #[must_use]
    pub(crate) fn at(mut self, at: PacketTime) -> Self {
        let week = at.seconds() / WEEK;
        if week > self.week {
            let next = week == self.week + 1;
            self.before += self.last + if next { 0 } else { self.now };
            (self.last, self.now, self.week) = (if next { self.now } else { 0 }, 0, week);
        }
        self
    }

    /// Counts a call.
    pub(crate) fn see(&mut self, at: PacketTime) {
        *self = self.at(at);
        self.now += 1;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        let at = PacketTime::from_parts(self.week.max(other.week).saturating_mul(WEEK), 0);
        let (mine, theirs) = (self.at(at), other.at(at));
        *self = Self {
            week: mine.week,
            now: mine.now + theirs.now,
            last: mine.last + theirs.last,
            before: mine.before + theirs.before,
        };
    }

    /// Calls of this week and the one before, and of all before these.
    pub(crate) const fn recent_and_before(&self) -> (u64, u64) {
        (self.now + self.last, self.before)
    }
}

/// Calls with credentials from which on it counts that there were none without.
const GUARDED_MIN: u64 = 20;

impl Families {
    /// Adds the entry at that place.
    pub(crate) fn add(&mut self, entry: &Entry, at: usize) {
        let Some((_, family)) = &entry.version else { return };
        let members = &mut self.by_id.entry(*family).or_default().members;
        if members.len() < MEMBERS_MAX {
            members.push(at);
        }
    }

    /// Takes the entry out that was at that place.
    pub(crate) fn remove(&mut self, entry: &Entry, at: usize) {
        let Some((_, id)) = &entry.version else { return };
        if let Some(family) = self.by_id.get_mut(id) {
            family.members.retain(|member| *member != at);
            if family.members.is_empty() {
                self.by_id.remove(id);
            }
        }
    }

    /// Other members of an entry's family that were called with success, with their versions.
    fn others<'a>(&self, entry: &Entry, entries: &'a [Option<Entry>]) -> Vec<(&'a Entry, &'a Version)> {
        let family = entry.version.as_ref().and_then(|(_, id)| self.by_id.get(id));
        let members = family.map_or(&[][..], |family| &family.members);
        let called = members.iter().filter_map(|at| entries.get(*at)?.as_ref());
        let called = called.filter(|other| other.facts.successes > 0 && other.name.id != entry.name.id);
        called.filter_map(|other| Some((other, &other.version.as_ref()?.0))).collect()
    }

    /// The newer versions of an entry, as they are at `now`.
    pub(crate) fn newer(&self, entry: &Entry, entries: &[Option<Entry>], now: PacketTime) -> Option<Newer> {
        let (version, id) = entry.version.as_ref()?;
        if self.by_id.get(id).is_none_or(|family| family.members.len() < 2) {
            return None;
        }
        let mut newer = self.others(entry, entries);
        newer.retain(|(_, other)| other.is_newer(version));
        let (newest, text) = newest(&newer)?;
        let facts = &newest.facts;
        Some(Newer {
            version: text.text.clone(),
            since: newer.iter().map(|(other, _)| other.facts.first_at).min()?,
            recent: newer.iter().map(|(other, _)| other.facts.weeks.at(now).recent_and_before().0).sum(),
            guarded: facts.unauthenticated_successes == 0 && facts.successes >= GUARDED_MIN,
        })
    }

    /// What the record of an entry shows of its family; none when it is alone in it.
    pub(crate) fn record(&self, entry: &Entry, entries: &[Option<Entry>]) -> Option<VersionRecord> {
        let (version, _) = entry.version.as_ref()?;
        let mut all = self.others(entry, entries);
        if all.is_empty() {
            return None;
        }
        all.push((entry, version));
        let (newest, text) = newest(&all)?;
        Some(VersionRecord { name: version.text.to_string(), newest: text.text.to_string(), newest_id: newest.name.id })
    }

    /// Marks the records of families whose newest version is another one now.
    pub(crate) fn mark(&mut self, entries: &mut [Option<Entry>]) {
        for family in self.by_id.values_mut() {
            if !family.renew(entries) {
                continue;
            }
            for at in &family.members {
                if let Some(entry) = entries.get_mut(*at).and_then(Option::as_mut) {
                    entry.record_dirty = true;
                }
            }
        }
    }

    /// What was loaded is no news.
    pub(crate) fn settle(&mut self, entries: &[Option<Entry>]) {
        for family in self.by_id.values_mut() {
            family.renew(entries);
        }
    }
}

impl Family {
    /// Looks which one is the newest now; whether it is another one.
    fn renew(&mut self, entries: &[Option<Entry>]) -> bool {
        let members = self.members.iter().filter_map(|at| entries.get(*at)?.as_ref());
        let called: Vec<_> = members
            .filter(|entry| entry.facts.successes > 0)
            .filter_map(|entry| Some((entry, &entry.version.as_ref()?.0)))
            .collect();
        // A family of one shows nothing.
        let now = if called.len() > 1 { newest(&called).map(|(entry, _)| entry.name.id) } else { None };
        let news = now != self.shown;
        self.shown = now;
        news
    }
}

/// The newest of some; of equal ones, which differ in spelling, the one with the smaller id.
fn newest<'a>(members: &[(&'a Entry, &'a Version)]) -> Option<(&'a Entry, &'a Version)> {
    members.iter().copied().reduce(|best, next| {
        let later = next.1.is_newer(best.1) || (!best.1.is_newer(next.1) && next.0.name.id < best.0.name.id);
        if later { next } else { best }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_pass_and_add_up_as_if_they_were_counted_together() {
        let day = |n: u64| PacketTime::from_parts(n * 86_400, 0);
        let count = |days: &[u64]| {
            let mut weeks = Weeks::default();
            for n in days {
                weeks.see(day(*n));
            }
            weeks
        };
        assert_eq!(count(&[0, 1, 8, 15]).recent_and_before(), (2, 2));
        assert_eq!(count(&[0, 1, 8]).at(day(30)).recent_and_before(), (0, 3));
        for (one, other, both) in [
            (&[0, 1][..], &[8, 15][..], &[0, 1, 8, 15][..]),
            (&[30], &[1, 2, 29], &[1, 2, 29, 30]),
            (&[], &[50], &[50]),
        ] {
            let mut merged = count(one);
            merged.merge(&count(other));
            assert_eq!(merged, count(both), "{one:?} {other:?}");
        }
    }
}
