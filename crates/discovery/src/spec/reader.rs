//! From a document's tree to its operations.

use std::collections::{BTreeMap, BTreeSet};

use model::ParamPlace;
use model::limits::SPEC_OPERATIONS_MAX;

use super::fields::{Fields, types};
use super::security::{self, Schemes};
use super::tree::{Node, Place, Value};
use super::{Content, Operation, Param, Spec, SpecError, servers};

/// Methods a path item may have.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
/// References followed one after the other.
const REFERENCES_MAX: usize = 16;
/// Remarks kept.
const REMARKS_MAX: usize = 100;
/// Media type of bodies that name none.
const JSON: &str = "application/json";

/// Reads one document.
pub(super) struct Reader<'d> {
    root: &'d Node,
    swagger: bool,
    schemes: Schemes,
    remarks: BTreeSet<(Place, String)>,
}

impl<'d> Reader<'d> {
    pub(super) fn new(root: &'d Node) -> Self {
        let schemes = security::schemes(root, |node| follow(root, node).0.clone());
        Self { root, swagger: root.get("swagger").is_some(), schemes, remarks: BTreeSet::new() }
    }

    pub(super) fn read(mut self) -> Result<Spec, SpecError> {
        let version = self.version()?;
        let paths = self.root.get("paths").or_else(|| self.root.get("webhooks"));
        let Some(paths) = paths.filter(|node| node.is_map() || matches!(node.value, Value::Null)) else {
            return Err(SpecError::new(self.root.place, "no `paths`: this is no API description"));
        };
        let servers = if self.swagger { servers::of_swagger(self.root) } else { servers::of(self.root) };
        let bases = bases(&servers);
        let mut operations = Vec::new();
        for (path, item) in paths.entries().iter().filter(|(path, _)| path.text.starts_with('/')) {
            self.item(&path.text, item, &bases, &mut operations)?;
        }
        Ok(Spec {
            title: self.root.at("/info/title").and_then(Node::text).unwrap_or_default().to_owned(),
            version,
            servers,
            operations,
            paths_at: self.root.key_at("paths").unwrap_or(paths.place),
            remarks: self.remarks.into_iter().collect(),
        })
    }

    fn version(&self) -> Result<String, SpecError> {
        let named = self.root.get("openapi").or_else(|| self.root.get("swagger"));
        let Some(node) = named else {
            return Err(SpecError::new(
                self.root.place,
                "neither `openapi` nor `swagger` is here: this is no API description",
            ));
        };
        let version = node.text().unwrap_or_default();
        if ["2.0", "2", "3.0", "3.1", "3.2"]
            .iter()
            .any(|known| version == *known || version.starts_with(&format!("{known}.")))
        {
            return Ok(version.to_owned());
        }
        Err(SpecError::new(node.place, format!("version {version:?}; 2.0, 3.0 and 3.1 are read")))
    }

    fn item(
        &mut self,
        path: &str,
        item: &'d Node,
        bases: &[String],
        out: &mut Vec<Operation>,
    ) -> Result<(), SpecError> {
        let item = self.resolved(item);
        let shared = self.params(item);
        let item_bases = own_bases(item, bases);
        for (key, node) in item.entries().iter().filter(|(key, _)| METHODS.contains(&&*key.text)) {
            if out.len() >= SPEC_OPERATIONS_MAX {
                return Err(SpecError::new(key.place, format!("more than {SPEC_OPERATIONS_MAX} operations")));
            }
            let mut operation = self.operation(node, &shared);
            operation.method = key.text.to_ascii_uppercase();
            path.clone_into(&mut operation.path);
            operation.at = key.place;
            operation.bases = own_bases(node, &item_bases);
            out.push(operation);
        }
        Ok(())
    }

    fn operation(&mut self, node: &'d Node, shared: &[Param]) -> Operation {
        let mut params = self.params(node);
        let own: BTreeSet<_> = params.iter().map(|p| (p.place, p.name.clone())).collect();
        params.extend(shared.iter().filter(|p| !own.contains(&(p.place, p.name.clone()))).cloned());
        let security = node.get("security").or_else(|| self.root.get("security"));
        Operation {
            id: node.get("operationId").and_then(Node::text).unwrap_or_default().to_owned(),
            deprecated: node.get("deprecated").is_some_and(Node::is_true),
            request: self.request(node),
            responses: self.responses(node),
            security: security.map(|list| security::alternatives(list, &self.schemes)).unwrap_or_default(),
            security_at: node.key_at("security").or_else(|| self.root.key_at("security")).unwrap_or(node.place),
            params,
            ..Operation::default()
        }
    }

    /// Parameters outside the body, of an operation or a path item.
    fn params(&mut self, node: &'d Node) -> Vec<Param> {
        let list = node.get("parameters").map(Node::elements).unwrap_or_default();
        list.iter().filter_map(|param| self.param(param)).collect()
    }

    fn param(&mut self, node: &'d Node) -> Option<Param> {
        let node = self.resolved(node);
        let place = match node.get("in")?.text()? {
            "path" => ParamPlace::Path,
            "query" => ParamPlace::Query,
            "header" => ParamPlace::Header,
            "cookie" => ParamPlace::Cookie,
            _ => return None,
        };
        let schema = node.get("schema").map_or(node, |schema| self.resolved(schema));
        let required = node.get("required").is_some_and(Node::is_true) || place == ParamPlace::Path;
        Some(Param {
            place,
            name: node.get("name")?.text()?.to_owned(),
            required,
            types: types(schema),
            at: node.place,
        })
    }

    fn request(&mut self, node: &'d Node) -> Option<Content> {
        if self.swagger {
            return self.swagger_request(node);
        }
        let body = self.resolved(node.get("requestBody")?);
        Some(Content { at: node.key_at("requestBody")?, ..self.content(body) })
    }

    fn swagger_request(&mut self, node: &'d Node) -> Option<Content> {
        let list = node.get("parameters").map(Node::elements).unwrap_or_default();
        let params: Vec<&'d Node> = list.iter().map(|param| self.resolved(param)).collect();
        let stands_in = |param: &Node, word: &str| param.get("in").and_then(Node::text) == Some(word);
        if let Some(body) = params.iter().find(|param| stands_in(param, "body")) {
            let mut content =
                Content { media_types: self.media_types(node, "consumes"), at: body.place, ..Content::default() };
            self.schema(body.get("schema"), &mut content);
            return Some(content);
        }
        let forms: Vec<_> = params.into_iter().filter(|param| stands_in(param, "formData")).collect();
        let at = forms.first()?.place;
        let mut content = Content { media_types: self.media_types(node, "consumes"), at, ..Content::default() };
        for form in forms {
            let Some(name) = form.get("name").and_then(Node::text) else { continue };
            let required = form.get("required").is_some_and(Node::is_true);
            let field = super::Field { types: types(form), required, at: form.place };
            content.fields.insert(format!("/{}", name.replace('~', "~0").replace('/', "~1")), field);
        }
        Some(content)
    }

    fn responses(&mut self, node: &'d Node) -> BTreeMap<String, Content> {
        let mut out = BTreeMap::new();
        for (status, response) in node.get("responses").map(Node::entries).unwrap_or_default() {
            if status.text.starts_with("x-") {
                continue;
            }
            let response = self.resolved(response);
            let content = if self.swagger {
                let mut content = Content { at: status.place, ..Content::default() };
                if let Some(schema) = response.get("schema") {
                    content.media_types = self.media_types(node, "produces");
                    self.schema(Some(schema), &mut content);
                }
                content
            } else {
                Content { at: status.place, ..self.content(response) }
            };
            out.insert(status.text.to_ascii_uppercase().replace("DEFAULT", "default"), content);
        }
        out
    }

    /// `content` of an OpenAPI 3 body.
    fn content(&mut self, body: &'d Node) -> Content {
        let mut content = Content { at: body.place, ..Content::default() };
        for (name, media) in body.get("content").map(Node::entries).unwrap_or_default() {
            content.media_types.insert(bare(&name.text));
            self.schema(media.get("schema"), &mut content);
        }
        content
    }

    fn schema(&mut self, schema: Option<&'d Node>, content: &mut Content) {
        match schema {
            Some(schema) => Fields::new(self).walk(schema, "", false, content),
            None => drop(content.open.insert(String::new())),
        }
    }

    /// `consumes` or `produces` of a Swagger operation, else of its document.
    fn media_types(&self, node: &Node, key: &str) -> BTreeSet<String> {
        let list = node.get(key).or_else(|| self.root.get(key)).map(Node::elements).unwrap_or_default();
        let types: BTreeSet<String> = list.iter().filter_map(Node::text).map(bare).collect();
        if types.is_empty() { BTreeSet::from([JSON.to_owned()]) } else { types }
    }

    /// What a node stands for: itself, or where its `$ref` leads.
    pub(super) fn resolved(&mut self, node: &'d Node) -> &'d Node {
        let (found, failed) = follow(self.root, node);
        if let Some((place, reference)) = failed
            && self.remarks.len() < REMARKS_MAX
        {
            self.remarks.insert((
                place,
                format!("`$ref` to {reference} was not followed: only references inside the document are"),
            ));
        }
        found
    }
}

/// Follows references inside the document; the last node reached, and a reference that leads nowhere.
fn follow<'d>(root: &'d Node, mut node: &'d Node) -> (&'d Node, Option<(Place, String)>) {
    for _ in 0..REFERENCES_MAX {
        let Some(reference) = node.get("$ref").and_then(|r| Some((r.place, r.text()?))) else { return (node, None) };
        match reference.1.strip_prefix('#').and_then(|pointer| root.at(&decoded(pointer))) {
            Some(target) => node = target,
            None => return (node, Some((reference.0, reference.1.to_owned()))),
        }
    }
    (node, Some((node.place, "itself".to_owned())))
}

/// A pointer in a URI fragment: percent-encoding undone.
fn decoded(pointer: &str) -> String {
    let bytes = percent_encoding::percent_decode_str(pointer);
    bytes.decode_utf8_lossy().into_owned()
}

/// A media type in lower case without parameters.
fn bare(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn bases(servers: &[super::Server]) -> Vec<String> {
    let set: BTreeSet<String> = servers.iter().map(|server| server.base.clone()).collect();
    if set.is_empty() { vec![String::new()] } else { set.into_iter().collect() }
}

/// Base paths of the servers a node names itself, else those it inherits.
fn own_bases(node: &Node, inherited: &[String]) -> Vec<String> {
    let own = servers::of(node);
    if own.is_empty() { inherited.to_vec() } else { bases(&own) }
}
