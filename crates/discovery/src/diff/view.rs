//! What is compared of an endpoint, whatever it was read from.

use std::collections::{BTreeMap, BTreeSet};

use model::endpoint::Quantiles;
use model::{EndpointRecord, Id, PacketTime, ParamPlace};

use crate::openapi;

/// One endpoint. A count that its source does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Its id; documents have none.
    pub id: Option<Id>,
    /// Service.
    pub service: String,
    /// Method.
    pub method: String,
    /// Template as its source writes it.
    pub template: String,
    /// The template with every value as `{}`: what tells endpoints of one method apart.
    pub structure: String,
    /// Endpoints folded into it.
    pub supersedes: Vec<Id>,
    /// Calls.
    pub calls: u64,
    /// Callers.
    pub callers: Option<u64>,
    /// First and last call.
    pub seen: Option<(PacketTime, PacketTime)>,
    /// Successful calls without credentials, and all successful ones.
    pub open: Option<(u64, u64)>,
    /// Calls by status, without those whose answer was not seen.
    pub statuses: BTreeMap<String, Option<u64>>,
    /// Calls by kind of credentials; `none` is not told by documents.
    pub auth: BTreeMap<String, Option<u64>>,
    /// Calls by media type of the request.
    pub request_types: BTreeMap<String, Option<u64>>,
    /// Calls by media type of the response.
    pub response_types: BTreeMap<String, Option<u64>>,
    /// Parameters by place and name.
    pub params: BTreeMap<(ParamPlace, String), Field>,
    /// Time from request to response, nanoseconds.
    pub latency: Option<Quantiles>,
    /// Bytes of responses.
    pub size: Option<Quantiles>,
}

/// One parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// Calls that carried it.
    pub count: Option<u64>,
    /// Whether every successful call did.
    pub required: bool,
    /// Classes of its values, when the source tells them.
    pub classes: Option<BTreeSet<&'static str>>,
    /// JSON types of its values.
    pub types: BTreeSet<String>,
}

impl From<&EndpointRecord> for View {
    fn from(record: &EndpointRecord) -> Self {
        let successes: u64 =
            record.statuses.iter().filter(|(status, _)| (200..400).contains(*status)).map(|(_, n)| n).sum();
        let params = record.params.iter().filter(|param| !param.stray).map(|param| {
            let field = Field {
                count: Some(param.count),
                required: param.required,
                classes: Some(param.classes.keys().map(|class| class.as_str()).collect()),
                types: openapi::json_types(param).into_iter().map(str::to_owned).collect(),
            };
            ((param.place, param.name.clone()), field)
        });
        Self {
            id: Some(record.id),
            service: record.service.clone(),
            method: record.method.clone(),
            template: record.place(),
            structure: openapi::structure(&record.template) + &record.operation,
            supersedes: record.supersedes.clone(),
            calls: record.count,
            callers: Some(record.callers),
            seen: Some((record.first_at, record.last_at)),
            open: Some((record.unauthenticated_successes, successes.max(record.unauthenticated_successes))),
            statuses: record
                .statuses
                .iter()
                .filter(|(status, _)| **status > 0)
                .map(|(status, n)| (status.to_string(), Some(*n)))
                .collect(),
            auth: counted(&record.auth),
            request_types: counted(&record.request_types),
            response_types: counted(&record.response_types),
            params: params.collect(),
            latency: record.latency,
            size: record.size,
        }
    }
}

fn counted(counts: &BTreeMap<String, u64>) -> BTreeMap<String, Option<u64>> {
    counts.iter().filter(|(_, n)| **n > 0).map(|(name, n)| (name.clone(), Some(*n))).collect()
}

impl View {
    /// Whether its source is a document, which tells no counts but that of the calls.
    pub(super) const fn is_described(&self) -> bool {
        self.id.is_none()
    }
}
