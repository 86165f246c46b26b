//! One transaction in, one redacted observation out.
//!
//! [`Inspector::inspect`] reads a borrowed [`Transaction`] and appends one row to an [`ObservationBatch`]: what is called
//! (service, method, template, segments), by whom (a pseudonym and the kinds of credentials), with which parameters, and
//! how it was answered. It judges nothing: the same transaction gives the same row, whatever came before, except
//! that the fields of answers are read for a sample of them, drawn in each partition of flows by its own count, which a
//! state keeps. Beside it there are buffers, pseudonyms made lately, and how coded answers looked.
//!
//! | module | what it reads |
//! |---|---|
//! | [`class`] | the shape of a value |
//! | [`path`], [`service`] | request target and authority |
//! | [`matrix`], [`query`], [`cookies`], [`body`], [`json`] | parameters, by where they stand |
//! | [`auth`], [`base64`], [`names`] | credentials, and which names carry them |
//! | [`written`] | the same of credentials that people write down |
//! | [`pseudonym`] | the keyed hashes that stand for them |
//! | [`whence`], [`agent`] | where a call comes from, and the name of the client |
//! | [`attempt`] | log-ins: whom and what they try, what the answer hands out |
//! | [`payload`] | payloads of attacks, and what answers show of their success |
//! | [`documents`] | bodies that have a tree and are no JSON, by [`protobuf`], [`binary`], [`xml`], [`multipart`], [`archive`] |
//! | [`grpc`], [`descriptors`] | calls of gRPC, and what descriptor sets tell of them |
//! | [`operations`] | operations that the content names: GraphQL, JSON-RPC, MCP, SOAP |
//! | [`content`] | content codings |
//! | [`answer`], [`answer_fields`] | shape and fields of the answer |
//! | [`disclosed`] | values that the answer discloses |
//! | [`sampling`], [`saved`] | which answers are read in full, and what a state keeps of that |
//! | [`retirement`] | what answers say about their end |
//! | [`notes`] | what fields of answers tell of the software that answered |
//! | [`sensitive`] | what values are about |
//! | [`memo`], [`tag`] | what was made lately |
//! | [`streamed`] | parts of streams of messages |
//! | [`row`], [`text`] | the only ways into a batch |
//!
//! **Invariant:** no credential, token, cookie or body value stands in a batch; values are classes and keyed hashes.

mod agent;
mod answer;
mod answer_fields;
mod archive;
mod attempt;
mod auth;
mod base64;
mod binary;
mod body;
mod certificate;
mod class;
mod content;
mod cookies;
mod descriptors;
mod disclosed;
mod documents;
mod grpc;
mod json;
mod matrix;
mod memo;
mod multipart;
mod names;
mod notes;
mod operations;
mod path;
mod payload;
mod pointer;
mod protobuf;
mod pseudonym;
mod query;
mod retirement;
mod row;
mod sampling;
mod saved;
mod sensitive;
mod service;
mod streamed;
mod tag;
mod text;
mod tokens;
mod whence;
mod written;
mod xml;

use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Arc;

use foldhash::fast::FixedState;
use memchr::memchr;
use model::limits::{CLIENT_MEMO_MAX, COOKIE_MEMO_MAX, METHOD_BYTES_MAX, NAME_BYTES_MAX};
use model::message::{Body, FieldName, Fields, Request, Response};
use model::observation::{Side, Text};
use model::{Anomaly, AuthKind, Callers, DeploymentKey, Identity, ObservationBatch, ParamPlace, Transaction};

use auth::Credentials;
pub use descriptors::{Descriptors, Method, Unreadable};
use names::{FieldUse, field_use};
use pseudonym::Pseudonyms;
use row::Row;
pub use sensitive::{Check, OwnRule, OwnRules, Unfit};
use whence::Whence;
pub use written::Written;

/// A segment of a path as observations name it; `None` when its form alone says that a value stands in it.
pub fn path_word(segment: &str) -> Option<String> {
    path::word(segment.as_bytes())
}

/// Seed of the hash over service, method and template; fixed, so that runs agree.
const NAME_SEED: u64 = 0;

/// Reads transactions.
#[derive(Debug)]
pub struct Inspector {
    names: Pseudonyms,
    said: row::Said,
    whence: Whence,
    buffers: Buffers,
}

#[derive(Debug, Default)]
struct Buffers {
    decoders: content::Decoders,
    answers: answer::Answers,
    walker: json::Walker,
    pairs: query::Scratch,
    tokens: auth::Scratch,
    segment: Vec<u8>,
    disclosed: Vec<u8>,
    lately: Lately,
    sampling: sampling::Sampling,
    notes: notes::Notes,
    operations: operations::Reader,
    documents: documents::Documents,
}

/// What fields of requests said lately. It changes no result.
#[derive(Debug)]
struct Lately {
    uses: memo::Names<FieldUse>,
    clients: memo::Memo<agent::Agent>,
    cookies: memo::Memo<cookies::Known>,
    /// Room for a decoded cookie.
    decoded: Vec<u8>,
}

impl Default for Lately {
    fn default() -> Self {
        let (clients, cookies) = (memo::Memo::new(CLIENT_MEMO_MAX), memo::Memo::new(COOKIE_MEMO_MAX));
        Self { uses: memo::Names::default(), clients, cookies, decoded: Vec::new() }
    }
}

impl Inspector {
    /// With the key that pseudonyms are made with.
    pub fn new(key: DeploymentKey) -> Self {
        Self::with(key, Arc::default(), OwnRules::default())
    }

    /// The same, with zones, trusted proxies and classes of data of the configuration.
    pub fn with(key: DeploymentKey, callers: Arc<Callers>, classes: OwnRules) -> Self {
        Self {
            names: Pseudonyms::new(key),
            said: row::Said::new(classes),
            whence: Whence::new(callers),
            buffers: Buffers::default(),
        }
    }

    /// The same, with what descriptor sets tell of gRPC.
    #[must_use]
    pub fn with_descriptors(mut self, descriptors: Arc<Descriptors>) -> Self {
        self.buffers.documents.descriptors = descriptors;
        self
    }

    /// Appends the observation of `transaction`, whose flow is in that partition, to `batch`.
    pub fn inspect(&mut self, transaction: &Transaction<'_>, partition: usize, batch: &mut ObservationBatch) {
        let mut row = Row::new(&mut self.names, &mut self.said, batch, transaction);
        let fields = transaction.request.as_ref().map(|request| &request.fields);
        row.seen.caller = self.whence.caller(&transaction.flow.orig.addr, fields);
        if let Some(request) = &transaction.request {
            self.buffers.request(request, transaction, &mut self.whence, &mut row);
        } else {
            self.buffers.operations.begin();
            row.seen.service = row.text(|out| service::push(out, None, &transaction.flow.resp));
            row.seen.name_hash = name_hash(&row);
        }
        // Calls of gRPC end with a code of their own.
        let rpc = row.seen.rpc != 0 || transaction.response.is_some_and(|response| response.body.messages.is_some());
        let judged = if rpc { transaction.response.as_ref().and_then(grpc::with_status) } else { None };
        if let Some(response) = judged.as_ref().or(transaction.response.as_ref()) {
            if let Some(request) = &transaction.request {
                attempt::credential(&mut row, &request.fields, response.status);
            }
            let target = transaction.request.map_or(&[][..], |request| request.target);
            self.buffers.response(response, target, partition, &mut row);
        } else {
            self.buffers.operations.settle(&mut row, None);
        }
        row.finish();
    }
}

impl Buffers {
    fn request(
        &mut self,
        request: &Request<'_>,
        transaction: &Transaction<'_>,
        whence: &mut Whence,
        row: &mut Row<'_>,
    ) {
        let method = streamed::method(request);
        let target = path::Target::of(method, request.target);
        // RFC 9112 §3.2.2: the authority of an absolute form wins over the Host field.
        let authority = target.authority.or_else(|| request.fields.first(FieldName::Host));
        row.seen.service = row.text(|out| service::push(out, authority, &transaction.flow.resp));
        row.seen.method = row.text(|out| text::push_printable(out, method, METHOD_BYTES_MAX));
        let grpc = if grpc::concerns(request) { grpc::split_path(target.path) } else { None };
        let (path, names) = grpc.unwrap_or((target.path, &[]));
        path::write(row, path, names, &mut self.segment);
        row.seen.name_hash = name_hash(row);
        self.operations.begin();

        let mut credentials = Credentials::default();
        if memchr(b';', target.path).is_some() {
            matrix::read(row, target.path, &mut credentials, &mut self.segment);
        }
        row.suspect_path(target.path);
        attempt::in_path(row, target.path, &mut self.segment);
        query::read(row, target.query, ParamPlace::Query, &mut credentials, &mut self.pairs, &mut self.operations);
        fields(row, &request.fields, &mut credentials, &mut self.lately);
        let certified = certified(row, &credentials, transaction, whence);
        row.seen.identity = credentials
            .identity(row.names, row.seen.auth, &mut self.tokens)
            .or(certified)
            .unwrap_or_else(|| auth::address(row.names, &row.seen.caller.addr));
        row.seen.credential = credentials.hash(&row.seen.identity, row.names);

        let content = self.decoders.decode(&request.fields, &request.body);
        row.seen.anomalies.extend(content.odd);
        if content.odd.contains(Anomaly::ContentBomb) {
            row.seen.anomalies.insert(Anomaly::ContentRequestBomb);
        }
        row.seen.request = side(row, &request.fields, &request.body);
        let media_type = row.batch.text(row.seen.request.content_type);
        let kind = body::Kind::of(media_type).of_body(&request.body);
        let xml = if operations::may_be_soap(media_type) { content.bytes } else { None };
        if kind.is_document() {
            self.documents.request(row, kind, request, &content, &mut self.walker, &mut self.operations);
        } else {
            body::read(row, kind, &content, &mut self.walker, &mut self.pairs, &mut self.operations);
        }
        if let Some(document) = content.bytes.filter(|_| kind.is_text()) {
            row.suspect_document(document);
        }
        self.operations.finish(row, request, xml);
        if let Some(content) = content.bytes {
            self.operations.rename_variables(row, content, &mut self.walker);
        }
        self.operations.read_variables(row, &mut self.walker);
        self.operations.read_literals(row);
    }

    fn response(&mut self, response: &Response<'_>, target: &[u8], partition: usize, row: &mut Row<'_>) {
        row.seen.status = response.status;
        row.seen.retirement = retirement::read(&response.fields);
        self.notes.see(partition, row.seen.name_hash, response.status, &response.fields, row);
        row.seen.response = side(row, &response.fields, &response.body);
        disclosed::read_fields(row, response);
        let kind = body::Kind::of(row.batch.text(row.seen.response.content_type)).of_body(&response.body);
        let read = kind.has_fields() && !response.body.kept.is_empty();
        if row.seen.rpc != 0 || kind.is_grpc() {
            self.documents.settle(row, kind, target, response);
        }
        let media_type = row.batch.text(row.seen.response.content_type);
        let coded = response.fields.first(FieldName::ContentEncoding).is_some();
        let discloses = disclosed::may(kind, response);
        let look =
            if read && self.sampling.wants(partition, row.seen.name_hash, response.status, coded, row.seen.first_at) {
                let content = self.decoders.decode(&response.fields, &response.body);
                let look = self.answers.look_anew(media_type, &content);
                if discloses {
                    disclosed::read(row, &content, &mut self.disclosed);
                }
                if kind.is_document() {
                    self.documents.answer(row, kind, response, target, &content, &mut self.walker);
                } else {
                    answer_fields::read(row, &content, &mut self.walker);
                }
                look
            } else if discloses {
                self.disclose(response, row)
            } else {
                self.answers.look(row.names, media_type, response, &mut self.decoders)
            };
        if row.attempts && response.status < 400 {
            let content = self.decoders.decode(&response.fields, &response.body);
            attempt::issued(row, response, &content, &mut self.walker);
        }
        if tokens::may_hand_out(row, response, coded) {
            let content = self.decoders.decode(&response.fields, &response.body);
            tokens::made(row, &content, &mut self.walker);
        }
        if row.seen.operations.len > 0 {
            let content = if self.operations.asks(row, look.says) {
                self.decoders.decode(&response.fields, &response.body).bytes
            } else {
                None
            };
            self.operations.settle(row, content.map(|bytes| (bytes, kind == body::Kind::Json)));
        }
        if row.tried != 0 {
            row.delay();
            if !response.body.kept.is_empty() {
                let page = is_page(row.batch.text(row.seen.response.content_type));
                let content = self.decoders.decode(&response.fields, &response.body);
                row.prove(content.bytes.unwrap_or_default(), page);
            }
        }
        row.seen.anomalies.extend(look.odd);
        row.seen.answer_shape = look.shape;
    }

    /// How an answer looks that discloses something, which goes into the row. Equal ones are read once.
    fn disclose(&mut self, response: &Response<'_>, row: &mut Row<'_>) -> answer::Look {
        let media_type = row.batch.text(row.seen.response.content_type);
        let (tag, known) = self.answers.known(row.names, media_type, response);
        if let Some(known) = known {
            row.batch.disclosed.extend_from_slice(&known.disclosed);
            row.seen.disclosed_cut |= known.cut;
            return known.look;
        }
        let content = self.decoders.decode(&response.fields, &response.body);
        let look = self.answers.look_anew(media_type, &content);
        let before = row.batch.disclosed.len();
        disclosed::read(row, &content, &mut self.disclosed);
        let values = row.batch.disclosed.get(before..).unwrap_or_default();
        self.answers.remember(tag, look, values, row.seen.disclosed_cut);
        look
    }
}

/// The holder of the client's certificate: a trusted proxy tells of its own client, else the handshake of the connection.
fn certified(
    row: &mut Row<'_>,
    credentials: &Credentials<'_>,
    transaction: &Transaction<'_>,
    whence: &mut Whence,
) -> Option<Identity> {
    let told = credentials.certificate.name().filter(|_| whence.trusts(&transaction.flow.orig.addr));
    let name = told.as_deref().or(transaction.certificate)?;
    row.seen.auth.insert(AuthKind::ClientCertificate);
    Some(auth::certificate(row.names, name))
}

/// Whether a browser runs scripts in content of that media type.
fn is_page(media_type: &[u8]) -> bool {
    matches!(media_type, b"text/html" | b"application/xhtml+xml" | b"image/svg+xml")
}

/// Hash of service, method and template, each with its length.
fn name_hash(row: &Row<'_>) -> u64 {
    let mut hasher = FixedState::with_seed(NAME_SEED).build_hasher();
    for text in [row.seen.service, row.seen.method, row.seen.template] {
        hasher.write(row.batch.text(text));
        hasher.write_u32(text.len);
    }
    hasher.finish()
}

fn side(row: &mut Row<'_>, fields: &Fields<'_>, body: &Body<'_>) -> Side {
    let content_type = fields.first(FieldName::ContentType).map_or(Text::default(), |value| media_type(row, value));
    Side { bytes: body.len, content_type, complete: body.complete, seen: true }
}

/// The media type in lower case without parameters.
fn media_type(row: &mut Row<'_>, value: &[u8]) -> Text {
    // What most messages of an API have.
    const USUAL: &[u8] = b"application/json";
    let bare = memchr(b';', value).and_then(|end| value.get(..end)).unwrap_or(value).trim_ascii();
    if bare == USUAL {
        return row.text(|out| out.extend_from_slice(USUAL));
    }
    let text = row.text(|out| match memchr(b'/', bare) {
        Some(slash) => {
            text::push_printable(out, bare.get(..slash).unwrap_or_default(), NAME_BYTES_MAX);
            out.push(b'/');
            text::push_printable(out, bare.get(slash + 1..).unwrap_or_default(), NAME_BYTES_MAX);
        }
        None => text::push_printable(out, bare, NAME_BYTES_MAX),
    });
    let range = text.at as usize..(text.at + text.len) as usize;
    row.batch.text.get_mut(range).unwrap_or_default().make_ascii_lowercase();
    text
}

/// Credentials, cookies, client and the API's own fields, in one pass.
fn fields<'t>(row: &mut Row<'_>, fields: &Fields<'t>, credentials: &mut Credentials<'t>, lately: &mut Lately) {
    let mut cookies = 0;
    // Most requests have no sign of a payload in any field: one look at all of them tells.
    let suspicious = payload::suspicious(ParamPlace::Header, fields.section());
    for (id, name, value) in fields.iter() {
        // Cookies are read one by one.
        if suspicious {
            row.suspect(if id == FieldName::Cookie { ParamPlace::Cookie } else { ParamPlace::Header }, name, value);
        }
        match id {
            FieldName::Authorization => credentials.authorization_field(value, &mut row.seen.auth, row.names),
            FieldName::XApiKey | FieldName::ApiKey | FieldName::XAuthToken | FieldName::XAccessToken => {
                credentials.key_field(value, &mut row.seen.auth);
            }
            FieldName::Cookie => cookies::read(row, value, &mut cookies, credentials, lately),
            FieldName::XHttpMethodOverride | FieldName::XMethodOverride | FieldName::XHttpMethod => {
                row.override_field(ParamPlace::Header, name, value);
            }
            FieldName::UserAgent if row.seen.client == 0 => {
                let agent = agent::lately(value, row.names, &mut lately.clients);
                (row.seen.client, row.seen.client_family) = (agent.name, agent.family);
            }
            FieldName::Other => match lately.uses.tell(name, || field_use(name)) {
                FieldUse::Credential => credentials.key_field(value, &mut row.seen.auth),
                FieldUse::Signature => row.seen.auth.insert(AuthKind::Signature),
                FieldUse::Own => {
                    let class = class::classify(value);
                    let data = row.mark(name, row.tag(name), class, value);
                    row.param_about(ParamPlace::Header, name, class, data);
                }
                FieldUse::Certificate(form) => credentials.certificate.field(form, value),
                FieldUse::Infrastructure => {}
            },
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
