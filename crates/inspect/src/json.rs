//! JSON without a tree: leaves with their pointers, and the outermost members.
//!
//! In: the decoded bytes of a body, perhaps cut. Out: one call for each leaf (a string, number, literal, or empty
//! structure) with its JSON pointer (RFC 6901), `*` for any array element. The walk is a loop over tokens with a bounded
//! stack, so nesting costs no call stack; strings are borrowed, and copied only to undo escapes.

mod outer;
mod scalars;
mod token;

pub(crate) use outer::{Says, outer_members, outer_names, outer_says, outer_structure};
pub(crate) use scalars::scalars;

use std::cell::Cell;

use memchr::memchr2;
use model::limits::{JSON_DEPTH_MAX, JSON_VALUES_MAX, NAME_BYTES_MAX};

use crate::class::classify;
use crate::memo::Names;
use crate::pointer::push_star;
use crate::row::push_placeholder;
use crate::text::push_printable;
use token::{Token, Tokens, unescape};

/// A leaf's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaf<'a> {
    /// A string without its quotes, escapes undone.
    Text(&'a [u8]),
    /// A number as written.
    Number(&'a [u8]),
    /// Bytes that are no text; JSON has none.
    Bytes(&'a [u8]),
    Bool,
    Null,
    /// `{}`.
    Object,
    /// `[]`.
    Array,
}

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// One whole value was read.
    Whole,
    /// The bytes end inside the value.
    Cut,
    /// Not JSON (RFC 8259).
    Malformed,
    /// A limit was reached.
    Limit,
}

/// Walks documents; keeps the pointer's buffers between them.
#[derive(Debug, Default)]
pub(crate) struct Walker {
    pointer: Vec<u8>,
    unescaped: Vec<u8>,
    stack: Vec<Level>,
    /// Whether keys stand in pointers as they are.
    keys: Names<bool>,
}

#[derive(Clone, Copy, Debug)]
struct Level {
    /// Length of the pointer of the structure itself.
    pointer_len: u32,
    object: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    /// A value.
    Value,
    /// A value, or the end of an array just opened.
    FirstElement,
    /// A key, or the end of an object just opened.
    FirstKey,
    /// A key.
    Key,
    /// A comma or the end of the structure.
    Next,
}

impl Walker {
    /// Calls `leaf` with each leaf of the document, in order, until it returns `false` ([`End::Limit`]).
    pub(crate) fn walk(&mut self, document: &[u8], leaf: impl FnMut(&[u8], Leaf<'_>) -> bool) -> End {
        self.walk_elements(document, &Cell::default(), leaf)
    }

    /// The same; `element` counts the elements of an outermost array that are over.
    pub(crate) fn walk_elements(
        &mut self,
        document: &[u8],
        element: &Cell<u32>,
        leaf: impl FnMut(&[u8], Leaf<'_>) -> bool,
    ) -> End {
        self.steps(document, b"", element, leaf).err().unwrap_or(End::Whole)
    }

    /// The same of a document that is an element of something else.
    pub(crate) fn walk_element(&mut self, document: &[u8], leaf: impl FnMut(&[u8], Leaf<'_>) -> bool) -> End {
        self.steps(document, b"/*", &Cell::default(), leaf).err().unwrap_or(End::Whole)
    }

    /// As [`Self::walk_elements`]; nothing went wrong when the value is whole.
    fn steps(
        &mut self,
        document: &[u8],
        at: &[u8],
        element: &Cell<u32>,
        mut leaf: impl FnMut(&[u8], Leaf<'_>) -> bool,
    ) -> Result<(), End> {
        self.pointer.clear();
        self.pointer.extend_from_slice(at);
        self.stack.clear();
        let mut tokens = Tokens::new(document);
        let (mut want, mut values) = (Want::Value, 0);
        loop {
            want = match want {
                Want::FirstElement if tokens.peek()? == b']' => {
                    self.close(&mut tokens, Some(Leaf::Array), &mut leaf)?
                }
                Want::FirstKey if tokens.peek()? == b'}' => self.close(&mut tokens, Some(Leaf::Object), &mut leaf)?,
                Want::Value | Want::FirstElement => {
                    values += 1;
                    if values > JSON_VALUES_MAX {
                        return Err(End::Limit);
                    }
                    self.value(tokens.next()?, &mut leaf)?
                }
                Want::FirstKey | Want::Key => self.key(tokens.key()?),
                Want::Next => self.next(&mut tokens, element, &mut leaf)?,
            };
            if want == Want::Next && self.stack.is_empty() {
                return if tokens.at_end() { Ok(()) } else { Err(End::Malformed) };
            }
        }
    }

    fn value(&mut self, token: Token<'_>, leaf: &mut impl FnMut(&[u8], Leaf<'_>) -> bool) -> Result<Want, End> {
        let value = match token {
            Token::Open(bracket) => return self.open(bracket == b'{'),
            Token::Text { raw, escaped: false } => Leaf::Text(raw),
            Token::Text { raw, escaped: true } => {
                unescape(raw, &mut self.unescaped);
                Leaf::Text(&self.unescaped)
            }
            Token::Number(text) => Leaf::Number(text),
            Token::Bool => Leaf::Bool,
            Token::Null => Leaf::Null,
            Token::Close(_) | Token::Comma | Token::Colon => return Err(End::Malformed),
        };
        if leaf(&self.pointer, value) { Ok(Want::Next) } else { Err(End::Limit) }
    }

    fn open(&mut self, object: bool) -> Result<Want, End> {
        if self.stack.len() == JSON_DEPTH_MAX {
            return Err(End::Limit);
        }
        self.stack.push(Level { pointer_len: self.pointer.len() as u32, object });
        if object {
            return Ok(Want::FirstKey);
        }
        push_star(&mut self.pointer);
        Ok(Want::FirstElement)
    }

    /// Ends the innermost structure with the bracket that comes; `empty` is what it is when it held nothing.
    fn close(
        &mut self,
        tokens: &mut Tokens<'_>,
        empty: Option<Leaf<'_>>,
        leaf: &mut impl FnMut(&[u8], Leaf<'_>) -> bool,
    ) -> Result<Want, End> {
        let object = tokens.peek()? == b'}';
        tokens.pass();
        let Some(level) = self.stack.pop() else { return Err(End::Malformed) };
        if level.object != object {
            return Err(End::Malformed);
        }
        self.pointer.truncate(level.pointer_len as usize);
        match empty {
            Some(value) if !leaf(&self.pointer, value) => Err(End::Limit),
            _ => Ok(Want::Next),
        }
    }

    /// Adds a key, which may have escapes, to the pointer.
    fn key(&mut self, (raw, escaped): (&[u8], bool)) -> Want {
        // Above the kept length nothing is added, so that long keys do not cost once more for each leaf below them.
        if self.pointer.len() < NAME_BYTES_MAX {
            let name = if escaped {
                unescape(raw, &mut self.unescaped);
                &self.unescaped
            } else {
                raw
            };
            if self.pointer.len() + 1 + name.len() <= NAME_BYTES_MAX && self.keys.tell(name, || stands(name)) {
                self.pointer.push(b'/');
                self.pointer.extend_from_slice(name);
            } else {
                push_key(&mut self.pointer, name);
            }
        }
        Want::Value
    }

    /// What comes after a value.
    fn next(
        &mut self,
        tokens: &mut Tokens<'_>,
        element: &Cell<u32>,
        leaf: &mut impl FnMut(&[u8], Leaf<'_>) -> bool,
    ) -> Result<Want, End> {
        match tokens.peek()? {
            b']' | b'}' => self.close(tokens, None, leaf),
            b',' => {
                tokens.pass();
                match self.stack.last() {
                    Some(level) if level.object => {
                        self.pointer.truncate(level.pointer_len as usize);
                        Ok(Want::Key)
                    }
                    Some(_) => {
                        if self.stack.len() == 1 {
                            element.set(element.get().saturating_add(1));
                        }
                        Ok(Want::Value)
                    }
                    None => Err(End::Malformed),
                }
            }
            _ => Err(End::Malformed),
        }
    }
}

/// Appends `/key`, `~` and `/` escaped as RFC 6901 wants, the rest printable; at most [`NAME_BYTES_MAX`] in all.
pub(crate) fn push_key(pointer: &mut Vec<u8>, key: &[u8]) {
    pointer.push(b'/');
    let class = classify(key);
    if class.is_value() {
        push_placeholder(pointer, class);
    } else {
        let mut rest = key;
        while let Some(at) = memchr2(b'~', b'/', rest)
            && pointer.len() < NAME_BYTES_MAX
        {
            push_printable(pointer, rest.get(..at).unwrap_or_default(), NAME_BYTES_MAX);
            pointer.extend_from_slice(if rest.get(at) == Some(&b'~') { b"~0" } else { b"~1" });
            rest = rest.get(at + 1..).unwrap_or_default();
        }
        push_printable(pointer, rest, NAME_BYTES_MAX);
    }
    cut(pointer);
}

/// Whether [`push_key`] appends it as it is when there is room.
fn stands(key: &[u8]) -> bool {
    let mut pushed = Vec::new();
    push_key(&mut pushed, key);
    pushed.get(1..) == Some(key)
}

/// Cuts a pointer to its longest kept length, at the border of a character.
fn cut(pointer: &mut Vec<u8>) {
    if pointer.len() > NAME_BYTES_MAX {
        let end = (0..=NAME_BYTES_MAX).rev().find(|at| pointer.get(*at).is_none_or(|b| b & 0xc0 != 0x80)).unwrap_or(0);
        pointer.truncate(end);
    }
}

#[cfg(test)]
mod tests;
