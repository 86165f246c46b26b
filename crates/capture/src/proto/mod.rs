//! What the bytes of a flow mean: protocol detection and the parsers behind one contract.
//!
//! A parser is pushed contiguous pieces of either direction in order, is told of gaps and of the end of each
//! direction, and must not panic. Each `data` call starts where a segment started, which is the only place a parser
//! that lost its place may look for a message boundary.

mod detect;
mod exchange;
mod framing;
mod h2;
pub mod http1;
mod message;
mod named;
#[cfg(feature = "tls")]
pub(crate) mod quic;
mod spare;
mod stream;
#[cfg(feature = "tls")]
pub mod tls;
mod ws;

use model::ledger::Counter;
use model::message::{Span, TransactionSink};
use model::{AnomalySet, FlowEnds, Ledger, PacketTime, Phase, limits};

use crate::flow::Dir;
use detect::{Looks, asks_for_path, looks_like};
use h2::{Http2, Start};
use http1::Http1;
pub(crate) use named::News;
#[cfg(feature = "tls")]
pub(crate) use quic::looks_like_quic;
pub(crate) use spare::Spare;
use ws::{Connection, Sighting};

/// Without TLS nothing of QUIC is read.
#[cfg(not(feature = "tls"))]
pub(crate) const fn looks_like_quic(_: [u16; 2], _: &[u8]) -> bool {
    false
}

/// Where results and counts go.
#[allow(missing_debug_implementations, reason = "holds a sink of any type")]
pub struct Output<'a> {
    /// Counters of the owning partition.
    pub ledger: &'a mut Ledger,
    /// Takes completed transactions.
    pub sink: &'a mut dyn TransactionSink,
    /// Memory to use again, of the same partition.
    pub(crate) spare: &'a mut Spare,
    /// The name in the certificate that the client showed.
    pub(crate) certificate: Option<&'a [u8]>,
    /// Secrets of TLS connections.
    #[cfg(feature = "tls")]
    pub(crate) keys: Option<&'a tls::KeyRing>,
    /// How many connections of TLS the bytes at hand were taken out of.
    #[cfg(feature = "tls")]
    pub(crate) depth: u8,
}

/// When and in which flow something happens.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Frame that completed it.
    pub frame: u64,
    /// Packet time.
    pub at: PacketTime,
    /// Frame that carried the bytes: an earlier one when they waited for their turn.
    pub seen_frame: u64,
    /// Its packet time.
    pub seen_at: PacketTime,
    /// Frame or timer work.
    pub phase: Phase,
    /// The two ends, originator first.
    pub flow: FlowEnds,
    /// First frame of the flow.
    pub flow_frame: u64,
    /// Packet time of the first frame of the flow.
    pub flow_at: PacketTime,
    /// Oddities of the transport so far.
    pub anomalies: AnomalySet,
    /// Whether the opening of the flow was not captured.
    pub midstream: bool,
    /// Whether the sender had received every byte of the other direction that was delivered so far.
    pub peer_acked_all: bool,
}

impl Moment {
    /// This moment for bytes that waited since they were seen in `frame`, at `at`.
    pub(crate) fn of_held(self, frame: u64, at: PacketTime) -> Self {
        Self { frame: self.frame.max(frame), seen_frame: frame, seen_at: at, ..self }
    }

    /// The span of a message that begins with these bytes, and perhaps ends with them.
    pub(crate) const fn span(&self) -> Span {
        let (at, frame) = (self.seen_at, self.seen_frame);
        Span { first_at: at, last_at: at, first_frame: frame, last_frame: frame }
    }
}

/// The parser of one flow.
#[derive(Debug)]
pub(crate) enum Parser {
    /// No byte was seen yet.
    Fresh,
    /// Not known yet.
    Detect(Box<Detect>),
    /// HTTP/1.
    Http1(Box<Http1>),
    /// HTTP/2.
    Http2(Box<Http2>),
    /// A connection of HTTP/1 that became a WebSocket.
    WebSocket(Box<Connection>),
    /// TLS, and what is in it.
    #[cfg(feature = "tls")]
    Tls(Box<tls::Tls>),
    /// Counted only, under this reason.
    Opaque(Counter),
}

/// Bytes seen before the protocol is known.
#[derive(Debug, Default)]
pub(crate) struct Detect {
    waiting: [Vec<u8>; 2],
    passed: [u64; 2],
    /// Directions of which bytes are missing.
    torn: [bool; 2],
    /// Transactions of this flow so far: a tunnel goes on counting.
    ordinal: u32,
    /// Whether it may be a WebSocket joined half-way.
    sighting: Sighting,
}

impl Parser {
    pub(crate) const fn new() -> Self {
        Self::Fresh
    }

    /// Asks for the memory that the next bytes will need.
    pub(crate) fn touch(&self) {
        if let Self::Http1(http) = self {
            http.touch();
        }
    }

    pub(crate) fn data(&mut self, dir: Dir, data: &[u8], moment: &Moment, out: &mut Output<'_>) {
        match self {
            Self::Http1(http) => {
                http.data(dir, data, moment, out);
                self.follow(moment, out);
            }
            Self::Http2(http) => http.data(dir, data, moment, out),
            Self::WebSocket(socket) => socket.data(dir, data, moment, out),
            Self::Opaque(counter) => out.ledger.add(*counter, data.len() as u64),
            #[cfg(feature = "tls")]
            Self::Tls(tls) => tls.data(dir, data, moment, out),
            Self::Detect(detect) => {
                if let Some(next) = detect.data(dir, data, moment, out) {
                    self.become_parser(next, dir, data, moment, out);
                }
            }
            Self::Fresh => {
                // Most flows show what they are at once, and need no box to keep bytes in.
                let mut detect = Detect::default();
                if let Some(next) = detect.data(dir, data, moment, out) {
                    self.become_parser(next, dir, data, moment, out);
                } else {
                    *self = Self::Detect(Box::new(detect));
                }
            }
        }
    }

    fn become_parser(&mut self, next: Found, dir: Dir, data: &[u8], moment: &Moment, out: &mut Output<'_>) {
        let Detect { waiting: [orig, resp], ordinal, .. } = match self {
            Self::Detect(detect) => std::mem::take(&mut **detect),
            _ => Detect::default(),
        };
        match next {
            Found::Http1 { client } => {
                out.ledger.add(Counter::FlowsHttp1, 1);
                *self = Self::Http1(Box::new(Http1::new(client, ordinal)));
            }
            Found::Http2 { client, start } => {
                out.ledger.add(Counter::FlowsHttp2, 1);
                *self = Self::Http2(Box::new(Http2::new(client, start, ordinal, moment)));
            }
            Found::WebSocket { client } => {
                *self = Self::WebSocket(Box::new(Connection::new(client, stream::Opening::default(), ordinal, out)));
            }
            #[cfg(feature = "tls")]
            Found::Tls if out.depth < limits::TLS_DEPTH_MAX => {
                out.ledger.add(Counter::FlowsTls, 1);
                *self = Self::Tls(Box::new(tls::Tls::new()));
            }
            Found::Tls => {
                out.ledger.add(Counter::FlowsTls, 1);
                *self = Self::Opaque(Counter::PayloadTls);
            }
            Found::Opaque(counter, kind) => {
                if let Some(kind) = kind {
                    out.ledger.add(kind, 1);
                }
                *self = Self::Opaque(counter);
            }
        }
        let (mut mine, other) = if dir == Dir::Orig { (orig, resp) } else { (resp, orig) };
        if !other.is_empty() {
            self.data(dir.flip(), &other, moment, out);
        }
        if mine.is_empty() {
            self.data(dir, data, moment, out);
        } else {
            mine.extend_from_slice(data);
            self.data(dir, &mine, moment, out);
        }
    }

    /// A tunnel or an upgrade changes what follows.
    fn follow(&mut self, moment: &Moment, out: &mut Output<'_>) {
        let Self::Http1(http) = self else { return };
        let Some(next) = http.handover() else { return };
        http.finish(moment, out);
        let rest = http.take_rest();
        let ordinal = http.ordinal();
        *self = match next {
            http1::Handover::Tunnel => Self::Detect(Box::new(Detect { ordinal, ..Detect::default() })),
            http1::Handover::Http2 => {
                out.ledger.add(Counter::FlowsHttp2, 1);
                let start = Start::Upgrade { request: http.take_upgraded() };
                Self::Http2(Box::new(Http2::new(Some(http.client()), start, ordinal, moment)))
            }
            http1::Handover::WebSocket => {
                let opening = http.take_opening();
                Self::WebSocket(Box::new(Connection::new(http.client(), opening, ordinal, out)))
            }
            http1::Handover::Upgraded => Self::Opaque(Counter::PayloadUpgraded),
        };
        for (dir, bytes) in rest {
            if !bytes.is_empty() {
                self.data(dir, &bytes, moment, out);
            }
        }
    }

    pub(crate) fn gap(&mut self, dir: Dir, len: u64, moment: &Moment, out: &mut Output<'_>) {
        match self {
            Self::Http1(http) => http.gap(dir, len, moment, out),
            Self::Http2(http) => http.gap(dir, len, moment, out),
            Self::WebSocket(socket) => socket.gap(dir, len, moment, out),
            #[cfg(feature = "tls")]
            Self::Tls(tls) => tls.gap(dir, len, moment, out),
            Self::Detect(detect) => detect.gap(dir, out.ledger),
            Self::Fresh => {
                let mut detect = Detect::default();
                detect.gap(dir, out.ledger);
                *self = Self::Detect(Box::new(detect));
            }
            Self::Opaque(_) => {}
        }
    }

    /// The sender closed its direction.
    pub(crate) fn end(&mut self, dir: Dir, moment: &Moment, out: &mut Output<'_>) {
        #[cfg(feature = "tls")]
        if let Self::Tls(tls) = self {
            tls.end(dir, moment, out);
        }
        if let Self::Http1(http) = self {
            http.end(dir, true, moment, out);
            self.follow(moment, out);
        }
    }

    /// The capture of this direction stops; `whole` when the flow was being closed.
    pub(crate) fn cut(&mut self, dir: Dir, whole: bool, moment: &Moment, out: &mut Output<'_>) {
        #[cfg(feature = "tls")]
        if let Self::Tls(tls) = self {
            tls.cut(dir, whole, moment, out);
        }
        if let Self::Http1(http) = self {
            http.end(dir, whole, moment, out);
            self.follow(moment, out);
        }
    }

    /// Whether it waits for something that comes from elsewhere.
    pub(crate) fn waits(&self) -> bool {
        #[cfg(feature = "tls")]
        if let Self::Tls(tls) = self {
            return tls.is_waiting();
        }
        false
    }

    /// Time went by: what is waited for may have come.
    pub(crate) fn tick(&mut self, moment: &Moment, out: &mut Output<'_>) {
        #[cfg(feature = "tls")]
        if let Self::Tls(tls) = self {
            tls.retry(moment, out);
        }
        #[cfg(not(feature = "tls"))]
        let _ = (moment, out);
    }

    /// The flow is over.
    pub(crate) fn finish(&mut self, moment: &Moment, out: &mut Output<'_>) {
        match self {
            Self::Http1(http) => http.finish(moment, out),
            Self::Http2(http) => http.finish(moment, out),
            Self::WebSocket(socket) => socket.finish(moment, out),
            #[cfg(feature = "tls")]
            Self::Tls(tls) => tls.finish(moment, out),
            Self::Detect(detect) => {
                detect.flush(Dir::Orig, out.ledger);
                detect.flush(Dir::Resp, out.ledger);
                if detect.passed != [0, 0] {
                    out.ledger.add(Counter::FlowsUnknown, 1);
                }
            }
            Self::Fresh | Self::Opaque(_) => {}
        }
    }

    /// Frees memory until no more than `to` bytes are kept: exchanges of HTTP/2 leave one by one, all else is given up.
    pub(crate) fn relieve(&mut self, to: usize, moment: &Moment, out: &mut Output<'_>) {
        let eased = match self {
            Self::Http2(http) => http.relieve(to, moment, out),
            #[cfg(feature = "tls")]
            Self::Tls(tls) => tls.relieve(to, moment, out),
            Self::Opaque(_) => true,
            _ => false,
        };
        if !eased {
            self.give_up(moment, out);
        }
    }

    /// Stops parsing to free memory; later bytes are only counted.
    pub(crate) fn give_up(&mut self, moment: &Moment, out: &mut Output<'_>) {
        #[cfg(feature = "tls")]
        if let Self::Tls(tls) = self {
            tls.give_up(moment, out);
        }
        self.finish(moment, out);
        *self = Self::Opaque(Counter::PayloadOverLimit);
    }

    /// Bytes kept.
    pub(crate) fn buffered(&self) -> usize {
        match self {
            Self::Http1(http) => http.buffered(),
            Self::Http2(http) => http.buffered(),
            Self::WebSocket(socket) => socket.buffered(),
            #[cfg(feature = "tls")]
            Self::Tls(tls) => tls.buffered(),
            Self::Detect(detect) => detect.waiting.iter().map(Vec::capacity).sum(),
            Self::Fresh | Self::Opaque(_) => 0,
        }
    }
}

enum Found {
    /// Feed the bytes at hand to HTTP/1.
    Http1 { client: Dir },
    /// Feed them to HTTP/2.
    Http2 { client: Option<Dir>, start: Start },
    /// Feed them to a WebSocket.
    WebSocket { client: Dir },
    /// Feed them to TLS.
    Tls,
    /// Count the bytes at hand, and all later ones, under the first counter.
    Opaque(Counter, Option<Counter>),
}

impl Detect {
    /// Looks at the start of a segment; says what the flow is once that is known.
    fn data(&mut self, dir: Dir, data: &[u8], moment: &Moment, out: &mut Output<'_>) -> Option<Found> {
        let slot = dir as usize;
        let (waiting, passed) = (self.waiting.get_mut(slot)?, self.passed.get_mut(slot)?);
        let torn = moment.midstream || *self.torn.get(slot)?;
        let first = *passed == 0 && !torn;
        // Bytes that are missing may have changed the tables of their sender.
        let begin = if self.torn.contains(&true) { Start::Midstream } else { Start::Preface };
        let joined;
        let start = if waiting.is_empty() {
            data
        } else {
            let more = data.get(..data.len().min(limits::DETECT_BYTES_MAX)).unwrap_or_default();
            joined = [waiting.as_slice(), more].concat();
            &joined
        };
        let looks = looks_like(start, first);
        let joined_socket = match looks {
            Looks::Other if moment.midstream && waiting.is_empty() => self.sighting.see(dir, data),
            _ => None,
        };
        match looks {
            Looks::Request => Some(Found::Http1 { client: dir }),
            Looks::Response => Some(Found::Http1 { client: dir.flip() }),
            Looks::Tls => Some(Found::Tls),
            Looks::Http2 => Some(Found::Http2 { client: Some(dir), start: begin }),
            Looks::Other if first && h2::looks_like_settings(start) => {
                // A server need not wait for the preface.
                Some(Found::Http2 { client: Some(dir.flip()), start: begin })
            }
            // Who begins with settings after a gap may be a client whose preface is missing.
            Looks::Other if torn && h2::looks_like_frames(start) => {
                Some(Found::Http2 { client: None, start: Start::Midstream })
            }
            Looks::Other if joined_socket.is_some() => joined_socket.map(|client| Found::WebSocket { client }),
            Looks::Unfinished if waiting.len() + data.len() <= limits::DETECT_BYTES_MAX => {
                waiting.extend_from_slice(data);
                None
            }
            // A long target is no reason to miss all that follows it; the parser has its own bound for heads.
            Looks::Unfinished if asks_for_path(start) => Some(Found::Http1 { client: dir }),
            Looks::Unfinished | Looks::Other => {
                let held = std::mem::take(waiting);
                *passed += (held.len() + data.len()) as u64;
                out.ledger.add(Counter::PayloadNotHttp, held.len() as u64);
                // A flow seen from its start that spoke this long without HTTP speaks something else.
                if !moment.midstream && *passed > limits::DETECT_BYTES_MAX as u64 {
                    return Some(Found::Opaque(Counter::PayloadNotHttp, Some(Counter::FlowsUnknown)));
                }
                out.ledger.add(Counter::PayloadNotHttp, data.len() as u64);
                None
            }
        }
    }

    fn gap(&mut self, dir: Dir, ledger: &mut Ledger) {
        self.flush(dir, ledger);
        if let Some(torn) = self.torn.get_mut(dir as usize) {
            *torn = true;
        }
    }

    fn flush(&mut self, dir: Dir, ledger: &mut Ledger) {
        if let (Some(waiting), Some(passed)) = (self.waiting.get_mut(dir as usize), self.passed.get_mut(dir as usize)) {
            ledger.add(Counter::PayloadNotHttp, waiting.len() as u64);
            *passed += waiting.len() as u64;
            waiting.clear();
        }
    }
}
