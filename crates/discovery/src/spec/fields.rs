//! Schemas as flat lists of fields.
//!
//! A schema says of each JSON pointer which types may stand there. `allOf`, `anyOf` and `oneOf` are united: a field that any
//! of them knows is known. A schema inside itself is followed once, a schema met again at one pointer not again. Bounded by
//! the steps and fields of each body and of the document: beyond a bound anything may stand there.

use std::collections::{BTreeSet, HashSet};

use model::limits::{
    SPEC_FIELDS_MAX, SPEC_FIELDS_TOTAL_MAX, SPEC_NAME_BYTES_MAX, SPEC_STEPS_MAX, SPEC_STEPS_TOTAL_MAX,
};

use super::reader::Reader;
use super::tree::{Node, Value};
use super::{Content, Field};

/// How deep schemas are followed into each other.
const SCHEMA_DEPTH_MAX: usize = 24;
/// Types one schema may name; JSON has seven.
const TYPES_MAX: usize = 16;

/// What the schemas of a document may still cost.
#[derive(Debug)]
pub(super) struct Budget {
    steps: usize,
    fields: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: SPEC_STEPS_TOTAL_MAX, fields: SPEC_FIELDS_TOTAL_MAX }
    }
}

impl Budget {
    /// Takes one field; false when none is left.
    pub(super) const fn field(&mut self) -> bool {
        let left = self.fields > 0;
        self.fields = self.fields.saturating_sub(1);
        left
    }
}

/// One walk through a schema.
pub(super) struct Fields<'r, 'd> {
    reader: &'r mut Reader<'d>,
    /// Schemas being walked, to notice one inside itself: their places in memory.
    path: Vec<*const Node>,
    /// Schemas walked, each with its pointer. Asked only, never listed.
    seen: HashSet<(*const Node, String)>,
    steps: usize,
    /// Alternatives being walked: what one of them asks for may be missing.
    alternatives: usize,
}

impl<'r, 'd> Fields<'r, 'd> {
    pub(super) fn new(reader: &'r mut Reader<'d>) -> Self {
        Self { reader, path: Vec::new(), seen: HashSet::new(), steps: SPEC_STEPS_MAX, alternatives: 0 }
    }

    /// Adds the fields of `schema`, which stands at `pointer`, to `content`.
    pub(super) fn walk(&mut self, schema: &'d Node, pointer: &str, required: bool, content: &mut Content) {
        let required = required && self.alternatives == 0;
        let schema = self.reader.resolved(schema);
        if !self.seen.insert((std::ptr::from_ref(schema), pointer.to_owned())) {
            if required && let Some(field) = content.fields.get_mut(pointer) {
                field.required = true;
            }
            return;
        }
        let listed = schema.get("required").map_or(0, |list| list.elements().len());
        self.spend(listed.saturating_add(1));
        let inside_itself = self.path.contains(&std::ptr::from_ref(schema));
        let known = content.fields.contains_key(pointer);
        let full = !known && (content.fields.len() >= SPEC_FIELDS_MAX || self.reader.budget.fields == 0)
            || pointer.len() > SPEC_NAME_BYTES_MAX;
        if inside_itself || full || self.spent() || self.path.len() >= SCHEMA_DEPTH_MAX {
            content.open.insert(pointer.to_owned());
            return;
        }
        if !known {
            self.reader.budget.field();
        }
        let field =
            content.fields.entry(pointer.to_owned()).or_insert_with(|| Field { at: schema.place, ..Field::default() });
        field.required |= required;
        field.types.extend(types(schema));
        self.path.push(std::ptr::from_ref(schema));
        self.members(schema, pointer, content);
        self.path.pop();
    }

    fn spend(&mut self, steps: usize) {
        self.steps = self.steps.saturating_sub(steps);
        self.reader.budget.steps = self.reader.budget.steps.saturating_sub(steps);
    }

    fn spent(&self) -> bool {
        self.steps == 0 || self.reader.budget.steps == 0
    }

    fn members(&mut self, schema: &'d Node, pointer: &str, content: &mut Content) {
        let required: BTreeSet<&str> =
            schema.get("required").map(Node::elements).unwrap_or_default().iter().filter_map(Node::text).collect();
        let mut closed = false;
        for (key, property) in schema.get("properties").map(Node::entries).unwrap_or_default() {
            closed = true;
            if self.spent() || key.text.len() > SPEC_NAME_BYTES_MAX || content.fields.len() >= SPEC_FIELDS_MAX {
                content.open.insert(pointer.to_owned());
                break;
            }
            let name = key.text.replace('~', "~0").replace('/', "~1");
            self.walk(property, &format!("{pointer}/{name}"), required.contains(&*key.text), content);
        }
        if let Some(items) = schema.get("items") {
            closed = true;
            self.walk(items, &format!("{pointer}/*"), false, content);
        }
        for join in ["allOf", "anyOf", "oneOf"] {
            let alternative = usize::from(join != "allOf");
            self.alternatives += alternative;
            for part in schema.get(join).map(Node::elements).unwrap_or_default() {
                closed = true;
                self.spend(1);
                if self.spent() {
                    content.open.insert(pointer.to_owned());
                    break;
                }
                self.walk(part, pointer, false, content);
            }
            self.alternatives -= alternative;
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
        let listed = kind.elements().iter().take(TYPES_MAX);
        let named = kind.text().into_iter().chain(listed.clone().filter_map(Node::text));
        types.extend(named.filter(|name| name.len() <= SPEC_NAME_BYTES_MAX).map(str::to_owned));
        if matches!(kind.value, Value::Null) || listed.into_iter().any(|one| matches!(one.value, Value::Null)) {
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
