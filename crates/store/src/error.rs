//! Texts of what goes wrong: one sentence of what, one of why, one of what to do, and a code.

use std::error::Error;
use std::fmt::Display;
use std::io;
use std::path::Path;

use model::StateError;
use rusqlite::ErrorCode;

/// The state is used by another process.
pub(crate) const IN_USE: &str = "E401";
/// The state was made by a newer apitap.
pub(crate) const NEWER: &str = "E402";
/// The inputs were read into this state before.
pub(crate) const ALREADY_READ: &str = "E403";
/// The state was made with another key, or the key file cannot be trusted.
pub(crate) const KEY: &str = "E404";
/// The file is not what it should be.
pub(crate) const NOT_OURS: &str = "E405";
/// The file system refused.
pub(crate) const DISK: &str = "E406";
/// The state has an older schema, or was not made to its end.
pub(crate) const OLDER: &str = "E408";
/// The state has learned already.
pub(crate) const NOT_EMPTY: &str = "E409";
/// No such thing, or several.
pub(crate) const NOT_FOUND: &str = "E407";

/// The code at the end of an error's text: `E403` when the inputs were read before.
pub fn code(error: &StateError) -> Option<&str> {
    let inside = error.message.strip_suffix(']')?;
    inside.rsplit_once('[').map(|(_, code)| code)
}

pub(crate) fn coded(text: impl Display, code: &str) -> StateError {
    StateError::new(format!("{text}  [{code}]"))
}

pub(crate) fn caused(text: impl Display, code: &str, source: impl Error + Send + Sync + 'static) -> StateError {
    StateError { source: Some(Box::new(source)), ..coded(text, code) }
}

/// `action` as in "cannot write".
pub(crate) fn file(action: &str, path: &Path, error: io::Error) -> StateError {
    caused(format!("{action} {}: {error}. {}", path.display(), cure(error.kind())), DISK, error)
}

/// `action` as in "cannot read".
pub(crate) fn database(action: &str, path: &Path, error: rusqlite::Error) -> StateError {
    let cure = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => cure(io::ErrorKind::StorageFull),
        Some(ErrorCode::ReadOnly) => cure(io::ErrorKind::ReadOnlyFilesystem),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => cure(io::ErrorKind::PermissionDenied),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "Another program holds it; close that one.",
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "It is damaged; start the run again: the damaged file is set aside and a new one begun."
        }
        _ => cure(io::ErrorKind::Other),
    };
    caused(format!("{action} {}: {error}. {cure}", path.display()), DISK, error)
}

/// Whether the database itself is damaged, so that it should be set aside.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn cure(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "Free space on that file system.",
        io::ErrorKind::ReadOnlyFilesystem => "Mount it writable, or choose another directory.",
        io::ErrorKind::PermissionDenied => "Give this user the right, or choose another path.",
        io::ErrorKind::NotFound => "Check the path.",
        _ => "Check the path and the health of the disk.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_from_the_text() {
        assert_eq!(code(&coded("no", IN_USE)), Some("E401"));
        assert_eq!(code(&StateError::new("no [E1] and more")), None);
        assert_eq!(code(&file("cannot write", Path::new("/x"), io::ErrorKind::StorageFull.into())), Some(DISK));
    }
}
