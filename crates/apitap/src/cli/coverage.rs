//! Options of `coverage`.

use std::path::PathBuf;

use clap::Args;

use crate::formats::Format;

/// Options of `coverage`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  apitap coverage shop.findings                          what was read of each service, and why not the rest
  apitap coverage --state /var/lib/apitap                the same of the last four weeks
  apitap coverage --service 'pay.*' --hours shop.findings   hour by hour

A service is the name its clients use, else its address and port. Every byte of payload is decoded, encrypted, lost, over a
limit or not HTTP; the share is of what may have been HTTP.")]
pub(crate) struct CoverageOptions {
    /// Findings file; without it the state is read.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Only services that match: `*` stands for anything.
    #[arg(long, value_name = "GLOB")]
    pub service: Option<String>,
    /// One line for each hour.
    #[arg(long)]
    pub hours: bool,
    /// The same as `--format json`.
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// How the list is written (environment: `APITAP_FORMAT`).
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}
