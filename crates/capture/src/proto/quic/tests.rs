//! Datagrams of connections made here, through the whole path from frames to what the sink is told.

use model::ledger::Counter;
use model::message::TransactionSink;
use model::{Ledger, PacketTime, TlsBlind, TlsSeen, Transaction, limits};

use super::keys::ClientKeys;
use super::packet::{INITIAL_BYTES_MIN, Initial, Version};
use crate::Frame;
use crate::inline::Inline;
use crate::link::DecapSettings;

const V1: u32 = 1;
const V2: u32 = 0x6b33_43cf;

/// An IP packet, and when it was captured, in nanoseconds.
struct Packet {
    at: u64,
    bytes: Vec<u8>,
}

/// Ports and server name, protocol, fingerprint, bytes of client and server.
type Connection = (String, Option<String>, Option<String>, [u64; 2]);

#[derive(Debug, Default)]
struct Seen(Vec<Connection>);

impl TransactionSink for Seen {
    fn wants_bodies(&self) -> bool {
        false
    }

    fn transaction(&mut self, _: &Transaction<'_>) {}

    fn tls(&mut self, seen: &TlsSeen<'_>) {
        assert!(seen.quic && seen.blind == Some(TlsBlind::Quic) && seen.plain == [0, 0]);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let name =
            format!("{}:{} {}", seen.flow.orig.port, seen.flow.resp.port, seen.sni.map(text).unwrap_or_default());
        self.0.push((name, seen.alpn.map(text), seen.ja4.map(str::to_owned), seen.bytes));
    }
}

/// One client's way of sending its first packets.
struct Client {
    version: u32,
    keys: ClientKeys,
    number: u8,
}

impl Client {
    fn new(version: u32) -> Self {
        Self { version, keys: ClientKeys::new(known(version), &[0x83; 8]).unwrap(), number: 0 }
    }

    /// A datagram with one packet of these frames, padded to `size`.
    fn datagram(&mut self, frames: &[u8], size: usize) -> Vec<u8> {
        let kind = if self.version == V2 { 0xd0 } else { 0xc0 };
        let mut head = vec![kind];
        head.extend(self.version.to_be_bytes());
        head.push(8);
        head.extend([0x83; 8]);
        head.extend([0, 0]);
        let len = size - head.len() - 2;
        head.extend((0x4000 | len as u16).to_be_bytes());
        let padded = [frames, &vec![0; len - 1 - 16 - frames.len()]].concat();
        self.number += 1;
        self.keys.seal(&head, &[self.number - 1], &padded)
    }
}

fn known(version: u32) -> &'static Version {
    let head = [&[if version == V2 { 0xd0 } else { 0xc0 }][..], &version.to_be_bytes(), &[0, 0, 0, 1, 0]].concat();
    Initial::read(&head).unwrap().0.version
}

fn hello(name: &str, extra: usize) -> Vec<u8> {
    let extension =
        |kind: u16, body: &[u8]| [&kind.to_be_bytes()[..], &(body.len() as u16).to_be_bytes(), body].concat();
    let names = [&[0, name.len() as u8 + 3, 0, 0, name.len() as u8][..], name.as_bytes()].concat();
    let all = [
        extension(0, &names),
        extension(16, b"\0\x03\x02h3"),
        extension(43, &[2, 3, 4]),
        extension(0x39, &vec![7; extra]),
    ];
    let all = all.concat();
    let body = [&[3, 3][..], &[9; 32], &[0, 0, 2, 0x13, 1, 1, 0], &(all.len() as u16).to_be_bytes(), &all].concat();
    [&[1, 0][..], &(body.len() as u16).to_be_bytes(), &body].concat()
}

fn crypto(offset: usize, bytes: &[u8]) -> Vec<u8> {
    let number = |n: usize| (0x8000_0000 | n as u32).to_be_bytes();
    [&[6][..], &number(offset), &number(bytes.len()), bytes].concat()
}

/// A datagram from one port to another between two hosts, in an IPv4 packet.
fn packet(at: u64, ports: [u16; 2], payload: &[u8]) -> Packet {
    let [from, to] = ports;
    let (a, b) = if from > to { ([10, 0, 0, 1], [10, 0, 0, 2]) } else { ([10, 0, 0, 2], [10, 0, 0, 1]) };
    let udp = [&from.to_be_bytes()[..], &to.to_be_bytes(), &(payload.len() as u16 + 8).to_be_bytes(), &[0, 0], payload]
        .concat();
    let total = (udp.len() as u16 + 20).to_be_bytes();
    let ip = [&[0x45, 0][..], &total, &[0, 0, 0, 0, 64, 17, 0, 0], &a, &b, &udp].concat();
    Packet { at, bytes: ip }
}

fn decode(packets: &[Packet]) -> (Vec<Connection>, Ledger) {
    let mut inline = Inline::new(DecapSettings::default());
    let mut seen = Seen::default();
    for (number, packet) in (1..).zip(packets) {
        let (at, wire_len) = (PacketTime(packet.at), packet.bytes.len() as u32);
        inline.frame(&Frame { number, at, link_type: 101, data: &packet.bytes, wire_len }, &mut seen);
    }
    let ledger = inline.finish(&mut seen);
    ledger.check().unwrap();
    (seen.0, ledger)
}

const SIZE: usize = INITIAL_BYTES_MIN;

#[test]
fn the_keys_are_those_of_rfc_9001() {
    // RFC 9001 §A.2: the first bytes of the protected packet.
    let keys = ClientKeys::new(known(V1), &[0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08]).unwrap();
    let head =
        [&[0xc3, 0, 0, 0, 1, 8, 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08, 0, 0][..], &[0x44, 0x9e]].concat();
    let text = "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c0\
                00000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e000500050100\
                000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d\
                0010000e0403050306030203080408050806002d00020101001c00024001003900320408ffffffffffffffff05048000ffff07048000\
                ffff0801100104800075300901100f088394c8f03e51570806048000ffff";
    let hex = |text: &str| -> Vec<u8> {
        text.as_bytes()
            .chunks(2)
            .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
            .collect()
    };
    let mut frames = hex(text);
    frames.resize(1162, 0);
    let packet = keys.seal(&head, &[0, 0, 0, 2], &frames);
    assert_eq!(packet.len(), 1200);
    assert_eq!(packet[..32], hex("c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11"));
    let (initial, rest) = Initial::read(&packet).unwrap();
    assert_eq!((keys.open(&initial), rest.len()), (Some(frames), 0));
    let (seen, _) = decode(&[self::packet(1, [40_000, 443], &packet)]);
    assert_eq!(seen[0].0, "40000:443 example.com");
}

#[test]
fn a_client_says_where_it_goes_in_its_first_packets() {
    for (version, port) in [(V1, 443), (V2, 443), (0xff00_001d, 443), (V1, 8443)] {
        let mut client = Client::new(version);
        let first = client.datagram(&crypto(0, &hello("shop.example", 40)), SIZE);
        let (there, back) = ([40_000, port], [port, 40_000]);
        let short = [0x41; 50];
        let mut packets = vec![packet(1, there, &first), packet(2, back, &[0x41; 900])];
        if port == 443 {
            packets.push(packet(3, there, &short));
        }
        let (seen, ledger) = decode(&packets);
        let up = SIZE as u64 + if port == 443 { 50 } else { 0 };
        let down = if port == 443 { 900 } else { 0 };
        let [(name, alpn, ja4, bytes)] = &seen[..] else { panic!("{seen:?}") };
        assert_eq!(
            (&**name, alpn.as_deref(), *bytes),
            (&*format!("40000:{port} shop.example"), Some("h3"), [up, down])
        );
        assert!(ja4.as_ref().unwrap().starts_with("q13d0104h3_"), "{ja4:?}");
        assert_eq!((ledger.get(Counter::ProtocolsQuic), ledger.get(Counter::PayloadQuic)), (1, up + down));
    }
}

#[test]
fn a_hello_in_pieces_is_read_in_any_order() {
    let hello = hello("shop.example", 1_500);
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut client = Client::new(V1);
        let cuts = [(0, 300), (300, 900), (900, hello.len())];
        let packets: Vec<_> = order
            .into_iter()
            .zip(1..)
            .map(|(piece, at)| {
                let (from, to) = cuts[piece];
                let frames = [&[1, 2, 0, 0, 0, 0][..], &crypto(from, &hello[from..to])].concat();
                packet(at, [40_000, 443], &client.datagram(&frames, SIZE))
            })
            .collect();
        assert_eq!(decode(&packets).0[0].0, "40000:443 shop.example", "{order:?}");
        assert_eq!(decode(&packets[..2]).0[0].0, "40000:443 ", "{order:?}");
    }
}

#[test]
fn what_is_no_clients_first_packet_is_counted_and_no_more() {
    let mut client = Client::new(V1);
    let whole = client.datagram(&crypto(0, &hello("shop.example", 0)), SIZE);
    let mut altered = whole.clone();
    altered[600] ^= 1;
    let cut = &whole[..SIZE - 1];
    for payload in [&altered[..], cut, &[0x41; 1_300], &[0xc0, 0, 0, 0, 1, 0, 0]] {
        let (seen, ledger) = decode(&[packet(1, [40_000, 443], payload)]);
        assert_eq!((seen.len(), ledger.get(Counter::PayloadQuic)), (0, payload.len() as u64));
    }
    let (_, ledger) = decode(&[packet(1, [40_000, 53], b"\x12\x34\x01\x00\x00\x01")]);
    assert_eq!((ledger.get(Counter::FramesNotTcp), ledger.get(Counter::PayloadAccepted)), (1, 0));
}

#[test]
fn a_first_packet_without_a_hello_is_said_to_be_unread() {
    let mut client = Client::new(V1);
    let (seen, ledger) = decode(&[packet(1, [40_000, 443], &client.datagram(&crypto(0, &[2, 0, 0, 1, 0]), SIZE))]);
    assert_eq!((seen[0].0.as_str(), ledger.get(Counter::QuicUnread)), ("40000:443 ", 1));
}

#[test]
fn a_flood_of_connections_makes_the_oldest_go() {
    let first = Client::new(V1).datagram(&crypto(0, &hello("shop.example", 0)), SIZE);
    let part = Client::new(V1).datagram(&crypto(1, &hello("shop.example", 0)[1..]), SIZE);
    let n = 64 * (limits::QUIC_CONNECTIONS_MAX as u64 + 40).min(60_000 / 64);
    for (payload, unread) in [(&first, false), (&part, true)] {
        let flood: Vec<_> = (0..n).map(|n| packet(n, [10_000 + n as u16, 443], payload)).collect();
        let (seen, ledger) = decode(&flood);
        assert_eq!((seen.len() as u64, ledger.get(Counter::ProtocolsQuic)), (n, n), "each is told once");
        assert!(ledger.get(Counter::QuicEvicted) > 0);
        assert_eq!(ledger.get(Counter::QuicUnread) > 0, unread);
    }
}

#[test]
fn a_silent_connection_ends_and_one_that_speaks_goes_on() {
    let first = Client::new(V1).datagram(&crypto(0, &hello("shop.example", 0)), SIZE);
    let second = 1_000_000_000;
    let idle = limits::QUIC_IDLE_MAX.as_secs();
    let mut packets = vec![packet(second, [40_000, 443], &first), packet(second, [40_001, 443], &first)];
    packets.extend((1..=3).map(|n| packet(second * (1 + n * idle / 2), [40_000, 443], &[0x41; 10])));
    packets.push(packet(second * (2 + 2 * idle), [40_001, 443], &first));
    let (seen, ledger) = decode(&packets);
    let names: Vec<_> = seen.iter().map(|(name, .., bytes)| (&name[..5], bytes[0])).collect();
    let size = SIZE as u64;
    assert_eq!(names, [("40001", size), ("40000", size + 30), ("40001", size)]);
    assert_eq!(ledger.get(Counter::ProtocolsQuic), 3);
}
