//! A service that could be read and no longer can: it moved to TLS, or its packets are lost.
//!
//! Judged: the share of a service's payload decoded in one hour with enough of it, against the hours with enough of it before.
//! What is not HTTP is left out: another protocol beside the API changes nothing about it.

use model::PacketTime;
use model::Tally;
use model::coverage::{HourCoverage, ServiceCoverage};

/// Bytes of an hour that say something.
const BYTES_MIN: u64 = 64 << 10;
/// Hours before that are compared with, and needed.
const PAST_MAX: usize = 48;
const PAST_MIN: usize = 3;
/// Share that was decoded, at least; and is, at most.
const SEEN_MIN: f64 = 0.8;
const FALLEN: f64 = 0.2;
/// Below this share rates of a service without a past say nothing.
const LOW: f64 = 0.5;

/// A service whose coverage fell.
#[derive(Clone, Debug, PartialEq)]
pub struct Fall {
    /// The service.
    pub service: String,
    /// The hour it fell in.
    pub hour: PacketTime,
    /// Share decoded before, in how many hours with traffic.
    pub usual: f64,
    /// See [`usual`](Self::usual).
    pub hours: usize,
    /// What became of the bytes of that hour.
    pub now: Tally,
    /// What TLS it speaks now, in words; empty when it speaks none.
    pub tls: String,
}

/// Whether the coverage of a service fell in the hour that began at `hour`.
pub(super) fn judge(service: &ServiceCoverage, hour: PacketTime) -> Option<Fall> {
    let (now, past) = split(service, hour)?;
    let (usual, hours) = usual(past);
    let unread = now.encrypted + now.lost + now.over_limit;
    let fell = hours >= PAST_MIN && usual >= SEEN_MIN && now.seen() <= FALLEN && unread >= BYTES_MIN / 2;
    let tls = service.tls.as_ref().filter(|_| now.encrypted > 0).map(|tls| version(tls.version)).unwrap_or_default();
    fell.then(|| Fall { service: service.service.clone(), hour, usual, hours, now, tls })
}

/// Whether so little of a service is seen in that hour, against before, that rates say nothing.
pub(super) fn is_low(service: &ServiceCoverage, hour: PacketTime) -> bool {
    let Some((now, past)) = split(service, hour) else { return false };
    let seen = now.seen();
    // Where nothing is read there are no calls that could mislead.
    if seen >= LOW || now.decoded == 0 {
        return false;
    }
    // Where there is a past, never without a finding: whoever adds bytes that cannot be read must not hide calls in silence.
    usual(past).1 < PAST_MIN || judge(service, hour).is_some()
}

/// The hour, if it has enough, and those before.
fn split(service: &ServiceCoverage, hour: PacketTime) -> Option<(Tally, &[HourCoverage])> {
    let at = service.hours.partition_point(|known| known.hour < hour);
    let now = service.hours.get(at).filter(|known| known.hour == hour && has_enough(&known.bytes))?;
    Some((now.bytes, service.hours.get(..at).unwrap_or_default()))
}

const fn has_enough(bytes: &Tally) -> bool {
    bytes.total() - bytes.not_http >= BYTES_MIN
}

/// Share decoded in the middle of the latest hours that say something, and their number.
fn usual(past: &[HourCoverage]) -> (f64, usize) {
    let enough = past.iter().rev().filter(|hour| has_enough(&hour.bytes)).take(PAST_MAX);
    let mut seen: Vec<f64> = enough.map(|hour| hour.bytes.seen()).collect();
    seen.sort_unstable_by(f64::total_cmp);
    (seen.get(seen.len() / 2).copied().unwrap_or(1.0), seen.len())
}

/// A version of TLS in words.
fn version(version: u16) -> String {
    match version {
        0x0304 => "TLS 1.3".to_owned(),
        0x0303 => "TLS 1.2".to_owned(),
        0x0302 => "TLS 1.1".to_owned(),
        0x0301 => "TLS 1.0".to_owned(),
        _ => "TLS".to_owned(),
    }
}
