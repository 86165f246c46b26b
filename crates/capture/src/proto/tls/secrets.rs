//! Which secret protects what: master secrets, traffic secrets, and when one follows another.
//!
//! In: hellos, messages and records that change protection. Out: a cipher in a direction. Where a secret is not known and
//! may still come, the connection waits; where it cannot come, it is left.

use aws_lc_rs::digest::{self, SHA256, SHA384};
use model::TlsBlind;

use super::cipher::{Cipher, Order, key_lens};
use super::derive::{Bytes, Hash, expand_label, prf};
use super::keys::{Label, Secret};
use super::records::Mode;
use super::suites::{Protection, Suite};
use super::{Early, Tls};
use crate::flow::Dir;
use crate::proto::{Moment, Output};
use model::cursor::Cursor;

/// Bytes of a master secret.
const MASTER: usize = 48;

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// The handshake secrets of TLS 1.3.
    Handshake,
    /// The traffic secret of one direction of TLS 1.3.
    Traffic(Dir),
    /// The master secret of older versions.
    Master,
}

/// Secrets of one connection; wiped when dropped.
#[derive(Default)]
pub(super) struct State {
    /// Master secret that a private key gave.
    master: Option<Secret>,
    /// Ciphers that the next change of protection takes, of each direction.
    next: [Option<Box<Cipher>>; 2],
    /// Directions that changed while the master secret was not known.
    changed: [bool; 2],
    /// Present traffic secret of TLS 1.3, of each direction; none while it protects the handshake.
    traffic: [Option<Bytes>; 2],
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("State")
    }
}

impl State {
    /// A new handshake begins.
    pub(super) fn renew(&mut self) {
        (self.master, self.next, self.changed) = (None, [None, None], [false; 2]);
    }
}

impl Tls {
    fn suite(&self) -> Option<Suite> {
        Suite::of(self.agreed.as_ref()?.suite)
    }

    /// Whether records of what was agreed on can be opened with the right key.
    pub(super) fn is_readable(&self) -> bool {
        let Some(agreed) = &self.agreed else { return false };
        let protected = self.suite().is_some_and(|suite| suite.protection != Protection::Refused);
        protected && agreed.compression == 0 && (0x0301..=0x0304).contains(&agreed.version)
    }

    fn secret(&self, label: Label, moment: &Moment, out: &Output<'_>) -> Option<Secret> {
        out.keys?.secret(&self.offer.as_ref()?.random, label, moment.frame)
    }

    /// Whether a secret that is not known may still come.
    fn may_come(moment: &Moment, out: &Output<'_>) -> bool {
        out.keys.is_some_and(|ring| ring.may_grow(moment.frame))
    }

    /// Whether the hash of all messages may be needed.
    pub(super) fn needs_transcript(out: &Output<'_>) -> bool {
        out.keys.is_some_and(|ring| !ring.private().is_empty())
    }

    /// Whether a connection of TLS 1.2 or before may be opened after all.
    pub(super) fn has_hope(&self, moment: &Moment, out: &Output<'_>) -> bool {
        let private = Self::needs_transcript(out) && self.suite().is_some_and(|suite| suite.rsa);
        private || Self::may_come(moment, out) || self.secret(Label::Master, moment, out).is_some()
    }

    /// Tries to get what was waited for. True when nothing is waited for any longer.
    pub(super) fn obtain(&mut self, want: Want, moment: &Moment, out: &mut Output<'_>) -> bool {
        let done = match want {
            Want::Handshake => self.handshake_13(moment, out),
            Want::Traffic(dir) => self.traffic_13(dir, moment, out),
            Want::Master => self.change(moment, out),
        };
        if !done && !Self::may_come(moment, out) {
            self.without(want, moment, out);
            return true;
        }
        done
    }

    /// Waits, or goes on without.
    fn wait_for(&mut self, want: Want, moment: &Moment, out: &mut Output<'_>) {
        if Self::may_come(moment, out) {
            self.want = Some(want);
        } else {
            self.without(want, moment, out);
        }
    }

    /// What was wanted does not come.
    pub(super) fn without(&mut self, want: Want, moment: &Moment, out: &mut Output<'_>) {
        match want {
            Want::Handshake => self.begin_13_with_less(moment, out),
            Want::Traffic(dir) => self.blind_half(dir, TlsBlind::NoKey, moment, out),
            Want::Master => self.blind(TlsBlind::NoKey, out),
        }
    }

    // ---- TLS 1.3 ----

    /// Protection begins with the server's hello.
    pub(super) fn begin_13(&mut self, moment: &Moment, out: &mut Output<'_>) {
        if !self.handshake_13(moment, out) {
            self.wait_for(Want::Handshake, moment, out);
        }
    }

    fn handshake_13(&mut self, moment: &Moment, out: &mut Output<'_>) -> bool {
        let (Some(client), Some(suite)) = (self.client, self.suite()) else { return false };
        let of = |label| Cipher::of_traffic_secret(&suite, &self.secret(label, moment, out)?);
        let (Some(server_cipher), Some(client_cipher)) = (of(Label::ServerHandshake), of(Label::ClientHandshake))
        else {
            return false;
        };
        // What came before under the early key does not open with this one.
        let mode = if self.early == Early::Dropped { Mode::Seek } else { Mode::Read };
        self.half(client.flip()).protect(server_cipher, Mode::Read);
        self.half(client).protect(client_cipher, mode);
        self.secrets.traffic = [None, None];
        true
    }

    /// Some key logs hold the secrets of the traffic only: messages of the handshake are then passed over.
    fn begin_13_with_less(&mut self, moment: &Moment, out: &mut Output<'_>) {
        let Some(client) = self.client else { return };
        let held = self.early == Early::Held;
        self.early = Early::None;
        for dir in [client.flip(), client] {
            let label = if dir == client { Label::ClientHandshake } else { Label::ServerHandshake };
            let handshake = self.suite().zip(self.secret(label, moment, out));
            let cipher = handshake.and_then(|(suite, secret)| Cipher::of_traffic_secret(&suite, &secret));
            if let Some(cipher) = cipher {
                self.half(dir).protect(cipher, Mode::Seek);
            } else if self.traffic_13(dir, moment, out) {
                self.half(dir).mode = Mode::Seek;
            } else {
                self.blind_half(dir, TlsBlind::NoKey, moment, out);
            }
        }
        if held && !self.is_blind() {
            self.drain(moment, out);
        }
    }

    /// The traffic secret takes over in one direction.
    fn traffic_13(&mut self, dir: Dir, moment: &Moment, out: &mut Output<'_>) -> bool {
        let label = if self.is_client(dir) { Label::ClientTraffic } else { Label::ServerTraffic };
        let Some((suite, secret)) = self.suite().zip(self.secret(label, moment, out)) else { return false };
        let Some(cipher) = Cipher::of_traffic_secret(&suite, &secret) else { return false };
        self.half(dir).protect(cipher, Mode::Read);
        self.remember_traffic(dir, secret);
        true
    }

    fn remember_traffic(&mut self, dir: Dir, secret: Bytes) {
        if let Some(place) = self.secrets.traffic.get_mut(dir as usize) {
            *place = Some(secret);
        }
    }

    pub(super) fn finished_13(&mut self, dir: Dir, moment: &Moment, out: &mut Output<'_>) {
        if self.secrets.traffic.get(dir as usize).is_some_and(Option::is_none) && !self.traffic_13(dir, moment, out) {
            self.wait_for(Want::Traffic(dir), moment, out);
        }
    }

    /// The cipher that may follow the present one of TLS 1.3, with its secret: that of the traffic, or its update.
    pub(super) fn following(&self, dir: Dir, moment: &Moment, out: &Output<'_>) -> Option<(Cipher, Bytes)> {
        let suite = self.suite()?;
        let secret = match self.secrets.traffic.get(dir as usize)? {
            Some(present) => expand_label(suite.sha384, present, b"traffic upd", present.len())?,
            None if self.is_client(dir) => self.secret(Label::ClientTraffic, moment, out)?,
            None => self.secret(Label::ServerTraffic, moment, out)?,
        };
        Some((Cipher::of_traffic_secret(&suite, &secret)?, secret))
    }

    /// Takes up the cipher that followed.
    pub(super) fn follow_with(&mut self, dir: Dir, cipher: Cipher, secret: Bytes) {
        self.half(dir).protect(cipher, Mode::Read);
        self.remember_traffic(dir, secret);
    }

    pub(super) fn key_update(&mut self, dir: Dir) {
        let Some(suite) = self.suite() else { return };
        let Some(Some(present)) = self.secrets.traffic.get(dir as usize) else { return };
        let next = expand_label(suite.sha384, present, b"traffic upd", present.len());
        let cipher = next.as_ref().and_then(|secret| Cipher::of_traffic_secret(&suite, secret));
        if let Some((cipher, secret)) = cipher.zip(next) {
            self.follow_with(dir, cipher, secret);
        }
    }

    /// The server takes the early data: they are opened with their own secret.
    pub(super) fn early_accepted(&mut self, moment: &Moment, out: &Output<'_>) {
        let secret = self.suite().zip(self.secret(Label::Early, moment, out));
        let cipher = secret.and_then(|(suite, secret)| Cipher::of_traffic_secret(&suite, &secret));
        match (cipher, self.client) {
            (Some(cipher), Some(client)) => {
                self.early = Early::None;
                let handshake = self.half(client).cipher.take();
                self.half(client).protect(cipher, Mode::Read);
                if let Some(place) = self.secrets.next.get_mut(client as usize) {
                    *place = handshake;
                }
            }
            _ => self.early_refused(),
        }
    }

    /// Early data are passed over: what opens next belongs to the handshake.
    pub(super) fn early_refused(&mut self) {
        self.early = Early::None;
        if let Some(client) = self.client
            && self.half_ref(client).cipher.is_some()
        {
            self.half(client).mode = Mode::Seek;
        }
    }

    pub(super) fn end_of_early_data(&mut self) {
        if let Some(client) = self.client {
            self.take_next(client);
        }
    }

    // ---- TLS 1.2 and before ----

    fn take_next(&mut self, dir: Dir) {
        if let Some(cipher) = self.secrets.next.get_mut(dir as usize).and_then(Option::take) {
            self.half(dir).protect(*cipher, Mode::Read);
        }
    }

    /// One direction begins to protect what it sends, or to protect it anew.
    pub(super) fn change_cipher(&mut self, dir: Dir, moment: &Moment, out: &mut Output<'_>) {
        // TLS 1.3 sends it for middleboxes only, perhaps before the server answers.
        if self.agreed.as_ref().is_none_or(|agreed| agreed.version >= 0x0304) {
            return;
        }
        if let Some(changed) = self.secrets.changed.get_mut(dir as usize) {
            *changed = true;
        }
        if !self.change(moment, out) {
            self.wait_for(Want::Master, moment, out);
        }
    }

    /// Gives directions that changed their cipher.
    fn change(&mut self, moment: &Moment, out: &Output<'_>) -> bool {
        if self.secrets.next.iter().all(Option::is_none) && self.make_ciphers(moment, out).is_none() {
            return false;
        }
        for dir in [Dir::Orig, Dir::Resp] {
            let changed = self.secrets.changed.get_mut(dir as usize).map(std::mem::take);
            if changed == Some(true) {
                self.take_next(dir);
            }
        }
        true
    }

    /// Makes the ciphers of both directions out of the master secret.
    fn make_ciphers(&mut self, moment: &Moment, out: &Output<'_>) -> Option<()> {
        let master = self.secrets.master.clone().or_else(|| self.secret(Label::Master, moment, out))?;
        let (offer, agreed, suite) = (self.offer.as_ref()?, self.agreed.as_ref()?, self.suite()?);
        let (mac, key, iv) = key_lens(&suite, agreed.version)?;
        let seed: [&[u8]; 2] = [&agreed.random, &offer.random];
        let block = prf(self.hash()?, &master, b"key expansion", &seed, 2 * (mac + key + iv));
        let etm = offer.encrypt_then_mac && agreed.encrypt_then_mac;
        let order = if etm { Order::EncryptThenMac } else { Order::MacThenEncrypt };
        let mut rest = Cursor(&block);
        let [client_mac, server_mac] = [rest.take(mac)?, rest.take(mac)?];
        let [client_key, server_key] = [rest.take(key)?, rest.take(key)?];
        let [client_iv, server_iv] = [rest.take(iv)?, rest.take(iv)?];
        let of = |parts| Cipher::of_key_block(&suite, agreed.version, order, parts).map(Box::new);
        let ciphers = [of([client_mac, client_key, client_iv])?, of([server_mac, server_key, server_iv])?];
        let client = self.client?;
        for (dir, cipher) in [client, client.flip()].into_iter().zip(ciphers) {
            if let Some(place) = self.secrets.next.get_mut(dir as usize) {
                *place = Some(cipher);
            }
        }
        Some(())
    }

    fn hash(&self) -> Option<Hash> {
        let (version, suite) = (self.agreed.as_ref()?.version, self.suite()?);
        Some(match (version, suite.sha384) {
            (..0x0303, _) => Hash::Md5Sha1,
            (_, true) => Hash::Sha384,
            (_, false) => Hash::Sha256,
        })
    }

    /// After a gap in clear: protection has begun meanwhile, or begins soon.
    pub(super) fn change_unseen(&mut self, dir: Dir, moment: &Moment, out: &Output<'_>) -> bool {
        let older = self.agreed.as_ref().is_some_and(|agreed| agreed.version < 0x0304);
        if !older || (self.secrets.next.iter().all(Option::is_none) && self.make_ciphers(moment, out).is_none()) {
            return false;
        }
        self.take_next(dir);
        self.half_ref(dir).cipher.is_some()
    }

    /// The client sends the premaster secret under the server's key (RFC 5246 §7.4.7.1).
    pub(super) fn client_key_exchange(&mut self, body: &[u8], out: &Output<'_>) {
        let Some(ring) = out.keys else { return };
        if !self.suite().is_some_and(|suite| suite.rsa) {
            return;
        }
        let Some(sealed) = Cursor(body).vec16() else { return };
        let premaster = ring.private().iter().find_map(|key| key.premaster(sealed));
        let (Some(premaster), Some(hash)) = (premaster, self.hash()) else { return };
        let (Some(offer), Some(agreed)) = (&self.offer, &self.agreed) else { return };
        let master = if offer.extended_master && agreed.extended_master {
            let seen = self.session_hash(hash);
            prf(hash, &premaster, b"extended master secret", &[&seen], MASTER)
        } else {
            prf(hash, &premaster, b"master secret", &[&offer.random, &agreed.random], MASTER)
        };
        self.secrets.master = Some(master);
    }

    /// Hash of all messages so far (RFC 7627 §3).
    fn session_hash(&self, hash: Hash) -> Vec<u8> {
        match hash {
            Hash::Sha256 => digest::digest(&SHA256, &self.transcript).as_ref().to_vec(),
            Hash::Sha384 => digest::digest(&SHA384, &self.transcript).as_ref().to_vec(),
            Hash::Md5Sha1 => {
                let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.transcript);
                [&super::md5::digest(&[&self.transcript])[..], sha1.as_ref()].concat()
            }
        }
    }
}
