//! Stolen credential: a key is used away from its home (OWASP API2:2023).
//!
//! A home is a network with a client that the identity has used for a day. Judged: a call from another network *and* with
//! another client. One of the two alone is a traveller or an update. How often this identity takes new networks and new
//! clients says how rare both together are; a client that many others use, too, is a release or a common device. Who moves
//! between own networks only is as new outside as one who never moved. A credential that was not seen at home was made for
//! where it is used: a second device signs in, or a partner is let in, which is one event and no theft.

use std::hint::black_box;
use std::time::Duration;

use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use model::{IdentityKind, SignalKind, Zone};
use serde::{Deserialize, Serialize};

use super::{About, Call, Concern, DAY, Key, Model, Monitor, Verdict, fact, hashed, network, who};
use crate::models::distinct::Distinct;
use crate::models::mix;

pub(crate) struct StolenCredential;

/// `-ln` of the rate of false alarms for one strange pair of network and client, 2e-4.
const RARE: f64 = 8.5;
/// A client that fewer others use than this is worth one in ten.
const COMMON_MIN: u32 = 3;
const UNCOMMON: f64 = 2.3;
/// The home goes on at the same time: one in ten.
const PARALLEL: f64 = 2.3;
/// API keys are built into software that does not move: one in ten.
const KEY: f64 = 2.3;
/// The very credential of the home, of an account that is given one after the other: one in ten.
const SAME: f64 = 2.3;
/// The home shows it again after the stray did: who moved, or got an update, does not go back. One in ten.
const BACK: f64 = 2.3;
/// A new network, or client, is never rarer than one in a hundred.
const NEW_MAX: f64 = 4.6;
/// Days and calls that an identity's home is known by.
const DAYS_MIN: u32 = 3;
const CALLS_MIN: u32 = 8;
/// A pair is a home when it is used for so long without a cause.
const HOME_SECONDS: u64 = 2 * DAY;
/// Home and stray in use at the same time: within so many seconds.
const PARALLEL_SECONDS: u64 = DAY;
/// Homes kept; the one used longest ago makes room.
const HOMES_MAX: usize = 12;
/// Place of a credential that was shown at two.
const EVERYWHERE: (u32, u32) = (0, 0);
/// Credentials seen at home that are remembered.
const CREDENTIALS_MAX: usize = 8;

/// Who uses a client.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Users {
    users: Distinct,
}

/// One network with one client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Home {
    network: u32,
    client: u32,
    first: u64,
    last: u64,
}

/// Where an identity is at home.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Homes {
    pairs: Vec<Home>,
    networks: Distinct,
    clients: Distinct,
    day: u32,
    days: u32,
    calls: u32,
    /// As told.
    users: u32,
    parallel: bool,
    /// Whether it was ever at home outside own networks.
    #[serde(default)]
    outside: bool,
    /// Credentials, each with network and client that showed it first, the latest last.
    #[serde(default)]
    credentials: Vec<(u32, u32, u32)>,
    /// As told: whether the credential is one of the home.
    #[serde(default)]
    same: bool,
    /// The credential of the home that a stray showed last, and the one of these that the home showed again later; 0 for none.
    #[serde(default)]
    strayed: u32,
    #[serde(default)]
    returned: u32,
}

impl Model for Users {
    fn merge(&mut self, other: &Self) {
        self.users.merge(&other.users);
    }
}

impl Model for Homes {
    fn merge(&mut self, other: &Self) {
        for pair in &other.pairs {
            match self.pairs.iter_mut().find(|home| (home.network, home.client) == (pair.network, pair.client)) {
                Some(home) => (home.first, home.last) = (home.first.min(pair.first), home.last.max(pair.last)),
                None => self.pairs.push(*pair),
            }
        }
        self.pairs.sort_unstable_by_key(|home| (std::cmp::Reverse(home.last), home.network, home.client));
        self.pairs.truncate(HOMES_MAX);
        self.networks.merge(&other.networks);
        self.clients.merge(&other.clients);
        (self.day, self.days) = (self.day.max(other.day), self.days.max(other.days));
        self.calls = self.calls.saturating_add(other.calls);
        self.outside |= other.outside;
        (self.strayed, self.returned) = (self.strayed, self.returned).max((other.strayed, other.returned));
        self.credentials.extend(&other.credentials);
        self.credentials.sort_unstable();
        self.credentials.dedup();
        self.credentials.drain(..self.credentials.len().saturating_sub(CREDENTIALS_MAX));
    }

    fn glance(&self) {
        black_box(self.pairs.first().map(|home| home.first));
    }
}

impl Homes {
    /// `-ln` of the chance of something new on a day, when `known` came in so many days; the first is no change.
    fn rarity(&self, known: u32) -> f64 {
        let changes = f64::from(known.saturating_sub(1)) + 0.5;
        (-(changes / f64::from(self.days + 1)).ln()).clamp(0.0, NEW_MAX)
    }

    fn keep(&mut self, pair: Home) {
        let known = self.pairs.iter_mut().find(|home| (home.network, home.client) == (pair.network, pair.client));
        if let Some(home) = known {
            home.last = pair.last;
            return;
        }
        if self.pairs.len() >= HOMES_MAX
            && let Some(oldest) = self.pairs.iter().copied().min_by_key(|home| (home.last, home.network, home.client))
        {
            self.pairs.retain(|home| *home != oldest);
        }
        self.pairs.push(pair);
        self.networks.insert(mix(u64::from(pair.network)));
        self.clients.insert(mix(u64::from(pair.client)));
    }

    /// Remembers where a credential was shown first, or that it was shown at two places.
    fn show(&mut self, credential: u32, at: Home) {
        if let Some(known) = self.credentials.iter_mut().rev().find(|(known, ..)| *known == credential) {
            if known.1 != at.network && known.2 != at.client {
                (known.1, known.2) = EVERYWHERE;
            }
            return;
        }
        if self.credentials.len() >= CREDENTIALS_MAX {
            self.credentials.remove(0);
        }
        self.credentials.push((credential, at.network, at.client));
    }

    /// Whether a credential was shown by another client in another network than `here`, too.
    fn is_from_home(&self, credential: u32, here: Home) -> bool {
        let known = self.credentials.iter().find(|(known, ..)| *known == credential);
        known.is_some_and(|(_, network, client)| *network != here.network && *client != here.client)
    }

    fn count(&mut self, now: u64) {
        let day = (now / DAY) as u32;
        self.days += u32::from(day != self.day);
        self.day = day;
        self.calls = self.calls.saturating_add(1);
    }
}

/// The credential that a call shows: the one it acts with, or the token that it asks for another one with.
fn shown(call: &Call<'_>) -> u32 {
    let refresh = call.seen.signals().iter().find(|signal| signal.kind == SignalKind::Refresh);
    refresh.map_or(call.row().credential, |signal| mix(signal.value) as u32)
}

impl Monitor for StolenCredential {
    type Common = Users;
    type Model = Homes;

    const INFO: DetectorInfo = DetectorInfo {
        id: "stolen-credential",
        version: 1,
        // The endpoint named is that of the first strange call.
        subject: "identity_endpoint",
        quiet: Duration::from_hours(24),
        doc: "detectors/stolen-credential.md",
        owasp: &["API2:2023"],
        cwe: &["CWE-522", "CWE-294"],
        attack: &["T1078", "T1528"],
        next: "Ask the owner; revoke the credential, and look what was read and changed from the strange network.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let row = call.row();
        let lasting = matches!(
            row.identity.kind,
            IdentityKind::TokenClaim | IdentityKind::ApiKey | IdentityKind::User | IdentityKind::Token
        );
        let judged = lasting && row.succeeded() && call.endpoint.is_some();
        judged.then(|| Concern {
            subject: Some(Key::of(row.identity.id)),
            common: Some(Key::of(hashed(mix(row.client)))),
        })
    }

    fn judge(call: &Call<'_>, common: Option<&Users>, homes: &mut Homes, open: bool) -> Verdict {
        let (row, now) = (call.row(), call.now().seconds());
        let outside = row.caller.zone == Zone::External;
        let here = Home {
            network: network(&row.caller.addr, 24, 48) as u32,
            client: mix(row.client) as u32,
            first: now,
            last: now,
        };
        let at = |home: &&Home| (home.network, home.client) == (here.network, here.client);
        let known = homes.pairs.iter().find(at).copied();
        let away = |home: &Home| home.network != here.network && home.client != here.client;
        let settled = |home: &&Home| away(home) && now.saturating_sub(home.first) >= HOME_SECONDS;
        // Somebody else's client and network: neither was the identity's before this pair came up.
        let first = known.map_or(now, |home| home.first);
        let strange = now.saturating_sub(first) < HOME_SECONDS
            && homes.pairs.iter().all(|home| at(&home) || home.first >= first || away(home))
            && homes.pairs.iter().any(|home| settled(&home));
        let credential = shown(call);
        if !strange || homes.days < DAYS_MIN || homes.calls < CALLS_MIN {
            if credential == homes.strayed {
                homes.returned = credential;
            }
            homes.count(now);
            homes.keep(here);
            homes.show(credential, here);
            homes.outside |= outside;
            return Verdict::Quiet;
        }
        let near = |home: &Home| settled(&home) && now.saturating_sub(home.last) <= PARALLEL_SECONDS;
        let others = common.map_or(0, |common| common.users.len() - u32::from(common.users.contains(who(call))));
        // What is known already counts the stray itself.
        let own = u32::from(known.is_some());
        let networks = if outside && !homes.outside { 1 } else { homes.networks.len() - own };
        let (network, client) = (homes.rarity(networks), homes.rarity(homes.clients.len() - own));
        let parallel = homes.pairs.iter().any(near);
        // Keys and opaque tokens are identities by themselves.
        let itself = matches!(row.identity.kind, IdentityKind::ApiKey | IdentityKind::Token);
        let from_home = homes.is_from_home(credential, here);
        let same = itself || from_home;
        let mut weight = if others < COMMON_MIN { UNCOMMON } else { 0.0 };
        weight += if same { network + client } else { network.max(client) };
        weight += if same && parallel { PARALLEL } else { 0.0 };
        weight += match row.identity.kind {
            IdentityKind::ApiKey => KEY,
            _ if same => SAME,
            _ => 0.0,
        };
        if from_home {
            weight += if credential != 0 && homes.returned == credential { BACK } else { 0.0 };
            homes.strayed = credential;
        }
        (homes.users, homes.parallel, homes.same) = (others, parallel, same);
        if open || weight + 1e-6 >= RARE {
            return Verdict::Cause(Severity::High);
        }
        homes.count(now);
        homes.keep(here);
        homes.show(credential, here);
        homes.outside |= outside;
        Verdict::Note
    }

    fn learn(call: &Call<'_>, common: &mut Users) {
        common.users.insert(who(call));
    }

    fn report(about: &About, homes: &Homes) -> Report {
        let (networks, clients, days) = (homes.networks.len(), homes.clients.len(), homes.days);
        let times = about.count;
        let mut observed = vec![fact(
            "strange_calls",
            times as f64,
            format!("{times} calls from another network with another client"),
        )];
        if homes.same {
            observed.push(fact("same_credential", 1, "the credential is one that was in use at home".to_owned()));
        }
        if homes.parallel {
            observed.push(fact(
                "parallel",
                1,
                "the usual network and client were in use within the same day".to_owned(),
            ));
        }
        Report {
            severity: Severity::High,
            confidence: (f32::from(about.kind.confidence()) * days as f32 / (days as f32 + DAYS_MIN as f32)).round()
                / 100.0,
            title: format!("a credential is used from a strange network and client, {times} times"),
            expected: vec![fact(
                "networks",
                networks,
                format!("{networks} networks and {clients} clients in {days} days of use"),
            )],
            observed,
            peers: vec![fact("client_users", homes.users, format!("{} other callers use this client", homes.users))],
            ruled_out: vec![
                "a traveller: the client is another one, too".to_owned(),
                "an update: the network is another one, too".to_owned(),
            ],
        }
    }
}
