//! One finding with its reasons: who, where, what was expected against what was observed, and where to look.

use model::finding::{Evidence, FindingState};
use model::{Fact, Finding};

use super::findings::{identity, subject_in_words};
use super::ids::{Ids, brief, long_finding};
use super::look::{Look, Tone};
use super::text;
use crate::acks::{Ack, Standing};

const LABEL_WIDTH: usize = 7;
const WHY_WIDTH: usize = 10;
/// Transactions shown.
const EVIDENCE_SHOWN_MAX: usize = 4;

/// Other findings of the same actor shown.
const ALSO_SHOWN_MAX: usize = 8;

/// The screen of one finding, with what the operator said of it, and the other findings of its actor.
pub(crate) fn screen(
    finding: &Finding,
    ack: Option<(&Ack, Standing)>,
    also: &[&Finding],
    ids: &Ids,
    look: &Look,
) -> String {
    let mut out = Page { out: String::new(), look: *look };
    heading(&mut out, finding);
    if let Some((ack, standing)) = ack {
        acknowledged(&mut out, ack, standing);
    }
    subject(&mut out, finding, ids);
    out.line("WHAT", &finding.title);
    let mut label = "WHY";
    for (name, facts) in [("expected", &finding.expected), ("observed", &finding.observed), ("peers", &finding.peers)] {
        for (at, fact) in facts.iter().enumerate() {
            out.fact(label, if at == 0 { name } else { "" }, &fact_text(fact));
            label = "";
        }
    }
    let covered = format!("{} of the traffic was understood meanwhile", text::share(finding.coverage));
    out.fact(label, "coverage", &covered);
    let mut label = "NOT";
    for reason in &finding.ruled_out {
        out.line(label, reason);
        label = "";
    }
    evidence(&mut out, &finding.evidence);
    others(&mut out, also, ids);
    if !finding.next.is_empty() {
        out.line("NEXT", &finding.next);
    }
    references(&mut out, finding);
    out.out
}

/// What the same actor did beside it.
fn others(out: &mut Page, also: &[&Finding], ids: &Ids) {
    for (at, one) in also.iter().take(ALSO_SHOWN_MAX).enumerate() {
        let (id, when) = (ids.finding(one.id), text::between(one.first_at, one.last_at));
        let line =
            format!("same actor also: {id} {} {}, {when} UTC: {}", one.severity.as_str(), one.detector, one.title);
        out.line(if at == 0 { "ALSO" } else { "" }, &line);
    }
    let more = also.len().saturating_sub(ALSO_SHOWN_MAX);
    if more > 0 {
        out.line("", &format!("(+{more}: apitap findings list)"));
    }
}

/// The id of a detector as words: names that are written otherwise in the field are.
fn in_words(detector: &str) -> String {
    let word = |word| match word {
        "url" => "URL",
        "api" => "API",
        "dos" => "DoS",
        "jndi" => "JNDI",
        word => word,
    };
    if detector == "over-consumption" {
        return "over-consumption of data".to_owned();
    }
    detector.split('-').map(word).collect::<Vec<_>>().join(" ")
}

fn heading(out: &mut Page, finding: &Finding) {
    let name = in_words(&finding.detector);
    let mut letters = name.chars();
    let name: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let state = match finding.state {
        FindingState::Open => "open",
        FindingState::Update => "open, updated",
        FindingState::Closed => "closed",
    };
    let severity = out.look.toned(finding.severity.as_str(), Tone::Severity(finding.severity));
    let name = out.look.toned(&text::inert(&name), Tone::Heading);
    out.out.extend([format!("{name}: {severity}, confidence {:.2}, {state}\n", finding.confidence)]);
    out.line("ID", &long_finding(finding.id));
}

fn acknowledged(out: &mut Page, ack: &Ack, standing: Standing) {
    let until = ack.until.map_or_else(|| "for good".to_owned(), |until| format!("until {until}"));
    let now = match standing {
        Standing::Holds => String::new(),
        Standing::Ended => ", which has passed".to_owned(),
        Standing::Graver => format!(" as {}, which it is no longer", ack.severity.as_str()),
    };
    out.line("ACK", &format!("{until}{now}: {}", ack.reason));
}

fn subject(out: &mut Page, finding: &Finding, ids: &Ids) {
    let subject = &finding.subject;
    if let Some(who) = identity(subject) {
        let from = subject.addresses.join(", ");
        let from = if from.is_empty() || from == who { String::new() } else { format!(" from {from}") };
        out.line("WHO", &format!("{who}{from}"));
    } else if !subject.addresses.is_empty() {
        out.line("WHO", &subject.addresses.join(", "));
    }
    match subject.endpoint {
        Some(id) if subject.endpoint_name.is_empty() => out.line("WHERE", &ids.endpoint(id)),
        Some(id) => out.line("WHERE", &format!("{}  ({})", subject.endpoint_name, ids.endpoint(id))),
        None if !subject.endpoint_name.is_empty() => out.line("WHERE", &subject.endpoint_name),
        None if subject.identity.is_none() && subject.addresses.is_empty() => {
            out.line("WHERE", &subject_in_words(subject));
        }
        None => {}
    }
    let unnamed = subject.endpoint.is_none() && subject.endpoint_name.is_empty();
    for (at, endpoint) in subject.endpoints.iter().enumerate() {
        out.line(if at == 0 && unnamed { "WHERE" } else { "" }, endpoint);
    }
    let (one, many) = match &*subject.kind {
        "sensor" => ("unit of traffic", "units of traffic"),
        _ => ("transaction", "transactions"),
    };
    let calls = text::counted(finding.count, one, many);
    out.line("WHEN", &format!("{} UTC, {calls}", text::between(finding.first_at, finding.last_at)));
}

fn fact_text(fact: &Fact) -> String {
    if fact.text.is_empty() { format!("{} {}", fact.name.replace('_', " "), fact.value) } else { fact.text.clone() }
}

fn evidence(out: &mut Page, evidence: &[Evidence]) {
    let mut label = "LOOK";
    for one in evidence.iter().take(EVIDENCE_SHOWN_MAX) {
        let frame = text::grouped(one.frame);
        let note = if one.note.is_empty() { String::new() } else { format!(" ({})", one.note) };
        let line = format!("tx {} {} frame {frame}  {}{note}", brief(one.tx), text::clock_seconds(one.at), one.excerpt);
        out.line(label, &line);
        label = "";
    }
    let more = evidence.len().saturating_sub(EVIDENCE_SHOWN_MAX);
    if more > 0 {
        out.line("", &format!("(+{more}: --format json)"));
    }
}

fn references(out: &mut Page, finding: &Finding) {
    let mut parts: Vec<String> = Vec::new();
    for (prefix, list) in [("OWASP ", &finding.owasp), ("", &finding.cwe), ("ATT&CK ", &finding.attack)] {
        parts.extend(list.iter().map(|id| format!("{prefix}{id}")));
    }
    if !finding.doc.is_empty() {
        parts.push(format!("docs/{}", finding.doc));
    }
    if !parts.is_empty() {
        out.line("REFS", &parts.join(" · "));
    }
}

struct Page {
    out: String,
    look: Look,
}

impl Page {
    fn line(&mut self, label: &str, rest: &str) {
        self.wrapped(label, "", rest, LABEL_WIDTH);
    }

    fn fact(&mut self, label: &str, name: &str, rest: &str) {
        self.wrapped(label, name, rest, LABEL_WIDTH + WHY_WIDTH);
    }

    /// A label and a name, then `rest` beside and below them from column `indent` on.
    fn wrapped(&mut self, label: &str, name: &str, rest: &str, indent: usize) {
        let room = self.look.width.map_or(usize::MAX, |width| width.saturating_sub(indent).max(20));
        let (mut label, mut name) = (label, name);
        for line in text::wrapped(&text::inert(rest), room) {
            let padding = " ".repeat(LABEL_WIDTH.saturating_sub(label.len()));
            self.out.extend([self.look.toned(label, Tone::Heading).as_str(), &padding]);
            if indent > LABEL_WIDTH {
                self.out.extend([format!("{name:<WHY_WIDTH$}")]);
            }
            self.out.extend([line.as_str(), "\n"]);
            (label, name) = ("", "");
        }
    }
}
