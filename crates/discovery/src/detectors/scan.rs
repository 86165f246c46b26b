//! Who tries paths that nothing answers: one finding for each client, however many paths.
//!
//! In: what names no endpoint because it was never answered with success, and successes of clients seen to do so. Judged:
//! distinct names tried within an hour, by an address (of IPv6 a network of 64 bits), and within a week, by one that is
//! hardly ever answered. A dead link asked for often is one name, values in a path are none, and who is mostly answered is a
//! user of the API.

use std::collections::BTreeMap;
use std::time::Duration;

use model::finding::{Evidence, Finding, Severity, Subject};
use model::flow::ip_of;
use model::limits::{KEY_PARTITIONS, SCAN_CLIENTS_MAX};
use model::wording::shown_path;
use model::{Id, Observed, PacketTime};
use serde::{Deserialize, Serialize};

use super::{Cause, Info, Report, fact, findings};
use crate::catalog::Callers;

/// Distinct names that make a scan: about twice what a browser, a crawler and monitoring ask for together that is not there.
const NAMES_MIN: u64 = 30;
/// Refusals to one success: who is answered more often uses the API.
const REFUSED_PER_SUCCESS: u64 = 4;
/// Within this span.
const WINDOW: Duration = Duration::from_hours(1);
/// Distinct names that make a slow scan, refusals to one success, and their span: a program with an old list of paths asks
/// for the same few again and again, and is answered otherwise.
const SLOW_NAMES_MIN: usize = 50;
const SLOW_REFUSED_PER_SUCCESS: u64 = 10;
const SLOW_WINDOW: Duration = Duration::from_hours(7 * 24);
/// The same where names are tried all over the place, which those of one program are not: distinct names, first segments of their
/// paths, and refusals to one success.
const WIDE_NAMES_MIN: usize = 30;
const WIDE_PLACES_MIN: usize = 6;
const WIDE_SUCCESSES_PER_REFUSED: u64 = 2;
const CLIENTS_PER_PARTITION_MAX: usize = SCAN_CLIENTS_MAX / KEY_PARTITIONS;
/// Transactions from before the opening that are shown.
const SHOWN_BEFORE: usize = 4;
/// Characters of a path shown.
const PATH_SHOWN: usize = 80;

/// What it is.
pub(crate) static INFO: Info = Info {
    id: "scan",
    version: 1,
    subject: "network",
    quiet: Duration::from_hours(1),
    doc: "detectors/scan.md",
    owasp: &["API9:2023"],
    cwe: &["CWE-425"],
    attack: &["T1595.003"],
    next: "If the client is none of yours, block it at the edge; then look at what it got with success.",
};

/// One client that asked for something that is not there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Client {
    /// Its address, or its network.
    pub(crate) network: [u8; 16],
    since: PacketTime,
    last_at: PacketTime,
    refused: u64,
    successes: u64,
    names: Callers,
    #[serde(default)]
    slow: Slow,
    /// Whether a finding about it is open.
    open: bool,
    shown: Vec<Evidence>,
    #[serde(skip)]
    dirty: bool,
    #[serde(skip)]
    saved: bool,
}

/// The same over a week. Names by a part of their hash.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Slow {
    since: PacketTime,
    refused: u64,
    successes: u64,
    names: Vec<u32>,
    /// First segments of their paths, by a hash.
    #[serde(default)]
    places: Vec<u32>,
}

impl Slow {
    /// Counts a name that was not answered, at a place; whether all of them make a scan.
    fn refusal(&mut self, name: u64, place: Option<u32>, now: PacketTime) -> bool {
        if self.since == PacketTime::ZERO || now.since(self.since) > SLOW_WINDOW {
            *self = Self { since: now, ..Self::default() };
        }
        self.refused += 1;
        let name = (name >> 32) as u32;
        if self.names.len() < SLOW_NAMES_MIN && !self.names.contains(&name) {
            self.names.push(name);
        }
        if let Some(place) = place
            && self.places.len() < WIDE_PLACES_MIN
            && !self.places.contains(&place)
        {
            self.places.push(place);
        }
        let wide = self.places.len() >= WIDE_PLACES_MIN
            && self.names.len() >= WIDE_NAMES_MIN
            && self.refused.saturating_mul(WIDE_SUCCESSES_PER_REFUSED) >= self.successes;
        let many = self.names.len() >= SLOW_NAMES_MIN;
        wide || many && self.refused >= self.successes.saturating_mul(SLOW_REFUSED_PER_SUCCESS)
    }
}

/// All clients of a share.
#[derive(Debug)]
pub(crate) struct Clients {
    known: BTreeMap<[u8; 16], Client>,
    /// Clients by key partition, in no order.
    partitions: Vec<Vec<[u8; 16]>>,
    forgotten: Vec<Id>,
}

impl Default for Clients {
    fn default() -> Self {
        Self { known: BTreeMap::new(), partitions: vec![Vec::new(); KEY_PARTITIONS], forgotten: Vec::new() }
    }
}

/// Stands for the first segment of a path that has more: pages of a site stand in its root.
fn place_of(template: &[u8]) -> Option<u32> {
    let mut segments = template.split(|byte| *byte == b'/').filter(|part| !part.is_empty());
    let (first, _) = (segments.next()?, segments.next()?);
    let hash = first.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    });
    Some((mixed(hash) >> 32) as u32)
}

/// The id of a client or network.
pub(crate) fn id_of(network: &[u8; 16]) -> Id {
    Id::of("network", &[network])
}

/// What stands for a client: an IPv4 address, or the upper half of an IPv6 address.
pub(crate) fn network_of(addr: &[u8; 16]) -> [u8; 16] {
    let mut network = *addr;
    if ip_of(addr).is_ipv6() {
        network.iter_mut().skip(8).for_each(|byte| *byte = 0);
    }
    network
}

impl Clients {
    /// Counts a success of a client that is watched.
    #[inline]
    pub(crate) fn success(&mut self, addr: &[u8; 16]) {
        if self.known.is_empty() {
            return;
        }
        if let Some(client) = self.known.get_mut(&network_of(addr)) {
            client.successes += 1;
            client.slow.successes += 1;
            client.dirty = true;
        }
    }

    /// Counts a name that was not answered; the cause, when it is part of a scan.
    pub(crate) fn refusal(&mut self, id: &Id, network: [u8; 16], seen: &Observed<'_>) -> Option<Cause> {
        let now = seen.row.last_at;
        if !self.known.contains_key(&network) {
            self.make_room(id);
            self.partitions.get_mut(id.key_partition())?.push(network);
            self.known.insert(network, Client { network, since: now, ..Client::default() });
        }
        let client = self.known.get_mut(&network)?;
        client.dirty = true;
        if !client.open && now.since(client.since) > WINDOW {
            let (saved, slow) = (client.saved, std::mem::take(&mut client.slow));
            *client = Client { network, since: now, dirty: true, saved, slow, ..Client::default() };
        }
        client.last_at = now;
        client.refused += 1;
        // The look-up hash is not made for counting: its bits are spread before.
        let name = seen.row.name_hash.wrapping_mul(0x9e37_79b9_7f4a_7c15).swap_bytes();
        client.names.insert_prefix(name);
        let slowly = client.slow.refusal(mixed(name), place_of(seen.template()), now);
        if client.open {
            return Some(Cause { severity: Severity::Low, ..Cause::default() });
        }
        let scans =
            client.names.count() >= NAMES_MIN && client.refused >= client.successes.saturating_mul(REFUSED_PER_SUCCESS);
        if scans {
            client.open = true;
            return Some(Cause { severity: Severity::Low, before: client.refused - 1, first_at: client.since });
        }
        if slowly {
            // What is told is the week.
            (client.refused, client.successes) = (client.slow.refused, client.slow.successes);
            for name in &client.slow.names {
                client.names.insert_prefix(mixed(u64::from(*name)));
            }
            client.open = true;
            return Some(Cause { severity: Severity::Low, before: client.refused - 1, first_at: client.slow.since });
        }
        if client.shown.len() < SHOWN_BEFORE {
            client.shown.push(shown(seen, "before the finding was opened"));
        }
        None
    }

    /// What was seen of a client before its finding was opened.
    pub(crate) fn take_shown(&mut self, network: &[u8; 16]) -> Vec<Evidence> {
        self.known.get_mut(network).map(|client| std::mem::take(&mut client.shown)).unwrap_or_default()
    }

    /// The finding about a client is over, or could not be told.
    pub(crate) fn closed(&mut self, network: &[u8; 16]) {
        if let Some(client) = self.known.get_mut(network) {
            let (saved, since) = (client.saved, client.last_at);
            *client = Client { network: *network, since, last_at: since, dirty: true, saved, ..Client::default() };
        }
    }

    /// The client with that id; a walk over one partition, when a finding ends.
    pub(crate) fn network_of_id(&self, id: &Id) -> Option<[u8; 16]> {
        self.partitions.get(id.key_partition())?.iter().find(|network| id_of(network) == *id).copied()
    }

    /// Texts for the open finding about a client.
    pub(crate) fn report(&self, network: &[u8; 16], finding: &Finding) -> Option<Report> {
        let client = self.known.get(network)?;
        // Many names are an estimate; there are no more of them than requests.
        let (names, n, ok) = (client.names.count().min(client.refused), finding.count, client.successes);
        Some(Report {
            confidence: 0.9,
            title: format!("{names} names tried in {n} requests that nothing answers"),
            expected: vec![fact("names", 0, "callers of an API ask for what is there".into())],
            observed: vec![
                fact("names", names, format!("{names} distinct names that were never answered with success")),
                fact("requests", n, format!("{n} requests for them")),
                fact("successes", ok, format!("{ok} other calls of this client were answered with success")),
            ],
            ruled_out: vec![
                "dead links of a user: hardly anything else was asked for".into(),
                "values in paths: machine-made segments do not make a name".into(),
            ],
            ..Report::default()
        })
    }

    /// Forgets the client of that partition that was seen longest ago, when it is full.
    fn make_room(&mut self, id: &Id) {
        let Some(list) = self.partitions.get_mut(id.key_partition()) else { return };
        if list.len() < CLIENTS_PER_PARTITION_MAX {
            return;
        }
        let age = |network: &[u8; 16]| self.known.get(network).map(|client| (client.open, client.last_at, *network));
        let Some(at) = (0..list.len()).min_by_key(|at| list.get(*at).and_then(age)) else { return };
        let oldest = list.swap_remove(at);
        if self.known.remove(&oldest).is_some_and(|client| client.saved) {
            self.forgotten.push(id_of(&oldest));
        }
    }

    /// Clients changed since the last call, in order, and ids of saved ones that are forgotten.
    pub(crate) fn take_rows(&mut self) -> (Vec<(Id, Client)>, Vec<Id>) {
        let mut rows = Vec::new();
        for network in self.partitions.iter().flatten() {
            if let Some(client) = self.known.get_mut(network)
                && std::mem::take(&mut client.dirty)
            {
                client.saved = true;
                rows.push((id_of(network), client.clone()));
            }
        }
        rows.sort_by_key(|(id, _)| *id);
        let mut gone = std::mem::take(&mut self.forgotten);
        gone.retain(|id| rows.binary_search_by_key(id, |(known, _)| *known).is_err());
        (rows, gone)
    }

    /// Puts back a saved one.
    pub(crate) fn restore(&mut self, id: &Id, mut client: Client) {
        (client.saved, client.dirty) = (true, false);
        if let Some(list) = self.partitions.get_mut(id.key_partition()) {
            list.push(client.network);
            self.known.insert(client.network, client);
        }
    }
}

/// Spreads the bits of a hash.
const fn mixed(name: u64) -> u64 {
    let name = (name ^ name >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    name ^ name >> 32
}

/// Whom the finding is about.
pub(crate) fn subject(id: Id, network: &[u8; 16]) -> Subject {
    let ip = ip_of(network);
    let address = if ip.is_ipv6() { format!("{ip}/64") } else { ip.to_string() };
    Subject { kind: INFO.subject.into(), id, addresses: vec![address], ..Subject::default() }
}

/// A request as it is shown: its literal words without what may be a value, cut.
pub(crate) fn shown(seen: &Observed<'_>, note: &str) -> Evidence {
    let template = shown_path(&String::from_utf8_lossy(seen.template()));
    let path: String = template.chars().take(PATH_SHOWN).collect();
    findings::evidence(seen, &String::from_utf8_lossy(seen.method()), &path, note)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_all_over_the_place_are_a_slow_scan_beside_successes() {
        let told = |places: u64, successes: u64| {
            let mut slow = Slow::default();
            (0..40_u64).any(|n| {
                slow.successes += successes;
                let place = place_of(format!("/area{}/jobs", n % places).as_bytes());
                slow.refusal(mixed(n), place, PacketTime::from_parts(9 + n * 1_500, 0))
            })
        };
        assert!(told(12, 1), "as many successes");
        assert!(!told(12, 3), "somebody who uses it");
        assert!(!told(3, 1), "a program with old paths");
        assert_eq!(place_of(b"/gift-guide"), None, "a page of a site");
    }
}
