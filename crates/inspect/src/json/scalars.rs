//! Strings and whole numbers of a document, without where they stand: much cheaper than a walk.

use super::token::{Token, Tokens, unescape};

/// Calls `take` with each string that is no name of a member, its escapes undone in `scratch`, and with each number without
/// a sign, a fraction and an exponent, as far as the tokens are JSON's and `take` wants more. Several documents in a row
/// are read as one.
pub(crate) fn scalars(document: &[u8], scratch: &mut Vec<u8>, mut take: impl FnMut(&[u8]) -> bool) {
    let mut tokens = Tokens::new(document);
    // A string is a value when no colon follows.
    let mut last = None;
    let mut goes_on = true;
    while goes_on {
        let Ok(token) = tokens.next() else { break };
        if let Some((raw, escaped)) = last.take()
            && !matches!(token, Token::Colon)
        {
            goes_on = take(if escaped {
                unescape(raw, scratch);
                scratch
            } else {
                raw
            });
        }
        match token {
            Token::Text { raw, escaped } => last = Some((raw, escaped)),
            Token::Number(digits) if digits.iter().all(u8::is_ascii_digit) => goes_on = goes_on && take(digits),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(document: &str) -> Vec<String> {
        let mut told = Vec::new();
        scalars(document.as_bytes(), &mut Vec::new(), |value| {
            told.push(String::from_utf8_lossy(value).into_owned());
            told.len() < 6
        });
        told
    }

    #[test]
    fn strings_and_whole_numbers_are_told_and_names_are_not() {
        for (document, expected) in [
            (
                r#"{"id": 7, "a": [1, "x", {"b": "y"}], "c": -1, "d": 1.5, "e": true, "f": null}"#,
                &["7", "1", "x", "y"][..],
            ),
            (r#"["\/v1\/a\u0062", "b"]"#, &["/v1/ab", "b"]),
            ("{\"a\":\"b\"}\n{\"a\":\"c\"}\n", &["b", "c"]),
            (r#"{"a": "b", "c": <html>"#, &["b"]),
            (r#"{"a": "cut"#, &[]),
            ("[1,2,3,4,5,6,7,8]", &["1", "2", "3", "4", "5", "6"]),
            ("", &[]),
        ] {
            assert_eq!(told(document), expected, "{document}");
        }
    }
}
