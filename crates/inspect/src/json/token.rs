//! Tokens of JSON (RFC 8259), borrowed from the document.

use super::End;

/// One token.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token<'a> {
    /// `{` or `[`.
    Open(u8),
    /// `}` or `]`.
    Close(u8),
    Comma,
    Colon,
    /// A string without its quotes; whether escapes stand in it.
    Text {
        raw: &'a [u8],
        escaped: bool,
    },
    Number(&'a [u8]),
    Bool,
    Null,
}

/// Reads tokens one by one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(super) fn new(document: &'a [u8]) -> Self {
        Self { rest: document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document) }
    }

    /// What was not read yet.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether nothing but blanks is left.
    pub(super) fn at_end(&self) -> bool {
        self.rest.iter().all(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
    }

    /// The next byte that is no blank, which stays; [`End::Cut`] when only blanks are left.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<u8, End> {
        loop {
            let Some((first, tail)) = self.rest.split_first() else { return Err(End::Cut) };
            // One comparison for most.
            if *first > b' ' || !matches!(first, b' ' | b'\t' | b'\n' | b'\r') {
                return Ok(*first);
            }
            self.rest = tail;
        }
    }

    /// Passes over the byte that [`Self::peek`] told.
    #[inline]
    pub(super) fn pass(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }

    /// A key and its colon: the string, and whether escapes stand in it.
    #[inline]
    pub(super) fn key(&mut self) -> Result<(&'a [u8], bool), End> {
        if self.peek()? != b'"' {
            return Err(End::Malformed);
        }
        self.pass();
        let found = self.string()?;
        if self.peek()? != b':' {
            return Err(End::Malformed);
        }
        self.pass();
        Ok(found)
    }

    /// The next token; [`End::Cut`] when only blanks are left or the token does not end.
    pub(super) fn next(&mut self) -> Result<Token<'a>, End> {
        loop {
            let Some((first, tail)) = self.rest.split_first() else { return Err(End::Cut) };
            let token = match first {
                b'"' => {
                    self.rest = tail;
                    let (raw, escaped) = self.string()?;
                    return Ok(Token::Text { raw, escaped });
                }
                b',' => Token::Comma,
                b':' => Token::Colon,
                b' ' | b'\t' | b'\n' | b'\r' => {
                    self.rest = tail;
                    continue;
                }
                b'{' | b'[' => Token::Open(*first),
                b'}' | b']' => Token::Close(*first),
                b'-' | b'0'..=b'9' => return self.number(),
                b't' => return self.literal(b"true", Token::Bool),
                b'f' => return self.literal(b"false", Token::Bool),
                b'n' => return self.literal(b"null", Token::Null),
                _ => return Err(End::Malformed),
            };
            self.rest = tail;
            return Ok(token);
        }
    }

    /// The rest of a string whose quote has been read, and whether escapes stand in it.
    #[inline]
    fn string(&mut self) -> Result<(&'a [u8], bool), End> {
        let (mut at, mut escaped) = (0, false);
        loop {
            at += plain(self.rest.get(at..).unwrap_or_default());
            match self.rest.get(at) {
                None => return Err(End::Cut),
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    at += match self.rest.get(at + 1) {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                        Some(b'u') => match self.rest.get(at + 2..at + 6) {
                            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => 6,
                            Some(_) => return Err(End::Malformed),
                            None => return Err(End::Cut),
                        },
                        Some(_) => return Err(End::Malformed),
                        None => return Err(End::Cut),
                    };
                }
                Some(_) => return Err(End::Malformed),
            }
        }
        let (raw, tail) = self.rest.split_at_checked(at).ok_or(End::Cut)?;
        self.rest = tail.get(1..).unwrap_or_default();
        Ok((raw, escaped))
    }

    fn number(&mut self) -> Result<Token<'a>, End> {
        let of_number = |b: &u8| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let end = self.rest.iter().position(|b| !of_number(b));
        let (text, tail) = self.rest.split_at_checked(end.unwrap_or(self.rest.len())).ok_or(End::Cut)?;
        self.rest = tail;
        match (valid_number(text), end) {
            (true, _) => Ok(Token::Number(text)),
            (false, Some(_)) => Err(End::Malformed),
            (false, None) => Err(End::Cut),
        }
    }

    fn literal(&mut self, word: &[u8], token: Token<'a>) -> Result<Token<'a>, End> {
        if let Some(tail) = self.rest.strip_prefix(word) {
            self.rest = tail;
            return Ok(token);
        }
        Err(if word.starts_with(self.rest) { End::Cut } else { End::Malformed })
    }
}

/// Length of what stands in a string as it is: up to a quote, a backslash or a control character.
pub(super) fn plain(text: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let (words, tail) = text.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The top bit of each byte below 0x80 that is smaller than a blank, or becomes zero by a mark; bits above the first
        // are not to be trusted, since a borrow may have passed them.
        let control = word.wrapping_sub(ONES * 0x20);
        let quote = (word ^ (ONES * 0x22)).wrapping_sub(ONES);
        let backslash = (word ^ (ONES * 0x5c)).wrapping_sub(ONES);
        let stops = (control | quote | backslash) & !word & TOPS;
        if stops != 0 {
            return at * 8 + stops.trailing_zeros() as usize / 8;
        }
    }
    let stop = tail.iter().position(|byte| matches!(byte, 0..0x20 | b'"' | b'\\'));
    words.len() * 8 + stop.unwrap_or(tail.len())
}

/// RFC 8259 §6.
fn valid_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(unsigned);
    let leading_zero = whole > 1 && unsigned.first() == Some(&b'0');
    let mut rest = unsigned.get(whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = fraction.get(count..).unwrap_or_default();
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let bare = exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        return whole > 0 && !leading_zero && !bare.is_empty() && digits(bare) == bare.len();
    }
    whole > 0 && !leading_zero && rest.is_empty()
}

/// Replaces `out` by the string that `raw` escapes; lone surrogates become U+FFFD.
pub(super) fn unescape(raw: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        out.extend_from_slice(before);
        let [_, escape, after @ ..] = tail else { return };
        rest = after;
        match escape {
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => rest = code_point(after, out),
            other => out.push(*other),
        }
    }
    out.extend_from_slice(rest);
}

/// Reads the four digits after `\u`, and a second half when the first is a high surrogate.
fn code_point<'a>(digits: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let unit = |digits: &[u8]| {
        digits.get(..4).and_then(|d| std::str::from_utf8(d).ok()).and_then(|d| u32::from_str_radix(d, 16).ok())
    };
    let mut rest = digits.get(4..).unwrap_or_default();
    let mut code = unit(digits).unwrap_or(0xfffd);
    if (0xd800..0xdc00).contains(&code)
        && let Some(second) = rest.strip_prefix(b"\\u")
        && let Some(low @ 0xdc00..0xe000) = unit(second)
    {
        code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        rest = second.get(4..).unwrap_or_default();
    }
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    rest
}
