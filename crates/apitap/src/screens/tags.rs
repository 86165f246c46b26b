//! Tags of endpoints, and how much they matter: what a record tells by itself.
//!
//! Shadow, zombie and drift are known where the run was given API descriptions. An orphan has no record: `audit` tells it.

pub(crate) use discovery::about::lifecycle::Age;
use discovery::about::lifecycle::{self, Lifecycle};
use model::endpoint::VersionRecord;
use model::{EndpointRecord, StreamKind};

/// A tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    /// Calls without credentials succeeded.
    Unauth,
    /// Requests carry e-mail addresses, phone numbers or web tokens as parameters.
    Sensitive,
    /// No API description of its service has it.
    Shadow,
    /// Its API description says that it goes away.
    Zombie,
    /// It differs from its API description.
    Drift,
    /// First called in the last seven days of an inventory that is older.
    New,
    /// Not called for two weeks or more, and for longer than is usual for it.
    Dormant,
    /// Not called for 45 days or more, and for much longer than is usual for it.
    Gone,
    /// Called again in the last seven days, after it was dormant.
    Returned,
    /// There is a newer version of it.
    OldVersion,
    /// Its server says that it goes away.
    Deprecated,
    /// It opens connections of WebSocket.
    WebSocket,
    /// It answers with server-sent events.
    Events,
    /// A method of gRPC.
    Grpc,
}

impl Tag {
    pub(crate) const ALL: [Self; 14] = [
        Self::Sensitive,
        Self::Unauth,
        Self::Shadow,
        Self::Zombie,
        Self::Drift,
        Self::New,
        Self::Dormant,
        Self::Gone,
        Self::Returned,
        Self::OldVersion,
        Self::Deprecated,
        Self::WebSocket,
        Self::Events,
        Self::Grpc,
    ];

    /// Its word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unauth => "unauth",
            Self::Sensitive => "sensitive",
            Self::Shadow => "shadow",
            Self::Zombie => "zombie",
            Self::Drift => "drift",
            Self::New => "new",
            Self::Dormant => "dormant",
            Self::Gone => "gone",
            Self::Returned => "returned",
            Self::OldVersion => "old-version",
            Self::Deprecated => "deprecated",
            Self::WebSocket => "websocket",
            Self::Events => "events",
            Self::Grpc => "grpc",
        }
    }
}

/// Whether an endpoint has a tag.
pub(crate) fn has(endpoint: &EndpointRecord, tag: Tag, age: Age) -> bool {
    match tag {
        Tag::Unauth => endpoint.unauthenticated_successes > 0,
        Tag::Sensitive => !endpoint.data.received.is_empty() || !endpoint.data.returned.is_empty(),
        Tag::Shadow => endpoint.description.as_ref().is_some_and(|told| told.path.is_none()),
        Tag::Zombie => endpoint.description.as_ref().is_some_and(|told| told.deprecated),
        Tag::Drift => endpoint.description.as_ref().is_some_and(|told| !told.drift.is_empty()),
        Tag::OldVersion => endpoint.version.as_ref().is_some_and(VersionRecord::is_old),
        Tag::Deprecated => endpoint.retirement.is_some(),
        Tag::WebSocket => opens(endpoint, StreamKind::WebSocket),
        Tag::Events => opens(endpoint, StreamKind::Events),
        Tag::Grpc => endpoint.grpc.is_some(),
        Tag::New => lifecycle::of(endpoint, age) == Lifecycle::New,
        Tag::Dormant => lifecycle::of(endpoint, age) == Lifecycle::Dormant,
        Tag::Gone => lifecycle::of(endpoint, age) == Lifecycle::Gone,
        Tag::Returned => lifecycle::of(endpoint, age) == Lifecycle::Returned,
    }
}

fn opens(endpoint: &EndpointRecord, kind: StreamKind) -> bool {
    endpoint.messages.as_ref().is_some_and(|messages| messages.kind == kind)
}

/// All tags of an endpoint as one text; `–` for none.
pub(crate) fn text(endpoint: &EndpointRecord, age: Age) -> String {
    let tags: Vec<&str> = Tag::ALL.into_iter().filter(|tag| has(endpoint, *tag, age)).map(Tag::as_str).collect();
    if tags.is_empty() { "–".to_owned() } else { tags.join(" ") }
}

/// How much an endpoint asks to be looked at: calls that succeed without credentials where others carry some, or that carry
/// personal data, come first; then what writes without credentials, then what is new.
pub(crate) fn risk(endpoint: &EndpointRecord, age: Age) -> u32 {
    let [open, sensitive, new] = [Tag::Unauth, Tag::Sensitive, Tag::New].map(|tag| has(endpoint, tag, age));
    let mixed = open && endpoint.auth.iter().any(|(kind, n)| kind != "none" && *n > 0);
    let writes = !matches!(&*endpoint.method, "GET" | "HEAD" | "OPTIONS");
    [(mixed, 8), (open && sensitive, 8), (open && writes, 4), (sensitive, 2), (open, 2), (new, 1)]
        .into_iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, points)| points)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::PacketTime;

    #[test]
    fn tags_and_risk_follow_the_record() {
        let day = |n: u64| PacketTime::from_parts(n * 86_400, 0);
        let quiet = EndpointRecord { method: "GET".into(), first_at: day(1), last_at: day(30), ..Default::default() };
        let open = EndpointRecord { unauthenticated_successes: 3, ..quiet.clone() };
        let mixed = EndpointRecord { auth: [("bearer".to_owned(), 9)].into(), ..open.clone() };
        let new = EndpointRecord { first_at: day(29), ..quiet.clone() };
        let all = [quiet, open, mixed, new];
        let age = Age::of(&all);
        let told: Vec<_> = all.iter().map(|endpoint| (text(endpoint, age), risk(endpoint, age))).collect();
        let told: Vec<_> = told.iter().map(|(tags, risk)| (tags.as_str(), *risk)).collect();
        assert_eq!(told, [("–", 0), ("unauth", 2), ("unauth", 10), ("new", 1)]);
        assert_eq!(text(&all[3], Age::of(&all[3..])), "–", "a young record has no new endpoints");
    }
}
