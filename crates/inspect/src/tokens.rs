//! Web tokens as values: what a service hands out, and what is shown to it where no credential belongs.
//!
//! In: parameters and fields of answers that are web tokens (RFC 7519). Out: signals. Of a token its *shape* is told, as a
//! keyed hash: algorithm, type and issuer, and the names of its members and claims, whatever their order. Whoever makes
//! tokens makes them all alike; who forges one without that code mostly does not.

use memchr::{memchr, memmem, memrchr};
use model::message::Response;
use model::{ParamPlace, SignalKind, ValueClass};

use crate::base64;
use crate::class::classify;
use crate::content::Content;
use crate::json::{self, Leaf, Walker};
use crate::row::Row;

/// The shortest signature of any algorithm: that of HMAC with SHA-256, in base64.
pub(crate) const SIGNATURE_MIN: usize = 43;
/// Members and claims that make a shape.
const NAMES_MAX: usize = 48;
/// Fields of an answer looked at, and tokens of it told.
const FIELDS_MAX: usize = 64;
const MADE_MAX: usize = 4;
/// What every web token begins with: `{"` in base64.
const HEAD: &[u8] = b"eyJ";

/// Notes a web token among the parameters.
pub(crate) fn shown(row: &mut Row<'_>, place: ParamPlace, name: &[u8], token: &[u8]) {
    // RFC 7519 §6.1: an unsecured token ends with the point before its empty signature.
    let signature = memrchr(b'.', token).map_or(0, |at| token.len() - at - 1);
    if signature < SIGNATURE_MIN {
        row.signal(SignalKind::TokenFlaw, place, name, 1);
    }
    if matches!(place, ParamPlace::Query | ParamPlace::Form | ParamPlace::Body | ParamPlace::Argument)
        && let Some(shape) = shape(token)
    {
        let hash = row.hash(&shape);
        row.signal(SignalKind::TokenShown, place, name, hash);
    }
}

/// Whether an answer may hand out web tokens. One in a coding is looked at when its request tries to log in.
pub(crate) fn may_hand_out(row: &Row<'_>, response: &Response<'_>, coded: bool) -> bool {
    let asks = matches!(row.batch.text(row.seen.method), b"POST" | b"PUT");
    asks && response.status < 400
        && (if coded { row.attempts } else { memmem::find(response.body.kept, HEAD).is_some() })
}

/// Notes the web tokens that an answer hands out.
pub(crate) fn made(row: &mut Row<'_>, content: &Content<'_>, walker: &mut Walker) {
    let Some(bytes) = content.bytes else { return };
    let (mut fields, mut told) = (0, 0);
    walker.walk(bytes, |_, leaf| {
        fields += 1;
        if let Leaf::Text(value) = leaf
            && value.starts_with(HEAD)
            && classify(value) == ValueClass::Jwt
            && let Some(shape) = shape(value)
        {
            let hash = row.hash(&shape);
            row.signal(SignalKind::TokenMade, ParamPlace::Body, b"", hash);
            told += 1;
        }
        fields < FIELDS_MAX && told < MADE_MAX
    });
}

/// What tokens of one maker have in common; `None` for what is no token.
fn shape(token: &[u8]) -> Option<Vec<u8>> {
    let (head, rest) = token.split_at_checked(memchr(b'.', token)?)?;
    let rest = rest.get(1..)?;
    let claims = rest.get(..memchr(b'.', rest)?)?;
    let mut parts = Vec::new();
    let mut decoded = Vec::new();
    for (part, told, mark) in [(head, &[&b"alg"[..], b"typ"][..], b'h'), (claims, &[b"iss"], b'c')] {
        base64::decode(part, &mut decoded);
        json::outer_members(&decoded, |name, value| {
            if parts.len() < NAMES_MAX {
                let value = if told.contains(&name) { value } else { &[] };
                parts.push([&[mark], name, b"=", value].concat());
            }
        });
    }
    parts.sort_unstable();
    (!parts.is_empty()).then(|| parts.join(&0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(head: &str, claims: &str) -> Vec<u8> {
        let coded = |text: &str| {
            const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let bits = text.bytes().map(|byte| format!("{byte:08b}")).collect::<Vec<_>>().concat();
            let sixes = bits.as_bytes().chunks(6).map(|six| format!("{:0<6}", String::from_utf8_lossy(six)));
            sixes.map(|six| LETTERS[usize::from_str_radix(&six, 2).unwrap()] as char).collect::<String>()
        };
        format!("{}.{}.{}", coded(head), coded(claims), "s".repeat(43)).into_bytes()
    }

    #[test]
    fn a_shape_is_that_of_all_tokens_of_a_maker_and_of_no_others() {
        let one = shape(&token(r#"{"typ":"JWT","alg":"HS256"}"#, r#"{"sub":"a","jti":"x","exp":1}"#));
        assert!(one.is_some());
        assert_eq!(one, shape(&token(r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"exp":2,"jti":"y","sub":"b"}"#)));
        for (head, claims) in [
            (r#"{"typ":"JWT","alg":"HS256"}"#, r#"{"sub":"a","exp":1}"#),
            (r#"{"typ":"JWT","alg":"none"}"#, r#"{"sub":"a","jti":"x","exp":1}"#),
            (r#"{"typ":"JWT","alg":"HS256"}"#, r#"{"sub":"a","jti":"x","exp":1,"admin":true}"#),
            (r#"{"typ":"JWT","alg":"HS256","kid":"../a"}"#, r#"{"sub":"a","jti":"x","exp":1}"#),
        ] {
            assert_ne!(one, shape(&token(head, claims)), "{head} {claims}");
        }
        assert_eq!(shape(b"eyJ"), None);
    }
}
