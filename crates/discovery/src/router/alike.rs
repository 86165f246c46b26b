//! What values of one place look like together, which tells more than each of them alone.
//!
//! Identifiers that one program makes have one length, often one beginning, and digits among their letters; a word that looks
//! otherwise beside them is a word of the API (`/questions/featured` beside `/questions/{uuid}`).

use std::collections::{BTreeMap, BTreeSet};

use model::ValueClass;
use model::limits::{NAMING_BELOW_MAX, NAMING_STYLE_OPERATIONS_MAX};
use serde::{Deserialize, Serialize};

use super::tree::{Edge, NodeId, Op, OpId, Tree};
use super::{shape, tails, words};

/// Words of one length after which the length says something, and the shortest such words.
const TOGETHER_MIN: usize = 4;
const LENGTH_MIN: usize = 6;
/// Longest beginning that is kept.
const PREFIX_MAX: usize = 8;
/// One in so many values of a place at most is a plain word where values are made by machines.
const PLAIN_SHARE: u32 = 8;
/// Words of one length beside plain ones after which those are no values.
const MADE_MIN: usize = 3;
/// Words with the same words below them that are values, and how often each of those comes again.
const SUBTREES_MIN: usize = 8;
const SUBTREES_AGAIN: usize = 3;
/// Words written in several ways that are values: below a collection, and elsewhere.
const STYLES_EXPECTED_MIN: usize = 4;
const STYLES_MIN: usize = 10;
/// Values of several lengths after which that is judged.
const JUDGED_MIN: u32 = 16;
/// Bytes behind it that drawn words may begin with alike.
const SHARED_MAX: usize = 2;

/// What the values of a variable that are words have in common. Constant size, and the same in whatever order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Alike {
    /// How many were noted, and how many of them are plain words.
    count: u32,
    plain: u32,
    /// Their length in bytes; 0 once they differ.
    length: u16,
    /// How they all begin, up to a hyphen or underscore.
    prefix: Box<str>,
}

impl Alike {
    /// Takes one more value over.
    pub(crate) fn note(&mut self, word: &str) {
        let length = u16::try_from(word.len()).unwrap_or(0);
        if self.count == 0 {
            (self.length, self.prefix) = (length, prefix(word).into());
        }
        if length != self.length {
            self.length = 0;
        }
        if !self.prefix.is_empty() && *self.prefix != *prefix(word) {
            self.prefix = Box::default();
        }
        self.count = self.count.saturating_add(1);
        self.plain = self.plain.saturating_add(u32::from(is_plain(word)));
    }

    /// Takes over what another place's values have in common.
    pub(crate) fn merge(&mut self, other: &Self) {
        if self.count == 0 {
            *self = other.clone();
        } else if other.count > 0 {
            self.count = self.count.saturating_add(other.count);
            self.plain = self.plain.saturating_add(other.plain);
            self.length = if self.length == other.length { self.length } else { 0 };
            if self.prefix != other.prefix {
                self.prefix = Box::default();
            }
        }
    }

    /// Whether a word looks as all values do that were noted, and they look like made by one program.
    pub(crate) fn fits(&self, word: &str) -> bool {
        let same = usize::from(self.length) == word.len() && word.len() >= LENGTH_MIN;
        let marked = has_digit(word) || (!self.prefix.is_empty() && *self.prefix == *prefix(word));
        same && marked && self.are_made()
    }

    /// Whether machines made the values: they are of one length, or many, and hardly any of them is a plain word.
    fn are_made(&self) -> bool {
        let enough = if self.length > 0 { TOGETHER_MIN as u32 } else { JUDGED_MIN };
        self.count >= enough && self.plain.saturating_mul(PLAIN_SHARE) <= self.count
    }
}

/// Whether a plain word stands beside a variable whose values are made by machines.
pub(crate) fn stands_out(tree: &Tree, variable: NodeId, word: &str) -> bool {
    let Some(node) = tree.node(variable) else { return false };
    let Edge::Variable(class) = node.edge else { return false };
    let made = match class {
        ValueClass::Int | ValueClass::Uuid | ValueClass::Hex | ValueClass::Token => true,
        _ => node.alike.are_made(),
    };
    made && is_plain(word)
}

/// Words that one program made, as their common length and the digits in them say; none when there are too few.
pub(crate) fn machine_made(tree: &Tree, words: &[NodeId]) -> Vec<NodeId> {
    machine_made_before(tree, words, 0)
}

/// The same without so many bytes at the end of each.
pub(crate) fn machine_made_before(tree: &Tree, words: &[NodeId], ending: usize) -> Vec<NodeId> {
    let value = |id: NodeId| tree.word(id).get(..tree.word(id).len().saturating_sub(ending)).unwrap_or_default();
    let mut by_length: BTreeMap<(usize, &str), Vec<NodeId>> = BTreeMap::new();
    for id in words.iter().copied() {
        let word = value(id);
        let start = prefix(word);
        let rest = word.get(start.len()..).unwrap_or_default();
        if rest.len() >= LENGTH_MIN && rest.bytes().all(|b| b.is_ascii_alphanumeric()) {
            by_length.entry((word.len(), start)).or_default().push(id);
        }
    }
    let Some(((_, start), group)) = by_length.into_iter().max_by_key(|(_, group)| group.len()) else {
        return Vec::new();
    };
    let first = group.first().map_or("", |id| value(*id));
    let common = |id: &NodeId| first.bytes().zip(value(*id).bytes()).take_while(|(a, b)| a == b).count();
    let shared = group.iter().map(common).min().unwrap_or(0);
    let digits = group.iter().filter(|id| has_digit(value(**id))).count();
    let mixed = group.iter().filter(|id| is_mixed(value(**id))).count();
    let made = group.len() >= TOGETHER_MIN
        && shared <= start.len() + SHARED_MAX
        && digits * 2 >= group.len()
        && mixed * 2 >= group.len();
    if made { group } else { Vec::new() }
}

/// How a word begins, up to its first hyphen or underscore.
fn prefix(word: &str) -> &str {
    let end = word.bytes().position(|b| matches!(b, b'-' | b'_')).filter(|at| (1..PREFIX_MAX).contains(at));
    end.and_then(|at| word.get(..=at)).unwrap_or_default()
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|b| b.is_ascii_digit())
}

/// Whether digits stand among the letters of a word, and not at its end alone, as people number things.
fn is_mixed(word: &str) -> bool {
    let name = word.trim_end_matches(|c: char| c.is_ascii_digit());
    has_digit(name) && name.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Whether a word is made of letters as words and names of code are: a capital only begins something.
fn is_plain(word: &str) -> bool {
    word.split(['-', '_']).all(|part| {
        let bytes = part.as_bytes();
        let lower = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_lowercase);
        let letter = |(at, b): (usize, &u8)| {
            b.is_ascii_lowercase() || (b.is_ascii_uppercase() && lower(at + 1) && lower(at + 2))
        };
        bytes.iter().enumerate().all(letter)
    })
}

/// A group without its plain words, when the others are of one length and at least as many: those were made by a program.
pub(crate) fn without_words(tree: &Tree, group: Vec<NodeId>) -> Vec<NodeId> {
    let made: Vec<_> = group.iter().copied().filter(|id| !is_plain(tree.word(*id))).collect();
    let length = made.first().map_or(0, |id| tree.word(*id).len());
    let one_length = made.iter().all(|id| tree.word(*id).len() == length);
    if made.len() >= MADE_MIN && made.len() * 2 >= group.len() && one_length { made } else { group }
}

/// Whether what hangs below many words are few words again and again, and the words themselves are not all written as words
/// of an API are: people, projects and their like, by name.
pub(crate) fn few_subtrees(tree: &Tree, group: &[NodeId]) -> bool {
    let mut below: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut all, mut holders) = (0, 0);
    for node in group.iter().filter_map(|id| tree.node(*id)) {
        holders += usize::from(!node.words.is_empty());
        for text in node.words.keys().take(NAMING_BELOW_MAX) {
            all += 1;
            *below.entry(text).or_default() += 1;
        }
    }
    let plain = group.iter().filter(|id| is_plain(tree.word(**id))).count();
    let again = all >= below.len() * SUBTREES_AGAIN && holders * 2 >= group.len() && !below.is_empty();
    group.len() >= SUBTREES_MIN && plain * 4 <= group.len() * 3 && again
}

/// Words in several ways of writing, which words of one API are not: with capitals or points, with hyphens or underscores, and
/// with digits. None when there are too few, or answers differ. Words of letters alone beside them may be the API's, and are
/// taken only with answers that the others gave too. Sets `partial` when they have too many operations to compare.
pub(crate) fn of_many_styles(tree: &Tree, names: &[NodeId], expected: bool, partial: &mut bool) -> Vec<NodeId> {
    let letters = |id: &NodeId| is_plain(tree.word(*id)) && !tree.word(*id).contains(['-', '_']);
    // Words of one format are told apart by what stands before it.
    let format = |id: &NodeId| tree.word(*id).rsplit_once('.').is_some_and(|(_, tail)| words::is_format(tail));
    let unformed = names.iter().copied().filter(|id| !format(id));
    let (plainest, mut words): (Vec<NodeId>, Vec<_>) = unformed.partition(letters);
    let among = |test: &dyn Fn(&str) -> bool| words.iter().filter(|id| test(tree.word(**id))).count();
    let tails: Vec<_> = words.iter().filter_map(|id| tree.word(*id).rsplit_once('.')).map(|(_, tail)| tail).collect();
    // Formats come again, names of people do not.
    let points = tails.iter().collect::<BTreeSet<_>>().len() * 2 > tails.len();
    let capitals = among(&|word| word.contains(|c: char| c.is_ascii_uppercase())) > 0 || points;
    let joined = among(&|word| word.contains(['-', '_'])) > 0;
    let digits = among(&has_digit) > 0;
    let styles = usize::from(capitals) + usize::from(joined) + usize::from(digits);
    let plain = among(&is_plain);
    let (least, needed) = if expected { (STYLES_EXPECTED_MIN, 2) } else { (STYLES_MIN, 3) };
    let enough = words.len() + plainest.len() >= least
        && words.len() * 2 >= least
        && styles >= needed
        && digits
        && plain * 4 <= words.len() * 3;
    let ops: Vec<OpId> =
        words.iter().filter_map(|id| tree.node(*id)).flat_map(|node| node.ops.iter().copied()).collect();
    if !enough || !words.iter().all(|id| tree.is_leaf(*id)) {
        return Vec::new();
    }
    if ops.len() > NAMING_STYLE_OPERATIONS_MAX {
        *partial = true;
        return Vec::new();
    }
    if !tails::answers_agree(tree, &ops) {
        return Vec::new();
    }
    words.extend(plainest.into_iter().filter(|id| tree.is_leaf(*id) && answers_as(tree, *id, &ops)));
    words
}

/// Whether all that a node was asked is also among `ops`, and was answered there in the same way.
fn answers_as(tree: &Tree, id: NodeId, ops: &[OpId]) -> bool {
    let ops = || ops.iter().filter_map(|op| tree.op(*op));
    let same = |one: &Op, other: &Op| {
        let silent = one.shapes.iter().next().is_none() && other.shapes.iter().next().is_none();
        let pairs = || one.shapes.iter().flat_map(|a| other.shapes.iter().map(move |b| (a, b)));
        one.method == other.method && (silent || pairs().any(|(a, b)| shape::alike(a, b)))
    };
    let node = tree.node(id).into_iter().flat_map(|node| node.ops.iter());
    node.filter_map(|op| tree.op(*op)).all(|one| ops().any(|other| same(one, other)))
}

#[cfg(test)]
mod tests {
    use super::super::tree::ROOT;
    use super::*;

    fn noted(words: &[&str]) -> Alike {
        let mut alike = Alike::default();
        for word in words {
            alike.note(word);
        }
        alike
    }

    #[test]
    fn values_of_one_program_fit_and_words_do_not() {
        let made = ["knu-e4vdrgu2", "knu-z4nehlkf", "knu-0moji6rc", "knu-vzn5lgbi"];
        let alike = noted(&made);
        assert!(alike.fits("knu-abcdefgh") && alike.fits("xyz-a1b2c3d4"));
        assert!(!alike.fits("knu-short") && !alike.fits("subscription") && !noted(&made[..3]).fits("knu-e4vdrgu9"));
        assert!(!noted(&["acme-co", "blue-co", "dune-co", "echo-co"]).fits("fern-c0"));
    }

    #[test]
    fn order_and_merging_make_no_difference() {
        let words = ["knu-e4vdrgu2", "knu-z4nehlkf", "abc", "knu-0moji6rc"];
        let all = noted(&words);
        for cut in 0..words.len() {
            let mut one = noted(&words[..cut]);
            one.merge(&noted(&words[cut..]));
            assert_eq!(one, all, "{cut}");
            let mut turned = words;
            turned.rotate_left(cut);
            assert_eq!(noted(&turned), all, "{cut}");
        }
    }

    #[test]
    fn words_are_plain_however_they_are_joined() {
        for (word, plain) in [
            ("featured", true),
            ("no-answers", true),
            ("billable_count", true),
            ("memberCreator", true),
            ("Latest", true),
            ("oFxOint", false),
            ("HYPOGET", false),
            ("acorn33", false),
            ("ada.toth", false),
        ] {
            assert_eq!(is_plain(word), plain, "{word}");
        }
    }

    #[test]
    fn length_and_digits_tell_drawn_words_from_operations() {
        for (words, made) in [
            (["oFx0int", "HYP0GET", "Rsp0lV0", "RMdL7vE"], 4),
            (["knu-e4vdrgu2", "knu-z4nehlkf", "knu-moji6rcx", "knu-vzn5lgbi"], 4),
            (["sendPhoto", "sendVideo", "sendAudio", "sendVoice"], 0),
            (["time_of_all_50p", "time_of_all_95p", "time_of_all_99p", "time_of_all_avg"], 0),
            (["server-01", "server-02", "server-03", "server-04"], 0),
            (["invoices", "contacts", "accounts", "payments"], 0),
        ] {
            let mut tree = Tree::default();
            let ids: Vec<_> = words.iter().map(|word| tree.add_node(ROOT, Edge::Word((*word).into(), true))).collect();
            assert_eq!(machine_made(&tree, &ids).len(), made, "{words:?}");
        }
    }
}
