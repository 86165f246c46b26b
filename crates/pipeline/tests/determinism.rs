//! The same capture gives the same bytes: for any number of threads, and in one go or cut short and resumed.
//!
//! Over every fixture and a longer capture in which everything happens. `cargo test -p pipeline --features tiny-limits` does the same while every limit is hit.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that finds something else must fail")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::ledger::Counter;
use model::{FindingState, Ledger, Record, RowKind};
use pipeline::{Parallelism, Work};
use support::{BUSY, Memory, captures, run, run_at, run_from};

const LAYOUTS: [Parallelism; 5] = [
    Parallelism::Threads { shards: 1, discovery: 1, baseline: 1 },
    Parallelism::Threads { shards: 2, discovery: 1, baseline: 2 },
    Parallelism::Threads { shards: 3, discovery: 2, baseline: 3 },
    Parallelism::Threads { shards: 8, discovery: 8, baseline: 8 },
    Parallelism::Threads { shards: 64, discovery: 3, baseline: 1 },
];

/// Cuts tried of one capture, about.
const CUTS_MAX: usize = 8;

#[test]
fn any_number_of_threads_gives_the_same_log_and_state() {
    let (_folder, captures) = captures();
    for (name, input) in captures {
        let span = Duration::from_secs(if name == BUSY { 20 } else { 1 });
        let single = run(&input, Parallelism::Single, span, Memory::durable());
        for layout in LAYOUTS {
            let threads = run(&input, layout, span, Memory::durable());
            assert_same(&single, &threads, &format!("{name}: with {layout:?}"));
        }
    }
}

#[test]
fn a_run_cut_at_any_checkpoint_and_resumed_ends_as_one_that_was_not() {
    let (_folder, captures) = captures();
    for (name, input) in captures {
        let span = Duration::from_millis(if name == BUSY { 25_000 } else { 100 });
        let whole = run(&input, Parallelism::Single, span, Memory::durable());
        let cuts = whole.commits.len().saturating_sub(1);
        for (nth, cut) in (0..cuts).step_by((cuts / CUTS_MAX).max(1)).enumerate() {
            let layout = if nth % 2 == 0 { Parallelism::Single } else { LAYOUTS[2] };
            let mut resumed = whole.cut_after(cut);
            run_from(&input, layout, span, &mut resumed);
            assert_same(&whole, &resumed, &format!("{name}: cut after checkpoint {cut}, {layout:?}"));
        }
        if name == BUSY {
            assert_classes_of_the_configuration_are_told(&whole);
            assert_rows_of_every_kind_cross_a_cut(&whole);
        }
    }
}

#[test]
fn a_machine_of_any_speed_tells_and_keeps_the_same() {
    /// A clock by which each hundredth look comes late.
    fn uneven() -> Duration {
        static LOOKS: AtomicU64 = AtomicU64::new(0);
        Duration::from_secs(LOOKS.fetch_add(1, Ordering::Relaxed) / 100)
    }
    let (_folder, captures) = captures();
    for (name, input) in captures {
        let span = Duration::from_millis(if name == BUSY { 5_000 } else { 100 });
        let mut often = run(&input, Parallelism::Single, span, Memory::durable());
        let mut rare = Memory::durable();
        run_at(&input, LAYOUTS[2], (span, Work { least: Duration::from_secs(1), clock: uneven }), &mut rare);
        leave_out_times(&mut often);
        leave_out_times(&mut rare);
        assert_same(&often, &rare, &format!("{name}: slowly and quickly"));
        assert!(rare.commits.len() <= often.commits.len(), "{name}");
        if name == BUSY {
            let commits = (rare.commits.len(), often.commits.len());
            assert!(commits.0 > 2 && commits.0 < commits.1 / 2, "{commits:?}");
            let cut = rare.commits.len() / 2;
            let mut resumed = rare.cut_after(cut);
            run_from(&input, Parallelism::Single, span, &mut resumed);
            leave_out_times(&mut resumed);
            assert_same(&often, &resumed, "cut after a late checkpoint and resumed with early ones");
        }
    }
}

/// Where limits are tiny, times of an endpoint whose model made room are those of the checkpoint before.
fn leave_out_times(memory: &mut Memory) {
    if cfg!(feature = "tiny-limits") {
        memory.endpoints.values_mut().for_each(|endpoint| (endpoint.latency, endpoint.size) = (None, None));
    }
}

#[test]
fn what_is_seen_is_judged_or_refused_and_every_sum_agrees() {
    let (_folder, captures) = captures();
    let mut all = Ledger::default();
    for (name, input) in captures {
        let end = run(&input, LAYOUTS[1], Duration::from_mins(5), Memory::default());
        assert_eq!(end.ledger().check(), Ok(()), "{name}");
        let totals = end.trailer.as_ref().expect("a run that ends has a trailer").totals;
        let observed = end.ledger().sum("observations.judged") - end.ledger().sum("observations.streamed");
        assert_eq!(totals.transactions, observed, "{name}");
        all.merge(&end.ledger());
    }
    if cfg!(feature = "tiny-limits") {
        let missed: Vec<_> = COUNTED_LIMITS.iter().filter(|counter| all.get(**counter) == 0).collect();
        assert!(missed.is_empty(), "limits that no capture reaches: {missed:?}");
    }
}

/// What is counted when a bound is reached.
const COUNTED_LIMITS: &[Counter] = &[
    Counter::DatagramsEvicted,
    Counter::PayloadOverLimit,
    Counter::PayloadMissing,
    Counter::FlowsEvictedHalfOpen,
    Counter::FlowsEvicted,
    Counter::ObservationsRefusedEpoch,
    Counter::InventoryFolded,
    Counter::SubjectsEvicted,
];

fn assert_same(one: &Memory, other: &Memory, what: &str) {
    assert!(one.log == other.log, "findings log, {what}: {}", difference(&one.records, &other.records));
    assert_eq!(first_difference(&one.rows, &other.rows), None, "models, {what}");
    assert_eq!(first_difference(&one.endpoints, &other.endpoints), None, "inventory, {what}");
    assert_eq!(first_difference(&one.findings, &other.findings), None, "findings, {what}");
    assert_eq!(one.trailer, other.trailer, "totals, {what}");
}

/// How many entries differ, and of the first the key and what stands there.
fn first_difference<'a, K: Ord, V: PartialEq>(
    one: &'a BTreeMap<K, V>,
    other: &'a BTreeMap<K, V>,
) -> Option<(usize, &'a K, Option<&'a V>, Option<&'a V>)> {
    let keys: BTreeSet<&K> = one.keys().chain(other.keys()).collect();
    let mut differing = keys.into_iter().filter(|key| one.get(key) != other.get(key));
    let first = differing.next()?;
    Some((1 + differing.count(), first, one.get(first), other.get(first)))
}

/// The first record that differs.
fn difference(one: &[Record], other: &[Record]) -> String {
    let at = one.iter().zip(other).position(|(a, b)| a != b).unwrap_or(one.len().min(other.len()));
    format!("record {at} of {} and {}: {:#?} is not {:#?}", one.len(), other.len(), one.get(at), other.get(at))
}

/// The longer capture must put to the test what the fixtures are too short for.
fn assert_classes_of_the_configuration_are_told(whole: &Memory) {
    let told: BTreeSet<_> =
        whole.endpoints.values().flat_map(|endpoint| endpoint.data.own.iter().map(|own| &own.name)).collect();
    assert!(told.len() >= 2, "{told:?}");
}

fn assert_rows_of_every_kind_cross_a_cut(whole: &Memory) {
    let cuts: Vec<Memory> = (0..whole.commits.len()).map(|cut| whole.cut_after(cut)).collect();
    for kind in [
        RowKind::RouterService,
        RowKind::CatalogEndpoint,
        RowKind::EndpointModel,
        RowKind::IdentityModel,
        RowKind::PairModel,
        RowKind::OpenFinding,
        RowKind::Stage,
    ] {
        let crossing = cuts.iter().filter(|kept| kept.rows.keys().any(|row| row.0 == kind)).count();
        assert!(crossing > 3, "rows of {kind:?} cross {crossing} cuts");
    }
    let closed = |kept: &Memory| kept.findings.values().any(|finding| finding.state == FindingState::Closed);
    assert!(cuts[..cuts.len() - 1].iter().any(closed), "a closed finding crosses a cut");
}
