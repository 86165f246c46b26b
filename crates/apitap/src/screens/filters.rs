//! Filters of lists that are typed as words: one of several with commas, all of several when repeated.

use std::collections::{BTreeMap, BTreeSet};

use discovery::about::function;
use model::{DataClass, EndpointRecord};

use super::tags::{self, Age, Tag};
use super::text;
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
    let known = |known: &&DataClass| known.as_str() == class || known.word() == class;
    if DataClass::ALL.iter().any(|class| known(&class)) {
        return Ok(Shown { place, class: class.to_owned() });
    }
    let mut words: Vec<&str> = DataClass::ALL.iter().map(|class| class.as_str()).collect();
    words.extend(DataClass::ALL.iter().map(|class| class.word()));
    words.sort_unstable();
    words.dedup();
    Err(unknown("data class", class, &words))
}

fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let near =
        nearest(word, known.iter().copied()).map_or_else(|| ".".to_owned(), |near| format!("; did you mean {near}?"));
    format!("there is no {what} \"{}\"{near} Known are {}", text::inert(word), known.join(", "))
}

/// On how many endpoints which data was seen in answers, and in answers to calls without authentication: what is said when
/// a filter by data leaves nothing.
pub(crate) fn data_in_answers(endpoints: &[EndpointRecord]) -> String {
    let counted = |of: fn(&EndpointRecord) -> &BTreeMap<DataClass, u64>| {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for endpoint in endpoints {
            let words: BTreeSet<&str> = of(endpoint).keys().map(|class| class.word()).collect();
            words.into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
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
        classes.into_iter().any(|class| class.as_str() == self.class || class.word() == self.class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_mean_one_of_them_and_places_are_told_apart() {
        let mut endpoint = EndpointRecord { unauthenticated_successes: 3, ..EndpointRecord::default() };
        endpoint.data.returned.insert(DataClass::Email, 9);
        endpoint.data.received.insert(DataClass::UsSsn, 1);
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
    fn unknown_words_lead_to_known_ones() {
        assert!(data("emial").unwrap_err().contains("did you mean email?"));
        assert!(data("open:email").unwrap_err().contains("Known are in, out, unauth"));
        assert!(tags("unauth,dormnt").unwrap_err().contains("did you mean dormant?"));
        assert!(tags("").is_err() && functions("login,payment").is_ok());
        assert!(functions("paymnt").unwrap_err().contains("did you mean payment?"));
    }
}
