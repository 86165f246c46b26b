//! Who is behind findings: those of one caller are shown together.
//!
//! In: all findings of a file or state. Out: the actor of each. Kept: nothing; it is made when findings are shown, since
//! later findings may tell more of an earlier one's caller.
//!
//! * A finding of an identity is its identity's; identities with one label of the operator's book are one actor.
//! * An identity that is only an address, and a network, is the network: an IPv4 address, or the upper half of an IPv6 one.
//! * What many callers do together has the endpoint as its subject: a *campaign* there, unless all of them are of one network.
//! * A network is the same actor as an identity that came from it within a day, if it is the only one that did.
//! * All else is told of an endpoint, whoever calls it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use model::{Finding, Id, IdentityKind, PacketTime, Subject};

use crate::screens::findings::{identity_word, subject_in_words};
use crate::screens::ids::brief;

/// Detectors of endpoints that tell of their callers and not of the endpoint.
const OF_CALLERS: [&str; 4] = ["credential-stuffing", "function-level-access", "password-spraying", "scraping"];
/// Between a finding of an identity and one of a network that it came from.
const LINK_SPAN: Duration = Duration::from_hours(24);

/// What an actor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A caller that is known by a credential.
    Identity,
    /// A client address or network.
    Network,
    /// Many callers at one endpoint.
    Campaign,
    /// Nobody: the finding is about an endpoint.
    Endpoint,
}

impl Kind {
    /// The word in JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Network => "network",
            Self::Campaign => "campaign",
            Self::Endpoint => "endpoint",
        }
    }
}

/// Who it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Actor {
    /// Stands for it in JSON: the pseudonym of an identity, the id of an endpoint, else a hash.
    pub id: Id,
    pub kind: Kind,
    /// In words.
    pub name: String,
}

/// The actor of each finding.
#[derive(Clone, Debug, Default)]
pub(crate) struct Actors(BTreeMap<Id, Actor>);

impl Actors {
    /// Of all findings there are.
    pub(crate) fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let findings: Vec<&Finding> = findings.into_iter().collect();
        let mut actors: BTreeMap<Id, Actor> = findings.iter().map(|finding| (finding.id, own(finding))).collect();
        let seen = Seen::of(&findings, &actors);
        for finding in &findings {
            let Some(actor) = actors.get_mut(&finding.id).filter(|actor| actor.kind == Kind::Network) else { continue };
            if let Some(identity) = seen.only_one(finding, &actor.name) {
                actor.clone_from(identity);
            }
        }
        Self(actors)
    }

    /// Of one finding.
    pub(crate) fn get(&self, finding: &Finding) -> Actor {
        self.0.get(&finding.id).cloned().unwrap_or_else(|| own(finding))
    }
}

/// Where identities with findings came from, and when.
struct Seen(BTreeMap<String, Vec<(PacketTime, PacketTime, Actor)>>);

impl Seen {
    fn of(findings: &[&Finding], actors: &BTreeMap<Id, Actor>) -> Self {
        let mut seen: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for finding in findings {
            let Some(actor) = actors.get(&finding.id).filter(|actor| actor.kind == Kind::Identity) else { continue };
            for network in networks(&finding.subject) {
                seen.entry(network).or_default().push((finding.first_at, finding.last_at, actor.clone()));
            }
        }
        Self(seen)
    }

    /// The one identity that came from this network around the time of the finding.
    fn only_one(&self, finding: &Finding, network: &str) -> Option<&Actor> {
        let near = self.0.get(network)?.iter().filter(|(first, last, _)| {
            finding.first_at.since(*last) <= LINK_SPAN && first.since(finding.last_at) <= LINK_SPAN
        });
        let actors: BTreeSet<&Actor> = near.map(|(_, _, actor)| actor).collect();
        actors.first().copied().filter(|_| actors.len() == 1)
    }
}

/// What the finding says by itself.
fn own(finding: &Finding) -> Actor {
    let subject = &finding.subject;
    let kind = subject.identity_kind.unwrap_or_default();
    if !subject.label.is_empty() {
        let id = Id::of("actor", &[b"label", subject.label.as_bytes()]);
        return Actor { id, kind: Kind::Identity, name: subject.label.clone() };
    }
    if let Some(id) = subject.identity.filter(|_| kind != IdentityKind::Address) {
        return Actor { id, kind: Kind::Identity, name: format!("{} {}", identity_word(kind), brief(id)) };
    }
    let of_endpoint = subject.kind == "endpoint";
    let networks =
        if of_endpoint && !OF_CALLERS.contains(&&*finding.detector) { BTreeSet::new() } else { networks(subject) };
    let name = || Some(subject.endpoint_name.clone()).filter(|name| !name.is_empty());
    match networks.first() {
        Some(network) if !of_endpoint || networks.len() == 1 => {
            let id = Id::of("actor", &[b"network", network.as_bytes()]);
            Actor { id, kind: Kind::Network, name: network.clone() }
        }
        Some(_) => {
            let at = subject.endpoint.unwrap_or(subject.id);
            let name = format!("many callers of {}", name().unwrap_or_else(|| subject_in_words(subject)));
            Actor { id: Id::of("actor", &[b"campaign", &at.0]), kind: Kind::Campaign, name }
        }
        None => {
            let name = name().unwrap_or_else(|| subject_in_words(subject));
            Actor { id: subject.endpoint.unwrap_or(subject.id), kind: Kind::Endpoint, name }
        }
    }
}

/// The networks of its addresses: each IPv4 address, and the first 64 bits of each IPv6 address.
fn networks(subject: &Subject) -> BTreeSet<String> {
    let network = |address: &String| {
        let whole = address.split('/').next().unwrap_or_default();
        match whole.parse() {
            Ok(IpAddr::V6(ip)) => format!("{}/64", std::net::Ipv6Addr::from(u128::from(ip) >> 64 << 64)),
            _ => whole.to_owned(),
        }
    };
    subject.addresses.iter().map(network).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(n: u8, detector: &'static str, kind: &'static str, hours: u64, addresses: &[&str]) -> Finding {
        let at = PacketTime::from_parts(1_772_440_863 + hours * 3_600, 0);
        Finding {
            id: Id([n; 16]),
            detector: detector.into(),
            subject: Subject {
                kind: kind.into(),
                endpoint_name: "GET a/b".to_owned(),
                addresses: addresses.iter().map(ToString::to_string).collect(),
                ..Subject::default()
            },
            first_at: at,
            last_at: at,
            ..Finding::default()
        }
    }

    fn of_identity(n: u8, who: u8, hours: u64, addresses: &[&str]) -> Finding {
        let mut finding = finding(n, "object-enumeration", "identity_endpoint", hours, addresses);
        (finding.subject.identity, finding.subject.identity_kind) = (Some(Id([who; 16])), Some(IdentityKind::User));
        finding
    }

    fn kinds(findings: &[Finding]) -> Vec<(Kind, Id)> {
        let actors = Actors::of(findings);
        findings.iter().map(|finding| actors.get(finding)).map(|actor| (actor.kind, actor.id)).collect()
    }

    #[test]
    fn a_network_is_the_identity_that_alone_came_from_it() {
        let all = [
            of_identity(1, 7, 0, &["192.0.2.1", "192.0.2.2"]),
            finding(2, "injection", "network_endpoint", 5, &["192.0.2.1"]),
            finding(3, "scan", "network", 40, &["192.0.2.2"]),
            finding(4, "scan", "network", 5, &["192.0.2.3"]),
        ];
        let told = kinds(&all);
        let identity = (Kind::Identity, Id([7; 16]));
        assert_eq!((told[0], told[1]), (identity, identity));
        assert_eq!((told[2].0, told[3].0), (Kind::Network, Kind::Network), "too late, and another");
        let mut shared = all.to_vec();
        shared.push(of_identity(5, 8, 1, &["192.0.2.1"]));
        assert_eq!(kinds(&shared)[1].0, Kind::Network, "it may be either of two");
    }

    #[test]
    fn an_address_as_identity_and_its_network_are_one() {
        let mut address = of_identity(1, 7, 0, &["2001:db8::5"]);
        address.subject.identity_kind = Some(IdentityKind::Address);
        let told = kinds(&[address, finding(2, "scan", "network", 900, &["2001:db8::/64"])]);
        assert_eq!(told[0].0, Kind::Network);
        assert_eq!(told[0], told[1]);
    }

    #[test]
    fn many_callers_of_an_endpoint_are_a_campaign_and_an_exposure_is_nobody() {
        let told = kinds(&[
            finding(1, "credential-stuffing", "endpoint", 0, &["192.0.2.1", "192.0.2.2"]),
            finding(2, "scraping", "endpoint", 0, &["192.0.2.1"]),
            finding(3, "new-endpoint", "endpoint", 0, &["192.0.2.1"]),
        ]);
        assert_eq!([told[0].0, told[1].0, told[2].0], [Kind::Campaign, Kind::Network, Kind::Endpoint]);
    }

    #[test]
    fn credentials_with_one_label_are_one_actor() {
        let (mut one, mut other) = (of_identity(1, 7, 0, &[]), of_identity(2, 8, 0, &[]));
        one.subject.label = "night batch".to_owned();
        other.subject.label = "night batch".to_owned();
        let told = kinds(&[one, other]);
        assert_eq!(told[0], told[1]);
    }

    #[test]
    fn detectors_of_callers_have_their_pages() {
        let pages = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/detectors");
        assert!(OF_CALLERS.iter().all(|id| pages.join(format!("{id}.md")).is_file()));
    }
}
