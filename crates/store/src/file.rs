//! One findings file without a state: header first, findings as they come, at the end endpoints, losses and trailer.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use model::record::{Body, Header, Loss};
use model::{Checkpoint, PacketTime, Record, SavedState, StateDelta, StateError, StateStore};

use crate::reader::LogReader;
use crate::sqlite::{checked, encoded};
use crate::{delta, error};

/// Writes a findings file, keeps no models. A run cut short leaves what it had, without trailer.
pub struct FileStore {
    path: PathBuf,
    out: BufWriter<Box<dyn Write + Send>>,
    /// The file, when it is one that can be made durable.
    file: Option<File>,
    held: StateDelta,
}

impl std::fmt::Debug for FileStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileStore").field("path", &self.path).finish_non_exhaustive()
    }
}

impl FileStore {
    /// Makes the file (0600), or replaces an older findings file; `-` is standard output. Any other file that is not
    /// empty is refused, so that a mistyped option does not cost a capture.
    pub fn create(path: &Path) -> Result<Self, StateError> {
        if path.as_os_str() == "-" {
            return Ok(Self::to_writer("standard output", io::stdout()));
        }
        let cannot = |e| error::file("cannot write", path, e);
        let old = fs::metadata(path).ok().filter(fs::Metadata::is_file);
        if old.as_ref().is_some_and(|meta| meta.len() > 0) && !is_findings_file(path) {
            let text = format!(
                "{} exists and is not a findings file; it was left untouched. Choose another name, or delete it.",
                path.display()
            );
            return Err(error::coded(text, error::NOT_OURS));
        }
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).map_err(cannot)?;
        let regular = file.metadata().map_err(cannot)?.is_file();
        if regular {
            file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(cannot)?;
        }
        let durable = if regular { Some(file.try_clone().map_err(cannot)?) } else { None };
        Ok(Self { file: durable, ..Self::to_writer(path, file) })
    }

    /// Writes to anything; `name` is used in errors.
    pub fn to_writer(name: impl Into<PathBuf>, out: impl Write + Send + 'static) -> Self {
        Self { path: name.into(), out: BufWriter::new(Box::new(out)), file: None, held: StateDelta::default() }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        self.out.write_all(bytes).map_err(|e| error::file("cannot write", &self.path, e))
    }

    fn write_record(&mut self, at: PacketTime, body: Body) -> Result<(), StateError> {
        let bytes = encoded(at, body)?;
        self.write(&bytes)
    }

    fn flush(&mut self) -> Result<(), StateError> {
        let Self { out, file, path, .. } = self;
        let done = out.flush().and_then(|()| file.as_ref().map_or(Ok(()), File::sync_data));
        done.map_err(|e| error::file("cannot write", path, e))
    }
}

impl StateStore for FileStore {
    fn keeps_models(&self) -> bool {
        false
    }

    fn begin(&mut self, header: &Header) -> Result<SavedState, StateError> {
        self.write_record(PacketTime::ZERO, Body::Header(header.clone()))?;
        self.flush()?;
        Ok(SavedState::default())
    }

    fn append(&mut self, records: &[Record]) -> Result<(), StateError> {
        for record in records {
            self.write(&checked(record)?)?;
        }
        Ok(())
    }

    fn commit(&mut self, checkpoint: Checkpoint) -> Result<(), StateError> {
        let Checkpoint { at, delta, ledger, trailer, .. } = checkpoint;
        delta::merge(&mut self.held, StateDelta { rows: Vec::new(), findings: Vec::new(), ..delta });
        let Some(trailer) = trailer else { return self.flush() };
        let held = std::mem::take(&mut self.held);
        for endpoint in delta::joined_endpoints(&held) {
            self.write_record(at, Body::Endpoint(Box::new(endpoint)))?;
        }
        let counters = ledger.iter().map(|(counter, n)| (counter.as_str().to_owned(), n)).collect();
        self.write_record(at, Body::Loss(Loss { counters }))?;
        self.write_record(at, Body::Trailer(trailer))?;
        self.flush()
    }
}

fn is_findings_file(path: &Path) -> bool {
    let first = LogReader::open(path).ok().and_then(|mut reader| reader.next());
    matches!(first, Some(Ok(Record { body: Body::Header(_), .. })))
}
