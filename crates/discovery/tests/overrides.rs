//! What the operator says holds: from the first call, against any evidence, and when it is said or taken back later.

mod support;

use discovery::{Catalog, Overrides, Router};
use model::{SavedState, Share, Step, Worker, WorkerOutput};
use support::{Call, Story, batches, epoch, line, overrides};

/// Runs traffic in one go or several, each run with its own overrides over the state of the one before. Gives the endpoints
/// that the inventory has at the end with their calls, and the renames of the last run.
fn runs(runs: &[(&[&str], Overrides)]) -> (Vec<String>, Vec<String>) {
    let (mut saved, mut told, mut inventory) = (SavedState::default(), Vec::new(), Vec::new());
    for (number, (traffic, overrides)) in runs.iter().enumerate() {
        let calls: Vec<Call> = traffic.iter().map(|text| line(text)).collect();
        let mut router = Router::new(overrides.clone());
        let mut catalog = Catalog::new(Share::ALL);
        router.load(&saved);
        catalog.load(&saved);
        let resolved = epoch(&mut router, 1, batches(&calls, 1 + 1_000 * number as u64, 1, |_| 0));
        let mut story = Story::default();
        story.read(&resolved);
        told = story.lines.iter().filter(|line| line.contains("->")).map(|l| l.replace("api.example ", "")).collect();
        catalog.apply(&resolved, &mut WorkerOutput::default());
        let delta = catalog.save(true);
        inventory.retain(|known: &model::EndpointRecord| {
            !delta.removed_endpoints.contains(&known.id) && !delta.endpoints.iter().any(|new| new.id == known.id)
        });
        inventory.extend(delta.endpoints);
        for row in router.save().rows.into_iter().chain(delta.rows) {
            saved.rows.retain(|known| (known.kind, known.key) != (row.kind, row.key));
            if !row.model.is_empty() {
                saved.rows.push(row);
            }
        }
        assert!(resolved.steps.iter().all(|step| !matches!(step, Step::Rename { from, to } if from == to)));
    }
    let mut shown: Vec<_> = inventory.iter().map(|e| format!("{} {} {}", e.method, e.template, e.count)).collect();
    shown.sort();
    (shown, told)
}

#[track_caller]
fn check(rules: &[&str], traffic: &[&str], expected: &[&str]) {
    assert_eq!(runs(&[(traffic, overrides(rules))]).0, expected, "{rules:?} {traffic:?}");
}

/// Enough to fold names below `/users`.
const USERS: &[&str] =
    &["GET /users/ann 200 7", "GET /users/bob 200 7", "GET /users/cyd 200 7", "GET /users/dan 200 7"];

#[test]
fn a_pinned_word_is_never_a_value() {
    check(&[], USERS, &["GET /users/{str} 4"]);
    check(&["/users/bob"], USERS, &["GET /users/bob 1", "GET /users/{str} 3"]);
    let below = [USERS, &["GET /users/bob/keys 200 8", "GET /users/ann/keys 200 8"]].concat();
    check(
        &["/users/bob"],
        &below,
        &["GET /users/bob 1", "GET /users/bob/keys 1", "GET /users/{str} 3", "GET /users/{str}/keys 1"],
    );
}

#[test]
fn a_forced_value_is_one_from_the_first_call_on() {
    check(
        &["/things/{id}", "/things/special"],
        &["GET /things/a 200 1", "PUT /things/b 200 2", "GET /things/special 200 3", "GET /things/7 200 4"],
        &["GET /things/special 1", "GET /things/{str} 2", "PUT /things/{str} 1"],
    );
}

#[test]
fn words_of_a_split_place_stay_apart_and_values_stay_values() {
    let traffic = [USERS, &["GET /users/42 200 7"]].concat();
    check(
        &["/users/*"],
        &traffic,
        &["GET /users/ann 1", "GET /users/bob 1", "GET /users/cyd 1", "GET /users/dan 1", "GET /users/{int} 1"],
    );
}

#[test]
fn values_with_text_around_them_are_one_endpoint() {
    check(
        &["/files/{name}.json", "/@{name}"],
        &["GET /files/a.json 200 1", "GET /files/b.json 200 2", "GET /files/c.txt 200 3", "GET /@ann 200 4"],
        &["GET /@{str} 1", "GET /files/c.txt 1", "GET /files/{str}.json 2"],
    );
}

#[test]
fn a_tail_takes_what_is_below_but_what_is_named_itself() {
    check(
        &["/files/{path+}", "/files/trash", "/v2/{name+}/tags/{tag}"],
        &[
            "GET /files/a 200 1",
            "GET /files/b/c 200 2",
            "GET /files/7/d/x.txt 200 3",
            "GET /files/trash 200 4",
            "GET /files/trash/e 200 5",
            "GET /files 200 6",
            "GET /v2/lib/a/tags/b 200 7",
            "GET /v2/c/tags/d 200 8",
            "GET /v2/c/d 200 9",
        ],
        &[
            "GET /files 1",
            "GET /files/trash 1",
            "GET /files/{path+} 4",
            "GET /v2/c/d 1",
            "GET /v2/{path+}/tags/{str} 2",
        ],
    );
}

#[test]
fn rules_of_a_method_leave_the_others_alone() {
    check(
        &["PUT /users/{id}"],
        &["GET /users/ann 200 1", "PUT /users/ann 200 2", "PUT /users/bob 200 3"],
        &["GET /users/ann 1", "PUT /users/{str} 2"],
    );
}

#[test]
fn what_is_named_is_an_endpoint_whatever_it_answers_with() {
    let pages = ["GET /console 200 1 media=text/html", "GET /other 200 1 media=text/html"];
    check(&[], &pages, &[]);
    check(&["/console"], &pages, &["GET /console 1"]);
    check(&["/console"], &["GET /console 404 1"], &[]);
}

#[test]
fn rules_made_later_rename_what_is_known_and_the_inventory_follows() {
    let before = &["GET /things/a 200 1", "GET /things/b 200 2", "GET /things/c/x 200 3", "GET /things/d/x 200 3"][..];
    let (shown, told) = runs(&[(before, overrides(&[])), (&[], overrides(&["/things/{id}"]))]);
    assert_eq!(shown, ["GET /things/{str} 2", "GET /things/{str}/x 2"]);
    assert_eq!(told.len(), 4, "{told:?}");
    let (shown, _) = runs(&[(before, overrides(&[])), (&["GET /things/e 200 9"], overrides(&["/things/{path+}"]))]);
    assert_eq!(shown, ["GET /things/{path+} 5"]);
}

#[test]
fn a_pin_made_later_holds_from_then_on() {
    let later = &["GET /users/ann 200 7", "GET /users/eve 200 7"][..];
    let (shown, told) =
        runs(&[(USERS, overrides(&[])), (later, overrides(&["/users/ann"])), (later, overrides(&["/users/ann"]))]);
    assert_eq!((shown, told), (vec!["GET /users/ann 2".to_owned(), "GET /users/{str} 6".to_owned()], vec![]));
    let (shown, _) = runs(&[(USERS, overrides(&[])), (later, overrides(&["/users/*"]))]);
    assert_eq!(shown, ["GET /users/ann 1", "GET /users/eve 1", "GET /users/{str} 4"]);
}

#[test]
fn what_is_taken_back_is_left_to_the_evidence() {
    let traffic = &["GET /things/a 200 1", "GET /things/b 200 2"][..];
    let (shown, _) = runs(&[(traffic, overrides(&["/things/{id}"])), (&["GET /things/c 200 3"], overrides(&[]))]);
    assert_eq!(shown, ["GET /things/c 1", "GET /things/{str} 2"]);
    let (shown, _) = runs(&[
        (USERS, overrides(&["/users/bob"])),
        (&["GET /users/eve 200 7", "GET /users/bob 200 7"], overrides(&[])),
    ]);
    assert_eq!(shown, ["GET /users/{str} 6"]);
    let (shown, _) = runs(&[(traffic, overrides(&["/things/{path+}"])), (&["GET /things/c/d 200 3"], overrides(&[]))]);
    assert_eq!(shown, ["GET /things/c/d 1", "GET /things/{str} 2"]);
}
