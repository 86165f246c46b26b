//! 128-bit names of things: hashes, not counters, so that two runs over one capture give one name.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// 128 bits of BLAKE3. Collision-resistant, since the hashed names are the attacker's to choose.
///
/// Written in MessagePack as 16 bytes of binary, in text as 32 hex digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub [u8; 16]);

impl Id {
    /// The id of a thing of kind `domain` named by `parts`. Parts are length-prefixed, so `("ab","c")` ≠ `("a","bc")`.
    pub fn of(domain: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        feed(&mut hasher, domain, parts);
        Self::cut(&hasher)
    }

    pub(crate) fn keyed(key: &[u8; 32], domain: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(key);
        feed(&mut hasher, domain, parts);
        Self::cut(&hasher)
    }

    fn cut(hasher: &blake3::Hasher) -> Self {
        let mut out = [0; 16];
        hasher.finalize_xof().fill(&mut out);
        Self(out)
    }

    /// The first 64 bits, for table look-ups inside one process.
    pub const fn prefix(&self) -> u64 {
        let b = &self.0;
        u64::from_be_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]])
    }

    /// The key partition (`0..KEY_PARTITIONS`) that owns the thing so named.
    pub const fn key_partition(&self) -> usize {
        self.0[0] as usize % crate::limits::KEY_PARTITIONS
    }

    /// 26 Crockford base-32 digits; lists show the first [`SHORT_DIGITS`] or more, and every command takes a prefix.
    pub fn base32(&self) -> String {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mut bits = u128::from_be_bytes(self.0);
        let mut out = String::with_capacity(26);
        for _ in 0..26 {
            out.push(char::from(DIGITS.get((bits >> 123) as usize).copied().unwrap_or(b'0')));
            bits <<= 5;
        }
        out
    }
}

impl Id {
    /// The opposite of [`Self::base32`]: all 26 digits, in upper case.
    pub fn from_base32(text: &str) -> Option<Self> {
        const BITS: u32 = 5;
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'A'..=b'H' => Some(byte - b'A' + 10),
            b'J' | b'K' => Some(byte - b'J' + 18),
            b'M' | b'N' => Some(byte - b'M' + 20),
            b'P'..=b'T' => Some(byte - b'P' + 22),
            b'V'..=b'Z' => Some(byte - b'V' + 27),
            _ => None,
        };
        let (last, first) = text.as_bytes().split_last()?;
        if first.len() != 25 {
            return None;
        }
        let mut bits = 0_u128;
        for byte in first {
            bits = bits << BITS | u128::from(digit(*byte)?);
        }
        // 128 bits are 25 digits and three bits more.
        let last = digit(*last).filter(|last| last.is_multiple_of(4))?;
        Some(Self((bits << 3 | u128::from(last >> 2)).to_be_bytes()))
    }
}

/// Digits a short id has at least.
pub const SHORT_DIGITS: usize = 6;

/// Bytes of a name that are put together before they are hashed: nearly every name. A hasher costs as much for each piece
/// as for a block of 64 bytes.
const TOGETHER: usize = 192;

fn feed(hasher: &mut blake3::Hasher, domain: &str, parts: &[&[u8]]) {
    let pieces = || std::iter::once(domain.as_bytes()).chain(parts.iter().copied());
    let bytes: usize = pieces().map(|part| size_of::<u64>() + part.len()).sum();
    if bytes > TOGETHER {
        for part in pieces() {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        return;
    }
    let mut together = [0; TOGETHER];
    let mut rest = together.as_mut_slice();
    for part in pieces() {
        for piece in [&(part.len() as u64).to_le_bytes(), part] {
            let Some((place, after)) = std::mem::take(&mut rest).split_at_mut_checked(piece.len()) else { return };
            place.copy_from_slice(piece);
            rest = after;
        }
    }
    if let Some(whole) = together.get(..bytes) {
        hasher.update(whole);
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_bytes(&self.0) }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Id;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("16 bytes or 32 hex digits")
            }
            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Id, E> {
                bytes.try_into().map(Id).map_err(|_| E::invalid_length(bytes.len(), &self))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Id, E> {
                if text.len() != 32 || !text.is_ascii() {
                    return Err(E::invalid_length(text.len(), &self));
                }
                u128::from_str_radix(text, 16)
                    .map(|bits| Id(bits.to_be_bytes()))
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Visitor)
        } else {
            deserializer.deserialize_bytes(Visitor)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(Id::of("t", &[b"ab", b"c"]), Id::of("t", &[b"a", b"bc"]));
        assert_ne!(Id::of("t", &[b"a"]), Id::of("u", &[b"a"]));
    }

    #[test]
    fn a_name_is_the_same_however_its_pieces_are_fed() {
        for len in [0, 1, 63, 100, 167, 168, 169, 500] {
            let part = vec![7_u8; len];
            let mut hasher = blake3::Hasher::new();
            for piece in [&1_u64.to_le_bytes(), &b"t"[..], &(len as u64).to_le_bytes(), &part] {
                hasher.update(piece);
            }
            assert_eq!(Id::of("t", &[&part]), Id::cut(&hasher), "{len}");
        }
    }

    #[test]
    fn base32_is_26_digits_and_ordered_like_the_bytes() {
        let (a, b) = (Id([0; 16]), Id([255; 16]));
        assert_eq!(a.base32(), "0".repeat(26));
        assert_eq!(b.base32().len(), 26);
        assert!(a.base32() < b.base32());
    }

    #[test]
    fn base32_is_read_back_and_nothing_else_is() {
        for id in [Id([0; 16]), Id([255; 16]), Id::of("t", &[b"x"]), Id::of("t", &[b"y"])] {
            assert_eq!(Id::from_base32(&id.base32()), Some(id));
        }
        let long = Id([0; 16]).base32();
        for text in ["", "0", &long[1..], &format!("{long}0"), &long.replace("00", "0U"), &format!("{}1", &long[1..])] {
            assert_eq!(Id::from_base32(text), None, "{text}");
        }
    }

    #[test]
    fn message_pack_round_trips() {
        let id = Id::of("t", &[b"x"]);
        let bytes = rmp_serde::to_vec_named(&id).unwrap();
        assert_eq!(rmp_serde::from_slice::<Id>(&bytes).unwrap(), id);
    }
}
