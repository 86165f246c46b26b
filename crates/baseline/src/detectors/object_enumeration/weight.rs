//! How rare the behaviour of a pair is among honest callers.
//!
//! | piece | question | reference |
//! |---|---|---|
//! | breadth | so many new objects in this window? | peers on the endpoint, and own earlier days |
//! | refused | so many of them refused? | peers' shares |
//! | foreign | so many of them known as another's, or in no answer it got? | peers' shares |
//! | steps | so many of them one number further? | peers' shares |
//!
//! Each is a tail probability; Fisher's method takes them together. They are treated as independent given that the
//! caller is honest, which holds roughly; the heavy tails of [`tail`] make up for it.

use std::time::Duration;

use model::Zone;
use model::identity::IdentityKind;

use super::memory::{NEW_MIN, Window};
use crate::access::{Access, Facts};
use crate::detectors::Seen;
use crate::models::spread::Spread;
use crate::models::tail;
use crate::peers::{Reference, SHARE_SPREAD, SUPPORT_MIN};
use crate::subject::PairModel;

/// `-ln` of the rate of false alarms for each look: 1e-7. A story is looked at about ten times, so an honest pair
/// raises a false alarm with a chance of 1e-6.
const RARE: f64 = 16.1;
/// The same for an address, behind which many people may stand: 1e-12; for one from which only one client calls: 1e-8.
const RARE_FOR_ADDRESS: f64 = 27.6;
const RARE_FOR_ONE_CLIENT: f64 = 18.4;
/// What refusals and others' objects must show together, whatever the rest says: 1e-2. Much reading alone is no attack.
const FACTS_MIN: f64 = 4.6;
/// The same with steps, when some of the objects are others': 2.5e-3.
const PASSES_MIN: f64 = 6.0;
/// What breadth and steps must each show to convince without refusals, 1e-3: numbers walked one by one, as nobody else does.
const WALK_MIN: f64 = 6.9;
/// What refusals alone must show while learning, for an address and for a fresh opaque token: 1e-3.
const REFUSED_MIN: f64 = 6.9;
/// While a state or an endpoint is younger, whoever reads much may be a job that always did.
const LEARNING_SPAN: Duration = Duration::from_hours(24);
/// A pair that came after learning is its own reference only at this age: an attack must not vouch for itself.
const OWN_AGE: Duration = Duration::from_hours(24 * 7);
/// How rare it must be in the own past, 1e-2: what is less rare there is excused, and what is rarer is as rare as others say,
/// since a few own days cannot say more.
const OWN_MIN: f64 = 4.6;
/// Days on which others' objects were read that make a custom.
const CUSTOM_DAYS_MIN: usize = 3;
/// Others' objects among many, at least one in so many, and how rare their share must be, 1 in 10: in a catalogue everybody reads what others read.
const FOREIGN_MIN: u16 = 3;
const FOREIGN_ONE_IN: u16 = 5;
const SOME: f64 = 2.3;
/// Steps in a row that are expected of somebody where nothing is known of others: a page or two.
const STEPS_ALONE: f64 = 1.0;
/// How far from one a count begins that is none of pages, as a multiple of what was counted; and numbers of nothing that are met.
const FROM_TIMES: u64 = 4;
const MISSES_MIN: u16 = 3;
/// How much callers differ in the ids that they bring from elsewhere, on the scale of [`Spread`]: by a factor of e.
const UNDISCLOSED_DEVIATION: f64 = 1.0;
/// The window that shows most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    pub(super) window: Window,
    pub(super) facts: Facts,
}

/// The verdict, when the pair's behaviour is rarer than allowed.
pub(super) fn judge(seen: &Seen<'_>, access: &Access, pair: &PairModel) -> Option<Verdict> {
    let reference = seen.endpoint.peers.as_ref()?.reference(&seen.row.identity.id);
    if reference.peers < SUPPORT_MIN {
        return alone(seen, access, pair);
    }
    if reference.heavy {
        return None;
    }
    let (own, staff) = (own_past(seen, access, pair), is_staff(seen, pair));
    let (total, verdict) = Window::ALL
        .into_iter()
        .filter_map(|window| {
            let facts = pair.objects.window(window, access);
            let total = weigh(&facts, window, &reference, own.as_ref(), seen, staff)?;
            Some((total, Verdict { window, facts }))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    let enough = match seen.row.identity.kind {
        IdentityKind::Address if seen.clients > 1 => RARE_FOR_ADDRESS,
        IdentityKind::Address => RARE_FOR_ONE_CLIENT,
        _ => RARE,
    };
    (total - (Window::ALL.len() as f64).ln() >= enough).then_some(verdict)
}

/// The verdict where there is nobody to compare with, as on an endpoint that was left long ago: somebody outside counts upward
/// through objects that no answer told of. Pages and weeks begin at one; who shows no credentials may follow links of pages that
/// are not read here, so it must have met numbers of nothing.
fn alone(seen: &Seen<'_>, access: &Access, pair: &PairModel) -> Option<Verdict> {
    let one = match seen.row.identity.kind {
        IdentityKind::ApiKey | IdentityKind::Certificate => false,
        IdentityKind::Address => seen.clients <= 1,
        _ => true,
    };
    let outside = seen.row.caller.zone == Zone::External;
    let came_later = pair.first_at.since(seen.state_since) >= LEARNING_SPAN;
    if !one || !outside || !came_later || !reads(seen) {
        return None;
    }
    let nobody = seen.row.identity.kind == IdentityKind::Address;
    Window::ALL.into_iter().map(|window| Verdict { window, facts: pair.objects.window(window, access) }).find(
        |verdict| {
            let Facts { new, ok, refused, steps, undisclosed, .. } = verdict.facts;
            let told = ok.saturating_add(refused);
            let guessed = told >= new / 2 && undisclosed >= told - told / 10 && steps >= new / 2;
            let far = access.number.is_some_and(|number| number >= u64::from(new) * FROM_TIMES);
            let misses = !nobody || refused >= (new / 20).max(MISSES_MIN);
            let nats = tail::people(u32::from(steps), STEPS_ALONE, 1) - (Window::ALL.len() as f64).ln();
            guessed && far && misses && nats >= RARE_FOR_ONE_CLIENT
        },
    )
}

/// Whether the endpoint only tells.
fn reads(seen: &Seen<'_>) -> bool {
    matches!(&*seen.endpoint.name.method, "GET" | "HEAD")
}

/// Evidence of one window, in nats; `None` when a condition fails that no other evidence outweighs.
fn weigh(
    facts: &Facts,
    window: Window,
    reference: &Reference,
    own: Option<&Own>,
    seen: &Seen<'_>,
    staff: bool,
) -> Option<f64> {
    let n = u32::from(facts.new);
    if facts.new < NEW_MIN {
        return None;
    }
    let spread = match window {
        Window::Hour => &reference.hour,
        Window::Day => &reference.day,
        Window::Weeks => &reference.all,
    };
    let peers = spread.rarity(n);
    let past = own.map(|own| own.rarity(window));
    let breadth = past.filter(|past| *past < OWN_MIN).map_or(peers, |past| past.min(peers));
    let now = seen.row.last_at;
    let learning = now.since(seen.learning_since) < LEARNING_SPAN;
    // A fresh opaque token hides what its owner did under the ones before.
    let hidden = match seen.row.identity.kind {
        IdentityKind::Token | IdentityKind::Session => now.since(seen.identity_since) < LEARNING_SPAN,
        IdentityKind::Address
        | IdentityKind::TokenClaim
        | IdentityKind::ApiKey
        | IdentityKind::User
        | IdentityKind::Certificate => false,
    };
    let share = |hits: u16, mean| tail::share(u32::from(hits), n, mean, SHARE_SPREAD);
    let refused = share(facts.refused, reference.refused);
    // Ids that were guessed, or came from elsewhere.
    let habit = own.and_then(|own| own.undisclosed).unwrap_or(0.0);
    let usual = reference.undisclosed.max(habit);
    let undisclosed = if learning || hidden { 0.0 } else { share(facts.undisclosed, usual) };
    // Whoever always read what is others' does so today.
    let custom = own.and_then(|own| own.foreign).unwrap_or(0.0);
    let foreign = share(facts.foreign, reference.foreign.max(custom)).max(undisclosed);
    // A share says little more of a hundred steps than of fifty. Where it is unusual, how far was walked says it, of who shows
    // no credentials: members walk lists of their own.
    let steps = share(facts.steps, reference.steps);
    let nobody = seen.row.identity.kind == IdentityKind::Address;
    let walked = || reference.walked.rarity(u32::from(facts.steps));
    let steps = if nobody && steps >= FACTS_MIN { steps.max(walked()) } else { steps };
    // A crawler that counted from the first day on counts.
    let habit = own.and_then(|own| Some(share(facts.steps, own.steps?)));
    let steps = habit.map_or(steps, |habit| habit.min(steps));
    // Staff reads what is others', and new staff what lists show it; that it walks numbers or is refused would be odd.
    let shown = seen.row.caller.zone.is_inside() && facts.undisclosed <= facts.new / 4;
    if (staff || shown) && facts.refused == 0 && steps < WALK_MIN {
        return None;
    }
    let strict = learning || hidden || seen.row.identity.kind == IdentityKind::Address;
    // Whose they are is not known of objects that nobody asked for before: a person outside who reads them by counting.
    let outside = seen.row.caller.zone == Zone::External;
    let person = matches!(seen.row.identity.kind, IdentityKind::TokenClaim | IdentityKind::User);
    let machine = matches!(seen.row.identity.kind, IdentityKind::ApiKey | IdentityKind::Certificate);
    let counts = outside && person && reads(seen) && facts.ok > 0;
    let walks = (facts.foreign > 0 || counts) && !learning && !hidden && breadth.min(steps) >= WALK_MIN;
    // Others' objects, one number after the other: the two together where neither would do.
    let passes = facts.foreign > 0 && !strict && refused + foreign + steps >= PASSES_MIN;
    // Where there is little past yet, or an owner is hidden, refusals need not show it alone when all four do.
    let sweeps = refused.min(foreign) >= FACTS_MIN && breadth.min(steps) >= WALK_MIN;
    // Where people have few objects of their own, somebody outside reads more than all of them, others' among them.
    let most = breadth >= RARE && n > spread.max;
    let others = facts.foreign >= FOREIGN_MIN && facts.foreign >= facts.new / FOREIGN_ONE_IN;
    let floods = outside && person && !strict && most && others && foreign >= SOME;
    let convincing =
        walks || passes || sweeps || floods || refused + foreign >= FACTS_MIN && (!strict || refused >= REFUSED_MIN);
    let guessed = || {
        let many = reference.unknown.rarity_within(u32::from(facts.undisclosed), UNDISCLOSED_DEVIATION);
        let many = past.filter(|past| *past < OWN_MIN).map_or(many, |past| past.min(many));
        tail::combined(&[breadth.max(many), undisclosed]) - std::f64::consts::LN_2
    };
    // Machines of partners bring ids of their own; an address may be many people.
    let one = seen.row.identity.kind != IdentityKind::Address || seen.clients <= 1;
    let unheard = one && !machine && undisclosed >= WALK_MIN;
    let all = convincing.then(|| tail::combined(&[breadth, refused, foreign, steps]));
    // What else somebody does not do who asks for much that it was never told of is no excuse.
    all.into_iter().chain(unheard.then(guessed)).reduce(f64::max)
}

/// Whether it calls from inside, and did so in the first day: more often than not somebody whose work it is.
fn is_staff(seen: &Seen<'_>, pair: &PairModel) -> bool {
    seen.row.caller.zone.is_inside() && pair.first_at.since(seen.learning_since) < LEARNING_SPAN
}

/// New objects by day.
struct Own {
    earlier: Spread,
    later: Vec<u32>,
    today: u32,
    /// Its share of steps in the earlier days, of a pair that is as old as the state.
    steps: Option<f64>,
    /// The same of what was in no answer to it, and of others' objects.
    undisclosed: Option<f64>,
    foreign: Option<f64>,
}

impl Own {
    /// How rare the window is, in nats, where the earlier days are usual. Each later day adds to what the weeks show.
    fn rarity(&self, window: Window) -> f64 {
        let today = self.earlier.rarity(self.today);
        match window {
            Window::Hour | Window::Day => today,
            Window::Weeks => {
                let days = self.later.iter().map(|day| self.earlier.rarity(*day));
                tail::combined(&days.chain([today]).collect::<Vec<_>>())
            }
        }
    }
}

/// The pair's own past, when it has one that counts.
fn own_past(seen: &Seen<'_>, access: &Access, pair: &PairModel) -> Option<Own> {
    let young = seen.row.last_at.since(pair.first_at) < OWN_AGE;
    let from_the_start = pair.first_at.since(seen.learning_since) < LEARNING_SPAN;
    if young && !from_the_start {
        return None;
    }
    let mut earlier = pair.objects.past_days(access);
    if earlier.is_empty() {
        return None;
    }
    // What is slow enough to fill days must not become its own excuse.
    let later = earlier.split_off(earlier.len().div_ceil(2));
    let sum = earlier.iter().fold(Facts::default(), |mut sum, day| {
        sum.add(day);
        sum
    });
    let share = |part: u16| {
        let mean = f64::from(part) / f64::from(sum.new.max(1));
        (from_the_start && sum.new >= NEW_MIN).then(|| mean.clamp(1e-4, 0.99))
    };
    // One busy day is no custom.
    let often = earlier.iter().filter(|day| day.new > 0).count() >= CUSTOM_DAYS_MIN;
    let today = u32::from(pair.objects.window(Window::Day, access).new);
    let counts = |days: Vec<Facts>| -> Vec<u32> { days.iter().map(|day| u32::from(day.new)).collect() };
    Some(Own {
        earlier: Spread::of(counts(earlier)),
        later: counts(later),
        today,
        steps: share(sum.steps),
        undisclosed: share(sum.undisclosed),
        foreign: share(sum.foreign).filter(|_| often),
    })
}
