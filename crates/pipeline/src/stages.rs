//! Workers as the executors run them.

use std::sync::Arc;

use baseline::Baseline;
use discovery::Catalog;
use model::ledger::Counter;
use model::{ResolvedEpoch, SavedState, Share, Worker, WorkerOutput};

use crate::Settings;
use crate::bus::WorkerPart;

/// A worker and what is counted beside it.
pub(crate) struct Stage {
    worker: Box<dyn Worker>,
    /// What the worker gives back is added here; its ledger counts from the beginning.
    out: WorkerOutput,
    models: bool,
    learn_only: bool,
}

impl Stage {
    /// Takes one resolved epoch. `ledgers` asks for the ledger since the beginning.
    pub(crate) fn apply(&mut self, epoch: &ResolvedEpoch, ledgers: bool) -> WorkerPart {
        self.worker.apply(epoch, &mut self.out);
        let (findings, mut attempts) = (std::mem::take(&mut self.out.findings), std::mem::take(&mut self.out.attempts));
        if self.learn_only {
            // Causes that were to be learned are none that found no room, and their calls are not told.
            self.out.ledger.set(Counter::FindingsFolded, 0);
            self.out.ledger.set(Counter::AttemptsFolded, 0);
            attempts.clear();
        }
        let mut part = WorkerPart { findings, attempts, ..WorkerPart::default() };
        part.ledger = ledgers.then(|| Box::new(self.out.ledger.clone()));
        if epoch.checkpoint {
            part.delta = self.worker.save(self.models);
            part.totals = self.worker.totals();
        }
        part
    }
}

/// All workers, so many of discovery first, loaded from `saved`.
pub(crate) fn all(
    (discovery, baseline): (usize, usize),
    settings: &Settings,
    saved: &SavedState,
    models: bool,
) -> Vec<Stage> {
    let learn_only = settings.learn_only;
    let catalog = |i| Catalog::with(Share::new(i, discovery), Arc::clone(&settings.discovery));
    let catalogs = (0..discovery).map(|i| Box::new(catalog(i)) as Box<dyn Worker>);
    let baselines = (0..baseline).map(|i| Box::new(Baseline::new(Share::new(i, baseline))) as Box<dyn Worker>);
    catalogs
        .chain(baselines)
        .map(|mut worker| {
            worker.load(saved);
            if learn_only {
                worker.learn_only();
            }
            Stage { worker, out: WorkerOutput::default(), models, learn_only }
        })
        .collect()
}
