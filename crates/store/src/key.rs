//! The key file: 32 random bytes, made at the first start, readable by their owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use model::{DeploymentKey, StateError};
use rustix::rand::{GetRandomFlags, getrandom};

use crate::{error, files};

const KEY_BYTES: usize = 32;

/// The deployment's key in a state directory.
#[derive(Debug)]
pub struct KeyFile;

impl KeyFile {
    /// Reads `dir/key`, or makes both. Refuses a key that others can read: its pseudonyms could be reversed.
    pub fn load_or_create(dir: &Path) -> Result<DeploymentKey, StateError> {
        files::prepare_directory(dir)?;
        let path = dir.join(files::KEY);
        match open(&path) {
            Ok(file) => load(&file, &path),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                create(dir, &path).map_err(|e| error::file("cannot make the key file", &path, e))
            }
            Err(e) => Err(error::file("cannot open the key file", &path, e)),
        }
    }

    /// Reads `dir/key`, which must be there, and makes nothing. Refuses what [`Self::load_or_create`] refuses.
    pub fn load(dir: &Path) -> Result<DeploymentKey, StateError> {
        let path = dir.join(files::KEY);
        let file = open(&path).map_err(|e| error::file("cannot open the key file", &path, e))?;
        load(&file, &path)
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(files::no_follow()).open(path)
}

fn load(mut file: &File, path: &Path) -> Result<DeploymentKey, StateError> {
    let cannot = |e| error::file("cannot read the key file", path, e);
    let meta = file.metadata().map_err(cannot)?;
    if !meta.is_file() {
        return Err(error::coded(
            format!("{} is not a regular file. Choose another --state directory.", path.display()),
            error::KEY,
        ));
    }
    if meta.mode() & 0o077 != 0 {
        let text = format!(
            "other users can read the key file {0} (mode {1:03o}), so pseudonyms could be reversed. Run: chmod 600 {0}",
            path.display(),
            meta.mode() & 0o777
        );
        return Err(error::coded(text, error::KEY));
    }
    let mut bytes = [0; KEY_BYTES];
    let exact = meta.len() == KEY_BYTES as u64 && file.read_exact(&mut bytes).is_ok();
    let key = DeploymentKey::new(bytes);
    if exact {
        return Ok(key);
    }
    let text = format!(
        "the key file {} holds {} bytes, not {KEY_BYTES}. Put the right one back from a backup, or begin anew in another --state \
         directory.",
        path.display(),
        meta.len()
    );
    Err(error::coded(text, error::KEY))
}

/// Written under another name first: a crash between must not leave half a key.
fn create(dir: &Path, path: &Path) -> io::Result<DeploymentKey> {
    let mut bytes = [0; KEY_BYTES];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        filled += getrandom(rest, GetRandomFlags::empty())?;
    }
    let key = DeploymentKey::new(bytes);
    let part = dir.join("key.new");
    match fs::remove_file(&part) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut file = files::create_private(&part)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::hard_link(&part, path)?; // Unlike a rename, it fails when the name was taken meanwhile.
    fs::remove_file(&part)?;
    files::sync_directory(dir)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn a_key_is_made_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("a/b");
        let first = KeyFile::load_or_create(&state).unwrap().fingerprint();
        assert_eq!(KeyFile::load_or_create(&state).unwrap().fingerprint(), first);
        assert_eq!(fs::metadata(state.join("key")).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&state).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(&state).unwrap().count(), 1);
        let other = KeyFile::load_or_create(&dir.path().join("c")).unwrap().fingerprint();
        assert_ne!(first, other);
    }

    #[test]
    fn a_key_that_cannot_be_trusted_is_refused_with_the_cure() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path();
        KeyFile::load_or_create(state).unwrap();
        let path = state.join("key");
        let refused = |cure: &str| {
            let error = KeyFile::load_or_create(state).unwrap_err();
            assert!(error.message.contains(cure), "{error}");
        };
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            refused(&format!("chmod 600 {}", path.display()));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, [7; 31]).unwrap();
        refused("31 bytes");
        fs::rename(&path, state.join("real")).unwrap();
        symlink(state.join("real"), &path).unwrap();
        refused("cannot open");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        refused("");
        fs::set_permissions(state, fs::Permissions::from_mode(0o777)).unwrap();
        refused("chmod 700");
    }
}
