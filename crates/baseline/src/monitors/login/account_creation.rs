//! Account creation in bulk: few clients make account after account, where others make one (OWASP API6:2023, OAT-019).
//!
//! What one account may have once (a bonus, a trial, a vote, ten pages a day) many accounts have often. Which endpoints make
//! accounts is learned: strangers name an account there, are answered with success, and hardly ever name one again. Judged:
//! accounts made by one program on one address beyond its first, in two days, over all that make some, against how many such
//! clients made before. Families, shops and offices behind one address make some, so a few say nothing.

use std::time::Duration;

use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use model::{IdentityKind, SignalKind};
use serde::{Deserialize, Serialize};

use super::super::access::changes;
use super::super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use super::fact;
use crate::models::distinct::{Distinct, EXACT_MAX};
use crate::models::{mix, tail};

pub(crate) struct AccountCreation;

/// `-ln` of the rate of false alarms for one look, 1e-6.
const RARE: f64 = 13.8;
/// How long a client's accounts are counted together, in seconds.
const SPAN: u32 = 2 * 86_400;
/// Clients kept, those of the latest days, so that the model stays within `MODEL_BYTES_MAX`; the one that made an account longest
/// ago makes room.
const MAKERS_MAX: usize = 48;
/// Clients whose time is over that an endpoint is known by, and accounts it must have made.
const PAST_MIN: u32 = 5;
const ACCOUNTS_MIN: u32 = 10;
/// Accounts beyond the first that are expected of a client, at least, and clients that this is worth as much as.
const EACH: f64 = 0.25;
const EACH_WEIGHT: f64 = 4.0;
/// Accounts beyond the first of each before anything is told.
const MORE_MIN: u32 = 8;
/// Accounts of one client that are more than a dealer, a school or a team that signs up its people.
const ALONE_MIN: u32 = 40;
/// Accounts of a client that make it one of the finding: a second one is a mistake, or somebody at home.
const SEVERAL: u16 = 3;
/// An account that is named again makes the endpoint a log-in; one in so many may be a sign-up sent twice.
const AGAIN_ONE_IN: f64 = 0.1;
/// Accounts after which their set is begun anew: it tells new ones badly when it is full.
const KNOWN_MAX: u32 = 2_000;
/// Bits of that set.
const BITS: f64 = 4_096.0;

/// One program on one address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Maker {
    since: u32,
    last: u32,
    client: u32,
    made: u16,
    /// Whether it named an account again.
    again: bool,
    told: bool,
}

// The set of accounts takes 512 bytes more.
const _: () = assert!(size_of::<Makers>() + MAKERS_MAX * size_of::<Maker>() + 512 <= model::limits::MODEL_BYTES_MAX);

/// Who made accounts on one endpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Makers {
    accounts: Distinct,
    made: u32,
    /// Clients that named an account again, and how many would by chance, in thousandths, since the set errs.
    again: u32,
    by_chance: u32,
    latest: Vec<Maker>,
    /// Clients whose time is over, and what they made beyond their first.
    past: u32,
    past_more: u32,
    /// As told: accounts and clients of the finding.
    told: u32,
    clients: u32,
}

impl Model for Makers {
    fn merge(&mut self, other: &Self) {
        self.accounts.merge(&other.accounts);
        self.made = self.made.saturating_add(other.made);
        self.again = self.again.saturating_add(other.again);
        self.by_chance = self.by_chance.saturating_add(other.by_chance);
        self.past = self.past.saturating_add(other.past);
        self.past_more = self.past_more.saturating_add(other.past_more);
        for maker in &other.latest {
            match self.latest.iter_mut().find(|known| known.client == maker.client) {
                Some(known) => known.merge(maker),
                None => self.latest.push(*maker),
            }
        }
        self.latest.sort_unstable_by_key(|maker| (maker.last, maker.client));
        self.latest.drain(..self.latest.len().saturating_sub(MAKERS_MAX));
    }
}

impl Maker {
    fn merge(&mut self, other: &Self) {
        (self.since, self.last) = (self.since.min(other.since), self.last.max(other.last));
        self.made = self.made.saturating_add(other.made);
        self.again |= other.again;
        self.told |= other.told;
    }
}

impl Makers {
    /// A client's time is over: what it made is the past that others are compared with, unless it was told.
    fn let_go(&mut self, maker: Maker) {
        if !maker.told && maker.made > 0 {
            self.past = self.past.saturating_add(1);
            self.past_more = self.past_more.saturating_add(u32::from(maker.made - 1));
        }
    }

    fn expire(&mut self, now: u32) {
        for maker in self.latest.extract_if(.., |maker| now.saturating_sub(maker.since) >= SPAN).collect::<Vec<_>>() {
            self.let_go(maker);
        }
    }

    /// The record of a client. The one that came longest ago makes room: its time is over.
    fn maker(&mut self, client: u32, now: u32) -> Option<&mut Maker> {
        if let Some(at) = self.latest.iter().position(|maker| maker.client == client) {
            return self.latest.get_mut(at);
        }
        if self.latest.len() >= MAKERS_MAX
            && let Some(oldest) = (0..self.latest.len()).min_by_key(|at| self.latest.get(*at).map(|maker| maker.last))
        {
            let gone = self.latest.swap_remove(oldest);
            self.let_go(gone);
        }
        self.latest.push(Maker { since: now, last: now, client, ..Maker::default() });
        self.latest.last_mut()
    }

    /// Counts an account of a client; how many it has made, or `None` when the account was named before.
    fn count(&mut self, account: u64, client: u32, now: u32) -> Option<u16> {
        let known = self.accounts.len();
        if known >= KNOWN_MAX {
            self.accounts = Distinct::default();
            (self.made, self.again, self.by_chance) = (self.made / 2, self.again / 2, self.by_chance / 2);
        }
        let chance = if known as usize > EXACT_MAX { 1.0 - (-f64::from(known) / BITS).exp() } else { 0.0 };
        let new = self.accounts.insert(account);
        self.made = self.made.saturating_add(1);
        self.by_chance = self.by_chance.saturating_add((chance * 1e3) as u32);
        let maker = self.maker(client, now)?;
        maker.last = now;
        if !new {
            let first = !std::mem::replace(&mut maker.again, true);
            self.again = self.again.saturating_add(u32::from(first));
            return None;
        }
        maker.made = maker.made.saturating_add(1);
        Some(maker.made)
    }

    /// Accounts that clients made beyond their first, and how rare so many are.
    fn rarity(&self) -> (u32, f64) {
        let more = self.latest.iter().map(|maker| u32::from(maker.made.saturating_sub(1))).sum();
        let each = (f64::from(self.past_more) + EACH * EACH_WEIGHT) / (f64::from(self.past) + EACH_WEIGHT);
        (more, tail::people(more, each.max(EACH), self.latest.len() as u32))
    }

    /// Whether the endpoint makes accounts, and is known.
    fn is_sign_up(&self) -> bool {
        let by_chance = f64::from(self.by_chance) / 1e3;
        let again = f64::from(self.again) - by_chance - 2.0 * by_chance.sqrt();
        self.past >= PAST_MIN && self.made >= ACCOUNTS_MIN && again <= f64::from(self.made) * AGAIN_ONE_IN
    }

    /// One client may be somebody who signs up people of theirs.
    const fn severity(&self) -> Severity {
        if self.clients > 1 || self.told >= ALONE_MIN { Severity::Medium } else { Severity::Low }
    }

    /// Takes another account of `client`, and all that made several, for the finding.
    fn tell(&mut self, client: u32) {
        for maker in self.latest.iter_mut().filter(|maker| maker.made >= SEVERAL) {
            if !maker.told {
                (maker.told, self.clients) = (true, self.clients.saturating_add(1));
                self.told = self.told.saturating_add(u32::from(maker.made) - 1);
            } else if maker.client == client {
                self.told = self.told.saturating_add(1);
            }
        }
    }
}

/// The account that a stranger names with success, where something is made.
fn made(call: &Call<'_>) -> Option<u64> {
    let row = call.row();
    let stranger = row.identity.kind == IdentityKind::Address && !row.caller.zone.is_inside();
    if row.signals.len == 0 || !stranger || !row.succeeded() || call.part.is_some() || !changes(call) {
        return None;
    }
    let (signals, template) = (call.seen.signals(), call.seen.template());
    let account = signals.iter().find(|signal| signal.kind == SignalKind::Account)?;
    // Guests who order and people who check in name themselves, too.
    let proves = signals.iter().any(|signal| matches!(signal.kind, SignalKind::Secret | SignalKind::Issued));
    ((proves || has_any(template, SIGN_UP)) && !has_any(template, OF_MEMBERS)).then_some(account.value)
}

/// Words of paths that make accounts.
const SIGN_UP: &[&[u8]] = &[
    b"register",
    b"registration",
    b"signup",
    b"sign-up",
    b"sign_up",
    b"enrol",
    b"onboarding",
    b"accounts",
    b"users",
    b"members",
    b"customers",
    b"join",
];
/// Words of what only those do who have one.
const OF_MEMBERS: &[&[u8]] = &[
    b"login",
    b"log-in",
    b"signin",
    b"sign-in",
    b"token",
    b"session",
    b"refresh",
    b"password",
    b"forgot",
    b"reset",
    b"otp",
    b"verif",
    b"logout",
    b"import",
    b"contact",
    b"message",
    b"newsletter",
];

fn has_any(template: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|word| template.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word)))
}

impl Monitor for AccountCreation {
    type Common = ();
    type Model = Makers;

    const INFO: DetectorInfo = DetectorInfo {
        id: "account-creation",
        version: 1,
        subject: "endpoint",
        quiet: Duration::from_hours(24),
        doc: "detectors/account-creation.md",
        owasp: &["API6:2023"],
        cwe: &["CWE-799", "CWE-837"],
        attack: &["T1585", "T1136"],
        next: "Look what these accounts did next and what they got; then ask for a proof of a person, a phone or a payment before a new account is worth something.",
    };

    const MEMORY: Duration = Duration::from_secs(SPAN as u64);

    fn concern(call: &Call<'_>) -> Option<Concern> {
        made(call)?;
        Some(Concern { subject: call.endpoint.map(Key::endpoint), common: None })
    }

    fn judge(call: &Call<'_>, _: Option<&()>, makers: &mut Makers, open: bool) -> Verdict {
        let Some(account) = made(call) else { return Verdict::Quiet };
        let now = u32::try_from(call.now().seconds()).unwrap_or(u32::MAX);
        makers.expire(now);
        let client = mix(call.network().prefix() ^ mix(call.row().client)) as u32;
        let several = makers.count(mix(account), client, now).is_some_and(|made| made >= SEVERAL);
        if !several || !makers.is_sign_up() {
            return Verdict::Quiet;
        }
        let (more, rarity) = makers.rarity();
        if !open && (more < MORE_MIN || rarity < RARE) {
            return if rarity >= RARE / 2.0 { Verdict::Note } else { Verdict::Quiet };
        }
        makers.tell(client);
        Verdict::Cause(makers.severity())
    }

    fn closed(makers: &mut Makers) {
        (makers.told, makers.clients) = (0, 0);
        makers.latest.retain(|maker| !maker.told);
    }

    fn report(_: &About, makers: &Makers) -> Report {
        let (told, clients, past) = (makers.told, makers.clients, makers.past);
        Report {
            severity: makers.severity(),
            confidence: (90.0 * past as f32 / (past as f32 + PAST_MIN as f32)).round() / 100.0,
            title: format!("{told} more accounts were made by {clients} clients that had made one already"),
            expected: vec![fact(
                "accounts_beyond_the_first",
                makers.past_more,
                format!("{} accounts more by all of {past} clients before, in two days each or less", makers.past_more),
            )],
            observed: vec![
                fact("accounts_beyond_the_first", told, format!("{told} accounts beyond the first of their client")),
                fact("clients", clients, format!("{clients} clients: one program on one address each")),
            ],
            peers: vec![fact("clients_before", past, format!("{past} clients made accounts before"))],
            ruled_out: vec![
                "people who log in: accounts named a second time are not counted".to_owned(),
                "an office or a family behind one address: of many clients a few accounts more are expected".to_owned(),
                "a program of a partner: it shows a credential".to_owned(),
            ],
        }
    }
}
