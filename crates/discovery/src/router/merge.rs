//! Order of an epoch: rows of several batches, each in stamp order, as one sequence in stamp order.

use model::{ObservationBatch, Stamp};

/// Calls `each(batch, row)` for every row of every batch, in stamp order. Nothing is copied.
///
/// A run of rows of one batch is passed on until another batch has an earlier one, so one batch alone costs a loop.
pub(crate) fn in_order(batches: &[ObservationBatch], mut each: impl FnMut(usize, usize)) {
    let mut heads = vec![0_usize; batches.len()];
    while let Some((batch, limit)) = earliest(batches, &heads) {
        let (Some(rows), Some(head)) = (batches.get(batch).map(|b| &b.rows), heads.get_mut(batch)) else { return };
        loop {
            each(batch, *head);
            *head += 1;
            let Some(next) = rows.get(*head) else { break };
            if limit.is_some_and(|limit| next.stamp > limit) {
                break;
            }
        }
    }
}

/// The batch with the earliest row left, and the stamp of the earliest row of the others.
fn earliest(batches: &[ObservationBatch], heads: &[usize]) -> Option<(usize, Option<Stamp>)> {
    let mut first: Option<(usize, Stamp)> = None;
    let mut limit: Option<Stamp> = None;
    for (at, (batch, head)) in batches.iter().zip(heads).enumerate() {
        let Some(stamp) = batch.rows.get(*head).map(|row| row.stamp) else { continue };
        let later = match first {
            Some((_, best)) if stamp >= best => Some(stamp),
            _ => first.replace((at, stamp)).map(|(_, before)| before),
        };
        limit = match (limit, later) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    first.map(|(at, _)| (at, limit))
}
