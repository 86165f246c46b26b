//! Request target to template and segments.
//!
//! In: the target as sent, in any of its four forms (RFC 9112 §3.2). Out: the lexical template in the arena, and one
//! [`PathSegment`] for each segment, whose text is the part of the template that stands for it.
//!
//! Normalised: query and fragment cut, scheme and authority cut, repeated and trailing slashes dropped, each segment
//! percent-decoded once, dot segments resolved (RFC 3986 §5.2.4). An escaped slash does not split a segment.

use memchr::{memchr, memchr2};
use model::limits::{NAME_BYTES_MAX, SEGMENTS_MAX};
use model::observation::{PathSegment, Rows, Text};
use model::{Anomaly, Mark, ValueClass};

use crate::class::{classify_segment, number, quick};
use crate::matrix;
use crate::row::{Row, push_placeholder};
use crate::text::{decoded, push_printable};

/// The parts of a request target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    /// Authority of an absolute or authority form.
    pub(crate) authority: Option<&'a [u8]>,
    /// Path as sent; `*` for the asterisk form; empty for the authority form.
    pub(crate) path: &'a [u8],
    /// Query as sent, without `?`; empty when there is none.
    pub(crate) query: &'a [u8],
}

impl<'a> Target<'a> {
    /// Splits `target` of a request with that method.
    pub(crate) fn of(method: &[u8], target: &'a [u8]) -> Self {
        if method == b"CONNECT" && target.first() != Some(&b'/') {
            return Self { authority: Some(target), ..Self::default() };
        }
        let (mut authority, mut rest) = (None, target);
        if target.first() != Some(&b'/')
            && let Some(after) = after_scheme(target)
        {
            let end = after.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(after.len());
            let (whole, tail) = after.split_at_checked(end).unwrap_or((after, &[]));
            authority = Some(whole.rsplit(|b| *b == b'@').next().unwrap_or(whole));
            rest = tail;
        }
        let (path, query) = match memchr2(b'?', b'#', rest) {
            None => (rest, &[][..]),
            Some(at) => {
                let (path, tail) = rest.split_at_checked(at).unwrap_or((rest, &[]));
                let query = tail.strip_prefix(b"?").unwrap_or_default();
                (path, memchr(b'#', query).and_then(|end| query.get(..end)).unwrap_or(query))
            }
        };
        Self { authority, path, query }
    }
}

/// What follows `scheme://`.
fn after_scheme(target: &[u8]) -> Option<&[u8]> {
    let at = memchr(b':', target)?;
    let scheme = target.get(..at)?;
    let fits = scheme.first()?.is_ascii_alphabetic()
        && scheme.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if fits { target.get(at..)?.strip_prefix(b"://") } else { None }
}

/// Writes template and segments of `path` into the row, then those of `names`, which are names whatever they look like.
pub(crate) fn write(row: &mut Row<'_>, path: &[u8], names: &[u8], scratch: &mut Vec<u8>) {
    let (text_at, segments_at) = (row.batch.text.len(), row.batch.segments.len());
    let escaped = memchr(b'%', path).is_some();
    let marked = memchr(b';', path).is_some();
    for raw in path.split(|b| *b == b'/').filter(|raw| !raw.is_empty()) {
        let raw = if marked { matrix::split(raw).0 } else { raw };
        let segment = if escaped { decoded(raw, false, scratch) } else { raw };
        match segment {
            b"." => {}
            b".." => pop(row, segments_at),
            _ if row.batch.segments.len() - segments_at == SEGMENTS_MAX => {
                row.odd(Anomaly::HttpLimit);
                break;
            }
            _ => push(row, segment, row.batch.segments.len() == segments_at),
        }
    }
    for name in names.split(|b| *b == b'/').filter(|name| !name.is_empty()) {
        row.batch.text.push(b'/');
        let text = row.text(|out| push_printable(out, name, NAME_BYTES_MAX));
        row.batch.segments.push(PathSegment { class: ValueClass::Version, text, ..PathSegment::default() });
    }
    if row.batch.text.len() == text_at && !path.is_empty() {
        row.batch.text.push(b'/');
    }
    let rows = (segments_at as u32, (row.batch.segments.len() - segments_at) as u32);
    row.seen.segments = Rows { at: rows.0, len: rows.1 };
    row.seen.template = Text { at: text_at as u32, len: (row.batch.text.len() - text_at) as u32 };
}

/// Takes the last segment back, for `..`.
fn pop(row: &mut Row<'_>, segments_at: usize) {
    if row.batch.segments.len() > segments_at
        && let Some(last) = row.batch.segments.pop()
    {
        row.batch.text.truncate((last.text.at as usize).saturating_sub(1));
    }
}

fn push(row: &mut Row<'_>, segment: &[u8], first: bool) {
    row.batch.text.push(b'/');
    let data = row.own_mark(segment);
    if segment.len() <= NAME_BYTES_MAX
        && let Some(class) = quick(segment)
        && !class.is_value()
        && !is_told_apart(data, segment)
    {
        // Shown as it is, and told by that.
        let text = row.text(|out| out.extend_from_slice(segment));
        let sought = row.sought(segment);
        row.batch.segments.push(PathSegment { class, text, value: 0, sought, number: None, data });
        return;
    }
    let mut composite = Composite::of(segment);
    if first && composite.value == ValueClass::Date && composite.middle == segment {
        // `/2010-04-01/Accounts`: APIs name their versions so. What it is, siblings show: days asked for are many.
        composite.value = ValueClass::Word;
    }
    if !composite.value.is_value() && is_told_apart(data, segment) {
        composite = Composite { value: ValueClass::Token, ..Composite::whole(segment) };
    }
    // Of a value beside a word (`EMP-123456.json`) it is the value that is of a class.
    let data = if composite.middle.len() == segment.len() { data } else { row.own_mark(composite.middle) };
    let value = composite.value.is_value();
    let text = row.text(|out| {
        if value {
            push_printable(out, composite.before, NAME_BYTES_MAX);
            push_placeholder(out, composite.value);
            push_printable(out, composite.after, NAME_BYTES_MAX);
        } else {
            push_printable(out, segment, NAME_BYTES_MAX);
        }
    });
    let told_by_text = !value && segment.len() <= NAME_BYTES_MAX;
    let sought = row.sought(composite.middle);
    let hash = if told_by_text { 0 } else { row.hash(composite.middle) };
    let number = match composite.value {
        ValueClass::Int => number(composite.middle),
        ValueClass::Token => numbered(composite.middle),
        _ => None,
    };
    row.batch.segments.push(PathSegment { class: composite.value, text, value: hash, sought, number, data });
}

/// The number of a value that is letters and marks with a number behind them: `PAT-000123`, `ORD10023`.
fn numbered(value: &[u8]) -> Option<u64> {
    let at = value.iter().position(u8::is_ascii_digit).filter(|at| (1..=NUMBERED_LETTERS_MAX).contains(at))?;
    let (letters, digits) = value.split_at_checked(at)?;
    let plain = letters.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'));
    if plain && digits.len() >= NUMBERED_DIGITS_MIN { number(digits) } else { None }
}

/// Letters before, and digits of, a numbered value.
const NUMBERED_LETTERS_MAX: usize = 8;
const NUMBERED_DIGITS_MIN: usize = 3;

/// Whether a class of the configuration says that a segment is a value, not a word of the API: its form is sure, and has a
/// digit, so that a pattern of letters does not take words away.
fn is_told_apart(data: Option<Mark>, segment: &[u8]) -> bool {
    data.is_some_and(|mark| mark.sure) && segment.iter().any(u8::is_ascii_digit)
}

/// The text that stands for a segment; `None` when a value stands in it.
pub(crate) fn word(segment: &[u8]) -> Option<String> {
    if Composite::of(segment).value.is_value() {
        return None;
    }
    let mut out = Vec::new();
    push_printable(&mut out, segment, NAME_BYTES_MAX);
    String::from_utf8(out).ok()
}

/// A segment with one value in it: `42`, `42.json`, `42:cancel`, `Orders(42)`.
struct Composite<'a> {
    before: &'a [u8],
    middle: &'a [u8],
    after: &'a [u8],
    value: ValueClass,
}

impl<'a> Composite<'a> {
    fn whole(segment: &'a [u8]) -> Self {
        Self { before: &[], middle: segment, after: &[], value: ValueClass::Word }
    }

    fn of(segment: &'a [u8]) -> Self {
        let class = classify_segment(segment);
        let whole = Self { value: class, ..Self::whole(segment) };
        if matches!(class, ValueClass::Word | ValueClass::Token) {
            suffixed(segment).or_else(|| bracketed(segment)).or_else(|| prefixed(segment)).unwrap_or(whole)
        } else {
            whole
        }
    }
}

/// A value, then `.json` or `:cancel`.
fn suffixed(segment: &[u8]) -> Option<Composite<'_>> {
    /// Longest extension and longest verb that are kept.
    const EXTENSION_MAX: usize = 5;
    const VERB_MAX: usize = 24;
    let at = segment.iter().rposition(|b| matches!(b, b'.' | b':'))?;
    let (middle, after) = segment.split_at_checked(at)?;
    let (mark, word) = after.split_first()?;
    let longest = if *mark == b'.' { EXTENSION_MAX } else { VERB_MAX };
    if word.is_empty() || word.len() > longest || !word.iter().all(u8::is_ascii_alphabetic) {
        return None;
    }
    let value = classify_segment(middle);
    value.is_value().then_some(Composite { before: &[], middle, after, value })
}

/// A value behind the mark of a style: `.42` (label), `;id=42` (matrix) (RFC 6570 §3.2.5 and §3.2.7).
fn prefixed(segment: &[u8]) -> Option<Composite<'_>> {
    let at = match segment.first()? {
        b'.' => 1,
        b';' => memchr(b'=', segment)? + 1,
        _ => return None,
    };
    let (before, middle) = segment.split_at_checked(at)?;
    let plain = before.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b';' | b'=' | b'_' | b'-'));
    let value = classify_segment(middle);
    (plain && value.is_value()).then_some(Composite { before, middle, after: &[], value })
}

/// A word, then a value in brackets, quoted or not (`OData`).
fn bracketed(segment: &[u8]) -> Option<Composite<'_>> {
    let open = memchr(b'(', segment)?;
    let inner = segment.get(open + 1..)?.strip_suffix(b")")?;
    let quoted = inner.strip_prefix(b"'").and_then(|i| i.strip_suffix(b"'")).unwrap_or(inner);
    let before = segment.get(..=open)?;
    let value = classify_segment(quoted);
    let word = before.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b'('));
    (word && value.is_value()).then_some(Composite { before, middle: quoted, after: b")", value })
}
