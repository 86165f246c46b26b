//! Operations that a request names in its content: GraphQL, JSON-RPC, MCP and SOAP.
//!
//! In: the leaves of a request's JSON while it is walked, the pairs of its query or form, or its XML; then how the answer
//! looks. Out: rows of [`ObservationBatch::operations`](model::ObservationBatch), and their arguments instead of the
//! parameters that carry them. Kept: buffers.
//!
//! What is an operation is told by content, never by the path. JSON-RPC 2.0 says so itself; 1.0 is told by exactly its
//! three members. GraphQL is a text that is a whole document of that language, or the hash of one where clients put it.
//! Where that is weak evidence, the answer must have the form of such an answer too. So a search with a field `query`, or
//! a form with a field `method`, stays what it is.

mod answer;
mod arguments;
mod failure;
mod graphql;
mod soap;

use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::FixedState;
use model::limits::{NAME_BYTES_MAX, OPERATIONS_PER_CALL_MAX};
use model::message::{FieldName, Request};
use model::{Operation, OperationKind, ValueClass};

use crate::class::classify;
use crate::json::Leaf;
use crate::row::{Row, push_placeholder};
use crate::text::push_printable;
use graphql::Document;

/// Seed of the hashes of operations; fixed, so that runs agree.
const SEED: u64 = 4;
/// Bytes of a name that are looked at.
const NAME_READ_MAX: usize = 4 * NAME_BYTES_MAX;
/// Elements of a batch whose answers are told apart.
const ELEMENTS_MAX: usize = 256;

/// What was met among the members of one element.
mod met {
    pub(super) const JSONRPC_2: u32 = 1;
    pub(super) const METHOD: u32 = 1 << 1;
    pub(super) const ID: u32 = 1 << 2;
    pub(super) const PARAMS: u32 = 1 << 3;
    pub(super) const PARAMS_LIST: u32 = 1 << 4;
    pub(super) const DOCUMENT: u32 = 1 << 5;
    pub(super) const VARIABLES: u32 = 1 << 6;
    pub(super) const NAME: u32 = 1 << 7;
    /// The hash of a document, by Apollo's extension; or the id of one, under a name that may mean other things.
    pub(super) const HASH: u32 = 1 << 8;
    pub(super) const DOCUMENT_ID: u32 = 1 << 9;
    pub(super) const TOOL: u32 = 1 << 10;
    pub(super) const PROTOCOL_VERSION: u32 = 1 << 11;
    /// Something that is none of these.
    pub(super) const OTHER: u32 = 1 << 12;
}

/// Reads operations.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// What was met of the present element; see [`met`].
    met: u32,
    /// Whether the content is an array, and whether nothing of it is looked at any more.
    batch: bool,
    off: bool,
    method: Vec<u8>,
    tool: Vec<u8>,
    name: Vec<u8>,
    hash: Vec<u8>,
    document: Document,
    /// Name of an argument being read.
    pointer: Vec<u8>,
    /// JSON of the pair `variables`.
    variables: Vec<u8>,
    found: Vec<Found>,
    /// Names of `found`.
    names: Vec<u8>,
    /// Elements so far: the first of `found` that each names, and how many.
    elements: Vec<(u8, u8)>,
    /// Elements seen, those beyond the bound too.
    count: u32,
    /// Where the parameters of the present element begin, among those of the row.
    params_from: u32,
    /// Whether the answer must agree.
    weak: bool,
}

/// An operation found.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    kind: OperationKind,
    name: (u32, u32),
    times: u16,
    size: (u16, u16, u16),
    /// Its parameters, among those of the row.
    params: (u32, u32),
    introspects: bool,
    failed: bool,
}

impl Reader {
    /// Before a request.
    #[inline]
    pub(crate) fn begin(&mut self) {
        (self.met, self.batch, self.off, self.weak, self.count, self.params_from) = (0, false, false, false, 0, 0);
        self.found.clear();
        self.names.clear();
        self.elements.clear();
        self.variables.clear();
        self.document.clear();
    }

    /// Before a JSON body.
    #[inline]
    pub(crate) fn begin_json(&mut self, array: bool, params: usize) {
        (self.met, self.batch, self.params_from) = (0, array, params as u32);
    }

    /// A leaf of the body.
    #[inline]
    pub(crate) fn leaf(&mut self, pointer: &[u8], value: Leaf<'_>) {
        if self.off {
            return;
        }
        let key = if self.batch { pointer.get(2..).unwrap_or_default() } else { pointer };
        // Two letters tell most members of other documents.
        match key.get(1..3) {
            Some(b"do" | b"ex" | b"id" | b"js" | b"me" | b"op" | b"pa" | b"qu" | b"va") => self.member(key, value),
            _ => self.met |= met::OTHER,
        }
    }

    fn member(&mut self, key: &[u8], value: Leaf<'_>) {
        let text = match value {
            Leaf::Text(text) | Leaf::Number(text) => text,
            _ => &[],
        };
        let is_text = matches!(value, Leaf::Text(_));
        self.met |= match key {
            b"/jsonrpc" if text == b"2.0" => met::JSONRPC_2,
            b"/jsonrpc" if matches!(text, b"1.0" | b"1.1") => 0,
            b"/method" if is_text => keep(&mut self.method, text, met::METHOD),
            b"/id" => met::ID | if is_hash(text) { keep(&mut self.hash, text, met::DOCUMENT_ID) } else { 0 },
            b"/params" if value == Leaf::Array => met::PARAMS | met::PARAMS_LIST,
            b"/params" => met::PARAMS,
            b"/params/name" if is_text => met::PARAMS | keep(&mut self.tool, text, met::TOOL),
            b"/params/protocolVersion" => met::PARAMS | met::PROTOCOL_VERSION,
            b"/query" if is_text => {
                // An empty one stands beside the hash of a document.
                let other = if text.is_empty() { 0 } else { met::OTHER };
                if self.document.read(text) { met::DOCUMENT } else { other }
            }
            b"/operationName" if is_text => keep(&mut self.name, text, met::NAME),
            b"/query" | b"/operationName" if value == Leaf::Null => 0,
            b"/variables" => met::VARIABLES,
            b"/extensions/persistedQuery/sha256Hash" if is_text => keep(&mut self.hash, text, met::HASH),
            b"/documentId" | b"/doc_id" | b"/docId" | b"/queryId" => keep(&mut self.hash, text, met::DOCUMENT_ID),
            _ if key.starts_with(b"/params/*") => met::PARAMS | met::PARAMS_LIST,
            _ if key.starts_with(b"/params/") => met::PARAMS,
            _ if key.starts_with(b"/variables/") => met::VARIABLES,
            _ if key.starts_with(b"/extensions") => 0,
            _ => met::OTHER,
        };
    }

    /// A pair of a query or form.
    #[inline]
    pub(crate) fn pair(&mut self, name: &[u8], value: &[u8]) {
        self.met |= match name {
            b"query" if self.met & met::DOCUMENT == 0 && self.document.read(value) => met::DOCUMENT,
            b"operationName" => keep(&mut self.name, value, met::NAME),
            b"variables" if value.first() == Some(&b'{') => {
                self.variables.clear();
                self.variables.extend_from_slice(value);
                met::VARIABLES
            }
            b"extensions" => match sha256_hash(value) {
                Some(hash) => keep(&mut self.hash, hash, met::HASH),
                None => 0,
            },
            b"documentId" | b"doc_id" => keep(&mut self.hash, value, met::DOCUMENT_ID),
            _ => 0,
        };
    }

    /// A body that is a GraphQL document.
    pub(crate) fn document(&mut self, text: &[u8]) {
        self.met |= if self.document.read(text) { met::DOCUMENT } else { 0 };
    }

    /// Whether leaves matter although there is no room for parameters.
    pub(crate) fn goes_on(&self) -> bool {
        !self.off && (self.met & !met::OTHER != 0 || !self.found.is_empty())
    }

    /// Whether the content is an array of operations so far: what comes next is another element of it.
    pub(crate) fn next_element(&mut self, params: usize) -> bool {
        if self.off {
            return false;
        }
        self.element(params);
        self.off = self.found.is_empty();
        (self.met, self.params_from) = (0, params as u32);
        !self.off
    }

    /// What the members met so far name; `params` is the number of the row's parameters.
    fn element(&mut self, params: usize) {
        let (before, met) = (self.found.len(), self.met);
        let has = |all: u32| met & all == all;
        let first = if has(met::JSONRPC_2 | met::METHOD) {
            self.rpc(met, params)
        } else if has(met::METHOD | met::ID | met::PARAMS_LIST) && !has(met::OTHER) {
            self.weak = true;
            self.rpc(met, params)
        } else if has(met::DOCUMENT) {
            self.graphql(met, params)
        } else if has(met::HASH) || has(met::DOCUMENT_ID | met::VARIABLES) {
            self.weak |= !has(met::HASH);
            let name = if has(met::NAME) { &self.name } else { &self.hash };
            let name = (!name.is_empty()).then(|| push(&mut self.names, name));
            name.and_then(|name| self.add(OperationKind::Persisted, name, params))
        } else {
            None
        };
        self.count = self.count.saturating_add(1);
        if self.elements.len() < ELEMENTS_MAX {
            let first = first.unwrap_or(before);
            let len = (self.found.len().saturating_sub(before)).max(usize::from(first < before));
            self.elements.push((first as u8, len as u8));
        }
    }

    fn rpc(&mut self, met: u32, params: usize) -> Option<usize> {
        let mcp = is_mcp(&self.method) || (self.method == b"initialize" && met & met::PROTOCOL_VERSION != 0);
        if mcp && self.method == b"tools/call" && met & met::TOOL != 0 && !self.tool.is_empty() {
            let name = push(&mut self.names, &self.tool);
            return self.add(OperationKind::McpTool, name, params);
        }
        if self.method.is_empty() {
            return None;
        }
        let name = push(&mut self.names, &self.method);
        self.add(if mcp { OperationKind::Mcp } else { OperationKind::JsonRpc }, name, params)
    }

    fn graphql(&mut self, met: u32, params: usize) -> Option<usize> {
        let Self { document, names, .. } = self;
        let named = met & met::NAME != 0 && !self.name.is_empty();
        let chosen = document.operations.iter().find(|op| named && document.name(op) == self.name);
        let only = || if let [only] = &*document.operations { Some(only) } else { None };
        let operation = *chosen.or_else(only)?;
        if !document.name(&operation).is_empty() {
            let name = push(names, document.name(&operation));
            return self.add(operation.kind, name, params);
        }
        self.weak = true;
        let kind = match operation.kind {
            OperationKind::Mutation => OperationKind::MutationField,
            OperationKind::Subscription => OperationKind::SubscriptionField,
            _ => OperationKind::QueryField,
        };
        let several = document.roots(&operation).count() > 1;
        let roots: Vec<_> = document
            .roots(&operation)
            .filter(|root| !several || *root != b"__typename")
            .map(|root| push(names, root))
            .collect();
        roots.into_iter().filter_map(|name| self.add(kind, name, params)).reduce(usize::min)
    }

    /// Adds an operation, or counts it once more; its place among those found.
    fn add(&mut self, kind: OperationKind, name: (u32, u32), params: usize) -> Option<usize> {
        let text = |of: (u32, u32)| self.names.get(of.0 as usize..of.1 as usize);
        if let Some(at) = self.found.iter().position(|known| known.kind == kind && text(known.name) == text(name)) {
            self.names.truncate(name.0 as usize);
            if let Some(known) = self.found.get_mut(at) {
                known.times = known.times.saturating_add(1);
            }
            return Some(at);
        }
        if self.found.len() >= OPERATIONS_PER_CALL_MAX {
            return None;
        }
        let size = &self.document;
        let graphql = kind.is_graphql() && self.met & met::DOCUMENT != 0;
        let introspects = graphql && size.introspects;
        let size = if graphql { (size.depth, size.fields, size.aliases) } else { (0, 0, 0) };
        let params = (self.params_from, params as u32);
        self.found.push(Found { kind, name, times: 1, size, params, introspects, failed: false });
        Some(self.found.len() - 1)
    }

    /// After the request was read: writes the operations it names, if it names any.
    #[inline]
    pub(crate) fn finish(&mut self, row: &mut Row<'_>, request: &Request<'_>, xml: Option<&[u8]>) {
        if self.met & !met::OTHER == 0 && self.found.is_empty() && xml.is_none() {
            return;
        }
        self.close(row, Some(request), xml);
    }

    /// After a message of a stream was read.
    pub(crate) fn finish_message(&mut self, row: &mut Row<'_>) {
        if self.met & !met::OTHER != 0 || !self.found.is_empty() {
            self.close(row, None, None);
        }
    }

    fn close(&mut self, row: &mut Row<'_>, request: Option<&Request<'_>>, xml: Option<&[u8]>) {
        if let (Some(xml), Some(request)) = (xml, request) {
            self.soap(row, request, xml);
        } else if !self.off {
            self.element(row.param_count());
        }
        // Only queries are sent by GET (GraphQL over HTTP §6.1); a header tells MCP where a method of it is any protocol's.
        let get = request.is_some_and(|request| request.method == b"GET");
        let mcp = self.found.iter().any(|found| found.kind == OperationKind::JsonRpc)
            && request.is_some_and(|request| {
                request.fields.iter().any(|(_, name, _)| {
                    name.len() >= 14 && name.get(..4).is_some_and(|head| head.eq_ignore_ascii_case(b"mcp-"))
                })
            });
        for found in &mut self.found {
            found.kind = match found.kind {
                OperationKind::Persisted if get => OperationKind::Query,
                OperationKind::JsonRpc if mcp => OperationKind::Mcp,
                kind => kind,
            };
        }
        let base = row.seen.name_hash;
        row.seen.operations.at = row.batch.operations.len() as u32;
        row.seen.operations.len = self.found.len() as u32;
        for found in &self.found {
            let raw = self.names.get(found.name.0 as usize..found.name.1 as usize).unwrap_or_default();
            let name = row.text(|out| push_name(out, raw, found.kind));
            let (depth, fields, aliases) = found.size;
            let hash = hash(base, found.kind, row.batch.text(name));
            row.batch.operations.push(Operation {
                kind: found.kind,
                name,
                hash,
                times: found.times,
                depth,
                fields,
                aliases,
                introspects: found.introspects,
                ..Operation::default()
            });
        }
        if let Some(first) = row.batch.operations.get(row.seen.operations.at as usize) {
            row.seen.name_hash = first.hash;
        }
    }

    /// The action of a SOAP envelope: what the header or the media type says, else its first element.
    fn soap(&mut self, row: &Row<'_>, request: &Request<'_>, xml: &[u8]) {
        let field = request.fields.iter().find(|(_, name, _)| name.eq_ignore_ascii_case(b"soapaction"));
        let media = request.fields.first(FieldName::ContentType).and_then(soap::action_parameter);
        let action = field.map(|(_, _, value)| value).or(media).map(soap::action_name).unwrap_or_default();
        let element = soap::first_in_body(xml).unwrap_or_default();
        // Without an envelope, a field of that name says it as surely.
        let known = !element.is_empty() || field.is_some();
        let name = if action.is_empty() { element } else { action };
        if known && !name.is_empty() {
            let name = push(&mut self.names, name);
            self.add(OperationKind::Soap, name, row.param_count());
        }
    }
}

/// Whether the media type (lower case, without parameters) may hold a SOAP envelope.
pub(crate) fn may_be_soap(media_type: &[u8]) -> bool {
    matches!(media_type, b"text/xml" | b"application/soap+xml" | b"application/xml")
}

/// Whether a method is one of MCP's and no other protocol's (specification 2025-06-18).
fn is_mcp(method: &[u8]) -> bool {
    const FAMILIES: [&[u8]; 6] =
        [b"tools/", b"resources/", b"prompts/", b"sampling/", b"elicitation/", b"notifications/"];
    FAMILIES.iter().any(|family| method.starts_with(family))
        || matches!(method, b"logging/setLevel" | b"completion/complete" | b"roots/list")
}

fn hash(base: u64, kind: OperationKind, name: &[u8]) -> u64 {
    let mut hasher = FixedState::with_seed(SEED).build_hasher();
    hasher.write_u64(base);
    hasher.write_u8(kind as u8);
    hasher.write(name);
    hasher.finish()
}

/// Replaces what `kept` holds, and gives `bit` back.
fn keep(kept: &mut Vec<u8>, text: &[u8], bit: u32) -> u32 {
    kept.clear();
    kept.extend_from_slice(text.get(..NAME_READ_MAX).unwrap_or(text));
    bit
}

fn push(names: &mut Vec<u8>, name: &[u8]) -> (u32, u32) {
    let from = names.len() as u32;
    names.extend_from_slice(name.get(..NAME_READ_MAX).unwrap_or(name));
    (from, names.len() as u32)
}

/// A name that is a value itself (other than the id of a document, which is one) gives its class only.
fn push_name(out: &mut Vec<u8>, name: &[u8], kind: OperationKind) {
    use ValueClass as C;
    let class = classify(name);
    if kind != OperationKind::Persisted && matches!(class, C::Int | C::Uuid | C::Email | C::Phone | C::Ip | C::Jwt) {
        push_placeholder(out, class);
        return;
    }
    let end = out.len() + NAME_BYTES_MAX;
    for (at, piece) in name.split(|b| *b == b'/').enumerate() {
        let room = end.saturating_sub(out.len());
        if at > 0 && room > 0 {
            out.push(b'/');
        }
        push_printable(out, piece, room.saturating_sub(usize::from(at > 0)));
    }
}

/// Whether a text is as long and as hexadecimal as the hash of a document.
fn is_hash(text: &[u8]) -> bool {
    let bare = text.strip_prefix(b"sha256:").unwrap_or(text);
    matches!(bare.len(), 32 | 40 | 64) && bare.iter().all(u8::is_ascii_hexdigit)
}

/// The hash in Apollo's extension for persisted queries.
fn sha256_hash(extensions: &[u8]) -> Option<&[u8]> {
    const MEMBER: &[u8] = b"\"sha256Hash\"";
    let at = memchr::memmem::find(extensions, MEMBER)?;
    let rest = extensions.get(at + MEMBER.len()..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let value = rest.strip_prefix(b"\"")?;
    value.get(..memchr::memchr(b'"', value)?).filter(|hash| is_hash(hash))
}

#[cfg(test)]
mod tests;
