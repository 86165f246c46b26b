//! Values of both formats, with their pointers.

use proptest::prelude::*;

use super::*;

fn show(value: Leaf<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match value {
        Leaf::Text(value) => format!("{:?}", text(value)),
        Leaf::Number(value) => text(value),
        Leaf::Bytes(value) => format!("{value:x?}"),
        Leaf::Bool => "bool".into(),
        Leaf::Null => "null".into(),
        Leaf::Object => "{}".into(),
        Leaf::Array => "[]".into(),
    }
}

fn walk(document: &[u8], format: Format, sequence: bool) -> (Vec<String>, End) {
    let mut told = Vec::new();
    let end = Walker::default().walk(document, format, sequence, &mut |pointer, value| {
        told.push(format!("{}={}", String::from_utf8_lossy(pointer), show(value)));
        true
    });
    (told, end)
}

#[test]
fn every_kind_of_item_of_cbor_is_read() {
    // {"a": [1, -2, 1.5 (half), true, null, undefined], 5: h'00ff', "b": (_ "x", "y"), "t": 0("now"), "e": {}, "m": {_ }}
    let document = b"\xa6\x61a\x86\x01\x21\xf9\x3e\x00\xf5\xf6\xf7\x05\x42\x00\xff\x61b\x7f\x61x\x61y\xff\x61t\xc0\x63now\x61e\xa0\x61m\xbf\xff";
    let (told, end) = walk(document, Format::Cbor, false);
    let expected = [
        "/a/*=1",
        "/a/*=-2",
        "/a/*=1.5",
        "/a/*=bool",
        "/a/*=null",
        "/a/*=null",
        "/5=[0, ff]",
        "/b=\"xy\"",
        "/t=\"now\"",
        "/e={}",
        "/m={}",
    ];
    assert_eq!((told, end), (expected.map(String::from).to_vec(), End::Whole));
    let (told, end) = walk(b"\x01\x9f\x02\xff\x80", Format::Cbor, true);
    assert_eq!((told.join(" "), end), ("/*=1 /*/*=2 /*=[]".into(), End::Whole));
}

#[test]
fn every_kind_of_item_of_messagepack_is_read() {
    let document = b"\x87\xa1a\x93\x01\xff\xd1\xff\x00\xa1b\xcb\x3f\xf8\0\0\0\0\0\0\xa1c\xc4\x01\x07\xa1d\xd6\xff\0\0\0\x01\xa1e\xd9\x02hi\xcd\x10\x00\xc2\xa1f\xde\x00\x01\xa1g\xc0";
    let (told, end) = walk(document, Format::MessagePack, false);
    let expected = [
        "/a/*=1",
        "/a/*=-1",
        "/a/*=-256",
        "/b=1.5",
        "/c=[7]",
        "/d=[0, 0, 0, 1]",
        "/e=\"hi\"",
        "/{int}=bool",
        "/f/g=null",
    ];
    assert_eq!((told, end), (expected.map(String::from).to_vec(), End::Whole));
}

#[test]
fn ends_are_told_apart() {
    for (format, document, expected) in [
        (Format::Cbor, &b"\x82\x01"[..], End::Cut),
        (Format::Cbor, b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01", End::Cut),
        (Format::Cbor, b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff", End::Cut),
        (Format::Cbor, b"\xff", End::Malformed),
        (Format::Cbor, b"\xbf\x01\xff", End::Malformed),
        (Format::Cbor, b"\x7f\x01\xff", End::Malformed),
        (Format::Cbor, b"\x01\x02", End::Malformed),
        (Format::Cbor, b"\xa1\x80\x01", End::Malformed),
        (Format::MessagePack, b"\xdf\xff\xff\xff\xff\xa1a", End::Cut),
        (Format::MessagePack, b"\xc1", End::Malformed),
        (Format::MessagePack, b"", End::Cut),
    ] {
        assert_eq!(walk(document, format, false).1, expected, "{document:x?}");
    }
    assert_eq!(walk(&[0x81; JSON_DEPTH_MAX + 1], Format::Cbor, false).1, End::Limit);
    assert_eq!(walk(&vec![0xc0; JSON_VALUES_MAX + 1], Format::Cbor, false).1, End::Limit);
    let long = [&b"\x9f"[..], &vec![0x01; JSON_VALUES_MAX]].concat();
    assert_eq!(walk(&long, Format::Cbor, false).1, End::Limit);
}

/// A document, for both encoders.
#[derive(Clone, Debug)]
enum Value {
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        "[a-z ]{0,40}".prop_map(Value::Text),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            prop::collection::vec(("[a-z]{1,3}", inner), 0..5).prop_map(Value::Map),
        ]
    })
}

fn head(major: u8, number: u64, out: &mut Vec<u8>) {
    match number {
        0..24 => out.push(major << 5 | number as u8),
        24..256 => out.extend_from_slice(&[major << 5 | 0x18, number as u8]),
        _ => {
            out.push(major << 5 | 0x1b);
            out.extend_from_slice(&number.to_be_bytes());
        }
    }
}

impl Value {
    fn cbor(&self, out: &mut Vec<u8>) {
        match self {
            Self::Int(n @ 0..) => head(0, n.cast_unsigned(), out),
            Self::Int(n) => head(1, (-1 - n).cast_unsigned(), out),
            Self::Float(n) => {
                out.push(0xfb);
                out.extend_from_slice(&n.to_be_bytes());
            }
            Self::Text(text) => {
                head(3, text.len() as u64, out);
                out.extend_from_slice(text.as_bytes());
            }
            Self::Bytes(bytes) => {
                head(2, bytes.len() as u64, out);
                out.extend_from_slice(bytes);
            }
            Self::List(list) => {
                head(4, list.len() as u64, out);
                for value in list {
                    value.cbor(out);
                }
            }
            Self::Map(map) => {
                head(5, map.len() as u64, out);
                for (key, value) in map {
                    Self::Text(key.clone()).cbor(out);
                    value.cbor(out);
                }
            }
        }
    }

    fn messagepack(&self, out: &mut Vec<u8>) {
        let long = |code: u8, len: usize, out: &mut Vec<u8>| {
            out.push(code);
            out.extend_from_slice(&(len as u32).to_be_bytes());
        };
        match self {
            Self::Int(n) => {
                out.push(0xd3);
                out.extend_from_slice(&n.to_be_bytes());
            }
            Self::Float(n) => {
                out.push(0xcb);
                out.extend_from_slice(&n.to_be_bytes());
            }
            Self::Text(text) => {
                long(0xdb, text.len(), out);
                out.extend_from_slice(text.as_bytes());
            }
            Self::Bytes(bytes) => {
                long(0xc6, bytes.len(), out);
                out.extend_from_slice(bytes);
            }
            Self::List(list) => {
                long(0xdd, list.len(), out);
                for value in list {
                    value.messagepack(out);
                }
            }
            Self::Map(map) => {
                long(0xdf, map.len(), out);
                for (key, value) in map {
                    Self::Text(key.clone()).messagepack(out);
                    value.messagepack(out);
                }
            }
        }
    }

    fn leaves(&self, pointer: &str, out: &mut Vec<String>) {
        match self {
            Self::Int(n) => out.push(format!("{pointer}={n}")),
            Self::Float(n) => out.push(format!("{pointer}={n:?}")),
            Self::Text(text) => out.push(format!("{pointer}={text:?}")),
            Self::Bytes(bytes) => out.push(format!("{pointer}={bytes:x?}")),
            Self::List(list) if list.is_empty() => out.push(format!("{pointer}=[]")),
            Self::Map(map) if map.is_empty() => out.push(format!("{pointer}={{}}")),
            Self::List(list) => list.iter().for_each(|value| value.leaves(&format!("{pointer}/*"), out)),
            Self::Map(map) => map.iter().for_each(|(key, value)| value.leaves(&format!("{pointer}/{key}"), out)),
        }
    }
}

proptest! {
    #[test]
    fn what_is_encoded_is_told(value in value()) {
        let (mut cbor, mut messagepack, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        value.cbor(&mut cbor);
        value.messagepack(&mut messagepack);
        value.leaves("", &mut expected);
        prop_assert_eq!(walk(&cbor, Format::Cbor, false), (expected.clone(), End::Whole));
        prop_assert_eq!(walk(&messagepack, Format::MessagePack, false), (expected.clone(), End::Whole));
        // What is cut tells the beginning of it, and nothing else.
        for cut in 0..cbor.len() {
            let (told, end) = walk(&cbor[..cut], Format::Cbor, false);
            prop_assert!(end == End::Cut && expected.starts_with(&told));
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), sequence in any::<bool>()) {
        walk(&bytes, Format::Cbor, sequence);
        walk(&bytes, Format::MessagePack, sequence);
    }
}
