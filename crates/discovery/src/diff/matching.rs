//! Which endpoint of one inventory is which of the other.
//!
//! Service, method and structure of the path decide, the exact template first. An endpoint without its like is looked for
//! among those that a later one says to have folded.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use model::Id;

use super::View;

/// Endpoints of both sides put together.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// Earlier endpoint of each later one.
    pub(super) of_after: BTreeMap<usize, usize>,
    /// Earlier endpoints that a later one stands for beside, or instead of, its own.
    pub(super) folded: BTreeMap<usize, Vec<usize>>,
    /// Later endpoints that an operation of the earlier document takes in beside the one it was put together with.
    pub(super) known: BTreeSet<usize>,
    /// Earlier endpoints without any later one, in order.
    pub(super) gone: Vec<usize>,
}

type Key<'a> = (&'a str, &'a str, &'a str);

fn key(view: &View) -> Key<'_> {
    (&view.service, &view.method, &view.structure)
}

impl Pairs {
    pub(super) fn of(before: &[View], after: &[View]) -> Self {
        let mut groups: BTreeMap<Key<'_>, VecDeque<usize>> = BTreeMap::new();
        for (at, view) in after.iter().enumerate() {
            groups.entry(key(view)).or_default().push_back(at);
        }
        let firsts: BTreeMap<Key<'_>, usize> =
            groups.iter().filter_map(|(key, group)| Some((*key, *group.front()?))).collect();
        let heirs: BTreeMap<Id, usize> =
            after.iter().enumerate().flat_map(|(at, view)| view.supersedes.iter().map(move |id| (*id, at))).collect();
        let mut pairs = Self::default();
        let mut rest = Vec::new();
        let exact: BTreeMap<(Key<'_>, &str), usize> =
            after.iter().enumerate().map(|(at, view)| ((key(view), view.template.as_str()), at)).collect();
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        for (old, view) in before.iter().enumerate() {
            match exact.get(&(key(view), view.template.as_str())) {
                Some(&at) if taken.insert(at) => drop(pairs.of_after.insert(at, old)),
                _ => rest.push(old),
            }
        }
        // The same path with values of another class: the first that is still free, else one that stands for both.
        for old in rest {
            let Some(view) = before.get(old) else { continue };
            // Each is taken from its group once, so that many of one structure cost no more than as many of others.
            let group = groups.get_mut(&key(view));
            let free = group.and_then(|group| std::iter::from_fn(|| group.pop_front()).find(|at| !taken.contains(at)));
            if let Some(at) = free {
                taken.insert(at);
                pairs.of_after.insert(at, old);
                continue;
            }
            let heir = view.id.and_then(|id| heirs.get(&id).copied());
            let described = firsts.get(&key(view)).copied().filter(|&at| after.get(at).is_some_and(View::is_described));
            match heir.or(described) {
                Some(at) => pairs.folded.entry(at).or_default().push(old),
                None => pairs.gone.push(old),
            }
        }
        // A document has one operation where records tell classes of values apart: the others are not new.
        let described: BTreeSet<Key<'_>> = before.iter().filter(|view| view.is_described()).map(key).collect();
        let known = |(at, view): &(usize, &View)| !pairs.of_after.contains_key(at) && described.contains(&key(view));
        pairs.known = after.iter().enumerate().filter(known).map(|(at, _)| at).collect();
        pairs
    }
}
