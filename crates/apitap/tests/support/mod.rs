//! A folder to run apitap in, with a known key, so that pseudonyms and what depends on them are the same in every run.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A folder with a key file.
#[derive(Debug)]
pub(crate) struct Installation {
    folder: TempDir,
}

impl Installation {
    /// An empty folder with a key that is no secret.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        key(&folder.path().join("xdg/apitap"));
        Self { folder }
    }

    /// The folder.
    #[allow(dead_code, reason = "not every test that shares this file looks into it")]
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A command that runs in the folder, without what the caller's environment says to apitap.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for name in ["APITAP_CONFIG", "APITAP_STATE", "APITAP_FORMAT", "APITAP_COLOR", "HOME"] {
            command.env_remove(name);
        }
        command.env("XDG_CONFIG_HOME", self.folder.path().join("none"));
        command.env("XDG_STATE_HOME", self.folder.path().join("xdg")).current_dir(self.folder.path());
        command
    }

    /// Runs apitap, which must succeed; what it printed.
    #[allow(dead_code, reason = "not every test that shares this file needs it")]
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(env!("CARGO_BIN_EXE_apitap")).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Makes `folder` with a key in it, as apitap would.
pub(crate) fn key(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    let file = folder.join("key");
    fs::write(&file, [7; 32]).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
}
