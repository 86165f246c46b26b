//! Values with a format behind them: `/users/{str}.json`.
//!
//! Where the value is machine-made, the path itself says so (`{int}.json`). Where it is a word, the words of one format are
//! one template when what stands before the format are values known from elsewhere, or when they are many below a
//! collection and answer alike. It is a child like a word, named by its template, so that what hangs below it and reserved
//! words beside it (`/users/me.json`) need no rules of their own.

use model::ledger::Counter;
use model::limits::NAMING_FORMAT_OPERATIONS_MAX;
use model::{EndpointIndex, ValueClass};

use super::service::{Service, Sink};
use super::tree::{Edge, Node, NodeId, OpId};
use super::{alike, fold, looks, tails, words};

/// Words of one format, four in five of them values known from elsewhere, that are one template; beside one that is there,
/// each such word joins it.
const KNOWN_MIN: usize = 5;
/// Words of one format below a collection that are one template because they answer alike: periods of reports and their like
/// (`Usage/Records/Daily.json`) are fewer.
const ALIKE_MIN: usize = 12;

/// The child of a node that a text names: the word itself, else the values of its format.
pub(crate) fn word(node: &Node, text: &str) -> Option<NodeId> {
    let known = node.words.get(text);
    let format = || node.words.get(&*template(split(text)?.1));
    known.or_else(format).copied()
}

/// Value and format of a word; `None` when it has none.
fn split(word: &str) -> Option<(&str, &str)> {
    word.rsplit_once('.').filter(|(value, format)| !value.is_empty() && words::is_format(format))
}

/// How values of a format are named.
fn template(format: &str) -> String {
    format!("{{{}}}.{format}", ValueClass::Word.as_str())
}

/// Puts words of a node that are values with a format into one child.
pub(crate) fn look(service: &mut Service, id: NodeId, sink: &mut Sink) {
    let Some(node) = service.tree.node(id) else { return };
    // Sorted by words: those of one format are picked out format by format, of which there are few.
    let mut formats: Vec<Box<str>> = Vec::new();
    for text in node.words.keys() {
        if let Some((_, format)) = split(text)
            && !formats.iter().any(|known| **known == *format)
        {
            formats.push(format.into());
        }
    }
    for format in formats {
        let mut partial = false;
        let group = group(service, id, &format, &mut partial);
        sink.ledger.add(Counter::InventoryUnjudged, u64::from(partial));
        if !group.is_empty() {
            gather(service, id, &format, &group, sink);
        }
    }
}

/// Words of one format to put together; sets `partial` when there were too many operations to compare their answers.
fn group(service: &Service, id: NodeId, format: &str, partial: &mut bool) -> Vec<NodeId> {
    let Service { tree, values, .. } = service;
    let Some(node) = tree.node(id) else { return Vec::new() };
    let of_format = |text: &str| split(text).is_some_and(|(_, other)| other == format);
    let (mut made, mut open) = (Vec::new(), Vec::new());
    let target = node.words.get(&*template(format)).copied();
    for (text, child) in node.words.iter().filter(|(text, child)| of_format(text) && Some(**child) != target) {
        match tree.node(*child).map(|node| (&node.edge, node.pinned)) {
            Some((_, true)) | None => {}
            Some((Edge::Word(_, true), _)) => open.push(*child),
            Some(_) if text.starts_with('{') => made.push(*child),
            Some(_) => {}
        }
    }
    let value = |id: &NodeId| {
        let word = tree.word(*id);
        split(word).is_some_and(|(value, _)| values.contains(value) || looks::is_drawn(value))
    };
    let known: Vec<_> = open.iter().copied().filter(value).collect();
    let drawn = alike::machine_made_before(tree, &open, format.len() + 1);
    if target.is_some() || (!made.is_empty() && known.len() + drawn.len() > 0) {
        return made.into_iter().chain(if drawn.is_empty() { known } else { drawn }).collect();
    }
    if known.len() >= KNOWN_MIN && known.len() * 5 >= open.len() * 4 {
        return open.into_iter().chain(made).collect();
    }
    let ops: Vec<OpId> =
        open.iter().filter_map(|id| tree.node(*id)).flat_map(|node| node.ops.iter().copied()).collect();
    let plurals =
        open.iter().filter(|id| split(tree.word(**id)).is_some_and(|(value, _)| words::is_plural(value))).count();
    let many = open.len() >= ALIKE_MIN
        && plurals * 2 < open.len()
        && open.iter().all(|id| tree.is_leaf(*id))
        && fold::below_collection(tree, node);
    *partial = many && ops.len() > NAMING_FORMAT_OPERATIONS_MAX;
    if many && !*partial && tails::answers_agree(tree, &ops) {
        return open.into_iter().chain(made).collect();
    }
    if drawn.is_empty() { Vec::new() } else { drawn.into_iter().chain(made).collect() }
}

/// Merges words into the child of their format and tells the renames that follow.
fn gather(service: &mut Service, id: NodeId, format: &str, group: &[NodeId], sink: &mut Sink) {
    let name = template(format);
    let known = service.tree.node(id).and_then(|node| node.words.get(&*name).copied());
    let target = known.unwrap_or_else(|| service.tree.add_node(id, Edge::Word(name.into(), false)));
    let mut merged: Vec<(EndpointIndex, OpId)> = Vec::new();
    for word in group {
        if let Some((value, _)) = split(service.tree.word(*word)).filter(|(value, _)| !value.starts_with('{')) {
            service.values.insert(value);
        }
        fold::merge(&mut service.tree, *word, target, &mut merged, sink);
    }
    service.rename_below(target, &merged, sink);
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::*;

    #[test]
    fn a_word_itself_goes_before_the_values_of_its_format() {
        let mut tree = Tree::default();
        let me = tree.add_node(0, Edge::Word("me.json".into(), false));
        let values = tree.add_node(0, Edge::Word(template("json").into(), false));
        let root = tree.node(0).unwrap();
        for (text, child) in [
            ("me.json", Some(me)),
            ("ada.toth.json", Some(values)),
            ("{int}.json", Some(values)),
            ("ada.xml", None),
            ("ada", None),
        ] {
            assert_eq!(word(root, text), child, "{text}");
        }
    }
}
