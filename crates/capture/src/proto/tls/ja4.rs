//! JA4: a fingerprint of a client by its hello (version, server name, suites, extensions, protocol, signatures).
//!
//! In: the parts of a `ClientHello`. Out: the text, such as `t13d1516h2_8daaf6152771_e5627efa2ab1`.

use aws_lc_rs::digest::{SHA256, digest};

use super::hello::{extensions, is_grease};
use model::cursor::Cursor;

/// Server name and protocol differ with the server and are no part of the second hash.
const LEFT_OUT: [u16; 2] = [0, 16];

/// The parts of a hello that make the fingerprint.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Print<'a> {
    /// Whether it came by QUIC.
    pub quic: bool,
    /// Highest version offered.
    pub version: u16,
    /// Whether a server name was sent.
    pub named: bool,
    /// First protocol offered.
    pub alpn: &'a [u8],
    /// Cipher suites as sent.
    pub suites: &'a [u8],
    /// Extensions as sent.
    pub extensions: &'a [u8],
    /// Signature algorithms as sent.
    pub signatures: &'a [u8],
}

impl Print<'_> {
    /// The fingerprint.
    pub(super) fn text(&self) -> String {
        let numbers = |bytes| Cursor(bytes).numbers().filter(|number| !is_grease(*number));
        let mut suites: Vec<u16> = numbers(self.suites).collect();
        let mut kinds: Vec<u16> =
            extensions(self.extensions).map(|(kind, _)| kind).filter(|kind| !is_grease(*kind)).collect();
        let (suites_len, kinds_len) = (suites.len().min(99), kinds.len().min(99));
        kinds.retain(|kind| !LEFT_OUT.contains(kind));
        suites.sort_unstable();
        kinds.sort_unstable();
        let mut second = list(kinds.into_iter());
        let signatures = list(numbers(self.signatures));
        if !signatures.is_empty() && !second.is_empty() {
            second.push('_');
            second.push_str(&signatures);
        }
        let version = match self.version {
            0x0304 => "13",
            0x0303 => "12",
            0x0302 => "11",
            0x0301 => "10",
            0x0300 => "s3",
            _ => "00",
        };
        let over = if self.quic { 'q' } else { 't' };
        let named = if self.named { 'd' } else { 'i' };
        let alpn = protocol(self.alpn);
        let (first, second) = (hash(&list(suites.into_iter())), hash(&second));
        format!("{over}{version}{named}{suites_len:02}{kinds_len:02}{alpn}_{first}_{second}")
    }
}

/// First and last character of the protocol; of other bytes the first and last hexadecimal digit.
fn protocol(alpn: &[u8]) -> String {
    let (Some(first), Some(last)) = (alpn.first(), alpn.last()) else { return "00".to_owned() };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        [char::from(*first), char::from(*last)].iter().collect()
    } else {
        format!("{:x}{:x}", first >> 4, last & 15)
    }
}

fn list(numbers: impl Iterator<Item = u16>) -> String {
    let numbers: Vec<String> = numbers.map(|number| format!("{number:04x}")).collect();
    numbers.join(",")
}

fn hash(text: &str) -> String {
    if text.is_empty() {
        return "0".repeat(12);
    }
    let digest = digest(&SHA256, text.as_bytes());
    let first = digest.as_ref().first_chunk::<8>().map_or(0, |first| u64::from_be_bytes(*first));
    format!("{:012x}", first >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(numbers: &[u16]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    #[test]
    fn the_example_of_the_specification_is_met() {
        // The example of the technical description of JA4.
        let suites = pack(&[
            0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c,
            0x009d, 0x002f, 0x0035,
        ]);
        let kinds = [
            0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01,
            0x000b, 0x000a, 0x0015,
        ];
        let extensions: Vec<u8> = kinds.iter().flat_map(|kind| pack(&[*kind, 0])).collect();
        let signatures = pack(&[0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]);
        let print = Print {
            quic: false,
            version: 0x0304,
            named: true,
            alpn: b"h2",
            suites: &suites,
            extensions: &extensions,
            signatures: &signatures,
        };
        assert_eq!(print.text(), "t13d1516h2_8daaf6152771_e5627efa2ab1");
    }

    #[test]
    fn an_empty_hello_has_a_print() {
        assert_eq!(Print::default().text(), "t00i000000_000000000000_000000000000");
    }
}
