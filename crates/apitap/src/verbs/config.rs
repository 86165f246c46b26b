//! `config`: what is set and why, and whether it can be used.

use anyhow::Result;
use model::DeploymentKey;

use crate::cli::{ConfigVerb, Global};
use crate::config::{Settings, memory, show};
use crate::data;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::identities;
use crate::screens::look::Look;
use crate::screens::text;

/// Runs the verb.
pub(crate) fn run(verb: &ConfigVerb, global: &Global) -> Result<Exit> {
    let settings = Settings::load(global.config.as_deref(), &global.values())?;
    let look = Look::of_stdout(settings.colour());
    match verb {
        ConfigVerb::Show { memory: false } => data::print(&show::text(&settings), &look)?,
        ConfigVerb::Show { memory: true } => data::print(&memory::table(&settings, &look), &look)?,
        ConfigVerb::Check => check(&settings, global, &look)?,
    }
    Ok(Exit::Done)
}

/// The same code that a start runs.
fn check(settings: &Settings, global: &Global, look: &Look) -> Result<()> {
    let mut faults = settings.faults();
    // A start reads the book with the key of its state, and once: a pipe would be empty then.
    if let Some(book) = settings.identities().filter(|path| !path.exists() || path.is_file()) {
        faults.extend(identities::read(&book, &DeploymentKey::new([0; 32])).err());
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    if !faults.is_empty() {
        let count = text::counted(faults.len() as u64, "problem", "problems");
        return Err(Fault::new("E002", format!("the configuration has {count}")).cure("apitap config show").into());
    }
    let file = settings.path.as_ref().map_or_else(|| "no file".to_owned(), |path| path.display().to_string());
    let set = settings.values().iter().filter(|(_, origin)| *origin != crate::config::Origin::Default).count();
    let total = settings.values().len();
    let most = text::grouped(memory::sum(settings).div_ceil(1 << 20));
    let named = match settings.endpoints.given.len() {
        0 => String::new(),
        n => format!(", {}", text::counted(n as u64, "override of paths", "overrides of paths")),
    };
    let line =
        format!("{}: valid, {set} of {total} values set{named}, at most {most} MiB of memory\n", text::inert(&file));
    if global.quiet { Ok(()) } else { data::print(&line, look) }
}
