//! The deployment's key: it turns identities into pseudonyms that can be joined and not reversed.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::id::Id;

/// 256 secret bits of one installation. Wiped when dropped, never printed, never serialised.
///
/// Low-entropy identities (e-mail, phone) can be guessed from an unkeyed hash, so every pseudonym is a keyed BLAKE3.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct DeploymentKey([u8; 32]);

impl DeploymentKey {
    /// Takes the 32 bytes of the key file.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The pseudonym of `secret` in `domain` (the kind of identity or value; domains never mix).
    pub fn pseudonym(&self, domain: &str, secret: &[u8]) -> Id {
        Id::keyed(&self.0, domain, &[secret])
    }

    /// A key of 128 bits for another keyed function, one for each `use_for`. As secret as this key.
    pub fn subkey(&self, use_for: &str) -> [u8; 16] {
        Id::keyed(&self.0, "subkey", &[use_for.as_bytes()]).0
    }

    /// A public fingerprint of the key, so that a state made with another key is refused rather than mixed.
    pub fn fingerprint(&self) -> Id {
        Id::keyed(&self.0, "key-fingerprint", &[])
    }
}

impl fmt::Debug for DeploymentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeploymentKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_differ_by_key_domain_and_value() {
        let (a, b) = (DeploymentKey::new([1; 32]), DeploymentKey::new([2; 32]));
        assert_eq!(a.pseudonym("bearer", b"t"), a.pseudonym("bearer", b"t"));
        assert_ne!(a.pseudonym("bearer", b"t"), b.pseudonym("bearer", b"t"));
        assert_ne!(a.pseudonym("bearer", b"t"), a.pseudonym("cookie", b"t"));
        assert_ne!(a.subkey("x"), a.subkey("y"));
        assert_ne!(a.subkey("x"), b.subkey("x"));
        assert_eq!(format!("{a:?}"), "DeploymentKey(…)");
    }
}
