//! Which endpoints exist: naming, catalog, export.

use model::resolved::Coverage;
use model::{Ledger, ObservationBatch, PacketTime, ResolvedEpoch, SavedState, Share, StateDelta, Worker, WorkerOutput};

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
}

/// Puts observations in order and names their endpoints.
#[derive(Debug, Default)]
pub struct Router {}

impl Router {
    /// Takes over the saved rows, before the first epoch.
    pub fn load(&mut self, saved: &SavedState) {
        let _ = saved;
    }

    /// Orders and names one epoch's observations: one batch for each shard, each in stamp order.
    pub fn resolve(&mut self, end: EpochEnd, batches: Vec<ObservationBatch>, ledger: &mut Ledger) -> ResolvedEpoch {
        let _ = (end, batches, ledger);
        ResolvedEpoch::default()
    }

    /// Rows changed since the last call.
    pub fn save(&mut self) -> StateDelta {
        StateDelta::default()
    }
}

/// The catalog's worker for a share of the services.
#[derive(Debug)]
pub struct Catalog {
    share: Share,
}

impl Catalog {
    /// For the services of `share`.
    pub fn new(share: Share) -> Self {
        Self { share }
    }
}

impl Worker for Catalog {
    fn load(&mut self, saved: &SavedState) {
        let _ = (self.share, saved);
    }

    fn apply(&mut self, epoch: &ResolvedEpoch, out: &mut WorkerOutput) {
        let _ = (epoch, out);
    }

    fn save(&mut self, models: bool) -> StateDelta {
        let _ = models;
        StateDelta::default()
    }
}
