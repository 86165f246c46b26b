//! HTTP/1.0 and 1.1 (RFC 9112), and 0.9, read from both directions of one flow and paired.
//!
//! Pairing never guesses: responses answer requests in order; when a gap may have swallowed requests or responses the
//! order is only taken up again where it is certain, and what cannot be paired is reported alone.

mod body;
mod fields;
mod going_on;
mod head;
mod oddities;
mod pairing;
mod queue;
mod whole;

use model::ledger::Counter;
use model::message::{FieldName, Span, Version};
use model::{Anomaly, FlowEnds, limits};
use prefetch_index::prefetch_index;

use super::detect::{Looks, request_line, status_line};
use super::exchange::Exchange;
use super::message::Message;
use super::stream::{AnswerStream, Opening};
use super::{Moment, Output};
use crate::flow::Dir;
use body::{BodyReader, Read};
pub(crate) use oddities::of_request as request_oddities;
use queue::Queue;

/// What a flow becomes after an answer that ends HTTP/1 on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handover {
    /// Inside a CONNECT tunnel anything may follow, HTTP too.
    Tunnel,
    /// `101` to `h2c`.
    Http2,
    /// `101` to `websocket`.
    WebSocket,
    /// `101` to anything else.
    Upgraded,
}

/// Both directions of one flow.
#[derive(Debug)]
pub(crate) struct Http1 {
    client: Dir,
    request: Side,
    response: Side,
    queue: Queue,
    /// A response that answers no known request.
    orphan: Option<Box<Message>>,
    /// The response being read belongs to `orphan`, not to the front of the queue.
    reading_orphan: bool,
    /// Responses may have been lost: with several requests outstanding their order is not certain.
    responses_lost: bool,
    handover: Option<Handover>,
    /// The request that the server answers in HTTP/2, when the connection becomes one.
    upgraded: Option<Box<Message>>,
    /// The exchange that made the connection a WebSocket.
    opening: Option<Box<Opening>>,
    /// The answer being read has left, and goes on.
    going_on: Option<Box<AnswerStream>>,
    ordinal: u32,
}

/// Reader of one direction.
#[derive(Debug, Default)]
struct Side {
    state: State,
    /// Bytes of an unfinished head.
    partial: Vec<u8>,
    /// Where the search for the end of the head goes on.
    scanned: usize,
    partial_span: Span,
    /// Whether any byte was seen.
    spoke: bool,
    /// Whether its sender closed it.
    closed: bool,
}

#[derive(Debug, Default)]
enum State {
    /// At a message boundary.
    #[default]
    Start,
    /// In the content of a message.
    Body(BodyReader),
    /// The boundary is lost; the start of each segment is looked at.
    Hunt,
}

impl Http1 {
    /// `client` is the direction of the requests; transactions are numbered from `ordinal`.
    pub(crate) fn new(client: Dir, ordinal: u32) -> Self {
        Self {
            client,
            request: Side::default(),
            response: Side::default(),
            queue: Queue::default(),
            orphan: None,
            reading_orphan: false,
            responses_lost: false,
            handover: None,
            upgraded: None,
            opening: None,
            going_on: None,
            ordinal,
        }
    }

    /// Asks for the memory that the next bytes will need.
    #[inline]
    pub(crate) fn touch(&self) {
        prefetch_index(std::slice::from_ref(&self.request), 0);
        prefetch_index(std::slice::from_ref(&self.response), 0);
        prefetch_index(std::slice::from_ref(&self.queue), 0);
    }

    fn ends(&self, moment: &Moment) -> FlowEnds {
        let FlowEnds { orig, resp, tenant } = moment.flow;
        if self.client == Dir::Orig { moment.flow } else { FlowEnds { orig: resp, resp: orig, tenant } }
    }

    fn side(&mut self, is_request: bool) -> &mut Side {
        if is_request { &mut self.request } else { &mut self.response }
    }

    /// Contiguous bytes of one direction, starting where a segment started.
    pub(crate) fn data(&mut self, dir: Dir, mut data: &[u8], moment: &Moment, out: &mut Output<'_>) {
        let is_request = dir == self.client;
        self.side(is_request).spoke = true;
        let mut at_segment_start = true;
        while !data.is_empty() {
            let used = if self.handover.is_some() {
                self.side(is_request).partial.extend_from_slice(data);
                return;
            } else if let State::Body(_) = self.side(is_request).state {
                self.body(is_request, data, moment, out)
            } else {
                self.head(is_request, data, at_segment_start, moment, out)
            };
            at_segment_start = false;
            data = data.get(used..).unwrap_or_default();
        }
    }

    /// Reads content; returns the bytes used.
    fn body(&mut self, is_request: bool, data: &[u8], moment: &Moment, out: &mut Output<'_>) -> usize {
        let keep = out.sink.wants_bodies();
        let State::Body(mut reader) = std::mem::take(&mut self.side(is_request).state) else { return data.len() };
        if !is_request && self.going_on.is_some() {
            return self.go_on(reader, data, moment, out);
        }
        let mut message = self.reading(is_request);
        let read = reader.read(data, &mut |run| {
            if let Some(message) = &mut message {
                message.content(run, keep);
            }
        });
        match read {
            Read::More => {
                if let Some(message) = message {
                    message.cover(moment);
                }
                self.side(is_request).state = State::Body(reader);
                out.ledger.add(Counter::PayloadHttp1, data.len() as u64);
                if !is_request {
                    self.let_long_answer_leave(moment, out);
                }
                data.len()
            }
            Read::Done(used) => {
                out.ledger.add(Counter::PayloadHttp1, used as u64);
                self.end_message(is_request, true, moment, out);
                used
            }
            Read::Broken(used) => {
                out.ledger.add(Counter::PayloadHttp1, used as u64);
                if let Some(message) = message {
                    message.head.anomalies.insert(Anomaly::HttpAmbiguousFraming);
                }
                self.end_message(is_request, false, moment, out);
                self.lose(is_request);
                used
            }
        }
    }

    /// The message being read in that direction.
    fn reading(&mut self, is_request: bool) -> Option<&mut Message> {
        if is_request {
            self.queue.back_mut()?.request.as_deref_mut()
        } else if self.reading_orphan {
            self.orphan.as_deref_mut()
        } else {
            self.queue.front_mut()?.response.as_deref_mut()
        }
    }

    /// Reads a head, or looks for one; returns the bytes used.
    fn head(&mut self, is_request: bool, data: &[u8], at_start: bool, moment: &Moment, out: &mut Output<'_>) -> usize {
        let side = self.side(is_request);
        if side.partial.is_empty() {
            // Where a boundary is certain, or looked for.
            if (at_start || !matches!(side.state, State::Hunt))
                && let Some(used) = self.plain_head(is_request, data, moment, out)
            {
                return used;
            }
            let side = self.side(is_request);
            let blanks = data.iter().take_while(|&&b| b == b'\r' || b == b'\n').count();
            let hunting = matches!(side.state, State::Hunt);
            if blanks > 0 && !(hunting && blanks == data.len()) {
                let counter = if hunting { Counter::PayloadDesync } else { Counter::PayloadHttp1 };
                out.ledger.add(counter, blanks as u64);
                return blanks;
            }
            let looks = if is_request { request_line(data, false) } else { status_line(data) };
            let believed = match looks {
                Looks::Request | Looks::Response | Looks::Unfinished => !hunting || at_start,
                _ => is_request && !hunting && request_line(data, true) == Looks::Request,
            };
            if !believed {
                return self.not_a_head(is_request, data, moment, out);
            }
            if looks == Looks::Other {
                return self.simple_request(data, moment, out);
            }
            if let Some(end) = self.whole_head(is_request, data, moment, out) {
                return end;
            }
            let side = self.side(is_request);
            side.scanned = 0;
            side.partial_span = moment.span();
        }
        self.partial_head(is_request, data, moment, out)
    }

    /// A head that lies whole in one segment and is not plain.
    fn whole_head(&mut self, is_request: bool, data: &[u8], moment: &Moment, out: &mut Output<'_>) -> Option<usize> {
        let span = moment.span();
        let end = head::end_of_head(data, 0)?;
        out.ledger.add(Counter::PayloadHttp1, end as u64);
        self.begin(is_request, data.get(..end)?, span, moment, out);
        Some(end)
    }

    fn partial_head(&mut self, is_request: bool, data: &[u8], moment: &Moment, out: &mut Output<'_>) -> usize {
        let side = self.side(is_request);
        let before = side.partial.len();
        out.spare.furnish(&mut side.partial);
        side.partial.extend_from_slice(data);
        let from = side.scanned;
        if let Some(end) = head::end_of_head(&side.partial, from) {
            let mut bytes = std::mem::take(&mut side.partial);
            let span = side.partial_span;
            out.ledger.add(Counter::PayloadHttp1, end as u64);
            self.begin(is_request, bytes.get(..end).unwrap_or_default(), span, moment, out);
            out.spare.strip(&mut bytes);
            return end.saturating_sub(before);
        }
        side.scanned = side.partial.len().saturating_sub(3);
        let looks = if is_request { request_line(&side.partial, false) } else { status_line(&side.partial) };
        // A line without version that was cut into segments is one as much as a whole one.
        let simple = is_request && looks == Looks::Other && !matches!(side.state, State::Hunt);
        if simple && request_line(&side.partial, true) == Looks::Request {
            let mut bytes = std::mem::take(&mut side.partial);
            let span = side.partial_span;
            let end = memchr::memchr(b'\n', &bytes).map_or(bytes.len(), |at| at + 1);
            out.ledger.add(Counter::PayloadHttp1, end as u64);
            self.begin(true, bytes.get(..end).unwrap_or_default(), span, moment, out);
            out.spare.strip(&mut bytes);
            return end.saturating_sub(before);
        }
        if looks == Looks::Other || side.partial.len() > limits::HEAD_BYTES_MAX {
            let over = side.partial.len() > limits::HEAD_BYTES_MAX;
            let lost = std::mem::take(&mut side.partial);
            out.ledger.add(if over { Counter::PayloadOverLimit } else { Counter::PayloadDesync }, lost.len() as u64);
            self.lose(is_request);
        }
        data.len()
    }

    /// Bytes at a boundary that are no start line: the boundary was none.
    fn not_a_head(&mut self, is_request: bool, data: &[u8], moment: &Moment, out: &mut Output<'_>) -> usize {
        out.ledger.add(Counter::PayloadDesync, data.len() as u64);
        if !is_request && self.simple_answer(data, moment, out) {
            return data.len();
        }
        self.lose(is_request);
        data.len()
    }

    /// `GET target` without version: the answer is everything until the close (RFC 1945 §4.1, §6).
    fn simple_request(&mut self, data: &[u8], moment: &Moment, out: &mut Output<'_>) -> usize {
        let end = memchr::memchr(b'\n', data).map_or(data.len(), |at| at + 1);
        let span = moment.span();
        out.ledger.add(Counter::PayloadHttp1, end as u64);
        self.begin(true, data.get(..end).unwrap_or_default(), span, moment, out);
        end
    }

    /// Content without head in answer to an HTTP/0.9 request.
    fn simple_answer(&mut self, data: &[u8], moment: &Moment, out: &mut Output<'_>) -> bool {
        let front = self.queue.front_mut();
        let Some(exchange) = front
            .filter(|e| e.response.is_none() && e.request.as_ref().is_some_and(|r| r.head.version == Version::Http09))
        else {
            return false;
        };
        let keep = out.sink.wants_bodies();
        let mut message = out.spare.message();
        message.head.version = Version::Http09;
        message.span = moment.span();
        message.content(data, keep);
        exchange.response = Some(message);
        self.reading_orphan = false;
        self.response.state = State::Body(BodyReader::UntilClose);
        true
    }

    /// A whole head was found: a message begins, when it can be read.
    fn begin(&mut self, is_request: bool, bytes: &[u8], span: Span, moment: &Moment, out: &mut Output<'_>) {
        let mut message = out.spare.message();
        message.bytes.extend_from_slice(bytes);
        message.span = span;
        if head::read(is_request, bytes, &mut message.head) {
            self.begin_message(is_request, message, moment, out);
        } else {
            out.spare.keep_message(message);
            self.lose(is_request);
        }
    }

    fn begin_message(&mut self, is_request: bool, message: Box<Message>, moment: &Moment, out: &mut Output<'_>) {
        self.side(is_request).state = State::Start;
        if is_request && out.spare.named.wanted {
            let authority = message.request().fields.first(FieldName::Host);
            out.spare.named.authority(authority, self.client);
        }
        if is_request { self.begin_request(message, moment, out) } else { self.begin_response(message, moment, out) }
    }

    /// The message boundary of this direction is lost.
    fn lose(&mut self, is_request: bool) {
        self.side(is_request).state = State::Hunt;
        if is_request {
            if !self.queue.back().is_some_and(Exchange::is_unknown) {
                self.queue.push_back(Exchange::default());
            }
        } else {
            self.responses_lost = true;
        }
    }

    /// Bytes of one direction are not in the capture.
    pub(crate) fn gap(&mut self, dir: Dir, len: u64, moment: &Moment, out: &mut Output<'_>) {
        let is_request = dir == self.client;
        if self.handover.is_some() {
            return;
        }
        let side = self.side(is_request);
        match &mut side.state {
            // One more may have been lost, after those that are known to be.
            State::Hunt => self.responses_lost |= !is_request,
            State::Start => {
                self.cut_head(is_request, moment, out);
                self.lose(is_request);
            }
            State::Body(reader) => {
                let goes_on = reader.gap(len);
                self.miss_of_stream(is_request, len, moment);
                if let Some(message) = self.reading(is_request) {
                    message.miss(len, goes_on.is_some());
                }
                if goes_on != Some(true) {
                    self.side(is_request).state = State::Start;
                    self.end_message(is_request, false, moment, out);
                }
                if goes_on.is_none() {
                    self.lose(is_request);
                }
            }
        }
    }

    /// A direction ended; `closed` when the sender closed it, not when the capture stops.
    pub(crate) fn end(&mut self, dir: Dir, closed: bool, moment: &Moment, out: &mut Output<'_>) {
        let is_request = dir == self.client;
        let side = self.side(is_request);
        side.closed = closed;
        if self.handover.is_some() {
            return;
        }
        self.cut_head(is_request, moment, out);
        if let State::Body(reader) = std::mem::take(&mut self.side(is_request).state) {
            let whole = closed && reader.ends_with_close();
            self.end_message(is_request, whole, moment, out);
        }
    }

    /// A head stops half-way: what it says so far is reported when its first line is whole, and marked incomplete.
    fn cut_head(&mut self, is_request: bool, moment: &Moment, out: &mut Output<'_>) {
        let side = self.side(is_request);
        let bytes = std::mem::take(&mut side.partial);
        let span = side.partial_span;
        let lines = memchr::memrchr(b'\n', &bytes).map_or(0, |at| at + 1);
        let known = bytes.get(..lines).unwrap_or_default();
        let looks = if is_request { request_line(known, false) } else { status_line(known) };
        if !matches!(looks, Looks::Request | Looks::Response) {
            out.ledger.add(Counter::PayloadDesync, bytes.len() as u64);
            return;
        }
        out.ledger.add(Counter::PayloadHttp1, bytes.len() as u64);
        let mut known = known.to_vec();
        known.extend_from_slice(b"\r\n");
        self.begin(is_request, &known, span, moment, out);
        self.side(is_request).state = State::Start;
        if let Some(message) = self.reading(is_request) {
            message.missing = message.missing.max(1);
            message.head.anomalies.insert(Anomaly::TcpGap);
        }
        self.end_message(is_request, false, moment, out);
    }

    /// The flow is over: what is unpaired is reported as it is.
    pub(crate) fn finish(&mut self, moment: &Moment, out: &mut Output<'_>) {
        self.end_stream(moment, out);
        if let Some(orphan) = self.orphan.take() {
            self.emit(Exchange { response: Some(orphan), ..Exchange::default() }, moment, out);
        }
        // The server closed in good order, nothing is missing, and requests are left.
        let unanswered = self.response.closed && self.response.spoke && !self.responses_lost && self.handover.is_none();
        for mut exchange in std::mem::take(&mut self.queue) {
            if unanswered && exchange.response.is_none() && exchange.is_asked() {
                exchange.anomalies.insert(Anomaly::HttpResponseCountMismatch);
            }
            self.emit(exchange, moment, out);
        }
        if self.handover.is_none() {
            for is_request in [true, false] {
                let partial = std::mem::take(&mut self.side(is_request).partial);
                out.ledger.add(Counter::PayloadDesync, partial.len() as u64);
            }
        }
    }

    /// Number of the next transaction.
    pub(crate) const fn ordinal(&self) -> u32 {
        self.ordinal
    }

    /// What the flow becomes, once the answer that says so was read.
    pub(crate) const fn handover(&self) -> Option<Handover> {
        self.handover
    }

    /// The direction of the requests.
    pub(crate) const fn client(&self) -> Dir {
        self.client
    }

    /// The request that is answered in HTTP/2 (RFC 7540 §3.2).
    pub(crate) const fn take_upgraded(&mut self) -> Option<Box<Message>> {
        self.upgraded.take()
    }

    /// The exchange that made the connection a WebSocket.
    pub(crate) fn take_opening(&mut self) -> Opening {
        self.opening.take().map(|opening| *opening).unwrap_or_default()
    }

    /// Bytes after the handover that were not read, by direction.
    pub(crate) fn take_rest(&mut self) -> [(Dir, Vec<u8>); 2] {
        let client = self.client;
        [
            (client, std::mem::take(&mut self.request.partial)),
            (client.flip(), std::mem::take(&mut self.response.partial)),
        ]
    }

    /// Bytes kept.
    pub(crate) fn buffered(&self) -> usize {
        let sides = self.request.partial.capacity() + self.response.partial.capacity();
        sides
            + self.queue.iter().map(Exchange::buffered).sum::<usize>()
            + self.orphan.as_deref().map_or(0, Message::buffered)
            + self.going_on.as_deref().map_or(0, AnswerStream::buffered)
    }
}
