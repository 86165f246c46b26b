//! What is known about a frame while its headers are taken off, one after the other.
//!
//! In: the layer that comes next and its bytes. Out of each header's reader: a [`Step`], which is the next layer with
//! the rest of the bytes, or the reason why there is none. Kept: addresses of the last IP header, the last tag, how
//! deep we are. The loop is in `mod.rs`; readers never call each other, so depth costs no stack.

use model::ledger::Counter;
use model::{FlowKey, Tenant, flow::TenantKind, limits};

/// What the next bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// The outermost header of a frame of this `LINKTYPE_*`.
    Link(u32),
    /// An Ethernet header.
    Ethernet,
    /// The payload of this `EtherType`.
    EtherType(u16),
    /// A VLAN tag after its `EtherType`.
    Vlan,
    /// An 802.2 LLC header.
    Llc,
    /// An MPLS label stack.
    Mpls,
    /// What follows the bottom of a label stack.
    PseudoWire,
    /// A `PPPoE` header.
    Pppoe,
    /// A PPP frame, with or without address and control.
    Ppp,
    /// PPP or Cisco HDLC.
    Hdlc,
    /// A network service header.
    Nsh,
    /// Frame relay.
    FrameRelay,
    /// 802.11.
    Wifi,
    /// An IP header; the version says which.
    Ip,
    /// An IPv4 header.
    Ipv4,
    /// An IPv6 header.
    Ipv6,
    /// The payload of this IP protocol number.
    Transport(u8),
    /// A GRE header.
    Gre,
    /// A UDP header.
    Udp,
    /// A TCP header: the end of the way.
    Tcp,
    /// A UDP header with QUIC behind it: another end.
    Quic,
    /// A fragment of an IP datagram: the way ends until the others are there.
    Fragment(FragmentHeader),
}

/// What an IP header says about a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FragmentHeader {
    /// Identification, 16 bits in IPv4 and 32 in IPv6.
    pub id: u32,
    /// First byte of the fragment in the datagram.
    pub offset: u32,
    /// Whether more fragments follow.
    pub more: bool,
    /// Protocol of the datagram's payload.
    pub protocol: u8,
}

/// The next layer and its bytes, or the ledger's reason why the way ends here.
pub(super) type Step<'a> = Result<(Layer, &'a [u8]), Counter>;

/// The rest of `data` after a link header of `len` bytes.
#[inline]
pub(super) fn after_link(data: &[u8], len: usize) -> Result<&[u8], Counter> {
    data.get(len..).ok_or(Counter::FramesShortLink)
}

/// The rest of `data` after a tunnel header of `len` bytes.
#[inline]
pub(super) fn after_tunnel(data: &[u8], len: usize) -> Result<&[u8], Counter> {
    data.get(len..).ok_or(Counter::FramesBadTunnel)
}

/// The state of one frame's way through its headers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path {
    /// Source of the last IP header, IPv4 as mapped.
    pub src: [u8; 16],
    /// Destination of the last IP header.
    pub dst: [u8; 16],
    /// Identification of the last IPv4 header, or zero.
    pub ip_id: u16,
    /// Whether the last IP header was IPv6.
    pub v6: bool,
    /// Bytes of the packet on the wire behind the last captured one.
    pub missing: usize,
    /// The last tag seen.
    pub tenant: Tenant,
    encapsulations: usize,
    extensions: usize,
}

impl Path {
    /// A frame whose capture lacks `missing` bytes.
    pub(super) const fn new(missing: usize) -> Self {
        Self {
            src: [0; 16],
            dst: [0; 16],
            ip_id: 0,
            v6: false,
            missing,
            tenant: Tenant::NONE,
            encapsulations: 0,
            extensions: 0,
        }
    }

    /// Counts one encapsulation; an error when it is one too many.
    #[inline]
    pub(super) fn enter(&mut self) -> Result<(), Counter> {
        self.encapsulations += 1;
        if self.encapsulations > limits::ENCAPSULATIONS_MAX { Err(Counter::FramesTooDeep) } else { Ok(()) }
    }

    /// Counts one extension header of the present IP packet.
    pub(super) fn extend(&mut self) -> Result<(), Counter> {
        self.extensions += 1;
        if self.extensions > limits::IPV6_EXTENSIONS_MAX { Err(Counter::FramesTooDeep) } else { Ok(()) }
    }

    /// Notes the ends of an IP header.
    #[inline]
    pub(super) fn ip_header(&mut self, v6: bool, src: [u8; 16], dst: [u8; 16], ip_id: u16) {
        (self.v6, self.src, self.dst, self.ip_id) = (v6, src, dst, ip_id);
        self.extensions = 0;
    }

    /// Notes a tag; an id of zero is none, as are priority tags.
    pub(super) fn tag(&mut self, kind: TenantKind, id: u32) {
        if id != 0 {
            self.tenant = Tenant::new(kind, id);
        }
    }

    /// Notes a VLAN id; directly stacked ones become a pair.
    pub(super) fn vlan(&mut self, id: u16) {
        let id = u32::from(id & 0x0fff);
        match self.tenant.kind() {
            Some(TenantKind::Vlan | TenantKind::QinQ) if id != 0 => {
                self.tag(TenantKind::QinQ, (self.tenant.id() & 0x0fff) << 12 | id);
            }
            _ => self.tag(TenantKind::Vlan, id),
        }
    }

    /// Cuts `data` to the `total` bytes the header declares, and notes how many of them were not captured.
    #[inline]
    pub(super) fn cut<'a>(&mut self, data: &'a [u8], total: usize) -> &'a [u8] {
        if let Some(whole) = data.get(..total) {
            self.missing = 0;
            whole
        } else {
            self.missing = total - data.len();
            data
        }
    }

    /// The flow key of the present ends.
    #[inline]
    pub(super) fn key(&self, src_port: u16, dst_port: u16, by_tenant: bool) -> (FlowKey, bool) {
        let tenant = if by_tenant { self.tenant } else { Tenant::NONE };
        FlowKey::new(self.src, src_port, self.dst, dst_port, tenant)
    }
}
