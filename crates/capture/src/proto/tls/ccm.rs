//! AES-CCM (RFC 3610) as TLS uses it (RFC 6655): nonces of 12 bytes, lengths of 3, tags of 16 or 8 bytes.
//!
//! The library has no CCM: counter mode opens the bytes, and the tag is the last block of CBC over what was opened.

use aws_lc_rs::cipher::{
    AES_128, AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

const BLOCK: usize = 16;

/// A key for CCM.
pub(super) struct Ccm {
    counter: DecryptingKey,
    chain: EncryptingKey,
    tag: usize,
}

impl Ccm {
    /// A key of 16 or 32 bytes, and tags of `tag` bytes.
    pub(super) fn new(key: &[u8], tag: usize) -> Option<Self> {
        let algorithm = if key.len() == 32 { &AES_256 } else { &AES_128 };
        let unbound = || UnboundCipherKey::new(algorithm, key).ok();
        Some(Self { counter: DecryptingKey::ctr(unbound()?).ok()?, chain: EncryptingKey::cbc(unbound()?).ok()?, tag })
    }

    /// Bytes of a tag.
    pub(super) const fn tag_len(&self) -> usize {
        self.tag
    }

    /// Opens `sealed`, ciphertext and tag, in place; `None` when the tag is wrong.
    pub(super) fn open(&self, nonce: &[u8; 12], aad: &[u8], sealed: &mut [u8]) -> Option<()> {
        let len = sealed.len().checked_sub(self.tag)?;
        let (content, tag) = sealed.split_at_mut_checked(len)?;
        let mut mask = [0; BLOCK];
        self.apply(nonce, 0, &mut mask)?;
        self.apply(nonce, 1, content)?;
        let mut expected = self.authenticate(nonce, aad, content)?;
        expected.iter_mut().zip(mask).for_each(|(byte, other)| *byte ^= other);
        if verify_slices_are_equal(expected.get(..self.tag)?, tag).is_err() {
            content.fill(0);
            return None;
        }
        Some(())
    }

    fn apply(&self, nonce: &[u8; 12], counter: u8, bytes: &mut [u8]) -> Option<()> {
        let context = DecryptionContext::Iv128(FixedLength::from(block(2, nonce, [0, 0, counter])));
        self.counter.decrypt(bytes, context).ok().map(drop)
    }

    fn authenticate(&self, nonce: &[u8; 12], aad: &[u8], content: &[u8]) -> Option<[u8; BLOCK]> {
        let [.., l2, l1, l0] = (content.len() as u32).to_be_bytes();
        let flags = 0x40 | (((self.tag as u8 - 2) / 2) << 3) | 2;
        let mut all = Zeroizing::new(Vec::with_capacity(content.len() + aad.len() + 4 * BLOCK));
        all.extend_from_slice(&block(flags, nonce, [l2, l1, l0]));
        all.extend_from_slice(&u16::try_from(aad.len()).ok()?.to_be_bytes());
        all.extend_from_slice(aad);
        pad(&mut all);
        all.extend_from_slice(content);
        pad(&mut all);
        let zero = EncryptionContext::Iv128(FixedLength::from([0; BLOCK]));
        self.chain.less_safe_encrypt(&mut all, zero).ok()?;
        all.last_chunk().copied()
    }
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
}

fn block(flags: u8, nonce: &[u8; 12], tail: [u8; 3]) -> [u8; BLOCK] {
    let mut block = [flags; BLOCK];
    block.iter_mut().skip(1).zip(nonce.iter().chain(&tail)).for_each(|(place, byte)| *place = *byte);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes().chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
    }

    #[test]
    fn a_published_vector_opens_and_an_altered_one_does_not() {
        // NIST SP 800-38C, example 3: 12 bytes of nonce, but a tag of 8 bytes and 20 of additional data.
        let key = bytes("404142434445464748494a4b4c4d4e4f");
        let nonce: [u8; 12] = bytes("101112131415161718191a1b").try_into().unwrap();
        let aad: Vec<u8> = (0..20).collect();
        let sealed = bytes("e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5484392fbc1b09951");
        let ccm = Ccm::new(&key, 8).unwrap();
        let mut opened = sealed.clone();
        ccm.open(&nonce, &aad, &mut opened).unwrap();
        assert_eq!(opened[..24], bytes("202122232425262728292a2b2c2d2e2f3031323334353637"));
        let mut altered = sealed;
        altered[3] ^= 1;
        assert!(ccm.open(&nonce, &aad, &mut altered).is_none());
        assert_eq!(altered[..24], [0; 24]);
    }
}
