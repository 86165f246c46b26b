//! Key logs and private keys that open TLS.
//!
//! In: the files that were named. Out: a ring of keys for the flow shards; live, a thread follows the key logs while they
//! grow. Buffers are wiped; errors name files and never what stands in them.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result};
use capture::proto::tls::{Added, KeyRing, Keys, PrivateKey, PrivateKeyError};
use model::limits;
use zeroize::Zeroizing;

use crate::cli::TlsKeys;
use crate::fault::Fault;

/// Between two looks at key logs that may have grown: in that time a connection must not bring what it may keep while it waits
/// (`TLS_WAITING_BYTES_MAX`), which takes a connection of 500 MB/s.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// Bytes read at a time.
const READ_BYTES: usize = 64 << 10;
/// Longest file of a private key.
const PRIVATE_BYTES_MAX: u64 = 64 << 10;

/// A ring that takes what capture files carry.
pub(crate) fn carried_only() -> KeyRing {
    KeyRing::new(Arc::default())
}

/// Reads all files to their end.
pub(crate) fn read(options: &TlsKeys) -> Result<KeyRing> {
    let keys = Keys::new(private(options)?);
    for path in &options.keylogs {
        let mut log = KeyLog::open(path)?;
        let mut added = log.read(&keys).map_err(|error| cannot_read(path, &error))?;
        added += log.end(&keys);
        warn(path, added);
    }
    Ok(KeyRing::new(Arc::new(keys)))
}

fn warn(path: &Path, added: Added) {
    let path = path.display();
    if (added.secrets, added.unread) == (0, 0) {
        eprintln!("apitap: {}", Fault::new("W217", format!("the key log {path} holds no secrets")));
    }
    if added.unread > 0 {
        let told = format!("{} lines of the key log {path} cannot be read, {} can", added.unread, added.secrets);
        eprintln!("apitap: {}", Fault::new("W217", told));
    }
    if added.forgotten > 0 {
        let told = format!("the key log {path} is of more connections than are kept");
        let why = format!("the first {} were forgotten, {} are kept", added.forgotten, limits::TLS_KEYS_MAX);
        eprintln!("apitap: {}", Fault::new("W217", told).why(why));
    }
}

fn private(options: &TlsKeys) -> Result<Vec<PrivateKey>> {
    let unusable = |path: &Path, why: String| {
        Fault::new("E217", format!("cannot use the private key {}", path.display())).why(why)
    };
    if options.private.len() > limits::TLS_PRIVATE_KEYS_MAX {
        return Err(Fault::new("E001", format!("more than {} private keys", limits::TLS_PRIVATE_KEYS_MAX)).into());
    }
    let mut keys = Vec::new();
    for path in &options.private {
        let mut text = Zeroizing::new(Vec::new());
        let read = File::open(path).and_then(|file| file.take(PRIVATE_BYTES_MAX).read_to_end(&mut text));
        read.map_err(|error| unusable(path, error.to_string()))?;
        keys.push(PrivateKey::from_pem(&text).map_err(|error| {
            unusable(path, error.to_string()).cure(match error {
                PrivateKeyError::Encrypted => "openssl rsa -in KEY -out PLAIN",
                PrivateKeyError::NotRsa => "--keylog FILE   (with other keys, secrets are new for each connection)",
                _ => "--tls-key KEY   (the RSA private key of the server, in PEM, that its certificate was made for)",
            })
        })?);
    }
    Ok(keys)
}

fn cannot_read(path: &Path, error: &io::Error) -> Fault {
    Fault::new("E216", format!("cannot read the key log {}", path.display())).why(error.to_string())
}

/// A key log, read as far as it has grown.
struct KeyLog {
    path: PathBuf,
    file: File,
    at: u64,
    /// The beginning of a line whose end is not there yet.
    rest: Zeroizing<Vec<u8>>,
    /// Bytes of that line so far.
    line: u64,
}

impl KeyLog {
    fn open(path: &Path) -> Result<Self, Fault> {
        let file = File::open(path).map_err(|error| cannot_read(path, &error))?;
        Ok(Self { path: path.to_owned(), file, at: 0, rest: Zeroizing::new(Vec::new()), line: 0 })
    }

    /// Takes the lines that came. A file that became shorter is read from its beginning.
    fn read(&mut self, keys: &Keys) -> io::Result<Added> {
        let meta = self.file.metadata()?;
        if meta.is_file() && meta.len() < self.at {
            self.at = 0;
            self.rest.clear();
            self.line = 0;
            self.file.seek(SeekFrom::Start(0))?;
        }
        if meta.is_file() && meta.len() == self.at {
            return Ok(Added::default());
        }
        let mut sum = Added::default();
        let mut buffer = Zeroizing::new(vec![0; READ_BYTES]);
        loop {
            let read = match self.file.read(&mut buffer) {
                Ok(0) => return Ok(sum),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.at += read as u64;
            sum += self.take(buffer.get(..read).unwrap_or_default(), keys);
            self.check(meta.is_file())?;
        }
    }

    /// What has lines without end, or no end itself, is no key log.
    fn check(&self, has_end: bool) -> io::Result<()> {
        let no_log = |what: &str, max: u64| {
            let why = format!("it {what} more than {} MiB, which no key log has", max >> 20);
            Err(io::Error::new(io::ErrorKind::InvalidData, why))
        };
        if self.line > limits::TLS_KEY_LINE_GIVEN_UP_BYTES {
            return no_log("has a line of", limits::TLS_KEY_LINE_GIVEN_UP_BYTES);
        }
        if !has_end && self.at > limits::TLS_KEY_LOG_BYTES_MAX {
            return no_log("is a pipe or a device of", limits::TLS_KEY_LOG_BYTES_MAX);
        }
        Ok(())
    }

    fn take(&mut self, bytes: &[u8], keys: &Keys) -> Added {
        let Some(last) = bytes.iter().rposition(|&byte| byte == b'\n') else {
            self.line += bytes.len() as u64;
            // A line that long is none; its end is told as unreadable.
            if self.rest.len() <= limits::TLS_KEY_LINE_BYTES_MAX {
                self.rest.extend_from_slice(bytes);
            }
            return Added::default();
        };
        let (whole, rest) = bytes.split_at_checked(last + 1).unwrap_or((bytes, &[]));
        self.rest.extend_from_slice(whole);
        let added = keys.add(&self.rest);
        self.rest = Zeroizing::new(rest.to_vec());
        self.line = rest.len() as u64;
        added
    }

    /// The file is at its end: so is its last line.
    fn end(&mut self, keys: &Keys) -> Added {
        keys.add(&std::mem::take(&mut self.rest))
    }
}

/// Key logs that are followed while they grow.
pub(crate) struct Following {
    keys: Arc<Keys>,
    logs: Vec<KeyLog>,
}

/// The thread that follows; it ends when this is dropped.
pub(crate) struct Follower {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Following {
    /// Opens the files and reads what is there, if any were named.
    pub(crate) fn open(options: &TlsKeys) -> Result<Option<Self>> {
        let private = private(options)?;
        let mut logs = Vec::new();
        for path in &options.keylogs {
            logs.push(KeyLog::open(path)?);
        }
        if private.is_empty() && logs.is_empty() {
            return Ok(None);
        }
        let keys = Arc::new(Keys::new(private));
        for log in &mut logs {
            log.read(&keys).map_err(|error| cannot_read(&log.path, &error))?;
        }
        if !logs.is_empty() {
            keys.follow();
        }
        Ok(Some(Self { keys, logs }))
    }

    /// The keys, present and to come.
    pub(crate) fn ring(&self) -> KeyRing {
        KeyRing::new(Arc::clone(&self.keys))
    }

    /// Follows them from here on.
    pub(crate) fn start(self) -> Result<Follower> {
        let (stop, stopped) = channel();
        let Self { keys, mut logs } = self;
        let work = move || {
            while stopped.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                logs.retain_mut(|log| match log.read(&keys) {
                    Ok(_) => true,
                    Err(error) => {
                        eprintln!("apitap: {}", cannot_read(&log.path, &error));
                        false
                    }
                });
            }
        };
        let thread = thread::Builder::new().name("apitap-keys".to_owned()).spawn(work);
        Ok(Follower { stop: Some(stop), thread: Some(thread.context("cannot start the thread that follows keys")?) })
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn line(random: u8) -> String {
        format!("CLIENT_RANDOM {} {}\n", format!("{random:02x}").repeat(32), "11".repeat(48))
    }

    #[test]
    fn a_key_log_is_followed_through_half_lines_and_a_new_beginning() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        let mut file = File::create(&path).unwrap();
        let (keys, mut log) = (Keys::default(), KeyLog::open(&path).unwrap());
        let whole = line(1);
        let (first, second) = whole.split_at(40);
        file.write_all(first.as_bytes()).unwrap();
        assert_eq!(log.read(&keys).unwrap(), Added::default());
        file.write_all(second.as_bytes()).unwrap();
        assert_eq!(log.read(&keys).unwrap(), Added { secrets: 1, ..Added::default() });
        file.set_len(0).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(b"x\n").unwrap();
        assert_eq!(log.read(&keys).unwrap(), Added { unread: 1, ..Added::default() });
    }

    #[test]
    fn what_does_not_end_is_no_key_log() {
        let read = |path: &str| KeyLog::open(Path::new(path)).unwrap().read(&Keys::default());
        let error = read("/dev/zero").unwrap_err();
        assert_eq!(error.to_string(), "it has a line of more than 1 MiB, which no key log has");
        let mut log = KeyLog::open(Path::new("/dev/null")).unwrap();
        log.at = limits::TLS_KEY_LOG_BYTES_MAX + 1;
        assert!(log.check(true).is_ok() && log.check(false).is_err());
    }

    #[test]
    fn the_last_line_needs_no_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        std::fs::write(&path, line(1).trim_end()).unwrap();
        let (keys, mut log) = (Keys::default(), KeyLog::open(&path).unwrap());
        assert_eq!(log.read(&keys).unwrap(), Added::default());
        assert_eq!(log.end(&keys), Added { secrets: 1, ..Added::default() });
    }
}
