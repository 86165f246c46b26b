//! API descriptions held ready while traffic passes: which operation an endpoint is, and where it differs.
//!
//! The audit of a whole inventory knows every service before it judges; here endpoints come one by one. A document that
//! names a service is about it; a service that none names may be described by any. What is no operation counts as missing
//! only where the document has shown that it is about the service: some of its operations were called there.

use std::collections::BTreeMap;

use model::{EndpointName, EndpointRecord, Id, Severity};

use super::matching::{Rank, Routes, without_port};
use super::{About, Issue, drift};
use crate::spec::{Operation, Spec};

/// Operations of a document that were called at a service before what it lacks is missing there.
const PROOF_MIN: u32 = 3;

/// Documents with the names they are shown by.
#[derive(Debug, Default)]
pub struct Documents {
    list: Vec<(String, Spec)>,
    routes: Vec<Routes>,
    by_host: BTreeMap<String, Vec<usize>>,
}

/// An operation of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Described<'a> {
    pub(crate) document: usize,
    pub(crate) name: &'a str,
    pub(crate) operation: &'a Operation,
}

impl Documents {
    /// Makes documents ready.
    pub fn new(list: Vec<(String, Spec)>) -> Self {
        let mut by_host: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, (_, spec)) in list.iter().enumerate() {
            for host in spec.servers.iter().filter_map(|server| server.host.as_deref()) {
                let of = by_host.entry(without_port(host).to_owned()).or_default();
                if of.last() != Some(&at) {
                    of.push(at);
                }
            }
        }
        let routes = list.iter().map(|(_, spec)| Routes::of(spec, true, 0)).collect();
        Self { list, routes, by_host }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Stands for the documents, by name and by every byte of their text.
    pub fn digest(&self) -> Id {
        let parts = self.list.iter().flat_map(|(name, spec)| [name.as_bytes(), &spec.digest.0[..]]);
        Id::of("descriptions", &parts.collect::<Vec<_>>())
    }

    /// Documents that may describe a service.
    fn of_service(&self, service: &str) -> Vec<usize> {
        let named = self.by_host.get(without_port(service));
        named.cloned().unwrap_or_else(|| (0..self.list.len()).collect())
    }

    /// The operation an endpoint is: document and number in it.
    pub(crate) fn operation_of(&self, name: &EndpointName) -> Option<(usize, usize)> {
        let mut best: Option<(Rank, usize)> = None;
        for document in self.of_service(&name.service) {
            let found = self.routes.get(document).and_then(|routes| routes.operation(&name.template, &name.method));
            if let Some(found) = found
                && best.as_ref().is_none_or(|(known, _)| found.0 < known.0)
            {
                best = Some((found, document));
            }
        }
        best.map(|((_, operation), document)| (document, operation))
    }

    /// What the document says of an operation.
    pub(crate) fn described(&self, (document, operation): (usize, usize)) -> Option<Described<'_>> {
        let (name, spec) = self.list.get(document)?;
        Some(Described { document, name, operation: spec.operations.get(operation)? })
    }

    /// The document an endpoint of a service is missing from: `matched` operations of documents were called there.
    pub(crate) fn missing_from(&self, service: &str, matched: u32) -> Option<(&str, u32)> {
        let (name, spec) = self.of_service(service).first().and_then(|&at| self.list.get(at))?;
        let needed = u32::try_from(spec.operations.len()).unwrap_or(PROOF_MIN).min(PROOF_MIN);
        (matched >= needed).then_some((name.as_str(), spec.paths_at.line))
    }

    /// Where an endpoint differs from its operation.
    pub(crate) fn drift(&self, at: (usize, usize), record: &EndpointRecord) -> Vec<Issue> {
        let Some(Described { document, name, operation }) = self.described(at) else { return Vec::new() };
        let mut out = Vec::new();
        drift::of(&About { document, name, operation, records: &[record] }, &mut out);
        out.sort_by(|a, b| (b.kind.severity(), a.kind, a.at, &a.text).cmp(&(a.kind.severity(), b.kind, b.at, &b.text)));
        out
    }
}

/// The gravest of differences.
pub(crate) fn gravest(issues: &[Issue]) -> Severity {
    issues.iter().map(|issue| issue.kind.severity()).max().unwrap_or_default()
}
