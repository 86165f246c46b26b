//! What the router knows of one service, and how a new name is learned.

use std::sync::Arc;

use model::ledger::Counter;
use model::limits::{ENDPOINTS_MAX, ENDPOINTS_PER_SERVICE_MAX, SAME_ANSWERS_MAX, TRIE_CHILDREN_MAX};
use model::{EndpointIndex, EndpointName, Id, Ledger, Observed, Step, ValueClass};
use serde::{Deserialize, Serialize};

use super::pins::Fixed;
use super::tree::{Edge, NodeId, OpId, Part, ROOT, Spans, Tree, join};
use super::values::Values;
use super::{composites, evidence, fold, looks, noise, operations, words};

/// Unrelated paths with one answer that make it the answer to every path.
const UNRELATED_MIN: usize = 3;
/// What everything beyond the bounds is called.
pub(crate) const OTHER: &str = "{other}";

/// One service.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Service {
    pub(crate) name: Box<str>,
    pub(crate) tree: Tree,
    /// Where names go once the inventory is full.
    pub(crate) other: Option<OpId>,
    /// Words that were values.
    pub(crate) values: Values,
    /// Answers that are not data, and the first segments of the paths that got them.
    pub(crate) answers: Vec<SameAnswer>,
    /// Which of `answers` is replaced next.
    pub(crate) next_answer: u32,
    /// Names learned so far, and at how many every place is looked at again.
    pub(crate) learned: u32,
    pub(crate) look_again_at: u32,
    /// Whether what stands below collections are values, as a habit of this API.
    pub(crate) names_things: bool,
    /// Stands for the rules of the operator that the tree agrees with.
    #[serde(default)]
    pub(crate) ruled: u64,
    /// Numbers of the rules that are about this service.
    #[serde(skip)]
    pub(crate) rules: Vec<u32>,
    #[serde(skip)]
    pub(crate) id: Id,
    #[serde(skip)]
    pub(crate) generation: u32,
    #[serde(skip)]
    pub(crate) dirty: bool,
}

/// An answer and who got it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct SameAnswer {
    status: u16,
    shape: u64,
    bytes: u64,
    firsts: Vec<Box<str>>,
}

/// What resolving one epoch produces.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) steps: Vec<Step>,
    pub(crate) names: Vec<(EndpointIndex, Arc<EndpointName>)>,
    pub(crate) ledger: Ledger,
    /// Next free number of an endpoint, and endpoints alive.
    pub(crate) next: u32,
    pub(crate) live: usize,
}

impl Service {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.into(), id: model::endpoint::service_id(name), ..Self::default() }
    }

    /// A call of an operation known by its name.
    #[inline]
    pub(crate) fn hit(&mut self, op: OpId, seen: &Observed<'_>) -> Option<EndpointIndex> {
        if seen.row.succeeded() && self.tree.note(op, noise::shape(seen)) {
            self.dirty = true;
        }
        self.tree.op(op)?.endpoint
    }

    /// Whether an operation stands for the names of a path beyond the bound.
    pub(crate) fn is_sum(&self, op: OpId) -> bool {
        self.tree.op(op).is_some_and(|op| operations::is_sum(&op.method))
    }

    /// Widens the classes of the variables of a found path to the values it was just called with.
    pub(crate) fn widen(&mut self, op: OpId, parts: &[Part<'_>], sink: &mut Sink) {
        let Some(node) = self.tree.op(op).map(|op| op.node) else { return };
        for (id, part) in self.tree.path(node).into_iter().zip(parts) {
            if self.tree.node(id).is_some_and(|node| node.spans != Spans::No) {
                return;
            }
            self.widen_edge(id, part, sink);
        }
    }

    fn widen_edge(&mut self, id: NodeId, part: &Part<'_>, sink: &mut Sink) {
        let seen = if part.value { part.class } else { ValueClass::Word };
        // What was sent to try the server says nothing of what values are like.
        let tried = || words::is_no_name(part.text) || words::is_function(part.text);
        if !matches!(self.tree.node(id).map(|node| &node.edge), Some(Edge::Variable(_))) || tried() {
            return;
        }
        if !part.value && self.values.insert(part.text) {
            self.dirty = true;
            if let Some(node) = self.tree.node_mut(id) {
                node.alike.note(part.text);
            }
            // Drawn words say nothing about words that are not, and neither does what the operator said.
            if !looks::is_drawn(part.text) && part.fixed == Fixed::Open {
                self.count_value(id, sink);
            }
        }
        let Some(Edge::Variable(class)) = self.tree.node_mut(id).map(|node| &mut node.edge) else { return };
        let wider = join(*class, seen);
        if wider != *class {
            *class = wider;
            self.rename_below(id, &[], sink);
        }
    }

    /// Counts one more value of a variable; words beside it are looked at when there are twice as many as the last time.
    fn count_value(&mut self, variable: NodeId, sink: &mut Sink) {
        let Some(parent) = self.tree.node(variable).map(|node| node.parent) else { return };
        let Some(node) = self.tree.node_mut(parent) else { return };
        node.folded = node.folded.saturating_add(1);
        if node.folded.is_power_of_two() {
            fold::look(self, parent, sink);
        }
    }

    /// Whether paths begin with a value.
    pub(crate) fn takes_any(&self) -> bool {
        self.tree.node(ROOT).is_some_and(|root| root.variable.is_some())
    }

    /// Whether a new path's answer is the one that unrelated paths get too.
    pub(crate) fn is_same_answer(&mut self, seen: &Observed<'_>, parts: &[Part<'_>]) -> bool {
        if !noise::may_be_same_answer(seen) {
            return false;
        }
        let row = seen.row;
        let first = parts.first().map_or("", |part| part.text);
        let same = |a: &&mut SameAnswer| {
            a.status == row.status && a.shape == row.answer_shape && a.bytes == row.response.bytes
        };
        self.dirty = true;
        if let Some(answer) = self.answers.iter_mut().find(same) {
            if answer.firsts.len() < UNRELATED_MIN && !answer.firsts.iter().any(|known| &**known == first) {
                answer.firsts.push(first.into());
            }
            return answer.firsts.len() >= UNRELATED_MIN;
        }
        let answer = SameAnswer {
            status: row.status,
            shape: row.answer_shape,
            bytes: row.response.bytes,
            firsts: vec![first.into()],
        };
        if self.answers.len() < SAME_ANSWERS_MAX {
            self.answers.push(answer);
        } else if let Some(slot) = self.answers.get_mut(self.next_answer as usize) {
            *slot = answer;
            self.next_answer = (self.next_answer + 1) % SAME_ANSWERS_MAX as u32;
        }
        false
    }

    /// Learns a new name from a successful answer; one that the operator `named` however many there are.
    pub(crate) fn learn(
        &mut self,
        method: &str,
        parts: &[Part<'_>],
        shape: u64,
        named: bool,
        sink: &mut Sink,
    ) -> Option<OpId> {
        self.dirty = true;
        let full = self.tree.live() >= ENDPOINTS_PER_SERVICE_MAX || sink.live >= ENDPOINTS_MAX;
        if &*self.name == OTHER || (full && !named) {
            return Some(self.overflow(sink));
        }
        let (mut node, mut rest) = (ROOT, parts);
        while let Some((part, behind)) = rest.split_first() {
            if let Some((variable, taken)) = self.tree.spanned(node, rest) {
                (node, rest) = (variable, rest.get(taken..).unwrap_or_default());
                continue;
            }
            node = self.child(node, part, behind, (method, shape), sink);
            rest = behind;
        }
        let op =
            operations::find(&self.tree, node, method).unwrap_or_else(|| operations::add(self, node, method, sink));
        self.tree.note(op, shape);
        let path = self.tree.path(node);
        if path.iter().any(|id| matches!(self.tree.node(*id).map(|node| &node.edge), Some(Edge::Variable(_)))) {
            self.generation += 1;
        }
        for id in std::iter::once(ROOT).chain(path) {
            fold::review(self, id, sink);
        }
        fold::second_look(self, sink);
        // A fold may have merged it into another.
        let again = |method: &str| self.tree.find(method, parts).or_else(|| self.tree.find_folded(method, parts));
        let op = again(method).or_else(|| again(&operations::beyond(method)))?;
        self.announce(op, sink);
        Some(op)
    }

    /// The node one segment further down, made when it is new.
    fn child(
        &mut self,
        parent: NodeId,
        part: &Part<'_>,
        rest: &[Part<'_>],
        call: (&str, u64),
        sink: &mut Sink,
    ) -> NodeId {
        if part.fixed != Fixed::Open {
            return self.fixed_child(parent, part, sink);
        }
        let Some(node) = self.tree.node(parent) else { return parent };
        if !part.value {
            // Answered with success: other letter case is another spelling.
            let spelled = || node.words.iter().find(|(word, _)| word.eq_ignore_ascii_case(part.text)).map(|(_, id)| id);
            if let Some(known) = composites::word(node, part.text).or_else(|| spelled().copied()) {
                return known;
            }
            if node.words.len() >= TRIE_CHILDREN_MAX && !node.closed {
                sink.ledger.add(Counter::InventoryFolded, 1);
                fold::everything(self, parent, sink);
            }
        }
        let Some(node) = self.tree.node(parent) else { return parent };
        let joins = part.value || node.closed || (node.takes(part) && fold::joins(self, node, part.text, rest, call));
        if joins {
            if let Some(variable) = node.variable {
                self.widen_edge(variable, part, sink);
                return variable;
            }
            return self.tree.add_node(parent, Edge::Variable(part.class));
        }
        self.tree.add_node(parent, Edge::Word(part.text.into(), is_foldable(part)))
    }

    /// The same for a segment of which the operator said what it is.
    fn fixed_child(&mut self, parent: NodeId, part: &Part<'_>, sink: &mut Sink) -> NodeId {
        let Some(node) = self.tree.node(parent) else { return parent };
        let word = part.fixed == Fixed::Word;
        let known = if word { node.words.get(part.text).copied() } else { node.variable };
        let child = known.unwrap_or_else(|| {
            let edge = if word { Edge::Word(part.text.into(), is_foldable(part)) } else { Edge::Variable(part.class) };
            self.tree.add_node(parent, edge)
        });
        if let Some(node) = self.tree.node_mut(child) {
            node.pinned = true;
            if part.fixed == Fixed::Tail {
                node.spans = Spans::Ruled;
            }
        }
        if part.fixed == Fixed::Value {
            self.widen_edge(child, part, sink);
        }
        child
    }

    /// The catch-all.
    fn overflow(&mut self, sink: &mut Sink) -> OpId {
        sink.ledger.add(Counter::InventoryFolded, 1);
        let op = self.other.unwrap_or_else(|| {
            let node = self.tree.add_node(ROOT, Edge::None);
            sink.live += 1;
            self.tree.add_op(node, OTHER)
        });
        self.other = Some(op);
        self.announce(op, sink);
        op
    }

    /// Gives an operation its number under its present template; says which one it had under another.
    pub(crate) fn announce(&mut self, op: OpId, sink: &mut Sink) -> Option<EndpointIndex> {
        let (node, known) = self.tree.op(op).map(|op| (op.node, op.endpoint))?;
        let template = if self.other == Some(op) { format!("/{OTHER}") } else { self.tree.template(node) };
        if known.is_some() && self.tree.op(op).is_some_and(|op| *op.template == *template) {
            return None;
        }
        let (confidence, evidence) = match self.tree.op(op).filter(|op| *op.template == *template) {
            Some(loaded) => (loaded.confidence, loaded.evidence.clone()),
            None => evidence::of(&self.tree, node),
        };
        let entry = self.tree.op_mut(op)?;
        let index = EndpointIndex(sink.next);
        sink.next += 1;
        (entry.confidence, entry.evidence) = (confidence, evidence.clone());
        let (method, operation) = operations::split(&entry.method);
        let plain = EndpointName::of_operation(&self.name, method, &template, operation);
        let name = EndpointName { confidence, evidence, ..plain };
        entry.template = template.into();
        entry.endpoint = Some(index);
        sink.names.push((index, Arc::new(name)));
        known
    }

    /// Announces an operation once more, under the same name with what is now known of it.
    pub(crate) fn say_again(&mut self, op: OpId, sink: &mut Sink) {
        let Some(entry) = self.tree.op(op) else { return };
        let Some(index) = entry.endpoint else { return };
        let (confidence, evidence) = (entry.confidence, entry.evidence.clone());
        let name =
            EndpointName { confidence, evidence, ..EndpointName::new(&self.name, &entry.method, &entry.template) };
        sink.names.push((index, Arc::new(name)));
    }

    /// Announces every operation at and below `node` whose template changed, and the renames that follow; `merged` are
    /// numbers that went into an operation, with it.
    pub(crate) fn rename_below(&mut self, node: NodeId, merged: &[(EndpointIndex, OpId)], sink: &mut Sink) {
        self.generation += 1;
        self.dirty = true;
        let mut open = vec![node];
        while let Some(id) = open.pop() {
            let Some(node) = self.tree.node(id) else { continue };
            open.extend(node.words.values().rev().copied());
            open.extend(node.variable);
            for op in node.ops.clone() {
                let wanted = self.tree.op(op).is_some_and(|op| op.endpoint.is_some());
                if !wanted && !merged.iter().any(|(_, into)| *into == op) {
                    continue;
                }
                let before = self.announce(op, sink);
                let Some(to) = self.tree.op(op).and_then(|op| op.endpoint) else { continue };
                let into = merged.iter().filter(|(_, into)| *into == op).map(|(from, _)| *from);
                let renames = before.into_iter().chain(into).map(|from| Step::Rename { from, to });
                sink.steps.extend(renames);
            }
        }
    }
}

/// Whether a word could turn out to be a value.
fn is_foldable(part: &Part<'_>) -> bool {
    !part.text.contains('{') && words::may_be_value(part.text, part.class)
}
