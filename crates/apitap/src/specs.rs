//! Reads API descriptions for `audit`, `replay` and `run`.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use anyhow::Result;
use discovery::spec::{self, Place, Spec};
use model::limits::SPEC_BYTES_MAX;

use crate::fault::Fault;

/// Characters of a faulty line that are shown, and how many of them at most before the fault.
const SHOWN_CHARS: usize = 120;
const SHOWN_BEFORE: usize = 60;

/// Reads one document; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Spec> {
    let cannot = |error: io::Error| {
        Fault::new("E302", format!("cannot read {}", path.display()))
            .why(error.to_string())
            .cure(format!("ls -l {}", path.display()))
    };
    let mut text = String::new();
    let limit = SPEC_BYTES_MAX.saturating_add(1);
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().take(limit).read_to_string(&mut text)
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_string(&mut text))
    };
    // A file beyond the limit may also end inside a character.
    match read {
        Ok(bytes) if bytes as u64 <= SPEC_BYTES_MAX => {}
        Ok(_) => {
            let what = format!("{} is larger than {} MiB", path.display(), SPEC_BYTES_MAX >> 20);
            return Err(Fault::new("E302", what).into());
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            let what = format!("{} is not UTF-8, or larger than {} MiB", path.display(), SPEC_BYTES_MAX >> 20);
            return Err(Fault::new("E302", what).into());
        }
        Err(error) => return Err(cannot(error).into()),
    }
    spec::read(&text).map_err(|error| {
        let shown = pointed_at(&text, error.place);
        Fault::new(
            "E301",
            format!("{}:{}:{}: {}{shown}", path.display(), error.place.line, error.place.column, error.message),
        )
        .into()
    })
}

/// The line of a fault with a caret below it, on lines of their own: of a long line what stands around the fault.
fn pointed_at(text: &str, place: Place) -> String {
    let line = text.lines().nth((place.line as usize).saturating_sub(1)).unwrap_or_default();
    let column = (place.column as usize).saturating_sub(1).min(line.chars().count());
    let from = column.saturating_sub(SHOWN_BEFORE);
    let shown: String = line.chars().skip(from).take(SHOWN_CHARS).collect();
    if shown.is_empty() { String::new() } else { format!("\n{shown}\n{}^", " ".repeat(column - from)) }
}
