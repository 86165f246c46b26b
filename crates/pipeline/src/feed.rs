//! The feeder: frames in, segments and ticks out. It alone makes ticks, so every shard sees the same ones.
//!
//! Kept: decapsulation, the tick clock, the ledger of everything before the flows.

use std::sync::Arc;
use std::time::Duration;

use baseline::sensor::{span_end, span_of};
use capture::link::{DecapSettings, Decapsulator};
use capture::source::{Damage, Filter};
use capture::{Frame, Pace};
use model::ledger::Counter;
use model::{Anomaly, AnomalySet, Ledger, PacketTime, Segment, limits};

use crate::Work;

/// A mark in the stream of frames: the end of an epoch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tick {
    /// The epoch it ends, from 1.
    pub epoch: u64,
    /// Packet time.
    pub now: PacketTime,
    /// Packet time of the first frame taken.
    pub first_at: PacketTime,
    /// Number of the last frame before it.
    pub frame: u64,
    /// TCP payload accepted so far.
    pub payload: u64,
    /// Oddities of the capture as a whole, once the input is over.
    pub anomalies: AnomalySet,
    /// A time in the span of the account that ends here, if one does.
    pub span: Option<PacketTime>,
    /// Whether a checkpoint follows.
    pub checkpoint: bool,
    /// Whether flows end here.
    pub last: bool,
    /// The feeder's ledger, when somebody needs it at this epoch.
    pub ledger: Option<Arc<Ledger>>,
}

/// Takes what the feeder makes.
pub(crate) trait Downstream {
    /// The next segment.
    fn segment(&mut self, segment: &Segment<'_>);
    /// The end of an epoch. False when the stages below are gone.
    fn tick(&mut self, tick: Tick) -> bool;
    /// What was handed over and had to be shed since last asked.
    fn take_shed(&mut self) -> Shed {
        Shed::default()
    }
}

/// Frames and payload that found no room, live only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shed {
    pub frames: u64,
    pub payload: u64,
}

/// When ticks carry more than time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    /// Packet time between checkpoints.
    pub checkpoint_span: Duration,
    /// Whether there are checkpoints during the run.
    pub checkpoints: bool,
    /// Work between checkpoints.
    pub work: Work,
    /// Epoch of the checkpoint that this run goes on from; 0 for none.
    pub resume_at: u64,
}

/// Which frames are taken.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    pub filter: Option<Filter>,
    pub since: Option<PacketTime>,
    pub until: Option<PacketTime>,
}

impl Selection {
    fn takes(&mut self, frame: &Frame<'_>) -> bool {
        self.since.is_none_or(|since| frame.at >= since)
            && self.until.is_none_or(|until| frame.at < until)
            && self.filter.as_mut().is_none_or(|filter| filter.matches(frame))
    }
}

/// Frames in, segments and ticks out.
#[derive(Debug)]
pub(crate) struct Feeder {
    decapsulator: Decapsulator,
    selection: Selection,
    pub ledger: Ledger,
    schedule: Schedule,
    epoch: u64,
    first_at: Option<PacketTime>,
    ticked_at: PacketTime,
    checkpoint: Last,
    /// End of the present span of the account.
    span_end: PacketTime,
    pace: Pace,
    frame: u64,
    /// Whether an input was cut or damaged.
    damaged: bool,
    /// Whether the next tick is the last: a run that is stopped ends at a tick that every run over this input makes, so
    /// that one which goes on knows what was counted.
    stopping: bool,
}

impl Feeder {
    pub(crate) fn new(settings: DecapSettings, selection: Selection, schedule: Schedule) -> Self {
        Self {
            decapsulator: Decapsulator::new(settings),
            selection,
            ledger: Ledger::default(),
            schedule,
            epoch: 0,
            first_at: None,
            ticked_at: PacketTime::ZERO,
            checkpoint: Last { at: PacketTime::ZERO, worked: (schedule.work.clock)(), cost: Duration::ZERO },
            span_end: PacketTime(u64::MAX),
            pace: Pace::default(),
            frame: 0,
            damaged: false,
            stopping: false,
        }
    }

    /// Takes the next frame. False when the stages below are gone.
    #[inline]
    pub(crate) fn frame(&mut self, frame: &Frame<'_>, down: &mut (impl Downstream + ?Sized)) -> bool {
        if !self.selection.takes(frame) {
            self.ledger.add(Counter::FramesSeen, 1);
            self.ledger.add(Counter::FramesFiltered, 1);
            return true;
        }
        let segment = self.decapsulator.decapsulate(frame, &mut self.ledger);
        let now = segment.as_ref().map_or(self.ticked_at, |segment| segment.at);
        if self.first_at.is_none() {
            let first = segment.as_ref().map_or(frame.at, |segment| segment.at);
            (self.first_at, self.checkpoint.at, self.span_end) = (Some(first), first, span_end(first));
        }
        let payload = segment.as_ref().map_or(0, |segment| segment.payload.len() as u64);
        // A span of the account ends before the first frame beyond it, wherever other ticks fall.
        let due = self.pace.is_due(now.since(self.ticked_at)) || now >= self.span_end;
        let ticked = !due || {
            account_shed(&mut self.ledger, down.take_shed());
            let first_at = self.first_at.unwrap_or_default();
            let clock = Clock { epoch: &mut self.epoch, at: &mut self.ticked_at, last: &mut self.checkpoint };
            self.pace = Pace::default();
            let held = segment.is_some();
            let mut tick = clock.tick(now, first_at, self.frame, (held, payload), &self.ledger, self.schedule);
            tick.checkpoint |= self.stopping;
            self.span_end = span_end(self.ticked_at);
            let checkpoint = tick.checkpoint;
            let alive = down.tick(tick);
            if checkpoint {
                self.checkpoint.made(self.schedule.work);
            }
            alive && !self.stopping
        };
        if !ticked {
            return false;
        }
        self.pace.count(payload);
        self.frame = frame.number;
        if let Some(segment) = segment {
            down.segment(&segment);
        }
        if due {
            self.decapsulator.tick(self.ticked_at, &mut self.ledger);
        }
        true
    }

    /// Ends the run at the next tick, with a checkpoint.
    pub(crate) const fn stop_at_tick(&mut self) {
        self.stopping = true;
        self.schedule.resume_at = self.epoch + 1; // the next tick carries ledgers
    }

    /// Makes a tick without a frame: the link is idle and `now` is the time.
    pub(crate) fn idle(&mut self, now: PacketTime, down: &mut (impl Downstream + ?Sized)) -> bool {
        if now.since(self.ticked_at) < limits::TICK_SPAN {
            return true;
        }
        account_shed(&mut self.ledger, down.take_shed());
        let first_at = self.first_at.unwrap_or_default();
        let clock = Clock { epoch: &mut self.epoch, at: &mut self.ticked_at, last: &mut self.checkpoint };
        self.pace = Pace::default();
        let sent = down.tick(clock.tick(now, first_at, self.frame, (false, 0), &self.ledger, self.schedule));
        self.span_end = span_end(self.ticked_at);
        self.decapsulator.tick(self.ticked_at, &mut self.ledger);
        sent
    }

    /// Ends the input and every flow.
    pub(crate) fn finish(&mut self, down: &mut (impl Downstream + ?Sized)) -> bool {
        self.decapsulator.finish(&mut self.ledger);
        account_shed(&mut self.ledger, down.take_shed());
        self.epoch += 1;
        let now = self.decapsulator.now().max(self.ticked_at);
        down.tick(Tick {
            epoch: self.epoch,
            now,
            first_at: self.first_at.unwrap_or_default(),
            frame: self.frame,
            payload: self.ledger.get(Counter::PayloadAccepted),
            anomalies: self.anomalies(),
            span: Some(self.ticked_at.max(self.first_at.unwrap_or_default())),
            checkpoint: true,
            last: true,
            ledger: Some(Arc::new(self.ledger.clone())),
        })
    }

    /// Counts connections whose secrets were forgotten.
    #[cfg(feature = "tls")]
    pub(crate) fn keys_forgotten(&mut self, keys: Option<&capture::proto::tls::KeyRing>) {
        self.ledger.set(Counter::TlsKeysForgotten, keys.map_or(0, capture::proto::tls::KeyRing::forgotten));
    }

    /// Counts the bytes that damage took from the inputs.
    pub(crate) fn damaged(&mut self, damage: &[Damage]) {
        let bytes = damage.iter().map(|damage| damage.bytes_lost).fold(0, u64::saturating_add);
        self.ledger.set(Counter::DamagedBytes, bytes);
        self.damaged = !damage.is_empty();
    }

    /// Latest packet time.
    pub(crate) fn now(&self) -> PacketTime {
        self.decapsulator.now()
    }

    /// Oddities of the capture as a whole.
    pub(crate) fn anomalies(&self) -> AnomalySet {
        let mut anomalies = self.decapsulator.anomalies();
        if self.damaged {
            anomalies.insert(Anomaly::FileDamaged);
        }
        anomalies
    }
}

/// The parts of a feeder that a tick moves.
struct Clock<'a> {
    epoch: &'a mut u64,
    at: &'a mut PacketTime,
    last: &'a mut Last,
}

/// Work between checkpoints, in times of what the last one took: so they take a tenth of a replay at most; and of the least
/// work, which a crash never costs more than so many times.
const WORK_PER_COST: u32 = 9;
const WORK_MAX: u32 = 12;

/// When the last checkpoint was: in packet time, and by the work done until then.
#[derive(Clone, Copy, Debug)]
struct Last {
    at: PacketTime,
    /// The work done when it was due, and when it was made.
    worked: Duration,
    /// What it took, as far as whoever made it waited for it.
    cost: Duration,
}

impl Last {
    /// Whether another is due at `now`; the work is asked for only when packet time says so.
    fn is_due(&mut self, now: PacketTime, schedule: Schedule) -> bool {
        if now.since(self.at) < schedule.checkpoint_span {
            return false;
        }
        let worked = (schedule.work.clock)();
        let least = schedule.work.least;
        let wanted = least.max(self.cost.saturating_mul(WORK_PER_COST).min(least.saturating_mul(WORK_MAX)));
        if worked.saturating_sub(self.worked) < wanted {
            return false;
        }
        (self.at, self.worked) = (now, worked);
        true
    }

    /// The checkpoint that was due is made.
    fn made(&mut self, work: Work) {
        let now = (work.clock)();
        self.cost = now.saturating_sub(self.worked);
        self.worked = now;
    }
}

impl Clock<'_> {
    /// `held` tells whether a segment, already accepted with `pending` bytes, belongs to the epoch after this tick.
    fn tick(
        self,
        now: PacketTime,
        first_at: PacketTime,
        frame: u64,
        (held, pending): (bool, u64),
        ledger: &Ledger,
        schedule: Schedule,
    ) -> Tick {
        *self.epoch += 1;
        let (before, began) = (span_of(*self.at), (*self.at).max(first_at));
        *self.at = now.max(*self.at);
        let checkpoint = schedule.checkpoints && self.last.is_due(*self.at, schedule);
        let wanted = checkpoint || *self.epoch == schedule.resume_at || span_of(now) > before;
        let ledger_then = wanted.then(|| {
            let mut then = ledger.clone();
            then.take(Counter::FramesSeen, u64::from(held));
            then.take(Counter::FramesAccepted, u64::from(held));
            then.take(Counter::PayloadAccepted, pending);
            Arc::new(then)
        });
        Tick {
            epoch: *self.epoch,
            now: *self.at,
            first_at,
            frame,
            payload: ledger.get(Counter::PayloadAccepted).saturating_sub(pending),
            anomalies: AnomalySet::EMPTY,
            span: (span_of(now) > before).then_some(began),
            checkpoint,
            last: false,
            ledger: ledger_then,
        }
    }
}

/// Frames that were accepted and then found no room are shed frames.
fn account_shed(ledger: &mut Ledger, shed: Shed) {
    ledger.take(Counter::FramesAccepted, shed.frames);
    ledger.add(Counter::FramesShed, shed.frames);
    ledger.take(Counter::PayloadAccepted, shed.payload);
}
