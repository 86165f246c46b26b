//! Strings and whole numbers of a document, without where they stand: a fraction of what a walk costs.

use super::token::{plain, unescape};

/// Calls `take` with each string that is no name of a member, its escapes undone in `scratch`, and with each number without
/// a sign, a fraction and an exponent, and before it the name of a member that stands last before it, as far as strings end and `take` wants more. Nothing else of the form is checked;
/// several documents in a row are read as one.
pub(crate) fn scalars<'d>(document: &'d [u8], scratch: &mut Vec<u8>, mut take: impl FnMut(&'d [u8], &[u8]) -> bool) {
    let (mut name, mut rest) = (&[][..], document);
    let mut goes_on = true;
    while goes_on && let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'"' => {
                let Some((raw, escaped, after)) = string(tail) else { return };
                rest = after;
                if is_name(after) {
                    name = raw;
                    continue;
                }
                goes_on = if escaped {
                    unescape(raw, scratch);
                    take(name, scratch)
                } else {
                    take(name, raw)
                };
            }
            b'0'..=b'9' | b'-' => {
                let more = tail.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(tail.len());
                let (digits, after) = tail.split_at_checked(more).unwrap_or_default();
                rest = after;
                if matches!(after.first(), Some(b'.' | b'e' | b'E')) {
                    let of_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                    let more = after.iter().position(|byte| !of_number(byte)).unwrap_or(after.len());
                    rest = after.get(more..).unwrap_or_default();
                } else if *first != b'-' {
                    goes_on = take(name, document_part(document, after, digits.len() + 1));
                }
            }
            _ => {}
        }
    }
}

/// The last `len` bytes of the document before `after`, which is its end.
fn document_part<'d>(document: &'d [u8], after: &[u8], len: usize) -> &'d [u8] {
    let end = document.len() - after.len();
    document.get(end.saturating_sub(len)..end).unwrap_or_default()
}

/// A string whose quote has been read: what stands in it, whether escapes do, and what follows it; `None` when it does not
/// end.
#[inline]
fn string(text: &[u8]) -> Option<(&[u8], bool, &[u8])> {
    let (mut at, mut escaped) = (plain(text), false);
    loop {
        match text.get(at)? {
            b'"' => break,
            b'\\' => {
                escaped = true;
                at += 2;
            }
            // A control character, which JSON does not allow.
            _ => at += 1,
        }
        at += plain(text.get(at..)?);
    }
    Some((text.get(..at)?, escaped, text.get(at + 1..)?))
}

/// Whether what stands before was the name of a member.
#[inline]
fn is_name(after: &[u8]) -> bool {
    let next = after.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    next == Some(&b':')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(document: &str, most: usize) -> Vec<String> {
        let mut told = Vec::new();
        scalars(document.as_bytes(), &mut Vec::new(), |_, value| {
            told.push(String::from_utf8_lossy(value).into_owned());
            told.len() < most
        });
        told
    }

    #[test]
    fn strings_and_whole_numbers_are_told_and_names_are_not() {
        for (document, expected) in [
            (
                r#"{"id": 7, "a": [1, "x", {"b" : "y"}], "c": -1, "d": 1.5, "e": true, "f": null, "g": 20}"#,
                &["7", "1", "x", "y", "20"][..],
            ),
            (r#"["\/v1\/a\u0062", "b", 1e9, -2.5E+3, 0]"#, &["/v1/ab", "b", "0"]),
            ("{\"a\":\"b\"}\n{\"a\":\"c\"}\n", &["b", "c"]),
            (r#"{"a": "b", "c": <html>"#, &["b"]),
            (r#"{"a": "cut"#, &[]),
            (r#"{"a": "cut\"#, &[]),
            ("[1,2,3,4,5,6,7,8]", &["1", "2", "3", "4", "5", "6"]),
            ("42", &["42"]),
            ("", &[]),
        ] {
            assert_eq!(told(document, 6), expected, "{document}");
        }
    }

    #[test]
    fn values_come_with_the_name_before_them() {
        let mut told = Vec::new();
        scalars(br#"{"a": [1, {"b": "x"}], "c" : 2}"#, &mut Vec::new(), |name, value| {
            told.push([name, b"=", value].concat());
            true
        });
        assert_eq!(told, [&b"a=1"[..], b"b=x", b"c=2"]);
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            "[ -~é]{0,20}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::btree_map("[ -~]{0,8}", inner, 0..6)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn leaves(value: &serde_json::Value, out: &mut Vec<String>) {
        match value {
            serde_json::Value::String(text) => out.push(text.clone()),
            serde_json::Value::Number(number) => out.extend(number.as_u64().map(|number| number.to_string())),
            serde_json::Value::Array(list) => list.iter().for_each(|value| leaves(value, out)),
            serde_json::Value::Object(map) => map.values().for_each(|value| leaves(value, out)),
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn what_is_told_is_what_a_parser_reads(value in json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let mut expected = Vec::new();
            leaves(&value, &mut expected);
            prop_assert_eq!(told(&text.unwrap(), usize::MAX), expected);
        }
    }
}
