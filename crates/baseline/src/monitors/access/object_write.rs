//! Object write: an identity changes objects where others change one, their own (OWASP API1:2023).
//!
//! Judged: different objects that one identity changes on an endpoint, against how many others do. Silent where callers own
//! several objects, and while few callers are known. What an identity changes while a state is young is its own, and so are
//! as many objects. Who makes objects (`POST /orders`, `POST /baskets/{id}/items`) may change as
//! many of that collection (`POST /orders/{id}/pay`, `PATCH /baskets/{id}/items/{item}`): they are its own, however many. An
//! account whose password is set (`POST /reset-password` with its name in the body, by a caller that is logged in) is an object, too.

use std::time::Duration;

use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use model::{Id, IdentityKind, SignalKind};
use serde::{Deserialize, Serialize};

use super::super::monitor::hashed;
use super::{About, Call, Concern, Key, Model, Monitor, Verdict, changes, fact, who};
use crate::models::distinct::Distinct;
use crate::models::mix;
use crate::reference::reference;

pub(crate) struct ObjectWrite;

/// `-ln` of the rate of false alarms for one identity on an endpoint: 2e-4 where nobody ever did it, which looks like a rule;
/// elsewhere 3e-5, since there are hundreds of identities on dozens of endpoints, and some have a family.
pub(super) const RARE_BY_RULE: f64 = 8.5;
pub(super) const RARE: f64 = 10.4;
/// Others whose changes tell what is usual.
const CALLERS_MIN: u32 = 8;
/// Changes with objects beyond the first that the prior is worth.
const PRIOR: f64 = 0.5;
/// How alike people are in whether they go on to another object, in pseudo-decisions: where some do, and where nobody ever
/// did, which looks like a rule.
const SPREAD: f64 = 10.0;
const RULE: f64 = 200.0;
/// While a state is younger, whoever changes many may be one who always did. Not while an endpoint is: who wants to be excused
/// could make one.
const LEARNING_SPAN: Duration = Duration::from_hours(24);
/// Endpoints under one path whose objects are counted: all that clients of most resources change.
const ENDPOINTS_MAX: usize = 24;
/// Collections within objects under one path that objects are made in.
const COLLECTIONS_MAX: usize = 12;

/// Changes of everybody on one endpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Usual {
    callers: Distinct,
    /// Pairs of caller and object.
    pairs: Distinct,
}

/// Objects that one identity changed and made under one path: what stands before the first value.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Mine {
    /// By endpoint: half of its hash, and the objects changed there.
    changed: Vec<(u32, Distinct)>,
    /// Made at the path itself.
    made: u32,
    /// As told.
    objects: u32,
    callers: u32,
    further: u32,
    /// Made within objects: half of the hash of the collection, and how many.
    #[serde(default)]
    within: Vec<(u32, u32)>,
    /// By endpoint, as above: objects changed there while the state was young.
    #[serde(default)]
    early: Vec<(u32, u32)>,
}

impl Model for Usual {
    fn merge(&mut self, other: &Self) {
        self.callers.merge(&other.callers);
        self.pairs.merge(&other.pairs);
    }
}

impl Model for Mine {
    fn merge(&mut self, other: &Self) {
        for (endpoint, objects) in &other.changed {
            match self.changed.iter_mut().find(|(known, _)| known == endpoint) {
                Some((_, mine)) => mine.merge(objects),
                None => self.changed.push((*endpoint, objects.clone())),
            }
        }
        self.changed.sort_unstable_by_key(|(endpoint, _)| *endpoint);
        self.changed.truncate(ENDPOINTS_MAX);
        self.made = self.made.saturating_add(other.made);
        for (endpoint, objects) in &other.early {
            self.begin(*endpoint, *objects);
        }
        for (collection, made) in &other.within {
            match self.within.iter_mut().find(|(known, _)| known == collection) {
                Some((_, mine)) => *mine = mine.saturating_add(*made),
                None => self.within.push((*collection, *made)),
            }
        }
        self.within.sort_unstable_by_key(|(collection, _)| *collection);
        self.within.truncate(COLLECTIONS_MAX);
        self.objects = self.objects.max(other.objects);
        self.callers = self.callers.max(other.callers);
        self.further = self.further.max(other.further);
    }
}

impl Mine {
    /// The objects changed on an endpoint; `None` when there are too many endpoints under the path.
    fn on(&mut self, endpoint: u32) -> Option<&mut Distinct> {
        let at = match self.changed.iter().position(|(known, _)| *known == endpoint) {
            Some(at) => at,
            None if self.changed.len() < ENDPOINTS_MAX => {
                self.changed.push((endpoint, Distinct::default()));
                self.changed.len() - 1
            }
            None => return None,
        };
        self.changed.get_mut(at).map(|(_, objects)| objects)
    }

    /// Notes that it changed so many objects of an endpoint from the first day on.
    fn begin(&mut self, endpoint: u32, objects: u32) {
        if let Some((_, early)) = self.early.iter_mut().find(|(known, _)| *known == endpoint) {
            *early = (*early).max(objects);
        } else if self.early.len() < ENDPOINTS_MAX {
            self.early.push((endpoint, objects));
        }
    }

    /// Counts an object made in a collection within another object.
    fn make(&mut self, collection: u32) {
        if let Some((_, made)) = self.within.iter_mut().find(|(known, _)| *known == collection) {
            *made = made.saturating_add(1);
        } else if self.within.len() < COLLECTIONS_MAX {
            self.within.push((collection, 1));
        }
    }

    /// Objects made in a collection; `None` where that is not known, since there are too many.
    fn made_in(&self, collection: Collection) -> Option<u32> {
        let Collection::Within(collection) = collection else { return Some(self.made) };
        let known = self.within.iter().find(|(known, _)| *known == collection).map(|(_, made)| *made);
        known.or((self.within.len() < COLLECTIONS_MAX).then_some(0))
    }
}

/// What an object stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Collection {
    /// A path without values.
    Top,
    /// A path with values, by half of its hash.
    Within(u32),
}

pub(super) fn object(call: &Call<'_>) -> Option<u64> {
    let name = call.name().filter(|name| !name.variables.is_empty())?;
    Some(mix(reference(name, &call.seen)?.object))
}

/// The same, or the account that a secret is set for.
fn target(call: &Call<'_>) -> Option<u64> {
    object(call).or_else(|| account(call))
}

/// The account that a call names which sets a new secret and is no log-in, on a path without objects.
fn account(call: &Call<'_>) -> Option<u64> {
    const WORDS: &[&str] = &["password", "passwd", "credential", "reset"];
    if call.row().signals.len == 0 {
        return None;
    }
    let name = call.name().filter(|name| name.variables.is_empty())?;
    let (template, operation) = (name.template.to_ascii_lowercase(), name.operation.to_ascii_lowercase());
    if !WORDS.iter().any(|word| template.contains(word) || operation.contains(word)) {
        return None;
    }
    let (mut account, mut secret) = (None, false);
    for signal in call.seen.signals() {
        match signal.kind {
            SignalKind::Issued => return None,
            SignalKind::Secret => secret = true,
            SignalKind::Account => account = account.or(Some(signal.value)),
            _ => {}
        }
    }
    account.filter(|_| secret).map(mix)
}

/// Stands for what an identity does under one path: what stands before its first value, or all of it.
fn under(call: &Call<'_>, id: Id) -> Option<Id> {
    let name = call.name()?;
    let length = name.variables.first().map_or(usize::MAX, |first| usize::from(*first));
    Some(hashed(mix(mix(hash(&name.template, length)) ^ id.prefix())))
}

/// The collection of the object that is changed: what stands before the last value.
fn collection(call: &Call<'_>) -> Option<Collection> {
    let name = call.name()?;
    let last = usize::from(*name.variables.last()?);
    let top = name.variables.first() == name.variables.last();
    Some(if top { Collection::Top } else { Collection::Within(hash(&name.template, last) as u32) })
}

/// The collection within an object that the call may make another object in.
fn makes_within(call: &Call<'_>) -> Option<u32> {
    let name = call.name()?;
    let last = usize::from(*name.variables.last()?);
    let ends = name.template.split('/').skip(1).filter(|segment| !segment.is_empty()).count() == last + 1;
    let post = call.seen.method() == b"POST" && call.row().status != 304;
    (post && !ends).then(|| hash(&name.template, usize::MAX) as u32)
}

/// The hash of so many segments of a template.
fn hash(template: &str, segments: usize) -> u64 {
    let segments = template.split('/').skip(1).take(segments);
    segments.filter(|segment| !segment.is_empty()).fold(0, |hash, segment| {
        segment.bytes().fold(mix(hash ^ 1), |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    })
}

fn half(call: &Call<'_>) -> u32 {
    call.endpoint.map_or(0, |(_, endpoint)| endpoint.id.prefix() as u32)
}

/// Whether hardly anybody goes on to so many further objects, where one more follows with that share in the mean: a
/// beta-geometric law, since people differ in it.
fn is_rare(more: u32, share: f64, others: u32) -> bool {
    further(more, share, alike(others)).any(|weight| weight >= enough(others))
}

/// How rare it must be where others went on so often.
pub(super) const fn enough(others: u32) -> f64 {
    if others == 0 { RARE_BY_RULE } else { RARE }
}

/// How rare the first of them is, in nats, the first two, and so on.
pub(super) fn further(more: u32, share: f64, alike: f64) -> impl Iterator<Item = f64> {
    let go_on = share * alike;
    (0..more).map(f64::from).scan(0.0, move |weight, done| {
        *weight -= ((go_on + done) / (alike + done)).ln();
        Some(*weight)
    })
}

/// How alike people are where others went on so often: one who does does not end the rule at once.
pub(super) fn alike(further: u32) -> f64 {
    SPREAD + (RULE - SPREAD) / (1.0 + f64::from(further)).powi(2)
}

impl Monitor for ObjectWrite {
    type Common = Usual;
    type Model = Mine;

    const AT_WORK: Severity = Severity::High;
    const INFO: DetectorInfo = DetectorInfo {
        id: "object-write",
        version: 1,
        subject: "identity_endpoint",
        quiet: Duration::from_hours(24),
        doc: "detectors/object-write.md",
        owasp: &["API1:2023"],
        cwe: &["CWE-639"],
        attack: &["T1190", "T1098"],
        next: "Ask the owners of the objects; check that the endpoint compares owner and caller, and undo the changes.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let row = call.row();
        let lasting = !matches!(row.identity.kind, IdentityKind::Address | IdentityKind::Session | IdentityKind::Token);
        let endpoint = call.endpoint.filter(|_| lasting && row.succeeded() && changes(call))?;
        let changed = target(call).is_some();
        let makes = !changed && call.seen.method() == b"POST" && row.status != 304;
        let subject = under(call, row.identity.id).filter(|_| changed || makes).map(Key::of)?;
        Some(Concern { subject: Some(subject), common: changed.then(|| Key::endpoint(endpoint)) })
    }

    fn judge(call: &Call<'_>, common: Option<&Usual>, mine: &mut Mine, open: bool) -> Verdict {
        let Some(object) = target(call) else {
            mine.made = mine.made.saturating_add(1);
            return Verdict::Quiet;
        };
        if let Some(within) = makes_within(call) {
            mine.make(within);
        }
        // Accounts are not made by whom they are of.
        let made = collection(call).map_or(Some(0), |collection| mine.made_in(collection));
        let Some(made) = made else { return Verdict::Quiet };
        let Some(objects) = mine.on(half(call)) else { return Verdict::Quiet };
        let new = objects.insert(object);
        let changed = objects.len();
        if call.now().since(call.started_at) < LEARNING_SPAN {
            mine.begin(half(call), changed);
        }
        let early = mine.early.iter().find(|(known, _)| *known == half(call)).map_or(0, |(_, objects)| *objects);
        let (callers, pairs) = common.map_or((0, 0), |usual| (usual.callers.len(), usual.pairs.len()));
        let own = changed - u32::from(new);
        let callers = callers.saturating_sub(u32::from(own > 0));
        // Who had many from the first day on gets as many again.
        let more = changed.saturating_sub(made.max(early.saturating_mul(2)).max(1));
        if callers < CALLERS_MIN || more == 0 {
            return Verdict::Quiet;
        }
        // Objects beyond the first that others changed.
        let further = pairs.saturating_sub(own).saturating_sub(callers);
        let share = (f64::from(further) + PRIOR) / (f64::from(callers + further) + 2.0 * PRIOR);
        // What is usual elsewhere under the path is no part of the cause.
        if (open || new) && is_rare(more, share, further) {
            (mine.objects, mine.callers, mine.further) = (changed, callers, further);
            return Verdict::Cause(Severity::High);
        }
        if new { Verdict::Note } else { Verdict::Quiet }
    }

    fn learn(call: &Call<'_>, usual: &mut Usual) {
        let Some(object) = target(call) else { return };
        let me = who(call);
        usual.callers.insert(me);
        usual.pairs.insert(mix(me ^ object));
    }

    fn closed(mine: &mut Mine) {
        *mine = Mine::default();
    }

    fn report(about: &About, mine: &Mine) -> Report {
        let Mine { objects, callers, further, .. } = *mine;
        Report {
            severity: Severity::High,
            confidence: (f32::from(about.kind.confidence()) * callers as f32 / (callers as f32 + CALLERS_MIN as f32))
                .round()
                / 100.0,
            title: format!("one identity changed {objects} objects where others change their own only"),
            expected: vec![fact(
                "objects",
                1,
                format!("one object each; {callers} others changed {further} more together"),
            )],
            observed: vec![fact("objects", objects, format!("{objects} different objects changed"))],
            peers: vec![fact("callers", callers, format!("{callers} other callers of this endpoint"))],
            ruled_out: vec![
                "an owner of several: others would change several, too".to_owned(),
                "objects of its own making: it made fewer under this path".to_owned(),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nobody_has_a_second_object_two_more_are_rare_and_where_some_have_a_dozen() {
        let first = |share, others| (1..100).find(|more| is_rare(*more, share, others));
        assert_eq!(first(0.5 / 45.0, 0), Some(2));
        assert!((12..40).contains(&first(0.3, 30).unwrap()));
        assert_eq!(first(0.9, 300), None);
    }
}
