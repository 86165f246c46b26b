//! Two inventories compared: endpoints that came, went and changed.
//!
//! In: two lists of [`View`]s, made of records, or of an OpenAPI document of ours ([`document::views`]). Out: a [`Change`] for
//! each endpoint that differs, by service, path, method. Presence is a fact; absence is not: an endpoint, parameter or status
//! that is missing counts as gone only when [`EXPECTED_MIN`] calls of it would have been expected in the later traffic at its
//! earlier share. [`between`] compares two moments of one record, as far as first and last calls can tell them.

mod details;
pub mod document;
mod matching;
mod moments;
mod view;

pub use details::{Aspect, Detail, How, Measure};
pub use moments::{Moments, between};
pub use view::{Field, View};

use std::collections::BTreeMap;

use matching::Pairs;

/// Calls expected from which on their absence says something: fewer than one in 20,000 such absences is chance.
pub const EXPECTED_MIN: u64 = 10;

/// What became of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It was not there before.
    Added,
    /// It is there in both, and differs.
    Changed,
    /// It is not there any more, though calls of it were to be expected.
    Removed,
    /// It is not there any more, and too little traffic of its service is to say more.
    Unseen,
}

impl Kind {
    /// Its word in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Unseen => "unseen",
        }
    }
}

/// One endpoint that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What became of it.
    pub kind: Kind,
    /// Its place in the earlier list.
    pub before: Option<usize>,
    /// Its place in the later list.
    pub after: Option<usize>,
    /// What differs, in a fixed order.
    pub details: Vec<Detail>,
}

/// Compares two inventories.
pub fn diff(before: &[View], after: &[View]) -> Vec<Change> {
    let pairs = Pairs::of(before, after);
    let traffic = Traffic::of(before, after);
    let mut changes = Vec::new();
    for (at, view) in after.iter().enumerate() {
        let folded = pairs.folded.get(&at).map_or(&[][..], Vec::as_slice);
        match pairs.of_after.get(&at) {
            Some(&earlier) => {
                let Some(old) = before.get(earlier) else { continue };
                let details = details::of(old, view);
                if !details.is_empty() {
                    changes.push(Change { kind: Kind::Changed, before: Some(earlier), after: Some(at), details });
                }
            }
            None if pairs.known.contains(&at) => {}
            None if folded.is_empty() => {
                changes.push(Change {
                    kind: Kind::Added,
                    before: None,
                    after: Some(at),
                    details: details::alone(view),
                });
            }
            // Calls of several earlier names are calls of this one now: a better name, no other API.
            None => {
                let names = folded.iter().filter_map(|&old| before.get(old)).map(|old| old.template.as_str());
                let details = details::renamed(names, view);
                changes.push(Change { kind: Kind::Changed, before: folded.first().copied(), after: Some(at), details });
            }
        }
    }
    for at in pairs.gone {
        let Some(view) = before.get(at) else { continue };
        let kind = if traffic.expects(view) { Kind::Removed } else { Kind::Unseen };
        changes.push(Change { kind, before: Some(at), after: None, details: Vec::new() });
    }
    let name = |change: &Change| {
        let view = change.after.and_then(|at| after.get(at)).or_else(|| before.get(change.before?));
        view.map(|view| (view.service.clone(), view.template.clone(), view.method.clone()))
    };
    changes.sort_by_cached_key(|change| (name(change), change.kind));
    changes
}

/// Calls of each service on both sides.
struct Traffic<'a>(BTreeMap<&'a str, (u64, u64)>);

impl<'a> Traffic<'a> {
    fn of(before: &'a [View], after: &'a [View]) -> Self {
        let mut calls: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for view in before {
            let of = calls.entry(&view.service).or_default();
            of.0 = of.0.saturating_add(view.calls);
        }
        for view in after {
            let of = calls.entry(&view.service).or_default();
            of.1 = of.1.saturating_add(view.calls);
        }
        Self(calls)
    }

    /// Whether calls of an earlier endpoint were to be expected in the later traffic of its service.
    fn expects(&self, view: &View) -> bool {
        let (before, after) = self.0.get(view.service.as_str()).copied().unwrap_or_default();
        expected(view.calls, before, after) >= EXPECTED_MIN
    }
}

/// How many of `calls` are to be expected to be like `part` of `of` were.
fn expected(part: u64, of: u64, calls: u64) -> u64 {
    let product = u128::from(part) * u128::from(calls);
    u64::try_from(product / u128::from(of.max(1))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
