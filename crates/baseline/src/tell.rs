//! From a detector's verdict to events: the one place where detectors and findings meet.

use model::finding::{Severity, Subject};
use model::flow::ip_of;
use model::ledger::Counter;
use model::life::{FindingKey, OpenFindings};
use model::{Id, PacketTime, ResolvedEpoch, WorkerOutput};

use crate::detectors::{ALL, Cause, Detector, Seen};
use crate::endpoints::Endpoint;
use crate::subject::{PairModel, pair_id};
use crate::trace::Trace;

/// Lets every detector judge one observation and learn from it.
pub(crate) fn judge(
    seen: &Seen<'_>,
    pair: &mut PairModel,
    addresses: &[[u8; 16]],
    coverage: f32,
    findings: &mut OpenFindings,
    out: &mut WorkerOutput,
) {
    for (detector, at) in ALL.iter().zip(0u8..) {
        let bit = 1u16 << at;
        let key = |pair: &PairModel| (pair.open & bit != 0).then(|| key_of(seen, at));
        let mut open = key(pair).filter(|key| findings.get(key).is_some());
        if open.is_none() && pair.open & bit != 0 {
            // The finding was about another name of this endpoint; it ends there, and a new one may begin.
            pair.open &= !bit;
            detector.closed(pair, seen.row.last_at);
        }
        let cause = detector.judge(seen, pair, open.is_some());
        if let (Some(cause), None) = (&cause, open) {
            open = start(*detector, at, cause, seen, pair, findings, out);
        }
        detector.train(seen, pair, open.is_some());
        if let (Some(cause), Some(key)) = (cause, open) {
            go_on(*detector, &key, &cause, seen, pair, addresses, coverage, findings, out);
        }
    }
}

fn key_of(seen: &Seen<'_>, at: u8) -> FindingKey {
    (pair_id(&seen.row.identity.id, &seen.endpoint.id), at)
}

fn start(
    detector: &dyn Detector,
    at: u8,
    cause: &Cause,
    seen: &Seen<'_>,
    pair: &mut PairModel,
    findings: &mut OpenFindings,
    out: &mut WorkerOutput,
) -> Option<FindingKey> {
    let key = key_of(seen, at);
    if findings.get(&key).is_none() {
        let (identity, name) = (seen.row.identity, &seen.endpoint.name);
        let subject = || Subject {
            kind: detector.info().subject.into(),
            id: key.0,
            identity: Some(identity.id),
            identity_kind: Some(identity.kind),
            endpoint: Some(seen.endpoint.id),
            endpoint_name: name.words(),
            route: name.route(),
            ..Subject::default()
        };
        let Some(open) = findings.open(key, key.0, detector.info(), subject, cause.first_at, cause.before) else {
            out.ledger.add(Counter::FindingsFolded, 1);
            return None;
        };
        for trace in detector.traces(pair) {
            open.show(trace.evidence(&name.method, &name.place(), "before the finding was opened"));
        }
    }
    pair.open |= 1 << at;
    detector.opened(cause, pair);
    Some(key)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one worker, borrowed apart")]
fn go_on(
    detector: &dyn Detector,
    key: &FindingKey,
    cause: &Cause,
    seen: &Seen<'_>,
    pair: &PairModel,
    addresses: &[[u8; 16]],
    coverage: f32,
    findings: &mut OpenFindings,
    out: &mut WorkerOutput,
) {
    let (row, name) = (seen.row, &seen.endpoint.name);
    let Some(open) = findings.get_mut(key) else { return };
    open.seen_at_work(if seen.at_work { Severity::High } else { Severity::Info });
    let due = open.count(cause.severity, row.last_at);
    let number = seen.access.and_then(|access| access.number);
    open.show(Trace::of(row, number).evidence(&name.method, &name.place(), "part of the cause"));
    if due {
        open.finding.subject.addresses = addresses.iter().map(|addr| ip_of(addr).to_string()).collect();
        open.fill(detector.report(&row.identity.id, pair, seen.endpoint), coverage);
        out.findings.push(open.tell(row.stamp, row.last_at));
    }
}

/// Brings the texts of a finding up to date.
pub(crate) fn refresh(
    key: &FindingKey,
    identity: &Id,
    pair: &PairModel,
    endpoint: &Endpoint,
    epoch: &ResolvedEpoch,
    findings: &mut OpenFindings,
) {
    let Some(detector) = ALL.get(usize::from(key.1)) else { return };
    // A finding of an evicted pair, or one about an older name, has no memory left to be told from.
    if pair.open & 1 << key.1 == 0 {
        return;
    }
    if let Some(open) = findings.get_mut(key) {
        open.fill(detector.report(identity, pair, endpoint), epoch.coverage.share());
    }
}

/// Lets the pair learn again after a finding.
pub(crate) fn closed(key: &FindingKey, pair: &mut PairModel, now: PacketTime) {
    let Some(detector) = ALL.get(usize::from(key.1)) else { return };
    let bit = 1u16 << key.1;
    if pair.open & bit != 0 {
        pair.open &= !bit;
        detector.closed(pair, now);
    }
}
