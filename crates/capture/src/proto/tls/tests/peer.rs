//! Both ends of a TLS connection, as far as their bytes go: seals what a test says with secrets it chose.

use std::fmt::Write as _;

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use make_fixtures::Conversation;

use super::super::cipher::key_lens;
use super::super::derive::{Hash, expand_label, prf};
use super::super::suites::{Mac, Protection, Suite};

pub(super) const CLIENT: bool = true;
pub(super) const SERVER: bool = false;

/// Seals the records of one direction.
enum Sealer {
    Clear,
    Aead { key: Box<LessSafeKey>, iv: Vec<u8>, number: u64, explicit: bool, is_13: bool },
    Cbc { key: Box<EncryptingKey>, mac: Box<hmac::Key>, number: u64, version: u16, etm: bool, chain: [u8; 16] },
}

/// What the two ends said so far.
pub(super) struct Peer {
    pub random: [u8; 32],
    pub suite: u16,
    pub version: u16,
    pub etm: bool,
    /// Extensions of the client's hello beside those the version needs.
    pub offered: Vec<u8>,
    /// `Certificate` message of the client, if it shows one.
    pub certificate: Option<Vec<u8>>,
    sealers: [Sealer; 2],
    secrets: [Vec<u8>; 2],
    pub turns: Vec<(bool, Vec<u8>)>,
    /// Messages so far.
    pub messages: Vec<u8>,
    /// Lines of the key log.
    pub log: String,
}

pub(super) fn record(kind: u8, version: u16, body: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    out.extend_from_slice(&version.to_be_bytes());
    out.extend_from_slice(&(body.len() as u16).to_be_bytes());
    out.extend_from_slice(body);
    out
}

pub(super) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let [.., a, b, c] = (body.len() as u32).to_be_bytes();
    [&[kind, a, b, c][..], body].concat()
}

pub(super) fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &(body.len() as u16).to_be_bytes(), body].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

impl Peer {
    pub(super) fn new(version: u16, suite: u16) -> Self {
        let mut peer = Self {
            random: [0x42; 32],
            suite,
            version,
            etm: false,
            offered: extension(0, b"\x00\x0b\x00\x00\x08shop.com"),
            certificate: None,
            sealers: [Sealer::Clear, Sealer::Clear],
            secrets: [vec![], vec![]],
            turns: Vec::new(),
            messages: Vec::new(),
            log: String::new(),
        };
        peer.random[0] = suite as u8;
        peer
    }

    fn of(&self) -> Suite {
        Suite::of(self.suite).unwrap()
    }

    pub(super) fn note(&mut self, label: &str, secret: &[u8]) {
        let line = format!("{label} {} {}\n", hex(&self.random), hex(secret));
        self.log.push_str(&line);
    }

    pub(super) fn raw(&mut self, client: bool, bytes: &[u8]) -> &mut Self {
        self.turns.push((client, bytes.to_vec()));
        self
    }

    /// Sends a record of that type, sealed as the direction is.
    pub(super) fn send(&mut self, client: bool, kind: u8, body: &[u8]) -> &mut Self {
        let version = self.version.min(0x0303);
        if kind == 22 {
            self.messages.extend_from_slice(body);
        }
        let sealed = self.sealers[usize::from(!client)].seal(kind, version, body);
        self.turns.push((client, sealed));
        self
    }

    pub(super) fn say(&mut self, client: bool, content: &[u8]) -> &mut Self {
        for piece in content.chunks(1 << 14) {
            self.send(client, 23, piece);
        }
        self
    }

    pub(super) fn client_hello(&mut self) -> &mut Self {
        let mut body = self.version.min(0x0303).to_be_bytes().to_vec();
        body.extend_from_slice(&self.random);
        body.extend_from_slice(&[0, 0, 2]);
        body.extend_from_slice(&self.suite.to_be_bytes());
        body.extend_from_slice(&[1, 0]);
        let mut all = self.offered.clone();
        if self.version == 0x0304 {
            all.extend(extension(43, &[2, 3, 4]));
        }
        if self.etm {
            all.extend(extension(22, b""));
        }
        body.extend_from_slice(&(all.len() as u16).to_be_bytes());
        body.extend_from_slice(&all);
        self.send(CLIENT, 22, &message(1, &body))
    }

    pub(super) fn server_hello(&mut self, random: [u8; 32]) -> &mut Self {
        let mut body = self.version.min(0x0303).to_be_bytes().to_vec();
        body.extend_from_slice(&random);
        body.push(0);
        body.extend_from_slice(&self.suite.to_be_bytes());
        body.push(0);
        let mut all = Vec::new();
        if self.version == 0x0304 {
            all.extend(extension(43, &[3, 4]));
        }
        if self.etm {
            all.extend(extension(22, b""));
        }
        body.extend_from_slice(&(all.len() as u16).to_be_bytes());
        body.extend_from_slice(&all);
        self.send(SERVER, 22, &message(2, &body))
    }

    /// Takes a traffic secret of TLS 1.3 into use; with a label it is logged.
    pub(super) fn secret(&mut self, client: bool, label: Option<&str>, secret: &[u8]) -> &mut Self {
        if let Some(label) = label {
            self.note(label, secret);
        }
        let suite = self.of();
        let (_, len, _) = key_lens(&suite, 0x0304).unwrap();
        let key = expand_label(suite.sha384, secret, b"key", len).unwrap();
        let iv = expand_label(suite.sha384, secret, b"iv", 12).unwrap();
        self.sealers[usize::from(!client)] = Sealer::aead(suite, &key, &iv, false, true);
        self.secrets[usize::from(!client)] = secret.to_vec();
        self
    }

    fn secret_len(&self) -> usize {
        if self.of().sha384 { 48 } else { 32 }
    }

    /// The handshake of TLS 1.3 behind the client's hello; `early` tells whether the server takes early data.
    pub(super) fn handshake_13(&mut self, early: bool) -> &mut Self {
        let len = self.secret_len();
        self.server_hello([0x24; 32]).raw(SERVER, &record(20, 0x0303, &[1]));
        self.secret(SERVER, Some("SERVER_HANDSHAKE_TRAFFIC_SECRET"), &vec![1; len]);
        let accepted = if early { extension(42, b"") } else { vec![] };
        let list = [&(accepted.len() as u16).to_be_bytes()[..], &accepted].concat();
        self.send(SERVER, 22, &message(8, &list)).send(SERVER, 22, &message(20, &[7; 32]));
        self.secret(SERVER, Some("SERVER_TRAFFIC_SECRET_0"), &vec![2; len]);
        if early {
            self.send(CLIENT, 22, &message(5, b""));
        }
        self.secret(CLIENT, Some("CLIENT_HANDSHAKE_TRAFFIC_SECRET"), &vec![3; len]);
        self.raw(CLIENT, &record(20, 0x0303, &[1])).show_certificate().send(CLIENT, 22, &message(20, &[8; 32]));
        self.secret(CLIENT, Some("CLIENT_TRAFFIC_SECRET_0"), &vec![4; len])
    }

    fn show_certificate(&mut self) -> &mut Self {
        if let Some(body) = self.certificate.take() {
            self.send(CLIENT, 22, &message(11, &body));
        }
        self
    }

    pub(super) fn key_update(&mut self, client: bool) -> &mut Self {
        self.send(client, 22, &message(24, &[0]));
        let secret = self.secrets[usize::from(!client)].clone();
        let next = expand_label(self.of().sha384, &secret, b"traffic upd", secret.len()).unwrap();
        self.secret(client, None, &next)
    }

    /// The handshake of older versions, from the first hello on.
    pub(super) fn handshake_12(&mut self) -> &mut Self {
        self.client_hello().server_hello([0x24; 32]).send(SERVER, 22, &message(14, b""));
        self.note("CLIENT_RANDOM", &[5; 48]);
        self.show_certificate().send(CLIENT, 22, &message(16, b"x"));
        self.protect_12(&[5; 48])
    }

    pub(super) fn protect_12(&mut self, master: &[u8]) -> &mut Self {
        let suite = self.of();
        let (mac, key, iv) = key_lens(&suite, self.version).unwrap();
        let hash = match (self.version, suite.sha384) {
            (..0x0303, _) => Hash::Md5Sha1,
            (_, true) => Hash::Sha384,
            _ => Hash::Sha256,
        };
        let block = prf(hash, master, b"key expansion", &[&[0x24; 32], &self.random], 2 * (mac + key + iv));
        for (at, client) in [CLIENT, SERVER].into_iter().enumerate() {
            let part = |from: usize, len: usize| &block[from + at * len..from + (at + 1) * len];
            let (mac, key, iv) = (part(0, mac), part(2 * mac, key), part(2 * (mac + key), iv));
            self.send(client, 20, &[1]);
            self.sealers[at] = match suite.protection {
                Protection::Cbc { mac: kind, .. } => Sealer::cbc(kind, mac, key, iv, self.version, self.etm),
                Protection::ChaCha20 => Sealer::aead(suite, key, iv, false, false),
                _ => Sealer::aead(suite, key, iv, true, false),
            };
            self.send(client, 22, &message(20, &[9; 12]));
        }
        self
    }

    pub(super) fn conversation(&self) -> Conversation {
        let talk = Conversation::new(([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 443));
        self.turns.iter().fold(
            talk,
            |talk, (client, bytes)| {
                if *client { talk.client(bytes.clone()) } else { talk.server(bytes.clone()) }
            },
        )
    }
}

impl Sealer {
    fn aead(suite: Suite, key: &[u8], iv: &[u8], explicit: bool, is_13: bool) -> Self {
        let algorithm = match suite.protection {
            Protection::Aes256Gcm => &AES_256_GCM,
            Protection::ChaCha20 => &CHACHA20_POLY1305,
            _ => &AES_128_GCM,
        };
        let key = Box::new(LessSafeKey::new(UnboundKey::new(algorithm, key).unwrap()));
        let iv = [iv, &vec![0; 12 - iv.len()]].concat();
        Self::Aead { key, iv, number: 0, explicit, is_13 }
    }

    fn cbc(kind: Mac, mac: &[u8], key: &[u8], iv: &[u8], version: u16, etm: bool) -> Self {
        let algorithm = if key.len() == 32 { &AES_256 } else { &AES_128 };
        let key = Box::new(EncryptingKey::cbc(UnboundCipherKey::new(algorithm, key).unwrap()).unwrap());
        let chain = iv.try_into().unwrap_or([0x77; 16]);
        Self::Cbc { key, mac: Box::new(kind.key(mac)), number: 0, version, etm, chain }
    }

    fn seal(&mut self, kind: u8, version: u16, body: &[u8]) -> Vec<u8> {
        match self {
            Self::Clear => record(kind, version, body),
            Self::Aead { key, iv, number, explicit, is_13 } => {
                let mut nonce: [u8; 12] = iv[..].try_into().unwrap();
                let explicit_part = number.to_be_bytes();
                for (byte, other) in nonce[4..].iter_mut().zip(explicit_part) {
                    *byte = if *explicit { other } else { *byte ^ other };
                }
                let mut sealed = body.to_vec();
                let nonce = Nonce::assume_unique_for_key(nonce);
                *number += 1;
                if *is_13 {
                    sealed.extend_from_slice(&[kind, 0, 0, 0]);
                    let aad = [&[23, 3, 3][..], &(sealed.len() as u16 + 16).to_be_bytes()].concat();
                    key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut sealed).unwrap();
                    return record(23, 0x0303, &sealed);
                }
                let aad = aad(*number - 1, kind, version, body.len());
                key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut sealed).unwrap();
                let sealed = if *explicit { [&explicit_part[..], &sealed].concat() } else { sealed };
                record(kind, version, &sealed)
            }
            Self::Cbc { key, mac, number, version, etm, chain } => {
                let sign = |number, len, bytes: &[u8]| {
                    hmac::sign(mac, &[&aad(number, kind, *version, len)[..], bytes].concat()).as_ref().to_vec()
                };
                let mut inside = body.to_vec();
                if !*etm {
                    inside.extend(sign(*number, body.len(), body));
                }
                let padding = 15 - inside.len() % 16;
                inside.extend(vec![padding as u8; padding + 1]);
                let context = EncryptionContext::Iv128(FixedLength::from(*chain));
                key.less_safe_encrypt(&mut inside, context).unwrap();
                let mut sealed = if *version > 0x0301 { chain.to_vec() } else { vec![] };
                sealed.extend_from_slice(&inside);
                *chain = *inside.last_chunk().unwrap();
                if *etm {
                    let tag = sign(*number, sealed.len(), &sealed);
                    sealed.extend(tag);
                }
                *number += 1;
                record(kind, *version, &sealed)
            }
        }
    }
}

fn aad(number: u64, kind: u8, version: u16, len: usize) -> Vec<u8> {
    [&number.to_be_bytes()[..], &[kind], &version.to_be_bytes(), &(len as u16).to_be_bytes()].concat()
}
