//! What a list of endpoints shows of each, read without the rest: most of a record is parameters and fields of answers.

use std::collections::BTreeMap;

use model::endpoint::{DataRecord, DescriptionRecord, EndpointRecord, ProductRecord};
use model::{Id, PacketTime, Zone};
use serde::Deserialize;

/// How much is read of each endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// All that is known.
    #[default]
    Whole,
    /// A state is read without evidence, sums of bytes, media types, parameters, answers, anomalies, clients and hours:
    /// they are empty. Of a findings file all is read.
    Brief,
}

/// The fields of [`EndpointRecord`] that are read.
#[derive(Deserialize)]
pub(crate) struct Brief {
    id: Id,
    service: String,
    method: String,
    template: String,
    #[serde(default)]
    operation: String,
    confidence: f32,
    first_seen: PacketTime,
    last_seen: PacketTime,
    count: u64,
    statuses: BTreeMap<u16, u64>,
    auth: BTreeMap<String, u64>,
    unauthenticated_successes: u64,
    callers: u64,
    #[serde(default)]
    data: DataRecord,
    #[serde(default)]
    description: Option<DescriptionRecord>,
    #[serde(default)]
    zones: BTreeMap<Zone, u64>,
    #[serde(default)]
    returned_at: Option<PacketTime>,
    #[serde(default)]
    product: Option<ProductRecord>,
}

impl From<Brief> for EndpointRecord {
    fn from(brief: Brief) -> Self {
        Self {
            id: brief.id,
            service: brief.service,
            method: brief.method,
            template: brief.template,
            operation: brief.operation,
            confidence: brief.confidence,
            first_at: brief.first_seen,
            last_at: brief.last_seen,
            count: brief.count,
            statuses: brief.statuses,
            auth: brief.auth,
            unauthenticated_successes: brief.unauthenticated_successes,
            callers: brief.callers,
            data: brief.data,
            description: brief.description,
            zones: brief.zones,
            returned_at: brief.returned_at,
            product: brief.product,
            ..Self::default()
        }
    }
}
