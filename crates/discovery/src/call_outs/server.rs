//! One server: whom it opens connections to by itself, and what payloads lately told it to open.
//!
//! In: its connections and the targets named to it, in order. Out: connections that were asked for. Kept: bounded lists.
//!
//! A connection proves something when it was asked for and never done before: what a server does for many requests, it also
//! does for those with payloads. What was asked for is not learned, so it goes on being proof. On ports of the web a server
//! may call new addresses at any time: there a name proves something when less than one payload in [`CHANCES`] would be
//! followed by such a call so soon.

use std::collections::VecDeque;

use model::contact::{CallOut, Contact, Target, tag};
use model::limits::{CALL_OUT_WAIT, CALL_OUTS_AWAITED_MAX, CONTACTS_RECENT_MAX, SERVER_CONTACTS_MAX};
use model::observation::Observation;
use model::stamp::Phase;
use model::{PacketTime, Stamp};
use serde::{Deserialize, Serialize};

/// One payload in so many may be followed by such a connection by chance.
const CHANCES: u128 = 1_000;
/// Ports that servers call many addresses on.
const WEB: [u16; 2] = [80, 443];

/// What is known of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Server {
    /// Place in the order of their first calls.
    pub(super) number: u64,
    /// Packet time of the first thing seen of it.
    pub(super) since: PacketTime,
    homes: Vec<Home>,
    /// Addresses with port that were forgotten.
    forgotten: u32,
    /// Connections that a call not over yet may have asked for.
    lately: VecDeque<Lately>,
    asked: VecDeque<Asked>,
}

/// Whom it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Home {
    /// Tag of the address, and port.
    to: u64,
    count: u32,
    last: PacketTime,
}

/// A connection, and what was known of its kind before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Lately {
    contact: Contact,
    before: Before,
}

/// What was known before a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Before {
    /// Connections to the same address and port.
    same: u32,
    /// Whether the address was called on any port.
    known: bool,
    /// Addresses called on that port.
    on_port: u32,
}

/// A target that was named to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    target: u64,
    caller: [u8; 16],
    at: PacketTime,
    until: PacketTime,
    /// Whether it was called: it may be called again for the same payload.
    told: bool,
}

impl Server {
    pub(super) fn new(number: u64, since: PacketTime) -> Self {
        Self { number, since, ..Self::default() }
    }

    /// Takes a connection that it opened; calls `tell` when it was asked for.
    pub(super) fn contact(&mut self, contact: &Contact, mut tell: impl FnMut(CallOut)) {
        let (before, since) = (self.before(contact), self.since);
        self.asked.retain(|asked| asked.until >= contact.at);
        let mut asked_for = false;
        for asked in &mut self.asked {
            let target = Target::unpacked(asked.target);
            if !before.proves(target, contact, asked.at, since) {
                continue;
            }
            asked_for = true;
            if !std::mem::replace(&mut asked.told, true) {
                let stamp = stamp(contact);
                tell(CallOut { stamp, target, caller: asked.caller, contact: *contact, asked_at: asked.at });
            }
        }
        if asked_for {
            return;
        }
        self.learn(contact);
        if before.same > 0 {
            return;
        }
        if self.lately.len() >= CONTACTS_RECENT_MAX {
            self.lately.pop_front();
        }
        self.lately.push_back(Lately { contact: *contact, before });
    }

    /// Takes a target that the call named; calls `tell` when it was called meanwhile. Returns whether all that were named are
    /// waited for.
    pub(super) fn ask(&mut self, call: &Observation, target: Target, mut tell: impl FnMut(CallOut)) -> bool {
        let (at, since) = (call.first_at, self.since);
        let packed = target.packed();
        let mut told = false;
        let fits =
            |one: &Lately| one.contact.frame > call.first_frame && one.before.proves(target, &one.contact, at, since);
        if let Some(found) = self.lately.iter().position(fits)
            && let Some(Lately { contact, .. }) = self.lately.remove(found)
        {
            let stamp = stamp(&contact).max(call.stamp);
            tell(CallOut { stamp, target, caller: call.caller.addr, contact, asked_at: at });
            self.unlearn(&contact);
            told = true;
        }
        let caller = call.caller.addr;
        self.asked.retain(|known| known.until >= at && (known.target, known.caller) != (packed, caller));
        let until = call.last_at.plus(CALL_OUT_WAIT);
        let asked = Asked { target: packed, caller, at, until, told };
        if self.asked.len() < CALL_OUTS_AWAITED_MAX {
            self.asked.push_back(asked);
            return true;
        }
        if let Some(last) = self.last_of_another(&caller) {
            self.asked.remove(last);
            self.asked.push_back(asked);
        }
        false
    }

    /// The last target of the caller that named most, when that is more than this one would have: who names many does not
    /// push out what others named, nor what it named first.
    fn last_of_another(&self, caller: &[u8; 16]) -> Option<usize> {
        let named = |by: &[u8; 16]| self.asked.iter().filter(|asked| asked.caller == *by).count();
        let (most, by) = self.asked.iter().map(|asked| (named(&asked.caller), asked.caller)).max()?;
        let more = by != *caller && most > named(caller) + 1;
        more.then(|| self.asked.iter().rposition(|asked| asked.caller == by))?
    }

    /// What is known of such a connection.
    fn before(&self, contact: &Contact) -> Before {
        let (addr, port) = (tag(&contact.to.addr), contact.to.port);
        let on_port = self.homes.iter().filter(|home| home.to & 0xffff == u64::from(port)).count() as u32;
        let same = self.homes.iter().find(|home| home.to == place(contact)).map_or(0, |home| home.count);
        Before {
            // What was forgotten may have been this one.
            same: same.max(u32::from(self.forgotten > 0)),
            known: self.homes.iter().any(|home| home.to >> 16 == addr),
            on_port: on_port.saturating_add(self.forgotten),
        }
    }

    /// Counts a connection.
    fn learn(&mut self, contact: &Contact) {
        let to = place(contact);
        if let Some(home) = self.homes.iter_mut().find(|home| home.to == to) {
            (home.count, home.last) = (home.count.saturating_add(1), contact.at);
            return;
        }
        if self.homes.len() >= SERVER_CONTACTS_MAX
            && let Some(oldest) =
                (0..self.homes.len()).min_by_key(|at| self.homes.get(*at).map(|home| (home.last, home.to)))
        {
            self.homes.swap_remove(oldest);
            self.forgotten = self.forgotten.saturating_add(1);
        }
        self.homes.push(Home { to, count: 1, last: contact.at });
    }

    /// Takes back a connection that turned out to be asked for, which was the first to that place.
    fn unlearn(&mut self, contact: &Contact) {
        let to = place(contact);
        for home in self.homes.iter_mut().filter(|home| home.to == to) {
            home.count = home.count.saturating_sub(1);
        }
        self.homes.retain(|home| home.count > 0);
    }

    /// Takes all of `other`, which was learned of the same server elsewhere. Commutative.
    pub(super) fn merge(&mut self, other: &Self) {
        self.number = self.number.min(other.number);
        self.since = self.since.min(other.since);
        self.forgotten = self.forgotten.saturating_add(other.forgotten);
        self.homes.extend(&other.homes);
        self.homes.sort_unstable_by_key(|home| (home.to, home.last, home.count));
        self.homes.dedup_by(|later, home| {
            let same = later.to == home.to;
            if same {
                *home = Home { count: home.count.saturating_add(later.count), ..*later };
            }
            same
        });
        self.homes.sort_unstable_by_key(|home| (std::cmp::Reverse(home.last), home.to));
        self.forgotten = self.forgotten.saturating_add(self.homes.len().saturating_sub(SERVER_CONTACTS_MAX) as u32);
        self.homes.truncate(SERVER_CONTACTS_MAX);
        // What goes on in one place right now is not looked for in another.
        self.lately.clear();
        self.asked.clear();
    }
}

impl Before {
    /// Whether the connection is what was asked for at `asked_at`, and nothing that the server does anyway.
    fn proves(&self, target: Target, contact: &Contact, asked_at: PacketTime, since: PacketTime) -> bool {
        if !target.fits(&contact.to) || contact.at < asked_at {
            return false;
        }
        let (delay, age) = (contact.at.since(asked_at), contact.at.since(since));
        let new = match target.addr {
            Some(_) => self.same == 0,
            None if WEB.contains(&contact.to.port) => {
                !self.known && is_rare(self.on_port.saturating_add(1), delay.as_nanos(), age.as_nanos())
            }
            None => !self.known && self.on_port == 0,
        };
        new && delay <= CALL_OUT_WAIT + CALL_OUT_WAIT
    }
}

/// Tag of the address called, and port.
fn place(contact: &Contact) -> u64 {
    tag(&contact.to.addr) << 16 | u64::from(contact.to.port)
}

/// Whether `earlier` connections in that age make one within `delay` rare.
fn is_rare(earlier: u32, delay: u128, age: u128) -> bool {
    u128::from(earlier) * delay * CHANCES <= age
}

fn stamp(contact: &Contact) -> Stamp {
    Stamp { frame: contact.frame, phase: Phase::Frame, flow: contact.frame, sub: u32::MAX }
}
