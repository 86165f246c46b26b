//! The same capture gives the same bytes: for any number of threads, and in one go or cut short and resumed.
//!
//! Over every fixture. `cargo test -p pipeline --features tiny-limits` does the same while every limit is hit.

mod support;

use std::time::Duration;

use pipeline::Parallelism;
use support::{Memory, fixtures, run, run_from};

const LAYOUTS: [Parallelism; 5] = [
    Parallelism::Threads { shards: 1, discovery: 1, baseline: 1 },
    Parallelism::Threads { shards: 2, discovery: 1, baseline: 2 },
    Parallelism::Threads { shards: 3, discovery: 2, baseline: 3 },
    Parallelism::Threads { shards: 8, discovery: 8, baseline: 8 },
    Parallelism::Threads { shards: 64, discovery: 3, baseline: 1 },
];

#[test]
fn any_number_of_threads_gives_the_same_log_and_state() {
    for (name, input) in fixtures() {
        let single = run(&input, Parallelism::Single, Duration::from_secs(1), &mut Memory::durable());
        for layout in LAYOUTS {
            let threads = run(&input, layout, Duration::from_secs(1), &mut Memory::durable());
            assert_eq!(single.log, threads.log, "{name}: findings log with {layout:?}");
            assert_eq!(single.rows, threads.rows, "{name}: models with {layout:?}");
            assert_eq!(single.endpoints, threads.endpoints, "{name}: inventory with {layout:?}");
            assert_eq!(single.trailer, threads.trailer, "{name}: totals with {layout:?}");
        }
    }
}

#[test]
fn a_run_cut_at_any_checkpoint_and_resumed_ends_as_one_that_was_not() {
    for (name, input) in fixtures() {
        let mut whole = Memory::durable();
        run(&input, Parallelism::Single, Duration::from_millis(100), &mut whole);
        for cut in 0..whole.checkpoints.len().saturating_sub(1) {
            for layout in [Parallelism::Single, LAYOUTS[2]] {
                let mut resumed = whole.cut_after(cut);
                let end = run_from(&input, layout, Duration::from_millis(100), &mut resumed);
                assert_eq!(whole.log, resumed.log, "{name}: log, cut after checkpoint {cut}, {layout:?}");
                assert_eq!(whole.rows, resumed.rows, "{name}: models, cut after checkpoint {cut}, {layout:?}");
                assert_eq!(whole.endpoints, resumed.endpoints, "{name}: inventory, cut after {cut}, {layout:?}");
                assert_eq!(whole.trailer, Some(end), "{name}: totals, cut after checkpoint {cut}, {layout:?}");
            }
        }
    }
}

#[test]
fn what_is_seen_is_judged_or_refused_and_every_sum_agrees() {
    for (name, input) in fixtures() {
        let end = run(&input, LAYOUTS[1], Duration::from_secs(300), &mut Memory::default());
        assert_eq!(end.ledger().check(), Ok(()), "{name}");
        let totals = end.trailer.as_ref().expect("a run that ends has a trailer").totals;
        assert_eq!(totals.transactions, end.ledger().sum("observations.judged"), "{name}");
    }
}
