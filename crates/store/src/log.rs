//! Writes the findings log: records end to end in `findings.mp`, durable when asked, cut into parts of bounded size.
//!
//! In: encoded records. Kept in memory: whatever is not known to be on disk, so that a failed write or sync can be
//! repeated from the last durable byte in a file opened anew. Out: the [`Position`] a commit names.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use model::StateError;
use model::limits::{LOG_PENDING_BYTES_MAX, LOG_SEGMENT_BYTES_MAX, LOG_UNSYNCED_BYTES_MAX};

use crate::reader::LogReader;
use crate::{error, files};

/// Unwritten bytes above which a write is made.
const WRITE_BYTES: usize = 64 << 10;

/// A length of the log: of the part being written, after so many finished parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// Finished parts.
    pub rotated: u32,
    /// Bytes of `findings.mp`.
    pub offset: u64,
}

/// What the log asks of a file system; tests give one that fails.
pub(crate) trait Disk: Send {
    fn open(&self, path: &Path) -> io::Result<Box<dyn LogFile>>;
}

/// One open file of the log.
pub(crate) trait LogFile: Send {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    fn set_len(&self, len: u64) -> io::Result<()>;
    fn sync_data(&self) -> io::Result<()>;
}

/// The real one.
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        Ok(Box::new(files::open_private(path)?))
    }
}

impl LogFile for File {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(self, bytes, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        Self::set_len(self, len)
    }

    fn sync_data(&self) -> io::Result<()> {
        Self::sync_data(self)
    }
}

/// The one writer of a log.
pub(crate) struct LogWriter {
    dir: PathBuf,
    disk: Box<dyn Disk>,
    /// None when it must be opened anew, since what a failed call left in it is not known.
    file: Option<Box<dyn LogFile>>,
    /// What is durable.
    durable: Position,
    /// Bytes after that.
    pending: Vec<u8>,
    /// How many of them were written.
    written: usize,
    /// A write failed: only the next sync tries again, so that a full disk does not cost a write per record.
    failed: bool,
}

impl LogWriter {
    /// Takes up the log in `dir` at the committed position, and cuts off what lies beyond. Without one (a new database
    /// beside an old log) it goes on after the last whole record.
    pub(crate) fn open(
        dir: &Path,
        disk: Box<dyn Disk>,
        committed: Option<Position>,
        warnings: &mut Vec<String>,
    ) -> Result<Self, StateError> {
        let cannot = |e| error::file("cannot open the findings log in", dir, e);
        let durable = find_end(dir, committed, warnings).map_err(cannot)?;
        let mut log =
            Self { dir: dir.to_owned(), disk, file: None, durable, pending: Vec::new(), written: 0, failed: false };
        log.write().and_then(|()| files::sync_directory(dir)).map_err(cannot)?;
        Ok(log)
    }

    /// What is known to be on disk.
    pub(crate) const fn durable(&self) -> Position {
        self.durable
    }

    /// Takes encoded records, or refuses them all. Durable with the next [`Self::sync`].
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        if self.pending.len().saturating_add(bytes.len()) > LOG_PENDING_BYTES_MAX {
            let text = format!(
                "the findings log {} takes no more: {} bytes wait for the disk already. Free space on that file system.",
                self.path().display(),
                self.pending.len()
            );
            return Err(error::coded(text, error::DISK));
        }
        self.pending.extend_from_slice(bytes);
        let unwritten = self.pending.len() - self.written;
        if !self.failed && unwritten >= WRITE_BYTES {
            let sync = self.pending.len() >= LOG_UNSYNCED_BYTES_MAX;
            // A failure is remembered and told by the next sync; the records stay in memory.
            self.failed = if sync { self.make_durable() } else { self.write() }.is_err();
        }
        Ok(())
    }

    /// Makes durable what was appended, and says how long the log is then.
    pub(crate) fn sync(&mut self) -> Result<Position, StateError> {
        let done = self.make_durable();
        self.failed = done.is_err();
        done.map_err(|e| error::file("cannot write", &self.path(), e))?;
        Ok(self.durable)
    }

    /// Begins a new part when this one is long. Called after a commit of its position. A failure changes nothing, and
    /// the next commit tries again.
    pub(crate) fn rotate_when_long(&mut self) -> io::Result<()> {
        if self.durable.offset < LOG_SEGMENT_BYTES_MAX || !self.pending.is_empty() {
            return Ok(());
        }
        let rotated = self.durable.rotated + 1;
        fs::rename(self.path(), part(&self.dir, rotated))?;
        self.file = None;
        self.durable = Position { rotated, offset: 0 };
        files::sync_directory(&self.dir)
    }

    fn path(&self) -> PathBuf {
        self.dir.join(files::LOG)
    }

    fn make_durable(&mut self) -> io::Result<()> {
        if self.pending.is_empty() && self.file.is_some() {
            return Ok(());
        }
        self.write()?;
        let synced = self.file.as_ref().map_or(Ok(()), |file| file.sync_data());
        if synced.is_err() {
            self.file = None;
            return synced;
        }
        self.durable.offset += self.pending.len() as u64;
        self.pending.clear();
        self.written = 0;
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        let done = self.try_write();
        match &done {
            Ok(()) => self.written = self.pending.len(),
            Err(_) => self.file = None,
        }
        done
    }

    fn try_write(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            self.written = 0;
            let file = self.disk.open(&self.path())?;
            file.set_len(self.durable.offset)?;
            self.file = Some(file);
        }
        let unwritten = self.pending.get(self.written..).unwrap_or_default();
        let at = self.durable.offset + self.written as u64;
        self.file.as_ref().map_or(Ok(()), |file| file.write_all_at(unwritten, at))
    }
}

/// Path of the `n`th finished part.
fn part(dir: &Path, n: u32) -> PathBuf {
    dir.join(format!("findings.{n:06}.mp"))
}

/// Every file of a log that exists, oldest first.
pub(crate) fn parts(dir: &Path) -> Vec<PathBuf> {
    let current = dir.join(files::LOG);
    let finished = (1..u32::MAX).map(|n| part(dir, n)).take_while(|path| path.exists());
    finished.chain(current.exists().then_some(current)).collect()
}

fn find_end(dir: &Path, committed: Option<Position>, warnings: &mut Vec<String>) -> io::Result<Position> {
    let current = dir.join(files::LOG);
    let finished = (1..u32::MAX).take_while(|n| part(dir, *n).exists()).last().unwrap_or(0);
    if let Some(committed) = committed {
        if finished == committed.rotated + 1 {
            // Stopped between the rename and the next commit: nothing in the new part was committed.
            fs::rename(part(dir, finished), &current)?;
        }
        let length = fs::metadata(&current).map_or(0, |meta| meta.len());
        if finished <= committed.rotated + 1 && length >= committed.offset {
            return Ok(committed);
        }
        warnings.push(format!(
            "the findings log {} is not the one this state was committed with (its length differs); new records are added at its end. \
             Findings in the database are complete.",
            current.display()
        ));
    }
    Ok(Position { rotated: finished.max(committed.map_or(0, |c| c.rotated)), offset: end_of_records(&current)? })
}

fn end_of_records(path: &Path) -> io::Result<u64> {
    if !path.exists() {
        return Ok(0);
    }
    let mut reader = LogReader::new(path.display(), File::open(path)?);
    while let Some(Ok(_)) = reader.next() {}
    Ok(reader.offset())
}
