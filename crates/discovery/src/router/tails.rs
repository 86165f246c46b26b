//! Values that span segments: `/files/{path+}`.
//!
//! What is below a node is one value when paths of several lengths end there, none of them is the beginning of another, their
//! answers do not differ, and the words are files or values known from elsewhere. A part of an API is told from that by
//! its collections, whose paths are the beginnings of those of their things. Values that machines made are no folders: what has
//! a path is below them (`/history/{hex}/{path+}`).

use std::collections::{BTreeMap, BTreeSet};

use model::ledger::Counter;
use model::limits::NAMING_TAIL_NODES_MAX;
use model::{EndpointIndex, ValueClass};

use super::fold;
use super::looks;
use super::service::{Service, Sink};
use super::shape;
use super::tree::{Edge, NodeId, Op, OpId, Spans, Tree};
use super::words;

/// Paths that end below a node whose values span segments, when half of them are files; when they are known values.
const FILES_MIN: usize = 4;
const VALUES_MIN: usize = 8;
/// Lengths of these paths.
const DEPTHS_MIN: usize = 2;

/// Endings of these files that no answer has as its format.
const ENDINGS_MIN: usize = 2;

/// What is known of the paths below a node.
#[derive(Default)]
struct Below {
    ends: usize,
    /// Ends that are files; depths and endings of those whose endings are no formats of answers.
    files: usize,
    file_depths: BTreeSet<usize>,
    endings: BTreeSet<Box<str>>,
    words: usize,
    known: usize,
    depths: BTreeSet<usize>,
    ops: Vec<OpId>,
    nodes: Vec<NodeId>,
}

/// Makes one value of all that is below a node, when it is.
pub(crate) fn look(service: &mut Service, id: NodeId, sink: &mut Sink) {
    // At the top of paths are things of all kinds.
    let below_a_value = match service.tree.node(id).map(|node| &node.edge) {
        Some(Edge::Word(_, _)) => false,
        Some(Edge::Variable(_)) => true,
        _ => return,
    };
    let mut partial = false;
    if let Some(below) = survey(service, id, &mut partial)
        && is_one_value(&service.tree, &below, below_a_value)
    {
        span(service, id, below, sink);
    }
    sink.ledger.add(Counter::InventoryUnjudged, u64::from(partial));
}

/// Below a value are its parts (`/commits/{hex}/diff`), whatever is known of their names: nothing but files makes a path there.
fn is_one_value(tree: &Tree, below: &Below, below_a_value: bool) -> bool {
    if below.depths.len() < DEPTHS_MIN || below.ends < FILES_MIN {
        return false;
    }
    let files =
        below.files * 2 >= below.ends && below.file_depths.len() >= DEPTHS_MIN && below.endings.len() >= ENDINGS_MIN;
    let values = !below_a_value && below.ends >= VALUES_MIN && below.known * 3 >= below.words * 2;
    let parts = below_a_value && below.files < below.ends;
    (files || values) && !parts && answers_agree(tree, &below.ops)
}

/// `None` when there is something that no value is, a path that is the beginning of another, or too much to look at, which
/// sets `partial`.
fn survey(service: &Service, id: NodeId, partial: &mut bool) -> Option<Below> {
    let tree = &service.tree;
    let mut below = Below::default();
    let children =
        |id: NodeId| tree.node(id).into_iter().flat_map(|node| node.words.values().copied().chain(node.variable));
    let mut open: Vec<(NodeId, usize)> = children(id).map(|child| (child, 1)).collect();
    while let Some((id, depth)) = open.pop() {
        let node = tree.node(id)?;
        if node.pinned || node.spans != Spans::No {
            return None;
        }
        if below.nodes.len() >= NAMING_TAIL_NODES_MAX {
            *partial = true;
            return None;
        }
        below.nodes.push(id);
        let word = tree.word(id);
        below.words += 1;
        below.known += usize::from(word.is_empty() || service.values.contains(word) || looks::is_drawn(word));
        if matches!(node.edge, Edge::Word(_, false)) && !looks::is_release(word) && words::file_ending(word).is_none() {
            return None;
        }
        if node.ops.is_empty() {
            // Folders have names: below a number or a digest is a thing of its own, and what has a path is further down.
            if matches!(node.edge, Edge::Variable(class) if class.is_value()) {
                return None;
            }
            open.extend(children(id).map(|child| (child, depth + 1)));
            continue;
        }
        if !tree.is_leaf(id) {
            return None;
        }
        below.ends += 1;
        below.depths.insert(depth);
        if let Some(ending) = words::file_ending(word) {
            below.files += 1;
            below.file_depths.insert(depth);
            below.endings.insert(ending.into());
        } else {
            below.files += usize::from(word.rsplit_once('.').is_some_and(|(_, ending)| words::is_format(ending)));
        }
        below.ops.extend(&node.ops);
    }
    Some(below)
}

/// Whether the answers to each method are of one kind, as far as they say anything: each is held against those of the first
/// operation of its method that says something.
pub(crate) fn answers_agree(tree: &Tree, ops: &[OpId]) -> bool {
    let mut first: BTreeMap<&str, &Op> = BTreeMap::new();
    ops.iter().filter_map(|op| tree.op(*op)).filter(|op| op.shapes.iter().next().is_some()).all(|one| {
        let first = *first.entry(&*one.method).or_insert(one);
        one.shapes.iter().all(|shape| !first.shapes.iter().all(|other| shape::differ(shape, other)))
    })
}

/// Puts everything below a node into one variable.
fn span(service: &mut Service, id: NodeId, below: Below, sink: &mut Sink) {
    let Service { tree, .. } = service;
    let Some(node) = tree.node_mut(id) else { return };
    node.words.clear();
    node.variable = None;
    node.folded = node.folded.saturating_add(below.ends as u32);
    let variable = tree.add_node(id, Edge::Variable(ValueClass::Word));
    if let Some(node) = tree.node_mut(variable) {
        node.spans = Spans::Seen;
    }
    let mut merged: Vec<(EndpointIndex, OpId)> = Vec::new();
    for op in below.ops {
        fold::move_op(tree, op, variable, &mut merged, sink);
    }
    for node in below.nodes {
        if let Some(slot) = tree.node_mut(node) {
            *slot = super::tree::Node::default();
        }
        tree.free_nodes.push(node);
    }
    service.rename_below(variable, &merged, sink);
}
