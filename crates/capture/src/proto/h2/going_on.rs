//! Streams that go on after their exchange has left: WebSockets (RFC 8441), server-sent events, answers open for long.
//!
//! In: content of such streams, and what is missing of it. Out: the exchange, once, and what follows in parts.

use super::streams::{At, Streams};
use crate::proto::Output;
use crate::proto::message::Message;
use crate::proto::stream::{AnswerStream, Opening, Scene, is_event_stream, may_be_long};
use crate::proto::ws::{WebSocket, is_extended_connect};

/// What goes on.
#[derive(Debug)]
pub(super) enum GoingOn {
    Socket(Box<WebSocket>),
    Answer(Box<AnswerStream>),
}

/// What an exchange turns into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Socket,
    Events,
    Long,
}

impl GoingOn {
    fn data(&mut self, sent: bool, content: &[u8], scene: &Scene<'_>, ordinal: &mut u32, out: &mut Output<'_>) {
        match self {
            Self::Socket(socket) => {
                socket.data(sent, content, scene, ordinal, out);
            }
            Self::Answer(answer) if !sent => answer.content(content, scene, ordinal, out),
            Self::Answer(_) => {}
        }
    }

    /// So many bytes are missing; it is not known how many: `None`.
    fn gap(&mut self, sent: bool, len: Option<u64>, scene: &Scene<'_>, ordinal: &mut u32, out: &mut Output<'_>) {
        match self {
            Self::Socket(socket) => socket.gap(sent, len, scene, ordinal, out),
            Self::Answer(answer) if !sent => answer.gap(len.unwrap_or(0), scene),
            Self::Answer(_) => {}
        }
    }

    pub(super) fn finish(&mut self, scene: &Scene<'_>, ordinal: &mut u32, out: &mut Output<'_>) {
        match self {
            Self::Socket(socket) => socket.finish(scene, ordinal, out),
            Self::Answer(answer) => answer.finish(scene, ordinal, out),
        }
    }

    /// Bytes kept.
    pub(super) fn buffered(&self) -> usize {
        match self {
            Self::Socket(socket) => socket.buffered(),
            Self::Answer(answer) => answer.buffered(),
        }
    }
}

impl Streams {
    /// The head of an answer was read: its exchange leaves when what follows is a stream of messages.
    pub(super) fn let_leave(&mut self, id: u32, at: &At<'_>, out: &mut Output<'_>) {
        let turn = |request: &Message, response: &Message| {
            if (200..300).contains(&response.head.status) && is_extended_connect(request) {
                Some(Turn::Socket)
            } else {
                (request.done && is_event_stream(response)).then_some(Turn::Events)
            }
        };
        self.turn(id, turn, at, out);
    }

    /// Content of an answer came: its exchange leaves when it was open for long.
    pub(super) fn let_long_leave(&mut self, id: u32, at: &At<'_>, out: &mut Output<'_>) {
        let turn = |request: &Message, response: &Message| {
            (request.done && may_be_long(response, at.moment)).then_some(Turn::Long)
        };
        self.turn(id, turn, at, out);
    }

    fn turn(
        &mut self,
        id: u32,
        turn: impl FnOnce(&Message, &Message) -> Option<Turn>,
        at: &At<'_>,
        out: &mut Output<'_>,
    ) {
        let Some(stream) = self.open.get_mut(&id) else { return };
        let (Some(request), Some(response)) = (&stream.exchange.request, &stream.exchange.response) else { return };
        let Some(turn) = turn(request, response) else { return };
        let before = stream.buffered();
        let mut exchange = std::mem::take(&mut stream.exchange);
        if turn == Turn::Socket {
            // As with HTTP/1, what follows is no content of the two.
            for message in [&mut exchange.request, &mut exchange.response].into_iter().flatten() {
                message.end(true, at.moment);
            }
        }
        exchange.anomalies.extend(at.marks);
        let ordinal = self.ordinal;
        self.ordinal = ordinal.saturating_add(1);
        exchange.emit(exchange.answer(), at.ends, ordinal, at.moment, out);
        let opening = Opening::new(exchange.request, exchange.response, ordinal);
        stream.going_on = Some(match turn {
            Turn::Socket => GoingOn::Socket(Box::new(WebSocket::new(opening, out))),
            Turn::Events | Turn::Long => {
                GoingOn::Answer(Box::new(AnswerStream::new(opening, turn == Turn::Events, out)))
            }
        });
        self.going_on += 1;
        self.kept = self.kept + stream.buffered() - before;
    }

    /// Reads content of a stream that goes on; whether it is one.
    pub(super) fn go_on(&mut self, id: u32, sent: bool, content: &[u8], at: &At<'_>, out: &mut Output<'_>) -> bool {
        self.with_going_on(id, |going_on, ordinal| going_on.data(sent, content, &at.scene(), ordinal, out))
    }

    /// Bytes of a stream that goes on are missing; whether it is one.
    pub(super) fn miss_of_stream(
        &mut self,
        id: u32,
        sent: bool,
        len: Option<u64>,
        at: &At<'_>,
        out: &mut Output<'_>,
    ) -> bool {
        self.with_going_on(id, |going_on, ordinal| going_on.gap(sent, len, &at.scene(), ordinal, out))
    }

    /// Bytes of one direction are missing, and it is not known of which streams.
    pub(super) fn miss_of_all(&mut self, sent: bool, at: &At<'_>, out: &mut Output<'_>) {
        if self.going_on == 0 {
            return;
        }
        let ids: Vec<u32> =
            self.open.iter().filter(|(_, stream)| stream.going_on.is_some()).map(|(id, _)| *id).collect();
        for id in ids {
            self.miss_of_stream(id, sent, None, at, out);
        }
    }

    fn with_going_on(&mut self, id: u32, change: impl FnOnce(&mut GoingOn, &mut u32)) -> bool {
        let Some(stream) = self.open.get_mut(&id) else { return false };
        let before = stream.buffered();
        let Some(going_on) = &mut stream.going_on else { return false };
        change(going_on, &mut self.ordinal);
        self.kept = self.kept + stream.buffered() - before;
        true
    }
}
