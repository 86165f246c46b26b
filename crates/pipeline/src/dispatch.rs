//! The capture thread's side of the shards: segments copied once into a batch for the shard that owns the flow.

use crossbeam_channel::{Receiver, Sender, TrySendError};
use model::segment::Tcp;
use model::{FlowKey, PacketTime, Segment, limits};

use crate::feed::{Downstream, Shed, Tick};
use crate::shed::ShedMask;

/// Segments for one shard, and what follows them.
#[derive(Debug, Default)]
pub(crate) struct SegmentBatch {
    segments: Vec<Packed>,
    payload: Vec<u8>,
    /// Partitions whose flows end before the tick: they are shed from now on.
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
    payload_at: u32,
    payload_len: u32,
}

impl SegmentBatch {
    fn push(&mut self, segment: &Segment<'_>) {
        let Segment { frame, at, key, hash, from_low, tcp, payload } = *segment;
        let (payload_at, payload_len) = (self.payload.len() as u32, payload.len() as u32);
        self.payload.extend_from_slice(payload);
        self.segments.push(Packed { frame, at, key, hash, tcp, from_low, payload_at, payload_len });
    }

    fn is_full(&self) -> bool {
        self.segments.len() >= limits::BATCH_SEGMENTS_MAX || self.payload.len() >= limits::BATCH_BYTES_MAX
    }

    /// The segments, in order.
    pub(crate) fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        self.segments.iter().map(|packed| {
            let at = packed.payload_at as usize;
            let payload = self.payload.get(at..at + packed.payload_len as usize).unwrap_or_default();
            let Packed { frame, at, key, hash, tcp, from_low, .. } = *packed;
            Segment { frame, at, key, hash, from_low, tcp, payload }
        })
    }

    fn account(&self) -> Shed {
        Shed { frames: self.segments.len() as u64, payload: self.payload.len() as u64 }
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
    shed: Shed,
    alive: bool,
}

impl Dispatch {
    pub(crate) fn new(ports: Vec<Port>, credits: Receiver<()>, sheds: bool) -> Self {
        let filling = ports.iter().map(|_| SegmentBatch::default()).collect();
        Self { ports, filling, credits, sheds, mask: ShedMask::default(), shed: Shed::default(), alive: true }
    }

    /// Sends what is filled, with what follows it; waits for room unless it may shed.
    fn flush(&mut self, shard: usize, tick: Option<Tick>) {
        let shards = self.ports.len();
        let (Some(port), Some(filling)) = (self.ports.get(shard), self.filling.get_mut(shard)) else { return };
        let mut batch = std::mem::replace(filling, port.empty.try_recv().unwrap_or_default());
        batch.tick = tick;
        if self.sheds && batch.tick.is_some() {
            batch.shed = self.mask.adjust(shard, shards, port.inbox.len());
        }
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

    /// No room: the batch's segments are shed, its partitions with them; a tick waits for room.
    fn overflow(&mut self, shard: usize, mut batch: SegmentBatch) {
        let lost = batch.account();
        self.shed.frames += lost.frames;
        self.shed.payload += lost.payload;
        let (tick, shed) = (batch.tick.take(), batch.shed);
        batch.clear();
        let shed = shed | self.mask.overflow(shard, self.ports.len());
        let Some(port) = self.ports.get(shard) else { return };
        (batch.shed, batch.tick) = (shed, tick);
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
            self.flush(shard, None);
        }
    }

    fn tick(&mut self, tick: Tick) -> bool {
        // Waits while too many epochs are open. Live, the kernel's ring takes up the moment.
        self.alive &= self.credits.recv().is_ok();
        for shard in 0..self.ports.len() {
            self.flush(shard, Some(tick.clone()));
        }
        self.alive
    }

    fn take_shed(&mut self) -> Shed {
        std::mem::take(&mut self.shed)
    }
}
