//! What is common to files that say what a team has looked at and accepts (`.apitapignore`, acknowledged findings): TOML,
//! bounded, each entry with its reason and the last day it holds.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use toml::value::{Date, Datetime};

/// The text of the file, `None` when there is none; longer than `longest` bytes it is refused. The error says why.
pub(crate) fn text(path: &Path, longest: u64) -> Result<Option<String>, String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(longest.saturating_add(1)).read_to_string(&mut text));
    match read {
        Ok(bytes) if bytes as u64 > longest => Err(format!("it is larger than {} KiB", longest >> 10)),
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => Err("it is not UTF-8".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The last day an entry holds, which must be a date.
pub(crate) fn last_day(until: &Datetime) -> Result<Date, String> {
    until.date.ok_or_else(|| format!("until = {until} is no date"))
}

/// Whether the day has passed. `today` is a date as RFC 3339 writes it: dates of that form compare as text.
pub(crate) fn has_passed(until: Date, today: &str) -> bool {
    until.to_string().as_str() < today
}

/// Whether a reason says anything.
pub(crate) fn gives_reason(reason: &str) -> bool {
    !reason.trim().is_empty()
}
