//! TLS: what hellos and certificates say, and with keys the content, which goes to the same detection and parsers.
//!
//! In: contiguous pieces of either direction, gaps and ends, as for every parser. Out: content to a parser of its own, and at
//! its end one [`model::TlsSeen`] to the sink. Kept: a record of each direction that is not whole, the state of its
//! protection, and at most [`limits::TLS_WAITING_BYTES_MAX`] bytes that wait for their key.
//!
//! | module | what it does |
//! |---|---|
//! | `records` | records out of bytes, and what is in them |
//! | `resync` | the next record after a gap, and its number |
//! | `handshake`, `hello`, `ja4` | messages, and what they say |
//! | `secrets`, `keys`, `rsa` | which secret protects what; where secrets come from |
//! | `derive`, `md5`, `cipher`, `ccm`, `suites` | keys out of secrets; opening one record |
//! | `seen` | what is told of a connection at its end |
//!
//! Every byte is counted once: content as what its parser makes of it, all else of a decrypted record as
//! `payload.delivered.tls`, and what was not decrypted as `payload.unparsed.tls`. What is in clear goes with the first
//! two when anything was decrypted, else with the last.
//! Sources: RFC 8446, RFC 5246, RFC 4346, RFC 2246, RFC 7366, RFC 7627.

mod ccm;
mod cipher;
mod derive;
mod handshake;
mod hello;
mod ja4;
mod keys;
mod md5;
mod records;
mod resync;
mod rsa;
mod secrets;
mod seen;
mod suites;

#[cfg(test)]
mod tests;

use std::mem;

use model::ledger::Counter;
use model::{PacketTime, TlsBlind, limits};

use super::{Moment, Output, Parser};
use crate::flow::Dir;
pub(in crate::proto) use derive::expand_label;
pub(in crate::proto) use hello::ClientHello;
use hello::ServerHello;
pub use keys::{Added, KeyRing, Keys};
use records::Half;
pub use rsa::{PrivateKey, PrivateKeyError};
use secrets::Want;
use seen::Meta;

/// One TLS connection.
#[derive(Debug)]
pub(crate) struct Tls {
    halves: [Half; 2],
    /// Which direction is the client's, once a hello was seen.
    client: Option<Dir>,
    /// The last hello of the client, and the answer to it.
    offer: Option<Box<ClientHello>>,
    agreed: Option<Box<ServerHello>>,
    secrets: secrets::State,
    /// Messages so far, where a private key may need their hash.
    transcript: Vec<u8>,
    /// What waits for keys or for the server's word on early data, in order.
    queue: Vec<Piece>,
    queued: usize,
    /// What is waited for.
    want: Option<Want>,
    /// Whether the client's bytes wait until the server has said whether it takes early data.
    early: Early,
    meta: Box<Meta>,
    inner: Parser,
    /// Bytes in clear whose class is not decided.
    clear: u64,
    /// Why it cannot be read to its end.
    why: Option<TlsBlind>,
    finished: bool,
}

/// What is done with what the client sends before the server has answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Early {
    /// There is nothing.
    #[default]
    None,
    /// It waits for the server's word.
    Held,
    /// It is passed over.
    Dropped,
}

/// Something that waits its turn.
#[derive(Debug)]
struct Piece {
    dir: Dir,
    what: What,
    frame: u64,
    at: PacketTime,
    peer_acked_all: bool,
}

#[derive(Debug)]
enum What {
    Bytes(Vec<u8>),
    Gap(u64),
    End,
}

impl Tls {
    pub(super) fn new() -> Self {
        Self {
            halves: [Half::default(), Half::default()],
            client: None,
            offer: None,
            agreed: None,
            secrets: secrets::State::default(),
            transcript: Vec::new(),
            queue: Vec::new(),
            queued: 0,
            want: None,
            early: Early::None,
            meta: Box::default(),
            inner: Parser::new(),
            clear: 0,
            why: None,
            finished: false,
        }
    }

    fn half(&mut self, dir: Dir) -> &mut Half {
        let [orig, resp] = &mut self.halves;
        if dir == Dir::Orig { orig } else { resp }
    }

    fn half_ref(&self, dir: Dir) -> &Half {
        let [orig, resp] = &self.halves;
        if dir == Dir::Orig { orig } else { resp }
    }

    fn is_client(&self, dir: Dir) -> bool {
        self.client == Some(dir)
    }

    /// Whether what `dir` sent has to wait.
    fn waits(&self, dir: Dir) -> bool {
        self.want.is_some() || (self.early == Early::Held && self.is_client(dir))
    }

    /// Whether nothing of it will be opened any more.
    fn is_blind(&self) -> bool {
        self.halves.iter().all(Half::is_blind)
    }

    pub(super) fn data(&mut self, dir: Dir, data: &[u8], moment: &Moment, out: &mut Output<'_>) {
        self.half(dir).wire += data.len() as u64;
        if self.half_ref(dir).is_blind() {
            out.ledger.add(Counter::PayloadTls, data.len() as u64);
            return;
        }
        self.retry(moment, out);
        self.feed(dir, data, moment, out);
    }

    /// Whether a secret is waited for.
    pub(super) const fn is_waiting(&self) -> bool {
        self.want.is_some()
    }

    /// Tries again what is waited for.
    pub(super) fn retry(&mut self, moment: &Moment, out: &mut Output<'_>) {
        let Some(want) = self.want.take() else { return };
        if self.obtain(want, moment, out) {
            self.drain(moment, out);
        } else {
            self.want = Some(want);
        }
    }

    fn feed(&mut self, dir: Dir, data: &[u8], moment: &Moment, out: &mut Output<'_>) {
        if self.waits(dir) {
            self.enqueue(dir, What::Bytes(data.to_vec()), moment);
            if self.queued > limits::TLS_WAITING_BYTES_MAX {
                self.blind(TlsBlind::OverLimit, out);
            }
            return;
        }
        let half = self.half(dir);
        out.spare.furnish(&mut half.buffer);
        half.buffer.extend_from_slice(data);
        self.advance(dir, moment, out);
    }

    fn enqueue(&mut self, dir: Dir, what: What, moment: &Moment) {
        // What they cost, not what they carry: a peer may send byte by byte.
        let bytes = if let What::Bytes(data) = &what { data.capacity() } else { 0 };
        self.queued += size_of::<Piece>() + bytes;
        let (frame, at) = (moment.seen_frame, moment.seen_at);
        self.queue.push(Piece { dir, what, frame, at, peer_acked_all: moment.peer_acked_all });
    }

    /// What waited goes on, as far as it need not wait for something else.
    fn drain(&mut self, moment: &Moment, out: &mut Output<'_>) {
        let (queue, client) = (mem::take(&mut self.queue), self.client.unwrap_or(Dir::Orig));
        self.queued = 0;
        for dir in [client, client.flip()] {
            self.advance(dir, moment, out);
        }
        for piece in queue {
            let mut at = moment.of_held(piece.frame, piece.at);
            at.peer_acked_all = piece.peer_acked_all;
            match piece.what {
                What::Bytes(data) if self.half_ref(piece.dir).is_blind() => {
                    out.ledger.add(Counter::PayloadTls, data.len() as u64);
                }
                What::Bytes(data) => self.feed(piece.dir, &data, &at, out),
                What::Gap(len) => self.gap(piece.dir, len, &at, out),
                What::End => self.end(piece.dir, &at, out),
            }
        }
    }

    pub(super) fn gap(&mut self, dir: Dir, len: u64, moment: &Moment, out: &mut Output<'_>) {
        if self.half_ref(dir).is_blind() {
            return;
        }
        if self.waits(dir) {
            self.enqueue(dir, What::Gap(len), moment);
        } else {
            self.lose(dir, len, moment, out);
        }
    }

    /// The sender closed its direction.
    pub(super) fn end(&mut self, dir: Dir, moment: &Moment, out: &mut Output<'_>) {
        self.retry(moment, out);
        if self.waits(dir) {
            self.enqueue(dir, What::End, moment);
        } else {
            self.nested(out, |inner, out| inner.end(dir, moment, out));
        }
    }

    /// The capture of this direction stops.
    pub(super) fn cut(&mut self, dir: Dir, whole: bool, moment: &Moment, out: &mut Output<'_>) {
        self.conclude(moment, out);
        self.nested(out, |inner, out| inner.cut(dir, whole, moment, out));
    }

    /// Nothing is waited for any longer.
    fn conclude(&mut self, moment: &Moment, out: &mut Output<'_>) {
        self.retry(moment, out);
        while let Some(want) = self.want.take() {
            self.without(want, moment, out);
            self.drain(moment, out);
        }
        if self.early == Early::Held {
            self.early_refused();
            self.drain(moment, out);
        }
    }

    /// The connection is over.
    pub(super) fn finish(&mut self, moment: &Moment, out: &mut Output<'_>) {
        if mem::replace(&mut self.finished, true) {
            return;
        }
        self.conclude(moment, out);
        for dir in [Dir::Orig, Dir::Resp] {
            let rest = mem::take(&mut self.half(dir).buffer).len() as u64;
            out.ledger.add(Counter::PayloadTls, rest);
        }
        self.nested(out, |inner, out| inner.finish(moment, out));
        let opened = self.halves.iter().any(|half| half.opened);
        let class = if opened { Counter::PayloadTlsRecords } else { Counter::PayloadTls };
        out.ledger.add(class, mem::take(&mut self.clear));
        self.tell(moment, out);
    }

    /// Stops to free memory.
    pub(super) fn give_up(&mut self, moment: &Moment, out: &mut Output<'_>) {
        self.blind(TlsBlind::OverLimit, out);
        self.finish(moment, out);
    }

    /// Nothing of it is opened from here on.
    fn blind(&mut self, why: TlsBlind, out: &mut Output<'_>) {
        self.why.get_or_insert(why);
        (self.want, self.early, self.queued) = (None, Early::None, 0);
        for piece in mem::take(&mut self.queue) {
            if let What::Bytes(data) = piece.what {
                out.ledger.add(Counter::PayloadTls, data.len() as u64);
            }
        }
        for half in &mut self.halves {
            half.blind(out.ledger);
        }
        (self.transcript, self.offer, self.agreed) = (Vec::new(), None, None);
        self.secrets = secrets::State::default();
    }

    /// One direction cannot be read on.
    fn blind_half(&mut self, dir: Dir, why: TlsBlind, moment: &Moment, out: &mut Output<'_>) {
        self.why.get_or_insert(why);
        self.half(dir).blind(out.ledger);
        self.nested(out, |inner, out| inner.gap(dir, 1, moment, out));
        if self.is_blind() {
            self.blind(why, out);
        }
    }

    /// Lets the parser of the content work, one level deeper.
    fn nested(&mut self, out: &mut Output<'_>, work: impl FnOnce(&mut Parser, &mut Output<'_>)) {
        let mut inside = Output {
            ledger: out.ledger,
            sink: out.sink,
            spare: out.spare,
            certificate: self.meta.client.as_deref().or(out.certificate),
            keys: out.keys,
            depth: out.depth + 1,
        };
        work(&mut self.inner, &mut inside);
    }

    /// Frees memory of what is in it, until no more than `to` bytes are kept; returns whether that was enough.
    pub(super) fn relieve(&mut self, to: usize, moment: &Moment, out: &mut Output<'_>) -> bool {
        let own = self.buffered() - self.inner.buffered();
        if own > to {
            return false;
        }
        self.nested(out, |inner, out| inner.relieve(to - own, moment, out));
        true
    }

    /// Bytes kept.
    pub(super) fn buffered(&self) -> usize {
        let halves: usize = self.halves.iter().map(Half::buffered).sum();
        halves + self.queued + self.transcript.capacity() + self.inner.buffered()
    }
}
