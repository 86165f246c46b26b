//! The identity book: `label<TAB>credential or claim`, one a line, as an operator writes it.
//!
//! In: the text, from a file or pipe, line by line. Out: labels by pseudonym. The credentials are hashed with the key of the
//! run as they are read, and neither kept nor shown: errors name a line, never what stands in it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use inspect::Written;
use model::limits::{
    IDENTITY_BOOK_BYTES_MAX, IDENTITY_BOOK_LINES_MAX, IDENTITY_LABEL_BYTES_MAX, IDENTITY_LINE_BYTES_MAX,
};
use model::{Book, DeploymentKey, Id};

use crate::fault::Fault;
use crate::screens::text;

/// Reads a book with the key of the run.
pub(crate) fn read(path: &Path, key: &DeploymentKey) -> Result<Book, Fault> {
    let cannot = |why: String| Fault::new("E306", format!("cannot read the identity book {}", path.display())).why(why);
    let file = File::open(path).map_err(|error| cannot(error.to_string()))?;
    match book(BufReader::new(file), key) {
        Ok(book) => Ok(book),
        Err(Wrong { line: 0, what }) => Err(cannot(what)),
        Err(Wrong { line, what }) => Err(Fault::new("E306", format!("{}:{line}: {what}", path.display()))
            .why("each line is a label, a tab, and a credential or claim; # begins a remark")),
    }
}

/// What is wrong, and in which line from 1; 0 for the whole.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    line: usize,
    what: String,
}

fn book(text: impl BufRead, key: &DeploymentKey) -> Result<Book, Wrong> {
    let mut text = text.take(IDENTITY_BOOK_BYTES_MAX.saturating_add(1));
    let (mut book, mut written) = (Book::default(), Written::new(key.clone()));
    let (mut line, mut read) = (Vec::new(), 0_u64);
    for number in 1.. {
        line.clear();
        let wrong = |what: String| Wrong { line: number, what };
        let longest = IDENTITY_LINE_BYTES_MAX as u64;
        let bytes = (&mut text).take(longest.saturating_add(1)).read_until(b'\n', &mut line);
        let bytes = bytes.map_err(|error| Wrong { line: 0, what: error.to_string() })?;
        read = read.saturating_add(bytes as u64);
        if bytes == 0 {
            return Ok(book);
        }
        if read > IDENTITY_BOOK_BYTES_MAX {
            return Err(Wrong { line: 0, what: format!("it is larger than {} MiB", IDENTITY_BOOK_BYTES_MAX >> 20) });
        }
        if line.len() > IDENTITY_LINE_BYTES_MAX {
            return Err(wrong(format!("the line is longer than {IDENTITY_LINE_BYTES_MAX} bytes")));
        }
        if number > IDENTITY_BOOK_LINES_MAX {
            let most = text::grouped(IDENTITY_BOOK_LINES_MAX as u64);
            return Err(wrong(format!("the book has more than {most} lines")));
        }
        // What editors of some systems put before the text.
        let content = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) } else { &line };
        entry(content.trim_ascii_end(), &mut written, &mut book).map_err(wrong)?;
    }
    Ok(book)
}

/// Adds one line.
fn entry(line: &[u8], written: &mut Written, book: &mut Book) -> Result<(), String> {
    if line.is_empty() || line.starts_with(b"#") {
        return Ok(());
    }
    let Some(tab) = line.iter().position(|byte| *byte == b'\t') else {
        return Err("no tab between label and credential".to_owned());
    };
    let (label, credential) = (line.get(..tab).unwrap_or_default(), line.get(tab + 1..).unwrap_or_default());
    let label = label_of(label)?;
    let ids: Vec<Id> = written.identities(credential).iter().map(|identity| identity.id).collect();
    if ids.is_empty() {
        return Err("what stands behind the tab names nobody".to_owned());
    }
    book.add(&ids, label).map_err(|other| format!("the same credential has the label \"{other}\" in another line"))
}

fn label_of(label: &[u8]) -> Result<&str, String> {
    let label = std::str::from_utf8(label.trim_ascii()).map_err(|_| "the label is not UTF-8".to_owned())?;
    if label.is_empty() {
        return Err("no label before the tab".to_owned());
    }
    if label.len() > IDENTITY_LABEL_BYTES_MAX {
        return Err(format!("the label is longer than {IDENTITY_LABEL_BYTES_MAX} bytes"));
    }
    if label.chars().any(text::steers) {
        return Err("the label has a character that does not print".to_owned());
    }
    Ok(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> DeploymentKey {
        DeploymentKey::new([7; 32])
    }

    fn read(text: &[u8]) -> Result<Book, Wrong> {
        book(text, &key())
    }

    #[test]
    fn labels_are_found_by_what_was_written_down() {
        let text =
            b"\xef\xbb\xbf# our partners\n\nbatch\tX4-key\r\n J\xc3\xbcrgen \t jane@shop.example \nbatch\tother-key";
        let book = read(text).unwrap();
        let label = |credential: &[u8]| {
            let ids = Written::new(key()).identities(credential);
            ids.iter().map(|identity| book.label(&identity.id).map(str::to_owned)).next().flatten()
        };
        assert_eq!(label(b"X4-key").as_deref(), Some("batch"));
        assert_eq!(label(b"other-key").as_deref(), Some("batch"));
        assert_eq!(label(b"Jane@Shop.example"), None, "a credential is what it is, letter by letter");
        assert_eq!(label(b"jane@shop.example").as_deref(), Some("J\u{fc}rgen"));
        assert_eq!(label(b"unknown"), None);
        assert!(read(b"").unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_without_the_secret() {
        let long = [b"a\t".as_slice(), &vec![b'x'; IDENTITY_LINE_BYTES_MAX]].concat();
        let lines = b"a\tb\n".repeat(IDENTITY_BOOK_LINES_MAX + 1);
        for (text, line, part) in [
            (&b"# x\nhunter2"[..], 2, "no tab"),
            (b"\thunter2", 1, "no label"),
            (b"a\tb\nc\t \n", 2, "no tab"),
            (b"c\t{\"iss\":\"hunter2\"}", 1, "names nobody"),
            (b"\xff\thunter2", 1, "UTF-8"),
            (b"\x1b[2J\thunter2", 1, "does not print"),
            (&[&[b'l'; IDENTITY_LABEL_BYTES_MAX + 1][..], b"\thunter2"].concat(), 1, "longer than 128"),
            (b"a\thunter2\nb\thunter2\n", 2, "the label \"a\""),
            (&long, 1, "longer than 8192 bytes"),
            (&lines, IDENTITY_BOOK_LINES_MAX + 1, "more than"),
        ] {
            let wrong = read(text).unwrap_err();
            assert!(wrong.line == line && wrong.what.contains(part), "{wrong:?}");
            assert!(!wrong.what.contains("hunter2"), "{wrong:?}");
        }
    }
}
