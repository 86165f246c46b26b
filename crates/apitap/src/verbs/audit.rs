//! `audit`: the endpoints of captures, a findings file or a state, held against API descriptions.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use capture::source::{self, Input};
use discovery::audit::{self, Document, Issue};
use discovery::spec::{self, Spec};
use model::Severity;
use pipeline::Parallelism;
use store::{FileStore, LogReader, Snapshot};

use super::inventory::settings;
use crate::cli::{AuditFormat, AuditOptions, Global};
use crate::config::Settings;
use crate::data;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::formats::{json, sarif};
use crate::ignore::Ignores;
use crate::screens::audit::{self as screen, Report};
use crate::screens::look::Look;
use crate::{session, times};

/// Bytes of one description.
const SPEC_BYTES_MAX: u64 = 64 << 20;

/// Runs the verb.
pub(crate) fn run(options: &AuditOptions, global: &Global) -> Result<Exit> {
    let settings = settings(global, None)?;
    let specs = options.specs.iter().map(|path| read_spec(path)).collect::<Result<Vec<_>>>()?;
    let names: Vec<String> = options.specs.iter().map(|path| path.display().to_string()).collect();
    let documents: Vec<Document<'_>> =
        names.iter().zip(&specs).map(|(name, spec)| Document { name: name.as_str(), spec }).collect();
    let ignores = Ignores::load(options.ignore.as_deref(), &times::today())?;
    let snapshot = traffic(options, &settings)?;
    let mut audit = audit::audit(snapshot.endpoints(), &documents);
    let (accepted, kept) = std::mem::take(&mut audit.issues).into_iter().partition(|issue| ignores.covers(issue));
    audit.issues = kept;
    let report = Report {
        documents: &documents,
        audit: &audit,
        ignored: accepted,
        expired: ignores.expired(),
        endpoints: snapshot.endpoints().len(),
        fail_on: options.fail_on.severity(),
    };
    let look = Look::of_stdout(settings.colour());
    match options.format {
        AuditFormat::Table => data::print_screen(&screen::screen(&report, &look), &look, global.quiet)?,
        AuditFormat::Md => data::print(&screen::as_markdown(&report), &look)?,
        AuditFormat::Json => data::print(&json::pretty(&screen::as_json(&report)), &look)?,
        AuditFormat::Sarif => data::print(&json::pretty(&sarif::log(&report)), &look)?,
    }
    Ok(if failing(&audit.issues, report.fail_on).is_empty() { Exit::Done } else { Exit::Condition })
}

/// Issues at least as grave as asked for.
pub(crate) fn failing(issues: &[Issue], from: Option<Severity>) -> Vec<&Issue> {
    issues.iter().filter(|issue| from.is_some_and(|from| issue.kind.severity() >= from)).collect()
}

fn read_spec(path: &Path) -> Result<Spec> {
    let cannot = |error: io::Error| {
        Fault::new("E302", format!("cannot read {}", path.display()))
            .why(error.to_string())
            .cure(format!("ls -l {}", path.display()))
    };
    let bytes = fs::metadata(path).map_err(cannot)?.len();
    if bytes > SPEC_BYTES_MAX {
        return Err(
            Fault::new("E302", format!("{} is larger than {} MiB", path.display(), SPEC_BYTES_MAX >> 20)).into()
        );
    }
    let text = fs::read_to_string(path).map_err(cannot)?;
    spec::read(&text).map_err(|error| {
        let line = text.lines().nth((error.place.line as usize).saturating_sub(1)).unwrap_or_default();
        let caret = " ".repeat((error.place.column as usize).saturating_sub(1).min(line.chars().count()));
        let shown = if line.is_empty() {
            String::new()
        } else {
            format!("\n{}\n{caret}^", crate::screens::text::cut_end(line, 120))
        };
        Fault::new(
            "E301",
            format!("{}:{}:{}: {}{shown}", path.display(), error.place.line, error.place.column, error.message),
        )
        .into()
    })
}

/// The inventory to audit: of the state, of a findings file, or of captures replayed here and now.
fn traffic(options: &AuditOptions, settings: &Settings) -> Result<Snapshot> {
    if options.files.is_empty() {
        let path = data::source(None, settings)?;
        return Ok(Snapshot::open(&path)?);
    }
    if let [file] = options.files.as_slice()
        && file.is_file()
        && is_findings_file(file)
    {
        return Ok(Snapshot::open(file)?);
    }
    replayed(&options.files, settings)
}

fn is_findings_file(path: &Path) -> bool {
    LogReader::open(path).ok().and_then(|mut records| records.next()).is_some_and(|first| first.is_ok())
}

/// Replays captures into memory.
fn replayed(files: &[PathBuf], settings: &Settings) -> Result<Snapshot> {
    let inputs: Vec<Input> = files.iter().cloned().map(Input::from).collect();
    let mut source = source::open(&inputs)?;
    let log = Log::default();
    let mut store = FileStore::to_writer("memory", log.clone());
    let run = pipeline::Settings {
        parallelism: Parallelism::Single,
        decap: session::decap(settings, 0),
        key: session::installation_key()?,
        filter: None,
        since: None,
        until: None,
        checkpoint_span: settings.checkpoint(),
        header: session::header(Vec::new(), settings, b"audit"),
    };
    let control = session::control()?;
    let outcome = pipeline::replay(source.as_mut(), run, &mut store, &control)?;
    for error in &outcome.source_errors {
        eprintln!("apitap: {}", Fault::from(error));
    }
    drop(store);
    let bytes = std::mem::take(&mut *log.0.lock().unwrap_or_else(PoisonError::into_inner));
    Snapshot::read(LogReader::new("memory", io::Cursor::new(bytes))).context("cannot read what was found")
}

/// Records in memory.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
