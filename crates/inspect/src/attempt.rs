//! Attempts to log in: whom and what they try, and which credentials the answer hands out.
//!
//! In: parameters whose names say so, the answers to such requests. Out: signals of keyed hashes; a password is never more
//! than that.

use memchr::{memchr_iter, memrchr};
use model::message::{FieldName, Fields, Response};
use model::{AuthKind, Identity, IdentityKind, ParamPlace, SignalKind, ValueClass};

use crate::base64;
use crate::class::classify;
use crate::content::Content;
use crate::json::{self, Leaf, Walker};
use crate::names::{FieldUse, Login, Said, field_use, precedes_code, session_cookie, speaks_of_access};
use crate::pseudonym::Pseudonyms;
use crate::row::Row;
use crate::text::decoded;
use crate::tokens::SIGNATURE_MIN;

/// Longest name of an account, in bytes.
const ACCOUNT_BYTES_MAX: usize = 128;
/// A token has so many bytes at least.
const TOKEN_BYTES_MIN: usize = 16;
/// Fields of an answer looked at: tokens stand at its head.
const FIELDS_MAX: usize = 64;
/// Credentials of one answer told: an access token and what comes with it.
const ISSUED_MAX: usize = 4;

/// Notes one parameter.
pub(crate) fn note(row: &mut Row<'_>, place: ParamPlace, login: Login, name: &[u8], value: &[u8]) {
    // What stands in a header is no log-in; of paths see [`in_path`].
    if !matches!(place, ParamPlace::Query | ParamPlace::Form | ParamPlace::Body | ParamPlace::Argument) {
        return;
    }
    match login {
        Login::No => {}
        Login::Account => {
            let hash = account(row.names, value);
            row.signal(SignalKind::Account, place, name, hash);
        }
        Login::Answer if !speaks_of_access(row.batch.text(row.seen.template)) => {}
        Login::Secret | Login::Answer => {
            let hash = row.hash(value);
            row.attempts = true;
            row.signal(SignalKind::Secret, place, name, hash);
        }
        Login::Client => {
            let hash = account(row.names, value);
            row.client(place, name, hash);
        }
        Login::Refresh => {
            let hash = row.names.identity(IdentityKind::Token, value).id.prefix();
            row.attempts = true;
            row.signal(SignalKind::Refresh, place, name, hash);
        }
    }
}

/// Codes of one path that are told: room for signals is for all of a request.
const PATH_CODES_MAX: usize = 2;

/// Notes codes that stand in the path behind what they are of: `/basket/7/coupon/{code}`. What is answered is hardly a token:
/// it may be the coupon itself.
pub(crate) fn in_path(row: &mut Row<'_>, path: &[u8], scratch: &mut Vec<u8>) {
    let mut segments = path.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty());
    let mut before = segments.next().unwrap_or_default();
    let mut told = 0;
    for segment in segments {
        if told < PATH_CODES_MAX && precedes_code(before) {
            told += 1;
            let hash = row.hash(decoded(segment, false, scratch));
            row.signal(SignalKind::Secret, ParamPlace::Path, before, hash);
        }
        before = segment;
    }
}

/// The hash of an account's name: letters' case and blanks around it do not count.
pub(crate) fn account(names: &Pseudonyms, name: &[u8]) -> u64 {
    let name = name.trim_ascii();
    let mut lower = [0; ACCOUNT_BYTES_MAX];
    let Some(room) = lower.get_mut(..name.len()) else { return names.value(name) };
    room.copy_from_slice(name);
    room.make_ascii_lowercase();
    names.value(room)
}

/// Notes a credential that was refused, and a web token without a signature whatever became of it.
pub(crate) fn credential(row: &mut Row<'_>, fields: &Fields<'_>, status: u16) {
    if row.seen.auth.is_empty() {
        return;
    }
    let bearer = row.seen.auth.contains(AuthKind::BearerJwt);
    let mut first = None;
    let mut flawed = false;
    each_shown(fields, &mut |place, token| {
        let web =
            if place == Shown::Authorization { bearer } else { token.starts_with(WEB_TOKEN) && names_algorithm(token) };
        flawed |= web && is_unsigned(token);
        // Cookies that are no web tokens end by themselves.
        if first.is_none() && (place != Shown::Cookie || web) {
            first = Some(token);
        }
    });
    if flawed {
        row.signal(SignalKind::TokenFlaw, ParamPlace::Header, b"credential", 1);
    }
    if let (401, Some(token)) = (status, first) {
        let hash = row.hash(token);
        row.signal(SignalKind::Refused, ParamPlace::Header, b"credential", hash);
    }
}

/// How a web token begins: `{"` in Base64.
const WEB_TOKEN: &[u8] = b"eyJ";

/// Where a credential is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Authorization,
    Field,
    Cookie,
}

/// Shows every credential of a request: that of `Authorization`, those in fields of their own, and values of cookies that begin as
/// web tokens do; in this order, as far as they are one.
fn each_shown<'a>(fields: &Fields<'a>, show: &mut dyn FnMut(Shown, &'a [u8])) {
    if let Some(value) = fields.first(FieldName::Authorization) {
        show(Shown::Authorization, value.trim_ascii_end());
    }
    for (id, name, value) in fields.iter() {
        match id {
            FieldName::XApiKey | FieldName::ApiKey | FieldName::XAuthToken | FieldName::XAccessToken => {
                show(Shown::Field, value.trim_ascii());
            }
            FieldName::Other if field_use(name) == FieldUse::Credential => show(Shown::Field, value.trim_ascii()),
            FieldName::Cookie => web_tokens_of(value).for_each(|token| show(Shown::Cookie, token)),
            _ => {}
        }
    }
}

fn web_tokens_of(cookies: &[u8]) -> impl Iterator<Item = &[u8]> {
    let values = cookies.split(|byte| *byte == b';').filter_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        let value = pair.get(at + 1..)?.trim_ascii();
        Some(value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value))
    });
    values.filter(|value| value.starts_with(WEB_TOKEN))
}

/// Whether the head of a token names an algorithm, be it none (RFC 7515 §4.1.1); encrypted cookies of servers do not.
fn names_algorithm(token: &[u8]) -> bool {
    memchr_iter(b'.', token).count() >= 2 && algorithm(token, |_| true)
}

/// Whether a web token has no signature: none at all (RFC 7519 §6.1), or one that is shorter than that of any algorithm where its
/// head says that there is none. A short one alone tells nothing: where tokens are made up, all have such. An encrypted
/// token (RFC 7516 §3.1) has five parts and ends with its tag.
fn is_unsigned(token: &[u8]) -> bool {
    let Some(at) = memrchr(b'.', token).filter(|at| token.len() - at - 1 < SIGNATURE_MIN) else { return false };
    let Some(before) = token.get(..at).filter(|before| memchr_iter(b'.', before).count() == 1) else { return false };
    at + 1 == token.len() || says_none(before)
}

/// Whether the head of a token names no algorithm: `"alg":"none"` in any case (RFC 7518 §3.6).
fn says_none(token: &[u8]) -> bool {
    algorithm(token, |value| value.eq_ignore_ascii_case(b"none"))
}

/// Whether the head of a token names an algorithm that is so.
fn algorithm(token: &[u8], is: fn(&[u8]) -> bool) -> bool {
    let start = memrchr(b' ', token).map_or(0, |blank| blank + 1);
    let head = token.get(start..).and_then(|token| token.split(|byte| *byte == b'.').next()).unwrap_or_default();
    let mut decoded = Vec::new();
    base64::decode(head, &mut decoded);
    let mut so = false;
    json::outer_members(&decoded, |name, value| so |= name == b"alg" && is(value));
    so
}

/// Notes what the answer to an attempt hands out.
pub(crate) fn issued(row: &mut Row<'_>, response: &Response<'_>, content: &Content<'_>, walker: &mut Walker) {
    for field in response.fields.all(FieldName::SetCookie) {
        let pair = field.split(|byte| *byte == b';').next().unwrap_or_default();
        let Some(at) = pair.iter().position(|byte| *byte == b'=') else { continue };
        let (name, value) = (pair.get(..at).unwrap_or_default().trim_ascii(), pair.get(at + 1..).unwrap_or_default());
        if value.len() >= TOKEN_BYTES_MIN && session_cookie(name) {
            hand_out(row, IdentityKind::Session, value.trim_ascii());
        }
    }
    let Some(bytes) = content.bytes else { return };
    let (mut fields, mut told) = (0, 0);
    walker.walk(bytes, |pointer, leaf| {
        fields += 1;
        if let Leaf::Text(value) = leaf
            && value.len() >= TOKEN_BYTES_MIN
            && Said::of(pointer).secret
            && is_token(value)
        {
            hand_out(row, IdentityKind::Token, value);
            told += 1;
        }
        fields < FIELDS_MAX && told < ISSUED_MAX
    });
}

fn is_token(value: &[u8]) -> bool {
    use ValueClass as C;
    matches!(classify(value), C::Token | C::Hex | C::Uuid | C::Jwt)
}

fn hand_out(row: &mut Row<'_>, kind: IdentityKind, value: &[u8]) {
    let Identity { id, .. } = row.names.identity(kind, value);
    row.signal(SignalKind::Issued, ParamPlace::Body, b"", id.prefix());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_tokens_are_found_among_cookies() {
        let found = |cookies: &'static str| web_tokens_of(cookies.as_bytes()).collect::<Vec<_>>();
        assert_eq!(
            found("theme=dark; auth=\"eyJhbGciOiJub25lIn0.e30.\"; n=eyJpdiI6"),
            [&b"eyJhbGciOiJub25lIn0.e30."[..], b"eyJpdiI6"]
        );
        assert!(names_algorithm(b"eyJhbGciOiJub25lIn0.e30."));
        assert!(
            !names_algorithm(b"eyJpdiI6IjEifQ==") && !names_algorithm(b"eyJpdiI6IjEifQ.a.b"),
            "an encrypted cookie"
        );
    }

    #[test]
    fn tokens_without_a_signature_of_any_algorithm_are_unsigned() {
        let signed = format!("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{}", "a".repeat(SIGNATURE_MIN));
        let encrypted = "Bearer eyJhbGciOiJkaXIifQ..iv.text.tagtagtagtagtagtagtag";
        for (token, unsigned) in [
            ("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", true),
            ("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.AAAA", true),
            // Where tokens are made up, all have such a signature.
            ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.made", false),
            (&signed, false),
            (encrypted, false),
            ("Bearer opaque", false),
            ("", false),
        ] {
            assert_eq!(is_unsigned(token.as_bytes()), unsigned, "{token}");
        }
    }
}
