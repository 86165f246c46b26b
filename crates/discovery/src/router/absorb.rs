//! Words beside a variable that behave as its values do: nothing of them differs, and nothing of them is their own.

use super::alike;
use super::likeness::Likeness;
use super::looks;
use super::tree::{Node, NodeId, Tree};
use super::values::Values;
use super::words;

/// Words folded into a variable after which one more, that shows nothing of its own, is one more.
const ESTABLISHED_MIN: u32 = 6;
/// The same for a word with capitals or digits.
const ESTABLISHED_DRAWN_MIN: u32 = 3;

/// Whether `word`, a child of `parent`, is a value of its variable: all that can be done with it can be done with the values,
/// what answered did not answer otherwise, and it looks like a value or many words were values here.
pub(crate) fn behaves(tree: &Tree, values: &Values, likeness: &Likeness<'_>, parent: &Node, word: NodeId) -> bool {
    let Some(variable) = parent.variable else { return false };
    let (Some(known), Some(other)) = (tree.node(variable), tree.node(word)) else { return false };
    if !is_part_of(tree, other, known) {
        return false;
    }
    let votes = likeness.compare(variable, word);
    let text = tree.word(word);
    if votes.against > 0 {
        return false;
    }
    if values.contains(text) || looks::is_drawn(text) || looks::is_host(text) || known.alike.fits(text) {
        return true;
    }
    if alike::stands_out(tree, variable, text) {
        return false;
    }
    // What never answered with content cannot differ; what did must be like the values.
    let like = votes.rare + votes.common > 0 || is_silent(tree, other);
    let plural = words::is_plural(text) && votes.rare == 0;
    let drawn = words::may_be_drawn(text) && !words::is_name_of_code(text);
    like && !plural && parent.folded >= if drawn { ESTABLISHED_DRAWN_MIN } else { ESTABLISHED_MIN }
}

/// Whether no answer of a node said anything about its content.
fn is_silent(tree: &Tree, node: &Node) -> bool {
    node.words.is_empty()
        && node.variable.is_none()
        && node.ops.iter().filter_map(|op| tree.op(*op)).all(|op| op.shapes.iter().next().is_none())
}

/// Whether a node has no methods and no words below it but those of another.
fn is_part_of(tree: &Tree, node: &Node, other: &Node) -> bool {
    let method =
        |node: &Node, method: &str| node.ops.iter().filter_map(|op| tree.op(*op)).any(|op| &*op.method == method);
    node.ops.iter().filter_map(|op| tree.op(*op)).all(|op| method(other, &op.method))
        && node.words.keys().all(|text| other.words.contains_key(text))
        && (node.variable.is_none() || other.variable.is_some())
}
