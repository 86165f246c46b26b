//! Any document: the walker agrees with a full parser, and never panics.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use super::{End, Leaf, Walker, outer_members, outer_names, push_key};

fn leaves(document: &[u8]) -> (Vec<String>, End) {
    let mut found = Vec::new();
    let end = Walker::default().walk(document, |pointer, value| {
        let kind = match value {
            Leaf::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Leaf::Number(text) => format!("#{}", String::from_utf8_lossy(text)),
            other => format!("{other:?}"),
        };
        found.push(format!("{}={kind}", String::from_utf8_lossy(pointer)));
        true
    });
    (found, end)
}

#[test]
fn leaves_have_pointers() {
    for (document, want, end) in [
        ("1", vec!["=#1"], End::Whole),
        (" \"a\" ", vec!["=a"], End::Whole),
        ("{}", vec!["=Object"], End::Whole),
        ("[]", vec!["=Array"], End::Whole),
        (
            r#"{"a":{"b":[1,"x",null,[true]]},"c":{}}"#,
            vec!["/a/b/*=#1", "/a/b/*=x", "/a/b/*=Null", "/a/b/*/*=Bool", "/c=Object"],
            End::Whole,
        ),
        (r#"{"a/b":1,"~":2}"#, vec!["/a~1b=#1", "/~0=#2"], End::Whole),
        (r#"{"\u00e9":"\ud83d\ude00\n"}"#, vec!["/é=😀\n"], End::Whole),
        (r#"{"a":1,"b"#, vec!["/a=#1"], End::Cut),
        (r#"{"a":tr"#, vec![], End::Cut),
        (r#"{"a":1}}"#, vec!["/a=#1"], End::Malformed),
        (r#"{"a":1]"#, vec!["/a=#1"], End::Malformed),
        (r#"{"a":01}"#, vec![], End::Malformed),
        (r#"{"a":1,}"#, vec!["/a=#1"], End::Malformed),
        ("[1,]", vec!["/*=#1"], End::Malformed),
        ("{1:2}", vec![], End::Malformed),
        ("", vec![], End::Cut),
    ] {
        assert_eq!(leaves(document.as_bytes()), (want.iter().map(|s| (*s).to_owned()).collect(), end), "{document}");
    }
}

#[test]
fn depth_and_number_of_values_are_bounded() {
    let deep = "[".repeat(10_000);
    assert_eq!(leaves(deep.as_bytes()).1, End::Limit);
    let allowed = format!("{}1{}", "[".repeat(64), "]".repeat(64));
    assert_eq!(leaves(allowed.as_bytes()).1, End::Whole);
    let many = format!("[{}0]", "0,".repeat(30_000));
    assert_eq!(leaves(many.as_bytes()).1, End::Limit);
}

#[test]
fn long_keys_are_cut_and_cost_nothing_below() {
    for len in (120..130).chain([5_000]) {
        for below in [r#"{"b":[1,2]}"#, "[[1,2]]"] {
            let document = format!(r#"{{"{}":{below}}}"#, "k".repeat(len));
            let (found, end) = leaves(document.as_bytes());
            assert_eq!(end, End::Whole);
            assert!(found.iter().all(|leaf| leaf.len() <= 128 + 3), "{len} {below}");
        }
    }
}

#[test]
fn outermost_names_are_read_as_far_as_the_bytes_go() {
    for (document, want) in [
        (r#"{"a":1,"b":{"x":[1]},"c":"long val"#, vec!["a", "b", "c"]),
        (r#"[{"a":null,"b":[]},{"z":1}]"#, vec!["a", "b"]),
        (r#"{"a":"","b":true}"#, vec!["a", "b"]),
        ("[1,2]", vec![]),
        ("<html>", vec![]),
    ] {
        let mut names = Vec::new();
        outer_names(document.as_bytes(), |name| {
            names.push(String::from_utf8_lossy(name).into_owned());
            true
        });
        assert_eq!(names, want, "{document}");
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::from),
        ".{0,12}".prop_map(Value::String),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::btree_map("[a-z~/\\\\\"é\n]{0,6}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn expected(value: &Value, pointer: &[u8], out: &mut BTreeSet<Vec<u8>>) {
    let below = |extend: &dyn Fn(&mut Vec<u8>)| {
        let mut inner = pointer.to_vec();
        extend(&mut inner);
        inner
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            let inner = below(&|p| p.extend_from_slice(b"/*"));
            for item in items {
                expected(item, &inner, out);
            }
        }
        Value::Object(members) if !members.is_empty() => {
            for (key, member) in members {
                expected(member, &below(&|p| push_key(p, key.as_bytes())), out);
            }
        }
        _ => drop(out.insert(pointer.to_vec())),
    }
}

proptest! {
    #[test]
    fn pointers_agree_with_a_tree(value in json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let (mut want, mut got) = (BTreeSet::new(), BTreeSet::new());
        expected(&value, b"", &mut want);
        let end = Walker::default().walk(text.as_bytes(), |pointer, _| {
            got.insert(pointer.to_vec());
            true
        });
        prop_assert_eq!((want, End::Whole), (got, end));
    }

    #[test]
    fn whole_means_what_serde_accepts(text in "[\\[\\]{}\",:0-9a-ez.truefalsn \\-\\\\]{0,24}") {
        let ours = leaves(text.as_bytes()).1 == End::Whole;
        let theirs = serde_json::from_str::<Value>(&text).is_ok();
        prop_assert_eq!(ours, theirs, "{}", text);
    }

    #[test]
    fn strings_end_where_a_plain_reading_ends_them(bytes in prop::collection::vec(
        prop_oneof![8 => 0x20u8..0x7f, 1 => any::<u8>()], 0..40)
    ) {
        let stop = bytes.iter().position(|byte| matches!(byte, 0..0x20 | b'"' | b'\\'));
        prop_assert_eq!(super::token::plain(&bytes), stop.unwrap_or(bytes.len()));
    }

    #[test]
    fn any_bytes_end_the_walk(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        leaves(&bytes);
    }
}

fn by_members(document: &[u8]) -> Vec<&[u8]> {
    let mut names = Vec::new();
    outer_members(document, |name, _| names.push(name));
    names
}

fn by_scan(document: &[u8]) -> Vec<&[u8]> {
    let mut names = Vec::new();
    outer_names(document, |name| {
        names.push(name);
        true
    });
    names
}

proptest! {
    #[test]
    fn names_passed_over_are_names_read(value in json(), list in any::<bool>(), cut in any::<prop::sample::Index>()) {
        let value = if list { Value::Array(vec![value]) } else { value };
        for text in [serde_json::to_vec(&value).unwrap(), serde_json::to_vec_pretty(&value).unwrap()] {
            prop_assert_eq!(by_scan(&text), by_members(&text));
            let head = &text[..cut.index(text.len() + 1)];
            prop_assert_eq!(by_scan(head), by_members(head));
        }
    }

    #[test]
    fn malformed_values_hide_no_names(
        value in json(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3)
    ) {
        let mut text = serde_json::to_vec(&value).unwrap();
        for (at, byte) in changes {
            let at = at.index(text.len());
            text[at] = byte;
        }
        let (scanned, read) = (by_scan(&text), by_members(&text));
        prop_assert!(scanned.starts_with(&read), "{:?} {:?}", scanned, read);
    }
}
