//! Frame headers of WebSockets (RFC 6455 §5.2), and what looks like a run of frames.

/// Longest header: two bytes, eight of length, four of mask.
pub(super) const HEADER_MAX: usize = 14;

pub(super) const CONTINUATION: u8 = 0;
pub(super) const TEXT: u8 = 1;
pub(super) const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PONG: u8 = 10;

/// Longest payload of a control frame (§5.5).
const CONTROL_BYTES_MAX: u64 = 125;
/// Bytes of text that, read as such, are no chance: one in 2³² of random ones would be.
const TEXT_BYTES_MIN: u64 = 8;

/// One frame header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub fin: bool,
    /// The reserved bits, RSV1 the highest of the three.
    pub reserved: u8,
    pub opcode: u8,
    pub mask: Option<[u8; 4]>,
    pub len: u64,
    /// Whether the length is written in the shortest way, and its highest bit is clear.
    pub proper_len: bool,
}

/// RSV1: the message is compressed (RFC 7692 §6).
pub(super) const COMPRESSED: u8 = 4;

impl Frame {
    /// Bytes of the header that starts with these two.
    pub(super) const fn header_len(second: u8) -> usize {
        let len = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        2 + len + if second & 0x80 == 0 { 0 } else { 4 }
    }

    /// Reads a header that is whole, and says how long it is; `None` when bytes of it are missing.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let [first, second, ..] = *bytes else { return None };
        let header = bytes.get(..Self::header_len(second))?;
        let after = header.get(2..)?;
        let (len, least, used) = match second & 0x7f {
            126 => (u64::from(u16::from_be_bytes(*after.first_chunk()?)), 126, 2),
            127 => (u64::from_be_bytes(*after.first_chunk()?), 1 << 16, 8),
            short => (u64::from(short), 0, 0),
        };
        let mask = if second & 0x80 == 0 { None } else { Some(*after.get(used..)?.first_chunk()?) };
        let frame = Self {
            fin: first & 0x80 != 0,
            reserved: first >> 4 & 7,
            opcode: first & 15,
            mask,
            len: len & !(1 << 63),
            proper_len: len >= least && len >> 63 == 0,
        };
        Some((frame, header.len()))
    }

    pub(super) const fn is_control(&self) -> bool {
        self.opcode & 8 != 0
    }

    /// Whether the opcode is one of those defined (§11.8).
    pub(super) const fn is_known(&self) -> bool {
        matches!(self.opcode, CONTINUATION..=BINARY | CLOSE..=PONG)
    }

    /// Whether a peer that keeps to the rules could have sent it, `masked` when it is a client; `compressed`: whether
    /// messages may be.
    pub(super) fn is_plausible(&self, masked: bool, compressed: bool) -> bool {
        let reserved =
            self.reserved == 0 || compressed && self.reserved == COMPRESSED && matches!(self.opcode, TEXT | BINARY);
        let control = !self.is_control() || self.fin && self.len <= CONTROL_BYTES_MAX;
        self.is_known() && reserved && control && self.proper_len && self.mask.is_some() == masked
    }

    pub(super) const fn is_too_long(&self) -> bool {
        self.is_control() && self.len > CONTROL_BYTES_MAX
    }
}

/// How surely bytes are a run of whole frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    None,
    /// Frames from the first byte to the last: one in some thousand segments of anything else is.
    Fits,
    /// And text in one of them: no chance.
    Sure,
}

/// Whether `bytes`, which a segment begins with, are frames up to the end of the segment.
pub(super) fn likeness(bytes: &[u8], masked: bool, compressed: bool) -> Likeness {
    let (mut rest, mut likeness) = (bytes, Likeness::Fits);
    if rest.is_empty() {
        return Likeness::None;
    }
    while !rest.is_empty() {
        let Some((frame, header)) = Frame::read(rest) else { return Likeness::None };
        let end = usize::try_from(frame.len).ok().and_then(|len| len.checked_add(header));
        let payload = end.and_then(|end| rest.get(header..end));
        let (Some(payload), true) = (payload, frame.is_plausible(masked, compressed)) else { return Likeness::None };
        let plain_text = frame.opcode == TEXT && frame.fin && frame.reserved == 0;
        if plain_text && !is_text(payload, frame.mask) {
            return Likeness::None;
        }
        if plain_text && frame.len >= TEXT_BYTES_MIN {
            likeness = Likeness::Sure;
        }
        rest = end.and_then(|end| rest.get(end..)).unwrap_or_default();
    }
    likeness
}

/// Whether the payload, unmasked, is text.
fn is_text(payload: &[u8], mask: Option<[u8; 4]>) -> bool {
    match mask {
        None => std::str::from_utf8(payload).is_ok(),
        Some(mask) => {
            let mut plain = payload.to_vec();
            unmask(&mut plain, mask, 0);
            std::str::from_utf8(&plain).is_ok()
        }
    }
}

/// Takes the mask off `bytes`, which stand so many bytes into the payload (§5.3).
pub(super) fn unmask(bytes: &mut [u8], mask: [u8; 4], at: u64) {
    let mut turned = [0; 16];
    for (to, from) in turned.iter_mut().zip(mask.iter().cycle().skip((at % 4) as usize)) {
        *to = *from;
    }
    let (blocks, rest) = bytes.as_chunks_mut::<16>();
    for block in blocks {
        block.iter_mut().zip(turned).for_each(|(byte, mask)| *byte ^= mask);
    }
    rest.iter_mut().zip(turned).for_each(|(byte, mask)| *byte ^= mask);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frames_of_the_rfc_are_read() {
        // §5.7.
        let (frame, used) = Frame::read(b"\x81\x05Hello").unwrap();
        assert_eq!((frame.fin, frame.opcode, frame.mask, frame.len, used), (true, TEXT, None, 5, 2));
        let masked = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
        let (frame, used) = Frame::read(masked).unwrap();
        assert_eq!((frame.mask, used), (Some([0x37, 0xfa, 0x21, 0x3d]), 6));
        let mut payload = masked[used..].to_vec();
        unmask(&mut payload, frame.mask.unwrap(), 0);
        assert_eq!(payload, b"Hello");
        let (frame, used) = Frame::read(b"\x82\x7e\x01\x00").unwrap();
        assert_eq!((frame.opcode, frame.len, used, frame.proper_len), (BINARY, 256, 4, true));
        let (frame, used) = Frame::read(b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00").unwrap();
        assert_eq!((frame.len, used, frame.proper_len), (65_536, 10, true));
        for cut in 0..10 {
            assert_eq!(Frame::read(&b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn lengths_that_could_be_shorter_are_improper() {
        for header in
            [&b"\x82\x7e\x00\x7d"[..], b"\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff", b"\x82\x7f\x80\0\0\0\0\x01\0\0"]
        {
            assert!(!Frame::read(header).unwrap().0.proper_len, "{header:?}");
        }
    }

    #[test]
    fn a_mask_is_taken_off_in_pieces_as_in_one() {
        let wire: Vec<u8> = (0..100).collect();
        let mut whole = wire.clone();
        unmask(&mut whole, [1, 20, 60, 200], 0);
        for cut in 0..=wire.len() {
            let mut pieces = wire.clone();
            let (head, tail) = pieces.split_at_mut(cut);
            unmask(head, [1, 20, 60, 200], 0);
            unmask(tail, [1, 20, 60, 200], cut as u64);
            assert_eq!(pieces, whole, "{cut}");
        }
    }

    #[test]
    fn runs_of_frames_are_told_from_anything_else() {
        assert_eq!(likeness(b"\x81\x09{\"a\":123}", false, false), Likeness::Sure);
        assert_eq!(likeness(b"\x81\x09{\"a\":123}", true, false), Likeness::None, "a client masks");
        assert_eq!(likeness(b"\x81\x09{\"a\":123", false, false), Likeness::None, "the end is missing");
        assert_eq!(likeness(b"\x89\x00\x82\x03abc", false, false), Likeness::Fits);
        assert_eq!(likeness(b"\x81\x03\xff\xfe\xfd", false, false), Likeness::None, "no text");
        assert_eq!(likeness(b"\xc1\x03abc", false, false), Likeness::None);
        assert_eq!(likeness(b"\xc1\x03abc", false, true), Likeness::Fits);
        assert_eq!(likeness(b"\x83\x03abc", false, false), Likeness::None, "a reserved opcode");
        assert_eq!(likeness(b"", false, false), Likeness::None);
        assert_eq!(likeness(b"GET / HTTP/1.1\r\n\r\n", false, false), Likeness::None);
    }
}
