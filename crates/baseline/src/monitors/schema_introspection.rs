//! Schema introspection: a caller from outside has a GraphQL service describe itself, where hardly anybody does
//! (OWASP API8:2023, API9:2023).
//!
//! Judged: introspection that was answered, of networks that are not the operator's own, against how many other networks from
//! outside asked for it. A service that many explore is a public one, and silent.

use std::time::Duration;

use model::Zone;
use model::finding::{DetectorInfo, Fact, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use crate::models::distinct::Distinct;
use crate::models::mix;

pub(crate) struct SchemaIntrospection;

/// What a service is known by: networks from outside, and a day.
const NETWORKS_MIN: u32 = 8;
const LEARNED: Duration = Duration::from_hours(24);
/// When one in so many networks asks for the schema, it is no secret.
const PUBLIC_ONE_IN: u32 = 10;
/// Networks that may ask before that share counts: attackers may come in twos.
const ASKERS_MAX: u32 = 3;

/// Networks from outside that call a service, and those of them that had it describe itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outside {
    networks: Distinct,
    askers: Distinct,
    /// Askers of the first day: tools that build from the schema ask for it again and again.
    #[serde(default)]
    early: Distinct,
}

/// What one network was told.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Asked {
    times: u32,
    bytes: u64,
    networks: u32,
    others: u32,
}

impl Model for Outside {
    fn merge(&mut self, other: &Self) {
        self.networks.merge(&other.networks);
        self.askers.merge(&other.askers);
        self.early.merge(&other.early);
    }
}

impl Model for Asked {
    fn merge(&mut self, other: &Self) {
        self.times = self.times.saturating_add(other.times);
        self.bytes = self.bytes.saturating_add(other.bytes);
        (self.networks, self.others) = (self.networks.max(other.networks), self.others.max(other.others));
    }
}

/// Whether it asked for the schema, and was answered.
fn introspects(call: &Call<'_>) -> bool {
    let mut operations = call.seen.operations().iter();
    call.row().succeeded() && operations.any(|operation| operation.introspects && !operation.failed)
}

/// Whether the first day is not over.
fn is_early(call: &Call<'_>) -> bool {
    call.now().since(call.started_at) < LEARNED
}

fn me(call: &Call<'_>) -> u64 {
    mix(call.network().prefix())
}

impl Monitor for SchemaIntrospection {
    type Common = Outside;
    type Model = Asked;

    const INFO: DetectorInfo = DetectorInfo {
        id: "schema-introspection",
        version: 1,
        subject: "network_endpoint",
        quiet: Duration::from_hours(24),
        doc: "detectors/schema-introspection.md",
        owasp: &["API9:2023", "API8:2023"],
        cwe: &["CWE-200"],
        attack: &["T1595"],
        next: "Switch introspection off where no outsider needs it, and look what the network called next.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let graphql = call.seen.operations().first().is_some_and(|operation| operation.kind.is_graphql());
        if !graphql || call.row().caller.zone == Zone::Internal {
            return None;
        }
        // Operations have endpoints of their own; the service is what all of them share.
        let subject = introspects(call).then(|| Key::of(call.network()));
        Some(Concern { subject, common: Some(Key::of(call.path())) })
    }

    fn judge(call: &Call<'_>, outside: Option<&Outside>, asked: &mut Asked, open: bool) -> Verdict {
        asked.times = asked.times.saturating_add(1);
        asked.bytes = asked.bytes.saturating_add(call.row().response.bytes);
        if open {
            return Verdict::Cause(Severity::Medium);
        }
        let Some(outside) = outside.filter(|outside| outside.networks.reaches(NETWORKS_MIN)) else {
            return Verdict::Quiet;
        };
        let (networks, mine) = (outside.networks.len(), u32::from(outside.askers.contains(me(call))));
        let others = outside.askers.len().saturating_sub(mine);
        let public = others > ASKERS_MAX.max(networks / PUBLIC_ONE_IN);
        if public || is_early(call) || outside.early.contains(me(call)) {
            return Verdict::Quiet;
        }
        (asked.networks, asked.others) = (networks, others);
        Verdict::Cause(Severity::Medium)
    }

    fn learn(call: &Call<'_>, outside: &mut Outside) {
        outside.networks.insert(me(call));
        if introspects(call) {
            outside.askers.insert(me(call));
            if is_early(call) {
                outside.early.insert(me(call));
            }
        }
    }

    fn closed(asked: &mut Asked) {
        *asked = Asked::default();
    }

    fn report(about: &About, asked: &Asked) -> Report {
        let Asked { times, bytes, networks, others } = *asked;
        let fact = |name: &'static str, value: f64, text: String| Fact { name: name.into(), value, text };
        Report {
            severity: Severity::Medium,
            confidence: f32::from(about.kind.confidence().max(70)) / 100.0,
            title: format!("a caller from outside had the service describe its schema, {times} times"),
            expected: vec![fact(
                "other_networks",
                f64::from(others),
                format!("{others} of {networks} other networks from outside asked for it"),
            )],
            observed: vec![
                fact("answers", f64::from(times), format!("{times} calls for the schema answered with data")),
                fact("bytes", bytes as f64, format!("{bytes} bytes of answers")),
            ],
            peers: Vec::new(),
            ruled_out: vec![
                "a developer of the operator: the caller is not in the operator's networks".to_owned(),
                "a public schema: hardly another network asks for it".to_owned(),
                "a refused attempt: it was answered".to_owned(),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use model::flow::mapped;
    use model::observation::{Observation, ObservationBatch, Observed, Rows};
    use model::{Caller, Operation, OperationKind, PacketTime};

    use super::*;

    const HOUR: u64 = 3_600;

    /// A batch of one call with one operation.
    fn batch(hour: u64, network: u8, zone: Zone, introspects: bool, failed: bool) -> ObservationBatch {
        let caller = Caller { addr: mapped([203, 0, 113, network]), zone, through: 0 };
        let at = PacketTime::from_parts(hour * HOUR, 0);
        let operations = Rows { at: 0, len: 1 };
        let row = Observation { last_at: at, status: 200, caller, operations, ..Observation::default() };
        let operation = Operation { kind: OperationKind::Query, introspects, failed, ..Operation::default() };
        ObservationBatch { rows: vec![row], operations: vec![operation], ..ObservationBatch::default() }
    }

    /// The verdict on the last of the calls, after the others taught what is common; `None` when it is not looked at.
    fn verdict(calls: &[ObservationBatch]) -> Option<Verdict> {
        let (mut outside, mut last) = (Outside::default(), None);
        for batch in calls {
            let seen = Observed { batch, row: &batch.rows[0] };
            let call = Call {
                seen,
                endpoint: None,
                part: None,
                others: crate::monitors::Others::Nobody,
                place: crate::places::Place::None,
                started_at: PacketTime::from_parts(1, 0),
                coverage: 1.0,
                obscured: false,
                at_work: false,
            };
            last = SchemaIntrospection::concern(&call).and_then(|concern| {
                let judged = concern
                    .subject
                    .map(|_| SchemaIntrospection::judge(&call, Some(&outside), &mut Asked::default(), false));
                SchemaIntrospection::learn(&call, &mut outside);
                judged
            });
        }
        last
    }

    #[test]
    fn an_outsider_that_asks_for_the_schema_is_told_where_hardly_anybody_does() {
        use Zone::{External, Internal};
        let usual = |networks: u8| (0..networks).map(|n| batch(u64::from(n), n, External, false, false));
        let told = |networks: u8, askers: u8, hour: u64, zone: Zone, failed: bool| {
            let askers = (0..askers).map(|n| batch(30, n, External, true, false));
            let last = [batch(hour, 200, zone, true, failed)];
            verdict(&usual(networks).chain(askers).chain(last).collect::<Vec<_>>())
        };
        assert_eq!(told(20, 0, 48, External, false), Some(Verdict::Cause(Severity::Medium)));
        assert_eq!(told(20, 3, 48, External, false), Some(Verdict::Cause(Severity::Medium)));
        assert_eq!(told(20, 4, 48, External, false), Some(Verdict::Quiet), "a public schema");
        assert_eq!(told(5, 0, 48, External, false), Some(Verdict::Quiet), "too few networks");
        assert_eq!(told(20, 0, 20, External, false), Some(Verdict::Quiet), "while learning");
        assert_eq!(told(20, 0, 48, Internal, false), None, "the operator's own");
        assert_eq!(told(20, 0, 48, External, true), None, "refused");
        assert_eq!(verdict(&usual(20).collect::<Vec<_>>()), None);
    }
}
