//! Opening: settings of a connection, schema versions, migrations.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use model::StateError;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::rows::{check_segments, into_segments};
use crate::{error, files};

/// Step N turns schema N into N + 1; an empty database has schema 0.
type Step = fn(&Transaction<'_>) -> rusqlite::Result<()>;

const STEPS: &[Step] = &[|tx| tx.execute_batch(include_str!("schema_v1.sql")), into_segments];

/// Where a database file holds `user_version`: a big-endian number.
const VERSION_OFFSET: usize = 60;
/// Statements kept prepared.
const STATEMENTS: usize = 32;

/// A database fit for use, or one that is damaged.
pub(crate) enum Opened {
    Good(Connection),
    Damaged(rusqlite::Error),
}

/// Opens or makes the database of a state, and brings it to the present schema. Called under the lock of the state, before
/// this process has another connection to it.
pub(crate) fn open_writer(path: &Path) -> Result<Opened, StateError> {
    let file = files::open_private(path).map_err(|e| error::file("cannot open", path, e))?;
    refuse_newer(path, version_in_header(file))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let opened = Connection::open_with_flags(path, flags).and_then(|db| {
        set_up(&db)?;
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;",
        )?;
        check(&db)?;
        let version = version(&db)?;
        if version == STEPS.len() {
            check_segments(&db)?;
        }
        Ok((db, version))
    });
    let (mut db, version) = match opened {
        Ok(opened) => opened,
        Err(e) if error::is_damage(&e) => return Ok(Opened::Damaged(e)),
        Err(e) => return Err(error::database("cannot open", path, e)),
    };
    refuse_newer(path, version)?;
    migrate(&mut db, path, version, STEPS)?;
    Ok(Opened::Good(db))
}

/// Opens the database of a state for reading, beside a writer or without one.
///
/// **Invariant:** the file is opened by SQLite alone. Closing another descriptor of it would drop the locks of a writer in
/// this process (POSIX locks belong to the process).
pub(crate) fn open_reader(path: &Path) -> Result<Connection, StateError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = |db: rusqlite::Result<Connection>| {
        let db = db?;
        set_up(&db)?;
        let version = version(&db)?;
        Ok((db, version))
    };
    let mut opened = open(Connection::open_with_flags(path, flags));
    if opened.is_err() && fs::metadata(wal_of(path)).map_or(0, |meta| meta.len()) == 0 {
        // A directory we may not write to: with nothing in the write-ahead log the file stands alone.
        let uri = format!("file:{}?immutable=1", uri_path(path));
        opened = open(Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI));
    }
    let (db, version) = opened.map_err(|e| error::database("cannot read", path, e))?;
    refuse_newer(path, version)?;
    if version == STEPS.len() {
        return Ok(db);
    }
    let text = if version == 0 {
        format!(
            "the state {} holds nothing yet: the run that made it was stopped at its beginning. Run apitap again with this --state \
             directory.",
            path.display()
        )
    } else {
        format!(
            "the state {} has schema {version}, this apitap reads {}. Run apitap once with this --state directory: it is brought up to \
             date, with a backup.",
            path.display(),
            STEPS.len()
        )
    };
    Err(error::coded(text, error::OLDER))
}

fn set_up(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(Duration::from_secs(5))?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    db.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -16000;")
}

fn check(db: &Connection) -> rusqlite::Result<()> {
    let verdict: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(rusqlite::Error::SqliteFailure(corrupt, Some(verdict)))
}

fn version(db: &Connection) -> rusqlite::Result<usize> {
    db.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))
        .map(|n| usize::try_from(n).unwrap_or(usize::MAX))
}

/// Read from the file itself, so that a newer state is left untouched to the last byte.
fn version_in_header(mut file: File) -> usize {
    let mut header = [0; VERSION_OFFSET + 4];
    match (file.read_exact(&mut header), header.starts_with(b"SQLite format 3\0"), header.last_chunk::<4>()) {
        (Ok(()), true, Some(bytes)) => u32::from_be_bytes(*bytes) as usize,
        _ => 0,
    }
}

fn refuse_newer(path: &Path, version: usize) -> Result<(), StateError> {
    let known = STEPS.len();
    if version <= known {
        return Ok(());
    }
    let text = format!(
        "the state {} has schema {version}, this apitap ({}) knows up to {known}; it was left untouched. Use the newer apitap, or export \
         with it: apitap inventory export.",
        path.display(),
        env!("CARGO_PKG_VERSION")
    );
    Err(error::coded(text, error::NEWER))
}

/// Runs the missing steps in one transaction, after a copy of what there is.
fn migrate(db: &mut Connection, path: &Path, from: usize, steps: &[Step]) -> Result<(), StateError> {
    let missing = steps.get(from..).unwrap_or_default();
    if missing.is_empty() {
        return Ok(());
    }
    if from > 0 {
        back_up(db, path, from)?;
    }
    let run = |db: &mut Connection| {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for step in missing {
            step(&tx)?;
        }
        tx.pragma_update(None, "user_version", i64::try_from(steps.len()).unwrap_or(i64::MAX))?;
        tx.commit()
    };
    run(db).map_err(|e| error::database("cannot bring up to date", path, e))
}

fn back_up(db: &Connection, path: &Path, version: usize) -> Result<(), StateError> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let copy = files::free_name(dir, &format!("{}.v{version}-backup-", files::DATABASE));
    files::create_private(&copy).map_err(|e| error::file("cannot make the backup", &copy, e))?;
    let name = copy.to_string_lossy();
    db.execute("VACUUM INTO ?1", [&name]).map_err(|e| error::database("cannot make the backup", &copy, e))?;
    let synced = File::open(&copy).and_then(|file| file.sync_all()).and_then(|()| files::sync_directory(dir));
    synced.map_err(|e| error::file("cannot make the backup", &copy, e))
}

fn wal_of(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn uri_path(path: &Path) -> String {
    let absolute = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let text = absolute.to_string_lossy();
    text.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(path: &Path) -> Connection {
        match open_writer(path).unwrap() {
            Opened::Good(db) => db,
            Opened::Damaged(e) => panic!("{e}"),
        }
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn an_older_schema_is_migrated_after_a_backup() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(files::DATABASE);
        let mut db = good(&path);
        db.execute("INSERT INTO meta VALUES ('old', x'07')", []).unwrap();
        let mut steps = STEPS.to_vec();
        steps.push(|tx| tx.execute_batch("ALTER TABLE meta ADD COLUMN more INTEGER DEFAULT 5"));
        steps.push(|tx| tx.execute_batch("UPDATE meta SET more = more + 1"));
        migrate(&mut db, &path, STEPS.len(), &steps).unwrap();
        assert_eq!(version(&db).unwrap(), steps.len());
        let more: i64 = db.query_row("SELECT more FROM meta WHERE name = 'old'", [], |row| row.get(0)).unwrap();
        assert_eq!(more, 6);
        let backup = dir.path().join(format!("apitap.db.v{}-backup-1", STEPS.len()));
        let old = open_reader(&backup).unwrap();
        assert_eq!(crate::sql::get_meta(&old, "old").unwrap().unwrap(), [7]);
        assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(&backup).unwrap()) & 0o777, 0o600);
    }

    #[test]
    fn a_failing_migration_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(files::DATABASE);
        let mut db = good(&path);
        let mut steps = STEPS.to_vec();
        steps.push(|tx| tx.execute_batch("DROP TABLE segments"));
        steps.push(|tx| tx.execute_batch("INSERT INTO nowhere VALUES (1)"));
        assert!(migrate(&mut db, &path, STEPS.len(), &steps).is_err());
        assert_eq!(version(&db).unwrap(), STEPS.len());
        db.execute("INSERT INTO segments VALUES (1, 0, x'01')", []).unwrap();
    }

    #[test]
    fn what_a_state_of_schema_one_has_learned_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(files::DATABASE);
        let old = Connection::open(&path).unwrap();
        old.execute_batch(include_str!("schema_v1.sql")).unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        for n in 0_u8..200 {
            let kind = if n % 2 == 0 { 5 } else { 99 };
            old.execute("INSERT INTO subjects VALUES (?1, ?2, ?3)", (kind, [n; 16], vec![n; 3])).unwrap();
        }
        drop(old);
        let db = good(&path);
        assert_eq!(names(dir.path()).iter().filter(|name| name.contains("v1-backup-1")).count(), 1);
        let rows = crate::sql::load_rows(&db).unwrap();
        let expected = (0_u8..200).step_by(2).map(|n| (model::Id([n; 16]), vec![n; 3]));
        assert!(rows.into_iter().map(|row| (row.key, row.model)).eq(expected), "another version's kind is passed over");
        let kept: u32 = db.query_row("SELECT sum(length(body)) FROM segments", [], |row| row.get(0)).unwrap();
        let parts: u32 = db.query_row("SELECT count(*) FROM segments", [], |row| row.get(0)).unwrap();
        assert_eq!(kept - parts * 16, 200 * (1 + 16 + 4 + 3), "and kept");
    }

    #[test]
    fn an_empty_file_is_a_database_of_schema_zero() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(files::DATABASE);
        let raw = Connection::open(&path).unwrap();
        raw.execute_batch("PRAGMA journal_mode = DELETE; VACUUM").unwrap();
        drop(raw);
        let db = good(&path);
        assert_eq!(version(&db).unwrap(), STEPS.len());
        drop(db);
        assert_eq!(names(dir.path()), [files::DATABASE], "an empty one needs no backup");
    }

    #[test]
    fn a_state_without_tables_is_told_to_be_unfinished() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(files::DATABASE);
        Connection::open(&path).unwrap().execute_batch("PRAGMA journal_mode = DELETE; VACUUM").unwrap();
        let error = open_reader(&path).unwrap_err();
        assert!(error.message.contains("holds nothing yet"), "{error}");
        assert_eq!(crate::code(&error), Some("E408"));
    }

    #[test]
    fn a_newer_schema_is_left_untouched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(files::DATABASE);
        let db = good(&path);
        db.pragma_update(None, "user_version", 9).unwrap();
        drop(db);
        let before = fs::read(&path).unwrap();
        let told = |error: StateError| {
            assert!(
                error.message.contains("schema 9") && error.message.contains(&format!("up to {}", STEPS.len())),
                "{error}"
            );
            assert_eq!(crate::code(&error), Some("E402"));
        };
        told(open_writer(&path).err().unwrap());
        assert_eq!(names(dir.path()), [files::DATABASE], "not even a log is made");
        told(open_reader(&path).unwrap_err());
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}
