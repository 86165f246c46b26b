//! Bodies of several parts (RFC 2046 §5.1, RFC 7578).
//!
//! In: the media type as sent and the decoded bytes. Out: one call for each part with its name, the name of its file, and
//! its content, of which the caller looks at that of fields only. A part that is cut ends with the bytes.

use memchr::memmem;
use model::limits::MULTIPART_PARTS_MAX;

use crate::json::End;

/// Longest boundary (RFC 2046 §5.1.1).
const BOUNDARY_MAX: usize = 70;

/// One part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub(crate) name: &'a [u8],
    /// The name of its file, when it is one.
    pub(crate) file: Option<&'a [u8]>,
    pub(crate) media_type: &'a [u8],
    pub(crate) content: &'a [u8],
}

/// Calls `take` with each part until it returns `false`.
pub(crate) fn read<'a>(content_type: &[u8], body: &'a [u8], mut take: impl FnMut(Part<'a>) -> bool) -> End {
    let Some(boundary) = parameter(content_type, b"boundary").filter(|b| (1..=BOUNDARY_MAX).contains(&b.len())) else {
        return End::Malformed;
    };
    let delimiter = [b"\r\n--", boundary].concat();
    let finder = memmem::Finder::new(&delimiter);
    // The first one may stand at the very beginning.
    let mut rest = match body.strip_prefix(delimiter.get(2..).unwrap_or_default()) {
        Some(rest) => rest,
        None => match finder.find(body) {
            Some(at) => body.get(at + delimiter.len()..).unwrap_or_default(),
            None => return End::Malformed,
        },
    };
    for _ in 0..MULTIPART_PARTS_MAX {
        if rest.starts_with(b"--") {
            return End::Whole;
        }
        let line = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let Some(inside) = rest.get(line..).and_then(|rest| rest.strip_prefix(b"\r\n")) else {
            let is_cut = b"\r\n".starts_with(rest.get(line..).unwrap_or_default());
            return if is_cut { End::Cut } else { End::Malformed };
        };
        let end = finder.find(inside);
        let part = inside.get(..end.unwrap_or(inside.len())).unwrap_or_default();
        if !take(parsed(part)) {
            return End::Limit;
        }
        let Some(end) = end else { return End::Cut };
        rest = inside.get(end + delimiter.len()..).unwrap_or_default();
    }
    if rest.starts_with(b"--") { End::Whole } else { End::Limit }
}

/// Fields and content of a part.
fn parsed(part: &[u8]) -> Part<'_> {
    let mut out = Part::default();
    let mut rest = part;
    loop {
        let (line, after) = match memmem::find(rest, b"\r\n") {
            Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 2..).unwrap_or_default()),
            None => (rest, &[][..]),
        };
        rest = after;
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.iter().position(|b| *b == b':').and_then(|at| line.split_at_checked(at)) else {
            continue;
        };
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"content-disposition") {
            out.name = parameter(value, b"name").unwrap_or_default();
            out.file = parameter(value, b"filename").or_else(|| parameter(value, b"filename*"));
        } else if name.eq_ignore_ascii_case(b"content-type") {
            out.media_type = value.split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
        }
    }
    out.content = rest;
    out
}

/// A parameter of a field's value, without its quotes.
fn parameter<'a>(value: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let mut rest = value;
    loop {
        rest = rest.get(rest.iter().position(|b| *b == b';')? + 1..)?.trim_ascii_start();
        let equals = rest.iter().position(|b| matches!(b, b'=' | b';'))?;
        if rest.get(equals) == Some(&b';') {
            rest = rest.get(equals..)?;
            continue;
        }
        let name = rest.get(..equals)?.trim_ascii();
        rest = rest.get(equals + 1..)?.trim_ascii_start();
        let found = if let Some(quoted) = rest.strip_prefix(b"\"") {
            let end = quoted.iter().position(|b| *b == b'"').unwrap_or(quoted.len());
            rest = quoted.get(end..).unwrap_or_default();
            quoted.get(..end)
        } else {
            let end = rest.iter().position(|b| matches!(b, b';' | b' ' | b'\t')).unwrap_or(rest.len());
            let found = rest.get(..end);
            rest = rest.get(end..).unwrap_or_default();
            found
        };
        if name.eq_ignore_ascii_case(wanted) {
            return found;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &[u8] = b"multipart/form-data; charset=utf-8; boundary=\"x y\"";

    fn parts(body: &[u8]) -> (Vec<Part<'_>>, End) {
        let mut all = Vec::new();
        let end = read(TYPE, body, |part| {
            all.push(part);
            true
        });
        (all, end)
    }

    #[test]
    fn fields_and_files_are_told_apart() {
        let body = b"preamble\r\n--x y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--x y \r\nContent-Disposition: form-data; name=b; filename=\"../c.php\"\r\ncontent-type: text/x-php; a=b\r\n\r\n\r\n--z\r\n\r\n--x y--\r\nepilogue";
        let (all, end) = parts(body);
        assert_eq!(end, End::Whole);
        assert_eq!(
            all,
            [
                Part { name: b"a", content: b"one", ..Part::default() },
                Part { name: b"b", file: Some(b"../c.php"), media_type: b"text/x-php", content: b"\r\n--z\r\n" },
            ]
        );
    }

    #[test]
    fn ends_are_told_apart() {
        for (body, expected, count) in [
            (&b"--x y--"[..], End::Whole, 0),
            (b"--x y\r\n\r\nabc", End::Cut, 1),
            (b"--x y", End::Cut, 0),
            (b"--x yz", End::Malformed, 0),
            (b"nothing", End::Malformed, 0),
            (b"", End::Malformed, 0),
        ] {
            let (all, end) = parts(body);
            assert_eq!((end, all.len()), (expected, count), "{}", String::from_utf8_lossy(body));
        }
        let many = b"--x y\r\n\r\n\r\n".repeat(MULTIPART_PARTS_MAX + 1);
        assert_eq!((parts(&many).1, parts(&many).0.len()), (End::Limit, MULTIPART_PARTS_MAX));
        assert_eq!(read(b"multipart/form-data", b"--\r\n", |_| true), End::Malformed);
    }
}
