//! The router: one thread that orders observations and gives each its name.
//!
//! In: one batch of observations for each shard and epoch. Out: [`ResolvedEpoch`]. Kept: for each service the tree of its
//! paths, and a flat table from lexical names to operations. A known name costs one look-up; the tree is walked on a miss.
//!
//! A name is learned from a successful answer only: what never answered with success, files and pages, log-in redirects
//! and the one answer given to every path are [`Noise`]. Words that turn out to be values are folded into a variable, and
//! the epoch carries a [`Step::Rename`] for each endpoint concerned, ahead of its first observation under the new name.
//! Everything happens in stamp order, so nothing depends on how observations were spread over shards.
//!
//! Operations that the content names (GraphQL, JSON-RPC, MCP, SOAP) are endpoints of their own; a batch is one
//! [`Step::Seen`], and a [`Step::Part`] for each further one.
//!
//! Bounds: beyond them a name is the service's `{other}`, and a service the one called `{other}`. After a
//! load every known name is announced again in the first epoch.

mod absorb;
mod alike;
mod codes;
mod composites;
mod evidence;
mod fold;
mod likeness;
mod looks;
mod merge;
mod names;
mod noise;
mod operations;
mod pins;
mod saved;
mod service;
mod shape;
mod sound;
mod split;
mod tails;
mod tree;
mod values;
mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use model::ledger::Counter;
use model::limits::SERVICES_MAX;
use model::resolved::Coverage;
use model::{
    EndpointIndex, Ledger, Naming, Noise, ObservationBatch, Observed, Operation, PacketTime, ResolvedEpoch, SavedState,
    StateDelta, Step,
};

use crate::openapi;
use crate::overrides::Overrides;
use names::{Known, Names};
use pins::Fixed;
use service::{OTHER, Service, Sink};
use tree::Part;

/// Segments at the beginning of a path where numbers of releases may be versions of the API.
const RELEASE_FROM: usize = 3;

/// What closes an epoch.
#[derive(Clone, Copy, Debug, Default)]
pub struct EpochEnd {
    /// Number of the epoch.
    pub epoch: u64,
    /// Packet time of its tick.
    pub now: PacketTime,
    /// Coverage so far.
    pub coverage: Coverage,
    /// Whether a checkpoint follows.
    pub checkpoint: bool,
    /// Whether it is the last.
    pub last: bool,
    /// Whether it is, and another run may go on from its state.
    pub goes_on: bool,
}

/// Puts observations in order and names their endpoints.
#[derive(Debug, Default)]
pub struct Router {
    names: Names,
    services: Vec<Service>,
    by_name: BTreeMap<Box<str>, u32>,
    /// Next number of an endpoint, and endpoints alive.
    next: u32,
    live: usize,
    /// What the operator says.
    overrides: Arc<Overrides>,
    /// Whether known names wait to be announced.
    loaded: bool,
    /// Lists of an epoch that is over, empty, to be used again.
    spare: ResolvedEpoch,
}

impl Router {
    /// A router that obeys the operator.
    pub fn new(overrides: Overrides) -> Self {
        Self { overrides: Arc::new(overrides), ..Self::default() }
    }

    /// Takes over the saved rows, before the first epoch.
    pub fn load(&mut self, saved: &SavedState) {
        for service in saved::load(saved) {
            self.live += service.tree.live();
            self.by_name.insert(service.name.clone(), self.services.len() as u32);
            self.services.push(service);
        }
        self.loaded = true;
    }

    /// Orders and names one epoch's observations: one batch for each shard, each in stamp order.
    pub fn resolve(&mut self, end: EpochEnd, batches: Vec<ObservationBatch>, ledger: &mut Ledger) -> ResolvedEpoch {
        let ResolvedEpoch { mut steps, names, .. } = std::mem::take(&mut self.spare);
        steps.reserve(batches.iter().map(|batch| batch.rows.len()).sum());
        let mut sink = Sink { steps, names, next: self.next, live: self.live, ..Sink::default() };
        if std::mem::take(&mut self.loaded) {
            for service in &mut self.services {
                saved::announce_all(service, &mut sink);
                pins::enforce(service, &self.overrides, &mut sink);
            }
        }
        let mut noise = 0;
        merge::in_order(&batches, |batch, row| {
            let Some(seen) = batches.get(batch).and_then(|b| b.get(row)) else { return };
            if seen.row.streamed.is_some() {
                return self.streamed(&seen, (batch as u16, row as u32), &mut sink);
            }
            let naming = self.name(&seen, seen.operations().first(), &mut sink);
            noise += u64::from(matches!(naming, Naming::Noise(_)) && !seen.row.is_bare());
            sink.steps.push(Step::Seen { batch: batch as u32, row: row as u32, naming });
            if seen.row.operations.len > 1 {
                self.parts(&seen, (batch as u16, row as u32), &mut sink);
            }
        });
        sink.ledger.add(Counter::InventoryNoise, noise);
        ledger.merge(&sink.ledger);
        (self.next, self.live) = (sink.next, sink.live);
        ResolvedEpoch {
            epoch: end.epoch,
            now: end.now,
            batches,
            steps: sink.steps,
            names: sink.names,
            call_outs: Vec::new(),
            coverage: end.coverage,
            low: Arc::default(),
            checkpoint: end.checkpoint,
            last: end.last,
            goes_on: end.goes_on,
        }
    }

    /// Takes back an epoch that every worker is done with, and returns its batches, empty: the buffers of both are used
    /// again.
    pub fn recycle(&mut self, mut used: ResolvedEpoch) -> Vec<ObservationBatch> {
        used.steps.clear();
        used.names.clear();
        let mut batches = std::mem::take(&mut used.batches);
        batches.iter_mut().for_each(ObservationBatch::clear);
        self.spare = used;
        batches
    }

    /// Rows changed since the last call.
    pub fn save(&mut self) -> StateDelta {
        let mut rows = Vec::new();
        for service in &mut self.services {
            if std::mem::take(&mut service.dirty) {
                rows.extend(saved::row(service));
            }
        }
        StateDelta { rows, ..StateDelta::default() }
    }

    /// A part of a stream, or messages of it: what opened it has its name already. Operations that messages name are
    /// endpoints of their own.
    fn streamed(&mut self, seen: &Observed<'_>, (batch, row): (u16, u32), sink: &mut Sink) {
        let endpoint = match self.name(seen, None, sink) {
            Naming::Endpoint(endpoint) => endpoint,
            Naming::Noise(_) => EndpointIndex::NONE,
        };
        sink.steps.push(Step::Streamed { batch, row, endpoint });
        for (operation, at) in seen.operations().iter().zip(0_u16..) {
            if let Naming::Endpoint(endpoint) = self.name(seen, Some(operation), sink) {
                sink.steps.push(Step::Part { batch, row, operation: at, endpoint });
            }
        }
    }

    /// The further operations of a batch.
    fn parts(&mut self, seen: &Observed<'_>, (batch, row): (u16, u32), sink: &mut Sink) {
        for (operation, at) in seen.operations().iter().zip(0_u16..).skip(1) {
            if let Naming::Endpoint(endpoint) = self.name(seen, Some(operation), sink) {
                sink.steps.push(Step::Part { batch, row, operation: at, endpoint });
            }
        }
    }

    #[inline]
    fn name(&mut self, seen: &Observed<'_>, operation: Option<&Operation>, sink: &mut Sink) -> Naming {
        if let Some(known) = self.names.find(seen, operation)
            && let Some(service) = self.services.get_mut(known.service as usize)
            && service.generation == known.generation
            && let Some(endpoint) = service.hit(known.op, seen)
        {
            return Naming::Endpoint(endpoint);
        }
        match self.look_up(seen, operation, sink) {
            Ok(endpoint) => Naming::Endpoint(endpoint),
            Err(noise) => Naming::Noise(noise),
        }
    }

    /// Names an observation by the tree, and learns its name when it is new and was answered.
    fn look_up(
        &mut self,
        seen: &Observed<'_>,
        operation: Option<&Operation>,
        sink: &mut Sink,
    ) -> Result<EndpointIndex, Noise> {
        if let Some(noise) = noise::not_a_call(seen) {
            return Err(noise);
        }
        let name = String::from_utf8_lossy(seen.service());
        let method = operations::key(seen, operation);
        let texts: Vec<Cow<'_, str>> =
            seen.segments().iter().map(|segment| String::from_utf8_lossy(seen.text(segment.text))).collect();
        let mut parts: Vec<_> =
            texts.iter().zip(seen.segments()).zip(0..).map(|((text, s), at)| part(text, s.class, at)).collect();
        let known = self.by_name.get(&*name).copied();
        let overrides = Arc::clone(&self.overrides);
        let (mut whole, mut one) = (false, false);
        if !overrides.is_empty()
            && let Some(ruled) = self.ruled(&overrides, &name, known, &method, &parts)
        {
            (parts, whole, one) = (ruled.parts, ruled.whole, ruled.one);
        }
        let service = known.and_then(|at| self.services.get(at as usize));
        if let (Some(at), Some(op)) = (known, service.and_then(|service| service.tree.find(&method, &parts))) {
            return self.found((at, op), seen, operation, &parts, sink).ok_or(Noise::NeverAnswered);
        }
        if seen.row.streamed.is_some() && operation.is_none() {
            return Err(Noise::NeverAnswered);
        }
        let failed = !seen.row.succeeded() || operation.is_some_and(|operation| operation.failed);
        if let (Some(at), Some(_), false) = (known, operation, failed)
            && let Some(op) = service.and_then(|service| service.tree.find(&operations::beyond(&method), &parts))
        {
            // One more name of a path that has too many. Not remembered, so that each call of them is counted.
            sink.ledger.add(Counter::InventoryFolded, 1);
            let service = self.services.get_mut(at as usize).ok_or(Noise::NeverAnswered)?;
            service.widen(op, &parts, sink);
            return service.hit(op, seen).ok_or(Noise::NeverAnswered);
        }
        // What the operator names is an endpoint, whatever it answers with.
        let named = whole && seen.row.succeeded();
        if let Some(noise) = noise::not_learned(seen).filter(|_| !named) {
            return Err(noise);
        }
        if failed {
            return Err(Noise::NeverAnswered);
        }
        let at = known.unwrap_or_else(|| self.add_service(&name));
        let service = self.services.get_mut(at as usize).ok_or(Noise::NeverAnswered)?;
        if parts.first().is_some_and(|first| first.value && words::is_no_name(first.text))
            && !named
            && !service.takes_any()
        {
            return Err(Noise::NotACall);
        }
        // Answered with success although spelled otherwise: the API folds letter case. Kept out of the table, since an
        // answer without success under that spelling is no call.
        if let Some(op) = service.tree.find_folded(&method, &parts) {
            service.widen(op, &parts, sink);
            return service.hit(op, seen).ok_or(Noise::NeverAnswered);
        }
        if !named && service.is_same_answer(seen, &parts) {
            return Err(Noise::SameAnswer);
        }
        let op = service
            .learn(&method, &parts, noise::shape(seen), one && openapi::METHODS.contains(&&*method), sink)
            .ok_or(Noise::NeverAnswered)?;
        let endpoint = service.tree.op(op).and_then(|op| op.endpoint).ok_or(Noise::NeverAnswered)?;
        if service.other != Some(op) && !service.is_sum(op) {
            let known = Known { service: at, op, generation: service.generation };
            self.names.insert(seen, operation, known);
        }
        Ok(endpoint)
    }

    /// A path under the rules of the operator for its service, known or not.
    fn ruled<'a>(
        &self,
        overrides: &'a Overrides,
        name: &str,
        known: Option<u32>,
        method: &str,
        parts: &[Part<'a>],
    ) -> Option<pins::Ruled<'a>> {
        match known.and_then(|at| self.services.get(at as usize)) {
            Some(service) => pins::rule(overrides, &service.rules, method, parts),
            None => pins::rule(overrides, &overrides.of(name), method, parts),
        }
    }

    fn found(
        &mut self,
        (at, op): (u32, u32),
        seen: &Observed<'_>,
        operation: Option<&Operation>,
        parts: &[Part<'_>],
        sink: &mut Sink,
    ) -> Option<EndpointIndex> {
        let service = self.services.get_mut(at as usize)?;
        if operation.is_none() && seen.row.streamed.is_none() && noise::not_learned(seen).is_none() {
            match split::judge(service, op, parts, noise::shape(seen), sink) {
                split::Verdict::Usual => {}
                split::Verdict::Odd => return service.tree.op(op)?.endpoint,
                split::Verdict::Word(op) => return service.tree.op(op)?.endpoint,
            }
        }
        if seen.row.succeeded() {
            service.widen(op, parts, sink);
            self.names.insert(seen, operation, Known { service: at, op, generation: service.generation });
        }
        service.hit(op, seen)
    }

    fn add_service(&mut self, name: &str) -> u32 {
        let full = self.services.len() >= SERVICES_MAX;
        let name = if full { OTHER } else { name };
        if let Some(known) = self.by_name.get(name) {
            return *known;
        }
        let at = self.services.len() as u32;
        self.by_name.insert(name.into(), at);
        let mut service = Service::new(name);
        service.rules = self.overrides.of(name);
        service.ruled = self.overrides.digest(&service.rules);
        self.services.push(service);
        at
    }
}

/// A segment, as the tree takes it: a value is one as a whole, or text with a value inside, which is a word of its own.
/// What nobody would name a part of an API is a value too.
/// So is the number of a release that does not stand near the beginning, where versions of APIs do.
fn part(text: &str, class: model::ValueClass, at: usize) -> Part<'_> {
    let braced =
        text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).is_some_and(|x| !x.contains(['{', '}']));
    let release = at >= RELEASE_FROM && class == model::ValueClass::Version && looks::is_release(text);
    let value = braced || release || (!class.is_value() && words::is_no_name(text));
    let class = if class.is_value() || !value { class } else { model::ValueClass::Word };
    Part { text, class, value, fixed: Fixed::Open }
}

#[cfg(test)]
mod tests {
    use model::ValueClass;

    use super::*;

    #[test]
    fn a_release_is_a_value_but_near_the_beginning_of_a_path() {
        for (text, at, value) in [("1.2.3", 0, false), ("1.2.3", RELEASE_FROM, true), ("v2", RELEASE_FROM, false)] {
            assert_eq!(part(text, ValueClass::Version, at).value, value, "{text} {at}");
        }
    }
}
