//! Saving and restoring what monitors learned.

use model::state::{RowKind, StateRow};
use model::{Id, SavedState, Share};
use serde::{Deserialize, Serialize};

use super::kept::Kept;
use super::monitor::{Key, Model as _, Monitor};
use super::{Monitors, Watch, subject_id};
use crate::endpoints::Endpoints;
use crate::saved::{self, Bytes};

/// One model.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MonitorRow {
    place: u8,
    pub(super) common: bool,
    used: u64,
    id: Id,
    endpoint: Option<Id>,
    pub(super) model: Bytes,
}

impl Monitors {
    /// Appends the rows of what changed.
    pub(crate) fn save(&mut self, endpoints: &Endpoints, rows: &mut Vec<StateRow>) {
        for lane in &mut self.lanes {
            lane.save(self.share, endpoints, rows);
        }
    }

    /// Puts back what was saved.
    pub(crate) fn restore(&mut self, state: &SavedState, endpoints: &mut Endpoints) {
        let rows = state.rows.iter().filter(|row| row.kind == RowKind::MonitorModel);
        let mut rows: Vec<MonitorRow> = rows.filter_map(saved::read).collect();
        rows.sort_by_key(|row| (row.place, row.common, row.used, row.id, row.endpoint));
        for row in rows {
            let share = self.share;
            if let Some(lane) = self.lane(row.place) {
                lane.restore(share, &row, endpoints);
            }
        }
    }
}

impl Monitors {
    /// One row of two of one key; `None` when one cannot be read.
    pub(crate) fn merged(&self, one: &StateRow, other: &StateRow) -> Option<StateRow> {
        let (mine, theirs): (MonitorRow, MonitorRow) = (saved::read(one)?, saved::read(other)?);
        let lane = self.lanes.iter().find(|lane| lane.place() == mine.place)?;
        let model = Bytes(lane.merged(mine.common, &mine.model.0, &theirs.model.0)?);
        let used = mine.used.max(theirs.used);
        saved::row(RowKind::MonitorModel, one.key, &MonitorRow { used, model, ..mine })
    }
}

/// The endpoint that a row hangs on.
pub(crate) fn endpoint_of(row: &StateRow) -> Option<Id> {
    saved::read::<MonitorRow>(row)?.endpoint
}

impl<M: Monitor> Watch<M> {
    /// The model of two of one subject, or of two that are common.
    pub(super) fn merged_models(common: bool, one: &[u8], other: &[u8]) -> Option<Vec<u8>> {
        if common {
            let mut model: M::Common = rmp_serde::from_slice(one).ok()?;
            model.merge(&rmp_serde::from_slice(other).ok()?);
            return rmp_serde::to_vec(&model).ok();
        }
        let mut kept: Kept<M::Model> = rmp_serde::from_slice(one).ok()?;
        let other: Kept<M::Model> = rmp_serde::from_slice(other).ok()?;
        kept.model.merge(&other.model);
        kept.adopt(&other);
        rmp_serde::to_vec(&kept).ok()
    }

    pub(super) fn save_rows(&mut self, share: Share, endpoints: &Endpoints, rows: &mut Vec<StateRow>) {
        let place = self.place;
        let endpoint_of = |key: &Key| match key.endpoint {
            None => Some(None),
            Some(local) => endpoints.get(local).map(|endpoint| Some(endpoint.id)),
        };
        for table in self.subjects.iter_mut().flatten() {
            for key in table.take_forgotten() {
                rows.extend(endpoint_of(&key).map(|endpoint| gone(place, false, key.id, endpoint)));
            }
            for slot in table.slots_mut().filter(|slot| slot.dirty) {
                (slot.dirty, slot.saved) = (false, true);
                let Some(endpoint) = endpoint_of(&slot.key) else { continue };
                rows.extend(row(place, false, slot.used, slot.key.id, endpoint, &slot.value));
            }
        }
        for key in self.commons.take_forgotten() {
            if share.owns(&key.id) {
                rows.extend(endpoint_of(&key).map(|endpoint| gone(place, true, key.id, endpoint)));
            }
        }
        for slot in self.commons.slots_mut().filter(|slot| slot.dirty) {
            (slot.dirty, slot.saved) = (false, true);
            if let Some(endpoint) = endpoint_of(&slot.key).filter(|_| share.owns(&slot.key.id)) {
                rows.extend(row(place, true, slot.used, slot.key.id, endpoint, &slot.value));
            }
        }
    }

    pub(super) fn restore_row(&mut self, share: Share, row: &MonitorRow, endpoints: &mut Endpoints) {
        let key = Key { id: row.id, endpoint: row.endpoint.map(|id| endpoints.intern(id)) };
        if row.common {
            if let Ok(model) = rmp_serde::from_slice(&row.model.0) {
                self.commons.restore(key, model, row.used);
            }
        } else if share.owns(&row.id)
            && let Ok(kept) = rmp_serde::from_slice::<Kept<M::Model>>(&row.model.0)
        {
            if kept.open {
                self.open.insert(subject_id(&row.id, row.endpoint.as_ref()), key);
            }
            if let Some(table) = self.table(&row.id) {
                table.restore(key, kept, row.used);
            }
        }
    }
}

fn row<T: Serialize>(place: u8, common: bool, used: u64, id: Id, endpoint: Option<Id>, model: &T) -> Option<StateRow> {
    let model = Bytes(rmp_serde::to_vec(model).ok()?);
    saved::row(
        RowKind::MonitorModel,
        key(place, common, &id, endpoint),
        &MonitorRow { place, common, used, id, endpoint, model },
    )
}

fn gone(place: u8, common: bool, id: Id, endpoint: Option<Id>) -> StateRow {
    saved::gone(RowKind::MonitorModel, key(place, common, &id, endpoint))
}

fn key(place: u8, common: bool, id: &Id, endpoint: Option<Id>) -> Id {
    let endpoint = endpoint.unwrap_or_default();
    Id::of("monitor", &[&[place, u8::from(common)], &id.0, &endpoint.0])
}
