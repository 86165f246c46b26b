//! `audit`: the endpoints of captures, a findings file or a state, held against API descriptions.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use capture::source::{self, Input};
use discovery::audit::{self, Document, Issue};
use discovery::operations;
use model::Severity;
use model::record::Trailer;
use pipeline::{Outcome, Parallelism};
use store::{FileStore, LogReader, Snapshot};

use super::inventory::settings;
use crate::cli::{AuditFormat, AuditOptions, Global};
use crate::config::Settings;
use crate::data::{self, Data};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::formats::{json, sarif};
use crate::ignore::Ignores;
use crate::screens::audit::{self as screen, Basis, Report};
use crate::screens::blind::Blindness;
use crate::screens::coverage::Coverage;
use crate::screens::look::Look;
use crate::screens::{summary, text};
use crate::{session, specs, times};

mod report;

/// Runs the verb.
pub(crate) fn run(options: &AuditOptions, global: &Global) -> Result<Exit> {
    let settings = settings(global, None)?;
    let from_stdin = options.specs.iter().chain(&options.files).filter(|path| path.as_os_str() == "-").count();
    if from_stdin > 1 {
        return Err(Fault::new("E001", "standard input is named more than once")
            .why("it can be read once only")
            .into());
    }
    let reports = report::kinds(options)?;
    let specs = options.specs.iter().map(|path| specs::read(path)).collect::<Result<Vec<_>>>()?;
    let names: Vec<String> = options.specs.iter().map(|path| path.display().to_string()).collect();
    let documents: Vec<Document<'_>> =
        names.iter().zip(&specs).map(|(name, spec)| Document { name: name.as_str(), spec }).collect();
    let ignores = Ignores::load(options.ignore.as_deref(), &times::today())?;
    let traffic = traffic(options, &settings, global.quiet)?;
    let snapshot = &traffic.snapshot;
    // Documents know paths: what else the content of a call names is not in them.
    let endpoints = operations::by_path(snapshot.endpoints());
    let mut audit = audit::audit(&endpoints, &documents);
    let (accepted, kept) = std::mem::take(&mut audit.issues).into_iter().partition(|issue| ignores.covers(issue));
    audit.issues = kept;
    let report = Report {
        documents: &documents,
        audit: &audit,
        ignored: accepted,
        expired: ignores.expired(),
        endpoints: endpoints.len(),
        fail_on: options.fail_on.severity(),
        basis: &traffic.basis,
    };
    report::write(&reports, &report, snapshot, &traffic.trailer)?;
    let look = Look::of_stdout(settings.colour());
    match options.format {
        AuditFormat::Table => data::print_screen(&screen::screen(&report, &look), &look, global.quiet)?,
        AuditFormat::Md => data::print(&screen::as_markdown(&report), &look)?,
        AuditFormat::Json => data::print(&json::pretty(&screen::as_json(&report)), &look)?,
        AuditFormat::Sarif => data::print(&json::pretty(&sarif::log(&report)), &look)?,
    }
    if !failing(&audit.issues, report.fail_on).is_empty() {
        if let Some(fault) = &traffic.fault {
            eprintln!("apitap: {fault}");
        }
        return Ok(Exit::Condition);
    }
    match traffic.fault {
        Some(fault) => Err(fault.into()),
        None if traffic.basis.stopped && report.fail_on.is_some() => {
            Err(Fault::new("E304", "the run was stopped before the end")
                .why("the verdict would rest on part of the traffic")
                .into())
        }
        None => Ok(Exit::Done),
    }
}

/// What is audited.
struct Traffic {
    snapshot: Snapshot,
    trailer: Trailer,
    basis: Basis,
    /// What ends the verb with an error once the result is shown, unless the audit failed anyway.
    fault: Option<Fault>,
}

/// Issues at least as grave as asked for.
pub(crate) fn failing(issues: &[Issue], from: Option<Severity>) -> Vec<&Issue> {
    issues.iter().filter(|issue| from.is_some_and(|from| issue.kind.severity() >= from)).collect()
}

/// The inventory to audit: of the state, of a findings file, or of captures replayed here and now.
fn traffic(options: &AuditOptions, settings: &Settings, quiet: bool) -> Result<Traffic> {
    if options.files.is_empty() {
        let path = settings.state_dir().ok_or_else(|| {
            Fault::new("E007", "neither a capture, a findings file nor a state was named")
                .why("apitap audit compares traffic with a description")
                .cure("apitap audit FILE --spec openapi.yaml   (or --state DIR)")
        })?;
        return recorded(&path, options, quiet);
    }
    if let [file] = options.files.as_slice()
        && file.is_file()
        && is_findings_file(file)
    {
        return recorded(file, options, quiet);
    }
    replayed(options, settings, quiet)
}

/// Reads a findings file or a state.
fn recorded(path: &Path, options: &AuditOptions, quiet: bool) -> Result<Traffic> {
    let data = Data::at(path)?;
    let mut basis = Basis { coverage: Coverage::of(&data.trailer), ..Basis::default() };
    let damage = data.damage(path);
    if let Some(fault) = &damage {
        warn(fault, quiet);
        basis.partial.push(format!("{} is not whole", path.display()));
    } else if data.snapshot.is_cut() {
        basis.partial.push(format!("the run that wrote {} has not come to its end", path.display()));
    }
    refuse_blind(&data.trailer, options, !basis.partial.is_empty() && !data.snapshot.endpoints().is_empty())?;
    let fault = basis.partial.first().filter(|_| options.strict).map(|why| {
        Fault::new("E304", why.clone()).why("the verdict rests on part of the traffic, and --strict asks for all of it")
    });
    Ok(Traffic { snapshot: data.snapshot, trailer: data.trailer, basis, fault })
}

/// Ends as a replay does when nothing was understood.
fn refuse_blind(trailer: &Trailer, options: &AuditOptions, excused: bool) -> Result<()> {
    match Blindness::of(trailer) {
        Some(blind) if !options.allow_blind && !excused => Err(blind.fault().into()),
        _ => Ok(()),
    }
}

fn warn(fault: &Fault, quiet: bool) {
    if !quiet {
        eprintln!("apitap: {fault}");
    }
}

fn is_findings_file(path: &Path) -> bool {
    LogReader::open(path).ok().and_then(|mut records| records.next()).is_some_and(|first| first.is_ok())
}

/// Replays captures into memory.
fn replayed(options: &AuditOptions, settings: &Settings, quiet: bool) -> Result<Traffic> {
    let inputs: Vec<Input> = options.files.iter().cloned().map(Input::from).collect();
    let mut source = source::open(&inputs)?;
    let log = Log::default();
    let mut store = FileStore::to_writer("memory", log.clone());
    let (discovery, descriptors) = session::described(settings, &options.descriptors)?;
    let run = pipeline::Settings {
        parallelism: Parallelism::Single,
        decap: session::decap(settings, 0),
        key: session::installation_key()?,
        callers: settings.callers(),
        classes: settings.classes.rules.clone(),
        descriptors: Arc::clone(&descriptors),
        filter: None,
        since: None,
        until: None,
        book: Arc::default(),
        learn_only: false,
        checkpoint_span: settings.checkpoint(),
        work: pipeline::Work::NONE,
        header: session::header(Vec::new(), settings, &discovery, &descriptors, b"audit"),
        discovery,
        #[cfg(feature = "tls")]
        keys: Some(crate::keys::carried_only()),
    };
    let control = session::control()?;
    let outcome = pipeline::replay(source.as_mut(), run, &mut store, &control)?;
    // The first ends the verb when all is shown.
    for error in outcome.source_errors.iter().skip(1) {
        eprintln!("apitap: {}", Fault::from(error));
    }
    drop(store);
    let bytes = std::mem::take(&mut *log.0.lock().unwrap_or_else(PoisonError::into_inner));
    let snapshot =
        Snapshot::read(LogReader::new("memory", io::Cursor::new(bytes))).context("cannot read what was found")?;
    let run = summary::Run {
        trailer: &outcome.trailer,
        severities: &outcome.severities,
        top: &outcome.top,
        damage: &outcome.damage,
        bytes: 0,
        elapsed: Duration::ZERO,
        wrote: None,
        wrote_bytes: None,
        is_state: false,
        has_baseline: false,
        stopped: outcome.stopped,
    };
    for warning in summary::warnings(&run) {
        warn(&warning, quiet);
    }
    if outcome.source_errors.is_empty() {
        refuse_blind(&outcome.trailer, options, outcome.stopped)?;
    }
    let unread = outcome.source_errors.first().map(Fault::from);
    let fault = unread
        .or_else(|| summary::poisoned(&run, "E903"))
        .or_else(|| summary::verdict(&run, options.strict, options.allow_blind).err());
    let basis = basis(&outcome);
    Ok(Traffic { snapshot, trailer: outcome.trailer, basis, fault })
}

/// What of the inputs a replay saw.
fn basis(outcome: &Outcome) -> Basis {
    let mut partial: Vec<String> = Vec::new();
    if outcome.stopped {
        partial.push("the run was stopped before the end of its input".to_owned());
    }
    partial.extend(outcome.source_errors.iter().map(ToString::to_string));
    partial.extend(
        outcome.damage.iter().map(|damage| {
            format!("{} is cut or damaged: {} lost", damage.path.display(), text::bytes(damage.bytes_lost))
        }),
    );
    Basis { coverage: Coverage::of(&outcome.trailer), partial, stopped: outcome.stopped }
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
