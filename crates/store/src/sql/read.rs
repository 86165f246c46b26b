//! Statements that read: what a run needs when it begins, and what readers show.

use std::sync::mpsc::{self, TrySendError};
use std::sync::{Arc, Mutex};
use std::thread;

use model::endpoint::{EndpointRecord, Quantiles};
use model::{Finding, Id, PacketTime};
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, OptionalExtension as _, Row, Rows, params};
use serde::de::DeserializeOwned;

use crate::brief::{Brief, Extent};

/// A run as the database knows it.
#[derive(Clone, Debug)]
pub(crate) struct StoredRun {
    pub seq: i64,
    pub finished: bool,
    pub epoch: u64,
    pub at: PacketTime,
    /// MessagePack.
    pub ledger: Vec<u8>,
    /// MessagePack.
    pub trailer: Option<Vec<u8>>,
}

const RUN: &str = "SELECT seq, status, epoch, at, ledger, trailer, run_id FROM runs";

fn run(row: &Row<'_>) -> rusqlite::Result<StoredRun> {
    Ok(StoredRun {
        seq: row.get(0)?,
        finished: row.get_ref(1)?.as_str()? == "finished",
        epoch: row.get::<_, i64>(2)?.cast_unsigned(),
        at: PacketTime(row.get::<_, i64>(3)?.cast_unsigned()),
        ledger: row.get(4)?,
        trailer: row.get(5)?,
    })
}

/// The run that was being read when the state was last written to.
pub(crate) fn open_run(db: &Connection) -> rusqlite::Result<Option<Id>> {
    let sql = "SELECT run_id FROM runs WHERE status = 'open' ORDER BY seq DESC LIMIT 1";
    db.query_row(sql, [], |row| row.get(0).map(Id)).optional()
}

/// The latest run over these inputs with this configuration.
pub(crate) fn run_of(db: &Connection, run_id: &Id) -> rusqlite::Result<Option<StoredRun>> {
    db.query_row(&format!("{RUN} WHERE run_id = ?1 ORDER BY seq DESC LIMIT 1"), [run_id.0], run).optional()
}

/// The latest run.
pub(crate) fn last_run(db: &Connection) -> rusqlite::Result<Option<StoredRun>> {
    db.query_row(&format!("{RUN} ORDER BY seq DESC LIMIT 1"), [], run).optional()
}

/// Whether an input was read by another run: `None` not at all, `Some(true)` by one that came to its end.
pub(crate) fn inputs_read(db: &Connection, digest: &Id, not_by: &Id) -> rusqlite::Result<Option<bool>> {
    let sql = "SELECT max(r.status = 'finished') FROM inputs i JOIN runs r ON r.seq = i.run
               WHERE i.digest = ?1 AND r.run_id <> ?2";
    db.prepare_cached(sql)?.query_row(params![digest.0, not_by.0], |row| row.get(0))
}

/// Every endpoint with its quantiles, in no order. They are decoded beside the thread that reads, since that takes longer.
pub(crate) fn load_endpoints(db: &Connection, extent: Extent) -> rusqlite::Result<Vec<EndpointRecord>> {
    let sql =
        "SELECT record, latency_count, latency_p50, latency_p90, latency_p99, size_count, size_p50, size_p90, size_p99
               FROM endpoints";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    let first = block(&mut rows)?;
    if first.len() < BLOCK_ROWS {
        return first.iter().map(|stored| stored.decoded(extent)).collect();
    }
    let helpers = thread::available_parallelism().map_or(1, usize::from).saturating_sub(1).clamp(1, HELPERS_MAX);
    thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel::<Vec<Stored>>(helpers);
        let receive = Arc::new(Mutex::new(receive));
        let running: Vec<_> = (0..helpers)
            .map(|_| {
                let receive = Arc::clone(&receive);
                scope.spawn(move || {
                    let blocks = std::iter::from_fn(|| receive.lock().ok()?.recv().ok());
                    blocks.map(|block| decoded_block(&block, extent)).collect::<rusqlite::Result<Vec<_>>>()
                })
            })
            .collect();
        drop(receive);
        let (mut out, mut next) = (Vec::new(), first);
        while !next.is_empty() {
            // When all are busy this thread is one of them.
            if let Err(TrySendError::Full(own) | TrySendError::Disconnected(own)) = send.try_send(next) {
                out.push(decoded_block(&own, extent)?);
            }
            next = block(&mut rows)?;
        }
        drop(send);
        for helper in running {
            out.extend(helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        // Each record is moved once: they are large.
        let mut all = Vec::with_capacity(out.iter().map(Vec::len).sum());
        all.extend(out.into_iter().flatten());
        Ok(all)
    })
}

/// Rows that are read at a time.
const BLOCK_ROWS: usize = 1_024;
/// Threads that decode beside the one that reads.
const HELPERS_MAX: usize = 4;

/// An endpoint as it is stored.
struct Stored {
    record: Vec<u8>,
    latency: Option<Quantiles>,
    size: Option<Quantiles>,
}

impl Stored {
    fn decoded(&self, extent: Extent) -> rusqlite::Result<EndpointRecord> {
        let record: EndpointRecord = match extent {
            Extent::Whole => decoded_bytes(&self.record)?,
            Extent::Brief => decoded_bytes::<Brief>(&self.record)?.into(),
        };
        Ok(EndpointRecord { latency: self.latency, size: self.size, ..record })
    }
}

fn decoded_block(block: &[Stored], extent: Extent) -> rusqlite::Result<Vec<EndpointRecord>> {
    block.iter().map(|stored| stored.decoded(extent)).collect()
}

/// The next rows; fewer than [`BLOCK_ROWS`] at the end.
fn block(rows: &mut Rows<'_>) -> rusqlite::Result<Vec<Stored>> {
    let mut out = Vec::new();
    while out.len() < BLOCK_ROWS
        && let Some(row) = rows.next()?
    {
        out.push(Stored { record: row.get(0)?, latency: quantiles(row, 1)?, size: quantiles(row, 5)? });
    }
    Ok(out)
}

fn quantiles(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Quantiles>> {
    let value = |n: usize| row.get::<_, Option<i64>>(at + n).map(|v| v.map(i64::cast_unsigned));
    let Some(count) = value(0)? else { return Ok(None) };
    let [p50, p90, p99] = [value(1)?, value(2)?, value(3)?].map(Option::unwrap_or_default);
    Ok(Some(Quantiles { count, p50, p90, p99 }))
}

/// Every finding, latest version.
pub(crate) fn load_findings(db: &Connection) -> rusqlite::Result<Vec<Finding>> {
    db.prepare("SELECT record FROM findings")?.query_map([], |row| decoded(row, 0))?.collect()
}

/// The header of every run, oldest first.
pub(crate) fn load_headers(db: &Connection) -> rusqlite::Result<Vec<model::record::Header>> {
    db.prepare("SELECT header FROM runs ORDER BY seq")?.query_map([], |row| decoded(row, 0))?.collect()
}

fn decoded<T: DeserializeOwned>(row: &Row<'_>, at: usize) -> rusqlite::Result<T> {
    decoded_bytes(row.get_ref(at)?.as_blob()?)
}

fn decoded_bytes<T: DeserializeOwned>(bytes: &[u8]) -> rusqlite::Result<T> {
    rmp_serde::from_slice(bytes).map_err(|e| FromSqlError::Other(Box::new(e)).into())
}
