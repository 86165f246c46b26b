//! One server: whom it opens connections to by itself, and what payloads lately told it to open.
//!
//! In: its connections and the targets named to it, in order. Out: connections that were asked for. Kept: bounded lists.
//!
//! A connection proves something when it is unlikely to be chance: what was asked for and was never done before, or so
//! seldom that less than one in [`CHANCES`] payloads would be followed by it so soon.

use std::collections::VecDeque;

use model::contact::{CallOut, Contact, Target, tag};
use model::limits::{CALL_OUT_WAIT, CALL_OUTS_AWAITED_MAX, CONTACTS_RECENT_MAX, SERVER_CONTACTS_MAX};
use model::observation::Observation;
use model::stamp::Phase;
use model::{PacketTime, Stamp};
use serde::{Deserialize, Serialize};

/// One payload in so many may be followed by such a connection by chance.
const CHANCES: u128 = 1_000;
/// A connection is worth remembering for calls that are not over yet if this delay would prove something.
const WORTH_NANOS: u64 = 100_000_000;
/// Ports that servers call many addresses on: a name alone, and a first call, prove nothing there by themselves.
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
}

impl Server {
    pub(super) fn new(number: u64, since: PacketTime) -> Self {
        Self { number, since, ..Self::default() }
    }

    /// Takes a connection that it opened; calls `tell` when it was asked for.
    pub(super) fn contact(&mut self, contact: &Contact, mut tell: impl FnMut(CallOut)) {
        let before = self.learn(contact);
        self.asked.retain(|asked| asked.until >= contact.at);
        let since = self.since;
        self.asked.retain(|asked| {
            let target = Target::unpacked(asked.target);
            let proves = before.proves(target, contact, asked.at, since);
            if proves {
                let stamp = stamp(contact);
                tell(CallOut { stamp, target, caller: asked.caller, contact: *contact, asked_at: asked.at });
            }
            !proves
        });
        if !before.chance(before.same.min(before.on_port), WORTH_NANOS, contact.at.since(since).as_nanos()) {
            return;
        }
        if self.lately.len() >= CONTACTS_RECENT_MAX {
            self.lately.pop_front();
        }
        self.lately.push_back(Lately { contact: *contact, before });
    }

    /// Takes a target that the call named; calls `tell` when it was called meanwhile.
    pub(super) fn ask(&mut self, call: &Observation, target: Target, mut tell: impl FnMut(CallOut)) {
        let (at, since) = (call.first_at, self.since);
        let mut done = self.lately.iter().filter(|one| one.contact.frame > call.first_frame);
        if let Some(Lately { contact, .. }) = done.find(|one| one.before.proves(target, &one.contact, at, since)) {
            let stamp = stamp(contact).max(call.stamp);
            tell(CallOut { stamp, target, caller: call.caller.addr, contact: *contact, asked_at: at });
            return;
        }
        let asked =
            Asked { target: target.packed(), caller: call.caller.addr, at, until: call.last_at.plus(CALL_OUT_WAIT) };
        self.asked.retain(|known| (known.target, known.caller) != (asked.target, asked.caller));
        if self.asked.len() >= CALL_OUTS_AWAITED_MAX {
            self.asked.pop_front();
        }
        self.asked.push_back(asked);
    }

    /// Counts a connection; what was known before it.
    fn learn(&mut self, contact: &Contact) -> Before {
        let (addr, port) = (tag(&contact.to.addr), contact.to.port);
        let to = addr << 16 | u64::from(port);
        let on_port = self.homes.iter().filter(|home| home.to & 0xffff == u64::from(port)).count() as u32;
        let known = self.homes.iter().any(|home| home.to >> 16 == addr);
        // What was forgotten may have been this one.
        let (mut before, doubt) = (Before { same: 0, known, on_port }, self.forgotten);
        before.on_port = before.on_port.saturating_add(doubt);
        if let Some(home) = self.homes.iter_mut().find(|home| home.to == to) {
            before.same = home.count;
            (home.count, home.last) = (home.count.saturating_add(1), contact.at);
            return before;
        }
        before.same = u32::from(doubt > 0);
        if self.homes.len() >= SERVER_CONTACTS_MAX
            && let Some(oldest) =
                (0..self.homes.len()).min_by_key(|at| self.homes.get(*at).map(|home| (home.last, home.to)))
        {
            self.homes.swap_remove(oldest);
            self.forgotten = self.forgotten.saturating_add(1);
        }
        self.homes.push(Home { to, count: 1, last: contact.at });
        before
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
    /// Whether the connection is what was asked for at `asked_at`, and no chance.
    fn proves(&self, target: Target, contact: &Contact, asked_at: PacketTime, since: PacketTime) -> bool {
        if !target.fits(&contact.to) || contact.at < asked_at {
            return false;
        }
        let (delay, age) = (contact.at.since(asked_at), contact.at.since(since));
        let earlier = match target.addr {
            Some(_) => self.same,
            None if self.known => return false,
            None => self.on_port.saturating_add(u32::from(WEB.contains(&contact.to.port))),
        };
        delay <= CALL_OUT_WAIT + CALL_OUT_WAIT && self.chance(earlier, delay.as_nanos() as u64, age.as_nanos())
    }

    /// Whether `earlier` connections in that age make one within `delay` rare.
    fn chance(&self, earlier: u32, delay: u64, age: u128) -> bool {
        u128::from(earlier) * u128::from(delay) * CHANCES <= age
    }
}

fn stamp(contact: &Contact) -> Stamp {
    Stamp { frame: contact.frame, phase: Phase::Frame, flow: contact.frame, sub: u32::MAX }
}
