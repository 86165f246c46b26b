//! Keys out of secrets: the pseudorandom functions of TLS 1.0–1.2 and HKDF-Expand-Label of TLS 1.3.
//!
//! In: a secret, a label, a seed. Out: bytes of key, wiped when dropped.

use aws_lc_rs::hkdf::{self, HKDF_SHA256, HKDF_SHA384, KeyType, Prk};
use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY, HMAC_SHA256, HMAC_SHA384};
use zeroize::Zeroizing;

use super::md5;

/// Bytes that are wiped.
pub(in crate::proto) type Bytes = Zeroizing<Vec<u8>>;

/// Which hash keys are derived with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    /// MD5 and SHA-1 mixed: before TLS 1.2.
    Md5Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
}

/// The PRF (RFC 5246 §5, RFC 2246 §5): `len` bytes out of `secret`.
pub(super) fn prf(hash: Hash, secret: &[u8], label: &[u8], seed: &[&[u8]], len: usize) -> Bytes {
    let mut parts = vec![label];
    parts.extend_from_slice(seed);
    match hash {
        Hash::Sha256 => expand(&with(HMAC_SHA256, secret), &parts, len),
        Hash::Sha384 => expand(&with(HMAC_SHA384, secret), &parts, len),
        Hash::Md5Sha1 => {
            let half = secret.len().div_ceil(2);
            let first = secret.get(..half).unwrap_or_default();
            let second = secret.get(secret.len() - half..).unwrap_or_default();
            let md5 = |parts: &[&[u8]]| Zeroizing::new(md5::hmac(first, parts).to_vec());
            let mut out = expand(&md5, &parts, len);
            let sha1 = expand(&with(HMAC_SHA1_FOR_LEGACY_USE_ONLY, second), &parts, len);
            out.iter_mut().zip(sha1.iter()).for_each(|(byte, other)| *byte ^= other);
            out
        }
    }
}

fn with(algorithm: hmac::Algorithm, secret: &[u8]) -> impl Fn(&[&[u8]]) -> Bytes {
    let key = hmac::Key::new(algorithm, secret);
    move |parts| {
        let mut context = hmac::Context::with_key(&key);
        for part in parts {
            context.update(part);
        }
        Zeroizing::new(context.sign().as_ref().to_vec())
    }
}

/// `P_hash` of RFC 5246 §5.
fn expand(hmac: &impl Fn(&[&[u8]]) -> Bytes, seed: &[&[u8]], len: usize) -> Bytes {
    let mut out = Zeroizing::new(Vec::with_capacity(len + 64));
    let mut a = hmac(seed);
    while out.len() < len {
        let mut parts: Vec<&[u8]> = vec![&a];
        parts.extend_from_slice(seed);
        out.extend_from_slice(&hmac(&parts));
        a = hmac(&[&a]);
    }
    out.truncate(len);
    out
}

struct Len(usize);

impl KeyType for Len {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF-Expand-Label (RFC 8446 §7.1) with an empty context.
pub(in crate::proto) fn expand_label(sha384: bool, secret: &[u8], label: &[u8], len: usize) -> Option<Bytes> {
    let algorithm: hkdf::Algorithm = if sha384 { HKDF_SHA384 } else { HKDF_SHA256 };
    let prk = Prk::new_less_safe(algorithm, secret);
    let wanted = u16::try_from(len).ok()?.to_be_bytes();
    let label_len = [u8::try_from(label.len() + 6).ok()?];
    let info: [&[u8]; 5] = [&wanted, &label_len, b"tls13 ", label, &[0]];
    let mut out = Zeroizing::new(vec![0; len]);
    prk.expand(&info, Len(len)).ok()?.fill(&mut out).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes().chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
    }

    #[test]
    fn the_prf_of_tls_1_2_gives_the_published_vector() {
        // "Test vector for P_SHA256" of the IETF TLS working group's mailing list, 2009.
        let secret = bytes("9bbe436ba940f017b17652849a71db35");
        let seed = bytes("a0ba9f936cda311827a6f796ffd5198c");
        let expected = "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a";
        assert_eq!(*prf(Hash::Sha256, &secret, b"test label", &[&seed], 32), bytes(expected));
    }

    #[test]
    fn labels_expand_as_in_rfc_8448() {
        // RFC 8448 §3: the server's handshake traffic secret and its key and iv.
        let secret = bytes("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
        assert_eq!(*expand_label(false, &secret, b"key", 16).unwrap(), bytes("3fce516009c21727d0f2e4e86ee403bc"));
        assert_eq!(*expand_label(false, &secret, b"iv", 12).unwrap(), bytes("5d313eb2671276ee13000b30"));
    }
}
