//! What operations answer, by status.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::reader::{MEDIA_TYPES_MAX, Reader, bare};
use super::tree::Node;
use super::{Answer, Content};

/// Bytes of a status: `200`, `4XX`, `default`.
const STATUS_BYTES_MAX: usize = 32;

impl<'d> Reader<'d> {
    /// The answers of an operation.
    pub(super) fn responses(&mut self, node: &'d Node) -> BTreeMap<String, Answer> {
        let mut out = BTreeMap::new();
        let listed = node.get("responses").map(Node::entries).unwrap_or_default();
        let named = listed.iter().filter(|(status, _)| status.text.len() <= STATUS_BYTES_MAX);
        for (status, response) in named.filter(|(status, _)| !status.text.starts_with("x-")) {
            let response = self.resolved(response);
            let mut answer = if self.swagger { self.swagger_answer(node, response) } else { self.answer(response) };
            answer.at = status.place;
            out.insert(status.text.to_ascii_uppercase().replace("DEFAULT", "default"), answer);
        }
        out
    }

    fn answer(&mut self, response: &'d Node) -> Answer {
        let mut answer = Answer::default();
        let mut schemas: Vec<Option<&'d Node>> = Vec::new();
        for (name, media) in response.get("content").map(Node::entries).unwrap_or_default().iter().take(MEDIA_TYPES_MAX)
        {
            let name = bare(&name.text);
            if is_json(&name) {
                schemas.push(media.get("schema"));
            }
            answer.media_types.insert(name);
        }
        answer.body = self.body(&schemas);
        answer
    }

    fn swagger_answer(&mut self, operation: &'d Node, response: &'d Node) -> Answer {
        let Some(schema) = response.get("schema") else { return Answer::default() };
        let media_types = self.media_types(operation, "produces");
        let body = if media_types.iter().any(|name| is_json(name)) { self.body(&[Some(schema)]) } else { None };
        Answer { media_types, body, ..Answer::default() }
    }

    /// Several schemas are united; one that many answers name is walked once.
    fn body(&mut self, schemas: &[Option<&'d Node>]) -> Option<Arc<Content>> {
        let shared = match schemas {
            [] => return None,
            [Some(one)] => Some(std::ptr::from_ref(self.resolved(one))),
            _ => None,
        };
        if let Some(known) = shared.and_then(|place| self.answers.get(&place)) {
            return Some(Arc::clone(known));
        }
        let at = schemas.iter().flatten().next().map_or(self.root.place, |schema| schema.place);
        let mut content = Content { at, ..Content::default() };
        std::mem::swap(&mut self.budget, &mut self.answers_budget);
        for schema in schemas {
            self.schema(*schema, &mut content);
        }
        std::mem::swap(&mut self.budget, &mut self.answers_budget);
        let content = Arc::new(content);
        if let Some(place) = shared {
            self.answers.insert(place, Arc::clone(&content));
        }
        Some(content)
    }
}

/// Whether a media type, or a range of them, holds JSON (RFC 6839 §3.1).
fn is_json(name: &str) -> bool {
    name.ends_with("json") || matches!(name, "*/*" | "application/*")
}
