//! Distinguished names in one form, however they were written.
//!
//! In: a name as text, as servers and proxies write it: RFC 4514 (`CN=a,O=b`, also with blanks and in the other order), or
//! the one line of OpenSSL (`/O=b/CN=a`). Out: the attributes that everybody writes alike, each `KEYWORD=value`, sorted and
//! joined by commas; none when there are none. What is unknown to one writer is left out for all.

use crate::limits::{CERTIFICATE_ATTRIBUTES_MAX, CERTIFICATE_NAME_BYTES_MAX};

/// Keyword, object identifier in DER, and other spellings of the keyword.
const KEYWORDS: &[(&str, &[u8], &[&str])] = &[
    ("C", &[0x55, 0x04, 0x06], &[]),
    ("CN", &[0x55, 0x04, 0x03], &["commonName"]),
    ("DC", &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19], &["domainComponent"]),
    ("EMAIL", &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01], &["emailAddress", "E"]),
    ("L", &[0x55, 0x04, 0x07], &["localityName"]),
    ("O", &[0x55, 0x04, 0x0a], &["organizationName"]),
    ("OU", &[0x55, 0x04, 0x0b], &["organizationalUnitName"]),
    ("SERIALNUMBER", &[0x55, 0x04, 0x05], &[]),
    ("ST", &[0x55, 0x04, 0x08], &["S", "stateOrProvinceName"]),
    ("STREET", &[0x55, 0x04, 0x09], &["streetAddress"]),
    ("UID", &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01], &["userId"]),
];

/// The keyword of an object identifier.
pub(super) fn keyword_of(id: &[u8]) -> Option<&'static str> {
    KEYWORDS.iter().find(|(_, known, _)| *known == id).map(|(keyword, _, _)| *keyword)
}

fn keyword(text: &[u8]) -> Option<&'static str> {
    let is = |name: &str| text.eq_ignore_ascii_case(name.as_bytes());
    KEYWORDS.iter().find(|(keyword, _, more)| is(keyword) || more.iter().any(|name| is(name))).map(|(word, _, _)| *word)
}

/// Attributes of a name, and what they take.
#[derive(Default)]
pub(super) struct Attributes {
    list: Vec<(&'static str, Vec<u8>)>,
    bytes: usize,
    too_long: bool,
}

impl Attributes {
    pub(super) fn add(&mut self, keyword: &'static str, value: &[u8]) {
        let value = value.trim_ascii();
        self.bytes += keyword.len() + value.len() + 2;
        self.too_long |= self.bytes > CERTIFICATE_NAME_BYTES_MAX || self.list.len() >= CERTIFICATE_ATTRIBUTES_MAX;
        if !value.is_empty() && !self.too_long {
            self.list.push((keyword, value.to_vec()));
        }
    }

    /// The one form; `None` without attributes, and for a name that is too long: a part of it would be another's.
    pub(super) fn write(mut self) -> Option<Box<[u8]>> {
        if self.list.is_empty() || self.too_long {
            return None;
        }
        self.list.sort_unstable();
        let parts: Vec<_> = self.list.iter().map(|(word, value)| [word.as_bytes(), b"=", value].concat()).collect();
        Some(parts.join(&b',').into())
    }
}

/// The name that `text` writes, in the one form.
pub fn distinguished(text: &[u8]) -> Option<Box<[u8]>> {
    let text = text.trim_ascii();
    if text.len() > 2 * CERTIFICATE_NAME_BYTES_MAX {
        return None;
    }
    let (text, separator) = text.strip_prefix(b"/").map_or((text, b','), |rest| (rest, b'/'));
    let mut attributes = Attributes::default();
    let mut rest = Unread { text, separator };
    while let Some((name, value)) = rest.attribute() {
        if let Some(keyword) = keyword(name.trim_ascii()) {
            attributes.add(keyword, &value);
        }
    }
    attributes.write()
}

struct Unread<'t> {
    text: &'t [u8],
    separator: u8,
}

impl<'t> Unread<'t> {
    fn attribute(&mut self) -> Option<(&'t [u8], Vec<u8>)> {
        let equals = self.text.iter().position(|byte| *byte == b'=')?;
        let (name, rest) = (self.text.get(..equals)?, self.text.get(equals + 1..)?);
        let (value, used) = self.value(rest);
        self.text = rest.get(used..).unwrap_or_default();
        Some((name, value))
    }

    /// A value without its quotes and escapes, and the bytes up to behind its separator.
    fn value(&self, text: &[u8]) -> (Vec<u8>, usize) {
        let (mut value, mut quoted, mut at) = (Vec::new(), false, 0);
        while let Some(&byte) = text.get(at) {
            at += 1;
            match byte {
                b'\\' => {
                    let (escaped, used) = escape(text.get(at..).unwrap_or_default());
                    value.extend(escaped);
                    at += used;
                }
                b'"' => quoted = !quoted,
                _ if byte == self.separator && !quoted && self.is_end(text.get(at..).unwrap_or_default()) => break,
                _ => value.push(byte),
            }
        }
        (value, at)
    }

    /// OpenSSL does not escape the separator: one that no attribute follows is part of the value.
    fn is_end(&self, rest: &[u8]) -> bool {
        let word = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.').count();
        self.separator != b'/' || (word > 0 && rest.get(word) == Some(&b'='))
    }
}

/// Two hexadecimal digits, or a character that stands for itself (RFC 4514 §2.4).
fn escape(rest: &[u8]) -> (Option<u8>, usize) {
    let digit = |at: usize| rest.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    match (digit(0), digit(1)) {
        (Some(high), Some(low)) => (u8::try_from(high << 4 | low).ok(), 2),
        _ => (rest.first().copied(), usize::from(!rest.is_empty())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        distinguished(text.as_bytes()).map(|name| String::from_utf8_lossy(&name).into_owned())
    }

    #[test]
    fn a_name_is_the_same_however_it_was_written() {
        for text in [
            "CN=Ann Lee,OU=Ops,O=Shop\\, Inc.,C=DE",
            "C=DE, O=\"Shop, Inc.\", OU=Ops, CN=Ann Lee",
            "C = DE,O = Shop\\2C Inc.,OU = Ops,CN = Ann Lee",
            "/C=DE/O=Shop, Inc./OU=Ops/CN=Ann Lee",
            "commonName=Ann Lee,ou=Ops,o=Shop\\, Inc.,c=DE,1.2.3.4=#0c0178",
        ] {
            assert_eq!(read(text).as_deref(), Some("C=DE,CN=Ann Lee,O=Shop, Inc.,OU=Ops"), "{text}");
        }
        assert_eq!(read("/CN=http/shop.example/O=Shop").as_deref(), Some("CN=http/shop.example,O=Shop"));
        assert_eq!(read("emailAddress=ann@shop.example"), read("E=ann@shop.example"));
        assert_ne!(read("CN=a,OU=b"), read("CN=a,OU=c"));
    }

    #[test]
    fn what_names_nobody_is_no_name() {
        for text in ["", "(null)", "CN=", "=", "/", "serial=5", "1.2.3.4=a", "CN"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_too_long_is_not_cut_to_anothers() {
        assert_eq!(read(&format!("CN={}", "a".repeat(2 * CERTIFICATE_NAME_BYTES_MAX))), None);
        assert_eq!(read(&format!("CN={}", "a".repeat(CERTIFICATE_NAME_BYTES_MAX))), None);
        assert_eq!(read(&"OU=a,".repeat(CERTIFICATE_ATTRIBUTES_MAX + 1)), None);
    }
}
