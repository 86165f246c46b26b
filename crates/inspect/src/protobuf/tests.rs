//! Messages with and without descriptors.

use proptest::prelude::*;

use super::*;
use crate::descriptors::Descriptors;

pub(crate) fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A length-delimited field.
pub(crate) fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    varint(number << 3 | wire::BYTES, &mut out);
    varint(bytes.len() as u64, &mut out);
    out.extend_from_slice(bytes);
    out
}

/// A varint field.
pub(crate) fn int(number: u64, value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    varint(number << 3, &mut out);
    varint(value, &mut out);
    out
}

fn show(value: Leaf<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match value {
        Leaf::Text(value) => format!("{:?}", text(value)),
        Leaf::Number(value) => text(value),
        Leaf::Bytes(value) => format!("{value:x?}"),
        Leaf::Bool => "bool".into(),
        Leaf::Object => "{}".into(),
        other => format!("{other:?}"),
    }
}

fn walk_as(document: &[u8], message: Option<(&Descriptors, u32)>) -> (Vec<String>, End) {
    let mut told = Vec::new();
    let end = Walker::default().walk(document, message, &mut |pointer, value| {
        told.push(format!("{}={}", String::from_utf8_lossy(pointer), show(value)));
        true
    });
    (told, end)
}

fn walk(document: &[u8]) -> (Vec<String>, End) {
    walk_as(document, None)
}

#[test]
fn fields_are_named_by_their_numbers() {
    let uuid = "550e8400-e29b-41d4-a716-446655440000";
    let document = [
        int(1, 1001),
        field(2, b"a text"),
        // A message that is printable by chance: a tag that is an end of line, and a length that is a sign.
        field(3, &field(1, uuid.as_bytes())),
        field(4, &[int(1, 7), field(2, b"x")].concat()),
        field(5, b"\xe9\x07\xea\x07"),
        field(6, b""),
        int(7, (-5i64).cast_unsigned()),
        [&b"\x41"[..], &12.5f64.to_bits().to_le_bytes()].concat(),
        [&b"\x49"[..], &77u64.to_le_bytes()].concat(),
        [&b"\x55"[..], &2.5f32.to_bits().to_le_bytes()].concat(),
        field(11, b"\xde\xad\xbe\xef\x00"),
        b"\x63\x08\x02\x64".to_vec(),
        int(13, 1),
    ]
    .concat();
    let (told, end) = walk(&document);
    let uuid = format!("/3/1=\"{uuid}\"");
    let expected = [
        "/1=1001",
        "/2=\"a text\"",
        &uuid,
        "/4/1=7",
        "/4/2=\"x\"",
        "/5/*=1001",
        "/5/*=1002",
        "/6=\"\"",
        "/7=-5",
        "/8=12.5",
        "/9=77",
        "/10=2.5",
        "/11=[de, ad, be, ef, 0]",
        "/12/1=2",
        "/13=1",
    ];
    assert_eq!(told, expected);
    assert_eq!(end, End::Whole);
}

#[test]
fn texts_that_look_like_messages_stay_texts() {
    for text in ["b1x", "e1234", "a12345678", "\n- a list\n- of lines", "Zz", "line\r\nline", "\"quoted\""] {
        assert_eq!(walk(&field(1, text.as_bytes())).0, [format!("/1={text:?}")], "{text}");
    }
}

#[test]
fn pairs_of_packed_numbers_are_no_messages() {
    for pair in [[1000, 1500], [1001, 1501], [2059, 2559], [70_000, 70_500]] {
        let mut packed = Vec::new();
        for number in pair {
            varint(number, &mut packed);
        }
        assert_eq!(walk(&field(4, &packed)).0, pair.map(|number| format!("/4/*={number}")), "{pair:?}");
    }
    // A message of one field with a large number, whose value is no number.
    assert_eq!(walk(&field(4, &field(1000, b"a text"))).0, ["/4/1000=\"a text\""]);
}

#[test]
fn ends_are_told_apart() {
    for (document, expected) in [
        (&b""[..], End::Whole),
        (b"\x08", End::Cut),
        (b"\x08\x80", End::Cut),
        (b"\x0a\x05ab", End::Cut),
        (b"\x0b\x08\x01", End::Cut),
        (b"\x0b\x14", End::Malformed),
        (b"\x0c", End::Malformed),
        (b"\x07", End::Malformed),
        (b"\x00\x00", End::Malformed),
        (b"{\"a\":1}", End::Cut),
        (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", End::Malformed),
    ] {
        assert_eq!(walk(document).1, expected, "{document:x?}");
    }
    let deep = (0..JSON_DEPTH_MAX + 2).fold(int(1, 1), |inner, _| field(1, &inner));
    assert_eq!(walk(&deep).1, End::Limit);
    assert_eq!(walk(&[0x0b; JSON_DEPTH_MAX + 2]).1, End::Limit);
    assert_eq!(walk(&[0x08, 0x01].repeat(JSON_VALUES_MAX + 1)).1, End::Limit);
    // Packed numbers are no way around the bound.
    assert_eq!(walk(&field(1, &vec![0x01; PROTOBUF_STEPS_MAX + 9])).1, End::Limit);
}

/// A message without what only a schema tells.
#[derive(Clone, Debug)]
enum Value {
    Int(i64),
    Text(String),
    Message(Vec<(u64, Value)>),
}

fn message() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![any::<i64>().prop_map(Value::Int), "[a-zA-Z0-9 .@-]{1,30}".prop_map(Value::Text)];
    let list = |inner| prop::collection::vec((1u64..40, inner), 1..5).prop_map(Value::Message);
    let nested = leaf.prop_recursive(4, 24, 4, move |inner| {
        // A number first: what begins otherwise may be a text as well.
        (any::<u8>(), prop::collection::vec((1u64..40, inner), 0..4)).prop_map(|(first, mut rest)| {
            rest.insert(0, (1, Value::Int(i64::from(first % 100))));
            Value::Message(rest)
        })
    });
    list(nested)
}

impl Value {
    fn encode(&self, number: u64) -> Vec<u8> {
        match self {
            Self::Int(value) => int(number, value.cast_unsigned()),
            Self::Text(text) => field(number, text.as_bytes()),
            Self::Message(_) => field(number, &self.message()),
        }
    }

    fn message(&self) -> Vec<u8> {
        let Self::Message(fields) = self else { return Vec::new() };
        fields.iter().flat_map(|(number, value)| value.encode(*number)).collect()
    }

    fn leaves(&self, pointer: &str, out: &mut Vec<String>) {
        match self {
            Self::Int(value) => out.push(format!("{pointer}={value}")),
            Self::Text(text) => out.push(format!("{pointer}={text:?}")),
            Self::Message(fields) => {
                for (number, value) in fields {
                    value.leaves(&format!("{pointer}/{number}"), out);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_encoded_is_told(value in message()) {
        let mut expected = Vec::new();
        value.leaves("", &mut expected);
        let document = value.message();
        prop_assert_eq!(walk(&document), (expected, End::Whole));
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        walk(&bytes);
    }
}

#[test]
fn descriptors_name_fields() {
    let set = crate::descriptors::tests::shop();
    let mut known = Descriptors::default();
    known.add(&set).unwrap();
    let method = known.method(b"/api/shop.v1.Orders/Create").unwrap();
    let document = [
        int(1, 1001),
        field(2, &[field(1, b"sku-1"), int(2, 3)].concat()),
        field(2, &field(1, b"sku-2")),
        int(3, 1),
        int(3, 9),
        field(4, b"\x02\x04"),
        int(5, 1),
        field(6, b"\x08\x01"),
        field(77, b"new"),
        // Not as declared.
        field(1, b"text"),
    ]
    .concat();
    let (told, end) = walk_as(&document, Some((&known, method.input)));
    let expected = [
        "/orderId=1001",
        "/items/*/sku=\"sku-1\"",
        "/items/*/count=3",
        "/items/*/sku=\"sku-2\"",
        "/state=\"OPEN\"",
        "/state=9",
        "/offsets/*=1",
        "/offsets/*=2",
        "/gift=bool",
        "/seal=[8, 1]",
        "/77=\"new\"",
        "/1=\"text\"",
    ];
    assert_eq!((told, end), (expected.map(String::from).to_vec(), End::Whole));
}
