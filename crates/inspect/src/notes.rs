//! Notes of answers: what their fields and cookies tell of the software that answered.
//!
//! In: the fields of a response. Out: names of fields that no standard has, with values that can only be a product and its
//! version; names of cookies that are set. Not of every answer: a partition of flows notes those of a name and a class of
//! statuses once, and again only when others took its place; busy partitions share the names among them. Which ones depends on the partition and its own order alone,
//! so not on the number of threads. No value that could be drawn or secret is told.

use model::limits::{NAME_BYTES_MAX, NOTE_VALUE_BYTES_MAX, NOTES_MAX, NOTES_PLACES_MAX, PARTITIONS};
use model::message::{FieldName, Fields};

use serde::{Deserialize, Serialize};

use crate::class::classify;
use crate::row::Row;
use crate::text::push_printable;

/// Names whose answers were noted, by partition.
#[derive(Debug)]
pub(crate) struct Notes {
    partitions: Vec<Places>,
}

#[derive(Clone, Debug, Default)]
struct Places {
    names: Vec<u32>,
    read: u32,
}

/// The places of one partition: where, and the mark of the name.
#[derive(Serialize, Deserialize)]
pub(crate) struct Stored {
    read: u32,
    names: Vec<(u16, u32)>,
}

/// Answers that one partition notes whatever they are: small captures are noted whole.
const FREE: u32 = 8;
/// After these, one in so many partitions notes a name, drawn from the name.
const ONE_IN: u64 = 8;

impl Default for Notes {
    fn default() -> Self {
        Self { partitions: vec![Places::default(); PARTITIONS] }
    }
}

/// Fields of answers that are in standards, or that every server and proxy sends: they tell no product.
const STANDARD: &[&[u8]] = &[
    b"accept-ranges",
    b"access-control-allow-credentials",
    b"access-control-allow-headers",
    b"access-control-allow-methods",
    b"access-control-allow-origin",
    b"access-control-expose-headers",
    b"access-control-max-age",
    b"age",
    b"allow",
    b"alt-svc",
    b"cache-control",
    b"content-disposition",
    b"content-language",
    b"content-location",
    b"content-security-policy",
    b"cross-origin-embedder-policy",
    b"cross-origin-opener-policy",
    b"cross-origin-resource-policy",
    b"date",
    b"etag",
    b"expires",
    b"keep-alive",
    b"last-modified",
    b"link",
    b"nel",
    b"permissions-policy",
    b"pragma",
    b"referrer-policy",
    b"report-to",
    b"retry-after",
    b"server-timing",
    b"strict-transport-security",
    b"timing-allow-origin",
    b"vary",
    b"via",
    b"warning",
    b"x-content-type-options",
    b"x-correlation-id",
    b"x-frame-options",
    b"x-permitted-cross-domain-policies",
    b"x-ratelimit-limit",
    b"x-ratelimit-remaining",
    b"x-ratelimit-reset",
    b"x-request-id",
    b"x-response-time",
    b"x-runtime",
    b"x-xss-protection",
];
/// Words in names of fields whose value names a product or its version.
const TELLING: &[&[u8]] = &[b"version", b"powered-by", b"generator", b"jenkins", b"hudson", b"sharepointteamservices"];

impl Notes {
    /// Notes the fields of an answer to `name` with that status, when it is due.
    #[inline]
    pub(crate) fn see(&mut self, partition: usize, name: u64, status: u16, fields: &Fields<'_>, row: &mut Row<'_>) {
        let Some(places) = self.partitions.get_mut(partition) else { return };
        let mixed = name.rotate_left(8) ^ u64::from(status / 100);
        let (at, mark) = (mixed as usize % NOTES_PLACES_MAX, (mixed >> 32) as u32 | 1);
        if places.names.get(at) == Some(&mark) {
            return;
        }
        if places.names.is_empty() {
            places.names = vec![0; NOTES_PLACES_MAX];
        }
        if let Some(place) = places.names.get_mut(at) {
            *place = mark;
        }
        if places.read >= FREE && !((name >> 40) + partition as u64).is_multiple_of(ONE_IN) {
            return;
        }
        places.read = places.read.saturating_add(1);
        read(fields, row);
    }

    /// What is to be kept of a partition; `None` when it saw no answer.
    pub(crate) fn stored(&self, partition: usize) -> Option<Stored> {
        let places = self.partitions.get(partition).filter(|places| !places.names.is_empty())?;
        let names = (0..).zip(&places.names).filter(|(_, mark)| **mark != 0).map(|(at, mark)| (at, *mark));
        Some(Stored { read: places.read, names: names.collect() })
    }

    /// Goes on from what was kept; places that are none are left out.
    pub(crate) fn restore(&mut self, partition: usize, stored: &Stored) {
        let Some(places) = self.partitions.get_mut(partition) else { return };
        *places = Places { names: vec![0; NOTES_PLACES_MAX], read: stored.read };
        for (at, mark) in &stored.names {
            if let Some(place) = places.names.get_mut(usize::from(*at)) {
                *place = *mark;
            }
        }
    }
}

#[cold]
fn read(fields: &Fields<'_>, row: &mut Row<'_>) {
    let mut room = NOTES_MAX;
    for (id, name, value) in fields.iter() {
        let (name, value) = match id {
            FieldName::Server => (&b"server"[..], told(value)),
            FieldName::SetCookie => (&b"set-cookie"[..], cookie(value)),
            FieldName::Other if STANDARD.iter().any(|known| name.eq_ignore_ascii_case(known)) => continue,
            FieldName::Other if classify(name).is_value() => continue,
            FieldName::Other => (name, if is_telling(name) { told(value) } else { &[][..] }),
            _ => continue,
        };
        if room == 0 {
            return;
        }
        room -= 1;
        row.note(name, value);
    }
}

/// The name of a cookie that is set; nothing for one that is a value itself.
fn cookie(value: &[u8]) -> &[u8] {
    let end = value.iter().position(|b| matches!(b, b'=' | b';')).unwrap_or(value.len());
    let name = value.get(..end).unwrap_or_default().trim_ascii();
    if classify(name).is_value() { &[] } else { name }
}

fn is_telling(name: &[u8]) -> bool {
    TELLING.iter().any(|word| crate::text::contains(name, word))
}

/// A value that can only be names and versions: short, and without a run of letters and digits that may be drawn.
fn told(value: &[u8]) -> &[u8] {
    const DRAWN_MIN: usize = 20;
    let plain =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'.' | b'/' | b'-' | b'_' | b'(' | b')' | b':' | b'+');
    let drawn = |part: &[u8]| {
        part.len() >= DRAWN_MIN
            || (part.len() >= 8 && part.iter().any(u8::is_ascii_digit) && part.iter().any(u8::is_ascii_alphabetic))
    };
    let parts = || value.split(|b| !b.is_ascii_alphanumeric());
    if value.len() > NOTE_VALUE_BYTES_MAX || !value.iter().all(plain) || parts().any(drawn) { &[] } else { value }
}

impl Row<'_> {
    /// Adds a note, both parts in lower case.
    fn note(&mut self, name: &[u8], value: &[u8]) {
        let name = self.lowered(name);
        let value = self.lowered(value);
        self.batch.notes.push(model::observation::Note { name, value });
        self.seen.notes.len += 1;
    }

    fn lowered(&mut self, bytes: &[u8]) -> model::observation::Text {
        let text = self.text(|out| push_printable(out, bytes, NAME_BYTES_MAX));
        let range = text.at as usize..(text.at + text.len) as usize;
        self.batch.text.get_mut(range).unwrap_or_default().make_ascii_lowercase();
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_may_be_drawn_are_not_told() {
        for (value, kept) in [
            ("nginx/1.24.0 (Ubuntu)", true),
            ("2.414.3", true),
            ("Servlet/3.1 JSP/2.3", true),
            ("9f86d081884c7d65", false),
            ("eyJhbGciOiJIUzI1NiJ9", false),
            ("key=value", false),
            ("a\u{1b}[2J", false),
            (&"long ".repeat(20), false),
        ] {
            assert_eq!(!told(value.as_bytes()).is_empty(), kept, "{value}");
        }
        assert_eq!(cookie(b"JSESSIONID.ab=12; Path=/"), b"JSESSIONID.ab");
        assert_eq!(cookie(b"9f86d081884c7d659a2feaa0c55ad015=1"), b"");
        assert!(is_telling(b"X-Powered-By") && !is_telling(b"X-Session"));
    }
}
