//! Frames in memory as a source: a pcap read in the plainest way, so that whatever a mutation does to lengths, the bytes
//! that follow still come as frames. The real readers have a target of their own.

use capture::Frame;
use capture::source::{Damage, FrameSource, Progress, SourceError};
use model::PacketTime;

const FILE_HEADER_BYTES: usize = 24;
const RECORD_HEADER_BYTES: usize = 16;

/// One frame that is owned.
#[derive(Clone, Debug)]
pub struct Owned {
    /// Packet time.
    pub at: PacketTime,
    /// `LINKTYPE_*`.
    pub link_type: u32,
    /// Bytes.
    pub data: Vec<u8>,
    /// Bytes on the wire.
    pub wire_len: u32,
}

impl From<&Frame<'_>> for Owned {
    fn from(frame: &Frame<'_>) -> Self {
        Self { at: frame.at, link_type: frame.link_type, data: frame.data.to_vec(), wire_len: frame.wire_len }
    }
}

/// The frames of a little-endian pcap, microseconds.
pub fn of_pcap(bytes: &[u8]) -> Vec<Owned> {
    let Some((header, mut rest)) = bytes.split_at_checked(FILE_HEADER_BYTES) else { return Vec::new() };
    let link_type = word(header, 20) & 0xffff;
    let mut frames = Vec::new();
    while let Some((record, after)) = rest.split_at_checked(RECORD_HEADER_BYTES) {
        let (data, next) = after.split_at(after.len().min(word(record, 8) as usize));
        let nanos = u64::from(word(record, 0)) * 1_000_000_000 + u64::from(word(record, 4)) * 1_000;
        frames.push(Owned { at: PacketTime(nanos), link_type, data: data.to_vec(), wire_len: word(record, 12) });
        rest = next;
    }
    frames
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

/// Hands out frames, numbered from 1.
#[derive(Debug)]
pub struct Source<'a> {
    frames: &'a [Owned],
    next: usize,
}

impl<'a> Source<'a> {
    /// Over these frames.
    pub fn new(frames: &'a [Owned]) -> Self {
        Self { frames, next: 0 }
    }
}

impl FrameSource for Source<'_> {
    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, SourceError> {
        let Some(frame) = self.frames.get(self.next) else { return Ok(None) };
        self.next += 1;
        Ok(Some(Frame {
            number: self.next as u64,
            at: frame.at,
            link_type: frame.link_type,
            data: &frame.data,
            wire_len: frame.wire_len.max(frame.data.len() as u32),
        }))
    }

    fn damage(&self) -> &[Damage] {
        &[]
    }

    fn progress(&self) -> Progress {
        Progress::default()
    }

    fn take_secrets(&mut self) -> Vec<Vec<u8>> {
        Vec::new()
    }
}
