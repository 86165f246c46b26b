//! The total order of everything that happens, whatever the number of threads.

use serde::{Deserialize, Serialize};

/// Where in the total order something happened.
///
/// Ordered by frame, then frame work before timer work, then the flow's first frame, then an ordinal within the flow.
/// One frame belongs to one flow, so stamps are unique.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Number (from 1) of the frame that completed it, or of the last frame before the tick that did.
    pub frame: u64,
    /// Whether a frame or a timer completed it.
    pub phase: Phase,
    /// Number of the first frame of the flow.
    pub flow: u64,
    /// Ordinal within the flow and frame.
    pub sub: u32,
}

/// Frame work comes before the timer work of the tick that follows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Phase {
    /// Completed by the arrival of a frame.
    #[default]
    Frame,
    /// Completed by a timer at a tick, or by the end of input.
    Timer,
}
