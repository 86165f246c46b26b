//! What is committed is what is read, whatever came before: compared with plain maps.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::BTreeMap;

use common::{checkpoint, endpoint, finding, header, open, row, times};
use model::{EndpointRecord, Finding, Id, RowKind, StateDelta, StateRow, StateStore as _};
use proptest::prelude::*;
use store::Snapshot;

#[derive(Clone, Debug)]
enum Change {
    Row(usize, u64, Vec<u8>),
    Endpoint(u64, u64),
    Remove(u64),
    Times(u64, u64),
    Finding(u64, u64),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..8_usize, 0..4_u64, prop::collection::vec(any::<u8>(), 0..3)).prop_map(|(k, n, m)| Change::Row(k, n, m)),
        (0..5_u64, any::<u64>()).prop_map(|(n, count)| Change::Endpoint(n, count)),
        (0..5_u64).prop_map(Change::Remove),
        (0..5_u64, 0..1_000_u64).prop_map(|(n, p50)| Change::Times(n, p50)),
        (0..4_u64, 0..1_000_u64).prop_map(|(n, count)| Change::Finding(n, count)),
    ]
}

#[derive(Default)]
struct Plain {
    rows: BTreeMap<(RowKind, Id), Vec<u8>>,
    endpoints: BTreeMap<Id, EndpointRecord>,
    findings: BTreeMap<Id, Finding>,
}

impl Plain {
    /// The order inside one checkpoint: models, removals, endpoints, quantiles, findings.
    fn apply(&mut self, delta: &StateDelta) {
        for row in &delta.rows {
            if row.model.is_empty() {
                self.rows.remove(&(row.kind, row.key));
            } else {
                self.rows.insert((row.kind, row.key), row.model.clone());
            }
        }
        for id in &delta.removed_endpoints {
            self.endpoints.remove(id);
        }
        for endpoint in &delta.endpoints {
            let old = self.endpoints.insert(endpoint.id, endpoint.clone());
            let new = self.endpoints.get_mut(&endpoint.id).unwrap();
            (new.latency, new.size) = old.map_or((None, None), |old| (old.latency, old.size));
        }
        for times in &delta.times {
            if let Some(endpoint) = self.endpoints.get_mut(&times.id) {
                (endpoint.latency, endpoint.size) = (times.latency, times.size);
            }
        }
        for finding in &delta.findings {
            self.findings.insert(finding.id, finding.clone());
        }
    }
}

fn delta_of(changes: Vec<Change>) -> StateDelta {
    let mut delta = StateDelta::default();
    for change in changes {
        match change {
            Change::Row(kind, n, model) => delta.rows.push(row(RowKind::ALL[kind], n, &model)),
            Change::Endpoint(n, count) => {
                let mut endpoint = endpoint(n, 0);
                (endpoint.count, endpoint.callers) = (count, count);
                endpoint.params.truncate((count % 3) as usize);
                delta.endpoints.push(endpoint);
            }
            Change::Remove(n) => delta.removed_endpoints.push(common::id(n)),
            Change::Times(n, p50) => delta.times.push(times(n, p50)),
            Change::Finding(n, count) => delta.findings.push(finding(n, count)),
        }
    }
    delta
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_is_committed_is_what_is_read(
        commits in prop::collection::vec((prop::collection::vec(change(), 0..12), any::<bool>()), 1..6),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut plain = Plain::default();
        let mut store = open(dir.path());
        store.begin(&header("a")).unwrap();
        for (epoch, (changes, reopen)) in (1..).zip(commits) {
            let delta = delta_of(changes);
            plain.apply(&delta);
            store.commit(checkpoint(epoch, delta)).unwrap();

            let seen = Snapshot::open(dir.path()).unwrap();
            let mut endpoints = seen.endpoints().to_vec();
            prop_assert!(endpoints.is_sorted_by_key(|e| (e.service.clone(), e.template.clone(), e.method.clone())));
            endpoints.sort_by_key(|e| e.id);
            prop_assert_eq!(endpoints, plain.endpoints.values().cloned().collect::<Vec<_>>());
            let mut findings = seen.findings().to_vec();
            prop_assert!(findings.is_sorted_by_key(|f| (f.first_at, f.id)));
            findings.sort_by_key(|f| f.id);
            prop_assert_eq!(findings, plain.findings.values().cloned().collect::<Vec<_>>());

            if reopen {
                drop(store);
                store = open(dir.path());
                let saved = store.begin(&header("a")).unwrap();
                let rows = plain.rows.iter().map(|((kind, key), model)| StateRow { kind: *kind, key: *key, model: model.clone() });
                prop_assert_eq!(saved.rows, rows.collect::<Vec<_>>());
                prop_assert_eq!(saved.unfinished.map(|u| u.epoch), Some(epoch));
                prop_assert_eq!(saved.totals.transactions, epoch * 5);
            }
        }
    }
}
