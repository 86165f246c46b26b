//! A body of every form that is no JSON, in a request and in its answer: what comes out is bounded, printable and the same
//! again. The first byte says which form.
#![no_main]

use fuzz::call::Call;
use inspect::Inspector;
use libfuzzer_sys::fuzz_target;
use model::limits::{ANSWER_FIELDS_MAX, NAME_BYTES_MAX, PARAMS_MAX};
use model::{DeploymentKey, ObservationBatch};

const FORMS: [&[u8]; 11] = [
    b"content-type:application/cbor",
    b"content-type:application/cbor-seq",
    b"content-type:application/msgpack",
    b"content-type:application/xml",
    b"content-type:text/xml\nsoapaction:x",
    b"content-type:application/x-ndjson",
    b"content-type:multipart/form-data; boundary=b",
    b"content-type:application/protobuf",
    b"content-type:application/grpc",
    b"content-type:application/grpc+proto\ngrpc-encoding:gzip",
    b"content-type:application/grpc-web-text",
];

fuzz_target!(|data: &[u8]| {
    let Some((form, body)) = data.split_first() else { return };
    let head = FORMS[usize::from(*form) % FORMS.len()];
    let complete = form & 0x80 == 0;
    let call = Call {
        method: b"POST",
        target: b"/shop.v1.Orders/Get",
        head,
        answer_head: head,
        complete,
        with_request: true,
        with_answer: true,
        body,
        answer: body,
    };
    let mut inspector = Inspector::new(DeploymentKey::new([7; 32]));
    let (mut batch, mut again) = (ObservationBatch::default(), ObservationBatch::default());
    call.read(&mut inspector, &mut batch);
    call.read(&mut inspector, &mut again);
    assert_eq!((batch.rows.len(), &batch.text), (1, &again.text));
    assert_eq!(format!("{:?}", batch.rows), format!("{:?}", again.rows));
    let text = std::str::from_utf8(&batch.text).expect("texts are UTF-8");
    assert!(!text.chars().any(|c| c.is_control() || c.is_whitespace()));
    let seen = batch.get(0).expect("one row");
    assert!(seen.params().len() <= PARAMS_MAX && seen.answers().len() <= ANSWER_FIELDS_MAX);
    let names = seen.params().iter().map(|param| param.name).chain(seen.answers().iter().map(|field| field.name));
    assert!(names.into_iter().all(|name| seen.text(name).len() <= NAME_BYTES_MAX));
    if let Some(rpc) = seen.rpc() {
        assert!(rpc.asked.bytes <= body.len() as u64 && rpc.asked.messages <= body.len() as u64 / 5);
    }
});
