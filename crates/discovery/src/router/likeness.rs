//! What speaks for and against two paths being one path with two values.
//!
//! For: the same methods answer in like shapes, the same words hang below, values of another place. A shape that operations
//! elsewhere have too says little (envelopes), and shapes that differ say no. So do collections below the one that are not
//! below the other: `apps` and `batch` hold different things.

use std::collections::{BTreeMap, BTreeSet};

use model::limits::NAMING_BELOW_MAX;

use super::shape;
use super::tree::{Edge, Node, NodeId, Tree};
use super::values::Values;
use super::{looks, words};

/// Collections below each of two nodes that say whether they are of one kind.
const COLLECTIONS_MIN: usize = 2;
/// Levels below a word that are looked at for collections.
const DEPTH_MAX: usize = 4;

/// Words of a node without values that are held against the values of another.
const HELD_MAX: usize = 8;

/// What was found for and against.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Votes {
    pub(crate) rare: u32,
    pub(crate) common: u32,
    pub(crate) against: u32,
}

impl Votes {
    pub(crate) fn are_for(self) -> bool {
        self.against == 0 && self.rare + self.common > 0
    }
}

/// Compares the words of one node.
#[derive(Debug)]
pub(crate) struct Likeness<'a> {
    tree: &'a Tree,
    values: &'a Values,
    /// How many operations of these words have each shape.
    inside: BTreeMap<u64, u32>,
    /// Whether values are expected among them.
    expected: bool,
}

impl<'a> Likeness<'a> {
    pub(crate) fn new(
        tree: &'a Tree,
        values: &'a Values,
        words: &[NodeId],
        variable: Option<NodeId>,
        expected: bool,
    ) -> Self {
        let mut inside = BTreeMap::new();
        for id in words.iter().copied().chain(variable) {
            let below = tree.node(id).into_iter().flat_map(|node| node.words.values().copied().chain(node.variable));
            for node in std::iter::once(id).chain(below).filter_map(|id| tree.node(id)) {
                for shape in node.ops.iter().filter_map(|op| tree.op(*op)).flat_map(|op| op.shapes.iter()) {
                    *inside.entry(shape).or_default() += 1;
                }
            }
        }
        Self { tree, values, inside, expected }
    }

    /// Whether a word is like the variable (or the words) it stands beside; common signs count where values are expected.
    pub(crate) fn joins(&self, variable: NodeId, other: NodeId, expected: bool) -> bool {
        let votes = self.compare(variable, other);
        votes.against == 0 && votes.rare + if expected { votes.common } else { 0 } > 0
    }

    /// Compares two nodes: their own operations, and one level below.
    pub(crate) fn compare(&self, a: NodeId, b: NodeId) -> Votes {
        let mut votes = Votes::default();
        let (Some(left), Some(right)) = (self.tree.node(a), self.tree.node(b)) else { return votes };
        self.compare_ops(left, right, true, &mut votes);
        if let (Some(x), Some(y)) = (left.variable, right.variable)
            && let (Some(x), Some(y)) = (self.tree.node(x), self.tree.node(y))
        {
            self.compare_ops(x, y, false, &mut votes);
        }
        votes.common += u32::from(self.hold_alike(left, right) || self.hold_alike(right, left));
        let mut shared = 0;
        for (text, x) in &left.words {
            let Some(y) = right.words.get(text) else { continue };
            if let (Some(x), Some(y)) = (self.tree.node(*x), self.tree.node(*y)) {
                let before = votes.against;
                self.compare_ops(x, y, false, &mut votes);
                votes.against += u32::from(self.hold_different_things(x, y));
                shared += u32::from(votes.against == before && !matches!(x.edge, Edge::Word(_, false)));
            }
        }
        votes.against += u32::from(self.hold_different_things(left, right));
        // One word below in common is what resources of one API have; two are what values of one parameter have.
        votes.common += shared.min(1);
        votes.rare += shared.saturating_sub(1);
        votes.rare += u32::from(self.was_value(left) && self.was_value(right));
        votes
    }

    /// Whether below the values of one node are words that are also below a word of the other, which has no values yet
    /// (`{owner}/{repo}/issues` and `ada/zoo/issues`).
    fn hold_alike(&self, values: &Node, words: &Node) -> bool {
        let Some(value) = values.variable.filter(|_| words.variable.is_none()).and_then(|id| self.tree.node(id)) else {
            return false;
        };
        let below = |id: &NodeId| self.tree.node(*id).filter(|node| matches!(node.edge, Edge::Word(_, true)));
        let known = |node: &Node| node.words.keys().take(NAMING_BELOW_MAX).any(|text| value.words.contains_key(text));
        words.words.values().take(HELD_MAX).filter_map(below).any(known)
    }

    /// Whether a node is a variable, or a word that was a value elsewhere or looks like one.
    fn was_value(&self, node: &Node) -> bool {
        match &node.edge {
            Edge::Word(text, _) => self.values.contains(text) || looks::is_drawn(text) || looks::is_host(text),
            Edge::Variable(_) => true,
            Edge::None => false,
        }
    }

    /// Whether each of two nodes has collections below it, and few of them the other has too. Where values are expected,
    /// collections right below must speak clearly; elsewhere all below must agree.
    fn hold_different_things(&self, a: &'a Node, b: &'a Node) -> bool {
        let depth = if self.expected { 0 } else { DEPTH_MAX };
        let (left, right) = (self.collections(a, depth), self.collections(b, depth));
        let fewer = left.len().min(right.len());
        let shared = left.intersection(&right).count();
        if self.expected { fewer >= COLLECTIONS_MIN && shared * 2 < fewer } else { shared * 3 < fewer * 2 }
    }

    /// Names of collections below a node, at most so many levels further down.
    fn collections(&self, node: &'a Node, depth: usize) -> BTreeSet<&'a str> {
        let mut names = BTreeSet::new();
        let mut open = vec![(node, 0)];
        let mut visits = 0;
        while let Some((node, level)) = open.pop() {
            visits += 1;
            if visits > NAMING_BELOW_MAX {
                break;
            }
            for (text, id) in &node.words {
                let Some(below) = self.tree.node(*id) else { continue };
                if words::is_plural(text) && matches!(below.edge, Edge::Word(_, true)) {
                    names.insert(&**text);
                }
                if level < depth {
                    open.push((below, level + 1));
                }
            }
            if let Some(below) = node.variable.filter(|_| level < depth).and_then(|id| self.tree.node(id)) {
                open.push((below, level + 1));
            }
        }
        names
    }

    /// Compares operations of the same method; `words` when the nodes are the words in question and not what hangs below:
    /// things of all collections are deleted alike.
    fn compare_ops(&self, a: &Node, b: &Node, words: bool, votes: &mut Votes) {
        for x in a.ops.iter().filter_map(|op| self.tree.op(*op)) {
            let Some(y) = b.ops.iter().filter_map(|op| self.tree.op(*op)).find(|y| y.method == x.method) else {
                continue;
            };
            if x.shapes.list[0] == 0 || y.shapes.list[0] == 0 {
                // What is deleted without a word is a thing, and things have names.
                let silent = x.shapes.list[0] == y.shapes.list[0];
                votes.rare += u32::from(words && silent && &*x.method == "DELETE" && is_thing(a) && is_thing(b));
                continue;
            }
            let pairs = || x.shapes.iter().flat_map(|one| y.shapes.iter().map(move |other| (one, other)));
            let like = || pairs().filter(|(one, other)| shape::alike(*one, *other));
            // Answers to DELETE are alike all over an API.
            let things = words && &*x.method == "DELETE" && is_thing(a) && is_thing(b) && like().next().is_some();
            if things || like().any(|(one, other)| self.is_rare(one) && self.is_rare(other)) {
                votes.rare += 1;
            } else if like().next().is_some() {
                votes.common += 1;
            } else if pairs().all(|(one, other)| shape::differ(one, other)) {
                votes.against += 1;
            }
        }
    }

    /// Whether hardly any operation elsewhere answers in this shape.
    fn is_rare(&self, shape: u64) -> bool {
        let here = self.inside.get(&shape).copied().unwrap_or(0);
        let elsewhere = self.tree.spread.get(&shape).copied().unwrap_or(0).saturating_sub(here);
        elsewhere <= 1 || elsewhere * 8 <= here
    }
}

/// Whether a node is no collection and holds nothing.
fn is_thing(node: &Node) -> bool {
    let plural = matches!(&node.edge, Edge::Word(text, _) if words::is_plural(text));
    node.words.is_empty() && node.variable.is_none() && !plural
}
