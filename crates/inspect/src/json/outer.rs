//! The outermost members of a document, cheaply: what an answer looks like, and claims of a token.

use super::token::{Token, Tokens};

/// Calls `member` with name and value (strings without quotes, numbers as written, else empty) of each member of the
/// outermost object, as far as the bytes go.
pub(crate) fn outer_members<'a>(document: &'a [u8], mut member: impl FnMut(&'a [u8], &'a [u8])) {
    scan(document, |name, value| {
        member(name, value);
        true
    });
}

/// Calls `name` with each name of the outermost object, or of the first object of the outermost array, until it returns
/// `false`. Whether the document begins with either.
pub(crate) fn outer_names<'a>(document: &'a [u8], mut name: impl FnMut(&'a [u8]) -> bool) -> bool {
    scan(document, |found, _| name(found))
}

fn scan<'a>(document: &'a [u8], mut member: impl FnMut(&'a [u8], &'a [u8]) -> bool) -> bool {
    let mut tokens = Tokens::new(document);
    let opens = match tokens.next() {
        Ok(Token::Open(b'[')) => matches!(tokens.next(), Ok(Token::Open(b'{'))),
        Ok(Token::Open(_)) => true,
        _ => false,
    };
    if !opens {
        return false;
    }
    while let Ok(Token::Text { raw: name, .. }) = tokens.next() {
        let Ok(Token::Colon) = tokens.next() else { break };
        let token = tokens.next();
        let value = match token {
            Ok(Token::Text { raw, .. } | Token::Number(raw)) => raw,
            _ => &[],
        };
        let goes_on = member(name, value)
            && match token {
                Ok(Token::Open(_)) => skip(&mut tokens),
                Ok(Token::Close(_) | Token::Comma | Token::Colon) | Err(_) => false,
                Ok(_) => true,
            };
        if !goes_on || !matches!(tokens.next(), Ok(Token::Comma)) {
            break;
        }
    }
    true
}

/// Reads past a structure that has just been opened; whether it ends in the bytes.
fn skip(tokens: &mut Tokens<'_>) -> bool {
    let mut depth = 1usize;
    while depth > 0 {
        match tokens.next() {
            Ok(Token::Open(_)) => depth += 1,
            Ok(Token::Close(_)) => depth -= 1,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    true
}
