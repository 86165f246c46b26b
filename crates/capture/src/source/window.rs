//! The one buffer of a file: a window that slides over the uncompressed stream.
//!
//! In: any [`Read`]. Out: [`Window::view`], the bytes not yet consumed. Kept: one buffer of
//! `limits::READ_BUFFER_BYTES`, which doubles only when a record does not fit and only as its bytes arrive, so a lying
//! length costs nothing. A fault ends the stream; the bytes before it can still be used.

use std::io::{self, Read};

use model::limits;

use super::input::Stream;

/// Why a stream ended before its end.
#[derive(Debug)]
pub(super) enum Fault {
    /// The operating system could not read.
    Read(io::Error),
    /// The decoder did not understand the compressed bytes, or they are cut.
    Decode(String),
}

/// A sliding window over a stream.
#[derive(Debug)]
pub(super) struct Window {
    stream: Stream,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    ended: bool,
    fault: Option<Fault>,
}

impl Window {
    /// A window at the start of `stream`.
    pub(super) fn new(stream: Stream) -> Self {
        let buffer = vec![0; limits::READ_BUFFER_BYTES];
        Self { stream, buffer, start: 0, end: 0, offset: 0, ended: false, fault: None }
    }

    /// Bytes read and not yet consumed.
    #[inline]
    pub(super) fn view(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Reads until at least `want` bytes are in view or the stream has ended, and returns the view.
    #[inline]
    pub(super) fn fill(&mut self, want: usize) -> &[u8] {
        if self.end.saturating_sub(self.start) < want && !self.ended {
            self.read(want);
        }
        self.view()
    }

    /// Moves past at most `count` bytes in view.
    #[inline]
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.end.saturating_sub(self.start));
        self.start = self.start.saturating_add(count);
        self.offset = self.offset.saturating_add(count as u64);
    }

    /// Moves past `count` bytes, in view or not; false when the stream ended before.
    pub(super) fn skip(&mut self, mut count: u64) -> bool {
        while count > 0 {
            let have = self.fill(1).len();
            if have == 0 {
                return false;
            }
            let step = usize::try_from(count).unwrap_or(usize::MAX).min(have);
            self.consume(step);
            count = count.saturating_sub(step as u64);
        }
        true
    }

    /// Position of the view in the uncompressed stream, in bytes.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// True when nothing follows the view.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Gives the rest of the stream up; returns the bytes that were left, as far as known.
    pub(super) fn abandon(&mut self) -> u64 {
        let in_view = self.end.saturating_sub(self.start) as u64;
        let left = self.stream.plain_bytes().map_or(in_view, |total| total.saturating_sub(self.offset));
        self.start = self.end;
        self.ended = true;
        self.fault.take_if(|fault| matches!(fault, Fault::Decode(_)));
        left.max(in_view)
    }

    /// True when a fault ended the stream and was not yet taken.
    pub(super) fn faulted(&self) -> bool {
        self.fault.is_some()
    }

    /// The fault that ended the stream, once.
    pub(super) fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }

    /// Bytes of the (compressed) input read so far.
    pub(super) fn consumed(&self) -> u64 {
        self.stream.consumed()
    }

    #[cold]
    fn read(&mut self, want: usize) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end = self.end.saturating_sub(self.start);
        self.start = 0;
        while self.end < want {
            if self.end == self.buffer.len() {
                self.buffer.resize(self.end.saturating_mul(2).min(want), 0);
            }
            let Some(free) = self.buffer.get_mut(self.end..) else { return };
            match self.stream.read(free) {
                Ok(0) => {
                    self.ended = true;
                    return;
                }
                Ok(count) => self.end = self.end.saturating_add(count).min(self.buffer.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    let decode = self.stream.decodes() && !self.stream.device_failed();
                    self.fault = Some(if decode { Fault::Decode(error.to_string()) } else { Fault::Read(error) });
                    return;
                }
            }
        }
    }
}
