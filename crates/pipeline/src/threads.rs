//! One thread for each shard and worker, one to resolve, one for the bus; bounded channels between them.
//!
//! The graph has no cycle, and every receiver takes whatever comes, so nothing waits for itself. A thread that ends
//! closes its channels, and its neighbours end in turn: in order at the end of input, and just so after a fault.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::{Builder, Scope, ScopedJoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};
use model::{ObservationBatch, ResolvedEpoch, limits};

use crate::bus::{Bus, BusEnd, WorkerPart};
use crate::control::Control;
use crate::dispatch::{Dispatch, Port, SegmentBatch};
use crate::error::PipelineError;
use crate::resolve::{EpochMeta, Parking, Resolver};
use crate::shard::{EpochBatch, Shard};
use crate::stages::Stage;

/// Empty batches of observations that wait for a shard.
const SPARE_BATCHES_MAX: usize = 2;

/// What goes to the bus.
enum ToBus {
    Meta(Box<EpochMeta>),
    Part { worker: usize, epoch: u64, part: Box<WorkerPart> },
}

/// A resolved epoch on its way to the workers.
struct ToWorker {
    epoch: Arc<ResolvedEpoch>,
    ledgers: bool,
}

type Handle<'scope, T> = (&'static str, ScopedJoinHandle<'scope, T>);

/// Running threads.
pub(crate) struct Threads<'scope> {
    others: Vec<Handle<'scope, ()>>,
    bus: Handle<'scope, BusEnd>,
}

impl<'scope> Threads<'scope> {
    /// Starts them all; segments go in through the dispatch.
    pub(crate) fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        shards: Vec<Shard>,
        resolver: Resolver,
        stages: Vec<Stage>,
        bus: Bus<'env>,
        control: &'env Control,
        live: bool,
    ) -> Result<(Self, Dispatch), PipelineError> {
        let mut others = Vec::new();
        let (to_router, batches) = bounded(2 * shards.len());
        let (mut ports, mut spares) = (Vec::new(), Vec::new());
        let room = limits::inbox_batches(shards.len());
        for (index, shard) in shards.into_iter().enumerate() {
            let (inbox, batches) = bounded(room);
            let (give_back, empty) = bounded(room);
            let (refill, spare) = bounded(SPARE_BATCHES_MAX);
            let to_router = to_router.clone();
            let work = move || run_shard(shard, index, &batches, &give_back, &to_router, &spare);
            others.push(("shard", spawn(scope, "shard", work)?));
            ports.push(Port { inbox, empty });
            spares.push(refill);
        }
        let (to_bus, for_bus) = bounded(2 * stages.len() + 2);
        let workers = stages.len();
        let mut fan_out = Vec::new();
        let (done, used) = bounded(limits::EPOCHS_OPEN_MAX as usize);
        for (worker, stage) in stages.into_iter().enumerate() {
            let (epochs, inbox) = bounded(limits::RESOLVED_EPOCHS_MAX);
            let (to_bus, done) = (to_bus.clone(), done.clone());
            let work = move || run_worker(stage, worker, &inbox, &to_bus, &done);
            others.push(("worker", spawn(scope, "worker", work)?));
            fan_out.push(epochs);
        }
        // One credit for each epoch that may be open; the router gives one back for each it has merged.
        let (credit, credits) = bounded(limits::EPOCHS_OPEN_MAX as usize);
        for _ in 0..limits::EPOCHS_OPEN_MAX {
            return_credit(&credit);
        }
        let recycling = Recycling { used, spares };
        let route = move || run_router(resolver, &batches, &fan_out, &to_bus, &credit, &recycling);
        others.push(("router", spawn(scope, "router", route)?));
        let bus = ("bus", spawn(scope, "bus", move || run_bus(bus, workers, &for_bus, control, !live))?);
        Ok((Self { others, bus }, Dispatch::new(ports, credits, live)))
    }

    /// Waits for all of them, after the dispatch was dropped.
    pub(crate) fn join(self) -> Result<BusEnd, PipelineError> {
        let mut fault = None;
        for (stage, handle) in self.others {
            if handle.join().is_err() {
                fault.get_or_insert(stage);
            }
        }
        let (stage, handle) = self.bus;
        match (handle.join(), fault) {
            (Ok(end), None) => Ok(end),
            (_, fault) => Err(PipelineError::Fault { stage: fault.unwrap_or(stage) }),
        }
    }
}

fn spawn<'scope, 'env, T: Send + 'scope>(
    scope: &'scope Scope<'scope, 'env>,
    stage: &'static str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>, PipelineError> {
    Builder::new()
        .name(format!("apitap-{stage}"))
        .spawn_scoped(scope, work)
        .map_err(|source| PipelineError::Thread { stage, source })
}

fn run_shard(
    mut shard: Shard,
    index: usize,
    inbox: &Receiver<SegmentBatch>,
    give_back: &Sender<SegmentBatch>,
    to_router: &Sender<(usize, EpochBatch)>,
    spare: &Receiver<ObservationBatch>,
) {
    for mut batch in inbox {
        shard.segments(batch.segments());
        if let Some(tick) = batch.tick.take() {
            if batch.shed != 0 {
                shard.shed(batch.shed, &tick);
            }
            let spare = spare.try_recv().unwrap_or_default();
            if to_router.send((index, shard.tick(tick, spare))).is_err() {
                return;
            }
        }
        batch.clear();
        drop(give_back.try_send(batch));
    }
}

/// The way back of buffers: a list freed by a thread that did not make it costs more than one that is used again.
struct Recycling {
    /// Epochs that every worker is done with.
    used: Receiver<ResolvedEpoch>,
    /// Empty batches, to each shard. What finds no room there is freed.
    spares: Vec<Sender<ObservationBatch>>,
}

impl Recycling {
    fn turn(&self, stage: &mut Resolver) {
        for epoch in self.used.try_iter() {
            stage.recycle(epoch);
        }
        for shard in self.spares.iter().cycle() {
            let Some(batch) = stage.spare() else { return };
            drop(shard.try_send(batch));
        }
    }
}

fn run_router(
    mut stage: Resolver,
    batches: &Receiver<(usize, EpochBatch)>,
    fan_out: &[Sender<ToWorker>],
    to_bus: &Sender<ToBus>,
    credit: &Sender<()>,
    recycling: &Recycling,
) {
    let mut parking = Parking::new(recycling.spares.len());
    for (shard, batch) in batches {
        parking.put(shard, batch);
        while let Some(parts) = parking.take() {
            recycling.turn(&mut stage);
            let (resolved, meta) = stage.epoch(parts);
            let ledgers = meta.tick.ledger.is_some();
            return_credit(credit);
            if to_bus.send(ToBus::Meta(Box::new(meta))).is_err() {
                return;
            }
            let Some(resolved) = resolved.map(Arc::new) else { continue };
            for worker in fan_out {
                if worker.send(ToWorker { epoch: Arc::clone(&resolved), ledgers }).is_err() {
                    return;
                }
            }
            if let Some(epoch) = Arc::into_inner(resolved) {
                stage.recycle(epoch);
            }
        }
    }
}

/// The channel holds every credit there is; it is only closed when the dispatch is gone, and then none is needed.
fn return_credit(credit: &Sender<()>) {
    let _full_or_closed = credit.try_send(()).is_err();
}

fn run_worker(
    mut stage: Stage,
    worker: usize,
    inbox: &Receiver<ToWorker>,
    to_bus: &Sender<ToBus>,
    done: &Sender<ResolvedEpoch>,
) {
    for ToWorker { epoch, ledgers } in inbox {
        let part = Box::new(stage.apply(&epoch, ledgers));
        if to_bus.send(ToBus::Part { worker, epoch: epoch.epoch, part }).is_err() {
            return;
        }
        // The last worker to be done with it sends it back; with no room there it is freed.
        if let Some(epoch) = Arc::into_inner(epoch) {
            drop(done.try_send(epoch));
        }
    }
}

/// Parts of one epoch that have come so far.
#[derive(Default)]
struct Pending {
    meta: Option<Box<EpochMeta>>,
    parts: BTreeMap<usize, WorkerPart>,
}

impl Pending {
    fn is_whole(&self, workers: usize) -> bool {
        self.meta.as_ref().is_some_and(|meta| meta.suppressed || self.parts.len() == workers)
    }
}

fn run_bus(mut bus: Bus<'_>, workers: usize, parts: &Receiver<ToBus>, control: &Control, abort: bool) -> BusEnd {
    let mut next = 1;
    let mut waiting: BTreeMap<u64, Pending> = BTreeMap::new();
    for message in parts {
        match message {
            ToBus::Meta(meta) => {
                let epoch = meta.tick.epoch;
                waiting.entry(epoch).or_default().meta = Some(meta);
            }
            ToBus::Part { worker, epoch, part } => {
                waiting.entry(epoch).or_default().parts.insert(worker, *part);
            }
        }
        while waiting.get(&next).is_some_and(|pending| pending.is_whole(workers)) {
            let Some(Pending { meta: Some(meta), parts }) = waiting.remove(&next) else { break };
            let transactions = meta.transactions;
            let opened = bus.epoch(*meta, parts.into_values());
            control.judged(transactions, opened);
            next += 1;
            if abort && bus.failed() {
                control.abort();
            }
        }
    }
    bus.finish()
}
