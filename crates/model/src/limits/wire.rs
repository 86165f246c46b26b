//! Bounds of what reads protocols: detection, HTTP, WebSocket and streams, TLS, QUIC.

use std::time::Duration;

use super::or_tiny;

// ---- Protocol detection and HTTP/1 ----------------------------------------------------------------------------

/// Bytes of one direction looked at before the flow is called "not HTTP" (C).
pub const DETECT_BYTES_MAX: usize = 4 << 10;
/// Request target kept (T: `http.limit`). RFC 9110 §4.1 recommends 8,000 octets at least.
pub const TARGET_BYTES_MAX: usize = or_tiny(8 << 10, 96);
/// Header section kept of one message (S above: the message is malformed by limit).
pub const HEAD_BYTES_MAX: usize = or_tiny(64 << 10, 512);
/// Header fields of one message (S above). Suricata: 1,024.
pub const FIELDS_MAX: usize = or_tiny(1_024, 6);
/// Chunk-size line with its extensions (C above: the body ends as ambiguous).
pub const CHUNK_LINE_BYTES_MAX: usize = or_tiny(4 << 10, 16);
/// Trailer section (T).
pub const TRAILER_BYTES_MAX: usize = or_tiny(8 << 10, 32);
/// Requests waiting for a response in one flow (C until drained). Zeek: 100, Suricata: 512.
pub const PIPELINE_REQUESTS_MAX: usize = or_tiny(256, 3);
/// Interim (1xx) responses kept of one transaction (T).
pub const INTERIM_RESPONSES_MAX: usize = or_tiny(32, 1);
/// Body bytes kept for inspection (T). Suricata: 100 KiB.
pub const BODY_BYTES_MAX: usize = or_tiny(64 << 10, 256);

// ---- HTTP/2 ---------------------------------------------------------------------------------------------------

/// Exchanges open at once on one connection (R: the oldest leaves as it is, `http.limit`). Suricata: 4,096.
pub const H2_STREAMS_MAX: usize = or_tiny(4_096, 3);
/// Exchanges that wait for an answer although the client gave them up (R: the oldest leaves as it is).
pub const H2_GIVEN_UP_MAX: usize = or_tiny(64, 2);
/// How long they wait (R): an answer that was on its way has come by then.
pub const H2_GIVEN_UP_AGE_MAX: Duration = Duration::from_secs(10);
/// Coded bytes of one header block kept (S: its message has no head, `h2.desync`). Suricata: 100 KiB.
pub const H2_BLOCK_BYTES_MAX: usize = or_tiny(128 << 10, 256);
/// Names and values taken from one header block (T: `http.limit`): a block of 16 KiB can stand for 47 MB.
pub const H2_LIST_BYTES_MAX: usize = or_tiny(256 << 10, 512);
/// Decoded to coded bytes above which a header block that exceeds it is a bomb (marked `h2.header_bomb`).
pub const H2_BOMB_RATIO_MIN: usize = 16;
/// Dynamic table kept of one direction, whatever its encoder was allowed (T: older entries are unknown).
pub const H2_TABLE_BYTES_MAX: usize = or_tiny(64 << 10, 256);
/// How far the number of a stream may be ahead of those seen when frames were lost (S: `payload.unparsed.desync`): half a
/// million requests, of which no gap hides more; other bytes read as a frame fit once in a thousand times.
pub const H2_STREAMS_AHEAD_MAX: u32 = 1 << 20;
/// Resets, settings, priorities, continuations and empty frames of one connection within ten seconds above which it floods
/// (marked `h2.flood`); the same of pings, and of streams left open (`h2.open_streams`). Browsers that cancel a page reset some
/// hundred streams.
pub const H2_CONTROL_FRAMES_MAX: u32 = or_tiny(1_000, 4) as u32;

// ---- WebSocket and streams ------------------------------------------------------------------------------------

/// Bytes of one message kept for inspection (T): as of a body.
pub const MESSAGE_BYTES_MAX: usize = or_tiny(64 << 10, 256);
/// Bytes of messages kept of one part of a stream (the part is told of when they are full).
pub const PART_BYTES_MAX: usize = or_tiny(128 << 10, 512);
/// Messages of the client kept of one part (the part is told of when they are full): all of them are read.
pub const PART_SENT_MAX: usize = or_tiny(64, 2);
/// Messages of the server kept of one part (T): the first ones, a sample.
pub const PART_RECEIVED_MAX: usize = or_tiny(8, 1);
/// Packet time after which a part of a stream is told of.
pub const PART_SPAN: Duration = Duration::from_mins(1);
/// Fragments of one message (C: `ws.limit`): RFC 6455 §5.4 sets no bound; 64 MiB in pieces of 16 KiB are 4,096.
pub const WS_FRAGMENTS_MAX: u32 = or_tiny(4_096, 4) as u32;
/// Control frames, and empty fragments, of one direction within ten seconds above which it floods (C: `ws.limit`).
pub const WS_CONTROL_FRAMES_MAX: u32 = or_tiny(1_000, 4) as u32;
/// Bytes that inflating one direction takes: its window and tables (RFC 7692 §7.1.2).
pub const WS_INFLATER_BYTES: usize = 48 << 10;
/// Bytes inflated from one direction whatever their ratio (C: `content.bomb`): small messages compress well, and each of
/// them may.
pub const WS_INFLATED_BYTES_MIN: u64 = or_tiny(1 << 20, 64 << 10) as u64;
/// How long an answer without a length is open before it is told of, and the rest as a stream.
pub const LONG_ANSWER_AGE_MIN: Duration = Duration::from_secs(30);

// ---- TLS ------------------------------------------------------------------------------------------------------

/// Bytes of one handshake message read (T: the rest is passed over): certificates with their chain have up to 16 KiB.
pub const TLS_HANDSHAKE_BYTES_MAX: usize = or_tiny(64 << 10, 2 << 10);
/// Bytes of the server name, or of a name in a certificate, kept (S): RFC 1035 §2.3.4 allows 253.
pub const TLS_NAME_BYTES_MAX: usize = 255;
/// Names of one certificate kept (T).
pub const TLS_NAMES_MAX: usize = or_tiny(16, 2);
/// Bytes of the name that a client's certificate gives its holder (S: the client goes by what else it sends): the longest
/// subjects of public authorities have some 400.
pub const CERTIFICATE_NAME_BYTES_MAX: usize = 1_024;
/// Attributes of such a name (S).
pub const CERTIFICATE_ATTRIBUTES_MAX: usize = 32;
/// Steps through one certificate (T).
pub const TLS_CERTIFICATE_STEPS_MAX: usize = 4_096;
/// Connections of QUIC of one partition that are known (E: `quic.evicted`): 32,768 in all, as many as a large site has open.
pub const QUIC_CONNECTIONS_MAX: usize = or_tiny(512, 4);
/// Of those, how many may have a hello that is not whole (E: `quic.unread`): it comes within one round trip.
pub const QUIC_GATHERING_MAX: usize = or_tiny(32, 2);
/// Bytes of a hello in QUIC (S: `quic.unread`): with keys that withstand quantum computers they have two KiB.
pub const QUIC_HELLO_BYTES_MAX: usize = 8 << 10;
/// Pieces of it that lie apart (S: `quic.unread`): browsers shuffle a dozen.
pub const QUIC_PIECES_MAX: usize = or_tiny(64, 8);
/// Silence after which a connection of QUIC is over: twice the idle time that servers agree to.
pub const QUIC_IDLE_MAX: Duration = Duration::from_mins(1);
/// Bytes of one connection that wait for their key (C: `tls.flows.over_limit`): what a server sends in the 10 ms between
/// two looks at the key log, at 800 Mbit/s.
pub const TLS_WAITING_BYTES_MAX: usize = or_tiny(1 << 20, 2 << 10);
/// Connections whose keys are kept (E: the oldest are forgotten); 700 bytes each, where keys are given.
pub const TLS_KEYS_MAX: usize = or_tiny(262_144, 8);
/// Memory of the secrets of one of them: five of a connection of TLS 1.3, their places, and those of the table.
pub const TLS_KEYS_EACH_BYTES_MAX: usize = 700;
/// Bytes of one line of a key log above which the file is none (it is refused, or no longer followed).
pub const TLS_KEY_LINE_GIVEN_UP_BYTES: u64 = 1 << 20;
/// Bytes read of a key log that is a pipe or a device, which need not end (it is refused, or no longer followed): four times
/// what the secrets of [`TLS_KEYS_MAX`] connections take.
pub const TLS_KEY_LOG_BYTES_MAX: u64 = 1 << 30;
/// Bytes of one line of a key log (S).
pub const TLS_KEY_LINE_BYTES_MAX: usize = 1 << 10;
/// Records tried after a gap before the direction is given up (C: `tls.flows.gap`).
pub const TLS_RESYNC_RECORDS_MAX: u32 = or_tiny(32, 2) as u32;
/// Sequence numbers tried for each of them.
pub const TLS_RESYNC_NUMBERS_MAX: u64 = or_tiny(64, 4) as u64;
/// TLS inside TLS that is opened (C): a proxy reached over TLS that tunnels TLS.
pub const TLS_DEPTH_MAX: u8 = 2;
/// Private keys of servers.
pub const TLS_PRIVATE_KEYS_MAX: usize = 64;
