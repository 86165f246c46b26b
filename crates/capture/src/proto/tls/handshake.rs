//! Handshake messages (RFC 8446 §4, RFC 5246 §7.4), out of the records that carry them in any pieces.

use model::{TlsBlind, certificate, limits};

use super::hello::{self, ClientHello, ServerHello};
use super::{Early, Tls};
use crate::flow::Dir;
use crate::proto::{Moment, Output};
use model::cursor::Cursor;

/// Bytes before the body of a message.
const HEAD: usize = 4;

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const END_OF_EARLY_DATA: u8 = 5;
const ENCRYPTED_EXTENSIONS: u8 = 8;
const CERTIFICATE: u8 = 11;
const SERVER_HELLO_DONE: u8 = 14;
const CLIENT_KEY_EXCHANGE: u8 = 16;
const FINISHED: u8 = 20;
const KEY_UPDATE: u8 = 24;

/// Messages of one direction that are not whole.
#[derive(Debug, Default)]
pub(super) struct Messages {
    buffer: Vec<u8>,
    /// Bytes of a message too long to be read that are still to come.
    skip: usize,
}

impl Messages {
    pub(super) const fn buffered(&self) -> usize {
        self.buffer.capacity()
    }

    fn push(&mut self, bytes: &[u8]) {
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        self.buffer.extend_from_slice(bytes.get(skipped..).unwrap_or_default());
    }

    /// Bytes of the message at the start of the buffer, once it is whole.
    fn whole(&mut self) -> Option<usize> {
        let total = HEAD + Cursor(self.buffer.get(1..HEAD)?).u24()?;
        if total > limits::TLS_HANDSHAKE_BYTES_MAX {
            self.skip = total.saturating_sub(self.buffer.len());
            self.buffer.drain(..total.min(self.buffer.len()));
            return self.whole_after_skip();
        }
        (self.buffer.len() >= total).then_some(total)
    }

    /// What followed a message too long waits for the next record.
    fn whole_after_skip(&mut self) -> Option<usize> {
        if self.skip > 0 {
            return None;
        }
        let total = HEAD + Cursor(self.buffer.get(1..HEAD)?).u24()?;
        (self.buffer.len() >= total && total <= limits::TLS_HANDSHAKE_BYTES_MAX).then_some(total)
    }
}

impl Tls {
    /// Takes the bytes of a handshake record.
    pub(super) fn messages(&mut self, dir: Dir, bytes: &[u8], moment: &Moment, out: &mut Output<'_>) {
        let mut messages = std::mem::take(&mut self.half(dir).messages);
        messages.push(bytes);
        let mut at = 0;
        while let Some(total) = messages.whole() {
            at += total;
            let message: Vec<u8> = messages.buffer.drain(..total).collect();
            self.message(dir, &message, moment, out);
            if self.half_ref(dir).is_blind() {
                return;
            }
        }
        if at > 0 && messages.buffer.is_empty() {
            messages.buffer = Vec::new();
        }
        self.half(dir).messages = messages;
    }

    fn message(&mut self, dir: Dir, message: &[u8], moment: &Moment, out: &mut Output<'_>) {
        let (Some(&kind), Some(body)) = (message.first(), message.get(HEAD..)) else { return };
        if kind == CLIENT_HELLO {
            self.transcript.clear();
        }
        if Self::needs_transcript(out) && self.transcript.len() + message.len() <= limits::TLS_HANDSHAKE_BYTES_MAX {
            self.transcript.extend_from_slice(message);
        }
        let is_13 = self.agreed.as_ref().is_some_and(|agreed| agreed.version >= 0x0304);
        match (kind, self.is_client(dir)) {
            (CLIENT_HELLO, _) => self.client_hello(dir, body, out),
            (SERVER_HELLO, false) => self.server_hello(dir, body, moment, out),
            (ENCRYPTED_EXTENSIONS, false) if is_13 => self.server_extensions(body, moment, out),
            (CERTIFICATE, by_client) => self.certificate(by_client, certificate::of_message(body, is_13)),
            (SERVER_HELLO_DONE, false) => self.leave_early(moment, out),
            (CLIENT_KEY_EXCHANGE, true) => self.client_key_exchange(body, out),
            (END_OF_EARLY_DATA, true) if is_13 => self.end_of_early_data(),
            (FINISHED, _) if is_13 => self.finished_13(dir, moment, out),
            (KEY_UPDATE, _) if is_13 => self.key_update(dir),
            _ => {}
        }
    }

    /// The first of each side counts: a later one does not change who opened the connection.
    fn certificate(&mut self, by_client: bool, der: Option<&[u8]>) {
        let Some(der) = der else { return };
        if by_client {
            self.meta.client = self.meta.client.take().or_else(|| certificate::of_client(der));
        } else if self.meta.names.is_empty() {
            self.meta.names = certificate::of_server(der);
        }
    }

    fn client_hello(&mut self, dir: Dir, body: &[u8], out: &mut Output<'_>) {
        let hello = ClientHello::read(body).filter(|_| self.client.is_none_or(|client| client == dir));
        let Some(hello) = hello else {
            self.blind(TlsBlind::Handshake, out);
            return;
        };
        self.client = Some(dir);
        self.meta.offered(&hello);
        self.meta.name(dir, out);
        let again = self.agreed.as_ref().is_some_and(|agreed| agreed.retry);
        self.early = match (hello.early_data && !again, out.keys.is_some()) {
            (false, _) => Early::None,
            (true, true) => Early::Held,
            (true, false) => Early::Dropped,
        };
        self.offer = Some(Box::new(hello));
        self.agreed = None;
        self.secrets.renew();
    }

    fn server_hello(&mut self, dir: Dir, body: &[u8], moment: &Moment, out: &mut Output<'_>) {
        let Some(hello) = ServerHello::read(body) else {
            self.blind(TlsBlind::Handshake, out);
            return;
        };
        self.client = Some(dir.flip());
        let (is_13, retry) = (hello.version >= 0x0304, hello.retry);
        self.meta.agreed(&hello, self.offer.as_deref());
        self.meta.name(dir.flip(), out);
        let known = self.offer.is_some();
        self.agreed = Some(Box::new(hello));
        if retry {
            // Early data are never taken then (RFC 8446 §4.2.10).
            if self.early == Early::Held {
                self.early = Early::Dropped;
                self.drain(moment, out);
            }
        } else if !known {
            self.blind(TlsBlind::Handshake, out);
        } else if !self.is_readable() {
            self.blind(TlsBlind::Suite, out);
        } else if is_13 {
            self.begin_13(moment, out);
        } else if self.early != Early::None {
            self.early = Early::Dropped;
            self.drain(moment, out);
        }
    }

    fn server_extensions(&mut self, body: &[u8], moment: &Moment, out: &mut Output<'_>) {
        let (alpn, early_data) = hello::encrypted_extensions(body);
        self.meta.alpn = alpn.or(self.meta.alpn.take());
        if self.early == Early::Held {
            if early_data {
                self.early_accepted(moment, out);
            } else {
                self.early_refused();
            }
            self.drain(moment, out);
        }
    }

    /// All is known that a connection without a key tells.
    fn leave_early(&mut self, moment: &Moment, out: &mut Output<'_>) {
        if !self.has_hope(moment, out) {
            self.blind(TlsBlind::NoKey, out);
        }
    }
}
