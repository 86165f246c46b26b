//! Any header blocks of requests, in one frame or in several, padded or not: up to the first that the strict decoder of the
//! `h2` crate refuses, the lists of fields that come out are the same.
#![no_main]

use std::collections::BTreeMap;
use std::io::Cursor;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use arbitrary::Arbitrary;
use bytes::Bytes;
use capture::inline::Inline;
use capture::link::DecapSettings;
use futures_core::Stream as _;
use fuzz::wire::Wire;
use h2::Codec;
use h2::frame::{Frame, Headers};
use libfuzzer_sys::fuzz_target;
use model::limits::{FIELDS_MAX, H2_LIST_BYTES_MAX};
use model::message::TransactionSink;
use model::{Anomaly, Transaction};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
/// `:method: GET`, `:scheme: http`, `:path: /`.
const PSEUDO: &[u8] = &[0x82, 0x86, 0x84];

const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const WITH_PRIORITY: u8 = 0x20;

#[derive(Arbitrary, Debug)]
struct Block<'a> {
    /// The size of the table, told first.
    resize: Option<u16>,
    fields: Vec<Field<'a>>,
    padding: Option<u8>,
    priority: bool,
    /// Length of the fragments, if there is more than one.
    fragments: Option<u8>,
}

/// One instruction (RFC 7541 §6).
#[derive(Arbitrary, Debug)]
enum Field<'a> {
    Indexed(u8),
    Literal { kind: u8, index: u8, name: Text<'a>, value: Text<'a> },
    Any(&'a [u8]),
}

#[derive(Arbitrary, Debug)]
struct Text<'a> {
    /// Told as coded: most bytes are then refused.
    coded: bool,
    bytes: &'a [u8],
}

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    /// Lengths of the segments, used over and over.
    cuts: [u8; 4],
    blocks: Vec<Block<'a>>,
}

/// Fields by name; values of one name in their order.
type List = BTreeMap<Vec<u8>, Vec<Vec<u8>>>;

fuzz_target!(|case: Case| {
    let mut frames = Vec::new();
    for (stream, block) in (1..).step_by(2).zip(&case.blocks) {
        block.write(stream, &mut frames);
    }
    let client = [PREFACE, SETTINGS, &frames].concat();
    let strict = theirs(frames);
    let (mut inline, mut lists) = (Inline::new(DecapSettings::default()), Lists::default());
    let cuts = case.cuts.map(|cut| usize::from(cut) + 1);
    Wire::default().conversation(&client, SETTINGS, &cuts, |frame| inline.frame(frame, &mut lists));
    let ledger = inline.finish(&mut lists);
    ledger.check().expect("the account balances");
    assert!(lists.0.len() >= strict.len(), "{} of {}", lists.0.len(), strict.len());
    for (at, (ours, theirs)) in lists.0.iter().zip(&strict).enumerate() {
        // Of what is malformed in one fragment the strict decoder knows nothing after the next.
        if ours.malformed && case.blocks[at].fragments.is_some() {
            continue;
        }
        assert_eq!(ours.fields, *theirs, "block {at}");
        assert!(!ours.malformed || ours.is_lax(), "block {at}: {ours:?}");
    }
});

#[derive(Debug)]
struct Ours {
    fields: List,
    malformed: bool,
    desync: bool,
}

impl Ours {
    /// Whether it holds what the strict decoder does not judge: the length of content, control characters in an authority,
    /// and quotation marks in a name, which are no part of a token (RFC 9110 §5.6.2).
    fn is_lax(&self) -> bool {
        let lax = |name: &Vec<u8>| name == b"content-length" || name == b":authority" || name.contains(&b'"');
        !self.desync && self.fields.keys().any(lax)
    }
}

#[derive(Default)]
struct Lists(Vec<Ours>);

impl TransactionSink for Lists {
    fn wants_bodies(&self) -> bool {
        false
    }

    fn transaction(&mut self, transaction: &Transaction<'_>) {
        let request = transaction.request.expect("only requests are sent");
        let mut list = List::new();
        list.insert(b":method".to_vec(), vec![request.method.to_vec()]);
        list.insert(b":path".to_vec(), vec![request.target.to_vec()]);
        for (_, name, value) in request.fields.iter() {
            list.entry(name.to_vec()).or_default().push(value.to_vec());
        }
        let marks = transaction.anomalies;
        let desync = marks.contains(Anomaly::H2Desync);
        let malformed = marks.contains(Anomaly::H2Malformed) || desync;
        self.0.push(Ours { fields: list, malformed, desync });
    }
}

/// Lists up to the first block that the strict decoder refuses, or that is beyond our limits.
fn theirs(frames: Vec<u8>) -> Vec<List> {
    let mut codec: Codec<_, Bytes> = Codec::with_max_recv_frame_size(Cursor::new(frames), (1 << 24) - 1);
    codec.set_recv_header_table_size(1 << 16);
    codec.set_max_recv_header_list_size(16 << 20);
    let mut lists = Vec::new();
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut codec).poll_next(&mut context) {
        let Frame::Headers(headers) = frame else { continue };
        let Some(list) = list(headers) else { break };
        lists.push(list);
    }
    lists
}

/// `None` when it is no request, or too much of one.
fn list(headers: Headers) -> Option<List> {
    let (pseudo, fields) = headers.into_parts();
    if pseudo.status.is_some() || pseudo.protocol.is_some() {
        return None;
    }
    let mut list = List::new();
    let (mut count, mut bytes) = (0, 0);
    let mut put = |name: &[u8], value: &[u8]| {
        (count, bytes) = (count + 1, bytes + name.len() + value.len());
        list.entry(name.to_vec()).or_default().push(value.to_vec());
    };
    put(b":method", pseudo.method?.as_str().as_bytes());
    put(b":path", pseudo.path?.as_bytes());
    put(b":scheme", pseudo.scheme?.as_bytes());
    if let Some(authority) = &pseudo.authority {
        put(b":authority", authority.as_bytes());
    }
    for (name, value) in &fields {
        put(name.as_str().as_bytes(), value.as_bytes());
    }
    list.remove(&b":scheme"[..]);
    (count <= FIELDS_MAX && bytes <= H2_LIST_BYTES_MAX).then_some(list)
}

impl Block<'_> {
    fn write(&self, stream: u32, out: &mut Vec<u8>) {
        let mut block = Vec::new();
        if let Some(size) = self.resize {
            integer(0x20, 5, usize::from(size), &mut block);
        }
        block.extend(PSEUDO);
        for field in &self.fields {
            field.write(&mut block);
        }
        let room = self.fragments.map_or(block.len(), |len| usize::from(len) + 1);
        let mut fragments = block.chunks(room).peekable();
        let (mut kind, mut ends) = (HEADERS, END_STREAM);
        while let Some(fragment) = fragments.next() {
            let (mut before, mut after, mut flags) = (Vec::new(), 0, ends);
            if kind == HEADERS {
                if let Some(padding) = self.padding {
                    (after, flags) = (usize::from(padding), flags | PADDED);
                    before.push(padding);
                }
                if self.priority {
                    flags |= WITH_PRIORITY;
                    before.extend([0, 0, 0, 0, 16]);
                }
            }
            if fragments.peek().is_none() {
                flags |= END_HEADERS;
            }
            let len = (before.len() + fragment.len() + after) as u32;
            out.extend_from_slice(&len.to_be_bytes()[1..]);
            out.extend([kind, flags]);
            out.extend(stream.to_be_bytes());
            out.extend_from_slice(&[&before, fragment].concat());
            out.resize(out.len() + after, 0);
            (kind, ends) = (CONTINUATION, 0);
        }
    }
}

impl Field<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Indexed(index) => integer(0x80, 7, usize::from(*index), out),
            Self::Literal { kind, index, name, value } => {
                let (lead, prefix) = [(0x40, 6), (0x40, 6), (0x10, 4), (0, 4)][usize::from(kind % 4)];
                integer(lead, prefix, usize::from(*index), out);
                if *index == 0 {
                    name.write(out);
                }
                value.write(out);
            }
            Self::Any(bytes) => out.extend_from_slice(bytes),
        }
    }
}

impl Text<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        integer(if self.coded { 0x80 } else { 0 }, 7, self.bytes.len(), out);
        out.extend_from_slice(self.bytes);
    }
}

/// An integer with a prefix of so many bits, below `lead` (RFC 7541 §5.1).
fn integer(lead: u8, prefix: u32, value: usize, out: &mut Vec<u8>) {
    let most = (1 << prefix) - 1;
    if value < most {
        return out.push(lead | value as u8);
    }
    out.push(lead | most as u8);
    let mut rest = value - most;
    while rest >= 0x80 {
        out.push(0x80 | (rest & 0x7f) as u8);
        rest >>= 7;
    }
    out.push(rest as u8);
}
