//! Both directions of one flow with payload: order across directions, holes given up by evidence, and the parser.
//!
//! A segment is delivered when its own bytes are next *and* every byte it acknowledges was delivered in the other
//! direction. So the parser sees requests before their answers even when a tap merges its two ports out of order.

use std::time::Duration;

use model::ledger::Counter;
use model::segment::TcpFlags;
use model::{Anomaly, AnomalySet, FlowEnds, Ledger, PacketTime, Phase, Segment, limits};

use super::direction::{Direction, Fit, distance};
use super::held::{Held, Holes, Piece};
use crate::proto::{Moment, Output, Parser, Spare};

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

/// What names a flow; its entry in the table knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity {
    /// The two ends, originator first.
    pub ends: FlowEnds,
    /// Number of its first frame.
    pub first_frame: u64,
}

/// A flow that carried payload: two cache lines, and what lies behind the pointers.
#[derive(Debug)]
#[repr(C, align(128))]
pub(super) struct Conversation {
    orig: Direction,
    resp: Direction,
    /// There while bytes are missing.
    holes: Option<Box<Holes>>,
    anomalies: AnomalySet,
    parser: Parser,
    first_at: PacketTime,
    /// Bytes this flow holds of its partition's budget.
    pub charged: u32,
    /// The list of those that hold most in which it stands; 0: in none.
    pub class: u8,
    orig_is_low: bool,
    reset: bool,
    /// Whether it stands in the partition's list of flows with holes.
    pub watched: bool,
}

const _: () = assert!(size_of::<Option<Conversation>>() == 128);

impl Conversation {
    /// A conversation that begins `first_at`, after the SYNs that carried the given sequence numbers.
    pub(super) fn new(orig_is_low: bool, first_at: PacketTime, orig_isn: Option<u32>, resp_isn: Option<u32>) -> Self {
        let (mut orig, mut resp) = (Direction::default(), Direction::default());
        if let Some(isn) = orig_isn {
            orig.open(isn);
        }
        if let Some(isn) = resp_isn {
            resp.open(isn);
        }
        Self {
            orig,
            resp,
            holes: None,
            anomalies: AnomalySet::EMPTY,
            parser: Parser::new(),
            first_at,
            charged: 0,
            class: 0,
            orig_is_low,
            reset: false,
            watched: false,
        }
    }

    /// Whether the sequence number of a SYN lies outside anything its sender could still send here.
    pub(super) fn is_past(&self, segment: &Segment<'_>) -> bool {
        let sender = if segment.from_low == self.orig_is_low { &self.orig } else { &self.resp };
        !sender.started() || distance(segment.tcp.seq, sender.next).unsigned_abs() > limits::WINDOW_BYTES_MAX
    }

    /// Asks for the memory behind the pointers that a segment with payload will need.
    pub(super) fn touch(&self, from_low: bool) {
        self.dir_ref(if from_low == self.orig_is_low { Dir::Orig } else { Dir::Resp }).touch();
        self.parser.touch();
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

    fn moment(&self, id: &Identity, frame: u64, at: PacketTime, phase: Phase) -> Moment {
        Moment {
            frame,
            at,
            seen_frame: frame,
            seen_at: at,
            phase,
            flow: id.ends,
            flow_frame: id.first_frame,
            flow_at: self.first_at,
            anomalies: self.anomalies,
            midstream: !self.orig.syn_seen() && !self.resp.syn_seen(),
            peer_acked_all: true,
        }
    }

    /// Takes a segment that [only acknowledges](Self::only_acknowledges).
    pub(super) fn acknowledge(&mut self, segment: &Segment<'_>, spare: &mut Spare) {
        let dir = if segment.from_low == self.orig_is_low { Dir::Orig } else { Dir::Resp };
        self.anomalies.extend(segment.tcp.oddities);
        let peer_opened = self.dir_ref(dir.flip()).syn_seen();
        let this = self.dir(dir);
        if !this.started() {
            this.join(segment.tcp.seq, peer_opened);
        }
        if segment.tcp.flags.has(TcpFlags::ACK) {
            self.dir(dir.flip()).acknowledge(segment.tcp.ack, spare);
        }
        self.note_holes(segment.at);
    }

    /// Takes one segment of this flow.
    pub(super) fn push(&mut self, id: &Identity, segment: &Segment<'_>, out: &mut Output<'_>) {
        let dir = if segment.from_low == self.orig_is_low { Dir::Orig } else { Dir::Resp };
        let flags = segment.tcp.flags;
        let mut seq = segment.tcp.seq;
        self.anomalies.extend(segment.tcp.oddities);
        let peer_opened = self.dir_ref(dir.flip()).syn_seen();
        let this = self.dir(dir);
        if flags.has(TcpFlags::SYN) {
            if !this.started() {
                this.open(seq);
            }
            seq = seq.wrapping_add(1);
        } else if !this.started() {
            this.join(seq, peer_opened);
        }
        if flags.has(TcpFlags::RST) {
            self.reset(dir, segment, out.ledger);
            return;
        }
        let ack = flags.has(TcpFlags::ACK).then_some(segment.tcp.ack);
        if let Some(ack) = ack {
            self.dir(dir.flip()).acknowledge(ack, out.spare);
        }
        if flags.has(TcpFlags::URG) {
            self.anomalies.insert(Anomaly::TcpUrgent);
        }
        if !segment.payload.is_empty() || segment.tcp.wire_len > 0 {
            self.payload(dir, seq, ack, id, segment, out);
        }
        if flags.has(TcpFlags::FIN) {
            let end = seq.wrapping_add(segment.tcp.wire_len.max(segment.payload.len() as u32));
            self.dir(dir).note_fin(end);
        }
        if self.holes.is_some() || self.orig.reached_fin() || self.resp.reached_fin() {
            self.settle(self.moment(id, segment.frame, segment.at, Phase::Frame), out);
        } else {
            self.note_holes(segment.at);
        }
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

    fn payload(
        &mut self,
        dir: Dir,
        seq: u32,
        ack: Option<u32>,
        id: &Identity,
        segment: &Segment<'_>,
        out: &mut Output<'_>,
    ) {
        let payload = segment.payload;
        let wire = segment.tcp.wire_len.max(payload.len() as u32);
        let cut = wire - payload.len() as u32;
        if cut > 0 {
            self.anomalies.insert(Anomaly::CaptureTruncated);
        }
        let beyond_fin = self.dir_ref(dir).fin().is_some_and(|fin| distance(seq, fin) >= 0);
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
                if self.must_wait(dir, ack) || self.has_held(dir) {
                    let piece = Piece { data: fresh.to_vec(), cut, ack, frame: segment.frame, at: segment.at };
                    self.hold(dir, 0, &piece, out.ledger);
                } else {
                    let moment = self.moment(id, segment.frame, segment.at, Phase::Frame);
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
        if self.holes.get_or_insert_default().of_mut(dir).held.hold(ahead, piece, ledger) {
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
        other.started()
            && !other.ended()
            && ack.is_some_and(|ack| {
                let ahead = distance(ack, other.next);
                ahead > 0 && ahead.unsigned_abs() <= limits::WINDOW_BYTES_MAX
            })
    }

    fn deliver(&mut self, dir: Dir, data: &[u8], cut: u32, ack: Option<u32>, mut moment: Moment, out: &mut Output<'_>) {
        let other = self.dir_ref(dir.flip());
        moment.peer_acked_all = !other.started() || ack.is_none_or(|ack| distance(ack, other.next) >= 0);
        moment.anomalies = self.anomalies;
        self.dir(dir).advance(data, out.spare);
        self.move_on(dir, data.len() as u64);
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
        self.move_on(dir, len);
        self.parser.gap(dir, len, moment, out);
    }

    /// Delivers whatever has become deliverable, in both directions, and ends directions whose FIN was reached.
    fn settle(&mut self, moment: Moment, out: &mut Output<'_>) {
        loop {
            let mut progress = false;
            for dir in [Dir::Orig, Dir::Resp] {
                while let Some(ack) = self.next_ack(dir) {
                    if self.must_wait(dir, ack) {
                        break;
                    }
                    let Some(piece) = self.take_next(dir) else { break };
                    let at = moment.of_held(piece.frame, piece.at);
                    self.deliver(dir, &piece.data, piece.cut, piece.ack, at, out);
                    progress = true;
                }
                let this = self.dir(dir);
                if this.reached_fin() {
                    this.end();
                    this.next = this.next.wrapping_add(1);
                    self.parser.end(dir, &moment, out);
                    progress = true;
                }
                if self.held(dir).is_some_and(Held::over_limit) {
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
        let missing = [&self.orig, &self.resp].map(|this| this.acked_ahead() > 0);
        if self.holes.is_none() && missing == [false; 2] {
            return;
        }
        let holes = self.holes.get_or_insert_default();
        for (dir, missing) in [Dir::Orig, Dir::Resp].into_iter().zip(missing) {
            let hole = holes.of_mut(dir);
            if !hole.held.has_any() && !missing {
                hole.since = None;
            } else if hole.since.is_none() {
                hole.since = Some(at);
            }
        }
        if !holes.any() {
            self.holes = None;
        }
    }

    /// Whether something is waited for: a byte, or what the parser needs to go on.
    pub(super) fn waits(&self) -> bool {
        self.holes.as_ref().is_some_and(|holes| holes.any()) || self.parser.waits()
    }

    fn held(&self, dir: Dir) -> Option<&Held> {
        Some(&self.holes.as_ref()?.of(dir).held)
    }

    fn has_held(&self, dir: Dir) -> bool {
        self.held(dir).is_some_and(Held::has_any)
    }

    #[allow(clippy::option_option, reason = "no next piece, and a next piece without acknowledgement, are two things")]
    fn next_ack(&self, dir: Dir) -> Option<Option<u32>> {
        self.held(dir)?.next_ack()
    }

    fn hole_before_held(&self, dir: Dir) -> Option<u64> {
        self.held(dir)?.hole_before_held()
    }

    fn take_next(&mut self, dir: Dir) -> Option<Piece> {
        self.holes.as_mut()?.of_mut(dir).held.take_next()
    }

    /// The next `len` bytes of a direction were delivered, or given up.
    fn move_on(&mut self, dir: Dir, len: u64) {
        if let Some(holes) = &mut self.holes {
            holes.of_mut(dir).held.advance(len);
        }
    }

    /// Gives up what stands in the way of `dir`: its own hole, or the hole of the other direction it waits for.
    fn give_up_hole(&mut self, dir: Dir, moment: &Moment, out: &mut Output<'_>) -> bool {
        match self.hole_before_held(dir) {
            Some(0) => match self.hole_before_held(dir.flip()) {
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
        let len = self.hole_before_held(dir).unwrap_or(acked);
        let read_by_other = self.next_ack(dir.flip()).flatten();
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
        let frames = [Dir::Orig, Dir::Resp].map(|dir| self.held(dir).map_or(u64::MAX, Held::next_frame));
        let dir = if frames[0] <= frames[1] { Dir::Orig } else { Dir::Resp };
        let Some(piece) = self.take_next(dir) else { return false };
        self.deliver(dir, &piece.data, piece.cut, piece.ack, moment.of_held(piece.frame, piece.at), out);
        true
    }

    /// Gives up holes that were waited for long enough.
    pub(super) fn tick(&mut self, id: &Identity, frame: u64, now: PacketTime, out: &mut Output<'_>) {
        let moment = self.moment(id, frame, now, Phase::Timer);
        self.parser.tick(&moment, out);
        for dir in [Dir::Orig, Dir::Resp] {
            while let Some(since) = self.holes.as_ref().and_then(|holes| holes.of(dir).since) {
                let patience = self.patience(dir);
                if now.since(since) < patience || !self.give_up_hole(dir, &moment, out) {
                    break;
                }
                self.settle(moment, out);
            }
        }
    }

    fn patience(&self, dir: Dir) -> Duration {
        if self.dir_ref(dir).acked_ahead() > 0 || self.hole_before_held(dir) == Some(0) {
            limits::HOLE_ACKED_AGE_MAX
        } else if self.dir_ref(dir.flip()).started() {
            limits::HOLE_PEER_SEEN_AGE_MAX
        } else {
            limits::HOLE_AGE_MAX
        }
    }

    /// Ends the flow: what waits is delivered with its gaps, then both directions end.
    pub(super) fn finish(&mut self, id: &Identity, frame: u64, now: PacketTime, out: &mut Output<'_>) {
        if self.orig.started() != self.resp.started() {
            self.anomalies.insert(Anomaly::CaptureOneSided);
        }
        let moment = self.moment(id, frame, now, Phase::Timer);
        self.settle(moment, out);
        self.give_up_all(&moment, out);
        for dir in [Dir::Orig, Dir::Resp] {
            // What was acknowledged behind the last byte held is missing too, though no time is left to wait for it.
            if !self.dir_ref(dir).ended() && self.gap_in(dir, &moment, out) {
                self.settle(moment, out);
            }
            let this = self.dir(dir);
            if !this.ended() {
                this.end();
                let whole = self.reset || self.dir_ref(dir).fin().is_some();
                self.parser.cut(dir, whole, &moment, out);
            }
        }
        self.parser.finish(&moment, out);
    }

    /// Gives up every hole, earliest frame first, until nothing waits.
    fn give_up_all(&mut self, moment: &Moment, out: &mut Output<'_>) {
        while self.holes.as_ref().is_some_and(|holes| holes.has_held()) {
            let frames = [Dir::Orig, Dir::Resp].map(|dir| self.held(dir).map_or(u64::MAX, Held::first_held_frame));
            let dir = if frames[0] <= frames[1] { Dir::Orig } else { Dir::Resp };
            if !self.give_up_hole(dir, moment, out) && !self.deliver_first(moment, out) {
                break;
            }
            self.settle(*moment, out);
        }
    }

    /// Whether both directions have ended, and nothing waits.
    pub(super) fn is_over(&self) -> bool {
        self.orig.ended() && self.resp.ended() && !self.parser.waits()
    }

    /// Whether it is closing: FIN or RST was seen.
    pub(super) fn is_closing(&self) -> bool {
        self.reset || self.orig.fin().is_some() || self.resp.fin().is_some()
    }

    /// Bytes it keeps.
    pub(super) fn buffered(&self) -> usize {
        self.waiting() + self.parser.buffered()
    }

    /// Those of them that its directions keep.
    pub(super) fn waiting(&self) -> usize {
        let held = self.holes.as_ref().map_or(0, |holes| holes.bytes());
        self.orig.kept() + self.resp.kept() + held
    }

    /// Whether the segment is nothing but an acknowledgement and lets nothing go on: the parser will not hear of it.
    pub(super) fn only_acknowledges(&self, segment: &Segment<'_>) -> bool {
        const MORE: u8 = TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST | TcpFlags::URG;
        segment.payload.is_empty()
            && segment.tcp.wire_len == 0
            && !segment.tcp.flags.has(MORE)
            && self.orig.is_quiet()
            && self.resp.is_quiet()
            && !self.holes.as_ref().is_some_and(|holes| holes.has_held())
    }

    /// What it must hold to be listed anew, or to let go because it is more than its share.
    #[inline]
    pub(super) const fn weighed_from(&self) -> usize {
        let next = limits::HELD_LISTED_MIN << self.class;
        if next > limits::FLOW_BYTES_MAX { limits::FLOW_BYTES_MAX + 1 } else { next }
    }

    /// Makes room until it keeps no more than `to`: gives up every hole, then what its parser can spare, then copies of what
    /// was delivered.
    pub(super) fn relieve(
        &mut self,
        id: &Identity,
        to: usize,
        frame: u64,
        now: PacketTime,
        phase: Phase,
        out: &mut Output<'_>,
    ) {
        let moment = self.moment(id, frame, now, phase);
        self.give_up_all(&moment, out);
        if self.buffered() > to {
            self.parser.relieve(to.saturating_sub(self.waiting()), &moment, out);
        }
        if self.buffered() > to {
            self.orig.forget_delivered(out.spare);
            self.resp.forget_delivered(out.spare);
        }
    }
}
