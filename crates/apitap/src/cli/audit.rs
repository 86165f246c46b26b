//! Options of `audit`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use model::Severity;

/// Options of `audit`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  apitap audit shop.pcap --spec openapi.yaml
  apitap audit export.har --spec openapi.yaml --fail-on medium
  apitap audit --state /var/lib/apitap --spec a.yaml --spec b.json --fail-on medium
  apitap audit shop.pcap --spec openapi.yaml --report shop.html --report shop.sarif
  apitap audit shop.findings --spec openapi.yaml --format sarif > apitap.sarif

Captures are replayed in memory. An operation that was not called is told, but its absence is no proof.
Issues listed in .apitapignore, each with reason and end date, do not count. Code 1: --fail-on was met.
A run that saw nothing ends as replay does (codes 3 and 5); one that was stopped never passes (code 3).")]
pub(crate) struct AuditOptions {
    /// Captures (pcap, pcapng, HAR), or one findings file; without any the state is read.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// OpenAPI 2.0 or 3.0 to 3.2 in JSON or YAML, `-` for standard input; repeat it for several.
    #[arg(long = "spec", value_name = "FILE", required = true)]
    pub specs: Vec<PathBuf>,
    /// Descriptor set of gRPC (`protoc --descriptor_set_out`): names fields and methods. Repeat it for several.
    #[arg(long, value_name = "FILE")]
    pub descriptors: Vec<PathBuf>,
    /// End with code 1 when an issue is as grave or graver.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOn::Never)]
    pub fail_on: FailOn,
    /// Write a report too; the end of its name says how: html, json, md or sarif. Repeat it for several.
    #[arg(long = "report", value_name = "FILE")]
    pub reports: Vec<PathBuf>,
    /// Accepted issues; without it `.apitapignore` when it is there.
    #[arg(long, value_name = "FILE")]
    pub ignore: Option<PathBuf>,
    /// End with code 3 when an input is cut or damaged.
    #[arg(long)]
    pub strict: bool,
    /// Do not fail when nothing could be understood.
    #[arg(long)]
    pub allow_blind: bool,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = AuditFormat::Table)]
    pub format: AuditFormat,
}

/// From which severity an audit fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// It never does.
    Never,
    /// Any issue.
    Info,
    /// Low or graver.
    Low,
    /// Medium or graver.
    Medium,
    /// High or graver.
    High,
    /// Critical.
    Critical,
}

impl FailOn {
    /// The severity, unless none fails.
    pub(crate) const fn severity(self) -> Option<Severity> {
        match self {
            Self::Never => None,
            Self::Info => Some(Severity::Info),
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
        }
    }
}

/// How an audit is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditFormat {
    /// Columns for people; tab-separated and uncut in a pipe.
    Table,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, for code scanners of forges.
    Sarif,
    /// A Markdown table.
    Md,
}
