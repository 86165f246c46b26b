//! Answers that leave before their end: server-sent events, and those open for long.
//!
//! In: content of an answer whose exchange is at the front of the queue, or has left. Out: the exchange, once, and the rest of
//! the answer in parts.

use model::ledger::Counter;

use super::body::{BodyReader, Read};
use super::{Http1, State};
use crate::proto::exchange::Exchange;
use crate::proto::message::Message;
use crate::proto::stream::{AnswerStream, Opening, Scene, is_event_stream, may_be_long};
use crate::proto::{Moment, Output};

impl Http1 {
    /// The answer whose head was just read leaves when it is a stream of events.
    pub(super) fn let_events_leave(&mut self, moment: &Moment, out: &mut Output<'_>) {
        if self.answering().is_some_and(is_event_stream) {
            self.let_answer_leave(true, moment, out);
        }
    }

    /// The answer being read leaves when it was open for long.
    pub(super) fn let_long_answer_leave(&mut self, moment: &Moment, out: &mut Output<'_>) {
        if self.answering().is_some_and(|response| may_be_long(response, moment)) {
            self.let_answer_leave(false, moment, out);
        }
    }

    /// The answer to a request that was read to its end.
    fn answering(&self) -> Option<&Message> {
        let exchange = if self.reading_orphan { None } else { self.queue.front() }?;
        exchange.response.as_deref().filter(|_| exchange.request.as_ref().is_some_and(|request| request.done))
    }

    fn let_answer_leave(&mut self, events: bool, moment: &Moment, out: &mut Output<'_>) {
        let Some(exchange) = self.queue.pop_front() else { return };
        let ordinal = self.ordinal;
        self.leave(&exchange, exchange.answer(), moment, out);
        let Exchange { request, response, .. } = exchange;
        let opening = Opening::new(request, response, ordinal);
        self.going_on = Some(Box::new(AnswerStream::new(opening, events, out)));
    }

    /// Reads content of the answer that has left; returns the bytes used.
    pub(super) fn go_on(
        &mut self,
        mut reader: BodyReader,
        data: &[u8],
        moment: &Moment,
        out: &mut Output<'_>,
    ) -> usize {
        let scene = Scene::of(self.client, moment);
        let (stream, ordinal) = (&mut self.going_on, &mut self.ordinal);
        let read = reader.read(data, &mut |run| {
            if let Some(stream) = stream {
                stream.content(run, &scene, ordinal, out);
            }
        });
        let (used, broken) = match read {
            Read::More => {
                self.response.state = State::Body(reader);
                out.ledger.add(Counter::PayloadHttp1, data.len() as u64);
                return data.len();
            }
            Read::Done(used) => (used, false),
            Read::Broken(used) => (used, true),
        };
        out.ledger.add(Counter::PayloadHttp1, used as u64);
        self.end_stream(moment, out);
        if broken {
            self.lose(false);
        }
        used
    }

    /// Bytes of the answer that has left are missing.
    pub(super) fn miss_of_stream(&mut self, is_request: bool, len: u64, moment: &Moment) {
        if let Some(stream) = self.going_on.as_mut().filter(|_| !is_request) {
            stream.gap(len, &Scene::of(self.client, moment));
        }
    }

    /// The answer that has left is over.
    pub(super) fn end_stream(&mut self, moment: &Moment, out: &mut Output<'_>) {
        if let Some(mut stream) = self.going_on.take() {
            stream.finish(&Scene::of(self.client, moment), &mut self.ordinal, out);
            self.emit_complete(moment, out);
        }
    }
}
