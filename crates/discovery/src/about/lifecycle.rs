//! Where an endpoint is in its life, by packet time and by its own rhythm.
//!
//! In: a record, and the time that the inventory spans. An endpoint is silent only when it misses what it usually does: a
//! monthly report is not dormant after two weeks. Silence says that it was not *seen*; what else was not seen is said by the
//! coverage.

use std::time::Duration;

use model::{EndpointRecord, PacketTime};

const DAY: Duration = Duration::from_hours(24);
/// How long an endpoint counts as new, and as returned. The inventory must be older than that to tell.
pub const FRESH: Duration = Duration::from_hours(7 * 24);
/// Silence after which an endpoint is dormant: a job that is done once a week has then been missed twice.
pub const DORMANT: Duration = Duration::from_hours(14 * 24);
/// Silence after which it is gone: a job that is done once a month has then been missed.
pub const GONE: Duration = Duration::from_hours(45 * 24);
/// Usual spans between two calls that must have passed besides.
const DORMANT_SPANS: u32 = 3;
const GONE_SPANS: u32 = 6;

/// A stage of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifecycle {
    /// First called lately.
    New,
    /// Called as usual.
    Active,
    /// Not called for longer than is usual for it.
    Dormant,
    /// Not called for so long that it may have been removed.
    Gone,
    /// Called again lately, after it was dormant.
    Returned,
}

impl Lifecycle {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Active => "active",
            Self::Dormant => "dormant",
            Self::Gone => "gone",
            Self::Returned => "returned",
        }
    }
}

/// The time an inventory spans.
#[derive(Clone, Copy, Debug, Default)]
pub struct Age {
    /// First call of any endpoint.
    pub first: PacketTime,
    /// Last call of any endpoint.
    pub last: PacketTime,
}

impl Age {
    /// Of an inventory that holds these endpoints.
    pub fn of(endpoints: &[EndpointRecord]) -> Self {
        Self {
            first: endpoints.iter().map(|endpoint| endpoint.first_at).min().unwrap_or_default(),
            last: endpoints.iter().map(|endpoint| endpoint.last_at).max().unwrap_or_default(),
        }
    }
}

/// The stage an endpoint is in at the end of the inventory.
pub fn of(endpoint: &EndpointRecord, age: Age) -> Lifecycle {
    let silence = age.last.since(endpoint.last_at);
    let told = age.last.since(age.first) > FRESH;
    let lately = |at: PacketTime| told && age.last.since(at) <= FRESH;
    if silence >= GONE && silence >= usual(endpoint).saturating_mul(GONE_SPANS) {
        Lifecycle::Gone
    } else if silence >= DORMANT && silence >= usual(endpoint).saturating_mul(DORMANT_SPANS) {
        Lifecycle::Dormant
    } else if lately(endpoint.first_at) {
        Lifecycle::New
    } else if endpoint.returned_at.is_some_and(lately) {
        Lifecycle::Returned
    } else {
        Lifecycle::Active
    }
}

/// Mean span between two calls while it was called; zero when it was called once.
fn usual(endpoint: &EndpointRecord) -> Duration {
    let spans = u32::try_from(endpoint.count.saturating_sub(1)).unwrap_or(u32::MAX);
    endpoint.last_at.since(endpoint.first_at).checked_div(spans).unwrap_or_default()
}

/// Whether a call that comes `silence` after the one before brings a dormant endpoint back; `age` is how long it had been
/// called until then, in `calls` calls.
pub(crate) fn brings_back(silence: Duration, age: Duration, calls: u64) -> bool {
    let spans = u32::try_from(calls.saturating_sub(1)).unwrap_or(u32::MAX);
    silence >= DORMANT && silence >= age.checked_div(spans).unwrap_or_default().saturating_mul(DORMANT_SPANS)
}

/// Days, for texts.
pub fn days(span: Duration) -> u64 {
    span.as_secs() / DAY.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: u64) -> PacketTime {
        PacketTime::from_parts(n * 86_400, 0)
    }

    #[test]
    fn stages_follow_packet_time_and_the_endpoint_s_own_rhythm() {
        let age = Age { first: day(1), last: day(100) };
        let seen = |first, last, count, returned: Option<u64>| EndpointRecord {
            first_at: day(first),
            last_at: day(last),
            count,
            returned_at: returned.map(day),
            ..EndpointRecord::default()
        };
        for (endpoint, stage) in [
            (seen(1, 100, 9_000, None), Lifecycle::Active),
            (seen(94, 100, 9, None), Lifecycle::New),
            (seen(1, 87, 9_000, None), Lifecycle::Active),
            (seen(1, 86, 9_000, None), Lifecycle::Dormant),
            (seen(1, 55, 9_000, None), Lifecycle::Gone),
            (seen(1, 100, 9_000, Some(98)), Lifecycle::Returned),
            (seen(1, 100, 9_000, Some(60)), Lifecycle::Active),
            // Once a month: two weeks of silence are its rule, three months are not.
            (seen(1, 80, 3, None), Lifecycle::Active),
            (seen(1, 21, 2, None), Lifecycle::Dormant),
            // Called once, long ago.
            (seen(20, 20, 1, None), Lifecycle::Gone),
        ] {
            assert_eq!(of(&endpoint, age), stage, "{endpoint:?}");
        }
        let young = Age { first: day(94), last: day(100) };
        assert_eq!(of(&seen(94, 100, 9, None), young), Lifecycle::Active, "a young inventory has no new endpoints");
    }
}
