//! What differs inside one endpoint.

use std::collections::{BTreeMap, BTreeSet};

use model::ParamPlace;
use model::endpoint::Quantiles;

use super::view::{Field, View};
use super::{EXPECTED_MIN, expected};

/// Values of a histogram from which on its quantiles are compared.
const QUANTILE_COUNT_MIN: u64 = 20;
/// How many times a quantile or a number of callers must have grown or shrunk.
const TIMES_MIN: u64 = 2;
/// Smallest difference of latencies that is told, nanoseconds; of sizes, bytes; of callers.
const LATENCY_STEP: u64 = 5_000_000;
const SIZE_STEP: u64 = 1_000;
const CALLERS_STEP: u64 = 10;
/// Difference of two shares that is told, in thousandths, unless one of them is nothing.
const SHARE_STEP: u64 = 50;

/// What of an endpoint differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// The path: an endpoint took others in.
    Template,
    /// A parameter outside the body.
    Parameter,
    /// A field of the request's body.
    Field,
    /// Whether each call carries a parameter or field.
    Presence,
    /// Shapes of a parameter's values.
    Values,
    /// A kind of credentials.
    Auth,
    /// The share of successful calls without credentials.
    Unauthenticated,
    /// A status.
    Status,
    /// A media type of requests, or of responses.
    RequestType,
    /// See [`Aspect::RequestType`].
    ResponseType,
    /// The 90th percentile of the time to the response.
    Latency,
    /// The 90th percentile of the response's bytes.
    Size,
    /// How many callers there were.
    Callers,
}

impl Aspect {
    /// Its word in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Parameter => "parameter",
            Self::Field => "field",
            Self::Presence => "presence",
            Self::Values => "values",
            Self::Auth => "auth",
            Self::Unauthenticated => "unauthenticated",
            Self::Status => "status",
            Self::RequestType => "request-type",
            Self::ResponseType => "response-type",
            Self::Latency => "latency",
            Self::Size => "size",
            Self::Callers => "callers",
        }
    }
}

/// How it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Not seen before.
    Added,
    /// Not seen any more, though to be expected.
    Removed,
    /// Another value.
    Changed,
}

/// A value before or after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Not known, or not there.
    None,
    /// Words.
    Text(String),
    /// A number.
    Count(u64),
    /// A part of a whole.
    Share(u64, u64),
    /// Nanoseconds.
    Nanos(u64),
    /// Bytes.
    Bytes(u64),
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// Of what.
    pub aspect: Aspect,
    /// How.
    pub how: How,
    /// Which: `query page`, `404`; empty where there is one only.
    pub name: String,
    /// Before: for what came or went, the calls that had it, when counted.
    pub before: Measure,
    /// After.
    pub after: Measure,
}

/// What differs between an endpoint before and after.
pub(super) fn of(old: &View, new: &View) -> Vec<Detail> {
    let mut found = Details { calls: (old.calls, new.calls), list: Vec::new() };
    found.params(old, new);
    let described = old.is_described() || new.is_described();
    // Documents say nothing of calls without credentials as such.
    let mut auth = (old.auth.clone(), new.auth.clone());
    if described {
        auth.0.remove("none");
        auth.1.remove("none");
    }
    found.names(Aspect::Auth, &auth.0, &auth.1);
    found.open(old.open, new.open);
    found.names(Aspect::Status, &old.statuses, &new.statuses);
    if !described {
        // Documents leave out bodies that hardly any call has.
        found.names(Aspect::RequestType, &old.request_types, &new.request_types);
    }
    // Documents name media types of successful answers with content only.
    if !described || !(old.response_types.is_empty() || new.response_types.is_empty()) {
        found.names(Aspect::ResponseType, &old.response_types, &new.response_types);
    }
    found.quantile(Aspect::Latency, old.latency, new.latency, LATENCY_STEP, Measure::Nanos);
    found.quantile(Aspect::Size, old.size, new.size, SIZE_STEP, Measure::Bytes);
    if let (Some(old), Some(new)) = (old.callers, new.callers)
        && is_step(old, new, CALLERS_STEP)
    {
        found.changed(Aspect::Callers, "", Measure::Count(old), Measure::Count(new));
    }
    found.list
}

/// What is to be known at once of an endpoint that came.
pub(super) fn alone(view: &View) -> Vec<Detail> {
    let one = |aspect, after| Detail { aspect, how: How::Added, name: String::new(), before: Measure::None, after };
    let mut out = Vec::new();
    out.extend(view.callers.map(|n| one(Aspect::Callers, Measure::Count(n))));
    let open = view.open.filter(|(open, _)| *open > 0);
    out.extend(open.map(|(open, of)| one(Aspect::Unauthenticated, Measure::Share(open, of))));
    out
}

/// An endpoint that stands for earlier ones.
pub(super) fn renamed<'a>(names: impl Iterator<Item = &'a str>, view: &View) -> Vec<Detail> {
    names
        .map(|name| Detail {
            aspect: Aspect::Template,
            how: How::Changed,
            name: String::new(),
            before: Measure::Text(name.to_owned()),
            after: Measure::Text(view.template.clone()),
        })
        .collect()
}

struct Details {
    calls: (u64, u64),
    list: Vec<Detail>,
}

impl Details {
    fn push(&mut self, aspect: Aspect, how: How, name: &str, before: Measure, after: Measure) {
        self.list.push(Detail { aspect, how, name: name.to_owned(), before, after });
    }

    fn changed(&mut self, aspect: Aspect, name: &str, before: Measure, after: Measure) {
        self.push(aspect, How::Changed, name, before, after);
    }

    /// Whether what `count` earlier calls had is to be expected in the later ones. A document tells no count: what it lists
    /// is taken for as rare as a call in ten.
    fn expects(&self, count: Option<u64>) -> bool {
        let count = count.unwrap_or_else(|| self.calls.0.div_ceil(10));
        expected(count, self.calls.0, self.calls.1) >= EXPECTED_MIN
    }

    fn names(&mut self, aspect: Aspect, old: &BTreeMap<String, Option<u64>>, new: &BTreeMap<String, Option<u64>>) {
        for name in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            match (old.get(name), new.get(name)) {
                (None, Some(&n)) => self.push(aspect, How::Added, name, Measure::None, counted(n)),
                (Some(&n), None) if self.expects(n) => {
                    self.push(aspect, How::Removed, name, counted(n), Measure::None);
                }
                _ => {}
            }
        }
    }

    fn params(&mut self, old: &View, new: &View) {
        let described = old.is_described() || new.is_described();
        let keys: BTreeSet<_> = old.params.keys().chain(new.params.keys()).collect();
        for key in keys {
            let (place, name) = key;
            let aspect = if *place == ParamPlace::Body || *place == ParamPlace::Form {
                Aspect::Field
            } else {
                Aspect::Parameter
            };
            let label = format!("{} {name}", place.as_str());
            match (old.params.get(key), new.params.get(key)) {
                // Documents have every level of a body, records those whose values were seen; the whole body has no name.
                (None, Some(_)) if described && is_level(old, key) => {}
                (Some(_), None) if described && is_level(new, key) => {}
                // Endpoints that were put together have the same values in the path.
                (None, Some(_)) | (Some(_), None) if *place == ParamPlace::Path => {}
                (None, Some(field)) => self.push(aspect, How::Added, &label, Measure::None, counted(field.count)),
                (Some(field), None) if self.expects(field.count.or_else(|| field.required.then_some(self.calls.0))) => {
                    self.push(aspect, How::Removed, &label, counted(field.count), Measure::None);
                }
                (Some(old), Some(new)) => self.param(&label, old, new),
                _ => {}
            }
        }
    }

    fn param(&mut self, label: &str, old: &Field, new: &Field) {
        let word = |required| Measure::Text(if required { "in every call" } else { "in some calls" }.to_owned());
        // That some call lacks it is a fact; that none does is one when such calls were to be expected.
        let without = old.count.map(|count| self.calls.0.saturating_sub(count));
        // Documents cannot say it of an array's elements.
        let told = old.classes.is_some() && new.classes.is_some() || !label.ends_with("/*");
        if told && old.required != new.required && (old.required || self.expects(without)) {
            self.changed(Aspect::Presence, label, word(old.required), word(new.required));
        }
        let words = |classes: &BTreeSet<&str>| classes.iter().copied().collect::<Vec<_>>().join(",");
        let (before, after, more) = if let (Some(a), Some(b)) = (&old.classes, &new.classes) {
            (words(a), words(b), b.difference(a).next().is_some())
        } else {
            let a: BTreeSet<&str> = old.types.iter().map(String::as_str).collect();
            let b: BTreeSet<&str> = new.types.iter().map(String::as_str).collect();
            // A type that is not told is any.
            let more = !a.is_empty() && b.difference(&a).any(|kind| !(*kind == "integer" && a.contains("number")));
            (words(&a), words(&b), more)
        };
        if more {
            self.changed(Aspect::Values, label, Measure::Text(before), Measure::Text(after));
        }
    }

    /// Shares of successful calls without credentials.
    fn open(&mut self, old: Option<(u64, u64)>, new: Option<(u64, u64)>) {
        let (Some((old, old_of)), Some((new, new_of))) = (old, new) else { return };
        let (a, b) = (expected(old, old_of, 1_000), expected(new, new_of, 1_000));
        let differs = match (old, new) {
            (0, 0) => false,
            (0, _) => old_of > 0,
            (_, 0) => expected(old, old_of, new_of) >= EXPECTED_MIN,
            _ => a.abs_diff(b) >= SHARE_STEP,
        };
        if differs {
            self.changed(Aspect::Unauthenticated, "", Measure::Share(old, old_of), Measure::Share(new, new_of));
        }
    }

    fn quantile(
        &mut self,
        aspect: Aspect,
        old: Option<Quantiles>,
        new: Option<Quantiles>,
        step: u64,
        of: fn(u64) -> Measure,
    ) {
        let enough = |q: &Quantiles| q.count >= QUANTILE_COUNT_MIN;
        if let (Some(old), Some(new)) = (old.filter(enough), new.filter(enough))
            && is_step(old.p90, new.p90, step)
        {
            self.changed(aspect, "p90", of(old.p90), of(new.p90));
        }
    }
}

/// Whether a place in a body is the body itself, or one that other places of this endpoint are below.
fn is_level(view: &View, (place, name): &(ParamPlace, String)) -> bool {
    let below = format!("{name}/");
    let first = view.params.range((*place, below.clone())..).next();
    let body = matches!(place, ParamPlace::Body | ParamPlace::Form);
    body && (name.is_empty() || first.is_some_and(|((of, inner), _)| of == place && inner.starts_with(&below)))
}

fn counted(n: Option<u64>) -> Measure {
    n.map_or(Measure::None, Measure::Count)
}

fn is_step(old: u64, new: u64, least: u64) -> bool {
    let (low, high) = (old.min(new), old.max(new));
    high - low >= least && high >= low.saturating_mul(TIMES_MIN)
}
