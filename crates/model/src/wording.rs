//! Words that people read: numbers and nouns that agree, and paths of which no value is shown.
//!
//! In: texts of detectors, paths as they were normalised. Out: the same, fit to be shown.

/// Nouns that findings count, as they stand behind a number; behind 1 they lose their ending.
const COUNTED: [&str; 32] = [
    "accounts",
    "answers",
    "attempts",
    "calls",
    "callers",
    "characters",
    "clients",
    "days",
    "endpoints",
    "failures",
    "fields",
    "hours",
    "log-ins",
    "looks",
    "minutes",
    "names",
    "networks",
    "objects",
    "operations",
    "orders",
    "others",
    "parameters",
    "paths",
    "records",
    "requests",
    "seconds",
    "services",
    "steps",
    "times",
    "tokens",
    "transactions",
    "values",
];
/// The same where the ending is not a letter alone.
const UNLIKE: [(&str, &str); 4] =
    [("addresses", "address"), ("identities", "identity"), ("queries", "query"), ("people", "person")];

/// `1 calls` as `1 call`. Detectors write their numbers into sentences; here they are made to agree, for all of them.
pub fn agreed(text: String) -> String {
    if !text.contains("1 ") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut after_one = false;
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let bare = word.trim_end_matches([',', ';', ':', '.', ')']);
        out.push_str(if after_one { singular(bare) } else { bare });
        out.push_str(word.strip_prefix(bare).unwrap_or_default());
        after_one = word.trim_start_matches('(') == "1";
    }
    out
}

/// A noun that is counted in the singular; any other word as it is.
fn singular(word: &str) -> &str {
    let unlike = UNLIKE.iter().find(|(many, _)| *many == word).map(|(_, one)| *one);
    unlike.or_else(|| word.strip_suffix('s').filter(|_| COUNTED.contains(&word))).unwrap_or(word)
}

/// Words with digits that are no values: names of formats, standards and products that stand in paths.
const WORDS: [&str; 24] = [
    "oauth2", "oauth1", "s3", "http2", "h2", "log4j", "i18n", "l10n", "k8s", "web3", "ipv4", "ipv6", "md5", "sha1",
    "sha256", "mp3", "mp4", "base64", "utf8", "x509", "saml2", "a11y", "e2e", "b2b",
];

/// A path that named no endpoint, as it may be shown: what mixes letters and digits may be a secret, and nothing that was
/// answered says otherwise. Versions (`v2`) and known words stay.
pub fn shown_path(path: &str) -> String {
    let shown = |segment: &str| -> String {
        // A name and its ending apart: `hunter2.json` is a value with a format.
        let pieces = segment.split('.').map(|piece| if is_mixed(piece) { "{str}" } else { piece });
        pieces.collect::<Vec<_>>().join(".")
    };
    path.split('/').map(shown).collect::<Vec<_>>().join("/")
}

/// Whether letters and digits stand together outside of braces, and it is no version and no known word.
fn is_mixed(piece: &str) -> bool {
    let (mut letters, mut digits, mut depth) = (false, false, 0_u32);
    for c in piece.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            _ if c.is_numeric() => digits = true,
            _ if c.is_alphabetic() => letters = true,
            _ => {}
        }
    }
    let word = piece.to_ascii_lowercase();
    let version = word.strip_prefix('v').is_some_and(|rest| {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        matches!(rest, "" | "alpha" | "beta" | "rc" | "alpha1" | "beta1" | "alpha2" | "beta2" | "beta3")
    });
    letters && digits && !version && !WORDS.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_nouns_agree() {
        for (text, expected) in [
            ("1 calls with payloads", "1 call with payloads"),
            ("from 1 networks, 1 accounts", "from 1 network, 1 account"),
            ("(1 days), 11 calls; 21 days and 1 times.", "(1 day), 11 calls; 21 days and 1 time."),
            ("1,001 calls, version 1.1 calls", "1,001 calls, version 1.1 calls"),
            ("1 addresses: 1 others", "1 address: 1 other"),
            ("1 such accounts", "1 such accounts"),
            ("no number", "no number"),
        ] {
            assert_eq!(agreed(text.to_owned()), expected);
        }
    }

    #[test]
    fn what_may_be_a_secret_in_a_path_is_not_shown() {
        for (path, expected) in [
            ("/reset/hunter2secret", "/reset/{str}"),
            ("/v1/oauth2/token", "/v1/oauth2/token"),
            ("/api/v1beta1/{int}/x{int}", "/api/v1beta1/{int}/x{int}"),
            ("/wp-login.php", "/wp-login.php"),
            ("/backup-2024.tar.gz", "/{str}.tar.gz"),
            ("/a1.json/B2c", "/{str}.json/{str}"),
            ("", ""),
        ] {
            assert_eq!(shown_path(path), expected, "{path}");
        }
    }
}
