//! Credentials of a request, and whom they make it act for.
//!
//! In: the `Authorization` field, key fields, query keys and session cookies. Out: one [`Identity`], a keyed pseudonym of
//! the strongest credential seen, and the kinds of credentials as an [`AuthSet`]. Credentials are borrowed from the
//! transaction until then; user names and claims are decoded into a buffer that is overwritten by the next.

use memchr::{memchr, memrchr};
use model::{AuthKind, AuthSet, Identity, IdentityKind, ValueClass};

use crate::base64;
use crate::certificate::Told;
use crate::class::is_jwt;
use crate::json;
use crate::pseudonym::Pseudonyms;
use crate::text::{contains, trimmed};

/// The strongest credential seen so far; the first of equals counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Credentials<'t> {
    best: Option<(IdentityKind, &'t [u8])>,
    /// A JSON web token, wherever it was sent.
    jwt: Option<&'t [u8]>,
    /// The owner of the first web token, remembered: no later credential changes it.
    owner: Option<Identity>,
    /// What the proxy before it says of its certificate.
    pub(crate) certificate: Told<'t>,
    /// Tag of the field that the first web token came in, when its owner is worth to be remembered.
    field: Option<u128>,
    /// Tag of the field that the first web token came in.
    shown: Option<u128>,
}

/// `Authorization` fields from this length on may have a signature long enough for [`Pseudonyms::tag`].
const TOKEN_FIELD_MIN: usize = 100;

/// Buffers for decoded tokens.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    decoded: Vec<u8>,
    /// Issuer and owner that were read last, as their pseudonym is made of them.
    pub(crate) subject: Vec<u8>,
}

impl<'t> Credentials<'t> {
    /// `Authorization`, looked up before it is read.
    pub(crate) fn authorization_field(&mut self, value: &'t [u8], auth: &mut AuthSet, names: &Pseudonyms) {
        let first = self.jwt.is_none() && self.owner.is_none() && value.len() >= TOKEN_FIELD_MIN;
        let Some(tag) = first.then(|| names.tag(value)).flatten() else { return self.authorization(value, auth) };
        self.shown = Some(tag);
        self.owner = names.owner(tag);
        if self.owner.is_some() {
            auth.insert(AuthKind::BearerJwt);
            return;
        }
        let before = *auth;
        self.authorization(value, auth);
        let signed = self.jwt.and_then(signature).is_some_and(|signature| signature.len() >= SIGNATURE_MIN);
        if signed && auth.contains(AuthKind::BearerJwt) && !before.contains(AuthKind::BearerJwt) {
            self.field = Some(tag);
        }
    }

    /// `Authorization`: scheme and what follows.
    pub(crate) fn authorization(&mut self, value: &'t [u8], auth: &mut AuthSet) {
        let value = trimmed(value);
        if value.is_empty() {
            return;
        }
        let end = value.iter().position(|b| matches!(b, b' ' | b'\t')).unwrap_or(value.len());
        let (scheme, rest) = value.split_at_checked(end).unwrap_or((value, &[]));
        let rest = trimmed(rest);
        let is = |name: &[u8]| scheme.eq_ignore_ascii_case(name);
        if rest.is_empty() {
            // A key without scheme, as some APIs want it.
            let jwt = self.token(IdentityKind::ApiKey, value);
            auth.insert(if jwt { AuthKind::BearerJwt } else { AuthKind::OtherScheme });
        } else if is(b"bearer") {
            let jwt = self.token(IdentityKind::Token, rest);
            auth.insert(if jwt { AuthKind::BearerJwt } else { AuthKind::Bearer });
        } else if is(b"basic") {
            auth.insert(AuthKind::Basic);
            self.offer(IdentityKind::User, rest);
        } else if is(b"digest") {
            auth.insert(AuthKind::Digest);
            if let Some(user) = parameter(rest, b"username") {
                self.offer(IdentityKind::User, user);
            }
        } else if let Some(key) = signature_key(scheme, rest) {
            auth.insert(AuthKind::Signature);
            self.offer(IdentityKind::ApiKey, key);
        } else {
            auth.insert(AuthKind::OtherScheme);
            let kind = if contains(scheme, b"key") { IdentityKind::ApiKey } else { IdentityKind::Token };
            self.token(kind, rest);
        }
    }

    /// A key or token in a header field of its own.
    pub(crate) fn key_field(&mut self, value: &'t [u8], auth: &mut AuthSet) {
        let value = trimmed(value);
        if !value.is_empty() {
            auth.insert(AuthKind::ApiKeyHeader);
            self.token(IdentityKind::ApiKey, value);
        }
    }

    /// A key in the query. A signature changes with each request and so names nobody.
    pub(crate) fn query_key(&mut self, value: &'t [u8], signature: bool) {
        if !signature {
            self.token(IdentityKind::ApiKey, value);
        }
    }

    /// A session cookie.
    pub(crate) fn session(&mut self, value: &'t [u8], class: ValueClass) {
        if class == ValueClass::Jwt {
            self.jwt = self.jwt.or(Some(value));
        }
        self.offer(IdentityKind::Session, value);
    }

    /// Whether it is a JSON web token.
    fn token(&mut self, kind: IdentityKind, value: &'t [u8]) -> bool {
        let jwt = is_jwt(value);
        if jwt {
            self.jwt = self.jwt.or(Some(value));
        }
        self.offer(kind, value);
        jwt
    }

    fn offer(&mut self, kind: IdentityKind, secret: &'t [u8]) {
        if self.best.is_none_or(|(best, _)| kind < best) {
            self.best = Some((kind, secret));
        }
    }

    /// Keyed hash of the credential that gave `identity`, which is that of a web token or named by the credential itself.
    pub(crate) fn hash(&self, identity: &Identity, names: &Pseudonyms) -> u32 {
        let tag = match (identity.kind, self.jwt) {
            (IdentityKind::Address, _) => return 0,
            (IdentityKind::TokenClaim, Some(token)) if self.shown.is_none() => {
                let signed = signature(token).is_some_and(|signature| signature.len() >= SIGNATURE_MIN);
                signed.then(|| names.tag(token)).flatten().unwrap_or_else(|| names.value(token).into())
            }
            (IdentityKind::TokenClaim, _) => self.shown.unwrap_or_default(),
            _ => identity.id.prefix().into(),
        };
        ((tag ^ tag >> 64) as u32).max(1)
    }

    /// The identity that the credentials give; `None` without credentials.
    pub(crate) fn identity(&self, names: &mut Pseudonyms, auth: AuthSet, scratch: &mut Scratch) -> Option<Identity> {
        if self.owner.is_some() {
            return self.owner;
        }
        if let Some(payload) = self.jwt.and_then(payload) {
            let claimed = names.remembered(IdentityKind::TokenClaim, payload, || {
                claims(payload, scratch).then_some(scratch.subject.as_slice())
            });
            if let Some(owner) = claimed {
                if let Some(field) = self.field {
                    names.remember_owner(field, owner);
                }
                return claimed;
            }
        }
        let (kind, secret) = self.best?;
        if kind == IdentityKind::User && auth.contains(AuthKind::Basic) {
            // Never the password, nor a hash of it.
            base64::decode(secret, &mut scratch.decoded);
            let user = scratch.decoded.split(|b| *b == b':').next().unwrap_or_default();
            return Some(names.identity(kind, user));
        }
        Some(names.identity(kind, secret))
    }
}

/// Letters of a signature that a tag of the field does not give away: twice what a tag holds.
const SIGNATURE_MIN: usize = 43;

/// The signature of a token, still encoded.
fn signature(token: &[u8]) -> Option<&[u8]> {
    token.get(memrchr(b'.', token)? + 1..)
}

/// The identity of a client whose certificate has that name.
pub(crate) fn certificate(names: &mut Pseudonyms, name: &[u8]) -> Identity {
    names.identity(IdentityKind::Certificate, name)
}

/// The identity of a client without credentials.
pub(crate) fn address(names: &mut Pseudonyms, client: &[u8; 16]) -> Identity {
    names.identity(IdentityKind::Address, client)
}

/// The claims of a token, still encoded.
fn payload(token: &[u8]) -> Option<&[u8]> {
    let rest = token.get(memchr(b'.', token)? + 1..)?;
    memchr(b'.', rest).map_or(Some(rest), |end| rest.get(..end))
}

/// Claims that name a token's owner, strongest first. Their places are part of pseudonyms.
const CLAIMS: [&[u8]; 10] =
    [b"sub", b"client_id", b"azp", b"uid", b"user_id", b"email", b"userId", b"id", b"preferred_username", b"username"];
/// From here on they may name something else where a record of the user stands beside them: the token itself, say.
const WEAK_FROM: usize = 7;
/// Objects among the claims that hold them where none stands outside: tokens of applications that sign their record of the user.
const RECORDS: [&[u8]; 5] = [b"user", b"data", b"account", b"identity", b"profile"];

/// Reads issuer and owner from the claims of a token, still encoded, into `scratch.subject`.
fn claims(payload: &[u8], scratch: &mut Scratch) -> bool {
    let mut decoded = std::mem::take(&mut scratch.decoded);
    base64::decode(payload, &mut decoded);
    let named = owner(&decoded, scratch);
    scratch.decoded = decoded;
    named
}

/// The same for a whole token.
pub(crate) fn owner_of_token(token: &[u8], scratch: &mut Scratch) -> bool {
    payload(token).is_some_and(|payload| claims(payload, scratch))
}

/// Reads issuer and owner from claims, a JSON object, into `scratch.subject`. Whether they name an owner.
pub(crate) fn owner(claims: &[u8], scratch: &mut Scratch) -> bool {
    let mut issuer: &[u8] = &[];
    json::outer_members(claims, |name, value| {
        if name == b"iss" {
            issuer = value;
        }
    });
    let inside = || RECORDS.iter().find_map(|record| strongest(json::outer_structure(claims, record)?));
    let outside = || strongest(claims);
    let strong = outside().filter(|(rank, _)| *rank < WEAK_FROM);
    strong.or_else(inside).or_else(outside).is_some_and(|(rank, value)| write_subject(issuer, rank, value, scratch))
}

/// The strongest claim of an object that names an owner: its place and value.
fn strongest(claims: &[u8]) -> Option<(usize, &[u8])> {
    let mut best: Option<(usize, &[u8])> = None;
    json::outer_members(claims, |name, value| {
        if let Some(rank) = CLAIMS.iter().position(|claim| *claim == name)
            && !value.is_empty()
            && best.is_none_or(|(known, _)| rank < known)
        {
            best = Some((rank, value));
        }
    });
    best
}

/// Writes the owner that `claim` names into `scratch.subject`. Whether it is a claim that names one.
pub(crate) fn subject(issuer: &[u8], claim: &[u8], value: &[u8], scratch: &mut Scratch) -> bool {
    let rank = CLAIMS.iter().position(|known| *known == claim).filter(|_| !value.is_empty());
    rank.is_some_and(|rank| write_subject(issuer, rank, value, scratch))
}

/// Each part with its length or name before it.
fn write_subject(issuer: &[u8], rank: usize, value: &[u8], scratch: &mut Scratch) -> bool {
    scratch.subject.clear();
    scratch.subject.extend_from_slice(&(issuer.len() as u64).to_le_bytes());
    scratch.subject.extend_from_slice(issuer);
    scratch.subject.push(rank as u8);
    scratch.subject.extend_from_slice(value);
    true
}

/// The key id of a signature over the request; `None` when the scheme is no such one.
fn signature_key<'t>(scheme: &[u8], rest: &'t [u8]) -> Option<&'t [u8]> {
    let starts = |name: &[u8]| scheme.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
    if starts(b"aws4-") || starts(b"goog4-") || contains(scheme, b"hmac") {
        let key = parameter(rest, b"credential").or_else(|| parameter(rest, b"keyid")).unwrap_or_default();
        // The scope after the key id changes with the day.
        return key.split(|b| *b == b'/').next();
    }
    if scheme.eq_ignore_ascii_case(b"aws") || starts(b"sharedkey") {
        return rest.split(|b| *b == b':').next();
    }
    match scheme.to_ascii_lowercase().as_slice() {
        b"signature" => parameter(rest, b"keyid"),
        b"hawk" => parameter(rest, b"id"),
        b"oauth" => parameter(rest, b"oauth_consumer_key"),
        _ => None,
    }
}

/// The value of `name=value` in a comma-separated list, without its quotes (RFC 9110 §11.2).
fn parameter<'t>(list: &'t [u8], name: &[u8]) -> Option<&'t [u8]> {
    list.split(|b| *b == b',').find_map(|part| {
        let part = trimmed(part);
        let at = part.iter().position(|b| *b == b'=')?;
        let (found, value) = (trimmed(part.get(..at)?), trimmed(part.get(at + 1..)?));
        let bare = value.strip_prefix(b"\"").map_or(value, |v| v.strip_suffix(b"\"").unwrap_or(v));
        found.eq_ignore_ascii_case(name).then_some(bare)
    })
}
