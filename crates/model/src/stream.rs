//! A stretch of a stream of messages: a WebSocket, or an answer that goes on and on.
//!
//! The transaction that opened the stream leaves at once; what follows is told in parts, each with the counts of a span of
//! packet time and the messages that were kept of it, so that nothing is held back until the end. Borrowed from the flow
//! shard, as transactions are.

use serde::{Deserialize, Serialize};

use crate::anomaly::AnomalySet;
use crate::flow::FlowEnds;
use crate::message::{Request, Response, Span};
use crate::stamp::Stamp;
use crate::time::PacketTime;

/// What kind of stream it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    /// Messages in both directions (RFC 6455).
    #[default]
    #[serde(rename = "websocket")]
    WebSocket,
    /// Server-sent events (WHATWG HTML §9.2).
    Events,
    /// Any other answer without a length that was open for long: its bytes are counted.
    Long,
}

impl StreamKind {
    /// The word for it in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::Events => "events",
            Self::Long => "long",
        }
    }
}

/// Counts of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StreamCounts {
    /// Messages that ended, those that could not be read among them.
    pub messages: u64,
    /// Of these, messages of text.
    pub text: u64,
    /// Messages whose content is not known: bytes of it are missing, or what it is compressed against.
    pub unread: u64,
    /// Control frames (RFC 6455 §5.5); of events, comments.
    pub control: u64,
    /// Bytes of content as sent, without framing.
    pub bytes: u64,
    /// Bytes of content of the messages that were read, after inflating.
    pub content: u64,
    /// Content bytes of the largest message that was read.
    pub largest: u64,
}

impl StreamCounts {
    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what `other` counted.
    pub fn add(&mut self, other: &Self) {
        self.messages = self.messages.saturating_add(other.messages);
        self.text = self.text.saturating_add(other.text);
        self.unread = self.unread.saturating_add(other.unread);
        self.control = self.control.saturating_add(other.control);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.content = self.content.saturating_add(other.content);
        self.largest = self.largest.max(other.largest);
    }
}

/// What a row of a batch is of a stream of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streamed {
    /// What kind of stream it is.
    pub kind: StreamKind,
    /// Counts of the part, or messages.
    pub what: StreamRow,
}

/// See [`Streamed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamRow {
    /// The counts of one part.
    Part {
        /// What the client sent.
        sent: StreamCounts,
        /// What the server sent.
        received: StreamCounts,
    },
    /// A message of the client, and as many like it in one part.
    Sent {
        /// How many.
        times: u32,
    },
    /// The same of the server.
    Received {
        /// How many.
        times: u32,
    },
}

impl Default for StreamRow {
    fn default() -> Self {
        Self::Part { sent: StreamCounts::default(), received: StreamCounts::default() }
    }
}

impl StreamRow {
    /// Counts one more message.
    pub const fn again(&mut self) {
        if let Self::Sent { times } | Self::Received { times } = self {
            *times = times.saturating_add(1);
        }
    }
}

/// One message that was kept, and where its content lies in the bytes of its part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptMessage {
    /// Whether the client sent it.
    pub sent: bool,
    /// Whether it is text.
    pub text: bool,
    /// Whether what is kept is all of it.
    pub whole: bool,
    /// Offset of the content.
    pub at: u32,
    /// Bytes kept.
    pub kept: u32,
    /// Bytes of content.
    pub len: u64,
    /// Where and when it was seen.
    pub span: Span,
}

/// Messages kept of one part, in the order they ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeptMessages<'a> {
    bytes: &'a [u8],
    list: &'a [KeptMessage],
}

impl<'a> KeptMessages<'a> {
    /// A view of `list`, whose offsets point into `bytes`.
    pub const fn new(bytes: &'a [u8], list: &'a [KeptMessage]) -> Self {
        Self { bytes, list }
    }

    /// Each message with its content as far as it was kept.
    pub fn iter(&self) -> impl Iterator<Item = (&'a KeptMessage, &'a [u8])> + use<'a> {
        let bytes = self.bytes;
        self.list.iter().map(move |message| {
            let at = message.at as usize;
            (message, bytes.get(at..at.saturating_add(message.kept as usize)).unwrap_or_default())
        })
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// One part of a stream.
#[derive(Clone, Copy, Debug)]
pub struct StreamPart<'a> {
    /// When it was complete, in the total order. Each message kept has a stamp of its own, with the next ordinals.
    pub stamp: Stamp,
    /// Packet time of the frame or tick that completed it.
    pub at: PacketTime,
    /// Client and server.
    pub flow: FlowEnds,
    /// Packet time of the flow's first frame.
    pub flow_at: PacketTime,
    /// Ordinal in its flow, of one sequence with transactions.
    pub ordinal: u32,
    /// Ordinal of the transaction that opened the stream; `None` when it was not seen.
    pub opened_by: Option<u32>,
    /// What kind of stream it is.
    pub kind: StreamKind,
    /// The request that opened it, unless it was not seen.
    pub request: Option<Request<'a>>,
    /// The answer that opened it, unless it was not seen.
    pub response: Option<Response<'a>>,
    /// What the client sent.
    pub sent: StreamCounts,
    /// What the server sent.
    pub received: StreamCounts,
    /// Messages kept: those of the client, and the first of the server.
    pub messages: KeptMessages<'a>,
    /// First and last frame that it tells of.
    pub span: Span,
    /// Oddities of the wire that touch it.
    pub anomalies: AnomalySet,
    /// Bytes of it that are not in the capture.
    pub missing: u64,
    /// Whether the stream ended with it.
    pub last: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_out_of_range_reads_as_empty() {
        let far = KeptMessage { at: 7, kept: u32::MAX, ..KeptMessage::default() };
        let near = KeptMessage { at: 1, kept: 2, ..KeptMessage::default() };
        let messages = [near, far];
        let read: Vec<_> = KeptMessages::new(b"abc", &messages).iter().map(|(_, content)| content).collect();
        assert_eq!(read, [&b"bc"[..], b""]);
    }

    #[test]
    fn counts_add_up_and_the_largest_stays() {
        let mut one = StreamCounts { messages: 1, bytes: 5, content: 9, largest: 9, ..StreamCounts::default() };
        one.add(&StreamCounts { messages: 2, text: 2, bytes: 4, content: 4, largest: 3, ..StreamCounts::default() });
        let both = StreamCounts { messages: 3, text: 2, bytes: 9, content: 13, largest: 9, ..StreamCounts::default() };
        assert_eq!(one, both);
    }
}
