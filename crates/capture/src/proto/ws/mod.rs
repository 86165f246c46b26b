//! WebSockets (RFC 6455) as a passive reader sees them, on a connection of HTTP/1 or on a stream of HTTP/2 (RFC 8441).
//!
//! | module | what |
//! |---|---|
//! | [`handshake`], [`sha1`] | whether request and answer agree, and how messages are compressed |
//! | [`frame`] | frame headers, and what looks like a run of frames |
//! | [`side`] | one direction: frames, fragments, messages |
//! | [`inflate`] | messages compressed with DEFLATE |
//! | [`sighting`] | connections joined half-way |
//!
//! What a strict peer would refuse is read as far as it can be, and marked. Messages leave in parts
//! ([`stream`](super::stream)).

mod frame;
mod handshake;
mod inflate;
mod sha1;
mod side;
mod sighting;

use model::StreamKind;
use model::ledger::Counter;

use super::stream::{Opening, Part, Scene};
use super::{Moment, Output};
use crate::flow::Dir;
use handshake::Deflate;
pub(in crate::proto) use handshake::{is_accepted, is_extended_connect};
use side::{Side, Sink};
pub(in crate::proto) use sighting::Sighting;

/// Both directions of one WebSocket.
#[derive(Debug)]
pub(in crate::proto) struct WebSocket {
    part: Part,
    client: Side,
    server: Side,
}

impl WebSocket {
    /// That `opening` began; without an answer it is one that was joined half-way.
    pub(in crate::proto) fn new(opening: Opening, out: &mut Output<'_>) -> Self {
        out.ledger.add(Counter::WebSockets, 1);
        let agreed = opening.response.as_deref().map(handshake::agreed);
        let whole = agreed.is_some();
        let [client, server] = agreed.unwrap_or([Deflate::Unknown; 2]);
        let (client, server) = (Side::new(true, client, whole), Side::new(false, server, whole));
        Self { part: Part::new(StreamKind::WebSocket, opening), client, server }
    }

    /// Contiguous bytes of one direction; returns how many of them are not understood.
    pub(in crate::proto) fn data(
        &mut self,
        sent: bool,
        data: &[u8],
        scene: &Scene<'_>,
        ordinal: &mut u32,
        out: &mut Output<'_>,
    ) -> u64 {
        let Self { part, client, server } = self;
        let side = if sent { client } else { server };
        side.read(data, &mut Sink { part, scene, ordinal, out })
    }

    /// So many bytes of one direction are not in the capture; `None` when that is not known.
    pub(in crate::proto) fn gap(
        &mut self,
        sent: bool,
        len: Option<u64>,
        scene: &Scene<'_>,
        ordinal: &mut u32,
        out: &mut Output<'_>,
    ) {
        let Self { part, client, server } = self;
        part.miss(len.unwrap_or(0), scene);
        let side = if sent { client } else { server };
        side.gap(len, &mut Sink { part, scene, ordinal, out });
    }

    /// It is over.
    pub(in crate::proto) fn finish(&mut self, scene: &Scene<'_>, ordinal: &mut u32, out: &mut Output<'_>) {
        self.part.leave(true, scene, ordinal, out);
    }

    /// Bytes kept.
    pub(in crate::proto) fn buffered(&self) -> usize {
        size_of::<Self>() + self.part.buffered() + self.client.buffered() + self.server.buffered()
    }
}

/// A connection that became a WebSocket.
#[derive(Debug)]
pub(crate) struct Connection {
    client: Dir,
    ordinal: u32,
    socket: WebSocket,
}

impl Connection {
    /// `client` opened it; what it tells is numbered from `ordinal`.
    pub(in crate::proto) fn new(client: Dir, opening: Opening, ordinal: u32, out: &mut Output<'_>) -> Self {
        Self { client, ordinal, socket: WebSocket::new(opening, out) }
    }

    /// Contiguous bytes of one direction, starting where a segment started.
    pub(in crate::proto) fn data(&mut self, dir: Dir, data: &[u8], moment: &Moment, out: &mut Output<'_>) {
        let scene = Scene::of(self.client, moment);
        let lost = self.socket.data(dir == self.client, data, &scene, &mut self.ordinal, out);
        out.ledger.add(Counter::PayloadWebSocket, data.len() as u64 - lost);
        out.ledger.add(Counter::PayloadDesync, lost);
    }

    /// Bytes of one direction are not in the capture.
    pub(in crate::proto) fn gap(&mut self, dir: Dir, len: u64, moment: &Moment, out: &mut Output<'_>) {
        let scene = Scene::of(self.client, moment);
        self.socket.gap(dir == self.client, Some(len), &scene, &mut self.ordinal, out);
    }

    /// The flow is over.
    pub(in crate::proto) fn finish(&mut self, moment: &Moment, out: &mut Output<'_>) {
        self.socket.finish(&Scene::of(self.client, moment), &mut self.ordinal, out);
    }

    /// Bytes kept.
    pub(in crate::proto) fn buffered(&self) -> usize {
        size_of::<Self>() + self.socket.buffered()
    }
}
