//! Function-level access: a privileged function answers a caller that is none of its callers (OWASP API5:2023).
//!
//! Roles emerge: a function that few use is theirs. Judged: a success given to a caller from outside of that group, or by a
//! function that nobody used while its service was learned. What speaks for misuse is added up: how closed the group is,
//! where the caller comes from, what the function's name says, and how many objects the caller had it work on. A group may be
//! large: then it is closed as far as nobody new came for many calls, and its name must speak of privileges.

use std::time::Duration;

use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use model::zone::sender_mark;
use model::{IdentityKind, Zone};
use serde::{Deserialize, Serialize};

use super::words::Says;
use super::{About, Call, Concern, DAY, Key, Model, Monitor, Verdict, changes, fact, who};
use crate::models::distinct::Distinct;
use crate::models::mix;
use crate::reference::reference;

pub(crate) struct FunctionLevelAccess;

/// `-ln` of the rate of false alarms for one caller of such a function: 1e-4.
const RARE: f64 = 9.2;
/// A function that is first used after learning, and by few callers since.
const NEW: f64 = 4.6;
/// A name that speaks of privileges; one that destroys; one that says *all*.
const PRIVILEGED: f64 = 4.6;
const DESTROYS: f64 = 2.3;
const WHOLE: f64 = 2.3;
/// One more such function that the caller used on its first day with any, where nobody used it before: beyond a few, which an
/// administrator who begins uses, and for at most so many.
const FURTHER: f64 = 1.2;
const FURTHER_FEW: u32 = 2;
const FURTHER_MAX: u32 = 3;
/// A caller from outside where all others are inside.
const FROM_OUTSIDE: f64 = 2.3;
/// One object more, for at most so many.
const OBJECT: f64 = 1.2;
const OBJECTS_MAX: u32 = 4;
/// A closed group is worth at most so much, since nobody told that it is one.
const GROUP_MAX: f64 = 6.9;
/// Speaks against misuse: a caller that shows who it is; one from inside; one that used other such functions before.
const KNOWN: f64 = 1.2;
const INSIDE: f64 = 4.6;
const STAFF: f64 = 4.6;
/// Speaks against misuse of a large group's function: a caller that came today, as staff does that starts.
const STARTS: f64 = 4.6;
/// A large group is at most one in so many callers of the service.
const GROUP_ONE_IN: u32 = 4;
/// What a service is known by before a function of it counts as new.
const SERVICE_SECONDS: u64 = DAY;
/// The same for calls from elsewhere without credentials: staff that comes once a day shows who it is, and a nightly job is inside.
const BARE_SECONDS: u64 = DAY / 2;
const SERVICE_CALLS: u64 = 300;
const SERVICE_CALLERS: u32 = 5;
/// How long a function is new.
const NEW_SECONDS: u64 = 3 * DAY;
/// Members of a closed group, and their calls, that make one; how long one is a newcomer.
const MEMBERS_MAX: usize = 3;
const GROUP_CALLS_MIN: u32 = 20;
/// So many are enough where the function's name speaks of privileges and it destroys: staff that works outside reads much.
const GROUP_CALLS_NAMED: u32 = 10;
const NEWCOMER_SECONDS: u64 = DAY;
/// Callers remembered one by one; with more the function is everybody's.
const FEW: usize = 8;
/// Callers of privileged functions remembered for a service.
const STAFF_MAX: usize = 64;

/// What a service is known by.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Service {
    since: u64,
    calls: u64,
    callers: Distinct,
    /// Callers of functions with privileged names, and since when.
    staff: Vec<(u32, u64)>,
    /// The day of the latest call, and callers of the days before it.
    #[serde(default)]
    day: u64,
    #[serde(default)]
    before: Distinct,
    /// Callers on their first day with privileged functions: which of these they used, a bit for each.
    #[serde(default)]
    climbers: Vec<(u32, u64)>,
}

/// One caller of a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Caller {
    who: u32,
    inside: bool,
    first: u64,
    calls: u32,
}

/// What a function is known by.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Function {
    since: u64,
    callers: Vec<Caller>,
    /// More callers than are remembered.
    many: bool,
    #[serde(default)]
    group: Group,
    /// Marks of those that called it from inside on their own account, a few.
    #[serde(default)]
    senders: Vec<u32>,
    /// The newcomer looked at, and the objects it had worked on.
    stray: u32,
    objects: Distinct,
    /// As told.
    told: Told,
}

/// All callers of a function.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Group {
    members: Distinct,
    /// Calls since a member came.
    settled: u32,
    /// Members that came, and those of them that had used other privileged functions before.
    came: u32,
    staff: u32,
    /// Whether one of them calls from outside.
    outside: bool,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Told {
    members: u32,
    calls: u32,
    privileged: bool,
    destroys: bool,
    bare: bool,
}

impl Model for Service {
    fn merge(&mut self, other: &Self) {
        self.since = if self.since == 0 { other.since } else { self.since.min(other.since.max(1)) };
        self.calls += other.calls;
        self.callers.merge(&other.callers);
        self.staff.extend(&other.staff);
        self.staff.sort_unstable();
        self.staff.dedup_by_key(|(who, _)| *who);
        self.staff.truncate(STAFF_MAX);
        self.day = self.day.max(other.day);
        self.before.merge(&other.before);
        self.climbers.extend(&other.climbers);
        self.climbers.sort_unstable();
        self.climbers.dedup_by(|later, first| {
            first.1 |= if first.0 == later.0 { later.1 } else { 0 };
            first.0 == later.0
        });
        self.climbers.truncate(STAFF_MAX);
    }
}

impl Model for Function {
    fn merge(&mut self, other: &Self) {
        self.many |= other.many;
        self.since = self.since.min(other.since);
        for caller in &other.callers {
            match self.callers.iter_mut().find(|known| known.who == caller.who) {
                Some(known) => known.calls = known.calls.saturating_add(caller.calls),
                None => self.callers.push(*caller),
            }
        }
        self.callers.sort_unstable();
        self.many |= self.callers.len() > FEW;
        self.callers.truncate(FEW);
        self.group.merge(&other.group);
        self.senders.extend(&other.senders);
        self.senders.sort_unstable();
        self.senders.dedup();
        self.senders.truncate(FEW);
    }
}

impl Group {
    fn merge(&mut self, other: &Self) {
        self.members.merge(&other.members);
        self.settled = self.settled.min(other.settled);
        self.came = self.came.saturating_add(other.came);
        self.staff = self.staff.saturating_add(other.staff);
        self.outside |= other.outside;
    }

    fn learn(&mut self, who: u64, inside: bool, service: Option<&Service>) {
        self.outside |= !inside;
        if self.members.contains(who) {
            self.settled = self.settled.saturating_add(1);
            return;
        }
        self.members.insert(who);
        (self.settled, self.came) = (0, self.came.saturating_add(1));
        self.staff = self.staff.saturating_add(u32::from(service.is_some_and(|service| service.has_staff(who))));
    }

    /// How rare it is, in nats, that somebody new comes, and one that used no such function before. `None` for a member, and
    /// where nothing can be said.
    fn closed(&self, service: &Service, who: u64, outside: bool) -> Option<f64> {
        let small = self.members.len().saturating_mul(GROUP_ONE_IN) <= service.callers.len();
        // Who is staff is not known where staff is larger than its list.
        if self.members.contains(who) || !small || service.staff.len() >= STAFF_MAX {
            return None;
        }
        let closed = f64::from(self.settled + 1).ln().min(GROUP_MAX);
        let strange = -(f64::from(self.came.saturating_sub(self.staff)) + 0.5).ln() + f64::from(self.came + 1).ln();
        let strange = if service.has_staff(who) { 0.0 } else { strange.max(0.0) };
        let starts = if service.before.contains(who) { 0.0 } else { STARTS };
        Some(closed + strange - starts + if outside && !self.outside { FROM_OUTSIDE } else { 0.0 })
    }
}

impl Service {
    fn has_staff(&self, who: u64) -> bool {
        self.staff.iter().any(|(known, _)| *known == who as u32)
    }

    fn is_known(&self, now: u64, span: u64) -> bool {
        let learned = now.saturating_sub(self.since) >= span;
        learned && self.calls >= SERVICE_CALLS && self.callers.reaches(SERVICE_CALLERS)
    }

    /// Privileged functions that a caller used on its first day with any, other than the one with that word.
    fn climbed(&self, who: u32, word: u32) -> u32 {
        let used = self.climbers.iter().find(|(known, _)| *known == who).map_or(0, |(_, used)| *used);
        (used & !bit(word)).count_ones()
    }

    /// Remembers that a caller used a privileged function, on its first day with any.
    fn climb(&mut self, who: u32, word: u32) {
        if let Some((_, used)) = self.climbers.iter_mut().find(|(known, _)| *known == who) {
            *used |= bit(word);
            return;
        }
        if self.climbers.len() >= STAFF_MAX {
            self.climbers.remove(0);
        }
        self.climbers.push((who, bit(word)));
    }

    fn is_staff(&self, who: u32, now: u64) -> bool {
        self.staff.iter().any(|(known, since)| *known == who && now.saturating_sub(*since) >= NEWCOMER_SECONDS)
    }
}

impl Function {
    /// Callers other than `who` that are no newcomers, their calls, and whether all of them are inside.
    fn group(&self, who: u32, now: u64) -> (usize, u32, bool) {
        let old = |caller: &&Caller| caller.who != who && now.saturating_sub(caller.first) >= NEWCOMER_SECONDS;
        let calls = self.callers.iter().filter(old).map(|caller| caller.calls).fold(0, u32::saturating_add);
        (self.callers.iter().filter(old).count(), calls, self.callers.iter().filter(old).all(|caller| caller.inside))
    }

    /// What it says of `who` that it came long after its service, and few use it since.
    fn new_since(&self, service: &Service, who: u32, span: u64, now: u64) -> Option<f64> {
        let late = self.since.saturating_sub(service.since) >= span;
        let new = late && now.saturating_sub(self.since) < NEW_SECONDS && self.callers.len() <= MEMBERS_MAX;
        (new && !self.is_old(who, now)).then_some(NEW)
    }

    fn is_old(&self, who: u32, now: u64) -> bool {
        let caller = self.callers.iter().find(|caller| caller.who == who);
        caller.is_some_and(|caller| now.saturating_sub(caller.first) >= NEW_SECONDS)
    }

    /// What the function itself says of `who`: how new or how closed it is. `None` when there is nothing to say.
    fn closed(&self, service: &Service, who: u32, outside: bool, span: u64, now: u64, least: u32) -> Option<f64> {
        if self.is_old(who, now) {
            return None;
        }
        if let Some(new) = self.new_since(service, who, span, now) {
            return Some(new);
        }
        let (members, calls, inside) = self.group(who, now);
        if members == 0 || members > MEMBERS_MAX || calls < least {
            return None;
        }
        let closed = (f64::from(calls) / members as f64).ln().min(GROUP_MAX);
        Some(closed + if inside && outside { FROM_OUTSIDE } else { 0.0 })
    }

    /// Remembers who calls from inside on its own account; whether the caller is only named by such a one.
    fn passes_on(&mut self, caller: &model::Caller) -> bool {
        if caller.through != 0 {
            return self.senders.contains(&caller.through);
        }
        let mark = sender_mark(&caller.addr);
        if caller.zone.is_inside() && self.senders.len() < FEW && !self.senders.contains(&mark) {
            self.senders.push(mark);
        }
        false
    }

    fn learn(&mut self, who: u64, inside: bool, now: u64, service: Option<&Service>) {
        self.group.learn(who, inside, service);
        let who = who as u32;
        if let Some(caller) = self.callers.iter_mut().find(|caller| caller.who == who) {
            caller.calls = caller.calls.saturating_add(1);
        } else if self.callers.len() < FEW {
            self.callers.push(Caller { who, inside, first: now, calls: 1 });
        } else {
            self.many = true;
        }
    }
}

impl Monitor for FunctionLevelAccess {
    type Common = Service;
    type Model = Function;

    const INFO: DetectorInfo = DetectorInfo {
        id: "function-level-access",
        version: 1,
        subject: "endpoint",
        quiet: Duration::from_hours(12),
        doc: "detectors/function-level-access.md",
        owasp: &["API5:2023"],
        cwe: &["CWE-285", "CWE-862"],
        attack: &["T1190", "T1078"],
        next: "Ask whether the caller may use this function; if not, check the role on the server, and undo what it did.",
    };
    const PARTS: bool = true;

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let endpoint = call.endpoint.filter(|_| call.row().succeeded())?;
        let speaks = !matches!(call.seen.method(), b"OPTIONS" | b"HEAD");
        let common = Some(Key::of(endpoint.1.name.service_id));
        speaks.then(|| Concern { subject: Some(Key::endpoint(endpoint)), common })
    }

    fn judge(call: &Call<'_>, service: Option<&Service>, function: &mut Function, open: bool) -> Verdict {
        let (row, now, whole) = (call.row(), call.now().seconds(), who(call));
        let me = whole as u32;
        // Who is said to be outside by a program inside that called before works through it: nothing was opened.
        let passed_on = function.passes_on(&row.caller);
        let inside = row.caller.zone.is_inside() || passed_on;
        let outside = row.caller.zone == Zone::External && !passed_on;
        let nameless = row.identity.kind == IdentityKind::Address && row.auth.is_empty();
        // A session cookie has any name, and whoever carries a drawn value may be one of the group that came from elsewhere.
        // Of a group that is all inside nobody comes from outside.
        let closed_in = outside && function.group.members.len() > 0 && !function.group.outside;
        let hidden = nameless && !closed_in && call.seen.carries_drawn();
        let bare = nameless && !hidden;
        let span = if bare && !inside { BARE_SECONDS } else { SERVICE_SECONDS };
        if function.since == 0 {
            function.since = call.endpoint.map_or(now, |(_, endpoint)| endpoint.first_at.seconds().min(now).max(1));
        }
        let says = says(call);
        let closed = service.filter(|service| service.is_known(now, span)).and_then(|service| {
            let least = if says.privileged && says.destroys { GROUP_CALLS_NAMED } else { GROUP_CALLS_MIN };
            let large = function.many || function.group(me, now).0 > MEMBERS_MAX;
            let closed = match large {
                true if says.privileged && !hidden => function.group.closed(service, whole, outside),
                true => None,
                false if hidden => function.new_since(service, me, span, now),
                false => function.closed(service, me, outside, span, now, least),
            };
            Some((service, closed?))
        });
        let Some((service, closed)) = closed else {
            // Of what is everybody's nothing is learned any more.
            if !function.many || says.privileged {
                function.learn(whole, inside, now, service);
            }
            return Verdict::Quiet;
        };
        if open && function.stray == me {
            return Verdict::Cause(function.told.severity());
        }
        if function.stray != me {
            (function.stray, function.objects) = (me, Distinct::default());
        }
        if let Some(object) = call.name().and_then(|name| reference(name, &call.seen)) {
            function.objects.insert(mix(object.object));
        }
        let mut weight = closed + weight(says, function.objects.len());
        // An address may be many people.
        if let Some((_, endpoint)) = call.endpoint
            && row.identity.kind != IdentityKind::Address
            && !service.is_staff(me, now)
            && function.new_since(service, me, span, now).is_some()
        {
            weight +=
                f64::from(service.climbed(me, endpoint.word()).saturating_sub(FURTHER_FEW).min(FURTHER_MAX)) * FURTHER;
        }
        weight -= if bare { 0.0 } else { KNOWN } + if inside { INSIDE } else { 0.0 };
        weight -= if service.is_staff(me, now) { STAFF } else { 0.0 };
        let (mut members, mut calls, _) = function.group(me, now);
        if function.many || members > MEMBERS_MAX {
            (members, calls) = (function.group.members.len() as usize, function.group.settled);
        }
        let Says { privileged, destroys, .. } = says;
        function.told = Told { members: members as u32, calls, privileged, destroys, bare };
        if open {
            return Verdict::Quiet;
        }
        // Small sums of decimals: a hair's breadth is no difference.
        if weight + 1e-6 >= RARE {
            return Verdict::Cause(function.told.severity());
        }
        function.learn(whole, inside, now, Some(service));
        Verdict::Note
    }

    fn learn(call: &Call<'_>, service: &mut Service) {
        let now = call.now().seconds();
        if service.since == 0 {
            service.since = now.max(1);
        }
        service.calls += 1;
        let me = who(call);
        if now / DAY > service.day {
            service.before.merge(&service.callers);
            service.day = now / DAY;
        }
        service.callers.insert(me);
        let says = says(call);
        let new = || !service.staff.iter().any(|(known, _)| *known == me as u32);
        if service.staff.len() < STAFF_MAX && says.privileged && new() {
            service.staff.push((me as u32, now));
        }
        if (says.privileged || says.destroys)
            && service.is_known(now, SERVICE_SECONDS)
            && !service.is_staff(me as u32, now)
            && let Some((_, endpoint)) = call.endpoint
        {
            service.climb(me as u32, endpoint.word());
        }
    }

    fn closed(function: &mut Function) {
        (function.stray, function.objects) = (0, Distinct::default());
    }

    fn report(about: &About, function: &Function) -> Report {
        let Told { members, calls, privileged, destroys, bare } = function.told;
        let objects = function.objects.len();
        let usual = if members == 0 {
            "nobody used it while the service was learned".to_owned()
        } else {
            format!("used by {members} callers only, {calls} times")
        };
        let whose = if bare { "without credentials" } else { "of one identity" };
        let times = about.count;
        let mut observed = vec![
            fact("calls", times as f64, format!("{times} calls {whose}, answered with success")),
            fact("objects", objects, format!("{objects} different objects")),
        ];
        if privileged || destroys {
            let what = if privileged { "speaks of privileges" } else { "destroys" };
            observed.push(fact("privileged_name", 1, format!("the function's name {what}")));
        }
        Report {
            severity: function.told.severity(),
            confidence: if privileged { 0.8 } else { 0.7 },
            title: if bare {
                format!("a privileged function is exposed: {times} calls without credentials answered with success")
            } else {
                format!("a privileged function answered a caller that is none of its own, {times} times")
            },
            expected: vec![fact("callers", members, usual)],
            observed,
            peers: Vec::new(),
            ruled_out: vec![
                "a released function: hardly another caller uses it".to_owned(),
                "a refused attempt: it was answered with success".to_owned(),
            ],
        }
    }
}

impl Told {
    const fn severity(&self) -> Severity {
        if self.privileged && self.bare { Severity::High } else { Severity::Medium }
    }
}

fn bit(word: u32) -> u64 {
    1 << (mix(u64::from(word)) % 64)
}

fn says(call: &Call<'_>) -> Says {
    let Some((_, endpoint)) = call.endpoint else { return Says::default() };
    let (name, says) = (&endpoint.name, endpoint.says);
    // What an operation destroys it may destroy as a query, too: those are read by machines, not by their keyword.
    let destroys = says.destroys && (changes(call) || !name.operation.is_empty());
    Says { destroys: destroys || &*name.method == "DELETE", ..says }
}

fn weight(says: Says, objects: u32) -> f64 {
    if !says.privileged && !says.destroys {
        return 0.0;
    }
    let further = objects.saturating_sub(1).min(OBJECTS_MAX);
    let mut weight = f64::from(further) * OBJECT;
    weight += if says.privileged { PRIVILEGED } else { 0.0 };
    weight += if says.destroys { DESTROYS } else { 0.0 };
    weight + if says.destroys && says.whole { WHOLE } else { 0.0 }
}
