//! OpenAPI 3.1 documents, or 3.0 ones, made of inventory records.
//!
//! In: [`EndpointRecord`]s. Out: one JSON document that foreign validators accept, with the same bytes for the same
//! records. It holds names, shapes and counts; no value that was sent. What OpenAPI cannot say (methods it has no name
//! for, catch-alls) is left out and said in `info.description`.

mod body;
mod operation;
mod path;
mod schema;
mod security;
mod v30;

use std::collections::{BTreeMap, BTreeSet};

use model::EndpointRecord;
use model::endpoint::ParamRecord;
use serde_json::{Map, Value, json};

use crate::operations;
use path::Path;

/// Methods that OpenAPI 3.1 has a field for.
pub(crate) const METHODS: [&str; 8] = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"];

/// What a document is to hold.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The only service to export; all of them when `None`, with their servers at each path.
    pub service: Option<String>,
    /// Title; made of the service's name when empty.
    pub title: String,
    /// Version of the document; `0` when empty.
    pub version: String,
    /// Version of OpenAPI.
    pub release: Release,
}

/// Versions of OpenAPI that are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Release {
    /// OpenAPI 3.1.
    #[default]
    V31,
    /// OpenAPI 3.0.
    V30,
}

/// Services in the records, in order: one document for each is [`export`] with [`Options::service`].
pub fn services(endpoints: &[EndpointRecord]) -> Vec<&str> {
    endpoints.iter().map(|e| e.service.as_str()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// A template without the classes of its values, as the paths of documents have it: what is equal here is one path.
pub(crate) fn structure(template: &str) -> String {
    Path::of(template).structure
}

/// The same of a path of a document.
pub(crate) fn structure_of_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((literal, after)) = rest.split_once('{') {
        out.push_str(literal);
        let Some((_, tail)) = after.split_once('}') else { break };
        out.push_str("{}");
        rest = tail;
    }
    out + rest
}

/// The JSON types of a parameter's values, as documents name them.
pub(crate) fn json_types(param: &ParamRecord) -> BTreeSet<&'static str> {
    schema::Shape::of(std::iter::once(param)).types()
}

/// The document of the endpoints that `options` choose.
pub fn export(endpoints: &[EndpointRecord], options: &Options) -> Value {
    let wanted = |e: &&EndpointRecord| options.service.as_ref().is_none_or(|service| *service == e.service);
    // OpenAPI knows one operation for a method and path: what else the content names is listed there.
    let put_together = operations::by_path(endpoints);
    let mut chosen: Vec<_> = put_together.iter().filter(wanted).collect();
    let with_operations: Vec<_> = endpoints.iter().filter(wanted).filter(|e| !e.operation.is_empty()).collect();
    chosen.sort_by(|a, b| {
        (&a.template, &a.method, b.count, &a.service).cmp(&(&b.template, &b.method, a.count, &b.service))
    });
    let expressible = |e: &&EndpointRecord| METHODS.contains(&&*e.method) && !e.template.contains("{other}");
    let (shown, left_out): (Vec<_>, Vec<_>) = chosen.into_iter().partition(expressible);
    let servers: BTreeSet<_> = shown.iter().map(|e| e.service.as_str()).collect();
    let several = servers.len() > 1;

    let mut kinds = BTreeSet::new();
    let mut ids = BTreeSet::new();
    let mut paths = Map::new();
    for (path, operations) in by_path(&shown) {
        let mut item = Map::new();
        let names: BTreeSet<_> = operations.values().flatten().map(|e| e.service.as_str()).collect();
        let all: Vec<_> = operations.values().flatten().copied().collect();
        if !path.names.is_empty() {
            item.insert("parameters".into(), path.parameters(&all));
        }
        if several {
            item.insert("servers".into(), server_list(&names));
        }
        for (method, records) in &operations {
            // Services that share a path share its operation: the one called most describes it.
            let Some(record) = records.iter().max_by_key(|e| e.count) else { continue };
            kinds.extend(record.auth.keys().map(String::as_str));
            let mut operation = operation::of(record, &path, records, &mut ids);
            if several && records.len() < all.len() {
                let own = records.iter().map(|e| e.service.as_str()).collect();
                operation.insert("servers".into(), server_list(&own));
            }
            let here: Vec<_> = with_operations
                .iter()
                .copied()
                .filter(|e| {
                    e.method == *method && records.iter().any(|r| r.service == e.service && r.template == e.template)
                })
                .collect();
            if let Some(listed) = operations::listed(&here) {
                operation.insert("x-apitap-operations".into(), listed);
            }
            item.insert(method.to_ascii_lowercase(), Value::Object(operation));
        }
        paths.insert(path.text, Value::Object(item));
    }

    let mut document = Map::new();
    document.insert("openapi".into(), json!("3.1.0"));
    document.insert("info".into(), info(options, &servers, &left_out));
    if !several && !servers.is_empty() {
        document.insert("servers".into(), server_list(&servers));
    }
    document.insert("paths".into(), Value::Object(paths));
    let schemes = security::schemes(&kinds);
    if !schemes.is_empty() {
        document.insert("components".into(), json!({ "securitySchemes": schemes }));
    }
    let mut document = Value::Object(document);
    if options.release == Release::V30 {
        v30::downgrade(&mut document);
    }
    document
}

/// Records by method, by path. Templates that differ only in the classes of their values are one path.
fn by_path<'a>(shown: &[&'a EndpointRecord]) -> Vec<(Path, BTreeMap<&'a str, Vec<&'a EndpointRecord>>)> {
    let mut groups: BTreeMap<String, BTreeMap<&str, Vec<&EndpointRecord>>> = BTreeMap::new();
    let mut paths: BTreeMap<String, Path> = BTreeMap::new();
    for record in shown {
        let path = Path::of(&record.template);
        groups.entry(path.structure.clone()).or_default().entry(&record.method).or_default().push(record);
        paths.entry(path.structure.clone()).or_insert(path);
    }
    paths.into_values().zip(groups.into_values()).collect()
}

fn server_list(services: &BTreeSet<&str>) -> Value {
    services.iter().map(|service| json!({ "url": format!("http://{}", path::escape(service, ":[]")) })).collect()
}

fn info(options: &Options, services: &BTreeSet<&str>, left_out: &[&EndpointRecord]) -> Value {
    let title = match (options.title.as_str(), services.iter().next()) {
        ("", Some(service)) if services.len() == 1 => (*service).to_owned(),
        ("", _) => "APIs seen in traffic".to_owned(),
        (title, _) => title.to_owned(),
    };
    let version = if options.version.is_empty() { "0" } else { &options.version };
    let mut text = String::from(
        "Made from observed traffic: it holds what was called, and nothing that was not. Types, required fields and \
         responses are those of the calls seen.",
    );
    if !left_out.is_empty() {
        let names: BTreeSet<_> = left_out.iter().map(|e| format!("{} {}", e.method, e.template)).collect();
        let shown: Vec<_> = names.iter().take(LEFT_OUT_SHOWN_MAX).map(String::as_str).collect();
        let more = names.len().saturating_sub(shown.len());
        text.push_str(" Left out, because OpenAPI cannot describe it: ");
        text.push_str(&shown.join(", "));
        if more > 0 {
            text.push_str(" and others");
        }
        text.push('.');
    }
    json!({ "title": title, "version": version, "description": text })
}

/// Endpoints left out that are named.
const LEFT_OUT_SHOWN_MAX: usize = 20;
