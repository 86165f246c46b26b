//! Descriptor sets as protoc writes them.

use super::*;
use crate::protobuf::tests::{field, int};

fn declared_field(number: u64, name: &str, label: u64, kind: u64, of: &str) -> Vec<u8> {
    let mut out = [field(1, name.as_bytes()), int(3, number), int(4, label), int(5, kind)].concat();
    if !of.is_empty() {
        out.extend(field(6, of.as_bytes()));
    }
    field(2, &out)
}

/// `package shop.v1`: an order with items and a state, and a service with two methods.
pub(crate) fn shop() -> Vec<u8> {
    let item = [field(1, b"Item"), declared_field(1, "sku", 1, 9, ""), declared_field(2, "count", 1, 13, "")].concat();
    let state = [
        field(1, b"State"),
        field(2, &[field(1, b"NEW"), int(2, 0)].concat()),
        field(2, &[field(1, b"OPEN"), int(2, 1)].concat()),
    ]
    .concat();
    let order = [
        field(1, b"Order"),
        declared_field(1, "order_id", 1, 3, ""),
        declared_field(2, "items", 3, 11, ".shop.v1.Order.Item"),
        declared_field(3, "state", 1, 14, ".shop.v1.State"),
        declared_field(4, "offsets", 3, 17, ""),
        declared_field(5, "gift", 1, 8, ""),
        declared_field(6, "seal", 1, 12, ""),
        field(3, &item),
    ]
    .concat();
    let method = |name: &[u8], streams: &[u8]| {
        let types = [field(2, b".shop.v1.Order"), field(3, b".shop.v1.Order")].concat();
        field(2, &[&field(1, name)[..], &types, streams].concat())
    };
    let service = [field(1, b"Orders"), method(b"Create", b""), method(b"Watch", &int(6, 1))].concat();
    field(
        1,
        &[field(1, b"shop.proto"), field(2, b"shop.v1"), field(4, &order), field(5, &state), field(6, &service)]
            .concat(),
    )
}

#[test]
fn methods_are_known_by_their_path() {
    let mut known = Descriptors::default();
    known.add(&shop()).unwrap();
    assert_eq!(
        known.methods(),
        [("shop.v1.Orders/Create".into(), RpcKind::Unary), ("shop.v1.Orders/Watch".into(), RpcKind::ServerStream)]
    );
    assert!(known.method(b"/shop.v1.Orders/Create").is_some());
    assert!(known.method(b"/shop.v1.Orders/Delete").is_none());
    assert!(known.method(b"Create").is_none());
}

#[test]
fn two_sets_are_added() {
    let mut known = Descriptors::default();
    known.add(&shop()).unwrap();
    let once = known.methods();
    known.add(&shop()).unwrap();
    assert_eq!(known.methods(), once);
}

#[test]
fn what_is_no_descriptor_set_is_refused() {
    let undefined = {
        let message = [field(1, b"A"), declared_field(1, "b", 1, 11, ".other.B")].concat();
        field(1, &field(4, &message))
    };
    for (set, expected) in [
        (b"syntax = \"proto3\";".to_vec(), Unreadable::Malformed(1)),
        (Vec::new(), Unreadable::Empty),
        (field(1, &field(1, b"empty.proto")), Unreadable::Empty),
        (shop()[..90].to_vec(), Unreadable::Malformed(1)),
        (undefined, Unreadable::Undefined("other.B".into())),
    ] {
        assert_eq!(Descriptors::default().add(&set), Err(expected));
    }
}
