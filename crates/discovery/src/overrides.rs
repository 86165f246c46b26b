//! What the operator says about paths, before any evidence: words that stay words, segments that are values, tails.
//!
//! In: [`Override`]s of the configuration. Out: [`Overrides`], or every problem with the number of the override that has
//! it. Kept: the rules, for the [router](crate::router).
//!
//! A template is read segment by segment: a word is that word and never a value; `{name}` is a value, whatever stands
//! there; `*` keeps every word that stands there apart; `{name}.json`, `@{name}` and the like are one value with text
//! around it; `{name+}` is one value that spans segments.

use std::fmt::Write as _;

use model::Id;
use model::limits::{ENDPOINT_OVERRIDES_MAX, SEGMENTS_MAX};

/// One override, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Override {
    /// The only service it is about, as the inventory names it; all of them when `None`.
    pub service: Option<String>,
    /// The only method it is about; all of them when `None`.
    pub method: Option<String>,
    /// Path template.
    pub template: String,
}

/// Rules that hold whatever the traffic says.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    rules: Vec<Rule>,
}

/// One override, understood.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    service: Option<Box<str>>,
    pub(crate) method: Option<Box<str>>,
    pub(crate) steps: Vec<Step>,
}

/// One segment of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// This word.
    Word(Box<str>),
    /// A value with text around it; how the inventory shows it.
    Inside { before: Box<str>, after: Box<str>, shown: Box<str> },
    /// Any word, each for itself.
    Each,
    /// A value.
    Value,
    /// A value that spans segments.
    Tail,
}

impl Overrides {
    /// Understands overrides. `word` gives a segment as observations name it, `None` for one that is a value wherever it
    /// stands. Each problem comes with the number of its override.
    pub fn new(given: &[Override], word: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<(usize, String)>> {
        let mut problems = Vec::new();
        let mut rules: Vec<(usize, Rule)> = Vec::new();
        for (number, one) in given.iter().enumerate() {
            if number >= ENDPOINT_OVERRIDES_MAX {
                problems.push((number, format!("more than {ENDPOINT_OVERRIDES_MAX} overrides; leave some out")));
                break;
            }
            match rule(one, &word) {
                Ok(rule) => match rules.iter().find_map(|(other, known)| Some((*other, clash(known, &rule)?))) {
                    Some((other, what)) => problems.push((number, what.replace("{}", &given_as(given, other)))),
                    None => rules.push((number, rule)),
                },
                Err(problem) => problems.push((number, problem)),
            }
        }
        let rules = rules.into_iter().map(|(_, rule)| rule).collect();
        if problems.is_empty() { Ok(Self { rules }) } else { Err(problems) }
    }

    /// Whether there is nothing to obey.
    pub(crate) const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Numbers of the rules about a service.
    pub(crate) fn of(&self, service: &str) -> Vec<u32> {
        let about = |rule: &Rule| rule.service.as_deref().is_none_or(|name| name == service);
        self.rules.iter().enumerate().filter(|(_, rule)| about(rule)).map(|(number, _)| number as u32).collect()
    }

    pub(crate) fn rule(&self, number: u32) -> Option<&Rule> {
        self.rules.get(number as usize)
    }

    /// Stands for what these rules say; 0 for none.
    pub(crate) fn digest(&self, numbers: &[u32]) -> u64 {
        let mut said: Vec<String> = numbers
            .iter()
            .filter_map(|n| self.rule(*n))
            .map(|rule| format!("{:?} {:?}", rule.method, rule.steps))
            .collect();
        said.sort_unstable();
        let parts: Vec<&[u8]> = said.iter().map(String::as_bytes).collect();
        if parts.is_empty() { 0 } else { Id::of("overrides", &parts).prefix() }
    }
}

fn given_as(given: &[Override], number: usize) -> String {
    given.get(number).map(|one| one.template.clone()).unwrap_or_default()
}

fn rule(given: &Override, word: &impl Fn(&str) -> Option<String>) -> Result<Rule, String> {
    let method = given.method.as_deref();
    if let Some(method) = method.filter(|m| m.is_empty() || !m.bytes().all(|b| b.is_ascii_graphic())) {
        return Err(format!("`{method}` is no method; write one as it is sent, such as \"GET\""));
    }
    if let Some(method) = method.filter(|m| m.bytes().any(|b| b.is_ascii_lowercase())) {
        return Err(format!("methods are compared as they are sent; write \"{}\"", method.to_ascii_uppercase()));
    }
    let Some(path) = given.template.strip_prefix('/') else {
        return Err(format!("a template begins with a slash; write \"/{}\"", given.template));
    };
    if let Some(at) = given.template.find(['?', '#']) {
        let path = given.template.get(..at).unwrap_or_default();
        return Err(format!("a template is a path without a query; write \"{path}\""));
    }
    let path = path.strip_suffix('/').unwrap_or(path);
    let segments = || path.split('/').filter(|_| !path.is_empty());
    if segments().any(|segment| matches!(segment, "" | "." | "..")) {
        return Err("empty segments, `.` and `..` are resolved before paths are compared; leave them out".to_owned());
    }
    if segments().count() > SEGMENTS_MAX {
        return Err(format!("more than {SEGMENTS_MAX} segments; no path is read further"));
    }
    let steps = segments().map(|segment| step(segment, word)).collect::<Result<Vec<_>, _>>()?;
    if steps.iter().filter(|step| **step == Step::Tail).count() > 1 {
        return Err("two values that span segments; where one ends could not be told: leave one `+` out".to_owned());
    }
    Ok(Rule { service: given.service.as_deref().map(Into::into), method: method.map(Into::into), steps })
}

fn step(segment: &str, word: &impl Fn(&str) -> Option<String>) -> Result<Step, String> {
    if segment == "*" {
        return Ok(Step::Each);
    }
    let Some((before, rest)) = segment.split_once('{') else {
        if segment.contains('}') {
            return Err(format!("`{segment}` has a brace that is not opened; write `%7D` for the character itself"));
        }
        let text = percent_encoding::percent_decode_str(segment).decode_utf8_lossy();
        return word(&text).map(|word| Step::Word(word.into())).ok_or_else(|| {
            format!(
                "`{segment}` is a value wherever it stands, only words can be told apart from values; write `{{id}}`"
            )
        });
    };
    let Some((name, after)) = rest.split_once('}') else {
        return Err(format!("`{segment}` has a brace that is not closed; write `%7B` for the character itself"));
    };
    if after.contains(['{', '}']) || name.contains('{') || before.contains('}') {
        return Err(format!("`{segment}` holds more than one value; write one `{{name}}` for all of them"));
    }
    if name.is_empty() {
        return Err(format!("the value in `{segment}` has no name; write `{{id}}`"));
    }
    if name.ends_with(['+', '*']) {
        return match (before, after) {
            ("", "") => Ok(Step::Tail),
            _ => Err(format!(
                "a value that spans segments is a segment of its own; write `{{{name}}}` without text around it"
            )),
        };
    }
    if before.is_empty() && after.is_empty() {
        return Ok(Step::Value);
    }
    let mut shown = String::new();
    let _infallible = write!(shown, "{before}{{str}}{after}");
    Ok(Step::Inside { before: before.into(), after: after.into(), shown: shown.into() })
}

/// Why two rules cannot both hold; `{}` stands for the first.
fn clash(a: &Rule, b: &Rule) -> Option<String> {
    fn meet<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
        a.is_none() || b.is_none() || a == b
    }
    if !meet(a.service.as_ref(), b.service.as_ref()) || !meet(a.method.as_ref(), b.method.as_ref()) {
        return None;
    }
    if a.steps == b.steps {
        return Some("says what `{}` says already; leave one of them out".to_owned());
    }
    let (x, y) = a.steps.iter().zip(&b.steps).find(|(x, y)| x != y)?;
    let contradict = match (x, y) {
        (Step::Each, Step::Value) | (Step::Value, Step::Each) => "makes values of words that the other keeps apart",
        (Step::Tail, Step::Value | Step::Each) | (Step::Value | Step::Each, Step::Tail) => {
            "ends a segment that goes on in the other"
        }
        _ => return None,
    };
    Some(format!("contradicts `{{}}`: one of them {contradict}; leave one of them out"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(templates: &[&str]) -> Result<Overrides, Vec<(usize, String)>> {
        let given: Vec<_> =
            templates.iter().map(|text| Override { template: (*text).to_owned(), ..Override::default() }).collect();
        Overrides::new(&given, |text| (!text.bytes().all(|b| b.is_ascii_digit())).then(|| text.to_owned()))
    }

    #[test]
    fn templates_are_understood() {
        let rules = of(&["/users/me", "/users/{id}", "/a/*/b", "/f/{path+}", "/x/{id}.json", "/", "/a%7Bb/"]).unwrap();
        let steps: Vec<_> = rules.rules.iter().map(|rule| rule.steps.len()).collect();
        assert_eq!(steps, [2, 2, 3, 2, 2, 0, 1]);
        assert_eq!(rules.rules[6].steps, [Step::Word("a{b".into())]);
        assert_eq!((rules.digest(&[]), rules.digest(&[0]) != rules.digest(&[1])), (0, true));
    }

    #[test]
    fn what_cannot_be_meant_is_told_with_its_cure() {
        for (templates, told) in [
            (&["users"][..], "write \"/users\""),
            (&["/users?x=1"], "write \"/users\""),
            (&["/users//me"], "leave them out"),
            (&["/users/42"], "write `{id}`"),
            (&["/users/{id"], "not closed"),
            (&["/users/id}"], "not opened"),
            (&["/users/{}"], "has no name"),
            (&["/users/{a}{b}"], "more than one value"),
            (&["/f/{p+}.txt"], "segment of its own"),
            (&["/f/{p+}/{q+}"], "leave one `+` out"),
            (&["/users/me", "/users/me/"], "says what `/users/me` says already"),
            (&["/users/{id}", "/users/{name}"], "says what"),
            (&["/users/{id}", "/users/*"], "contradicts `/users/{id}`"),
            (&["/f/{p+}", "/f/{id}/x"], "contradicts `/f/{p+}`"),
        ] {
            let problems = of(templates).unwrap_err();
            assert!(problems.len() == 1 && problems[0].1.contains(told), "{templates:?}: {problems:?}");
            assert_eq!(problems[0].0, templates.len() - 1);
        }
        assert!(of(&["/users/me", "/users/{id}", "/users/{id}/orders", "/f/{p+}", "/f/trash"]).is_ok());
    }

    #[test]
    fn rules_of_other_services_and_methods_do_not_meet() {
        let one = |service: &str, method: &str, template: &str| Override {
            service: Some(service.to_owned()),
            method: Some(method.to_owned()),
            template: template.to_owned(),
        };
        let word = |text: &str| Some(text.to_owned());
        let rules =
            Overrides::new(&[one("a", "GET", "/x/*"), one("a", "PUT", "/x/{id}"), one("b", "GET", "/x/{id}")], word);
        let rules = rules.unwrap();
        assert_eq!((rules.of("a"), rules.of("b"), rules.of("c")), (vec![0, 1], vec![2], vec![]));
        assert!(Overrides::new(&[one("a", "get", "/x")], word).unwrap_err()[0].1.contains("write \"GET\""));
    }
}
