//! Success without credentials where credentials were the rule (OWASP API2:2023).
//!
//! Judged: a whole 2xx answer to a call that carries nothing we know as, or take for, a credential, on an endpoint that
//! never gave one before, and that looks like the answers callers with credentials get. The rule must be proven (the
//! endpoint refused calls without credentials) or learned from much traffic.

use std::time::Duration;

use model::finding::{Finding, Severity};
use model::{AuthKind, AuthSet, Observed, PacketTime};
use serde::{Deserialize, Serialize};

use super::{Call, Cause, Detector, Info, Memory, Report, earlier, fact, support};
use crate::catalog::Facts;

/// Successes with credentials that make a rule, when calls without were refused.
const PROVEN_MIN: u64 = 20;
/// And when none ever came, so that the endpoint may be public and its callers just always logged in.
const LEARNED_MIN: u64 = 500;
/// Distinct callers of such an endpoint.
const LEARNED_CALLERS_MIN: u64 = 20;
/// How long such an endpoint is watched.
const LEARNED_SPAN: Duration = Duration::from_hours(24);
/// Successes that make a rule when each of them carried an API key or a signature: they are issued for what needs one, and their
/// holders are few.
const KEYED_MIN: u64 = 100;
/// How long such an endpoint is watched.
const KEYED_SPAN: Duration = Duration::from_hours(72);
/// Of an endpoint that is called so seldom, a week says as much: what comes on each working day, or once a week, was there.
const KEYED_WEEK_MIN: u64 = 50;
const KEYED_WEEK: Duration = Duration::from_hours(7 * 24);
/// Shapes of answers remembered; an endpoint has one to three.
const SHAPES_MAX: usize = 4;
/// One answer in so many makes a shape a usual one.
const SHAPE_ONE_IN: u64 = 20;

/// The detector.
#[derive(Debug)]
pub(crate) struct UnauthenticatedSuccess;

static INFO: Info = Info {
    id: "unauthenticated-success",
    version: 1,
    subject: "endpoint",
    quiet: Duration::from_hours(24),
    doc: "detectors/unauthenticated-success.md",
    owasp: &["API2:2023"],
    cwe: &["CWE-306"],
    attack: &["T1190"],
    next: "Ask the endpoint without credentials: if it answers, find the release or rule that opened it, and list what it gave away since.",
};

/// What is known of an endpoint's use of credentials.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rule {
    since: PacketTime,
    /// Whole successes with credentials.
    ok: u64,
    /// Of them with an API key.
    #[serde(default)]
    keyed: u64,
    /// Successes without, that were not told.
    bare_ok: u64,
    /// Calls without, refused with 401 or 403.
    bare_refused: u64,
    /// Whether a scheme was used that may authenticate a connection rather than each request (RFC 4559 §6).
    connection: bool,
    /// Whether a signature was among what was let in.
    #[serde(default)]
    signed: bool,
    /// Shapes of successes with credentials.
    shapes: Vec<(u64, u64)>,
}

impl Rule {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.since = earlier(self.since, other.since);
        self.ok += other.ok;
        self.keyed += other.keyed;
        self.bare_ok += other.bare_ok;
        self.bare_refused += other.bare_refused;
        self.connection |= other.connection;
        self.signed |= other.signed;
        for (shape, count) in &other.shapes {
            self.add_shape(*shape, *count);
        }
    }

    fn add_shape(&mut self, shape: u64, count: u64) {
        if let Some((_, sum)) = self.shapes.iter_mut().find(|(known, _)| *known == shape) {
            *sum += count;
        } else if self.shapes.len() < SHAPES_MAX {
            self.shapes.push((shape, count));
        }
    }

    /// Whether a call shows nothing that opens the endpoint. Anybody can write a field called a signature: where none was ever
    /// among what was let in, it proves nothing.
    fn is_bare(&self, auth: AuthSet) -> bool {
        let unknown = !self.signed && auth.iter().all(|kind| kind == AuthKind::Signature);
        auth.is_empty() || unknown
    }

    fn is_usual(&self, shape: u64) -> bool {
        self.shapes.iter().any(|(known, count)| *known == shape && count.saturating_mul(SHAPE_ONE_IN) >= self.ok)
    }

    fn severity(&self, facts: &Facts, now: PacketTime) -> Option<Severity> {
        if self.bare_ok > 0 || self.connection {
            return None;
        }
        if self.bare_refused > 0 && self.ok >= PROVEN_MIN {
            return Some(Severity::High);
        }
        let age = now.since(self.since);
        let learned = self.ok >= LEARNED_MIN && age >= LEARNED_SPAN && facts.callers.count() >= LEARNED_CALLERS_MIN;
        let long = self.keyed >= KEYED_MIN && age >= KEYED_SPAN || self.keyed >= KEYED_WEEK_MIN && age >= KEYED_WEEK;
        let keyed = long && self.keyed == self.ok;
        (learned || keyed).then_some(Severity::Medium)
    }
}

impl Detector for UnauthenticatedSuccess {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn judge(&self, call: &Call<'_>, memory: &Memory) -> Option<Cause> {
        let (row, rule) = (call.seen.row, &memory.credentials);
        if !rule.is_bare(row.auth) || !call.is_whole_success() {
            return None;
        }
        let severity = rule.severity(call.facts, row.first_at)?;
        let speaks = !matches!(call.seen.method(), b"OPTIONS" | b"HEAD");
        (speaks && rule.is_usual(row.answer_shape) && !may_carry_credentials(&call.seen))
            .then_some(Cause { severity, ..Cause::default() })
    }

    fn train(&self, call: &Call<'_>, memory: &mut Memory, told: bool) {
        let (row, rule) = (call.seen.row, &mut memory.credentials);
        if rule.since == PacketTime::ZERO {
            rule.since = row.first_at;
        }
        let success = (200..300).contains(&row.status) && !row.failed;
        if rule.is_bare(row.auth) && (told || row.auth.is_empty()) {
            rule.bare_ok += u64::from(success && !told);
            rule.bare_refused += u64::from(matches!(row.outcome(), 401 | 403) && row.request.complete);
        } else {
            // Of a connection that was taken up again the certificate is not seen.
            rule.connection |=
                row.auth.contains(AuthKind::OtherScheme) || row.auth.contains(AuthKind::ClientCertificate);
            if success && row.response.complete {
                rule.ok += 1;
                rule.signed |= row.auth.contains(AuthKind::Signature);
                let keys = [AuthKind::ApiKeyHeader, AuthKind::ApiKeyQuery, AuthKind::Signature];
                let key = keys.into_iter().any(|kind| row.auth.contains(kind));
                rule.keyed += u64::from(key);
                rule.add_shape(row.answer_shape, 1);
            }
        }
    }

    fn report(&self, _: &Facts, memory: &Memory, finding: &Finding) -> Report {
        let (rule, n) = (&memory.credentials, finding.count);
        let calls = if n == 1 { "1 call".to_owned() } else { format!("{n} calls") };
        let mut report = Report {
            confidence: support(rule.ok),
            title: format!(
                "{calls} answered with success without credentials; so far each of {} carried some",
                rule.ok
            ),
            expected: vec![fact(
                "authenticated_successes",
                rule.ok,
                format!("credentials in every successful call; learned from {} of them", rule.ok),
            )],
            observed: vec![fact(
                "unauthenticated_successes",
                n,
                format!("{calls} without any credential, answered with 2xx"),
            )],
            ruled_out: vec![
                "a polite refusal or a log-in page: the answer has the shape that callers with credentials get".into(),
                "credentials that were not captured: the messages were seen whole".into(),
            ],
            ..Report::default()
        };
        if rule.bare_refused > 0 {
            let text = format!("{} calls without credentials were refused with 401 or 403", rule.bare_refused);
            report.expected.push(fact("unauthenticated_refusals", rule.bare_refused, text));
            report.ruled_out.push("a public endpoint whose callers happen to be logged in: it refused others".into());
        }
        report
    }
}

/// Whether something in the call may be a credential that is none of the known kinds: a field, cookie or key of the API's
/// own, or a secret in the body, as token endpoints and log-ins take them.
pub(crate) fn may_carry_credentials(seen: &Observed<'_>) -> bool {
    const WORDS: &[&[u8]] = &[b"pass", b"pwd", b"secret", b"token", b"auth", b"assert", b"key", b"sess", b"sig"];
    let named = seen.params().iter().any(|param| {
        let name = seen.text(param.name).to_ascii_lowercase();
        WORDS.iter().any(|word| name.windows(word.len()).any(|part| part == *word))
            || holds_a_code(&name)
            || answers_a_question(&name)
    });
    named || seen.carries_drawn()
}

/// Whether a name in small letters is that of the answer to a question that only its account knows (`answer`,
/// `security_answer`): who has lost the password sends it. The one to a captcha shows a person, not which.
fn answers_a_question(name: &[u8]) -> bool {
    let last = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    last.ends_with(b"answer") && !last.windows(7).any(|part| part == b"captcha")
}

/// Whether a name in small letters speaks of a code that may be a secret (`code`, `device_code`), and not of one that
/// everybody knows (`postcode`, `country_code`).
fn holds_a_code(name: &[u8]) -> bool {
    const CODE: &[u8] = b"code";
    const PUBLIC: &[&str] = &[
        "post", "postal", "zip", "country", "currency", "lang", "language", "area", "region", "state", "dial", "bar",
        "qr", "status", "error", "product", "item", "uni",
    ];
    let mut before = (0..name.len()).filter_map(|at| {
        let (head, tail) = name.split_at_checked(at)?;
        tail.starts_with(CODE).then(|| head.strip_suffix(b"_").or_else(|| head.strip_suffix(b"-")).unwrap_or(head))
    });
    before.any(|head| !PUBLIC.iter().any(|word| head.ends_with(word.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_a_question_shows_who_asks_and_a_captcha_does_not() {
        for (name, shows) in [
            ("/answer", true),
            ("security_answer", true),
            ("/captcha/answer", true),
            ("captcha_answer", false),
            ("answers", false),
            ("comment", false),
        ] {
            assert_eq!(answers_a_question(name.as_bytes()), shows, "{name}");
        }
    }
}
