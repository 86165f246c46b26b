//! Cookies of a request: their names, what they are about, and the session among them.

use model::limits::COOKIES_MAX;
use model::{AuthKind, Mark, ParamPlace, ValueClass};

use crate::Lately;
use crate::auth::Credentials;
use crate::class::{classify, is_opaque};
use crate::names::session_cookie;
use crate::row::Row;
use crate::text::decoded;

/// Values of session cookies are at least so long when their shape says nothing.
const SESSION_BYTES_MIN: usize = 20;
/// Small letters, and capitals, of a session without digits.
const LETTERS_MIN: usize = 4;

/// Cookies of a field that is remembered, and its longest length.
const KNOWN_COOKIES: usize = 4;
const KNOWN_BYTES: usize = 512;

/// What was read from a field: where things stand in it, and nothing of what they are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    cookies: [Cookie; KNOWN_COOKIES],
    count: u8,
    sessions: u8,
    /// The only session.
    session: Cookie,
}

#[derive(Clone, Copy, Debug, Default)]
struct Cookie {
    at: u16,
    len: u16,
    class: ValueClass,
    data: Option<Mark>,
}

impl Cookie {
    /// Where `part` stands in `field`, which it was cut out of.
    fn of(part: &[u8], field: &[u8], class: ValueClass, data: Option<Mark>) -> Self {
        let at = part.as_ptr().addr().wrapping_sub(field.as_ptr().addr());
        Self { at: at as u16, len: part.len() as u16, class, data }
    }

    fn part(self, field: &[u8]) -> &[u8] {
        field.get(usize::from(self.at)..usize::from(self.at) + usize::from(self.len)).unwrap_or_default()
    }
}

/// Reads one `Cookie` field; `seen` counts over all fields of the request, `lately` holds fields read before.
pub(crate) fn read<'t>(
    row: &mut Row<'_>,
    field: &'t [u8],
    seen: &mut usize,
    credentials: &mut Credentials<'t>,
    lately: &mut Lately,
) {
    if *seen > 0 || field.len() > KNOWN_BYTES {
        read_anew(row, field, seen, credentials, &mut lately.decoded);
        return;
    }
    let tag = row.names.secret_tag(field);
    if let Some(known) = lately.cookies.get(tag) {
        *seen = usize::from(known.count);
        if known.sessions > 0 {
            row.seen.auth.insert(AuthKind::Cookie);
            credentials.session(known.session.part(field), known.session.class);
        }
        for cookie in known.cookies.iter().take(*seen) {
            row.param_about(ParamPlace::Cookie, cookie.part(field), cookie.class, cookie.data);
        }
        return;
    }
    let known = read_anew(row, field, seen, credentials, &mut lately.decoded);
    if *seen <= KNOWN_COOKIES.min(COOKIES_MAX - 1) && known.sessions < 2 {
        lately.cookies.put(tag, known);
    }
}

/// Reads one `Cookie` field of at most [`KNOWN_BYTES`], or longer when what it returns does not matter.
fn read_anew<'t>(
    row: &mut Row<'_>,
    field: &'t [u8],
    seen: &mut usize,
    credentials: &mut Credentials<'t>,
    scratch: &mut Vec<u8>,
) -> Known {
    let mut known = Known::default();
    for pair in field.split(|b| *b == b';') {
        let pair = pair.trim_ascii();
        let Some(at) = pair.iter().position(|b| *b == b'=') else { continue };
        if *seen == COOKIES_MAX {
            return known;
        }
        *seen += 1;
        let (name, value) = (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default());
        let class = classify(value);
        let session = drawn(class, value) && session_cookie(name);
        if session {
            row.seen.auth.insert(AuthKind::Cookie);
            credentials.session(value, class);
            known.sessions = known.sessions.saturating_add(1);
            known.session = Cookie::of(value, field, class, None);
        }
        // A session opens something: it is a credential of the call, told as such, and no data.
        let data = if session { None } else { about(row, name, class, value, scratch) };
        if let Some(cookie) = known.cookies.get_mut(usize::from(known.count)) {
            *cookie = Cookie::of(name, field, class, data);
            known.count += 1;
        }
        row.param_about(ParamPlace::Cookie, name, class, data);
    }
    known
}

/// What a cookie is about; most servers escape what RFC 6265 §4.1.1 does not let stand.
fn about(row: &mut Row<'_>, name: &[u8], class: ValueClass, value: &[u8], scratch: &mut Vec<u8>) -> Option<Mark> {
    let tag = row.tag(name);
    if !value.contains(&b'%') {
        return row.mark(name, tag, class, value);
    }
    let plain = decoded(value, false, scratch);
    row.mark(name, tag, classify(plain), plain)
}

fn drawn(class: ValueClass, value: &[u8]) -> bool {
    // Of letters only, in both cases: one draw in fifty of base64url has no digit.
    let letters = |of: fn(&u8) -> bool| value.iter().filter(|byte| of(byte)).count() >= LETTERS_MIN;
    let mixed = letters(u8::is_ascii_lowercase) && letters(u8::is_ascii_uppercase);
    is_opaque(class) || value.len() >= SESSION_BYTES_MIN && (value.iter().any(u8::is_ascii_digit) || mixed)
}
