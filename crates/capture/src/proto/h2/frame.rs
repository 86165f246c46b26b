//! Frame headers of HTTP/2 (RFC 9113 §4.1), and whether bytes look like frames.

/// Length of a frame header.
pub(super) const HEADER_LEN: usize = 9;

/// Types that mean something here (RFC 9113 §6).
pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const PRIORITY: u8 = 2;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PUSH_PROMISE: u8 = 5;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

/// Flags.
pub(super) const END_STREAM: u8 = 0x1;
pub(super) const ACK: u8 = 0x1;
pub(super) const END_HEADERS: u8 = 0x4;
pub(super) const PADDED: u8 = 0x8;
pub(super) const WITH_PRIORITY: u8 = 0x20;

/// What senders keep to unless told otherwise (RFC 9113 §4.2); few are.
const USUAL_LEN_MAX: u32 = 1 << 17;

/// A frame header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub len: u32,
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
}

impl Frame {
    /// Reads nine bytes.
    pub(super) const fn read(bytes: &[u8; HEADER_LEN]) -> Self {
        let [a, b, c, kind, flags, s0, s1, s2, s3] = *bytes;
        Self {
            len: u32::from_be_bytes([0, a, b, c]),
            kind,
            flags,
            // The first bit is reserved, and ignored.
            stream: u32::from_be_bytes([s0 & 0x7f, s1, s2, s3]),
        }
    }

    /// Whether the flag is set.
    pub(super) const fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether a peer that keeps to the RFC could have sent it.
    pub(super) fn is_plausible(self) -> bool {
        let on_stream = self.stream != 0;
        let (flags, fits) = match self.kind {
            DATA => (END_STREAM | PADDED, on_stream),
            HEADERS => (END_STREAM | END_HEADERS | PADDED | WITH_PRIORITY, on_stream && self.len > 0),
            PRIORITY => (0, on_stream && self.len == 5),
            RST_STREAM => (0, on_stream && self.len == 4),
            SETTINGS => {
                let fits = if self.has(ACK) { self.len == 0 } else { self.len.is_multiple_of(6) && self.len <= 6 * 32 };
                (ACK, !on_stream && fits)
            }
            PUSH_PROMISE => (END_HEADERS | PADDED, on_stream && self.len > 4),
            PING => (ACK, !on_stream && self.len == 8),
            GOAWAY => (0, !on_stream && self.len >= 8),
            WINDOW_UPDATE => (0, self.len == 4),
            CONTINUATION => (END_HEADERS, on_stream),
            _ => return false,
        };
        fits && self.flags & !flags == 0 && self.len <= USUAL_LEN_MAX
    }
}

/// Whether `bytes`, from the start of a segment, are frames one after the other up to their end. One that goes on beyond
/// the end counts when it is not alone, or begins a message.
pub(in crate::proto) fn looks_like_frames(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    let mut frames = 0;
    while let Some(header) = rest.first_chunk::<HEADER_LEN>() {
        // The reserved bit is not ignored here.
        let reserved = header.get(5).is_some_and(|byte| byte & 0x80 != 0);
        let frame = Frame::read(header);
        if reserved || !frame.is_plausible() {
            return false;
        }
        frames += 1;
        match rest.get(HEADER_LEN + frame.len as usize..) {
            Some(more) => rest = more,
            // Content alone may look like its own header.
            None => return frames > 1 || frame.kind == HEADERS,
        }
    }
    // What is left may be the first bytes of a header, whose length is below 2¹⁷.
    frames > 0 && rest.first().is_none_or(|first| *first <= 1)
}

/// Whether `bytes` begin with the settings that a server sends first (RFC 9113 §3.4).
pub(in crate::proto) fn looks_like_settings(bytes: &[u8]) -> bool {
    let Some(header) = bytes.first_chunk::<HEADER_LEN>() else { return false };
    let frame = Frame::read(header);
    frame.kind == SETTINGS && !frame.has(ACK) && looks_like_frames(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_by_the_rfc() {
        let frame = Frame::read(&[0, 1, 2, HEADERS, 5, 0x80, 0, 0, 3]);
        assert_eq!(frame, Frame { len: 258, kind: HEADERS, flags: 5, stream: 3 });
        assert!(frame.has(END_STREAM) && frame.has(END_HEADERS) && !frame.has(PADDED));
    }

    #[test]
    fn frames_are_told_from_other_bytes() {
        let settings = [0, 0, 6, SETTINGS, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100];
        let ack = [0, 0, 0, SETTINGS, ACK, 0, 0, 0, 0];
        let cut = [0, 0x40, 0, DATA, 0, 0, 0, 0, 1, b'{'];
        assert!(looks_like_settings(&settings) && !looks_like_settings(&ack));
        for frames in [&settings[..], &ack, &[&settings[..], &ack, &cut].concat(), &[&ack[..], &[0, 0]].concat()] {
            assert!(looks_like_frames(frames), "{frames:?}");
        }
        assert!(!looks_like_frames(&cut));
        for other in [
            &b""[..],
            b"\0\0\0",
            b"{\"a\":1}......",
            b"GET / HTTP/1.1\r\n",
            &[0; 40],
            &[&ack[..], b"GET / HTTP"].concat(),
        ] {
            assert!(!looks_like_frames(other), "{other:?}");
        }
    }
}
