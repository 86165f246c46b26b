//! A zombie without any document: an old version that is called although its time is over (OWASP API9:2023).
//!
//! Judged: whole successes of an endpoint whose server says that its sunset has passed (RFC 8594), or whose family has a
//! newer version: when nearly all traffic has moved there, or when the old one comes back after a long silence. Two versions
//! side by side are none: many APIs keep them for years, and their callers have not moved. Nor is one that few called all
//! along, beside a newer one that most call: nobody has left it.

use std::time::Duration;

use model::PacketTime;
use model::finding::{Finding, Severity};
use serde::{Deserialize, Serialize};

use super::described::ZOMBIE_OF_ANY as ZOMBIE;
use super::{Call, Cause, Detector, Info, Memory, Report, fact};
use crate::about::lifecycle;
use crate::catalog::{Facts, Newer};

/// Successful calls of newer versions in the last one to two weeks that make a move.
const MOVED_MIN: u64 = 100;
/// Of these and the old one's, the old one has one in so many at most.
const LEFT_ONE_IN: u64 = 10;
/// Successful calls of the old one before these weeks: what never was in use has not been left.
const BEFORE_MIN: u64 = 50;
/// Successful calls in one to two weeks, more than newer versions had in them, that make a version the one in use: only what
/// was in use can have been left.
const LED_MIN: u64 = 50;
/// How long the newer one has been there: callers need time to move.
const SETTLED: Duration = Duration::from_hours(14 * 24);
/// How long nobody calls before it is told anew: what comes back after this is a new cause.
const QUIET: Duration = Duration::from_hours(28 * 24);
/// How sure it is that a version is meant to be left, when nobody says so.
const CONFIDENCE: f32 = 0.75;

/// The detector.
#[derive(Debug)]
pub(crate) struct OldVersion;

/// As the one that descriptions tell.
static INFO: Info = Info { quiet: QUIET, ..ZOMBIE };

/// Why it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Why {
    /// Its callers have moved to a newer version.
    Moved,
    /// It was silent, and is called again.
    Returned,
    /// Its server says that it should be gone.
    Sunset,
}

/// What is remembered of an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Zombie {
    why: Option<Why>,
    /// The newest version of its family; empty when there is none.
    newest: Box<str>,
    /// Successful calls of newer versions and of this one, in one to two weeks before it was told.
    newer: u64,
    own: u64,
    /// Seconds since 1970 at which it should have been gone; 0 when nobody said so.
    sunset: u32,
    /// Calls without credentials, where the newest version answers none.
    open: u64,
    /// Whether it was called more than the newer versions of its family once.
    #[serde(default)]
    led: bool,
}

impl Zombie {
    pub(crate) fn merge(&mut self, other: &Self) {
        let (open, led) = (self.open + other.open, self.led || other.led);
        if other.why > self.why {
            self.clone_from(other);
        }
        (self.open, self.led) = (open, led);
    }
}

impl OldVersion {
    /// Why the call is one of what should be gone; `led` when the version was the one in use.
    fn why(call: &Call<'_>, led: bool) -> Option<Why> {
        let (row, facts) = (call.seen.row, call.facts);
        let now = row.first_at;
        let said = row.retirement.sunset.or(facts.retirement.sunset);
        if said.is_some_and(|sunset| u64::from(sunset.get()) < now.seconds()) {
            return Some(Why::Sunset);
        }
        let newer = call.newer?;
        let (own, before) = facts.weeks.at(now).recent_and_before();
        let settled = now.since(newer.since) >= SETTLED && newer.recent >= MOVED_MIN;
        if !settled || before < BEFORE_MIN {
            return None;
        }
        let silence = now.since(facts.last_at);
        let age = facts.last_at.since(facts.first_at);
        if lifecycle::brings_back(silence, age, facts.count) {
            return Some(Why::Returned);
        }
        (led && own.saturating_mul(LEFT_ONE_IN) <= newer.recent.saturating_add(own)).then_some(Why::Moved)
    }

    /// Whether the version was called more than the newer ones in the last one to two weeks.
    fn leads(call: &Call<'_>) -> bool {
        let own = call.facts.weeks.at(call.seen.row.first_at).recent_and_before().0;
        own >= LED_MIN && own > call.newer.map_or(0, |newer| newer.recent)
    }

    /// Whether it lacks what the newest version asks for.
    fn is_open(call: &Call<'_>) -> bool {
        call.seen.row.auth.is_empty() && call.newer.is_some_and(|newer| newer.guarded)
    }
}

impl Detector for OldVersion {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn judge(&self, call: &Call<'_>, memory: &Memory) -> Option<Cause> {
        if (call.newer.is_none() && call.seen.row.retirement.sunset.is_none() && call.facts.retirement.sunset.is_none())
            || !call.is_whole_success()
        {
            return None;
        }
        // What was told stays told: calls that follow belong to it, however many they become.
        if memory.zombie.why.is_none() {
            Self::why(call, memory.zombie.led)?;
        }
        let severity = if Self::is_open(call) { Severity::Medium } else { Severity::Low };
        Some(Cause { severity, ..Cause::default() })
    }

    fn train(&self, call: &Call<'_>, memory: &mut Memory, told: bool) {
        let zombie = &mut memory.zombie;
        if !told {
            zombie.led = zombie.led || Self::leads(call);
            return;
        }
        zombie.open += u64::from(Self::is_open(call));
        let Some(why) = Self::why(call, zombie.led).filter(|why| Some(*why) > zombie.why) else { return };
        let facts = call.facts;
        zombie.why = Some(why);
        zombie.own = facts.weeks.at(call.seen.row.first_at).recent_and_before().0;
        let said = call.seen.row.retirement.sunset.or(facts.retirement.sunset);
        zombie.sunset = said.map_or(0, std::num::NonZeroU32::get);
        if let Some(Newer { version, recent, .. }) = call.newer {
            (zombie.newest, zombie.newer) = (version.clone(), *recent);
        }
    }

    fn report(&self, _: &Facts, memory: &Memory, finding: &Finding) -> Report {
        let (zombie, n) = (&memory.zombie, finding.count);
        let newest = &zombie.newest;
        let (title, expected) = match zombie.why {
            Some(Why::Sunset) => {
                let at = PacketTime::from_parts(u64::from(zombie.sunset), 0);
                ("called after the date on which it should be gone", format!("no calls after {at}: its server said so"))
            }
            Some(Why::Returned) => {
                ("an old version that nobody called is called again", format!("calls of {newest} only, as of late"))
            }
            _ => ("an old version is called after its callers have moved on", format!("calls of {newest} only")),
        };
        let mut observed = vec![fact("calls", n, format!("{n} calls since, answered with success"))];
        if !newest.is_empty() {
            let text = format!(
                "in the one to two weeks before: {} calls of newer versions, {} of it",
                zombie.newer, zombie.own
            );
            observed.push(fact("newer", zombie.newer, text));
        }
        if zombie.open > 0 {
            let text = format!("{} of them without credentials; {newest} answers no such call", zombie.open);
            observed.push(fact("without_credentials", zombie.open, text));
        }
        Report {
            confidence: if zombie.why == Some(Why::Sunset) { 0.95 } else { CONFIDENCE },
            title: title.into(),
            expected: vec![fact("calls", 0, expected)],
            observed,
            ruled_out: vec![
                "a probe: it was answered with success".into(),
                "two versions kept side by side: nearly all calls went to the newer one, or the server named a date"
                    .into(),
            ],
            ..Report::default()
        }
    }
}
