//! Opens what `inventory` and `findings` read, and writes what they show.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use model::Id;
use model::record::Trailer;
use store::Snapshot;

use crate::config::Settings;
use crate::fault::Fault;
use crate::screens::Screen;
use crate::screens::look::Look;

/// A state or findings file, and its totals as far as they go.
#[derive(Debug)]
pub(crate) struct Data {
    /// What it holds.
    pub snapshot: Snapshot,
    /// Its totals: those of the state, not of its last run alone.
    pub trailer: Trailer,
}

impl Data {
    /// Opens `file`, else the state; says on standard error when the file is cut.
    pub(crate) fn open(file: Option<&Path>, settings: &Settings, quiet: bool) -> Result<Self> {
        let path = source(file, settings)?;
        let data = Self::at(&path)?;
        if let Some(fault) = data.damage(&path).filter(|_| !quiet) {
            eprintln!("apitap: {fault}");
        }
        Ok(data)
    }

    /// What is told of a file that could not be read to its end.
    pub(crate) fn damage(&self, path: &Path) -> Option<Fault> {
        let damage = self.snapshot.damage()?;
        let what = format!("{} is not whole: at byte {} there is {}", path.display(), damage.offset, damage.reason);
        Some(Fault::new("W405", what).why("everything before it was used"))
    }

    /// Opens the file or state at `path`.
    pub(crate) fn at(path: &Path) -> Result<Self> {
        readable(path)?;
        let snapshot = Snapshot::open(path)?;
        let ledger = snapshot.ledger().iter().map(|(counter, n)| (counter.as_str().to_owned(), n));
        let mut trailer = Trailer { counters: ledger.collect(), ..snapshot.trailer().cloned().unwrap_or_default() };
        trailer.totals = *snapshot.totals();
        Ok(Self { snapshot, trailer })
    }
}

/// The findings file that was named, else the state.
pub(crate) fn source(file: Option<&Path>, settings: &Settings) -> Result<PathBuf, Fault> {
    file.map(Path::to_path_buf).or_else(|| settings.state_dir()).ok_or_else(|| {
        Fault::new("E007", "neither a findings file nor a state was named")
            .why("apitap replay writes the one, apitap run --state DIR keeps the other")
            .cure("apitap inventory FILE.findings   (or --state DIR)")
    })
}

/// Refuses what is not there as an input that cannot be read.
fn readable(path: &Path) -> Result<(), Fault> {
    match std::fs::metadata(path) {
        Err(error) if path.as_os_str() != "-" => Err(Fault::new("E203", format!("cannot open {}", path.display()))
            .why(error.to_string())
            .cure(format!("ls -l {}", path.display()))),
        _ => Ok(()),
    }
}

/// A typed id as the store takes it: the hexadecimal of JSON becomes the digits of screens.
pub(crate) fn typed_id(typed: &str) -> String {
    let bits = if typed.len() == 32 { u128::from_str_radix(typed, 16).ok() } else { None };
    bits.map_or_else(|| typed.to_owned(), |bits| Id(bits.to_be_bytes()).base32())
}

/// Writes data to standard output as its reader can show it.
pub(crate) fn print(data: &str, look: &Look) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(look.rendered(data.to_owned()).as_bytes())
        .and_then(|()| out.flush())
        .context("cannot write the output")
}

/// Writes the data of a screen, then its remarks to standard error.
pub(crate) fn print_screen(screen: &Screen, look: &Look, quiet: bool) -> Result<()> {
    print(&screen.data, look)?;
    if !quiet {
        eprint!("{}", screen.remarks);
    }
    Ok(())
}

/// Whether `text` matches `glob`, in which `*` stands for anything. Linear in the product of their lengths at worst.
pub(crate) fn matches(glob: &str, text: &str) -> bool {
    let mut parts = glob.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (glob, text, expected) in [
            ("api.shop.example", "api.shop.example", true),
            ("api.shop.example", "api.shop.example:8080", false),
            ("api.*", "api.shop.example", true),
            ("*.example", "api.shop.example", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*a", "a", false),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(glob, text), expected, "{glob} {text}");
        }
    }

    #[test]
    fn ids_of_json_are_taken() {
        let id = Id([7; 16]);
        assert_eq!(typed_id(&id.to_string()), id.base32());
        assert_eq!(typed_id("E-3F9A"), "E-3F9A");
    }
}
