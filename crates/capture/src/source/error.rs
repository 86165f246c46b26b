//! What can go wrong with an input: faults of the world as errors, damage of the bytes as a bounded list.
//!
//! A [`SourceError`] ends the input it names. [`Damage`] does not: the file is used as far as it can be read, and the
//! list says where, what and how many bytes were lost.

use std::io;
use std::path::{Path, PathBuf};

use model::limits::DAMAGE_ENTRIES_MAX;

/// A fault of the world: a file that cannot be read or is no capture, a device that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// No input was named.
    #[error("no input was given")]
    NoInput,
    /// The file or directory cannot be opened.
    #[error("cannot open {}", path.display())]
    Open {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The operating system failed while the file was read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is neither pcap nor pcapng nor HAR, nor a gzip or zstd stream of one.
    #[error("{} is not a capture file: it holds {found}", path.display())]
    NotACapture {
        /// The file.
        path: PathBuf,
        /// What its first bytes look like.
        found: String,
    },
    /// The file holds no byte at all, or is the compression of none.
    #[error("{} is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file ends inside its file header (pcap) or inside its first block (pcapng).
    #[error("{} ends inside its file header, after {bytes} bytes", path.display())]
    HeaderCut {
        /// The file.
        path: PathBuf,
        /// Uncompressed bytes found.
        bytes: u64,
    },
    /// The compressed stream is damaged before the first byte of a capture.
    #[error("{} cannot be decompressed: {reason}", path.display())]
    Compression {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        reason: String,
    },
    /// A directory without a single capture file.
    #[error("{} holds no capture file", path.display())]
    NoCaptureFiles {
        /// The directory.
        path: PathBuf,
    },
    /// More files than are merged at once.
    #[error("{count} capture files were given, at most {max} are merged at once")]
    TooManyFiles {
        /// Files found.
        count: usize,
        /// `limits::MERGED_FILES_MAX`.
        max: usize,
    },
    /// A pipe was to be read several times (`--repeat`).
    #[error("{} cannot be read a second time: it is not a regular file", path.display())]
    NotRepeatable {
        /// The pipe.
        path: PathBuf,
    },
    /// libpcap refuses the file (`--reader libpcap`).
    #[error("libpcap cannot read {}: {reason}", path.display())]
    Libpcap {
        /// The file.
        path: PathBuf,
        /// What libpcap says.
        reason: String,
    },
    /// A HAR file was given where packets are asked for.
    #[error("{} is a HAR file, which holds no packets", path.display())]
    WithoutPackets {
        /// The file.
        path: PathBuf,
    },
    /// The capture filter does not compile.
    #[error("the capture filter \"{expression}\" is not valid: {reason}")]
    Filter {
        /// The expression.
        expression: String,
        /// What libpcap says.
        reason: String,
    },
    /// A live interface cannot be opened or read.
    #[error("cannot capture on interface {name}: {reason}")]
    Device {
        /// The interface.
        name: String,
        /// What libpcap says.
        reason: String,
    },
    /// Waiting for frames failed.
    #[error("cannot wait for frames")]
    Wait(#[source] io::Error),
}

/// What is damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DamageKind {
    /// The file ends inside a record or block.
    #[error("the file ends inside a frame")]
    CutInsideFrame,
    /// A record or frame length that cannot be.
    #[error("a frame length of {0} bytes cannot be")]
    BadLength(u32),
    /// The text of a HAR file ends inside a value.
    #[error("the file ends inside its text")]
    CutInsideHar,
    /// The text of a HAR file is no JSON from here on.
    #[error("it is not JSON from here on: {0}")]
    BadHar(&'static str),
    /// A pcapng block whose length, trailer or body contradict each other.
    #[error("a block of type {0:#x} contradicts itself")]
    BadBlock(u32),
    /// A pcapng frame of an interface that was not described.
    #[error("a frame names interface {0}, which was not described")]
    UnknownInterface(u32),
    /// The compressed stream is damaged or cut.
    #[error("the compressed stream is damaged: {0}")]
    Compression(String),
    /// Decryption secrets beyond what is kept until they are taken.
    #[error("decryption secrets were dropped: too many at once")]
    SecretsDropped,
    /// A file of a directory that is named like a capture and is none, and was left out.
    #[error("left out: it is empty or not a capture file")]
    LeftOut,
    /// libpcap stopped reading (`--reader libpcap`).
    #[error("libpcap stopped: {0}")]
    Libpcap(String),
    /// So many further damages, whose lost bytes are summed up.
    #[error("{0} further damages")]
    Further(u64),
}

/// One damage of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// Where: bytes from the start of the uncompressed stream.
    pub offset: u64,
    /// Frames of this file read before it.
    pub frame: u64,
    /// What.
    pub kind: DamageKind,
    /// Bytes that could not be read as frames because of it, as far as known.
    pub bytes_lost: u64,
}

/// The bounded list of damages: at most [`DAMAGE_ENTRIES_MAX`] entries and one that sums up the rest, so that the
/// lost bytes always add up.
#[derive(Debug, Default)]
pub(super) struct Damages(Vec<Damage>);

impl Damages {
    /// Adds one damage, or folds it into the last entry when the list is full.
    pub(super) fn push(&mut self, path: &Path, offset: u64, frame: u64, kind: DamageKind, bytes_lost: u64) {
        if self.0.len() > DAMAGE_ENTRIES_MAX {
            if let Some(last) = self.0.last_mut() {
                last.bytes_lost = last.bytes_lost.saturating_add(bytes_lost);
                if let DamageKind::Further(count) = &mut last.kind {
                    *count = count.saturating_add(1);
                }
            }
            return;
        }
        let kind = if self.0.len() == DAMAGE_ENTRIES_MAX { DamageKind::Further(1) } else { kind };
        self.0.push(Damage { path: path.to_path_buf(), offset, frame, kind, bytes_lost });
    }

    /// The list so far.
    pub(super) fn list(&self) -> &[Damage] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_damages_are_summed_up_and_lose_no_byte() {
        let mut damages = Damages::default();
        for offset in 0..200 {
            damages.push(Path::new("x.pcap"), offset, 0, DamageKind::BadLength(9), 3);
        }
        assert_eq!(damages.list().len(), DAMAGE_ENTRIES_MAX + 1);
        assert_eq!(damages.list().iter().map(|d| d.bytes_lost).sum::<u64>(), 600);
        assert_eq!(damages.list()[DAMAGE_ENTRIES_MAX].kind, DamageKind::Further(136));
    }
}
