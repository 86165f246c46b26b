//! JSON of records: one document with `schema` and `version`, or one object a line.
//!
//! Only ASCII is written: all else is escaped, so that no name from the wire can steer a terminal.

use discovery::about::function;
use model::finding::Attempt;
use model::record::{Body, RECORD_VERSION, Record};
use model::{EndpointRecord, Finding, PacketTime, ServiceCoverage};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::actors::Actor;

/// A finding as a JSON object.
pub(crate) fn finding(finding: &Finding) -> Value {
    let mut value = object(finding);
    times(&mut value, &[("first_seen", finding.first_at), ("last_seen", finding.last_at)]);
    float(&mut value, "confidence", finding.confidence);
    float(&mut value, "coverage", finding.coverage);
    if let Some(Value::Array(rows)) = value.get_mut("evidence") {
        for (row, evidence) in rows.iter_mut().zip(&finding.evidence) {
            if let Value::Object(row) = row {
                times(row, &[("timestamp", evidence.at)]);
            }
        }
    }
    Value::Object(value)
}

/// A finding with who is behind it.
pub(crate) fn acted(finding: &Finding, actor: &Actor) -> Value {
    with_actor(self::finding(finding), actor)
}

fn with_actor(mut value: Value, actor: &Actor) -> Value {
    if let Value::Object(value) = &mut value {
        let told = json!({ "id": actor.id.to_string(), "kind": actor.kind.as_str(), "name": actor.name });
        value.insert("actor".to_owned(), told);
    }
    value
}

/// An attempt as a JSON object: its time is that of the call's end.
pub(crate) fn attempt(attempt: &Attempt) -> Value {
    let mut value = object(attempt);
    times(&mut value, &[("ended", attempt.ended)]);
    if let Some(Value::Object(call)) = value.get_mut("call") {
        times(call, &[("timestamp", attempt.call.at)]);
    }
    Value::Object(value)
}

/// An endpoint as a JSON object.
pub(crate) fn endpoint(endpoint: &EndpointRecord) -> Value {
    let mut value = object(endpoint);
    times(&mut value, &[("first_seen", endpoint.first_at), ("last_seen", endpoint.last_at)]);
    if let Some(told) = function::of(endpoint) {
        let evidence = Value::from(told.evidence);
        value.insert("function".to_owned(), json!({ "name": told.name, "evidence": evidence }));
    }
    if let Some(at) = endpoint.returned_at {
        times(&mut value, &[("returned_at", at)]);
    }
    float(&mut value, "confidence", endpoint.confidence);
    Value::Object(value)
}

/// The coverage of a service as a JSON object.
pub(crate) fn service(service: &ServiceCoverage) -> Value {
    let mut value = object(service);
    let hours = service.hours.iter().map(|hour| {
        let mut value = object(hour);
        times(&mut value, &[("hour", hour.hour)]);
        Value::Object(value)
    });
    value.insert("hours".to_owned(), Value::Array(hours.collect()));
    Value::Object(value)
}

/// A record as a JSON object: its common fields, then those of its kind.
pub(crate) fn record(record: &Record) -> Value {
    let mut value = object(record);
    let inner = match &record.body {
        Body::Finding(inner) => finding(inner),
        Body::Attempt(inner) => attempt(inner),
        Body::Endpoint(inner) => endpoint(inner),
        Body::Coverage(inner) => service(inner),
        Body::Trailer(trailer) => {
            times(&mut value, &[("first_seen", trailer.first_at), ("last_seen", trailer.last_at)]);
            Value::Null
        }
        Body::Header(_) | Body::Loss(_) | Body::Unknown => Value::Null,
    };
    if let Value::Object(inner) = inner {
        value.extend(inner);
    }
    times(&mut value, &[("timestamp", record.at)]);
    if matches!(record.body, Body::Header(_)) {
        // It is written before the first packet, so there is no packet time yet.
        value.insert("timestamp".to_owned(), Value::Null);
    }
    Value::Object(value)
}

/// A finding's last record, with who is behind it and the time at which it was told first: its `timestamp` is that, and
/// `updated` the last one's.
pub(crate) fn told(last: &Record, first: PacketTime, actor: &Actor) -> Value {
    let mut value = with_actor(record(last), actor);
    if let Value::Object(value) = &mut value {
        times(value, &[("timestamp", first), ("updated", last.at)]);
    }
    value
}

/// An attempt's record, with the end of the call as its `timestamp`.
pub(crate) fn called(last: &Record, attempt: &Attempt) -> Value {
    let mut value = record(last);
    if let Value::Object(value) = &mut value {
        times(value, &[("timestamp", attempt.ended)]);
    }
    value
}

/// One document that holds `rows` under `name`.
pub(crate) fn document(name: &str, rows: &[Value]) -> String {
    let (head, tail) = frame(name);
    if rows.is_empty() {
        return head + tail.trim_start();
    }
    let rows: Vec<String> = rows.iter().map(row).collect();
    head + &rows.join(BETWEEN_ROWS) + &tail
}

/// What stands between two rows of a document.
pub(crate) const BETWEEN_ROWS: &str = ",";

/// What stands before and behind the [rows](row) of a document, for rows that are written as they are made.
pub(crate) fn frame(name: &str) -> (String, String) {
    let mut document = Map::new();
    document.insert("schema".to_owned(), Value::from(format!("apitap-{name}")));
    document.insert("version".to_owned(), Value::from(RECORD_VERSION));
    document.insert(name.to_owned(), Value::Array(Vec::new()));
    let whole = pretty(&Value::Object(document));
    let (head, tail) = whole.split_once("[]").unwrap_or((&whole, ""));
    (format!("{head}["), format!("\n  ]{tail}"))
}

/// A row of a document, on lines of its own.
pub(crate) fn row(value: &Value) -> String {
    let text = ascii(&serde_json::to_string_pretty(value).unwrap_or_default()).replace('\n', "\n    ");
    format!("\n    {text}")
}

/// A value over several lines.
pub(crate) fn pretty(value: &Value) -> String {
    format!("{}\n", ascii(&serde_json::to_string_pretty(value).unwrap_or_default()))
}

/// The same for a document that other programs read: only characters that could steer a terminal, or that a reader of
/// YAML refuses, are escaped. Readers of YAML do not put surrogate pairs together, so what would need one is replaced.
pub(crate) fn pretty_text(value: &Value) -> String {
    let json = serde_json::to_string_pretty(value).unwrap_or_default();
    let replaced = |c: char| if c > '\u{ffff}' && !is_inert(c) { char::REPLACEMENT_CHARACTER } else { c };
    format!("{}\n", escaped(&json.chars().map(replaced).collect::<String>(), is_inert))
}

/// One object and its line feed.
pub(crate) fn line(value: &Value) -> String {
    format!("{}\n", ascii(&value.to_string()))
}

fn object(record: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(record) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

fn times(value: &mut Map<String, Value>, times: &[(&str, PacketTime)]) {
    for (name, at) in times {
        value.insert((*name).to_owned(), Value::from(at.to_string()));
    }
}

/// The shortest decimal that is this `f32`, and not the `f64` it becomes.
fn float(value: &mut Map<String, Value>, name: &str, number: f32) {
    let shortest = number.to_string().parse::<f64>().unwrap_or_default();
    value.insert(name.to_owned(), Value::from(shortest));
}

/// JSON text with everything beyond printable ASCII escaped (RFC 8259 §7); only strings hold such characters.
fn ascii(json: &str) -> String {
    escaped(json, |c| (' '..='~').contains(&c))
}

/// Whether a character is neither a control, nor one that changes the order or is not seen, nor a private one.
fn is_inert(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}'
            | '\u{fff9}'..='\u{ffff}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..)
}

/// JSON text with what is not `plain` escaped, but for line feeds.
fn escaped(json: &str, plain: impl Fn(char) -> bool) -> String {
    if json.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)) {
        return json.to_owned();
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || plain(c) {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.extend([format!("\\u{unit:04x}")]);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_inert_and_says_the_same() {
        let finding = Finding {
            title: "\u{1b}[2J\u{202e}ü😀\"".to_owned(),
            confidence: 0.94,
            first_at: PacketTime::from_parts(1_772_440_863, 0),
            ..Finding::default()
        };
        let text = line(&super::finding(&finding));
        assert!(text.bytes().all(|b| b == b'\n' || (0x20..0x7f).contains(&b)));
        let back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["title"], Value::from(finding.title));
        assert_eq!(back["first_seen"], "2026-03-02T08:41:03Z");
        assert!(text.contains("\"confidence\":0.94,"), "{text}");
    }

    #[test]
    fn documents_for_other_programs_have_letters_and_no_surrogate_pairs() {
        let text = pretty_text(&Value::from("\u{1b}\u{202e}ü😀\u{e0041}"));
        assert_eq!(text, "\"\\u001b\\u202eü😀\\ufffd\"\n");
    }

    #[test]
    fn names_from_the_wire_are_no_times() {
        let mut record = EndpointRecord::default();
        record.request_types.insert("at".to_owned(), 7);
        assert_eq!(endpoint(&record)["request_types"]["at"], 7);
    }

    #[test]
    fn a_record_keeps_its_kind() {
        let record = Record { v: 1, at: PacketTime::ZERO, body: Body::Finding(Box::default()) };
        let value = super::record(&record);
        assert_eq!((&value["kind"], &value["v"]), (&Value::from("finding"), &Value::from(1)));
        assert_eq!(value["timestamp"], "1970-01-01T00:00:00Z");
    }
}
