//! `--descriptors`: names of fields, and what is refused.
#![allow(clippy::indexing_slicing, reason = "a panic is a failed test")]

mod support;

use std::fs;

use support::Installation;

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn text(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    varint(bytes.len() as u64, &mut out);
    out.extend_from_slice(bytes);
    out
}

fn int(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

/// A `FieldDescriptorProto`.
fn declared(number: u8, name: &str, label: u8, kind: u8, of: &str) -> Vec<u8> {
    let of = if of.is_empty() { Vec::new() } else { text(6, of.as_bytes()) };
    text(2, &[text(1, name.as_bytes()), int(3, number), int(4, label), int(5, kind), of].concat())
}

/// The service of the fixture `grpc`, as protoc describes it.
fn shop() -> Vec<u8> {
    let ask = [text(1, b"Ask"), declared(1, "order_id", 1, 4, "")].concat();
    let item = [text(1, b"Item"), declared(1, "sku", 1, 9, ""), declared(2, "count", 1, 13, "")].concat();
    let order = [
        text(1, b"Order"),
        declared(1, "order_id", 1, 4, ""),
        declared(2, "contact_mail", 1, 9, ""),
        declared(3, "items", 3, 11, ".shop.v1.Item"),
    ]
    .concat();
    let method = |name: &[u8], input: &[u8], streams: Vec<u8>| {
        text(2, &[text(1, name), text(2, input), text(3, b".shop.v1.Order"), streams].concat())
    };
    let service = [
        text(1, b"Orders"),
        method(b"Get", b".shop.v1.Ask", Vec::new()),
        method(b"Watch", b".shop.v1.Ask", int(6, 1)),
        method(b"Chat", b".shop.v1.Order", [int(5, 1), int(6, 1)].concat()),
    ]
    .concat();
    let file = [
        text(1, b"shop.proto"),
        text(2, b"shop.v1"),
        text(4, &ask),
        text(4, &item),
        text(4, &order),
        text(6, &service),
    ];
    text(1, &file.concat())
}

fn capture() -> String {
    format!("{}/../../fixtures/grpc/input.pcap", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn descriptors_name_fields_and_kinds() {
    let installation = Installation::new();
    let set = installation.path().join("shop.binpb");
    fs::write(&set, shop()).unwrap();
    let run = |out: &str, more: &[&str]| {
        installation.run(&[&["replay", "-q", "--allow-blind", "-o", out, &capture()], more].concat());
        installation.run(&["inventory", "list", out, "--format", "json"])
    };
    let with = run("a.findings", &["--descriptors", set.to_str().unwrap()]);
    for name in ["\"/orderId\"", "\"/contactMail\"", "\"/items/*/sku\"", "\"declared\":true", "\"kind\":\"bidi\""] {
        assert!(with.replace(": ", ":").contains(name), "{name} in {with}");
    }
    let without = run("b.findings", &[]);
    assert!(without.contains("/3/1") && !without.contains("orderId"), "{without}");
}

#[test]
fn what_is_no_descriptor_set_is_refused() {
    let installation = Installation::new();
    let set = installation.path().join("shop.proto");
    fs::write(&set, "syntax = \"proto3\";").unwrap();
    let missing = installation.path().join("missing.binpb");
    for (path, code) in [(&set, "E310"), (&missing, "E309")] {
        let arguments = ["replay", "-o", "x.findings", &capture(), "--descriptors", path.to_str().unwrap()];
        let output = installation.command(env!("CARGO_BIN_EXE_apitap")).args(arguments).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(told.contains(code), "{told}");
    }
}
