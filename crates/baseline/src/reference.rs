//! Which object a call refers to: the last value of its path, else an id-like parameter.
//!
//! Pages, offsets, limits, dates and search words name no object. Nothing here allocates.

use model::endpoint::EndpointName;
use model::observation::{Observed, Param, ParamPlace, PathSegment, ValueClass};

use crate::models::mix;

/// The object of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Hash of the value and of the values before it in the path; once [`Reference::on`] it, of the path too.
    pub(crate) object: u64,
    /// The number, when it is one.
    pub(crate) number: Option<u64>,
    /// Short keyed tag of the value alone, as answers tell theirs; 0 when it has none.
    pub(crate) sought: u32,
}

impl Reference {
    /// The object on the path with that hash.
    pub(crate) const fn on(self, path: u64) -> Self {
        Self { object: mix(path ^ self.object), ..self }
    }
}

/// The object `seen` refers to, if it refers to one.
pub(crate) fn reference(name: &EndpointName, seen: &Observed<'_>) -> Option<Reference> {
    let segments = seen.segments();
    let mut context = 0;
    let mut found = None;
    for &at in &name.variables {
        let Some(segment) = segments.get(at as usize).filter(|segment| names_an_object(segment.class)) else {
            continue;
        };
        context = mix(context ^ value(seen, segment));
        found = Some(Reference { object: context, number: segment.number, sought: segment.sought });
    }
    found.or_else(|| {
        let named = seen.params().iter().find(|param| is_id(seen, param));
        let param = named.or_else(|| unnamed(name, seen))?;
        Some(Reference { object: mix(param.value), number: param.number, sought: param.sought })
    })
}

/// Hashes of the values before the last one in a path, and of that alone; `None` for a path with fewer than two.
pub(crate) fn placed(name: &EndpointName, seen: &Observed<'_>) -> Option<[u64; 2]> {
    let segments = seen.segments();
    let values = name.variables.iter().filter_map(|at| segments.get(usize::from(*at)));
    let values = values.filter(|segment| names_an_object(segment.class)).map(|segment| value(seen, segment));
    let (mut under, mut last) = (None, None);
    for value in values {
        under = last.map(|last| mix(under.unwrap_or(0) ^ last)).or(under);
        last = Some(value);
    }
    Some([under?, last?])
}

/// Shapes that name things. A word does where the endpoint's template says that it is a value.
const fn names_an_object(class: ValueClass) -> bool {
    use ValueClass as C;
    matches!(class, C::Word | C::Int | C::Uuid | C::Hex | C::Token | C::Email | C::Phone | C::File)
}

fn value(seen: &Observed<'_>, segment: &PathSegment) -> u64 {
    if segment.value != 0 {
        return segment.value;
    }
    seen.text(segment.text)
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn is_id(seen: &Observed<'_>, param: &Param) -> bool {
    use ValueClass as C;
    param.value != 0
        && matches!(param.place, ParamPlace::Query | ParamPlace::Form | ParamPlace::Body | ParamPlace::Argument)
        && matches!(param.class, C::Int | C::Uuid | C::Hex | C::Token)
        && is_id_name(seen.text(param.name))
}

/// The object of a call of gRPC whose fields have numbers only. By convention the first field of a request names what is
/// asked for (Google AIP-131, AIP-134, AIP-135); of methods that list or search it does not (AIP-132, AIP-136).
fn unnamed<'a>(name: &EndpointName, seen: &Observed<'a>) -> Option<&'a Param> {
    use ValueClass as C;
    const FIRST: &[u8] = b"/1";
    const LISTS: [&str; 6] = ["List", "Search", "Query", "Find", "Batch", "Count"];
    let method = name.template.rsplit('/').next().unwrap_or_default();
    if seen.rpc()?.asked.messages != 1 || LISTS.iter().any(|word| method.starts_with(word)) {
        return None;
    }
    seen.params().iter().find(|param| {
        param.value != 0
            && param.place == ParamPlace::Body
            && matches!(param.class, C::Int | C::Uuid | C::Hex | C::Token)
            && seen.text(param.name) == FIRST
    })
}

/// Ids of the conversation rather than of an object.
const NOT_OBJECTS: [&[u8]; 12] = [
    b"session",
    b"client",
    b"request",
    b"correlation",
    b"trace",
    b"span",
    b"device",
    b"app",
    b"message",
    b"visitor",
    b"build",
    b"install",
];

/// `id`, `order_id`, `orderId`, `order-id`, `uuid`, `/order/id`; not `paid`, `session_id`.
pub(crate) fn is_id_name(name: &[u8]) -> bool {
    let name = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    for suffix in [&b"uuid"[..], b"guid"] {
        if name.eq_ignore_ascii_case(suffix) {
            return true;
        }
    }
    let Some(stem) = name.len().checked_sub(2).and_then(|at| name.split_at_checked(at)) else { return false };
    let (stem, id) = stem;
    if stem.is_empty() {
        return id.eq_ignore_ascii_case(b"id");
    }
    let joined = id == b"Id" || id == b"ID" || (id == b"id" && matches!(stem.last(), Some(b'_' | b'-' | b'.')));
    let stem = stem.strip_suffix(b"_").or_else(|| stem.strip_suffix(b"-")).unwrap_or(stem);
    joined && !NOT_OBJECTS.iter().any(|word| ends_with(stem, word))
}

fn ends_with(text: &[u8], word: &[u8]) -> bool {
    text.len().checked_sub(word.len()).and_then(|at| text.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_ids_are_told_from_names_that_only_end_so() {
        for (name, expected) in [
            ("id", true),
            ("ID", true),
            ("order_id", true),
            ("orderId", true),
            ("order-id", true),
            ("/variables/pasteId", true),
            ("uuid", true),
            ("page", false),
            ("offset", false),
            ("limit", false),
            ("paid", false),
            ("grid", false),
            ("session_id", false),
            ("sessionId", false),
            ("client_id", false),
            ("d", false),
            ("", false),
        ] {
            assert_eq!(is_id_name(name.as_bytes()), expected, "{name}");
        }
    }
}
