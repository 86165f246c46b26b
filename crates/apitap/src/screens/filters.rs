//! Filters of lists that are typed as words: one of several with commas, all of several when repeated.

use std::collections::{BTreeMap, BTreeSet};

use discovery::about::function;
use model::{DataClass, DataName, EndpointRecord, OwnClass};

use super::tags::{self, Age, Tag};
use super::text;
use crate::config::data_classes::is_word;
use crate::suggest::nearest;

/// Tags of which an endpoint must have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnyTag(Vec<Tag>);

/// Data classes of which an endpoint must show one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnyData(Vec<Shown>);

/// Functions of which an endpoint must have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnyFunction(Vec<String>);

/// Where data of a class is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    place: Place,
    /// A name, or a short word that several classes share.
    class: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Anywhere,
    Requests,
    Answers,
    /// Answers to calls without credentials.
    Open,
}

/// Places by the word before the colon.
const PLACES: [(&str, Place); 3] = [("in", Place::Requests), ("out", Place::Answers), ("unauth", Place::Open)];

/// `sensitive`, or `new,returned`.
pub(crate) fn tags(text: &str) -> Result<AnyTag, String> {
    let one = |word: &str| {
        Tag::ALL
            .into_iter()
            .find(|tag| tag.as_str() == word)
            .ok_or_else(|| unknown("tag", word, &Tag::ALL.map(Tag::as_str)))
    };
    text.split(',').map(|word| one(word.trim())).collect::<Result<_, _>>().map(AnyTag)
}

/// `email`, or `out:card,unauth:email`.
pub(crate) fn data(text: &str) -> Result<AnyData, String> {
    text.split(',').map(|part| shown(part.trim())).collect::<Result<_, _>>().map(AnyData)
}

/// `login`, or `payment,order`.
pub(crate) fn functions(text: &str) -> Result<AnyFunction, String> {
    let known: Vec<&str> = function::names().collect();
    let one = |word: &str| {
        if known.contains(&word) { Ok(word.to_owned()) } else { Err(unknown("function", word, &known)) }
    };
    text.split(',').map(|word| one(word.trim())).collect::<Result<_, _>>().map(AnyFunction)
}

fn shown(part: &str) -> Result<Shown, String> {
    let (place, class) = match part.split_once(':') {
        None => (Place::Anywhere, part),
        Some((word, class)) => {
            let known = PLACES.iter().find(|(name, _)| *name == word).map(|(_, place)| *place);
            (known.ok_or_else(|| unknown("place", word, &PLACES.map(|(name, _)| name)))?, class)
        }
    };
    // Whether it is one of those of a configuration, only what was read can tell.
    if !is_word(class) {
        return Err(unknown("data class", class, &built_in()));
    }
    Ok(Shown { place, class: class.to_owned() })
}

/// Names and short words of the classes built in.
fn built_in() -> Vec<&'static str> {
    let mut words: Vec<&str> = DataClass::ALL.iter().flat_map(|class| [class.as_str(), class.word()]).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// What is wrong with filters over these endpoints: a class that is neither built in nor defined by the runs that made them.
pub(crate) fn check_data(
    filters: &[AnyData],
    endpoints: &[EndpointRecord],
    defined: &[OwnClass],
) -> Result<(), String> {
    let asked: Vec<&str> = filters.iter().flat_map(|any| &any.0).map(|shown| shown.class.as_str()).collect();
    let known = built_in();
    if asked.iter().all(|class| known.contains(class)) {
        return Ok(());
    }
    let mut words: BTreeSet<&str> = known.into_iter().collect();
    words.extend(defined.iter().flat_map(|own| [&*own.name, &*own.category]));
    let read = endpoints.iter().flat_map(|endpoint| &endpoint.data.own);
    words.extend(read.flat_map(|own| [&*own.name, &*own.category]));
    let words: Vec<&str> = words.into_iter().collect();
    let wrong = asked.iter().find(|class| !words.contains(class));
    wrong.map_or(Ok(()), |class| Err(unknown("data class", class, &words)))
}

fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let near =
        nearest(word, known.iter().copied()).map_or_else(|| ".".to_owned(), |near| format!("; did you mean {near}?"));
    format!("there is no {what} \"{}\"{near} Known are {}", text::inert(word), known.join(", "))
}

/// On how many endpoints which data was seen in answers, and in answers to calls without authentication: what is said when
/// a filter by data leaves nothing.
pub(crate) fn data_in_answers(endpoints: &[EndpointRecord]) -> String {
    let counted = |of: fn(&EndpointRecord) -> &BTreeMap<DataName, u64>| {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for endpoint in endpoints {
            let words: BTreeSet<&str> = of(endpoint).keys().map(DataName::as_str).collect();
            for word in words {
                *counts.entry(word).or_default() += 1;
            }
        }
        let told: Vec<String> = counts.iter().map(|(word, n)| format!("{word} {}", text::grouped(*n))).collect();
        if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
    };
    format!(
        "Endpoints by data in answers: {}; without authentication: {}.",
        counted(|endpoint| &endpoint.data.returned),
        counted(|endpoint| &endpoint.data.unauthenticated)
    )
}

impl AnyTag {
    /// Whether the endpoint has one of them.
    pub(crate) fn holds(&self, endpoint: &EndpointRecord, age: Age) -> bool {
        self.0.iter().any(|tag| tags::has(endpoint, *tag, age))
    }
}

impl AnyFunction {
    /// Whether it is the endpoint's.
    pub(crate) fn holds(&self, endpoint: &EndpointRecord) -> bool {
        function::of(endpoint).is_some_and(|told| self.0.iter().any(|name| name == told.name))
    }
}

impl AnyData {
    /// Whether the endpoint shows one of them.
    pub(crate) fn holds(&self, endpoint: &EndpointRecord) -> bool {
        self.0.iter().any(|shown| shown.holds(endpoint))
    }
}

impl Shown {
    fn holds(&self, endpoint: &EndpointRecord) -> bool {
        let data = &endpoint.data;
        let (requests, answers) = match self.place {
            Place::Anywhere => (Some(&data.received), Some(&data.returned)),
            Place::Requests => (Some(&data.received), None),
            Place::Answers => (None, Some(&data.returned)),
            Place::Open => (None, Some(&data.unauthenticated)),
        };
        let classes = requests.into_iter().chain(answers).flat_map(|counts| counts.keys());
        classes.into_iter().any(|class| class.as_str() == self.class || data.word(class) == self.class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_mean_one_of_them_and_places_are_told_apart() {
        let mut endpoint = EndpointRecord { unauthenticated_successes: 3, ..EndpointRecord::default() };
        endpoint.data.returned.insert(DataClass::Email.into(), 9);
        endpoint.data.received.insert(DataClass::UsSsn.into(), 1);
        let holds = |text: &str| data(text).unwrap().holds(&endpoint);
        for (text, expected) in [
            ("email", true),
            ("out:email", true),
            ("in:email", false),
            ("unauth:email", false),
            ("card,email", true),
            ("us_ssn", true),
            ("nat-id", true),
            ("in:nat-id", true),
            ("out:nat-id,card", false),
        ] {
            assert_eq!(holds(text), expected, "{text}");
        }
        assert!(tags("gone,unauth").unwrap().holds(&endpoint, Age::default()));
        assert!(!tags("gone").unwrap().holds(&endpoint, Age::default()));
    }

    #[test]
    fn classes_of_a_configuration_are_known_by_what_was_read_or_is_configured() {
        let mut endpoint = EndpointRecord::default();
        endpoint.data.returned.insert(String::from("staff-number").into(), 3);
        let own = |name: &str| OwnClass { name: name.into(), category: "hr".into(), severity: model::Severity::Low };
        endpoint.data.own.push(own("staff-number"));
        for (text, holds) in [("staff-number", true), ("out:hr", true), ("in:hr", false), ("email", false)] {
            let filter = data(text).unwrap();
            assert_eq!(filter.holds(&endpoint), holds, "{text}");
            assert_eq!(check_data(&[filter], std::slice::from_ref(&endpoint), &[]), Ok(()), "{text}");
        }
        let filter = [data("staff-nummber").unwrap()];
        let told = check_data(&filter, std::slice::from_ref(&endpoint), &[]).unwrap_err();
        assert!(told.contains("did you mean staff-number?"), "{told}");
        assert_eq!(check_data(&filter, &[], &[own("staff-nummber")]), Ok(()));
    }

    #[test]
    fn unknown_words_lead_to_known_ones() {
        let told = |text: &str| check_data(&[data(text).unwrap()], &[], &[]);
        assert!(told("emial").unwrap_err().contains("did you mean email?"));
        assert!(told("email,out:nat-id").is_ok() && data("E MAIL").is_err());
        assert!(data("open:email").unwrap_err().contains("Known are in, out, unauth"));
        assert!(tags("unauth,dormnt").unwrap_err().contains("did you mean dormant?"));
        assert!(tags("").is_err() && functions("login,payment").is_ok());
        assert!(functions("paymnt").unwrap_err().contains("did you mean payment?"));
    }
}
