//! The same capture several times in a row, for load tests.
//!
//! In: a way to open the files. Out: their frames, pass after pass: numbered on, and with times moved so that each pass
//! begins one second after the last frame of the one before. Kept: what one pass keeps, and the time it spans.

use std::num::NonZeroU32;
use std::time::Duration;

use model::PacketTime;

use super::error::{Damage, SourceError};
use super::merge::Merge;
use super::reader::Reader;
use super::{FrameSource, Progress};
use crate::Frame;

/// Packet time between the last frame of a pass and the first of the next.
const PAUSE: Duration = Duration::from_secs(1);

/// Opens the files for one pass.
type Open<R> = Box<dyn Fn() -> Result<Merge<R>, SourceError> + Send>;

/// Files read several times.
pub(super) struct Repeat<R> {
    open: Open<R>,
    pass: Merge<R>,
    /// Passes there are, and passes done.
    passes: u32,
    done: u32,
    /// Earliest and latest recorded time of the first pass.
    span: Option<(PacketTime, PacketTime)>,
    /// What is added to the recorded times of this pass.
    shift: Duration,
}

impl<R: Reader> Repeat<R> {
    /// Opens the files for the first of `passes` passes.
    pub(super) fn new(open: Open<R>, passes: NonZeroU32) -> Result<Self, SourceError> {
        let pass = open()?;
        Ok(Self { open, pass, passes: passes.get(), done: 0, span: None, shift: Duration::ZERO })
    }

    /// Opens the files again. A file that is gone ends the whole.
    fn next_pass(&mut self) -> Result<(), SourceError> {
        let mut next = (self.open)().inspect_err(|_| self.passes = self.done)?;
        next.go_on_after(&mut self.pass);
        self.pass = next;
        let span = self.span.map_or(Duration::ZERO, |(first, last)| last.since(first));
        self.shift = self.shift.saturating_add(span).saturating_add(PAUSE);
        Ok(())
    }
}

impl<R: Reader> FrameSource for Repeat<R> {
    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, SourceError> {
        while !self.pass.advance()? {
            self.done = self.done.saturating_add(1).min(self.passes);
            if self.done == self.passes {
                return Ok(None);
            }
            self.next_pass()?;
        }
        let Some(frame) = self.pass.frame() else { return Ok(None) };
        if self.done == 0 {
            let (first, last) = self.span.unwrap_or((frame.at, frame.at));
            self.span = Some((first.min(frame.at), last.max(frame.at)));
        }
        Ok(Some(Frame { at: frame.at.plus(self.shift), ..frame }))
    }

    fn damage(&self) -> &[Damage] {
        self.pass.damage()
    }

    fn progress(&self) -> Progress {
        let Progress { read, total } = self.pass.progress();
        let of_all = |passes: u32| total.map(|total| total.saturating_mul(u64::from(passes)));
        let before = of_all(self.done.min(self.passes.saturating_sub(1))).unwrap_or_default();
        Progress { read: before.saturating_add(read), total: of_all(self.passes) }
    }

    fn take_secrets(&mut self) -> Vec<Vec<u8>> {
        self.pass.take_secrets()
    }
}
