//! Misplaced object: one identity reaches objects under a path that they do not stand under (OWASP API1:2023).
//!
//! `/customers/7/orders/19` is checked for the customer, who is the caller, and not for the order, which is another's. Judged: who
//! reaches objects under other values before them than those they were first reached under, against how many callers of the
//! same path ever do, and how many objects those reach. Silent where the same values stand under many (orders numbered for each
//! customer, products in lists), about keys, and while learning.

use std::time::Duration;

use model::IdentityKind;
use model::finding::{DetectorInfo, Severity};
use model::life::Report;

use super::foreign_write::stem;
use super::sharing::{self, CALLERS_MIN, Mine, Sharing};
use super::{About, Call, Concern, Monitor, Verdict, fact, who};
use crate::models::mix;
use crate::places::{Place, Placed};
use crate::reference::placed;

pub(crate) struct MisplacedObject;

/// While a state or an endpoint is younger, where an object stands is hardly known.
const LEARNING_SPAN: Duration = Duration::from_hours(24);

/// The object that a call of a lasting identity reached, and what it reached it under; of paths with one value none.
pub(crate) fn reached(call: &Call<'_>) -> Option<Placed> {
    let row = call.row();
    let name = call.name().filter(|name| name.variables.len() > 1)?;
    let lasts = !matches!(row.identity.kind, IdentityKind::Address | IdentityKind::Session | IdentityKind::Token);
    if !lasts || !row.succeeded() || call.seen.method() == b"OPTIONS" {
        return None;
    }
    let (stem, [under, child]) = (stem(call)?, placed(name, &call.seen)?);
    Some(Placed { under, child: mix(stem ^ mix(child)) })
}

impl Monitor for MisplacedObject {
    type Common = Sharing;
    type Model = Mine;

    const AT_WORK: Severity = Severity::High;
    const INFO: DetectorInfo = DetectorInfo {
        id: "misplaced-object",
        version: 1,
        subject: "identity_endpoint",
        quiet: Duration::from_hours(24),
        doc: "detectors/misplaced-object.md",
        owasp: &["API1:2023"],
        cwe: &["CWE-639"],
        attack: &["T1190"],
        next: "Check that the endpoint looks for the object among those of the path before it; list the objects it answered with.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        // Of an object that nobody reached before nothing can be said.
        if matches!(call.place, Place::None | Place::New) {
            return None;
        }
        let (stem, row) = (stem(call)?, call.row());
        let (subject, common) = sharing::keys(stem, row);
        Some(Concern { subject: subject.filter(|_| call.place == Place::Strange), common: Some(common) })
    }

    fn judge(call: &Call<'_>, common: Option<&Sharing>, mine: &mut Mine, open: bool) -> Verdict {
        if call.place != Place::Strange || call.learned_for() < LEARNING_SPAN {
            return Verdict::Quiet;
        }
        mine.judge(common, who(call), reached(call).map(|placed| placed.child), open)
    }

    fn learn(call: &Call<'_>, common: &mut Sharing) {
        common.learn(who(call), call.place == Place::Strange);
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
            title: format!("one identity reached {objects} objects under a path that they do not belong to"),
            expected: vec![fact(
                "sharers",
                sharers,
                format!("{sharers} of {callers} other callers ever reached objects of another path here"),
            )],
            observed: vec![fact(
                "objects",
                objects,
                format!("{objects} objects, each known under another path before"),
            )],
            peers: vec![fact("callers", callers, format!("{callers} other callers reach objects that are known here"))],
            ruled_out: vec![
                "numbers that begin anew under each path: hardly anybody reaches what is known under another"
                    .to_owned(),
                "objects that moved: it had not reached them where they were".to_owned(),
            ],
        }
    }
}
