//! One partition: its flow table, its timers, its budget.
//!
//! Order of eviction when the table is full: flows already over, then half-open ones, then the longest idle.

mod account;
mod budget;

use std::collections::VecDeque;

use model::ledger::Counter;
use model::segment::TcpFlags;
use model::{Contact, FlowEnds, PacketTime, Phase, Segment, limits};
use prefetch_index::prefetch_index;

use super::conversation::Conversation;
use super::entry::{Entry, NAMED, ORIG_IS_LOW, ORIG_SYN, OVER, RESP_SYN, Stage, TALKING, Waiting, deciseconds};
use super::holders::Holders;
use super::index::Index;
use super::poison;
use super::services;
use super::services::Services;
use super::slab::Slab;
use crate::proto::Output;

/// Table, timers and budget of one partition.
#[derive(Debug, Default)]
pub(super) struct Partition {
    seed: u64,
    index: Index,
    entries: Vec<Entry>,
    free: Vec<u32>,
    talks: Slab<Conversation>,
    queues: [VecDeque<Waiting>; 3],
    /// Flows with holes, by entry.
    watched: Vec<Waiting>,
    /// Bytes kept by all conversations.
    bytes: usize,
    /// Those that keep most.
    holders: Holders,
    /// What became of whose bytes.
    services: Services,
}

/// How many flows before a flow is given up its memory is asked for.
const TOUCHED_AHEAD: usize = 4;

impl Partition {
    /// An empty partition; `seed` is the one flow hashes are made with.
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Flows in it.
    pub(super) const fn len(&self) -> usize {
        self.index.len()
    }

    /// Read-ahead, first step: asks for what looking up the flow of a segment begins with.
    #[inline]
    pub(super) fn touch_index(&self, segment: &Segment<'_>) {
        self.index.touch(Index::tag(segment.hash));
    }

    /// Second step: asks for the flow's entry, if there is one by all appearance.
    #[inline]
    pub(super) fn touch_entry(&self, segment: &Segment<'_>) -> Option<u32> {
        let slot = self.index.find(Index::tag(segment.hash), |_| true)?;
        prefetch_index(&self.entries, slot as usize);
        Some(slot)
    }

    /// Third step: asks for the conversation.
    #[inline]
    pub(super) fn touch_talk(&self, slot: u32) -> Option<u32> {
        let talk = self.entries.get(slot as usize)?.talk_at();
        self.talks.touch(talk);
        Some(talk)
    }

    /// Fourth step: asks for what a conversation points to.
    #[inline]
    pub(super) fn touch_parser(&self, talk: u32, segment: &Segment<'_>) {
        if let Some(talk) = self.talks.get(talk) {
            talk.touch(segment.from_low);
        }
    }

    /// Asks for the memory of the flows that are next to be given up.
    fn touch_next(&self, stage: Stage) {
        let next = self.queues.get(stage as usize).and_then(|queue| queue.get(TOUCHED_AHEAD));
        if let Some(waiting) = next {
            self.index.touch(waiting.tag);
            prefetch_index(&self.entries, waiting.slot as usize);
        }
    }

    /// Asks for the memory that [`tick`](Self::tick) begins with.
    pub(super) fn touch_timers(&self) {
        for queue in &self.queues {
            if let Some(waiting) = queue.front() {
                prefetch_index(&self.entries, waiting.slot as usize);
            }
        }
    }

    /// Takes one segment of a flow of this partition.
    pub(super) fn push(&mut self, segment: &Segment<'_>, out: &mut Output<'_>) {
        let mut slot = self.find(segment);
        if let Some(at) = slot
            && self.is_reuse(at, segment)
        {
            self.remove(at, Index::tag(segment.hash), segment.frame, segment.at, Counter::FlowsClosed, out);
            slot = None;
        }
        let slot = match slot {
            Some(slot) => slot,
            None if Self::is_noise(segment) => {
                self.outside(segment, out);
                return;
            }
            None => self.open(segment, out),
        };
        let Some(entry) = self.entries.get_mut(slot as usize) else { return };
        entry.last_seen = deciseconds(segment.at);
        if entry.flags & OVER != 0 {
            self.outside(segment, out);
            return;
        }
        self.converse(slot, segment, out);
    }

    /// A segment that opens nothing: no payload and no SYN.
    fn is_noise(segment: &Segment<'_>) -> bool {
        !segment.tcp.flags.has(TcpFlags::SYN) && segment.payload.is_empty()
    }

    fn find(&self, segment: &Segment<'_>) -> Option<u32> {
        let same = |slot: u32| self.entries.get(slot as usize).is_some_and(|entry| entry.key == segment.key);
        self.index.find(Index::tag(segment.hash), same)
    }

    /// Whether the segment opens a new connection on the ports of an old one.
    fn is_reuse(&self, slot: u32, segment: &Segment<'_>) -> bool {
        let flags = segment.tcp.flags;
        if !flags.has(TcpFlags::SYN) || flags.has(TcpFlags::ACK) {
            return false;
        }
        let Some(entry) = self.entries.get(slot as usize) else { return false };
        let from_orig = entry.orig_is_low() == segment.from_low;
        let repeated = from_orig && entry.flags & ORIG_SYN != 0 && entry.isn == segment.tcp.seq;
        if repeated {
            return false;
        }
        if from_orig && entry.flags & (ORIG_SYN | RESP_SYN | TALKING) == RESP_SYN {
            return false; // captured after its answer
        }
        let talk = self.talks.get(entry.talk_at());
        entry.flags & OVER != 0 || talk.is_none_or(|talk| talk.is_closing() || talk.is_past(segment))
    }

    fn open(&mut self, segment: &Segment<'_>, out: &mut Output<'_>) -> u32 {
        if self.index.len() >= limits::FLOWS_PER_PARTITION_MAX {
            self.evict(segment.frame, segment.at, out);
        }
        out.ledger.add(Counter::FlowsOpened, 1);
        let tcp = segment.tcp.flags;
        let syn_ack = tcp.has(TcpFlags::SYN) && tcp.has(TcpFlags::ACK);
        // The sender of SYN with ACK is the responder: the originator is the other end.
        let orig_is_low = segment.from_low != syn_ack;
        let mut flags = if orig_is_low { ORIG_IS_LOW } else { 0 };
        if tcp.has(TcpFlags::SYN) {
            flags |= if syn_ack { RESP_SYN } else { ORIG_SYN };
            let FlowEnds { orig, resp, .. } = segment.key.ends(orig_is_low);
            out.sink.opened(&Contact { from: orig.addr, to: resp, at: segment.at, frame: segment.frame });
        }
        let entry = Entry {
            key: segment.key,
            last_seen: deciseconds(segment.at),
            first: [(segment.frame >> 32) as u32, segment.frame as u32],
            isn: segment.tcp.seq,
            talk: segment.tcp.seq,
            flags,
            stage: Stage::HalfOpen,
            service: services::OTHER,
        };
        let slot = self.free.pop().unwrap_or(self.entries.len() as u32);
        match self.entries.get_mut(slot as usize) {
            Some(place) => *place = entry,
            None => self.entries.push(entry),
        }
        let tag = Index::tag(segment.hash);
        self.index.insert(tag, slot);
        self.enqueue(slot, tag, Stage::HalfOpen);
        slot
    }

    fn enqueue(&mut self, slot: u32, tag: u32, stage: Stage) {
        let Some(entry) = self.entries.get_mut(slot as usize) else { return };
        entry.stage = stage;
        let waiting = Waiting { slot, first: entry.first[1], tag, since: entry.last_seen };
        let live = self.index.len();
        let Some(queue) = self.queues.get_mut(stage as usize) else { return };
        queue.push_back(waiting);
        if queue.len() > 2 * live + 64 {
            let entries = &self.entries;
            queue.retain(|waiting| waiting.is_live(entries, stage));
        }
    }

    /// Hands the segment to the flow's conversation, made on first payload.
    fn converse(&mut self, slot: u32, segment: &Segment<'_>, out: &mut Output<'_>) {
        let Some(entry) = self.entries.get_mut(slot as usize) else { return };
        if entry.flags & TALKING == 0 {
            if segment.payload.is_empty() && segment.tcp.wire_len == 0 {
                self.half_open(slot, segment);
                return;
            }
            self.start_talk(slot, segment);
        }
        let Some(entry) = self.entries.get_mut(slot as usize) else { return };
        let Some(talk) = self.talks.get_mut(entry.talk_at()) else { return };
        let tag = Index::tag(segment.hash);
        let before = talk.charged as usize;
        let after = if talk.only_acknowledges(segment) {
            // The parser does not hear of it, and keeps what it keeps.
            let waiting = talk.waiting();
            talk.acknowledge(segment, out.spare);
            before + talk.waiting() - waiting
        } else {
            let (id, counted) = (entry.identity(), out.ledger.tally());
            out.spare.named.wanted = entry.flags & NAMED == 0;
            let survives = poison::survives(|| talk.push(&id, segment, out));
            account::count(&mut self.services, entry, &counted, segment.payload, out);
            if !survives {
                self.poison(slot, tag, out);
                return;
            }
            talk.buffered()
        };
        talk.charged = after as u32;
        self.bytes = self.bytes + after - before;
        if after >= talk.weighed_from() || self.bytes > limits::PARTITION_BYTES_MAX {
            self.weigh(slot, tag, segment.frame, segment.at, Phase::Frame, out);
        }
        self.go_on(slot, tag, segment, out);
    }

    /// What the segment leads to: holes are watched, ends noted.
    fn go_on(&mut self, slot: u32, tag: u32, segment: &Segment<'_>, out: &mut Output<'_>) {
        let Some(entry) = self.entries.get(slot as usize) else { return };
        let Some(talk) = self.talks.get_mut(entry.talk_at()) else { return };
        if talk.waits() && !talk.watched {
            talk.watched = true;
            self.watched.push(Waiting { slot, first: entry.first[1], tag, since: entry.last_seen });
        }
        if talk.is_over() {
            self.end_talk(slot, segment.frame, segment.at, Counter::FlowsClosed, out);
            self.enqueue(slot, tag, Stage::Closing);
        } else if talk.is_closing() && entry.stage != Stage::Closing {
            self.enqueue(slot, tag, Stage::Closing);
        }
    }

    /// Notes a segment without payload on a flow without payload.
    fn half_open(&mut self, slot: u32, segment: &Segment<'_>) {
        let flags = segment.tcp.flags;
        if flags.has(TcpFlags::RST) {
            self.enqueue(slot, Index::tag(segment.hash), Stage::Closing);
        } else if let Some(entry) = self.entries.get_mut(slot as usize)
            && flags.has(TcpFlags::SYN)
        {
            let from_orig = entry.orig_is_low() == segment.from_low;
            if from_orig {
                (entry.isn, entry.flags) = (segment.tcp.seq, entry.flags | ORIG_SYN);
            } else if entry.flags & RESP_SYN == 0 {
                // A second answer with another number is not what the originator took up.
                (entry.talk, entry.flags) = (segment.tcp.seq, entry.flags | RESP_SYN);
            }
        }
    }

    fn start_talk(&mut self, slot: u32, segment: &Segment<'_>) {
        let Some(entry) = self.entries.get_mut(slot as usize) else { return };
        let isn = |flag: u8, isn: u32| (entry.flags & flag != 0).then_some(isn);
        let (orig_isn, resp_isn) = (isn(ORIG_SYN, entry.isn), isn(RESP_SYN, entry.talk));
        entry.talk = self.talks.insert(Conversation::new(entry.orig_is_low(), segment.at, orig_isn, resp_isn));
        entry.flags |= TALKING;
        self.enqueue(slot, Index::tag(segment.hash), Stage::Active);
    }

    /// Ends the conversation of a flow; the entry stays for stragglers until its time-out.
    fn end_talk(&mut self, slot: u32, frame: u64, now: PacketTime, cause: Counter, out: &mut Output<'_>) {
        let Some(mut talk) = self.close(slot, cause, out) else { return };
        let Some(entry) = self.entries.get_mut(slot as usize) else { return };
        let (id, counted) = (entry.identity(), out.ledger.tally());
        if !poison::survives(|| talk.finish(&id, frame, now, out)) {
            out.ledger.take(cause, 1);
            out.ledger.add(Counter::FlowsPoisoned, 1);
        }
        account::count(&mut self.services, entry, &counted, &[], out);
        account::leave(&mut self.services, entry);
    }

    /// A fault of ours costs the flow it happened on: its conversation is dropped as it is.
    #[cold]
    fn poison(&mut self, slot: u32, tag: u32, out: &mut Output<'_>) {
        drop(self.close(slot, Counter::FlowsPoisoned, out));
        if let Some(entry) = self.entries.get_mut(slot as usize) {
            account::leave(&mut self.services, entry);
        }
        self.enqueue(slot, tag, Stage::Closing);
    }

    /// Marks a flow as over, counted under `cause` unless it was over already, and takes its conversation.
    fn close(&mut self, slot: u32, cause: Counter, out: &mut Output<'_>) -> Option<Conversation> {
        let entry = self.entries.get_mut(slot as usize)?;
        if entry.flags & OVER == 0 {
            entry.flags |= OVER;
            out.ledger.add(cause, 1);
        }
        let at = entry.talk_at();
        entry.flags &= !TALKING;
        let talk = self.talks.take(at)?;
        self.bytes -= talk.charged as usize;
        Some(talk)
    }

    /// Ends a flow and frees its entry. `cause` is counted unless the flow was already over.
    fn remove(&mut self, slot: u32, tag: u32, frame: u64, now: PacketTime, cause: Counter, out: &mut Output<'_>) {
        self.end_talk(slot, frame, now, cause, out);
        let Some(entry) = self.entries.get_mut(slot as usize) else { return };
        entry.vacate();
        if self.index.remove(tag, slot) {
            self.free.push(slot);
        }
    }

    /// Makes room for one flow.
    fn evict(&mut self, frame: u64, now: PacketTime, out: &mut Output<'_>) {
        for stage in [Stage::Closing, Stage::HalfOpen, Stage::Active] {
            while let Some(waiting) = self.queues.get_mut(stage as usize).and_then(VecDeque::pop_front) {
                self.touch_next(stage);
                if !waiting.is_live(&self.entries, stage) {
                    continue;
                }
                let cause = match stage {
                    Stage::Closing => Counter::FlowsClosed,
                    Stage::HalfOpen => Counter::FlowsEvictedHalfOpen,
                    Stage::Active => Counter::FlowsEvicted,
                };
                self.remove(waiting.slot, waiting.tag, frame, now, cause, out);
                return;
            }
        }
    }

    /// Gives up old holes and expires silent flows.
    pub(super) fn tick(&mut self, frame: u64, now: PacketTime, out: &mut Output<'_>) {
        self.tick_holes(frame, now, out);
        let mut left = limits::EXPIRIES_PER_TICK_MAX;
        for (stage, age, cause) in [
            (Stage::HalfOpen, limits::HALF_OPEN_AGE_MAX, Counter::FlowsExpired),
            (Stage::Active, limits::IDLE_AGE_MAX, Counter::FlowsExpired),
            (Stage::Closing, limits::CLOSING_AGE_MAX, Counter::FlowsClosed),
        ] {
            let age = (age.as_millis() / 100) as u32;
            while left > 0 {
                let Some(waiting) = self.queues.get(stage as usize).and_then(|q| q.front()).copied() else { break };
                if waiting.is_live(&self.entries, stage) {
                    let last_seen = self.entries.get(waiting.slot as usize).map_or(0, |entry| entry.last_seen);
                    let idle = deciseconds(now).wrapping_sub(last_seen);
                    if idle < age {
                        if !self.requeue(stage, &waiting, now, age) {
                            break;
                        }
                        left -= 1;
                        continue;
                    }
                    left -= 1;
                    self.pop(stage);
                    self.touch_next(stage);
                    self.remove(waiting.slot, waiting.tag, frame, now, cause, out);
                } else {
                    self.pop(stage);
                }
            }
        }
    }

    fn pop(&mut self, stage: Stage) {
        if let Some(queue) = self.queues.get_mut(stage as usize) {
            queue.pop_front();
        }
    }

    /// The head of a queue is not silent long enough: it goes to the back when it was seen since it was queued.
    fn requeue(&mut self, stage: Stage, waiting: &Waiting, now: PacketTime, age: u32) -> bool {
        let due = deciseconds(now).wrapping_sub(waiting.since) >= age;
        if !due {
            return false;
        }
        let last_seen = self.entries.get(waiting.slot as usize).map_or(0, |entry| entry.last_seen);
        if let Some(queue) = self.queues.get_mut(stage as usize) {
            queue.pop_front();
            queue.push_back(Waiting { since: last_seen, ..*waiting });
        }
        true
    }

    fn tick_holes(&mut self, frame: u64, now: PacketTime, out: &mut Output<'_>) {
        if self.watched.is_empty() {
            return;
        }
        for waiting in std::mem::take(&mut self.watched) {
            let Some(entry) = self.entries.get_mut(waiting.slot as usize) else { continue };
            if entry.first[1] != waiting.first {
                continue;
            }
            let Some(talk) = self.talks.get_mut(entry.talk_at()) else { continue };
            let (id, counted) = (entry.identity(), out.ledger.tally());
            let survives = poison::survives(|| talk.tick(&id, frame, now, out));
            account::count(&mut self.services, entry, &counted, &[], out);
            if !survives {
                self.poison(waiting.slot, waiting.tag, out);
                continue;
            }
            let after = talk.buffered();
            self.bytes = self.bytes + after - talk.charged as usize;
            talk.charged = after as u32;
            if after >= talk.weighed_from() || self.bytes > limits::PARTITION_BYTES_MAX {
                self.weigh(waiting.slot, waiting.tag, frame, now, Phase::Timer, out);
            }
            let Some(talk) = self.talk_of(&waiting) else { continue };
            talk.watched = talk.waits();
            let over = talk.is_over();
            if talk.watched {
                self.watched.push(waiting);
            }
            if over {
                self.end_talk(waiting.slot, frame, now, Counter::FlowsClosed, out);
                self.enqueue(waiting.slot, waiting.tag, Stage::Closing);
            }
        }
    }

    /// Ends every flow, in the order of their first frames; those not closing already, for the given cause.
    pub(super) fn finish(&mut self, cause: Counter, frame: u64, now: PacketTime, out: &mut Output<'_>) {
        let mut live: Vec<(u64, u32)> = Vec::new();
        for slot in 0..self.entries.len() as u32 {
            if let Some(entry) = self.entries.get(slot as usize).filter(|entry| entry.is_taken()) {
                live.push((entry.first_frame(), slot));
            }
        }
        live.sort_unstable();
        for (_, slot) in live {
            let Some(entry) = self.entries.get(slot as usize) else { continue };
            let cause = if entry.stage == Stage::Closing { Counter::FlowsClosed } else { cause };
            let tag = Index::tag(entry.key.hash(self.seed));
            self.remove(slot, tag, frame, now, cause, out);
        }
    }
}
