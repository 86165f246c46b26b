//! Mass assignment: a call carries a field of privileges that nobody else sends there (OWASP API3:2023).
//!
//! Judged: names of body fields, form fields and arguments of calls that change something and succeed, against the fields
//! that the endpoint's callers sent so far. Only names that speak of privileges or of what the service sets are judged:
//! any other new field is a release more often than an attack.

use std::time::Duration;

use model::ParamPlace;
use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::{About, Call, Concern, DAY, Key, Model, Monitor, Verdict, changes, fact, who, words};
use crate::models::distinct::Distinct;
use crate::models::mix;

pub(crate) struct MassAssignment;

/// `-ln` of the rate of false alarms for one caller of an endpoint that sends such a name at all, 1e-3.
const RARE: f64 = 6.9;
/// How rarely a name that raises its sender is an ordinary field: one in a hundred; one that is the service's to set: one in
/// twenty.
const RAISING: f64 = 4.6;
const SERVICES: f64 = 3.0;
/// A second such field is no independent evidence: it is worth half.
const FURTHER: f64 = 0.5;
/// Callers and days that an endpoint's fields are known by.
const CALLERS_MIN: u32 = 5;
const LEARNED: Duration = Duration::from_secs(DAY);
/// Names kept of one endpoint, 11 bytes each in its row. With more its callers choose names freely, and nothing is judged.
const NAMES_MAX: usize = 128;

/// Fields of one endpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Fields {
    callers: Distinct,
    /// Hash of a name, and by whom it was sent: 0 for several.
    names: Vec<(u32, u32)>,
    full: bool,
}

/// What one caller sent beyond them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sent {
    names: Distinct,
    raising: bool,
    /// The most telling name, and all of them together, in nats.
    most: f64,
    sum: f64,
    callers: u32,
}

impl Model for Fields {
    fn merge(&mut self, other: &Self) {
        self.callers.merge(&other.callers);
        self.full |= other.full;
        for (name, sender) in &other.names {
            self.add(*name, *sender);
        }
    }
}

impl Model for Sent {
    fn merge(&mut self, other: &Self) {
        self.names.merge(&other.names);
        self.raising |= other.raising;
        (self.most, self.sum) = (self.most.max(other.most), self.sum.max(other.sum));
        self.callers = self.callers.max(other.callers);
    }
}

impl Fields {
    fn add(&mut self, name: u32, sender: u32) {
        if self.full {
            return;
        }
        match self.names.binary_search_by_key(&name, |(known, _)| *known) {
            Ok(at) => {
                if let Some((_, known)) = self.names.get_mut(at)
                    && *known != sender
                {
                    *known = 0;
                }
            }
            Err(at) if self.names.len() < NAMES_MAX => self.names.insert(at, (name, sender)),
            Err(_) => (self.full, self.names) = (true, Vec::new()),
        }
    }

    /// Whether nobody else sent it.
    fn is_foreign(&self, name: u32, sender: u32) -> bool {
        let known = self.names.binary_search_by_key(&name, |(known, _)| *known);
        known.is_ok_and(|at| self.names.get(at).is_some_and(|(_, by)| *by == sender)) || known.is_err()
    }
}

/// Names of fields that a call sends, with their hashes.
fn fields<'a>(call: &Call<'a>) -> impl Iterator<Item = (u32, &'a [u8])> + use<'a> {
    let seen = call.seen;
    let sent = |place| matches!(place, ParamPlace::Body | ParamPlace::Form | ParamPlace::Argument | ParamPlace::Query);
    seen.params().iter().filter(move |param| sent(param.place)).map(move |param| {
        let name = seen.text(param.name);
        (hash(param.place, name), name)
    })
}

/// Stands for a name, whatever its case.
fn hash(place: ParamPlace, name: &[u8]) -> u32 {
    let add = |hash: u64, byte: &u8| (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3);
    mix(name.iter().fold(mix(place as u64 + 1), add)) as u32
}

/// Of them those that nobody else sent and that say something, with the strength of what they say.
fn foreign<'a>(call: &Call<'a>, known: &'a Fields) -> impl Iterator<Item = (u32, u8)> + use<'a> {
    let me = sender(call);
    let new = fields(call).filter(move |(hash, _)| known.is_foreign(*hash, me));
    new.map(|(hash, name)| (hash, words::field(name))).filter(|(_, strength)| *strength > 0)
}

/// Never 0, which stands for several.
fn sender(call: &Call<'_>) -> u32 {
    (who(call) as u32).max(1)
}

impl Monitor for MassAssignment {
    type Common = Fields;
    type Model = Sent;

    const INFO: DetectorInfo = DetectorInfo {
        id: "mass-assignment",
        version: 1,
        subject: "identity_endpoint",
        quiet: Duration::from_hours(2),
        doc: "detectors/mass-assignment.md",
        owasp: &["API3:2023"],
        cwe: &["CWE-915"],
        attack: &["T1190", "T1098"],
        next: "Look whether the server took the field over, reset it, and bind only the fields that a caller may set.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let row = call.row();
        let endpoint = call.endpoint.filter(|_| row.succeeded() && row.params.len > 0 && changes(call))?;
        Some(Concern { subject: Some(Key::on(row.identity.id, endpoint.0)), common: Some(Key::endpoint(endpoint)) })
    }

    fn worth(call: &Call<'_>, common: Option<&Fields>) -> bool {
        common.is_some_and(|known| foreign(call, known).next().is_some())
    }

    fn judge(call: &Call<'_>, common: Option<&Fields>, sent: &mut Sent, open: bool) -> Verdict {
        let Some(known) = common.filter(|known| !known.full) else { return Verdict::Quiet };
        let callers = known.callers.len();
        if callers < CALLERS_MIN || call.learned_for() < LEARNED {
            return Verdict::Quiet;
        }
        let mut any = false;
        for (name, strength) in foreign(call, known) {
            any = true;
            if !sent.names.insert(mix(u64::from(name))) {
                continue;
            }
            let weight = if strength > 1 { RAISING } else { SERVICES };
            sent.raising |= strength > 1;
            (sent.most, sent.sum) = (sent.most.max(weight), sent.sum + weight);
        }
        if !any {
            return Verdict::Quiet;
        }
        sent.callers = callers;
        // None of so many callers sent it: the next one does in one of so many cases at most.
        let weight = f64::from(callers + 1).ln() + sent.most + (sent.sum - sent.most) * FURTHER;
        if open || weight + 1e-6 >= RARE { Verdict::Cause(sent.severity()) } else { Verdict::Note }
    }

    fn learn(call: &Call<'_>, known: &mut Fields) {
        let me = sender(call);
        known.callers.insert(who(call));
        for (name, _) in fields(call) {
            known.add(name, me);
        }
    }

    fn closed(sent: &mut Sent) {
        *sent = Sent::default();
    }

    fn report(about: &About, sent: &Sent) -> Report {
        let (names, callers) = (sent.names.len(), sent.callers);
        let what = if sent.raising { "of privileges" } else { "that the service sets" };
        Report {
            severity: sent.severity(),
            confidence: (f32::from(about.kind.confidence().max(70)) * callers as f32
                / (callers as f32 + CALLERS_MIN as f32))
                .round()
                / 100.0,
            title: format!("unexpected fields {what}: {names} that no other caller sends here"),
            expected: vec![fact("callers", callers, format!("none of {callers} callers sent such a field"))],
            observed: vec![fact("unexpected_fields", names, format!("{names} such fields, answered with success"))],
            peers: Vec::new(),
            ruled_out: vec![
                "a field that others send too".to_owned(),
                "a refused attempt: it was answered with success".to_owned(),
            ],
        }
    }
}

impl Sent {
    const fn severity(&self) -> Severity {
        if self.raising { Severity::High } else { Severity::Medium }
    }
}
