//! `run`: live interfaces through every stage.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use capture::source::{Live, LiveOptions, PortChange};
use model::PacketTime;
use model::record::InputRecord;
use pipeline::{Control, Snapshot, Watcher};

use crate::cli::{Global, RunOptions};
use crate::config::Settings;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::rights::{self, User};
use crate::screens::{summary, text};
use crate::session::{self, Destination};
use crate::verbs::replay::{summary_of, tell};

/// Between two status lines on a terminal, and elsewhere.
const STATUS_EVERY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// Between two looks at the clock.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Runs the verb.
pub(crate) fn run(options: &RunOptions, global: &Global) -> Result<Exit> {
    let mut flags = global.values();
    flags.extend(options.values());
    let settings = Settings::load(global.config.as_deref(), &flags)?;
    if let Some(fault) = settings.faults().into_iter().next() {
        return Err(fault.into());
    }
    named_once(&options.interfaces)?;
    let user = options.user.as_deref().map(User::named).transpose()?;
    let mut live = open(options, &settings, user.is_none())?;
    #[cfg(feature = "tls")]
    let following = crate::keys::Following::open(&options.keys)?;
    // Before any other thread runs. What is opened from here on must belong to that user.
    if let Some(user) = user {
        user.become_it()?;
    }
    rights::harden()?;
    let identities = settings.identities();
    let mut destination = match settings.state_dir() {
        Some(dir) => Destination::state(&dir, false, identities.as_deref())?,
        None => Destination::file(Path::new("apitap.findings"), identities.as_deref())?,
    };
    let inputs = options.interfaces.iter().map(|name| InputRecord { name: name.clone(), ..InputRecord::default() });
    let (discovery, descriptors) = session::described(&settings, &[])?;
    let header =
        session::header(inputs.collect(), &settings, &discovery, &descriptors, &wall_clock().nanos().to_be_bytes());
    let run_settings = pipeline::Settings {
        parallelism: session::parallelism(&settings),
        decap: session::decap(&settings, random_seed()?),
        key: destination.key.clone(),
        callers: settings.callers(),
        classes: settings.classes.rules.clone(),
        descriptors,
        filter: None,
        since: None,
        until: None,
        book: Arc::clone(&destination.book),
        learn_only: false,
        checkpoint_span: settings.checkpoint(),
        work: pipeline::Work::NONE,
        discovery,
        header,
        #[cfg(feature = "tls")]
        keys: following.as_ref().map(crate::keys::Following::ring),
    };
    #[cfg(feature = "tls")]
    let following = following.map(crate::keys::Following::start).transpose()?;
    let control = Arc::new(Control::default());
    let stop = {
        let (control, handle) = (Arc::clone(&control), live.stop_handle());
        move || {
            control.stop();
            handle.stop();
        }
    };
    session::on_signal(stop.clone())?;
    if !global.quiet {
        eprintln!("apitap: watching {}; Ctrl-C ends it", text::inert(&options.interfaces.join(", ")));
    }
    let (done, status) = report_status(&control, options.duration, stop, global.quiet)?;
    let mut watcher = Terminal { reopens: options.user.is_none() };
    let outcome = pipeline::live(&mut live, run_settings, destination.store.as_mut(), &control, &mut watcher);
    drop(done);
    let elapsed = status.join().unwrap_or_default();
    #[cfg(feature = "tls")]
    drop(following);
    let outcome = outcome?;
    tell(&outcome, &destination, &control, elapsed, &settings, global)?;
    if let Some(error) = outcome.source_errors.first() {
        return Err(Fault::from(error).into());
    }
    verdict(&summary_of(&outcome, &destination, &control, elapsed))
}

fn verdict(run: &summary::Run<'_>) -> Result<Exit> {
    if let Some(fault) = summary::poisoned(run, "W903") {
        eprintln!("apitap: {fault}");
    }
    Ok(summary::verdict(run, false, true)?)
}

/// Opens the interfaces; `reopen`: also after they went away.
fn open(options: &RunOptions, settings: &Settings, reopen: bool) -> Result<Live> {
    Ok(Live::open(LiveOptions {
        interfaces: options.interfaces.clone(),
        filter: settings.filter().map(str::to_owned),
        ring_bytes: settings.ring_bytes(),
        promiscuous: settings.promiscuous(),
        reopen,
    })?)
}

fn named_once(interfaces: &[String]) -> Result<(), Fault> {
    let named: BTreeSet<&String> = interfaces.iter().collect();
    if named.len() == interfaces.len() {
        return Ok(());
    }
    let fault = Fault::new("E001", "an interface is named twice").why("its frames would be counted twice");
    Err(fault.cure("apitap run -i PORT1 -i PORT2"))
}

/// Tells what happens to devices.
struct Terminal {
    /// Whether devices that went away are opened again.
    reopens: bool,
}

impl Watcher for Terminal {
    fn now(&mut self) -> PacketTime {
        wall_clock()
    }

    fn port(&mut self, change: &PortChange) {
        match change {
            PortChange::Gone { name, reason } => {
                eprintln!(
                    "apitap: {} cannot be read any more ({}){}",
                    text::inert(name),
                    text::inert(reason),
                    if self.reopens { "; it is tried again each second" } else { "" }
                );
            }
            PortChange::Back { name } => eprintln!("apitap: {} is read again", text::inert(name)),
            _ => {}
        }
    }
}

type Status = (std::sync::mpsc::Sender<()>, thread::JoinHandle<Duration>);

/// Prints the status now and then and ends the capture in time. Dropping the sender ends the thread.
fn report_status(
    control: &Arc<Control>,
    limit: Option<Duration>,
    stop: impl Fn() + Send + 'static,
    quiet: bool,
) -> Result<Status> {
    let (done, finished) = std::sync::mpsc::channel::<()>();
    let control = Arc::clone(control);
    let work = move || {
        let began = std::time::Instant::now();
        let terminal = std::io::stderr().is_terminal();
        let every = if terminal { STATUS_EVERY.0 } else { STATUS_EVERY.1 };
        let mut shown = Duration::ZERO;
        while finished.recv_timeout(LOOK_EVERY) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            let elapsed = began.elapsed();
            if limit.is_some_and(|limit| elapsed >= limit) {
                stop();
            }
            if !quiet && elapsed >= shown + every {
                shown = elapsed;
                show(&control.snapshot(), terminal);
            }
        }
        if terminal && !quiet {
            eprint!("\r\x1b[K");
        }
        began.elapsed()
    };
    let handle = thread::Builder::new().name("apitap-status".to_owned()).spawn(work);
    Ok((done, handle.context("cannot start the status thread")?))
}

/// A line that is redrawn on a terminal, and one JSON object elsewhere.
fn show(at: &Snapshot, terminal: bool) {
    let mut err = std::io::stderr().lock();
    let written = if terminal {
        let line = format!(
            "{} frames, {} transactions, {} findings, {} frames shed",
            text::grouped(at.frames),
            text::grouped(at.transactions),
            text::grouped(at.findings),
            text::grouped(at.shed)
        );
        write!(err, "\r\x1b[K{line}")
    } else {
        let health = serde_json::json!({
            "at": PacketTime(at.packet_time).to_string(),
            "frames": at.frames,
            "transactions": at.transactions,
            "findings": at.findings,
            "shed": at.shed,
        });
        writeln!(err, "{health}")
    };
    drop(written.and_then(|()| err.flush()));
}

fn wall_clock() -> PacketTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    PacketTime::from_parts(since.as_secs(), since.subsec_nanos())
}

/// Live, nobody may choose flows that share a hash.
fn random_seed() -> Result<u64> {
    let mut bytes = [0; 8];
    let file = std::fs::File::open("/dev/urandom").context("cannot draw a random number")?;
    std::io::Read::read_exact(&mut &file, &mut bytes).context("cannot draw a random number")?;
    Ok(u64::from_ne_bytes(bytes))
}
