//! JSON schemas (2020-12) from the classes of values seen.

use std::collections::{BTreeMap, BTreeSet};

use model::endpoint::{FieldRecord, ParamRecord};
use model::{DataName, ValueClass};
use serde_json::{Map, Value, json};

use super::path::format;

/// Says what values are about; an extension, which readers that do not know it skip.
const DATA: &str = "x-apitap-data";

/// What was seen of one parameter, or of one place in a body.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    pub(super) count: u64,
    classes: BTreeMap<ValueClass, u64>,
    largest: u64,
    /// What the values are about.
    data: Option<DataName>,
}

impl Shape {
    /// The sum of several records.
    pub(super) fn of<'a>(records: impl Iterator<Item = &'a ParamRecord>) -> Self {
        let mut shape = Self::default();
        for record in records {
            shape.count += record.count;
            shape.data = shape.data.or_else(|| record.data.clone());
            shape.largest = shape.largest.max(record.range.map_or(0, |(_, high)| high));
            for (class, count) in &record.classes {
                *shape.classes.entry(*class).or_default() += count;
            }
        }
        shape
    }

    /// Of a field of answers; null is one of its types.
    pub(super) fn of_field(field: &FieldRecord) -> Self {
        let mut classes = field.classes.clone();
        if field.nullable {
            classes.insert(ValueClass::Null, 1);
        }
        // The numbers of answers are not kept: they may be of any width.
        Self { count: field.count, classes, largest: u64::MAX, data: field.data.clone() }
    }

    /// JSON types seen; whole numbers beside others are numbers.
    pub(super) fn types(&self) -> BTreeSet<&'static str> {
        let mut types: BTreeSet<&str> = self.classes.keys().map(|class| json_type(*class)).collect();
        if types.contains("number") {
            types.remove("integer");
        }
        types
    }

    /// The schema. Numbers give their width only: the values themselves stay unsaid.
    pub(super) fn schema(&self) -> Map<String, Value> {
        let types = self.types();
        let mut schema = Map::new();
        if let Some(data) = &self.data {
            schema.insert(DATA.into(), json!(data.as_str()));
        }
        match (types.first(), types.len()) {
            (None, _) => return schema,
            (Some(only), 1) => drop(schema.insert("type".into(), json!(only))),
            _ => drop(schema.insert("type".into(), types.iter().copied().collect())),
        }
        let mut formats = self.classes.keys().map(|class| format(*class));
        if let (Some(Some(format)), None) = (formats.next(), formats.next()) {
            schema.insert("format".into(), json!(format));
        }
        if types.len() == 1 && types.contains("integer") {
            let narrow = self.largest <= i32::MAX.unsigned_abs().into();
            schema.insert("format".into(), json!(if narrow { "int32" } else { "int64" }));
        }
        if types.contains("array") {
            schema.insert("items".into(), json!({}));
        }
        schema
    }

    /// What was seen, in words.
    pub(super) fn describe(&self) -> String {
        let classes: Vec<_> =
            self.classes.iter().map(|(class, count)| format!("{} × {count}", class.as_str())).collect();
        if classes.is_empty() {
            return "No value seen.".to_owned();
        }
        format!("Seen in {}: {}.", counted(self.count, "call"), classes.join(", "))
    }
}

/// "1 call", "2 calls".
pub(super) fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn json_type(class: ValueClass) -> &'static str {
    match class {
        ValueClass::Int => "integer",
        ValueClass::Decimal => "number",
        ValueClass::Bool => "boolean",
        ValueClass::Null => "null",
        ValueClass::Object => "object",
        ValueClass::Array => "array",
        _ => "string",
    }
}
