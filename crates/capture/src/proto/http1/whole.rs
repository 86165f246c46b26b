//! Heads, and answers, that lie whole in one segment, as most do: read where they lie.
//!
//! In: bytes at a message boundary. Out: a message that began, or the whole exchange, whose answer need not be copied.
//! Anything out of the ordinary is left to the general way, which reads it from the start.

use model::ledger::Counter;
use model::limits;
use model::message::{Body, FieldName, Response};

use super::head::{self, Framing};
use super::{Http1, State};

use crate::proto::exchange::Answer;
use crate::proto::message::{Head, fields_of};
use crate::proto::{Moment, Output, detect, framing};

impl Http1 {
    /// Reads a head of the plainest form, and an answer's content with it; returns the bytes used.
    #[inline]
    pub(super) fn plain_head(
        &mut self,
        is_request: bool,
        data: &[u8],
        moment: &Moment,
        out: &mut Output<'_>,
    ) -> Option<usize> {
        // `httparse` passes over empty lines, which are counted elsewhere.
        if matches!(data.first(), Some(b'\r' | b'\n')) {
            return None;
        }
        let mut head = std::mem::take(&mut out.spare.head);
        let end = head::plain(is_request, data, &mut head).filter(|_| is_believed(is_request, data, &head));
        let Some(end) = end else {
            head.reset();
            out.spare.head = head;
            return None;
        };
        if !is_request && let Some(used) = self.whole_answer(data, end, &mut head, moment, out) {
            head.reset();
            out.spare.head = head;
            return Some(used);
        }
        let mut message = out.spare.message();
        std::mem::swap(&mut message.head, &mut head);
        out.spare.head = head;
        out.ledger.add(Counter::PayloadHttp1, end as u64);
        message.bytes.extend_from_slice(data.get(..end)?);
        message.span = moment.span();
        self.begin_message(is_request, message, moment, out);
        Some(end)
    }

    /// The final answer to the request at the front, when all of it is there.
    fn whole_answer(
        &mut self,
        data: &[u8],
        end: usize,
        head: &mut Head,
        moment: &Moment,
        out: &mut Output<'_>,
    ) -> Option<usize> {
        let request = self.queue.front().filter(|exchange| exchange.response.is_none())?.request.as_deref()?;
        let ordinary = (200..=999).contains(&head.status) && request.method() != b"CONNECT";
        if !ordinary || !request.done || self.responses_lost || !matches!(self.response.state, State::Start) {
            return None;
        }
        let media = head.fields.iter().find(|field| field.id == FieldName::ContentType);
        if media.is_some_and(|field| framing::concerns(field.value_in(data))) {
            return None;
        }
        let content = match head::response_framing(data, head, Some(request.method())) {
            Framing::Empty => 0,
            Framing::Length(length) => usize::try_from(length).ok()?,
            Framing::Chunked | Framing::UntilClose => return None,
        };
        let used = end.checked_add(content)?;
        let content = data.get(end..used)?;
        let exchange = self.queue.pop_front()?;
        self.reading_orphan = false;
        out.ledger.add(Counter::PayloadHttp1, used as u64);
        let answer = answer(data.get(..end)?, head, content, out.sink.wants_bodies(), moment);
        self.leave(&exchange, Some(answer), moment, out);
        exchange.recycle(out.spare);
        self.emit_complete(moment, out);
        Some(used)
    }
}

/// Whether the start line of a valid head is one that protocol detection believes.
#[inline]
fn is_believed(is_request: bool, data: &[u8], head: &Head) -> bool {
    let (at, len) = head.method;
    !is_request || (at == 0 && detect::is_method(data.get(..len as usize).unwrap_or_default()))
}

fn answer<'a>(bytes: &'a [u8], head: &'a Head, content: &'a [u8], keep: bool, moment: &Moment) -> Answer<'a> {
    let kept = if keep { content.get(..content.len().min(limits::BODY_BYTES_MAX)) } else { None };
    let response = Response {
        status: head.status,
        version: head.version,
        fields: fields_of(bytes, head),
        body: Body {
            kept: kept.unwrap_or_default(),
            len: content.len() as u64,
            complete: true,
            chunked: false,
            messages: None,
        },
        span: moment.span(),
    };
    Answer { response, anomalies: head.anomalies, missing: 0 }
}
