//! Keyed names for credentials and values.
//!
//! In: bytes that must not leave. Out: 128-bit pseudonyms of identities (BLAKE3) and 64-bit hashes of values
//! (SipHash-2-4), both under keys of this deployment.
//!
//! Kept: a small table of pseudonyms made lately, so that a credential is read and hashed once and not with every
//! request. It is found by a 128-bit keyed hash of the credential and holds nothing else of it. It saves time and changes
//! no result: what it holds is what would be made again.

use std::fmt;
use std::hash::Hasher as _;

use model::limits::IDENTITY_MEMO_MAX;
use model::{DeploymentKey, Identity, IdentityKind};
use siphasher::sip128::Hasher128 as _;
use siphasher::{sip, sip128};

use crate::memo::Memo;
use crate::tag::Tagger;

/// Makes pseudonyms and value hashes.
pub(crate) struct Pseudonyms {
    key: DeploymentKey,
    values: sip::SipHasher24,
    credentials: sip128::SipHasher13,
    answers: sip128::SipHasher13,
    tagger: Tagger,
    memo: Memo<Identity>,
    /// Owners of web tokens, by tags of the whole fields.
    tokens: Memo<Identity>,
}

impl Pseudonyms {
    pub(crate) fn new(key: DeploymentKey) -> Self {
        let values = sip::SipHasher24::new_with_key(&key.subkey("values"));
        let credentials = sip128::SipHasher13::new_with_key(&key.subkey("credentials"));
        let answers = sip128::SipHasher13::new_with_key(&key.subkey("answers"));
        let tagger = Tagger::new(&key.subkey("tags"));
        let (memo, tokens) = (Memo::new(IDENTITY_MEMO_MAX), Memo::new(IDENTITY_MEMO_MAX));
        Self { key, values, credentials, answers, tagger, memo, tokens }
    }

    /// The hash of a value: equal ones can be told, and nothing be told from one.
    pub(crate) fn value(&self, value: &[u8]) -> u64 {
        self.values.hash(value)
    }

    /// A tag for an answer that consists of `parts`, each with its length.
    pub(crate) fn answer_tag<'p>(&self, parts: impl Iterator<Item = &'p [u8]>) -> u128 {
        let mut hasher = self.answers;
        for part in parts {
            hasher.write_usize(part.len());
            hasher.write(part);
        }
        hasher.finish128().as_u128()
    }

    /// A tag for a long value that is no secret, or of which a longer part than sixteen bytes is; `None` when it is too
    /// long for that.
    pub(crate) fn tag(&self, value: &[u8]) -> Option<u128> {
        self.tagger.tag(value)
    }

    /// A tag for a value that may be one short secret.
    pub(crate) fn secret_tag(&self, value: &[u8]) -> u128 {
        self.credentials.hash(value).as_u128()
    }

    /// The owner that was read lately from a field with that tag.
    pub(crate) fn owner(&self, field: u128) -> Option<Identity> {
        self.tokens.get(field)
    }

    /// Remembers the owner of a field with that tag.
    pub(crate) fn remember_owner(&mut self, field: u128, owner: Identity) {
        self.tokens.put(field, owner);
    }

    /// The identity of that kind which `secret` names.
    pub(crate) fn identity(&mut self, kind: IdentityKind, secret: &[u8]) -> Identity {
        self.remembered(kind, secret, || Some(secret)).unwrap_or_default()
    }

    /// The identity of that kind which `source` holds; `owner` reads from it who that is, and is asked only when the
    /// answer is not remembered. For one kind it must read all sources in one way.
    pub(crate) fn remembered<'s>(
        &mut self,
        kind: IdentityKind,
        source: &[u8],
        owner: impl FnOnce() -> Option<&'s [u8]>,
    ) -> Option<Identity> {
        let tag = self.credentials.hash(source).as_u128() ^ kind as u128;
        if let Some(known) = self.memo.get(tag) {
            return Some(known);
        }
        let identity = Identity { id: self.key.pseudonym(kind.as_str(), owner()?), kind };
        self.memo.put(tag, identity);
        Some(identity)
    }
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pseudonyms").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_would_be_made() {
        let key = DeploymentKey::new([7; 32]);
        let mut names = Pseudonyms::new(key.clone());
        for turn in 0..3 * IDENTITY_MEMO_MAX {
            // Some come back while they are remembered, some after they were displaced.
            let secret = (turn % (IDENTITY_MEMO_MAX + 100)).to_string();
            for kind in [IdentityKind::Token, IdentityKind::ApiKey] {
                let made = Identity { id: key.pseudonym(kind.as_str(), secret.as_bytes()), kind };
                assert_eq!(names.identity(kind, secret.as_bytes()), made);
                assert_eq!(names.identity(kind, secret.as_bytes()), made);
            }
        }
    }

    #[test]
    fn values_hash_by_key() {
        let (a, b) = (Pseudonyms::new(DeploymentKey::new([1; 32])), Pseudonyms::new(DeploymentKey::new([2; 32])));
        assert_eq!(a.value(b"42"), a.value(b"42"));
        assert!(a.value(b"42") != b.value(b"42") && a.value(b"42") != a.value(b"43"));
        assert_eq!(format!("{a:?}"), "Pseudonyms { .. }");
    }
}
