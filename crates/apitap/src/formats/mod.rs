//! Records as JSON, JSON Lines and CSV: the fields of the records, whole, for programs.
//!
//! Times are RFC 3339 (a double holds no nanoseconds since 1970) and ids are text.

pub(crate) mod csv;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod listed;
pub(crate) mod ocsf;
pub(crate) mod sarif;

/// How data is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns for people; tab-separated and uncut in a pipe.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated, safe to open in a spreadsheet.
    Csv,
    /// A Markdown table.
    Md,
}
