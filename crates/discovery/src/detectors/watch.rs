//! From verdicts to events: what a worker keeps beside its endpoints, and the one place where detectors and findings meet.

use std::collections::BTreeMap;

use model::endpoint::DescriptionRecord;
use model::finding::{Finding, Subject};
use model::flow::ip_of;
use model::ledger::Counter;
use model::life::{FindingKey, OpenFinding, OpenFindings};
use model::limits::INVENTORY_FINDINGS_OPEN_MAX;
use model::stamp::Phase;
use model::{
    ClassTable, EndpointName, Id, Noise, Observed, ResolvedEpoch, RowKind, SavedState, Share, Stamp, StateDelta,
    StateRow, Step, WorkerOutput, Zone,
};

use super::findings;
use super::product_exposed::Exposed;
use super::saved::{self, Common};
use super::scan::{self, Client, Clients};
use super::secret_in_url::Secret;
use super::service::Service;
use super::{ALL, Call, Cause, Info, Memory, Report, SCAN, described, sensitive};
use crate::Options;
use crate::about::product::{Product, Signs};
use crate::audit::documents::{Documents, gravest};
use crate::catalog::{Entry, Facts, Newer};

/// Client addresses shown of one finding.
const ADDRESSES_MAX: usize = model::limits::IDENTITY_ADDRESSES_MAX;

/// The detectors of answers' data.
const SENSITIVE: [(u8, &Info); 2] = [(sensitive::NEW, &sensitive::NEW_INFO), (sensitive::OPEN, &sensitive::OPEN_INFO)];

/// The detectors of what differs from API descriptions, but for drift, in the order they are judged in.
const DESCRIBED: [(u8, &Info); 3] = [
    (described::SHADOW, &described::SHADOW_INFO),
    (described::ZOMBIE, &described::ZOMBIE_INFO),
    (described::DRIFT, &described::DRIFT_INFO),
];

/// A call that belongs to a cause.
struct Belongs<'a> {
    at: u8,
    info: &'static Info,
    cause: Cause,
    name: &'a EndpointName,
    seen: &'a Observed<'a>,
    epoch: &'a ResolvedEpoch,
}

/// Counts a call towards its finding, and tells it when that is due.
fn belongs(
    findings: &mut OpenFindings,
    call: &Belongs<'_>,
    report: impl FnOnce(&Finding) -> Report,
    out: &mut WorkerOutput,
) {
    let Belongs { at, info, cause, name, seen, epoch } = call;
    let row = seen.row;
    let subject = || subject_of(info, name);
    let open = findings::open(findings, (name.id, *at), name.service_id, info, cause, subject, row.last_at);
    let Some(open) = open else {
        out.ledger.add(Counter::FindingsFolded, 1);
        return;
    };
    let due = open.count(cause.severity, row.last_at);
    open.show(findings::evidence(seen, &name.method, &name.place(), "part of the cause"));
    add_address(open, &row.caller.addr);
    if due {
        let report = report(&open.finding);
        open.fill(report, epoch.coverage.share());
        out.findings.push(open.tell(row.stamp, row.last_at));
    }
}

/// The detectors' state of one worker.
#[derive(Debug)]
pub(crate) struct Watch {
    findings: OpenFindings,
    services: Vec<Service>,
    by_id: BTreeMap<Id, usize>,
    clients: Clients,
    common: Common,
    common_saved: Common,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            findings: OpenFindings::new(INVENTORY_FINDINGS_OPEN_MAX),
            services: Vec::new(),
            by_id: BTreeMap::new(),
            clients: Clients::default(),
            common: Common::default(),
            common_saved: Common::default(),
        }
    }
}

/// What is known of an endpoint before a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) name: &'a EndpointName,
    pub(crate) facts: &'a Facts,
    pub(crate) options: &'a Options,
    /// The packaged product that a caller from outside reached with success.
    pub(crate) product: Option<&'static Product>,
    /// Newer versions of the endpoint.
    pub(crate) newer: Option<&'a Newer>,
}

impl Watch {
    /// Opens no finding from now on.
    pub(crate) const fn learn_only(&mut self) {
        self.findings.learn_only();
    }

    /// Where the service with this id is kept.
    pub(crate) fn service(&mut self, id: Id) -> usize {
        let Self { services, by_id, .. } = self;
        *by_id.entry(id).or_insert_with(|| {
            services.push(Service::new(id));
            services.len() - 1
        })
    }

    /// A call of an endpoint, before it is counted there.
    pub(crate) fn call(
        &mut self,
        seen: &Observed<'_>,
        known: Known<'_>,
        memory: &mut Memory,
        service: usize,
        epoch: &ResolvedEpoch,
        out: &mut WorkerOutput,
    ) {
        let Some(service) = self.services.get_mut(service) else { return };
        let Known { name, facts, options, product, newer } = known;
        let call = Call { seen: *seen, name, facts, service, options, secret: Secret::of(seen), product, newer };
        for (detector, at) in ALL.iter().zip(0u8..) {
            let cause = detector.judge(&call, memory);
            detector.train(&call, memory, cause.is_some());
            let Some(cause) = cause else { continue };
            let part = Belongs { at, info: detector.info(), cause, name, seen, epoch };
            belongs(&mut self.findings, &part, |finding| detector.report(facts, memory, finding), out);
        }
        if let Some(product) = product.filter(|_| memory.exposed != Exposed::default()) {
            service.exposed.insert(product.name.clone());
        }
        let row = seen.row;
        let external = row.caller.zone == Zone::External;
        service.see(row.first_at, !row.auth.is_empty(), external, facts.count == 0);
    }

    /// An answer that was read in full, once it is counted.
    pub(crate) fn answered(
        &mut self,
        seen: &Observed<'_>,
        entry: &mut Entry,
        options: &Options,
        epoch: &ResolvedEpoch,
        out: &mut WorkerOutput,
    ) {
        if !((200..300).contains(&seen.row.status) || seen.row.streamed.is_some()) {
            return;
        }
        let rule = self.services.get(entry.service).is_some_and(Service::asks_for_credentials);
        let Entry { name, answers, memory, .. } = entry;
        let causes = memory.returned.see(seen, answers, options, rule);
        for ((at, info), cause) in SENSITIVE.into_iter().zip(causes) {
            let Some(cause) = cause else { continue };
            let call = Belongs { at, info, cause, name, seen, epoch };
            let tell = |finding: &Finding| memory.returned.report(at, answers, &options.classes, finding);
            belongs(&mut self.findings, &call, tell, out);
        }
    }

    /// A call of an endpoint that API descriptions may have, once it is counted.
    pub(crate) fn held(
        &mut self,
        seen: &Observed<'_>,
        entry: &mut Entry,
        documents: &Documents,
        epoch: &ResolvedEpoch,
        out: &mut WorkerOutput,
    ) {
        let Some(service) = self.services.get_mut(entry.service) else { return };
        let due = entry.memory.standing.due(documents, &entry.name, entry.facts.count);
        service.described = service.described.saturating_add(u32::from(due.matched));
        let shadow = due.shadow
            && entry.facts.successes >= described::SHADOW_MIN
            && documents.missing_from(&entry.name.service, service.described).is_some();
        let open = seen.row.auth.is_empty() && service.asks_for_credentials();
        for ((at, info), holds) in DESCRIBED.into_iter().zip([shadow, due.zombie]) {
            if !holds {
                continue;
            }
            let cause = Cause { severity: described::severity(at, open), ..Cause::default() };
            let Entry { name, memory, .. } = &*entry;
            let call = Belongs { at, info, cause, name, seen, epoch };
            let report = |finding: &Finding| memory.standing.report(at, documents, &name.service, finding);
            belongs(&mut self.findings, &call, report, out);
        }
        if due.drift {
            self.drift(entry, documents, Some(seen), epoch, out);
        }
    }

    /// The same at the end of the input: of endpoints that were called too seldom before.
    pub(crate) fn held_last(
        &mut self,
        entry: &mut Entry,
        documents: &Documents,
        epoch: &ResolvedEpoch,
        out: &mut WorkerOutput,
    ) {
        let Some(service) = self.services.get(entry.service) else { return };
        let (name, facts, standing) = (&entry.name, &entry.facts, &entry.memory.standing);
        if standing.place().is_some() {
            return self.drift(entry, documents, None, epoch, out);
        }
        let (at, info) = (described::SHADOW, &described::SHADOW_INFO);
        let missing = documents.missing_from(&name.service, service.described).is_some();
        if !missing || facts.successes == 0 || self.findings.get(&(name.id, at)).is_some() {
            return;
        }
        let severity = described::severity(at, false);
        let cause = Cause { severity, before: facts.count.saturating_sub(1), first_at: facts.first_at };
        let subject = || subject_of(info, name);
        if let Some(open) =
            findings::open(&mut self.findings, (name.id, at), name.service_id, info, &cause, subject, facts.last_at)
        {
            open.count(severity, facts.last_at);
            let report = standing.report(at, documents, &name.service, &open.finding);
            open.fill(report, epoch.coverage.share());
            out.findings.push(open.tell(timer(&self.common), facts.last_at));
        }
    }

    /// Judges the drift of an endpoint; one finding, told again when the differences change.
    fn drift(
        &mut self,
        entry: &mut Entry,
        documents: &Documents,
        seen: Option<&Observed<'_>>,
        epoch: &ResolvedEpoch,
        out: &mut WorkerOutput,
    ) {
        let Some(place) = entry.memory.standing.place() else { return };
        // A difference that is noted counts as told: it must not be while nothing is told.
        if self.findings.is_learning() {
            return;
        }
        // What product it is of is in no description.
        let issues = documents.drift(place, &entry.record(&Signs::default(), &ClassTable::default()));
        let changed = entry.memory.standing.note(documents, &issues);
        let (at, info) = (described::DRIFT, &described::DRIFT_INFO);
        let Entry { name, facts, memory, .. } = &*entry;
        if !changed || issues.is_empty() {
            return;
        }
        let (severity, calls) = (gravest(&issues), issues.iter().map(|issue| issue.seen).max().unwrap_or(1));
        let cause = Cause { severity, before: 0, first_at: facts.first_at };
        let subject = || subject_of(info, name);
        let Some(open) =
            findings::open(&mut self.findings, (name.id, at), name.service_id, info, &cause, subject, facts.last_at)
        else {
            out.ledger.add(Counter::FindingsFolded, 1);
            return;
        };
        open.count(severity, facts.last_at);
        open.finding.count = calls;
        if let Some(seen) = seen {
            open.show(findings::evidence(seen, &name.method, &name.place(), "call at which it was judged"));
        }
        let report = memory.standing.report(at, documents, &name.service, &open.finding);
        open.fill(report, epoch.coverage.share());
        let stamp = seen.map_or_else(|| timer(&self.common), |seen| seen.row.stamp);
        out.findings.push(open.tell(stamp, facts.last_at));
    }

    /// What the record of an endpoint shows of its description.
    pub(crate) fn description(&self, entry: &Entry, documents: &Documents) -> Option<DescriptionRecord> {
        if documents.is_empty() {
            return None;
        }
        let matched = self.services.get(entry.service).map_or(0, |service| service.described);
        entry.memory.standing.record(documents, &entry.name.service, matched)
    }

    /// A call that was answered with success, whoever's endpoint it is.
    #[inline]
    pub(crate) fn success(&mut self, seen: &Observed<'_>) {
        self.clients.success(&seen.row.caller.addr);
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
        if noise != Noise::NeverAnswered || !((400..600).contains(&row.status) || row.failed) {
            return;
        }
        let network = scan::network_of(&row.caller.addr);
        let id = scan::id_of(&network);
        if !share.owns(&id) {
            return;
        }
        let Some(cause) = self.clients.refusal(&id, network, seen) else { return };
        self.tell_scan((id, SCAN), network, &cause, seen, epoch, out);
    }

    fn tell_scan(
        &mut self,
        key: FindingKey,
        network: [u8; 16],
        cause: &Cause,
        seen: &Observed<'_>,
        epoch: &ResolvedEpoch,
        out: &mut WorkerOutput,
    ) {
        let row = seen.row;
        let subject = || scan::subject(key.0, &network);
        let Some(open) = findings::open(&mut self.findings, key, key.0, &scan::INFO, cause, subject, row.last_at)
        else {
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

    /// After the steps of an epoch: notes the last observation, which timers are stamped by.
    pub(crate) fn note_last(&mut self, epoch: &ResolvedEpoch) {
        let last = epoch.steps.iter().rev().find_map(Step::row).and_then(|(batch, row)| epoch.observed(batch, row));
        if let Some(seen) = last {
            self.common = Common { last_frame: seen.row.stamp.frame, last_at: seen.row.last_at };
        }
    }

    /// Then: closes what has fallen quiet, and tells how things stand when another run may go on. `known` finds an endpoint.
    pub(crate) fn tick<'a>(
        &mut self,
        epoch: &ResolvedEpoch,
        known: impl Fn(&Id) -> Option<&'a Entry>,
        options: &Options,
        out: &mut WorkerOutput,
    ) {
        let stamp = timer(&self.common);
        for key in self.findings.due(epoch.now, epoch.ends()) {
            self.refresh(&key, epoch, &known, options);
            if key.1 == SCAN
                && let Some(network) = self.clients.network_of_id(&key.0)
            {
                self.clients.closed(&network);
            }
            self.findings.close(&key, stamp, &mut out.findings);
        }
        let open = if epoch.goes_on { self.findings.keys() } else { Vec::new() };
        for key in open {
            let Some(told) = self.findings.get(&key).map(|open| open.finding.clone()) else { continue };
            self.refresh(&key, epoch, &known, options);
            out.findings.extend(self.findings.tell_news(&key, &told, stamp, epoch.now));
        }
    }

    /// Brings the texts of a finding up to date.
    fn refresh<'a>(
        &mut self,
        key: &FindingKey,
        epoch: &ResolvedEpoch,
        known: &impl Fn(&Id) -> Option<&'a Entry>,
        options: &Options,
    ) {
        let Some(open) = self.findings.get_mut(key) else { return };
        let report = if key.1 == SCAN {
            let Some(network) = self.clients.network_of_id(&key.0) else { return };
            self.clients.report(&network, &open.finding)
        } else {
            known(&key.0).and_then(|entry| report_of(key.1, entry, options, &open.finding))
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
                    if let Some(open) = saved::read::<OpenFinding>(row).filter(|o| share.owns(&o.owner)) {
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

/// Texts for the finding of the detector at a place, as things are now.
fn report_of(at: u8, entry: &Entry, options: &Options, finding: &Finding) -> Option<Report> {
    if SENSITIVE.iter().any(|(place, _)| *place == at) {
        return Some(entry.memory.returned.report(at, &entry.answers, &options.classes, finding));
    }
    if DESCRIBED.iter().any(|(place, _)| *place == at) {
        let standing = &entry.memory.standing;
        return Some(standing.report(at, &options.documents, &entry.name.service, finding));
    }
    ALL.get(usize::from(at)).map(|detector| detector.report(&entry.facts, &entry.memory, finding))
}

/// The stamp of what happens between observations.
fn timer(common: &Common) -> Stamp {
    Stamp { frame: common.last_frame, phase: Phase::Timer, flow: 0, sub: 0 }
}

fn subject_of(info: &Info, name: &EndpointName) -> Subject {
    Subject {
        kind: info.subject.into(),
        id: name.id,
        endpoint: Some(name.id),
        endpoint_name: name.words(),
        route: name.route(),
        ..Subject::default()
    }
}

fn add_address(open: &mut OpenFinding, addr: &[u8; 16]) {
    let addresses = &mut open.finding.subject.addresses;
    if addresses.len() < ADDRESSES_MAX {
        let text = ip_of(addr).to_string();
        if !addresses.contains(&text) {
            addresses.push(text);
        }
    }
}
