//! Templates as OpenAPI paths: variables get names, words are escaped.

use std::collections::BTreeSet;
use std::fmt::Write;

use model::{EndpointRecord, ParamPlace, ValueClass};
use serde_json::{Value, json};

use super::schema;

/// A path of the document.
#[derive(Clone, Debug)]
pub(super) struct Path {
    /// As the document has it.
    pub(super) text: String,
    /// The same without names: paths that are equal here are one path.
    pub(super) structure: String,
    /// Names of the variables, with the position of their segment.
    pub(super) names: Vec<(String, usize)>,
}

impl Path {
    /// The path of a template.
    pub(super) fn of(template: &str) -> Self {
        let mut path = Self { text: String::new(), structure: String::new(), names: Vec::new() };
        let mut before = "";
        let mut taken = BTreeSet::new();
        for (position, segment) in template.split('/').skip(1).enumerate() {
            path.both("/");
            let mut rest = segment;
            while let Some((literal, class, tail)) = variable(rest) {
                path.both(&escape(literal, ""));
                let owner = if literal.is_empty() { before } else { literal.trim_end_matches('(') };
                let name = unique(&name(owner, class), &mut taken);
                let _infallible = write!(path.text, "{{{name}}}");
                path.structure.push_str("{}");
                path.names.push((name, position));
                rest = tail;
            }
            path.both(&escape(rest, ""));
            if !segment.contains('{') {
                before = segment;
            }
        }
        if path.text.is_empty() {
            path.both("/");
        }
        path
    }

    fn both(&mut self, text: &str) {
        self.text.push_str(text);
        self.structure.push_str(text);
    }

    /// The path item's parameters.
    pub(super) fn parameters(&self, records: &[&EndpointRecord]) -> Value {
        let parameter = |(name, position): &(String, usize)| {
            let wire = format!("segment-{position}");
            let seen = records.iter().flat_map(|e| &e.params).filter(|p| p.place == ParamPlace::Path && p.name == wire);
            let shape = schema::Shape::of(seen);
            json!({
                "name": name,
                "in": "path",
                "required": true,
                "description": shape.describe(),
                "schema": shape.schema(),
            })
        };
        self.names.iter().map(parameter).collect()
    }
}

/// The first `{class}` of a segment: what stands before it, the class, what follows.
fn variable(segment: &str) -> Option<(&str, &str, &str)> {
    let (literal, rest) = segment.split_once('{')?;
    let (class, tail) = rest.split_once('}')?;
    Some((literal, class, tail))
}

/// A name for a variable: the singular of the word before it, and what its values are.
fn name(before: &str, class: &str) -> String {
    let suffix = match class {
        "str" => "Name",
        "date" | "datetime" => "Date",
        "email" => "Email",
        "phone" => "Phone",
        "ip" => "Ip",
        "decimal" => "Value",
        // OpenAPI has no word for it; gateways write a plus.
        "path+" => "Path+",
        _ => "Id",
    };
    let mut out = String::new();
    for part in singular(before).split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
        let mut letters = part.chars();
        let first =
            letters.next().map(|c| if out.is_empty() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() });
        out.extend(first.into_iter().chain(letters));
    }
    if out.is_empty() || is_version(&out) {
        return suffix.to_ascii_lowercase();
    }
    out + suffix
}

fn is_version(word: &str) -> bool {
    word.strip_prefix('v').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
}

fn singular(word: &str) -> String {
    match word {
        _ if word.len() < 4 || word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") => word.to_owned(),
        _ if word.ends_with("ies") => format!("{}y", word.trim_end_matches("ies")),
        _ if ["sses", "xes", "ches", "shes"].iter().any(|end| word.ends_with(end)) => {
            word.strip_suffix("es").unwrap_or(word).to_owned()
        }
        _ => word.strip_suffix('s').unwrap_or(word).to_owned(),
    }
}

fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2_usize..).map(|n| format!("{name}{n}"));
    let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken.contains(name));
    let free = free.unwrap_or_default();
    taken.insert(free.clone());
    free
}

/// Percent-encodes what may not stand in a path segment (RFC 3986 §3.3), but for `also`.
pub(super) fn escape(text: &str, also: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@".contains(c) || also.contains(c) {
            out.push(c);
        } else {
            let _infallible = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Whether values of a class are written as a text whose form OpenAPI has a name for.
pub(super) fn format(class: ValueClass) -> Option<&'static str> {
    match class {
        ValueClass::Uuid => Some("uuid"),
        ValueClass::Date => Some("date"),
        ValueClass::DateTime => Some("date-time"),
        ValueClass::Email => Some("email"),
        ValueClass::Url => Some("uri"),
        ValueClass::Host => Some("hostname"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_get_names_from_the_word_before() {
        for (template, expected) in [
            ("/", "/"),
            ("/v1/orders/{int}", "/v1/orders/{orderId}"),
            ("/orders/{int}/{int}", "/orders/{orderId}/{orderId2}"),
            ("/companies/{str}/boxes/{uuid}.json", "/companies/{companyName}/boxes/{boxId}.json"),
            ("/sales-orders/{token}:cancel", "/sales-orders/{salesOrderId}:cancel"),
            ("/v1/{date}", "/v1/{date}"),
            ("/Orders({int})", "/Orders({orderId})"),
            ("/files/{path+}", "/files/{filePath+}"),
            ("/v2/{path+}/tags/{str}", "/v2/{path+}/tags/{tagName}"),
            ("/a b/c?d", "/a%20b/c%3Fd"),
        ] {
            assert_eq!(Path::of(template).text, expected, "{template}");
        }
    }
}
