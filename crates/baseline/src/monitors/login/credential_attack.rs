//! Credential attack: from one network many accounts fail, or one account fails again and again (OWASP API2:2023).
//!
//! Judged in a day: distinct accounts that failed and did not succeed, for the number of people that the network shows (its
//! accounts that did succeed); and failures of one account in a row. Forgetful people and offices behind one address stay
//! silent.

use std::time::Duration;

use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use super::{Attempt, Outcomes, day, fact};
use crate::models::distinct::Distinct;
use crate::models::{mix, tail};

pub(crate) struct CredentialAttack;

/// `-ln` of the rate of false alarms for one look, 1e-7; only failures are looked at.
const RARE: f64 = 16.1;
/// Accounts that fail and do not succeed, expected of one person in a day: a mistyped name now and then.
const ACCOUNTS_EACH: f64 = 0.25;
/// Failures in a row expected of one person in a day.
const FAILURES_EACH: f64 = 2.0;

/// A network's day on one endpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Day {
    at: u32,
    attempts: u32,
    failures: u32,
    /// Failures since the last success.
    in_a_row: u32,
    failed: Distinct,
    succeeded: Distinct,
    /// Successes since the finding was opened.
    broken: u32,
}

impl Model for Day {
    fn merge(&mut self, other: &Self) {
        self.at = self.at.max(other.at);
        self.attempts = self.attempts.saturating_add(other.attempts);
        self.failures = self.failures.saturating_add(other.failures);
        self.in_a_row = self.in_a_row.max(other.in_a_row);
        self.failed.merge(&other.failed);
        self.succeeded.merge(&other.succeeded);
    }
}

impl Monitor for CredentialAttack {
    type Common = Outcomes;
    type Model = Day;

    const INFO: DetectorInfo = DetectorInfo {
        id: "credential-attack",
        version: 1,
        subject: "network_endpoint",
        quiet: Duration::from_hours(2),
        doc: "detectors/credential-attack.md",
        owasp: &["API2:2023"],
        cwe: &["CWE-307", "CWE-204"],
        attack: &["T1110"],
        next: "Limit attempts from this client; look whether an account was opened, and reset its password.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let attempt = Attempt::of(call)?;
        Some(Concern {
            subject: attempt.account.map(|_| call.here(call.network())),
            common: call.endpoint.map(Key::endpoint),
        })
    }

    fn judge(call: &Call<'_>, common: Option<&Outcomes>, mine: &mut Day, open: bool) -> Verdict {
        let Some(attempt) = Attempt::of(call) else { return Verdict::Quiet };
        let Some(succeeded) = attempt.succeeded(call, common) else { return Verdict::Quiet };
        let day = day(call);
        if day > mine.at && !open {
            *mine = Day { at: day, ..Day::default() };
        }
        mine.at = day;
        mine.attempts = mine.attempts.saturating_add(1);
        let account = mix(attempt.account.unwrap_or_default());
        if succeeded {
            mine.succeeded.insert(account);
            mine.in_a_row = 0;
            if open {
                mine.broken += 1;
                return Verdict::Cause(Severity::High);
            }
            return Verdict::Quiet;
        }
        mine.failures = mine.failures.saturating_add(1);
        mine.in_a_row = mine.in_a_row.saturating_add(1);
        mine.failed.insert(account);
        if open {
            return Verdict::Cause(mine.severity());
        }
        let people = mine.succeeded.len() + 1;
        // Those that failed first and then succeeded are people.
        let strange = mine.failed.len().saturating_sub(mine.succeeded.len());
        let accounts = tail::people(strange, ACCOUNTS_EACH, people);
        let row = tail::people(mine.in_a_row, FAILURES_EACH * f64::from(people), 1);
        if accounts.max(row) >= RARE { Verdict::Cause(mine.severity()) } else { Verdict::Note }
    }

    fn learn(call: &Call<'_>, outcomes: &mut Outcomes) {
        outcomes.learn(call);
    }

    fn closed(mine: &mut Day) {
        *mine = Day::default();
    }

    fn report(about: &About, mine: &Day) -> Report {
        let (accounts, known) = (mine.failed.len(), mine.succeeded.len());
        Report {
            severity: mine.severity(),
            confidence: (f32::from(about.kind.confidence()) * 2.0).min(90.0).round() / 100.0,
            title: match mine.broken {
                0 => format!("{} attempts on {accounts} accounts failed", mine.failures),
                n => format!("{} attempts on {accounts} accounts failed, then {n} succeeded", mine.failures),
            },
            expected: vec![fact(
                "failed_accounts",
                known.div_ceil(4),
                format!(
                    "one account in a day that fails and never succeeds for four people; {known} accounts logged in from here"
                ),
            )],
            observed: vec![
                fact("failed_accounts", accounts, format!("{accounts} different accounts failed")),
                fact("failures", mine.failures, format!("{} of {} attempts failed", mine.failures, mine.attempts)),
                fact("succeeded_after", mine.broken, format!("{} attempts succeeded after the alarm", mine.broken)),
            ],
            peers: Vec::new(),
            ruled_out: vec![
                "a forgetful person: fails on one account, a few times".to_owned(),
                "an office behind one address: accounts that succeed count as people".to_owned(),
            ],
        }
    }
}

impl Day {
    const fn severity(&self) -> Severity {
        if self.broken > 0 { Severity::High } else { Severity::Medium }
    }
}
