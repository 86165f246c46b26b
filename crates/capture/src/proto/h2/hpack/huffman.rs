//! The Huffman code of HPACK (RFC 7541 §5.2, Appendix B), read with tables.
//!
//! In: coded bytes. Out: plain bytes, appended. The code is canonical: shorter codes come first, and those of one length
//! follow each other in the order of their symbols. So the lengths are all that need be written down.

/// What was wrong with a coded string. What was read before is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

/// Length of each symbol's code; the last one is the end of string.
static LENGTHS: [u8; SYMBOLS] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, //
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28, //
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, //
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, //
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, //
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, //
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, //
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, //
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, //
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, //
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, //
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, //
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, //
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, //
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, //
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, //
    30,
];

const SYMBOLS: usize = 257;
const END_OF_STRING: u16 = 256;
const LONGEST: usize = 30;
/// Bits looked up at once: the codes of nearly all bytes of real fields are that short.
const AT_ONCE: u32 = 10;

/// Symbols in the order of their codes, with what starts where.
struct Code {
    /// By the next [`AT_ONCE`] bits: symbol, and length of its code in the upper four bits; 0 when it is longer.
    short: [u16; 1 << AT_ONCE],
    /// By length: the first code beyond those of the length, shifted to the top of 32 bits.
    beyond: [u64; LONGEST + 1],
    /// By length: its first code.
    first: [u32; LONGEST + 1],
    /// By length: place of its first symbol in `ordered`.
    place: [u16; LONGEST + 1],
    ordered: [u16; SYMBOLS],
}

static CODE: Code = code();

#[allow(clippy::indexing_slicing, reason = "runs in the compiler only")]
const fn code() -> Code {
    let mut made = Code {
        short: [0; 1 << AT_ONCE],
        beyond: [0; LONGEST + 1],
        first: [0; LONGEST + 1],
        place: [0; LONGEST + 1],
        ordered: [0; SYMBOLS],
    };
    let (mut next, mut place, mut length) = (0_u32, 0, 1);
    while length <= LONGEST {
        next <<= 1;
        made.first[length] = next;
        made.place[length] = place as u16;
        let mut symbol = 0;
        while symbol < SYMBOLS {
            if LENGTHS[symbol] as usize == length {
                made.ordered[place] = symbol as u16;
                if length <= AT_ONCE as usize {
                    let from = (next as usize) << (AT_ONCE as usize - length);
                    let mut at = from;
                    while at < from + (1 << (AT_ONCE as usize - length)) {
                        made.short[at] = symbol as u16 | (length as u16) << 12;
                        at += 1;
                    }
                }
                next += 1;
                place += 1;
            }
            symbol += 1;
        }
        made.beyond[length] = (next as u64) << (32 - length);
        length += 1;
    }
    made
}

/// Appends the plain form of `coded` to `out`. It is at most 8/5 times as long.
pub(super) fn decode(coded: &[u8], out: &mut Vec<u8>) -> Result<(), Broken> {
    // Bits not yet used stand at the top.
    let (mut bits, mut held) = (0_u64, 0_u32);
    let mut rest = coded.iter();
    loop {
        while held <= 56 {
            let Some(byte) = rest.next() else { break };
            bits |= u64::from(*byte) << (56 - held);
            held += 8;
        }
        let entry = CODE.short.get((bits >> (64 - AT_ONCE)) as usize).copied().unwrap_or_default();
        let (symbol, length) = if entry >> 12 != 0 { (entry & 0xfff, u32::from(entry >> 12)) } else { long(bits)? };
        if length > held {
            return padding(bits, held);
        }
        if symbol == END_OF_STRING {
            return Err(Broken);
        }
        out.push(symbol as u8);
        bits <<= length;
        held -= length;
    }
}

/// A code that the short table does not hold.
#[cold]
fn long(bits: u64) -> Result<(u16, u32), Broken> {
    let top = bits >> 32;
    let mut length = AT_ONCE as usize + 1;
    while CODE.beyond.get(length).is_some_and(|beyond| top >= *beyond) {
        length += 1;
    }
    let first = CODE.first.get(length).ok_or(Broken)?;
    let offset = ((top >> (32 - length)) as u32).wrapping_sub(*first) as usize;
    let place = CODE.place.get(length).map_or(0, |place| usize::from(*place));
    let symbol = CODE.ordered.get(place + offset).ok_or(Broken)?;
    Ok((*symbol, length as u32))
}

/// What is left must be the first bits of the end of string, fewer than eight (RFC 7541 §5.2).
const fn padding(bits: u64, held: u32) -> Result<(), Broken> {
    if held == 0 {
        return Ok(());
    }
    let ones = bits >> (64 - held) == (1 << held) - 1;
    if held < 8 && ones { Ok(()) } else { Err(Broken) }
}

/// Appends the coded form of `plain` to `out`.
#[cfg(test)]
pub(super) fn encode(plain: &[u8], out: &mut Vec<u8>) {
    let (mut bits, mut held) = (0_u64, 0_u32);
    for &byte in plain {
        let place = CODE.ordered.iter().position(|symbol| *symbol == u16::from(byte)).unwrap();
        let length = usize::from(LENGTHS[usize::from(byte)]);
        let code = u64::from(CODE.first[length]) + (place - usize::from(CODE.place[length])) as u64;
        bits = bits << length | code;
        held += length as u32;
        while held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    if held > 0 {
        out.push((bits << (8 - held)) as u8 | (0xff >> held));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(coded: &[u8]) -> Result<Vec<u8>, Broken> {
        let mut out = Vec::new();
        decode(coded, &mut out).map(|()| out)
    }

    #[test]
    fn examples_of_the_rfc_decode() {
        // RFC 7541 §C.4.1, §C.4.3, §C.6.1.
        assert_eq!(
            plain(&[0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff]).unwrap(),
            b"www.example.com"
        );
        assert_eq!(plain(&[0x25, 0xa8, 0x49, 0xe9, 0x5b, 0xb8, 0xe8, 0xb4, 0xbf]).unwrap(), b"custom-value");
        assert_eq!(plain(&[0x64, 0x02]).unwrap(), b"302");
        assert_eq!(plain(&[]).unwrap(), b"");
    }

    #[test]
    fn every_byte_comes_back_alone_and_among_others() {
        for byte in 0..=u8::MAX {
            for text in [vec![byte], vec![byte, b'a', byte], vec![byte; 9]] {
                let mut coded = Vec::new();
                encode(&text, &mut coded);
                assert_eq!(plain(&coded).unwrap(), text, "{byte:#x}");
            }
        }
    }

    #[test]
    fn bad_padding_and_an_end_of_string_are_refused() {
        for coded in [&[0x18][..], &[0xff], &[0xff, 0xff, 0xff, 0xff], &[0x64, 0x02, 0xff]] {
            assert_eq!(plain(coded), Err(Broken), "{coded:x?}");
        }
    }
}
