//! Who behaves unlike themselves: learned models and detectors.

use model::{ResolvedEpoch, SavedState, Share, StateDelta, Worker, WorkerOutput};

/// The worker for a share of the subjects.
#[derive(Debug)]
pub struct Baseline {
    share: Share,
}

impl Baseline {
    /// For the subjects of `share`.
    pub fn new(share: Share) -> Self {
        Self { share }
    }
}

impl Worker for Baseline {
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
