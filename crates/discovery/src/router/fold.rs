//! Which words of a node are values of one parameter, and what happens when they are.
//!
//! What makes two words alike is told in [`super::likeness`]. The largest group of words connected by likeness is folded
//! once it is large enough; how large depends on the place, because below the name of a collection values are expected
//! and at the top of a path they are not. A word that was a value elsewhere is more likely one here too.

use std::collections::BTreeSet;

use model::ledger::Counter;
use model::limits::NAMING_COMPARED_MAX;
use model::{EndpointIndex, ValueClass};

use super::likeness::Likeness;
use super::service::{Service, Sink};
use super::shape;
use super::tree::{Edge, Node, NodeId, OpId, Part, Spans, Tree};
use super::values::Values;
use super::{absorb, alike, codes, composites, looks, tails, words};

/// New names below a node without variable, divided by this, that pass before its words are compared again; below one with
/// a variable; and in a service before every place is looked at again, at least so many.
const ALONE_EVERY: u32 = 8;
const BESIDE_EVERY: u32 = 64;
const LOOK_AGAIN_EVERY: u32 = 16;
const LOOK_AGAIN_MIN: u32 = 8;
/// Distinct values that make a parameter where values are expected, when all of them were values elsewhere.
const KNOWN_MIN: usize = 2;
/// Distinct values, nearly all of them known from elsewhere, that make a parameter wherever they stand.
const KNOWN_ALONE_MIN: usize = 5;
/// Collections with values that make a habit of an API, and how many times as many they are as those with words.
const HABIT_MIN: usize = 5;
const HABIT_TIMES: usize = 4;
/// Distinct values that make a parameter where values are expected.
const EXPECTED_MIN: usize = 3;
/// The same where only common answers speak for it.
const EXPECTED_COMMON_MIN: usize = 6;
/// Distinct values that make a parameter elsewhere.
const UNEXPECTED_MIN: usize = 8;
/// The same inside a thing, below a variable, when there are no other words.
const INSIDE_MIN: usize = 4;
/// The same where nothing hangs below them: reports and lists that answer alike are many too.
const UNEXPECTED_LEAVES_MIN: usize = 48;
/// The same where they can be deleted: things are, reports are not.
const UNEXPECTED_THINGS_MIN: usize = 6;
/// Words with DELETE that say so.
const DELETED_MIN: usize = 2;
/// Distinct dates in front of paths that are days asked for: no API answers under so many dated versions at a time.
const DAYS_MIN: usize = 6;

/// Kinds of files after which words with endings are files, and no operations.
const FILE_KINDS_MIN: usize = 2;

/// Compares the words of a node when enough has happened below it since the last time, and folds those that are alike.
pub(crate) fn review(service: &mut Service, id: NodeId, sink: &mut Sink) {
    let Some(node) = service.tree.node_mut(id) else { return };
    node.events = node.events.saturating_add(1);
    if node.events < node.review_at {
        return;
    }
    // Beside a variable every new word is looked at as long as there are few; one that stays behind splits an endpoint.
    let wait = if node.variable.is_some() { node.events / BESIDE_EVERY } else { node.events / ALONE_EVERY };
    node.review_at = node.events.saturating_add(wait);
    look(service, id, sink);
    tails::look(service, id, sink);
}

/// Looks at every place of a service again when much was learned since the last time: what was found at one place says
/// something about others, and places that are called seldom have no occasion of their own.
pub(crate) fn second_look(service: &mut Service, sink: &mut Sink) {
    service.learned = service.learned.saturating_add(1);
    if service.learned < service.look_again_at {
        return;
    }
    let wait = (service.learned / LOOK_AGAIN_EVERY).max(LOOK_AGAIN_MIN);
    service.look_again_at = service.learned.saturating_add(wait);
    service.names_things = names_things(&service.tree);
    for id in 0..service.tree.nodes.len() {
        look(service, id as NodeId, sink);
    }
}

/// Whether words below collections turned out to be values at many places and to be none at hardly any.
fn names_things(tree: &Tree) -> bool {
    let collections = || tree.nodes.iter().filter(|node| below_collection(tree, node));
    let folded = collections().filter(|node| node.folded > 0).count();
    let words = |node: &&Node| node.variable.is_none() && node.words.len() >= EXPECTED_COMMON_MIN;
    folded >= HABIT_MIN && folded >= collections().filter(words).count() * HABIT_TIMES
}

/// Compares the words of a node with one another and with its variable.
pub(crate) fn look(service: &mut Service, id: NodeId, sink: &mut Sink) {
    composites::look(service, id, sink);
    let Some(node) = service.tree.node(id) else { return };
    if node.words.is_empty() || (node.variable.is_none() && node.words.len() < KNOWN_MIN) {
        return;
    }
    let mut partial = false;
    let group = group(service, id, &mut partial);
    sink.ledger.add(Counter::InventoryUnjudged, u64::from(partial));
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
pub(crate) fn joins(
    service: &Service,
    parent: &Node,
    text: &str,
    rest: &[Part<'_>],
    (method, shape): (&str, u64),
) -> bool {
    let tree = &service.tree;
    let Some(variable) = parent.variable else { return false };
    let op = tree.op_of(variable, method).and_then(|op| tree.op(op));
    let differs = rest.is_empty()
        && op.is_some_and(|op| {
            op.shapes.iter().next().is_some() && op.shapes.iter().all(|known| shape::differ(known, shape))
        });
    if looks::is_drawn(text) || (!differs && service.values.contains(text)) {
        return true;
    }
    let Some(below) = tree.node(variable).filter(|below| !below.alike.fits(text)) else { return true };
    let stands_out = alike::stands_out(tree, variable, text);
    if let Some(next) = rest.first() {
        // `/projects/fork/42` beside `/projects/{uuid}/forks`: something else follows than follows the values.
        let follows = composites::word(below, next.text).is_some() || (next.value && below.variable.is_some());
        return !stands_out || follows || below.words.is_empty();
    }
    if stands_out {
        return false;
    }
    // Beside values, a plural is a collection of the thing above (`/users/{str}/orders`).
    let expected = below_collection(tree, parent);
    if !expected && words::is_plural(text) {
        return false;
    }
    // Answers of several shapes say nothing, but at the top of paths, where most words are no values.
    let varied = expected || !matches!(parent.edge, Edge::None);
    // A word that is posted to is an action more often than a thing, unless things are posted to here.
    let Some(op) = op else { return method != "POST" };
    shape == 0
        || op.shapes.iter().any(|known| shape::alike(known, shape))
        || (varied && !differs && op.shapes.iter().count() > 1)
}

fn is_foldable(tree: &Tree, id: NodeId) -> bool {
    tree.node(id).is_some_and(|node| !node.pinned && matches!(node.edge, Edge::Word(_, true)))
}

/// The group of words to fold: empty when none is sure enough. Sets `partial` when only some of the words were compared.
fn group(service: &Service, id: NodeId, partial: &mut bool) -> Vec<NodeId> {
    let Service { tree, values, names_things, .. } = service;
    let Some(node) = tree.node(id) else { return Vec::new() };
    let mut candidates = candidates(tree, node);
    let told = told_by_looks(tree, &candidates);
    if !told.is_empty() {
        return told;
    }
    // Those that most is known of first: what is compared must not be what somebody made up to stand first.
    candidates.sort_by_key(|id| (std::cmp::Reverse(tree.node(*id).map_or(0, |node| node.events)), *id));
    let further = candidates.split_off(candidates.len().min(NAMING_COMPARED_MAX));
    *partial = !further.is_empty();
    let expected = below_collection(tree, node);
    let joinable = |id: &&NodeId| node.folded > 0 || words::may_be_drawn(tree.word(**id));
    let known = candidates.len() >= KNOWN_MIN && candidates.iter().all(|id| values.contains(tree.word(*id)));
    let few = node.variable.is_none() && candidates.len() < EXPECTED_MIN && !(known && expected);
    if few || candidates.is_empty() {
        return Vec::new();
    }
    let operations = are_operations(tree, &candidates, expected);
    if operations && node.variable.is_none() {
        return Vec::new();
    }
    let styles = match node.variable {
        None => alike::of_many_styles(tree, &candidates, expected, partial),
        Some(_) => Vec::new(),
    };
    if !styles.is_empty() {
        return styles;
    }
    let likeness = Likeness::new(tree, values, &candidates, node.variable, expected || node.variable.is_some());
    if let Some(variable) = node.variable {
        // Words are values here already, or may be drawn as the values are: one that is like those is one too.
        let common = expected || node.folded >= EXPECTED_MIN as u32;
        let joins = |other: &NodeId| {
            (!operations
                && joinable(&other)
                && !alike::stands_out(tree, variable, tree.word(*other))
                && !words::is_plural(tree.word(*other))
                && likeness.joins(variable, *other, common))
                || absorb::behaves(tree, values, &likeness, node, *other)
        };
        let (joined, left): (Vec<_>, Vec<_>) = candidates.into_iter().partition(joins);
        if !joined.is_empty() {
            return joined;
        }
        candidates = left;
    }
    if operations {
        return Vec::new();
    }
    let (mut group, rare) = largest(&likeness, &candidates);
    if !is_enough(
        tree,
        values,
        node,
        &candidates,
        &group,
        rare || alike::few_subtrees(tree, &group) || (*names_things && expected && some_known(tree, values, &group)),
    ) {
        return Vec::new();
    }
    if let Some(example) = group.first().copied() {
        group.extend(further.into_iter().filter(|other| likeness.joins(example, *other, true)));
    }
    group = alike::without_words(tree, group);
    group.sort_unstable_by(|a, b| tree.word(*a).cmp(tree.word(*b)));
    group
}

/// Words of a node that may be values. One with a verb behind it is none of the variable beside it, unless verbs are too many.
fn candidates(tree: &Tree, node: &Node) -> Vec<NodeId> {
    let colons = node.colons || composites::colons_are_of_values(node);
    let open = |word: &NodeId| is_foldable(tree, *word) && (colons || !composites::has_verb(tree.word(*word)));
    node.words.values().copied().filter(open).collect()
}

/// Words that are values by what they look like together, whatever was answered.
fn told_by_looks(tree: &Tree, candidates: &[NodeId]) -> Vec<NodeId> {
    let days: Vec<_> = candidates.iter().copied().filter(|id| words::is_day(tree.word(*id))).collect();
    if days.len() >= DAYS_MIN {
        return days;
    }
    let made = alike::machine_made(tree, candidates);
    if made.is_empty() { codes::values(tree, candidates) } else { made }
}

/// Whether a third of the words were values elsewhere.
fn some_known(tree: &Tree, values: &Values, group: &[NodeId]) -> bool {
    group.iter().filter(|id| values.contains(tree.word(**id))).count() * 3 >= group.len()
}

/// Whether words are written as names of operations are. Names of people have points too: where values are expected,
/// operations are told by nouns that come again (`users.list`, `users.info`), or by the format they answer in (`day.json`).
fn are_operations(tree: &Tree, candidates: &[NodeId], expected: bool) -> bool {
    let names: Vec<_> = candidates
        .iter()
        .map(|id| tree.word(*id))
        .filter(|word| words::is_name_of_code(word) && !looks::is_drawn(word))
        .collect();
    if names.len() * 2 <= candidates.len() {
        return false;
    }
    let hosts: Vec<_> = names.iter().filter(|name| looks::is_host(name) || looks::is_domain(name)).collect();
    if hosts.len() * 2 > names.len() {
        // Hosts of one domain are parts of one vendor's API.
        let domains: BTreeSet<_> = hosts.iter().map(|name| name.rsplit('.').nth(1)).collect();
        return domains.len() * 2 <= hosts.len();
    }
    let dotted: Vec<_> = names.iter().filter_map(|name| name.split_once(['.', ':'])).collect();
    if !expected || dotted.len() * 2 <= names.len() {
        return true;
    }
    let heads: BTreeSet<_> = dotted.iter().map(|(head, _)| *head).collect();
    let in_format = |name: &str| name.rsplit_once('.').is_some_and(|(_, tail)| words::is_format(tail));
    let formats = names.iter().filter(|name| in_format(name)).count();
    // Files of several kinds are things; operations answer in one format, or each in all.
    let endings: BTreeSet<_> = names.iter().filter_map(|name| words::file_ending(name)).collect();
    heads.len() * 3 <= dotted.len() * 2 || (endings.len() < FILE_KINDS_MIN && formats * 2 > dotted.len())
}

fn is_enough(tree: &Tree, values: &Values, node: &Node, candidates: &[NodeId], group: &[NodeId], rare: bool) -> bool {
    let most = |test: &dyn Fn(NodeId) -> bool| group.iter().filter(|id| test(**id)).count() * 2 > group.len();
    let collections = most(&|id| words::is_plural(tree.word(id)));
    let below = below_collection(tree, node);
    let drawn =
        most(&|id| looks::is_drawn(tree.word(id)) || looks::is_host(tree.word(id)) || looks::is_domain(tree.word(id)));
    let known = drawn || most(&|id| values.contains(tree.word(id)));
    // Plain words beside values that machines made are words of the API, unless there are many.
    // What can only be posted to is an action, unless values are posted to here.
    let posts = node.variable.is_some_and(|variable| tree.op_of(variable, "POST").is_some());
    let posted = !known && !posts && most(&|id| tree.is_posted(id));
    let odd = |id: NodeId| node.variable.is_some_and(|variable| alike::stands_out(tree, variable, tree.word(id)));
    if !known && (group.len() < UNEXPECTED_MIN || posted) && most(&odd) {
        return false;
    }
    // Collections with things below each of them are parts of the API, however many.
    if collections && !known && most(&|id| tree.node(id).is_some_and(|node| node.variable.is_some())) {
        return false;
    }
    let actions = !below && !known && most(&|id| tree.is_action(id));
    let expected = (below || node.folded > 0 || node.variable.is_some()) && !collections && !actions && !posted;
    if expected {
        // Two values in a row are rare; a kind of thing, then its number, is not (`/tests/browser/7`).
        let kinds = node.folded == 0 && most(&|id| tree.node(id).is_some_and(|node| node.variable.is_some()));
        let all_known = group.len() == candidates.len() && group.iter().all(|id| values.contains(tree.word(*id)));
        return group.len()
            >= match (rare || known) && !kinds {
                true if all_known => KNOWN_MIN,
                true => EXPECTED_MIN,
                false => EXPECTED_COMMON_MIN,
            };
    }
    let enough = if collections {
        UNEXPECTED_MIN * 3
    } else if known {
        EXPECTED_MIN
    } else if most(&|id| tree.is_leaf(id)) {
        let deleted = group.iter().filter(|id| tree.op_of(**id, "DELETE").is_some()).count();
        if deleted >= DELETED_MIN { UNEXPECTED_THINGS_MIN } else { UNEXPECTED_LEAVES_MIN }
    } else if group.len() == candidates.len()
        && tree.path(group.first().copied().unwrap_or_default()).iter().any(|id| tree.is_variable(*id))
    {
        INSIDE_MIN
    } else {
        UNEXPECTED_MIN
    };
    let majority = group.len() * 10 >= candidates.len() * 7
        || (group.len() >= UNEXPECTED_MIN * 2 && !most(&|id| tree.is_leaf(id)));
    // Words that all were values at other places need not answer alike.
    let all_known = group.len() >= KNOWN_ALONE_MIN
        && group.iter().filter(|id| values.contains(tree.word(**id))).count() * 5 >= group.len() * 4;
    (rare || all_known) && majority && group.len() >= enough
}

/// Whether values are expected below a node: the name of a collection, a version after it or not (`/users/v1`).
pub(crate) fn below_collection(tree: &Tree, node: &Node) -> bool {
    let plural = |node: &Node| matches!(&node.edge, Edge::Word(text, _) if words::is_plural(text));
    let version = matches!(&node.edge, Edge::Word(text, false) if words::is_version(text));
    plural(node) || (version && tree.node(node.parent).is_some_and(plural))
}

/// The largest group connected by likeness, and whether anything rare connects it.
fn largest(likeness: &Likeness<'_>, candidates: &[NodeId]) -> (Vec<NodeId>, bool) {
    let mut best: (Vec<NodeId>, bool) = (Vec::new(), false);
    let mut left = candidates.to_vec();
    while let Some(first) = left.first().copied() {
        left.remove(0);
        let (mut group, mut rare, mut at) = (vec![first], 0_usize, 0);
        while let Some(member) = group.get(at).copied() {
            at += 1;
            left.retain(|other| {
                let votes = likeness.compare(member, *other);
                if votes.are_for() {
                    group.push(*other);
                    rare += usize::from(votes.rare > 0);
                }
                !votes.are_for()
            });
        }
        let rare = rare * 2 >= group.len() && rare > 0;
        if (rare, group.len()) > (best.1, best.0.len()) && group.len() >= KNOWN_MIN {
            best = (group, rare);
        }
    }
    best
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
        let text: Box<str> = service.tree.word(*word).into();
        if composites::has_verb(&text)
            && let Some(node) = service.tree.node_mut(id)
        {
            node.colons = true;
        }
        service.values.insert(&text);
        merge(&mut service.tree, *word, variable, &mut merged, sink);
        if let Some(node) = service.tree.node_mut(variable) {
            node.alike.note(&text);
        }
    }
    service.rename_below(variable, &merged, sink);
}

/// Moves everything at and below `from` to `to`.
pub(crate) fn merge(
    tree: &mut Tree,
    from: NodeId,
    to: NodeId,
    merged: &mut Vec<(EndpointIndex, OpId)>,
    sink: &mut Sink,
) {
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
            target.colons |= source.colons;
            target.pinned |= source.pinned;
            target.spans = if target.spans == Spans::No { source.spans } else { target.spans };
            target.alike.merge(&source.alike);
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

/// Hangs an operation on another node; what is there already takes it over.
pub(crate) fn move_op(tree: &mut Tree, id: OpId, to: NodeId, merged: &mut Vec<(EndpointIndex, OpId)>, sink: &mut Sink) {
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
