//! Who behaves unlike themselves: learned models and detectors.
//!
//! In: resolved epochs, in order. Out: findings, and rows of the state. Every worker sees everything and keeps
//!
//! | what | of whom | where |
//! |---|---|---|
//! | sample of callers | every endpoint | [`peers`] |
//! | owners of objects, and who changed them | everything | [`owners`] |
//! | histograms of time and size | endpoints of its share | [`endpoints`] |
//! | models of identities and pairs, open findings | identities of its share | [`subject`], [`model::life`] |
//! | what each of the [`monitors`] learns | of everything, and of subjects of its share | [`monitors`] |
//!
//! What the next steps will need is looked up ahead ([`ahead`]). Beside the workers stands [`sensor`], of which there is one.
//!
//! The first two are the same in every worker, so what is said of a pair does not depend on who says it. Judged first,
//! trained after. What can go wrong: tables are bounded ([`table`]), and what is forgotten is counted.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "what is weighed here are counts far below 2⁵², and probabilities"
)]

mod access;
mod ahead;
pub mod coverage;
mod detectors;
mod disclosed;
mod endpoints;
pub mod merge;
mod models;
mod monitors;
mod owners;
mod peers;
mod persist;
mod places;
mod reference;
mod saved;
pub mod sensor;
mod slots;
mod subject;
mod table;
mod tell;
mod trace;

use model::endpoint::EndpointIndex;
use model::ledger::Counter;
use model::life::{FindingKey, OpenFindings};
use model::limits::{FINDINGS_OPEN_MAX, KEY_PARTITIONS};
use model::observation::Observed;
use model::record::Totals;
use model::resolved::{Naming, Step};
use model::stamp::Phase;
use model::zone::Caller;
use model::{
    Id, IdentityKind, Noise, PacketTime, ResolvedEpoch, SavedState, Share, Stamp, StateDelta, Worker, WorkerOutput,
    Zone,
};

use crate::access::Access;
use crate::ahead::{Ahead, WINDOW};
use crate::detectors::Seen;
use crate::disclosed::{Disclosed, Told};
use crate::endpoints::{Endpoints, Local};
use crate::monitors::{Call, CallOuts, Monitors, Others};
use crate::owners::{Owner, Owners, Tag};
use crate::peers::Peers;
use crate::places::Place;
use crate::saved::CommonRow;
use crate::subject::{Limits, PairKey, Partition};

/// The worker for a share of the subjects.
#[derive(Debug)]
pub struct Baseline {
    share: Share,
    endpoints: Endpoints,
    owners: Owners,
    /// Who changed objects, by the paths they are under.
    writers: Owners,
    /// Where objects below others stand, see [`places`].
    places: Owners,
    /// Which ids callers can know.
    disclosed: Disclosed,
    /// By key partition; `None` where another worker owns it.
    partitions: Vec<Option<Partition>>,
    findings: OpenFindings,
    monitors: Monitors,
    common: CommonRow,
    common_saved: CommonRow,
    /// Renames not yet carried out: those that come together are done in one walk.
    renames: Vec<(EndpointIndex, EndpointIndex)>,
    /// What was looked up ahead for the steps that come next.
    ahead: Vec<Ahead>,
}

/// Whether a caller is in own networks, by its own address: what a sender inside says of another may come from that other.
const fn is_own(caller: &Caller) -> bool {
    matches!(caller.zone, Zone::Internal) && caller.through == 0
}

impl Baseline {
    /// For the subjects of `share`.
    pub fn new(share: Share) -> Self {
        Self::with_limits(share, Limits::default())
    }

    /// With other limits than the defaults, so that tests reach them.
    #[doc(hidden)]
    pub fn with_partition_limits(share: Share, identities: usize, pairs: usize) -> Self {
        Self::with_limits(share, Limits { identities, pairs })
    }

    fn with_limits(share: Share, limits: Limits) -> Self {
        let owned = |partition: usize| share.owns(&Id([partition as u8; 16]));
        Self {
            share,
            endpoints: Endpoints::new(share),
            owners: Owners::default(),
            writers: Owners::default(),
            places: Owners::default(),
            disclosed: Disclosed::default(),
            partitions: (0..KEY_PARTITIONS).map(|p| owned(p).then(|| Partition::new(limits))).collect(),
            findings: OpenFindings::new(FINDINGS_OPEN_MAX),
            monitors: Monitors::new(share),
            common: CommonRow::default(),
            common_saved: CommonRow::default(),
            renames: Vec::new(),
            ahead: Vec::new(),
        }
    }

    fn step(&mut self, epoch: &ResolvedEpoch, step: &Step, ahead: &mut Ahead, out: &mut WorkerOutput) {
        match *step {
            Step::Rename { from, to } => self.renames.push((from, to)),
            // Times and sizes are those of the whole batch, which its first operation stands for.
            Step::Part { endpoint, .. } => self.show(endpoint),
            // No call: only what an attack would do to it is judged.
            Step::Streamed { batch, row, endpoint } => {
                self.show(endpoint);
                if let Some(seen) = epoch.observed(u32::from(batch), row) {
                    self.common.last_frame = self.common.last_frame.max(seen.row.stamp.frame);
                }
            }
            Step::Seen { batch, row, naming } => {
                let Some(seen) = epoch.observed(batch, row) else { return };
                self.common.last_frame = self.common.last_frame.max(seen.row.stamp.frame);
                if self.common.started_at == PacketTime::ZERO {
                    self.common.started_at = seen.row.last_at;
                }
                self.common.count(&seen.row.caller);
                let local = match naming {
                    Naming::Endpoint(index) => self.endpoints.local(index),
                    Naming::Noise(_) => None,
                };
                if let Some(local) = local {
                    self.call(epoch, local, &seen, ahead, out);
                }
            }
        }
    }

    /// Its record changes elsewhere, and is told again with the times that are known.
    fn show(&mut self, endpoint: EndpointIndex) {
        if let Some(endpoint) = self.endpoints.local(endpoint).and_then(|local| self.endpoints.get_mut(local)) {
            endpoint.times_dirty = true;
        }
    }

    /// Shows calls to the monitors, among which no endpoint got another name: all of them to one monitor after the other,
    /// so that its code and its models are near when they are needed.
    fn watch(&mut self, epoch: &ResolvedEpoch, steps: &[Step], ahead: &[Ahead], out: &mut WorkerOutput) {
        let (started_at, coverage) = (self.common.started_at, epoch.coverage.share());
        let outside = self.common.has_outside();
        let places = &mut self.places;
        let calls = steps.iter().zip(ahead).filter_map(|(step, ahead)| {
            let (batch, row, part, index) = match *step {
                // Of an unreadable head nothing is known that could be judged, least of all who sent it.
                Step::Rename { .. } | Step::Seen { naming: Naming::Noise(Noise::Unreadable), .. } => return None,
                Step::Streamed { batch, row, endpoint } => (u32::from(batch), row, None, Some(endpoint)),
                Step::Part { batch, row, operation, endpoint } => {
                    (u32::from(batch), row, Some(operation), Some(endpoint))
                }
                Step::Seen { batch, row, naming: Naming::Endpoint(index) } => (batch, row, None, Some(index)),
                Step::Seen { batch, row, naming: Naming::Noise(_) } => (batch, row, None, None),
            };
            let seen = epoch.observed(batch, row)?;
            let local = index.and_then(|index| self.endpoints.local(index));
            let endpoint = local.and_then(|local| Some((local, self.endpoints.get(local)?)));
            let part = part.and_then(|operation| seen.operations().get(usize::from(operation)));
            let obscured = !epoch.low.is_empty() && epoch.is_low(seen.service());
            let (others, place) = (ahead.others, Place::None);
            let at_work = outside && is_own(&seen.row.caller);
            let mut call = Call { seen, endpoint, part, others, place, started_at, coverage, obscured, at_work };
            let me = Tag::of(&seen.row.identity.id);
            if let Some(placed) = monitors::reached(&call) {
                call.place = places::look(places, placed, me);
            }
            Some(call)
        });
        let calls: Vec<Call<'_>> = calls.collect();
        self.monitors.calls(&calls, &mut self.findings, out);
    }

    /// One call of an endpoint: judged by its subjects' owner, then learned from.
    fn call(
        &mut self,
        epoch: &ResolvedEpoch,
        local: Local,
        seen: &Observed<'_>,
        ahead: &mut Ahead,
        out: &mut WorkerOutput,
    ) {
        let row = seen.row;
        let Some(endpoint) = self.endpoints.get_mut(local) else { return };
        if endpoint.first_at == PacketTime::ZERO {
            endpoint.first_at = row.last_at;
        }
        endpoint.dirty = true;
        if endpoint.owned {
            endpoint.record(row);
        }
        let own = self.change(epoch, local, seen, ahead);
        let access = ahead.object.map(|object| {
            let told = if object.sought == 0 { Told::Perhaps } else { self.disclosed.told(row, object.sought) };
            Access::new(row, object, self.owners.get(object.object), own, told)
        });
        self.judge(epoch, local, seen, access.as_ref(), ahead, out);
        if let Some(access) = &access {
            if let Some(endpoint) = self.endpoints.get_mut(local) {
                endpoint.peers.get_or_insert_with(|| Box::new(Peers::default())).count(&row.identity.id, access);
            }
            if access.facts.ok > 0 {
                self.owners.claim(access.object, Tag::of(&row.identity.id));
            }
        }
        self.disclosed.learn(row, seen.disclosed());
    }

    /// Whether the caller alone has changed the object so far; and takes it as a change, if it is one.
    fn change(&mut self, epoch: &ResolvedEpoch, local: Local, seen: &Observed<'_>, ahead: &mut Ahead) -> bool {
        if ahead.under == 0 {
            return false;
        }
        let (before, me) = (self.writers.get(ahead.under), Tag::of(&seen.row.identity.id));
        let call = Call {
            seen: *seen,
            endpoint: self.endpoints.get(local).map(|endpoint| (local, endpoint)),
            part: None,
            others: Others::Nobody,
            place: Place::None,
            started_at: self.common.started_at,
            coverage: epoch.coverage.share(),
            obscured: false,
            at_work: false,
        };
        if let Some(object) = monitors::written(&call) {
            ahead.others = match before {
                Owner::One(tag) if tag != me => Others::One,
                Owner::One(_) | Owner::Unknown => Others::Nobody,
                Owner::Many => Others::Many,
            };
            self.writers.claim(object, me);
        }
        matches!(before, Owner::One(tag) if tag == me)
    }

    fn judge(
        &mut self,
        epoch: &ResolvedEpoch,
        local: Local,
        seen: &Observed<'_>,
        access: Option<&Access>,
        ahead: &Ahead,
        out: &mut WorkerOutput,
    ) {
        let row = seen.row;
        let identity = row.identity;
        let Some(Some(partition)) = self.partitions.get_mut(identity.id.key_partition()) else { return };
        let (model, evicted) = partition.identities.touch_at(ahead.identity, identity.id);
        let Some(model) = model else { return };
        model.see(identity.kind, row.first_at, &row.caller.addr, row.client);
        model.outside |= row.caller.zone == Zone::External;
        out.ledger.add(Counter::SubjectsEvicted, u64::from(evicted));
        // Detectors look at objects only, so a pair without any needs no model.
        if access.is_none() {
            return;
        }
        let (pair, evicted) = partition.pairs.touch_at(ahead.pair, PairKey { identity: identity.id, endpoint: local });
        out.ledger.add(Counter::SubjectsEvicted, u64::from(evicted));
        let (Some(pair), Some(endpoint)) = (pair, self.endpoints.get(local)) else { return };
        if pair.first_at == PacketTime::ZERO {
            (pair.first_at, pair.kind) = (row.last_at, identity.kind);
        }
        let learning_since = self.common.started_at.max(endpoint.first_at);
        let now = Seen {
            row,
            endpoint,
            access,
            identity_since: model.first_at,
            clients: model.clients.len(),
            state_since: self.common.started_at,
            learning_since,
            at_work: self.common.has_outside() && is_own(&row.caller) && !model.outside,
        };
        tell::judge(&now, pair, &model.addresses, epoch.coverage.share(), &mut self.findings, out);
    }

    fn carry_out_renames(&mut self) {
        if self.renames.is_empty() {
            return;
        }
        let mut moves = std::collections::BTreeMap::new();
        for (from, to) in std::mem::take(&mut self.renames) {
            let (Some(from), Some(to)) = (self.endpoints.local(from), self.endpoints.local(to)) else { continue };
            if from == to {
                continue;
            }
            // Renames in a row: what was on its way to `from` goes on to `to`.
            moves.values_mut().filter(|end| **end == from).for_each(|end| *end = to);
            moves.insert(from, to);
            self.endpoints.forget(from);
        }
        for partition in self.partitions.iter_mut().flatten() {
            partition.rename(|local| moves.get(&local).copied());
        }
        self.monitors.rename(&self.endpoints, &moves);
    }

    /// Closes what has fallen quiet; at the end of a run after which another may go on, tells how things stand.
    fn tick(&mut self, epoch: &ResolvedEpoch, out: &mut WorkerOutput) {
        let stamp = Stamp { frame: self.common.last_frame, phase: Phase::Timer, flow: 0, sub: 0 };
        for key in self.findings.due(epoch.now, epoch.ends()) {
            self.refresh(&key, epoch, true);
            self.findings.close(&key, stamp, &mut out.findings);
        }
        let open = if epoch.goes_on { self.findings.keys() } else { Vec::new() };
        for key in open {
            let Some(told) = self.findings.get(&key).map(|open| open.finding.clone()) else { continue };
            self.refresh(&key, epoch, false);
            out.findings.extend(self.findings.tell_news(&key, &told, stamp, epoch.now));
        }
    }

    /// Brings the texts of a finding up to date; `closing` it, lets its subject learn again.
    fn refresh(&mut self, key: &FindingKey, epoch: &ResolvedEpoch, closing: bool) {
        if self.monitors.refresh(key, epoch.coverage.share(), closing, &mut self.findings) {
            return;
        }
        let Some((identity, endpoint)) = self.findings.get(key).and_then(|open| {
            let subject = &open.finding.subject;
            Some((subject.identity?, subject.endpoint?))
        }) else {
            return;
        };
        let local = self.endpoints.intern(endpoint);
        let pair = self.partitions.get_mut(identity.key_partition()).and_then(Option::as_mut);
        let pair = pair.and_then(|p| p.pairs.get_mut(&PairKey { identity, endpoint: local }));
        if let (Some(pair), Some(endpoint)) = (pair, self.endpoints.get(local)) {
            tell::refresh(key, &identity, pair, endpoint, epoch, &mut self.findings);
            if closing {
                tell::closed(key, pair, epoch.now);
            }
        }
    }
}

impl Worker for Baseline {
    fn load(&mut self, saved: &SavedState) {
        self.restore(saved);
    }

    fn learn_only(&mut self) {
        self.findings.learn_only();
    }

    fn apply(&mut self, epoch: &ResolvedEpoch, out: &mut WorkerOutput) {
        for (index, name) in &epoch.names {
            self.endpoints.announce(*index, name);
        }
        let before = out.findings.len();
        let mut ahead = std::mem::take(&mut self.ahead);
        for steps in epoch.steps.chunks(WINDOW) {
            self.look_ahead(epoch, steps, &mut ahead);
            let mut shown = 0;
            for (at, step) in steps.iter().enumerate() {
                if !self.renames.is_empty() && !matches!(step, Step::Rename { .. }) {
                    let (steps, ahead) = (steps.get(shown..at), ahead.get(shown..at));
                    self.watch(epoch, steps.unwrap_or_default(), ahead.unwrap_or_default(), out);
                    self.carry_out_renames();
                    shown = at;
                }
                if let Some(ahead) = ahead.get_mut(at) {
                    self.step(epoch, step, ahead, out);
                }
            }
            let (steps, ahead) = (steps.get(shown..), ahead.get(shown..));
            self.watch(epoch, steps.unwrap_or_default(), ahead.unwrap_or_default(), out);
        }
        self.ahead = ahead;
        self.carry_out_renames();
        if !epoch.call_outs.is_empty() {
            let told = CallOuts { told: &epoch.call_outs, coverage: epoch.coverage.share() };
            self.monitors.call_outs(&told, &mut self.findings, out);
        }
        self.tick(epoch, out);
        if let Some(new) = out.findings.get_mut(before..) {
            new.sort_by(|a, b| a.order().cmp(&b.order()));
        }
    }

    fn save(&mut self, models: bool) -> StateDelta {
        self.rows(models)
    }

    fn totals(&self) -> Totals {
        let models = self.partitions.iter().flatten().flat_map(|partition| partition.identities.slots());
        let named = models.filter(|slot| slot.value.kind != IdentityKind::Address).count();
        Totals { identities: named as u64, ..Totals::default() }
    }
}
