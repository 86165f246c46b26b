//! What became of the bytes of each service, as one partition counts it.
//!
//! In: for each flow a place, and what its payload counters grew by. Out: cells that are not empty, when a span of the account
//! ends. Kept: at most [`limits::COVERAGE_CELLS_MAX`] cells and the one for all others; a cell goes when a span ends in
//! which no flow has a place in it. No work for a segment but an addition.

use std::collections::BTreeMap;

use model::coverage::{Cell, CellKey, TlsName};
use model::flow::HostPort;
use model::ledger::Counter;
use model::{Ledger, Tally, Tenant, limits};

/// Place of the cell for all that has no other.
pub(crate) const OTHER: u16 = 0;

#[derive(Debug, Default)]
struct Place {
    cell: Cell,
    /// Flows that count here.
    flows: u32,
}

/// Cells of one partition.
#[derive(Debug, Default)]
pub(crate) struct Services {
    other: Cell,
    /// From place 1 on.
    places: Vec<Place>,
    /// By tenant, server and name.
    by_key: BTreeMap<(Tenant, HostPort, String), u16>,
    free: Vec<u16>,
}

impl Services {
    /// A flow to `server` begins to count, under a name if it has one. Returns its place.
    pub(crate) fn enter(&mut self, tenant: Tenant, server: HostPort, name: String, ledger: &mut Ledger) -> u16 {
        let key = (tenant, server, name);
        if let Some(at) = self.by_key.get(&key).copied() {
            if let Some(place) = self.place(at) {
                place.flows += 1;
            }
            return at;
        }
        if self.by_key.len() >= limits::COVERAGE_CELLS_MAX {
            ledger.add(Counter::CoverageFolded, 1);
            return OTHER;
        }
        let cell = Cell { key: CellKey { tenant, server, name: key.2.clone() }, ..Cell::default() };
        let at = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place::default());
            self.places.len() as u16
        });
        if let Some(free) = self.place(at) {
            *free = Place { cell, flows: 1 };
        }
        self.by_key.insert(key, at);
        at
    }

    /// A flow counts there no longer.
    pub(crate) fn leave(&mut self, at: u16) {
        if let Some(place) = self.place(at) {
            place.flows = place.flows.saturating_sub(1);
        }
    }

    /// Adds bytes.
    #[inline]
    pub(crate) fn add(&mut self, at: u16, grown: &Tally) {
        self.cell(at).tally.add(grown);
    }

    /// Notes how a flow begins that is not HTTP.
    #[cold]
    pub(crate) fn begins(&mut self, at: u16, bytes: &[u8]) {
        let begins = &mut self.cell(at).begins;
        if begins.is_empty() && at != OTHER {
            begins.extend(bytes.iter().take(limits::COVERAGE_BEGIN_BYTES_MAX));
        }
    }

    /// Notes what TLS a flow speaks.
    pub(crate) fn tls(&mut self, at: u16, tls: TlsName) {
        if at != OTHER {
            self.cell(at).tls = Some(tls);
        }
    }

    fn place(&mut self, at: u16) -> Option<&mut Place> {
        self.places.get_mut(usize::from(at).checked_sub(1)?)
    }

    #[inline]
    fn cell(&mut self, at: u16) -> &mut Cell {
        match usize::from(at).checked_sub(1).and_then(|at| self.places.get_mut(at)) {
            Some(place) => &mut place.cell,
            None => &mut self.other,
        }
    }

    /// A span ends: gives what was counted in it.
    pub(crate) fn take(&mut self, give: &mut dyn FnMut(&Cell)) {
        let mut taken = |cell: &mut Cell| {
            if cell.tally != Tally::default() {
                give(cell);
                cell.tally = Tally::default();
            }
        };
        taken(&mut self.other);
        let (places, free) = (&mut self.places, &mut self.free);
        self.by_key.retain(|_, at| {
            let Some(place) = usize::from(*at).checked_sub(1).and_then(|at| places.get_mut(at)) else { return false };
            taken(&mut place.cell);
            if place.flows == 0 {
                *place = Place::default();
                free.push(*at);
            }
            place.flows > 0
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(port: u16) -> HostPort {
        HostPort { addr: [1; 16], port }
    }

    #[test]
    fn bytes_are_counted_where_their_flow_has_a_place_and_none_is_lost_when_there_is_no_room() {
        let (mut services, mut ledger) = (Services::default(), Ledger::default());
        let many = limits::COVERAGE_CELLS_MAX as u16 + 5;
        let places: Vec<u16> =
            (0..many).map(|port| services.enter(Tenant::NONE, server(port), String::new(), &mut ledger)).collect();
        assert_eq!(ledger.get(Counter::CoverageFolded), 5);
        for at in &places {
            services.add(*at, &Tally { decoded: 1, ..Tally::default() });
        }
        let mut cells = Vec::new();
        services.take(&mut |cell| cells.push(cell.clone()));
        assert_eq!(cells.iter().map(|cell| cell.tally.decoded).sum::<u64>(), u64::from(many));
        assert_eq!(cells.len(), limits::COVERAGE_CELLS_MAX + 1);
        cells.clear();
        services.take(&mut |cell| cells.push(cell.clone()));
        assert!(cells.is_empty());
        for at in places {
            services.leave(at);
        }
        services.take(&mut |cell| cells.push(cell.clone()));
        let at = services.enter(Tenant::NONE, server(9), "a.example".into(), &mut ledger);
        assert!(at != OTHER && ledger.get(Counter::CoverageFolded) == 5, "places are given again");
    }
}
