//! Options of `findings`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use model::PacketTime;

use super::ShowOne;
use crate::formats::Format;
use crate::times;

/// `findings`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  apitap findings shop.findings --severity high
  apitap findings explain F-7K2Q shop.findings
  apitap findings convert shop.findings --to jsonl | jq .title")]
pub(crate) struct Findings {
    #[command(subcommand)]
    pub verb: Option<FindingsVerb>,
    #[command(flatten)]
    pub list: ListFindings,
}

/// What is done with findings.
#[derive(Debug, Subcommand)]
pub(crate) enum FindingsVerb {
    /// List findings (also without a verb).
    List(ListFindings),
    /// Say why one is a finding, and where to look.
    Explain(ShowOne),
    /// Write every record of a findings file in another form.
    Convert(Convert),
}

/// Options of `findings list`.
#[derive(Debug, Default, PartialEq, Args)]
pub(crate) struct ListFindings {
    /// Findings file; without it the state is read.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Only findings so grave at least.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub severity: Option<SeverityName>,
    /// Only findings of this detector.
    #[arg(long, value_name = "ID")]
    pub detector: Option<String>,
    /// Only findings in this state.
    #[arg(long = "is", value_enum, value_name = "STATE")]
    pub standing: Option<Standing>,
    /// Only findings last seen at or after this time.
    #[arg(long, value_name = "TIME", value_parser = times::parse)]
    pub since: Option<PacketTime>,
    /// At most so many.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// How the list is written (environment: `APITAP_FORMAT`).
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

/// See [`model::Severity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeverityName {
    /// Good to know.
    Info,
    /// Look when there is time.
    Low,
    /// Look this week.
    Medium,
    /// Look today.
    High,
    /// Look now.
    Critical,
}

/// Whether a finding goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Standing {
    /// It goes on.
    Open,
    /// It is over.
    Closed,
}

/// Options of `findings convert`.
#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// Findings file, `-` for standard input; without it the log of the state.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Form
    #[arg(long, value_enum, value_name = "FORM")]
    pub to: ConvertTo,
    /// Every record as it was written (endpoints, losses, each state of a finding), instead of one line for each finding
    /// as it stood last
    #[arg(long)]
    pub all: bool,
}

/// Forms that records are converted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConvertTo {
    /// JSON Lines: one object a line.
    Jsonl,
    /// Comma-separated values, findings only.
    Csv,
}
