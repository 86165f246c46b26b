//! What changed, put together: checkpoints that could not be committed yet, and quantiles joined into endpoints.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

use model::{EndpointRecord, Id, StateDelta};

/// Adds `new` to `held`; where both say something of one thing, `new` is right.
pub(crate) fn merge(held: &mut StateDelta, mut new: StateDelta) {
    let shown: BTreeSet<Id> = new.endpoints.iter().map(|e| e.id).collect();
    let gone: BTreeSet<Id> = new.removed_endpoints.iter().copied().collect();
    held.removed_endpoints.retain(|id| !shown.contains(id));
    held.endpoints.retain(|e| !gone.contains(&e.id));
    held.times.retain(|t| !gone.contains(&t.id));
    held.rows.append(&mut new.rows);
    held.endpoints.append(&mut new.endpoints);
    held.times.append(&mut new.times);
    held.removed_endpoints.append(&mut new.removed_endpoints);
    held.findings.append(&mut new.findings);
    keep_last(&mut held.rows, |row| (row.kind, row.key));
    keep_last(&mut held.endpoints, |endpoint| endpoint.id);
    keep_last(&mut held.times, |times| times.id);
    keep_last(&mut held.removed_endpoints, |id| *id);
    keep_last(&mut held.findings, |finding| finding.id);
}

/// The endpoints of a delta with their quantiles, by service, template, method. Made one by one: together they may take
/// more memory than all else.
pub(crate) fn joined_endpoints(delta: &StateDelta) -> impl Iterator<Item = EndpointRecord> {
    let times: BTreeMap<Id, _> = delta.times.iter().map(|times| (times.id, times)).collect();
    let mut endpoints: Vec<&EndpointRecord> = delta.endpoints.iter().collect();
    endpoints.sort_by(|a, b| order(a).cmp(&order(b)));
    endpoints.into_iter().map(move |endpoint| {
        let mut endpoint = endpoint.clone();
        if let Some(times) = times.get(&endpoint.id) {
            endpoint.latency = times.latency.or(endpoint.latency);
            endpoint.size = times.size.or(endpoint.size);
        }
        endpoint
    })
}

/// The order in which endpoints are written and shown.
pub(crate) fn order(e: &EndpointRecord) -> (&str, &str, &str, &str, Id) {
    (&e.service, &e.template, &e.method, &e.operation, e.id)
}

/// Puts endpoints in that order. References are put in order and each record is then moved once: a record is large, and
/// sorting moves what it sorts many times.
pub(crate) fn sort_endpoints(endpoints: &mut Vec<EndpointRecord>) {
    let mut places: Vec<usize> = (0..endpoints.len()).collect();
    places.sort_by(|a, b| endpoints.get(*a).map(order).cmp(&endpoints.get(*b).map(order)));
    let mut from: Vec<Option<EndpointRecord>> = std::mem::take(endpoints).into_iter().map(Some).collect();
    endpoints.extend(places.into_iter().filter_map(|at| from.get_mut(at).and_then(Option::take)));
}

/// Keeps the last item of each key, in order.
fn keep_last<T, K: Hash + Ord>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    let mut last = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        last.insert(key(item), at);
    }
    let mut at = 0;
    items.retain(|item| {
        at += 1;
        last.get(&key(item)) == Some(&(at - 1))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{RowKind, StateRow};

    fn endpoint(n: u8, count: u64) -> EndpointRecord {
        EndpointRecord { id: Id([n; 16]), count, ..EndpointRecord::default() }
    }

    #[test]
    fn the_later_checkpoint_wins() {
        let row = |n, model| StateRow { kind: RowKind::Stage, key: Id([n; 16]), model };
        let mut held = StateDelta {
            rows: vec![row(1, vec![1]), row(2, vec![2])],
            endpoints: vec![endpoint(1, 1), endpoint(2, 1)],
            removed_endpoints: vec![Id([3; 16]), Id([4; 16])],
            ..StateDelta::default()
        };
        let new = StateDelta {
            rows: vec![row(1, vec![])],
            endpoints: vec![endpoint(1, 2), endpoint(3, 1)],
            removed_endpoints: vec![Id([2; 16])],
            ..StateDelta::default()
        };
        merge(&mut held, new);
        assert_eq!(held.rows, [row(2, vec![2]), row(1, vec![])]);
        assert_eq!(held.endpoints, [endpoint(1, 2), endpoint(3, 1)]);
        assert_eq!(held.removed_endpoints, [Id([4; 16]), Id([2; 16])]);
    }
}
