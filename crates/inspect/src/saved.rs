//! What is kept of a partition of flows: which answers it has read, so that the next file goes on as if it were this one.

use model::limits::PARTITIONS;
use model::{Id, RowKind, SavedState, StateRow};
use serde::{Deserialize, Serialize};

use crate::Inspector;

/// Version of the form below. Rows of another version are not read: that partition begins anew.
const VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
struct Stored {
    sampling: Option<crate::sampling::Stored>,
    notes: Option<crate::notes::Stored>,
}

impl Inspector {
    /// The rows of the partitions in which an answer was seen.
    pub fn save(&self) -> Vec<StateRow> {
        (0..PARTITIONS).filter_map(|partition| self.row(partition)).collect()
    }

    /// Goes on from `saved` in the partitions that are `owned`.
    pub fn load(&mut self, saved: &SavedState, owned: impl Fn(usize) -> bool) {
        for row in saved.rows.iter().filter(|row| row.kind == RowKind::Reading) {
            let partition = usize::from(row.key.0[0]);
            let Some((&VERSION, model)) = row.model.split_first() else { continue };
            if let Some(stored) = rmp_serde::from_slice::<Stored>(model).ok().filter(|_| owned(partition)) {
                stored.sampling.iter().for_each(|counts| self.buffers.sampling.restore(partition, counts));
                stored.notes.iter().for_each(|places| self.buffers.notes.restore(partition, places));
            }
        }
    }

    fn row(&self, partition: usize) -> Option<StateRow> {
        let (sampling, notes) = (self.buffers.sampling.stored(partition), self.buffers.notes.stored(partition));
        if sampling.is_none() && notes.is_none() {
            return None;
        }
        let mut model = vec![VERSION];
        rmp_serde::encode::write(&mut model, &Stored { sampling, notes }).ok()?;
        let mut key = Id::default();
        key.0[0] = u8::try_from(partition).ok()?;
        Some(StateRow { kind: RowKind::Reading, key, model })
    }
}
