//! The table of rules that tell payloads of attacks: names, classes, weights and patterns, from one data file.
//!
//! In: `payload/rules.txt`. Out: [`rules`], made once. Who matches them is the reader of values; who names them, the monitors.

use std::sync::LazyLock;

use crate::signal::PayloadClass;

/// How much one match says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Stands in a sentence: people write about payloads. It says nothing unless an answer shows success.
    Mention,
    /// Several of them are a finding.
    Weak,
    /// One is a finding where such values are not usual.
    Strong,
    /// One is a finding.
    Certain,
    /// Stands in an answer.
    Proof,
}

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its stable name.
    pub name: &'static str,
    /// What it wants.
    pub class: PayloadClass,
    /// How much it says.
    pub weight: Weight,
    /// A pattern over bytes, or `@` and the word of a judge in code.
    pub pattern: &'static str,
}

static RULES: LazyLock<Vec<Rule>> =
    LazyLock::new(|| include_str!("payload/rules.txt").lines().filter_map(rule).collect());

/// Every rule; its place is its number in signals.
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// The rule of that number.
pub fn by_number(number: u64) -> Option<&'static Rule> {
    rules().get(usize::try_from(number).ok()?)
}

fn rule(line: &'static str) -> Option<Rule> {
    let mut rest = line.trim();
    let mut word = || {
        let (word, tail) = rest.split_once(char::is_whitespace)?;
        rest = tail.trim_start();
        Some(word)
    };
    let (name, class, weight) = (word()?, PayloadClass::from_name(word()?)?, weight(word()?)?);
    (!name.starts_with('#')).then_some(Rule { name, class, weight, pattern: rest })
}

fn weight(word: &str) -> Option<Weight> {
    match word {
        "mention" => Some(Weight::Mention),
        "weak" => Some(Weight::Weak),
        "strong" => Some(Weight::Strong),
        "certain" => Some(Weight::Certain),
        "proof" => Some(Weight::Proof),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_line_is_a_rule_and_every_class_has_one() {
        let lines = include_str!("payload/rules.txt").lines();
        assert_eq!(rules().len(), lines.filter(|line| !line.is_empty() && !line.starts_with('#')).count());
        let names: BTreeSet<&str> = rules().iter().map(|rule| rule.name).collect();
        assert_eq!(names.len(), rules().len());
        let classes: BTreeSet<PayloadClass> = rules().iter().map(|rule| rule.class).collect();
        assert_eq!(classes.len(), PayloadClass::ALL.len());
    }
}
