//! Reads a findings file record by record, in bounded memory, and stops at the first byte that is not a record.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use model::limits::RECORD_BYTES_MAX;
use model::record::RECORD_VERSION;
use model::{Record, StateError};

use crate::framing::{Frame, frame};
use crate::{error, log};

const READ_BYTES: usize = 64 << 10;

/// Where and why reading stopped before the end of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// First byte that was not used.
    pub offset: u64,
    /// The file ends inside a record: its writer was stopped. Otherwise the bytes are not a record.
    pub cut: bool,
    /// What was found there.
    pub reason: &'static str,
}

/// Records of one findings file in order. After the first error there is nothing more.
pub struct LogReader {
    name: String,
    source: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// Bytes of the buffer already used.
    used: usize,
    /// Offset in the file of the first byte not used.
    offset: u64,
    stopped: bool,
    damage: Option<Damage>,
}

impl fmt::Debug for LogReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogReader").field("name", &self.name).field("offset", &self.offset).finish_non_exhaustive()
    }
}

impl LogReader {
    /// Opens a file, or the log of a state directory with all its parts; `-` is standard input.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        if path.as_os_str() == "-" {
            return Ok(Self::new("standard input", io::stdin()));
        }
        let cannot = |e| error::file("cannot read", path, e);
        if path.is_dir() {
            return Ok(Self::new(path.display(), all_parts(path).map_err(cannot)?));
        }
        Ok(Self::new(path.display(), File::open(path).map_err(cannot)?))
    }

    /// Reads from `source`; `name` is used in errors.
    pub fn new(name: impl fmt::Display, source: impl Read + Send + 'static) -> Self {
        Self {
            name: name.to_string(),
            source: Box::new(source),
            buffer: Vec::new(),
            used: 0,
            offset: 0,
            stopped: false,
            damage: None,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Offset of the first byte after the last whole record.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Where and why it stopped early; known once the iterator has ended.
    pub const fn damage(&self) -> Option<Damage> {
        self.damage
    }

    fn read_record(&mut self) -> Result<Option<Record>, StateError> {
        loop {
            let unused = self.buffer.get(self.used..).unwrap_or_default();
            match frame(unused) {
                Frame::Whole(length) => return self.decode(length).map(Some),
                Frame::Malformed(reason) => return Err(self.damaged(false, reason)),
                Frame::Incomplete if self.fill()? > 0 => {}
                Frame::Incomplete if self.used == self.buffer.len() => return Ok(None),
                Frame::Incomplete => return Err(self.damaged(true, "the beginning of a record")),
            }
        }
    }

    fn decode(&mut self, length: usize) -> Result<Record, StateError> {
        let bytes = self.buffer.get(self.used..self.used + length).unwrap_or_default();
        let record: Record = match rmp_serde::from_slice(bytes) {
            Ok(record) => record,
            Err(_) => return Err(self.damaged(false, "a map that is no record")),
        };
        if record.v > RECORD_VERSION {
            return Err(self.damaged(false, "a record of a newer apitap; use that version to read it"));
        }
        self.used += length;
        self.offset += length as u64;
        Ok(record)
    }

    /// Reads more, twice as much each time, so that looking again at the beginning of a long record stays cheap.
    fn fill(&mut self) -> Result<usize, StateError> {
        self.buffer.drain(..self.used);
        self.used = 0;
        let room = (RECORD_BYTES_MAX + READ_BYTES).saturating_sub(self.buffer.len());
        let want = self.buffer.len().max(READ_BYTES).min(room) as u64;
        let Self { name, source, buffer, .. } = self;
        let read = source.by_ref().take(want).read_to_end(buffer);
        read.map_err(|e| error::caused(format!("cannot read {name}: {e}. Check the disk."), error::DISK, e))
    }

    fn damaged(&mut self, cut: bool, reason: &'static str) -> StateError {
        self.damage = Some(Damage { offset: self.offset, cut, reason });
        let (name, offset) = (&self.name, self.offset);
        let text = if cut {
            format!(
                "{name} ends inside a record at byte {offset}; everything before it was used. Its writer was stopped: run it again for \
                 the rest."
            )
        } else {
            format!(
                "{name} holds no record at byte {offset} ({reason}); everything before it was used. Check what file it is."
            )
        };
        error::coded(text, error::NOT_OURS)
    }
}

/// The parts of a log one after the other, oldest first.
fn all_parts(dir: &Path) -> io::Result<Box<dyn Read + Send>> {
    let parts = log::parts(dir);
    if parts.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "it holds no findings log"));
    }
    parts.iter().rev().try_fold(Box::new(io::empty()) as Box<dyn Read + Send>, |later, path| {
        Ok(Box::new(File::open(path)?.chain(later)) as Box<dyn Read + Send>)
    })
}

impl Iterator for LogReader {
    type Item = Result<Record, StateError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.stopped {
            return None;
        }
        let next = self.read_record().transpose();
        self.stopped = !matches!(next, Some(Ok(_)));
        next
    }
}
