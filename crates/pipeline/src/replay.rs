//! Capture files, from beginning to end. Nothing is shed: a full queue is waited for.

use std::sync::Arc;
use std::thread;

use capture::source::{FrameSource, SourceError};
use model::{SavedState, StateStore};

use crate::bus::{Bus, BusEnd};
use crate::control::Control;
use crate::error::PipelineError;
use crate::feed::{Downstream, Feeder, Schedule, Selection};
use crate::resolve::Resolver;
use crate::shard::Shard;
use crate::single::Single;
use crate::threads::Threads;
use crate::{Outcome, Parallelism, Settings, stages};

/// Inputs that fail one after another before the rest is given up; each file fails once.
const SOURCE_ERRORS_MAX: usize = model::limits::MERGED_FILES_MAX;
/// Frames between two looks at the wish to stop.
const FRAMES_PER_LOOK: u64 = 1_024;

/// Replays `source` into `store`. Errors: [`PipelineError`]; faults of single inputs are in [`Outcome::source_errors`].
///
/// A run with the same header that was cut short goes on after its last checkpoint: the input is read again from its
/// beginning, since open flows are not saved, and what was counted is not counted twice.
pub fn replay(
    source: &mut dyn FrameSource,
    mut settings: Settings,
    store: &mut dyn StateStore,
    control: &Control,
) -> Result<Outcome, PipelineError> {
    let saved = store.begin(&settings.header)?;
    let resume_at = saved.unfinished.as_ref().map_or(0, |unfinished| unfinished.epoch);
    let schedule = Schedule {
        checkpoint_span: settings.checkpoint_span,
        checkpoints: store.keeps_models(),
        work: settings.work,
        resume_at,
    };
    let selection = Selection { filter: settings.filter.take(), since: settings.since, until: settings.until };
    let mut feeder = Feeder::new(settings.decap, selection, schedule);
    let resumable = store.keeps_models();
    let mut read = Read {
        source,
        control,
        errors: Vec::new(),
        resumable,
        #[cfg(feature = "tls")]
        keys: settings.keys.clone(),
    };
    let end = execute(&settings, &saved, store, control, false, &mut feeder, |feeder, down| read.all(feeder, down))?;
    let source_errors = read.errors;
    if let Some(failed) = end.failed {
        return Err(failed.into());
    }
    Ok(Outcome {
        trailer: end.trailer,
        anomalies: feeder.anomalies(),
        damage: source.damage().to_vec(),
        source_errors,
        severities: end.severities,
        top: end.top,
        stopped: control.stopped(),
        resumed_at: (resume_at > 0).then_some(resume_at),
        ..Outcome::default()
    })
}

/// Runs `feed` over the stages that the settings ask for, and ends them.
pub(crate) fn execute(
    settings: &Settings,
    saved: &SavedState,
    store: &mut dyn StateStore,
    control: &Control,
    live: bool,
    feeder: &mut Feeder,
    mut feed: impl FnMut(&mut Feeder, &mut dyn Downstream),
) -> Result<BusEnd, PipelineError> {
    let models = store.keeps_models();
    let resume_at = saved.unfinished.as_ref().map_or(0, |unfinished| unfinished.epoch);
    let resolver = Resolver::new(saved, resume_at, models, settings.discovery.overrides.clone());
    let seed = settings.decap.hash_seed;
    let shard = |of| {
        let shard = Shard::new(seed, settings.key.clone(), &settings.callers, &settings.classes);
        let shard = shard.with_descriptors(&settings.descriptors).loaded(saved, of);
        #[cfg(feature = "tls")]
        let shard = shard.with_keys(settings.keys.clone());
        shard
    };
    let bus = Bus::new(store, saved, Arc::clone(&settings.book), settings.learn_only);
    match settings.parallelism {
        Parallelism::Single => {
            let stages = stages::all((1, 1), settings, saved, models);
            let mut single = Single::new(shard((0, 1)), resolver, stages, bus, control, !live);
            feed(feeder, &mut single);
            Ok(single.finish())
        }
        Parallelism::Threads { shards, discovery, baseline } => {
            let count = |n: usize| n.clamp(1, model::limits::PARTITIONS);
            let stages = stages::all((count(discovery), count(baseline)), settings, saved, models);
            let shards = count(shards);
            let shards = (0..shards).map(|index| shard((index, shards))).collect();
            thread::scope(|scope| {
                let (threads, mut dispatch) = Threads::start(scope, shards, resolver, stages, bus, control, live)?;
                feed(feeder, &mut dispatch);
                drop(dispatch);
                threads.join()
            })
        }
    }
}

/// Reads a source to its end.
struct Read<'a> {
    source: &'a mut dyn FrameSource,
    control: &'a Control,
    errors: Vec<SourceError>,
    /// Whether a stopped run can go on another time.
    resumable: bool,
    #[cfg(feature = "tls")]
    keys: Option<capture::proto::tls::KeyRing>,
}

impl Read<'_> {
    fn all(&mut self, feeder: &mut Feeder, down: &mut dyn Downstream) {
        let mut frames = 0_u64;
        let mut ended = true;
        loop {
            match self.source.next_frame() {
                Ok(Some(frame)) => {
                    frames += 1;
                    if !feeder.frame(&frame, down) {
                        ended = false;
                        break;
                    }
                    self.take_secrets(frames);
                }
                Ok(None) => break,
                Err(error) => {
                    self.errors.push(error);
                    if self.errors.len() >= SOURCE_ERRORS_MAX {
                        break;
                    }
                }
            }
            if frames.is_multiple_of(FRAMES_PER_LOOK) && self.look(feeder, frames) {
                break;
            }
        }
        self.take_secrets(frames);
        self.look(feeder, frames);
        #[cfg(feature = "tls")]
        feeder.keys_forgotten(self.keys.as_ref());
        feeder.damaged(self.source.damage());
        if ended {
            feeder.finish(down);
        }
    }

    /// Takes the secrets found in the input so far. What stands before a frame is known from the next one on.
    #[inline]
    fn take_secrets(&mut self, frames: u64) {
        #[cfg(feature = "tls")]
        if let Some(keys) = &self.keys {
            keys.add_carried(self.source.take_secrets(), frames);
        }
        #[cfg(not(feature = "tls"))]
        let _ = frames;
    }

    /// Tells how far the run has come. Returns whether it must end here.
    fn look(&mut self, feeder: &mut Feeder, frames: u64) -> bool {
        let progress = self.source.progress();
        self.control.fed(progress.read, progress.total, frames, feeder.now().nanos());
        if self.control.stopped() && self.resumable {
            feeder.stop_at_tick();
            return false;
        }
        self.control.stopped() || self.control.aborted()
    }
}
