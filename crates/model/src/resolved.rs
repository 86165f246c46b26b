//! Resolved epochs: named observations in their total order, as every worker gets them.

use std::sync::Arc;

use crate::contact::CallOut;
use crate::endpoint::{EndpointIndex, EndpointName};
use crate::observation::{ObservationBatch, Observed};
use crate::time::PacketTime;

/// All that happened between two ticks, in order, with names. Shared by all workers; never changed.
#[derive(Clone, Debug, Default)]
pub struct ResolvedEpoch {
    /// Number of the epoch, from 1.
    pub epoch: u64,
    /// Packet time of the tick that closed it.
    pub now: PacketTime,
    /// One batch for each shard.
    pub batches: Vec<ObservationBatch>,
    /// What happened, in order.
    pub steps: Vec<Step>,
    /// Names announced: every index stands here before (or in) the first epoch whose steps use it. An index may be
    /// announced again, with the same name and newer confidence and evidence.
    pub names: Vec<(EndpointIndex, Arc<EndpointName>)>,
    /// Servers that did what payloads told them, in order.
    pub call_outs: Vec<CallOut>,
    /// TCP payload bytes seen and understood so far, over all shards.
    pub coverage: Coverage,
    /// Services of which so little is seen right now that rates say nothing, in order.
    pub low: Arc<[String]>,
    /// Whether workers hand their changed state to the store after this epoch.
    pub checkpoint: bool,
    /// Whether it is the last.
    pub last: bool,
    /// Whether it is the last and another run may go on from its state: what is open then stays open.
    pub goes_on: bool,
}

impl ResolvedEpoch {
    /// Whether so little of a service is seen right now that rates say nothing.
    pub fn is_low(&self, service: &[u8]) -> bool {
        self.low.binary_search_by(|low| low.as_bytes().cmp(service)).is_ok()
    }

    /// Whether what is open ends with this epoch.
    pub const fn ends(&self) -> bool {
        self.last && !self.goes_on
    }
}

/// One step of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An observation.
    Seen {
        /// Index into [`ResolvedEpoch::batches`].
        batch: u32,
        /// Row in that batch.
        row: u32,
        /// What it was named.
        naming: Naming,
    },
    /// A further operation of the observation of the step before: a batch calls several endpoints. Its content is counted
    /// with the first.
    Part {
        /// Index into [`ResolvedEpoch::batches`].
        batch: u16,
        /// Row in that batch.
        row: u32,
        /// Index among the operations of the row, from 1.
        operation: u16,
        /// What it was named.
        endpoint: EndpointIndex,
    },
    /// A part of a stream of messages, or messages of it: no call.
    Streamed {
        /// Index into [`ResolvedEpoch::batches`].
        batch: u16,
        /// Row in that batch.
        row: u32,
        /// The endpoint that opened the stream; [`EndpointIndex::NONE`] when it is not known.
        endpoint: EndpointIndex,
    },
    /// From here on `from` is called `to`. Precedes the first observation under the new name.
    Rename {
        /// The old endpoint: no later step names it.
        from: EndpointIndex,
        /// The new one.
        to: EndpointIndex,
    },
}

impl Step {
    /// Batch and row of what is seen for the first time with it: an observation, or one of a stream.
    pub fn row(&self) -> Option<(u32, u32)> {
        match *self {
            Self::Seen { batch, row, .. } => Some((batch, row)),
            Self::Streamed { batch, row, .. } => Some((u32::from(batch), row)),
            Self::Part { .. } | Self::Rename { .. } => None,
        }
    }
}

const _: () = assert!(size_of::<Step>() == 16, "an epoch holds one for each transaction");

/// What the router made of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// A call of this endpoint.
    Endpoint(EndpointIndex),
    /// Not a call of any endpoint.
    Noise(Noise),
}

/// Why an observation names no endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Noise {
    /// A path that has never been answered with success.
    NeverAnswered,
    /// A static file or page.
    Static,
    /// The same answer as unrelated paths get (app shell, log-in redirect).
    SameAnswer,
    /// A response without its request.
    NoRequest,
    /// A message no API call is: CONNECT, a malformed target.
    NotACall,
    /// Fields of its head are not known, so that neither its service nor its credentials are.
    Unreadable,
}

impl Noise {
    /// The word for it in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeverAnswered => "never_answered",
            Self::Static => "static",
            Self::SameAnswer => "same_answer",
            Self::NoRequest => "no_request",
            Self::NotACall => "not_a_call",
            Self::Unreadable => "unreadable",
        }
    }
}

/// How much of the traffic was understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// TCP payload bytes accepted, and bytes known to be missing from the capture.
    pub payload: u64,
    /// Bytes of it understood.
    pub understood: u64,
}

impl Coverage {
    /// Share understood, 0–1; 1 when there was nothing.
    pub fn share(self) -> f32 {
        if self.payload == 0 {
            return 1.0;
        }
        // Four digits are more than anybody reads, and the same on every machine.
        let share = u128::from(self.understood) * 10_000 / u128::from(self.payload);
        u16::try_from(share).map_or(1.0, |share| f32::from(share.min(10_000)) / 10_000.0)
    }
}

impl ResolvedEpoch {
    /// The view of one observation.
    pub fn observed(&self, batch: u32, row: u32) -> Option<Observed<'_>> {
        self.batches.get(batch as usize)?.get(row as usize)
    }
}
