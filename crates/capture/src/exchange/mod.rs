//! Exchanges that a source gives whole: a request and its answer as somebody else read them (HAR), not as packets.
//!
//! They travel the way of frames, one record to a frame of the link type [`LINK_TYPE`], so that merging by time, numbers,
//! ticks, queues, shedding and going on after a stop are the same for both. A capture file cannot name that link type.
//!
//! | step | module | in → out |
//! |---|---|---|
//! | write | [`record`] | what a source read → the bytes of a record |
//! | take | [`ends`], by `link` | a record → its two ends, by which it finds its partition; or why it is none |
//! | read | `emit`, by `flow` | a record → [`model::Transaction`] |
//!
//! A record is not text of HTTP: names and values stand with their lengths, and nothing in them can be taken for
//! framing. It is read with the distrust that packets are read with, all the same. Nothing is kept.

mod emit;
pub(crate) mod record;

#[cfg(test)]
mod tests;

use model::flow::HostPort;
use model::ledger::Counter;
use model::limits::{BODY_BYTES_MAX, FIELDS_MAX, HEAD_BYTES_MAX, METHOD_BYTES_MAX, TARGET_BYTES_MAX};

pub(crate) use emit::{Scratch, emit};

/// The link type of frames that hold records: pcap has 28 bits for it, pcapng 16.
pub const LINK_TYPE: u32 = u32::MAX - 1;

/// Longest record: two messages with all that is kept of them, a target, a method, and the numbers between.
pub const RECORD_BYTES_MAX: usize =
    2 * (HEAD_BYTES_MAX + 6 * FIELDS_MAX + BODY_BYTES_MAX + 32) + TARGET_BYTES_MAX + METHOD_BYTES_MAX + 128;

/// The reasons why an entry is no exchange, as records tell them: by place, from 1.
const REASONS: [Counter; 4] =
    [Counter::FramesHarScheme, Counter::FramesHarCached, Counter::FramesHarFailed, Counter::FramesBadHar];

/// The two ends of the exchange in a record, client first; or the reason why it holds none.
pub(crate) fn ends(data: &[u8]) -> Result<(HostPort, HostPort), Counter> {
    let Some((&kind, rest)) = data.split_first() else { return Err(Counter::FramesBadHar) };
    if kind != 0 {
        return Err(REASONS.get(usize::from(kind) - 1).copied().unwrap_or(Counter::FramesBadHar));
    }
    record::Cursor::new(rest).ends().ok_or(Counter::FramesBadHar)
}
