//! One TCP segment after decapsulation, one datagram of QUIC, or one exchange that its source had read already: what a flow shard is fed with.

use crate::anomaly::AnomalySet;
use crate::flow::FlowKey;
use crate::time::PacketTime;

/// What the payload of a [`Segment`] is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carries {
    /// Bytes of a TCP stream.
    #[default]
    Stream,
    /// One whole exchange in the form of `capture::exchange`; it has no flow, and `tcp` holds oddities only.
    Exchange,
    /// One datagram of QUIC; `tcp` holds oddities only.
    Quic,
}

/// One TCP segment, its headers already read, its payload borrowed from the frame or from a batch arena.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Number of the frame in the input, from 1.
    pub frame: u64,
    /// Monotone packet time.
    pub at: PacketTime,
    /// Symmetric flow key.
    pub key: FlowKey,
    /// [`FlowKey::hash`] with the deployment's seed.
    pub hash: u64,
    /// Whether the sender is the `low` end of the key.
    pub from_low: bool,
    /// TCP header fields.
    pub tcp: Tcp,
    /// What the payload is.
    pub carries: Carries,
    /// Payload as captured.
    pub payload: &'a [u8],
}

/// The fields of a TCP header that reassembly uses (RFC 9293 §3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tcp {
    /// Sequence number of the first byte (or of SYN).
    pub seq: u32,
    /// Acknowledgement number; meaningful when [`TcpFlags::ACK`] is set.
    pub ack: u32,
    /// Flag bits.
    pub flags: TcpFlags,
    /// Window as sent, not scaled.
    pub window: u16,
    /// Urgent pointer; meaningful when [`TcpFlags::URG`] is set.
    pub urgent: u16,
    /// Payload bytes on the wire, of which the capture may hold fewer (snap length).
    pub wire_len: u32,
    /// IPv4 identification or zero; with TTL it tells a mirrored duplicate from a retransmission.
    pub ip_id: u16,
    /// Whether the checksum was looked at and is wrong.
    pub bad_checksum: bool,
    /// Oddities of the frame itself: cut, captured twice, stamped oddly.
    pub oddities: AnomalySet,
}

/// TCP flag bits as on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// No more data from the sender.
    pub const FIN: u8 = 0x01;
    /// Synchronise sequence numbers.
    pub const SYN: u8 = 0x02;
    /// Reset the connection.
    pub const RST: u8 = 0x04;
    /// Push.
    pub const PSH: u8 = 0x08;
    /// Acknowledgement number is meaningful.
    pub const ACK: u8 = 0x10;
    /// Urgent pointer is meaningful.
    pub const URG: u8 = 0x20;

    /// Whether any of `bits` is set.
    pub const fn has(self, bits: u8) -> bool {
        self.0 & bits != 0
    }
}
