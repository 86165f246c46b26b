//! What a worker is: the only owner of the state of its share of subjects, fed with resolved epochs in order.

use crate::finding::{AttemptEvent, FindingEvent};
use crate::id::Id;
use crate::ledger::Ledger;
use crate::record::Totals;
use crate::resolved::ResolvedEpoch;
use crate::state::{SavedState, StateDelta};

/// The share of key partitions that one of several workers owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    index: usize,
    of: usize,
}

impl Share {
    /// Everything.
    pub const ALL: Self = Self { index: 0, of: 1 };

    /// Share `index` (from 0) of `of` equal ones; `of` of zero is taken as one.
    pub const fn new(index: usize, of: usize) -> Self {
        Self { index, of: if of == 0 { 1 } else { of } }
    }

    /// Whether it owns the subject (or service) with this id.
    pub const fn owns(self, id: &Id) -> bool {
        id.key_partition() % self.of == self.index
    }
}

/// What a worker gives back for one epoch.
#[derive(Debug, Default)]
pub struct WorkerOutput {
    /// Findings opened, updated or closed, in stamp order.
    pub findings: Vec<FindingEvent>,
    /// Calls of findings that are attacks each by itself.
    pub attempts: Vec<AttemptEvent>,
    /// Counters changed.
    pub ledger: Ledger,
}

/// One worker. Results must depend only on the epochs applied and on the state loaded, never on the [`Share`]: what two
/// workers say of their shares is what one says of the whole.
pub trait Worker: Send {
    /// Takes over the saved rows of its kinds and share, before the first epoch.
    fn load(&mut self, saved: &SavedState);

    /// From now on it learns, and opens no finding.
    fn learn_only(&mut self);

    /// Takes the next epoch: judged first, trained after.
    fn apply(&mut self, epoch: &ResolvedEpoch, out: &mut WorkerOutput);

    /// What changed since the last call. With `models` false only what people read (no [`StateDelta::rows`]).
    fn save(&mut self, models: bool) -> StateDelta;

    /// What its share of the state holds: services, endpoints, identities; zero for what it does not know.
    fn totals(&self) -> Totals {
        Totals::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_has_one_owner() {
        for of in [1, 2, 3, 8] {
            for byte in 0..=255 {
                let id = Id([byte; 16]);
                assert_eq!((0..of).filter(|&index| Share::new(index, of).owns(&id)).count(), 1);
            }
        }
    }
}
