//! Certificates of clients (mutual TLS) that a proxy tells of in fields of the request.
//!
//! In: fields that proxies add after they ended the client's TLS. Out: the name in the certificate, in the form that
//! [`model::certificate`] gives it, so that a client has the same behind any proxy and without one. Only a trusted proxy is
//! believed (the caller asks that), and nothing is when one of the fields says that the certificate was not accepted.
//!
//! | field | what it holds |
//! |---|---|
//! | `X-Forwarded-Client-Cert` | Envoy's list of certificates, one for each hop: the last is what the nearest proxy saw |
//! | `Client-Cert` | the certificate (RFC 9440 §2.2) |
//! | `…client…cert`, `…clientcert-leaf` | the certificate, in PEM that may be percent-encoded, or its base64 |
//! | `…client…subject-dn`, `-s-dn`, `-dn`, `-subject` | the distinguished name of its subject |
//! | `…client…cert-info` | Traefik's `Subject="…"` |
//! | `…client…cn` | the common name |
//! | `…client…spiffe` | the URI |
//! | `…client…verify`, `-verified` | whether it was accepted |

use model::certificate::{distinguished, of_client};
use model::limits::CERTIFICATE_NAME_BYTES_MAX;

use crate::base64;
use crate::text::{contains, decoded};

/// How a field tells of a certificate, the form believed first before the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// Whether it was accepted.
    Verdict,
    /// `X-Forwarded-Client-Cert`.
    Forwarded,
    /// A URI.
    Uri,
    /// A certificate.
    Whole,
    /// A distinguished name.
    Subject,
    /// `Subject="…"`, percent-encoded.
    Info,
    /// A common name.
    CommonName,
}

/// The form of a field so named; `None` for one that does not tell of a client's certificate.
pub(crate) fn form(name: &[u8]) -> Option<Form> {
    const ENDS: &[(&[u8], Form)] = &[
        (b"client-cert", Form::Whole),
        (b"clientcert", Form::Whole),
        (b"clientcert-leaf", Form::Whole),
        (b"client-cert-der-base64", Form::Whole),
        (b"-subject-dn", Form::Subject),
        (b"-s-dn", Form::Subject),
        (b"client-dn", Form::Subject),
        (b"cert-dn", Form::Subject),
        (b"-subject", Form::Subject),
        (b"client-cert-info", Form::Info),
        (b"client-cn", Form::CommonName),
        (b"cert-cn", Form::CommonName),
        (b"-s-dn-cn", Form::CommonName),
        (b"client-cert-spiffe", Form::Uri),
        (b"client-verify", Form::Verdict),
        (b"cert-verify", Form::Verdict),
        (b"-chain-verified", Form::Verdict),
    ];
    let is_about = contains(name, b"client") && [&b"cert"[..], b"ssl", b"tls"].iter().any(|word| contains(name, word));
    if !is_about {
        return None;
    }
    let name: Vec<u8> = name.iter().map(|byte| if *byte == b'_' { b'-' } else { byte.to_ascii_lowercase() }).collect();
    if name == b"x-forwarded-client-cert" {
        return Some(Form::Forwarded);
    }
    ENDS.iter().find(|(end, _)| name.ends_with(end)).map(|(_, form)| *form)
}

/// What fields of one request tell of its client's certificate.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Told<'t> {
    best: Option<(Form, &'t [u8])>,
    refused: bool,
}

impl<'t> Told<'t> {
    /// Takes a field; empty ones tell nothing.
    pub(crate) fn field(&mut self, form: Form, value: &'t [u8]) {
        let value = value.trim_ascii();
        if form == Form::Verdict {
            self.refused |= !is_accepted(value);
        } else if !value.is_empty() && self.best.is_none_or(|(known, _)| form < known) {
            self.best = Some((form, value));
        }
    }

    /// The name in the certificate; `None` when there is none, or it was not accepted.
    pub(crate) fn name(&self) -> Option<Box<[u8]>> {
        let (form, value) = self.best.filter(|_| !self.refused)?;
        match form {
            Form::Verdict => None,
            Form::Forwarded => forwarded(value),
            Form::Uri => uri(value),
            Form::Whole => whole(value),
            Form::Subject => distinguished(value),
            Form::Info => distinguished(info(decoded(value, false, &mut Vec::new()))?),
            Form::CommonName => distinguished(&[b"CN=".as_slice(), &escaped(value)].concat()),
        }
    }
}

/// `SUCCESS` is the word of nginx; `HAProxy` says the number of the error, others `true`.
fn is_accepted(verdict: &[u8]) -> bool {
    [&b"success"[..], b"0", b"true", b"ok", b"1", b"valid"].iter().any(|word| verdict.eq_ignore_ascii_case(word))
}

fn uri(text: &[u8]) -> Option<Box<[u8]>> {
    (!text.is_empty() && text.len() <= CERTIFICATE_NAME_BYTES_MAX).then(|| text.into())
}

/// `By=…;Hash=…;Subject="…";URI=…`, one for each hop: the URI, else the subject, else the DNS name, else the hash of the last.
fn forwarded(value: &[u8]) -> Option<Box<[u8]>> {
    let mut found: [Option<Box<[u8]>>; 4] = Default::default();
    let mut rest = value;
    while !rest.is_empty() {
        let (pair, end) = pair(rest);
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (key, text) = (pair.get(..at).unwrap_or_default(), unquoted(pair.get(at + 1..).unwrap_or_default()));
        let is = |name: &[u8]| key.trim_ascii().eq_ignore_ascii_case(name);
        let [by_uri, by_subject, by_dns, by_hash] = &mut found;
        if is(b"uri") && by_uri.is_none() {
            *by_uri = uri(&text);
        } else if is(b"subject") {
            *by_subject = distinguished(&text);
        } else if is(b"dns") && by_dns.is_none() {
            *by_dns = uri(&text);
        } else if is(b"hash") {
            *by_hash = uri(&text);
        }
        if rest.get(end) == Some(&b',') {
            found = Default::default();
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    found.into_iter().flatten().next()
}

/// The bytes up to the next `;` or `,` that stands outside of quotes, and where that is.
fn pair(text: &[u8]) -> (&[u8], usize) {
    let (mut quoted, mut escaped) = (false, false);
    let ends = |byte: &u8| {
        let ends = !quoted && matches!(byte, b';' | b',');
        quoted ^= *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    };
    let end = text.iter().position(ends).unwrap_or(text.len());
    (text.get(..end).unwrap_or_default(), end)
}

/// Without the quotes around it; an escaped quote is one.
fn unquoted(text: &[u8]) -> Vec<u8> {
    let text = text.trim_ascii();
    let Some(inner) = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")) else { return text.to_vec() };
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().peekable();
    while let Some(byte) = bytes.next() {
        // Other escapes are those of the name in it.
        if *byte != b'\\' || bytes.peek() != Some(&&b'"') {
            out.push(*byte);
        }
    }
    out
}

/// What stands behind `Subject=`, in its quotes or up to the end of the item.
fn info(text: &[u8]) -> Option<&[u8]> {
    const KEY: &[u8] = b"Subject=";
    let at = text.windows(KEY.len()).position(|word| word == KEY)? + KEY.len();
    let rest = text.get(at..)?;
    match rest.strip_prefix(b"\"") {
        Some(quoted) => quoted.split(|byte| *byte == b'"').next(),
        None => rest.split(|byte| *byte == b';').next(),
    }
}

/// A common name as it would stand in a distinguished name.
fn escaped(value: &[u8]) -> Vec<u8> {
    value.iter().flat_map(|byte| [b'\\', *byte].into_iter().skip(usize::from(byte.is_ascii_alphanumeric()))).collect()
}

/// A certificate in PEM, which fields carry percent-encoded or with blanks for its line ends, between colons
/// (RFC 9651 §3.3.5), or bare.
fn whole(value: &[u8]) -> Option<Box<[u8]>> {
    const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
    let mut scratch = Vec::new();
    let text = decoded(value, false, &mut scratch);
    let text = match text.windows(BEGIN.len()).position(|word| word == BEGIN) {
        Some(at) => {
            text.get(at + BEGIN.len()..).unwrap_or_default().split(|byte| *byte == b'-').next().unwrap_or_default()
        }
        None => text.strip_prefix(b":").and_then(|text| text.strip_suffix(b":")).unwrap_or(text),
    };
    let digits: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let mut der = Vec::new();
    base64::decode(&digits, &mut der);
    of_client(&der)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(fields: &[(&str, &str)]) -> Option<String> {
        let mut all = Told::default();
        for (name, value) in fields {
            if let Some(form) = form(name.as_bytes()) {
                all.field(form, value.as_bytes());
            }
        }
        all.name().map(|name| String::from_utf8_lossy(&name).into_owned())
    }

    #[test]
    fn proxies_name_the_same_client_in_their_own_ways() {
        for fields in [
            &[("ssl-client-subject-dn", "CN=billing,O=Shop"), ("ssl-client-verify", "SUCCESS")][..],
            &[("X-SSL-Client-S-DN", "/O=Shop/CN=billing")],
            &[("x-amzn-mtls-clientcert-subject", "CN=billing, O=Shop")],
            &[("X-Forwarded-Tls-Client-Cert-Info", "Subject%3D%22O%3DShop%2CCN%3Dbilling%22%3BIssuer%3D%22CN%3Dca%22")],
            &[("X-Forwarded-Client-Cert", "By=spiffe://a/b;Hash=00ff;Subject=\"CN=billing,O=Shop\";DNS=b.example")],
            &[("x-forwarded-client-cert", "Hash=11;Subject=\"CN=other\",Hash=00;Subject=\"O=Shop,CN=billing\"")],
            &[("X_SSL_CLIENT_S_DN", "O=Shop,CN=billing"), ("X-SSL-Client-CN", "billing")],
        ] {
            assert_eq!(told(fields).as_deref(), Some("CN=billing,O=Shop"), "{fields:?}");
        }
        assert_eq!(told(&[("X-SSL-Client-CN", "a, b")]).as_deref(), Some("CN=a, b"));
        let workload = "By=spiffe://m/gw;Hash=00;Subject=\"\";URI=spiffe://m/ns/shop/sa/billing";
        assert_eq!(told(&[("X-Forwarded-Client-Cert", workload)]).as_deref(), Some("spiffe://m/ns/shop/sa/billing"));
        let quoted = "Subject=\"O=\\\"Shop, Inc.\\\",CN=a\"";
        assert_eq!(told(&[("X-Forwarded-Client-Cert", quoted)]).as_deref(), Some("CN=a,O=Shop, Inc."));
    }

    #[test]
    fn certificates_are_read_in_every_armour() {
        // SEQUENCE { SEQUENCE { serial, algorithm, issuer, validity, subject { CN=a }, key } }
        let subject = b"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01a";
        let signed = [b"\x02\x01\x01\x30\x00\x30\x00\x30\x00".as_slice(), subject, b"\x30\x00"].concat();
        let inner = [&[0x30, signed.len() as u8][..], &signed].concat();
        let der = [&[0x30, inner.len() as u8][..], &inner].concat();
        let text = base64_of(&der);
        for (name, value) in [
            ("Client-Cert", format!(":{text}:")),
            (
                "X-Amzn-Mtls-Clientcert-Leaf",
                format!("-----BEGIN%20CERTIFICATE-----%0A{text}%0A-----END%20CERTIFICATE-----%0A"),
            ),
            ("ssl-client-cert", format!("-----BEGIN CERTIFICATE----- {text} -----END CERTIFICATE-----")),
            ("X-Forwarded-Tls-Client-Cert", text.clone()),
            ("X-ARR-ClientCert", text.clone()),
        ] {
            assert_eq!(told(&[(name, &value)]).as_deref(), Some("CN=a"), "{name}");
        }
        assert_eq!(told(&[("Client-Cert", ":AAAA:")]), None);
    }

    fn base64_of(bytes: &[u8]) -> String {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let digits = bytes.chunks(3).flat_map(|three| {
            let word = three.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
            (0..=three.len()).map(move |at| char::from(DIGITS[(word >> (18 - 6 * at) & 63) as usize]))
        });
        digits.collect()
    }

    #[test]
    fn a_certificate_that_was_refused_names_nobody() {
        let name = ("ssl-client-subject-dn", "CN=billing");
        for verdict in ["FAILED:unable to verify the first certificate", "NONE", "20", ""] {
            assert_eq!(told(&[name, ("ssl-client-verify", verdict)]), None, "{verdict}");
        }
        assert!(told(&[name, ("X-SSL-Client-Verify", "0")]).is_some());
    }

    #[test]
    fn other_fields_tell_of_no_certificate() {
        for name in
            ["ssl-client-issuer-dn", "X-SSL-Client-I-DN", "X-Client-Id", "Subject", "X-Email-Subject", "X-SSL-Cipher"]
        {
            assert_eq!(form(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn hostile_fields_are_read_to_their_end() {
        for text in
            ["\"", "\\", ",,,;;;", "Subject=\"", "Subject=\"\\\"", "URI=", "=,=;=", "%", "-----BEGIN CERTIFICATE-----"]
        {
            for name in
                ["x-forwarded-client-cert", "client-cert", "ssl-client-subject-dn", "x-forwarded-tls-client-cert-info"]
            {
                let _none_or_some = told(&[(name, text)]);
            }
        }
    }
}
