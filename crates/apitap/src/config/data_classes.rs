//! `[[data_class]]`: classes of data that only the operator knows.
//!
//! In: the tables of the file. Out: rules for the shards, names for the catalog, or problems with their places.

use std::ops::Range;

use inspect::{Check, OwnRule, OwnRules, Unfit};
use model::{ClassTable, DataClass, OwnClass, Severity};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::screens::text::inert;
use crate::suggest::nearest;

/// Keys of an entry, each with what it says.
const KEYS: [(&str, &str); 8] = [
    ("name", "what it is called; small letters, digits, - and _, beginning with a letter; needed"),
    ("pattern", "regular expression that the whole value must match; RE2 syntax, over bytes, \\d and \\w are ASCII"),
    (
        "names",
        "fields, parameters, headers or cookies so named; employeeNo is employee_no; a JSON pointer when it begins with /",
    ),
    (
        "named",
        "true: only under one of these names; otherwise a name makes sure what several values must show without one",
    ),
    ("within", "true: the pattern may stand anywhere in a text"),
    ("check", "check digits of what matches: none, luhn, mod97, mod11 or verhoeff"),
    ("severity", "of a finding that strangers get it: low, medium or high"),
    ("category", "the short word in tables, which several classes may share; the name when left out"),
];

/// Severities that a class may have, by their words.
const SEVERITIES: [Severity; 3] = [Severity::Low, Severity::Medium, Severity::High];
/// Bytes of a name or category.
const WORD_BYTES_MAX: usize = 32;
/// An example that stands in comments when there are no classes.
const EXAMPLE: &str = "# [[data_class]]\n# name = \"employee-number\"\n# pattern = \"EMP-[0-9]{6}\"\n# names = [\"employeeNo\", \"staff_id\"]\n";

/// What the file says about classes of data.
#[derive(Clone, Debug, Default)]
pub(crate) struct DataClasses {
    /// Entries with the lines they begin in.
    pub given: Vec<(Entry, usize)>,
    /// The same as the shards take it.
    pub rules: OwnRules,
    /// The same as the catalog takes it.
    pub table: ClassTable,
}

/// One entry.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    class: OwnClass,
    rule: OwnRule,
}

/// Places of what may be wrong with an entry.
struct Places {
    whole: Range<usize>,
    name: Range<usize>,
    pattern: Option<Range<usize>>,
    names: Option<Range<usize>>,
}

/// Adds a problem with its place.
type Problem<'a> = dyn FnMut(Range<usize>, String) + 'a;

/// Reads `[[data_class]]`; problems are added to `problem` with their places.
pub(super) fn read(
    value: &Spanned<DeValue<'_>>,
    line: impl Fn(usize) -> usize,
    mut problem: impl FnMut(Range<usize>, String),
) -> DataClasses {
    let Some(entries) = value.get_ref().as_array() else {
        problem(value.span(), "`data_class` is a list; begin each entry with [[data_class]]".to_owned());
        return DataClasses::default();
    };
    let (mut given, mut places): (Vec<(Entry, usize)>, Vec<Places>) = (Vec::new(), Vec::new());
    for entry in entries {
        let Some((one, place)) = self::entry(entry, &mut problem) else { continue };
        if given.iter().any(|(known, _)| known.class.name == one.class.name) {
            problem(place.name, format!("`data_class.name`: there are two classes {}", one.class.name));
            continue;
        }
        given.push((one, line(entry.span().start)));
        places.push(place);
    }
    let rules: Vec<OwnRule> = given.iter().map(|(one, _)| one.rule.clone()).collect();
    match OwnRules::new(&rules) {
        Ok(rules) => {
            let table = ClassTable::new(given.iter().map(|(one, _)| one.class.clone()).collect());
            DataClasses { given, rules, table }
        }
        Err((index, unfit)) => {
            if let Some(place) = places.get(index) {
                place.tell(unfit, &mut problem);
            }
            DataClasses::default()
        }
    }
}

impl Places {
    fn tell(&self, unfit: Unfit, problem: &mut Problem<'_>) {
        let (place, message) = match unfit {
            Unfit::Pattern(text) => (self.pattern.as_ref(), format!("`data_class.pattern`: {text}")),
            Unfit::Names(text) => (self.names.as_ref(), format!("`data_class.names`: {text}")),
            Unfit::Rule(text) => (None, format!("`data_class`: {text}")),
        };
        problem(place.unwrap_or(&self.whole).clone(), message);
    }
}

/// One entry and its places; `None` when something is wrong with it.
fn entry(entry: &Spanned<DeValue<'_>>, problem: &mut Problem<'_>) -> Option<(Entry, Places)> {
    let Some(table) = entry.get_ref().as_table() else {
        problem(entry.span(), "`data_class` is a list; begin each entry with [[data_class]]".to_owned());
        return None;
    };
    let mut sound = true;
    let mut wrong = |span: Range<usize>, message: String| {
        problem(span, message);
        sound = false;
    };
    keys(table, &mut wrong);
    let taken = |key: &str| table.iter().find(|(name, _)| name.get_ref().as_ref() == key).map(|(_, value)| value);
    let place = |value: Option<&Spanned<DeValue<'_>>>| value.map(Spanned::span);
    let (name, pattern, names) = (taken("name"), taken("pattern"), taken("names"));
    if name.is_none() {
        wrong(entry.span(), "a data class without a name; add name = \"employee-number\"".to_owned());
    }
    let rule = OwnRule {
        pattern: pattern.and_then(|value| text("pattern", value, &mut wrong)),
        names: names.map(|value| list("names", value, &mut wrong)).unwrap_or_default(),
        named: taken("named").is_some_and(|value| switch("named", value, &mut wrong)),
        within: taken("within").is_some_and(|value| switch("within", value, &mut wrong)),
        check: taken("check").and_then(|value| choice("check", value, &Check::ALL, &mut wrong)).unwrap_or_default(),
    };
    let severities = SEVERITIES.map(|severity| (severity.as_str(), severity));
    let severity = taken("severity").and_then(|value| choice("severity", value, &severities, &mut wrong));
    let written = name.and_then(|value| word("name", value, &mut wrong)).unwrap_or_default();
    if let (Some(span), true) = (place(name), DataClass::ALL.iter().any(|class| is_known(*class, &written))) {
        wrong(span, format!("`data_class.name`: {written} is built in; choose another name"));
    }
    let category = taken("category").and_then(|value| word("category", value, &mut wrong));
    let class = OwnClass {
        category: category.unwrap_or_else(|| written.clone()).into(),
        name: written.into(),
        severity: severity.unwrap_or(Severity::Medium),
    };
    let places = Places {
        whole: entry.span(),
        name: place(name).unwrap_or_default(),
        pattern: place(pattern),
        names: place(names),
    };
    if sound && let Err(unfit) = rule.check() {
        places.tell(unfit, problem);
        return None;
    }
    sound.then_some((Entry { class, rule }, places))
}

fn is_known(class: DataClass, name: &str) -> bool {
    class.as_str() == name || class.word() == name
}

fn keys(table: &DeTable<'_>, wrong: &mut Problem<'_>) {
    for key in table.keys() {
        let name = key.get_ref().as_ref();
        if !KEYS.iter().any(|(known, _)| *known == name) {
            let known = || KEYS.iter().map(|(known, _)| *known);
            let hint = nearest(name, known()).map_or_else(
                || format!("; an entry has {}", known().collect::<Vec<_>>().join(", ")),
                |near| format!("; did you mean `data_class.{near}`?"),
            );
            wrong(key.span(), format!("unknown key `data_class.{}`{hint}", inert(name)));
        }
    }
}

fn text(key: &str, value: &Spanned<DeValue<'_>>, wrong: &mut Problem<'_>) -> Option<String> {
    let text = value.get_ref().as_str().map(str::to_owned);
    if text.is_none() {
        let found = value.get_ref().type_str();
        wrong(value.span(), format!("`data_class.{key}`: expected a text in quotes, found {found}"));
    }
    text
}

fn switch(key: &str, value: &Spanned<DeValue<'_>>, wrong: &mut Problem<'_>) -> bool {
    value.get_ref().as_bool().unwrap_or_else(|| {
        let found = value.get_ref().type_str();
        wrong(value.span(), format!("`data_class.{key}`: expected true or false, found {found}"));
        false
    })
}

fn list(key: &str, value: &Spanned<DeValue<'_>>, wrong: &mut Problem<'_>) -> Vec<String> {
    let Some(items) = value.get_ref().as_array() else {
        let found = value.get_ref().type_str();
        wrong(value.span(), format!("`data_class.{key}`: expected a list such as [\"employeeNo\"], found {found}"));
        return Vec::new();
    };
    items.iter().filter_map(|item| text(key, item, wrong)).collect()
}

fn choice<T: Copy>(
    key: &str,
    value: &Spanned<DeValue<'_>>,
    known: &[(&'static str, T)],
    wrong: &mut Problem<'_>,
) -> Option<T> {
    let given = text(key, value, wrong)?;
    let found = known.iter().find(|(name, _)| *name == given).map(|(_, value)| *value);
    if found.is_none() {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let near = nearest(&given, names.iter().copied()).map(|near| format!("; did you mean \"{near}\"?"));
        let told = format!("`data_class.{key}`: expected one of {}{}", names.join(", "), near.unwrap_or_default());
        wrong(value.span(), told);
    }
    found
}

/// A name or category.
fn word(key: &str, value: &Spanned<DeValue<'_>>, wrong: &mut Problem<'_>) -> Option<String> {
    let given = text(key, value, wrong)?;
    if is_word(&given) {
        return Some(given);
    }
    let told = format!(
        "`data_class.{key}`: expected small letters, digits, - and _, beginning with a letter, {WORD_BYTES_MAX} at most"
    );
    wrong(value.span(), told);
    None
}

/// Whether a class can be called so.
pub(crate) fn is_word(text: &str) -> bool {
    text.len() <= WORD_BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
}

/// The entries as a file has them; an example in comments when there are none.
pub(super) fn shown(classes: &DataClasses) -> String {
    let mut out = String::from(
        "\n# Classes of data beside those built in. A field shows one when most of its values do, as with those.\n",
    );
    for (key, doc) in KEYS {
        out.extend([format!("# {key}: {doc}.\n")]);
    }
    if classes.given.is_empty() {
        out.push_str(EXAMPLE);
    }
    for (Entry { class, rule }, line) in &classes.given {
        out.extend([format!("[[data_class]]  # line {line}\n")]);
        let mut say = |key: &str, value: toml::Value| out.extend([format!("{key} = {}\n", inert(&value.to_string()))]);
        say("name", (&*class.name).into());
        if let Some(pattern) = &rule.pattern {
            say("pattern", pattern.as_str().into());
        }
        if !rule.names.is_empty() {
            say("names", rule.names.clone().into());
        }
        say("named", rule.named.into());
        say("within", rule.within.into());
        say("check", rule.check.as_str().into());
        say("severity", class.severity.as_str().into());
        say("category", (&*class.category).into());
    }
    out
}

/// Everything that results depend on, as text; order counts, for the first of two classes wins.
pub(super) fn digested(classes: &DataClasses) -> Vec<String> {
    classes.given.iter().map(|(Entry { class, rule }, _)| format!("{class:?} {rule:?}")).collect()
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;

    fn settings(text: &str) -> Result<Settings, String> {
        Settings::of(Some("a.toml".into()), text, |_| None, &[]).map_err(|refused| refused.problems)
    }

    const STAFF: &str = "[[data_class]]\nname = \"employee-number\"\npattern = 'EMP-\\d{6}'\nnames = [\"employeeNo\"]\n\
                         check = \"luhn\"\nseverity = \"high\"\ncategory = \"hr\"\n";

    #[test]
    fn entries_are_read_shown_and_digested() {
        let one = settings(STAFF).unwrap();
        let own = &one.classes.table.own()[0];
        assert_eq!((&*own.name, &*own.category, own.severity), ("employee-number", "hr", model::Severity::High));
        assert!(!one.classes.rules.is_empty());
        let shown = crate::config::show::text(&one);
        assert!(shown.contains("[[data_class]]  # line 1\nname = \"employee-number\"\n"), "{shown}");
        let again = settings(&shown).unwrap();
        let no_documents = discovery::audit::Documents::default();
        assert_eq!(again.digest(&no_documents), one.digest(&no_documents));
        let none = settings("").unwrap();
        assert!(none.classes.rules.is_empty() && crate::config::show::text(&none).contains(super::EXAMPLE));
        for other in ["", &STAFF.replace("\\d", "[0-9]"), &STAFF.replace("high", "low"), &STAFF.replace("luhn", "none")]
        {
            assert_ne!(settings(other).unwrap().digest(&no_documents), one.digest(&no_documents), "{other}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_line_and_cure() {
        let with = |line: &str| format!("[[data_class]]\nname = \"staff\"\n{line}\n");
        for (text, told) in [
            ("[data_class]\nname = \"a\"\n".to_owned(), "a.toml:1:1: `data_class` is a list"),
            ("[[data_class]]\npattern = \"a\"\n".to_owned(), "a data class without a name"),
            (with("patern = \"a\""), "a.toml:3:1: unknown key `data_class.patern`; did you mean `data_class.pattern`?"),
            (with("pattern = \"(\""), "a.toml:3:11: `data_class.pattern`: unclosed group"),
            (with("pattern = 7"), "a.toml:3:11: `data_class.pattern`: expected a text in quotes, found integer"),
            (with("names = [7]"), "a.toml:3:10: `data_class.names`: expected a text in quotes"),
            (with("names = \"a\""), "expected a list such as"),
            (with("within = 1"), "expected true or false, found integer"),
            (with("check = \"verhoef\""), "did you mean \"verhoeff\"?"),
            (
                with("pattern = \"a\"\nseverity = \"critical\""),
                "a.toml:4:12: `data_class.severity`: expected one of low",
            ),
            (with("category = \"HR\""), "a.toml:3:12: `data_class.category`: expected small letters"),
            (with(""), "neither a pattern nor names"),
            (
                "[[data_class]]\nname = \"email\"\npattern = \"a\"\n".to_owned(),
                "a.toml:2:8: `data_class.name`: email is built in",
            ),
            (format!("{STAFF}{STAFF}"), "a.toml:9:8: `data_class.name`: there are two classes employee-number"),
            ("[[data_clas]]\n".to_owned(), "did you mean [data_class]?"),
        ] {
            let problems = settings(&text).unwrap_err();
            assert!(problems.contains(told), "{text}: {problems}");
        }
        let many = (0..33)
            .map(|n| format!("[[data_class]]\nname = \"c{n}\"\npattern = \"{n}\"\n"))
            .collect::<Vec<_>>()
            .concat();
        assert!(settings(&many).unwrap_err().contains("a.toml:97:1: `data_class`: more than 32 classes"));
    }
}
