//! apitap: a passive API runtime-security sensor.
//!
//! `main` reads the command line and calls one function per verb; a verb returns the exit code of
//! [`exit::Exit`], or an error that is printed as one chain.

mod cli;
mod exit;
mod output;
mod verbs;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Verb};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.verb {
        Verb::Decode(options) => verbs::decode::run(options),
        Verb::Completions { shell } => Ok(verbs::about::completions(*shell)),
        Verb::Man => verbs::about::man(),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(error) => exit::report(&error),
    }
}
