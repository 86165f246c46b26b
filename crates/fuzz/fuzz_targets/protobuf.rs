//! Any descriptor set, and a message read with it: no set makes the reader fail, and names stay bounded.
#![no_main]

use arbitrary::Arbitrary;
use fuzz::call::Call;
use inspect::{Descriptors, Inspector};
use libfuzzer_sys::fuzz_target;
use model::limits::{NAME_BYTES_MAX, PARAMS_MAX};
use model::{DeploymentKey, ObservationBatch};

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    set: &'a [u8],
    message: &'a [u8],
}

fuzz_target!(|case: Case| {
    let mut known = Descriptors::default();
    let added = known.add(case.set);
    let methods = known.methods();
    assert!(added.is_ok() || known.digest() == Descriptors::default().digest());
    let target = methods.first().map_or_else(|| "/shop.v1.Orders/Get".to_owned(), |(name, _)| format!("/{name}"));
    let mut inspector = Inspector::new(DeploymentKey::new([7; 32])).with_descriptors(known.into());
    let head = b"content-type:application/protobuf";
    let call = Call {
        method: b"POST",
        target: target.as_bytes(),
        head,
        answer_head: head,
        complete: true,
        with_request: true,
        with_answer: true,
        body: case.message,
        answer: case.message,
    };
    let mut batch = ObservationBatch::default();
    call.read(&mut inspector, &mut batch);
    let seen = batch.get(0).expect("one row");
    assert!(seen.params().len() <= PARAMS_MAX);
    assert!(seen.params().iter().all(|param| seen.text(param.name).len() <= NAME_BYTES_MAX));
    std::str::from_utf8(&batch.text).expect("texts are UTF-8");
});
