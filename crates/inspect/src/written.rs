//! Credentials as people write them down.
//!
//! In: one credential or claim as text. Out: every identity that calls with it may act for. A text alone does not say
//! where it is sent, so one without a form of its own is taken as token, key, session, user, account, certificate and claim at once.
//!
//! | written | taken as |
//! |---|---|
//! | `Authorization: Bearer …`, `Basic …`, `Bearer …` | the value of that field |
//! | `{"iss":"https://idp.example","sub":"42"}` | claims of a token |
//! | `sub=42`, `client_id=batch` | the same of tokens without issuer |
//! | a web token | the owner that its claims name; without one, as any other text |
//! | `session=…` with a name that sessions have | a session cookie |
//! | `CN=billing,O=Shop`, `spiffe://mesh/billing` | the name in a client's certificate, and as any other text |
//! | `192.0.2.7` | an address, for callers without credentials |
//! | anything else | token, API key, session, user, account, certificate, and `sub` of tokens without issuer |

use std::fmt;
use std::net::IpAddr;

use model::certificate::distinguished;
use model::{AuthKind, AuthSet, DeploymentKey, Identity, IdentityKind};

use crate::attempt;
use crate::auth::{self, Credentials, Scratch};
use crate::class::is_jwt;
use crate::names::session_cookie;
use crate::pseudonym::Pseudonyms;
use crate::text::trimmed;

/// Reads credentials as people write them. Keeps none of them.
pub struct Written {
    names: Pseudonyms,
    scratch: Scratch,
}

impl Written {
    /// With the key that pseudonyms are made with.
    pub fn new(key: DeploymentKey) -> Self {
        Self { names: Pseudonyms::new(key), scratch: Scratch::default() }
    }

    /// The identities that the text may stand for; none for an empty one, or for claims that name nobody.
    pub fn identities(&mut self, written: &[u8]) -> Vec<Identity> {
        const FIELD: &[u8] = b"authorization:";
        let written = trimmed(written);
        if written.is_empty() {
            return Vec::new();
        }
        let is_field = written.get(..FIELD.len()).is_some_and(|name| name.eq_ignore_ascii_case(FIELD));
        let value = if is_field { written.get(FIELD.len()..).unwrap_or_default() } else { written };
        if is_field || value.contains(&b' ') {
            let mut auth = AuthSet::NONE;
            let field = self.field(value, &mut auth);
            // Without the name of the field, only schemes that are known are taken for some.
            if is_field || !auth.contains(AuthKind::OtherScheme) {
                return field.into_iter().collect();
            }
        }
        if written.starts_with(b"{") {
            let named = auth::owner(written, &mut self.scratch);
            return named.then(|| self.claimed()).into_iter().collect();
        }
        if is_jwt(written) && auth::owner_of_token(written, &mut self.scratch) {
            return vec![self.claimed()];
        }
        if let Some(address) = address(written) {
            return vec![auth::address(&mut self.names, &address)];
        }
        self.anything(written)
    }

    /// Whom the value of an `Authorization` field names.
    fn field(&mut self, value: &[u8], auth: &mut AuthSet) -> Option<Identity> {
        let mut credentials = Credentials::default();
        credentials.authorization(value, auth);
        credentials.identity(&mut self.names, *auth, &mut self.scratch)
    }

    /// The owner that was read last.
    fn claimed(&mut self) -> Identity {
        self.names.identity(IdentityKind::TokenClaim, &self.scratch.subject)
    }

    fn anything(&mut self, written: &[u8]) -> Vec<Identity> {
        use IdentityKind as Kind;
        let kinds = [Kind::Token, Kind::ApiKey, Kind::Session, Kind::User];
        let mut out: Vec<Identity> = kinds.iter().map(|kind| self.names.identity(*kind, written)).collect();
        out.push(Identity::account(attempt::account(&self.names, written)));
        let holder = distinguished(written);
        out.push(auth::certificate(&mut self.names, holder.as_deref().unwrap_or(written)));
        auth::subject(b"", b"sub", written, &mut self.scratch);
        out.push(self.claimed());
        if let Some(at) = written.iter().position(|byte| *byte == b'=') {
            let (name, value) = (written.get(..at).unwrap_or_default(), written.get(at + 1..).unwrap_or_default());
            if auth::subject(b"", name, value, &mut self.scratch) {
                out.push(self.claimed());
            }
            if session_cookie(name) {
                out.push(self.names.identity(Kind::Session, trimmed(value)));
            }
        }
        out
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Written").finish_non_exhaustive()
    }
}

/// An address in the form that observations have.
fn address(written: &[u8]) -> Option<[u8; 16]> {
    let address: IpAddr = std::str::from_utf8(written).ok()?.parse().ok()?;
    Some(match address {
        IpAddr::V4(v4) => model::flow::mapped(v4.octets()),
        IpAddr::V6(v6) => v6.octets(),
    })
}
