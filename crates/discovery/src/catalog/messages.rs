//! Messages of the streams that one endpoint opens.
//!
//! In: parts of streams, and messages that were read. Kept: counts of both directions, and the fields of messages in JSON:
//! those that clients send here, those that servers send among the endpoint's [`Answers`].

use model::endpoint::{DirectionRecord, MessagesRecord, ResponseRecord};
use model::{ClassTable, Observed, StreamCounts, StreamKind, StreamRow};
use serde::{Deserialize, Serialize};

use super::answers::Answers;

/// The status that messages of WebSockets stand under, whatever the version of HTTP.
const UPGRADED: u16 = 101;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Messages {
    kind: StreamKind,
    sent: StreamCounts,
    received: StreamCounts,
    /// Fields of what clients sent.
    pub(super) asked: Answers,
}

impl Messages {
    /// Takes a row of a stream; messages of servers are counted in `answers`.
    pub(super) fn see(&mut self, seen: &Observed<'_>, answers: &mut Answers) {
        let Some(streamed) = seen.streamed() else { return };
        self.kind = streamed.kind;
        match streamed.what {
            StreamRow::Part { sent, received } => {
                self.sent.add(&sent);
                self.received.add(&received);
            }
            StreamRow::Sent { times } => self.asked.see_sent(seen, u64::from(times)),
            StreamRow::Received { times } => {
                let status = if streamed.kind == StreamKind::WebSocket { UPGRADED } else { seen.row.status };
                answers.see_times(seen, status, u64::from(times));
            }
        }
    }

    /// Takes over those of an endpoint that is called as this one.
    pub(super) fn merge(&mut self, other: &Self) {
        self.kind = self.kind.min(other.kind);
        self.sent.add(&other.sent);
        self.received.add(&other.received);
        self.asked.merge(&other.asked);
    }

    /// What the inventory shows of them. What a server sends on a WebSocket is no content of an answer, and is moved here from
    /// `responses`.
    pub(super) fn record(&self, responses: &mut Vec<ResponseRecord>, classes: &ClassTable) -> MessagesRecord {
        let asked = self.asked.record(classes).into_iter().next();
        let received = match responses.iter().position(|response| response.status == UPGRADED) {
            Some(at) if self.kind == StreamKind::WebSocket => Some(responses.remove(at)),
            _ => None,
        };
        let direction = |counts: &StreamCounts, read: Option<ResponseRecord>| {
            let (read, fields) = read.map_or_else(Default::default, |read| (read.count, read.fields));
            DirectionRecord {
                messages: counts.messages,
                text: counts.text,
                unread: counts.unread,
                control: counts.control,
                bytes: counts.bytes,
                content_bytes: counts.content,
                largest: counts.largest,
                read,
                fields,
            }
        };
        MessagesRecord {
            kind: self.kind,
            sent: direction(&self.sent, asked),
            received: direction(&self.received, received),
        }
    }
}
