//! Detectors of the discovery workers: what an endpoint, or a client, does for the first time.
//!
//! In: each call with what its endpoint and service were known for before it. Out: findings. A detector of endpoints is
//! one file and one line in [`ALL`]; what it remembers of an endpoint is a part of [`Memory`] and saved in the endpoint's
//! row. [`scan`] watches clients instead, from what names no endpoint. Judged first, trained after; a call that belongs to
//! a cause trains nothing, so that an alarm does not become the rule.

pub(crate) mod described;
pub(crate) mod findings;
pub(crate) mod internal_exposed;
pub(crate) mod new_endpoint;
pub(crate) mod old_version;
pub(crate) mod product_exposed;
pub(crate) mod saved;
pub(crate) mod scan;
pub(crate) mod secret_in_url;
pub(crate) mod sensitive;
pub(crate) mod service;
pub(crate) mod unauthenticated_success;
pub(crate) mod watch;

pub(crate) use model::finding::DetectorInfo as Info;
use model::finding::{Fact, Finding, Severity};
pub(crate) use model::life::Report;
use model::{EndpointName, Observed, PacketTime};
use serde::{Deserialize, Serialize};

use crate::Options;
use crate::about::product::Product;
use crate::catalog::{Facts, Newer};
use service::Service;
pub(crate) use watch::{Known, Watch};

/// Every detector of endpoints. The place in the table is part of the saved state: append only.
pub(crate) static ALL: &[&dyn Detector] = &[
    &unauthenticated_success::UnauthenticatedSuccess,
    &new_endpoint::NewEndpoint,
    &secret_in_url::SecretInUrl,
    &internal_exposed::InternalExposed,
    &product_exposed::ProductExposed,
    &old_version::OldVersion,
];

/// Place of [`scan`], which is none of endpoints.
pub(crate) const SCAN: u8 = u8::MAX;

/// A call of an endpoint, with what was known before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    /// The observation.
    pub(crate) seen: Observed<'a>,
    /// What the endpoint is called.
    pub(crate) name: &'a EndpointName,
    /// Its counts.
    pub(crate) facts: &'a Facts,
    /// Its service.
    pub(crate) service: &'a Service,
    /// What the configuration says.
    pub(crate) options: &'a Options,
    /// The secret in its query, if there is one.
    pub(crate) secret: Option<secret_in_url::Secret>,
    /// The packaged product that a caller from outside reached with success.
    pub(crate) product: Option<&'static Product>,
    /// Newer versions of the endpoint.
    pub(crate) newer: Option<&'a Newer>,
}

impl Call<'_> {
    /// Whether both messages were seen whole and the answer is 2xx, and does not tell of failure in its content: nothing it lacks may have been lost on the way to us.
    pub(crate) fn is_whole_success(&self) -> bool {
        let row = self.seen.row;
        let success = (200..300).contains(&row.status) && !row.failed;
        success && row.request.complete && row.response.complete && row.missing == 0
    }
}

/// An observation that belongs to a cause.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cause {
    /// How much it matters.
    pub(crate) severity: Severity,
    /// Transactions of it before this one.
    pub(crate) before: u64,
    /// First of them; [`PacketTime::ZERO`] when it is this one.
    pub(crate) first_at: PacketTime,
}

/// Judges calls of endpoints.
pub(crate) trait Detector: Sync {
    /// What it is.
    fn info(&self) -> &'static Info;

    /// Whether the call belongs to a cause.
    fn judge(&self, call: &Call<'_>, memory: &Memory) -> Option<Cause>;

    /// Learns from the call; `told` when it belongs to a cause.
    fn train(&self, call: &Call<'_>, memory: &mut Memory, told: bool);

    /// Texts for the open finding.
    fn report(&self, facts: &Facts, memory: &Memory, finding: &Finding) -> Report;
}

/// What the detectors remember of one endpoint. It merges, since endpoints are folded while they are learned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Memory {
    #[serde(default)]
    pub(crate) credentials: unauthenticated_success::Rule,
    #[serde(default)]
    pub(crate) fresh: Option<new_endpoint::Fresh>,
    #[serde(default)]
    pub(crate) secrets: secret_in_url::Secrets,
    #[serde(default)]
    pub(crate) zones: internal_exposed::Zones,
    #[serde(default)]
    pub(crate) returned: sensitive::Returned,
    #[serde(default)]
    pub(crate) standing: described::Standing,
    #[serde(default)]
    pub(crate) exposed: product_exposed::Exposed,
    #[serde(default)]
    pub(crate) zombie: old_version::Zombie,
}

impl Memory {
    /// Takes over what was remembered of an endpoint that is called as this one from now on.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.credentials.merge(&other.credentials);
        self.secrets.merge(&other.secrets);
        self.zones.merge(&other.zones);
        self.returned.merge(&other.returned);
        // It is looked up anew under the name it has now.
        self.standing = described::Standing::default();
        self.exposed.merge(&other.exposed);
        self.zombie.merge(&other.zombie);
        // What is made of older names is no news.
        self.fresh = None;
    }
}

/// A statement of a finding.
pub(crate) fn fact(name: &'static str, value: u64, text: String) -> Fact {
    #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    Fact { name: name.into(), value: value as f64, text }
}

/// How sure `n` calls without an exception make a rule: Laplace's rule of succession, in steps of a hundredth.
pub(crate) fn support(n: u64) -> f32 {
    let n = u16::try_from(n.min(10_000)).unwrap_or(10_000);
    let percent = u32::from(n) * 95 / (u32::from(n) + 2);
    f32::from(u8::try_from(percent).unwrap_or(95)) / 100.0
}

/// The earlier of two times, of which zero means "never".
pub(crate) fn earlier(a: PacketTime, b: PacketTime) -> PacketTime {
    if a == PacketTime::ZERO || (b != PacketTime::ZERO && b < a) { b } else { a }
}
