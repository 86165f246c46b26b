//! Content of a message: where it ends, and its first bytes kept for inspection.
//!
//! Chunked framing is read by the letter of RFC 9112 §7.1; line ends may be bare LF, which servers accept.

use model::limits;

use super::head::Framing;

/// Reads one body.
#[derive(Debug)]
pub(super) enum BodyReader {
    Length { left: u64 },
    Chunked(Chunks),
    UntilClose,
}

/// Where in the chunked framing the reader stands.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    state: ChunkState,
    line: usize,
    size: u64,
    digits: u8,
    extension: bool,
    trailers: usize,
    empty_line: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum ChunkState {
    #[default]
    Size,
    Data {
        left: u64,
    },
    DataEnd,
    Trailers,
}

/// What came of a piece of stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// All bytes belong to the body, which goes on.
    More,
    /// The body ended after this many bytes.
    Done(usize),
    /// The framing is broken at this byte.
    Broken(usize),
}

impl BodyReader {
    /// A reader for `framing`; `None` when there is no body.
    pub(super) fn new(framing: Framing) -> Option<Self> {
        match framing {
            Framing::Empty => None,
            Framing::Length(left) => Some(Self::Length { left }),
            Framing::Chunked => Some(Self::Chunked(Chunks::default())),
            Framing::UntilClose => Some(Self::UntilClose),
        }
    }

    /// Reads on; `content` is called with each run of content bytes.
    pub(super) fn read(&mut self, bytes: &[u8], content: &mut dyn FnMut(&[u8])) -> Read {
        match self {
            Self::UntilClose => {
                content(bytes);
                Read::More
            }
            Self::Length { left } => {
                let n = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                content(bytes.get(..n).unwrap_or_default());
                *left -= n as u64;
                if *left == 0 { Read::Done(n) } else { Read::More }
            }
            Self::Chunked(chunks) => chunks.read(bytes, content),
        }
    }

    /// Skips `len` bytes that were not captured. `Some(true)`: the body goes on; `Some(false)`: it ended just there;
    /// `None`: its end cannot be known any more.
    pub(super) fn gap(&mut self, len: u64) -> Option<bool> {
        match self {
            Self::UntilClose => Some(true),
            Self::Length { left } => {
                *left = left.checked_sub(len)?;
                Some(*left > 0)
            }
            Self::Chunked(chunks) => match &mut chunks.state {
                ChunkState::Data { left } if *left > len => {
                    *left -= len;
                    Some(true)
                }
                ChunkState::Data { left } if *left == len => {
                    chunks.state = ChunkState::DataEnd;
                    Some(true)
                }
                _ => None,
            },
        }
    }

    /// Whether the close of the connection ends this body properly: all content was seen, though a trailer section may
    /// be unfinished.
    pub(super) fn ends_with_close(&self) -> bool {
        match self {
            Self::UntilClose => true,
            Self::Chunked(chunks) => chunks.state == ChunkState::Trailers,
            Self::Length { .. } => false,
        }
    }
}

impl Chunks {
    fn read(&mut self, bytes: &[u8], content: &mut dyn FnMut(&[u8])) -> Read {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match &mut self.state {
                ChunkState::Data { left } => {
                    let n = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len() - at);
                    content(bytes.get(at..at + n).unwrap_or_default());
                    *left -= n as u64;
                    at += n;
                    if *left == 0 {
                        self.state = ChunkState::DataEnd;
                    }
                }
                ChunkState::DataEnd => {
                    at += 1;
                    match byte {
                        b'\r' => {}
                        b'\n' => self.state = ChunkState::Size,
                        _ => return Read::Broken(at - 1),
                    }
                }
                ChunkState::Size => {
                    at += 1;
                    if !self.size_byte(byte) {
                        return Read::Broken(at - 1);
                    }
                }
                ChunkState::Trailers => {
                    at += 1;
                    if self.trailer_byte(byte) {
                        return Read::Done(at);
                    }
                    if self.trailers > limits::TRAILER_BYTES_MAX {
                        return Read::Broken(at);
                    }
                }
            }
        }
        Read::More
    }

    fn size_byte(&mut self, byte: u8) -> bool {
        self.line += 1;
        if self.line > limits::CHUNK_LINE_BYTES_MAX {
            return false;
        }
        if byte == b'\n' {
            if self.digits == 0 {
                return false;
            }
            self.state = if self.size == 0 { ChunkState::Trailers } else { ChunkState::Data { left: self.size } };
            (self.line, self.size, self.digits, self.extension, self.empty_line) = (0, 0, 0, false, true);
            return true;
        }
        if self.extension {
            return true;
        }
        let Some(digit) = char::from(byte).to_digit(16) else {
            self.extension = matches!(byte, b';' | b' ' | b'\t' | b'\r') && (self.digits > 0 || byte != b';');
            let blank_lead = self.digits == 0 && matches!(byte, b' ' | b'\t');
            if blank_lead {
                self.extension = false;
            }
            return self.extension || blank_lead;
        };
        if self.size >> 60 != 0 {
            return false;
        }
        self.size = (self.size << 4) | u64::from(digit);
        self.digits = self.digits.saturating_add(1);
        true
    }

    /// Whether this byte ends the trailer section.
    fn trailer_byte(&mut self, byte: u8) -> bool {
        self.trailers += 1;
        match byte {
            b'\n' if self.empty_line => return true,
            b'\n' => self.empty_line = true,
            b'\r' => {}
            _ => self.empty_line = false,
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wire: &[u8], expected: &[u8], end: &Read) {
        for cut in 0..=wire.len() {
            let mut reader = BodyReader::new(Framing::Chunked).unwrap();
            let mut body = Vec::new();
            let (head, tail) = wire.split_at(cut);
            let mut content = |run: &[u8]| body.extend_from_slice(run);
            let mut read = reader.read(head, &mut content);
            if read == Read::More && !tail.is_empty() {
                read = match reader.read(tail, &mut content) {
                    Read::Done(n) => Read::Done(n + cut),
                    Read::Broken(n) => Read::Broken(n + cut),
                    Read::More => Read::More,
                };
            }
            assert_eq!(body, expected, "cut at {cut}");
            assert_eq!(&read, end, "cut at {cut}");
        }
    }

    #[test]
    fn chunked_framing_is_removed_wherever_it_is_cut() {
        check(b"5\r\nhello\r\n0\r\n\r\n", b"hello", &Read::Done(15));
        check(b"5;a=b\r\nhello\r\n1 \r\n!\r\n0\r\nX: y\r\n\r\n", b"hello!", &Read::Done(32));
        check(b"2\nhi\n0\n\n", b"hi", &Read::Done(8));
        check(b"2\r\nhiX", b"hi", &Read::Broken(5));
        check(b"\r\n", b"", &Read::Broken(1));
        check(b"fffffffffffffffff\r\n", b"", &Read::Broken(16));
    }
}
