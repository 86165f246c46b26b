//! When a tick is due: the one rule for all who make ticks, so that what they decode agrees.
//!
//! In: frames and packet time. Out: whether timers must run before the next segment. Kept: what came since the last tick.

use std::time::Duration;

use model::limits;

/// What came since the last tick.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    frames: u64,
    payload: u64,
}

impl Pace {
    /// Whether a tick is due, `since` the last one in packet time.
    #[inline]
    pub fn is_due(&self, since: Duration) -> bool {
        since >= limits::TICK_SPAN
            || self.frames >= limits::TICK_FRAMES_MAX
            || self.payload >= limits::TICK_PAYLOAD_BYTES_MAX
    }

    /// Counts a frame that carried `payload` bytes of TCP payload.
    #[inline]
    pub const fn count(&mut self, payload: u64) {
        self.frames += 1;
        self.payload += payload;
    }
}
