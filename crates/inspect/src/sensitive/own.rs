//! Classes of data that the configuration defines.
//!
//! In: what a class of the configuration asks for ([`OwnRule`]), then names and values. Out: at most one [`Mark`], that of the
//! first class that is sure, else of the first that may be. A pattern stands for the whole value, or for a part of a text
//! where the class says so. As with the classes built in, form and name vote together: under a name that the class lists its
//! form is sure; so is a form without a check digit when the class lists no names; everything else is weak, and several
//! distinct values of a field must show it.
//!
//! Matching is linear in the value. All patterns together are one automaton that is asked first, so that a value of no class,
//! which is nearly every value, costs one pass.

use std::fmt;

use model::limits::{
    OWN_CLASSES_MAX, OWN_NAMES_MAX, OWN_PATTERN_BYTES_MAX, OWN_PROGRAM_BYTES_MAX, OWN_STATES_BYTES_MAX,
    OWN_TEXT_BYTES_MAX, OWN_VALUE_BYTES_MAX,
};
use model::{DataKind, Mark};
use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::checks::Check;

/// Levels of groups in a pattern.
const NESTING_MAX: u32 = 64;

/// What a class asks for.
#[derive(Clone, Debug, Default)]
pub struct OwnRule {
    /// Regular expression over bytes; `\d` and its like are ASCII. Without one the name decides.
    pub pattern: Option<String>,
    /// Names of fields: words (`employeeNo` and `employee_no` are one), or JSON pointers as the inventory shows them.
    pub names: Vec<String>,
    /// Whether a field must have one of these names.
    pub named: bool,
    /// Whether the pattern may stand anywhere in the value.
    pub within: bool,
    /// The check digits that what matches must have.
    pub check: Check,
}

/// Why a rule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Its pattern.
    Pattern(String),
    /// Its names.
    Names(String),
    /// All of it.
    Rule(String),
}

/// Rules ready for use. Cheap to clone; each clone has its own scratch memory.
#[derive(Clone, Default)]
pub struct OwnRules {
    rules: Vec<Compiled>,
    /// Which patterns match; none when no rule has one.
    any: Option<RegexSet>,
    /// Index of the rule of each pattern of the set.
    of: Vec<u8>,
    /// Rules without a pattern.
    bare: u32,
    /// Whether a pattern may stand anywhere in a text.
    within: bool,
}

/// Rules by their bits.
pub(crate) type RuleSet = u32;
const _: () = assert!(OWN_CLASSES_MAX <= RuleSet::BITS as usize);

#[derive(Clone)]
struct Compiled {
    kind: DataKind,
    pattern: Option<Regex>,
    words: Vec<Box<[u8]>>,
    pointers: Vec<Box<[u8]>>,
    named: bool,
    within: bool,
    check: Check,
}

impl fmt::Debug for OwnRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnRules").field("rules", &self.rules.len()).finish_non_exhaustive()
    }
}

impl OwnRule {
    /// What is wrong with it by itself.
    pub fn check(&self) -> Result<(), Unfit> {
        self.compiled(DataKind::own(0).unwrap_or(model::DataClass::Secret.into())).map(drop)
    }

    fn compiled(&self, kind: DataKind) -> Result<Compiled, Unfit> {
        if self.pattern.is_none() && self.names.is_empty() {
            return Err(Unfit::Rule("neither a pattern nor names: nothing tells its values".to_owned()));
        }
        if self.named && self.names.is_empty() {
            return Err(Unfit::Rule("`named` without names: no field can have one".to_owned()));
        }
        if self.within && self.pattern.is_none() {
            return Err(Unfit::Rule("`within` without a pattern: there is nothing to look for".to_owned()));
        }
        if self.names.len() > OWN_NAMES_MAX {
            return Err(Unfit::Names(format!("more than {OWN_NAMES_MAX} names; leave some out")));
        }
        let (mut words, mut pointers) = (Vec::new(), Vec::new());
        for name in &self.names {
            if name.starts_with('/') {
                pointers.push(name.as_bytes().into());
            } else {
                let word = bare(name.as_bytes());
                if word.is_empty() {
                    return Err(Unfit::Names("a name without a letter or digit".to_owned()));
                }
                words.push(word.into());
            }
        }
        let pattern = self.pattern.as_deref().map(|pattern| compile(pattern, self.within)).transpose();
        let pattern = pattern.map_err(Unfit::Pattern)?;
        Ok(Compiled { kind, pattern, words, pointers, named: self.named, within: self.within, check: self.check })
    }

    /// The pattern as the automaton takes it.
    fn anchored(&self) -> Option<String> {
        self.pattern.as_deref().map(|pattern| anchored(pattern, self.within))
    }
}

fn anchored(pattern: &str, within: bool) -> String {
    if within { pattern.to_owned() } else { format!(r"\A(?:{pattern})\z") }
}

/// The pattern alone first, so that it cannot close a bracket of ours, and errors speak of what was written.
fn compile(pattern: &str, within: bool) -> Result<Regex, String> {
    if pattern.len() > OWN_PATTERN_BYTES_MAX {
        return Err(format!("longer than {OWN_PATTERN_BYTES_MAX} bytes"));
    }
    let build = |pattern: &str| {
        let mut builder = RegexBuilder::new(pattern);
        builder.unicode(false).size_limit(OWN_PROGRAM_BYTES_MAX).dfa_size_limit(OWN_STATES_BYTES_MAX);
        builder.nest_limit(NESTING_MAX).build().map_err(|error| in_words(&error))
    };
    let plain = build(pattern)?;
    if plain.is_match(b"") {
        return Err("matches the empty text, and so everything".to_owned());
    }
    if within { Ok(plain) } else { build(&anchored(pattern, false)) }
}

/// An error in one line: of a syntax error what is said below the caret.
fn in_words(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => {
            format!("takes more than {} KiB once compiled; repeat less", OWN_PROGRAM_BYTES_MAX >> 10)
        }
        other => {
            let text = other.to_string();
            let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        }
    }
}

impl OwnRules {
    /// Of rules in the order of the configuration.
    ///
    /// # Errors
    ///
    /// The first rule that cannot be used, or the last one when all of them together are too large.
    pub fn new(rules: &[OwnRule]) -> Result<Self, (usize, Unfit)> {
        let mut own = Self::default();
        let mut patterns = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let too_many = || Unfit::Rule(format!("more than {OWN_CLASSES_MAX} classes; leave some out"));
            let kind = DataKind::own(index).ok_or_else(|| (index, too_many()))?;
            own.rules.push(rule.compiled(kind).map_err(|unfit| (index, unfit))?);
            own.within |= rule.within;
            match rule.anchored() {
                Some(pattern) => {
                    patterns.push(pattern);
                    own.of.push(index as u8);
                }
                None => own.bare |= 1 << index,
            }
        }
        if !patterns.is_empty() {
            let mut builder = RegexSetBuilder::new(&patterns);
            builder.unicode(false).size_limit(OWN_PROGRAM_BYTES_MAX).dfa_size_limit(OWN_STATES_BYTES_MAX);
            let last = rules.len().saturating_sub(1);
            let set = builder.nest_limit(NESTING_MAX + 1).build();
            own.any = Some(set.map_err(|error| (last, Unfit::Pattern(format!("all patterns: {}", in_words(&error)))))?);
        }
        Ok(own)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules that list a name: a word, or a JSON pointer.
    pub(crate) fn named(&self, name: &[u8]) -> RuleSet {
        let last = name.rsplit(|byte| *byte == b'/').find(|part| !matches!(*part, b"*" | b"")).unwrap_or_default();
        let word = bare(last);
        let lists = |rule: &&Compiled| {
            rule.words.iter().any(|known| **known == *word) || rule.pointers.iter().any(|known| **known == *name)
        };
        let bits = self.rules.iter().enumerate();
        bits.filter(|(_, rule)| lists(rule)).fold(0, |set, (index, _)| set | 1 << index)
    }

    /// What a value is about under a name that those rules list.
    pub(crate) fn mark(&self, named: RuleSet, value: &[u8]) -> Option<Mark> {
        let mut candidates = self.bare & named;
        if let Some(set) = &self.any {
            let text = value.get(..OWN_TEXT_BYTES_MAX).unwrap_or(value);
            if (self.within || value.len() <= OWN_VALUE_BYTES_MAX) && set.is_match(text) {
                let matched = set.matches(text);
                let indices = matched.iter().filter_map(|at| self.of.get(at));
                candidates = indices.fold(candidates, |set, index| set | 1 << index);
            }
        }
        if candidates == 0 {
            return None;
        }
        let mut weak = None;
        for (index, rule) in self.rules.iter().enumerate().filter(|(index, _)| candidates & (1 << index) != 0) {
            let listed = named & (1 << index) != 0;
            if (rule.named && !listed) || !rule.holds(value) {
                continue;
            }
            let form = rule.check == Check::None && rule.words.is_empty() && rule.pointers.is_empty();
            if listed || form {
                return Some(Mark { class: rule.kind, sure: true });
            }
            weak = weak.or(Some(Mark { class: rule.kind, sure: false }));
        }
        weak
    }
}

impl Compiled {
    /// Whether the value has the form and its check digits.
    fn holds(&self, value: &[u8]) -> bool {
        match &self.pattern {
            None => value.len() <= OWN_VALUE_BYTES_MAX && self.check.passes(value),
            Some(_) if !self.within => value.len() <= OWN_VALUE_BYTES_MAX && self.check.passes(value),
            Some(pattern) => {
                let text = value.get(..OWN_TEXT_BYTES_MAX).unwrap_or(value);
                pattern.find_iter(text).any(|found| self.check.passes(found.as_bytes()))
            }
        }
    }
}

/// Letters and digits of a name, small.
fn bare(name: &[u8]) -> Vec<u8> {
    name.iter().filter(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii()).map(u8::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(pattern: &str, names: &[&str]) -> OwnRule {
        let names = names.iter().map(ToString::to_string).collect();
        OwnRule { pattern: Some(pattern.to_owned()).filter(|p| !p.is_empty()), names, ..OwnRule::default() }
    }

    /// Place of the class and whether it is sure.
    fn told(rules: &[OwnRule], name: &str, value: &str) -> Option<(usize, bool)> {
        let rules = OwnRules::new(rules).unwrap();
        let mark = rules.mark(rules.named(name.as_bytes()), value.as_bytes())?;
        Some((mark.class.own_index().unwrap(), mark.sure))
    }

    #[test]
    fn a_pattern_stands_for_the_whole_value_unless_it_is_looked_for_within() {
        let staff = rule("EMP-[0-9]{6}", &[]);
        let within = OwnRule { within: true, ..staff.clone() };
        for (value, whole, inside) in [
            ("EMP-123456", true, true),
            ("EMP-1234567", false, true),
            ("ask EMP-123456 first", false, true),
            ("EMP-123456\n", false, true),
            ("EMP-12345", false, false),
        ] {
            assert_eq!(told(std::slice::from_ref(&staff), "x", value), whole.then_some((0, true)), "{value:?}");
            assert_eq!(told(std::slice::from_ref(&within), "x", value), inside.then_some((0, true)), "{value:?}");
        }
        let either = rule("a|b", &[]);
        assert_eq!(told(&[either], "x", "ab"), None, "an alternative is anchored as a whole");
    }

    #[test]
    fn names_make_a_form_sure_and_may_be_asked_for() {
        let staff = rule("[0-9]{6}", &["employeeNo", "/staff/*/id"]);
        let only = OwnRule { named: true, ..staff.clone() };
        for (name, sure) in [
            ("employee_no", true),
            ("/a/*/EMPLOYEE-NO", true),
            ("/staff/*/id", true),
            ("/other/*/id", false),
            ("employeeNote", false),
        ] {
            assert_eq!(told(std::slice::from_ref(&staff), name, "123456"), Some((0, sure)), "{name}");
            assert_eq!(told(std::slice::from_ref(&only), name, "123456"), sure.then_some((0, true)), "{name}");
            assert_eq!(told(std::slice::from_ref(&staff), name, "12345"), None, "{name}");
        }
        assert_eq!(told(&[rule("", &["salary"])], "/pay/salary", "any"), Some((0, true)), "a name alone");
        assert_eq!(told(&[rule("", &["salary"])], "/pay/sum", "any"), None);
    }

    #[test]
    fn check_digits_are_asked_for_and_weak_alone() {
        let number = OwnRule { check: Check::Luhn, ..rule("[0-9]{8}", &[]) };
        let all = (10_000_000..10_000_100).map(|n| told(std::slice::from_ref(&number), "x", &n.to_string()));
        let passed: Vec<_> = all.flatten().collect();
        assert_eq!(passed, [(0, false); 10], "every tenth number, and none for sure");
        let inside = OwnRule { within: true, check: Check::Luhn, ..rule("[0-9]{11}", &[]) };
        assert_eq!(told(&[inside], "x", "not 79927398710 but 79927398713"), Some((0, false)));
    }

    #[test]
    fn the_first_sure_class_wins() {
        let rules = [rule("[A-Z]+-[0-9]+", &["ref"]), rule("EMP-[0-9]+", &[])];
        assert_eq!(told(&rules, "x", "EMP-1"), Some((1, true)));
        assert_eq!(told(&rules, "ref", "EMP-1"), Some((0, true)));
        assert_eq!(told(&rules, "x", "CUS-1"), Some((0, false)));
    }

    #[test]
    fn long_values_have_no_form() {
        let digits = rule("[0-9]+", &[]);
        let long = "1".repeat(OWN_VALUE_BYTES_MAX + 1);
        assert_eq!(told(std::slice::from_ref(&digits), "x", &long), None);
        assert_eq!(told(&[digits], "x", &long[1..]), Some((0, true)));
        let within = OwnRule { within: true, ..rule("EMP-[0-9]{6}", &[]) };
        let at = |at: usize| format!("{}EMP-123456", " ".repeat(at));
        assert_eq!(told(std::slice::from_ref(&within), "x", &at(OWN_TEXT_BYTES_MAX - 10)), Some((0, true)));
        assert_eq!(told(&[within], "x", &at(OWN_TEXT_BYTES_MAX - 9)), None);
    }

    #[test]
    fn unfit_rules_say_why() {
        let why = |rule: OwnRule| match rule.check().unwrap_err() {
            Unfit::Pattern(text) | Unfit::Names(text) | Unfit::Rule(text) => text,
        };
        for (pattern, told) in [
            ("(", "unclosed group"),
            ("a)|(b", "unopened group"),
            ("a*", "matches the empty text"),
            ("[0-9]{100000}", "once compiled"),
            (r"(?<=a)b", "look-around"),
            (r"(a)\1", "backreferences"),
        ] {
            assert!(why(rule(pattern, &[])).contains(told), "{pattern}: {}", why(rule(pattern, &[])));
        }
        assert!(why(rule(&"a".repeat(OWN_PATTERN_BYTES_MAX + 1), &[])).contains("longer than"));
        let nested = format!("{}a{}", "(".repeat(80), ")".repeat(80));
        assert!(why(rule(&nested, &[])).contains("nest"), "{}", why(rule(&nested, &[])));
        assert!(why(OwnRule::default()).contains("neither a pattern nor names"));
        assert!(why(rule("a", &["-"])).contains("without a letter"));
        assert!(why(OwnRule { named: true, ..rule("a", &[]) }).contains("without names"));
        assert!(why(OwnRule { within: true, ..rule("", &["a"]) }).contains("without a pattern"));
        let many = vec![rule("a", &[]); OWN_CLASSES_MAX + 1];
        assert_eq!(OwnRules::new(&many).unwrap_err().0, OWN_CLASSES_MAX);
        let names: Vec<String> = (0..=OWN_NAMES_MAX).map(|n| n.to_string()).collect();
        assert!(why(OwnRule { names, ..OwnRule::default() }).contains("more than"));
    }
}
