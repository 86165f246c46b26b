//! API fuzzing: a client sends one malformed call after another and reads the errors (OWASP API8:2023).
//!
//! Judged: distinct kinds of refused input of one network in a day. A kind is an endpoint, a status and the names and shapes
//! of what was sent: a client with a bug repeats one kind, a fuzzer makes new ones. Where a path does not have the method it is
//! what the path begins with that makes a kind. Compared with a sample of other networks;
//! of an address with many identities as much as so many people make is expected.

use std::time::Duration;

use model::finding::{DetectorInfo, Fact, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use crate::models::distinct::Distinct;
use crate::models::sample::Sample;
use crate::models::{mix, tail};

pub(crate) struct ApiFuzzing;

/// `-ln` of the rate of false alarms for one look, 1e-6; only new kinds are looked at.
const RARE: f64 = 13.8;
/// Networks whose refused input tells what is usual.
const NETWORKS_MAX: usize = 64;
/// Kinds expected of a person in a day where nothing is known, and how many networks that is worth.
const PRIOR_KINDS: f64 = 1.5;
const PRIOR_NETWORKS: f64 = 8.0;
/// From here on a network tells nothing about what is usual.
const KINDS_MAX: u32 = 12;

/// A network of the sample: its kinds of the day, and the most of any day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Network {
    day: u32,
    kinds: Vec<u32>,
    most: u32,
}

/// What networks usually send that is refused.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Usual {
    networks: Sample<Network>,
}

/// What one network sends.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Mine {
    day: u32,
    kinds: Distinct,
    endpoints: Distinct,
    people: Distinct,
    failures: u32,
    /// As told.
    usual: f32,
    networks: u32,
}

impl Model for Usual {
    fn merge(&mut self, other: &Self) {
        self.networks.merge(&other.networks, NETWORKS_MAX, |mine, theirs| mine.most = mine.most.max(theirs.most));
    }
}

impl Model for Mine {
    fn merge(&mut self, other: &Self) {
        self.kinds.merge(&other.kinds);
        self.endpoints.merge(&other.endpoints);
        self.people.merge(&other.people);
        self.failures = self.failures.saturating_add(other.failures);
    }
}

impl Usual {
    /// Mean number of kinds, and of how many networks.
    fn mean(&self, me: u64) -> (f64, u32) {
        let (mut sum, mut n) = (PRIOR_KINDS * PRIOR_NETWORKS, PRIOR_NETWORKS);
        let mut networks = 0;
        for network in self.networks.others(me) {
            sum += f64::from(network.most.max(network.kinds.len() as u32).min(KINDS_MAX));
            n += 1.0;
            networks += 1;
        }
        (sum / n, networks)
    }
}

fn day(call: &Call<'_>) -> u32 {
    (call.now().seconds() / 86_400) as u32
}

fn failed(call: &Call<'_>) -> bool {
    let row = call.row();
    // Objects go, and who changes them comes too late; where the path names none, what the body says leads nowhere.
    let no_object = || call.name().is_some_and(|name| name.variables.is_empty());
    let nowhere = row.status == 404 && !matches!(call.seen.method(), b"GET" | b"HEAD") && no_object();
    nowhere || matches!(row.status, 400 | 405 | 406 | 411 | 413..=415 | 422 | 431 | 500..=599) || row.failed
}

/// A method that the path does not have (RFC 9110 §15.5.6): such a call names no endpoint. Where paths and methods are looked
/// up together, the answer is 404.
fn no_such_method(call: &Call<'_>) -> bool {
    let unusual = || !matches!(call.seen.method(), b"GET" | b"HEAD" | b"POST");
    call.endpoint.is_none() && (call.row().status == 405 || call.row().status == 404 && unusual())
}

/// Endpoint, status, and names and shapes of what was sent.
fn kind(call: &Call<'_>) -> u64 {
    let row = call.row();
    let mut kind = if no_such_method(call) { no_endpoint(call) } else { mix(row.name_hash ^ u64::from(row.status)) };
    for (segment, at) in call.seen.segments().iter().zip(1..) {
        kind = kind.wrapping_add(mix(at << 8 | segment.class as u64));
    }
    for param in call.seen.params() {
        kind = kind.wrapping_add(mix(word(u64::from(param.class as u8), call.seen.text(param.name))));
    }
    for operation in call.seen.operations() {
        kind = kind.wrapping_add(mix(operation.hash));
    }
    mix(kind)
}

/// Method, and what the path begins with: a client that uses a wrong method on many objects makes one kind.
fn no_endpoint(call: &Call<'_>) -> u64 {
    call.seen
        .segments()
        .iter()
        .take(1)
        .fold(word(405, call.seen.method()), |hash, segment| word(mix(hash), call.seen.text(segment.text)))
}

fn word(before: u64, text: &[u8]) -> u64 {
    text.iter().fold(before, |hash, byte| hash.wrapping_mul(31) ^ u64::from(*byte))
}

impl Monitor for ApiFuzzing {
    type Common = Usual;
    type Model = Mine;

    const AT_WORK: Severity = Severity::High;
    const INFO: DetectorInfo = DetectorInfo {
        id: "api-fuzzing",
        version: 1,
        subject: "network",
        quiet: Duration::from_hours(1),
        doc: "detectors/api-fuzzing.md",
        owasp: &["API8:2023"],
        cwe: &["CWE-20"],
        attack: &["T1595.002"],
        next: "If nobody of yours tests here, block the client; then look at the calls that were answered with 5xx.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        if !no_such_method(call) {
            call.endpoint.filter(|_| failed(call))?;
        }
        // One common model for all: what people get wrong does not depend on the endpoint.
        Some(Concern { subject: Some(Key::of(call.network())), common: Some(Key::of(model::Id::default())) })
    }

    fn judge(call: &Call<'_>, common: Option<&Usual>, mine: &mut Mine, open: bool) -> Verdict {
        let day = day(call);
        if day > mine.day && !open {
            *mine = Mine::default();
        }
        mine.day = day;
        mine.failures = mine.failures.saturating_add(1);
        mine.people.insert(mix(call.row().identity.id.prefix()));
        if call.endpoint.is_some() {
            mine.endpoints.insert(mix(call.row().name_hash));
        }
        let new = mine.kinds.insert(kind(call));
        if open {
            return Verdict::Cause(Severity::Medium);
        }
        if !new {
            return Verdict::Quiet;
        }
        let me = call.network().prefix();
        let (mean, networks) = common.map_or((PRIOR_KINDS, 0), |usual| usual.mean(me));
        if tail::people(mine.kinds.len(), mean, mine.people.len()) < RARE {
            return Verdict::Note;
        }
        (mine.usual, mine.networks) = (mean as f32, networks);
        Verdict::Cause(Severity::Medium)
    }

    fn learn(call: &Call<'_>, usual: &mut Usual) {
        let (day, kind) = (day(call), kind(call) as u32);
        let Some(network) = usual.networks.of(call.network().prefix(), NETWORKS_MAX) else { return };
        if day > network.day {
            network.most = network.most.max(network.kinds.len() as u32);
            (network.day, network.kinds) = (day, Vec::new());
        }
        if network.kinds.len() < KINDS_MAX as usize && !network.kinds.contains(&kind) {
            network.kinds.push(kind);
        }
    }

    fn closed(mine: &mut Mine) {
        *mine = Mine::default();
    }

    fn report(about: &About, mine: &Mine) -> Report {
        let (kinds, endpoints, people) = (mine.kinds.len(), mine.endpoints.len(), mine.people.len());
        Report {
            severity: Severity::Medium,
            confidence: (f32::from(about.kind.confidence()) * 1.5).round() / 100.0,
            title: format!("{kinds} kinds of malformed calls on {endpoints} paths were refused"),
            expected: vec![fact(
                "kinds",
                f64::from(mine.usual),
                format!("about {:.1} kinds a day; learned from {} other networks", mine.usual, mine.networks),
            )],
            observed: vec![
                fact(
                    "kinds",
                    f64::from(kinds),
                    format!("{kinds} kinds of input (path, names, shapes) that were refused"),
                ),
                fact("failures", f64::from(mine.failures), format!("{} calls refused or failed", mine.failures)),
                fact("identities", f64::from(people), format!("{people} identities at this address")),
            ],
            peers: Vec::new(),
            ruled_out: vec![
                "a client with a bug: it repeats one kind, and kinds are counted once".to_owned(),
                "many people behind one address: as much as so many make is expected".to_owned(),
            ],
        }
    }
}

fn fact(name: &'static str, value: f64, text: String) -> Fact {
    Fact { name: name.into(), value, text }
}
