//! Statements of a commit. All run inside one transaction of the caller.

use model::endpoint::{EndpointRecord, ParamRecord, Quantiles};
use model::finding::{Finding, FindingState};
use model::record::Header;
use model::{Id, StateDelta};
use rusqlite::{Connection, Transaction, params};

use super::rows::put_rows;

/// What a run's row holds besides its header.
#[derive(Debug)]
pub(crate) struct RunRow<'a> {
    pub epoch: u64,
    pub at: u64,
    pub ledger: &'a [u8],
}

/// SQLite's integers are signed; the exact value stands in the record beside it.
fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(crate) fn put_meta(db: &Connection, name: &str, value: &[u8]) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
    )?
    .execute(params![name, value])
    .map(drop)
}

pub(crate) fn cut_open_runs(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute("UPDATE runs SET status = 'cut' WHERE status = 'open'", []).map(drop)
}

/// Adds a run with its inputs and gives its number.
pub(crate) fn insert_run(
    tx: &Transaction<'_>,
    header: &Header,
    bytes: &[u8],
    run: &RunRow<'_>,
) -> rusqlite::Result<i64> {
    tx.execute(
        "INSERT INTO runs (run_id, status, epoch, at, version, header, ledger) VALUES (?1, 'open', ?2, ?3, ?4, ?5, ?6)",
        params![header.run_id.0, int(run.epoch), int(run.at), header.version, bytes, run.ledger],
    )?;
    let seq = tx.last_insert_rowid();
    for input in &header.inputs {
        tx.prepare_cached("INSERT INTO inputs (run, name, digest, bytes) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![seq, input.name, input.digest.0, int(input.bytes)])?;
    }
    Ok(seq)
}

pub(crate) fn update_run(tx: &Transaction<'_>, seq: i64, run: &RunRow<'_>) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE runs SET status = 'open', epoch = ?2, at = ?3, ledger = ?4 WHERE seq = ?1")?
        .execute(params![seq, int(run.epoch), int(run.at), run.ledger])
        .map(drop)
}

pub(crate) fn finish_run(
    tx: &Transaction<'_>,
    seq: i64,
    trailer: &[u8],
    first: u64,
    last: u64,
) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE runs SET status = 'finished', trailer = ?2, first_at = ?3, last_at = ?4 WHERE seq = ?1",
        params![seq, trailer, int(first), int(last)],
    )
    .map(drop)
}

/// Writes what changed. Removals come first: an endpoint both removed and shown was made again since.
pub(crate) fn apply_delta(
    tx: &Transaction<'_>,
    delta: &StateDelta,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    put_rows(tx, &delta.rows)?;
    for id in &delta.removed_endpoints {
        tx.prepare_cached("DELETE FROM endpoints WHERE id = ?1")?.execute([id.0])?;
        tx.prepare_cached("DELETE FROM parameters WHERE endpoint = ?1")?.execute([id.0])?;
    }
    for endpoint in &delta.endpoints {
        put_endpoint(tx, endpoint)?;
    }
    for times in &delta.times {
        put_times(tx, &times.id, times.latency, times.size)?;
    }
    for finding in &delta.findings {
        put_finding(tx, finding)?;
    }
    Ok(())
}

fn put_endpoint(tx: &Transaction<'_>, e: &EndpointRecord) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let record = rmp_serde::to_vec_named(e)?;
    let auth = e.auth.iter().map(|(kind, n)| format!("{kind}:{n}")).collect::<Vec<_>>().join(" ");
    tx.prepare_cached(
        "INSERT INTO endpoints (id, ref, service, method, template, confidence, first_at, last_at, calls, callers,
           unauthenticated_successes, auth, request_bytes, response_bytes, record)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT DO UPDATE SET service = excluded.service, method = excluded.method, template = excluded.template,
           confidence = excluded.confidence, first_at = excluded.first_at, last_at = excluded.last_at,
           calls = excluded.calls, callers = excluded.callers,
           unauthenticated_successes = excluded.unauthenticated_successes, auth = excluded.auth,
           request_bytes = excluded.request_bytes, response_bytes = excluded.response_bytes, record = excluded.record",
    )?
    .execute(params![
        e.id.0,
        reference('E', &e.id),
        e.service,
        e.method,
        e.template,
        e.confidence,
        int(e.first_at.nanos()),
        int(e.last_at.nanos()),
        int(e.count),
        int(e.callers),
        int(e.unauthenticated_successes),
        auth,
        int(e.request_bytes),
        int(e.response_bytes),
        record
    ])?;
    if e.latency.is_some() || e.size.is_some() {
        put_times(tx, &e.id, e.latency, e.size)?;
    }
    put_parameters(tx, &e.id, &e.params)?;
    Ok(())
}

fn put_parameters(tx: &Transaction<'_>, endpoint: &Id, params: &[ParamRecord]) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM parameters WHERE endpoint = ?1")?.execute([endpoint.0])?;
    let mut put = tx.prepare_cached(
        "INSERT OR REPLACE INTO parameters (endpoint, place, name, calls, required, types)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for p in params {
        let types = p.classes.keys().map(|class| class.as_str()).collect::<Vec<_>>().join(" ");
        put.execute(params![endpoint.0, p.place.as_str(), p.name, int(p.count), p.required, types])?;
    }
    Ok(())
}

fn put_times(
    tx: &Transaction<'_>,
    id: &Id,
    latency: Option<Quantiles>,
    size: Option<Quantiles>,
) -> rusqlite::Result<()> {
    let column = |of: Option<Quantiles>, pick: fn(&Quantiles) -> u64| of.as_ref().map(|q| int(pick(q)));
    tx.prepare_cached(
        "UPDATE endpoints SET latency_count = ?2, latency_p50 = ?3, latency_p90 = ?4, latency_p99 = ?5,
           size_count = ?6, size_p50 = ?7, size_p90 = ?8, size_p99 = ?9 WHERE id = ?1",
    )?
    .execute(params![
        id.0,
        column(latency, |q| q.count),
        column(latency, |q| q.p50),
        column(latency, |q| q.p90),
        column(latency, |q| q.p99),
        column(size, |q| q.count),
        column(size, |q| q.p50),
        column(size, |q| q.p90),
        column(size, |q| q.p99),
    ])
    .map(drop)
}

fn put_finding(tx: &Transaction<'_>, f: &Finding) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let record = rmp_serde::to_vec_named(f)?;
    let state = match f.state {
        FindingState::Open => "open",
        FindingState::Update => "update",
        FindingState::Closed => "closed",
    };
    tx.prepare_cached(
        "INSERT OR REPLACE INTO findings (id, ref, detector, state, severity, severity_rank, confidence, title, subject,
           identity, endpoint, endpoint_name, first_at, last_at, count, record)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?
    .execute(params![
        f.id.0,
        reference('F', &f.id),
        f.detector,
        state,
        f.severity.as_str(),
        f.severity as u8,
        f.confidence,
        f.title,
        f.subject.kind,
        f.subject.identity.map(|id| id.0),
        f.subject.endpoint.map(|id| id.0),
        f.subject.endpoint_name,
        int(f.first_at.nanos()),
        int(f.last_at.nanos()),
        int(f.count),
        record
    ])?;
    Ok(())
}

/// The id as people write it.
fn reference(letter: char, id: &Id) -> String {
    format!("{letter}-{}", id.base32())
}
