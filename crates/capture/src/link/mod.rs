//! Link layers, tunnels and IP: from a frame to a TCP segment or a datagram of QUIC.
//!
//! | step | module | reads |
//! |---|---|---|
//! | link | `cooked`, `ethernet`, `ppp`, `wifi` | the outermost header, tags, framing |
//! | tunnel | `mpls`, `gre`, `udp_tunnels` | whatever carries another frame or packet |
//! | network | `ip`, `fragments` | IPv4, IPv6, extension headers, fragments |
//! | transport | `tcp`, `checksum`, `duplicates` | the segment |
//! | all at once | `plain` | the commonest of frames: Ethernet, IPv4, TCP |
//! | time | `clock` | the timestamp |
//!
//! In: [`Frame`]s in any order of time. Out: one [`Segment`] for each frame that ends in TCP or QUIC, with monotone time. Kept:
//! waiting fragments, a window of recent frames, the clock; all bounded. Can go wrong: everything, and each frame is
//! counted under exactly one reason of the [`Ledger`]. One loop takes header after header off; there is no recursion.

mod bytes;
mod checksum;
mod clock;
mod cooked;
mod duplicates;
mod ethernet;
mod fragments;
mod gre;
mod ip;
mod mpls;
mod path;
mod plain;
mod ppp;
mod tcp;
mod udp_tunnels;
mod wifi;

use model::ledger::Counter;
use model::segment::Carries;
use model::{Anomaly, AnomalySet, FlowKey, Ledger, PacketTime, Segment, Tenant};

use crate::{Frame, exchange};

pub use checksum::Checksums;
use checksum::{Judge, Verdict};
use clock::Clock;
use duplicates::Window;
use fragments::Fragments;
use path::{FragmentHeader, Layer, Path};
use tcp::TcpView;

/// Datagrams put together for one frame: a fragmented tunnel may carry fragments.
const REASSEMBLIES_MAX: usize = 2;

/// How frames are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct DecapSettings {
    /// Seed of [`model::FlowKey::hash`].
    pub hash_seed: u64,
    /// Whether the innermost tag (VLAN, VNI, session …) is part of the flow key.
    pub key_by_tenant: bool,
    /// Whether TCP checksums are judged.
    pub verify_checksums: Checksums,
}

/// Turns frames into TCP segments.
#[derive(Debug)]
pub struct Decapsulator {
    settings: DecapSettings,
    clock: Clock,
    marks: AnomalySet,
    judge: Judge,
    window: Window,
    fragments: Fragments,
    /// Payload of the datagrams put together for the present frame.
    whole: [Vec<u8>; REASSEMBLIES_MAX],
}

/// Where the way through a frame ends.
enum End<'a> {
    Tcp(&'a [u8]),
    Quic(&'a [u8]),
    Fragment(FragmentHeader, &'a [u8]),
}

/// What is left of a frame, or of a datagram put together from fragments.
enum Whole<'a> {
    Tcp(&'a [u8]),
    Quic(&'a [u8]),
}

impl Decapsulator {
    /// Nothing seen yet.
    pub fn new(settings: DecapSettings) -> Self {
        Self {
            settings,
            clock: Clock::default(),
            marks: AnomalySet::EMPTY,
            judge: Judge::new(settings.verify_checksums),
            window: Window::default(),
            fragments: Fragments::default(),
            whole: [const { Vec::new() }; REASSEMBLIES_MAX],
        }
    }

    /// The TCP segment of the frame, or `None` when it was ignored, malformed or a fragment.
    ///
    /// Counts every frame as seen and under exactly one reason, and moves the clock. The payload is borrowed from the
    /// frame, or from `self` when it was put together from fragments.
    #[inline]
    pub fn decapsulate<'a>(&'a mut self, frame: &Frame<'a>, ledger: &mut Ledger) -> Option<Segment<'a>> {
        ledger.add(Counter::FramesSeen, 1);
        let mut oddities = AnomalySet::EMPTY;
        if self.clock.advance(frame.at, ledger) {
            oddities.insert(Anomaly::CaptureClock);
        }
        let now = self.clock.now();
        if frame.link_type == exchange::LINK_TYPE {
            return self.exchange(frame, oddities, ledger);
        }
        let mut path = Path::new((frame.wire_len as usize).saturating_sub(frame.data.len()));
        let cut = path.missing != 0;
        let end = match plain::tcp(frame, &mut path) {
            Some(data) => Ok(End::Tcp(data)),
            None => walk(Layer::Link(frame.link_type), frame.data, &mut path),
        };
        if cut || path.missing != 0 {
            ledger.add(Counter::FramesTruncated, 1);
            oddities.insert(Anomaly::CaptureTruncated);
        }
        self.marks.extend(oddities);
        let data = match end {
            Ok(End::Tcp(data)) => data,
            Ok(End::Fragment(header, data)) => {
                let place = (&mut self.fragments, &mut self.whole, &mut self.marks);
                match gather(place, (header, data), &mut path, self.settings.key_by_tenant, now, ledger) {
                    Ok(Whole::Tcp(data)) => data,
                    Ok(Whole::Quic(data)) => {
                        return self.settings.quic(frame.number, now, data, &path, oddities, ledger);
                    }
                    Err(reason) => return lost(reason, ledger),
                }
            }
            Ok(End::Quic(data)) => return self.settings.quic(frame.number, now, data, &path, oddities, ledger),
            Err(reason) => return lost(reason, ledger),
        };
        let view = match tcp::tcp(data, &path) {
            Ok(view) => view,
            Err(reason) => return lost(reason, ledger),
        };
        let bad_checksum = match self.judge.verdict(data, &path) {
            Verdict::Fine => false,
            Verdict::Suspect => true,
            Verdict::Bad => return lost(Counter::FramesBadChecksum, ledger),
        };
        let settings = self.settings;
        let (key, from_low) = path.key(view.src_port, view.dst_port, settings.key_by_tenant);
        let hash = key.hash(settings.hash_seed);
        let flow = duplicates::untagged(&key, hash, settings.hash_seed);
        if self.window.is_copy(flow, from_low, &view, &path, now) {
            ledger.add(Counter::FramesDuplicate, 1);
            oddities.insert(Anomaly::CaptureDuplicate);
            self.marks.extend(oddities);
        }
        ledger.add(Counter::FramesAccepted, 1);
        ledger.add(Counter::PayloadAccepted, view.payload.len() as u64);
        let TcpView { fields, payload, .. } = view;
        let tcp = model::segment::Tcp { bad_checksum, oddities, ..fields };
        let carries = Carries::Stream;
        Some(Segment { frame: frame.number, at: now, key, hash, from_low, tcp, carries, payload })
    }

    /// A frame that holds an exchange: it has no headers, and only its ends are looked at.
    #[cold]
    fn exchange<'a>(&mut self, frame: &Frame<'a>, oddities: AnomalySet, ledger: &mut Ledger) -> Option<Segment<'a>> {
        ledger.add(Counter::HarEntries, 1);
        self.marks.extend(oddities);
        let (client, server) = match exchange::ends(frame.data) {
            Ok(ends) => ends,
            Err(reason) => return lost(reason, ledger),
        };
        let (key, from_low) = FlowKey::new(client.addr, client.port, server.addr, server.port, Tenant::NONE);
        ledger.add(Counter::FramesAccepted, 1);
        ledger.add(Counter::PayloadAccepted, frame.data.len() as u64);
        let tcp = model::segment::Tcp { oddities, ..Default::default() };
        Some(Segment {
            frame: frame.number,
            at: self.clock.now(),
            key,
            hash: key.hash(self.settings.hash_seed),
            from_low,
            tcp,
            carries: Carries::Exchange,
            payload: frame.data,
        })
    }

    /// The latest time believed.
    pub const fn now(&self) -> PacketTime {
        self.clock.now()
    }

    /// Gives up datagrams whose fragments did not come in time.
    pub fn tick(&mut self, now: PacketTime, ledger: &mut Ledger) {
        self.fragments.expire(now, ledger, &mut self.marks);
    }

    /// Ends the input: no further fragment will come.
    pub fn finish(&mut self, ledger: &mut Ledger) {
        self.fragments.finish(ledger, &mut self.marks);
    }

    /// Oddities of the capture as a whole.
    pub const fn anomalies(&self) -> AnomalySet {
        self.marks
    }
}

impl DecapSettings {
    /// A datagram of QUIC.
    fn quic<'a>(
        self,
        frame: u64,
        at: PacketTime,
        data: &'a [u8],
        path: &Path,
        oddities: AnomalySet,
        ledger: &mut Ledger,
    ) -> Option<Segment<'a>> {
        let Some(([from, to], payload)) = udp_tunnels::datagram(data) else {
            return lost(Counter::FramesNotTcp, ledger);
        };
        let (key, from_low) = path.key(from, to, self.key_by_tenant);
        let hash = key.hash(self.hash_seed);
        ledger.add(Counter::FramesAccepted, 1);
        ledger.add(Counter::PayloadAccepted, payload.len() as u64);
        let tcp = model::segment::Tcp { oddities, ..Default::default() };
        Some(Segment { frame, at, key, hash, from_low, tcp, carries: Carries::Quic, payload })
    }
}

#[cold]
fn lost<T>(reason: Counter, ledger: &mut Ledger) -> Option<T> {
    ledger.add(reason, 1);
    None
}

/// Takes headers off until TCP, QUIC or a fragment is left.
///
/// Ends: every step takes bytes off, or counts an encapsulation, or turns a layer into one further down the table.
#[inline]
fn walk<'a>(layer: Layer, data: &'a [u8], path: &mut Path) -> Result<End<'a>, Counter> {
    let (mut layer, mut data) = (layer, data);
    loop {
        (layer, data) = match layer {
            Layer::Ethernet => ethernet::ethernet(data),
            Layer::Ipv4 => ip::ipv4(data, path),
            Layer::Tcp => return Ok(End::Tcp(data)),
            Layer::Quic => return Ok(End::Quic(data)),
            Layer::Fragment(header) => return Ok(End::Fragment(header, data)),
            other => further(other, data, path),
        }?;
    }
}

/// The layers off the beaten track.
fn further<'a>(layer: Layer, data: &'a [u8], path: &mut Path) -> path::Step<'a> {
    match layer {
        Layer::Link(link_type) => cooked::link(link_type, data),
        Layer::EtherType(kind) => ethernet::ether_type(kind, data, path),
        Layer::Vlan => ethernet::vlan(data, path),
        Layer::Llc => ethernet::llc(data),
        Layer::Mpls => mpls::mpls(data, path),
        Layer::PseudoWire => mpls::pseudo_wire(data),
        Layer::Nsh => mpls::nsh(data, path),
        Layer::Pppoe => ppp::pppoe(data, path),
        Layer::Ppp => ppp::ppp(data),
        Layer::Hdlc => ppp::hdlc(data),
        Layer::FrameRelay => cooked::frame_relay(data),
        Layer::Wifi => wifi::wifi(data, false),
        Layer::Ip => ip::ip(data),
        Layer::Ipv6 => ip::ipv6(data, path),
        Layer::Transport(protocol) => ip::transport(protocol, data, path),
        Layer::Gre => gre::gre(data, path),
        Layer::Udp => udp_tunnels::udp(data, path),
        // Read by `walk` itself.
        Layer::Ethernet | Layer::Ipv4 | Layer::Tcp | Layer::Quic | Layer::Fragment(_) => Ok((layer, data)),
    }
}

/// Puts datagrams together until TCP or QUIC is left, or tells why it is not.
fn gather<'a>(
    (fragments, whole, marks): (&mut Fragments, &'a mut [Vec<u8>; REASSEMBLIES_MAX], &mut AnomalySet),
    (mut header, mut data): (FragmentHeader, &'a [u8]),
    path: &mut Path,
    by_tenant: bool,
    now: PacketTime,
    ledger: &mut Ledger,
) -> Result<Whole<'a>, Counter> {
    for slot in whole.iter_mut() {
        let Some(datagram) = fragments.insert((path, header, data), by_tenant, now, ledger, marks) else {
            return Err(Counter::FramesFragment);
        };
        *slot = datagram.payload;
        path.missing = 0;
        (header, data) = match walk(Layer::Transport(datagram.protocol), slot, path)? {
            End::Tcp(data) => return Ok(Whole::Tcp(data)),
            End::Quic(data) => return Ok(Whole::Quic(data)),
            End::Fragment(header, data) => (header, data),
        };
    }
    Err(Counter::FramesTooDeep)
}
