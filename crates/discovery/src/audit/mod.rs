//! The inventory held against API descriptions: what is missing on which side, and where traffic and document differ.
//!
//! In: inventory records and documents. Out: an [`Audit`]: a line for each operation of the documents, and [`Issue`]s in a
//! fixed order, each with the line of the document it is about and the counts it rests on. It judges records only, so an
//! audit of a state and of the capture that made it agree.
//!
//! | issue | it means |
//! |---|---|
//! | shadow | served and called, and in no document of its service |
//! | orphan | in a document, and not called in the traffic at hand: its absence is no proof |
//! | zombie | said to be deprecated, and called |
//! | drift | called, and other than described: parameter, field, type, status, content type, authentication |

mod answers;
mod body;
pub(crate) mod documents;
mod drift;
mod matching;

use model::{EndpointRecord, Id, Severity};

use crate::spec::{Operation, Place, Spec};
pub use documents::Documents;
use matching::Matcher;

/// A document with the name it is shown by.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// Path or URL it was read from.
    pub name: &'a str,
    /// What it says.
    pub spec: &'a Spec,
}

/// What an issue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IssueKind {
    /// An endpoint that no document has.
    Shadow,
    /// A deprecated operation that is called.
    Zombie,
    /// Credentials differ from what the document asks for.
    DriftAuthentication,
    /// A parameter that the document lacks, or asks for in vain.
    DriftParameter,
    /// A field of a body that the document lacks, or asks for in vain.
    DriftField,
    /// A value of another type than the document's.
    DriftType,
    /// A status that the document lacks.
    DriftStatus,
    /// A media type that the document lacks.
    DriftContentType,
    /// An operation that was not called.
    Orphan,
}

impl IssueKind {
    /// Every kind, in the order of [`Audit::issues`].
    pub const ALL: [Self; 9] = [
        Self::Shadow,
        Self::Zombie,
        Self::DriftAuthentication,
        Self::DriftParameter,
        Self::DriftField,
        Self::DriftType,
        Self::DriftStatus,
        Self::DriftContentType,
        Self::Orphan,
    ];

    /// Its id in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shadow => "shadow-endpoint",
            Self::Zombie => "zombie-endpoint",
            Self::DriftAuthentication => "drift-authentication",
            Self::DriftParameter => "drift-parameter",
            Self::DriftField => "drift-field",
            Self::DriftType => "drift-type",
            Self::DriftStatus => "drift-status",
            Self::DriftContentType => "drift-content-type",
            Self::Orphan => "orphan-operation",
        }
    }

    /// How much it matters.
    pub const fn severity(self) -> Severity {
        match self {
            Self::DriftAuthentication => Severity::High,
            Self::Shadow | Self::Zombie => Severity::Medium,
            Self::DriftParameter | Self::DriftField | Self::DriftType => Severity::Low,
            Self::DriftStatus | Self::DriftContentType | Self::Orphan => Severity::Info,
        }
    }

    /// One sentence on what it means.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Shadow => "An endpoint is served and called that no API description of its service has.",
            Self::Zombie => "An operation is called although its description says it goes away.",
            Self::DriftAuthentication => {
                "Calls succeed with other credentials than the description asks for, or with none."
            }
            Self::DriftParameter => "Calls carry a parameter the description lacks, or lack one it asks for.",
            Self::DriftField => "Bodies carry a field the description lacks, or lack one it asks for.",
            Self::DriftType => "Values have another type than the description gives.",
            Self::DriftStatus => "Answers have a status the description lacks.",
            Self::DriftContentType => "Bodies have a media type the description lacks.",
            Self::Orphan => "A described operation was not called in the traffic at hand.",
        }
    }
}

/// One difference between documents and traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Hash of kind, document and operation, or endpoint, and what of it: the same in every audit.
    pub id: Id,
    /// What it is.
    pub kind: IssueKind,
    /// Index of the document.
    pub document: usize,
    /// Line of the document: that of the operation or of the detail; for a shadow that of `paths`.
    pub at: Place,
    /// Method.
    pub method: String,
    /// Path of the operation as described, of a shadow as seen.
    pub path: String,
    /// The endpoint, when there is one.
    pub endpoint: Option<Id>,
    /// What differs: a clause without its end.
    pub text: String,
    /// Calls it was seen in.
    pub seen: u64,
    /// Calls it could have been seen in.
    pub of: u64,
}

/// An operation of a document and the endpoints that are it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// Index of the document.
    pub document: usize,
    /// Index of the operation in it.
    pub operation: usize,
    /// Indices into the records: one, or several while a variable's few values are still told apart.
    pub endpoints: Vec<usize>,
}

/// What holding records against documents gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Every operation of every document, in order.
    pub operations: Vec<Covered>,
    /// Issues by document, kind, line.
    pub issues: Vec<Issue>,
    /// What a person should know of how documents and traffic were put together.
    pub remarks: Vec<String>,
}

impl Audit {
    /// Operations that were called.
    pub fn seen(&self) -> usize {
        self.operations.iter().filter(|covered| !covered.endpoints.is_empty()).count()
    }

    /// Issues of one kind.
    pub fn count(&self, kind: IssueKind) -> usize {
        self.issues.iter().filter(|issue| issue.kind == kind).count()
    }
}

/// Holds `endpoints` against `documents`.
pub fn audit(endpoints: &[EndpointRecord], documents: &[Document<'_>]) -> Audit {
    let mut matcher = Matcher::new(endpoints, documents);
    let mut operations: Vec<Covered> = Vec::new();
    for (document, one) in documents.iter().enumerate() {
        operations.extend((0..one.spec.operations.len()).map(|operation| Covered {
            document,
            operation,
            endpoints: Vec::new(),
        }));
    }
    let mut issues = Vec::new();
    for (index, endpoint) in endpoints.iter().enumerate() {
        let found = matcher.best(endpoint);
        if found.is_empty() {
            issues.extend(shadow(endpoint, &matcher, documents));
        }
        for at in found {
            if let Some(covered) = operations.get_mut(at) {
                covered.endpoints.push(index);
            }
        }
    }
    for covered in &operations {
        let Some(document) = documents.get(covered.document) else { continue };
        let Some(operation) = document.spec.operations.get(covered.operation) else { continue };
        let records: Vec<&EndpointRecord> = covered.endpoints.iter().filter_map(|&at| endpoints.get(at)).collect();
        let about = About { document: covered.document, name: document.name, operation, records: &records };
        if records.is_empty() {
            issues.push(about.issue(
                IssueKind::Orphan,
                operation.at,
                "",
                "not called in this traffic".to_owned(),
                (0, 0),
            ));
            continue;
        }
        if operation.deprecated {
            let calls = records.iter().map(|record| record.count).sum();
            let text = "deprecated in the description, and called".to_owned();
            issues.push(about.issue(IssueKind::Zombie, operation.at, "", text, (calls, calls)));
        }
        drift::of(&about, &mut issues);
    }
    issues.sort_by(|a, b| {
        (a.document, a.kind, a.at, &a.path, &a.method, &a.text)
            .cmp(&(b.document, b.kind, b.at, &b.path, &b.method, &b.text))
    });
    Audit { operations, issues, remarks: matcher.remarks() }
}

fn shadow(endpoint: &EndpointRecord, matcher: &Matcher<'_>, documents: &[Document<'_>]) -> Option<Issue> {
    let document = matcher.document_for(endpoint)?;
    let at = documents.get(document)?.spec.paths_at;
    let open = endpoint.unauthenticated_successes;
    let text = if open > 0 {
        format!("in no description; {open} calls without credentials succeeded")
    } else {
        "in no description".to_owned()
    };
    Some(Issue {
        id: Id::of("audit", &[IssueKind::Shadow.as_str().as_bytes(), &endpoint.id.0]),
        kind: IssueKind::Shadow,
        document,
        at,
        method: endpoint.method.clone(),
        path: endpoint.template.clone(),
        endpoint: Some(endpoint.id),
        text,
        seen: endpoint.count,
        of: endpoint.count,
    })
}

/// An operation and its records, as the rules of drift see it.
struct About<'a> {
    document: usize,
    name: &'a str,
    operation: &'a Operation,
    records: &'a [&'a EndpointRecord],
}

impl About<'_> {
    /// `detail` tells issues of one kind and operation apart.
    fn issue(&self, kind: IssueKind, at: Place, detail: &str, text: String, (seen, of): (u64, u64)) -> Issue {
        let operation = self.operation;
        let parts = [kind.as_str(), self.name, &operation.method, &operation.path, detail].map(str::as_bytes);
        Issue {
            id: Id::of("audit", &parts),
            kind,
            document: self.document,
            at,
            method: operation.method.clone(),
            path: operation.path.clone(),
            endpoint: self.records.first().map(|record| record.id),
            text,
            seen,
            of,
        }
    }

    fn calls(&self) -> u64 {
        self.records.iter().map(|record| record.count).sum()
    }
}
