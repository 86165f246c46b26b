//! The catalog: what the inventory shows of each endpoint.
//!
//! In: resolved epochs. Out: [`EndpointRecord`](model::EndpointRecord)s of endpoints that changed, and their rows. Kept:
//! counts, sums, parameters and callers of each endpoint of the services of one [`Share`]. Nothing depends on the share.
//! Each call is shown to the [`detectors`](crate::detectors) before it is counted.
//!
//! A call costs no allocation once its endpoint has met its status, media types and parameters.

mod answers;
mod callers;
pub(crate) mod classes;
mod endpoint;
mod families;
mod hours;
mod messages;
mod params;
mod products;
mod rpc;
pub(crate) mod saved;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::record::Totals;
use model::{
    DataKind, EndpointIndex, EndpointName, Id, Naming, Observed, ResolvedEpoch, RowKind, SavedState, Share, StateDelta,
    StateRow, Step, Worker, WorkerOutput,
};

pub(crate) use answers::Answers;
pub(crate) use callers::Callers;
pub(crate) use endpoint::{Entry, Facts};
use families::Families;
pub(crate) use families::Newer;
use products::Products;

use crate::Options;
use crate::detectors::{Known, Watch};

/// Steps whose entries are read ahead: few enough that they are still in the processor's cache when they are used.
const WINDOW: usize = 32;

/// The catalog's worker for a share of the services.
#[derive(Debug)]
pub struct Catalog {
    share: Share,
    entries: Vec<Option<Entry>>,
    free: Vec<usize>,
    by_id: BTreeMap<Id, usize>,
    /// Where the entry of an endpoint's number is, for those of this share.
    slots: Vec<Option<u32>>,
    /// Folded away since the last call of `save`, and since the last with models.
    removed: BTreeSet<Id>,
    removed_rows: BTreeSet<Id>,
    watch: Watch,
    options: Arc<Options>,
    products: Products,
    families: Families,
    /// Whether the state knows the classes of this configuration.
    classes_saved: bool,
}

impl Catalog {
    /// For the services of `share`, with the usual options.
    pub fn new(share: Share) -> Self {
        Self::with(share, Arc::default())
    }

    /// For the services of `share`.
    pub fn with(share: Share, options: Arc<Options>) -> Self {
        let classes_saved = options.classes.own().is_empty();
        Self {
            share,
            entries: Vec::new(),
            free: Vec::new(),
            by_id: BTreeMap::new(),
            slots: Vec::new(),
            removed: BTreeSet::new(),
            removed_rows: BTreeSet::new(),
            watch: Watch::default(),
            options,
            products: Products::default(),
            families: Families::default(),
            classes_saved,
        }
    }

    /// Makes every record to be handed over, changed or not.
    pub(crate) fn show_all(&mut self) {
        self.entries.iter_mut().flatten().for_each(|entry| entry.record_dirty = true);
    }

    /// Numbers the classes that another configuration defined as this one does.
    fn renumber(&mut self, saved: &SavedState) {
        let table = &self.options.classes;
        let before = classes::read(saved);
        if classes::names(table).eq(before.iter().map(|name| &**name)) {
            // Nothing to number anew; with no classes at all there is no row either.
            self.classes_saved = true;
            return;
        }
        self.classes_saved = false;
        let number = |kind: DataKind| classes::number(&before, table, kind);
        self.entries.iter_mut().flatten().for_each(|entry| entry.renumber(&number));
    }

    fn insert(&mut self, mut entry: Entry) -> usize {
        let id = entry.name.id;
        entry.service = self.watch.service(entry.name.service_id);
        self.products.learn(entry.service, &entry.signs);
        let at = self.free.pop().unwrap_or(self.entries.len());
        self.families.add(&entry, at);
        match self.entries.get_mut(at) {
            Some(slot) => *slot = Some(entry),
            None => self.entries.push(Some(entry)),
        }
        self.by_id.insert(id, at);
        at
    }

    /// Takes a name over: a new endpoint, one loaded before, or newer evidence for one that is known.
    fn announce(&mut self, index: EndpointIndex, name: &Arc<EndpointName>) {
        if !self.share.owns(&name.service_id) {
            return;
        }
        let at = match self.by_id.get(&name.id) {
            Some(at) => *at,
            None => self.insert(Entry::new(Arc::clone(name))),
        };
        if let Some(entry) = self.entries.get_mut(at).and_then(Option::as_mut)
            && entry.name != *name
        {
            entry.name = Arc::clone(name);
            (entry.record_dirty, entry.row_dirty) = (true, true);
        }
        let index = index.0 as usize;
        if self.slots.len() <= index {
            self.slots.resize(index + 1, None);
        }
        if let Some(slot) = self.slots.get_mut(index) {
            *slot = Some(at as u32);
        }
    }

    fn slot(&self, index: EndpointIndex) -> Option<usize> {
        self.slots.get(index.0 as usize).copied().flatten().map(|at| at as usize)
    }

    fn step(&mut self, epoch: &ResolvedEpoch, step: &Step, out: &mut WorkerOutput) {
        match *step {
            Step::Seen { batch, row, naming: Naming::Endpoint(index) } => {
                let Some(seen) = epoch.observed(batch, row) else { return };
                if seen.row.succeeded() {
                    self.watch.success(&seen);
                }
                let Some(at) = self.slot(index) else { return };
                let newer = self.newer(at, &seen);
                let Some(entry) = self.entries.get_mut(at).and_then(Option::as_mut) else { return };
                if seen.row.notes.len > 0 {
                    self.products.note(entry, &seen);
                }
                let product = self.products.reached(entry, &seen);
                let Entry { name, facts, memory, service, .. } = entry;
                let known = Known { name, facts, options: &self.options, product, newer: newer.as_ref() };
                self.watch.call(&seen, known, memory, *service, epoch, out);
                entry.see(&seen);
                if !self.options.documents.is_empty() && seen.row.succeeded() {
                    self.watch.held(&seen, entry, &self.options.documents, epoch, out);
                }
                if seen.row.answers.len > 0 && seen.row.succeeded() {
                    self.watch.answered(&seen, entry, &self.options, epoch, out);
                }
            }
            Step::Seen { batch, row, naming: Naming::Noise(noise) } => {
                if let Some(seen) = epoch.observed(batch, row) {
                    self.watch.noise(self.share, noise, &seen, epoch, out);
                }
            }
            Step::Part { batch, row, operation, endpoint } => {
                let Some(seen) = epoch.observed(u32::from(batch), row) else { return };
                let Some(at) = self.slot(endpoint) else { return };
                if let Some(entry) = self.entries.get_mut(at).and_then(Option::as_mut) {
                    entry.see_part(&seen, operation);
                }
            }
            Step::Streamed { batch, row, endpoint } => {
                let Some(seen) = epoch.observed(u32::from(batch), row) else { return };
                let Some(at) = self.slot(endpoint) else { return };
                let Some(entry) = self.entries.get_mut(at).and_then(Option::as_mut) else { return };
                entry.see_streamed(&seen);
                if seen.row.answers.len > 0 {
                    self.watch.answered(&seen, entry, &self.options, epoch, out);
                }
            }
            Step::Rename { from, to } => self.rename(from, to),
        }
    }

    /// Newer versions of the endpoint at a place, when it was called with success.
    #[inline]
    fn newer(&self, at: usize, seen: &Observed<'_>) -> Option<Newer> {
        let entry = self.entries.get(at)?.as_ref()?;
        if entry.version.is_none() || !seen.row.succeeded() {
            return None;
        }
        self.families.newer(entry, &self.entries, seen.row.first_at)
    }

    /// Holds every endpoint against its description, at the end of the input.
    fn hold_all(&mut self, epoch: &ResolvedEpoch, out: &mut WorkerOutput) {
        for at in self.by_id.values() {
            if let Some(entry) = self.entries.get_mut(*at).and_then(Option::as_mut) {
                self.watch.held_last(entry, &self.options.documents, epoch, out);
            }
        }
    }

    /// Reads what the next steps need: read in a row, the processor waits for several at once.
    fn glance(&self, steps: &[Step]) {
        let entry = |step: &Step| {
            let Step::Seen { naming: Naming::Endpoint(index), .. } = *step else { return None };
            self.slot(index).and_then(|at| self.entries.get(at)).and_then(Option::as_ref)
        };
        steps.iter().filter_map(entry).for_each(Entry::glance);
        steps.iter().filter_map(entry).for_each(Entry::glance_lists);
    }

    fn rename(&mut self, from: EndpointIndex, to: EndpointIndex) {
        let (Some(from_at), Some(to_at)) = (self.slot(from), self.slot(to)) else { return };
        if from_at == to_at {
            return;
        }
        let Some(old) = self.entries.get_mut(from_at).and_then(Option::take) else { return };
        self.free.push(from_at);
        self.families.remove(&old, from_at);
        self.by_id.remove(&old.name.id);
        self.removed.insert(old.name.id);
        self.removed_rows.insert(old.name.id);
        if let Some(slot) = self.slots.get_mut(from.0 as usize) {
            *slot = None;
        }
        if let Some(entry) = self.entries.get_mut(to_at).and_then(Option::as_mut) {
            entry.merge(&old);
        }
    }
}

impl Worker for Catalog {
    fn load(&mut self, saved: &SavedState) {
        self.watch.load(self.share, saved);
        for row in saved.rows.iter().filter(|row| row.kind == RowKind::CatalogEndpoint) {
            if let Some(entry) = saved::read(row).filter(|entry| self.share.owns(&entry.name.service_id)) {
                self.insert(entry);
            }
        }
        self.renumber(saved);
        self.products.settle();
        // What was loaded is shown already.
        self.families.settle(&self.entries);
    }

    fn learn_only(&mut self) {
        self.watch.learn_only();
    }

    fn apply(&mut self, epoch: &ResolvedEpoch, out: &mut WorkerOutput) {
        let before = out.findings.len();
        for (index, name) in &epoch.names {
            self.announce(*index, name);
        }
        for steps in epoch.steps.chunks(WINDOW) {
            self.glance(steps);
            for step in steps {
                self.step(epoch, step, out);
            }
        }
        self.watch.note_last(epoch);
        if epoch.last && !self.options.documents.is_empty() {
            self.hold_all(epoch, out);
        }
        let Self { watch, entries, by_id, .. } = self;
        let known = |id: &Id| {
            let entry = entries.get(*by_id.get(id)?)?.as_ref()?;
            Some(entry)
        };
        watch.tick(epoch, known, &self.options, out);
        if let Some(new) = out.findings.get_mut(before..) {
            new.sort_by(|a, b| a.order().cmp(&b.order()));
        }
    }

    fn save(&mut self, models: bool) -> StateDelta {
        let mut delta = StateDelta::default();
        self.products.mark(&mut self.entries);
        self.families.mark(&mut self.entries);
        for at in self.by_id.values() {
            let version = self
                .entries
                .get(*at)
                .and_then(Option::as_ref)
                .filter(|entry| entry.record_dirty)
                .and_then(|entry| self.families.record(entry, &self.entries));
            let Some(entry) = self.entries.get_mut(*at).and_then(Option::as_mut) else { continue };
            if entry.facts.count == 0 {
                continue;
            }
            if std::mem::take(&mut entry.record_dirty) {
                let mut record = entry.record(self.products.of(entry.service), &self.options.classes);
                record.version = version;
                record.description = self.watch.description(entry, &self.options.documents);
                delta.endpoints.push(record);
            }
            if models && std::mem::take(&mut entry.row_dirty) {
                delta.rows.extend(saved::row(entry));
            }
        }
        let gone = |id: &Id| !self.by_id.contains_key(id);
        delta.removed_endpoints = std::mem::take(&mut self.removed).into_iter().filter(gone).collect();
        if models {
            let rows = std::mem::take(&mut self.removed_rows).into_iter().filter(gone);
            delta.rows.extend(rows.map(|key| StateRow { kind: RowKind::CatalogEndpoint, key, model: Vec::new() }));
        }
        if models && !std::mem::replace(&mut self.classes_saved, true) {
            delta.rows.extend(classes::row(self.share, &self.options.classes));
        }
        self.watch.save(self.share, models, &mut delta);
        delta.rows.sort_by_key(|row| (row.kind, row.key));
        delta
    }

    fn totals(&self) -> Totals {
        let called = self.entries.iter().flatten().filter(|entry| entry.facts.count > 0);
        let services: BTreeSet<Id> = called.clone().map(|entry| entry.name.service_id).collect();
        Totals { services: services.len() as u64, endpoints: called.count() as u64, ..Totals::default() }
    }
}
