//! What costs a server more than its sender: resets, settings, pings, empty frames in great number; header blocks without
//! end, and such that stand for many times their size; streams opened and left open.
//!
//! In: frame headers with their packet time. Out: marks on a connection, which its transactions carry; a mark that is new is
//! told at once, for there may be no transaction any more.
//! Seen in the wild as rapid reset (CVE-2023-44487), settings, ping and empty-frame floods (CVE-2019-9515, -9512, -9518),
//! floods of CONTINUATION (CVE-2024-27316) and header bombs (CVE-2016-6581).

use std::time::Duration;

use model::{Anomaly, AnomalySet, PacketTime, limits};

use super::frame::{self, Frame};
use crate::flow::Dir;

const SPAN: Duration = Duration::from_secs(10);

/// Counts of one connection, since a time at most [`SPAN`] ago.
#[derive(Debug, Default)]
pub(super) struct Flood {
    since: PacketTime,
    /// Those that cost.
    frames: u32,
    /// Header blocks begun: what a peer that means to use its streams sends most of.
    heads: u32,
    /// Pings, and frames with content: who measures a line sends one for many of those.
    pings: u32,
    contents: u32,
    /// Streams that were left open, and had to go to make room.
    left_open: u32,
    /// Whether a frame of each side was seen.
    spoke: [bool; 2],
    marks: AnomalySet,
    told: AnomalySet,
}

impl Flood {
    /// Takes notice of a frame.
    pub(super) fn see(&mut self, dir: Dir, frame: Frame, at: PacketTime) {
        if let Some(spoke) = self.spoke.get_mut(dir as usize) {
            *spoke = true;
        }
        if at.since(self.since) > SPAN {
            self.begin(at);
        }
        let count = match frame.kind {
            frame::RST_STREAM | frame::SETTINGS | frame::CONTINUATION | frame::PRIORITY => &mut self.frames,
            frame::DATA if frame.len == 0 && !frame.has(frame::END_STREAM) => &mut self.frames,
            frame::HEADERS => &mut self.heads,
            frame::DATA => &mut self.contents,
            frame::PING if !frame.has(frame::ACK) => &mut self.pings,
            _ => return,
        };
        *count = count.saturating_add(1);
        // A gateway resets many streams for those behind it, but not every other one.
        let costly = self.frames > limits::H2_CONTROL_FRAMES_MAX && self.frames > self.heads / 2;
        let pings = self.pings > limits::H2_CONTROL_FRAMES_MAX && self.pings > self.contents.max(self.heads);
        if costly || pings {
            self.mark(Anomaly::H2Flood);
        }
    }

    fn begin(&mut self, at: PacketTime) {
        (self.since, self.left_open) = (at, 0);
        (self.frames, self.heads, self.pings, self.contents) = (0, 0, 0, 0);
    }

    /// So many streams had to go although nothing was lost, and neither side had ended or reset them.
    pub(super) fn left_open(&mut self, streams: u32, at: PacketTime) {
        if at.since(self.since) > SPAN {
            self.begin(at);
        }
        self.left_open = self.left_open.saturating_add(streams);
        // Of a side that is not in the capture nothing is known.
        if self.left_open > limits::H2_CONTROL_FRAMES_MAX && self.spoke == [true; 2] {
            self.mark(Anomaly::H2OpenStreams);
        }
    }

    /// Marks the connection.
    pub(super) const fn mark(&mut self, mark: Anomaly) {
        self.marks.insert(mark);
    }

    /// What every transaction of the connection is marked with.
    pub(super) const fn marks(&self) -> AnomalySet {
        self.marks
    }

    /// Whether there is a mark that was not told yet; now it was.
    pub(super) fn take_news(&mut self) -> bool {
        std::mem::replace(&mut self.told, self.marks) != self.marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(frames: impl IntoIterator<Item = (u8, u32)>, a_second: u64) -> bool {
        let mut flood = Flood::default();
        for (n, (kind, len)) in (0..).zip(frames) {
            let at = PacketTime(1_000_000_000_000 + n * 1_000_000_000 / a_second);
            flood.see(Dir::Orig, Frame { len, kind, flags: 0, stream: 1 }, at);
        }
        flood.take_news()
    }

    #[test]
    fn floods_are_told_from_traffic_that_uses_such_frames() {
        let many = |kind, len| std::iter::repeat_n((kind, len), 5_000);
        for (what, kind, len) in
            [("settings", 4, 6), ("pings", 6, 8), ("empty", 0, 0), ("resets", 3, 4), ("continuation", 9, 9)]
        {
            assert!(sent(many(kind, len), 1_000), "{what}");
            assert!(!sent(many(kind, len), 50), "{what}, slowly");
        }
        let measured = (0..20_000).map(|n| if n % 3 == 0 { (6, 8) } else { (0, 1_000) });
        assert!(!sent(measured, 5_000), "a ping for every second frame of content");
        assert!(!sent(many(1, 30), 5_000) && !sent(many(0, 900), 5_000) && !sent(many(8, 4), 5_000));
    }

    #[test]
    fn a_mark_is_news_once() {
        let mut flood = Flood::default();
        assert!(!flood.take_news());
        flood.mark(Anomaly::H2Flood);
        assert!(flood.take_news() && !flood.take_news());
        flood.mark(Anomaly::H2HeaderBomb);
        assert!(flood.take_news());
    }
}
