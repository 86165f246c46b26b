//! What holds for any detector: results do not depend on shares, saving, or on who was forgotten where.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that finds nothing there has failed")]

mod support;

use baseline::Baseline;
use model::endpoint::EndpointIndex;
use model::ledger::Counter;
use model::resolved::{Naming, Step};
use model::state::{RowKind, SavedState, Unfinished};
use model::{Share, Worker};
use support::*;

/// Users, three attackers and a catalogue.
fn story() -> Vec<Call> {
    let mut calls = normal_users(0, 3_000);
    for who in [666, 667, 668] {
        let status = |i: u64| [200, 403, 404][(i % 3) as usize];
        calls.extend((0..80).map(|i| call(who * 3 + i * 9, who, ORDERS, 1001 + i, status(i))));
    }
    calls.extend((0..900).map(|i| call(i * 3, 200 + noise(i) % 300, PRODUCTS, noise(i + 9) % 200, 200)));
    calls
}

#[test]
fn findings_do_not_depend_on_the_number_of_workers() {
    let epochs = ended(epochs(story()));
    let one = run_on(&epochs, 1, Baseline::new);
    assert!(one.0.len() >= 6);
    for of in [2, 3, 8] {
        assert_eq!(run_on(&epochs, of, Baseline::new), one, "{of} workers");
    }
}

#[test]
fn who_is_forgotten_does_not_depend_on_the_number_of_workers() {
    let epochs = ended(epochs(story()));
    let tight = |share| Baseline::with_partition_limits(share, 2, 2);
    let one = run_on(&epochs, 1, tight);
    assert!(one.1.get(Counter::SubjectsEvicted) > 100);
    for of in [2, 3, 8] {
        assert_eq!(run_on(&epochs, of, tight), one, "{of} workers");
    }
}

#[test]
fn saved_and_restored_is_straight_through_for_any_cut_and_any_workers() {
    let epochs = ended(epochs(story()));
    let straight = run_on(&epochs, 1, Baseline::new);
    for (cut, before, after) in [(5, 1, 1), (20, 1, 3), (50, 3, 2), (70, 2, 1)] {
        let (head, tail) = epochs.split_at(cut);
        let mut first: Vec<_> = (0..before).map(|i| Baseline::new(Share::new(i, before))).collect();
        let (mut events, mut ledger) = run(&mut first, &head[..cut / 2]);
        let mut deltas: Vec<_> = first.iter_mut().map(|worker| worker.save(true)).collect();
        let (more, counted) = run(&mut first, &head[cut / 2..]);
        events.extend(more);
        ledger.merge(&counted);
        deltas.extend(first.iter_mut().map(|worker| worker.save(true)));
        let saved = SavedState { unfinished: Some(Unfinished::default()), ..state(deltas) };
        let mut second: Vec<_> = (0..after).map(|i| Baseline::new(Share::new(i, after))).collect();
        for worker in &mut second {
            worker.load(&saved);
        }
        let mut tail = tail.to_vec();
        tail[0].names = epochs[0].names.clone();
        let (more, counted) = run(&mut second, &tail);
        events.extend(more);
        ledger.merge(&counted);
        assert_eq!((events, ledger), straight, "cut at {cut}");
    }
}

#[test]
fn rows_are_saved_only_when_they_changed_and_only_when_asked_for() {
    let mut worker = Baseline::new(Share::ALL);
    run(std::slice::from_mut(&mut worker), &epochs(story()));
    let shown = worker.save(false);
    assert!(shown.rows.is_empty() && !shown.times.is_empty() && !shown.findings.is_empty());
    let first = worker.save(true);
    for kind in
        [RowKind::EndpointModel, RowKind::IdentityModel, RowKind::PairModel, RowKind::OpenFinding, RowKind::Stage]
    {
        assert!(first.rows.iter().any(|row| row.kind == kind), "{kind:?}");
    }
    let again = worker.save(true);
    assert!(again.rows.is_empty() && again.times.is_empty() && again.findings.is_empty());
}

#[test]
fn times_are_those_of_whole_transactions() {
    let mut worker = Baseline::new(Share::ALL);
    let calls = (0..100).map(|i| call(i, 1, PRODUCTS, i, if i < 90 { 200 } else { 0 })).collect();
    run(std::slice::from_mut(&mut worker), &epochs(calls));
    let times = worker.save(false).times;
    assert_eq!(times.len(), 1);
    let latency = times[0].latency.unwrap();
    assert_eq!(latency.count, 90);
    assert!((900_000..1_100_000).contains(&latency.p50), "{latency:?}");
    assert!(times[0].size.unwrap().p99 >= 1024);
}

#[test]
fn a_renamed_endpoint_keeps_what_its_callers_did() {
    // The attacker's calls come under two names that are folded into one in the middle of the story.
    let mut folded = ended(epochs(story()));
    let half = folded.len() / 2;
    let spare = EndpointIndex(2);
    for epoch in &mut folded[..half] {
        for step in &mut epoch.steps {
            if let Step::Seen { naming: Naming::Endpoint(index), row, .. } = step
                && index.0 == ORDERS
                && *row % 2 == 0
            {
                *index = spare;
            }
        }
    }
    folded[half].steps.insert(0, Step::Rename { from: spare, to: EndpointIndex(ORDERS) });
    let one = run_on(&folded, 1, Baseline::new);
    assert!(!accused(&one.0).is_empty());
    assert_eq!(run_on(&folded, 3, Baseline::new), one);
}
