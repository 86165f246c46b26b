//! Whole calls with bodies that are no JSON.

use model::{Anomaly, ObservationBatch, ParamPlace, PayloadClass, Signal, SignalKind, ValueClass};

use proptest::prelude::*;

use crate::protobuf::tests::{field, int};
use crate::tests::Call;

fn framed(messages: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for message in messages {
        out.push(0);
        out.extend_from_slice(&(message.len() as u32).to_be_bytes());
        out.extend_from_slice(message);
    }
    out
}

fn params(batch: &ObservationBatch) -> Vec<(ParamPlace, String, ValueClass)> {
    let seen = batch.get(0).unwrap();
    let name = |text| String::from_utf8_lossy(seen.text(text)).into_owned();
    seen.params().iter().map(|param| (param.place, name(param.name), param.class)).collect()
}

fn answers(batch: &ObservationBatch) -> Vec<(String, Vec<ValueClass>)> {
    let seen = batch.get(0).unwrap();
    let name = |text| String::from_utf8_lossy(seen.text(text)).into_owned();
    seen.answers().iter().map(|field| (name(field.name), field.classes.iter().collect())).collect()
}

fn sent(content_type: &str, body: &[u8]) -> ObservationBatch {
    let head = format!("content-type: {content_type}");
    Call { method: "POST", target: b"/v1/things", head: head.as_bytes(), body, ..Call::default() }.batch()
}

fn answered(content_type: &str, answer: &[u8]) -> ObservationBatch {
    let head = format!("content-type: {content_type}");
    Call { answer_head: head.as_bytes(), answer, ..Call::default() }.batch()
}

#[test]
fn a_call_of_grpc_is_named_counted_and_judged() {
    let (ask, answer) = ([int(1, 1001), field(2, b"alice@example.com")].concat(), field(3, b"bob@example.com"));
    let (body, answer) = (framed(&[&ask]), framed(&[&answer, &answer]));
    for (code, status) in [("0", 200), ("7", 403), ("5", 404), ("13", 500)] {
        let head = format!("content-type: application/grpc\ngrpc-status: {code}");
        let batch = Call {
            method: "POST",
            target: b"/shop.v1.Orders/Get7f3a9b2c",
            head: b"content-type: application/grpc\nte: trailers",
            body: &body,
            answer_head: head.as_bytes(),
            answer: &answer,
            ..Call::default()
        }
        .batch();
        let seen = batch.get(0).unwrap();
        assert_eq!(seen.template(), b"/shop.v1.Orders/Get7f3a9b2c");
        assert_eq!((seen.row.status, seen.row.succeeded()), (status, code == "0"));
        let rpc = seen.rpc().unwrap();
        assert_eq!((rpc.code, rpc.asked.messages, rpc.answered.messages), (Some(code.parse().unwrap()), 1, 2));
        assert!(rpc.asked.exact && rpc.answered.exact);
        let expected =
            [(ParamPlace::Body, "/1".into(), ValueClass::Int), (ParamPlace::Body, "/2".into(), ValueClass::Email)];
        assert_eq!(params(&batch), expected);
        assert_eq!(answers(&batch), [("/3".into(), vec![ValueClass::Email])]);
        assert!(seen.answers()[0].data.is_some());
    }
}

#[test]
fn grpc_web_in_base64_has_its_status_in_its_content() {
    // Two frames, padded each: a message of two bytes, and the trailers.
    let answer = b"AAAAAAIIAQ==gAAAAA9ncnBjLXN0YXR1czogMTYNCg==";
    let batch = Call {
        method: "POST",
        target: b"/shop.v1.Orders/Get",
        head: b"content-type: application/grpc-web-text",
        body: b"AAAAAAIIAQ==",
        answer_head: b"content-type: application/grpc-web-text",
        answer,
        ..Call::default()
    }
    .batch();
    let seen = batch.get(0).unwrap();
    assert_eq!((seen.rpc().unwrap().answered.messages, seen.row.status), (1, 401));
    assert_eq!(params(&batch), [(ParamPlace::Body, "/1".into(), ValueClass::Int)]);
}

#[test]
fn coded_messages_are_undone_and_unknown_codings_said() {
    use std::io::Write as _;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&[int(1, 7), field(2, b"text")].concat()).unwrap();
    let mut body = framed(&[&gzip.finish().unwrap()]);
    body[0] = 1;
    for (coding, count, unread) in [("gzip", 2, false), ("snappy", 0, true)] {
        let head = format!("content-type: application/grpc+proto\ngrpc-encoding: {coding}");
        let call = Call { method: "POST", target: b"/a.B/C", head: head.as_bytes(), body: &body, ..Call::default() };
        let batch = call.batch();
        assert_eq!((params(&batch).len(), batch.get(0).unwrap().rpc().unwrap().unread), (count, unread), "{coding}");
    }
}

#[test]
fn every_form_gives_its_shape() {
    use ValueClass as C;
    let body = |list: &[(&str, ValueClass)]| -> Vec<(String, ValueClass)> {
        list.iter().map(|(name, class)| ((*name).to_owned(), *class)).collect()
    };
    for (content_type, content, expected) in [
        (
            "application/cbor",
            &b"\xa2\x62id\x19\x03\xe9\x64mail\x6aa@b.exampl"[..],
            body(&[("/id", C::Int), ("/mail", C::Email)]),
        ),
        ("application/vnd.x+cbor", b"\x81\x01", body(&[("/*", C::Int)])),
        ("application/x-msgpack", b"\x81\xa2id\xcd\x03\xe9", body(&[("/id", C::Int)])),
        ("application/x-protobuf; a=b", b"\x08\xe9\x07", body(&[("/1", C::Int)])),
        ("application/xml", b"<o id='7'><a>true</a></o>", body(&[("/o/@id", C::Int), ("/o/a", C::Bool)])),
        ("application/x-ndjson", b"{\"id\":1}\n{\"id\":2,\"a\":{}}\n", body(&[("/*/id", C::Int), ("/*/a", C::Object)])),
        ("application/json-seq", b"\x1e{\"id\":1}\n\x1e{\"id\":2}\n", body(&[("/*/id", C::Int)])),
    ] {
        let batch = sent(content_type, content);
        let told: Vec<_> = params(&batch).into_iter().map(|(_, name, class)| (name, class)).collect();
        assert_eq!(told, expected, "{content_type}");
        assert!(batch.rows[0].anomalies.is_empty(), "{content_type}");
        let told: Vec<_> = answers(&answered(content_type, content)).into_iter().map(|(n, c)| (n, c[0])).collect();
        assert_eq!(told, expected, "answer of {content_type}");
        // What is not what its type says is marked, and no half of it is told.
        let batch = sent(content_type, b"\xc1\xff\x07!");
        assert!(batch.rows[0].anomalies.contains(Anomaly::ContentMalformed), "{content_type}");
        assert_eq!(params(&batch), [], "{content_type}");
        assert_eq!(answers(&answered(content_type, b"\xc1\xff\x07!")), [], "{content_type}");
    }
}

#[test]
fn parts_of_a_form_are_parameters_and_files_are_named_only() {
    let body = b"--b\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nalice@example.com\r\n--b\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"../../etc/passwd\"\r\nContent-Type: image/png\r\n\r\n' or 1=1 --\r\n--b--\r\n";
    let batch = sent("multipart/form-data; boundary=b", body);
    let expected =
        [(ParamPlace::Form, "email".into(), ValueClass::Email), (ParamPlace::Form, "photo".into(), ValueClass::File)];
    assert_eq!(params(&batch), expected);
    let tried = payloads(&batch);
    let only = !tried.is_empty() && tried.iter().all(|class| *class == PayloadClass::Traversal);
    assert!(only, "of the file only its name is looked at: {tried:?}");
}

#[test]
fn of_a_file_only_what_opening_it_does_is_told() {
    let upload = |content: &[u8]| {
        let head = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n";
        let mut told = payloads(&sent("multipart/form-data; boundary=b", &[head, content, b"\r\n--b--\r\n"].concat()));
        told.dedup();
        told
    };
    let entity =
        b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/hosts\">]><a>&b;</a>";
    assert_eq!(upload(entity), [PayloadClass::Xxe]);
    assert_eq!(upload(b"<?xml version=\"1.0\"?><a>' or 1=1 -- <script>alert(1)</script></a>"), []);
    assert_eq!(upload(b"How to write <!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/hosts\">]>"), []);
    let archive = |name: &[u8]| {
        let header = [&b"PK\x03\x04"[..], &[0; 22], &(name.len() as u16).to_le_bytes(), &[0; 2]].concat();
        upload(&[&header, name, b"../../not/a/name"].concat())
    };
    assert_eq!(archive(b"../../../etc/cron.d/x"), [PayloadClass::Traversal]);
    assert_eq!(archive(b"docs/readme.md"), []);
}

fn payloads(batch: &ObservationBatch) -> Vec<PayloadClass> {
    let class = |signal: &Signal| model::payload::by_number(signal.value).map(|rule| rule.class);
    batch.signals.iter().filter(|signal| signal.kind == SignalKind::Payload).filter_map(class).collect()
}

#[test]
fn payloads_are_told_of_texts_in_every_form() {
    let payload = b"' OR '1'='1' --";
    let len = payload.len() as u8;
    let json = [&b"{\"q\":\""[..], payload, b"\"}"].concat();
    let part = [&b"--b\r\nContent-Disposition: form-data; name=q\r\n\r\n"[..], payload, b"\r\n--b--"].concat();
    for (content_type, body) in [
        ("application/json", json.clone()),
        ("application/x-ndjson", json),
        ("application/grpc", framed(&[&field(1, payload)])),
        ("application/protobuf", field(1, payload)),
        ("application/cbor", [&[0xa1, 0x61, b'q', 0x60 | len][..], payload].concat()),
        ("application/msgpack", [&[0x81, 0xa1, b'q', 0xa0 | len][..], payload].concat()),
        ("application/xml", [&b"<q>"[..], payload, b"</q>"].concat()),
        ("multipart/form-data; boundary=b", part),
    ] {
        assert!(payloads(&sent(content_type, &body)).contains(&PayloadClass::Sql), "{content_type}");
    }
}

#[test]
fn what_stands_in_an_envelope_is_an_argument() {
    let body = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header><t>1</t></s:Header><s:Body><GetUser><id>42</id></GetUser></s:Body></s:Envelope>";
    let batch = sent("text/xml", body);
    let expected = [
        (ParamPlace::Body, "/Envelope/Header/t".into(), ValueClass::Int),
        (ParamPlace::Argument, "/id".into(), ValueClass::Int),
    ];
    assert_eq!(params(&batch), expected);
    assert!(batch.get(0).unwrap().is_argument(0, 1));
}

#[test]
fn operations_of_graphql_may_come_in_parts() {
    let body = b"--b\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n{\"query\":\"mutation Up($f: Upload!) { up(file: $f) }\",\"variables\":{\"f\":null}}\r\n--b\r\nContent-Disposition: form-data; name=\"0\"; filename=\"a.png\"\r\n\r\nx\r\n--b--";
    let batch = sent("multipart/form-data; boundary=b", body);
    let seen = batch.get(0).unwrap();
    assert_eq!(seen.operations().len(), 1);
    assert_eq!(seen.text(seen.operations()[0].name), b"Up");
}

proptest! {
    /// Whatever stands in a body of any form: one row, printable names of bounded length, no panic.
    #[test]
    fn any_bytes_in_any_form_give_a_row(
        form in 0usize..11,
        seed in 0usize..6,
        noise in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        tail in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        const FORMS: [&str; 11] = [
            "application/cbor", "application/cbor-seq", "application/msgpack", "application/xml", "application/x-ndjson",
            "application/json-seq", "multipart/form-data; boundary=b", "application/protobuf", "application/grpc",
            "application/grpc-web-text", "application/grpc+json",
        ];
        let nested = [int(1, 7), field(2, b"text"), field(3, &[int(1, 300), field(2, b"x")].concat())].concat();
        let seeds: [&[u8]; 6] = [
            b"\xa2\x62id\x19\x03\xe9\x64mail\x9f\x01\xff",
            b"\x82\xa2id\xcd\x03\xe9\xa4tags\x92\xa1a\xa1b",
            b"<o id='7'><a>&#x41;</a><![CDATA[x]]></o>",
            b"--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\nx\r\n--b--",
            b"{\"id\":1}\n{\"id\":[2]}\n",
            &framed(&[&nested, &nested]),
        ];
        let mut body = [seeds[seed], &tail].concat();
        for (at, byte) in noise {
            let at = at.index(body.len());
            body[at] = byte;
        }
        for batch in [sent(FORMS[form], &body), answered(FORMS[form], &body)] {
            let seen = batch.get(0).unwrap();
            let names = seen.params().iter().map(|param| param.name).chain(seen.answers().iter().map(|field| field.name));
            for name in names {
                let name = std::str::from_utf8(seen.text(name)).unwrap();
                let printable = !name.chars().any(|c| c.is_control() || c.is_whitespace());
                prop_assert!(printable && name.len() <= model::limits::NAME_BYTES_MAX, "{name:?}");
            }
        }
    }
}
