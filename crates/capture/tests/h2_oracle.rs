//! Whatever the strict decoder of the `h2` crate accepts, ours reads alike; what its encoder writes comes back as it was.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_core::Stream as _;
use h2::Codec;
use h2::frame::{Frame as Strict, Headers, Pseudo};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use make_fixtures::h2::integer;
use make_fixtures::{Conversation, Cut, h2 as wire};
use model::Transaction;
use model::message::{FieldName, TransactionSink};
use proptest::prelude::*;

/// Fields by name; values of one name in their order.
type List = BTreeMap<Vec<u8>, Vec<Vec<u8>>>;

#[derive(Default)]
struct Lists(Vec<List>);

impl TransactionSink for Lists {
    fn wants_bodies(&self) -> bool {
        false
    }

    fn transaction(&mut self, transaction: &Transaction<'_>) {
        let request = transaction.request.unwrap();
        let mut list = List::new();
        list.insert(b":method".to_vec(), vec![request.method.to_vec()]);
        list.insert(b":path".to_vec(), vec![request.target.to_vec()]);
        for (id, name, value) in request.fields.iter() {
            assert_eq!(id == FieldName::Host, name == b"host" || name == b":authority");
            list.entry(name.to_vec()).or_default().push(value.to_vec());
        }
        self.0.push(list);
    }
}

fn ours(frames: &[u8]) -> Vec<List> {
    let talk = Conversation::new(([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 80))
        .client([wire::PREFACE, &wire::settings(), frames].concat());
    let mut lists = Lists::default();
    support::feed(&talk.packets(&Cut::default()), &mut lists);
    lists.0
}

/// Lists up to the first block that the strict decoder refuses.
fn theirs(frames: Vec<u8>) -> Vec<List> {
    let mut codec: Codec<_, Bytes> = Codec::with_max_recv_frame_size(Cursor::new(frames), (1 << 24) - 1);
    codec.set_recv_header_table_size(1 << 16);
    codec.set_max_recv_header_list_size(16 << 20);
    let mut lists = Vec::new();
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut codec).poll_next(&mut context) {
        if let Strict::Headers(headers) = frame {
            let (pseudo, fields) = headers.into_parts();
            let mut list = List::new();
            let mut put = |name: &[u8], value: &[u8]| list.entry(name.to_vec()).or_default().push(value.to_vec());
            put(b":method", pseudo.method.as_ref().map_or(&b""[..], |method| method.as_str().as_bytes()));
            put(b":path", pseudo.path.as_ref().map_or(&b""[..], |path| path.as_bytes()));
            if let Some(authority) = &pseudo.authority {
                put(b":authority", authority.as_bytes());
            }
            for (name, value) in &fields {
                put(name.as_str().as_bytes(), value.as_bytes());
            }
            lists.push(list);
        }
    }
    lists
}

/// Requests as the strict encoder writes them.
fn encoded(requests: &[Vec<(String, Vec<u8>)>], table: usize) -> Vec<u8> {
    let mut codec: Codec<_, Bytes> = Codec::new(Cursor::new(Vec::new()));
    codec.set_send_header_table_size(table);
    let mut context = Context::from_waker(Waker::noop());
    for (at, fields) in requests.iter().enumerate() {
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value).unwrap());
        }
        let uri = Uri::from_static("http://api.example/v1/orders");
        let pseudo = Pseudo::request(Method::GET, uri, None);
        let mut headers = Headers::new((at as u32 * 2 + 1).into(), pseudo, map);
        headers.set_end_stream();
        assert!(codec.poll_ready(&mut context).is_ready());
        codec.buffer(Strict::Headers(headers)).unwrap();
        assert!(codec.flush(&mut context).is_ready());
    }
    codec.get_ref().get_ref().clone()
}

fn field() -> impl Strategy<Value = (String, Vec<u8>)> {
    let name = prop_oneof!["[a-z][a-z0-9-]{0,12}", Just("authorization".into()), Just("cookie".into())];
    let value = prop_oneof!["[ -~]{0,40}".prop_map(String::into_bytes), proptest::collection::vec(0x80_u8.., 0..9)];
    (name, value).prop_filter("fields of one connection are refused", |(name, _)| {
        !["te", "host", "connection", "upgrade", "keep-alive", "proxy-connection", "transfer-encoding"]
            .contains(&&**name)
    })
}

/// One instruction of a header block (RFC 7541 §6).
#[derive(Clone, Debug)]
enum Instruction {
    Indexed(u8),
    Literal(u8, Option<u8>, String, Vec<u8>, bool),
    Resize(u16),
}

fn instruction() -> impl Strategy<Value = Instruction> {
    let (name, value) = ("[a-z]{1,4}", proptest::collection::vec(0x20_u8..0x7f, 0..30));
    prop_oneof![
        (15_u8..75).prop_map(Instruction::Indexed),
        (0_u8..3, proptest::option::of(15_u8..75), name, value, any::<bool>())
            .prop_map(|(kind, index, name, value, coded)| Instruction::Literal(kind, index, name, value, coded)),
        (0_u16..200).prop_map(Instruction::Resize),
    ]
}

fn write(instruction: &Instruction, out: &mut Vec<u8>) {
    match instruction {
        Instruction::Indexed(index) => integer(0x80, 7, usize::from(*index), out),
        Instruction::Resize(size) => integer(0x20, 5, usize::from(*size), out),
        Instruction::Literal(kind, index, name, value, coded) => {
            let (lead, prefix) = match kind {
                0 => (0x40, 6),
                1 => (0x10, 4),
                _ => (0x00, 4),
            };
            integer(lead, prefix, index.map_or(0, usize::from), out);
            if index.is_none() {
                integer(0, 7, name.len(), out);
                out.extend(name.as_bytes());
            }
            // Bytes that are taken as coded are mostly refused; the few that are not are worth a look.
            integer(if *coded && value.len() < 3 { 0x80 } else { 0 }, 7, value.len(), out);
            out.extend(value);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_the_strict_encoder_writes_comes_back(
        requests in proptest::collection::vec(proptest::collection::vec(field(), 0..12), 1..8),
        table in prop_oneof![Just(4_096_usize), 0_usize..300],
    ) {
        let told = ours(&encoded(&requests, table));
        let mut expected = Vec::new();
        for fields in &requests {
            let mut list = List::new();
            for (name, value) in [(":method", &b"GET"[..]), (":path", b"/v1/orders"), (":authority", b"api.example")] {
                list.insert(name.into(), vec![value.to_vec()]);
            }
            for (name, value) in fields {
                list.entry(name.clone().into_bytes()).or_default().push(value.clone());
            }
            expected.push(list);
        }
        prop_assert_eq!(told, expected);
    }

    #[test]
    fn what_the_strict_decoder_accepts_is_read_alike(
        blocks in proptest::collection::vec(proptest::collection::vec(instruction(), 0..10), 1..12),
    ) {
        let mut frames = Vec::new();
        for (at, instructions) in blocks.iter().enumerate() {
            let mut block = vec![0x82, 0x86, 0x84];
            if let Some(resize @ Instruction::Resize(_)) = instructions.first() {
                block.clear();
                write(resize, &mut block);
                block.extend([0x82, 0x86, 0x84]);
            }
            for instruction in instructions.iter().filter(|i| !matches!(i, Instruction::Resize(_))) {
                write(instruction, &mut block);
            }
            frames.extend(wire::headers(at as u32 * 2 + 1, &block, true));
        }
        let (told, strict) = (ours(&frames), theirs(frames));
        prop_assert_eq!(told.get(..strict.len()), Some(&strict[..]));
    }
}
