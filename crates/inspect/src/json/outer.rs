//! The outermost members of a document, cheaply: what an answer looks like, and claims of a token.

use super::token::{Token, Tokens, plain};

/// Calls `member` with name and value (strings without quotes, numbers as written, else empty) of each member of the
/// outermost object, as far as the bytes go.
pub(crate) fn outer_members<'a>(document: &'a [u8], mut member: impl FnMut(&'a [u8], &'a [u8])) {
    let mut tokens = Tokens::new(document);
    let opens = match tokens.next() {
        Ok(Token::Open(b'[')) => matches!(tokens.next(), Ok(Token::Open(b'{'))),
        first => matches!(first, Ok(Token::Open(_))),
    };
    while opens && let Ok(Token::Text { raw: name, .. }) = tokens.next() {
        let Ok(Token::Colon) = tokens.next() else { break };
        let token = tokens.next();
        member(
            name,
            match token {
                Ok(Token::Text { raw, .. } | Token::Number(raw)) => raw,
                _ => &[],
            },
        );
        let goes_on = match token {
            Ok(Token::Open(_)) => skip(&mut tokens),
            Ok(Token::Close(_) | Token::Comma | Token::Colon) | Err(_) => false,
            Ok(_) => true,
        };
        if !goes_on || !matches!(tokens.next(), Ok(Token::Comma)) {
            break;
        }
    }
}

/// The value, as it is written, of the member of that name of the outermost object, when it is an object or array.
pub(crate) fn outer_structure<'a>(document: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let mut tokens = Tokens::new(document);
    if !matches!(tokens.next(), Ok(Token::Open(b'{'))) {
        return None;
    }
    while let Ok(Token::Text { raw: name, .. }) = tokens.next() {
        if !matches!(tokens.next(), Ok(Token::Colon)) {
            return None;
        }
        tokens.peek().ok()?;
        let before = tokens.rest();
        match tokens.next().ok()? {
            Token::Open(_) => {
                if !skip(&mut tokens) {
                    return None;
                }
                if name == wanted {
                    return before.get(..before.len() - tokens.rest().len());
                }
            }
            Token::Close(_) | Token::Comma | Token::Colon => return None,
            _ => {}
        }
        if !matches!(tokens.next(), Ok(Token::Comma)) {
            return None;
        }
    }
    None
}

/// What an answer's outermost names say of how it ended: members that protocols put results and errors in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Says(u8);

impl Says {
    /// `data` or `result` is there, and not null as far as was looked; nor an object whose members are all null.
    pub(crate) const DATA: Self = Self(1);
    /// `errors` or `error` is there, and not null as far as was looked.
    pub(crate) const ERROR: Self = Self(2);
    /// One of them is there, null or not.
    const NULL: Self = Self(4);

    /// What a name says.
    pub(crate) fn of(name: &[u8]) -> Self {
        match name {
            b"data" | b"result" => Self::DATA,
            b"errors" | b"error" => Self::ERROR,
            _ => Self::default(),
        }
    }

    /// As the lower two bits of a number, and back.
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u8) -> Self {
        Self(bits & 3)
    }

    /// Both.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether any of the members is there.
    pub(crate) const fn known(self) -> bool {
        self.0 != 0
    }
}

/// Calls `element` with what the members of the outermost object say, or of each object of the outermost array, as far as
/// the bytes go.
pub(crate) fn outer_says(document: &[u8], mut element: impl FnMut(Says)) {
    let mut tokens = Tokens::new(document);
    match tokens.next() {
        Ok(Token::Open(b'{')) => element(object_says(&mut tokens).0),
        Ok(Token::Open(_)) => {
            while let Ok(Token::Open(b'{')) = tokens.next() {
                let (says, ended) = object_says(&mut tokens);
                element(says);
                if !ended || !matches!(tokens.next(), Ok(Token::Comma)) {
                    break;
                }
            }
        }
        _ => {}
    }
}

/// What the members of an object that has been opened say, and whether it ends in the bytes.
fn object_says(tokens: &mut Tokens<'_>) -> (Says, bool) {
    let mut says = Says::default();
    loop {
        let name = match tokens.next() {
            Ok(Token::Text { raw, .. }) => raw,
            Ok(Token::Close(b'}')) => return (says, true),
            _ => return (says, false),
        };
        let Ok(Token::Colon) = tokens.next() else { return (says, false) };
        let mut said = Says::of(name);
        let token = tokens.next();
        let goes_on = match token {
            Ok(Token::Open(b'{')) if said == Says::DATA => {
                let (null, ended) = all_null(tokens);
                said = if null { Says::NULL } else { said };
                ended
            }
            // A list of no errors says nothing.
            Ok(Token::Open(b'[')) if said == Says::ERROR && matches!(tokens.peek(), Ok(b']')) => {
                said = Says::NULL;
                skip(tokens)
            }
            Ok(Token::Open(_)) => skip(tokens),
            Ok(Token::Null) if said.known() => {
                said = Says::NULL;
                true
            }
            Ok(Token::Close(_) | Token::Comma | Token::Colon) | Err(_) => false,
            Ok(_) => true,
        };
        says = says.and(said);
        if !goes_on {
            return (says, false);
        }
        match tokens.next() {
            Ok(Token::Comma) => {}
            end => return (says, matches!(end, Ok(Token::Close(b'}')))),
        }
    }
}

/// Reads past an object that has just been opened: whether it has members and all are null, and whether it ends in the bytes.
/// So answers GraphQL where every field at the root failed (specification §6.4.4).
fn all_null(tokens: &mut Tokens<'_>) -> (bool, bool) {
    let mut null = false;
    loop {
        match tokens.next() {
            Ok(Token::Text { .. }) => {}
            end => return (null, matches!(end, Ok(Token::Close(b'}')))),
        }
        let Ok(Token::Colon) = tokens.next() else { return (false, false) };
        match tokens.next() {
            Ok(Token::Null) => null = true,
            Ok(Token::Open(_)) => return (false, skip(tokens) && skip(tokens)),
            Ok(Token::Close(_) | Token::Comma | Token::Colon) | Err(_) => return (false, false),
            Ok(_) => return (false, skip(tokens)),
        }
        match tokens.next() {
            Ok(Token::Comma) => {}
            end => return (null, matches!(end, Ok(Token::Close(b'}')))),
        }
    }
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

/// Calls `name` with each name of the outermost object, or of the first object of the outermost array, until it returns
/// `false`. Values are passed over and not checked: after a malformed one more names may follow than [`outer_members`]
/// finds.
pub(crate) fn outer_names<'a>(document: &'a [u8], name: impl FnMut(&'a [u8]) -> bool) {
    // Nothing is to be told of how it ended.
    let _: Option<()> = Scan { rest: document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document) }.names(name);
}

/// What bytes outside of strings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Of numbers and words.
    Number,
    /// A quote, or where a structure begins or ends.
    Mark,
    Other,
}

static KINDS: [Kind; 256] = kinds();

#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, over the whole range of a byte")]
const fn kinds() -> [Kind; 256] {
    let (mut table, mut at) = ([Kind::Other; 256], 0);
    while at < table.len() {
        table[at] = match at as u8 {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.' => Kind::Number,
            b'"' | b'{' | b'}' | b'[' | b']' => Kind::Mark,
            _ => Kind::Other,
        };
        at += 1;
    }
    table
}

/// Passes over a document; `None` where it is cut or not what was looked for.
struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    fn names(&mut self, mut name: impl FnMut(&'a [u8]) -> bool) -> Option<()> {
        let opens = match self.byte()? {
            b'[' => self.byte()? == b'{',
            first => first == b'{',
        };
        opens.then_some(())?;
        while self.byte()? == b'"' {
            let found = self.string()?;
            let goes_on = self.byte()? == b':' && name(found);
            goes_on.then_some(())?;
            self.value()?;
            (self.byte()? == b',').then_some(())?;
        }
        None
    }

    /// The next byte that is no blank.
    fn byte(&mut self) -> Option<u8> {
        loop {
            let (first, rest) = self.rest.split_first()?;
            self.rest = rest;
            // One comparison for most.
            if *first > b' ' || !matches!(first, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*first);
            }
        }
    }

    /// The string whose quote has been read, as written.
    fn string(&mut self) -> Option<&'a [u8]> {
        let mut at = 0;
        loop {
            at += plain(self.rest.get(at..)?);
            match self.rest.get(at)? {
                b'"' => break,
                b'\\' => at += 2,
                _ => return None,
            }
        }
        let (raw, rest) = self.rest.split_at_checked(at)?;
        self.rest = rest.get(1..)?;
        Some(raw)
    }

    /// Passes over a value.
    fn value(&mut self) -> Option<()> {
        match self.byte()? {
            b'"' => self.string().map(drop),
            b'{' | b'[' => self.structure(),
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                let end = self.rest.iter().position(|b| KINDS.get(usize::from(*b)) != Some(&Kind::Number));
                self.rest = self.rest.get(end?..)?;
                Some(())
            }
            _ => None,
        }
    }

    /// Passes over a structure that has been opened.
    fn structure(&mut self) -> Option<()> {
        let mut depth = 1usize;
        while depth > 0 {
            let at = self.rest.iter().position(|b| KINDS.get(usize::from(*b)) == Some(&Kind::Mark))?;
            let mark = self.rest.get(at)?;
            self.rest = self.rest.get(at + 1..)?;
            match mark {
                b'"' => drop(self.string()?),
                b'{' | b'[' => depth += 1,
                _ => depth -= 1,
            }
        }
        Some(())
    }
}
