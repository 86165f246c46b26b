//! How sure a template is, and why, in words.

use model::ValueClass;

use super::tree::{Edge, Node, NodeId, ROOT, Spans, Tree};

/// A path of words alone, whose siblings said nothing.
const UNDECIDED: u8 = 60;
/// A path of words alone that stood beside several others and is unlike them.
const LITERAL: u8 = 85;
/// Segments that machines made.
const MACHINE_MADE: u8 = 95;
/// A segment folded because its node had too many words.
const TOO_MANY: u8 = 70;
/// A few words folded because they were alike, and many.
const ALIKE_FEW: u8 = 75;
const ALIKE_MANY: u8 = 90;
/// A value that spans segments.
const SPANS: u8 = 75;
/// How many are many.
const MANY: u32 = 10;
/// Words below a node that decide that each is one.
const DECIDED_MIN: usize = 3;

/// What stands as evidence where the operator decided.
const OPERATOR: &str = "set in the configuration";
/// Confidence there.
const DECIDED: u8 = 100;

/// Confidence in percent and evidence of a node's template: those of its weakest segment.
pub(crate) fn of(tree: &Tree, node: NodeId) -> (u8, Box<[Box<str>]>) {
    let mut confidence = 100;
    let mut evidence = Vec::new();
    for id in tree.path(node) {
        let Some((node, parent)) = tree.node(id).and_then(|node| Some((node, tree.node(node.parent)?))) else {
            continue;
        };
        let (sure, why) = judge(node, parent);
        confidence = sure.min(confidence);
        if let Some(why) = why.filter(|why| !evidence.contains(why)) {
            evidence.push(why);
        }
    }
    if node == ROOT {
        confidence = LITERAL;
    }
    (confidence, evidence.into_boxed_slice())
}

fn judge(node: &Node, parent: &Node) -> (u8, Option<Box<str>>) {
    if node.pinned {
        // On the way to what was decided nothing need be said.
        let told = matches!(node.edge, Edge::Variable(_)) || !node.ops.is_empty();
        return (DECIDED, told.then(|| OPERATOR.into()));
    }
    match &node.edge {
        Edge::Variable(_) if node.spans != Spans::No => (SPANS, Some("paths of several lengths answered alike".into())),
        Edge::Variable(_) if parent.closed => (TOO_MANY, Some("more values than words of an API".into())),
        Edge::Variable(_) if parent.folded > 0 => {
            let sure = if parent.folded >= MANY { ALIKE_MANY } else { ALIKE_FEW };
            (sure, Some(format!("{} values alike in answers or in what hangs below", parent.folded).into()))
        }
        Edge::Variable(ValueClass::Word) => (MACHINE_MADE, Some("values of several shapes".into())),
        Edge::Variable(class) => (MACHINE_MADE, Some(format!("values of class {}", class.as_str()).into())),
        Edge::Word(_, false) => (LITERAL, None),
        Edge::Word(_, true) if parent.words.len() >= DECIDED_MIN => (LITERAL, Some("unlike its siblings".into())),
        Edge::Word(_, true) => (UNDECIDED, Some("few siblings seen".into())),
        Edge::None => (0, Some("the inventory is full".into())),
    }
}
