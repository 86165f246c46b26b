//! Who lets go when flows keep too much: none keeps more than its share, and when the partition is full those that keep most
//! go first, so that no flow that came later is left unread for the sake of one that came before.

use model::ledger::Counter;
use model::{PacketTime, Phase, limits};

use super::{Partition, account};
use crate::flow::conversation::Conversation;
use crate::flow::entry::{Entry, Waiting};
use crate::flow::slab::Slab;
use crate::flow::{holders, poison};
use crate::proto::Output;

impl Partition {
    /// A flow holds more than it did, or all of them too much: none keeps more than its share, and those that hold most let
    /// go first, whoever came last.
    pub(super) fn weigh(
        &mut self,
        slot: u32,
        tag: u32,
        frame: u64,
        now: PacketTime,
        phase: Phase,
        out: &mut Output<'_>,
    ) {
        let Some(entry) = self.entries.get(slot as usize) else { return };
        let holder = Waiting { slot, first: entry.first[1], tag, since: entry.last_seen };
        let held = self.talks.get(entry.talk_at()).map_or(0, |talk| talk.charged as usize);
        if held > limits::FLOW_BYTES_MAX {
            self.relieve(&holder, limits::FLOW_BYTES_MAX / 2, frame, now, phase, out);
        }
        self.list(&holder);
        while self.bytes > limits::PARTITION_BYTES_MAX {
            let Some((class, holder)) = self.holders.most() else { return };
            if !Self::stands(&self.entries, &self.talks, &holder, class) {
                continue;
            }
            let Some(talk) = self.talk_of(&holder) else { continue };
            let held = talk.charged as usize;
            // It let go of its own accord: it stands in the list of what it holds now.
            if holders::class(held) >= class {
                self.relieve(&holder, held / 2, frame, now, phase, out);
            }
            let Some(talk) = self.talk_of(&holder) else { continue };
            talk.class = 0;
            if holders::class(talk.charged as usize) < class {
                self.list(&holder);
            }
        }
    }

    pub(super) fn talk_of(&mut self, holder: &Waiting) -> Option<&mut Conversation> {
        let entry = self.entries.get(holder.slot as usize).filter(|entry| entry.first[1] == holder.first)?;
        self.talks.get_mut(entry.talk_at())
    }

    /// Whether the flow is there, and listed in this class.
    fn stands(entries: &[Entry], talks: &Slab<Conversation>, holder: &Waiting, class: u8) -> bool {
        let entry = entries.get(holder.slot as usize).filter(|entry| entry.first[1] == holder.first);
        entry.and_then(|entry| talks.get(entry.talk_at())).is_some_and(|talk| talk.class == class)
    }

    /// Lists a flow under what it holds, unless it stands there or higher.
    fn list(&mut self, holder: &Waiting) {
        let Some(talk) = self.talk_of(holder) else { return };
        let class = holders::class(talk.charged as usize);
        if class <= talk.class {
            return;
        }
        talk.class = class;
        let (entries, talks, flows) = (&self.entries, &self.talks, self.index.len());
        self.holders.list(class, *holder, flows, |holder, class| Self::stands(entries, talks, holder, class));
    }

    /// Makes one flow keep no more than `to`.
    #[cold]
    fn relieve(
        &mut self,
        holder: &Waiting,
        to: usize,
        frame: u64,
        now: PacketTime,
        phase: Phase,
        out: &mut Output<'_>,
    ) {
        let Some(entry) = self.entries.get_mut(holder.slot as usize) else { return };
        let Some(talk) = self.talks.get_mut(entry.talk_at()) else { return };
        out.ledger.add(Counter::FlowsRelieved, 1);
        let (id, before, counted) = (entry.identity(), talk.charged as usize, out.ledger.tally());
        let survives = poison::survives(|| talk.relieve(&id, to, frame, now, phase, out));
        account::count(&mut self.services, entry, &counted, &[], out);
        if !survives {
            self.poison(holder.slot, holder.tag, out);
            return;
        }
        let left = talk.buffered();
        self.bytes = self.bytes + left - before;
        talk.charged = left as u32;
    }
}

#[cfg(test)]
mod tests {
    use make_fixtures::h2;
    use model::FlowKey;

    use super::*;
    use crate::flow::wire::{Wire, key};

    /// Ports of clients whose flows are in one partition.
    fn ports() -> impl Iterator<Item = u16> {
        let partition = |port| FlowKey::partition_of(key(port).0.hash(7));
        (1_000..u16::MAX).filter(move |port| partition(*port) == partition(1_000))
    }

    /// Opens a connection whose server sends so much behind a hole.
    fn hoard(wire: &mut Wire, port: u16, bytes: usize) {
        wire.ask(port, 1, "/hoard");
        wire.say(port, false, 1, b"HTTP/1.1 200 OK\r\n");
        for piece in 0..bytes.div_ceil(1_400) {
            wire.say(port, false, 40 + 1_400 * piece as u32, &[b'x'; 1_400]);
        }
    }

    #[test]
    fn when_the_partition_is_full_those_that_hold_most_let_go_and_newcomers_are_read() {
        let (mut wire, mut ports) = (Wire::new(), ports());
        let share = limits::FLOW_BYTES_MAX;
        for _ in 0..6 {
            hoard(&mut wire, ports.next().unwrap(), share - share / 8);
        }
        assert!(wire.ledger.get(Counter::FlowsRelieved) >= 2);
        let before = wire.ledger.get(Counter::PayloadOverLimit);
        for port in ports.take(100) {
            let seq = wire.ask(port, 1, "/new");
            let back = wire.answer(port, 1);
            wire.ask(port, seq, "/new");
            wire.answer(port, back);
        }
        assert_eq!(wire.ledger.get(Counter::PayloadOverLimit), before);
        assert_eq!(wire.finish().iter().filter(|target| *target == "/new").count(), 200);
    }

    #[test]
    fn a_connection_of_http2_with_many_open_streams_blinds_no_other_and_is_read_on() {
        let (mut wire, mut ports) = (Wire::new(), ports());
        let (heavy, mut encoder) = (ports.next().unwrap(), h2::Encoder::default());
        let mut seq = wire.talk(heavy, 1, &[h2::PREFACE, &h2::settings()].concat());
        let streams = 9 * limits::PARTITION_BYTES_MAX as u32 / 4 / 14_000;
        for stream in 0..streams {
            let block = encoder.block(&h2::request("POST", "/up", "a.example", &[]));
            seq = wire.talk(heavy, seq, &h2::headers(2 * stream + 1, &block, false));
            for _ in 0..10 {
                seq = wire.talk(heavy, seq, &h2::data(2 * stream + 1, &[b'x'; 1_400], false));
            }
        }
        assert_eq!(wire.ledger.get(Counter::PayloadOverLimit), 0);
        for port in ports.take(20) {
            wire.ask(port, 1, "/new");
            wire.answer(port, 1);
        }
        let block = encoder.block(&h2::request("GET", "/last", "a.example", &[]));
        wire.talk(heavy, seq, &h2::headers(2 * streams + 1, &block, true));
        let told = wire.finish();
        let count = |target: &str| told.iter().filter(|told| *told == target).count();
        assert_eq!((count("/new"), count("/last"), count("/up")), (20, 1, streams as usize));
    }
}
