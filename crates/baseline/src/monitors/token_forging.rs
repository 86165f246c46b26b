//! Token forging: one network tries tokens that the server did not make (OWASP API2:2023).
//!
//! Judged: distinct tokens of one network that are refused within a day, for as many people as the network shows; and
//! tokens that no honest client makes: web tokens without a signature. An expired token is one. As parameters also tokens
//! unlike all that the service hands out, where it makes those that are shown to it.

use std::collections::BTreeSet;
use std::time::Duration;

use model::finding::{DetectorInfo, Fact, Severity};
use model::life::Report;
use model::{Signal, SignalKind};
use serde::{Deserialize, Serialize};

use super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use crate::models::distinct::Distinct;
use crate::models::{mix, tail};

pub(crate) struct TokenForging;

/// `-ln` of the rate of false alarms for one look, 1e-7.
const RARE: f64 = 16.1;
/// Refused tokens expected of one person in a day: they expire.
const REFUSED_EACH: f64 = 0.5;

/// A service is known as the maker of the tokens shown to it when it made so many, and so many calls showed them.
const MADE_MIN: u32 = 20;
const SHOWN_MIN: u32 = 50;
/// Of so many networks that show tokens, one other may show such that are unlike.
const STRANGE_ONE_IN: u32 = 20;
/// Shapes of tokens of one service; who makes more kinds is not known by them.
const SHAPES_MAX: usize = 16;

/// Web tokens of one service: those that it hands out, and those shown to it as parameters.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Maker {
    shapes: BTreeSet<u64>,
    made: u32,
    shown: u32,
    networks: Distinct,
    /// Networks that showed others.
    strange: Distinct,
}

impl Model for Maker {
    fn merge(&mut self, other: &Self) {
        self.shapes.extend(&other.shapes);
        while self.shapes.len() > SHAPES_MAX {
            self.shapes.pop_last();
        }
        self.made = self.made.saturating_add(other.made);
        self.shown = self.shown.saturating_add(other.shown);
        self.networks.merge(&other.networks);
        self.strange.merge(&other.strange);
    }
}

impl Maker {
    /// Whether a token of that shape, shown by `me`, is none of its own, as far as that can be known.
    fn disowns(&self, shape: u64, me: u64) -> bool {
        let others = self.strange.len() - u32::from(self.strange.contains(me));
        self.made >= MADE_MIN
            && self.shown >= SHOWN_MIN
            && self.shapes.len() < SHAPES_MAX
            && !self.shapes.contains(&shape)
            && others * STRANGE_ONE_IN <= self.networks.len()
    }
}

/// Tokens of one network today.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tokens {
    day: u32,
    refused: Distinct,
    people: Distinct,
    unsigned: u32,
    /// Tokens without a signature, and tokens after refused ones, that were answered with success.
    accepted: u32,
    /// Parameters that are web tokens unlike those that the service makes.
    #[serde(default)]
    unlike: u32,
}

impl Model for Tokens {
    fn merge(&mut self, other: &Self) {
        self.day = self.day.max(other.day);
        self.refused.merge(&other.refused);
        self.people.merge(&other.people);
        self.unsigned = self.unsigned.saturating_add(other.unsigned);
        self.accepted = self.accepted.saturating_add(other.accepted);
        self.unlike = self.unlike.saturating_add(other.unlike);
    }
}

impl Monitor for TokenForging {
    type Common = Maker;
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
        if call.row().auth.is_empty() && call.row().signals.len == 0 {
            return None;
        }
        let web = |signal: &Signal| matches!(signal.kind, SignalKind::TokenMade | SignalKind::TokenShown);
        let common = call.seen.signals().iter().any(web).then(|| Key::of(call.service()));
        Some(Concern { subject: Some(Key::of(call.network())), common })
    }

    fn worth(call: &Call<'_>, maker: Option<&Maker>) -> bool {
        let mut signals = call.seen.signals().iter();
        signals.any(|signal| matches!(signal.kind, SignalKind::Refused | SignalKind::TokenFlaw)) || unlike(call, maker)
    }

    fn judge(call: &Call<'_>, maker: Option<&Maker>, tokens: &mut Tokens, open: bool) -> Verdict {
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
        if unlike(call, maker) {
            tokens.unlike = tokens.unlike.saturating_add(1);
            tokens.accepted = tokens.accepted.saturating_add(u32::from(row.succeeded()));
            return Verdict::Cause(if row.succeeded() { Severity::High } else { Severity::Medium });
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

    fn learn(call: &Call<'_>, maker: &mut Maker) {
        let me = mix(call.network().prefix());
        for signal in call.seen.signals() {
            match signal.kind {
                SignalKind::TokenMade => {
                    maker.made = maker.made.saturating_add(1);
                    if maker.shapes.len() < SHAPES_MAX {
                        maker.shapes.insert(signal.value);
                    }
                }
                SignalKind::TokenShown => {
                    maker.shown = maker.shown.saturating_add(1);
                    maker.networks.insert(me);
                    if !maker.shapes.contains(&signal.value) {
                        maker.strange.insert(me);
                    }
                }
                _ => {}
            }
        }
    }

    fn closed(tokens: &mut Tokens) {
        *tokens = Tokens::default();
    }

    fn report(about: &About, tokens: &Tokens) -> Report {
        let (refused, unsigned, accepted) = (tokens.refused.len(), tokens.unsigned, tokens.accepted);
        let fact =
            |name: &'static str, value: u32, text: String| Fact { name: name.into(), value: f64::from(value), text };
        let mut observed = vec![
            fact("refused_tokens", refused, format!("{refused} different tokens refused in a day")),
            fact("unsigned_tokens", unsigned, format!("{unsigned} calls with a web token without a signature")),
            fact("accepted", accepted, format!("{accepted} calls answered with success")),
        ];
        if tokens.unlike > 0 {
            let text = format!(
                "{} calls with a web token as a parameter whose claims are not those of the maker",
                tokens.unlike
            );
            observed.insert(0, fact("unlike_tokens", tokens.unlike, text));
        }
        Report {
            severity: Severity::Medium,
            confidence: f32::from(about.kind.confidence().max(70)) / 100.0,
            title: match tokens.unlike {
                0 => {
                    format!(
                        "tokens tried: {refused} different ones refused, {unsigned} without a signature, {accepted} accepted"
                    )
                }
                unlike => {
                    format!("{unlike} calls with a web token unlike those that the service makes; {accepted} accepted")
                }
            },
            expected: vec![fact("refused_tokens", 1, "now and then an expired one".to_owned())],
            observed,
            peers: Vec::new(),
            ruled_out: vec![
                "an expired token sent again and again: each counts once".to_owned(),
                "an office behind one address: identities that are let in count as people".to_owned(),
            ],
        }
    }
}

/// Whether a parameter is a web token that the service disowns.
fn unlike(call: &Call<'_>, maker: Option<&Maker>) -> bool {
    let me = mix(call.network().prefix());
    let mut shown = call.seen.signals().iter().filter(|signal| signal.kind == SignalKind::TokenShown);
    maker.is_some_and(|maker| shown.any(|signal| maker.disowns(signal.value, me)))
}
