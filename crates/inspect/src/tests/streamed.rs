//! Parts of streams: what is told of messages, and that no secret is in it.

use model::message::{Body, Fields, Request, Response, Span, Version};
use model::stream::{KeptMessage, KeptMessages};
use model::{
    AnomalySet, DeploymentKey, ObservationBatch, PacketTime, ParamPlace, SignalKind, Stamp, StreamCounts, StreamKind,
    StreamPart, StreamRow, ValueClass,
};

use super::{Inspector, parse};
use model::flow::{FlowEnds, HostPort, Tenant, mapped};

/// Messages of text: whether the client sent it, and its content.
fn read(method: &str, head: &[u8], messages: &[(bool, &str)]) -> ObservationBatch {
    let (fields, bytes) = parse(head);
    let (mut content, mut list) = (Vec::new(), Vec::new());
    for (number, (sent, text)) in (20..).zip(messages) {
        let span =
            Span { first_at: PacketTime(number), last_at: PacketTime(number), first_frame: number, last_frame: number };
        let (at, kept) = (content.len() as u32, text.len() as u32);
        list.push(KeptMessage { sent: *sent, text: true, whole: true, at, kept, len: text.len() as u64, span });
        content.extend_from_slice(text.as_bytes());
    }
    let end = |host, port| HostPort { addr: mapped([192, 0, 2, host]), port };
    let request = Request {
        method: method.as_bytes(),
        target: b"/v1/live?room=7&token=c2VjcmV0LXRva2VuLW9mLWEtdGVzdA",
        version: Version::Http11,
        fields: Fields::new(&bytes, &fields),
        body: Body { complete: true, ..Body::default() },
        span: Span::default(),
    };
    let response = Response {
        status: 101,
        version: Version::Http11,
        fields: Fields::default(),
        body: Body::default(),
        span: Span::default(),
    };
    let part = StreamPart {
        stamp: Stamp { frame: 40, sub: 3, ..Stamp::default() },
        at: PacketTime(40),
        flow: FlowEnds { orig: end(2, 40_000), resp: end(1, 8080), tenant: Tenant::NONE },
        flow_at: PacketTime(1),
        ordinal: 3,
        opened_by: Some(2),
        kind: StreamKind::WebSocket,
        request: Some(request),
        response: Some(response),
        sent: StreamCounts { messages: 9, ..StreamCounts::default() },
        received: StreamCounts { messages: 4, ..StreamCounts::default() },
        messages: KeptMessages::new(&content, &list),
        span: Span { first_frame: 20, last_frame: 40, ..Span::default() },
        anomalies: AnomalySet::EMPTY,
        missing: 0,
        last: false,
    };
    let mut batch = ObservationBatch::default();
    let rows = Inspector::new(DeploymentKey::new([7; 32])).streamed(&part, &mut batch);
    assert_eq!(rows, batch.rows.len());
    assert!(batch.rows.windows(2).all(|pair| pair[0].stamp < pair[1].stamp), "stamps are unique and in order");
    batch
}

const HEAD: &[u8] = b"GET /v1/live HTTP/1.1\nHost: api.example\nAuthorization: Bearer c2VjcmV0";

fn names(batch: &ObservationBatch, row: usize) -> Vec<(String, ParamPlace, ValueClass)> {
    let seen = batch.get(row).unwrap();
    let name = |text| String::from_utf8(seen.text(text).to_vec()).unwrap();
    seen.params().iter().map(|param| (name(param.name), param.place, param.class)).collect()
}

#[test]
fn the_part_has_the_name_of_what_opened_it_and_nothing_of_its_parameters() {
    let batch = read("GET", HEAD, &[]);
    let seen = batch.get(0).unwrap();
    assert_eq!((seen.service(), seen.method(), seen.template()), (&b"api.example"[..], &b"GET"[..], &b"/v1/live"[..]));
    assert_eq!((seen.params().len(), seen.signals().len(), seen.row.status), (0, 0, 101));
    assert!(!seen.row.auth.is_empty());
    let Some(StreamRow::Part { sent, received }) = seen.streamed().map(|streamed| streamed.what) else { panic!() };
    assert_eq!((sent.messages, received.messages), (9, 4));
    assert!(!batch.text.windows(6).any(|window| window == b"c2VjcmV0" || window == b"secret"));
}

#[test]
fn connect_on_a_stream_stands_for_get() {
    let head = b"CONNECT /v1/live HTTP/1.1\nHost: api.example";
    let (mut fields, mut bytes) = parse(head);
    let at = bytes.len() as u32;
    bytes.extend_from_slice(b":protocolwebsocket");
    fields.push(model::message::Field { name_at: at, name_len: 9, value_at: at + 9, value_len: 9, ..fields[0] });
    let request = |fields: Fields<'static>| Request {
        method: b"CONNECT",
        target: b"/v1/live",
        version: Version::Http2,
        fields,
        body: Body::default(),
        span: Span::default(),
    };
    let (bytes, fields) = (Vec::leak(bytes), Vec::leak(fields));
    assert_eq!(crate::streamed::method(&request(Fields::new(bytes, fields))), b"GET");
    assert_eq!(crate::streamed::method(&request(Fields::default())), b"CONNECT");
}

#[test]
fn messages_of_one_shape_share_a_row() {
    let messages = [
        (true, r#"{"type":"say","n":1}"#),
        (true, r#"{"type":"say","n":20000}"#),
        (false, r#"{"type":"said","by":{"email":"ann@mail.example"}}"#),
        (false, r#"{"type":"said","by":{"email":"bob@mail.example"}}"#),
        (true, r#"{"type":"leave"}"#),
        (true, "plain text says nothing"),
    ];
    let batch = read("GET", HEAD, &messages);
    let what: Vec<_> = batch.streams.iter().skip(1).map(|streamed| streamed.what).collect();
    assert_eq!(what, [StreamRow::Sent { times: 2 }, StreamRow::Received { times: 2 }, StreamRow::Sent { times: 1 }]);
    let word = |name: &str| (name.to_owned(), ParamPlace::Body, ValueClass::Word);
    assert_eq!(names(&batch, 1), [word("/type"), ("/n".to_owned(), ParamPlace::Body, ValueClass::Int)]);
    let answer = batch.get(2).unwrap();
    let email = answer.answers().iter().find(|field| answer.text(field.name) == b"/by/email").unwrap();
    assert!(email.data.is_some());
    assert_eq!((batch.rows[1].first_frame, batch.rows[2].first_frame, batch.rows[3].first_frame), (20, 22, 24));
}

#[test]
fn payloads_in_messages_are_told_as_those_in_bodies() {
    let attack = r#"{"q":"x' UNION SELECT password FROM users--"}"#;
    let batch = read("GET", HEAD, &[(true, attack), (true, attack), (false, attack)]);
    let told: Vec<usize> = batch.iter().map(|seen| seen.signals().len()).collect();
    assert_eq!(told.len(), 4, "each of the client's by itself, and the fields of the server's");
    assert!(told[1] > 0 && told[2] == told[1] && told[3] == 0);
    assert!(batch.signals.iter().all(|signal| signal.kind == SignalKind::Payload && signal.place == ParamPlace::Body));
    assert!(!batch.text.windows(8).any(|window| window == b"password"));
}

#[test]
fn operations_that_messages_name_are_told() {
    let messages = [
        (true, r#"{"jsonrpc":"2.0","id":1,"method":"orders.list","params":{"page":2}}"#),
        (
            true,
            r#"{"id":"1","type":"subscribe","payload":{"query":"subscription OnOrder($id: ID!){order(id:$id){state}}","variables":{"id":"7"}}}"#,
        ),
        (true, r#"42["join",{"room":7}]"#),
    ];
    let batch = read("GET", HEAD, &messages);
    let operations: Vec<String> = batch
        .iter()
        .flat_map(|seen| {
            seen.operations()
                .iter()
                .map(move |operation| operation.kind.label(&String::from_utf8_lossy(seen.text(operation.name))))
        })
        .collect();
    assert_eq!(operations, ["jsonrpc orders.list", "subscription OnOrder"]);
    assert_eq!(names(&batch, 1), [("/page".to_owned(), ParamPlace::Argument, ValueClass::Int)]);
    assert_eq!(names(&batch, 2), [("/id".to_owned(), ParamPlace::Argument, ValueClass::Int)]);
    assert!(names(&batch, 3).iter().any(|(name, ..)| name == "/*/room"));
}
