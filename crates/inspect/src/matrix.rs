//! Matrix parameters of path segments: `/cars;color=red;doors=5` (RFC 3986 §3.3, RFC 6570 §3.2.7, `style: matrix` of OpenAPI).
//!
//! In: segments as sent. Out: the segment without them, so that they make no endpoint of their own, and its parameters. A
//! session that stands there (`;jsessionid=…`) is a credential. A semicolon means nothing by itself: what follows it is a list
//! of parameters only when each is a name, and one has a value.

use memchr::memchr;
use model::{AuthKind, ParamPlace};

use crate::auth::Credentials;
use crate::class::{classify, is_opaque};
use crate::names::session_cookie;
use crate::row::Row;
use crate::text::decoded;

/// The segment up to its parameters, and these; nothing of a segment without any, or of parameters without a segment.
pub(crate) fn split(raw: &[u8]) -> (&[u8], &[u8]) {
    let found = memchr(b';', raw).filter(|at| *at > 0).and_then(|at| raw.split_at_checked(at));
    let Some((segment, list)) = found else { return (raw, &[]) };
    let mut valued = false;
    let named = pairs(list).all(|(name, value)| {
        valued |= value.is_some();
        is_name(name)
    });
    if named && valued { (segment, list) } else { (raw, &[]) }
}

/// Reads the parameters of all segments into the row.
pub(crate) fn read<'t>(row: &mut Row<'_>, path: &'t [u8], credentials: &mut Credentials<'t>, scratch: &mut Vec<u8>) {
    for (name, value) in path.split(|b| *b == b'/').flat_map(|raw| pairs(split(raw).1)) {
        let raw = value.unwrap_or_default();
        let class = classify(raw);
        if is_opaque(class) && session_cookie(name) {
            credentials.session(raw, class);
            row.seen.auth.insert(AuthKind::SessionUrl);
            row.param_shape(ParamPlace::Path, name, class);
        } else {
            row.param(ParamPlace::Path, name, decoded(raw, false, scratch));
        }
    }
}

/// Names and values of `;a=1;b`.
fn pairs(list: &[u8]) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    list.split(|b| *b == b';').filter(|pair| !pair.is_empty()).map(|pair| match memchr(b'=', pair) {
        Some(at) => (pair.get(..at).unwrap_or_default(), pair.get(at + 1..)),
        None => (pair, None),
    })
}

fn is_name(name: &[u8]) -> bool {
    name.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
        && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_cut_off_and_other_semicolons_are_not() {
        for (raw, segment) in [
            ("cars;color=red", "cars"),
            ("cars;color=red;used", "cars"),
            ("cars;jsessionid=1F3A", "cars"),
            ("1;2;3", "1;2;3"),
            ("a;b", "a;b"),
            (";id=5", ";id=5"),
            ("image;base64,ab=", "image;base64,ab="),
            ("..;", "..;"),
            ("cars", "cars"),
        ] {
            assert_eq!(split(raw.as_bytes()).0, segment.as_bytes(), "{raw}");
        }
    }
}
