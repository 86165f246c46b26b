//! Which operation of which document an endpoint is.
//!
//! Paths are compared segment by segment: a described variable takes anything, a literal only itself. Of several operations
//! that take an endpoint, the one with the longest run of literals from the left is meant, as routers do it (OAS 3.1
//! §4.8.8.1: concrete before templated).

use std::collections::{BTreeMap, BTreeSet};

use model::EndpointRecord;

use super::Document;

/// Finds operations. Index: method and number of segments.
pub(super) struct Matcher<'a> {
    routes: BTreeMap<(&'a str, usize), Vec<Route>>,
    /// Documents by service they name as a server; those that name none of the services seen take any.
    by_service: BTreeMap<&'a str, Vec<usize>>,
    anywhere: Vec<usize>,
    remarks: BTreeSet<String>,
}

/// One operation under one of its base paths.
struct Route {
    /// Number of the operation, over all documents.
    number: usize,
    document: usize,
    segments: Vec<Segment>,
}

/// A segment of a described path.
enum Segment {
    Literal(String),
    /// What stands before, between and after the variables.
    Variable(Vec<String>),
}

impl<'a> Matcher<'a> {
    pub(super) fn new(endpoints: &'a [EndpointRecord], documents: &[Document<'a>]) -> Self {
        let services: BTreeSet<&str> = endpoints.iter().map(|endpoint| endpoint.service.as_str()).collect();
        let mut matcher = Self {
            routes: BTreeMap::new(),
            by_service: BTreeMap::new(),
            anywhere: Vec::new(),
            remarks: BTreeSet::new(),
        };
        let mut number = 0;
        for (index, document) in documents.iter().enumerate() {
            matcher.place(index, document, &services);
            let known = known_bases(endpoints, document);
            for operation in &document.spec.operations {
                let bases = if known { operation.bases.as_slice() } else { &[String::new()] };
                for base in bases {
                    let segments = segments(&format!("{base}{}", operation.path));
                    let routes = matcher.routes.entry((&operation.method, segments.len())).or_default();
                    routes.push(Route { number, document: index, segments });
                }
                number += 1;
            }
            if !known {
                let told =
                    document.spec.servers.iter().map(|server| server.base.as_str()).collect::<Vec<_>>().join(", ");
                matcher.remarks.insert(format!(
                    "{}: no call lies below its base path {told}; its paths were compared without it",
                    document.name
                ));
            }
        }
        matcher
    }

    /// Notes which services a document is about.
    fn place(&mut self, index: usize, document: &Document<'a>, services: &BTreeSet<&'a str>) {
        let hosts: BTreeSet<&str> = document.spec.servers.iter().filter_map(|server| server.host.as_deref()).collect();
        let named: Vec<&'a str> = services.iter().copied().filter(|service| hosts.contains(service)).collect();
        if named.is_empty() {
            if !hosts.is_empty() && !services.is_empty() {
                let told = hosts.into_iter().collect::<Vec<_>>().join(", ");
                self.remarks.insert(format!(
                    "{}: none of its servers ({told}) was seen; it was held against every service",
                    document.name
                ));
            }
            self.anywhere.push(index);
        }
        for service in named {
            self.by_service.entry(service).or_default().push(index);
        }
    }

    fn documents_of(&self, service: &str) -> &[usize] {
        self.by_service.get(service).map_or(self.anywhere.as_slice(), Vec::as_slice)
    }

    /// The document that an endpoint without an operation is missing from: the first of its service.
    pub(super) fn document_for(&self, endpoint: &EndpointRecord) -> Option<usize> {
        self.documents_of(&endpoint.service).first().copied()
    }

    /// Number of the operation that the endpoint is.
    pub(super) fn best(&mut self, endpoint: &EndpointRecord) -> Option<usize> {
        let seen: Vec<&str> = endpoint.template.split('/').skip(1).collect();
        let documents = self.documents_of(&endpoint.service);
        let routes = self.routes.get(&(endpoint.method.as_str(), seen.len()))?;
        let mine = routes.iter().filter(|route| documents.contains(&route.document));
        let taken =
            mine.filter(|route| route.segments.iter().zip(&seen).all(|(described, seen)| described.takes(seen)));
        // Concrete before templated, from the left; then the first of the documents.
        taken
            .min_by_key(|route| (route.segments.iter().map(Segment::is_variable).collect::<Vec<_>>(), route.number))
            .map(|route| route.number)
    }

    pub(super) fn remarks(self) -> Vec<String> {
        self.remarks.into_iter().collect()
    }
}

/// Whether any endpoint lies below a base path of the document.
fn known_bases(endpoints: &[EndpointRecord], document: &Document<'_>) -> bool {
    let mut bases = document.spec.operations.iter().flat_map(|operation| &operation.bases);
    endpoints.is_empty()
        || document.spec.operations.is_empty()
        || bases.any(|base| {
            base.is_empty()
                || endpoints.iter().any(|e| {
                    e.template.strip_prefix(base.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                })
        })
}

fn segments(path: &str) -> Vec<Segment> {
    let path = path.strip_prefix('/').unwrap_or(path);
    // A slash at the end names the same endpoint: discovery drops it too.
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').map(Segment::of).collect()
}

impl Segment {
    fn of(text: &str) -> Self {
        if !text.contains('{') {
            return Self::Literal(percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned());
        }
        let mut literals = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            literals.push(before.to_owned());
            rest = behind.split_once('}').map_or("", |(_, behind)| behind);
        }
        literals.push(rest.to_owned());
        Self::Variable(literals)
    }

    const fn is_variable(&self) -> bool {
        matches!(self, Self::Variable(_))
    }

    /// Whether a segment of an endpoint's template can be this one. A variable of the endpoint is never a literal here.
    fn takes(&self, seen: &str) -> bool {
        match self {
            Self::Literal(text) => text == seen,
            Self::Variable(literals) => {
                let Some((first, behind)) = literals.split_first() else { return true };
                let Some(mut rest) = seen.strip_prefix(first.as_str()) else { return false };
                let Some((last, between)) = behind.split_last() else { return rest.is_empty() };
                for literal in between {
                    match rest.find(literal.as_str()) {
                        Some(at) => rest = rest.get(at + literal.len()..).unwrap_or_default(),
                        None => return false,
                    }
                }
                rest.ends_with(last.as_str()) && rest.len() > last.len()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn described_segments_take_what_is_seen() {
        for (described, seen, expected) in [
            ("orders", "orders", true),
            ("orders", "{str}", false),
            ("{id}", "{int}", true),
            ("{id}", "42", true),
            ("{id}.json", "{int}.json", true),
            ("{id}.json", "{int}", false),
            ("{owner}:{repo}", "{str}:{str}", true),
            ("{owner}:{repo}", "{str}", false),
            ("a%20b", "a b", true),
        ] {
            assert_eq!(Segment::of(described).takes(seen), expected, "{described} {seen}");
        }
    }
}
