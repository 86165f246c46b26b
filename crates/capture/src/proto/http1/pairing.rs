//! Which response answers which request, and what leaves when.
//!
//! In: messages whose head was read, and the ends of messages. Out: exchanges, to the sink, in the order they are
//! complete. Kept: the queue of requests that wait.

use model::message::FieldName;
use model::{Anomaly, AnomalySet, limits};

use super::body::BodyReader;
use super::head::{self, Framing};
use super::{Handover, Http1, State};
use crate::proto::exchange::{Answer, Exchange};
use crate::proto::message::Message;
use crate::proto::stream::Opening;
use crate::proto::{Moment, Output, ws};

impl Http1 {
    pub(super) fn begin_request(&mut self, mut message: Box<Message>, moment: &Moment, out: &mut Output<'_>) {
        if moment.peer_acked_all && matches!(self.response.state, State::Start) && self.response.partial.is_empty() {
            // The client had read everything and sent this: whatever a gap swallowed before was answered.
            self.queue.drop_unknown();
        }
        if moment.peer_acked_all && self.responses_lost && matches!(self.response.state, State::Hunt) {
            // It was answered in the gap, and so was all that waited.
            self.responses_lost = false;
            for exchange in std::mem::take(&mut self.queue) {
                self.emit(exchange, moment, out);
            }
        }
        if self.queue.len() >= limits::PIPELINE_REQUESTS_MAX {
            if let Some(oldest) = self.queue.pop_front() {
                self.emit(oldest, moment, out);
            }
            self.responses_lost = true;
        }
        message.judge_request();
        let framing = head::request_framing(&message.bytes, &mut message.head);
        message.chunked = framing == Framing::Chunked;
        self.queue.push_back(Exchange { request: Some(message), ..Exchange::default() });
        match BodyReader::new(framing) {
            Some(reader) => self.request.state = State::Body(reader),
            None => self.end_message(true, true, moment, out),
        }
    }

    pub(super) fn begin_response(&mut self, mut message: Box<Message>, moment: &Moment, out: &mut Output<'_>) {
        let lost = self.settle_order(moment, out);
        let answers = self.queue.front().filter(|e| !e.is_unknown() && e.response.is_none());
        self.reading_orphan = answers.is_none();
        let status = message.head.status;
        if (100..200).contains(&status) && status != 101 {
            if let Some(exchange) = self.queue.front_mut().filter(|e| !e.is_unknown())
                && exchange.interim.len() < limits::INTERIM_RESPONSES_MAX
            {
                exchange.interim.push(status);
            }
            out.spare.keep_message(message);
            return;
        }
        let method = answers.and_then(|e| e.request.as_deref()).map(Message::method);
        let framing = head::response_framing(&message.bytes, &mut message.head, method);
        message.chunked = framing == Framing::Chunked;
        self.handover_after(&message);
        if self.reading_orphan {
            if self.request.spoke && self.queue.is_empty() && !lost {
                message.head.anomalies.insert(Anomaly::HttpUnsolicitedResponse);
                message.head.anomalies.insert(Anomaly::HttpResponseCountMismatch);
            }
            self.orphan = Some(message);
        } else if let Some(exchange) = self.queue.front_mut() {
            exchange.response = Some(message);
        }
        match BodyReader::new(framing) {
            Some(reader) => {
                self.response.state = State::Body(reader);
                self.let_events_leave(moment, out);
            }
            None => self.end_message(false, true, moment, out),
        }
    }

    /// After lost responses the order is certain only when at most one request waits, and none was lost beside it: the
    /// next response may be that one's. Returns whether responses were lost.
    fn settle_order(&mut self, moment: &Moment, out: &mut Output<'_>) -> bool {
        if !std::mem::take(&mut self.responses_lost) {
            return false;
        }
        let waiting = self.queue.iter().filter(|e| !e.is_unknown() && e.response.is_none()).count();
        let unknown = self.queue.iter().any(Exchange::is_unknown);
        if waiting > 1 || waiting == 1 && unknown {
            let mut marks = AnomalySet::EMPTY;
            if waiting > 1 {
                marks.insert(Anomaly::HttpResponseCountMismatch);
            }
            for mut exchange in std::mem::take(&mut self.queue) {
                exchange.anomalies.extend(marks);
                self.emit(exchange, moment, out);
            }
            if unknown {
                self.queue.push_back(Exchange::default());
            }
        }
        true
    }

    fn handover_after(&mut self, response: &Message) {
        let exchange = if self.reading_orphan { None } else { self.queue.front() };
        let request = exchange.and_then(|e| e.request.as_ref());
        let status = response.head.status;
        if status == 101 {
            let protocol = response.head.fields.iter().find(|f| f.id == FieldName::Upgrade);
            let protocol = protocol.map(|f| f.value_in(&response.bytes)).unwrap_or_default();
            let h2c = protocol.eq_ignore_ascii_case(b"h2c");
            self.upgraded = request.filter(|_| h2c).cloned();
            let socket =
                protocol.eq_ignore_ascii_case(b"websocket") && ws::is_accepted(request.map(|r| &**r), response);
            if socket {
                let (request, response) = (request.cloned(), Some(Box::new(response.clone())));
                self.opening = Some(Box::new(Opening { request, response, ordinal: Some(self.ordinal) }));
            }
            self.handover = Some(match (h2c, socket) {
                (true, _) => Handover::Http2,
                (_, true) => Handover::WebSocket,
                _ => Handover::Upgraded,
            });
        } else if (200..300).contains(&status) && request.is_some_and(|r| r.method() == b"CONNECT") {
            self.handover = Some(Handover::Tunnel);
        }
    }

    /// The message being read ended.
    pub(super) fn end_message(&mut self, is_request: bool, whole: bool, moment: &Moment, out: &mut Output<'_>) {
        if !is_request && self.going_on.is_some() {
            return self.end_stream(moment, out);
        }
        if let Some(message) = self.reading(is_request) {
            message.end(whole, moment);
        }
        if !is_request && self.reading_orphan {
            if let Some(orphan) = self.orphan.take() {
                let exchange = Exchange { response: Some(orphan), ..Exchange::default() };
                self.emit(exchange, moment, out);
            }
            self.reading_orphan = false;
        }
        self.emit_complete(moment, out);
    }

    /// What is complete at the front of the queue leaves.
    pub(super) fn emit_complete(&mut self, moment: &Moment, out: &mut Output<'_>) {
        while self.queue.front().is_some_and(Exchange::is_complete) {
            if let Some(exchange) = self.queue.pop_front() {
                self.emit(exchange, moment, out);
            }
        }
    }

    pub(super) fn emit(&mut self, exchange: Exchange, moment: &Moment, out: &mut Output<'_>) {
        if exchange.request.is_none() && exchange.response.is_none() {
            return;
        }
        let answer = exchange.answer();
        self.leave(&exchange, answer, moment, out);
        exchange.recycle(out.spare);
    }

    /// Hands an exchange to the sink under the next number.
    pub(super) fn leave(
        &mut self,
        exchange: &Exchange,
        answer: Option<Answer<'_>>,
        moment: &Moment,
        out: &mut Output<'_>,
    ) {
        let ordinal = self.ordinal;
        self.ordinal += 1;
        exchange.emit(answer, self.ends(moment), ordinal, moment, out);
    }
}
