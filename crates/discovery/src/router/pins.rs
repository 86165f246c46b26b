//! Rules of the operator, held against paths: what a segment is when somebody said so, and a tree made to agree.

use std::sync::Arc;

use super::service::{Service, Sink};
use super::tree::{Edge, NodeId, OpId, Part, ROOT, Spans, Tree};
use super::{evidence, fold};
use crate::overrides::{Overrides, Step};
use model::ValueClass;

/// What the rules say of one segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fixed {
    /// Nothing.
    #[default]
    Open,
    /// A word.
    Word,
    /// A value.
    Value,
    /// A value that spans segments.
    Tail,
}

/// A path as the rules have it.
#[derive(Debug)]
pub(crate) struct Ruled<'a> {
    pub(crate) parts: Vec<Part<'a>>,
    /// Whether a rule is about this very path, and not only about its beginning.
    pub(crate) whole: bool,
    /// Whether a rule of words and values is: such a rule is one path, `*` is many.
    pub(crate) one: bool,
}

/// The path under the rules; `None` when they say nothing of it.
pub(crate) fn rule<'a>(overrides: &'a Overrides, rules: &[u32], method: &str, parts: &[Part<'a>]) -> Option<Ruled<'a>> {
    let about = || rules.iter().filter_map(|number| overrides.rule(*number));
    let mut active: Vec<&[Step]> =
        about().filter(|rule| rule.method.as_deref().is_none_or(|m| m == method)).map(|rule| &*rule.steps).collect();
    let spanning = active.iter().copied().filter_map(|steps| tail(steps, parts)).max_by_key(|tail| tail.words);
    let mut path = Ruled { parts: parts.to_vec(), whole: false, one: false };
    let mut said = false;
    for (depth, part) in path.parts.iter_mut().enumerate() {
        active.retain(|steps| steps.get(depth).is_some_and(|step| *step != Step::Tail && takes(step, part)));
        let steps = || active.iter().filter_map(|steps| steps.get(depth));
        let Some(first) = steps().max_by_key(|step| weight(step)) else { break };
        said = true;
        *part = match first {
            Step::Word(_) | Step::Each => Part { fixed: if part.value { Fixed::Open } else { Fixed::Word }, ..*part },
            Step::Inside { shown, .. } => Part { text: shown, value: false, fixed: Fixed::Word, ..*part },
            Step::Value => Part { fixed: Fixed::Value, ..*part },
            Step::Tail => break,
        };
    }
    let mut named = active.iter().filter(|steps| steps.len() == parts.len());
    path.whole = named.clone().next().is_some();
    path.one = named.any(|steps| !steps.contains(&Step::Each));
    if let Some(tail) = spanning.filter(|_| !path.whole) {
        let spanned = Part { text: "", class: ValueClass::Word, value: false, fixed: Fixed::Tail };
        path.parts.splice(tail.from..tail.to, [spanned]);
        for (part, step) in path.parts.iter_mut().skip(tail.from + 1).zip(tail.behind) {
            part.fixed = if matches!(step, Step::Value) { Fixed::Value } else { Fixed::Word };
        }
        (path.whole, path.one) = (true, !tail.steps.contains(&Step::Each));
    }
    (said || path.whole).then_some(path)
}

/// Where a value spans segments.
struct Spanning<'a> {
    from: usize,
    to: usize,
    behind: &'a [Step],
    steps: &'a [Step],
    /// Steps beside the tail.
    words: usize,
}

fn tail<'a>(steps: &'a [Step], parts: &[Part<'_>]) -> Option<Spanning<'a>> {
    let from = steps.iter().position(|step| *step == Step::Tail)?;
    let (before, behind) = (steps.get(..from)?, steps.get(from + 1..)?);
    let to = parts.len().checked_sub(behind.len()).filter(|to| *to > from)?;
    let fit = |steps: &[Step], parts: &[Part<'_>]| steps.iter().zip(parts).all(|(step, part)| takes(step, part));
    let fits = fit(before, parts) && fit(behind, parts.get(to..)?);
    fits.then_some(Spanning { from, to, behind, steps, words: before.len() + behind.len() })
}

fn takes(step: &Step, part: &Part<'_>) -> bool {
    match step {
        Step::Word(word) => !part.value && part.text == &**word,
        Step::Inside { before, after, .. } => {
            let inner = part.text.strip_prefix(&**before).and_then(|rest| rest.strip_suffix(&**after));
            !part.value && inner.is_some_and(|inner| !inner.is_empty())
        }
        Step::Each | Step::Value | Step::Tail => true,
    }
}

/// What is more particular says more.
const fn weight(step: &Step) -> u8 {
    match step {
        Step::Word(_) => 4,
        Step::Inside { .. } => 3,
        Step::Each => 2,
        Step::Value => 1,
        Step::Tail => 0,
    }
}

/// Makes a tree that was loaded agree with the rules there are now.
pub(crate) fn enforce(service: &mut Service, overrides: &Arc<Overrides>, sink: &mut Sink) {
    service.rules = overrides.of(&service.name);
    let digest = overrides.digest(&service.rules);
    let changed = service.ruled != digest;
    if !changed && service.rules.is_empty() {
        return;
    }
    service.ruled = digest;
    service.dirty |= changed;
    let mut merged = Vec::new();
    for op in in_order(&service.tree) {
        let Some((from, method)) = service.tree.op(op).map(|op| (op.node, op.method.clone())) else { continue };
        let texts = segments(&service.tree, from);
        let parts: Vec<_> = texts.iter().map(|(text, class)| part(text, *class)).collect();
        let Some(ruled) = rule(overrides, &service.rules, &method, &parts) else { continue };
        let to = place(&mut service.tree, &ruled.parts, changed);
        if let Some(to) = to.filter(|to| changed && *to != from) {
            if let Some(node) = service.tree.node_mut(from) {
                node.ops.retain(|known| *known != op);
            }
            fold::move_op(&mut service.tree, op, to, &mut merged, sink);
            prune(&mut service.tree, from);
        }
    }
    if changed {
        for node in service.tree.nodes.iter_mut().filter(|node| node.spans == Spans::Ruled && !node.pinned) {
            node.spans = Spans::No;
        }
        service.rename_below(ROOT, &merged, sink);
        for op in in_order(&service.tree) {
            judge_again(service, op, sink);
        }
    }
}

/// Operations in the order of their paths.
fn in_order(tree: &Tree) -> Vec<OpId> {
    let mut open = vec![ROOT];
    let mut ops = Vec::new();
    while let Some(node) = open.pop().and_then(|id| tree.node(id)) {
        ops.extend(&node.ops);
        open.extend(node.variable);
        open.extend(node.words.values().rev());
    }
    ops
}

/// The segments of a path: words, and classes of values.
fn segments(tree: &Tree, node: NodeId) -> Vec<(String, Option<ValueClass>)> {
    let edge = |id: NodeId| match tree.node(id).map(|node| &node.edge) {
        Some(Edge::Variable(class)) => (String::new(), Some(*class)),
        _ => (tree.word(id).to_owned(), None),
    };
    tree.path(node).into_iter().map(edge).collect()
}

fn part(text: &str, class: Option<ValueClass>) -> Part<'_> {
    Part { text, class: class.unwrap_or(ValueClass::Word), value: class.is_some(), fixed: Fixed::Open }
}

/// The node of a path, made where it is missing when `make` says so; what rules fixed is marked on the way.
fn place(tree: &mut Tree, parts: &[Part<'_>], make: bool) -> Option<NodeId> {
    let mut at = ROOT;
    for part in parts {
        let variable = part.value || matches!(part.fixed, Fixed::Value | Fixed::Tail);
        let node = tree.node(at)?;
        let next = if variable { node.variable } else { node.words.get(part.text).copied() };
        at = match next {
            Some(next) => next,
            None if !make => return None,
            None if variable => tree.add_node(at, Edge::Variable(part.class)),
            None => tree.add_node(at, Edge::Word(part.text.into(), true)),
        };
        let node = tree.node_mut(at)?;
        node.pinned |= part.fixed != Fixed::Open;
        if part.fixed == Fixed::Tail {
            node.spans = Spans::Ruled;
        }
    }
    Some(at)
}

/// Takes away nodes that nothing hangs on, from `node` upwards.
fn prune(tree: &mut Tree, node: NodeId) {
    let mut at = node;
    while at != ROOT && tree.is_leaf(at) && tree.node(at).is_some_and(|node| node.ops.is_empty()) {
        let Some(gone) = tree.node_mut(at).map(std::mem::take) else { return };
        if let Some(parent) = tree.node_mut(gone.parent) {
            match &gone.edge {
                Edge::Word(text, _) => drop(parent.words.remove(text)),
                _ => parent.variable = None,
            }
        }
        tree.free_nodes.push(at);
        at = gone.parent;
    }
}

/// Says again how sure a template is: rules made it so, or do not any more.
fn judge_again(service: &mut Service, op: OpId, sink: &mut Sink) {
    let Some(entry) = service.tree.op(op).filter(|entry| !entry.template.is_empty()) else { return };
    let (confidence, why) = evidence::of(&service.tree, entry.node);
    if (entry.confidence, &entry.evidence) == (confidence, &why) {
        return;
    }
    if let Some(entry) = service.tree.op_mut(op) {
        (entry.confidence, entry.evidence) = (confidence, why);
    }
    service.say_again(op, sink);
}
