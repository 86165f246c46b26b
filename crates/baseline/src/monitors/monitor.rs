//! What a monitor is.

use std::collections::BTreeMap;
use std::time::Duration;

use model::endpoint::EndpointName;
use model::finding::{DetectorInfo, Severity};
use model::flow::ip_of;
use model::identity::IdentityKind;
use model::life::Report;
use model::limits::{MONITOR_COMMONS_MAX, MONITOR_SUBJECTS_MAX};
use model::observation::{Observation, Observed};
use model::operation::Operation;
use model::wording::shown_path;
use model::{CallOut, Id, PacketTime};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::endpoints::{Endpoint, Local};
use crate::models::mix;
use crate::places::Place;
use crate::table;

/// Who changed an object before, beside the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Others {
    /// Nobody that is remembered, or no object is changed.
    #[default]
    Nobody,
    /// One other identity, and only that one.
    One,
    /// Several identities.
    Many,
}

/// One call as monitors see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    /// The observation with its lists in reach.
    pub(crate) seen: Observed<'a>,
    /// Its endpoint; `None` when it named none.
    pub(crate) endpoint: Option<(Local, &'a Endpoint)>,
    /// The operation, for the second and further operations of a batch: its content was told with the first.
    pub(crate) part: Option<&'a Operation>,
    /// Who else changed the object that it changes.
    pub(crate) others: Others,
    /// Whether the object that it reaches stands under what the path says.
    pub(crate) place: Place,
    /// When learning began: packet time of the first call of the state.
    pub(crate) started_at: PacketTime,
    /// Share of the traffic understood so far.
    pub(crate) coverage: f32,
    /// Whether so little of its service is seen right now that rates say nothing.
    pub(crate) obscured: bool,
    /// Whether it comes from own networks, while others call from outside.
    pub(crate) at_work: bool,
}

impl<'a> Call<'a> {
    /// The observation.
    pub(crate) const fn row(&self) -> &'a Observation {
        self.seen.row
    }

    /// Packet time of its end.
    pub(crate) const fn now(&self) -> PacketTime {
        self.seen.row.last_at
    }

    /// The client's network as a subject: an IPv4 address, or the /64 of an IPv6 address (RFC 4291 §2.5.1).
    pub(crate) fn network(&self) -> Id {
        network(&self.seen.row.caller.addr)
    }

    /// Name of its endpoint.
    pub(crate) fn name(&self) -> Option<&'a EndpointName> {
        self.endpoint.map(|(_, endpoint)| &*endpoint.name)
    }

    /// Method and path as they may be shown: the endpoint's, else the normalised path without what may be a value.
    pub(crate) fn words(&self) -> (String, String) {
        match self.name() {
            Some(name) => (name.method.to_string(), name.place()),
            None => (printable(self.seen.method()), shown_path(&printable(self.seen.template()))),
        }
    }

    /// `id` on the endpoint of the call, or on its normalised path when that is none: a path that never was answered with
    /// success can be attacked too.
    pub(crate) fn here(&self, id: Id) -> Key {
        match self.endpoint {
            Some((local, _)) => Key::on(id, local),
            None => Key::of(crate::subject::pair_id(&id, &self.path())),
        }
    }

    /// Stands for service, method and normalised path, whatever the operation.
    pub(crate) fn path(&self) -> Id {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for text in [self.seen.service(), self.seen.method(), self.seen.template()] {
            hash = text.iter().fold(mix(hash), |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        }
        hashed(mix(hash))
    }

    /// Stands for its service.
    pub(crate) fn service(&self) -> Id {
        let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        hashed(mix(self.seen.service().iter().fold(0xcbf2_9ce4_8422_2325, fold)))
    }

    /// How long was learned before this call: since the state's begin, or the endpoint's when that is later.
    pub(crate) fn learned_for(&self) -> Duration {
        let endpoint = self.endpoint.map_or(PacketTime::ZERO, |(_, endpoint)| endpoint.first_at);
        self.now().since(self.started_at.max(endpoint))
    }
}

/// The subject that stands for the network of an address. Made for nearly every call, so no hash that costs: addresses are
/// no secret to whoever sees findings.
pub(crate) fn network(addr: &[u8; 16]) -> Id {
    let whole = u128::from_be_bytes(*addr);
    let kept = if ip_of(addr).is_ipv4() { whole } else { whole >> 64 << 64 };
    hashed(mix((kept >> 64) as u64 ^ mix(kept as u64)))
}

/// An id made of a well-mixed hash.
pub(super) fn hashed(hash: u64) -> Id {
    Id((u128::from(hash) << 64 | u128::from(mix(hash))).to_be_bytes())
}

fn printable(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Whom a model is of: a subject, on one endpoint or on all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// An identity, a network, an account, an endpoint.
    pub(crate) id: Id,
    /// The endpoint; for an endpoint as subject its own.
    pub(crate) endpoint: Option<Local>,
}

impl Key {
    /// On all endpoints.
    pub(crate) const fn of(id: Id) -> Self {
        Self { id, endpoint: None }
    }

    /// On one endpoint.
    pub(crate) const fn on(id: Id, endpoint: Local) -> Self {
        Self { id, endpoint: Some(endpoint) }
    }

    /// An endpoint itself.
    pub(crate) const fn endpoint((local, endpoint): (Local, &Endpoint)) -> Self {
        Self { id: endpoint.id, endpoint: Some(local) }
    }
}

impl table::Key for Key {
    fn hash(&self) -> u64 {
        let endpoint = self.endpoint.map_or(0, |local| u64::from(local.0) + 1);
        mix(self.id.prefix() ^ endpoint.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

/// Which models a call is about.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Concern {
    /// Whom it is judged for.
    pub(crate) subject: Option<Key>,
    /// What everybody's calls like this one teach, in every worker.
    pub(crate) common: Option<Key>,
}

/// What a monitor says of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing.
    Quiet,
    /// It may turn out to be part of a cause: it is remembered, and shown and counted if a finding is opened.
    Note,
    /// It opens a finding of this severity, or belongs to the open one.
    Cause(Severity),
}

/// Something learned.
pub(crate) trait Model: Clone + Default + std::fmt::Debug + Send + Serialize + DeserializeOwned {
    /// Takes all of `other`, which was learned of the same thing under another name. Commutative.
    fn merge(&mut self, other: &Self);

    /// Reads what the next call needs of it and what lies elsewhere in memory, and nothing else; see [`crate::ahead`].
    fn glance(&self) {}

    /// Whether it holds hashes of endpoints.
    const NAMES_ENDPOINTS: bool = false;

    /// Endpoints have new names: `moves` tells the new hash ([`Endpoint::word`]) of an old one.
    fn rename(&mut self, _moves: &BTreeMap<u32, u32>) {}

    /// How often something was left out since last asked, since it was full.
    fn take_cut(&mut self) -> u32 {
        0
    }
}

impl Model for () {
    fn merge(&mut self, (): &Self) {}
}

/// Whom a report is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    /// What the caller's identity was read from, at the latest call of the cause.
    pub(crate) kind: IdentityKind,
    /// Transactions of the cause so far.
    pub(crate) count: u64,
}

/// What a lane keeps at most; see `docs/limits.md`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Subjects, over all key partitions.
    pub(crate) subjects: usize,
    /// Common models.
    pub(crate) commons: usize,
}

/// One detector with its own subjects. It holds nothing itself: memory belongs into the models.
pub(crate) trait Monitor: Send + 'static {
    /// Learned from everybody's calls.
    type Common: Model;
    /// Learned of one subject.
    type Model: Model;

    /// What it is.
    const INFO: DetectorInfo;
    /// What it keeps at most.
    const COST: Cost = Cost { subjects: MONITOR_SUBJECTS_MAX, commons: MONITOR_COMMONS_MAX };
    /// Whether it looks at the second and further operations of a batch too.
    const PARTS: bool = false;
    /// Whether it looks at streams of messages too, which are no calls.
    const STREAMS: bool = false;
    /// Whether each call of a cause is an attack by itself, and is told as such.
    const ATTEMPTS: bool = false;
    /// Up to which severity it is [`Severity::Low`] when people at work did all of it: what is theirs to do looks like it.
    const AT_WORK: Severity = Severity::Info;
    /// Whether what it says rests on how many calls there are: it neither judges nor learns while little of a service is seen.
    const PAUSES: bool = false;
    /// Notes older than this count no longer.
    const MEMORY: Duration = Duration::from_hours(24 * 28);

    /// Which models the call is about; `None` for calls it has nothing to do with. Called for every call: cheap.
    fn concern(call: &Call<'_>) -> Option<Concern>;

    /// Whether a subject without a model yet gets one for this call.
    fn worth(_call: &Call<'_>, _common: Option<&Self::Common>) -> bool {
        true
    }

    /// Judges a call of the subject and learns from it. `common` is as it was before this call. While `open`, what is part
    /// of the cause must not teach what it is judged by.
    fn judge(call: &Call<'_>, common: Option<&Self::Common>, model: &mut Self::Model, open: bool) -> Verdict;

    /// Learns what is common from any call with that concern, after it was judged.
    fn learn(_call: &Call<'_>, _common: &mut Self::Common) {}

    /// A second common model that the call is about: of what is wider than the first, as its service.
    fn around(_call: &Call<'_>) -> Option<Key> {
        None
    }

    /// Judges with that second model too, as it was before this call.
    fn judge_around(
        call: &Call<'_>,
        common: Option<&Self::Common>,
        _around: Option<&Self::Common>,
        model: &mut Self::Model,
        open: bool,
    ) -> Verdict {
        Self::judge(call, common, model, open)
    }

    /// What the second model is told of a call, by the first as it was before this call; `None` for nothing.
    fn weigh(_call: &Call<'_>, _common: &Self::Common) -> Option<bool> {
        None
    }

    /// Takes that into the second model, after the call was judged.
    fn learn_around(_call: &Call<'_>, _weight: bool, _around: &mut Self::Common) {}

    /// Whose finding it bears out that a server did what a payload told it.
    fn borne_out(_call_out: &CallOut) -> Option<Key> {
        None
    }

    /// Takes that into the model of a subject with an open finding.
    fn connected(_call_out: &CallOut, _model: &mut Self::Model) {}

    /// The finding is over.
    fn closed(_model: &mut Self::Model) {}

    /// Texts for the open finding. What they say of others was taken into the model when the call was judged.
    fn report(about: &About, model: &Self::Model) -> Report;
}

#[cfg(test)]
mod tests {
    use model::flow::mapped;

    use super::*;

    #[test]
    fn a_network_is_an_ipv4_address_or_half_an_ipv6_address() {
        let v6 = |last: u8| {
            let mut addr = [0x20; 16];
            addr[15] = last;
            addr
        };
        assert_ne!(network(&mapped([192, 0, 2, 1])), network(&mapped([192, 0, 2, 2])));
        assert_eq!(network(&v6(1)), network(&v6(2)));
        let mut other = v6(1);
        other[7] = 9;
        assert_ne!(network(&v6(1)), network(&other));
    }
}
