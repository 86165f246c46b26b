//! Error change: an endpoint answers with errors where it did not, to all callers and for good.
//!
//! Judged: whether an answer is a server error (5xx), or a client error (4xx) other than a refusal (401, 403), to callers with
//! a credential: what strangers are refused is no fault of the endpoint.

use std::time::Duration;

use model::IdentityKind;
use model::finding::{DetectorInfo, Severity};

use super::level::{Level, Reading};
use super::{Quantity, Told};
use crate::monitors::Call;

/// Place of the run of server errors.
const SERVER: usize = 0;
/// From this share of calls on errors are the rule.
const RULE: f32 = 0.5;

pub(crate) struct Errors;

impl Quantity for Errors {
    const INFO: DetectorInfo = DetectorInfo {
        id: "endpoint-error-change",
        version: 1,
        subject: "endpoint",
        quiet: Duration::from_hours(6),
        doc: "detectors/endpoint-error-change.md",
        owasp: &["API8:2023"],
        cwe: &["CWE-755"],
        attack: &["T1499"],
        next: "Look into the server's log at one of the calls, and what was released or failed when it began.",
    };
    const PERIOD: u32 = 3_600;
    const LASTING: u32 = 3_600;
    const PERIODS_MIN: u16 = 2;
    const CHANGED: f32 = 0.5;
    const BLAMES: bool = true;

    fn concerns(call: &Call<'_>) -> bool {
        call.row().status != 0
    }

    fn read(call: &Call<'_>, _: &Level) -> Reading {
        let row = call.row();
        let server = row.status >= 500;
        let refused = matches!(row.status, 401 | 403) || row.identity.kind == IdentityKind::Address;
        let client = (400..500).contains(&row.status) && !refused;
        Reading { known: true, beyond: [server, client], ..Reading::default() }
    }

    fn severity(beyond: usize, share: f32, caused: bool) -> Severity {
        // What hits all alike is for those who run it; what one brings about is for those who guard it.
        if beyond == SERVER && share >= RULE && caused { Severity::Medium } else { Severity::Low }
    }

    fn words(beyond: usize, told: &Told) -> [String; 3] {
        let (before, since) = (told.share_before * 100.0, told.share_since * 100.0);
        let what = if beyond == SERVER { "server errors" } else { "client errors" };
        [
            format!("{since:.0} % of callers get {what}, where it was {before:.0} % at most"),
            format!("at most {before:.0} % {what} in some hours of any day"),
            format!("{since:.0} % {what}, over one hour and longer"),
        ]
    }
}
