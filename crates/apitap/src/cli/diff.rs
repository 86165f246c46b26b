//! Options of `inventory diff`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use discovery::diff::Kind;

use crate::formats::Format;

/// Options of `inventory diff`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  apitap inventory diff monday.findings friday.findings
  apitap inventory diff last-month.openapi.json /var/lib/apitap --only added --exit-code
  apitap inventory diff 7d now --state /var/lib/apitap

A and B: findings files, states, lists in JSON or JSON Lines (inventory list --format), or OpenAPI documents that apitap
exported (they tell no latencies and no counts of parameters and statuses). Or two times within one record: spans before its end such as 7d, RFC 3339, or now, its last
packet. A record keeps the first and last call of each endpoint, so times tell what came and went, and not what changed.
An endpoint without calls is told as removed when ten of them were to be expected, else as unseen (?).")]
pub(crate) struct DiffInventory {
    /// Findings file, state or export before; or a time.
    #[arg(value_name = "A")]
    pub before: String,
    /// The same after.
    #[arg(value_name = "B")]
    pub after: String,
    /// Findings file that times are of; without it the state.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Only these differences.
    #[arg(long, value_enum, value_name = "KIND", value_delimiter = ',')]
    pub only: Vec<DiffKind>,
    /// Only services that match: `*` stands for anything.
    #[arg(long, value_name = "GLOB")]
    pub service: Option<String>,
    /// End with code 1 when something was added, removed or changed.
    #[arg(long)]
    pub exit_code: bool,
    /// How the differences are written (environment: `APITAP_FORMAT`).
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

/// Kinds of differences to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffKind {
    /// Endpoints that came.
    Added,
    /// Endpoints that went; unseen ones among them, which never count for the code.
    Removed,
    /// Endpoints that differ.
    Changed,
}

impl DiffKind {
    /// Whether a difference is of this kind.
    pub(crate) fn has(self, kind: Kind) -> bool {
        match self {
            Self::Added => kind == Kind::Added,
            Self::Removed => matches!(kind, Kind::Removed | Kind::Unseen),
            Self::Changed => kind == Kind::Changed,
        }
    }
}
