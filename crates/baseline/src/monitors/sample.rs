//! A monitor to copy: a network that makes the server fail again and again. Compiled and tested, not in the table.
//!
//! Say here what is judged, by which references, and what stays silent. Steps: `docs/detectors/README.md`.

use std::time::Duration;

use model::finding::{DetectorInfo, Fact, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::{About, Call, Concern, Key, Model, Monitor, Verdict};

pub(crate) struct Sample;

/// Failures of everybody on one endpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Usual {
    calls: u64,
    failures: u64,
}

/// Failures of one network.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Mine {
    failures: u64,
}

impl Model for Usual {
    fn merge(&mut self, other: &Self) {
        (self.calls, self.failures) = (self.calls + other.calls, self.failures + other.failures);
    }
}

impl Model for Mine {
    fn merge(&mut self, other: &Self) {
        self.failures += other.failures;
    }
}

impl Monitor for Sample {
    type Common = Usual;
    type Model = Mine;

    const PAUSES: bool = true;
    const INFO: DetectorInfo = DetectorInfo {
        id: "sample",
        version: 1,
        subject: "network",
        quiet: Duration::from_mins(30),
        doc: "detectors/sample.md",
        owasp: &["API8:2023"],
        cwe: &["CWE-755"],
        attack: &[],
        next: "Look at the server's log at the time of the shown transactions.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let failed = (500..600).contains(&call.row().status);
        let common = call.endpoint.map(Key::endpoint);
        Some(Concern { subject: failed.then(|| Key::of(call.network())), common })
    }

    fn judge(_: &Call<'_>, common: Option<&Usual>, mine: &mut Mine, _open: bool) -> Verdict {
        mine.failures += 1;
        let usual = common.is_some_and(|usual| usual.failures * 10 > usual.calls);
        if usual || mine.failures < 3 { Verdict::Note } else { Verdict::Cause(Severity::Low) }
    }

    fn learn(call: &Call<'_>, usual: &mut Usual) {
        usual.calls += 1;
        usual.failures += u64::from((500..600).contains(&call.row().status));
    }

    fn closed(mine: &mut Mine) {
        *mine = Mine::default();
    }

    fn report(about: &About, mine: &Mine) -> Report {
        let text = format!("{} answers of the 5xx class", mine.failures);
        Report {
            severity: Severity::Low,
            confidence: f32::from(about.kind.confidence()) / 100.0,
            title: "the server failed".to_owned(),
            observed: vec![Fact { name: "failures".into(), value: mine.failures as f64, text }],
            ..Report::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::endpoint::{EndpointIndex, EndpointName};
    use model::finding::{Finding, FindingState};
    use model::life::OpenFindings;
    use model::observation::{Observation, ObservationBatch, Observed};
    use model::state::StateRow;
    use model::{Caller, PacketTime, ResolvedEpoch, SavedState, Share, Stamp, WorkerOutput};

    use super::super::{Monitors, Watch};
    use super::*;
    use crate::endpoints::{Endpoints, Local};

    const PLACE: u8 = 200;

    struct Bench {
        obscured: bool,
        monitors: Monitors,
        endpoints: Endpoints,
        findings: OpenFindings,
        out: WorkerOutput,
    }

    impl Bench {
        fn new(share: Share) -> Self {
            let mut endpoints = Endpoints::new(share);
            for (template, at) in ["/a/{int}", "/a/{str}"].iter().zip(0..) {
                let name = EndpointName::new("api.example", "GET", template);
                endpoints.announce(EndpointIndex(at), &Arc::new(name));
            }
            let monitors = Monitors { share, lanes: vec![Watch::<Sample>::at(PLACE)], plans: Vec::new() };
            Self {
                monitors,
                endpoints,
                findings: OpenFindings::new(model::limits::FINDINGS_OPEN_MAX),
                out: WorkerOutput::default(),
                obscured: false,
            }
        }

        fn call(&mut self, second: u64, client: u8, status: u16) {
            let at = PacketTime(second * 1_000_000_000);
            let caller = Caller { addr: model::flow::mapped([192, 0, 2, client]), ..Caller::default() };
            let stamp = Stamp { frame: second, ..Stamp::default() };
            let row =
                Observation { stamp, first_at: at, last_at: at, status, caller, flow_at: at, ..Observation::default() };
            let batch = ObservationBatch { rows: vec![row], ..ObservationBatch::default() };
            let seen = Observed { batch: &batch, row: &batch.rows[0] };
            let endpoint = self.endpoints.get(Local(0)).map(|endpoint| (Local(0), endpoint));
            let call = Call {
                seen,
                endpoint,
                part: None,
                others: crate::monitors::Others::Nobody,
                place: crate::places::Place::None,
                started_at: PacketTime(1),
                coverage: 1.0,
                obscured: self.obscured,
                at_work: false,
            };
            self.monitors.calls(&[call], &mut self.findings, &mut self.out);
        }

        fn close(&mut self, second: u64) {
            let now = PacketTime(second * 1_000_000_000);
            let epoch = ResolvedEpoch { now, ..ResolvedEpoch::default() };
            for key in self.findings.due(now, false) {
                assert!(self.monitors.refresh(&key, epoch.coverage.share(), true, &mut self.findings));
                self.findings.close(&key, Stamp::default(), &mut self.out.findings);
            }
        }

        fn saved(&mut self) -> Vec<StateRow> {
            let mut rows = Vec::new();
            self.monitors.save(&self.endpoints, &mut rows);
            rows
        }

        fn told(&self) -> Vec<&Finding> {
            self.out.findings.iter().map(|event| &event.finding).collect()
        }
    }

    #[test]
    fn while_little_is_seen_monitors_of_rates_neither_judge_nor_learn() {
        let mut bench = Bench::new(Share::ALL);
        honest(&mut bench);
        drop(bench.saved());
        bench.obscured = true;
        (60..90).for_each(|second| bench.call(second, 7, 500));
        assert!(bench.told().is_empty() && bench.saved().is_empty());
        bench.obscured = false;
        (100..103).for_each(|second| bench.call(second, 7, 500));
        assert_eq!((bench.told().len(), bench.told()[0].first_at), (1, PacketTime(100_000_000_000)));
    }

    fn honest(bench: &mut Bench) {
        (0..50).for_each(|second| bench.call(second, 1, 200));
    }

    #[test]
    fn a_finding_is_opened_with_its_notes_and_closed_when_quiet() {
        let mut bench = Bench::new(Share::ALL);
        honest(&mut bench);
        (60..63).for_each(|second| bench.call(second, 7, 500));
        let told = bench.told();
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].count, told[0].evidence.len(), told[0].state), (3, 3, FindingState::Open));
        assert_eq!(told[0].first_at, PacketTime(60_000_000_000));
        assert_eq!(told[0].subject.addresses, ["192.0.2.7"]);
        bench.close(62 + 31 * 60);
        assert_eq!(bench.told().last().map(|finding| finding.state), Some(FindingState::Closed));
        bench.call(4_000, 7, 500);
        assert_eq!(bench.told().len(), 2, "it starts over");
    }

    #[test]
    fn a_resumed_worker_says_what_one_in_one_go_says() {
        let story: [(u64, u8, u16); 8] = [
            (60, 7, 500),
            (61, 8, 500),
            (62, 7, 500),
            (63, 8, 500),
            (64, 7, 500),
            (65, 8, 500),
            (66, 7, 500),
            (99, 9, 500),
        ];
        let mut whole = Bench::new(Share::ALL);
        honest(&mut whole);
        for (second, client, status) in &story {
            whole.call(*second, *client, *status);
        }
        for cut in 0..story.len() {
            let mut first = Bench::new(Share::ALL);
            honest(&mut first);
            story.iter().take(cut).for_each(|(second, client, status)| first.call(*second, *client, *status));
            let rows = first.saved();
            let mut second = Bench::new(Share::ALL);
            second.monitors.restore(&SavedState { rows, ..SavedState::default() }, &mut second.endpoints);
            std::mem::swap(&mut second.findings, &mut first.findings);
            story.iter().skip(cut).for_each(|(at, client, status)| second.call(*at, *client, *status));
            let mut told = first.told();
            told.extend(second.told());
            assert_eq!(told, whole.told(), "cut at {cut}");
            assert!(second.saved().len() <= 4 && second.saved().is_empty(), "what is saved is saved once");
        }
    }

    #[test]
    fn what_was_learned_follows_an_endpoint_to_its_new_name() {
        let mut bench = Bench::new(Share::ALL);
        (0..10).for_each(|second| bench.call(second, 1, 500));
        let moved = bench.told().len();
        bench.monitors.rename(&bench.endpoints, &std::collections::BTreeMap::from([(Local(0), Local(1))]));
        let rows = bench.saved();
        assert_eq!(rows.iter().filter(|row| !row.model.is_empty()).count(), 2, "one network, one endpoint");
        assert_eq!(bench.told().len(), moved);
    }

    #[test]
    fn workers_share_subjects_and_learn_the_same_of_endpoints() {
        let mut whole = Bench::new(Share::ALL);
        let mut parts: Vec<Bench> = (0..3).map(|at| Bench::new(Share::new(at, 3))).collect();
        for bench in parts.iter_mut().chain([&mut whole]) {
            honest(bench);
            (0..40u64).for_each(|turn| bench.call(60 + turn, (turn % 10) as u8, 500));
        }
        let mut told: Vec<_> = parts.iter().flat_map(Bench::told).cloned().collect();
        told.sort_by_key(|finding| (finding.last_at, finding.id));
        assert_eq!(told.iter().collect::<Vec<_>>(), whole.told());
    }
}
