//! A detector to copy: it tells that a caller made the server fail. Compiled and tested, not in the table.
//!
//! Say here what is judged, by which references, and what stays silent. Steps: `docs/detectors/README.md`.

use std::time::Duration;

use model::finding::{Fact, Severity};
use model::{Id, PacketTime};

use super::{Cause, Detector, Info, Seen};
use crate::endpoints::Endpoint;
use crate::subject::PairModel;
use crate::trace::Trace;
use model::life::Report;

/// The detector. It holds nothing: memory belongs into the model of its subject.
#[derive(Debug)]
pub(crate) struct Template;

static INFO: Info = Info {
    id: "template",
    version: 1,
    subject: "identity_endpoint",
    quiet: Duration::from_mins(30),
    doc: "detectors/template.md",
    owasp: &["API8:2023"],
    cwe: &["CWE-755"],
    attack: &[],
    next: "Look at the server's log at the time of the shown transactions.",
};

impl Detector for Template {
    fn info(&self) -> &'static Info {
        &INFO
    }

    // `pair` is as it was before this observation: judge first.
    fn judge(&self, seen: &Seen<'_>, _pair: &PairModel, _open: bool) -> Option<Cause> {
        let failed = (500..600).contains(&seen.row.status);
        failed.then(|| Cause { severity: Severity::Low, first_at: seen.row.first_at, ..Cause::default() })
    }

    fn opened(&self, _: &Cause, _: &mut PairModel) {}

    // A detector with a reference learns from honest traffic only: not while `open`.
    fn train(&self, _: &Seen<'_>, _: &mut PairModel, _open: bool) {}

    fn closed(&self, _: &mut PairModel, _: PacketTime) {}

    fn traces<'a>(&self, _: &'a PairModel) -> &'a [Trace] {
        &[]
    }

    fn report(&self, _: &Id, pair: &PairModel, _: &Endpoint) -> Report {
        Report {
            severity: Severity::Low,
            confidence: f32::from(pair.kind.confidence()) / 100.0,
            title: "the server failed".to_owned(),
            observed: vec![Fact { name: "failures".into(), value: 1.0, text: "an answer of the 5xx class".to_owned() }],
            ..Report::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use model::observation::Observation;

    use super::*;

    fn check(status: u16, fires: bool) {
        let endpoint = Endpoint::default();
        let row = Observation { status, ..Observation::default() };
        let seen = Seen {
            state_since: PacketTime::ZERO,
            row: &row,
            endpoint: &endpoint,
            access: None,
            clients: 1,
            identity_since: PacketTime::ZERO,
            learning_since: PacketTime::ZERO,
            at_work: false,
        };
        assert_eq!(Template.judge(&seen, &PairModel::default(), false).is_some(), fires, "{status}");
    }

    #[test]
    fn failures_fire_and_refusals_do_not() {
        check(500, true);
        check(503, true);
        check(404, false);
        check(0, false);
    }

    #[test]
    fn a_detector_has_texts_and_a_page() {
        let info = Template.info();
        assert!(info.doc.contains(info.id) && !info.next.is_empty() && info.quiet > Duration::ZERO);
        let report = Template.report(&Id::default(), &PairModel::default(), &Endpoint::default());
        assert!(!report.title.is_empty() && !report.observed.is_empty());
    }
}
