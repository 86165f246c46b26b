//! Log-ins and whatever else is proved by a secret: who tries whom with what, and how it ends.
//!
//! | module | subject | what |
//! |---|---|---|
//! | [`credential_attack`] | a network on an endpoint | many accounts fail, or one fails again and again |
//! | [`password_spraying`] | a secret on an endpoint | one secret fails for many accounts |
//! | [`credential_stuffing`] | an endpoint | accounts that never logged in fail, from wherever |
//! | [`secret_guessing`] | an identity on an endpoint | one code after another |
//! | [`account_guessing`] | an account on an endpoint | one account is tried from many networks |
//! | [`account_creation`] | an endpoint | few clients make account after account |
//! | [`account_probing`] | a network on an endpoint | account after account is asked for without a secret |
//!
//! An attempt *succeeds* when the answer hands out a credential, on endpoints that ever did; elsewhere when it is answered
//! with success. So a refusal may be a 200.

pub(super) mod account_creation;
pub(super) mod account_guessing;
pub(super) mod account_probing;
pub(super) mod credential_attack;
pub(super) mod credential_stuffing;
pub(super) mod password_spraying;
pub(super) mod secret_guessing;

use model::finding::Fact;
use model::{IdentityKind, ParamPlace, SignalKind};
use serde::{Deserialize, Serialize};

use super::{Call, Model};

/// One attempt.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    /// Hash of the account's name, if it names one.
    account: Option<u64>,
    /// Hash of all secrets together.
    secret: u64,
    /// Whether the answer hands out a credential.
    issued: bool,
    /// Whether a secret stands elsewhere than in the path, where it may be the number of an object.
    said: bool,
    /// Whether one of the secrets is called a password.
    password: bool,
}

impl Attempt {
    /// Of a call that carries a secret and was answered.
    fn of(call: &Call<'_>) -> Option<Self> {
        if call.row().signals.len == 0 || call.row().status == 0 {
            return None;
        }
        let mut attempt = Self { account: None, secret: 0, issued: false, said: false, password: false };
        for signal in call.seen.signals() {
            match signal.kind {
                SignalKind::Account => attempt.account = attempt.account.or(Some(signal.value)),
                SignalKind::Secret => {
                    attempt.secret = attempt.secret.wrapping_mul(31) ^ signal.value;
                    attempt.said |= signal.place != ParamPlace::Path;
                    attempt.password |= is_password(call.seen.text(signal.name));
                }
                SignalKind::Issued => attempt.issued = true,
                _ => {}
            }
        }
        (attempt.secret != 0).then_some(attempt)
    }

    /// Whether it got what it wanted. A server that fails, or finds the input malformed, says nothing.
    fn succeeded(&self, call: &Call<'_>, outcomes: Option<&Outcomes>) -> Option<bool> {
        let row = call.row();
        let issues = outcomes.is_some_and(|outcomes| outcomes.issued > 0);
        // A token endpoint refuses wrong names and secrets with 400 (RFC 6749 §5.2); where others tell malformed input.
        let by_400 = (self.account.is_some() || self.said) && outcomes.is_some_and(Outcomes::refuses_by_400);
        match row.status {
            _ if self.issued => Some(true),
            400 if by_400 => Some(false),
            400 | 405 | 415 | 500..=599 => None,
            200..=399 if issues => Some(false),
            _ => Some(row.succeeded()),
        }
    }

    /// Whether it failed by a status that elsewhere says nothing, on an endpoint that refuses by it: many answer 400 or 500 to a
    /// wrong code. In an outage everybody is answered so: only for callers told apart by an account or a credential, and not
    /// for programs of partners, which bring the codes of many.
    fn failed_oddly(&self, call: &Call<'_>, outcomes: Option<&Outcomes>) -> bool {
        let row = call.row();
        let apart = match row.identity.kind {
            IdentityKind::Address => self.account.is_some(),
            kind => !matches!(kind, IdentityKind::ApiKey | IdentityKind::Certificate),
        };
        !self.issued
            && apart
            && outcomes.is_some_and(|outcomes| match row.status {
                400 => outcomes.bad > outcomes.refused,
                500 => outcomes.crashed > outcomes.refused,
                _ => false,
            })
    }
}

fn is_password(name: &[u8]) -> bool {
    [&b"passw"[..], b"pwd", b"passphrase"]
        .iter()
        .any(|word| name.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word)))
}

/// How attempts on an endpoint end.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outcomes {
    /// Answers that handed out a credential.
    issued: u64,
    /// Attempts refused by status or by an error in the answer.
    refused: u64,
    /// Attempts that were answered with 400.
    #[serde(default)]
    bad: u64,
    /// Attempts that were answered with 500.
    #[serde(default)]
    crashed: u64,
}

impl Outcomes {
    fn learn(&mut self, call: &Call<'_>) {
        let Some(attempt) = Attempt::of(call) else { return };
        self.issued += u64::from(attempt.issued);
        self.refused += u64::from(attempt.succeeded(call, None) == Some(false));
        self.bad += u64::from(call.row().status == 400);
        self.crashed += u64::from(call.row().status == 500);
    }

    /// Whether it hands out credentials and has no other way to refuse than 400, as far as is known.
    const fn refuses_by_400(&self) -> bool {
        self.issued > 0 && self.bad > self.refused
    }

    /// Whether a refusal is told by the words of the answer only, as far as is known.
    const fn says_yes_always(&self) -> bool {
        self.issued == 0 && self.refused == 0
    }
}

impl Model for Outcomes {
    fn merge(&mut self, other: &Self) {
        (self.issued, self.refused) = (self.issued + other.issued, self.refused + other.refused);
        (self.bad, self.crashed) = (self.bad + other.bad, self.crashed + other.crashed);
    }
}

fn day(call: &Call<'_>) -> u32 {
    (call.now().seconds() / 86_400) as u32
}

fn fact(name: &'static str, value: u32, text: String) -> Fact {
    Fact { name: name.into(), value: f64::from(value), text }
}
