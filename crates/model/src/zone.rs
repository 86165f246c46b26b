//! Where callers come from: networks, the zones they make up, and the proxies that may speak for a caller.
//!
//! Pure data, made once of the configuration. An address belongs to the longest listed network that holds it, else to
//! [`Zone::External`]; one that names nobody to [`Zone::Unknown`].

use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::flow::mapped;
use crate::limits::NETWORKS_MAX;

/// Bits before an IPv4 address in its mapped form (RFC 4291 §2.5.5.2).
const MAPPED_BITS: u8 = 96;
/// The operator's own networks when nothing else is said: private (RFC 1918, RFC 4193), loopback, link-local (RFC 3927,
/// RFC 4291 §2.5.6), and shared by a carrier (RFC 6598).
pub const INTERNAL_USUALLY: &str = "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 127.0.0.0/8, 169.254.0.0/16, \
                                    100.64.0.0/10, ::1/128, fc00::/7, fe80::/10";
/// Addresses that are nobody's place in a network, unless the configuration lists them: "this network" (RFC 6890 §2.2.2),
/// of which the clients of HAR files are, and the unspecified address (RFC 4291 §2.5.2).
const UNKNOWN_USUALLY: &str = "0.0.0.0/8, ::/128";

/// Whose network a caller is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Zone {
    /// The operator's own.
    Internal,
    /// A known other party's.
    Partner,
    /// Anybody's.
    #[default]
    External,
    /// Nobody knows: the input does not say who called. No verdict rests on such a caller being inside, nor outside.
    Unknown,
}

impl Zone {
    /// Every zone, in declaration order.
    pub const ALL: [Self; 4] = [Self::Internal, Self::Partner, Self::External, Self::Unknown];

    /// The word for it in the configuration, records and screens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Partner => "partner",
            Self::External => "external",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the caller is known to be in a network of one's own or of a known other party.
    pub const fn is_inside(self) -> bool {
        matches!(self, Self::Internal | Self::Partner)
    }
}

/// Who called, as far as addresses tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The caller's address, IPv4 in mapped form: the client's of the flow, or what trusted proxies say.
    pub addr: [u8; 16],
    /// Its zone.
    pub zone: Zone,
    /// Stands for the sender inside that named it though it is no proxy that was named ([`sender_mark`]); 0 for none.
    pub through: u32,
}

/// What stands for the address of a sender in few bits; never 0.
pub fn sender_mark(addr: &[u8; 16]) -> u32 {
    let add = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    addr.iter().fold(0x811c_9dc5, add).max(1)
}

/// A network by its prefix; IPv4 in mapped form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    prefix: u128,
    bits: u8,
}

impl FromStr for Network {
    type Err = String;

    /// `10.0.0.0/8`, `2001:db8::/32`, or one address.
    fn from_str(text: &str) -> Result<Self, String> {
        let (addr, bits) = text.split_once('/').map_or((text, None), |(addr, bits)| (addr, Some(bits)));
        let ip: IpAddr = addr.parse().map_err(|_| format!("\"{text}\" is no network such as 10.0.0.0/8"))?;
        let (widest, before, octets) = match ip {
            IpAddr::V4(v4) => (32, MAPPED_BITS, mapped(v4.octets())),
            IpAddr::V6(v6) => (128, 0, v6.octets()),
        };
        let bits = match bits {
            None => widest,
            Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().unwrap_or(u8::MAX),
            Some(_) => u8::MAX,
        };
        if bits > widest {
            return Err(format!("\"{text}\": a prefix has 0 to {widest} bits"));
        }
        let (prefix, bits) = (u128::from_be_bytes(octets), bits + before);
        if masked(prefix, bits) != prefix {
            return Err(format!("\"{text}\" has bits set behind its prefix"));
        }
        Ok(Self { prefix, bits })
    }
}

/// The first `bits` bits.
const fn masked(addr: u128, bits: u8) -> u128 {
    match bits {
        0 => 0,
        bits => addr & (u128::MAX << (128 - bits as u32)),
    }
}

/// Networks with what each stands for, to be asked by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table<T> {
    /// Prefixes by length, longest first, each list in order.
    by_length: Vec<(u8, Vec<(u128, T)>)>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { by_length: Vec::new() }
    }
}

impl<T: Copy> Table<T> {
    /// Adds networks; of equal ones the last counts.
    pub fn add(&mut self, networks: &[Network], stands_for: T) {
        for network in networks {
            let at = match self.by_length.binary_search_by_key(&!network.bits, |(bits, _)| !*bits) {
                Ok(at) => at,
                Err(at) => {
                    self.by_length.insert(at, (network.bits, Vec::new()));
                    at
                }
            };
            let Some((_, list)) = self.by_length.get_mut(at) else { continue };
            match list.binary_search_by_key(&network.prefix, |(prefix, _)| *prefix) {
                Ok(known) => {
                    if let Some(place) = list.get_mut(known) {
                        place.1 = stands_for;
                    }
                }
                Err(at) => list.insert(at, (network.prefix, stands_for)),
            }
        }
    }

    /// What the longest network that holds `addr` stands for. An IPv6 network never holds an IPv4 address.
    pub fn get(&self, addr: &[u8; 16]) -> Option<T> {
        let bits = u128::from_be_bytes(*addr);
        let shortest = if is_mapped(bits) { MAPPED_BITS } else { 0 };
        let lists = self.by_length.iter().take_while(|(length, _)| *length >= shortest);
        let mut found = lists.filter_map(|(length, list)| {
            let prefix = masked(bits, *length);
            list.binary_search_by_key(&prefix, |(known, _)| *known).ok().and_then(|at| list.get(at)).map(|(_, t)| *t)
        });
        found.next()
    }

    /// Whether it has no networks.
    pub const fn is_empty(&self) -> bool {
        self.by_length.is_empty()
    }
}

const fn is_mapped(addr: u128) -> bool {
    addr >> 32 == 0xffff
}

/// Which field of a trusted proxy names the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProxyField {
    /// `X-Forwarded-For` when it was sent, else `Forwarded`.
    #[default]
    Auto,
    /// `X-Forwarded-For` only.
    XForwardedFor,
    /// `Forwarded` (RFC 7239) only.
    Forwarded,
}

/// All that says where callers come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callers {
    /// Zones of addresses.
    pub zones: Table<Zone>,
    /// Proxies whose word on the caller is taken.
    pub trusted_proxies: Table<()>,
    /// The field in which they give it.
    pub proxy_field: ProxyField,
}

impl Default for Callers {
    fn default() -> Self {
        Self::with_zones(&[(Zone::Internal, networks(INTERNAL_USUALLY).unwrap_or_default())])
    }
}

impl Callers {
    /// With these networks, later ones before equal ones; no proxy is named.
    pub fn with_zones(listed: &[(Zone, Vec<Network>)]) -> Self {
        let mut zones = Table::default();
        zones.add(&networks(UNKNOWN_USUALLY).unwrap_or_default(), Zone::Unknown);
        for (zone, networks) in listed {
            zones.add(networks, *zone);
        }
        Self { zones, trusted_proxies: Table::default(), proxy_field: ProxyField::default() }
    }

    /// The zone of an address.
    pub fn zone_of(&self, addr: &[u8; 16]) -> Zone {
        self.zones.get(addr).unwrap_or_default()
    }

    /// Whether what the sender at `addr`, in that zone, says of the caller's address is believed: that of a proxy that is named;
    /// while none is, of whoever is inside. A proxy adds what it sees at the end, so a caller from outside cannot hide behind
    /// one that does.
    pub fn forwards(&self, addr: &[u8; 16], zone: Zone) -> bool {
        self.trusts(addr) || zone == Zone::Internal && self.trusted_proxies.is_empty()
    }

    /// Whether the sender at `addr` is a proxy that is named: only such ones are believed about certificates.
    pub fn trusts(&self, addr: &[u8; 16]) -> bool {
        self.trusted_proxies.get(addr).is_some()
    }
}

/// Networks of a list, with commas or blanks between them; at most [`NETWORKS_MAX`].
pub fn networks(text: &str) -> Result<Vec<Network>, String> {
    let parts = text.split([',', ' ', '\t', '\n']).filter(|part| !part.is_empty());
    let list = parts.map(Network::from_str).collect::<Result<Vec<_>, _>>()?;
    if list.len() > NETWORKS_MAX {
        return Err(format!("{} networks; at most {NETWORKS_MAX} can be listed", list.len()));
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(text: &str) -> [u8; 16] {
        match text.parse::<IpAddr>().unwrap() {
            IpAddr::V4(v4) => mapped(v4.octets()),
            IpAddr::V6(v6) => v6.octets(),
        }
    }

    #[test]
    fn own_networks_are_told_from_the_world() {
        let callers = Callers::default();
        for (text, zone) in [
            ("10.1.2.3", Zone::Internal),
            ("172.31.0.1", Zone::Internal),
            ("172.32.0.1", Zone::External),
            ("192.168.9.9", Zone::Internal),
            ("100.64.0.1", Zone::Internal),
            ("100.128.0.1", Zone::External),
            ("169.254.0.1", Zone::Internal),
            ("127.0.0.1", Zone::Internal),
            ("203.0.113.5", Zone::External),
            ("fd00::1", Zone::Internal),
            ("fe80::1", Zone::Internal),
            ("::1", Zone::Internal),
            ("2001:db8::1", Zone::External),
            ("0.0.0.0", Zone::Unknown),
            ("0.1.2.3", Zone::Unknown),
            ("1.0.0.0", Zone::External),
            ("::", Zone::Unknown),
            ("::2", Zone::External),
        ] {
            assert_eq!(callers.zone_of(&addr(text)), zone, "{text}");
        }
        assert!(!callers.trusts(&addr("10.0.0.1")), "no proxy is trusted until one is named");
        assert!(
            callers.forwards(&addr("10.0.0.1"), Zone::Internal)
                && !callers.forwards(&addr("198.51.100.7"), Zone::External)
        );
    }

    #[test]
    fn nobody_is_somebody_when_the_configuration_says_so() {
        let listed = |text: &str| Callers::with_zones(&[(Zone::Internal, networks(text).unwrap())]);
        assert_eq!(listed("0.0.0.0/8").zone_of(&addr("0.0.0.1")), Zone::Internal);
        assert_eq!(listed("0.0.0.0/0").zone_of(&addr("0.0.0.1")), Zone::Unknown, "the longer network counts");
        assert!(Zone::Partner.is_inside() && !Zone::Unknown.is_inside() && !Zone::External.is_inside());
    }

    #[test]
    fn the_longest_network_counts() {
        let mut callers = Callers::default();
        callers.zones.add(&networks("10.9.0.0/16 2001:db8::/32").unwrap(), Zone::Partner);
        callers.zones.add(&networks("10.9.9.9, 0.0.0.0/0").unwrap(), Zone::External);
        callers.zones.add(&networks("::/0").unwrap(), Zone::Internal);
        for (text, zone) in [
            ("10.8.0.1", Zone::Internal),
            ("10.9.0.1", Zone::Partner),
            ("10.9.9.9", Zone::External),
            ("2001:db8:1::", Zone::Partner),
            ("2002::1", Zone::Internal),
            ("203.0.113.5", Zone::External),
        ] {
            assert_eq!(callers.zone_of(&addr(text)), zone, "{text}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        assert_eq!(networks("").unwrap(), []);
        for text in ["10.0.0.0/33", "10.0.0.1/8", "::/129", "10.0.0.0/", "10.0.0.0/+8", "10/8", "x", "1.2.3.4/8/8"] {
            assert!(networks(text).is_err(), "{text}");
        }
        assert!(networks(&"10.0.0.0/8,".repeat(NETWORKS_MAX + 1)).is_err());
    }
}
