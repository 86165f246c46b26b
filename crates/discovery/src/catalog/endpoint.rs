//! What the catalog keeps of one endpoint.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::num::NonZeroU32;
use std::sync::Arc;

use model::endpoint::{DataRecord, RetirementRecord};
use model::limits::{MEDIA_TYPES_MAX, SUPERSEDED_MAX};
use model::observation::Retirement;
use model::{
    Anomaly, AuthKind, ClassTable, ClientFamily, DataKind, EndpointName, EndpointRecord, Id, Observed, OwnClass,
    PacketTime, ParamPlace, ValueClass, Zone,
};
use serde::{Deserialize, Deserializer, Serialize};

use super::answers::{self, Answers};
use super::callers::Callers;
use super::families::Weeks;
use super::hours::Hours;
use super::messages::Messages;
use super::params::{Call, Param, Params};
use super::rpc::RpcFacts;
use crate::about::lifecycle;
use crate::about::product::{self, Signs};
use crate::about::version::{self, Version};
use crate::detectors::Memory;

/// Name of the sum of media types beyond the bound.
const OTHER: &str = "other";
/// Name of calls without credentials.
const NONE: &str = "none";

/// One endpoint.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) name: Arc<EndpointName>,
    pub(crate) facts: Facts,
    pub(crate) params: Params,
    pub(crate) answers: Answers,
    /// Of the streams that it opens; few do.
    pub(crate) messages: Option<Box<Messages>>,
    /// Signs of the product it is of.
    pub(crate) signs: Signs,
    /// Its version and the id of its family, when its path has one.
    pub(crate) version: Option<(Version, Id)>,
    /// What the detectors remember of it.
    pub(crate) memory: Memory,
    /// Place of its service among those the detectors watch.
    pub(crate) service: usize,
    /// Whether the record, and the row, changed since they were last handed over.
    pub(crate) record_dirty: bool,
    pub(crate) row_dirty: bool,
}

/// Counts and sums, in the form they are stored in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) first_at: PacketTime,
    pub(crate) last_at: PacketTime,
    pub(crate) count: u64,
    pub(crate) successes: u64,
    pub(crate) statuses: Vec<(u16, u64)>,
    /// By number of [`AuthKind`], and without any.
    pub(crate) auth: Vec<(u8, u64)>,
    pub(crate) no_auth: u64,
    pub(crate) unauthenticated_successes: u64,
    pub(crate) callers: Callers,
    pub(crate) request_bytes: u64,
    pub(crate) response_bytes: u64,
    pub(crate) request_types: MediaTypes,
    pub(crate) response_types: MediaTypes,
    /// By number of [`Anomaly`].
    pub(crate) anomalies: Vec<(u8, u64)>,
    /// Path parameters, by position.
    pub(crate) path: Vec<(u16, Param)>,
    pub(crate) supersedes: Vec<Id>,
    /// By number of [`Zone`].
    #[serde(default, deserialize_with = "by_zone")]
    pub(crate) zones: [u64; Zone::ALL.len()],
    /// By number of [`ClientFamily`].
    #[serde(default)]
    pub(crate) clients: Vec<(u8, u64)>,
    #[serde(default)]
    pub(crate) hours: Hours,
    /// The call that ended its last long silence.
    #[serde(default)]
    pub(crate) returned_at: Option<PacketTime>,
    /// Successful calls by week.
    #[serde(default)]
    pub(crate) weeks: Weeks,
    /// What the last successful answer that spoke of it said about its end.
    #[serde(default)]
    pub(crate) retirement: Retirement,
    /// Of a method of gRPC.
    #[serde(default)]
    pub(crate) rpc: Option<Box<RpcFacts>>,
}

/// Rows written before a zone was added have fewer numbers.
fn by_zone<'de, D: Deserializer<'de>>(from: D) -> Result<[u64; Zone::ALL.len()], D::Error> {
    let written = Vec::<u64>::deserialize(from)?;
    let mut zones = [0; Zone::ALL.len()];
    zones.iter_mut().zip(written).for_each(|(zone, calls)| *zone = calls);
    Ok(zones)
}

/// Media types with their counts; those beyond the bound in one sum.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct MediaTypes {
    list: Vec<(Box<str>, u64)>,
    other: u64,
}

impl MediaTypes {
    fn add(&mut self, name: &[u8], count: u64) {
        if name.is_empty() {
            return;
        }
        if let Some((_, sum)) = self.list.iter_mut().find(|(known, _)| known.as_bytes() == name) {
            *sum += count;
        } else if self.list.len() < MEDIA_TYPES_MAX {
            self.list.push((String::from_utf8_lossy(name).into(), count));
        } else {
            self.other += count;
        }
    }

    fn merge(&mut self, more: &Self) {
        for (name, count) in &more.list {
            self.add(name.as_bytes(), *count);
        }
        self.other += more.other;
    }

    fn record(&self) -> BTreeMap<String, u64> {
        let mut out: BTreeMap<_, _> = self.list.iter().map(|(name, count)| (name.to_string(), *count)).collect();
        if self.other > 0 {
            *out.entry(OTHER.into()).or_default() += self.other;
        }
        out
    }
}

/// Adds to the count of `key` in a short list.
#[inline]
fn add<K: PartialEq>(list: &mut Vec<(K, u64)>, key: K, count: u64) {
    match list.iter_mut().find(|(known, _)| *known == key) {
        Some((_, sum)) => *sum += count,
        None => list.push((key, count)),
    }
}

impl Entry {
    pub(crate) fn new(name: Arc<EndpointName>) -> Self {
        let signs = Signs::of_path(&name.template);
        let version = version::of(&name);
        Self { name, signs, version, ..Self::default() }
    }

    /// Reads the entry itself.
    #[inline]
    pub(crate) fn glance(&self) {
        let facts = &self.facts;
        black_box((facts.count, facts.statuses.len(), facts.auth.len(), facts.anomalies.len(), facts.path.len()));
        black_box((facts.request_types.other, facts.response_types.other, self.params.len(), self.record_dirty));
    }

    /// Reads what hangs on it, when the entry has been read.
    #[inline]
    pub(crate) fn glance_lists(&self) {
        let facts = &self.facts;
        black_box((facts.statuses.first().copied(), facts.auth.first().copied(), facts.callers.glance()));
        black_box((
            facts.request_types.list.first().map(|(_, n)| *n),
            facts.response_types.list.first().map(|(_, n)| *n),
        ));
        black_box((facts.path.first().map(|(_, param)| param.count), self.params.glance(), self.name.variables.len()));
    }

    /// Counts a call.
    pub(crate) fn see(&mut self, seen: &Observed<'_>) {
        (self.record_dirty, self.row_dirty) = (true, true);
        let row = seen.row;
        let facts = &mut self.facts;
        if facts.count == 0 {
            facts.first_at = row.first_at;
        }
        let silence = row.first_at.since(facts.last_at);
        if silence >= lifecycle::DORMANT && facts.count > 0 {
            let age = facts.last_at.since(facts.first_at);
            facts.returned_at =
                lifecycle::brings_back(silence, age, facts.count).then_some(row.first_at).or(facts.returned_at);
        }
        facts.hours.see(row.first_at);
        facts.first_at = facts.first_at.min(row.first_at);
        facts.last_at = facts.last_at.max(row.last_at);
        facts.count += 1;
        let call = Call { number: facts.count, succeeded: row.succeeded(), caller: row.identity.id.prefix() };
        facts.successes += u64::from(call.succeeded);
        if call.succeeded {
            facts.weeks.see(row.first_at);
            if row.retirement != Retirement::default() {
                facts.retirement = row.retirement;
            }
        }
        add(&mut facts.statuses, row.status, 1);
        if row.auth.is_empty() {
            facts.no_auth += 1;
            facts.unauthenticated_successes += u64::from(call.succeeded);
        } else {
            row.auth.iter().for_each(|kind| add(&mut facts.auth, kind as u8, 1));
        }
        facts.callers.insert(&row.identity.id);
        if let Some(calls) = facts.zones.get_mut(row.caller.zone as usize) {
            *calls += 1;
        }
        add(&mut facts.clients, row.client_family as u8, 1);
        facts.request_bytes = facts.request_bytes.saturating_add(row.request.bytes);
        facts.response_bytes = facts.response_bytes.saturating_add(row.response.bytes);
        facts.request_types.add(seen.text(row.request.content_type), 1);
        facts.response_types.add(seen.text(row.response.content_type), 1);
        if !row.anomalies.is_empty() {
            row.anomalies.iter().for_each(|anomaly| add(&mut facts.anomalies, anomaly as u8, 1));
        }
        if let Some(rpc) = seen.rpc() {
            facts.rpc.get_or_insert_default().see(rpc);
        }
        self.see_path(seen, call);
        let batch = row.operations.len > 1;
        for (at, param) in seen.params().iter().enumerate() {
            if batch && param.place == ParamPlace::Argument && !seen.is_argument(0, at) {
                continue;
            }
            if let Some(known) = self.params.get(param.place, seen.text(param.name), at) {
                known.note(param.class, param.number, call);
                known.note_data(param.class, param.data, param.value);
            }
        }
        if row.answers.len > 0 {
            self.answers.see(seen);
        }
    }

    /// Counts a call among those of a batch that is counted elsewhere: its content is not counted again.
    pub(crate) fn see_part(&mut self, seen: &Observed<'_>, operation: u16) {
        (self.record_dirty, self.row_dirty) = (true, true);
        let (row, operation) = (seen.row, usize::from(operation));
        let failed = seen.operations().get(operation).is_some_and(|operation| operation.failed);
        let facts = &mut self.facts;
        if facts.count == 0 {
            facts.first_at = row.first_at;
        }
        facts.first_at = facts.first_at.min(row.first_at);
        facts.last_at = facts.last_at.max(row.last_at);
        facts.count += 1;
        let succeeded = row.succeeded() && !failed;
        let call = Call { number: facts.count, succeeded, caller: row.identity.id.prefix() };
        facts.successes += u64::from(succeeded);
        add(&mut facts.statuses, row.status, 1);
        if row.auth.is_empty() {
            facts.no_auth += 1;
            facts.unauthenticated_successes += u64::from(succeeded);
        } else {
            row.auth.iter().for_each(|kind| add(&mut facts.auth, kind as u8, 1));
        }
        facts.callers.insert(&row.identity.id);
        facts.request_types.add(seen.text(row.request.content_type), 1);
        facts.response_types.add(seen.text(row.response.content_type), 1);
        self.see_path(seen, call);
        for (at, param) in seen.params().iter().enumerate() {
            if param.place == ParamPlace::Argument && !seen.is_argument(operation, at) {
                continue;
            }
            if let Some(known) = self.params.get(param.place, seen.text(param.name), at) {
                known.note(param.class, param.number, call);
                known.note_data(param.class, param.data, param.value);
            }
        }
    }

    /// Counts a part of a stream that it opened, or messages of it.
    pub(crate) fn see_streamed(&mut self, seen: &Observed<'_>) {
        (self.record_dirty, self.row_dirty) = (true, true);
        self.facts.last_at = self.facts.last_at.max(seen.row.last_at);
        seen.row.anomalies.iter().for_each(|anomaly| add(&mut self.facts.anomalies, anomaly as u8, 1));
        self.messages.get_or_insert_default().see(seen, &mut self.answers);
    }

    fn see_path(&mut self, seen: &Observed<'_>, call: Call) {
        let segments = seen.segments();
        for position in &self.name.variables {
            let Some(segment) = segments.get(usize::from(*position)) else { continue };
            if let Some(param) = path_param(&mut self.facts.path, *position) {
                let number = segment.number.filter(|_| segment.class == ValueClass::Int);
                param.note(segment.class, number, call);
                param.note_data(segment.class, segment.data.or(answers::mark_of(segment.class)), segment.value);
            }
        }
    }

    /// Takes over an endpoint that is called as this one from now on.
    pub(crate) fn merge(&mut self, other: &Self) {
        (self.record_dirty, self.row_dirty) = (true, true);
        let (mine, theirs) = (&mut self.facts, &other.facts);
        if theirs.count > 0 {
            mine.first_at = if mine.count == 0 { theirs.first_at } else { mine.first_at.min(theirs.first_at) };
        }
        mine.last_at = mine.last_at.max(theirs.last_at);
        mine.hours.merge(&theirs.hours);
        mine.returned_at = mine.returned_at.max(theirs.returned_at);
        mine.weeks.merge(&theirs.weeks);
        if mine.retirement == Retirement::default() {
            mine.retirement = theirs.retirement;
        }
        mine.count += theirs.count;
        mine.successes += theirs.successes;
        theirs.statuses.iter().for_each(|(status, count)| add(&mut mine.statuses, *status, *count));
        theirs.auth.iter().for_each(|(kind, count)| add(&mut mine.auth, *kind, *count));
        theirs.anomalies.iter().for_each(|(anomaly, count)| add(&mut mine.anomalies, *anomaly, *count));
        mine.zones.iter_mut().zip(theirs.zones).for_each(|(mine, theirs)| *mine += theirs);
        theirs.clients.iter().for_each(|(family, count)| add(&mut mine.clients, *family, *count));
        if let Some(theirs) = &theirs.rpc {
            mine.rpc.get_or_insert_default().merge(theirs);
        }
        mine.no_auth += theirs.no_auth;
        mine.unauthenticated_successes += theirs.unauthenticated_successes;
        mine.callers.merge(&theirs.callers);
        mine.request_bytes = mine.request_bytes.saturating_add(theirs.request_bytes);
        mine.response_bytes = mine.response_bytes.saturating_add(theirs.response_bytes);
        mine.request_types.merge(&theirs.request_types);
        mine.response_types.merge(&theirs.response_types);
        for position in &self.name.variables {
            let Some(param) = path_param(&mut mine.path, *position) else { continue };
            match theirs.path.iter().find(|(known, _)| known == position) {
                Some((_, known)) => param.merge(known),
                // What was a word of the path was a value of this parameter in each of those calls.
                None if theirs.count > 0 => param.merge(&Param {
                    count: theirs.count,
                    successes: theirs.successes,
                    classes: vec![(ValueClass::Word, theirs.count)],
                    ..Param::default()
                }),
                None => {}
            }
        }
        for id in theirs.supersedes.iter().chain([&other.name.id]) {
            if mine.supersedes.len() < SUPERSEDED_MAX && !mine.supersedes.contains(id) {
                mine.supersedes.push(*id);
            }
        }
        self.params.merge(&other.params);
        self.answers.merge(&other.answers);
        if let Some(theirs) = &other.messages {
            self.messages.get_or_insert_default().merge(theirs);
        }
        self.memory.merge(&other.memory);
        self.signs.merge(&other.signs);
    }

    /// What the inventory shows of it.
    pub(crate) fn record(&self, service: &Signs, classes: &ClassTable) -> EndpointRecord {
        let (name, facts) = (&self.name, &self.facts);
        let path = facts.path.iter().map(|(_, param)| param);
        let params = path.chain(self.params.iter());
        let params = params.map(|param| param.record(facts.count, facts.successes, classes));
        let mut record = EndpointRecord {
            id: name.id,
            service: name.service.to_string(),
            method: name.method.to_string(),
            template: name.template.to_string(),
            operation: name.operation.to_string(),
            confidence: f32::from(name.confidence) / 100.0,
            evidence: name.evidence.iter().map(ToString::to_string).collect(),
            first_at: facts.first_at,
            last_at: facts.last_at,
            count: facts.count,
            statuses: facts.statuses.iter().copied().collect(),
            auth: self.auth(),
            unauthenticated_successes: facts.unauthenticated_successes,
            // Many callers are an estimate; there are no more of them than calls.
            callers: facts.callers.count().min(facts.count),
            request_bytes: facts.request_bytes,
            response_bytes: facts.response_bytes,
            request_types: facts.request_types.record(),
            response_types: facts.response_types.record(),
            params: params.collect(),
            anomalies: named(&facts.anomalies, Anomaly::ALL, Anomaly::as_str),
            supersedes: facts.supersedes.clone(),
            latency: None,
            size: None,
            responses: self.answers.record(classes),
            data: self.data(classes),
            zones: Zone::ALL.into_iter().zip(facts.zones).filter(|(_, calls)| *calls > 0).collect(),
            clients: named(&facts.clients, ClientFamily::ALL, ClientFamily::as_str),
            hours: facts.hours.record(),
            returned_at: facts.returned_at,
            product: None,
            description: None,
            version: None,
            retirement: retired(facts.retirement),
            messages: None,
            grpc: facts.rpc.as_ref().map(|rpc| rpc.record()),
        };
        record.messages = self.messages.as_ref().map(|messages| messages.record(&mut record.responses, classes));
        record.product = product::record(&record, &self.signs, service);
        record
    }

    fn data(&self, classes: &ClassTable) -> DataRecord {
        let answers = self.answers.data();
        let mut received = BTreeMap::new();
        let path = self.facts.path.iter().map(|(_, param)| param);
        for (class, count, _) in path.chain(self.params.iter()).filter_map(|param| param.data.shows()) {
            answers::raise(&mut received, class, count);
        }
        for (class, count) in self.messages.iter().flat_map(|messages| messages.asked.data().returned) {
            answers::raise(&mut received, class, count);
        }
        let named = |counts: &BTreeMap<DataKind, u64>| {
            counts.iter().filter_map(|(class, count)| Some((classes.name(*class)?, *count))).collect()
        };
        let own = received.keys().chain(answers.returned.keys()).filter_map(|class| classes.of(*class));
        let mut own: Vec<OwnClass> = own.cloned().collect();
        own.sort_by(|a, b| a.name.cmp(&b.name));
        own.dedup();
        DataRecord {
            own,
            received: named(&received),
            returned: named(&answers.returned),
            unauthenticated: named(&answers.unauthenticated),
        }
    }

    /// Gives classes of the configuration the numbers they have now.
    pub(crate) fn renumber(&mut self, number: &dyn Fn(DataKind) -> Option<DataKind>) {
        self.facts.path.iter_mut().for_each(|(_, param)| param.data.renumber(number));
        self.params.renumber(number);
        self.answers.renumber(number);
        if let Some(messages) = &mut self.messages {
            messages.asked.renumber(number);
        }
        self.memory.returned.renumber(number);
        (self.record_dirty, self.row_dirty) = (true, true);
    }

    fn auth(&self) -> BTreeMap<String, u64> {
        let mut out = named(&self.facts.auth, AuthKind::ALL, AuthKind::as_str);
        if self.facts.no_auth > 0 {
            out.insert(NONE.into(), self.facts.no_auth);
        }
        out
    }
}

fn retired(said: Retirement) -> Option<RetirementRecord> {
    let at = |seconds: NonZeroU32| PacketTime::from_parts(u64::from(seconds.get()), 0);
    (said != Retirement::default()).then(|| RetirementRecord {
        deprecated: said.deprecated.is_some(),
        since: said.deprecated.filter(|since| *since != Retirement::UNDATED).map(at),
        sunset: said.sunset.map(at),
    })
}

fn named<T: Copy>(counts: &[(u8, u64)], all: &[T], name: impl Fn(T) -> &'static str) -> BTreeMap<String, u64> {
    let known = counts.iter().filter_map(|(at, count)| Some((name(*all.get(usize::from(*at))?).to_owned(), *count)));
    known.collect()
}

fn path_param(path: &mut Vec<(u16, Param)>, position: u16) -> Option<&mut Param> {
    let at = match path.binary_search_by_key(&position, |(known, _)| *known) {
        Ok(at) => at,
        Err(at) => {
            let name = format!("segment-{position}").into();
            path.insert(at, (position, Param { name, place: ParamPlace::Path, ..Param::default() }));
            at
        }
    };
    path.get_mut(at).map(|(_, param)| param)
}
