//! A state that a run is judged against and that the run does not change.
//!
//! In: a state directory, opened for reading beside whoever writes it. Out: a [`StateStore`] that begins with what the
//! state learned and writes a findings file. Open findings of the state are its own, and are left to it.

use std::path::Path;

use model::record::{Header, Totals};
use model::{Book, Checkpoint, DeploymentKey, Id, Record, SavedState, StateError, StateRow, StateStore};

use crate::file::FileStore;
use crate::files::DATABASE;
use crate::key::KeyFile;
use crate::learned::is_of_findings;
use crate::sql;
use crate::{error, sqlite};

/// What a state had learned at one moment.
#[derive(Debug)]
pub struct Reference {
    rows: Vec<StateRow>,
    key: DeploymentKey,
    book: Book,
    digest: Id,
}

impl Reference {
    /// Reads the state in `dir`, which needs its key file: pseudonyms made with another key would match nothing in it.
    pub fn open(dir: &Path) -> Result<Self, StateError> {
        let database = dir.join(DATABASE);
        if !database.try_exists().map_err(|e| error::file("cannot read", &database, e))? {
            let text = format!("{} holds no state ({DATABASE} is missing). Check the path.", dir.display());
            return Err(error::coded(text, error::NOT_OURS));
        }
        let key = KeyFile::load(dir)?;
        let mut db = sql::open_reader(&database)?;
        sqlite::same_key(&db, &database, &key)?;
        let read = |db: &mut rusqlite::Connection| {
            let tx = db.transaction()?;
            Ok((sql::load_rows(&tx)?, sql::load_book(&tx)?))
        };
        let (mut rows, book) = read(&mut db).map_err(|e| error::database("cannot read", &database, e))?;
        rows.retain(|row| !is_of_findings(row.kind));
        let digest = digest(&rows);
        Ok(Self { rows, key, book, digest })
    }

    /// The key that its pseudonyms are made with.
    pub const fn key(&self) -> &DeploymentKey {
        &self.key
    }

    /// The labels that it keeps for identities.
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// Names what it had learned: equal for equal rows.
    pub const fn digest(&self) -> Id {
        self.digest
    }

    /// A store that begins with it and writes to `file`.
    pub fn into_store(self, file: FileStore) -> impl StateStore + use<> {
        Judged { rows: self.rows, file }
    }
}

/// Begins with rows that it does not keep.
#[derive(Debug)]
struct Judged {
    rows: Vec<StateRow>,
    file: FileStore,
}

impl StateStore for Judged {
    fn keeps_models(&self) -> bool {
        false
    }

    fn begin(&mut self, header: &Header) -> Result<SavedState, StateError> {
        self.file.begin(header)?;
        // Totals are those of the run: what was counted for the state is told by the state.
        let rows = std::mem::take(&mut self.rows);
        Ok(SavedState { rows, totals: Totals::default(), unfinished: None })
    }

    fn append(&mut self, records: &[Record]) -> Result<(), StateError> {
        self.file.append(records)
    }

    fn commit(&mut self, checkpoint: Checkpoint) -> Result<(), StateError> {
        self.file.commit(checkpoint)
    }
}

/// In the order of the database: kind, then key.
fn digest(rows: &[StateRow]) -> Id {
    let mut all = Vec::with_capacity(rows.len().saturating_mul(size_of::<Id>()));
    for row in rows {
        all.extend_from_slice(&Id::of("state row", &[&[row.kind as u8], &row.key.0, &row.model]).0);
    }
    Id::of("state rows", &[&all])
}
