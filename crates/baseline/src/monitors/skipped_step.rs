//! Skipped step: an operation is carried out for a caller that left out what all others do before (OWASP API6:2023).
//!
//! Which steps belong before an operation is learned: endpoints that nearly every caller used within the four hours before it. Judged:
//! a success without one of them. One skip may be a client that remembers; several by the same caller are not. Silent: for
//! callers whose past may not be known (a fresh token, an address, lost packets), and where callers come by many ways.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use model::IdentityKind;
use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use model::limits::{LATELY_ENDPOINTS_MAX, SKIPPERS_MAX, STEPS_PER_OPERATION_MAX};
use serde::{Deserialize, Serialize};

use super::access::{changes, fact};
use super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use crate::models::distinct::Distinct;
use crate::models::mix;

pub(crate) struct SkippedStep;

/// `-ln` of the rate of false alarms for one caller, 1e-4.
const RARE: f64 = 9.2;
/// Calls and callers that an operation's steps are known by.
const CALLS_MIN: u32 = 60;
const CALLERS_MIN: u32 = 8;
/// A step that is missing before more than one in so many calls is none.
const STEP_ONE_IN: u32 = 50;
/// How long before an operation its steps may lie, in seconds.
const REACH: u32 = 4 * 3_600;
/// What one skip counts at most, half of [`RARE`]: the first one after a release looks as rare as an attack.
const ONE_SKIP_MAX: f64 = 4.7;
/// Endpoints that a caller used before its past counts as known.
const KNOWN_MIN: usize = 3;
const KNOWN_SECONDS: u32 = 86_400;
/// Calls with all steps that must come before a caller's skips.
const WHOLE_MIN: u32 = 3;
/// Set in the hash of an endpoint that changes something. Only such are steps: what a client reads before, it may as well
/// remember from a screen before, or leave out when it does the same thing many times.
const CHANGES: u32 = 1;
/// Below this share of traffic understood, what is missing may have been lost.
const COVERAGE_MIN: f32 = 0.99;

/// Where one caller has been lately: hashes of endpoints, with the second of the latest success, the latest last.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Lately {
    been: Vec<(u32, u32)>,
    /// The second of the first success.
    #[serde(default)]
    since: u32,
    #[serde(skip)]
    cut: u32,
}

/// An endpoint used before an operation.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Step {
    endpoint: u32,
    /// Calls of the operation before which it was used.
    calls: u32,
    /// Repeated calls since whose predecessor it was used again: what one operation used up.
    repeats: u32,
    /// The same of calls whose predecessor may lie further back.
    #[serde(default)]
    again: u32,
}

/// What is done before one operation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Steps {
    calls: u32,
    callers: Distinct,
    /// Calls of callers that had made one within reach before.
    repeats: u32,
    before: Vec<Step>,
    /// Callers that skipped, how rare it was so far, and how often.
    skippers: Vec<(u32, f32, u32)>,
    /// Calls with all steps since the latest skip; whose that was, and how many such calls there were before it.
    whole: u32,
    latest: u32,
    whole_before: u32,
    /// The caller of the open finding, and what was told of it.
    stray: u32,
    skips: u32,
    missing: u32,
    /// Calls of callers that had made one before, however long ago.
    #[serde(default)]
    again: u32,
    #[serde(skip)]
    cut: u32,
}

impl Model for Lately {
    fn merge(&mut self, other: &Self) {
        for (endpoint, at) in &other.been {
            self.note(*endpoint, *at);
        }
        self.been.sort_by_key(|(endpoint, at)| (*at, *endpoint));
    }

    fn glance(&self) {
        black_box(self.been.first().map(|(endpoint, _)| *endpoint));
    }

    const NAMES_ENDPOINTS: bool = true;

    fn rename(&mut self, moves: &BTreeMap<u32, u32>) {
        if self.been.iter().all(|(endpoint, _)| moved(*endpoint, moves) == *endpoint) {
            return;
        }
        for (endpoint, at) in std::mem::take(&mut self.been) {
            self.note(moved(endpoint, moves), at);
        }
        self.been.sort_by_key(|(endpoint, at)| (*at, *endpoint));
    }

    fn take_cut(&mut self) -> u32 {
        std::mem::take(&mut self.cut)
    }
}

impl Lately {
    fn note(&mut self, endpoint: u32, at: u32) {
        self.since = if self.since == 0 { at } else { self.since.min(at) };
        let before = self.been.iter().position(|(known, _)| *known == endpoint).map(|place| self.been.remove(place).1);
        if self.been.len() >= LATELY_ENDPOINTS_MAX {
            self.been.remove(0);
            self.cut = self.cut.saturating_add(1);
        }
        self.been.push((endpoint, at.max(before.unwrap_or(0))));
    }

    /// Endpoints used within reach of `now`, with the second.
    fn near(&self, now: u32) -> impl Iterator<Item = (u32, u32)> {
        self.been.iter().copied().filter(move |(_, at)| now.saturating_sub(*at) <= REACH)
    }

    /// Whether what the caller did before is known: it used several endpoints just now, or twice as many at any time; or it is
    /// an account that has been seen for a day.
    fn is_known(&self, kind: IdentityKind, now: u32) -> bool {
        let account = matches!(kind, IdentityKind::TokenClaim | IdentityKind::ApiKey | IdentityKind::User);
        let old = account && self.since > 0 && now.saturating_sub(self.since) >= KNOWN_SECONDS;
        old || self.been.len() >= 2 * KNOWN_MIN || self.near(now).count() >= KNOWN_MIN
    }

    /// When an endpoint was used, however long ago.
    fn ever(&self, endpoint: u32) -> Option<u32> {
        self.been.iter().find(|(been, _)| *been == endpoint).map(|(_, at)| *at)
    }

    /// Whether endpoints had to be forgotten, perhaps.
    const fn is_full(&self) -> bool {
        self.been.len() >= LATELY_ENDPOINTS_MAX
    }

    /// Whether endpoints used within reach of `now` had to be forgotten: what is missing may be among them.
    fn is_cut(&self, now: u32) -> bool {
        self.is_full() && self.been.first().is_some_and(|(_, at)| now.saturating_sub(*at) <= REACH)
    }

    /// When an endpoint was used within reach of `now`.
    fn at(&self, endpoint: u32, now: u32) -> Option<u32> {
        self.near(now).find(|(been, _)| *been == endpoint).map(|(_, at)| at)
    }
}

impl Model for Steps {
    fn merge(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.callers.merge(&other.callers);
        self.repeats = self.repeats.saturating_add(other.repeats);
        self.again = self.again.saturating_add(other.again);
        for step in &other.before {
            match self.before.iter_mut().find(|known| known.endpoint == step.endpoint) {
                Some(mine) => {
                    mine.calls = mine.calls.saturating_add(step.calls);
                    mine.repeats = mine.repeats.saturating_add(step.repeats);
                    mine.again = mine.again.saturating_add(step.again);
                }
                None => self.before.push(*step),
            }
        }
        self.before.sort_unstable_by_key(|step| (std::cmp::Reverse(step.calls), step.endpoint));
        self.before.truncate(STEPS_PER_OPERATION_MAX);
    }

    const NAMES_ENDPOINTS: bool = true;

    /// A step done under two names was done under either: so many calls at least.
    fn rename(&mut self, moves: &BTreeMap<u32, u32>) {
        if self.before.iter().all(|step| moved(step.endpoint, moves) == step.endpoint) {
            return;
        }
        for step in std::mem::take(&mut self.before) {
            let endpoint = moved(step.endpoint, moves);
            match self.before.iter_mut().find(|known| known.endpoint == endpoint) {
                Some(mine) => {
                    mine.calls = mine.calls.saturating_add(step.calls).min(self.calls);
                    mine.repeats = mine.repeats.saturating_add(step.repeats).min(self.repeats);
                    mine.again = mine.again.saturating_add(step.again).min(self.again);
                }
                None => self.before.push(Step { endpoint, ..step }),
            }
        }
    }

    fn take_cut(&mut self) -> u32 {
        std::mem::take(&mut self.cut)
    }
}

impl Steps {
    /// How rare it is to leave out what `lately` lacks, in nats, and how many steps that are; `before` is when the caller made
    /// such a call last within reach, `latest` the same however long ago. Steps missing together are one decision: the surest counts.
    fn missing(&self, lately: &Lately, before: Option<u32>, latest: Option<u32>, now: u32) -> (f64, u32) {
        if self.calls < CALLS_MIN || !self.callers.reaches(CALLERS_MIN) {
            return (0.0, 0);
        }
        let (mut rarest, mut count) = (0.0_f64, 0);
        for step in &self.before {
            let at = lately.at(step.endpoint, now);
            let used_up = at.is_some() && before.is_some_and(|before| at <= Some(before)) && self.repeats >= CALLS_MIN;
            let (with, of) = if used_up { (step.repeats, self.repeats) } else { (step.calls, self.calls) };
            let without = of.saturating_sub(with);
            let done = if at.is_some() { !used_up } else { self.stands(*step, lately, latest) };
            if done || without.saturating_mul(STEP_ONE_IN) > of {
                continue;
            }
            count += 1;
            rarest = rarest.max(-((f64::from(without) + 0.5) / f64::from(of + 1)).ln());
        }
        (rarest.min(ONE_SKIP_MAX), count)
    }

    /// Whether a step that was not done within reach need not be done: it was done earlier, and no such call used it up since. A
    /// step that callers do not do again for each call (a basket is made once and filled for days) none uses up; whoever's is
    /// not known to be undone may have done it.
    fn stands(&self, step: Step, lately: &Lately, latest: Option<u32>) -> bool {
        let ever = lately.ever(step.endpoint);
        let lasts = self.again.saturating_sub(step.again).saturating_mul(STEP_ONE_IN) > self.again;
        let unspent = ever.is_some_and(|at| latest.is_none_or(|latest| at > latest));
        unspent || lasts && (ever.is_some() || lately.is_full())
    }

    fn learn(&mut self, me: u64, operation: Option<u32>, lately: &Lately, before: [Option<u32>; 2], now: u32) {
        let [before, latest] = before;
        self.calls = self.calls.saturating_add(1);
        self.repeats = self.repeats.saturating_add(u32::from(before.is_some()));
        self.callers.insert(me);
        if let Some(latest) = latest {
            self.again = self.again.saturating_add(1);
            for step in &mut self.before {
                let since = lately.ever(step.endpoint).is_some_and(|at| at > latest);
                step.again = step.again.saturating_add(u32::from(since));
            }
        }
        // What was not done before the first calls is no step of all.
        let open = self.calls <= CALLS_MIN / 2;
        // An operation is no step of itself.
        let steps = lately.near(now).filter(|(step, _)| step & CHANGES != 0 && Some(*step) != operation);
        for (endpoint, at) in steps {
            let again = u32::from(before.is_some_and(|before| at > before));
            if let Some(step) = self.before.iter_mut().find(|known| known.endpoint == endpoint) {
                step.calls = step.calls.saturating_add(1);
                step.repeats = step.repeats.saturating_add(again);
            } else if open && self.before.len() < STEPS_PER_OPERATION_MAX {
                self.before.push(Step {
                    endpoint,
                    calls: 1,
                    repeats: again,
                    again: u32::from(latest.is_some_and(|latest| at > latest)),
                });
            } else if open {
                self.cut = self.cut.saturating_add(1);
            }
        }
    }

    /// Adds a skip of a caller; how rare all of its skips are together. When several callers skip one after the other, the way
    /// has changed (a release, another name of a step), and none is rare.
    fn skip(&mut self, me: u32, weight: f64) -> f64 {
        if self.latest != me || self.whole > 0 {
            (self.latest, self.whole_before, self.whole) = (me, self.whole, 0);
        }
        if self.whole_before < WHOLE_MIN {
            return 0.0;
        }
        if let Some((_, sum, times)) = self.skippers.iter_mut().find(|(known, ..)| *known == me) {
            (*sum, *times) = (*sum + weight as f32, *times + 1);
            return f64::from(*sum);
        }
        if self.skippers.len() >= SKIPPERS_MAX {
            self.skippers.remove(0);
            self.cut = self.cut.saturating_add(1);
        }
        self.skippers.push((me, weight as f32, 1));
        weight
    }
}

/// Seconds since 1970, until 2106.
fn seconds(call: &Call<'_>) -> u32 {
    u32::try_from(call.now().seconds()).unwrap_or(u32::MAX)
}

fn me(call: &Call<'_>) -> u64 {
    mix(call.row().identity.id.prefix())
}

/// The word of an endpoint. The last bit says whether it changes something.
fn endpoint(call: &Call<'_>) -> Option<u32> {
    call.endpoint.map(|(_, endpoint)| endpoint.word() | u32::from(changes(call)))
}

/// The word of an endpoint under its new name, with its mark.
fn moved(endpoint: u32, moves: &BTreeMap<u32, u32>) -> u32 {
    moves.get(&(endpoint & !CHANGES)).map_or(endpoint, |to| to | endpoint & CHANGES)
}

impl Monitor for SkippedStep {
    /// Of callers: every worker knows where all have been, and the owner of the operation judges.
    type Common = Lately;
    type Model = Steps;

    const PAUSES: bool = true;
    const INFO: DetectorInfo = DetectorInfo {
        id: "skipped-step",
        version: 1,
        subject: "identity_endpoint",
        quiet: Duration::from_hours(24),
        doc: "detectors/skipped-step.md",
        owasp: &["API6:2023"],
        cwe: &["CWE-841", "CWE-840"],
        attack: &["T1190"],
        next: "Look whether the operation should have been refused, and have the server check that the steps before it were done.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let row = call.row();
        // An address is many people, and what they do is no way of one.
        let endpoint = call.endpoint.filter(|_| row.succeeded() && row.identity.kind != IdentityKind::Address)?;
        let subject = changes(call).then(|| Key::endpoint(endpoint));
        Some(Concern { subject, common: Some(Key::of(row.identity.id)) })
    }

    fn judge(call: &Call<'_>, lately: Option<&Lately>, steps: &mut Steps, open: bool) -> Verdict {
        let now = seconds(call);
        let Some(lately) = lately.filter(|lately| lately.is_known(call.row().identity.kind, now)) else {
            return Verdict::Quiet;
        };
        let (me, who) = (me(call), me(call) as u32);
        let before = endpoint(call).and_then(|endpoint| lately.at(endpoint, now));
        let latest = endpoint(call).and_then(|endpoint| lately.ever(endpoint));
        let (weight, missing) = steps.missing(lately, before, latest, now);
        if missing > 0 && lately.is_cut(now) {
            return Verdict::Quiet;
        }
        if missing == 0 || call.coverage < COVERAGE_MIN {
            steps.whole = steps.whole.saturating_add(u32::from(missing == 0));
            steps.learn(me, endpoint(call), lately, [before, latest], now);
            return Verdict::Quiet;
        }
        if open {
            // Another caller's skips are another story: it waits until this one is over.
            steps.skips += u32::from(steps.stray == who);
            return if steps.stray == who { Verdict::Cause(Severity::Medium) } else { Verdict::Quiet };
        }
        let all = steps.skip(who, weight);
        if all < RARE {
            steps.learn(me, endpoint(call), lately, [before, latest], now);
            return Verdict::Note;
        }
        let times = steps.skippers.iter().find(|(known, ..)| *known == who).map_or(1, |(.., times)| *times);
        (steps.stray, steps.skips, steps.missing) = (who, times, missing);
        Verdict::Cause(Severity::Medium)
    }

    fn learn(call: &Call<'_>, lately: &mut Lately) {
        if let Some(endpoint) = endpoint(call) {
            lately.note(endpoint, seconds(call));
        }
    }

    fn closed(steps: &mut Steps) {
        let stray = steps.stray;
        steps.skippers.retain(|(known, ..)| *known != stray);
        (steps.stray, steps.skips, steps.missing) = (0, 0, 0);
    }

    fn report(about: &About, steps: &Steps) -> Report {
        let Steps { calls, skips, missing, .. } = *steps;
        let callers = steps.callers.len();
        Report {
            severity: Severity::Medium,
            confidence: (f32::from(about.kind.confidence()) * calls as f32 / (calls as f32 + CALLS_MIN as f32)).round()
                / 100.0,
            title: format!("an operation was carried out {skips} times without a step that others do before it"),
            expected: vec![fact(
                "calls_with_all_steps",
                calls,
                format!(
                    "{callers} callers, {calls} calls: {missing} more endpoints were used within four hours before"
                ),
            )],
            observed: vec![
                fact("skips", skips, format!("{skips} calls of one caller without them, answered with success")),
                fact("missing_steps", missing, format!("{missing} steps were missing")),
            ],
            peers: Vec::new(),
            ruled_out: vec![
                "a caller whose past is not known: it used other endpoints just before".to_owned(),
                "lost packets: nearly all traffic was understood".to_owned(),
                "a client that remembers: it happened again, or hardly ever happens".to_owned(),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_paths_follow_endpoints_to_their_new_names_and_count_what_finds_no_room() {
        let moves = BTreeMap::from([(4, 8)]);
        let mut lately = Lately::default();
        (0..LATELY_ENDPOINTS_MAX as u32 + 3).for_each(|n| lately.note(n + 10, n));
        assert_eq!((lately.take_cut(), lately.take_cut()), (3, 0));
        lately.been = vec![(5, 5), (3, 6), (9, 7)];
        lately.rename(&moves);
        assert_eq!(lately.been, [(3, 6), (9, 7)]);
        let step = |endpoint, calls| Step { endpoint, calls, repeats: 1, again: 0 };
        let mut steps = Steps { calls: 100, repeats: 1, before: vec![step(5, 60), step(9, 70)], ..Steps::default() };
        steps.rename(&moves);
        let calls: Vec<_> = steps.before.iter().map(|step| (step.endpoint, step.calls, step.repeats)).collect();
        assert_eq!(calls, [(9, 100, 1)]);
    }
}
