//! A new endpoint of a service that was learned (OWASP API9:2023).
//!
//! Judged: an endpoint whose first call came when its service was settled, once several callers used it for a while. What
//! came of folding older names is none, and a word that turns out to be a value is gone before it is told.

use std::time::Duration;

use model::PacketTime;
use model::finding::{Finding, Severity};
use serde::{Deserialize, Serialize};

use super::{Call, Cause, Detector, Info, Memory, Report, fact, support};
use crate::catalog::Facts;

/// Successful calls before it is told.
const SUCCESSES_MIN: u64 = 10;
/// Callers before it is told: one alone may have made it up.
const CALLERS_MIN: u64 = 2;
/// The same for several callers who all found it: two calls of each.
const SEVERAL_SUCCESSES_MIN: u64 = 6;
const SEVERAL_CALLERS_MIN: u64 = 3;
/// How long it is watched before it is told.
const WATCHED: Duration = Duration::from_hours(1);

/// The detector.
#[derive(Debug)]
pub(crate) struct NewEndpoint;

static INFO: Info = Info {
    id: "new-endpoint",
    version: 1,
    subject: "endpoint",
    quiet: Duration::from_hours(24),
    doc: "detectors/new-endpoint.md",
    owasp: &["API9:2023"],
    cwe: &["CWE-1059"],
    attack: &[],
    next: "Ask its team whether it was released on purpose; then see to it that it is described, authenticated and tested.",
};

/// An endpoint that was news when it came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fresh {
    at: PacketTime,
    /// Calls of its service before it.
    service_calls: u64,
    /// When its service was first called.
    service_since: PacketTime,
    /// Whether nearly all calls of its service carried credentials.
    service_authenticated: bool,
    told: bool,
}

impl Detector for NewEndpoint {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn judge(&self, call: &Call<'_>, memory: &Memory) -> Option<Cause> {
        let fresh = memory.fresh.as_ref().filter(|fresh| !fresh.told)?;
        let facts = call.facts;
        let (successes, callers) = (facts.successes, facts.callers.count());
        let used = successes >= SUCCESSES_MIN && callers >= CALLERS_MIN
            || successes >= SEVERAL_SUCCESSES_MIN && callers >= SEVERAL_CALLERS_MIN;
        if !used || call.seen.row.first_at.since(fresh.at) < WATCHED {
            return None;
        }
        let open = fresh.service_authenticated && facts.unauthenticated_successes > 0;
        let severity = if open { Severity::Medium } else { Severity::Low };
        Some(Cause { severity, before: facts.count, first_at: facts.first_at })
    }

    fn train(&self, call: &Call<'_>, memory: &mut Memory, told: bool) {
        if let Some(fresh) = &mut memory.fresh {
            fresh.told |= told;
            return;
        }
        let (facts, service, now) = (call.facts, call.service, call.seen.row.first_at);
        if facts.count == 0 && facts.supersedes.is_empty() && service.is_settled(now, call.options.learning) {
            memory.fresh = Some(Fresh {
                at: now,
                service_calls: service.calls,
                service_since: service.first_at,
                service_authenticated: service.authenticated.saturating_mul(10) >= service.calls.saturating_mul(9),
                told: false,
            });
        }
    }

    fn report(&self, facts: &Facts, memory: &Memory, finding: &Finding) -> Report {
        let fresh = memory.fresh.clone().unwrap_or_default();
        let (days, callers) = (fresh.at.since(fresh.service_since).as_secs() / 86_400, facts.callers.count());
        let mut observed = vec![
            fact("calls", finding.count, format!("{} calls, {} of them successful", finding.count, facts.successes)),
            fact("callers", callers, format!("{callers} distinct callers")),
        ];
        if facts.unauthenticated_successes > 0 {
            let n = facts.unauthenticated_successes;
            observed.push(fact("unauthenticated_successes", n, format!("{n} successes without credentials")));
        }
        Report {
            confidence: support(facts.successes),
            title: format!("new endpoint after {days} days of its service; {callers} callers so far"),
            expected: vec![fact(
                "service_calls",
                fresh.service_calls,
                format!("none: the service was known for {days} days and {} calls without it", fresh.service_calls),
            )],
            observed,
            ruled_out: vec![
                "a value taken for a word of the path: it was called for an hour and was not folded".into(),
                "a probe: it was answered with success, to more than one caller".into(),
            ],
            ..Report::default()
        }
    }
}
