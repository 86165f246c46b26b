//! `state`: what a state has learned, carried to another one.

use std::path::{Path, PathBuf};

use anyhow::Result;
use store::Learned;

use crate::cli::{Global, StateVerb};
use crate::config::Settings;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::merge;
use crate::screens::text;

/// Runs the verb.
pub(crate) fn run(verb: &StateVerb, global: &Global) -> Result<Exit> {
    let settings = Settings::load(global.config.as_deref(), &global.values())?;
    match verb {
        StateVerb::Export { output } => {
            let learned = Learned::open(&state(&settings)?)?;
            write(&learned, output, global.quiet)?;
        }
        StateVerb::Merge { baselines, output } => {
            let (learned, left_out) = merged(baselines)?;
            write(&learned, output, global.quiet)?;
            if left_out > 0 {
                let left_out = text::counted(left_out, "endpoint is", "endpoints are");
                say(
                    &format!("{left_out} left out: the sensor that saw most of the service names paths otherwise"),
                    global.quiet,
                );
            }
        }
        StateVerb::Import { baseline } => {
            let (state, learned) = (state(&settings)?, open(baseline)?);
            let told = told(&learned);
            let warn = |warning: &str| eprintln!("apitap: {}", Fault::new("W405", warning.to_owned()));
            learned.into_state(&state, Some(warn))?;
            say(&format!("{} begins with {told}", state.display()), global.quiet);
        }
    }
    Ok(Exit::Done)
}

fn state(settings: &Settings) -> Result<PathBuf, Fault> {
    settings
        .state_dir()
        .ok_or_else(|| Fault::new("E007", "no state was named").cure("apitap state export --state DIR -o FILE"))
}

/// A state or an export; what is not there is an input that cannot be read.
fn open(path: &Path) -> Result<Learned> {
    match std::fs::metadata(path) {
        Err(error) => Err(Fault::new("E203", format!("cannot open {}", path.display()))
            .why(error.to_string())
            .cure(format!("ls -l {}", path.display()))
            .into()),
        Ok(_) => Ok(Learned::open(path)?),
    }
}

/// All of them as one, and how many endpoints were left out.
fn merged(paths: &[PathBuf]) -> Result<(Learned, u64)> {
    let mut all = Vec::with_capacity(paths.len());
    for path in paths {
        all.push((path.as_path(), open(path)?));
    }
    store::same_key(&all.iter().map(|(path, learned)| (*path, learned)).collect::<Vec<_>>())?;
    // In an order that does not depend on how they were named.
    all.sort_by_cached_key(|(_, learned)| (std::cmp::Reverse(learned.totals.transactions), learned.digest()));
    twice(&all)?;
    let mut all = all.into_iter();
    let Some((_, mut sum)) = all.next() else { return Ok((Learned::default(), 0)) };
    let mut left_out = 0;
    for (path, next) in all {
        let (both, without) = merge::two(&sum, &next).map_err(|merge::OtherClasses| {
            Fault::new(
                "E410",
                format!("{} was learned with other [[data_class]] entries than the rest", path.display()),
            )
            .why("what was learned holds their numbers")
            .cure("apitap run --state DIR --config FILE   (with the same classes at every sensor)")
        })?;
        (sum, left_out) = (both, left_out + without);
    }
    Ok((sum, left_out))
}

/// Refuses the same baseline under two names: all it learned would count twice. One that learned nothing does no harm.
fn twice(sorted: &[(&Path, Learned)]) -> Result<(), Fault> {
    let mut pairs = sorted.iter().zip(sorted.iter().skip(1));
    let same = |((_, one), (_, other)): &(&(&Path, Learned), &(&Path, Learned))| {
        !one.rows.is_empty() && one.totals.transactions == other.totals.transactions && one.digest() == other.digest()
    };
    let Some(((one, _), (other, _))) = pairs.find(same) else { return Ok(()) };
    Err(Fault::new("E001", format!("{} and {} hold the same baseline", one.display(), other.display()))
        .why("all it learned would count twice")
        .cure("apitap state merge ONE OTHER -o FILE   (each of another sensor)"))
}

fn write(learned: &Learned, output: &Path, quiet: bool) -> Result<()> {
    if output.as_os_str() != "-" && output.exists() {
        return Err(Fault::new("E006", format!("{} exists and was left untouched", output.display()))
            .cure("apitap state export --state DIR -o OTHER")
            .into());
    }
    learned.write(output)?;
    say(&format!("{}: {}", output.display(), told(learned)), quiet);
    Ok(())
}

fn told(learned: &Learned) -> String {
    let rows = text::counted(learned.rows.len() as u64, "model", "models");
    let endpoints = text::counted(learned.endpoints.len() as u64, "endpoint", "endpoints");
    let transactions = text::counted(learned.totals.transactions, "transaction", "transactions");
    format!("{rows} and {endpoints}, learned from {transactions}")
}

fn say(what: &str, quiet: bool) {
    if !quiet {
        eprintln!("apitap: {}", text::inert(what));
    }
}
