//! Records (RFC 8446 §5.1): out of the bytes of one direction, in clear or opened.
//!
//! In: bytes in order. Out: messages and content. Kept: at most one record that is not whole and one message.

use aws_lc_rs::digest;
use model::ledger::Counter;
use model::{Ledger, TlsBlind};

use super::cipher::{Cipher, Head, Opened};
use super::handshake::Messages;
use super::resync::Lost;
use super::{Early, Tls};
use crate::flow::Dir;
use crate::proto::{Moment, Output};

/// Bytes before the body of a record.
pub(super) const HEAD: usize = 5;
/// What the keys of one direction take, expanded.
const CIPHER_BYTES: usize = 2 << 10;
/// Longest body: 2¹⁴ and what older versions allow on top (RFC 5246 §6.2.3).
const BODY_MAX: usize = (1 << 14) + 2_048;

pub(super) const CHANGE_CIPHER: u8 = 20;
const HANDSHAKE: u8 = 22;
const CONTENT: u8 = 23;
const HEARTBEAT: u8 = 24;

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Half {
    /// Bytes not yet taken.
    pub buffer: Vec<u8>,
    pub mode: Mode,
    /// Protection, once it began.
    pub cipher: Option<Box<Cipher>>,
    /// Number of the next record.
    pub number: u64,
    pub messages: Messages,
    /// Payload bytes seen.
    pub wire: u64,
    /// Content bytes opened.
    pub plain: u64,
    /// Whether a record was opened.
    pub opened: bool,
    pub digest: Option<Box<Digest>>,
}

/// Digest of the content.
#[derive(Clone)]
pub(super) struct Digest(pub digest::Context);

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digest")
    }
}

/// How the bytes of a direction are taken.
#[derive(Clone, Debug, Default)]
pub(super) enum Mode {
    /// A record is next, and its number known.
    #[default]
    Read,
    /// A record is next; those that do not open are passed over until one does.
    Seek,
    /// Bytes are missing.
    Lost(Lost),
    /// Nothing is read any more.
    Blind,
}

impl Half {
    pub(super) const fn is_blind(&self) -> bool {
        matches!(self.mode, Mode::Blind)
    }

    /// Stops; what is kept is counted.
    pub(super) fn blind(&mut self, ledger: &mut Ledger) {
        self.mode = Mode::Blind;
        ledger.add(Counter::PayloadTls, std::mem::take(&mut self.buffer).len() as u64);
        (self.cipher, self.messages) = (None, Messages::default());
    }

    /// Begins to protect with `cipher`, whose first record has the number 0.
    pub(super) fn protect(&mut self, cipher: Cipher, mode: Mode) {
        (self.cipher, self.number, self.mode) = (Some(Box::new(cipher)), 0, mode);
    }

    pub(super) fn buffered(&self) -> usize {
        let cipher = if self.cipher.is_some() { CIPHER_BYTES } else { 0 };
        self.buffer.capacity() + self.messages.buffered() + cipher
    }
}

/// Head and length of the body of the record at the start of `bytes`. `Err` when it is none.
pub(super) fn head(bytes: &[u8]) -> Result<Option<(Head, usize)>, ()> {
    let Some([kind, v1, v0, l1, l0]) = bytes.first_chunk::<HEAD>() else { return Ok(None) };
    let (version, len) = (u16::from_be_bytes([*v1, *v0]), usize::from(u16::from_be_bytes([*l1, *l0])));
    let believed = (CHANGE_CIPHER..=HEARTBEAT).contains(kind) && *v1 == 3 && *v0 <= 4 && len <= BODY_MAX;
    if believed { Ok(Some((Head { kind: *kind, version }, len))) } else { Err(()) }
}

impl Tls {
    /// Takes as many records as are whole.
    pub(super) fn advance(&mut self, dir: Dir, moment: &Moment, out: &mut Output<'_>) {
        let mut buffer = std::mem::take(&mut self.half(dir).buffer);
        let mut at = 0;
        while !self.waits(dir) {
            let rest = buffer.get_mut(at..).unwrap_or_default();
            let taken = self.step(dir, rest, moment, out);
            if taken == 0 {
                break;
            }
            at += taken;
        }
        if self.half_ref(dir).is_blind() {
            out.ledger.add(Counter::PayloadTls, (buffer.len() - at) as u64);
            return;
        }
        buffer.drain(..at);
        if buffer.is_empty() {
            out.spare.strip(&mut buffer);
        }
        self.half(dir).buffer = buffer;
    }

    /// Takes what stands at the start of `bytes`; 0 when more is needed. What is taken is counted.
    fn step(&mut self, dir: Dir, bytes: &mut [u8], moment: &Moment, out: &mut Output<'_>) -> usize {
        match self.half_ref(dir).mode {
            Mode::Blind => return 0,
            Mode::Lost(_) => return self.hunt(dir, bytes, moment, out),
            Mode::Read | Mode::Seek => {}
        }
        let Ok(head) = head(bytes) else {
            self.not_a_record(dir, moment, out);
            return 0;
        };
        let Some((head, len)) = head else { return 0 };
        let Some(record) = bytes.get_mut(..HEAD + len) else { return 0 };
        let body = record.get_mut(HEAD..).unwrap_or_default();
        if self.half_ref(dir).cipher.is_some() {
            self.sealed(dir, head, body, moment, out);
        } else {
            self.in_clear(dir, head, body, moment, out);
        }
        HEAD + len
    }

    fn not_a_record(&mut self, dir: Dir, moment: &Moment, out: &mut Output<'_>) {
        if self.half_ref(dir).cipher.is_some() {
            self.blind_half(dir, TlsBlind::BadRecord, moment, out);
        } else {
            self.blind(TlsBlind::Handshake, out);
        }
    }

    fn in_clear(&mut self, dir: Dir, head: Head, body: &[u8], moment: &Moment, out: &mut Output<'_>) {
        self.clear += (HEAD + body.len()) as u64;
        match head.kind {
            CHANGE_CIPHER => self.change_cipher(dir, moment, out),
            HANDSHAKE => self.messages(dir, body, moment, out),
            CONTENT if self.is_client(dir) && self.early == Early::Dropped => {}
            // Protected, and how was not seen.
            CONTENT => self.blind(TlsBlind::Handshake, out),
            _ => {}
        }
    }

    fn sealed(&mut self, dir: Dir, head: Head, body: &mut [u8], moment: &Moment, out: &mut Output<'_>) {
        let half = self.half(dir);
        let Some(cipher) = &mut half.cipher else { return };
        let total = (HEAD + body.len()) as u64;
        // Left in for the sake of old middleboxes (RFC 8446 §5, §D.4), and alerts before keys are known.
        if cipher.is_13() && head.kind != CONTENT {
            out.ledger.add(Counter::PayloadTlsRecords, total);
            return;
        }
        if matches!(half.mode, Mode::Seek) {
            let mut copy = body.to_vec();
            if let Some(opened) = cipher.open(head, half.number, &mut copy) {
                half.mode = Mode::Read;
                half.number += 1;
                self.opened(dir, opened, &copy, moment, out);
            } else {
                out.ledger.add(Counter::PayloadTls, total);
                out.ledger.add(Counter::TlsRecordsFailed, 1);
            }
            return;
        }
        let opened = cipher.open(head, half.number, body);
        if let Some(opened) = opened {
            half.number += 1;
            self.opened(dir, opened, body, moment, out);
        } else {
            out.ledger.add(Counter::PayloadTls, total);
            out.ledger.add(Counter::TlsRecordsFailed, 1);
            self.blind_half(dir, TlsBlind::BadRecord, moment, out);
        }
    }

    /// Takes what an opened record holds.
    pub(super) fn opened(&mut self, dir: Dir, opened: Opened, body: &[u8], moment: &Moment, out: &mut Output<'_>) {
        self.half(dir).opened = true;
        let inside = body.get(opened.start..opened.end).unwrap_or_default();
        let content = if opened.kind == CONTENT { inside.len() } else { 0 };
        out.ledger.add(Counter::PayloadTlsRecords, (HEAD + body.len() - content) as u64);
        match opened.kind {
            CONTENT => self.content(dir, inside, moment, out),
            HANDSHAKE => self.messages(dir, inside, moment, out),
            CHANGE_CIPHER => self.change_cipher(dir, moment, out),
            // Also alerts: what ends a direction is its FIN.
            _ => {}
        }
    }

    fn content(&mut self, dir: Dir, content: &[u8], moment: &Moment, out: &mut Output<'_>) {
        if content.is_empty() {
            return;
        }
        out.ledger.add(Counter::TlsPlainBytes, content.len() as u64);
        let half = self.half(dir);
        half.plain += content.len() as u64;
        if out.sink.wants_digests() {
            let fresh = || Box::new(Digest(digest::Context::new(&digest::SHA256)));
            half.digest.get_or_insert_with(fresh).0.update(content);
        }
        // Content begins with its first byte, wherever the capture began.
        let moment = Moment { midstream: false, ..*moment };
        self.nested(out, |inner, out| inner.data(dir, content, &moment, out));
    }
}
