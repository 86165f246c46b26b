//! What the detectors know of a service as a whole.

use std::collections::BTreeSet;
use std::time::Duration;

use model::{Id, PacketTime};
use serde::{Deserialize, Serialize};

/// Calls a service must have had by the end of the learning.
const LEARNED_CALLS: u64 = 1_000;
/// Over this span new endpoints are counted.
const NEWS_SPAN: Duration = Duration::from_hours(7 * 24);
/// New endpoints in that span that are told one by one. Above it the service, or how it is named, is not settled.
const NEWS_MAX: u16 = 20;

/// One service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Service {
    pub(crate) id: Id,
    pub(crate) first_at: PacketTime,
    pub(crate) calls: u64,
    /// Calls with credentials.
    pub(crate) authenticated: u64,
    /// Calls from outside.
    pub(crate) external: u64,
    news_since: PacketTime,
    news: u16,
    /// Endpoints that API descriptions have.
    #[serde(default)]
    pub(crate) described: u32,
    /// Products that were told to be reached from outside.
    #[serde(default)]
    pub(crate) exposed: BTreeSet<String>,
    #[serde(skip)]
    pub(crate) dirty: bool,
}

impl Service {
    /// Nothing is known of it yet.
    pub(crate) fn new(id: Id) -> Self {
        Self { id, ..Self::default() }
    }

    /// Adds what another sensor learned of it.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.calls > 0 {
            self.first_at = if self.calls == 0 { other.first_at } else { self.first_at.min(other.first_at) };
        }
        self.calls = self.calls.saturating_add(other.calls);
        self.authenticated = self.authenticated.saturating_add(other.authenticated);
        self.external = self.external.saturating_add(other.external);
        (self.news_since, self.news) = (self.news_since, self.news).max((other.news_since, other.news));
        self.described = self.described.max(other.described);
        self.exposed.extend(other.exposed.iter().cloned());
    }

    /// Whether an endpoint first seen at `now` is news.
    pub(crate) fn is_settled(&self, now: PacketTime, learning: Duration) -> bool {
        self.calls >= LEARNED_CALLS
            && now.since(self.first_at) >= learning
            && (self.news < NEWS_MAX || now.since(self.news_since) >= NEWS_SPAN)
    }

    /// Whether most of its calls carry credentials.
    pub(crate) fn asks_for_credentials(&self) -> bool {
        self.authenticated.saturating_mul(2) >= self.calls
    }

    /// Counts a call; `new` when it is the first of its endpoint.
    pub(crate) fn see(&mut self, now: PacketTime, authenticated: bool, external: bool, new: bool) {
        self.dirty = true;
        if self.calls == 0 {
            self.first_at = now;
        }
        self.calls += 1;
        self.authenticated += u64::from(authenticated);
        self.external += u64::from(external);
        if new {
            if now.since(self.news_since) >= NEWS_SPAN {
                (self.news_since, self.news) = (now, 0);
            }
            self.news = self.news.saturating_add(1);
        }
    }
}
