//! Values with a format or a verb behind them: `/users/{str}.json`, `/users/{str}:undelete`.
//!
//! Where the value is machine-made, the path itself says so (`{int}.json`). Where it is a word, the words of one format are
//! one template when what stands before the format are values known from elsewhere, or when they are many below a
//! collection and answer alike. It is a child like a word, named by its template, so that what hangs below it and reserved
//! words beside it (`/users/me.json`) need no rules of their own.
//!
//! A verb behind a colon (Google AIP-136) is told from a value with a colon in it (`{owner}:{repo}`) by being one of few, and
//! from a collection's (`images:annotate`) by the place: below a collection, or beside values. Words with a verb are no values
//! of the variable beside them until there are too many verbs.

use std::collections::BTreeSet;

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

/// Distinct values with one verb that are one template where values are expected.
const VERB_MIN: usize = 2;
/// Different endings behind a colon at one place: with more they are parts of values.
const VERBS_MAX: usize = 12;
/// Shortest and longest word of a verb.
const VERB_LETTERS: std::ops::RangeInclusive<usize> = 3..=24;

/// The child of a node that a text names: the word itself, else the values with its ending.
pub(crate) fn word(node: &Node, text: &str) -> Option<NodeId> {
    let known = node.words.get(text);
    let ending = || node.words.get(&*template(split(text)?.1));
    known.or_else(ending).copied()
}

/// Value and ending of a word, the ending with its mark; `None` when it has none.
fn split(word: &str) -> Option<(&str, &str)> {
    let at = word.rfind(['.', ':'])?;
    let (value, ending) = word.split_at_checked(at)?;
    let known = ending.strip_prefix('.').is_some_and(words::is_format) || ending.strip_prefix(':').is_some_and(is_verb);
    (!value.is_empty() && known).then_some((value, ending))
}

/// Whether an ending has the form of a verb: `cancel`, `getIamPolicy`.
fn is_verb(ending: &str) -> bool {
    VERB_LETTERS.contains(&ending.len())
        && ending.starts_with(|c: char| c.is_ascii_lowercase())
        && ending.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Whether a word has a verb behind a colon.
pub(crate) fn has_verb(word: &str) -> bool {
    split(word).is_some_and(|(value, ending)| ending.starts_with(':') && !value.contains(':'))
}

/// Whether what stands behind colons at a node are parts of values: there are too many for verbs.
pub(crate) fn colons_are_of_values(node: &Node) -> bool {
    let mut verbs = BTreeSet::new();
    node.words.keys().filter(|word| has_verb(word)).filter_map(|word| split(word)).any(|(_, verb)| {
        verbs.insert(verb);
        verbs.len() > VERBS_MAX
    })
}

/// How values with an ending are named.
fn template(ending: &str) -> String {
    format!("{{{}}}{ending}", ValueClass::Word.as_str())
}

/// Puts words of a node that are values with an ending into one child for each ending.
pub(crate) fn look(service: &mut Service, id: NodeId, sink: &mut Sink) {
    let Some(node) = service.tree.node(id) else { return };
    // Sorted by words: those of one ending are picked out ending by ending, of which there are few.
    let verbs = !colons_are_of_values(node);
    let endings = node.words.keys().filter_map(|text| split(text)).map(|(_, ending)| ending);
    let endings: BTreeSet<Box<str>> =
        endings.filter(|ending| verbs || ending.starts_with('.')).map(Box::from).collect();
    for ending in endings {
        let mut partial = false;
        let group = group(service, id, &ending, &mut partial);
        sink.ledger.add(Counter::InventoryUnjudged, u64::from(partial));
        if !group.is_empty() {
            gather(service, id, &ending, &group, sink);
        }
    }
}

/// Words of one ending to put together; sets `partial` when there were too many operations to compare their answers.
fn group(service: &Service, id: NodeId, ending: &str, partial: &mut bool) -> Vec<NodeId> {
    let Service { tree, values, .. } = service;
    let Some(node) = tree.node(id) else { return Vec::new() };
    let of_format = |text: &str| split(text).is_some_and(|(_, other)| other == ending);
    let (mut made, mut open) = (Vec::new(), Vec::new());
    let target = node.words.get(&*template(ending)).copied();
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
    if ending.starts_with(':') {
        // Beside the values themselves, or below their collection, a thing with a verb is none of the API's words.
        let expected = node.variable.is_some() || fold::below_collection(tree, node);
        let enough = open.len() + made.len() >= VERB_MIN || !known.is_empty();
        let more = !open.is_empty() || !made.is_empty();
        return if more && (target.is_some() || (expected && enough)) { [open, made].concat() } else { Vec::new() };
    }
    let drawn = alike::machine_made_before(tree, &open, ending.len());
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

/// Merges words into the child of their ending and tells the renames that follow.
fn gather(service: &mut Service, id: NodeId, ending: &str, group: &[NodeId], sink: &mut Sink) {
    let name = template(ending);
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
        let values = tree.add_node(0, Edge::Word(template(".json").into(), false));
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

    #[test]
    fn verbs_are_words_of_code_behind_one_colon() {
        for (word, verb) in [
            ("ink:rollback", true),
            ("ink-2:listRevisions", true),
            ("ada.toth:undelete", true),
            ("ink:42", false),
            ("ada:zoo-2", false),
            ("arn:aws:sqs", false),
            (":cancel", false),
            ("ink:", false),
            ("ink.json", false),
        ] {
            assert_eq!(has_verb(word), verb, "{word}");
        }
    }
}
