//! Where frames come from: capture files, HAR files, pipes and live interfaces.
//!
//! In: [`Input`]s, or interface names. Out: [`Frame`]s in order of time, borrowed until the next is asked for; beside
//! them the [`Damage`] met and decryption secrets found. Kept: one buffer for each file being read, whatever its size;
//! files are streamed, never mapped or read whole.
//!
//! | module | what it does |
//! |---|---|
//! | `input` | paths, directories, standard input; gzip and zstd → a stream of uncompressed bytes |
//! | `window`, `bytes` | the one buffer of a file; integers out of it |
//! | `pcap`, `pcapng`, `interface` | the two formats of packets |
//! | `har` | HAR, whose entries come as frames of [`crate::exchange`] |
//! | `reader`, `merge` | one file; several of them by time |
//! | `repeat` | the same files several times, for load tests |
//! | `libpcap` | the same files read by libpcap, to check our reader against |
//! | `filter` | capture filters in pcap syntax |
//! | `live` | interfaces |
//! | `cut` | transactions of captures into a capture of their own |
//! | `error` | faults of the world, and damage of the bytes |
//!
//! Damage never ends the whole: a cut or damaged file is used as far as it can be read, and what was lost is told with
//! its place. [`SourceError`]s are for the world's faults.

mod bytes;
mod cut;
mod error;
mod filter;
mod har;
mod input;
mod interface;
mod libpcap;
mod live;
mod merge;
mod pcap;
mod pcapng;
mod reader;
mod repeat;
mod window;

#[cfg(test)]
mod tests;

use std::num::NonZeroU32;
use std::path::PathBuf;

use model::limits;

pub use cut::{Cut, CutError, Wanted, cut};
pub use error::{Damage, DamageKind, SourceError};
pub use filter::Filter;
pub use input::Input;
pub use interface::UNKNOWN_LINK_TYPE;
pub use libpcap::open as open_libpcap;
pub use live::{Drops, Live, LiveEvent, LiveOptions, PortChange, StopHandle};

use crate::Frame;
use merge::Merge;
use reader::{AnyReader, Findings};
use repeat::Repeat;

/// What all sources of recorded frames are.
pub trait FrameSource {
    /// Next frame in order, `Ok(None)` at the end. Errors are only for the world's faults (unreadable file, device
    /// gone); damage is reported through [`FrameSource::damage`]. After an error the other inputs can still be read.
    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, SourceError>;
    /// Damage met so far, at most [`limits::DAMAGE_ENTRIES_MAX`] entries and one for the rest.
    fn damage(&self) -> &[Damage];
    /// Bytes of the (compressed) input read so far, and their total if known.
    fn progress(&self) -> Progress;
    /// TLS key log texts found in pcapng decryption-secrets blocks since last asked, at most [`limits::SECRETS_BYTES_MAX`].
    fn take_secrets(&mut self) -> Vec<Vec<u8>>;
}

/// How far the input has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the (compressed) input read so far, at most one buffer ahead of the frames.
    pub read: u64,
    /// Bytes of all inputs; unknown when one of them is a pipe.
    pub total: Option<u64>,
}

/// Opens capture files, directories of them and standard input as one source.
///
/// Several files are merged by time, at most `limits::MERGED_FILES_MAX`; of equal times the file named first comes
/// first. Frames are numbered over the merged input from 1. A file header without frames is a valid input.
/// Errors: [`SourceError`]; any named file that cannot be used refuses the whole.
pub fn open(inputs: &[Input]) -> Result<Box<dyn FrameSource + Send>, SourceError> {
    Ok(Box::new(merged(inputs)?))
}

/// As [`open`], and reads the input `passes` times in a row, for load tests: frames are numbered on, and the times of
/// each pass are moved so that it begins one second after the last frame of the one before.
///
/// Errors: as [`open`], and [`SourceError::NotRepeatable`] for pipes.
pub fn open_repeated(inputs: &[Input], passes: NonZeroU32) -> Result<Box<dyn FrameSource + Send>, SourceError> {
    for file in files(inputs)? {
        match file {
            Input::Path(path) if path.is_file() || !path.exists() => {}
            Input::Path(path) => return Err(SourceError::NotRepeatable { path }),
            Input::Stdin => return Err(SourceError::NotRepeatable { path: PathBuf::from("-") }),
        }
    }
    let inputs = inputs.to_vec();
    Ok(Box::new(Repeat::new(Box::new(move || merged(&inputs)), passes)?))
}

fn merged(inputs: &[Input]) -> Result<Merge<AnyReader>, SourceError> {
    let mut findings = Findings::default();
    let files = expand(inputs, &mut findings)?;
    let mut readers = Vec::with_capacity(files.len());
    let mut total = Some(0_u64);
    for (number, file) in files.iter().enumerate() {
        let (stream, path, bytes) = input::open_stream(file)?;
        readers.push(AnyReader::open(stream, path, (number, files.len()))?);
        total = total.zip(bytes).map(|(sum, more)| sum.saturating_add(more));
    }
    Ok(Merge::new(readers, findings, total))
}

fn expand(inputs: &[Input], findings: &mut Findings) -> Result<Vec<Input>, SourceError> {
    let files = input::expand(inputs, &mut findings.damages)?;
    if files.len() > limits::MERGED_FILES_MAX {
        return Err(SourceError::TooManyFiles { count: files.len(), max: limits::MERGED_FILES_MAX });
    }
    Ok(files)
}

/// Opens captures as [`open`] does, all of which must hold packets: what judges packets, such as a capture filter, has no
/// meaning for the entries of a HAR file.
///
/// Errors: as [`open`], and [`SourceError::WithoutPackets`].
pub fn open_packets(inputs: &[Input]) -> Result<Box<dyn FrameSource + Send>, SourceError> {
    let merged = merged(inputs)?;
    match merged.readers().iter().find_map(AnyReader::without_packets) {
        Some(path) => Err(SourceError::WithoutPackets { path: path.to_path_buf() }),
        None => Ok(Box::new(merged)),
    }
}

/// The files that `inputs` stand for: directories are replaced by the capture files in them, by name.
pub fn files(inputs: &[Input]) -> Result<Vec<Input>, SourceError> {
    expand(inputs, &mut Findings::default())
}

impl From<PathBuf> for Input {
    /// `-` is the standard input.
    fn from(path: PathBuf) -> Self {
        if path.as_os_str() == "-" { Self::Stdin } else { Self::Path(path) }
    }
}
