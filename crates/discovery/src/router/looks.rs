//! Whether a word looks as if a machine had drawn it, or as a value that people give: hints that need company.
//!
//! The classes of `inspect` take a segment for a value when its shape alone says so. What is told here is weaker and
//! counts only beside values, or when several words of one place say the same.

/// Shortest word that is told by its letters.
const DRAWN_MIN: usize = 6;
/// Words up to this length have too few pairs of letters to judge by: kinds of characters must alternate more.
const SHORT_MAX: usize = 8;
/// Runs of one kind that a longer drawn word has at least.
const RUNS_MIN: usize = 3;
/// Percent of usual pairs of letters that drawn words stay below where kinds alternate (four characters to a run), and
/// where they alternate less.
const USUAL_PAIRS: usize = 74;
const UNUSUAL_PAIRS: usize = 55;
/// Pairs of letters without which nothing is said.
const PAIRS_MIN: usize = 5;

/// For each letter the letters that often follow it, one bit each: pairs that are at least 0.12 % of those in manual
/// pages in English, German, French, Spanish, Italian, Dutch, Polish, Portuguese or Swedish.
const FOLLOWS: [u32; 26] = [
    0x027f_bfef,
    0x0112_4911,
    0x031a_4f95,
    0x0316_6111,
    0x02fe_bfff,
    0x0010_4931,
    0x001e_6951,
    0x000a_6911,
    0x022f_fe7f,
    0x0010_0511,
    0x001e_4d11,
    0x011c_7f99,
    0x0010_f113,
    0x033c_65fd,
    0x027e_fd5f,
    0x001e_c911,
    0x0010_0000,
    0x037e_755f,
    0x031c_edb5,
    0x035e_69d5,
    0x00ee_bf7f,
    0x0004_4111,
    0x0104_6111,
    0x0000_0100,
    0x004e_9444,
    0x0350_6111,
];

/// Whether a word is neither a word nor a name of code: kinds of characters alternate, and letters follow one another as
/// they do in no language.
pub(crate) fn is_drawn(word: &str) -> bool {
    let len = word.len();
    if len < DRAWN_MIN || !word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        return false;
    }
    let kinds = Kinds::of(word.as_bytes());
    if kinds.lower + kinds.upper == 0 || (kinds.upper == 0 && kinds.digits == 0) {
        return false;
    }
    if kinds.lower == 0 || kinds.upper == 0 {
        // One case: only digits among the letters tell.
        return kinds.of_digits >= 3 && kinds.runs * 3 >= len;
    }
    if len <= SHORT_MAX {
        return kinds.runs * 2 >= len;
    }
    kinds.runs >= RUNS_MIN && usual_pairs(word) <= if kinds.runs * 4 >= len { USUAL_PAIRS } else { UNUSUAL_PAIRS }
}

/// Percent of pairs of letters that are pairs of words; 0 where there are too few.
fn usual_pairs(word: &str) -> usize {
    let letter = |b: u8| b.is_ascii_alphabetic().then(|| usize::from(b.to_ascii_lowercase() - b'a'));
    let (mut all, mut usual) = (0_usize, 0_usize);
    for (first, next) in word.bytes().zip(word.bytes().skip(1)) {
        let (Some(first), Some(next)) = (letter(first), letter(next)) else { continue };
        all += 1;
        usual += usize::from(FOLLOWS.get(first).is_some_and(|follows| follows >> next & 1 == 1));
    }
    if all < PAIRS_MIN { 0 } else { usual * 100 / all }
}

/// Kinds of characters, and runs of one kind; a capital belongs to the lower case that follows.
#[derive(Default)]
struct Kinds {
    lower: usize,
    upper: usize,
    digits: usize,
    runs: usize,
    of_digits: usize,
}

impl Kinds {
    fn of(word: &[u8]) -> Self {
        let mut kinds = Self::default();
        let (mut last, mut length) = (b' ', 0_usize);
        for byte in word {
            let kind = match byte {
                b'a'..=b'z' => b'a',
                b'A'..=b'Z' => b'A',
                b'0'..=b'9' => b'0',
                _ => b' ',
            };
            match kind {
                b'a' => kinds.lower += 1,
                b'A' => kinds.upper += 1,
                b'0' => kinds.digits += 1,
                _ => {}
            }
            if kind == last {
                length += 1;
                continue;
            }
            let capital = kind == b'a' && last == b'A' && length == 1;
            kinds.runs += usize::from(kind != b' ' && !capital);
            kinds.of_digits += usize::from(kind == b'0');
            (last, length) = (kind, 1);
        }
        kinds
    }
}

/// Longest last label of a host's name that is told from a word.
const ENDING_MAX: usize = 7;

/// Whether a word has the form of a host's name: three labels or more, the last of letters.
pub(crate) fn is_host(word: &str) -> bool {
    let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let last = word.rsplit('.').next().unwrap_or_default();
    !super::words::is_format(last)
        && word.split('.').count() > 2
        && word.split('.').all(label)
        && (2..=ENDING_MAX).contains(&last.len())
        && last.bytes().all(|b| b.is_ascii_lowercase())
}

/// Endings of domains that no API has as its verb (IANA root zone, RFC 2606).
const DOMAIN_ENDINGS: &[&str] = &["biz", "com", "edu", "example", "gov", "io", "mil", "net", "org"];

/// Whether a word has the form of a domain: two labels, of which the last is a common one, or the first has a hyphen in it,
/// which names of code have not.
pub(crate) fn is_domain(word: &str) -> bool {
    let Some((name, last)) = word.split_once('.') else { return false };
    let label = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let ending = (2..=ENDING_MAX).contains(&last.len()) && last.bytes().all(|b| b.is_ascii_lowercase());
    let file = super::words::is_format(last) || super::words::file_ending(word).is_some();
    label && ending && !file && (DOMAIN_ENDINGS.binary_search(&last).is_ok() || name.contains('-'))
}

/// Whether a word is the number of a release: `v2.14.0`. Versions of an API have two parts at most.
pub(crate) fn is_release(word: &str) -> bool {
    let digits = word.strip_prefix(['v', 'V']).unwrap_or(word);
    digits.split('.').count() > 2 && digits.split('.').all(|part| part.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_words_are_told_from_names_of_code() {
        for word in [
            "LrACrysImdfKwcbxkPEzuA",
            "ljDJocSBwytiWlQEEhQp",
            "KcjvUOyQlrQRXz",
            "RqDmFTDk7z9z2aoYXPZ-",
            "yYJ1V3x-N7E90ME-bu",
            "_VS7pEhzxtpLBLRj",
        ] {
            assert!(is_drawn(word), "{word}");
        }
        for word in [
            "users",
            "oauth2",
            "base64url",
            "findByStatus",
            "getOrgUserByIdList",
            "xmlHttpRequest",
            "userId",
            "ISO27001",
            "read-only",
            "_async_search",
            "iPhone",
            "OAuth2Callback",
            "v2beta1",
            "JSON",
        ] {
            assert!(!is_drawn(word), "{word}");
        }
    }

    #[test]
    fn hosts_and_releases() {
        assert!(is_host("api.example.org") && is_host("www.a-b.co.uk"));
        assert!(!is_host("users.list") && !is_host("a.b.3") && !is_host("a..org"));
        assert!(is_domain("acme.com") && is_domain("blue-door.ch"));
        assert!(!is_domain("users.list") && !is_domain("api.acme.com") && !is_domain("a-b.json") && !is_domain("-"));
        assert!(DOMAIN_ENDINGS.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(is_release("v2.14.0") && is_release("1.0.0-rc1"));
        assert!(!is_release("v1.2") && !is_release("2023-10") && !is_release("a.b.c"));
    }
}
