//! Behaviour of an endpoint that changes for good, after it was learned: how long its answers take, how many of them are
//! errors, how large they are. One file for each quantity, and here what is the same for all of them.
//!
//! In: the first call of each caller in each period, so that nobody weighs more than others. Judged: whether a call lies
//! *beyond* what calls of its kind gave so far, as a sequence of yes and no ([`run`]), against the largest share of such
//! calls in any part of the days before ([`level`]). Kept: one [`Course`] for each endpoint, by the worker that owns it.

mod blame;
pub(super) mod errors;
pub(super) mod latency;
mod level;
mod run;
pub(super) mod sizes;

use std::cmp::Reverse;
use std::fmt;
use std::marker::PhantomData;

use model::IdentityKind;
use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use model::limits::CHANGE_CALLERS_MAX;
use serde::{Deserialize, Serialize};

use self::blame::Votes;
use self::level::{Level, Reading};
use self::run::Run;
use super::access::{fact, who};
use super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use crate::models::mix;

/// Seconds of a day.
const DAY: u32 = 86_400;
/// How long a new level must last until it is the rule, and how long one that is never told may be in doubt.
const RELEARN: u32 = 7 * DAY;
/// `-ln` of the rate at which a level that is back is not believed: 1e-3.
const BACK: f32 = 6.9;

/// What is measured of calls.
pub(crate) trait Quantity: Send + 'static {
    /// What the detector is.
    const INFO: DetectorInfo;
    /// Seconds within which a caller counts once.
    const PERIOD: u32;
    /// Seconds that a change must last, and periods in which calls lie beyond.
    const LASTING: u32;
    const PERIODS_MIN: u16;
    /// Share of calls beyond that makes a change, of each of the two ways to lie beyond.
    const CHANGED: f32;
    /// Whether all calls are counted too, to tell what one caller causes from what all suffer.
    const BLAMES: bool = false;

    /// Whether it can be measured in the call. Cheap.
    fn concerns(call: &Call<'_>) -> bool;

    /// Measures a call against what calls of its kind gave.
    fn read(call: &Call<'_>, level: &Level) -> Reading;

    /// Severity of a change, by the way it goes, the share of calls that lie beyond, and whether one caller causes it.
    fn severity(beyond: usize, share: f32, caused: bool) -> Severity;

    /// The words of a finding: title, what was expected, what is observed.
    fn words(beyond: usize, told: &Told) -> [String; 3];
}

/// What the words of a finding are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Mean of the quantity before and since, on the scale of people.
    pub(crate) before: f32,
    pub(crate) since: f32,
    /// Share of calls beyond before, at most in any part of a day; and since.
    pub(crate) share_before: f32,
    pub(crate) share_since: f32,
}

/// One endpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Course {
    level: Level,
    /// Number of the present period, and who was counted in it.
    period: u32,
    taken: Vec<u32>,
    /// Both ways of lying beyond.
    runs: [Run; 2],
    /// The way that a finding is about, since when, and how sure it is that it is over.
    way: u8,
    since: u32,
    back: f32,
    /// Whether the cause is over, or became the rule: the finding only waits to be closed.
    over: bool,
    rule: bool,
    told: Told,
    /// Who makes the calls, while all is as usual; and those that lie beyond, each way, since it is not.
    #[serde(default)]
    usual: Votes,
    #[serde(default)]
    beyond: [Votes; 2],
}

impl Model for Course {
    /// Sequences do not add up: what is known better stays. Runs begin anew.
    fn merge(&mut self, other: &Self) {
        let weight = |level: &Level| (level.units(), Reverse(level.since()), level.digest());
        if weight(&other.level) > weight(&self.level) {
            self.level = other.level.clone();
        }
        self.runs = <[Run; 2]>::default();
        (self.usual, self.beyond) = (Votes::default(), <[Votes; 2]>::default());
        (self.period, self.taken) = (0, Vec::new());
    }

    fn take_cut(&mut self) -> u32 {
        self.level.take_cut()
    }
}

impl Course {
    /// Whether this is the first call of `who` in the period; of so many callers only that fit.
    fn takes(&mut self, who: u32, period: u32) -> bool {
        if self.period != period {
            self.period = period;
            self.taken.clear();
        }
        let room = self.taken.len() < CHANGE_CALLERS_MAX;
        let new = room && !self.taken.contains(&who);
        if new {
            self.taken.push(who);
        }
        new
    }

    fn is_calm(&self) -> bool {
        self.runs.iter().all(Run::is_calm)
    }

    /// Counts every call of whoever, not only the first of a period: one caller may break it for all.
    fn vote(&mut self, reading: &Reading, who: u32) {
        if reading.beyond == [false; 2] && self.runs.iter().all(Run::is_usual) {
            self.beyond = <[Votes; 2]>::default();
            self.usual.count(who);
        }
        for (votes, beyond) in self.beyond.iter_mut().zip(reading.beyond) {
            if beyond {
                votes.count(who);
            }
        }
    }

    /// Whether one caller makes most of the calls beyond, that did not make most of all calls before: who is busy anyway suffers
    /// most of an outage.
    fn is_caused(&self, way: usize) -> bool {
        let most = self.beyond.get(way).and_then(Votes::most);
        most.is_some() && most != self.usual.most()
    }

    fn severity<Q: Quantity>(&self, way: usize) -> Severity {
        Q::severity(way, self.told.share_since, self.is_caused(way))
    }

    /// A call of a caller that counts, while nothing is open: the way that it changed, if it did.
    fn judge<Q: Quantity>(&mut self, reading: &Reading, who: u32, now: u32) -> Option<usize> {
        let mut changed = None;
        for (at, run) in self.runs.iter_mut().enumerate() {
            let usual = self.level.share(at);
            let beyond = reading.beyond.get(at).is_some_and(|beyond| *beyond);
            run.step(beyond.then_some(reading.value), usual, Q::CHANGED, who, now, Q::PERIOD);
            if changed.is_none() && run.is_change(now, Q::LASTING, Q::PERIODS_MIN) {
                changed = Some(at);
                self.told =
                    Told { before: reading.usual, since: run.mean(), share_before: usual, share_since: run.share() };
            }
        }
        changed
    }

    /// A call while the finding is open.
    fn go_on<Q: Quantity>(&mut self, reading: &Reading, counts: bool, now: u32) -> Verdict {
        let at = usize::from(self.way);
        let beyond = reading.beyond.get(at).is_some_and(|beyond| *beyond);
        if self.over || self.rule || !reading.known {
            return Verdict::Quiet;
        }
        if counts {
            let weight = run::weight(beyond, self.level.share(at), Q::CHANGED);
            self.back = (self.back - weight).max(0.0);
            self.over = self.back >= BACK;
            self.rule = now.saturating_sub(self.since) >= RELEARN;
        }
        if beyond { Verdict::Cause(self.severity::<Q>(at)) } else { Verdict::Quiet }
    }
}

/// The detector of a quantity.
pub(crate) struct Change<Q>(PhantomData<Q>);

impl<Q> fmt::Debug for Change<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change").finish()
    }
}

impl<Q: Quantity> Monitor for Change<Q> {
    type Common = ();
    type Model = Course;

    const INFO: DetectorInfo = Q::INFO;
    const PAUSES: bool = true;

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let endpoint = call.endpoint.filter(|_| Q::concerns(call))?;
        Some(Concern { subject: Some(Key::endpoint(endpoint)), common: None })
    }

    fn judge(call: &Call<'_>, _: Option<&()>, course: &mut Course, open: bool) -> Verdict {
        let now = u32::try_from(call.now().seconds()).unwrap_or(u32::MAX);
        let me = who(call);
        let counts = course.takes(me as u32, now / Q::PERIOD);
        if Q::BLAMES {
            course.vote(&Q::read(call, &course.level), me as u32);
        }
        if open {
            return course.go_on::<Q>(&Q::read(call, &course.level), counts, now);
        }
        if !counts {
            return Verdict::Quiet;
        }
        let reading = Q::read(call, &course.level);
        // Who was never seen before may be of another kind: new accounts have little to show.
        let known = call.row().identity.kind == IdentityKind::Address || course.level.knows(me);
        if reading.known && known && course.level.is_learned(now) {
            if let Some(at) = course.judge::<Q>(&reading, me as u32, now) {
                (course.way, course.since, course.back) = (at as u8, now, 0.0);
                return Verdict::Cause(course.severity::<Q>(at));
            }
            if course.runs.iter().any(Run::is_doubtful) {
                let stuck = course.runs.iter().any(|run| run.lasts(now) >= RELEARN);
                if stuck {
                    course.begin_anew();
                }
                return if reading.beyond.contains(&true) { Verdict::Note } else { Verdict::Quiet };
            }
        }
        if course.is_calm() {
            course.level.learn(&reading, me, now);
        }
        Verdict::Quiet
    }

    fn closed(course: &mut Course) {
        if course.rule {
            course.begin_anew();
        }
        course.runs = <[Run; 2]>::default();
        course.beyond = <[Votes; 2]>::default();
        (course.over, course.rule, course.back) = (false, false, 0.0);
    }

    fn report(_: &About, course: &Course) -> Report {
        let at = usize::from(course.way);
        let [title, expected, observed] = Q::words(at, &course.told);
        let (callers, units) = (course.level.callers(), course.level.units());
        let run = course.runs.get(at).cloned().unwrap_or_default();
        let caused = course.is_caused(at).then(|| {
            let text = "one caller makes most of these calls, and did not make most of the calls before".to_owned();
            fact("caused_by_one", 1, text)
        });
        let end =
            if course.rule { "; it lasted seven days and is the new rule, which is learned from now on" } else { "" };
        Report {
            severity: course.severity::<Q>(at),
            confidence: (95.0 * units as f32 / (units as f32 + level::UNITS_MIN as f32)).round() / 100.0,
            title: format!("{title}{end}"),
            expected: vec![fact(
                "calls_learned",
                units,
                format!("{expected}; learned from {callers} callers, each counted once in a period ({units})"),
            )],
            observed: Some(fact("share", f64::from(course.told.share_since), observed))
                .into_iter()
                .chain([fact(
                    "callers",
                    run.callers() as u32,
                    format!("{} callers or more, at {} different times", run.callers(), run.periods()),
                )])
                .chain(caused)
                .collect(),
            peers: Vec::new(),
            ruled_out: vec![
                "one caller with calls of another kind: each counts once in a period, and five or more have it"
                    .to_owned(),
                "a time of the day or a day of the week: no part of the days before had such a share".to_owned(),
                "new accounts, and programs that ask otherwise: neither is counted".to_owned(),
            ],
        }
    }
}

impl Course {
    fn begin_anew(&mut self) {
        self.level = Level::default();
        self.runs = <[Run; 2]>::default();
    }
}

/// What kind of call it is: program, names of parameters, and how large the numbers of its query are. Calls of one kind are
/// compared with one another, so that a release that asks for more is no change of the endpoint.
fn kind(call: &Call<'_>) -> u32 {
    let (row, seen) = (call.row(), call.seen);
    let mut sum = mix(row.client);
    for param in seen.params() {
        use model::ParamPlace as P;
        if !matches!(param.place, P::Query | P::Body | P::Form | P::Argument) {
            continue;
        }
        let name = seen.text(param.name);
        let sized = matches!(param.place, P::Query | P::Argument) && !crate::reference::is_id_name(name);
        let start = mix(param.place as u64 + 1);
        let hash = name.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        let size = if sized { param.magnitude as u64 } else { 0 };
        sum = sum.wrapping_add(mix(hash ^ size << 48));
    }
    mix(sum) as u32
}
