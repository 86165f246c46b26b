//! Foreign write: one identity changes objects that so far another changed alone (OWASP API1:2023).
//!
//! An object is a path up to its last value: `/orders/{id}` of `/orders/{id}/pay` and `/orders/{id}/cancel`. Judged: who changes
//! objects of others, against how many callers of the same path ever do, and how many objects those change. Silent where
//! people work on shared objects, about keys (the next key of a partner is another identity), and while learning.

use std::time::Duration;

use model::IdentityKind;
use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::super::monitor::{Others, hashed};
use super::object_write::object;
use super::{About, Call, Concern, Key, Model, Monitor, Verdict, changes, fact, who};
use crate::models::distinct::Distinct;
use crate::models::mix;

pub(crate) struct ForeignWrite;

/// `-ln` of the rate of false alarms for one identity on a path: 2e-4.
const RARE: f64 = 8.5;
/// Others whose changes tell whether objects are shared.
const CALLERS_MIN: u32 = 8;
/// Objects of others before it is told: two may be a household's.
const OBJECTS_MIN: u32 = 3;
/// Calls with objects beyond the first that the prior is worth.
const PRIOR: f64 = 0.5;
/// While a state or an endpoint is younger, whose an object is, is hardly known.
const LEARNING_SPAN: Duration = Duration::from_hours(24);

/// Who changes objects under one path.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sharing {
    callers: Distinct,
    /// Those who changed objects that others had changed.
    sharers: Distinct,
    /// Such changes beyond the first of each.
    further: u32,
}

/// Objects of others that one identity changed under one path.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Mine {
    objects: Distinct,
    /// Changes of objects that others had changed, counted as [`Sharing::further`] counts them.
    shared: u32,
    /// As told.
    callers: u32,
    sharers: u32,
}

impl Model for Sharing {
    fn merge(&mut self, other: &Self) {
        self.callers.merge(&other.callers);
        self.sharers.merge(&other.sharers);
        self.further = self.further.saturating_add(other.further);
    }
}

impl Model for Mine {
    fn merge(&mut self, other: &Self) {
        self.objects.merge(&other.objects);
        self.shared = self.shared.saturating_add(other.shared);
    }
}

/// The object that a call of a lasting identity changed, whatever was done to it.
pub(crate) fn written(call: &Call<'_>) -> Option<u64> {
    let row = call.row();
    let stem = stem(call)?;
    let lasts = !matches!(row.identity.kind, IdentityKind::Address | IdentityKind::Session | IdentityKind::Token);
    if !lasts || !row.succeeded() || !changes(call) {
        return None;
    }
    Some(mix(stem ^ object(call)?))
}

fn stem(call: &Call<'_>) -> Option<u64> {
    call.endpoint.map(|(_, endpoint)| endpoint.stem).filter(|stem| *stem != 0)
}

impl Monitor for ForeignWrite {
    type Common = Sharing;
    type Model = Mine;

    const INFO: DetectorInfo = DetectorInfo {
        id: "foreign-write",
        version: 1,
        subject: "identity_endpoint",
        quiet: Duration::from_hours(24),
        doc: "detectors/foreign-write.md",
        owasp: &["API1:2023"],
        cwe: &["CWE-639"],
        attack: &["T1190", "T1098"],
        next: "Ask the owners of the objects; check that the endpoint compares owner and caller, and undo the changes.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        written(call)?;
        let (stem, row) = (stem(call)?, call.row());
        let person = row.identity.kind != IdentityKind::ApiKey;
        let subject = person.then(|| Key::of(hashed(mix(stem ^ row.identity.id.prefix()))));
        Some(Concern { subject, common: Some(Key::of(hashed(mix(stem)))) })
    }

    fn judge(call: &Call<'_>, common: Option<&Sharing>, mine: &mut Mine, open: bool) -> Verdict {
        if call.others == Others::Nobody || call.learned_for() < LEARNING_SPAN {
            return Verdict::Quiet;
        }
        let (before, first) = (mine.shared, mine.shared == 0);
        mine.shared = mine.shared.saturating_add(1);
        let new = call.others == Others::One && object(call).is_some_and(|object| mine.objects.insert(object));
        if open {
            return if new { Verdict::Cause(Severity::High) } else { Verdict::Quiet };
        }
        let Some(common) = common.filter(|_| new) else { return Verdict::Quiet };
        let me = who(call);
        let callers = common.callers.len().saturating_sub(u32::from(common.callers.contains(me)));
        let sharers = common.sharers.len().saturating_sub(u32::from(!first));
        let further = common.further.saturating_sub(before.saturating_sub(1));
        (mine.callers, mine.sharers) = (callers, sharers);
        // That a caller shares at all, and then one object more each time: a geometric law.
        let first_one = (f64::from(sharers) + PRIOR) / f64::from(callers + 1);
        let more = (f64::from(further) + PRIOR) / (f64::from(sharers + further) + 2.0 * PRIOR);
        let objects = mine.objects.len();
        let weight = -first_one.ln() - f64::from(objects.saturating_sub(1)) * more.ln();
        if callers >= CALLERS_MIN && objects >= OBJECTS_MIN && weight >= RARE {
            return Verdict::Cause(Severity::High);
        }
        Verdict::Note
    }

    fn learn(call: &Call<'_>, common: &mut Sharing) {
        let me = who(call);
        common.callers.insert(me);
        if call.others != Others::Nobody && !common.sharers.insert(me) {
            common.further = common.further.saturating_add(1);
        }
    }

    fn closed(mine: &mut Mine) {
        *mine = Mine::default();
    }

    fn report(about: &About, mine: &Mine) -> Report {
        let (objects, &Mine { callers, sharers, .. }) = (mine.objects.len(), mine);
        Report {
            severity: Severity::High,
            confidence: (f32::from(about.kind.confidence()) * callers as f32 / (callers as f32 + CALLERS_MIN as f32))
                .round()
                / 100.0,
            title: format!("one identity changed {objects} objects that so far one other had changed alone"),
            expected: vec![fact(
                "sharers",
                sharers,
                format!("{sharers} of {callers} other callers ever changed objects of others here"),
            )],
            observed: vec![fact("objects", objects, format!("{objects} objects, each changed by one other before"))],
            peers: vec![fact("callers", callers, format!("{callers} other callers change objects under this path"))],
            ruled_out: vec![
                "shared work: hardly anybody changes what another changed".to_owned(),
                "an owner of many: others had changed these objects, and nobody else".to_owned(),
            ],
        }
    }
}
