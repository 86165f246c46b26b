//! Who a certificate says that its holder is.
//!
//! In: one certificate in DER (RFC 5280 §4), or a distinguished name as text. Out: for a server the names it may be called
//! by, for a client the one name it goes by, in one form wherever it was written. It walks the values one after the other
//! with a stack of ends, never deeper than a certificate goes, and stops after [`limits::TLS_CERTIFICATE_STEPS_MAX`] of them.

mod distinguished;

use crate::cursor::Cursor;
use crate::limits;
pub use distinguished::distinguished;
use distinguished::{Attributes, keyword_of};

const SEQUENCE: u8 = 0x30;
const OBJECT_ID: u8 = 0x06;
const OCTETS: u8 = 0x04;
const EXTENSIONS: u8 = 0xa3;
/// `dNSName [2]`.
const DNS_NAME: u8 = 0x82;
/// `uniformResourceIdentifier [6]`.
const URI: u8 = 0x86;
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

/// Names that a server may be called by: the DNS names of `subjectAltName`, else the common name; at most
/// [`limits::TLS_NAMES_MAX`].
pub fn of_server(der: &[u8]) -> Vec<Box<[u8]>> {
    let names = Names::of(der);
    if names.alternative.is_empty() { names.common.into_iter().collect() } else { names.alternative }
}

/// The name that a client goes by: the URI of `subjectAltName` that a mesh gives workloads (SPIFFE), else the subject, else
/// the first DNS name. Another certificate of the same holder has the same.
pub fn of_client(der: &[u8]) -> Option<Box<[u8]>> {
    let names = Names::of(der);
    names.uri.or_else(|| names.subject.write()).or_else(|| names.alternative.into_iter().next())
}

/// The first certificate of a `Certificate` message of TLS (RFC 5246 §7.4.2; RFC 8446 §4.4.2 with a context before it).
pub fn of_message(body: &[u8], is_13: bool) -> Option<&[u8]> {
    let mut rest = Cursor(body);
    if is_13 {
        rest.vec8()?;
    }
    rest.u24()?;
    let len = rest.u24()?;
    rest.take(len)
}

#[derive(Default)]
struct Names {
    common: Option<Box<[u8]>>,
    subject: Attributes,
    alternative: Vec<Box<[u8]>>,
    uri: Option<Box<[u8]>>,
    steps: usize,
}

/// The next value: its tag and content.
fn value<'a>(rest: &mut Cursor<'a>) -> Option<(u8, &'a [u8])> {
    let tag = rest.u8()?;
    let len = match rest.u8()? {
        short @ 0..=0x7f => usize::from(short),
        0x81 => usize::from(rest.u8()?),
        0x82 => usize::from(rest.u16()?),
        0x83 => rest.u24()?,
        _ => return None,
    };
    Some((tag, rest.take(len)?))
}

fn name(bytes: &[u8]) -> Option<Box<[u8]>> {
    let believed = !bytes.is_empty() && bytes.len() <= limits::TLS_NAME_BYTES_MAX;
    (believed && bytes.iter().all(|byte| (b' '..=b'~').contains(byte))).then(|| bytes.into())
}

impl Names {
    /// Of a certificate that is cut, what was read so far counts.
    fn of(der: &[u8]) -> Self {
        let mut names = Self::default();
        let _read_to_its_end = names.read(der);
        names
    }

    fn step(&mut self) -> Option<()> {
        self.steps += 1;
        (self.steps <= limits::TLS_CERTIFICATE_STEPS_MAX).then_some(())
    }

    fn read(&mut self, der: &[u8]) -> Option<()> {
        let (_, certificate) = value(&mut Cursor(der))?;
        let (_, signed) = value(&mut Cursor(certificate))?;
        let mut fields = Cursor(signed);
        // Sequences in order: signature, issuer, validity, subject, key.
        let mut sequences = 0;
        while let Some((tag, content)) = value(&mut fields) {
            self.step()?;
            sequences += usize::from(tag == SEQUENCE);
            match tag {
                SEQUENCE if sequences == 4 => self.subject(content)?,
                EXTENSIONS => self.extensions(content)?,
                _ => {}
            }
        }
        Some(())
    }

    /// `SEQUENCE OF SET OF SEQUENCE { type, value }`.
    fn subject(&mut self, subject: &[u8]) -> Option<()> {
        let mut sets = Cursor(subject);
        while let Some((_, set)) = value(&mut sets) {
            let mut attributes = Cursor(set);
            while let Some((_, attribute)) = value(&mut attributes) {
                self.step()?;
                let mut parts = Cursor(attribute);
                let (Some((OBJECT_ID, id)), Some((_, text))) = (value(&mut parts), value(&mut parts)) else { continue };
                if id == COMMON_NAME {
                    self.common = name(text).or(self.common.take());
                }
                if let Some(keyword) = keyword_of(id) {
                    self.subject.add(keyword, text);
                }
            }
        }
        Some(())
    }

    /// `SEQUENCE OF SEQUENCE { id, [critical], OCTET STRING }`.
    fn extensions(&mut self, content: &[u8]) -> Option<()> {
        let (_, list) = value(&mut Cursor(content))?;
        let mut all = Cursor(list);
        while let Some((_, extension)) = value(&mut all) {
            self.step()?;
            let mut parts = Cursor(extension);
            if value(&mut parts) != Some((OBJECT_ID, ALT_NAME)) {
                continue;
            }
            while let Some((tag, octets)) = value(&mut parts) {
                if tag == OCTETS {
                    self.alternatives(octets)?;
                }
            }
        }
        Some(())
    }

    fn alternatives(&mut self, octets: &[u8]) -> Option<()> {
        let (_, list) = value(&mut Cursor(octets))?;
        let mut all = Cursor(list);
        while let Some((tag, text)) = value(&mut all) {
            self.step()?;
            match tag {
                DNS_NAME if self.alternative.len() < limits::TLS_NAMES_MAX => self.alternative.extend(name(text)),
                URI if self.uri.is_none() => self.uri = name(text),
                _ => {}
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![tag, 0x82];
        out.extend_from_slice(&(content.len() as u16).to_be_bytes());
        out.extend_from_slice(content);
        out
    }

    fn certificate(common: &[u8], alternative: &[&[u8]]) -> Vec<u8> {
        let attribute = der(SEQUENCE, &[der(OBJECT_ID, COMMON_NAME), der(0x0c, common)].concat());
        let subject = der(SEQUENCE, &der(0x31, &attribute));
        let names: Vec<u8> = alternative.iter().flat_map(|name| der(DNS_NAME, name)).collect();
        let octets = der(OCTETS, &der(SEQUENCE, &names));
        let extension = der(SEQUENCE, &[der(OBJECT_ID, ALT_NAME), octets].concat());
        let extensions = der(EXTENSIONS, &der(SEQUENCE, &extension));
        let empty = der(SEQUENCE, b"");
        let signed = [der(0xa0, b""), der(2, b"1"), empty.clone(), empty.clone(), empty.clone(), subject, empty];
        der(SEQUENCE, &der(SEQUENCE, &[signed.concat(), extensions].concat()))
    }

    #[test]
    fn alternative_names_go_before_the_common_name() {
        let with = certificate(b"cn.example", &[b"a.example", b"*.b.example", b"\xff"]);
        assert_eq!(of_server(&with), [Box::from(&b"a.example"[..]), Box::from(&b"*.b.example"[..])]);
        assert_eq!(of_server(&certificate(b"cn.example", &[])), [Box::from(&b"cn.example"[..])]);
    }

    #[test]
    fn a_client_goes_by_its_subject_before_its_dns_names() {
        assert_eq!(of_client(&certificate(b"Billing", &[b"a.example"])).as_deref(), Some(&b"CN=Billing"[..]));
        assert_eq!(of_client(&certificate(b"", &[b"a.example"])).as_deref(), Some(&b"a.example"[..]));
        assert_eq!(of_client(b"0"), None);
    }

    #[test]
    fn names_are_few_however_many_there_are() {
        let many = vec![&b"a.example"[..]; 2 * limits::TLS_NAMES_MAX];
        assert_eq!(of_server(&certificate(b"", &many)).len(), limits::TLS_NAMES_MAX);
    }

    #[test]
    fn a_certificate_cut_anywhere_reads_without_harm() {
        let whole = certificate(b"cn.example", &[b"a.example"]);
        for end in 0..whole.len() {
            of_server(&whole[..end]);
            of_client(&whole[..end]);
        }
        assert_eq!(of_message(&[0, 0, 5, 0, 0, 9, 1], false), None);
        assert_eq!(of_message(&[0, 0, 0, 5, 0, 0, 2, 1, 2, 0, 0], true), Some(&[1, 2][..]));
    }
}
