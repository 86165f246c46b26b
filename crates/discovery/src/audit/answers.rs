//! Where the fields of answers differ from what the document says of their status.
//!
//! Fields of answers are known from a sample that was read in full, so counts are of answers read, not of calls.

use std::collections::BTreeMap;
use std::ops::Bound;

use model::endpoint::{FieldRecord, ResponseRecord};
use model::limits::ANSWER_FIELDS_PER_ENDPOINT_MAX;

use super::drift::{typed, unknown_part};
use super::{About, Issue, IssueKind};
use crate::spec::{Answer, Content};

/// Answers of one status, over the records of an operation.
#[derive(Default)]
struct Seen<'a> {
    read: u64,
    fields: BTreeMap<&'a str, Vec<&'a FieldRecord>>,
    /// Whether an answer may have had more fields than are kept of one.
    cut: bool,
}

/// All differences of the answers of one operation.
pub(super) fn of(about: &About<'_>, out: &mut Vec<Issue>) {
    let mut by_status: BTreeMap<u16, Seen<'_>> = BTreeMap::new();
    for response in about.records.iter().flat_map(|record| &record.responses) {
        by_status.entry(response.status).or_default().add(response);
    }
    for (status, seen) in &by_status {
        let Some(answer) = described(about, *status) else { continue };
        match &answer.body {
            Some(body) => compare(about, *status, seen, body, out),
            // A description of success that names no content says that there is none; of errors it is seldom said.
            None if answer.media_types.is_empty() && (200..300).contains(status) && !seen.fields.is_empty() => {
                let text = format!("answers of status {status} have a body, and the description has none");
                let detail = format!("{status}");
                out.push(about.issue(IssueKind::DriftField, answer.at, &detail, text, (seen.read, seen.read)));
            }
            None => {}
        }
    }
}

impl<'a> Seen<'a> {
    fn add(&mut self, response: &'a ResponseRecord) {
        self.read += response.count;
        self.cut |= response.cut > 0;
        for field in &response.fields {
            self.fields.entry(&field.pointer).or_default().push(field);
        }
    }

    fn count(&self, pointer: &str) -> u64 {
        self.fields.get(pointer).into_iter().flatten().map(|field| field.count).sum()
    }

    /// Fields below a pointer.
    fn below(&self, pointer: &str) -> impl Iterator<Item = (&str, u64)> {
        let prefix = format!("{pointer}/");
        let from = self.fields.range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded));
        let own = from.map_while(move |(known, found)| Some((known.strip_prefix(&prefix)?, found)));
        own.map(|(rest, found)| (rest, found.iter().map(|field| field.count).sum()))
    }

    /// Answers in which the pointer was, of what can be known, an object. Only leaves have rows of their own.
    fn objects(&self, pointer: &str) -> u64 {
        let of_array = |rest: &str| rest == "*" || rest.starts_with("*/");
        if pointer.is_empty() {
            return if self.below(pointer).any(|(rest, _)| of_array(rest)) { 0 } else { self.read };
        }
        self.below(pointer).filter(|(rest, _)| !of_array(rest)).map(|(_, count)| count).max().unwrap_or(0)
    }

    /// Answers that had something at the pointer, at most.
    fn had(&self, pointer: &str) -> u64 {
        self.below(pointer).fold(self.count(pointer), |sum, (_, count)| sum.saturating_add(count))
    }
}

/// What the document says of a status: by itself, by its class, or by default (OAS 3.1 §4.8.16).
fn described<'a>(about: &About<'a>, status: u16) -> Option<&'a Answer> {
    let responses = &about.operation.responses;
    let exact = responses.get(&status.to_string());
    exact.or_else(|| responses.get(&format!("{}XX", status / 100))).or_else(|| responses.get("default"))
}

fn compare(about: &About<'_>, status: u16, seen: &Seen<'_>, body: &Content, out: &mut Vec<Issue>) {
    let mut unknown: BTreeMap<&str, u64> = BTreeMap::new();
    for (pointer, found) in &seen.fields {
        if let Some(field) = body.fields.get(*pointer) {
            let what = format!("response field {pointer} of status {status}");
            let classes = found.iter().map(|field| &field.classes);
            typed(about, &what, &field.types, field.at, classes, true, out);
        } else if let Some(top) = unknown_part(body, pointer) {
            let known = unknown.entry(top).or_default();
            *known = seen.count(pointer).max(*known);
        }
    }
    for (pointer, count) in unknown {
        let text = format!("response field {pointer} of status {status} is not in the description");
        let detail = format!("{status} {pointer}");
        out.push(about.issue(IssueKind::DriftField, body.at, &detail, text, (count, seen.read)));
    }
    let kept: usize = about.records.iter().flat_map(|record| &record.responses).map(|one| one.fields.len()).sum();
    if !seen.cut && kept < ANSWER_FIELDS_PER_ENDPOINT_MAX {
        missing(about, status, seen, body, out);
    }
}

/// Fields that must be there and were not, in answers that had the object they belong to.
fn missing(about: &About<'_>, status: u16, seen: &Seen<'_>, body: &Content, out: &mut Vec<Issue>) {
    for (pointer, field) in body.fields.iter().filter(|(_, field)| field.required) {
        let Some((parent, _)) = pointer.rsplit_once('/') else { continue };
        let (had, could) = (seen.had(pointer), seen.objects(parent));
        if had >= could {
            continue;
        }
        let text = format!("required response field {pointer} of status {status} was missing");
        let (detail, counts) = (format!("{status} required {pointer}"), (could - had, could));
        out.push(about.issue(IssueKind::DriftField, field.at, &detail, text, counts));
    }
}
