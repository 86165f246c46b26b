//! The state on disk: one SQLite database and one findings log in a directory, with one writer.
//!
//! In: a header, records, checkpoints. Kept: the lock, the connection, the log's tail, and whatever a failed commit could
//! not write. Out: the rows to go on from.

use std::fs;
use std::path::{Path, PathBuf};

use model::ledger::{Counter, Ledger};
use model::limits::RECORD_BYTES_MAX;
use model::record::{Body, Header, Loss, RECORD_VERSION, Totals};
use model::state::Unfinished;
use model::{Book, Checkpoint, DeploymentKey, PacketTime, Record, SavedState, StateDelta, StateError, StateStore};
use rusqlite::{Connection, TransactionBehavior};
use serde::de::DeserializeOwned;

use crate::files::{DATABASE, Lock};
use crate::key::KeyFile;
use crate::log::{Disk, LogWriter, Position, RealDisk};
use crate::sql::{self, Opened, RunRow, meta};
use crate::{delta, error, files};

/// How a state is opened.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The key; without one, that of the directory, made when there is none.
    pub key: Option<DeploymentKey>,
    /// Read inputs again that were read into this state before.
    pub again: bool,
    /// Told of each warning as it arises, when it is opened and when a run begins.
    pub warn: Option<fn(&str)>,
}

/// A state directory, open for writing.
pub struct SqliteStore {
    dir: PathBuf,
    key: DeploymentKey,
    again: bool,
    warn: Option<fn(&str)>,
    pub(crate) db: Connection,
    disk: Option<Box<dyn Disk>>,
    run: Option<Run>,
    warnings: Vec<String>,
    _lock: Lock,
}

/// The run being written.
struct Run {
    header: Header,
    /// Its row; none before its first commit.
    seq: Option<i64>,
    log: LogWriter,
    /// The ledger as last told by a `loss` record; none for a replay, whose log must not show where it was cut.
    told: Option<Ledger>,
    /// The trailer is in the log.
    ended: bool,
    /// What failed commits could not write.
    held: StateDelta,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the state in `dir`, or makes one.
    pub fn open(dir: &Path, settings: Settings) -> Result<Self, StateError> {
        Self::open_on(dir, settings, Box::new(RealDisk))
    }

    pub(crate) fn open_on(dir: &Path, settings: Settings, disk: Box<dyn Disk>) -> Result<Self, StateError> {
        files::prepare_directory(dir)?;
        let lock = Lock::take(dir)?;
        let path = dir.join(DATABASE);
        let mut warnings = Vec::new();
        let db = match sql::open_writer(&path)? {
            Opened::Good(db) => db,
            Opened::Damaged(cause) => {
                warnings.push(set_aside(dir, &cause)?);
                match sql::open_writer(&path)? {
                    Opened::Good(db) => db,
                    Opened::Damaged(cause) => return Err(error::database("cannot make", &path, cause)),
                }
            }
        };
        let key = settings.key.map_or_else(|| KeyFile::load_or_create(dir), Ok)?;
        check_key(&db, &path, &key)?;
        let store = Self {
            dir: dir.to_owned(),
            key,
            again: settings.again,
            warn: settings.warn,
            db,
            disk: Some(disk),
            run: None,
            warnings,
            _lock: lock,
        };
        store.tell_from(0);
        Ok(store)
    }

    /// Tells the warnings from the `first` one on.
    fn tell_from(&self, first: usize) {
        if let Some(warn) = self.warn {
            self.warnings.iter().skip(first).for_each(|warning| warn(warning));
        }
    }

    /// The key that the state's pseudonyms are made with.
    pub const fn key(&self) -> &DeploymentKey {
        &self.key
    }

    /// The labels that the state keeps for identities.
    pub fn book(&self) -> Result<Book, StateError> {
        sql::load_book(&self.db).map_err(|e| self.cannot_read(e))
    }

    /// Keeps these labels from now on, instead of others.
    pub fn keep_book(&self, book: &Book) -> Result<(), StateError> {
        let bytes = rmp_serde::to_vec(book).map_err(|e| error::caused("labels cannot be encoded", error::DISK, e))?;
        let cannot = |e| error::database("cannot write", &self.dir.join(DATABASE), e);
        sql::put_meta(&self.db, meta::BOOK, &bytes).map_err(cannot)
    }

    /// Whether it has learned anything.
    pub(crate) fn has_rows(&self) -> Result<bool, StateError> {
        sql::has_rows(&self.db).map_err(|e| self.cannot_read(e))
    }

    /// Takes over what another state has learned, in one transaction.
    pub(crate) fn install(&mut self, delta: &StateDelta, totals: &Totals, book: &Book) -> Result<(), StateError> {
        let path = self.dir.join(DATABASE);
        let install = |db: &mut Connection| -> Result<(), WriteError> {
            let (totals, book) = (rmp_serde::to_vec_named(totals)?, rmp_serde::to_vec(book)?);
            let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            sql::apply_delta(&tx, delta)?;
            sql::put_meta(&tx, meta::TOTALS, &totals)?;
            sql::put_meta(&tx, meta::BOOK, &book)?;
            tx.commit()?;
            Ok(())
        };
        install(&mut self.db).map_err(|cause| commit_failed(&path, cause))
    }

    /// What a person should know and that did not stop it: a damaged database set aside, a log of another length.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn cannot_read(&self, e: rusqlite::Error) -> StateError {
        error::database("cannot read", &self.dir.join(DATABASE), e)
    }

    /// Refuses inputs that a finished run has read, and warns of those that a cut one has read in part.
    fn check_inputs(&mut self, header: &Header) -> Result<(), StateError> {
        let digests = header.inputs.iter().filter(|input| input.digest != model::Id::default());
        for input in digests {
            match sql::inputs_read(&self.db, &input.digest, &header.run_id).map_err(|e| self.cannot_read(e))? {
                Some(true) => return Err(already_read(&format!("{:?} was", input.name), None)),
                Some(false) => self.warnings.push(format!(
                    "{:?} was read in part by a run with other settings or inputs that was cut short; that part counts twice.",
                    input.name
                )),
                None => {}
            }
        }
        Ok(())
    }

    /// The run of this header that was cut short, to go on with.
    fn cut_run(&mut self, header: &Header) -> Result<Option<(i64, Unfinished)>, StateError> {
        if !replayable(header) {
            return Ok(None); // An interface or pipe gives nothing twice.
        }
        match sql::run_of(&self.db, &header.run_id).map_err(|e| self.cannot_read(e))? {
            Some(run) if !run.finished => {
                let ledger = read_ledger(&run.ledger);
                Ok(Some((run.seq, Unfinished { epoch: run.epoch, ledger })))
            }
            Some(run) if !self.again => Err(already_read("these inputs were", Some(run.at))),
            _ if self.again => Ok(None),
            _ => self.check_inputs(header).map(|()| None),
        }
    }
}

impl StateStore for SqliteStore {
    fn keeps_models(&self) -> bool {
        true
    }

    fn begin(&mut self, header: &Header) -> Result<SavedState, StateError> {
        let told = self.warnings.len();
        let cut = self.cut_run(header)?;
        let read = |db: &Connection| {
            let position = sql::get_meta(db, meta::LOG)?.and_then(|bytes| read_position(&bytes));
            let totals = sql::get_meta(db, meta::TOTALS)?.and_then(|bytes| decoded::<Totals>(&bytes));
            Ok((position, totals.unwrap_or_default(), sql::open_run(db)?, sql::load_rows(db)?))
        };
        let (position, totals, open, rows) = read(&self.db).map_err(|e| self.cannot_read(e))?;
        let Some(disk) = self.disk.take() else { return Err(StateError::new("a run was begun twice")) };
        let mut log = LogWriter::open(&self.dir, disk, position, &mut self.warnings)?;
        // Known before anything is appended: what a run leaves that never commits must be cut off too.
        sql::put_meta(&self.db, meta::LOG, &write_position(log.durable())).map_err(|e| self.cannot_read(e))?;
        let (seq, unfinished) = cut.map_or((None, None), |(seq, unfinished)| (Some(seq), Some(unfinished)));
        if seq.is_none() || open != Some(header.run_id) {
            log.append(&encoded(PacketTime::ZERO, Body::Header(header.clone()))?)?;
        }
        self.run = Some(Run {
            header: header.clone(),
            seq,
            log,
            told: (!replayable(header)).then(Ledger::default),
            ended: false,
            held: StateDelta::default(),
        });
        self.tell_from(told);
        Ok(SavedState { rows, totals, unfinished })
    }

    fn append(&mut self, records: &[Record]) -> Result<(), StateError> {
        let mut bytes = Vec::new();
        for record in records {
            bytes.append(&mut checked(record)?);
        }
        self.run.as_mut().ok_or_else(not_begun)?.log.append(&bytes)
    }

    fn commit(&mut self, checkpoint: Checkpoint) -> Result<(), StateError> {
        let Self { db, run, dir, .. } = self;
        let run = run.as_mut().ok_or_else(not_begun)?;
        let mut checkpoint = checkpoint;
        let new = std::mem::take(&mut checkpoint.delta);
        if run.held == StateDelta::default() {
            run.held = new;
        } else {
            delta::merge(&mut run.held, new);
        }
        run.tell_losses(&checkpoint)?;
        let position = run.log.sync()?;
        let seq = run.write(db, &checkpoint, position).map_err(|cause| commit_failed(&dir.join(DATABASE), cause))?;
        run.seq = Some(seq);
        run.held = StateDelta::default();
        // The commit is whole; a part that could not be begun is begun after the next one.
        drop(run.log.rotate_when_long());
        Ok(())
    }
}

type WriteError = Box<dyn std::error::Error + Send + Sync>;

impl Run {
    /// Appends what the ledger counted since, and the trailer of a run that came to its end.
    fn tell_losses(&mut self, checkpoint: &Checkpoint) -> Result<(), StateError> {
        let mut bytes = Vec::new();
        if let Some(told) = &self.told {
            let changed = checkpoint.ledger.since(told);
            let counters: std::collections::BTreeMap<_, _> =
                changed.iter().map(|(counter, n)| (counter.as_str().to_owned(), n)).collect();
            if !counters.is_empty() {
                bytes.append(&mut encoded(checkpoint.at, Body::Loss(Loss { counters }))?);
            }
        }
        let trailer = checkpoint.trailer.as_ref().filter(|_| !self.ended);
        if let Some(trailer) = trailer {
            bytes.append(&mut encoded(checkpoint.at, Body::Trailer(trailer.clone()))?);
        }
        self.log.append(&bytes)?;
        if let Some(told) = &mut self.told {
            told.clone_from(&checkpoint.ledger);
        }
        self.ended = checkpoint.trailer.is_some();
        Ok(())
    }

    /// One transaction; an error leaves the database as it was.
    fn write(&self, db: &mut Connection, checkpoint: &Checkpoint, position: Position) -> Result<i64, WriteError> {
        let ledger = write_ledger(&checkpoint.ledger)?;
        let row = RunRow { epoch: checkpoint.epoch, at: checkpoint.at.nanos(), ledger: &ledger };
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let seq = if let Some(seq) = self.seq {
            seq
        } else {
            sql::cut_open_runs(&tx)?;
            sql::insert_run(&tx, &self.header, &rmp_serde::to_vec_named(&self.header)?, &row)?
        };
        sql::update_run(&tx, seq, &row)?;
        if let Some(trailer) = &checkpoint.trailer {
            let bytes = rmp_serde::to_vec_named(trailer)?;
            sql::finish_run(&tx, seq, &bytes, trailer.first_at.nanos(), trailer.last_at.nanos())?;
        }
        sql::apply_delta(&tx, &self.held)?;
        sql::put_meta(&tx, meta::TOTALS, &rmp_serde::to_vec_named(&checkpoint.totals)?)?;
        sql::put_meta(&tx, meta::LOG, &write_position(position))?;
        tx.commit()?;
        Ok(seq)
    }
}

/// Whether every input can be read again from its beginning: interfaces and pipes have no digest and cannot.
fn replayable(header: &Header) -> bool {
    !header.inputs.is_empty() && header.inputs.iter().all(|input| input.digest != model::Id::default())
}

fn not_begun() -> StateError {
    StateError::new("a state was written to before its run was begun")
}

fn commit_failed(path: &Path, cause: WriteError) -> StateError {
    match cause.downcast::<rusqlite::Error>() {
        Ok(cause) => error::database("cannot commit to", path, *cause),
        Err(cause) => StateError {
            source: Some(cause),
            ..error::coded(format!("cannot commit to {}: a record cannot be encoded", path.display()), error::DISK)
        },
    }
}

fn already_read(what: &str, finished: Option<PacketTime>) -> StateError {
    let when = finished.map(|at| format!(" (run finished at {at})")).unwrap_or_default();
    let text = format!(
        "{what} already read into this state{when}: nothing would be new. Use another --state directory, or --again to count them twice."
    );
    error::coded(text, error::ALREADY_READ)
}

/// The fingerprint of a new state's key is written down; another one later is refused.
fn check_key(db: &Connection, path: &Path, key: &DeploymentKey) -> Result<(), StateError> {
    let cannot = |e| error::database("cannot read", path, e);
    let fingerprint = key.fingerprint();
    match sql::get_meta(db, meta::KEY).map_err(cannot)? {
        None => sql::put_meta(db, meta::KEY, &fingerprint.0).map_err(cannot),
        Some(_) => same_key(db, path, key),
    }
}

/// Refuses a state that was made with another key.
pub(crate) fn same_key(db: &Connection, path: &Path, key: &DeploymentKey) -> Result<(), StateError> {
    let made_with = sql::get_meta(db, meta::KEY).map_err(|e| error::database("cannot read", path, e))?;
    if made_with.is_some_and(|bytes| bytes == key.fingerprint().0) {
        return Ok(());
    }
    let text = format!(
        "the state {} was made with another key: its pseudonyms would not match. Put the key file it was made with beside it, or choose \
         another --state directory.",
        path.display()
    );
    Err(error::coded(text, error::KEY))
}

/// Moves a damaged database out of the way, with its write-ahead log, and says so.
fn set_aside(dir: &Path, cause: &rusqlite::Error) -> Result<String, StateError> {
    let path = dir.join(DATABASE);
    let aside = files::free_name(dir, &format!("{DATABASE}.damaged-"));
    for suffix in ["", "-wal", "-shm"] {
        let with = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        match fs::rename(with(&path), with(&aside)) {
            Err(e) if suffix.is_empty() || e.kind() != std::io::ErrorKind::NotFound => {
                return Err(error::file("cannot set aside the damaged database", &path, e));
            }
            _ => {}
        }
    }
    files::sync_directory(dir).map_err(|e| error::file("cannot set aside the damaged database in", dir, e))?;
    Ok(format!(
        "the database {} is damaged ({cause}); it was set aside as {} and a new one begun. What was learned is lost, the findings log is \
         kept.",
        path.display(),
        aside.display()
    ))
}

/// A record in MessagePack, not longer than readers accept.
pub(crate) fn checked(record: &Record) -> Result<Vec<u8>, StateError> {
    let bytes = record.to_bytes().map_err(|e| error::caused("a record cannot be encoded", error::DISK, e))?;
    if bytes.len() > RECORD_BYTES_MAX {
        let text = format!("a record of {} bytes is longer than the {RECORD_BYTES_MAX} allowed", bytes.len());
        return Err(error::coded(text, error::DISK));
    }
    Ok(bytes)
}

pub(crate) fn encoded(at: PacketTime, body: Body) -> Result<Vec<u8>, StateError> {
    checked(&Record { v: RECORD_VERSION, at, body })
}

fn decoded<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    rmp_serde::from_slice(bytes).ok()
}

fn write_ledger(ledger: &Ledger) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    let counters: std::collections::BTreeMap<&str, u64> = ledger.iter().map(|(c, n)| (c.as_str(), n)).collect();
    rmp_serde::to_vec(&counters)
}

/// Counters that this version does not know are left out.
pub(crate) fn read_ledger(bytes: &[u8]) -> Ledger {
    let counters: std::collections::BTreeMap<String, u64> = decoded(bytes).unwrap_or_default();
    ledger_of(&counters)
}

pub(crate) fn ledger_of(counters: &std::collections::BTreeMap<String, u64>) -> Ledger {
    let mut ledger = Ledger::default();
    for (name, n) in counters {
        if let Some(counter) = Counter::from_name(name) {
            ledger.add(counter, *n);
        }
    }
    ledger
}

fn write_position(position: Position) -> [u8; 12] {
    let mut bytes = [0; 12];
    let (rotated, offset) = bytes.split_at_mut(4);
    rotated.copy_from_slice(&position.rotated.to_be_bytes());
    offset.copy_from_slice(&position.offset.to_be_bytes());
    bytes
}

fn read_position(bytes: &[u8]) -> Option<Position> {
    let (rotated, offset) = bytes.split_first_chunk::<4>()?;
    Some(Position { rotated: u32::from_be_bytes(*rotated), offset: u64::from_be_bytes(offset.try_into().ok()?) })
}
