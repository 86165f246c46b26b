//! What is counted and kept of one part of a stream, and when it leaves.
//!
//! In: messages as they end, and what was odd or missing. Out: parts, to the sink: when [`limits::PART_SPAN`] is over, when
//! there is no room for a message of the client, and at the end. Kept: the heads of the two messages that opened the stream,
//! and messages up to [`limits::PART_BYTES_MAX`].

use model::ledger::Counter;
use model::message::Span;
use model::stream::{KeptMessage, KeptMessages};
use model::{Anomaly, AnomalySet, Stamp, StreamCounts, StreamKind, StreamPart, limits};

use super::Scene;
use crate::proto::Output;
use crate::proto::message::Message;

/// The transaction that opened a stream.
#[derive(Debug, Default)]
pub(crate) struct Opening {
    pub request: Option<Box<Message>>,
    pub response: Option<Box<Message>>,
    pub ordinal: Option<u32>,
}

impl Opening {
    /// Of the transaction of that number: its heads, for what it holds beside was told.
    pub(in crate::proto) fn new(request: Option<Box<Message>>, response: Option<Box<Message>>, ordinal: u32) -> Self {
        let mut opening = Self { request, response, ordinal: Some(ordinal) };
        for message in [&mut opening.request, &mut opening.response].into_iter().flatten() {
            message.kept = Vec::new();
        }
        opening
    }
}

/// A message as it ended.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "four things that are each for itself")]
pub(in crate::proto) struct Told<'a> {
    pub sent: bool,
    pub text: bool,
    /// Whether its content is known.
    pub read: bool,
    /// Whether its content was kept.
    pub keep: bool,
    /// Its content as far as it is kept.
    pub kept: &'a [u8],
    /// Bytes of its content.
    pub content: u64,
    pub span: Span,
}

/// The part at hand.
#[derive(Debug)]
pub(in crate::proto) struct Part {
    kind: StreamKind,
    opening: Opening,
    sent: StreamCounts,
    received: StreamCounts,
    bytes: Vec<u8>,
    list: Vec<KeptMessage>,
    received_kept: usize,
    span: Option<Span>,
    anomalies: AnomalySet,
    /// Marks that were told already: they stay.
    marked: AnomalySet,
    missing: u64,
}

impl Part {
    pub(in crate::proto) fn new(kind: StreamKind, opening: Opening) -> Self {
        Self {
            kind,
            opening,
            sent: StreamCounts::default(),
            received: StreamCounts::default(),
            bytes: Vec::new(),
            list: Vec::new(),
            received_kept: 0,
            span: None,
            anomalies: AnomalySet::EMPTY,
            marked: AnomalySet::EMPTY,
            missing: 0,
        }
    }

    /// Whether the next message of that direction would be kept.
    pub(in crate::proto) const fn wants(&self, sent: bool) -> bool {
        sent || self.received_kept < limits::PART_RECEIVED_MAX
    }

    pub(in crate::proto) const fn counts(&mut self, sent: bool) -> &mut StreamCounts {
        if sent { &mut self.sent } else { &mut self.received }
    }

    /// Marks what is odd.
    pub(in crate::proto) const fn mark(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    /// So many bytes are not in the capture.
    pub(in crate::proto) fn miss(&mut self, len: u64, scene: &Scene<'_>) {
        self.missing = self.missing.saturating_add(len);
        self.anomalies.insert(Anomaly::TcpGap);
        self.cover(scene.moment.span());
    }

    /// Something of it was seen then.
    pub(in crate::proto) fn cover(&mut self, span: Span) {
        let Some(so_far) = &mut self.span else {
            self.span = Some(span);
            return;
        };
        so_far.last_at = so_far.last_at.max(span.last_at);
        so_far.last_frame = so_far.last_frame.max(span.last_frame);
    }

    /// A message ended.
    pub(in crate::proto) fn message(
        &mut self,
        told: &Told<'_>,
        scene: &Scene<'_>,
        ordinal: &mut u32,
        out: &mut Output<'_>,
    ) {
        if told.read && told.sent && !self.has_room(told.kept.len()) {
            self.leave(false, scene, ordinal, out);
        }
        out.ledger.add(Counter::StreamMessages, 1);
        let counts = self.counts(told.sent);
        counts.messages += 1;
        counts.text += u64::from(told.text);
        if told.read {
            counts.content = counts.content.saturating_add(told.content);
            counts.largest = counts.largest.max(told.content);
            self.keep(told, out);
        } else {
            counts.unread += 1;
            out.ledger.add(Counter::StreamMessagesUnread, 1);
        }
        self.cover(told.span);
        self.leave_when_due(scene, ordinal, out);
    }

    fn has_room(&self, len: usize) -> bool {
        self.bytes.len() + len <= limits::PART_BYTES_MAX
            && self.list.len().saturating_sub(self.received_kept) < limits::PART_SENT_MAX
    }

    fn keep(&mut self, told: &Told<'_>, out: &Output<'_>) {
        if !out.sink.wants_bodies() || !told.keep || !self.wants(told.sent) || !self.has_room(told.kept.len()) {
            return;
        }
        self.received_kept += usize::from(!told.sent);
        let at = self.bytes.len() as u32;
        self.bytes.extend_from_slice(told.kept);
        self.list.push(KeptMessage {
            sent: told.sent,
            text: told.text,
            whole: told.kept.len() as u64 == told.content,
            at,
            kept: told.kept.len() as u32,
            len: told.content,
            span: told.span,
        });
    }

    /// Lets the part leave when it has lasted long enough, or has something to tell that should not wait.
    pub(in crate::proto) fn leave_when_due(&mut self, scene: &Scene<'_>, ordinal: &mut u32, out: &mut Output<'_>) {
        let Some(span) = self.span else { return };
        let grave = [Anomaly::WsLimit, Anomaly::ContentBomb]
            .iter()
            .any(|anomaly| self.anomalies.contains(*anomaly) && !self.marked.contains(*anomaly));
        if grave || span.last_at.since(span.first_at) >= limits::PART_SPAN {
            self.leave(false, scene, ordinal, out);
        }
    }

    /// Hands the part to the sink, if it tells anything, and begins the next one.
    pub(in crate::proto) fn leave(&mut self, last: bool, scene: &Scene<'_>, ordinal: &mut u32, out: &mut Output<'_>) {
        let nothing = self.sent.is_empty() && self.received.is_empty() && self.missing == 0;
        if nothing && self.anomalies.is_empty() {
            return;
        }
        let moment = scene.moment;
        self.marked.extend(self.anomalies);
        let mut anomalies = moment.anomalies;
        anomalies.extend(scene.marks);
        anomalies.extend(self.anomalies);
        if moment.midstream {
            anomalies.insert(Anomaly::TcpMidstream);
        }
        out.sink.streamed(&StreamPart {
            stamp: Stamp { frame: moment.frame, phase: moment.phase, flow: moment.flow_frame, sub: *ordinal },
            at: moment.at,
            flow: scene.ends,
            flow_at: moment.flow_at,
            ordinal: *ordinal,
            opened_by: self.opening.ordinal,
            kind: self.kind,
            request: self.opening.request.as_deref().map(Message::request),
            response: self.opening.response.as_deref().map(|response| response.answer().response),
            sent: self.sent,
            received: self.received,
            messages: KeptMessages::new(&self.bytes, &self.list),
            span: self.span.unwrap_or_else(|| moment.span()),
            anomalies,
            missing: self.missing,
            last,
        });
        *ordinal = ordinal.saturating_add(1).saturating_add(self.list.len() as u32);
        (self.sent, self.received) = (StreamCounts::default(), StreamCounts::default());
        self.bytes.clear();
        self.bytes.shrink_to(limits::SPARE_MESSAGE_BYTES_MAX);
        self.list.clear();
        (self.received_kept, self.span, self.missing) = (0, None, 0);
        self.anomalies = AnomalySet::EMPTY;
    }

    /// Bytes kept.
    pub(in crate::proto) fn buffered(&self) -> usize {
        let heads = [&self.opening.request, &self.opening.response];
        let heads: usize = heads.into_iter().flatten().map(|message| message.buffered()).sum();
        size_of::<Self>() + self.bytes.capacity() + self.list.capacity() * size_of::<KeptMessage>() + heads
    }
}
