//! What `replay` and `run` share: the header of the log, the key, the store, signals.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use anyhow::{Context as _, Result};
use capture::link::DecapSettings;
use capture::source::Input;
use discovery::audit::Documents;
use inspect::Descriptors;
use model::record::{Header, InputRecord};
use model::{Book, DeploymentKey, Id, StateStore};
use pipeline::{Control, Parallelism};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use store::{FileStore, KeyFile, Reference, SqliteStore};

use crate::config::Settings;
use crate::fault::Fault;
use crate::identities;

/// Name of the record schema.
const SCHEMA: &str = "apitap.findings";
/// Bytes at both ends of a file that its digest is made of.
const DIGEST_BYTES: u64 = 64 << 10;
/// Exit code after a second signal: killed by SIGINT, as shells count.
const KILLED: i32 = 130;

/// Where records go.
pub(crate) struct Destination {
    /// The store to run with.
    pub store: Box<dyn StateStore>,
    /// The key of its pseudonyms.
    pub key: DeploymentKey,
    /// Path of the findings file or of the state; none for standard output.
    pub path: Option<PathBuf>,
    /// Whether `path` is a state.
    pub is_state: bool,
    /// What known callers are called.
    pub book: Arc<Book>,
    /// Whether the run begins with what a state has learned that it does not change.
    pub has_baseline: bool,
}

impl Destination {
    /// A state directory; what a person should know of it goes to standard error. A book replaces the one that it keeps.
    pub(crate) fn state(dir: &Path, again: bool, identities: Option<&Path>) -> Result<Self> {
        let warn = |warning: &str| eprintln!("apitap: {}", Fault::new("W405", warning.to_owned()));
        let store = SqliteStore::open(dir, store::Settings { key: None, again, warn: Some(warn) })?;
        let key = store.key().clone();
        let book = match identities {
            Some(path) => {
                let book = identities::read(path, &key)?;
                store.keep_book(&book)?;
                book
            }
            None => store.book()?,
        };
        Ok(Self {
            store: Box::new(store),
            key,
            path: Some(dir.to_owned()),
            is_state: true,
            book: Arc::new(book),
            has_baseline: false,
        })
    }

    /// A findings file, `-` for standard output, judged against what a state has learned.
    pub(crate) fn judged_against(reference: Reference, path: &Path, identities: Option<&Path>) -> Result<Self> {
        let key = reference.key().clone();
        let book = match identities {
            Some(identities) => identities::read(identities, &key)?,
            None => reference.book().clone(),
        };
        let store = reference.into_store(FileStore::create(path)?);
        Ok(Self { has_baseline: true, ..Self::written_to(path, Box::new(store), key, book) })
    }

    /// A findings file, `-` for standard output.
    pub(crate) fn file(path: &Path, identities: Option<&Path>) -> Result<Self> {
        let key = installation_key()?;
        let book = identities.map(|path| identities::read(path, &key)).transpose()?.unwrap_or_default();
        let store = FileStore::create(path)?;
        Ok(Self::written_to(path, Box::new(store), key, book))
    }

    fn written_to(path: &Path, store: Box<dyn StateStore>, key: DeploymentKey, book: Book) -> Self {
        let path = (path.as_os_str() != "-").then(|| path.to_owned());
        Self { store, key, path, is_state: false, book: Arc::new(book), has_baseline: false }
    }
}

/// The key of this installation, made at first use: `$XDG_STATE_HOME/apitap/key`.
pub(crate) fn installation_key() -> Result<DeploymentKey> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    let set = |name: &str| std::env::var_os(name).filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let Some(base) = set("XDG_STATE_HOME").or_else(home) else {
        return Err(Fault::new("E404", "there is no place for the key that pseudonyms are made with")
            .why("neither HOME nor XDG_STATE_HOME is set")
            .cure("apitap replay FILE --state DIR   (the key is kept in DIR)")
            .into());
    };
    let dir = base.join("apitap");
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    Ok(KeyFile::load_or_create(&dir)?)
}

/// How many threads the settings ask for.
pub(crate) fn parallelism(settings: &Settings) -> Parallelism {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let usual = Parallelism::for_cores(cores);
    let (shards, workers) = (settings.shards(), settings.workers());
    match (usual, shards.or(workers)) {
        (usual, None) => usual,
        (Parallelism::Single, Some(_)) => {
            Parallelism::Threads { shards: shards.unwrap_or(1), discovery: 1, baseline: workers.unwrap_or(1) }
        }
        (Parallelism::Threads { shards: n, discovery, baseline }, Some(_)) => {
            Parallelism::Threads { shards: shards.unwrap_or(n), discovery, baseline: workers.unwrap_or(baseline) }
        }
    }
}

/// How frames are read.
pub(crate) fn decap(settings: &Settings, hash_seed: u64) -> DecapSettings {
    DecapSettings { hash_seed, key_by_tenant: settings.key_by_tenant(), verify_checksums: settings.verify_checksums() }
}

/// What documents tell: the discovery workers, and of gRPC; `named` comes before the descriptors of the configuration.
pub(crate) fn described(settings: &Settings, named: &[PathBuf]) -> Result<(Arc<discovery::Options>, Arc<Descriptors>)> {
    let descriptors = if named.is_empty() { settings.descriptors() } else { named.to_vec() };
    Ok((discovery(settings)?, crate::descriptors::read(&descriptors)?))
}

/// What the discovery workers are told.
fn discovery(settings: &Settings) -> Result<Arc<discovery::Options>> {
    let read = |path: &PathBuf| Ok((path.display().to_string(), crate::specs::read(path)?));
    let documents = settings.specs().iter().map(read).collect::<Result<Vec<_>>>()?;
    let (learning, documents) = (settings.learning(), Documents::new(documents));
    let overrides = settings.endpoints.overrides.clone();
    let classes = settings.classes.table.clone();
    Ok(Arc::new(discovery::Options { learning, documents, overrides, classes }))
}

/// The header of a run over these inputs. `asked` is what else shapes the results.
pub(crate) fn header(
    inputs: Vec<InputRecord>,
    settings: &Settings,
    discovery: &discovery::Options,
    descriptors: &Descriptors,
    asked: &[u8],
) -> Header {
    let mut config_digest = settings.digest(&discovery.documents);
    if !descriptors.is_empty() {
        // What the files hold, not only their names.
        config_digest = Id::of("configuration", &[&config_digest.0, &descriptors.digest().0]);
    }
    let mut parts: Vec<&[u8]> = vec![&config_digest.0, asked];
    for input in &inputs {
        parts.extend([input.name.as_bytes(), &input.digest.0]);
    }
    Header {
        run_id: Id::of("run", &parts),
        schema: SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config_digest,
        inputs,
    }
}

/// Refuses an output that is one of the inputs, under whatever name.
pub(crate) fn refuse_overwriting(output: &Path, inputs: &[Input]) -> Result<()> {
    let identity = |path: &Path| fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    let Some(target) = identity(output) else { return Ok(()) };
    for input in capture::source::files(inputs)? {
        let path = match &input {
            Input::Path(path) => path.as_path(),
            Input::Stdin => Path::new("/dev/stdin"),
        };
        if identity(path) == Some(target) && fs::metadata(path).is_ok_and(|meta| meta.is_file()) {
            return Err(Fault::new("E006", format!("{} is an input and would be overwritten", output.display()))
                .cure("apitap … -o OTHER")
                .into());
        }
    }
    Ok(())
}

/// What is written of a capture file: its name, length and digest.
pub(crate) fn input_record(input: &Input) -> io::Result<InputRecord> {
    let Input::Path(path) = input else {
        return Ok(InputRecord { name: "-".to_owned(), ..InputRecord::default() });
    };
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let mut file = File::open(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Ok(InputRecord { name, ..InputRecord::default() });
    }
    let bytes = meta.len();
    let mut first = Vec::new();
    (&mut file).take(DIGEST_BYTES).read_to_end(&mut first)?;
    file.seek(SeekFrom::Start(bytes.saturating_sub(DIGEST_BYTES)))?;
    let mut last = Vec::new();
    file.take(DIGEST_BYTES).read_to_end(&mut last)?;
    Ok(InputRecord { name, digest: Id::of("input", &[&first, &last, &bytes.to_be_bytes()]), bytes })
}

/// On the first SIGINT, SIGTERM or SIGHUP calls `stop`; on the second leaves at once.
pub(crate) fn on_signal(stop: impl Fn() + Send + 'static) -> Result<()> {
    let mut asked_for = vec![SIGINT, SIGTERM];
    // Under nohup a closed terminal must not end the run.
    if !is_ignored(SIGHUP) {
        asked_for.push(SIGHUP);
    }
    let mut signals = Signals::new(asked_for).context("cannot take signals")?;
    thread::Builder::new()
        .name("apitap-signals".to_owned())
        .spawn(move || {
            let mut asked = false;
            for _ in signals.forever() {
                if asked {
                    std::process::exit(KILLED);
                }
                asked = true;
                stop();
            }
        })
        .context("cannot start the signal thread")?;
    Ok(())
}

/// Whether whoever started us had this signal ignored (Linux; `proc_pid_status(5)`).
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}

/// A file that reaches the limit of its size becomes an error of that write, not the end of the process.
pub(crate) fn survive_file_limits() -> Result<()> {
    let noted = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGXFSZ, noted).map(drop).context("cannot take signals")
}

/// A control that the first signal stops.
pub(crate) fn control() -> Result<Arc<Control>> {
    let control = Arc::new(Control::default());
    let stopped = Arc::clone(&control);
    on_signal(move || stopped.stop())?;
    Ok(control)
}
