//! Object enumeration: one identity tries objects that are not its own (OWASP API1:2023).
//!
//! In: accesses to objects. Judged: *new* objects of one identity on one endpoint, within an hour, a day and four weeks.
//! Four independent pieces of evidence are weighed ([`weight`]) and must together be rarer than the stated rate of false
//! alarms. `docs/detectors/object-enumeration.md` tells it in words.

mod memory;
mod text;
mod weight;

use std::time::Duration;

use model::finding::Severity;
use model::{Id, PacketTime};

pub(crate) use self::memory::Objects;
use super::{Cause, Detector, Info, Seen};
use crate::access::Facts;
use crate::endpoints::Endpoint;
use crate::subject::PairModel;
use crate::trace::Trace;
use model::life::Report;

/// The detector.
#[derive(Debug)]
pub(crate) struct ObjectEnumeration;

static INFO: Info = Info {
    id: "object-enumeration",
    version: 1,
    subject: "identity_endpoint",
    // As long as a story lasts without anything new: a slow one is one finding.
    quiet: Duration::from_hours(24),
    doc: "detectors/object-enumeration.md",
    owasp: &["API1:2023"],
    cwe: &["CWE-639"],
    attack: &["T1190"],
    next: "Check that the handler compares the object's owner with the caller; then list the objects it answered with success.",
};

impl Detector for ObjectEnumeration {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn judge(&self, seen: &Seen<'_>, pair: &PairModel, open: bool) -> Option<Cause> {
        let access = seen.access?;
        let objects = &pair.objects;
        if !objects.is_new(access) {
            return None;
        }
        if open {
            let facts = objects.finding_facts().with(access, objects);
            return Some(Cause { severity: severity(facts.ok), ..Cause::default() });
        }
        // What shows nothing by itself changes no verdict.
        if !objects.look_is_due() || !Facts::default().with(access, objects).is_odd() {
            return None;
        }
        let verdict = weight::judge(seen, access, pair)?;
        Some(Cause {
            severity: severity(verdict.facts.ok),
            before: u64::from(verdict.facts.new).saturating_sub(1),
            first_at: objects.since(verdict.window, seen.row),
            tag: verdict.window as u8,
        })
    }

    fn opened(&self, cause: &Cause, pair: &mut PairModel) {
        pair.objects.opened(memory::Window::from_tag(cause.tag), cause.first_at);
    }

    fn train(&self, seen: &Seen<'_>, pair: &mut PairModel, open: bool) {
        if let Some(access) = seen.access {
            pair.objects.train(access, seen.row, open);
        }
    }

    fn closed(&self, pair: &mut PairModel, _: PacketTime) {
        pair.objects.closed();
    }

    fn traces<'a>(&self, pair: &'a PairModel) -> &'a [Trace] {
        pair.objects.traces()
    }

    fn report(&self, identity: &Id, pair: &PairModel, endpoint: &Endpoint) -> Report {
        text::report(identity, pair, endpoint)
    }
}

/// Answered objects are a breach, refused ones a probe.
const fn severity(ok: u16) -> Severity {
    if ok > 0 { Severity::High } else { Severity::Medium }
}
