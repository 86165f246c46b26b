//! Endpoints that are operations, put together as one for each method and path: what documents of paths know of them.

use std::collections::BTreeMap;

use model::EndpointRecord;
use model::endpoint::ParamRecord;
use model::{ParamPlace, ValueClass};
use serde_json::{Value, json};

/// The endpoints, with one for all operations of a service, method and path. It has the id of the operation called most,
/// the sum of their calls, and no arguments: these are each operation's own. A batch counts once for each operation in it.
pub fn by_path(endpoints: &[EndpointRecord]) -> Vec<EndpointRecord> {
    let mut places: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    let mut out: Vec<EndpointRecord> = Vec::with_capacity(endpoints.len());
    let mut most: BTreeMap<usize, u64> = BTreeMap::new();
    let has_operations = |e: &&EndpointRecord| !e.operation.is_empty();
    for endpoint in endpoints.iter().filter(has_operations) {
        places.entry((&endpoint.service, &endpoint.template, &endpoint.method)).or_insert(usize::MAX);
    }
    for endpoint in endpoints {
        let Some(place) = places.get_mut(&(&*endpoint.service, &*endpoint.template, &*endpoint.method)) else {
            out.push(endpoint.clone());
            continue;
        };
        if let Some(sum) = out.get_mut(*place) {
            let most = most.entry(*place).or_default();
            if endpoint.count > *most {
                (sum.id, *most) = (endpoint.id, endpoint.count);
            }
            add(sum, endpoint);
        } else {
            *place = out.len();
            most.insert(*place, endpoint.count);
            let params = endpoint.params.iter().filter(|param| param.place != ParamPlace::Argument).cloned().collect();
            out.push(EndpointRecord { operation: String::new(), params, ..endpoint.clone() });
        }
    }
    out
}

/// What is said of the operations of a path, in a document that has one operation for it.
pub(crate) fn listed(endpoints: &[&EndpointRecord]) -> Option<Value> {
    let mut operations: Vec<_> = endpoints.iter().filter(|e| !e.operation.is_empty()).collect();
    operations.sort_by(|a, b| (&a.operation, &a.service).cmp(&(&b.operation, &b.service)));
    let one = |e: &&&EndpointRecord| {
        let arguments = e.params.iter().filter(|param| param.place == ParamPlace::Argument && !param.stray);
        json!({
            "name": e.operation,
            "service": e.service,
            "calls": e.count,
            "first-seen": e.first_at.to_string(),
            "last-seen": e.last_at.to_string(),
            "arguments": arguments.map(argument).collect::<Vec<_>>(),
        })
    };
    (!operations.is_empty()).then(|| operations.iter().map(one).collect())
}

fn argument(param: &ParamRecord) -> Value {
    let types = crate::openapi::json_types(param);
    let shapes: Vec<_> = param.classes.keys().map(|class| ValueClass::as_str(*class)).collect();
    json!({ "name": param.name, "required": param.required, "types": types, "shapes": shapes })
}

fn add(sum: &mut EndpointRecord, more: &EndpointRecord) {
    sum.first_at = sum.first_at.min(more.first_at);
    sum.last_at = sum.last_at.max(more.last_at);
    // A call of one operation lacks what only calls of others carry.
    sum.params
        .iter_mut()
        .for_each(|param| param.required &= more.params.iter().any(|other| same(param, other) && other.required));
    for param in more.params.iter().filter(|param| param.place != ParamPlace::Argument) {
        match sum.params.iter_mut().find(|known| same(known, param)) {
            Some(known) => add_param(known, param),
            None => sum.params.push(ParamRecord { required: false, ..param.clone() }),
        }
    }
    sum.count += more.count;
    sum.callers = sum.callers.max(more.callers);
    sum.unauthenticated_successes += more.unauthenticated_successes;
    sum.request_bytes = sum.request_bytes.saturating_add(more.request_bytes);
    sum.response_bytes = sum.response_bytes.saturating_add(more.response_bytes);
    add_counts(&mut sum.statuses, &more.statuses);
    add_counts(&mut sum.auth, &more.auth);
    add_counts(&mut sum.request_types, &more.request_types);
    add_counts(&mut sum.response_types, &more.response_types);
    add_counts(&mut sum.anomalies, &more.anomalies);
    add_counts(&mut sum.data.received, &more.data.received);
    add_counts(&mut sum.data.returned, &more.data.returned);
    add_counts(&mut sum.data.unauthenticated, &more.data.unauthenticated);
    sum.data.own.extend(more.data.own.iter().cloned());
    sum.data.own.sort_by(|a, b| a.name.cmp(&b.name));
    sum.data.own.dedup();
    for response in &more.responses {
        match sum.responses.iter_mut().find(|known| known.status == response.status) {
            Some(known) => {
                // A field that one kind of answer always has is missing in answers of the others.
                known.fields.iter_mut().for_each(|field| {
                    let theirs = response.fields.iter().find(|other| other.pointer == field.pointer);
                    field.always &= theirs.is_some_and(|other| other.always);
                    if let Some(other) = theirs {
                        field.count += other.count;
                        field.nullable |= other.nullable;
                        add_counts(&mut field.classes, &other.classes);
                    }
                });
                let new: Vec<_> = response
                    .fields
                    .iter()
                    .filter(|f| known.fields.iter().all(|k| k.pointer != f.pointer))
                    .cloned()
                    .collect();
                known
                    .fields
                    .extend(new.into_iter().map(|field| model::endpoint::FieldRecord { always: false, ..field }));
                known.fields.sort_by(|a, b| a.pointer.cmp(&b.pointer));
                known.count += response.count;
            }
            None => sum.responses.push(response.clone()),
        }
    }
    sum.messages = sum.messages.take().or_else(|| more.messages.clone());
    sum.responses.sort_by_key(|response| response.status);
    // Quantiles do not add up.
    (sum.latency, sum.size) = (None, None);
}

fn same(a: &ParamRecord, b: &ParamRecord) -> bool {
    a.place == b.place && a.name == b.name
}

fn add_param(sum: &mut ParamRecord, more: &ParamRecord) {
    sum.count += more.count;
    add_counts(&mut sum.classes, &more.classes);
    sum.stray &= more.stray;
    sum.data = sum.data.take().or_else(|| more.data.clone());
    sum.range = match (sum.range, more.range) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    };
}

fn add_counts<K: Clone + Ord>(sum: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (key, count) in more {
        *sum.entry(key.clone()).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_of_a_path_are_one_with_their_sums() {
        let one = |operation: &str, count, id: u8| EndpointRecord {
            id: model::Id([id; 16]),
            service: "api.example".into(),
            method: "POST".into(),
            template: "/graphql".into(),
            operation: operation.into(),
            count,
            params: vec![ParamRecord { name: "/id".into(), place: ParamPlace::Argument, ..ParamRecord::default() }],
            statuses: [(200, count)].into(),
            ..EndpointRecord::default()
        };
        let other = EndpointRecord { template: "/x".into(), ..one("", 5, 9) };
        let all = [one("query A", 3, 1), other.clone(), one("query B", 4, 2), one("", 1, 3)];
        let put = by_path(&all);
        assert_eq!((put.len(), &put[1]), (2, &other));
        assert_eq!(
            (put[0].id, put[0].count, put[0].statuses[&200], &*put[0].operation),
            (model::Id([2; 16]), 8, 8, "")
        );
        assert!(put[0].params.is_empty());
        let listed = listed(&all.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!((listed[0]["name"].as_str(), listed.as_array().unwrap().len()), (Some("query A"), 2));
    }
}
