//! What every worker knows of every endpoint, and the histograms of those it owns.
//!
//! The router's indices are turned into numbers of our own, so that saved endpoints can wait for their name.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use model::endpoint::{EndpointIndex, EndpointName, Quantiles};
use model::observation::Observation;
use model::state::EndpointTimes;
use model::{Id, PacketTime, Share};
use serde::{Deserialize, Serialize};

use crate::models::histogram::Histogram;
use crate::monitors::words::{self, Says};
use crate::peers::Peers;

/// Number of an endpoint inside one worker. Never ordered by, never saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Local(pub(crate) u32);

/// One endpoint.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "marks of four independent things")]
pub(crate) struct Endpoint {
    /// Its id.
    pub(crate) id: Id,
    /// Its name; empty until the router announces it.
    pub(crate) name: Arc<EndpointName>,
    /// What its name says of privileges.
    pub(crate) says: Says,
    /// Hash of service and template: objects belong to a path, whatever the method.
    pub(crate) path: u64,
    /// Hash of service and template up to its last value: what is done to an object is done under its path. 0 without values.
    pub(crate) stem: u64,
    /// Whether this worker keeps its histograms and saves it.
    pub(crate) owned: bool,
    /// First call.
    pub(crate) first_at: PacketTime,
    /// The sample of callers; only of endpoints that refer to objects.
    pub(crate) peers: Option<Box<Peers>>,
    /// Histograms; only when owned.
    pub(crate) times: Option<Box<Times>>,
    /// Changed since rows were last saved.
    pub(crate) dirty: bool,
    /// Histograms changed since times were last saved.
    pub(crate) times_dirty: bool,
    /// Whether a row of the state holds it.
    pub(crate) saved: bool,
}

/// All endpoints.
#[derive(Debug)]
pub(crate) struct Endpoints {
    share: Share,
    list: Vec<Endpoint>,
    by_id: BTreeMap<Id, Local>,
    by_index: Vec<Option<Local>>,
    /// Saved endpoints that are gone since the last save.
    forgotten: Vec<Id>,
}

impl Endpoints {
    /// None yet.
    pub(crate) const fn new(share: Share) -> Self {
        Self { share, list: Vec::new(), by_id: BTreeMap::new(), by_index: Vec::new(), forgotten: Vec::new() }
    }

    /// The number of the endpoint with this id, made when missing.
    pub(crate) fn intern(&mut self, id: Id) -> Local {
        let Self { share, list, by_id, .. } = self;
        *by_id.entry(id).or_insert_with(|| {
            let local = Local(list.len() as u32);
            list.push(Endpoint { id, owned: share.owns(&id), ..Endpoint::default() });
            local
        })
    }

    /// Takes an announced name.
    pub(crate) fn announce(&mut self, index: EndpointIndex, name: &Arc<EndpointName>) {
        let local = self.intern(name.id);
        let at = index.0 as usize;
        if self.by_index.len() <= at {
            self.by_index.resize(at + 1, None);
        }
        if let Some(slot) = self.by_index.get_mut(at) {
            *slot = Some(local);
        }
        if let Some(endpoint) = self.get_mut(local) {
            let place = [name.service.as_bytes(), name.template.as_bytes(), name.operation.as_bytes()];
            let parts = if name.operation.is_empty() { place.get(..2).unwrap_or(&place) } else { &place };
            endpoint.path = Id::of("path", parts).prefix();
            endpoint.stem = stem(name);
            endpoint.says = words::function(name.template.as_bytes(), &name.operation);
            endpoint.name = Arc::clone(name);
        }
    }

    /// The number behind the router's index.
    pub(crate) fn local(&self, index: EndpointIndex) -> Option<Local> {
        self.by_index.get(index.0 as usize).copied().flatten()
    }

    /// One endpoint.
    pub(crate) fn get(&self, local: Local) -> Option<&Endpoint> {
        self.list.get(local.0 as usize)
    }

    /// One endpoint, to change.
    pub(crate) fn get_mut(&mut self, local: Local) -> Option<&mut Endpoint> {
        self.list.get_mut(local.0 as usize)
    }

    /// Drops what was learned of an endpoint that is now called otherwise.
    pub(crate) fn forget(&mut self, local: Local) {
        let Some(endpoint) = self.list.get_mut(local.0 as usize) else { return };
        if endpoint.saved {
            self.forgotten.push(endpoint.id);
        }
        let Endpoint { id, name, says, path, stem, owned, .. } = std::mem::take(endpoint);
        *endpoint = Endpoint { id, name, says, path, stem, owned, ..Endpoint::default() };
    }

    /// All, in the order of first sight.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Endpoint> {
        self.list.iter_mut()
    }

    /// Saved endpoints gone since the last call.
    pub(crate) fn take_forgotten(&mut self) -> Vec<Id> {
        std::mem::take(&mut self.forgotten)
    }

    /// Quantiles of the owned endpoints whose histograms, or records elsewhere, changed since the last call, by id.
    pub(crate) fn take_times(&mut self) -> Vec<EndpointTimes> {
        let mut out = Vec::new();
        for endpoint in &mut self.list {
            if std::mem::take(&mut endpoint.times_dirty)
                && let Some(times) = &endpoint.times
            {
                out.push(EndpointTimes { id: endpoint.id, ..times.quantiles() });
            }
        }
        out.sort_unstable_by_key(|times| times.id);
        out
    }
}

impl Endpoint {
    /// A short hash of it, for models that hold many: half of one half of its id, which is well mixed. Its last bit is 0: it
    /// is for whoever keeps it to mark it by.
    pub(crate) const fn word(&self) -> u32 {
        self.id.prefix() as u32 & !1
    }

    /// Reads the endpoint itself.
    #[inline]
    pub(crate) fn glance(&self) {
        let times = self.times.as_ref().map(|times| (times.latency.total(), times.size.total()));
        black_box((times, self.peers.as_ref().map(|peers| peers.last()), self.name.variables.len(), self.path));
    }

    /// Reads the counters that `row` will be counted in, when the endpoint has been read.
    #[inline]
    pub(crate) fn glance_times(&self, row: &Observation) {
        if let Some(times) = &self.times
            && let Some(duration) = row.duration
        {
            black_box((times.latency.glance(duration.as_micros() as u64), times.size.glance(row.response.bytes)));
        }
    }

    /// Counts a call's time and size, when it was seen whole.
    pub(crate) fn record(&mut self, row: &Observation) {
        let Some(duration) = row.duration else { return };
        let times = self.times.get_or_insert_default();
        times.latency.record((duration.as_micros() as u64).max(1), 1, LATENCY_MICROS_MAX);
        times.size.record(row.response.bytes.max(1), 1, SIZE_BYTES_MAX);
        self.times_dirty = true;
    }
}

/// Histograms of one endpoint: microseconds and bytes, one significant digit, at most about 4 KiB.
#[derive(Debug, Default)]
pub(crate) struct Times {
    latency: Histogram,
    size: Histogram,
}

/// The stored form: values with their counts.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct SavedTimes {
    latency: Vec<(u64, u32)>,
    size: Vec<(u64, u32)>,
}

const LATENCY_MICROS_MAX: u64 = 3_600_000_000;
const SIZE_BYTES_MAX: u64 = 16 << 30;

impl Times {
    /// Its quantiles as those of an endpoint.
    pub(crate) fn quantiles_of(&self, id: Id) -> EndpointTimes {
        EndpointTimes { id, ..self.quantiles() }
    }

    /// All values of several stored ones.
    pub(crate) fn sum(parts: &[&SavedTimes]) -> Self {
        let mut times = Self::default();
        for part in parts {
            times.add(part);
        }
        times
    }

    fn quantiles(&self) -> EndpointTimes {
        let of = |histogram: &Histogram, unit: u64| {
            let at = |q| histogram.quantile(q).saturating_mul(unit);
            (histogram.total() > 0).then(|| Quantiles {
                count: histogram.total(),
                p50: at(0.5),
                p90: at(0.9),
                p99: at(0.99),
            })
        };
        EndpointTimes { id: Id::default(), latency: of(&self.latency, 1000), size: of(&self.size, 1) }
    }

    /// The stored form.
    pub(crate) fn save(&self) -> SavedTimes {
        SavedTimes { latency: self.latency.iter().collect(), size: self.size.iter().collect() }
    }

    /// From the stored form.
    pub(crate) fn load(saved: &SavedTimes) -> Self {
        Self::sum(&[saved])
    }

    fn add(&mut self, saved: &SavedTimes) {
        for &(value, count) in &saved.latency {
            self.latency.record(value, count, LATENCY_MICROS_MAX);
        }
        for &(value, count) in &saved.size {
            self.size.record(value, count, SIZE_BYTES_MAX);
        }
    }
}

/// See [`Endpoint::stem`].
fn stem(name: &EndpointName) -> u64 {
    let Some(last) = name.variables.last() else { return 0 };
    let parts = name.template.split('/').skip(1).take(usize::from(*last) + 1);
    let parts: Vec<&[u8]> = std::iter::once(name.service.as_bytes()).chain(parts.map(str::as_bytes)).collect();
    Id::of("stem", &parts).prefix().max(1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::observation::Side;

    use super::*;

    #[test]
    fn histograms_stay_the_same_when_saved_and_restored() {
        let mut endpoint = Endpoint::default();
        for i in 0..2_000u64 {
            let response = Side { bytes: i * i * 31, ..Side::default() };
            let duration = Some(Duration::from_micros(i * i * 7));
            endpoint.record(&Observation { duration, response, ..Observation::default() });
        }
        let times = endpoint.times.unwrap();
        let again = Times::load(&times.save());
        assert_eq!((&again.latency, &again.size), (&times.latency, &times.size));
        let latency = again.quantiles().latency.unwrap();
        let p50 = latency.p50 as f64 / (1_000_000.0 * 7.0 * 1000.0);
        assert!((1.0..1.1).contains(&p50), "{p50}");
    }

    #[test]
    fn values_beyond_the_bounds_saturate() {
        let mut endpoint = Endpoint::default();
        let response = Side { bytes: u64::MAX, ..Side::default() };
        endpoint.record(&Observation { duration: Some(Duration::MAX), response, ..Observation::default() });
        assert_eq!(endpoint.times.unwrap().quantiles().size.unwrap().count, 1);
    }
}
