//! Authentication seen, as security schemes.

use std::collections::BTreeSet;

use model::EndpointRecord;
use serde_json::{Map, Value, json};

/// Calls without credentials.
const NONE: &str = "none";

/// The schemes of the kinds of credentials seen. Names of fields, parameters and cookies are not kept by apitap; where
/// OpenAPI asks for one it is the usual one, and the description says so.
pub(super) fn schemes(kinds: &BTreeSet<&str>) -> Map<String, Value> {
    kinds.iter().filter_map(|kind| Some(((*kind).to_owned(), scheme(kind)?))).collect()
}

fn scheme(kind: &str) -> Option<Value> {
    const ASSUMED: &str = "The name is the usual one, not the one seen.";
    let http = |scheme: &str| json!({ "type": "http", "scheme": scheme });
    let key = |place: &str, name: &str, text: &str| json!({ "type": "apiKey", "in": place, "name": name, "description": text });
    Some(match kind {
        "bearer_jwt" => json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" }),
        "bearer" => http("bearer"),
        "basic" => http("basic"),
        "digest" => http("digest"),
        "signature" => key("header", "Authorization", "A signature over the request."),
        "other_scheme" => key("header", "Authorization", "A scheme of its own."),
        "api_key_header" => key("header", "X-API-Key", ASSUMED),
        "api_key_query" => key("query", "api_key", ASSUMED),
        "client_certificate" => json!({ "type": "mutualTLS" }),
        "cookie" => key("cookie", "session", ASSUMED),
        _ => return None,
    })
}

/// What calls of an endpoint carried: each kind is an alternative; none is one when such calls succeeded.
pub(super) fn of(record: &EndpointRecord) -> Value {
    let kinds = record.auth.keys().filter(|kind| *kind != NONE && scheme(kind).is_some());
    let mut alternatives: Vec<_> = kinds.map(|kind| json!({ kind.as_str(): [] })).collect();
    if record.unauthenticated_successes > 0 && !alternatives.is_empty() {
        alternatives.push(json!({}));
    }
    Value::Array(alternatives)
}
