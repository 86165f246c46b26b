//! `ClientHello` and `ServerHello` (RFC 8446 §4.1, RFC 5246 §7.4.1).
//!
//! In: the body of one handshake message. Out: what is needed of it to name the service, to know the client, and to
//! choose keys. Extensions that do not read are left out; the rest of the hello stands.

use model::limits;

use super::ja4;
use model::cursor::Cursor;

const SERVER_NAME: u16 = 0;
const ALPN: u16 = 16;
const ENCRYPT_THEN_MAC: u16 = 22;
const EXTENDED_MASTER_SECRET: u16 = 23;
const EARLY_DATA: u16 = 42;
const SUPPORTED_VERSIONS: u16 = 43;
const SIGNATURE_ALGORITHMS: u16 = 13;
/// Draft of Encrypted Client Hello; the number was kept.
const ENCRYPTED_HELLO: u16 = 0xfe0d;

/// The random value by which a `HelloRetryRequest` is known (RFC 8446 §4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// What a client says.
#[allow(clippy::struct_excessive_bools, reason = "each is an extension")]
#[derive(Clone, Debug, Default)]
pub(in crate::proto) struct ClientHello {
    /// Its random value, by which key logs name the connection.
    pub random: [u8; 32],
    /// Highest version it offers.
    pub version: u16,
    /// Server name.
    pub sni: Option<Box<[u8]>>,
    /// First protocol offered.
    pub alpn: Option<Box<[u8]>>,
    /// Whether the real hello is encrypted.
    pub ech: bool,
    /// Whether data follow before the server answers.
    pub early_data: bool,
    /// Whether the MAC may be made of the ciphertext.
    pub encrypt_then_mac: bool,
    /// Whether the master secret may be bound to the handshake.
    pub extended_master: bool,
    /// Fingerprint.
    pub ja4: String,
}

/// What a server says.
#[derive(Clone, Debug, Default)]
pub(super) struct ServerHello {
    /// Its random value.
    pub random: [u8; 32],
    /// Version agreed on.
    pub version: u16,
    /// Cipher suite.
    pub suite: u16,
    /// Whether it asks for another hello.
    pub retry: bool,
    /// Compression method.
    pub compression: u8,
    /// Whether the MAC is made of the ciphertext.
    pub encrypt_then_mac: bool,
    /// Whether the master secret is bound to the handshake.
    pub extended_master: bool,
    /// Protocol chosen, before TLS 1.3.
    pub alpn: Option<Box<[u8]>>,
}

/// Whether a number is one of those that only test tolerance (RFC 8701).
pub(super) const fn is_grease(number: u16) -> bool {
    let [high, low] = number.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// Type and body of each extension that is whole.
pub(super) fn extensions(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = Cursor(bytes);
    std::iter::from_fn(move || Some((rest.u16()?, rest.vec16()?)))
}

impl ClientHello {
    /// Reads the body of a `ClientHello`.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        Self::of(body, false)
    }

    /// The same from a connection of QUIC.
    pub(in crate::proto) fn read_quic(body: &[u8]) -> Option<Self> {
        Self::of(body, true)
    }

    fn of(body: &[u8], quic: bool) -> Option<Self> {
        let mut rest = Cursor(body);
        let legacy = rest.u16()?;
        let random = *rest.take(32)?.first_chunk()?;
        rest.vec8()?;
        let suites = rest.vec16()?;
        rest.vec8()?;
        let all = rest.vec16().unwrap_or_default();
        let mut hello = Self { random, version: legacy, ..Self::default() };
        let mut print = ja4::Print { quic, suites, extensions: all, version: legacy, ..ja4::Print::default() };
        for (kind, body) in extensions(all) {
            hello.extension(kind, body, &mut print);
        }
        print.version = hello.version;
        hello.ja4 = print.text();
        Some(hello)
    }

    fn extension<'a>(&mut self, kind: u16, body: &'a [u8], print: &mut ja4::Print<'a>) {
        match kind {
            SERVER_NAME => {
                print.named = true;
                self.sni = server_name(body);
            }
            ALPN => {
                let first = Cursor(body).vec16().and_then(|list| Cursor(list).vec8());
                print.alpn = first.unwrap_or_default();
                self.alpn = first.filter(|name| !name.is_empty()).map(Box::from);
            }
            SUPPORTED_VERSIONS => {
                let offered = Cursor(body).vec8().unwrap_or_default();
                let highest = Cursor(offered).numbers().filter(|version| !is_grease(*version)).max();
                self.version = highest.unwrap_or(self.version);
            }
            SIGNATURE_ALGORITHMS => print.signatures = Cursor(body).vec16().unwrap_or_default(),
            ENCRYPT_THEN_MAC => self.encrypt_then_mac = true,
            EXTENDED_MASTER_SECRET => self.extended_master = true,
            EARLY_DATA => self.early_data = true,
            ENCRYPTED_HELLO => self.ech = true,
            _ => {}
        }
    }
}

fn server_name(body: &[u8]) -> Option<Box<[u8]>> {
    let mut list = Cursor(Cursor(body).vec16()?);
    while let (Some(kind), Some(name)) = (list.u8(), list.vec16()) {
        if kind == 0 && !name.is_empty() && name.len() <= limits::TLS_NAME_BYTES_MAX {
            return Some(name.into());
        }
    }
    None
}

impl ServerHello {
    /// Reads the body of a `ServerHello`.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let mut rest = Cursor(body);
        let legacy = rest.u16()?;
        let random = *rest.take(32)?.first_chunk()?;
        rest.vec8()?;
        let suite = rest.u16()?;
        let compression = rest.u8()?;
        let retry = random == RETRY;
        let mut hello = Self { random, version: legacy, suite, retry, compression, ..Self::default() };
        for (kind, body) in extensions(rest.vec16().unwrap_or_default()) {
            match kind {
                SUPPORTED_VERSIONS => hello.version = Cursor(body).u16().unwrap_or(legacy),
                ENCRYPT_THEN_MAC => hello.encrypt_then_mac = true,
                EXTENDED_MASTER_SECRET => hello.extended_master = true,
                ALPN => hello.alpn = chosen(body),
                _ => {}
            }
        }
        Some(hello)
    }
}

/// The one protocol that a server's extension names.
fn chosen(body: &[u8]) -> Option<Box<[u8]>> {
    Cursor(Cursor(body).vec16()?).vec8().map(Box::from)
}

/// What the `EncryptedExtensions` of TLS 1.3 say: the protocol, and whether early data were accepted.
pub(super) fn encrypted_extensions(body: &[u8]) -> (Option<Box<[u8]>>, bool) {
    let (mut alpn, mut early) = (None, false);
    for (kind, body) in extensions(Cursor(body).vec16().unwrap_or_default()) {
        match kind {
            ALPN => alpn = chosen(body),
            EARLY_DATA => early = true,
            _ => {}
        }
    }
    (alpn, early)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(extensions: &[(u16, &[u8])]) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend_from_slice(&[7; 32]);
        body.extend_from_slice(&[0, 0, 4, 0x13, 0x01, 0x0a, 0x0a, 1, 0]);
        let mut all = Vec::new();
        for (kind, bytes) in extensions {
            all.extend_from_slice(&kind.to_be_bytes());
            all.extend_from_slice(&(bytes.len() as u16).to_be_bytes());
            all.extend_from_slice(bytes);
        }
        body.extend_from_slice(&(all.len() as u16).to_be_bytes());
        body.extend_from_slice(&all);
        body
    }

    #[test]
    fn a_hello_names_server_protocol_and_versions() {
        let hello = ClientHello::read(&client(&[
            (SERVER_NAME, b"\x00\x08\x00\x00\x05a.com"),
            (ALPN, b"\x00\x0c\x02h2\x08http/1.1"),
            (SUPPORTED_VERSIONS, &[4, 0x3a, 0x3a, 3, 4]),
            (EARLY_DATA, b""),
        ]))
        .unwrap();
        assert_eq!(hello.sni.as_deref(), Some(&b"a.com"[..]));
        assert_eq!(hello.alpn.as_deref(), Some(&b"h2"[..]));
        assert_eq!((hello.version, hello.early_data, hello.ech), (0x0304, true, false));
    }

    #[test]
    fn a_hello_cut_anywhere_does_not_read_or_reads_less() {
        let whole = client(&[(SERVER_NAME, b"\x00\x08\x00\x00\x05a.com"), (ENCRYPTED_HELLO, b"x")]);
        for end in 0..whole.len() {
            if let Some(hello) = ClientHello::read(&whole[..end]) {
                assert!(hello.sni.is_none() && !hello.ech);
            }
            ServerHello::read(&whole[..end]);
        }
    }

    #[test]
    fn a_name_too_long_is_none() {
        let mut name = vec![0x01, 0x04, 0, 0x01, 0x01];
        name.extend_from_slice(&[b'a'; 257]);
        assert_eq!(ClientHello::read(&client(&[(SERVER_NAME, &name)])).unwrap().sni, None);
    }
}
