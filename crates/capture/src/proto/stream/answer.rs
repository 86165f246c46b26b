//! Answers that go on: server-sent events from their head on, and others once they were open for long.
//!
//! In: content as it comes. Out: a [`Part`] with each span of time. Events in a content coding are counted in bytes only.

use model::ledger::Counter;
use model::message::FieldName;
use model::{StreamKind, limits};

use super::events::{Ended, Events};
use super::{Opening, Part, Scene, Told};
use crate::proto::message::Message;
use crate::proto::{Moment, Output};

/// An answer that is told of while it goes on.
#[derive(Debug)]
pub(in crate::proto) struct AnswerStream {
    part: Part,
    /// What reads events; `None` when only bytes are counted.
    events: Option<Events>,
    /// When the event being read began.
    began: Option<model::message::Span>,
}

/// Whether the head is that of an answer of server-sent events, which has no length.
pub(in crate::proto) fn is_event_stream(response: &Message) -> bool {
    const TYPE: &[u8] = b"text/event-stream";
    let head = &response.head;
    if head.status != 200 || !head.has_any(FieldName::ContentType.bit()) || has_length(response) {
        return false;
    }
    let value = head.fields.iter().find(|field| field.id == FieldName::ContentType);
    let value = value.map(|field| field.value_in(&response.bytes)).unwrap_or_default();
    let bare = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    bare.eq_ignore_ascii_case(TYPE)
}

/// Whether an answer without a length was open so long that it is told of before its end. One of gRPC says only at its end
/// how it ended.
pub(in crate::proto) fn may_be_long(response: &Message, moment: &Moment) -> bool {
    if moment.seen_at.since(response.span.first_at) < limits::LONG_ANSWER_AGE_MIN || has_length(response) {
        return false;
    }
    let value = response.head.fields.iter().find(|field| field.id == FieldName::ContentType);
    let value = value.map(|field| field.value_in(&response.bytes)).unwrap_or_default();
    !value.get(..16).is_some_and(|start| start.eq_ignore_ascii_case(b"application/grpc"))
}

fn has_length(response: &Message) -> bool {
    response.head.has_any(FieldName::ContentLength.bit())
}

fn is_coded(response: &Message) -> bool {
    response.head.has_any(FieldName::ContentEncoding.bit())
}

impl AnswerStream {
    /// The stream that `opening` began, which has an answer.
    pub(in crate::proto) fn new(opening: Opening, events: bool, out: &mut Output<'_>) -> Self {
        let plain = !opening.response.as_deref().is_some_and(is_coded);
        let (kind, counter) =
            if events { (StreamKind::Events, Counter::EventStreams) } else { (StreamKind::Long, Counter::LongAnswers) };
        out.ledger.add(counter, 1);
        Self { part: Part::new(kind, opening), events: (events && plain).then(Events::default), began: None }
    }

    /// More content of the answer.
    pub(in crate::proto) fn content(
        &mut self,
        mut run: &[u8],
        scene: &Scene<'_>,
        ordinal: &mut u32,
        out: &mut Output<'_>,
    ) {
        let Self { part, events, began } = self;
        let span = scene.moment.span();
        let Some(events) = events else {
            part.counts(false).bytes += run.len() as u64;
            part.cover(span);
            part.leave_when_due(scene, ordinal, out);
            return;
        };
        while !run.is_empty() {
            let first = *began.get_or_insert(span);
            let (used, ended) = events.read(run);
            run = run.get(used..).unwrap_or_default();
            part.counts(false).bytes += used as u64;
            part.cover(span);
            let Some(ended) = ended else { continue };
            *began = None;
            if ended == Ended::Comment {
                part.counts(false).control += 1;
                part.leave_when_due(scene, ordinal, out);
                continue;
            }
            let span = model::message::Span { last_at: span.last_at, last_frame: span.last_frame, ..first };
            let (kept, content) = events.data();
            let told = Told { sent: false, text: true, read: ended == Ended::Event, keep: true, kept, content, span };
            part.message(&told, scene, ordinal, out);
            events.forget();
        }
    }

    /// So many bytes of content are not in the capture; none, when it is not known whether some are.
    pub(in crate::proto) fn gap(&mut self, len: u64, scene: &Scene<'_>) {
        self.part.miss(len, scene);
        if let Some(events) = &mut self.events {
            events.gap();
        }
    }

    /// The answer ended.
    pub(in crate::proto) fn finish(&mut self, scene: &Scene<'_>, ordinal: &mut u32, out: &mut Output<'_>) {
        self.part.leave(true, scene, ordinal, out);
    }

    /// Bytes kept.
    pub(in crate::proto) fn buffered(&self) -> usize {
        size_of::<Self>() + self.part.buffered() + self.events.as_ref().map_or(0, Events::buffered)
    }
}
