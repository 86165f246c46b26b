//! SOAP envelopes (SOAP 1.1 §4, SOAP 1.2 part 1 §5), as far as their operation is told.
//!
//! In: an XML document, perhaps cut. Out: the local name of the first element in the body of the envelope. Tags are read
//! one after the other; nothing is expanded, so there is nothing to blow up.

use memchr::memchr;

/// The local name of the first element in the envelope's body; `None` when it is no envelope or the body is empty.
pub(crate) fn first_in_body(document: &[u8]) -> Option<&[u8]> {
    let mut tags = Tags { rest: document };
    let (root, _) = tags.next()?;
    (root.first() != Some(&b'/') && local(root) == b"Envelope").then_some(())?;
    loop {
        let (name, empty) = tags.next()?;
        if local(name) == b"Body" && name.first() != Some(&b'/') {
            (!empty).then_some(())?;
            break;
        }
    }
    let (name, _) = tags.next()?;
    (name.first() != Some(&b'/')).then(|| local(name)).filter(|name| !name.is_empty())
}

/// A name without its prefix.
fn local(name: &[u8]) -> &[u8] {
    name.rsplit(|b| *b == b':').next().unwrap_or_default()
}

/// Tags in order, comments, declarations and texts passed over.
struct Tags<'a> {
    rest: &'a [u8],
}

impl<'a> Tags<'a> {
    /// The name of the next tag, with `/` before it when the tag ends an element, and whether it is an empty element.
    fn next(&mut self) -> Option<(&'a [u8], bool)> {
        loop {
            let at = memchr(b'<', self.rest)?;
            let tag = self.rest.get(at + 1..)?;
            for (begin, end) in [(&b"!--"[..], &b"-->"[..]), (b"![CDATA[", b"]]>"), (b"?", b"?>"), (b"!", b">")] {
                if let Some(inside) = tag.strip_prefix(begin) {
                    let close = memchr::memmem::find(inside, end)?;
                    self.rest = inside.get(close + end.len()..)?;
                    break;
                }
            }
            if matches!(tag.first(), Some(b'!' | b'?')) {
                continue;
            }
            let close = end_of(tag)?;
            let inside = tag.get(..close)?;
            self.rest = tag.get(close + 1..)?;
            let name_end = inside.iter().skip(1).position(|b| b.is_ascii_whitespace() || *b == b'/');
            let name = inside.get(..name_end.map_or(inside.len(), |end| end + 1))?;
            return Some((name, inside.ends_with(b"/")));
        }
    }
}

/// Where a tag ends: at the first `>` outside of quotes.
fn end_of(tag: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr3(b'>', b'"', b'\'', tag.get(at..)?)?;
        match tag.get(at)? {
            b'>' => return Some(at),
            quote => at += memchr(*quote, tag.get(at + 1..)?)? + 2,
        }
    }
}

/// The name of an operation in the URI of an action: what stands behind its last `/`, `#` or `:`.
pub(crate) fn action_name(action: &[u8]) -> &[u8] {
    let bare = action.trim_ascii();
    let bare = bare.strip_prefix(b"\"").unwrap_or(bare);
    let bare = bare.strip_suffix(b"\"").unwrap_or(bare).trim_ascii();
    let bare = bare.strip_suffix(b"/").unwrap_or(bare);
    bare.rsplit(|b| matches!(b, b'/' | b'#' | b':')).next().unwrap_or_default()
}

/// The `action` parameter of a media type (RFC 3902).
pub(crate) fn action_parameter(content_type: &[u8]) -> Option<&[u8]> {
    content_type.split(|b| *b == b';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_at_checked(memchr(b'=', parameter)?)?;
        name.trim_ascii().eq_ignore_ascii_case(b"action").then(|| value.get(1..))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operation_is_the_first_element_of_the_body() {
        for (document, expected) in [
            (
                "<?xml version=\"1.0\"?><s:Envelope xmlns:s='a>b'><s:Header><Body2/></s:Header><s:Body><m:Get x=\"/>\"/></s:Body></s:Envelope>",
                Some("Get"),
            ),
            ("<Envelope><!-- <Body><No/> --><Body>\n <GetUser xmlns=\"urn:x\">", Some("GetUser")),
            ("<soap:Envelope><soap:Body/></soap:Envelope>", None),
            ("<soap:Envelope><soap:Body></soap:Body></soap:Envelope>", None),
            ("<html><body><p>", None),
            ("<Envelope><![CDATA[<Body><No/>]]><Body><Yes>", Some("Yes")),
            ("<Envelope><Body><Cut", None),
            ("", None),
            ("<", None),
            ("<>", None),
        ] {
            assert_eq!(first_in_body(document.as_bytes()), expected.map(str::as_bytes), "{document}");
        }
    }

    #[test]
    fn actions_are_named_by_their_last_part() {
        for (action, expected) in [
            ("\"http://tempuri.org/IService/GetUser\"", "GetUser"),
            ("urn:bank#Transfer", "Transfer"),
            ("\"\"", ""),
            ("GetUser", "GetUser"),
            ("\"http://x/\"", "x"),
        ] {
            assert_eq!(action_name(action.as_bytes()), expected.as_bytes(), "{action}");
        }
        let media = b"application/soap+xml; charset=utf-8; action=\"urn:x:Get\"";
        assert_eq!(action_parameter(media).map(action_name), Some(&b"Get"[..]));
        assert_eq!(action_parameter(b"text/xml; charset=utf-8"), None);
    }
}
