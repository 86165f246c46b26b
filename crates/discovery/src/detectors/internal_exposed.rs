//! An endpoint of own networks that answers a caller from outside (OWASP API7, API8, API9:2023).
//!
//! Judged: a whole success given to an external address, on an endpoint that was called from inside only. Where its service
//! is called from outside at all, so many calls came from inside that chance does not explain that none of them was. A few are
//! enough where its name says that it is internal: an export that a job pulls once a night.

use std::time::Duration;

use model::finding::{Finding, Severity};
use model::zone::sender_mark;
use model::{Caller, PacketTime, Zone};
use serde::{Deserialize, Serialize};

use super::{Call, Cause, Detector, Info, Memory, Report, earlier, fact, support};
use crate::catalog::Facts;

/// Calls from inside that make a rule, where nobody calls the service from outside; where others do, their share tells.
const INTERNAL_MIN: u64 = 200;
const COMPARED_MIN: u64 = 40;
/// And where its name says that it is for own networks only, whatever others are called from.
const NAMED_MIN: u64 = 3;
/// How long the endpoint is watched: three days hold what is done once a day.
const SPAN_MIN: Duration = Duration::from_hours(72);
/// Calls from outside that were to be expected by the share of its service: none of them is as rare as e^-12.
const EXPECTED_MIN: u64 = 12;

/// The detector.
#[derive(Debug)]
pub(crate) struct InternalExposed;

static INFO: Info = Info {
    id: "internal-exposed",
    version: 1,
    subject: "endpoint",
    quiet: Duration::from_hours(24),
    doc: "detectors/internal-exposed.md",
    owasp: &["API9:2023", "API8:2023"],
    cwe: &["CWE-668"],
    attack: &["T1190"],
    next: "Find the route or firewall rule that lets it in from outside, and close it unless it was opened on purpose.",
};

/// Where an endpoint was called from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Zones {
    since: PacketTime,
    internal: u64,
    /// Calls from outside that were answered with success and not told.
    external: u64,
    /// Marks of those that called it from inside on their own account, a few.
    #[serde(default)]
    senders: Vec<u32>,
}

/// Senders inside that are remembered.
const SENDERS_MAX: usize = 8;

impl Zones {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.since = earlier(self.since, other.since);
        self.internal += other.internal;
        self.external += other.external;
        self.senders.extend(&other.senders);
        self.senders.sort_unstable();
        self.senders.dedup();
        self.senders.truncate(SENDERS_MAX);
    }

    /// Whether a caller is only said to be outside, by a program inside that called here before: programs pass on for whom they
    /// work, which opens nothing to the outside.
    fn passed_on(&self, caller: &Caller) -> bool {
        caller.through != 0 && self.senders.contains(&caller.through)
    }

    fn sender(&mut self, caller: &Caller) {
        let mark = sender_mark(&caller.addr);
        if caller.through == 0 && self.senders.len() < SENDERS_MAX && !self.senders.contains(&mark) {
            self.senders.push(mark);
        }
    }
}

impl Detector for InternalExposed {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn judge(&self, call: &Call<'_>, memory: &Memory) -> Option<Cause> {
        let (row, zones, service) = (call.seen.row, &memory.zones, call.service);
        let named = zones.internal >= NAMED_MIN && says_internal(&call.name.template);
        if zones.passed_on(&row.caller)
            || zones.external > 0
            || zones.internal < COMPARED_MIN && !named
            || row.caller.zone != Zone::External
        {
            return None;
        }
        let usual = service.external > 0;
        let expected = zones.internal.saturating_mul(service.external) / service.calls.max(1);
        if !call.is_whole_success()
            || row.first_at.since(zones.since) < SPAN_MIN
            || (usual && expected < EXPECTED_MIN && !named)
            || (!usual && zones.internal < INTERNAL_MIN && !named)
            || is_health(&call.name.template)
        {
            return None;
        }
        let severity = if row.auth.is_empty() { Severity::High } else { Severity::Medium };
        Some(Cause { severity, ..Cause::default() })
    }

    fn train(&self, call: &Call<'_>, memory: &mut Memory, told: bool) {
        let (row, zones) = (call.seen.row, &mut memory.zones);
        if zones.since == PacketTime::ZERO {
            zones.since = row.first_at;
        }
        match row.caller.zone {
            Zone::External if zones.passed_on(&row.caller) => zones.internal += 1,
            Zone::External => zones.external += u64::from(row.succeeded() && !told),
            Zone::Internal | Zone::Partner => {
                zones.internal += 1;
                zones.sender(&row.caller);
            }
            Zone::Unknown => {}
        }
    }

    fn report(&self, _: &Facts, memory: &Memory, finding: &Finding) -> Report {
        let (zones, n) = (&memory.zones, finding.count);
        let calls = if n == 1 { "1 call".to_owned() } else { format!("{n} calls") };
        let days = finding.first_at.since(zones.since).as_secs() / 86_400;
        Report {
            confidence: support(zones.internal),
            title: format!("{calls} from outside answered with success; so far called from inside only"),
            expected: vec![fact(
                "internal_calls",
                zones.internal,
                format!("callers of own networks; learned from {} calls in {days} days", zones.internal),
            )],
            observed: vec![fact("external_calls", n, format!("{calls} from outside, answered with 2xx"))],
            ruled_out: vec![
                "chance: by the share of outside callers of its service some were to be expected, or its name says so"
                    .into(),
                "a probe that was refused: it was answered with success".into(),
            ],
            ..Report::default()
        }
    }
}

/// Whether its name says that it is for own networks.
fn says_internal(template: &str) -> bool {
    const WORDS: &[&str] = &["internal", "_internal", "intern", "private", "backoffice", "back-office"];
    template.split('/').any(|segment| WORDS.iter().any(|word| segment.eq_ignore_ascii_case(word)))
}

/// Whether it tells only that the service lives.
fn is_health(template: &str) -> bool {
    const WORDS: &[&str] =
        &["health", "healthz", "livez", "readyz", "ping", "live", "ready", "alive", "heartbeat", "up", "status"];
    let last = template.rsplit('/').next().unwrap_or_default();
    WORDS.iter().any(|word| last.eq_ignore_ascii_case(word))
}
