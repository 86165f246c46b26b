//! `[[endpoint]]`: what the operator says about paths.
//!
//! In: the tables of the file. Out: [`Override`]s with their lines, or problems with their places.

use std::ops::Range;

use discovery::{Override, Overrides};
use toml::Spanned;
use toml::de::DeValue;

use crate::screens::text::inert;
use crate::suggest::nearest;

/// Keys of an entry, each with what it says.
const KEYS: [(&str, &str); 3] = [
    ("template", "the path: words stay words; {name} is a value; * keeps words apart; {name+} spans segments"),
    ("service", "the only service it is about, as `inventory list` shows it; all of them when left out"),
    ("method", "the only method it is about; all of them when left out"),
];

/// What the file says about paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Endpoints {
    /// Entries with the lines they begin in.
    pub given: Vec<(Override, usize)>,
    /// The same as the router takes it.
    pub overrides: Overrides,
}

/// Reads `[[endpoint]]`; problems are added to `problem` with their places.
pub(super) fn read(
    value: &Spanned<DeValue<'_>>,
    line: impl Fn(usize) -> usize,
    mut problem: impl FnMut(Range<usize>, String),
) -> Endpoints {
    let Some(entries) = value.get_ref().as_array() else {
        problem(value.span(), "`endpoint` is a list; begin each entry with [[endpoint]]".to_owned());
        return Endpoints::default();
    };
    let (mut given, mut spans) = (Vec::new(), Vec::new());
    for entry in entries {
        if let Some((one, span)) = self::entry(entry, &mut problem) {
            given.push((one, line(entry.span().start)));
            spans.push(span);
        }
    }
    let plain: Vec<Override> = given.iter().map(|(one, _)| one.clone()).collect();
    match Overrides::new(&plain, inspect::path_word) {
        Ok(overrides) => Endpoints { given, overrides },
        Err(problems) => {
            for (number, message) in problems {
                let span = spans.get(number).cloned().unwrap_or_default();
                problem(span, format!("`endpoint.template`: {message}"));
            }
            Endpoints::default()
        }
    }
}

/// One entry and the place of its template; `None` when something is wrong with it.
fn entry(
    entry: &Spanned<DeValue<'_>>,
    problem: &mut impl FnMut(Range<usize>, String),
) -> Option<(Override, Range<usize>)> {
    let Some(table) = entry.get_ref().as_table() else {
        problem(entry.span(), "`endpoint` is a list; begin each entry with [[endpoint]]".to_owned());
        return None;
    };
    let (mut one, mut place, mut sound) = (Override::default(), None, true);
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        if !KEYS.iter().any(|(known, _)| *known == name) {
            let hint = nearest(name, KEYS.iter().map(|(known, _)| *known)).map_or_else(
                || "; an entry has template, service and method".to_owned(),
                |near| format!("; did you mean `endpoint.{near}`?"),
            );
            problem(key.span(), format!("unknown key `endpoint.{}`{hint}", inert(name)));
            sound = false;
            continue;
        }
        let Some(text) = value.get_ref().as_str() else {
            let found = value.get_ref().type_str();
            problem(value.span(), format!("`endpoint.{name}`: expected a text in quotes, found {found}"));
            sound = false;
            continue;
        };
        match name {
            "service" => one.service = Some(text.to_owned()),
            "method" => one.method = Some(text.to_owned()),
            _ => (one.template, place) = (text.to_owned(), Some(value.span())),
        }
    }
    if place.is_none() && sound {
        problem(entry.span(), "an endpoint without a template; add template = \"/path\"".to_owned());
    }
    place.filter(|_| sound).map(|place| (one, place))
}

/// The entries as a file has them; an example in comments when there are none.
pub(super) fn shown(endpoints: &Endpoints) -> String {
    let mut out =
        String::from("\n# What is known about paths better than traffic can tell; it holds whatever is seen.\n");
    for (key, doc) in KEYS {
        out.extend([format!("# {key}: {doc}.\n")]);
    }
    if endpoints.given.is_empty() {
        out.push_str("# [[endpoint]]\n# template = \"/users/me\"\n");
    }
    for (one, line) in &endpoints.given {
        out.extend([format!("[[endpoint]]  # line {line}\n")]);
        let texts =
            [("template", Some(&one.template)), ("service", one.service.as_ref()), ("method", one.method.as_ref())];
        for (key, text) in texts {
            if let Some(text) = text {
                out.extend([format!("{key} = {}\n", inert(&toml::Value::from(text.as_str()).to_string()))]);
            }
        }
    }
    out
}

/// Everything that results depend on, as text.
pub(super) fn digested(endpoints: &Endpoints) -> Vec<String> {
    let said = |(one, _): &(Override, usize)| format!("{:?} {:?} {}", one.service, one.method, one.template);
    let mut said: Vec<_> = endpoints.given.iter().map(said).collect();
    said.sort_unstable();
    said
}

#[cfg(test)]
mod tests {
    use discovery::audit::Documents;

    use crate::config::Settings;

    fn settings(text: &str) -> Result<Settings, String> {
        Settings::of(Some("a.toml".into()), text, |_| None, &[]).map_err(|refused| refused.problems)
    }

    #[test]
    fn entries_are_read_shown_and_digested() {
        let text =
            "[[endpoint]]\ntemplate = \"/users/me\"\n[[endpoint]]\ntemplate = \"/users/{id}\"\nmethod = \"GET\"\n";
        let one = settings(text).unwrap();
        assert_eq!(one.endpoints.given.len(), 2);
        let shown = crate::config::show::text(&one);
        assert!(shown.ends_with(
            "[[endpoint]]  # line 1\ntemplate = \"/users/me\"\n[[endpoint]]  # line 3\ntemplate = \"/users/{id}\"\nmethod = \"GET\"\n"
        ));
        let again = settings(&shown).unwrap();
        assert_eq!(again.digest(&Documents::default()), one.digest(&Documents::default()));
        assert_ne!(one.digest(&Documents::default()), settings("").unwrap().digest(&Documents::default()));
        assert!(crate::config::show::text(&settings("").unwrap()).ends_with("# template = \"/users/me\"\n"));
    }

    #[test]
    fn what_is_wrong_is_told_with_line_and_cure() {
        for (text, told) in [
            ("[endpoint]\ntemplate = \"/a\"\n", "a.toml:1:1: `endpoint` is a list; begin each entry with [[endpoint]]"),
            (
                "[[endpoint]]\ntemplat = \"/a\"\n",
                "a.toml:2:1: unknown key `endpoint.templat`; did you mean `endpoint.template`?",
            ),
            ("[[endpoint]]\nmethod = \"GET\"\n", "an endpoint without a template; add template = \"/path\""),
            (
                "[[endpoint]]\ntemplate = 7\n",
                "a.toml:2:12: `endpoint.template`: expected a text in quotes, found integer",
            ),
            (
                "[[endpoint]]\ntemplate = \"/users/42\"\n",
                "a.toml:2:12: `endpoint.template`: `42` is a value wherever it stands",
            ),
            (
                "[[endpoint]]\ntemplate = \"/a/{b}\"\n[[endpoint]]\ntemplate = \"/a/*\"\n",
                "a.toml:4:12: `endpoint.template`: contradicts `/a/{b}`",
            ),
            ("[[endpiont]]\n", "did you mean [endpoint]?"),
        ] {
            let problems = settings(text).unwrap_err();
            assert!(problems.contains(told), "{text}: {problems}");
        }
    }
}
