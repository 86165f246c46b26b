//! Query cost: GraphQL requests far deeper, with far more aliases, or in far larger batches than this service's callers send
//! (OWASP API4:2023).
//!
//! One request then asks for what a thousand ask for: nested objects without end, one list under ninety names, two dozen
//! log-ins at once. Judged: depth, aliases and operations of a request against those of all callers of the path. A release
//! that sends more does so from many networks, and is learned.

use std::time::Duration;

use model::finding::{DetectorInfo, Fact, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use crate::models::costs::Costs;
use crate::models::distinct::Distinct;
use crate::models::mix;

pub(crate) struct QueryCost;

/// Requests a path is known by.
const SUPPORT_MIN: u32 = 20;
/// So many times what 99 of 100 requests ask for: nesting multiplies with every level, the others add up.
const TIMES: [f64; 3] = [2.0, 3.0, 3.0];
/// What is never much: depth, aliases, operations.
const USUAL_MAX: [u32; 3] = [7, 14, 7];
/// Such requests of one network, each within [`GAP`] of the one before, that make a finding: one may be a developer's trial,
/// and one an hour is no load.
const REQUESTS_MIN: u32 = 3;
/// From so many networks it is a release.
const NETWORKS_MAX: u32 = 5;
const GAP: Duration = Duration::from_mins(30);
/// What a network asked for in the first day it may ask for later, and half as much again.
const LEARNED: Duration = Duration::from_hours(24);
const WORDS: [&str; 3] = ["nesting", "aliases", "operations"];

/// What requests of one path ask for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Usual {
    sizes: [Costs; 3],
    requests: u32,
    networks: Distinct,
}

/// What one network asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Mine {
    requests: u32,
    largest: [u32; 3],
    usual: [u32; 3],
    last: u64,
    known: u32,
    /// The largest of the first day.
    #[serde(default)]
    habit: [u32; 3],
}

impl Model for Usual {
    fn merge(&mut self, other: &Self) {
        self.sizes.iter_mut().zip(&other.sizes).for_each(|(mine, theirs)| mine.merge(theirs));
        self.requests = self.requests.saturating_add(other.requests);
        self.networks.merge(&other.networks);
    }
}

impl Model for Mine {
    fn merge(&mut self, other: &Self) {
        self.requests = self.requests.saturating_add(other.requests);
        let largest = |mine: &mut [u32; 3], theirs: &[u32; 3]| {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine = (*mine).max(*theirs));
        };
        largest(&mut self.largest, &other.largest);
        largest(&mut self.usual, &other.usual);
        largest(&mut self.habit, &other.habit);
        (self.last, self.known) = (self.last.max(other.last), self.known.max(other.known));
    }
}

impl Mine {
    /// Whether whatever is more than usual is what the network asked for from the first day on.
    fn is_habit(&self, size: &[u32; 3], bounds: &[u32; 3]) -> bool {
        let mut parts = size.iter().zip(bounds).zip(&self.habit);
        parts.all(|((asked, bound), habit)| *asked <= *bound || *asked <= habit + habit / 2)
    }

    /// Forgets all but its habit.
    fn begin_anew(&mut self) {
        *self = Self { habit: self.habit, ..Self::default() };
    }
}

/// Depth, aliases and operations of a request; `None` when it is no GraphQL.
fn size(call: &Call<'_>) -> Option<[u32; 3]> {
    let operations = call.seen.operations();
    operations.first().filter(|operation| operation.kind.is_graphql())?;
    let most = |of: fn(&model::Operation) -> u16| operations.iter().map(|operation| u32::from(of(operation))).max();
    let count = operations.iter().map(|operation| u32::from(operation.times).max(1)).sum();
    Some([most(|o| o.depth)?, most(|o| o.aliases)?, count])
}

impl Usual {
    /// 99 of 100 requests ask for no more.
    fn bounds(&self) -> [u32; 3] {
        let mut bounds = USUAL_MAX;
        for ((bound, sizes), times) in bounds.iter_mut().zip(&self.sizes).zip(TIMES) {
            *bound = (*bound).max((sizes.quantile(0.99) * times) as u32);
        }
        bounds
    }

    fn excess(&self, size: &[u32; 3]) -> bool {
        size.iter().zip(self.bounds()).any(|(asked, bound)| *asked > bound)
    }
}

impl Monitor for QueryCost {
    type Common = Usual;
    type Model = Mine;

    const INFO: DetectorInfo = DetectorInfo {
        id: "query-cost",
        version: 1,
        subject: "network",
        quiet: Duration::from_hours(2),
        doc: "detectors/query-cost.md",
        owasp: &["API4:2023"],
        cwe: &["CWE-770", "CWE-674"],
        attack: &["T1499.003"],
        next: "Bound depth, aliases and batches of GraphQL requests; count each log-in of a batch as one attempt.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        size(call)?;
        Some(Concern { subject: Some(Key::of(call.network())), common: Some(Key::of(call.path())) })
    }

    fn worth(call: &Call<'_>, common: Option<&Usual>) -> bool {
        size(call).is_some_and(|size| common.is_some_and(|usual| usual.excess(&size)))
    }

    fn judge(call: &Call<'_>, common: Option<&Usual>, mine: &mut Mine, open: bool) -> Verdict {
        let Some((usual, size)) = common.zip(size(call)) else { return Verdict::Quiet };
        if usual.requests < SUPPORT_MIN || !usual.excess(&size) {
            return Verdict::Quiet;
        }
        if mine.is_habit(&size, &usual.bounds()) {
            return Verdict::Quiet;
        }
        if call.now().since(call.started_at) < LEARNED {
            mine.habit.iter_mut().zip(size).for_each(|(habit, asked)| *habit = (*habit).max(asked));
        }
        let now = call.now().seconds();
        if !open && now.saturating_sub(mine.last) > GAP.as_secs() {
            mine.begin_anew();
        }
        (mine.last, mine.known) = (now, usual.requests);
        mine.requests = mine.requests.saturating_add(1);
        mine.largest.iter_mut().zip(size).for_each(|(largest, asked)| *largest = (*largest).max(asked));
        mine.usual = usual.bounds();
        if open || mine.requests >= REQUESTS_MIN { Verdict::Cause(Severity::Medium) } else { Verdict::Note }
    }

    fn learn(call: &Call<'_>, usual: &mut Usual) {
        let Some(size) = size(call) else { return };
        if usual.requests >= SUPPORT_MIN && usual.excess(&size) {
            usual.networks.insert(mix(call.network().prefix()));
            if usual.networks.len() < NETWORKS_MAX {
                return;
            }
        }
        usual.requests = usual.requests.saturating_add(1);
        usual.sizes.iter_mut().zip(size).for_each(|(sizes, asked)| sizes.add(asked.max(1)));
    }

    fn closed(mine: &mut Mine) {
        mine.begin_anew();
    }

    fn report(about: &About, mine: &Mine) -> Report {
        let facts = |values: &[u32; 3], text: fn(&str, u32) -> String| -> Vec<Fact> {
            let all = WORDS.iter().zip(values);
            all.map(|(word, n)| Fact { name: (*word).into(), value: f64::from(*n), text: text(word, *n) }).collect()
        };
        let [depth, aliases, operations] = mine.largest;
        Report {
            severity: Severity::Medium,
            confidence: (f32::from(about.kind.confidence().max(60)) * mine.known as f32 / (mine.known as f32 + 20.0))
                .round()
                / 100.0,
            title: format!(
                "{} requests of up to {depth} levels, {aliases} aliases, {operations} operations",
                mine.requests
            ),
            expected: facts(&mine.usual, |word, n| {
                format!(
                    "at most {n} ({word}): twice the nesting and three times the rest that 99 of 100 requests ask for"
                )
            }),
            observed: facts(&mine.largest, |word, n| format!("up to {n} ({word})")),
            peers: Vec::new(),
            ruled_out: vec!["a new release of a client: it would come from many networks".to_owned()],
        }
    }
}
