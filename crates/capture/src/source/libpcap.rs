//! The same files read by libpcap (`--reader libpcap`), to check our reader against.
//!
//! In: plain pcap and pcapng files; no compression, no standard input. Out: frames as from [`super::open`]. Kept: a
//! copy of the current frame of each file. libpcap gives no offsets and no secrets, refuses pcapng files with several
//! link types, and stops at the first damage.

use std::path::{Path, PathBuf};

use model::PacketTime;
use pcap::{Capture, Offline, Precision};

use super::error::{DamageKind, SourceError};
use super::filter;
use super::input::{self, Input};
use super::merge::Merge;
use super::reader::{Findings, Reader, Record};
use super::{FrameSource, expand};

/// Opens capture files and directories of them with libpcap, merged by time as [`super::open`] does.
///
/// Errors: [`SourceError::Libpcap`] for what libpcap does not read, which includes [`Input::Stdin`].
pub fn open(inputs: &[Input]) -> Result<Box<dyn FrameSource + Send>, SourceError> {
    let mut findings = Findings::default();
    let files = expand(inputs, &mut findings)?;
    let readers: Result<Vec<_>, _> = files.iter().map(LibpcapReader::open).collect();
    let readers = readers?;
    let total = readers.iter().map(|reader| reader.file_bytes).fold(0, u64::saturating_add);
    Ok(Box::new(Merge::new(readers, findings, Some(total))))
}

/// One file in libpcap's hands.
struct LibpcapReader {
    path: PathBuf,
    capture: Option<Capture<Offline>>,
    link_type: u32,
    data: Vec<u8>,
    frames: u64,
    read_bytes: u64,
    file_bytes: u64,
}

impl LibpcapReader {
    fn open(input: &Input) -> Result<Self, SourceError> {
        let Input::Path(path) = input else {
            let reason = "standard input is read by the own reader only".to_owned();
            return Err(SourceError::Libpcap { path: PathBuf::from("-"), reason });
        };
        let capture = Capture::from_file_with_precision(path, Precision::Nano).map_err(|error| {
            if input::is_har_file(path) {
                return SourceError::WithoutPackets { path: path.clone() };
            }
            SourceError::Libpcap { path: path.clone(), reason: error.to_string() }
        })?;
        Ok(Self {
            link_type: filter::link_type(capture.get_datalink().0),
            capture: Some(capture),
            data: Vec::new(),
            frames: 0,
            read_bytes: 0,
            file_bytes: file_bytes(path),
            path: path.clone(),
        })
    }
}

impl Reader for LibpcapReader {
    fn advance(&mut self, findings: &mut Findings) -> Result<Option<Record>, SourceError> {
        let Some(capture) = &mut self.capture else { return Ok(None) };
        let reason = match capture.next_packet() {
            Ok(packet) => {
                self.data.clear();
                self.data.extend_from_slice(packet.data);
                self.frames = self.frames.saturating_add(1);
                // A record header and the frame: exact for pcap, a little low for pcapng.
                self.read_bytes = self.read_bytes.saturating_add(16).saturating_add(packet.data.len() as u64);
                return Ok(Some(Record {
                    at: packet_time(packet.header.ts),
                    link_type: self.link_type,
                    wire_len: packet.header.len.max(packet.header.caplen),
                    data_at: 0,
                    data_bytes: packet.data.len(),
                    total: packet.data.len(),
                }));
            }
            Err(pcap::Error::NoMorePackets) => None,
            Err(error) => Some(error.to_string()),
        };
        self.capture = None;
        if let Some(reason) = reason {
            let lost = self.file_bytes.saturating_sub(self.read_bytes);
            findings.damages.push(&self.path, self.read_bytes, self.frames, DamageKind::Libpcap(reason), lost);
        }
        Ok(None)
    }

    fn data(&self, _record: &Record) -> &[u8] {
        &self.data
    }

    fn consumed(&self) -> u64 {
        self.read_bytes
    }
}

/// A time stamp of a handle opened with nanosecond precision: the fraction field holds nanoseconds.
pub(super) fn packet_time(stamp: libc::timeval) -> PacketTime {
    let seconds = u64::try_from(stamp.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(stamp.tv_usec).unwrap_or(0);
    PacketTime(seconds.saturating_mul(1_000_000_000).saturating_add(nanos))
}

fn file_bytes(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |meta| meta.len())
}
