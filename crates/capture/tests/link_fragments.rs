//! Fragments: any order and any cut give the same datagram; what never becomes whole is given up and counted.

#![allow(clippy::indexing_slicing, reason = "bytes are built and cut by hand; a panic is a failed test")]

use capture::Frame;
use capture::link::{DecapSettings, Decapsulator};
use model::ledger::Counter;
use model::{Anomaly, Ledger, PacketTime, limits};
use proptest::prelude::*;

/// A TCP segment of `len` payload bytes.
fn tcp(len: usize) -> Vec<u8> {
    let header = [0x13, 0x88, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 0x10, 0, 0, 0, 0, 0];
    header.into_iter().chain((0..len).map(|i| (i % 251) as u8)).collect()
}

/// Bytes `from..to` of `datagram` as an IPv4 fragment.
fn fragment_v4(id: u16, datagram: &[u8], from: usize, to: usize) -> Vec<u8> {
    let total = (20 + to - from) as u16;
    let bits = (from / 8) as u16 | if to < datagram.len() { 0x2000 } else { 0 };
    let ([l0, l1], [i0, i1], [f0, f1]) = (total.to_be_bytes(), id.to_be_bytes(), bits.to_be_bytes());
    [&[0x45, 0, l0, l1, i0, i1, f0, f1, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], &datagram[from..to]].concat()
}

/// Bytes `from..to` of `datagram` as an IPv6 fragment.
fn fragment_v6(datagram: &[u8], from: usize, to: usize) -> Vec<u8> {
    let [l0, l1] = ((8 + to - from) as u16).to_be_bytes();
    let [f0, f1] = (from as u16 | u16::from(to < datagram.len())).to_be_bytes();
    [&[0x60, 0, 0, 0, l0, l1, 44, 64], &[0xfd; 16][..], &[0xfc; 16], &[6, 0, f0, f1, 0, 0, 0, 9], &datagram[from..to]]
        .concat()
}

struct Bench {
    decapsulator: Decapsulator,
    ledger: Ledger,
}

impl Bench {
    fn new() -> Self {
        Self { decapsulator: Decapsulator::new(DecapSettings::default()), ledger: Ledger::default() }
    }

    fn push(&mut self, at: u64, data: &[u8]) -> Option<Vec<u8>> {
        let frame = Frame { number: 1, at: PacketTime(at), link_type: 101, data, wire_len: data.len() as u32 };
        self.decapsulator.decapsulate(&frame, &mut self.ledger).map(|segment| segment.payload.to_vec())
    }
}

#[test]
fn overlapping_bytes_that_differ_are_marked_and_the_first_win() {
    let datagram = tcp(44);
    let mut other = datagram.clone();
    other[30] ^= 0xff;
    let mut bench = Bench::new();
    assert_eq!(bench.push(1, &fragment_v4(1, &datagram, 24, 48)), None);
    assert_eq!(bench.push(1, &fragment_v4(1, &other, 0, 40)), None);
    assert_eq!(bench.push(1, &fragment_v4(1, &datagram, 48, 64)), Some(datagram[20..].to_vec()));
    assert_eq!(bench.ledger.get(Counter::DatagramsConflict), 1);
    assert_eq!(bench.ledger.get(Counter::DatagramsReassembled), 1);
    assert_eq!((bench.ledger.get(Counter::FramesFragment), bench.ledger.get(Counter::FramesAccepted)), (2, 1));
    assert!(bench.decapsulator.anomalies().contains(Anomaly::IpFragOverlap));
}

#[test]
fn what_never_becomes_whole_expires() {
    let mut bench = Bench::new();
    assert_eq!(bench.push(1, &fragment_v4(1, &tcp(44), 0, 32)), None);
    let late = PacketTime(1).plus(limits::FRAGMENT_AGE_MAX).plus(limits::FRAGMENT_AGE_MAX);
    bench.decapsulator.tick(late, &mut bench.ledger);
    assert_eq!(bench.ledger.get(Counter::DatagramsExpired), 1);
    assert!(bench.decapsulator.anomalies().contains(Anomaly::IpFragIncomplete));
    assert_eq!(bench.push(late.nanos(), &fragment_v4(1, &tcp(44), 32, 64)), None, "the rest alone is no datagram");
    bench.decapsulator.finish(&mut bench.ledger);
    assert_eq!(bench.ledger.get(Counter::DatagramsExpired), 2);
}

#[test]
fn the_oldest_make_room() {
    let mut bench = Bench::new();
    let datagram = tcp(60_000);
    for id in 0..1_000 {
        assert_eq!(bench.push(1, &fragment_v4(id, &datagram, 0, 59_992)), None);
    }
    let evicted = bench.ledger.get(Counter::DatagramsEvicted);
    assert!((400..500).contains(&evicted), "{evicted}");
    assert_eq!(bench.push(1, &fragment_v4(0, &datagram, 59_992, datagram.len())), None);
    assert!(bench.push(1, &fragment_v4(999, &datagram, 59_992, datagram.len())).is_some());
}

#[test]
fn too_many_fragments_are_given_up() {
    let mut bench = Bench::new();
    let datagram = tcp(60_000);
    for part in 0..limits::FRAGMENTS_PER_DATAGRAM_MAX {
        assert_eq!(bench.push(1, &fragment_v4(1, &datagram, part * 8, part * 8 + 8)), None);
    }
    assert_eq!(bench.ledger.get(Counter::DatagramsEvicted), 1);
}

#[test]
fn a_fragmented_tunnel_may_carry_fragments() {
    let inner = tcp(100);
    let mut bench = Bench::new();
    let mut found = None;
    for (id, part) in [fragment_v4(1, &inner, 0, 64), fragment_v4(1, &inner, 64, inner.len())].iter().enumerate() {
        for (from, to) in [(40, part.len()), (0, 40)] {
            let mut piece = fragment_v4(100 + id as u16, part, from, to);
            piece[9] = 4;
            found = bench.push(1, &piece).or(found);
        }
    }
    assert_eq!(found, Some(inner[20..].to_vec()));
    assert_eq!(bench.ledger.get(Counter::DatagramsReassembled), 3);
}

#[test]
fn a_cut_last_fragment_completes_nothing() {
    let datagram = tcp(44);
    let mut bench = Bench::new();
    assert_eq!(bench.push(1, &fragment_v4(1, &datagram, 0, 32)), None);
    let last = fragment_v4(1, &datagram, 32, 64);
    assert_eq!(bench.push(1, &last[..last.len() - 8]), None);
    assert_eq!(bench.push(1, &last), Some(datagram[20..].to_vec()));
    assert_eq!(bench.ledger.get(Counter::DatagramsConflict), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_cut_give_the_same_datagram(
        len in 1_usize..3_000,
        cuts in prop::collection::btree_set(1_usize..370, 0..12),
        extra in prop::collection::vec((0_usize..370, 1_usize..60), 0..4),
        shuffle in any::<prop::sample::Index>(),
        v6: bool,
    ) {
        let datagram = tcp(len);
        let mut edges: Vec<usize> = cuts.into_iter().map(|cut| cut * 8).filter(|cut| *cut < datagram.len()).collect();
        prop_assume!(!edges.is_empty());
        edges.insert(0, 0);
        edges.push(datagram.len());
        let mut ranges: Vec<(usize, usize)> = edges.windows(2).map(|w| (w[0], w[1])).collect();
        // Repeated and overlapping parts with the same bytes change nothing.
        for (start, units) in extra {
            let (from, to) = (start * 8, (start + units) * 8);
            if to < datagram.len() { ranges.push((from, to)) }
        }
        let seed = shuffle.index(1 << 20);
        ranges.sort_by_key(|&(from, to)| (from * 7 + to * 13 + 1).wrapping_mul(seed | 1) % 1_009);
        let mut bench = Bench::new();
        let mut found = Vec::new();
        for (from, to) in ranges {
            let data = if v6 { fragment_v6(&datagram, from, to) } else { fragment_v4(5, &datagram, from, to) };
            found.extend(bench.push(1, &data));
        }
        prop_assert_eq!(found.first().map(Vec::as_slice), Some(&datagram[20..]));
        prop_assert_eq!(bench.ledger.get(Counter::DatagramsConflict), 0);
    }
}
