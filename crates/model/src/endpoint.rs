//! Endpoints: names given by the router, and the record the inventory keeps of each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::data::{DataClass, DataName, OwnClass};
use crate::finding::Severity;
use crate::id::Id;
use crate::observation::{ParamPlace, ValueClass};
use crate::rpc::GrpcRecord;
use crate::stream::StreamKind;
use crate::time::PacketTime;
use crate::zone::Zone;

/// Number of an endpoint inside one process, given by the router in order of first sight. Not stable over runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointIndex(pub u32);

impl EndpointIndex {
    /// Stands for no endpoint: the router gives it to none.
    pub const NONE: Self = Self(u32::MAX);
}

/// What an endpoint is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointName {
    /// Hash of service, method, template and, when there is one, operation.
    pub id: Id,
    /// Hash of the service alone: its owner among the discovery workers.
    pub service_id: Id,
    /// Service: authority, or address and port. Printable.
    pub service: Box<str>,
    /// Method. Printable.
    pub method: Box<str>,
    /// Path template, `{class}` for values. Printable.
    pub template: Box<str>,
    /// Operation, where the content names one: `query GetUser`. Printable; empty for most.
    pub operation: Box<str>,
    /// Positions (from 0) of the segments that are values.
    pub variables: Box<[u16]>,
    /// How sure the template is, in percent; 0 when nobody said.
    pub confidence: u8,
    /// Why, in words: `3 distinct values`, `machine-made segments`.
    pub evidence: Box<[Box<str>]>,
}

impl EndpointName {
    /// The name of an operation on a path, with its id; an empty operation is the path's own.
    pub fn of_operation(service: &str, method: &str, template: &str, operation: &str) -> Self {
        let plain = Self::new(service, method, template);
        if operation.is_empty() {
            return plain;
        }
        let parts = [service, method, template, operation].map(str::as_bytes);
        Self { id: Id::of("endpoint", &parts), operation: operation.into(), ..plain }
    }

    /// In words: `POST api.example/graphql · query GetUser`.
    pub fn words(&self) -> String {
        format!("{} {}{}", self.method, self.service, self.place())
    }

    /// The path with the operation on it: `/graphql · query GetUser`.
    pub fn place(&self) -> String {
        place(&self.template, &self.operation)
    }

    /// Method, service and path of an operation, as a proxy knows it: `POST api.example/graphql`. Empty where no content
    /// names an operation: the name itself says it there.
    pub fn route(&self) -> String {
        if self.operation.is_empty() {
            return String::new();
        }
        format!("{} {}{}", self.method, self.service, self.template)
    }

    /// The name with its id.
    pub fn new(service: &str, method: &str, template: &str) -> Self {
        let variables = template
            .split('/')
            .skip(1)
            .enumerate()
            // Behind a value that spans segments nothing has a position of its own.
            .take_while(|(_, segment)| !segment.ends_with("+}"))
            .filter(|(_, segment)| segment.contains('{'))
            .map(|(at, _)| at as u16)
            .collect();
        Self {
            id: Id::of("endpoint", &[service.as_bytes(), method.as_bytes(), template.as_bytes()]),
            service_id: service_id(service),
            service: service.into(),
            method: method.into(),
            template: template.into(),
            operation: Box::default(),
            variables,
            confidence: 0,
            evidence: Box::default(),
        }
    }
}

/// What stands between path and operation.
const BEFORE_OPERATION: &str = " \u{b7} ";

fn place(template: &str, operation: &str) -> String {
    let dot = if operation.is_empty() { "" } else { BEFORE_OPERATION };
    format!("{template}{dot}{operation}")
}

/// The id of a service.
pub fn service_id(service: &str) -> Id {
    Id::of("service", &[service.as_bytes()])
}

/// What the inventory knows of one endpoint. Written as record kind `endpoint` and as a row of the state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EndpointRecord {
    /// Hash of service, method, template and operation.
    pub id: Id,
    /// Service.
    pub service: String,
    /// Method.
    pub method: String,
    /// Path template.
    pub template: String,
    /// Operation, where the content names one (GraphQL, JSON-RPC, MCP, SOAP): `query GetUser`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub operation: String,
    /// How sure the template is, 0–1.
    pub confidence: f32,
    /// Why, in words: `3 distinct values`, `machine-made segments`.
    pub evidence: Vec<String>,
    /// First successful or admitted call.
    #[serde(rename = "first_seen")]
    pub first_at: PacketTime,
    /// Last call.
    #[serde(rename = "last_seen")]
    pub last_at: PacketTime,
    /// Calls.
    pub count: u64,
    /// Calls by status; 0 stands for "no answer seen".
    pub statuses: BTreeMap<u16, u64>,
    /// Calls by kind of credentials, `none` among them; a call with two kinds counts under both.
    pub auth: BTreeMap<String, u64>,
    /// Successful calls without credentials.
    pub unauthenticated_successes: u64,
    /// Distinct identities that called (exact up to 64, then an estimate).
    pub callers: u64,
    /// Bytes of requests' content.
    pub request_bytes: u64,
    /// Bytes of responses' content.
    pub response_bytes: u64,
    /// Media types of requests.
    pub request_types: BTreeMap<String, u64>,
    /// Media types of responses.
    pub response_types: BTreeMap<String, u64>,
    /// Parameters.
    pub params: Vec<ParamRecord>,
    /// Calls by name of anomaly.
    pub anomalies: BTreeMap<String, u64>,
    /// Ids of endpoints folded into this one.
    pub supersedes: Vec<Id>,
    /// Time from request to response, nanoseconds; joined from the endpoint's model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Quantiles>,
    /// Bytes of the response's content; joined from the endpoint's model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Quantiles>,
    /// Answers by status and media type, of those that were read in full: a sample.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub responses: Vec<ResponseRecord>,
    /// What its parameters and answers are about.
    #[serde(default)]
    pub data: DataRecord,
    /// What API descriptions say of it; none when there are none, or none is about its service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<DescriptionRecord>,
    /// Calls by zone of the caller.
    #[serde(default)]
    pub zones: BTreeMap<Zone, u64>,
    /// Calls by family of the client software.
    #[serde(default)]
    pub clients: BTreeMap<String, u64>,
    /// Calls by hour of the week: 0 is Monday 00:00–01:00 UTC.
    #[serde(default)]
    pub hours: BTreeMap<u8, u64>,
    /// The call that ended its last long silence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned_at: Option<PacketTime>,
    /// The packaged product it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductRecord>,
    /// Its version among others of the same endpoint; none when there is one version only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionRecord>,
    /// What its server says about its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retirement: Option<RetirementRecord>,
    /// Messages of the streams that it opens; none for most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<MessagesRecord>,
    /// Of a method of gRPC: how it streams, its codes and messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grpc: Option<GrpcRecord>,
}

/// Messages of the streams that an endpoint opens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MessagesRecord {
    /// What kind of stream it is.
    pub kind: StreamKind,
    /// What clients sent.
    pub sent: DirectionRecord,
    /// What the server sent.
    pub received: DirectionRecord,
}

/// Messages of one direction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DirectionRecord {
    /// Messages that ended.
    pub messages: u64,
    /// Of these, messages of text.
    pub text: u64,
    /// Messages whose content is not known.
    pub unread: u64,
    /// Control frames; of events, comments.
    pub control: u64,
    /// Bytes of content as sent.
    pub bytes: u64,
    /// Bytes of content after inflating.
    pub content_bytes: u64,
    /// Content bytes of the largest message.
    pub largest: u64,
    /// Messages in JSON that were read: of clients all, of servers a sample.
    #[serde(default)]
    pub read: u64,
    /// Their fields, by pointer. Those of events stand in the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldRecord>,
}

/// A version of an endpoint beside others that differ in nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRecord {
    /// Its version, as the path has it.
    pub name: String,
    /// The newest version that was called with success.
    pub newest: String,
    /// The endpoint of that version.
    pub newest_id: Id,
}

impl VersionRecord {
    /// Whether there is a newer one.
    pub fn is_old(&self) -> bool {
        self.name != self.newest
    }
}

/// What a server says about the end of an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetirementRecord {
    /// Whether it is deprecated, or will be (RFC 9745).
    pub deprecated: bool,
    /// Since when; none when no date was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<PacketTime>,
    /// When it will be gone (RFC 8594).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sunset: Option<PacketTime>,
}

/// An endpoint held against API descriptions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DescriptionRecord {
    /// The document.
    pub document: String,
    /// Line of the operation; where it has none, of the document's paths.
    pub line: u32,
    /// Path of the operation as described; none for a shadow, which no document has.
    #[serde(default)]
    pub path: Option<String>,
    /// Whether it is said to go away.
    #[serde(default)]
    pub deprecated: bool,
    /// Differences, each with its line and counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<String>,
}

/// A packaged product: whoever runs it cannot change its code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductRecord {
    /// Name.
    pub name: String,
    /// Version, when an answer told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether it operates systems or holds data, so that no stranger should reach it.
    pub administrative: bool,
    /// Signs: those of the endpoint first, then those of its service.
    pub evidence: Vec<String>,
}

impl EndpointRecord {
    /// In words: `POST api.example/graphql · query GetUser`.
    pub fn words(&self) -> String {
        format!("{} {}{}", self.method, self.service, self.place())
    }

    /// The path with the operation on it: `/graphql · query GetUser`.
    pub fn place(&self) -> String {
        place(&self.template, &self.operation)
    }
}

/// Answers of one status.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ResponseRecord {
    /// Status.
    pub status: u16,
    /// Media type of the first one.
    pub media_type: String,
    /// Answers read.
    pub count: u64,
    /// Of these, answers that held more than is kept of one: what is not among their fields may still have been there.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cut: u64,
    /// Fields of their JSON, by pointer.
    pub fields: Vec<FieldRecord>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde asks for")]
const fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// One field of answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldRecord {
    /// JSON pointer of keys, `*` for any element of an array.
    pub pointer: String,
    /// Answers that had it.
    pub count: u64,
    /// Whether all of them had it.
    pub always: bool,
    /// Whether it was null in some.
    pub nullable: bool,
    /// Answers by shape of its values, null left out.
    pub classes: BTreeMap<ValueClass, u64>,
    /// What its values are about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataName>,
}

/// Data classes with the calls that showed them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataRecord {
    /// In requests.
    #[serde(rename = "in", default)]
    pub received: BTreeMap<DataName, u64>,
    /// In answers, of those read in full.
    #[serde(rename = "out", default)]
    pub returned: BTreeMap<DataName, u64>,
    /// Of these, in successful answers to calls without credentials.
    #[serde(default)]
    pub unauthenticated: BTreeMap<DataName, u64>,
    /// Classes among them that the configuration of the run defines, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<OwnClass>,
}

impl DataRecord {
    /// The short word of a class of this record.
    pub fn word<'a>(&'a self, class: &'a DataName) -> &'a str {
        match class {
            DataName::Known(class) => class.word(),
            DataName::Own(name) => self.own(name).map_or(name, |own| &own.category),
        }
    }

    /// Whether strangers who read a class of this record do harm at once.
    pub fn is_grave(&self, class: &DataName) -> bool {
        match class {
            DataName::Known(class) => DataClass::is_grave(*class),
            DataName::Own(name) => self.own(name).is_some_and(|own| own.severity > Severity::Low),
        }
    }

    fn own(&self, name: &str) -> Option<&OwnClass> {
        self.own.iter().find(|own| &*own.name == name)
    }
}

/// What is known of one parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ParamRecord {
    /// Name; for path parameters the position, as `segment-2`.
    pub name: String,
    /// Where.
    #[serde(rename = "in")]
    pub place: ParamPlace,
    /// Calls that carried it.
    pub count: u64,
    /// Whether every successful call carried it.
    pub required: bool,
    /// Calls by shape of its value.
    pub classes: BTreeMap<ValueClass, u64>,
    /// Smallest and largest number seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(u64, u64)>,
    /// Whether it says more of a caller than of the API: sent by less than one call in a hundred, and by two callers at
    /// most.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stray: bool,
    /// What its values are about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataName>,
}

/// Quantiles of a histogram; each is at most 10 % above the true value (one significant digit).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantiles {
    /// Values counted.
    pub count: u64,
    /// Median.
    pub p50: u64,
    /// 90th percentile.
    pub p90: u64,
    /// 99th percentile.
    pub p99: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_knows_which_segments_are_values() {
        let name = EndpointName::new("api.example", "GET", "/v1/orders/{int}/items/{uuid}.json");
        assert_eq!(&*name.variables, &[2, 4]);
        let spanning = EndpointName::new("api.example", "GET", "/{str}/files/{path+}/versions/{int}");
        assert_eq!(&*spanning.variables, &[0]);
        assert_ne!(name.id, EndpointName::new("api.example", "PUT", &name.template).id);
    }
}
