//! What a state or a findings file holds at one moment, for whoever shows it.

use std::collections::BTreeMap;
use std::path::Path;

use model::ledger::Ledger;
use model::record::{Body, Header, Totals, Trailer};
use model::{Book, EndpointRecord, Finding, Id, RowKind, ServiceCoverage, StateError, StateRow};
use rusqlite::Connection;

use crate::brief::Extent;
use crate::files::DATABASE;
use crate::reader::{Damage, LogReader};
use crate::sql::{self, meta};
use crate::{delta, error, search, sqlite};

/// One consistent view, read when it is opened. A state is read beside its writer without disturbing it.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    headers: Vec<Header>,
    endpoints: Vec<EndpointRecord>,
    findings: Vec<Finding>,
    coverage: Vec<ServiceCoverage>,
    ledger: Ledger,
    totals: Totals,
    trailer: Option<Trailer>,
    book: Book,
    damage: Option<Damage>,
}

impl Snapshot {
    /// Opens a state directory or a findings file (`-`: standard input).
    pub fn open(path: &Path) -> Result<Self, StateError> {
        Self::open_to(path, Extent::Whole)
    }

    /// The same, with so much of each endpoint.
    pub fn open_to(path: &Path, extent: Extent) -> Result<Self, StateError> {
        let mut snapshot = if path.is_dir() {
            let database = path.join(DATABASE);
            if !database.try_exists().map_err(|e| error::file("cannot read", &database, e))? {
                let text = format!("{} holds no state ({DATABASE} is missing). Check the path.", path.display());
                return Err(error::coded(text, error::NOT_OURS));
            }
            let mut db = sql::open_reader(&database)?;
            Self::of_database(&mut db, extent).map_err(|e| error::database("cannot read", &database, e))?
        } else {
            Self::of_records(LogReader::open(path)?)?
        };
        snapshot.sort();
        Ok(snapshot)
    }

    /// What the records of a findings log add up to.
    pub fn read(records: LogReader) -> Result<Self, StateError> {
        let mut snapshot = Self::of_records(records)?;
        snapshot.sort();
        Ok(snapshot)
    }

    fn sort(&mut self) {
        delta::sort_endpoints(&mut self.endpoints);
        self.findings.sort_by_key(|finding| (finding.first_at, finding.id));
    }

    fn of_database(db: &mut Connection, extent: Extent) -> rusqlite::Result<Self> {
        let tx = db.transaction()?;
        let run = sql::last_run(&tx)?;
        let totals = sql::get_meta(&tx, meta::TOTALS)?.and_then(|bytes| rmp_serde::from_slice(&bytes).ok());
        let (book, mut findings) = (sql::load_book(&tx)?, sql::load_findings(&tx)?);
        // Findings that were told before somebody wrote down who it is.
        for subject in findings.iter_mut().map(|finding| &mut finding.subject) {
            if let Some(label) = subject.identity.and_then(|id| book.label(&id)) {
                label.clone_into(&mut subject.label);
            }
        }
        Ok(Self {
            headers: sql::load_headers(&tx)?,
            endpoints: sql::load_endpoints(&tx, extent)?,
            findings,
            coverage: Vec::new(),
            ledger: run.as_ref().map(|run| sqlite::read_ledger(&run.ledger)).unwrap_or_default(),
            totals: totals.unwrap_or_default(),
            trailer: run.and_then(|run| run.trailer).and_then(|bytes| rmp_serde::from_slice(&bytes).ok()),
            book,
            damage: None,
        })
    }

    /// Damage before the first record is an error; later, what came before is kept.
    fn of_records(mut records: LogReader) -> Result<Self, StateError> {
        let mut out = Self::default();
        let (mut endpoints, mut findings) = (BTreeMap::<Id, EndpointRecord>::new(), BTreeMap::<Id, Finding>::new());
        let mut losses = Ledger::default();
        while let Some(record) = records.next() {
            let record = match record {
                Ok(record) => record,
                Err(_) if records.damage().is_some() && !out.headers.is_empty() => break,
                Err(error) => return Err(error),
            };
            match record.body {
                Body::Header(header) => {
                    out.headers.push(header);
                    out.trailer = None;
                    losses = Ledger::default();
                }
                Body::Finding(finding) => drop(findings.insert(finding.id, *finding)),
                Body::Endpoint(endpoint) => drop(endpoints.insert(endpoint.id, *endpoint)),
                Body::Coverage(service) => out.coverage.push(*service),
                Body::Loss(loss) => losses.merge(&sqlite::ledger_of(&loss.counters)),
                Body::Trailer(trailer) => {
                    out.totals = trailer.totals;
                    out.trailer = Some(trailer);
                }
                Body::Attempt(_) | Body::Unknown => {}
            }
        }
        if out.headers.is_empty() {
            let text =
                format!("{} does not begin with a header: it is no findings file. Check the path.", records.name());
            return Err(error::coded(text, error::NOT_OURS));
        }
        out.ledger = out.trailer.as_ref().map_or(losses, |trailer| sqlite::ledger_of(&trailer.counters));
        out.endpoints = endpoints.into_values().collect();
        out.findings = findings.into_values().collect();
        out.damage = records.damage();
        Ok(out)
    }

    /// Headers of all runs, oldest first; never empty for a file.
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// Header of the latest run.
    pub fn header(&self) -> Option<&Header> {
        self.headers.last()
    }

    /// Endpoints by service, template, method.
    pub fn endpoints(&self) -> &[EndpointRecord] {
        &self.endpoints
    }

    /// The latest version of each finding, by first sight, then id.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Coverage of services; of a state it is in its [rows](Self::rows).
    pub fn coverage(&self) -> &[ServiceCoverage] {
        &self.coverage
    }

    /// The rows of one kind of a state directory.
    pub fn rows(path: &Path, kind: RowKind) -> Result<Vec<StateRow>, StateError> {
        let database = path.join(DATABASE);
        let db = sql::open_reader(&database)?;
        let mut rows = sql::load_rows(&db).map_err(|e| error::database("cannot read", &database, e))?;
        rows.retain(|row| row.kind == kind);
        Ok(rows)
    }

    /// Ledger of the latest run; of a file that was cut, the sum of its `loss` records.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Totals of the state, or of the file's last run.
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The trailer of the latest run, when it came to its end.
    pub const fn trailer(&self) -> Option<&Trailer> {
        self.trailer.as_ref()
    }

    /// The operator's labels of identities; a file has none beside those in its findings.
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// Whether the latest run did not come to its end, or is not there yet.
    pub const fn is_cut(&self) -> bool {
        self.trailer.is_none()
    }

    /// Where and why the file could not be read to its end.
    pub const fn damage(&self) -> Option<Damage> {
        self.damage
    }

    /// The endpoint whose id begins as typed (`E-3F9A`, `3f9a`).
    pub fn find_endpoint(&self, typed: &str) -> Result<&EndpointRecord, StateError> {
        search::find('E', typed, &self.endpoints, |endpoint| endpoint.id)
    }

    /// The finding whose id begins as typed (`F-7K2Q`, `7k2q`).
    pub fn find_finding(&self, typed: &str) -> Result<&Finding, StateError> {
        search::find('F', typed, &self.findings, |finding| finding.id)
    }
}
