//! Schemas as flat lists of fields.
//!
//! A schema says of each JSON pointer which types may stand there. `allOf`, `anyOf` and `oneOf` are united: a field that any
//! of them knows is known. A schema inside itself is followed once. Bounded by [`SPEC_FIELDS_MAX`] for each body.

use std::collections::BTreeSet;

use model::limits::{NAME_BYTES_MAX, SPEC_FIELDS_MAX};

use super::reader::Reader;
use super::tree::{Node, Value};
use super::{Content, Field};

/// How deep schemas are followed into each other.
const SCHEMA_DEPTH_MAX: usize = 24;

/// One walk through a schema.
pub(super) struct Fields<'r, 'd> {
    reader: &'r mut Reader<'d>,
    /// Schemas being walked, to notice one inside itself: their places in memory.
    path: Vec<*const Node>,
}

impl<'r, 'd> Fields<'r, 'd> {
    pub(super) const fn new(reader: &'r mut Reader<'d>) -> Self {
        Self { reader, path: Vec::new() }
    }

    /// Adds the fields of `schema`, which stands at `pointer`, to `content`.
    pub(super) fn walk(&mut self, schema: &'d Node, pointer: &str, required: bool, content: &mut Content) {
        let schema = self.reader.resolved(schema);
        let seen = self.path.contains(&std::ptr::from_ref(schema));
        let full = content.fields.len() >= SPEC_FIELDS_MAX || pointer.len() > NAME_BYTES_MAX;
        if seen || full || self.path.len() >= SCHEMA_DEPTH_MAX {
            content.open.insert(pointer.to_owned());
            return;
        }
        let field =
            content.fields.entry(pointer.to_owned()).or_insert_with(|| Field { at: schema.place, ..Field::default() });
        field.required |= required;
        let types = types(schema);
        field.types.extend(types.iter().cloned());
        self.path.push(std::ptr::from_ref(schema));
        self.members(schema, pointer, content);
        self.path.pop();
    }

    fn members(&mut self, schema: &'d Node, pointer: &str, content: &mut Content) {
        let required: BTreeSet<&str> =
            schema.get("required").map(Node::elements).unwrap_or_default().iter().filter_map(Node::text).collect();
        let mut closed = false;
        for (key, property) in schema.get("properties").map(Node::entries).unwrap_or_default() {
            closed = true;
            let name = key.text.replace('~', "~0").replace('/', "~1");
            self.walk(property, &format!("{pointer}/{name}"), required.contains(&*key.text), content);
        }
        if let Some(items) = schema.get("items") {
            closed = true;
            self.walk(items, &format!("{pointer}/*"), false, content);
        }
        for join in ["allOf", "anyOf", "oneOf"] {
            for part in schema.get(join).map(Node::elements).unwrap_or_default() {
                closed = true;
                self.walk(part, pointer, false, content);
            }
        }
        // A member without a name of its own: a map from anything to that schema.
        if let Some(more) = schema.get("additionalProperties")
            && (more.is_true() || more.is_map())
        {
            content.open.insert(pointer.to_owned());
        }
        let leaf = types(schema).iter().any(|kind| kind != "object" && kind != "array");
        if !closed && !leaf {
            content.open.insert(pointer.to_owned());
        }
    }
}

/// The types a schema names: one, a list of them (3.1), `nullable` (3.0), or what its enumeration holds.
pub(super) fn types(schema: &Node) -> BTreeSet<String> {
    let mut types: BTreeSet<String> = BTreeSet::new();
    if let Some(kind) = schema.get("type") {
        types.extend(kind.text().into_iter().chain(kind.elements().iter().filter_map(Node::text)).map(str::to_owned));
        if matches!(kind.value, Value::Null) || kind.elements().iter().any(|one| matches!(one.value, Value::Null)) {
            types.insert("null".to_owned());
        }
    } else if schema.get("properties").is_some() {
        types.insert("object".to_owned());
    } else if schema.get("items").is_some() {
        types.insert("array".to_owned());
    }
    let nullable = ["nullable", "x-nullable"].iter().any(|key| schema.get(key).is_some_and(Node::is_true));
    if nullable && !types.is_empty() {
        types.insert("null".to_owned());
    }
    types
}
