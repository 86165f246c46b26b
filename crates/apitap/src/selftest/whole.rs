//! Whole runs: captures made here, through `replay`, to findings and a state.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use make_fixtures::cases::CASES;
use make_fixtures::demo;
use model::Severity;
use store::Snapshot;
use tempfile::TempDir;

use super::Found;
use crate::screens::text;

/// A capture with somebody who walks through other people's orders.
const WALK: &str = "object-enumeration";

/// A folder of our own, and a capture in it.
struct Bench {
    dir: TempDir,
}

impl Bench {
    fn new(capture: &[u8]) -> Result<Self, String> {
        let dir = tempfile::tempdir().map_err(|error| format!("no folder for temporary files: {error}"))?;
        fs::write(dir.path().join("made.pcap"), capture).map_err(|error| format!("cannot write there: {error}"))?;
        Ok(Self { dir })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// `replay` of the capture, by this program in a process of its own: neither configuration, state, key nor environment of
    /// the user has a say.
    fn replay(&self, options: &[&Path]) -> Result<(), String> {
        let program = env::current_exe().map_err(|error| format!("this program is not found: {error}"))?;
        let mut command = Command::new(program);
        for (name, _) in env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"APITAP_")) {
            command.env_remove(name);
        }
        for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"] {
            command.env(name, self.dir.path());
        }
        command.args(["replay", "-q", "--allow-blind", "made.pcap"]).args(options).current_dir(self.dir.path());
        let ended = command.output().map_err(|error| format!("this program does not start: {error}"))?;
        if ended.status.success() { Ok(()) } else { Err(text::inert(&String::from_utf8_lossy(&ended.stderr))) }
    }

    fn snapshot(&self, name: &str) -> Result<Snapshot, String> {
        Snapshot::open(&self.path(name)).map_err(|error| error.to_string())
    }

    fn findings(&self, options: &[&Path]) -> Result<Snapshot, String> {
        let out = self.path("made.findings");
        let to: Vec<&Path> = [Path::new("-o"), &out].into_iter().chain(options.iter().copied()).collect();
        self.replay(&to)?;
        self.snapshot("made.findings")
    }
}

fn enumerations(snapshot: &Snapshot) -> usize {
    snapshot.findings().iter().filter(|finding| finding.detector == WALK).count()
}

/// The walk through orders in the demonstration is told.
pub(super) fn findings() -> Found {
    let seen = Bench::new(&demo::capture())?.findings(&[])?;
    match enumerations(&seen) {
        1 => Ok(format!("{WALK} told among {} endpoints", seen.endpoints().len())),
        n => Err(format!("{WALK} told {n} times, not once, among {} endpoints", seen.endpoints().len())),
    }
}

/// Days of innocent traffic bring no finding.
pub(super) fn silence() -> Found {
    let days = CASES.iter().find(|case| case.name == "innocent-days").ok_or("no innocent days")?;
    let seen = Bench::new(&(days.build)())?.findings(&[])?;
    let told: Vec<_> = seen.findings().iter().filter(|finding| finding.severity >= Severity::Medium).collect();
    match told.first() {
        None if !seen.endpoints().is_empty() => {
            Ok(format!("nothing told in days of {} endpoints", seen.endpoints().len()))
        }
        None => Err("innocent days were not read".to_owned()),
        Some(first) => Err(format!("{} told in innocent traffic, among them {}", told.len(), first.detector)),
    }
}

/// What a run leaves in a state is there for the next.
pub(super) fn state() -> Found {
    let bench = Bench::new(&demo::capture())?;
    let dir = bench.path("state");
    bench.replay(&[Path::new("--state"), &dir])?;
    let seen = bench.snapshot("state")?;
    match (enumerations(&seen), seen.endpoints().len()) {
        (1, endpoints) => Ok(format!("{endpoints} endpoints and their findings written and read back")),
        (n, endpoints) => Err(format!("{endpoints} endpoints and {n} findings of {WALK} read back, not one")),
    }
}

/// Any number of threads tells the same.
pub(super) fn threads() -> Found {
    let bench = Bench::new(&demo::capture())?;
    let told = |shards: &str, workers: &str| {
        let options = ["--shards", shards, "--workers", workers].map(Path::new);
        let seen = bench.findings(&options)?;
        let lines =
            seen.findings().iter().map(|finding| format!("{} {} {}", finding.detector, finding.title, finding.count));
        let endpoints = seen.endpoints().iter().map(|endpoint| format!("{} {}", endpoint.id, endpoint.count));
        Ok::<_, String>(lines.chain(endpoints).collect::<Vec<_>>())
    };
    let (one, many) = (told("1", "1")?, told("5", "3")?);
    if one == many {
        Ok("1 and 8 threads tell the same".to_owned())
    } else {
        Err("1 and 8 threads do not tell the same".to_owned())
    }
}
