//! Whom a request acts for, and how it showed that: pseudonyms, never credentials.

use serde::{Deserialize, Serialize};

use crate::id::Id;

/// What an identity was read from, strongest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum IdentityKind {
    /// Claims of a JSON web token: `sub`, else `client_id`, with the issuer.
    TokenClaim,
    /// A bearer token that says nothing about its owner.
    Token,
    /// An API key, in a field or in the query.
    ApiKey,
    /// The user name of Basic or Digest authentication.
    User,
    /// A session cookie.
    Session,
    /// The name in a client's certificate (mutual TLS): often a program that calls for many.
    Certificate,
    /// The address of the client: the last resort.
    #[default]
    Address,
}

impl IdentityKind {
    /// Every kind, strongest first.
    pub const ALL: [Self; 7] =
        [Self::TokenClaim, Self::Token, Self::ApiKey, Self::User, Self::Session, Self::Certificate, Self::Address];

    /// The word for it in screens and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TokenClaim => "token_claim",
            Self::Token => "token",
            Self::ApiKey => "api_key",
            Self::User => "user",
            Self::Session => "session",
            Self::Certificate => "certificate",
            Self::Address => "address",
        }
    }

    /// How sure it is that one identity is one actor, in percent: an address may be many people, a cookie may be shared
    /// by a browser, a claim was signed.
    pub const fn confidence(self) -> u8 {
        match self {
            Self::TokenClaim => 95,
            Self::Token | Self::ApiKey | Self::User => 90,
            Self::Session => 80,
            Self::Certificate => 75,
            Self::Address => 40,
        }
    }
}

/// An identity by its pseudonym.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// Keyed pseudonym; the domain is the kind's name.
    pub id: Id,
    /// What it was read from.
    pub kind: IdentityKind,
}

impl Identity {
    /// The account whose name has that keyed hash: what log-ins name, and what tokens handed out there stand for.
    pub fn account(name: u64) -> Self {
        Self { id: Id::of("account", &[&name.to_be_bytes()]), kind: IdentityKind::User }
    }
}

macro_rules! auth_kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// One way in which a request carries credentials.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum AuthKind { $($(#[$doc])* $variant,)* }

        impl AuthKind {
            /// Every kind, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name in records and exports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The kind of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

auth_kinds! {
    /// `Authorization: Bearer` with a JSON web token (RFC 7519).
    BearerJwt = "bearer_jwt",
    /// `Authorization: Bearer` with an opaque token (RFC 6750 §2.1).
    Bearer = "bearer",
    /// `Authorization: Basic` (RFC 7617).
    Basic = "basic",
    /// `Authorization: Digest` (RFC 7616).
    Digest = "digest",
    /// A signature over the request (AWS4-HMAC-SHA256, Signature, Hawk …).
    Signature = "signature",
    /// `Authorization` with another scheme.
    OtherScheme = "other_scheme",
    /// An API key in a header field.
    ApiKeyHeader = "api_key_header",
    /// An API key in the query.
    ApiKeyQuery = "api_key_query",
    /// A session cookie.
    Cookie = "cookie",
    /// A session in the path: `;jsessionid=…`.
    SessionUrl = "session_url",
    /// A certificate of the client (mutual TLS), seen in the handshake or told of by a trusted proxy.
    ClientCertificate = "client_certificate",
}

/// A set of [`AuthKind`]s; empty means "without credentials".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuthSet(pub u16);

const _: () = assert!(AuthKind::ALL.len() <= 16);

impl AuthSet {
    /// No credentials.
    pub const NONE: Self = Self(0);

    /// Adds one.
    pub const fn insert(&mut self, kind: AuthKind) {
        self.0 |= 1 << kind as u8;
    }

    /// Whether `kind` is in it.
    pub const fn contains(self, kind: AuthKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Whether the request carried no credentials.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its members, in declaration order.
    pub fn iter(self) -> impl Iterator<Item = AuthKind> {
        AuthKind::ALL.iter().copied().filter(move |kind| self.contains(*kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_names_round_trip() {
        for &kind in AuthKind::ALL {
            assert_eq!(AuthKind::from_name(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut set = AuthSet::NONE;
        assert!(set.is_empty());
        set.insert(AuthKind::Cookie);
        set.insert(AuthKind::BearerJwt);
        assert_eq!(set.iter().collect::<Vec<_>>(), [AuthKind::BearerJwt, AuthKind::Cookie]);
    }

    #[test]
    fn kinds_are_ordered_strongest_first() {
        assert!(IdentityKind::ALL.windows(2).all(|w| w[0] < w[1] && w[0].confidence() >= w[1].confidence()));
    }
}
