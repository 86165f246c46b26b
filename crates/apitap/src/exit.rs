//! How a run ends: exit codes, and errors printed as what happened, why, and what to do.

use std::process::ExitCode;

/// Exit codes, the same for every verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything asked for was done.
    Done = 0,
    /// Input unreadable or cut.
    Unreadable = 3,
    /// Input read but nothing understood.
    Blind = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Prints an error chain on standard error and says with which code to end.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    eprintln!("apitap: {error:#}");
    let unreadable = error.downcast_ref::<capture::source::SourceError>().is_some();
    ExitCode::from(if unreadable { 3 } else { 4 })
}

/// The reader of our output went away: a normal end.
fn broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
