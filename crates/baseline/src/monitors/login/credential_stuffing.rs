//! Credential stuffing, spread over many addresses: accounts that nobody ever logged in to fail, more of them than on any
//! day before (OWASP API2:2023).
//!
//! Each address stays below every limit; only the endpoint shows it. Judged: distinct strange accounts that fail in a day, and
//! in the latest few days together, which are then compared with the days before all of them: a list that is tried slowly must
//! not vouch for itself. *Strange* is one that never logged in here. Where a code needs no account, as a gift card does, the
//! codes are looked at in its place. People who mistype, forget or have to change a password have known accounts.

use std::time::Duration;

use model::IdentityKind;
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
/// Days before today that make a reference; and one for networks that got nowhere, which most days see hardly any of.
const DAYS_MIN: usize = 3;
const VAIN_DAYS_MIN: usize = 2;
const DAYS: usize = 28;
/// How far days may differ: the shape of their negative binomial distribution, at least.
const SHAPE_MIN: f64 = 0.1;
/// Days that are looked at together.
const SPANS: [u32; 3] = [1, 2, 4];

/// What failed on one of the latest days.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Day {
    at: u32,
    strange: Distinct,
    networks: Distinct,
    failures: u32,
}

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
    /// The days before today that are looked at with it, earliest first, and how many a finding is about.
    #[serde(default)]
    earlier: Vec<Day>,
    #[serde(default)]
    span: u32,
    /// Whether codes without an account are tried here.
    #[serde(default)]
    codes: bool,
    /// Of the networks of today those from where somebody got in after all; and on each day how many did not.
    #[serde(default)]
    reached: Distinct,
    #[serde(default)]
    vain: Ring<u32>,
}

impl Model for Accounts {
    fn merge(&mut self, other: &Self) {
        self.known.merge(&other.known);
        self.days.merge(&other.days, DAYS);
        self.vain.merge(&other.vain, DAYS);
    }
}

impl Accounts {
    /// Networks that tried strange accounts today, and from where nobody got in since: who mistypes tries again.
    fn in_vain(&self) -> u32 {
        self.networks.len().saturating_sub(self.reached.len())
    }

    /// Today is over.
    fn keep(&mut self, day: u32) {
        let vain = self.in_vain();
        if vain > 0 {
            *self.vain.bucket(self.day, DAYS) = vain;
        }
        self.reached = Distinct::default();
        let (strange, networks) = (std::mem::take(&mut self.strange), std::mem::take(&mut self.networks));
        let failures = std::mem::take(&mut self.failures);
        self.earlier.push(Day { at: self.day, strange, networks, failures });
        let longest = SPANS.into_iter().max().unwrap_or(1);
        self.earlier.retain(|earlier| day.saturating_sub(earlier.at) < longest);
    }

    /// The latest `span` days together.
    fn latest(&self, span: u32) -> Day {
        let today = (self.strange.clone(), self.networks.clone());
        let mut sum = Day { at: self.day, strange: today.0, networks: today.1, failures: self.failures };
        for earlier in self.earlier.iter().filter(|earlier| self.day.saturating_sub(earlier.at) < span) {
            sum.strange.merge(&earlier.strange);
            sum.networks.merge(&earlier.networks);
            sum.failures = sum.failures.saturating_add(earlier.failures);
        }
        sum
    }

    /// Whether so many strange accounts in the latest `span` days are rare; if so, a finding is about them.
    fn is_told(&mut self, span: u32) -> bool {
        let latest = self.latest(span);
        let (n, first) = (latest.strange.len(), self.day.saturating_sub(span - 1));
        if n < ACCOUNTS_MIN || latest.networks.len() < NETWORKS_MIN {
            return false;
        }
        // Days without any failure are no buckets of the ring: they count as such.
        let known = (first.saturating_sub(self.first_day) as usize).min(DAYS - span as usize);
        let days_before = |ring: &Ring<u32>| -> Vec<u32> {
            let past: Vec<u32> = ring.iter().filter(|(at, _)| *at < first).map(|(_, n)| *n).collect();
            past.into_iter().rev().chain(std::iter::repeat(0)).take(known).collect()
        };
        let mut past = days_before(&self.days);
        let most = days_before(&self.vain).into_iter().max().unwrap_or_default();
        let vain =
            span == 1 && past.len() >= VAIN_DAYS_MIN && tail::people(self.in_vain(), f64::from(most + 1), 1) >= RARE;
        if past.len() < DAYS_MIN && !vain {
            return false;
        }
        // Of few days one may have seen an attack of another kind, or a broken client: it is no reference.
        if past.len() > DAYS_MIN {
            past.sort_unstable();
            past.pop();
        }
        let spread = Spread::of(past.clone());
        let mut rarity = together(n, span, &past);
        if span == 1 {
            // Of few days hardly a spread can be told, but as many as on none of them are still rare: geometric with their
            // largest.
            rarity = rarity.max(spread.rarity(n)).max(tail::people(n, f64::from(spread.max + 1), 1));
        }
        if rarity < RARE && !vain {
            return false;
        }
        (self.usual, self.past, self.span) = (spread.usual().round() as u32, spread.n as u32, span);
        (self.strange, self.networks, self.failures) = (latest.strange, latest.networks, latest.failures);
        self.earlier.clear();
        true
    }
}

fn days(n: u32) -> String {
    if n <= 1 { "a day".to_owned() } else { format!("{n} days") }
}

/// How rare `n` in `span` days is after these days, in nats. Most days see none or few, so that their logarithms say little: it
/// is their sum that tells the mean, and their variance how far days differ, at least as geometric ones do.
fn together(n: u32, span: u32, past: &[u32]) -> f64 {
    let count = past.len().max(1) as f64;
    let sum = past.iter().fold(0_u32, |sum, day| sum.saturating_add(*day));
    let mean = f64::from(sum) / count;
    let variance = past.iter().map(|day| (f64::from(*day) - mean).powi(2)).sum::<f64>() / count;
    let shape = if variance > mean { (mean * mean / (variance - mean)).min(1.0) } else { 1.0 };
    // One more a day surprises nobody, whatever was seen.
    let expected = sum.saturating_add(past.len() as u32);
    let looks = (SPANS.len() as f64).ln();
    tail::days(n, span, expected, past.len() as u32, shape.max(SHAPE_MIN)) - looks
}

/// The account that is tried, or the code where none is named. What stands in a path may be the number of an object, and passwords
/// are of somebody.
fn item(attempt: &Attempt) -> Option<u64> {
    attempt.account.or_else(|| (attempt.said && !attempt.password).then_some(attempt.secret))
}

/// Whether a failure counts: of codes only those of callers who have not shown who they are.
fn counts(call: &Call<'_>, attempt: &Attempt) -> bool {
    attempt.account.is_some() || matches!(call.row().identity.kind, IdentityKind::Address | IdentityKind::Session)
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
        owasp: &["API2:2023", "API6:2023"],
        cwe: &["CWE-307"],
        attack: &["T1110.004"],
        next: "Ask for a second factor or a captcha where the client or the network is new; look at log-ins that succeeded from these networks.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let attempt = Attempt::of(call)?;
        let endpoint = call.endpoint?;
        Some(Concern {
            subject: item(&attempt).map(|_| Key::endpoint(endpoint)),
            common: Some(Key::endpoint(endpoint)),
        })
    }

    fn judge(call: &Call<'_>, common: Option<&Outcomes>, all: &mut Accounts, open: bool) -> Verdict {
        let Some(attempt) = Attempt::of(call) else { return Verdict::Quiet };
        let (day, network) = (day(call), mix(call.network().prefix()));
        if day > all.day {
            all.first_day = if all.first_day == 0 { day } else { all.first_day };
            // What an open finding tells goes on over midnight.
            if !open {
                all.keep(day);
            }
            all.day = day;
        }
        let Some(account) = item(&attempt).map(mix) else { return Verdict::Quiet };
        match attempt.succeeded(call, common) {
            None => return Verdict::Quiet,
            Some(true) => {
                all.known.insert(account);
                if all.networks.contains(network) {
                    all.reached.insert(network);
                }
                if open && all.networks.contains(network) {
                    all.broken += 1;
                    return Verdict::Cause(Severity::High);
                }
                return Verdict::Quiet;
            }
            Some(false) => {}
        }
        if all.known.contains(account) || !counts(call, &attempt) {
            return Verdict::Quiet;
        }
        all.codes = attempt.account.is_none();
        all.networks.insert(network);
        all.failures = all.failures.saturating_add(1);
        let new = all.strange.insert(account);
        if new {
            let today = all.days.bucket(day, DAYS);
            *today = today.saturating_add(1);
        }
        if open {
            return Verdict::Cause(if all.broken > 0 { Severity::High } else { Severity::Medium });
        }
        let n = all.strange.len();
        // Of many every fifth is enough.
        if !new || n > ACCOUNTS_MIN && !n.is_multiple_of(5) || !SPANS.into_iter().any(|span| all.is_told(span)) {
            return Verdict::Note;
        }
        Verdict::Cause(Severity::Medium)
    }

    fn learn(call: &Call<'_>, outcomes: &mut Outcomes) {
        outcomes.learn(call);
    }

    fn closed(all: &mut Accounts) {
        (all.broken, all.failures, all.span) = (0, 0, 0);
        (all.strange, all.networks, all.reached) = (Distinct::default(), Distinct::default(), Distinct::default());
    }

    fn report(_: &About, all: &Accounts) -> Report {
        let (strange, networks) = (all.strange.len(), all.networks.len());
        let what = if all.codes { "codes" } else { "accounts" };
        Report {
            severity: if all.broken > 0 { Severity::High } else { Severity::Medium },
            confidence: (90.0 * all.past as f32 / (all.past as f32 + 2.0)).round() / 100.0,
            title: format!("{} attempts with {what} never seen before failed, from {networks} networks", all.failures),
            expected: vec![fact(
                "strange_accounts",
                all.usual,
                format!("about {} such {what} a day; learned from {} days", all.usual, all.past),
            )],
            observed: vec![
                fact("strange_accounts", strange, format!("{strange} {what} that never succeeded here failed")),
                fact("networks", networks, format!("from {networks} networks")),
                fact("days", all.span, format!("in {} when it was told first", days(all.span))),
                fact("succeeded", all.broken, format!("{} attempts succeeded from these networks", all.broken)),
            ],
            peers: Vec::new(),
            ruled_out: vec![
                format!("a day when many mistype: {what} that succeeded before are not counted"),
                "newcomers: their first attempt succeeds".to_owned(),
            ],
        }
    }
}
