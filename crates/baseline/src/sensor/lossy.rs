//! Lossy: frames, or bytes of streams, are missing from what is captured.
//!
//! Judged: the share of frames that kernel, interface or sensor dropped, and of bytes that streams had and the capture has not,
//! in two units of enough traffic in a row. A fact: no past is needed.

use model::PacketTime;
use model::finding::DetectorInfo;
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::span::{Span, Unit, ratio};
use super::{Cause, fact, graver_from, info, percent};

static INFO: DetectorInfo = info(
    "sensor-lossy",
    "detectors/sensor-lossy.md",
    6,
    "Give the sensor more cores or a filter, or the mirror port more room; look at the counters of the switch.",
);

/// What a unit has at least.
const BYTES_MIN: u64 = 256 << 10;
const FRAMES_MIN: u64 = 1_000;
/// Units in a row that lose this share; above the second most detectors are silent, or wrong.
const UNITS_MIN: u8 = 2;
const SHARE: f64 = 0.01;
const GRAVE: f64 = 0.1;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lossy {
    unit: Unit,
    units: u8,
    since: u64,
}

impl Lossy {
    /// Whether the latest units lost too much.
    pub(super) const fn lasts(&self) -> bool {
        self.units >= UNITS_MIN
    }

    /// Takes a span that began at `began`.
    pub(super) fn judge(&mut self, span: &Span, began: PacketTime) -> Option<Cause> {
        let enough = |sum: &Span| sum.captured + sum.missing >= BYTES_MIN && sum.frames >= FRAMES_MIN;
        let (unit, began) = self.unit.add(span, began.nanos(), enough)?;
        // Where one direction is not captured at all, its bytes are no loss: that is told as what it is.
        let bytes = if unit.lacks_a_side() { 0.0 } else { unit.missing() };
        let frames = ratio(unit.lost, unit.frames, 0.0);
        if frames.max(bytes) < SHARE {
            self.units = 0;
            return None;
        }
        if self.units == 0 {
            self.since = began;
        }
        self.units = self.units.saturating_add(1);
        if self.units < UNITS_MIN {
            return None;
        }
        let worst = frames.max(bytes);
        Some(Cause {
            place: 1,
            info: &INFO,
            about: "",
            first_at: PacketTime(self.since),
            coverage: unit.coverage(),
            report: Report {
                severity: graver_from(worst, GRAVE),
                confidence: 0.95,
                title: format!("{} of the traffic is lost before it is read", percent(worst)),
                expected: vec![fact("lost", SHARE, format!("less than {}", percent(SHARE)))],
                observed: vec![
                    fact(
                        "bytes_missing",
                        bytes,
                        format!("{} of the bytes of streams are not in the capture", percent(bytes)),
                    ),
                    fact(
                        "frames_lost",
                        frames,
                        format!("{} of the frames were dropped ({})", percent(frames), unit.lost),
                    ),
                ],
                peers: Vec::new(),
                ruled_out: vec!["a short burst: two units of traffic in a row lost as much".to_owned()],
            },
        })
    }
}
