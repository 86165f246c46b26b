//! `completions` and `man`, made from the command line's own description.

use std::io;

use anyhow::Result;
use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::exit::Exit;

pub(crate) fn completions(shell: clap_complete::Shell) -> Exit {
    clap_complete::generate(shell, &mut Cli::command(), "apitap", &mut io::stdout().lock());
    Exit::Done
}

pub(crate) fn man() -> Result<Exit> {
    clap_mangen::Man::new(Cli::command()).render(&mut io::stdout().lock())?;
    Ok(Exit::Done)
}
