//! JSON read from the front, value by value, from a window that slides over it.
//!
//! In: a [`Window`]. Out: what stands next, names and texts as far as the caller keeps them, numbers. Kept: the window and
//! one name; a text of any length passes through, and a value that nobody asks for is passed over by counting brackets, so
//! neither length nor depth costs memory. Texts are bytes: bytes that are no UTF-8 stay what they are.
//!
//! It is lenient where exporters are careless (a comma too many, raw control characters, unknown escapes, halves of
//! surrogate pairs) and gives up where it can no longer tell what is a value: [`Broken`].

use memchr::memchr2;
use model::limits::HAR_NAME_BYTES_MAX;

use super::name::Name;
use crate::source::window::Window;

/// Why the text cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It ends here.
    Cut,
    /// It is not JSON here.
    Text(&'static str),
}

pub(super) type Read<T> = Result<T, Broken>;

/// U+FFFD in UTF-8, for halves of surrogate pairs.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// Longest number looked at; a longer one is none that HAR has.
const NUMBER_BYTES_MAX: usize = 64;

/// A place in a JSON text.
#[derive(Debug)]
pub(super) struct Json {
    pub(super) window: Window,
    name: Vec<u8>,
}

/// A text being kept, as far as there is room.
struct Kept<'a> {
    to: &'a mut Vec<u8>,
    most: usize,
    len: u64,
}

impl Kept<'_> {
    fn add(&mut self, bytes: &[u8]) {
        self.len = self.len.saturating_add(bytes.len() as u64);
        let room = self.most.saturating_sub(self.to.len());
        self.to.extend_from_slice(bytes.get(..bytes.len().min(room)).unwrap_or_default());
    }
}

impl Json {
    /// At the start of the view of `window`.
    pub(super) const fn new(window: Window) -> Self {
        Self { window, name: Vec::new() }
    }

    /// The first byte of the next value, or the bracket, comma or colon that stands there. It is not consumed.
    pub(super) fn peek(&mut self) -> Read<u8> {
        loop {
            let view = self.window.fill(1);
            if view.is_empty() {
                return Err(Broken::Cut);
            }
            let blanks = view.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
            let next = view.get(blanks).copied();
            self.window.consume(blanks);
            if let Some(next) = next {
                return Ok(next);
            }
        }
    }

    /// Goes into the object or array that `open` begins, when one stands next; any other value is passed over.
    pub(super) fn enter(&mut self, open: u8) -> Read<bool> {
        if self.peek()? == open {
            self.window.consume(1);
            return Ok(true);
        }
        self.skip()?;
        Ok(false)
    }

    /// Whether another member or element follows before `close`, which is consumed. `first` is true once.
    pub(super) fn more(&mut self, first: &mut bool, close: u8) -> Read<bool> {
        let mut next = self.peek()?;
        if next == b',' && !std::mem::take(first) {
            self.window.consume(1);
            next = self.peek()?;
        } else if next != close && !std::mem::take(first) {
            return Err(Broken::Text("a comma or a closing bracket is missing"));
        }
        if next == close {
            self.window.consume(1);
        }
        Ok(next != close)
    }

    /// The name of a member and its colon.
    pub(super) fn name(&mut self) -> Read<Name> {
        if self.peek()? != b'"' {
            return Err(Broken::Text("the name of a member is missing"));
        }
        let mut name = std::mem::take(&mut self.name);
        name.clear();
        let len = self.string(&mut name, HAR_NAME_BYTES_MAX);
        let found = Name::of(&name);
        self.name = name;
        let whole = len? <= HAR_NAME_BYTES_MAX as u64;
        if self.peek()? != b':' {
            return Err(Broken::Text("the colon after a name is missing"));
        }
        self.window.consume(1);
        Ok(if whole { found } else { Name::Other })
    }

    /// Replaces `into` by the first `most` bytes of the text that stands next, and tells its whole length. `None`, and an
    /// empty `into`, when another value stands there, which is passed over.
    pub(super) fn text(&mut self, into: &mut Vec<u8>, most: usize) -> Read<Option<u64>> {
        into.clear();
        if self.peek()? == b'"' {
            return self.string(into, most).map(Some);
        }
        self.skip()?;
        Ok(None)
    }

    /// The number that stands next, also as a text; `None` for any other value.
    pub(super) fn number(&mut self) -> Read<Option<f64>> {
        let mut digits = Vec::with_capacity(NUMBER_BYTES_MAX);
        match self.peek()? {
            b'"' => {
                self.string(&mut digits, NUMBER_BYTES_MAX)?;
            }
            b'-' | b'0'..=b'9' => self.token(&mut digits)?,
            _ => self.skip()?,
        }
        let text = str::from_utf8(&digits).ok().filter(|text| text.bytes().any(|byte| byte.is_ascii_digit()));
        Ok(text.and_then(|text| text.trim().parse().ok()).filter(|number: &f64| number.is_finite()))
    }

    /// Whether the value that stands next is `true` or a text that is not empty.
    pub(super) fn says_yes(&mut self) -> Read<bool> {
        let mut start = Vec::with_capacity(4);
        match self.peek()? {
            b'"' => Ok(self.string(&mut start, 0)? > 0),
            b't' => self.token(&mut start).map(|()| true),
            _ => self.skip().map(|()| false),
        }
    }

    /// Passes over the value that stands next, however long or deep.
    pub(super) fn skip(&mut self) -> Read<()> {
        let mut depth = 0_u64;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string(&mut Vec::new(), 0)?;
                }
                b'{' | b'[' => {
                    depth = depth.saturating_add(1);
                    self.window.consume(1);
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.window.consume(1);
                }
                b',' | b':' if depth > 0 => self.window.consume(1),
                _ => self.token(&mut Vec::new())?,
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// A number or a word.
    fn token(&mut self, into: &mut Vec<u8>) -> Read<()> {
        let mut any = false;
        loop {
            let view = self.window.fill(1);
            let len = view.iter().take_while(|byte| is_token(**byte)).count();
            let more = len > 0 && len == view.len();
            let room = NUMBER_BYTES_MAX.saturating_sub(into.len());
            into.extend_from_slice(view.get(..len.min(room)).unwrap_or_default());
            self.window.consume(len);
            any |= len > 0;
            if !more {
                break;
            }
        }
        if any { Ok(()) } else { Err(Broken::Text("a value is missing")) }
    }

    /// The text whose opening quote stands next, its escapes undone; returns its whole length.
    fn string(&mut self, into: &mut Vec<u8>, most: usize) -> Read<u64> {
        self.window.consume(1);
        let mut kept = Kept { to: into, most, len: 0 };
        loop {
            let view = self.window.fill(1);
            if view.is_empty() {
                return Err(Broken::Cut);
            }
            let end = memchr2(b'"', b'\\', view);
            let plain = end.unwrap_or(view.len());
            kept.add(view.get(..plain).unwrap_or_default());
            let stop = view.get(plain).copied();
            self.window.consume(plain);
            match stop {
                None => {}
                Some(b'\\') => self.escape(&mut kept)?,
                Some(_) => {
                    self.window.consume(1);
                    return Ok(kept.len);
                }
            }
        }
    }

    fn escape(&mut self, kept: &mut Kept<'_>) -> Read<()> {
        let Some(&kind) = self.window.fill(2).get(1) else { return Err(Broken::Cut) };
        if kind == b'u' {
            self.unicode(kept);
            return Ok(());
        }
        self.window.consume(2);
        kept.add(&[match kind {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            other => other,
        }]);
        Ok(())
    }

    /// `\u` with four digits, and the second half of a pair behind it.
    fn unicode(&mut self, kept: &mut Kept<'_>) {
        let Some(first) = unit(self.window.fill(6)) else {
            self.window.consume(2);
            return kept.add(REPLACEMENT);
        };
        self.window.consume(6);
        let mut code = u32::from(first);
        if (0xd800..0xdc00).contains(&code)
            && let Some(second @ 0xdc00..0xe000) = unit(self.window.fill(6))
        {
            self.window.consume(6);
            code = 0x1_0000 + ((code - 0xd800) << 10) + (u32::from(second) - 0xdc00);
        }
        match char::from_u32(code) {
            Some(char) => kept.add(char.encode_utf8(&mut [0; 4]).as_bytes()),
            None => kept.add(REPLACEMENT),
        }
    }
}

/// The whole number of zero or more that `number` begins with; what is too large is the largest.
#[allow(clippy::cast_sign_loss, reason = "only numbers of zero or more are cast, and the cast saturates")]
pub(super) fn whole(number: f64) -> Option<u64> {
    (number >= 0.0).then_some(number as u64)
}

const fn is_token(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-' | b'.')
}

/// The code unit of an escape.
fn unit(view: &[u8]) -> Option<u16> {
    let digits = view.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |sum, digit| Some(sum << 4 | (*digit as char).to_digit(16)? as u16))
}
