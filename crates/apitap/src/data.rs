//! Opens what `inventory` and `findings` read, and writes what they show.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use model::Id;
use model::record::Trailer;
use store::{Extent, Snapshot};

use crate::config::Settings;
use crate::fault::Fault;
use crate::screens::Screen;
use crate::screens::look::Look;

/// Rows held as text at a time.
const ROWS_MAX: usize = 8_192;

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
        Self::open_to(file, settings, quiet, Extent::Whole)
    }

    /// The same, with so much of each endpoint.
    pub(crate) fn open_to(file: Option<&Path>, settings: &Settings, quiet: bool, extent: Extent) -> Result<Self> {
        let path = source(file, settings)?;
        let data = Self::at_to(&path, extent)?;
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
        Self::at_to(path, Extent::Whole)
    }

    fn at_to(path: &Path, extent: Extent) -> Result<Self> {
        readable(path)?;
        let snapshot = Snapshot::open_to(path, extent).map_err(|error| match error {
            // What the store says of it tells nobody more, and would be a second error.
            _ if is_capture(path) => {
                Fault::new("E405", format!("{} is a capture, not what was found in it", path.display()))
                    .why("it begins as captures do")
                    .cure(format!("apitap replay {}   (and then this, with the file that it writes)", path.display()))
                    .into()
            }
            error => anyhow::Error::from(error),
        })?;
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

/// Whether a file begins as captures do, compressed ones included.
fn is_capture(path: &Path) -> bool {
    const BEGINNINGS: [[u8; 4]; 6] = [
        [0xa1, 0xb2, 0xc3, 0xd4],
        [0xd4, 0xc3, 0xb2, 0xa1],
        [0xa1, 0xb2, 0x3c, 0x4d],
        [0x4d, 0x3c, 0xb2, 0xa1],
        [0x0a, 0x0d, 0x0d, 0x0a],
        [0x28, 0xb5, 0x2f, 0xfd],
    ];
    let mut begin = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && (BEGINNINGS.contains(&begin) || begin.starts_with(&[0x1f, 0x8b]))
}

/// A typed id as the store takes it: the hexadecimal of JSON becomes the digits of screens.
pub(crate) fn typed_id(typed: &str) -> String {
    let bits = if typed.len() == 32 { u128::from_str_radix(typed, 16).ok() } else { None };
    bits.map_or_else(|| typed.to_owned(), |bits| Id(bits.to_be_bytes()).base32())
}

/// Writes data to standard output as its reader can show it.
pub(crate) fn print(data: &str, look: &Look) -> Result<()> {
    let mut out = io::stdout().lock();
    let written = if look.ascii {
        out.write_all(look.rendered(data.to_owned()).as_bytes())
    } else {
        out.write_all(data.as_bytes())
    };
    written.and_then(|()| out.flush()).context("cannot write the output")
}

/// Rows written while they are made: a large inventory is never held as text.
pub(crate) fn print_rows<T: Sync>(
    items: &[T],
    between: &str,
    row: impl Fn(&T) -> String + Sync,
    look: &Look,
) -> Result<()> {
    for (at, block) in items.chunks(ROWS_MAX).enumerate() {
        let rows = crate::many::mapped(block, &row).join(between);
        let before = if at == 0 { "" } else { between };
        print(&format!("{before}{rows}"), look)?;
    }
    Ok(())
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
