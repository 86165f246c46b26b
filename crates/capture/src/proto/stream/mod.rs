//! Streams of messages that a transaction opened, told of in parts while they are open.
//!
//! | module | what |
//! |---|---|
//! | [`part`] | what is counted and kept of the part at hand, and when it leaves |
//! | [`answer`] | answers that go on: server-sent events, and any that is open for long |
//! | [`events`] | lines of server-sent events |
//!
//! The other kind of stream is [`ws`](super::ws).

mod answer;
mod events;
mod part;

use model::{AnomalySet, FlowEnds};

pub(in crate::proto) use answer::{AnswerStream, is_event_stream, may_be_long};
pub(in crate::proto) use part::{Opening, Part, Told};

use super::Moment;
use crate::flow::Dir;

/// Where and when a step of a stream happens.
#[derive(Clone, Copy, Debug)]
pub(in crate::proto) struct Scene<'m> {
    /// The flow, client first.
    pub ends: FlowEnds,
    /// What everything of the connection is marked with.
    pub marks: AnomalySet,
    pub moment: &'m Moment,
}

impl<'m> Scene<'m> {
    /// On a connection that `client` opened.
    pub(in crate::proto) fn of(client: Dir, moment: &'m Moment) -> Self {
        let FlowEnds { orig, resp, tenant } = moment.flow;
        let ends = if client == Dir::Orig { moment.flow } else { FlowEnds { orig: resp, resp: orig, tenant } };
        Self { ends, marks: AnomalySet::EMPTY, moment }
    }
}
