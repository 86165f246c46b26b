//! Connections that were opened, and those of servers that a payload told them to open.
//!
//! In: from flow shards a [`Contact`] for each flow whose opening was seen, and with a payload the [`Target`]s that it names.
//! Out: a [`CallOut`] where a server did what it was told. Kept: nothing here.
//!
//! Addresses are no secret. A host name is none of our business: of a target that is a name only its port is told.

use serde::{Deserialize, Serialize};

use crate::flow::HostPort;
use crate::stamp::Stamp;
use crate::time::PacketTime;

/// A flow whose opening was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Who opened it.
    pub from: [u8; 16],
    /// To whom.
    pub to: HostPort,
    /// Packet time of its first frame.
    pub at: PacketTime,
    /// Number of its first frame.
    pub frame: u64,
}

/// Whom a payload tells a server to call; fits into the value of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Number of the payload's rule.
    pub rule: u8,
    /// [`tag`] of the address; `None` when a host name was given.
    pub addr: Option<u64>,
    /// The port named, or that of the scheme; 0 for any, of addresses only.
    pub port: u16,
}

/// Bits of an address's tag.
const TAG_BITS: u32 = 40;

/// Stands for an address; never 0.
pub const fn tag(addr: &[u8; 16]) -> u64 {
    let whole = u128::from_be_bytes(*addr);
    let mixed = mix(mix(whole as u64) ^ (whole >> 64) as u64) >> (u64::BITS - TAG_BITS);
    if mixed == 0 { 1 } else { mixed }
}

const fn mix(word: u64) -> u64 {
    let word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}

impl Target {
    /// As the value of a signal.
    pub const fn packed(self) -> u64 {
        let addr = match self.addr {
            Some(addr) => addr,
            None => 0,
        };
        (self.rule as u64) << 56 | addr << 16 | self.port as u64
    }

    /// The opposite.
    pub const fn unpacked(value: u64) -> Self {
        let addr = value >> 16 & ((1 << TAG_BITS) - 1);
        Self {
            rule: (value >> 56) as u8,
            addr: if addr == 0 { None } else { Some(addr) },
            port: (value & 0xffff) as u16,
        }
    }

    /// Whether a connection to `to` may be what was asked for.
    pub fn fits(self, to: &HostPort) -> bool {
        match self.addr {
            Some(addr) => (self.port == 0 || self.port == to.port) && addr == tag(&to.addr),
            None => self.port != 0 && self.port == to.port,
        }
    }
}

/// A server opened a connection that a payload sent to it had told it to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallOut {
    /// Where it stands in the total order: when both the call and the connection were seen.
    pub stamp: Stamp,
    /// What was asked for.
    pub target: Target,
    /// Who sent the payload: the client, or whom trusted proxies name.
    pub caller: [u8; 16],
    /// The server, and whom it called.
    pub contact: Contact,
    /// When the payload began to arrive.
    pub asked_at: PacketTime,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::mapped;

    #[test]
    fn a_target_survives_as_the_value_of_a_signal() {
        let addr = mapped([198, 51, 100, 9]);
        for target in [
            Target { rule: 63, addr: Some(tag(&addr)), port: 1389 },
            Target { rule: 0, addr: Some(tag(&[0x20; 16])), port: 0 },
            Target { rule: 7, addr: None, port: 443 },
        ] {
            assert_eq!(Target::unpacked(target.packed()), target);
        }
    }

    #[test]
    fn an_address_fits_with_its_port_and_a_name_by_its_port_alone() {
        let (here, there) = (mapped([198, 51, 100, 9]), mapped([198, 51, 100, 10]));
        let to = |addr, port| HostPort { addr, port };
        let named = Target { rule: 1, addr: Some(tag(&here)), port: 1389 };
        assert!(named.fits(&to(here, 1389)) && !named.fits(&to(here, 389)) && !named.fits(&to(there, 1389)));
        assert!(Target { port: 0, ..named }.fits(&to(here, 80)));
        let host = Target { addr: None, ..named };
        assert!(host.fits(&to(there, 1389)) && !host.fits(&to(there, 389)));
        assert!(!Target { port: 0, ..host }.fits(&to(there, 389)), "a name without a port says nothing");
    }
}
