//! Two moments of one record.
//!
//! A record is a running total: of each endpoint it tells the first and the last call. So it can be said what was called for
//! the first time between two moments, and what was not called any more in that time though it was in the span of the same
//! length before. Changes inside an endpoint cannot be told, and an endpoint called after the later moment may or may not
//! have been called before it.

use model::PacketTime;

use super::{Change, Detail, EXPECTED_MIN, Kind, View, details};

/// The span between two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moments {
    /// Its beginning.
    pub from: PacketTime,
    /// Its end.
    pub to: PacketTime,
}

/// What came and went between two moments, by the order of `views`; places are those of `views`, on both sides.
pub fn between(views: &[View], moments: Moments) -> Vec<Change> {
    let span = moments.to.since(moments.from);
    let earlier = PacketTime(moments.from.nanos().saturating_sub(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)));
    let mut changes = Vec::new();
    for (at, view) in views.iter().enumerate() {
        let Some((first, last)) = view.seen else { continue };
        let details: Vec<Detail>;
        let kind = if first >= moments.from && first < moments.to {
            details = details::alone(view);
            Kind::Added
        } else if last < moments.from && last >= earlier {
            details = Vec::new();
            let lived = u64::try_from(last.since(first).as_nanos()).unwrap_or(u64::MAX);
            let expected = super::expected(view.calls, lived, u64::try_from(span.as_nanos()).unwrap_or(u64::MAX));
            if expected >= EXPECTED_MIN && view.calls >= EXPECTED_MIN { Kind::Removed } else { Kind::Unseen }
        } else {
            continue;
        };
        let (before, after) = if kind == Kind::Added { (None, Some(at)) } else { (Some(at), None) };
        changes.push(Change { kind, before, after, details });
    }
    changes
}
