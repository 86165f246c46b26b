//! Cookies of a request: their names, and the session among them.

use model::limits::COOKIES_MAX;
use model::{AuthKind, ParamPlace, ValueClass};

use crate::auth::Credentials;
use crate::class::{classify, is_opaque};
use crate::names::session_cookie;
use crate::row::Row;

/// Values of session cookies are at least so long when their shape says nothing.
const SESSION_BYTES_MIN: usize = 20;

/// Reads one `Cookie` field; `seen` counts over all fields of the request.
pub(crate) fn read<'t>(row: &mut Row<'_>, field: &'t [u8], seen: &mut usize, credentials: &mut Credentials<'t>) {
    for pair in field.split(|b| *b == b';') {
        let pair = pair.trim_ascii();
        let Some(at) = pair.iter().position(|b| *b == b'=') else { continue };
        if *seen == COOKIES_MAX {
            return;
        }
        *seen += 1;
        let (name, value) = (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default());
        let class = classify(value);
        if drawn(class, value) && session_cookie(name) {
            row.seen.auth.insert(AuthKind::Cookie);
            credentials.session(value, class);
        }
        row.param_shape(ParamPlace::Cookie, name, class);
    }
}

fn drawn(class: ValueClass, value: &[u8]) -> bool {
    is_opaque(class) || value.len() >= SESSION_BYTES_MIN && value.iter().any(u8::is_ascii_digit)
}
