//! Operations as names of their own: several on one path, told apart by what the content asks for.
//!
//! The tree knows an operation as a method with its label behind it (`POST query GetUser`): no method has a blank in it.
//! So paths fold as they do without operations, and operations of the same label meet when their paths do.

use model::ledger::Counter;
use model::limits::OPERATIONS_PER_PATH_MAX;
use model::operation::OTHER_OPERATIONS;
use model::{Observed, Operation, OperationKind};

use super::service::{Service, Sink};
use super::tree::{NodeId, OpId, Tree};

/// The method as the tree knows it.
pub(crate) fn key(seen: &Observed<'_>, operation: Option<&Operation>) -> String {
    let method = String::from_utf8_lossy(seen.method());
    match operation {
        Some(operation) => {
            let name = String::from_utf8_lossy(seen.text(operation.name));
            format!("{method} {}", operation.kind.label(&name))
        }
        None => method.into_owned(),
    }
}

/// Method and label of a method as the tree knows it; the label is empty without an operation.
pub(crate) fn split(key: &str) -> (&str, &str) {
    key.split_once(' ').unwrap_or((key, ""))
}

/// The same key with another label.
fn with(key: &str, label: &str) -> String {
    format!("{} {label}", split(key).0)
}

/// The key of those beyond the bound.
pub(crate) fn beyond(key: &str) -> String {
    with(key, OTHER_OPERATIONS)
}

/// Whether a key is of those beyond the bound.
pub(crate) fn is_sum(key: &str) -> bool {
    split(key).1 == OTHER_OPERATIONS
}

/// Labels that a document known by its name only may have once its type is told.
fn told(key: &str) -> impl Iterator<Item = String> + '_ {
    let name = split(key).1.strip_prefix("persisted ");
    let kinds = [OperationKind::Query, OperationKind::Mutation, OperationKind::Subscription];
    name.into_iter().flat_map(move |name| kinds.map(|kind| with(key, &kind.label(name))))
}

/// The operation of a node that a key means: itself, or the same document with its type.
pub(crate) fn find(tree: &Tree, node: NodeId, key: &str) -> Option<OpId> {
    let exact = tree.op_of(node, key);
    if exact.is_some() || split(key).1.is_empty() {
        return exact;
    }
    told(key).find_map(|key| tree.op_of(node, &key))
}

/// The operation of a node for a key that is new there, made when there is room.
pub(crate) fn add(service: &mut Service, node: NodeId, key: &str, sink: &mut Sink) -> OpId {
    let label = split(key).1;
    if label.is_empty() {
        return add_op(service, node, key, sink);
    }
    // A document known by its name only gets its type.
    let name = ["query ", "mutation ", "subscription "].iter().find_map(|kind| label.strip_prefix(kind));
    let untyped = name.map(|name| with(key, &OperationKind::Persisted.label(name)));
    if let Some(known) = untyped.and_then(|untyped| service.tree.op_of(node, &untyped)) {
        if let Some(op) = service.tree.op_mut(known) {
            op.method = key.into();
            // Announced anew, as another endpoint.
            op.template = Box::default();
        }
        service.rename_below(node, &[], sink);
        return known;
    }
    let here = service.tree.node(node).map_or(0, |node| node.ops.len());
    if here < OPERATIONS_PER_PATH_MAX {
        return add_op(service, node, key, sink);
    }
    sink.ledger.add(Counter::InventoryFolded, 1);
    let other = beyond(key);
    service.tree.op_of(node, &other).unwrap_or_else(|| add_op(service, node, &other, sink))
}

fn add_op(service: &mut Service, node: NodeId, key: &str, sink: &mut Sink) -> OpId {
    sink.live += 1;
    service.tree.add_op(node, key)
}
