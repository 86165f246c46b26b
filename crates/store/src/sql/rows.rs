//! What was learned: rows in segments, by key partition.

use model::limits::KEY_PARTITIONS;
use model::{RowKind, StateRow};
use rusqlite::{Connection, Transaction, params};

use crate::segment;

/// Numbers of the key partitions.
fn parts() -> impl Iterator<Item = u8> {
    (0..=u8::MAX).take(KEY_PARTITIONS)
}

/// Whether there is any model. A segment with nothing before it holds none that is gone.
pub(crate) fn has_rows(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("SELECT EXISTS (SELECT 1 FROM segments)", [], |row| row.get(0))
}

/// Whether all segments are what was stored.
pub(crate) fn check_segments(db: &Connection) -> rusqlite::Result<()> {
    let mut bodies = db.prepare("SELECT body FROM segments")?;
    let mut rows = bodies.query([])?;
    while let Some(row) = rows.next()? {
        segment::opened(row.get_ref(0)?.as_blob()?)?;
    }
    Ok(())
}

/// Every model by kind and key. Kinds of a later version are left where they are.
pub(crate) fn load_rows(db: &Connection) -> rusqlite::Result<Vec<StateRow>> {
    let mut out = Vec::new();
    let mut bodies = db.prepare("SELECT body FROM segments WHERE part = ?1 ORDER BY seq")?;
    for part in parts() {
        let bodies = bodies.query_map([part], |row| row.get(0))?.collect::<rusqlite::Result<Vec<Vec<u8>>>>()?;
        let bodies = bodies.iter().map(|body| segment::opened(body)).collect::<Result<Vec<_>, _>>()?;
        let body = segment::merged(bodies, true)?;
        for row in segment::rows(&body) {
            let (kind, key, model) = row?;
            if let Some(kind) = RowKind::ALL.into_iter().find(|known| *known as u8 == kind) {
                out.push(StateRow { kind, key, model: model.to_vec() });
            }
        }
    }
    out.sort_unstable_by_key(|row| (row.kind, row.key));
    Ok(out)
}

/// Writes what changed; of rows with one key the last one holds.
pub(crate) fn put_rows(tx: &Transaction<'_>, rows: &[StateRow]) -> rusqlite::Result<()> {
    let mut rows: Vec<&StateRow> = rows.iter().collect();
    rows.sort_by_key(|row| row.key.key_partition());
    for of_part in rows.chunk_by(|a, b| a.key.key_partition() == b.key.key_partition()) {
        let mut new = Vec::new();
        for row in of_part {
            segment::push(&mut new, row);
        }
        if let Some(part) = of_part.first().and_then(|row| u8::try_from(row.key.key_partition()).ok()) {
            put_segment(tx, part, &new)?;
        }
    }
    Ok(())
}

/// Adds a segment, in the place of the latest ones that are not much larger.
fn put_segment(tx: &Transaction<'_>, part: u8, new: &[u8]) -> rusqlite::Result<()> {
    let latest = tx
        .prepare_cached("SELECT seq, length(body) FROM segments WHERE part = ?1 ORDER BY seq DESC")?
        .query_map([part], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(i64, u32)>>>()?;
    let absorbed = segment::absorbed(new.len(), latest.iter().map(|(_, bytes)| *bytes as usize));
    let old =
        latest.iter().take(absorbed).rev().map(|(seq, _)| body(tx, *seq)).collect::<rusqlite::Result<Vec<_>>>()?;
    let old = old.iter().map(|body| segment::opened(body)).collect::<Result<Vec<_>, _>>()?;
    let bodies = old.into_iter().chain([new]);
    let merged = segment::merged(bodies, absorbed == latest.len())?;
    if let Some((oldest, _)) = absorbed.checked_sub(1).and_then(|last| latest.get(last)) {
        tx.prepare_cached("DELETE FROM segments WHERE part = ?1 AND seq >= ?2")?.execute(params![part, oldest])?;
    }
    if !merged.is_empty() {
        tx.prepare_cached(
            "INSERT INTO segments (seq, part, body) VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM segments), ?1, ?2)",
        )?
        .execute(params![part, segment::sealed(&merged)])?;
    }
    Ok(())
}

fn body(tx: &Transaction<'_>, seq: i64) -> rusqlite::Result<Vec<u8>> {
    tx.prepare_cached("SELECT body FROM segments WHERE seq = ?1")?.query_row([seq], |row| row.get(0))
}

/// Turns schema 1, one row of the table for each model, into schema 2.
pub(crate) fn into_segments(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute_batch(include_str!("schema_v2.sql"))?;
    let mut bodies: Vec<Vec<u8>> = vec![Vec::new(); KEY_PARTITIONS];
    let mut statement = tx.prepare("SELECT kind, key, model FROM subjects ORDER BY kind, key")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, key): (u8, _) = (row.get(0)?, model::Id(row.get(1)?));
        if let Some(body) = bodies.get_mut(key.key_partition()) {
            segment::push_raw(body, (kind, key.0), row.get_ref(2)?.as_blob()?);
        }
    }
    drop(rows);
    drop(statement);
    for (part, body) in parts().zip(&bodies).filter(|(_, body)| !body.is_empty()) {
        tx.execute("INSERT INTO segments (part, body) VALUES (?1, ?2)", params![part, segment::sealed(body)])?;
    }
    tx.execute_batch("DROP TABLE subjects")
}
