//! Which operation of which document an endpoint is.
//!
//! Paths are compared segment by segment: a described variable takes anything, a literal only itself. Of several operations
//! that take an endpoint, the one with the longest run of literals from the left is meant, as routers do it (OAS 3.1
//! §4.8.8.1: concrete before templated). Paths stand in a tree for each document, so an endpoint costs its own segments and
//! not the number of operations; what a hostile document can still cost is bounded by [`SPEC_MATCH_STEPS_MAX`].

use std::collections::{BTreeMap, BTreeSet};

use model::EndpointRecord;
use model::limits::SPEC_MATCH_STEPS_MAX;

use super::Document;
use crate::spec::Spec;

/// Finds operations.
pub(super) struct Matcher<'a> {
    /// Paths of each document.
    routes: Vec<Routes>,
    /// Documents by service they name as a server; those that name none of the services seen take any.
    by_service: BTreeMap<&'a str, Vec<usize>>,
    anywhere: Vec<usize>,
    remarks: BTreeSet<String>,
}

/// The paths of a document as a tree of segments. The first node is the root.
#[derive(Debug)]
pub(super) struct Routes {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    literals: BTreeMap<String, usize>,
    variables: BTreeMap<Segment, usize>,
    /// Numbers of the operations that end here, over all documents.
    ends: BTreeMap<String, usize>,
}

/// Which of an endpoint's segments a variable took, then the number of the operation: the least is meant.
pub(super) type Rank = (Vec<bool>, usize);

/// A segment of a described path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    /// What stands before, between and after the variables.
    Variable(Vec<String>),
    /// A variable that spans segments.
    Tail,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(endpoints: &'a [EndpointRecord], documents: &[Document<'a>]) -> Self {
        let mut services: BTreeMap<&'a str, Vec<&'a str>> = BTreeMap::new();
        for service in endpoints.iter().map(|endpoint| endpoint.service.as_str()).collect::<BTreeSet<_>>() {
            services.entry(without_port(service)).or_default().push(service);
        }
        let mut matcher =
            Self { routes: Vec::new(), by_service: BTreeMap::new(), anywhere: Vec::new(), remarks: BTreeSet::new() };
        let mut number = 0;
        for (index, document) in documents.iter().enumerate() {
            matcher.place(index, document, &services);
            let known = known_bases(endpoints, document);
            matcher.routes.push(Routes::of(document.spec, known, number));
            number += document.spec.operations.len();
            if !known {
                let told: Vec<_> = document.spec.servers.iter().map(|server| server.base.as_str()).collect();
                matcher.remarks.insert(format!(
                    "{}: no call lies below its base path {}; its paths were compared without it",
                    document.name,
                    told.join(", ")
                ));
            }
        }
        matcher
    }

    /// Notes which services a document is about.
    fn place(&mut self, index: usize, document: &Document<'a>, services: &BTreeMap<&'a str, Vec<&'a str>>) {
        let hosts: BTreeSet<&str> = document.spec.servers.iter().filter_map(|server| server.host.as_deref()).collect();
        let plain: BTreeSet<&str> = hosts.iter().map(|host| without_port(host)).collect();
        let named: Vec<&'a str> = plain.iter().filter_map(|host| services.get(host)).flatten().copied().collect();
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

    /// Documents that answer for a service: those that name it, then those that name none.
    fn documents_of(&self, service: &str) -> impl Iterator<Item = usize> {
        self.by_service.get(service).into_iter().flatten().chain(&self.anywhere).copied()
    }

    /// The document that an endpoint without an operation is missing from: the first of its service.
    pub(super) fn document_for(&self, endpoint: &EndpointRecord) -> Option<usize> {
        self.documents_of(&endpoint.service).next()
    }

    /// Numbers of the operations that the endpoint is: one, or one of each document that describes it alike.
    pub(super) fn best(&mut self, endpoint: &EndpointRecord) -> Vec<usize> {
        let seen: Vec<&str> = endpoint.template.split('/').skip(1).collect();
        let mut best: Vec<Rank> = Vec::new();
        let mut cut = false;
        for document in self.documents_of(&endpoint.service) {
            let Some(routes) = self.routes.get(document) else { continue };
            let mut steps = SPEC_MATCH_STEPS_MAX;
            if let Some(found) = routes.find(0, &seen, &endpoint.method, &mut steps) {
                match best.first().map(|known| found.0.cmp(&known.0)) {
                    None | Some(std::cmp::Ordering::Equal) => best.push(found),
                    Some(std::cmp::Ordering::Less) => best = vec![found],
                    Some(std::cmp::Ordering::Greater) => {}
                }
            }
            cut |= steps == 0;
        }
        if cut {
            self.remarks
                .insert("some endpoints fit too many paths; they were not compared with all of them".to_owned());
        }
        best.into_iter().map(|(_, number)| number).collect()
    }

    pub(super) fn remarks(self) -> Vec<String> {
        self.remarks.into_iter().collect()
    }
}

impl Routes {
    /// The paths of a document, below its base paths when `below`; operations are numbered from `number` on.
    pub(super) fn of(spec: &Spec, below: bool, number: usize) -> Self {
        let mut routes = Self { nodes: vec![Node::default()] };
        for (operation, number) in spec.operations.iter().zip(number..) {
            let bases = if below { &*operation.bases } else { &[String::new()] };
            for base in bases {
                routes.add(&format!("{base}{}", operation.path), &operation.method, number);
            }
        }
        routes
    }

    /// The operation that takes a template.
    pub(super) fn operation(&self, template: &str, method: &str) -> Option<Rank> {
        let seen: Vec<&str> = template.split('/').skip(1).collect();
        self.find(0, &seen, method, &mut SPEC_MATCH_STEPS_MAX.clone())
    }

    fn add(&mut self, path: &str, method: &str, number: usize) {
        let mut at = 0;
        for segment in segments(path) {
            let next = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else { return };
            at = match segment {
                Segment::Literal(text) => *node.literals.entry(text).or_insert(next),
                variable @ (Segment::Variable(_) | Segment::Tail) => *node.variables.entry(variable).or_insert(next),
            };
            if at == next {
                self.nodes.push(Node::default());
            }
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.ends.entry(method.to_owned()).or_insert(number);
        }
    }

    /// The operation below a node that takes the segments. As deep as an endpoint's template has segments.
    fn find(&self, at: usize, seen: &[&str], method: &str, steps: &mut usize) -> Option<Rank> {
        let node = self.nodes.get(at)?;
        let Some((first, rest)) = seen.split_first() else {
            return node.ends.get(method).map(|number| (Vec::new(), *number));
        };
        *steps = steps.checked_sub(1)?;
        // Concrete before templated, from the left; then the first of the document.
        if let Some(&next) = node.literals.get(*first)
            && let Some((mut taken, number)) = self.find(next, rest, method, steps)
        {
            taken.insert(0, false);
            return Some((taken, number));
        }
        let mut best: Option<Rank> = None;
        for (segment, &next) in &node.variables {
            *steps = steps.saturating_sub(1);
            if *steps == 0 {
                break;
            }
            // A variable takes one segment; one that spans segments any number of them, few before many.
            let ends = if *segment == Segment::Tail { rest.len() } else { 0 };
            for behind in (0..=ends).filter(|_| segment.takes(first)).filter_map(|taken| rest.get(taken..)) {
                let Some((mut taken, number)) = self.find(next, behind, method, steps) else { continue };
                taken.splice(0..0, (behind.len()..=rest.len()).map(|_| true));
                if best.as_ref().is_none_or(|known| (&taken, number) < (&known.0, known.1)) {
                    best = Some((taken, number));
                }
                break;
            }
        }
        best
    }
}

/// A host without the port that its scheme means anyway.
pub(super) fn without_port(host: &str) -> &str {
    host.strip_suffix(":80").or_else(|| host.strip_suffix(":443")).unwrap_or(host)
}

/// Whether any endpoint lies below a base path of the document.
fn known_bases(endpoints: &[EndpointRecord], document: &Document<'_>) -> bool {
    let bases: BTreeSet<&str> =
        document.spec.operations.iter().flat_map(|operation| operation.bases.iter()).map(String::as_str).collect();
    let below = |template: &str| {
        bases.contains(template)
            || template.match_indices('/').any(|(at, _)| template.get(..at).is_some_and(|base| bases.contains(base)))
    };
    endpoints.is_empty() || bases.is_empty() || bases.contains("") || endpoints.iter().any(|e| below(&e.template))
}

fn segments(path: &str) -> impl Iterator<Item = Segment> {
    let path = path.strip_prefix('/').unwrap_or(path);
    // A slash at the end names the same endpoint: discovery drops it too.
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').map(Segment::of)
}

/// Whether a described segment is a variable that spans segments. OpenAPI has no word for it: gateways and URI templates
/// (RFC 6570 §3.2.3) mark it (`{proxy+}`, `{path*}`, `{+path}`), others only call it a path.
fn spans(text: &str) -> bool {
    let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else { return false };
    let marked = name.ends_with(['+', '*']) || name.starts_with(['+', '*']);
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    !name.contains(['{', '}']) && (marked || matches!(plain.as_str(), "path" | "filepath" | "subpath" | "proxypath"))
}

impl Segment {
    fn of(text: &str) -> Self {
        if spans(text) {
            return Self::Tail;
        }
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

    /// Whether a segment of an endpoint's template can be this one. A variable of the endpoint is never a literal here.
    fn takes(&self, seen: &str) -> bool {
        match self {
            Self::Literal(text) => text == seen,
            Self::Tail => true,
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

    #[test]
    fn variables_that_span_segments_take_any_number_of_them() {
        let mut routes = Routes { nodes: vec![Node::default()] };
        for (number, path) in
            ["/files/{path}", "/files/{id}/meta", "/v2/{name+}/tags/{tag}", "/files/list"].into_iter().enumerate()
        {
            routes.add(path, "GET", number);
        }
        for (seen, expected) in [
            ("files/a", Some(0)),
            ("files/{path+}", Some(0)),
            ("files/a/b/c.txt", Some(0)),
            ("files/{int}/meta", Some(1)),
            ("files/list", Some(3)),
            ("files", None),
            ("v2/a/tags/b", Some(2)),
            ("v2/a/b/c/tags/{str}", Some(2)),
            ("v2/{path+}/tags/{str}", Some(2)),
            ("v2/a/b", None),
        ] {
            let segments: Vec<&str> = seen.split('/').collect();
            let found = routes.find(0, &segments, "GET", &mut 1_000);
            assert_eq!(found.map(|(_, number)| number), expected, "{seen}");
        }
    }
}
