//! Finds one thing by the first digits of its id, as people type it: `E-7k2q`, `f-22MX`, `7K2Q`.

use model::{Id, StateError};

use crate::error;

/// Ids named in an error.
const NAMED_MAX: usize = 8;

/// The one of `items` whose id begins with `typed`. `letter` is `E` or `F`; with or without it, in any case.
///
/// The error names the closest ids when there is none, and all (up to eight) when there are several.
pub fn find<'a, T>(letter: char, typed: &str, items: &'a [T], id: impl Fn(&T) -> Id) -> Result<&'a T, StateError> {
    let digits = digits(letter, typed);
    let ids: Vec<String> = items.iter().map(|item| id(item).base32()).collect();
    if digits.is_empty() {
        return Err(error::coded(
            format!("{typed:?} is no id: give its first digits, as in {letter}-7K2Q"),
            error::NOT_FOUND,
        ));
    }
    let mut matches = items.iter().zip(&ids).filter(|(_, text)| text.starts_with(&digits));
    match (matches.next(), matches.next()) {
        (Some((item, _)), None) => Ok(item),
        (None, _) => Err(none(letter, typed, &digits, &ids)),
        (Some(_), Some(_)) => {
            let all: Vec<&str> = ids.iter().filter(|text| text.starts_with(&digits)).map(String::as_str).collect();
            let text =
                format!("{typed:?} is the beginning of {} ids: {}. Give more digits.", all.len(), named(letter, &all));
            Err(error::coded(text, error::NOT_FOUND))
        }
    }
}

/// Without the letter, in upper case, with the look-alikes that Crockford's base 32 leaves out read as digits.
fn digits(letter: char, typed: &str) -> String {
    let upper = typed.trim().to_ascii_uppercase();
    let rest = upper.strip_prefix(letter).and_then(|rest| rest.strip_prefix('-')).unwrap_or(&upper);
    let plain = rest.chars().filter(|c| *c != '-');
    plain
        .map(|c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

fn none(letter: char, typed: &str, digits: &str, ids: &[String]) -> StateError {
    let common = |text: &str| text.bytes().zip(digits.bytes()).take_while(|(a, b)| a == b).count();
    let mut ranked: Vec<(usize, &str)> = ids.iter().map(|text| (common(text), text.as_str())).collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let closest: Vec<&str> = ranked.iter().filter(|(n, _)| *n > 0).map(|(_, text)| *text).take(3).collect();
    let hint = match (ids.is_empty(), closest.is_empty()) {
        (true, _) => "There are none here.".to_owned(),
        (false, true) => "None begins like it; list them to see all.".to_owned(),
        (false, false) => format!("Closest: {}.", named(letter, &closest)),
    };
    error::coded(format!("no id begins with {typed:?}. {hint}"), error::NOT_FOUND)
}

/// Ids as short as keeps them apart.
fn named(letter: char, ids: &[&str]) -> String {
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    let common = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let apart = sorted.windows(2).map(|pair| match pair {
        [a, b] => common(a, b) + 1,
        _ => 0,
    });
    let length = apart.max().unwrap_or(0).max(model::id::SHORT_DIGITS);
    let shown = sorted.iter().take(NAMED_MAX).map(|text| format!("{letter}-{}", text.get(..length).unwrap_or(text)));
    let mut out = shown.collect::<Vec<_>>().join(", ");
    if sorted.len() > NAMED_MAX {
        out.push_str(", …");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> Vec<Id> {
        let mut ids = vec![Id([0x08; 16]), Id([0x09; 16]), Id([0xff; 16]), Id([0xff; 16])];
        ids[3].0[15] = 0xfe;
        ids
    }

    #[test]
    fn an_id_is_found_by_any_spelling_of_its_beginning() {
        let ids = ids();
        let text = ids[0].base32();
        for typed in [
            text.clone(),
            text.to_lowercase(),
            format!("e-{text}"),
            format!("E-{}", text.replace('0', "O")),
            text[..10].into(),
        ] {
            assert_eq!(find('E', &typed, &ids, |id| *id).unwrap(), &ids[0], "{typed}");
        }
        let whole = ids[3].base32();
        assert_eq!(find('E', &whole, &ids, |id| *id).unwrap(), &ids[3]);
    }

    #[test]
    fn a_miss_names_the_closest_and_a_tie_names_all() {
        let ids = ids();
        let error = |typed: &str| find('F', typed, &ids, |id| *id).unwrap_err().message;
        assert!(error("1Z").contains("Closest: F-10"), "{}", error("1Z"));
        assert!(error("5").contains("None begins like it"));
        assert!(error("F-").contains("is no id"));
        assert!(error("zz").contains("2 ids"), "{}", error("zz"));
        assert!(find('F', "7", &[] as &[Id], |id| *id).unwrap_err().message.contains("There are none"));
        assert!(error("\u{1b}[2J").contains("\\u{1b}"), "control characters are escaped");
    }
}
