//! What differs from the API descriptions: endpoints none has, deprecated ones, and drift (OWASP API9:2023).
//!
//! Only runs that were given documents pay for it. An endpoint is looked up once; drift is judged when its calls have
//! doubled, and at the end of the input, so that nothing depends on when state is saved.

use std::time::Duration;

use model::endpoint::DescriptionRecord;
use model::finding::{Fact, Finding};
use model::{Id, Severity};
use serde::{Deserialize, Serialize};

use super::{Info, Report, fact};
use crate::audit::Issue;
use crate::audit::documents::{Described, Documents};

/// Places of the findings.
pub(crate) const SHADOW: u8 = u8::MAX - 3;
pub(crate) const ZOMBIE: u8 = u8::MAX - 4;
pub(crate) const DRIFT: u8 = u8::MAX - 5;

/// Successful calls before a shadow is told: a slip of one caller, or a value not yet told from a word, is none.
pub(crate) const SHADOW_MIN: u64 = 5;
/// Calls from which on drift is judged, whenever they have doubled.
const DRIFT_FROM: u64 = 8;
/// Differences a finding and a record show.
const SHOWN_MAX: usize = 16;
const QUIET: Duration = Duration::from_hours(24);

pub(crate) static SHADOW_INFO: Info = Info {
    id: "shadow-endpoint",
    version: 1,
    subject: "endpoint",
    quiet: QUIET,
    doc: "detectors/shadow-endpoint.md",
    owasp: &["API9:2023"],
    cwe: &["CWE-1059"],
    attack: &[],
    next: "Ask its team what it is for: describe it, or take it down. Until then treat it as untested.",
};

pub(crate) static ZOMBIE_INFO: Info = ZOMBIE_OF_ANY;

/// What all zombies have in common, whoever says that they are.
pub(crate) const ZOMBIE_OF_ANY: Info = Info {
    id: "zombie-endpoint",
    version: 1,
    subject: "endpoint",
    quiet: QUIET,
    doc: "detectors/zombie-endpoint.md",
    owasp: &["API9:2023"],
    cwe: &["CWE-1059"],
    attack: &[],
    next: "Tell the callers shown here to move on, then take it down; until then keep it patched.",
};

pub(crate) static DRIFT_INFO: Info = Info {
    id: "drift",
    version: 1,
    subject: "endpoint",
    quiet: QUIET,
    doc: "detectors/drift.md",
    owasp: &["API9:2023"],
    cwe: &["CWE-1059"],
    attack: &[],
    next: "Decide which of the two is right, and change the other: the description, or the endpoint.",
};

/// What an endpoint is to the documents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// Whether it was looked up.
    known: bool,
    /// Document and operation; none for what no document has.
    operation: Option<(u32, u32)>,
    /// Differences told so far.
    drift: Vec<(Id, String)>,
}

/// What to do about a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent questions about one call")]
pub(crate) struct Due {
    /// The endpoint was just found in a document.
    pub(crate) matched: bool,
    pub(crate) shadow: bool,
    pub(crate) zombie: bool,
    /// Drift is to be judged.
    pub(crate) drift: bool,
}

impl Standing {
    /// Looks the endpoint up, the first time.
    pub(crate) fn due(&mut self, documents: &Documents, name: &model::EndpointName, calls: u64) -> Due {
        let matched = !self.known && {
            self.known = true;
            self.operation = documents.operation_of(name).map(|(document, at)| (document as u32, at as u32));
            self.operation.is_some()
        };
        let described = self.place().and_then(|place| documents.described(place));
        Due {
            matched,
            shadow: described.is_none(),
            zombie: described.is_some_and(|described| described.operation.deprecated),
            drift: described.is_some() && calls >= DRIFT_FROM && calls.is_power_of_two(),
        }
    }

    /// Document and number of its operation.
    pub(crate) fn place(&self) -> Option<(usize, usize)> {
        self.operation.map(|(document, at)| (document as usize, at as usize))
    }

    /// Notes what differs; whether it is not what was told.
    pub(crate) fn note(&mut self, documents: &Documents, issues: &[Issue]) -> bool {
        let name = |issue: &Issue| {
            let document = self.place().and_then(|place| documents.described(place)).map_or("", |d| d.name);
            format!("{document}:{}: {}, {} of {} calls", issue.at.line, issue.text, issue.seen, issue.of)
        };
        let now: Vec<_> = issues.iter().take(SHOWN_MAX).map(|issue| (issue.id, name(issue))).collect();
        let same = now.iter().map(|(id, _)| id).eq(self.drift.iter().map(|(id, _)| id));
        self.drift = now;
        !same
    }

    /// What the record shows.
    pub(crate) fn record(&self, documents: &Documents, service: &str, matched: u32) -> Option<DescriptionRecord> {
        let Some(described) = self.place().and_then(|place| documents.described(place)) else {
            let (document, line) = documents.missing_from(service, matched).filter(|_| self.known)?;
            return Some(DescriptionRecord { document: document.to_owned(), line, ..DescriptionRecord::default() });
        };
        let Described { name, operation, .. } = described;
        Some(DescriptionRecord {
            document: name.to_owned(),
            line: operation.at.line,
            path: Some(operation.path.clone()),
            deprecated: operation.deprecated,
            drift: self.drift.iter().map(|(_, text)| text.clone()).collect(),
        })
    }

    /// Texts of the finding at a place.
    pub(crate) fn report(&self, place: u8, documents: &Documents, service: &str, finding: &Finding) -> Report {
        let n = finding.count;
        let at = self.place().and_then(|place| documents.described(place)).map(|described| {
            let Described { name, operation, .. } = described;
            format!("{name}:{}: {} {}", operation.at.line, operation.method, operation.path)
        });
        let calls = fact("calls", n, format!("{n} calls since"));
        match place {
            SHADOW => {
                let missing = documents.missing_from(service, u32::MAX).map_or(String::new(), |(name, line)| {
                    format!("an operation in the description of its service ({name}:{line})")
                });
                Report {
                    confidence: 0.9,
                    title: "served and called, and in no API description of its service".into(),
                    expected: vec![fact("operations", 0, missing)],
                    observed: vec![calls],
                    ruled_out: vec![
                        "a document about something else: other operations of it are called at this service".into(),
                        "a probe: it was answered with success".into(),
                    ],
                    ..Report::default()
                }
            }
            ZOMBIE => Report {
                confidence: 0.95,
                title: "deprecated in its API description, and called".into(),
                expected: vec![fact("calls", 0, format!("no calls: {} is deprecated", at.unwrap_or_default()))],
                observed: vec![calls],
                ruled_out: vec!["a probe: it was answered with success".into()],
                ..Report::default()
            },
            _ => {
                let told: Vec<Fact> = self.drift.iter().map(|(_, text)| fact("difference", 1, text.clone())).collect();
                let m = self.drift.len();
                let title = if m == 1 {
                    "differs from its API description".to_owned()
                } else {
                    format!("differs from its API description in {m} places")
                };
                let described = format!("calls as described in {}", at.unwrap_or_default());
                Report {
                    confidence: 0.9,
                    title,
                    expected: vec![fact("differences", 0, described)],
                    observed: told,
                    ruled_out: vec![
                        "a slip of a few callers: what less than one call in a hundred sent is left out".into(),
                    ],
                    ..Report::default()
                }
            }
        }
    }
}

/// How grave each is by itself.
pub(crate) const fn severity(place: u8, open: bool) -> Severity {
    match (place, open) {
        (SHADOW | ZOMBIE, true) => Severity::Medium,
        _ => Severity::Low,
    }
}
