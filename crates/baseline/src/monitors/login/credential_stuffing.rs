//! Credential stuffing, spread over many addresses: accounts that nobody ever logged in to fail, more of them than on any
//! day before (OWASP API2:2023).
//!
//! Each address stays below every limit; only the endpoint shows it. Judged: distinct strange accounts that fail in a day.
//! *Strange* is one that never logged in here. People who mistype, forget or have to change a password have known accounts.

use std::time::Duration;

use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use super::{Attempt, Outcomes, day, fact};
use crate::models::distinct::Distinct;
use crate::models::ring::Ring;
use crate::models::spread::Spread;
use crate::models::{mix, tail};

pub(crate) struct CredentialStuffing;

/// `-ln` of the rate of false alarms for one look, 1e-6; a day is looked at a few times.
const RARE: f64 = 13.8;
/// Strange accounts below which a day is not looked at, and networks they come from.
const ACCOUNTS_MIN: u32 = 20;
const NETWORKS_MIN: u32 = 5;
/// Days before today that make a reference.
const DAYS_MIN: usize = 3;
const DAYS: usize = 28;

/// An endpoint where people log in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Accounts {
    known: Distinct,
    days: Ring<u32>,
    day: u32,
    first_day: u32,
    strange: Distinct,
    networks: Distinct,
    failures: u32,
    /// Since the finding was opened: log-ins from networks that failed before.
    broken: u32,
    usual: u32,
    past: u32,
}

impl Model for Accounts {
    fn merge(&mut self, other: &Self) {
        self.known.merge(&other.known);
        self.days.merge(&other.days, DAYS);
    }
}

impl Monitor for CredentialStuffing {
    type Common = Outcomes;
    type Model = Accounts;

    const INFO: DetectorInfo = DetectorInfo {
        id: "credential-stuffing",
        version: 1,
        subject: "endpoint",
        quiet: Duration::from_hours(12),
        doc: "detectors/credential-stuffing.md",
        owasp: &["API2:2023"],
        cwe: &["CWE-307"],
        attack: &["T1110.004"],
        next: "Ask for a second factor or a captcha where the client or the network is new; look at log-ins that succeeded from these networks.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let attempt = Attempt::of(call)?;
        let endpoint = call.endpoint?;
        Some(Concern {
            subject: attempt.account.map(|_| Key::endpoint(endpoint)),
            common: Some(Key::endpoint(endpoint)),
        })
    }

    fn judge(call: &Call<'_>, common: Option<&Outcomes>, all: &mut Accounts, open: bool) -> Verdict {
        let Some(attempt) = Attempt::of(call) else { return Verdict::Quiet };
        let (day, network) = (day(call), mix(call.network().prefix()));
        if day > all.day {
            all.first_day = if all.first_day == 0 { day } else { all.first_day };
            all.day = day;
            // What an open finding tells goes on over midnight.
            if !open {
                (all.strange, all.networks, all.failures) = (Distinct::default(), Distinct::default(), 0);
            }
        }
        let account = mix(attempt.account.unwrap_or_default());
        match attempt.succeeded(call, common) {
            None => return Verdict::Quiet,
            Some(true) => {
                all.known.insert(account);
                if open && all.networks.contains(network) {
                    all.broken += 1;
                    return Verdict::Cause(Severity::High);
                }
                return Verdict::Quiet;
            }
            Some(false) => {}
        }
        if all.known.contains(account) {
            return Verdict::Quiet;
        }
        all.networks.insert(network);
        all.failures = all.failures.saturating_add(1);
        let new = all.strange.insert(account);
        if let Some(today) = all.days.bucket(day, DAYS).filter(|_| new) {
            *today = today.saturating_add(1);
        }
        if open {
            return Verdict::Cause(if all.broken > 0 { Severity::High } else { Severity::Medium });
        }
        let n = all.strange.len();
        if !new || n < ACCOUNTS_MIN || !n.is_multiple_of(5) || all.networks.len() < NETWORKS_MIN {
            return Verdict::Note;
        }
        // Days without any failure are no buckets of the ring: they count as such.
        let past: Vec<u32> = all.days.iter().filter(|(at, _)| *at < day).map(|(_, n)| *n).collect();
        let known = (day.saturating_sub(all.first_day) as usize).min(DAYS - 1);
        let mut past: Vec<u32> = past.into_iter().rev().chain(std::iter::repeat(0)).take(known).collect();
        if past.len() < DAYS_MIN {
            return Verdict::Note;
        }
        // Of few days one may have seen an attack of another kind, or a broken client: it is no reference.
        if past.len() > DAYS_MIN {
            past.sort_unstable();
            past.pop();
        }
        // Of few days hardly a spread can be told, but as many as on none of them are still rare: geometric with their largest.
        let most = past.iter().max().copied().unwrap_or(0);
        let spread = Spread::of(past);
        if spread.rarity(n).max(tail::people(n, f64::from(most + 1), 1)) < RARE {
            return Verdict::Note;
        }
        (all.usual, all.past) = (spread.usual().round() as u32, spread.n as u32);
        Verdict::Cause(Severity::Medium)
    }

    fn learn(call: &Call<'_>, outcomes: &mut Outcomes) {
        outcomes.learn(call);
    }

    fn closed(all: &mut Accounts) {
        (all.broken, all.failures) = (0, 0);
        (all.strange, all.networks) = (Distinct::default(), Distinct::default());
    }

    fn report(_: &About, all: &Accounts) -> Report {
        let (strange, networks) = (all.strange.len(), all.networks.len());
        Report {
            severity: if all.broken > 0 { Severity::High } else { Severity::Medium },
            confidence: (90.0 * all.past as f32 / (all.past as f32 + 2.0)).round() / 100.0,
            title: format!("{} attempts on accounts never seen before failed, from {networks} networks", all.failures),
            expected: vec![fact(
                "strange_accounts",
                all.usual,
                format!("about {} such accounts a day; learned from {} days", all.usual, all.past),
            )],
            observed: vec![
                fact("strange_accounts", strange, format!("{strange} accounts that never logged in here failed")),
                fact("networks", networks, format!("from {networks} networks")),
                fact("succeeded", all.broken, format!("{} log-ins succeeded from these networks", all.broken)),
            ],
            peers: Vec::new(),
            ruled_out: vec![
                "a day when everybody must change the password: accounts that logged in before are not counted"
                    .to_owned(),
                "new users: their first log-in succeeds".to_owned(),
            ],
        }
    }
}
