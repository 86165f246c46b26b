//! `apitap` alone, `completions` and `man`: what the command line says of itself.

use std::io::{self, Write as _};

use anyhow::Result;
use clap::CommandFactory as _;

use crate::cli::{Cli, WELCOME};
use crate::exit::Exit;

/// What it is, and three examples.
pub(crate) fn welcome() -> Result<Exit> {
    io::stdout().lock().write_all(WELCOME.as_bytes())?;
    Ok(Exit::Done)
}

pub(crate) fn completions(shell: clap_complete::Shell) -> Result<Exit> {
    // The generator panics when it cannot write; memory always takes it.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "apitap", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(Exit::Done)
}

pub(crate) fn man() -> Result<Exit> {
    clap_mangen::Man::new(Cli::command()).render(&mut io::stdout().lock())?;
    Ok(Exit::Done)
}
