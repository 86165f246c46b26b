//! Payloads of attacks in the values of a request, and what an answer shows of their success.
//!
//! In: values as they were sent. Out: numbers of the rules of [`model::payload`] that they match. A table of bytes is asked
//! first; patterns are compiled when the first value passes it. Matching is linear in the value; values are cut.
//!
//! | module | what |
//! |---|---|
//! | [`called`] | whom a payload tells the server to call |
//! | [`clues`] | what an answer shows if a payload is believed |
//! | [`layers`] | undoes what hides a value: escapes, comments |
//! | [`lookup`] | look-ups of Java naming, whatever is nested in them |
//! | [`prose`] | sentences in which payloads are only mentioned |
//! | [`target`] | addresses that a server shall not call for others |

mod called;
mod clues;
mod layers;
mod lookup;
mod prose;
mod target;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use memchr::{memchr3, memmem};
use model::limits::{PAYLOAD_PROGRAM_BYTES_MAX, PAYLOAD_STATES_BYTES_MAX, PAYLOAD_VALUE_BYTES_MAX};
use model::payload::{Weight, rules};
use model::{ParamPlace, PayloadClass, Target};
use regex::bytes::{RegexSet, RegexSetBuilder};

/// Rules by their bits.
pub(crate) type Hits = u64;

/// Reads values; keeps the patterns.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    ready: Option<Box<Ready>>,
    layers: layers::Layers,
    /// Whom the value that was read last tells the server to call.
    called: called::Called,
    /// Of the values of the transaction.
    clues: clues::Clues,
}

#[derive(Clone, Debug)]
struct Ready {
    requests: RegexSet,
    answers: RegexSet,
    /// Numbers of the rules of each set.
    of_requests: Vec<u8>,
    of_answers: Vec<u8>,
    jndi: Hits,
    metadata: Hits,
    internal: Hits,
    operator: Hits,
    xml: Hits,
    /// Rules whose payloads make a server call somebody, as shells are told, and as URLs.
    shell: Hits,
    url: Hits,
    /// Rules whose payloads leave clues, and what these prove.
    arithmetic: Hits,
    script: Hits,
    waits: Hits,
    product: Hits,
    reflected: Hits,
    /// Rules that sentences may match, and what stands for each of their classes then.
    mentions: [(Hits, Hits); 3],
}

/// Classes of bytes: signs stand in payloads and seldom in other values of a request; of joints, pairs and words may be
/// payloads.
const SIGN: u8 = 1;
const JOINT: u8 = 2;
const CLASSES: [u8; 256] = classes();

#[expect(clippy::indexing_slicing, reason = "a constant: out of range is a build that fails")]
const fn classes() -> [u8; 256] {
    let (signs, joints) = (b"'\"<>;|&$(){}\\`%*#\r\n", b" .:-");
    let mut table = [0; 256];
    let mut at = 0;
    while at < signs.len() {
        table[signs[at] as usize] |= SIGN;
        at += 1;
    }
    at = 0;
    while at < joints.len() {
        table[joints[at] as usize] |= JOINT;
        at += 1;
    }
    table
}

/// Whether a value may be a payload at all.
pub(crate) fn suspicious(place: ParamPlace, value: &[u8]) -> bool {
    // Brackets, quotes and semicolons are usual in fields, and every call has many.
    if matches!(place, ParamPlace::Header | ParamPlace::Cookie) {
        return memchr3(b'$', b'\'', b'%', value).is_some()
            || memchr3(b'<', b'{', b'`', value).is_some()
            || memmem::find(value, layers::PICKLE).is_some();
    }
    let classes = value.iter().fold(0, |all, byte| all | CLASSES.get(usize::from(*byte)).copied().unwrap_or(0));
    classes & SIGN != 0
        || matches!(
            value,
            [b'/', ..]
                | [b'r', b'O', b'0', b'A', b'B', ..]
                | [b'H', b'4', b's', b'I', b'A', ..]
                | [b'g', b'A', b'I'..=b'X', ..]
        )
        || target::may_be_host(value)
        || classes & JOINT != 0 && joins(value)
}

/// Whether pairs or words stand in a value that payloads are made of.
fn joins(value: &[u8]) -> bool {
    value.windows(2).any(|two| matches!(two, b".." | b":/" | b"--"))
        || value.windows(4).any(|four| matches!(four, b" or " | b" OR " | b"and " | b"AND " | b" by " | b" BY "))
}

impl Scanner {
    /// For the next transaction.
    pub(crate) fn begin(&mut self) {
        self.clues.clear();
    }

    /// The delay that its values asked for, in milliseconds; 0 for none.
    pub(crate) const fn delay(&self) -> u64 {
        self.clues.delay()
    }

    /// The rules that a value matches.
    pub(crate) fn value(&mut self, place: ParamPlace, name: &[u8], value: &[u8]) -> Hits {
        let operator = operator(name);
        self.called.clear();
        if !operator && !suspicious(place, value) {
            return 0;
        }
        let value = value.get(..PAYLOAD_VALUE_BYTES_MAX).unwrap_or(value);
        let Self { ready, layers, called: targets, clues } = self;
        let ready = ready.get_or_insert_with(Ready::shared);
        let mut hits = if operator { ready.operator } else { 0 };
        let called = matches!(place, ParamPlace::Query | ParamPlace::Form | ParamPlace::Body | ParamPlace::Argument);
        layers.each(value, |text| {
            let mut here = 0;
            for index in ready.requests.matches(text) {
                here |= bit(ready.of_requests.get(index).copied());
            }
            if let Some(inner) = lookup::found(text) {
                here |= ready.jndi;
                targets.urls(number(ready.jndi), &inner);
            }
            match target::judge(name, text) {
                Some(target::Kind::Metadata) => here |= ready.metadata,
                Some(target::Kind::Internal) if called => here |= ready.internal,
                _ => {}
            }
            ready.read_targets(here, text, targets);
            ready.read_clues(here, text, clues);
            hits |= here;
        });
        // Sentences stand in content, not in what a path or a query asks for.
        if matches!(place, ParamPlace::Body | ParamPlace::Form | ParamPlace::Argument) {
            hits = ready.mentioned(hits, value);
        }
        // Addresses of own pages stand in fields of browsers.
        if called { hits } else { hits & !ready.internal }
    }

    /// The rules for XML that a document matches.
    pub(crate) fn document(&mut self, document: &[u8]) -> Hits {
        let document = document.get(..PAYLOAD_VALUE_BYTES_MAX).unwrap_or(document);
        let ready = self.ready.get_or_insert_with(Ready::shared);
        let matched = ready.requests.matches(document).into_iter();
        let hits = matched.fold(0, |hits, index| hits | bit(ready.of_requests.get(index).copied())) & ready.xml;
        self.called.clear();
        if hits != 0 {
            self.called.entities(number(hits), document);
        }
        hits
    }

    /// Whom the value or document that was read last tells the server to call.
    pub(crate) fn targets(&self) -> &[Target] {
        self.called.targets()
    }

    /// What an answer, a page or not, shows of the success of payloads of the same classes.
    pub(crate) fn proofs(&mut self, asked: Hits, answer: &[u8], page: bool) -> Hits {
        let answer = answer.get(..PAYLOAD_VALUE_BYTES_MAX).unwrap_or(answer);
        let ready = self.ready.get_or_insert_with(Ready::shared);
        let matched = ready.answers.matches(answer).into_iter();
        let mut shown = matched.fold(0, |hits, index| hits | bit(ready.of_answers.get(index).copied()));
        if asked & ready.arithmetic != 0 && self.clues.computed(answer) {
            shown |= ready.product;
        }
        if page && asked & ready.script != 0 && self.clues.reflected(answer) {
            shown |= ready.reflected;
        }
        let classes: Vec<_> = each(asked).filter_map(|number| Some(rules().get(number)?.class)).collect();
        let fits = |number: &usize| rules().get(*number).is_some_and(|rule| classes.contains(&rule.class));
        each(shown).filter(fits).fold(0, |hits, number| hits | 1 << number)
    }
}

/// The numbers of the rules in `hits`.
pub(crate) fn each(mut hits: Hits) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let number = hits.trailing_zeros() as usize;
        hits &= hits.wrapping_sub(1);
        (number < Hits::BITS as usize).then_some(number)
    })
}

/// The number of the first rule in `hits`.
fn number(hits: Hits) -> u8 {
    hits.trailing_zeros() as u8
}

fn bit(number: Option<u8>) -> Hits {
    number.and_then(|number| 1u64.checked_shl(u32::from(number))).unwrap_or(0)
}

/// Compiled once for the whole process, when the first value asks for it: it takes long, and never changes.
static READY: OnceLock<Ready> = OnceLock::new();

impl Ready {
    /// The rules; each clone has its own scratch memory.
    fn shared() -> Box<Self> {
        Box::new(READY.get_or_init(Self::new).clone())
    }

    fn new() -> Self {
        let all = || rules().iter().zip(0u8..);
        let patterns = |answers: bool| {
            let mine = all()
                .filter(move |(rule, _)| !rule.pattern.starts_with('@') && (rule.weight == Weight::Proof) == answers);
            let (texts, numbers): (Vec<_>, Vec<_>) = mine.map(|(rule, number)| (rule.pattern, number)).unzip();
            // A test holds the file to it; a set of none matches nothing.
            (compile(&texts).unwrap_or_else(RegexSet::empty), numbers)
        };
        let judged = |word: &str| bit(all().find(|(rule, _)| rule.pattern == word).map(|(_, number)| number));
        let named = |name: &str| bit(all().find(|(rule, _)| rule.name == name).map(|(_, number)| number));
        let ((requests, of_requests), (answers, of_answers)) = (patterns(false), patterns(true));
        let of = |class| {
            let mine = all().filter(move |(rule, _)| rule.class == class && rule.weight != Weight::Proof);
            mine.fold(0, |hits, (_, number)| hits | bit(Some(number)))
        };
        Self {
            requests,
            answers,
            of_requests,
            of_answers,
            jndi: judged("@jndi"),
            metadata: judged("@metadata"),
            internal: judged("@internal"),
            operator: judged("@operator"),
            xml: of(PayloadClass::Xxe),
            shell: of(PayloadClass::Command),
            url: of(PayloadClass::Ssrf),
            arithmetic: named("template-arithmetic"),
            script: of(PayloadClass::Script),
            waits: of(PayloadClass::Command) | of(PayloadClass::NoSql) | of(PayloadClass::Sql),
            product: judged("@product"),
            reflected: judged("@reflected"),
            mentions: [
                (named("path-climb") | named("path-one-climb"), named("path-in-text")),
                (named("command-chain") | named("command-bare"), named("command-in-text")),
                (named("script-tag"), named("script-in-text")),
            ],
        }
    }
}

impl Ready {
    /// `hits` of a value, those that a sentence may match replaced where it is one.
    fn mentioned(&self, hits: Hits, value: &[u8]) -> Hits {
        let any = self.mentions.iter().fold(0, |all, (rules, _)| all | rules);
        if hits & any == 0 || !prose::is_prose(value) {
            return hits;
        }
        let twin = |all, (rules, twin): &(Hits, Hits)| if hits & rules == 0 { all } else { all | twin };
        hits & !any | self.mentions.iter().fold(0, twin)
    }

    /// Whom a text that matches `hits` tells the server to call.
    fn read_targets(&self, hits: Hits, text: &[u8], into: &mut called::Called) {
        if hits & self.xml != 0 {
            into.entities(number(hits & self.xml), text);
        }
        if hits & self.shell != 0 {
            into.shell(number(hits & self.shell), text);
        }
        let ssrf = hits & self.url;
        if ssrf != 0 && memmem::find(text, b"://").is_some() {
            into.urls(number(ssrf), text);
        } else if ssrf != 0 {
            into.bare(number(ssrf), text.trim_ascii());
        }
    }

    /// What an answer shows if a text that matches `hits` is believed.
    fn read_clues(&self, hits: Hits, text: &[u8], into: &mut clues::Clues) {
        if hits & self.arithmetic != 0 {
            into.arithmetic(text);
        }
        if hits & self.script != 0 {
            into.script(text);
        }
        if hits & self.waits != 0 {
            into.waits(text);
        }
    }
}

fn compile(patterns: &[&str]) -> Option<RegexSet> {
    RegexSetBuilder::new(patterns)
        .unicode(false)
        .case_insensitive(true)
        .dot_matches_new_line(true)
        .size_limit(PAYLOAD_PROGRAM_BYTES_MAX)
        .dfa_size_limit(PAYLOAD_STATES_BYTES_MAX)
        .build()
        .ok()
}

/// Whether a name asks a document store for more than equality: `user[$ne]`, `/filter/$where`.
fn operator(name: &[u8]) -> bool {
    const OPERATORS: [&[u8]; 12] =
        [b"ne", b"gt", b"gte", b"lt", b"lte", b"in", b"nin", b"regex", b"where", b"exists", b"or", b"expr"];
    let Some(at) = name.iter().rposition(|byte| *byte == b'$') else { return false };
    let before = at.checked_sub(1).and_then(|at| name.get(at));
    let word = name.get(at + 1..).unwrap_or_default();
    let end = word.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(word.len());
    matches!(before, Some(b'[' | b'/' | b'.')) && OPERATORS.contains(&word.get(..end).unwrap_or_default())
}
