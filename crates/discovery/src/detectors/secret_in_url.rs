//! Secrets in a URL (OWASP API2:2023, CWE-598): they end in logs, histories and `Referer` fields.
//!
//! Judged: successful calls whose query carries a token, a password or a key, or whose path carries a session, by its name and
//! the shape of its value; the value itself never comes here. Signed URLs, links of mails and the tokens that `OAuth` and `OpenID` Connect send through
//! the browser by design are none.

use std::time::Duration;

use model::finding::{Finding, Severity};
use model::{AuthKind, Observed, ParamPlace, ValueClass};
use serde::{Deserialize, Serialize};

use super::{Call, Cause, Detector, Info, Memory, Report, fact, support};
use crate::catalog::Facts;

/// Successful calls with a secret before it is told: a caller that adds one by mistake is none of the API's.
const CALLS_MIN: u64 = 5;
/// One call in so many must carry it.
const ONE_IN: u64 = 100;

/// The detector.
#[derive(Debug)]
pub(crate) struct SecretInUrl;

static INFO: Info = Info {
    id: "secret-in-url",
    version: 1,
    subject: "endpoint",
    quiet: Duration::from_hours(24),
    doc: "detectors/secret-in-url.md",
    owasp: &["API2:2023"],
    cwe: &["CWE-598"],
    attack: &["T1552"],
    next: "Let callers send it in the Authorization field, refuse it in the query, and renew what stands in logs by now.",
};

/// What stands in a query, or in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Secret {
    /// A key of an application.
    Key,
    /// A session, as a matrix parameter of the path.
    Session,
    /// A token that acts for somebody.
    Token,
    /// A password or the secret of a client.
    Password,
}

impl Secret {
    const fn words(self) -> &'static str {
        match self {
            Self::Key => "an API key",
            Self::Session => "a session",
            Self::Token => "a token",
            Self::Password => "a password",
        }
    }

    /// The gravest one in the query of a call. `key` alone is none: browsers send public keys under that name.
    #[inline]
    pub(crate) fn of(seen: &Observed<'_>) -> Option<Self> {
        let query = seen.params().iter().filter(|param| param.place == ParamPlace::Query);
        let named = query.filter_map(|param| Self::named(seen.text(param.name), param.class, seen)).max();
        // What it is was told where its value could be seen.
        let session = seen.row.auth.contains(AuthKind::SessionUrl).then_some(Self::Session);
        named.max(session)
    }

    fn named(name: &[u8], class: ValueClass, seen: &Observed<'_>) -> Option<Self> {
        const KEYS: &[&[u8]] = &[b"api_key", b"apikey", b"api-key", b"app_key", b"appkey", b"subscription-key"];
        const TOKENS: &[&[u8]] = &[
            b"access_token",
            b"accesstoken",
            b"auth_token",
            b"authtoken",
            b"session_token",
            b"bearer",
            b"jwt",
            b"token",
        ];
        const PASSWORDS: &[&[u8]] = &[b"password", b"passwd", b"pwd", b"client_secret"];
        let is = |list: &[&[u8]]| list.iter().any(|known| name.eq_ignore_ascii_case(known));
        let jwt = class == ValueClass::Jwt;
        if !jwt && !matches!(name.len(), 3..=16) {
            return None;
        }
        if is(PASSWORDS) {
            return (class != ValueClass::Null).then_some(Self::Password);
        }
        // Whether the value looks drawn was judged where it could be seen.
        let drawn = jwt || seen.row.auth.contains(AuthKind::ApiKeyQuery);
        if drawn && (is(TOKENS) || (jwt && !by_design(name))) {
            return Some(Self::Token);
        }
        (drawn && is(KEYS)).then_some(Self::Key)
    }
}

/// Web tokens that standards send in a query: `OpenID` Connect Core §3.1.2.1 and §6, RP-Initiated Logout §2, RFC 7523 §2.
fn by_design(name: &[u8]) -> bool {
    const NAMES: &[&[u8]] = &[b"state", b"nonce", b"request", b"code", b"response", b"assertion", b"relaystate"];
    let ends = |end: &[u8]| {
        name.len()
            .checked_sub(end.len())
            .and_then(|at| name.get(at..))
            .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)) || ends(b"_hint") || ends(b"assertion")
}

/// Whether it is a link sent by mail, whose token serves once.
fn is_mailed_link(template: &str) -> bool {
    const WORDS: &[&str] =
        &["verif", "reset", "confirm", "invit", "unsubscribe", "activat", "magic", "optin", "opt-in", "callback"];
    let lower = template.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// Successful calls with a secret, by kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Secrets {
    kind: Option<Secret>,
    calls: u64,
}

impl Secrets {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.kind = self.kind.max(other.kind);
        self.calls += other.calls;
    }
}

impl Detector for SecretInUrl {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn judge(&self, call: &Call<'_>, memory: &Memory) -> Option<Cause> {
        let secret = call.secret.filter(|_| call.seen.row.succeeded())?;
        let before = memory.secrets.calls;
        let often = before + 1 >= CALLS_MIN && (before + 1).saturating_mul(ONE_IN) >= call.facts.count;
        if !often || is_mailed_link(&call.name.template) {
            return None;
        }
        let severity = if secret == Secret::Key { Severity::Low } else { Severity::Medium };
        Some(Cause { severity, before, ..Cause::default() })
    }

    fn train(&self, call: &Call<'_>, memory: &mut Memory, _: bool) {
        if let Some(secret) = call.secret.filter(|_| call.seen.row.succeeded()) {
            memory.secrets.kind = memory.secrets.kind.max(Some(secret));
            memory.secrets.calls += 1;
        }
    }

    fn report(&self, facts: &Facts, memory: &Memory, finding: &Finding) -> Report {
        let words = memory.secrets.kind.map_or("a secret", Secret::words);
        let n = finding.count;
        Report {
            confidence: support(memory.secrets.calls),
            title: format!("{n} successful calls with {words} in the URL"),
            expected: vec![fact(
                "secrets_in_url",
                0,
                "no secret in a URL: logs and histories keep URLs (RFC 9110 §17.9)".into(),
            )],
            observed: vec![fact(
                "secrets_in_url",
                n,
                format!("{words} in the URL of {n} of {} calls", facts.count.max(n)),
            )],
            ruled_out: vec![
                "a signed URL, whose signature serves for one request only".into(),
                "a link of a mail, or what OAuth and OpenID Connect send through the browser".into(),
            ],
            ..Report::default()
        }
    }
}
