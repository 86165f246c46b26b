//! One direction of a WebSocket: frames, messages in fragments, and what to do when the place is lost.
//!
//! In: contiguous bytes and gaps. Out: messages, to the part at hand. Kept: the content of the message being read, up to
//! [`limits::MESSAGE_BYTES_MAX`], and the window it is compressed against.
//!
//! A frame whose length is known goes on behind a gap inside it. Otherwise frames are looked for where segments begin:
//! believed at once when text stands in them, at the second segment in a row that is nothing but frames, or after several
//! plausible frames of which nothing is told.

use std::time::Duration;

use model::message::Span;
use model::{Anomaly, PacketTime, limits};

use super::frame::{self, Frame, HEADER_MAX, Likeness, likeness};
use super::handshake::Deflate;
use super::inflate::{Fare, Inflater};
use crate::proto::Output;
use crate::proto::stream::{Part, Scene, Told};

/// Frames that must be plausible, and are not told of, where nothing else says that a frame begins.
const PROBATION: u8 = 4;
/// Longest payload that such a frame may have.
const PROBATION_BYTES_MAX: u64 = 16 << 20;
/// Span over which control frames are counted.
const FLOOD_SPAN: Duration = Duration::from_secs(10);
/// Bytes unmasked at a time to be inflated.
const RUN: usize = 1 << 10;

#[derive(Clone, Copy, Debug)]
enum State {
    /// Between frames, with so many bytes of a header.
    Header(usize),
    /// So many bytes into the payload of a frame.
    Payload { frame: Frame, at: u64 },
    /// The start of each segment is looked at.
    Lost,
}

/// The message being read.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "four things that are each for itself")]
struct Building {
    text: bool,
    compressed: bool,
    /// Whether its content is known so far.
    read: bool,
    /// Whether its content is kept.
    keep: bool,
    fragments: u32,
    /// Bytes of content.
    content: u64,
    span: Span,
}

/// Where messages go.
pub(super) struct Sink<'a, 'o> {
    pub part: &'a mut Part,
    pub scene: &'a Scene<'a>,
    pub ordinal: &'a mut u32,
    pub out: &'a mut Output<'o>,
}

#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "things that happen each for itself")]
pub(super) struct Side {
    /// Whether the client sends.
    sent: bool,
    state: State,
    header: [u8; HEADER_MAX],
    /// When the frame being read began.
    span: Span,
    building: Option<Building>,
    content: Vec<u8>,
    deflate: Deflate,
    inflater: Option<Box<Inflater>>,
    /// Frames may be missing before the next one.
    resumed: bool,
    /// Whether anything was ever missing.
    ever_lost: bool,
    /// Frames that still have to prove themselves.
    probation: u8,
    /// The last segment was nothing but frames.
    fitted: bool,
    /// Since when frames that cost are counted, and how many there were.
    flood: (PacketTime, u32),
    /// Messages are counted and no more.
    counting: bool,
}

impl Side {
    /// `whole`: from its first byte on.
    pub(super) fn new(sent: bool, deflate: Deflate, whole: bool) -> Self {
        Self {
            sent,
            state: if whole { State::Header(0) } else { State::Lost },
            header: [0; HEADER_MAX],
            span: Span::default(),
            building: None,
            content: Vec::new(),
            deflate,
            inflater: None,
            resumed: !whole,
            ever_lost: !whole,
            probation: 0,
            fitted: false,
            flood: (PacketTime::ZERO, 0),
            counting: false,
        }
    }

    /// Reads on; returns how many of the bytes are not understood.
    pub(super) fn read(&mut self, data: &[u8], to: &mut Sink<'_, '_>) -> u64 {
        if matches!(self.state, State::Lost) && !self.looks_found(data) {
            return data.len() as u64;
        }
        let (mut rest, mut lost) = (data, 0);
        loop {
            let silent = self.probation > 0;
            let used = match self.state {
                State::Header(have) if !rest.is_empty() => self.frame_header(have, rest, to),
                State::Payload { frame, at } if !rest.is_empty() || at == frame.len => {
                    self.payload(frame, at, rest, to)
                }
                State::Lost => {
                    lost += rest.len() as u64;
                    break;
                }
                _ => break,
            };
            if silent {
                lost += used as u64;
            }
            rest = rest.get(used..).unwrap_or_default();
        }
        lost
    }

    /// Whether a frame begins with these bytes, as far as can be said.
    fn looks_found(&mut self, data: &[u8]) -> bool {
        let compressed = self.deflate.may_be();
        let likeness = likeness(data, self.sent, compressed);
        let fitted = std::mem::replace(&mut self.fitted, likeness == Likeness::Fits);
        if likeness == Likeness::Sure || likeness == Likeness::Fits && fitted {
            self.probation = 0;
        } else if likeness == Likeness::None && Frame::read(data).is_some_and(|(frame, _)| self.is_on_probation(&frame))
        {
            self.probation = PROBATION;
        } else {
            return false;
        }
        self.state = State::Header(0);
        true
    }

    fn is_on_probation(&self, frame: &Frame) -> bool {
        frame.is_plausible(self.sent, self.deflate.may_be()) && frame.len <= PROBATION_BYTES_MAX
    }

    fn lose_place(&mut self) {
        (self.state, self.resumed, self.ever_lost, self.fitted) = (State::Lost, true, true, false);
        self.probation = 0;
        if let Some(building) = &mut self.building {
            building.read = false;
        }
        if let Some(inflater) = &mut self.inflater {
            inflater.lose();
        }
    }

    fn frame_header(&mut self, have: usize, data: &[u8], to: &mut Sink<'_, '_>) -> usize {
        if have == 0 {
            self.span = to.scene.moment.span();
        }
        let mut end = have;
        for byte in data {
            let whole = match self.header.get(..end) {
                Some([_, second, ..]) => Frame::header_len(*second),
                _ => 2,
            };
            if end >= 2 && end == whole {
                break;
            }
            if let Some(slot) = self.header.get_mut(end) {
                *slot = *byte;
            }
            end += 1;
        }
        let used = end - have;
        match Frame::read(self.header.get(..end).unwrap_or_default()) {
            Some((frame, header)) if header == end => self.begin(frame, to),
            _ => self.state = State::Header(end),
        }
        used
    }

    /// A frame begins.
    fn begin(&mut self, frame: Frame, to: &mut Sink<'_, '_>) {
        self.state = State::Payload { frame, at: 0 };
        if self.probation > 0 {
            if self.is_on_probation(&frame) {
                self.probation -= 1;
            } else {
                self.lose_place();
            }
            if self.probation > 0 || matches!(self.state, State::Lost) {
                return;
            }
        }
        if !frame.is_known() {
            // No peer goes on behind it (§5.2): nor is anything believed that follows at once.
            to.part.mark(Anomaly::WsMalformed);
            return self.lose_place();
        }
        if !frame.proper_len || frame.mask.is_some() != self.sent || frame.is_too_long() {
            to.part.mark(Anomaly::WsMalformed);
        }
        self.count_cost(&frame, to);
        if frame.is_control() {
            if !frame.fin || frame.reserved != 0 {
                to.part.mark(Anomaly::WsMalformed);
            }
            to.part.counts(self.sent).control += 1;
        } else {
            self.begin_data(&frame, to);
        }
    }

    fn count_cost(&mut self, frame: &Frame, to: &mut Sink<'_, '_>) {
        if !frame.is_control() && (frame.len > 0 || frame.fin) {
            return;
        }
        let at = to.scene.moment.seen_at;
        let (since, count) = &mut self.flood;
        if at.since(*since) > FLOOD_SPAN {
            (*since, *count) = (at, 0);
        }
        *count = count.saturating_add(1);
        if *count > limits::WS_CONTROL_FRAMES_MAX {
            to.part.mark(Anomaly::WsLimit);
            self.counting = true;
        }
    }

    fn begin_data(&mut self, frame: &Frame, to: &mut Sink<'_, '_>) {
        let compressed = frame.reserved & frame::COMPRESSED != 0;
        let odd = frame.reserved & !frame::COMPRESSED != 0 || compressed && !self.deflate.may_be();
        let resumed = std::mem::take(&mut self.resumed);
        if frame.opcode == frame::CONTINUATION {
            if odd || compressed || self.building.is_none() && !resumed {
                to.part.mark(Anomaly::WsMalformed);
            }
            let span = self.span;
            let building = self.building.get_or_insert(Building {
                text: false,
                compressed: false,
                read: false,
                keep: false,
                fragments: 0,
                content: 0,
                span,
            });
            building.fragments = building.fragments.saturating_add(1);
            if building.fragments > limits::WS_FRAGMENTS_MAX {
                to.part.mark(Anomaly::WsLimit);
                self.give_up_message();
            }
            return;
        }
        if odd || self.building.is_some() && !resumed {
            to.part.mark(Anomaly::WsMalformed);
        }
        if self.building.is_some() {
            self.give_up_message();
            self.tell(to);
        }
        let text = frame.opcode == frame::TEXT;
        let keep = to.part.wants(self.sent) && !self.counting;
        let compressed = compressed && self.deflate.may_be();
        self.building =
            Some(Building { text, compressed, read: !odd, keep, fragments: 1, content: 0, span: self.span });
        if compressed {
            let (takeover, whole) = (!matches!(self.deflate, Deflate::Yes { takeover: false }), !self.ever_lost);
            self.inflater.get_or_insert_with(|| Box::new(Inflater::new(takeover, whole))).begin();
        }
    }

    /// The content of the message being read will not be known.
    fn give_up_message(&mut self) {
        let Some(building) = &mut self.building else { return };
        building.read = false;
        if building.compressed
            && let Some(inflater) = &mut self.inflater
        {
            inflater.lose();
        }
    }

    fn payload(&mut self, frame: Frame, at: u64, data: &[u8], to: &mut Sink<'_, '_>) -> usize {
        let left = frame.len - at;
        let used = usize::try_from(left).unwrap_or(usize::MAX).min(data.len());
        let run = data.get(..used).unwrap_or_default();
        if self.probation == 0 && !frame.is_control() {
            to.part.counts(self.sent).bytes += used as u64;
            self.run(run, frame.mask, at);
        }
        self.move_on(frame, at + used as u64, to);
        used
    }

    fn move_on(&mut self, frame: Frame, at: u64, to: &mut Sink<'_, '_>) {
        if at < frame.len {
            self.state = State::Payload { frame, at };
            return;
        }
        self.state = State::Header(0);
        if self.probation > 0 {
            return;
        }
        to.part.cover(Span {
            first_at: self.span.first_at,
            first_frame: self.span.first_frame,
            ..to.scene.moment.span()
        });
        if frame.is_control() {
            to.part.leave_when_due(to.scene, to.ordinal, to.out);
        } else if frame.fin {
            self.tell(to);
        }
    }

    /// Content of the message being read.
    fn run(&mut self, run: &[u8], mask: Option<[u8; 4]>, at: u64) {
        let Some(building) = self.building.as_mut().filter(|building| building.read) else { return };
        let content = &mut self.content;
        let room = |content: &Vec<u8>| limits::MESSAGE_BYTES_MAX.saturating_sub(content.len());
        if !building.compressed {
            building.content += run.len() as u64;
            if building.keep {
                let kept = run.get(..run.len().min(room(content))).unwrap_or_default();
                let from = content.len();
                content.extend_from_slice(kept);
                if let (Some(mask), Some(kept)) = (mask, content.get_mut(from..)) {
                    frame::unmask(kept, mask, at);
                }
            }
            return;
        }
        let Some(inflater) = &mut self.inflater else { return };
        let mut at = at;
        for piece in run.chunks(RUN) {
            let mut plain = [0; RUN];
            let Some(plain) = plain.get_mut(..piece.len()) else { return };
            plain.copy_from_slice(piece);
            if let Some(mask) = mask {
                frame::unmask(plain, mask, at);
            }
            at += piece.len() as u64;
            inflater.piece(plain, &mut |run| take(building, content, run));
        }
    }

    /// The message ended.
    fn tell(&mut self, to: &mut Sink<'_, '_>) {
        let Some(mut building) = self.building.take() else { return };
        if building.compressed
            && building.read
            && let Some(inflater) = &mut self.inflater
        {
            let content = &mut self.content;
            let fare = inflater.end(&mut |run| take(&mut building, content, run));
            match fare {
                Fare::Well | Fare::Unknown => {}
                Fare::Malformed => to.part.mark(Anomaly::ContentMalformed),
                Fare::Bomb => to.part.mark(Anomaly::ContentBomb),
            }
            building.read = fare == Fare::Well;
        }
        let whole = building.keep && self.content.len() as u64 == building.content;
        if building.read && building.text && whole && std::str::from_utf8(&self.content).is_err() {
            to.part.mark(Anomaly::WsMalformed);
        }
        let told = Told {
            sent: self.sent,
            text: building.text,
            read: building.read,
            keep: building.keep,
            kept: &self.content,
            content: building.content,
            span: Span {
                first_at: building.span.first_at,
                first_frame: building.span.first_frame,
                ..to.scene.moment.span()
            },
        };
        to.part.message(&told, to.scene, to.ordinal, to.out);
        self.content.clear();
        self.content.shrink_to(limits::SPARE_MESSAGE_BYTES_MAX);
    }

    /// So many bytes are missing.
    pub(super) fn gap(&mut self, len: Option<u64>, to: &mut Sink<'_, '_>) {
        match (self.state, len) {
            (State::Payload { frame, at }, Some(len)) if frame.len - at >= len && self.probation == 0 => {
                if !frame.is_control() {
                    self.ever_lost = true;
                    self.give_up_message();
                }
                self.move_on(frame, at + len, to);
            }
            _ => self.lose_place(),
        }
    }

    /// Bytes kept.
    pub(super) fn buffered(&self) -> usize {
        let inflater = if self.inflater.is_some() { limits::WS_INFLATER_BYTES } else { 0 };
        self.content.capacity() + inflater
    }
}

/// Takes content that was inflated.
fn take(building: &mut Building, content: &mut Vec<u8>, run: &[u8]) {
    building.content += run.len() as u64;
    if building.keep {
        let room = limits::MESSAGE_BYTES_MAX.saturating_sub(content.len());
        content.extend_from_slice(run.get(..run.len().min(room)).unwrap_or_default());
    }
}
