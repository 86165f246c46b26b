//! From verdicts to events: what a worker keeps beside its endpoints, and the one place where detectors and findings meet.

use std::collections::BTreeMap;

use model::finding::Subject;
use model::flow::ip_of;
use model::ledger::Counter;
use model::stamp::Phase;
use model::{
    EndpointName, Id, Noise, Observed, ResolvedEpoch, RowKind, SavedState, Share, Stamp, StateDelta, StateRow, Step,
    WorkerOutput,
};

use super::findings::{self, Findings, Key, Open};
use super::saved::{self, Common};
use super::scan::{self, Client, Clients};
use super::secret_in_url::Secret;
use super::service::Service;
use super::zone::is_internal;
use super::{ALL, Call, Cause, Info, Memory, SCAN};
use crate::catalog::Facts;

/// Client addresses shown of one finding.
const ADDRESSES_MAX: usize = model::limits::IDENTITY_ADDRESSES_MAX;

/// The detectors' state of one worker.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    findings: Findings,
    services: Vec<Service>,
    by_id: BTreeMap<Id, usize>,
    clients: Clients,
    common: Common,
    common_saved: Common,
}

impl Watch {
    /// Where the service with this id is kept.
    pub(crate) fn service(&mut self, id: Id) -> usize {
        let Self { services, by_id, .. } = self;
        *by_id.entry(id).or_insert_with(|| {
            services.push(Service::new(id));
            services.len() - 1
        })
    }

    /// A call of an endpoint, before it is counted there.
    #[expect(clippy::too_many_arguments, reason = "the parts of one worker, borrowed apart")]
    pub(crate) fn call(
        &mut self,
        seen: &Observed<'_>,
        name: &EndpointName,
        facts: &Facts,
        memory: &mut Memory,
        service: usize,
        epoch: &ResolvedEpoch,
        out: &mut WorkerOutput,
    ) {
        let Some(service) = self.services.get_mut(service) else { return };
        let call = Call { seen: *seen, name, facts, service, secret: Secret::of(seen) };
        for (detector, at) in ALL.iter().zip(0u8..) {
            let cause = detector.judge(&call, memory);
            detector.train(&call, memory, cause.is_some());
            let Some(cause) = cause else { continue };
            let (key, row) = ((name.id, at), seen.row);
            let Some(open) = self.findings.open(
                key,
                name.service_id,
                detector.info(),
                &cause,
                || subject_of(detector.info(), name),
                row.last_at,
            ) else {
                out.ledger.add(Counter::FindingsFolded, 1);
                continue;
            };
            let due = open.count(cause.severity, row.last_at);
            open.show(findings::evidence(seen, &name.method, &name.place(), "part of the cause"));
            add_address(open, &row.flow.orig.addr);
            if due {
                let report = detector.report(facts, memory, &open.finding);
                open.fill(report, epoch.coverage.share());
                out.findings.push(open.tell(row.stamp, row.last_at));
            }
        }
        let row = seen.row;
        let external = !is_internal(&row.flow.orig.addr);
        service.see(row.first_at, !row.auth.is_empty(), external, facts.count == 0);
    }

    /// A call that was answered with success, whoever's endpoint it is.
    #[inline]
    pub(crate) fn success(&mut self, seen: &Observed<'_>) {
        self.clients.success(&seen.row.flow.orig.addr);
    }

    /// What names no endpoint.
    pub(crate) fn noise(
        &mut self,
        share: Share,
        noise: Noise,
        seen: &Observed<'_>,
        epoch: &ResolvedEpoch,
        out: &mut WorkerOutput,
    ) {
        let row = seen.row;
        if noise != Noise::NeverAnswered || !(400..600).contains(&row.status) {
            return;
        }
        let network = scan::network_of(&row.flow.orig.addr);
        let id = scan::id_of(&network);
        if !share.owns(&id) {
            return;
        }
        let Some(cause) = self.clients.refusal(&id, network, seen) else { return };
        self.tell_scan((id, SCAN), network, &cause, seen, epoch, out);
    }

    fn tell_scan(
        &mut self,
        key: Key,
        network: [u8; 16],
        cause: &Cause,
        seen: &Observed<'_>,
        epoch: &ResolvedEpoch,
        out: &mut WorkerOutput,
    ) {
        let row = seen.row;
        let subject = || scan::subject(key.0, &network);
        let Some(open) = self.findings.open(key, key.0, &scan::INFO, cause, subject, row.last_at) else {
            out.ledger.add(Counter::FindingsFolded, 1);
            self.clients.closed(&network);
            return;
        };
        self.clients.take_shown(&network).into_iter().for_each(|evidence| open.show(evidence));
        open.show(scan::shown(seen, "part of the cause"));
        if open.count(cause.severity, row.last_at) {
            if let Some(report) = self.clients.report(&network, &open.finding) {
                open.fill(report, epoch.coverage.share());
            }
            out.findings.push(open.tell(row.stamp, row.last_at));
        }
    }

    /// After the steps of an epoch: closes what has fallen quiet. `known` finds an endpoint.
    pub(crate) fn tick<'a>(
        &mut self,
        epoch: &ResolvedEpoch,
        known: impl Fn(&Id) -> Option<(&'a Facts, &'a Memory)>,
        out: &mut WorkerOutput,
    ) {
        let last = epoch.steps.iter().rev().find_map(|step| match *step {
            Step::Seen { batch, row, .. } => epoch.observed(batch, row),
            Step::Part { .. } | Step::Rename { .. } => None,
        });
        if let Some(seen) = last {
            self.common = Common { last_frame: seen.row.stamp.frame, last_at: seen.row.last_at };
        }
        let stamp = Stamp { frame: self.common.last_frame, phase: Phase::Timer, flow: 0, sub: 0 };
        for key in self.findings.due(epoch.now, epoch.last) {
            self.refresh(&key, epoch, &known);
            self.findings.close(&key, stamp, &mut out.findings);
        }
    }

    /// Brings the texts of a finding up to date for the last time.
    fn refresh<'a>(
        &mut self,
        key: &Key,
        epoch: &ResolvedEpoch,
        known: &impl Fn(&Id) -> Option<(&'a Facts, &'a Memory)>,
    ) {
        let Some(open) = self.findings.get_mut(key) else { return };
        let report = if key.1 == SCAN {
            let Some(network) = self.clients.network_of_id(&key.0) else { return };
            let report = self.clients.report(&network, &open.finding);
            self.clients.closed(&network);
            report
        } else {
            let detector = ALL.get(usize::from(key.1));
            detector.zip(known(&key.0)).map(|(detector, (facts, memory))| detector.report(facts, memory, &open.finding))
        };
        if let Some(report) = report {
            open.fill(report, epoch.coverage.share());
        }
    }

    /// What changed since the last call.
    pub(crate) fn save(&mut self, share: Share, models: bool, delta: &mut StateDelta) {
        delta.findings.extend(self.findings.take_changed());
        if !models {
            return;
        }
        let rows = &mut delta.rows;
        let key = saved::common_key();
        if share.owns(&key) && self.common != self.common_saved {
            self.common_saved = self.common;
            rows.extend(saved::row(RowKind::Stage, key, &self.common));
        }
        for at in self.by_id.values() {
            let Some(service) = self.services.get_mut(*at) else { continue };
            if std::mem::take(&mut service.dirty) {
                rows.extend(saved::row(RowKind::Stage, saved::service_key(&service.id), service));
            }
        }
        let (clients, forgotten) = self.clients.take_rows();
        rows.extend(
            clients.iter().filter_map(|(id, client)| saved::row(RowKind::Stage, saved::client_key(id), client)),
        );
        rows.extend(forgotten.iter().map(|id| saved::gone(RowKind::Stage, saved::client_key(id))));
        let (open, closed) = self.findings.take_rows();
        rows.extend(closed.into_iter().map(|id| saved::gone(RowKind::DiscoveryFinding, id)));
        rows.extend(open.into_iter().filter_map(|open| saved::row(RowKind::DiscoveryFinding, open.finding.id, open)));
    }

    /// Takes over the saved rows.
    pub(crate) fn load(&mut self, share: Share, state: &SavedState) {
        let mut clients = Vec::new();
        for row in &state.rows {
            match row.kind {
                RowKind::Stage => self.load_stage(share, row, &mut clients),
                RowKind::DiscoveryFinding => {
                    if let Some(open) = saved::read::<Open>(row).filter(|o| share.owns(&o.owner)) {
                        self.findings.restore(open);
                    }
                }
                _ => {}
            }
        }
        for (id, client) in clients {
            self.clients.restore(&id, client);
        }
        if state.unfinished.is_none() {
            // Another run counts its frames from 1.
            self.common.last_frame = 0;
        }
    }

    fn load_stage(&mut self, share: Share, row: &StateRow, clients: &mut Vec<(Id, Client)>) {
        if row.key == saved::common_key() {
            self.common = saved::read(row).unwrap_or_default();
            self.common_saved = self.common;
        } else if let Some(service) = saved::read::<Service>(row).filter(|s| saved::service_key(&s.id) == row.key) {
            if share.owns(&service.id) {
                let at = self.service(service.id);
                if let Some(place) = self.services.get_mut(at) {
                    *place = service;
                }
            }
        } else if let Some(client) = saved::read::<Client>(row) {
            let id = scan::id_of(&client.network);
            if saved::client_key(&id) == row.key && share.owns(&id) {
                clients.push((id, client));
            }
        }
    }
}

fn subject_of(info: &Info, name: &EndpointName) -> Subject {
    Subject {
        kind: info.subject.into(),
        id: name.id,
        endpoint: Some(name.id),
        endpoint_name: name.words(),
        ..Subject::default()
    }
}

fn add_address(open: &mut Open, addr: &[u8; 16]) {
    let addresses = &mut open.finding.subject.addresses;
    if addresses.len() < ADDRESSES_MAX {
        let text = ip_of(addr).to_string();
        if !addresses.contains(&text) {
            addresses.push(text);
        }
    }
}
