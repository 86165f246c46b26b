//! Two baselines as one: each crate puts together the rows that are its own.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use discovery::merge::OtherClasses;
use model::record::Totals;
use model::state::{EndpointTimes, RowKind, StateRow};
use model::{EndpointRecord, Id};
use store::Learned;

/// Both as one, whichever is named first, and how many endpoints were left out. `one` has labels first.
pub(crate) fn two(one: &Learned, other: &Learned) -> Result<(Learned, u64), OtherClasses> {
    // Which answers were read is each sensor's own: whoever goes on with both begins anew.
    let apart = |learned: &Learned| -> (Vec<StateRow>, Vec<StateRow>) {
        let rows = learned.rows.iter().filter(|row| row.kind != RowKind::Reading);
        rows.cloned().partition(baseline::merge::is_own)
    };
    let ((models, names), (other_models, other_names)) = (apart(one), apart(other));
    let names = discovery::merge::merge(&names, &other_names)?;
    let models = baseline::merge::merge(&models, &other_models, &names.left_out);
    let identities = baseline::merge::identities(models.rows.clone());
    let endpoints = inventory(one, other, &names, &models.times);
    let mut rows = [names.rows, models.rows].concat();
    rows.sort_by_key(|row| (row.kind, row.key));
    let (mine, theirs) = (one.totals, other.totals);
    let totals = Totals {
        transactions: mine.transactions.saturating_add(theirs.transactions),
        whole: mine.whole.saturating_add(theirs.whole),
        noise: mine.noise.saturating_add(theirs.noise),
        services: rows.iter().filter(|row| row.kind == RowKind::RouterService).count() as u64,
        endpoints: endpoints.len() as u64,
        identities,
        findings: 0,
    };
    let mut book = one.book.clone();
    book.merge(&other.book);
    Ok((Learned { key: one.key, totals, book, rows, endpoints }, names.left_out.len() as u64))
}

/// Records of endpoints: those of both are made anew, the others stay as they were.
fn inventory(
    one: &Learned,
    other: &Learned,
    names: &discovery::merge::Merged,
    times: &[EndpointTimes],
) -> Vec<EndpointRecord> {
    let times: BTreeMap<Id, &EndpointTimes> = times.iter().map(|times| (times.id, times)).collect();
    let kept = |record: &&EndpointRecord| !names.shared.contains(&record.id) && !names.left_out.contains(&record.id);
    let mut out: Vec<EndpointRecord> = one.endpoints.iter().chain(&other.endpoints).filter(kept).cloned().collect();
    let before: BTreeMap<Id, &EndpointRecord> =
        other.endpoints.iter().chain(&one.endpoints).map(|record| (record.id, record)).collect();
    for mut record in discovery::merge::records(&names.rows, &names.shared) {
        let old = before.get(&record.id);
        let new = times.get(&record.id);
        record.latency = new.and_then(|times| times.latency).or_else(|| old.and_then(|old| old.latency));
        record.size = new.and_then(|times| times.size).or_else(|| old.and_then(|old| old.size));
        out.push(record);
    }
    let mut seen = BTreeSet::new();
    out.retain(|record| seen.insert(record.id));
    out.sort_by(|a, b| (&a.service, &a.template, &a.method, a.id).cmp(&(&b.service, &b.template, &b.method, b.id)));
    out
}
