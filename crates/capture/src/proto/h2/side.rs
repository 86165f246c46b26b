//! One direction of a connection: where frames begin and end, and header blocks put together.
//!
//! In: contiguous bytes. Out: steps, one for each frame or part of one that means something. Kept: the part of a header
//! that was cut, the fragments of a header block that is not whole, the table of its encoder.

use model::limits;
use model::message::Span;

use super::frame::{self, Frame, HEADER_LEN};
use super::hpack::{Broken, Decoder, Seen};
use crate::proto::Moment;

/// What the client sends first (RFC 9113 §3.4).
pub(in crate::proto) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What came of some bytes.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing yet, or nothing of interest.
    More,
    /// The frames cannot be found any more.
    Lost,
    /// A frame begins.
    Begin(Frame),
    /// Content, by its place in the bytes just used.
    Content { frame: Frame, from: usize, to: usize, ends: bool },
    /// A header block is whole.
    Block(Block),
    /// A header block is longer than any server takes.
    Endless,
    /// A stream was reset.
    Reset(u32),
}

/// A header block that is whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// The stream it is of; of a promise, the promised one.
    pub stream: u32,
    pub promised: bool,
    pub end_stream: bool,
    /// Where it lies in the bytes just used; `None` when it was kept.
    place: Option<(usize, usize)>,
    pub span: Span,
}

/// What missing bytes were part of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    pub stream: u32,
    /// How many of them are content.
    pub content: u64,
    /// With them the message ended.
    pub ends: bool,
    /// They were the end of a reset.
    pub reset: bool,
}

/// Where in the frames the reader stands.
#[derive(Debug)]
enum State {
    /// So many bytes of the preface were seen.
    Preface(usize),
    /// Between frames, with so many bytes of a header.
    Header(usize),
    /// In a frame, with so many bytes to come.
    Payload { frame: Frame, left: u32, part: Part },
    /// The start of each segment is looked at.
    Lost,
}

/// What the payload of a frame is to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Content, followed by so many bytes of padding; `None` before their number was read.
    Content { padding: Option<u8> },
    /// A fragment of a header block.
    Fragment,
    /// Passed over.
    Skip,
}

/// A header block that is not whole.
#[derive(Clone, Copy, Debug)]
struct Pending {
    stream: u32,
    promised: bool,
    end_stream: bool,
    span: Span,
    /// Some of it is lost: the rest is passed over.
    lost: bool,
}

/// Reader of one direction.
#[derive(Debug)]
pub(super) struct Side {
    state: State,
    header: [u8; HEADER_LEN],
    /// Payload of a frame with a fragment, when it was cut.
    cut: Vec<u8>,
    /// Fragments of the block that is not whole.
    fragments: Vec<u8>,
    pending: Option<Pending>,
    /// When the frame being read began.
    span: Span,
    decoder: Decoder,
    /// How often bytes were lost that may have held frames.
    gaps: u32,
    /// Frames that must still look like frames before their begin, which was looked for, is believed.
    probation: u8,
    /// The first stream of a frame on probation.
    trial_stream: u32,
    /// Bytes read that are not counted yet: on probation they may turn out to be no frames.
    pub uncounted: u64,
}

/// Frames that have to be plausible.
const PROBATION: u8 = 8;

impl Side {
    /// Of a client whose first byte comes next.
    pub(super) fn at_preface() -> Self {
        Self { state: State::Preface(0), ..Self::at_frame(true) }
    }

    /// Whose next byte begins a frame; `whole`: the first one.
    pub(super) fn at_frame(whole: bool) -> Self {
        Self {
            state: if whole { State::Header(0) } else { State::Lost },
            header: [0; HEADER_LEN],
            cut: Vec::new(),
            fragments: Vec::new(),
            pending: None,
            span: Span::default(),
            decoder: Decoder::new(whole),
            gaps: 0,
            probation: 0,
            trial_stream: 0,
            uncounted: 0,
        }
    }

    /// Whether frames have to be looked for.
    pub(super) const fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost)
    }

    /// Whether a frame is whole without a further byte.
    pub(super) const fn is_due(&self) -> bool {
        matches!(self.state, State::Payload { left: 0, .. })
    }

    /// A frame begins with the next byte.
    pub(super) const fn found(&mut self) {
        self.state = State::Header(0);
        (self.probation, self.trial_stream) = (PROBATION, 0);
    }

    /// Whether the frame that begins must look like one to be believed.
    pub(super) const fn is_on_trial(&self) -> bool {
        self.probation > 0
    }

    /// A frame on trial looks like one; returns whether its stream is near those of the frames before.
    pub(super) const fn pass(&mut self, frame: Frame) -> bool {
        self.probation -= 1;
        if self.trial_stream == 0 {
            self.trial_stream = frame.stream;
        }
        frame.stream == 0 || frame.stream.abs_diff(self.trial_stream) <= limits::H2_STREAMS_AHEAD_MAX
    }

    /// What was found was none: frames are looked for again. Returns the bytes read meanwhile.
    pub(super) fn refuse(&mut self) -> u64 {
        self.cut.clear();
        self.abandon();
        (self.state, self.probation) = (State::Lost, 0);
        std::mem::take(&mut self.uncounted)
    }

    /// How often bytes were lost that may have held frames.
    pub(super) const fn gaps(&self) -> u32 {
        self.gaps
    }

    /// Bytes kept.
    pub(super) fn buffered(&self) -> usize {
        self.cut.capacity() + self.fragments.capacity() + self.decoder.buffered()
    }

    /// Reads on; returns the bytes used. None only when a frame without payload is whole, or the reader changed its mind.
    pub(super) fn read(&mut self, data: &[u8], moment: &Moment) -> (usize, Step) {
        match self.state {
            State::Preface(seen) => self.preface(seen, data),
            State::Header(have) => self.frame(have, data, moment),
            State::Payload { frame, left, part } => self.payload(frame, left, part, data, moment),
            State::Lost => (data.len(), Step::Lost),
        }
    }

    fn preface(&mut self, seen: usize, data: &[u8]) -> (usize, Step) {
        let expected = PREFACE.get(seen..).unwrap_or_default();
        let used = expected.len().min(data.len());
        if expected.get(..used) != data.get(..used) {
            // What is passed over may hold header blocks.
            self.abandon();
            self.state = State::Lost;
            return (used, Step::Lost);
        }
        self.state = if used == expected.len() { State::Header(0) } else { State::Preface(seen + used) };
        (used, Step::More)
    }

    fn frame(&mut self, have: usize, data: &[u8], moment: &Moment) -> (usize, Step) {
        if have == 0 {
            self.span = moment.span();
        }
        let free = self.header.get_mut(have..).unwrap_or_default();
        let used = free.len().min(data.len());
        if let (Some(to), Some(from)) = (free.get_mut(..used), data.get(..used)) {
            to.copy_from_slice(from);
        }
        if have + used < HEADER_LEN {
            self.state = State::Header(have + used);
            return (used, Step::More);
        }
        let frame = Frame::read(&self.header);
        self.begin(frame);
        (used, Step::Begin(frame))
    }

    fn begin(&mut self, frame: Frame) {
        let part = match frame.kind {
            frame::DATA => Part::Content { padding: if frame.has(frame::PADDED) { None } else { Some(0) } },
            frame::HEADERS | frame::PUSH_PROMISE | frame::CONTINUATION => Part::Fragment,
            _ => Part::Skip,
        };
        // A block that is not whole goes on with nothing else (§4.3).
        if self.pending.is_some_and(|p| frame.kind != frame::CONTINUATION || p.stream != frame.stream && !p.promised) {
            self.abandon();
        }
        self.state = State::Payload { frame, left: frame.len, part };
        if frame.len == 0 && part == Part::Skip {
            self.state = State::Header(0);
        }
    }

    /// A block will never be whole, and what it would have inserted never be known.
    fn abandon(&mut self) {
        self.pending = None;
        self.fragments.clear();
        self.decoder.doubt();
    }

    fn payload(&mut self, frame: Frame, left: u32, part: Part, data: &[u8], moment: &Moment) -> (usize, Step) {
        let have = data.len().min(left as usize);
        match part {
            Part::Content { padding } => self.content(frame, left, padding, have, data),
            Part::Fragment => self.fragment(frame, left, have, data, moment),
            Part::Skip => {
                let left = left - have as u32;
                self.state = if left == 0 { State::Header(0) } else { State::Payload { frame, left, part } };
                let reset = left == 0 && frame.kind == frame::RST_STREAM;
                (have, if reset { Step::Reset(frame.stream) } else { Step::More })
            }
        }
    }

    fn content(&mut self, frame: Frame, left: u32, padding: Option<u8>, have: usize, data: &[u8]) -> (usize, Step) {
        let Some(padding) = padding else {
            let padding = data.first().copied().unwrap_or_default();
            // More padding than there is room for is none (§6.1 calls it an error).
            let padding = if u32::from(padding) < left { padding } else { 0 };
            let part = Part::Content { padding: Some(padding) };
            let left = left.saturating_sub(1);
            self.state = State::Payload { frame, left, part };
            let used = usize::from(have > 0);
            if left == 0 {
                return (used, self.whole(frame, used, used));
            }
            return (used, Step::More);
        };
        let content = have.min((left as usize).saturating_sub(usize::from(padding)));
        let left = left - have as u32;
        if left == 0 {
            return (have, self.whole(frame, 0, content));
        }
        self.state = State::Payload { frame, left, part: Part::Content { padding: Some(padding) } };
        (have, Step::Content { frame, from: 0, to: content, ends: false })
    }

    fn whole(&mut self, frame: Frame, from: usize, to: usize) -> Step {
        self.state = State::Header(0);
        Step::Content { frame, from, to, ends: frame.has(frame::END_STREAM) }
    }

    fn fragment(&mut self, frame: Frame, left: u32, have: usize, data: &[u8], moment: &Moment) -> (usize, Step) {
        let over = self.fragments.len() + self.cut.len() + left as usize > limits::H2_BLOCK_BYTES_MAX;
        if over || self.pending.is_some_and(|pending| pending.lost) {
            // Too long to be kept: its stream goes without a head, and the table is in doubt.
            let known = self.pending.is_some_and(|pending| pending.lost);
            self.cut.clear();
            self.lose_block(frame);
            self.state = State::Payload { frame, left, part: Part::Skip };
            if left == 0 {
                self.state = State::Header(0);
            }
            return (0, if known { Step::More } else { Step::Endless });
        }
        let bytes = data.get(..have).unwrap_or_default();
        if have < left as usize {
            self.cut.extend_from_slice(bytes);
            self.state = State::Payload { frame, left: left - have as u32, part: Part::Fragment };
            return (have, Step::More);
        }
        self.state = State::Header(0);
        if self.cut.is_empty() {
            return (have, self.whole_fragment(frame, bytes, true, moment));
        }
        let mut cut = std::mem::take(&mut self.cut);
        cut.extend_from_slice(bytes);
        let step = self.whole_fragment(frame, &cut, false, moment);
        cut.clear();
        self.cut = cut;
        (have, step)
    }

    fn lose_block(&mut self, frame: Frame) {
        let ends = frame.has(frame::END_HEADERS);
        self.fragments.clear();
        self.decoder.doubt();
        let (stream, span) = (frame.stream, self.span);
        let lost = Pending { stream, promised: false, end_stream: false, span, lost: true };
        self.pending = if ends { None } else { Some(lost) };
    }

    /// The payload of a frame with a fragment is whole; `at_hand`: it lies in the bytes just used, from their start.
    fn whole_fragment(&mut self, frame: Frame, payload: &[u8], at_hand: bool, moment: &Moment) -> Step {
        let Some((from, to, promised)) = bounds(frame, payload) else {
            self.abandon();
            return Step::More;
        };
        let fragment = payload.get(from..to).unwrap_or_default();
        if frame.kind == frame::CONTINUATION {
            let Some(pending) = self.pending else {
                // Its begin was not seen.
                self.abandon();
                return Step::More;
            };
            self.fragments.extend_from_slice(fragment);
            if !frame.has(frame::END_HEADERS) {
                return Step::More;
            }
            self.pending = None;
            let Pending { stream, promised, end_stream, span, .. } = pending;
            return Step::Block(Block { stream, promised, end_stream, place: None, span });
        }
        let span = if self.span.first_frame == 0 { moment.span() } else { self.span };
        let (stream, promised) = (promised.unwrap_or(frame.stream), promised.is_some());
        let end_stream = frame.kind == frame::HEADERS && frame.has(frame::END_STREAM);
        if frame.has(frame::END_HEADERS) {
            let place = at_hand.then_some((from, to));
            if !at_hand {
                self.fragments.extend_from_slice(fragment);
            }
            return Step::Block(Block { stream, promised, end_stream, place, span });
        }
        self.fragments.extend_from_slice(fragment);
        self.pending = Some(Pending { stream, promised, end_stream, span, lost: false });
        Step::More
    }

    /// Bytes of a block on the wire.
    pub(super) fn coded(&self, block: &Block) -> usize {
        block.place.map_or(self.fragments.len(), |(from, to)| to.saturating_sub(from))
    }

    /// Gives the fields of a block to `take`; `bytes` are those just used.
    pub(super) fn fields(&mut self, block: &Block, bytes: &[u8], take: &mut dyn FnMut(Seen<'_>)) -> Result<(), Broken> {
        let kept = std::mem::take(&mut self.fragments);
        let lies = match block.place {
            Some((from, to)) => bytes.get(from..to).unwrap_or_default(),
            None => &kept,
        };
        let read = self.decoder.block(lies, take);
        if read.is_err() {
            self.decoder.doubt();
        }
        self.fragments = kept;
        if block.place.is_none() {
            self.fragments.clear();
        }
        read
    }

    /// Bytes are missing. Returns what they were part of, when that is known.
    pub(super) fn gap(&mut self, len: u64) -> Option<Gap> {
        if let State::Payload { frame, left, part } = self.state
            && u64::from(left) >= len
            && part != (Part::Content { padding: None })
        {
            let rest = left - len as u32;
            let content = match part {
                Part::Content { padding: Some(padding) } => {
                    let content = |left: u32| u64::from(left.saturating_sub(u32::from(padding)));
                    content(left) - content(rest)
                }
                Part::Fragment => {
                    self.cut.clear();
                    self.lose_block(frame);
                    0
                }
                _ => 0,
            };
            let part = if part == Part::Fragment { Part::Skip } else { part };
            self.state = if rest == 0 { State::Header(0) } else { State::Payload { frame, left: rest, part } };
            let last = rest == 0 && matches!(frame.kind, frame::DATA | frame::HEADERS) && frame.has(frame::END_STREAM);
            let given_up = rest == 0 && frame.kind == frame::RST_STREAM;
            return Some(Gap { stream: frame.stream, content, ends: last, reset: given_up });
        }
        self.cut.clear();
        self.gaps = self.gaps.saturating_add(1);
        self.abandon();
        self.state = State::Lost;
        None
    }
}

/// Where the fragment lies in the payload of a frame, and the stream it promises; `None` when the payload is too short.
fn bounds(frame: Frame, payload: &[u8]) -> Option<(usize, usize, Option<u32>)> {
    let (mut from, mut to) = (0, payload.len());
    if frame.kind == frame::CONTINUATION {
        return Some((from, to, None));
    }
    if frame.has(frame::PADDED) {
        to = to.checked_sub(usize::from(*payload.first()?))?;
        from += 1;
    }
    let mut promised = None;
    if frame.kind == frame::PUSH_PROMISE {
        let id = payload.get(from..)?.first_chunk::<4>()?;
        promised = Some(u32::from_be_bytes(*id) & 0x7fff_ffff);
        from += 4;
    } else if frame.has(frame::WITH_PRIORITY) {
        from += 5;
    }
    (from <= to).then_some((from, to, promised))
}
