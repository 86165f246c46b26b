//! What a word of a path looks like: conventions of web APIs at large, none of any one API.

use model::ValueClass;

/// Words that stand where a value could and are none.
const RESERVED: &[&str] = &[
    "all", "batch", "bulk", "count", "current", "export", "first", "import", "last", "latest", "me", "new", "next",
    "previous", "query", "search", "self", "stats", "status", "summary",
];

/// Files that crawlers and browsers ask of every site, whatever API it serves (RFC 9309, W3C Web App Manifest, sitemaps.org).
const SITE_FILES: &[&str] = &[
    "ads.txt",
    "apple-app-site-association",
    "asset-manifest.json",
    "browserconfig.xml",
    "crossdomain.xml",
    "favicon.ico",
    "humans.txt",
    "manifest.json",
    "robots.txt",
    "security.txt",
    "sitemap.xml",
];

/// Whether a word at the top is a file of the site and not of the API.
pub(crate) fn is_site_file(word: &str) -> bool {
    SITE_FILES.binary_search(&word).is_ok()
}

/// Whether a word keeps its own meaning beside values: a mark in front is how APIs tell their words from values.
pub(crate) fn is_reserved(word: &str) -> bool {
    (word.starts_with(['_', '$']) && !super::looks::is_drawn(word)) || RESERVED.binary_search(&word).is_ok()
}

/// Whether a word could turn out to be a value. Versions could not, but numbers of releases could.
pub(crate) fn may_be_value(word: &str, class: ValueClass) -> bool {
    (class != ValueClass::Version || super::looks::is_release(word)) && !is_reserved(word)
}

/// Words with the form of a plural that hold one thing and not many.
const SINGULAR: &[&str] =
    &["analytics", "diagnostics", "news", "options", "preferences", "series", "settings", "statistics", "stats"];

/// The same behind the name of what they are of (`mail_settings`).
const HELD_ONCE: &[&str] = &["preferences", "settings", "statistics"];

/// Whether a word names a collection.
pub(crate) fn is_plural(word: &str) -> bool {
    word.len() > 3
        && SINGULAR.binary_search(&word).is_err()
        && !word.rsplit_once(['-', '_']).is_some_and(|(of, what)| !of.is_empty() && HELD_ONCE.contains(&what))
        && word.ends_with('s')
        && !word.ends_with("ss")
        && !word.ends_with("us")
        && !word.ends_with("is")
}

/// Whether a word is the ending of a format that answers are asked for in.
pub(crate) fn is_format(word: &str) -> bool {
    matches!(word, "csv" | "html" | "json" | "pdf" | "php" | "txt" | "xml" | "yaml" | "yml")
}

/// Endings of files that no API answers in as a format: sources, documents, pictures, archives.
const ENDINGS: &[&str] = &[
    "avi",
    "bat",
    "bin",
    "bmp",
    "bz2",
    "c",
    "cfg",
    "conf",
    "cpp",
    "css",
    "dat",
    "deb",
    "doc",
    "docx",
    "exe",
    "gif",
    "go",
    "gz",
    "h",
    "ico",
    "ini",
    "ipynb",
    "iso",
    "jar",
    "java",
    "jpeg",
    "jpg",
    "js",
    "key",
    "log",
    "lua",
    "m4a",
    "map",
    "md",
    "mov",
    "mp3",
    "mp4",
    "odt",
    "ogg",
    "parquet",
    "pem",
    "png",
    "ppt",
    "pptx",
    "properties",
    "ps1",
    "py",
    "rar",
    "rb",
    "rpm",
    "rs",
    "rst",
    "sh",
    "sql",
    "svg",
    "tar",
    "tf",
    "tgz",
    "tif",
    "tiff",
    "toml",
    "ts",
    "tsx",
    "ttf",
    "txt",
    "wav",
    "webm",
    "webp",
    "woff",
    "xls",
    "xlsx",
    "xz",
    "zip",
];

/// Files without an ending (names that build tools and licences have everywhere).
const PLAIN_FILES: &[&str] = &["Dockerfile", "LICENSE", "Makefile", "README"];

/// The ending of a word that is the name of a file, whatever API it stands in: the whole word where files have none.
pub(crate) fn file_ending(word: &str) -> Option<&str> {
    if PLAIN_FILES.binary_search(&word).is_ok() {
        return Some(word);
    }
    let (name, ending) = word.rsplit_once('.')?;
    (!name.is_empty() && ENDINGS.binary_search(&ending).is_ok()).then_some(ending)
}

/// Shortest word that may be drawn.
const DRAWN_MIN: usize = 6;

/// Whether a word may be a drawn value that happens to look like a word: capitals or digits stand in it.
pub(crate) fn may_be_drawn(word: &str) -> bool {
    word.len() >= DRAWN_MIN && word.contains(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase())
}

/// Whether a word is a version: `v1`, `2.0`, `2023-10`.
pub(crate) fn is_version(word: &str) -> bool {
    let digits = word.strip_prefix(['v', 'V']).unwrap_or(word);
    digits.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a word is a day of the calendar, as `2010-04-01` (ISO 8601 §5.2.2.1): a dated version, or a value.
pub(crate) fn is_day(word: &str) -> bool {
    word.len() == 10
        && word.bytes().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() })
}

/// Longest word that an author of an API would write.
const NAME_MAX: usize = 64;

/// Whether a word is written as the call of a function: `Nearest(lat=1,lon=2)`, and `sleep(2)`, too.
pub(crate) fn is_function(word: &str) -> bool {
    let name = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
    let call = |(before, rest): (&str, &str)| !before.is_empty() && name(before) && !rest.contains('%');
    word.ends_with(')') && word.split_once('(').is_some_and(call)
}

/// Whether nobody would name a part of an API so: blanks and what else is escaped, quotes, separators of lists. Calls of
/// functions are names (`Nearest(lat=1,lon=2)`).
pub(crate) fn is_no_name(word: &str) -> bool {
    let odd = |c: char| {
        matches!(
            c,
            '%' | '\''
                | '"'
                | '<'
                | '>'
                | '\\'
                | '^'
                | '`'
                | '|'
                | '['
                | ']'
                | '('
                | ')'
                | ','
                | ';'
                | '='
                | '&'
                | '#'
                | '?'
        )
    };
    !is_function(word) && (word.len() > NAME_MAX || word.contains(odd))
}

/// Whether a word is written as programs write names: `camelCase`, `noun.verb`, `noun:verb`,
/// `area.product.domain`.
pub(crate) fn is_name_of_code(word: &str) -> bool {
    let bytes = word.as_bytes();
    let camel = bytes.windows(2).any(|w| matches!(w, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    let digits = bytes.iter().any(u8::is_ascii_digit);
    let labels = word.split('.').filter(|label| label.starts_with(|c: char| c.is_ascii_alphabetic())).count();
    let domain = labels > 2 && labels == word.split('.').count() && !word.contains('-');
    (camel && !digits) || domain || (!digits && word.contains(['.', ':']) && !word.contains([' ', '@']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_are_in_order_for_the_search() {
        for list in [RESERVED, SINGULAR, SITE_FILES, ENDINGS, PLAIN_FILES] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    #[test]
    fn looks_of_words() {
        for (word, plural, code) in [
            ("users", true, false),
            ("status", false, false),
            ("mail_settings", false, false),
            ("address", false, false),
            ("getUser", false, true),
            ("chat.postMessage", false, true),
            ("acme-corp", false, false),
            ("storage.k4s.example", false, true),
            ("main.3f2a.go", false, false),
        ] {
            assert_eq!((is_plural(word), is_name_of_code(word)), (plural, code), "{word}");
        }
    }

    #[test]
    fn what_nobody_would_name_so_is_no_name() {
        for word in ["x'--", "a%20b", "1,2", "a=b", "(select)", "<b>", &"x".repeat(65)] {
            assert!(is_no_name(word), "{word}");
        }
        for word in ["users", "ada.toth", "@me", "$batch", "_doc", "Nearest(lat=1,lon=2)", "r+w", "*", "-", "zürich"] {
            assert!(!is_no_name(word), "{word}");
        }
    }
}
