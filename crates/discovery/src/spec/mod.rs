//! API descriptions: OpenAPI 2 (Swagger), 3.0, 3.1 and 3.2, in JSON or YAML.
//!
//! In: the text of a document. Out: a [`Spec`], the operations with what they take and answer, each with the line it
//! stands at. Nothing is fetched: `$ref` is followed inside the document only, cycles included; what points elsewhere is
//! told in [`Spec::remarks`]. Can go wrong: [`SpecError`], with line and column.

mod answers;
mod fields;
mod reader;
mod security;
mod servers;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Id, ParamPlace};

pub use security::{UNDECLARED, UNSEEN};
pub use tree::{Place, SpecError};

/// One document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// `info.title`.
    pub title: String,
    /// The version it names itself: `2.0`, `3.0.3`, `3.1.0`.
    pub version: String,
    /// Where it says to be served.
    pub servers: Vec<Server>,
    /// Operations in the order of the document.
    pub operations: Vec<Operation>,
    /// Where the paths begin: the place of what the document lacks.
    pub paths_at: Place,
    /// What of it was not used, and why.
    pub remarks: Vec<(Place, String)>,
    /// Hash of its text.
    pub digest: Id,
}

/// One server of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// Host with its port, in lower case; none when relative, or when a variable stands in it.
    pub host: Option<String>,
    /// Path before every path of the document, without a slash at its end.
    pub base: String,
    /// Where.
    pub at: Place,
}

/// One operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operation {
    /// Method in upper case.
    pub method: String,
    /// Path as written.
    pub path: String,
    /// Base paths it is served under; those of the document unless it names servers of its own.
    pub bases: Arc<[String]>,
    /// `operationId`, empty when there is none.
    pub id: String,
    /// Line of its method.
    pub at: Place,
    /// Whether it is said to go away.
    pub deprecated: bool,
    /// What it takes outside the body.
    pub params: Vec<Arc<Param>>,
    /// What it takes in the body.
    pub request: Option<Content>,
    /// What it answers, by status: `200`, `2XX`, `default`.
    pub responses: BTreeMap<String, Answer>,
    /// Credentials it asks for: alternatives, each a set of kinds as the inventory names them. An empty set: none needed.
    pub security: Arc<[BTreeSet<String>]>,
    /// Where that is said.
    pub security_at: Place,
}

/// One parameter outside the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Where it stands in a request.
    pub place: ParamPlace,
    /// Name.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// JSON types it may have; empty: any.
    pub types: BTreeSet<String>,
    /// Where in the document.
    pub at: Place,
}

/// What an operation answers with a status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Media types in lower case without parameters; empty: no body.
    pub media_types: BTreeSet<String>,
    /// Its JSON, when it is described; answers that share a schema share this.
    pub body: Option<Arc<Content>>,
    /// Where.
    pub at: Place,
}

/// The body of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Media types in lower case without parameters; empty: no body.
    pub media_types: BTreeSet<String>,
    /// Fields by JSON pointer, `*` for any element of an array.
    pub fields: BTreeMap<String, Field>,
    /// Pointers below which anything may stand: no schema, or one that allows more.
    pub open: BTreeSet<String>,
    /// Where.
    pub at: Place,
}

/// One field of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// JSON types it may have; empty: any.
    pub types: BTreeSet<String>,
    /// Whether it must be there.
    pub required: bool,
    /// Where.
    pub at: Place,
}

/// Reads a document.
pub fn read(text: &str) -> Result<Spec, SpecError> {
    let (root, another) = tree::parse(text)?;
    let spec = reader::Reader::new(&root).read(another)?;
    Ok(Spec { digest: Id::of("description", &[text.as_bytes()]), ..spec })
}

#[cfg(test)]
mod tests;
