//! Size change: the answers of an endpoint grow or shrink, for all callers and for good.
//!
//! Judged: bytes of the content of successful answers, seen whole. Larger ones give more than before (OWASP API3:2023), or all
//! instead of a page; smaller ones lack something. Silent: below one and a half times and 48 bytes.

use std::time::Duration;

use model::finding::{DetectorInfo, Severity};

use super::level::{Level, Reading};
use super::{Quantity, Told, kind};
use crate::monitors::Call;

/// Times as large, as a natural logarithm, and bytes more.
const RATIO: f32 = 0.405;
const MORE: f32 = 48.0;
/// Place of the run of larger answers.
const LARGER: usize = 0;

pub(crate) struct Sizes;

impl Quantity for Sizes {
    const INFO: DetectorInfo = DetectorInfo {
        id: "endpoint-size-change",
        version: 1,
        subject: "endpoint",
        quiet: Duration::from_hours(24),
        doc: "detectors/endpoint-size-change.md",
        owasp: &["API3:2023"],
        cwe: &["CWE-213"],
        attack: &[],
        next: "Compare an answer with one from before: what it holds now that nobody asked for, or what it lacks.",
    };
    const PERIOD: u32 = 6 * 3_600;
    const LASTING: u32 = 6 * 3_600;
    const PERIODS_MIN: u16 = 2;
    const CHANGED: f32 = 0.7;

    fn concerns(call: &Call<'_>) -> bool {
        let row = call.row();
        row.status == 200 && row.response.complete && !row.failed && call.seen.method() != b"HEAD"
    }

    fn read(call: &Call<'_>, level: &Level) -> Reading {
        level.read(kind(call), (call.row().response.bytes as f32 + 1.0).ln(), RATIO, MORE)
    }

    fn severity(beyond: usize, _: f32, _: bool) -> Severity {
        if beyond == LARGER { Severity::Low } else { Severity::Info }
    }

    fn words(beyond: usize, told: &Told) -> [String; 3] {
        let (before, since) = (told.before.exp() - 1.0, told.since.exp() - 1.0);
        let what = if beyond == LARGER { "large" } else { "small" };
        [
            format!("its answers have {since:.0} bytes instead of {before:.0}, for nearly all callers"),
            format!(
                "{before:.0} bytes; never were more than {:.0} % of the answers of some hours as {what}",
                told.share_before * 100.0
            ),
            format!("{:.0} % of answers are, at {since:.0} bytes in the middle", told.share_since * 100.0),
        ]
    }
}
