//! What is the same for all monitors: tables, notes, the life of findings, renames.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use model::finding::{Attempt, AttemptEvent, Evidence, Severity, Subject};
use model::flow::ip_of;
use model::ledger::Counter;
use model::life::{FindingKey, OpenFinding, OpenFindings, Report};
use model::limits::{ATTEMPTS_PER_FINDING_MAX, FINDING_ENDPOINTS_MAX, IDENTITY_ADDRESSES_MAX, KEY_PARTITIONS};
use model::state::StateRow;
use model::{CallOut, Contact, EndpointName, Id, Share, WorkerOutput, Zone};

use super::kept::Kept;
use super::monitor::{About, Call, Concern, Key, Model as _, Monitor, Verdict};
use super::subject_id;
use crate::endpoints::{Endpoints, Local};
use crate::table::{NONE, Table};
use crate::trace::Trace;

/// A monitor with its tables, whatever its models are.
pub(crate) trait Lane: fmt::Debug + Send {
    /// Its place in saved findings and rows.
    fn place(&self) -> u8;
    /// What it is.
    #[cfg(test)]
    fn info(&self) -> model::finding::DetectorInfo;
    /// Judges and learns from one call after the other; `plans` is memory to work with.
    fn calls(
        &mut self,
        share: Share,
        calls: &[Call<'_>],
        plans: &mut Vec<Plan>,
        findings: &mut OpenFindings,
        out: &mut WorkerOutput,
    );
    /// Takes what servers did of payloads.
    fn call_outs(&mut self, share: Share, told: &CallOuts<'_>, findings: &mut OpenFindings, out: &mut WorkerOutput);
    /// Carries out renames.
    fn rename(&mut self, endpoints: &Endpoints, moves: &dyn Fn(Local) -> Option<Local>);
    /// Carries them out inside of models that hold hashes of endpoints.
    fn rename_words(&mut self, words: &BTreeMap<u32, u32>);
    /// Brings the texts of the finding about `subject` up to date; `closing` it, lets the subject learn again.
    fn refresh(&mut self, subject: &Id, coverage: f32, closing: bool, findings: &mut OpenFindings);
    /// Appends the rows of what changed.
    fn save(&mut self, share: Share, endpoints: &Endpoints, rows: &mut Vec<StateRow>);
    /// The model of two saved ones of one thing; `None` when one cannot be read.
    fn merged(&self, common: bool, one: &[u8], other: &[u8]) -> Option<Vec<u8>>;
    /// Puts back saved rows, in the order of their use.
    fn restore(&mut self, share: Share, row: &super::rows::MonitorRow, endpoints: &mut Endpoints);
}

/// What servers did of payloads in one epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallOuts<'a> {
    /// In order.
    pub(crate) told: &'a [CallOut],
    /// Share of the traffic understood so far.
    pub(crate) coverage: f32,
}

/// What is done for one call, and where its models probably are; see [`crate::ahead`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Place of the call among those shown.
    call: usize,
    subject: Option<(Key, u32)>,
    common: Option<(Key, u32)>,
}

/// Subjects of one key partition.
type Subjects<M> = Table<Key, Kept<<M as Monitor>::Model>>;

/// A monitor with its tables.
pub(crate) struct Watch<M: Monitor> {
    pub(super) place: u8,
    /// Of subjects, by key partition; made with the first subject.
    pub(super) subjects: Vec<Option<Box<Subjects<M>>>>,
    /// What is common.
    pub(super) commons: Table<Key, M::Common>,
    /// Subjects with an open finding, by the finding's subject id.
    pub(super) open: BTreeMap<Id, Key>,
    monitor: PhantomData<M>,
}

impl<M: Monitor> fmt::Debug for Watch<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("id", &M::INFO.id).finish_non_exhaustive()
    }
}

impl<M: Monitor> Watch<M> {
    /// With no models, at that place.
    pub(crate) fn at(place: u8) -> Box<dyn Lane> {
        Box::new(Self {
            place,
            subjects: (0..KEY_PARTITIONS).map(|_| None).collect(),
            commons: Table::new(M::COST.commons),
            open: BTreeMap::new(),
            monitor: PhantomData,
        })
    }

    /// The table of the partition that `id` is in.
    pub(super) fn table(&mut self, id: &Id) -> Option<&mut Table<Key, Kept<M::Model>>> {
        let slot = self.subjects.get_mut(id.key_partition())?;
        Some(slot.get_or_insert_with(|| Box::new(Table::new(M::COST.subjects / KEY_PARTITIONS))))
    }

    /// Finds the models of all calls in a row, none of which waits for another.
    fn look_ahead(&self, plans: &mut [Plan]) {
        for Plan { subject, common, .. } in plans {
            if let Some((key, at)) = common {
                *at = self.commons.look(key, M::Common::glance);
            }
            if let Some((key, at)) = subject
                && let Some(Some(table)) = self.subjects.get(key.id.key_partition())
            {
                *at = table.look(key, |kept| kept.model.glance());
            }
        }
    }

    fn call(
        &mut self,
        share: Share,
        plan: &Plan,
        call: &Call<'_>,
        findings: &mut OpenFindings,
        out: &mut WorkerOutput,
    ) {
        if let Some(subject) = plan.subject {
            let _ = self.table(&subject.0.id);
            self.judge(subject, plan.common, call, findings, out);
        }
        self.learn_around(share, plan, call, out);
        if let Some((key, at)) = plan.common {
            let (common, evicted) = self.commons.touch_at(at, key);
            // Every worker forgets the same: it is counted once.
            out.ledger.add(Counter::SubjectsEvicted, u64::from(evicted && share.owns(&key.id)));
            if let Some(common) = common {
                M::learn(call, common);
                let cut = common.take_cut();
                out.ledger.add(Counter::ModelsCut, if share.owns(&key.id) { u64::from(cut) } else { 0 });
            }
        }
    }

    /// Lets what is wider than the common model learn from a call.
    fn learn_around(&mut self, share: Share, plan: &Plan, call: &Call<'_>, out: &mut WorkerOutput) {
        let Some(key) = M::around(call) else { return };
        let common = plan.common.and_then(|(key, at)| self.commons.peek_at(at, &key));
        let Some(weight) = common.and_then(|common| M::weigh(call, common)) else { return };
        let (around, evicted) = self.commons.touch(key);
        out.ledger.add(Counter::SubjectsEvicted, u64::from(evicted && share.owns(&key.id)));
        if let Some(around) = around {
            M::learn_around(call, weight, around);
        }
    }

    fn judge(
        &mut self,
        (key, at): (Key, u32),
        common: Option<(Key, u32)>,
        call: &Call<'_>,
        findings: &mut OpenFindings,
        out: &mut WorkerOutput,
    ) {
        let place = self.place;
        // A hash: made only for subjects with a finding.
        let subject = || subject_id(&key.id, key.endpoint.and(call.endpoint).map(|(_, endpoint)| &endpoint.id));
        let common = common.and_then(|(key, at)| self.commons.peek_at(at, &key));
        let around = M::around(call).and_then(|key| self.commons.peek(&key));
        let Some(Some(table)) = self.subjects.get_mut(key.id.key_partition()) else { return };
        if table.peek_at(at, &key).is_none() && !M::worth(call, common) {
            return;
        }
        let (kept, evicted) = table.touch_at(at, key);
        out.ledger.add(Counter::SubjectsEvicted, u64::from(evicted));
        let Some(kept) = kept else { return };
        kept.outside |= call.row().caller.zone == Zone::External;
        if kept.open && findings.get(&(subject(), place)).is_none() {
            kept.open = false;
            M::closed(&mut kept.model);
        }
        let verdict = M::judge_around(call, common, around, &mut kept.model, kept.open);
        out.ledger.add(Counter::ModelsCut, u64::from(kept.model.take_cut()));
        match verdict {
            Verdict::Note if !kept.open => kept.note(call, M::MEMORY),
            Verdict::Quiet | Verdict::Note => {}
            Verdict::Cause(severity) => {
                let subject = subject();
                if kept.open || start::<M>((subject, place), key, call, kept, findings, out) {
                    self.open.insert(subject, key);
                    go_on::<M>((subject, place), severity, call, kept, findings, out);
                }
            }
        }
    }
}

impl<M: Monitor> Lane for Watch<M> {
    fn place(&self) -> u8 {
        self.place
    }

    #[cfg(test)]
    fn info(&self) -> model::finding::DetectorInfo {
        M::INFO
    }

    fn calls(
        &mut self,
        share: Share,
        calls: &[Call<'_>],
        plans: &mut Vec<Plan>,
        findings: &mut OpenFindings,
        out: &mut WorkerOutput,
    ) {
        plans.clear();
        let shown = |call: &Call<'_>| {
            (M::PARTS || call.part.is_none())
                && (M::STREAMS || call.row().streamed.is_none())
                && !(M::PAUSES && call.obscured)
        };
        plans.extend(calls.iter().enumerate().filter(|(_, call)| shown(call)).filter_map(|(at, call)| {
            let Concern { subject, common } = M::concern(call)?;
            let subject = subject.filter(|subject| share.owns(&subject.id)).map(|key| (key, NONE));
            Some(Plan { call: at, subject, common: common.map(|key| (key, NONE)) })
        }));
        self.look_ahead(plans);
        for plan in plans {
            if let Some(call) = calls.get(plan.call) {
                self.call(share, plan, call, findings, out);
            }
        }
    }

    fn call_outs(&mut self, share: Share, told: &CallOuts<'_>, findings: &mut OpenFindings, out: &mut WorkerOutput) {
        for call_out in told.told {
            let Some(key) = M::borne_out(call_out).filter(|key| share.owns(&key.id)) else { continue };
            let Some(Some(table)) = self.subjects.get_mut(key.id.key_partition()) else { continue };
            let Some(kept) = table.get_mut(&key).filter(|kept| kept.open) else { continue };
            let Some(open) = findings.get_mut(&(subject_id(&key.id, None), self.place)) else { continue };
            M::connected(call_out, &mut kept.model);
            open.show(shown(call_out));
            let report = report::<M>(open, kept);
            open.fill(report, told.coverage);
            out.findings.push(open.tell(call_out.stamp, call_out.contact.at));
        }
    }

    fn rename(&mut self, endpoints: &Endpoints, moves: &dyn Fn(Local) -> Option<Local>) {
        for table in self.subjects.iter_mut().flatten() {
            for (from, to) in due(table, moves) {
                // An endpoint's new name may belong to another worker: it starts anew, whoever has it.
                if endpoints.get(to).is_none_or(|_| is_endpoint(&from, endpoints)) {
                    table.forget(from);
                    continue;
                }
                table.rename(from, Key::on(from.id, to), |kept, other| {
                    kept.model.merge(&other.model);
                    kept.adopt(other);
                });
            }
        }
        for (from, to) in due(&self.commons, moves) {
            let id = if is_endpoint(&from, endpoints) { endpoints.get(to).map_or(from.id, |e| e.id) } else { from.id };
            self.commons.rename(from, Key::on(id, to), M::Common::merge);
        }
    }

    fn rename_words(&mut self, words: &BTreeMap<u32, u32>) {
        if M::Common::NAMES_ENDPOINTS {
            for slot in self.commons.slots_mut() {
                slot.value.rename(words);
                slot.dirty = true;
            }
        }
        if M::Model::NAMES_ENDPOINTS {
            for slot in self.subjects.iter_mut().flatten().flat_map(|table| table.slots_mut()) {
                slot.value.model.rename(words);
                slot.dirty = true;
            }
        }
    }

    fn refresh(&mut self, subject: &Id, coverage: f32, closing: bool, findings: &mut OpenFindings) {
        let Some(key) = self.open.get(subject).copied() else { return };
        if closing {
            self.open.remove(subject);
        }
        let Some(Some(table)) = self.subjects.get_mut(key.id.key_partition()) else { return };
        let Some(kept) = table.get_mut(&key).filter(|kept| kept.open) else { return };
        if let Some(open) = findings.get_mut(&(*subject, self.place)) {
            let report = report::<M>(open, kept);
            open.fill(report, coverage);
        }
        if closing {
            kept.open = false;
            M::closed(&mut kept.model);
        }
    }

    fn save(&mut self, share: Share, endpoints: &Endpoints, rows: &mut Vec<StateRow>) {
        self.save_rows(share, endpoints, rows);
    }

    fn merged(&self, common: bool, one: &[u8], other: &[u8]) -> Option<Vec<u8>> {
        Self::merged_models(common, one, other)
    }

    fn restore(&mut self, share: Share, row: &super::rows::MonitorRow, endpoints: &mut Endpoints) {
        self.restore_row(share, row, endpoints);
    }
}

/// A connection as evidence: it is no transaction, and has an id of its own.
fn shown(call_out: &CallOut) -> Evidence {
    let Contact { from, to, at, frame } = call_out.contact;
    let tx = Id::of("connection", &[&from, &to.addr, &to.port.to_be_bytes(), &at.nanos().to_be_bytes()]);
    let excerpt = format!("{} connects to {to}", ip_of(&from));
    Evidence { tx, at, frame, last_frame: frame, note: "the server did what it was told".to_owned(), excerpt }
}

/// Whether a key names an endpoint itself.
fn is_endpoint(key: &Key, endpoints: &Endpoints) -> bool {
    key.endpoint.and_then(|local| endpoints.get(local)).is_some_and(|endpoint| endpoint.id == key.id)
}

/// Keys of a table whose endpoint has a new name, in order of use.
fn due<V: Default>(table: &Table<Key, V>, moves: &dyn Fn(Local) -> Option<Local>) -> Vec<(Key, Local)> {
    let slots = table.slots().filter_map(|slot| Some((slot.used, slot.key, moves(slot.key.endpoint?)?)));
    let mut due: Vec<_> = slots.collect();
    due.sort_unstable();
    due.into_iter().map(|(_, key, to)| (key, to)).collect()
}

/// Opens a finding, if there is room.
fn start<M: Monitor>(
    at: FindingKey,
    key: Key,
    call: &Call<'_>,
    kept: &mut Kept<M::Model>,
    findings: &mut OpenFindings,
    out: &mut WorkerOutput,
) -> bool {
    if findings.get(&at).is_none() {
        kept.expire(call.row().first_at, M::MEMORY);
        let (count, first_at) = kept.noted(call.row().first_at);
        let about = || subject::<M>(at.0, key, call);
        let Some(open) = findings.open(at, key.id, &M::INFO, about, first_at, count) else {
            out.ledger.add(Counter::FindingsFolded, 1);
            return false;
        };
        kept.show(open);
    }
    kept.open = true;
    true
}

fn subject<M: Monitor>(id: Id, key: Key, call: &Call<'_>) -> Subject {
    let identity = M::INFO.subject.starts_with("identity").then_some(call.row().identity);
    let endpoint = key.endpoint.and(call.endpoint);
    // A path that is no endpoint is named all the same, where the subject is on one.
    let unnamed = M::INFO.subject.ends_with("endpoint") && endpoint.is_none();
    let words = unnamed.then(|| place_of(call));
    Subject {
        kind: M::INFO.subject.into(),
        id,
        identity: identity.map(|identity| identity.id),
        identity_kind: identity.map(|identity| identity.kind),
        endpoint: endpoint.map(|(_, endpoint)| endpoint.id),
        endpoint_name: endpoint.map(|(_, endpoint)| endpoint.name.words()).or(words).unwrap_or_default(),
        route: endpoint.map(|(_, endpoint)| endpoint.name.route()).unwrap_or_default(),
        ..Subject::default()
    }
}

/// Method and path with service: of the endpoint, else of the normalised path.
fn place_of(call: &Call<'_>) -> String {
    let (method, place) = call.words();
    format!("{method} {}{place}", String::from_utf8_lossy(call.seen.service()))
}

/// Adds a call to the open finding, and tells it when it is due.
fn go_on<M: Monitor>(
    at: FindingKey,
    severity: Severity,
    call: &Call<'_>,
    kept: &Kept<M::Model>,
    findings: &mut OpenFindings,
    out: &mut WorkerOutput,
) {
    let row = call.row();
    let Some(open) = findings.get_mut(&at) else { return };
    open.seen_at_work(if call.at_work && !kept.outside { M::AT_WORK } else { Severity::Info });
    let due = open.count(severity, row.last_at);
    let addresses = &mut open.finding.subject.addresses;
    let address = ip_of(&row.caller.addr).to_string();
    if addresses.len() < IDENTITY_ADDRESSES_MAX && !addresses.contains(&address) {
        addresses.push(address);
    }
    if open.finding.subject.endpoint.is_none() {
        add_place(&mut open.finding.subject, call);
    }
    let (method, place) = call.words();
    let evidence = Trace::of(row, None).evidence(&method, &place, "part of the cause");
    if M::ATTEMPTS {
        attempt(open, severity, call, &evidence, out);
    }
    open.show(evidence);
    if due {
        let told = report::<M>(open, kept);
        open.fill(Report { severity: told.severity.max(severity), ..told }, call.coverage);
        out.findings.push(open.tell(row.stamp, row.last_at));
    }
}

/// Remembers where a subject was that is on no single endpoint; of operations also the route of the first.
fn add_place(subject: &mut Subject, call: &Call<'_>) {
    if subject.route.is_empty() {
        subject.route = call.name().map(EndpointName::route).unwrap_or_default();
    }
    let (place, known) = (place_of(call), &mut subject.endpoints);
    if place != subject.endpoint_name && known.len() < FINDING_ENDPOINTS_MAX && !known.contains(&place) {
        known.push(place);
    }
}

/// Tells one call of a finding, as far as there is room.
fn attempt(open: &OpenFinding, severity: Severity, call: &Call<'_>, evidence: &Evidence, out: &mut WorkerOutput) {
    let finding = &open.finding;
    if finding.count > ATTEMPTS_PER_FINDING_MAX as u64 {
        out.ledger.add(Counter::AttemptsFolded, 1);
        return;
    }
    let attempt = Attempt {
        finding: finding.id,
        detector: finding.detector.clone(),
        // That it was tried is what the finding tells; by itself a call matters when it shows success.
        severity: if severity < Severity::High { Severity::Low } else { severity },
        address: ip_of(&call.row().caller.addr).to_string(),
        // A finding of a network is on many endpoints: each call has its own.
        endpoint_name: place_of(call),
        route: call.name().map(EndpointName::route).unwrap_or_default(),
        ended: call.now(),
        call: evidence.clone(),
    };
    out.attempts.push(AttemptEvent { stamp: call.row().stamp, attempt });
}

fn report<M: Monitor>(open: &OpenFinding, kept: &Kept<M::Model>) -> Report {
    let finding = &open.finding;
    let about = About { kind: finding.subject.identity_kind.unwrap_or_default(), count: finding.count };
    M::report(&about, &kept.model)
}
