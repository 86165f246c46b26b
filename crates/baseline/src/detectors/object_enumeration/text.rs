//! The words of a finding.

use std::time::Duration;

use model::Id;
use model::finding::Fact;
use model::identity::IdentityKind;

use super::memory::Window;
use super::severity;
use crate::endpoints::Endpoint;
use crate::peers::Reference;
use crate::subject::PairModel;
use model::life::Report;

/// All texts, as the pair stands now.
pub(super) fn report(identity: &Id, pair: &PairModel, endpoint: &Endpoint) -> Report {
    let facts = pair.objects.finding_facts();
    let (window, first, last) = pair.objects.finding_span();
    let reference = endpoint.peers.as_ref().map(|peers| peers.reference(identity)).unwrap_or_default();
    let span = span(last.since(first));
    let (spread, per) = match window {
        Window::Hour => (reference.hour, "within an hour"),
        Window::Day => (reference.day, "within a day"),
        Window::Weeks => (reference.all, "since they were first seen"),
    };
    let n = facts.new;
    let usual = spread.mean.exp_m1().round();
    let other = n.saturating_sub(facts.ok).saturating_sub(facts.refused);
    Report {
        severity: severity(facts.ok),
        confidence: confidence(pair.kind, &reference),
        title: format!(
            "{n} distinct objects tried in {span}, {} refused; other callers usually {usual}",
            facts.refused
        ),
        expected: vec![fact(
            "distinct_objects",
            usual,
            format!("about {usual} distinct objects {per}; learned from {} other callers of this endpoint", spread.n),
        )],
        observed: vec![
            fact("distinct_objects", f64::from(n), format!("{n} distinct objects not touched before, in {span}")),
            fact("refused", f64::from(facts.refused), mix(facts.ok, facts.refused, other)),
            fact("steps", f64::from(facts.steps), format!("{} % follow on the number before", percent(facts.steps, n))),
            fact(
                "foreign",
                f64::from(facts.foreign),
                format!("{} were so far given to one other identity only", facts.foreign),
            ),
            fact(
                "undisclosed",
                f64::from(facts.undisclosed),
                format!("{} were in no answer that the caller had got", facts.undisclosed),
            ),
        ],
        peers: vec![
            fact(
                "peers_max",
                f64::from(spread.max),
                format!("0 of {} other callers above {} {per}", spread.n, spread.max),
            ),
            fact(
                "peers_refused",
                reference.refused,
                format!("their share of refusals is about {:.1} %", reference.refused * 100.0),
            ),
            fact(
                "peers_foreign",
                reference.foreign,
                format!("their share of others' objects is about {:.1} %", reference.foreign * 100.0),
            ),
            fact(
                "peers_undisclosed",
                reference.undisclosed,
                format!(
                    "their share of objects that no answer told them of is about {:.1} %",
                    reference.undisclosed * 100.0
                ),
            ),
        ],
        ruled_out: ruled_out(pair, &reference, n),
    }
}

fn ruled_out(pair: &PairModel, reference: &Reference, n: u16) -> Vec<String> {
    let mut out = vec!["a page or a search: only values that name objects are counted".to_owned()];
    if u32::from(n) > reference.day.max {
        out.push("a busy hour: no other caller did the like".to_owned());
    }
    if reference.foreign < 0.2 {
        out.push("a public catalogue: objects here are almost always touched by one identity".to_owned());
    }
    if pair.kind != IdentityKind::Address {
        out.push(format!("many people behind one address: the caller is a {}", pair.kind.as_str().replace('_', " ")));
    }
    out.push("a job that always did so: objects known to this caller are not counted".to_owned());
    out
}

fn mix(ok: u16, refused: u16, other: u16) -> String {
    match other {
        0 => format!("{ok} answered with success, {refused} refused"),
        _ => format!("{ok} answered with success, {refused} refused, {other} otherwise"),
    }
}

/// From how sure the identity is one actor and from how many others it is compared with; two digits.
fn confidence(kind: IdentityKind, reference: &Reference) -> f32 {
    let support = reference.peers as f32 / (reference.peers as f32 + 1.0);
    (f32::from(kind.confidence()) * support).round() / 100.0
}

fn percent(part: u16, whole: u16) -> u32 {
    u32::from(part) * 100 / u32::from(whole.max(1))
}

fn span(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

fn fact(name: &'static str, value: f64, text: String) -> Fact {
    Fact { name: name.into(), value, text }
}
