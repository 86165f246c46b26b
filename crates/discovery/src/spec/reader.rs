//! From a document's tree to its operations.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use model::ParamPlace;
use model::limits::{
    SPEC_FIELDS_MAX, SPEC_NAME_BYTES_MAX, SPEC_OPERATIONS_MAX, SPEC_PARAMS_MAX, SPEC_PATH_BYTES_MAX, SPEC_ROUTES_MAX,
};

use super::fields::{Budget, Fields, types};
use super::security::{self, Schemes};
use super::tree::{Node, Place, Value};
use super::{Content, Operation, Param, Spec, SpecError, servers};

/// Methods a path item may have.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
/// References followed one after the other.
const REFERENCES_MAX: usize = 16;
/// Remarks kept.
const REMARKS_MAX: usize = 100;
/// Bytes of a name that remarks show.
const NAME_SHOWN_MAX: usize = 200;
/// Media types of one body.
pub(super) const MEDIA_TYPES_MAX: usize = 64;
/// Media type of bodies that name none.
const JSON: &str = "application/json";

/// Reads one document.
pub(super) struct Reader<'d> {
    pub(super) root: &'d Node,
    pub(super) swagger: bool,
    schemes: Schemes,
    remarks: BTreeSet<(Place, String)>,
    /// What schemas may still cost.
    pub(super) budget: Budget,
    /// And those of answers, so that they leave the ones of requests their share.
    pub(super) answers_budget: Budget,
    /// Bodies of answers read, by the place of their schema in memory. Asked only, never listed.
    pub(super) answers: HashMap<*const Node, Arc<Content>>,
    /// Parameters, base paths and credentials read, by their place in memory: what is shared in the document is shared
    /// here. Asked only, never listed.
    params: HashMap<*const Node, Option<Arc<Param>>>,
    bases: HashMap<*const Node, Arc<[String]>>,
    security: HashMap<*const Node, Arc<[BTreeSet<String>]>>,
    params_used: usize,
    routes: usize,
}

impl<'d> Reader<'d> {
    pub(super) fn new(root: &'d Node) -> Self {
        let schemes = security::schemes(root, |node| follow(root, node).0.clone());
        Self {
            root,
            swagger: root.get("swagger").is_some(),
            schemes,
            remarks: BTreeSet::new(),
            budget: Budget::default(),
            answers_budget: Budget::default(),
            answers: HashMap::new(),
            params: HashMap::new(),
            bases: HashMap::new(),
            security: HashMap::new(),
            params_used: 0,
            routes: 0,
        }
    }

    /// `another` is where a second document of the same text begins.
    pub(super) fn read(mut self, another: Option<Place>) -> Result<Spec, SpecError> {
        if let Some(place) = another {
            self.remark(place, "another document begins here; only the first of a file is read");
        }
        let version = self.version()?;
        let paths = self.root.get("paths").or_else(|| self.root.get("webhooks"));
        let Some(paths) = paths.filter(|node| node.is_map() || matches!(node.value, Value::Null)) else {
            return Err(SpecError::new(self.root.place, "no `paths`: this is no API description"));
        };
        let mut entries = paths.entries();
        if self.root.get("paths").is_none() {
            self.remark(paths.place, "there are only `webhooks`, which others call: it has no path to compare");
            entries = &[];
        }
        let servers = if self.swagger { servers::of_swagger(self.root) } else { self.servers(self.root) };
        let bases = bases(&servers);
        let mut operations = Vec::new();
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for (path, item) in entries.iter().filter(|(path, _)| !path.text.starts_with("x-")) {
            if let Some(why) = unusable(&path.text, item) {
                self.remark(path.place, why);
            } else if known.insert(&path.text) {
                self.item(&path.text, item, &bases, &mut operations)?;
            } else {
                self.remark(path.place, "the path is there twice; the first is read");
            }
        }
        Ok(Spec {
            title: self.root.at("/info/title").and_then(Node::text).unwrap_or_default().to_owned(),
            version,
            servers,
            operations,
            paths_at: self.root.key_at("paths").unwrap_or(paths.place),
            remarks: self.remarks.into_iter().collect(),
            ..Spec::default()
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
        Err(SpecError::new(node.place, format!("version {}; 2.0, 3.0, 3.1 and 3.2 are read", quoted(version))))
    }

    fn item(
        &mut self,
        path: &str,
        item: &'d Node,
        bases: &Arc<[String]>,
        out: &mut Vec<Operation>,
    ) -> Result<(), SpecError> {
        let item = self.resolved(item);
        let shared = self.params(item)?;
        let item_bases = self.own_bases(item, bases);
        for (key, node) in item.entries().iter().filter(|(key, _)| METHODS.contains(&&*key.text)) {
            if out.len() >= SPEC_OPERATIONS_MAX {
                return Err(SpecError::new(key.place, format!("more than {SPEC_OPERATIONS_MAX} operations")));
            }
            let mut operation = self.operation(node, &shared)?;
            operation.method = key.text.to_ascii_uppercase();
            path.clone_into(&mut operation.path);
            operation.at = key.place;
            operation.bases = self.own_bases(node, &item_bases);
            self.routes = self.routes.saturating_add(operation.bases.len());
            if self.routes > SPEC_ROUTES_MAX {
                let text = format!("more than {SPEC_ROUTES_MAX} operations, counted under each of their base paths");
                return Err(SpecError::new(key.place, text));
            }
            out.push(operation);
        }
        Ok(())
    }

    fn operation(&mut self, node: &'d Node, shared: &[Arc<Param>]) -> Result<Operation, SpecError> {
        let mut params = self.params(node)?;
        let own: BTreeSet<(ParamPlace, &str)> = params.iter().map(|p| (p.place, p.name.as_str())).collect();
        let inherited = shared.iter().filter(|p| !own.contains(&(p.place, p.name.as_str())));
        let inherited: Vec<Arc<Param>> = inherited.cloned().collect();
        params.extend(inherited);
        self.used(params.len(), node)?;
        let security = node.get("security").or_else(|| self.root.get("security"));
        Ok(Operation {
            id: short(node.get("operationId").and_then(Node::text).unwrap_or_default()).to_owned(),
            deprecated: node.get("deprecated").is_some_and(Node::is_true),
            request: self.request(node),
            responses: self.responses(node),
            security: security.map_or_else(|| Arc::from([]), |list| self.alternatives(list)),
            security_at: node.key_at("security").or_else(|| self.root.key_at("security")).unwrap_or(node.place),
            params,
            ..Operation::default()
        })
    }

    /// Parameters outside the body, of an operation or a path item.
    fn params(&mut self, node: &'d Node) -> Result<Vec<Arc<Param>>, SpecError> {
        let list = node.get("parameters").map(Node::elements).unwrap_or_default();
        self.used(list.len(), node)?;
        Ok(list.iter().filter_map(|param| self.known_param(param)).collect())
    }

    fn used(&mut self, params: usize, node: &Node) -> Result<(), SpecError> {
        self.params_used = self.params_used.saturating_add(params);
        if self.params_used > SPEC_PARAMS_MAX {
            return Err(SpecError::new(node.place, format!("more than {SPEC_PARAMS_MAX} parameters of operations")));
        }
        Ok(())
    }

    fn known_param(&mut self, node: &'d Node) -> Option<Arc<Param>> {
        let node = self.resolved(node);
        let at = std::ptr::from_ref(node);
        if let Some(known) = self.params.get(&at) {
            return known.clone();
        }
        let param = self.param(node).map(Arc::new);
        self.params.insert(at, param.clone());
        param
    }

    fn alternatives(&mut self, list: &'d Node) -> Arc<[BTreeSet<String>]> {
        let at = list.elements().as_ptr();
        if let Some(known) = self.security.get(&at) {
            return Arc::clone(known);
        }
        for (key, _) in list.elements().iter().flat_map(Node::entries) {
            if !self.schemes.contains_key(&*key.text) {
                self.remark(key.place, format!("the security scheme {} is not declared", quoted(&key.text)));
            }
        }
        let found: Arc<[_]> = security::alternatives(list, &self.schemes).into();
        if !list.elements().is_empty() {
            self.security.insert(at, Arc::clone(&found));
        }
        found
    }

    fn servers(&mut self, node: &Node) -> Vec<super::Server> {
        servers::of(node, |node, text| self.remark(node.place, text))
    }

    /// Base paths of the servers a node names itself, else those it inherits.
    fn own_bases(&mut self, node: &'d Node, inherited: &Arc<[String]>) -> Arc<[String]> {
        let Some(list) = node.get("servers").map(Node::elements).filter(|list| !list.is_empty()) else {
            return Arc::clone(inherited);
        };
        if let Some(known) = self.bases.get(&list.as_ptr()) {
            return Arc::clone(known);
        }
        let own = self.servers(node);
        let found = if own.is_empty() { Arc::clone(inherited) } else { bases(&own) };
        self.bases.insert(list.as_ptr(), Arc::clone(&found));
        found
    }

    fn remark(&mut self, place: Place, text: impl Into<String>) {
        if self.remarks.len() < REMARKS_MAX {
            self.remarks.insert((place, text.into()));
        }
    }

    fn param(&mut self, node: &'d Node) -> Option<Param> {
        let place = match node.get("in")?.text()? {
            "path" => ParamPlace::Path,
            "query" => ParamPlace::Query,
            "header" => ParamPlace::Header,
            "cookie" => ParamPlace::Cookie,
            _ => return None,
        };
        let schema = node.get("schema").map_or(node, |schema| self.resolved(schema));
        let required = node.get("required").is_some_and(Node::is_true) || place == ParamPlace::Path;
        let name = node.get("name")?.text()?;
        if name.len() > SPEC_NAME_BYTES_MAX {
            let text = format!("a parameter whose name has more than {SPEC_NAME_BYTES_MAX} bytes was left out");
            self.remark(node.place, text);
            return None;
        }
        Some(Param { place, name: name.to_owned(), required, types: types(schema), at: node.place })
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
            let name = form.get("name").and_then(Node::text).filter(|name| name.len() <= SPEC_NAME_BYTES_MAX);
            let Some(name) = name else { continue };
            if content.fields.len() >= SPEC_FIELDS_MAX || !self.budget.field() {
                content.open.insert(String::new());
                break;
            }
            let required = form.get("required").is_some_and(Node::is_true);
            let field = super::Field { types: types(form), required, at: form.place };
            content.fields.insert(format!("/{}", name.replace('~', "~0").replace('/', "~1")), field);
        }
        Some(content)
    }

    /// `content` of an OpenAPI 3 body.
    fn content(&mut self, body: &'d Node) -> Content {
        let mut content = Content { at: body.place, ..Content::default() };
        for (name, media) in body.get("content").map(Node::entries).unwrap_or_default().iter().take(MEDIA_TYPES_MAX) {
            content.media_types.insert(bare(&name.text));
            self.schema(media.get("schema"), &mut content);
        }
        content
    }

    pub(super) fn schema(&mut self, schema: Option<&'d Node>, content: &mut Content) {
        match schema {
            Some(schema) => Fields::new(self).walk(schema, "", false, content),
            None => drop(content.open.insert(String::new())),
        }
    }

    /// `consumes` or `produces` of a Swagger operation, else of its document.
    pub(super) fn media_types(&self, node: &Node, key: &str) -> BTreeSet<String> {
        let list = node.get(key).or_else(|| self.root.get(key)).map(Node::elements).unwrap_or_default();
        let types: BTreeSet<String> = list.iter().take(MEDIA_TYPES_MAX).filter_map(Node::text).map(bare).collect();
        if types.is_empty() { BTreeSet::from([JSON.to_owned()]) } else { types }
    }

    /// What a node stands for: itself, or where its `$ref` leads.
    pub(super) fn resolved(&mut self, node: &'d Node) -> &'d Node {
        let (found, failed) = follow(self.root, node);
        match failed {
            None => {}
            Some((place, Failure::Elsewhere(to))) => self.remark(
                place,
                format!("`$ref` to {} was not followed: only references inside the document are", quoted(to)),
            ),
            Some((place, Failure::Nowhere(to))) => {
                self.remark(place, format!("`$ref` to {} leads nowhere", quoted(to)));
            }
            Some((place, Failure::Endless)) => self.remark(
                place,
                format!("`$ref` was not followed: it leads in a circle, or over more than {REFERENCES_MAX} others"),
            ),
        }
        found
    }
}

/// Why a reference was not followed to its end.
enum Failure<'d> {
    Elsewhere(&'d str),
    Nowhere(&'d str),
    Endless,
}

/// Follows references inside the document; the last node reached, and why it could not go on.
fn follow<'d>(root: &'d Node, mut node: &'d Node) -> (&'d Node, Option<(Place, Failure<'d>)>) {
    for _ in 0..REFERENCES_MAX {
        let Some((place, to)) = node.get("$ref").and_then(|r| Some((r.place, r.text()?))) else { return (node, None) };
        let Some(pointer) = to.strip_prefix('#') else { return (node, Some((place, Failure::Elsewhere(to)))) };
        match root.at(&decoded(pointer)) {
            Some(target) => node = target,
            None => return (node, Some((place, Failure::Nowhere(to)))),
        }
    }
    (node, Some((node.place, Failure::Endless)))
}

/// Why a path cannot be used.
fn unusable(path: &str, item: &Node) -> Option<String> {
    if !path.starts_with('/') {
        return Some(format!("the path {} does not begin with a slash; it was left out", quoted(path)));
    }
    if path.len() > SPEC_PATH_BYTES_MAX {
        return Some(format!("a path of more than {SPEC_PATH_BYTES_MAX} bytes was left out"));
    }
    (!item.is_map() && !matches!(item.value, Value::Null)).then(|| "a path item that is no map was left out".to_owned())
}

/// Text of a document as remarks show it.
fn quoted(text: &str) -> String {
    let short = short(text);
    if short.len() < text.len() { format!("{short:?}…") } else { format!("{short:?}") }
}

/// The beginning of a name.
fn short(text: &str) -> &str {
    text.get(..text.floor_char_boundary(NAME_SHOWN_MAX)).unwrap_or(text)
}

/// A pointer in a URI fragment: percent-encoding undone.
fn decoded(pointer: &str) -> String {
    let bytes = percent_encoding::percent_decode_str(pointer);
    bytes.decode_utf8_lossy().into_owned()
}

/// A media type in lower case without parameters.
pub(super) fn bare(media_type: &str) -> String {
    media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .chars()
        .take(NAME_SHOWN_MAX)
        .collect::<String>()
        .to_ascii_lowercase()
}

fn bases(servers: &[super::Server]) -> Arc<[String]> {
    let set: BTreeSet<String> = servers.iter().map(|server| server.base.clone()).collect();
    if set.is_empty() { Arc::from([String::new()]) } else { set.into_iter().collect() }
}
