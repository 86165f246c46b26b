//! Names of the files in a ZIP archive (APPNOTE 6.3.10, §4.3.7): whoever unpacks it may write where they point.
//!
//! In: the bytes of an uploaded file, which may be cut. Out: the names as they stand in the local headers.

use memchr::memmem;
use model::limits::ARCHIVE_FILES_READ_MAX;

/// Begin of a local header.
const SIGNATURE: &[u8] = b"PK\x03\x04";
/// Where the length of the name stands in it, and where the name begins.
const LENGTH_AT: usize = 26;
const NAME_AT: usize = 30;
/// Bytes of a name that are read: longer ones no system unpacks.
const NAME_BYTES_READ_MAX: usize = 1_024;

/// The names of its first files; none when it is no archive. Headers are found by their signature: sizes may be left out of them.
pub(crate) fn names(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = if bytes.starts_with(SIGNATURE) { bytes } else { &[] };
    let next = move || {
        let header = rest.get(memmem::find(rest, SIGNATURE)?..)?;
        let name = name(header).unwrap_or_default();
        // Names do not overlap: what is read of an archive is no more than the archive.
        rest = header.get(NAME_AT + name.len()..).unwrap_or_default();
        Some(name)
    };
    std::iter::from_fn(next).take(ARCHIVE_FILES_READ_MAX).filter(|name| !name.is_empty())
}

fn name(header: &[u8]) -> Option<&[u8]> {
    let [low, high] = header.get(LENGTH_AT..)?.first_chunk::<2>().copied()?;
    let len = usize::from(u16::from_le_bytes([low, high]));
    header.get(NAME_AT..NAME_AT + len.min(NAME_BYTES_READ_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &[u8], content: &[u8]) -> Vec<u8> {
        let mut out = [SIGNATURE, &[0; LENGTH_AT - 4]].concat();
        out.extend((name.len() as u16).to_le_bytes());
        out.extend([0, 0]);
        [&out, name, content].concat()
    }

    #[test]
    fn names_are_those_of_the_files_as_far_as_they_are_there() {
        let archive = [file(b"a.txt", b"hello"), file(b"../../b", b""), file(b"", b"x")].concat();
        assert_eq!(names(&archive).collect::<Vec<_>>(), [&b"a.txt"[..], b"../../b"]);
        assert_eq!(names(&archive[..60]).collect::<Vec<_>>(), [b"a.txt"]);
        assert_eq!(names(&archive[1..]).count(), 0);
        let many = file(b"x", b"").repeat(ARCHIVE_FILES_READ_MAX + 3);
        assert_eq!(names(&many).count(), ARCHIVE_FILES_READ_MAX);
    }
}
