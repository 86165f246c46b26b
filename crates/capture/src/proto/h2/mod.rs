//! HTTP/2 (RFC 9113) as a passive reader sees it: frames of both directions, streams, and their exchanges.
//!
//! | module | what |
//! |---|---|
//! | [`frame`] | frame headers, and what looks like one |
//! | [`hpack`] | header compression |
//! | [`roles`] | who is the client, and which frames can be of the connection |
//! | [`section`] | from decoded fields to the head of a message |
//! | [`side`] | one direction: where frames begin and end, header blocks |
//! | [`flood`] | frames that cost more than they are worth |
//! | [`streams`] | exchanges by stream, and when they leave |
//! | [`going_on`] | streams that go on after their exchange has left |
//!
//! Nothing is negotiated: limits are the reader's own, and what a strict peer would refuse is kept and marked. The two
//! directions need nothing of each other, for an encoder's own updates carry what its peer allowed.

mod flood;
mod frame;
mod going_on;
mod hpack;
mod roles;
mod section;
mod side;
mod streams;

use model::ledger::Counter;
use model::message::FieldName;
use model::{Anomaly, FlowEnds};

use super::message::Message;
use super::{Moment, Output, exchange};
use crate::flow::Dir;
use flood::Flood;
use frame::Frame;
pub(super) use frame::{looks_like_frames, looks_like_settings};
use roles::Roles;
use section::{Kind, Section};
use side::{Block, Gap, Side, Step};
use streams::{At, Streams};

/// How a connection began, as far as it was seen.
#[derive(Debug)]
pub(crate) enum Start {
    /// With the preface of the client (RFC 9113 §3.4).
    Preface,
    /// With the answer to an upgrade: `request` is the one of stream 1 (RFC 7540 §3.2).
    Upgrade {
        /// As HTTP/1 sent it.
        request: Option<Box<Message>>,
    },
    /// Before the capture.
    Midstream,
}

/// Both directions of one connection.
#[derive(Debug)]
pub(crate) struct Http2 {
    roles: Roles,
    sides: [Side; 2],
    streams: Streams,
    flood: Flood,
}

impl Http2 {
    /// `client` sends requests; transactions are numbered from `ordinal`.
    pub(crate) fn new(client: Option<Dir>, start: Start, ordinal: u32, moment: &Moment) -> Self {
        let whole = !matches!(start, Start::Midstream);
        let side = |dir| if whole && client == Some(dir) { Side::at_preface() } else { Side::at_frame(whole) };
        let mut http = Self {
            roles: Roles::of(client),
            sides: [side(Dir::Orig), side(Dir::Resp)],
            streams: Streams::new(ordinal, whole),
            flood: Flood::default(),
        };
        if let Start::Upgrade { request: Some(mut request) } = start {
            request.head.version = model::message::Version::Http2;
            request.end(request.whole, moment);
            http.streams.ask(1, request);
        }
        http
    }

    fn ends(&self, moment: &Moment) -> FlowEnds {
        let FlowEnds { orig, resp, tenant } = moment.flow;
        if self.roles.client() == Some(Dir::Resp) { FlowEnds { orig: resp, resp: orig, tenant } } else { moment.flow }
    }

    fn at<'m>(&self, moment: &'m Moment) -> At<'m> {
        At { ends: self.ends(moment), marks: self.flood.marks(), moment }
    }

    fn side(&mut self, dir: Dir) -> &mut Side {
        let [orig, resp] = &mut self.sides;
        if dir == Dir::Orig { orig } else { resp }
    }

    /// Contiguous bytes of one direction, starting where a segment started.
    pub(crate) fn data(&mut self, dir: Dir, mut data: &[u8], moment: &Moment, out: &mut Output<'_>) {
        if self.side(dir).is_lost() {
            if !looks_like_frames(data) {
                out.ledger.add(Counter::PayloadDesync, data.len() as u64);
                return;
            }
            self.side(dir).found();
        }
        self.side(dir).uncounted += data.len() as u64;
        while !data.is_empty() || self.side(dir).is_due() {
            let (used, step) = self.side(dir).read(data, moment);
            let bytes = data.get(..used).unwrap_or_default();
            data = data.get(used..).unwrap_or_default();
            match step {
                Step::More => {}
                Step::Lost => {
                    // No preface: what follows is not read as frames before it looks like them.
                    self.side(dir).uncounted -= data.len() as u64;
                    out.ledger.add(Counter::PayloadDesync, data.len() as u64);
                    break;
                }
                Step::Begin(frame) => {
                    if self.side(dir).is_on_trial() {
                        let fits = frame.is_plausible() && self.roles.fits(dir, frame);
                        if !(fits && self.side(dir).pass(frame)) {
                            // What was found was none.
                            let refused = self.side(dir).refuse();
                            out.ledger.add(Counter::PayloadDesync, refused);
                            return;
                        }
                    } else {
                        self.roles.believe(frame);
                    }
                    self.flood.see(dir, frame, moment.seen_at);
                }
                Step::Content { frame, from, to, ends } => {
                    let content = bytes.get(from..to).unwrap_or_default();
                    self.content(dir, frame, content, ends, moment, out);
                }
                Step::Endless => self.flood.mark(Anomaly::H2Flood),
                Step::Block(block) => self.block(dir, &block, bytes, moment, out),
                Step::Reset(stream) => {
                    let at = self.at(moment);
                    self.streams.reset(stream, self.roles.client() == Some(dir), &at, out);
                }
            }
        }
        if !self.side(dir).is_on_trial() {
            self.count(dir, out);
        }
        self.judge_flood(moment, out);
    }

    /// Tells once of each kind of abuse.
    fn judge_flood(&mut self, moment: &Moment, out: &mut Output<'_>) {
        let left_open = self.streams.take_left_open();
        if left_open > 0 && self.sides.iter().all(|side| side.gaps() == 0) {
            self.flood.left_open(left_open, moment.seen_at);
        }
        if self.flood.take_news() {
            exchange::abused(self.ends(moment), self.flood.marks(), moment, out);
        }
    }

    /// Counts the bytes that were read as frames, and believed.
    fn count(&mut self, dir: Dir, out: &mut Output<'_>) {
        out.ledger.add(Counter::PayloadHttp2, std::mem::take(&mut self.side(dir).uncounted));
    }

    /// Content of which the head was not seen tells nothing: it was not understood.
    fn pass_over(&mut self, dir: Dir, content: &[u8], out: &mut Output<'_>) {
        let len = content.len() as u64;
        self.side(dir).uncounted -= len;
        out.ledger.add(Counter::PayloadDesync, len);
    }

    /// Content of a stream; `ends`: with it the message ends.
    fn content(&mut self, dir: Dir, frame: Frame, content: &[u8], ends: bool, moment: &Moment, out: &mut Output<'_>) {
        let Some(client) = self.roles.client() else { return self.pass_over(dir, content, out) };
        let (is_request, gaps) = (dir == client, self.side(dir).gaps());
        let at = self.at(moment);
        if !self.streams.content(frame.stream, is_request, content, gaps, &at, out) {
            self.pass_over(dir, content, out);
        }
        if ends {
            self.streams.end(frame.stream, is_request, gaps, &at, out);
        }
    }

    /// A whole header block. It is read also when nothing of it will be kept: the table must follow.
    fn block(&mut self, dir: Dir, block: &Block, bytes: &[u8], moment: &Moment, out: &mut Output<'_>) {
        let mut message = out.spare.message();
        let kind = self.side(dir).decode(block, bytes, &mut message);
        message.span = block.span;
        message.cover(moment);
        if message.head.anomalies.contains(Anomaly::H2HeaderBomb) {
            self.flood.mark(Anomaly::H2HeaderBomb);
        }
        self.judge_role(dir, block, kind, message.head.status);
        let Some(client) = self.roles.client() else {
            out.spare.keep_message(message);
            return;
        };
        let is_request = dir == client;
        let gaps = self.side(dir).gaps();
        let at = self.at(moment);
        if block.promised {
            // Only servers promise, and what is new.
            let kept = !is_request && kind == Kind::Request && block.stream.is_multiple_of(2);
            if kept && self.streams.is_awaited(block.stream, true) {
                message.judge_request();
                message.end(true, moment);
                self.streams.promise(block.stream, message, &at, out);
            } else {
                out.spare.keep_message(message);
            }
            return;
        }
        // A status makes an answer of what a server sends, whatever else it names.
        let kind = if kind == Kind::Request && !is_request && message.head.status != 0 { Kind::Response } else { kind };
        let head = matches!((kind, is_request), (Kind::Request, true) | (Kind::Response, false));
        if head && !message.is_interim() && !self.streams.is_awaited(block.stream, is_request) {
            self.streams.contradict(block.stream, is_request);
            out.spare.keep_message(message);
            if block.end_stream {
                self.streams.end(block.stream, is_request, gaps, &at, out);
            }
            return;
        }
        match (kind, is_request) {
            (Kind::Request, true) => {
                if out.spare.named.wanted {
                    out.spare.named.authority(message.request().fields.first(FieldName::Host), client);
                }
                message.judge_request();
                self.streams.request(block.stream, message, gaps, &at, out);
            }
            (Kind::Response, false) if message.is_interim() => {
                self.streams.interim(block.stream, message.head.status);
                out.spare.keep_message(message);
            }
            (Kind::Response, false) => self.streams.response(block.stream, message, gaps, &at, out),
            (Kind::Unknown, _) if self.streams.is_awaited(block.stream, is_request) => {
                if is_request {
                    self.streams.request(block.stream, message, gaps, &at, out);
                } else {
                    self.streams.response(block.stream, message, gaps, &at, out);
                }
            }
            _ => self.streams.trailers(block.stream, is_request, message, moment, out),
        }
        if block.end_stream {
            self.streams.end(block.stream, is_request, gaps, &at, out);
        }
    }

    /// What a block says of its sender. What was read with the roles exchanged is of no use: it is forgotten.
    fn judge_role(&mut self, dir: Dir, block: &Block, kind: Kind, status: u16) {
        let asks = match kind {
            // Servers promise.
            Kind::Request if block.promised => false,
            // A request with a status may be either; clients open odd streams.
            Kind::Request if status == 0 && !block.stream.is_multiple_of(2) => true,
            Kind::Response => false,
            _ => return,
        };
        if self.roles.see(dir, asks) {
            self.streams.forget();
        }
    }

    /// Bytes of one direction are not in the capture.
    pub(crate) fn gap(&mut self, dir: Dir, len: u64, moment: &Moment, out: &mut Output<'_>) {
        self.count(dir, out);
        let gap = self.side(dir).gap(len);
        let Some(client) = self.roles.client() else { return };
        let Some(Gap { stream, content, ends, reset }) = gap else {
            let at = self.at(moment);
            return self.streams.miss_of_all(dir == client, &at, out);
        };
        let (is_request, gaps, at) = (dir == client, self.side(dir).gaps(), self.at(moment));
        if content > 0 || ends {
            self.streams.miss(stream, is_request, content, &at, out);
        }
        if ends {
            self.streams.end(stream, is_request, gaps, &at, out);
        }
        if reset {
            self.streams.reset(stream, is_request, &at, out);
        }
    }

    /// Frees memory until no more than `to` bytes are kept: the oldest exchanges leave as they are. Returns whether that was
    /// enough.
    pub(crate) fn relieve(&mut self, to: usize, moment: &Moment, out: &mut Output<'_>) -> bool {
        let (at, own) = (self.at(moment), self.buffered() - self.streams.buffered());
        self.streams.relieve(to.saturating_sub(own), &at, out);
        self.buffered() <= to
    }

    /// The flow is over: what is open is reported as it is.
    pub(crate) fn finish(&mut self, moment: &Moment, out: &mut Output<'_>) {
        self.count(Dir::Orig, out);
        self.count(Dir::Resp, out);
        let at = self.at(moment);
        self.streams.finish(&at, out);
    }

    /// Bytes kept.
    pub(crate) fn buffered(&self) -> usize {
        size_of::<Self>() + self.sides.iter().map(Side::buffered).sum::<usize>() + self.streams.buffered()
    }
}

impl Message {
    /// Whether this is an answer before the answer (RFC 9110 §15.2).
    const fn is_interim(&self) -> bool {
        self.head.status >= 100 && self.head.status < 200
    }

    /// Marks content that is not as long as was said: a gateway to HTTP/1 that believes one of the two can be led astray
    /// (RFC 9113 §8.1.1).
    fn judge_length(&mut self, of_head: bool) {
        if !self.head.has_any(FieldName::ContentLength.bit()) || of_head || self.head.status == 304 {
            return;
        }
        let mut said = self.head.fields.iter().filter(|field| field.id == FieldName::ContentLength);
        let len = self.len;
        let agrees = said.all(|field| {
            let value = field.value_in(&self.bytes);
            let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
            digits && std::str::from_utf8(value).is_ok_and(|text| text.parse() == Ok(len))
        });
        if !agrees {
            self.head.anomalies.insert(Anomaly::H2Malformed);
            self.head.anomalies.insert(Anomaly::HttpAmbiguousFraming);
        }
    }

    /// Adds the fields of a trailer section (RFC 9110 §6.5).
    fn append_trailers(&mut self, trailers: &Self) {
        let at = self.bytes.len() as u32;
        let room = model::limits::FIELDS_MAX.saturating_sub(self.head.fields.len());
        if trailers.bytes.len() > model::limits::H2_LIST_BYTES_MAX.saturating_sub(self.bytes.len()) {
            self.head.anomalies.insert(Anomaly::HttpLimit);
            return;
        }
        self.bytes.extend_from_slice(&trailers.bytes);
        for field in trailers.head.fields.iter().take(room) {
            let mut field = *field;
            field.name_at += at;
            field.value_at += at;
            self.head.push(field);
        }
        self.head.anomalies.extend(trailers.head.anomalies);
    }
}

impl Side {
    /// Decodes a block whose bytes were just read, or were kept, into the head of a message.
    fn decode(&mut self, block: &Block, bytes: &[u8], message: &mut Message) -> Kind {
        let mut section = Section::default();
        let coded = self.coded(block);
        let broken = self.fields(block, bytes, &mut |seen| section.take(seen, message)).is_err();
        if section.is_bomb(coded) {
            message.head.anomalies.insert(Anomaly::H2HeaderBomb);
        }
        section.finish(broken, message)
    }
}
