//! Call-outs: a server opens a connection that a payload sent to it asked for. Its own next move is the proof.
//!
//! In: resolved epochs, in order: flows that were opened, and calls whose signals name targets. Out: the same epochs with
//! what servers did of it ([`ResolvedEpoch::call_outs`]). Kept: of each address that answered a call, whom it opens
//! connections to ([`server`]). One thread, before the workers, so that all of them hear the same. Saved with the state,
//! the latest connections of addresses that answered no call so far included.
//!
//! Tenants are left out: a server may well call from another virtual network than it is called in.

mod server;

use std::collections::{BTreeMap, VecDeque};

use model::contact::{CallOut, Contact, Target};
use model::ledger::Counter;
use model::limits::{CONTACTS_RECENT_MAX, SERVERS_CALLING_MAX};
use model::observation::Observation;
use model::resolved::Step;
use model::state::{RowKind, StateRow};
use model::{Id, Ledger, ObservationBatch, PacketTime, ResolvedEpoch, SavedState, SignalKind};
use serde::{Deserialize, Serialize};

use server::Server;

/// What servers open connections to.
#[derive(Debug)]
pub struct CallOuts {
    servers: BTreeMap<[u8; 16], Known>,
    /// In the order of their first calls; one that is used gets a second chance.
    order: VecDeque<[u8; 16]>,
    met: u64,
    max: usize,
    /// Connections of addresses that have not answered a call yet: the first may be what makes them call.
    strangers: VecDeque<Contact>,
    /// Whether they differ from what was saved.
    strangers_changed: bool,
    changed: Vec<[u8; 16]>,
    forgotten: Vec<[u8; 16]>,
    /// Room to put the connections of several shards in order.
    room: Vec<Contact>,
    /// Targets of this epoch for which there was no room.
    refused: u64,
}

#[derive(Debug, Default)]
struct Known {
    server: Server,
    used: bool,
    changed: bool,
}

/// A saved server.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    addr: [u8; 16],
    server: Server,
}

impl Default for CallOuts {
    fn default() -> Self {
        Self::new(SERVERS_CALLING_MAX)
    }
}

impl CallOuts {
    /// Of at most `max` servers.
    pub fn new(max: usize) -> Self {
        Self {
            servers: BTreeMap::new(),
            order: VecDeque::new(),
            met: 0,
            max: max.max(1),
            strangers: VecDeque::new(),
            strangers_changed: false,
            changed: Vec::new(),
            forgotten: Vec::new(),
            room: Vec::new(),
            refused: 0,
        }
    }

    /// Puts back saved servers.
    pub fn load(&mut self, saved: &SavedState) {
        let strangers = saved.rows.iter().find(|row| row.kind == RowKind::ServerCalls && row.key == strangers_key());
        self.strangers = strangers.and_then(|row| rmp_serde::from_slice(&row.model).ok()).unwrap_or_default();
        self.strangers.truncate(CONTACTS_RECENT_MAX);
        let rows = saved.rows.iter().filter(|row| row.kind == RowKind::ServerCalls && row.key != strangers_key());
        let mut rows: Vec<Row> = rows.filter_map(|row| rmp_serde::from_slice(&row.model).ok()).collect();
        rows.sort_by_key(|row| (row.server.number, row.addr));
        for Row { addr, server } in rows {
            self.met = self.met.max(server.number);
            if self.servers.insert(addr, Known { server, ..Known::default() }).is_none() {
                self.order.push_back(addr);
            }
        }
    }

    /// Rows that changed since the last call.
    pub fn save(&mut self) -> Vec<StateRow> {
        let mut rows = Vec::new();
        for addr in std::mem::take(&mut self.forgotten) {
            if !self.servers.contains_key(&addr) {
                rows.push(StateRow { kind: RowKind::ServerCalls, key: key(&addr), model: Vec::new() });
            }
        }
        for addr in std::mem::take(&mut self.changed) {
            let Some(known) = self.servers.get_mut(&addr) else { continue };
            known.changed = false;
            rows.extend(row(addr, known.server.clone()));
        }
        rows.sort_by_key(|row| row.key);
        rows.dedup_by_key(|row| row.key);
        if std::mem::take(&mut self.strangers_changed)
            && let Ok(model) = rmp_serde::to_vec(&self.strangers)
        {
            rows.push(StateRow { kind: RowKind::ServerCalls, key: strangers_key(), model });
        }
        rows
    }

    /// Takes up servers, their connections and what they are asked for, and tells what they did of it.
    pub fn resolve(&mut self, epoch: &mut ResolvedEpoch, ledger: &mut Ledger) {
        let mut told = Vec::new();
        self.meet(epoch);
        self.contacts(&epoch.batches, &mut told);
        self.ask(epoch, &mut told);
        told.sort_by_key(|told| (told.stamp, told.target.packed(), told.caller));
        epoch.call_outs = told;
        ledger.add(Counter::CallOutsRefused, std::mem::take(&mut self.refused));
    }

    /// Servers are those that answer calls.
    fn meet(&mut self, epoch: &ResolvedEpoch) {
        let (mut last, mut new) = (None, false);
        for row in epoch.batches.iter().flat_map(|batch| &batch.rows) {
            let addr = row.flow.resp.addr;
            if row.status == 0 || row.streamed.is_some() || last == Some(addr) {
                continue;
            }
            last = Some(addr);
            match self.servers.get_mut(&addr) {
                Some(known) => known.used = true,
                None => new = true,
            }
        }
        if new {
            self.meet_new(epoch);
        }
    }

    /// Notes new servers in the order of their calls, whatever shard saw them.
    #[cold]
    fn meet_new(&mut self, epoch: &ResolvedEpoch) {
        let seen = epoch.steps.iter().filter_map(|step| {
            let Step::Seen { batch, row, .. } = *step else { return None };
            epoch.observed(batch, row)
        });
        for row in seen.map(|seen| seen.row).filter(|row| row.status != 0) {
            if !self.servers.contains_key(&row.flow.resp.addr) {
                self.add(row.flow.resp.addr, row.first_at);
            }
        }
    }

    fn add(&mut self, addr: [u8; 16], at: PacketTime) {
        self.make_room();
        self.met += 1;
        let mut server = Server::new(self.met, at);
        let before = self.strangers.len();
        self.strangers.retain(|contact| {
            let own = contact.from == addr;
            if own {
                server.since = server.since.min(contact.at);
                server.contact(contact, |_| {});
            }
            !own
        });
        self.strangers_changed |= self.strangers.len() != before;
        self.servers.insert(addr, Known { server, used: true, changed: true });
        self.order.push_back(addr);
        self.changed.push(addr);
    }

    fn make_room(&mut self) {
        while self.servers.len() >= self.max {
            let Some(addr) = self.order.pop_front() else { return };
            let Some(known) = self.servers.get_mut(&addr) else { continue };
            if std::mem::take(&mut known.used) {
                self.order.push_back(addr);
            } else {
                self.servers.remove(&addr);
                self.forgotten.push(addr);
            }
        }
    }

    /// All connections of the epoch, in order.
    fn contacts(&mut self, batches: &[ObservationBatch], told: &mut Vec<CallOut>) {
        if let [batch] = batches {
            for contact in &batch.contacts {
                self.contact(contact, told);
            }
            return;
        }
        let mut room = std::mem::take(&mut self.room);
        room.extend(batches.iter().flat_map(|batch| &batch.contacts));
        room.sort_unstable_by_key(|contact| contact.frame);
        for contact in &room {
            self.contact(contact, told);
        }
        room.clear();
        self.room = room;
    }

    fn contact(&mut self, contact: &Contact, told: &mut Vec<CallOut>) {
        let Some(known) = self.servers.get_mut(&contact.from) else {
            if self.strangers.len() >= CONTACTS_RECENT_MAX {
                self.strangers.pop_front();
            }
            self.strangers.push_back(*contact);
            self.strangers_changed = true;
            return;
        };
        known.server.contact(contact, |call_out| told.push(call_out));
        note(&mut self.changed, known, contact.from);
    }

    /// Targets named by the calls of the epoch.
    fn ask(&mut self, epoch: &ResolvedEpoch, told: &mut Vec<CallOut>) {
        for step in &epoch.steps {
            let Some((batch, row)) = step.row() else { continue };
            let Some(seen) = epoch.observed(batch, row).filter(|seen| seen.row.signals.len > 0) else { continue };
            for signal in seen.signals().iter().filter(|signal| signal.kind == SignalKind::Target) {
                self.target(seen.row, Target::unpacked(signal.value), told);
            }
        }
    }

    fn target(&mut self, call: &Observation, target: Target, told: &mut Vec<CallOut>) {
        let addr = call.flow.resp.addr;
        // One that does not answer at all can be told too, when it is known.
        let Some(known) = self.servers.get_mut(&addr) else { return };
        if !known.server.ask(call, target, |call_out| told.push(call_out)) {
            self.refused += 1;
        }
        note(&mut self.changed, known, addr);
    }
}

fn note(changed: &mut Vec<[u8; 16]>, known: &mut Known, addr: [u8; 16]) {
    if !std::mem::replace(&mut known.changed, true) {
        changed.push(addr);
    }
}

/// The row of a server.
fn row(addr: [u8; 16], server: Server) -> Option<StateRow> {
    let model = rmp_serde::to_vec(&Row { addr, server }).ok()?;
    Some(StateRow { kind: RowKind::ServerCalls, key: key(&addr), model })
}

/// One row of what two states know of a server; `None` when one cannot be read.
pub(crate) fn together(one: &StateRow, other: &StateRow) -> Option<StateRow> {
    let read = |row: &StateRow| rmp_serde::from_slice::<Row>(&row.model).ok();
    let (Row { addr, mut server }, other) = (read(one)?, read(other)?);
    server.merge(&other.server);
    row(addr, server)
}

fn strangers_key() -> Id {
    Id::of("connections of addresses that answered no call", &[])
}

fn key(addr: &[u8; 16]) -> Id {
    Id::of("server calls", &[addr])
}

#[cfg(test)]
mod tests;
