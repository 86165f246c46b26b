//! Which words of a node are values of one parameter, and what happens when they are.
//!
//! Two words are alike when the same methods answer in the same shape, or the same words hang below them, and nothing
//! speaks against it: a shape that operations elsewhere have too says nothing, and shapes that differ say no. The largest
//! group of words connected by likeness is folded once it is large enough; how large depends on the place, because
//! below the name of a collection values are expected and at the top of a path they are not.

use std::collections::BTreeMap;

use model::{EndpointIndex, ValueClass};

use super::service::{Service, Sink};
use super::tree::{Edge, Node, NodeId, OpId, Part, Tree};
use super::words;

/// Words of a node compared with one another; further ones follow the decision.
const COMPARED_MAX: usize = 64;
/// Distinct values that make a parameter where values are expected.
const EXPECTED_MIN: usize = 3;
/// The same where only common answers speak for it.
const EXPECTED_COMMON_MIN: usize = 6;
/// Distinct values that make a parameter elsewhere.
const UNEXPECTED_MIN: usize = 8;

/// Compares the words of a node when enough has happened below it since the last time, and folds those that are alike.
pub(crate) fn review(service: &mut Service, id: NodeId, sink: &mut Sink) {
    let Some(node) = service.tree.node_mut(id) else { return };
    node.events = node.events.saturating_add(1);
    let enough = node.folded > 0 || node.words.len() >= EXPECTED_MIN;
    if !enough || node.events < node.review_at {
        return;
    }
    node.review_at = node.events + node.events / 8;
    let group = alike(&service.tree, id);
    if !group.is_empty() {
        apply(service, id, &group, sink);
    }
}

/// Folds every word that may be a value: there are too many.
pub(crate) fn everything(service: &mut Service, id: NodeId, sink: &mut Sink) {
    let Some(node) = service.tree.node_mut(id) else { return };
    node.closed = true;
    let all = node.words.values().copied().collect::<Vec<_>>();
    let group: Vec<_> = all.into_iter().filter(|word| is_foldable(&service.tree, *word)).collect();
    apply(service, id, &group, sink);
}

/// Whether a new word goes straight to the variable of its parent, whose words were folded before.
pub(crate) fn joins(tree: &Tree, parent: &Node, rest: &[Part<'_>], (method, shape): (&str, u64)) -> bool {
    let Some(variable) = parent.variable else { return false };
    if !rest.is_empty() {
        return true;
    }
    let Some(op) = tree.op_of(variable, method).and_then(|op| tree.op(op)) else { return true };
    shape == 0 || op.shapes.contains(shape) || op.shapes.iter().count() != 1
}

fn is_foldable(tree: &Tree, id: NodeId) -> bool {
    matches!(tree.node(id).map(|node| &node.edge), Some(Edge::Word(_, true)))
}

fn word(tree: &Tree, id: NodeId) -> &str {
    match tree.node(id).map(|node| &node.edge) {
        Some(Edge::Word(text, _)) => text,
        _ => "",
    }
}

/// What speaks for and against two nodes being one.
#[derive(Clone, Copy, Debug, Default)]
struct Votes {
    rare: u32,
    common: u32,
    against: u32,
}

/// The group of words to fold: empty when none is sure enough.
fn alike(tree: &Tree, id: NodeId) -> Vec<NodeId> {
    let Some(node) = tree.node(id) else { return Vec::new() };
    let mut candidates: Vec<_> = node.words.values().copied().filter(|word| is_foldable(tree, *word)).collect();
    candidates.truncate(COMPARED_MAX);
    let mut joined = Vec::new();
    let code = candidates.iter().filter(|id| words::is_name_of_code(word(tree, **id))).count();
    if (node.folded == 0 && candidates.len() < EXPECTED_MIN) || code * 2 > candidates.len() {
        return Vec::new();
    }
    let inside = shapes_at(tree, &candidates, node.variable);
    if let Some(variable) = node.variable.filter(|_| node.folded > 0) {
        // Words are values here already: one that is like those is one too.
        candidates.retain(|other| {
            let votes = compare(tree, &inside, variable, *other);
            let common = if below_collection(node) { votes.common } else { 0 };
            let joins = votes.against == 0 && votes.rare + common > 0 && !words::is_plural(word(tree, *other));
            if joins {
                joined.push(*other);
            }
            !joins
        });
        if !joined.is_empty() {
            return joined;
        }
    }
    let (mut group, rare) = largest(tree, &candidates, &inside);
    if !is_enough(tree, node, &candidates, &group, rare) {
        return Vec::new();
    }
    if let Some(example) = group.first().copied() {
        let further = node.words.values().copied().filter(|word| is_foldable(tree, *word)).skip(COMPARED_MAX);
        group.extend(further.filter(|other| {
            let votes = compare(tree, &inside, example, *other);
            votes.against == 0 && votes.rare + votes.common > 0
        }));
    }
    group
}

fn is_enough(tree: &Tree, node: &Node, candidates: &[NodeId], group: &[NodeId], rare: bool) -> bool {
    let plural = group.iter().filter(|id| words::is_plural(word(tree, **id))).count();
    let collections = plural * 2 > group.len();
    let expected = (below_collection(node) || node.folded > 0 || node.variable.is_some()) && !collections;
    if expected {
        return group.len() >= if rare { EXPECTED_MIN } else { EXPECTED_COMMON_MIN };
    }
    let majority = group.len() * 10 >= candidates.len() * 7;
    rare && majority && group.len() >= if collections { UNEXPECTED_MIN * 3 } else { UNEXPECTED_MIN }
}

/// Whether values are expected below a node.
fn below_collection(node: &Node) -> bool {
    matches!(&node.edge, Edge::Word(text, _) if words::is_plural(text))
}

/// How many of the candidates' operations have each shape.
fn shapes_at(tree: &Tree, candidates: &[NodeId], variable: Option<NodeId>) -> BTreeMap<u64, u32> {
    let mut inside = BTreeMap::new();
    for id in candidates.iter().copied().chain(variable) {
        let below = tree.node(id).into_iter().flat_map(|node| node.words.values().copied().chain(node.variable));
        for node in std::iter::once(id).chain(below).filter_map(|id| tree.node(id)) {
            for shape in node.ops.iter().filter_map(|op| tree.op(*op)).flat_map(|op| op.shapes.iter()) {
                *inside.entry(shape).or_default() += 1;
            }
        }
    }
    inside
}

/// The largest group connected by likeness, in the order of the words, and whether anything rare connects it.
fn largest(tree: &Tree, candidates: &[NodeId], inside: &BTreeMap<u64, u32>) -> (Vec<NodeId>, bool) {
    let mut best: (Vec<NodeId>, bool) = (Vec::new(), false);
    let mut left = candidates.to_vec();
    while let Some(first) = left.first().copied() {
        left.remove(0);
        let (mut group, mut rare, mut at) = (vec![first], 0_usize, 0);
        while let Some(member) = group.get(at).copied() {
            at += 1;
            left.retain(|other| {
                let votes = compare(tree, inside, member, *other);
                let joins = votes.against == 0 && votes.rare + votes.common > 0;
                if joins {
                    group.push(*other);
                    rare += usize::from(votes.rare > 0);
                }
                !joins
            });
        }
        let rare = rare * 2 >= group.len() && rare > 0;
        if (rare, group.len()) > (best.1, best.0.len()) && group.len() >= EXPECTED_MIN {
            best = (group, rare);
        }
    }
    best.0.sort_unstable_by(|a, b| word(tree, *a).cmp(word(tree, *b)));
    best
}

/// Compares two nodes: their own operations, and one level below.
fn compare(tree: &Tree, inside: &BTreeMap<u64, u32>, a: NodeId, b: NodeId) -> Votes {
    let mut votes = Votes::default();
    let (Some(left), Some(right)) = (tree.node(a), tree.node(b)) else { return votes };
    compare_ops(tree, inside, left, right, &mut votes);
    if let (Some(x), Some(y)) = (left.variable, right.variable)
        && let (Some(x), Some(y)) = (tree.node(x), tree.node(y))
    {
        compare_ops(tree, inside, x, y, &mut votes);
    }
    let mut shared = 0;
    for (text, x) in &left.words {
        let Some(y) = right.words.get(text) else { continue };
        if let (Some(x), Some(y)) = (tree.node(*x), tree.node(*y)) {
            let before = votes.against;
            compare_ops(tree, inside, x, y, &mut votes);
            shared += u32::from(votes.against == before && !matches!(x.edge, Edge::Word(_, false)));
        }
    }
    // One word below in common is what resources of one API have; two are what values of one parameter have.
    votes.common += shared.min(1);
    votes.rare += shared.saturating_sub(1);
    votes
}

fn compare_ops(tree: &Tree, inside: &BTreeMap<u64, u32>, a: &Node, b: &Node, votes: &mut Votes) {
    for x in a.ops.iter().filter_map(|op| tree.op(*op)) {
        let Some(y) = b.ops.iter().filter_map(|op| tree.op(*op)).find(|y| y.method == x.method) else { continue };
        if x.shapes.list[0] == 0 || y.shapes.list[0] == 0 {
            continue;
        }
        let mut same = x.shapes.iter().filter(|shape| y.shapes.contains(*shape)).peekable();
        if same.peek().is_none() {
            votes.against += 1;
        } else if same.any(|shape| is_rare(tree, inside, shape)) {
            votes.rare += 1;
        } else {
            votes.common += 1;
        }
    }
}

/// Whether hardly any operation elsewhere answers in this shape.
fn is_rare(tree: &Tree, inside: &BTreeMap<u64, u32>, shape: u64) -> bool {
    let here = inside.get(&shape).copied().unwrap_or(0);
    let elsewhere = tree.spread.get(&shape).copied().unwrap_or(0).saturating_sub(here);
    elsewhere <= 1 || elsewhere * 8 <= here
}

/// Folds `group` into the variable of `id` and tells the renames that follow.
fn apply(service: &mut Service, id: NodeId, group: &[NodeId], sink: &mut Sink) {
    let variable = match service.tree.node(id).and_then(|node| node.variable) {
        Some(variable) => variable,
        None => service.tree.add_node(id, Edge::Variable(ValueClass::Word)),
    };
    if let Some(node) = service.tree.node_mut(variable) {
        node.edge = Edge::Variable(ValueClass::Word);
    }
    if let Some(node) = service.tree.node_mut(id) {
        node.folded = node.folded.saturating_add(group.len() as u32);
    }
    let mut merged = Vec::new();
    for word in group {
        merge(&mut service.tree, *word, variable, &mut merged, sink);
    }
    service.rename_below(variable, &merged, sink);
}

/// Moves everything at and below `from` to `to`.
fn merge(tree: &mut Tree, from: NodeId, to: NodeId, merged: &mut Vec<(EndpointIndex, OpId)>, sink: &mut Sink) {
    detach(tree, from);
    let mut open = vec![(from, to)];
    while let Some((from, to)) = open.pop() {
        let Some(source) = tree.node_mut(from).map(std::mem::take) else { continue };
        tree.free_nodes.push(from);
        for op in source.ops {
            move_op(tree, op, to, merged, sink);
        }
        if let Some(target) = tree.node_mut(to) {
            target.events = target.events.saturating_add(source.events);
            target.folded = target.folded.saturating_add(source.folded);
            target.closed |= source.closed;
        }
        for (text, child) in source.words {
            match tree.node(to).and_then(|target| target.words.get(&text).copied()) {
                Some(known) => open.push((child, known)),
                None => hang(tree, child, to, Some(text)),
            }
        }
        if let Some(child) = source.variable {
            match tree.node(to).and_then(|target| target.variable) {
                Some(known) => {
                    widen(tree, known, child);
                    open.push((child, known));
                }
                None => hang(tree, child, to, None),
            }
        }
    }
}

fn widen(tree: &mut Tree, known: NodeId, other: NodeId) {
    let Some(Edge::Variable(class)) = tree.node(other).map(|node| node.edge.clone()) else { return };
    if let Some(Edge::Variable(known)) = tree.node_mut(known).map(|node| &mut node.edge) {
        *known = super::tree::join(*known, class);
    }
}

fn detach(tree: &mut Tree, id: NodeId) {
    let Some((parent, Edge::Word(text, _))) = tree.node(id).map(|node| (node.parent, node.edge.clone())) else {
        return;
    };
    if let Some(parent) = tree.node_mut(parent) {
        parent.words.remove(&text);
    }
}

fn hang(tree: &mut Tree, child: NodeId, parent: NodeId, text: Option<Box<str>>) {
    if let Some(node) = tree.node_mut(child) {
        node.parent = parent;
    }
    if let Some(node) = tree.node_mut(parent) {
        match text {
            Some(text) => drop(node.words.insert(text, child)),
            None => node.variable = Some(child),
        }
    }
}

fn move_op(tree: &mut Tree, id: OpId, to: NodeId, merged: &mut Vec<(EndpointIndex, OpId)>, sink: &mut Sink) {
    let Some(source) = tree.op(id).cloned() else { return };
    let Some(target) = tree.op_of(to, &source.method) else {
        if let Some(op) = tree.op_mut(id) {
            op.node = to;
        }
        if let Some(node) = tree.node_mut(to) {
            node.ops.push(id);
        }
        return;
    };
    merged.extend(source.endpoint.map(|from| (from, target)));
    // Entries of `merged` that led to the operation given up lead on to its heir.
    for entry in merged.iter_mut().filter(|entry| entry.1 == id) {
        entry.1 = target;
    }
    for shape in source.shapes.iter() {
        if let Some(count) = tree.spread.get_mut(&shape) {
            *count = count.saturating_sub(1);
        }
        tree.note(target, shape);
    }
    tree.free_ops.push(id);
    sink.live = sink.live.saturating_sub(1);
}
