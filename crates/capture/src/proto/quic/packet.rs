//! Packets of QUIC: what is one, and what stands in a client's first ones.
//!
//! In: a UDP payload. Out: the plain frames of Initial packets (RFC 9000 §17.2.2; RFC 9369 for version 2). Their keys are
//! made of a connection id that is in the packet (RFC 9001 §5.2), so anybody can open them: they keep off mistakes, not
//! readers. Kept: nothing. Can go wrong: everything; what does not open is no Initial packet of a client.

use model::cursor::Cursor;

/// Longest connection id (RFC 9000 §17.2).
const CONNECTION_ID_MAX: usize = 20;
/// Fewest bytes of a datagram with a client's Initial packet (RFC 9000 §14.1).
pub(super) const INITIAL_BYTES_MIN: usize = 1_200;
const LONG: u8 = 0x80;
const FIXED: u8 = 0x40;
/// The port of HTTP/3, where packets with short headers are believed too.
const HTTPS: u16 = 443;

/// What a version of QUIC does differently with Initial packets.
#[derive(Debug)]
pub(super) struct Version {
    pub salt: [u8; 20],
    /// Bits of the type of an Initial packet.
    initial: u8,
    /// Labels of key, initialisation vector and header protection.
    pub labels: [&'static [u8]; 3],
}

const LABELS: [&[u8]; 3] = [b"quic key", b"quic iv", b"quic hp"];
const VERSION_1: Version = Version {
    salt: [
        0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb,
        0x7f, 0x0a,
    ],
    initial: 0,
    labels: LABELS,
};
const VERSION_2: Version = Version {
    salt: [
        0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd,
        0x2e, 0xd9,
    ],
    initial: 1,
    labels: [b"quicv2 key", b"quicv2 iv", b"quicv2 hp"],
};
/// Drafts 29 to 32, which some devices still speak.
const DRAFT_29: Version = Version {
    salt: [
        0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90,
        0xa8, 0x99,
    ],
    initial: 0,
    labels: LABELS,
};

fn version(number: u32) -> Option<&'static Version> {
    match number {
        1 => Some(&VERSION_1),
        0x6b33_43cf => Some(&VERSION_2),
        0xff00_001d..=0xff00_0020 => Some(&DRAFT_29),
        _ => None,
    }
}

/// Whether a datagram between these ports is one of QUIC by all appearance: a long header of a known version, or on the
/// port of HTTP/3 a short one.
pub(crate) fn looks_like_quic(ports: [u16; 2], datagram: &[u8]) -> bool {
    match datagram.first() {
        Some(first) if first & LONG != 0 => Header::of(&mut Cursor(datagram)).is_some(),
        Some(first) => first & FIXED != 0 && ports.contains(&HTTPS),
        None => false,
    }
}

/// The long header of a known version.
#[derive(Clone, Copy, Debug)]
struct Header<'a> {
    version: &'static Version,
    /// Whether it is an Initial packet's.
    initial: bool,
    destination: &'a [u8],
}

impl<'a> Header<'a> {
    fn of(rest: &mut Cursor<'a>) -> Option<Self> {
        let first = rest.u8()?;
        let number = u32::from(rest.u16()?) << 16 | u32::from(rest.u16()?);
        let version = version(number).filter(|_| first & LONG != 0)?;
        let (destination, source) = (rest.vec8()?, rest.vec8()?);
        let initial = first >> 4 & 3 == version.initial && first & FIXED != 0;
        (destination.len() <= CONNECTION_ID_MAX && source.len() <= CONNECTION_ID_MAX).then_some(Self {
            version,
            initial,
            destination,
        })
    }
}

/// An Initial packet as it lies in its datagram.
#[derive(Clone, Copy, Debug)]
pub(super) struct Initial<'a> {
    pub version: &'static Version,
    /// Destination connection id: of a client's first packet, what keys are made of.
    pub destination: &'a [u8],
    /// The packet from its first byte on.
    pub packet: &'a [u8],
    /// Where the protected packet number begins.
    pub number_at: usize,
}

impl<'a> Initial<'a> {
    /// The packet at the start of `datagram`, and the bytes behind it.
    pub(super) fn read(datagram: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut rest = Cursor(datagram);
        let Header { version, initial: true, destination } = Header::of(&mut rest)? else { return None };
        let token = usize::try_from(varint(&mut rest)?).ok()?;
        rest.take(token)?;
        let len = usize::try_from(varint(&mut rest)?).ok()?;
        let number_at = datagram.len() - rest.0.len();
        rest.take(len)?;
        let packet = datagram.get(..number_at + len)?;
        Some((Self { version, destination, packet, number_at }, rest.0))
    }
}

/// A number of one to eight bytes (RFC 9000 §16).
pub(super) fn varint(rest: &mut Cursor<'_>) -> Option<u64> {
    let first = rest.u8()?;
    let more = (1usize << (first >> 6)) - 1;
    let bytes = rest.take(more)?;
    Some(bytes.iter().fold(u64::from(first & 0x3f), |number, byte| number << 8 | u64::from(*byte)))
}

/// Calls `each` with offset and bytes of every CRYPTO frame, up to the first frame that an Initial packet may not hold
/// (RFC 9000 §12.4).
pub(super) fn crypto_frames(frames: &[u8], mut each: impl FnMut(u64, &[u8])) {
    let mut rest = Cursor(frames);
    let mut next = || {
        match varint(&mut rest)? {
            // PADDING and PING.
            0 | 1 => {}
            kind @ (2 | 3) => acknowledgement(&mut rest, kind == 3)?,
            6 => {
                let offset = varint(&mut rest)?;
                let len = usize::try_from(varint(&mut rest)?).ok()?;
                each(offset, rest.take(len)?);
            }
            _ => return None,
        }
        Some(())
    };
    while next().is_some() {}
}

/// An ACK frame behind its type (RFC 9000 §19.3). Each range takes bytes, so their number needs no bound.
fn acknowledgement(rest: &mut Cursor<'_>, counts: bool) -> Option<()> {
    varint(rest)?;
    varint(rest)?;
    let ranges = varint(rest)?;
    varint(rest)?;
    for _ in 0..ranges {
        varint(rest)?;
        varint(rest)?;
    }
    for _ in 0..if counts { 3 } else { 0 } {
        varint(rest)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_in_the_examples_of_rfc_9000() {
        for (bytes, number) in [
            (&[0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c][..], Some(151_288_809_941_952_652)),
            (&[0x9d, 0x7f, 0x3e, 0x7d], Some(494_878_333)),
            (&[0x7b, 0xbd], Some(15_293)),
            (&[0x25], Some(37)),
            (&[0x9d, 0x7f], None),
            (&[], None),
        ] {
            assert_eq!(varint(&mut Cursor(bytes)), number);
        }
    }

    #[test]
    fn datagrams_of_other_protocols_are_none() {
        let quic = [&[0xc3, 0, 0, 0, 1, 8][..], &[7; 8], &[0, 0, 2, 1, 2]].concat();
        for (ports, datagram, expected) in [
            ([40_000, 443], &quic[..], true),
            ([40_000, 8443], &quic[..], true),
            ([40_000, 443], &[0x5a, 1, 2, 3], true),
            // The same elsewhere may be anything: RTP, OpenVPN.
            ([40_000, 1194], &[0x5a, 1, 2, 3], false),
            // DTLS, DNS over UDP, a version nobody speaks, a connection id too long.
            ([40_000, 443], &[0x16, 0xfe, 0xfd, 0], false),
            ([40_000, 53], &[0xc3, 0x28, 1, 0, 0, 1], false),
            ([40_000, 443], &[0xc3, 0, 0, 0, 9, 0, 0], false),
            ([40_000, 443], &[[0xc3, 0, 0, 0, 1, 21].as_slice(), &[7; 30]].concat(), false),
            ([40_000, 443], &[], false),
        ] {
            assert_eq!(looks_like_quic(ports, datagram), expected, "{ports:?} {datagram:02x?}");
        }
    }

    #[test]
    fn frames_are_read_up_to_one_that_may_not_be_there() {
        let frames =
            [&[0, 0, 1, 2, 5, 0, 1, 0, 3, 4][..], &[6, 2, 3, b'a', b'b', b'c', 6, 0, 1, b'x', 8, 6, 0, 1, b'y']];
        let mut found = Vec::new();
        crypto_frames(&frames.concat(), |offset, bytes| found.push((offset, bytes.to_vec())));
        assert_eq!(found, [(2, b"abc".to_vec()), (0, b"x".to_vec())]);
        for end in 0..frames.concat().len() {
            crypto_frames(&frames.concat()[..end], |_, _| ());
        }
    }
}
