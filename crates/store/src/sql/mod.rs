//! The database in SQL: the only module that holds statements.

mod read;
mod rows;
mod schema;
mod write;

pub(crate) use read::{inputs_read, last_run, load_endpoints, load_findings, load_headers, open_run, run_of};
pub(crate) use rows::{has_rows, load_rows};
pub(crate) use schema::{Opened, open_reader, open_writer};
pub(crate) use write::{RunRow, apply_delta, cut_open_runs, finish_run, insert_run, put_meta, update_run};

use model::Book;
use rusqlite::{Connection, OptionalExtension as _};

/// Names of values in `meta`.
pub(crate) mod meta {
    /// Fingerprint of the key: 16 bytes.
    pub(crate) const KEY: &str = "key_fingerprint";
    /// Finished parts of the log and bytes of the current one, committed: 4 and 8 bytes, big-endian.
    pub(crate) const LOG: &str = "log_position";
    /// The operator's labels of identities, MessagePack.
    pub(crate) const BOOK: &str = "identity_book";
    /// Totals of the state, MessagePack.
    pub(crate) const TOTALS: &str = "totals";
}

/// A value of `meta`.
pub(crate) fn get_meta(db: &Connection, name: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    db.prepare_cached("SELECT value FROM meta WHERE name = ?1")?.query_row([name], |row| row.get(0)).optional()
}

/// The operator's labels; none when there are none, or when another version wrote them.
pub(crate) fn load_book(db: &Connection) -> rusqlite::Result<Book> {
    Ok(get_meta(db, meta::BOOK)?.and_then(|bytes| rmp_serde::from_slice(&bytes).ok()).unwrap_or_default())
}
