//! From a path to an uncompressed stream.
//!
//! In: files, directories, standard input. Out: [`Stream`], a reader of the uncompressed bytes that knows how much of
//! the input it has taken. gzip (several members) and zstd are recognised by their first bytes, never by name. Kept: the
//! decoder's own state; zstd frames that ask for more than 128 MiB are refused by the decoder.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

use model::limits::HAR_HEAD_BYTES_MAX;

use super::error::{DamageKind, Damages, SourceError};
use super::har::is_har;

/// Where frames are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A capture file, or a directory of which every capture file is taken, sorted by name.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

/// First bytes of a gzip member: RFC 1952 §2.3.1.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// First bytes of a zstd frame: RFC 8878 §3.1.1.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// First bytes of pcap files in both byte orders, and of pcapng files: draft-ietf-opsawg-pcap §4 and -pcapng §4.1.
const CAPTURE_MAGICS: [[u8; 4]; 7] = [
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
    [0x4d, 0x3c, 0xb2, 0xa1],
    [0xa1, 0xb2, 0xcd, 0x34],
    [0x34, 0xcd, 0xb2, 0xa1],
    [0x0a, 0x0d, 0x0d, 0x0a],
];

/// What was taken of an input, shared by the reader below the decoder and the stream above it.
#[derive(Debug, Default)]
struct Meter {
    consumed: AtomicU64,
    failed: AtomicBool,
}

/// Counts what passes and remembers whether the device failed.
struct Metered<R> {
    inner: R,
    meter: Arc<Meter>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(count) => {
                self.meter.consumed.fetch_add(count as u64, Ordering::Relaxed);
                Ok(count)
            }
            Err(error) => {
                if error.kind() != io::ErrorKind::Interrupted {
                    self.meter.failed.store(true, Ordering::Relaxed);
                }
                Err(error)
            }
        }
    }
}

/// The uncompressed bytes of one input.
pub(super) struct Stream {
    reader: Box<dyn Read + Send>,
    meter: Arc<Meter>,
    total: Option<u64>,
    decodes: bool,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("total", &self.total).field("decodes", &self.decodes).finish_non_exhaustive()
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl Stream {
    /// Wraps a reader of possibly compressed bytes; `total` is their number, if known.
    pub(super) fn new(reader: impl Read + Send + 'static, total: Option<u64>) -> io::Result<Self> {
        let meter = Arc::new(Meter::default());
        let mut reader = Metered { inner: reader, meter: Arc::clone(&meter) };
        let mut head = Vec::with_capacity(4);
        reader.by_ref().take(4).read_to_end(&mut head)?;
        let (gzip, zstd) = (head.starts_with(&GZIP_MAGIC), head.starts_with(&ZSTD_MAGIC));
        let whole = Cursor::new(head).chain(reader);
        let reader: Box<dyn Read + Send> = if gzip {
            Box::new(MultiGzDecoder::new(whole))
        } else if zstd {
            Box::new(zstd::stream::read::Decoder::new(whole)?)
        } else {
            Box::new(whole)
        };
        Ok(Self { reader, meter, total, decodes: gzip || zstd })
    }

    /// Bytes of the input taken so far.
    pub(super) fn consumed(&self) -> u64 {
        self.meter.consumed.load(Ordering::Relaxed)
    }

    /// Length of the uncompressed stream, known for plain files.
    pub(super) fn plain_bytes(&self) -> Option<u64> {
        self.total.filter(|_| !self.decodes)
    }

    /// True when a decoder stands between the input and the stream.
    pub(super) fn decodes(&self) -> bool {
        self.decodes
    }

    /// True when the device below failed, as opposed to the decoder above it.
    pub(super) fn device_failed(&self) -> bool {
        self.meter.failed.load(Ordering::Relaxed)
    }
}

/// Files named by `inputs`, directories replaced by the capture files in them.
///
/// Files of a directory that are no captures are passed over; those named like one are noted as damage.
pub(super) fn expand(inputs: &[Input], damages: &mut Damages) -> Result<Vec<Input>, SourceError> {
    let mut out = Vec::new();
    for input in inputs {
        match input {
            Input::Path(path) if path.is_dir() => {
                let files = capture_files(path, damages)?;
                if files.is_empty() {
                    return Err(SourceError::NoCaptureFiles { path: path.clone() });
                }
                out.extend(files.into_iter().map(Input::Path));
            }
            other => out.push(other.clone()),
        }
    }
    if out.is_empty() { Err(SourceError::NoInput) } else { Ok(out) }
}

/// Opens a file: the stream and, for regular files, its length.
pub(super) fn open_stream(input: &Input) -> Result<(Stream, PathBuf, Option<u64>), SourceError> {
    match input {
        Input::Stdin => {
            let path = PathBuf::from("-");
            let stream = Stream::new(io::stdin(), None);
            Ok((stream.map_err(|source| SourceError::Read { path: path.clone(), source })?, path, None))
        }
        Input::Path(path) => {
            let file = File::open(path).map_err(|source| SourceError::Open { path: path.clone(), source })?;
            let total = file.metadata().ok().filter(fs::Metadata::is_file).map(|meta| meta.len());
            let stream = Stream::new(file, total);
            Ok((stream.map_err(|source| SourceError::Read { path: path.clone(), source })?, path.clone(), total))
        }
    }
}

/// Whether the file, as it lies there or compressed, begins as a HAR file does.
pub(super) fn is_har_file(path: &Path) -> bool {
    let mut head = Vec::new();
    let stream = open_stream(&Input::Path(path.to_path_buf()));
    stream.is_ok_and(|(stream, ..)| {
        stream.take(HAR_HEAD_BYTES_MAX as u64).read_to_end(&mut head).is_ok() && is_har(&head)
    })
}

/// What the first bytes of a file that is no capture look like.
pub(super) fn describe(head: &[u8]) -> String {
    let head = head.get(..head.len().min(16)).unwrap_or_default();
    let printable = |byte: &u8| matches!(byte, 0x20..=0x7e | b'\t' | b'\r' | b'\n');
    if head.iter().all(printable) {
        return format!("text beginning {:?}", String::from_utf8_lossy(head));
    }
    let hex: Vec<String> = head.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("bytes beginning {}", hex.join(" "))
}

fn capture_files(directory: &Path, damages: &mut Damages) -> Result<Vec<PathBuf>, SourceError> {
    let failed = |source| SourceError::Open { path: directory.to_path_buf(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    let mut captures = Vec::new();
    for path in files {
        let mut head = Vec::new();
        let opened = File::open(&path).and_then(|file| file.take(HAR_HEAD_BYTES_MAX as u64).read_to_end(&mut head));
        opened.map_err(|source| SourceError::Open { path: path.clone(), source })?;
        if is_capture(&head) || is_har(&head) {
            captures.push(path);
        } else if is_compressed(&head) {
            if named_like_a_capture(&path) {
                captures.push(path);
            }
        } else if named_like_a_capture(&path) {
            let bytes = fs::metadata(&path).map_or(0, |meta| meta.len());
            damages.push(&path, 0, 0, DamageKind::LeftOut, bytes);
        }
    }
    Ok(captures)
}

/// True when the bytes begin as a pcap or pcapng file does.
pub(super) fn is_capture(head: &[u8]) -> bool {
    CAPTURE_MAGICS.iter().any(|magic| head.starts_with(magic))
}

fn is_compressed(head: &[u8]) -> bool {
    head.starts_with(&GZIP_MAGIC) || head.starts_with(&ZSTD_MAGIC)
}

/// Names such as `a.pcap`, `a.pcap3`, `a.pcapng.gz`, `a.cap.zst`, `a.pcap.2026-03-02`, `a.har.gz`.
fn named_like_a_capture(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.contains(".pcap")
        || name.contains(".cap")
        || name.contains(".dmp")
        || name.contains(".ntar")
        || name.contains(".har")
}
