//! What two sensors learned of behaviour, as one.
//!
//! In: the rows of the baseline workers of two states with one key. Out: one set of rows, the same whichever of the two is
//! named first: of each thing that both know, the model that says more takes the other in, as it does when two names of an
//! endpoint turn out to be one.

use std::collections::{BTreeMap, BTreeSet};

use model::limits::IDENTITY_ADDRESSES_MAX;
use model::state::{EndpointTimes, RowKind, StateRow};
use model::{Id, PacketTime, SavedState, Share, Worker as _};

use crate::Baseline;
use crate::disclosed;
use crate::endpoints::Times;
use crate::monitors::{self, Monitors};
use crate::owners;
use crate::persist::DISCLOSED;
use crate::saved::{self, Bytes, CommonRow, EndpointRow, IdentityRow, OwnersRow, PairRow};

/// Two sets of rows as one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    /// Rows of the baseline workers, by kind and key.
    pub rows: Vec<StateRow>,
    /// Times and sizes of endpoints that both know, by id.
    pub times: Vec<EndpointTimes>,
}

/// The rows of one thing at both sides.
type Twins<'a> = (Option<&'a StateRow>, Option<&'a StateRow>);

/// Whether a row is one of the baseline workers, and so for [`merge`]; kind `Stage` is shared with other stages.
pub fn is_own(row: &StateRow) -> bool {
    match row.kind {
        RowKind::EndpointModel
        | RowKind::IdentityModel
        | RowKind::PairModel
        | RowKind::MonitorModel
        | RowKind::Coverage => true,
        RowKind::Stage => row.key == saved::common_key() || owners_of(row).is_some(),
        _ => false,
    }
}

/// Identities that rows know, addresses not counted.
pub fn identities(rows: Vec<StateRow>) -> u64 {
    let mut worker = Baseline::new(Share::ALL);
    worker.load(&SavedState { rows, ..SavedState::default() });
    worker.totals().identities
}

/// Puts together the rows of two states, all of them [own](is_own) ones. What hangs on an endpoint of `left_out` is left out.
pub fn merge(one: &[StateRow], other: &[StateRow], left_out: &BTreeSet<Id>) -> Merged {
    let mut both: BTreeMap<(RowKind, Id), Twins<'_>> = BTreeMap::new();
    for row in one {
        both.entry((row.kind, row.key)).or_default().0 = Some(row);
    }
    for row in other {
        both.entry((row.kind, row.key)).or_default().1 = Some(row);
    }
    let monitors = Monitors::new(Share::ALL);
    let mut out = Merged::default();
    for ((kind, key), (mine, theirs)) in both {
        let (row, twin) = match (mine, theirs) {
            (Some(row), None) | (None, Some(row)) => (row, None),
            (Some(one), Some(other)) => {
                let (more, less) = ordered(one, other);
                (more, Some(less))
            }
            (None, None) => continue,
        };
        if hangs_on(row, left_out) {
            continue;
        }
        let Some(twin) = twin else {
            out.rows.push(row.clone());
            continue;
        };
        let merged = match kind {
            RowKind::EndpointModel => endpoint(key, row, twin, &mut out.times),
            RowKind::IdentityModel => identity(key, row, twin),
            RowKind::PairModel => pair(key, row, twin),
            RowKind::MonitorModel => monitors.merged(row, twin),
            RowKind::Coverage => crate::coverage::together(row, twin),
            _ => stage(key, row, twin),
        };
        // A row that cannot be read would not be read later either; the other one may be.
        out.rows.push(merged.unwrap_or_else(|| row.clone()));
    }
    out
}

/// The row that says more, then the other: by length, then by content, so that their order does not matter.
fn ordered<'a>(one: &'a StateRow, other: &'a StateRow) -> (&'a StateRow, &'a StateRow) {
    let weight = |row: &'a StateRow| (row.model.len(), &row.model);
    if weight(one) >= weight(other) { (one, other) } else { (other, one) }
}

fn hangs_on(row: &StateRow, left_out: &BTreeSet<Id>) -> bool {
    if left_out.is_empty() {
        return false;
    }
    match row.kind {
        RowKind::EndpointModel => left_out.contains(&row.key),
        RowKind::PairModel => saved::read::<PairRow>(row).is_some_and(|pair| left_out.contains(&pair.endpoint)),
        RowKind::MonitorModel => monitors::endpoint_of(row).is_some_and(|endpoint| left_out.contains(&endpoint)),
        _ => false,
    }
}

/// The earlier of two times, of which zero is none.
fn earlier(one: PacketTime, other: PacketTime) -> PacketTime {
    match (one, other) {
        (PacketTime::ZERO, at) | (at, PacketTime::ZERO) => at,
        (one, other) => one.min(other),
    }
}

fn endpoint(id: Id, row: &StateRow, twin: &StateRow, times: &mut Vec<EndpointTimes>) -> Option<StateRow> {
    let (mine, theirs): (EndpointRow, EndpointRow) = (saved::read(row)?, saved::read(twin)?);
    let peers = match (mine.peers, theirs.peers) {
        (Some(mut mine), Some(theirs)) => {
            mine.merge(&theirs);
            Some(mine)
        }
        (mine, theirs) => mine.or(theirs),
    };
    let both: Vec<_> = [&mine.times, &theirs.times].into_iter().flatten().collect();
    let summed = (!both.is_empty()).then(|| Times::sum(&both));
    times.extend(summed.as_ref().map(|summed| summed.quantiles_of(id)));
    let first_at = earlier(mine.first_at, theirs.first_at);
    let model = EndpointRow { first_at, peers, times: summed.as_ref().map(Times::save) };
    saved::row(RowKind::EndpointModel, id, &model)
}

fn identity(id: Id, row: &StateRow, twin: &StateRow) -> Option<StateRow> {
    let (mut mine, theirs): (IdentityRow, IdentityRow) = (saved::read(row)?, saved::read(twin)?);
    mine.used = mine.used.max(theirs.used);
    mine.model.first_at = earlier(mine.model.first_at, theirs.model.first_at);
    for address in theirs.model.addresses {
        if mine.model.addresses.len() < IDENTITY_ADDRESSES_MAX && !mine.model.addresses.contains(&address) {
            mine.model.addresses.push(address);
        }
    }
    saved::row(RowKind::IdentityModel, id, &mine)
}

fn pair(key: Id, row: &StateRow, twin: &StateRow) -> Option<StateRow> {
    let (mut mine, theirs): (PairRow, PairRow) = (saved::read(row)?, saved::read(twin)?);
    mine.used = mine.used.max(theirs.used);
    mine.model.merge(&theirs.model);
    saved::row(RowKind::PairModel, key, &mine)
}

fn stage(key: Id, row: &StateRow, twin: &StateRow) -> Option<StateRow> {
    if key == saved::common_key() {
        let (mine, theirs): (CommonRow, CommonRow) = (saved::read(row)?, saved::read(twin)?);
        let started_at = earlier(mine.started_at, theirs.started_at);
        let (calls, outside) = (mine.calls.saturating_add(theirs.calls), mine.outside.saturating_add(theirs.outside));
        let mut networks = mine.networks;
        networks.merge(&theirs.networks);
        return saved::row(RowKind::Stage, key, &CommonRow { started_at, last_frame: 0, calls, outside, networks });
    }
    let (mine, theirs) = (owners_of(row)?, owners_of(twin)?);
    let merged = if mine.block >= DISCLOSED { disclosed::merged } else { owners::merged };
    let bytes = Bytes(merged(&mine.bytes.0, &theirs.bytes.0));
    saved::row(RowKind::Stage, key, &OwnersRow { block: mine.block, bytes })
}

/// A block of owners: its key is that of its number.
fn owners_of(row: &StateRow) -> Option<OwnersRow> {
    saved::read::<OwnersRow>(row).filter(|owners| saved::owners_key(owners.block) == row.key)
}
