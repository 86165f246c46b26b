//! Shapes with a grammar: dates, addresses, tokens of three parts, files and hosts.

use memchr::memchr;
use model::ValueClass;

use super::shape::Shape;

/// Extensions of files that servers hand out as they are. Formats of answers (`json`, `xml`, `csv`, `pdf`) are not here.
const STATIC: &[&[u8]] = &[
    b"js",
    b"mjs",
    b"cjs",
    b"css",
    b"map",
    b"html",
    b"htm",
    b"png",
    b"jpg",
    b"jpeg",
    b"gif",
    b"svg",
    b"webp",
    b"avif",
    b"ico",
    b"bmp",
    b"woff",
    b"woff2",
    b"ttf",
    b"otf",
    b"eot",
    b"mp3",
    b"mp4",
    b"webm",
    b"ogg",
    b"wav",
    b"wasm",
    b"scss",
    b"less",
    b"ts",
    b"tsx",
    b"jsx",
    b"webmanifest",
];
/// Endings of host names of two labels that nothing else in a path ends with.
const TOP_DOMAINS: &[&[u8]] = &[b"com", b"org", b"net", b"edu", b"gov"];
/// Endings that more labels before them make a host name's.
const LONG_DOMAINS: &[&[u8]] = &[
    b"io",
    b"dev",
    b"de",
    b"fr",
    b"uk",
    b"eu",
    b"nl",
    b"ru",
    b"cn",
    b"jp",
    b"br",
    b"ch",
    b"at",
    b"se",
    b"pl",
    b"es",
    b"it",
    b"local",
    b"internal",
    b"cloud",
];

/// Dates, numbers, phone numbers, IPv4 addresses, versions and lists of numbers: all that starts like a number.
pub(super) fn numeric(value: &[u8], shape: &Shape) -> Option<ValueClass> {
    if value.first() == Some(&b'+') {
        if phone(value) {
            return Some(ValueClass::Phone);
        }
    } else if let Some(class) = date(value) {
        return Some(class);
    }
    if signed(value).iter().all(u8::is_ascii_digit) && shape.digits > 0 {
        return Some(ValueClass::Int);
    }
    if shape.dots == 3 && ipv4(value) {
        return Some(ValueClass::Ip);
    }
    if shape.dots <= 1 && decimal(value) {
        return Some(ValueClass::Decimal);
    }
    if shape.digits + shape.dots == shape.len && value.split(|b| *b == b'.').all(|part| !part.is_empty()) {
        return Some(ValueClass::Version);
    }
    let comma = value.contains(&b',');
    let list = comma && value.iter().all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.' | b'-'));
    (list && shape.digits >= 2).then_some(ValueClass::Token)
}

fn signed(value: &[u8]) -> &[u8] {
    match value {
        [b'-', rest @ ..] => rest,
        _ => value,
    }
}

fn decimal(value: &[u8]) -> bool {
    let unsigned = signed(value);
    let (mantissa, exponent) = match unsigned.iter().position(|b| matches!(b, b'e' | b'E')) {
        Some(at) => (unsigned.get(..at).unwrap_or_default(), unsigned.get(at + 1..)),
        None => (unsigned, None),
    };
    let mut parts = mantissa.split(|b| *b == b'.');
    let digits = |part: Option<&[u8]>| part.is_some_and(|p| !p.is_empty() && p.iter().all(u8::is_ascii_digit));
    let whole = digits(parts.next());
    let point = mantissa.contains(&b'.');
    let fraction = !point || digits(parts.next());
    let exponent_fits = exponent.is_none_or(|e| {
        let bare = e.strip_prefix(b"+").or_else(|| e.strip_prefix(b"-")).unwrap_or(e);
        point && matches!(bare.len(), 1..=3) && bare.iter().all(u8::is_ascii_digit)
    });
    whole && fraction && exponent_fits && (point || exponent.is_some())
}

/// `+` and seven to fifteen digits, separators between them (ITU-T E.164).
fn phone(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let body = value.get(1..).unwrap_or_default();
    (7..=15).contains(&digits)
        && value.len() <= digits + 6
        && body.iter().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'.' | b'(' | b')'))
}

/// `2024-01-31`, and with a time after it (RFC 3339); a year and a month alone are a version.
fn date(value: &[u8]) -> Option<ValueClass> {
    let two = |a: u8, b: u8| {
        (a.is_ascii_digit() && b.is_ascii_digit()).then(|| u32::from(a - b'0') * 10 + u32::from(b - b'0'))
    };
    let [c1, c2, y1, y2, b'-', m1, m2, rest @ ..] = value else { return None };
    let (century, _, month) = (two(*c1, *c2)?, two(*y1, *y2)?, two(*m1, *m2)?);
    if !(15..=29).contains(&century) || !(1..=12).contains(&month) {
        return None;
    }
    match rest {
        [] => Some(ValueClass::Version),
        [b'-', d1, d2, time @ ..] if (1..=31).contains(&two(*d1, *d2)?) => match time {
            [] => Some(ValueClass::Date),
            [b'T' | b't' | b' ' | b'_', h1, h2, b':', n1, n2, ..] => {
                (two(*h1, *h2)? < 25 && two(*n1, *n2)? < 60).then_some(ValueClass::DateTime)
            }
            _ => None,
        },
        _ => None,
    }
}

/// `20240131T120000Z` (ISO 8601 basic form).
pub(super) fn compact_date_time(value: &[u8]) -> bool {
    let part = |range: std::ops::Range<usize>| value.get(range).is_some_and(|p| p.iter().all(u8::is_ascii_digit));
    value.get(8) == Some(&b'T') && value.get(15) == Some(&b'Z') && part(0..8) && part(9..15)
}

fn ipv4(value: &[u8]) -> bool {
    std::str::from_utf8(value).is_ok_and(|text| text.parse::<std::net::Ipv4Addr>().is_ok())
}

pub(super) fn ipv6(value: &[u8]) -> bool {
    let bare = value.strip_prefix(b"[").and_then(|v| v.strip_suffix(b"]")).unwrap_or(value);
    bare.len() <= 45 && std::str::from_utf8(bare).is_ok_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok())
}

/// RFC 9562 §4, in braces or after `urn:uuid:` too.
pub(super) fn uuid(value: &[u8]) -> bool {
    let bare = value.strip_prefix(b"{").and_then(|v| v.strip_suffix(b"}")).unwrap_or(value);
    let bare = bare.strip_prefix(b"urn:uuid:").unwrap_or(bare);
    bare.len() == 36
        && bare.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Three parts of base64url, the first of which begins with `{"` (RFC 7519 §3).
pub(super) fn jwt(value: &[u8]) -> bool {
    // All bytes are looked at without a way out between them, which lets the compiler take many at once.
    let fits = |part: &[u8]| part.iter().fold(true, |fits, byte| fits & url_safe(*byte));
    let parts = || {
        let (head, rest) = value.split_at_checked(memchr(b'.', value)?)?;
        let (_, rest) = rest.split_first()?;
        let (claims, rest) = rest.split_at_checked(memchr(b'.', rest)?)?;
        Some((head, claims, rest.get(1..)?))
    };
    value.starts_with(b"eyJ")
        && parts().is_some_and(|(head, claims, signature)| {
            head.len() >= 8 && claims.len() >= 2 && [head, claims, signature].into_iter().all(fits)
        })
}

const fn url_safe(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_')
}

/// Text with a blank near its beginning: of the shapes only dates, phone numbers, URLs and files may have one.
/// Long text is told so without being read.
pub(super) fn prose(value: &[u8]) -> bool {
    /// Longer than every word that is worth the look.
    const PROSE_MIN: usize = 24;
    /// Where the colon of a URL's scheme stands at most, and how long an extension with its point is.
    const SCHEME_MAX: usize = 16;
    const EXTENSION_MAX: usize = 16;
    let (Some(head), Some(tail)) = (value.get(..PROSE_MIN), value.len().checked_sub(EXTENSION_MAX)) else {
        return false;
    };
    !starts_numeric(value)
        && head.contains(&b' ')
        && !head.get(..SCHEME_MAX).unwrap_or(head).contains(&b':')
        && !value.get(tail..).unwrap_or_default().contains(&b'.')
}

/// Whether it may be a number, a date, a phone number or an address.
pub(super) fn starts_numeric(value: &[u8]) -> bool {
    value.first().is_some_and(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.'))
}

pub(super) fn email(value: &[u8]) -> bool {
    let Some(at) = value.iter().position(|b| *b == b'@') else { return false };
    let (local, domain) = (value.get(..at).unwrap_or_default(), value.get(at + 1..).unwrap_or_default());
    let local_fits =
        local.iter().all(|b| b.is_ascii_alphanumeric() || *b >= 0x80 || b".!#$%&'*+-/=?^_`{|}~".contains(b));
    let last = domain.rsplit(|b| *b == b'.').next().unwrap_or_default();
    matches!(local.len(), 1..=64)
        && local_fits
        && domain.contains(&b'.')
        && labels(domain)
        && last.len() >= 2
        && last.iter().all(u8::is_ascii_alphabetic)
        && !STATIC.iter().any(|extension| extension.eq_ignore_ascii_case(last))
}

/// A scheme, `://` and something.
pub(super) fn url(value: &[u8]) -> bool {
    let Some(at) = value.windows(3).take(16).position(|w| w == b"://") else { return false };
    let scheme = value.get(..at).unwrap_or_default();
    scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        && value.len() > at + 3
}

/// `pt-BR`, `zh_Hans`; two letters alone are as often a country, a verb or a word.
pub(super) fn locale(value: &[u8]) -> bool {
    match value {
        [a, b, b'-' | b'_', c, d] => {
            a.is_ascii_lowercase() && b.is_ascii_lowercase() && c.is_ascii_uppercase() && d.is_ascii_uppercase()
        }
        [b'z', b'h', b'-' | b'_', rest @ ..] => matches!(rest, b"Hans" | b"Hant"),
        _ => false,
    }
}

/// `v1`, `v2.1`, `v1beta2`, `V3`, `v2024-01-01`.
pub(super) fn version(value: &[u8]) -> bool {
    let [b'v' | b'V', rest @ ..] = value else { return false };
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let tail = rest.get(digits..).unwrap_or_default();
    let numbers =
        |tail: &[u8]| tail.len() <= 8 && tail.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_'));
    let stage = [&b"alpha"[..], b"beta", b"rc", b"preview", b"p"]
        .iter()
        .any(|word| tail.strip_prefix(*word).is_some_and(|n| n.len() <= 4 && numbers(n)));
    matches!(digits, 1..=4) && (numbers(tail) || stage)
}

/// A file name, a host name, or neither.
pub(super) fn dotted(value: &[u8], shape: &Shape) -> Option<ValueClass> {
    let at = value.iter().rposition(|b| *b == b'.')?;
    let (stem, last) = (value.get(..at)?, value.get(at + 1..)?);
    let is_one_of = |list: &[&[u8]]| list.iter().any(|entry| entry.eq_ignore_ascii_case(last));
    if !stem.is_empty() && is_one_of(STATIC) {
        return Some(ValueClass::File);
    }
    let marks = shape.dots + shape.dashes + shape.colons;
    let host = marks == shape.marks()
        && shape.upper == 0
        && labels(value)
        && (is_one_of(TOP_DOMAINS) || shape.dots >= 2 && is_one_of(LONG_DOMAINS));
    host.then_some(ValueClass::Host)
}

/// Labels of letters, digits and inner hyphens, with points between them (RFC 1035 §2.3.1).
fn labels(host: &[u8]) -> bool {
    host.len() <= 253
        && host.split(|b| *b == b'.').all(|label| {
            matches!(label.len(), 1..=63)
                && label.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-' || *b >= 0x80)
                && label.first() != Some(&b'-')
                && label.last() != Some(&b'-')
        })
}
