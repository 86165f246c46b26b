//! Frames that cost a server more than their sender: resets, settings, empty frames in great number.
//!
//! In: frame headers with their packet time. Out: a mark on the transactions of a connection in which they were too many.
//! Seen in the wild as rapid reset (CVE-2023-44487), settings and empty-frame floods (CVE-2019-9515, -9518) and floods of
//! CONTINUATION (CVE-2024-27316).

use std::time::Duration;

use model::{Anomaly, AnomalySet, PacketTime, limits};

use super::frame::{self, Frame};

const SPAN: Duration = Duration::from_secs(10);

/// Counts of one connection.
#[derive(Debug, Default)]
pub(super) struct Flood {
    since: PacketTime,
    /// Those that cost.
    frames: u32,
    /// Header blocks begun: what a peer that means to use its streams sends most of.
    heads: u32,
    marks: AnomalySet,
}

impl Flood {
    /// Takes notice of a frame.
    pub(super) fn see(&mut self, frame: Frame, at: PacketTime) {
        let costly = match frame.kind {
            frame::RST_STREAM | frame::SETTINGS | frame::CONTINUATION | frame::PRIORITY => true,
            frame::DATA => frame.len == 0 && !frame.has(frame::END_STREAM),
            _ => false,
        };
        if !costly && frame.kind != frame::HEADERS {
            return;
        }
        if at.since(self.since) > SPAN {
            (self.since, self.frames, self.heads) = (at, 0, 0);
        }
        let count = if costly { &mut self.frames } else { &mut self.heads };
        *count = count.saturating_add(1);
        // A gateway resets many streams for those behind it, but not every other one.
        if self.frames > limits::H2_CONTROL_FRAMES_MAX && self.frames > self.heads / 2 {
            self.marks.insert(Anomaly::H2Flood);
        }
    }

    /// What every transaction of the connection is marked with.
    pub(super) const fn marks(&self) -> AnomalySet {
        self.marks
    }
}
