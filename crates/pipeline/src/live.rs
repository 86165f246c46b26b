//! Live interfaces. The capture thread never waits for the stages: what finds no room is shed, by whole flows.

use std::time::Duration;

use capture::source::{Drops, Live, LiveEvent, PortChange};
use model::ledger::Counter;
use model::{PacketTime, StateStore};

use crate::control::Control;
use crate::error::PipelineError;
use crate::feed::{Downstream, Feeder, Schedule, Selection};
use crate::replay::execute;
use crate::{Outcome, Parallelism, Settings, Work};

/// How long the capture waits for a frame before it asks for a tick.
const IDLE_SPAN: Duration = Duration::from_millis(100);
/// How far the ticks of an idle link stay behind the wall clock: frames may still wait in the kernel's blocks.
const IDLE_SLACK: Duration = Duration::from_millis(500);
/// Frames between two looks at drops and devices.
const FRAMES_PER_LOOK: u64 = 4_096;

/// What `live` tells while it runs.
pub trait Watcher {
    /// The time of the wall clock: asked for only when the link is idle.
    fn now(&mut self) -> PacketTime;
    /// A device went away or came back.
    fn port(&mut self, change: &PortChange);
}

/// Captures until it is stopped or all devices are gone for good. Frames that the kernel holds at a stop are read first.
pub fn live(
    source: &mut Live,
    mut settings: Settings,
    store: &mut dyn StateStore,
    control: &Control,
    watcher: &mut dyn Watcher,
) -> Result<Outcome, PipelineError> {
    let saved = store.begin(&settings.header)?;
    let schedule = Schedule {
        checkpoint_span: settings.checkpoint_span,
        checkpoints: store.keeps_models(),
        work: Work::NONE, // packet time passes as time does
        resume_at: 0,
    };
    if settings.parallelism == Parallelism::Single {
        // The capture thread must not do the work: it could not shed.
        settings.parallelism = Parallelism::Threads { shards: 1, discovery: 1, baseline: 1 };
    }
    let selection = Selection { since: settings.since, until: settings.until, filter: None };
    let mut feeder = Feeder::new(settings.decap, selection, schedule);
    let mut capture = Capture {
        source,
        control,
        watcher,
        drops: Drops::default(),
        bytes: 0,
        error: None,
        #[cfg(feature = "tls")]
        keys: settings.keys.clone(),
    };
    let end = execute(&settings, &saved, store, control, true, &mut feeder, |feeder, down| capture.all(feeder, down))?;
    let (drops, error) = (capture.drops, capture.error);
    if let Some(failed) = end.failed {
        return Err(failed.into());
    }
    Ok(Outcome {
        trailer: end.trailer,
        anomalies: feeder.anomalies(),
        source_errors: error.into_iter().collect(),
        severities: end.severities,
        top: end.top,
        drops,
        ..Outcome::default()
    })
}

struct Capture<'a> {
    source: &'a mut Live,
    control: &'a Control,
    watcher: &'a mut dyn Watcher,
    drops: Drops,
    /// Bytes of the frames read.
    bytes: u64,
    error: Option<capture::source::SourceError>,
    #[cfg(feature = "tls")]
    keys: Option<capture::proto::tls::KeyRing>,
}

impl Capture<'_> {
    fn all(&mut self, feeder: &mut Feeder, down: &mut dyn Downstream) {
        let mut frames = 0_u64;
        loop {
            let idle = match self.source.next_event(IDLE_SPAN) {
                Ok(LiveEvent::Frame(frame)) => {
                    frames += 1;
                    self.bytes += frame.data.len() as u64;
                    if !feeder.frame(&frame, down) {
                        break;
                    }
                    false
                }
                Ok(LiveEvent::Idle) => true,
                Ok(LiveEvent::Ended) => break,
                Err(error) => {
                    self.error = Some(error);
                    break;
                }
            };
            if idle {
                let now = PacketTime(self.watcher.now().nanos().saturating_sub(IDLE_SLACK.as_nanos() as u64));
                if !feeder.idle(now, down) {
                    break;
                }
            }
            if idle || frames.is_multiple_of(FRAMES_PER_LOOK) {
                self.look(feeder, frames);
                if self.control.stopped() {
                    self.source.stop();
                }
            }
        }
        self.look(feeder, frames);
        feeder.ledger.set(Counter::Unread, self.drops.unread);
        feeder.finish(down);
    }

    fn look(&mut self, feeder: &mut Feeder, frames: u64) {
        self.drops = self.source.drops();
        feeder.ledger.set(Counter::KernelDropped, self.drops.kernel);
        feeder.ledger.set(Counter::InterfaceDropped, self.drops.interface);
        #[cfg(feature = "tls")]
        feeder.keys_forgotten(self.keys.as_ref());
        self.control.fed(self.bytes, None, frames, feeder.now().nanos());
        self.control.shed(feeder.ledger.get(Counter::FramesShed));
        for change in self.source.take_changes() {
            self.watcher.port(&change);
        }
    }
}
