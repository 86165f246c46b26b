//! Object write: an identity changes objects where others change one, their own (OWASP API1:2023).
//!
//! Judged: different objects that one identity changes on an endpoint, against how many others do. Silent where callers own
//! several objects, and while few callers are known.

use std::time::Duration;

use model::IdentityKind;
use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::{About, Call, Concern, Key, Model, Monitor, Verdict, changes, fact, who};
use crate::models::distinct::Distinct;
use crate::models::mix;
use crate::reference::reference;

pub(crate) struct ObjectWrite;

/// `-ln` of the rate of false alarms for one identity on an endpoint: 2e-4.
const RARE: f64 = 8.5;
/// Others whose changes tell what is usual.
const CALLERS_MIN: u32 = 8;
/// Changes with objects beyond the first that the prior is worth.
const PRIOR: f64 = 0.5;

/// Changes of everybody on one endpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Usual {
    callers: Distinct,
    /// Pairs of caller and object.
    pairs: Distinct,
}

/// Objects that one identity changed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Mine {
    objects: Distinct,
    callers: u32,
    further: u32,
}

impl Model for Usual {
    fn merge(&mut self, other: &Self) {
        self.callers.merge(&other.callers);
        self.pairs.merge(&other.pairs);
    }
}

impl Model for Mine {
    fn merge(&mut self, other: &Self) {
        self.objects.merge(&other.objects);
        self.callers = self.callers.max(other.callers);
        self.further = self.further.max(other.further);
    }
}

fn object(call: &Call<'_>) -> Option<u64> {
    let name = call.name().filter(|name| !name.variables.is_empty())?;
    Some(mix(reference(name, &call.seen)?.object))
}

impl Monitor for ObjectWrite {
    type Common = Usual;
    type Model = Mine;

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
        object(call)?;
        Some(Concern { subject: Some(Key::on(row.identity.id, endpoint.0)), common: Some(Key::endpoint(endpoint)) })
    }

    fn judge(call: &Call<'_>, common: Option<&Usual>, mine: &mut Mine, open: bool) -> Verdict {
        let Some(object) = object(call) else { return Verdict::Quiet };
        let new = mine.objects.insert(object);
        let (callers, pairs) = common.map_or((0, 0), |usual| (usual.callers.len(), usual.pairs.len()));
        let own = mine.objects.len() - u32::from(new);
        let callers = callers.saturating_sub(u32::from(own > 0));
        if callers < CALLERS_MIN || mine.objects.len() < 2 {
            return if open { Verdict::Cause(Severity::High) } else { Verdict::Quiet };
        }
        // Objects beyond the first that others changed, and what they make of one more: a geometric law.
        let further = pairs.saturating_sub(own).saturating_sub(callers);
        let share = (f64::from(further) + PRIOR) / (f64::from(callers + further) + 2.0 * PRIOR);
        let weight = f64::from(mine.objects.len() - 1) * -share.ln();
        (mine.callers, mine.further) = (callers, further);
        if open || weight >= RARE {
            return Verdict::Cause(Severity::High);
        }
        if new { Verdict::Note } else { Verdict::Quiet }
    }

    fn learn(call: &Call<'_>, usual: &mut Usual) {
        let Some(object) = object(call) else { return };
        let me = who(call);
        usual.callers.insert(me);
        usual.pairs.insert(mix(me ^ object));
    }

    fn closed(mine: &mut Mine) {
        *mine = Mine::default();
    }

    fn report(about: &About, mine: &Mine) -> Report {
        let (objects, callers, further) = (mine.objects.len(), mine.callers, mine.further);
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
            ruled_out: vec!["an owner of several: others would change several, too".to_owned()],
        }
    }
}
