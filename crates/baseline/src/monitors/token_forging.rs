//! Token forging: one network tries tokens that the server did not make (OWASP API2:2023).
//!
//! Judged: distinct tokens of one network that are refused within a day, for as many people as the network shows; and
//! tokens that no honest client makes: web tokens without a signature. An expired token is one.

use std::time::Duration;

use model::SignalKind;
use model::finding::{DetectorInfo, Fact, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use crate::models::distinct::Distinct;
use crate::models::{mix, tail};

pub(crate) struct TokenForging;

/// `-ln` of the rate of false alarms for one look, 1e-7.
const RARE: f64 = 16.1;
/// Refused tokens expected of one person in a day: they expire.
const REFUSED_EACH: f64 = 0.5;

/// Tokens of one network today.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tokens {
    day: u32,
    refused: Distinct,
    people: Distinct,
    unsigned: u32,
    /// Tokens without a signature, and tokens after refused ones, that were answered with success.
    accepted: u32,
}

impl Model for Tokens {
    fn merge(&mut self, other: &Self) {
        self.day = self.day.max(other.day);
        self.refused.merge(&other.refused);
        self.people.merge(&other.people);
        self.unsigned = self.unsigned.saturating_add(other.unsigned);
        self.accepted = self.accepted.saturating_add(other.accepted);
    }
}

impl Monitor for TokenForging {
    type Common = ();
    type Model = Tokens;

    const INFO: DetectorInfo = DetectorInfo {
        id: "token-forging",
        version: 1,
        subject: "network",
        quiet: Duration::from_hours(2),
        doc: "detectors/token-forging.md",
        owasp: &["API2:2023"],
        cwe: &["CWE-347", "CWE-287"],
        attack: &["T1606.001"],
        next: "Check that signature, issuer and algorithm of tokens are verified; revoke the key if a forged token was accepted.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        (!call.row().auth.is_empty() || call.row().signals.len > 0)
            .then(|| Concern { subject: Some(Key::of(call.network())), common: None })
    }

    fn worth(call: &Call<'_>, _: Option<&()>) -> bool {
        let mut signals = call.seen.signals().iter();
        signals.any(|signal| matches!(signal.kind, SignalKind::Refused | SignalKind::TokenFlaw))
    }

    fn judge(call: &Call<'_>, _: Option<&()>, tokens: &mut Tokens, open: bool) -> Verdict {
        let row = call.row();
        let day = (call.now().seconds() / 86_400) as u32;
        if day > tokens.day && !open {
            *tokens = Tokens { day, ..Tokens::default() };
        }
        tokens.day = day;
        let (mut refused, mut flawed) = (None, false);
        for signal in call.seen.signals() {
            match signal.kind {
                SignalKind::Refused => refused = Some(signal.value),
                SignalKind::TokenFlaw => flawed = true,
                _ => {}
            }
        }
        if flawed {
            tokens.unsigned = tokens.unsigned.saturating_add(1);
            if row.succeeded() {
                tokens.accepted = tokens.accepted.saturating_add(1);
                return Verdict::Cause(Severity::Critical);
            }
        }
        if let Some(token) = refused {
            let new = tokens.refused.insert(mix(token));
            let rare = tail::people(tokens.refused.len(), REFUSED_EACH, tokens.people.len() + 1) >= RARE;
            return if open || flawed || rare {
                Verdict::Cause(Severity::Medium)
            } else if new {
                Verdict::Note
            } else {
                Verdict::Quiet
            };
        }
        if !row.auth.is_empty() && row.succeeded() {
            if open {
                tokens.accepted = tokens.accepted.saturating_add(1);
                return Verdict::Cause(Severity::High);
            }
            tokens.people.insert(mix(row.identity.id.prefix()));
        }
        if flawed { Verdict::Cause(Severity::Medium) } else { Verdict::Quiet }
    }

    fn closed(tokens: &mut Tokens) {
        *tokens = Tokens::default();
    }

    fn report(about: &About, tokens: &Tokens) -> Report {
        let (refused, unsigned, accepted) = (tokens.refused.len(), tokens.unsigned, tokens.accepted);
        let fact =
            |name: &'static str, value: u32, text: String| Fact { name: name.into(), value: f64::from(value), text };
        Report {
            severity: Severity::Medium,
            confidence: f32::from(about.kind.confidence().max(70)) / 100.0,
            title: format!("{refused} different tokens were refused, {unsigned} had no signature; {accepted} accepted"),
            expected: vec![fact("refused_tokens", 1, "now and then an expired one".to_owned())],
            observed: vec![
                fact("refused_tokens", refused, format!("{refused} different tokens refused in a day")),
                fact("unsigned_tokens", unsigned, format!("{unsigned} calls with a web token without a signature")),
                fact("accepted", accepted, format!("{accepted} calls answered with success")),
            ],
            peers: Vec::new(),
            ruled_out: vec![
                "an expired token sent again and again: each counts once".to_owned(),
                "an office behind one address: identities that are let in count as people".to_owned(),
            ],
        }
    }
}
