//! The detectors: one file each, and one line in [`ALL`].
//!
//! A detector judges an observation first and is trained with it after, so that nothing vouches for itself. What belongs
//! to an open finding does not train the references. To add one, copy `template.rs`; `docs/detectors/README.md` has the
//! steps.

pub(crate) mod object_enumeration;
#[cfg(test)]
pub(crate) mod template;

pub(crate) use model::finding::DetectorInfo as Info;
use model::finding::Severity;
use model::observation::Observation;
use model::{Id, PacketTime};

use crate::access::Access;
use crate::endpoints::Endpoint;
use crate::subject::PairModel;
use crate::trace::Trace;
use model::life::Report;

/// Every detector. The place in the table is part of the saved state: append only.
pub(crate) static ALL: &[&dyn Detector] = &[&object_enumeration::ObjectEnumeration];

const _: () = assert!(ALL.len() <= 16, "one bit of `PairModel::open` for each");

/// What a detector may look at beside the model of the pair.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    /// The observation.
    pub(crate) row: &'a Observation,
    /// Its endpoint, with the peers as they were before this observation.
    pub(crate) endpoint: &'a Endpoint,
    /// The object it refers to, if it does.
    pub(crate) access: Option<&'a Access>,
    /// First call of the identity, on any endpoint.
    pub(crate) identity_since: PacketTime,
    /// Different clients seen under the identity.
    pub(crate) clients: u32,
    /// When learning began of the state.
    pub(crate) state_since: PacketTime,
    /// When learning began: of the state or of the endpoint, whichever is later.
    pub(crate) learning_since: PacketTime,
    /// Whether it comes from own networks, while others call from outside.
    pub(crate) at_work: bool,
}

/// An observation that belongs to a cause.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cause {
    /// How much it matters as it stands.
    pub(crate) severity: Severity,
    /// Transactions of it before this one.
    pub(crate) before: u64,
    /// First of them.
    pub(crate) first_at: PacketTime,
    /// Chosen by the detector and handed back to [`Detector::opened`].
    pub(crate) tag: u8,
}

/// Judges pairs of identity and endpoint.
pub(crate) trait Detector: Sync {
    /// What it is.
    fn info(&self) -> &'static Info;

    /// Whether the observation opens a finding or, when `open`, belongs to the open one.
    fn judge(&self, seen: &Seen<'_>, pair: &PairModel, open: bool) -> Option<Cause>;

    /// A finding is open from here on.
    fn opened(&self, cause: &Cause, pair: &mut PairModel);

    /// Learns from the observation; when `open`, only what the open finding must remember.
    fn train(&self, seen: &Seen<'_>, pair: &mut PairModel, open: bool);

    /// The finding is over at `now`.
    fn closed(&self, pair: &mut PairModel, now: PacketTime);

    /// Transactions from before the opening that are worth showing.
    fn traces<'a>(&self, pair: &'a PairModel) -> &'a [Trace];

    /// Texts for the open finding about `identity`.
    fn report(&self, identity: &Id, pair: &PairModel, endpoint: &Endpoint) -> Report;
}
