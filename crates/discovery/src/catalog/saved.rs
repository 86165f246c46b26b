//! The catalog's rows: one for each endpoint, in MessagePack behind a version.

use std::sync::Arc;

use model::{EndpointName, RowKind, StateRow};
use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::endpoint::{Entry, Facts};
use super::messages::Messages;
use super::params::{Param, Params};
use crate::about::product::{self, Signs};
use crate::detectors::Memory;

/// Version of the form below. Rows of another version are not read.
const VERSION: u8 = 4;

#[derive(Serialize, Deserialize)]
struct Stored {
    service: Box<str>,
    method: Box<str>,
    template: Box<str>,
    #[serde(default)]
    operation: Box<str>,
    confidence: u8,
    evidence: Box<[Box<str>]>,
    facts: Facts,
    params: Vec<Param>,
    #[serde(default)]
    answers: Answers,
    #[serde(default)]
    messages: Option<Box<Messages>>,
    #[serde(default)]
    memory: Memory,
    #[serde(default)]
    signs: product::Stored,
}

/// The row of an endpoint; `None` when it cannot be written, which no endpoint of ours is.
pub(crate) fn row(entry: &Entry) -> Option<StateRow> {
    let name = &entry.name;
    let stored = Stored {
        service: name.service.clone(),
        method: name.method.clone(),
        template: name.template.clone(),
        operation: name.operation.clone(),
        confidence: name.confidence,
        evidence: name.evidence.clone(),
        facts: entry.facts.clone(),
        params: entry.params.iter().cloned().collect(),
        answers: entry.answers.clone(),
        messages: entry.messages.clone(),
        memory: entry.memory.clone(),
        signs: entry.signs.stored(),
    };
    let mut model = vec![VERSION];
    rmp_serde::encode::write(&mut model, &stored).ok()?;
    Some(StateRow { kind: RowKind::CatalogEndpoint, key: name.id, model })
}

/// The endpoint of a row.
pub(crate) fn read(row: &StateRow) -> Option<Entry> {
    let (version, rest) = row.model.split_first()?;
    let stored: Stored = if *version == VERSION { rmp_serde::from_slice(rest).ok()? } else { return None };
    let name = EndpointName {
        confidence: stored.confidence,
        evidence: stored.evidence,
        ..EndpointName::of_operation(&stored.service, &stored.method, &stored.template, &stored.operation)
    };
    let params = Params::new(stored.params);
    let mut entry = Entry::new(Arc::new(name));
    entry.signs.merge(&Signs::restored(&stored.signs));
    Some(Entry {
        facts: stored.facts,
        params,
        answers: stored.answers,
        messages: stored.messages,
        memory: stored.memory,
        ..entry
    })
}
