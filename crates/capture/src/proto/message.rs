//! One message of HTTP while it is being read, whatever the version: its head, the bytes it points into, its body so far.

use model::message::{Body, Field, FieldName, Fields, Request, Response, Span, Version};
use model::{Anomaly, AnomalySet, limits};

use super::exchange::Answer;
use super::framing::Framing;
use super::http1::request_oddities;
use crate::proto::Moment;

/// A start line with its header section; spans point into the bytes it was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub method: (u32, u32),
    pub target: (u32, u32),
    pub status: u16,
    pub version: Version,
    pub fields: Vec<Field>,
    /// The names of the fields, each by its [`FieldName::bit`].
    pub names: u64,
    pub anomalies: AnomalySet,
}

impl Head {
    /// Adds a field.
    #[inline]
    pub(in crate::proto) fn push(&mut self, field: Field) {
        self.names |= field.id.bit();
        self.fields.push(field);
    }

    /// Whether there is a field of any of the names in the set.
    pub(in crate::proto) const fn has_any(&self, names: u64) -> bool {
        self.names & names != 0
    }

    /// Forgets everything but its memory.
    pub(in crate::proto) fn reset(&mut self) {
        let mut fields = std::mem::take(&mut self.fields);
        fields.clear();
        *self = Self { fields, ..Self::default() };
    }
}

/// One message: its head with the bytes it points into, and its body so far.
#[derive(Clone, Debug, Default)]
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
    /// Messages of gRPC in the body.
    pub(in crate::proto) framing: Framing,
}

impl Message {
    /// Forgets everything but its memory.
    pub(crate) fn reset(&mut self) {
        let (mut bytes, mut kept) = (std::mem::take(&mut self.bytes), std::mem::take(&mut self.kept));
        let mut head = std::mem::take(&mut self.head);
        bytes.clear();
        kept.clear();
        head.reset();
        let mut framing = std::mem::take(&mut self.framing);
        framing.reset();
        *self = Self { bytes, head, kept, framing, ..Self::default() };
    }

    /// The method as sent.
    pub(in crate::proto) fn method(&self) -> &[u8] {
        part(&self.bytes, self.head.method)
    }

    /// Marks what the head of a request says in more than one way.
    pub(in crate::proto) fn judge_request(&mut self) {
        let marks = request_oddities(&self.bytes, part(&self.bytes, self.head.target), &self.head.fields);
        self.head.anomalies.extend(marks);
    }

    /// Adds content.
    pub(in crate::proto) fn content(&mut self, run: &[u8], keep: bool) {
        if self.len == 0 {
            self.begin_framing();
        }
        self.len += run.len() as u64;
        if self.framing.is_on() {
            self.framing.content(run);
        }
        if keep && self.kept.len() < limits::BODY_BYTES_MAX {
            let n = run.len().min(limits::BODY_BYTES_MAX - self.kept.len());
            self.kept.extend_from_slice(run.get(..n).unwrap_or_default());
        }
    }

    /// Content begins: of gRPC it is made of messages.
    fn begin_framing(&mut self) {
        // A coding around them hides them.
        if self.head.has_any(FieldName::ContentType.bit()) && !self.head.has_any(FieldName::ContentEncoding.bit()) {
            let media = self.head.fields.iter().find(|field| field.id == FieldName::ContentType);
            self.framing.begin(media.map_or(&[], |field| field.value_in(&self.bytes)));
        } else if self.head.anomalies.contains(Anomaly::H2Desync)
            || self.head.anomalies.contains(Anomaly::H2ResponseDesync)
        {
            self.framing.begin_unsure();
        }
    }

    /// So many bytes of content are missing, or at least so many.
    pub(in crate::proto) fn miss(&mut self, len: u64, exactly: bool) {
        if self.len == 0 && self.missing == 0 {
            self.begin_framing();
        }
        self.missing += len;
        self.head.anomalies.insert(Anomaly::TcpGap);
        if self.framing.is_on() {
            if exactly { self.framing.gap(len) } else { self.framing.lose() }
        }
    }

    /// Some of it was seen then; what came first need not be what was sent first.
    pub(in crate::proto) fn cover(&mut self, moment: &Moment) {
        self.span.last_at = self.span.last_at.max(moment.seen_at);
        self.span.last_frame = self.span.last_frame.max(moment.seen_frame);
    }

    /// Marks the end; `whole` unless something is missing.
    pub(in crate::proto) fn end(&mut self, whole: bool, moment: &Moment) {
        self.done = true;
        self.whole = whole && self.missing == 0;
        self.cover(moment);
    }

    fn body(&self) -> Body<'_> {
        Body {
            kept: &self.kept,
            len: self.len,
            complete: self.whole,
            chunked: self.chunked,
            messages: self.framing.told(),
        }
    }

    fn fields(&self) -> Fields<'_> {
        fields_of(&self.bytes, &self.head)
    }

    pub(in crate::proto) fn request(&self) -> Request<'_> {
        Request {
            method: self.method(),
            target: part(&self.bytes, self.head.target),
            version: self.head.version,
            fields: self.fields(),
            body: self.body(),
            span: self.span,
        }
    }

    pub(in crate::proto) fn answer(&self) -> Answer<'_> {
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
            + self.framing.buffered()
            + self.head.fields.capacity() * size_of::<model::message::Field>()
    }
}

/// The fields of a head read from `bytes`.
pub(in crate::proto) fn fields_of<'a>(bytes: &'a [u8], head: &'a Head) -> Fields<'a> {
    Fields::new(bytes, &head.fields)
}

fn part(bytes: &[u8], (at, len): (u32, u32)) -> &[u8] {
    let at = at as usize;
    bytes.get(at..at.saturating_add(len as usize)).unwrap_or_default()
}
