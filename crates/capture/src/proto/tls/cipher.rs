//! One direction's record protection: opens one record with one sequence number.
//!
//! In: a record's type, version and bytes, and its number. Out: the plaintext in place, or nothing; plaintext whose tag
//! or MAC is wrong is never handed out. Kept: keys, and the last block of TLS 1.0, which is the next record's IV.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY, HMAC_SHA256, HMAC_SHA384};
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

use super::ccm::Ccm;
use super::derive::expand_label;
use super::suites::{Mac, Protection, Suite};

/// Bytes of the part of a nonce that records of TLS 1.2 carry.
const EXPLICIT: usize = 8;
const BLOCK: usize = 16;

/// Record protection of one direction in one epoch.
pub(super) struct Cipher {
    kind: Kind,
    version: u16,
}

enum Kind {
    Aead { key: Box<LessSafeKey>, iv: Zeroizing<[u8; 12]>, explicit: bool },
    Ccm { key: Box<Ccm>, iv: Zeroizing<[u8; 12]>, explicit: bool },
    Cbc { key: Box<DecryptingKey>, mac: hmac::Key, order: Order, chain: Option<[u8; BLOCK]> },
    Null { mac: hmac::Key },
}

/// What the MAC of a CBC suite is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The plaintext: RFC 5246 §6.2.3.2.
    MacThenEncrypt,
    /// The ciphertext: RFC 7366.
    EncryptThenMac,
}

/// The head of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// Content type.
    pub kind: u8,
    /// Version as written.
    pub version: u16,
}

/// An opened record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened {
    /// Content type, of TLS 1.3 the inner one.
    pub kind: u8,
    /// Where the plaintext starts in the record's bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cipher").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Bytes of the parts of a key block that one direction takes (RFC 5246 §6.3): MAC key, key, IV.
pub(super) const fn key_lens(suite: &Suite, version: u16) -> Option<(usize, usize, usize)> {
    Some(match suite.protection {
        Protection::Aes128Gcm => (0, 16, 4),
        Protection::Aes256Gcm => (0, 32, 4),
        Protection::Ccm { key, .. } => (0, key, 4),
        Protection::ChaCha20 => (0, 32, 12),
        Protection::Cbc { key, mac } => (mac.len(), key, if version <= 0x0301 { BLOCK } else { 0 }),
        Protection::Null { mac } => (mac.len(), 0, 0),
        Protection::Refused => return None,
    })
}

impl Mac {
    const fn len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }

    pub(super) fn key(self, bytes: &[u8]) -> hmac::Key {
        let algorithm = match self {
            Self::Sha1 => HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => HMAC_SHA256,
            Self::Sha384 => HMAC_SHA384,
        };
        hmac::Key::new(algorithm, bytes)
    }
}

fn padded_iv(iv: &[u8]) -> Zeroizing<[u8; 12]> {
    let mut out = Zeroizing::new([0; 12]);
    out.iter_mut().zip(iv).for_each(|(place, byte)| *place = *byte);
    out
}

impl Cipher {
    /// For TLS 1.3, from a traffic secret (RFC 8446 §7.3).
    pub(super) fn of_traffic_secret(suite: &Suite, secret: &[u8]) -> Option<Self> {
        let (_, key_len, _) = key_lens(suite, 0x0304)?;
        let key = expand_label(suite.sha384, secret, b"key", key_len)?;
        let iv = expand_label(suite.sha384, secret, b"iv", 12)?;
        Some(Self { kind: aead(suite, &key, &iv, false)?, version: 0x0304 })
    }

    /// For older versions, from the parts of the key block.
    pub(super) fn of_key_block(
        suite: &Suite,
        version: u16,
        order: Order,
        [mac_key, key, iv]: [&[u8]; 3],
    ) -> Option<Self> {
        let kind = match suite.protection {
            Protection::Cbc { mac, .. } => {
                let algorithm = if key.len() == 32 { &AES_256 } else { &AES_128 };
                let key = Box::new(DecryptingKey::cbc(UnboundCipherKey::new(algorithm, key).ok()?).ok()?);
                let chain = iv.first_chunk().copied();
                Kind::Cbc { key, mac: mac.key(mac_key), order, chain }
            }
            Protection::Null { mac } => Kind::Null { mac: mac.key(mac_key) },
            Protection::ChaCha20 => aead(suite, key, iv, false)?,
            _ => aead(suite, key, iv, true)?,
        };
        Some(Self { kind, version })
    }

    /// Bytes a record has more than its content at least, without its head; `None` when they vary.
    pub(super) fn overhead(&self) -> Option<usize> {
        let inner = usize::from(self.version >= 0x0304);
        match &self.kind {
            Kind::Aead { explicit, .. } => Some(16 + inner + if *explicit { EXPLICIT } else { 0 }),
            Kind::Ccm { key, explicit, .. } => Some(key.tag_len() + inner + if *explicit { EXPLICIT } else { 0 }),
            Kind::Cbc { .. } => None,
            Kind::Null { mac } => Some(mac.algorithm().tag_len()),
        }
    }

    /// The version that records of it carry.
    pub(super) const fn record_version(&self) -> u16 {
        if self.version >= 0x0304 { 0x0303 } else { self.version }
    }

    /// Whether it is of TLS 1.3.
    pub(super) const fn is_13(&self) -> bool {
        self.version >= 0x0304
    }

    /// Opens a record whose number is one of `numbers`. When none opens it, its bytes stay as they are.
    pub(super) fn open_one_of(
        &mut self,
        head: Head,
        numbers: std::ops::Range<u64>,
        record: &mut [u8],
    ) -> Option<(Opened, u64)> {
        let chain = self.chain();
        let mut copy = Zeroizing::new(Vec::with_capacity(record.len()));
        for number in numbers {
            copy.clear();
            copy.extend_from_slice(record);
            self.set_chain(chain);
            if let Some(opened) = self.open(head, number, &mut copy) {
                record.copy_from_slice(&copy);
                return Some((opened, number));
            }
        }
        None
    }

    const fn chain(&self) -> Option<[u8; BLOCK]> {
        if let Kind::Cbc { chain, .. } = &self.kind { *chain } else { None }
    }

    const fn set_chain(&mut self, to: Option<[u8; BLOCK]>) {
        if let Kind::Cbc { chain, .. } = &mut self.kind {
            *chain = to;
        }
    }

    /// Opens a record in place. `None` when its tag, MAC or padding is wrong; its bytes are then garbage.
    pub(super) fn open(&mut self, head: Head, number: u64, record: &mut [u8]) -> Option<Opened> {
        let (is_13, total) = (self.is_13(), record.len());
        let (start, end) = match &mut self.kind {
            Kind::Aead { key, iv, explicit } => {
                let (nonce, body) = nonce(iv, *explicit, number, record)?;
                let len = body.len().checked_sub(16)?;
                let nonce = Nonce::assume_unique_for_key(nonce);
                let opened = if is_13 {
                    key.open_in_place(nonce, Aad::from(aad_13(head, total)), body)
                } else {
                    key.open_in_place(nonce, Aad::from(aad_12(head, number, len)), body)
                };
                opened.ok()?;
                (if *explicit { EXPLICIT } else { 0 }, len)
            }
            Kind::Ccm { key, iv, explicit } => {
                let (nonce, body) = nonce(iv, *explicit, number, record)?;
                let len = body.len().checked_sub(key.tag_len())?;
                if is_13 {
                    key.open(&nonce, &aad_13(head, total), body)?;
                } else {
                    key.open(&nonce, &aad_12(head, number, len), body)?;
                }
                (if *explicit { EXPLICIT } else { 0 }, len)
            }
            Kind::Cbc { key, mac, order, chain } => {
                let cbc = Cbc { key, mac, explicit_iv: self.version > 0x0301 };
                return cbc.open(*order, chain, head, number, record);
            }
            Kind::Null { mac } => {
                let len = total.checked_sub(mac.algorithm().tag_len())?;
                let (content, tag) = record.split_at_checked(len)?;
                verify(mac, &[&aad_12(head, number, len), content], tag)?;
                (0, len)
            }
        };
        if !is_13 {
            return Some(Opened { kind: head.kind, start, end: start + end });
        }
        // The inner type stands before the padding (RFC 8446 §5.2).
        let content = record.get(..end)?;
        let last = content.iter().rposition(|&byte| byte != 0)?;
        Some(Opened { kind: *content.get(last)?, start: 0, end: last })
    }
}

fn aead(suite: &Suite, key: &[u8], iv: &[u8], explicit: bool) -> Option<Kind> {
    let algorithm = match suite.protection {
        Protection::Aes128Gcm => &AES_128_GCM,
        Protection::Aes256Gcm => &AES_256_GCM,
        Protection::ChaCha20 => &CHACHA20_POLY1305,
        Protection::Ccm { tag, .. } => {
            return Some(Kind::Ccm { key: Box::new(Ccm::new(key, tag)?), iv: padded_iv(iv), explicit });
        }
        _ => return None,
    };
    let key = Box::new(LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?));
    Some(Kind::Aead { key, iv: padded_iv(iv), explicit })
}

/// The nonce of a record, and what follows the part of it that the record carries.
fn nonce<'a>(iv: &[u8; 12], explicit: bool, number: u64, record: &'a mut [u8]) -> Option<([u8; 12], &'a mut [u8])> {
    let mut nonce = *iv;
    let (_, low) = nonce.split_at_mut_checked(4)?;
    if explicit {
        let (part, body) = record.split_at_mut_checked(EXPLICIT)?;
        low.copy_from_slice(part);
        return Some((nonce, body));
    }
    low.iter_mut().zip(number.to_be_bytes()).for_each(|(byte, other)| *byte ^= other);
    Some((nonce, record))
}

const fn aad_13(head: Head, total: usize) -> [u8; 5] {
    let ([v1, v0], [l1, l0]) = (head.version.to_be_bytes(), (total as u16).to_be_bytes());
    [head.kind, v1, v0, l1, l0]
}

fn aad_12(head: Head, number: u64, len: usize) -> [u8; 13] {
    let ([v1, v0], [l1, l0]) = (head.version.to_be_bytes(), (len as u16).to_be_bytes());
    let mut out = [0, 0, 0, 0, 0, 0, 0, 0, head.kind, v1, v0, l1, l0];
    for (place, byte) in out.iter_mut().zip(number.to_be_bytes()) {
        *place = byte;
    }
    out
}

fn verify(mac: &hmac::Key, parts: &[&[u8]], tag: &[u8]) -> Option<()> {
    let mut context = hmac::Context::with_key(mac);
    for part in parts {
        context.update(part);
    }
    verify_slices_are_equal(context.sign().as_ref(), tag).ok()
}

struct Cbc<'a> {
    key: &'a DecryptingKey,
    mac: &'a hmac::Key,
    explicit_iv: bool,
}

impl Cbc<'_> {
    fn open(
        &self,
        order: Order,
        chain: &mut Option<[u8; BLOCK]>,
        head: Head,
        number: u64,
        record: &mut [u8],
    ) -> Option<Opened> {
        let mac_len = self.mac.algorithm().tag_len();
        let sealed = match order {
            Order::EncryptThenMac => record.len().checked_sub(mac_len)?,
            Order::MacThenEncrypt => record.len(),
        };
        // Even of a record that does not open, the last block is the next one's IV.
        let last = record.get(..sealed).and_then(<[u8]>::last_chunk::<BLOCK>).copied();
        let iv = if self.explicit_iv { record.first_chunk::<BLOCK>().copied() } else { *chain };
        if !self.explicit_iv {
            *chain = last;
        }
        if order == Order::EncryptThenMac {
            let (body, tag) = record.split_at_checked(sealed)?;
            verify(self.mac, &[&aad_12(head, number, sealed), body], tag)?;
        }
        let start = if self.explicit_iv { BLOCK } else { 0 };
        let body = record.get_mut(start..sealed).filter(|body| !body.is_empty())?;
        let iv = DecryptionContext::Iv128(FixedLength::from(iv?));
        self.key.decrypt(body, iv).ok()?;
        let padding = usize::from(*body.last()?);
        let padded = body.len().checked_sub(padding + 1)?;
        // All padding bytes say how many they are (RFC 5246 §6.2.3.2).
        if body.get(padded..)?.iter().any(|&byte| usize::from(byte) != padding) {
            return None;
        }
        if order == Order::EncryptThenMac {
            return Some(Opened { kind: head.kind, start, end: start + padded });
        }
        let len = padded.checked_sub(mac_len)?;
        let (content, tag) = body.get(..padded)?.split_at_checked(len)?;
        verify(self.mac, &[&aad_12(head, number, len), content], tag)?;
        Some(Opened { kind: head.kind, start, end: start + len })
    }
}
