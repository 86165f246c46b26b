//! A request's body: parameters of JSON documents and of forms.

use std::cell::Cell;

use model::observation::Param;
use model::{Anomaly, ParamPlace, ValueClass};

use crate::auth::Credentials;
use crate::class::classify;
use crate::content::Content;
use crate::json::{End, Leaf, Walker};
use crate::operations::Reader;
use crate::query;
use crate::row::Row;

/// Slots of the table that finds a pointer seen before; twice the most parameters of a request.
const SLOTS: usize = 128;
const _: () = assert!(SLOTS >= 2 * model::limits::PARAMS_MAX && SLOTS.is_power_of_two());

/// What a media type says about the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Json,
    Form,
    /// A GraphQL document.
    GraphQl,
    /// Text: what some clients of JSON-RPC call their JSON.
    Plain,
    Unknown,
    Other,
}

/// Reads the body into the row.
pub(crate) fn read(
    row: &mut Row<'_>,
    kind: Kind,
    content: &Content<'_>,
    walker: &mut Walker,
    scratch: &mut query::Scratch,
    operations: &mut Reader,
) {
    let Some(bytes) = content.bytes else { return };
    if bytes.is_empty() {
        return;
    }
    let first = bytes.iter().find(|b| !b.is_ascii_whitespace());
    let structure = matches!(first, Some(b'{' | b'['));
    match kind {
        Kind::Json => json(row, bytes, content.whole, walker, operations),
        // Clients that set no media type, or curl's default, and send JSON all the same.
        Kind::Unknown | Kind::Plain | Kind::Form if structure => json(row, bytes, false, walker, operations),
        Kind::Form => query::read(row, bytes, ParamPlace::Form, &mut Credentials::default(), scratch, operations),
        Kind::GraphQl => operations.document(bytes),
        Kind::Unknown | Kind::Plain | Kind::Other => {}
    }
}

impl Kind {
    /// Whether it may be a document that is told of as a whole.
    pub(crate) const fn is_text(self) -> bool {
        matches!(self, Self::Unknown | Self::Plain | Self::Other)
    }

    /// Of a media type in lower case, without parameters.
    pub(crate) fn of(media_type: &[u8]) -> Self {
        // Not streams of several documents (`application/x-ndjson`).
        let json = media_type.ends_with(b"/json")
            || media_type.ends_with(b"+json")
            || media_type.ends_with(b"/x-json")
            || media_type.ends_with(b"json-rpc")
            || media_type.ends_with(b"-jsonrpc");
        if media_type.is_empty() {
            Self::Unknown
        } else if media_type == b"application/x-www-form-urlencoded" {
            Self::Form
        } else if json {
            Self::Json
        } else if media_type == b"application/graphql" {
            Self::GraphQl
        } else if media_type == b"text/plain" {
            Self::Plain
        } else {
            Self::Other
        }
    }
}

/// Walks the document; malformed only when `judged`.
fn json(row: &mut Row<'_>, document: &[u8], judged: bool, walker: &mut Walker, operations: &mut Reader) {
    let mut slots = [(0u64, 0u16); SLOTS];
    let array = document.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
    operations.begin_json(array, row.param_count());
    let (element, mut before) = (Cell::new(0), 0);
    let end = walker.walk_elements(document, &element, |pointer, value| {
        if element.get() != before {
            before = element.get();
            // The arguments of each operation of a batch are its own; elements of other arrays share their fields.
            if operations.next_element(row.param_count()) {
                slots.fill((0, 0));
            }
        }
        operations.leaf(pointer, value);
        match value {
            // A document of operations is code; its literals are read as arguments.
            Leaf::Text(text) if !(pointer.ends_with(b"/query") && text.contains(&b'{')) => {
                row.suspect(ParamPlace::Body, pointer, text);
            }
            Leaf::Number(_) | Leaf::Bool | Leaf::Null if pointer.contains(&b'$') => {
                row.suspect(ParamPlace::Body, pointer, b"");
            }
            _ => {}
        }
        let tag = row.tag(pointer);
        let hash = place(tag);
        let mut at = hash as usize;
        loop {
            let Some(slot) = slots.get_mut(at % SLOTS) else { return false };
            if slot.0 == hash {
                row.sharpen(usize::from(slot.1), |row| param(row, pointer, tag, value));
                return true;
            }
            if slot.0 == 0 {
                *slot = (hash, row.param_count() as u16);
                let found = param(row, pointer, tag, value);
                return row.param_named(found, pointer) || operations.goes_on();
            }
            at += 1;
        }
    });
    match end {
        End::Limit => row.odd(Anomaly::ContentLimit),
        End::Malformed | End::Cut if judged => row.odd(Anomaly::ContentMalformed),
        _ => {}
    }
}

fn param(row: &mut Row<'_>, pointer: &[u8], tag: Option<u128>, value: Leaf<'_>) -> Param {
    let (class, text) = leaf_class(value);
    row.told(Param { place: ParamPlace::Body, class, ..Param::default() }, pointer, tag, text)
}

/// Where a pointer with that tag is looked for, never 0. Pointers are short enough to have a tag
/// ([`NAME_BYTES_MAX`](model::limits::NAME_BYTES_MAX)).
pub(crate) fn place(tag: Option<u128>) -> u64 {
    tag.unwrap_or_default() as u64 | 1
}

/// The shape of a leaf, and its text when it has one.
pub(crate) fn leaf_class(value: Leaf<'_>) -> (ValueClass, &[u8]) {
    match value {
        Leaf::Text(text) => (classify(text), text),
        Leaf::Number(text) => {
            let whole = text.iter().all(|b| b.is_ascii_digit() || *b == b'-');
            (if whole { ValueClass::Int } else { ValueClass::Decimal }, text)
        }
        Leaf::Bool => (ValueClass::Bool, &[]),
        Leaf::Null => (ValueClass::Null, &[]),
        Leaf::Object => (ValueClass::Object, &[]),
        Leaf::Array => (ValueClass::Array, &[]),
    }
}
