//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Passive API runtime-security sensor: reads captures, never sends a packet.
#[derive(Debug, Parser)]
#[command(name = "apitap", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub verb: Verb,
}

const EXAMPLES: &str = "Examples:
  apitap decode shop.pcap                    every HTTP transaction as a JSON line
  apitap decode - < shop.pcapng.zst          from a pipe; gzip and zstd are recognised
  apitap decode captures/ -o shop.jsonl      all captures of a folder, merged by time";

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Print every HTTP transaction of capture files as JSON Lines.
    Decode(Decode),
    /// Print a completion script for a shell.
    Completions {
        /// Shell to complete for.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// Options of `decode`.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
pub(crate) struct Decode {
    /// Capture files or folders of them; `-` reads standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write here instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Whether TCP checksums are judged; captures made on a sending host have wrong ones.
    #[arg(long, value_enum, default_value_t = VerifyChecksums::Off)]
    pub verify_checksums: VerifyChecksums,
    /// Make the VLAN, VNI or tunnel id part of what names a flow.
    #[arg(long)]
    pub key_by_tenant: bool,
    /// Print only data and errors.
    #[arg(short, long)]
    pub quiet: bool,
    /// End with code 3 when a capture is cut or damaged.
    #[arg(long)]
    pub strict: bool,
    /// End with code 0 even when nothing could be understood.
    #[arg(long)]
    pub allow_blind: bool,
}

/// See [`capture::link::Checksums`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum VerifyChecksums {
    /// Judge a sender whose checksums are mostly right.
    Auto,
    /// Refuse every segment with a wrong checksum.
    On,
    /// Do not look.
    Off,
}
