//! Live interfaces through libpcap.
//!
//! In: interface names. Out: [`LiveEvent`]s, frames of all interfaces merged by time as far as they are there. Kept:
//! the kernel's ring of each interface and, with several interfaces, a copy of one waiting frame each. A device that
//! goes away is reported and reopened, tried at most once a second.
//!
//! Handles are buffered (`TPACKET_V3`; immediate mode costs 8.5 times the CPU) and non-blocking, because libpcap's own
//! read timeout does not wake on an idle link: waiting is a `poll(2)` on their descriptors. The kernel hands a block of
//! frames over when it is full or [`BLOCK_AGE_MAX`] old. This is the edge: the clock used here only spaces attempts to
//! reopen; packet time comes from the kernel.

use std::fmt;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use model::limits;
use pcap::{Active, Capture, Precision};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::error::SourceError;
use super::filter;
use super::libpcap::packet_time;
use super::reader::Record;
use crate::Frame;

/// Longest time the kernel keeps a block that is not full.
const BLOCK_AGE_MAX: Duration = Duration::from_millis(10);
/// Shortest time between two attempts to reopen a device.
const REOPEN_SPAN: Duration = Duration::from_secs(1);
/// Longest time given to frames that were there already when the capture was stopped.
const DRAIN_SPAN: Duration = Duration::from_millis(300);
/// Longest wait at once, so that a stop is heeded even when every device is gone.
const WAIT_MAX: Duration = Duration::from_millis(100);
/// Device changes kept until they are taken.
const CHANGES_MAX: usize = 64;

/// What a live capture is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveOptions {
    /// Interface names, as `ip link` prints them.
    pub interfaces: Vec<String>,
    /// Capture filter in pcap syntax, run in the kernel.
    pub filter: Option<String>,
    /// Bytes of the kernel's ring, for each interface.
    pub ring_bytes: i32,
    /// See frames that are not addressed to the interface.
    pub promiscuous: bool,
    /// Reopen a device that went away; without it the capture fails when all are gone.
    pub reopen: bool,
}

impl Default for LiveOptions {
    /// No interface; a ring of 64 MiB, which absorbed the load that one of 512 KiB lost frames under.
    fn default() -> Self {
        Self { interfaces: Vec::new(), filter: None, ring_bytes: 64 << 20, promiscuous: true, reopen: true }
    }
}

/// What happened on the interfaces.
#[derive(Clone, Copy, Debug)]
pub enum LiveEvent<'a> {
    /// A frame.
    Frame(Frame<'a>),
    /// Nothing within the time given.
    Idle,
    /// The capture was stopped, and what was there by then was handed out.
    Ended,
}

/// Totals of frames since the capture began, over all interfaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops {
    /// Frames that passed the filter; on loopback each is counted twice.
    pub received: u64,
    /// Frames the kernel had no room for.
    pub kernel: u64,
    /// Frames the interface had no room for.
    pub interface: u64,
    /// Frames that the kernel holds and that were not handed out: at the end of a capture they are lost. Not told for
    /// interfaces whose counters cannot say it: with a filter, and `lo` and `any`, where frames are counted twice.
    pub unread: u64,
}

/// A device that went away or came back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PortChange {
    /// It cannot be read any more.
    Gone {
        /// The interface.
        name: String,
        /// What libpcap says.
        reason: String,
    },
    /// It is read again.
    Back {
        /// The interface.
        name: String,
    },
}

/// Stops a [`Live`], also from another thread; heeded within 100 ms, beside the time that frames already there take.
#[derive(Clone, Debug, Default)]
pub struct StopHandle(Arc<AtomicBool>);

impl StopHandle {
    /// Asks the capture to end.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A live capture of one or several interfaces.
#[derive(Debug)]
pub struct Live {
    options: LiveOptions,
    ports: Vec<Port>,
    changes: Vec<PortChange>,
    stop: StopHandle,
    frames: u64,
    next_reopen: Option<Instant>,
    drain_until: Option<Instant>,
}

impl Live {
    /// Opens all interfaces. Errors: [`SourceError::Device`], [`SourceError::Filter`], [`SourceError::NoInput`].
    pub fn open(options: LiveOptions) -> Result<Self, SourceError> {
        if options.interfaces.is_empty() {
            return Err(SourceError::NoInput);
        }
        let ports: Result<Vec<_>, _> = options.interfaces.iter().map(|name| Port::open(name, &options)).collect();
        let (changes, stop) = (Vec::new(), StopHandle::default());
        Ok(Self { ports: ports?, options, changes, stop, frames: 0, next_reopen: None, drain_until: None })
    }

    /// Asks the capture to end.
    pub fn stop(&self) {
        self.stop.stop();
    }

    /// A handle that ends this capture.
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// The next frame, or [`LiveEvent::Idle`] after `timeout` without one. Frames are numbered from 1. Errors:
    /// [`SourceError::Wait`], and [`SourceError::Device`] when all devices are gone for good.
    pub fn next_event(&mut self, timeout: Duration) -> Result<LiveEvent<'_>, SourceError> {
        let mut left = timeout;
        loop {
            if self.stop.stopped() {
                return self.drain();
            }
            if let Some(place) = self.earliest() {
                return Ok(self.hand_out(place));
            }
            if !self.options.reopen
                && let Some(error) = self.all_gone()
            {
                return Err(error);
            }
            if left.is_zero() {
                return Ok(LiveEvent::Idle);
            }
            let step = left.min(WAIT_MAX);
            // A descriptor that wakes without a frame (a block emptied by the filter) costs its whole step.
            self.wait(step)?;
            left = left.saturating_sub(step);
            if let Some(place) = self.earliest() {
                return Ok(self.hand_out(place));
            }
        }
    }

    /// After a stop: the next frame of those that are there. A block that is not full is waited for, nothing else is.
    fn drain(&mut self) -> Result<LiveEvent<'_>, SourceError> {
        if !self.may_drain() {
            return Ok(LiveEvent::Ended);
        }
        if let Some(place) = self.earliest() {
            return Ok(self.hand_out(place));
        }
        self.wait(2 * BLOCK_AGE_MAX)?;
        Ok(match self.earliest() {
            Some(place) => self.hand_out(place),
            None => LiveEvent::Ended,
        })
    }

    #[cold]
    #[expect(clippy::disallowed_methods, reason = "the edge: bounds the end of a capture, reaches no result")]
    fn may_drain(&mut self) -> bool {
        let now = Instant::now();
        let until = *self.drain_until.get_or_insert(now.checked_add(DRAIN_SPAN).unwrap_or(now));
        now < until
    }

    /// The loss of the first device, when none is left.
    fn all_gone(&self) -> Option<SourceError> {
        let first = self.ports.first().filter(|_| self.ports.iter().all(|port| port.capture.is_none()))?;
        Some(SourceError::Device { name: first.name.clone(), reason: first.gone.clone() })
    }

    /// Frames received and dropped since the capture began. Devices that went away keep what they had counted.
    pub fn drops(&mut self) -> Drops {
        let mut sum = Drops::default();
        for port in &mut self.ports {
            port.count();
            sum.received = sum.received.saturating_add(port.drops.received);
            sum.kernel = sum.kernel.saturating_add(port.drops.kernel);
            sum.interface = sum.interface.saturating_add(port.drops.interface);
            sum.unread = sum.unread.saturating_add(port.unread(self.options.filter.is_some()));
        }
        sum
    }

    /// Devices that went away or came back since last asked; at most 64, further ones are not kept.
    pub fn take_changes(&mut self) -> Vec<PortChange> {
        std::mem::take(&mut self.changes)
    }

    /// Takes a frame from each port that has none waiting and returns the port with the earliest.
    fn earliest(&mut self) -> Option<usize> {
        let mut gone = false;
        for port in &mut self.ports {
            if port.held.is_none()
                && let Err(reason) = port.take()
            {
                gone = true;
                if self.changes.len() < CHANGES_MAX {
                    self.changes.push(PortChange::Gone { name: port.name.clone(), reason });
                }
            }
        }
        if gone || self.next_reopen.is_some() {
            self.reopen();
        }
        let waiting = self.ports.iter().enumerate();
        waiting.filter_map(|(place, port)| Some((port.held?.at, place))).min().map(|(_, place)| place)
    }

    fn hand_out(&mut self, place: usize) -> LiveEvent<'_> {
        let Some(port) = self.ports.get_mut(place) else { return LiveEvent::Idle };
        let Some(record) = port.held.take() else { return LiveEvent::Idle };
        port.handed_out = port.handed_out.saturating_add(1);
        self.frames = self.frames.saturating_add(1);
        LiveEvent::Frame(Frame {
            number: self.frames,
            at: record.at,
            link_type: record.link_type,
            data: &port.data,
            wire_len: record.wire_len,
        })
    }

    /// Waits for a frame on any device, or for `span`.
    fn wait(&mut self, span: Duration) -> Result<(), SourceError> {
        let captures = self.ports.iter().filter_map(|port| port.capture.as_ref());
        let mut descriptors: Vec<_> =
            captures.map(|capture| PollFd::from_borrowed_fd(capture.as_fd(), PollFlags::IN)).collect();
        let timeout = Timespec::try_from(span).ok();
        match poll(&mut descriptors, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(SourceError::Wait(error.into())),
        }
    }

    /// Tries to open the devices that are gone, when the last attempt is long enough ago.
    #[cold]
    #[expect(clippy::disallowed_methods, reason = "the edge: spaces attempts to reopen a device, reaches no result")]
    fn reopen(&mut self) {
        let now = Instant::now();
        if !self.options.reopen || self.next_reopen.is_some_and(|next| now < next) {
            return;
        }
        // The first attempt comes a span after the loss: a device that flaps is not hammered.
        if self.next_reopen.is_some() {
            for port in self.ports.iter_mut().filter(|port| port.capture.is_none()) {
                if let Ok(fresh) = Port::open(&port.name, &self.options) {
                    port.capture = fresh.capture;
                    port.link_type = fresh.link_type;
                    port.raw = Drops::default();
                    if self.changes.len() < CHANGES_MAX {
                        self.changes.push(PortChange::Back { name: port.name.clone() });
                    }
                }
            }
        }
        let any_gone = self.ports.iter().any(|port| port.capture.is_none());
        self.next_reopen = any_gone.then(|| now.checked_add(REOPEN_SPAN)).flatten();
    }
}

/// One interface, with a copy of its next frame.
struct Port {
    name: String,
    capture: Option<Capture<Active>>,
    link_type: u32,
    held: Option<Record>,
    data: Vec<u8>,
    /// Frames handed out since the capture began.
    handed_out: u64,
    /// Why it is gone, when it is.
    gone: String,
    drops: Drops,
    /// Counters as libpcap last gave them: 32 bits, wrapping.
    raw: Drops,
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Port").field("name", &self.name).field("open", &self.capture.is_some()).finish_non_exhaustive()
    }
}

impl Port {
    fn open(name: &str, options: &LiveOptions) -> Result<Self, SourceError> {
        let refused = |error: pcap::Error| SourceError::Device { name: name.to_owned(), reason: error.to_string() };
        let mut capture = Capture::from_device(name)
            .map_err(refused)?
            .promisc(options.promiscuous)
            .snaplen(limits::SNAPLEN)
            .buffer_size(options.ring_bytes)
            .timeout(i32::try_from(BLOCK_AGE_MAX.as_millis()).unwrap_or(10))
            .immediate_mode(false)
            .precision(Precision::Nano)
            .open()
            .and_then(Capture::setnonblock)
            .map_err(refused)?;
        if let Some(expression) = &options.filter {
            capture
                .filter(expression, true)
                .map_err(|error| SourceError::Filter { expression: expression.clone(), reason: error.to_string() })?;
        }
        Ok(Self {
            name: name.to_owned(),
            link_type: filter::link_type(capture.get_datalink().0),
            capture: Some(capture),
            held: None,
            data: Vec::new(),
            handed_out: 0,
            gone: String::new(),
            drops: Drops::default(),
            raw: Drops::default(),
        })
    }

    /// Takes the next frame, if one is there. The error is the reason the device is gone, which is given up then.
    fn take(&mut self) -> Result<(), String> {
        let Some(capture) = &mut self.capture else { return Ok(()) };
        match capture.next_packet() {
            Ok(packet) => {
                self.data.clear();
                self.data.extend_from_slice(packet.data);
                self.held = Some(Record {
                    at: packet_time(packet.header.ts),
                    link_type: self.link_type,
                    wire_len: packet.header.len.max(packet.header.caplen),
                    data_at: 0,
                    data_bytes: packet.data.len(),
                    total: packet.data.len(),
                });
                Ok(())
            }
            Err(pcap::Error::TimeoutExpired | pcap::Error::NoMorePackets) => Ok(()),
            Err(error) => {
                self.count();
                self.capture = None;
                self.gone = error.to_string();
                Err(self.gone.clone())
            }
        }
    }

    /// See [`Drops::unread`]. What the kernel received includes what it dropped.
    fn unread(&self, filtered: bool) -> u64 {
        if filtered || matches!(self.name.as_str(), "lo" | "any") {
            return 0;
        }
        self.drops.received.saturating_sub(self.drops.kernel).saturating_sub(self.handed_out)
    }

    /// Adds what libpcap has counted since last asked.
    fn count(&mut self) {
        let Some(Ok(stat)) = self.capture.as_mut().map(Capture::stats) else { return };
        let (received, kernel, interface) = (stat.received.into(), stat.dropped.into(), stat.if_dropped.into());
        let now = Drops { received, kernel, interface, unread: 0 };
        let grown = |now: u64, before: u64| u64::from((now as u32).wrapping_sub(before as u32));
        self.drops.received = self.drops.received.saturating_add(grown(now.received, self.raw.received));
        self.drops.kernel = self.drops.kernel.saturating_add(grown(now.kernel, self.raw.kernel));
        self.drops.interface = self.drops.interface.saturating_add(grown(now.interface, self.raw.interface));
        self.raw = now;
    }
}
