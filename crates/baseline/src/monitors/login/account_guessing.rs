//! Account guessing: one account is tried with secret after secret from many networks (OWASP API2:2023).
//!
//! Each network stays below every limit; only the account shows it. Judged: distinct secrets that failed for one account since it
//! last succeeded, a day's pause ends the count. Who is tried from one or two networks only is judged there.

use std::time::Duration;

use model::Id;
use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use super::{Attempt, Outcomes, fact};
use crate::models::distinct::Distinct;
use crate::models::{mix, tail};

pub(crate) struct AccountGuessing;

/// `-ln` of the rate of false alarms for one look, 1e-7; only failures are looked at.
const RARE: f64 = 16.1;
/// Different secrets that an owner tries before one fits, expected.
const SECRETS_EACH: f64 = 2.0;
/// A person fails at home, at work and on the way.
const NETWORKS_MIN: u32 = 4;
/// What is tried so long after is another story.
const GAP: Duration = Duration::from_hours(24);

/// One account on one endpoint, since it last succeeded.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tried {
    secrets: Distinct,
    networks: Distinct,
    failures: u32,
    succeeded: u32,
    last: u64,
}

impl Model for Tried {
    fn merge(&mut self, other: &Self) {
        self.secrets.merge(&other.secrets);
        self.networks.merge(&other.networks);
        self.failures = self.failures.saturating_add(other.failures);
        self.succeeded = self.succeeded.saturating_add(other.succeeded);
        self.last = self.last.max(other.last);
    }
}

impl Monitor for AccountGuessing {
    type Common = Outcomes;
    type Model = Tried;

    const INFO: DetectorInfo = DetectorInfo {
        id: "account-guessing",
        version: 1,
        subject: "endpoint",
        quiet: Duration::from_hours(6),
        doc: "detectors/account-guessing.md",
        owasp: &["API2:2023"],
        cwe: &["CWE-307"],
        attack: &["T1110.001"],
        next: "Limit attempts on one account over all clients; look whether it was opened, and reset its secret.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let attempt = Attempt::of(call)?;
        let endpoint = call.endpoint?;
        let account = |name: u64| Id::of("account", &[&name.to_be_bytes()]);
        Some(Concern {
            subject: attempt.account.map(|name| Key::on(account(name), endpoint.0)),
            common: Some(Key::endpoint(endpoint)),
        })
    }

    fn worth(call: &Call<'_>, common: Option<&Outcomes>) -> bool {
        Attempt::of(call).and_then(|attempt| attempt.succeeded(call, common)) == Some(false)
    }

    fn judge(call: &Call<'_>, common: Option<&Outcomes>, tried: &mut Tried, open: bool) -> Verdict {
        let Some(attempt) = Attempt::of(call) else { return Verdict::Quiet };
        let Some(succeeded) = attempt.succeeded(call, common) else { return Verdict::Quiet };
        let now = call.now().seconds();
        if !open && (succeeded || now.saturating_sub(tried.last) > GAP.as_secs()) {
            *tried = Tried::default();
        }
        tried.last = now;
        if succeeded {
            tried.succeeded = tried.succeeded.saturating_add(1);
            return if open { Verdict::Cause(Severity::High) } else { Verdict::Quiet };
        }
        // Where no credential is handed out, an account in a body may be anybody's.
        if common.is_none_or(|outcomes| outcomes.issued == 0) {
            return Verdict::Quiet;
        }
        tried.failures = tried.failures.saturating_add(1);
        tried.secrets.insert(mix(attempt.secret));
        tried.networks.insert(mix(call.network().prefix()));
        let rare = tail::people(tried.secrets.len(), SECRETS_EACH, 1) >= RARE;
        if open || rare && tried.networks.len() >= NETWORKS_MIN {
            return Verdict::Cause(Severity::Medium);
        }
        Verdict::Note
    }

    fn learn(call: &Call<'_>, outcomes: &mut Outcomes) {
        outcomes.learn(call);
    }

    fn closed(tried: &mut Tried) {
        *tried = Tried::default();
    }

    fn report(_: &About, tried: &Tried) -> Report {
        let (secrets, networks) = (tried.secrets.len(), tried.networks.len());
        Report {
            severity: if tried.succeeded > 0 { Severity::High } else { Severity::Medium },
            confidence: 0.9,
            title: format!("{secrets} secrets were tried on one account from {networks} networks"),
            expected: vec![fact("secrets", 2, "about two: who forgot tries a few".to_owned())],
            observed: vec![
                fact("secrets", secrets, format!("{secrets} different secrets failed for this account")),
                fact("networks", networks, format!("from {networks} networks")),
                fact("succeeded", tried.succeeded, format!("{} attempts succeeded after the alarm", tried.succeeded)),
            ],
            peers: Vec::new(),
            ruled_out: vec![
                "a forgetful owner: each secret counts once, and the networks are many".to_owned(),
                "a program with an old secret: it tries the same one again".to_owned(),
            ],
        }
    }
}
