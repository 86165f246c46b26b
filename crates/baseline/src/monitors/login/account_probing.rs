//! Account probing: one network asks for account after account where no secret is needed, to learn which exist (OWASP
//! API2:2023, CWE-204).
//!
//! "Send me a code", "I forgot my password", "is this name taken", and whatever else names an account before anybody has shown
//! who asks: the answer tells. Judged in a day: distinct accounts that the
//! answer denies, for the number of people that the network shows; and, where the status tells nothing, distinct accounts that
//! one program asks for. A sign-up whose name is taken and a phone number mistyped stay silent.

use std::time::Duration;

use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use model::{IdentityKind, ParamPlace, SignalKind, Zone};
use serde::{Deserialize, Serialize};

use super::super::{About, Call, Concern, Model, Monitor, Verdict};
use super::{day, fact};
use crate::models::distinct::Distinct;
use crate::models::{mix, tail};

pub(crate) struct AccountProbing;

/// `-ln` of the rate of false alarms for one look, 1e-7.
const RARE: f64 = 16.1;
/// Accounts that are denied and not known, expected of one person in a day: a mistyped name now and then.
const DENIED_EACH: f64 = 0.25;
/// Accounts asked for in a day through one program on one address, whatever the answers say: of so many people one each.
const PEOPLE: u32 = 20;

/// A network's day on one endpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Asked {
    day: u32,
    known: Distinct,
    denied: Distinct,
    clients: Distinct,
}

impl Model for Asked {
    fn merge(&mut self, other: &Self) {
        self.day = self.day.max(other.day);
        self.known.merge(&other.known);
        self.denied.merge(&other.denied);
        self.clients.merge(&other.clients);
    }
}

/// The account that a call asks for without a secret.
fn account(call: &Call<'_>) -> Option<u64> {
    let row = call.row();
    let asks = || asks_of_strangers(call) || asks(call.seen.template());
    if row.signals.len == 0 || row.status == 0 || call.part.is_some() || !asks() {
        return None;
    }
    let mut account = None;
    for signal in call.seen.signals() {
        match signal.kind {
            SignalKind::Secret if signal.place != ParamPlace::Path => return None,
            SignalKind::Refresh => return None,
            SignalKind::Account => account = account.or(Some(signal.value)),
            _ => {}
        }
    }
    account
}

/// Whether somebody outside reads what an account is before showing who asks. Inside, programs act for people who have shown
/// that elsewhere; what is posted may be told by a program that knows (a letter that could not be delivered); and a server
/// that wants a credential says nothing of the account.
fn asks_of_strangers(call: &Call<'_>) -> bool {
    let row = call.row();
    let stranger = row.identity.kind == IdentityKind::Address && row.caller.zone == Zone::External;
    stranger && call.seen.method() == b"GET" && !matches!(row.outcome(), 401 | 403)
}

/// Whether the path speaks of log-ins, codes and forgotten passwords, or of names that are taken.
fn asks(template: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"login",
        b"log-in",
        b"signin",
        b"sign-in",
        b"otp",
        b"passcode",
        b"forgot",
        b"reset",
        b"recover",
        b"password",
        b"verif",
        b"exists",
        b"available",
        b"availability",
        b"lookup",
        b"magic",
        b"send-code",
        b"sendcode",
        b"request-code",
        b"security-question",
        b"security_question",
        b"securityquestion",
        b"secret-question",
        b"secretquestion",
        b"is-registered",
        b"isregistered",
        b"taken",
        b"unique",
    ];
    let has = |word: &[u8]| template.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    // Whoever checks out is no stranger.
    WORDS.iter().any(|word| has(word)) || has(b"check") && !has(b"checkout") && !has(b"check-out")
}

impl Monitor for AccountProbing {
    type Common = ();
    type Model = Asked;

    const INFO: DetectorInfo = DetectorInfo {
        id: "account-probing",
        version: 1,
        subject: "network_endpoint",
        quiet: Duration::from_hours(2),
        doc: "detectors/account-probing.md",
        owasp: &["API2:2023"],
        cwe: &["CWE-204", "CWE-307"],
        attack: &["T1589", "T1087"],
        next: "Answer alike whether the account exists or not, and limit what one client may ask.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        account(call)?;
        Some(Concern { subject: Some(call.here(call.network())), common: None })
    }

    fn judge(call: &Call<'_>, _: Option<&()>, asked: &mut Asked, open: bool) -> Verdict {
        let Some(account) = account(call) else { return Verdict::Quiet };
        let row = call.row();
        if row.status >= 500 || matches!(row.status, 405 | 415 | 429) {
            return Verdict::Quiet;
        }
        let day = day(call);
        if day > asked.day && !open {
            *asked = Asked::default();
        }
        asked.day = day;
        asked.clients.insert(mix(row.client));
        let new = if row.succeeded() { asked.known.insert(mix(account)) } else { asked.denied.insert(mix(account)) };
        if open {
            return Verdict::Cause(Severity::Medium);
        }
        let (known, denied) = (asked.known.len(), asked.denied.len());
        let strangers = tail::people(denied.saturating_sub(known), DENIED_EACH, known + 1) >= RARE;
        // An address of many people shows several programs.
        let silent = denied == 0
            && asks(call.seen.template())
            && !asked.clients.reaches(2)
            && tail::people(known, 1.0, PEOPLE) >= RARE;
        if new && (strangers || silent) { Verdict::Cause(Severity::Medium) } else { Verdict::Note }
    }

    fn closed(asked: &mut Asked) {
        *asked = Asked::default();
    }

    fn report(about: &About, asked: &Asked) -> Report {
        let (known, denied) = (asked.known.len(), asked.denied.len());
        Report {
            severity: Severity::Medium,
            confidence: (f32::from(about.kind.confidence()) * 2.0).min(90.0).round() / 100.0,
            title: format!(
                "one client asked for {} accounts without a secret, {denied} of them denied",
                known + denied
            ),
            expected: vec![fact("denied_accounts", 1, "a name mistyped now and then".to_owned())],
            observed: vec![
                fact("denied_accounts", denied, format!("{denied} different accounts were denied in a day")),
                fact("known_accounts", known, format!("{known} others were answered with success")),
            ],
            peers: Vec::new(),
            ruled_out: vec![
                "an office behind one address: its people have accounts, and several programs".to_owned(),
                "a person who mistypes: each account counts once".to_owned(),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::asks;

    #[test]
    fn paths_that_tell_whether_an_account_exists_ask_for_it() {
        for path in [
            "/user/security-question",
            "/onboarding/email-check",
            "/checkUsername",
            "/v1/SecurityQuestion",
            "/auth/forgot",
            "/users/isRegistered",
        ] {
            assert!(asks(path.as_bytes()), "{path}");
        }
        for path in ["/users/{int}/questions", "/devices/registered", "/orders", "/cart/checkout", ""] {
            assert!(!asks(path.as_bytes()), "{path}");
        }
    }
}
