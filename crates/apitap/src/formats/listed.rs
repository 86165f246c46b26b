//! Inventories that were written as JSON or JSON Lines (`inventory list --format`), read back.
//!
//! In: the text of a file. Out: the records it holds. Beside the stored form of a record only times are written otherwise, as
//! RFC 3339; what a later version adds is passed over.

use model::{EndpointRecord, PacketTime};
use serde_json::{Deserializer, Value};

/// Members of an endpoint that are written as times.
const TIMES: [&str; 3] = ["first_seen", "last_seen", "returned_at"];
/// Members that tell a line of an inventory from other JSON.
const OF_ENDPOINT: [&str; 4] = ["service", "method", "template", "count"];

/// The endpoints of an inventory; `None` when the text is none, and why when it is one that cannot be read.
pub(crate) fn endpoints(text: &str) -> Option<Result<Vec<EndpointRecord>, String>> {
    let mut values = Deserializer::from_str(text).into_iter::<Value>();
    let first = values.next()?.ok()?;
    if first.get("schema").and_then(Value::as_str) == Some("apitap-endpoints") {
        let rows = first.get("endpoints").and_then(Value::as_array)?;
        return Some(rows.iter().cloned().map(endpoint).collect());
    }
    if !OF_ENDPOINT.iter().all(|name| first.get(name).is_some()) {
        return None;
    }
    let rest = values.map(|value| value.map_err(|error| error.to_string()).and_then(endpoint));
    Some(std::iter::once(endpoint(first)).chain(rest).collect())
}

fn endpoint(mut value: Value) -> Result<EndpointRecord, String> {
    for name in TIMES {
        let Some(told) = value.get_mut(name) else { continue };
        if let Some(text) = told.as_str() {
            let at = PacketTime::from_rfc3339(text.as_bytes()).ok_or_else(|| format!("\"{name}\" is no time"))?;
            *told = Value::from(at.nanos());
        }
    }
    serde_json::from_value(value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::Id;

    use super::*;
    use crate::formats::json;

    fn records() -> Vec<EndpointRecord> {
        let at = PacketTime::from_parts(1_772_440_863, 250_000_000);
        let record = |template: &str| EndpointRecord {
            id: Id::of("endpoint", &[template.as_bytes()]),
            service: "api.example".into(),
            method: "GET".into(),
            template: template.into(),
            count: 7,
            first_at: at,
            last_at: at.plus(Duration::from_hours(1)),
            returned_at: Some(at),
            statuses: [(200, 6), (404, 1)].into(),
            confidence: 0.9,
            ..EndpointRecord::default()
        };
        vec![record("/v1/orders/{int}"), record("/v1/\u{fc}")]
    }

    #[test]
    fn what_was_written_is_read_again() {
        let rows: Vec<Value> = records().iter().map(json::endpoint).collect();
        let lines: String = rows.iter().map(json::line).collect();
        assert_eq!(endpoints(&lines), Some(Ok(records())));
        let document = serde_json::json!({ "schema": "apitap-endpoints", "version": 1, "endpoints": rows });
        assert_eq!(endpoints(&json::pretty(&document)), Some(Ok(records())));
    }

    #[test]
    fn other_json_is_no_inventory_and_a_damaged_one_says_why() {
        for text in ["", "{", "[]", "{\"openapi\":\"3.1.0\"}", "{\"schema\":\"apitap-findings\",\"findings\":[]}"] {
            assert_eq!(endpoints(text), None, "{text}");
        }
        let line = json::line(&json::endpoint(&records()[0]));
        for (damaged, why) in [
            (line.replace("2026-03-02T08:41:03.25Z", "yesterday"), "\"first_seen\" is no time"),
            (line.replace("\"count\":7", "\"count\":\"7\""), "invalid type"),
            (line.clone() + &line[..40], "EOF"),
        ] {
            let told = endpoints(&damaged).unwrap().unwrap_err();
            assert!(told.contains(why), "{told}");
        }
    }
}
