//! Several inputs as one, in order of time.
//!
//! In: readers of one file each. Out: their frames, the earliest first; frames of one file keep their order, and of
//! equal times the file named first comes first. Kept: the next frame of every file, in its own window.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use model::PacketTime;

use super::error::{Damage, SourceError};
use super::reader::{Findings, Reader, Record};
use super::{FrameSource, Progress};
use crate::Frame;

/// Readers merged by time.
#[derive(Debug)]
pub(super) struct Merge<R> {
    readers: Vec<R>,
    /// Next frame of every reader that has one: by time, then by place.
    heads: BinaryHeap<Reverse<(PacketTime, usize)>>,
    records: Vec<Option<Record>>,
    /// Readers to move before the next frame: the one whose frame was last handed out, at first all.
    to_advance: Vec<usize>,
    findings: Findings,
    frames: u64,
    total_bytes: Option<u64>,
}

impl<R: Reader> Merge<R> {
    /// Merges `readers`, whose inputs have `total_bytes` together.
    pub(super) fn new(readers: Vec<R>, findings: Findings, total_bytes: Option<u64>) -> Self {
        let records = vec![None; readers.len()];
        let to_advance = (0..readers.len()).rev().collect();
        Self { readers, heads: BinaryHeap::new(), records, to_advance, findings, frames: 0, total_bytes }
    }

    /// Moves the readers that are due and returns the one with the earliest frame.
    #[inline]
    fn earliest(&mut self) -> Result<Option<usize>, SourceError> {
        while let Some(place) = self.to_advance.pop() {
            let Some(reader) = self.readers.get_mut(place) else { continue };
            let record = reader.advance(&mut self.findings)?;
            if let Some(slot) = self.records.get_mut(place) {
                *slot = record;
            }
            if let Some(record) = record {
                self.heads.push(Reverse((record.at, place)));
            }
        }
        Ok(self.heads.pop().map(|Reverse((_, place))| place))
    }
}

impl<R: Reader> Merge<R> {
    /// Moves to the next frame; false at the end.
    #[inline]
    pub(super) fn advance(&mut self) -> Result<bool, SourceError> {
        // The only reader is always the one to move, and its frame the earliest.
        if let ([reader], [slot]) = (self.readers.as_mut_slice(), self.records.as_mut_slice()) {
            *slot = None;
            *slot = reader.advance(&mut self.findings)?;
            self.frames = self.frames.saturating_add(u64::from(slot.is_some()));
            return Ok(slot.is_some());
        }
        let Some(place) = self.earliest()? else { return Ok(false) };
        self.to_advance.push(place);
        self.frames = self.frames.saturating_add(1);
        Ok(true)
    }

    /// The frame moved to.
    #[inline]
    pub(super) fn frame(&self) -> Option<Frame<'_>> {
        let place = *self.to_advance.last()?;
        let (reader, record) = (self.readers.get(place)?, self.records.get(place)?.as_ref()?);
        Some(Frame {
            number: self.frames,
            at: record.at,
            link_type: record.link_type,
            data: reader.data(record),
            wire_len: record.wire_len,
        })
    }

    /// The readers, in the order of their files.
    pub(super) fn readers(&self) -> &[R] {
        &self.readers
    }

    /// Numbers frames and notes damage after those of `before`.
    pub(super) fn go_on_after(&mut self, before: &mut Self) {
        self.frames = before.frames;
        self.findings = std::mem::take(&mut before.findings);
    }
}

impl<R: Reader> FrameSource for Merge<R> {
    #[inline]
    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, SourceError> {
        Ok(if self.advance()? { self.frame() } else { None })
    }

    fn damage(&self) -> &[Damage] {
        self.findings.damages.list()
    }

    fn progress(&self) -> Progress {
        let read = self.readers.iter().map(Reader::consumed).fold(0, u64::saturating_add);
        Progress { read, total: self.total_bytes }
    }

    fn take_secrets(&mut self) -> Vec<Vec<u8>> {
        self.findings.take_secrets()
    }
}
