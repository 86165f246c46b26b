//! What is known of one TLS connection, whether or not it could be opened.
//!
//! It comes from hellos and certificates, which travel in clear, and from the count of bytes. Nothing here is content.

use crate::flow::FlowEnds;
use crate::time::PacketTime;

/// One TLS connection as it ended, borrowed from the flow shard until the sink returns.
#[derive(Clone, Copy, Debug)]
pub struct TlsSeen<'a> {
    /// Packet time of its end.
    pub at: PacketTime,
    /// Packet time of the flow's first frame.
    pub flow_at: PacketTime,
    /// Number of the flow's first frame.
    pub flow_frame: u64,
    /// Client and server, as far as the hellos say; else originator and responder.
    pub flow: FlowEnds,
    /// Whether it is one of QUIC (RFC 9001).
    pub quic: bool,
    /// Server name the client asked for (RFC 6066 §3).
    pub sni: Option<&'a [u8]>,
    /// Protocol the server chose, else the first one the client offered (RFC 7301).
    pub alpn: Option<&'a [u8]>,
    /// Version agreed on, else the highest one offered: `0x0303` is TLS 1.2.
    pub version: Option<u16>,
    /// Cipher suite the server chose.
    pub suite: Option<u16>,
    /// Its name in the registry of IANA without `TLS_`, if it is a known one.
    pub suite_name: Option<&'static str>,
    /// JA4 fingerprint of the client's hello.
    pub ja4: Option<&'a str>,
    /// Whether the client encrypted its real hello (ECH): the server name is then that of the front.
    pub ech: bool,
    /// Names in the server's certificate, where it travels in clear or was decrypted.
    pub names: &'a [Box<[u8]>],
    /// Payload bytes of client and server, as captured.
    pub bytes: [u64; 2],
    /// Bytes of content decrypted, of client and server.
    pub plain: [u64; 2],
    /// SHA-256 of that content, when the sink asks for digests.
    pub digests: Option<[[u8; 32]; 2]>,
    /// Why not everything was decrypted.
    pub blind: Option<TlsBlind>,
}

/// Why the content of a connection, or a part of it, was not decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsBlind {
    /// No key is known.
    NoKey,
    /// Cipher suite, compression or version that is not decrypted.
    Suite,
    /// A record did not open: wrong key, or altered bytes.
    BadRecord,
    /// Too much is missing from the capture to go on.
    Gap,
    /// The handshake is not in the capture, or is no handshake.
    Handshake,
    /// A limit was reached.
    OverLimit,
    /// Content of QUIC is not decrypted.
    Quic,
}

impl TlsBlind {
    /// Stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::Suite => "suite",
            Self::BadRecord => "bad_record",
            Self::Gap => "gap",
            Self::Handshake => "handshake",
            Self::OverLimit => "over_limit",
            Self::Quic => "quic",
        }
    }
}
