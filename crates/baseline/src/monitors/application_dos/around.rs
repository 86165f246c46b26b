//! How a service does: its latest calls, on whichever endpoint.
//!
//! A caller whose calls are slow while calls of others are slow too, on other endpoints, is a victim of whatever slows the service.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use model::limits::SERVICE_LATEST_CALLS;
use serde::{Deserialize, Serialize};

use super::super::Call;

/// Calls that ended earlier say nothing of now.
pub(super) const LATELY: Duration = Duration::from_mins(5);
/// A slow service has dear calls on so many other endpoints,
const ENDPOINTS_MIN: usize = 2;
/// to so many callers, and this share of the calls there at least: dear calls by chance are far fewer.
const OTHERS_MIN: usize = 2;
const SHARE_MIN: f64 = 0.05;
/// From this status on a call failed by no fault of its caller.
const FAILED: u16 = 500;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Lately {
    /// Nanoseconds of packet time at which it ended, and at which it began.
    ended: u64,
    began: u64,
    /// Half of the hash of the caller, and of the endpoint.
    who: u32,
    endpoint: u32,
    dear: bool,
    failed: bool,
}

/// The latest calls of a service, the last one last.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Around {
    calls: VecDeque<Lately>,
}

impl Around {
    /// Takes up a call.
    pub(super) fn learn(&mut self, call: &Call<'_>, who: u32, dear: bool) {
        let Some((_, endpoint)) = call.endpoint else { return };
        if self.calls.len() >= SERVICE_LATEST_CALLS {
            self.calls.pop_front();
        }
        let (ended, began) = (call.now().nanos(), call.row().first_at.nanos());
        let failed = call.row().status >= FAILED;
        self.calls.push_back(Lately { ended, began, who, endpoint: endpoint.word(), dear, failed });
    }

    /// Whether it is slow on other endpoints than that of the call, to others than `who` or in answers that say that the service
    /// failed: what is slow to one caller only is that caller's work. `began` is when the caller's dear calls began. Whoever was
    /// dear first may be what slows the others, unless the calls failed: so they must have begun before.
    pub(super) fn is_slow(&self, call: &Call<'_>, who: u32, began: u64) -> bool {
        let Some(here) = call.endpoint.map(|(_, endpoint)| endpoint.word()) else { return false };
        let since = call.now().nanos().saturating_sub(LATELY.as_nanos() as u64);
        let failed = call.row().status >= FAILED;
        let elsewhere = self.calls.iter().filter(|other| other.ended >= since && other.endpoint != here);
        let (mut all, mut slow, mut endpoints, mut others) = (0_u32, 0_u32, BTreeSet::new(), BTreeSet::new());
        for other in elsewhere {
            all += 1;
            let suffered = other.dear && (other.who != who || other.failed);
            if suffered && (failed || other.began < began) {
                slow += 1;
                endpoints.insert(other.endpoint);
                others.insert(other.who);
            }
        }
        endpoints.len() >= ENDPOINTS_MIN && others.len() >= OTHERS_MIN && f64::from(slow) >= f64::from(all) * SHARE_MIN
    }

    /// Whether something ended well since `began`: to another than `who`, or on another endpoint than that of the call. A call that
    /// failed where nothing ends well says nothing of its caller.
    pub(super) fn does_well(&self, call: &Call<'_>, who: u32, began: u64) -> bool {
        let here = call.endpoint.map(|(_, endpoint)| endpoint.word());
        let well = |other: &&Lately| !other.dear && !other.failed && (other.who != who || Some(other.endpoint) != here);
        call.row().status < FAILED || self.calls.iter().any(|other| other.ended >= began && well(&other))
    }

    /// Takes the calls of another, of which the latest are kept.
    pub(super) fn merge(&mut self, other: &Self) {
        self.calls.extend(&other.calls);
        self.calls.make_contiguous().sort_unstable();
        let over = self.calls.len().saturating_sub(SERVICE_LATEST_CALLS);
        self.calls.drain(..over);
    }

    /// Endpoints have new names.
    pub(super) fn rename(&mut self, moves: &BTreeMap<u32, u32>) {
        for call in &mut self.calls {
            call.endpoint = moves.get(&call.endpoint).copied().unwrap_or(call.endpoint);
        }
    }
}
