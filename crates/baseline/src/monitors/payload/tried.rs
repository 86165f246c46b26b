//! What one network tried.

use std::collections::BTreeSet;

use model::finding::{Fact, Severity};
use model::life::Report;
use model::payload::{Weight, by_number};
use model::{PacketTime, ParamPlace, Signal};
use serde::{Deserialize, Serialize};

use crate::monitors::{About, Model};

/// Rules, and places with names, that are remembered; what more there are is counted with the calls.
const SHOWN_MAX: usize = 8;
/// Weak payloads further apart than this many seconds are not of one cause.
const GAP_SECONDS: u64 = 24 * 3600;

/// Payloads of one network.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tried {
    pub(super) calls: u32,
    pub(super) points: u32,
    pub(super) proved: u32,
    last: u64,
    /// Numbers of rules.
    rules: BTreeSet<u64>,
    /// Numbers of rules of answers.
    proofs: BTreeSet<u64>,
    /// Places and names of parameters, as rows show them.
    places: BTreeSet<String>,
}

impl Model for Tried {
    fn merge(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.points = self.points.saturating_add(other.points);
        self.proved = self.proved.saturating_add(other.proved);
        self.last = self.last.max(other.last);
        for (mine, theirs) in [(&mut self.rules, &other.rules), (&mut self.proofs, &other.proofs)] {
            mine.extend(theirs);
            while mine.len() > SHOWN_MAX {
                mine.pop_last();
            }
        }
        self.places.extend(other.places.iter().cloned());
        while self.places.len() > SHOWN_MAX {
            self.places.pop_last();
        }
    }
}

impl Tried {
    /// Begins anew when the latest is long ago.
    pub(super) fn forget(&mut self, now: PacketTime, open: bool) {
        if !open && now.seconds().saturating_sub(self.last) > GAP_SECONDS {
            *self = Self::default();
        }
        self.last = now.seconds();
    }

    /// Takes one payload; whether it adds to what is known: another rule or place, or a call more.
    pub(super) fn add(&mut self, signal: &Signal, name: &[u8]) -> bool {
        let place = place(signal.place, name);
        let fresh = !self.rules.contains(&signal.value) || !self.places.contains(&place);
        if self.rules.len() < SHOWN_MAX {
            self.rules.insert(signal.value);
        }
        if self.places.len() < SHOWN_MAX {
            self.places.insert(place);
        }
        fresh
    }

    /// Takes what an answer shows.
    pub(super) fn prove(&mut self, number: u64) {
        if self.proofs.len() < SHOWN_MAX {
            self.proofs.insert(number);
        }
    }

    /// Texts of the finding.
    pub(super) fn report(&self, what: &str, about: &About) -> Report {
        let (calls, proved) = (about.count, self.proved);
        let rules: Vec<_> = self.rules.iter().filter_map(|number| by_number(*number)).collect();
        let certain = rules.iter().any(|rule| rule.weight == Weight::Certain);
        let classes: BTreeSet<&str> = rules.iter().map(|rule| rule.class.as_str()).collect();
        let weaknesses: BTreeSet<&str> = rules.iter().map(|rule| rule.class.cwe()).collect();
        let names: Vec<&str> = rules.iter().map(|rule| rule.name).collect();
        let places: Vec<&str> = self.places.iter().map(String::as_str).collect();
        let classes = join(classes);
        let outcome = if proved > 0 { "answers show success" } else { "attempted, no answer shows success" };
        let mut observed = vec![
            fact("calls", calls as f64, format!("{calls} calls with {what}: {classes} ({})", join(weaknesses))),
            fact("rules", names.len() as f64, format!("rules that matched: {}", names.join(", "))),
            fact("places", places.len() as f64, format!("in {}", places.join(", "))),
        ];
        if proved > 0 {
            let shown = self.proofs.iter().filter_map(|number| by_number(*number)).map(|rule| rule.name);
            observed.push(fact(
                "succeeded",
                f64::from(proved),
                format!("{proved} answers show success: {}", join(shown)),
            ));
        }
        Report {
            severity: if proved > 0 { Severity::High } else { Severity::Medium },
            confidence: if proved > 0 || certain { 0.95 } else { 0.8 },
            title: format!("{calls} calls with {what}; {outcome}"),
            expected: vec![fact("calls", 0.0, "no values of this kind under these names".to_owned())],
            observed,
            peers: Vec::new(),
            ruled_out: vec!["content that several callers send under that name, as to a paste service".to_owned()],
        }
    }
}

fn place(place: ParamPlace, name: &[u8]) -> String {
    match name {
        [] => place.as_str().to_owned(),
        name => format!("{} {}", place.as_str(), String::from_utf8_lossy(name)),
    }
}

fn join<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(", ")
}

fn fact(name: &'static str, value: f64, text: String) -> Fact {
    Fact { name: name.into(), value, text }
}
