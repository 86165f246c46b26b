//! Latency change: what the server needs for calls of an endpoint grows, for all callers and for good.
//!
//! Judged: the time from the end of a request to the begin of its answer, of calls that succeed. Silent: below twice the time
//! and ten milliseconds, and about single slow calls (see [`application_dos`](super::super::application_dos)).

use std::time::Duration;

use model::finding::{DetectorInfo, Severity};

use super::level::{Level, Reading};
use super::{Quantity, Told, kind};
use crate::monitors::Call;

/// Times as long, as a natural logarithm, and milliseconds more.
const RATIO: f32 = core::f32::consts::LN_2;
const MORE: f32 = 10.0;

pub(crate) struct Latency;

impl Quantity for Latency {
    const INFO: DetectorInfo = DetectorInfo {
        id: "endpoint-latency-change",
        version: 1,
        subject: "endpoint",
        quiet: Duration::from_hours(24),
        doc: "detectors/endpoint-latency-change.md",
        owasp: &["API4:2023"],
        cwe: &["CWE-400"],
        attack: &[],
        next: "Look what was released, or what it depends on, when it began; then whether somebody gains from it being slow.",
    };
    const PERIOD: u32 = 6 * 3_600;
    const LASTING: u32 = 6 * 3_600;
    const PERIODS_MIN: u16 = 2;
    const CHANGED: f32 = 0.7;

    fn concerns(call: &Call<'_>) -> bool {
        let row = call.row();
        row.wait_micros > 0 && row.succeeded()
    }

    fn read(call: &Call<'_>, level: &Level) -> Reading {
        let millis = (call.row().wait_micros as f32 / 1e3).max(0.1);
        let reading = level.read(kind(call), millis.ln(), RATIO, MORE);
        // To be faster is no reason to look.
        Reading { beyond: [reading.beyond.contains(&true) && millis.ln() > reading.usual, false], ..reading }
    }

    fn severity(_: usize, _: f32, _: bool) -> Severity {
        Severity::Low
    }

    fn words(_: usize, told: &Told) -> [String; 3] {
        let (before, since) = (told.before.exp(), told.since.exp());
        [
            format!("the server takes {since:.0} ms for its answers instead of {before:.0} ms, for nearly all callers"),
            format!(
                "{before:.0} ms; never were more than {:.0} % of the calls of some hours as slow",
                told.share_before * 100.0
            ),
            format!("{:.0} % of calls are, at {since:.0} ms in the middle", told.share_since * 100.0),
        ]
    }
}
