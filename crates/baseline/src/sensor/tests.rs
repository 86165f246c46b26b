//! What the sensor says of itself: stories of spans, and what is silent.

use model::finding::{Finding, FindingState};
use model::ledger::Counter as C;

use super::*;

const START: u64 = 2_000_000_000;

/// What the account grew by in one span.
fn grown(counts: &[(C, u64)]) -> Ledger {
    let mut ledger = Ledger::default();
    for (counter, n) in counts {
        ledger.add(*counter, *n);
    }
    ledger
}

/// Ordinary traffic.
fn ordinary() -> Ledger {
    grown(&[
        (C::FramesSeen, 2_000),
        (C::PayloadAccepted, 1_000_000),
        (C::PayloadHttp1, 900_000),
        (C::PayloadTls, 100_000),
        (C::FlowsHttp1, 90),
        (C::FlowsTls, 10),
        (C::TransactionsComplete, 400),
    ])
}

fn with(counts: &[(C, u64)]) -> Ledger {
    let mut ledger = ordinary();
    for (counter, n) in counts {
        ledger.set(*counter, *n);
    }
    ledger
}

/// Findings opened over those spans, saved and loaded after each of them when `saving`.
fn told_by(spans: &[Ledger], saving: bool) -> Vec<Finding> {
    let (mut sensor, mut out) = (Sensor::default(), Vec::new());
    let at = |n: usize| PacketTime::from_parts(START + n as u64 * 600, 0);
    for (n, span) in spans.iter().enumerate() {
        sensor.add(span, (at(n), at(n + 1)), Stamp::default(), &mut out);
        sensor.tick(at(n + 1), false, true, Stamp::default(), &mut out);
        if saving {
            sensor = Sensor::load(&SavedState { rows: sensor.save().into_iter().collect(), ..SavedState::default() });
        }
    }
    out.retain(|event| event.finding.state == FindingState::Open);
    out.into_iter().map(|event| event.finding).collect()
}

fn told(spans: &[Ledger]) -> Vec<(String, Severity)> {
    let findings = told_by(spans, false);
    assert_eq!(told_by(spans, true), findings, "saved after each span");
    findings.into_iter().map(|finding| (finding.detector.into_owned(), finding.severity)).collect()
}

/// Forty ordinary spans, then others.
fn then(spans: &[Ledger]) -> Vec<Ledger> {
    [vec![ordinary(); 40], spans.to_vec()].concat()
}

#[test]
fn ordinary_traffic_and_little_of_it_tell_nothing() {
    assert_eq!(told(&then(&[])), []);
    let tiny = grown(&[
        (C::FramesSeen, 10),
        (C::PayloadAccepted, 900),
        (C::PayloadMissing, 900),
        (C::TransactionsRequestOnly, 4),
    ]);
    assert_eq!(told(&vec![tiny; 9]), []);
}

#[test]
fn a_service_that_moves_to_tls_makes_the_sensor_blind() {
    let half = with(&[(C::PayloadHttp1, 400_000), (C::PayloadTls, 600_000), (C::FlowsHttp1, 40), (C::FlowsTls, 60)]);
    let all = with(&[(C::PayloadHttp1, 4_000), (C::PayloadTls, 996_000), (C::FlowsHttp1, 1), (C::FlowsTls, 99)]);
    let backup = with(&[(C::PayloadAccepted, 9_000_000), (C::PayloadNotHttp, 8_000_000), (C::FlowsUnknown, 1)]);
    let told_of = |severity| vec![("sensor-blind".to_owned(), severity)];
    assert_eq!(told(&then(&vec![half.clone(); 4])), told_of(Severity::Low));
    assert_eq!(told(&then(&vec![all; 4])), told_of(Severity::Medium));
    assert_eq!(told(&then(&[half.clone(), half, ordinary()])), [], "twenty minutes of it");
    assert_eq!(told(&then(&vec![backup; 6])), [], "a bulk transfer beside it");
}

#[test]
fn lost_frames_and_missing_bytes_are_told_when_they_last() {
    let told_of = |severity| vec![("sensor-lossy".to_owned(), severity)];
    let missing = with(&[(C::PayloadMissing, 30_000)]);
    assert_eq!(told(&vec![missing.clone(); 3]), told_of(Severity::Low));
    assert_eq!(told(&[missing.clone(), ordinary(), missing, ordinary()]), [], "bursts");
    assert_eq!(told(&vec![with(&[(C::KernelDropped, 1_000)]); 3]), told_of(Severity::Medium));
    assert_eq!(told(&vec![with(&[(C::FramesShed, 400)]); 3]), told_of(Severity::Medium));
    assert_eq!(
        told(&vec![with(&[(C::PayloadHar, 9_000), (C::PayloadMissing, 90_000)]); 3]),
        [],
        "bodies a HAR leaves out"
    );
}

#[test]
fn a_loss_that_lasts_is_one_finding_however_little_traffic_there_is() {
    let little = grown(&[
        (C::FramesSeen, 40),
        (C::PayloadAccepted, 20_000),
        (C::PayloadHttp1, 20_000),
        (C::PayloadMissing, 900),
    ]);
    assert_eq!(told(&vec![little; 400]).len(), 1);
}

#[test]
fn a_mirror_of_one_direction_is_told_and_a_few_silent_servers_are_not() {
    for counter in [C::TransactionsRequestOnly, C::TransactionsResponseOnly] {
        let span = |alone, whole| with(&[(counter, alone), (C::TransactionsComplete, whole)]);
        assert_eq!(told(&vec![span(400, 4); 3]), [("sensor-one-sided".to_owned(), Severity::Medium)]);
        let mut lacking = span(400, 4);
        lacking.set(C::PayloadMissing, 9_000_000);
        assert_eq!(told(&vec![lacking; 3]).len(), 1, "what the other direction carried is no loss");
        assert_eq!(told(&vec![span(200, 200); 3]), []);
    }
}

#[test]
fn every_limit_reached_is_a_finding_of_its_own() {
    for limit in limit::LIMITS {
        let ids = told(&[with(&[(limit.counter, 2_000)]), ordinary()]);
        assert_eq!(ids, [("sensor-limit".to_owned(), Severity::Low)], "{}", limit.counter.as_str());
    }
    assert_eq!(told(&[with(&[(C::PayloadOverLimit, 10)])]), [], "ten bytes of a million");
}

#[test]
fn what_it_tells_does_not_depend_on_where_a_run_was_cut() {
    let spans = then(&vec![with(&[(C::PayloadMissing, 30_000)]); 3]);
    let parts = |n: u64| {
        let (mut sensor, mut out) = (Sensor::default(), Vec::new());
        for (at, span) in (0u64..).zip(&spans) {
            let from = START + at * 600;
            for part in 0..n {
                let mut grown = Ledger::default();
                for (counter, value) in span.iter() {
                    grown.add(counter, value / n + u64::from(part < value % n));
                }
                let now = if part + 1 == n { from + 600 } else { from + 100 + part };
                let times = (PacketTime::from_parts(from, 0), PacketTime::from_parts(now, 0));
                sensor.add(&grown, times, Stamp::default(), &mut out);
            }
        }
        out
    };
    assert_eq!(parts(1).len(), 2, "opened and told again");
    assert_eq!(parts(3), parts(1));
}

#[test]
fn every_finding_about_the_sensor_has_a_page() {
    for id in ["sensor-blind", "sensor-lossy", "sensor-one-sided", "sensor-limit"] {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/detectors/{id}.md"));
        assert!(page.is_file(), "{id} has no page");
    }
}
