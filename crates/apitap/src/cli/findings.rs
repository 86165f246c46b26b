//! Options of `findings`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use model::PacketTime;

use super::ShowOne;
use crate::formats::Format;
use crate::screens::groups::GroupBy;
use crate::times;

/// `findings`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  apitap findings shop.findings --severity high
  apitap findings explain F-7K2Q shop.findings
  apitap findings ack F-7K2Q shop.findings --reason 'load test' --until 2026-06-30
  apitap findings convert shop.findings --to jsonl | jq .title
  apitap findings convert shop.findings --to ocsf > events.jsonl      for a SIEM")]
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
    Explain(ExplainFinding),
    /// Say that one was looked at and is accepted: lists leave it out.
    Ack(AckFinding),
    /// List what was acknowledged, and whether it still holds.
    Acks(ListAcks),
    /// Write every record of a findings file in another form.
    Convert(Convert),
}

/// Options of `findings explain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  apitap findings explain F-7K2Q shop.findings
  apitap findings explain F-7K2Q shop.findings --pcap evidence.pcapng
  apitap findings explain F-7K2Q --state ./state --pcap evidence.pcapng --from /captures/2026-03-02/

--pcap writes the frames of the transactions under LOOK, as they were captured: treat the file like the capture itself. Frames
of other connections in between are left out, as are all but the last fragment of fragmented packets. The captures that the
finding was told in are known by their content; without --from they are looked for by name beside FILE and in this folder.")]
pub(crate) struct ExplainFinding {
    #[command(flatten)]
    pub one: ShowOne,
    /// Write the frames of its evidence to a new pcapng file, `-` for standard output instead of the text.
    #[arg(long, value_name = "FILE")]
    pub pcap: Option<PathBuf>,
    /// Captures of the run, or folders of them, for `--pcap`; repeat it for several.
    #[arg(long, value_name = "CAPTURE", requires = "pcap")]
    pub from: Vec<PathBuf>,
}

/// Options of `findings ack`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  apitap findings ack F-7K2Q shop.findings --reason 'load test of the shop team' --until 2026-06-30
  apitap findings ack F-7K2Q --state /var/lib/apitap --reason 'known crawler, ticket 4711'
  apitap findings ack F-7K2Q shop.findings --undo

Holds for this finding until the end of the day named (without one for good), or until the finding becomes graver: then lists
show it again. A later finding of the same cause has another id and is shown. Kept in the state as acks.toml, beside
shop.findings as shop.findings.acks.toml; no record changes.")]
pub(crate) struct AckFinding {
    /// Its id, or any unique beginning of it.
    #[arg(value_name = "ID")]
    pub id: String,
    /// Findings file; without it the state is read.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Why it is accepted.
    #[arg(long, value_name = "TEXT", required_unless_present = "undo")]
    pub reason: Option<String>,
    /// The last day it holds, `2026-06-30`; days are of UTC.
    #[arg(long, value_name = "DATE", value_parser = times::parse_date)]
    pub until: Option<toml::value::Date>,
    /// Take it back.
    #[arg(long, conflicts_with_all = ["reason", "until"])]
    pub undo: bool,
}

/// Options of `findings acks`.
#[derive(Debug, Args)]
pub(crate) struct ListAcks {
    /// Findings file; without it the state is read.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How the list is written (environment: `APITAP_FORMAT`).
    #[arg(long, value_enum)]
    pub format: Option<Format>,
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
    /// Also those that were acknowledged (`findings ack`).
    #[arg(long)]
    pub acked: bool,
    /// Only findings in this state.
    #[arg(long = "is", value_enum, value_name = "STATE")]
    pub standing: Option<Standing>,
    /// Only findings last seen at or after this time.
    #[arg(long, value_name = "TIME", value_parser = times::parse)]
    pub since: Option<PacketTime>,
    /// What findings are put together by: who is behind them, their endpoint, or nothing.
    #[arg(long, value_enum, value_name = "WHAT", default_value = "actor")]
    pub group: GroupBy,
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
    /// Leave out the calls of findings that are told one by one (payloads of attacks)
    #[arg(long, conflicts_with = "all")]
    pub no_attempts: bool,
}

/// Forms that records are converted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConvertTo {
    /// JSON Lines: one object a line.
    Jsonl,
    /// Comma-separated values, findings only.
    Csv,
    /// Events of class Detection Finding (2004) of OCSF 1.6.0, one a line, findings only. With `--all` one for each time that
    /// a finding was told: created, updated, closed.
    Ocsf,
}
