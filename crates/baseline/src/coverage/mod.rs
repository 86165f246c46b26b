//! Coverage of each service, hour by hour: what of its payload was decoded, and what became of the rest.
//!
//! In: what the flow shards counted, at the end of each span of the account, in the order of spans. Out: services whose coverage
//! fell ([`fall`]), services whose coverage is low right now, rows of the state, and records. Kept: at most
//! [`COVERAGE_SERVICES_MAX`] services with [`COVERAGE_HOURS_MAX`] hours each. There is one of it, beside the router, so what it
//! says depends on no number of threads.

mod fall;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::coverage::{HourCoverage, ServiceCoverage, hexadecimal};
use model::flow::HostPort;
use model::limits::{COVERAGE_HOURS_MAX, COVERAGE_PORTS_MAX, COVERAGE_SERVICES_MAX};
use model::state::{RowKind, StateRow};
use model::{Cell, Id, PacketTime, SavedState, Tally, Tenant};
use serde::{Deserialize, Serialize};

use crate::saved;
pub use fall::Fall;

/// Nanoseconds of an hour.
const HOUR: u64 = 3_600_000_000_000;
/// The service of those that found no place.
const OTHER: &str = "{other}";

/// Tenant and service.
type Key = (Tenant, String);

/// Keeps the coverage of all services.
#[derive(Debug, Default)]
pub struct Coverage {
    services: BTreeMap<Key, ServiceCoverage>,
    place: Place,
    /// The same list as in [`Place`], to be shared with every epoch.
    low: Arc<[String]>,
    changed: BTreeSet<Key>,
    gone: Vec<Id>,
}

/// Where counting stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// Number of the present hour; 0 before the first.
    hour: u64,
    /// Services whose coverage is low, in order.
    low: Vec<String>,
}

impl Coverage {
    /// Goes on from what was saved.
    pub fn load(saved: &SavedState) -> Self {
        let mut coverage = Self::default();
        for row in saved.rows.iter().filter(|row| row.kind == RowKind::Coverage) {
            if row.key == place_key() {
                coverage.place = saved::read(row).unwrap_or_default();
                coverage.low = coverage.place.low.clone().into();
            } else if let Some(service) = saved::read::<ServiceCoverage>(row) {
                coverage.services.insert((service.tenant, service.service.clone()), service);
            }
        }
        coverage
    }

    /// Takes what was counted in a span that holds `at`, in any order. Returns the services whose coverage fell in the hour
    /// that ended before.
    pub fn add(&mut self, mut cells: Vec<Cell>, at: PacketTime) -> Vec<Fall> {
        let hour = at.nanos() / HOUR;
        let fallen = if hour == self.place.hour { Vec::new() } else { self.close() };
        self.place.hour = hour;
        // Each partition has a cell of a service: which of them comes first depends on the number of threads.
        cells.sort_unstable_by(|one, other| {
            (&one.key, &one.tls, &one.begins).cmp(&(&other.key, &other.tls, &other.begins))
        });
        let names = names(&cells);
        for cell in cells {
            let server = (cell.key.tenant, cell.key.server);
            let service = match names.get(&server) {
                _ if !cell.key.name.is_empty() => cell.key.name.clone(),
                // What came before the name was read is its, if there is but one.
                Some(Some(name)) => name.clone(),
                _ if cell.key.server == HostPort::default() => OTHER.to_owned(),
                _ => cell.key.server.to_string(),
            };
            self.count((cell.key.tenant, service), &cell, hour);
        }
        self.make_room();
        self.judge_low();
        fallen
    }

    /// The input is over: judges the present hour.
    pub fn finish(&mut self) -> Vec<Fall> {
        self.close()
    }

    /// Services of which so little is seen right now that rates say nothing.
    pub fn low(&self) -> Arc<[String]> {
        Arc::clone(&self.low)
    }

    /// All services, in the order of their names.
    pub fn services(&self) -> impl Iterator<Item = &ServiceCoverage> {
        self.services.values()
    }

    /// Rows that changed since last asked.
    pub fn save(&mut self) -> Vec<StateRow> {
        let mut rows: Vec<StateRow> =
            std::mem::take(&mut self.gone).into_iter().map(|key| saved::gone(RowKind::Coverage, key)).collect();
        for key in std::mem::take(&mut self.changed) {
            rows.extend(self.services.get(&key).and_then(row));
        }
        rows.extend(saved::named_row(RowKind::Coverage, place_key(), &self.place));
        rows
    }

    fn count(&mut self, key: Key, cell: &Cell, hour: u64) {
        let service = self.services.entry(key.clone()).or_insert_with(|| ServiceCoverage {
            service: key.1.clone(),
            tenant: key.0,
            ..ServiceCoverage::default()
        });
        let port = cell.key.server.port;
        if let Err(at) = service.ports.binary_search(&port)
            && port != 0
            && service.ports.len() < COVERAGE_PORTS_MAX
        {
            service.ports.insert(at, port);
        }
        if let Some(tls) = &cell.tls {
            service.tls = Some(tls.clone());
        }
        if service.begins.is_empty() {
            service.begins = hexadecimal(&cell.begins);
        }
        add_hour(&mut service.hours, HourCoverage { hour: PacketTime(hour * HOUR), bytes: cell.tally });
        self.changed.insert(key);
    }

    /// The services without traffic for the longest time are put together, those with least of them first.
    fn make_room(&mut self) {
        let Some(over) = self.services.len().checked_sub(COVERAGE_SERVICES_MAX + 1) else { return };
        let mut all: Vec<(PacketTime, u64, Key)> = self
            .services
            .iter()
            .map(|(key, service)| {
                let last = service.hours.last().copied().unwrap_or_default();
                (last.hour, last.bytes.total(), key.clone())
            })
            .collect();
        all.sort_unstable();
        let other = (Tenant::NONE, OTHER.to_owned());
        all.retain(|(.., key)| *key != other);
        // Some more than need be, so that it is not done again with every service.
        for (.., key) in all.into_iter().take(over + 1 + COVERAGE_SERVICES_MAX / 16) {
            let Some(service) = self.services.remove(&key) else { continue };
            self.gone.push(service_key(&service));
            let into = self
                .services
                .entry(other.clone())
                .or_insert_with(|| ServiceCoverage { service: OTHER.to_owned(), ..ServiceCoverage::default() });
            service.hours.into_iter().for_each(|hour| add_hour(&mut into.hours, hour));
            self.changed.remove(&key);
            self.changed.insert(other.clone());
        }
    }

    fn close(&self) -> Vec<Fall> {
        let now = PacketTime(self.place.hour * HOUR);
        if self.place.hour == 0 {
            return Vec::new();
        }
        self.services
            .values()
            .filter(|service| service.service != OTHER)
            .filter_map(|service| fall::judge(service, now))
            .collect()
    }

    fn judge_low(&mut self) {
        let now = PacketTime(self.place.hour * HOUR);
        let low = self.services.values().filter(|service| fall::is_low(service, now));
        let mut low: Vec<String> = low.map(|service| service.service.clone()).collect();
        low.sort_unstable();
        low.dedup();
        if *low != *self.place.low {
            self.low = low.clone().into();
            self.place.low = low;
        }
    }
}

/// The one name of each server that has only one.
fn names(cells: &[Cell]) -> BTreeMap<(Tenant, HostPort), Option<String>> {
    let mut names = BTreeMap::<_, Option<String>>::new();
    for key in cells.iter().map(|cell| &cell.key).filter(|key| !key.name.is_empty()) {
        names.entry((key.tenant, key.server)).and_modify(|name| *name = None).or_insert_with(|| Some(key.name.clone()));
    }
    names
}

/// Adds bytes of an hour; the oldest hours go.
fn add_hour(hours: &mut Vec<HourCoverage>, more: HourCoverage) {
    let at = hours.partition_point(|known| known.hour < more.hour);
    match hours.get_mut(at).filter(|known| known.hour == more.hour) {
        Some(known) => known.bytes.add(&more.bytes),
        None => hours.insert(at, more),
    }
    if hours.len() > COVERAGE_HOURS_MAX {
        hours.remove(0);
    }
}

fn service_key(service: &ServiceCoverage) -> Id {
    Id::of("coverage", &[&service.tenant.0.to_be_bytes(), service.service.as_bytes()])
}

fn place_key() -> Id {
    Id::of("coverage", &[b"place"])
}

fn row(service: &ServiceCoverage) -> Option<StateRow> {
    saved::named_row(RowKind::Coverage, service_key(service), service)
}

/// The coverage of a service that a row holds.
pub fn read(row: &StateRow) -> Option<ServiceCoverage> {
    if row.kind == RowKind::Coverage && row.key != place_key() { saved::read(row) } else { None }
}

/// One row of what two states know of a service; of where they stand, the later one.
pub(crate) fn together(one: &StateRow, other: &StateRow) -> Option<StateRow> {
    if one.key == place_key() {
        let (one, other): (Place, Place) = (saved::read(one)?, saved::read(other)?);
        let later = if (one.hour, &one.low) >= (other.hour, &other.low) { one } else { other };
        return saved::named_row(RowKind::Coverage, place_key(), &later);
    }
    let (mut mine, theirs) = (read(one)?, read(other)?);
    for hour in theirs.hours {
        add_hour(&mut mine.hours, hour);
    }
    mine.ports.extend(theirs.ports);
    mine.ports.sort_unstable();
    mine.ports.dedup();
    mine.ports.truncate(COVERAGE_PORTS_MAX);
    mine.tls = mine.tls.max(theirs.tls);
    mine.begins = mine.begins.max(theirs.begins);
    row(&mine)
}

/// Bytes of all services, for whoever checks the account.
pub fn sum<'a>(services: impl IntoIterator<Item = &'a ServiceCoverage>) -> Tally {
    services.into_iter().fold(Tally::default(), |mut sum, service| {
        sum.add(&service.total());
        sum
    })
}

#[cfg(test)]
mod tests;
