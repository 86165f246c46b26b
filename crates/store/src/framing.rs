//! Where one MessagePack value ends, without decoding it: the outer frame of a record.
//!
//! In: bytes that begin with a record. Out: its length. The walk is iterative and allocates nothing from declared sizes.

use model::limits::{RECORD_BYTES_MAX, RECORD_DEPTH_MAX};

/// What stands at the beginning of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// A record of so many bytes.
    Whole(usize),
    /// The beginning of a record: more bytes are needed.
    Incomplete,
    /// No record, and why.
    Malformed(&'static str),
}

/// Finds the end of the record at the beginning of `bytes`.
pub(crate) fn frame(bytes: &[u8]) -> Frame {
    if bytes.first().is_some_and(|tag| !matches!(tag, 0x80..=0x8f | 0xde | 0xdf)) {
        return Frame::Malformed("not a MessagePack map");
    }
    let mut open = vec![1_u64]; // Values still to come, for each open container.
    let mut at = 0_usize;
    while let Some(left) = open.last_mut() {
        if *left == 0 {
            open.pop();
            continue;
        }
        *left -= 1;
        let (length, children) = match step(bytes.get(at..).unwrap_or_default()) {
            Step::Value { length, children } => (length, children),
            Step::Incomplete => (usize::MAX, 0),
            Step::Reserved => return Frame::Malformed("a byte that MessagePack never uses"),
        };
        at = at.saturating_add(length);
        if at > bytes.len() || length == usize::MAX {
            let over = bytes.len() >= RECORD_BYTES_MAX;
            return if over { Frame::Malformed("a record longer than allowed") } else { Frame::Incomplete };
        }
        if at > RECORD_BYTES_MAX {
            return Frame::Malformed("a record longer than allowed");
        }
        if children > 0 {
            if open.len() >= RECORD_DEPTH_MAX {
                return Frame::Malformed("a record nested deeper than allowed");
            }
            open.push(children);
        }
    }
    Frame::Whole(at)
}

enum Step {
    /// Bytes of the value without its children, and how many of them follow.
    Value {
        length: usize,
        children: u64,
    },
    Incomplete,
    Reserved,
}

fn step(bytes: &[u8]) -> Step {
    let Some(&tag) = bytes.first() else { return Step::Incomplete };
    let leaf = |length| Step::Value { length, children: 0 };
    let sized = |width, more: u64| match uint(bytes, width) {
        Some(n) => leaf(usize::try_from(n.saturating_add(more)).unwrap_or(usize::MAX - 1).saturating_add(1 + width)),
        None => Step::Incomplete,
    };
    let container = |width, times: u64| match uint(bytes, width) {
        Some(n) => Step::Value { length: 1 + width, children: n * times },
        None => Step::Incomplete,
    };
    match tag {
        0x80..=0x8f => Step::Value { length: 1, children: u64::from(tag & 15) * 2 },
        0x90..=0x9f => Step::Value { length: 1, children: u64::from(tag & 15) },
        0xa0..=0xbf => leaf(1 + usize::from(tag & 31)),
        0xc1 => Step::Reserved,
        0xc4 | 0xd9 => sized(1, 0),
        0xc5 | 0xda => sized(2, 0),
        0xc6 | 0xdb => sized(4, 0),
        0xc7 => sized(1, 1),
        0xc8 => sized(2, 1),
        0xc9 => sized(4, 1),
        0xcc | 0xd0 => leaf(2),
        0xcd | 0xd1 | 0xd4 => leaf(3),
        0xd5 => leaf(4),
        0xca | 0xce | 0xd2 => leaf(5),
        0xd6 => leaf(6),
        0xcb | 0xcf | 0xd3 => leaf(9),
        0xd7 => leaf(10),
        0xd8 => leaf(18),
        0xdc => container(2, 1),
        0xdd => container(4, 1),
        0xde => container(2, 2),
        0xdf => container(4, 2),
        _ => leaf(1),
    }
}

/// The big-endian number of `width` bytes after the tag.
fn uint(bytes: &[u8], width: usize) -> Option<u64> {
    Some(bytes.get(1..=width)?.iter().fold(0, |n, &byte| n << 8 | u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_is_measured() {
        let bodies: &[&[u8]] = &[
            &[0x05],
            &[0xff],
            &[0xc0],
            &[0xa2, 1, 2],
            &[0xc4, 2, 1, 2],
            &[0xc5, 0, 1, 9],
            &[0xc6, 0, 0, 0, 1, 9],
            &[0xc7, 2, 1, 8, 8],
            &[0xc8, 0, 1, 1, 8],
            &[0xc9, 0, 0, 0, 0, 1],
            &[0xca, 0, 0, 0, 0],
            &[0xcb, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0xcc, 1],
            &[0xd1, 1, 1],
            &[0xd4, 1, 1],
            &[0xd5, 1, 1, 1],
            &[0xd6, 1, 1, 1, 1, 1],
            &[0xd7, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            &[0xd8, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            &[0xd9, 1, 65],
            &[0xdc, 0, 2, 1, 2],
            &[0xdd, 0, 0, 0, 1, 1],
            &[0xde, 0, 1, 1, 2],
            &[0x92, 0x91, 1, 0x80],
        ];
        for body in bodies {
            let mut record = vec![0x81, 0x00];
            record.extend_from_slice(body);
            for cut in 1..record.len() {
                assert_eq!(frame(&record[..cut]), Frame::Incomplete, "{body:x?}");
            }
            let whole = record.len();
            record.push(0x80);
            assert_eq!(frame(&record), Frame::Whole(whole), "{body:x?}");
        }
    }

    #[test]
    fn what_cannot_be_a_record_is_refused() {
        assert_eq!(frame(&[]), Frame::Incomplete);
        for bytes in [&[0x05][..], &[0x91, 1], &[0x81, 0xc1]] {
            assert!(matches!(frame(bytes), Frame::Malformed(_)), "{bytes:x?}");
        }
        let deep = [[0x81, 0x01]; RECORD_DEPTH_MAX].concat();
        assert!(matches!(frame(&deep), Frame::Malformed(_)));
        let mut long = vec![0x81, 0x01, 0xc6, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(frame(&long), Frame::Incomplete);
        long.resize(RECORD_BYTES_MAX, 0);
        assert!(matches!(frame(&long), Frame::Malformed(_)));
    }
}
