//! Both directions of one flow with payload: order across directions, holes given up by evidence, and the parser.
//!
//! A segment is delivered when its own bytes are next *and* every byte it acknowledges was delivered in the other
//! direction. So the parser sees requests before their answers even when a tap merges its two ports out of order.

use std::time::Duration;

use model::ledger::Counter;
use model::segment::TcpFlags;
use model::{Anomaly, AnomalySet, FlowEnds, Ledger, PacketTime, Phase, Segment, limits};

use super::direction::{Direction, Fit, Piece, distance};
use crate::proto::{Moment, Output, Parser};

/// Which way a byte travels. The originator is who sent the first SYN, or the first segment seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dir {
    /// From the originator.
    Orig,
    /// From the responder.
    Resp,
}

impl Dir {
    /// The other one.
    #[must_use]
    pub const fn flip(self) -> Self {
        match self {
            Self::Orig => Self::Resp,
            Self::Resp => Self::Orig,
        }
    }
}

/// A flow that carried payload.
#[derive(Debug)]
pub(super) struct Conversation {
    pub ends: FlowEnds,
    pub orig_is_low: bool,
    pub first_frame: u64,
    pub first_at: PacketTime,
    pub orig: Direction,
    pub resp: Direction,
    pub reset: bool,
    pub anomalies: AnomalySet,
    /// Bytes this flow holds of its partition's budget.
    pub charged: usize,
    /// Whether it stands in the partition's list of flows with holes.
    pub watched: bool,
    parser: Parser,
}

impl Conversation {
    pub(super) fn new(ends: FlowEnds, orig_is_low: bool, first_frame: u64, first_at: PacketTime) -> Self {
        Self {
            ends,
            orig_is_low,
            first_frame,
            first_at,
            orig: Direction::default(),
            resp: Direction::default(),
            reset: false,
            anomalies: AnomalySet::EMPTY,
            charged: 0,
            watched: false,
            parser: Parser::new(),
        }
    }

    /// The originator's SYN carried `isn`.
    pub(super) fn open_orig(&mut self, isn: u32) {
        (self.orig.isn, self.orig.syn_seen) = (isn, true);
        self.orig.start(isn.wrapping_add(1));
    }

    /// The responder's SYN carried `isn`; the originator's was not captured.
    pub(super) fn open_resp(&mut self, isn: u32) {
        (self.resp.isn, self.resp.syn_seen) = (isn, true);
        self.resp.start(isn.wrapping_add(1));
    }

    /// Whether the sequence number of a SYN lies outside anything its sender could still send here.
    pub(super) fn is_past(&self, segment: &Segment<'_>) -> bool {
        let sender = if segment.from_low == self.orig_is_low { &self.orig } else { &self.resp };
        !sender.started || distance(segment.tcp.seq, sender.next).unsigned_abs() > limits::WINDOW_BYTES_MAX
    }

    fn dir(&mut self, dir: Dir) -> &mut Direction {
        match dir {
            Dir::Orig => &mut self.orig,
            Dir::Resp => &mut self.resp,
        }
    }

    fn dir_ref(&self, dir: Dir) -> &Direction {
        match dir {
            Dir::Orig => &self.orig,
            Dir::Resp => &self.resp,
        }
    }

    fn moment(&self, frame: u64, at: PacketTime, phase: Phase) -> Moment {
        Moment {
            frame,
            at,
            phase,
            flow: self.ends,
            flow_frame: self.first_frame,
            flow_at: self.first_at,
            anomalies: self.anomalies,
            midstream: !self.orig.syn_seen && !self.resp.syn_seen,
            peer_acked_all: true,
        }
    }

    /// Takes one segment of this flow.
    pub(super) fn push(&mut self, segment: &Segment<'_>, out: &mut Output<'_>) {
        let dir = if segment.from_low == self.orig_is_low { Dir::Orig } else { Dir::Resp };
        let flags = segment.tcp.flags;
        let mut seq = segment.tcp.seq;
        self.anomalies.extend(segment.tcp.oddities);
        let ack = flags.has(TcpFlags::ACK).then_some(segment.tcp.ack);
        let only_acknowledges = self.only_acknowledges(segment);
        let this = self.dir(dir);
        if flags.has(TcpFlags::SYN) {
            if !this.started {
                this.isn = seq;
                this.syn_seen = true;
                this.start(seq.wrapping_add(1));
            }
            seq = seq.wrapping_add(1);
        } else if !this.started {
            this.start(seq);
        }
        if flags.has(TcpFlags::RST) {
            self.reset(dir, segment, out.ledger);
            return;
        }
        if let Some(ack) = ack {
            self.dir(dir.flip()).acknowledge(ack, out.spare);
        }
        if only_acknowledges {
            self.note_holes(segment.at);
            return;
        }
        if flags.has(TcpFlags::URG) {
            self.anomalies.insert(Anomaly::TcpUrgent);
        }
        if !segment.payload.is_empty() || segment.tcp.wire_len > 0 {
            self.payload(dir, seq, ack, segment, out);
        }
        if flags.has(TcpFlags::FIN) {
            let end = seq.wrapping_add(segment.tcp.wire_len.max(segment.payload.len() as u32));
            let this = self.dir(dir);
            if this.fin.is_none() && distance(end, this.next) >= 0 {
                this.fin = Some(end);
            }
        }
        self.settle(self.moment(segment.frame, segment.at, Phase::Frame), out);
    }

    /// A reset is noted and believed at the closing time-out only: data may go on when it was forged.
    fn reset(&mut self, dir: Dir, segment: &Segment<'_>, ledger: &mut Ledger) {
        ledger.add(Counter::PayloadOutsideWindow, segment.payload.len() as u64);
        let this = self.dir(dir);
        let off = distance(segment.tcp.seq, this.next);
        if off.unsigned_abs() > limits::WINDOW_BYTES_MAX || off < -1 {
            self.anomalies.insert(Anomaly::TcpInvalid);
        } else {
            self.reset = true;
        }
    }

    fn payload(&mut self, dir: Dir, seq: u32, ack: Option<u32>, segment: &Segment<'_>, out: &mut Output<'_>) {
        let payload = segment.payload;
        let wire = segment.tcp.wire_len.max(payload.len() as u32);
        let cut = wire - payload.len() as u32;
        if cut > 0 {
            self.anomalies.insert(Anomaly::CaptureTruncated);
        }
        let beyond_fin = self.dir_ref(dir).fin.is_some_and(|fin| distance(seq, fin) >= 0);
        match self.dir_ref(dir).fit(seq, wire) {
            _ if beyond_fin => out.ledger.add(Counter::PayloadOutsideWindow, payload.len() as u64),
            Fit::Outside => {
                self.anomalies.insert(Anomaly::TcpInvalid);
                out.ledger.add(Counter::PayloadOutsideWindow, payload.len() as u64);
            }
            Fit::Old => self.old(dir, seq, payload, out.ledger),
            Fit::Next { skip } => {
                let skip = skip.min(payload.len());
                let (old, fresh) = payload.split_at(skip);
                self.old(dir, seq, old, out.ledger);
                if self.must_wait(dir, ack) || self.dir_ref(dir).has_held() {
                    let piece = Piece { data: fresh.to_vec(), cut, ack, frame: segment.frame, at: segment.at };
                    self.hold(dir, 0, &piece, out.ledger);
                } else {
                    let moment = self.moment(segment.frame, segment.at, Phase::Frame);
                    self.deliver(dir, fresh, cut, ack, moment, out);
                }
            }
            Fit::Early { ahead } => {
                let piece = Piece { data: payload.to_vec(), cut, ack, frame: segment.frame, at: segment.at };
                self.hold(dir, ahead, &piece, out.ledger);
            }
        }
    }

    fn hold(&mut self, dir: Dir, ahead: u32, piece: &Piece, ledger: &mut Ledger) {
        if self.dir(dir).hold(ahead, piece, ledger) {
            self.anomalies.insert(Anomaly::TcpOverlapConflict);
        }
    }

    /// Counts bytes seen before; those that differ from what was delivered are a conflict.
    fn old(&mut self, dir: Dir, seq: u32, old: &[u8], ledger: &mut Ledger) {
        if old.is_empty() {
            return;
        }
        if self.dir_ref(dir).same_as_delivered(seq, old) == Some(false) {
            self.anomalies.insert(Anomaly::TcpOverlapConflict);
            ledger.add(Counter::PayloadConflict, old.len() as u64);
        } else {
            ledger.add(Counter::PayloadDuplicate, old.len() as u64);
        }
    }

    /// Whether bytes that acknowledge `ack` must wait until the other direction was delivered that far.
    fn must_wait(&self, dir: Dir, ack: Option<u32>) -> bool {
        let other = self.dir_ref(dir.flip());
        other.started
            && !other.ended
            && ack.is_some_and(|ack| {
                let ahead = distance(ack, other.next);
                ahead > 0 && ahead.unsigned_abs() <= limits::WINDOW_BYTES_MAX
            })
    }

    fn deliver(&mut self, dir: Dir, data: &[u8], cut: u32, ack: Option<u32>, mut moment: Moment, out: &mut Output<'_>) {
        let other = self.dir_ref(dir.flip());
        moment.peer_acked_all = !other.started || ack.is_none_or(|ack| distance(ack, other.next) >= 0);
        moment.anomalies = self.anomalies;
        self.dir(dir).advance(data, out.spare);
        if !data.is_empty() {
            self.parser.data(dir, data, &moment, out);
        }
        if cut > 0 {
            self.gap(dir, u64::from(cut), &moment, out);
        }
    }

    fn gap(&mut self, dir: Dir, len: u64, moment: &Moment, out: &mut Output<'_>) {
        out.ledger.add(Counter::PayloadMissing, len);
        self.anomalies.insert(Anomaly::TcpGap);
        self.dir(dir).skip(len);
        self.parser.gap(dir, len, moment, out);
    }

    /// Delivers whatever has become deliverable, in both directions, and ends directions whose FIN was reached.
    fn settle(&mut self, moment: Moment, out: &mut Output<'_>) {
        loop {
            let mut progress = false;
            for dir in [Dir::Orig, Dir::Resp] {
                while let Some(ack) = self.dir_ref(dir).next_ack() {
                    if self.must_wait(dir, ack) {
                        break;
                    }
                    let Some(piece) = self.dir(dir).take_next() else { break };
                    let at = Moment { frame: moment.frame.max(piece.frame), ..moment };
                    self.deliver(dir, &piece.data, piece.cut, piece.ack, at, out);
                    progress = true;
                }
                let this = self.dir(dir);
                if !this.ended && this.fin.is_some_and(|fin| distance(this.next, fin) >= 0) {
                    this.ended = true;
                    this.next = this.next.wrapping_add(1);
                    self.parser.end(dir, &moment, out);
                    progress = true;
                }
                if self.dir_ref(dir).over_limit() {
                    progress |= self.give_up_hole(dir, &moment, out);
                }
            }
            if !progress {
                break;
            }
        }
        self.note_holes(moment.at);
    }

    /// Notes since when something is missing in each direction.
    fn note_holes(&mut self, at: PacketTime) {
        for this in [&mut self.orig, &mut self.resp] {
            if !this.has_held() && this.acked_ahead() == 0 {
                this.hole_since = None;
            } else if this.hole_since.is_none() {
                this.hole_since = Some(at);
            }
        }
    }

    /// Whether some byte is waited for.
    pub(super) fn has_hole(&self) -> bool {
        self.orig.hole_since.is_some() || self.resp.hole_since.is_some()
    }

    /// Gives up what stands in the way of `dir`: its own hole, or the hole of the other direction it waits for.
    fn give_up_hole(&mut self, dir: Dir, moment: &Moment, out: &mut Output<'_>) -> bool {
        match self.dir_ref(dir).hole_before_held() {
            Some(0) => match self.dir_ref(dir.flip()).hole_before_held() {
                Some(0) => self.deliver_first(moment, out),
                _ => self.gap_in(dir.flip(), moment, out),
            },
            _ => self.gap_in(dir, moment, out),
        }
    }

    /// Declares a gap up to the next bytes held, or the last byte acknowledged; but not past the point up to which the
    /// other side had read when it sent what waits, so that the order across directions holds inside the gap too.
    fn gap_in(&mut self, dir: Dir, moment: &Moment, out: &mut Output<'_>) -> bool {
        let this = self.dir_ref(dir);
        let acked = u64::from(this.acked_ahead());
        let len = this.hole_before_held().unwrap_or(acked);
        let read_by_other = self.dir_ref(dir.flip()).next_ack().flatten();
        let read_by_other =
            read_by_other.map(|ack| distance(ack, this.next)).and_then(|ahead| u64::try_from(ahead).ok());
        let len = read_by_other.filter(|&ahead| ahead > 0).map_or(len, |ahead| len.min(ahead));
        if len == 0 {
            return false;
        }
        self.gap(dir, len, moment, out);
        true
    }

    /// Both directions wait for each other, which no real order explains: the frame captured first goes first.
    fn deliver_first(&mut self, moment: &Moment, out: &mut Output<'_>) -> bool {
        let frames = [Dir::Orig, Dir::Resp].map(|dir| self.dir_ref(dir).next_frame());
        let dir = if frames[0] <= frames[1] { Dir::Orig } else { Dir::Resp };
        let Some(piece) = self.dir(dir).take_next() else { return false };
        self.deliver(dir, &piece.data, piece.cut, piece.ack, *moment, out);
        true
    }

    /// Gives up holes that were waited for long enough.
    pub(super) fn tick(&mut self, frame: u64, now: PacketTime, out: &mut Output<'_>) {
        let moment = self.moment(frame, now, Phase::Timer);
        for dir in [Dir::Orig, Dir::Resp] {
            while let Some(since) = self.dir_ref(dir).hole_since {
                let patience = self.patience(dir);
                if now.since(since) < patience || !self.give_up_hole(dir, &moment, out) {
                    break;
                }
                self.settle(moment, out);
            }
        }
    }

    fn patience(&self, dir: Dir) -> Duration {
        if self.dir_ref(dir).acked_ahead() > 0 || self.dir_ref(dir).hole_before_held() == Some(0) {
            limits::HOLE_ACKED_AGE_MAX
        } else if self.dir_ref(dir.flip()).started {
            limits::HOLE_PEER_SEEN_AGE_MAX
        } else {
            limits::HOLE_AGE_MAX
        }
    }

    /// Ends the flow: what waits is delivered with its gaps, then both directions end.
    pub(super) fn finish(&mut self, frame: u64, now: PacketTime, out: &mut Output<'_>) {
        if self.orig.started != self.resp.started {
            self.anomalies.insert(Anomaly::CaptureOneSided);
        }
        let moment = self.moment(frame, now, Phase::Timer);
        self.settle(moment, out);
        self.give_up_all(&moment, out);
        for dir in [Dir::Orig, Dir::Resp] {
            let this = self.dir(dir);
            if !this.ended {
                this.ended = true;
                let whole = self.reset || self.dir_ref(dir).fin.is_some();
                self.parser.cut(dir, whole, &moment, out);
            }
        }
        self.parser.finish(&moment, out);
    }

    /// Gives up every hole, earliest frame first, until nothing waits.
    fn give_up_all(&mut self, moment: &Moment, out: &mut Output<'_>) {
        while self.orig.has_held() || self.resp.has_held() {
            let frames = [Dir::Orig, Dir::Resp].map(|dir| self.dir_ref(dir).first_held_frame());
            let dir = if frames[0] <= frames[1] { Dir::Orig } else { Dir::Resp };
            if !self.give_up_hole(dir, moment, out) && !self.deliver_first(moment, out) {
                break;
            }
            self.settle(*moment, out);
        }
    }

    /// Whether both directions have ended.
    pub(super) fn is_over(&self) -> bool {
        self.orig.ended && self.resp.ended
    }

    /// Whether it is closing: FIN or RST was seen.
    pub(super) fn is_closing(&self) -> bool {
        self.reset || self.orig.fin.is_some() || self.resp.fin.is_some()
    }

    /// Bytes it keeps.
    pub(super) fn buffered(&self) -> usize {
        self.waiting() + self.parser.buffered()
    }

    /// Those of them that its directions keep.
    pub(super) fn waiting(&self) -> usize {
        self.orig.buffered() + self.resp.buffered()
    }

    /// Whether the segment is nothing but an acknowledgement and lets nothing go on: the parser will not hear of it.
    pub(super) fn only_acknowledges(&self, segment: &Segment<'_>) -> bool {
        const MORE: u8 = TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST | TcpFlags::URG;
        segment.payload.is_empty()
            && segment.tcp.wire_len == 0
            && !segment.tcp.flags.has(MORE)
            && self.orig.is_quiet()
            && self.resp.is_quiet()
    }

    /// Makes room: gives up every hole, then stops parsing when that was not enough.
    pub(super) fn relieve(&mut self, frame: u64, now: PacketTime, out: &mut Output<'_>) {
        let moment = self.moment(frame, now, Phase::Frame);
        self.give_up_all(&moment, out);
        self.parser.give_up(&moment, out);
    }
}
