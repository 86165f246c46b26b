//! One TCP conversation written as IPv4 packets, all at one time, so that no timer fires.

use std::time::Duration;

use capture::Frame;
use model::PacketTime;

const CLIENT: ([u8; 4], u16) = ([192, 0, 2, 2], 40_000);
const SERVER: ([u8; 4], u16) = ([192, 0, 2, 1], 80);
const LINKTYPE_IPV4: u32 = 228;
const SYN: u8 = 0x02;
const SYN_ACK: u8 = 0x12;
const ACK: u8 = 0x10;
const FIN_ACK: u8 = 0x11;

/// The largest piece of a packet.
pub const SEGMENT_BYTES_MAX: usize = 16 << 10;

/// Writes packets and hands each to whoever reads them.
#[derive(Debug)]
pub struct Wire {
    /// Time of the packets.
    pub at: PacketTime,
    /// Frames so far.
    pub number: u64,
    client_port: u16,
    next: [u32; 2],
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            at: PacketTime::ZERO.plus(Duration::from_secs(1)),
            number: 0,
            client_port: CLIENT.1,
            next: [u32::MAX - 100, 5_000],
        }
    }
}

impl Wire {
    /// A whole conversation: opened, all bytes of the client, all of the server in pieces of `cuts` bytes (used over and
    /// over), closed.
    pub fn conversation(&mut self, client: &[u8], server: &[u8], cuts: &[usize], mut sink: impl FnMut(&Frame<'_>)) {
        self.send(true, SYN, &[], &mut sink);
        self.send(false, SYN_ACK, &[], &mut sink);
        for (from_client, mut bytes) in [(true, client), (false, server)] {
            for cut in cuts.iter().cycle() {
                let (piece, rest) = bytes.split_at(bytes.len().min(*cut));
                if piece.is_empty() {
                    break;
                }
                self.send(from_client, ACK, piece, &mut sink);
                bytes = rest;
            }
        }
        self.send(true, FIN_ACK, &[], &mut sink);
        self.send(false, FIN_ACK, &[], &mut sink);
        self.client_port += 1;
    }

    fn send(&mut self, from_client: bool, flags: u8, payload: &[u8], sink: &mut impl FnMut(&Frame<'_>)) {
        let client = (CLIENT.0, self.client_port);
        let ((src, src_port), (dst, dst_port)) = if from_client { (client, SERVER) } else { (SERVER, client) };
        let (own, peer) = if from_client { (0, 1) } else { (1, 0) };
        let mut packet = vec![0x45, 0];
        packet.extend((40 + payload.len() as u16).to_be_bytes());
        self.number += 1;
        packet.extend((self.number as u16).to_be_bytes());
        packet.extend([0x40, 0, 64, 6, 0, 0]);
        packet.extend(src.into_iter().chain(dst));
        packet.extend(src_port.to_be_bytes().into_iter().chain(dst_port.to_be_bytes()));
        let acknowledged = if flags & ACK == 0 { 0 } else { self.next[peer] };
        packet.extend(self.next[own].to_be_bytes().into_iter().chain(acknowledged.to_be_bytes()));
        packet.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        packet.extend(payload);
        let length = payload.len() as u32 + u32::from(flags & (SYN | 1) != 0);
        self.next[own] = self.next[own].wrapping_add(length);
        let wire_len = packet.len() as u32;
        sink(&Frame { number: self.number, at: self.at, link_type: LINKTYPE_IPV4, data: &packet, wire_len });
    }
}
