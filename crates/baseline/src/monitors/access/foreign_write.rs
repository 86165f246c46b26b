//! Foreign write: one identity changes objects that so far another changed alone (OWASP API1:2023).
//!
//! An object is a path up to its last value: `/orders/{id}` of `/orders/{id}/pay` and `/orders/{id}/cancel`. Judged: who changes
//! objects of others, against how many callers of the same path ever do, and how many objects those change. Silent where
//! people work on shared objects, about keys (the next key of a partner is another identity), and while learning.

use std::time::Duration;

use model::IdentityKind;
use model::finding::{DetectorInfo, Severity};
use model::life::Report;

use super::super::monitor::Others;
use super::object_write::object;
use super::sharing::{self, CALLERS_MIN, Mine, Sharing};
use super::{About, Call, Concern, Monitor, Verdict, changes, fact, who};
use crate::models::mix;

pub(crate) struct ForeignWrite;

/// While a state or an endpoint is younger, whose an object is, is hardly known.
const LEARNING_SPAN: Duration = Duration::from_hours(24);

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

/// Stands for the path up to its last value.
pub(super) fn stem(call: &Call<'_>) -> Option<u64> {
    call.endpoint.map(|(_, endpoint)| endpoint.stem).filter(|stem| *stem != 0)
}

impl Monitor for ForeignWrite {
    type Common = Sharing;
    type Model = Mine;

    const AT_WORK: Severity = Severity::High;
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
        let (subject, common) = sharing::keys(stem, row);
        Some(Concern { subject, common: Some(common) })
    }

    fn judge(call: &Call<'_>, common: Option<&Sharing>, mine: &mut Mine, open: bool) -> Verdict {
        if call.others == Others::Nobody || call.learned_for() < LEARNING_SPAN {
            return Verdict::Quiet;
        }
        let object = object(call).filter(|_| call.others == Others::One);
        mine.judge(common, who(call), object, open)
    }

    fn learn(call: &Call<'_>, common: &mut Sharing) {
        common.learn(who(call), call.others != Others::Nobody);
    }

    fn closed(mine: &mut Mine) {
        *mine = Mine::default();
    }

    fn report(about: &About, mine: &Mine) -> Report {
        let [objects, callers, sharers] = mine.told();
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
