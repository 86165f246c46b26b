//! `selftest`: whether this build reads and tells on this machine what it should.

use std::io::{self, Write as _};

use anyhow::Result;

use crate::cli::Global;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::selftest::CHECKS;

/// Runs the verb.
pub(crate) fn run(global: &Global) -> Result<Exit> {
    let mut wrong = Vec::new();
    for check in CHECKS {
        let found = (check.run)();
        let (word, text) = match &found {
            Ok(text) => ("ok", text),
            Err(text) => ("WRONG", text),
        };
        if found.is_err() || !global.quiet {
            writeln!(io::stdout().lock(), "{:<10}{word:<7}{text}", check.name)?;
        }
        if found.is_err() {
            wrong.push(check.name);
        }
    }
    if wrong.is_empty() {
        return Ok(Exit::Done);
    }
    Err(Fault::new("E904", format!("this build does not do here what it should: {}", wrong.join(", ")))
        .why("traffic made for the purpose was not read or judged as it must be")
        .cure("report it with the lines above and the output of: apitap --version; uname -a")
        .into())
}
