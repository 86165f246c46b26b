//! Scraping: many callers that are new here divide the objects of an endpoint among them (OWASP API6:2023).
//!
//! Each of them stays near the ordinary; only the endpoint shows it. Judged: objects that strangers read in a day, against
//! the days before. A *stranger* is a caller that this endpoint did not know two days ago. Numbers that follow on those read
//! just before, by whomever, and numbers that are none are weighed with it. Silent: while the endpoint is known for fewer than three days, and about
//! opaque tokens and sessions, which are new every day by nature.

use std::time::Duration;

use model::IdentityKind;
use model::finding::{DetectorInfo, Fact, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use crate::models::distinct::Distinct;
use crate::models::ring::{Ring, Tally};
use crate::models::spread::Spread;
use crate::models::{mix, tail};
use crate::reference::reference;

pub(crate) struct Scraping;

/// `-ln` of the rate of false alarms for one look, 1e-6; a day is looked at a few times.
const RARE: f64 = 13.8;
/// What breadth must show, whatever the order of numbers says: 1e-2.
const BREADTH_MIN: f64 = 4.6;
/// The same when many are none, and follow on one another: 1 in 10.
const BREADTH_COUNTED_MIN: f64 = 2.3;
/// Share of numbers next to one read before, where nothing is known; how many reads that is worth; spread of days.
const STEPS_PRIOR: f64 = 0.1;
const STEPS_UNSEEN: f64 = 2.0;
const STEPS_SPREAD: f64 = 4.0;
/// Days before today that make a reference.
const DAYS_MIN: usize = 3;
const DAYS: usize = 28;
/// Objects read by strangers below which a day is not looked at.
const READ_MIN: u32 = 60;
/// Strangers that make it a matter of the endpoint: one alone is judged as an identity.
const STRANGERS_MIN: u32 = 3;
/// Numbers read lately that another one may follow on, and how far.
const LATEST: usize = 32;
const STEP_MAX: u64 = 2;
/// A caller is no stranger any more after so many days.
const DAYS_TO_KNOW: u32 = 2;

/// Reads of strangers in a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reads {
    objects: u32,
    steps: u32,
    /// Of them answered with 404 or 410.
    #[serde(default)]
    missing: u32,
}

impl Tally for Reads {
    fn merge(&mut self, other: &Self) {
        self.objects = self.objects.saturating_add(other.objects);
        self.steps = self.steps.saturating_add(other.steps);
        self.missing = self.missing.saturating_add(other.missing);
    }
}

/// What an endpoint saw.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// Callers known for longer, and those of the latest days, latest last.
    known: Distinct,
    newer: Vec<(u32, Distinct)>,
    days: Ring<Reads>,
    day: u32,
    first_day: u32,
    /// Of today: pairs of stranger and object.
    pairs: Distinct,
    latest: Vec<u64>,
    /// As told.
    usual: u32,
    past: u32,
    told: Reads,
    /// Most strangers of one day of the finding.
    most: u32,
}

impl Model for Seen {
    fn merge(&mut self, other: &Self) {
        self.known.merge(&other.known);
        self.days.merge(&other.days, DAYS);
    }
}

impl Seen {
    /// What strangers read on the days before, those without any and without the first days, when everybody is one.
    fn past(&self, day: u32) -> Vec<Reads> {
        let from = self.first_day.saturating_add(DAYS_TO_KNOW + 1).max(day.saturating_sub(DAYS as u32 - 1));
        let read =
            |at: u32| self.days.iter().find(|(other, _)| *other == at).map_or_else(Reads::default, |(_, reads)| *reads);
        (from..day).map(read).collect()
    }

    fn turn(&mut self, day: u32) {
        if day <= self.day {
            return;
        }
        if self.first_day == 0 {
            self.first_day = day;
        }
        self.pairs = Distinct::default();
        self.day = day;
        let known = &mut self.known;
        self.newer.retain(|(at, callers)| {
            let old = at + DAYS_TO_KNOW <= day;
            if old {
                known.merge(callers);
            }
            !old
        });
    }

    /// How many strangers came today.
    fn strangers(&self) -> u32 {
        self.newer.last().filter(|(at, _)| *at == self.day).map_or(0, |(_, callers)| callers.len())
    }

    /// Notes the caller; whether it is a stranger.
    fn stranger(&mut self, caller: u64) -> bool {
        if self.known.contains(caller) {
            return false;
        }
        if let Some((_, callers)) = self.newer.last_mut().filter(|(at, _)| *at == self.day) {
            callers.insert(caller);
        } else {
            let mut callers = Distinct::default();
            callers.insert(caller);
            self.newer.push((self.day, callers));
        }
        true
    }

    /// Whether `number` follows on one read lately.
    fn step(&mut self, number: Option<u64>) -> bool {
        let Some(number) = number else { return false };
        let step = self.latest.iter().any(|other| (1..=STEP_MAX).contains(&other.abs_diff(number)));
        if self.latest.len() >= LATEST {
            self.latest.remove(0);
        }
        self.latest.push(number);
        step
    }
}

impl Monitor for Scraping {
    type Common = ();
    type Model = Seen;

    const PAUSES: bool = true;
    const AT_WORK: Severity = Severity::High;
    const INFO: DetectorInfo = DetectorInfo {
        id: "scraping",
        version: 1,
        subject: "endpoint",
        quiet: Duration::from_hours(24),
        doc: "detectors/scraping.md",
        owasp: &["API6:2023"],
        cwe: &["CWE-799", "CWE-340"],
        attack: &["T1213"],
        next: "Look at what the callers have in common (age, client, network); make ids hard to guess, and bound what new accounts may read.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let row = call.row();
        let endpoint = call.endpoint.filter(|_| row.succeeded() || matches!(row.outcome(), 404 | 410))?;
        let lasting = !matches!(row.identity.kind, IdentityKind::Token | IdentityKind::Session);
        let object = lasting && (!endpoint.1.name.variables.is_empty() || row.params.len > 0);
        object.then(|| Concern { subject: Some(Key::endpoint(endpoint)), common: None })
    }

    fn judge(call: &Call<'_>, _: Option<&()>, seen: &mut Seen, open: bool) -> Verdict {
        let row = call.row();
        let day = (call.now().seconds() / 86_400) as u32;
        seen.turn(day);
        let caller = mix(match row.identity.kind {
            IdentityKind::Address => call.network().prefix(),
            _ => row.identity.id.prefix(),
        });
        if seen.known.contains(caller) {
            return Verdict::Quiet;
        }
        let Some(object) = call.name().and_then(|name| reference(name, &call.seen)) else { return Verdict::Quiet };
        let step = seen.step(object.number);
        if !seen.stranger(caller) {
            return Verdict::Quiet;
        }
        if !seen.pairs.insert(mix(caller ^ object.object)) {
            return Verdict::Quiet;
        }
        let missing = u32::from(matches!(row.outcome(), 404 | 410));
        let reads = Reads { objects: 1, steps: u32::from(step), missing };
        let today = seen.days.bucket(day, DAYS);
        today.merge(&reads);
        let today = *today;
        if open {
            seen.told.merge(&reads);
            seen.most = seen.most.max(seen.strangers());
            return Verdict::Cause(Severity::Medium);
        }
        let due = today.objects >= READ_MIN && today.objects.is_multiple_of(READ_MIN / 6);
        if !due || seen.strangers() < STRANGERS_MIN {
            return Verdict::Note;
        }
        let past = seen.past(day);
        if past.len() < DAYS_MIN {
            return Verdict::Note;
        }
        let spread = Spread::of(past.iter().map(|reads| reads.objects).collect());
        let breadth = spread.rarity(today.objects);
        // Objects in a row are no chance either, where readers usually jump.
        let mut all = Reads::default();
        for reads in &past {
            all.merge(reads);
        }
        let usual =
            |seen: u32| (f64::from(seen) + STEPS_UNSEEN) / (f64::from(all.objects) + STEPS_UNSEEN / STEPS_PRIOR);
        let steps = tail::share(today.steps, today.objects, usual(all.steps), STEPS_SPREAD);
        let missing = tail::share(today.missing, today.objects, usual(all.missing), STEPS_SPREAD);
        // Who reads what is listed meets few that are gone: whoever counts meets many.
        let least = if missing.min(steps) >= BREADTH_MIN { BREADTH_COUNTED_MIN } else { BREADTH_MIN };
        // A part that says nothing must not weaken the others: a third look.
        let all = (tail::combined(&[breadth, steps, missing]) - std::f64::consts::LN_2)
            .max(tail::combined(&[breadth, steps]));
        if breadth < least || breadth.max(all) < RARE {
            return Verdict::Note;
        }
        (seen.usual, seen.past, seen.told) = (spread.usual().round() as u32, spread.n as u32, today);
        seen.most = seen.strangers();
        Verdict::Cause(Severity::Medium)
    }

    fn report(_: &About, seen: &Seen) -> Report {
        let (told, usual) = (seen.told, seen.usual);
        let share = told.steps * 100 / told.objects.max(1);
        Report {
            severity: Severity::Medium,
            confidence: (90.0 * seen.past as f32 / (seen.past as f32 + 2.0)).round() / 100.0,
            title: format!("callers new here read {} objects, each little; usually {usual} a day", told.objects),
            expected: vec![fact(
                "objects_of_new_callers",
                usual,
                format!("about {usual} objects a day; learned from {} days", seen.past),
            )],
            observed: vec![
                fact(
                    "objects_of_new_callers",
                    told.objects,
                    format!("{} objects read by callers not known here two days before", told.objects),
                ),
                fact("new_callers", seen.most, format!("up to {} such callers on one day", seen.most)),
                fact("steps", share, format!("{share} % are numbers next to one read just before, by whomever")),
                fact("missing", told.missing, format!("{} were numbers of nothing", told.missing)),
            ],
            peers: Vec::new(),
            ruled_out: vec![
                "a busy day: callers known here are not counted".to_owned(),
                "one eager newcomer: several share it".to_owned(),
            ],
        }
    }
}

fn fact(name: &'static str, value: u32, text: String) -> Fact {
    Fact { name: name.into(), value: f64::from(value), text }
}
