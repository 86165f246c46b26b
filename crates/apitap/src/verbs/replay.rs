//! `replay`: capture files through every stage, into a findings file or a state.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use capture::source::{self, Filter, FrameSource, Input};
use pipeline::{Control, Outcome};
use store::Reference;

use crate::cli::{Global, Reader, ReplayOptions};
use crate::config::Settings;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::progress::{At, Meter};
use crate::screens::look::Look;
use crate::screens::summary;
use crate::session::{self, Destination};
use crate::times;

/// Between two looks at how far the run has come.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Runs the verb.
pub(crate) fn run(options: &ReplayOptions, global: &Global) -> Result<Exit> {
    let mut flags = global.values();
    flags.extend(options.values());
    let settings = Settings::load(global.config.as_deref(), &flags)?;
    if let Some(fault) = settings.faults().into_iter().next() {
        return Err(fault.into());
    }
    if let (Some(since), Some(until)) = (options.since, options.until)
        && since >= until
    {
        return Err(Fault::new("E001", format!("--since {since} is not before --until {until}"))
            .why("no frame lies between them")
            .cure("apitap replay FILE --since EARLIER --until LATER")
            .into());
    }
    let inputs: Vec<Input> = options.files.iter().cloned().map(Input::from).collect();
    let mut source = open(options, &inputs, settings.filter().is_some())?;
    let mut records = Vec::new();
    for input in source::files(&inputs)? {
        records.push(session::input_record(&input).context("cannot read an input")?);
    }
    if let Some(path) = &options.output {
        session::refuse_overwriting(path, &inputs)?;
    }
    let (discovery, descriptors) = session::described(&settings, &[])?;
    let reference = reference(options, global, &settings)?;
    #[cfg(feature = "tls")]
    let keys = crate::keys::read(&options.keys)?;
    let asked = asked(options, reference.as_ref())?;
    let mut destination = destination(options, &settings, reference)?;
    let run_settings = pipeline::Settings {
        parallelism: session::parallelism(&settings),
        decap: session::decap(&settings, 0),
        key: destination.key.clone(),
        callers: settings.callers(),
        classes: settings.classes.rules.clone(),
        descriptors: Arc::clone(&descriptors),
        filter: settings.filter().map(Filter::new).transpose()?,
        since: options.since,
        until: options.until,
        book: Arc::clone(&destination.book),
        learn_only: options.learn_only,
        checkpoint_span: settings.checkpoint(),
        work: pipeline::Work { least: settings.checkpoint_work(), clock: times::worked },
        header: session::header(records, &settings, &discovery, &descriptors, asked.as_bytes()),
        discovery,
        #[cfg(feature = "tls")]
        keys: Some(keys),
    };
    let control = session::control()?;
    let (name, wanted) = (shown_name(options), !(options.no_progress || global.quiet));
    let (outcome, elapsed) = watched(&control, &name, wanted, |control| {
        pipeline::replay(source.as_mut(), run_settings, destination.store.as_mut(), control)
    })?;
    let outcome = outcome?;
    tell(&outcome, &destination, &control, elapsed, &settings, global)?;
    if outcome.stopped {
        // Also when quiet: whoever deletes the capture now loses the rest.
        let told = Fault::new("W204", format!("{name} was not read to its end: the run was stopped"));
        eprintln!("apitap: {}", told.cure("the same command again   (with --state it goes on where it was)"));
    }
    for error in &outcome.source_errors {
        eprintln!("apitap: {}", Fault::from(error));
    }
    let run = summary_of(&outcome, &destination, &control, elapsed);
    if !outcome.source_errors.is_empty() {
        return Ok(Exit::Unreadable);
    }
    if let Some(fault) = summary::poisoned(&run, "E903") {
        return Err(fault.into());
    }
    Ok(summary::verdict(&run, options.strict, options.allow_blind)?)
}

/// What shapes the results beside inputs and configuration.
fn asked(options: &ReplayOptions, reference: Option<&Reference>) -> Result<String> {
    let mut asked = format!("{:?} {:?} {:?} {}", options.since, options.until, options.reader, options.repeat);
    if options.learn_only {
        asked.push_str(" learn only");
    }
    if let Some(reference) = reference {
        asked.extend([format!(" against {}", reference.digest())]);
    }
    #[cfg(feature = "tls")]
    for path in options.keys.keylogs.iter().chain(&options.keys.private) {
        let record = session::input_record(&Input::Path(path.clone())).context("cannot read a file of keys")?;
        asked.extend([format!(" keys {}", record.digest)]);
    }
    Ok(asked)
}

/// `filtered`: a capture filter judges packets, so there must be some.
fn open(options: &ReplayOptions, inputs: &[Input], filtered: bool) -> Result<Box<dyn FrameSource + Send>> {
    let once = options.repeat == NonZeroU32::MIN;
    match options.reader {
        Reader::Native if once && filtered => Ok(source::open_packets(inputs)?),
        Reader::Native if once => Ok(source::open(inputs)?),
        Reader::Native => {
            let source = source::open_repeated(inputs, options.repeat)?;
            if filtered {
                drop(source::open_packets(inputs)?); // files, which can be opened twice
            }
            Ok(source)
        }
        Reader::Libpcap if once => Ok(source::open_libpcap(inputs)?),
        Reader::Libpcap => Err(Fault::new("E001", "--repeat and --reader libpcap do not go together")
            .cure("apitap replay --repeat N FILE")
            .into()),
    }
}

/// What is judged against, when it is a state that stays as it is.
fn reference(options: &ReplayOptions, global: &Global, settings: &Settings) -> Result<Option<Reference>> {
    if options.learn_only && settings.state_dir().is_none() {
        return Err(Fault::new("E001", "--learn-only without a state")
            .why("what is learned would be kept nowhere")
            .cure("apitap replay FILE --learn-only --state DIR")
            .into());
    }
    let Some(dir) = &options.baseline else { return Ok(None) };
    // A state that only the environment or the configuration names is not meant here.
    if global.state.is_some() {
        return Err(Fault::new("E001", "both --baseline and --state were given")
            .why("a run judges against one state: --baseline leaves it as it is, --state goes on with it")
            .cure("apitap replay FILE --baseline DIR")
            .into());
    }
    Ok(Some(Reference::open(dir)?))
}

fn destination(options: &ReplayOptions, settings: &Settings, reference: Option<Reference>) -> Result<Destination> {
    let identities = settings.identities();
    let book = identities.as_deref();
    if let Some(reference) = reference {
        let usual = || usual_output(&options.files);
        let output = options.output.clone().unwrap_or_else(usual);
        return Destination::judged_against(reference, &output, book);
    }
    match (&options.output, settings.state_dir()) {
        (Some(_), Some(_)) => Err(Fault::new("E001", "both a findings file and a state were named")
            .why("a state keeps its own findings log")
            .cure("apitap replay FILE --state DIR   (or -o FILE without a state)")
            .into()),
        (None, Some(dir)) => Destination::state(&dir, options.again, book),
        (Some(path), None) => Destination::file(path, book),
        (None, None) => Destination::file(&usual_output(&options.files), book),
    }
}

/// `shop.pcap.gz` → `shop.findings`, in the current folder.
fn usual_output(files: &[PathBuf]) -> PathBuf {
    let first = files.first().map_or(Path::new("-"), PathBuf::as_path);
    let name = first.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut stem = name.as_str();
    for suffix in [".gz", ".zst", ".pcap", ".pcapng", ".cap", ".har"] {
        stem = stem.strip_suffix(suffix).unwrap_or(stem);
    }
    let stem = if stem.is_empty() || stem == "-" || stem == "." || stem == ".." { "apitap" } else { stem };
    PathBuf::from(format!("{stem}.findings"))
}

fn shown_name(options: &ReplayOptions) -> String {
    let first = options.files.first().map(|path| path.display().to_string()).unwrap_or_default();
    match options.files.len() {
        0 | 1 => first,
        n => format!("{first} and {} more", n - 1),
    }
}

/// Runs `work` while another thread draws how far it has come. Returns its result and the time it took.
pub(crate) fn watched<T>(
    control: &Arc<Control>,
    name: &str,
    wanted: bool,
    work: impl FnOnce(&Control) -> T,
) -> Result<(T, Duration)> {
    let mut meter = Meter::new(name, wanted);
    let (done, finished) = std::sync::mpsc::channel::<()>();
    let watch = Arc::clone(control);
    let drawing = thread::Builder::new()
        .name("apitap-progress".to_owned())
        .spawn(move || {
            while finished.recv_timeout(LOOK_EVERY) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                let at = watch.snapshot();
                let total = (at.total > 0).then_some(at.total);
                meter.update(&At { read: at.read, total, frames: at.frames, findings: at.findings });
            }
            let elapsed = meter.elapsed();
            meter.finish();
            elapsed
        })
        .context("cannot start the progress thread")?;
    let result = work(control);
    drop(done);
    let elapsed = drawing.join().unwrap_or_default();
    Ok((result, elapsed))
}

/// The run as the summary shows it.
pub(crate) fn summary_of<'a>(
    outcome: &'a Outcome,
    destination: &'a Destination,
    control: &Control,
    elapsed: Duration,
) -> summary::Run<'a> {
    let wrote_bytes = destination.path.as_ref().filter(|_| !destination.is_state);
    summary::Run {
        trailer: &outcome.trailer,
        severities: &outcome.severities,
        top: &outcome.top,
        damage: &outcome.damage,
        bytes: control.snapshot().read,
        elapsed,
        wrote: destination.path.as_deref(),
        wrote_bytes: wrote_bytes.and_then(|path| path.metadata().ok()).map(|meta| meta.len()),
        is_state: destination.is_state,
        has_baseline: destination.has_baseline,
        stopped: outcome.stopped,
    }
}

/// Prints warnings and the summary, on standard error when the records go to standard output.
pub(crate) fn tell(
    outcome: &Outcome,
    destination: &Destination,
    control: &Control,
    elapsed: Duration,
    settings: &Settings,
    global: &Global,
) -> Result<()> {
    if global.quiet {
        return Ok(());
    }
    let run = summary_of(outcome, destination, control, elapsed);
    for warning in summary::warnings(&run) {
        eprintln!("apitap: {warning}");
    }
    let look = Look::of_stdout(settings.colour());
    let text = summary::text(&run, &look);
    if destination.path.is_none() {
        eprint!("{}", look.rendered(text));
    } else {
        crate::data::print(&text, &look)?;
    }
    if global.verbose > 1 {
        eprint!("{}", crate::config::show::text(settings));
    }
    if global.verbose > 0 {
        for (name, n) in outcome.trailer.counters.iter().filter(|(_, n)| **n > 0) {
            eprintln!("{name} {n}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_named_after_the_first_capture() {
        for (file, expected) in [
            ("dir/shop.pcap", "shop.findings"),
            ("shop.pcapng.zst", "shop.findings"),
            ("shop", "shop.findings"),
            ("shop.har.gz", "shop.findings"),
            ("-", "apitap.findings"),
            ("..", "apitap.findings"),
        ] {
            assert_eq!(usual_output(&[PathBuf::from(file)]), PathBuf::from(expected));
        }
    }
}
