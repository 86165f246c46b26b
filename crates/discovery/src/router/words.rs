//! What a word of a path looks like: conventions of web APIs at large, none of any one API.

/// Words that stand where a value could and are none.
const RESERVED: &[&str] = &[
    "all", "batch", "bulk", "count", "current", "default", "export", "import", "latest", "me", "new", "query",
    "search", "self", "stats", "status", "summary",
];

/// Whether a word keeps its own meaning beside values: a mark in front is how APIs tell their words from values.
pub(crate) fn is_reserved(word: &str) -> bool {
    word.starts_with(['_', '$']) || RESERVED.binary_search(&word).is_ok()
}

/// Whether a word names a collection.
pub(crate) fn is_plural(word: &str) -> bool {
    word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us") && !word.ends_with("is")
}

/// Whether a word is written as programs write names: `camelCase`, `noun.verb`, `noun:verb`.
pub(crate) fn is_name_of_code(word: &str) -> bool {
    let bytes = word.as_bytes();
    let camel = bytes.windows(2).any(|w| matches!(w, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    let digits = bytes.iter().any(u8::is_ascii_digit);
    (camel && !digits) || (!digits && word.contains(['.', ':']) && !word.contains([' ', '@']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_are_in_order_for_the_search() {
        assert!(RESERVED.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn looks_of_words() {
        for (word, plural, code) in [
            ("users", true, false),
            ("status", false, false),
            ("address", false, false),
            ("getUser", false, true),
            ("chat.postMessage", false, true),
            ("acme-corp", false, false),
        ] {
            assert_eq!((is_plural(word), is_name_of_code(word)), (plural, code), "{word}");
        }
    }
}
