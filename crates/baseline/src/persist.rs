//! Saving and restoring a worker: only what changed is saved, and what is restored goes on as if nothing had happened.

use model::life::OpenFinding;
use model::limits::KEY_PARTITIONS;
use model::state::{RowKind, StateRow};
use model::{Id, SavedState, StateDelta};

use crate::Baseline;
use crate::endpoints::Times;
use crate::saved::{self, Bytes, CommonRow, EndpointRow, IdentityRow, OwnersRow, PairRow};
use crate::subject::{PairKey, pair_id};

/// Blocks from here on are those of [`Baseline::writers`], of [`Baseline::places`] and of [`Baseline::disclosed`].
const WRITERS: u32 = 64;
const PLACES: u32 = 128;
pub(crate) const DISCLOSED: u32 = 192;

impl Baseline {
    pub(crate) fn rows(&mut self, models: bool) -> StateDelta {
        let mut delta = StateDelta {
            times: self.endpoints.take_times(),
            findings: self.findings.take_changed(),
            ..StateDelta::default()
        };
        if models {
            let rows = &mut delta.rows;
            self.save_common(rows);
            self.save_endpoints(rows);
            self.save_subjects(rows);
            self.monitors.save(&self.endpoints, rows);
            self.save_findings(rows);
            rows.sort_by_key(|row| (row.kind, row.key));
        }
        delta
    }

    fn save_common(&mut self, rows: &mut Vec<StateRow>) {
        let key = saved::common_key();
        if self.share.owns(&key) && self.common != self.common_saved {
            self.common_saved = self.common.clone();
            rows.extend(saved::row(RowKind::Stage, key, &self.common));
        }
        let writers = self.writers.save().into_iter().map(|(block, bytes)| (block + WRITERS, bytes));
        let places = self.places.save().into_iter().map(|(block, bytes)| (block + PLACES, bytes));
        let disclosed = self.disclosed.save().into_iter().map(|(block, bytes)| (block + DISCLOSED, bytes));
        for (block, bytes) in self.owners.save().into_iter().chain(writers).chain(places).chain(disclosed) {
            let key = saved::owners_key(block);
            if self.share.owns(&key) {
                rows.extend(saved::row(RowKind::Stage, key, &OwnersRow { block, bytes: Bytes(bytes) }));
            }
        }
    }

    fn save_endpoints(&mut self, rows: &mut Vec<StateRow>) {
        let share = self.share;
        rows.extend(
            self.endpoints
                .take_forgotten()
                .into_iter()
                .filter(|id| share.owns(id))
                .map(|id| saved::gone(RowKind::EndpointModel, id)),
        );
        for endpoint in self.endpoints.iter_mut().filter(|e| e.owned && e.dirty) {
            endpoint.dirty = false;
            let row = EndpointRow {
                first_at: endpoint.first_at,
                peers: endpoint.peers.as_deref().cloned(),
                times: endpoint.times.as_deref().map(Times::save),
            };
            rows.extend(saved::row(RowKind::EndpointModel, endpoint.id, &row));
            endpoint.saved = true;
        }
    }

    fn save_subjects(&mut self, rows: &mut Vec<StateRow>) {
        let Self { endpoints, partitions, .. } = self;
        for partition in partitions.iter_mut().flatten() {
            let gone = partition.identities.take_forgotten();
            rows.extend(gone.into_iter().map(|id| saved::gone(RowKind::IdentityModel, id)));
            for slot in partition.identities.slots_mut().filter(|slot| slot.dirty) {
                slot.dirty = false;
                let row = IdentityRow { used: slot.used, model: slot.value.clone() };
                rows.extend(saved::row(RowKind::IdentityModel, slot.key, &row));
                slot.saved = true;
            }
            let id = |key: &PairKey| endpoints.get(key.endpoint).map(|endpoint| endpoint.id);
            for key in partition.pairs.take_forgotten() {
                rows.extend(
                    id(&key).map(|endpoint| saved::gone(RowKind::PairModel, pair_id(&key.identity, &endpoint))),
                );
            }
            for slot in partition.pairs.slots_mut().filter(|slot| slot.dirty) {
                slot.dirty = false;
                let Some(endpoint) = id(&slot.key) else { continue };
                let identity = slot.key.identity;
                let row = PairRow { used: slot.used, identity, endpoint, model: slot.value.clone() };
                rows.extend(saved::row(RowKind::PairModel, pair_id(&identity, &endpoint), &row));
                slot.saved = true;
            }
        }
    }

    fn save_findings(&mut self, rows: &mut Vec<StateRow>) {
        let (open, gone) = self.findings.take_rows();
        rows.extend(gone.into_iter().map(|id| saved::gone(RowKind::OpenFinding, id)));
        rows.extend(open.into_iter().filter_map(|open| saved::named_row(RowKind::OpenFinding, open.finding.id, open)));
    }

    pub(crate) fn restore(&mut self, state: &SavedState) {
        let (mut identities, mut pairs) = (Vec::new(), Vec::new());
        for row in &state.rows {
            match row.kind {
                RowKind::Stage => self.restore_common(row),
                RowKind::EndpointModel => self.restore_endpoint(row),
                RowKind::IdentityModel if self.share.owns(&row.key) => {
                    identities.extend(saved::read::<IdentityRow>(row).map(|model| (model.used, row.key, model)));
                }
                RowKind::PairModel if self.share.owns(&row.key) => {
                    pairs.extend(saved::read::<PairRow>(row).map(|model| (model.used, row.key, model)));
                }
                RowKind::OpenFinding => {
                    if let Some(open) = saved::read::<OpenFinding>(row).filter(|open| self.share.owns(&open.owner)) {
                        self.findings.restore(open);
                    }
                }
                _ => {}
            }
        }
        self.monitors.restore(state, &mut self.endpoints);
        if state.unfinished.is_none() {
            // Another run counts its frames from 1.
            self.common.last_frame = 0;
        }
        let order = |used: &u64, key: &Id| (key.key_partition() % KEY_PARTITIONS, *used, *key);
        identities.sort_by_key(|(used, key, _)| order(used, key));
        pairs.sort_by_key(|(used, key, _)| order(used, key));
        for (used, key, row) in identities {
            if let Some(Some(partition)) = self.partitions.get_mut(key.key_partition()) {
                partition.identities.restore(key, row.model, used);
            }
        }
        for (used, _, row) in pairs {
            let key = PairKey { identity: row.identity, endpoint: self.endpoints.intern(row.endpoint) };
            if let Some(Some(partition)) = self.partitions.get_mut(row.identity.key_partition()) {
                partition.pairs.restore(key, row.model, used);
            }
        }
    }

    fn restore_common(&mut self, row: &StateRow) {
        if row.key == saved::common_key() {
            self.common = saved::read::<CommonRow>(row).unwrap_or_default();
            self.common_saved = self.common.clone();
            return;
        }
        // Other stages keep rows of this kind too: a block is one whose key is that of its number.
        if let Some(owners) = saved::read::<OwnersRow>(row).filter(|o| saved::owners_key(o.block) == row.key) {
            if let Some(block) = owners.block.checked_sub(DISCLOSED) {
                self.disclosed.restore(block, &owners.bytes.0);
                return;
            }
            let (table, first) = match owners.block {
                PLACES.. => (&mut self.places, PLACES),
                WRITERS.. => (&mut self.writers, WRITERS),
                _ => (&mut self.owners, 0),
            };
            table.restore(owners.block - first, &owners.bytes.0);
        }
    }

    fn restore_endpoint(&mut self, row: &StateRow) {
        let Some(model) = saved::read::<EndpointRow>(row) else { return };
        let local = self.endpoints.intern(row.key);
        let Some(endpoint) = self.endpoints.get_mut(local) else { return };
        endpoint.first_at = model.first_at;
        endpoint.peers = model.peers.map(Box::new);
        endpoint.saved = true;
        if endpoint.owned {
            endpoint.times = model.times.as_ref().map(Times::load).map(Box::new);
        }
    }
}
