//! One operation: parameters, body, responses, and what is known of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use model::{EndpointRecord, ParamPlace};
use serde_json::{Map, Value, json};

use super::path::Path;
use super::schema::{Shape, counted};
use super::{body, security};

/// Header fields that OpenAPI describes elsewhere and ignores as parameters (OAS 3.1 §4.8.12.1).
const DESCRIBED_ELSEWHERE: [&str; 3] = ["accept", "content-type", "authorization"];

/// The operation of `record`; `all` are the records of every service that shares it.
pub(super) fn of(
    record: &EndpointRecord,
    path: &Path,
    all: &[&EndpointRecord],
    ids: &mut BTreeSet<String>,
) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("operationId".into(), json!(id(&record.method, &path.text, ids)));
    out.insert("tags".into(), json!([record.service]));
    out.insert("description".into(), json!(describe(record, all)));
    let parameters = parameters(record);
    if !parameters.is_empty() {
        out.insert("parameters".into(), Value::Array(parameters));
    }
    if let Some(body) = body::of(record) {
        out.insert("requestBody".into(), body);
    }
    out.insert("responses".into(), Value::Object(responses(record)));
    let security = security::of(record);
    if security.as_array().is_some_and(|list| !list.is_empty()) {
        out.insert("security".into(), security);
    }
    retirement(record, &mut out);
    if let Some(messages) = &record.messages {
        out.insert("x-apitap-messages".into(), body::of_messages(messages));
    }
    out.insert("x-apitap-calls".into(), json!(record.count));
    out.insert("x-apitap-confidence".into(), json!((f64::from(record.confidence) * 100.0).round() / 100.0));
    out.insert("x-apitap-first-seen".into(), json!(record.first_at.to_string()));
    out.insert("x-apitap-last-seen".into(), json!(record.last_at.to_string()));
    out
}

/// What the server says about its end, and whether there is a newer version.
fn retirement(record: &EndpointRecord, out: &mut Map<String, Value>) {
    if let Some(said) = &record.retirement {
        // A sunset is the end of what is deprecated by then (RFC 9745 §4).
        out.insert("deprecated".into(), json!(true));
        if let Some(sunset) = said.sunset {
            out.insert("x-apitap-sunset".into(), json!(sunset.to_string()));
        }
    }
    if let Some(version) = record.version.as_ref().filter(|version| version.is_old()) {
        out.insert("x-apitap-newest-version".into(), json!(version.newest));
    }
}

/// `getOrdersOrderId`: the method and the words of the path, made unique.
fn id(method: &str, path: &str, ids: &mut BTreeSet<String>) -> String {
    let mut base = method.to_ascii_lowercase();
    for word in path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let mut letters = word.chars();
        base.extend(letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters));
    }
    let numbered = (2_usize..).map(|n| format!("{base}_{n}"));
    let free = std::iter::once(base.clone()).chain(numbered).find(|id| !ids.contains(id)).unwrap_or_default();
    ids.insert(free.clone());
    free
}

fn describe(record: &EndpointRecord, all: &[&EndpointRecord]) -> String {
    let mut text = format!(
        "Seen in {} by {}. The path is {:.0} % sure",
        counted(record.count, "call"),
        counted(record.callers, "caller"),
        record.confidence * 100.0
    );
    if !record.evidence.is_empty() {
        text.push_str(": ");
        text.push_str(&record.evidence.join("; "));
    }
    text.push('.');
    if record.unauthenticated_successes > 0 {
        let _infallible =
            write!(text, " {} without credentials succeeded.", counted(record.unauthenticated_successes, "call"));
    }
    if let Some(grpc) = &record.grpc {
        let kind = grpc.kind.map_or("unknown", model::RpcKind::as_str).replace('_', " ");
        let _infallible = write!(text, " A method of gRPC ({kind}); statuses are those that its codes stand for.");
    }
    let stray = record.params.iter().filter(|param| param.stray).count() as u64;
    if stray > 0 {
        let sent = counted(stray, "parameter");
        let _infallible =
            write!(text, " Left out: {sent}, each sent by less than 1 % of the calls and one or two callers.");
    }
    let others: Vec<_> = all.iter().map(|e| e.service.as_str()).filter(|service| *service != record.service).collect();
    if !others.is_empty() {
        let _infallible = write!(text, " Also served by {}.", others.join(", "));
    }
    text
}

fn parameters(record: &EndpointRecord) -> Vec<Value> {
    let mut sorted = BTreeMap::new();
    for param in record.params.iter().filter(|param| !param.stray) {
        let place = match param.place {
            ParamPlace::Query => "query",
            ParamPlace::Header if !DESCRIBED_ELSEWHERE.contains(&&*param.name.to_ascii_lowercase()) => "header",
            ParamPlace::Cookie => "cookie",
            _ => continue,
        };
        let shape = Shape::of(std::iter::once(param));
        let value = json!({
            "name": param.name,
            "in": place,
            "required": param.required,
            "description": shape.describe(),
            "schema": shape.schema(),
        });
        sorted.entry((place, param.name.as_str())).or_insert(value);
    }
    sorted.into_values().collect()
}

/// Media types are known for the endpoint: they are said of the answers that have content. Fields are known by status.
fn responses(record: &EndpointRecord) -> Map<String, Value> {
    let media = record.response_types.keys().filter(|media| body::is_media_type(media));
    let content: Map<_, _> = media.map(|media| (media.clone(), json!({}))).collect();
    let mut out = Map::new();
    for (status, count) in record.statuses.iter().filter(|(status, _)| (100..600).contains(*status)) {
        let mut response = Map::new();
        response.insert("description".into(), json!(format!("Seen in {}.", counted(*count, "call"))));
        let read = record.responses.iter().find(|read| read.status == *status);
        let schema = read.and_then(body::of_response);
        let mut content = if (200..300).contains(status) { content.clone() } else { Map::new() };
        if let (Some(read), Some(schema)) = (read, schema)
            && body::is_media_type(&read.media_type)
        {
            content.insert(read.media_type.clone(), json!({ "schema": schema }));
        }
        if !matches!(status, 204 | 205) && !content.is_empty() {
            response.insert("content".into(), Value::Object(content));
        }
        out.insert(status.to_string(), Value::Object(response));
    }
    if out.is_empty() {
        out.insert("default".into(), json!({ "description": "No answer was seen." }));
    }
    out
}
