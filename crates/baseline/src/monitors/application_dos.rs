//! Application `DoS`: calls that make the server work far more than this endpoint's calls usually do (OWASP API4:2023).
//!
//! Judged: the server's time for the calls of one identity on one endpoint. A call is *dear* when it takes six times what
//! 98 of 100 calls of everybody take. Honest callers meet dear calls too (a cold cache, a pause); how often is learned, and a
//! caller is told when chance hardly explains how many of its calls are dear. Silent: when others' calls are slow at the same
//! time, there or elsewhere on the service, and while the endpoint is not known.

mod around;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::finding::{DetectorInfo, Fact, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use self::around::Around;
use super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use crate::models::{costs::Costs, tail};

pub(crate) struct ApplicationDos;

/// `-ln` of the rate of false alarms for one look, and only dear calls are looked at: 1e-6.
const RARE: f64 = 13.8;
/// Calls an endpoint is known by.
const SUPPORT_MIN: u64 = 8;
/// A dear call takes so many times what 98 of 100 take.
const TIMES: f64 = 6.0;
/// Calls of an endpoint that may be odd, however few there are.
const ODD_CALLS: u32 = 2;
/// Shorter calls are never dear: the clock of a busy server is no finer.
const DEAR_MICROS_MIN: f64 = 20_000.0;
/// Share of dear calls expected of a caller on an endpoint that never had one.
const PRIOR_SHARE: f64 = 0.002;
/// Calls that this expectation is worth.
const PRIOR_CALLS: f64 = 100.0;
/// Spread of that share between callers, in pseudo-calls.
const SPREAD: f64 = 20.0;
/// Of the others who called lately, so many, and this share of them, with dear calls mean that the server is slow for all.
const CROWD_MIN: usize = 3;
const CROWD_SHARE: f64 = 0.25;
/// Server time of the dear calls together that is worth a word, and that is grave.
const WORTH_MICROS: u64 = 250_000;
const GRAVE_MICROS: u64 = 60_000_000;
/// Dear calls further apart than this are told apart.
const GAP: Duration = Duration::from_hours(24);
/// Latest calls of all that tell how the server does now.
const LATEST: usize = 24;

/// What calls of one endpoint cost; or, of a service, how it does.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Usual {
    costs: Costs,
    calls: u64,
    dear: u64,
    /// Who called lately, by half of the hash, and whether it was dear.
    latest: Vec<(u32, bool)>,
    /// Of a service: its latest calls.
    #[serde(default)]
    around: Around,
}

/// What calls of one identity on it cost.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Mine {
    calls: u32,
    dear: u32,
    dear_micros: u64,
    all_micros: u64,
    longest: u32,
    /// Seconds of packet time of the latest dear call.
    last: u64,
    /// What was usual when the latest was judged: 98 of 100 calls, microseconds; calls known; share of dear ones.
    bound: u64,
    known: u64,
    share: f32,
    /// Nanoseconds of packet time at which the first of the latest dear calls began.
    #[serde(default)]
    began: u64,
}

impl Usual {
    /// Whether a call of so many microseconds is dear; `None` while the endpoint is not known.
    fn is_dear(&self, micros: u32) -> Option<bool> {
        self.bound().map(|bound| f64::from(micros) >= bound)
    }

    /// Microseconds from which on a call is dear.
    fn bound(&self) -> Option<f64> {
        (self.calls >= SUPPORT_MIN).then(|| (self.usual_at_most() * TIMES).max(DEAR_MICROS_MIN))
    }

    /// What 98 of 100 calls take at most, and all but [`ODD_CALLS`] while there are few: of so few, one odd call must not
    /// say what is usual.
    fn usual_at_most(&self) -> f64 {
        let few = 1.0 - f64::from(ODD_CALLS) / self.calls.max(1) as f64;
        self.costs.quantile(few.clamp(0.5, 0.98))
    }

    /// Share of dear calls among those of others than `mine`.
    fn share(&self, mine: &Mine) -> f64 {
        let others = |all: u64, own: u32| all.saturating_sub(u64::from(own)) as f64;
        (others(self.dear, mine.dear) + PRIOR_SHARE * PRIOR_CALLS) / (others(self.calls, mine.calls) + PRIOR_CALLS)
    }

    /// Whether calls of others were dear just now: of several others, since attackers may be two.
    fn crowd(&self, me: u32) -> bool {
        let others: BTreeSet<u32> = self.latest.iter().map(|(who, _)| *who).filter(|who| *who != me).collect();
        let dear: BTreeSet<u32> =
            self.latest.iter().filter(|(who, dear)| *dear && *who != me).map(|(who, _)| *who).collect();
        dear.len() >= CROWD_MIN && dear.len() as f64 >= others.len() as f64 * CROWD_SHARE
    }
}

impl Model for Usual {
    fn merge(&mut self, other: &Self) {
        self.costs.merge(&other.costs);
        (self.calls, self.dear) = (self.calls + other.calls, self.dear + other.dear);
        self.latest.extend(&other.latest);
        self.latest.sort_unstable();
        self.latest.truncate(LATEST);
        self.around.merge(&other.around);
    }

    const NAMES_ENDPOINTS: bool = true;

    fn rename(&mut self, moves: &BTreeMap<u32, u32>) {
        self.around.rename(moves);
    }
}

impl Model for Mine {
    fn merge(&mut self, other: &Self) {
        (self.calls, self.dear) = (self.calls.saturating_add(other.calls), self.dear.saturating_add(other.dear));
        self.dear_micros = self.dear_micros.saturating_add(other.dear_micros);
        self.all_micros = self.all_micros.saturating_add(other.all_micros);
        (self.longest, self.last) = (self.longest.max(other.longest), self.last.max(other.last));
        (self.bound, self.known) = (self.bound.max(other.bound), self.known.max(other.known));
        self.share = self.share.max(other.share);
        self.began = self.began.max(other.began);
    }
}

fn me(call: &Call<'_>) -> u32 {
    call.row().identity.id.prefix() as u32
}

impl Monitor for ApplicationDos {
    type Common = Usual;
    type Model = Mine;

    const PAUSES: bool = true;
    const INFO: DetectorInfo = DetectorInfo {
        id: "application-dos",
        version: 1,
        subject: "identity_endpoint",
        quiet: Duration::from_hours(1),
        doc: "detectors/application-dos.md",
        owasp: &["API4:2023"],
        cwe: &["CWE-400", "CWE-770"],
        attack: &["T1499.003"],
        next: "Look at what the dear calls ask for (sizes, depth, patterns) and bound it; then limit the caller.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let row = call.row();
        let endpoint = call.endpoint.filter(|_| Self::timed(call))?;
        let subject = f64::from(row.wait_micros) >= DEAR_MICROS_MIN;
        Some(Concern {
            subject: subject.then(|| Key::on(row.identity.id, endpoint.0)),
            common: Some(Key::endpoint(endpoint)),
        })
    }

    fn around(call: &Call<'_>) -> Option<Key> {
        call.endpoint.filter(|_| Self::timed(call)).map(|(_, endpoint)| Key::of(endpoint.name.service_id))
    }

    fn weigh(call: &Call<'_>, usual: &Usual) -> Option<bool> {
        let micros = call.row().wait_micros;
        if f64::from(micros) < DEAR_MICROS_MIN {
            return (usual.calls >= SUPPORT_MIN).then_some(false);
        }
        usual.is_dear(micros)
    }

    fn learn_around(call: &Call<'_>, dear: bool, service: &mut Usual) {
        service.around.learn(call, me(call), dear);
    }

    fn judge(call: &Call<'_>, common: Option<&Usual>, mine: &mut Mine, open: bool) -> Verdict {
        Self::judge_around(call, common, None, mine, open)
    }

    fn judge_around(
        call: &Call<'_>,
        common: Option<&Usual>,
        service: Option<&Usual>,
        mine: &mut Mine,
        open: bool,
    ) -> Verdict {
        let (row, now) = (call.row(), call.now().seconds());
        let micros = f64::from(row.wait_micros);
        let Some((usual, bound)) = common.and_then(|usual| Some((usual, usual.bound()?))) else {
            return Verdict::Quiet;
        };
        mine.calls = mine.calls.saturating_add(1);
        if micros < bound || usual.crowd(me(call)) || mine.suffers(call, service) {
            return Verdict::Quiet;
        }
        if !open && now.saturating_sub(mine.last) > GAP.as_secs() {
            *mine = Mine { calls: 1, ..Mine::default() };
        }
        if now.saturating_sub(mine.last) > around::LATELY.as_secs() {
            mine.began = row.first_at.nanos();
        }
        mine.last = now;
        mine.dear = mine.dear.saturating_add(1);
        mine.dear_micros = mine.dear_micros.saturating_add(u64::from(row.wait_micros));
        mine.longest = mine.longest.max(row.wait_micros);
        (mine.bound, mine.known) = ((bound / TIMES) as u64, usual.calls);
        let share = usual.share(mine);
        mine.share = share as f32;
        if open {
            return Verdict::Cause(mine.severity());
        }
        let rare = tail::share(mine.dear, mine.calls, share, SPREAD);
        let well = service.is_none_or(|service| service.around.does_well(call, me(call), mine.began));
        if rare >= RARE && mine.dear_micros >= WORTH_MICROS && well {
            Verdict::Cause(mine.severity())
        } else {
            Verdict::Note
        }
    }

    fn learn(call: &Call<'_>, usual: &mut Usual) {
        let micros = call.row().wait_micros;
        // The bound is never below that: most calls need none.
        let slow = f64::from(micros) >= DEAR_MICROS_MIN;
        let dear = slow && usual.is_dear(micros).unwrap_or_default();
        usual.calls += 1;
        usual.dear += u64::from(dear);
        // A dear call does not move what is usual: else an attack would vouch for itself.
        // Nor do calls just below it by more than a step: else it would rise by a half with every one of them.
        if !dear {
            let short = f64::from(micros) <= DEAR_MICROS_MIN / TIMES || usual.calls <= SUPPORT_MIN;
            let most = if short { f64::INFINITY } else { (usual.usual_at_most() * 2.0).max(DEAR_MICROS_MIN / TIMES) };
            usual.costs.add(f64::from(micros).min(most) as u32);
        }
        if usual.latest.len() >= LATEST {
            usual.latest.remove(0);
        }
        usual.latest.push((me(call), dear));
    }

    fn closed(mine: &mut Mine) {
        *mine = Mine::default();
    }

    fn report(about: &About, mine: &Mine) -> Report {
        let seconds = |micros: u64| micros as f64 / 1e6;
        let (dear, all, longest) = (mine.dear, seconds(mine.dear_micros), seconds(u64::from(mine.longest)));
        let usual = mine.bound as f64 / 1e3;
        Report {
            severity: mine.severity(),
            confidence: (f32::from(about.kind.confidence()) * confidence(mine.known)).round() / 100.0,
            title: format!("{dear} calls kept the server busy for {all:.1} s, the longest for {longest:.1} s"),
            expected: vec![fact(
                "server_milliseconds",
                usual,
                format!("98 of 100 calls take at most {usual:.1} ms; learned from {} calls of all callers", mine.known),
            )],
            observed: vec![
                fact("dear_calls", f64::from(dear), format!("{dear} calls took six times as long, or longer")),
                fact("server_seconds", all, format!("{all:.1} s of the server's time together")),
            ],
            peers: vec![fact(
                "dear_share",
                f64::from(mine.share),
                format!("of all calls {:.2} % take so long", f64::from(mine.share) * 100.0),
            )],
            ruled_out: vec![
                "a slow server: calls of others at that time were answered as usual".to_owned(),
                "a slow line: only the time from the request's end to the answer's begin is counted".to_owned(),
            ],
        }
    }
}

impl ApplicationDos {
    /// Whether it is known how long the server took.
    const fn timed(call: &Call<'_>) -> bool {
        let row = call.seen.row;
        row.wait_micros > 0 && row.status != 0
    }
}

impl Mine {
    /// Whether the service was slow before this caller's dear calls began, or slow and failing.
    fn suffers(&self, call: &Call<'_>, service: Option<&Usual>) -> bool {
        let row = call.row();
        let going_on = self.dear > 0 && call.now().seconds().saturating_sub(self.last) <= around::LATELY.as_secs();
        let began = if going_on { self.began } else { row.first_at.nanos() };
        service.is_some_and(|service| service.around.is_slow(call, me(call), began))
    }

    const fn severity(&self) -> Severity {
        if self.dear_micros >= GRAVE_MICROS { Severity::High } else { Severity::Medium }
    }
}

fn confidence(known: u64) -> f32 {
    known as f32 / (known as f32 + SUPPORT_MIN as f32)
}

fn fact(name: &'static str, value: f64, text: String) -> Fact {
    Fact { name: name.into(), value, text }
}
