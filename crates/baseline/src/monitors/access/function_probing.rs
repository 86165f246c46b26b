//! Function probing: one identity is refused one function after another (OWASP API5:2023).
//!
//! Judged: calls of an identity that shows a credential, answered with 401 or 403, on paths that never answered anybody with
//! success or answer a few only, if they would change something or their names speak of privileges. An expired token meets
//! functions that its owner and others use; they do not count. Staff may be many: what answers 403, which is no expired token,
//! counts while hardly anybody else was refused there, and less when its name is an ordinary one and it only reads.

use std::time::Duration;

use model::IdentityKind;
use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::{About, Call, Concern, DAY, Key, Model, Monitor, Verdict, changes, fact, who, words};
use crate::models::distinct::Distinct;
use crate::models::mix;

pub(crate) struct FunctionProbing;

/// `-ln` of the rate of false alarms for one identity in a week: 1e-4.
const RARE: f64 = 9.2;
/// One refused path: one in ten identities meets one in a week. With a privileged name: one in a hundred.
const PATH: f64 = 2.3;
const PRIVILEGED: f64 = 4.6;
/// One refused with 403 that is neither, only reads, and answers many others, while hardly anybody else was refused: pages of
/// people with few rights ask for a few of them.
const PLAIN: f64 = 0.92;
/// Seconds within which those are one page that is opened.
const PAGE: u64 = 5;
/// Refusals count for so long.
const WINDOW: u64 = 7 * DAY;
/// Callers of a function that is a few's.
const CALLERS_MAX: u32 = 3;

/// Who was let into a function.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct LetIn {
    callers: Distinct,
    /// Who was refused with 403.
    #[serde(default)]
    denied: Distinct,
}

/// Refusals of one identity.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Refusals {
    since: u64,
    paths: Distinct,
    privileged: Distinct,
    /// Of the paths, those that only read and have ordinary names.
    #[serde(default)]
    plain: Distinct,
    /// Seconds of packet time of the first of the latest page of those.
    #[serde(default)]
    plain_at: u64,
}

impl Model for LetIn {
    fn merge(&mut self, other: &Self) {
        self.callers.merge(&other.callers);
        self.denied.merge(&other.denied);
    }
}

impl Model for Refusals {
    fn merge(&mut self, other: &Self) {
        self.since = self.since.max(other.since);
        self.paths.merge(&other.paths);
        self.privileged.merge(&other.privileged);
        self.plain.merge(&other.plain);
        self.plain_at = self.plain_at.max(other.plain_at);
    }
}

impl Monitor for FunctionProbing {
    type Common = LetIn;
    type Model = Refusals;

    const AT_WORK: Severity = Severity::High;
    const INFO: DetectorInfo = DetectorInfo {
        id: "function-probing",
        version: 1,
        // The endpoint named is that of the refusal that told.
        subject: "identity_endpoint",
        quiet: Duration::from_hours(24),
        doc: "detectors/function-probing.md",
        owasp: &["API5:2023"],
        cwe: &["CWE-285"],
        attack: &["T1595", "T1078"],
        next: "Ask the owner of the identity; look whether one of the functions let it in later.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let row = call.row();
        let refused = matches!(row.outcome(), 401 | 403);
        let common = call.endpoint.filter(|_| refused || row.succeeded()).map(Key::endpoint);
        let shows = !matches!(row.identity.kind, IdentityKind::Address | IdentityKind::Session);
        let subject = (refused && shows).then(|| Key::of(row.identity.id));
        (subject.is_some() || common.is_some()).then_some(Concern { subject, common })
    }

    fn worth(call: &Call<'_>, common: Option<&LetIn>) -> bool {
        let Some(common) = common else { return changes(call) || privileged(call) };
        if common.callers.contains(who(call)) {
            return false;
        }
        let few = !common.callers.reaches(CALLERS_MAX + 1);
        let rare = call.row().outcome() == 403 && !common.denied.reaches(CALLERS_MAX + 1);
        let plain = !few && !changes(call);
        few && changes(call) || (few || rare) && privileged(call) || rare && plain
    }

    fn judge(call: &Call<'_>, common: Option<&LetIn>, refusals: &mut Refusals, open: bool) -> Verdict {
        if !Self::worth(call, common) {
            return Verdict::Quiet;
        }
        let now = call.now().seconds();
        if !open && now.saturating_sub(refusals.since) > WINDOW {
            *refusals = Refusals { since: now, ..Refusals::default() };
        }
        // Operations share a path; each is a function of its own.
        let path = mix(call.row().name_hash);
        let few = common.is_none_or(|common| !common.callers.reaches(CALLERS_MAX + 1));
        let plain = !privileged(call) && !changes(call) && !few;
        if plain {
            if now.saturating_sub(refusals.plain_at) < PAGE {
                return Verdict::Quiet;
            }
            refusals.plain_at = now;
        }
        let mut new = refusals.paths.insert(path);
        if privileged(call) {
            new |= refusals.privileged.insert(path);
        } else if plain {
            new |= refusals.plain.insert(path);
        }
        let (plain, privileged) = (f64::from(refusals.plain.len()), f64::from(refusals.privileged.len()));
        let weight = f64::from(refusals.paths.len()) * PATH + privileged * (PRIVILEGED - PATH) - plain * (PATH - PLAIN);
        if open || weight + 1e-6 >= RARE {
            return Verdict::Cause(Severity::Medium);
        }
        if new { Verdict::Note } else { Verdict::Quiet }
    }

    fn learn(call: &Call<'_>, common: &mut LetIn) {
        if call.row().succeeded() {
            common.callers.insert(who(call));
        } else if call.row().outcome() == 403 {
            common.denied.insert(who(call));
        }
    }

    fn closed(refusals: &mut Refusals) {
        *refusals = Refusals::default();
    }

    fn report(about: &About, refusals: &Refusals) -> Report {
        let (paths, privileged) = (refusals.paths.len(), refusals.privileged.len());
        Report {
            severity: Severity::Medium,
            confidence: f32::from(about.kind.confidence()) / 100.0,
            title: format!("one identity was refused {paths} functions that are not everybody's"),
            expected: vec![fact("refused_functions", 0, "such functions are not called by others".to_owned())],
            observed: vec![
                fact("refused_functions", paths, format!("{paths} of them answered 401 or 403 within a week")),
                fact("privileged_names", privileged, format!("{privileged} of them have names of privileges")),
            ],
            peers: Vec::new(),
            ruled_out: vec!["an expired token: functions that others are let in do not count".to_owned()],
        }
    }
}

fn privileged(call: &Call<'_>) -> bool {
    if let Some((_, endpoint)) = call.endpoint {
        return endpoint.says.privileged;
    }
    let operation = call.seen.operations().first().map_or(&[][..], |operation| call.seen.text(operation.name));
    words::function(call.seen.template(), &String::from_utf8_lossy(operation)).privileged
}
