//! One partition: its flow table, its timers, its budget.
//!
//! Order of eviction when the table is full: flows already over, then half-open ones, then the longest idle.

use std::collections::VecDeque;

use hashbrown::HashTable;
use model::ledger::Counter;
use model::segment::TcpFlags;
use model::{FlowKey, PacketTime, Segment, limits};

use super::conversation::Conversation;
use super::poison;
use crate::proto::Output;

/// Table, timers and budget of one partition.
#[derive(Debug, Default)]
pub(super) struct Partition {
    seed: u64,
    index: HashTable<u32>,
    entries: Vec<Entry>,
    free: Vec<u32>,
    talks: Vec<Option<Box<Conversation>>>,
    free_talks: Vec<u32>,
    queues: [VecDeque<Waiting>; 3],
    /// Flows with holes, by entry.
    watched: Vec<Waiting>,
    /// Bytes kept by all conversations.
    bytes: usize,
}

/// One flow. Everything a half-open flow needs fits here; `talk` points to the rest once payload came. One cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Entry {
    key: FlowKey,
    /// Tenths of a second of packet time.
    last_seen: u32,
    /// Number of the first frame, in two halves to keep the alignment at four bytes.
    first: [u32; 2],
    /// Initial sequence number of the originator, with [`ORIG_SYN`].
    isn: u32,
    /// With [`TALKING`], an index into `talks`; before, with [`RESP_SYN`], the responder's initial sequence number.
    talk: u32,
    flags: u8,
    stage: Stage,
}

const _: () = assert!(size_of::<Entry>() <= limits::HALF_OPEN_FLOW_BYTES_MAX);

/// Which time-out applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Stage {
    HalfOpen,
    Active,
    Closing,
}

/// A place in a time-out queue; stale when the entry was reused or changed its stage.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    slot: u32,
    /// Low half of the first frame's number, which names the flow.
    first: u32,
    /// When it was queued, in tenths of a second.
    since: u32,
}

/// The first segment came from the `low` end of the key.
const ORIG_IS_LOW: u8 = 1;
/// The originator's SYN was seen.
const ORIG_SYN: u8 = 2;
/// Seen over: later segments of it are stragglers.
const OVER: u8 = 4;
/// The responder's SYN was seen.
const RESP_SYN: u8 = 8;
/// The flow carried payload and has a conversation.
const TALKING: u8 = 16;

impl Entry {
    /// Index of its conversation; out of range when it has none.
    const fn talk_at(&self) -> usize {
        if self.flags & TALKING == 0 { usize::MAX } else { self.talk as usize }
    }
}

impl Partition {
    /// An empty partition; `seed` is the one flow hashes are made with.
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Takes one segment of a flow of this partition.
    pub(super) fn push(&mut self, segment: &Segment<'_>, out: &mut Output<'_>) {
        let mut slot = self.find(segment);
        if let Some(at) = slot
            && self.is_reuse(at, segment)
        {
            self.remove(at, segment.frame, segment.at, Counter::FlowsClosed, out);
            slot = None;
        }
        let slot = match slot {
            Some(slot) => slot,
            None if Self::is_noise(segment) => {
                out.ledger.add(Counter::PayloadOutsideWindow, segment.payload.len() as u64);
                return;
            }
            None => self.open(segment, out),
        };
        let Some(entry) = self.entries.get_mut(slot as usize) else { return };
        entry.last_seen = deciseconds(segment.at);
        if entry.flags & OVER != 0 {
            out.ledger.add(Counter::PayloadOutsideWindow, segment.payload.len() as u64);
            return;
        }
        self.converse(slot, segment, out);
    }

    /// A segment that opens nothing: no payload and no SYN.
    fn is_noise(segment: &Segment<'_>) -> bool {
        !segment.tcp.flags.has(TcpFlags::SYN) && segment.payload.is_empty()
    }

    fn find(&self, segment: &Segment<'_>) -> Option<u32> {
        let same = |slot: &u32| self.entries.get(*slot as usize).is_some_and(|entry| entry.key == segment.key);
        self.index.find(spread(segment.hash), same).copied()
    }

    /// Whether the segment opens a new connection on the ports of an old one.
    fn is_reuse(&self, slot: u32, segment: &Segment<'_>) -> bool {
        let flags = segment.tcp.flags;
        if !flags.has(TcpFlags::SYN) || flags.has(TcpFlags::ACK) {
            return false;
        }
        let Some(entry) = self.entries.get(slot as usize) else { return false };
        let from_orig = (entry.flags & ORIG_IS_LOW != 0) == segment.from_low;
        let repeated = from_orig && entry.flags & ORIG_SYN != 0 && entry.isn == segment.tcp.seq;
        if repeated {
            return false;
        }
        if from_orig && entry.flags & (ORIG_SYN | RESP_SYN | TALKING) == RESP_SYN {
            return false; // captured after its answer
        }
        let talk = self.talks.get(entry.talk_at()).and_then(Option::as_ref);
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
        }
        let entry = Entry {
            key: segment.key,
            last_seen: deciseconds(segment.at),
            first: [(segment.frame >> 32) as u32, segment.frame as u32],
            isn: segment.tcp.seq,
            talk: segment.tcp.seq,
            flags,
            stage: Stage::HalfOpen,
        };
        let slot = self.free.pop().unwrap_or(self.entries.len() as u32);
        match self.entries.get_mut(slot as usize) {
            Some(place) => *place = entry,
            None => self.entries.push(entry),
        }
        let (entries, seed) = (&self.entries, self.seed);
        let hash_of = |&s: &u32| entries.get(s as usize).map_or(0, |e| spread(e.key.hash(seed)));
        self.index.insert_unique(spread(segment.hash), slot, hash_of);
        self.enqueue(slot, Stage::HalfOpen);
        slot
    }

    fn enqueue(&mut self, slot: u32, stage: Stage) {
        let Some(entry) = self.entries.get_mut(slot as usize) else { return };
        entry.stage = stage;
        let waiting = Waiting { slot, first: entry.first[1], since: entry.last_seen };
        let live = self.index.len();
        let Some(queue) = self.queues.get_mut(stage as usize) else { return };
        queue.push_back(waiting);
        if queue.len() > 2 * live + 64 {
            let entries = &self.entries;
            queue.retain(|w| is_live(entries, w, stage));
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
        let Some(entry) = self.entries.get(slot as usize).copied() else { return };
        let Some(Some(talk)) = self.talks.get_mut(entry.talk_at()) else { return };
        let (before, directions) = (talk.charged, talk.only_acknowledges(segment).then(|| talk.waiting()));
        if !poison::survives(|| talk.push(segment, out)) {
            self.poison(slot, out);
            return;
        }
        talk.charged = match directions {
            // Nothing else can have changed, and need not be looked at.
            Some(waiting) => before + talk.waiting() - waiting,
            None => talk.buffered(),
        };
        self.bytes = self.bytes + talk.charged - before;
        if self.bytes > limits::PARTITION_BYTES_MAX {
            if !poison::survives(|| talk.relieve(segment.frame, segment.at, out)) {
                self.poison(slot, out);
                return;
            }
            let after = talk.buffered();
            self.bytes = self.bytes + after - talk.charged;
            talk.charged = after;
        }
        if talk.has_hole() && !talk.watched {
            talk.watched = true;
            self.watched.push(Waiting { slot, first: entry.first[1], since: entry.last_seen });
        }
        if talk.is_over() {
            self.end_talk(slot, segment.frame, segment.at, Counter::FlowsClosed, out);
            self.enqueue(slot, Stage::Closing);
        } else if talk.is_closing() && entry.stage != Stage::Closing {
            self.enqueue(slot, Stage::Closing);
        }
    }

    /// Notes a segment without payload on a flow without payload.
    fn half_open(&mut self, slot: u32, segment: &Segment<'_>) {
        let flags = segment.tcp.flags;
        if flags.has(TcpFlags::RST) {
            self.enqueue(slot, Stage::Closing);
        } else if let Some(entry) = self.entries.get_mut(slot as usize)
            && flags.has(TcpFlags::SYN)
        {
            let from_orig = (entry.flags & ORIG_IS_LOW != 0) == segment.from_low;
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
        let orig_is_low = entry.flags & ORIG_IS_LOW != 0;
        let mut talk = Conversation::new(entry.key.ends(orig_is_low), orig_is_low, first_frame(entry), segment.at);
        if entry.flags & ORIG_SYN != 0 {
            talk.open_orig(entry.isn);
        }
        if entry.flags & RESP_SYN != 0 {
            talk.open_resp(entry.talk);
        }
        let boxed = Some(Box::new(talk));
        entry.flags |= TALKING;
        entry.talk = self.free_talks.pop().unwrap_or(self.talks.len() as u32);
        match self.talks.get_mut(entry.talk as usize) {
            Some(place) => *place = boxed,
            None => self.talks.push(boxed),
        }
        self.enqueue(slot, Stage::Active);
    }

    /// Ends the conversation of a flow; the entry stays for stragglers until its time-out.
    fn end_talk(&mut self, slot: u32, frame: u64, now: PacketTime, cause: Counter, out: &mut Output<'_>) {
        let Some(mut talk) = self.close(slot, cause, out) else { return };
        if !poison::survives(|| talk.finish(frame, now, out)) {
            out.ledger.take(cause, 1);
            out.ledger.add(Counter::FlowsPoisoned, 1);
        }
    }

    /// A fault of ours costs the flow it happened on: its conversation is dropped as it is.
    #[cold]
    fn poison(&mut self, slot: u32, out: &mut Output<'_>) {
        drop(self.close(slot, Counter::FlowsPoisoned, out));
        self.enqueue(slot, Stage::Closing);
    }

    /// Marks a flow as over, counted under `cause` unless it was over already, and takes its conversation.
    fn close(&mut self, slot: u32, cause: Counter, out: &mut Output<'_>) -> Option<Box<Conversation>> {
        let entry = self.entries.get_mut(slot as usize)?;
        if entry.flags & OVER == 0 {
            entry.flags |= OVER;
            out.ledger.add(cause, 1);
        }
        let at = entry.talk_at();
        entry.flags &= !TALKING;
        let talk = self.talks.get_mut(at)?.take()?;
        self.free_talks.push(at as u32);
        self.bytes -= talk.charged;
        Some(talk)
    }

    /// Ends a flow and frees its entry. `cause` is counted unless the flow was already over.
    fn remove(&mut self, slot: u32, frame: u64, now: PacketTime, cause: Counter, out: &mut Output<'_>) {
        self.end_talk(slot, frame, now, cause, out);
        let Some(entry) = self.entries.get_mut(slot as usize) else { return };
        let hash = spread(entry.key.hash(self.seed));
        entry.first = [u32::MAX; 2];
        if let Ok(found) = self.index.find_entry(hash, |&s| s == slot) {
            found.remove();
            self.free.push(slot);
        }
    }

    /// Makes room for one flow.
    fn evict(&mut self, frame: u64, now: PacketTime, out: &mut Output<'_>) {
        for stage in [Stage::Closing, Stage::HalfOpen, Stage::Active] {
            while let Some(waiting) = self.queues.get_mut(stage as usize).and_then(VecDeque::pop_front) {
                if !is_live(&self.entries, &waiting, stage) {
                    continue;
                }
                let cause = match stage {
                    Stage::Closing => Counter::FlowsClosed,
                    Stage::HalfOpen => Counter::FlowsEvictedHalfOpen,
                    Stage::Active => Counter::FlowsEvicted,
                };
                self.remove(waiting.slot, frame, now, cause, out);
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
                if is_live(&self.entries, &waiting, stage) {
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
                    self.remove(waiting.slot, frame, now, cause, out);
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
            let Some(entry) = self.entries.get(waiting.slot as usize) else { continue };
            if entry.first[1] != waiting.first {
                continue;
            }
            let Some(Some(talk)) = self.talks.get_mut(entry.talk_at()) else { continue };
            if !poison::survives(|| talk.tick(frame, now, out)) {
                self.poison(waiting.slot, out);
                continue;
            }
            let after = talk.buffered();
            self.bytes = self.bytes + after - talk.charged;
            talk.charged = after;
            talk.watched = talk.has_hole();
            if talk.watched {
                self.watched.push(waiting);
            }
            if talk.is_over() {
                self.end_talk(waiting.slot, frame, now, Counter::FlowsClosed, out);
                self.enqueue(waiting.slot, Stage::Closing);
            }
        }
    }

    /// Ends every flow, in the order of their first frames; those not closing already, for the given cause.
    pub(super) fn finish(&mut self, cause: Counter, frame: u64, now: PacketTime, out: &mut Output<'_>) {
        let mut live: Vec<(u64, u32)> = Vec::new();
        for slot in 0..self.entries.len() as u32 {
            if let Some(entry) = self.entries.get(slot as usize).filter(|e| e.first != [u32::MAX; 2]) {
                live.push((first_frame(entry), slot));
            }
        }
        live.sort_unstable();
        for (_, slot) in live {
            let closing = self.entries.get(slot as usize).is_some_and(|entry| entry.stage == Stage::Closing);
            let cause = if closing { Counter::FlowsClosed } else { cause };
            self.remove(slot, frame, now, cause, out);
        }
    }
}

/// The hash for the table: its highest bits, which all flows of a partition share, tell entries of one bucket apart
/// there, so others are mixed in.
const fn spread(hash: u64) -> u64 {
    hash ^ (hash << 32)
}

fn is_live(entries: &[Entry], waiting: &Waiting, stage: Stage) -> bool {
    entries.get(waiting.slot as usize).is_some_and(|e| e.first[1] == waiting.first && e.stage == stage)
}

fn first_frame(entry: &Entry) -> u64 {
    (u64::from(entry.first[0]) << 32) | u64::from(entry.first[1])
}

/// Tenths of a second of packet time, modulo 2³² (13 years): only differences are used.
fn deciseconds(at: PacketTime) -> u32 {
    (at.nanos() / 100_000_000) as u32
}
