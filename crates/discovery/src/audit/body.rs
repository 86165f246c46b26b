//! Where the bodies of requests differ from what the document says of them.

use std::collections::{BTreeMap, BTreeSet};

use model::ParamPlace;
use model::endpoint::ParamRecord;
use model::limits::PARAMS_MAX;

use super::drift::{typed_params, unknown_part};
use super::{About, Issue, IssueKind};
use crate::spec::Content;

pub(super) fn of(about: &About<'_>, out: &mut Vec<Issue>) {
    let Some(body) = &about.operation.request else {
        let bytes: u64 = about
            .records
            .iter()
            .flat_map(|record| &record.params)
            .filter(|p| p.place == ParamPlace::Body)
            .map(|p| p.count)
            .max()
            .unwrap_or(0);
        if bytes > 0 {
            let text = "a body is sent, and the description has none".to_owned();
            out.push(about.issue(IssueKind::DriftField, about.operation.at, "", text, (bytes, about.calls())));
        }
        return;
    };
    let mut seen: BTreeMap<String, Vec<&ParamRecord>> = BTreeMap::new();
    for param in about.records.iter().flat_map(|record| &record.params) {
        match param.place {
            ParamPlace::Body => seen.entry(param.name.clone()).or_default().push(param),
            ParamPlace::Form => {
                seen.entry(format!("/{}", param.name.replace('~', "~0").replace('/', "~1"))).or_default().push(param);
            }
            _ => {}
        }
    }
    let mut unknown: BTreeMap<&str, u64> = BTreeMap::new();
    for (pointer, found) in &seen {
        if let Some(field) = body.fields.get(pointer) {
            typed_params(about, &format!("request field {pointer}"), &field.types, field.at, found, out);
        } else if let Some(top) = unknown_part(body, pointer).filter(|_| !found.iter().all(|param| param.stray)) {
            let known = unknown.entry(top).or_default();
            *known = found.iter().map(|param| param.count).sum::<u64>().max(*known);
        }
    }
    for (pointer, count) in unknown {
        let text = format!("request field {pointer} is not in the description");
        out.push(about.issue(IssueKind::DriftField, body.at, pointer, text, (count, about.calls())));
    }
    missing(about, body, &seen, out);
}

/// Fields that must be there and were not in every successful call. That a call had the object they belong to is known from
/// a neighbour that every successful call had.
fn missing(about: &About<'_>, body: &Content, seen: &BTreeMap<String, Vec<&ParamRecord>>, out: &mut Vec<Issue>) {
    // Of a request with more parameters than are kept the rest is not known.
    if about.records.iter().any(|record| record.params.len() >= PARAMS_MAX) {
        return;
    }
    let always = |pointer: &str| seen.get(pointer).is_some_and(|found| found.iter().all(|param| param.required));
    let parents: BTreeSet<&str> =
        seen.keys().filter(|pointer| always(pointer)).filter_map(|pointer| parent(pointer)).collect();
    let several = about.records.len() > 1;
    for (pointer, field) in body.fields.iter().filter(|(_, field)| field.required) {
        // An array's elements need not all have what one has.
        let known = parent(pointer).is_some_and(|above| parents.contains(above) && !above.contains("/*"));
        if !known || several || always(pointer) {
            continue;
        }
        let had: u64 = seen.get(pointer).into_iter().flatten().map(|param| param.count).sum();
        let lacking = (about.calls().saturating_sub(had).max(1), about.calls());
        let text = format!("required request field {pointer} was not in every successful call");
        out.push(about.issue(IssueKind::DriftField, field.at, &format!("required {pointer}"), text, lacking));
    }
}

fn parent(pointer: &str) -> Option<&str> {
    pointer.rsplit_once('/').map(|(above, _)| above)
}
