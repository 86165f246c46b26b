//! Coverage of a service: it was read, and now it is encrypted or lost.
//!
//! Judged beside the router, hour by hour ([`crate::coverage`]); here it becomes one finding for each service.

use model::PacketTime;
use model::finding::{DetectorInfo, FindingEvent, Severity, Subject};
use model::life::Report;
use model::{Id, Stamp};

use super::{Sensor, fact, info, percent};
use crate::coverage::Fall;

/// Its place among the judges of the sensor.
const PLACE: u8 = 4;
/// Nanoseconds of an hour.
const HOUR: u64 = 3_600_000_000_000;

static INFO: DetectorInfo = info(
    "sensor-coverage",
    "detectors/sensor-coverage.md",
    24,
    "Find out what changed in front of the service: mirror behind the end of its TLS, give the sensor a key log, or mend the mirror.",
);

impl Sensor {
    /// Tells of services whose coverage fell.
    pub fn fell(&mut self, falls: &[Fall], at: PacketTime, stamp: Stamp, out: &mut Vec<FindingEvent>) {
        for fall in falls {
            let id = Id::of("sensor", &[b"service", fall.service.as_bytes()]);
            let subject =
                || Subject { kind: "sensor".into(), id, endpoint_name: fall.service.clone(), ..Subject::default() };
            let Some(open) = self.findings.open((id, PLACE), id, &INFO, subject, fall.hour, 0) else { continue };
            let report = report(fall);
            // Its hour ended when it ended, however much later traffic tells.
            let due = open.count(report.severity, at.min(PacketTime(fall.hour.nanos() + HOUR)));
            open.fill(report, fall.now.seen() as f32);
            if due {
                out.push(open.tell(stamp, at));
            }
        }
    }
}

fn report(fall: &Fall) -> Report {
    let Fall { now, usual, hours, .. } = fall;
    let whole = (now.total() - now.not_http).max(1) as f64;
    let share = |bytes: u64| bytes as f64 / whole;
    let parts = [("encrypted", now.encrypted), ("lost", now.lost), ("over a limit", now.over_limit)];
    let (what, most) = parts.into_iter().max_by_key(|(_, bytes)| *bytes).unwrap_or(("", 0));
    let became = match (what, fall.tls.as_str()) {
        ("encrypted", "") | ("lost" | "over a limit", _) => what.to_owned(),
        (_, tls) => format!("encrypted ({tls})"),
    };
    let named = parts.into_iter().filter(|(_, bytes)| *bytes > 0);
    Report {
        severity: Severity::Medium,
        confidence: 0.95 * *hours as f32 / (*hours as f32 + 1.0),
        title: format!(
            "only {} of the payload of {} is read, where {} were: most of it is {became}",
            percent(now.seen()),
            fall.service,
            percent(*usual)
        ),
        expected: vec![fact(
            "decoded",
            *usual,
            format!("{} of its payload, in the middle of {hours} hours with traffic", percent(*usual)),
        )],
        observed: [fact("decoded", now.seen(), format!("{} of it in an hour", percent(now.seen())))]
            .into_iter()
            .chain(
                named.map(|(what, bytes)| fact("unread", share(bytes), format!("{} is {what}", percent(share(bytes))))),
            )
            .collect(),
        peers: Vec::new(),
        ruled_out: vec![
            "another protocol beside the API: what is not HTTP is not counted here".to_owned(),
            format!("a quiet hour: {most} bytes of it could not be read"),
        ],
    }
}
