//! Keys of a client's Initial packets (RFC 9001 §5.2–5.4), and opening one.

use std::fmt;

use aws_lc_rs::aead::quic::{AES_128, HeaderProtectionKey};
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};

use super::packet::{Initial, Version};
use crate::proto::tls::expand_label;

/// Bytes of a sample of the ciphertext, which header protection is made of, and from where behind the number's start it is
/// taken (RFC 9001 §5.4.2).
const SAMPLE: usize = 16;
const SAMPLE_AT: usize = 4;

/// What opens the Initial packets of one client.
pub(super) struct ClientKeys {
    protection: HeaderProtectionKey,
    key: LessSafeKey,
    iv: [u8; 12],
}

impl fmt::Debug for ClientKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientKeys").finish_non_exhaustive()
    }
}

impl ClientKeys {
    /// Of the connection whose client first sent to `destination`.
    pub(super) fn new(version: &Version, destination: &[u8]) -> Option<Self> {
        // HKDF-Extract (RFC 5869 §2.2).
        let initial = sign(&Key::new(HMAC_SHA256, &version.salt), destination);
        let secret = expand_label(false, initial.as_ref(), b"client in", 32)?;
        let [key, iv, protection] = version.labels;
        let of = |label, len| expand_label(false, &secret, label, len);
        Some(Self {
            protection: HeaderProtectionKey::new(&AES_128, &of(protection, 16)?).ok()?,
            key: LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &of(key, 16)?).ok()?),
            iv: *of(iv, 12)?.first_chunk()?,
        })
    }

    /// The frames of a packet. The numbers of a client's first packets are small, so what a number is cut to is itself.
    pub(super) fn open(&self, initial: &Initial<'_>) -> Option<Vec<u8>> {
        let at = initial.number_at;
        let sample = initial.packet.get(at + SAMPLE_AT..at + SAMPLE_AT + SAMPLE)?;
        let [first_mask, masks @ ..] = self.protection.new_mask(sample).ok()?;
        let first = initial.packet.first()? ^ (first_mask & 0x0f);
        let number_len = usize::from(first & 3) + 1;
        let (head, sealed) = initial.packet.split_at_checked(at + number_len)?;
        let mut head = head.to_vec();
        *head.first_mut()? = first;
        let mut number = 0u32;
        for (byte, mask) in head.get_mut(at..)?.iter_mut().zip(masks) {
            *byte ^= mask;
            number = number << 8 | u32::from(*byte);
        }
        let mut nonce = self.iv;
        for (byte, part) in nonce.iter_mut().rev().zip(number.to_le_bytes()) {
            *byte ^= part;
        }
        let mut frames = sealed.to_vec();
        let len =
            self.key.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(&head), &mut frames).ok()?.len();
        frames.truncate(len);
        Some(frames)
    }

    /// A packet of this head, number as sent, and frames.
    #[cfg(test)]
    pub(super) fn seal(&self, head: &[u8], number: &[u8], frames: &[u8]) -> Vec<u8> {
        let mut nonce = self.iv;
        nonce.iter_mut().rev().zip(number.iter().rev()).for_each(|(byte, part)| *byte ^= part);
        let clear = [head, number].concat();
        let mut sealed = frames.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.key.seal_in_place_append_tag(nonce, Aad::from(&clear), &mut sealed).unwrap();
        let mut packet = [clear, sealed].concat();
        let mask = self.protection.new_mask(&packet[head.len() + SAMPLE_AT..][..SAMPLE]).unwrap();
        packet[0] ^= mask[0] & 0x0f;
        packet[head.len()..].iter_mut().zip(&mask[1..]).take(number.len()).for_each(|(byte, mask)| *byte ^= mask);
        packet
    }
}
