//! What two sensors learned of services and endpoints, as one.
//!
//! In: the rows of the router, the catalog and the detectors here of two states with one key. Out: one set of rows, the same
//! whichever of the two is named first: where both say something of one thing, the row that knows more takes the other in.
//!
//! Names of endpoints cannot be put together after the fact: the words of a path are told from values by all that was seen
//! below one place, and only where it was seen. So of a service that both know, the router that saw more calls keeps its
//! names; an endpoint that only the other one names is left out, and told to whoever merges what hangs on it.

use std::collections::{BTreeMap, BTreeSet};

use model::state::{RowKind, StateRow};
use model::{EndpointRecord, Id, SavedState, Share, StateDelta, Worker as _};

use crate::Catalog;
use crate::call_outs;
use crate::catalog::{Entry, classes, saved as stored};
use crate::detectors::saved;
use crate::detectors::service::Service;

/// Two sets of rows as one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    /// Rows of the stages here, by kind and key.
    pub rows: Vec<StateRow>,
    /// Endpoints that both know.
    pub shared: BTreeSet<Id>,
    /// Endpoints that are left out.
    pub left_out: BTreeSet<Id>,
}

/// The two were learned with other classes of data (`[[data_class]]`), whose numbers their rows hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherClasses;

/// Puts together the rows of two states. Of kind `Stage` only rows of the stages here may be among them; other kinds that are
/// not of here are not looked at.
///
/// Error: [`OtherClasses`].
pub fn merge(one: &[StateRow], other: &[StateRow]) -> Result<Merged, OtherClasses> {
    if classes::of_rows(one) != classes::of_rows(other) {
        return Err(OtherClasses);
    }
    let (one, other) = (Side::of(one), Side::of(other));
    let mut out = Merged::default();
    for (mine, theirs) in [(&one, &other), (&other, &one)] {
        for (id, entry) in &mine.entries {
            match theirs.entries.get(id) {
                // Once, for both.
                Some(twin) if std::ptr::eq(mine, &raw const one) => {
                    out.shared.insert(*id);
                    out.rows.extend(stored::row(&together(entry, twin)));
                }
                Some(_) => {}
                None if mine.names(&entry.name.service_id, theirs) => out.rows.extend(stored::row(entry)),
                None => drop(out.left_out.insert(*id)),
            }
        }
    }
    for (key, (mine, theirs)) in paired(&one.rows, &other.rows) {
        out.rows.extend(match (mine, theirs) {
            (Some(row), None) | (None, Some(row)) => Some(row.clone()),
            (Some(mine), Some(theirs)) if key.0 == RowKind::RouterService => {
                Some(if one.names(&key.1, &other) { mine } else { theirs }.clone())
            }
            (Some(mine), Some(theirs)) if key.0 == RowKind::ServerCalls => {
                Some(call_outs::together(mine, theirs).unwrap_or_else(|| one_of(mine, theirs)))
            }
            (Some(mine), Some(theirs)) => Some(one_of(mine, theirs)),
            (None, None) => None,
        });
    }
    out.rows.sort_by_key(|row| (row.kind, row.key));
    Ok(out)
}

/// Inventory of endpoints of these rows as it is shown, without times and sizes. Classes of data of an operator's own are
/// shown again once an endpoint is called.
pub fn records(rows: &[StateRow], of: &BTreeSet<Id>) -> Vec<EndpointRecord> {
    let mut catalog = Catalog::new(Share::ALL);
    let wanted = |row: &&StateRow| row.kind != RowKind::CatalogEndpoint || of.contains(&row.key);
    let rows = rows.iter().filter(wanted).cloned().collect();
    catalog.load(&SavedState { rows, ..SavedState::default() });
    catalog.show_all();
    let StateDelta { endpoints, .. } = catalog.save(false);
    endpoints
}

/// Rows of one state.
struct Side<'a> {
    /// Endpoints that can be read, by id.
    entries: BTreeMap<Id, Entry>,
    /// Calls of each service.
    calls: BTreeMap<Id, u64>,
    /// All other rows of here.
    rows: BTreeMap<(RowKind, Id), &'a StateRow>,
}

impl<'a> Side<'a> {
    fn of(rows: &'a [StateRow]) -> Self {
        let mut out = Self { entries: BTreeMap::new(), calls: BTreeMap::new(), rows: BTreeMap::new() };
        for row in rows {
            match row.kind {
                RowKind::CatalogEndpoint => {
                    let Some(entry) = stored::read(row) else { continue };
                    *out.calls.entry(entry.name.service_id).or_default() += entry.facts.count;
                    out.entries.insert(row.key, entry);
                }
                RowKind::RouterService | RowKind::TokenLink | RowKind::ServerCalls | RowKind::Stage => {
                    out.rows.insert((row.kind, row.key), row);
                }
                _ => {}
            }
        }
        out
    }

    /// Whether names of the service are those of this side: the other does not know it, or knows less of it.
    fn names(&self, service: &Id, other: &Self) -> bool {
        let key = (RowKind::RouterService, *service);
        let weight = |side: &Self| {
            let calls = side.calls.get(service).copied().unwrap_or(0);
            (calls, side.rows.get(&key).map(|row| row.model.clone()))
        };
        !other.rows.contains_key(&key) || weight(self) >= weight(other)
    }
}

/// What stands under each key at both sides.
fn paired<'a, K: Ord + Copy>(
    one: &BTreeMap<K, &'a StateRow>,
    other: &BTreeMap<K, &'a StateRow>,
) -> BTreeMap<K, (Option<&'a StateRow>, Option<&'a StateRow>)> {
    let mut out: BTreeMap<K, (Option<&StateRow>, Option<&StateRow>)> = BTreeMap::new();
    for (key, row) in one {
        out.entry(*key).or_default().0 = Some(row);
    }
    for (key, row) in other {
        out.entry(*key).or_default().1 = Some(row);
    }
    out
}

/// One endpoint of both: the one that was called more takes the other in.
fn together(one: &Entry, other: &Entry) -> Entry {
    let weight = |entry: &Entry| (entry.facts.count, stored::row(entry).map(|row| row.model));
    let (more, less) = if weight(one) >= weight(other) { (one, other) } else { (other, one) };
    let mut out = more.clone();
    out.merge(less);
    // It does not stand for itself under another name.
    out.facts.supersedes.retain(|id| *id != out.name.id);
    out
}

/// One row of both: services are added up, of anything else the one that says more is kept.
fn one_of(one: &StateRow, other: &StateRow) -> StateRow {
    let weight = |row: &StateRow| (row.model.len(), row.model.clone());
    let (more, less) = if weight(one) >= weight(other) { (one, other) } else { (other, one) };
    if let (Some(mut service), Some(also)) = (saved::read::<Service>(more), saved::read::<Service>(less))
        && saved::service_key(&service.id) == more.key
    {
        service.merge(&also);
        return saved::row(more.kind, more.key, &service).unwrap_or_else(|| more.clone());
    }
    more.clone()
}

#[cfg(test)]
mod tests {
    use model::PacketTime;

    use super::*;

    fn service(calls: u64, first: u64) -> StateRow {
        let id = Id([7; 16]);
        let mut service = Service::new(id);
        for n in 0..calls {
            service.see(PacketTime::from_parts(first + n, 0), true, false, false);
        }
        saved::row(RowKind::Stage, saved::service_key(&id), &service).unwrap()
    }

    fn link(n: u8, model: &[u8]) -> StateRow {
        StateRow { kind: RowKind::TokenLink, key: Id([n; 16]), model: model.to_vec() }
    }

    #[test]
    fn it_does_not_matter_which_is_named_first_and_nothing_is_lost() {
        let one = [service(3, 100), link(1, b"a"), link(2, b"same")];
        let other = [service(4, 50), link(2, b"same"), link(3, b"c")];
        let merged = merge(&one, &other).unwrap();
        assert_eq!(merge(&other, &one).unwrap(), merged);
        assert_eq!(merged.rows.len(), 4);
        let both: Service = merged.rows.iter().find_map(saved::read).unwrap();
        assert_eq!((both.calls, both.authenticated, both.first_at), (7, 7, PacketTime::from_parts(50, 0)));
        assert_eq!(merge(&one, &[]).unwrap().rows.len(), 3);
    }
}
