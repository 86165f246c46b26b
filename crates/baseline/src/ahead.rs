//! Looking ahead: what the next steps need is found for all of them before the first is taken.
//!
//! Every call touches a pair, its identity and the owner of an object, which lie anywhere in tables of many megabytes.
//! Found one after the other the processor waits for memory each time; found in a row, with nothing that depends on
//! anything before, it waits for several at once.
//!
//! A cache and nothing more: what is found is checked when it is used, so a step may move or forget what a later one was
//! told of.

use std::hint::black_box;

use model::resolved::{Naming, Step};
use model::{Id, ResolvedEpoch};

use crate::Baseline;
use crate::endpoints::{Endpoint, Local};
use crate::models::mix;
use crate::monitors::Others;
use crate::reference::{self, Reference};
use crate::subject::PairKey;
use crate::table::NONE;

/// Steps looked ahead: few enough that what was found is still in the processor's cache when it is used.
pub(crate) const WINDOW: usize = 64;

/// What one step will need.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ahead {
    /// The object it refers to.
    pub(crate) object: Option<Reference>,
    /// The same as what is under a path: what changes of it are remembered by; 0 for none.
    pub(crate) under: u64,
    /// Who else changed it, of a call that changes it; told at the step itself.
    pub(crate) others: Others,
    /// Probable places of the models of the identity and of the pair.
    pub(crate) identity: u32,
    /// See `identity`.
    pub(crate) pair: u32,
    subject: Option<(Id, Local)>,
}

const NOTHING: Ahead =
    Ahead { object: None, under: 0, others: Others::Nobody, identity: NONE, pair: NONE, subject: None };

impl Baseline {
    /// Fills `ahead` with one item for each of `steps`. One loop for each thing that others are found by.
    pub(crate) fn look_ahead(&self, epoch: &ResolvedEpoch, steps: &[Step], ahead: &mut Vec<Ahead>) {
        steps.iter().filter_map(|step| self.endpoints.get(self.local(step)?)).for_each(Endpoint::glance);
        ahead.clear();
        ahead.extend(steps.iter().map(|step| self.subject(epoch, step).unwrap_or(NOTHING)));
        for ahead in ahead {
            let Some((id, endpoint)) = ahead.subject else { continue };
            let Some(Some(partition)) = self.partitions.get(id.key_partition()) else { continue };
            ahead.identity = partition.identities.look(&id, |identity| {
                black_box(identity.addresses.first());
            });
            if let Some(object) = ahead.object {
                black_box((self.owners.get(object.object), self.writers.get(ahead.under)));
                let key = PairKey { identity: id, endpoint };
                ahead.pair = partition.pairs.look(&key, |pair| {
                    black_box((pair.kind, pair.first_at, pair.objects.last_number()));
                });
            }
        }
    }

    fn local(&self, step: &Step) -> Option<Local> {
        let Step::Seen { naming: Naming::Endpoint(index), .. } = *step else { return None };
        self.endpoints.local(index)
    }

    fn subject(&self, epoch: &ResolvedEpoch, step: &Step) -> Option<Ahead> {
        let Step::Seen { batch, row, .. } = *step else { return None };
        let (local, seen) = (self.local(step)?, epoch.observed(batch, row)?);
        let endpoint = self.endpoints.get(local)?;
        endpoint.glance_times(seen.row);
        // Names stay what they are within an epoch, so this is the object that it would be at the step itself.
        let object = reference::reference(&endpoint.name, &seen);
        let under = object.filter(|_| endpoint.stem != 0).map_or(0, |object| mix(endpoint.stem ^ mix(object.object)));
        let object = object.map(|object| object.on(endpoint.path));
        Some(Ahead { object, under, subject: Some((seen.row.identity.id, local)), ..NOTHING })
    }
}
