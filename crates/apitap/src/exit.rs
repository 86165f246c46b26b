//! How a run ends: exit codes, and errors printed as what happened, why, and what to do.

use std::process::ExitCode;

use crate::fault::Fault;

/// Exit codes, the same for every verb. After a first SIGINT a verb ends in order with its normal code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything asked for was done.
    Done = 0,
    /// A condition that was asked for is met (`--fail-on`).
    Condition = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// Input unreadable or cut.
    Unreadable = 3,
    /// Fault of apitap or of the output.
    Internal = 4,
    /// Input read but nothing understood.
    Blind = 5,
    /// Not permitted, or the device is gone.
    Denied = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Prints an error on standard error and says with which code to end.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    let fault = Fault::of(error);
    eprintln!("apitap: {fault}");
    fault.exit().into()
}

/// The reader of our output went away: a normal end.
fn broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
