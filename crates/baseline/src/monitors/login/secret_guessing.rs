//! Secret guessing: one identity tries one code after another: coupons, gift cards, one-time codes, a password of a function
//! (OWASP API6:2023, API2:2023).
//!
//! Judged: distinct secrets of one identity on one endpoint that failed within a day, where no account is named, or one
//! account by an identity that is logged in. Where nothing is ever refused, a program that asks about codes of others is
//! compared with its own days. Where 400 or 500 refuses, more is expected, and only callers told apart count: in an outage
//! everybody is answered so.

use std::time::Duration;

use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use super::{Attempt, Outcomes, day, fact};
use crate::models::distinct::Distinct;
use crate::models::{mix, tail};

pub(crate) struct SecretGuessing;

/// `-ln` of the rate of false alarms for one look, 1e-7.
const RARE: f64 = 16.1;
/// Different secrets that fail, expected of one person in a day; behind an address several people may stand.
const FAILURES_EACH: f64 = 1.0;
const PEOPLE: u32 = 3;
/// Different secrets of one person in a day on an endpoint that never refused any by status, or by one that may be a failure of
/// the server: who checks coupons of others, who asks for a new code in an outage.
const ANSWERED_EACH: f64 = 2.0;

/// Days that are looked at together: who tries a few codes an evening, evening after evening.
const WEEK: u32 = 7;

/// Secrets of one identity today.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tried {
    day: u32,
    secrets: Distinct,
    failures: u32,
    succeeded: u32,
    /// The most on an earlier day, where nothing is refused.
    #[serde(default)]
    earlier: u32,
    /// Accounts that the refused ones named.
    #[serde(default)]
    accounts: Distinct,
    /// The week: its first day, and of earlier days with any how many those are, and secrets and successes on them.
    #[serde(default)]
    week: Week,
    /// People that stand behind it today, at least; and whether the week is what was told.
    #[serde(default)]
    people: u32,
    #[serde(default)]
    slow: bool,
}

/// Earlier days of a week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Week {
    first: u32,
    days: u32,
    secrets: u32,
    succeeded: u32,
    /// People that these days' failures are expected of, summed.
    people: u32,
}

impl Week {
    /// With another day of it, or a new one begun.
    fn with(self, tried: &Tried, day: u32) -> Self {
        let first = if self.first == 0 { tried.day } else { self.first };
        if day.saturating_sub(first) >= WEEK {
            return Self { first: day, ..Self::default() };
        }
        let (secrets, any) = (tried.secrets.len(), u32::from(tried.failures > 0));
        Self {
            first,
            days: self.days + any,
            secrets: self.secrets.saturating_add(secrets),
            succeeded: self.succeeded.saturating_add(tried.succeeded),
            people: self.people.saturating_add(any * tried.accounts.len().max(tried.people)),
        }
    }
}

impl Model for Tried {
    fn merge(&mut self, other: &Self) {
        self.day = self.day.max(other.day);
        self.secrets.merge(&other.secrets);
        self.failures = self.failures.saturating_add(other.failures);
        self.succeeded = self.succeeded.saturating_add(other.succeeded);
        self.earlier = self.earlier.max(other.earlier);
        self.accounts.merge(&other.accounts);
        self.week = self.week.max(other.week);
    }
}

impl Monitor for SecretGuessing {
    type Common = Outcomes;
    type Model = Tried;

    const INFO: DetectorInfo = DetectorInfo {
        id: "secret-guessing",
        version: 1,
        subject: "identity_endpoint",
        quiet: Duration::from_hours(2),
        doc: "detectors/secret-guessing.md",
        owasp: &["API6:2023", "API2:2023"],
        cwe: &["CWE-307", "CWE-799"],
        attack: &["T1110.001"],
        next: "Limit attempts of one caller on this endpoint; make codes longer; look whether one was hit.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let attempt = Attempt::of(call)?;
        let logged_in = call.row().identity.kind != model::IdentityKind::Address;
        let subject = attempt.account.is_none() || logged_in || !attempt.issued && call.part.is_none();
        Some(Concern {
            subject: subject.then(|| call.here(call.row().identity.id)),
            common: call.endpoint.map(Key::endpoint),
        })
    }

    fn judge(call: &Call<'_>, common: Option<&Outcomes>, tried: &mut Tried, open: bool) -> Verdict {
        let Some(attempt) = Attempt::of(call) else { return Verdict::Quiet };
        // Where credentials are handed out, and an account is named, it is a log-in: judged by network and endpoint.
        if attempt.account.is_some() && common.is_some_and(|outcomes| outcomes.issued > 0) {
            return Verdict::Quiet;
        }
        let day = day(call);
        // Where everything is answered with success, the words of the answer may refuse: all are counted, and more expected.
        let always = attempt.said && common.is_some_and(Outcomes::says_yes_always);
        if day > tried.day && !open {
            let earlier = if always { tried.earlier.max(tried.secrets.len()) } else { 0 };
            *tried = Tried { day, earlier, week: tried.week.with(tried, day), ..Tried::default() };
        }
        tried.day = day;
        let oddly = attempt.failed_oddly(call, common);
        match attempt.succeeded(call, common) {
            None if oddly => {}
            None => return Verdict::Quiet,
            Some(true) if !always => {
                tried.succeeded = tried.succeeded.saturating_add(1);
                return if open { Verdict::Cause(Severity::High) } else { Verdict::Quiet };
            }
            Some(_) => {}
        }
        tried.failures = tried.failures.saturating_add(1);
        tried.secrets.insert(mix(attempt.secret));
        tried.accounts.insert(mix(attempt.account.unwrap_or_default()));
        if open {
            return Verdict::Cause(Severity::Medium);
        }
        // A partner's program checks what its own customers show: what it asks in a day its past tells, once it has one.
        if always && call.row().identity.kind == model::IdentityKind::ApiKey && tried.earlier == 0 {
            return Verdict::Note;
        }
        let people = if call.row().identity.kind == model::IdentityKind::Address { PEOPLE } else { 1 };
        tried.people = people;
        let people = people.max(tried.accounts.len());
        let each = match () {
            () if always => ANSWERED_EACH.max(f64::from(tried.earlier)),
            () if oddly => ANSWERED_EACH,
            () => FAILURES_EACH,
        };
        let (secrets, got) = (tried.secrets.len(), tried.succeeded);
        let rare = tail::people(secrets, each, people + got);
        let Week { days, secrets: before, succeeded, people: earlier, .. } = tried.week;
        let all = earlier.saturating_add(people).saturating_add(succeeded).saturating_add(got);
        let weekly = || tail::people(before.saturating_add(secrets), each, all);
        tried.slow = rare < RARE && !always && !oddly && days > 0 && weekly() >= RARE;
        if rare >= RARE || tried.slow { Verdict::Cause(Severity::Medium) } else { Verdict::Note }
    }

    fn learn(call: &Call<'_>, outcomes: &mut Outcomes) {
        outcomes.learn(call);
    }

    fn closed(tried: &mut Tried) {
        *tried = Tried { earlier: tried.earlier, ..Tried::default() };
    }

    fn report(about: &About, tried: &Tried) -> Report {
        let week = if tried.slow { tried.week } else { Week::default() };
        let (secrets, days) = (tried.secrets.len().saturating_add(week.secrets), week.days + 1);
        let span = if days > 1 { format!("on {days} days") } else { "in a day".to_owned() };
        Report {
            severity: if tried.succeeded > 0 { Severity::High } else { Severity::Medium },
            confidence: f32::from(about.kind.confidence().max(60)) / 100.0,
            title: format!("{secrets} different secrets were tried and refused; {} accepted", tried.succeeded),
            expected: vec![fact("refused_secrets", 1, "about one a day of a person who mistypes".to_owned())],
            observed: vec![
                fact("refused_secrets", secrets, format!("{secrets} different secrets or codes refused {span}")),
                fact("failures", tried.failures, format!("{} refusals", tried.failures)),
                fact("accepted", tried.succeeded, format!("{} accepted", tried.succeeded)),
            ],
            peers: Vec::new(),
            ruled_out: vec!["a person who mistypes: each secret counts once".to_owned()],
        }
    }
}
