//! Schemas of request bodies: JSON pointers put together into nested objects and arrays.

use std::collections::BTreeMap;

use model::endpoint::{DirectionRecord, FieldRecord, MessagesRecord, ParamRecord, ResponseRecord};
use model::{EndpointRecord, ParamPlace};
use serde_json::{Map, Value, json};

use super::schema::Shape;

/// One place in a body. As deep as a pointer of 128 bytes can be: 64 levels at most.
#[derive(Debug, Default)]
struct Place {
    shape: Shape,
    required: bool,
    fields: BTreeMap<String, Place>,
    element: Option<Box<Place>>,
}

impl Place {
    fn at(&mut self, pointer: &str) -> &mut Self {
        let mut place = self;
        for key in pointer.split('/').skip(1) {
            place = match key {
                "*" => place.element.get_or_insert_default(),
                _ => place.fields.entry(key.replace("~1", "/").replace("~0", "~")).or_default(),
            };
        }
        place
    }

    fn schema(&self) -> Value {
        let mut schema = self.shape.schema();
        if let Some(element) = &self.element {
            include(&mut schema, "array");
            schema.insert("items".into(), element.schema());
        }
        if !self.fields.is_empty() {
            include(&mut schema, "object");
            let fields: Map<_, _> = self.fields.iter().map(|(name, field)| (name.clone(), field.schema())).collect();
            schema.insert("properties".into(), Value::Object(fields));
            let required: Vec<_> = self.fields.iter().filter(|(_, f)| f.required).map(|(name, _)| name).collect();
            if !required.is_empty() {
                schema.insert("required".into(), json!(required));
            }
        }
        Value::Object(schema)
    }
}

/// Adds a type to those of a schema.
fn include(schema: &mut Map<String, Value>, kind: &str) {
    let mut types: Vec<Value> = match schema.get("type") {
        None => Vec::new(),
        Some(Value::Array(types)) => types.clone(),
        Some(one) => vec![one.clone()],
    };
    if !types.iter().any(|known| known == kind) {
        types.push(json!(kind));
    }
    let value = if types.len() == 1 { types.swap_remove(0) } else { Value::Array(types) };
    schema.insert("type".into(), value);
}

/// Share of calls with content, in percent, from which on content belongs to an operation whose method defines none
/// (RFC 9110 §9.3: GET, HEAD, DELETE; clients that send it to anything are fuzzers).
const USUAL_PERCENT: u64 = 10;

/// Whether a request body is part of the operation.
fn is_usual(record: &EndpointRecord) -> bool {
    let with_body: u64 = record.request_types.values().sum();
    let undefined = matches!(&*record.method, "GET" | "HEAD" | "DELETE" | "OPTIONS" | "TRACE");
    !undefined || with_body.saturating_mul(100) >= record.count.saturating_mul(USUAL_PERCENT)
}

/// The request body of an endpoint; `None` when none was seen, or hardly ever where none is defined.
pub(super) fn of(record: &EndpointRecord) -> Option<Value> {
    if !is_usual(record) {
        return None;
    }
    let json = fields_of(record, ParamPlace::Body);
    let form = fields_of(record, ParamPlace::Form);
    let mut content = Map::new();
    for media in record.request_types.keys().filter(|media| is_media_type(media)) {
        let fields = if media.contains("form") {
            &form
        } else if has_tree(media) {
            &json
        } else {
            &None
        };
        content.insert(media.clone(), media_type(fields.as_ref()));
    }
    let has = |content: &Map<String, Value>, word: &str| content.keys().any(|media| media.contains(word));
    if json.is_some() && !content.keys().any(|media| has_tree(media)) {
        content.insert("application/json".into(), media_type(json.as_ref()));
    }
    if form.is_some() && !has(&content, "form") {
        content.insert("application/x-www-form-urlencoded".into(), media_type(form.as_ref()));
    }
    let with_body: u64 = record.request_types.values().sum();
    let required = with_body >= record.count && record.count > 0;
    (!content.is_empty()).then(|| json!({ "content": content, "required": required }))
}

/// Whether content of that media type is told by pointers.
fn has_tree(media: &str) -> bool {
    const WORDS: [&str; 8] = ["json", "grpc", "proto", "cbor", "msgpack", "xml", "jsonl", "x-jsonlines"];
    let name = media.split_once('/').map_or("", |(_, name)| name);
    WORDS.iter().any(|word| name.ends_with(word)) || name.starts_with("grpc") || name.ends_with("-seq")
}

/// Whether a text can stand as a media type: records sum the rest up as `other`.
pub(super) fn is_media_type(text: &str) -> bool {
    text.split_once('/').is_some_and(|(kind, sub)| !kind.is_empty() && !sub.is_empty() && !text.contains(' '))
}

fn media_type(schema: Option<&Value>) -> Value {
    schema.map_or_else(|| json!({}), |schema| json!({ "schema": schema }))
}

fn fields_of(record: &EndpointRecord, place: ParamPlace) -> Option<Value> {
    let mut root = Place::default();
    let mut any = false;
    for param in record.params.iter().filter(|param| param.place == place && !param.stray) {
        any = true;
        let place = if place == ParamPlace::Form { field(&mut root, param) } else { root.at(&param.name) };
        place.required = param.required;
        place.shape = Shape::of(std::iter::once(param));
    }
    any.then(|| root.schema())
}

fn field<'a>(root: &'a mut Place, param: &ParamRecord) -> &'a mut Place {
    root.fields.entry(param.name.clone()).or_default()
}

/// The schema of the answers of one status; `None` when no field was seen.
pub(super) fn of_response(response: &ResponseRecord) -> Option<Value> {
    of_fields(&response.fields)
}

/// What goes over the streams that an operation opens, which OpenAPI has no words for: counts, and the schema of messages in
/// JSON.
pub(super) fn of_messages(messages: &MessagesRecord) -> Value {
    let direction = |told: &DirectionRecord| {
        let mut out = json!({ "messages": told.messages, "bytes": told.bytes });
        if let (Some(schema), Some(out)) = (of_fields(&told.fields), out.as_object_mut()) {
            out.insert("schema".into(), schema);
        }
        out
    };
    json!({
        "kind": messages.kind.as_str(),
        "sent": direction(&messages.sent),
        "received": direction(&messages.received),
    })
}

fn of_fields(fields: &[FieldRecord]) -> Option<Value> {
    let mut root = Place::default();
    for field in fields {
        let place = root.at(&field.pointer);
        // A field inside an array may be missing in some elements: all that is known is that some have it.
        place.required = field.always && !field.pointer.contains("/*");
        place.shape = Shape::of_field(field);
    }
    (!fields.is_empty()).then(|| root.schema())
}
