//! Words that were taken for values of a variable and answer otherwise: `/secrets/public-key` beside `/secrets/{str}`.
//!
//! A value may answer otherwise too (things of two kinds), so one answer proves nothing. The word that answers otherwise again
//! and again, while no other one does as it does, is split off; when another one does, that is a second kind of answer of the
//! values.

use model::limits::{ODD_ANSWERS_MAX, TRIE_CHILDREN_MAX};
use serde::{Deserialize, Serialize};

use super::pins::Fixed;
use super::service::{Service, Sink};
use super::tree::{Edge, Node, NodeId, OpId, Part, Spans, Tree};
use super::{looks, operations, shape};

/// Such answers in a row that make a word one of the API.
const TIMES: u8 = 3;

/// A word whose answer was unlike those of the values beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Odd {
    op: OpId,
    word: Box<str>,
    shape: u64,
    times: u8,
}

/// What is made of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is one of the values.
    Usual,
    /// It is unlike them, and more must come before anything is made of it.
    Odd,
    /// The word is one of the API: its operation.
    Word(OpId),
}

/// Judges a successful answer of `shape` to a path that `op` was found for.
pub(crate) fn judge(service: &mut Service, op: OpId, parts: &[Part<'_>], shape: u64, sink: &mut Sink) -> Verdict {
    let Some((variable, word)) = candidate(&service.tree, op, parts, shape) else { return Verdict::Usual };
    service.dirty = true;
    let of_a_word = is_of_a_word(&service.tree, variable, op, shape);
    let like = |odd: &Odd| odd.op == op && shape::alike(odd.shape, shape);
    let Some(node) = service.tree.node_mut(variable) else { return Verdict::Usual };
    if of_a_word || node.odd.iter().any(|odd| like(odd) && *odd.word != *word) {
        // More words than one answer so.
        node.odd.retain(|odd| !like(odd));
        return Verdict::Usual;
    }
    if let Some(odd) = node.odd.iter_mut().find(|odd| like(odd)) {
        odd.times = odd.times.saturating_add(1);
        if odd.times < TIMES {
            return Verdict::Odd;
        }
    } else {
        if node.odd.len() >= ODD_ANSWERS_MAX {
            node.odd.remove(0);
        }
        node.odd.push(Odd { op, word: word.into(), shape, times: 1 });
        return Verdict::Odd;
    }
    node.odd.retain(|odd| *odd.word != *word);
    let parent = node.parent;
    match split(service, parent, op, word, shape, sink) {
        Some(op) => Verdict::Word(op),
        None => Verdict::Usual,
    }
}

/// The variable that a path ends with, and the word there that may be none of its values: it looks like no value, and its
/// answer is unlike all of theirs.
fn candidate<'p>(tree: &Tree, op: OpId, parts: &[Part<'p>], shape: u64) -> Option<(NodeId, &'p str)> {
    let part = parts.last().filter(|part| part.fixed == Fixed::Open && !part.value)?;
    let entry = tree.op(op).filter(|op| operations::split(&op.method).1.is_empty())?;
    let variable = tree.node(entry.node)?;
    let parent = tree.node(variable.parent)?;
    let open = matches!(variable.edge, Edge::Variable(_)) && variable.spans == Spans::No && !variable.pinned;
    let room = parent.folded > 0 && !parent.closed && parent.words.len() < TRIE_CHILDREN_MAX;
    let unlike = shape != 0
        && entry.shapes.iter().next().is_some()
        && entry.shapes.iter().all(|known| shape::differ(known, shape));
    let looks = looks::is_drawn(part.text) || variable.alike.fits(part.text);
    let whole = || tree.path(entry.node).len() == parts.len();
    (unlike && open && room && !looks && whole()).then_some((entry.node, part.text))
}

/// Whether a word beside the variable answers in that shape.
fn is_of_a_word(tree: &Tree, variable: NodeId, op: OpId, shape: u64) -> bool {
    let (Some(parent), Some(op)) = (tree.node(variable).and_then(|node| tree.node(node.parent)), tree.op(op)) else {
        return false;
    };
    let answers = |node: &Node| {
        let same = node.ops.iter().filter_map(|op| tree.op(*op)).filter(|other| other.method == op.method);
        same.flat_map(|op| op.shapes.iter()).any(|known| shape::alike(known, shape))
    };
    parent.words.values().filter_map(|word| tree.node(*word)).any(answers)
}

/// Makes the word a child of its own with the operation, and gives that.
fn split(service: &mut Service, parent: NodeId, op: OpId, word: &str, shape: u64, sink: &mut Sink) -> Option<OpId> {
    let method = service.tree.op(op)?.method.clone();
    let node = service.tree.add_node(parent, Edge::Word(word.into(), true));
    let op = operations::add(service, node, &method, sink);
    service.tree.note(op, shape);
    service.generation += 1;
    service.announce(op, sink);
    Some(op)
}
