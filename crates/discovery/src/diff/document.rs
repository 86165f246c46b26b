//! Views of an OpenAPI document that apitap wrote.
//!
//! It tells names, types and calls of each operation, but not how many calls had a status or parameter, nor latencies. An
//! operation that several services share describes the one called most; the others are not told apart.

use std::collections::{BTreeMap, BTreeSet};

use model::ParamPlace;
use model::limits::{ENDPOINTS_MAX, SPEC_NAME_BYTES_MAX};
use serde_json::Value;

use super::view::{Field, View};
use crate::openapi;

/// Endpoints of a document; `None` when it is not one that apitap wrote: it holds more than an inventory can, too.
pub fn views(document: &Value) -> Option<Vec<View>> {
    document.get("openapi")?.as_str()?;
    let paths = document.get("paths")?.as_object()?;
    let mut out = Vec::new();
    for (path, item) in paths {
        let segments = segments(path);
        for (method, operation) in item.as_object()? {
            if !openapi::METHODS.contains(&&*method.to_ascii_uppercase()) {
                continue;
            }
            let calls = operation.get("x-apitap-calls")?.as_u64()?;
            if out.len() >= ENDPOINTS_MAX {
                return None;
            }
            out.push(view(path, &segments, &method.to_ascii_uppercase(), calls, (item, operation)));
        }
    }
    Some(out)
}

/// Segments of a path by the names of the values in them.
fn segments(path: &str) -> BTreeMap<&str, usize> {
    let mut out = BTreeMap::new();
    for (at, segment) in path.split('/').skip(1).enumerate() {
        let names = segment.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
        names.for_each(|name| _ = out.entry(name).or_insert(at));
    }
    out
}

fn view(
    path: &str,
    segments: &BTreeMap<&str, usize>,
    method: &str,
    calls: u64,
    (item, operation): (&Value, &Value),
) -> View {
    let mut view = View {
        service: operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or_default().to_owned(),
        method: method.to_owned(),
        template: path.to_owned(),
        structure: openapi::structure_of_path(path),
        calls,
        ..View::default()
    };
    for parameter in list(item, "parameters").iter().chain(list(operation, "parameters")) {
        view.params.extend(param(segments, parameter));
    }
    for (media, content) in map(operation.pointer("/requestBody/content")) {
        view.request_types.insert(media.clone(), None);
        let place = if media.contains("form") { ParamPlace::Form } else { ParamPlace::Body };
        fields(content.get("schema").unwrap_or(&Value::Null), place, "", false, &mut view.params);
    }
    for (status, response) in map(operation.get("responses")) {
        if status.bytes().all(|b| b.is_ascii_digit()) {
            view.statuses.insert(status.clone(), None);
        }
        view.response_types.extend(map(response.get("content")).map(|(media, _)| (media.clone(), None)));
    }
    for alternative in list(operation, "security") {
        view.auth.extend(map(Some(alternative)).map(|(kind, _)| (kind.clone(), None)));
    }
    view
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn map(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn param(segments: &BTreeMap<&str, usize>, parameter: &Value) -> Option<((ParamPlace, String), Field)> {
    let name = parameter.get("name")?.as_str()?;
    let place = match parameter.get("in")?.as_str()? {
        "path" => ParamPlace::Path,
        "query" => ParamPlace::Query,
        "header" => ParamPlace::Header,
        "cookie" => ParamPlace::Cookie,
        _ => return None,
    };
    let name = match place {
        ParamPlace::Path => format!("segment-{}", segments.get(name)?),
        _ => name.to_owned(),
    };
    let required = parameter.get("required").and_then(Value::as_bool).unwrap_or(false);
    let types = types(parameter.get("schema").unwrap_or(&Value::Null));
    Some(((place, name), Field { count: None, required, classes: None, types }))
}

fn types(schema: &Value) -> BTreeSet<String> {
    let mut types: BTreeSet<String> = match schema.get("type") {
        Some(Value::String(kind)) => std::iter::once(kind.clone()).collect(),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => list(schema, "anyOf").iter().flat_map(types).collect(),
    };
    if schema.get("nullable").and_then(Value::as_bool) == Some(true) {
        types.insert("null".to_owned());
    }
    types
}

/// Fields of a body's schema, as records name them. As deep as the reader of JSON lets a document be; what stands below
/// longer names than any export has is left out, since each level repeats them.
fn fields(
    schema: &Value,
    place: ParamPlace,
    pointer: &str,
    required: bool,
    out: &mut BTreeMap<(ParamPlace, String), Field>,
) {
    if pointer.len() > SPEC_NAME_BYTES_MAX {
        return;
    }
    if !pointer.is_empty() {
        let name = if place == ParamPlace::Form {
            pointer.strip_prefix('/').unwrap_or(pointer).replace("~1", "/").replace("~0", "~")
        } else {
            pointer.to_owned()
        };
        out.insert((place, name), Field { count: None, required, classes: None, types: types(schema) });
    }
    let must: BTreeSet<&str> = list(schema, "required").iter().filter_map(Value::as_str).collect();
    for (name, inner) in map(schema.get("properties")) {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        fields(inner, place, &format!("{pointer}/{escaped}"), must.contains(name.as_str()), out);
    }
    if let Some(items) = schema.get("items").filter(|items| items.as_object().is_some_and(|map| !map.is_empty())) {
        fields(items, place, &format!("{pointer}/*"), false, out);
    }
    for part in list(schema, "anyOf") {
        fields_of_part(part, place, pointer, out);
    }
}

/// Members of an alternative, which has the pointer of the whole.
fn fields_of_part(part: &Value, place: ParamPlace, pointer: &str, out: &mut BTreeMap<(ParamPlace, String), Field>) {
    let known = out.get(&(place, pointer.to_owned())).cloned();
    fields(part, place, pointer, false, out);
    if let Some(known) = known {
        out.insert((place, pointer.to_owned()), known);
    }
}
