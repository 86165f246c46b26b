//! What speaks for values and for words, rule by rule: traffic in, templates out.

mod support;

use discovery::Router;
use model::Step;
use support::{Story, batches, epoch, line};

/// Endpoints that remain after lines of traffic.
fn endpoints(traffic: &[String]) -> Vec<String> {
    let calls: Vec<_> = traffic.iter().map(|text| line(text)).collect();
    let mut router = Router::default();
    let mut story = Story::default();
    let resolved = epoch(&mut router, 1, batches(&calls, 1, 1, |_| 0));
    story.read(&resolved);
    let mut alive: Vec<_> = story.names.keys().copied().collect();
    for step in &resolved.steps {
        if let Step::Rename { from, .. } = step {
            alive.retain(|index| index != from);
        }
    }
    let mut alive: Vec<_> = alive.into_iter().map(|i| story.name(i).replace("api.example ", "")).collect();
    alive.sort();
    alive
}

/// Each pattern once with each word in place of `*`; then lines as they are.
#[track_caller]
fn check(patterns: &[&str], words: &[&str], lines: &[&str], expected: &[&str]) {
    let each = words.iter().flat_map(|word| patterns.iter().map(move |pattern| pattern.replace('*', word)));
    let traffic: Vec<_> = each.chain(lines.iter().map(|line| (*line).to_owned())).collect();
    assert_eq!(endpoints(&traffic), expected, "{traffic:#?}");
}

const PREFIXED: &[&str] = &["knu-e4vdrgu2", "knu-z4nehlkf", "knu-0moji6rc", "knu-vzn5lgbi", "knu-9l39kqkw"];
const PEOPLE: &[&str] = &[
    "ada.toth",
    "BrunoLund",
    "chen77",
    "dalia-reef",
    "emilkovacs",
    "FarahIto",
    "goran.ito",
    "hana21",
    "ivan-dune",
    "jade.lund",
    "KofiToth",
    "lena08",
];

#[test]
fn many_words_of_one_format_below_a_collection_are_values_and_few_are_periods() {
    let names: Vec<_> = PEOPLE.iter().chain(&["marco", "nadia"]).copied().collect();
    check(&["GET /messages/*.json 200 7"], &names, &[], &["GET /messages/{str}.json"]);
    let periods = ["AllTime", "Daily", "LastMonth", "Monthly", "ThisMonth", "Today", "Yearly", "Yesterday"];
    let kept = periods.map(|period| format!("GET /Records/{period}.json"));
    check(&["GET /Records/*.json 200 7"], &periods, &[], &kept.each_ref().map(String::as_str));
}

#[test]
fn identifiers_of_one_length_are_values_and_operations_of_one_length_are_not() {
    let short = ["oFx0int", "HYP0GET", "Rsp0lV0", "RMdL7vE", "a1B2c3D"];
    check(&["GET /report/* 200 7"], &short, &[], &["GET /report/{str}"]);
    let sent = ["sendAudio", "sendPhoto", "sendVideo", "sendVoice"];
    let kept = sent.map(|name| format!("POST /bot/{name}"));
    check(&["POST /bot/* 200 7"], &sent, &[], &kept.each_ref().map(String::as_str));
}

#[test]
fn a_word_that_something_else_follows_than_follows_the_values_is_none_of_them() {
    check(
        &["GET /projects/*/issues 200 7"],
        PREFIXED,
        &["POST /projects/fork/knu-e4vdrgu2 201 7", "POST /projects/fork/knu-z4nehlkf 201 7"],
        &["GET /projects/{str}/issues", "POST /projects/fork/knu-e4vdrgu2", "POST /projects/fork/knu-z4nehlkf"],
    );
}

#[test]
fn plain_words_beside_machine_made_values_stay_words() {
    check(
        &["GET /questions/* 200 7"],
        &["1", "2", "3", "featured", "unanswered", "no-answers", "unaccepted"],
        &[],
        &[
            "GET /questions/featured",
            "GET /questions/no-answers",
            "GET /questions/unaccepted",
            "GET /questions/unanswered",
            "GET /questions/{int}",
        ],
    );
}

#[test]
fn actions_that_are_posted_to_things_are_no_things() {
    let verbs = ["attach_iso", "change_type", "enable_backup", "poweroff", "poweron", "reboot", "rebuild", "reset"];
    let mut kept = vec!["GET /servers/{int}/actions/{int}".to_owned()];
    kept.extend(verbs.map(|verb| format!("POST /servers/{{int}}/actions/{verb}")));
    let kept: Vec<_> = kept.iter().map(String::as_str).collect();
    let get = ["GET /servers/1/actions/7 200 7", "GET /servers/2/actions/8 200 7"];
    check(&["POST /servers/3/actions/* 201 7"], &verbs, &get, &kept);
}

#[test]
fn collections_stay_collections_however_many_delete_their_things_alike() {
    let stems =
        ["file", "note", "task", "user", "role", "page", "item", "team", "card", "list", "link", "tool", "form"];
    let words: Vec<_> = ["", "r", "t"].iter().flat_map(|more| stems.map(|stem| format!("{stem}{more}s"))).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let mut kept: Vec<_> = words.iter().map(|word| format!("DELETE /api/{word}/{{int}}")).collect();
    kept.extend(words.iter().map(|word| format!("GET /api/{word}")));
    kept.sort();
    check(
        &["GET /api/* 200 7", "DELETE /api/*/1 204 0", "DELETE /api/*/2 204 0"],
        &words,
        &[],
        &kept.iter().map(String::as_str).collect::<Vec<_>>(),
    );
}

#[test]
fn names_of_people_are_values_where_no_collection_says_so() {
    check(
        &["GET /user/*/policies 200 7", "GET /user/*/teams 200 56"],
        PEOPLE,
        &[],
        &["GET /user/{str}/policies", "GET /user/{str}/teams"],
    );
    check(&["PUT /user/following/* 204 0"], PEOPLE, &[], &["PUT /user/following/{str}"]);
}

#[test]
fn domains_and_files_of_several_kinds_are_values() {
    let domains = ["blue-door.ch", "www.acme.example", "green-hill.net", "acme.com", "api.old-mill.org", "north.io"];
    check(&["GET /domains/* 200 7"], &domains, &[], &["GET /domains/{str}"]);
    let files = ["dusky_kettle.pdf", "rapid_ember.csv", "keen_bridge.docx", "gentle_falcon.csv", "olive.xlsx", "a.pdf"];
    check(&["DELETE /documents/* 200 7"], &files, &[], &["DELETE /documents/{str}"]);
}
