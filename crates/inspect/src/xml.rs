//! XML without a tree: texts and attributes with the paths of their elements.
//!
//! In: the decoded bytes of a body, perhaps cut. Out: one call for each text (`/order/item/sku`) and attribute
//! (`/order/item/@id`), names without prefixes. Nothing is expanded but the five entities of XML 1.0 §4.6 and references to
//! characters, so there is nothing to blow up. The walk is a loop with a bounded stack.

use memchr::{memchr, memchr3, memmem};
use model::limits::{JSON_DEPTH_MAX, JSON_VALUES_MAX};

use crate::json::{End, Leaf};
use crate::pointer::Pointer;

/// Longest reference that is undone: `&#x10ffff;`.
const REFERENCE_MAX: usize = 10;

/// Walks documents; keeps the buffers between them.
#[derive(Debug, Default)]
pub(crate) struct Walker {
    pointer: Pointer,
    stack: Vec<Level>,
    text: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Level {
    pointer_len: u32,
    /// Whether something stands in it.
    full: bool,
}

type Take<'t> = dyn FnMut(&[u8], Leaf<'_>) -> bool + 't;

impl Walker {
    /// Calls `leaf` with each text and attribute until it returns `false` ([`End::Limit`]).
    pub(crate) fn walk(&mut self, document: &[u8], leaf: &mut Take<'_>) -> End {
        self.steps(document, leaf).err().unwrap_or(End::Whole)
    }

    fn steps(&mut self, document: &[u8], leaf: &mut Take<'_>) -> Result<(), End> {
        self.pointer.clear();
        self.stack.clear();
        let mut rest = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
        let mut any = false;
        for _ in 0..JSON_VALUES_MAX {
            let Some(at) = memchr(b'<', rest) else {
                let blank = rest.iter().all(u8::is_ascii_whitespace);
                return match (self.stack.is_empty() && any, blank) {
                    (true, true) => Ok(()),
                    (true, false) => Err(End::Malformed),
                    (false, _) => Err(if any { End::Cut } else { End::Malformed }),
                };
            };
            self.content(rest.get(..at).unwrap_or_default(), false, leaf)?;
            let tag = rest.get(at + 1..).unwrap_or_default();
            if let Some(inside) = tag.strip_prefix(b"![CDATA[") {
                let end = memmem::find(inside, b"]]>").ok_or(End::Cut)?;
                self.content(inside.get(..end).unwrap_or_default(), true, leaf)?;
                rest = inside.get(end + 3..).unwrap_or_default();
                continue;
            }
            if let Some(after) = passed_over(tag)? {
                rest = after;
                continue;
            }
            let end = end_of(tag).ok_or(End::Cut)?;
            let inside = tag.get(..end).unwrap_or_default();
            rest = tag.get(end + 1..).unwrap_or_default();
            if inside.first() == Some(&b'/') {
                self.close(leaf)?;
            } else {
                if self.stack.is_empty() && any {
                    return Err(End::Malformed);
                }
                any = true;
                self.open(inside, leaf)?;
            }
        }
        Err(End::Limit)
    }

    /// Begins an element, and ends it when it is empty.
    fn open(&mut self, tag: &[u8], leaf: &mut Take<'_>) -> Result<(), End> {
        if self.stack.len() == JSON_DEPTH_MAX {
            return Err(End::Limit);
        }
        if let Some(outer) = self.stack.last_mut() {
            outer.full = true;
        }
        let (tag, empty) = tag.strip_suffix(b"/").map_or((tag, false), |tag| (tag, true));
        let name_end = tag.iter().position(u8::is_ascii_whitespace).unwrap_or(tag.len());
        let (name, attributes) = tag.split_at_checked(name_end).unwrap_or((tag, &[]));
        if name.is_empty() {
            return Err(End::Malformed);
        }
        self.stack.push(Level { pointer_len: self.pointer.len(), full: false });
        self.pointer.key(local(name));
        self.attributes(attributes, leaf)?;
        if empty { self.close(leaf) } else { Ok(()) }
    }

    fn close(&mut self, leaf: &mut Take<'_>) -> Result<(), End> {
        let level = self.stack.pop().ok_or(End::Malformed)?;
        let goes_on = level.full || leaf(self.pointer.bytes(), Leaf::Null);
        self.pointer.truncate(level.pointer_len);
        if goes_on { Ok(()) } else { Err(End::Limit) }
    }

    fn attributes(&mut self, mut rest: &[u8], leaf: &mut Take<'_>) -> Result<(), End> {
        while let Some(equals) = memchr(b'=', rest) {
            let name = rest.get(..equals).unwrap_or_default().trim_ascii();
            let value = rest.get(equals + 1..).unwrap_or_default().trim_ascii_start();
            let Some((quote @ (b'"' | b'\''), value)) = value.split_first() else { return Err(End::Malformed) };
            let end = memchr(*quote, value).ok_or(End::Malformed)?;
            rest = value.get(end + 1..).unwrap_or_default();
            // Names of namespaces are no values.
            if name == b"xmlns" || name.starts_with(b"xmlns:") {
                continue;
            }
            let len = self.pointer.len();
            self.pointer.marked(b'@', local(name));
            let value = value.get(..end).unwrap_or_default();
            let mut text = std::mem::take(&mut self.text);
            let goes_on = leaf(self.pointer.bytes(), Leaf::Text(undone(value, &mut text)));
            self.text = text;
            self.pointer.truncate(len);
            if !goes_on {
                return Err(End::Limit);
            }
            if let Some(level) = self.stack.last_mut() {
                level.full = true;
            }
        }
        Ok(())
    }

    /// Text between tags.
    fn content(&mut self, text: &[u8], verbatim: bool, leaf: &mut Take<'_>) -> Result<(), End> {
        let text = text.trim_ascii();
        if text.is_empty() {
            return Ok(());
        }
        // Outside of the root, it is of the document type.
        let Some(level) = self.stack.last_mut() else { return Ok(()) };
        level.full = true;
        let mut scratch = std::mem::take(&mut self.text);
        let text = if verbatim { text } else { undone(text, &mut scratch) };
        let goes_on = leaf(self.pointer.bytes(), Leaf::Text(text));
        self.text = scratch;
        if goes_on { Ok(()) } else { Err(End::Limit) }
    }
}

/// What follows a comment, an instruction or a declaration; `None` for other tags.
fn passed_over(tag: &[u8]) -> Result<Option<&[u8]>, End> {
    for (begin, end) in [(&b"!--"[..], &b"-->"[..]), (b"?", b"?>"), (b"!", b">")] {
        if let Some(inside) = tag.strip_prefix(begin) {
            let close = memmem::find(inside, end).ok_or(End::Cut)?;
            return Ok(inside.get(close + end.len()..));
        }
    }
    Ok(None)
}

/// Where a tag ends: at the first `>` outside of quotes.
fn end_of(tag: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr3(b'>', b'"', b'\'', tag.get(at..)?)?;
        match tag.get(at)? {
            b'>' => return Some(at),
            quote => at += memchr(*quote, tag.get(at + 1..)?)? + 2,
        }
    }
}

/// A name without its prefix.
fn local(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b':').next().unwrap_or_default()
}

/// `text` with its references undone, in `out` when there are any.
fn undone<'a>(text: &'a [u8], out: &'a mut Vec<u8>) -> &'a [u8] {
    if memchr(b'&', text).is_none() {
        return text;
    }
    out.clear();
    let mut rest = text;
    while let Some(at) = memchr(b'&', rest) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        let end = rest.iter().take(REFERENCE_MAX).position(|byte| *byte == b';');
        let name = end.and_then(|end| rest.get(1..end));
        let character = name.and_then(|name| match name {
            b"lt" => Some('<'),
            b"gt" => Some('>'),
            b"amp" => Some('&'),
            b"quot" => Some('"'),
            b"apos" => Some('\''),
            [b'#', b'x', digits @ ..] => number(digits, 16),
            [b'#', digits @ ..] => number(digits, 10),
            _ => None,
        });
        if let (Some(character), Some(end)) = (character, end) {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            rest = rest.get(end + 1..).unwrap_or_default();
        } else {
            out.push(b'&');
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    out.extend_from_slice(rest);
    out
}

fn number(digits: &[u8], radix: u32) -> Option<char> {
    char::from_u32(u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(document: &str) -> (Vec<(String, Option<String>)>, End) {
        let mut told = Vec::new();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let end = Walker::default().walk(document.as_bytes(), &mut |pointer, value| {
            told.push((text(pointer), if let Leaf::Text(value) = value { Some(text(value)) } else { None }));
            true
        });
        (told, end)
    }

    #[test]
    fn texts_and_attributes_have_the_paths_of_their_elements() {
        let (told, end) = walk(
            "<?xml version='1.0'?><!DOCTYPE o [<!ENTITY x 'y'>]><s:order xmlns:s='a>b' id=\"7\">\n<item><sku>a&amp;b&#x41;&x;</sku></item><!-- <no/> --><item a:n='1'/><note><![CDATA[<x>]]></note><empty></empty></s:order>\n",
        );
        let told: Vec<_> = told.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
        assert_eq!(
            told,
            [
                ("/order/@id", Some("7")),
                ("/order/item/sku", Some("a&bA&x;")),
                ("/order/item/@n", Some("1")),
                ("/order/note", Some("<x>")),
                ("/order/empty", None),
            ]
        );
        assert_eq!(end, End::Whole);
    }

    #[test]
    fn ends_are_told_apart() {
        for (document, expected) in [
            ("<a/>", End::Whole),
            ("<a><b>", End::Cut),
            ("<a", End::Cut),
            ("<a></a></a>", End::Malformed),
            ("<a/><b/>", End::Malformed),
            ("plain", End::Malformed),
            ("", End::Malformed),
            ("<>", End::Malformed),
            ("<a b=c/>", End::Malformed),
        ] {
            assert_eq!(walk(document).1, expected, "{document}");
        }
        let deep = "<a>".repeat(JSON_DEPTH_MAX + 1);
        assert_eq!(walk(&deep).1, End::Limit);
        let long = format!("<a>{}</a>", "<b/>".repeat(JSON_VALUES_MAX));
        assert_eq!(walk(&long).1, End::Limit);
    }
}
