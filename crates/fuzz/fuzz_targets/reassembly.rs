//! Any segments through the flow table: the account balances and stamps are unique. A conversation without loss or
//! conflict, its pieces in any order, gives the transactions that the same pieces give in order.
#![no_main]

use std::collections::BTreeSet;
use std::time::Duration;

use arbitrary::Arbitrary;
use capture::flow::Flows;
use libfuzzer_sys::fuzz_target;
use model::flow::mapped;
use model::ledger::Counter;
use model::limits::TICK_SPAN;
use model::message::TransactionSink;
use model::segment::{Carries, Tcp, TcpFlags};
use model::{FlowKey, Ledger, PacketTime, Segment, Stamp, Tenant, Transaction};

const SEED: u64 = 7;
/// A stream that fits a window, so that no piece of it is too early.
const STREAM_BYTES_MAX: usize = 30_000;

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    isn: [u32; 2],
    client: Stream<'a>,
    server: Stream<'a>,
    pieces: Vec<Piece>,
}

/// Bytes of one direction.
#[derive(Arbitrary, Debug)]
enum Stream<'a> {
    /// Real HTTP, with some of its bytes replaced.
    Http { at: u16, put: &'a [u8] },
    /// Anything.
    Bytes(&'a [u8]),
}

const REQUESTS: &[u8] = b"GET /v1/orders/7?page=2 HTTP/1.1\r\nHost: api.example\r\n\r\n\
POST /v1/orders HTTP/1.1\r\nHost: api.example\r\nContent-Length: 8\r\n\r\n{\"id\":7}\
PUT /v1/feed HTTP/1.1\r\nHost: api.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n\
GET /v1/chat HTTP/1.1\r\nHost: api.example\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05hello";
const RESPONSES: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"id\":7}\
HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n\
5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n\
HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x03abc";

impl Stream<'_> {
    fn bytes(&self, http: &[u8]) -> Vec<u8> {
        let mut bytes = match self {
            Self::Http { at, put } => {
                let mut bytes = http.to_vec();
                let at = usize::from(*at) % bytes.len();
                bytes.splice(at..(at + put.len()).min(http.len()), put.iter().copied());
                bytes
            }
            Self::Bytes(bytes) => bytes.to_vec(),
        };
        bytes.truncate(STREAM_BYTES_MAX);
        bytes
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Piece {
    flow: u8,
    from_client: bool,
    flags: u8,
    at: u16,
    len: u8,
    /// Bytes that the capture cut off.
    beyond: u8,
    acknowledged: u16,
    span: u8,
    /// Whether the bytes are others than the stream's.
    spoil: u8,
    /// Its place in the order of sending.
    place: u8,
}

fuzz_target!(|case: Case| {
    let (client, server) = (case.client.bytes(REQUESTS), case.server.bytes(RESPONSES));
    let streams = [&client[..], &server[..]];
    anything(&case, streams);
    let forth = in_order(&case, streams, |_| 0);
    let shuffled = in_order(&case, streams, |piece| piece.place);
    assert_eq!(forth, shuffled, "in order on the left, in any order on the right");
});

/// Segments as the case says.
fn anything(case: &Case<'_>, streams: [&[u8]; 2]) {
    let mut feed = Feed::default();
    for piece in &case.pieces {
        let (own, peer) = if piece.from_client { (0, 1) } else { (1, 0) };
        let stream = streams[own];
        let start = usize::from(piece.at).min(stream.len());
        let end = stream.len().min(start + usize::from(piece.len));
        let mut payload = stream[start..end].to_vec();
        if piece.spoil > 220 {
            payload.iter_mut().for_each(|byte| *byte ^= piece.spoil & 3);
        }
        // Most segments carry data and no news of the connection.
        let flags = if piece.flags < 64 { piece.flags } else { TcpFlags::ACK };
        let tcp = Tcp {
            seq: case.isn[own].wrapping_add(u32::from(piece.at)).wrapping_add(u32::from(flags & TcpFlags::SYN == 0)),
            ack: case.isn[peer].wrapping_add(1).wrapping_add(u32::from(piece.acknowledged)),
            flags: TcpFlags(flags),
            window: u16::MAX,
            urgent: u16::from(piece.beyond),
            wire_len: payload.len() as u32 + u32::from(piece.beyond.saturating_sub(200)),
            ip_id: u16::from(piece.place),
            ..Tcp::default()
        };
        let span = Duration::from_millis(u64::from(piece.span).pow(2));
        feed.push(piece.flow % 3, piece.from_client, tcp, &payload, span);
    }
    feed.finish();
}

/// The two streams whole, cut where the pieces stand and sent in the order of `place`; all of the client's first.
fn in_order(case: &Case<'_>, streams: [&[u8]; 2], place: impl Fn(&Piece) -> u8) -> Vec<String> {
    let mut feed = Feed::default();
    let next = streams.map(|stream| stream.len() as u32 + 1);
    let tcp = |own: usize, at: u32, acknowledged: u32, flags| Tcp {
        seq: case.isn[own].wrapping_add(at),
        ack: if flags & TcpFlags::ACK == 0 { 0 } else { case.isn[1 - own].wrapping_add(acknowledged) },
        flags: TcpFlags(flags),
        window: u16::MAX,
        ..Tcp::default()
    };
    feed.push(0, true, tcp(0, 0, 0, TcpFlags::SYN), &[], Duration::ZERO);
    feed.push(0, false, tcp(1, 0, 1, TcpFlags::SYN | TcpFlags::ACK), &[], Duration::ZERO);
    for (own, stream) in streams.into_iter().enumerate() {
        let acknowledged = if own == 0 { 1 } else { next[0] };
        let mut cuts: Vec<_> = case.pieces.iter().filter(|p| p.from_client == (own == 0)).collect();
        cuts.sort_by_key(|piece| piece.at);
        let starts =
            std::iter::once((0, 0)).chain(cuts.iter().map(|p| (usize::from(p.at).min(stream.len()), place(p))));
        let ends = cuts.iter().map(|p| usize::from(p.at).min(stream.len())).chain([stream.len()]);
        let mut pieces: Vec<_> = starts.zip(ends).filter(|((start, _), end)| start < end).collect();
        pieces.sort_by_key(|((_, place), _)| *place);
        for ((start, _), end) in pieces {
            let tcp = tcp(own, start as u32 + 1, acknowledged, TcpFlags::ACK);
            feed.push(0, own == 0, tcp, &stream[start..end], Duration::ZERO);
        }
    }
    feed.push(0, true, tcp(0, next[0], next[1], TcpFlags::FIN | TcpFlags::ACK), &[], Duration::ZERO);
    feed.push(0, false, tcp(1, next[1], next[0] + 1, TcpFlags::FIN | TcpFlags::ACK), &[], Duration::ZERO);
    feed.finish()
}

/// The flow table, fed.
struct Feed {
    flows: Flows,
    ledger: Ledger,
    seen: Seen,
    frame: u64,
    at: PacketTime,
    ticked_at: PacketTime,
}

impl Default for Feed {
    fn default() -> Self {
        let at = PacketTime::ZERO.plus(Duration::from_secs(1));
        let (flows, ledger, seen) = (Flows::new(SEED), Ledger::default(), Seen::default());
        Self { flows, ledger, seen, frame: 0, at, ticked_at: at }
    }
}

impl Feed {
    fn push(&mut self, flow: u8, from_client: bool, mut tcp: Tcp, payload: &[u8], span: Duration) {
        self.at = self.at.plus(span);
        if self.at.since(self.ticked_at) >= TICK_SPAN {
            self.flows.tick(self.frame, self.at, &mut self.ledger, &mut self.seen);
            self.ticked_at = self.at;
        }
        self.frame += 1;
        let client = (mapped([192, 0, 2, 2]), 40_000 + u16::from(flow));
        let server = (mapped([192, 0, 2, 1]), 80);
        let (src, dst) = if from_client { (client, server) } else { (server, client) };
        let (key, from_low) = FlowKey::new(src.0, src.1, dst.0, dst.1, Tenant::NONE);
        tcp.wire_len = tcp.wire_len.max(payload.len() as u32);
        let (frame, at, hash) = (self.frame, self.at, key.hash(SEED));
        self.ledger.add(Counter::FramesSeen, 1);
        self.ledger.add(Counter::FramesAccepted, 1);
        self.ledger.add(Counter::PayloadAccepted, payload.len() as u64);
        let carries = Carries::Stream;
        let segment = Segment { frame, at, key, hash, from_low, tcp, carries, payload };
        self.flows.push(&segment, &mut self.ledger, &mut self.seen);
    }

    fn finish(mut self) -> Vec<String> {
        self.flows.finish(self.frame, self.at, &mut self.ledger, &mut self.seen);
        if let Err(imbalance) = self.ledger.check() {
            panic!("{imbalance}: {:?}", self.ledger);
        }
        self.seen.transactions
    }
}

#[derive(Default)]
struct Seen {
    stamps: BTreeSet<Stamp>,
    transactions: Vec<String>,
}

impl TransactionSink for Seen {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, transaction: &Transaction<'_>) {
        assert!(self.stamps.insert(transaction.stamp), "{:?} twice", transaction.stamp);
        let request = transaction.request.map(|r| (r.method, r.target, r.body.len, r.body.complete, r.body.kept));
        let response = transaction.response.map(|r| (r.status, r.body.len, r.body.complete, r.body.kept));
        let missing = transaction.missing;
        self.transactions.push(format!("{request:?} {response:?} {:?} {missing}", transaction.interim));
    }
}
