//! What an endpoint is for, with what says so.
//!
//! In: a record. Out: the function of the table in `functions.toml` that most of it speaks for, if enough does. Words of the
//! path, the method, names and data classes of parameters and answers, and media types each have a weight; one sign alone is
//! enough only when it is the last word of the path together with its method.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use model::{EndpointRecord, ParamPlace};
use serde::Deserialize;

/// What must come together.
const ENOUGH: u32 = 4;
/// Weights of signs.
const PATH: u32 = 2;
const PATH_LAST: u32 = 1;
const STRONG: u32 = 3;
const LAST: u32 = 2;
const METHOD: u32 = 1;
const FIELD: u32 = 2;
const DATA: u32 = 1;
const MEDIA: u32 = 2;
/// Fields and data classes of one direction that count.
const FIELDS_COUNTED: u32 = 2;
/// Words of a path that are looked at.
const WORDS_MAX: usize = 64;

/// The table as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    function: Vec<Rule>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Rule {
    name: String,
    path: Vec<String>,
    strong: Vec<String>,
    last: Vec<String>,
    method: Vec<String>,
    sent: Vec<String>,
    takes: Vec<String>,
    returned: Vec<String>,
    returns: Vec<String>,
    media_in: Vec<String>,
    media_out: Vec<String>,
    deny: Vec<String>,
}

/// Where a word of the table speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Path,
    Strong,
    Last,
    Deny,
    Sent,
    Takes,
    Returned,
    Returns,
}

/// The table with its words looked up at once.
#[derive(Debug, Default)]
struct Index {
    rules: Vec<Rule>,
    words: BTreeMap<(Place, String), Vec<usize>>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    // A test reads the table; what cannot be read tells nothing.
    let table: Table = toml::from_str(include_str!("functions.toml")).unwrap_or_default();
    let mut words = BTreeMap::<_, Vec<usize>>::new();
    for (at, rule) in table.function.iter().enumerate() {
        for (place, list) in [
            (Place::Path, &rule.path),
            (Place::Strong, &rule.strong),
            (Place::Last, &rule.last),
            (Place::Deny, &rule.deny),
            (Place::Sent, &rule.sent),
            (Place::Takes, &rule.takes),
            (Place::Returned, &rule.returned),
            (Place::Returns, &rule.returns),
        ] {
            for word in list {
                words.entry((place, word.clone())).or_default().push(at);
            }
        }
    }
    Index { rules: table.function, words }
});

/// What an endpoint is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Name of the table: `login`, `payment` …
    pub name: &'static str,
    /// What says so: `path "login"`, `method POST`, `parameter password`.
    pub evidence: Vec<String>,
}

/// Names of all functions, in order of the table.
pub fn names() -> impl Iterator<Item = &'static str> {
    INDEX.rules.iter().map(|rule| rule.name.as_str())
}

/// The function of an endpoint, when enough speaks for one.
pub fn of(record: &EndpointRecord) -> Option<Function> {
    let mut votes = Votes { cast: BTreeMap::new(), denied: BTreeSet::new() };
    votes.path(&record.template);
    votes.fields(record);
    votes.media(record);
    for (at, rule) in INDEX.rules.iter().enumerate() {
        if rule.method.contains(&record.method) && votes.cast.contains_key(&at) {
            votes.cast(at, METHOD, format!("method {}", record.method));
        }
    }
    let Votes { cast, denied } = votes;
    let told = cast.into_iter().filter(|(at, vote)| vote.weight >= ENOUGH && !denied.contains(at));
    let (at, vote) = told.max_by_key(|(at, vote)| (vote.weight, std::cmp::Reverse(*at)))?;
    Some(Function { name: INDEX.rules.get(at)?.name.as_str(), evidence: vote.evidence })
}

/// What speaks for one function.
#[derive(Debug, Default)]
struct Vote {
    weight: u32,
    evidence: Vec<String>,
}

struct Votes {
    cast: BTreeMap<usize, Vote>,
    denied: BTreeSet<usize>,
}

impl Votes {
    fn cast(&mut self, at: usize, weight: u32, why: String) {
        let vote = self.cast.entry(at).or_default();
        vote.weight += weight;
        vote.evidence.push(why);
    }

    /// Words of the path that are no values; of one function the strongest counts.
    fn path(&mut self, template: &str) {
        let segments = template.split('/').filter(|segment| !segment.is_empty());
        let all: Vec<(usize, Vec<String>)> = segments.map(words).enumerate().take(WORDS_MAX).collect();
        // A value at the end says which one, not what is done.
        let last = all.iter().rev().find(|(_, words)| !words.is_empty()).map(|(at, _)| *at);
        let ends = last.is_some_and(|at| at + 1 == all.len());
        let flat: Vec<(usize, &String)> =
            all.iter().flat_map(|(at, words)| words.iter().map(|word| (*at, word))).take(WORDS_MAX).collect();
        let mut best = BTreeMap::<usize, (u32, String)>::new();
        for (at, word) in phrases(&flat) {
            let is_last = Some(at) == last;
            self.denied.extend(found(Place::Deny, &word));
            for (place, weight, counts) in [
                (Place::Path, PATH + PATH_LAST * u32::from(is_last), true),
                (Place::Strong, STRONG, true),
                (Place::Last, LAST, is_last && ends),
            ] {
                for rule in found(place, &word).iter().filter(|_| counts) {
                    let known = best.entry(*rule).or_default();
                    if weight > known.0 {
                        *known = (weight, word.clone());
                    }
                }
            }
        }
        for (rule, (weight, word)) in best {
            self.cast(rule, weight, format!("path \"{word}\""));
        }
    }

    fn fields(&mut self, record: &EndpointRecord) {
        let params = record.params.iter().filter(|param| param.place != ParamPlace::Path && !param.stray);
        self.named(Place::Sent, FIELD, "parameter", params.map(|param| param.name.as_str()));
        let good = record.responses.iter().filter(|response| (200..300).contains(&response.status));
        let fields = good.flat_map(|response| &response.fields);
        self.named(Place::Returned, FIELD, "answers", fields.map(|field| field.pointer.as_str()));
        self.classes(Place::Takes, "sent", record.data.received.keys().map(model::DataName::as_str));
        self.classes(Place::Returns, "returned", record.data.returned.keys().map(model::DataName::as_str));
    }

    /// Names of fields, by their last part: a few of one function count.
    fn named<'a>(&mut self, place: Place, weight: u32, what: &str, names: impl Iterator<Item = &'a str>) {
        let mut counted = BTreeMap::<usize, u32>::new();
        let bare = |name: &str| {
            let last = name.rsplit(['/', '.']).find(|part| !part.is_empty() && *part != "*").unwrap_or_default();
            last.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect::<String>()
        };
        let distinct: BTreeSet<String> = names.map(bare).collect();
        for name in distinct {
            for rule in found(place, &name) {
                let count = counted.entry(*rule).or_default();
                *count += 1;
                if *count <= FIELDS_COUNTED {
                    self.cast(*rule, weight, format!("{what} {name}"));
                }
            }
        }
    }

    fn classes<'a>(&mut self, place: Place, what: &str, classes: impl Iterator<Item = &'a str>) {
        for class in classes {
            for rule in found(place, class) {
                self.cast(*rule, DATA, format!("{class} {what}"));
            }
        }
    }

    fn media(&mut self, record: &EndpointRecord) {
        for (at, rule) in INDEX.rules.iter().enumerate() {
            let both = [(&rule.media_in, &record.request_types), (&rule.media_out, &record.response_types)];
            for (starts, types) in both {
                let found = types.keys().find(|media| starts.iter().any(|start| media.starts_with(start.as_str())));
                if let Some(media) = found {
                    self.cast(at, MEDIA, format!("type {media}"));
                }
            }
        }
    }
}

/// Rules in which a word stands at that place.
fn found(place: Place, word: &str) -> &'static [usize] {
    INDEX.words.get(&(place, word.to_owned())).map_or(&[], Vec::as_slice)
}

/// Words of a segment in lower case; none of a value.
fn words(segment: &str) -> Vec<String> {
    let mut out = Vec::new();
    // Of `{id}:cancel` and `{int}.json` what stands outside of braces is said by the API.
    let mut depth = 0_u32;
    let mut word = String::new();
    let mut before = ' ';
    for c in segment.chars().chain([' ']) {
        depth = match c {
            '{' => depth + 1,
            '}' => depth.saturating_sub(1),
            _ => depth,
        };
        let inside = depth > 0 || c == '}' || !c.is_alphanumeric();
        let hump = c.is_uppercase() && before.is_lowercase();
        if (inside || hump) && !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        if !inside {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    out
}

/// Each word, and each two that follow each other, with the segment they end in.
fn phrases<'w>(words: &'w [(usize, &String)]) -> impl Iterator<Item = (usize, String)> + use<'w> {
    let pairs = words.windows(2).filter_map(|pair| match pair {
        [(_, a), (at, b)] => Some((*at, format!("{a} {b}"))),
        _ => None,
    });
    words.iter().map(|(at, word)| (*at, (*word).clone())).chain(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::DataClass;
    use model::endpoint::{FieldRecord, ParamRecord, ResponseRecord};

    fn record(method: &str, template: &str, sent: &[&str], returned: &[&str]) -> EndpointRecord {
        let param =
            |name: &&str| ParamRecord { name: (*name).into(), place: ParamPlace::Body, ..ParamRecord::default() };
        let field = |name: &&str| FieldRecord { pointer: (*name).into(), ..FieldRecord::default() };
        EndpointRecord {
            method: method.into(),
            template: template.into(),
            params: sent.iter().map(param).collect(),
            responses: vec![ResponseRecord {
                status: 200,
                fields: returned.iter().map(field).collect(),
                ..ResponseRecord::default()
            }],
            ..EndpointRecord::default()
        }
    }

    #[test]
    fn the_table_is_whole() {
        let table: Table = toml::from_str(include_str!("functions.toml")).unwrap();
        let mut names: Vec<_> = table.function.iter().map(|rule| rule.name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), table.function.len());
        let classes: BTreeSet<_> = DataClass::ALL.iter().map(|class| class.as_str()).collect();
        for rule in &table.function {
            assert!(!rule.method.is_empty(), "{}", rule.name);
            for class in rule.takes.iter().chain(&rule.returns) {
                assert!(classes.contains(class.as_str()), "{class} is no data class");
            }
            for word in rule.path.iter().chain(&rule.strong).chain(&rule.last).chain(&rule.deny) {
                assert!(word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ' '), "{word}");
            }
            for name in rule.sent.iter().chain(&rule.returned) {
                assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{name}");
            }
        }
    }

    #[test]
    fn functions_are_told_by_what_comes_together() {
        for (method, template, sent, returned, want) in [
            ("POST", "/v1/login", &["/email", "/password"][..], &["/token"][..], Some("login")),
            ("POST", "/api/auth/sign-in", &["/username", "/password"], &[], Some("login")),
            ("POST", "/users", &["/email", "/password", "/firstName"], &["/id"], Some("registration")),
            ("POST", "/signUp", &["/email"], &[], Some("registration")),
            ("POST", "/auth/password/reset", &["/email"], &[], Some("password_reset")),
            ("POST", "/oauth/token", &["grant_type", "client_id"], &["/access_token"], Some("token")),
            ("POST", "/v1/payment_intents", &["amount", "currency"], &["/id"], Some("payment")),
            ("POST", "/v1/orders", &["/items"], &["/id"], Some("order")),
            ("GET", "/v1/orders", &["page", "limit"], &["/items/*/id", "/total"], Some("list")),
            ("GET", "/search/{str}", &["q"], &[], Some("search")),
            ("GET", "/healthz", &[], &["/ok"], Some("health")),
            ("POST", "/files/upload", &[], &[], Some("upload")),
            ("GET", "/reports/{int}/export", &[], &[], Some("export")),
            ("DELETE", "/admin/users/{int}", &[], &[], Some("admin")),
            ("POST", "/admin/roles", &["/name"], &[], Some("admin")),
            ("POST", "/hooks/stripe", &["/event"], &[], Some("webhook")),
            // Decoys: a value at the end, a word within another word, and a word with nothing beside it.
            ("GET", "/v1/products/{int}", &[], &["/id", "/name"], None),
            ("POST", "/v1/users", &["/role"], &["/id"], None),
            ("GET", "/blogins/{int}", &[], &[], None),
            ("GET", "/articles/{str}/author", &[], &["/token"], None),
            ("GET", "/devices/{int}/token-ring", &[], &[], None),
        ] {
            let told = of(&record(method, template, sent, returned));
            assert_eq!(told.as_ref().map(|f| f.name), want, "{method} {template}: {told:?}");
        }
    }

    #[test]
    fn words_are_those_of_the_api() {
        assert_eq!(words("signInWithPassword"), ["sign", "in", "with", "password"]);
        assert_eq!(words("{int}:cancel"), ["cancel"]);
        assert_eq!(words("{user_id}"), Vec::<String>::new());
        assert_eq!(words("reset-password.json"), ["reset", "password", "json"]);
    }
}
