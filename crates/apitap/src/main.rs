//! apitap: a passive API runtime-security sensor.
//!
//! `main` reads the command line and calls one function per verb; a verb returns the exit code of
//! [`exit::Exit`], or an error that is printed as what, why, and what to do.

/// As that of the standard library, which panics when nobody reads: what is told to a person must not end a sensor.
macro_rules! eprint {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        drop(write!(std::io::stderr(), $($text)*));
    }};
}

/// The same with a line's end.
macro_rules! eprintln {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        drop(writeln!(std::io::stderr(), $($text)*));
    }};
}

mod accepted;
mod acks;
mod actors;
mod cli;
mod config;
mod data;
mod descriptors;
mod exit;
mod fault;
mod formats;
mod identities;
mod ignore;
#[cfg(feature = "tls")]
mod keys;
mod many;
mod merge;
mod output;
mod progress;
mod rights;
mod screens;
mod selftest;
mod session;
mod specs;
mod suggest;
mod times;
mod tls_lines;
mod verbs;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Verb};

/// Most of what is allocated is small and short-lived.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = session::survive_file_limits().and_then(|()| run(&cli));
    match done {
        Ok(exit) => exit.into(),
        Err(error) => exit::report(&error),
    }
}

fn run(cli: &Cli) -> anyhow::Result<exit::Exit> {
    match &cli.verb {
        None => verbs::about::welcome(),
        Some(Verb::Replay(options)) => verbs::replay::run(options, &cli.global),
        Some(Verb::Run(options)) => verbs::run::run(options, &cli.global),
        Some(Verb::Decode(options)) => verbs::decode::run(options),
        Some(Verb::Inventory(options)) => verbs::inventory::run(options, &cli.global),
        Some(Verb::Findings(options)) => verbs::findings::run(options, &cli.global),
        Some(Verb::Coverage(options)) => verbs::coverage::run(options, &cli.global),
        Some(Verb::Identity(options)) => verbs::identity::run(options, &cli.global),
        Some(Verb::Audit(options)) => verbs::audit::run(options, &cli.global),
        Some(Verb::State(verb)) => verbs::state::run(verb, &cli.global),
        Some(Verb::Config(verb)) => verbs::config::run(verb, &cli.global),
        Some(Verb::Selftest) => verbs::selftest::run(&cli.global),
        Some(Verb::Completions { shell }) => verbs::about::completions(*shell),
        Some(Verb::Man) => verbs::about::man(),
    }
}
