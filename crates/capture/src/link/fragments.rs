//! Putting IP datagrams together from their fragments.
//!
//! In: fragments in any order, overlapping or repeated. Out: the payload of a complete datagram. Kept: a table of
//! waiting datagrams, bounded in number, bytes, pieces and age ([`limits`]`::FRAGMENT_*`). Where two fragments hold the
//! same byte, the first to come wins; if the values differ, that is counted and marked. Can go wrong: a fragment never
//! comes (expired), the table is full (the oldest is evicted), a datagram has too many fragments (given up).

use std::collections::BTreeMap;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use model::ledger::Counter;
use model::{Anomaly, AnomalySet, Ledger, PacketTime, Tenant, limits};

use super::path::{FragmentHeader, Path};

/// Longest payload of a datagram: the offset field reaches no further (RFC 791 §3.1, RFC 8200 §4.5).
const DATAGRAM_BYTES_MAX: u32 = 65_535;
/// What one waiting datagram takes beside its bytes.
const DATAGRAM_OVERHEAD: usize = 256;
/// What one piece takes beside its bytes.
const PIECE_OVERHEAD: usize = 16;

/// What the fragments of one datagram have in common (RFC 791 §3.2). IPv6 fragments share no protocol field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    src: [u8; 16],
    dst: [u8; 16],
    id: u32,
    protocol: Option<u8>,
    tenant: Tenant,
}

/// Bytes `start..end` of the datagram, held at `at` of the buffer.
#[derive(Clone, Copy, Debug)]
struct Piece {
    start: u32,
    end: u32,
    at: u32,
}

#[derive(Debug)]
struct Datagram {
    serial: u64,
    since: PacketTime,
    /// Sorted, disjoint.
    pieces: Vec<Piece>,
    bytes: Vec<u8>,
    total: Option<u32>,
    protocol: u8,
    fragments: usize,
    conflict: bool,
}

/// A datagram whose fragments are all there.
#[derive(Debug)]
pub(super) struct Whole {
    /// Protocol of the payload, as the first fragment says.
    pub protocol: u8,
    /// The payload.
    pub payload: Vec<u8>,
}

/// The table of waiting datagrams.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    waiting: HashMap<Key, Datagram, foldhash::fast::FixedState>,
    /// Oldest first.
    order: BTreeMap<u64, Key>,
    bytes: usize,
    serial: u64,
}

impl Fragments {
    /// Takes one fragment; returns the datagram it completes.
    pub(super) fn insert(
        &mut self,
        (path, header, data): (&Path, FragmentHeader, &[u8]),
        by_tenant: bool,
        now: PacketTime,
        ledger: &mut Ledger,
        marks: &mut AnomalySet,
    ) -> Option<Whole> {
        self.expire(now, ledger, marks);
        let key = Key {
            src: path.src,
            dst: path.dst,
            id: header.id,
            protocol: (!path.v6).then_some(header.protocol),
            tenant: if by_tenant { path.tenant } else { Tenant::NONE },
        };
        let datagram = match self.waiting.entry(key) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                self.serial += 1;
                self.order.insert(self.serial, key);
                self.bytes += DATAGRAM_OVERHEAD;
                entry.insert(Datagram::new(self.serial, now, header.protocol))
            }
        };
        let before = datagram.cost();
        let conflicts_before = datagram.conflict;
        datagram.add(header, data, path.missing);
        if datagram.conflict && !conflicts_before {
            ledger.add(Counter::DatagramsConflict, 1);
            marks.insert(Anomaly::IpFragOverlap);
        }
        self.bytes += datagram.cost() - before;
        if datagram.is_complete() {
            ledger.add(Counter::DatagramsReassembled, 1);
            return self.remove(&key).map(Datagram::assemble);
        }
        if datagram.fragments >= limits::FRAGMENTS_PER_DATAGRAM_MAX {
            self.give_up(&key, Counter::DatagramsEvicted, ledger, marks);
        }
        while self.waiting.len() > limits::FRAGMENT_DATAGRAMS_MAX || self.bytes > limits::FRAGMENT_BYTES_MAX {
            let Some((_, &oldest)) = self.order.first_key_value() else { break };
            self.give_up(&oldest, Counter::DatagramsEvicted, ledger, marks);
        }
        None
    }

    /// Gives up datagrams that waited longer than [`limits::FRAGMENT_AGE_MAX`].
    pub(super) fn expire(&mut self, now: PacketTime, ledger: &mut Ledger, marks: &mut AnomalySet) {
        while let Some((_, &oldest)) = self.order.first_key_value() {
            if self.waiting.get(&oldest).is_some_and(|d| now.since(d.since) <= limits::FRAGMENT_AGE_MAX) {
                break;
            }
            self.give_up(&oldest, Counter::DatagramsExpired, ledger, marks);
        }
    }

    /// Gives up whatever waits.
    pub(super) fn finish(&mut self, ledger: &mut Ledger, marks: &mut AnomalySet) {
        while let Some((_, &oldest)) = self.order.first_key_value() {
            self.give_up(&oldest, Counter::DatagramsExpired, ledger, marks);
        }
    }

    fn give_up(&mut self, key: &Key, reason: Counter, ledger: &mut Ledger, marks: &mut AnomalySet) {
        if self.remove(key).is_some() {
            ledger.add(reason, 1);
            marks.insert(Anomaly::IpFragIncomplete);
        }
    }

    fn remove(&mut self, key: &Key) -> Option<Datagram> {
        let datagram = self.waiting.remove(key)?;
        self.order.remove(&datagram.serial);
        self.bytes = self.bytes.saturating_sub(datagram.cost() + DATAGRAM_OVERHEAD);
        Some(datagram)
    }
}

impl Datagram {
    const fn new(serial: u64, since: PacketTime, protocol: u8) -> Self {
        Self {
            serial,
            since,
            pieces: Vec::new(),
            bytes: Vec::new(),
            total: None,
            protocol,
            fragments: 0,
            conflict: false,
        }
    }

    const fn cost(&self) -> usize {
        self.bytes.len() + self.pieces.len() * PIECE_OVERHEAD
    }

    /// Takes the bytes not held yet, of which the capture may lack the last; notes bytes held with other values, and ends that disagree.
    fn add(&mut self, header: FragmentHeader, data: &[u8], missing: usize) {
        self.fragments += 1;
        if header.offset == 0 {
            self.protocol = header.protocol;
        }
        // All but the last fragment hold whole units of eight bytes (RFC 791 §3.2); a rest is not part of the datagram.
        let len = if header.more { data.len() & !7 } else { data.len() } as u32;
        let wire_end = (header.offset + len).saturating_add(u32::try_from(missing).unwrap_or(u32::MAX));
        let held_end = self.pieces.last().map_or(0, |piece| piece.end);
        match self.total {
            Some(total) => self.conflict |= wire_end > total || (!header.more && wire_end != total),
            None if !header.more && held_end > wire_end => self.conflict = true,
            None if !header.more => self.total = Some(wire_end),
            None => {}
        }
        let end = (header.offset + len).min(self.total.unwrap_or(DATAGRAM_BYTES_MAX)).min(DATAGRAM_BYTES_MAX);
        self.fill(header.offset, end, data);
    }

    /// Copies the holes of `start..end` from `data`, which begins at `start`.
    fn fill(&mut self, start: u32, end: u32, data: &[u8]) {
        let part = |from: u32, to: u32| data.get((from - start) as usize..(to - start) as usize).unwrap_or_default();
        let mut at = start;
        let mut index = self.pieces.partition_point(|piece| piece.end <= start);
        while at < end {
            match self.pieces.get(index).copied() {
                Some(piece) if piece.start <= at => {
                    let stop = piece.end.min(end);
                    self.conflict |= self.held(piece, at, stop) != part(at, stop);
                    at = stop;
                }
                next => {
                    let stop = next.map_or(end, |piece| piece.start.min(end));
                    let piece = Piece { start: at, end: stop, at: self.bytes.len() as u32 };
                    self.bytes.extend_from_slice(part(at, stop));
                    self.pieces.insert(index, piece);
                    at = stop;
                }
            }
            index += 1;
        }
    }

    /// The held bytes `from..to`, which lie inside `piece`.
    fn held(&self, piece: Piece, from: u32, to: u32) -> &[u8] {
        let begin = (piece.at + (from - piece.start)) as usize;
        self.bytes.get(begin..begin + (to - from) as usize).unwrap_or_default()
    }

    fn is_complete(&self) -> bool {
        // Pieces are disjoint and none reaches beyond the total, so equal length means no hole.
        self.total.is_some_and(|total| self.bytes.len() == total as usize)
    }

    fn assemble(self) -> Whole {
        let in_order = self.pieces.iter().is_sorted_by_key(|piece| piece.at);
        let payload = if in_order {
            self.bytes
        } else {
            let mut payload = Vec::with_capacity(self.bytes.len());
            for &piece in &self.pieces {
                payload.extend_from_slice(self.held(piece, piece.start, piece.end));
            }
            payload
        };
        Whole { protocol: self.protocol, payload }
    }
}
