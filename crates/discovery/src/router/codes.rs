//! Values of closed lists that standards define, told by what stands beside one another: both truth values, languages with
//! and without a region (BCP 47), codes of countries and currencies (ISO 3166-1, ISO 4217).

use super::tree::{NodeId, Tree};

/// Languages beside one another of which one has a region, and such of which none has.
const LOCALES_MIN: usize = 3;
const LANGUAGES_MIN: usize = 5;
/// Codes of capitals beside one another.
const CODES_MIN: usize = 4;
/// Letters of a language, and of a code.
const LANGUAGE_LETTERS: usize = 2;
const CODE_LETTERS: [usize; 2] = [2, 3];

/// The words of a place that are such values; none when they may be anything. Other words beside them are left.
pub(crate) fn values(tree: &Tree, words: &[NodeId]) -> Vec<NodeId> {
    let of = |test: &dyn Fn(&str) -> bool| -> Vec<NodeId> {
        words.iter().copied().filter(|id| test(tree.word(*id))).collect()
    };
    let truths = of(&|word| matches!(word, "true" | "false"));
    if truths.len() > 1 {
        return truths;
    }
    let locales = of(&|word| is_language(word) || is_regional(word));
    let regional = locales.iter().any(|id| is_regional(tree.word(*id)));
    if locales.len() >= if regional { LOCALES_MIN } else { LANGUAGES_MIN } && (regional || locales.len() == words.len())
    {
        return locales;
    }
    let is_code = |word: &str, letters| word.len() == letters && word.bytes().all(|b| b.is_ascii_uppercase());
    let codes = CODE_LETTERS.map(|letters| of(&|word| is_code(word, letters)));
    codes.into_iter().find(|codes| codes.len() >= CODES_MIN && codes.len() == words.len()).unwrap_or_default()
}

/// `en`.
fn is_language(word: &str) -> bool {
    word.len() == LANGUAGE_LETTERS && word.bytes().all(|b| b.is_ascii_lowercase())
}

/// `pt-BR`, `pt_BR`, `zh-Hans`.
fn is_regional(word: &str) -> bool {
    let Some((language, region)) = word.split_once(['-', '_']) else { return false };
    let script = matches!(region, "Hans" | "Hant" | "Cyrl" | "Latn" | "Arab");
    let country = region.len() == LANGUAGE_LETTERS && region.bytes().all(|b| b.is_ascii_uppercase());
    is_language(language) && (script || country)
}

#[cfg(test)]
mod tests {
    use super::super::tree::{Edge, ROOT};
    use super::*;

    #[test]
    fn closed_lists_are_told_and_other_short_words_are_not() {
        for (words, found) in [
            (&["true", "false"][..], 2),
            (&["true", "false", "all"], 2),
            (&["true", "page"], 0),
            (&["en", "de", "pt-BR", "search"], 3),
            (&["en", "pt-BR"], 0),
            (&["en", "de", "fr", "it", "pl"], 5),
            (&["en", "de", "fr", "it"], 0),
            (&["me", "ip", "id", "os", "tv", "users"], 0),
            (&["AT", "DE", "FR", "CH"], 4),
            (&["AT", "DE", "FR"], 0),
            (&["EUR", "USD", "GBP", "CHF"], 4),
            (&["API", "RSS", "PDF", "report"], 0),
        ] {
            let mut tree = Tree::default();
            let ids: Vec<_> = words.iter().map(|word| tree.add_node(ROOT, Edge::Word((*word).into(), true))).collect();
            assert_eq!(values(&tree, &ids).len(), found, "{words:?}");
        }
    }
}
