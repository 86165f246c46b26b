//! Paths that somebody makes up: their number costs neither memory nor endpoints.
//!
//! `cargo test --release -p discovery --test floods -- --ignored` does the same with a million paths each.

mod support;

use discovery::{EpochEnd, Router};
use model::{Ledger, Naming, Step};
use support::{batches, call};

/// Paths of one epoch.
const EPOCH: u64 = 1_000;
/// Endpoints that a flood may leave: one for each depth and method of made-up paths.
const ENDPOINTS_MAX: usize = 12;

/// A word of the alphabet, another one for each number.
fn word(mut n: u64) -> String {
    n = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 12;
    let mut out = String::new();
    for _ in 0..7 {
        out.push(char::from(b'a' + (n % 26) as u8));
        n /= 26;
    }
    out
}

/// Sends `count` distinct paths of one to five segments; gives endpoints alive and bytes of the router's rows, after a tenth
/// and at the end.
fn flood(count: u64, status: impl Fn(u64) -> u16, shape: impl Fn(u64) -> u64) -> [(usize, usize); 2] {
    let mut router = Router::default();
    let mut alive = std::collections::BTreeSet::new();
    let (mut bytes, mut early) = (0, (0, 0));
    for number in 0..count / EPOCH {
        let calls: Vec<_> = (number * EPOCH..(number + 1) * EPOCH)
            .map(|n| {
                let words: Vec<_> = (0..=n % 5).map(|depth| word(n * 8 + depth)).collect();
                call(if n % 7 == 0 { "POST" } else { "GET" }, &format!("/{}", words.join("/")), status(n), shape(n))
            })
            .collect();
        let end = EpochEnd { epoch: number + 1, ..EpochEnd::default() };
        let resolved = router.resolve(end, batches(&calls, number * EPOCH, 1, |_| 0), &mut Ledger::default());
        for step in &resolved.steps {
            match step {
                Step::Rename { from, .. } => drop(alive.remove(from)),
                Step::Seen { naming: Naming::Endpoint(index), .. } => drop(alive.insert(*index)),
                Step::Seen { .. } | Step::Part { .. } | Step::Streamed { .. } => {}
            }
        }
        if (number + 1) % (count / EPOCH / 10).max(1) == 0 {
            bytes = router.save().rows.first().map_or(bytes, |row| row.model.len());
        }
        if number + 1 == count / EPOCH / 10 {
            early = (alive.len(), bytes);
        }
    }
    [early, (alive.len(), bytes)]
}

fn all_floods(count: u64) {
    let one: fn(u64) -> u64 = |_| 7;
    let many: fn(u64) -> u64 = |n| n % 5_000;
    for name in ["all 404", "all 200", "mixed"] {
        let status = |n: u64| match name {
            "all 200" => 200,
            "mixed" if n.is_multiple_of(3) => 200,
            _ => 404,
        };
        for shape in [one, many] {
            let [early, late] = flood(count, status, shape);
            assert!(late.0 <= ENDPOINTS_MAX, "{name}: {} endpoints", late.0);
            assert!(late.1 <= 2 * early.1.max(64 << 10), "{name}: {early:?} {late:?}");
        }
    }
}

#[test]
fn made_up_paths_leave_a_handful_of_endpoints() {
    all_floods(20_000);
}

#[test]
#[ignore = "takes a minute; make bench runs it"]
fn a_million_made_up_paths_leave_no_more() {
    all_floods(1_000_000);
}
