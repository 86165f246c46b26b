//! Every encapsulation, built byte by byte: the TCP segment inside comes out, with its tag, and nothing else does.

#![allow(clippy::indexing_slicing, reason = "bytes are built and cut by hand; a panic is a failed test")]

use capture::Frame;
use capture::link::{Checksums, DecapSettings, Decapsulator};
use model::ledger::Counter;
use model::{Anomaly, Ledger, PacketTime, Tenant, flow::TenantKind};
use proptest::prelude::*;

const PAYLOAD: &[u8] = b"GET / HTTP/1.1\r\n\r\n";
const LINK_TYPES: [u32; 34] = [
    0, 1, 8, 9, 12, 14, 50, 51, 100, 101, 104, 105, 106, 107, 108, 109, 113, 117, 119, 123, 127, 138, 163, 166, 192,
    204, 205, 206, 226, 228, 229, 239, 274, 276,
];

fn cat(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn tcp() -> Vec<u8> {
    let header = [0x13, 0x88, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 0x10, 0, 0, 0, 0, 0];
    cat(&[&header, PAYLOAD])
}

fn ipv4_of(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let total = (20 + payload.len() as u16).to_be_bytes();
    let header = [0x45, 0, total[0], total[1], 0, 7, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    cat(&[&header, payload])
}

fn ipv6_of(next: u8, payload: &[u8]) -> Vec<u8> {
    let len = (payload.len() as u16).to_be_bytes();
    let mut header = [0; 40];
    (header[0], header[4], header[5], header[6], header[7]) = (0x60, len[0], len[1], next, 64);
    (header[8], header[23], header[24], header[39]) = (0xfd, 1, 0xfd, 2);
    cat(&[&header, payload])
}

fn ip() -> Vec<u8> {
    ipv4_of(6, &tcp())
}

fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    cat(&[&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2], &kind.to_be_bytes(), payload])
}

fn frame() -> Vec<u8> {
    ethernet(0x0800, &ip())
}

fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let len = (8 + payload.len() as u16).to_be_bytes();
    let datagram = cat(&[&[0xc0, 0], &port.to_be_bytes(), &len, &[0, 0], payload]);
    ethernet(0x0800, &ipv4_of(17, &datagram))
}

fn gre(header: &[u8], payload: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &ipv4_of(47, &cat(&[header, payload])))
}

fn decap(
    settings: DecapSettings,
    link_type: u32,
    data: &[u8],
    wire_len: usize,
) -> (Option<(Tenant, u32, Vec<u8>)>, Ledger) {
    let mut ledger = Ledger::default();
    let mut decapsulator = Decapsulator::new(settings);
    let frame = Frame { number: 1, at: PacketTime(1), link_type, data, wire_len: wire_len as u32 };
    let segment = decapsulator.decapsulate(&frame, &mut ledger);
    (segment.map(|s| (s.key.tenant, s.tcp.wire_len, s.payload.to_vec())), ledger)
}

#[track_caller]
fn check(link_type: u32, data: &[u8], tenant: Tenant) {
    let settings = DecapSettings { key_by_tenant: true, ..DecapSettings::default() };
    let (segment, ledger) = decap(settings, link_type, data, data.len());
    assert_eq!(segment, Some((tenant, PAYLOAD.len() as u32, PAYLOAD.to_vec())), "{ledger:?}");
    assert_eq!(ledger.get(Counter::FramesAccepted), 1);
    assert_eq!(ledger.get(Counter::PayloadAccepted), PAYLOAD.len() as u64);
    let (segment, _) = decap(DecapSettings::default(), link_type, data, data.len());
    assert_eq!(segment.map(|s| s.0), Some(Tenant::NONE));
    // Cut anywhere, the frame is still counted once and never believed to be whole.
    for len in 0..data.len() {
        let (segment, ledger) = decap(settings, link_type, &data[..len], data.len());
        let ends = ledger.get(Counter::FramesAccepted) + ledger.get(Counter::FramesFragment);
        assert_eq!(ends + ledger.sum("frames.ignored.") + ledger.sum("frames.malformed."), 1, "cut at {len}");
        assert!(segment.is_none_or(|s| s.2.len() < PAYLOAD.len() || s.2 == PAYLOAD));
    }
}

#[track_caller]
fn refused(link_type: u32, data: &[u8], reason: Counter) {
    let (segment, ledger) = decap(DecapSettings::default(), link_type, data, data.len());
    assert_eq!(segment, None);
    assert_eq!(ledger.iter().collect::<Vec<_>>(), [(Counter::FramesSeen, 1), (reason, 1)]);
}

fn tag(kind: TenantKind, id: u32) -> Tenant {
    Tenant::new(kind, id)
}

#[test]
fn link_types_are_read() {
    let none = Tenant::NONE;
    let v6 = ipv6_of(6, &tcp());
    check(1, &frame(), none);
    check(1, &ethernet(0x86dd, &v6), none);
    for link_type in [12, 14, 101] {
        check(link_type, &ip(), none);
        check(link_type, &v6, none);
    }
    check(228, &ip(), none);
    check(229, &v6, none);
    check(0, &cat(&[&[2, 0, 0, 0], &ip()]), none);
    check(0, &cat(&[&[0, 0, 0, 2], &ip()]), none);
    for family in [10, 24, 28, 30] {
        check(0, &cat(&[&[family, 0, 0, 0], &v6]), none);
    }
    check(108, &cat(&[&[0, 0, 0, 2], &ip()]), none);
    check(113, &cat(&[&[0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0], &ip()]), none);
    check(276, &cat(&[&[8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0], &ip()]), none);
    check(9, &cat(&[&[0xff, 3, 0, 0x21], &ip()]), none);
    check(9, &cat(&[&[0, 0x57], &v6]), none);
    check(9, &cat(&[&[0x21], &ip()]), none);
    check(50, &cat(&[&[0xff, 3, 0, 0x21], &ip()]), none);
    check(50, &cat(&[&[0x0f, 0, 8, 0], &ip()]), none);
    check(51, &cat(&[&[0x11, 0, 0, 9, 0, 0, 0, 0x21], &ip()]), tag(TenantKind::Session, 9));
    check(104, &cat(&[&[0x0f, 0, 8, 0], &ip()]), none);
    check(107, &cat(&[&[0x18, 0x41, 3, 0xcc], &ip()]), none);
    check(107, &cat(&[&[0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0], &ip()]), none);
    check(107, &cat(&[&[0x18, 0x41, 8, 0], &ip()]), none);
    let attribute =
        cat(&[&[2, 0, 0, 7], &[5, 0, 1, 0, 9, 0, 0, 0], &(4 + ip().len() as u16).to_le_bytes(), &[9, 0], &ip()]);
    check(239, &attribute, none);
}

#[test]
fn wireless_frames_are_read_in_the_clear_only() {
    let snap = cat(&[&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &ip()]);
    let plain = cat(&[&[0x08, 0x01], &[0; 22], &snap]);
    let qos = cat(&[&[0x88, 0x01], &[0; 22], &[0, 0], &snap]);
    let bridge = cat(&[&[0x08, 0x03], &[0; 28], &snap]);
    let padded = cat(&[&[0, 0, 9, 0, 2, 0, 0, 0, 0x20], &[0x88, 0x01], &[0; 22], &[0, 0, 0, 0], &snap]);
    let aggregate = cat(&[&[0x88, 0x01], &[0; 22], &[0x80, 0], &[0; 14], &snap]);
    for data in [&plain, &qos, &bridge, &aggregate] {
        check(105, data, Tenant::NONE);
        check(127, &cat(&[&[0, 0, 8, 0, 0, 0, 0, 0], data]), Tenant::NONE);
    }
    check(127, &padded, Tenant::NONE);
    refused(105, &cat(&[&[0x08, 0x41], &[0; 22], &snap]), Counter::FramesOpaque);
    refused(105, &cat(&[&[0x80, 0], &[0; 60]]), Counter::FramesNotIp);
}

#[test]
fn tags_and_labels_are_taken_off() {
    let inner = cat(&[&[0, 100, 8, 0], &ip()]);
    check(1, &ethernet(0x8100, &inner), tag(TenantKind::Vlan, 100));
    for outer in [0x88a8, 0x9100, 0x9200, 0x8100] {
        check(1, &ethernet(outer, &cat(&[&[0, 7, 0x81, 0], &inner])), tag(TenantKind::QinQ, 7 * 4096 + 100));
    }
    check(1, &ethernet(0x8100, &cat(&[&[0xe0, 0, 8, 0], &ip()])), Tenant::NONE);
    let label = tag(TenantKind::Mpls, 18);
    check(1, &ethernet(0x8847, &cat(&[&[0, 1, 0x10, 64, 0, 1, 0x21, 64], &ip()])), label);
    check(1, &ethernet(0x8848, &cat(&[&[0, 1, 0x21, 64], &ipv6_of(6, &tcp())])), label);
    check(1, &ethernet(0x8847, &cat(&[&[0, 1, 0x21, 64], &frame()])), label);
    check(1, &ethernet(0x8847, &cat(&[&[0, 1, 0x21, 64, 0, 0, 0, 0], &frame()])), label);
    check(1, &ethernet(0x8864, &cat(&[&[0x11, 0, 0, 5, 0, 0, 0, 0x21], &ip()])), tag(TenantKind::Session, 5));
    check(1, &ethernet(0x894f, &cat(&[&[0x0f, 0xc2, 2, 1, 0, 0, 1, 0xff], &ip()])), Tenant::NONE);
    check(1, &ethernet(0x894f, &cat(&[&[0x0f, 0xc2, 2, 3, 0, 0, 1, 0xff], &frame()])), Tenant::NONE);
    check(1, &ethernet(100, &cat(&[&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &ip()])), Tenant::NONE);
    check(1, &ethernet(0x88e5, &cat(&[&[0x20, 0, 0, 0, 0, 1], &[0; 8], &[8, 0], &ip(), &[0; 16]])), Tenant::NONE);
    refused(1, &ethernet(0x88e5, &[0x2c; 60]), Counter::FramesOpaque);
}

#[test]
fn gre_carries_ip_ethernet_and_mirrors() {
    check(1, &gre(&[0, 0, 8, 0], &ip()), Tenant::NONE);
    check(1, &gre(&[0, 0, 0x86, 0xdd], &ipv6_of(6, &tcp())), Tenant::NONE);
    let all = [0xb0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 42, 0, 0, 0, 1];
    check(1, &gre(&all, &ip()), tag(TenantKind::GreKey, 42));
    check(1, &gre(&[0x20, 0, 0x65, 0x58, 0, 0, 0, 9], &frame()), tag(TenantKind::GreKey, 9));
    check(1, &gre(&[0, 0, 0x88, 0xbe], &frame()), Tenant::NONE);
    let second = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 77, 0, 0, 0, 0];
    check(1, &gre(&second, &frame()), tag(TenantKind::Session, 77));
    let third = [0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 78, 0, 0, 0, 0, 0, 0, 0, 0];
    check(1, &gre(&third, &frame()), tag(TenantKind::Session, 78));
    let mut with_subheader = third;
    with_subheader[19] = 1;
    check(1, &gre(&with_subheader, &cat(&[&[0; 8], &frame()])), tag(TenantKind::Session, 78));
    let pptp = [0x30, 0x81, 0x88, 0x0b, 0, 60, 0, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0xff, 3, 0, 0x21];
    check(1, &gre(&pptp, &ip()), tag(TenantKind::GreKey, 3));
    refused(1, &gre(&[0x40, 0, 8, 0], &ip()), Counter::FramesBadTunnel);
}

#[test]
fn udp_tunnels_are_known_by_port_and_shape() {
    for port in [4789, 8472] {
        check(1, &udp(port, &cat(&[&[8, 0, 0, 0, 0, 0, 33, 0], &frame()])), tag(TenantKind::Vni, 33));
    }
    check(1, &udp(4790, &cat(&[&[0x0c, 0, 0, 1, 0, 0, 33, 0], &ip()])), tag(TenantKind::Vni, 33));
    check(1, &udp(6081, &cat(&[&[1, 0, 0x65, 0x58, 0, 0, 34, 0, 0, 0, 0, 0], &frame()])), tag(TenantKind::Vni, 34));
    check(1, &udp(6081, &cat(&[&[0, 0, 8, 0, 0, 0, 34, 0], &ip()])), tag(TenantKind::Vni, 34));
    check(1, &udp(2152, &cat(&[&[0x30, 0xff, 0, 58, 0, 0, 0, 8], &ip()])), tag(TenantKind::Teid, 8));
    let extended = [0x34, 0xff, 0, 66, 0, 0, 0, 8, 0, 0, 0, 0x85, 1, 0, 9, 0];
    check(1, &udp(2152, &cat(&[&extended, &ip()])), tag(TenantKind::Teid, 8));
    check(1, &udp(3544, &ipv6_of(6, &tcp())), Tenant::NONE);
    let headers = cat(&[&[0, 1, 2, 3], &[0; 14], &[0, 0, 1, 2, 3, 4, 5, 6]]);
    check(1, &udp(3544, &cat(&[&headers, &ipv6_of(6, &tcp())])), Tenant::NONE);
    check(1, &udp(1701, &cat(&[&[0, 2, 0, 1, 0, 6, 0xff, 3, 0, 0x21], &ip()])), tag(TenantKind::Session, 6));
    let twice =
        udp(4789, &cat(&[&[8, 0, 0, 0, 0, 0, 33, 0], &udp(4789, &cat(&[&[8, 0, 0, 0, 0, 0, 9, 0], &frame()]))]));
    check(1, &twice, tag(TenantKind::Vni, 9));
    refused(1, &udp(4789, &cat(&[&[0, 0, 0, 0, 0, 0, 33, 0], &frame()])), Counter::FramesNotTcp);
    refused(1, &udp(53, &frame()), Counter::FramesNotTcp);
}

#[test]
fn ip_carries_ip_and_extensions() {
    let v6 = ipv6_of(6, &tcp());
    check(228, &ipv4_of(4, &ip()), Tenant::NONE);
    check(228, &ipv4_of(41, &v6), Tenant::NONE);
    check(229, &ipv6_of(4, &ip()), Tenant::NONE);
    check(228, &ipv4_of(51, &cat(&[&[6, 4], &[0; 22], &tcp()])), Tenant::NONE);
    check(228, &ipv4_of(97, &cat(&[&[0x30, 0], &frame()])), Tenant::NONE);
    let chain = cat(&[&[43, 0], &[0; 6], &[60, 0], &[0; 6], &[44, 0], &[0; 6], &[6, 0, 0, 0, 0, 0, 0, 1], &tcp()]);
    check(229, &ipv6_of(0, &chain), Tenant::NONE);
    let mut long = Vec::new();
    for _ in 0..17 {
        long.extend_from_slice(&[60, 0, 0, 0, 0, 0, 0, 0]);
    }
    refused(229, &ipv6_of(60, &long), Counter::FramesTooDeep);
    let mut deep = ip();
    for _ in 0..9 {
        deep = ipv4_of(4, &deep);
    }
    refused(228, &deep, Counter::FramesTooDeep);
}

#[test]
fn invalid_headers_are_malformed() {
    let mut short_header = ip();
    short_header[0] = 0x44;
    refused(228, &short_header, Counter::FramesBadIp);
    let mut wrong_version = ip();
    wrong_version[0] = 0x55;
    refused(228, &wrong_version, Counter::FramesBadIp);
    for offset in [0x40, 0xf0] {
        let mut segment = tcp();
        segment[12] = offset;
        refused(228, &ipv4_of(6, &segment), Counter::FramesBadTcp);
    }
    refused(1, &ethernet(0x0806, &[0; 46]), Counter::FramesNotIp);
    refused(1, &[0; 13], Counter::FramesShortLink);
    refused(9_999, &frame(), Counter::FramesLinkType);
}

#[test]
fn lengths_of_the_ip_header_rule() {
    let padded = cat(&[&frame(), &[0; 9]]);
    assert_eq!(decap(DecapSettings::default(), 1, &padded, padded.len()).0.map(|s| s.2), Some(PAYLOAD.to_vec()));
    let mut offloaded = frame();
    (offloaded[16], offloaded[17]) = (0, 0);
    check(1, &offloaded, Tenant::NONE);
    let data = frame();
    let cut = &data[..data.len() - 5];
    let (segment, ledger) = decap(DecapSettings::default(), 1, cut, data.len());
    assert_eq!(segment.map(|s| (s.1 as usize, s.2.len())), Some((PAYLOAD.len(), PAYLOAD.len() - 5)));
    assert_eq!(ledger.get(Counter::FramesTruncated), 1);
}

#[test]
fn checksums_are_judged_when_asked() {
    let mut good = frame();
    let judged = DecapSettings { verify_checksums: Checksums::On, ..DecapSettings::default() };
    let (segment, ledger) = decap(judged, 1, &good, good.len());
    assert_eq!((segment, ledger.get(Counter::FramesBadChecksum)), (None, 1));
    let mut sum = 6 + (good.len() - 34) as u32;
    sum += good[26..].chunks(2).map(|w| u32::from(w[0]) << 8 | u32::from(*w.get(1).unwrap_or(&0))).sum::<u32>();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    good[50..52].copy_from_slice(&(!(sum as u16)).to_be_bytes());
    assert!(decap(judged, 1, &good, good.len()).0.is_some());
    let mut decapsulator = Decapsulator::new(DecapSettings { verify_checksums: Checksums::Auto, ..judged });
    let mut ledger = Ledger::default();
    let bad = frame();
    let mut take = |data: &[u8], ledger: &mut Ledger| {
        let frame = Frame { number: 1, at: PacketTime(1), link_type: 1, data, wire_len: data.len() as u32 };
        decapsulator.decapsulate(&frame, ledger).map(|s| s.tcp.bad_checksum)
    };
    assert_eq!(take(&bad, &mut ledger), Some(true), "an unknown sender is not judged");
    for _ in 0..40 {
        assert_eq!(take(&good, &mut ledger), Some(false));
    }
    assert_eq!(take(&bad, &mut ledger), None, "a trusted sender is");
}

#[test]
fn copies_of_a_frame_are_counted_and_returned() {
    let mut decapsulator = Decapsulator::new(DecapSettings { key_by_tenant: true, ..DecapSettings::default() });
    let mut ledger = Ledger::default();
    let mut copy = ethernet(0x8100, &cat(&[&[0, 100, 8, 0], &ip()]));
    copy[26] = 63; // one hop further
    for (at, data) in [(1_000, &frame()), (2_000, &copy), (90_000_000, &frame())] {
        let frame = Frame { number: 1, at: PacketTime(at), link_type: 1, data, wire_len: data.len() as u32 };
        assert!(decapsulator.decapsulate(&frame, &mut ledger).is_some());
    }
    assert_eq!(ledger.get(Counter::FramesDuplicate), 1);
    assert!(decapsulator.anomalies().contains(Anomaly::CaptureDuplicate));
}

#[test]
fn time_never_runs_backwards() {
    let mut decapsulator = Decapsulator::new(DecapSettings::default());
    let mut ledger = Ledger::default();
    let hour = 3_600_000_000_000;
    for (at, now) in [(5, 5), (3, 5), (9, 9), (9 + 2 * hour, 9), (10, 10)] {
        let frame = Frame { number: 1, at: PacketTime(at), link_type: 1, data: &[], wire_len: 0 };
        assert!(decapsulator.decapsulate(&frame, &mut ledger).is_none());
        assert_eq!(decapsulator.now(), PacketTime(now));
    }
    assert_eq!((ledger.get(Counter::ClockRegressions), ledger.get(Counter::ClockJumps)), (1, 1));
}

/// A frame of nested headers with a few bytes changed: reaches further than random bytes.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let seeds = vec![
        frame(),
        gre(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 77, 0, 0, 0, 0], &frame()),
        udp(2152, &cat(&[&[0x34, 0xff, 0, 66, 0, 0, 0, 8, 0, 0, 0, 0x85, 1, 0, 9, 0], &ip()])),
        udp(
            4789,
            &cat(&[
                &[8, 0, 0, 0, 0, 0, 33, 0],
                &ethernet(0x86dd, &ipv6_of(44, &cat(&[&[6, 0, 0, 9, 0, 0, 0, 1], &tcp()]))),
            ]),
        ),
        ethernet(0x8847, &cat(&[&[0, 1, 0x21, 64, 0, 0, 0, 0], &frame()])),
    ];
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (prop::sample::select(seeds), changes, any::<prop::sample::Index>()).prop_map(|(mut data, changes, cut)| {
        for (at, value) in changes {
            let at = at.index(data.len());
            data[at] = value;
        }
        data.truncate(cut.index(data.len() + 1).max(data.len() / 2));
        data
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_counted_once(
        frames in prop::collection::vec((prop::sample::select(&LINK_TYPES[..]), prop_oneof![prop::collection::vec(any::<u8>(), 0..160), mutated()], any::<u32>(), any::<u64>()), 1..8),
        by_tenant: bool,
    ) {
        let settings = DecapSettings { key_by_tenant: by_tenant, verify_checksums: Checksums::Auto, hash_seed: 1 };
        let mut decapsulator = Decapsulator::new(settings);
        let mut ledger = Ledger::default();
        let mut last = PacketTime::ZERO;
        for (link_type, data, wire_len, at) in &frames {
            for link_type in [*link_type, 1] {
                let frame = Frame { number: 1, at: PacketTime(*at), link_type, data, wire_len: *wire_len };
                if let Some(segment) = decapsulator.decapsulate(&frame, &mut ledger) {
                    prop_assert!(segment.tcp.wire_len as usize >= segment.payload.len());
                    prop_assert!(segment.at >= last);
                }
                last = decapsulator.now();
            }
        }
        decapsulator.finish(&mut ledger);
        let ends = ledger.get(Counter::FramesAccepted) + ledger.get(Counter::FramesFragment);
        prop_assert_eq!(ledger.get(Counter::FramesSeen), ends + ledger.sum("frames.ignored.") + ledger.sum("frames.malformed."));
    }
}
