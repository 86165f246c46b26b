//! Items of MessagePack (specification of msgpack.org).

use super::{Bytes, Item};
use crate::json::End;

/// The next item. Values of extension types are bytes.
pub(super) fn item<'a>(bytes: &mut Bytes<'a>) -> Result<Item<'a>, End> {
    let head = bytes.byte()?;
    Ok(match head {
        0x00..=0x7f => Item::Unsigned(u64::from(head)),
        0x80..=0x8f => Item::Map(Some(u64::from(head & 15))),
        0x90..=0x9f => Item::Array(Some(u64::from(head & 15))),
        0xa0..=0xbf => Item::Text(bytes.take(u64::from(head & 31))?),
        0xc0 => Item::Null,
        0xc1 => return Err(End::Malformed),
        0xc2 | 0xc3 => Item::Bool,
        0xc4..=0xc6 => {
            let len = bytes.number(1 << (head - 0xc4))?;
            Item::Bytes(bytes.take(len)?)
        }
        0xc7..=0xc9 => {
            let len = bytes.number(1 << (head - 0xc7))?;
            bytes.byte()?;
            Item::Bytes(bytes.take(len)?)
        }
        0xca => Item::Float(f64::from(f32::from_bits(bytes.number(4)? as u32))),
        0xcb => Item::Float(f64::from_bits(bytes.number(8)?)),
        0xcc..=0xcf => Item::Unsigned(bytes.number(1 << (head - 0xcc))?),
        0xd0..=0xd3 => {
            let len = 1 << (head - 0xd0);
            let unused = 64 - 8 * len as u32;
            let number = (bytes.number(len)? << unused).cast_signed() >> unused;
            if number < 0 { Item::Negative(number) } else { Item::Unsigned(number.cast_unsigned()) }
        }
        0xd4..=0xd8 => {
            bytes.byte()?;
            Item::Bytes(bytes.take(1 << (head - 0xd4))?)
        }
        0xd9..=0xdb => {
            let len = bytes.number(1 << (head - 0xd9))?;
            Item::Text(bytes.take(len)?)
        }
        0xdc | 0xdd => Item::Array(Some(bytes.number(if head == 0xdc { 2 } else { 4 })?)),
        0xde | 0xdf => Item::Map(Some(bytes.number(if head == 0xde { 2 } else { 4 })?)),
        0xe0..=0xff => Item::Negative(i64::from(head.cast_signed())),
    })
}
