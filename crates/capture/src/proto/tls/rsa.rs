//! Private keys of servers: they open the premaster secret that clients of older suites send (RFC 5246 §7.4.7.1).
//!
//! In: a PEM file with an RSA key, PKCS #8 or PKCS #1. Out: premaster secrets. The library wipes the key when dropped.

use aws_lc_rs::rsa::{Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::keys::Secret;

/// Bytes of a premaster secret under RSA.
const PREMASTER: usize = 48;
/// `INTEGER 0` and the algorithm `rsaEncryption` with its empty parameters: what PKCS #8 has before a PKCS #1 key.
const PKCS8_HEAD: [u8; 18] = [2, 1, 0, 0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];

/// An RSA private key.
pub struct PrivateKey(Pkcs1PrivateDecryptingKey);

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey")
    }
}

/// Why a private key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrivateKeyError {
    /// No private key in PEM is in the file.
    #[error("it holds no private key in PEM")]
    Missing,
    /// It is a certificate, or a public key: what the server shows to everybody.
    #[error("it is a certificate or a public key, and no private key")]
    Public,
    /// The key is encrypted with a password.
    #[error("its key is encrypted with a password")]
    Encrypted,
    /// The key is not of RSA, which no other key exchange needs, or has less than 2,048 bits.
    #[error("its key is not an RSA key of 2,048 bits or more")]
    NotRsa,
}

impl PrivateKey {
    /// Reads the first private key of a PEM text (RFC 7468 §10).
    pub fn from_pem(text: &[u8]) -> Result<Self, PrivateKeyError> {
        let text = std::str::from_utf8(text).map_err(|_| PrivateKeyError::Missing)?;
        let block = |name: &str| {
            let rest = text.split_once(&format!("-----BEGIN {name}-----"))?.1;
            let inside = Zeroizing::new(rest.split_once("-----END ")?.0.replace(char::is_whitespace, ""));
            STANDARD.decode(inside.as_bytes()).ok().map(Zeroizing::new)
        };
        if text.contains("ENCRYPTED") {
            return Err(PrivateKeyError::Encrypted);
        }
        let der = match (block("PRIVATE KEY"), block("RSA PRIVATE KEY")) {
            (Some(pkcs8), _) => pkcs8,
            (None, Some(pkcs1)) => wrapped(&pkcs1),
            (None, None) if text.contains("PRIVATE KEY-----") => return Err(PrivateKeyError::NotRsa),
            (None, None) if text.contains("-----BEGIN CERTIFICATE-----") || text.contains("PUBLIC KEY-----") => {
                return Err(PrivateKeyError::Public);
            }
            (None, None) => return Err(PrivateKeyError::Missing),
        };
        let key = PrivateDecryptingKey::from_pkcs8(&der).map_err(|_| PrivateKeyError::NotRsa)?;
        Ok(Self(Pkcs1PrivateDecryptingKey::new(key).map_err(|_| PrivateKeyError::NotRsa)?))
    }

    /// Opens what a client sent, if it was sent for this key.
    pub(crate) fn premaster(&self, sealed: &[u8]) -> Option<Secret> {
        if sealed.len() != self.0.key_size_bytes() {
            return None;
        }
        let mut out = Zeroizing::new(vec![0; self.0.min_output_size()]);
        let len = self.0.decrypt(sealed, &mut out).ok()?.len();
        out.truncate(len);
        (len == PREMASTER).then_some(out)
    }
}

/// A PKCS #1 key as PKCS #8 (RFC 5208 §5).
fn wrapped(pkcs1: &[u8]) -> Zeroizing<Vec<u8>> {
    let len = |n: usize| [0x82, (n >> 8) as u8, n as u8];
    let mut out = Zeroizing::new(vec![0x30]);
    out.extend_from_slice(&len(PKCS8_HEAD.len() + 4 + pkcs1.len()));
    out.extend_from_slice(&PKCS8_HEAD);
    out.push(4);
    out.extend_from_slice(&len(pkcs1.len()));
    out.extend_from_slice(pkcs1);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_rsa_key_is_refused_with_the_reason() {
        let refused = |text: &str| PrivateKey::from_pem(text.as_bytes()).unwrap_err();
        assert_eq!(refused("hello"), PrivateKeyError::Missing);
        assert_eq!(
            refused("-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----"),
            PrivateKeyError::NotRsa
        );
        assert_eq!(refused("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----"), PrivateKeyError::NotRsa);
        for public in ["CERTIFICATE", "PUBLIC KEY", "RSA PUBLIC KEY"] {
            let text = format!("-----BEGIN {public}-----\nAA==\n-----END {public}-----");
            assert_eq!(refused(&text), PrivateKeyError::Public);
        }
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----";
        assert_eq!(refused(encrypted), PrivateKeyError::Encrypted);
    }
}
