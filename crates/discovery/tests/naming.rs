//! From traffic to names: what becomes an endpoint, what is folded, what is noise.

mod support;

use discovery::Router;
use model::ledger::Counter;
use model::{Ledger, Step};
use support::{Call, Story, batches, call, epoch, line};

/// Runs lines of traffic; gives what each was called at its time, and the endpoints that remain.
fn run(calls: &[Call]) -> (Vec<String>, Vec<String>) {
    let mut router = Router::default();
    let mut story = Story::default();
    let resolved = epoch(&mut router, 1, batches(calls, 1, 1, |_| 0));
    story.read(&resolved);
    let mut alive: Vec<_> = story.names.keys().copied().collect();
    for step in &resolved.steps {
        if let Step::Rename { from, .. } = step {
            alive.retain(|index| index != from);
        }
    }
    let mut alive: Vec<_> = alive.into_iter().map(|i| story.name(i).replace("api.example ", "")).collect();
    alive.sort();
    let seen = resolved.steps.iter().filter_map(|step| match step {
        Step::Seen { naming, .. } => Some(story.naming(*naming).replace("api.example ", "")),
        Step::Part { .. } | Step::Streamed { .. } | Step::Rename { .. } => None,
    });
    (seen.collect(), alive)
}

#[track_caller]
fn check(traffic: &[&str], expected: &[&str]) {
    let calls: Vec<_> = traffic.iter().map(|text| line(text)).collect();
    assert_eq!(run(&calls).1, expected, "{traffic:?}");
}

#[test]
fn machine_made_segments_are_values() {
    check(&["GET /v1/orders/42 200 7", "GET /v1/orders 200 8"], &["GET /v1/orders", "GET /v1/orders/{int}"]);
    check(&["GET / 200 3"], &["GET /"]);
    check(&["GET /v1/a 200 1", "GET /v2/a 200 1", "GET /v3/a 200 1"], &["GET /v1/a", "GET /v2/a", "GET /v3/a"]);
}

#[test]
fn values_of_two_shapes_at_one_place_are_one_parameter() {
    check(&["GET /k/42 200 7", "GET /k/0a1b2c3d 200 7"], &["GET /k/{hex}"]);
}

#[test]
fn what_is_sent_beside_values_to_try_the_server_is_a_value_and_changes_no_name() {
    check(
        &[
            "GET /items/1/notes 200 7",
            "GET /items/2/notes 200 7",
            "GET /items/sleep(9)/notes 200 7",
            "GET /items/1'--/notes 200 7",
            "GET /items/3\"x/notes 200 7",
        ],
        &["GET /items/{int}/notes"],
    );
    check(
        &["GET /items/1 200 7", "GET /items/2 200 7", "GET /items/top(5) 200 9"],
        &["GET /items/top(5)", "GET /items/{int}"],
    );
}

#[test]
fn a_word_beside_values_stays_one() {
    check(&["GET /users/1 200 7", "GET /users/2 200 7", "GET /users/me 200 7"], &["GET /users/me", "GET /users/{int}"]);
}

#[test]
fn two_words_are_too_few_to_decide() {
    check(&["GET /users/ann 200 7", "GET /users/bob 200 7"], &["GET /users/ann", "GET /users/bob"]);
}

#[test]
fn words_alike_below_a_collection_are_values() {
    check(
        &["GET /users/ann 200 7", "GET /users/bob 200 7", "GET /users/cyd 200 7", "DELETE /users/dan 204 0"],
        &["DELETE /users/{str}", "GET /users/{str}"],
    );
}

#[test]
fn values_are_expected_below_the_version_of_a_collection_too() {
    check(
        &[
            "GET /pets/v1/rex.hill 200 7",
            "GET /pets/v1/tom.gray 200 7",
            "GET /pets/v1/liz 200 7",
            "PUT /pets/v1/rex.hill/name 204 0",
        ],
        &["GET /pets/v1/{str}", "PUT /pets/v1/{str}/name"],
    );
}

#[test]
fn values_with_a_verb_behind_them_are_one_template_for_each_verb() {
    check(
        &[
            "GET /v1/books/ink 200 7",
            "POST /v1/books/ink:archive 200 8",
            "GET /v1/books/dune 200 7",
            "POST /v1/books/dune:archive 200 8",
            "GET /v1/books/moss 200 7",
            "GET /v1/books/moss:listEditions 200 9",
            "GET /v1/books/fern:listEditions 200 9",
            "POST /v1/books/fern:archive 200 8",
        ],
        &["GET /v1/books/{str}", "GET /v1/books/{str}:listEditions", "POST /v1/books/{str}:archive"],
    );
    check(
        &["POST /v1/images:annotate 200 7", "POST /v1/files:annotate 200 7"],
        &["POST /v1/files:annotate", "POST /v1/images:annotate"],
    );
}

#[test]
fn values_with_a_colon_inside_are_values() {
    let all = "ada:zoo bob:web cyd:api dan:docs eve:core fay:site gus:infra hal:shop ida:mail jan:blog kim:chat lea:wiki \
               max:cart ned:edge";
    let calls: Vec<String> = all.split_whitespace().map(|pair| format!("GET /compare/branches/{pair} 200 7")).collect();
    check(&calls.iter().map(String::as_str).collect::<Vec<_>>(), &["GET /compare/branches/{str}"]);
}

#[test]
fn a_path_below_a_value_is_one_of_files_and_does_not_reach_above_values() {
    let files = ["src/lib.rs", "docs/setup.md", "README.md", "assets/img/logo.svg", "Makefile"];
    let below = |place: &str| files.map(|file| format!("GET /{place}/0a1b2c3d4e/{file} 200 7"));
    let parts = ["GET /blame/0a1b2c3d4e/diff 200 7".to_owned()];
    let calls = [&parts[..], &below("raw"), &below("history"), &below("blame")].concat();
    let calls: Vec<_> = calls.iter().map(String::as_str).collect();
    let (_, alive) = run(&calls.iter().map(|text| line(text)).collect::<Vec<_>>());
    assert!(alive.contains(&"GET /raw/{hex}/{path+}".to_owned()), "{alive:?}");
    assert!(alive.contains(&"GET /history/{hex}/{path+}".to_owned()), "{alive:?}");
    assert!(alive.contains(&"GET /blame/{hex}/diff".to_owned()), "{alive:?}");
}

#[test]
fn a_word_taken_for_a_value_is_split_off_when_it_alone_answers_otherwise() {
    let values = ["GET /secrets/ann 200 7", "GET /secrets/bob 200 7", "GET /secrets/cyd 200 7"];
    let key = ["GET /secrets/public-key 200 9"; 4];
    let expected = &["GET /secrets/public-key", "GET /secrets/{str}"];
    // The values are called by DELETE first, so that nothing is known of the answer when the word comes.
    let gone: Vec<String> = (0..8).map(|n| format!("DELETE /secrets/key-{n} 204 0")).collect();
    let gone: Vec<&str> = gone.iter().map(String::as_str).chain(["DELETE /secrets/public-key 204 0"]).collect();
    let expected_gone = &["DELETE /secrets/{str}", "GET /secrets/public-key", "GET /secrets/{str}"];
    check(&[&values[..], &key].concat(), expected);
    check(&[&gone[..], &values, &key].concat(), expected_gone);
    // Twice is too few, and two that answer alike are things of another kind.
    check(&[&gone[..], &values, &key[..2]].concat(), &["DELETE /secrets/{str}", "GET /secrets/{str}"]);
    let other = ["GET /secrets/dan 200 9"];
    check(&[&gone[..], &values, &key[..2], &other, &key].concat(), &["DELETE /secrets/{str}", "GET /secrets/{str}"]);
}

#[test]
fn values_of_closed_lists_are_told_by_what_stands_beside_them() {
    check(
        &["GET /content/en 200 7", "GET /content/pt-BR 200 8", "GET /content/de 200 9", "GET /content/search 200 6"],
        &["GET /content/search", "GET /content/{str}"],
    );
    check(&["GET /my/true/1 200 7", "GET /my/false/2 200 7"], &["GET /my/{str}/{int}"]);
}

#[test]
fn a_date_on_top_is_a_version_and_many_are_days() {
    check(
        &["GET /2010-04-01/accounts 200 7", "GET /2010-04-01/calls 200 8", "GET /2012-08-30/calls 200 8"],
        &["GET /2010-04-01/accounts", "GET /2010-04-01/calls", "GET /2012-08-30/calls"],
    );
    let days: Vec<String> = (1..=12).map(|day| format!("GET /2013-01-{day:02} 200 7")).collect();
    check(&days.iter().map(String::as_str).collect::<Vec<_>>(), &["GET /{str}"]);
}

#[test]
fn what_nobody_would_name_so_is_a_value_at_once_and_never_the_beginning_of_a_path() {
    check(
        &["GET /pets/x'--1 200 7", "GET /pets/y'%20or%201=1 200 8", "GET /a,b,c 200 9", "GET /pets/x'--1/name 200 6"],
        &["GET /pets/{str}", "GET /pets/{str}/name"],
    );
}

#[test]
fn files_of_the_site_are_no_endpoints() {
    check(
        &["GET /robots.txt 200 7", "GET /manifest.json 200 8", "GET /pets/robots.txt 200 9"],
        &["GET /pets/robots.txt"],
    );
}

#[test]
fn an_action_beside_values_is_none() {
    check(
        &[
            "GET /pets/rex 200 7",
            "GET /pets/tom 200 7",
            "GET /pets/liz 200 7",
            "POST /pets/adopt 200 8",
            "GET /pets/zoe 200 7",
        ],
        &["GET /pets/{str}", "POST /pets/adopt"],
    );
}

#[test]
fn a_value_of_one_place_is_one_at_another() {
    check(
        &[
            "GET /pets/rex 200 7",
            "GET /pets/tom 200 7",
            "GET /pets/liz 200 7",
            "GET /diets/rex 200 1",
            "GET /diets/tom 200 2",
            "GET /diets/liz 200 3",
        ],
        &["GET /diets/liz", "GET /diets/rex", "GET /diets/tom", "GET /pets/{str}"],
    );
    check(
        &[
            "GET /pets/rex 200 7",
            "GET /pets/tom 200 7",
            "GET /pets/liz 200 7",
            "GET /diets/rex/a 200 1",
            "GET /diets/tom/b 200 2",
            "GET /diets/liz/c 200 3",
        ],
        &["GET /diets/{str}/a", "GET /diets/{str}/b", "GET /diets/{str}/c", "GET /pets/{str}"],
    );
}

#[test]
fn a_name_first_seen_in_other_letter_case_is_named() {
    let calls: Vec<_> = ["GET /api/pets/1 200 7", "GET /API/Pets 200 8", "GET /api/pets 200 8"].map(line).into();
    assert_eq!(run(&calls).0, ["GET /api/pets/{int}", "GET /api/pets", "GET /api/pets"]);
    check(&["GET /api/x 200 7", "DELETE /API/X 204 0", "DELETE /api/x 204 0"], &["DELETE /api/x", "GET /api/x"]);
}

#[test]
fn not_modified_says_nothing_about_content() {
    check(
        &[
            "GET /pets/rex 200 7",
            "GET /pets/tom 200 7",
            "GET /pets/liz 200 7",
            "GET /pets/zoe 200 7",
            "GET /pets/kim 200 7",
            "GET /pets/max 200 7",
            "GET /pets/sam 304 9",
        ],
        &["GET /pets/{str}"],
    );
    check(
        &["GET /pets/sam 304 9", "GET /pets/rex 200 7", "GET /pets/tom 200 7", "GET /pets/liz 200 7"],
        &["GET /pets/sam", "GET /pets/{str}"],
    );
}

#[test]
fn a_word_left_behind_joins_once_its_siblings_are_many() {
    let late = ["rex", "tom", "liz", "zoe", "kim", "max", "ben", "amy", "joe", "eva"];
    let mut calls = vec![line("GET /pets/sam 304 9")];
    calls.extend(late.iter().map(|name| call("GET", &format!("/pets/{name}"), 200, 7)));
    assert_eq!(run(&calls).1, ["GET /pets/{str}"]);
    calls.insert(0, line("GET /pets/login 200 5"));
    assert_eq!(run(&calls).1, ["GET /pets/login", "GET /pets/{str}"]);
}

#[test]
fn a_drawn_word_beside_drawn_values_is_one() {
    check(
        &["DELETE /cache/0a1b2c3d 200 7", "DELETE /cache/uGTq4_IoyoFX_u_yQHYV 200 7", "GET /cache/findByStatus 200 8"],
        &["DELETE /cache/{str}", "GET /cache/findByStatus"],
    );
}

#[test]
fn values_of_a_variable_are_known_elsewhere_although_they_came_late() {
    let mut calls: Vec<_> =
        ["rex", "tom", "liz", "zoe", "kim"].iter().map(|name| call("GET", &format!("/pets/{name}"), 200, 7)).collect();
    calls.extend(["zoe", "kim"].iter().map(|name| call("GET", &format!("/meals/{name}"), 200, 8)));
    assert_eq!(run(&calls).1, ["GET /meals/{str}", "GET /pets/{str}"]);
}

#[test]
fn hosts_and_releases_are_values_and_groups_of_one_vendor_are_not() {
    check(
        &["GET /zones/www.ab.org 200 7", "GET /zones/api.cd.net 200 7", "GET /zones/x.ef.com 200 7"],
        &["GET /zones/{str}"],
    );
    check(&["GET /tags/v1.2.3 200 7", "GET /tags/v1.3.0 200 7", "GET /tags/2.0.1 200 7"], &["GET /tags/{str}"]);
    let groups = ["apps.x8s.example", "batch.x8s.example", "events.x8s.example", "rules.x8s.example"];
    let calls: Vec<_> = groups.iter().map(|group| call("GET", &format!("/apis/{group}"), 200, 7)).collect();
    assert_eq!(run(&calls).1.len(), groups.len());
}

#[test]
fn words_that_hold_different_collections_are_not_values() {
    let groups = ["boats", "cars", "trains", "planes", "bikes", "ferries", "trucks", "trams", "carts", "sleds"];
    let calls: Vec<_> = groups
        .iter()
        .flat_map(|group| {
            ["{}", "{}/v1/a{}", "{}/v1/b{}"].map(|path| format!("/kinds-of/{}", path.replace("{}", group)))
        })
        .map(|path| call("GET", &path, 200, 7))
        .collect();
    assert_eq!(run(&calls).1.len(), calls.len());
}

#[test]
fn things_deleted_without_a_word_are_values_when_they_are_many() {
    let calls: Vec<_> = (0..40).map(|n| call("DELETE", &format!("/inner/cache/{}", letters(n)), 204, 0)).collect();
    assert_eq!(run(&calls).1, ["DELETE /inner/cache/{str}"]);
    let few: Vec<_> = (0..5).map(|n| call("DELETE", &format!("/inner/cache/{}", letters(n)), 204, 0)).collect();
    assert_eq!(run(&few).1.len(), 5);
}

#[test]
fn words_that_answer_differently_are_not_values() {
    check(
        &["GET /users/ann 200 7", "GET /users/export2 200 8", "GET /users/report 200 9"],
        &["GET /users/ann", "GET /users/export2", "GET /users/report"],
    );
}

#[test]
fn letter_case_is_folded_where_the_api_folds_it() {
    check(&["GET /api/users/1 200 7", "GET /API/Users/2 200 7", "GET /Api/users/3 404 1"], &["GET /api/users/{int}"]);
}

#[test]
fn operations_named_as_code_are_not_values() {
    let names = ["users.list", "users.info", "users.kick", "chat.post", "chat.get", "chat.del", "a.b", "c.d", "e.f"];
    let calls: Vec<_> = names.iter().map(|name| call("POST", &format!("/apis/{name}"), 200, 7)).collect();
    assert_eq!(run(&calls).1.len(), names.len());
}

#[test]
fn files_at_any_depth_are_one_value() {
    let files = ["a.rs", "docs/b.md", "docs/img/c.pdf", "src/d.rs", "src/deep/e.rs", "f.zip"];
    let mut calls: Vec<_> = files.iter().map(|path| call("GET", &format!("/files/{path}"), 200, 7)).collect();
    assert_eq!(run(&calls).1, ["GET /files/{path+}"]);
    calls.push(line("PUT /files/new/deep/g.rs 201 8"));
    calls.push(line("GET /files 200 9"));
    calls.push(line("GET /files/search 200 3"));
    assert_eq!(run(&calls).1, ["GET /files", "GET /files/search", "GET /files/{path+}", "PUT /files/{path+}"]);
}

#[test]
fn collections_and_their_things_are_no_value_however_deep_and_alike() {
    let paths =
        ["users", "users/list", "users/list/a.csv", "orders", "orders/open", "orders/open/b.csv", "reports/c.csv"];
    let calls: Vec<_> = paths.iter().map(|path| call("GET", &format!("/api/{path}"), 200, 7)).collect();
    assert_eq!(run(&calls).1.len(), paths.len());
    let rpc =
        ["user/get", "user/set", "user/mail/send", "team/get", "team/set", "team/mail/send", "ping", "team/a/b/c"];
    let calls: Vec<_> = rpc.iter().map(|path| call("POST", &format!("/api/{path}"), 200, 7)).collect();
    assert_eq!(run(&calls).1.len(), rpc.len());
}

#[test]
fn scans_leave_nothing() {
    let scan: Vec<_> = (0..500).map(|n| call("GET", &format!("/x{n}/.env"), 404, 5)).collect();
    let (seen, alive) = run(&scan);
    assert!(alive.is_empty() && seen.iter().all(|name| name == "noise never_answered"));
}

#[test]
fn a_known_endpoint_takes_its_failures() {
    let calls: Vec<_> =
        ["GET /a 404 1", "GET /a 200 1", "GET /a 500 1", "GET /a 404 1", "POST /a 405 1"].map(line).into();
    assert_eq!(run(&calls).0, ["noise never_answered", "GET /a", "GET /a", "GET /a", "noise never_answered"],);
}

#[test]
fn unknown_values_of_a_folded_parameter_are_calls_of_it() {
    let calls: Vec<_> = [
        "GET /users/ann 200 7",
        "GET /users/bob 200 7",
        "GET /users/cyd 200 7",
        "GET /users/eve 404 1",
        "GET /users/v2 404 1",
        "GET /users/ann/keys 404 1",
    ]
    .map(line)
    .into();
    let seen = run(&calls).0;
    assert_eq!(seen[3..], ["GET /users/{str}", "noise never_answered", "noise never_answered"]);
}

#[test]
fn pages_files_preflights_and_tunnels_are_noise() {
    for (traffic, noise) in [
        ("GET /app 200 1 media=text/html", "static"),
        ("GET /a/main.css 200 1 media=text/css", "static"),
        ("GET /logo.png 200 1 media=image/png", "static"),
        ("OPTIONS /orders 204 0", "not_a_call"),
        ("CONNECT example:443 200 0", "not_a_call"),
        ("OPTIONS * 200 0", "not_a_call"),
        ("GET /admin 302 0", "same_answer"),
        (" /orders 200 1", "no_request"),
    ] {
        assert_eq!(run(&[line(traffic)]).0, [format!("noise {noise}")], "{traffic}");
    }
    check(&["GET /users/1/avatar 200 1 media=image/png"], &["GET /users/{int}/avatar"]);
    check(&["OPTIONS /orders 200 4 auth", "HEAD /orders 200 0"], &["HEAD /orders", "OPTIONS /orders"]);
    check(&["GET /download 302 0 auth"], &["GET /download"]);
}

#[test]
fn the_same_answer_for_unrelated_paths_is_not_learned_any_more() {
    let shell: Vec<_> = (0..50).map(|n| line(&format!("POST /p{n}/x 200 9 media=text/plain bytes=31"))).collect();
    let (seen, alive) = run(&shell);
    assert_eq!(alive.len(), 2);
    assert!(seen[2..].iter().all(|name| name == "noise same_answer"));
}

#[test]
fn a_node_with_too_many_words_is_folded_and_bounded() {
    let calls: Vec<_> = (0..2_000).map(|n| call("GET", &format!("/w{}x", letters(n)), 200, 1_000 + n)).collect();
    let (_, alive) = run(&calls);
    assert_eq!(alive, ["GET /{str}"]);
}

#[test]
fn a_full_service_folds_new_names_and_counts_them() {
    const FULL: u64 = model::limits::ENDPOINTS_PER_SERVICE_MAX as u64;
    // No two places have children in common, so nothing is alike.
    let path = |n: u64| format!("/{}/{}/{}", letters(n / 400), letters(1_000 + n / 20), letters(100_000 + n));
    let calls: Vec<_> = (0..FULL + 400).map(|n| call("GET", &path(n), 200, 1_000 + n)).collect();
    let mut router = Router::default();
    let mut ledger = Ledger::default();
    let resolved = router.resolve(discovery::EpochEnd::default(), batches(&calls, 1, 1, |_| 0), &mut ledger);
    let mut story = Story::default();
    story.read(&resolved);
    assert_eq!(ledger.get(Counter::InventoryFolded), 400);
    let last = story.lines.last().unwrap();
    assert!(last.ends_with("api.example {other} /{other}"), "{last}");
}

fn letters(mut n: u64) -> String {
    let mut out = String::from("q");
    for _ in 0..4 {
        out.push(char::from(b'k' + (n % 15) as u8));
        n /= 15;
    }
    out
}
