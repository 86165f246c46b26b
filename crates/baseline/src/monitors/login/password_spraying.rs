//! Password spraying: one secret is tried on many accounts, however slowly and from wherever (OWASP API2:2023).
//!
//! Judged: distinct accounts that one secret failed for, within a week. Only keyed hashes are kept. Secrets that work for
//! anybody are no guesses.

use std::time::Duration;

use model::Id;
use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use super::{Attempt, Outcomes, fact};
use crate::models::distinct::Distinct;
use crate::models::{mix, tail};

pub(crate) struct PasswordSpraying;

/// `-ln` of the rate of false alarms for one look, 1e-7.
const RARE: f64 = 16.1;
/// Other accounts that fail with the same secret from one network in a week, beside the first.
const ACCOUNTS_EACH: f64 = 0.25;
/// Attempts further apart than this are told apart.
const GAP: Duration = Duration::from_hours(24 * 7);

/// One secret on one endpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Secret {
    failed: Distinct,
    networks: Distinct,
    failures: u32,
    succeeded: u32,
    last: u64,
}

impl Model for Secret {
    fn merge(&mut self, other: &Self) {
        self.failed.merge(&other.failed);
        self.networks.merge(&other.networks);
        self.failures = self.failures.saturating_add(other.failures);
        self.succeeded = self.succeeded.saturating_add(other.succeeded);
        self.last = self.last.max(other.last);
    }
}

impl Monitor for PasswordSpraying {
    type Common = Outcomes;
    type Model = Secret;

    const INFO: DetectorInfo = DetectorInfo {
        id: "password-spraying",
        version: 1,
        subject: "endpoint",
        quiet: Duration::from_hours(24),
        doc: "detectors/password-spraying.md",
        owasp: &["API2:2023"],
        cwe: &["CWE-307", "CWE-521"],
        attack: &["T1110.003"],
        next: "Limit attempts over all clients; find the accounts that this password opened, and forbid it.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let attempt = Attempt::of(call)?;
        let endpoint = call.endpoint?;
        let secret = Id::of("secret", &[&attempt.secret.to_be_bytes()]);
        Some(Concern {
            subject: attempt.account.map(|_| Key::on(secret, endpoint.0)),
            common: Some(Key::endpoint(endpoint)),
        })
    }

    fn judge(call: &Call<'_>, common: Option<&Outcomes>, secret: &mut Secret, open: bool) -> Verdict {
        let Some(attempt) = Attempt::of(call) else { return Verdict::Quiet };
        let now = call.now().seconds();
        if !open && now.saturating_sub(secret.last) > GAP.as_secs() {
            *secret = Secret::default();
        }
        secret.last = now;
        match attempt.succeeded(call, common) {
            None => return Verdict::Quiet,
            Some(true) => {
                secret.succeeded = secret.succeeded.saturating_add(1);
                return if open { Verdict::Cause(Severity::High) } else { Verdict::Quiet };
            }
            Some(false) => {}
        }
        secret.failures = secret.failures.saturating_add(1);
        secret.networks.insert(mix(call.network().prefix()));
        let new = secret.failed.insert(mix(attempt.account.unwrap_or_default()));
        if open {
            return Verdict::Cause(Severity::Medium);
        }
        // Who sends the empty or a default secret succeeds with it now and then.
        let honest = secret.succeeded * 4 >= secret.failures;
        // People with the same wrong password come from homes of their own.
        let people = secret.networks.len();
        let others = secret.failed.len().saturating_sub(people);
        if new && !honest && tail::people(others, ACCOUNTS_EACH, people) >= RARE {
            Verdict::Cause(Severity::Medium)
        } else {
            Verdict::Note
        }
    }

    fn learn(call: &Call<'_>, outcomes: &mut Outcomes) {
        outcomes.learn(call);
    }

    fn closed(secret: &mut Secret) {
        *secret = Secret::default();
    }

    fn report(_: &About, secret: &Secret) -> Report {
        let (accounts, networks) = (secret.failed.len(), secret.networks.len());
        Report {
            severity: if secret.succeeded > 0 { Severity::High } else { Severity::Medium },
            confidence: 0.9,
            title: format!(
                "one secret was tried on {accounts} accounts from {networks} networks; {} opened",
                secret.succeeded
            ),
            expected: vec![fact("accounts", 1, "one account: who mistypes mistypes the own password".to_owned())],
            observed: vec![
                fact("accounts", accounts, format!("{accounts} different accounts failed with the same secret")),
                fact("networks", networks, format!("from {networks} networks")),
                fact("succeeded", secret.succeeded, format!("{} accounts were opened with it", secret.succeeded)),
            ],
            peers: Vec::new(),
            ruled_out: vec!["a forgetful person: many accounts, one secret".to_owned()],
        }
    }
}
