//! HAR 1.2 files: what browsers, proxies and test tools export of the exchanges they saw.
//!
//! In: the uncompressed text, of any length. Out: one frame of the link type [`LINK_TYPE`] for each entry, in order of
//! time as far as entries wait for it. Kept: one window, one entry, and the entries that wait
//! ([`limits::HAR_ORDERED_ENTRIES_MAX`], [`limits::HAR_ORDERED_BYTES_MAX`]). Can go wrong: the text ends or is no JSON;
//! then all entries before are used, and the place is told. An entry that makes no sense is counted, and reading goes on.
//!
//! | module | what it does |
//! |---|---|
//! | `json`, `name` | values from a window, and the names that are read |
//! | `entry`, `message`, `url` | an entry → a record |
//!
//! HAR does not say who called. The client of every entry of a file is an address of "this network" (RFC 791 §3.2),
//! `0.0.0.1` for the first file that was named: nobody has it, and each file has its own.
//!
//! Source: the HAR 1.2 specification (<https://w3c.github.io/web-performance/specs/HAR/Overview.html>), and the members
//! with an underscore that Chrome and Safari write.

mod entry;
mod json;
mod message;
mod name;
mod url;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::IpAddr;
use std::path::PathBuf;

use model::flow::mapped;
use model::ledger::Counter;
use model::{PacketTime, limits};

use self::entry::Entry;
use self::json::{Broken, Json, Read};
use self::name::Name;
use super::error::{DamageKind, SourceError};
use super::reader::{Findings, Reader, Record};
use super::window::{Fault, Window};
use crate::exchange::{LINK_TYPE, record};

/// UTF-8 form of the byte order mark, which some exporters begin with.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Whether a file begins as a HAR file does: with an object whose first member is `log`.
pub(super) fn is_har(head: &[u8]) -> bool {
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head).trim_ascii_start();
    let member = text.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    member.is_some_and(|member| member.starts_with(b"\"log\""))
}

/// Where in the structure of the file the reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before or behind the outermost object; another one may follow.
    Outside,
    /// Among the members of the outermost object.
    Root,
    /// Among those of `log`.
    Log,
    /// Among the entries.
    Entries,
}

/// An entry that waits for its turn: by time, then by place in the file.
type Waiting = Reverse<(PacketTime, u64, Vec<u8>)>;

/// A HAR file being read.
#[derive(Debug)]
pub(super) struct HarReader {
    path: PathBuf,
    client: [u8; 16],
    json: Json,
    place: Place,
    /// Whether no member or element was read at this place.
    first: bool,
    entry: Entry,
    /// Where the entry begins that is being read.
    entry_at: Option<u64>,
    entries: u64,
    waiting: BinaryHeap<Waiting>,
    waiting_bytes: usize,
    /// This file's share of [`limits::HAR_ORDERED_BYTES_MAX`].
    waiting_bytes_max: usize,
    current: Vec<u8>,
    latest: PacketTime,
    over: bool,
    failed: Option<SourceError>,
}

impl HarReader {
    /// At the start of a file, which is file `number`, from 0, of `files` that were named.
    pub(super) fn new(mut window: Window, path: PathBuf, (number, files): (usize, usize)) -> Self {
        if window.fill(BYTE_ORDER_MARK.len()).starts_with(BYTE_ORDER_MARK) {
            window.consume(BYTE_ORDER_MARK.len());
        }
        let [_, _, _, _, _, b, c, d] = (number as u64 + 1).to_be_bytes();
        Self {
            path,
            client: mapped([0, b, c, d]),
            json: Json::new(window),
            place: Place::Outside,
            first: true,
            entry: Entry::default(),
            entry_at: None,
            entries: 0,
            waiting: BinaryHeap::new(),
            waiting_bytes: 0,
            waiting_bytes_max: limits::HAR_ORDERED_BYTES_MAX / files.max(1),
            current: Vec::new(),
            latest: PacketTime::ZERO,
            over: false,
            failed: None,
        }
    }

    /// Where the file lies.
    pub(super) const fn path(&self) -> &PathBuf {
        &self.path
    }

    /// Reads up to the end of the next entry and lets it wait; false at the end of the file.
    fn next_entry(&mut self) -> Read<bool> {
        loop {
            match self.place {
                Place::Outside => match self.json.peek() {
                    Err(Broken::Cut) if !self.json.window.faulted() => return Ok(false),
                    Err(broken) => return Err(broken),
                    Ok(b'{') => self.go(b'{', Place::Root)?,
                    Ok(_) => return Err(Broken::Text("what follows is no JSON object")),
                },
                Place::Root => self.member(Name::Log, b'{', Place::Log, Place::Outside)?,
                Place::Log => self.member(Name::Entries, b'[', Place::Entries, Place::Root)?,
                Place::Entries => {
                    if !self.json.more(&mut self.first, b']')? {
                        (self.place, self.first) = (Place::Log, false);
                        continue;
                    }
                    self.entry_at = Some(self.json.window.offset());
                    let is_object = self.json.enter(b'{')?;
                    self.read_entry(is_object)?;
                    self.entry_at = None;
                    return Ok(true);
                }
            }
        }
    }

    fn go(&mut self, open: u8, place: Place) -> Read<()> {
        if self.json.enter(open)? {
            (self.place, self.first) = (place, true);
        }
        Ok(())
    }

    /// Takes one member: into the one that is looked for, over any other, and back to `outer` at the end.
    fn member(&mut self, wanted: Name, open: u8, inner: Place, outer: Place) -> Read<()> {
        if !self.json.more(&mut self.first, b'}')? {
            (self.place, self.first) = (outer, false);
        } else if self.json.name()? == wanted {
            self.go(open, inner)?;
        } else {
            self.json.skip()?;
        }
        Ok(())
    }

    fn read_entry(&mut self, is_object: bool) -> Read<()> {
        let mut bytes = Vec::new();
        let mut at = None;
        if is_object {
            self.entry.read(&mut self.json)?;
            at = self.entry.write(self.client, &mut bytes);
        } else {
            record::write_reason(Counter::FramesBadHar, &mut bytes);
        }
        // What has no time of its own keeps its place.
        self.latest = at.unwrap_or(self.latest);
        self.waiting_bytes += bytes.len();
        self.waiting.push(Reverse((self.latest, self.entries, bytes)));
        self.entries += 1;
        Ok(())
    }

    /// Ends the file where it can no longer be read.
    fn give_up(&mut self, broken: Broken, findings: &mut Findings) {
        self.over = true;
        let window = &mut self.json.window;
        let offset = window.offset();
        let kind = match (window.take_fault(), broken) {
            (Some(Fault::Read(source)), _) => {
                window.abandon();
                self.failed = Some(SourceError::Read { path: self.path.clone(), source });
                return;
            }
            (Some(Fault::Decode(reason)), _) => DamageKind::Compression(reason),
            (None, Broken::Cut) => DamageKind::CutInsideHar,
            (None, Broken::Text(why)) => DamageKind::BadHar(why),
        };
        // A text that is cut ends behind what is still in view: the beginning of an escape.
        let ends = offset.saturating_add(if broken == Broken::Cut { window.view().len() as u64 } else { 0 });
        let of_entry = offset.saturating_sub(self.entry_at.unwrap_or(offset));
        let lost = window.abandon().saturating_add(of_entry);
        findings.damages.push(&self.path, ends, self.entries, kind, lost);
    }

    fn is_full(&self) -> bool {
        self.waiting.len() >= limits::HAR_ORDERED_ENTRIES_MAX || self.waiting_bytes >= self.waiting_bytes_max
    }
}

impl Reader for HarReader {
    fn advance(&mut self, findings: &mut Findings) -> Result<Option<Record>, SourceError> {
        while !self.over && !self.is_full() {
            match self.next_entry() {
                Ok(more) => self.over = !more,
                Err(broken) => self.give_up(broken, findings),
            }
        }
        let Some(Reverse((at, _, bytes))) = self.waiting.pop() else {
            self.current.clear();
            return self.failed.take().map_or(Ok(None), Err);
        };
        self.waiting_bytes -= bytes.len();
        self.current = bytes;
        let total = self.current.len();
        let wire_len = total as u32;
        Ok(Some(Record { at, link_type: LINK_TYPE, wire_len, data_at: 0, data_bytes: total, total }))
    }

    fn data(&self, _record: &Record) -> &[u8] {
        &self.current
    }

    fn consumed(&self) -> u64 {
        self.json.window.consumed()
    }
}

/// An address as entries write it, with or without brackets.
fn address(text: &[u8]) -> Option<[u8; 16]> {
    let text = str::from_utf8(text).ok()?.trim();
    let bare = text.strip_prefix('[').map_or(Some(text), |text| text.strip_suffix(']'))?;
    Some(match bare.parse::<IpAddr>().ok()? {
        IpAddr::V4(v4) => mapped(v4.octets()),
        IpAddr::V6(v6) => v6.octets(),
    })
}
