//! What one network tried.

use std::collections::BTreeSet;
use std::fmt;

use model::finding::{Fact, Severity};
use model::flow::{HostPort, ip_of};
use model::life::Report;
use model::payload::{Weight, by_number};
use model::{CallOut, Contact, PacketTime, ParamPlace, Signal};
use serde::{Deserialize, Serialize};

use super::waits::{Wait, Waits};
use crate::monitors::{About, Model};

/// Rules, and places with names, that are remembered; what more there are is counted with the calls.
const SHOWN_MAX: usize = 8;
/// Calls without success that are more than a mistake, where no rule is certain.
const CALLS_MIN: u32 = 3;
/// Weak payloads further apart than this many seconds are not of one cause.
const GAP_SECONDS: u64 = 24 * 3600;
/// Delays prove something from here on, in thousandths of `-ln` of a rate of false alarms of 1 % among such calls.
const SURPRISE_MIN: u32 = 4_605;

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
    /// Connections that servers opened because of it.
    #[serde(default)]
    connections: Vec<Connection>,
    /// Delays that payloads asked for and got, with how much all of them surprise, in thousandths.
    #[serde(default)]
    waits: Vec<Wait>,
    #[serde(default)]
    surprise: u32,
}

/// A connection that a server opened because it was told to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Connection {
    server: [u8; 16],
    to: HostPort,
    delay_millis: u64,
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
        self.connections.extend(other.connections.iter().cloned());
        self.connections.sort_unstable();
        self.connections.dedup();
        self.connections.truncate(SHOWN_MAX);
        self.waits.extend(&other.waits);
        self.waits.sort_unstable();
        self.waits.truncate(SHOWN_MAX);
        self.surprise = self.surprise.saturating_add(other.surprise);
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

    /// Takes a connection that a server opened because of it.
    pub(super) fn connected(&mut self, call_out: &CallOut) {
        let Contact { from, to, at, .. } = call_out.contact;
        let delay_millis = at.since(call_out.asked_at).as_millis() as u64;
        if self.connections.len() < SHOWN_MAX {
            self.connections.push(Connection { server: from, to, delay_millis });
        }
    }

    /// Takes a delay that a payload asked for and got; whether that shows by now that it was the cause.
    pub(super) fn waited(&mut self, asked: u64, micros: u32, others: Option<&Waits>) -> bool {
        let wait = others.unwrap_or(&Waits::default()).beside(asked, u64::from(micros / 1_000));
        self.surprise = self.surprise.saturating_add(wait.surprise());
        if self.waits.len() < SHOWN_MAX {
            self.waits.push(wait);
        }
        self.delayed()
    }

    /// Whether the delays are no chance.
    const fn delayed(&self) -> bool {
        self.surprise >= SURPRISE_MIN
    }

    /// Whether a rule matched that nothing innocent does.
    fn is_certain(&self) -> bool {
        self.rules.iter().filter_map(|number| by_number(*number)).any(|rule| rule.weight == Weight::Certain)
    }

    /// How much attempts without success matter.
    pub(super) fn attempted(&self) -> Severity {
        if self.is_certain() || self.calls >= CALLS_MIN { Severity::Medium } else { Severity::Low }
    }

    /// Texts of the finding.
    pub(super) fn report(&self, what: &str, about: &About) -> Report {
        let (calls, proved) = (about.count, self.proved);
        let rules: Vec<_> = self.rules.iter().filter_map(|number| by_number(*number)).collect();
        let certain = self.is_certain();
        let classes: BTreeSet<&str> = rules.iter().map(|rule| rule.class.as_str()).collect();
        let weaknesses: BTreeSet<&str> = rules.iter().map(|rule| rule.class.cwe()).collect();
        let names: Vec<&str> = rules.iter().map(|rule| rule.name).collect();
        let places: Vec<&str> = self.places.iter().map(String::as_str).collect();
        let classes = join(classes);
        let mut shown = self.proofs.iter().filter_map(|number| by_number(*number));
        let only_errors = shown.all(|rule| rule.name.ends_with("-error"));
        let outcome = match self.connections.first() {
            Some(connection) => format!("succeeded: {connection}"),
            None if proved > 0 && !only_errors => "succeeded: answers show it".to_owned(),
            None if self.delayed() => "succeeded: answers took as long as was asked for".to_owned(),
            None if proved > 0 => "answers show an error of what believed them".to_owned(),
            None => "attempted, no answer shows success".to_owned(),
        };
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
        if let (true, Some(wait)) = (self.delayed(), self.waits.iter().max_by_key(|wait| wait.surprise())) {
            let (took, asked, slow, calls) = (delay(wait.took), delay(wait.asked), wait.slow, wait.calls);
            let others = format!("{slow} of about {calls} other calls take so long");
            let text =
                format!("{} answers took as long as was asked for: {took} for {asked}; {others}", self.waits.len());
            observed.push(fact("delays", self.waits.len() as f64, text));
        }
        if !self.connections.is_empty() {
            let all: Vec<String> = self.connections.iter().map(Connection::to_string).collect();
            observed.push(fact("connections", all.len() as f64, all.join("; ")));
        }
        let severity = match (self.connections.is_empty(), proved) {
            (false, _) => Severity::Critical,
            (true, 0) if !self.delayed() => self.attempted(),
            (true, _) => Severity::High,
        };
        Report {
            severity,
            confidence: match severity {
                Severity::Critical => 0.99,
                Severity::High => 0.95,
                _ if certain => 0.95,
                _ => 0.8,
            },
            title: format!("{calls} calls with {what}; {outcome}"),
            expected: vec![fact("calls", 0.0, "no values of this kind under these names".to_owned())],
            observed,
            peers: Vec::new(),
            ruled_out: vec!["content that several callers send under that name, as to a paste service".to_owned()],
        }
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its frame stands in the evidence.
        let (server, to) = (ip_of(&self.server), self.to);
        write!(f, "the server {server} opened a connection to {to} {} later", delay(self.delay_millis))
    }
}

/// A time as it is read.
pub(super) fn delay(millis: u64) -> String {
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..10_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        _ => format!("{} s", millis / 1_000),
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
