//! The same document in the words of OpenAPI 3.0, for tools that do not read 3.1.
//!
//! Schemas differ in what we write: 3.0 has one type each and says null by `nullable` (OAS 3.0.3 §4.7.24), where 3.1 has
//! lists of types. Several types become alternatives, each with what is said of it.
//! 3.0 knows no mutual TLS: such a scheme becomes the field by which proxies tell of the certificate (RFC 9440).

use serde_json::{Map, Value, json};

/// The version written.
pub(super) const VERSION: &str = "3.0.3";

/// Members of a schema that belong to values of one type.
const OF_OBJECTS: [&str; 3] = ["properties", "required", "additionalProperties"];
const OF_ARRAYS: [&str; 1] = ["items"];
const OF_TEXTS: [&str; 4] = ["format", "minLength", "maxLength", "pattern"];
const OF_NUMBERS: [&str; 3] = ["format", "minimum", "maximum"];

/// Turns a document of 3.1 into one of 3.0.
pub(super) fn downgrade(document: &mut Value) {
    visit(document);
    if let Some(document) = document.as_object_mut() {
        document.insert("openapi".into(), json!(VERSION));
    }
}

/// Finds the schemas. As deep as the documents that are written here.
fn visit(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                match (key.as_str(), &mut *inner) {
                    ("schema", _) => schema(inner),
                    ("securitySchemes", Value::Object(named)) => named.values_mut().for_each(scheme),
                    ("schemas", Value::Object(named)) => named.values_mut().for_each(schema),
                    _ => visit(inner),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(visit),
        _ => {}
    }
}

fn scheme(value: &mut Value) {
    if value.get("type").and_then(Value::as_str) == Some("mutualTLS") {
        let text = "A certificate of the client (mutual TLS).";
        *value = json!({ "type": "apiKey", "in": "header", "name": "Client-Cert", "description": text });
    }
}

fn schema(value: &mut Value) {
    let Some(map) = value.as_object_mut() else { return };
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        properties.values_mut().for_each(schema);
    }
    for key in ["items", "additionalProperties", "not"] {
        map.get_mut(key).into_iter().for_each(schema);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        map.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten().for_each(schema);
    }
    map.remove("examples");
    if let Some(only) = map.remove("const") {
        map.insert("enum".into(), json!([only]));
    }
    types(map);
}

/// Types as 3.0 has them.
fn types(map: &mut Map<String, Value>) {
    let named: Vec<String> = match map.get("type") {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(one)) => vec![one.clone()],
        _ => return,
    };
    let nullable = named.iter().any(|kind| kind == "null");
    let named: Vec<String> = named.into_iter().filter(|kind| kind != "null").collect();
    map.remove("type");
    match named.as_slice() {
        // Nothing but null was seen.
        [] => drop(map.insert("enum".into(), json!([null]))),
        [one] => {
            map.insert("type".into(), json!(one));
            if one == "array" {
                map.entry("items").or_insert_with(|| json!({}));
            }
        }
        several => {
            let mut parts: Vec<Value> = several.iter().map(|kind| alternative(kind, map)).collect();
            if nullable && let Some(first) = parts.first_mut().and_then(Value::as_object_mut) {
                first.insert("nullable".into(), json!(true));
            }
            for key in OF_OBJECTS.iter().chain(&OF_ARRAYS).chain(&OF_TEXTS).chain(&OF_NUMBERS) {
                map.remove(*key);
            }
            map.insert("anyOf".into(), Value::Array(parts));
            return;
        }
    }
    if nullable {
        map.insert("nullable".into(), json!(true));
    }
}

/// What a schema says of one of its types.
fn alternative(kind: &str, map: &Map<String, Value>) -> Value {
    let own: &[&str] = match kind {
        "object" => &OF_OBJECTS,
        "array" => &OF_ARRAYS,
        "string" => &OF_TEXTS,
        "integer" | "number" => &OF_NUMBERS,
        _ => &[],
    };
    let mut out = Map::new();
    out.insert("type".into(), json!(kind));
    out.extend(own.iter().filter_map(|key| Some(((*key).to_owned(), map.get(*key)?.clone()))));
    if kind == "array" {
        out.entry("items").or_insert_with(|| json!({}));
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_schema_has_one_type() {
        for (given, expected) in [
            (json!({"type": "string", "format": "uuid"}), json!({"type": "string", "format": "uuid"})),
            (json!({"type": ["null", "string"]}), json!({"type": "string", "nullable": true})),
            (json!({"type": "null"}), json!({"enum": [null], "nullable": true})),
            (json!({"type": "array"}), json!({"type": "array", "items": {}})),
            (
                json!({"type": ["null", "object", "array"], "properties": {"a": {"type": ["integer", "null"]}}, "required": ["a"], "items": {}}),
                json!({"anyOf": [
                    {"type": "object", "properties": {"a": {"type": "integer", "nullable": true}}, "required": ["a"], "nullable": true},
                    {"type": "array", "items": {}},
                ]}),
            ),
            (json!({"properties": {"schema": {"const": 1}}}), json!({"properties": {"schema": {"enum": [1]}}})),
        ] {
            let mut document = json!({"paths": {"/a": {"schema": given}}});
            downgrade(&mut document);
            assert_eq!(document, json!({"openapi": VERSION, "paths": {"/a": {"schema": expected}}}));
        }
    }
}
