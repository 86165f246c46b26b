//! The clock of a capture: timestamps made monotone.
//!
//! In: the timestamp of each frame, in order. Out: the packet time it is taken to have. Kept: the time, and a jump not
//! yet believed. A frame stamped earlier than one before it gets that one's time. A frame stamped more than
//! [`limits::CLOCK_JUMP_MIN`] ahead is a pause of the capture or one wrong timestamp: time stands still until
//! [`limits::CLOCK_JUMP_FRAMES`] frames in a row agree, so that one wrong timestamp cannot end every flow and hold the
//! clock in the future.

use model::ledger::Counter;
use model::{Ledger, PacketTime, limits};

/// Time so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    now: PacketTime,
    /// Where the frames since the jump are, and how many there were.
    jump: Option<(PacketTime, u32)>,
}

impl Clock {
    /// The latest time believed.
    #[inline]
    pub(super) const fn now(&self) -> PacketTime {
        self.now
    }

    /// Moves to the time of a frame; true when its timestamp is odd.
    #[inline]
    pub(super) fn advance(&mut self, at: PacketTime, ledger: &mut Ledger) -> bool {
        if self.jump.is_none() && at >= self.now && at.since(self.now) <= limits::CLOCK_JUMP_MIN {
            self.now = at;
            return false;
        }
        self.judge(at, ledger)
    }

    #[cold]
    fn judge(&mut self, at: PacketTime, ledger: &mut Ledger) -> bool {
        if self.now == PacketTime::ZERO {
            self.now = at;
            return false;
        }
        if at.since(self.now) > limits::CLOCK_JUMP_MIN {
            self.ahead(at, ledger);
            return true;
        }
        self.jump = None;
        let backwards = at < self.now;
        ledger.add(Counter::ClockRegressions, u64::from(backwards));
        self.now = self.now.max(at);
        backwards
    }

    /// A frame far ahead: it agrees with those before when it is not earlier than they are.
    fn ahead(&mut self, at: PacketTime, ledger: &mut Ledger) {
        let frames = match self.jump {
            Some((since, frames)) if at.plus(limits::CLOCK_JUMP_MIN) >= since => frames + 1,
            _ => {
                ledger.add(Counter::ClockJumps, 1);
                1
            }
        };
        self.jump = Some((at, frames));
        if frames >= limits::CLOCK_JUMP_FRAMES {
            (self.now, self.jump) = (at, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600;

    fn run(seconds: &[u64]) -> (Vec<u64>, Ledger) {
        let (mut clock, mut ledger) = (Clock::default(), Ledger::default());
        let times = seconds.iter().map(|&s| {
            clock.advance(PacketTime::from_parts(s, 0), &mut ledger);
            clock.now().seconds()
        });
        (times.collect(), ledger)
    }

    #[test]
    fn time_never_runs_backwards() {
        let (times, ledger) = run(&[100, 99, 101, 50, 102]);
        assert_eq!(times, [100, 100, 101, 101, 102]);
        assert_eq!(ledger.get(Counter::ClockRegressions), 2);
        assert_eq!(ledger.get(Counter::ClockJumps), 0);
    }

    #[test]
    fn a_timestamp_far_ahead_does_not_hold_the_clock_there() {
        let far = 100 * 365 * 24 * HOUR;
        let (times, ledger) = run(&[100, far, 101, 102, far, 103]);
        assert_eq!(times, [100, 100, 101, 102, 102, 103]);
        assert_eq!(ledger.get(Counter::ClockJumps), 2);
        assert_eq!(ledger.get(Counter::ClockRegressions), 0);
    }

    #[test]
    fn time_goes_on_after_a_pause_of_the_capture() {
        let late = 100 + 5 * HOUR;
        let (times, ledger) = run(&[100, late, late + 1, late + 2, late + 3, late + 4]);
        assert_eq!(times, [100, 100, late + 1, late + 2, late + 3, late + 4]);
        assert_eq!(ledger.get(Counter::ClockJumps), 1);
    }

    #[test]
    fn a_capture_of_rare_frames_keeps_up() {
        let frames: Vec<u64> = (0..40).map(|n| 100 + n * 2 * HOUR).collect();
        let (times, _) = run(&frames);
        assert!(times.iter().zip(&frames).all(|(now, at)| at - now <= 2 * HOUR));
        assert!(times.is_sorted());
    }
}
