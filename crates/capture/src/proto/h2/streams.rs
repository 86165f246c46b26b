//! Exchanges by stream, and when they leave (RFC 9113 §5).
//!
//! In: heads, content and ends of messages, by stream. Out: exchanges, to the sink, when both messages ended, when the
//! stream was reset, or with the flow. Kept: at most [`limits::H2_STREAMS_MAX`] open exchanges; the oldest makes room.

use std::collections::{BTreeMap, VecDeque};

use model::{Anomaly, AnomalySet, FlowEnds, PacketTime, limits};

use super::going_on::GoingOn;
use crate::proto::exchange::Exchange;
use crate::proto::message::Message;
use crate::proto::stream::Scene;
use crate::proto::{Moment, Output};

/// One open exchange.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub(super) exchange: Exchange,
    /// How often bytes of the request's and of the response's direction had been lost when it began.
    gaps: [u32; 2],
    /// What goes on after the exchange has left.
    pub(super) going_on: Option<GoingOn>,
}

/// Open exchanges of one connection.
#[derive(Debug)]
pub(super) struct Streams {
    pub(super) open: BTreeMap<u32, Box<Stream>>,
    /// Streams that the client gave up, and when: their answers may be on the way.
    given_up: VecDeque<(u32, PacketTime)>,
    /// Bytes they keep.
    pub(super) kept: usize,
    /// Highest stream that a request was seen on.
    highest: u32,
    /// Nothing was lost, so that a response without a request is one to a request that has left.
    whole: bool,
    /// Streams that neither side had ended and that had to go, since last asked.
    left_open: u32,
    pub(super) ordinal: u32,
    /// Streams that go on after their exchange has left.
    pub(super) going_on: usize,
}

/// Where and when a step happens.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'m> {
    /// The flow, client first.
    pub ends: FlowEnds,
    /// What all transactions of the connection are marked with.
    pub marks: AnomalySet,
    pub moment: &'m Moment,
}

impl<'m> At<'m> {
    pub(super) const fn scene(&self) -> Scene<'m> {
        Scene { ends: self.ends, marks: self.marks, moment: self.moment }
    }
}

impl Streams {
    /// Transactions are numbered from `ordinal`.
    pub(super) const fn new(ordinal: u32, whole: bool) -> Self {
        Self {
            open: BTreeMap::new(),
            given_up: VecDeque::new(),
            kept: 0,
            highest: 0,
            whole,
            left_open: 0,
            ordinal,
            going_on: 0,
        }
    }

    /// Bytes kept.
    pub(super) fn buffered(&self) -> usize {
        self.kept + self.given_up.capacity() * size_of::<(u32, PacketTime)>()
    }

    /// A request that came before its connection became one of HTTP/2.
    pub(super) fn ask(&mut self, id: u32, request: Box<Message>) {
        let exchange = Exchange { request: Some(request), ..Exchange::default() };
        let stream = Box::new(Stream { exchange, ..Stream::default() });
        self.kept += stream.buffered();
        self.open.insert(id, stream);
        self.highest = id;
    }

    /// The head of a request.
    pub(super) fn request(&mut self, id: u32, message: Box<Message>, gaps: u32, at: &At<'_>, out: &mut Output<'_>) {
        self.whole &= gaps == 0;
        self.make_room(id, at, out);
        self.highest = self.highest.max(id);
        self.change(id, |stream| {
            stream.exchange.request = Some(message);
            stream.gaps = [gaps, stream.gaps[1]];
        });
    }

    /// The head of a final response.
    pub(super) fn response(&mut self, id: u32, message: Box<Message>, gaps: u32, at: &At<'_>, out: &mut Output<'_>) {
        let gone = self.whole && gaps == 0 && (id <= self.highest || id.is_multiple_of(2));
        if gone && !self.open.contains_key(&id) {
            // The stream was reset while the answer was on its way.
            out.spare.keep_message(message);
            return;
        }
        self.make_room(id, at, out);
        self.change(id, |stream| {
            stream.exchange.response = Some(message);
            stream.gaps = [stream.gaps[0], gaps];
        });
        self.let_leave(id, at, out);
    }

    /// A request that the server answers before it was made (§8.4).
    pub(super) fn promise(&mut self, id: u32, message: Box<Message>, at: &At<'_>, out: &mut Output<'_>) {
        self.make_room(id, at, out);
        self.change(id, |stream| stream.exchange.request = Some(message));
    }

    /// Status of an answer before the answer.
    pub(super) fn interim(&mut self, id: u32, status: u16) {
        self.with(id, |stream| {
            if stream.exchange.interim.len() < limits::INTERIM_RESPONSES_MAX {
                stream.exchange.interim.push(status);
            }
        });
    }

    /// Whether the head of such a message is still to come.
    pub(super) fn is_awaited(&self, id: u32, is_request: bool) -> bool {
        self.open.get(&id).is_none_or(|stream| stream.going_on.is_none() && stream.message(is_request).is_none())
    }

    /// A second head of the same message: the first stays on record.
    pub(super) fn contradict(&mut self, id: u32, is_request: bool) {
        self.with(id, |stream| {
            if let Some(message) = stream.message_mut(is_request) {
                message.head.anomalies.insert(Anomaly::H2Malformed);
            }
        });
    }

    /// Fields after the content.
    pub(super) fn trailers(
        &mut self,
        id: u32,
        is_request: bool,
        trailers: Box<Message>,
        moment: &Moment,
        out: &mut Output<'_>,
    ) {
        self.with(id, |stream| {
            if let Some(message) = stream.message_mut(is_request) {
                message.append_trailers(&trailers);
                message.cover(moment);
            }
        });
        out.spare.keep_message(trailers);
    }

    /// Content of a message; `gaps` as in [`Self::request`]. Returns whether it is known what it is content of.
    pub(super) fn content(
        &mut self,
        id: u32,
        is_request: bool,
        content: &[u8],
        gaps: u32,
        at: &At<'_>,
        out: &mut Output<'_>,
    ) -> bool {
        if self.going_on > 0 && self.go_on(id, is_request, content, at, out) {
            return true;
        }
        let (keep, moment) = (out.sink.wants_bodies() && self.has_room(), at.moment);
        // On a connection of which nothing is missing it is of a stream that was reset.
        let mut known = self.whole && gaps == 0;
        self.with(id, |stream| {
            let lost = gaps != if is_request { stream.gaps[0] } else { stream.gaps[1] };
            let Some(message) = stream.message_mut(is_request) else { return };
            known = true;
            if message.done {
                return;
            }
            if lost && message.framing.is_on() {
                // A message, or a part of one, may have stood there.
                message.framing.lose();
            }
            message.content(content, keep);
            message.cover(moment);
        });
        if !is_request {
            self.let_long_leave(id, at, out);
        }
        known
    }

    /// So many bytes of content are not in the capture.
    pub(super) fn miss(&mut self, id: u32, is_request: bool, len: u64, at: &At<'_>, out: &mut Output<'_>) {
        if self.going_on > 0 && self.miss_of_stream(id, is_request, Some(len), at, out) {
            return;
        }
        self.with(id, |stream| {
            if let Some(message) = stream.message_mut(is_request) {
                message.miss(len, true);
            }
        });
    }

    /// A message ended.
    pub(super) fn end(&mut self, id: u32, is_request: bool, gaps: u32, at: &At<'_>, out: &mut Output<'_>) {
        self.with(id, |stream| stream.end(is_request, gaps, at.moment));
        let Some(stream) = self.open.get(&id) else { return };
        if stream.going_on.is_some() {
            // What the server sends is the stream; of a client that is done it may go on.
            if !is_request {
                self.leave(id, at, out);
            }
            return;
        }
        // A request that would come yet has a higher number: clients count up.
        let orphan = stream.exchange.is_unknown() && (self.highest > id || self.whole);
        // Of a stream that the client gave up, the request will not end.
        let given_up = !is_request && self.given_up.iter().any(|(other, _)| *other == id);
        if stream.exchange.is_complete() || orphan && !is_request || given_up {
            self.leave(id, at, out);
        }
    }

    /// A stream was given up by one of the two. After the server's word nothing follows; after the client's, what the
    /// server sent before it heard of it.
    pub(super) fn reset(&mut self, id: u32, by_client: bool, at: &At<'_>, out: &mut Output<'_>) {
        let Some(stream) = self.open.get(&id) else { return };
        if !by_client
            || stream.going_on.is_some()
            || stream.exchange.response.as_ref().is_some_and(|response| response.done)
        {
            return self.leave(id, at, out);
        }
        self.given_up.push_back((id, at.moment.at));
        if self.given_up.len() > limits::H2_GIVEN_UP_MAX {
            self.let_oldest_go(at, out);
        }
    }

    /// What was given up so long ago that no answer comes any more leaves.
    fn let_go(&mut self, at: &At<'_>, out: &mut Output<'_>) {
        let late = |since: PacketTime| at.moment.at.since(since) > limits::H2_GIVEN_UP_AGE_MAX;
        while self.given_up.front().is_some_and(|(_, since)| late(*since)) {
            self.let_oldest_go(at, out);
        }
    }

    fn let_oldest_go(&mut self, at: &At<'_>, out: &mut Output<'_>) {
        if let Some((id, _)) = self.given_up.pop_front() {
            self.leave(id, at, out);
        }
    }

    /// All of them leave, in order.
    pub(super) fn finish(&mut self, at: &At<'_>, out: &mut Output<'_>) {
        while let Some(id) = self.open.keys().next().copied() {
            self.leave(id, at, out);
        }
    }

    /// Everything open was read the wrong way.
    pub(super) fn forget(&mut self) {
        self.open.clear();
        self.given_up.clear();
        (self.kept, self.highest, self.whole) = (0, 0, false);
    }

    fn make_room(&mut self, id: u32, at: &At<'_>, out: &mut Output<'_>) {
        self.let_go(at, out);
        if self.open.len() < limits::H2_STREAMS_MAX || self.open.contains_key(&id) {
            return;
        }
        self.drop_oldest(at, out);
    }

    /// The oldest exchange leaves as it is; returns whether there was one.
    fn drop_oldest(&mut self, at: &At<'_>, out: &mut Output<'_>) -> bool {
        let Some((oldest, stream)) = self.open.first_key_value().map(|(id, stream)| (*id, stream)) else {
            return false;
        };
        self.left_open += u32::from(!stream.exchange.is_answered());
        let mut at = *at;
        at.marks.insert(Anomaly::HttpLimit);
        self.leave(oldest, &at, out);
        true
    }

    /// The oldest exchanges leave as they are until no more than `to` bytes are kept.
    pub(super) fn relieve(&mut self, to: usize, at: &At<'_>, out: &mut Output<'_>) {
        while self.buffered() > to && self.drop_oldest(at, out) {}
    }

    /// How many streams were left open and had to go, since last asked.
    pub(super) const fn take_left_open(&mut self) -> u32 {
        std::mem::replace(&mut self.left_open, 0)
    }

    /// Whether more content may be kept: a connection with many open uploads keeps the beginning of the first ones.
    pub(super) const fn has_room(&self) -> bool {
        self.kept <= limits::FLOW_BYTES_MAX / 2
    }

    fn leave(&mut self, id: u32, at: &At<'_>, out: &mut Output<'_>) {
        let Some(stream) = self.open.remove(&id) else { return };
        self.kept -= stream.buffered();
        if let Some(mut going_on) = stream.going_on {
            self.going_on -= 1;
            return going_on.finish(&at.scene(), &mut self.ordinal, out);
        }
        let mut exchange = stream.exchange;
        if exchange.request.is_none() && exchange.response.is_none() {
            return;
        }
        exchange.anomalies.extend(at.marks);
        exchange.confirm_framing();
        let ordinal = self.ordinal;
        self.ordinal = ordinal.saturating_add(1);
        exchange.emit(exchange.answer(), at.ends, ordinal, at.moment, out);
        exchange.recycle(out.spare);
    }

    /// Changes a stream that there may be.
    fn with(&mut self, id: u32, change: impl FnOnce(&mut Stream)) {
        let Some(stream) = self.open.get_mut(&id) else { return };
        let before = stream.buffered();
        change(stream);
        self.kept = self.kept + stream.buffered() - before;
    }

    /// Changes a stream, which begins when there is none.
    fn change(&mut self, id: u32, change: impl FnOnce(&mut Stream)) {
        let fresh = !self.open.contains_key(&id);
        let stream = self.open.entry(id).or_default();
        let before = if fresh { 0 } else { stream.buffered() };
        change(stream);
        self.kept = self.kept + stream.buffered() - before;
    }
}

impl Stream {
    pub(super) fn buffered(&self) -> usize {
        let going_on = self.going_on.as_ref().map_or(0, GoingOn::buffered);
        size_of::<Self>() + self.exchange.buffered() + going_on
    }

    fn message(&self, is_request: bool) -> Option<&Message> {
        let side = if is_request { &self.exchange.request } else { &self.exchange.response };
        side.as_deref()
    }

    fn message_mut(&mut self, is_request: bool) -> Option<&mut Message> {
        let side = if is_request { &mut self.exchange.request } else { &mut self.exchange.response };
        side.as_deref_mut()
    }

    fn end(&mut self, is_request: bool, gaps: u32, moment: &Moment) {
        let at_begin = if is_request { self.gaps[0] } else { self.gaps[1] };
        let of_head = !is_request && self.message(true).is_some_and(|request| request.method() == b"HEAD");
        let Some(message) = self.message_mut(is_request).filter(|message| !message.done) else { return };
        if gaps != at_begin {
            // Content may be among what was lost.
            message.miss(u64::from(message.missing == 0), false);
        }
        message.end(true, moment);
        if message.whole {
            message.judge_length(of_head);
        }
    }
}
