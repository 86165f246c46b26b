//! Over-consumption: one identity takes far more from an endpoint in a day than others do, and than it did before
//! (OWASP API4:2023, API6:2023).
//!
//! Judged: calls and bytes of a running day, against the busiest days of a sample of other callers and against the
//! identity's own earlier days; both must find it rare. Only callers that are already above the others get a model. Silent:
//! while learning, on endpoints with few callers, and about what somebody always did.

use std::hint::black_box;
use std::time::Duration;

use model::finding::{DetectorInfo, Fact, Severity};
use model::life::Report;
use model::{Id, IdentityKind};
use serde::{Deserialize, Serialize};

use super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use crate::models::distinct::Distinct;
use crate::models::mix;
use crate::models::ring::{Ring, Tally};
use crate::models::sample::Sample;
use crate::models::spread::{Spread, settled};

pub(crate) struct OverConsumption;

/// `-ln` of the rate of false alarms for one look, 1e-6; only callers above the others are looked at.
const RARE: f64 = 13.8;
/// Callers of one endpoint that are followed, and how many of them make a reference.
const CALLERS_MAX: usize = 24;
const SUPPORT_MIN: usize = 5;
/// Places of the sketch that counts today's calls of everybody else, by a hash of the caller.
const PLACES: usize = 256;
/// Calls, and kibibytes, of a day below which nobody is looked at.
const CALLS_MIN: u32 = 24;
const KIB_MIN: u32 = 512;
/// Calls of a day from which on it is more than a busy person does, wages and stock-taking included: medium instead of low.
const CALLS_GRAVE: u32 = 96;
/// Content of a call from which on it asks for many things at once, so that few calls take much.
const BULK_BYTES: u64 = 512;
/// Days of an identity's own past.
const DAYS: usize = 28;
/// Of a program, so many at least.
const PAST_MIN: usize = 3;
/// Days that make a habit of a program, and how many times the largest of others is far from all of them.
const HABIT_DAYS: usize = 7;
const FAR: u32 = 4;
/// A day is judged again when it has grown by one part of so many.
const AGAIN_PART: u32 = 16;
/// When one in so many others takes as much today, it is an event.
const CROWD_ONE_IN: usize = 4;
/// Behind an address so many people may stand.
const PEOPLE: u32 = 20;
/// While a state or an endpoint is younger, whoever takes much may be a job that always did.
const LEARNING_SPAN: Duration = Duration::from_hours(24);

/// Calls and kibibytes of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Volume {
    calls: u32,
    kib: u32,
}

impl Volume {
    /// How grave it is to take so much in a day, once it is out of proportion.
    const fn severity(self, bulk: bool) -> Severity {
        let little = self.calls < CALLS_GRAVE && self.kib < KIB_MIN && !bulk;
        if little { Severity::Low } else { Severity::Medium }
    }
}

impl Tally for Volume {
    fn merge(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.kib = self.kib.saturating_add(other.kib);
    }
}

/// A caller of the sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Caller {
    day: u32,
    today: Volume,
    most: Volume,
}

/// What callers of an endpoint take.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Usual {
    callers: Sample<Caller>,
    day: u32,
    /// Calls of today by place, saturating; empty until the first.
    places: Vec<u8>,
}

/// What one identity takes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Mine {
    days: Ring<Volume>,
    /// Tokens of today, of a network, and clients, of an address without any.
    day: u32,
    tokens: Distinct,
    clients: Distinct,
    /// Volume of today from which on it is judged again.
    next: Volume,
    /// As last judged: the day's volume, others' usual and largest volume, and how many they are.
    told: Volume,
    /// Whether a call of the cause carried much.
    bulk: bool,
    usual: Volume,
    largest: Volume,
    peers: u32,
}

impl Volume {
    /// What is judged next: a look costs, and a little more hardly changes what it shows.
    const fn somewhat_more(self) -> Self {
        Self {
            calls: self.calls.saturating_add(1 + self.calls / AGAIN_PART),
            kib: self.kib.saturating_add(1 + self.kib / AGAIN_PART),
        }
    }
}

impl Caller {
    fn turn(&mut self, day: u32) {
        if day > self.day {
            self.most = self.most();
            (self.day, self.today) = (day, Volume::default());
        }
    }

    fn most(&self) -> Volume {
        Volume { calls: self.most.calls.max(self.today.calls), kib: self.most.kib.max(self.today.kib) }
    }
}

impl Usual {
    /// What others took in their busiest days before `day`: several attackers must not vouch for each other.
    fn others(&self, me: u64, day: u32) -> (Spread, Spread) {
        let before = |caller: &Caller| if caller.day < day { caller.most() } else { caller.most };
        // Who called and got less than a kibibyte is one to compare with, too.
        let busiest: Vec<Volume> = self.callers.others(me).map(before).filter(|volume| volume.calls > 0).collect();
        let of = |value: fn(&Volume) -> u32| Spread::of(busiest.iter().map(value).collect());
        (of(|volume| volume.calls), of(|volume| volume.kib))
    }

    /// Whether many others take as much today.
    fn crowd(&self, me: u64, day: u32, each: Volume) -> bool {
        let today = |caller: &&Caller| {
            caller.day == day && (caller.today.calls > each.calls / 4 || caller.today.kib > each.kib / 4 + KIB_MIN)
        };
        let (all, heavy) = (self.callers.others(me).count(), self.callers.others(me).filter(today).count());
        heavy * CROWD_ONE_IN > all
    }

    fn place(me: u64) -> usize {
        (me >> 20) as usize % PLACES
    }
}

impl Model for Usual {
    fn merge(&mut self, other: &Self) {
        self.callers.merge(&other.callers, CALLERS_MAX, |mine, theirs| {
            mine.turn(theirs.day);
            let (most, theirs) = (mine.most(), theirs.most());
            mine.most = Volume { calls: most.calls.max(theirs.calls), kib: most.kib.max(theirs.kib) };
        });
        self.day = self.day.max(other.day);
        self.places.clear();
    }

    fn glance(&self) {
        self.callers.glance();
        black_box(self.places.first().copied());
    }
}

impl Model for Mine {
    fn merge(&mut self, other: &Self) {
        self.days.merge(&other.days, DAYS);
    }
}

/// Whose calls are added up: the account, else, since a token says nothing of its owner's past, the network it comes from.
fn whose(call: &Call<'_>) -> Id {
    match call.row().identity.kind {
        IdentityKind::Token | IdentityKind::Session | IdentityKind::Address => call.network(),
        IdentityKind::TokenClaim | IdentityKind::ApiKey | IdentityKind::User | IdentityKind::Certificate => {
            call.row().identity.id
        }
    }
}

fn volume(call: &Call<'_>) -> Volume {
    let row = call.row();
    Volume {
        calls: 1,
        kib: u32::try_from(row.response.bytes.saturating_add(row.request.bytes) / 1024).unwrap_or(u32::MAX),
    }
}

fn day(call: &Call<'_>) -> u32 {
    (call.now().seconds() / 86_400) as u32
}

impl Monitor for OverConsumption {
    type Common = Usual;
    type Model = Mine;

    const PAUSES: bool = true;
    const AT_WORK: Severity = Severity::High;
    const INFO: DetectorInfo = DetectorInfo {
        id: "over-consumption",
        version: 1,
        subject: "identity_endpoint",
        quiet: Duration::from_hours(6),
        doc: "detectors/over-consumption.md",
        owasp: &["API4:2023", "API6:2023"],
        cwe: &["CWE-770", "CWE-799"],
        attack: &["T1530"],
        next: "Ask whether the caller needs so much; bound page sizes and calls a day, and look at what it took.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let endpoint = call.endpoint.filter(|_| call.row().succeeded())?;
        Some(Concern { subject: Some(Key::on(whose(call), endpoint.0)), common: Some(Key::endpoint(endpoint)) })
    }

    fn worth(call: &Call<'_>, common: Option<&Usual>) -> bool {
        let me = whose(call).prefix();
        // Keys are few, and their habit is known by days on which they take little.
        let large = volume(call).kib >= KIB_MIN / 16 || call.row().identity.kind == IdentityKind::ApiKey;
        common.is_some_and(|usual| {
            let calls = usual.places.get(Usual::place(me)).copied().unwrap_or(0);
            large || usual.day == day(call) && u32::from(calls) >= CALLS_MIN / 2
        })
    }

    fn judge(call: &Call<'_>, common: Option<&Usual>, mine: &mut Mine, open: bool) -> Verdict {
        let (me, day) = (whose(call).prefix(), day(call));
        if day > mine.day {
            (mine.day, mine.next) = (day, Volume::default());
            (mine.tokens, mine.clients) = (Distinct::default(), Distinct::default());
        }
        mine.tokens.insert(mix(call.row().identity.id.prefix()));
        mine.clients.insert(mix(call.row().client));
        let today = mine.days.bucket(day, DAYS);
        today.merge(&volume(call));
        let today = *today;
        if open {
            mine.told.merge(&volume(call));
            mine.bulk |= call.row().request.bytes >= BULK_BYTES;
            return Verdict::Cause(mine.told.severity(mine.bulk));
        }
        let people = match call.row().identity.kind {
            // As many people as clients: an office shows several, a script one.
            IdentityKind::Address => mine.clients.len().clamp(1, PEOPLE),
            IdentityKind::Token | IdentityKind::Session => mine.tokens.len().clamp(1, PEOPLE),
            IdentityKind::TokenClaim | IdentityKind::ApiKey | IdentityKind::User | IdentityKind::Certificate => 1,
        };
        let each = Volume { calls: today.calls / people, kib: today.kib / people };
        if call.learned_for() < LEARNING_SPAN || each.calls < CALLS_MIN && each.kib < KIB_MIN {
            return Verdict::Quiet;
        }
        if today.calls < mine.next.calls && today.kib < mine.next.kib {
            return Verdict::Quiet;
        }
        mine.next = today.somewhat_more();
        let Some((calls, kib)) = common
            .filter(|usual| !usual.crowd(me, day, each))
            .map(|usual| usual.others(me, day))
            .filter(|(calls, _)| calls.n >= SUPPORT_MIN)
        else {
            return Verdict::Quiet;
        };
        let past: Vec<Volume> = mine.days.iter().filter(|(at, _)| *at < day).map(|(_, volume)| *volume).collect();
        let own = |value: fn(&Volume) -> u32| match past.len() {
            0 => Spread::default(),
            _ => Spread::of(settled(past.iter().map(value).collect())),
        };
        // A program keeps its habits: a past of a week, and nobody near, say it where others are few.
        let active = past.iter().filter(|day| day.calls > 0).count();
        let habit = call.row().identity.kind == IdentityKind::ApiKey && active >= HABIT_DAYS;
        let rarity = |n: u32, others: &Spread, own: &Spread| {
            let own = if own.n == 0 { f64::INFINITY } else { own.rarity(n) };
            if habit && n / FAR >= others.max { own } else { others.rarity(n).min(own) }
        };
        let by_calls = if each.calls < CALLS_MIN { 0.0 } else { rarity(each.calls, &calls, &own(|v| v.calls)) };
        let by_bytes = if each.kib < KIB_MIN { 0.0 } else { rarity(each.kib, &kib, &own(|v| v.kib)) };
        // A program is no person, and a new partner's first days are like nobody's: what a key takes is told by its own past.
        let new_program = call.row().identity.kind == IdentityKind::ApiKey && past.len() < PAST_MIN;
        if new_program || by_calls.max(by_bytes) < RARE {
            return Verdict::Note;
        }
        mine.told = today;
        mine.bulk = call.row().request.bytes >= BULK_BYTES;
        mine.usual = Volume { calls: calls.usual().round() as u32, kib: kib.usual().round() as u32 };
        (mine.largest, mine.peers) = (Volume { calls: calls.max, kib: kib.max }, calls.n as u32);
        Verdict::Cause(today.severity(mine.bulk))
    }

    fn learn(call: &Call<'_>, usual: &mut Usual) {
        let (me, day) = (whose(call).prefix(), day(call));
        if let Some(caller) = usual.callers.of(me, CALLERS_MAX) {
            caller.turn(day);
            caller.today.merge(&volume(call));
        }
        if day > usual.day || usual.places.is_empty() {
            (usual.day, usual.places) = (day, vec![0; PLACES]);
        }
        if let Some(place) = usual.places.get_mut(Usual::place(me)) {
            *place = place.saturating_add(1);
        }
    }

    /// What belonged to the finding is no past to be compared with, and is not told again.
    fn closed(mine: &mut Mine) {
        *mine.days.bucket(mine.day, DAYS) = Volume::default();
    }

    fn report(about: &About, mine: &Mine) -> Report {
        let (told, usual, largest, peers) = (mine.told, mine.usual, mine.largest, mine.peers);
        Report {
            severity: told.severity(mine.bulk),
            confidence: (f32::from(about.kind.confidence()) * peers as f32 / (peers as f32 + 1.0)).round() / 100.0,
            title: format!(
                "{} calls and {}, others usually {} calls and {} in a busy day",
                told.calls,
                size(told.kib),
                usual.calls,
                size(usual.kib)
            ),
            expected: vec![
                fact(
                    "calls",
                    usual.calls,
                    format!("about {} calls in a busy day; learned from {peers} other callers", usual.calls),
                ),
                fact("kibibytes", usual.kib, format!("about {} in a busy day", size(usual.kib))),
            ],
            observed: vec![
                fact("calls", told.calls, format!("{} calls of this endpoint", told.calls)),
                fact("kibibytes", told.kib, format!("{} sent and received", size(told.kib))),
            ],
            peers: vec![fact(
                "largest",
                largest.calls,
                format!(
                    "the largest of {peers} others had {} calls and {} in its busiest day",
                    largest.calls,
                    size(largest.kib)
                ),
            )],
            ruled_out: vec![
                "a job that always took so much: its own earlier days were compared too".to_owned(),
                "a busy day for everybody: others' busiest days were compared".to_owned(),
            ],
        }
    }
}

/// Kibibytes as they are told: what is counted in whole ones may be less than one.
fn size(kib: u32) -> String {
    if kib == 0 { "less than 1 KiB".to_owned() } else { format!("{kib} KiB") }
}

fn fact(name: &'static str, value: u32, text: String) -> Fact {
    Fact { name: name.into(), value: f64::from(value), text }
}
