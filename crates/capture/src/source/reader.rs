//! One file, whatever its format: packets here, HAR in its own module.
//!
//! In: a [`Stream`]. Out: one [`Record`] at a time, which lies in the file's window until the next is asked for. Kept:
//! the window and the format's state. How the stream ended (whole, cut, damaged, unreadable) is judged here, once, for
//! all formats.

use std::path::{Path, PathBuf};

use model::{PacketTime, limits};

use super::error::{DamageKind, Damages, SourceError};
use super::har::{self, HarReader};
use super::input::{self, Stream};
use super::pcap::Pcap;
use super::pcapng::Pcapng;
use super::window::{Fault, Window};

/// A frame found in a window: where it lies and what the file says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Packet time as recorded.
    pub(super) at: PacketTime,
    /// `LINKTYPE_*` value.
    pub(super) link_type: u32,
    /// Bytes on the wire.
    pub(super) wire_len: u32,
    /// Start of the frame's bytes, from the start of the view.
    pub(super) data_at: usize,
    /// Captured bytes.
    pub(super) data_bytes: usize,
    /// Bytes of the whole record or block.
    pub(super) total: usize,
}

/// What reading leaves behind beside frames: damages and secrets, of all files of one source.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// The damages.
    pub(super) damages: Damages,
    /// TLS key log texts not yet taken.
    pub(super) secrets: Vec<Vec<u8>>,
    secrets_bytes: usize,
}

impl Findings {
    /// The secrets so far; they are forgotten here.
    pub(super) fn take_secrets(&mut self) -> Vec<Vec<u8>> {
        self.secrets_bytes = 0;
        std::mem::take(&mut self.secrets)
    }
}

/// The findings, as one file writes to them.
#[derive(Debug)]
pub(super) struct FileLog<'a> {
    findings: &'a mut Findings,
    path: &'a Path,
    frames: u64,
}

impl FileLog<'_> {
    /// Notes a damage.
    pub(super) fn damage(&mut self, kind: DamageKind, offset: u64, bytes_lost: u64) {
        self.findings.damages.push(self.path, offset, self.frames, kind, bytes_lost);
    }

    /// Keeps a TLS key log text until it is taken; beyond [`limits::SECRETS_BYTES_MAX`] it is dropped and noted.
    pub(super) fn secret(&mut self, text: &[u8], offset: u64) {
        let bytes = self.findings.secrets_bytes.saturating_add(text.len());
        if text.is_empty() {
            return;
        }
        if bytes > limits::SECRETS_BYTES_MAX {
            self.damage(DamageKind::SecretsDropped, offset, 0);
            return;
        }
        self.findings.secrets_bytes = bytes;
        self.findings.secrets.push(text.to_vec());
    }
}

#[derive(Debug)]
enum Format {
    Pcap(Pcap),
    Pcapng(Box<Pcapng>),
}

/// Something whose frames are taken one by one and merged with others by time.
pub(super) trait Reader {
    /// Moves to the next frame; `None` at the end.
    fn advance(&mut self, findings: &mut Findings) -> Result<Option<Record>, SourceError>;
    /// The bytes of the frame moved to.
    fn data(&self, record: &Record) -> &[u8];
    /// Bytes of the (compressed) input read so far.
    fn consumed(&self) -> u64;
}

/// A file being read.
#[derive(Debug)]
pub(super) enum AnyReader {
    /// Of packets.
    Frames(Box<FileReader>),
    /// Of exchanges.
    Har(Box<HarReader>),
}

impl AnyReader {
    /// Reads the beginning of the file, which says what it is; it is file `number`, from 0, of `files` that were named.
    pub(super) fn open(stream: Stream, path: PathBuf, (number, files): (usize, usize)) -> Result<Self, SourceError> {
        let mut window = Window::new(stream);
        if har::is_har(window.fill(limits::HAR_HEAD_BYTES_MAX)) {
            return Ok(Self::Har(Box::new(HarReader::new(window, path, (number, files)))));
        }
        Ok(Self::Frames(Box::new(FileReader::open(window, path)?)))
    }

    /// The file, when it is one without packets.
    pub(super) fn without_packets(&self) -> Option<&Path> {
        match self {
            Self::Frames(_) => None,
            Self::Har(har) => Some(har.path()),
        }
    }
}

impl Reader for AnyReader {
    #[inline]
    fn advance(&mut self, findings: &mut Findings) -> Result<Option<Record>, SourceError> {
        match self {
            Self::Frames(frames) => frames.advance(findings),
            Self::Har(har) => har.advance(findings),
        }
    }

    #[inline]
    fn data(&self, record: &Record) -> &[u8] {
        match self {
            Self::Frames(frames) => frames.data(record),
            Self::Har(har) => har.data(record),
        }
    }

    fn consumed(&self) -> u64 {
        match self {
            Self::Frames(frames) => frames.consumed(),
            Self::Har(har) => har.consumed(),
        }
    }
}

/// A file of packets being read.
#[derive(Debug)]
pub(super) struct FileReader {
    path: PathBuf,
    window: Window,
    format: Format,
    frames: u64,
    current_bytes: usize,
}

impl FileReader {
    /// Reads the file header.
    fn open(mut window: Window, path: PathBuf) -> Result<Self, SourceError> {
        let format = match Pcap::open(&mut window) {
            Some(pcap) => Some(Format::Pcap(pcap)),
            None => Pcapng::open(&mut window).map(|pcapng| Format::Pcapng(Box::new(pcapng))),
        };
        match format {
            Some(format) => Ok(Self { path, window, format, frames: 0, current_bytes: 0 }),
            None => Err(refusal(&mut window, path)),
        }
    }

    /// Judges how the stream ended.
    fn finish(&mut self, findings: &mut Findings) -> Result<(), SourceError> {
        let lost = self.window.view().len();
        let offset = self.window.offset();
        let kind = match self.window.take_fault() {
            Some(Fault::Read(source)) => {
                self.window.abandon();
                return Err(SourceError::Read { path: self.path.clone(), source });
            }
            Some(Fault::Decode(reason)) => DamageKind::Compression(reason),
            None if lost > 0 => DamageKind::CutInsideFrame,
            None => return Ok(()),
        };
        findings.damages.push(&self.path, offset, self.frames, kind, lost as u64);
        self.window.abandon();
        Ok(())
    }
}

impl Reader for FileReader {
    #[inline]
    fn advance(&mut self, findings: &mut Findings) -> Result<Option<Record>, SourceError> {
        self.window.consume(std::mem::take(&mut self.current_bytes));
        let mut log = FileLog { findings, path: &self.path, frames: self.frames };
        let record = match &mut self.format {
            Format::Pcap(pcap) => pcap.next(&mut self.window, &mut log),
            Format::Pcapng(pcapng) => pcapng.next(&mut self.window, &mut log),
        };
        match record {
            Some(record) => {
                self.current_bytes = record.total;
                self.frames = self.frames.saturating_add(1);
            }
            None => self.finish(findings)?,
        }
        Ok(record)
    }

    #[inline]
    fn data(&self, record: &Record) -> &[u8] {
        let end = record.data_at.saturating_add(record.data_bytes);
        self.window.view().get(record.data_at..end).unwrap_or_default()
    }

    fn consumed(&self) -> u64 {
        self.window.consumed()
    }
}

/// Why a stream is not read as a capture.
fn refusal(window: &mut Window, path: PathBuf) -> SourceError {
    match window.take_fault() {
        Some(Fault::Read(source)) => return SourceError::Read { path, source },
        Some(Fault::Decode(reason)) => return SourceError::Compression { path, reason },
        None => {}
    }
    let head = window.view();
    if head.is_empty() {
        SourceError::Empty { path }
    } else if input::is_capture(head) && window.ended() {
        SourceError::HeaderCut { path, bytes: head.len() as u64 }
    } else {
        SourceError::NotACapture { path, found: input::describe(head) }
    }
}
