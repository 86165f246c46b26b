//! Automated flow: an operation is carried out again and again at the pace of a machine, where people carry it out
//! (OWASP API6:2023).
//!
//! Judged: the time from the step before the operation to the operation, against what it takes others, and how even the times
//! between operations of one network are. All accounts of a network are one actor. Silent: about who was a machine while the
//! endpoint was learned, while many are that fast (a sale), and where even times are the rule (clients that poll).

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::Duration;

use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use model::{IdentityKind, Zone};
use serde::{Deserialize, Serialize};

use self::pace::{Actor, Pace};
use super::access::{changes, fact};
use super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use crate::models::mix;
use crate::models::tail;

mod pace;

pub(crate) struct AutomatedFlow;

/// `-ln` of the rate of false alarms for one actor, 1e-6.
const RARE: f64 = 13.8;
/// Spread of the share of fast runs between actors, in pseudo-runs; and the share expected where nobody was ever fast.
const SPREAD: f64 = 20.0;
const PRIOR_SHARE: f64 = 0.002;
const PRIOR_RUNS: f64 = 100.0;
/// Fast runs of an actor before it is told.
const FAST_MIN: u32 = 10;
/// Fast runs while the endpoint was learned that make a known machine.
const EARLY_MIN: u16 = 3;
/// How long an endpoint is learned.
const LEARNED: Duration = Duration::from_hours(72);
/// Actors that are as fast at the same time, and their share of those seen lately, that make a crowd.
const CROWD_MIN: usize = 3;
const CROWD_SHARE: f64 = 0.25;
const LATEST: usize = 24;
/// Callers with even times that make them the rule.
const EVEN_PEERS: usize = 2;
/// Accounts of an actor that are told apart.
const ACCOUNTS_MAX: usize = 8;

/// The two endpoints that a caller used last, with the millisecond of the end of the call; the latest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Path {
    been: [(u32, u64); 2],
    /// The client's port of the latest call.
    port: u16,
}

impl Path {
    fn note(&mut self, endpoint: u32, at: u64) {
        let [last, second] = self.been;
        self.been = if last.0 == endpoint { [(endpoint, at), second] } else { [(endpoint, at), last] };
    }

    /// When the step before `endpoint` ended, if one was taken since the operation was carried out last.
    fn step_before(&self, endpoint: u32) -> Option<u64> {
        let [(last, at), _] = self.been;
        (at > 0 && last != endpoint).then_some(at)
    }
}

impl Model for Path {
    fn merge(&mut self, other: &Self) {
        let mut all = [self.been, other.been].concat();
        all.sort_unstable_by_key(|(endpoint, at)| (std::cmp::Reverse(*at), *endpoint));
        let first = all.first().copied().unwrap_or_default();
        let second = all.iter().find(|(endpoint, _)| *endpoint != first.0).copied().unwrap_or_default();
        self.been = [first, second];
        self.port = self.port.max(other.port);
    }

    fn glance(&self) {
        black_box(self.been);
    }

    const NAMES_ENDPOINTS: bool = true;

    fn rename(&mut self, moves: &BTreeMap<u32, u32>) {
        for (endpoint, _) in &mut self.been {
            *endpoint = moves.get(endpoint).copied().unwrap_or(*endpoint);
        }
    }
}

/// What is known of one operation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Flow {
    pace: Pace,
    /// First runs of an actor on a day, and the fast ones of them.
    firsts: u32,
    fast_firsts: u32,
    /// Actors seen lately, and whether they were fast.
    latest: Vec<(u32, bool)>,
    told: Told,
}

/// What a finding says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Told {
    runs: u32,
    networks: u8,
    accounts: u8,
    /// Mean time from the step before, of the latest actor; what it takes the fastest of others; milliseconds.
    gap: f32,
    usual: f32,
    /// How even its times are: the deviation of their logarithm, and seconds between them; 0 when they are not.
    uneven: f32,
    seconds: f32,
    peers: u8,
    machine: bool,
}

impl Model for Flow {
    fn merge(&mut self, other: &Self) {
        self.pace.merge(&other.pace);
        (self.firsts, self.fast_firsts) =
            (self.firsts.saturating_add(other.firsts), self.fast_firsts.saturating_add(other.fast_firsts));
        self.latest.extend(&other.latest);
        self.latest.sort_unstable();
        self.latest.truncate(LATEST);
    }

    fn take_cut(&mut self) -> u32 {
        self.pace.take_cut()
    }
}

/// One run of the operation.
struct Run {
    network: u32,
    account: u32,
    /// Millisecond of its begin, and since the step before.
    at: u64,
    gap: Option<f32>,
    fast: bool,
    learned: bool,
}

impl Flow {
    /// How rare it is that so many of an actor's runs are fast, in nats.
    fn rarity(&self, actor: &Actor) -> f64 {
        let share = (f64::from(self.fast_firsts) + PRIOR_SHARE * PRIOR_RUNS) / (f64::from(self.firsts) + PRIOR_RUNS);
        tail::share(actor.fast, actor.runs, share, SPREAD)
    }

    /// Whether several others are as fast just now.
    fn crowd(&self, me: u32) -> bool {
        let of = |fast: bool| {
            let some = self.latest.iter().filter(|(who, quick)| *who != me && (*quick || !fast));
            some.map(|(who, _)| *who).collect::<BTreeSet<u32>>().len()
        };
        of(true) >= CROWD_MIN && of(true) as f64 >= of(false) as f64 * CROWD_SHARE
    }

    /// Whether the run is one of a machine that was none before.
    fn is_machine(&self, run: &Run, actor: &Actor) -> bool {
        if !run.learned || actor.early >= EARLY_MIN {
            return false;
        }
        let fast = run.fast && actor.fast >= FAST_MIN && self.rarity(actor) >= RARE && !self.crowd(run.network);
        let fresh = !actor.from_the_first || actor.was_uneven;
        fast || (fresh && actor.times.are_even() && self.pace.even_peers() < EVEN_PEERS)
    }

    /// Counts a run; whether it is the first of its actor that day.
    fn count(&mut self, run: &Run) {
        let first = self.pace.count(run.network, run.account, run.at, run.gap, run.fast, run.learned);
        if first && !self.pace.actor(run.network).is_some_and(|actor| actor.told) {
            self.firsts = self.firsts.saturating_add(1);
            self.fast_firsts = self.fast_firsts.saturating_add(u32::from(run.fast && run.learned));
        }
    }

    fn tell(&mut self, run: &Run, machine: bool) {
        let (mut networks, mut accounts, mut runs) = (0u8, 0u8, 0u32);
        for actor in self.pace.actors_mut() {
            actor.told |= actor.network == run.network;
            if actor.told {
                networks = networks.saturating_add(1);
                accounts = accounts.saturating_add(actor.accounts.len() as u8);
                runs = runs.saturating_add(actor.runs);
            }
        }
        let Some(actor) = self.pace.actor(run.network) else { return };
        let even = actor.times.are_even();
        self.told = Told {
            runs,
            networks,
            accounts,
            gap: if actor.fast > 0 { (actor.gaps / actor.fast as f32).exp() } else { 0.0 },
            usual: self.pace.quickest().unwrap_or(0.0),
            uneven: if even { actor.times.deviation() } else { 0.0 },
            seconds: if even { actor.times.middle() } else { 0.0 },
            peers: self.pace.peers() as u8,
            machine,
        };
    }
}

/// Credentials made for programs, and own networks: automation is no surprise there.
fn is_expected(call: &Call<'_>) -> bool {
    let row = call.row();
    row.caller.zone == Zone::Internal || matches!(row.identity.kind, IdentityKind::ApiKey)
}

const fn severity(expected: bool) -> Severity {
    if expected { Severity::Low } else { Severity::Medium }
}

impl Monitor for AutomatedFlow {
    /// Of callers: every worker knows where all have been, and the owner of the operation judges.
    type Common = Path;
    type Model = Flow;

    const PAUSES: bool = true;
    const INFO: DetectorInfo = DetectorInfo {
        id: "automated-flow",
        version: 1,
        subject: "endpoint",
        quiet: Duration::from_hours(24),
        doc: "detectors/automated-flow.md",
        owasp: &["API6:2023"],
        cwe: &["CWE-799", "CWE-840"],
        attack: &["T1496"],
        next: "Look what was bought, reserved or made, and whether one actor may have so much; then slow the operation down or ask for a proof of a person.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let row = call.row();
        let endpoint = call.endpoint.filter(|_| row.succeeded())?;
        let subject = changes(call).then(|| Key::endpoint(endpoint));
        let who = if row.identity.kind == IdentityKind::Address { call.network() } else { row.identity.id };
        Some(Concern { subject, common: Some(Key::of(who)) })
    }

    fn judge(call: &Call<'_>, path: Option<&Path>, flow: &mut Flow, open: bool) -> Verdict {
        let Some((_, endpoint)) = call.endpoint else { return Verdict::Quiet };
        let row = call.row();
        let at = row.first_at.nanos() / 1_000_000;
        // Strangers are told apart by nothing but their connection: several of one network are not one who hurries.
        let one = |path: &&Path| row.identity.kind != IdentityKind::Address || path.port == row.flow.orig.port;
        let before = path.filter(one).and_then(|path| path.step_before(endpoint.word()));
        let gap = before.map(|before| at.saturating_sub(before).max(1) as f32);
        let network = call.network().prefix() as u32;
        let learned = call.learned_for() >= LEARNED && flow.pace.is_known();
        let fast = gap.is_some_and(|gap| gap <= flow.pace.bound());
        let run = Run { network, account: mix(row.identity.id.prefix()) as u32, at, gap, fast, learned };
        flow.count(&run);
        let Some(actor) = flow.pace.actor(network) else { return Verdict::Quiet };
        let known = actor.told;
        let machine = flow.is_machine(&run, actor) || (open && known && (fast || actor.times.are_even()));
        let doubtful = learned && fast && actor.early < EARLY_MIN && actor.fast >= FAST_MIN / 2;
        if !(machine || known || fast && learned) {
            flow.pace.learn(mix(row.identity.id.prefix()) as u32, at, gap);
        }
        if flow.latest.len() >= LATEST {
            flow.latest.remove(0);
        }
        flow.latest.push((network, fast));
        if machine {
            let expected = is_expected(call);
            flow.tell(&run, expected);
            return Verdict::Cause(severity(expected));
        }
        if doubtful { Verdict::Note } else { Verdict::Quiet }
    }

    fn learn(call: &Call<'_>, path: &mut Path) {
        if let Some((_, endpoint)) = call.endpoint {
            path.note(endpoint.word(), call.now().nanos() / 1_000_000);
            path.port = call.row().flow.orig.port;
        }
    }

    fn closed(flow: &mut Flow) {
        for actor in flow.pace.actors_mut().filter(|actor| actor.told) {
            actor.forget_runs();
            actor.told = false;
        }
        flow.told = Told::default();
    }

    fn report(_: &About, flow: &Flow) -> Report {
        let told = &flow.told;
        let (runs, accounts, networks) = (told.runs, told.accounts, told.networks);
        let mut observed = vec![fact(
            "runs",
            runs,
            format!("{runs} runs within a day, by {accounts} accounts or more of {networks} networks"),
        )];
        if told.gap > 0.0 {
            let seconds = told.gap / 1e3;
            observed.push(fact(
                "think_seconds",
                seconds,
                format!("{seconds:.2} s from the step before to the operation"),
            ));
        }
        if told.seconds > 0.0 {
            let (seconds, percent) = (told.seconds, told.uneven * 100.0);
            let text = format!("every {seconds:.1} s, even within {percent:.1} %");
            observed.push(fact("even_seconds", seconds, text));
        }
        let usual = told.usual / 1e3;
        Report {
            severity: severity(told.machine),
            confidence: (95.0 * f32::from(told.peers) / (f32::from(told.peers) + 4.0)).round() / 100.0,
            title: format!("an operation was carried out {runs} times at the pace of a machine"),
            expected: vec![fact(
                "quickest_seconds",
                usual,
                format!("{usual:.1} s from the step before, by the quickest of {} callers but two", told.peers),
            )],
            observed,
            peers: vec![fact(
                "fast_actors",
                flow.fast_firsts,
                format!("of {} actors and days, {} were that fast", flow.firsts, flow.fast_firsts),
            )],
            ruled_out: vec![
                "a job that always ran: it was no machine while the operation was learned".to_owned(),
                "a sale: others were not as fast at that time".to_owned(),
                "a client that does it by itself: the same operation takes others their time".to_owned(),
            ],
        }
    }
}
