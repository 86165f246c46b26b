//! What the catalog keeps of a method of gRPC: codes, messages, and how it streams.
//!
//! A side that sent several messages in one call, or none in one that succeeded, streams; one of which nothing but single
//! messages were seen does not, as far as was seen. What descriptors say comes first.

use model::rpc::{GrpcMessages, GrpcRecord};
use model::{Rpc, RpcKind, RpcSide};
use serde::{Deserialize, Serialize};

/// Sums over all calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct RpcFacts {
    calls: u64,
    /// By code, of which there are seventeen.
    codes: Vec<(u16, u64)>,
    asked: Side,
    answered: Side,
    /// Successful calls whose messages are all known.
    known: u64,
    declared: Option<RpcKind>,
    unread: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Side {
    messages: u64,
    bytes: u64,
    largest: u32,
    most: u64,
    incomplete: u64,
    streams: bool,
}

impl Side {
    fn see(&mut self, side: &RpcSide, succeeded: bool) {
        self.messages = self.messages.saturating_add(side.messages);
        self.bytes = self.bytes.saturating_add(side.bytes);
        self.largest = self.largest.max(side.largest);
        self.most = self.most.max(side.messages);
        self.incomplete += u64::from(!side.exact);
        self.streams |= side.messages > 1 || succeeded && side.exact && side.messages == 0;
    }

    fn merge(&mut self, other: &Self) {
        self.messages = self.messages.saturating_add(other.messages);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.largest = self.largest.max(other.largest);
        self.most = self.most.max(other.most);
        self.incomplete += other.incomplete;
        self.streams |= other.streams;
    }

    const fn record(&self) -> GrpcMessages {
        let Self { messages: count, bytes, largest, most, incomplete, .. } = *self;
        GrpcMessages { count, bytes, largest, most, incomplete }
    }
}

impl RpcFacts {
    /// Counts a call.
    pub(crate) fn see(&mut self, rpc: &Rpc) {
        self.calls += 1;
        if let Some(code) = rpc.code {
            self.add(code, 1);
        }
        let succeeded = rpc.code == Some(0);
        self.asked.see(&rpc.asked, succeeded);
        self.answered.see(&rpc.answered, succeeded);
        self.known += u64::from(succeeded && rpc.asked.exact && rpc.answered.exact);
        self.declared = rpc.declared.or(self.declared);
        self.unread += u64::from(rpc.unread);
    }

    fn add(&mut self, code: u16, calls: u64) {
        match self.codes.iter_mut().find(|(known, _)| *known == code) {
            Some((_, sum)) => *sum += calls,
            None => self.codes.push((code, calls)),
        }
    }

    /// Takes over the calls of an endpoint that is called as this one.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.calls += other.calls;
        other.codes.iter().for_each(|(code, calls)| self.add(*code, *calls));
        self.asked.merge(&other.asked);
        self.answered.merge(&other.answered);
        self.known += other.known;
        self.declared = self.declared.max(other.declared);
        self.unread += other.unread;
    }

    /// What the inventory shows of it.
    pub(crate) fn record(&self) -> GrpcRecord {
        let streams = self.asked.streams || self.answered.streams;
        let seen = (self.known > 0 || streams).then(|| RpcKind::of(self.asked.streams, self.answered.streams));
        GrpcRecord {
            calls: self.calls,
            kind: self.declared.or(seen),
            declared: self.declared.is_some(),
            codes: self.codes.iter().copied().collect(),
            requests: self.asked.record(),
            responses: self.answered.record(),
            unread: self.unread,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(code: Option<u16>, asked: u64, answered: u64, exact: bool) -> Rpc {
        let side = |messages| RpcSide { messages, exact, ..RpcSide::default() };
        Rpc { code, asked: side(asked), answered: side(answered), ..Rpc::default() }
    }

    #[test]
    fn kinds_are_learned_from_what_was_sent() {
        for (calls, expected) in [
            (vec![call(Some(0), 1, 1, true)], Some(RpcKind::Unary)),
            (vec![call(Some(0), 1, 1, true), call(Some(0), 1, 3, true)], Some(RpcKind::ServerStream)),
            (vec![call(Some(0), 1, 0, true)], Some(RpcKind::ServerStream)),
            (vec![call(Some(0), 4, 1, true)], Some(RpcKind::ClientStream)),
            (vec![call(Some(0), 2, 2, true)], Some(RpcKind::Bidi)),
            // A refusal has no message, and what is missing is none that was not sent.
            (vec![call(Some(7), 1, 0, true)], None),
            (vec![call(Some(0), 0, 0, false)], None),
            (vec![call(None, 1, 2, false)], Some(RpcKind::ServerStream)),
        ] {
            let mut facts = RpcFacts::default();
            for call in &calls {
                facts.see(call);
            }
            assert_eq!(facts.record().kind, expected, "{calls:?}");
            // Whichever is merged into the other.
            let mut merged = RpcFacts::default();
            merged.merge(&facts);
            assert_eq!(merged, facts);
        }
    }

    #[test]
    fn what_is_declared_comes_first() {
        let mut facts = RpcFacts::default();
        facts.see(&Rpc { declared: Some(RpcKind::Bidi), ..call(Some(0), 1, 1, true) });
        assert_eq!((facts.record().kind, facts.record().declared), (Some(RpcKind::Bidi), true));
    }
}
