//! A baseline on its own: what a state has learned, without what it has told, to be carried to another state.
//!
//! In: a state directory, or a file that was exported from one. Out: such a file, or a state that goes on from there. Rows
//! are pseudonyms and models made of them, so a baseline is of use only where the same key is: it names the key by its
//! fingerprint, and never holds it.
//!
//! A file is [`MAGIC`], then parts, each with its length (four bytes, little-endian) before it:
//!
//! | first byte | then |
//! |---|---|
//! | `h` | [`Head`], the first part |
//! | `b` | the operator's labels |
//! | `r` | kind, key (16 bytes) and model of a row, by kind and key |
//! | `e` | an endpoint as it is shown |
//! | `z` | 16 bytes: hash over all parts before, the last part |
//!
//! What is cut or was changed is refused as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use model::limits::{STATE_PART_BYTES_MAX, STATE_PARTS_MAX};
use model::record::Totals;
use model::{Book, DeploymentKey, EndpointRecord, Id, RowKind, StateDelta, StateError, StateRow};
use serde::{Deserialize, Serialize};

use crate::brief::Extent;
use crate::files::{self, DATABASE};
use crate::key::KeyFile;
use crate::sql::{self, meta};
use crate::sqlite::{Settings, SqliteStore};
use crate::{delta, error};

/// First bytes of an exported baseline.
const MAGIC: &[u8; 8] = b"apitap\0S";
const VERSION: u8 = 1;

/// What a state has learned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    /// Fingerprint of the key that its pseudonyms are made with.
    pub key: Id,
    /// Totals of the state.
    pub totals: Totals,
    /// What its operator calls known callers.
    pub book: Book,
    /// Its rows, by kind and key; none of open findings.
    pub rows: Vec<StateRow>,
    /// Its inventory as it is shown.
    pub endpoints: Vec<EndpointRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    v: u8,
    /// Version of apitap.
    version: String,
    key: Id,
    totals: Totals,
}

impl Learned {
    /// Of a state directory, or of a file that was exported.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        if path.is_dir() { Self::of_state(path) } else { Self::of_file(path) }
    }

    fn of_state(dir: &Path) -> Result<Self, StateError> {
        let database = dir.join(DATABASE);
        if !database.try_exists().map_err(|e| error::file("cannot read", &database, e))? {
            let text = format!("{} holds no state ({DATABASE} is missing). Check the path.", dir.display());
            return Err(error::coded(text, error::NOT_OURS));
        }
        let mut db = sql::open_reader(&database)?;
        let read = |db: &mut rusqlite::Connection| {
            let tx = db.transaction()?;
            let totals = sql::get_meta(&tx, meta::TOTALS)?.and_then(|bytes| rmp_serde::from_slice(&bytes).ok());
            let key = sql::get_meta(&tx, meta::KEY)?.and_then(|bytes| bytes.try_into().ok()).map(Id);
            Ok(Self {
                key: key.unwrap_or_default(),
                totals: totals.unwrap_or_default(),
                book: sql::load_book(&tx)?,
                rows: sql::load_rows(&tx)?,
                endpoints: sql::load_endpoints(&tx, Extent::Whole)?,
            })
        };
        let mut out = read(&mut db).map_err(|e| error::database("cannot read", &database, e))?;
        out.rows.retain(|row| !is_of_findings(row.kind));
        // What was told is not carried along.
        out.totals.findings = 0;
        delta::sort_endpoints(&mut out.endpoints);
        Ok(out)
    }

    fn of_file(path: &Path) -> Result<Self, StateError> {
        let cannot = |e| error::file("cannot read", path, e);
        let file = File::open(path).map_err(cannot)?;
        match Self::read(BufReader::new(file)) {
            Ok(learned) => Ok(learned),
            Err(Unread::World(e)) => Err(cannot(e)),
            Err(Unread::Damage(what)) => {
                let text = format!("{} is no baseline that can be used: {what}. Export it again.", path.display());
                Err(error::coded(text, error::NOT_OURS))
            }
        }
    }

    fn read(mut from: impl Read) -> Result<Self, Unread> {
        let mut magic = [0; MAGIC.len()];
        from.read_exact(&mut magic).map_err(|_| Unread::Damage("it is too short"))?;
        if magic != *MAGIC {
            return Err(Unread::Damage("it does not begin as one does"));
        }
        let (mut out, mut sum) = (Self::default(), Sum::default());
        let mut part = Vec::new();
        for at in 0..=STATE_PARTS_MAX {
            if !read_part(&mut from, &mut part)? {
                return Err(Unread::Damage("its end is missing"));
            }
            let Some((tag, content)) = part.split_first() else { return Err(Unread::Damage("a part is empty")) };
            match (tag, at) {
                (b'z', _) if content == sum.end().0 => return nothing_more(from).map(|()| out),
                (b'z', _) => return Err(Unread::Damage("it was changed, or damaged")),
                (b'h', 0) => {
                    let head: Head = decoded(content)?;
                    if head.v != VERSION {
                        return Err(Unread::Damage("another version of apitap wrote it"));
                    }
                    (out.key, out.totals) = (head.key, head.totals);
                }
                (_, 0) | (b'h', _) => return Err(Unread::Damage("its beginning is not where it should be")),
                (b'b', _) => out.book = decoded(content)?,
                (b'r', _) => out.rows.extend(row(content)?),
                (b'e', _) => out.endpoints.push(decoded(content)?),
                // A later version may say more.
                _ => {}
            }
            sum.add(&part);
        }
        Err(Unread::Damage("it has more parts than any state"))
    }

    /// Names what it holds: equal for equal rows and inventory.
    pub fn digest(&self) -> Id {
        let mut sum = Sum::default();
        for row in &self.rows {
            sum.add(&[&[row.kind as u8], &row.key.0[..], &row.model].concat());
        }
        sum.end()
    }

    /// Writes it to a new file (0600), `-` for standard output.
    pub fn write(&self, path: &Path) -> Result<(), StateError> {
        let cannot = |e| error::file("cannot write", path, e);
        if path.as_os_str() == "-" {
            return self.write_to(&mut BufWriter::new(io::stdout().lock())).map_err(cannot);
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(cannot)?;
        let written = self.write_to(&mut BufWriter::new(&file)).and_then(|()| file.sync_all());
        if written.is_err() {
            drop(fs::remove_file(path));
        }
        written.map_err(cannot)
    }

    fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(MAGIC)?;
        let mut sum = Sum::default();
        let head = Head { v: VERSION, version: env!("CARGO_PKG_VERSION").into(), key: self.key, totals: self.totals };
        let mut put = |part: &[u8]| {
            sum.add(part);
            write_part(out, part)
        };
        put(&encoded(b'h', &head)?)?;
        if !self.book.is_empty() {
            put(&encoded(b'b', &self.book)?)?;
        }
        for row in &self.rows {
            put(&[&[b'r', row.kind as u8], &row.key.0[..], &row.model].concat())?;
        }
        for endpoint in &self.endpoints {
            put(&encoded(b'e', endpoint)?)?;
        }
        let end = [&b"z"[..], &sum.end().0].concat();
        write_part(out, &end)?;
        out.flush()
    }

    /// Puts it into the state in `dir`, which must have the key and have learned nothing yet.
    pub fn into_state(self, dir: &Path, warn: Option<fn(&str)>) -> Result<(), StateError> {
        let key = key_of(dir)?;
        if key.fingerprint() != self.key {
            return Err(error::coded(other_key(dir), error::KEY));
        }
        let mut store = SqliteStore::open(dir, Settings { key: Some(key), again: false, warn })?;
        if store.has_rows()? {
            let text = format!(
                "the state {} has learned already, and what it learned is not mixed silently. Import into an empty one: a directory \
                 with the same key.",
                dir.display()
            );
            return Err(error::coded(text, error::NOT_EMPTY));
        }
        let delta = StateDelta { rows: self.rows, endpoints: self.endpoints, ..StateDelta::default() };
        store.install(&delta, &self.totals, &self.book)
    }
}

/// Whether rows of a kind are about what was told, and not about what was learned.
pub(crate) const fn is_of_findings(kind: RowKind) -> bool {
    matches!(kind, RowKind::OpenFinding | RowKind::DiscoveryFinding | RowKind::Sensor)
}

/// The key must be there before: one made now would match nobody.
fn key_of(dir: &Path) -> Result<DeploymentKey, StateError> {
    let path = dir.join(files::KEY);
    if path.try_exists().is_ok_and(|there| there) {
        return KeyFile::load(dir);
    }
    let text = format!(
        "{0} has no key, and pseudonyms of a baseline are those of the key it was learned with. Copy it from the sensor first: \
         install -D -m 600 OTHER/key {0}/key.",
        dir.display()
    );
    Err(error::coded(text, error::KEY))
}

fn other_key(dir: &Path) -> String {
    format!(
        "the baseline was learned with another key than that of {0}: its callers would match nobody there. Import it into a directory \
         that holds the key of its sensor: install -D -m 600 OTHER/key NEW/key.",
        dir.display()
    )
}

/// Why a file could not be read.
enum Unread {
    World(io::Error),
    Damage(&'static str),
}

/// A hash over parts, each with its length.
#[derive(Default)]
struct Sum(Id);

impl Sum {
    fn add(&mut self, part: &[u8]) {
        self.0 = Id::of("state part", &[&self.0.0, part]);
    }

    const fn end(&self) -> Id {
        self.0
    }
}

/// The next part; false at the end of the file.
fn read_part(from: &mut impl Read, part: &mut Vec<u8>) -> Result<bool, Unread> {
    part.clear();
    from.take(4).read_to_end(part).map_err(Unread::World)?;
    let Ok(length) = <[u8; 4]>::try_from(part.as_slice()) else {
        return if part.is_empty() { Ok(false) } else { Err(Unread::Damage("it is cut")) };
    };
    let length = u32::from_le_bytes(length) as usize;
    if length > STATE_PART_BYTES_MAX {
        return Err(Unread::Damage("a part is longer than any of a state"));
    }
    part.clear();
    // Grows with what is there, whatever length was declared.
    from.take(length as u64).read_to_end(part).map_err(Unread::World)?;
    if part.len() < length { Err(Unread::Damage("it is cut")) } else { Ok(true) }
}

fn nothing_more(mut from: impl Read) -> Result<(), Unread> {
    match from.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(Unread::Damage("something stands behind its end")),
        Err(e) => Err(Unread::World(e)),
    }
}

fn write_part(out: &mut impl Write, part: &[u8]) -> io::Result<()> {
    if part.len() > STATE_PART_BYTES_MAX {
        return Err(io::Error::other("a row is longer than readers accept"));
    }
    out.write_all(&(part.len() as u32).to_le_bytes())?;
    out.write_all(part)
}

/// A row of a kind that is known and carried.
fn row(content: &[u8]) -> Result<Option<StateRow>, Unread> {
    let row = content.split_first().and_then(|(kind, rest)| Some((*kind, rest.split_first_chunk::<16>()?)));
    let Some((kind, (key, model))) = row else { return Err(Unread::Damage("a row is too short")) };
    let kind = RowKind::ALL.into_iter().find(|known| *known as u8 == kind && !is_of_findings(*known));
    Ok(kind.filter(|_| !model.is_empty()).map(|kind| StateRow { kind, key: Id(*key), model: model.to_vec() }))
}

fn encoded(tag: u8, value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut part = vec![tag];
    rmp_serde::encode::write_named(&mut part, value).map_err(io::Error::other)?;
    Ok(part)
}

fn decoded<T: serde::de::DeserializeOwned>(content: &[u8]) -> Result<T, Unread> {
    rmp_serde::from_slice(content).map_err(|_| Unread::Damage("a part does not read as one of its kind"))
}

/// Refuses baselines that were learned with different keys.
pub fn same_key(baselines: &[(&Path, &Learned)]) -> Result<(), StateError> {
    let Some(((first, one), rest)) = baselines.split_first() else { return Ok(()) };
    let Some((other, _)) = rest.iter().find(|(_, other)| other.key != one.key) else { return Ok(()) };
    let text = format!(
        "{} and {} were learned with different keys: no caller of the one is a caller of the other. Sensors whose baselines are to be put \
         together need one key from their first run on.",
        first.display(),
        other.display()
    );
    Err(error::coded(text, error::KEY))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned() -> Learned {
        let row = |kind, n: u8| StateRow { kind, key: Id([n; 16]), model: vec![n, 1, 2] };
        let mut book = Book::default();
        book.add(&[Id([3; 16])], "partner").unwrap();
        Learned {
            key: Id([9; 16]),
            totals: Totals { transactions: 7, ..Totals::default() },
            book,
            rows: vec![row(RowKind::RouterService, 1), row(RowKind::PairModel, 2)],
            endpoints: vec![EndpointRecord { template: "/a/{int}".into(), ..EndpointRecord::default() }],
        }
    }

    fn bytes(learned: &Learned) -> Vec<u8> {
        let mut out = Vec::new();
        learned.write_to(&mut out).unwrap();
        out
    }

    fn why(bytes: &[u8]) -> &'static str {
        match Learned::read(bytes) {
            Err(Unread::Damage(why)) => why,
            Err(Unread::World(e)) => panic!("{e}"),
            Ok(_) => "nothing",
        }
    }

    #[test]
    fn what_was_written_is_read_and_nothing_that_was_changed() {
        let good = bytes(&learned());
        assert_eq!(Learned::read(good.as_slice()).ok(), Some(learned()));
        for cut in 0..good.len() {
            assert_ne!(why(&good[..cut]), "nothing", "cut at {cut}");
        }
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x20;
            assert_ne!(why(&bad), "nothing", "byte {at}");
        }
        assert_eq!(why(&[&good[..], b"x"].concat()), "something stands behind its end");
        assert_eq!(why(&[MAGIC, &u32::MAX.to_le_bytes()[..], b"h"].concat()), "a part is longer than any of a state");
        assert_eq!(why(b"GIF89a and more"), "it does not begin as one does");
    }

    #[test]
    fn rows_of_findings_and_of_later_kinds_are_not_taken() {
        for kind in [RowKind::OpenFinding as u8, RowKind::DiscoveryFinding as u8, RowKind::Sensor as u8, 200] {
            let content = [&[kind], &[7; 16][..], b"model"].concat();
            assert!(matches!(row(&content), Ok(None)));
        }
        assert!(row(&[1, 2, 3]).is_err());
    }
}
