//! A request and its answer while they are being read, and the view of them that leaves.

use model::message::{Body, Request, Response, Span};
use model::{Anomaly, AnomalySet, FlowEnds, Stamp, Transaction, limits};

use super::head::Head;
use super::oddities;
use crate::proto::{Moment, Output, Spare};
use model::ledger::Counter;
use model::message::Fields;

/// One message: its head with the bytes it points into, and its body so far.
#[derive(Debug, Default)]
pub(crate) struct Message {
    pub bytes: Vec<u8>,
    pub head: Head,
    pub kept: Vec<u8>,
    pub len: u64,
    pub chunked: bool,
    /// Whether its end was reached.
    pub done: bool,
    /// Whether every byte of it was seen.
    pub whole: bool,
    pub missing: u64,
    pub span: Span,
}

impl Message {
    /// Forgets everything but its memory.
    pub(crate) fn reset(&mut self) {
        let (mut bytes, mut kept) = (std::mem::take(&mut self.bytes), std::mem::take(&mut self.kept));
        let mut head = std::mem::take(&mut self.head);
        bytes.clear();
        kept.clear();
        head.reset();
        *self = Self { bytes, head, kept, ..Self::default() };
    }

    /// The method as sent.
    pub(super) fn method(&self) -> &[u8] {
        part(&self.bytes, self.head.method)
    }

    /// Marks what the head of a request says in more than one way.
    pub(super) fn judge_request(&mut self) {
        let marks = oddities::of_request(&self.bytes, part(&self.bytes, self.head.target), &self.head.fields);
        self.head.anomalies.extend(marks);
    }

    /// Adds content.
    pub(super) fn content(&mut self, run: &[u8], keep: bool) {
        self.len += run.len() as u64;
        if keep && self.kept.len() < limits::BODY_BYTES_MAX {
            let n = run.len().min(limits::BODY_BYTES_MAX - self.kept.len());
            self.kept.extend_from_slice(run.get(..n).unwrap_or_default());
        }
    }

    /// Some of it was seen then; what came first need not be what was sent first.
    pub(super) fn cover(&mut self, moment: &Moment) {
        self.span.last_at = self.span.last_at.max(moment.seen_at);
        self.span.last_frame = self.span.last_frame.max(moment.seen_frame);
    }

    /// Marks the end; `whole` unless something is missing.
    pub(super) fn end(&mut self, whole: bool, moment: &Moment) {
        self.done = true;
        self.whole = whole && self.missing == 0;
        self.cover(moment);
    }

    fn body(&self) -> Body<'_> {
        Body { kept: &self.kept, len: self.len, complete: self.whole, chunked: self.chunked }
    }

    fn fields(&self) -> Fields<'_> {
        fields_of(&self.bytes, &self.head)
    }

    fn request(&self) -> Request<'_> {
        Request {
            method: self.method(),
            target: part(&self.bytes, self.head.target),
            version: self.head.version,
            fields: self.fields(),
            body: self.body(),
            span: self.span,
        }
    }

    fn answer(&self) -> Answer<'_> {
        let response = Response {
            status: self.head.status,
            version: self.head.version,
            fields: self.fields(),
            body: self.body(),
            span: self.span,
        };
        Answer { response, anomalies: self.head.anomalies, missing: self.missing }
    }

    /// Bytes kept.
    pub(crate) fn buffered(&self) -> usize {
        size_of::<Self>()
            + self.bytes.capacity()
            + self.kept.capacity()
            + self.head.fields.capacity() * size_of::<model::message::Field>()
    }
}

/// The fields of a head read from `bytes`.
pub(super) fn fields_of<'a>(bytes: &'a [u8], head: &'a Head) -> Fields<'a> {
    Fields::new(bytes, &head.fields)
}

/// A response as it leaves: a message that was kept, or one that lies whole in its segment.
pub(super) struct Answer<'a> {
    pub response: Response<'a>,
    pub anomalies: AnomalySet,
    pub missing: u64,
}

fn part(bytes: &[u8], (at, len): (u32, u32)) -> &[u8] {
    let at = at as usize;
    bytes.get(at..at.saturating_add(len as usize)).unwrap_or_default()
}

/// A request with what was answered so far.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// `None`: requests may have been lost here.
    pub request: Option<Box<Message>>,
    pub response: Option<Box<Message>>,
    pub interim: Vec<u16>,
    pub anomalies: AnomalySet,
}

impl Exchange {
    /// Stands for requests that a gap may have swallowed.
    pub(super) const fn is_unknown(&self) -> bool {
        self.request.is_none()
    }

    /// Whether its request was seen whole.
    pub(super) fn is_asked(&self) -> bool {
        self.request.as_ref().is_some_and(|m| m.whole)
    }

    pub(super) fn is_complete(&self) -> bool {
        self.request.as_ref().is_some_and(|m| m.done) && self.response.as_ref().is_some_and(|m| m.done)
    }

    pub(super) fn buffered(&self) -> usize {
        let request = self.request.as_deref().map_or(0, Message::buffered);
        request + self.response.as_deref().map_or(0, Message::buffered) + size_of::<Self>()
    }

    /// Gives its memory back.
    pub(super) fn recycle(self, spare: &mut Spare) {
        for message in [self.request, self.response].into_iter().flatten() {
            spare.keep_message(message);
        }
    }

    /// Its response as far as it was kept.
    pub(super) fn answer(&self) -> Option<Answer<'_>> {
        self.response.as_deref().map(Message::answer)
    }

    /// Hands the exchange to the sink, with the answer given.
    pub(super) fn emit(
        &self,
        answer: Option<Answer<'_>>,
        ends: FlowEnds,
        ordinal: u32,
        moment: &Moment,
        out: &mut Output<'_>,
    ) {
        let mut anomalies = moment.anomalies;
        anomalies.extend(self.anomalies);
        let mut missing = 0;
        if let Some(request) = &self.request {
            anomalies.extend(request.head.anomalies);
            missing += request.missing;
        }
        if let Some(answer) = &answer {
            anomalies.extend(answer.anomalies);
            missing += answer.missing;
        }
        if moment.midstream {
            anomalies.insert(Anomaly::TcpMidstream);
        }
        out.ledger.add(
            match (&self.request, &answer) {
                (Some(_), Some(_)) => Counter::TransactionsComplete,
                (Some(_), None) => Counter::TransactionsRequestOnly,
                _ => Counter::TransactionsResponseOnly,
            },
            1,
        );
        out.sink.transaction(&Transaction {
            stamp: stamp(moment, ordinal),
            at: moment.at,
            flow: ends,
            flow_at: moment.flow_at,
            ordinal,
            request: self.request.as_deref().map(Message::request),
            response: answer.map(|answer| answer.response),
            interim: &self.interim,
            anomalies,
            missing,
        });
    }
}

fn stamp(moment: &Moment, ordinal: u32) -> Stamp {
    Stamp { frame: moment.frame, phase: moment.phase, flow: moment.flow_frame, sub: ordinal }
}
