//! Options of `state`.

use std::path::PathBuf;

use clap::Subcommand;

/// What is done with what a state has learned.
#[derive(Debug, Subcommand)]
pub(crate) enum StateVerb {
    /// Write what a state (`--state`) has learned to a file.
    #[command(after_help = EXPORT_HELP)]
    Export {
        /// File to write; `-` for standard output.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Put together what several sensors with one key have learned.
    #[command(after_help = MERGE_HELP)]
    Merge {
        /// Baselines that were exported, or states.
        #[arg(required = true, num_args = 2.., value_name = "BASELINE")]
        baselines: Vec<PathBuf>,
        /// File to write; `-` for standard output.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Begin a state (`--state`) with what another one has learned.
    #[command(after_help = IMPORT_HELP)]
    Import {
        /// What `state export` or `state merge` wrote, or another state.
        #[arg(value_name = "BASELINE")]
        baseline: PathBuf,
    },
}

const EXPORT_HELP: &str = "Examples:
  apitap state export --state /var/lib/apitap -o tap1.baseline

The file holds models, the inventory and the labels of the identity book; no finding, and not the key. It may be written while
`apitap run` uses the state.";

const MERGE_HELP: &str = "Examples:
  apitap state merge tap1.baseline tap2.baseline -o both.baseline

The result is the same in whatever order they are named. Models of what several know are added up, so sensors that saw the
same traffic should not be merged: it would count twice. Of a service that several know, the one that saw most calls of it
keeps its names of endpoints; what only others name there is left out, counted, and learned anew.";

const IMPORT_HELP: &str = "Examples:
  install -D -m 600 tap1.key /var/lib/apitap/key         the key of the sensor that learned it
  apitap state import tap1.baseline --state /var/lib/apitap

Callers are keyed hashes: with another key all of them would be strangers, so a baseline is refused where its key is not. A state
that has learned already is left as it is.";
