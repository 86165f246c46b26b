//! Reads a configuration file and finds all its problems at once, each with its place.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::data_classes::{self, DataClasses};
use super::endpoints::{self, Endpoints};
use super::keys::{Accepts, KEYS, Key};
use crate::screens::text::inert;
use crate::suggest::nearest;

/// The list of what is said about paths.
const ENDPOINT: &str = "endpoint";
/// The list of own classes of data.
const DATA_CLASS: &str = "data_class";

/// One problem of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    span: Range<usize>,
    message: String,
}

/// Values by place in [`KEYS`], and every problem in order of place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Read {
    /// Valid values: place of the key, value in its one form, line.
    pub values: Vec<(usize, String, usize)>,
    /// What it says about paths.
    pub endpoints: Endpoints,
    /// Own classes of data.
    pub classes: DataClasses,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// Reads TOML text.
pub(crate) fn read(text: &str) -> Read {
    let mut out = Read::default();
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        out.problems.push(Problem { span, message: error.message().to_owned() });
    }
    // After a syntax error the tree holds guesses: judging its keys would accuse what was not written.
    if out.problems.is_empty() {
        for (section, value) in root.get_ref() {
            self::section(&mut out, text, section, value);
        }
    }
    out.problems.sort_by_key(|problem| problem.span.start);
    out.values.sort();
    out
}

fn section(out: &mut Read, text: &str, name: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
    let known = sections();
    let given = name.get_ref().as_ref();
    let line = |at| place(text, at).0;
    let problems = &mut out.problems;
    let problem = |span, message| problems.push(Problem { span, message });
    match given {
        ENDPOINT => {
            out.endpoints = endpoints::read(value, line, problem);
            return;
        }
        DATA_CLASS => {
            out.classes = data_classes::read(value, line, problem);
            return;
        }
        _ => {}
    }
    if !known.contains(&given) {
        let own = KEYS.iter().find(|key| key.name.ends_with(&format!(".{given}")));
        let hint = match (own, nearest(given, known.iter().copied())) {
            (Some(key), _) => format!("; it belongs into [{}]", key.name.split('.').next().unwrap_or_default()),
            (None, Some(near)) => format!("; did you mean [{near}]?"),
            (None, None) => format!("; known are {}", known.join(", ")),
        };
        let what = if value.get_ref().is_table() { "section" } else { "key" };
        out.problems.push(Problem { span: name.span(), message: format!("unknown {what} `{}`{hint}", inert(given)) });
        return;
    }
    let Some(table) = value.get_ref().as_table() else {
        out.problems.push(Problem { span: value.span(), message: format!("expected a section [{given}]") });
        return;
    };
    for (key, value) in table {
        let full = format!("{given}.{}", key.get_ref());
        match KEYS.iter().position(|known| known.name == full) {
            None => out.problems.push(Problem { span: key.span(), message: unknown_key(given, key.get_ref()) }),
            Some(at) => {
                let known = KEYS.get(at);
                match known.map(|known| checked(known, value)) {
                    Some(Ok(valid)) => out.values.push((at, valid, place(text, key.span().start).0)),
                    Some(Err(message)) => {
                        out.problems.push(Problem { span: value.span(), message: format!("`{full}`: {message}") });
                    }
                    None => {}
                }
            }
        }
    }
}

fn unknown_key(section: &str, given: &str) -> String {
    let prefix = format!("{section}.");
    let known: Vec<&str> = KEYS.iter().filter_map(|key| key.name.strip_prefix(&prefix)).collect();
    let elsewhere = KEYS.iter().find(|key| key.name.split_once('.').is_some_and(|(_, name)| name == given));
    let hint = match (nearest(given, known.iter().copied()), elsewhere) {
        (Some(near), _) => format!("; did you mean `{near}`?"),
        (None, Some(key)) => format!("; did you mean `{}`?", key.name),
        (None, None) => format!("; [{section}] has {}", known.join(", ")),
    };
    format!("unknown key `{section}.{}`{hint}", inert(given))
}

/// Known sections, in order.
fn sections() -> Vec<&'static str> {
    let mut sections: Vec<&str> =
        KEYS.iter().filter_map(|key| key.name.split_once('.')).map(|(section, _)| section).collect();
    sections.dedup();
    sections.extend([ENDPOINT, DATA_CLASS]);
    sections
}

/// The value in its one form, when its type and content are right.
fn checked(key: &Key, value: &Spanned<DeValue<'_>>) -> Result<String, String> {
    let wrong = |wanted: &str| Err(format!("expected {wanted}, found {}", value.get_ref().type_str()));
    match (key.accepts, value.get_ref()) {
        (Accepts::Whole(..), DeValue::Integer(n)) => {
            let n = u64::from_str_radix(&n.as_str().replace('_', ""), n.radix());
            key.checked(&n.map_or_else(|_| "-".to_owned(), |n| n.to_string()))
        }
        (Accepts::Whole(..), _) => wrong("a whole number"),
        (Accepts::Switch, DeValue::Boolean(on)) => key.checked(if *on { "true" } else { "false" }),
        (Accepts::Switch, _) => wrong("true or false"),
        (Accepts::Networks, DeValue::Array(list)) => {
            let texts: Option<Vec<&str>> = list.iter().map(|item| item.get_ref().as_str()).collect();
            texts.map_or_else(|| wrong("a list of texts in quotes"), |texts| key.checked(&texts.join(", ")))
        }
        (Accepts::Networks, DeValue::String(text)) => key.checked(text),
        (Accepts::Networks, _) => wrong("a list such as [\"10.0.0.0/8\"]"),
        (_, DeValue::String(text)) => key.checked(text),
        (_, _) => wrong("a text in quotes"),
    }
}

/// Line and column of a byte, both from 1, and the line itself.
fn place(text: &str, at: usize) -> (usize, usize, &str) {
    let at = (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let before = text.get(..at).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    let column = before.get(start..).unwrap_or_default().chars().count();
    (before.matches('\n').count() + 1, column + 1, line)
}

/// A problem with file, line, column, the line itself and a caret.
pub(crate) fn shown(problem: &Problem, path: &Path, text: &str) -> String {
    let (line, column, source) = place(text, problem.span.start);
    let long = text.get(problem.span.clone()).map_or(1, |part| part.lines().next().unwrap_or_default().chars().count());
    let source = inert(&source.replace('\t', " "));
    let room = source.chars().count().saturating_sub(column - 1).max(1);
    let number = line.to_string();
    let (margin, carets) = (" ".repeat(number.len()), "^".repeat(long.clamp(1, room)));
    let place = format!("{}:{line}:{column}", path.display());
    let message = inert(&problem.message);
    format!("{place}: {message}\n  {number} | {source}\n  {margin} | {}{carets}\n", " ".repeat(column - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        read(text).problems.iter().map(|problem| shown(problem, Path::new("a.toml"), text)).collect()
    }

    #[test]
    fn all_problems_are_told_at_once_with_their_place() {
        let text = "[capture]\nfliter = \"tcp\"\nring_mib = 0\npromiscuous = 1\n\n[memmory]\nmax = \"1GiB\"\n";
        assert_eq!(
            problems(text),
            [
                "a.toml:2:1: unknown key `capture.fliter`; did you mean `filter`?\n  2 | fliter = \"tcp\"\n    | ^^^^^^\n",
                "a.toml:3:12: `capture.ring_mib`: expected a whole number from 1 to 2047\n  3 | ring_mib = 0\n    |            ^\n",
                "a.toml:4:15: `capture.promiscuous`: expected true or false, found integer\n  4 | promiscuous = 1\n    |               ^\n",
                "a.toml:6:2: unknown section `memmory`; did you mean [memory]?\n  6 | [memmory]\n    |  ^^^^^^^\n",
            ]
        );
    }

    #[test]
    fn broken_syntax_is_told_with_its_place() {
        let problems = problems("[capture]\nfilter = \n");
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("a.toml:2:"), "{}", problems[0]);
    }

    #[test]
    fn misplaced_keys_lead_to_their_section() {
        assert!(problems("filter = \"tcp\"\n")[0].contains("it belongs into [capture]"));
        assert!(problems("[state]\nshards = 2\n")[0].contains("did you mean `pipeline.shards`?"));
    }

    #[test]
    fn valid_values_are_read_in_their_one_form() {
        let read = read("[pipeline]\nshards = 0x4\ncheckpoint = \"90s\"\n[capture]\nkey_by_tenant = true\n");
        assert!(read.problems.is_empty());
        let named: Vec<_> =
            read.values.iter().map(|(at, value, line)| (KEYS[*at].name, value.as_str(), *line)).collect();
        assert_eq!(
            named,
            [("capture.key_by_tenant", "true", 5), ("pipeline.shards", "4", 2), ("pipeline.checkpoint", "90s", 3)]
        );
    }

    #[test]
    fn hostile_files_do_not_panic_or_steer() {
        for text in [
            "\u{1b}[2J = 1",
            "[a]\n\"\u{202e}\" = 1",
            "\u{feff}[x",
            "[[capture]]\n",
            "a.b.c = {",
            "\r\r\n[\"\\u001b\"]\n",
        ] {
            for problem in problems(text) {
                assert!(!problem.replace('\n', "").chars().any(crate::screens::text::steers), "{problem:?}");
            }
        }
    }
}
