//! The tree of one service's paths: one node for each path, whatever the method; operations hang on nodes.
//!
//! An edge is a literal word or the one variable of its parent. There is one variable at a place, whatever shapes its
//! values have: two templates that differ only there would be one template to every client.

use std::collections::BTreeMap;

use model::limits::NAMING_SEARCH_NODES_MAX;
use model::{EndpointIndex, ValueClass};
use serde::{Deserialize, Serialize};

use super::alike::Alike;
use super::pins::Fixed;
use super::split::Odd;
use super::{composites, looks, operations, words};

/// Index of a node in its tree.
pub(crate) type NodeId = u32;
/// Index of an operation in its tree.
pub(crate) type OpId = u32;
/// The root.
pub(crate) const ROOT: NodeId = 0;
/// How templates show a value that spans segments.
const TAIL: &str = "{path+}";

/// The paths of one service.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    pub(crate) ops: Vec<Op>,
    /// Slots of `nodes` and `ops` that are free again.
    pub(crate) free_nodes: Vec<NodeId>,
    pub(crate) free_ops: Vec<OpId>,
    /// How many operations have answered with a shape.
    pub(crate) spread: BTreeMap<u64, u32>,
}

/// One path.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) parent: NodeId,
    pub(crate) edge: Edge,
    pub(crate) words: BTreeMap<Box<str>, NodeId>,
    pub(crate) variable: Option<NodeId>,
    pub(crate) ops: Vec<OpId>,
    /// Words folded into the variable.
    pub(crate) folded: u32,
    /// Whether every further word is a value: there were too many.
    pub(crate) closed: bool,
    /// New operations seen below, and at how many the words are compared next.
    pub(crate) events: u32,
    pub(crate) review_at: u32,
    /// For a variable: whether its values span segments.
    #[serde(default)]
    pub(crate) spans: Spans,
    /// For a variable: what its values that are words look like.
    #[serde(default)]
    pub(crate) alike: Alike,
    /// Whether a colon in a word of it says nothing: values of the variable have some.
    #[serde(default)]
    pub(crate) colons: bool,
    /// For a variable: words taken for values whose answers were unlike the others.
    #[serde(default)]
    pub(crate) odd: Vec<Odd>,
    /// Whether the operator said what it is.
    #[serde(skip)]
    pub(crate) pinned: bool,
}

/// Whether the values of a variable span segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Spans {
    /// They are one segment each.
    #[default]
    No,
    /// The traffic says so.
    Seen,
    /// The operator says so.
    Ruled,
}

/// How a node hangs on its parent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) enum Edge {
    /// The root, or a free slot.
    #[default]
    None,
    /// A word; whether it could turn out to be a value.
    Word(Box<str>, bool),
    /// The variable, with the class its values have in common.
    Variable(ValueClass),
}

/// A method on a path.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Op {
    /// Method, and behind a blank the operation that its content names, if it names one.
    pub(crate) method: Box<str>,
    pub(crate) node: NodeId,
    pub(crate) shapes: Shapes,
    /// Its number in this process, once announced.
    #[serde(skip)]
    pub(crate) endpoint: Option<EndpointIndex>,
    /// Template it is announced under; empty before.
    pub(crate) template: Box<str>,
    /// How sure it was when it was announced so, and why: the same is said again after a load.
    pub(crate) confidence: u8,
    pub(crate) evidence: Box<[Box<str>]>,
}

/// Shapes of an operation's answers: the first few distinct ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shapes {
    pub(crate) list: [u64; 4],
}

/// One segment of a path to be found or learned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    pub(crate) text: &'a str,
    pub(crate) class: ValueClass,
    /// Whether the whole segment is a value.
    pub(crate) value: bool,
    /// What the operator says of it.
    pub(crate) fixed: Fixed,
}

impl Shapes {
    /// Takes one over; whether it was new and had room.
    pub(crate) fn insert(&mut self, shape: u64) -> bool {
        for slot in &mut self.list {
            if *slot == shape {
                return false;
            }
            if *slot == 0 {
                *slot = shape;
                return shape != 0;
            }
        }
        false
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.list.iter().copied().filter(|shape| *shape != 0)
    }
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
            ops: Vec::new(),
            free_nodes: Vec::new(),
            free_ops: Vec::new(),
            spread: BTreeMap::new(),
        }
    }
}

impl Tree {
    pub(crate) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    pub(crate) fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id as usize)
    }

    pub(crate) fn op(&self, id: OpId) -> Option<&Op> {
        self.ops.get(id as usize)
    }

    pub(crate) fn op_mut(&mut self, id: OpId) -> Option<&mut Op> {
        self.ops.get_mut(id as usize)
    }

    /// The word a node stands for; empty when it stands for none.
    pub(crate) fn word(&self, id: NodeId) -> &str {
        match self.node(id).map(|node| &node.edge) {
            Some(Edge::Word(text, _)) => text,
            _ => "",
        }
    }

    /// Whether a node stands for values.
    pub(crate) fn is_variable(&self, id: NodeId) -> bool {
        matches!(self.node(id).map(|node| &node.edge), Some(Edge::Variable(_)))
    }

    /// Whether nothing hangs below a node.
    pub(crate) fn is_leaf(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(|node| node.words.is_empty() && node.variable.is_none())
    }

    /// Whether all that can be done with a node is to send it something: it is something to do more often than a thing.
    pub(crate) fn is_action(&self, id: NodeId) -> bool {
        let sent = |op: &Op| matches!(operations::split(&op.method).0, "POST" | "PUT" | "PATCH");
        self.is_leaf(id) && self.node(id).is_some_and(|node| node.ops.iter().filter_map(|op| self.op(*op)).all(sent))
    }

    /// Whether all that can be done with a node is to post to it, and nothing hangs below it.
    pub(crate) fn is_posted(&self, id: NodeId) -> bool {
        let posted = |op: &Op| operations::split(&op.method).0 == "POST";
        self.is_leaf(id) && self.node(id).is_some_and(|node| node.ops.iter().filter_map(|op| self.op(*op)).all(posted))
    }

    /// Operations in use.
    pub(crate) fn live(&self) -> usize {
        self.ops.len() - self.free_ops.len()
    }

    /// The operation of `method` on `node`.
    pub(crate) fn op_of(&self, node: NodeId, method: &str) -> Option<OpId> {
        let ops = &self.node(node)?.ops;
        ops.iter().copied().find(|op| self.op(*op).is_some_and(|op| &*op.method == method))
    }

    /// The operation a path names: words before variables, leftmost first.
    pub(crate) fn find(&self, method: &str, parts: &[Part<'_>]) -> Option<OpId> {
        self.search(method, parts, composites::word)
    }

    /// The same when words may be spelled in other letter case.
    pub(crate) fn find_folded(&self, method: &str, parts: &[Part<'_>]) -> Option<OpId> {
        self.search(method, parts, |node, text| {
            let folded = || node.words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, id)| *id);
            composites::word(node, text).or_else(folded)
        })
    }

    fn search(&self, method: &str, parts: &[Part<'_>], word: impl Fn(&Node, &str) -> Option<NodeId>) -> Option<OpId> {
        let mut open = vec![(ROOT, 0_usize)];
        let mut visits = 0;
        while let Some((id, depth)) = open.pop() {
            visits += 1;
            let node = self.node(id)?;
            let Some(part) = parts.get(depth) else {
                if let Some(op) = operations::find(self, id, method) {
                    return Some(op);
                }
                continue;
            };
            if visits > NAMING_SEARCH_NODES_MAX {
                return None;
            }
            let spans = node.variable.and_then(|id| self.node(id)).is_some_and(|node| node.spans != Spans::No);
            // A function of the API is not followed by what follows values.
            let call = parts.len() > depth + 1 && part.fixed == Fixed::Open && words::is_function(part.text);
            let takes = call || node.takes(part) || (spans && begins(parts, depth));
            if let Some(next) = node.variable.filter(|_| takes) {
                // The longest value is looked at last: what is behind it must come again.
                let last = if spans && part.fixed != Fixed::Tail { parts.len() } else { depth + 1 };
                open.extend((depth + 1..=last).rev().map(|end| (next, end)));
            }
            if part.may_be_word() {
                open.extend(word(node, part.text).map(|next| (next, depth + 1)));
            }
        }
        None
    }

    /// How many of these segments, the first of them below `node`, the variable of the node takes when its values span
    /// segments: up to a word that is known behind it, else all.
    pub(crate) fn spanned(&self, node: NodeId, parts: &[Part<'_>]) -> Option<(NodeId, usize)> {
        let (at, first) = (self.node(node)?, parts.first()?);
        let variable = at.variable.filter(|_| at.takes(first) || begins(parts, 0))?;
        let behind = self.node(variable).filter(|node| node.spans != Spans::No)?;
        if first.fixed == Fixed::Tail || first.may_be_word() && at.words.contains_key(first.text) {
            return None;
        }
        let known = parts.iter().skip(1).position(|part| part.may_be_word() && behind.words.contains_key(part.text));
        if known.is_none() && behind.ops.is_empty() {
            return None;
        }
        Some((variable, known.map_or(parts.len(), |at| at + 1)))
    }

    /// Adds a node below `parent`.
    pub(crate) fn add_node(&mut self, parent: NodeId, edge: Edge) -> NodeId {
        let node = Node { parent, edge: edge.clone(), ..Node::default() };
        let id = place(&mut self.nodes, &mut self.free_nodes, node);
        if let Some(parent) = self.node_mut(parent) {
            match edge {
                Edge::Word(text, _) => drop(parent.words.insert(text, id)),
                Edge::Variable(_) => parent.variable = Some(id),
                Edge::None => {}
            }
        }
        id
    }

    /// Adds an operation to a node.
    pub(crate) fn add_op(&mut self, node: NodeId, method: &str) -> OpId {
        let op = Op { method: method.into(), node, ..Op::default() };
        let id = place(&mut self.ops, &mut self.free_ops, op);
        if let Some(node) = self.node_mut(node) {
            node.ops.push(id);
        }
        id
    }

    /// Notes the shape of an answer; whether that changed anything.
    pub(crate) fn note(&mut self, op: OpId, shape: u64) -> bool {
        let new = shape != 0 && self.op_mut(op).is_some_and(|op| op.shapes.insert(shape));
        if new {
            let spread = self.spread.entry(shape).or_default();
            *spread = spread.saturating_add(1);
        }
        new
    }

    /// Nodes from below the root to `node`.
    pub(crate) fn path(&self, node: NodeId) -> Vec<NodeId> {
        let mut path = Vec::new();
        let mut at = node;
        while at != ROOT {
            path.push(at);
            at = self.node(at).map_or(ROOT, |node| node.parent);
        }
        path.reverse();
        path
    }

    /// The template of a node.
    pub(crate) fn template(&self, node: NodeId) -> String {
        let mut out = String::new();
        for id in self.path(node) {
            out.push('/');
            match self.node(id).map(|node| &node.edge) {
                Some(Edge::Word(text, _)) => out.push_str(text),
                Some(Edge::Variable(_)) if self.node(id).is_some_and(|node| node.spans != Spans::No) => {
                    out.push_str(TAIL);
                }
                Some(Edge::Variable(class)) => {
                    out.push('{');
                    out.push_str(class.as_str());
                    out.push('}');
                }
                _ => {}
            }
        }
        if out.is_empty() {
            out.push('/');
        }
        out
    }
}

impl Part<'_> {
    /// Whether it may name a word of the tree.
    pub(crate) fn may_be_word(&self) -> bool {
        match self.fixed {
            Fixed::Open => !self.value,
            Fixed::Word => true,
            Fixed::Value | Fixed::Tail => false,
        }
    }
}

impl Node {
    /// Whether a segment may be a value of this node's variable.
    pub(crate) fn takes(&self, part: &Part<'_>) -> bool {
        match part.fixed {
            Fixed::Word => return false,
            Fixed::Value | Fixed::Tail => return true,
            Fixed::Open => {}
        }
        let beside = || self.folded > 0 || (self.variable.is_some() && looks::is_drawn(part.text));
        let verb = || !self.colons && composites::has_verb(part.text);
        part.value || self.closed || (words::may_be_value(part.text, part.class) && beside() && !verb())
    }
}

/// Whether a segment that other segments follow may be the beginning of a value that spans them: words that keep their
/// meaning keep it at the end of a path.
fn begins(parts: &[Part<'_>], at: usize) -> bool {
    parts.len() > at + 1 && parts.get(at).is_some_and(|part| part.fixed == Fixed::Open)
}

/// Puts an item into a free slot, or at the end.
fn place<T>(list: &mut Vec<T>, free: &mut Vec<u32>, item: T) -> u32 {
    let id = free.pop().unwrap_or(list.len() as u32);
    match list.get_mut(id as usize) {
        Some(slot) => *slot = item,
        None => list.push(item),
    }
    id
}

/// What values of two classes have in common: the stronger machine-made one, else a text.
pub(crate) fn join(a: ValueClass, b: ValueClass) -> ValueClass {
    use ValueClass::{Hex, Int, Token, Uuid, Word};
    match (a, b) {
        (a, b) if a == b => a,
        (Int, Hex) | (Hex, Int) => Hex,
        (Int | Hex | Uuid, Token) | (Token, Int | Hex | Uuid) => Token,
        _ => Word,
    }
}
