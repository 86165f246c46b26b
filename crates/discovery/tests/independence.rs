//! Results depend neither on how observations are spread over shards and epochs, nor on restarts, nor on shares.

mod support;

use std::sync::Arc;

use discovery::{Catalog, Router};
use model::{EndpointRecord, ParamPlace, SavedState, Share, StateDelta, StateRow, ValueClass, Worker, WorkerOutput};
use proptest::prelude::*;
use support::{Call, Story, batches, call, epoch};

/// Traffic over few words, so that paths meet, fold and collide.
fn traffic() -> impl Strategy<Value = Vec<Call>> {
    let segment = prop_oneof![
        3 => prop::sample::select(vec!["users", "orders", "ann", "bob", "cyd", "dan", "eve", "me", "v1", "x.css"])
            .prop_map(str::to_owned),
        1 => (1_u32..500).prop_map(|n| n.to_string()),
        1 => Just("0a1b2c3d".to_owned()),
        1 => prop::sample::select(vec!["files", "a.txt", "b.txt", "c.md", "d.md"]).prop_map(str::to_owned),
    ];
    let path = prop::collection::vec(segment, 0..4).prop_map(|segments| format!("/{}", segments.join("/")));
    let one = (
        prop::sample::select(vec!["GET", "POST", "OPTIONS", ""]),
        path,
        prop::sample::select(vec![0_u16, 200, 200, 200, 302, 404, 500]),
        0_u64..4,
        prop::sample::select(vec!["a.example", "b.example", "c.example"]),
        prop::sample::select(vec!["application/json", "text/html", "text/plain"]),
        (any::<bool>(), 0_u64..100),
        prop::collection::vec((0_usize..3, 0_u8..2, any::<bool>()), 0..3),
    );
    let one = one.prop_map(|(method, path, status, shape, service, media, (bearer, caller), params)| {
        let params = params.into_iter().map(|(name, place, int)| {
            let place = if place == 0 { ParamPlace::Query } else { ParamPlace::Body };
            let class = if int { ValueClass::Int } else { ValueClass::Word };
            (place, format!("/p{name}"), class, int.then_some(name as u64))
        });
        let (service, media) = (service.into(), media.into());
        Call { service, media, bearer, caller, params: params.collect(), ..call(method, &path, status, shape) }
    });
    prop::collection::vec(one, 1..120)
}

/// Rules that do not contradict one another.
fn rules() -> impl Strategy<Value = Vec<&'static str>> {
    let rules =
        vec!["/users/me", "/users/{id}", "GET /orders/{path+}", "/files/*", "/{top}/ann", "/users/{id}/files/{f+}"];
    prop::sample::subsequence(rules, 0..=4)
}

fn story(calls: &[Call], shards: usize) -> Vec<String> {
    let mut story = Story::default();
    let mut router = Router::default();
    story.read(&epoch(&mut router, 1, batches(calls, 1, shards, |at| at * 7 / 3)));
    story.lines
}

/// Rows as a store keeps them: the latest of each key.
fn keep(rows: &mut Vec<StateRow>, delta: StateDelta) {
    for row in delta.rows {
        rows.retain(|known| (known.kind, known.key) != (row.kind, row.key));
        if !row.model.is_empty() {
            rows.push(row);
        }
    }
}

fn inventory(kept: &mut Vec<EndpointRecord>, delta: StateDelta) {
    kept.retain(|e| !delta.removed_endpoints.contains(&e.id) && !delta.endpoints.iter().any(|new| new.id == e.id));
    kept.extend(delta.endpoints);
    kept.sort_by_key(|e| e.id);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_split_over_shards_gives_the_same_steps(calls in traffic()) {
        let one = story(&calls, 1);
        for shards in [2, 3, 8] {
            prop_assert_eq!(&one, &story(&calls, shards));
        }
    }

    #[test]
    fn a_router_saved_and_loaded_goes_on_as_if_nothing_had_happened(calls in traffic(), cut in 0_usize..120) {
        let (before, after) = calls.split_at(cut.min(calls.len()));
        let (mut straight, mut first) = (Router::default(), Router::default());
        let (mut one, mut two) = (Story::default(), Story::default());
        let halves = [batches(before, 1, 1, |_| 0), batches(after, 1_000, 1, |_| 0)];
        one.read(&epoch(&mut straight, 1, halves[0].clone()));
        two.read(&epoch(&mut first, 1, halves[0].clone()));
        let mut saved = SavedState::default();
        keep(&mut saved.rows, first.save());
        let mut second = Router::default();
        second.load(&saved);
        two.names.clear();
        one.read(&epoch(&mut straight, 2, halves[1].clone()));
        two.read(&epoch(&mut second, 2, halves[1].clone()));
        prop_assert_eq!(one.lines, two.lines);
        prop_assert!(second.save().rows.len() <= 3 && first.save().rows.is_empty());
    }

    #[test]
    fn the_same_holds_under_rules_of_the_operator(calls in traffic(), cut in 0_usize..120, rules in rules()) {
        let (before, after) = calls.split_at(cut.min(calls.len()));
        let new = || Router::new(support::overrides(&rules));
        let (mut straight, mut first, mut second) = (new(), new(), new());
        let (mut one, mut two) = (Story::default(), Story::default());
        let halves = [batches(before, 1, 1, |_| 0), batches(after, 1_000, 3, |at| at)];
        one.read(&epoch(&mut straight, 1, halves[0].clone()));
        two.read(&epoch(&mut first, 1, halves[0].clone()));
        let mut saved = SavedState::default();
        keep(&mut saved.rows, first.save());
        second.load(&saved);
        one.read(&epoch(&mut straight, 2, halves[1].clone()));
        two.names.clear();
        two.read(&epoch(&mut second, 2, halves[1].clone()));
        prop_assert_eq!(one.lines, two.lines);
        // Taken back, and other rules made: what is loaded is still one tree.
        keep(&mut saved.rows, second.save());
        for rules in [&["/users/*", "/orders/{path+}"][..], &[]] {
            let mut third = Router::new(support::overrides(rules));
            third.load(&saved);
            let mut story = Story::default();
            story.read(&epoch(&mut third, 3, batches(after, 2_000, 1, |_| 0)));
            keep(&mut saved.rows, third.save());
            let mut again = Router::new(support::overrides(rules));
            again.load(&saved);
            prop_assert!(saved.rows.is_empty() || !epoch(&mut again, 4, Vec::new()).names.is_empty());
        }
    }

    #[test]
    fn two_catalogs_of_half_the_services_are_one_of_all(calls in traffic()) {
        let mut router = Router::default();
        let resolved = Arc::new(epoch(&mut router, 1, batches(&calls, 1, 2, |at| at)));
        let of = |share| {
            let mut catalog = Catalog::new(share);
            catalog.apply(&resolved, &mut WorkerOutput::default());
            catalog.save(true)
        };
        let (whole, mut halves) = (of(Share::ALL), of(Share::new(0, 2)));
        halves.append(of(Share::new(1, 2)));
        halves.endpoints.sort_by_key(|e| e.id);
        halves.rows.sort_by_key(|row| (row.kind, row.key));
        halves.removed_endpoints.sort();
        prop_assert_eq!(whole, halves);
    }

    #[test]
    fn a_catalog_saved_and_loaded_goes_on_as_if_nothing_had_happened(calls in traffic(), cut in 0_usize..120) {
        let (before, after) = calls.split_at(cut.min(calls.len()));
        let mut router = Router::default();
        let (mut straight, mut first, mut second) =
            (Catalog::new(Share::ALL), Catalog::new(Share::ALL), Catalog::new(Share::ALL));
        let (mut one, mut two, mut saved) = (Vec::new(), Vec::new(), SavedState::default());
        let out = &mut WorkerOutput::default();
        let resolved = epoch(&mut router, 1, batches(before, 1, 1, |_| 0));
        straight.apply(&resolved, out);
        first.apply(&resolved, out);
        inventory(&mut one, straight.save(false));
        let delta = first.save(true);
        keep(&mut saved.rows, delta.clone());
        inventory(&mut two, delta);
        let mut kept = SavedState::default();
        keep(&mut kept.rows, router.save());
        let mut router = Router::default();
        router.load(&kept);
        let resolved = epoch(&mut router, 2, batches(after, 1_000, 1, |_| 0));
        second.load(&saved);
        straight.apply(&resolved, out);
        second.apply(&resolved, out);
        inventory(&mut one, straight.save(true));
        inventory(&mut two, second.save(true));
        prop_assert_eq!(one, two);
    }

    #[test]
    fn every_named_call_is_counted_once(calls in traffic()) {
        let mut router = Router::default();
        let resolved = epoch(&mut router, 1, batches(&calls, 1, 3, |at| at));
        let named = resolved.steps.iter().filter(|step| {
            matches!(step, model::Step::Seen { naming: model::Naming::Endpoint(_), .. })
        });
        let mut catalog = Catalog::new(Share::ALL);
        catalog.apply(&resolved, &mut WorkerOutput::default());
        let delta = catalog.save(false);
        prop_assert_eq!(named.count() as u64, delta.endpoints.iter().map(|e| e.count).sum::<u64>());
        prop_assert!(delta.endpoints.iter().all(|e| e.count == e.statuses.values().sum::<u64>()));
    }
}
