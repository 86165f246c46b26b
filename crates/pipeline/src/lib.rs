//! Threads and channels: from a source of frames to findings and checkpoints. The only crate that starts a thread.
//!
//! | stage | module | in → out |
//! |---|---|---|
//! | feed | `feed` | frames → segments, and ticks of packet time in band |
//! | shard | `shard` | segments → observations, one batch for each epoch |
//! | resolve | `resolve` | all shards' batches of an epoch → one [`model::ResolvedEpoch`] |
//! | work | [`model::Worker`] | resolved epochs → findings, changed state |
//! | bus | `bus` | all workers' findings of an epoch → findings log, checkpoints |
//!
//! The stages are plain values. Two executors run them: `single` on the calling thread, without a queue or a copy, and
//! `threads` with one thread for each shard and worker, joined by bounded channels. Both give the same bytes, whatever
//! the number of threads: ticks are made by the feeder alone, and every merge is by stamp.
//!
//! Nothing is parsed and nothing judged here.

mod bus;
mod control;
mod dispatch;
mod error;
mod feed;
mod live;
mod replay;
mod resolve;
mod shard;
mod shed;
mod single;
mod stages;
mod threads;

pub use control::{Control, Snapshot};
pub use error::PipelineError;
pub use live::{Watcher, live};
pub use replay::replay;

use std::sync::Arc;
use std::time::Duration;

use capture::link::DecapSettings;
use capture::source::{Damage, Drops, Filter, SourceError};
use model::record::{Header, Trailer};
use model::{AnomalySet, Book, Callers, DeploymentKey, Finding, PacketTime, Severity};

/// How many threads do the work. Results do not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parallelism {
    /// Everything on the calling thread.
    Single,
    /// A thread for each shard and worker, one to resolve, one for the bus.
    Threads {
        /// Flow shards, 1–64.
        shards: usize,
        /// Discovery workers, 1–64.
        discovery: usize,
        /// Baseline workers, 1–64.
        baseline: usize,
    },
}

impl Parallelism {
    /// What suits `cores`: up to two, one thread has least overhead; beyond, as many shards as leave two cores free.
    pub const fn for_cores(cores: usize) -> Self {
        if cores <= 2 {
            return Self::Single;
        }
        let shards = if cores - 2 > 16 { 16 } else { cores - 2 };
        let baseline = if cores >= 8 { 4 } else { 1 };
        Self::Threads { shards, discovery: if cores >= 8 { 2 } else { 1 }, baseline }
    }
}

/// How much work a replay may do between two checkpoints: what a crash makes it do again. It decides where a run that was
/// cut short goes on, and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// The least between two checkpoints. Zero: only packet time counts.
    pub least: Duration,
    /// Time as the machine counts it, from any beginning. Below the binary nobody reads a clock.
    pub clock: fn() -> Duration,
}

impl Work {
    /// No least: a checkpoint whenever packet time asks for one.
    pub const NONE: Self = Self { least: Duration::ZERO, clock: || Duration::ZERO };
}

/// What a run is asked for.
#[derive(Debug)]
pub struct Settings {
    /// Threads.
    pub parallelism: Parallelism,
    /// How frames are read.
    pub decap: DecapSettings,
    /// Key of the pseudonyms.
    pub key: DeploymentKey,
    /// Where callers come from.
    pub callers: Arc<Callers>,
    /// How values of the configuration's classes are told.
    pub classes: inspect::OwnRules,
    /// What descriptor sets tell of gRPC.
    pub descriptors: Arc<inspect::Descriptors>,
    /// Frames to leave out.
    pub filter: Option<Filter>,
    /// Frames before this time are left out.
    pub since: Option<PacketTime>,
    /// Frames from this time on are left out.
    pub until: Option<PacketTime>,
    /// Packet time between checkpoints.
    pub checkpoint_span: Duration,
    /// Work between checkpoints of a replay, which may pass over weeks in a second.
    pub work: Work,
    /// What known callers are called in findings.
    pub book: Arc<Book>,
    /// Whether it only learns: no finding is opened.
    pub learn_only: bool,
    /// What the router and the discovery workers are told.
    pub discovery: Arc<discovery::Options>,
    /// First record of the findings log.
    pub header: Header,
    /// Secrets that open TLS.
    #[cfg(feature = "tls")]
    pub keys: Option<capture::proto::tls::KeyRing>,
}

/// What a run gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Totals.
    pub trailer: Trailer,
    /// Oddities of the capture as a whole.
    pub anomalies: AnomalySet,
    /// Damage of the inputs.
    pub damage: Vec<Damage>,
    /// Inputs that could not be read to their end.
    pub source_errors: Vec<SourceError>,
    /// Findings by severity, mildest first.
    pub severities: Vec<(Severity, u64)>,
    /// The gravest findings as they ended, at most 32, gravest first.
    pub top: Vec<Finding>,
    /// Frames dropped by kernel and interface, live only.
    pub drops: Drops,
    /// Whether it was stopped before the end of the input.
    pub stopped: bool,
    /// Epoch at which it went on with a run that had been cut short.
    pub resumed_at: Option<u64>,
}
