//! Datagrams of QUIC with any heads, frames sealed with the client's own keys among them: the account balances, and each
//! connection that was begun is told once.
#![no_main]

use arbitrary::Arbitrary;
use aws_lc_rs::aead::quic::{AES_128, HeaderProtectionKey};
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use capture::Frame;
use capture::inline::Inline;
use capture::link::DecapSettings;
use libfuzzer_sys::fuzz_target;
use model::ledger::Counter;
use model::message::TransactionSink;
use model::{PacketTime, TlsSeen, Transaction};

#[derive(Arbitrary, Debug)]
struct Datagram<'a> {
    port: u8,
    from_client: bool,
    version: u8,
    later: u8,
    content: Content<'a>,
}

#[derive(Arbitrary, Debug)]
enum Content<'a> {
    Any(&'a [u8]),
    /// Initial packets of a client.
    Sealed(Vec<Vec<Piece<'a>>>),
}

/// What an Initial packet holds.
#[derive(Arbitrary, Debug)]
enum Piece<'a> {
    Crypto {
        offset: u16,
        bytes: &'a [u8],
    },
    /// The next part of a hello, from its first byte on.
    Hello(&'a [u8]),
    Any(&'a [u8]),
}

fuzz_target!(|datagrams: Vec<Datagram>| {
    let mut inline = Inline::new(DecapSettings::default());
    let (mut seen, mut at, keys) = (Seen::default(), 1_000_000_000, ClientKeys::new());
    for (number, datagram) in (1..).zip(&datagrams) {
        at += u64::from(datagram.later) * 500_000_000;
        let version = [1, 0x6b33_43cf, 0xff00_001d, 7][usize::from(datagram.version % 4)];
        let head = [&[0xc0 | datagram.version][..], &u32::to_be_bytes(version)].concat();
        let mut payload = if datagram.version & 0x80 != 0 { head } else { Vec::new() };
        match &datagram.content {
            Content::Any(bytes) => payload.extend_from_slice(bytes),
            Content::Sealed(packets) => {
                let sealed = packets
                    .iter()
                    .zip((0..=u8::MAX).cycle())
                    .flat_map(|(pieces, number)| keys.seal(number, &frames(pieces)));
                payload = sealed.collect();
            }
        }
        payload.truncate(60_000);
        if datagram.version & 0x40 != 0 {
            payload.resize(payload.len().max(1_200), 0);
        }
        let (client, server) = (50_000 + u16::from(datagram.port), 443_u16);
        let (from, to) = if datagram.from_client { (client, server) } else { (server, client) };
        let (a, b) = if datagram.from_client { (1, 2) } else { (2, 1) };
        let len = payload.len().min(60_000) as u16 + 8;
        let udp = [&from.to_be_bytes()[..], &to.to_be_bytes(), &len.to_be_bytes(), &[0, 0], &payload].concat();
        let total = (len + 20).to_be_bytes();
        let ip = [&[0x45, 0][..], &total, &[0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, a, 10, 0, 0, b], &udp].concat();
        let wire_len = ip.len() as u32;
        inline.frame(&Frame { number, at: PacketTime(at), link_type: 101, data: &ip, wire_len }, &mut seen);
    }
    let ledger = inline.finish(&mut seen);
    ledger.check().expect("the account balances");
    assert_eq!(ledger.get(Counter::ProtocolsQuic), seen.0, "told once each");
});

fn frames(pieces: &[Piece<'_>]) -> Vec<u8> {
    let (mut out, mut next) = (Vec::new(), 0);
    let crypto = |offset: usize, bytes: &[u8], out: &mut Vec<u8>| {
        let number = |n: usize| (0x8000_0000 | n as u32).to_be_bytes();
        out.extend([&[6][..], &number(offset), &number(bytes.len()), bytes].concat());
    };
    for piece in pieces {
        match piece {
            Piece::Crypto { offset, bytes } => crypto(usize::from(*offset), bytes, &mut out),
            Piece::Hello(bytes) => {
                if next == 0 {
                    let length = (bytes.len() as u32).to_be_bytes();
                    crypto(0, &[1, length[1], length[2], length[3]], &mut out);
                    next = 4;
                }
                crypto(next, bytes, &mut out);
                next += bytes.len();
            }
            Piece::Any(bytes) => out.extend_from_slice(bytes),
        }
    }
    out
}

const DESTINATION: [u8; 8] = [0x83; 8];
/// Of version 1 (RFC 9001 §5.2).
const SALT: [u8; 20] = [
    0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f,
    0x0a,
];

/// What a client seals its Initial packets with.
struct ClientKeys {
    protection: HeaderProtectionKey,
    key: LessSafeKey,
    iv: Vec<u8>,
}

impl ClientKeys {
    fn new() -> Self {
        let initial = sign(&Key::new(HMAC_SHA256, &SALT), &DESTINATION);
        let secret = expand(initial.as_ref(), b"client in", 32);
        Self {
            protection: HeaderProtectionKey::new(&AES_128, &expand(&secret, b"quic hp", 16)).expect("16 bytes"),
            key: LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &expand(&secret, b"quic key", 16)).expect("16 bytes")),
            iv: expand(&secret, b"quic iv", 12),
        }
    }

    /// A packet of version 1 with a number of one byte.
    fn seal(&self, number: u8, frames: &[u8]) -> Vec<u8> {
        let mut sealed = frames.to_vec();
        // Enough for a sample.
        sealed.resize(frames.len().max(4), 0);
        let mut packet = [&[0xc0, 0, 0, 0, 1, 8][..], &DESTINATION, &[0, 0]].concat();
        packet.extend((0x8000_0000 | (sealed.len() + 17) as u32).to_be_bytes());
        let at = packet.len();
        packet.push(number);
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&self.iv);
        nonce[11] ^= number;
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.key.seal_in_place_append_tag(nonce, Aad::from(&packet), &mut sealed).expect("it is short");
        packet.extend(sealed);
        let mask = self.protection.new_mask(&packet[at + 4..at + 20]).expect("a sample");
        packet[0] ^= mask[0] & 0x0f;
        packet[at] ^= mask[1];
        packet
    }
}

/// HKDF-Expand-Label of one block (RFC 8446 §7.1).
fn expand(secret: &[u8], label: &[u8], len: usize) -> Vec<u8> {
    let info = [&[0, len as u8, label.len() as u8 + 6][..], b"tls13 ", label, &[0, 1]].concat();
    sign(&Key::new(HMAC_SHA256, secret), &info).as_ref()[..len].to_vec()
}

#[derive(Default)]
struct Seen(u64);

impl TransactionSink for Seen {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, _: &Transaction<'_>) {}

    fn tls(&mut self, _: &TlsSeen<'_>) {
        self.0 += 1;
    }
}
