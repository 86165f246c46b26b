//! Cuts transactions out of captures.
//!
//! In: a source, and the frames at which transactions begin and end. Out: a pcapng file of the frames of their flows
//! between these, as they were captured. Kept: nothing but the flows looked for. Frames of other flows in between are left
//! out; so are all but the last fragment of a fragmented packet, which alone tells its flow.

use std::io::{self, Write};

use model::flow::FlowKey;
use model::limits::FRAME_BYTES_MAX;
use model::{Ledger, PacketTime};

use super::{FrameSource, SourceError};
use crate::link::{DecapSettings, Decapsulator};
use crate::{Frame, exchange};

/// One transaction to cut out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Number of the frame in which it begins: its flow is that of the transaction.
    pub first: u64,
    /// Number of the frame in which it ends.
    pub last: u64,
    /// Comment of its first frame.
    pub comment: String,
}

/// What was cut out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Frames written.
    pub frames: u64,
    /// First frames that are not in the source, or carry no TCP.
    pub missing: Vec<u64>,
}

/// Why nothing, or not all, was cut out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CutError {
    /// The captures cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The file cannot be written.
    #[error("cannot write what was cut out")]
    Write(#[from] io::Error),
}

/// A transaction whose flow is known.
struct Open<'w> {
    wanted: &'w Wanted,
    key: FlowKey,
}

/// Writes the frames of `wanted` from `source` to `out`. Reads no further than the last of them.
///
/// Each frame is compared with the transactions open at that time, so `wanted` should be few.
pub fn cut(
    source: &mut dyn FrameSource,
    wanted: &[Wanted],
    settings: DecapSettings,
    out: &mut dyn Write,
) -> Result<Cut, CutError> {
    let mut waiting: Vec<&Wanted> = wanted.iter().collect();
    waiting.sort_by_key(|wanted| std::cmp::Reverse(wanted.first));
    let (mut open, mut done) = (Vec::<Open<'_>>::new(), Cut::default());
    let mut decapsulator = Decapsulator::new(settings);
    let mut ledger = Ledger::default();
    let mut writer = Writer::begin(out)?;
    while !(waiting.is_empty() && open.is_empty()) {
        let Some(frame) = source.next_frame()? else { break };
        // All frames before it pass, since fragments and the clock depend on them.
        let key = decapsulator.decapsulate(&frame, &mut ledger).map(|segment| segment.key);
        let mut comment = String::new();
        while let Some(next) = waiting.pop_if(|next| next.first <= frame.number) {
            match key.filter(|_| next.first == frame.number && frame.link_type != exchange::LINK_TYPE) {
                Some(key) => {
                    comment.push_str(if comment.is_empty() { "" } else { "; " });
                    comment.push_str(&next.comment);
                    open.push(Open { wanted: next, key });
                }
                None => done.missing.push(next.first),
            }
        }
        if open.iter().any(|open| Some(open.key) == key) {
            writer.frame(&frame, &comment)?;
            done.frames += 1;
        }
        open.retain(|open| open.wanted.last > frame.number);
    }
    done.missing.extend(waiting.iter().rev().map(|wanted| wanted.first));
    out.flush()?;
    Ok(done)
}

/// Block types and options of pcapng (draft-ietf-opsawg-pcapng §4).
const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const PACKET: u32 = 6;
const COMMENT: u16 = 1;
const TIME_RESOLUTION: u16 = 9;
/// Longest comment, in bytes; an option has 16 bits for its length.
const COMMENT_BYTES_MAX: usize = 4_096;

/// Writes one section, one interface for each link type, times in nanoseconds.
struct Writer<'a> {
    out: &'a mut dyn Write,
    link_types: Vec<u32>,
}

impl<'a> Writer<'a> {
    fn begin(out: &'a mut dyn Write) -> io::Result<Self> {
        let mut body = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
        // Version 1.0, length not told.
        body.extend([1, 0, 0, 0]);
        body.extend(u64::MAX.to_le_bytes());
        block(out, SECTION, &body)?;
        Ok(Self { out, link_types: Vec::new() })
    }

    fn frame(&mut self, frame: &Frame<'_>, comment: &str) -> io::Result<()> {
        let interface = self.interface(frame.link_type)?;
        let PacketTime(nanos) = frame.at;
        let captured = u32::try_from(frame.data.len()).unwrap_or(u32::MAX);
        let words = [interface, (nanos >> 32) as u32, nanos as u32, captured, frame.wire_len];
        let mut body: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        body.extend_from_slice(frame.data);
        body.resize(body.len().next_multiple_of(4), 0);
        if !comment.is_empty() {
            let end = comment.floor_char_boundary(COMMENT_BYTES_MAX);
            option(&mut body, COMMENT, comment.get(..end).unwrap_or_default().as_bytes());
            option(&mut body, 0, &[]);
        }
        block(self.out, PACKET, &body)
    }

    /// Place of the interface with that link type, described when it is new.
    fn interface(&mut self, link_type: u32) -> io::Result<u32> {
        let known = self.link_types.iter().position(|known| *known == link_type);
        let place = known.unwrap_or(self.link_types.len());
        if known.is_none() {
            self.link_types.push(link_type);
            let mut body = (link_type as u16).to_le_bytes().to_vec();
            body.extend([0, 0]);
            body.extend((FRAME_BYTES_MAX as u32).to_le_bytes());
            option(&mut body, TIME_RESOLUTION, &[9]);
            option(&mut body, 0, &[]);
            block(self.out, INTERFACE, &body)?;
        }
        Ok(place as u32)
    }
}

/// A block whose body is a multiple of four bytes long.
fn block(out: &mut dyn Write, kind: u32, body: &[u8]) -> io::Result<()> {
    let total = u32::try_from(body.len() + 12).unwrap_or(u32::MAX).to_le_bytes();
    for part in [&kind.to_le_bytes()[..], &total, body, &total] {
        out.write_all(part)?;
    }
    Ok(())
}

fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    body.extend(code.to_le_bytes());
    body.extend((value.len() as u16).to_le_bytes());
    body.extend_from_slice(value);
    body.resize(body.len().next_multiple_of(4), 0);
}
