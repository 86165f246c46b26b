//! The capture thread's side of the shards: segments copied once into a batch for the shard that owns the flow.

use crossbeam_channel::{Receiver, Sender, TrySendError};
use model::segment::{Carries, Tcp};
use model::{FlowKey, PacketTime, Segment, limits};

use crate::feed::{Downstream, Shed, Tick};
use crate::shed::{self, ShedMask};

/// Segments for one shard, and what follows them.
#[derive(Debug, Default)]
pub(crate) struct SegmentBatch {
    segments: Vec<Packed>,
    payload: Vec<u8>,
    /// Partitions whose flows end at the tick: they were shed since the last one, or are from now on.
    pub shed: u64,
    /// The tick that follows the segments.
    pub tick: Option<Tick>,
}

/// A segment whose payload lies in the batch.
#[derive(Clone, Copy, Debug)]
struct Packed {
    frame: u64,
    at: PacketTime,
    key: FlowKey,
    hash: u64,
    tcp: Tcp,
    from_low: bool,
    carries: Carries,
    payload_at: u32,
    payload_len: u32,
}

impl SegmentBatch {
    fn push(&mut self, segment: &Segment<'_>) {
        let Segment { frame, at, key, hash, from_low, tcp, carries, payload } = *segment;
        let (payload_at, payload_len) = (self.payload.len() as u32, payload.len() as u32);
        self.payload.extend_from_slice(payload);
        self.segments.push(Packed { frame, at, key, hash, tcp, from_low, carries, payload_at, payload_len });
    }

    fn is_full(&self) -> bool {
        self.segments.len() >= limits::BATCH_SEGMENTS_MAX || self.payload.len() >= limits::BATCH_BYTES_MAX
    }

    /// The segments, in order.
    pub(crate) fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        self.segments.iter().map(|packed| {
            let at = packed.payload_at as usize;
            let payload = self.payload.get(at..at + packed.payload_len as usize).unwrap_or_default();
            let Packed { frame, at, key, hash, tcp, from_low, carries, .. } = *packed;
            Segment { frame, at, key, hash, from_low, tcp, carries, payload }
        })
    }

    fn account(&self) -> Shed {
        Shed { frames: self.segments.len() as u64, payload: self.payload.len() as u64 }
    }

    /// One bit for each partition that has segments here.
    fn partitions(&self) -> u64 {
        self.segments.iter().fold(0, |mask, packed| mask | (1 << FlowKey::partition_of(packed.hash)))
    }

    pub(crate) fn clear(&mut self) {
        self.segments.clear();
        self.payload.clear();
        (self.shed, self.tick) = (0, None);
    }
}

/// The way to one shard, and the way its empty batches come back.
#[derive(Debug)]
pub(crate) struct Port {
    pub inbox: Sender<SegmentBatch>,
    pub empty: Receiver<SegmentBatch>,
}

/// Hands segments to the shards.
#[derive(Debug)]
pub(crate) struct Dispatch {
    ports: Vec<Port>,
    filling: Vec<SegmentBatch>,
    /// One credit for each epoch that may be open.
    credits: Receiver<()>,
    /// Live: whole flows are refused under load. Replay waits.
    sheds: bool,
    mask: ShedMask,
    /// Partitions shed since the last tick: their flows end at the next one.
    ending: u64,
    shed: Shed,
    alive: bool,
}

impl Dispatch {
    pub(crate) fn new(ports: Vec<Port>, credits: Receiver<()>, sheds: bool) -> Self {
        let filling = ports.iter().map(|_| SegmentBatch::default()).collect();
        let (mask, shed) = (ShedMask::default(), Shed::default());
        Self { ports, filling, credits, sheds, mask, ending: 0, shed, alive: true }
    }

    /// Sends what is filled, without a tick.
    #[cold]
    fn flush(&mut self, shard: usize) {
        let (Some(port), Some(filling)) = (self.ports.get(shard), self.filling.get_mut(shard)) else { return };
        let batch = std::mem::replace(filling, port.empty.try_recv().unwrap_or_default());
        if !self.sheds {
            self.alive &= port.inbox.send(batch).is_ok();
            return;
        }
        match port.inbox.try_send(batch) {
            Ok(()) => {}
            Err(TrySendError::Disconnected(_)) => self.alive = false,
            Err(TrySendError::Full(batch)) => self.overflow(shard, batch),
        }
    }

    /// No room: the batch is lost, and with it every flow of the partitions it has segments of.
    fn overflow(&mut self, shard: usize, mut batch: SegmentBatch) {
        let lost = batch.account();
        self.shed.frames += lost.frames;
        self.shed.payload += lost.payload;
        self.ending |= self.mask.overflow(shard, self.ports.len(), batch.partitions());
        batch.clear();
        if let Some(filling) = self.filling.get_mut(shard) {
            *filling = batch;
        }
    }

    /// Sends the tick behind what is filled. It waits for room: no shard may miss a tick.
    fn flush_tick(&mut self, shard: usize, tick: Tick) {
        let shards = self.ports.len();
        let (Some(port), Some(filling)) = (self.ports.get(shard), self.filling.get_mut(shard)) else { return };
        let mut batch = std::mem::replace(filling, port.empty.try_recv().unwrap_or_default());
        if self.sheds {
            // What is shed from here on is still in this batch, and is read before its flows end.
            let ending = self.ending | self.mask.adjust(shard, shards, port.inbox.len());
            batch.shed = ending & shed::owned(shard, shards);
        }
        batch.tick = Some(tick);
        self.alive &= port.inbox.send(batch).is_ok();
    }
}

impl Downstream for Dispatch {
    #[inline]
    fn segment(&mut self, segment: &Segment<'_>) {
        let partition = FlowKey::partition_of(segment.hash);
        if self.mask.has(partition) {
            self.shed.frames += 1;
            self.shed.payload += segment.payload.len() as u64;
            return;
        }
        let shard = usize::from(partition) % self.ports.len().max(1);
        let Some(batch) = self.filling.get_mut(shard) else { return };
        batch.push(segment);
        if batch.is_full() {
            self.flush(shard);
        }
    }

    fn tick(&mut self, tick: Tick) -> bool {
        // Waits while too many epochs are open. Live, the kernel's ring takes up the moment.
        self.alive &= self.credits.recv().is_ok();
        for shard in 0..self.ports.len() {
            self.flush_tick(shard, tick.clone());
        }
        self.ending = 0;
        self.alive
    }

    fn take_shed(&mut self) -> Shed {
        std::mem::take(&mut self.shed)
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;
    use limits::{BATCH_SEGMENTS_MAX, INBOX_BATCHES_MAX, PARTITIONS};

    use super::*;

    /// What a stuck shard and the dispatch have of `pushed` frames, frame `n` in partition `n % PARTITIONS`, at the next
    /// tick: frames received by partition, the partitions that end, what was shed.
    fn stuck(pushed: usize) -> (Vec<Vec<u64>>, u64, Shed) {
        let (inbox, batches) = bounded(INBOX_BATCHES_MAX);
        let (_give_back, empty) = bounded(1);
        let (credit, credits) = bounded(1);
        let mut dispatch = Dispatch::new(vec![Port { inbox, empty }], credits, true);
        let (key, _) = FlowKey::new([1; 16], 1, [1; 16], 2, model::flow::Tenant::NONE);
        for frame in 0..pushed as u64 {
            let hash = (frame % PARTITIONS as u64) << 58;
            let at = PacketTime(frame);
            let (tcp, carries) = (Tcp::default(), Carries::Stream);
            dispatch.segment(&Segment { frame, at, key, hash, from_low: true, tcp, carries, payload: b"abc" });
        }
        let mut seen: Vec<SegmentBatch> = batches.try_iter().collect();
        credit.send(()).unwrap();
        assert!(dispatch.tick(Tick::default()));
        seen.extend(batches.try_iter());
        let mut received = vec![Vec::new(); PARTITIONS];
        for segment in seen.iter().flat_map(SegmentBatch::segments) {
            received[usize::from(FlowKey::partition_of(segment.hash))].push(segment.frame);
        }
        (received, seen.last().unwrap().shed, dispatch.take_shed())
    }

    #[test]
    fn flows_with_a_lost_segment_end_and_all_others_are_whole() {
        let room = INBOX_BATCHES_MAX * BATCH_SEGMENTS_MAX;
        for pushed in [room, room + BATCH_SEGMENTS_MAX, room + 3 * BATCH_SEGMENTS_MAX, 3 * room] {
            let (received, ending, shed) = stuck(pushed);
            let count: usize = received.iter().map(Vec::len).sum();
            assert_eq!(count as u64 + shed.frames, pushed as u64, "every frame has its counter");
            assert_eq!(shed.payload, 3 * shed.frames);
            for (partition, frames) in received.iter().enumerate() {
                let whole: Vec<u64> = (partition..pushed).step_by(PARTITIONS).map(|frame| frame as u64).collect();
                assert!(whole.starts_with(frames), "no hole in partition {partition}");
                assert!(*frames == whole || ending & (1 << partition) != 0, "partition {partition} ends");
            }
            assert_eq!(shed == Shed::default(), pushed <= room);
        }
    }

    #[test]
    fn a_tick_waits_for_room_and_loses_nothing() {
        let (inbox, batches) = bounded(1);
        let (_give_back, empty) = bounded(1);
        let (credit, credits) = bounded(1);
        let mut dispatch = Dispatch::new(vec![Port { inbox, empty }], credits, true);
        std::thread::scope(|scope| {
            let sender = scope.spawn(move || {
                for _ in 0..3 {
                    assert!(dispatch.tick(Tick::default()));
                }
                dispatch.take_shed()
            });
            (0..3).for_each(|_| credit.send(()).unwrap());
            assert_eq!(batches.iter().filter(|batch| batch.tick.is_some()).count(), 3);
            assert_eq!(sender.join().unwrap(), Shed::default());
        });
    }
}
