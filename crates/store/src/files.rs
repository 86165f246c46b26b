//! The files of a state: private to their owner, never through a symbolic link, held by one writer.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use model::StateError;
use rustix::fs::OFlags;

use crate::error;

/// Name of the database.
pub(crate) const DATABASE: &str = "apitap.db";
/// Name of the findings log's current part.
pub(crate) const LOG: &str = "findings.mp";
/// Name of the key file.
pub(crate) const KEY: &str = "key";
/// Name of the lock file.
const LOCK: &str = "lock";

const LOCK_TEXT_BYTES_MAX: u64 = 32;

/// Opens for reading and writing, and makes it (0600) when it is not there.
pub(crate) fn open_private(path: &Path) -> io::Result<File> {
    private().create(true).open(path)
}

/// Makes a file that must not be there.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    private().create_new(true).open(path)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).truncate(false).mode(0o600).custom_flags(no_follow());
    options
}

pub(crate) fn no_follow() -> i32 {
    OFlags::NOFOLLOW.bits().cast_signed()
}

/// Makes the directory (0700) when it is not there, and refuses one that anybody may write to.
pub(crate) fn prepare_directory(dir: &Path) -> Result<(), StateError> {
    let cannot = |e| error::file("cannot make the state directory", dir, e);
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(cannot)?;
    let mode = fs::metadata(dir).map_err(cannot)?.mode();
    if mode & 0o002 != 0 {
        let text =
            format!("anybody may write to {0}, so its state cannot be trusted. Run: chmod 700 {0}", dir.display());
        return Err(error::coded(text, error::KEY));
    }
    Ok(())
}

/// Makes names created or changed in `dir` durable.
pub(crate) fn sync_directory(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// The first of `prefix` + 1, 2, 3… that is not taken.
pub(crate) fn free_name(dir: &Path, prefix: &str) -> PathBuf {
    let names = (1_u32..).map(|n| dir.join(format!("{prefix}{n}")));
    names.take(100_000).find(|path| !path.exists()).unwrap_or_else(|| dir.join(prefix))
}

/// Held while one process writes to a state; the system frees it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

impl Lock {
    pub(crate) fn take(dir: &Path) -> Result<Self, StateError> {
        let path = dir.join(LOCK);
        let cannot = |e| error::file("cannot lock", &path, e);
        let mut file = open_private(&path).map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(dir, &mut file)),
            Err(TryLockError::Error(e)) => return Err(cannot(e)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(cannot)?;
        writeln!(file, "{}", std::process::id()).map_err(cannot)?;
        Ok(Self(file))
    }
}

fn in_use(dir: &Path, lock: &mut File) -> StateError {
    let mut text = String::new();
    let holder = match lock.take(LOCK_TEXT_BYTES_MAX).read_to_string(&mut text).map(|_| text.trim().parse::<u32>()) {
        Ok(Ok(id)) => format!("process {id}"),
        _ => "another process".to_owned(),
    };
    let text = format!(
        "the state {} is in use by {holder}; a state has one writer. Stop that one, or choose another --state directory.",
        dir.display()
    );
    error::coded(text, error::IN_USE)
}
