//! Items of CBOR (RFC 8949 §3).

use super::{Bytes, Item};
use crate::json::End;

/// Additional information of an item whose length is open.
const OPEN: u8 = 31;

/// The next item.
pub(super) fn item<'a>(bytes: &mut Bytes<'a>) -> Result<Item<'a>, End> {
    let head = bytes.byte()?;
    let (major, info) = (head >> 5, head & 31);
    if major == 7 {
        return simple(bytes, info);
    }
    if info == OPEN {
        return match major {
            2 | 3 => Ok(Item::Pieces { text: major == 3 }),
            4 => Ok(Item::Array(None)),
            5 => Ok(Item::Map(None)),
            _ => Err(End::Malformed),
        };
    }
    let number = argument(bytes, info)?;
    Ok(match major {
        0 => Item::Unsigned(number),
        // -1 minus the argument; what is below 64 bits stays at their end.
        1 => Item::Negative(i64::try_from(number).map_or(i64::MIN, |number| -1 - number)),
        2 => Item::Bytes(bytes.take(number)?),
        3 => Item::Text(bytes.take(number)?),
        4 => Item::Array(Some(number)),
        5 => Item::Map(Some(number)),
        _ => Item::Tag,
    })
}

fn argument(bytes: &mut Bytes<'_>, info: u8) -> Result<u64, End> {
    match info {
        0..24 => Ok(u64::from(info)),
        24 => bytes.number(1),
        25 => bytes.number(2),
        26 => bytes.number(4),
        27 => bytes.number(8),
        _ => Err(End::Malformed),
    }
}

/// Floats and simple values (§3.3).
fn simple<'a>(bytes: &mut Bytes<'a>, info: u8) -> Result<Item<'a>, End> {
    Ok(match info {
        20 | 21 => Item::Bool,
        24 => {
            bytes.byte()?;
            Item::Null
        }
        25 => Item::Float(half(bytes.number(2)? as u16)),
        26 => Item::Float(f64::from(f32::from_bits(bytes.number(4)? as u32))),
        27 => Item::Float(f64::from_bits(bytes.number(8)?)),
        28..=30 => return Err(End::Malformed),
        OPEN => Item::Break,
        _ => Item::Null,
    })
}

/// Half precision (appendix D).
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (fraction + 1024.0) * 2f64.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}
